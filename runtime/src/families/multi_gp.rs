//! Rows of a matrix as independent normal vectors of mean zero and covariance `Sigma / w_k`:
//! `sum_k [-N log(2 pi)/2 - log|Sigma|/2 + N log(w_k)/2 - w_k y_k' Sigma^-1 y_k / 2]`.

use super::arguments::{count, square_matrix};
use super::linear;
use super::multi_gp_cholesky::gp_sums;
use super::multi_normal_cholesky::outer_of_residuals;
use super::{DomainError, Joint, Keep};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::num::Num;
use crate::value::Value;

pub struct MultiGp;

const NAME: &str = "multi_gp";

impl Joint for MultiGp {
    const DECLARATION: Declaration = Declaration {
        name: "multi_gp",
        kind: Kind::Continuous,
        signature: "matrix | matrix, vector",
        rng: "",
        cdf: Cumulative::None,
        summary: "Rows of a matrix as Gaussian processes: covariance, weights of the rows.",
        citation: "Rasmussen & Williams, Gaussian Processes for Machine Learning, 2006",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 3)?;
        let sigma = square_matrix(NAME, "covariance", &args[1])?;
        let (_, factor) = linear::covariance_factor(NAME, "covariance", sigma)?;
        let mut sums = gp_sums(NAME, args, keep, &factor)?;
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
}
