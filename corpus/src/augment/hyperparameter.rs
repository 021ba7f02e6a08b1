//! The scale (or rate) of a prior becomes a parameter tau, of which the constant c that stood there is the prior mean:
//! `tau ~ gamma(2, 2 / c)`.
//!
//! The density of the second program is that of the first with tau for c, times the density of tau: given tau = c it is the first. The
//! law of the parameter whose prior it was is the scale mixture of that prior.

use super::draft::{Draft, verdict};
use super::sites::{Site, sites};
use super::{Augmentation, Augmented, Relation, first_of};
use ppl_program::typed::{Expr, ExprKind, Program};
use rand::Rng;

pub const AUGMENTATION: Augmentation = Augmentation {
    name: "hyperparameter",
    about: "the scale of a prior becomes a parameter with a prior of its own",
    relation: Relation::Hierarchical,
    apply,
    derivation: None,
};

fn apply(program: &Program, rng: &mut dyn Rng) -> Option<Augmented> {
    let first = verdict(program);
    let priors = sites(program).into_iter().filter(|s| !s.is_observed() && s.is_scalar() && s.tilde && !s.truncated);
    first_of(priors.collect(), rng, |site| layer(program, site)?.finish(first, what(program, site)))
}

fn what(program: &Program, site: &Site) -> String {
    format!("the scale of the prior of `{}` is a parameter", program.variable(site.variable()).name)
}

fn layer<'p>(program: &'p Program, site: &Site) -> Option<Draft<'p>> {
    let mut draft = Draft::new(program);
    let (family, scale) = match site.family.as_str() {
        "std_normal" => ("normal", None),
        other => (other, Some(scale_of(other)?)),
    };
    let mut arguments: Vec<String> = site.arguments.iter().map(|a| draft.text(a)).collect();
    let constant = match scale {
        Some(place) => constant(site.arguments.get(place)?).filter(|c| *c > 0.0)?,
        None => 1.0,
    };
    let tau = draft.names.fresh("tau");
    match scale {
        Some(place) => arguments[place] = tau.clone(),
        None => arguments = vec!["0".to_string(), tau.clone()],
    }
    let outcome = draft.text(&site.outcome);
    draft.replace(site.number, &format!("{outcome} ~ {family}({});", arguments.join(", ")))?;
    draft.parameter(&format!("real<lower=0> {tau};"))?;
    draft.model(&format!("{tau} ~ gamma(2, {:?});", 2.0 / constant))?;
    Some(draft)
}

/// Which argument is a scale or a rate.
fn scale_of(family: &str) -> Option<usize> {
    match family {
        "normal" | "cauchy" | "double_exponential" | "logistic" | "gumbel" | "lognormal" | "gamma" | "inv_gamma"
        | "weibull" | "frechet" | "skew_normal" => Some(1),
        "student_t" => Some(2),
        "exponential" | "rayleigh" => Some(0),
        _ => None,
    }
}

/// The value of a number that is written down.
fn constant(e: &Expr) -> Option<f64> {
    match &e.kind {
        ExprKind::Promote(inner) => constant(inner),
        ExprKind::Int(i) => Some(f64::from(*i)),
        ExprKind::Real(x) => Some(*x),
        _ => None,
    }
}
