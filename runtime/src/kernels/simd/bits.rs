//! Lanes of 64-bit words, as many as there are numbers, for random numbers.

use super::{Lanes, Portable};

/// Words beside [`Lanes`]. Shifts fill with zeros.
pub(in crate::kernels) trait WordLanes: Lanes {
    type Words: Copy;

    fn words(x: u64) -> Self::Words;
    /// `x, x + 1, ...`
    fn count_from(x: u64) -> Self::Words;
    fn xor(a: Self::Words, b: Self::Words) -> Self::Words;
    fn xor3(a: Self::Words, b: Self::Words, c: Self::Words) -> Self::Words;
    /// The product of the low halves.
    fn mul_low(a: Self::Words, b: Self::Words) -> Self::Words;
    fn shift_right<const K: u32>(a: Self::Words) -> Self::Words;
    fn shift_left<const K: u32>(a: Self::Words) -> Self::Words;
    /// Low halves of `low` and of `high` side by side.
    fn join(low: Self::Words, high: Self::Words) -> Self::Words;
    /// The nearest number to an unsigned word.
    fn unsigned(a: Self::Words) -> Self;
    /// The nearest number to a word in two's complement.
    fn signed(a: Self::Words) -> Self;
    /// The number whose bits these are.
    fn from_bits(a: Self::Words) -> Self;
}

impl WordLanes for Portable {
    type Words = u64;

