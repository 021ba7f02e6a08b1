//! Outcomes are rounded to multiples of a unit, which is data.
//!
//! The probability of a multiple y is that the first program's outcome lies within half a unit of it,
//! `F(y + unit / 2) - F(y - unit / 2)`, computed in the tail that is thinner. A density of the second program is with respect to
//! counting multiples; its generator rounds that of the family.

use super::draft::{Draft, verdict};
use super::observed::{Observed, call, candidates, observed};
use super::sites::Site;
use super::{Augmentation, Augmented, Meaning, Relation, first_of};
use ppl_program::typed::Program;
use rand::Rng;

pub const AUGMENTATION: Augmentation = Augmentation {
    name: "round",
    about: "an outcome is rounded to multiples of a unit",
    relation: Relation::FunctionOfOutcome,
    apply,
    derivation: None,
};

fn apply(program: &Program, rng: &mut dyn Rng) -> Option<Augmented> {
    let first = verdict(program);
    first_of(candidates(program), rng, |site| {
        let what = format!("`{}` is rounded", program.variable(site.variable()).name);
        rounded(program, site)?.finish(first, what)
    })
}

fn rounded<'p>(program: &'p Program, site: &Site) -> Option<Draft<'p>> {
    let mut draft = Draft::new(program);
    // beyond the largest outcome there may be a multiple
    if site.is_discrete() || site.is_positive().is_none() {
        return None;
    }
    let own = observed(&mut draft, site)?;
    let name = draft.names.fresh(&format!("rounded_{}", own.family));
    let unit = draft.names.fresh(&format!("{}_unit", own.name));
    draft.functions(&functions(&own, &name))?;
    draft.input(&format!("real<lower=0> {unit};"), &unit, &own.name, Meaning::Unit)?;
    let body = format!("{} ~ {name}({unit}, {});", own.rows.outcome, own.list());
    let text = own.rows.each(&body.replace(", )", ")"));
    draft.replace(own.number, &text)?;
    Some(draft)
}

fn functions(own: &Observed, name: &str) -> String {
    let (signature, arguments) = own.signature();
    let family = &own.family;
    let at = |form, outcome| call(family, form, outcome, &arguments);
    // a distribution function of positive numbers has no value below 0
    let floor = |text: &str| if own.positive { format!("fmax({text}, 0)") } else { text.to_string() };
    format!(
        "real {name}_lpdf(real y, real unit{signature}) {{
           real below = {};
           real above = y + unit / 2;
           real up_to = {};
           if (up_to < log(0.5)) return log_diff_exp(up_to, {});
           return log_diff_exp({}, {});
         }}
         real {name}_rng(real unit{signature}) {{ return unit * round({} / unit); }}",
        floor("y - unit / 2"),
        at("lcdf", "above"),
        at("lcdf", "below"),
        at("lccdf", "below"),
        at("lccdf", "above"),
        at("rng", ""),
    )
}
