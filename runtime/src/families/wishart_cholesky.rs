//! The distribution of the Cholesky factor of a Wishart matrix, by the factor of its scale: the Wishart density times the
//! Jacobian `2^K prod L_kk^(K - k + 1)`.

use super::arguments::{count, same_size, square_matrix};
use super::linear;
use super::wishart::{bartlett, check_degrees};
use super::{DomainError, Joint, Keep, bit::A};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use crate::value::{Matrix, Value};
use rand::Rng;
use std::f64::consts::LN_2;

pub struct WishartCholesky;

const NAME: &str = "wishart_cholesky";

impl Joint for WishartCholesky {
    const DECLARATION: Declaration = Declaration {
        name: "wishart_cholesky",
        kind: Kind::Continuous,
        signature: "matrix | real, matrix",
        rng: "real, matrix => matrix",
        cdf: Cumulative::None,
        summary: "The Cholesky factor of a Wishart matrix, by degrees of freedom and factor of the scale.",
        citation: "Muirhead, Aspects of Multivariate Statistical Theory, 2005, theorem 2.1.9",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 3)?;
        let l_y = square_matrix(NAME, "outcome", &args[0])?;
        let l_s = square_matrix(NAME, "Cholesky factor", &args[2])?;
        let nu = check_degrees(NAME, &args[1], l_y.rows)?;
        same_size(NAME, "outcome", l_y.rows, "Cholesky factor", l_s.rows)?;
        linear::check_factor(NAME, "outcome", &linear::values(l_y))?;
        linear::check_factor(NAME, "Cholesky factor", &linear::values(l_s))?;
        let k = l_y.rows;
        let half = T::from(0.5);
        let mut lp = T::from(0.0);
        if keep.nothing() {
            return Ok(lp);
        }
        if keep.term(A) {
            lp += T::from(k as f64 * LN_2) * (T::from(1.0) - half * nu);
            lp -= math::lmgamma(T::from(k as f64), half * nu);
        }
        lp -= half * squared_norm_of_quotient(l_s, l_y);
        for i in 0..k {
            lp += (nu - T::from(i as f64 + 1.0)) * l_y.at(i, i).ln() - nu * l_s.at(i, i).ln();
        }
        Ok(lp)
    }

    fn rng<R: Rng + ?Sized>(args: &[Value<f64>], rng: &mut R) -> Result<Value<f64>, DomainError> {
        count(NAME, args, 2)?;
        let l = square_matrix(NAME, "Cholesky factor", &args[1])?;
        linear::check_factor(NAME, "Cholesky factor", l)?;
        let nu = check_degrees(NAME, &args[0], l.rows)?;
        Ok(Value::Matrix(linear::product(&lower_triangle(l), &bartlett(nu, l.rows, rng))))
    }
}

/// The sum of squares of `A^-1 B` for lower triangular matrices.
pub(super) fn squared_norm_of_quotient<T: Num>(a: &Matrix<T>, b: &Matrix<T>) -> T {
    let n = a.rows;
    let mut total = T::from(0.0);
    for j in 0..n {
        // Column j of the quotient, which is zero above j.
        let mut x: Vec<T> = Vec::with_capacity(n - j);
        for i in j..n {
            let mut v = b.at(i, j);
            for (k, xk) in x.iter().enumerate() {
                v -= a.at(i, j + k) * *xk;
            }
            v /= a.at(i, i);
            total += v.square();
            x.push(v);
        }
    }
    total
}

pub(super) fn lower_triangle(l: &Matrix<f64>) -> Matrix<f64> {
    Matrix::from_fn(l.rows, l.cols, |i, j| if i >= j { l.at(i, j) } else { 0.0 })
}