    #[inline(always)]
    fn words(x: u64) -> u64 {
        x
    }
    #[inline(always)]
    fn count_from(x: u64) -> u64 {
        x
    }
    #[inline(always)]
    fn xor(a: u64, b: u64) -> u64 {
        a ^ b
    }
    #[inline(always)]
    fn xor3(a: u64, b: u64, c: u64) -> u64 {
        a ^ b ^ c
    }
    #[inline(always)]
    fn mul_low(a: u64, b: u64) -> u64 {
        (a & 0xffff_ffff) * (b & 0xffff_ffff)
    }
    #[inline(always)]
    fn shift_right<const K: u32>(a: u64) -> u64 {
        a >> K
    }
    #[inline(always)]
    fn shift_left<const K: u32>(a: u64) -> u64 {
        a << K
    }
    #[inline(always)]
    fn join(low: u64, high: u64) -> u64 {
        low & 0xffff_ffff | high << 32
    }
    #[inline(always)]
    fn unsigned(a: u64) -> Self {
        Portable(a as f64)
    }
    #[inline(always)]
    fn signed(a: u64) -> Self {
        Portable(a as i64 as f64)
    }
    #[inline(always)]
    fn from_bits(a: u64) -> Self {
        Portable(f64::from_bits(a))
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::super::{Avx2, Avx512};
    use super::WordLanes;
    use std::arch::x86_64::*;

    impl WordLanes for Avx2 {
        type Words = __m256i;

        #[inline(always)]
        fn words(x: u64) -> __m256i {
            unsafe { _mm256_set1_epi64x(x as i64) }
        }
        #[inline(always)]
        fn count_from(x: u64) -> __m256i {
            unsafe { _mm256_add_epi64(_mm256_set1_epi64x(x as i64), _mm256_setr_epi64x(0, 1, 2, 3)) }
        }
        #[inline(always)]
        fn xor(a: __m256i, b: __m256i) -> __m256i {
            unsafe { _mm256_xor_si256(a, b) }
        }
        #[inline(always)]
        fn xor3(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
            unsafe { _mm256_xor_si256(_mm256_xor_si256(a, b), c) }
        }
        #[inline(always)]
        fn mul_low(a: __m256i, b: __m256i) -> __m256i {
            unsafe { _mm256_mul_epu32(a, b) }
        }
        #[inline(always)]
        fn shift_right<const K: u32>(a: __m256i) -> __m256i {
            unsafe { _mm256_srl_epi64(a, _mm_cvtsi32_si128(K as i32)) }
        }
        #[inline(always)]
        fn shift_left<const K: u32>(a: __m256i) -> __m256i {
            unsafe { _mm256_sll_epi64(a, _mm_cvtsi32_si128(K as i32)) }
        }
        #[inline(always)]
        fn join(low: __m256i, high: __m256i) -> __m256i {
            unsafe { _mm256_blend_epi32::<0b1010_1010>(low, _mm256_slli_epi64::<32>(high)) }
        }
        #[inline(always)]
        fn unsigned(a: __m256i) -> Self {
            // The halves as numbers: 2^84 + high 2^32 and 2^52 + low; only the last addition rounds.
            unsafe {
                let high = _mm256_or_si256(_mm256_srli_epi64::<32>(a), _mm256_set1_epi64x(0x4530_0000_0000_0000));
                let low = _mm256_blend_epi32::<0b1010_1010>(a, _mm256_set1_epi64x(0x4330_0000_0000_0000));
                let magic = _mm256_castsi256_pd(_mm256_set1_epi64x(0x4530_0000_0010_0000));
                Avx2(_mm256_add_pd(_mm256_sub_pd(_mm256_castsi256_pd(high), magic), _mm256_castsi256_pd(low)))
            }
        }
        #[inline(always)]
        fn signed(a: __m256i) -> Self {
            // As for unsigned words, with the high half moved up by 2^31.
            unsafe {
                let high = _mm256_xor_si256(_mm256_srli_epi64::<32>(a), _mm256_set1_epi64x(0x4530_0000_8000_0000));
                let low = _mm256_blend_epi32::<0b1010_1010>(a, _mm256_set1_epi64x(0x4330_0000_0000_0000));
                let magic = _mm256_castsi256_pd(_mm256_set1_epi64x(0x4530_0000_8010_0000));
                Avx2(_mm256_add_pd(_mm256_sub_pd(_mm256_castsi256_pd(high), magic), _mm256_castsi256_pd(low)))
            }
        }
        #[inline(always)]
        fn from_bits(a: __m256i) -> Self {
            unsafe { Avx2(_mm256_castsi256_pd(a)) }
        }
    }

    impl WordLanes for Avx512 {
        type Words = __m512i;

        #[inline(always)]
        fn words(x: u64) -> __m512i {
            unsafe { _mm512_set1_epi64(x as i64) }
        }
        #[inline(always)]
        fn count_from(x: u64) -> __m512i {
            unsafe { _mm512_add_epi64(_mm512_set1_epi64(x as i64), _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7)) }
        }
        #[inline(always)]
        fn xor(a: __m512i, b: __m512i) -> __m512i {
            unsafe { _mm512_xor_si512(a, b) }
        }
        #[inline(always)]
        fn xor3(a: __m512i, b: __m512i, c: __m512i) -> __m512i {
            unsafe { _mm512_ternarylogic_epi64::<0x96>(a, b, c) }
        }
        #[inline(always)]
        fn mul_low(a: __m512i, b: __m512i) -> __m512i {
            unsafe { _mm512_mul_epu32(a, b) }
        }
        #[inline(always)]
        fn shift_right<const K: u32>(a: __m512i) -> __m512i {
            unsafe { _mm512_srli_epi64::<K>(a) }
        }
        #[inline(always)]
        fn shift_left<const K: u32>(a: __m512i) -> __m512i {
            unsafe { _mm512_slli_epi64::<K>(a) }
        }
        #[inline(always)]
        fn join(low: __m512i, high: __m512i) -> __m512i {
            unsafe { _mm512_mask_blend_epi32(0xaaaa, low, _mm512_slli_epi64::<32>(high)) }
        }
        #[inline(always)]
        fn unsigned(a: __m512i) -> Self {
            unsafe { Avx512(_mm512_cvtepu64_pd(a)) }
        }
        #[inline(always)]
        fn signed(a: __m512i) -> Self {
            unsafe { Avx512(_mm512_cvtepi64_pd(a)) }
        }
        #[inline(always)]
        fn from_bits(a: __m512i) -> Self {
            unsafe { Avx512(_mm512_castsi512_pd(a)) }
        }
    }
}
