//! One lane in plain Rust, without branches, so that the compiler may vectorise for the target's base instruction set.

use super::Lanes;
use std::ops::{Add, Div, Mul, Neg, Sub};

#[derive(Clone, Copy)]
pub(in crate::kernels) struct Portable(pub(super) f64);

macro_rules! operator {
    ($trait:ident, $method:ident, $op:tt) => {
        impl $trait for Portable {
            type Output = Self;
            #[inline(always)]
            fn $method(self, o: Self) -> Self {
                Portable(self.0 $op o.0)
            }
        }
    };
}
operator!(Add, add, +);
operator!(Sub, sub, -);
operator!(Mul, mul, *);
operator!(Div, div, /);

impl Neg for Portable {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Portable(-self.0)
    }
}

const TWO_52: f64 = 4503599627370496.0;

impl Lanes for Portable {
    const N: usize = 1;
    type Mask = bool;

    #[inline(always)]
    fn splat(x: f64) -> Self {
        Portable(x)
    }
    #[inline(always)]
    unsafe fn load(p: *const f64) -> Self {
        unsafe { Portable(*p) }
    }
    #[inline(always)]
    unsafe fn load_part(_: *const f64, _: usize, fill: f64) -> Self {
        Portable(fill)
    }
    #[inline(always)]
    unsafe fn load_i32(p: *const i32) -> Self {
        unsafe { Portable(*p as f64) }
    }
    #[inline(always)]
    unsafe fn store(self, p: *mut f64) {
        unsafe { *p = self.0 }
    }
    #[inline(always)]
    unsafe fn store_part(self, _: *mut f64, _: usize) {}
    #[inline(always)]
    unsafe fn gather(base: *const f64, index: *const i32) -> Self {
        unsafe { Portable(*base.wrapping_add(*index as usize)) }
    }
    #[inline(always)]
    fn fma(self, b: Self, c: Self) -> Self {
        if cfg!(any(target_arch = "aarch64", target_feature = "fma")) {
            Portable(self.0.mul_add(b.0, c.0))
        } else {
            self * b + c
        }
    }
    #[inline(always)]
    fn min(self, o: Self) -> Self {
        Portable(if self.0 < o.0 { self.0 } else { o.0 })
    }
    #[inline(always)]
    fn max(self, o: Self) -> Self {
        Portable(if self.0 > o.0 { self.0 } else { o.0 })
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Portable(self.0.sqrt())
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Portable(self.0.abs())
    }
    #[inline(always)]
    fn copysign(self, sign: Self) -> Self {
        Portable(self.0.copysign(sign.0))
    }
    #[inline(always)]
    fn round(self) -> Self {
        // Adding 1.5 * 2^52 leaves no room for a fraction.
        Portable((self.0 + 1.5 * TWO_52) - 1.5 * TWO_52)
    }
    #[inline(always)]
    fn scale(self, n: Self) -> Self {
        // Two steps reach the subnormal numbers and infinity; the low bits of n + 1023 + 2^52 are the biased exponent.
        let half = (n * Self::splat(0.5)).round();
        let rest = n - half;
        let power = |n: f64| f64::from_bits((n + (TWO_52 + 1023.0)).to_bits() << 52);
        Portable(self.0 * power(half.0) * power(rest.0))
    }
    #[inline(always)]
    fn split(self) -> (Self, Self) {
        let shifted = self.0.to_bits().wrapping_add((0x3ff0_0000_0000_0000 - super::SQRT_HALF) as u64);
        (
            Portable(f64::from_bits((shifted & 0x000f_ffff_ffff_ffff) + super::SQRT_HALF as u64)),
            Portable(f64::from_bits((shifted >> 52) | TWO_52.to_bits()) - (TWO_52 + 1023.0)),
        )
    }
    #[inline(always)]
    fn lt(self, o: Self) -> bool {
        self.0 < o.0
    }
    #[inline(always)]
    fn le(self, o: Self) -> bool {
        self.0 <= o.0
    }
    #[inline(always)]
    fn eq(self, o: Self) -> bool {
        self.0 == o.0
    }
    #[inline(always)]
    fn select(mask: bool, yes: Self, no: Self) -> Self {
        if mask { yes } else { no }
    }
    #[inline(always)]
    fn and(a: bool, b: bool) -> bool {
        a & b
    }
    #[inline(always)]
    fn all(mask: bool) -> bool {
        mask
    }
    #[inline(always)]
    fn keep(self, n: usize) -> Self {
        if n == 0 { Portable(0.0) } else { self }
    }
    #[inline(always)]
    fn sum(self) -> f64 {
        self.0
    }
}
