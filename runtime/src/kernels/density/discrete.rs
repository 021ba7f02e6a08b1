//! Masses of integer outcomes. Parametrisation and domains are Stan's.

use super::{Derived, Family, Lanes, Terms, families, finite, non_negative, positive_finite, within};
use crate::kernels::simd::math;

families! {
    "bernoulli" => Bernoulli<2>,
    "bernoulli_logit" => BernoulliLogit<2>,
    "binomial" => Binomial<3>,
    "binomial_logit" => BinomialLogit<3>,
    "poisson" => Poisson<2>,
    "poisson_log" => PoissonLog<2>,
    "neg_binomial_2" => NegBinomial2<3>,
    "neg_binomial_2_log" => NegBinomial2Log<3>,
}

#[inline(always)]
fn one<V: Lanes>() -> V {
    V::splat(1.0)
}
#[inline(always)]
fn zero<V: Lanes>() -> V {
    V::splat(0.0)
}
#[inline(always)]
fn plain<V: Lanes>(x: V) -> Derived<V> {
    [x, zero(), zero(), zero()]
}

/// `a x`, and 0 where a = 0 even if x is infinite.
#[inline(always)]
fn times<V: Lanes>(a: V, x: V) -> V {
    V::select(a.eq(zero()), zero(), a * x)
}

/// `[y, ln y!]`, the factorial only where it is kept.
#[inline(always)]
fn count<V: Lanes>(y: V, keep: bool) -> Derived<V> {
    [y, if keep { math::lgamma(y + one()) } else { zero() }, zero(), zero()]
}

/// bernoulli(y | theta)
struct Bernoulli;
impl Family<2> for Bernoulli {
    const INTEGER: [bool; 2] = [true, false];
    const GUARDED: [bool; 2] = [true, true];
    #[inline(always)]
    fn valid<V: Lanes>(_: usize, x: V) -> V::Mask {
        within(x, 0.0, 1.0)
    }
    #[inline(always)]
    fn derive<V: Lanes>(k: usize, x: V, _: Terms) -> Derived<V> {
        if k == 0 {
            return plain(x);
        }
        [math::ln(x), math::ln_1p(-x), one::<V>() / x, V::splat(-1.0) / (one::<V>() - x)]
    }
    #[inline(always)]
    fn combine<V: Lanes>(d: &[Derived<V>; 2], _: &Derived<V>, _: Terms) -> (V, [V; 2]) {
        let success = d[0][0].eq(one());
        let [log, log_1m, slope, slope_1m] = d[1];
        (V::select(success, log, log_1m), [zero(), V::select(success, slope, slope_1m)])
    }
}

/// bernoulli_logit(y | alpha)
pub(super) struct BernoulliLogit;
impl Family<2> for BernoulliLogit {
    const INTEGER: [bool; 2] = [true, false];
    const GUARDED: [bool; 2] = [true, false];
    #[inline(always)]
    fn valid<V: Lanes>(k: usize, x: V) -> V::Mask {
        if k == 0 { within(x, 0.0, 1.0) } else { x.eq(x) }
    }
    #[inline(always)]
    fn derive<V: Lanes>(_: usize, x: V, _: Terms) -> Derived<V> {
        plain(x)
    }
    #[inline(always)]
    fn combine<V: Lanes>(d: &[Derived<V>; 2], _: &Derived<V>, _: Terms) -> (V, [V; 2]) {
        let sign = d[0][0] + d[0][0] - one();
        let (q, log_p) = math::logistic_complement(sign * d[1][0]);
        (log_p, [zero(), sign * q])
    }
}

/// binomial(y | N, theta)
struct Binomial;
impl Family<3> for Binomial {
    const INTEGER: [bool; 3] = [true, true, false];
    const GUARDED: [bool; 3] = [true, true, true];
    const JOINT: u32 = 0b011;
    #[inline(always)]
    fn valid<V: Lanes>(k: usize, x: V) -> V::Mask {
        if k == 2 { within(x, 0.0, 1.0) } else { non_negative(x) }
    }
    #[inline(always)]
    fn derive<V: Lanes>(k: usize, x: V, terms: Terms) -> Derived<V> {
        if k == 2 {
            [math::ln(x), math::ln_1p(-x), one::<V>() / x, one::<V>() / (one::<V>() - x)]
        } else {
            count(x, terms.constants())
        }
    }
    #[inline(always)]
    fn joint<V: Lanes>(d: &[Derived<V>; 3], terms: Terms) -> Derived<V> {
        choose(d, terms)
    }
    const TOGETHER: bool = true;
    #[inline(always)]
    fn misfit<V: Lanes>(_: &[Derived<V>; 3], joint: &Derived<V>) -> V {
        V::select(joint[1].lt(zero()), one(), zero())
    }
    #[inline(always)]
    fn combine<V: Lanes>(d: &[Derived<V>; 3], joint: &Derived<V>, _: Terms) -> (V, [V; 3]) {
        let y = d[0][0];
        let rest = joint[1];
        let [log, log_1m, slope, slope_1m] = d[2];
        let value = times(y, log) + times(rest, log_1m) + joint[0];
        (value, [zero(), zero(), times(y, slope) - times(rest, slope_1m)])
    }
}

