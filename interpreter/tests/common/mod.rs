//! Programs from text.

use ppl_grammar::source::SourceMap;
use ppl_interpreter::{Environment, Interpreter, Simulator};
use ppl_runtime::data::RawData;
use ppl_runtime::density::Stream;
use std::sync::Arc;

#[allow(dead_code)]
pub const STREAM: Stream = Stream { seed: 1, chain: 0, draw: 0 };

pub fn program(text: &str) -> Interpreter {
    let source = SourceMap::from_text("test.stan", text);
    let parsed = ppl_grammar::parse::parse(&source);
    assert!(parsed.is_ok(), "{:?}\n{text}", parsed.diagnostics);
    match ppl_program::check(&parsed.program) {
        Ok(checked) => Interpreter::new(Arc::new(checked.program)),
        Err(errors) => panic!("{errors:?}\n{text}"),
    }
}

#[allow(dead_code)]
pub fn bound(text: &str, raw: &RawData) -> (Interpreter, Environment) {
    let interpreter = program(text);
    match interpreter.bind(raw) {
        Ok(environment) => (interpreter, environment),
        Err(error) => panic!("{error}\n{text}"),
    }
}

/// The numbers that a generated quantities block writes to `x`, in Stan's order.
#[allow(dead_code)]
pub fn generated(body: &str) -> Vec<f64> {
    generated_with("", body)
}

#[allow(dead_code)]
pub fn generated_with(functions: &str, body: &str) -> Vec<f64> {
    let text = format!("functions {{ {functions} }} generated quantities {{ {body} }}");
    let (interpreter, environment) = bound(&text, &RawData::new());
    prepared_alike(&interpreter);
    let numbers = interpreter.write_array(&environment, &[], STREAM).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let names = environment.names();
    names
        .iter()
        .zip(numbers)
        .filter(|(name, _)| *name == "x" || name.starts_with("x.") || name.starts_with("x:"))
        .map(|(_, x)| x)
        .collect()
}

/// The message of the error that a generated quantities block ends with, and the text it points at.
#[allow(dead_code)]
pub fn failure(body: &str) -> (String, String) {
    failure_with("", body)
}

#[allow(dead_code)]
pub fn failure_with(functions: &str, body: &str) -> (String, String) {
    let text = format!("functions {{ {functions} }} generated quantities {{ {body} }}");
    let (interpreter, environment) = bound(&text, &RawData::new());
    prepared_alike(&interpreter);
    let error = interpreter.write_array(&environment, &[], STREAM).unwrap_err();
    let span = error.span.unwrap_or_else(|| panic!("no span: {error}"));
    (error.to_string(), text[span.range()].to_string())
}

/// A prepared program draws what the interpreter draws, and stops with the same message.
#[allow(dead_code)]
pub fn prepared_alike(interpreter: &Interpreter) {
    let simulator = Simulator::new(Arc::clone(interpreter.program()));
    let expected = interpreter.draw_once(&mut |_| None, STREAM);
    // as text: NaN is NaN, and -0 is not 0
    assert_eq!(format!("{:?}", simulator.draw(&mut |_| None, STREAM)), format!("{expected:?}"));
}
