//! Vectorised log densities with their gradients, one pass over the data.
//!
//! The families with vector code are in [`continuous`] and [`discrete`], each a [`Family`]: what to compute from one operand alone (hoisted
//! out of the loop when the operand is one number), and how to combine. All other scalar families, and the distribution functions,
//! run through [`scalar`], one element at a time.

mod continuous;
mod discrete;
mod scalar;

use super::simd::Lanes;
use super::{Level, OK, REJECT, blocks_once, level};

/// One argument of a density: the outcome or a parameter.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Operand {
    /// `*const f64`, or `*const i32` where the family's argument is an integer.
    pub values: *const f64,
    /// 1, or 0 for one number that is broadcast.
    pub stride: usize,
    /// The adjoint of the same shape, or null: no derivative is needed.
    pub adjoint: *mut f64,
}

/// `(n, operands, terms, seed, value) -> status`: writes `sum_i log p(outcome_i | parameters_i)` to `value` and adds `seed` times its partial
/// derivatives to the adjoints of the operands (the outcome first).
///
/// `terms` says which terms to keep: all with [`KEEP_CONSTANTS`]; else those that depend on an operand `i` whose bit `1 << i` is set (Stan's rule
/// for `~`: bit `i` tells that operand `i` depends on parameters).
///
/// Status 1 where Stan would reject: a parameter or the outcome is outside its domain. An outcome that is in the domain and outside the
/// support gives the value -inf. `n = 0` gives 0.
pub type DensityKernel = unsafe extern "C" fn(usize, *const Operand, u32, f64, *mut f64) -> u32;

/// Bit of `terms`: keep every constant.
pub const KEEP_CONSTANTS: u32 = 1 << 31;

/// The kernel of the log density (or log mass) of a family, by Stan's name without suffix.
pub fn density(family: &str) -> Option<DensityKernel> {
    density_at(family, level())
}

/// The kernel of a form of a family: `lpdf`, `lpmf`, `lcdf`, `lccdf`, or `cdf` (whose value is the product of the probabilities).
pub fn density_form(family: &str, form: &str) -> Option<DensityKernel> {
    match form {
        "lpdf" | "lpmf" | "lupdf" | "lupmf" => density(family),
        _ => scalar::distribution(family, form),
    }
}

pub(super) fn density_at(family: &str, level: Level) -> Option<DensityKernel> {
    continuous::kernel(family, level).or_else(|| discrete::kernel(family, level)).or_else(|| scalar::density(family))
}

/// Which terms of the density are wanted.
#[derive(Clone, Copy)]
pub(super) struct Terms(pub u32);

impl Terms {
    /// Whether to keep a term that depends on the operands in `mask`.
    #[inline(always)]
    pub(super) fn on(self, mask: u32) -> bool {
        self.0 & (KEEP_CONSTANTS | mask) != 0
    }
    /// Whether to keep terms that depend on nothing.
    #[inline(always)]
    pub(super) fn constants(self) -> bool {
        self.0 & KEEP_CONSTANTS != 0
    }
}

/// Up to four numbers computed from one operand alone.
type Derived<V> = [V; 4];

/// A density of `K` operands.
trait Family<const K: usize> {
    /// Which operands are integers.
    const INTEGER: [bool; K];
    /// Operands whose domain must be checked even where the value is finite.
    const GUARDED: [bool; K];
    /// Operands that [`joint`](Family::joint) reads; it is hoisted when all are single numbers. 0: there is none.
    const JOINT: u32 = 0;

    /// Whether operand `k` is in its domain.
    fn valid<V: Lanes>(k: usize, x: V) -> V::Mask;

    /// What depends on operand `k` alone; `[x, ..]` at least.
    fn derive<V: Lanes>(k: usize, x: V, terms: Terms) -> Derived<V>;

    #[inline(always)]
    fn joint<V: Lanes>(_d: &[Derived<V>; K], _terms: Terms) -> Derived<V> {
        [V::splat(0.0); 4]
    }

