//! `ppl corpus`

use super::language::Source;
use super::{CommandError, Result, augment, complain, input, print, run};
use indicatif::{ProgressBar, ProgressStyle};
use ppl_corpus::augment::Augmentation;
use ppl_corpus::pair::PairOptions;
use ppl_corpus::pair::design::DesignOptions;
use ppl_corpus::store::{
    self, Changes, Corpus, Counts, Filter, HumanModel, Job, Models, Record, SHARD, Selection, Split, StoreError,
    TableRecord, Verified,
};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Make an empty corpus: its grammar, its options and its seed
    New(New),
    /// Make the pairs that are not there; the same command goes on where one was killed
    Append(Append),
    /// Print what is in a corpus, and what its filter did
    Stat(Stat),
    /// Print a program with its tables
    Show(Show),
    /// Read everything and say whether it is whole
    Verify(Verify),
}

#[derive(clap::Args)]
struct New {
    /// A folder that is empty or not there
    dir: PathBuf,
    #[command(flatten)]
    source: Source,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Rows of a table: one number, or the least and the most
    #[arg(long, default_value = "5..2000", value_name = "LEAST..MOST", value_parser = rows)]
    rows: (usize, usize),
    /// Half of the tables lose up to this share of their cells
    #[arg(long, default_value_t = 0.2, value_name = "SHARE")]
    missing: f64,
    /// Tables of each program, at most 8
    #[arg(long, default_value_t = 1, value_name = "COUNT")]
    tables: usize,
    /// Pairs of a shard
    #[arg(long, default_value_t = SHARD, value_name = "PAIRS")]
    shard_size: u64,
}

#[derive(clap::Args)]
struct Append {
    dir: PathBuf,
    /// How many pairs [default with --models: one of each model]
    #[arg(long, required_unless_present = "models")]
    n: Option<u64>,
    /// Rows of programs that people wrote, instead of pairs of the grammar: those of a folder and the folders in it, with the data beside
    /// them, or `stdlib`, the library of models. Row number I is of model I modulo the number of models
    #[arg(long, value_name = "DIR|stdlib")]
    models: Option<PathBuf>,
    /// A change of each of these programs, as `ppl augment` makes it; several are made one after the other
    #[arg(long, value_name = "NAME", value_parser = augment::named, requires = "models")]
    augment: Vec<&'static Augmentation>,
    /// So many changes of each of these programs, chosen at random
    #[arg(long, value_name = "COUNT", requires = "models", conflicts_with = "augment")]
    augment_at_random: Option<usize>,
    /// Number of the first pair, or row
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    from: u64,
    /// Only share I of N of the shards; I is 0 to N - 1
    #[arg(long, value_name = "I/N", value_parser = share)]
    shard: Option<(u64, u64)>,
    /// Threads; 0 is one for each core
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// No progress
    #[arg(long)]
    quiet: bool,
}

