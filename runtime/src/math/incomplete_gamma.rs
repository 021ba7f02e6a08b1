//! The regularised incomplete gamma functions P and Q, on the log scale and with derivatives in both arguments.
//!
//! Below `x = max(1, a)` the power series for P, above it Legendre's continued fraction for Q (Press et al., Numerical
//! Recipes, 6.2); for small `a` and `x` the form of Didonato & Morris (1986) that keeps the digits of Q. The derivative in
//! the shape comes from running the same recurrences over dual numbers.

use super::gamma::{lgamma_f64, stirling_correction};
use super::logistic::log1m_exp;
use crate::num::{Dual, Num};

binary_functions! {
    /// Regularised lower incomplete gamma function of shape `a` at `b`.
    gamma_p(a, b) => y = lower_upper(Dual::<0>::constant(a), b).0.value.exp(),
        y * lower_upper(Dual::<1>::input(a, 0), b).0.d[0],
        log_density(a, b).exp();
    /// Regularised upper incomplete gamma function of shape `a` at `b`.
    gamma_q(a, b) => y = lower_upper(Dual::<0>::constant(a), b).1.value.exp(),
        if y == 0.0 { 0.0 } else { y * lower_upper(Dual::<1>::input(a, 0), b).1.d[0] },
        -log_density(a, b).exp();
}

/// `log P(a, x)`
pub fn log_gamma_p<T: Num>(a: T, x: T) -> T {
    let (av, xv) = (a.value(), x.value());
    let value = lower_upper(Dual::<0>::constant(av), xv).0.value;
    a.apply2(x, value, || lower_upper(Dual::<1>::input(av, 0), xv).0.d[0], || (log_density(av, xv) - value).exp())
}

/// `log Q(a, x)`
pub fn log_gamma_q<T: Num>(a: T, x: T) -> T {
    let (av, xv) = (a.value(), x.value());
    let value = lower_upper(Dual::<0>::constant(av), xv).1.value;
    a.apply2(x, value, || lower_upper(Dual::<1>::input(av, 0), xv).1.d[0], || -(log_density(av, xv) - value).exp())
}

/// `log(x^(a-1) exp(-x) / Gamma(a))`
fn log_density(a: f64, x: f64) -> f64 {
    if x == 0.0 {
        return if a == 1.0 {
            0.0
        } else if a < 1.0 {
            f64::INFINITY
        } else {
            f64::NEG_INFINITY
        };
    }
    log_power_over_gamma(a, x) + a.ln() - x.ln()
}

/// `log(1 + x) - x`
pub(crate) fn log1p_minus<T: Num>(x: T) -> T {
    let v = x.value();
    let y = if v.abs() < 0.4 {
        // 2 atanh(r) - x with r = x / (2 + x), so that x = 2r + r x.
        let r = v / (2.0 + v);
        let s = r * r;
        let mut total = 0.0;
        for k in (0..24).rev() {
            total = total * s + 1.0 / (2 * k + 3) as f64;
        }
        r * (2.0 * s * total - v)
    } else {
        v.ln_1p() - v
    };
    x.apply(y, || -v / (1.0 + v))
}

/// [`stirling_correction`] with its derivative.
pub(crate) fn stirling<T: Num>(x: T) -> T {
    let v = x.value();
    // The derivative of sum B_2n / (2n (2n-1) x^(2n-1)).
    x.apply(stirling_correction(v), || {
        const C: [f64; 8] = [
            -1.0 / 12.0,
            1.0 / 120.0,
            -1.0 / 252.0,
            1.0 / 240.0,
            -1.0 / 132.0,
            691.0 / 32760.0,
            -1.0 / 12.0,
            3617.0 / 8160.0,
        ];
        let z = 1.0 / (v * v);
        z * C.iter().rev().fold(0.0, |acc, c| acc * z + c)
    })
}

/// `log(x^a exp(-x) / Gamma(a + 1))`: Loader's saddle-point form for large `a`.
pub(crate) fn log_power_over_gamma<T: Num>(a: T, x: T) -> T {
    if a.value() < 10.0 {
        return a * x.ln() - x - super::lgamma(a + T::from(1.0));
    }
    a * log1p_minus((x - a) / a) - T::from(0.5) * a.ln() - T::from(super::HALF_LN_2PI) - stirling(a)
}

