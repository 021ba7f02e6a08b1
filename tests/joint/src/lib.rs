//! Whether a simulator draws from the joint distribution that its program describes: an exact test without a fit.
//!
//! Let X = (theta, y) be a draw of the simulator, and let a Markov chain that is reversible with respect to the joint density of the *program*
//! take some steps from X to X'. If the simulator is right, (X, X') and (X', X) have the same distribution, so for any function f
//! the difference f(X') - f(X) is symmetric about zero; if it is wrong, the chain drifts away from what was drawn. This is Geweke's
//! comparison of marginal-conditional and successive-conditional simulators, with the chain started at the draw and
//! stopped after a few steps, so that it need not converge and its steps need no tuning.
//!
//! Draws are independent, so the sum S of the differences over draws is, given their sizes d_i, a sum of `d_i` with random
//! signs, and `P(|S| > t sqrt(sum d_i^2)) <= 2 exp(-t^2 / 2)` at any number of draws and however heavy the tails are (Hoeffding). That is
//! the p-value; Bonferroni's inequality takes the functions of one program together.
//!
//! The density is that of the interpreter, normalised and with the Jacobian of the constraining transforms. The chain moves one coordinate at a
//! time, of the unconstrained parameters or of the data. A data set is bound to the original program anew (where nothing is computed from them,
//! their values are replaced), so the reference shares nothing with the reversal but the checker and the interpreter.
//!
//! - Geweke (2004), "Getting it right: joint distribution tests of posterior simulators", JASA 99.
//! - Besag and Clifford (1989), "Generalized Monte Carlo significance tests", Biometrika 76: exactness of tests by reversible chains.
//! - Gandy and Scott (2020), "Unit testing for MCMC and other Monte Carlo methods", arXiv:2001.06465.
//!
//! | module | what it holds |
//! |---|---|
//! | this | [`Subject`]: a program with its simulator; [`Subject::test`] |
//! | [`density`] | the joint density of the program at (theta, y) |
//! | [`chain`] | the reversible chain |
//! | [`smaller`] | data sets cut to a size |
//! | [`statistics`] | the functions f, and their p-values |

pub mod chain;
pub mod density;
pub mod smaller;
pub mod statistics;

use chain::Chain;
use density::{Joint, Refused, State};
use ppl::{Bound, Column, Data, Model, Role, Settings, Stream, Verdict};
use ppl_analysis::reverse::{Options, Simulator, reverse};
use ppl_grammar::ast;
use ppl_grammar::diagnostic::Diagnostic;
use ppl_grammar::format::{Parentheses, print_program};
use ppl_grammar::source::SourceMap;
use ppl_program::typed::Program;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use statistics::{Statistic, Statistics};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How much of a test to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Effort {
    /// Draws of the simulator, each the start of a chain.
    pub draws: usize,
    /// Steps of each chain.
    pub steps: usize,
    pub seed: u64,
    /// No more draws are begun after this time.
    pub limit: Duration,
    /// Ranges in which data move, by name.
    pub within: Vec<(String, f64, f64)>,
}

impl Default for Effort {
    fn default() -> Self {
        Effort { draws: 2000, steps: 30, seed: 1, limit: Duration::from_secs(3600), within: Vec::new() }
    }
}

/// Draws that only find out scales and what never changes.
const PILOT: usize = 200;
/// The share of draws without a density, above which a simulator is wrong: rounding to the edge of the support is rarer.
const OUTSIDE: f64 = 0.005;
/// Effective draws of a prior that is sampled by NUTS, for each draw that is used.
const EFFECTIVE: f64 = 1.5;

/// What a test came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Draws that were tested.
    pub draws: usize,
    /// Draws that the simulator rejected, or whose data the program does not accept, or that are beyond declared bounds. The test is about the
    /// others.
    pub left_out: usize,
    /// Draws to which the program gives no density.
    pub outside: usize,
    /// The first reason for each.
    pub why_left_out: Option<String>,
    pub why_outside: Option<String>,
    /// Steps that were taken, of those that were tried.
    pub acceptance: f64,
    /// Coordinates of the parameters, and of the data that move.
    pub coordinates: (usize, usize),
    /// The smallest p-value first.
    pub statistics: Vec<Statistic>,
    /// The chance of so small a p-value among all functions, at most.
    pub p: f64,
}

