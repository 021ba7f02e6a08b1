//! Nearly independent draws from chains, as ranks need them.

use crate::diagnostics::{equal_lengths, ess_bulk, ess_mean};
use crate::input::{InputError, expect_at_least};

/// Draws that were kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Thinned {
    /// One vector a quantity, all of the number asked for.
    pub draws: Vec<Vec<f64>>,
    /// Smallest effective sample size of the quantities (bulk, or of the mean if that is less); quantities that never change are left out.
    pub effective: f64,
}

impl Thinned {
    /// Whether the draws may count as independent: no more were kept than there are effective ones.
    pub fn independent(&self) -> bool {
        self.effective >= self.draws.first().map_or(0, Vec::len) as f64
    }
}

/// Keeps `keep` evenly spaced draws of every quantity, the same iterations for all. `quantities` holds for each quantity one vector a chain.
///
/// # Errors
/// Fewer draws than are to be kept, or quantities with different chains.
pub fn thin(quantities: &[Vec<Vec<f64>>], keep: usize) -> Result<Thinned, InputError> {
    expect_at_least("draws to keep", 1, keep)?;
    let lengths = |chains: &[Vec<f64>]| chains.iter().map(Vec::len).collect::<Vec<_>>();
    let Some(first) = quantities.first().map(|q| lengths(q)) else {
        return Ok(Thinned { draws: Vec::new(), effective: f64::INFINITY });
    };
    if quantities.iter().any(|q| lengths(q) != first) {
        return Err(InputError::Other("quantities with different numbers of draws".into()));
    }
    let total: usize = first.iter().sum();
    expect_at_least("draws", keep, total)?;
    let mut effective = f64::INFINITY;
    for chains in quantities {
        let cut = equal_lengths(chains);
        let start = cut.first().and_then(|c| c.first()).copied();
        if cut.iter().copied().flatten().any(|x| Some(*x) != start) {
            // A NaN is as bad as no effective draw at all.
            let size = ess_bulk(&cut).min(ess_mean(&cut));
            effective = effective.min(if size.is_nan() { 0.0 } else { size });
        }
    }
    let draws = quantities
        .iter()
        .map(|chains| {
            let all: Vec<f64> = chains.concat();
            // The middle of each of `keep` stretches.
            (0..keep).map(|i| all[(2 * i + 1) * total / (2 * keep)]).collect()
        })
        .collect();
    Ok(Thinned { draws, effective })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn chains(phi: f64) -> Vec<Vec<f64>> {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        (0..4)
            .map(|_| {
                let mut x = 0.0;
                (0..500)
                    .map(|_| {
                        x = phi * x + rng.random::<f64>() - 0.5;
                        x
                    })
                    .collect()
            })
            .collect()
    }

    #[test]
    fn draws_are_spread_over_the_chains() {
        let numbers: Vec<Vec<f64>> = (0..4).map(|c| (0..25).map(|i| f64::from(25 * c + i)).collect()).collect();
        let thinned = thin(&[numbers], 10).unwrap();
        assert_eq!(thinned.draws[0], [5., 15., 25., 35., 45., 55., 65., 75., 85., 95.]);
    }

    #[test]
    fn slow_chains_are_not_independent() {
        let fast = thin(&[chains(0.0), vec![vec![1.0; 500]; 4]], 99).unwrap();
        assert!(fast.independent() && fast.effective > 1000.0, "{}", fast.effective);
        let slow = thin(&[chains(0.0), chains(0.99)], 99).unwrap();
        assert!(!slow.independent() && slow.effective < 50.0, "{}", slow.effective);
        let mut broken = chains(0.0);
        broken[1][3] = f64::NAN;
        assert!(!thin(&[broken], 99).unwrap().independent());
    }

    #[test]
    fn what_cannot_be_thinned_is_refused() {
        assert!(thin(&[vec![vec![1.0; 5]]], 6).is_err());
        assert!(thin(&[vec![vec![1.0; 5]]], 0).is_err());
        assert!(thin(&[vec![vec![1.0; 5]], vec![vec![1.0; 6]]], 2).is_err());
        assert!(thin(&[], 2).unwrap().independent());
    }
}
