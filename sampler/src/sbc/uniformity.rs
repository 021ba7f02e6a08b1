//! Whether ranks are uniform: Pearson's test, and the exact test of the empirical distribution function of Säilynoja, Bürkner and
//! Vehtari (2022), "Graphical test for discrete uniformity and its applications in goodness-of-fit evaluation and multiple sample
//! comparison", Statistics and Computing 32(32).

use statrs::distribution::{ChiSquared, ContinuousCDF};

/// Points of the empirical distribution function that the test looks at, at most.
const MAX_POINTS: usize = 100;

/// Ranks counted in bins of (nearly) equal width.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Bin b holds the ranks from `edges[b]` to `edges[b + 1]`, the latter not included.
    pub edges: Vec<usize>,
    pub counts: Vec<usize>,
    /// Counts that uniform ranks have on average.
    pub expected: Vec<f64>,
}

impl Histogram {
    /// Of ranks from 0 to `draws`; there are at most `draws + 1` bins and at least one.
    pub fn of(ranks: &[usize], draws: usize, bins: usize) -> Self {
        let values = draws + 1;
        let bins = bins.clamp(1, values);
        let edges: Vec<usize> = (0..=bins).map(|b| (b * values).div_ceil(bins)).collect();
        let mut counts = vec![0; bins];
        for rank in ranks {
            counts[(*rank).min(draws) * bins / values] += 1;
        }
        let expected = edges.windows(2).map(|e| ranks.len() as f64 * (e[1] - e[0]) as f64 / values as f64).collect();
        Histogram { edges, counts, expected }
    }
}

/// p-value of Pearson's test that ranks are uniform on 0..=draws, in at most 20 bins that expect at least 10 (1 where there are too few for two bins).
pub fn chi_square(ranks: &[usize], draws: usize) -> f64 {
    let bins = (ranks.len() / 10).min(20).min(draws + 1);
    if bins < 2 {
        return 1.0;
    }
    let Histogram { counts, expected, .. } = Histogram::of(ranks, draws, bins);
    let statistic: f64 = counts.iter().zip(&expected).map(|(o, e)| (*o as f64 - e).powi(2) / e).sum();
    ChiSquared::new(bins as f64 - 1.0).map_or(1.0, |d| d.sf(statistic))
}

/// The empirical distribution function of ranks at some points, and a band that holds the whole function of uniform ranks with a given probability.
#[derive(Clone, Debug, PartialEq)]
pub struct Ecdf {
    /// Probability of a rank below the point, if ranks are uniform.
    pub expected: Vec<f64>,
    /// Share of the ranks below the point.
    pub observed: Vec<f64>,
    /// Lowest and highest share inside the band.
    pub low: Vec<f64>,
    pub high: Vec<f64>,
}

/// The empirical distribution function with a band of probability `1 - level`. Empty if there are no ranks or nothing to rank.
pub fn ecdf(ranks: &[usize], draws: usize, level: f64) -> Ecdf {
    let Some(points) = Points::new(ranks.len(), draws) else {
        return Ecdf { expected: Vec::new(), observed: Vec::new(), low: Vec::new(), high: Vec::new() };
    };
    let share = |count: usize| count as f64 / ranks.len() as f64;
    let band = points.band(points.tail_at(level));
    Ecdf {
        observed: points.counts(ranks).into_iter().map(share).collect(),
        low: band.iter().map(|b| share(b.0)).collect(),
        high: band.iter().map(|b| share(b.1)).collect(),
        expected: points.below,
    }
}

/// Exact p-value of the smallest two-sided binomial tail probability of the empirical distribution function over its points.
pub fn ecdf_p_value(ranks: &[usize], draws: usize) -> f64 {
    let Some(points) = Points::new(ranks.len(), draws) else { return 1.0 };
    let smallest = points.counts(ranks).iter().zip(&points.tails).map(|(c, tails)| tails[*c]).fold(1.0, f64::min);
    // Between that of one point and that of all points added up: where these are tiny, the difference from 1 is rounding.
    let bound = (smallest * points.cuts.len() as f64).min(1.0);
    (1.0 - points.coverage(&points.band(smallest))).clamp(smallest.min(bound), bound)
}

/// Where the distribution function is looked at, and the distribution of the count at each point.
struct Points {
    /// The ranks below `cuts[i]` are counted.
    cuts: Vec<usize>,
    /// Probability of being counted.
    below: Vec<f64>,
    /// For each point and each count, the smaller tail probability (this count or one further out) times 2.
    tails: Vec<Vec<f64>>,
    log_factorials: Vec<f64>,
    ranks: usize,
}

