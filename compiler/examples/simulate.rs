//! Draws per CPU second of a program's quantities, in memory: `simulate FILE.stan DATA.json N [QUANTITY,...]`.
//!
//! N data sets a call, in batches of 10,000; the median of 15 calls, as JSON.

use ppl_compiler::Generator;
use ppl_grammar::{parse::parse, source::SourceMap};
use ppl_interpreter::Interpreter;
use ppl_runtime::data::RawData;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const BATCH: usize = 10_000;

fn cpu_seconds() -> f64 {
    // User time of this process, in ticks of 10 ms, is too coarse for one call: time on the run queue is in ns.
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) * 1e-9
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [file, data, count, rest @ ..] = &args[..] else {
        return Err("usage: simulate FILE.stan DATA.json N [QUANTITY,...]".into());
    };
    let count: usize = count.parse()?;
    let selected: Vec<&str> = rest.first().map(|names| names.split(',').collect()).unwrap_or_default();
    let start = Instant::now();
    let source = SourceMap::from_text(file, std::fs::read_to_string(file)?);
    let parsed = parse(&source);
    let checked = ppl_program::check(&parsed.program).map_err(|e| e[0].message.clone())?;
    let interpreter = Interpreter::new(Arc::new(checked.program));
    let environment = interpreter.bind(&RawData::read(Path::new(data))?)?;
    let generator =
        Generator::new(&interpreter, &environment, |q| selected.is_empty() || selected.contains(&q.name.as_str()))?;
    let mut workspace = generator.batch_workspace();
    let width = generator.width();
    let mut out = vec![0.0; width * BATCH];
    let thetas = vec![0.0; generator.dim() * BATCH];
    let mut first = None;
    let mut checksum = 0.0;
    let mut rates = Vec::new();
    for call in 0..15u64 {
        let (cpu, mut made) = (cpu_seconds(), 0);
        while made < count {
            let n = BATCH.min(count - made);
            let draws = made as u64..(made + n) as u64;
            let out = &mut out[..width * n];
            generator
                .generate_batch(&mut workspace, &thetas[..generator.dim() * n], call + 1, 1, draws, out)
                .map_err(|stop| format!("{stop:?}"))?;
            first.get_or_insert_with(|| start.elapsed());
            checksum += out.last().copied().unwrap_or(0.0);
            made += n;
        }
        rates.push(count as f64 / (cpu_seconds() - cpu));
    }
    rates.sort_by(f64::total_cmp);
    println!(
        "{{\"per_cpu_s\": {:.0}, \"numbers\": {width}, \"blocks\": {}, \"first_batch_ms\": {:.2}, \"checksum\": {checksum}}}",
        rates[rates.len() / 2],
        generator.in_blocks(),
        first.map_or(f64::NAN, |t| t.as_secs_f64() * 1e3),
    );
    Ok(())
}
