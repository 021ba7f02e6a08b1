//! Four lanes in plain Rust, which the compiler vectorises for the target's base instruction set.

use super::Lanes;
use std::ops::{Add, Div, Mul, Neg, Sub};

const N: usize = 4;

#[derive(Clone, Copy)]
pub(in crate::kernels) struct Portable([f64; N]);

macro_rules! lanewise {
    ($k:ident => $value:expr) => {{
        let mut out = [0.0; N];
        let mut $k = 0;
        while $k < N {
            out[$k] = $value;
            $k += 1;
        }
        Portable(out)
    }};
}
macro_rules! compare {
    ($k:ident => $value:expr) => {{
        let mut out = [false; N];
        let mut $k = 0;
        while $k < N {
            out[$k] = $value;
            $k += 1;
        }
        out
    }};
}
macro_rules! operator {
    ($trait:ident, $method:ident, $op:tt) => {
        impl $trait for Portable {
            type Output = Self;
            #[inline(always)]
            fn $method(self, o: Self) -> Self {
                lanewise!(k => self.0[k] $op o.0[k])
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
        lanewise!(k => -self.0[k])
    }
}

const TWO_52: f64 = 4503599627370496.0;

impl Lanes for Portable {
    const N: usize = N;
    type Mask = [bool; N];

    #[inline(always)]
    fn splat(x: f64) -> Self {
        Portable([x; N])
    }
    #[inline(always)]
    unsafe fn load(p: *const f64) -> Self {
        unsafe { Portable(p.cast::<[f64; N]>().read_unaligned()) }
    }
    #[inline(always)]
    unsafe fn load_part(p: *const f64, n: usize, fill: f64) -> Self {
        unsafe { lanewise!(k => if k < n { *p.add(k) } else { fill }) }
    }
    #[inline(always)]
    unsafe fn load_i32(p: *const i32) -> Self {
        unsafe { lanewise!(k => *p.add(k) as f64) }
    }
    #[inline(always)]
    unsafe fn store(self, p: *mut f64) {
        unsafe { p.cast::<[f64; N]>().write_unaligned(self.0) }
    }
    #[inline(always)]
    unsafe fn store_part(self, p: *mut f64, n: usize) {
        for k in 0..n.min(N) {
            unsafe { *p.add(k) = self.0[k] }
        }
    }
    #[inline(always)]
    unsafe fn gather(base: *const f64, index: *const i32) -> Self {
        unsafe { lanewise!(k => *base.add(*index.add(k) as usize)) }
    }
    #[inline(always)]
    fn fma(self, b: Self, c: Self) -> Self {
        if cfg!(any(target_arch = "aarch64", target_feature = "fma")) {
            lanewise!(k => self.0[k].mul_add(b.0[k], c.0[k]))
        } else {
            self * b + c
        }
    }
    #[inline(always)]
    fn min(self, o: Self) -> Self {
        lanewise!(k => if self.0[k] < o.0[k] { self.0[k] } else { o.0[k] })
    }
    #[inline(always)]
    fn max(self, o: Self) -> Self {
        lanewise!(k => if self.0[k] > o.0[k] { self.0[k] } else { o.0[k] })
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        lanewise!(k => self.0[k].sqrt())
    }
    #[inline(always)]
    fn abs(self) -> Self {
        lanewise!(k => self.0[k].abs())
    }
    #[inline(always)]
    fn copysign(self, sign: Self) -> Self {
        lanewise!(k => self.0[k].copysign(sign.0[k]))
    }
    #[inline(always)]
    fn round(self) -> Self {
        // Adding 1.5 * 2^52 leaves no room for a fraction.
        lanewise!(k => (self.0[k] + 1.5 * TWO_52) - 1.5 * TWO_52)
    }
    #[inline(always)]
    fn scale(self, n: Self) -> Self {
        let half = (n * Self::splat(0.5)).round();
        let rest = n - half;
        lanewise!(k => self.0[k]
            * f64::from_bits((half.0[k] + (TWO_52 + 1023.0)).to_bits() << 52)
            * f64::from_bits((rest.0[k] + (TWO_52 + 1023.0)).to_bits() << 52))
    }
    #[inline(always)]
    fn split(self) -> (Self, Self) {
        let shift = (0x3ff0_0000_0000_0000 - super::SQRT_HALF) as u64;
        (
            lanewise!(k => f64::from_bits(
                (self.0[k].to_bits().wrapping_add(shift) & 0x000f_ffff_ffff_ffff) + super::SQRT_HALF as u64)),
            lanewise!(k => f64::from_bits((self.0[k].to_bits().wrapping_add(shift) >> 52) | TWO_52.to_bits())
                - (TWO_52 + 1023.0)),
        )
    }
    #[inline(always)]
    fn lt(self, o: Self) -> [bool; N] {
        compare!(k => self.0[k] < o.0[k])
    }
    #[inline(always)]
    fn le(self, o: Self) -> [bool; N] {
        compare!(k => self.0[k] <= o.0[k])
    }
    #[inline(always)]
    fn eq(self, o: Self) -> [bool; N] {
        compare!(k => self.0[k] == o.0[k])
    }
    #[inline(always)]
    fn select(mask: [bool; N], yes: Self, no: Self) -> Self {
        lanewise!(k => if mask[k] { yes.0[k] } else { no.0[k] })
    }
    #[inline(always)]
    fn and(a: [bool; N], b: [bool; N]) -> [bool; N] {
        compare!(k => a[k] & b[k])
    }
    #[inline(always)]
    fn all(mask: [bool; N]) -> bool {
        mask[0] & mask[1] & mask[2] & mask[3]
    }
    #[inline(always)]
    fn keep(self, n: usize) -> Self {
        lanewise!(k => if k < n { self.0[k] } else { 0.0 })
    }
    #[inline(always)]
    fn sum(self) -> f64 {
        (self.0[0] + self.0[2]) + (self.0[1] + self.0[3])
    }
}
