use super::*;
use crate::kernels::{Linalg, OK, REJECT};
use std::ptr::null_mut;

/// Sizes below, at and above the block of 16 columns and the widths of vectors.
const SIZES: [usize; 8] = [1, 2, 3, 5, 8, 11, 19, 40];

fn each() -> impl Iterator<Item = Linalg> {
    each_table().map(|(_, k)| k.linalg)
}

fn random(seed: u64, len: usize) -> Vec<f64> {
    Stream(seed).vector(len, -1.0, 1.0)
}

/// `A B` with plain loops.
fn product(m: usize, n: usize, k: usize, a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut c = vec![0.0; m * n];
    for j in 0..n {
        for i in 0..m {
            c[i + j * m] = (0..k).map(|l| a[i + l * m] * b[l + j * k]).sum();
        }
    }
    c
}

fn transposed(m: usize, n: usize, a: &[f64]) -> Vec<f64> {
    (0..m * n).map(|at| a[at / n + at % n * m]).collect()
}

fn lower(n: usize, a: &[f64]) -> Vec<f64> {
    (0..n * n).map(|at| if at % n >= at / n { a[at] } else { 0.0 }).collect()
}

/// A well-conditioned symmetric positive definite matrix.
fn covariance(seed: u64, n: usize) -> Vec<f64> {
    let a = random(seed, n * n);
    let mut c = product(n, n, n, &a, &transposed(n, n, &a));
    (0..n).for_each(|i| c[i * n + i] += 1.0 + n as f64 * 0.2);
    c
}

/// A lower triangle with a strong diagonal; what stands above must not be read.
fn triangle(seed: u64, n: usize) -> Vec<f64> {
    let mut a = random(seed, n * n);
    (0..n * n).for_each(|at| a[at] /= n as f64);
    (0..n).for_each(|i| a[i * n + i] = 1.0 + a[i * n + i].abs());
    (0..n * n).filter(|at| at % n < at / n).for_each(|at| a[at] = f64::NAN);
    a
}

#[track_caller]
fn all_close(a: &[f64], b: &[f64], tolerance: f64, what: &str) {
    assert_eq!(a.len(), b.len());
    for i in 0..a.len() {
        close(a[i], b[i], tolerance, &format!("{what}[{i}]"));
    }
}

/// Compares the adjoints that `backward(inputs, output, d_output, adjoints)` adds with finite differences of `forward`. Every adjoint is also asked
/// for alone. Entries that `forward` must not read are NaN in the inputs, and their adjoints must stay.
fn check_backward(
    what: &str,
    inputs: &[Vec<f64>],
    forward: &dyn Fn(&[Vec<f64>]) -> Vec<f64>,
    backward: &dyn Fn(&[Vec<f64>], &[f64], &[f64], &[*mut f64]),
) {
    let y = forward(inputs);
    let dy = random(99, y.len());
    let start: Vec<Vec<f64>> = inputs.iter().map(|x| vec![0.5; x.len()]).collect();
    let mut together = start.clone();
    let pointers: Vec<*mut f64> = together.iter_mut().map(|d| d.as_mut_ptr()).collect();
    backward(inputs, &y, &dy, &pointers);
    for k in 0..inputs.len() {
        let mut alone = start[k].clone();
        let pointers: Vec<*mut f64> =
            (0..inputs.len()).map(|j| if j == k { alone.as_mut_ptr() } else { null_mut() }).collect();
        if inputs.len() > 1 {
            backward(inputs, &y, &dy, &pointers);
            assert_eq!(alone, together[k], "{what}: adjoint {k} alone");
        }
        for i in (0..inputs[k].len()).step_by(1 + inputs[k].len() / 40) {
            if inputs[k][i].is_nan() {
                assert_eq!(together[k][i], 0.5, "{what}: adjoint of an entry that is not read");
                continue;
            }
            let at = |h: f64| {
                let mut moved = inputs.to_vec();
                moved[k][i] += h;
                forward(&moved).iter().zip(&dy).map(|(y, d)| y * d).sum::<f64>()
            };
            close(together[k][i], 0.5 + slope(at, 1e-3), 1e-7, &format!("{what}: d{k}[{i}]"));
        }
    }
}

