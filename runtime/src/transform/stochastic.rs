//! Matrices whose rows, or columns, are simplexes. Newer than Stan 2.35 (2.36's manual decides); each simplex by the
//! stick-breaking of [`simplex`].

use super::{Check, Violation, simplex};
use crate::num::Num;
use crate::value::Matrix;

/// Columns are simplexes: coordinates (rows - 1) x cols, column-major.
pub fn constrain_columns<T: Num>(x: &[T], rows: usize, cols: usize, log_jacobian: &mut T) -> Matrix<T> {
    let mut data = Vec::with_capacity(rows * cols);
    for j in 0..cols {
        let free = simplex::free_size(rows);
        data.extend(simplex::constrain(&x[j * free..(j + 1) * free], log_jacobian));
    }
    Matrix { rows, cols, data }
}

/// Rows are simplexes: coordinates rows x (cols - 1), column-major.
pub fn constrain_rows<T: Num>(x: &[T], rows: usize, cols: usize, log_jacobian: &mut T) -> Matrix<T> {
    let mut y = Matrix::filled(rows, cols, T::from(0.0));
    for i in 0..rows {
        let row: Vec<T> = (0..simplex::free_size(cols)).map(|j| x[j * rows + i]).collect();
        for (j, value) in simplex::constrain(&row, log_jacobian).into_iter().enumerate() {
            y.set(i, j, value);
        }
    }
    y
}

/// # Errors
/// As [`check_columns`].
pub fn free_columns(y: &Matrix<f64>) -> Result<Vec<f64>, Violation> {
    let mut x = Vec::with_capacity(y.data.len());
    for j in 0..y.cols {
        x.extend(simplex::free(&column(y, j)).map_err(|v| Violation(format!("column {}: {v}", j + 1)))?);
    }
    Ok(x)
}

/// # Errors
/// As [`check_rows`].
pub fn free_rows(y: &Matrix<f64>) -> Result<Vec<f64>, Violation> {
    let free = simplex::free_size(y.cols);
    let mut x = vec![0.0; y.rows * free];
    for i in 0..y.rows {
        let row = simplex::free(&row(y, i)).map_err(|v| Violation(format!("row {}: {v}", i + 1)))?;
        for (j, value) in row.into_iter().enumerate() {
            x[j * y.rows + i] = value;
        }
    }
    Ok(x)
}

/// # Errors
/// A column that is no simplex.
pub fn check_columns(y: &Matrix<f64>) -> Check {
    (0..y.cols).try_for_each(|j| simplex::check(&column(y, j)).map_err(|v| Violation(format!("column {}: {v}", j + 1))))
}

/// # Errors
/// A row that is no simplex.
pub fn check_rows(y: &Matrix<f64>) -> Check {
    (0..y.rows).try_for_each(|i| simplex::check(&row(y, i)).map_err(|v| Violation(format!("row {}: {v}", i + 1))))
}

fn column(y: &Matrix<f64>, j: usize) -> Vec<f64> {
    (0..y.rows).map(|i| y.at(i, j)).collect()
}

fn row(y: &Matrix<f64>, i: usize) -> Vec<f64> {
    (0..y.cols).map(|j| y.at(i, j)).collect()
}
