//! `ppl infer`

use super::{CommandError, Result, complain, print};
use ppl::Data;
use ppl::learning::sheet::{Reading, Role, Said, Sheet};
use ppl::stan_csv::write_atomic;
use ppl_corpus::pair::raw::{TableUnits, on_raw_table};
use ppl_corpus::pair::table::Table;
use ppl_corpus::{Derivation, Grammar};
use ppl_grammar::format::{Parentheses, print_program};
use ppl_runtime::data::Datum;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use spfn_model::{Spfn, SpfnError, data};
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct Arguments {
    /// The table: CSV with a line of names
    table: PathBuf,
    /// Weights of a network, as `ppl train` writes them
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
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
    /// How many programs
    #[arg(long, default_value_t = 8)]
    top: usize,
    /// Programs drawn from the network's distribution instead of the likeliest
    #[arg(long, value_name = "COUNT", conflicts_with_all = ["top", "show"])]
    sample: Option<usize>,
    /// Seed of what is drawn
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print only the text of the program of this rank
    #[arg(long, value_name = "RANK")]
    show: Option<usize>,
    /// Folder for the programs, one file each, with the data that they run on
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn kind(text: &str) -> std::result::Result<(String, String), String> {
    let (name, kind) = text.split_once('=').ok_or("it has no `=`")?;
    Ok((name.to_string(), kind.to_string()))
}

/// Programs that are followed side by side at least.
const BEAM: usize = 64;

/// A program for the table as it is written down.
struct Proposal {
    summary: String,
    text: String,
    q: f64,
    size: usize,
}

pub fn run(a: &Arguments) -> Result {
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
    let reading = Sheet::read(text).and_then(|sheet| sheet.reading(&said)).map_err(|error| user(&error))?;
    let spfn = Spfn::load(&a.weights).map_err(|error| CommandError::User(format!("error: {error}")))?;
    let found = ppl::with_room(|| proposals(a, &spfn, &reading))?;
    if let Some(folder) = &a.out {
        write(folder, &found, &reading.table)?;
    }
    if let Some(rank) = a.show {
        let own = rank.checked_sub(1).and_then(|place| found.get(place));
        let own = own.ok_or_else(|| {
            CommandError::User(format!("error: there is no program {rank}: {} were found", found.len()))
        })?;
        return print(&own.text);
    }
    if a.json {
        return print(&in_json(&found, &reading));
    }
    if spfn.header().is_proposal() {
        complain("note: these weights were fine-tuned by reward: q ranks programs, and is no probability");
    }
    print(&in_words(a, &found, &reading, &spfn))
}

fn proposals(a: &Arguments, spfn: &Spfn, reading: &Reading) -> Result<Vec<Proposal>> {
    let units = TableUnits::of(&reading.table);
    let table = units.of_raw(&reading.table);
    let failed = |error: SpfnError| match error {
        SpfnError::Table(error) => CommandError::User(format!("error: {error} (--columns says which to look at)")),
        error => CommandError::Run(format!("error: {error}")),
    };
    let found: Vec<(Derivation, f64)> = match a.sample {
        None => {
            let wanted = a.top.max(a.show.unwrap_or(0));
            // a beam that is wider than what is wanted loses less of it
            let found = spfn.with(&[&table], |decoding| decoding.beam(BEAM.max(2 * wanted))).map_err(failed)?;
            found.into_iter().flatten().take(wanted).map(|(derivation, log)| (derivation, log.exp())).collect()
        }
        Some(count) => {
            let mut rng = ChaCha8Rng::seed_from_u64(a.seed);
            let drawn = spfn.sample(&[&table], count, &mut rng).map_err(failed)?;
            drawn.into_iter().map(|(derivation, log)| (derivation, log.exp())).collect()
        }
    };
    found.iter().map(|(derivation, q)| proposal(spfn.grammar(), &table, &units, derivation, *q)).collect()
}

fn proposal(grammar: &Grammar, table: &Table, units: &TableUnits, derivation: &Derivation, q: f64) -> Result<Proposal> {
    let schema = &table.schema;
    let canonical = ppl_corpus::program(grammar, schema, derivation)
        .map_err(|error| CommandError::Run(format!("error: a program is not valid: {error}")))?;
    let program = on_raw_table(&canonical.program, schema, units);
    Ok(Proposal {
        summary: ppl_corpus::in_words(grammar, schema, &derivation.root),
        text: print_program(&program, Parentheses::Minimal),
        q,
        size: derivation.size(),
    })
}

fn write(folder: &Path, found: &[Proposal], table: &Table) -> Result {
    let failed =
        |path: &Path, error: &dyn std::fmt::Display| CommandError::Run(format!("error: {}: {error}", path.display()));
    let one = |path: &Path, text: &str| {
        write_atomic(path, |file| file.write_all(text.as_bytes())).map_err(|error| failed(path, &error))
    };
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    let digits = found.len().to_string().len().max(2);
    for (place, own) in found.iter().enumerate() {
        let text = format!("// {}: q = {:.4}\n\n{}", own.summary, own.q, own.text);
        one(&folder.join(format!("{:0digits$}.stan", place + 1)), &text)?;
    }
    one(&folder.join("data.json"), &in_stan(&data::of_table(table).0))
}

/// Data as the JSON that Stan reads.
fn in_stan(data: &Data) -> String {
    fn value(datum: &Datum) -> Value {
        match datum {
            Datum::Int(i) => json!(i),
            Datum::Real(x) => json!(x),
            Datum::List(items) => items.iter().map(value).collect(),
            Datum::Object(items) => items.iter().map(|(name, item)| (name.clone(), value(item))).collect(),
            Datum::Invalid(message) => json!(message),
        }
    }
    let all: serde_json::Map<String, Value> =
        data.iter().map(|(name, datum)| (name.to_string(), value(datum))).collect();
    format!("{}\n", Value::Object(all))
}

/// What every reader must know of the table: what was guessed, and what is not there.
fn notes(reading: &Reading) -> Vec<String> {
    let (_, rows) = data::of_table(&reading.table);
    let mut notes = Vec::new();
    if rows < reading.table.rows() {
        notes.push(format!(
            "{} of {} rows have no outcome, group or number of trials: programs leave them out",
            reading.table.rows() - rows,
            reading.table.rows()
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

fn in_words(a: &Arguments, found: &[Proposal], reading: &Reading, spfn: &Spfn) -> String {
    let mut text = format!("{} rows; the outcome is {}", reading.table.rows(), reading.outcome);
    text += if a.outcome.is_none() { " (guessed: --outcome says another)\n" } else { "\n" };
    let width = reading.columns.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, role) in &reading.columns {
        text += &format!("  {name:width$}  {role}\n");
    }
    for note in notes(reading) {
        text += &format!("{note}\n");
    }
    let what = if a.sample.is_some() { "drawn" } else { "rank" };
    text += &format!("\n{what:>5} {:>8}  {:>4}  program of `{}`\n", "q", "size", spfn.grammar().name);
    for (place, own) in found.iter().enumerate() {
        text += &format!("{:>5} {:>8.4}  {:>4}  {}\n", place + 1, own.q, own.size, own.summary);
    }
    text
}

fn in_json(found: &[Proposal], reading: &Reading) -> String {
    let programs: Vec<Value> = found
        .iter()
        .map(|own| json!({"program": own.text, "probability": own.q, "summary": own.summary, "size": own.size}))
        .collect();
    let role = |role: &Role| match role {
        Role::Outcome(kind) => json!({"role": "outcome", "kind": kind.word()}),
        Role::Predictor(kind) => json!({"role": "predictor", "kind": kind.word()}),
        Role::Ignored(why) => json!({"role": "ignored", "reason": why}),
    };
    let columns: Vec<Value> = reading
        .columns
        .iter()
        .map(|(name, own)| {
            let mut value = role(own);
            value["name"] = json!(name);
            value
        })
        .collect();
    let levels: serde_json::Map<String, Value> =
        reading.levels.iter().map(|(name, (_, levels))| (name.clone(), json!(levels))).collect();
    format!("{:#}\n", json!({"programs": programs, "columns": columns, "levels": levels, "notes": notes(reading)}))
}
