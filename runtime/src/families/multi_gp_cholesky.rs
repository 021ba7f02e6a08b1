//! Rows of a matrix as independent normal vectors of mean zero and covariance `L L' / w_k`:
//! `sum_k [-N log(2 pi)/2 - sum log(L_nn) + N log(w_k)/2 - w_k |L^-1 y_k|^2 / 2]`.

use super::arguments::{check_all, count, matrix, numbers, same_size, square_matrix};
use super::linear;
use super::{
    Check, DomainError, Joint, Keep,
    bit::{A, B},
};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use crate::value::{Matrix, Value};

pub struct MultiGpCholesky;

const NAME: &str = "multi_gp_cholesky";

impl Joint for MultiGpCholesky {
    const DECLARATION: Declaration = Declaration {
        name: "multi_gp_cholesky",
        kind: Kind::Continuous,
        signature: "matrix | matrix, vector",
        rng: "",
        cdf: Cumulative::None,
        summary: "Rows of a matrix as Gaussian processes: Cholesky factor of the covariance, weights of the rows.",
        citation: "Rasmussen & Williams, Gaussian Processes for Machine Learning, 2006",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 3)?;
        let l = square_matrix(NAME, "Cholesky factor", &args[1])?;
        let factor = linear::values(l);
        linear::check_factor(NAME, "Cholesky factor", &factor)?;
        let mut sums = gp_sums(NAME, args, keep, &factor)?;
        if keep.nothing() {
            return Ok(T::from(0.0));
        }
        for j in 0..factor.rows {
            for i in j..factor.rows {
                let diagonal = if i == j { sums.count as f64 / factor.at(i, i) } else { 0.0 };
                linear::push_partials(&mut sums.inputs, &[l.at(i, j)], [sums.outer.at(i, j) - diagonal]);
            }
        }
        Ok(T::compose(sums.value, &sums.inputs))
    }
}

/// The log density of the rows.
pub(super) struct GpSums<T> {
    pub value: f64,
    /// `sum w_k s z'` with `z = L^-1 y_k` and `s = L^-T z`.
    pub outer: Matrix<f64>,
    /// Outcomes and inverse scales with their partials.
    pub inputs: Vec<(T, f64)>,
    pub count: usize,
}

pub(super) fn gp_sums<T: Num>(
    family: &'static str,
    args: &[Value<T>],
    keep: Keep,
    l: &Matrix<f64>,
) -> Result<GpSums<T>, DomainError> {
    let y = matrix(family, "outcome", &args[0])?;
    let w = numbers(family, "inverse scales", &args[2])?;
    let n = l.rows;
    same_size(family, "the rows of the outcome", y.rows, "inverse scales", w.len())?;
    same_size(family, "the columns of the outcome", y.cols, "the matrix", n)?;
    check_all(family, "inverse scales", Check::PositiveFinite, &w)?;
    check_all(family, "outcome", Check::Finite, &y.data)?;
    let mut sums = GpSums { value: 0.0, outer: Matrix::filled(n, n, 0.0), inputs: Vec::new(), count: y.rows };
    for (k, weight) in w.iter().enumerate() {
        let scale = weight.value();
        let row: Vec<T> = (0..n).map(|j| y.at(k, j)).collect();
        let mut z: Vec<f64> = row.iter().map(|x| x.value()).collect();
        linear::solve_lower(l, &mut z);
        let q = linear::dot(&z, &z);
        let mut s = z.clone();
        linear::solve_lower_transposed(l, &mut s);
        sums.value -= 0.5 * scale * q;
        if keep.term(B) {
            sums.value += 0.5 * n as f64 * scale.ln();
        }
        linear::push_partials(&mut sums.inputs, &row, s.iter().map(|s| -scale * s));
        linear::push_partials(&mut sums.inputs, &[*weight], [0.5 * n as f64 / scale - 0.5 * q]);
        linear::add_outer(&mut sums.outer, scale, &s, &z);
    }
    if keep.term(A) {
        sums.value -= y.rows as f64 * linear::log_diagonal(l);
    }
    if keep.all {
        sums.value -= (y.rows * n) as f64 * math::HALF_LN_2PI;
    }
    Ok(sums)
}
