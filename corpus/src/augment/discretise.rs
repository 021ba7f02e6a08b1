//! Outcomes are seen as one of several classes, 1 to K, which numbers in ascending order part: the cuts, which are data.
//!
//! The probability of class k is that the first program's outcome lies above cut k - 1 and not above cut k.

use super::draft::{Draft, verdict};
use super::observed::{Observed, call, candidates, observed};
use super::sites::Site;
use super::{Augmentation, Augmented, Meaning, Relation, between, first_of};
use ppl_program::typed::Program;
use rand::Rng;

pub const AUGMENTATION: Augmentation = Augmentation {
    name: "discretise",
    about: "an outcome is seen as one of several classes",
    relation: Relation::FunctionOfOutcome,
    apply,
    derivation: None,
};

fn apply(program: &Program, rng: &mut dyn Rng) -> Option<Augmented> {
    let first = verdict(program);
    let classes = between(rng, 2..=6);
    first_of(candidates(program), rng, |site| {
        let what = format!("`{}` is one of {classes} classes", program.variable(site.variable()).name);
        classified(program, site, classes)?.finish(first, what)
    })
}

fn classified<'p>(program: &'p Program, site: &Site, classes: usize) -> Option<Draft<'p>> {
    let mut draft = Draft::new(program);
    let own = observed(&mut draft, site)?;
    // one of two values is a class already
    if own.family == "bernoulli" {
        return None;
    }
    let name = draft.names.fresh(&format!("class_of_{}", own.family));
    let cuts = draft.names.fresh(&format!("{}_cuts", own.name));
    draft.functions(&functions(&own, &name))?;
    let count = classes - 1;
    draft.input(&format!("ordered[{count}] {cuts};"), &cuts, &own.name, Meaning::Cuts(count))?;
    let sizes = draft.sizes(own.variable).join(", ");
    let class = format!("int<lower=1, upper={classes}>");
    let ty = if sizes.is_empty() { class } else { format!("array[{sizes}] {class}") };
    draft.redeclare(&own.name, &ty)?;
    let arguments = own.list();
    let separator = if arguments.is_empty() { "" } else { ", " };
    let text = own.rows.each(&format!("{} ~ {name}({cuts}{separator}{arguments});", own.rows.outcome));
    draft.replace(own.number, &text)?;
    Some(draft)
}

fn functions(own: &Observed, name: &str) -> String {
    let (signature, arguments) = own.signature();
    // a distribution function of whole numbers has whole numbers for outcomes
    let cut = |k: &str| if own.discrete { format!("to_int(floor(cuts[{k}]))") } else { format!("cuts[{k}]") };
    // those of data only can be made whole numbers
    let data = if own.discrete { "data " } else { "" };
    let at = |form, outcome: &str| call(&own.family, form, outcome, &arguments);
    let (ty, drawn) = (if own.discrete { "int" } else { "real" }, at("rng", ""));
    format!(
        "real {name}_lpmf(int k, {data}vector cuts{signature}) {{
           int n = size(cuts);
           if (k <= 1) return {};
           if (k > n) return {};
           real up_to = {};
           if (up_to < log(0.5)) return log_diff_exp(up_to, {});
           return log_diff_exp({}, {});
         }}
         int {name}_rng({data}vector cuts{signature}) {{
           {ty} x = {drawn};
           int k = 1;
           for (n in 1 : size(cuts)) if (x > cuts[n]) k = n + 1;
           return k;
         }}",
        at("lcdf", &cut("1")),
        at("lccdf", &cut("n")),
        at("lcdf", &cut("k")),
        at("lcdf", &cut("k - 1")),
        at("lccdf", &cut("k - 1")),
        at("lccdf", &cut("k")),
    )
}
