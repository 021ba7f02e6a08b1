//! The LKJ distribution of the Cholesky factor of a correlation matrix of size K:
//! `c(eta, K) + sum_{k=2}^K (K - k + 2 eta - 2) log(L_kk)`.

use super::arguments::{count, integer, number, square_matrix};
use super::linear;
use super::random;
use super::{
    Check, DomainError, Joint, Keep,
    bit::{A, Y},
};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use crate::value::{Matrix, Value};
use rand::Rng;

pub struct LkjCorrCholesky;

const NAME: &str = "lkj_corr_cholesky";

impl Joint for LkjCorrCholesky {
    const DECLARATION: Declaration = Declaration {
        name: "lkj_corr_cholesky",
        kind: Kind::Continuous,
        signature: "matrix | real",
        rng: "int, real => matrix",
        cdf: Cumulative::None,
        summary: "The Cholesky factor of a correlation matrix, by shape.",
        citation: "Lewandowski, Kurowicka & Joe, Journal of Multivariate Analysis 100, 2009",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 2)?;
        let l = square_matrix(NAME, "outcome", &args[0])?;
        let eta = number(NAME, "shape", &args[1])?;
        Check::Positive.test(NAME, "shape", 0, eta.value())?;
        linear::check_factor(NAME, "outcome", &linear::values(l))?;
        let k = l.rows;
        let mut lp = T::from(0.0);
        if k == 0 {
            return Ok(lp);
        }
        if keep.term(A) {
            lp += log_constant(eta, k);
        }
        if keep.term(Y | A) {
            let twice = T::from(2.0) * eta - T::from(2.0);
            for i in 1..k {
                lp += (T::from((k - 1 - i) as f64) + twice) * l.at(i, i).ln();
            }
        }
        Ok(lp)
    }

    fn rng<R: Rng + ?Sized>(args: &[Value<f64>], rng: &mut R) -> Result<Value<f64>, DomainError> {
        count(NAME, args, 2)?;
        let k = integer(NAME, "dimension", &args[0])?;
        let eta = number(NAME, "shape", &args[1])?;
        Check::Positive.test(NAME, "shape", 0, eta)?;
        if k < 1 {
            return Err(DomainError::new(format!("{NAME}: dimension is {k}, but must be positive")));
        }
        Ok(Value::Matrix(draw(k as usize, eta, rng)))
    }
}

/// Log of the normalising constant over correlation matrices of size `k` (theorem 5).
pub(super) fn log_constant<T: Num>(eta: T, k: usize) -> T {
    let m = k as f64 - 1.0;
    let mut c = T::from(m) * math::lgamma(eta + T::from(0.5 * m));
    for i in 1..k {
        c -= T::from(i as f64 * math::HALF_LN_PI) + math::lgamma(eta + T::from(0.5 * (m - i as f64)));
    }
    c
}

/// The Cholesky factor of a correlation matrix, row by row: row i + 1 has a squared distance to the diagonal
/// that is Beta(i / 2, eta + (K - 1 - i) / 2) and a uniform direction.
pub(super) fn draw<R: Rng + ?Sized>(k: usize, eta: f64, rng: &mut R) -> Matrix<f64> {
    let mut l = Matrix::filled(k, k, 0.0);
    l.set(0, 0, 1.0);
    for i in 1..k {
        let squared = random::beta(0.5 * i as f64, eta + 0.5 * (k - 1 - i) as f64, rng);
        let direction: Vec<f64> = (0..i).map(|_| random::std_normal(rng)).collect();
        let norm = linear::dot(&direction, &direction).sqrt();
        for (j, d) in direction.iter().enumerate() {
            l.set(i, j, squared.sqrt() * d / norm);
        }
        l.set(i, i, (1.0 - squared).sqrt());
    }
    l
}
