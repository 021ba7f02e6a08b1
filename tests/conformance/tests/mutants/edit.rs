//! Changes of functions of the intermediate representation: the tools that mutants are made with.

use ppl_compiler::differentiate::differentiate;
use ppl_compiler::ir::*;
use ppl_compiler::kernel::Call;
use std::collections::{HashMap, HashSet};

/// Makes new values and buffers while the body of the function is being changed.
pub struct Fresh<'a> {
    values: &'a mut Vec<Ty>,
    buffers: &'a mut Vec<Buffer>,
}

impl Fresh<'_> {
    pub fn value(&mut self, ty: Ty) -> V {
        self.values.push(ty);
        V(self.values.len() as u32 - 1)
    }

    /// A buffer that nothing reads, as large as this one.
    fn scratch(&mut self, like: BufferId) -> BufferId {
        let buffer = Buffer { home: Home::Static, ..self.buffers[like.0 as usize].clone() };
        self.buffers.push(buffer);
        BufferId(self.buffers.len() as u32 - 1)
    }

    pub fn ty(&self, v: V) -> Ty {
        self.values[v.0 as usize]
    }
}

/// Where a list of operations stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The outermost operations of a sweep.
    Sweep,
    /// The body of a loop, or a branch.
    Inner,
}

/// Applies `edit` to every region, inner ones first.
pub fn regions(ops: &mut Vec<Op>, place: Place, edit: &mut impl FnMut(&mut Vec<Op>, Place)) {
    for op in ops.iter_mut() {
        match op {
            Op::For(l) => regions(&mut l.body.ops, Place::Inner, edit),
            Op::While(l) => regions(&mut l.body.ops, Place::Inner, edit),
            Op::If(i) => {
                regions(&mut i.then.ops, Place::Inner, edit);
                regions(&mut i.otherwise.ops, Place::Inner, edit);
            }
            _ => {}
        }
    }
    edit(ops, place);
}

/// Applies `edit` to every operation, inner ones first.
pub fn each(ops: &mut Vec<Op>, edit: &mut impl FnMut(&mut Op)) {
    regions(ops, Place::Sweep, &mut |ops, _| ops.iter_mut().for_each(&mut *edit));
}

/// The gradient function with its two sweeps changed by `forward` and `reverse`.
pub fn sweeps(
    mut f: Function,
    forward: impl FnOnce(&mut Vec<Op>, &mut Fresh),
    reverse: impl FnOnce(&mut Vec<Op>, &mut Fresh),
) -> Function {
    let mut ops = std::mem::take(&mut f.body.ops);
    let start = ops.iter().position(|op| matches!(op, Op::Reverse)).expect("a gradient function has a reverse sweep");
    let mut second = ops.split_off(start);
    let mut fresh = Fresh { values: &mut f.values, buffers: &mut f.buffers };
    forward(&mut ops, &mut fresh);
    reverse(&mut second, &mut fresh);
    ops.extend(second);
    f.body.ops = ops;
    f
}

/// The gradient function of `f` with every region of its reverse sweep changed by `edit`.
pub fn reverse_regions(f: &Function, mut edit: impl FnMut(&mut Vec<Op>, Place, &mut Fresh)) -> Function {
    let keep = |_: &mut Vec<Op>, _: &mut Fresh| {};
    sweeps(differentiate(f), keep, |ops, fresh| regions(ops, Place::Sweep, &mut |ops, place| edit(ops, place, fresh)))
}

/// The gradient function in which the operations that `disguise` replaces have the derivative of their replacements: the source is
/// differentiated with the replacements, then the originals are put back into the forward sweep. A replacement defines the
/// same value as the original.
pub fn with_rule_of(f: &Function, disguise: impl Fn(&Op) -> Option<Op>) -> Function {
    let mut originals: HashMap<V, Op> = HashMap::new();
    let mut source = f.clone();
    each(&mut source.body.ops, &mut |op| {
        let (Op::Unary(out, ..) | Op::Binary(out, ..)) = *op else { return };
        if let Some(other) = disguise(op) {
            originals.insert(out, std::mem::replace(op, other));
        }
    });
    let restore = |ops: &mut Vec<Op>, _: &mut Fresh| {
        each(ops, &mut |op| {
            if let Op::Unary(out, ..) | Op::Binary(out, ..) = op
                && let Some(original) = originals.remove(out)
            {
                *op = original;
            }
        })
    };
    sweeps(differentiate(&source), restore, |_, _| {})
}

/// Values that are the constant zero in this region.
pub fn zeros(ops: &[Op]) -> HashSet<V> {
    ops.iter().filter_map(|op| if let Op::Real(v, 0.0) = op { Some(*v) } else { None }).collect()
}

/// Number of operations at the start of a region of the reverse sweep that set its own adjoints to zero.
pub fn prologue(ops: &[Op]) -> usize {
    let skipped = ops.iter().take_while(|op| matches!(op, Op::Reverse)).count();
    let Some(Op::Real(zero, 0.0)) = ops.get(skipped) else { return skipped };
    let sets = |op: &&Op| matches!(op, Op::Set(_, v) | Op::Fill { value: v, .. } if v == zero);
    skipped + 1 + ops[skipped + 1..].iter().take_while(sets).count()
}

/// All calls of a function.
pub fn calls(f: &Function) -> Vec<Call> {
    let mut all = Vec::new();
    each(&mut f.body.ops.clone(), &mut |op| {
        if let Op::Call(call) = op {
            all.push((**call).clone());
        }
    });
    all
}

/// Lets an argument receive its adjoint where nothing reads it. Where it was to define a value, that is zero: the definition to put
/// before the call.
pub fn drop_adjoint(argument: &mut Argument, fresh: &mut Fresh) -> Option<Op> {
    match argument {
        Argument::Out(v) => {
            let zero = Op::Real(*v, 0.0);
            *argument = Argument::Out(fresh.value(Ty::F64));
            Some(zero)
        }
        Argument::Pointer(view) => {
            view.buffer = fresh.scratch(view.buffer);
            None
        }
        _ => None,
    }
}
