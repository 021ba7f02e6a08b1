//! `ppl infer`

mod json;
mod words;

use super::run::stop_on_interrupt;
use super::{CommandError, Result, complain, print};
use ppl::learning::check::{CheckSettings, Checks, check};
use ppl::learning::infer::{InferError, Inference, Inferred, TermOdds, some_rows};
use ppl::learning::sheet::{Reading, Role, Said, Sheet};
use ppl::learning::{InferencePage, inference_page};
use ppl::stan_csv::write_atomic;
use ppl::{Data, Settings};
use ppl_corpus::{ColumnKind, Grammar};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use spfn_model::familiar::Surprise;
use spfn_model::{Spfn, SpfnError, data};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[derive(clap::Args)]
pub struct Arguments {
    /// The table: CSV with a line of names
    table: PathBuf,
    /// Weights of a network, as `ppl train` writes them [default: those that ship]
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// The column to be explained; guessed where it is not said
    #[arg(long, value_name = "NAME")]
    outcome: Option<String>,
    /// A column of groups; may be given several times
    #[arg(long, value_name = "NAME")]
    group: Vec<String>,
    /// The column of times; rows are read in its order
    #[arg(long, value_name = "NAME")]
    time: Option<String>,
    /// The column of numbers of trials, of outcomes that are successes among them
    #[arg(long, value_name = "NAME")]
    trials: Option<String>,
    /// What a column is, instead of the guess: `--kind dose=ordinal`; may be given several times
    #[arg(long, value_name = "NAME=KIND", value_parser = kind)]
    kind: Vec<(String, String)>,
    /// The only columns to be looked at beside those that are named otherwise, with commas between them
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    columns: Vec<String>,
    /// Look at so many rows, drawn at random, where the table has more
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(5..=MOST_ROWS as u64))]
    rows: Option<u64>,
    /// How many programs
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=MOST_PROGRAMS))]
    top: u64,
    /// Programs drawn from the network's distribution instead of the likeliest
    #[arg(long, value_name = "COUNT", conflicts_with_all = ["top", "show", "check", "report"], value_parser = clap::value_parser!(u64).range(1..=1000))]
    sample: Option<u64>,
    /// Fit the programs with NUTS, the likeliest first, cross-validate and stack them; Ctrl-C keeps those that are done
    #[arg(long)]
    check: bool,
    /// End --check after so many seconds
    #[arg(long, default_value_t = 60.0, value_name = "SECONDS", requires = "check", value_parser = seconds)]
    seconds: f64,
    /// Also fit so many programs of a menu of 50, the best by BIC, to compare
    #[arg(long, default_value_t = 0, value_name = "COUNT", requires = "check")]
    menu: usize,
    /// Seed of what is drawn
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print only the text of the program of this rank
    #[arg(long, value_name = "RANK", conflicts_with_all = ["check", "report", "json"], value_parser = clap::value_parser!(u64).range(1..=MOST_PROGRAMS))]
    show: Option<u64>,
    /// Folder for the programs, one file each, with the data that they run on
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write a page
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn kind(text: &str) -> std::result::Result<(String, String), String> {
    let (name, kind) = text.split_once('=').ok_or("it has no `=`")?;
    Ok((name.to_string(), kind.to_string()))
}

fn seconds(text: &str) -> std::result::Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "it is no number".to_string())?;
    if (0.0..=1e6).contains(&seconds) { Ok(seconds) } else { Err("it must be from 0 to a million".to_string()) }
}

/// Programs at most.
const MOST_PROGRAMS: u64 = 256;

/// What is shown.
struct Answer<'a> {
    reading: &'a Reading,
    spfn: &'a Spfn,
    programs: Vec<Inferred>,
    /// Of the first program.
    terms: Vec<TermOdds>,
    checks: Checks,
    /// Programs of the menu, and what fits say of them.
    menu: (Vec<Inferred>, Checks),
    surprise: Option<Surprise>,
    notes: Vec<String>,
}

pub fn run(a: &Arguments) -> Result {
    let mut reading = read(a)?;
    let spfn = match &a.weights {
        Some(path) => Spfn::load(path),
        None => Spfn::shipped(),
    };
    let spfn = spfn.map_err(|error| CommandError::User(format!("error: {error}")))?;
    as_groups(&mut reading, spfn.grammar());
    ppl::with_room(|| answer(a, &spfn, &reading))
}