#[derive(clap::Args)]
struct Stat {
    dir: PathBuf,
    /// Also count the programs of each split of this selection (TOML or JSON)
    #[arg(long, value_name = "FILE")]
    select: Option<PathBuf>,
    /// Go on where a shard is damaged
    #[arg(long)]
    skip_damaged: bool,
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct Show {
    dir: PathBuf,
    /// Number of the program; the first one where it is not given
    #[arg(long)]
    number: Option<u64>,
    /// Whether the number is that of a pair of the grammar, or of a row of programs that people wrote: grammar or human
    #[arg(long, default_value = "grammar", value_name = "SOURCE", value_parser = source, requires = "number")]
    source: store::Source,
    /// The first program of a split of this selection (TOML or JSON)
    #[arg(long, value_name = "FILE", conflicts_with = "number")]
    select: Option<PathBuf>,
    /// Which split
    #[arg(long, default_value = "training", value_name = "NAME", requires = "select")]
    split: String,
    /// Rows of each table
    #[arg(long, default_value_t = 5)]
    rows: usize,
    /// Go on where a shard is damaged
    #[arg(long)]
    skip_damaged: bool,
    /// The whole record, as JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct Verify {
    dir: PathBuf,
    /// A damaged shard is named, and no failure
    #[arg(long)]
    skip_damaged: bool,
    /// Draw about so many of the programs again and compare
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    redraw: u64,
    #[arg(long)]
    json: bool,
}

fn rows(text: &str) -> std::result::Result<(usize, usize), String> {
    let number = |text: &str| text.parse::<usize>().map_err(|_| format!("{text:?} is no number of rows"));
    match text.split_once("..") {
        Some((least, most)) => Ok((number(least)?, number(most.trim_start_matches('='))?)),
        None => number(text).map(|count| (count, count)),
    }
}

fn source(text: &str) -> std::result::Result<store::Source, String> {
    let words = || store::Source::ALL.map(store::Source::word).join(", ");
    store::Source::read(text).ok_or_else(|| format!("the sources are {}", words()))
}

fn share(text: &str) -> std::result::Result<(u64, u64), String> {
    let numbers = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    match numbers {
        Some((index, shares)) if index < shares => Ok((index, shares)),
        _ => Err("a share is I/N, where I is 0 to N - 1".into()),
    }
}

fn error(error: StoreError) -> CommandError {
    match error.is_mistake() {
        true => CommandError::User(format!("error: {error}")),
        false => CommandError::Run(format!("error: {error}")),
    }
}

pub fn run(arguments: &Arguments) -> Result {
    match &arguments.command {
        Command::New(a) => new(a),
        Command::Append(a) => append(a),
        Command::Stat(a) => stat(a),
        Command::Show(a) => show(a),
        Command::Verify(a) => verify(a),
    }
}

fn new(arguments: &New) -> Result {
    let (name, text) = arguments.source.text()?;
    let rows = arguments.rows.0..=arguments.rows.1;
    let design = DesignOptions { rows, missing: arguments.missing, ..DesignOptions::default() };
    let options = PairOptions { design, tables: arguments.tables, schema: arguments.source.schema()? };
    let grammar = (name.as_str(), text.as_str());
    let corpus = Corpus::create(&arguments.dir, grammar, &options, arguments.seed, arguments.shard_size);
    let corpus = corpus.map_err(error)?;
    let head = corpus.head();
    print(&format!(
        "{}: a corpus of grammar {} ({} rules), seed {}, {} pairs a shard\n",
        arguments.dir.display(),
        head.grammar.name,
        head.rules.len(),
        head.seed,
        head.shard
    ))
}

fn append(arguments: &Append) -> Result {
    let corpus = Corpus::open(&arguments.dir).map_err(error)?;
    let models = match &arguments.models {
        Some(source) => Some(Arc::new(models(source, arguments)?)),
        None => None,
    };
    let count = arguments.n.unwrap_or(models.as_ref().map_or(0, |models| models.models.len() as u64));
    let job = Job { from: arguments.from, count, share: arguments.shard, threads: arguments.threads };
    let stop = run::stop_on_interrupt();
    let bar = progress_bar(arguments.quiet, "pairs");
    let mut shards = 0;
    let lines = !arguments.quiet && !io::stderr().is_terminal();
    let mut report = |progress: &store::Progress| {
        bar.set_length(progress.of);
        bar.set_position(progress.pairs);
        if lines && progress.shards > shards {
            shards = progress.shards;
            complain(&format!("shard {shards}: {} of {} pairs", progress.pairs, progress.of));
        }
    };
    let done = match models {
        Some(models) => corpus.append_models(models, &job, &stop, &mut report),
        None => corpus.append(&job, &stop, &mut report),
    };
    bar.finish_and_clear();
    let done = done.map_err(error)?;
    let progress = done.progress;
    let mut text = format!(
        "{} pairs in {} shards: {} programs, {} tables",
        progress.pairs, progress.shards, progress.programs, progress.tables
    );
    if done.there > 0 {
        let _ = write!(text, "; {} pairs were there", done.there);
    }
    if progress.pairs < progress.of {
        let _ = write!(text, "\nstopped: {} pairs are left; the same command goes on", progress.of - progress.pairs);
    } else if progress.of == 0 && count > 0 && arguments.shard.is_none() {
        let _ = write!(text, "\nnothing is left to do; --from {} appends more", arguments.from.saturating_add(count));
    }
    print(&format!("{text}\n"))
}

/// The programs that people wrote.
fn models(source: &Path, arguments: &Append) -> Result<Models> {
    let changes = match arguments.augment_at_random {
        Some(count) => Changes::Random(count),
        None if arguments.augment.is_empty() => Changes::None,
        None => Changes::Named(arguments.augment.clone()),
    };
    let models = match source.to_str() {
        Some("stdlib") => ppl_stdlib::MODELS.iter().map(of_library).collect::<Result<Vec<_>>>()?,
        _ => {
            let mut found = Vec::new();
            of_folder(source, &mut found)?;
            found
        }
    };
    if models.is_empty() {
        return Err(CommandError::User(format!("error: {}: there is no file *.stan in it", source.display())));
    }
    Models::new(models, changes).map_err(error)
}

fn of_library(entry: &ppl_stdlib::Entry) -> Result<HumanModel> {
    let failed = |what: String| CommandError::Run(format!("error: model {} of the library: {what}", entry.name));
    let program = ppl::Model::compile(entry.program).map_err(|errors| failed(errors.to_string()))?.program().clone();
    let tags = entry.tags().map_err(|why| failed(why.to_string()))?;
    let data = entry.data.or(entry.design).map(ppl::Data::from_json).transpose();
    Ok(HumanModel {
        name: entry.name.to_string(),
        field: Some(entry.field.to_string()),
        tags: tags.structures.iter().map(|structure| format!("structure:{}", structure.word())).collect(),
        program,
        text: entry.program.to_string(),
        data: data.map_err(|why| failed(why.to_string()))?,
    })
}

/// Programs below a folder, in the order of their names; the field is the name of the folder that a program lies in.
fn of_folder(folder: &Path, found: &mut Vec<HumanModel>) -> Result {
    let failed = |why: io::Error| CommandError::User(format!("error: {}: {why}", folder.display()));
    let entries = std::fs::read_dir(folder).map_err(failed)?;
    let mut paths = entries.map(|entry| entry.map(|e| e.path())).collect::<io::Result<Vec<_>>>().map_err(failed)?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            of_folder(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "stan") {
            let model = input::load(&path, &[])?;
            let data = ["data.json", "design.json"].map(|end| path.with_extension(end));
            let data = data.iter().find(|path| path.is_file()).map(|path| input::read(path)).transpose()?;
            let word = |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().into_owned());
            found.push(HumanModel {
                name: word(path.file_stem()).unwrap_or_default(),
                field: word(folder.file_name()),
                tags: Vec::new(),
                program: model.program().clone(),
                text: std::fs::read_to_string(&path).map_err(failed)?,
                data,
            });
        }
    }
    Ok(())
}

