//! Many programs: each from its text to data sets, once. `programs [COUNT [FIRST]]`
//!
//!     cargo run --release --example programs -- 5000
//!
//! COUNT models of `ppl_generate::model` from seed FIRST on, each: check, reverse (with the check of the simulator), bind sizes and
//! covariates, compile and draw 20 data sets. Prints programs a second, latencies and where the time goes, all in CPU time
//! of the process, and the memory of the process along the way.

use ppl::{Data, Model, ReverseOptions, SimulationSettings};
use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::AtomicBool;

const DATA_SETS: u64 = 20;
const PHASES: [&str; 4] = ["check", "reverse", "bind", "20 data sets"];

unsafe extern "C" {
    /// POSIX, 64 bits: seconds and nanoseconds.
    fn clock_gettime(clock: i32, time: *mut [i64; 2]) -> i32;
}

/// CPU time of this process, in milliseconds.
fn now() -> f64 {
    const PROCESS_CPUTIME: i32 = 2;
    let mut time = [0; 2];
    unsafe { clock_gettime(PROCESS_CPUTIME, &mut time) };
    time[0] as f64 * 1e3 + time[1] as f64 * 1e-6
}

/// Resident memory of this process, in MB (Linux; 0 elsewhere).
fn resident() -> f64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split(' ').nth(1)?.parse::<f64>().ok());
    pages.unwrap_or(0.0) * 4096.0 / 1e6
}

/// Milliseconds of each phase, and numbers that are finite and not.
fn one(text: &str, given: &Data) -> Result<([f64; 4], [usize; 2]), String> {
    let start = now();
    let model = Model::compile(text).map_err(|error| format!("check: {error}"))?;
    let checked = now();
    let reversal = model.reverse(&ReverseOptions::default());
    let simulator = reversal.simulator.ok_or_else(|| {
        let reasons: Vec<String> = reversal.report.reasons.into_iter().map(|reason| reason.text).collect();
        format!("reverse: {:?}: {}", reversal.report.verdict, reasons.join("; "))
    })?;
    let reversed = now();
    let bound = simulator.bind(given).map_err(|error| format!("bind: {error}"))?;
    let was_bound = now();
    let mut counts = [0; 2];
    if bound.by_mcmc() {
        return Err("prior by NUTS".into());
    }
    let settings = SimulationSettings { draws: DATA_SETS, seed: 1, threads: 1 };
    let mut sink = |chunk: ppl::Chunk| {
        chunk.values.iter().for_each(|x| counts[usize::from(!x.is_finite())] += 1);
        Ok(())
    };
    bound.simulate(&settings, &AtomicBool::new(false), &mut sink).map_err(|error| format!("draw: {error}"))?;
    // Freeing machine code takes time too.
    drop((bound, simulator, model));
    Ok(([checked - start, reversed - checked, was_bound - reversed, now() - was_bound], counts))
}

/// The text without its numbers.
fn structure(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit() && *c != '.').collect()
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(|a| a.parse::<u64>());
    let (Ok(count), Ok(first)) = (arguments.next().unwrap_or(Ok(5000)), arguments.next().unwrap_or(Ok(0))) else {
        return eprintln!("usage: programs [COUNT [FIRST]]");
    };
    ppl::with_room(|| run(count, first));
}

fn run(count: u64, first: u64) {
    let models: Vec<ppl_generate::Model> = (first..first + count).map(ppl_generate::model).collect();
    let texts: HashSet<&str> = models.iter().map(|m| m.program.as_str()).collect();
    let structures: HashSet<String> = models.iter().map(|m| structure(&m.program)).collect();
    println!("{count} programs, {} distinct, {} without their numbers", texts.len(), structures.len());

    let mut phases = [0.0; 4];
    let mut latencies = Vec::with_capacity(models.len());
    let mut kinds: BTreeMap<&str, (usize, f64)> = BTreeMap::new();
    let mut failures: BTreeMap<String, (usize, u64)> = BTreeMap::new();
    let mut numbers = [0; 2];
    let mut memory = Vec::new();
    for (i, model) in models.iter().enumerate() {
        if i % (models.len() / 10).max(1) == 0 {
            memory.push(resident());
        }
        let Ok(given) = Data::from_json(&model.given) else { continue };
        match one(&model.program, &given) {
            Ok((times, counts)) => {
                let total: f64 = times.iter().sum();
                latencies.push(total);
                phases.iter_mut().zip(times).for_each(|(sum, t)| *sum += t);
                numbers.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n);
                let kind = kinds.entry(&model.kind).or_default();
                *kind = (kind.0 + 1, kind.1 + total);
            }
            Err(message) => {
                let message = format!("{}: {message}", model.kind);
                failures.entry(message).or_insert((0, model.seed)).0 += 1;
            }
        }
    }
    memory.push(resident());
    latencies.sort_by(f64::total_cmp);
    let total: f64 = latencies.iter().sum();
    let quantile = |p: f64| latencies.get((latencies.len() as f64 * p) as usize).copied().unwrap_or(f64::NAN);
    println!(
        "{} done: {:.0} programs a CPU second; ms: median {:.3}, p99 {:.3}, most {:.3}",
        latencies.len(),
        latencies.len() as f64 / total * 1e3,
        quantile(0.5),
        quantile(0.99),
        latencies.last().copied().unwrap_or(f64::NAN)
    );
    for (name, sum) in PHASES.iter().zip(phases) {
        println!("  {name:<14} {:.3} ms, {:.0} %", sum / latencies.len() as f64, sum / total * 100.0);
    }
    println!("numbers drawn: {} finite, {} not", numbers[0], numbers[1]);
    let memory: Vec<String> = memory.iter().map(|m| format!("{m:.0}")).collect();
    println!("resident MB: {}", memory.join(" "));
    for (kind, (n, sum)) in &kinds {
        println!("  {kind:<32} {n:>5} programs, {:.3} ms", sum / *n as f64);
    }
    for (message, (n, seed)) in &failures {
        println!("failed: {n} (seed {seed}): {message}");
    }
}
