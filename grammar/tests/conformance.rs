//! Compares the parser with the verdicts of Stan's compiler.
//!
//! `PPL_CONFORMANCE=DIR` holds the repositories that the paths in the verdicts are relative to, `PPL_VERDICTS` is the
//! table of verdicts (`path,verdict,verdict_2_35,first_error_line,message`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ppl_grammar::ast::Program;
use ppl_grammar::format::{Parentheses, WIDTH, format, print_program};
use ppl_grammar::lexer::{Comment, Includes, Lexed, lex};
use ppl_grammar::parse::parse;
use ppl_grammar::source::SourceMap;
use ppl_grammar::walk::{erase_parentheses, erase_spans};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (Ok(root), Ok(table)) = (std::env::var("PPL_CONFORMANCE"), std::env::var("PPL_VERDICTS")) else {
        println!("skipped: set PPL_CONFORMANCE and PPL_VERDICTS");
        return Ok(());
    };
    let verbose = std::env::args().any(|argument| argument == "-v");
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut count = |what| *counts.entry(what).or_default() += 1;
    for row in csv::Reader::from_path(table)?.records() {
        let row = row?;
        let (path, accept, place, message) = (&row[0], &row[1] == "accept", &row[3], &row[4]);
        let source = SourceMap::load(&Path::new(&root).join(path), &include_dirs(&root, path))?;
        let parsed = parse(&source);
        let first = parsed.diagnostics.iter().find(|diagnostic| diagnostic.is_error());
        let shown = first.map(|d| format!("{} {} {}", source.describe(d.span), d.code, d.message));
        if accept {
            match shown {
                None => {
                    count("accept, parses");
                    for what in format_checks(&source, parsed.program) {
                        count(what);
                        println!("{what}: {path}");
                    }
                }
                Some(shown) => {
                    count("accept, DOES NOT PARSE");
                    println!("accept, but: {path}: {shown}");
                }
            }
            continue;
        }
        let syntactic = place.starts_with("Syntax");
        match (syntactic, first) {
            (false, None) => count("semantic reject, parses"),
            (false, Some(_)) => {
                count("semantic reject, does not parse");
                if verbose {
                    println!("semantic, but: {path}: {} | {place} {message}", shown.unwrap_or_default());
                }
            }
            (true, None) => {
                count("syntactic reject, PARSES");
                println!("parses, but: {path}: {place} {message}");
            }
            (true, Some(first)) => {
                count("syntactic reject, does not parse");
                let line = place.split("line ").nth(1).and_then(|rest| rest.split(',').next());
                if line == Some(source.start(first.span).line.to_string().as_str()) {
                    count("syntactic reject, same line");
                } else {
                    count("syntactic reject, OTHER LINE");
                    println!("other line: {path}: {} | {place} {message}", shown.unwrap_or_default());
                }
            }
        }
    }
    for (what, number) in counts {
        println!("{number:6} {what}");
    }
    Ok(())
}

/// What is wrong with the formatted program.
fn format_checks(source: &SourceMap, mut program: Program) -> Vec<&'static str> {
    let mut wrong = Vec::new();
    for parentheses in [Parentheses::Keep, Parentheses::Minimal] {
        let printed = print_program(&program, parentheses);
        let mut again = parse(&SourceMap::from_text("printed.stan", printed.clone()));
        if !again.is_ok() {
            wrong.push("printed program DOES NOT PARSE");
        }
        if print_program(&again.program, parentheses) != printed {
            wrong.push("printing is NOT STABLE");
        }
        for program in [&mut again.program, &mut program] {
            erase_spans(program);
            if parentheses == Parentheses::Minimal {
                erase_parentheses(program);
            }
        }
        if again.program != program {
            wrong.push("printed program DIFFERS");
        }
    }
    let Ok(formatted) = format(source) else {
        return [wrong, vec!["cannot be formatted"]].concat();
    };
    let again = SourceMap::from_text(source.name(), formatted.clone());
    match format(&again) {
        Ok(twice) if twice == formatted => {}
        Ok(_) => wrong.push("formatting is NOT IDEMPOTENT"),
        Err(_) => wrong.push("formatted program DOES NOT PARSE"),
    }
    let (before, after) = (lex(source, Includes::Keep), lex(&again, Includes::Keep));
    let strip =
        |source: &SourceMap, comment: &Comment| source.slice(comment.span).split_whitespace().collect::<String>();
    let comments =
        |source: &SourceMap, lexed: &Lexed| lexed.comments.iter().map(|c| strip(source, c)).collect::<Vec<_>>();
    if comments(source, &before) != comments(&again, &after) {
        wrong.push("formatting CHANGES COMMENTS");
    }
    if formatted.lines().any(|line| line.ends_with(' ')) {
        wrong.push("formatted lines END WITH SPACES");
    }
    let long =
        formatted.lines().filter(|line| line.chars().count() > WIDTH && !line.contains('"') && !line.contains("//"));
    if long.clone().count() > 0 {
        wrong.push("long lines");
        println!("long: {}", long.clone().next().unwrap_or(""));
    }
    wrong
}

/// The include paths that Stan's own tests use.
fn include_dirs(root: &str, path: &str) -> Vec<PathBuf> {
    let here = Path::new(root).join(path);
    let parent = here.parent().unwrap_or(Path::new("."));
    vec![parent.to_path_buf(), parent.join("include"), parent.join("includes"), parent.join("../included")]
}
