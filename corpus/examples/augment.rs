//! Augments the programs of the library and of the wide grammar, and counts what becomes of them:
//! `augment [GENERATED] [--every K] [--only MODEL] [--show NAME]`, of the library every K-th program, or one.

use ppl_corpus::augment::supply::{NotDrawn, Simulator, data_of_chain, draws};
use ppl_corpus::augment::{self, ALL, random_chain, verdict};
use ppl_corpus::choices::Language;
use ppl_corpus::pair::design::Design;
use ppl_corpus::{Grammar, Schema, program};
use ppl_grammar::format::{Parentheses, print_program};
use ppl_grammar::parse::parse;
use ppl_grammar::source::SourceMap;
use ppl_program::typed::Program;
use ppl_runtime::data::RawData;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Draws of each program.
const DRAWS: u64 = 5;

/// Programs that take longer are named.
const LONG: Duration = Duration::from_secs(20);

fn main() {
    ppl_program::with_room(run);
}

#[derive(Clone, Default)]
struct Count {
    tried: usize,
    applied: usize,
    valid: usize,
    /// Of those whose first program is reversed exactly, and how many of them are.
    exact_first: usize,
    exact: usize,
    /// Of those whose first program has data and gives finite draws: programs that do so too, and why others do not.
    simulated: usize,
    not: BTreeMap<&'static str, usize>,
    /// Changes made, of chains.
    steps: usize,
}

fn run() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let generated: usize = arguments.first().and_then(|a| a.parse().ok()).unwrap_or(300);
    let show = arguments.iter().position(|a| a == "--show").and_then(|place| arguments.get(place + 1)).cloned();
    let every = arguments.iter().position(|a| a == "--every").and_then(|place| arguments.get(place + 1)?.parse().ok());
    let library = library(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../stdlib/models")));
    let only = arguments.iter().position(|a| a == "--only").and_then(|place| arguments.get(place + 1));
    let library: Vec<_> = library.into_iter().filter(|(name, ..)| only.is_none_or(|own| own == name)).collect();
    let library: Vec<_> = library.into_iter().step_by(every.unwrap_or(1)).collect();
    report("library", &library, show.as_deref());
    let grammar = Grammar::shipped("wide").unwrap_or_else(|error| panic!("{error}"));
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut made = Vec::new();
    while made.len() < generated {
        let schema = Schema::random(&mut rng, |outcome| grammar.has_outcome(outcome));
        let Some(language) = Language::new(&grammar, &schema) else { continue };
        let derivation = language.sample(&mut rng);
        let Ok(canonical) = program(&grammar, &schema, &derivation) else { continue };
        let Ok(checked) = ppl_program::check(&canonical.program) else { continue };
        let design = Design::with_rows(&schema, 40, 0.0, &mut rng);
        made.push((format!("generated {}", made.len()), checked.program, Some(design.data(&schema))));
    }
    report("wide grammar", &made, show.as_deref());
}

/// The programs below a folder with the data, or sizes and covariates, beside them.
fn library(folder: &Path) -> Vec<(String, Program, Option<RawData>)> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    paths.sort();
    let mut all = Vec::new();
    for path in paths {
        if path.is_dir() {
            all.extend(library(&path));
        }
        if path.extension().is_none_or(|extension| extension != "stan") {
            continue;
        }
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let parsed = parse(&SourceMap::from_text(name.clone(), text));
        let Ok(checked) = ppl_program::check(&parsed.program) else { continue };
        let data = ["data.json", "design.json"].iter().find_map(|end| RawData::read(&path.with_extension(end)).ok());
        all.push((name, checked.program, data));
    }
    all
}

fn report(title: &str, programs: &[(String, Program, Option<RawData>)], show: Option<&str>) {
    let start = Instant::now();
    let mut counts = vec![Count::default(); ALL.len() + 1];
    for (number, (name, first, data)) in programs.iter().enumerate() {
        let began = Instant::now();
        let exact = is_exact(first);
        // draws of the first program, where there are data for it
        let drawn = data.as_ref().map(|data| finite(first, data));
        if let Some(Err(limit @ NotDrawn::Limit(_))) = &drawn {
            println!("{name}: {limit}");
        }
        let given = data.as_ref().filter(|_| matches!(drawn, Some(Ok(_))));
        for (k, count) in counts.iter_mut().enumerate() {
            let mut rng = ChaCha8Rng::seed_from_u64(number as u64);
            rng.set_stream(k as u64);
            count.tried += 1;
            let chained = match ALL.get(k) {
                Some(change) => augment::find(change.name)
                    .and_then(|change| augment::chain(first, &[change], &mut rng).ok())
                    .filter(|chained| !chained.stages.is_empty()),
                None => Some(random_chain(first, 3, &mut rng)).filter(|chained| !chained.stages.is_empty()),
            };
            let Some(chained) = chained else { continue };
            count.steps += chained.stages.len();
            count.applied += 1;
            let what = chained.names().collect::<Vec<_>>().join(", ");
            let Some(program) = chained.program() else { continue };
            let text = print_program(program, Parentheses::Minimal);
            if show == ALL.get(k).map(|change| change.name).or(Some("chain")) {
                println!("// {name}: {what}\n{text}");
            }
            let parsed = parse(&SourceMap::from_text("augmented", text.clone()));
            let Some(second) = parsed.is_ok().then(|| ppl_program::check(&parsed.program).ok()).flatten() else {
                println!("{name}: {what}: not valid\n{text}");
                continue;
            };
            count.valid += 1;
            if exact {
                count.exact_first += 1;
                count.exact += usize::from(is_exact(&second.program));
            }
            let Some(data) = given else { continue };
            let second = data_of_chain(first, data, &chained, 1).and_then(|data| finite(&second.program, &data));
            match second {
                Ok(_) => count.simulated += 1,
                Err(why) => {
                    *count.not.entry(why.word()).or_default() += 1;
                    println!("{name}: {what}: {}", why.to_string().lines().next().unwrap_or_default());
                }
            }
        }
        if began.elapsed() > LONG {
            println!("{name}: {:.0} s", began.elapsed().as_secs_f64());
        }
    }
    println!("{title}: {} programs, {:.0} s", programs.len(), start.elapsed().as_secs_f64());
    println!(
        "{:22} {:>6} {:>8} {:>6} {:>14} {:>10}  not simulated",
        "augmentation", "tried", "applied", "valid", "exact kept", "simulated"
    );
    for (k, count) in counts.iter().enumerate() {
        let not: Vec<String> = count.not.iter().map(|(why, times)| format!("{why} {times}")).collect();
        println!(
            "{:22} {:6} {:8} {:6} {:>14} {:10}  {}",
            ALL.get(k).map_or("chain of 3", |change| change.name),
            count.tried,
            count.applied,
            count.valid,
            format!("{} of {}", count.exact, count.exact_first),
            count.simulated,
            not.join(", "),
        );
    }
    println!("changes in a chain: {:.2}", counts[ALL.len()].steps as f64 / counts[ALL.len()].applied.max(1) as f64);
}

/// Whether some draws are finite.
fn finite(program: &Program, data: &RawData) -> Result<(), NotDrawn> {
    let simulator = Simulator::new(program)?;
    draws(&simulator, &simulator.bind(data)?, DRAWS, 2).map(drop)
}

fn is_exact(program: &Program) -> bool {
    use ppl_analysis::verdict::Verdict;
    matches!(verdict(program), Verdict::Exact | Verdict::ExactAfterRewrites)
}
