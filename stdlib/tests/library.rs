//! The library is complete and consistent: every file is in the index, every entry is documented and has sound figures.

use ppl_stdlib::{MODELS, find};
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn index_lists_every_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let mut files = BTreeSet::new();
    for field in std::fs::read_dir(root).unwrap() {
        for file in std::fs::read_dir(field.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let field = path.parent().unwrap().file_name().unwrap().to_str().unwrap();
            files.insert(format!("{field}/{}", path.file_name().unwrap().to_str().unwrap()));
        }
    }
    let mut indexed = BTreeSet::new();
    for m in MODELS {
        for extension in ["stan", "data.json", "expected.json"] {
            assert!(indexed.insert(format!("{}/{}.{extension}", m.field, m.name)), "{} is listed twice", m.name);
        }
    }
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
        for (entry, text) in [("Data", h.data), ("Idea", h.idea), ("Shows", h.shows)] {
            assert!(text.len() > 20 && text.ends_with('.'), "{}: {entry}: {text:?}", m.name);
        }
        let widest = m.program.lines().map(|l| l.chars().count()).max().unwrap_or(0);
        assert!(widest <= 120, "{}: a line of {widest} characters", m.name);
    }
}

#[test]
fn data_is_a_json_object() {
    for m in MODELS {
        let value: serde_json::Value = serde_json::from_str(m.data).unwrap_or_else(|e| panic!("{}: {e}", m.name));
        assert!(value.as_object().is_some_and(|o| !o.is_empty()), "{}", m.name);
    }
}

#[test]
fn expected_results_are_sound() {
    for m in MODELS {
        let e = m.expected().unwrap_or_else(|err| panic!("{}: {err}", m.name));
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
}
