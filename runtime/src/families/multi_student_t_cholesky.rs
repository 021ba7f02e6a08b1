//! The multivariate Student t distribution by the Cholesky factor of its scale:
//! `log Gamma((nu + K)/2) - log Gamma(nu/2) - K log(nu pi)/2 - sum log(L_kk) - (nu + K)/2 log(1 + |L^-1 (y - mu)|^2 / nu)`.

use super::arguments::pairs;
use super::arguments::{check_all, count, number, same_size, square_matrix, vectors};
use super::linear;
use super::multi_normal_cholesky::draw;
use super::random;
use super::{
    Check, DomainError, Joint, Keep,
    bit::{A, C},
};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use crate::value::{Matrix, Value};
use rand::Rng;

pub struct MultiStudentTCholesky;

const NAME: &str = "multi_student_t_cholesky";

impl Joint for MultiStudentTCholesky {
    const DECLARATION: Declaration = Declaration {
        name: "multi_student_t_cholesky",
        kind: Kind::Continuous,
        signature: "vectors | real, vectors, matrix",
        rng: "real, vectors, matrix => vectors",
        cdf: Cumulative::None,
        summary: "A vector with heavy tails: degrees of freedom, location, Cholesky factor of the scale.",
        citation: "Kotz, Balakrishnan & Johnson, Continuous Multivariate Distributions, 2nd ed., 2000, ch. 46",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 4)?;
        let l = square_matrix(NAME, "Cholesky factor", &args[3])?;
        let factor = linear::values(l);
        linear::check_factor(NAME, "Cholesky factor", &factor)?;
        let mut sums = student_sums(NAME, args, keep, &factor)?;
        if keep.nothing() {
            return Ok(T::from(0.0));
        }
        if l.data.iter().any(|x| !x.is_constant()) {
            let n = sums.count as f64;
            for j in 0..factor.rows {
                for i in j..factor.rows {
                    let diagonal = if i == j { n / factor.at(i, i) } else { 0.0 };
                    sums.inputs.push((l.at(i, j), sums.outer.at(i, j) - diagonal));
                }
            }
        }
        Ok(T::compose(sums.value, &sums.inputs))
    }

    fn rng<R: Rng + ?Sized>(args: &[Value<f64>], rng: &mut R) -> Result<Value<f64>, DomainError> {
        count(NAME, args, 3)?;
        let l = square_matrix(NAME, "Cholesky factor", &args[2])?;
        linear::check_factor(NAME, "Cholesky factor", l)?;
        student_draw(NAME, &args[0], &args[1], l, rng)
    }
}

/// The log density of the multivariate t, summed over outcomes.
pub(super) struct StudentSums<T> {
    pub value: f64,
    /// `sum c w z'` with `z = L^-1 (y - mu)`, `w = L^-T z` and `c = (nu + K) / (nu + |z|^2)`.
    pub outer: Matrix<f64>,
    /// Outcomes, degrees of freedom and locations with their partials.
    pub inputs: Vec<(T, f64)>,
    pub count: usize,
}

pub(super) fn student_sums<T: Num>(
    family: &'static str,
    args: &[Value<T>],
    keep: Keep,
    l: &Matrix<f64>,
) -> Result<StudentSums<T>, DomainError> {
    let k = l.rows;
    let nu = number(family, "degrees of freedom", &args[1])?;
    let dof = nu.value();
    Check::Positive.test(family, "degrees of freedom", 0, dof)?;
    let (outcomes, _) = vectors(family, "outcome", &args[0])?;
    let (locations, _) = vectors(family, "location", &args[2])?;
    let all = pairs(family, ("outcome", &args[0], &outcomes), ("location", &args[2], &locations))?;
    let (n, size) = (all.len() as f64, k as f64);
    let normal = dof == f64::INFINITY;
    let mut sums = StudentSums { value: 0.0, outer: Matrix::filled(k, k, 0.0), inputs: Vec::new(), count: all.len() };
    let mut d_nu = 0.0;
    for (y, mu) in all {
        same_size(family, "outcome", y.len(), "the matrix", k)?;
        check_all(family, "outcome", Check::NotNan, y)?;
        check_all(family, "location", Check::Finite, mu)?;
        let mut z: Vec<f64> = y.iter().zip(mu).map(|(y, mu)| y.value() - mu.value()).collect();
        linear::solve_lower(l, &mut z);
        let q = linear::dot(&z, &z);
        let mut w = z.clone();
        linear::solve_lower_transposed(l, &mut w);
        let c = if normal { 1.0 } else { (dof + size) / (dof + q) };
        if normal {
            sums.value -= 0.5 * q;
        } else {
            let log = (q / dof).ln_1p();
            sums.value -= 0.5 * (dof + size) * log;
            d_nu += 0.5 * (c * q / dof - log);
        }
        linear::push_partials(&mut sums.inputs, y, w.iter().map(|w| -c * w));
        linear::push_partials(&mut sums.inputs, mu, w.iter().map(|w| c * w));
        linear::add_outer(&mut sums.outer, c, &w, &z);
    }
    if keep.term(A) && !normal {
        sums.value += n * (math::log_rising_factorial(0.5 * dof, 0.5 * size) - 0.5 * size * dof.ln());
        let difference = math::digamma(0.5 * (dof + size)) - math::digamma(0.5 * dof);
        d_nu += 0.5 * n * (difference - size / dof);
    }
    if keep.all {
        // The limit of the normal has its 2 pi here.
        sums.value -= n * size * if normal { math::HALF_LN_2PI } else { math::HALF_LN_PI };
    }
    if keep.term(C) {
        sums.value -= n * linear::log_diagonal(l);
    }
    linear::push_partials(&mut sums.inputs, &[nu], [if normal { 0.0 } else { d_nu }]);
    Ok(sums)
}

pub(super) fn student_draw<R: Rng + ?Sized>(
    family: &'static str,
    nu: &Value<f64>,
    location: &Value<f64>,
    l: &Matrix<f64>,
    rng: &mut R,
) -> Result<Value<f64>, DomainError> {
    let nu = number(family, "degrees of freedom", nu)?;
    Check::Positive.test(family, "degrees of freedom", 0, nu)?;
    draw(
        family,
        location,
        l,
        rng,
        |rng| {
            if nu == f64::INFINITY { 1.0 } else { (nu / random::chi_square(nu, rng)).sqrt() }
        },
    )
}
