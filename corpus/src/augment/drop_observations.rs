//! The last rows are not observed: of N rows, the last one in two to five have no density.
//!
//! The density of the second program is that of the first without the factors of these rows. Their outcomes are then covariates that
//! nothing uses, or, where later rows depend on them, given.

use super::draft::{Draft, verdict};
use super::sites::{Site, is_whole, sites};
use super::{Augmentation, Augmented, Relation, between, first_of};
use ppl_program::typed::{ExprKind, Program, Type};
use rand::Rng;

pub const AUGMENTATION: Augmentation = Augmentation {
    name: "drop_observations",
    about: "the last rows of an outcome are not observed",
    relation: Relation::FewerRows,
    apply,
    derivation: None,
};

fn apply(program: &Program, rng: &mut dyn Rng) -> Option<Augmented> {
    let first = verdict(program);
    let share = between(rng, 2..=5);
    // where data decide which density a row has, one of them without the others is none
    let observed = sites(program).into_iter().filter(|site| site.is_observed() && !site.conditional).collect();
    first_of(observed, rng, |site| {
        let what = format!("of `{}`, the last row in {share} is not observed", program.variable(site.variable()).name);
        let ways = [shorter_loop, skipped, shorter_rows, shorter_list];
        ways.iter().find_map(|way| way(Draft::new(program), site, share)?.finish(first, what.clone()))
    })
}

/// The number of rows that are kept, of `count`.
fn kept(draft: &mut Draft, count: &str, share: usize) -> Option<String> {
    let name = draft.names.fresh("n_kept");
    draft.transformed_data(&format!("int {name} = {count} - ({count}) %/% {share};"))?;
    Some(name)
}

/// A loop that does nothing but give densities to rows ends earlier.
fn shorter_loop<'p>(mut draft: Draft<'p>, site: &Site, share: usize) -> Option<Draft<'p>> {
    let outer = site.loops.first().filter(|l| l.only_observes && l.lower.kind == ExprKind::Int(1))?;
    let count = draft.text(&outer.upper);
    let name = kept(&mut draft, &count, share)?;
    match &mut draft.statement(outer.number)?.kind {
        ppl_grammar::ast::StatementKind::For { upper, .. } => *upper = ppl_analysis::build::variable(&name),
        _ => return None,
    }
    Some(draft)
}

/// A row of a loop has a density only if it is among the first.
fn skipped<'p>(mut draft: Draft<'p>, site: &Site, share: usize) -> Option<Draft<'p>> {
    let outer = site.loops.first().filter(|l| l.lower.kind == ExprKind::Int(1))?;
    let (count, index) = (draft.text(&outer.upper), draft.names.of(outer.variable).to_string());
    let name = kept(&mut draft, &count, share)?;
    let statement = ppl_grammar::format::statement(draft.statement(site.number)?);
    draft.replace(site.number, &format!("if ({index} <= {name}) {{ {statement} }}"))?;
    Some(draft)
}

/// A list of numbers becomes a loop over the first of them.
fn shorter_rows<'p>(mut draft: Draft<'p>, site: &Site, share: usize) -> Option<Draft<'p>> {
    if site.truncated {
        return None;
    }
    let rows = draft.rows(site)?;
    let count = rows.count()?.to_string();
    let name = kept(&mut draft, &count, share)?;
    let body = format!("{} ~ {}({});", rows.outcome, site.family, rows.arguments.join(", "));
    draft.replace(site.number, &rows.up_to(&name, &body)?)?;
    Some(draft)
}

/// A list of vectors, of categories, or of outcomes of a regression is cut, and so are the arguments that have an element for each of them.
fn shorter_list<'p>(mut draft: Draft<'p>, site: &Site, share: usize) -> Option<Draft<'p>> {
    if !site.tilde || site.truncated || !is_whole(&site.outcome) || !site.loops.is_empty() {
        return None;
    }
    if site.is_scalar() {
        return None;
    }
    let cut_too: Vec<usize> = match &site.outcome.ty {
        // rows of a regression's matrix, and numbers of trials before it
        _ if site.family.ends_with("_glm") => (0..if site.family.starts_with("binomial") { 2 } else { 1 }).collect(),
        Type::Array(element, 1) => match **element {
            Type::Int if site.family.starts_with("ordered_") => vec![0],
            // probabilities are those of all rows
            Type::Int if site.family.starts_with("categorical") => Vec::new(),
            // counts of one density
            Type::Int => return None,
            _ => (0..site.arguments.len()).filter(|&k| matches!(site.arguments[k].ty, Type::Array(..))).collect(),
        },
        // a vector of one density
        _ => return None,
    };
    let count = draft.sizes(site.variable()).first()?.clone();
    let name = kept(&mut draft, &count, share)?;
    let cut = |text: String| format!("({text})[1 : {name}]");
    let mut arguments: Vec<String> = site.arguments.iter().map(|a| draft.text(a)).collect();
    for place in cut_too {
        let argument = arguments.get_mut(place)?;
        // one number may stand for all rows
        if site.arguments[place].ty.is_real_scalar() || site.arguments[place].ty == Type::Int {
            continue;
        }
        *argument = cut(std::mem::take(argument));
    }
    let outcome = cut(draft.text(&site.outcome));
    draft.replace(site.number, &format!("target += {}({outcome} | {});", density(site), arguments.join(", ")))?;
    Some(draft)
}

fn density(site: &Site) -> String {
    format!("{}{}", site.family, ppl_analysis::unparse::suffix(&site.family, ppl_program::typed::Form::Log))
}
