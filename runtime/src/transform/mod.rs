//! The transforms of Stan 2.35 between constrained parameters and unconstrained coordinates, one a file.
//!
//! Each has `constrain` (unconstrained to constrained; adds the log absolute Jacobian determinant to `log_jacobian`),
//! `free` (its inverse), `check` (whether a value is in the support, within [`TOLERANCE`]) and, where values have a
//! shape, `free_size` (number of unconstrained coordinates). Matrices are column-major.
//!
//! Source of the formulas: Stan Reference Manual, "Constraint Transforms".

pub mod cholesky_factor_corr;
pub mod cholesky_factor_cov;
pub mod corr_matrix;
pub mod cov_matrix;
pub mod lower;
pub mod lower_upper;
pub mod offset_multiplier;
pub mod ordered;
pub mod positive_ordered;
pub mod simplex;
pub mod stochastic;
pub mod sum_to_zero;
pub mod unit_vector;
pub mod upper;

use crate::num::Num;
use crate::value::Matrix;

/// How far from its constraint a value may be, absolutely (Stan's `CONSTRAINT_TOLERANCE`).
pub const TOLERANCE: f64 = 1e-8;

/// A value outside the support, or a bound that allows no value. Says what was expected and what was found.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct Violation(pub String);

type Check = Result<(), Violation>;

fn violated<T>(message: String) -> Result<T, Violation> {
    Err(Violation(message))
}

/// log(1 + exp(x)) without overflow.
fn log1p_exp<T: Num>(x: T) -> T {
    let v = x.value();
    let y = if v > 0.0 { v + (-v).exp().ln_1p() } else { v.exp().ln_1p() };
    x.apply(y, || inv_logit_value(v))
}

/// 1 / (1 + exp(-x))
fn inv_logit<T: Num>(x: T) -> T {
    let y = inv_logit_value(x.value());
    x.apply(y, || y * (1.0 - y))
}

fn inv_logit_value(x: f64) -> f64 {
    if x < 0.0 {
        let e = x.exp();
        // exp(x) alone is exact to the last bit where 1 + exp(x) rounds to 1.
        if x < f64::EPSILON.ln() { e } else { e / (1.0 + e) }
    } else {
        1.0 / (1.0 + (-x).exp())
    }
}

/// log(1 - x^2)
fn log1m_square<T: Num>(x: T) -> T {
    let v = x.value();
    x.apply((-v * v).ln_1p(), || -2.0 * v / (1.0 - v * v))
}

/// L L' for a lower triangular L.
fn times_self_transpose<T: Num>(l: &Matrix<T>) -> Matrix<T> {
    let zero = T::from(0.0);
    let mut product = Matrix::filled(l.rows, l.rows, zero);
    for j in 0..l.rows {
        for i in j..l.rows {
            let mut sum = zero;
            for k in 0..=j.min(l.cols.saturating_sub(1)) {
                sum += l.at(i, k) * l.at(j, k);
            }
            product.set(i, j, sum);
            product.set(j, i, sum);
        }
    }
    product
}

/// The Cholesky factor of a symmetric positive definite matrix; `None` where it is not positive definite.
fn cholesky(m: &Matrix<f64>) -> Option<Matrix<f64>> {
    let n = m.rows;
    let mut l = Matrix::filled(n, n, 0.0);
    for j in 0..n {
        let mut d = m.at(j, j);
        for k in 0..j {
            d -= l.at(j, k) * l.at(j, k);
        }
        if d.is_nan() || d <= 0.0 {
            return None;
        }
        let d = d.sqrt();
        l.set(j, j, d);
        for i in j + 1..n {
            let mut x = m.at(i, j);
            for k in 0..j {
                x -= l.at(i, k) * l.at(j, k);
            }
            l.set(i, j, x / d);
        }
    }
    Some(l)
}

fn check_square(m: &Matrix<f64>) -> Check {
    if m.rows == m.cols {
        return Ok(());
    }
    violated(format!("expected a square matrix, found {} rows and {} columns", m.rows, m.cols))
}

fn check_symmetric(m: &Matrix<f64>) -> Check {
    for j in 0..m.cols {
        for i in j + 1..m.rows {
            let difference = m.at(i, j) - m.at(j, i);
            if difference.is_nan() || difference.abs() > TOLERANCE {
                return violated(format!(
                    "not symmetric: entry [{},{}] is {}, entry [{},{}] is {}",
                    i + 1,
                    j + 1,
                    m.at(i, j),
                    j + 1,
                    i + 1,
                    m.at(j, i)
                ));
            }
        }
    }
    Ok(())
}

fn check_positive_definite(m: &Matrix<f64>) -> Check {
    if m.data.iter().any(|x| x.is_nan()) {
        return violated("not positive definite: an entry is NaN".into());
    }
    match cholesky(m) {
        Some(_) => Ok(()),
        None => violated("not positive definite".into()),
    }
}

#[cfg(test)]
mod tests;
