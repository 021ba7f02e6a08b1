//! The regularised incomplete beta function, on the log scale and with derivatives in all three arguments.
//!
//! The continued fraction of Press et al. (Numerical Recipes, 6.4), on the side where it converges fast, with Loader's
//! saddle-point form of the prefactor for large parameters. The derivatives in the parameters come from running the
//! same recurrence over dual numbers.

use super::gamma::lbeta_f64;
use super::incomplete_gamma::{Convergence, log1p_minus, stirling};
use super::logistic::log1m_exp;
use crate::num::{Dual, Num};

/// `I_x(a, b)`
pub fn inc_beta<T: Num>(a: T, b: T, x: T) -> T {
    log_inc_beta(a, b, x).exp()
}

/// `log I_x(a, b)`
pub fn log_inc_beta<T: Num>(a: T, b: T, x: T) -> T {
    log_inc_beta_split(a, b, x, 1.0 - x.value(), false)
}

/// `log(1 - I_x(a, b))`
pub fn log_inc_beta_complement<T: Num>(a: T, b: T, x: T) -> T {
    log_inc_beta_split(a, b, x, 1.0 - x.value(), true)
}

/// `log I_x(a, b)`, or `log(1 - I_x(a, b))` for `upper`, with `y = 1 - x` given separately by those who know it better.
pub(crate) fn log_inc_beta_split<T: Num>(a: T, b: T, x: T, y: f64, upper: bool) -> T {
    let (av, bv, xv) = (a.value(), b.value(), x.value());
    let pick = |pair: (Dual<2>, Dual<2>)| if upper { pair.1 } else { pair.0 };
    let (value, da, db) = if a.is_constant() && b.is_constant() {
        let pair = lower_upper(Dual::<0>::constant(av), Dual::<0>::constant(bv), xv, y);
        (if upper { pair.1.value } else { pair.0.value }, 0.0, 0.0)
    } else {
        let log = pick(lower_upper(Dual::<2>::input(av, 0), Dual::<2>::input(bv, 1), xv, y));
        (log.value, log.d[0], log.d[1])
    };
    if a.is_constant() && b.is_constant() && x.is_constant() {
        return T::from(value);
    }
    let density = ((av - 1.0) * ln_of(xv, y) + (bv - 1.0) * ln_of(y, xv) - lbeta_f64(av, bv) - value).exp();
    T::compose(value, &[(a, da), (b, db), (x, if upper { -density } else { density })])
}

/// `log(x)` from `x` and `1 - x`, whichever keeps the digits.
fn ln_of(x: f64, complement: f64) -> f64 {
    if complement < x { (-complement).ln_1p() } else { x.ln() }
}

/// `(log I_x(a, b), log(1 - I_x(a, b)))`
pub(crate) fn lower_upper<const K: usize>(a: Dual<K>, b: Dual<K>, x: f64, y: f64) -> (Dual<K>, Dual<K>) {
    let c = Dual::<K>::constant;
    let (av, bv) = (a.value, b.value);
    if [av, bv, x].iter().any(|v| v.is_nan()) || av < 0.0 || bv < 0.0 || x < 0.0 || y < 0.0 || (av == 0.0 && bv == 0.0)
    {
        return (c(f64::NAN), c(f64::NAN));
    }
    if x == 0.0 || bv == 0.0 || av == f64::INFINITY {
        if x == 0.0 || y != 0.0 {
            return (c(f64::NEG_INFINITY), c(0.0));
        }
        return (c(0.0), c(f64::NEG_INFINITY));
    }
    if y == 0.0 || av == 0.0 || bv == f64::INFINITY {
        return (c(0.0), c(f64::NEG_INFINITY));
    }
    if x <= (av + 1.0) / (av + bv + 2.0) {
        let log = log_fraction(a, b, x, y);
        (log, log1m_exp(log))
    } else {
        let log = log_fraction(b, a, y, x);
        (log1m_exp(log), log)
    }
}

