//! What the conformance tests share: from text to a typed program, scaled comparison of numbers.

pub mod compare;

use ppl_grammar::source::SourceMap;
use ppl_interpreter::{Environment, Interpreter};
use ppl_program::typed::Program;
use ppl_runtime::data::RawData;
use std::sync::Arc;

/// A program that the checker accepted, with what it warned about.
pub struct Accepted {
    pub program: Arc<Program>,
    pub warnings: Vec<String>,
}

/// Parses and checks.
///
/// # Errors
/// All diagnostics, a line each: position, code, message.
pub fn check(name: &str, text: &str) -> Result<Accepted, String> {
    let source = SourceMap::from_text(name, text);
    let parsed = ppl_grammar::parse::parse(&source);
    let show = |all: &[ppl_grammar::diagnostic::Diagnostic]| -> Vec<String> {
        all.iter().map(|d| format!("{}: {} {}", source.describe(d.span), d.code, d.message)).collect()
    };
    if !parsed.is_ok() {
        return Err(show(&parsed.diagnostics).join("\n"));
    }
    match ppl_program::check(&parsed.program) {
        Ok(checked) => Ok(Accepted { warnings: show(&checked.warnings), program: Arc::new(checked.program) }),
        Err(diagnostics) => Err(show(&diagnostics).join("\n")),
    }
}

/// A program in the interpreter, bound to data.
pub struct Referee {
    pub interpreter: Interpreter,
    pub environment: Environment,
}

impl Referee {
    /// # Errors
    /// What is wrong with the program or the data.
    pub fn new(name: &str, program: &str, data: &str) -> Result<Referee, String> {
        let accepted = check(name, program)?;
        let raw = RawData::from_json(data).map_err(|e| e.to_string())?;
        let interpreter = Interpreter::new(accepted.program);
        let environment = interpreter.bind(&raw).map_err(|e| e.to_string())?;
        Ok(Referee { interpreter, environment })
    }
}

/// |a - b| / max(1, |a|, |b|); infinite where exactly one is not finite or they are different infinities.
pub fn distance(a: f64, b: f64) -> f64 {
    if a == b || (a.is_nan() && b.is_nan()) {
        0.0
    } else if a.is_finite() && b.is_finite() {
        (a - b).abs() / a.abs().max(b.abs()).max(1.0)
    } else {
        f64::INFINITY
    }
}

/// Coordinates within one unit of the origin: point `k` of program `seed`, the same on every machine.
pub fn point(seed: u64, k: u64, dim: usize) -> Vec<f64> {
    // multiples of irrational numbers modulo one: spread evenly, no generator needed
    let start = (seed as f64).mul_add(0.754_877_666_246_692_7, k as f64 * 0.324_717_957_244_746) + 0.1;
    (0..dim).map(|i| ((start + i as f64 * 0.569_840_290_998_053_3).fract() - 0.5) * 2.0).collect()
}

/// A number from the environment, for tests whose size is chosen by who runs them.
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|s| s.parse().ok()).unwrap_or(default)
}