/// `[ln choose(N, y) or 0, N - y]` of the counts d[0] = y, d[1] = N.
#[inline(always)]
fn choose<V: Lanes>(d: &[Derived<V>; 3], terms: Terms) -> Derived<V> {
    let rest = d[1][0] - d[0][0];
    let log = if terms.constants() { d[1][1] - d[0][1] - math::lgamma(rest + one()) } else { zero() };
    [log, rest, zero(), zero()]
}

/// binomial_logit(y | N, alpha)
struct BinomialLogit;
impl Family<3> for BinomialLogit {
    const INTEGER: [bool; 3] = [true, true, false];
    const GUARDED: [bool; 3] = [true, true, false];
    const JOINT: u32 = 0b011;
    #[inline(always)]
    fn valid<V: Lanes>(k: usize, x: V) -> V::Mask {
        if k == 2 { finite(x) } else { non_negative(x) }
    }
    #[inline(always)]
    fn derive<V: Lanes>(k: usize, x: V, terms: Terms) -> Derived<V> {
        if k == 2 {
            let (p, log_p) = math::logistic(x);
            [log_p, log_p - x, p, zero()]
        } else {
            count(x, terms.constants())
        }
    }
    #[inline(always)]
    fn joint<V: Lanes>(d: &[Derived<V>; 3], terms: Terms) -> Derived<V> {
        choose(d, terms)
    }
    const TOGETHER: bool = true;
    #[inline(always)]
    fn misfit<V: Lanes>(_: &[Derived<V>; 3], joint: &Derived<V>) -> V {
        V::select(joint[1].lt(zero()), one(), zero())
    }
    #[inline(always)]
    fn combine<V: Lanes>(d: &[Derived<V>; 3], joint: &Derived<V>, _: Terms) -> (V, [V; 3]) {
        let (y, total) = (d[0][0], d[1][0]);
        let [log, log_1m, p, _] = d[2];
        let value = y.fma(log, joint[1].fma(log_1m, joint[0]));
        (value, [zero(), zero(), y - total * p])
    }
}

/// poisson(y | lambda)
struct Poisson;
impl Family<2> for Poisson {
    const INTEGER: [bool; 2] = [true, false];
    const GUARDED: [bool; 2] = [true, true];
    #[inline(always)]
    fn valid<V: Lanes>(_: usize, x: V) -> V::Mask {
        non_negative(x)
    }
    #[inline(always)]
    fn derive<V: Lanes>(k: usize, x: V, terms: Terms) -> Derived<V> {
        if k == 0 { count(x, terms.constants()) } else { [x, math::ln(x), one::<V>() / x, zero()] }
    }
    #[inline(always)]
    fn combine<V: Lanes>(d: &[Derived<V>; 2], _: &Derived<V>, _: Terms) -> (V, [V; 2]) {
        let [y, factorial, _, _] = d[0];
        let [lambda, log, inverse, _] = d[1];
        let value = times(y, log) - lambda - factorial;
        // An infinite rate gives every count mass zero.
        let value = V::select(lambda.eq(V::splat(f64::INFINITY)), V::splat(f64::NEG_INFINITY), value);
        (value, [zero(), times(y, inverse) - one()])
    }
}

/// poisson_log(y | alpha)
pub(super) struct PoissonLog;
impl Family<2> for PoissonLog {
    const INTEGER: [bool; 2] = [true, false];
    const GUARDED: [bool; 2] = [true, false];
    #[inline(always)]
    fn valid<V: Lanes>(k: usize, x: V) -> V::Mask {
        if k == 0 { non_negative(x) } else { x.eq(x) }
    }
    #[inline(always)]
    fn derive<V: Lanes>(k: usize, x: V, terms: Terms) -> Derived<V> {
        if k == 0 { count(x, terms.constants()) } else { [x, math::exp(x), zero(), zero()] }
    }
    #[inline(always)]
    fn combine<V: Lanes>(d: &[Derived<V>; 2], _: &Derived<V>, _: Terms) -> (V, [V; 2]) {
        let [y, factorial, _, _] = d[0];
        let [alpha, rate, _, _] = d[1];
        let value = times(y, alpha) - rate - factorial;
        let value = V::select(rate.eq(V::splat(f64::INFINITY)), V::splat(f64::NEG_INFINITY), value);
        (value, [zero(), y - rate])
    }
}

/// phi of the negative binomials: `[phi, ln phi, ln gamma(phi), digamma(phi)]`.
#[inline(always)]
fn precision<V: Lanes>(x: V, terms: Terms) -> Derived<V> {
    let log = math::ln(x);
    if !terms.on(0b100) {
        return [x, log, zero(), zero()];
    }
    let (value, slope) = math::lgamma_digamma(x);
    [x, log, value, slope]
}

