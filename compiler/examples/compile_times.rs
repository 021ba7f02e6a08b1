//! Milliseconds from a program's text to machine code with its gradient, for many programs.
//!
//!     cargo run --release -p ppl-compiler --example compile_times -- PAIRS
//!
//! PAIRS is a file with a line `MODEL.stan<TAB>DATA.json` for each program. Each is compiled five times, from its text, with data that have
//! been read; the figures are those of the fastest. Transformed data are run as a part of binding.

use ppl_compiler::Compiled;
use ppl_grammar::{parse::parse, source::SourceMap};
use ppl_interpreter::Interpreter;
use ppl_program::check;
use ppl_runtime::data::RawData;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Milliseconds: parse and check, bind, compile.
fn times(text: &str, data: &RawData) -> Result<[f64; 3], String> {
    let start = Instant::now();
    let source = SourceMap::from_text("model.stan", text.to_string());
    let parsed = parse(&source);
    let checked = check(&parsed.program).map_err(|_| "is not valid".to_string())?;
    let interpreter = Interpreter::new(Arc::new(checked.program));
    let read = start.elapsed();
    let environment = interpreter.bind(data).map_err(|error| error.to_string())?;
    let bound = start.elapsed();
    Compiled::new(&interpreter, &environment).map_err(|error| error.to_string())?;
    let compiled = start.elapsed();
    Ok([read, bound - read, compiled - bound].map(|t| t.as_secs_f64() * 1e3))
}

fn main() {
    let Some(pairs) = std::env::args().nth(1) else { return eprintln!("compile_times PAIRS") };
    let pairs = match std::fs::read_to_string(&pairs) {
        Ok(text) => text,
        Err(error) => return eprintln!("{pairs}: {error}"),
    };
    let mut all: Vec<f64> = Vec::new();
    println!("{:<50} {:>8} {:>8} {:>8} {:>8}", "", "read", "bind", "compile", "ms");
    for (model, data) in pairs.lines().filter_map(|line| line.split_once('\t')) {
        let name = Path::new(model).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let (Ok(text), Ok(data)) = (std::fs::read_to_string(model), RawData::read(Path::new(data))) else {
            println!("{name}: cannot be read");
            continue;
        };
        let runs: Result<Vec<[f64; 3]>, String> = (0..5).map(|_| times(&text, &data)).collect();
        match runs.map(|runs| runs.into_iter().min_by(|a, b| a.iter().sum::<f64>().total_cmp(&b.iter().sum()))) {
            Ok(Some([read, bind, compile])) => {
                let total = read + bind + compile;
                println!("{name:<50} {read:>8.2} {bind:>8.2} {compile:>8.2} {total:>8.2}");
                all.push(read + compile);
            }
            Ok(None) => {}
            Err(message) => println!("{name}: {message}"),
        }
    }
    all.sort_by(f64::total_cmp);
    if let (Some(most), Some(median)) = (all.last(), all.get(all.len() / 2)) {
        println!("{} programs; without binding: median {median:.2} ms, most {most:.2} ms", all.len());
    }
}
