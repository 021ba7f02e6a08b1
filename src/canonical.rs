//! Canonical forms of models: what two programs have in common, whatever they look like.

use crate::model::Model;
pub use ppl_canonical::{Canonical, Error as CanonicalError, Level, Options as CanonicalOptions, Renaming, VERSION};
use ppl_grammar::ast::{Block, Program, Statement, StatementKind};
use ppl_grammar::format;

/// How much two programs have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sameness {
    /// The same log density, up to a constant and names.
    Density,
    /// The same distribution of the data, from other latent variables.
    Law,
    /// Neither, as far as the rules see; the first difference in words.
    Different(String),
}

impl Model {
    /// The canonical form of the program.
    ///
    /// ```
    /// use ppl::{CanonicalOptions, Level, Model};
    ///
    /// let model = Model::compile("data { int N; vector[N] y; } parameters { real mu; } model { for (n in 1:N) y[n] ~ normal(mu, 1); }")?;
    /// let canonical = model.canonical(CanonicalOptions { level: Level::Density, data_names: true })?;
    /// assert!(canonical.text.contains("y ~ normal(alpha, 1);"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A program that has no canonical form: with tuples among data or parameters.
    pub fn canonical(&self, options: CanonicalOptions) -> Result<Canonical, CanonicalError> {
        ppl_canonical::canonicalise(self.interpreter.program(), options)
    }

    /// What this program and another have in common. Names never count.
    ///
    /// # Errors
    /// As [`canonical`](Model::canonical).
    pub fn same(&self, other: &Model) -> Result<Sameness, CanonicalError> {
        let form = |model: &Model, level| model.canonical(CanonicalOptions { level, data_names: false });
        let (a, b) = (form(self, Level::Density)?, form(other, Level::Density)?);
        if a.text == b.text {
            return Ok(Sameness::Density);
        }
        let (a, b) = (form(self, Level::Law)?, form(other, Level::Law)?);
        Ok(match a.text == b.text {
            true => Sameness::Law,
            false => Sameness::Different(difference(&a.program, &b.program)),
        })
    }
}

/// The first difference of two canonical programs. Densities are compared first, since they say most.
fn difference(a: &Program, b: &Program) -> String {
    let blocks = [
        ("the model", &a.model, &b.model),
        ("the parameters", &a.parameters, &b.parameters),
        ("the data", &a.data, &b.data),
        ("the transformed data", &a.transformed_data, &b.transformed_data),
        ("the transformed parameters", &a.transformed_parameters, &b.transformed_parameters),
    ];
    for (what, a, b) in blocks {
        let (a, b) = (lines(a), lines(b));
        if a == b {
            continue;
        }
        let only = |these: &[String], those: &[String]| these.iter().find(|line| !those.contains(line)).cloned();
        return match (only(&a, &b), only(&b, &a)) {
            (Some(first), Some(second)) => format!("in {what}, the first has\n  {first}\nand the second\n  {second}"),
            (Some(first), None) => format!("in {what}, only the first has\n  {first}"),
            (None, Some(second)) => format!("in {what}, only the second has\n  {second}"),
            (None, None) => format!("{what}: the same statements, in another order or number"),
        };
    }
    "in a user-defined function".to_string()
}

fn lines(block: &Option<Block<Statement>>) -> Vec<String> {
    let statements = block.iter().flat_map(|block| &block.items);
    let order = |s: &&Statement| !matches!(s.kind, StatementKind::Tilde { .. });
    let (other, densities): (Vec<&Statement>, Vec<&Statement>) = statements.partition(order);
    // observations stand last: they are what a reader asks for first
    densities.into_iter().rev().chain(other).map(format::statement).collect()
}
