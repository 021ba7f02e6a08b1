//! Every scalar family, one element at a time, through dual numbers; and the logarithms of distribution functions.

use super::{DensityKernel, KEEP_CONSTANTS, OK, Operand, REJECT};
use crate::families::{Argument, Keep, Scalar, Tail, with_families};
use crate::num::Dual;

/// What of a family is summed.
trait What<F: Scalar<N>, const N: usize> {
    fn outcome_is_valid(y: f64) -> bool;
    fn log<T: crate::num::Num>(y: T, p: [T; N], keep: Keep) -> T;
    /// Whether everything vanishes where no operand depends on parameters.
    const DROPS: bool;
    fn together(y: f64, p: [f64; N]) -> bool;
}

struct Density;
struct Lower;
struct Upper;

impl<F: Scalar<N>, const N: usize> What<F, N> for Density {
    const DROPS: bool = true;
    #[inline(always)]
    fn outcome_is_valid(y: f64) -> bool {
        F::OUTCOME.admits(y)
    }
    #[inline(always)]
    fn log<T: crate::num::Num>(y: T, p: [T; N], keep: Keep) -> T {
        F::log_density(y, p, keep)
    }
    fn together(y: f64, p: [f64; N]) -> bool {
        F::check_together(Some(y), p).is_ok()
    }
}

macro_rules! tail {
    ($what:ident, $tail:expr) => {
        impl<F: Scalar<N>, const N: usize> What<F, N> for $what {
            const DROPS: bool = false;
            #[inline(always)]
            fn outcome_is_valid(y: f64) -> bool {
                F::CDF_OUTCOME.admits(y)
            }
            #[inline(always)]
            fn log<T: crate::num::Num>(y: T, p: [T; N], _: Keep) -> T {
                F::log_cdf(y, p, $tail)
            }
            fn together(_: f64, p: [f64; N]) -> bool {
                F::check_together(None, p).is_ok()
            }
        }
    };
}
tail!(Lower, Tail::Lower);
tail!(Upper, Tail::Upper);

/// Which operands are integers, as a mask with the outcome's bit lowest, from the catalogue's signature (`ints | ints, reals`).
const fn integers(signature: &str) -> u32 {
    let text = signature.as_bytes();
    let (mut mask, mut operand, mut at, mut fresh) = (0, 0, 0, true);
    while at < text.len() && text[at] != b';' {
        let c = text[at];
        if c == b'|' || c == b',' {
            operand += 1;
            fresh = true;
        } else if c != b' ' {
            if fresh && c == b'i' && at + 2 < text.len() && text[at + 1] == b'n' && text[at + 2] == b't' {
                mask |= 1 << operand;
            }
            fresh = false;
        }
        at += 1;
    }
    mask
}

/// # Safety
/// As [`DensityKernel`].
unsafe fn sum<F: Scalar<N>, W: What<F, N>, const N: usize>(
    n: usize,
    operands: *const Operand,
    terms: u32,
    seed: f64,
    value: *mut f64,
) -> u32 {
    unsafe {
        *value = 0.0;
        let operands = std::slice::from_raw_parts(operands, N + 1);
        let keep = Keep { all: terms & KEEP_CONSTANTS != 0, active: terms & !KEEP_CONSTANTS };
        let wants_gradient = operands.iter().any(|o| !o.adjoint.is_null());
        let integers = const { integers(F::DECLARATION.signature) };
        let read = |k: usize, i: usize| {
            let at = i * operands[k].stride;
            if integers >> k & 1 == 1 {
                *operands[k].values.cast::<i32>().add(at) as f64
            } else {
                *operands[k].values.add(at)
            }
        };
        let mut total = 0.0;
        for i in 0..n {
            let y = read(0, i);
            let p: [f64; N] = std::array::from_fn(|k| read(k + 1, i));
            let arguments: [Argument; N] = F::ARGUMENTS;
            let valid = W::outcome_is_valid(y) && arguments.iter().zip(p).all(|(a, x)| a.check.admits(x));
            if !valid || !W::together(y, p) {
                return REJECT;
            }
            if W::DROPS && keep.nothing() {
                continue;
            }
            if !wants_gradient {
                total += W::log(y, p, keep);
                continue;
            }
            // Only what needs a derivative is differentiated: the derivative in an order may not exist.
            let input = |k: usize, x: f64| {
                if operands[k].adjoint.is_null() { Dual::<4>::constant(x) } else { Dual::<4>::input(x, k) }
            };
            let result = W::log(input(0, y), std::array::from_fn(|k| input(k + 1, p[k])), keep);
            total += result.value;
            for (k, operand) in operands.iter().enumerate() {
                if !operand.adjoint.is_null() && result.d[k] != 0.0 {
                    *operand.adjoint.add(i * operand.stride) += seed * result.d[k];
                }
            }
        }
        *value = total;
        OK
    }
}

