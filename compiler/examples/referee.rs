//! Compares machine code with the interpreter at random points: `referee FILE.stan DATA.json`.

use ppl_compiler::Compiled;
use ppl_grammar::{parse::parse, source::SourceMap};
use ppl_interpreter::{Interpreter, Options};
use ppl_runtime::data::RawData;
use std::path::Path;
use std::sync::Arc;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let text = std::fs::read_to_string(&args[0]).unwrap();
    let data = match args.get(1) {
        Some(path) => RawData::read(Path::new(path)).unwrap(),
        None => RawData::new(),
    };
    let source = SourceMap::from_text(&args[0], text);
    let parsed = parse(&source);
    let checked = match ppl_program::check(&parsed.program) {
        Ok(checked) => checked,
        Err(errors) => {
            for e in errors {
                println!("{} {}", source.describe(e.span), e.message);
            }
            return;
        }
    };
    let interpreter = Interpreter::new(Arc::new(checked.program));
    let environment = interpreter.bind(&data).unwrap();
    if std::env::var_os("LISTING").is_some() {
        println!("{}", Compiled::listing(&interpreter, &environment, true).unwrap());
    }
    let compiled = match Compiled::new(&interpreter, &environment) {
        Ok(compiled) => compiled,
        Err(e) => {
            println!("refused: {e} {}", e.span().map(|s| source.describe(s)).unwrap_or_default());
            return;
        }
    };
    let mut workspace = compiled.workspace();
    let dim = compiled.dim();
    let mut state = 88172645463325252u64;
    for _ in 0..3 {
        let theta: Vec<f64> = (0..dim)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 11) as f64 / (1u64 << 53) as f64 * 2.0 - 1.0
            })
            .collect();
        let mut gradient = vec![0.0; dim];
        let ours = compiled.log_density_gradient(&mut workspace, &theta, &mut gradient);
        let theirs = interpreter.gradient(&environment, &theta, Options::SAMPLER);
        match (&ours, &theirs) {
            (Ok(a), Ok((b, g))) => {
                let worst = gradient.iter().zip(g).map(|(a, b)| (a - b).abs() / 1f64.max(b.abs())).fold(0.0, f64::max);
                println!("{a} {b} gradient differs by {worst:.2e}");
                if worst > 1e-9 {
                    println!("  machine     {gradient:?}\n  interpreter {g:?}");
                }
            }
            _ => println!("{ours:?} {theirs:?}"),
        }
    }
}
