//! What a fitted model is to be held to: its pointwise log-likelihood, from which cross-validation and the evidence come. Nothing in the
//! program is needed for it: `target` is taken apart.

mod draws;
mod evidence;
mod group;
mod leave_out;
mod points;
mod predictive;
mod replicate;
mod sensitivity;

pub use draws::{read_draws, read_seed};
pub use evidence::ModelEvidence;
pub use leave_out::{LeaveOneOut, LooSettings};
pub use predictive::{Statistic, VariableChecks};
pub use replicate::{Replicated, Replicating, ReplicationSettings, Replications};
pub use sensitivity::ModelSensitivity;

use crate::bound::Bound;
use crate::error::BindError;
use crate::model::Model;
use crate::reversal::{Column, Role};
use crate::{Draws, EvalError, Reason, SampleError, Stream};
use ppl_analysis::likelihood::{Group, Prior, Units, pointwise};
use ppl_grammar::format::{Parentheses, print_program};
use ppl_grammar::source::SourceMap;
use ppl_runtime::data::{Datum, RawData};
use ppl_sampler::input::InputError;
use ppl_sampler::loo::LogLikelihood;

/// Why a model cannot be criticised.
#[derive(Debug, thiserror::Error)]
pub enum CriticismError {
    /// The program's likelihood cannot be told from its prior, or the program has none.
    #[error("{}", lines(.0))]
    NotApart(Vec<Reason>),
    /// The observed data cannot be drawn given the parameters, or there are none.
    #[error("{}", lines(.0))]
    NotReplicated(Vec<Reason>),
    #[error("{0}")]
    Bind(BindError),
    /// The draws are not those of the model with these data.
    #[error("the draws do not belong to this model and these data: {0}")]
    Draws(String),
    #[error(transparent)]
    Input(#[from] InputError),
    #[error("draw {draw}: {error}")]
    Evaluation { draw: usize, error: EvalError },
    #[error("{0}")]
    Sample(#[from] SampleError),
    /// The likelihood is one unit: nothing is left when it is left out.
    #[error("{0}")]
    OneUnit(String),
    /// The evidence is not defined: the prior is improper.
    #[error("{0}")]
    Improper(String),
    #[error("{0}")]
    Computation(String),
}

fn lines(reasons: &[Reason]) -> String {
    reasons.iter().map(|r| format!("line {}: {}", r.line, r.text)).collect::<Vec<_>>().join("\n")
}

/// A model whose `target` is taken apart.
#[derive(Clone, Debug)]
pub struct Criticism {
    model: Model,
    text: String,
    values: Model,
    weighted: Model,
    log_prior: String,
    priors: Vec<Prior>,
    groups: Vec<Group>,
    remarks: Vec<Reason>,
}

impl Model {
    /// Takes `target` apart into the log-likelihood of each observed unit and the rest.
    ///
    /// ```
    /// use ppl::{Data, Model, Settings};
    /// let model = Model::compile(
    ///     "data { int N; vector[N] y; } parameters { real mu; } model { mu ~ normal(0, 1); y ~ normal(mu, 2); }",
    /// )?;
    /// let data = Data::new().int("N", 3).reals("y", &[0.5, -1.0, 2.0]);
    /// let criticism = model.criticism()?.bind(&data)?;
    /// let draws = criticism.bound().sample(&Settings { seed: 1, ..Settings::default() })?;
    /// let pointwise = criticism.pointwise(&draws)?;
    /// assert_eq!(pointwise.names, ["y[1]", "y[2]", "y[3]"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`CriticismError::NotApart`].
    pub fn criticism(&self) -> Result<Criticism, CriticismError> {
        let locate = |span| {
            let start = self.source.start(span);
            (start.line, start.column)
        };
        let apart = pointwise(self.interpreter.program(), &locate).map_err(CriticismError::NotApart)?;
        // What a pass has written is believed only if it is a valid program.
        let compile = |program, name: &str| {
            let text = print_program(program, Parentheses::Minimal);
            let model = Model::from_source(SourceMap::from_text(name, text.clone())).map_err(|errors| {
                let text = format!("the program that takes `target` apart is not valid: {errors}");
                CriticismError::NotApart(vec![Reason { line: 1, column: 1, text }])
            })?;
            Ok::<_, CriticismError>((model, text))
        };
        let (values, text) = compile(&apart.program, "pointwise.stan")?;
        let (weighted, _) = compile(&apart.weighted, "weighted.stan")?;
        Ok(Criticism {
            model: self.clone(),
            text,
            values,
            weighted,
            log_prior: apart.log_prior,
            priors: apart.priors,
            groups: apart.groups,
            remarks: apart.remarks,
        })
    }
}

impl Criticism {
    /// The program that computes the parts, in its generated quantities.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What does not split into units.
    pub fn remarks(&self) -> &[Reason] {
        &self.remarks
    }

    /// Binds data.
    ///
    /// # Errors
    /// [`CriticismError::Bind`].
    pub fn bind(&self, data: &RawData) -> Result<BoundCriticism, CriticismError> {
        self.bind_seeded(data, 0)
    }

    /// As [`bind`](Criticism::bind), with the seed of random numbers in transformed data: that of the fit.
    ///
    /// # Errors
    /// [`CriticismError::Bind`].
    pub fn bind_seeded(&self, data: &RawData, seed: u64) -> Result<BoundCriticism, CriticismError> {
        let bound = self.model.bind_seeded(data, seed).map_err(CriticismError::Bind)?;
        let values = self.values.bind_seeded(data, seed).map_err(CriticismError::Bind)?;
        let column = |name: &str| {
            let mut first = 0;
            for quantity in values.quantities() {
                let count: usize = quantity.dims.iter().product();
                if quantity.name == name {
                    return Column {
                        name: quantity.name,
                        dims: quantity.dims,
                        is_int: false,
                        first,
                        role: Role::Observed,
                    };
                }
                first += count;
            }
            Column { name: name.to_string(), dims: vec![0], is_int: false, first, role: Role::Observed }
        };
        let columns = self.groups.iter().map(|g| (column(&g.values), column(&g.counts))).collect();
        let log_prior = column(&self.log_prior).first;
        let priors = self.priors.iter().map(|prior| column(&prior.quantity).first).collect();
        Ok(BoundCriticism { of: self.clone(), bound, values, data: data.clone(), columns, log_prior, priors })
    }
}

/// The same with data.
#[derive(Clone, Debug)]
pub struct BoundCriticism {
    of: Criticism,
    bound: Bound,
    values: Bound,
    data: RawData,
    /// Values and counts of each group.
    columns: Vec<(Column, Column)>,
    log_prior: usize,
    /// Of the priors.
    priors: Vec<usize>,
}

/// The parts of `target` in draws.
#[derive(Clone, Debug)]
pub struct Pointwise {
    /// Of the units: `y[3]`, or `line 12, 3` for the third execution of the statement in line 12.
    pub names: Vec<String>,
    pub log_likelihood: LogLikelihood,
    /// The rest of `target`, draw by draw, chains one after another; all constants kept.
    pub log_prior: Vec<f64>,
    /// The part of it that the densities of each parameter add.
    pub priors: Vec<PriorDensity>,
    /// The draws on the unconstrained space, row by row.
    pub unconstrained: Vec<f64>,
    /// Where the densities of each unit are among the values: group, and place in it.
    places: Vec<Vec<(usize, usize)>>,
}

/// The log prior density of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct PriorDensity {
    pub parameter: String,
    /// Whether no other parameter enters it: the top level of a hierarchy.
    pub top: bool,
    /// Draw by draw.
    pub values: Vec<f64>,
}

impl BoundCriticism {
    /// The model with its data.
    pub fn bound(&self) -> &Bound {
        &self.bound
    }

