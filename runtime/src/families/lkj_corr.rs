//! The LKJ distribution of a correlation matrix: `c(eta, K) + (eta - 1) log|Omega|`.

use super::arguments::{count, number, square_matrix};
use super::linear;
use super::lkj_corr_cholesky::{LkjCorrCholesky, log_constant};
use super::{
    Check, DomainError, Joint, Keep,
    bit::{A, Y},
};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::num::Num;
use crate::value::Value;
use rand::Rng;

pub struct LkjCorr;

const NAME: &str = "lkj_corr";

impl Joint for LkjCorr {
    const DECLARATION: Declaration = Declaration {
        name: "lkj_corr",
        kind: Kind::Continuous,
        signature: "matrix | real",
        rng: "int, real => matrix",
        cdf: Cumulative::None,
        summary: "A correlation matrix, by shape.",
        citation: "Lewandowski, Kurowicka & Joe, Journal of Multivariate Analysis 100, 2009",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 2)?;
        let omega = square_matrix(NAME, "outcome", &args[0])?;
        let eta = number(NAME, "shape", &args[1])?;
        Check::Positive.test(NAME, "shape", 0, eta.value())?;
        if omega.rows == 0 {
            return Ok(T::from(0.0));
        }
        let (_, factor) = linear::covariance_factor(NAME, "outcome", omega)?;
        for i in 0..omega.rows {
            let x = omega.at(i, i).value();
            if (x - 1.0).abs() > 1e-8 {
                return Err(DomainError::new(format!(
                    "{NAME}: outcome[{},{}] is {x}, but the diagonal of a correlation matrix must be 1",
                    i + 1,
                    i + 1
                )));
            }
        }
        let mut lp = T::from(0.0);
        if keep.term(A) {
            lp += log_constant(eta, omega.rows);
        }
        if keep.term(Y | A) {
            let mut partials = Vec::new();
            let inverse = linear::inverse_from_factor(&factor);
            linear::push_partials(&mut partials, &omega.data, inverse.data.iter().copied());
            lp += (eta - T::from(1.0)) * T::compose(2.0 * linear::log_diagonal(&factor), &partials);
        }
        Ok(lp)
    }

    fn rng<R: Rng + ?Sized>(args: &[Value<f64>], rng: &mut R) -> Result<Value<f64>, DomainError> {
        let Value::Matrix(l) = LkjCorrCholesky::rng(args, rng)? else {
            return Err(DomainError::new(format!("{NAME}: no matrix was drawn")));
        };
        let mut omega = linear::product(&l, &l.transpose());
        for i in 0..omega.rows {
            omega.set(i, i, 1.0);
        }
        Ok(Value::Matrix(omega))
    }
}