impl Points {
    fn new(ranks: usize, draws: usize) -> Option<Points> {
        if ranks == 0 || draws == 0 {
            return None;
        }
        let number = draws.min(MAX_POINTS - 1);
        let values = draws + 1;
        let cuts: Vec<usize> = (1..=number).map(|i| i * values / (number + 1)).collect();
        let below: Vec<f64> = cuts.iter().map(|c| *c as f64 / values as f64).collect();
        let mut log_factorials = vec![0.0; ranks + 1];
        for i in 1..=ranks {
            log_factorials[i] = log_factorials[i - 1] + (i as f64).ln();
        }
        let tails = below.iter().map(|p| two_sided_tails(&log_factorials, ranks, *p)).collect();
        Some(Points { cuts, below, tails, log_factorials, ranks })
    }

    fn counts(&self, ranks: &[usize]) -> Vec<usize> {
        let mut sorted = ranks.to_vec();
        sorted.sort_unstable();
        self.cuts.iter().map(|c| sorted.partition_point(|r| r < c)).collect()
    }

    /// Lowest and highest counts whose tail probability is above `tail`. Points that are mirror images have equal tails but for rounding.
    fn band(&self, tail: f64) -> Vec<(usize, usize)> {
        self.tails
            .iter()
            .map(|tails| {
                let inside = |t: &f64| *t > tail * (1.0 + 1e-9);
                let low = tails.iter().position(inside).unwrap_or(1);
                let high = tails.iter().rposition(inside).unwrap_or(0);
                (low, high)
            })
            .collect()
    }

    /// Probability that the counts of uniform ranks stay within the band at all points: recursion over the points, the state being the count.
    fn coverage(&self, band: &[(usize, usize)]) -> f64 {
        let (mut first, mut states) = (0, vec![1.0]);
        let mut reached = 0.0;
        for (point, (low, high)) in band.iter().enumerate() {
            if low > high {
                return 0.0;
            }
            let step = (self.below[point] - reached) / (1.0 - reached);
            reached = self.below[point];
            let mut next = vec![0.0; high - low + 1];
            for (i, probability) in states.iter().enumerate() {
                let left = self.ranks - (first + i);
                self.for_each_binomial(left, step, |k, p| {
                    if let Some(state) = (first + i + k).checked_sub(*low).and_then(|s| next.get_mut(s)) {
                        *state += probability * p;
                    }
                });
            }
            (first, states) = (*low, next);
        }
        states.iter().sum()
    }

    /// Calls `f` with the counts and probabilities of a binomial distribution, from the most likely outwards as long as they matter.
    fn for_each_binomial(&self, n: usize, p: f64, mut f: impl FnMut(usize, f64)) {
        let mode = (((n + 1) as f64 * p) as usize).min(n);
        let top = log_binomial(&self.log_factorials, n, mode, p).exp();
        let odds = p / (1.0 - p);
        let negligible = top * 1e-20;
        f(mode, top);
        let mut q = top;
        for k in mode..n {
            q *= (n - k) as f64 / (k + 1) as f64 * odds;
            if q < negligible {
                break;
            }
            f(k + 1, q);
        }
        q = top;
        for k in (1..=mode).rev() {
            q *= k as f64 / (n - k + 1) as f64 / odds;
            if q < negligible {
                break;
            }
            f(k - 1, q);
        }
    }

