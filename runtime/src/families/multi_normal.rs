//! The multivariate normal distribution by its covariance:
//! `-K log(2 pi)/2 - log|Sigma|/2 - (y - mu)' Sigma^-1 (y - mu) / 2`.

use super::arguments::{count, square_matrix};
use super::linear;
use super::multi_normal_cholesky::{draw, normal_sums, outer_of_residuals};
use super::{DomainError, Joint, Keep, bit::B};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use crate::value::Value;
use rand::Rng;

pub struct MultiNormal;

const NAME: &str = "multi_normal";

impl Joint for MultiNormal {
    const DECLARATION: Declaration = Declaration {
        name: "multi_normal",
        kind: Kind::Continuous,
        signature: "vectors | vectors, matrix",
        rng: "vectors, matrix => vectors",
        cdf: Cumulative::None,
        summary: "A vector, by mean and covariance.",
        citation: "Kotz, Balakrishnan & Johnson, Continuous Multivariate Distributions, 2nd ed., 2000, ch. 45",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 3)?;
        let sigma = square_matrix(NAME, "covariance", &args[2])?;
        let (_, factor) = linear::covariance_factor(NAME, "covariance", sigma)?;
        let mut sums = normal_sums(NAME, &args[0], &args[1], &factor)?;
        if keep.nothing() {
            return Ok(T::from(0.0));
        }
        let (k, n) = (factor.rows, sums.count as f64);
        let mut value = -0.5 * sums.quadratic;
        if keep.term(B) {
            value -= n * linear::log_diagonal(&factor);
        }
        if keep.all {
            value -= n * k as f64 * math::HALF_LN_2PI;
        }
        if sigma.data.iter().any(|x| !x.is_constant()) {
            // sum w w' = (sum w z') L^-1, from w = L^-T z.
            let inverse = linear::inverse_from_factor(&factor);
            let outer = outer_of_residuals(&sums.outer, &factor);
            let partials = outer.data.iter().zip(&inverse.data).map(|(o, i)| 0.5 * (o - n * i));
            linear::push_partials(&mut sums.inputs, &sigma.data, partials);
        }
        Ok(T::compose(value, &sums.inputs))
    }

    fn rng<R: Rng + ?Sized>(args: &[Value<f64>], rng: &mut R) -> Result<Value<f64>, DomainError> {
        count(NAME, args, 2)?;
        let sigma = square_matrix(NAME, "covariance", &args[1])?;
        let (_, factor) = linear::covariance_factor(NAME, "covariance", sigma)?;
        draw(NAME, &args[0], &factor, rng, |_| 1.0)
    }
}
