//! Where trajectories diverged, and which statement of the program may be why.

use super::interest::{Block, Quantity};
use crate::{Draws, Model};
use ppl_program::typed::{
    Callee, Constraint, Expr, ExprKind, Origin, Program, SizedType, Statement, StatementKind, VarId,
};

/// What is known of the divergences of a run.
pub struct Divergences {
    /// Parameters whose divergent draws lie elsewhere than the others, the most striking first.
    pub gatherings: Vec<Gathering>,
    /// Hierarchies that are written in the centred way.
    pub centred: Vec<Centred>,
    /// Two quantities (by index) whose plot shows the divergences best: across, and up.
    pub pair: Option<(usize, usize)>,
}

/// A parameter in divergent draws and in the others.
pub struct Gathering {
    /// Index among the quantities.
    pub quantity: usize,
    pub divergent_median: f64,
    pub other_median: f64,
    /// Difference of the means in standard deviations of all draws, of the logarithm where the parameter is positive.
    shift: f64,
}

/// `theta ~ normal(mu, tau)` with parameters on both sides.
pub struct Centred {
    /// Name of the variable on the left.
    pub effects: String,
    /// Variable that scales it.
    pub scale: String,
    /// What the declaration needs: `offset=mu, multiplier=tau`.
    pub declaration: String,
    /// The statement as it is written.
    pub statement: String,
    pub line: usize,
}

/// Families of location and scale, whose scale is the argument with this index.
const SCALED: [(&str, usize); 5] =
    [("normal", 1), ("cauchy", 1), ("double_exponential", 1), ("logistic", 1), ("student_t", 2)];
/// Parameters that are looked at.
const MOST: usize = 500;