    /// Numbers that a draw is taken apart into: [`pointwise`](BoundCriticism::pointwise) holds as many for each draw.
    pub fn width(&self) -> usize {
        self.values.names().len()
    }

    /// The parts of `target` in draws of the model.
    ///
    /// # Errors
    /// Draws of another model or other data; draws under which the data are impossible.
    pub fn pointwise(&self, draws: &Draws) -> Result<Pointwise, CriticismError> {
        let theta = self.bound.checked_points(draws)?;
        let chains: Vec<usize> = draws.chains.iter().map(|c| c.draws.rows()).collect();
        let rows = self.evaluate(&theta)?;
        let width = self.values.names().len();
        let mut names = Vec::new();
        let mut places = Vec::new();
        for (g, (group, (_, counts))) in self.of.groups.iter().zip(&self.columns).enumerate() {
            for at in 0..counts.count() {
                // An element that no density has reached was not observed.
                if rows.chunks(width).any(|row| row[counts.first + at] > 0.0) {
                    names.push(unit_name(&group.units, &counts.dims, at));
                    places.push(vec![(g, at)]);
                }
            }
        }
        let values = self.of_units(&rows, &places);
        let log_likelihood = LogLikelihood::new(chains, places.len(), values)?;
        let column = |at: usize| rows.chunks(width).map(|row| row[at]).collect();
        let log_prior = column(self.log_prior);
        let density = |(prior, &at): (&Prior, &usize)| PriorDensity {
            parameter: prior.parameter.clone(),
            top: prior.top,
            values: column(at),
        };
        let priors = self.of.priors.iter().zip(&self.priors).map(density).collect();
        Ok(Pointwise { names, log_likelihood, log_prior, priors, unconstrained: theta, places })
    }

