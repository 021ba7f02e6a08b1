//! Programs with their data: densities.

use crate::error::{BindError, Failure, Location};
use crate::model::Model;
use ppl_compiler::ir::Status;
use ppl_compiler::{Compiled, Generator, Stop};
use ppl_grammar::source::SourceMap;
use ppl_grammar::span::Span;
use ppl_interpreter::{Environment, Interpreter, Limits, Options};
use ppl_runtime::data::{Datum, RawData};
use ppl_runtime::density::{Density, EvalError, Stream};
use ppl_runtime::value::{Complex, Matrix, Value};
use ppl_sampler::{Control, Draws, Place, SampleError, Settings};
use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

/// One evaluation of a density or draw in the interpreter: half a minute at most.
const EVALUATION: Limits = Limits { fuel: 1 << 28, ..Limits::DEFAULT };

/// Enough to see where something runs on and on: about a second.
const GLANCE: Limits = Limits { fuel: 1 << 24, ..Limits::DEFAULT };

/// Which terms a log density has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalisation {
    /// What the sampler sees: the Jacobian of the constraining transforms, without the constants that `~` drops.
    Sampler,
    /// The density of the parameters themselves: all constants, no Jacobian.
    Normalised,
}

impl From<Normalisation> for Options {
    fn from(normalisation: Normalisation) -> Options {
        match normalisation {
            Normalisation::Sampler => Options::SAMPLER,
            Normalisation::Normalised => Options::NORMALISED,
        }
    }
}

/// A program with its data: a log density on the unconstrained space. Immutable; clones share everything.
#[derive(Clone)]
pub struct Bound {
    pub(crate) source: Arc<SourceMap>,
    pub(crate) interpreter: Interpreter,
    pub(crate) environment: Arc<Environment>,
    /// Of random numbers in transformed data.
    pub(crate) seed: u64,
    code: Arc<Code>,
}

/// Machine code, made when it is first asked for.
#[derive(Default)]
struct Code {
    density: OnceLock<Result<Compiled, Reason>>,
    /// Of the quantities of a draw, where there is any: for many draws and for few.
    generators: [OnceLock<Option<Generator>>; 2],
}

/// Up to so many draws are few.
const FEW: u64 = 1_000;

/// Why there is no machine code.
struct Reason {
    message: String,
    location: Option<Location>,
}

/// What runs a density.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Engine {
    MachineCode,
    /// The program uses something that has no machine code yet, and is interpreted: right, but slow.
    Interpreter {
        reason: String,
        location: Option<Location>,
    },
}

/// A variable of a draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    pub name: String,
    /// Sizes, of arrays first; empty for a number. The first index runs fastest. Complex numbers and tuples are lists of all their
    /// numbers.
    pub dims: Vec<usize>,
    pub is_int: bool,
}

/// What evaluations scribble on: one a thread.
#[derive(Default)]
pub struct Workspace {
    density: Option<ppl_compiler::Workspace>,
    generator: Option<ppl_compiler::Workspace>,
}

/// What [`Bound::expand_rows`] scribbles on: one a thread.
pub struct RowsWorkspace {
    batch: Option<ppl_compiler::BatchWorkspace>,
    columns: Vec<f64>,
    /// About how many draws will be made with it.
    expected: u64,
    /// Statements whose rejections have been explained.
    explained: HashSet<Option<Span>>,
}

/// A draw of [`Bound::expand_rows`] that failed.
#[derive(Clone, Debug)]
pub struct FailedRow {
    /// From 0.
    pub row: usize,
    /// The message of the first rejection by a statement is the interpreter's; later ones say no more than the place.
    pub error: EvalError,
    /// The statement, where it is known.
    pub location: Option<Location>,
}

impl Bound {
    /// See [`expand_rows`](Bound::expand_rows); for about `expected` draws in all, which decides how long it pays to improve the machine code.
    pub fn rows_workspace(&self, expected: u64) -> RowsWorkspace {
        RowsWorkspace { batch: None, columns: Vec::new(), expected, explained: HashSet::new() }
    }

    pub(crate) fn new(model: &Model, data: &RawData, seed: u64) -> Result<Bound, BindError> {
        let environment =
            model.interpreter.bind_seeded(data, seed).map_err(|error| BindError::new(&model.source, error))?;
        Ok(Bound {
            source: Arc::clone(&model.source),
            interpreter: model.interpreter.clone().with_limits(EVALUATION),
            environment: Arc::new(environment),
            seed,
            code: Arc::default(),
        })
    }

