//! A covariance matrix whose standard deviations are lognormal and whose correlations are LKJ distributed.
//! As in Stan it is the density of standard deviations and correlations, without the Jacobian to the covariances.

use super::Scalar;
use super::arguments::{check_all, count, numbers, same_size, square_matrix};
use super::lkj_corr::LkjCorr;
use super::lognormal::Lognormal;
use super::{
    Check, DomainError, Joint, Keep,
    bit::{A, C, Y},
};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::num::Num;
use crate::value::{Matrix, Value};

pub struct LkjCov;

const NAME: &str = "lkj_cov";

impl Joint for LkjCov {
    const DECLARATION: Declaration = Declaration {
        name: "lkj_cov",
        kind: Kind::Continuous,
        signature: "matrix | vector, vector, real",
        rng: "",
        cdf: Cumulative::None,
        summary: "A covariance matrix with log-normal scales: their locations and scales, and the shape of the correlations.",
        citation: "Lewandowski, Kurowicka & Joe, Journal of Multivariate Analysis 100, 2009",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 4)?;
        let w = square_matrix(NAME, "outcome", &args[0])?;
        let mu = numbers(NAME, "location", &args[1])?;
        let sigma = numbers(NAME, "scale", &args[2])?;
        same_size(NAME, "location", mu.len(), "the outcome", w.rows)?;
        same_size(NAME, "scale", sigma.len(), "the outcome", w.rows)?;
        check_all(NAME, "location", Check::Finite, &mu)?;
        check_all(NAME, "scale", Check::PositiveFinite, &sigma)?;
        let sds: Vec<T> = (0..w.rows).map(|i| w.at(i, i).sqrt()).collect();
        check_all(NAME, "standard deviations", Check::PositiveFinite, &sds)?;
        let mut lp = T::from(0.0);
        for ((s, m), v) in sds.iter().zip(mu.iter()).zip(sigma.iter()) {
            if !keep.nothing() {
                lp += Lognormal::log_density(*s, [*m, *v], keep);
            }
        }
        // The shape is argument 3 here and argument 1 of the correlations.
        let shape = if keep.active & C != 0 { A } else { 0 };
        let inner = Keep { all: keep.all, active: keep.active & Y | shape };
        let omega =
            Matrix::from_fn(w.rows, w.cols, |i, j| if i == j { T::from(1.0) } else { w.at(i, j) / (sds[i] * sds[j]) });
        Ok(lp + LkjCorr::log_density(&[Value::Matrix(omega), args[3].clone()], inner)?)
    }
}
