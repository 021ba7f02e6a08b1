//! Round trips, and Jacobians against determinants of forward-mode derivatives.

use super::*;
use crate::num::Dual;

const X: [f64; 6] = [0.3, -1.2, 0.8, 0.05, -0.4, 1.7];

/// log |det| by Gaussian elimination with pivoting.
fn log_abs_det(mut m: Vec<Vec<f64>>) -> f64 {
    let n = m.len();
    let mut log = 0.0;
    for c in 0..n {
        let pivot = (c..n).max_by(|&a, &b| m[a][c].abs().total_cmp(&m[b][c].abs())).unwrap();
        m.swap(c, pivot);
        log += m[c][c].abs().ln();
        for r in c + 1..n {
            let f = m[r][c] / m[c][c];
            let (above, below) = m.split_at_mut(r);
            below[0][c..].iter_mut().zip(&above[c][c..]).for_each(|(x, y)| *x -= f * y);
        }
    }
    log
}

/// Checks the log Jacobian that `constrain` adds against the derivatives of the entries `keep` of its result.
fn check_jacobian<const N: usize>(keep: &[usize], constrain: impl Fn(&[Dual<N>], &mut Dual<N>) -> Vec<Dual<N>>) {
    let x: Vec<Dual<N>> = (0..N).map(|k| Dual::input(X[k], k)).collect();
    let mut log_jacobian = Dual::from(0.0);
    let y = constrain(&x, &mut log_jacobian);
    let expected = log_abs_det(keep.iter().map(|&i| y[i].d.to_vec()).collect());
    assert!((log_jacobian.value - expected).abs() < 1e-10, "{} against {expected}", log_jacobian.value);
}

fn check_round_trip(free: Result<Vec<f64>, Violation>, n: usize) {
    let free = free.unwrap();
    assert_eq!(free.len(), n);
    for (a, b) in free.iter().zip(&X) {
        assert!((a - b).abs() < 1e-12, "{a} against {b}");
    }
}

#[test]
fn scalars() {
    check_jacobian::<1>(&[0], |x, lj| vec![lower::constrain(x[0], 2.0.into(), lj)]);
    check_jacobian::<1>(&[0], |x, lj| vec![upper::constrain(x[0], 2.0.into(), lj)]);
    check_jacobian::<1>(&[0], |x, lj| vec![lower_upper::constrain(x[0], (-2.0).into(), 3.0.into(), lj).unwrap()]);
    check_jacobian::<1>(&[0], |x, lj| vec![offset_multiplier::constrain(x[0], (-2.0).into(), 3.0.into(), lj).unwrap()]);
    let mut lj = 0.0;
    for x in X {
        assert!((lower::free(lower::constrain(x, 2.0, &mut lj), 2.0).unwrap() - x).abs() < 1e-14);
        assert!((upper::free(upper::constrain(x, 2.0, &mut lj), 2.0).unwrap() - x).abs() < 1e-14);
        let y = lower_upper::constrain(x, -2.0, 3.0, &mut lj).unwrap();
        assert!((lower_upper::free(y, -2.0, 3.0).unwrap() - x).abs() < 1e-14);
        let y = offset_multiplier::constrain(x, -2.0, 3.0, &mut lj).unwrap();
        assert!((offset_multiplier::free(y, -2.0, 3.0).unwrap() - x).abs() < 1e-14);
    }
}

#[test]
fn infinite_bounds_collapse() {
    let inf = f64::INFINITY;
    let mut lj = 0.0;
    assert_eq!(lower::constrain(0.7, -inf, &mut lj), 0.7);
    assert_eq!(upper::constrain(0.7, inf, &mut lj), 0.7);
    assert_eq!(lower_upper::constrain(0.7, -inf, inf, &mut lj), Ok(0.7));
    assert_eq!(lj, 0.0);
    assert_eq!(lower_upper::constrain(0.7, 1.0, inf, &mut lj), Ok(0.7f64.exp() + 1.0));
    assert_eq!(lj, 0.7);
    assert!(lower_upper::constrain(0.7, 1.0, 1.0, &mut lj).is_err());
    assert!(offset_multiplier::constrain(0.7, 1.0, 0.0, &mut lj).is_err());
}

