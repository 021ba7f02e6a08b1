//! The data again: what the model observes, drawn forwards given the parameters of each draw of a fit (the posterior predictive
//! distribution). Nothing in the program is needed for it, and its priors may be improper.

use super::CriticismError;
use crate::bound::{Bound, FailedRow, datum};
use crate::model::Model;
use crate::{Data, Draws, Stream};
use ppl_analysis::reverse::replicating;
use ppl_grammar::format::{Parentheses, print_program};
use ppl_grammar::source::SourceMap;
use ppl_interpreter::{Interpreter, Shape};
use ppl_program::typed::{Origin, VarId, Variable};
use ppl_runtime::value::Value;
use std::ops::Range;

/// The program that replicates: the parameters of the model, and its observed data (`y` as `y_rep`) in generated quantities.
#[derive(Clone, Debug)]
pub struct Replicating {
    text: String,
    model: Model,
    observed: Vec<(String, String)>,
}

/// How many data sets, and which.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicationSettings {
    /// At most so many draws of the fit, evenly spaced, give a data set: fewer where they would not fit into
    /// [`MOST_NUMBERS`](Replications::MOST_NUMBERS).
    pub draws: usize,
    /// The data sets are a function of the draws and this number; threads do not enter.
    pub seed: u64,
    /// Threads; 0 is one a processor.
    pub threads: usize,
}

impl Default for ReplicationSettings {
    fn default() -> Self {
        ReplicationSettings { draws: usize::MAX, seed: 1, threads: 0 }
    }
}

/// Data sets that a fit generates, beside the one that it was fitted to.
#[derive(Clone, Debug, PartialEq)]
pub struct Replications {
    /// The observed variables, in the order of their declarations.
    pub variables: Vec<Replicated>,
    /// Which draw of the fit each data set comes from, from 0, chains one after another.
    pub draws: Vec<usize>,
    /// Draws whose data set the program rejected; they are left out. The first message.
    pub rejected: usize,
    pub message: Option<String>,
}

/// An observed variable and its replications.
#[derive(Clone, Debug, PartialEq)]
pub struct Replicated {
    pub name: String,
    /// Sizes; empty for a number.
    pub dims: Vec<usize>,
    pub is_int: bool,
    /// The data; the first index runs fastest. What the program takes as given (`y[1]` of an autoregression) is the same in the replications.
    pub observed: Vec<f64>,
    /// One row of `observed.len()` numbers for each of [`Replications::draws`].
    pub values: Vec<f64>,
}

impl Replications {
    /// Numbers that are held at most, of all variables together: a gigabyte.
    pub const MOST_NUMBERS: usize = 1 << 27;
}

impl Replicated {
    /// One replication.
    pub fn row(&self, index: usize) -> &[f64] {
        let width = self.observed.len();
        &self.values[index * width..(index + 1) * width]
    }
}

impl Model {
    /// The program that draws the observed data again, given the parameters.
    ///
    /// # Errors
    /// [`CriticismError::NotReplicated`].
    pub fn replicating(&self) -> Result<Replicating, CriticismError> {
        Replicating::of(&self.source, &self.interpreter)
    }
}

impl Replicating {
    fn of(source: &SourceMap, interpreter: &Interpreter) -> Result<Replicating, CriticismError> {
        let locate = |span| {
            let start = source.start(span);
            (start.line, start.column)
        };
        let written = replicating(interpreter.program(), &locate).map_err(CriticismError::NotReplicated)?;
        let text = print_program(&written.program, Parentheses::Minimal);
        // What a pass has written is believed only if it is a valid program.
        let model = Model::from_source(SourceMap::from_text("replicating.stan", text.clone())).map_err(|errors| {
            let text = format!("the program that draws the data again is not valid: {errors}");
            CriticismError::NotReplicated(vec![crate::Reason { line: 1, column: 1, text }])
        })?;
        Ok(Replicating { text, model, observed: written.observed })
    }

    /// The program: for Stan, one for its method `generate_quantities`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The program, compiled.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Observed variables: name in the model, name of the replication.
    pub fn observed(&self) -> &[(String, String)] {
        &self.observed
    }
}