#[test]
fn products() {
    for f in each() {
        for (m, n, k) in
            [(1, 1, 1), (2, 3, 4), (1, 7, 5), (9, 1, 13), (11, 11, 11), (33, 6, 17), (40, 1, 5), (5, 9, 1), (3, 2, 0)]
        {
            let inputs = [random(1, m * k), random(2, k * n)];
            let forward = |x: &[Vec<f64>]| {
                let mut c = vec![7.0; m * n];
                unsafe { (f.multiply)(m, n, k, x[0].as_ptr(), x[1].as_ptr(), c.as_mut_ptr()) };
                c
            };
            all_close(&forward(&inputs), &product(m, n, k, &inputs[0], &inputs[1]), 1e-14, "multiply");
            check_backward("multiply", &inputs, &forward, &|x, _, dc, d| unsafe {
                (f.multiply_backward)(m, n, k, x[0].as_ptr(), x[1].as_ptr(), dc.as_ptr(), d[0], d[1])
            });
            if n == 1 {
                let mut y = vec![0.0; m];
                unsafe { (f.gemv)(m, k, inputs[0].as_ptr(), inputs[1].as_ptr(), y.as_mut_ptr()) };
                all_close(&y, &forward(&inputs), 1e-15, "gemv");
                let mut x = vec![0.0; k];
                unsafe { (f.gemv_t)(m, k, inputs[0].as_ptr(), y.as_ptr(), x.as_mut_ptr()) };
                all_close(&x, &product(k, 1, m, &transposed(m, k, &inputs[0]), &y), 1e-14, "gemv_t");
                let mut a = inputs[0].clone();
                unsafe { (f.ger)(m, k, 2.0, y.as_ptr(), x.as_ptr(), a.as_mut_ptr()) };
                let expected: Vec<f64> = (0..m * k).map(|at| inputs[0][at] + 2.0 * y[at % m] * x[at / m]).collect();
                all_close(&a, &expected, 1e-14, "ger");
            }
        }
    }
}

#[test]
fn crossproducts_and_transposes() {
    for f in each() {
        for (m, k) in [(1, 1), (3, 5), (11, 4), (18, 9)] {
            let inputs = [random(3, m * k)];
            let t = transposed(m, k, &inputs[0]);
            let run = |kernel: unsafe extern "C" fn(usize, usize, *const f64, *mut f64), x: &[Vec<f64>], len: usize| {
                let mut c = vec![7.0; len];
                unsafe { kernel(m, k, x[0].as_ptr(), c.as_mut_ptr()) };
                c
            };
            all_close(&run(f.transpose, &inputs, m * k), &t, 0.0, "transpose");
            all_close(&run(f.tcrossprod, &inputs, m * m), &product(m, m, k, &inputs[0], &t), 1e-14, "tcrossprod");
            all_close(&run(f.crossprod, &inputs, k * k), &product(k, k, m, &t, &inputs[0]), 1e-14, "crossprod");
            check_backward("transpose", &inputs, &|x| run(f.transpose, x, m * k), &|_, _, dc, d| unsafe {
                (f.transpose_backward)(m, k, dc.as_ptr(), d[0])
            });
            check_backward("tcrossprod", &inputs, &|x| run(f.tcrossprod, x, m * m), &|x, _, dc, d| unsafe {
                (f.tcrossprod_backward)(m, k, x[0].as_ptr(), dc.as_ptr(), d[0])
            });
            check_backward("crossprod", &inputs, &|x| run(f.crossprod, x, k * k), &|x, _, dc, d| unsafe {
                (f.crossprod_backward)(m, k, x[0].as_ptr(), dc.as_ptr(), d[0])
            });
        }
        for n in SIZES {
            let inputs = [triangle(4, n)];
            let forward = |x: &[Vec<f64>]| {
                let mut c = vec![0.0; n * n];
                unsafe { (f.multiply_lower_tri_self_transpose)(n, x[0].as_ptr(), c.as_mut_ptr()) };
                c
            };
            let l = lower(n, &inputs[0]);
            all_close(&forward(&inputs), &product(n, n, n, &l, &transposed(n, n, &l)), 1e-14, "L L'");
            check_backward("L L'", &inputs, &forward, &|x, _, dc, d| unsafe {
                (f.multiply_lower_tri_self_transpose_backward)(n, x[0].as_ptr(), dc.as_ptr(), d[0])
            });
        }
    }
}

