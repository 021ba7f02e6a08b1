//! Rows in order of time.

use super::moments::Moments;

/// The autocorrelation at a lag; 0 where nothing varies, or there are too few rows.
pub fn autocorrelation(x: &[f64], lag: usize) -> f64 {
    let m = Moments::of(x);
    if x.len() <= lag || m.variance == 0.0 {
        return 0.0;
    }
    let sum: f64 = x.iter().zip(&x[lag..]).map(|(a, b)| (a - m.mean) * (b - m.mean)).sum();
    sum / (x.len() as f64 * m.variance)
}

/// The partial autocorrelation at lag 2 (Durbin and Levinson).
pub fn partial_2(first: f64, second: f64) -> f64 {
    (second - first * first) / (1.0 - first * first).max(0.05)
}

/// 1 less half of von Neumann's ratio (1941): the squared successive differences by twice the squared deviations.
pub fn von_neumann(x: &[f64]) -> f64 {
    let m = Moments::of(x);
    if m.variance == 0.0 {
        return 0.0;
    }
    let steps: f64 = x.windows(2).map(|w| (w[1] - w[0]) * (w[1] - w[0])).sum();
    1.0 - steps / (2.0 * x.len() as f64 * m.variance)
}

/// ln of the variance of steps over `lag` rows by `lag` times that of steps over one row (Lo and MacKinlay 1988).
pub fn log_variance_ratio(x: &[f64], lag: usize) -> f64 {
    if x.len() < 2 * lag {
        return 0.0;
    }
    let mean_square = |lag: usize| {
        let steps = x.iter().zip(&x[lag..]);
        steps.map(|(a, b)| (b - a) * (b - a)).sum::<f64>() / (x.len() - lag) as f64
    };
    let (one, far) = (mean_square(1), mean_square(lag));
    if one <= 0.0 || far <= 0.0 { 0.0 } else { (far / (lag as f64 * one)).ln() }
}

/// The largest absolute sum of deviations from the mean, by sqrt(n) and the deviation: the range of a Brownian bridge if nothing changes,
/// with mean 0.87.
pub fn cusum(x: &[f64]) -> f64 {
    let m = Moments::of(x);
    if m.variance == 0.0 {
        return 0.0;
    }
    let (mut sum, mut most) = (0.0, 0.0_f64);
    for x in x {
        sum += x - m.mean;
        most = most.max(sum.abs());
    }
    most / (x.len() as f64 * m.variance).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_ladder() {
        // 1 .. n: r1 = 1 - 3 / n + 2 / (n (n^2 - 1)) (3 n ... )  computed directly for n = 5: (-2)(-1) + (-1)0 + 0 + 1 2 = 4 by 10
        let x = [1.0, 2.0, 3.0, 4.0, 5.0];
        assert!((autocorrelation(&x, 1) - 0.4).abs() < 1e-12);
        assert!((autocorrelation(&x, 2) + 0.1).abs() < 1e-12);
        assert!((von_neumann(&x) - (1.0 - 4.0 / 20.0)).abs() < 1e-12);
        // sums of deviations: -2, -3, -3, -2, 0
        assert!((cusum(&x) - 3.0 / 10.0_f64.sqrt()).abs() < 1e-12);
        // steps over 2 rows are 2, over one row 1: 4 / 2
        assert!((log_variance_ratio(&x, 2) - 2.0_f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn of_nothing_that_varies() {
        for x in [&[][..], &[3.0], &[3.0, 3.0, 3.0, 3.0]] {
            assert_eq!([autocorrelation(x, 1), von_neumann(x), log_variance_ratio(x, 2), cusum(x)], [0.0; 4]);
        }
    }

    #[test]
    fn partial_autocorrelation_of_a_first_order_process_is_zero() {
        assert_eq!(partial_2(0.5, 0.25), 0.0);
    }
}