    /// Whether operands can be in their domains and yet not go together; [`misfit`](Family::misfit) is then asked.
    const TOGETHER: bool = false;

    /// Not zero where the operands do not go together.
    #[inline(always)]
    fn misfit<V: Lanes>(_d: &[Derived<V>; K], _joint: &Derived<V>) -> V {
        V::splat(0.0)
    }

    /// The log density without [`offset`](Family::offset), and its partial derivatives.
    fn combine<V: Lanes>(d: &[Derived<V>; K], joint: &Derived<V>, terms: Terms) -> (V, [V; K]);

    /// The constant per element.
    #[inline(always)]
    fn offset(_terms: Terms) -> f64 {
        0.0
    }
}

/// Loads `c` elements of operand `k` at `i`. Lanes past the end get a number that is in the domain of every operand.
#[inline(always)]
unsafe fn fetch<V: Lanes>(integer: bool, operand: &Operand, i: usize, c: usize) -> V {
    unsafe {
        if integer {
            V::get_i32(operand.values.cast::<i32>().add(i), c, 0)
        } else {
            V::get(operand.values.add(i), c, 0.5)
        }
    }
}

#[inline(always)]
unsafe fn single<V: Lanes>(integer: bool, operand: &Operand) -> V {
    unsafe { V::splat(if integer { *operand.values.cast::<i32>() as f64 } else { *operand.values }) }
}

/// The loop of every family. `STRIDES` is the mask of operands with stride 1, or [`ANY`] where that is decided at run time.
#[inline(always)]
unsafe fn run<V: Lanes, F: Family<K>, const K: usize, const STRIDES: u32>(
    n: usize,
    operands: *const Operand,
    terms: u32,
    seed: f64,
    value: *mut f64,
) -> u32 {
    unsafe {
        *value = 0.0;
        if n == 0 {
            return OK;
        }
        let terms = Terms(terms);
        let operands: [Operand; K] = *operands.cast::<[Operand; K]>();
        let mut strided = [false; K];
        let mut active = [false; K];
        let mut fixed = [[V::splat(0.0); 4]; K];
        let mut ok = V::splat(0.0).eq(V::splat(0.0));
        let mut strides = 0;
        let mut k = 0;
        while k < K {
            strided[k] = if STRIDES == ANY { operands[k].stride != 0 } else { STRIDES >> k & 1 != 0 };
            strides |= (strided[k] as u32) << k;
            active[k] = !operands[k].adjoint.is_null();
            if !strided[k] {
                let x = single::<V>(F::INTEGER[k], &operands[k]);
                ok = V::and(ok, F::valid(k, x));
                fixed[k] = F::derive(k, x, terms);
            }
            k += 1;
        }
        let joint_fixed = strides & F::JOINT == 0;
        let joint = F::joint(&fixed, terms);
        let mut total = V::splat(0.0);
        let mut partial = [V::splat(0.0); K];
        let mut misfits = V::splat(0.0);
        let seeds = V::splat(seed);
        blocks_once!(V, n, |i, c| {
            let mut d = fixed;
            let mut k = 0;
            while k < K {
                if strided[k] {
                    let x = fetch::<V>(F::INTEGER[k], &operands[k], i, c);
                    if F::GUARDED[k] {
                        ok = V::and(ok, F::valid(k, x));
                    }
                    d[k] = F::derive(k, x, terms);
                }
                k += 1;
            }
            let joint = if F::JOINT == 0 || joint_fixed { joint } else { F::joint(&d, terms) };
            if F::TOGETHER {
                misfits = misfits + F::misfit(&d, &joint).head(c);
            }
            let (v, p) = F::combine(&d, &joint, terms);
            total = total + v.head(c);
            let mut k = 0;
            while k < K {
                if !F::INTEGER[k] && active[k] {
                    if strided[k] {
                        let cell = operands[k].adjoint.add(i);
                        seeds.fma(p[k], V::get(cell, c, 0.0)).put(cell, c);
                    } else {
                        partial[k] = partial[k] + p[k].head(c);
                    }
                }
                k += 1;
            }
        });
        let total = total.sum() + n as f64 * F::offset(terms);
        if !V::all(ok)
            || (F::TOGETHER && misfits.sum() != 0.0)
            || (!total.is_finite() && !all_valid::<V, F, K>(n, &operands))
        {
            return REJECT;
        }
        let mut k = 0;
        while k < K {
            if !F::INTEGER[k] && active[k] && !strided[k] {
                *operands[k].adjoint += seed * partial[k].sum();
            }
            k += 1;
        }
        // Where nothing depends on a parameter, every term is dropped.
        *value = if terms.on((1 << K) - 1) { total } else { 0.0 };
        OK
    }
}