#[test]
fn diagonal_and_quadratic_forms() {
    for f in each() {
        for (m, n) in [(1, 1), (3, 5), (11, 4), (19, 19)] {
            let (v, w, a) = (random(1, m), random(2, n), random(3, m * n));
            let pre = |x: &[Vec<f64>]| {
                let mut c = vec![0.0; m * n];
                unsafe { (f.diag_pre_multiply)(m, n, x[0].as_ptr(), x[1].as_ptr(), c.as_mut_ptr()) };
                c
            };
            let post = |x: &[Vec<f64>]| {
                let mut c = vec![0.0; m * n];
                unsafe { (f.diag_post_multiply)(m, n, x[0].as_ptr(), x[1].as_ptr(), c.as_mut_ptr()) };
                c
            };
            let (left, right) = ([v.clone(), a.clone()], [a.clone(), w.clone()]);
            let scaled: Vec<f64> = (0..m * n).map(|at| v[at % m] * a[at]).collect();
            all_close(&pre(&left), &scaled, 0.0, "diag_pre_multiply");
            let scaled: Vec<f64> = (0..m * n).map(|at| w[at / m] * a[at]).collect();
            all_close(&post(&right), &scaled, 0.0, "diag_post_multiply");
            check_backward("diag_pre_multiply", &left, &pre, &|x, _, dc, d| unsafe {
                (f.diag_pre_multiply_backward)(m, n, x[0].as_ptr(), x[1].as_ptr(), dc.as_ptr(), d[0], d[1])
            });
            check_backward("diag_post_multiply", &right, &post, &|x, _, dc, d| unsafe {
                (f.diag_post_multiply_backward)(m, n, x[0].as_ptr(), x[1].as_ptr(), dc.as_ptr(), d[0], d[1])
            });
            let forms = [random(5, m * m), a.clone()];
            let quad = |x: &[Vec<f64>]| {
                let mut c = vec![0.0; n * n];
                unsafe { (f.quad_form)(m, n, x[0].as_ptr(), x[1].as_ptr(), c.as_mut_ptr()) };
                c
            };
            let inner = product(m, n, m, &forms[0], &forms[1]);
            all_close(&quad(&forms), &product(n, n, m, &transposed(m, n, &forms[1]), &inner), 1e-13, "quad_form");
            check_backward("quad_form", &forms, &quad, &|x, _, dc, d| unsafe {
                (f.quad_form_backward)(m, n, x[0].as_ptr(), x[1].as_ptr(), dc.as_ptr(), d[0], d[1])
            });
            let forms = [random(5, m * m), v.clone()];
            let diagonal = |x: &[Vec<f64>]| {
                let mut c = vec![0.0; m * m];
                unsafe { (f.quad_form_diag)(m, x[0].as_ptr(), x[1].as_ptr(), c.as_mut_ptr()) };
                c
            };
            let expected: Vec<f64> = (0..m * m).map(|at| v[at % m] * v[at / m] * forms[0][at]).collect();
            all_close(&diagonal(&forms), &expected, 1e-15, "quad_form_diag");
            check_backward("quad_form_diag", &forms, &diagonal, &|x, _, dc, d| unsafe {
                (f.quad_form_diag_backward)(m, x[0].as_ptr(), x[1].as_ptr(), dc.as_ptr(), d[0], d[1])
            });
        }
    }
}

