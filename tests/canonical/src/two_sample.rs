//! Whether two samples of numbers are of one distribution.

use std::f64::consts::SQRT_2;

/// The p-value of the hypothesis that two samples are of one distribution: five times the smallest p-value (Bonferroni) of the test of Kolmogorov and
/// Smirnov and of the first four components of Neyman's smooth test on ranks, Legendre polynomials of the rank (Eubank, LaRiccia and
/// Rosenstein 1987), which see another location, scale, skewness and weight of the tails. All rest on ranks, so heavy tails do no harm. Equal
/// numbers have one score, with the variance over permutations given them; the first test is conservative then. What is no number counts as
/// larger than all numbers.
///
/// # Panics
/// A sample is empty.
pub fn p_value(first: &[f64], second: &[f64]) -> f64 {
    assert!(!first.is_empty() && !second.is_empty(), "two samples");
    // whole numbers in the order of the numbers, whose last bit says of which sample they are: they are sorted quickly
    let keys = |numbers: &[f64], own: u64| numbers.iter().map(move |x| key(*x) & !1 | own).collect::<Vec<u64>>();
    let mut all = [keys(first, 1), keys(second, 0)].concat();
    all.sort_unstable();
    let (n, m) = (first.len() as f64, second.len() as f64);
    let total = n + m;
    let mut components = [Scores::default(); COMPONENTS];
    let (mut seen, mut distance) = ([0.0, 0.0], 0.0_f64);
    let mut from = 0;
    while from < all.len() {
        let to = from + all[from..].iter().take_while(|x| **x >> 1 == all[from] >> 1).count();
        let ties = (to - from) as f64;
        let own = all[from..to].iter().map(|x| x & 1).sum::<u64>() as f64;
        // the middle of the ranks from + 1 to `to`, between -1 and 1
        let place = (from + to) as f64 / total - 1.0;
        for (component, score) in components.iter_mut().zip(legendre(place)) {
            component.add(score, own, ties);
        }
        seen = [seen[0] + own / n, seen[1] + (ties - own) / m];
        distance = distance.max((seen[0] - seen[1]).abs());
        from = to;
    }
    let of_ranks = components.iter().map(|component| component.p_value(n, m)).fold(1.0, f64::min);
    let smallest = of_ranks.min(kolmogorov(distance, n * m / total));
    ((COMPONENTS + 1) as f64 * smallest).min(1.0)
}

/// A whole number for a number, larger for larger ones; the last for what is none.
fn key(x: f64) -> u64 {
    let bits = if x.is_nan() { f64::INFINITY } else { x + 0.0 }.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// Polynomials of ranks that are looked at.
const COMPONENTS: usize = 4;

/// Legendre polynomials of degree 1 to 4 on (-1, 1).
fn legendre(x: f64) -> [f64; COMPONENTS] {
    let square = x * x;
    [x, 1.5 * square - 0.5, (2.5 * square - 1.5) * x, (4.375 * square - 3.75) * square + 0.375]
}

/// Sums for a linear rank test.
#[derive(Clone, Copy, Default)]
struct Scores {
    /// Over the first sample.
    own: f64,
    sum: f64,
    squares: f64,
}

impl Scores {
    fn add(&mut self, score: f64, own: f64, ties: f64) {
        self.own += score * own;
        self.sum += score * ties;
        self.squares += score * score * ties;
    }

    /// Two-sided, by the normal approximation with the variance over permutations.
    fn p_value(&self, n: f64, m: f64) -> f64 {
        let total = n + m;
        let mean = self.sum / total;
        let variance = n * m / (total * (total - 1.0)) * (self.squares - total * mean * mean);
        match variance > 0.0 {
            true => libm::erfc(((self.own - n * mean) / variance.sqrt()).abs() / SQRT_2),
            // all numbers are equal
            false => 1.0,
        }
    }
}

/// Limit of the distribution of the largest distance of two empirical distribution functions, with Stephens' (1970) correction for the size.
fn kolmogorov(distance: f64, size: f64) -> f64 {
    let lambda = (size.sqrt() + 0.12 + 0.11 / size.sqrt()) * distance;
    if lambda < 0.2 {
        return 1.0;
    }
    let term = |k: i32| 2.0 * f64::from(k % 2 * 2 - 1) * (-2.0 * f64::from(k * k) * lambda * lambda).exp();
    (1..=100).map(term).sum::<f64>().clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dice::Dice;

    fn sample(dice: &mut Dice, n: usize, f: impl Fn(f64) -> f64) -> Vec<f64> {
        // a sum of uniform variates is nearly normal
        (0..n).map(|_| f((0..12).map(|_| dice.unit()).sum::<f64>() - 6.0)).collect()
    }

    /// Of samples of one distribution, p-values below 5 % and 1 % are no more frequent; with ties too.
    #[test]
    fn the_level_is_kept() {
        for step in [0.0, 1.0] {
            let mut dice = Dice::new(1);
            let round = |x: f64| if step > 0.0 { (x / step).round() } else { x };
            let p: Vec<f64> = (0..2000)
                .map(|_| {
                    let (a, b) = (sample(&mut dice, 60, round), sample(&mut dice, 90, round));
                    p_value(&a, &b)
                })
                .collect();
            let below = |level: f64| p.iter().filter(|p| **p < level).count();
            assert!(below(0.05) < 130 && below(0.01) < 35, "{} {}", below(0.05), below(0.01));
            assert!(below(0.5) > 500, "{}", below(0.5));
        }
    }

    #[test]
    fn another_location_scale_or_shape_is_seen() {
        let mut dice = Dice::new(2);
        let base = sample(&mut dice, 4000, |x| x);
        let others: [fn(f64) -> f64; 4] = [
            |x| x + 0.15,
            |x| 1.15 * x,
            |x| 0.8 * x + 0.067 * x.powi(3),
            |x| if x.abs() < 0.3 { x + 0.6 * x.signum() } else { x },
        ];
        for change in others {
            let p = p_value(&base, &sample(&mut dice, 4000, change));
            assert!(p < 1e-8, "{p}");
        }
        assert!(p_value(&base, &sample(&mut dice, 4000, |x| x)) > 1e-3);
    }

    /// The critical value of the table at 5 % is 1.358.
    #[test]
    fn the_limit_of_kolmogorov() {
        assert!((kolmogorov(1.358_1 / 1e4, 1e8) - 0.05).abs() < 1e-4);
        assert_eq!(p_value(&[1.0, 1.0], &[1.0, 1.0]), 1.0);
    }
}