    fn density(&self) -> &Result<Compiled, Reason> {
        self.code.density.get_or_init(|| {
            Compiled::new(&self.interpreter, &self.environment).map_err(|error| Reason {
                message: error.to_string(),
                location: error.span().map(|span| Location::of(&self.source, span)),
            })
        })
    }

    /// Whether the density is machine code, and why not.
    pub fn engine(&self) -> Engine {
        match self.density() {
            Ok(_) => Engine::MachineCode,
            Err(Reason { message, location }) => {
                Engine::Interpreter { reason: message.clone(), location: location.clone() }
            }
        }
    }

    /// Number of unconstrained coordinates.
    pub fn dim(&self) -> usize {
        self.environment.dim()
    }

    /// Names of the unconstrained coordinates (`theta.1`), in order.
    pub fn unconstrained_names(&self) -> &[String] {
        self.environment.unconstrained_names()
    }

    /// Names of the numbers a draw consists of: parameters, transformed parameters, generated quantities, in Stan's order
    /// and CSV spelling.
    pub fn names(&self) -> &[String] {
        self.environment.names()
    }

    /// The variables that a draw consists of, in the order of [`names`](Bound::names).
    pub fn quantities(&self) -> Vec<Quantity> {
        let one = |q: &ppl_interpreter::Quantity| Quantity {
            name: q.name.clone(),
            dims: q.shape.dims(),
            is_int: q.shape.is_int(),
        };
        self.environment.quantities().iter().map(one).collect()
    }

    /// Names in the data that the program does not declare.
    pub fn unused_data(&self) -> &[String] {
        self.environment.extra()
    }

    /// The sampler's log density at `theta` (length [`dim`](Bound::dim)), and its gradient, which overwrites `gradient` (same
    /// length). In a loop, [`Density::log_density_gradient`] with a workspace of one's own is faster.
    ///
    /// # Errors
    /// The point was rejected, or could not be evaluated; the message leads with the place in the program.
    pub fn log_density_gradient(&self, theta: &[f64], gradient: &mut [f64]) -> Result<f64, EvalError> {
        Density::log_density_gradient(self, &mut Density::workspace(self), theta, gradient).map_err(|error| {
            let place = Place { point: theta.to_vec(), stream: None };
            self.explain(&place).map_or(error, Failure::into_eval_error)
        })
    }

    /// A log density at `theta`, without gradient.
    ///
    /// # Errors
    /// As [`log_density_gradient`](Bound::log_density_gradient).
    pub fn log_density(&self, theta: &[f64], normalisation: Normalisation) -> Result<f64, EvalError> {
        self.check_length(theta.len())?;
        self.interpreter
            .log_density::<f64>(&self.environment, theta, normalisation.into())
            .map_err(|error| Failure::new(&self.source, &error).into_eval_error())
    }

    /// The values of a draw, in the order of [`names`](Bound::names). Generated quantities take their random numbers from `stream`.
    ///
    /// # Errors
    /// As [`log_density_gradient`](Bound::log_density_gradient).
    pub fn expand(&self, theta: &[f64], stream: Stream) -> Result<Vec<f64>, EvalError> {
        let mut out = vec![f64::NAN; self.names().len()];
        Density::expand(self, &mut Density::workspace(self), theta, stream, &mut out)?;
        Ok(out)
    }

    /// As [`expand`](Bound::expand), into a slice, with a workspace of one's own.
    ///
    /// # Errors
    /// As [`expand`](Bound::expand).
    pub fn expand_into(
        &self,
        workspace: &mut Workspace,
        theta: &[f64],
        stream: Stream,
        out: &mut [f64],
    ) -> Result<(), EvalError> {
        Density::expand(self, workspace, theta, stream, out)
    }

    /// The values of many draws at the same point, row by row as by [`expand`](Bound::expand) (up to the rounding of library functions): those of the
    /// streams `first` and the following ones, as many as `rows` has room for. They are made in blocks where the program allows it. Gives the
    /// rows that failed, in order; their values are NaN.
    pub fn expand_rows(
        &self,
        workspace: &mut RowsWorkspace,
        theta: &[f64],
        first: Stream,
        rows: &mut [f64],
    ) -> Vec<FailedRow> {
        let count = rows.len().checked_div(self.names().len()).unwrap_or(0);
        self.expand_each(workspace, &theta.repeat(count), first, rows)
    }