/// [`sum`] that turns a panic into a rejection.
unsafe extern "C" fn kernel<F: Scalar<N>, W: What<F, N>, const N: usize>(
    n: usize,
    operands: *const Operand,
    terms: u32,
    seed: f64,
    value: *mut f64,
) -> u32 {
    let run = || unsafe { sum::<F, W, N>(n, operands, terms, seed, value) };
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).unwrap_or(REJECT)
}

/// The product of the probabilities that `W` takes logarithms of.
unsafe extern "C" fn probability<F: Scalar<N>, W: What<F, N>, const N: usize>(
    n: usize,
    operands: *const Operand,
    terms: u32,
    seed: f64,
    value: *mut f64,
) -> u32 {
    unsafe {
        let mut constant = [Operand { values: std::ptr::null(), stride: 0, adjoint: std::ptr::null_mut() }; 4];
        let mut active = false;
        for (k, cell) in constant.iter_mut().enumerate().take(N + 1) {
            *cell = *operands.add(k);
            active |= !cell.adjoint.is_null();
            cell.adjoint = std::ptr::null_mut();
        }
        let mut log = 0.0;
        let status = kernel::<F, W, N>(n, constant.as_ptr(), terms, 0.0, &mut log);
        *value = log.exp();
        if status == OK && active && *value != 0.0 {
            return kernel::<F, W, N>(n, operands, terms, seed * *value, &mut log);
        }
        status
    }
}

macro_rules! lookup {
    (scalar { $($family:path, $n:literal;)* } joint { $($joint:path;)* }) => {
        /// The kernel of a scalar family, written once for all of them.
        pub(super) fn density(family: &str) -> Option<DensityKernel> {
            $(if family == <$family as Scalar<$n>>::DECLARATION.name {
                return Some(kernel::<$family, Density, $n>);
            })*
            None
        }

        /// `lcdf`, `lccdf` or `cdf` of a scalar family that has it.
        pub(super) fn distribution(family: &str, form: &str) -> Option<DensityKernel> {
            $(if family == <$family as Scalar<$n>>::DECLARATION.name {
                let cumulative = <$family as Scalar<$n>>::DECLARATION.cdf;
                return match form {
                    "lcdf" if cumulative.has_lcdf() => Some(kernel::<$family, Lower, $n>),
                    "lccdf" if cumulative.has_lccdf() => Some(kernel::<$family, Upper, $n>),
                    "cdf" if cumulative.has_cdf() => Some(probability::<$family, Lower, $n>),
                    _ => None,
                };
            })*
            None
        }
    };
}
with_families!(lookup);

#[cfg(test)]
mod tests {
    use super::integers;

    #[test]
    fn integer_operands() {
        assert_eq!(integers("ints | ints, reals"), 0b011);
        assert_eq!(integers("reals | reals, reals"), 0);
        assert_eq!(integers("ints | reals; ints | ints"), 0b01);
    }
}