    /// The largest tail probability whose band is left by uniform ranks with a probability of at most `level`.
    fn tail_at(&self, level: f64) -> f64 {
        let (mut low, mut high) = (level / (4.0 * self.cuts.len() as f64), level.min(1.0));
        for _ in 0..40 {
            let middle = (low * high).sqrt();
            if 1.0 - self.coverage(&self.band(middle)) <= level {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }
}

fn log_binomial(log_factorials: &[f64], n: usize, k: usize, p: f64) -> f64 {
    let ways = log_factorials[n] - log_factorials[k] - log_factorials[n - k];
    ways + k as f64 * p.ln() + (n - k) as f64 * (-p).ln_1p()
}

fn two_sided_tails(log_factorials: &[f64], n: usize, p: f64) -> Vec<f64> {
    let mass: Vec<f64> = (0..=n).map(|k| log_binomial(log_factorials, n, k, p).exp()).collect();
    let mut tails = vec![0.0; n + 1];
    let mut sum = 0.0;
    for k in 0..=n {
        sum += mass[k];
        tails[k] = (2.0 * sum).min(1.0);
    }
    sum = 0.0;
    for k in (0..=n).rev() {
        sum += mass[k];
        tails[k] = tails[k].min(2.0 * sum);
    }
    tails
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// p-values of uniform ranks over `runs` samples.
    fn p_values(runs: usize, n: usize, draws: usize, test: fn(&[usize], usize) -> f64) -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        (0..runs).map(|_| test(&(0..n).map(|_| rng.random_range(0..=draws)).collect::<Vec<_>>(), draws)).collect()
    }

    #[test]
    fn p_values_of_uniform_ranks_are_uniform() {
        for test in [chi_square, ecdf_p_value] {
            for (n, draws) in [(200, 99), (150, 19), (60, 240)] {
                let p = p_values(1000, n, draws, test);
                for level in [0.02, 0.1, 0.5] {
                    let below = p.iter().filter(|p| **p <= level).count() as f64;
                    let sd = (1000.0 * level * (1.0 - level)).sqrt();
                    // Discrete: at most the level, and not far below it.
                    assert!(below < 1000.0 * level + 3.5 * sd, "{n} {draws} {level}: {below}");
                    assert!(below > 1000.0 * level * 0.75 - 3.5 * sd, "{n} {draws} {level}: {below}");
                }
            }
        }
    }

    #[test]
    fn the_p_value_is_exact() {
        // All samples of 5 ranks from 0 to 3.
        let all: Vec<Vec<usize>> =
            (0..4usize.pow(5)).map(|i| (0..5).map(|j| i / 4usize.pow(j) % 4).collect()).collect();
        let points = Points::new(5, 3).unwrap();
        let statistic =
            |ranks: &[usize]| points.counts(ranks).iter().zip(&points.tails).map(|(c, t)| t[*c]).fold(1.0, f64::min);
        for ranks in all.iter().step_by(37) {
            let observed = statistic(ranks);
            let as_far = all.iter().filter(|r| statistic(r) <= observed * (1.0 + 1e-9)).count();
            let exact = as_far as f64 / all.len() as f64;
            assert!((ecdf_p_value(ranks, 3) - exact).abs() < 1e-12, "{ranks:?}: {exact}");
        }
    }

    #[test]
    fn the_band_holds_with_its_probability() {
        let (n, draws, level) = (300, 99, 0.1);
        let points = Points::new(n, draws).unwrap();
        let band = points.band(points.tail_at(level));
        let coverage = points.coverage(&band);
        assert!((0.9..0.92).contains(&coverage), "{coverage}");
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let inside = (0..2000)
            .filter(|_| {
                let ranks: Vec<usize> = (0..n).map(|_| rng.random_range(0..=draws)).collect();
                points.counts(&ranks).iter().zip(&band).all(|(c, (low, high))| (low..=high).contains(&c))
            })
            .count();
        assert!((inside as f64 / 2000.0 - coverage).abs() < 0.025, "{inside}");
        // A pointwise band, the wrong variant, is left far too often.
        assert!(points.coverage(&points.band(level)) < 0.5);
    }

    #[test]
    fn far_off_ranks_have_tiny_p_values_and_little_data_none() {
        let ranks: Vec<usize> = (0..1000).map(|i| i % 50).collect();
        assert!(ecdf_p_value(&ranks, 99) < 1e-12 && chi_square(&ranks, 99) < 1e-12);
        assert_eq!(ecdf_p_value(&[], 99), 1.0);
        assert_eq!(ecdf_p_value(&[0], 0), 1.0);
        assert_eq!(chi_square(&[3, 4], 99), 1.0);
        assert!(ecdf(&[], 9, 0.05).low.is_empty());
    }

    #[test]
    fn histograms_count_every_rank() {
        for (draws, bins) in [(99, 20), (9, 4), (3, 100), (6, 0)] {
            let ranks: Vec<usize> = (0..=draws).flat_map(|r| [r, r]).collect();
            let h = Histogram::of(&ranks, draws, bins);
            assert_eq!(h.counts.iter().sum::<usize>(), 2 * (draws + 1));
            for (b, (count, expected)) in h.counts.iter().zip(&h.expected).enumerate() {
                assert_eq!(*count, 2 * (h.edges[b + 1] - h.edges[b]), "{draws} {bins}");
                assert!((*count as f64 - expected).abs() < 1e-12);
            }
        }
    }
}
