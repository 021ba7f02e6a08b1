//! How to sample.

/// Settings of a run. [`Default`] is what `ppl run` uses.
///
/// ```
/// use ppl_sampler::Settings;
/// let settings = Settings { seed: 42, draws: 500, ..Settings::default() };
/// assert!(settings.validate().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Number of chains, at least 1.
    pub chains: usize,
    /// Iterations a chain spends on learning step size and mass matrix; these draws are no draws from the posterior.
    pub warmup: usize,
    /// Draws kept of each chain, at least 1.
    pub draws: usize,
    /// The draws are a function of the density, the settings and this number; threads do not enter.
    pub seed: u64,
    /// At most this many chains at once; `None`: as many as there are processors.
    pub threads: Option<usize>,
    /// Acceptance statistic that the step size is tuned for, strictly between 0 and 1. Larger: smaller steps.
    pub target_accept: f64,
    /// A trajectory has at most `2^max_depth` leapfrog steps; 1 to 30.
    pub max_depth: u32,
    /// What is learnt of the posterior's geometry.
    pub adaptation: Adaptation,
    /// Where the chains start.
    pub initial: InitialValues,
    /// Keep the warm-up iterations too ([`ChainDraws::warmup`](crate::ChainDraws::warmup)).
    pub save_warmup: bool,
}

/// The mass matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Adaptation {
    /// Diagonal, from the variances of draws and gradients.
    #[default]
    Diagonal,
    /// Diagonal plus the directions whose scale it misses: for strongly correlated posteriors. Costs
    /// `O(dim * rank)` a step and an eigenproblem an update.
    LowRank,
}

/// Initial values, on the unconstrained space.
#[derive(Clone, Debug, PartialEq)]
pub enum InitialValues {
    /// Uniform on `(-radius, radius)` in every coordinate, tried up to 100 times until density and gradient are finite.
    /// Radius 0 starts at the origin.
    Uniform { radius: f64 },
    /// Given: one point for all chains, or one a chain. A coordinate that is `None` is drawn from uniform(-2, 2), as
    /// for Stan's partial initial values.
    Given(Vec<Vec<Option<f64>>>),
}

impl Default for InitialValues {
    fn default() -> Self {
        InitialValues::Uniform { radius: 2.0 }
    }
}

/// Iterations of warm-up by default: half of Stan's. `nuts-rs` learns from gradients too, and needs fewer: from 200 to 1000 iterations, the
/// effective sample size of the draws that follow does not change (`examples/warmup.rs` measures it on five posteriors).
pub const DEFAULT_WARMUP: usize = 500;

impl Default for Settings {
    fn default() -> Self {
        Settings {
            chains: 4,
            warmup: DEFAULT_WARMUP,
            draws: 1000,
            seed: 0,
            threads: None,
            target_accept: 0.8,
            max_depth: 10,
            adaptation: Adaptation::default(),
            initial: InitialValues::default(),
            save_warmup: false,
        }
    }
}

/// A setting out of its range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct SettingsError {
    /// The field of [`Settings`].
    pub name: &'static str,
    pub problem: String,
}

impl Settings {
    /// Checks every field but the length of initial values, which needs the density.
    ///
    /// # Errors
    /// The first field out of its range.
    pub fn validate(&self) -> Result<(), SettingsError> {
        let fail = |name, problem: String| Err(SettingsError { name, problem });
        if !(1..=10_000).contains(&self.chains) {
            return fail("chains", format!("must be between 1 and 10000, got {}", self.chains));
        }
        if !(1..=1_000_000_000).contains(&self.draws) {
            return fail("draws", format!("must be between 1 and 1000000000, got {}", self.draws));
        }
        if self.warmup > 1_000_000_000 {
            return fail("warmup", format!("must be at most 1000000000, got {}", self.warmup));
        }
        if self.threads == Some(0) {
            return fail("threads", "must be at least 1, got 0".into());
        }
        if !(self.target_accept > 0.0 && self.target_accept < 1.0) {
            return fail("target_accept", format!("must be strictly between 0 and 1, got {}", self.target_accept));
        }
        if !(1..=30).contains(&self.max_depth) {
            return fail("max_depth", format!("must be between 1 and 30, got {}", self.max_depth));
        }
        match &self.initial {
            InitialValues::Uniform { radius } if !(radius.is_finite() && *radius >= 0.0) => {
                fail("initial", format!("the radius must be finite and not negative, got {radius}"))
            }
            InitialValues::Given(points) if points.len() != 1 && points.len() != self.chains => {
                fail("initial", format!("{} points for {} chains: give one, or one a chain", points.len(), self.chains))
            }
            InitialValues::Given(points) => match points.iter().flatten().flatten().find(|x| !x.is_finite()) {
                Some(x) => fail("initial", format!("values must be finite, got {x}")),
                None => Ok(()),
            },
            InitialValues::Uniform { .. } => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_checked() {
        let default = Settings::default;
        let bad = [
            ("chains", Settings { chains: 0, ..default() }),
            ("draws", Settings { draws: 0, ..default() }),
            ("warmup", Settings { warmup: 2_000_000_000, ..default() }),
            ("threads", Settings { threads: Some(0), ..default() }),
            ("target_accept", Settings { target_accept: 1.0, ..default() }),
            ("target_accept", Settings { target_accept: f64::NAN, ..default() }),
            ("max_depth", Settings { max_depth: 0, ..default() }),
            ("max_depth", Settings { max_depth: 31, ..default() }),
            ("initial", Settings { initial: InitialValues::Uniform { radius: -1.0 }, ..default() }),
            ("initial", Settings { initial: InitialValues::Given(vec![vec![], vec![]]), ..default() }),
            ("initial", Settings { initial: InitialValues::Given(vec![vec![Some(f64::INFINITY)]]), ..default() }),
        ];
        for (name, settings) in bad {
            assert_eq!(settings.validate().unwrap_err().name, name, "{settings:?}");
        }
        assert_eq!(default().validate(), Ok(()));
    }
}
