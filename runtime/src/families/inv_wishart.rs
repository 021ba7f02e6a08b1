//! The inverse Wishart distribution:
//! `-nu K log(2)/2 - log Gamma_K(nu/2) + nu log|S|/2 - tr(S W^-1)/2 - (nu + K + 1) log|W|/2`.

use super::arguments::{count, same_size, square_matrix};
use super::linear;
use super::wishart::{bartlett, check_degrees, digamma_sum};
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

pub struct InvWishart;

const NAME: &str = "inv_wishart";

impl Joint for InvWishart {
    const DECLARATION: Declaration = Declaration {
        name: "inv_wishart",
        kind: Kind::Continuous,
        signature: "matrix | real, matrix",
        rng: "real, matrix => matrix",
        cdf: Cumulative::None,
        summary: "The inverse of a Wishart matrix, by degrees of freedom and scale.",
        citation: "Muirhead, Aspects of Multivariate Statistical Theory, 2005, ch. 3",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 3)?;
        let w = square_matrix(NAME, "outcome", &args[0])?;
        let s = square_matrix(NAME, "scale", &args[2])?;
        let nu = check_degrees(NAME, &args[1], w.rows)?;
        same_size(NAME, "outcome", w.rows, "scale", s.rows)?;
        let (_, w_factor) = linear::covariance_factor(NAME, "outcome", w)?;
        let (s_value, s_factor) = linear::covariance_factor(NAME, "scale", s)?;
        let (k, dof) = (w.rows as f64, nu.value());
        let (w_inverse, s_inverse) = (linear::inverse_from_factor(&w_factor), linear::inverse_from_factor(&s_factor));
        let (log_w, log_s) = (2.0 * linear::log_diagonal(&w_factor), 2.0 * linear::log_diagonal(&s_factor));
        let mut value = 0.0;
        if keep.term(A) {
            value -= dof * k * 0.5 * LN_2 + math::lmgamma(k, 0.5 * dof);
        }
        if keep.term(A | B) {
            value += 0.5 * dof * log_s;
        }
        if keep.term(Y | B) {
            value -= 0.5 * linear::dot(&w_inverse.data, &s_value.data);
        }
        if keep.term(Y | A) {
            value -= 0.5 * (dof + k + 1.0) * log_w;
        }
        let mut inputs = Vec::new();
        let sandwich = linear::product(&linear::product(&w_inverse, &s_value), &w_inverse);
        let both = w_inverse.data.iter().zip(&sandwich.data);
        linear::push_partials(&mut inputs, &w.data, both.map(|(w, x)| 0.5 * (x - (dof + k + 1.0) * w)));
        let both = s_inverse.data.iter().zip(&w_inverse.data);
        linear::push_partials(&mut inputs, &s.data, both.map(|(s, w)| 0.5 * (dof * s - w)));
        linear::push_partials(&mut inputs, &[nu], [0.5 * (log_s - log_w - k * LN_2 - digamma_sum(w.rows, 0.5 * dof))]);
        Ok(T::compose(value, &inputs))
    }

    fn rng<R: Rng + ?Sized>(args: &[Value<f64>], rng: &mut R) -> Result<Value<f64>, DomainError> {
        count(NAME, args, 2)?;
        let s = square_matrix(NAME, "scale", &args[1])?;
        let nu = check_degrees(NAME, &args[0], s.rows)?;
        let (_, factor) = linear::covariance_factor(NAME, "scale", s)?;
        Ok(Value::Matrix(draw(nu, &factor, rng)))
    }
}

/// An inverse Wishart matrix by the factor of its scale: `L (A A')^-1 L'` with A a standard Wishart factor.
pub(super) fn draw<R: Rng + ?Sized>(nu: f64, factor: &Matrix<f64>, rng: &mut R) -> Matrix<f64> {
    let k = factor.rows;
    // With W ~ Wishart(nu, I), L W^-1 L' is inverse Wishart with scale L L'.
    let inverse = linear::inverse_from_factor(&bartlett(nu, k, rng));
    let product = linear::product(&linear::product(factor, &inverse), &factor.transpose());
    Matrix::from_fn(k, k, |i, j| 0.5 * (product.at(i, j) + product.at(j, i)))
}
