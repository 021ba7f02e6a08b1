//! Models as people write them, with what a simulator is given: regressions, hierarchies, time series, mixtures.
//!
//! Where [`generate`](crate::generate) looks for what is hard to compile, [`model`] writes what is ordinary: proper priors, outcomes with
//! `~`, a linear predictor with groups and interactions, one of many families, vectorised or in a loop. No two seeds
//! need have different structures, but most do, and hardly any have the same text.

mod outcome;
mod predictor;
mod series;

use crate::random::Random;
use std::fmt::Write;

/// A model and what its simulator is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    pub seed: u64,
    /// What it is, in a word or two: `poisson regression`, `local level`.
    pub kind: String,
    /// Stan program: every parameter has a proper prior, every outcome a `~` (or its mixture).
    pub program: String,
    /// Sizes and covariates, CmdStan JSON; no outcomes.
    pub given: String,
}

/// The model of `seed`.
///
/// ```
/// let model = ppl_generate::model(3);
/// assert!(model.program.contains(" ~ "));
/// assert_eq!(model, ppl_generate::model(3));
/// ```
pub fn model(seed: u64) -> Model {
    let mut writer = Writer::new(seed);
    let kind = match writer.random.below(5) {
        0 => series::write(&mut writer),
        _ => outcome::write(&mut writer),
    };
    Model { seed, kind, program: writer.program(), given: format!("{{{}}}", writer.given.join(", ")) }
}

/// A program under construction, block by block.
struct Writer {
    random: Random,
    given: Vec<String>,
    data: String,
    parameters: String,
    transformed: String,
    model: String,
}

/// Names of covariates and of grouping factors.
const COVARIATES: [&str; 10] = ["age", "dose", "income", "speed", "depth", "weight", "price", "temp", "rain", "score"];
const FACTORS: [&str; 6] = ["school", "site", "subject", "county", "batch", "plot"];

impl Writer {
    fn new(seed: u64) -> Writer {
        Writer {
            // Not the stream of the program of the same seed.
            random: Random::new(seed ^ 0x6d6f_6465_6c73),
            given: Vec::new(),
            data: String::new(),
            parameters: String::new(),
            transformed: String::new(),
            model: String::new(),
        }
    }

    fn program(&self) -> String {
        let mut out = String::new();
        for (name, body) in [
            ("data", &self.data),
            ("parameters", &self.parameters),
            ("transformed parameters", &self.transformed),
            ("model", &self.model),
        ] {
            if !body.is_empty() {
                // Writing to a String cannot fail.
                let _ = writeln!(out, "{name} {{\n{body}}}");
            }
        }
        out
    }

    /// A number between two, as text with one or two digits.
    fn number(&mut self, low: f64, high: f64) -> String {
        let x = low + (high - low) * self.random.unit();
        let text = format!("{x:.*}", 1 + self.random.below(2));
        // Rounding must not leave the interval's sign.
        if text.parse() == Ok(0.0) { high.to_string() } else { text }
    }

    /// A size of the data.
    fn size(&mut self, name: &str, low: i64, high: i64) -> i64 {
        let n = self.random.between(low, high);
        self.datum(&format!("int<lower=1> {name}"), name, n.to_string());
        n
    }

    /// A declaration in the data block, and its value.
    fn datum(&mut self, declaration: &str, name: &str, value: String) {
        line(&mut self.data, declaration);
        self.given.push(format!("\"{name}\": {value}"));
    }

    /// The declaration of what is observed: it has no value.
    fn outcome(&mut self, declaration: &str) {
        line(&mut self.data, declaration);
    }

    fn numbers(&mut self, n: i64, low: f64, high: f64) -> String {
        let items: Vec<String> = (0..n).map(|_| self.random.decimal(low, high).to_string()).collect();
        format!("[{}]", items.join(", "))
    }

    fn integers(&mut self, n: i64, low: i64, high: i64) -> String {
        let items: Vec<String> = (0..n).map(|_| self.random.between(low, high).to_string()).collect();
        format!("[{}]", items.join(", "))
    }

    /// A parameter and its prior.
    fn parameter(&mut self, declaration: &str, name: &str, prior: &str) {
        line(&mut self.parameters, declaration);
        line(&mut self.model, &format!("{name} ~ {prior}"));
    }

    /// The prior of a location.
    fn location_prior(&mut self) -> String {
        let scale = self.number(0.3, 3.0);
        match self.random.below(6) {
            0..3 => format!("normal(0, {scale})"),
            3 => "std_normal()".into(),
            4 => format!("student_t({}, 0, {scale})", self.random.between(3, 7)),
            _ => format!("double_exponential(0, {scale})"),
        }
    }

    /// The prior of a scale, for a parameter with lower bound 0.
    fn scale_prior(&mut self) -> String {
        let scale = self.number(0.3, 2.5);
        match self.random.below(6) {
            0 | 1 => format!("exponential({scale})"),
            2 => format!("normal(0, {scale})"),
            3 => format!("cauchy(0, {scale})"),
            4 => format!("gamma(2, {scale})"),
            _ => format!("lognormal(0, {scale})"),
        }
    }
}

/// A statement or declaration without its semicolon.
fn line(block: &mut String, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(block, "  {text};");
}

/// Lines as they are, indented.
fn lines(block: &mut String, text: &str) {
    for one in text.lines() {
        let _ = writeln!(block, "  {one}");
    }
}