impl Divergences {
    pub fn of(model: &Model, draws: &Draws, quantities: &[Quantity<'_>]) -> Divergences {
        let divergent: Vec<bool> =
            draws.chains.iter().flat_map(|c| c.draws.statistics.iter().map(|s| s.divergent)).collect();
        let count = divergent.iter().filter(|d| **d).count();
        if count == 0 {
            return Divergences { gatherings: Vec::new(), centred: Vec::new(), pair: None };
        }
        let centred = centred(model);
        let candidates: Vec<usize> = (0..quantities.len())
            .filter(|&i| quantities[i].block == Block::Parameters && !quantities[i].row.is_constant())
            .take(MOST)
            .collect();
        let mut gatherings: Vec<Gathering> = candidates
            .iter()
            .map(|&i| gathering(i, &scaled(&quantities[i], draws), &quantities[i].pooled(draws), &divergent))
            .filter(|g| g.shift.abs() > 0.3 && count >= 5)
            .collect();
        gatherings.sort_by(|a, b| b.shift.abs().total_cmp(&a.shift.abs()));
        let pair = pair(&candidates, quantities, draws, &gatherings, &centred);
        let most = gatherings.first().map_or(0.0, |g| g.shift.abs());
        gatherings.retain(|g| g.shift.abs() > 0.6 * most);
        gatherings.truncate(3);
        Divergences { gatherings, centred, pair }
    }
}

/// On the logarithm where a lower bound and the draws allow it: there the geometry is seen.
fn scaled(quantity: &Quantity<'_>, draws: &Draws) -> Vec<f64> {
    let values = quantity.pooled(draws);
    match quantity.bounded == (true, false) && values.iter().all(|v| *v > 0.0) {
        true => values.into_iter().map(f64::ln).collect(),
        false => values,
    }
}

fn gathering(quantity: usize, scaled: &[f64], values: &[f64], divergent: &[bool]) -> Gathering {
    let of = |values: &[f64], wanted: bool| -> Vec<f64> {
        values.iter().zip(divergent).filter(|(_, d)| **d == wanted).map(|(v, _)| *v).collect()
    };
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (all, here, there) = (mean(scaled), mean(&of(scaled, true)), mean(&of(scaled, false)));
    let sd = (scaled.iter().map(|x| (x - all) * (x - all)).sum::<f64>() / scaled.len() as f64).sqrt();
    let median = |wanted| crate::diagnostics::quantile(&[&of(values, wanted)], 0.5);
    Gathering { quantity, divergent_median: median(true), other_median: median(false), shift: (here - there) / sd }
}

/// The scale of a hierarchy over one of its effects, or the parameter where the divergences gather most over the one that moves most with it.
fn pair(
    candidates: &[usize],
    quantities: &[Quantity<'_>],
    draws: &Draws,
    gatherings: &[Gathering],
    centred: &[Centred],
) -> Option<(usize, usize)> {
    let find = |name: &str| candidates.iter().copied().find(|&i| quantities[i].variable == name);
    let named = centred.iter().find_map(|c| Some((find(&c.effects)?, find(&c.scale)?)));
    if named.is_some() {
        return named;
    }
    let up = gatherings.first().map(|g| g.quantity).or_else(|| candidates.first().copied())?;
    let y = scaled(&quantities[up], draws);
    let together = |&i: &usize| {
        let x = scaled(&quantities[i], draws);
        let median = crate::diagnostics::quantile(&[&x], 0.5);
        let spread: Vec<f64> = x.iter().map(|v| (v - median).abs()).collect();
        correlation(&x, &y).abs().max(correlation(&spread, &y).abs())
    };
    let others = candidates.iter().filter(|i| **i != up).map(|i| (*i, together(i)));
    others.filter(|o| o.1.is_finite()).max_by(|a, b| a.1.total_cmp(&b.1)).map(|(across, _)| (across, up))
}

fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (mx, my) = (mean(x), mean(y));
    let sum = |f: &dyn Fn(f64, f64) -> f64| x.iter().zip(y).map(|(a, b)| f(a - mx, b - my)).sum::<f64>();
    sum(&|a, b| a * b) / (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt()
}

/// Statements in which a parameter is scaled by another parameter, and declared without `multiplier`.
fn centred(model: &Model) -> Vec<Centred> {
    let program: &Program = model.interpreter.program();
    let mut found = Vec::new();
    for statement in &program.model {
        statement.for_each(&mut |s: &Statement| {
            let StatementKind::Tilde { density: Callee::Distribution { family, .. }, outcome, arguments, .. } = &s.kind
            else {
                return;
            };
            let Some((_, at)) = SCALED.iter().find(|(name, _)| name == family) else { return };
            let (Some(effects), Some(scale)) =
                (variable(outcome), arguments.get(*at).and_then(|e| parameter(program, e)))
            else {
                return;
            };
            let declared = program.parameters.iter().find(|d| d.variable == effects);
            if declared.is_some_and(|d| !has_multiplier(&d.ty)) {
                let text = |span| model.source.slice(span).split_whitespace().collect::<Vec<_>>().join(" ");
                // What depends on a loop has no place in a declaration.
                let written = |e: &Expr| if is_global(program, e) { text(e.span) } else { "...".into() };
                let (location, scale_of) = (&arguments[at - 1], &arguments[*at]);
                let declaration = match written(location).as_str() {
                    "0" => format!("multiplier={}", written(scale_of)),
                    location => format!("offset={location}, multiplier={}", written(scale_of)),
                };
                found.push(Centred {
                    effects: program.variable(effects).name.clone(),
                    scale: program.variable(scale).name.clone(),
                    declaration,
                    statement: text(s.span).trim_end_matches(';').to_string(),
                    line: model.source.start(s.span).line,
                });
            }
        });
    }
    found
}

/// The variable that an outcome is, or is part of.
fn variable(e: &Expr) -> Option<VarId> {
    match &e.kind {
        ExprKind::Variable(id) => Some(*id),
        ExprKind::Index { base, .. } | ExprKind::Promote(base) => variable(base),
        _ => None,
    }
}

/// A parameter that an expression mentions.
fn parameter(program: &Program, e: &Expr) -> Option<VarId> {
    let mut found = None;
    e.for_each(&mut |e| {
        if let ExprKind::Variable(id) = e.kind
            && program.variable(id).origin == Origin::Parameter
        {
            found = found.or(Some(id));
        }
    });
    found
}

/// Whether an expression has the same meaning where parameters are declared.
fn is_global(program: &Program, e: &Expr) -> bool {
    let mut global = true;
    e.for_each(&mut |e| {
        if let ExprKind::Variable(id) = e.kind {
            let origin = program.variable(id).origin;
            global &= matches!(origin, Origin::Data | Origin::TransformedData | Origin::Parameter);
        }
    });
    global
}

fn has_multiplier(ty: &SizedType) -> bool {
    match ty {
        SizedType::Real(c) | SizedType::Vector(_, c) | SizedType::RowVector(_, c) | SizedType::Matrix(_, _, c) => {
            matches!(c, Constraint::Multiplier(_) | Constraint::OffsetMultiplier(..))
        }
        SizedType::Array(element, _) => has_multiplier(element),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn centred_hierarchies_are_named() {
        let model = |declaration: &str, statement: &str| {
            let text = format!(
                "parameters {{ real mu; real<lower=0> tau; {declaration} }}\nmodel {{ tau ~ normal(0, 1); {statement} }}"
            );
            centred(&Model::compile(&text).unwrap())
        };
        let found = model("vector[3] theta;", "theta ~ normal(mu,\n  tau);");
        assert_eq!((found[0].effects.as_str(), found[0].scale.as_str(), found[0].line), ("theta", "tau", 2));
        assert_eq!(found[0].statement, "theta ~ normal(mu, tau)");
        assert_eq!(found[0].declaration, "offset=mu, multiplier=tau");
        assert_eq!(model("vector[3] theta;", "for (j in 1:3) theta[j] ~ student_t(4, mu, 2 * tau);").len(), 1);
        assert_eq!(model("vector<offset=mu, multiplier=tau>[3] theta;", "theta ~ normal(mu, tau);").len(), 0);
        assert_eq!(model("vector[3] theta;", "theta ~ normal(mu, 1);").len(), 0);
    }
}
