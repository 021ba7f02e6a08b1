//! Data for programs that were made from others: what is new is chosen from what the first program draws.

use super::{Augmented, Chained, Input, Meaning};
use crate::pair::units::quantile;
use ppl_analysis::reverse::{self, reverse};
use ppl_grammar::ast;
use ppl_interpreter::{Environment, Interpreter, Kind, Limits};
use ppl_program::typed::Program;
use ppl_runtime::data::{Datum, RawData};
use ppl_runtime::density::Stream;
use ppl_runtime::value::Value;
use std::sync::Arc;

/// Statements and numbers of a draw at most, where nothing else is asked for. Draws of usual programs take fewer than a million; a stiff
/// differential equation, or a condition that hardly any try meets, would take minutes.
pub const STEPS: u64 = 1 << 23;

/// Why a program gives no data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDrawn {
    #[error("its parameters cannot be drawn one after the other: {0}")]
    NoSimulator(String),
    #[error("the data do not fit: {0}")]
    Data(String),
    #[error("a draw takes more than the limit: {0}")]
    Limit(String),
    #[error("a draw stopped: {0}")]
    Stopped(String),
}

impl NotDrawn {
    /// In a word or two, to count by.
    pub fn word(&self) -> &'static str {
        match self {
            NotDrawn::NoSimulator(_) => "no simulator",
            NotDrawn::Data(_) => "data",
            NotDrawn::Limit(_) => "limit",
            NotDrawn::Stopped(_) => "stopped",
        }
    }
}

/// What a draw gives an observed variable.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// In the program.
    pub name: String,
    pub value: Value<f64>,
}

impl Outcome {
    /// Its numbers: of matrices column by column, of lists one element after the other.
    pub fn numbers(&self) -> Vec<f64> {
        let mut numbers = Vec::new();
        flatten(&self.value, &mut numbers);
        numbers
    }
}

/// A program read forwards, for data of any shape.
pub struct Simulator {
    interpreter: Interpreter,
    /// Names in the program and in the simulator.
    observed: Vec<(String, String)>,
}

impl Simulator {
    /// Reverses a program.
    ///
    /// # Errors
    /// The parameters cannot be drawn one after the other.
    pub fn new(program: &Program) -> Result<Simulator, NotDrawn> {
        let reversal = reverse(program, &reverse::Options::default(), &|_| (0, 0));
        let reason = reversal.report.reasons.first().map(|reason| reason.text.clone());
        let simulator = reversal
            .simulator
            .filter(|simulator| !simulator.by_mcmc)
            .ok_or_else(|| NotDrawn::NoSimulator(reason.unwrap_or_else(|| format!("{:?}", reversal.report.verdict))))?;
        let checked = ppl_program::check(&simulator.program).map_err(|diagnostics| {
            let error = diagnostics.into_iter().find(|d| d.is_error());
            NotDrawn::NoSimulator(error.map(|d| d.message).unwrap_or_default())
        })?;
        let interpreter = Interpreter::new(Arc::new(checked.program));
        Ok(Simulator { interpreter, observed: simulator.observed }.with_steps(STEPS))
    }

    /// With another limit of steps for a draw, and for the transformed data.
    #[must_use]
    pub fn with_steps(mut self, steps: u64) -> Simulator {
        self.interpreter = self.interpreter.with_limits(Limits { fuel: steps, ..Limits::DEFAULT });
        self
    }

    /// Data without the outcomes.
    pub fn without_outcomes(&self, data: &RawData) -> RawData {
        let kept = data.iter().filter(|(name, _)| !self.observed.iter().any(|(own, _)| own == name));
        kept.fold(RawData::new(), |all, (name, datum)| all.with(name, datum.clone()))
    }

    /// Binds data, of which the outcomes may be left out.
    ///
    /// # Errors
    /// The data do not fit, or the transformed data take too many steps.
    pub fn bind(&self, data: &RawData) -> Result<Environment, NotDrawn> {
        self.interpreter.bind(data).map_err(|error| match error {
            ppl_interpreter::BindError::Run(error) if error.kind == Kind::Limit => NotDrawn::Limit(error.to_string()),
            error => NotDrawn::Data(error.to_string()),
        })
    }

