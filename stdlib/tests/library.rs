//! The library is complete and consistent: every entry is documented and tagged, has data or a design, and sound figures.

use ppl_stdlib::{MODELS, find};
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn index_lists_every_program() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let mut files = Vec::new();
    for field in std::fs::read_dir(root).unwrap() {
        for file in std::fs::read_dir(field.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let field = path.parent().unwrap().file_name().unwrap().to_str().unwrap();
            if path.extension().is_some_and(|e| e == "stan") {
                files.push((field.to_owned(), path.file_stem().unwrap().to_str().unwrap().to_owned()));
            }
        }
    }
    files.sort();
    let indexed: Vec<(String, String)> = MODELS.iter().map(|m| (m.field.to_owned(), m.name.to_owned())).collect();
    assert_eq!(files, indexed);
}

#[test]
fn names_are_unique() {
    for m in MODELS {
        assert_eq!(find(m.name), Some(m));
    }
    assert_eq!(find("no such model"), None);
}

#[test]
fn every_model_has_a_header() {
    for m in MODELS {
        let h = m.header();
        assert!(h.title.len() > 5, "{}: title", m.name);
        assert_eq!(h.field.replace(' ', "_"), m.field, "{}: Field", m.name);
        for (entry, text) in [("Data", h.data), ("Idea", h.idea), ("Shows", h.shows), ("Tags", h.tags)] {
            assert!(text.len() > 20 && text.ends_with('.'), "{}: {entry}: {text:?}", m.name);
        }
        let widest = m.program.lines().map(|l| l.chars().count()).max().unwrap_or(0);
        assert!(widest <= 120, "{}: a line of {widest} characters", m.name);
    }
}

#[test]
fn every_model_has_tags() {
    for m in MODELS {
        let tags = m.tags().unwrap_or_else(|e| panic!("{}: Tags: {e}", m.name));
        // a family may be called like an outcome
        let outcomes = tags.outcomes.iter().map(|o| ("outcome", o.word()));
        let structures = tags.structures.iter().map(|s| ("structure", s.word()));
        let families = tags.families.iter().map(|f| ("family", f.as_str()));
        let words = outcomes.chain(structures).chain(families);
        let mut seen = BTreeSet::new();
        assert!(words.into_iter().all(|word| seen.insert(word)), "{}: a tag is given twice", m.name);
    }
}

#[test]
fn every_model_has_data_or_a_design() {
    for m in MODELS {
        let text = m.data.or(m.design).unwrap_or_else(|| panic!("{}: neither data nor a design", m.name));
        let value: serde_json::Value = serde_json::from_str(text).unwrap_or_else(|e| panic!("{}: {e}", m.name));
        assert!(value.is_object(), "{}", m.name);
        assert!(m.design.is_some() || value.as_object().is_some_and(|o| !o.is_empty()), "{}", m.name);
    }
}

#[test]
fn expected_results_are_sound() {
    let mut count = 0;
    for m in MODELS {
        let Some(e) = m.expected() else { continue };
        let e = e.unwrap_or_else(|err| panic!("{}: {err}", m.name));
        count += 1;
        assert_eq!(e.model, m.name);
        assert!(e.reference.starts_with("Stan 2."), "{}: figures must not come from this project", m.name);
        assert!(e.command.contains("expected.py"), "{}", m.name);
        let d = e.diagnostics;
        assert!(d.max_rhat < 1.01 && d.min_ess_bulk > 1000, "{}: {d:?}", m.name);
        // an occasional divergence in 16,000 draws is a property of the posterior, a regular one is bias
        assert!(d.divergences * 1000 <= u64::from(e.chains * e.draws), "{}: {d:?}", m.name);
        assert!(!e.parameters.is_empty());
        for (name, f) in &e.parameters {
            assert!(f.sd > 0.0 && f.mcse_sd > 0.0, "{}: {name}", m.name);
            assert!(f.mcse_mean > 0.0 && f.mcse_mean < 0.04 * f.sd, "{}: {name}: {f:?}", m.name);
        }
        assert!(e.points.len() >= 2, "{}", m.name);
        for p in &e.points {
            assert!(p.lp.is_finite() && p.lp_propto_jacobian.is_finite(), "{}", m.name);
            assert_eq!(p.q.len(), p.grad.len(), "{}", m.name);
        }
    }
    assert!(count >= 23, "only {count} models have expected results");
}

/// The table of `README.md`, from the headers.
fn table() -> String {
    let mut out = String::from("| field | model | title | tags |\n| --- | --- | --- | --- |\n");
    for m in MODELS {
        let tags = m.tags().unwrap_or_else(|e| panic!("{}: Tags: {e}", m.name));
        let outcomes = tags.outcomes.iter().map(|o| o.word());
        let words: Vec<&str> = outcomes.chain(tags.structures.iter().map(|s| s.word())).collect();
        let title = m.header().title;
        out.push_str(&format!("| {} | `{}` | {title} | {} |\n", m.field, m.name, words.join(", ")));
    }
    out
}

/// `PPL_WRITE_README=1 cargo test -p ppl-stdlib` writes it.
#[test]
fn readme_has_the_table_of_all_models() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (head, tail) = (text.find("\n| field |").unwrap() + 1, text.rfind("|\n").unwrap() + 2);
    if std::env::var_os("PPL_WRITE_README").is_some() {
        std::fs::write(&path, format!("{}{}{}", &text[..head], table(), &text[tail..])).unwrap();
        return;
    }
    let expected = table();
    let missing: Vec<&str> = expected.lines().filter(|line| !text[head..tail].contains(line)).collect();
    assert!(missing.is_empty(), "missing; PPL_WRITE_README=1 writes the table:\n{}", missing.join("\n"));
    assert_eq!(text[head..tail].lines().count(), expected.lines().count(), "lines of models that are gone");
}
