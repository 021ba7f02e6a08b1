//! What the reversal of a program came to, in a form that other programs read.

use serde::Serialize;

/// How the joint distribution can be simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every parameter and observation is drawn from the density that the program gives it.
    Exact,
    /// The same, after identities named in `rewrites`.
    ExactAfterRewrites,
    /// Observations are drawn forwards; the parameters have a density that is no product of conditional ones, and are
    /// sampled from it by NUTS.
    PriorByMcmc,
    /// Some parameter has no proper density: it needs a range, or a prior.
    NeedsRange,
    /// The program has no density.
    NoDensity,
    /// The observations cannot be drawn.
    Unsupported,
}

/// A remark about a place in the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    pub line: usize,
    pub column: usize,
    pub text: String,
}

/// The whole verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    pub verdict: Verdict,
    /// Names of the identities that were used.
    pub rewrites: Vec<String>,
    /// What is drawn: `y`, or `y[K + 1:N]`.
    pub observed: Vec<String>,
    /// What the simulator takes as given.
    pub given: Vec<String>,
    /// What is decided when data are bound.
    pub conditions: Vec<String>,
    pub reasons: Vec<Reason>,
    /// Parameters that need a range or a prior.
    pub improper: Vec<String>,
}