#[test]
fn far_tails_stay_finite() {
    let mut lj = 0.0;
    assert_eq!(lower_upper::constrain(-800.0, 0.0, 1.0, &mut lj), Ok((-800f64).exp()));
    assert_eq!(lj, -800.0);
    lj = 0.0;
    assert_eq!(lower_upper::constrain(800.0, 0.0, 1.0, &mut lj), Ok(1.0));
    assert_eq!(lj, -800.0);
}

#[test]
fn vectors() {
    let mut lj = 0.0;
    check_jacobian::<4>(&[0, 1, 2, 3], ordered::constrain);
    check_round_trip(ordered::free(&ordered::constrain(&X[..4], &mut lj)), 4);
    check_jacobian::<4>(&[0, 1, 2, 3], positive_ordered::constrain);
    check_round_trip(positive_ordered::free(&positive_ordered::constrain(&X[..4], &mut lj)), 4);
    check_jacobian::<4>(&[0, 1, 2, 3], simplex::constrain);
    check_round_trip(simplex::free(&simplex::constrain(&X[..4], &mut lj)), 4);
    // At the origin all elements are equal.
    for p in simplex::constrain(&[0.0; 4], &mut lj) {
        assert!((p - 0.2).abs() < 1e-15);
    }
    let y = sum_to_zero::constrain(&X);
    assert!(y.iter().sum::<f64>().abs() < 1e-14);
    let norm = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>();
    assert!((norm(&y) - norm(&X)).abs() < 1e-13, "not isometric");
    check_round_trip(sum_to_zero::free(&y), 6);
    lj = 0.0;
    let y = unit_vector::constrain(&X[..3], &mut lj).unwrap();
    assert!(unit_vector::check(&y).is_ok());
    assert!((lj + 0.5 * norm(&X[..3])).abs() < 1e-15);
    assert!(unit_vector::constrain(&[0.0, 0.0], &mut lj).is_err());
}

#[test]
fn matrices() {
    let mut lj = 0.0;
    // Column-major 3 x 3: below the diagonal 1, 2, 5; with the diagonal 0, 1, 2, 4, 5, 8. 4 x 4: 1, 2, 3, 6, 7, 11.
    check_jacobian::<3>(&[1, 2, 5], |x, lj| corr_matrix::constrain(x, 3, lj).data);
    check_jacobian::<6>(&[1, 2, 3, 6, 7, 11], |x, lj| corr_matrix::constrain(x, 4, lj).data);
    check_round_trip(corr_matrix::free(&corr_matrix::constrain(&X, 4, &mut lj)), 6);
    check_jacobian::<3>(&[1, 2, 5], |x, lj| cholesky_factor_corr::constrain(x, 3, lj).data);
    check_jacobian::<6>(&[1, 2, 3, 6, 7, 11], |x, lj| cholesky_factor_corr::constrain(x, 4, lj).data);
    check_round_trip(cholesky_factor_corr::free(&cholesky_factor_corr::constrain(&X, 4, &mut lj)), 6);
    check_jacobian::<6>(&[0, 1, 2, 4, 5, 8], |x, lj| cov_matrix::constrain(x, 3, lj).data);
    check_round_trip(cov_matrix::free(&cov_matrix::constrain(&X, 3, &mut lj)), 6);
    check_jacobian::<6>(&[0, 1, 2, 4, 5, 8], |x, lj| cholesky_factor_cov::constrain(x, 3, 3, lj).data);
    check_round_trip(cholesky_factor_cov::free(&cholesky_factor_cov::constrain(&X, 3, 3, &mut lj)), 6);
    check_jacobian::<5>(&[0, 1, 2, 4, 5], |x, lj| cholesky_factor_cov::constrain(x, 3, 2, lj).data);
    assert_eq!(cholesky_factor_cov::free_size(3, 2), 5);
    // 3 x 3 with rows or columns as simplexes.
    check_jacobian::<6>(&[0, 1, 3, 4, 6, 7], |x, lj| stochastic::constrain_columns(x, 3, 3, lj).data);
    check_jacobian::<6>(&[0, 1, 2, 3, 4, 5], |x, lj| stochastic::constrain_rows(x, 3, 3, lj).data);
    check_round_trip(stochastic::free_columns(&stochastic::constrain_columns(&X, 3, 3, &mut lj)), 6);
    check_round_trip(stochastic::free_rows(&stochastic::constrain_rows(&X, 3, 3, &mut lj)), 6);
    let zero = sum_to_zero::constrain_matrix(&X, 3, 4);
    assert!(sum_to_zero::check_matrix(&zero).is_ok());
    check_round_trip(sum_to_zero::free_matrix(&zero), 6);
}

