//! Densities of real outcomes. Parametrisation and domains are Stan's.

use super::{
    Derived, Family, Lanes, Terms, families, finite, non_negative, not_nan, positive, positive_finite, within,
};
use crate::kernels::simd::math;
use crate::math::{HALF_LN_2PI, HALF_LN_PI, LN_PI};
use std::f64::consts::LN_2;

families! {
    "normal" => Normal<3>,
    "std_normal" => StdNormal<1>,
    "lognormal" => LogNormal<3>,
    "student_t" => StudentT<4>,
    "cauchy" => Cauchy<3>,
    "double_exponential" => DoubleExponential<3>,
    "logistic" => Logistic<3>,
    "exponential" => Exponential<2>,
    "gamma" => Gamma<3>,
    "inv_gamma" => InvGamma<3>,
    "beta" => Beta<3>,
    "uniform" => Uniform<3>,
}

/// Zero where the term is dropped.
#[inline(always)]
fn term<V: Lanes>(on: bool, x: V) -> V {
    if on { x } else { V::splat(0.0) }
}

#[inline(always)]
fn one<V: Lanes>() -> V {
    V::splat(1.0)
}
#[inline(always)]
fn zero<V: Lanes>() -> V {
    V::splat(0.0)
}

/// A scale: `[sigma, 1/sigma, ln sigma or 0, _]`.
#[inline(always)]
fn scale<V: Lanes>(x: V, keep: bool) -> Derived<V> {
    [x, one::<V>() / x, if keep { math::ln(x) } else { zero() }, zero()]
}

#[inline(always)]
fn plain<V: Lanes>(x: V) -> Derived<V> {
    [x, zero(), zero(), zero()]
}

/// Domains of (outcome, location, scale): a number, finite, positive.
#[inline(always)]
fn location_scale<V: Lanes>(k: usize, x: V) -> V::Mask {
    match k {
        0 => not_nan(x),
        1 => finite(x),
        _ => positive(x),
    }
}

/// normal(y | mu, sigma)
pub(super) struct Normal;
impl Family<3> for Normal {
    const INTEGER: [bool; 3] = [false; 3];
    const GUARDED: [bool; 3] = [false, false, true];
    #[inline(always)]
    fn valid<V: Lanes>(k: usize, x: V) -> V::Mask {
        location_scale(k, x)
    }
    #[inline(always)]
    fn derive<V: Lanes>(k: usize, x: V, terms: Terms) -> Derived<V> {
        if k == 2 { scale(x, terms.on(0b100)) } else { plain(x) }
    }
    #[inline(always)]
    fn combine<V: Lanes>(d: &[Derived<V>; 3], _: &Derived<V>, _: Terms) -> (V, [V; 3]) {
        let [_, inverse, log_sigma, _] = d[2];
        let z = (d[0][0] - d[1][0]) * inverse;
        let slope = z * inverse;
        let value = (z * V::splat(-0.5)).fma(z, -log_sigma);
        (value, [-slope, slope, slope.fma(z, -inverse)])
    }
    #[inline(always)]
    fn offset(terms: Terms) -> f64 {
        if terms.constants() { -HALF_LN_2PI } else { 0.0 }
    }
}

/// std_normal(y)
struct StdNormal;
impl Family<1> for StdNormal {
    const INTEGER: [bool; 1] = [false];
    const GUARDED: [bool; 1] = [false];
    #[inline(always)]
    fn valid<V: Lanes>(_: usize, x: V) -> V::Mask {
        not_nan(x)
    }
    #[inline(always)]
    fn derive<V: Lanes>(_: usize, x: V, _: Terms) -> Derived<V> {
        plain(x)
    }
    #[inline(always)]
    fn combine<V: Lanes>(d: &[Derived<V>; 1], _: &Derived<V>, _: Terms) -> (V, [V; 1]) {
        let y = d[0][0];
        (y * V::splat(-0.5) * y, [-y])
    }
    #[inline(always)]
    fn offset(terms: Terms) -> f64 {
        if terms.constants() { -HALF_LN_2PI } else { 0.0 }
    }
}

