//! Compares the parser with the verdicts of Stan's compiler on real programs, and formats what it accepts.
//!
//! The programs are not part of the repository. `PPL_CONFORMANCE` is the directory that the paths of the table start from,
//! `PPL_VERDICTS` is the table (`path,verdict,verdict_2_35,first_error_line,message`); without them nothing is tested:
//!
//! `PPL_CONFORMANCE=DIR PPL_VERDICTS=DIR/verdicts.csv cargo test -p ppl-grammar --test conformance -- --nocapture`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ppl_grammar::ast::Program;
use ppl_grammar::format::{Parentheses, WIDTH, format, print_program};
use ppl_grammar::lexer::{Comment, Includes, Lexed, lex};
use ppl_grammar::parse::parse;
use ppl_grammar::render::{plain, render_all};
use ppl_grammar::source::SourceMap;
use ppl_grammar::walk::{erase_parentheses, erase_spans};

#[test]
fn verdicts_are_those_of_stan() -> Result<(), Box<dyn std::error::Error>> {
    let (Ok(root), Ok(table)) = (std::env::var("PPL_CONFORMANCE"), std::env::var("PPL_VERDICTS")) else {
        println!("skipped: PPL_CONFORMANCE and PPL_VERDICTS are not set");
        return Ok(());
    };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut disagreements = Vec::new();
    for row in csv::Reader::from_path(table)?.records() {
        let row = row?;
        let (path, accept, place, message) = (&row[0], &row[1] == "accept", &row[3], &row[4]);
        let source = SourceMap::load(&Path::new(&root).join(path), &include_dirs(&root, path))?;
        let parsed = parse(&source);
        render_all(&source, &parsed.diagnostics, false);
        let first = parsed.diagnostics.iter().find(|diagnostic| diagnostic.is_error());
        let shown = first.map(|diagnostic| plain(&source, diagnostic)).unwrap_or_default();
        let mut disagree = |what: &str| disagreements.push(format!("{what}: {path}: {shown} | {place} {message}"));
        let what = match (accept, place.starts_with("Syntax"), first) {
            (true, _, None) => {
                for what in format_checks(&source, parsed.program) {
                    disagree(what);
                }
                "accepted, parses"
            }
            (true, _, Some(_)) => {
                disagree("accepted, but does not parse");
                "accepted, DOES NOT PARSE"
            }
            (false, false, None) => "refused for its meaning, parses",
            (false, false, Some(first)) if first.code == "E0125" => "refused for its meaning, uses what was removed",
            (false, false, Some(_)) => {
                disagree("refused for its meaning, but does not parse");
                "refused for its meaning, DOES NOT PARSE"
            }
            (false, true, None) => {
                disagree("refused for its syntax, but parses");
                "refused for its syntax, PARSES"
            }
            (false, true, Some(first)) => {
                let line = place.split("line ").nth(1).and_then(|rest| rest.split(',').next());
                if line == Some(source.start(first.span).line.to_string().as_str()) {
                    "refused for its syntax, on the same line"
                } else {
                    disagree("refused on another line");
                    "refused for its syntax, on ANOTHER LINE"
                }
            }
        };
        *counts.entry(what).or_default() += 1;
    }
    for (what, number) in counts {
        println!("{number:6} {what}");
    }
    assert!(disagreements.is_empty(), "{}", disagreements.join("\n"));
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
    let is_broken_badly =
        |line: &str| line.ends_with(' ') || line.chars().count() > WIDTH && !line.contains('"') && !line.contains("//");
    if formatted.lines().any(is_broken_badly) {
        wrong.push("formatted lines are long or end with spaces");
    }
    wrong
}

/// The include paths that Stan's own tests use.
fn include_dirs(root: &str, path: &str) -> Vec<PathBuf> {
    let here = Path::new(root).join(path);
    let parent = here.parent().unwrap_or(Path::new("."));
    vec![parent.to_path_buf(), parent.join("include"), parent.join("includes"), parent.join("../included")]
}
