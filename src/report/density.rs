//! Density curves of draws: a Gaussian kernel with the bandwidth of Sheather and Jones (1991), "A reliable data-based bandwidth selection
//! method for kernel density estimation", Journal of the Royal Statistical Society B 53, mirrored at bounds.

use crate::diagnostics::quantile_sorted;

/// Bins that values are counted in.
const BINS: usize = 512;

/// Where values end.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bounds {
    pub lower: Option<f64>,
    pub upper: Option<f64>,
}

/// The density of some values at `points` places over an interval. Values outside count as mass elsewhere; those that are not finite are
/// passed over. `effective` is how many independent values they are worth: draws of a chain are worth fewer than there are, and without it their
/// curve would be full of bumps. Empty if there are fewer than two different values inside.
pub fn density(
    values: &[f64],
    effective: f64,
    (low, high): (f64, f64),
    bounds: Bounds,
    points: usize,
) -> Vec<(f64, f64)> {
    let finite = values.iter().filter(|x| x.is_finite()).count();
    // Neighbours of the interval matter at its ends.
    let margin = 0.25 * (high - low);
    let inside = |x: &&f64| x.is_finite() && **x >= low - margin && **x <= high + margin;
    let mut kept: Vec<f64> = values.iter().filter(inside).copied().collect();
    kept.sort_unstable_by(f64::total_cmp);
    let Some(bins) = Bins::of(&kept) else { return Vec::new() };
    let h = bandwidth(&kept, effective, &bins);
    let kernel = |d: f64| (-0.5 * (d / h).powi(2)).exp();
    let scale = 1.0 / (finite as f64 * h * (2.0 * std::f64::consts::PI).sqrt());
    (0..points)
        .map(|i| {
            let x = low + (high - low) * i as f64 / (points - 1) as f64;
            if bounds.lower.is_some_and(|l| x < l) || bounds.upper.is_some_and(|u| x > u) {
                return (x, 0.0);
            }
            let mirrored = [bounds.lower.map(|l| 2.0 * l - x), bounds.upper.map(|u| 2.0 * u - x)];
            let at = |x: f64| bins.near(x, 5.0 * h).map(|(value, count)| count * kernel(x - value)).sum::<f64>();
            (x, scale * (at(x) + mirrored.into_iter().flatten().map(at).sum::<f64>()))
        })
        .collect()
}

/// Values counted in bins of equal width.
struct Bins {
    first: f64,
    width: f64,
    counts: Vec<f64>,
}

impl Bins {
    fn of(sorted: &[f64]) -> Option<Bins> {
        let (first, last) = (*sorted.first()?, *sorted.last()?);
        let width = (last - first) / (BINS - 1) as f64;
        if !(width > 0.0 && width.is_finite()) {
            return None;
        }
        let mut counts = vec![0.0; BINS];
        for x in sorted {
            // Shared between the two nearest, which keeps the mean.
            let at = ((x - first) / width).clamp(0.0, (BINS - 1) as f64);
            let below = (at as usize).min(BINS - 2);
            counts[below] += 1.0 - (at - below as f64);
            counts[below + 1] += at - below as f64;
        }
        Some(Bins { first, width, counts })
    }

    fn near(&self, x: f64, reach: f64) -> impl Iterator<Item = (f64, f64)> + '_ {
        let index = |x: f64| ((x - self.first) / self.width).clamp(0.0, BINS as f64) as usize;
        (index(x - reach)..(index(x + reach) + 1).min(BINS))
            .map(|i| (self.first + i as f64 * self.width, self.counts[i]))
            .filter(|(_, count)| *count > 0.0)
    }

    /// Pairs of values at each distance, in bins.
    fn pairs(&self) -> Vec<f64> {
        let mut pairs = vec![0.0; BINS];
        for (i, a) in self.counts.iter().enumerate().filter(|(_, a)| **a > 0.0) {
            for (pair, b) in pairs.iter_mut().zip(&self.counts[i..]).skip(1) {
                *pair += a * b;
            }
            pairs[0] += 0.5 * a * (a - 1.0);
        }
        pairs
    }
}

