//! Whether the canonical forms of programs have their densities: `same_density MODEL DATA [MODEL DATA ...]`
//!
//! At six points, the log densities of program and canonical form may differ by one constant. Prints the programs where they do not, and counts.

use ppl::{CanonicalOptions, Data, Level, Model, Normalisation};
use std::collections::BTreeMap;

/// The largest difference between the differences, relative to the size of the log density; `None` where no point has a density.
fn compare(model: &Model, data: &Data) -> Result<Option<f64>, String> {
    let canonical = model
        .canonical(CanonicalOptions { level: Level::Density, data_names: true })
        .map_err(|error| error.to_string())?;
    let other = Model::compile(&canonical.text).map_err(|error| format!("canonical text: {error}"))?;
    let a = model.bind(data).map_err(|error| format!("bind: {error}"))?;
    let b = other.bind(data).map_err(|error| format!("bind canonical: {error}\n{}", canonical.text))?;
    let names: BTreeMap<&str, &str> = canonical.renamings.iter().map(|r| (r.from.as_str(), r.to.as_str())).collect();
    let mut differences = Vec::new();
    let mut size: f64 = 1.0;
    for point in 0..6_u64 {
        let theta: Vec<f64> = (0..a.dim() as u64)
            .map(|i| ((i * 2_654_435_761 + point * 40_503 + 12_345) % 10_007) as f64 / 10_007.0 - 0.5)
            .collect();
        let Ok(first) = a.log_density(&theta, Normalisation::Normalised) else { continue };
        let mut values = Data::new();
        let own = a.parameters(&theta).map_err(|error| format!("{error:?}"))?;
        for (name, datum) in own.iter() {
            values.set(names.get(name).copied().unwrap_or(name).to_string(), datum.clone());
        }
        let theirs = b.unconstrain(&values).map_err(|error| format!("values: {error}"))?;
        let second = b
            .log_density(&theirs, Normalisation::Normalised)
            .map_err(|error| format!("canonical fails: {error:?}\n{}", canonical.text))?;
        if first.is_finite() {
            size = size.max(first.abs());
            differences.push(first - second);
        }
    }
    let Some(&reference) = differences.first() else { return Ok(None) };
    Ok(Some(differences.iter().map(|d| (d - reference).abs() / size).fold(0.0, f64::max)))
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut counts = BTreeMap::<&str, usize>::new();
    for pair in arguments.chunks(2) {
        let [file, data] = pair else { break };
        let verdict = match (Model::load(file.as_ref(), &[]), Data::read(data.as_ref())) {
            (Ok(model), Ok(data)) => match compare(&model, &data) {
                Ok(Some(worst)) if worst <= 1e-10 => "same",
                Ok(Some(worst)) => {
                    println!("{file}: differs by {worst:e}");
                    "different"
                }
                Ok(None) => "no density at any point",
                Err(why) => {
                    println!("{file}: {why}");
                    "failed"
                }
            },
            _ => "not read",
        };
        *counts.entry(verdict).or_default() += 1;
    }
    println!("{counts:?}");
}
