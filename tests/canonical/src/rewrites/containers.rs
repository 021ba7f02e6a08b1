//! Data and parameters in other containers: arrays of real numbers and row vectors for vectors.

use crate::dice::Dice;
use crate::places::each_value;
use crate::syntax::{call, transpose};
use ppl_grammar::ast::{Expr, ExprKind, Index, Program, SizedType, SizedTypeKind, StatementKind};

/// Declares some vectors as arrays or row vectors, and converts them where they are used.
pub fn exchange(program: &mut Program, dice: &mut Dice) -> bool {
    let mut changed: Vec<(String, bool)> = Vec::new();
    for block in [&mut program.data, &mut program.parameters].into_iter().flatten() {
        for s in &mut block.items {
            if let StatementKind::Declare { ty, variables, .. } = &mut s.kind
                && let SizedTypeKind::Vector(n) = &ty.kind
                && dice.chance(0.6)
            {
                let row = dice.chance(0.4);
                let n = n.clone();
                let transform = std::mem::take(&mut ty.transform);
                let kind = |kind| SizedType { kind, transform, span: Default::default() };
                *ty = match row {
                    true => kind(SizedTypeKind::RowVector(n)),
                    false => {
                        let element = kind(SizedTypeKind::Real);
                        let kind = SizedTypeKind::Array(Box::new(element), vec![n]);
                        SizedType { kind, transform: Default::default(), span: Default::default() }
                    }
                };
                changed.extend(variables.iter().map(|(name, _)| (name.name.clone(), row)));
            }
        }
    }
    each_value(program, &mut |e| convert(e, &changed));
    !changed.is_empty()
}

/// Puts a conversion around every use of a whole or a stretch of what has changed.
fn convert(e: &mut Expr, changed: &[(String, bool)]) {
    let own = |e: &Expr| match &e.kind {
        ExprKind::Variable(name) => changed.iter().find(|(other, _)| other == name).map(|(_, row)| *row),
        _ => None,
    };
    let converted = |e: &Expr, row: bool| if row { transpose(e.clone()) } else { call("to_vector", vec![e.clone()]) };
    crate::places::replace(e, &mut |e| match &e.kind {
        ExprKind::Variable(_) => own(e).map(|row| converted(e, row)),
        ExprKind::Index { base, indices } => {
            let row = own(base)?;
            let one = matches!(indices.as_slice(), [Index::Single(place)] if is_scalar_place(place));
            Some(if one { e.clone() } else { converted(e, row) })
        }
        _ => None,
    });
}

/// Whether an index is a number: in these programs lists of indices are named `g...`, or picked from these.
fn is_scalar_place(place: &Expr) -> bool {
    match &place.kind {
        ExprKind::Variable(name) => !name.starts_with('g'),
        ExprKind::Index { indices, .. } => matches!(indices.as_slice(), [Index::Single(_)]),
        _ => true,
    }
}