fn progress_bar(quiet: bool, what: &str) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let template = format!("{{bar:30}} {{pos}}/{{len}} {what}, {{per_sec}}, {{eta}} left");
    let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}

/// Sums over entries.
#[derive(Default)]
struct Totals {
    shards: u64,
    pairs: u64,
    programs: u64,
    tables: u64,
    bytes: u64,
    filter: Filter,
    tags: BTreeMap<String, u64>,
    faults: u64,
    fault: Option<String>,
}

fn totals(corpus: &Corpus, skip_damaged: bool) -> Result<Totals> {
    let mut totals = Totals::default();
    for name in corpus.names().map_err(error)? {
        let entry = match corpus.entry(&name) {
            Err(damaged @ StoreError::Damaged { .. }) if skip_damaged => {
                complain(&format!("warning: {damaged}"));
                continue;
            }
            entry => entry.map_err(error)?,
        };
        totals.shards += 1;
        totals.pairs += entry.end - entry.first;
        totals.programs += entry.programs;
        totals.tables += entry.tables;
        totals.bytes += entry.bytes;
        totals.filter.add(&entry.filter);
        entry.tags.into_iter().for_each(|(tag, count)| *totals.tags.entry(tag).or_default() += count);
        totals.faults += entry.faults;
        totals.fault = totals.fault.or(entry.fault);
    }
    Ok(totals)
}

