//! The narrow waist between models and samplers.

/// An unnormalised log density on the unconstrained space R^n, with its gradient.
///
/// An implementation is immutable and shared between threads; what an evaluation scribbles on lives in the
/// [`Workspace`](Density::Workspace), one a thread.
pub trait Density: Send + Sync {
    type Workspace: Send;

    /// Number of unconstrained coordinates.
    fn dim(&self) -> usize;

    fn workspace(&self) -> Self::Workspace;

    /// log p(theta) up to a constant, with the Jacobian of the constraining transform; `gradient` (length
    /// [`dim`](Density::dim)) is overwritten.
    ///
    /// # Errors
    /// [`EvalError`]: the point was rejected or could not be evaluated. `gradient` is then unspecified.
    fn log_density_gradient(
        &self,
        workspace: &mut Self::Workspace,
        theta: &[f64],
        gradient: &mut [f64],
    ) -> Result<f64, EvalError>;

    /// Names of the values that [`expand`](Density::expand) writes, in Stan's order and CSV spelling
    /// (`theta.1`, `Sigma.2.1`: column-major).
    fn names(&self) -> &[String];

    /// Parameters, transformed parameters and generated quantities of a draw, written to `out` (length of
    /// [`names`](Density::names)). `stream` names the random numbers that generated quantities draw: the result is a function of
    /// `(theta, stream)`.
    fn expand(
        &self,
        workspace: &mut Self::Workspace,
        theta: &[f64],
        stream: Stream,
        out: &mut [f64],
    ) -> Result<(), EvalError>;
}

/// Names a random stream: (seed, chain, draw).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stream {
    pub seed: u64,
    pub chain: u64,
    pub draw: u64,
}

/// Why a point has no density.
#[derive(Clone, Debug, thiserror::Error)]
pub enum EvalError {
    /// The point has density zero or an argument left its domain: the sampler rejects the proposal and goes on.
    #[error("{0}")]
    Reject(String),
    /// The program is wrong for these data (index out of range, size mismatch, `fatal_error`): sampling stops.
    #[error("{0}")]
    Fatal(String),
    /// A limit (time, memory, recursion) was exceeded: sampling stops.
    #[error("{0}")]
    Limit(String),
}

impl EvalError {
    /// Whether the sampler may treat the point as having density zero.
    pub fn is_recoverable(&self) -> bool {
        matches!(self, EvalError::Reject(_))
    }
}
