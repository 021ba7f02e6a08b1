//! What is said about mistakes: place, code, message, and hint. One mistake gives one message.

use ppl_grammar::parse::parse;
use ppl_grammar::render::{plain, record, render};
use ppl_grammar::source::SourceMap;

fn messages(text: &str) -> Vec<String> {
    let source = SourceMap::from_text("", text);
    parse(&source).diagnostics.iter().map(|diagnostic| plain(&source, diagnostic)[1..].to_string()).collect()
}

/// A line for each program: the program, `=>`, and the messages about it.
#[test]
fn messages_are_as_recorded() {
    let recorded = include_str!("messages.txt");
    let mut fresh = String::new();
    for block in recorded.split("\n\n").filter(|block| !block.trim().is_empty()) {
        let program: Vec<&str> = block.lines().filter(|line| !line.starts_with("=> ")).collect();
        fresh.push_str(&program.join("\n"));
        fresh.push('\n');
        for message in messages(&program.join("\n")) {
            fresh.push_str(&format!("=> {message}\n"));
        }
        fresh.push('\n');
    }
    let fresh = format!("{}\n", fresh.trim_end());
    if fresh != recorded {
        let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("messages.txt");
        std::fs::write(&path, &fresh).unwrap();
        for (new, old) in fresh.lines().zip(recorded.lines()) {
            assert_eq!(new, old, "the new messages are in {}", path.display());
        }
        panic!("the new messages are in {}", path.display());
    }
}

#[test]
fn records_count_characters_from_one() {
    let source = SourceMap::from_text("é.stan", "// é\nmodel { /* é */ x = = 1; }");
    let record = record(&source, &parse(&source).diagnostics[0]);
    assert_eq!((record.line, record.column, record.end_line, record.end_column), (2, 21, 2, 22));
    assert_eq!((record.code, record.severity, record.file.as_str()), ("E0100", "error", "é.stan"));
}

#[test]
fn people_see_the_line_underlined() {
    let source = SourceMap::from_text("model.stan", "data {\n  int N\n  real é;\n}\n");
    let diagnostics = parse(&source).diagnostics;
    let shown = render(&source, &diagnostics[0], false);
    let expected = "\
[E0102] Error: expected `;` before `real`
   ╭─[ model.stan:3:3 ]
   │
 2 │   int N
   │       ┬
   │       ╰── `;` is missing after this
 3 │   real é;
   │   ──┬─
   │     ╰─── here
   │
   │ Help: every statement and declaration ends with `;`
───╯
";
    assert_eq!(shown, expected);
    assert!(render(&source, &diagnostics[0], true).contains('\u{1b}'));
}