fn log_fraction<const K: usize>(a: Dual<K>, b: Dual<K>, x: f64, y: f64) -> Dual<K> {
    let c = Dual::<K>::constant;
    let one = c(1.0);
    let prefactor = if a.value >= 10.0 && b.value >= 10.0 {
        // x^a y^b / B(a, b) around the mode a / (a + b).
        let n = a + b;
        let gap = b * c(x) - a * c(y);
        a * log1p_minus(gap / a) + b * log1p_minus(-gap / b) + c(0.5) * (a * b / n).ln() - c(super::HALF_LN_2PI)
            + (stirling(n) - stirling(a) - stirling(b))
    } else {
        a * c(ln_of(x, y)) + b * c(ln_of(y, x)) - super::lbeta(a, b)
    };
    let (ab, a1, am1) = (a + b, a + one, a - one);
    let tiny = c(1e-300);
    let guard = |v: Dual<K>| if v.value.abs() < 1e-300 { tiny } else { v };
    let mut cc = one;
    let mut d = guard(one - ab * c(x) / a1).recip();
    let mut h = d;
    let mut m = 0.0;
    let mut convergence = Convergence::default();
    loop {
        m += 1.0;
        let (mt, m2) = (c(m), c(2.0 * m));
        let even = mt * (b - mt) * c(x) / ((am1 + m2) * (a + m2));
        d = guard(one + even * d).recip();
        cc = guard(one + even / cc);
        h = h * d * cc;
        let odd = -(a + mt) * (ab + mt) * c(x) / ((a + m2) * (a1 + m2));
        d = guard(one + odd * d).recip();
        cc = guard(one + odd / cc);
        let delta = d * cc;
        h *= delta;
        if convergence.reached(delta) {
            break;
        }
    }
    let log = prefactor + h.ln() - a.ln();
    if log.value > 0.0 { Dual { value: 0.0, d: log.d } } else { log }
}

/// The `x` with `I_x(a, b) = p`: bisection on the logit scale, down to neighbouring numbers.
pub fn inv_inc_beta<T: Num>(a: T, b: T, p: T) -> T {
    let (av, bv, pv) = (a.value(), b.value(), p.value());
    if !(av > 0.0 && bv > 0.0 && (0.0..=1.0).contains(&pv)) {
        return T::from(f64::NAN);
    }
    if pv == 0.0 || pv == 1.0 {
        return T::from(pv);
    }
    let (ca, cb) = (Dual::<0>::constant(av), Dual::<0>::constant(bv));
    // With u = logit(x): x = inv_logit(u), 1 - x = inv_logit(-u).
    let inv_logit = super::logistic::inv_logit_f64;
    let excess = |u: f64| {
        let (lower, upper) = lower_upper(ca, cb, inv_logit(u), inv_logit(-u));
        if pv <= 0.5 { lower.value - pv.ln() } else { (-pv).ln_1p() - upper.value }
    };
    let (mut low, mut high) = (-700.0, 700.0);
    for _ in 0..200 {
        let mid = 0.5 * (low + high);
        if mid == low || mid == high {
            break;
        }
        if excess(mid) < 0.0 {
            low = mid;
        } else {
            high = mid;
        }
    }
    let u = 0.5 * (low + high);
    let (x, y) = (inv_logit(u), inv_logit(-u));
    if a.is_constant() && b.is_constant() && p.is_constant() {
        return T::from(x);
    }
    let (lower, _) = lower_upper(Dual::<2>::input(av, 0), Dual::<2>::input(bv, 1), x, y);
    let density = ((av - 1.0) * ln_of(x, y) + (bv - 1.0) * ln_of(y, x) - lbeta_f64(av, bv)).exp();
    let scale = -lower.value.exp() / density;
    T::compose(x, &[(a, scale * lower.d[0]), (b, scale * lower.d[1]), (p, 1.0 / density)])
}
