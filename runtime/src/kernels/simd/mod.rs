//! Vectors of `f64` for each instruction set, behind one trait.
//!
//! Kernel bodies are generic over [`Lanes`] and `#[inline(always)]`; [`multiversion!`](crate::kernels::multiversion) instantiates
//! them once an instruction set inside functions with the matching `#[target_feature]`, where the intrinsics are inlined.
//! Bodies must therefore not contain closures over lanes: a closure that is not inlined would be compiled without the features.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod bits;
pub(super) mod math;
mod portable;

#[cfg(target_arch = "x86_64")]
pub(super) use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub(super) use avx512::Avx512;
pub(super) use bits::WordLanes;
pub(super) use portable::Portable;

use std::ops::{Add, Div, Mul, Neg, Sub};
use std::sync::OnceLock;

/// The instruction sets kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What every processor of the target has: one lane.
    Portable,
    /// AVX2 and FMA: 4 lanes.
    Avx2,
    /// AVX-512 F, DQ and VL: 8 lanes.
    Avx512,
}

/// The widest instruction set of this processor, found once. `PPL_SIMD=portable|avx2` lowers it (for tests and timings).
pub fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(|| {
        let wanted = match std::env::var("PPL_SIMD").as_deref() {
            Ok("portable") => Level::Portable,
            Ok("avx2") => Level::Avx2,
            _ => Level::Avx512,
        };
        detected().min(wanted)
    })
}

#[cfg(target_arch = "x86_64")]
fn detected() -> Level {
    if !(is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")) {
        Level::Portable
    } else if is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
    {
        Level::Avx512
    } else {
        Level::Avx2
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn detected() -> Level {
    Level::Portable
}

/// `N` numbers that are worked on at once. Comparisons with NaN are false.
///
/// The methods of the x86 types may be called only where the processor has the instruction set.
pub(super) trait Lanes:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    const N: usize;
    type Mask: Copy;

    fn splat(x: f64) -> Self;
    /// The first `N` numbers at `p`.
    unsafe fn load(p: *const f64) -> Self;
    /// `n < N` numbers at `p`; the other lanes are `fill`.
    unsafe fn load_part(p: *const f64, n: usize, fill: f64) -> Self;
    unsafe fn load_i32(p: *const i32) -> Self;
    unsafe fn store(self, p: *mut f64);
    /// Writes the first `n < N` lanes.
    unsafe fn store_part(self, p: *mut f64, n: usize);
    /// `base[index]` a lane; indices are 0-based and in range.
    unsafe fn gather(base: *const f64, index: *const i32) -> Self;

    /// `self * b + c`, rounded once where the processor can.
    fn fma(self, b: Self, c: Self) -> Self;
    /// `if self < other { self } else { other }`: `other` where one is NaN.
    fn min(self, other: Self) -> Self;
    /// `if self > other { self } else { other }`: `other` where one is NaN.
    fn max(self, other: Self) -> Self;
    fn sqrt(self) -> Self;
    fn abs(self) -> Self;
    /// The magnitude of `self` with the sign of `sign`.
    fn copysign(self, sign: Self) -> Self;
    /// The nearest integer, ties to even; |self| < 2^51.
    fn round(self) -> Self;
    /// `self * 2^n` for integer lanes `n` in -2000..=2000.
    fn scale(self, n: Self) -> Self;
    /// Mantissa in [sqrt(1/2), sqrt(2)) and exponent of a positive normal number.
    fn split(self) -> (Self, Self);

    fn lt(self, other: Self) -> Self::Mask;
    fn le(self, other: Self) -> Self::Mask;
    fn eq(self, other: Self) -> Self::Mask;
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;
    fn and(a: Self::Mask, b: Self::Mask) -> Self::Mask;
    fn all(mask: Self::Mask) -> bool;
    /// Zero in the lanes from `n` on.
    fn keep(self, n: usize) -> Self;
    /// The sum of the lanes: halves are added to halves.
    fn sum(self) -> f64;

    /// `n` numbers at `p`, `1 <= n <= N`; the other lanes are `fill`.
    #[inline(always)]
    unsafe fn get(p: *const f64, n: usize, fill: f64) -> Self {
        unsafe { if n == Self::N { Self::load(p) } else { Self::load_part(p, n, fill) } }
    }
    #[inline(always)]
    unsafe fn get_i32(p: *const i32, n: usize, fill: i32) -> Self {
        unsafe {
            if n == Self::N {
                Self::load_i32(p)
            } else {
                let mut buffer = [fill; 8];
                for (k, cell) in buffer.iter_mut().enumerate().take(n) {
                    *cell = *p.add(k);
                }
                Self::load_i32(buffer.as_ptr())
            }
        }
    }
    #[inline(always)]
    unsafe fn put(self, p: *mut f64, n: usize) {
        unsafe { if n == Self::N { self.store(p) } else { self.store_part(p, n) } }
    }
    /// `p[..n] += self`.
    #[inline(always)]
    unsafe fn accumulate(self, p: *mut f64, n: usize) {
        unsafe { (Self::get(p, n, 0.0) + self).put(p, n) }
    }
    /// Lanes from `n` on become zero; nothing to do for a whole vector.
    #[inline(always)]
    fn head(self, n: usize) -> Self {
        if n == Self::N { self } else { self.keep(n) }
    }
    /// A polynomial, lowest coefficient first, by Horner's rule.
    #[inline(always)]
    fn horner<const M: usize>(self, c: &[f64; M]) -> Self {
        let mut y = Self::splat(c[M - 1]);
        let mut k = M - 1;
        while k > 0 {
            k -= 1;
            y = y.fma(self, Self::splat(c[k]));
        }
        y
    }
}

/// Bits of the number just above sqrt(1/2) at which [`Lanes::split`] cuts.
const SQRT_HALF: i64 = 0x3fe6_a09e_0000_0000;
