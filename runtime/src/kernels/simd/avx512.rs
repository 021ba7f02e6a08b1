//! Eight lanes: AVX-512 F, DQ, VL.

use super::Lanes;
use std::arch::x86_64::*;
use std::ops::{Add, Div, Mul, Neg, Sub};

#[derive(Clone, Copy)]
pub(in crate::kernels) struct Avx512(pub(super) __m512d);

macro_rules! operator {
    ($trait:ident, $method:ident, $intrinsic:ident) => {
        impl $trait for Avx512 {
            type Output = Self;
            #[inline(always)]
            fn $method(self, o: Self) -> Self {
                unsafe { Avx512($intrinsic(self.0, o.0)) }
            }
        }
    };
}
operator!(Add, add, _mm512_add_pd);
operator!(Sub, sub, _mm512_sub_pd);
operator!(Mul, mul, _mm512_mul_pd);
operator!(Div, div, _mm512_div_pd);

impl Neg for Avx512 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        unsafe { Avx512(_mm512_xor_pd(self.0, _mm512_set1_pd(-0.0))) }
    }
}

#[inline(always)]
fn first(n: usize) -> __mmask8 {
    ((1u32 << n) - 1) as __mmask8
}

impl Lanes for Avx512 {
    const N: usize = 8;
    type Mask = __mmask8;

    #[inline(always)]
    fn splat(x: f64) -> Self {
        unsafe { Avx512(_mm512_set1_pd(x)) }
    }
    #[inline(always)]
    unsafe fn load(p: *const f64) -> Self {
        unsafe { Avx512(_mm512_loadu_pd(p)) }
    }
    #[inline(always)]
    unsafe fn load_part(p: *const f64, n: usize, fill: f64) -> Self {
        unsafe { Avx512(_mm512_mask_loadu_pd(_mm512_set1_pd(fill), first(n), p)) }
    }
    #[inline(always)]
    unsafe fn load_i32(p: *const i32) -> Self {
        unsafe { Avx512(_mm512_cvtepi32_pd(_mm256_loadu_si256(p.cast()))) }
    }
    #[inline(always)]
    unsafe fn store(self, p: *mut f64) {
        unsafe { _mm512_storeu_pd(p, self.0) }
    }
    #[inline(always)]
    unsafe fn store_part(self, p: *mut f64, n: usize) {
        unsafe { _mm512_mask_storeu_pd(p, first(n), self.0) }
    }
    #[inline(always)]
    unsafe fn gather(base: *const f64, index: *const i32) -> Self {
        unsafe { Avx512(_mm512_i32gather_pd::<8>(_mm256_loadu_si256(index.cast()), base)) }
    }
    #[inline(always)]
    fn fma(self, b: Self, c: Self) -> Self {
        unsafe { Avx512(_mm512_fmadd_pd(self.0, b.0, c.0)) }
    }
    #[inline(always)]
    fn min(self, o: Self) -> Self {
        unsafe { Avx512(_mm512_min_pd(self.0, o.0)) }
    }
    #[inline(always)]
    fn max(self, o: Self) -> Self {
        unsafe { Avx512(_mm512_max_pd(self.0, o.0)) }
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        unsafe { Avx512(_mm512_sqrt_pd(self.0)) }
    }
    #[inline(always)]
    fn abs(self) -> Self {
        unsafe { Avx512(_mm512_andnot_pd(_mm512_set1_pd(-0.0), self.0)) }
    }
    #[inline(always)]
    fn copysign(self, sign: Self) -> Self {
        unsafe {
            let bit = _mm512_set1_pd(-0.0);
            Avx512(_mm512_or_pd(_mm512_andnot_pd(bit, self.0), _mm512_and_pd(bit, sign.0)))
        }
    }
    #[inline(always)]
    fn round(self) -> Self {
        unsafe { Avx512(_mm512_roundscale_pd::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0)) }
    }
    #[inline(always)]
    fn scale(self, n: Self) -> Self {
        unsafe { Avx512(_mm512_scalef_pd(self.0, n.0)) }
    }
    #[inline(always)]
    fn split(self) -> (Self, Self) {
        unsafe {
            let shifted = _mm512_add_epi64(
                _mm512_castpd_si512(self.0),
                _mm512_set1_epi64(0x3ff0_0000_0000_0000 - super::SQRT_HALF),
            );
            let exponent = _mm512_sub_epi64(_mm512_srli_epi64::<52>(shifted), _mm512_set1_epi64(0x3ff));
            let mantissa = _mm512_add_epi64(
                _mm512_and_si512(shifted, _mm512_set1_epi64(0x000f_ffff_ffff_ffff)),
                _mm512_set1_epi64(super::SQRT_HALF),
            );
            (Avx512(_mm512_castsi512_pd(mantissa)), Avx512(_mm512_cvtepi64_pd(exponent)))
        }
    }
    #[inline(always)]
    fn lt(self, o: Self) -> __mmask8 {
        unsafe { _mm512_cmp_pd_mask::<_CMP_LT_OQ>(self.0, o.0) }
    }
    #[inline(always)]
    fn le(self, o: Self) -> __mmask8 {
        unsafe { _mm512_cmp_pd_mask::<_CMP_LE_OQ>(self.0, o.0) }
    }
    #[inline(always)]
    fn eq(self, o: Self) -> __mmask8 {
        unsafe { _mm512_cmp_pd_mask::<_CMP_EQ_OQ>(self.0, o.0) }
    }
    #[inline(always)]
    fn select(mask: __mmask8, yes: Self, no: Self) -> Self {
        unsafe { Avx512(_mm512_mask_blend_pd(mask, no.0, yes.0)) }
    }
    #[inline(always)]
    fn and(a: __mmask8, b: __mmask8) -> __mmask8 {
        a & b
    }
    #[inline(always)]
    fn all(mask: __mmask8) -> bool {
        mask == 0xff
    }
    #[inline(always)]
    fn keep(self, n: usize) -> Self {
        unsafe { Avx512(_mm512_maskz_mov_pd(first(n), self.0)) }
    }
    #[inline(always)]
    fn sum(self) -> f64 {
        unsafe {
            let half = _mm256_add_pd(_mm512_castpd512_pd256(self.0), _mm512_extractf64x4_pd::<1>(self.0));
            let pair = _mm_add_pd(_mm256_castpd256_pd128(half), _mm256_extractf128_pd::<1>(half));
            _mm_cvtsd_f64(_mm_add_sd(pair, _mm_unpackhi_pd(pair, pair)))
        }
    }
}
