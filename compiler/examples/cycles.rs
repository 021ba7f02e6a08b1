//! Compiles, runs and drops one program again and again, and prints the resident memory: `cycles FILE.stan DATA.json N`.

use ppl_compiler::Compiled;
use ppl_grammar::{parse::parse, source::SourceMap};
use ppl_interpreter::Interpreter;
use ppl_runtime::data::RawData;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    line.and_then(|l| l.split_whitespace().next()).and_then(|n| n.parse().ok()).unwrap_or(0)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [program, data, count] = &arguments[..] else {
        return Err("usage: cycles FILE.stan DATA.json N".into());
    };
    let count: u64 = count.parse()?;
    let source = SourceMap::load(Path::new(program), &[])?;
    let checked = ppl_program::check(&parse(&source).program).map_err(|errors| format!("{errors:?}"))?;
    let interpreter = Interpreter::new(Arc::new(checked.program));
    let environment = interpreter.bind(&RawData::read(Path::new(data))?)?;
    let start = Instant::now();
    for i in 0..count {
        let compiled = Compiled::new(&interpreter, &environment)?;
        let mut gradient = vec![0.0; compiled.dim()];
        let theta = vec![0.1; compiled.dim()];
        compiled
            .log_density_gradient(&mut compiled.workspace(), &theta, &mut gradient)
            .map_err(|stop| format!("{stop:?}"))?;
        if (i + 1) % (count / 10).max(1) == 0 {
            println!("{} cycles, {:.1} s, {} KiB resident", i + 1, start.elapsed().as_secs_f64(), resident_kib());
        }
    }
    Ok(())
}