    /// The values of units, unit by unit, from rows of quantities.
    fn of_units(&self, rows: &[f64], places: &[Vec<(usize, usize)>]) -> Vec<f64> {
        let width = self.values.names().len();
        places.iter().flat_map(|unit| rows.chunks(width).map(|row| self.of_unit(row, unit))).collect()
    }

    /// The value of a unit in a row of quantities.
    fn of_unit(&self, row: &[f64], unit: &[(usize, usize)]) -> f64 {
        unit.iter().map(|(g, at)| row[self.columns[*g].0.first + at]).sum()
    }

    /// The quantities of the pointwise program at points, row by row.
    fn evaluate(&self, theta: &[f64]) -> Result<Vec<f64>, CriticismError> {
        let (dim, width) = (self.bound.dim(), self.values.names().len());
        let rows = theta.len().checked_div(dim).unwrap_or(0);
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(rows.max(1));
        let share = rows.div_ceil(threads).max(1);
        let work = |first: usize| {
            let last = (first + share).min(rows);
            let mut out = vec![f64::NAN; (last - first) * width];
            for (draw, out) in (first..last).zip(out.chunks_mut(width)) {
                self.parts(&theta[draw * dim..(draw + 1) * dim], out)
                    .map_err(|error| CriticismError::Evaluation { draw: draw + 1, error })?;
            }
            Ok::<_, CriticismError>(out)
        };
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..rows).step_by(share).map(|first| scope.spawn(move || work(first))).collect();
            let mut out = Vec::with_capacity(rows * width);
            for worker in workers {
                out.extend(worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
            }
            Ok(out)
        })
    }

    fn parts(&self, theta: &[f64], out: &mut [f64]) -> Result<(), EvalError> {
        let mut workspace = crate::Density::workspace(&self.values);
        self.values.expand_into(&mut workspace, theta, Stream { seed: 0, chain: 0, draw: 0 }, out)
    }

    /// The model with weights of the units: `weight(group, place)`.
    fn weighted(&self, weight: &dyn Fn(usize, usize) -> f64) -> Result<Bound, CriticismError> {
        let mut data = self.data.clone();
        for (g, (group, (values, _))) in self.of.groups.iter().zip(&self.columns).enumerate() {
            let weights: Vec<f64> = (0..values.count()).map(|at| weight(g, at)).collect();
            let column = Column { first: 0, ..values.clone() };
            data.set(group.weights.clone(), column.datum(&weights));
            if let Some(sizes) = &group.sizes {
                let dims = values.dims.iter().map(|d| Datum::Int(i64::try_from(*d).unwrap_or(i64::MAX)));
                data.set(sizes.clone(), Datum::List(dims.collect()));
            }
        }
        self.of.weighted.bind_seeded(&data, self.bound.seed).map_err(CriticismError::Bind)
    }
}

/// `y[2,3]`; the first index runs fastest.
fn unit_name(units: &Units, dims: &[usize], mut at: usize) -> String {
    let index: Vec<String> = dims
        .iter()
        .map(|size| {
            let i = at % size + 1;
            at /= size;
            i.to_string()
        })
        .collect();
    match (units, index.is_empty()) {
        (Units::Elements(name), true) => name.clone(),
        (Units::Elements(name), false) => format!("{name}[{}]", index.join(",")),
        (Units::Executions { line }, true) => format!("line {line}"),
        (Units::Executions { line }, false) => format!("line {line}, {}", index.join(",")),
    }
}
