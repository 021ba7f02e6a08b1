//! Draws that the generators of the families are made of.

use crate::kernels::transforms;
use crate::random::Variate;
use rand::{Rng, RngExt};
use rand_distr::Distribution;

/// Uniform on `[0, 1)`.
pub(super) fn unit<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    rng.random()
}

/// Uniform on `(0, 1)`.
pub(super) fn open_unit<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    unsafe { (transforms().open_unit)(rng.next_u64()) }
}

pub(super) fn std_normal<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    let radius = rng.next_u64();
    unsafe { (transforms().normal)(radius, rng.next_u64()) }
}

/// The standard normal number of a variate that needs no other: half of a block shared with another draw.
pub(super) fn normal_of_pair(variate: &Variate) -> f64 {
    let ([radius, angle], second) = variate.shared();
    unsafe { (transforms().normal_of_pair)(radius, angle, second as u64) }
}

/// With mean 1; never 0.
pub(super) fn exponential<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    unsafe { (transforms().exponential)(rng.next_u64()) }
}

/// Standard Cauchy.
pub(super) fn cauchy<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    unsafe { (transforms().cauchy)(rng.next_u64()) }
}

/// Standard logistic.
pub(super) fn logistic<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    unsafe { (transforms().logistic)(rng.next_u64()) }
}

/// Standard Laplace.
pub(super) fn double_exponential<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    unsafe { (transforms().double_exponential)(rng.next_u64()) }
}

/// Of that shape and scale 1.
pub(super) fn gamma<R: Rng + ?Sized>(shape: f64, rng: &mut R) -> f64 {
    for _ in 0..200 {
        let words = std::array::from_fn(|_| rng.next_u64());
        let x = unsafe { (transforms().gamma_attempt)(shape, &words) };
        if !x.is_nan() {
            return x;
        }
    }
    f64::NAN
}

/// Log of a gamma draw of that shape: for small shapes the draw itself underflows.
pub(super) fn log_gamma<R: Rng + ?Sized>(shape: f64, rng: &mut R) -> f64 {
    if shape < 1.0 {
        // G(a) = G(a + 1) U^(1/a) (Marsaglia & Tsang 2000)
        gamma(shape + 1.0, rng).ln() + open_unit(rng).ln() / shape
    } else {
        gamma(shape, rng).ln()
    }
}

pub(super) fn chi_square<R: Rng + ?Sized>(degrees: f64, rng: &mut R) -> f64 {
    2.0 * gamma(0.5 * degrees, rng)
}

pub(super) fn beta<R: Rng + ?Sized>(a: f64, b: f64, rng: &mut R) -> f64 {
    let x = log_gamma(a, rng);
    let y = log_gamma(b, rng);
    crate::math::inv_logit(x - y)
}

/// 1 with that probability, else 0.
pub(super) fn bernoulli<R: Rng + ?Sized>(probability: f64, rng: &mut R) -> f64 {
    if unit(rng) < probability { 1.0 } else { 0.0 }
}

pub(super) fn binomial<R: Rng + ?Sized>(trials: f64, probability: f64, rng: &mut R) -> f64 {
    match rand_distr::Binomial::new(trials as u64, probability) {
        Ok(distribution) => distribution.sample(rng) as f64,
        Err(_) => f64::NAN,
    }
}

/// NaN where the rate is too large for a draw.
pub(super) fn poisson<R: Rng + ?Sized>(rate: f64, rng: &mut R) -> f64 {
    if rate == 0.0 {
        return 0.0;
    }
    match rand_distr::Poisson::new(rate) {
        Ok(distribution) => distribution.sample(rng),
        Err(_) => f64::NAN,
    }
}

/// An index, counted from 0, with chance proportional to `weights` (nonnegative, not all zero).
pub(super) fn index<R: Rng + ?Sized>(weights: &[f64], rng: &mut R) -> usize {
    let total: f64 = weights.iter().sum();
    let mut u = unit(rng) * total;
    let mut last = 0;
    for (i, w) in weights.iter().enumerate() {
        if *w > 0.0 {
            last = i;
            if u < *w {
                return i;
            }
        }
        u -= w;
    }
    last
}

/// Probabilities from log odds.
pub(super) fn softmax(x: &[f64]) -> Vec<f64> {
    let max = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = x.iter().map(|v| (v - max).exp()).collect();
    let total: f64 = weights.iter().sum();
    weights.into_iter().map(|w| w / total).collect()
}