#[test]
fn cholesky_factors() {
    for f in each() {
        for n in SIZES {
            let a = covariance(n as u64, n);
            let mut l = vec![7.0; n * n];
            assert_eq!(unsafe { (f.cholesky)(n, a.as_ptr(), l.as_mut_ptr()) }, OK);
            assert_eq!(l, lower(n, &l));
            all_close(&product(n, n, n, &l, &transposed(n, n, &l)), &a, 1e-13, "cholesky");
            // Differences move both entries of a pair; the adjoint stands in the lower one.
            let dl = random(8, n * n);
            let mut da = vec![0.5; n * n];
            unsafe { (f.cholesky_backward)(n, l.as_ptr(), dl.as_ptr(), da.as_mut_ptr()) };
            for (i, j) in (0..n).flat_map(|j| (0..n).map(move |i| (i, j))).step_by(1 + n * n / 50) {
                if i < j {
                    assert_eq!(da[i + j * n], 0.5);
                    continue;
                }
                let at = |h: f64| {
                    let mut moved = a.clone();
                    moved[i + j * n] += h;
                    if i != j {
                        moved[j + i * n] += h;
                    }
                    let mut l = vec![0.0; n * n];
                    unsafe { (f.cholesky)(n, moved.as_ptr(), l.as_mut_ptr()) };
                    l.iter().zip(&dl).map(|(l, d)| l * d).sum::<f64>()
                };
                close(da[i + j * n], 0.5 + slope(at, 1e-3), 1e-7, "cholesky backward");
            }
            // Not positive definite, not symmetric, NaN
            for (i, j, v) in
                [(n - 1, n - 1, -1.0), (0, 0, 0.0), (0, n - 1, f64::NAN), (n - 1, 0, a[(n - 1) * n] + 1e-6)]
            {
                let mut bad = a.clone();
                bad[i + j * n] = v;
                if n > 1 || i == j && v <= 0.0 {
                    assert_eq!(unsafe { (f.cholesky)(n, bad.as_ptr(), l.as_mut_ptr()) }, REJECT, "{n} {i} {j} {v}");
                }
            }
        }
    }
}

#[test]
fn triangular_solves() {
    for f in each() {
        for n in SIZES {
            for m in [1, 4, 7, 18] {
                let inputs = [triangle(2, n), random(3, n * m)];
                let l = lower(n, &inputs[0]);
                let left = |x: &[Vec<f64>]| {
                    let mut y = vec![0.0; n * m];
                    unsafe { (f.mdivide_left_tri_low)(n, m, x[0].as_ptr(), x[1].as_ptr(), y.as_mut_ptr()) };
                    y
                };
                let right = |x: &[Vec<f64>]| {
                    let mut y = vec![0.0; n * m];
                    unsafe { (f.mdivide_right_tri_low)(m, n, x[1].as_ptr(), x[0].as_ptr(), y.as_mut_ptr()) };
                    y
                };
                all_close(&product(n, m, n, &l, &left(&inputs)), &inputs[1], 1e-13, "left");
                all_close(&product(m, n, n, &right(&inputs), &l), &inputs[1], 1e-13, "right");
                check_backward("left", &inputs, &left, &|x, y, dy, d| unsafe {
                    (f.mdivide_left_tri_low_backward)(n, m, x[0].as_ptr(), y.as_ptr(), dy.as_ptr(), d[0], d[1])
                });
                check_backward("right", &inputs, &right, &|x, y, dy, d| unsafe {
                    (f.mdivide_right_tri_low_backward)(m, n, x[0].as_ptr(), y.as_ptr(), dy.as_ptr(), d[1], d[0])
                });
            }
        }
    }
}