/// The bandwidth that solves the equation of Sheather and Jones; a normal reference where it has no solution nearby.
fn bandwidth(sorted: &[f64], effective: f64, bins: &Bins) -> f64 {
    let n = sorted.len() as f64;
    let mean = sorted.iter().sum::<f64>() / n;
    let sd = (sorted.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n).sqrt();
    let iqr = quantile_sorted(sorted, 0.75) - quantile_sorted(sorted, 0.25);
    let scale = if iqr > 0.0 { sd.min(iqr / 1.349) } else { sd };
    let normal = 1.06 * scale * n.powf(-0.2);
    let least = if effective < 0.9 * n { 0.65 * 1.06 * scale * effective.max(10.0).powf(-0.2) } else { 0.0 };
    let pairs = bins.pairs();
    let root = (2.0 * std::f64::consts::PI).sqrt();
    // Integrals of squared second and third derivatives of the density, estimated with bandwidth h.
    let sum = |h: f64, term: &dyn Fn(f64) -> f64| -> f64 {
        let one = |(i, count): (usize, &f64)| {
            let d = (i as f64 * bins.width / h).powi(2);
            if d > 1000.0 { 0.0 } else { count * (-0.5 * d).exp() * term(d) }
        };
        2.0 * pairs.iter().enumerate().map(one).sum::<f64>()
    };
    let second = |h: f64| (sum(h, &|d| d * d - 6.0 * d + 3.0) + 3.0 * n) / (n * (n - 1.0) * h.powi(5) * root);
    let third = |h: f64| {
        -(sum(h, &|d| d * d * d - 15.0 * d * d + 45.0 * d - 15.0) - 15.0 * n) / (n * (n - 1.0) * h.powi(7) * root)
    };
    let ratio = second(1.24 * scale * n.powf(-1.0 / 7.0)) / third(1.23 * scale * n.powf(-1.0 / 9.0));
    let pilot = 1.357 * ratio.abs().powf(1.0 / 7.0);
    let excess =
        |h: f64| (1.0 / (2.0 * std::f64::consts::PI.sqrt() * n * second(pilot * h.powf(5.0 / 7.0)))).powf(0.2) - h;
    let (mut low, mut high) = (0.15 * normal, 1.2 * normal);
    if !(excess(low) > 0.0 && excess(high) < 0.0) {
        return normal.max(bins.width).max(least);
    }
    for _ in 0..30 {
        let middle = 0.5 * (low + high);
        if excess(middle) > 0.0 { low = middle } else { high = middle }
    }
    (0.5 * (low + high)).max(0.5 * bins.width).max(least)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, Exp1, StandardNormal};

    fn error(values: &[f64], range: (f64, f64), bounds: Bounds, exact: impl Fn(f64) -> f64) -> f64 {
        density(values, values.len() as f64, range, bounds, 100)
            .iter()
            .map(|(x, y)| (y - exact(*x)).abs())
            .fold(0.0, f64::max)
    }

    #[test]
    fn densities_are_found_also_at_bounds_and_with_two_modes() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let phi = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let normal = |rng: &mut ChaCha8Rng| -> f64 { StandardNormal.sample(rng) };
        let values: Vec<f64> = (0..4000).map(|_| normal(&mut rng)).collect();
        assert!(error(&values, (-4.0, 4.0), Bounds::default(), phi) < 0.03);
        let modes: Vec<f64> =
            (0..4000).map(|_| 0.2 * normal(&mut rng) + if rng.random::<bool>() { 1.0 } else { -1.0 }).collect();
        let two = |x: f64| 0.5 * (phi((x - 1.0) / 0.2) + phi((x + 1.0) / 0.2)) / 0.2;
        assert!(error(&modes, (-2.0, 2.0), Bounds::default(), two) < 0.1);
        let positive: Vec<f64> = (0..4000).map(|_| Exp1.sample(&mut rng)).collect();
        let bounds = Bounds { lower: Some(0.0), upper: None };
        assert!(error(&positive, (0.0, 5.0), bounds, |x: f64| (-x).exp()) < 0.12);
    }

    #[test]
    fn heavy_tails_and_degenerate_values() {
        // Most of a Cauchy lies outside: what is inside keeps its share.
        let n = 4000;
        let cauchy: Vec<f64> =
            (0..n).map(|i| (std::f64::consts::PI * ((f64::from(i) + 0.5) / f64::from(n) - 0.5)).tan()).collect();
        let exact = |x: f64| 1.0 / (std::f64::consts::PI * (1.0 + x * x));
        assert!(error(&cauchy, (-3.0, 3.0), Bounds::default(), exact) < 0.02);
        assert!(density(&[1.0, 1.0], 2.0, (0.0, 2.0), Bounds::default(), 10).is_empty());
        assert!(density(&[], 0.0, (0.0, 2.0), Bounds::default(), 10).is_empty());
        let odd = density(&[f64::NAN, 1.0, f64::INFINITY, 1.5, 2.0], 5.0, (0.0, 2.0), Bounds::default(), 10);
        assert!(odd.iter().all(|(x, y)| x.is_finite() && y.is_finite()));
    }
}