/// `log Gamma(1 + a)` for `|a| <= 0.5`, accurate relative to `a`.
fn lgamma1p<T: Num>(a: T) -> T {
    // -gamma, then (-1)^k zeta(k) / k
    const C: [f64; 13] = [
        -0.5772156649015329,
        0.8224670334241132,
        -0.40068563438653143,
        0.27058080842778454,
        -0.20738555102867398,
        0.1695571769974082,
        -0.1440498967688461,
        0.12550966952474304,
        -0.11133426586956469,
        0.1000994575127818,
        -0.09095401714582904,
        0.083353840546109,
        -0.0769325164113522,
    ];
    let v = a.value();
    let y = if v.abs() < 0.05 { v * C.iter().rev().fold(0.0, |acc, c| acc * v + c) } else { lgamma_f64(1.0 + v) };
    a.apply(y, || super::gamma::digamma_f64(1.0 + v))
}

/// Whether a last term or factor changes neither value nor derivatives.
pub(super) fn settled<const K: usize>(change: Dual<K>, total: Dual<K>) -> bool {
    let eps = 1e-17;
    change.value.abs() <= eps * total.value.abs()
        && (0..K).all(|k| change.d[k].abs() <= eps * (total.d[k].abs() + total.value.abs()))
}

/// `(log P(a, x), log Q(a, x))` with the derivatives that `a` carries.
pub(crate) fn lower_upper<const K: usize>(a: Dual<K>, x: f64) -> (Dual<K>, Dual<K>) {
    type D<const K: usize> = Dual<K>;
    let c = D::<K>::constant;
    let av = a.value;
    if av.is_nan() || x.is_nan() || av <= 0.0 || x < 0.0 {
        return (c(f64::NAN), c(f64::NAN));
    }
    if x == 0.0 {
        return (c(f64::NEG_INFINITY), c(0.0));
    }
    if x == f64::INFINITY || av == f64::INFINITY {
        let below = x == f64::INFINITY && av != x;
        return if below { (c(0.0), c(f64::NEG_INFINITY)) } else { (c(f64::NEG_INFINITY), c(0.0)) };
    }
    if av < 0.5 && x < 1.0 {
        // P = (1 + u)(1 + s) with u and s of the order of a.
        let exponent = a * c(x.ln()) - lgamma1p(a);
        let u = exponent.exp_m1();
        let (mut s, mut power, mut n) = (c(0.0), 1.0, 0.0);
        loop {
            n += 1.0;
            power *= -x / n;
            let term = a * c(power) / (a + c(n));
            s += term;
            if settled(term, s) || n > 100.0 {
                break;
            }
        }
        return (exponent + s.ln_1p(), (-u - (u + c(1.0)) * s).ln());
    }
    let prefactor = log_power_over_gamma(a, c(x));
    if x < 1.0 || x < av {
        let (mut term, mut total, mut n) = (c(1.0), c(1.0), 0.0);
        loop {
            n += 1.0;
            term = term * c(x) / (a + c(n));
            total += term;
            if settled(term, total) || n > 2e6 {
                break;
            }
        }
        let log_p = prefactor + total.ln();
        (log_p, log1m_exp(min_zero(log_p)))
    } else {
        // Modified Lentz.
        let tiny = c(1e-300);
        let mut b = c(x + 1.0) - a;
        let mut cc = c(1.0) / tiny;
        let mut d = c(1.0) / b;
        let mut h = d;
        let mut i = 0.0;
        let mut convergence = Convergence::default();
        loop {
            i += 1.0;
            let an = c(-i) * (c(i) - a);
            b += c(2.0);
            d = an * d + b;
            if d.value.abs() < 1e-300 {
                d = tiny;
            }
            cc = b + an / cc;
            if cc.value.abs() < 1e-300 {
                cc = tiny;
            }
            d = d.recip();
            let delta = d * cc;
            h *= delta;
            if convergence.reached(delta) {
                break;
            }
        }
        let log_q = prefactor + (a * h).ln();
        (log1m_exp(min_zero(log_q)), log_q)
    }
}

/// When to stop a continued fraction whose next factor tends to 1.
#[derive(Default)]
pub(super) struct Convergence {
    iterations: u64,
    /// When the value first stood still.
    value_settled: Option<u64>,
}

impl Convergence {
    /// Whether value and derivatives stand still; rounding of the derivatives cannot hold it up for longer than the value took.
    pub(super) fn reached<const K: usize>(&mut self, factor: Dual<K>) -> bool {
        self.iterations += 1;
        if (factor.value - 1.0).abs() < 3e-16 {
            let since = *self.value_settled.get_or_insert(self.iterations);
            return factor.d.iter().all(|d| d.abs() < 1e-15) || self.iterations > 2 * since + 50;
        }
        self.iterations > 2_000_000
    }
}

/// A log probability that rounding lifted above 0.
fn min_zero<const K: usize>(x: Dual<K>) -> Dual<K> {
    if x.value > 0.0 { Dual { value: 0.0, d: x.d } } else { x }
}
