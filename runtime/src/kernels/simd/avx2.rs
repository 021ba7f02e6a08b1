//! Four lanes: AVX2 and FMA.

use super::Lanes;
use std::arch::x86_64::*;
use std::ops::{Add, Div, Mul, Neg, Sub};

#[derive(Clone, Copy)]
pub(in crate::kernels) struct Avx2(pub(super) __m256d);

macro_rules! operator {
    ($trait:ident, $method:ident, $intrinsic:ident) => {
        impl $trait for Avx2 {
            type Output = Self;
            #[inline(always)]
            fn $method(self, o: Self) -> Self {
                unsafe { Avx2($intrinsic(self.0, o.0)) }
            }
        }
    };
}
operator!(Add, add, _mm256_add_pd);
operator!(Sub, sub, _mm256_sub_pd);
operator!(Mul, mul, _mm256_mul_pd);
operator!(Div, div, _mm256_div_pd);

impl Neg for Avx2 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        unsafe { Avx2(_mm256_xor_pd(self.0, _mm256_set1_pd(-0.0))) }
    }
}

/// All ones in the first `n` lanes.
#[inline(always)]
fn first(n: usize) -> __m256i {
    unsafe { _mm256_cmpgt_epi64(_mm256_set1_epi64x(n as i64), _mm256_setr_epi64x(0, 1, 2, 3)) }
}

/// 2^n for integer lanes in -1022..=1023.
#[inline(always)]
fn power(n: __m256d) -> __m256d {
    unsafe {
        // The low bits of n + 1023 + 2^52 are the biased exponent.
        let biased = _mm256_add_pd(n, _mm256_set1_pd(4503599627370496.0 + 1023.0));
        _mm256_castsi256_pd(_mm256_slli_epi64::<52>(_mm256_castpd_si256(biased)))
    }
}

impl Lanes for Avx2 {
    const N: usize = 4;
    type Mask = __m256d;

    #[inline(always)]
    fn splat(x: f64) -> Self {
        unsafe { Avx2(_mm256_set1_pd(x)) }
    }
    #[inline(always)]
    unsafe fn load(p: *const f64) -> Self {
        unsafe { Avx2(_mm256_loadu_pd(p)) }
    }
    #[inline(always)]
    unsafe fn load_part(p: *const f64, n: usize, fill: f64) -> Self {
        unsafe {
            let mask = first(n);
            Avx2(_mm256_blendv_pd(_mm256_set1_pd(fill), _mm256_maskload_pd(p, mask), _mm256_castsi256_pd(mask)))
        }
    }
    #[inline(always)]
    unsafe fn load_i32(p: *const i32) -> Self {
        unsafe { Avx2(_mm256_cvtepi32_pd(_mm_loadu_si128(p.cast()))) }
    }
    #[inline(always)]
    unsafe fn store(self, p: *mut f64) {
        unsafe { _mm256_storeu_pd(p, self.0) }
    }
    #[inline(always)]
    unsafe fn store_part(self, p: *mut f64, n: usize) {
        unsafe { _mm256_maskstore_pd(p, first(n), self.0) }
    }
    #[inline(always)]
    unsafe fn gather(base: *const f64, index: *const i32) -> Self {
        unsafe { Avx2(_mm256_i32gather_pd::<8>(base, _mm_loadu_si128(index.cast()))) }
    }
    #[inline(always)]
    fn fma(self, b: Self, c: Self) -> Self {
        unsafe { Avx2(_mm256_fmadd_pd(self.0, b.0, c.0)) }
    }
    #[inline(always)]
    fn min(self, o: Self) -> Self {
        unsafe { Avx2(_mm256_min_pd(self.0, o.0)) }
    }
    #[inline(always)]
    fn max(self, o: Self) -> Self {
        unsafe { Avx2(_mm256_max_pd(self.0, o.0)) }
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        unsafe { Avx2(_mm256_sqrt_pd(self.0)) }
    }
    #[inline(always)]
    fn abs(self) -> Self {
        unsafe { Avx2(_mm256_andnot_pd(_mm256_set1_pd(-0.0), self.0)) }
    }
    #[inline(always)]
    fn copysign(self, sign: Self) -> Self {
        unsafe {
            let bit = _mm256_set1_pd(-0.0);
            Avx2(_mm256_or_pd(_mm256_andnot_pd(bit, self.0), _mm256_and_pd(bit, sign.0)))
        }
    }
    #[inline(always)]
    fn round(self) -> Self {
        unsafe { Avx2(_mm256_round_pd::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0)) }
    }
    #[inline(always)]
    fn scale(self, n: Self) -> Self {
        // Two steps reach the subnormal numbers and infinity.
        let half = (n * Self::splat(0.5)).round();
        self * Avx2(power(half.0)) * Avx2(power((n - half).0))
    }
    #[inline(always)]
    fn split(self) -> (Self, Self) {
        unsafe {
            let shifted = _mm256_add_epi64(
                _mm256_castpd_si256(self.0),
                _mm256_set1_epi64x(0x3ff0_0000_0000_0000 - super::SQRT_HALF),
            );
            // 2^52 + biased exponent, as a number.
            let exponent = _mm256_castsi256_pd(_mm256_or_si256(
                _mm256_srli_epi64::<52>(shifted),
                _mm256_castpd_si256(_mm256_set1_pd(4503599627370496.0)),
            ));
            let mantissa = _mm256_add_epi64(
                _mm256_and_si256(shifted, _mm256_set1_epi64x(0x000f_ffff_ffff_ffff)),
                _mm256_set1_epi64x(super::SQRT_HALF),
            );
            (
                Avx2(_mm256_castsi256_pd(mantissa)),
                Avx2(_mm256_sub_pd(exponent, _mm256_set1_pd(4503599627370496.0 + 1023.0))),
            )
        }
    }
    #[inline(always)]
    fn lt(self, o: Self) -> __m256d {
        unsafe { _mm256_cmp_pd::<_CMP_LT_OQ>(self.0, o.0) }
    }
    #[inline(always)]
    fn le(self, o: Self) -> __m256d {
        unsafe { _mm256_cmp_pd::<_CMP_LE_OQ>(self.0, o.0) }
    }
    #[inline(always)]
    fn eq(self, o: Self) -> __m256d {
        unsafe { _mm256_cmp_pd::<_CMP_EQ_OQ>(self.0, o.0) }
    }
    #[inline(always)]
    fn select(mask: __m256d, yes: Self, no: Self) -> Self {
        unsafe { Avx2(_mm256_blendv_pd(no.0, yes.0, mask)) }
    }
    #[inline(always)]
    fn and(a: __m256d, b: __m256d) -> __m256d {
        unsafe { _mm256_and_pd(a, b) }
    }
    #[inline(always)]
    fn all(mask: __m256d) -> bool {
        unsafe { _mm256_movemask_pd(mask) == 0xf }
    }
    #[inline(always)]
    fn keep(self, n: usize) -> Self {
        unsafe { Avx2(_mm256_and_pd(self.0, _mm256_castsi256_pd(first(n)))) }
    }
    #[inline(always)]
    fn sum(self) -> f64 {
        unsafe {
            let pair = _mm_add_pd(_mm256_castpd256_pd128(self.0), _mm256_extractf128_pd::<1>(self.0));
            _mm_cvtsd_f64(_mm_add_sd(pair, _mm_unpackhi_pd(pair, pair)))
        }
    }
}
