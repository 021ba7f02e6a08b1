//! The identities of the reversal, each on small programs: the law of what is drawn against probabilities worked out by hand, and
//! programs that only look like the identity, which must be refused, by the analysis or by the simulator as it runs.

mod censoring;
mod functions;
mod integers;
mod latent;
mod missing;
mod order;
mod states;
mod sums;
mod values;

use ppl_analysis::reverse::{Options, Reversal, reverse};
use ppl_grammar::format::{Parentheses, print_program};
use ppl_grammar::source::SourceMap;
use ppl_interpreter::Interpreter;
use ppl_program::check;
use ppl_runtime::data::RawData;
use ppl_runtime::density::Stream;
use std::sync::Arc;

pub fn reversal(text: &str) -> Reversal {
    let source = SourceMap::from_text("program.stan", text.to_string());
    let parsed = ppl_grammar::parse::parse(&source);
    assert!(parsed.is_ok(), "{:?}", parsed.diagnostics);
    let program = check(&parsed.program).expect("a valid program").program;
    reverse(&program, &Options::default(), &|span| (source.start(span).line, source.start(span).column))
}

/// A function of one draw, whose values are taken by name.
pub type Statistic<'f> = &'f dyn Fn(&dyn Fn(&str) -> f64) -> f64;

/// Draws of a simulator that draws everything.
pub struct Draws {
    names: Vec<String>,
    rows: Vec<Vec<f64>>,
}

impl Draws {
    /// The mean of a function of one draw, with its standard error.
    pub fn mean(&self, f: Statistic) -> (f64, f64) {
        let n = self.rows.len() as f64;
        let values: Vec<f64> = self
            .rows
            .iter()
            .map(|row| {
                f(&|name| {
                    row[self
                        .names
                        .iter()
                        .position(|n| n == name)
                        .unwrap_or_else(|| panic!("no {name}: {:?}", self.names))]
                })
            })
            .collect();
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
        (mean, (variance / n).sqrt())
    }

    /// Asserts a mean within 4.5 standard errors (a false alarm in 150,000).
    pub fn assert_mean(&self, what: &str, f: Statistic, expected: f64) {
        let (mean, error) = self.mean(f);
        assert!((mean - expected).abs() < 4.5 * error + 1e-12, "{what}: {mean} +- {error}, not {expected}");
    }
}

/// Runs the simulator of a program `n` times.
pub fn simulate(text: &str, data: &str, n: u64) -> Result<Draws, String> {
    let reversal = reversal(text);
    assert!(reversal.simulator.as_ref().is_none_or(|s| !s.by_mcmc), "{:?}", reversal.report);
    run(reversal, data, &[], n)
}

/// Draws the outcomes `n` times, for parameters at one point of the unconstrained space.
pub fn simulate_at(text: &str, data: &str, point: &[f64], n: u64) -> Result<Draws, String> {
    let reversal = reversal(text);
    assert!(reversal.simulator.as_ref().is_none_or(|s| s.by_mcmc), "{:?}", reversal.report);
    run(reversal, data, point, n)
}

/// The text of a simulator.
pub fn simulator(reversal: &Reversal) -> String {
    let simulator = reversal.simulator.as_ref().unwrap_or_else(|| panic!("no simulator: {:?}", reversal.report));
    print_program(&simulator.program, Parentheses::Minimal)
}

fn run(reversal: Reversal, data: &str, point: &[f64], n: u64) -> Result<Draws, String> {
    let simulator = reversal.simulator.ok_or(format!("no simulator: {:?}", reversal.report))?;
    let printed = print_program(&simulator.program, Parentheses::Minimal);
    let source = SourceMap::from_text("simulator.stan", printed.clone());
    let parsed = ppl_grammar::parse::parse(&source);
    let program = check(&parsed.program).unwrap_or_else(|e| panic!("{e:?}\n{printed}")).program;
    let interpreter = Interpreter::new(Arc::new(program));
    let raw = RawData::from_json(data).expect("valid data");
    let environment = interpreter.bind(&raw).unwrap_or_else(|e| panic!("{e:?}\n{printed}"));
    let draw = |draw: u64| {
        let stream = Stream { seed: 7, chain: 0, draw };
        interpreter.write_array(&environment, point, stream).map_err(|e| format!("{}\n{printed}", e.message))
    };
    let rows = (0..n).map(draw).collect::<Result<Vec<_>, _>>()?;
    Ok(Draws { names: environment.names().to_vec(), rows })
}
