//! A column that nothing uses, or a parameter with a prior of its own that nothing else depends on.
//!
//! Its factor integrates to one, so the outcome has the law that it had, and the other parameters have the posterior that they had.
//! The same change of a derivation is the same derivation for a table with one more column.

use super::draft::{Draft, verdict};
use super::sites::{Site, sites};
use super::{Augmentation, Augmented, Meaning, Relation, between, first_of};
use crate::derivation::{Derivation, Node, Part};
use crate::grammar::Grammar;
use crate::schema::{Column, ColumnKind, Schema};
use ppl_program::typed::Program;
use rand::Rng;

pub const AUGMENTATION: Augmentation = Augmentation {
    name: "irrelevant_variable",
    about: "there is a column, or a parameter, that nothing else depends on",
    relation: Relation::SameLaw,
    apply,
    derivation: Some(derivation),
};

fn apply(program: &Program, rng: &mut dyn Rng) -> Option<Augmented> {
    let first = verdict(program);
    let choice = between(rng, 0..=3);
    if choice > 1 {
        let mut draft = Draft::new(program);
        let name = draft.names.fresh("extra");
        let (ty, prior) = match choice {
            2 => ("real", "normal(0, 1)"),
            _ => ("real<lower=0>", "gamma(2, 2)"),
        };
        draft.parameter(&format!("{ty} {name};"))?;
        draft.model(&format!("{name} ~ {prior};"))?;
        return draft.finish(first, format!("there is a parameter `{name}` that nothing depends on"));
    }
    let observed = sites(program).into_iter().filter(Site::is_observed).collect();
    first_of(observed, rng, |site| {
        let mut draft = Draft::new(program);
        let rows = draft.sizes(site.variable()).first()?.clone();
        let of = draft.names.of(site.variable()).to_string();
        let name = draft.names.fresh(if choice == 0 { "x_extra" } else { "g_extra" });
        match choice {
            0 => draft.input(&format!("vector[{rows}] {name};"), &name, &of, Meaning::Column)?,
            _ => {
                let text = format!("array[{rows}] int<lower=1, upper=3> {name};");
                draft.input(&text, &name, &of, Meaning::Group)?;
            }
        }
        draft.finish(first, format!("there is a column `{name}` that nothing depends on"))
    })
}

/// The same derivation, for a table that has another column of numbers or groups.
fn derivation(
    _: &Grammar,
    schema: &Schema,
    derivation: &Derivation,
    rng: &mut dyn Rng,
) -> Option<(Schema, Derivation)> {
    let kind = if between(rng, 0..=1) == 0 { ColumnKind::Real } else { ColumnKind::Group };
    let name = (1..).map(|number| format!("{}{number}", kind.prefix())).find(|name| {
        // names of columns that are there stay as they are
        schema.columns.iter().all(|column| column.name != *name)
    })?;
    let place = schema.columns.iter().take_while(|column| column.kind <= kind).count();
    let mut wider = schema.clone();
    wider.columns.insert(place, Column { name, kind });
    let mut moved = derivation.clone();
    shift(&mut moved.root, place);
    Some((wider, moved))
}

fn shift(node: &mut Node, place: usize) {
    node.columns.iter_mut().filter(|column| **column >= place).for_each(|column| *column += 1);
    for part in &mut node.parts {
        match part {
            Part::Node(inner) => shift(inner, place),
            Part::Set(nodes) => nodes.iter_mut().for_each(|inner| shift(inner, place)),
            Part::Grade(_) => {}
        }
    }
}
