//! The first passage time of a Wiener process with drift between two boundaries (upper-boundary responses):
//! boundary separation alpha, non-decision time tau, relative bias beta, drift delta; with variabilities, drift
//! normal with standard deviation `sv`, bias uniform of width `sw` and non-decision time uniform on `[tau, tau + st]`.
//!
//! With `t = y - tau`, `w = 1 - beta` and `x = t / alpha^2` the density is
//! `exp([sv^2 alpha^2 w^2 + 2 alpha delta w - delta^2 t] / [2 (1 + sv^2 t)]) / (alpha^2 sqrt(1 + sv^2 t)) g(x, w)`, where
//! `g` is the density without drift in its small-time or large-time expansion, summed to full precision.

use super::arguments::Column;
use super::arguments::same_size;
use super::{Check, DomainError, Joint, Keep};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::math::normal::gauss_legendre;
use crate::num::Num;
use crate::value::Value;
use std::f64::consts::PI;

pub struct Wiener;

const NAME: &str = "wiener";

impl Joint for Wiener {
    const DECLARATION: Declaration = Declaration {
        name: "wiener",
        kind: Kind::Continuous,
        signature: "reals | reals, reals, reals, reals; T | T, T, T, T, T for T in real or vector; \
         T | T, T, T, T, T, T, T for T in real or vector; T | T, T, T, T, T, data real for T in real or vector; \
         T | T, T, T, T, T, T, T, data real for T in real or vector",
        rng: "",
        cdf: Cumulative::None,
        summary: "The first passage time of a drift-diffusion process: boundary, non-decision time, bias, drift, and variabilities.",
        citation: "Navarro & Fuss, Journal of Mathematical Psychology 53, 2009; Gondan, Blurton & Kesselmeier, 58, 2014",
    };

    /// Arguments: outcome, alpha, tau, beta, delta; then `sv`; then `sw` and `st`; last, with variabilities, a precision, which
    /// is not needed.
    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        let used = match args.len() {
            n @ (5 | 6 | 8) => n,
            n @ (7 | 9) => n - 1,
            n => return Err(DomainError::fatal(format!("{NAME}: {n} arguments given, but it has 5 to 9"))),
        };
        let mut columns = Vec::with_capacity(used);
        let mut len = None;
        for (value, (name, check)) in args[..used].iter().zip(ARGUMENTS) {
            let column = Column::of(NAME, name, value)?;
            column.check(NAME, name, check)?;
            match (column.len(), len) {
                (Some(n), Some(other)) => same_size(NAME, name, n, "another argument", other)?,
                (Some(n), None) => len = Some(n),
                (None, _) => {}
            }
            columns.push(column);
        }
        let mut lp = T::from(0.0);
        for i in 0..len.unwrap_or(1) {
            let at = |k: usize| columns.get(k).map_or(T::from(0.0), |c| c.at(i));
            let (y, tau, beta, sw) = (at(0), at(2), at(3), at(6));
            if y <= tau {
                return Err(DomainError::new(format!(
                    "{NAME}: outcome is {}, but must be greater than the non-decision time {}",
                    y.value(),
                    tau.value()
                )));
            }
            let half = 0.5 * sw.value();
            if half > 0.0 && !(beta.value() - half > 0.0 && beta.value() + half < 1.0) {
                return Err(DomainError::new(format!(
                    "{NAME}: bias is {} with variability {}, but must stay between 0 and 1",
                    beta.value(),
                    sw.value()
                )));
            }
            if !keep.nothing() {
                lp += element(y - tau, at(1), beta, at(4), at(5), sw, at(7));
            }
        }
        Ok(lp)
    }
}

const ARGUMENTS: [(&str, Check); 8] = [
    ("outcome", Check::PositiveFinite),
    ("boundary separation", Check::PositiveFinite),
    ("non-decision time", Check::NonNegativeFinite),
    ("bias", Check::Unit),
    ("drift", Check::Finite),
    ("variability of the drift", Check::NonNegativeFinite),
    ("variability of the bias", Check::Unit),
    ("variability of the non-decision time", Check::NonNegativeFinite),
];

/// One response: the mean of the density over bias and non-decision time.
fn element<T: Num>(t: T, alpha: T, beta: T, delta: T, sv: T, sw: T, st: T) -> T {
    let num = |x: f64| T::from(x);
    let bias = |u: f64| beta + num(0.5 * u) * sw;
    let over_bias = |t: T| {
        if sw.value() == 0.0 {
            return log_passage(t, alpha, beta, delta, sv);
        }
        let terms: Vec<T> = gauss_legendre()
            .map(|(u, weight)| log_passage(t, alpha, bias(u), delta, sv) + num((0.5 * weight).ln()))
            .collect();
        math::log_sum_exp_of(&terms)
    };
    if st.value() == 0.0 {
        return over_bias(t);
    }
    // Only non-decision times below the response count: t - s with s from 0 to min(st, t).
    let reach = if st > t { t } else { st };
    let terms: Vec<T> = gauss_legendre()
        .map(|(u, weight)| over_bias(t - num(0.5 * (1.0 + u)) * reach) + num((0.5 * weight).ln()))
        .collect();
    math::log_sum_exp_of(&terms) + (reach / st).ln()
}

/// Log density of the passage time at the upper boundary.
fn log_passage<T: Num>(t: T, alpha: T, beta: T, delta: T, sv: T) -> T {
    let num = |x: f64| T::from(x);
    let w = num(1.0) - beta;
    let spread = num(1.0) + sv * sv * t;
    let a = alpha * w;
    let exponent = (sv * sv * a * a + num(2.0) * delta * a - delta * delta * t) / (num(2.0) * spread);
    exponent - num(0.5) * spread.ln() - num(2.0) * alpha.ln() + log_standard_passage(t / (alpha * alpha), w)
}

/// Without drift, with boundaries 0 and 1 and a start at distance `w` from the boundary that is hit.
fn log_standard_passage<T: Num>(x: T, w: T) -> T {
    let num = |x: f64| T::from(x);
    let mut total = num(0.0);
    if x.value() < 0.4 {
        // Relative to the leading term exp(-w^2 / (2x)): at x < 0.4 five images on each side are below 1e-40.
        for k in -5..=5 {
            let shift = 2.0 * k as f64;
            // ((w + 2k)^2 - w^2) / 2 = 2k (w + k)
            total += (w + num(shift)) * (-num(shift) * (w + num(k as f64)) / x).exp();
        }
        total.ln() - num(0.5) * w * w / x - num(math::HALF_LN_2PI) - num(1.5) * x.ln()
    } else {
        // Relative to exp(-pi^2 x / 2).
        for k in 1..=12 {
            let (kf, rate) = (k as f64, 0.5 * PI * PI * (k * k - 1) as f64);
            total += num(kf) * (-num(rate) * x).exp() * (num(kf * PI) * w).sin();
        }
        total.ln() + num(PI.ln()) - num(0.5 * PI * PI) * x
    }
}
