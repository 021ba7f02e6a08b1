//! The draws of a run and the sampler's statistics.

/// What the sampler reports of one iteration, under Stan's names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DrawStatistics {
    /// `lp__`: log density of the draw on the unconstrained space, Jacobian included, up to a constant.
    pub lp: f64,
    /// `accept_stat__`: mean acceptance probability over the trajectory.
    pub accept_stat: f64,
    /// `stepsize__`: step of this trajectory, in the space where the mass matrix is the identity.
    pub step_size: f64,
    /// `treedepth__`: doublings of the trajectory.
    pub tree_depth: u32,
    /// `n_leapfrog__`: leapfrog steps, one gradient each.
    pub leapfrog_steps: u64,
    /// `divergent__`: the integrator's energy error passed the limit, or the density rejected a point.
    pub divergent: bool,
    /// `energy__`: the Hamiltonian at the draw.
    pub energy: f64,
}

impl DrawStatistics {
    /// Stan's column names, in Stan's order.
    pub const NAMES: [&'static str; 7] =
        ["lp__", "accept_stat__", "stepsize__", "treedepth__", "n_leapfrog__", "divergent__", "energy__"];
}

/// A block of iterations: a matrix of values and the statistics beside it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// `rows() * columns` values, row by row: a row is a draw.
    pub values: Vec<f64>,
    /// One entry a row.
    pub statistics: Vec<DrawStatistics>,
}

impl Block {
    pub fn rows(&self) -> usize {
        self.statistics.len()
    }
}

/// One chain.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChainDraws {
    /// Number of the chain, from 0.
    pub chain: usize,
    /// The draws kept.
    pub draws: Block,
    /// The warm-up iterations, if they were asked for.
    pub warmup: Block,
    /// Warm-up iterations done (kept or not).
    pub warmup_done: usize,
    /// Step size after warm-up.
    pub step_size: f64,
    /// Diagonal of the inverse mass matrix after warm-up (of its diagonal part, where it is low-rank). Empty if warm-up did not finish.
    pub inverse_metric: Vec<f64>,
    /// Wall-clock seconds.
    pub warmup_seconds: f64,
    /// Wall-clock seconds.
    pub sampling_seconds: f64,
    /// Where the chain started (unconstrained).
    pub initial: Vec<f64>,
    /// Draws whose generated quantities were rejected: what was not computed is NaN. The first message.
    pub rejected: usize,
    pub first_rejection: Option<String>,
}

/// The draws of all chains.
#[derive(Clone, Debug, PartialEq)]
pub struct Draws {
    /// Names of the columns, in Stan's CSV spelling (`theta.1`).
    pub names: Vec<String>,
    /// In order of their number. A cancelled run has chains of different lengths, possibly empty.
    pub chains: Vec<ChainDraws>,
    /// Whether the run was stopped before its end.
    pub cancelled: bool,
    /// The limit on the tree depth that was in force.
    pub max_depth: u32,
}

impl Draws {
    /// Index of the column called `name`, in Stan's CSV spelling or with brackets (`theta[1]`, `Sigma[2,1]`).
    pub fn column_index(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n == name).or_else(|| {
            let dotted = name.replace(['[', ','], ".").replace([']', ' '], "");
            self.names.iter().position(|n| *n == dotted)
        })
    }

    /// A column, one vector a chain.
    pub fn column(&self, index: usize) -> Vec<Vec<f64>> {
        let width = self.names.len();
        self.chains.iter().map(|c| c.draws.values.iter().skip(index).step_by(width.max(1)).copied().collect()).collect()
    }

    /// A statistic, one vector a chain.
    pub fn statistic(&self, read: impl Fn(&DrawStatistics) -> f64) -> Vec<Vec<f64>> {
        self.chains.iter().map(|c| c.draws.statistics.iter().map(&read).collect()).collect()
    }

    /// Draws of all chains together.
    pub fn total(&self) -> usize {
        self.chains.iter().map(|c| c.draws.rows()).sum()
    }

    /// Draws of the shortest chain.
    pub fn shortest(&self) -> usize {
        self.chains.iter().map(|c| c.draws.rows()).min().unwrap_or(0)
    }
}

/// `theta.1.2` as people write it: `theta[1,2]`. Names without dots are returned as they are.
pub fn bracketed(name: &str) -> String {
    match name.split_once('.') {
        Some((base, indices)) => format!("{base}[{}]", indices.replace('.', ",")),
        None => name.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_either_spelling() {
        let draws = Draws {
            names: vec!["mu".into(), "S.1.1".into(), "S.2.1".into()],
            chains: vec![ChainDraws {
                draws: Block { values: vec![1., 2., 3., 4., 5., 6.], statistics: Vec::new() },
                ..ChainDraws::default()
            }],
            cancelled: false,
            max_depth: 10,
        };
        assert_eq!(draws.column_index("S[2, 1]"), Some(2));
        assert_eq!(draws.column_index("S.2.1"), Some(2));
        assert_eq!(draws.column_index("S"), None);
        assert_eq!(draws.column(2), vec![vec![3., 6.]]);
        assert_eq!(bracketed("S.2.1"), "S[2,1]");
        assert_eq!(bracketed("mu"), "mu");
    }
}