/// Programs and mean weight of each split, the training first.
fn splits(corpus: &Corpus, selection: &Selection, skip_damaged: bool) -> Result<Vec<(String, u64, f64)>> {
    selection.check(&corpus.head().rules).map_err(error)?;
    let names = [Split::Training.name()].into_iter().chain(selection.splits());
    let mut found: Vec<(String, u64, f64)> = names.map(|name| (name.to_string(), 0, 0.0)).collect();
    let mut reader = corpus.reader().map_err(error)?;
    if skip_damaged {
        reader = reader.skip_damaged();
    }
    for record in reader.by_ref() {
        let record = record.map_err(error)?;
        let split = selection.split(&record);
        if let Some(own) = found.iter_mut().find(|own| own.0 == split.name()) {
            own.1 += 1;
            own.2 += selection.weight(&record);
        }
    }
    reader.damaged().iter().for_each(|damaged| complain(&format!("warning: {damaged}")));
    found.iter_mut().for_each(|own| own.2 /= own.1.max(1) as f64);
    Ok(found)
}

fn stat(arguments: &Stat) -> Result {
    let corpus = Corpus::open(&arguments.dir).map_err(error)?;
    let selection = arguments.select.as_deref().map(Selection::read).transpose().map_err(error)?;
    let totals = totals(&corpus, arguments.skip_damaged)?;
    let splits = match &selection {
        Some(selection) => splits(&corpus, selection, arguments.skip_damaged)?,
        None => Vec::new(),
    };
    let head = corpus.head();
    if arguments.json {
        let splits: serde_json::Map<String, serde_json::Value> = splits
            .into_iter()
            .map(|(name, programs, weight)| (name, json!({ "programs": programs, "mean_weight": weight })))
            .collect();
        let json = json!({
            "version": head.version, "canonical": head.canonical, "ppl": head.ppl, "seed": head.seed,
            "grammar": head.grammar.name, "grammar_xxh64": head.grammar.xxh64,
            "shards": totals.shards, "pairs": totals.pairs, "programs": totals.programs, "tables": totals.tables,
            "bytes": totals.bytes, "filter": totals.filter, "tags": totals.tags,
            "faults": totals.faults, "fault": totals.fault, "splits": splits,
        });
        return print(&format!("{json:#}\n"));
    }
    let mut out = format!(
        "grammar {} ({}), seed {}, canonical form {}\n{} shards, {} pairs: {} programs, {} tables, {:.1} MB\n",
        head.grammar.name,
        head.grammar.xxh64,
        head.seed,
        head.canonical,
        totals.shards,
        totals.pairs,
        totals.programs,
        totals.tables,
        totals.bytes as f64 / 1e6
    );
    if let Some(fault) = &totals.fault {
        let first = fault.lines().next().unwrap_or_default();
        let what = "pairs are faults of the grammar, or human programs without a row";
        let _ = writeln!(out, "{} {what}; the first is {first}", totals.faults);
    }
    let _ = writeln!(out, "\n{:<28} {:>9} {:>8}", "rule", "tables", "kept");
    totals.filter.rules.iter().for_each(|(rule, counts)| out.push_str(&filter_line(rule, counts)));
    out.push_str(&filter_line("all", &totals.filter.all));
    let _ = writeln!(out, "\n{:<28} {:>9}", "tag", "programs");
    totals.tags.iter().for_each(|(tag, count)| out.push_str(&format!("{tag:<28} {count:>9}\n")));
    if !splits.is_empty() {
        let _ = writeln!(out, "\n{:<28} {:>9} {:>11}", "split", "programs", "mean weight");
        for (name, count, weight) in &splits {
            let _ = writeln!(out, "{name:<28} {count:>9} {weight:>11.3}");
        }
    }
    print(&out)
}