impl Outcome {
    /// Whether the simulator stands at this level.
    pub fn passes(&self, level: f64) -> bool {
        self.draws > 0 && self.p >= level && (self.outside as f64) <= OUTSIDE * (self.draws + self.outside) as f64
    }
}

/// A program, what draws for it, and data.
pub struct Subject {
    joint: Joint,
    simulator: Bound,
    columns: Vec<Column>,
    by_mcmc: bool,
    rewrites: Vec<String>,
}

/// Why there is nothing to test.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Untestable {
    #[error("{0}")]
    Program(String),
    /// There is no simulator.
    #[error("no simulator: {0:?}")]
    Verdict(Verdict),
    #[error("{0}")]
    Data(String),
    /// The simulator stopped in a way that no other draw will mend.
    #[error("the simulator failed: {0}")]
    Simulator(String),
}

impl Subject {
    /// A program with the simulator that the reversal finds, whose text `change` may change first.
    ///
    /// # Errors
    /// [`Untestable`].
    pub fn new(name: &str, text: &str, data: &Data, change: &dyn Fn(String) -> String) -> Result<Subject, Untestable> {
        let program = checked(name, text)?;
        let reversal = reverse(&program, &Options::default(), &|_| (0, 0));
        let simulator = reversal.simulator.ok_or(Untestable::Verdict(reversal.report.verdict))?;
        let text = change(print_program(&simulator.program, Parentheses::Minimal));
        let text = without_checks(&text)?;
        let model = Model::compile(&text).map_err(|e| Untestable::Program(format!("{e}\n{text}")))?;
        let bound = model.bind(data).map_err(|e| Untestable::Data(e.to_string()))?;
        let columns = columns(&bound, &simulator);
        let given = checked("simulator", &text)?;
        let joint = Joint::new(program, &given, data, &columns).map_err(Untestable::Data)?;
        let (by_mcmc, rewrites) = (simulator.by_mcmc, reversal.report.rewrites);
        Ok(Subject { joint, simulator: bound, columns, by_mcmc, rewrites })
    }

    /// Whether the parameters come from NUTS on the prior: then they are nearly independent only, and the test is nearly exact.
    pub fn by_mcmc(&self) -> bool {
        self.by_mcmc
    }

    /// The identities that the reversal used.
    pub fn rewrites(&self) -> &[String] {
        &self.rewrites
    }

    /// Runs the test.
    ///
    /// # Errors
    /// [`Untestable::Simulator`].
    pub fn test(&self, effort: &Effort) -> Result<Outcome, Untestable> {
        let mut source = self.source(effort)?;
        let start = Instant::now();
        let mut outcome = Outcome {
            draws: 0,
            left_out: 0,
            outside: 0,
            why_left_out: None,
            why_outside: None,
            acceptance: 0.0,
            coordinates: (0, 0),
            statistics: Vec::new(),
            p: 1.0,
        };
        let mut rng = ChaCha8Rng::seed_from_u64(effort.seed);
        let mut pilot = Vec::new();
        for index in 0..PILOT {
            let Some(row) = source(index)? else { continue };
            pilot.extend(self.joint.state(row, &mut rng).ok());
        }
        let chain = Chain::new(&self.joint, &pilot, &effort.within);
        let mut statistics = Statistics::new(&self.joint, &chain, effort.seed);
        let (mut taken, mut tried) = (0, 0);
        for index in PILOT..PILOT + effort.draws {
            if start.elapsed() > effort.limit {
                break;
            }
            let Some(row) = source(index)? else {
                outcome.left_out += 1;
                outcome.why_left_out.get_or_insert_with(|| "rejected by the simulator".into());
                continue;
            };
            let mut rng = ChaCha8Rng::seed_from_u64(effort.seed ^ (index as u64) << 20);
            let first = match self.joint.state(row, &mut rng) {
                Ok(state) if !chain.holds(&state) => {
                    outcome.left_out += 1;
                    outcome.why_left_out.get_or_insert_with(|| "outside the range in which data move".into());
                    continue;
                }
                Ok(state) => state,
                Err(Refused::Data(why)) => {
                    outcome.left_out += 1;
                    outcome.why_left_out.get_or_insert(why);
                    continue;
                }
                Err(Refused::Density(why)) => {
                    outcome.outside += 1;
                    outcome.why_outside.get_or_insert(why);
                    continue;
                }
            };
            let mut last: State = first.clone();
            for _ in 0..effort.steps {
                tried += 1;
                taken += usize::from(chain.step(&self.joint, &mut last, &mut rng));
            }
            statistics.add(&first, &last);
            outcome.draws += 1;
        }
        outcome.acceptance = f64::from(taken as u32) / f64::from(tried.max(1) as u32);
        outcome.coordinates = (self.joint.dim(), chain.moving().len());
        outcome.statistics = statistics.results();
        outcome.p = statistics::together(&outcome.statistics);
        Ok(outcome)
    }

