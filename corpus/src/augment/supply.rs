//! Data for programs that were made from others: what is new is chosen from what the first program draws.

use super::{Input, Meaning};
use crate::pair::units::quantile;
use ppl_analysis::reverse::{self, reverse};
use ppl_interpreter::{Environment, Interpreter};
use ppl_program::typed::Program;
use ppl_runtime::data::{Datum, RawData};
use ppl_runtime::density::Stream;
use ppl_runtime::value::Value;
use std::sync::Arc;

/// A program read forwards, for data of any shape.
pub struct Simulator {
    interpreter: Interpreter,
    /// Names in the program and in the simulator.
    observed: Vec<(String, String)>,
}

impl Simulator {
    /// `None` where the parameters cannot be drawn one after the other.
    pub fn new(program: &Program) -> Option<Simulator> {
        let reversal = reverse(program, &reverse::Options::default(), &|_| (0, 0));
        let simulator = reversal.simulator.filter(|simulator| !simulator.by_mcmc)?;
        let checked = ppl_program::check(&simulator.program).ok()?;
        Some(Simulator { interpreter: Interpreter::new(Arc::new(checked.program)), observed: simulator.observed })
    }

    /// `None` where the data do not fit.
    pub fn bind(&self, data: &RawData) -> Option<Environment> {
        self.interpreter.bind(data).ok()
    }

    /// The outcomes of a draw with their names in the program: the numbers of each in the order of its declaration.
    ///
    /// # Errors
    /// Why the draw stopped.
    pub fn draw(&self, environment: &Environment, stream: Stream) -> Result<Vec<(String, Vec<f64>)>, String> {
        let values = self.interpreter.quantities(environment, &[], stream).map_err(|error| error.to_string())?;
        let mut out = Vec::new();
        for (quantity, value) in environment.quantities().iter().zip(&values) {
            if let Some((name, _)) = self.observed.iter().find(|(_, own)| *own == quantity.name) {
                let mut numbers = Vec::new();
                flatten(value, &mut numbers);
                out.push((name.clone(), numbers));
            }
        }
        Ok(out)
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
