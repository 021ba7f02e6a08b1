//! Outcomes above a limit, which is data, are seen as the limit.
//!
//! An outcome at the limit has the probability that the first program's is there or above; others have the density that they had.

use super::draft::{Draft, verdict};
use super::observed::{call, candidates, observed};
use super::sites::Site;
use super::{Augmentation, Augmented, Meaning, Relation, first_of};
use ppl_analysis::reverse::constraint;
use ppl_program::typed::{Constraint, Program};
use rand::Rng;

pub const AUGMENTATION: Augmentation = Augmentation {
    name: "censor",
    about: "outcomes above a limit are seen as the limit",
    relation: Relation::FunctionOfOutcome,
    apply,
    derivation: None,
};

fn apply(program: &Program, rng: &mut dyn Rng) -> Option<Augmented> {
    let first = verdict(program);
    first_of(candidates(program), rng, |site| {
        let what = format!("`{}` is censored", program.variable(site.variable()).name);
        [in_place, by_function].iter().find_map(|way| way(program, site)?.finish(first, what.clone()))
    })
}

/// `if (y < limit) y ~ f(a); else target += f_lccdf(limit | a);`
fn in_place<'p>(program: &'p Program, site: &Site) -> Option<Draft<'p>> {
    let mut draft = Draft::new(program);
    let own = observed(&mut draft, site)?;
    let limit = limit(&mut draft, &own)?;
    let body = format!(
        "if ({y} < {limit}) {y} ~ {}({}); else target += {};",
        own.family,
        own.list(),
        own.call("lccdf", &beyond(&own, &limit)),
        y = own.rows.outcome,
    );
    draft.replace(own.number, &own.rows.each(&body))?;
    Some(draft)
}

/// The same as a density with a generator of its own.
fn by_function<'p>(program: &'p Program, site: &Site) -> Option<Draft<'p>> {
    let mut draft = Draft::new(program);
    let own = observed(&mut draft, site)?;
    let limit = limit(&mut draft, &own)?;
    let name = draft.names.fresh(&format!("censored_{}", own.family));
    let (signature, arguments) = own.signature();
    let (ty, kind) = if own.discrete { ("int", "lpmf") } else { ("real", "lpdf") };
    let at = |form: &str, outcome: &str| call(&own.family, form, outcome, &arguments);
    draft.functions(&format!(
        "real {name}_{kind}({ty} y, {ty} limit{signature}) {{
           if (y < limit) return {};
           return {};
         }}
         {ty} {name}_rng({ty} limit{signature}) {{
           {ty} x = {};
           return x < limit ? x : limit;
         }}",
        at(kind, "y"),
        at("lccdf", &beyond(&own, "limit")),
        at("rng", ""),
    ))?;
    let list = own.list();
    let separator = if list.is_empty() { "" } else { ", " };
    let body = format!("{} ~ {name}({limit}{separator}{list});", own.rows.outcome);
    draft.replace(own.number, &own.rows.each(&body))?;
    Some(draft)
}

/// Declares the limit, and that outcomes are not above it where they are whole numbers.
fn limit(draft: &mut Draft, own: &super::observed::Observed) -> Option<String> {
    // one value is no range of values
    if own.family == "bernoulli" {
        return None;
    }
    let limit = draft.names.fresh(&format!("{}_limit", own.name));
    let declared = constraint(&draft.declaration(own.variable)?.ty).clone();
    if !own.discrete {
        let ty = if own.positive { "real<lower=0>" } else { "real" };
        draft.input(&format!("{ty} {limit};"), &limit, &own.name, Meaning::UpperLimit)?;
        return Some(limit);
    }
    let (Constraint::None | Constraint::Lower(_)) = declared else {
        draft.input(&format!("int<lower=1> {limit};"), &limit, &own.name, Meaning::UpperLimit)?;
        return Some(limit);
    };
    let sizes = draft.sizes(own.variable).join(", ");
    let ty = format!("int<lower=0, upper={limit}>");
    draft.redeclare(&own.name, &if sizes.is_empty() { ty } else { format!("array[{sizes}] {ty}") })?;
    let moved = draft.undeclare(&own.name)?;
    draft.input(&format!("int<lower=1> {limit};"), &limit, &own.name, Meaning::UpperLimit)?;
    draft.syntax.data.as_mut()?.items.push(moved);
    Some(limit)
}

/// What a number is above that is at the limit or above.
fn beyond(own: &super::observed::Observed, limit: &str) -> String {
    if own.discrete { format!("{limit} - 1") } else { limit.to_string() }
}