#[test]
fn general_solves() {
    for f in each() {
        for n in [1, 2, 3, 5, 11, 19] {
            for m in [1, 4] {
                let mut a = random(2, n * n);
                // The first pivot must be exchanged.
                (0..n).for_each(|i| a[(n - 1 - i) * n + i] += 3.0);
                let inputs = [a.clone(), random(3, n * m)];
                let left = |x: &[Vec<f64>]| {
                    let mut y = vec![0.0; n * m];
                    unsafe { assert_eq!((f.mdivide_left)(n, m, x[0].as_ptr(), x[1].as_ptr(), y.as_mut_ptr()), OK) };
                    y
                };
                let right = |x: &[Vec<f64>]| {
                    let mut y = vec![0.0; n * m];
                    unsafe { assert_eq!((f.mdivide_right)(m, n, x[1].as_ptr(), x[0].as_ptr(), y.as_mut_ptr()), OK) };
                    y
                };
                all_close(&product(n, m, n, &a, &left(&inputs)), &inputs[1], 1e-12, "mdivide_left");
                all_close(&product(m, n, n, &right(&inputs), &a), &inputs[1], 1e-12, "mdivide_right");
                check_backward("mdivide_left", &inputs, &left, &|x, y, dy, d| unsafe {
                    (f.mdivide_left_backward)(n, m, x[0].as_ptr(), y.as_ptr(), dy.as_ptr(), d[0], d[1])
                });
                check_backward("mdivide_right", &inputs, &right, &|x, y, dy, d| unsafe {
                    (f.mdivide_right_backward)(m, n, x[0].as_ptr(), y.as_ptr(), dy.as_ptr(), d[1], d[0])
                });
                let spd = covariance(5, n);
                let mut x = vec![0.0; n * m];
                let b = &inputs[1];
                unsafe { assert_eq!((f.mdivide_left_spd)(n, m, spd.as_ptr(), b.as_ptr(), x.as_mut_ptr()), OK) };
                all_close(&product(n, m, n, &spd, &x), b, 1e-12, "mdivide_left_spd");
            }
        }
    }
}

#[test]
fn inverses_and_determinants() {
    for f in each() {
        for n in [1, 2, 3, 5, 11, 19] {
            let mut a = random(2, n * n);
            (0..n).for_each(|i| a[(n - 1 - i) * n + i] += 3.0);
            let spd = covariance(5, n);
            let mut unit = vec![0.0; n * n];
            (0..n).for_each(|i| unit[i * n + i] = 1.0);
            let forward = |x: &[Vec<f64>]| {
                let mut y = vec![0.0; n * n];
                unsafe { assert_eq!((f.inverse)(n, x[0].as_ptr(), y.as_mut_ptr()), OK) };
                y
            };
            let inputs = [a.clone()];
            all_close(&product(n, n, n, &a, &forward(&inputs)), &unit, 1e-12, "inverse");
            check_backward("inverse", &inputs, &forward, &|_, y, dy, d| unsafe {
                (f.inverse_backward)(n, y.as_ptr(), dy.as_ptr(), d[0])
            });
            let mut y = vec![0.0; n * n];
            unsafe { assert_eq!((f.inverse_spd)(n, spd.as_ptr(), y.as_mut_ptr()), OK) };
            all_close(&product(n, n, n, &spd, &y), &unit, 1e-12, "inverse_spd");
            // Negative determinants too
            let log = |x: &[Vec<f64>]| vec![unsafe { (f.log_determinant)(n, x[0].as_ptr()) }];
            check_backward("log_determinant", &inputs, &log, &|x, _, dy, d| unsafe {
                (f.log_determinant_backward)(n, x[0].as_ptr(), dy[0], d[0])
            });
            let mut value = 0.0;
            unsafe { assert_eq!((f.log_determinant_spd)(n, spd.as_ptr(), &mut value), OK) };
            close(value, log(&[spd.clone()])[0], 1e-13, "log_determinant_spd");
        }
        let a = [1.0, 3.0, 2.0, -4.0];
        close(unsafe { (f.log_determinant)(2, a.as_ptr()) }, 10f64.ln(), 1e-15, "log_determinant");
        let singular = [1.0, 2.0, 2.0, 4.0];
        let mut y = [0.0; 4];
        unsafe {
            assert_eq!((f.log_determinant)(2, singular.as_ptr()), f64::NEG_INFINITY);
            assert_eq!((f.inverse)(2, singular.as_ptr(), y.as_mut_ptr()), REJECT);
            assert_eq!((f.inverse_spd)(2, singular.as_ptr(), y.as_mut_ptr()), REJECT);
            assert_eq!((f.log_determinant_spd)(2, [1.0, 0.0, 0.0, -1.0].as_ptr(), y.as_mut_ptr()), REJECT);
        }
    }
}