/// `STRIDES` of [`run`]: not known at compile time.
const ANY: u32 = u32::MAX;

/// Whether every operand is in its domain: only asked when the sum is not finite.
#[inline(always)]
unsafe fn all_valid<V: Lanes, F: Family<K>, const K: usize>(n: usize, operands: &[Operand; K]) -> bool {
    let mut ok = V::splat(0.0).eq(V::splat(0.0));
    let mut k = 0;
    while k < K {
        if operands[k].stride != 0 {
            unsafe {
                blocks_once!(V, n, |i, c| {
                    ok = V::and(ok, F::valid(k, fetch::<V>(F::INTEGER[k], &operands[k], i, c)))
                })
            }
        }
        k += 1;
    }
    V::all(ok)
}

#[inline(always)]
fn finite<V: Lanes>(x: V) -> V::Mask {
    x.abs().lt(V::splat(f64::INFINITY))
}
#[inline(always)]
fn not_nan<V: Lanes>(x: V) -> V::Mask {
    x.eq(x)
}
#[inline(always)]
fn positive<V: Lanes>(x: V) -> V::Mask {
    V::splat(0.0).lt(x)
}
#[inline(always)]
fn positive_finite<V: Lanes>(x: V) -> V::Mask {
    V::and(V::splat(0.0).lt(x), x.lt(V::splat(f64::INFINITY)))
}
#[inline(always)]
fn non_negative<V: Lanes>(x: V) -> V::Mask {
    V::splat(0.0).le(x)
}
#[inline(always)]
fn within<V: Lanes>(x: V, low: f64, high: f64) -> V::Mask {
    V::and(V::splat(low).le(x), x.le(V::splat(high)))
}

/// Families by name: `"name" => Type<operands>,` compiled once an instruction set; `fast` ones once a pattern of strides too.
macro_rules! families {
    ($($name:literal => $family:ident<$k:literal>,)*) => {
        pub(super) fn kernel(family: &str, level: $crate::kernels::Level) -> Option<super::DensityKernel> {
            $({
                #[inline(always)]
                #[allow(non_snake_case)]
                unsafe fn $family<V: Lanes>(n: usize, operands: *const super::Operand, terms: u32, seed: f64, value: *mut f64) -> u32 {
                    unsafe { super::run::<V, self::$family, $k, { super::ANY }>(n, operands, terms, seed, value) }
                }
                if family == $name {
                    return Some($crate::kernels::multiversion!(
                        level,
                        fn(n: usize, operands: *const super::Operand, terms: u32, seed: f64, value: *mut f64) -> u32,
                        $family
                    ));
                }
            })*
            None
        }
    };
}
use families;

/// Densities that other kernels are made of.
macro_rules! building_blocks {
    ($($name:ident = $family:path, $k:literal;)*) => {
        $(
            #[inline(always)]
            pub(super) unsafe fn $name<V: Lanes>(
                n: usize,
                operands: *const Operand,
                terms: u32,
                seed: f64,
                value: *mut f64,
            ) -> u32 {
                unsafe { run::<V, $family, $k, ANY>(n, operands, terms, seed, value) }
            }
        )*
    };
}
building_blocks! {
    normal = continuous::Normal, 3;
    bernoulli_logit = discrete::BernoulliLogit, 2;
    poisson_log = discrete::PoissonLog, 2;
    neg_binomial_2_log_glm = discrete::NegBinomial2LogGlm, 3;
}
