//! Which quantities are shown: a page has no room for thousands.

use crate::{Draws, Model, Row, Summary};
use ppl_sampler::draws::bracketed;
use std::collections::HashMap;

/// Elements of one vector that are shown without a reason.
const ELEMENTS: usize = 4;

/// The block that a quantity is declared in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    Parameters,
    TransformedParameters,
    GeneratedQuantities,
}

/// A column of the draws.
#[derive(Clone, Debug)]
pub struct Quantity<'a> {
    pub block: Block,
    /// Index among the columns of the draws.
    pub column: usize,
    /// As people write it: `theta[1,2]`.
    pub label: String,
    /// Name of the variable, without indices.
    pub variable: &'a str,
    pub row: &'a Row,
    /// Whether its declaration bounds it from below, and from above.
    pub bounded: (bool, bool),
}

impl Quantity<'_> {
    pub fn is_scalar(&self) -> bool {
        self.variable == self.row.name
    }

    /// The draws, one vector a chain.
    pub fn chains(&self, draws: &Draws) -> Vec<Vec<f64>> {
        draws.column(self.column)
    }

    /// The draws of all chains, one after another.
    pub fn pooled(&self, draws: &Draws) -> Vec<f64> {
        self.chains(draws).concat()
    }

    /// How far the diagnostics are from what they should be: above 1 there is a warning.
    fn trouble(&self, needed: f64) -> f64 {
        let rhat = (self.row.rhat - 1.0) / 0.01;
        let ess = needed / self.row.ess_bulk.min(self.row.ess_tail);
        [rhat, ess].into_iter().filter(|x| x.is_finite()).fold(0.0, f64::max)
    }
}

/// All columns of the draws.
pub fn quantities<'a>(model: &Model, draws: &'a Draws, summary: &'a Summary) -> Vec<Quantity<'a>> {
    let info = model.info();
    let one = |(column, name): (usize, &'a String)| {
        let variable = name.split(['.', ':']).next().unwrap_or(name);
        let find = |of: &[crate::Variable]| of.iter().find(|v| v.name == variable).map(|v| v.constraint);
        let (block, constraint) = if let Some(constraint) = find(&info.parameters) {
            (Block::Parameters, constraint)
        } else if let Some(constraint) = find(&info.transformed_parameters) {
            (Block::TransformedParameters, constraint)
        } else {
            (Block::GeneratedQuantities, find(&info.generated_quantities).flatten())
        };
        let bounded = match constraint {
            Some("lower" | "positive_ordered") => (true, false),
            Some("upper") => (false, true),
            Some("lower, upper" | "simplex" | "unit_vector" | "corr_matrix" | "cholesky_factor_corr") => (true, true),
            _ => (false, false),
        };
        Quantity { block, column, label: bracketed(name), variable, row: &summary.rows[column + 1], bounded }
    };
    draws.names.iter().enumerate().map(one).collect()
}

/// The quantities to look at first, at most `limit`: those that the diagnostics warn of, worst first; then single numbers in the order of the
/// program; then elements of vectors, worst first. Quantities that are the same in every draw and generated ones are left out.
pub fn most<'q, 'a>(quantities: &'q [Quantity<'a>], chains: usize, limit: usize) -> Vec<&'q Quantity<'a>> {
    let needed = 100.0 * chains as f64;
    let mut all: Vec<(&Quantity, f64)> = quantities
        .iter()
        .filter(|q| q.block != Block::GeneratedQuantities && !q.row.is_constant() && q.row.mean.is_finite())
        .map(|q| (q, q.trouble(needed)))
        .collect();
    let class = |q: &Quantity, trouble: f64| match (trouble > 1.0, q.is_scalar(), q.block) {
        (true, ..) => 0,
        (_, true, Block::Parameters) => 1,
        (_, false, Block::Parameters) => 2,
        (_, true, _) => 3,
        (_, false, _) => 4,
    };
    all.sort_by(|(a, x), (b, y)| {
        let class = |q, t| class(q, t);
        // Single numbers keep the order of the program.
        let severity = |class, t: f64| if class == 1 || class == 3 { 0.0 } else { t };
        let (ca, cb) = (class(a, *x), class(b, *y));
        ca.cmp(&cb).then(severity(cb, *y).total_cmp(&severity(ca, *x))).then(a.column.cmp(&b.column))
    });
    // A few elements of a vector stand for the others.
    let mut elements: HashMap<&'a str, usize> = HashMap::new();
    let mut few = |q: &Quantity<'a>, trouble: f64| {
        let seen = elements.entry(q.variable).or_default();
        *seen += 1;
        trouble > 1.0 || q.is_scalar() || *seen <= ELEMENTS
    };
    all.into_iter().filter(|(q, t)| few(q, *t)).take(limit).map(|(q, _)| q).collect()
}