    /// Draw number `index` of the simulator; `None` where it was rejected.
    #[allow(clippy::type_complexity)]
    fn source(
        &self,
        effort: &Effort,
    ) -> Result<Box<dyn FnMut(usize) -> Result<Option<Vec<f64>>, Untestable> + '_>, Untestable> {
        let seed = effort.seed;
        if !self.by_mcmc {
            return Ok(Box::new(move |index| {
                let stream = Stream { seed, chain: 0, draw: index as u64 };
                match self.simulator.expand(&[], stream) {
                    Ok(row) => Ok(Some(row)),
                    Err(error) if error.is_recoverable() => Ok(None),
                    Err(error) => Err(Untestable::Simulator(error.to_string())),
                }
            }));
        }
        let rows = self.by_nuts(effort.draws + PILOT, seed)?;
        Ok(Box::new(move |index| Ok(rows.get(index).cloned())))
    }

    /// Nearly independent draws where parameters need NUTS.
    fn by_nuts(&self, wanted: usize, seed: u64) -> Result<Vec<Vec<f64>>, Untestable> {
        const MOST: usize = 200_000;
        let mut draws = wanted / 2;
        loop {
            let settings =
                Settings { seed, chains: 4, draws, target_accept: 0.9, threads: Some(1), ..Settings::default() };
            let sampled = self.simulator.sample(&settings).map_err(|e| Untestable::Simulator(e.to_string()))?;
            let width = sampled.names.len();
            let chains: Vec<&[f64]> = sampled.chains.iter().map(|c| c.draws.values.as_slice()).collect();
            let parameters = self.columns.iter().filter(|c| c.role == Role::Parameter);
            let mut effective = f64::INFINITY;
            for at in parameters.flat_map(|c| c.first..c.first + c.count()) {
                let column: Vec<Vec<f64>> =
                    chains.iter().map(|rows| rows.chunks(width).map(|row| row[at]).collect()).collect();
                if column.iter().flatten().all(|x| *x == column[0][0]) {
                    continue;
                }
                let thinned = ppl_sampler::sbc::thin(&[column], 1).map_err(|e| Untestable::Simulator(e.to_string()))?;
                effective = effective.min(thinned.effective);
            }
            if effective >= EFFECTIVE * wanted as f64 || draws * 4 >= MOST {
                let rows: Vec<&[f64]> = chains.iter().flat_map(|rows| rows.chunks(width)).collect();
                let keep = wanted.min((effective / EFFECTIVE) as usize).max(1);
                let mut kept: Vec<Vec<f64>> =
                    (0..keep).map(|i| rows[(2 * i + 1) * rows.len() / (2 * keep)].to_vec()).collect();
                // The pilot must not be the beginning of the first chain.
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                rand::seq::SliceRandom::shuffle(kept.as_mut_slice(), &mut rng);
                return Ok(kept);
            }
            draws *= 2;
        }
    }
}

