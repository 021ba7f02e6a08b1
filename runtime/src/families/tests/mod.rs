//! The families against figures of scipy (`figures.csv`, made by `figures.py`), their derivatives against
//! differences, distribution functions against sums of densities, and generators against both.

mod joint;
mod random;
mod scalar;
mod values;

use super::{Keep, ScalarFamily, Tail, scalar_families};
use crate::catalogue::Kind;

/// A family at one argument of `figures.csv`, with the outcomes it has there.
struct Case {
    family: &'static ScalarFamily,
    arguments: Vec<f64>,
    outcomes: Vec<f64>,
}

impl Case {
    fn args(&self, y: f64) -> Vec<f64> {
        let mut args = vec![y];
        args.extend(&self.arguments);
        args
    }

    fn is_discrete(&self) -> bool {
        self.family.declaration.kind == Kind::Discrete
    }

    fn has_cdf(&self) -> bool {
        self.family.declaration.cdf.has_cdf() || self.family.declaration.cdf.has_lcdf()
    }

    fn log_density(&self, y: f64) -> f64 {
        (self.family.log_density)(&self.args(y), Keep::ALL)
    }

    fn log_cdf(&self, y: f64, tail: Tail) -> f64 {
        (self.family.log_cdf_partials)(&self.args(y), tail, &mut [0.0; 4])
    }

    fn name(&self) -> String {
        format!("{}({:?})", self.family.declaration.name, self.arguments)
    }

    /// Which of outcome and arguments are real.
    fn is_real(&self) -> Vec<bool> {
        let signature = self.family.declaration.signature;
        let (outcome, arguments) = signature.split_once('|').unwrap();
        let mut real = vec![outcome.trim() != "ints" && outcome.trim() != "int"];
        real.extend(
            arguments.split(',').filter(|a| !a.trim().is_empty()).map(|a| !["ints", "int"].contains(&a.trim())),
        );
        assert_eq!(real.len(), self.arguments.len() + 1);
        real
    }
}

/// All scalar families at the arguments of `figures.csv`.
fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for (name, form, x) in figures() {
        let Some(family) = super::scalar_family(name) else { continue };
        if form != "density" {
            continue;
        }
        let arguments = x[1..x.len() - 1].to_vec();
        match cases.last_mut() {
            Some(last) if last.family.declaration.name == name && last.arguments == arguments => {
                last.outcomes.push(x[0]);
            }
            _ => cases.push(Case { family, arguments, outcomes: vec![x[0]] }),
        }
    }
    for family in scalar_families() {
        let name = family.declaration.name;
        assert!(cases.iter().any(|c| c.family.declaration.name == name), "{name} has no figures");
    }
    cases
}

/// Lines of `figures.csv`: family, form, numbers.
fn figures() -> Vec<(&'static str, &'static str, Vec<f64>)> {
    let line = |line: &'static str| {
        let mut parts = line.split(',');
        let name = parts.next().unwrap();
        let form = parts.next().unwrap();
        (name, form, parts.map(|v| v.parse().unwrap()).collect())
    };
    include_str!("../figures.csv").lines().map(line).collect()
}

/// `|a - b| <= tolerance max(1, |b|)`
fn close(a: f64, b: f64, tolerance: f64) -> bool {
    a == b || (a - b).abs() <= tolerance * b.abs().max(1.0)
}

/// Fourth-order central difference.
fn difference(f: impl Fn(f64) -> f64, x: f64, h: f64) -> f64 {
    (8.0 * (f(x + h) - f(x - h)) - (f(x + 2.0 * h) - f(x - 2.0 * h))) / (12.0 * h)
}
