//! Autocovariances, computed as far as they are asked for.

use super::mean;

/// Lags that are summed directly before a Fourier transform gives all of them at once.
const DIRECT_LAGS: usize = 48;

/// Autocovariances of one chain with divisor n at every lag (the estimate is biased towards zero, and its spectrum is positive).
pub(super) struct Autocovariance {
    centred: Vec<f64>,
    known: Vec<f64>,
}

impl Autocovariance {
    pub fn new(chain: &[f64]) -> Self {
        let m = mean(chain);
        Autocovariance { centred: chain.iter().map(|x| x - m).collect(), known: Vec::new() }
    }

    /// At `lag`, less than the length of the chain.
    pub fn at(&mut self, lag: usize) -> f64 {
        while self.known.len() <= lag {
            if self.known.len() < DIRECT_LAGS {
                let lag = self.known.len();
                let n = self.centred.len();
                let sum: f64 = self.centred[..n - lag].iter().zip(&self.centred[lag..]).map(|(a, b)| a * b).sum();
                self.known.push(sum / n as f64);
            } else {
                self.known = by_fourier(&self.centred);
            }
        }
        self.known[lag]
    }
}

/// All autocovariances: the inverse transform of the power spectrum of the chain, padded with as many zeros.
fn by_fourier(centred: &[f64]) -> Vec<f64> {
    let n = centred.len();
    let size = (2 * n).next_power_of_two();
    let mut re = centred.to_vec();
    re.resize(size, 0.0);
    let mut im = vec![0.0; size];
    fourier(&mut re, &mut im);
    for (a, b) in re.iter_mut().zip(&mut im) {
        *a = *a * *a + *b * *b;
        *b = 0.0;
    }
    // The spectrum is real and even, so the forward transform is the inverse but for the factor.
    fourier(&mut re, &mut im);
    re.truncate(n);
    for x in &mut re {
        *x /= size as f64 * n as f64;
    }
    re
}

/// In-place fast Fourier transform of a power-of-two length (Cooley and Tukey 1965, decimation in time).
fn fourier(re: &mut [f64], im: &mut [f64]) {
    let n = re.len();
    debug_assert!(n.is_power_of_two() && im.len() == n);
    let bits = n.trailing_zeros();
    if bits == 0 {
        return;
    }
    for i in 0..n {
        let j = i.reverse_bits() >> (usize::BITS - bits);
        if i < j {
            re.swap(i, j);
            im.swap(i, j);
        }
    }
    // One table of roots, each computed directly: recurrences would lose digits.
    let roots: Vec<(f64, f64)> =
        (0..n / 2).map(|k| (-2.0 * std::f64::consts::PI * k as f64 / n as f64).sin_cos()).collect();
    let mut half = 1;
    while half < n {
        let stride = n / (2 * half);
        for start in (0..n).step_by(2 * half) {
            for k in 0..half {
                let (sin, cos) = roots[k * stride];
                let (a, b) = (start + k, start + k + half);
                let (x, y) = (re[b] * cos - im[b] * sin, re[b] * sin + im[b] * cos);
                (re[b], im[b]) = (re[a] - x, im[a] - y);
                (re[a], im[a]) = (re[a] + x, im[a] + y);
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transform_and_sums_agree() {
        for n in [1, 2, 3, 64, 100, 1000] {
            let chain: Vec<f64> = (0..n).map(|i| ((i * i) as f64 * 0.37).sin() + 0.01 * i as f64).collect();
            let centred = Autocovariance::new(&chain).centred;
            let all = by_fourier(&centred);
            for (lag, x) in all.iter().enumerate() {
                let sum: f64 = centred[..n - lag].iter().zip(&centred[lag..]).map(|(a, b)| a * b).sum();
                assert!((x - sum / n as f64).abs() < 1e-13, "{n} {lag}: {x} {sum}");
            }
        }
    }
}
