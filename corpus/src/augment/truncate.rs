//! Outcomes beyond a limit are not in the data: the density is that of the first program, divided by the probability of the rest.
//!
//! Of counts, 0 is left out; of other numbers, what is below a limit or what is above one, which is data.

use super::draft::{Draft, verdict};
use super::observed::{candidates, observed};
use super::sites::Site;
use super::{Augmentation, Augmented, Meaning, Relation, between, first_of};
use ppl_analysis::reverse::constraint;
use ppl_program::typed::{Constraint, Program};
use rand::Rng;

pub const AUGMENTATION: Augmentation = Augmentation {
    name: "truncate",
    about: "outcomes beyond a limit are not in the data",
    relation: Relation::Conditioned,
    apply,
    derivation: None,
};

fn apply(program: &Program, rng: &mut dyn Rng) -> Option<Augmented> {
    let first = verdict(program);
    let above = between(rng, 0..=1) == 1;
    first_of(candidates(program), rng, |site| {
        let what = format!("`{}` is truncated", program.variable(site.variable()).name);
        truncated(program, site, above)?.finish(first, what)
    })
}

fn truncated<'p>(program: &'p Program, site: &Site, above: bool) -> Option<Draft<'p>> {
    let mut draft = Draft::new(program);
    let own = observed(&mut draft, site)?;
    let declared = constraint(&draft.declaration(own.variable)?.ty).clone();
    let bounds = if own.discrete {
        // one value is left of 0 and 1; and there may be no trial
        let counts = ["poisson", "neg_binomial", "neg_binomial_2", "beta_neg_binomial"];
        if !counts.contains(&own.family.as_str()) || !matches!(declared, Constraint::None | Constraint::Lower(_)) {
            return None;
        }
        let sizes = draft.sizes(own.variable).join(", ");
        let ty = "int<lower=1>";
        draft.redeclare(&own.name, &if sizes.is_empty() { ty.into() } else { format!("array[{sizes}] {ty}") })?;
        "1, ".to_string()
    } else {
        let word = if above { "upper" } else { "lower" };
        let limit = draft.names.fresh(&format!("{}_{word}", own.name));
        let meaning = if above { Meaning::UpperLimit } else { Meaning::LowerLimit };
        let ty = if own.positive { "real<lower=0>" } else { "real" };
        draft.input(&format!("{ty} {limit};"), &limit, &own.name, meaning)?;
        if above { format!(", {limit}") } else { format!("{limit}, ") }
    };
    let body = format!("{} ~ {}({}) T[{bounds}];", own.rows.outcome, own.family, own.list());
    draft.replace(own.number, &own.rows.each(&body))?;
    Some(draft)
}
