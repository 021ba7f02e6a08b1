//! The multivariate Student t distribution by its scale matrix:
//! `log Gamma((nu + K)/2) - log Gamma(nu/2) - K log(nu pi)/2 - log|Sigma|/2 - (nu + K)/2 log(1 + (y - mu)' Sigma^-1 (y - mu) / nu)`.

use super::arguments::{count, square_matrix};
use super::linear;
use super::multi_normal_cholesky::outer_of_residuals;
use super::multi_student_t_cholesky::{student_draw, student_sums};
use super::{DomainError, Joint, Keep};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::num::Num;
use crate::value::Value;
use rand::Rng;

pub struct MultiStudentT;

const NAME: &str = "multi_student_t";

impl Joint for MultiStudentT {
    const DECLARATION: Declaration = Declaration {
        name: "multi_student_t",
        kind: Kind::Continuous,
        signature: "vectors | real, vectors, matrix",
        rng: "real, vectors, matrix => vectors",
        cdf: Cumulative::None,
        summary: "A vector with heavy tails: degrees of freedom, location, scale.",
        citation: "Kotz, Balakrishnan & Johnson, Continuous Multivariate Distributions, 2nd ed., 2000, ch. 46",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 4)?;
        let sigma = square_matrix(NAME, "scale", &args[3])?;
        let (_, factor) = linear::covariance_factor(NAME, "scale", sigma)?;
        let mut sums = student_sums(NAME, args, keep, &factor)?;
        if keep.nothing() {
            return Ok(T::from(0.0));
        }
        if sigma.data.iter().any(|x| !x.is_constant()) {
            let n = sums.count as f64;
            let inverse = linear::inverse_from_factor(&factor);
            let outer = outer_of_residuals(&sums.outer, &factor);
            let partials = outer.data.iter().zip(&inverse.data).map(|(o, i)| 0.5 * (o - n * i));
            linear::push_partials(&mut sums.inputs, &sigma.data, partials);
        }
        Ok(T::compose(sums.value, &sums.inputs))
    }

    fn rng<R: Rng + ?Sized>(args: &[Value<f64>], rng: &mut R) -> Result<Value<f64>, DomainError> {
        count(NAME, args, 3)?;
        let sigma = square_matrix(NAME, "scale", &args[2])?;
        let (_, factor) = linear::covariance_factor(NAME, "scale", sigma)?;
        student_draw(NAME, &args[0], &args[1], &factor, rng)
    }
}
