//! sum y = 0, by an isometric log ratio basis: a linear transform without Jacobian. Newer than Stan 2.35; the manual
//! of 2.36 (vectors) and 2.37 (matrices, whose rows and columns all sum to 0) decides.
//! Source: Egozcue et al. (2003), Mathematical Geology 35(3), in the pivot coordinates of Filzmoser et al. (2018).

use super::{Check, TOLERANCE, Violation, violated};
use crate::num::Num;
use crate::value::Matrix;

/// Number of unconstrained coordinates of a vector of size `n`.
pub fn free_size(n: usize) -> usize {
    n.saturating_sub(1)
}

/// From n - 1 coordinates to n elements.
pub fn constrain<T: Num>(x: &[T]) -> Vec<T> {
    let mut y = vec![T::from(0.0); x.len() + 1];
    let mut sum = T::from(0.0);
    for i in (1..=x.len()).rev() {
        let n = i as f64;
        let w = x[i - 1] * T::from(1.0 / (n * (n + 1.0)).sqrt());
        sum += w;
        y[i - 1] += sum;
        y[i] -= w * T::from(n);
    }
    y
}

/// # Errors
/// As [`check`].
pub fn free(y: &[f64]) -> Result<Vec<f64>, Violation> {
    check(y)?;
    let n = y.len() - 1;
    let mut x = vec![0.0; n];
    let mut sum = 0.0;
    for i in (1..=n).rev() {
        let m = i as f64;
        // y_i (counted from 0) is the sum of the later weights less i times its own.
        let w = (sum - y[i]) / m;
        sum += w;
        x[i - 1] = w * (m * (m + 1.0)).sqrt();
    }
    Ok(x)
}

/// # Errors
/// Empty, or a sum other than 0.
pub fn check(y: &[f64]) -> Check {
    if y.is_empty() {
        return violated("expected a vector of at least one element, found none".into());
    }
    let sum: f64 = y.iter().sum();
    if sum.is_nan() || sum.abs() > TOLERANCE {
        return violated(format!("expected elements that sum to 0, found a sum of {sum}"));
    }
    Ok(())
}

/// From (n - 1) x (m - 1) coordinates, column-major, to an n x m matrix: [`pivot`] along each dimension.
pub fn constrain_matrix<T: Num>(x: &[T], rows: usize, cols: usize) -> Matrix<T> {
    let mut y = Matrix::filled(rows, cols, T::from(0.0));
    if rows < 2 || cols < 2 {
        return y;
    }
    let columns: Vec<Vec<T>> = x.chunks(rows - 1).map(pivot).collect();
    for i in 0..rows {
        let row: Vec<T> = columns.iter().map(|c| c[i]).collect();
        for (j, value) in pivot(&row).into_iter().enumerate() {
            y.set(i, j, value);
        }
    }
    y
}

/// # Errors
/// As [`check_matrix`].
pub fn free_matrix(y: &Matrix<f64>) -> Result<Vec<f64>, Violation> {
    check_matrix(y)?;
    if y.rows < 2 || y.cols < 2 {
        return Ok(Vec::new());
    }
    let rows: Vec<Vec<f64>> =
        (0..y.rows).map(|i| unpivot(&(0..y.cols).map(|j| y.at(i, j)).collect::<Vec<_>>())).collect();
    let mut x = Vec::with_capacity((y.rows - 1) * (y.cols - 1));
    for j in 0..y.cols - 1 {
        x.extend(unpivot(&rows.iter().map(|r| r[j]).collect::<Vec<_>>()));
    }
    Ok(x)
}

/// The basis that the manual uses for matrices: as that of [`constrain`], but with the last element as what is left over.
fn pivot<T: Num>(x: &[T]) -> Vec<T> {
    let mut y = vec![T::from(0.0); x.len() + 1];
    let (mut later, mut sum) = (T::from(0.0), T::from(0.0));
    for i in (0..x.len()).rev() {
        let a = basis(i);
        y[i] = T::from((i + 1) as f64 * a) * x[i] - later;
        sum += y[i];
        later += T::from(a) * x[i];
    }
    y[x.len()] = -sum;
    y
}

/// The inverse of [`pivot`].
fn unpivot(y: &[f64]) -> Vec<f64> {
    let mut x = vec![0.0; y.len() - 1];
    let mut later = 0.0;
    for i in (0..x.len()).rev() {
        let a = basis(i);
        x[i] = (y[i] + later) / ((i + 1) as f64 * a);
        later += a * x[i];
    }
    x
}

fn basis(i: usize) -> f64 {
    1.0 / ((i as f64 + 1.0) * (i as f64 + 2.0)).sqrt()
}

/// # Errors
/// A row or column that does not sum to 0.
pub fn check_matrix(y: &Matrix<f64>) -> Check {
    for j in 0..y.cols {
        check(&(0..y.rows).map(|i| y.at(i, j)).collect::<Vec<_>>())
            .map_err(|v| Violation(format!("column {}: {v}", j + 1)))?;
    }
    for i in 0..y.rows {
        check(&(0..y.cols).map(|j| y.at(i, j)).collect::<Vec<_>>())
            .map_err(|v| Violation(format!("row {}: {v}", i + 1)))?;
    }
    Ok(())
}
