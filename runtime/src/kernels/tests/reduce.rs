use super::*;
use crate::kernels::{OK, OUT_OF_RANGE};

type Forward = unsafe extern "C" fn(usize, *const f64) -> f64;
type Backward = unsafe extern "C" fn(usize, *const f64, f64, f64, *mut f64);

/// Compares a reduction with plain code, and its backward with finite differences of the plain code.
fn check(name: &str, forward: Forward, backward: Option<Backward>, plain: fn(&[f64]) -> f64, least: usize) {
    for n in LENGTHS.into_iter().filter(|&n| n >= least) {
        let x = Stream(n as u64 + 9).vector(n, 0.6, 1.4);
        let y = unsafe { forward(n, x.as_ptr()) };
        close(y, plain(&x), 1e-12, name);
        let Some(backward) = backward else { continue };
        let mut dx = vec![0.5; n + 8];
        unsafe { backward(n, x.as_ptr(), y, 0.7, dx.as_mut_ptr()) };
        for i in (0..n).step_by(1 + n / 20) {
            let at = |h: f64| {
                let mut moved = x.clone();
                moved[i] += h;
                plain(&moved)
            };
            close(dx[i], 0.5 + 0.7 * slope(at, 1e-4), 1e-7, name);
        }
        assert!(dx[n..].iter().all(|&d| d == 0.5), "{name} wrote past the end");
    }
}

fn plain_variance(x: &[f64]) -> f64 {
    if x.len() == 1 {
        return 0.0;
    }
    let m = x.iter().sum::<f64>() / x.len() as f64;
    x.iter().map(|v| (v - m) * (v - m)).sum::<f64>() / (x.len() as f64 - 1.0)
}

#[test]
fn reductions() {
    for (_, k) in each_table() {
        let r = k.reduce;
        check("sum", r.sum, None, |x| x.iter().sum(), 0);
        check("dot_self", r.dot_self, Some(r.dot_self_backward), |x| x.iter().map(|v| v * v).sum(), 0);
        check("mean", r.mean, Some(r.mean_backward), |x| x.iter().sum::<f64>() / x.len() as f64, 1);
        check("prod", r.prod, Some(r.prod_backward), |x| x.iter().product(), 0);
        check("min", r.min, Some(r.extremum_backward), |x| x.iter().copied().fold(f64::INFINITY, f64::min), 0);
        check("max", r.max, Some(r.extremum_backward), |x| x.iter().copied().fold(f64::NEG_INFINITY, f64::max), 0);
        check(
            "log_sum_exp",
            r.log_sum_exp,
            Some(r.log_sum_exp_backward),
            |x| x.iter().map(|v| v.exp()).sum::<f64>().ln(),
            0,
        );
        check("variance", r.variance, Some(r.variance_backward), plain_variance, 1);
        check("sd", r.sd, None, |x| plain_variance(x).sqrt(), 1);
        check("sd", r.sd, Some(r.sd_backward), |x| plain_variance(x).sqrt(), 2);
        check("norm2", r.norm2, Some(r.norm2_backward), |x| x.iter().map(|v| v * v).sum::<f64>().sqrt(), 1);
        check("norm1", r.norm1, Some(r.norm1_backward), |x| x.iter().map(|v| v.abs()).sum(), 0);
    }
}

#[test]
fn two_arrays() {
    for (_, k) in each_table() {
        let r = k.reduce;
        for n in LENGTHS {
            let mut stream = Stream(21);
            let (x, y) = (stream.vector(n, -1.0, 1.0), stream.vector(n, -1.0, 1.0));
            let dot: f64 = x.iter().zip(&y).map(|(a, b)| a * b).sum();
            let distance: f64 = x.iter().zip(&y).map(|(a, b)| (a - b) * (a - b)).sum();
            unsafe {
                close((r.dot)(n, x.as_ptr(), y.as_ptr()), dot, 1e-13, "dot");
                close((r.squared_distance)(n, x.as_ptr(), y.as_ptr()), distance, 1e-13, "squared_distance");
                let (mut dx, mut dy) = (vec![1.0; n], vec![2.0; n]);
                (r.dot_backward)(n, x.as_ptr(), y.as_ptr(), 3.0, dx.as_mut_ptr(), std::ptr::null_mut());
                (r.dot_backward)(n, x.as_ptr(), y.as_ptr(), 3.0, std::ptr::null_mut(), dy.as_mut_ptr());
                for i in 0..n {
                    close(dx[i], 1.0 + 3.0 * y[i], 1e-14, "dot dx");
                    close(dy[i], 2.0 + 3.0 * x[i], 1e-14, "dot dy");
                }
                let (mut dx, mut dy) = (vec![1.0; n], vec![2.0; n]);
                (r.squared_distance_backward)(n, x.as_ptr(), y.as_ptr(), 3.0, dx.as_mut_ptr(), dy.as_mut_ptr());
                for i in 0..n {
                    close(dx[i], 1.0 + 6.0 * (x[i] - y[i]), 1e-14, "distance dx");
                    close(dy[i], 2.0 - 6.0 * (x[i] - y[i]), 1e-14, "distance dy");
                }
            }
        }
    }
}

