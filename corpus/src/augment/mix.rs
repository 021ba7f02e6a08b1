//! Each row is of one of two programs: the density of a row is `log_mix(weight, f, g)`, where f and g are those that the two programs give
//! it, each with parameters of its own.
//!
//! The second program of the augmentation is the first with another family or constant; [`mixed`] takes any two over the same data.

use super::draft::{Draft, Rows, verdict};
use super::sites::{Site, sites, uses};
use super::{Augmentation, Augmented, Relation, between, perturb_constants, swap_family};
use ppl_analysis::unparse::{Names, suffix};
use ppl_grammar::ast::{Statement, StatementKind};
use ppl_grammar::format;
use ppl_program::typed::{Form, Origin, Program, VarId};
use rand::Rng;

pub const AUGMENTATION: Augmentation = Augmentation {
    name: "mix",
    about: "each row is of one of two programs: the first, or one with another family or constant",
    relation: Relation::Mixture,
    apply,
    derivation: None,
};

fn apply(program: &Program, rng: &mut dyn Rng) -> Option<Augmented> {
    let mut changes = [swap_family::AUGMENTATION, perturb_constants::AUGMENTATION];
    changes.rotate_left(between(rng, 0..=1));
    let second = changes.iter().find_map(|change| {
        let changed = change.apply(program, rng)?;
        Some((ppl_program::check(&changed.program).ok()?.program, changed.what))
    });
    // where there is neither, the same program with other parameters
    let (second, what) = second.unwrap_or_else(|| (program.clone(), "parameters are others".to_string()));
    mixed(program, &second)?.finish(verdict(program), format!("some rows are of a program where {what}"))
}

/// A draft of the mixture; `None` where the programs have not one outcome in common, or no densities of rows that can be mixed.
pub fn mixed<'p>(first: &'p Program, second: &Program) -> Option<Draft<'p>> {
    let (one, other) = (only_site(first)?, only_site(second)?);
    let mut draft = Draft::new(first);
    let mut added = Draft::named(second, names_beside(second, &mut draft.names));
    share(&mut draft, &added)?;
    let (rows, others) = (draft.rows(&one)?, added.rows(&other)?);
    if rows.outcome != others.outcome || rows.index() != others.index() {
        return None;
    }
    let weight = draft.names.fresh("weight");
    let body = format!("target += log_mix({weight}, {}, {});", density(&one, &rows), density(&other, &others));
    match (one.loops.as_slice(), other.loops.as_slice()) {
        ([], []) => {
            draft.replace(one.number, ";")?;
            added.replace(other.number, ";")?;
            draft.syntax.model.as_mut()?.items.extend(added.syntax.model.take()?.items);
            draft.model(&rows.each(&body))?;
        }
        ([around], [beside]) if around.only_observes && beside.only_observes => {
            let same = draft.names.of(around.variable) == added.names.of(beside.variable)
                && draft.text(&around.lower) == added.text(&beside.lower)
                && draft.text(&around.upper) == added.text(&beside.upper);
            if !same {
                return None;
            }
            let (mut statements, header) = loop_of(&mut draft, &one, around.number)?;
            let (inner, _) = loop_of(&mut added, &other, beside.number)?;
            statements.extend(inner);
            statements.push(rows.each(&body));
            draft.syntax.model.as_mut()?.items.extend(added.syntax.model.take()?.items);
            draft.model(&format!("{header} {{ {} }}", statements.join("\n")))?;
        }
        _ => return None,
    }
    draft.parameter(&format!("real<lower=0, upper=1> {weight};"))?;
    draft.model(&format!("{weight} ~ beta(2, 2);"))?;
    draft.syntax.model.as_mut()?.items.retain(|s| s.kind != StatementKind::Skip);
    Some(draft)
}

/// The one density of data, which is about one outcome that nothing else reads.
fn only_site(program: &Program) -> Option<Site> {
    let mut observed = sites(program).into_iter().filter(Site::is_observed);
    let site = observed.next().filter(|s| s.is_scalar() && !s.truncated && !s.conditional)?;
    (observed.next().is_none() && uses(program, site.variable()) == 1).then_some(site)
}

/// Names for what is not data, beside those of the first program.
fn names_beside(second: &Program, taken: &mut Names) -> Names {
    let mut names = Names::new(second);
    for (place, variable) in second.variables.iter().enumerate() {
        let id = VarId(place as u32);
        let own = matches!(variable.origin, Origin::Parameter | Origin::TransformedParameter)
            || (variable.origin == Origin::Local && !is_in_function(second, id));
        if own {
            let name = taken.fresh(&format!("{}_b", names.of(id)));
            names.rename(id, name);
        }
    }
    names
}

fn is_in_function(program: &Program, id: VarId) -> bool {
    let mut own = Vec::new();
    for function in &program.functions {
        function.body.iter().for_each(|s| ppl_analysis::unparse::declared(s, &mut own));
    }
    own.contains(&id)
}

/// Adds all of the second program but its model block. Functions and transformed data must be those of the first, or there must be none.
fn share(draft: &mut Draft, added: &Draft) -> Option<()> {
    let mut other = added.syntax.clone();
    ppl_grammar::walk::erase_spans(&mut other);
    let mut own = draft.syntax.clone();
    ppl_grammar::walk::erase_spans(&mut own);
    let same = |a: bool, is_none: bool| (a || is_none).then_some(());
    same(own.functions == other.functions, other.functions.is_none())?;
    same(own.transformed_data == other.transformed_data, other.transformed_data.is_none())?;
    let text = |s: &Statement| format::statement(s);
    let known: Vec<String> = own.data.iter().flat_map(|block| block.items.iter().map(text)).collect();
    for statement in other.data.iter().flat_map(|block| &block.items) {
        if !known.contains(&text(statement)) {
            // of the same name but another type: the check will say so
            draft.data(&text(statement))?;
        }
    }
    for statement in other.parameters.iter().flat_map(|block| &block.items) {
        draft.parameter(&text(statement))?;
    }
    if let Some(block) = other.transformed_parameters {
        match &mut draft.syntax.transformed_parameters {
            Some(own) => own.items.extend(block.items),
            none => *none = Some(block),
        }
    }
    Some(())
}

/// `f_lpdf(y | arguments)` of a row.
fn density(site: &Site, rows: &Rows) -> String {
    format!("{}{}({} | {})", site.family, suffix(&site.family, Form::Log), rows.outcome, rows.arguments.join(", "))
}

/// What a loop around a site does besides, and its header; the loop is taken out.
fn loop_of(draft: &mut Draft, site: &Site, number: usize) -> Option<(Vec<String>, String)> {
    draft.replace(site.number, ";")?;
    let StatementKind::For { variable, lower, upper, body } = draft.statement(number)?.kind.clone() else {
        return None;
    };
    let header = format!("for ({} in {} : {})", variable.name, format::expression(&lower), format::expression(&upper));
    let items = match body.kind {
        StatementKind::Block(items) => items,
        _ => vec![*body],
    };
    let texts = items.iter().filter(|s| s.kind != StatementKind::Skip).map(format::statement).collect();
    draft.replace(number, ";")?;
    Some((texts, header))
}