fn read(a: &Arguments) -> Result<Reading> {
    let user = |error: &dyn std::fmt::Display| CommandError::User(format!("error: {}: {error}", a.table.display()));
    let bytes = std::fs::read(&a.table).map_err(|error| user(&error))?;
    let text = String::from_utf8(bytes).map_err(|_| user(&"it is no UTF-8 text"))?;
    let said = Said {
        outcome: a.outcome.clone(),
        groups: a.group.clone(),
        time: a.time.clone(),
        trials: a.trials.clone(),
        kinds: a.kind.iter().cloned().collect(),
        predictors: a.columns.clone(),
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut reading = Sheet::read(text).and_then(|sheet| sheet.reading(&said)).map_err(|error| user(&error))?;
    let rows = reading.table.rows();
    match a.rows.map(|wanted| wanted as usize) {
        Some(wanted) if wanted < rows => {
            let kept = some_rows(&reading.table, wanted, &mut ChaCha8Rng::seed_from_u64(a.seed));
            reading.table = reading.table.with_rows(&kept);
            reading.notes.push(format!("{} of {rows} rows are looked at, drawn at random", kept.len()));
        }
        _ if rows > MOST_ROWS => {
            return Err(user(&format!(
                "it has {rows} rows, and networks were made for tables of hundreds: --rows {MOST_ROWS} looks at so many of them"
            )));
        }
        _ => {}
    }
    Ok(reading)
}

/// More rows than this are read only in part, and only where that is asked for.
const MOST_ROWS: usize = 10_000;

/// Ordered levels as groups, for a grammar without terms of ordered levels.
fn as_groups(reading: &mut Reading, grammar: &Grammar) {
    let has =
        |kind: ColumnKind| grammar.rules.iter().any(|rule| rule.columns.iter().any(|(_, own)| own.contains(&kind)));
    if has(ColumnKind::Ordinal) || !has(ColumnKind::Group) {
        return;
    }
    for (_, role) in &mut reading.columns {
        if *role == Role::Predictor(ColumnKind::Ordinal) {
            *role = Role::Predictor(ColumnKind::Group);
        }
    }
    for column in &mut reading.table.schema.columns {
        if column.kind == ColumnKind::Ordinal {
            column.kind = ColumnKind::Group;
            let why = "the network knows no terms of their order";
            reading.notes.push(format!("{}: ordered levels are read as groups, since {why}", column.name));
        }
    }
    reading.table = reading.table.in_order_of_kinds();
}

fn answer(a: &Arguments, spfn: &Spfn, reading: &Reading) -> Result {
    let inference = Inference::new(spfn, &reading.table, a.seed);
    let (data, rows) = data::of_table(&reading.table);
    if rows < 2 {
        return Err(CommandError::User(format!(
            "error: {}: {rows} rows have outcome, groups and trials: leave the column out that is missing elsewhere (--columns says which to look at)",
            a.table.display()
        )));
    }
    let wanted = a.top.max(a.show.unwrap_or(0)) as usize;
    let programs = match a.sample {
        None => inference.likeliest(wanted),
        Some(count) => inference.sample(count as usize, &mut ChaCha8Rng::seed_from_u64(a.seed)),
    };
    let programs = programs.map_err(failed)?;
    if let Some(folder) = &a.out {
        write(folder, &programs, &data)?;
    }
    if let Some(rank) = a.show {
        let own = programs.get(rank as usize - 1);
        let own = own.ok_or_else(|| {
            CommandError::User(format!("error: there is no program {rank}: {} were found", programs.len()))
        })?;
        return print(&own.text);
    }
    let terms = match programs.first() {
        Some(first) if a.sample.is_none() => inference.terms(&first.derivation, a.seed).map_err(failed)?,
        _ => Vec::new(),
    };
    let mut shown = Answer {
        reading,
        spfn,
        programs,
        terms,
        checks: Checks::default(),
        menu: Default::default(),
        surprise: inference.surprise(),
        notes: notes(reading, rows, inference.step()),
    };
    if spfn.header().is_proposal() {
        complain("note: these weights were fine-tuned by reward: q ranks programs, and is no probability");
    }
    if !a.json {
        print(&words::proposals(a, &shown))?;
    }
    if a.check {
        let log_unit = inference.units().outcome.unit.ln();
        let stop = stop_on_interrupt();
        shown.checks = checked(a, reading, &shown.programs, &data, log_unit, &stop);
        if !a.json {
            print(&words::stacked(&shown))?;
        }
        if a.menu > 0 && !stop.load(Ordering::Relaxed) {
            let programs = inference.menu(a.menu).map_err(failed)?;
            if !a.json {
                print("\nthe best of a menu of 50 by BIC:\n")?;
            }
            let checks = checked(a, reading, &programs, &data, log_unit, &stop);
            shown.menu = (programs, checks);
            if !a.json {
                print(&words::menu(&shown))?;
            }
        }
    }
    if a.json {
        print(&json::answer(&shown))?;
    }
    match &a.report {
        Some(path) => report(path, a, &shown, &data),
        None => Ok(()),
    }
}

fn failed(error: InferError) -> CommandError {
    match error {
        InferError::Network(SpfnError::Table(error)) => {
            CommandError::User(format!("error: {error} (--columns says which to look at)"))
        }
        error => CommandError::Run(format!("error: {error}")),
    }
}

/// Fits programs as long as there is time, and says what is found as it is found.
fn checked(
    a: &Arguments,
    reading: &Reading,
    programs: &[Inferred],
    data: &Data,
    log_unit: f64,
    stop: &AtomicBool,
) -> Checks {
    let texts: Vec<&str> = programs.iter().map(|own| own.text.as_str()).collect();
    let settings = CheckSettings {
        fit: fit_settings(a.seed),
        log_unit,
        in_time: reading.table.schema.has(ColumnKind::Time),
        time: Some(Duration::from_secs_f64(a.seconds)),
    };
    if !a.json {
        let _ = print(&words::check_heading());
    }
    check(&texts, data, &settings, stop, &mut |checks| {
        if !a.json {
            let _ = print(&words::check_line(checks));
        }
    })
}

/// As `ppl run`, with smaller steps: hierarchies are written centred.
fn fit_settings(seed: u64) -> Settings {
    Settings { seed, target_accept: 0.9, ..Settings::default() }
}

fn report(path: &Path, a: &Arguments, shown: &Answer<'_>, data: &Data) -> Result {
    let page = inference_page(&InferencePage {
        name: &a.table.display().to_string(),
        reading: shown.reading,
        notes: &shown.notes,
        programs: &shown.programs,
        terms: &shown.terms,
        surprise: shown.surprise.as_ref(),
        checks: &shown.checks,
        data,
        settings: &fit_settings(a.seed),
    });
    write_atomic(path, |file| file.write_all(page.as_bytes()))
        .map_err(|error| CommandError::Run(format!("error: {}: {error}", path.display())))
}

fn write(folder: &Path, found: &[Inferred], data: &Data) -> Result {
    let failed =
        |path: &Path, error: &dyn std::fmt::Display| CommandError::Run(format!("error: {}: {error}", path.display()));
    let one = |path: &Path, text: &str| {
        write_atomic(path, |file| file.write_all(text.as_bytes())).map_err(|error| failed(path, &error))
    };
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    let digits = found.len().to_string().len().max(2);
    for (place, own) in found.iter().enumerate() {
        let text = format!("// {}: q = {:.4}\n\n{}", own.summary, own.probability, own.text);
        one(&folder.join(format!("{:0digits$}.stan", place + 1)), &text)?;
    }
    one(&folder.join("data.json"), &json::in_stan(data))
}

/// What every reader must know of the table: what was guessed, and what is not there.
fn notes(reading: &Reading, rows: usize, step: Option<f64>) -> Vec<String> {
    let mut notes = reading.notes.clone();
    if rows < reading.table.rows() {
        notes.push(format!(
            "{} of {} rows have no outcome, group or number of trials: programs leave them out",
            reading.table.rows() - rows,
            reading.table.rows()
        ));
    }
    if let Some(step) = step {
        notes.push(format!(
            "{} is rounded to multiples of {step}: the network sees it with a random last digit",
            reading.outcome
        ));
    }
    for (column, values) in reading.table.schema.columns.iter().zip(&reading.table.columns) {
        let missing = values.len() - values.present().len();
        if missing > 0 && !column.kind.has_levels() {
            notes.push(format!("{missing} cells of {} are missing: programs read the mean of the others", column.name));
        }
    }
    for (name, (from, levels)) in &reading.levels {
        let coded = levels.iter().enumerate().take(12).map(|(place, level)| format!("{} {level}", place + from));
        let more = if levels.len() > 12 { ", ..." } else { "" };
        notes.push(format!("{name}: {}{more}", coded.collect::<Vec<_>>().join(", ")));
    }
    notes
}
