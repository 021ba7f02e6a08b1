//! The outcome is latent, a component of a program of measurements: the data are numbers near it.
//!
//! `y ~ normal(z, noise)`, or of positive numbers `y ~ lognormal(log(z), noise)`, where z has the density that the first program
//! gives to its outcome. The factor of the measurements integrates to one over the data, so z and the parameters of the first program
//! have the law that they had.

use super::draft::{Draft, verdict};
use super::sites::{Site, sites};
use super::{Augmentation, Augmented, Relation, first_of};
use ppl_analysis::reverse::constraint;
use ppl_analysis::unparse::Names;
use ppl_program::typed::{Constraint, ExprKind, Program, SizedType, VarId};
use rand::Rng;

pub const AUGMENTATION: Augmentation = Augmentation {
    name: "nest",
    about: "the outcome is latent, and is measured with noise",
    relation: Relation::Component,
    apply,
    derivation: None,
};

fn apply(program: &Program, rng: &mut dyn Rng) -> Option<Augmented> {
    let first = verdict(program);
    let mut outcomes: Vec<VarId> = Vec::new();
    let sites = sites(program);
    for site in sites.iter().filter(|s| s.is_observed()) {
        if !outcomes.contains(&site.variable()) {
            outcomes.push(site.variable());
        }
    }
    first_of(outcomes, rng, |&outcome| {
        let what = format!("`{}` is measured with noise", program.variable(outcome).name);
        nested(program, &sites, outcome)?.finish(first, what)
    })
}

fn nested<'p>(program: &'p Program, sites: &[Site], outcome: VarId) -> Option<Draft<'p>> {
    let own: Vec<bool> =
        sites.iter().filter(|s| s.variable() == outcome).map(Site::is_positive).collect::<Option<_>>()?;
    let positive = *own.first()?;
    if own.iter().any(|other| *other != positive) || sites.iter().any(|s| s.variable() == outcome && s.truncated) {
        return None;
    }
    let mut names = Names::new(program);
    let observed = names.of(outcome).to_string();
    let latent = names.fresh(&format!("{observed}_true"));
    names.rename(outcome, latent.clone());
    let mut draft = Draft::named(program, names);
    let declared = draft.declaration(outcome)?;
    // a bound of data is a remark; one of parameters would cut the density
    match constraint(&declared.ty) {
        Constraint::None => {}
        Constraint::Lower(bound) if positive && is_zero(bound) => {}
        _ => return None,
    }
    let bound = if positive { "<lower=0>" } else { "" };
    let size = draft.sizes(outcome).first().cloned().unwrap_or_default();
    let type_of = |bound: &str| match &declared.ty {
        SizedType::Real(_) => Some(format!("real{bound}")),
        SizedType::Vector(..) => Some(format!("vector{bound}[{size}]")),
        SizedType::RowVector(..) => Some(format!("row_vector{bound}[{size}]")),
        SizedType::Array(element, sizes) if sizes.len() == 1 && matches!(**element, SizedType::Real(_)) => {
            Some(format!("array[{size}] real{bound}"))
        }
        _ => None,
    };
    let (ty, noise) = (type_of(bound)?, draft.names.fresh("noise"));
    draft.undeclare(&latent)?;
    draft.data(&format!("{ty} {observed};"))?;
    draft.parameter(&format!("{ty} {latent}; real<lower=0> {noise};"))?;
    let measured = match positive {
        true => format!("{observed} ~ lognormal(log({latent}), {noise});"),
        false => format!("{observed} ~ normal({latent}, {noise});"),
    };
    draft.model(&format!("{noise} ~ gamma(2, 4); {measured}"))?;
    Some(draft)
}

fn is_zero(e: &ppl_program::typed::Expr) -> bool {
    match &e.kind {
        ExprKind::Promote(inner) => is_zero(inner),
        ExprKind::Int(0) => true,
        ExprKind::Real(x) => *x == 0.0,
        _ => false,
    }
}
