//! Moments and quantiles.

/// The first four moments. Skewness and excess kurtosis are those of the sample (g1 and g2), 0 where nothing varies.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    pub mean: f64,
    /// With divisor n.
    pub variance: f64,
    pub skewness: f64,
    pub excess_kurtosis: f64,
}

impl Moments {
    pub fn of(x: &[f64]) -> Moments {
        if x.is_empty() {
            return Moments::default();
        }
        let n = x.len() as f64;
        let mean = x.iter().sum::<f64>() / n;
        let (mut second, mut third, mut fourth) = (0.0, 0.0, 0.0);
        for x in x {
            let d = x - mean;
            let square = d * d;
            second += square;
            third += square * d;
            fourth += square * square;
        }
        let variance = second / n;
        match is_negligible(variance, mean) {
            true => Moments { mean, ..Moments::default() },
            false => Moments {
                mean,
                variance,
                skewness: third / n / (variance * variance.sqrt()),
                excess_kurtosis: fourth / n / (variance * variance) - 3.0,
            },
        }
    }

    pub fn deviation(&self) -> f64 {
        self.variance.sqrt()
    }
}

/// Whether a variance is no more than rounding leaves.
pub fn is_negligible(variance: f64, mean: f64) -> bool {
    variance.is_nan() || variance <= 1e-14 * (1e-6 + mean * mean)
}

/// The normal score of an F statistic: about standard normal under the null (Paulson 1942, from the cube root of Wilson and Hilferty).
pub fn normal_score_of_f(f: f64, numerator: f64, denominator: f64) -> f64 {
    if f.is_nan() || f < 0.0 || numerator <= 0.0 || denominator <= 0.0 {
        return 0.0;
    }
    let (a, b) = (2.0 / (9.0 * numerator), 2.0 / (9.0 * denominator));
    let root = f.cbrt();
    ((1.0 - b) * root - (1.0 - a)) / (b * root * root + a).sqrt()
}

/// Pearson's correlation of pairs; 0 where one of them does not vary.
pub fn correlation(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> (f64, f64) {
    let (mut n, mut a, mut b) = (0.0, 0.0, 0.0);
    for (x, y) in pairs.clone() {
        n += 1.0;
        a += x;
        b += y;
    }
    if n < 2.0 {
        return (0.0, n);
    }
    (a, b) = (a / n, b / n);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        let (x, y) = (x - a, y - b);
        xx += x * x;
        xy += x * y;
        yy += y * y;
    }
    match is_negligible(xx / n, a) || is_negligible(yy / n, b) {
        true => (0.0, n),
        false => ((xy / (xx * yy).sqrt()).clamp(-1.0, 1.0), n),
    }
}

/// The t statistic of a correlation of `n` pairs, with one added to the residual sum of squares of standardised numbers, so that it is finite.
pub fn t_of_correlation(r: f64, n: f64) -> f64 {
    r * ((n - 2.0).max(0.0) / (1.0 - r * r + 1.0 / n.max(1.0))).sqrt()
}

/// The sum of products.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    // eight partial sums, so that the compiler may use vectors
    let mut sums = [0.0; 8];
    let (x, y) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = x.remainder().iter().zip(y.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in x.zip(y) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    rest + sums.iter().sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_in_closed_form() {
        // 1, 2, ..., n: variance (n^2 - 1) / 12, kurtosis -6/5 (n^2 + 1) / (n^2 - 1)
        let x: Vec<f64> = (1..=20).map(f64::from).collect();
        let m = Moments::of(&x);
        assert!((m.mean - 10.5).abs() < 1e-12 && (m.variance - 399.0 / 12.0).abs() < 1e-10);
        assert!(m.skewness.abs() < 1e-12 && (m.excess_kurtosis + 1.2 * 401.0 / 399.0).abs() < 1e-10);
        // of zeros and ones with share p: (1 - 2p) / sqrt(p (1 - p))
        let m = Moments::of(&[0.0, 0.0, 0.0, 1.0]);
        assert!((m.skewness - 0.5 / 0.1875_f64.sqrt()).abs() < 1e-12);
        assert_eq!(Moments::of(&[5.0, 5.0]), Moments { mean: 5.0, ..Moments::default() });
    }

    #[test]
    fn normal_scores_of_f() {
        // medians and 97.5 % points of F(5, 10), F(1, 30) and F(20, 40) (R's qf)
        for (f, a, b, z) in [
            (0.931_933, 5.0, 10.0, 0.0),
            (4.236_086, 5.0, 10.0, 1.96),
            (5.567_535, 1.0, 30.0, 1.96),
            (2.067_714, 20.0, 40.0, 1.96),
        ] {
            let score = normal_score_of_f(f, a, b);
            assert!((score - z).abs() < 0.05, "{score} {z}");
        }
        assert_eq!(normal_score_of_f(f64::NAN, 3.0, 4.0), 0.0);
    }

    #[test]
    fn correlations_in_closed_form() {
        let pairs = [(1.0, 2.0), (2.0, 1.0), (3.0, 4.0), (4.0, 3.0)];
        let (r, n) = correlation(pairs.iter().copied());
        assert!((r - 0.6).abs() < 1e-12 && n == 4.0);
        assert_eq!(correlation([(1.0, 2.0), (1.0, 3.0)].iter().copied()).0, 0.0);
        let (a, b): (Vec<f64>, Vec<f64>) = ((0..19).map(f64::from).collect(), vec![2.0; 19]);
        assert_eq!(dot(&a, &b), 342.0);
    }
}
