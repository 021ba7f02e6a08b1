use super::*;
use std::collections::HashSet;
use std::path::PathBuf;

/// The folder of the conformance data: `PPL_CONFORMANCE`, or `shared/conformance` beside the repository.
fn conformance() -> Option<PathBuf> {
    let path = match std::env::var_os("PPL_CONFORMANCE") {
        Some(path) => PathBuf::from(path),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance"),
    };
    path.is_dir().then_some(path)
}

/// How the reference list prints a signature: without `data` at the top level.
fn printed(name: &str, signature: &Signature) -> String {
    let arguments: Vec<String> = signature.arguments.iter().map(|argument| argument.ty.to_string()).collect();
    format!("{name}({}) => {}", arguments.join(", "), signature.result)
}

#[test]
fn every_line_of_the_table_can_be_read() {
    for name in function_names() {
        let entry = &INDEX.entries[name];
        let signatures = expand(&entry.source).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!signatures.is_empty(), "{name}");
        let distinct: HashSet<_> = signatures.iter().map(|s| printed(name, s)).collect();
        assert_eq!(distinct.len(), signatures.len(), "{name} lists a signature twice");
    }
    for (names, text) in functions::VARIADIC {
        for name in names.split_whitespace() {
            notation::variadic(name, text).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}

#[test]
fn no_name_is_declared_twice() {
    let names: Vec<&str> = functions::FUNCTIONS.iter().flat_map(|(names, _)| names.split_whitespace()).collect();
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    let families: HashSet<&str> = implemented::families().iter().map(|family| family.name).collect();
    assert_eq!(families.len(), implemented::families().len());
}

#[test]
fn agrees_with_the_reference_list() {
    let Some(folder) = conformance() else {
        println!("note: no conformance data, the list of signatures is not compared");
        return;
    };
    let text = std::fs::read_to_string(folder.join("signatures.txt")).expect("signatures.txt");
    let expected: HashSet<String> = text.lines().map(str::to_string).collect();
    let mut actual = HashSet::new();
    for name in function_names() {
        for signature in signatures(name).unwrap_or_default() {
            actual.insert(printed(name, signature));
        }
    }
    let mut missing: Vec<_> = expected.difference(&actual).collect();
    let mut extra: Vec<_> = actual.difference(&expected).collect();
    missing.sort();
    extra.sort();
    println!("{} signatures of {} names", actual.len(), function_names().count());
    for line in missing.iter().take(60) {
        println!("missing {line}");
    }
    for line in extra.iter().take(60) {
        println!("extra   {line}");
    }
    assert!(missing.is_empty() && extra.is_empty(), "{} missing, {} extra", missing.len(), extra.len());
}