/// The data with some sizes made smaller, as [`smaller::smaller`] does: those that are named, and all above `most`; with what was made smaller.
///
/// # Errors
/// [`Untestable`].
pub fn cut(
    name: &str,
    text: &str,
    data: &Data,
    named: &[(String, i64)],
    most: Option<i64>,
) -> Result<(Data, Vec<(String, i64)>), Untestable> {
    let program = checked(name, text)?;
    let mut sizes = named.to_vec();
    for (name, size) in most.into_iter().flat_map(|most| smaller::above(&program, data, most)) {
        if !sizes.iter().any(|(n, _)| *n == name) {
            sizes.push((name, size));
        }
    }
    let data = smaller::smaller(&program, data, &sizes).map_err(Untestable::Data)?;
    Ok((data, sizes))
}

/// A simulator whose generated quantities have no constraints: what leaves them is judged by the density of the program.
fn without_checks(text: &str) -> Result<String, Untestable> {
    let mut program = parsed("simulator", text)?;
    for statement in program.generated_quantities.iter_mut().flat_map(|block| &mut block.items) {
        if let ast::StatementKind::Declare { ty, .. } = &mut statement.kind {
            free(ty);
        }
    }
    Ok(print_program(&program, Parentheses::Minimal))
}

fn free(ty: &mut ast::SizedType) {
    use ast::SizedTypeKind as K;
    ty.transform = ast::Transform::default();
    ty.kind = match std::mem::replace(&mut ty.kind, K::Int) {
        K::Simplex(n) | K::UnitVector(n) | K::SumToZeroVector(n) | K::Ordered(n) | K::PositiveOrdered(n) => {
            K::Vector(n)
        }
        K::CorrMatrix(n) | K::CovMatrix(n) | K::CholeskyFactorCorr(n) | K::CholeskyFactorCov(n, None) => {
            K::Matrix(n.clone(), n)
        }
        K::CholeskyFactorCov(m, Some(n)) => K::Matrix(m, *n),
        K::SumToZeroMatrix(m, n) | K::RowStochasticMatrix(m, n) | K::ColumnStochasticMatrix(m, n) => K::Matrix(m, n),
        K::Array(mut element, sizes) => {
            free(&mut element);
            K::Array(element, sizes)
        }
        K::Tuple(mut items) => {
            items.iter_mut().for_each(free);
            K::Tuple(items)
        }
        other => other,
    };
}

fn parsed(name: &str, text: &str) -> Result<ast::Program, Untestable> {
    let source = SourceMap::from_text(name, text);
    let parsed = ppl_grammar::parse::parse(&source);
    match parsed.is_ok() {
        true => Ok(parsed.program),
        false => Err(first(&source, &parsed.diagnostics)),
    }
}

fn first(source: &SourceMap, all: &[Diagnostic]) -> Untestable {
    let message = all.first().map(|d| format!("{}: {}", source.describe(d.span), d.message));
    Untestable::Program(message.unwrap_or_default())
}

/// A program that the checker accepts.
fn checked(name: &str, text: &str) -> Result<Arc<Program>, Untestable> {
    let program = parsed(name, text)?;
    let source = SourceMap::from_text(name, text);
    ppl_program::check(&program).map(|c| Arc::new(c.program)).map_err(|all| first(&source, &all))
}

/// What a draw of the simulator consists of.
fn columns(bound: &Bound, simulator: &Simulator) -> Vec<Column> {
    let mut first = 0;
    let one = |quantity: ppl::Quantity| {
        let observed = simulator.observed.iter().find(|(_, name)| *name == quantity.name);
        let role = match observed {
            Some(_) => Role::Observed,
            None if simulator.parameters.contains(&quantity.name) => Role::Parameter,
            None => Role::Transformed,
        };
        let name = observed.map_or(quantity.name, |(name, _)| name.clone());
        let column = Column { name, dims: quantity.dims, is_int: quantity.is_int, first, role };
        first += column.count();
        column
    };
    bound.quantities().into_iter().map(one).collect()
}