/// The one recursion over both dimensions that Stan's manual gives for matrices.
#[test]
fn sum_to_zero_matrix_is_the_manuals() {
    let (n, m) = (3, 2);
    let mut z = Matrix::filled(n + 1, m + 1, 0.0);
    let mut beta = vec![0.0; n];
    let a = |i: usize| 1.0 / ((i as f64 + 1.0) * (i as f64 + 2.0)).sqrt();
    for j in (0..m).rev() {
        let mut later = 0.0;
        for i in (0..n).rev() {
            let x = X[j * n + i];
            let along_rows = (i as f64 + 1.0) * a(i) * x - later;
            let entry = (j as f64 + 1.0) * a(j) * along_rows - beta[i];
            beta[i] += a(j) * along_rows;
            later += a(i) * x;
            z.set(i, j, entry);
            z.set(n, j, z.at(n, j) - entry);
            z.set(i, m, z.at(i, m) - entry);
        }
        z.set(n, m, z.at(n, m) - z.at(n, j));
    }
    let y = sum_to_zero::constrain_matrix(&X, n + 1, m + 1);
    for (a, b) in y.data.iter().zip(&z.data) {
        assert!((a - b).abs() < 1e-14, "{y:?} against {z:?}");
    }
}

#[test]
fn checks_say_what_was_found() {
    let message = |r: Check| r.unwrap_err().0;
    assert_eq!(message(lower::check(-1.0, 0.0)), "expected at least 0, found -1");
    assert_eq!(message(upper::check(f64::NAN, 0.0)), "expected at most 0, found NaN");
    assert_eq!(message(simplex::check(&[0.5, 0.6])), "expected a simplex: the sum is 1.1, not 1");
    assert!(simplex::check(&[0.5, 0.5 + 1e-9]).is_ok());
    assert!(simplex::check(&[-0.5, 1.5]).is_err());
    assert!(ordered::check(&[1.0, 1.0]).is_err());
    assert!(positive_ordered::check(&[-1.0, 1.0]).is_err());
    let m = |rows: [[f64; 2]; 2]| Matrix::from_fn(2, 2, |i, j| rows[i][j]);
    assert!(corr_matrix::check(&m([[1.0, 0.5], [0.5, 1.0]])).is_ok());
    assert!(corr_matrix::check(&m([[1.0, 2.0], [2.0, 1.0]])).is_err());
    assert!(corr_matrix::check(&m([[1.0, 0.5], [0.4, 1.0]])).is_err());
    assert!(cov_matrix::check(&m([[4.0, 0.5], [0.5, 1.0]])).is_ok());
    assert!(cov_matrix::check(&m([[f64::NAN, 0.5], [0.5, 1.0]])).is_err());
    assert!(cholesky_factor_cov::check(&m([[1.0, 0.5], [0.5, 1.0]])).is_err());
    assert!(cholesky_factor_corr::check(&m([[1.0, 0.0], [0.6, 0.8]])).is_ok());
    assert!(cholesky_factor_corr::check(&m([[1.0, 0.0], [0.6, 0.7]])).is_err());
}
