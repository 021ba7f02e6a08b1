//! Agreement with stanc on real programs: `verdicts.csv` of the conformance data says of each file whether it is accepted,
//! and where the first error is.
//!
//! `PPL_CONFORMANCE` is the folder of that table, `PPL_REFERENCE` the folder of the repositories with the files. Without them
//! the places beside this repository are looked at, and where these do not exist either, the test says so and passes.
//! `PPL_VERDICTS=list` prints every disagreement.

use ppl_grammar::diagnostic::Diagnostic;
use ppl_grammar::parse::parse;
use ppl_grammar::source::SourceMap;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

struct Row {
    path: String,
    accept: bool,
    /// Line of the first error, where the table has it.
    line: Option<usize>,
    /// Name of the file with the first error.
    file: String,
    message: String,
}

fn folder(variable: &str, beside: &str) -> Option<PathBuf> {
    let path = match std::env::var_os(variable) {
        Some(path) => PathBuf::from(path),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join(beside),
    };
    path.is_dir().then_some(path)
}

/// One record after another of a CSV text, with quoted fields.
fn records(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                field.push('"');
                chars.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            '\r' if !quoted => {}
            c => field.push(c),
        }
    }
    rows
}

fn rows(text: &str) -> Vec<Row> {
    let row = |fields: &Vec<String>| {
        let place = fields.get(3).cloned().unwrap_or_default();
        let line = place
            .split("line ")
            .nth(1)
            .and_then(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok());
        let file = place.split('\'').nth(1).unwrap_or_default().to_string();
        Row {
            path: fields[0].clone(),
            accept: fields[1] == "accept",
            line,
            file: file.rsplit('/').next().unwrap_or_default().to_string(),
            message: fields.get(4).cloned().unwrap_or_default(),
        }
    };
    records(text).iter().skip(1).filter(|fields| fields.len() >= 2).map(row).collect()
}

/// What is wrong with the program, in the order of finding. Adds to the times of parsing and checking.
fn errors(
    path: &Path,
    time: &mut [Duration; 2],
    lacking: &mut Vec<String>,
) -> Result<(SourceMap, Vec<Diagnostic>), String> {
    let parent = path.parent().unwrap_or(Path::new("."));
    let includes = [parent.to_path_buf(), parent.join("includes"), parent.join("../included")];
    let source = SourceMap::load(path, &includes).map_err(|error| error.to_string())?;
    let start = Instant::now();
    let parsed = parse(&source);
    time[0] += start.elapsed();
    if !parsed.is_ok() {
        let errors = parsed.diagnostics.into_iter().filter(Diagnostic::is_error).collect();
        return Ok((source, errors));
    }
    let start = Instant::now();
    let checked = ppl_program::check(&parsed.program);
    time[1] += start.elapsed();
    let errors = match checked {
        Ok(checked) => {
            let unimplemented = checked.warnings.iter().filter(|warning| warning.code == "W0501");
            lacking.extend(unimplemented.map(|warning| source.slice(warning.span).to_string()));
            lacking.sort();
            lacking.dedup();
            Vec::new()
        }
        Err(diagnostics) => diagnostics.into_iter().filter(Diagnostic::is_error).collect(),
    };
    Ok((source, errors))
}

#[derive(Default)]
struct Count {
    accepted: usize,
    accept: usize,
    rejected: usize,
    reject: usize,
    lines: usize,
    line: usize,
    /// Accepted programs that use what has no implementation, and what they use.
    lacking: usize,
    names: BTreeMap<String, usize>,
}

#[test]
fn agrees_with_stanc() {
    let conformance = folder("PPL_CONFORMANCE", "../../shared/conformance");
    let (Some(conformance), Some(reference)) = (conformance, folder("PPL_REFERENCE", "../../ref")) else {
        println!("note: no conformance data or reference repositories, verdicts are not compared");
        return;
    };
    let text = std::fs::read_to_string(conformance.join("verdicts.csv")).expect("verdicts.csv");
    let list = std::env::var("PPL_VERDICTS").is_ok();
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    let mut missing = 0;
    let mut time = [Duration::ZERO; 2];
    for row in rows(&text) {
        let path = reference.join(&row.path);
        if !path.is_file() {
            missing += 1;
            continue;
        }
        let corpus = row.path.split('/').next().unwrap_or_default().to_string();
        let count = counts.entry(corpus).or_default();
        let mut lacking = Vec::new();
        let found = errors(&path, &mut time, &mut lacking);
        count.lacking += usize::from(!lacking.is_empty());
        for name in lacking {
            *count.names.entry(name).or_default() += 1;
        }
        let ok = matches!(&found, Ok((_, errors)) if errors.is_empty());
        if row.accept {
            count.accept += 1;
            count.accepted += usize::from(ok);
        } else {
            count.reject += 1;
            count.rejected += usize::from(!ok);
        }
        let mut note = String::new();
        match &found {
            Ok((source, errors)) => {
                if let Some(first) = errors.first() {
                    let line = source.start(first.span).line;
                    let file = source.file(first.span.file).name.rsplit('/').next().unwrap_or_default().to_string();
                    note = format!("{file}:{line} {} {}", first.code, first.message);
                    if let (false, Some(expected)) = (row.accept, row.line) {
                        count.line += 1;
                        let right = expected == line && (row.file == file || row.file.is_empty());
                        count.lines += usize::from(right);
                        if list && !right {
                            println!(
                                "LINE   {} expected {}:{expected} ({})\n         found {note}",
                                row.path, row.file, row.message
                            );
                        }
                    }
                }
            }
            Err(error) => note = error.clone(),
        }
        if list && ok != row.accept {
            let expected = if row.accept { "ACCEPT" } else { "REJECT" };
            println!("{expected} {} {:?} {}\n         found {note}", row.path, row.line, row.message);
        }
    }
    if missing > 0 {
        println!("note: {missing} files of the table are not there");
    }
    println!("parsed in {:?}, checked in {:?}", time[0], time[1]);
    for (corpus, c) in &counts {
        println!(
            "{corpus}: accepts {}/{}, rejects {}/{}, first line right {}/{}",
            c.accepted, c.accept, c.rejected, c.reject, c.lines, c.line
        );
        if c.lacking > 0 {
            let names: Vec<String> = c.names.iter().map(|(name, count)| format!("{name} {count}")).collect();
            println!("    {} accepted programs use what has no implementation: {}", c.lacking, names.join(", "));
        }
        assert!(c.accepted * 100 >= c.accept * 97, "{corpus}: too few accepted");
        assert!(c.rejected * 100 >= c.reject * 95, "{corpus}: too few rejected");
        assert!(c.lines * 100 >= c.line * 85, "{corpus}: the first error is too often elsewhere");
    }
}
