//! Draws per CPU second of a program's quantities, in memory: `simulate FILE.stan DATA.json N [QUANTITY,...]`.
//!
//! N data sets a call, in batches of 10,000; the median of 15 calls, as JSON.

use ppl_compiler::Generator;
use ppl_grammar::{parse::parse, source::SourceMap};
use ppl_interpreter::Interpreter;
use ppl_runtime::data::RawData;
use ppl_runtime::density::Stream;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const BATCH: usize = 10_000;

unsafe extern "C" {
    /// POSIX, 64 bits: seconds and nanoseconds.
    fn clock_gettime(clock: i32, time: *mut [i64; 2]) -> i32;
}

/// CPU time of this process.
fn cpu_seconds() -> f64 {
    const PROCESS_CPUTIME: i32 = 2;
    let mut time = [0; 2];
    unsafe { clock_gettime(PROCESS_CPUTIME, &mut time) };
    time[0] as f64 + time[1] as f64 * 1e-9
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
    // One by one, as `ppl run` does, and by the interpreter.
    let theta = vec![0.0; generator.dim()];
    let mut single = generator.workspace();
    let mut row = vec![0.0; width];
    let nanoseconds = |mut f: Box<dyn FnMut(Stream) + '_>| {
        let mut best = f64::INFINITY;
        for _ in 0..5 {
            let cpu = cpu_seconds();
            (0..400).for_each(|draw| f(Stream { seed: 1, chain: 1, draw }));
            best = best.min((cpu_seconds() - cpu) / 400.0 * 1e9);
        }
        best
    };
    let alone = nanoseconds(Box::new(|stream| {
        let _ = generator.generate(&mut single, &theta, stream, &mut row);
    }));
    let interpreted = nanoseconds(Box::new(|stream| drop(interpreter.write_array(&environment, &theta, stream))));
    println!(
        "{{\"per_cpu_s\": {:.0}, \"numbers\": {width}, \"blocks\": {}, \"first_batch_ms\": {:.2}, \"ns_alone\": {alone:.0}, \"ns_interpreted\": {interpreted:.0}, \"checksum\": {checksum}}}",
        rates[rates.len() / 2],
        generator.in_blocks(),
        first.map_or(f64::NAN, |t| t.as_secs_f64() * 1e3),
    );
    Ok(())
}
