//! Observations of a Gaussian dynamic linear model, by the Kalman filter:
//! `y_t ~ N(F' theta_t, V)`, `theta_t ~ N(G theta_{t-1}, W)`, `theta_0 ~ N(m0, C0)`.

use super::arguments::{check_all, count, matrix, numbers, same_size, square_matrix};
use super::linear;
use super::{Check, DomainError, Joint, Keep};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use crate::value::{Matrix, Value};

pub struct GaussianDlmObs;

const NAME: &str = "gaussian_dlm_obs";

impl Joint for GaussianDlmObs {
    const DECLARATION: Declaration = Declaration {
        name: "gaussian_dlm_obs",
        kind: Kind::Continuous,
        signature: "matrix | matrix, matrix, matrix or vector, matrix, vector, matrix",
        rng: "",
        cdf: Cumulative::None,
        summary: "Observations of a Gaussian dynamic linear model: design, transition, observation and system covariance, initial mean and covariance.",
        citation: "West & Harrison, Bayesian Forecasting and Dynamic Models, 2nd ed., 1997, ch. 4",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 7)?;
        let y = matrix(NAME, "outcome", &args[0])?;
        let f = matrix(NAME, "design", &args[1])?;
        let g = square_matrix(NAME, "transition", &args[2])?;
        let w = square_matrix(NAME, "system covariance", &args[4])?;
        let m0 = numbers(NAME, "initial mean", &args[5])?;
        let c0 = square_matrix(NAME, "initial covariance", &args[6])?;
        let v = match &args[3] {
            Value::Vector(diagonal) => {
                check_all(NAME, "observation variances", Check::NonNegativeFinite, diagonal)?;
                let zero = T::from(0.0);
                Matrix::from_fn(diagonal.len(), diagonal.len(), |i, j| if i == j { diagonal[i] } else { zero })
            }
            _ => square_matrix(NAME, "observation covariance", &args[3])?.clone(),
        };
        let (r, n) = (y.rows, g.rows);
        same_size(NAME, "the columns of the design", f.cols, "the rows of the outcome", r)?;
        same_size(NAME, "the rows of the design", f.rows, "the transition", n)?;
        same_size(NAME, "the observation covariance", v.rows, "the rows of the outcome", r)?;
        same_size(NAME, "the system covariance", w.rows, "the transition", n)?;
        same_size(NAME, "the initial mean", m0.len(), "the transition", n)?;
        same_size(NAME, "the initial covariance", c0.rows, "the transition", n)?;
        for (name, data) in [("outcome", &y.data), ("design", &f.data), ("transition", &g.data)] {
            check_all(NAME, name, Check::Finite, data)?;
        }
        check_all(NAME, "initial mean", Check::Finite, &m0)?;
        for (name, m) in [("observation covariance", &v), ("system covariance", w), ("initial covariance", c0)] {
            check_all(NAME, name, Check::Finite, &m.data)?;
            linear::check_symmetric(NAME, name, &linear::values(m))?;
        }
        linear::covariance_factor(NAME, "initial covariance", c0)?;
        let mut lp = T::from(if keep.all { -math::HALF_LN_2PI * (r * y.cols) as f64 } else { 0.0 });
        if keep.nothing() {
            return Ok(lp);
        }
        let (mut m, mut c) = (m0.to_vec(), c0.clone());
        let f_transposed = f.transpose();
        for t in 0..y.cols {
            let a = times_vector(g, &m);
            let spread = add(&times(&times(g, &c), &g.transpose()), w);
            let rf = times(&spread, f);
            let q = add(&times(&f_transposed, &rf), &v);
            linear::cholesky(NAME, "forecast covariance", &linear::values(&q))?;
            let l = factor(&q);
            let forecast = times_vector(&f_transposed, &a);
            // With e = y - f: z = L^-1 e, and U = L^-1 (R F)', so that A e = U' z and A Q A' = U' U.
            let mut z: Vec<T> = (0..r).map(|i| y.at(i, t) - forecast[i]).collect();
            solve(&l, &mut z);
            let mut u = rf.transpose();
            for column in u.data.chunks_exact_mut(r.max(1)) {
                solve(&l, column);
            }
            for (i, zi) in z.iter().enumerate() {
                lp -= l.at(i, i).ln() + T::from(0.5) * zi.square();
            }
            let ut = u.transpose();
            let gain = times_vector(&ut, &z);
            m = a.iter().zip(&gain).map(|(a, g)| *a + *g).collect();
            let shrink = times(&ut, &u);
            c = Matrix::from_fn(n, n, |i, j| spread.at(i, j) - shrink.at(i, j));
        }
        Ok(lp)
    }
}

fn times<T: Num>(a: &Matrix<T>, b: &Matrix<T>) -> Matrix<T> {
    Matrix::from_fn(a.rows, b.cols, |i, j| math::sum((0..a.cols).map(|k| a.at(i, k) * b.at(k, j))))
}

fn times_vector<T: Num>(a: &Matrix<T>, x: &[T]) -> Vec<T> {
    (0..a.rows).map(|i| math::sum(x.iter().enumerate().map(|(k, x)| a.at(i, k) * *x))).collect()
}

fn add<T: Num>(a: &Matrix<T>, b: &Matrix<T>) -> Matrix<T> {
    Matrix::from_fn(a.rows, a.cols, |i, j| a.at(i, j) + b.at(i, j))
}

/// The lower Cholesky factor of a matrix known to be positive definite.
fn factor<T: Num>(m: &Matrix<T>) -> Matrix<T> {
    let n = m.rows;
    let mut l = Matrix::filled(n, n, T::from(0.0));
    for j in 0..n {
        for i in j..n {
            let x = m.at(i, j) - math::sum((0..j).map(|k| l.at(i, k) * l.at(j, k)));
            l.set(i, j, if i == j { x.sqrt() } else { x / l.at(j, j) });
        }
    }
    l
}

/// `x := L^-1 x`
fn solve<T: Num>(l: &Matrix<T>, x: &mut [T]) {
    for i in 0..l.rows {
        let v = x[i] - math::sum((0..i).map(|k| l.at(i, k) * x[k]));
        x[i] = v / l.at(i, i);
    }
}
