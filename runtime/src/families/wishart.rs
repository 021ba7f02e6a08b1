//! The Wishart distribution:
//! `-nu K log(2)/2 - log Gamma_K(nu/2) - nu log|S|/2 - tr(S^-1 W)/2 + (nu - K - 1) log|W|/2`.

use super::arguments::{count, number, same_size, square_matrix};
use super::linear;
use super::random;
use super::{
    DomainError, Joint, Keep,
    bit::{A, B, Y},
};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use crate::value::{Matrix, Value};
use rand::Rng;
use std::f64::consts::LN_2;

pub struct Wishart;

const NAME: &str = "wishart";

impl Joint for Wishart {
    const DECLARATION: Declaration = Declaration {
        name: "wishart",
        kind: Kind::Continuous,
        signature: "matrix | real, matrix",
        rng: "real, matrix => matrix",
        cdf: Cumulative::None,
        summary: "A sum of outer products of normal vectors, by degrees of freedom and scale.",
        citation: "Muirhead, Aspects of Multivariate Statistical Theory, 2005, ch. 3",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 3)?;
        let w = square_matrix(NAME, "outcome", &args[0])?;
        let s = square_matrix(NAME, "scale", &args[2])?;
        let nu = check_degrees(NAME, &args[1], w.rows)?;
        same_size(NAME, "outcome", w.rows, "scale", s.rows)?;
        let (w_value, w_factor) = linear::covariance_factor(NAME, "outcome", w)?;
        let (_, s_factor) = linear::covariance_factor(NAME, "scale", s)?;
        let (k, dof) = (w.rows as f64, nu.value());
        let (w_inverse, s_inverse) = (linear::inverse_from_factor(&w_factor), linear::inverse_from_factor(&s_factor));
        let (log_w, log_s) = (2.0 * linear::log_diagonal(&w_factor), 2.0 * linear::log_diagonal(&s_factor));
        let mut value = 0.0;
        if keep.term(A) {
            value -= dof * k * 0.5 * LN_2 + math::lmgamma(k, 0.5 * dof);
        }
        if keep.term(A | B) {
            value -= 0.5 * dof * log_s;
        }
        if keep.term(Y | B) {
            value -= 0.5 * linear::dot(&s_inverse.data, &w_value.data);
        }
        if keep.term(Y | A) {
            value += 0.5 * (dof - k - 1.0) * log_w;
        }
        let mut inputs = Vec::new();
        let both = w_inverse.data.iter().zip(&s_inverse.data);
        linear::push_partials(&mut inputs, &w.data, both.map(|(w, s)| 0.5 * (dof - k - 1.0) * w - 0.5 * s));
        let sandwich = linear::product(&linear::product(&s_inverse, &w_value), &s_inverse);
        let both = s_inverse.data.iter().zip(&sandwich.data);
        linear::push_partials(&mut inputs, &s.data, both.map(|(s, x)| 0.5 * (x - dof * s)));
        linear::push_partials(&mut inputs, &[nu], [0.5 * (log_w - log_s - k * LN_2 - digamma_sum(w.rows, 0.5 * dof))]);
        Ok(T::compose(value, &inputs))
    }

    fn rng<R: Rng + ?Sized>(args: &[Value<f64>], rng: &mut R) -> Result<Value<f64>, DomainError> {
        count(NAME, args, 2)?;
        let s = square_matrix(NAME, "scale", &args[1])?;
        let nu = check_degrees(NAME, &args[0], s.rows)?;
        let (_, factor) = linear::covariance_factor(NAME, "scale", s)?;
        let l = linear::product(&factor, &bartlett(nu, s.rows, rng));
        Ok(Value::Matrix(linear::product(&l, &l.transpose())))
    }
}

/// # Errors
/// The degrees of freedom are not above `k - 1`.
pub(super) fn check_degrees<T: Num>(family: &str, value: &Value<T>, k: usize) -> Result<T, DomainError> {
    let nu = number(family, "degrees of freedom", value)?;
    if nu.value() > k as f64 - 1.0 {
        return Ok(nu);
    }
    Err(DomainError::new(format!(
        "{family}: degrees of freedom is {}, but must be greater than {}, the size of the matrix minus 1",
        nu.value(),
        k as f64 - 1.0
    )))
}

/// Derivative of the log multivariate gamma function.
pub(super) fn digamma_sum(k: usize, x: f64) -> f64 {
    (0..k).map(|j| math::digamma(x - 0.5 * j as f64)).sum()
}

/// The Cholesky factor of a standard Wishart matrix (Bartlett's decomposition).
pub(super) fn bartlett<R: Rng + ?Sized>(nu: f64, k: usize, rng: &mut R) -> Matrix<f64> {
    let mut a = Matrix::filled(k, k, 0.0);
    for j in 0..k {
        a.set(j, j, random::chi_square(nu - j as f64, rng).sqrt());
        for i in j + 1..k {
            a.set(i, j, random::std_normal(rng));
        }
    }
    a
}