/// lognormal(y | mu, sigma)
struct LogNormal;
impl Family<3> for LogNormal {
    const INTEGER: [bool; 3] = [false; 3];
    const GUARDED: [bool; 3] = [true, false, true];
    #[inline(always)]
    fn valid<V: Lanes>(k: usize, x: V) -> V::Mask {
        match k {
            0 => non_negative(x),
            1 => finite(x),
            _ => positive_finite(x),
        }
    }
    #[inline(always)]
    fn derive<V: Lanes>(k: usize, x: V, terms: Terms) -> Derived<V> {
        match k {
            0 => [x, math::ln(x), one::<V>() / x, zero()],
            1 => plain(x),
            _ => scale(x, terms.on(0b100)),
        }
    }
    #[inline(always)]
    fn combine<V: Lanes>(d: &[Derived<V>; 3], _: &Derived<V>, terms: Terms) -> (V, [V; 3]) {
        let [y, log_y, inverse_y, _] = d[0];
        let [_, inverse, log_sigma, _] = d[2];
        let z = (log_y - d[1][0]) * inverse;
        let slope = z * inverse;
        let value = (z * V::splat(-0.5)).fma(z, -(log_sigma + term(terms.on(0b001), log_y)));
        let value = V::select(y.eq(zero()), V::splat(f64::NEG_INFINITY), value);
        (value, [-(one::<V>() + slope) * inverse_y, slope, slope.fma(z, -inverse)])
    }
    #[inline(always)]
    fn offset(terms: Terms) -> f64 {
        // Stan keeps this constant in the unnormalised form.
        if terms.on(0b111) { -HALF_LN_2PI } else { 0.0 }
    }
}

/// student_t(y | nu, mu, sigma)
struct StudentT;
impl Family<4> for StudentT {
    const INTEGER: [bool; 4] = [false; 4];
    const GUARDED: [bool; 4] = [false, true, false, true];
    #[inline(always)]
    fn valid<V: Lanes>(k: usize, x: V) -> V::Mask {
        match k {
            0 => not_nan(x),
            2 => finite(x),
            _ => positive_finite(x),
        }
    }
    #[inline(always)]
    fn derive<V: Lanes>(k: usize, x: V, terms: Terms) -> Derived<V> {
        match k {
            1 => {
                // [nu, 1/nu, ln gamma((nu+1)/2) - ln gamma(nu/2) - ln(nu)/2, its derivative]
                let inverse = one::<V>() / x;
                if !terms.on(0b0010) {
                    return [x, inverse, zero(), zero()];
                }
                let half = V::splat(0.5);
                let (upper, d_upper) = math::lgamma_digamma(half.fma(x, half));
                let (lower, d_lower) = math::lgamma_digamma(half * x);
                [x, inverse, upper - lower - half * math::ln(x), half * (d_upper - d_lower - inverse)]
            }
            3 => scale(x, terms.on(0b1000)),
            _ => plain(x),
        }
    }
    #[inline(always)]
    fn combine<V: Lanes>(d: &[Derived<V>; 4], _: &Derived<V>, _: Terms) -> (V, [V; 4]) {
        let [nu, inverse_nu, norm, d_norm] = d[1];
        let [_, inverse, log_sigma, _] = d[3];
        let half = V::splat(0.5);
        let z = (d[0][0] - d[2][0]) * inverse;
        let q = z * z * inverse_nu;
        let log_r = math::ln_1p(q);
        // (nu+1) / (nu (1+q))
        let weight = (one::<V>() + inverse_nu) / (one::<V>() + q);
        let slope = weight * z * inverse;
        let value = (half * (nu + one())).fma(-log_r, norm - log_sigma);
        let d_nu = half.fma(weight * q - log_r, d_norm);
        (value, [-slope, d_nu, slope, slope.fma(z, -inverse)])
    }
    #[inline(always)]
    fn offset(terms: Terms) -> f64 {
        if terms.constants() { -HALF_LN_PI } else { 0.0 }
    }
}

