//! The small dense linear algebra of the multivariate families, on plain numbers: the families give the partial
//! derivatives of what they compute with it.

use super::DomainError;
use crate::num::Num;
use crate::value::Matrix;

pub(super) fn values<T: Num>(m: &Matrix<T>) -> Matrix<f64> {
    Matrix { rows: m.rows, cols: m.cols, data: m.data.iter().map(|x| x.value()).collect() }
}

/// # Errors
/// Two entries across the diagonal differ by more than 1e-8.
pub(super) fn check_symmetric(family: &str, name: &str, m: &Matrix<f64>) -> Result<(), DomainError> {
    for j in 0..m.cols {
        for i in 0..j {
            let (a, b) = (m.at(i, j), m.at(j, i));
            if (a - b).abs() > 1e-8 || a.is_nan() || b.is_nan() {
                return Err(DomainError::new(format!(
                    "{family}: {name} is not symmetric: {name}[{},{}] is {a}, but {name}[{},{}] is {b}",
                    i + 1,
                    j + 1,
                    j + 1,
                    i + 1
                )));
            }
        }
    }
    Ok(())
}

/// The lower Cholesky factor of a symmetric matrix (of which the lower half is read).
///
/// # Errors
/// It is not positive definite.
pub(super) fn cholesky(family: &str, name: &str, m: &Matrix<f64>) -> Result<Matrix<f64>, DomainError> {
    let n = m.rows;
    let mut l = Matrix::filled(n, n, 0.0);
    for j in 0..n {
        for i in j..n {
            let mut x = m.at(i, j);
            for k in 0..j {
                x -= l.at(i, k) * l.at(j, k);
            }
            if i == j {
                if !(x > 0.0 && x.is_finite()) {
                    return Err(DomainError::new(format!("{family}: {name} is not positive definite")));
                }
                l.set(j, j, x.sqrt());
            } else {
                l.set(i, j, x / l.at(j, j));
            }
        }
    }
    Ok(l)
}

/// A symmetric positive definite matrix: its values and Cholesky factor.
///
/// # Errors
/// Not symmetric, or not positive definite.
pub(super) fn covariance_factor<T: Num>(
    family: &str,
    name: &str,
    m: &Matrix<T>,
) -> Result<(Matrix<f64>, Matrix<f64>), DomainError> {
    let m = values(m);
    check_symmetric(family, name, &m)?;
    let l = cholesky(family, name, &m)?;
    Ok((m, l))
}

/// # Errors
/// A diagonal entry is not positive.
pub(super) fn check_factor(family: &str, name: &str, l: &Matrix<f64>) -> Result<(), DomainError> {
    for i in 0..l.rows.min(l.cols) {
        let x = l.at(i, i);
        if x <= 0.0 || x.is_nan() {
            return Err(DomainError::new(format!(
                "{family}: {name}[{},{}] is {x}, but the diagonal of a Cholesky factor must be positive",
                i + 1,
                i + 1
            )));
        }
    }
    Ok(())
}

/// `x := L^-1 x`
pub(super) fn solve_lower(l: &Matrix<f64>, x: &mut [f64]) {
    for i in 0..l.rows {
        let mut v = x[i];
        for (k, xk) in x[..i].iter().enumerate() {
            v -= l.at(i, k) * xk;
        }
        x[i] = v / l.at(i, i);
    }
}

/// `x := L^-T x`
pub(super) fn solve_lower_transposed(l: &Matrix<f64>, x: &mut [f64]) {
    for i in (0..l.rows).rev() {
        let mut v = x[i];
        for (k, xk) in x.iter().enumerate().skip(i + 1) {
            v -= l.at(k, i) * xk;
        }
        x[i] = v / l.at(i, i);
    }
}

/// `L x` for a lower triangular matrix.
pub(super) fn times_lower(l: &Matrix<f64>, x: &[f64]) -> Vec<f64> {
    (0..l.rows).map(|i| (0..=i.min(l.cols - 1)).map(|k| l.at(i, k) * x[k]).sum()).collect()
}

/// `(L L')^-1`
pub(super) fn inverse_from_factor(l: &Matrix<f64>) -> Matrix<f64> {
    let n = l.rows;
    let mut inverse = Matrix::filled(n, n, 0.0);
    for j in 0..n {
        let mut column = vec![0.0; n];
        column[j] = 1.0;
        solve_lower(l, &mut column);
        solve_lower_transposed(l, &mut column);
        for (i, x) in column.into_iter().enumerate() {
            inverse.set(i, j, x);
        }
    }
    inverse
}

/// `sum_i log(L_ii)`
pub(super) fn log_diagonal(l: &Matrix<f64>) -> f64 {
    (0..l.rows).map(|i| l.at(i, i).ln()).sum()
}

pub(super) fn product(a: &Matrix<f64>, b: &Matrix<f64>) -> Matrix<f64> {
    Matrix::from_fn(a.rows, b.cols, |i, j| (0..a.cols).map(|k| a.at(i, k) * b.at(k, j)).sum())
}

/// `m := m + c a b'`
pub(super) fn add_outer(m: &mut Matrix<f64>, c: f64, a: &[f64], b: &[f64]) {
    for (column, y) in m.data.chunks_exact_mut(a.len().max(1)).zip(b) {
        for (entry, x) in column.iter_mut().zip(a) {
            *entry += c * x * y;
        }
    }
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Adds `(x_i, d_i)` for those that carry derivatives.
pub(super) fn push_partials<T: Num>(inputs: &mut Vec<(T, f64)>, x: &[T], d: impl IntoIterator<Item = f64>) {
    inputs.extend(x.iter().copied().zip(d).filter(|(x, _)| !x.is_constant()));
}
