//! Functions on the logistic and the log scale.

use crate::num::Num;

unary_functions! {
    /// `1 / (1 + exp(-x))`. The derivative is taken from the rounded value, as in Stan: what follows sees that value, and in
    /// `log1m(inv_logit(x))` the rounding then cancels.
    inv_logit(x) => y = inv_logit_f64(x), y * (1.0 - y);
    /// `log(x / (1 - x))`
    logit(x) => y = logit_f64(x), 1.0 / (x * (1.0 - x));
    /// `log(1 + exp(x))`
    log1p_exp(x) => y = log1p_exp_f64(x), inv_logit_f64(x);
    /// `log(1 - exp(x))`; -inf at 0, NaN above.
    log1m_exp(x) => y = log1m_exp_f64(x), -1.0 / (-x).exp_m1();
    /// `log(inv_logit(x))`
    log_inv_logit(x) => y = -log1p_exp_f64(-x), inv_logit_f64(-x);
    /// `log(1 - inv_logit(x))`
    log1m_inv_logit(x) => y = -log1p_exp_f64(x), -inv_logit_f64(x);
    /// `1 - exp(-exp(x))`
    inv_cloglog(x) => y = -(-x.exp()).exp_m1(), (x - x.exp()).exp();
}

binary_functions! {
    /// `log(exp(a) + exp(b))`
    log_sum_exp(a, b) => y = log_sum_exp_f64(a, b), share(a, b), share(b, a);
    /// `log(exp(a) - exp(b))`; NaN for `a < b`.
    log_diff_exp(a, b) => y = log_diff_exp_f64(a, b), -1.0 / (b - a).exp_m1(), -1.0 / (a - b).exp_m1();
    /// `log(inv_logit(a) - inv_logit(b))`
    log_inv_logit_diff(a, b) => y = log_inv_logit_diff_f64(a, b),
        1.0 / (a - b).exp_m1() + inv_logit_f64(-a),
        -1.0 / (a - b).exp_m1() - inv_logit_f64(b);
    /// `-log(b)` for `a` = 1, `-log(1 - b)` for `a` = 0.
    binary_log_loss(a, b) => y = if a != 0.0 { -b.ln() } else { -(-b).ln_1p() },
        0.0,
        if a != 0.0 { -1.0 / b } else { 1.0 / (1.0 - b) };
}

pub(crate) fn inv_logit_f64(x: f64) -> f64 {
    if x < 0.0 {
        let e = x.exp();
        e / (1.0 + e)
    } else {
        1.0 / (1.0 + (-x).exp())
    }
}

fn logit_f64(x: f64) -> f64 {
    if (0.25..=0.75).contains(&x) { ((2.0 * x - 1.0) / (1.0 - x)).ln_1p() } else { x.ln() - (-x).ln_1p() }
}

pub(crate) fn log1p_exp_f64(x: f64) -> f64 {
    if x > 0.0 { x + (-x).exp().ln_1p() } else { x.exp().ln_1p() }
}

pub(crate) fn log1m_exp_f64(x: f64) -> f64 {
    if x > 0.0 {
        f64::NAN
    } else if x > -std::f64::consts::LN_2 {
        (-x.exp_m1()).ln()
    } else {
        (-x.exp()).ln_1p()
    }
}

pub(crate) fn log_sum_exp_f64(a: f64, b: f64) -> f64 {
    if a == f64::NEG_INFINITY {
        return b;
    }
    if b == f64::NEG_INFINITY {
        return a;
    }
    if a == f64::INFINITY && b == f64::INFINITY {
        return f64::INFINITY;
    }
    if a > b { a + (b - a).exp().ln_1p() } else { b + (a - b).exp().ln_1p() }
}

/// `exp(a) / (exp(a) + exp(b))`
fn share(a: f64, b: f64) -> f64 {
    if a == b { 0.5 } else { inv_logit_f64(a - b) }
}

pub(crate) fn log_diff_exp_f64(a: f64, b: f64) -> f64 {
    if a <= b {
        return if a < f64::INFINITY && a == b { f64::NEG_INFINITY } else { f64::NAN };
    }
    a + log1m_exp_f64(b - a)
}

fn log_inv_logit_diff_f64(a: f64, b: f64) -> f64 {
    if a == f64::INFINITY {
        return -log1p_exp_f64(b);
    }
    log1m_exp_f64(b - a) - log1p_exp_f64(-a) - log1p_exp_f64(b)
}

/// `log(sum_i exp(x_i))`; -inf for no terms.
pub fn log_sum_exp_of<T: Num>(x: &[T]) -> T {
    let max = x.iter().map(|v| v.value()).fold(f64::NEG_INFINITY, f64::max);
    if !max.is_finite() {
        let nan = x.iter().any(|v| v.value().is_nan());
        return T::from(if nan { f64::NAN } else { max });
    }
    let total: f64 = x.iter().map(|v| (v.value() - max).exp()).sum();
    if x.iter().any(|v| v.value().is_nan()) {
        return T::from(f64::NAN);
    }
    let value = max + total.ln();
    if x.iter().all(|v| v.is_constant()) {
        return T::from(value);
    }
    let inputs: Vec<(T, f64)> = x.iter().map(|v| (*v, (v.value() - max).exp() / total)).collect();
    T::compose(value, &inputs)
}

/// `log(theta exp(a) + (1 - theta) exp(b))`
pub fn log_mix<T: Num>(theta: T, a: T, b: T) -> T {
    let (t, av, bv) = (theta.value(), a.value(), b.value());
    let (left, right) = (t.ln() + av, (-t).ln_1p() + bv);
    let value = log_sum_exp_f64(left, right);
    let (da, db) = (share(left, right), share(right, left));
    // exp(a) / mix and exp(b) / mix, from the branch that does not divide by a zero weight.
    let dt = if value == f64::NEG_INFINITY { 0.0 } else { (av - value).exp() - (bv - value).exp() };
    T::compose(value, &[(theta, dt), (a, da), (b, db)])
}