#[test]
fn squared_exponential_covariances() {
    for f in each() {
        for (n, m, d) in [(1, 1, 1), (5, 3, 1), (11, 9, 1), (7, 4, 2), (10, 11, 3)] {
            let inputs = [random(1, n * d), random(2, m * d), vec![1.3], vec![0.7]];
            let plain = |x: &[f64], y: &[f64], i: usize, j: usize, alpha: f64, rho: f64| {
                let r2: f64 = (0..d).map(|k| (x[i * d + k] - y[j * d + k]).powi(2)).sum();
                alpha * alpha * (-0.5 * r2 / (rho * rho)).exp()
            };
            let cross = |x: &[Vec<f64>]| {
                let mut k = vec![0.0; n * m];
                let (alpha, rho) = (x[2][0], x[3][0]);
                unsafe {
                    let out = k.as_mut_ptr();
                    assert_eq!((f.gp_exp_quad_cross)(n, m, d, x[0].as_ptr(), x[1].as_ptr(), alpha, rho, out), OK)
                };
                k
            };
            let expected: Vec<f64> =
                (0..n * m).map(|at| plain(&inputs[0], &inputs[1], at % n, at / n, 1.3, 0.7)).collect();
            all_close(&cross(&inputs), &expected, 1e-14, "cross covariance");
            check_backward("cross covariance", &inputs, &cross, &|x, k, dk, a| unsafe {
                let (alpha, rho) = (x[2][0], x[3][0]);
                let (px, py, k, dk) = (x[0].as_ptr(), x[1].as_ptr(), k.as_ptr(), dk.as_ptr());
                (f.gp_exp_quad_cross_backward)(n, m, d, px, py, alpha, rho, k, dk, a[0], a[1], a[2], a[3])
            });
            let inputs = [inputs[0].clone(), vec![1.3], vec![0.7]];
            let auto = |x: &[Vec<f64>]| {
                let mut k = vec![0.0; n * n];
                unsafe { assert_eq!((f.gp_exp_quad_cov)(n, d, x[0].as_ptr(), x[1][0], x[2][0], k.as_mut_ptr()), OK) };
                k
            };
            let expected: Vec<f64> =
                (0..n * n).map(|at| plain(&inputs[0], &inputs[0], at % n, at / n, 1.3, 0.7)).collect();
            all_close(&auto(&inputs), &expected, 1e-14, "covariance");
            check_backward("covariance", &inputs, &auto, &|x, k, dk, a| unsafe {
                let (px, k, dk) = (x[0].as_ptr(), k.as_ptr(), dk.as_ptr());
                (f.gp_exp_quad_cov_backward)(n, d, px, x[1][0], x[2][0], k, dk, a[0], a[1], a[2])
            });
        }
        let mut k = [0.0; 4];
        for (x, alpha, rho) in [(0.0, 0.0, 1.0), (0.0, 1.0, -1.0), (f64::NAN, 1.0, 1.0)] {
            let status = unsafe { (f.gp_exp_quad_cov)(2, 1, [x, 1.0].as_ptr(), alpha, rho, k.as_mut_ptr()) };
            assert_eq!(status, REJECT);
        }
    }
}
