//! Whether the stream of pairs keeps up with a training:
//! `stream GRAMMAR [SECONDS] [--tables T] [--rows N] [--rate R] [--workers W,W,...] [--busy]`
//!
//! For each number of workers: how many pairs and tables a second a reader gets that does nothing else, and how long a reader waits that takes `R`
//! tables a second (300 at first), as a training does. That reader sleeps between its tables, as one that waits for an accelerator; with `--busy` it
//! computes, as a training on the same cores.

use ppl_corpus::Grammar;
use ppl_corpus::pair::design::DesignOptions;
use ppl_corpus::pair::{Fault, Pair, PairOptions};
use ppl_corpus::stream::Stream;
use std::sync::Arc;
use std::time::{Duration, Instant};

struct Settings {
    grammar: Arc<Grammar>,
    options: PairOptions,
    time: Duration,
    /// Tables a second that the slow reader takes.
    rate: f64,
    busy: bool,
}

/// What a reader saw.
#[derive(Default)]
struct Seen {
    pairs: u64,
    tables: u64,
    time: Duration,
    /// Of each pair, how long the reader stood still for it.
    waits: Vec<Duration>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        let place = arguments.iter().position(|a| a == name)?;
        Some(arguments.get(place + 1).unwrap_or_else(|| panic!("{name} wants a value")).as_str())
    };
    let number = |name: &str, default: f64| {
        option(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}: {text} is no number")))
    };
    let name = arguments.first().map_or("bounded", String::as_str);
    let seconds = arguments.get(1).map_or(10.0, |text| text.parse().unwrap_or_else(|_| panic!("{text} is no time")));
    let design = match option("--rows") {
        Some(_) => {
            let rows = number("--rows", 0.0) as usize;
            DesignOptions { rows: rows..=rows, ..DesignOptions::default() }
        }
        None => DesignOptions::default(),
    };
    let settings = Settings {
        grammar: Arc::new(Grammar::load(name).unwrap_or_else(|error| panic!("{error}"))),
        options: PairOptions { design, tables: number("--tables", 1.0) as usize, schema: None },
        time: Duration::from_secs_f64(seconds),
        rate: number("--rate", 300.0),
        busy: arguments.iter().any(|a| a == "--busy"),
    };
    let workers = option("--workers").unwrap_or("1,2");
    let workers = workers.split(',').map(|w| w.parse().unwrap_or_else(|_| panic!("--workers: {w} is no number")));
    for workers in workers {
        report(&format!("{workers} workers, a reader that does nothing else"), &read(&settings, workers, None));
        let what = if settings.busy { "computes" } else { "sleeps" };
        let title = format!("{workers} workers, a reader that {what} 1/{} s a table", settings.rate);
        report(&title, &read(&settings, workers, Some(Duration::from_secs_f64(1.0 / settings.rate))));
    }
}

/// Reads for a while, with a pause for each table; the first pair, for which there was no time, does not count.
fn read(settings: &Settings, workers: usize, pause: Option<Duration>) -> Seen {
    let stream = Stream::new(Arc::clone(&settings.grammar), settings.options.clone(), 1).workers(workers);
    let mut stream = stream.filter_map(|made: Result<Pair, Fault>| match made {
        Ok(pair) => Some(pair),
        Err(Fault::NoProgram(_)) => None,
        Err(fault) => panic!("{fault}"),
    });
    stream.next();
    let mut seen = Seen::default();
    let start = Instant::now();
    while start.elapsed() < settings.time {
        let asked = Instant::now();
        let Some(pair) = stream.next() else { break };
        seen.waits.push(asked.elapsed());
        seen.pairs += 1;
        seen.tables += pair.samples.len() as u64;
        if let Some(pause) = pause {
            work(pause * pair.samples.len() as u32, settings.busy);
        }
    }
    seen.time = start.elapsed();
    seen
}

/// Takes so long.
fn work(time: Duration, busy: bool) {
    if !busy {
        std::thread::sleep(time);
        return;
    }
    let start = Instant::now();
    let mut x = 1.0_f64;
    while start.elapsed() < time {
        for _ in 0..1000 {
            x = std::hint::black_box(x * 1.000_000_1 + 1e-9);
        }
    }
}

fn report(title: &str, seen: &Seen) {
    let seconds = seen.time.as_secs_f64();
    let mut waits: Vec<f64> = seen.waits.iter().map(Duration::as_secs_f64).collect();
    waits.sort_unstable_by(f64::total_cmp);
    let at = |p: f64| 1e3 * waits.get((p * waits.len() as f64) as usize).or(waits.last()).copied().unwrap_or(0.0);
    println!("{title}");
    println!("  {:.0} pairs/s, {:.0} tables/s", seen.pairs as f64 / seconds, seen.tables as f64 / seconds);
    println!(
        "  waited {:.2} % of the time; for a pair {:.4} ms (median), {:.3} ms (99 %), {:.2} ms (longest)",
        100.0 * waits.iter().sum::<f64>() / seconds,
        at(0.5),
        at(0.99),
        at(1.0)
    );
}
