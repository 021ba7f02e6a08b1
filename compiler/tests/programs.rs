//! Programs compiled whole: what an evaluation may use, how it grows, and the statement that is named when it stops.

use ppl_compiler::ir::Status;
use ppl_compiler::{Compiled, Stop, Workspace};
use ppl_grammar::{parse::parse, source::SourceMap};
use ppl_interpreter::Interpreter;
use ppl_runtime::data::RawData;
use std::sync::Arc;

fn compile(text: &str) -> Compiled {
    let parsed = parse(&SourceMap::from_text("test.stan", text));
    assert!(parsed.is_ok(), "{:?}", parsed.diagnostics);
    let checked = ppl_program::check(&parsed.program).unwrap();
    let interpreter = Interpreter::new(Arc::new(checked.program));
    let environment = interpreter.bind(&RawData::from_json("{}").unwrap()).unwrap();
    Compiled::new(&interpreter, &environment).unwrap()
}

fn evaluate(compiled: &Compiled, workspace: &mut Workspace, x: f64) -> Result<(f64, f64), Stop> {
    let mut gradient = [f64::NAN];
    compiled.log_density_gradient(workspace, &[x], &mut gradient).map(|value| (value, gradient[0]))
}

/// The status, and the text of the statement that stopped.
fn stop(text: &str, x: f64) -> (Status, &str) {
    let compiled = compile(text);
    let stop = evaluate(&compiled, &mut compiled.workspace(), x).unwrap_err();
    (stop.status, stop.span.map_or("", |span| &text[span.range()]))
}

#[test]
fn frames_grow_on_demand() {
    let trips = 100_000;
    let compiled = compile(&format!(
        "parameters {{ real x; }} model {{ real s = x; for (i in 1:{trips}) s = s + 1e-5 * sin(s); target += s; }}"
    ));
    let mut workspace = compiled.workspace();
    let before = workspace.frame_bytes();
    assert!(before < 8 * trips);
    let (value, slope) = evaluate(&compiled, &mut workspace, 0.5).unwrap();
    let (mut s, mut d) = (0.5f64, 1.0f64);
    for _ in 0..trips {
        (s, d) = (s + 1e-5 * s.sin(), d * (1.0 + 1e-5 * s.cos()));
    }
    assert!((value - s).abs() < 1e-11 && (slope - d).abs() < 1e-11, "{value} {s} {slope} {d}");
    let grown = workspace.frame_bytes();
    assert!(grown >= 8 * trips, "{grown}");
    assert_eq!(evaluate(&compiled, &mut workspace, 0.5).unwrap(), (value, slope));
    assert_eq!(workspace.frame_bytes(), grown);
}

/// Running out of fuel is no reason to try again with a larger frame stack.
#[test]
fn out_of_fuel_is_reported_at_once() {
    let text = "parameters { real x; } model { real s = x; while (s < 10) s = tanh(s); target += s; }";
    let compiled = compile(text).with_fuel(1000);
    let mut workspace = compiled.workspace();
    let before = workspace.frame_bytes();
    assert_eq!(evaluate(&compiled, &mut workspace, 0.5).unwrap_err().status, Status::Limit);
    assert_eq!(workspace.frame_bytes(), before);
    assert!(evaluate(&compiled, &mut workspace, 11.0).is_ok());
}

#[test]
fn the_statement_that_stops_is_named() {
    let text = "parameters { real x; } model { vector[3] a = rep_vector(x, 3); int k = x > 0 ? 4 : 3; a[2] = 1; target += a[k]; }";
    let (status, statement) = stop(text, 0.5);
    assert_eq!(status, Status::Error);
    assert!(statement.contains("a[k]"), "{statement:?}");
    let compiled = compile(text);
    assert_eq!(evaluate(&compiled, &mut compiled.workspace(), -0.5).unwrap(), (-0.5, 1.0));

    let text = "parameters { real x; } model { target += x; if (x > 0) reject(\"positive\"); target += 2 * x; }";
    let (status, statement) = stop(text, 0.5);
    assert_eq!(status, Status::Reject);
    assert!(statement.contains("reject"), "{statement:?}");

    let text = "parameters { real x; } model { int k = x > 0; target += x * (3 %/% (1 - k)); }";
    let (status, statement) = stop(text, 0.5);
    assert_eq!(status, Status::Error);
    assert!(statement.contains("3 %/% (1 - k)"), "{statement:?}");
}

#[test]
fn early_returns() {
    let compiled = compile(
        "functions { real f(real x) { real s = x; for (i in 1:10) { s = s * 1.5; if (s > 4) return s * x; } return exp(s); } }
         parameters { real x; } model { target += f(x); }",
    );
    let mut workspace = compiled.workspace();
    let powers = |x: f64, n: i32| (1.5f64.powi(n) * x * x, 2.0 * 1.5f64.powi(n) * x);
    for (x, (value, slope)) in [
        (3.0, powers(3.0, 1)),
        (0.5, powers(0.5, 6)),
        (0.01, ((0.01 * 1.5f64.powi(10)).exp(), 1.5f64.powi(10) * (0.01 * 1.5f64.powi(10)).exp())),
    ] {
        let (v, s) = evaluate(&compiled, &mut workspace, x).unwrap();
        assert!((v - value).abs() < 1e-13 * value && (s - slope).abs() < 1e-13 * slope, "{x}: {v} {value} {s} {slope}");
    }
}

#[test]
fn sizes_that_do_not_fit_are_refused() {
    let compiled = compile("parameters { real x; } model { x ~ std_normal(); }");
    let refused = compiled.log_density_gradient(&mut compiled.workspace(), &[1.0, 2.0], &mut [0.0; 2]);
    assert_eq!(refused.unwrap_err(), Stop { status: Status::Error, span: None });
}