/// cauchy(y | mu, sigma)
struct Cauchy;
impl Family<3> for Cauchy {
    const INTEGER: [bool; 3] = [false; 3];
    const GUARDED: [bool; 3] = [false, false, true];
    #[inline(always)]
    fn valid<V: Lanes>(k: usize, x: V) -> V::Mask {
        match k {
            0 => not_nan(x),
            1 => finite(x),
            _ => positive_finite(x),
        }
    }
    #[inline(always)]
    fn derive<V: Lanes>(k: usize, x: V, terms: Terms) -> Derived<V> {
        if k == 2 { scale(x, terms.on(0b100)) } else { plain(x) }
    }
    #[inline(always)]
    fn combine<V: Lanes>(d: &[Derived<V>; 3], _: &Derived<V>, _: Terms) -> (V, [V; 3]) {
        let [_, inverse, log_sigma, _] = d[2];
        let z = (d[0][0] - d[1][0]) * inverse;
        let z2 = z * z;
        let slope = V::splat(2.0) * z * inverse / (one::<V>() + z2);
        (-(math::ln_1p(z2) + log_sigma), [-slope, slope, slope.fma(z, -inverse)])
    }
    #[inline(always)]
    fn offset(terms: Terms) -> f64 {
        if terms.constants() { -LN_PI } else { 0.0 }
    }
}

/// double_exponential(y | mu, sigma)
struct DoubleExponential;
impl Family<3> for DoubleExponential {
    const INTEGER: [bool; 3] = [false; 3];
    const GUARDED: [bool; 3] = [false, false, true];
    #[inline(always)]
    fn valid<V: Lanes>(k: usize, x: V) -> V::Mask {
        match k {
            2 => positive_finite(x),
            _ => finite(x),
        }
    }
    #[inline(always)]
    fn derive<V: Lanes>(k: usize, x: V, terms: Terms) -> Derived<V> {
        if k == 2 { scale(x, terms.on(0b100)) } else { plain(x) }
    }
    #[inline(always)]
    fn combine<V: Lanes>(d: &[Derived<V>; 3], _: &Derived<V>, _: Terms) -> (V, [V; 3]) {
        let [_, inverse, log_sigma, _] = d[2];
        let r = d[0][0] - d[1][0];
        let z = r.abs() * inverse;
        let slope = V::select(r.eq(zero()), zero(), inverse.copysign(r));
        (-(z + log_sigma), [-slope, slope, (z - one()) * inverse])
    }
    #[inline(always)]
    fn offset(terms: Terms) -> f64 {
        if terms.constants() { -LN_2 } else { 0.0 }
    }
}

/// logistic(y | mu, sigma)
struct Logistic;
impl Family<3> for Logistic {
    const INTEGER: [bool; 3] = [false; 3];
    const GUARDED: [bool; 3] = [false, false, true];
    #[inline(always)]
    fn valid<V: Lanes>(k: usize, x: V) -> V::Mask {
        match k {
            2 => positive_finite(x),
            _ => finite(x),
        }
    }
    #[inline(always)]
    fn derive<V: Lanes>(k: usize, x: V, terms: Terms) -> Derived<V> {
        if k == 2 { scale(x, terms.on(0b100)) } else { plain(x) }
    }
    #[inline(always)]
    fn combine<V: Lanes>(d: &[Derived<V>; 3], _: &Derived<V>, _: Terms) -> (V, [V; 3]) {
        let [_, inverse, log_sigma, _] = d[2];
        let z = (d[0][0] - d[1][0]) * inverse;
        let (p, log_p) = math::logistic(z);
        // ln p(z) + ln p(-z), and ln p(-z) = ln p(z) - z
        let value = V::splat(2.0).fma(log_p, -(z + log_sigma));
        let slope = (p + p - one()) * inverse;
        (value, [-slope, slope, slope.fma(z, -inverse)])
    }
}