/// `[ln gamma(y+phi) - ln gamma(y+1) - ln gamma(phi), derivative in phi]` where it is kept.
#[inline(always)]
fn negative_choose<V: Lanes>(d: &[Derived<V>; 3], terms: Terms) -> Derived<V> {
    if !terms.on(0b100) {
        return plain(zero());
    }
    let (value, slope) = math::lgamma_digamma(d[0][0] + d[2][0]);
    [value - d[0][1] - d[2][2], slope - d[2][3], zero(), zero()]
}

/// neg_binomial_2(y | mu, phi)
struct NegBinomial2;
impl Family<3> for NegBinomial2 {
    const INTEGER: [bool; 3] = [true, false, false];
    const GUARDED: [bool; 3] = [true, true, true];
    const JOINT: u32 = 0b101;
    #[inline(always)]
    fn valid<V: Lanes>(k: usize, x: V) -> V::Mask {
        if k == 0 { non_negative(x) } else { positive_finite(x) }
    }
    #[inline(always)]
    fn derive<V: Lanes>(k: usize, x: V, terms: Terms) -> Derived<V> {
        match k {
            0 => count(x, terms.on(0b100)),
            1 => [x, if terms.on(0b010) { math::ln(x) } else { zero() }, one::<V>() / x, zero()],
            _ => precision(x, terms),
        }
    }
    #[inline(always)]
    fn joint<V: Lanes>(d: &[Derived<V>; 3], terms: Terms) -> Derived<V> {
        negative_choose(d, terms)
    }
    #[inline(always)]
    fn combine<V: Lanes>(d: &[Derived<V>; 3], joint: &Derived<V>, _: Terms) -> (V, [V; 3]) {
        let y = d[0][0];
        let [mu, log_mu, inverse_mu, _] = d[1];
        let [phi, log_phi, _, _] = d[2];
        let ratio = one::<V>() / (mu + phi);
        let p = mu * ratio;
        // ln(1 + mu/phi)
        let log = math::ln_1p(mu / phi);
        let value = joint[0] - phi * log + y * (log_mu - log - log_phi);
        let d_mu = y.fma(inverse_mu, -(y + phi) * ratio);
        // (1-p)/phi = 1/(mu+phi)
        (value, [zero(), d_mu, joint[1] - log + p - y * ratio])
    }
}

/// neg_binomial_2_log(y | eta, phi)
pub(super) struct NegBinomial2Log;
impl Family<3> for NegBinomial2Log {
    const INTEGER: [bool; 3] = [true, false, false];
    const GUARDED: [bool; 3] = [true, false, true];
    const JOINT: u32 = 0b101;
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
            0 => count(x, terms.on(0b100)),
            1 => plain(x),
            _ => precision(x, terms),
        }
    }
    #[inline(always)]
    fn joint<V: Lanes>(d: &[Derived<V>; 3], terms: Terms) -> Derived<V> {
        negative_choose(d, terms)
    }
    #[inline(always)]
    fn combine<V: Lanes>(d: &[Derived<V>; 3], joint: &Derived<V>, terms: Terms) -> (V, [V; 3]) {
        let y = d[0][0];
        let eta = d[1][0];
        let [phi, log_phi, _, _] = d[2];
        let u = eta - log_phi;
        let (q, log_q) = math::logistic_complement(-u);
        // q = mu/(mu+phi); log = ln(1 + mu/phi)
        let log = -log_q;
        let kept = if terms.on(0b010) { eta } else { zero() };
        let value = joint[0] - phi * log + y * (kept - log - log_phi);
        let d_eta = y - (y + phi) * q;
        (value, [zero(), d_eta, joint[1] - log + q - y * (one::<V>() - q) / phi])
    }
}

/// neg_binomial_2_log with the terms of its regression: Stan drops `ln y!` and `phi ln phi` there by other rules.
pub(super) struct NegBinomial2LogGlm;
impl Family<3> for NegBinomial2LogGlm {
    const INTEGER: [bool; 3] = NegBinomial2Log::INTEGER;
    const GUARDED: [bool; 3] = NegBinomial2Log::GUARDED;
    const JOINT: u32 = NegBinomial2Log::JOINT;
    #[inline(always)]
    fn valid<V: Lanes>(k: usize, x: V) -> V::Mask {
        NegBinomial2Log::valid(k, x)
    }
    #[inline(always)]
    fn derive<V: Lanes>(k: usize, x: V, terms: Terms) -> Derived<V> {
        if k == 0 { count(x, terms.constants()) } else { NegBinomial2Log::derive(k, x, terms) }
    }
    #[inline(always)]
    fn joint<V: Lanes>(d: &[Derived<V>; 3], terms: Terms) -> Derived<V> {
        negative_choose(d, terms)
    }
    #[inline(always)]
    fn combine<V: Lanes>(d: &[Derived<V>; 3], joint: &Derived<V>, terms: Terms) -> (V, [V; 3]) {
        let (value, partials) = NegBinomial2Log::combine(d, joint, terms);
        let [phi, log_phi, _, _] = d[2];
        (if terms.on(0b100) { value } else { value - phi * log_phi }, partials)
    }
}
