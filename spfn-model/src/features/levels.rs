//! One-way classifications: what levels explain, and in which order.

use super::moments::{is_negligible, normal_score_of_f};
use super::sheet::Levels;

/// Analysis of variance by one column of levels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OneWay {
    /// The share of the variance that lies between levels.
    pub eta_squared: f64,
    /// The estimate of the intraclass correlation from mean squares (Donner 1986).
    pub intraclass_correlation: f64,
    /// Normal score of F.
    pub f_score: f64,
}

impl OneWay {
    /// 0 where there are fewer than two levels, or a level for every row.
    pub fn of(levels: &Levels, sizes: &[f64], scores: &[f64]) -> OneWay {
        let n = scores.len() as f64;
        let k = sizes.iter().filter(|size| **size > 0.0).count() as f64;
        if k < 2.0 || n <= k {
            return OneWay::default();
        }
        let mean = scores.iter().sum::<f64>() / n;
        let mut sums = vec![0.0; levels.count];
        let mut total = 0.0;
        for (level, z) in levels.of.iter().zip(scores) {
            let d = z - mean;
            sums[*level as usize] += d;
            total += d * d;
        }
        if is_negligible(total / n, mean) {
            return OneWay::default();
        }
        let there = || sums.iter().zip(sizes).filter(|(_, size)| **size > 0.0);
        let between = there().map(|(sum, size)| sum * sum / size).sum::<f64>().min(total);
        // an infinite F would be no number
        let within = (total - between).max(1e-9 * total);
        let (between_square, within_square) = (between / (k - 1.0), within / (n - k));
        let size = (n - sizes.iter().map(|size| size * size).sum::<f64>() / n) / (k - 1.0);
        let intraclass = (between_square - within_square) / (between_square + (size - 1.0) * within_square);
        OneWay {
            eta_squared: between / total,
            intraclass_correlation: intraclass.clamp(-1.0, 1.0),
            f_score: normal_score_of_f(between_square / within_square, k - 1.0, n - k),
        }
    }
}

/// Means of ordered levels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Trend {
    /// The share of the variance between levels that the better monotone function explains, with its direction.
    pub monotone: f64,
    /// The same of a line.
    pub linear: f64,
    /// Autocorrelation of level means.
    pub autocorrelation: f64,
}

impl Trend {
    /// Of levels in ascending order; those without rows are passed over.
    pub fn of(sizes: &[f64], sums: &[f64]) -> Trend {
        let there = sizes.iter().zip(sums).filter(|(size, _)| **size > 0.0);
        let means: Vec<(f64, f64)> = there.map(|(size, sum)| (*size, sum / size)).collect();
        let total: f64 = means.iter().map(|(size, _)| size).sum();
        let mean = means.iter().map(|(size, mean)| size * mean).sum::<f64>() / total;
        let between: f64 = means.iter().map(|(size, own)| size * (own - mean) * (own - mean)).sum();
        if means.len() < 2 || is_negligible(between / total, mean) {
            return Trend::default();
        }
        let explained = |means: &[(f64, f64)]| -> f64 {
            isotonic(means).iter().map(|(size, own)| size * (own - mean) * (own - mean)).sum::<f64>() / between
        };
        let falling: Vec<(f64, f64)> = means.iter().rev().copied().collect();
        let (up, down) = (explained(&means), explained(&falling));
        let place = means.iter().enumerate().map(|(level, (size, _))| size * level as f64).sum::<f64>() / total;
        let (mut product, mut square) = (0.0, 0.0);
        for (level, (size, own)) in means.iter().enumerate() {
            let d = level as f64 - place;
            product += size * d * (own - mean);
            square += size * d * d;
        }
        let steps: f64 = means.windows(2).map(|w| (w[0].1 - mean) * (w[1].1 - mean)).sum();
        let plain: f64 = means.iter().map(|(_, own)| (own - mean) * (own - mean)).sum();
        Trend {
            monotone: if up >= down { up } else { -down },
            linear: product * product.abs() / (square * between),
            autocorrelation: steps / plain,
        }
    }
}