/// exponential(y | beta)
struct Exponential;
impl Family<2> for Exponential {
    const INTEGER: [bool; 2] = [false; 2];
    const GUARDED: [bool; 2] = [true, true];
    #[inline(always)]
    fn valid<V: Lanes>(k: usize, x: V) -> V::Mask {
        if k == 0 { non_negative(x) } else { positive_finite(x) }
    }
    #[inline(always)]
    fn derive<V: Lanes>(k: usize, x: V, terms: Terms) -> Derived<V> {
        if k == 1 { scale(x, terms.on(0b10)) } else { plain(x) }
    }
    #[inline(always)]
    fn combine<V: Lanes>(d: &[Derived<V>; 2], _: &Derived<V>, _: Terms) -> (V, [V; 2]) {
        let [beta, inverse, log_beta, _] = d[1];
        let y = d[0][0];
        ((-beta).fma(y, log_beta), [-beta, inverse - y])
    }
}

/// gamma(y | alpha, beta)
struct Gamma;
impl Family<3> for Gamma {
    const INTEGER: [bool; 3] = [false; 3];
    const GUARDED: [bool; 3] = [true, true, true];
    #[inline(always)]
    fn valid<V: Lanes>(k: usize, x: V) -> V::Mask {
        if k == 0 { positive(x) } else { positive_finite(x) }
    }
    #[inline(always)]
    fn derive<V: Lanes>(k: usize, x: V, terms: Terms) -> Derived<V> {
        match k {
            0 => [x, if terms.on(0b011) { math::ln(x) } else { zero() }, one::<V>() / x, zero()],
            1 if terms.on(0b010) => {
                let (value, slope) = math::lgamma_digamma(x);
                [x, value, slope, zero()]
            }
            1 => plain(x),
            _ => [x, one::<V>() / x, if terms.on(0b110) { math::ln(x) } else { zero() }, zero()],
        }
    }
    #[inline(always)]
    fn combine<V: Lanes>(d: &[Derived<V>; 3], _: &Derived<V>, terms: Terms) -> (V, [V; 3]) {
        let [y, log_y, inverse_y, _] = d[0];
        let [alpha, lgamma, digamma, _] = d[1];
        let [beta, inverse, log_beta, _] = d[2];
        let shape = alpha - one();
        let value = shape.fma(log_y, alpha.fma(log_beta, -lgamma)) - term(terms.on(0b101), beta * y);
        (value, [shape.fma(inverse_y, -beta), log_beta - digamma + log_y, alpha.fma(inverse, -y)])
    }
}

/// inv_gamma(y | alpha, beta)
struct InvGamma;
impl Family<3> for InvGamma {
    const INTEGER: [bool; 3] = [false; 3];
    const GUARDED: [bool; 3] = [true, true, true];
    #[inline(always)]
    fn valid<V: Lanes>(k: usize, x: V) -> V::Mask {
        if k == 0 { positive(x) } else { positive_finite(x) }
    }
    #[inline(always)]
    fn derive<V: Lanes>(k: usize, x: V, terms: Terms) -> Derived<V> {
        Gamma::derive(k, x, terms)
    }
    #[inline(always)]
    fn combine<V: Lanes>(d: &[Derived<V>; 3], _: &Derived<V>, terms: Terms) -> (V, [V; 3]) {
        let [_, log_y, inverse_y, _] = d[0];
        let [alpha, lgamma, digamma, _] = d[1];
        let [beta, inverse, log_beta, _] = d[2];
        let shape = alpha + one();
        let value = alpha.fma(log_beta, -lgamma) - shape * log_y - term(terms.on(0b101), beta * inverse_y);
        (value, [beta.fma(inverse_y, -shape) * inverse_y, log_beta - digamma - log_y, alpha.fma(inverse, -inverse_y)])
    }
}

