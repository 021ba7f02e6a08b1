//! Moments of draws, and triangular factors.

use faer::{Mat, Side};

/// Mean and spread of weighted rows.
pub(crate) struct Moments {
    pub mean: Vec<f64>,
    /// Weighted mean of `(x - mean) (x - mean)'`.
    pub second_moment: Mat<f64>,
    /// What turns the second moment into an unbiased covariance: `1 / (1 - sum w^2)`.
    correction: f64,
}

impl Moments {
    /// Of the rows of `points`; `weights` sum to 1.
    pub fn of(points: &Mat<f64>, weights: &[f64]) -> Moments {
        let (count, dim) = (points.nrows(), points.ncols());
        let mean: Vec<f64> = (0..dim).map(|j| points.col(j).iter().zip(weights).map(|(x, w)| x * w).sum()).collect();
        let centred = Mat::from_fn(count, dim, |s, j| points[(s, j)] - mean[j]);
        let weighted = Mat::from_fn(count, dim, |s, j| centred[(s, j)] * weights[s]);
        let second_moment = centred.transpose() * weighted;
        Moments { mean, second_moment, correction: 1.0 / (1.0 - weights.iter().map(|w| w * w).sum::<f64>()) }
    }

    /// Unbiased for independent draws, as R's `cov.wt`.
    pub fn covariance(&self) -> Mat<f64> {
        let dim = self.mean.len();
        Mat::from_fn(dim, dim, |i, j| self.second_moment[(i, j)] * self.correction)
    }

    /// The lower factor of the covariance; `None` where that is not positive definite.
    pub fn cholesky(&self) -> Option<Mat<f64>> {
        cholesky(&self.covariance())
    }
}

/// The lower Cholesky factor, zeros above; `None` where `a` is not positive definite.
pub(crate) fn cholesky(a: &Mat<f64>) -> Option<Mat<f64>> {
    let factor = a.llt(Side::Lower).ok()?.L().to_owned();
    (0..factor.nrows()).all(|i| factor[(i, i)].is_finite() && factor[(i, i)] > 0.0).then_some(factor)
}

/// Inverse of a lower triangular matrix.
pub(crate) fn lower_inverse(l: &Mat<f64>) -> Mat<f64> {
    let n = l.nrows();
    let mut inverse = Mat::zeros(n, n);
    for j in 0..n {
        inverse[(j, j)] = 1.0 / l[(j, j)];
        for i in j + 1..n {
            let sum: f64 = (j..i).map(|k| l[(i, k)] * inverse[(k, j)]).sum();
            inverse[(i, j)] = -sum / l[(i, i)];
        }
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_factors() {
        let points = Mat::from_fn(4, 2, |s, j| [[1.0, 2.0], [3.0, 1.0], [0.0, -1.0], [2.0, 5.0]][s][j]);
        let m = Moments::of(&points, &[0.25; 4]);
        // numpy.cov([[1, 3, 0, 2], [2, 1, -1, 5]])
        let c = m.covariance();
        for (value, expected) in [(c[(0, 0)], 5.0 / 3.0), (c[(0, 1)], 1.5), (c[(1, 1)], 6.25)] {
            assert!((value - expected).abs() < 1e-12, "{value} {expected}");
        }
        let l = m.cholesky().unwrap();
        let identity = lower_inverse(&l) * &l;
        for i in 0..2 {
            for j in 0..2 {
                assert!((identity[(i, j)] - f64::from(u8::from(i == j))).abs() < 1e-12);
                assert!(((&l * l.transpose())[(i, j)] - c[(i, j)]).abs() < 1e-12);
            }
        }
        assert!(
            cholesky(&Mat::from_fn(2, 2, |_, _| 1.0)).is_none() || cholesky(&Mat::from_fn(1, 1, |_, _| -1.0)).is_none()
        );
    }
}
