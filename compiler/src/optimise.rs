//! Passes that make code faster and change nothing it computes. They run before differentiation, so that the reverse sweep
//! profits too: what leaves a loop is differentiated once.

use crate::differentiate::{definitions, uses};
use crate::ir::*;
use crate::kernel::Operand;
use std::collections::HashSet;

/// Moves computations that do not change out of loops.
///
/// Only operations that run in every iteration of a loop that certainly runs are moved, and only ones that cannot fail: what is moved
/// would have been computed anyway, at the same point, so no value or derivative appears that was not there before.
pub fn hoist(f: &mut Function) {
    let constants = int_constants(&f.body);
    let mut body = std::mem::take(&mut f.body);
    hoist_region(&mut body, f, &constants);
    f.body = body;
}

fn hoist_region(region: &mut Region, f: &Function, constants: &[(V, i64)]) {
    let mut ops = Vec::with_capacity(region.ops.len());
    for mut op in std::mem::take(&mut region.ops) {
        match &mut op {
            Op::For(l) => {
                hoist_region(&mut l.body, f, constants);
                if certainly_runs(l, constants) {
                    ops.extend(take_invariant(l, f));
                }
            }
            Op::While(l) => hoist_region(&mut l.body, f, constants),
            Op::If(i) => {
                hoist_region(&mut i.then, f, constants);
                hoist_region(&mut i.otherwise, f, constants);
            }
            _ => {}
        }
        ops.push(op);
    }
    region.ops = ops;
}

/// Integer constants anywhere in the function.
fn int_constants(region: &Region) -> Vec<(V, i64)> {
    let mut out = Vec::new();
    each_op(region, &mut |op| {
        if let Op::Int(v, x) = op {
            out.push((*v, *x));
        }
    });
    out.sort();
    out
}

fn certainly_runs(l: &For, constants: &[(V, i64)]) -> bool {
    let value = |v: V| constants.binary_search_by_key(&v, |c| c.0).ok().map(|i| constants[i].1);
    matches!((value(l.lower), value(l.upper)), (Some(a), Some(b)) if a <= b)
}

/// Removes the invariant operations of a loop body and gives them in order.
fn take_invariant(l: &mut For, f: &Function) -> Vec<Op> {
    let mut inside: HashSet<V> = HashSet::from([l.index]);
    let mut cells = HashSet::new();
    let mut buffers = HashSet::new();
    each_op(&l.body, &mut |op| {
        inside.extend(definitions(op));
        match op {
            Op::Set(cell, _) => {
                cells.insert(*cell);
            }
            Op::For(inner) => {
                inside.insert(inner.index);
            }
            Op::While(inner) => {
                cells.insert(inner.count);
            }
            Op::Store { buffer, .. } => {
                buffers.insert(*buffer);
            }
            Op::Fill { to, .. } | Op::Copy { to, .. } => {
                buffers.insert(to.buffer);
            }
            Op::Call(call) => {
                buffers.extend(call.outputs().iter().filter_map(Operand::view).map(|view| view.buffer));
            }
            _ => {}
        }
    });
    let mut moved = Vec::new();
    let mut kept = Vec::with_capacity(l.body.ops.len());
    for op in std::mem::take(&mut l.body.ops) {
        let pure = match &op {
            Op::Real(..) | Op::Int(..) | Op::Unary(..) | Op::Binary(..) | Op::IntToReal(..) | Op::Compare { .. } => {
                true
            }
            Op::Get(_, cell) => !cells.contains(cell),
            // A constant position was checked when the code was made.
            Op::Load { buffer, at, .. } => {
                let own_frame = f.buf(*buffer).home == Home::Frame(l.id);
                at.terms.is_empty() && !buffers.contains(buffer) && !own_frame
            }
            _ => false,
        };
        if pure && uses(&op).iter().all(|v| !inside.contains(v)) {
            for v in definitions(&op) {
                inside.remove(&v);
            }
            moved.push(op);
        } else {
            kept.push(op);
        }
    }
    l.body.ops = kept;
    moved
}

fn each_op(region: &Region, f: &mut impl FnMut(&Op)) {
    for op in &region.ops {
        f(op);
        match op {
            Op::For(l) => each_op(&l.body, f),
            Op::While(l) => each_op(&l.body, f),
            Op::If(i) => {
                each_op(&i.then, f);
                each_op(&i.otherwise, f);
            }
            _ => {}
        }
    }
}