    /// As [`expand_rows`](Bound::expand_rows), each row at a point of its own: `thetas` holds one after the other.
    pub(crate) fn expand_each(
        &self,
        workspace: &mut RowsWorkspace,
        thetas: &[f64],
        first: Stream,
        rows: &mut [f64],
    ) -> Vec<FailedRow> {
        let (dim, width) = (self.dim(), self.names().len());
        let count = rows.len().checked_div(width).unwrap_or(0);
        if count == 0 {
            return Vec::new();
        }
        let generator = self.generator(workspace.expected).filter(|g| thetas.len() == count * g.dim());
        let Some(generator) = generator else {
            return self.interpret_rows(thetas, first, rows);
        };
        let batch = workspace.batch.get_or_insert_with(|| generator.batch_workspace());
        let columns = &mut workspace.columns;
        columns.resize(count * width, 0.0);
        let draws = first.draw..first.draw + count as u64;
        let failed = generator.generate_batch(batch, thetas, first.seed, first.chain, draws, columns);
        let Ok(failed) = failed else {
            return self.interpret_rows(thetas, first, rows);
        };
        // Some rows at a time, so that they and the parts of the columns stay in the cache.
        for start in (0..count).step_by(16) {
            let end = (start + 16).min(count);
            for (k, column) in columns.chunks_exact(count).enumerate() {
                for (row, x) in (start..end).zip(&column[start..end]) {
                    rows[row * width + k] = *x;
                }
            }
        }
        let explain = |f: ppl_compiler::Failed| {
            let row = (f.draw - first.draw) as usize;
            let (theta, stream) = (&thetas[row * dim..(row + 1) * dim], Stream { draw: f.draw, ..first });
            let error = self.failed(&mut workspace.explained, f.stop, theta, stream);
            FailedRow { row, error, location: f.stop.span.map(|span| Location::of(&self.source, span)) }
        };
        failed.into_iter().map(explain).collect()
    }

    fn interpret_rows(&self, thetas: &[f64], first: Stream, rows: &mut [f64]) -> Vec<FailedRow> {
        let (dim, mut failed) = (self.dim(), Vec::new());
        for (row, out) in rows.chunks_exact_mut(self.names().len()).enumerate() {
            let stream = Stream { draw: first.draw + row as u64, ..first };
            match self.interpreter.write_array(&self.environment, &thetas[row * dim..(row + 1) * dim], stream) {
                Ok(values) => out.copy_from_slice(&values),
                Err(error) => {
                    out.fill(f64::NAN);
                    let failure = Failure::new(&self.source, &error);
                    let location = failure.location.clone();
                    failed.push(FailedRow { row, error: failure.into_eval_error(), location });
                }
            }
        }
        failed
    }

    /// The message of a draw that stopped. Rejections may be many: only the first one of a statement is run again for its message.
    fn failed(&self, explained: &mut HashSet<Option<Span>>, stop: Stop, theta: &[f64], stream: Stream) -> EvalError {
        let place = stop.span.map(|span| format!("{}: ", Location::of(&self.source, span))).unwrap_or_default();
        match stop.status {
            Status::Limit => EvalError::Limit(format!("{place}a draw took too long or too much memory")),
            Status::Reject if !explained.insert(stop.span) => EvalError::Reject(format!("{place}rejected")),
            status => match self.explain(&Place { point: theta.to_vec(), stream: Some(stream) }) {
                Some(failure) => failure.into_eval_error(),
                None if status == Status::Reject => EvalError::Reject(format!("{place}rejected")),
                None => EvalError::Fatal(format!("{place}the statement failed")),
            },
        }
    }

    /// The unconstrained coordinates of parameter values given by name, as for initial values from a file.
    ///
    /// # Errors
    /// A parameter is missing, has another shape, or is outside its support.
    pub fn unconstrain(&self, values: &RawData) -> Result<Vec<f64>, BindError> {
        self.interpreter
            .unconstrain_named(&self.environment, values)
            .map_err(|error| BindError::new(&self.source, error))
    }

