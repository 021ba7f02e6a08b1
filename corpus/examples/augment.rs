//! Augments the programs of the library and of the bounded grammar, and counts what becomes of them: `augment [GENERATED] [--every K] [--show NAME]`,
//! of the library every K-th program.

use ppl_corpus::augment::supply::{Simulator, values};
use ppl_corpus::augment::{ALL, Augmented, random_chain, verdict};
use ppl_corpus::choices::Language;
use ppl_corpus::pair::design::Design;
use ppl_corpus::pair::table::Values;
use ppl_corpus::{ColumnKind, Grammar, Schema, program};
use ppl_grammar::format::{Parentheses, print_program};
use ppl_grammar::parse::parse;
use ppl_grammar::source::SourceMap;
use ppl_program::typed::Program;
use ppl_runtime::data::{Datum, RawData};
use ppl_runtime::density::Stream;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::path::{Path, PathBuf};

/// Draws of each program.
const DRAWS: u64 = 5;

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
    /// Of those whose first program has data and gives finite draws: draws of the first and the second that are finite.
    simulated: usize,
    first_finite: u64,
    finite: u64,
}

fn run() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let generated: usize = arguments.first().and_then(|a| a.parse().ok()).unwrap_or(300);
    let show = arguments.iter().position(|a| a == "--show").and_then(|place| arguments.get(place + 1)).cloned();
    let every = arguments.iter().position(|a| a == "--every").and_then(|place| arguments.get(place + 1)?.parse().ok());
    let library = library(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../stdlib/models")));
    let library: Vec<_> = library.into_iter().step_by(every.unwrap_or(1)).collect();
    report("library", &library, show.as_deref());
    let grammar = Grammar::shipped("bounded").unwrap_or_else(|error| panic!("{error}"));
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut made = Vec::new();
    while made.len() < generated {
        let schema = Schema::random(&mut rng, |outcome| grammar.has_outcome(outcome));
        let Some(language) = Language::new(&grammar, &schema) else { continue };
        let derivation = language.sample(&mut rng);
        let Ok(canonical) = program(&grammar, &schema, &derivation) else { continue };
        let Ok(checked) = ppl_program::check(&canonical.program) else { continue };
        let design = Design::with_rows(&schema, 40, 0.0, &mut rng);
        made.push((format!("generated {}", made.len()), checked.program, Some(table(&schema, &design))));
    }
    report("bounded grammar", &made, show.as_deref());
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

fn table(schema: &Schema, design: &Design) -> RawData {
    let mut data = RawData::new().int("N", design.rows as i32);
    for (place, column) in schema.columns.iter().enumerate() {
        data = match &design.columns[place] {
            Values::Real(x) => data.reals(&column.name, x),
            Values::Int(x) => data.ints(&column.name, x),
        };
        if matches!(column.kind, ColumnKind::Group | ColumnKind::Ordinal) {
            data = data.int(&format!("J_{}", column.name), design.levels[place] as i32);
        }
    }
    data
}

fn report(title: &str, programs: &[(String, Program, Option<RawData>)], show: Option<&str>) {
    let start = std::time::Instant::now();
    let mut counts = vec![Count::default(); ALL.len() + 1];
    for (number, (name, first, data)) in programs.iter().enumerate() {
        let exact = is_exact(first);
        // draws of the first program, where there are data for it
        let simulator = Simulator::new(first);
        let bound = simulator.as_ref().zip(data.as_ref()).and_then(|(s, data)| Some((s, data, s.bind(data)?)));
        let drawn = bound.as_ref().map(|(s, data, environment)| (*data, draws(s, environment)));
        for (k, count) in counts.iter_mut().enumerate() {
            let mut rng = ChaCha8Rng::seed_from_u64(number as u64);
            rng.set_stream(k as u64);
            count.tried += 1;
            let made = match ALL.get(k) {
                Some(change) => change.apply(first, &mut rng),
                None => random_chain(first, 3, &mut rng).map(|chained| Augmented {
                    program: chained.program,
                    inputs: chained.inputs,
                    what: format!("{:?}", chained.steps),
                }),
            };
            let Some(made) = made else { continue };
            count.applied += 1;
            let text = print_program(&made.program, Parentheses::Minimal);
            if show == ALL.get(k).map(|change| change.name).or(Some("chain")) {
                println!("// {name}: {}\n{text}", made.what);
            }
            let parsed = parse(&SourceMap::from_text("augmented", text.clone()));
            let Some(second) = parsed.is_ok().then(|| ppl_program::check(&parsed.program).ok()).flatten() else {
                println!("{name}: not valid\n{text}");
                continue;
            };
            count.valid += 1;
            if exact {
                count.exact_first += 1;
                count.exact += usize::from(is_exact(&second.program));
            }
            let Some((data, (finite, outcomes))) = &drawn else { continue };
            let Some(simulator) = Simulator::new(&second.program).filter(|_| *finite > 0) else { continue };
            let mut data = (*data).clone();
            for input in &made.inputs {
                // an outcome that an earlier change made has no draws yet
                let of = outcomes.iter().find(|(own, _)| *own == input.of).or(outcomes.first());
                let Some((_, numbers)) = of else { continue };
                let rows = rows(&made.program, &input.name, &data).unwrap_or(numbers.len() / *finite as usize);
                data.set(input.name.clone(), values(input, numbers, rows));
            }
            // rows that are not observed are given
            for (name, numbers) in outcomes {
                let count = numbers.len() / *finite as usize;
                let whole = numbers.iter().all(|x| x.fract() == 0.0);
                let datum = |x: &f64| if whole { Datum::Int(*x as i64) } else { Datum::Real(*x) };
                if data.get(name).is_none() && rows(&made.program, name, &data).is_some() {
                    data.set(name.clone(), Datum::List(numbers[..count].iter().map(datum).collect()));
                }
            }
            let Some(environment) = simulator.bind(&data) else {
                println!("{name}: {} does not bind", ALL.get(k).map_or("chain", |change| change.name));
                continue;
            };
            count.simulated += 1;
            count.first_finite += finite;
            count.finite += draws(&simulator, &environment).0;
        }
    }
    println!("{title}: {} programs, {:.0} s", programs.len(), start.elapsed().as_secs_f64());
    println!(
        "{:22} {:>6} {:>8} {:>6} {:>14} {:>10} {:>15}",
        "augmentation", "tried", "applied", "valid", "exact kept", "simulated", "draws (first)"
    );
    for (k, count) in counts.iter().enumerate() {
        println!(
            "{:22} {:6} {:8} {:6} {:>14} {:10} {:>15}",
            ALL.get(k).map_or("chain of 3", |change| change.name),
            count.tried,
            count.applied,
            count.valid,
            format!("{} of {}", count.exact, count.exact_first),
            count.simulated,
            format!("{} ({})", count.finite, count.first_finite),
        );
    }
}

/// The size that a declaration of new data names, where it is a number in the data.
fn rows(program: &ppl_grammar::ast::Program, name: &str, data: &RawData) -> Option<usize> {
    use ppl_grammar::ast::{Expr, ExprKind, SizedTypeKind, StatementKind};
    let items = &program.data.as_ref()?.items;
    let ty = items.iter().find_map(|s| match &s.kind {
        StatementKind::Declare { ty, variables, .. } if variables.iter().any(|(own, _)| own.name == name) => Some(ty),
        _ => None,
    })?;
    let size = |e: &Expr| match &e.kind {
        ExprKind::Variable(name) => match data.get(name)? {
            Datum::Int(n) => usize::try_from(*n).ok(),
            _ => None,
        },
        ExprKind::Int(digits) => digits.parse().ok(),
        _ => None,
    };
    match &ty.kind {
        SizedTypeKind::Vector(n) => size(n),
        SizedTypeKind::Array(_, sizes) => size(&sizes[0]),
        _ => None,
    }
}

fn is_exact(program: &Program) -> bool {
    use ppl_analysis::verdict::Verdict;
    matches!(verdict(program), Verdict::Exact | Verdict::ExactAfterRewrites)
}

/// How many draws are finite, and all of their outcomes.
fn draws(simulator: &Simulator, environment: &ppl_interpreter::Environment) -> (u64, Vec<(String, Vec<f64>)>) {
    let mut all: Vec<(String, Vec<f64>)> = Vec::new();
    let mut finite = 0;
    for draw in 0..DRAWS {
        let Ok(drawn) = simulator.draw(environment, Stream { seed: 1, chain: 0, draw }) else { continue };
        if drawn.iter().any(|(_, numbers)| numbers.iter().any(|x| x.is_nan())) {
            continue;
        }
        finite += 1;
        for (name, numbers) in drawn {
            match all.iter_mut().find(|(own, _)| *own == name) {
                Some((_, list)) => list.extend(numbers),
                None => all.push((name, numbers)),
            }
        }
    }
    (finite, all)
}
