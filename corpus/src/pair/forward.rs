//! A program read forwards: outcomes and latent variables for the columns of a design.

use super::design::Design;
use super::table::Values;
use crate::schema::{ColumnKind, Schema};
use crate::text::levels;
use ppl_analysis::reverse::{self, reverse};
use ppl_interpreter::{RunError, Simulator};
use ppl_program::typed::{Program, VarId};
use ppl_runtime::density::Stream;
use ppl_runtime::value::Value;
use std::sync::Arc;

/// A simulator for tables of any size.
pub struct Forward {
    simulator: Simulator,
    outcome: VarId,
    /// Parameters of the program.
    parameters: Vec<String>,
}

/// Why a program has no simulator of one outcome `y`: a fault of a grammar.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("the program cannot be simulated: {0}")]
pub struct NoSimulator(pub String);

/// An outcome with what it was drawn from.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    pub outcome: Values,
    /// Parameters by name.
    pub latents: Vec<(String, Value<f64>)>,
}

impl Forward {
    /// Reverses a program.
    ///
    /// # Errors
    /// Its parameters cannot be drawn one after the other, or nothing is called `y`.
    pub fn new(program: &Program) -> Result<Forward, NoSimulator> {
        let reversal = reverse(program, &reverse::Options::default(), &|_| (0, 0));
        let reasons = reversal.report.reasons;
        let simulator = reversal.simulator.filter(|simulator| !simulator.by_mcmc).ok_or_else(|| {
            let reason = reasons.first().map(|reason| reason.text.clone());
            NoSimulator(reason.unwrap_or_else(|| format!("{:?}", reversal.report.verdict)))
        })?;
        let checked = ppl_program::check(&simulator.program).map_err(|diagnostics| {
            NoSimulator(diagnostics.iter().find(|d| d.is_error()).map(|d| d.message.clone()).unwrap_or_default())
        })?;
        let outcome = simulator.observed.iter().find(|(name, _)| name == "y");
        let outcome = outcome.ok_or_else(|| NoSimulator("it has no outcome `y`".to_string()))?;
        let variable = checked.program.variables.iter().position(|variable| variable.name == outcome.1);
        let outcome = variable.ok_or_else(|| NoSimulator("it does not draw `y`".to_string()))?;
        Ok(Forward {
            simulator: Simulator::new(Arc::new(checked.program)),
            outcome: VarId(outcome as u32),
            parameters: simulator.parameters,
        })
    }

    /// An outcome for a design: a function of `(self, design, stream)`.
    ///
    /// # Errors
    /// A statement failed.
    pub fn draw(&self, schema: &Schema, design: &Design, stream: Stream) -> Result<Drawn, Box<RunError>> {
        let mut data = |name: &str| value_of(name, schema, design);
        let drawn = self.simulator.draw(&mut data, stream)?;
        let (mut outcome, mut latents) = (None, Vec::new());
        for (variable, value) in drawn {
            if variable == self.outcome {
                outcome = cells(value);
                continue;
            }
            let name = &self.simulator.program().variable(variable).name;
            if self.parameters.contains(name) {
                latents.push((name.clone(), value));
            }
        }
        let outcome = outcome.unwrap_or(Values::Real(vec![f64::NAN; design.rows]));
        Ok(Drawn { outcome, latents })
    }
}

/// What the data block of a program calls `name`.
fn value_of(name: &str, schema: &Schema, design: &Design) -> Option<Value<f64>> {
    match name {
        "N" => return Some(Value::Int(design.rows as i32)),
        "K" if design.categories > 0 => return Some(Value::Int(design.categories as i32)),
        _ => {}
    }
    for (place, column) in schema.columns.iter().enumerate() {
        if column.name == name {
            return Some(match &design.columns[place] {
                Values::Real(x) => Value::Vector(x.clone()),
                Values::Int(x) => Value::Array(x.iter().map(|i| Value::Int(*i)).collect()),
            });
        }
        if matches!(column.kind, ColumnKind::Group | ColumnKind::Ordinal) && levels(&column.name) == name {
            return Some(Value::Int(design.levels[place] as i32));
        }
    }
    None
}

fn cells(value: Value<f64>) -> Option<Values> {
    match value {
        Value::Vector(x) | Value::RowVector(x) => Some(Values::Real(x)),
        Value::Array(items) => items
            .into_iter()
            .map(|item| if let Value::Int(i) = item { Some(i) } else { None })
            .collect::<Option<Vec<i32>>>()
            .map(Values::Int),
        _ => None,
    }
}