    /// The values of the parameters at unconstrained coordinates, by name; [`unconstrain`](Bound::unconstrain) takes them back.
    ///
    /// # Errors
    /// A bound cannot be evaluated there.
    pub fn parameters(&self, theta: &[f64]) -> Result<RawData, EvalError> {
        self.check_length(theta.len())?;
        let program = self.interpreter.program();
        let values = self
            .interpreter
            .constrain(&self.environment, theta)
            .map_err(|error| Failure::new(&self.source, &error).into_eval_error())?;
        let mut all = RawData::new();
        for (declaration, value) in program.parameters.iter().zip(&values) {
            all.set(program.variable(declaration.variable).name.clone(), datum(value));
        }
        Ok(all)
    }

    /// Initial values for [`InitialValues::Given`](ppl_sampler::InitialValues::Given) from values of some of the parameters: `None` in the coordinates of
    /// those that are missing. Where the bounds of a parameter depend on a missing one, they are those at the origin.
    ///
    /// # Errors
    /// As [`unconstrain`](Bound::unconstrain), but that missing parameters are no error.
    pub fn initial_values(&self, values: &RawData) -> Result<Vec<Option<f64>>, BindError> {
        let run =
            |error: Box<ppl_interpreter::RunError>| BindError::Program(Box::new(Failure::new(&self.source, &error)));
        let program = self.interpreter.program();
        let origin = self.interpreter.constrain(&self.environment, &vec![0.0; self.dim()]).map_err(run)?;
        let mut all = RawData::new();
        for (declaration, value) in program.parameters.iter().zip(&origin) {
            let name = &program.variable(declaration.variable).name;
            all.set(name.clone(), values.get(name).cloned().unwrap_or_else(|| datum(value)));
        }
        let theta = self.unconstrain(&all)?;
        let parameter = |name: &str| name.split(['.', ':']).next().and_then(|base| values.get(base)).is_some();
        Ok(theta.into_iter().zip(self.unconstrained_names()).map(|(x, n)| parameter(n).then_some(x)).collect())
    }

    /// What goes wrong at a place that the sampler reports, with the statement: the program is run again, slowly. `None` if
    /// nothing does.
    pub fn explain(&self, place: &Place) -> Option<Failure> {
        self.explain_within(&self.interpreter, place)
    }

    /// As [`explain`](Bound::explain) for what took too long: a second of it is enough to see where.
    pub fn explain_limit(&self, place: &Place) -> Option<Failure> {
        self.explain_within(&self.interpreter.clone().with_limits(GLANCE), place)
    }

    fn explain_within(&self, interpreter: &Interpreter, place: &Place) -> Option<Failure> {
        if place.point.len() != self.dim() {
            return None;
        }
        let error = match place.stream {
            None => interpreter.log_density::<f64>(&self.environment, &place.point, Options::SAMPLER).err(),
            Some(stream) => interpreter.write_array(&self.environment, &place.point, stream).err(),
        };
        error.map(|error| Failure::new(&self.source, &error))
    }

    /// Draws from the posterior with NUTS.
    ///
    /// # Errors
    /// [`SampleError`]; [`Bound::explain`] says more about those with a place.
    pub fn sample(&self, settings: &Settings) -> Result<Draws, SampleError> {
        ppl_sampler::sample(self, settings)
    }

    /// As [`sample`](Bound::sample), with progress and cancellation.
    ///
    /// # Errors
    /// As [`sample`](Bound::sample).
    pub fn sample_with(&self, settings: &Settings, control: &Control<'_>) -> Result<Draws, SampleError> {
        ppl_sampler::sample_with(self, settings, control)
    }

    /// The message of a stop. Rejections are frequent and hardly ever read, so only the others are run again for theirs.
    fn stopped(&self, stop: Stop, theta: &[f64]) -> EvalError {
        let place = match stop.span {
            Some(span) => format!("{}: ", Location::of(&self.source, span)),
            None => String::new(),
        };
        if stop.status == Status::Reject {
            return EvalError::Reject(format!("{place}rejected"));
        }
        let place_of_it = Place { point: theta.to_vec(), stream: None };
        let replay = match stop.status {
            Status::Limit => self.explain_limit(&place_of_it),
            _ => self.explain(&place_of_it),
        };
        match (stop.status, replay) {
            (_, Some(failure)) if !failure.error.is_recoverable() => failure.into_eval_error(),
            (Status::Limit, _) => EvalError::Limit(format!("{place}an evaluation took too long or too much memory")),
            _ => EvalError::Fatal(format!("{place}the statement failed")),
        }
    }

