//! Files, and files that include files.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use ppl_grammar::format::format;
use ppl_grammar::parse::parse;
use ppl_grammar::render::{plain, render_all};
use ppl_grammar::source::{MAX_FILE_BYTES, SourceError, SourceMap};

/// A directory of its own for a test.
fn directory(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn errors(source: &SourceMap) -> Vec<String> {
    parse(source).diagnostics.iter().map(|diagnostic| plain(source, diagnostic)).collect()
}

fn with_files(text: &str, files: &[(&str, &str)]) -> SourceMap {
    let files: HashMap<String, String> =
        files.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect();
    SourceMap::from_texts("main.stan", text, &files)
}

#[test]
fn included_text_stands_where_the_directive_is() {
    let source = with_files(
        "functions {\n#include lib.stan\n}\nmodel {\n  #include <body.stan>\n  x = 1 + #include \"part\"\n;\n}",
        &[("lib.stan", "real f(real x) {\n  return x;\n}\n"), ("body.stan", "y ~ normal(0, 1);"), ("part", "  2  ")],
    );
    assert_eq!(errors(&source), Vec::<String>::new());
    let program = parse(&source).program;
    let function = &program.functions.unwrap().items[0];
    assert_eq!(source.describe(function.name.span), "lib.stan:1:6");
    assert_eq!(source.slice(function.span), "real f(real x) {\n  return x;\n}");
    let model = program.model.unwrap();
    assert_eq!(source.slice(model.items[0].span), "y ~ normal(0, 1);");
    assert!(source.slice(model.span).starts_with("model {") && source.slice(model.span).ends_with('}'));
}

#[test]
fn mistakes_in_included_files_are_found_there() {
    let source = with_files(
        "model {\n#include a.stan\n  z = = 1;\n}",
        &[("a.stan", "x = 1;\n#include b.stan\n"), ("b.stan", "// b\n  y = = 1;\n")],
    );
    let errors = errors(&source);
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors[0].starts_with("b.stan:2:7: error E0100"), "{errors:?}");
    assert!(errors[1].starts_with("main.stan:3:7: error E0100"), "{errors:?}");
    let shown = render_all(&source, &parse(&source).diagnostics, false);
    assert!(shown.contains("included from a.stan:2:1") && shown.contains("included from main.stan:2:1"), "{shown}");
}

#[test]
fn cycles_are_refused() {
    let source = with_files("#include a", &[("a", "#include b"), ("b", "#include a")]);
    assert_eq!(errors(&source), ["b:1:1: error E0010: `a` includes itself"]);
    let dir = directory("cycle");
    fs::write(dir.join("m.stan"), "#include m.stan\nmodel {}\n").unwrap();
    let source = SourceMap::load(&dir.join("m.stan"), &[]).unwrap();
    assert!(errors(&source)[0].contains("includes itself"), "{:?}", errors(&source));
}

#[test]
fn a_function_library_is_included_once() {
    let source = with_files(
        "functions {\n#include l.stanfunctions\n#include l.stanfunctions\n}",
        &[("l.stanfunctions", "real f(real x) { return x; }")],
    );
    assert_eq!(parse(&source).program.functions.unwrap().items.len(), 1);
    let source = with_files("model {\n#include l\n#include l\n}", &[("l", "x = 1;")]);
    assert_eq!(parse(&source).program.model.unwrap().items.len(), 2);
}

#[test]
fn files_are_looked_for_in_the_directories_given_and_beside_the_program() {
    let dir = directory("lookup");
    fs::create_dir_all(dir.join("lib")).unwrap();
    fs::write(dir.join("m.stan"), "model {\n#include beside.stan\n#include /far.stan\n}\n").unwrap();
    fs::write(dir.join("beside.stan"), "x = 1;\n").unwrap();
    fs::write(dir.join("lib/far.stan"), "y = 2;\n").unwrap();
    let source = SourceMap::load(&dir.join("m.stan"), &[dir.join("lib")]).unwrap();
    assert_eq!(errors(&source), Vec::<String>::new());
    assert_eq!(parse(&source).program.model.unwrap().items.len(), 2);
    let source = SourceMap::load(&dir.join("m.stan"), &[]).unwrap();
    let errors = errors(&source);
    assert!(errors[0].contains("m.stan:3:1: error E0010: cannot find `/far.stan`; looked in"), "{errors:?}");
}

#[test]
fn an_include_in_a_program_without_files_is_an_error() {
    let source = SourceMap::from_text("text", "model {\n  #include a.stan\n}");
    let errors = errors(&source);
    assert_eq!(errors.len(), 1);
    assert!(errors[0].starts_with("text:2:3: error E0010: cannot include `a.stan`"), "{errors:?}");
}

#[test]
fn an_include_in_a_comment_is_none() {
    assert_eq!(errors(&SourceMap::from_text("t", "// #include a\n/*\n#include b\n*/ model { }")), Vec::<String>::new());
}

#[test]
fn bad_files_are_refused_with_a_reason() {
    let dir = directory("bad");
    let path = dir.join("latin.stan");
    fs::write(&path, b"// first\n// caf\xE9\nmodel {}\n").unwrap();
    match SourceMap::load(&path, &[]) {
        Err(SourceError::NotUtf8 { line, column, .. }) => assert_eq!((line, column), (2, 7)),
        other => panic!("{other:?}"),
    }
    match SourceMap::load(&dir.join("absent.stan"), &[]) {
        Err(error @ SourceError::Read { .. }) => assert!(error.to_string().contains("absent.stan"), "{error}"),
        other => panic!("{other:?}"),
    }
    let path = dir.join("huge.stan");
    fs::File::create(&path).unwrap().set_len(MAX_FILE_BYTES + 1).unwrap();
    match SourceMap::load(&path, &[]) {
        Err(SourceError::TooLarge { bytes, .. }) => assert_eq!(bytes, MAX_FILE_BYTES + 1),
        other => panic!("{other:?}"),
    }
    fs::write(dir.join("m.stan"), "model {\n#include latin.stan\n}").unwrap();
    let source = SourceMap::load(&dir.join("m.stan"), &[]).unwrap();
    let errors = errors(&source);
    assert!(errors[0].contains("m.stan:2:1: error E0010") && errors[0].contains("not UTF-8"), "{errors:?}");
}

#[test]
fn includes_stay_in_formatted_programs() {
    let text =
        "functions {\n#include   lib.stan\n}\n#include <data.stan>\nmodel {\n  x = 1;\n  #include \"more.stan\"\n}\n";
    let formatted = format(&SourceMap::from_text("t", text)).unwrap();
    assert_eq!(
        formatted,
        "functions {\n  #include lib.stan\n}\n#include <data.stan>\nmodel {\n  x = 1;\n  #include \"more.stan\"\n}\n"
    );
    assert_eq!(format(&SourceMap::from_text("t", formatted.clone())).unwrap(), formatted);
}