impl Bound {
    /// Draws the observed data again, once for each draw of a fit.
    ///
    /// ```
    /// use ppl::{Data, Model, ReplicationSettings, Settings};
    /// let model = Model::compile("data { int N; vector[N] y; } parameters { real mu; } model { y ~ normal(mu, 1); }")?;
    /// let bound = model.bind(&Data::new().int("N", 3).reals("y", &[1.2, 0.7, 1.9]))?;
    /// let draws = bound.sample(&Settings { seed: 1, ..Settings::default() })?;
    /// let replications = bound.replicate(&draws, &ReplicationSettings::default())?;
    /// let y = &replications.variables[0];
    /// assert_eq!((y.name.as_str(), y.observed.as_slice()), ("y", &[1.2, 0.7, 1.9][..]));
    /// assert_eq!(y.row(5).len(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`CriticismError::NotReplicated`]; [`CriticismError::Draws`] for draws of another model or other data;
    /// [`CriticismError::Evaluation`] where a statement fails, [`CriticismError::Computation`] where all data sets are rejected.
    pub fn replicate(&self, draws: &Draws, settings: &ReplicationSettings) -> Result<Replications, CriticismError> {
        let replicating = Replicating::of(&self.source, &self.interpreter)?;
        let points = self.checked_points(draws)?;
        let program = replicating.model.interpreter.program();
        let names = program.data.iter().map(|d| program.variable(d.variable).name.as_str());
        let bound = Bound::new(&replicating.model, &self.given(names), self.seed).map_err(CriticismError::Bind)?;
        if bound.unconstrained_names() != self.unconstrained_names() {
            return Err(CriticismError::Computation("the replicating program has other parameters".into()));
        }
        let mut variables = Vec::new();
        let mut columns = Vec::new();
        let mut first = 0;
        for quantity in bound.environment.quantities() {
            let count = quantity.shape.count();
            if let Some((name, _)) = replicating.observed.iter().find(|(_, rep)| *rep == quantity.name) {
                variables.push(self.replicated(name, &quantity.shape));
                columns.push(first..first + count);
            }
            first += count;
        }
        let total = draws.total();
        let width: usize = columns.iter().map(Range::len).sum();
        let wanted = settings.draws.min(total).min(Replications::MOST_NUMBERS / width.max(1)).max(1).min(total);
        let chosen: Vec<usize> = (0..wanted).map(|k| k * total / wanted).collect();
        let drawer = Drawer { bound: &bound, points: &points, chosen: &chosen, columns: &columns, seed: settings.seed };
        let mut out = Replications { variables, draws: Vec::new(), rejected: 0, message: None };
        for part in drawer.parts(settings.threads)? {
            out.draws.extend(part.draws);
            for (variable, values) in out.variables.iter_mut().zip(part.values) {
                variable.values.extend(values);
            }
            out.rejected += part.rejected;
            out.message = out.message.or(part.message);
        }
        match &out.message {
            Some(message) if out.draws.is_empty() => {
                Err(CriticismError::Computation(format!("no data set could be drawn from the fit: {message}")))
            }
            _ => Ok(out),
        }
    }

    /// The value of a variable of the data or transformed data block.
    pub(super) fn data_value(&self, name: &str) -> Option<&Value<f64>> {
        let variables = &self.interpreter.program().variables;
        let is = |v: &Variable| v.name == name && matches!(v.origin, Origin::Data | Origin::TransformedData);
        let at = variables.iter().position(is)?;
        self.environment.value(VarId(u32::try_from(at).ok()?))
    }

    /// An observed variable, without replications yet.
    pub(super) fn replicated(&self, name: &str, shape: &Shape) -> Replicated {
        let mut observed = Vec::with_capacity(shape.count());
        if let Some(value) = self.data_value(name) {
            shape.flatten(value, &mut observed);
        }
        let (dims, is_int) = (shape.dims(), shape.is_int());
        Replicated { name: name.to_string(), dims, is_int, observed, values: Vec::new() }
    }

    /// The data of these names, as they were bound.
    pub(super) fn given<'n>(&self, names: impl Iterator<Item = &'n str>) -> Data {
        let mut data = Data::new();
        for name in names {
            if let Some(value) = self.data_value(name) {
                data.set(name, datum(value));
            }
        }
        data
    }
}

/// Draws data sets, in parts.
struct Drawer<'a> {
    /// The replicating program.
    bound: &'a Bound,
    /// All draws of the fit.
    points: &'a [f64],
    chosen: &'a [usize],
    /// Where the observed variables are among the quantities.
    columns: &'a [Range<usize>],
    seed: u64,
}

/// Some consecutive data sets.
struct Part {
    draws: Vec<usize>,
    /// By variable.
    values: Vec<Vec<f64>>,
    rejected: usize,
    message: Option<String>,
}

impl Drawer<'_> {
    fn parts(&self, threads: usize) -> Result<Vec<Part>, CriticismError> {
        let threads = match threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            n => n,
        };
        let count = self.chosen.len();
        let share = count.div_ceil(threads).max(1);
        std::thread::scope(|scope| {
            let work = |first: usize| self.part(first..(first + share).min(count));
            let workers: Vec<_> = (0..count).step_by(share).map(|first| scope.spawn(move || work(first))).collect();
            let join = |w: std::thread::ScopedJoinHandle<_>| w.join().unwrap_or_else(|p| std::panic::resume_unwind(p));
            workers.into_iter().map(join).collect()
        })
    }

    fn part(&self, range: Range<usize>) -> Result<Part, CriticismError> {
        let (dim, width) = (self.bound.dim(), self.bound.names().len());
        let mut part =
            Part { draws: Vec::new(), values: vec![Vec::new(); self.columns.len()], rejected: 0, message: None };
        let mut workspace = self.bound.rows_workspace(self.chosen.len() as u64);
        // Rows of about a megabyte at a time.
        let step = (131_072 / width.max(1)).clamp(16, 4_096);
        let mut rows = Vec::new();
        for first in range.clone().step_by(step) {
            let chosen = &self.chosen[first..(first + step).min(range.end)];
            let thetas: Vec<f64> =
                chosen.iter().flat_map(|&draw| &self.points[draw * dim..(draw + 1) * dim]).copied().collect();
            rows.clear();
            rows.resize(chosen.len() * width, f64::NAN);
            let stream = Stream { seed: self.seed, chain: 0, draw: first as u64 };
            let failed = self.bound.expand_each(&mut workspace, &thetas, stream, &mut rows);
            for (row, &draw) in rows.chunks(width).zip(chosen) {
                if let Some(FailedRow { error, .. }) = failed.iter().find(|f| chosen[f.row] == draw) {
                    if !error.is_recoverable() {
                        return Err(CriticismError::Evaluation { draw: draw + 1, error: error.clone() });
                    }
                    part.rejected += 1;
                    part.message.get_or_insert_with(|| error.to_string());
                    continue;
                }
                part.draws.push(draw);
                for (values, column) in part.values.iter_mut().zip(self.columns) {
                    values.extend_from_slice(&row[column.clone()]);
                }
            }
        }
        Ok(part)
    }
}
