//! The multivariate normal distribution by the Cholesky factor of its covariance:
//! `-K log(2 pi)/2 - sum log(L_kk) - |L^-1 (y - mu)|^2 / 2`.

use super::arguments::pairs;
use super::arguments::{check_all, count, same_size, square_matrix, vectors};
use super::linear;
use super::random;
use super::{Check, DomainError, Joint, Keep, bit::B};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use crate::value::{Matrix, Value};
use rand::Rng;

pub struct MultiNormalCholesky;

const NAME: &str = "multi_normal_cholesky";

impl Joint for MultiNormalCholesky {
    const DECLARATION: Declaration = Declaration {
        name: "multi_normal_cholesky",
        kind: Kind::Continuous,
        signature: "vectors | vectors, matrix",
        rng: "vectors, matrix => vectors",
        cdf: Cumulative::None,
        summary: "A vector, by mean and Cholesky factor of the covariance.",
        citation: "Kotz, Balakrishnan & Johnson, Continuous Multivariate Distributions, 2nd ed., 2000, ch. 45",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 3)?;
        let l = square_matrix(NAME, "Cholesky factor", &args[2])?;
        let factor = linear::values(l);
        linear::check_factor(NAME, "Cholesky factor", &factor)?;
        let mut sums = normal_sums(NAME, &args[0], &args[1], &factor)?;
        if keep.nothing() {
            return Ok(T::from(0.0));
        }
        let (k, n) = (factor.rows, sums.count as f64);
        let mut value = -0.5 * sums.quadratic;
        if keep.term(B) {
            value -= n * linear::log_diagonal(&factor);
        }
        if keep.all {
            value -= n * k as f64 * math::HALF_LN_2PI;
        }
        if l.data.iter().any(|x| !x.is_constant()) {
            for j in 0..k {
                for i in j..k {
                    let diagonal = if i == j { n / factor.at(i, i) } else { 0.0 };
                    sums.inputs.push((l.at(i, j), sums.outer.at(i, j) - diagonal));
                }
            }
        }
        Ok(T::compose(value, &sums.inputs))
    }

    fn rng<R: Rng + ?Sized>(args: &[Value<f64>], rng: &mut R) -> Result<Value<f64>, DomainError> {
        count(NAME, args, 2)?;
        let l = square_matrix(NAME, "Cholesky factor", &args[1])?;
        linear::check_factor(NAME, "Cholesky factor", l)?;
        draw(NAME, &args[0], l, rng, |_| 1.0)
    }
}

/// What the densities of normal vectors share, summed over outcomes.
pub(super) struct NormalSums<T> {
    /// `sum |L^-1 (y - mu)|^2`
    pub quadratic: f64,
    /// `sum w z'` with `z = L^-1 (y - mu)` and `w = L^-T z`.
    pub outer: Matrix<f64>,
    /// Outcomes and means with the derivatives of `-quadratic / 2`.
    pub inputs: Vec<(T, f64)>,
    pub count: usize,
}

/// `sum w w'` from `sum w z'` where `w = L^-T z`.
pub(super) fn outer_of_residuals(outer: &Matrix<f64>, l: &Matrix<f64>) -> Matrix<f64> {
    let mut out = Matrix::filled(l.rows, l.rows, 0.0);
    for i in 0..l.rows {
        // Row i of (sum w z') L^-1.
        let mut row: Vec<f64> = (0..l.rows).map(|j| outer.at(i, j)).collect();
        linear::solve_lower_transposed(l, &mut row);
        for (j, x) in row.into_iter().enumerate() {
            out.set(i, j, x);
        }
    }
    out
}

pub(super) fn normal_sums<T: Num>(
    family: &'static str,
    y: &Value<T>,
    mu: &Value<T>,
    l: &Matrix<f64>,
) -> Result<NormalSums<T>, DomainError> {
    let k = l.rows;
    let (outcomes, _) = vectors(family, "outcome", y)?;
    let (means, _) = vectors(family, "location", mu)?;
    let mut sums = NormalSums { quadratic: 0.0, outer: Matrix::filled(k, k, 0.0), inputs: Vec::new(), count: 0 };
    for (y, mu) in pairs(family, ("outcome", y, &outcomes), ("location", mu, &means))? {
        same_size(family, "outcome", y.len(), "the matrix", k)?;
        check_all(family, "outcome", Check::NotNan, y)?;
        check_all(family, "location", Check::Finite, mu)?;
        let mut z: Vec<f64> = y.iter().zip(mu).map(|(y, mu)| y.value() - mu.value()).collect();
        linear::solve_lower(l, &mut z);
        sums.quadratic += linear::dot(&z, &z);
        let mut w = z.clone();
        linear::solve_lower_transposed(l, &mut w);
        linear::push_partials(&mut sums.inputs, y, w.iter().map(|w| -w));
        linear::push_partials(&mut sums.inputs, mu, w.iter().copied());
        linear::add_outer(&mut sums.outer, 1.0, &w, &z);
        sums.count += 1;
    }
    Ok(sums)
}

/// `mu + scale L z` for every mean, with a scale drawn for each.
pub(super) fn draw<R: Rng + ?Sized>(
    family: &str,
    means: &Value<f64>,
    l: &Matrix<f64>,
    rng: &mut R,
    mut scale: impl FnMut(&mut R) -> f64,
) -> Result<Value<f64>, DomainError> {
    let (means, many) = vectors(family, "location", means)?;
    let mut draws = Vec::with_capacity(means.len());
    for mu in means {
        same_size(family, "location", mu.len(), "the matrix", l.rows)?;
        check_all(family, "location", Check::Finite, mu)?;
        let z: Vec<f64> = mu.iter().map(|_| random::std_normal(rng)).collect();
        let s = scale(rng);
        let shift = linear::times_lower(l, &z);
        draws.push(Value::Vector(mu.iter().zip(shift).map(|(mu, x)| mu + s * x).collect()));
    }
    match (many, draws.pop()) {
        (false, Some(draw)) => Ok(draw),
        (_, last) => {
            draws.extend(last);
            Ok(Value::Array(draws))
        }
    }
}