/// The increasing function of levels nearest to their means, in weighted squares: pools of adjacent violators (Barlow et al. 1972), as weights
/// and values.
fn isotonic(means: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut pools: Vec<(f64, f64)> = Vec::with_capacity(means.len());
    for &(weight, value) in means {
        pools.push((weight, value));
        while let [.., (a, x), (b, y)] = pools[..]
            && x > y
        {
            pools.truncate(pools.len() - 2);
            pools.push((a + b, (a * x + b * y) / (a + b)));
        }
    }
    pools
}

/// The share of rows whose level of `b` is the commonest one of their level of `a`: 1 where `a` is nested in `b`.
pub fn decided(a: &Levels, b: &Levels) -> f64 {
    let rows = a.all.len();
    if rows == 0 {
        return 0.0;
    }
    let mut pairs: Vec<u64> = a.all.iter().zip(&b.all).map(|(a, b)| u64::from(*a) << 32 | u64::from(*b)).collect();
    pairs.sort_unstable();
    let mut most = vec![0; a.count];
    for run in pairs.chunk_by(|x, y| x == y) {
        let own = &mut most[(run[0] >> 32) as usize];
        *own = run.len().max(*own);
    }
    most.iter().sum::<usize>() as f64 / rows as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use ppl_corpus::ColumnKind;

    fn levels(of: &[u32]) -> Levels {
        let count = of.iter().max().map_or(0, |most| *most as usize + 1);
        Levels { place: 0, kind: ColumnKind::Group, of: of.to_vec(), count, all: of.to_vec(), missing: 0 }
    }

    #[test]
    fn analysis_of_variance_in_closed_form() {
        // two groups of three with means 1 and 3 and sums of squares 2 and 2 within: between 6, within 4, F = 6 / 1
        let own = levels(&[0, 0, 0, 1, 1, 1]);
        let one = OneWay::of(&own, &own.sizes(), &[0.0, 1.0, 2.0, 2.0, 3.0, 4.0]);
        assert!((one.eta_squared - 0.6).abs() < 1e-12);
        assert!((one.intraclass_correlation - 5.0 / 8.0).abs() < 1e-12);
        // P(F(1, 4) > 6) = 0.0705, one-sided normal score 1.47
        assert!((one.f_score - 1.47).abs() < 0.05, "{}", one.f_score);
        assert_eq!(OneWay::of(&own, &own.sizes(), &[1.0; 6]), OneWay::default());
        let singles = levels(&[0, 1, 2]);
        assert_eq!(OneWay::of(&singles, &singles.sizes(), &[1.0, 2.0, 4.0]), OneWay::default());
    }

    #[test]
    fn trends_of_level_means() {
        let trend = Trend::of(&[2.0, 2.0, 2.0], &[0.0, 2.0, 4.0]);
        assert!((trend.monotone - 1.0).abs() < 1e-12 && (trend.linear - 1.0).abs() < 1e-12);
        assert!((Trend::of(&[2.0, 2.0, 2.0], &[4.0, 2.0, 0.0]).linear + 1.0).abs() < 1e-12);
        // 0, 3, 1: pooled to 0, 2, 2: 8/3 of 14/3
        let trend = Trend::of(&[1.0, 0.0, 1.0, 1.0], &[0.0, 0.0, 3.0, 1.0]);
        assert!((trend.monotone - 8.0 / 14.0).abs() < 1e-12, "{trend:?}");
    }

    #[test]
    fn nested_levels_decide() {
        let (inner, outer) = (levels(&[0, 0, 1, 1, 2, 2]), levels(&[0, 0, 0, 0, 1, 1]));
        assert_eq!(decided(&inner, &outer), 1.0);
        assert_eq!(decided(&outer, &inner), 4.0 / 6.0);
    }
}