#[test]
fn edges() {
    let inf = f64::INFINITY;
    for (_, k) in each_table() {
        let r = k.reduce;
        let of = |f: Forward, x: &[f64]| unsafe { f(x.len(), x.as_ptr()) };
        assert_eq!(of(r.log_sum_exp, &[-inf, -inf]), -inf);
        assert_eq!(of(r.log_sum_exp, &[1.0, inf, -inf]), inf);
        assert_eq!(of(r.log_sum_exp, &[]), -inf);
        assert!(of(r.log_sum_exp, &[1.0, f64::NAN]).is_nan());
        close(of(r.log_sum_exp, &[1000.0, 1000.0]), 1000.0 + 2f64.ln(), 1e-15, "log_sum_exp");
        close(of(r.log_sum_exp, &[-inf, 2.0]), 2.0, 1e-15, "log_sum_exp");
        let mut dx = [0.0; 2];
        unsafe { (r.log_sum_exp_backward)(2, [-inf, 2.0].as_ptr(), 2.0, 1.0, dx.as_mut_ptr()) };
        assert_eq!(dx, [0.0, 1.0]);
        assert!(of(r.max, &[1.0, f64::NAN, 3.0]).is_nan());
        assert!(of(r.min, &[f64::NAN; 9]).is_nan());
        assert_eq!(of(r.min, &[]), inf);
        assert_eq!(of(r.max, &[]), -inf);
        assert_eq!(of(r.min, &[3.0, -inf, inf]), -inf);
        assert!(of(r.mean, &[]).is_nan());
        assert_eq!(of(r.prod, &[]), 1.0);
        let mut dx = [0.0; 3];
        unsafe { (r.prod_backward)(3, [2.0, 0.0, 5.0].as_ptr(), 0.0, 1.0, dx.as_mut_ptr()) };
        assert_eq!(dx, [0.0, 10.0, 0.0]);
        // Equal elements: sd is 0 and has Stan's gradient.
        let mut dx = [0.0; 4];
        unsafe { (r.sd_backward)(4, [2.0; 4].as_ptr(), 0.0, 1.0, dx.as_mut_ptr()) };
        assert_eq!(dx, [0.5; 4]);
        assert_eq!(unsafe { (r.sum_i32)(3, [i32::MAX, i32::MAX, -1].as_ptr()) }, 2 * i32::MAX as i64 - 1);
    }
}

#[test]
fn softmaxes() {
    for (_, k) in each_table() {
        let r = k.reduce;
        for n in LENGTHS {
            let mut stream = Stream(4);
            let (x, dy) = (stream.vector(n, -3.0, 3.0), stream.vector(n, -1.0, 1.0));
            let total: f64 = x.iter().map(|v| v.exp()).sum();
            let (mut y, mut log_y) = (x.clone(), vec![0.0; n]);
            let (mut dx, mut log_dx) = (vec![1.0; n], vec![1.0; n]);
            unsafe {
                let p = y.as_mut_ptr();
                (r.softmax)(n, p, p);
                (r.log_softmax)(n, x.as_ptr(), log_y.as_mut_ptr());
                (r.softmax_backward)(n, y.as_ptr(), dy.as_ptr(), dx.as_mut_ptr());
                (r.log_softmax_backward)(n, log_y.as_ptr(), dy.as_ptr(), log_dx.as_mut_ptr());
            }
            let mean: f64 = x.iter().zip(&dy).map(|(x, d)| d * x.exp() / total).sum();
            let seeds: f64 = dy.iter().sum();
            for i in 0..n {
                let p = x[i].exp() / total;
                close(y[i], p, 1e-14, "softmax");
                close(log_y[i], p.ln(), 1e-13, "log_softmax");
                close(dx[i], 1.0 + p * (dy[i] - mean), 1e-13, "softmax backward");
                close(log_dx[i], 1.0 + dy[i] - p * seeds, 1e-13, "log_softmax backward");
            }
        }
    }
}

#[test]
fn cumulative_sums() {
    for (_, k) in each_table() {
        let r = k.reduce;
        let x = [1.0, 2.0, 4.0];
        let (mut y, mut dx) = ([0.0; 3], [10.0; 3]);
        unsafe {
            (r.cumulative_sum)(3, x.as_ptr(), y.as_mut_ptr());
            (r.cumulative_sum_backward)(3, [1.0, 10.0, 100.0].as_ptr(), dx.as_mut_ptr());
        }
        assert_eq!(y, [1.0, 3.0, 7.0]);
        assert_eq!(dx, [121.0, 120.0, 110.0]);
    }
}

#[test]
fn gathering() {
    for (_, k) in each_table() {
        let r = k.reduce;
        for n in LENGTHS {
            let x = Stream(2).vector(7, -1.0, 1.0);
            let index: Vec<i32> = (0..n as i32).map(|i| i * i % 7 + 1).collect();
            let d = Stream(8).vector(n, -1.0, 1.0);
            let mut out = vec![0.0; n];
            let mut dx = vec![1.0; 7];
            unsafe {
                assert_eq!((r.gather)(n, x.as_ptr(), 7, index.as_ptr(), out.as_mut_ptr()), OK);
                (r.scatter_add)(n, index.as_ptr(), d.as_ptr(), dx.as_mut_ptr());
            }
            let mut expected = vec![1.0; 7];
            for i in 0..n {
                let j = index[i] as usize - 1;
                assert_eq!(out[i], x[j]);
                expected[j] += d[i];
            }
            assert_eq!(dx, expected);
            for bad in [0, 8, -1, i32::MIN, i32::MAX] {
                let mut index = index.clone();
                if let Some(last) = index.last_mut() {
                    *last = bad;
                    let status = unsafe { (r.gather)(n, x.as_ptr(), 7, index.as_ptr(), out.as_mut_ptr()) };
                    assert_eq!(status, OUT_OF_RANGE);
                    assert_eq!(unsafe { (r.check_indices)(n, index.as_ptr(), 7) }, OUT_OF_RANGE);
                }
            }
        }
    }
}
