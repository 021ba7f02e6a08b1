//! Reverses programs: `verdicts FILE.stan...` prints one line of JSON each, `verdicts --text FILE.stan` the simulator.

use ppl_analysis::reverse::{Options, reverse};
use ppl_grammar::ast;
use ppl_grammar::format::{Parentheses, print_program};
use ppl_grammar::source::SourceMap;
use ppl_program::check;

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut flag = |name: &str| {
        let before = arguments.len();
        arguments.retain(|a| a != name);
        arguments.len() < before
    };
    let (text, default_priors) = (flag("--text"), flag("--default-priors"));
    for file in &arguments {
        let source = match std::fs::read_to_string(file) {
            Ok(source) => SourceMap::from_text(file.clone(), source),
            Err(e) => {
                println!("{file}\tunreadable\t{e}");
                continue;
            }
        };
        let parsed = ppl_grammar::parse::parse(&source);
        let program = match check(&parsed.program) {
            Ok(checked) if parsed.diagnostics.iter().all(|d| !d.is_error()) => checked.program,
            _ => {
                println!("{file}\tinvalid");
                continue;
            }
        };
        let options = Options { default_priors, ..Options::default() };
        let locate = |span: ppl_grammar::span::Span| {
            let at = source.start(span);
            (at.line, at.column)
        };
        let reversal = reverse(&program, &options, &locate);
        let report = serde_json::to_string(&reversal.report).unwrap_or_default();
        let mut valid = String::from("none");
        if let Some(simulator) = &reversal.simulator {
            let printed = print_program(&simulator.program, Parentheses::Minimal);
            if text {
                println!("{printed}");
            }
            valid = validity(&printed);
        }
        println!("{file}\t{valid}\t{report}");
    }
}

/// Whether the text of a simulator is accepted.
fn validity(printed: &str) -> String {
    let source = SourceMap::from_text("simulator.stan", printed.to_string());
    let parsed = ppl_grammar::parse::parse(&source);
    if let Some(d) = parsed.diagnostics.iter().find(|d| d.is_error()) {
        return format!("unparsable: {}", d.message);
    }
    let program: ast::Program = parsed.program;
    match check(&program) {
        Ok(_) => "valid".to_string(),
        Err(errors) => format!("rejected: {}", errors.first().map_or(String::new(), |d| d.message.clone())),
    }
}
