//! Whether two programs have the same log density, up to a constant.

use crate::checked;
use crate::dice::Dice;
use ppl_canonical::Renaming;
use ppl_interpreter::{Environment, Interpreter, Options};
use ppl_runtime::data::{Datum, RawData};
use ppl_runtime::value::Value;
use std::sync::Arc;

/// A program with data.
pub struct Bound {
    interpreter: Interpreter,
    environment: Environment,
}

impl Bound {
    /// # Errors
    /// The text is no program or the data do not fit.
    pub fn new(text: &str, data: &RawData) -> Result<Bound, String> {
        let interpreter = Interpreter::new(Arc::new(checked(text)?));
        let environment = interpreter.bind(data).map_err(|error| format!("{error}\n{text}"))?;
        Ok(Bound { interpreter, environment })
    }

    /// Number of unconstrained parameters.
    pub fn dim(&self) -> usize {
        self.environment.dim()
    }

    /// The log density of the parameters themselves.
    ///
    /// # Errors
    /// A statement failed.
    pub fn log_density(&self, theta: &[f64]) -> Result<f64, String> {
        self.interpreter.value(&self.environment, theta, Options::NORMALISED).map_err(|error| error.to_string())
    }

    /// The parameters at a point, by name.
    ///
    /// # Errors
    /// There are none.
    pub fn parameters(&self, theta: &[f64]) -> Result<Vec<(String, Datum)>, String> {
        let values = self.interpreter.constrain(&self.environment, theta).map_err(|error| error.to_string())?;
        let program = self.interpreter.program();
        let names = program.parameters.iter().map(|d| program.variable(d.variable).name.clone());
        Ok(names.zip(values.iter().map(datum)).collect())
    }

    /// The point of parameters given by name.
    ///
    /// # Errors
    /// One is missing or outside its bounds.
    pub fn point(&self, parameters: &[(String, Datum)]) -> Result<Vec<f64>, String> {
        let mut raw = RawData::new();
        parameters.iter().for_each(|(name, value)| raw.set(name.clone(), value.clone()));
        self.interpreter.unconstrain_named(&self.environment, &raw).map_err(|error| error.to_string())
    }
}

fn datum(value: &Value<f64>) -> Datum {
    let list = |items: &[f64]| Datum::List(items.iter().map(|&x| Datum::Real(x)).collect());
    match value {
        Value::Int(i) => Datum::Int(i64::from(*i)),
        Value::Real(x) => Datum::Real(*x),
        Value::Vector(v) | Value::RowVector(v) => list(v),
        Value::Array(items) => Datum::List(items.iter().map(datum).collect()),
        _ => Datum::Invalid("a value of another kind".into()),
    }
}

/// A name in the renamed program.
pub fn renamed(name: &str, renamings: &[Renaming]) -> String {
    renamings.iter().find(|r| r.from == name).map_or_else(|| name.to_string(), |r| r.to.clone())
}

/// Data under the names of another program.
pub fn renamed_data(data: &RawData, renamings: &[Renaming]) -> RawData {
    let mut all = RawData::new();
    // data that the other program does not mention keep their names, which may be those of others there
    let (moved, kept): (Vec<_>, Vec<_>) = data.iter().partition(|(name, _)| renamings.iter().any(|r| r.from == **name));
    for (name, value) in kept.into_iter().chain(moved) {
        all.set(renamed(name, renamings), value.clone());
    }
    all
}

/// How far the differences of the log densities of two programs at some points are from one constant, relative to their size. `renamings` lead
/// from the first to the second. `None` where the densities are finite at fewer than two points.
///
/// # Errors
/// The second has no density where the first has one.
pub fn distance(
    first: &str,
    second: &str,
    data: &RawData,
    renamings: &[Renaming],
    dice: &mut Dice,
) -> Result<Option<f64>, String> {
    distance_between((first, data), (second, &renamed_data(data, renamings)), renamings, dice)
}

/// As [`distance`], with data for each program.
///
/// # Errors
/// As [`distance`].
pub fn distance_between(
    first: (&str, &RawData),
    second: (&str, &RawData),
    renamings: &[Renaming],
    dice: &mut Dice,
) -> Result<Option<f64>, String> {
    let (a, b) = (Bound::new(first.0, first.1)?, Bound::new(second.0, second.1)?);
    let (mut differences, mut size) = (Vec::new(), 1.0_f64);
    for _ in 0..6 {
        let theta: Vec<f64> = (0..a.dim()).map(|_| dice.between(-1.0, 1.0)).collect();
        let Ok(own) = a.log_density(&theta) else { continue };
        if !own.is_finite() {
            continue;
        }
        let parameters: Vec<(String, Datum)> =
            a.parameters(&theta)?.into_iter().map(|(name, value)| (renamed(&name, renamings), value)).collect();
        let other = b.log_density(&b.point(&parameters)?)?;
        size = size.max(own.abs());
        differences.push(own - other);
    }
    let [reference, rest @ ..] = differences.as_slice() else { return Ok(None) };
    Ok((!rest.is_empty()).then(|| rest.iter().map(|d| (d - reference).abs() / size).fold(0.0, f64::max)))
}
