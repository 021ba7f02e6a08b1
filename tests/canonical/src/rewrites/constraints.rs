//! Constraints that say nothing new, and other parametrisations of the unconstrained space.

use crate::dice::Dice;
use crate::syntax::{call, int, real};
use ppl_grammar::ast::{Expr, Program, SizedType, SizedTypeKind, StatementKind};

/// Adds constraints: of data any that hold, of parameters only infinite ones, offsets and multipliers.
pub fn add(program: &mut Program, dice: &mut Dice) -> bool {
    let mut changed = false;
    for s in program.data.iter_mut().flat_map(|b| &mut b.items) {
        if let StatementKind::Declare { ty, .. } = &mut s.kind
            && dice.chance(0.5)
        {
            changed |= of_data(element(ty), dice);
        }
    }
    for s in program.parameters.iter_mut().flat_map(|b| &mut b.items) {
        if let StatementKind::Declare { ty, .. } = &mut s.kind
            && dice.chance(0.5)
        {
            changed |= of_parameter(element(ty), dice);
        }
    }
    changed
}

fn element(ty: &mut SizedType) -> &mut SizedType {
    match ty.kind {
        SizedTypeKind::Array(..) => match &mut ty.kind {
            SizedTypeKind::Array(inner, _) => inner,
            _ => unreachable!("an array"),
        },
        _ => ty,
    }
}

fn boxed(e: Expr) -> Option<Box<Expr>> {
    Some(Box::new(e))
}

fn of_data(ty: &mut SizedType, dice: &mut Dice) -> bool {
    let t = &mut ty.transform;
    match (&ty.kind, t.lower.is_some()) {
        (_, true) if dice.chance(0.5) => t.lower = None,
        (SizedTypeKind::Int, false) => t.lower = boxed(int(0)),
        (SizedTypeKind::Vector(_) | SizedTypeKind::Matrix(..) | SizedTypeKind::Real, false) => {
            t.lower = boxed(int(-100));
            t.upper = boxed(real("1e3"));
        }
        _ => return false,
    }
    true
}

fn of_parameter(ty: &mut SizedType, dice: &mut Dice) -> bool {
    let t = &mut ty.transform;
    let infinite = |sign: &str| boxed(call(&format!("{sign}_infinity"), Vec::new()));
    match (t.lower.is_some(), t.upper.is_some()) {
        (true, false) => t.upper = infinite("positive"),
        (false, false) if t.offset.is_none() && t.multiplier.is_none() => match dice.below(4) {
            0 => t.lower = infinite("negative"),
            1 => t.upper = infinite("positive"),
            2 => t.offset = boxed(real("1.5")),
            _ => {
                t.offset = boxed(int(2));
                t.multiplier = boxed(real("0.3"));
            }
        },
        _ => return false,
    }
    true
}