    /// The outcomes of a draw.
    ///
    /// # Errors
    /// The draw stopped, or took too many steps.
    pub fn draw(&self, environment: &Environment, stream: Stream) -> Result<Vec<Outcome>, NotDrawn> {
        let values = self.interpreter.quantities(environment, &[], stream).map_err(|error| match error.kind {
            Kind::Limit => NotDrawn::Limit(error.to_string()),
            _ => NotDrawn::Stopped(error.to_string()),
        })?;
        let named = |(quantity, value): (&ppl_interpreter::Quantity, Value<f64>)| {
            let (name, _) = self.observed.iter().find(|(_, own)| *own == quantity.name)?;
            Some(Outcome { name: name.clone(), value })
        };
        Ok(environment.quantities().iter().zip(values).filter_map(named).collect())
    }
}

/// Draws of a stage of a chain, from which data of the next are chosen.
const DRAWS: u64 = 5;

/// The data of the last program of a chain: those of the first, and for each change what it needs besides, chosen from what the program before
/// it draws. Outcomes of which not all rows are drawn any more are given.
///
/// # Errors
/// A program before the last has no simulator, its data do not fit, or no draw of it is finite.
pub fn data_of_chain(first: &Program, data: &RawData, chained: &Chained, seed: u64) -> Result<RawData, NotDrawn> {
    let mut data = data.clone();
    let mut program = first;
    for stage in &chained.stages {
        let simulator = Simulator::new(program)?;
        // those that a change makes others are drawn again
        let without = simulator.without_outcomes(&data);
        if simulator.bind(&without).is_ok() {
            data = without;
        }
        let drawn = draws(&simulator, &simulator.bind(&data)?, DRAWS, seed)?;
        data = supplied(&data, &stage.made, &drawn);
        program = &stage.typed;
    }
    Ok(data)
}

/// Outcomes of those of some draws that are numbers.
///
/// # Errors
/// None is: why the last one failed.
pub fn draws(
    simulator: &Simulator,
    environment: &Environment,
    count: u64,
    seed: u64,
) -> Result<Vec<Vec<Outcome>>, NotDrawn> {
    let mut finite = Vec::new();
    let mut why = NotDrawn::Stopped("an outcome is no number".to_string());
    for draw in 0..count {
        match simulator.draw(environment, Stream { seed, chain: 0, draw }) {
            Ok(drawn) if drawn.iter().all(|outcome| outcome.numbers().iter().all(|x| !x.is_nan())) => {
                finite.push(drawn);
            }
            Ok(_) => {}
            // the next ones would take as long
            Err(limit @ NotDrawn::Limit(_)) => return Err(limit),
            Err(error) => why = error,
        }
    }
    if finite.is_empty() { Err(why) } else { Ok(finite) }
}

/// The data of a changed program: those of the first with what the change needs besides, given draws of the first.
pub fn supplied(data: &RawData, made: &Augmented, drawn: &[Vec<Outcome>]) -> RawData {
    let mut data = data.clone();
    for input in &made.inputs {
        let own = drawn.iter().flatten().filter(|outcome| outcome.name == input.of);
        let numbers: Vec<f64> = own.flat_map(Outcome::numbers).collect();
        let rows = rows(&made.program, &input.name, &data).unwrap_or(numbers.len() / drawn.len().max(1));
        data.set(input.name.clone(), values(input, &numbers, rows));
    }
    // rows that are not observed are given
    for outcome in drawn.first().into_iter().flatten() {
        if data.get(&outcome.name).is_none() && declared(&made.program, &outcome.name).is_some() {
            data.set(outcome.name.clone(), datum(&outcome.value));
        }
    }
    data
}