fn filter_line(name: &str, counts: &Counts) -> String {
    let percent = |count: u64| 100.0 * count as f64 / counts.tables.max(1) as f64;
    let rejected: Vec<String> =
        counts.rejected.iter().map(|(reason, count)| format!("{reason} {:.1} %", percent(*count))).collect();
    format!("{name:<28} {:>9} {:>6.1} % {}\n", counts.tables, percent(counts.kept), rejected.join(", "))
}

fn show(arguments: &Show) -> Result {
    let corpus = Corpus::open(&arguments.dir).map_err(error)?;
    let record = match arguments.number {
        Some(number) => corpus.find(arguments.source, number).map_err(error)?.ok_or_else(|| {
            let path = arguments.dir.display();
            CommandError::User(format!(
                "error: {path}: no program {number}: not made yet, or none of its tables was kept"
            ))
        })?,
        None => first(&corpus, arguments)?,
    };
    let scores = corpus.scores_of(&record).map_err(error)?;
    if arguments.json {
        return print(&format!("{:#}\n", to_json(&record, &scores)));
    }
    print(&to_text(&record, &scores, arguments.rows))
}

fn first(corpus: &Corpus, arguments: &Show) -> Result<Record> {
    let mut reader = corpus.reader().map_err(error)?;
    if arguments.skip_damaged {
        reader = reader.skip_damaged();
    }
    if let Some(path) = &arguments.select {
        let selection = Selection::read(path).map_err(error)?;
        reader = reader.select(selection, Split::read(&arguments.split)).map_err(error)?;
    }
    let record = reader.next();
    reader.damaged().iter().for_each(|damaged| complain(&format!("warning: {damaged}")));
    let none = || CommandError::User(format!("error: {}: no such program", arguments.dir.display()));
    record.ok_or_else(none)?.map_err(error)
}

/// A number, or null where it is none.
fn numbers(numbers: &[f64]) -> Vec<Option<f64>> {
    numbers.iter().map(|x| x.is_finite().then_some(*x)).collect()
}

fn to_json(record: &Record, scores: &[store::Score]) -> serde_json::Value {
    let columns: Vec<_> =
        record.schema.columns.iter().map(|c| json!({ "name": c.name, "kind": c.kind.word() })).collect();
    let table = |table: &TableRecord| {
        let columns: Vec<_> = table
            .columns
            .iter()
            .map(|c| json!({ "levels": c.levels, "role": c.role, "causes": c.causes, "cells": numbers(&c.cells) }))
            .collect();
        let latents: Vec<_> = table
            .latents
            .iter()
            .map(|l| json!({ "name": l.name, "dims": l.dims, "values": numbers(&l.values) }))
            .collect();
        let score = scores.iter().find(|score| score.table == table.number);
        let loo = score.map(|s| json!({ "elpd": s.elpd, "se": s.se, "pareto_k": s.pareto_k }));
        json!({
            "number": table.number, "rows": table.rows(), "categories": table.categories,
            "outcome": numbers(&table.outcome), "columns": columns, "latents": latents, "loo": loo,
        })
    };
    let derivation = record.derivation.as_ref().map(|steps| {
        let codes: Vec<i32> = steps.actions.iter().map(|action| store::code(*action)).collect();
        json!({
            "codes": codes, "rules": steps.rules, "size": steps.size,
            "log_structure": steps.log_structure, "log_grades": steps.log_grades,
        })
    });
    let from = &record.provenance;
    json!({
        "number": record.number, "source": from.source.word(), "augmentations": from.augmentations,
        "model": from.model, "field": from.field, "text": record.text,
        "outcome": record.schema.outcome.word(), "columns": columns, "derivation": derivation,
        "tags": record.tags, "tables": record.tables.iter().map(table).collect::<Vec<_>>(), "rejected": record.rejected,
    })
}