    /// For about so many draws.
    fn generator(&self, draws: u64) -> Option<&Generator> {
        let compile = || {
            let generator = Generator::new(&self.interpreter, &self.environment, |_| true).ok()?;
            Some(if draws <= FEW { generator.expecting(draws) } else { generator })
        };
        self.code.generators[usize::from(draws <= FEW)].get_or_init(compile).as_ref()
    }

    fn check_length(&self, found: usize) -> Result<(), EvalError> {
        let expected = self.dim();
        if found == expected {
            return Ok(());
        }
        Err(EvalError::Fatal(format!("expected {expected} unconstrained values, found {found}")))
    }
}

/// A value as data would have it: matrices by rows, complex numbers as pairs, tuples as objects.
pub(crate) fn datum(value: &Value<f64>) -> Datum {
    let complex = |z: &Complex<f64>| Datum::List(vec![Datum::Real(z.re), Datum::Real(z.im)]);
    fn rows<T: Copy>(m: &Matrix<T>, item: impl Fn(&T) -> Datum) -> Datum {
        let row = |i| Datum::List((0..m.cols).map(|j| item(&m.at(i, j))).collect());
        Datum::List((0..m.rows).map(row).collect())
    }
    match value {
        Value::Int(i) => Datum::Int(i64::from(*i)),
        Value::Real(x) => Datum::Real(*x),
        Value::Complex(z) => complex(z),
        Value::Vector(v) | Value::RowVector(v) => Datum::List(v.iter().map(|x| Datum::Real(*x)).collect()),
        Value::ComplexVector(v) | Value::ComplexRowVector(v) => Datum::List(v.iter().map(complex).collect()),
        Value::Matrix(m) => rows(m, |x| Datum::Real(*x)),
        Value::ComplexMatrix(m) => rows(m, complex),
        Value::Array(items) => Datum::List(items.iter().map(datum).collect()),
        Value::Tuple(items) => {
            Datum::Object(items.iter().enumerate().map(|(i, v)| ((i + 1).to_string(), datum(v))).collect())
        }
    }
}

impl Density for Bound {
    type Workspace = Workspace;

    fn dim(&self) -> usize {
        Bound::dim(self)
    }

    fn workspace(&self) -> Workspace {
        Workspace::default()
    }

    fn log_density_gradient(
        &self,
        workspace: &mut Workspace,
        theta: &[f64],
        gradient: &mut [f64],
    ) -> Result<f64, EvalError> {
        self.check_length(theta.len())?;
        self.check_length(gradient.len())?;
        if let Ok(code) = self.density() {
            let workspace = workspace.density.get_or_insert_with(|| code.workspace());
            return code.log_density_gradient(workspace, theta, gradient).map_err(|stop| self.stopped(stop, theta));
        }
        let (lp, g) = self
            .interpreter
            .gradient(&self.environment, theta, Options::SAMPLER)
            .map_err(|error| Failure::new(&self.source, &error).into_eval_error())?;
        gradient.copy_from_slice(&g);
        Ok(lp)
    }

    fn names(&self) -> &[String] {
        Bound::names(self)
    }

    fn expand(
        &self,
        workspace: &mut Workspace,
        theta: &[f64],
        stream: Stream,
        out: &mut [f64],
    ) -> Result<(), EvalError> {
        self.check_length(theta.len())?;
        if let Some(generator) = self.generator(u64::MAX) {
            let workspace = workspace.generator.get_or_insert_with(|| generator.workspace());
            match generator.generate(workspace, theta, stream, out) {
                Ok(()) => return Ok(()),
                // The interpreter would take longer still.
                Err(Stop { status: Status::Limit, span }) => {
                    let place = span.map(|span| format!("{}: ", Location::of(&self.source, span))).unwrap_or_default();
                    return Err(EvalError::Limit(format!("{place}a draw took too long or too much memory")));
                }
                // It says what is wrong with the draw.
                Err(_) => out.fill(f64::NAN),
            }
        }
        let values = self
            .interpreter
            .write_array(&self.environment, theta, stream)
            .map_err(|error| Failure::new(&self.source, &error).into_eval_error())?;
        if values.len() != out.len() {
            return Err(EvalError::Fatal(format!("expected room for {} values, found {}", values.len(), out.len())));
        }
        out.copy_from_slice(&values);
        Ok(())
    }
}

impl std::fmt::Debug for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bound").field("name", &self.source.name()).field("dim", &self.dim()).finish_non_exhaustive()
    }
}
