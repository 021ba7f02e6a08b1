//! Programs as densities, and evidences by other means.
#![allow(dead_code)]

pub mod second;

use ppl_compiler::{Compiled, Workspace};
use ppl_corpus::pair::table::Table;
use ppl_corpus::pair::{PairOptions, Sample, pair};
use ppl_corpus::{Derivation, Grammar, Schema};
use ppl_grammar::source::SourceMap;
use ppl_interpreter::{Environment, Interpreter, Options};
use ppl_program::typed::Program;
use ppl_runtime::density::{Density, EvalError, Stream};
use ppl_runtime::value::Value;
use ppl_sampler::{Settings, sample};
use std::sync::Arc;

/// The grammar whose posterior is exact.
pub fn grammar() -> Grammar {
    let text = include_str!("../../../grammar/models/exact.grammar");
    Grammar::new(SourceMap::from_text("exact.grammar", text)).unwrap_or_else(|error| panic!("{error}"))
}

/// A program with the data of a table.
pub struct Bound {
    pub interpreter: Interpreter,
    pub environment: Environment,
}

impl Bound {
    pub fn new(program: Program, table: &Table) -> Bound {
        let interpreter = Interpreter::new(Arc::new(program));
        let environment = interpreter.bind(&table.data()).unwrap_or_else(|error| panic!("{error}"));
        Bound { interpreter, environment }
    }

    /// The program as its rules have it.
    pub fn of_rules(grammar: &Grammar, derivation: &Derivation, table: &Table) -> Bound {
        let raw = ppl_corpus::text::raw_program(grammar, &table.schema, derivation);
        Bound::new(ppl_program::check(&raw).expect("a valid program").program, table)
    }

    /// The canonical program.
    pub fn canonical(grammar: &Grammar, derivation: &Derivation, table: &Table) -> Bound {
        let canonical = ppl_corpus::program(grammar, &table.schema, derivation).expect("a canonical program");
        Bound::new(canonical.typed, table)
    }

    /// Names of the parameters, in the order of their declaration.
    pub fn parameters(&self) -> Vec<String> {
        let program = self.interpreter.program();
        program.parameters.iter().map(|d| program.variable(d.variable).name.clone()).collect()
    }

    /// Log density of the parameters, with all constants, at values in the order of their declaration.
    pub fn log_density(&self, values: &[Value<f64>]) -> f64 {
        let theta = self.interpreter.unconstrain(&self.environment, values).unwrap_or_else(|error| panic!("{error}"));
        self.interpreter.value(&self.environment, &theta, Options::NORMALISED).unwrap_or_else(|error| panic!("{error}"))
    }

    /// What the density must be multiplied by (log scale) so that parameters without a prior statement have a uniform one.
    pub fn log_uniform_priors(&self) -> f64 {
        let dim = self.environment.dim();
        let far = |x: f64| {
            let values = self.interpreter.constrain(&self.environment, &vec![x; dim]);
            values.unwrap_or_else(|error| panic!("{error}"))
        };
        // far out, what is between -1 and 1 is at one of them; a correlation is, and has no other prior
        let ends = |value: (&Value<f64>, &Value<f64>)| matches!(value, (Value::Real(a), Value::Real(b)) if *a == -1.0 && *b == 1.0);
        -2f64.ln() * far(-40.0).iter().zip(&far(40.0)).filter(|both| ends(*both)).count() as f64
    }
}

/// The normalised density of a program, in machine code.
pub struct Normalised {
    code: Compiled,
    constant: f64,
    names: Vec<String>,
}

impl Normalised {
    pub fn new(bound: &Bound) -> Normalised {
        let code = Compiled::new(&bound.interpreter, &bound.environment).unwrap_or_else(|error| panic!("{error}"));
        let theta = vec![0.1; code.dim()];
        let value = |propto| {
            let options = Options { jacobian: true, propto };
            bound.interpreter.value(&bound.environment, &theta, options).unwrap_or_else(|error| panic!("{error}"))
        };
        let constant = value(false) - value(true) + bound.log_uniform_priors();
        Normalised { names: bound.environment.unconstrained_names().to_vec(), code, constant }
    }
}

impl Density for Normalised {
    type Workspace = Workspace;

    fn dim(&self) -> usize {
        self.code.dim()
    }

    fn workspace(&self) -> Workspace {
        self.code.workspace()
    }

    fn log_density_gradient(&self, w: &mut Workspace, theta: &[f64], gradient: &mut [f64]) -> Result<f64, EvalError> {
        let value = self.code.log_density_gradient(w, theta, gradient);
        value.map(|log| log + self.constant).map_err(|stop| EvalError::Reject(format!("{stop:?}")))
    }

    fn names(&self) -> &[String] {
        &self.names
    }

    fn expand(&self, _: &mut Workspace, theta: &[f64], _: Stream, out: &mut [f64]) -> Result<(), EvalError> {
        out.copy_from_slice(theta);
        Ok(())
    }
}

/// Log evidence of a program by bridge sampling, with its standard error.
pub fn bridge(bound: &Bound, draws: usize, seed: u64) -> (f64, f64) {
    let density = Normalised::new(bound);
    let settings = Settings { draws, seed, threads: Some(1), target_accept: 0.9, ..Settings::default() };
    let sampled = sample(&density, &settings).unwrap_or_else(|error| panic!("{error}"));
    let chains: Vec<&[f64]> = sampled.chains.iter().map(|chain| chain.draws.values.as_slice()).collect();
    let method = ppl_sampler::evidence::Method::Warp3;
    let settings = ppl_sampler::evidence::Settings { method, seed, proposals: None };
    let evidence = ppl_sampler::evidence::evidence(&density, &chains, &settings);
    let evidence = evidence.unwrap_or_else(|error| panic!("{error}"));
    (evidence.log_evidence, evidence.log_error)
}

/// A table that a program of the grammar made, and the program: the first that is kept from `number` on.
pub fn label(
    grammar: &Grammar,
    schema: &Schema,
    rows: std::ops::RangeInclusive<usize>,
    seed: u64,
) -> (Derivation, Table) {
    let mut options = PairOptions { schema: Some(schema.clone()), ..PairOptions::default() };
    options.design.rows = rows;
    options.design.missing = 0.0;
    for number in 0.. {
        let made = pair(grammar, &options, seed, number).unwrap_or_else(|error| panic!("{error}"));
        if let Some(Sample { table, .. }) = made.samples.into_iter().next() {
            return (made.derivation, table);
        }
    }
    unreachable!("numbers do not end")
}