fn to_text(record: &Record, scores: &[store::Score], rows: usize) -> String {
    let from = &record.provenance;
    let mut out = format!("// program {} ({})", record.number, from.source.word());
    from.augmentations.iter().for_each(|name| out.push_str(&format!(", {name}")));
    from.model.iter().chain(&from.field).for_each(|name| out.push_str(&format!(", {name}")));
    if let Some(steps) = &record.derivation {
        let log = steps.log_structure + steps.log_grades;
        let _ = write!(out, "\n// log P = {log:.3}, {} rules: {}", steps.size, steps.rules.join(", "));
    }
    let _ = write!(out, "\n// {}\n\n{}", record.tags.join(", "), record.text);
    for table in &record.tables {
        let _ = write!(out, "\n// table {}: {} rows", table.number, table.rows());
        if let Some(score) = scores.iter().find(|score| score.table == table.number) {
            let _ = write!(out, ", elpd {:.2} (se {:.2}, Pareto k {:.2})", score.elpd, score.se, score.pareto_k);
        }
        out.push('\n');
        let names = record.schema.columns.iter().map(|column| column.name.as_str());
        names.chain(["y"]).for_each(|name| out.push_str(&format!("{name:>10}")));
        out.push('\n');
        for row in 0..table.rows().min(rows) {
            let cells = table.columns.iter().map(|column| &column.cells).chain([&table.outcome]);
            for cell in cells.map(|cells| cells[row]) {
                let text = if cell.is_nan() { "-".to_string() } else { format!("{}", (cell * 1e4).round() / 1e4) };
                let _ = write!(out, "{text:>10}");
            }
            out.push('\n');
        }
        for latent in &table.latents {
            let values: Vec<String> = latent.values.iter().take(8).map(|x| format!("{x:.4}")).collect();
            let more = if latent.values.len() > values.len() { ", ..." } else { "" };
            let _ = writeln!(out, "// {} = {}{more}", latent.name, values.join(", "));
        }
    }
    if !record.rejected.is_empty() {
        let _ = writeln!(out, "// tables not kept: {}", record.rejected.join(", "));
    }
    out
}

fn verify(arguments: &Verify) -> Result {
    let corpus = Corpus::open(&arguments.dir).map_err(error)?;
    let bar = progress_bar(arguments.json, "shards");
    let found = corpus.verify(arguments.redraw, &mut |done, of| {
        bar.set_length(of);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let found: Verified = found.map_err(error)?;
    for damaged in &found.damaged {
        complain(&format!("{}: {damaged}", if arguments.skip_damaged { "warning" } else { "error" }));
    }
    let ranges: Vec<String> =
        found.ranges.iter().map(|(source, first, end)| format!("{} {first}..{end}", source.word())).collect();
    if arguments.json {
        let json = json!({
            "shards": found.shards, "damaged": found.damaged.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "programs": found.programs, "tables": found.tables, "contents": found.contents, "ranges": ranges,
            "uncommitted": found.uncommitted, "redrawn": found.redrawn,
        });
        print(&format!("{json:#}\n"))?;
    } else {
        let mut out = format!(
            "{} of {} shards are whole: {} programs, {} tables\npairs {}\ncontents {}\n",
            found.shards - found.damaged.len() as u64,
            found.shards,
            found.programs,
            found.tables,
            if ranges.is_empty() { "none".to_string() } else { ranges.join(", ") },
            found.contents
        );
        if found.redrawn > 0 {
            let _ = writeln!(out, "{} programs are the same when they are drawn again", found.redrawn);
        }
        if !found.uncommitted.is_empty() {
            let _ = writeln!(out, "{} uncommitted files, which nothing reads", found.uncommitted.len());
        }
        print(&out)?;
    }
    match found.damaged.is_empty() || arguments.skip_damaged {
        true => Ok(()),
        false => Err(CommandError::Run(format!(
            "error: {} of {} shards are damaged\nhint: `ppl corpus append` makes them again; --skip-damaged leaves them out",
            found.damaged.len(),
            found.shards
        ))),
    }
}
