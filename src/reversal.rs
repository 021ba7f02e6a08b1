//! A model read forwards: the simulator that draws parameters and observations from the joint distribution that it describes.

use crate::bound::Bound;
use crate::error::BindError;
use crate::model::Model;
use ppl_analysis::reverse::reverse;
use ppl_grammar::format::{Parentheses, print_program};
use ppl_grammar::source::SourceMap;
use ppl_interpreter::Interpreter;
use ppl_runtime::data::{Datum, RawData};

pub use ppl_analysis::reverse::Options as ReverseOptions;
pub use ppl_analysis::verdict::{Reason, Report, Verdict};

/// What [`Model::reverse`] finds.
#[derive(Clone, Debug)]
pub struct Reversal {
    pub report: Report,
    /// There is one unless the verdict is `NeedsRange`, `NoDensity` or `Unsupported`.
    pub simulator: Option<Simulator>,
}

/// A Stan program whose generated quantities are a draw of (theta, y); a [`Model`] like any other.
#[derive(Clone, Debug)]
pub struct Simulator {
    text: String,
    model: Model,
    by_mcmc: bool,
    observed: Vec<(String, String)>,
    parameters: Vec<String>,
}

impl Model {
    /// Reads the model block forwards.
    ///
    /// ```
    /// use ppl::{Data, Model, ReverseOptions};
    /// let model = Model::compile(
    ///     "data { int N; vector[N] y; } parameters { real mu; } model { mu ~ normal(0, 1); y ~ normal(mu, 2); }",
    /// )?;
    /// let simulator = model.reverse(&ReverseOptions::default()).simulator.expect("a simulator");
    /// let bound = simulator.bind(&Data::new().int("N", 3))?;
    /// let draw = bound.draw(1, 0)?;
    /// assert_eq!(draw.len(), 4); // mu, y[1], y[2], y[3]
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reverse(&self, options: &ReverseOptions) -> Reversal {
        reversed(&self.source, &self.interpreter, options)
    }
}

pub(crate) fn reversed(source: &SourceMap, interpreter: &Interpreter, options: &ReverseOptions) -> Reversal {
    let locate = |span| {
        let start = source.start(span);
        (start.line, start.column)
    };
    let reversal = reverse(interpreter.program(), options, &locate);
    let mut report = reversal.report;
    let simulator = reversal.simulator.and_then(|s| {
        let text = print_program(&s.program, Parentheses::Minimal);
        match Model::from_source(SourceMap::from_text("simulator.stan", text.clone())) {
            Ok(model) => {
                Some(Simulator { text, model, by_mcmc: s.by_mcmc, observed: s.observed, parameters: s.parameters })
            }
            Err(errors) => {
                // The simulator is believed only if it is a valid program.
                report.verdict = Verdict::Unsupported;
                let text = format!("the simulator is no valid program: {errors}");
                report.reasons.insert(0, Reason { line: 1, column: 1, text });
                None
            }
        }
    });
    Reversal { report, simulator }
}

impl Simulator {
    /// The program.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The program, compiled.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Whether its parameters are to be sampled by NUTS; otherwise it has none and every draw is independent.
    pub fn by_mcmc(&self) -> bool {
        self.by_mcmc
    }

    /// Binds what the simulator takes as given: sizes and covariates. Values of observed variables may be there too and are used
    /// where the simulator says that they are given.
    ///
    /// # Errors
    /// As [`Model::bind`].
    pub fn bind(&self, data: &RawData) -> Result<BoundSimulator, BindError> {
        self.bind_seeded(data, 0)
    }

    /// As [`bind`](Simulator::bind), with a seed for random numbers in transformed data.
    ///
    /// # Errors
    /// As [`Model::bind`].
    pub fn bind_seeded(&self, data: &RawData, seed: u64) -> Result<BoundSimulator, BindError> {
        let bound = self.model.bind_seeded(data, seed)?;
        let mut columns = Vec::new();
        let mut first = 0;
        for quantity in bound.quantities() {
            let observed = self.observed.iter().find(|(_, name)| *name == quantity.name);
            let role = match observed {
                Some(_) => Role::Observed,
                None if self.parameters.contains(&quantity.name) => Role::Parameter,
                None => Role::Transformed,
            };
            let name = observed.map_or(quantity.name, |(name, _)| name.clone());
            let count: usize = quantity.dims.iter().product();
            columns.push(Column { name, dims: quantity.dims, is_int: quantity.is_int, first, role });
            first += count;
        }
        Ok(BoundSimulator { bound, columns, data: data.clone(), by_mcmc: self.by_mcmc })
    }
}

/// What a quantity of the simulator is in the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Parameter,
    Transformed,
    Observed,
}

/// A quantity of the simulator.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// As the model calls it.
    pub name: String,
    /// Sizes; empty for a number.
    pub dims: Vec<usize>,
    pub is_int: bool,
    /// Where its numbers begin in a draw; the first index runs fastest.
    pub first: usize,
    pub role: Role,
}

impl Column {
    /// Numbers in it.
    pub fn count(&self) -> usize {
        self.dims.iter().product()
    }

    /// Its numbers of a draw.
    pub fn of<'d>(&self, draw: &'d [f64]) -> &'d [f64] {
        &draw[self.first..self.first + self.count()]
    }

    /// Its value in a draw, as data have it: nested lists, the last index innermost.
    pub fn datum(&self, draw: &[f64]) -> Datum {
        self.nested(self.of(draw), &self.dims, 1, 0)
    }

    fn nested(&self, numbers: &[f64], dims: &[usize], stride: usize, offset: usize) -> Datum {
        match dims.split_first() {
            None if self.is_int => Datum::Int(numbers[offset] as i64),
            None => Datum::Real(numbers[offset]),
            Some((&size, rest)) => {
                let item = |i| self.nested(numbers, rest, stride * size, offset + i * stride);
                Datum::List((0..size).map(item).collect())
            }
        }
    }
}

/// A simulator with sizes and covariates.
#[derive(Clone, Debug)]
pub struct BoundSimulator {
    bound: Bound,
    columns: Vec<Column>,
    data: RawData,
    by_mcmc: bool,
}

impl BoundSimulator {
    /// The program with its data: what is sampled where parameters need NUTS.
    pub fn bound(&self) -> &Bound {
        &self.bound
    }

    /// What a draw consists of.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Whether a draw needs NUTS.
    pub fn by_mcmc(&self) -> bool {
        self.by_mcmc
    }

    /// Numbers in a draw.
    pub fn width(&self) -> usize {
        self.bound.names().len()
    }

    /// Draw number `index` of the joint distribution: a function of (seed, index). Only where the parameters are drawn too; elsewhere
    /// [`Bound::sample`] on [`bound`](BoundSimulator::bound) gives the draws.
    ///
    /// # Errors
    /// The program rejected the draw, or failed.
    pub fn draw(&self, seed: u64, index: u64) -> Result<Vec<f64>, crate::EvalError> {
        let theta = vec![0.0; self.bound.dim()];
        self.bound.expand(&theta, crate::Stream { seed, chain: 0, draw: index })
    }

    /// The data of the model that a draw stands for: what was given, and the observations of the draw.
    pub fn data_set(&self, draw: &[f64]) -> RawData {
        let mut data = self.data.clone();
        for column in self.columns.iter().filter(|c| c.role == Role::Observed) {
            data.set(column.name.clone(), column.datum(draw));
        }
        data
    }
}