/// The type with which data are declared.
fn declared<'p>(program: &'p ast::Program, name: &str) -> Option<&'p ast::SizedType> {
    program.data.as_ref()?.items.iter().find_map(|s| match &s.kind {
        ast::StatementKind::Declare { ty, variables, .. } if variables.iter().any(|(own, _)| own.name == name) => {
            Some(ty)
        }
        _ => None,
    })
}

/// The size that a declaration names, where it is a number in the data.
fn rows(program: &ast::Program, name: &str, data: &RawData) -> Option<usize> {
    let size = |e: &ast::Expr| match &e.kind {
        ast::ExprKind::Variable(name) => match data.get(name)? {
            Datum::Int(n) => usize::try_from(*n).ok(),
            _ => None,
        },
        ast::ExprKind::Int(digits) => digits.parse().ok(),
        _ => None,
    };
    match &declared(program, name)?.kind {
        ast::SizedTypeKind::Vector(n) => size(n),
        ast::SizedTypeKind::Array(_, sizes) => size(&sizes[0]),
        _ => None,
    }
}

/// A value as data have it: nested lists, matrices as lists of rows.
fn datum(value: &Value<f64>) -> Datum {
    let list = |numbers: &[f64]| Datum::List(numbers.iter().map(|x| Datum::Real(*x)).collect());
    match value {
        Value::Int(i) => Datum::Int(i64::from(*i)),
        Value::Real(x) => Datum::Real(*x),
        Value::Vector(x) | Value::RowVector(x) => list(x),
        Value::Matrix(m) => Datum::List(
            (0..m.rows).map(|i| list(&(0..m.cols).map(|j| m.data[j * m.rows + i]).collect::<Vec<_>>())).collect(),
        ),
        Value::Array(items) => Datum::List(items.iter().map(datum).collect()),
        other => Datum::Invalid(format!("{other:?} is no value of data")),
    }
}

/// Values of new data: units are a quarter of the interquartile range, or 1; limits are at the tenth of `drawn` that they cut off; cuts part
/// it into equal shares. `drawn` are outcomes of the first program and their number of rows.
pub fn values(input: &Input, drawn: &[f64], rows: usize) -> Datum {
    let mut sorted: Vec<f64> = drawn.iter().copied().filter(|x| x.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let whole = !sorted.is_empty() && sorted.iter().all(|x| x.fract() == 0.0 && x.abs() < 1e9);
    let number = |x: f64| if whole { Datum::Int((x.round() as i64).max(1)) } else { Datum::Real(x) };
    match input.meaning {
        Meaning::Unit => {
            let width = (quantile(&sorted, 0.75) - quantile(&sorted, 0.25)) / 4.0;
            Datum::Real(if width.is_finite() && width > 0.0 { width } else { 1.0 })
        }
        Meaning::LowerLimit => number(quantile(&sorted, 0.1)),
        Meaning::UpperLimit => number(quantile(&sorted, 0.9)),
        Meaning::Cuts(count) => {
            let mut last = f64::NEG_INFINITY;
            let cut = |k: usize| {
                let wanted = quantile(&sorted, k as f64 / (count + 1) as f64);
                // equal outcomes may be more than a share
                let step = if whole { 1.0 } else { 1e-6 * (1.0 + wanted.abs()) };
                last = if wanted >= last + step { wanted } else { last + step };
                Datum::Real(last)
            };
            Datum::List((1..=count).map(cut).collect())
        }
        Meaning::Column => Datum::List((0..rows).map(|row| Datum::Real((row as f64 * 0.7).sin())).collect()),
        Meaning::Group => Datum::List((0..rows).map(|row| Datum::Int(row as i64 % 3 + 1)).collect()),
    }
}

fn flatten(value: &Value<f64>, out: &mut Vec<f64>) {
    match value {
        Value::Int(i) => out.push(f64::from(*i)),
        Value::Real(x) => out.push(*x),
        Value::Vector(x) | Value::RowVector(x) => out.extend(x),
        Value::Matrix(x) => out.extend(&x.data),
        Value::Array(items) | Value::Tuple(items) => items.iter().for_each(|item| flatten(item, out)),
        _ => {}
    }
}