/// beta(y | alpha, beta)
struct Beta;
impl Family<3> for Beta {
    const INTEGER: [bool; 3] = [false; 3];
    const GUARDED: [bool; 3] = [true, true, true];
    const JOINT: u32 = 0b110;
    #[inline(always)]
    fn valid<V: Lanes>(k: usize, x: V) -> V::Mask {
        if k == 0 { within(x, 0.0, 1.0) } else { positive_finite(x) }
    }
    #[inline(always)]
    fn derive<V: Lanes>(k: usize, x: V, terms: Terms) -> Derived<V> {
        match k {
            // [y, ln y, ln(1-y)]
            0 => [x, math::ln(x), math::ln_1p(-x), zero()],
            1 if terms.on(0b010) => gammas(x),
            2 if terms.on(0b100) => gammas(x),
            _ => plain(x),
        }
    }
    #[inline(always)]
    fn joint<V: Lanes>(d: &[Derived<V>; 3], terms: Terms) -> Derived<V> {
        if terms.on(0b110) { gammas(d[1][0] + d[2][0]) } else { plain(zero()) }
    }
    #[inline(always)]
    fn combine<V: Lanes>(d: &[Derived<V>; 3], joint: &Derived<V>, terms: Terms) -> (V, [V; 3]) {
        let [y, log_y, log_1m, _] = d[0];
        let [a, lgamma_a, digamma_a, _] = d[1];
        let [b, lgamma_b, digamma_b, _] = d[2];
        let (succeed, fail) = (a - one(), b - one());
        let value = joint[1] - lgamma_a - lgamma_b
            + term(terms.on(0b011), succeed * log_y)
            + term(terms.on(0b101), fail * log_1m);
        (value, [succeed / y - fail / (one::<V>() - y), log_y + joint[2] - digamma_a, log_1m + joint[2] - digamma_b])
    }
}

/// `[x, ln gamma(x), digamma(x), _]`
#[inline(always)]
fn gammas<V: Lanes>(x: V) -> Derived<V> {
    let (value, slope) = math::lgamma_digamma(x);
    [x, value, slope, zero()]
}

/// uniform(y | low, high)
struct Uniform;
impl Family<3> for Uniform {
    const INTEGER: [bool; 3] = [false; 3];
    const GUARDED: [bool; 3] = [false, true, true];
    const JOINT: u32 = 0b110;
    #[inline(always)]
    fn valid<V: Lanes>(k: usize, x: V) -> V::Mask {
        if k == 0 { not_nan(x) } else { finite(x) }
    }
    #[inline(always)]
    fn derive<V: Lanes>(_: usize, x: V, _: Terms) -> Derived<V> {
        plain(x)
    }
    #[inline(always)]
    fn joint<V: Lanes>(d: &[Derived<V>; 3], terms: Terms) -> Derived<V> {
        let width = d[2][0] - d[1][0];
        [one::<V>() / width, if terms.on(0b110) { math::ln(width) } else { zero() }, zero(), zero()]
    }
    const TOGETHER: bool = true;
    #[inline(always)]
    fn misfit<V: Lanes>(d: &[Derived<V>; 3], _: &Derived<V>) -> V {
        V::select(d[1][0].lt(d[2][0]), zero(), one())
    }
    #[inline(always)]
    fn combine<V: Lanes>(d: &[Derived<V>; 3], joint: &Derived<V>, _: Terms) -> (V, [V; 3]) {
        let y = d[0][0];
        let inside = V::and(d[1][0].le(y), y.le(d[2][0]));
        let slope = joint[0];
        (V::select(inside, -joint[1], V::splat(f64::NEG_INFINITY)), [zero(), slope, -slope])
    }
}
