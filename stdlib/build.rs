//! Writes the index of the library: `models/FIELD/NAME.stan` with what lies beside it, sorted by field and name.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// What may lie beside a program.
const BESIDE: [&str; 3] = ["data.json", "expected.json", "design.json"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=models");
    let models = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("models");
    let mut index = String::from("&[\n");
    let mut names = BTreeMap::new();
    for folder in sorted(&models)? {
        let field = file_name(&folder)?;
        for (name, files) in by_name(&folder)? {
            if let Some(other) = names.insert(name.clone(), field.clone()) {
                return Err(format!("{name} is in {other} and in {field}: names are unique over all fields").into());
            }
            index.push_str(&entry(&field, &name, &folder, &files).map_err(|why| format!("{field}/{name}: {why}"))?);
        }
    }
    index.push_str("]\n");
    fs::write(Path::new(&std::env::var("OUT_DIR")?).join("models.rs"), index)?;
    Ok(())
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut paths = fs::read_dir(folder)?.map(|file| Ok(file?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
    paths.sort();
    Ok(paths)
}

fn file_name(path: &Path) -> Result<String, Box<dyn Error>> {
    let name = path.file_name().and_then(|name| name.to_str());
    Ok(name.ok_or_else(|| format!("{}: no name in UTF-8", path.display()))?.to_owned())
}

/// The files of a folder by what stands before the first dot: what stands after it.
fn by_name(folder: &Path) -> Result<BTreeMap<String, BTreeSet<String>>, Box<dyn Error>> {
    let mut models: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in sorted(folder)? {
        let file = file_name(&path)?;
        let (name, kind) = file.split_once('.').ok_or_else(|| format!("{}: no extension", path.display()))?;
        if kind != "stan" && !BESIDE.contains(&kind) {
            return Err(format!("{}: not .stan, .{}", path.display(), BESIDE.join(", .")).into());
        }
        models.entry(name.to_owned()).or_default().insert(kind.to_owned());
    }
    Ok(models)
}

/// The text of one `Entry`.
fn entry(field: &str, name: &str, folder: &Path, files: &BTreeSet<String>) -> Result<String, Box<dyn Error>> {
    if !files.contains("stan") {
        return Err("there is no program".into());
    }
    if files.contains("data.json") == files.contains("design.json") {
        return Err("a model has either data.json or design.json".into());
    }
    if files.contains("expected.json") && !files.contains("data.json") {
        return Err("expected.json without the data.json that it is for".into());
    }
    let text = |kind: &str| format!("include_str!({:?})", folder.join(format!("{name}.{kind}")));
    let mut out = format!("    Entry {{ name: {name:?}, field: {field:?}, program: {}", text("stan"));
    for kind in BESIDE {
        let slot = kind.trim_end_matches(".json");
        match files.contains(kind) {
            true => write!(out, ", {slot}: Some({})", text(kind))?,
            false => write!(out, ", {slot}: None")?,
        }
    }
    out.push_str(" },\n");
    Ok(out)
}
