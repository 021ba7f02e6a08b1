//! Functions of (theta, y) whose change along the chain is tested: where each coordinate is and how far out, how neighbours and other
//! pairs hang together, the same over whole variables, and the log density.

use super::chain::{Chain, Scale};
use super::density::{Joint, State};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

/// The test of one function.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistic {
    pub name: String,
    /// Sum of the changes over the root of the sum of their squares: at most standard normal in the tails.
    pub z: f64,
    /// An upper bound on the chance of a `z` so far from zero.
    pub p: f64,
}

/// Pairs of coordinates, besides neighbours, that are tried (those in order are kept).
const PAIRS: usize = 200;

enum Function {
    Location(usize),
    Spread(usize),
    Product(usize, usize),
    /// Means of the above over a variable: the range of its coordinates.
    Locations(std::ops::Range<usize>),
    Spreads(std::ops::Range<usize>),
    Products(std::ops::Range<usize>),
}

/// Sums over draws.
pub struct Statistics {
    scales: Vec<Scale>,
    /// Where the coordinates that are data are in a draw of the simulator.
    data: Vec<usize>,
    functions: Vec<(String, Function)>,
    sums: Vec<f64>,
    squares: Vec<f64>,
}

impl Statistics {
    pub fn new(joint: &Joint, chain: &Chain, seed: u64) -> Statistics {
        let mut names: Vec<String> = joint.names().to_vec();
        let mut variables: Vec<String> =
            names.iter().map(|n| n.split('.').next().unwrap_or_default().to_string()).collect();
        names.extend(chain.moving().iter().map(|e| e.name.clone()));
        variables.extend(chain.moving().iter().map(|e| format!("data {}", e.variable)));
        let scales = chain.parameters().iter().copied().chain(chain.moving().iter().map(|e| e.scale)).collect();
        let data = chain.moving().iter().map(|e| e.at).collect();
        let n = names.len();
        let mut functions = Vec::new();
        for (k, name) in names.iter().enumerate() {
            functions.push((format!("location of {name}"), Function::Location(k)));
            functions.push((format!("spread of {name}"), Function::Spread(k)));
        }
        let product = |a: usize, b: usize| (format!("{} with {}", names[a], names[b]), Function::Product(a, b));
        let mut first = 0;
        while first < n {
            let end = (first..n).find(|&k| variables[k] != variables[first]).unwrap_or(n);
            if end - first > 1 {
                let name = names[first].split(['.', '[']).next().unwrap_or_default();
                functions.push((format!("locations of {name}"), Function::Locations(first..end)));
                functions.push((format!("spreads of {name}"), Function::Spreads(first..end)));
                functions.push((format!("neighbours in {name}"), Function::Products(first..end)));
                functions.extend((first..end - 1).map(|k| product(k, k + 1)));
            }
            first = end;
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut pairs = BTreeSet::new();
        if n > 2 {
            for _ in 0..PAIRS {
                let (a, b) = (rng.random_range(0..n), rng.random_range(0..n));
                if a + 1 < b && pairs.insert((a, b)) {
                    functions.push(product(a, b));
                }
            }
        }
        let count = functions.len() + 1;
        Statistics { scales, data, functions, sums: vec![0.0; count], squares: vec![0.0; count] }
    }

    /// Adds a draw and where its chain ended.
    pub fn add(&mut self, first: &State, last: &State) {
        let (before, after) = (self.values(first), self.values(last));
        let gain = last.log_density - first.log_density;
        let changes = after.iter().zip(&before).map(|(a, b)| a - b).chain([bounded(gain)]);
        for ((sum, square), change) in self.sums.iter_mut().zip(&mut self.squares).zip(changes) {
            *sum += change;
            *square += change * change;
        }
    }

    fn values(&self, state: &State) -> Vec<f64> {
        let numbers = state.theta.iter().copied().chain(self.data.iter().map(|&at| state.row[at]));
        let z: Vec<f64> = numbers.zip(&self.scales).map(|(x, s)| (x - s.centre) / s.width).collect();
        let mean =
            |r: &std::ops::Range<usize>, f: &dyn Fn(usize) -> f64| r.clone().map(f).sum::<f64>() / r.len() as f64;
        let product = |a: usize, b: usize| bounded(z[a]) * bounded(z[b]);
        let value = |f: &Function| match f {
            Function::Location(k) => bounded(z[*k]),
            Function::Spread(k) => bounded(z[*k]).powi(2),
            Function::Product(a, b) => product(*a, *b),
            Function::Locations(r) => mean(r, &|k| bounded(z[k])),
            Function::Spreads(r) => mean(r, &|k| bounded(z[k]).powi(2)),
            Function::Products(r) => mean(&(r.start..r.end - 1), &|k| product(k, k + 1)),
        };
        self.functions.iter().map(|(_, f)| value(f)).collect()
    }

    /// All tests, the smallest p-value first.
    pub fn results(&self) -> Vec<Statistic> {
        let names = self.functions.iter().map(|(name, _)| name.clone()).chain(["log density".to_string()]);
        let mut out: Vec<Statistic> = names
            .zip(&self.sums)
            .zip(&self.squares)
            .filter(|(_, square)| **square > 0.0)
            .map(|((name, sum), square)| {
                let z = sum / square.sqrt();
                Statistic { name, z, p: (2.0 * (-0.5 * z * z).exp()).min(1.0) }
            })
            .collect();
        out.sort_by(|a, b| a.p.total_cmp(&b.p));
        out
    }
}

/// The chance of a p-value as small as the smallest, at most (Bonferroni).
pub fn together(statistics: &[Statistic]) -> f64 {
    let least = statistics.iter().map(|s| s.p).fold(1.0, f64::min);
    (least * statistics.len() as f64).min(1.0)
}

/// From the real line into (-1, 1), odd and increasing.
fn bounded(x: f64) -> f64 {
    // For large x the square overflows; the limit is the sign.
    if x.abs() > 1e100 { x.signum() } else { x / x.mul_add(x, 1.0).sqrt() }
}
