//! Wrong differentiations. Each breaks one rule; what it returns is what [`differentiate`] would with that mistake in it.
//!
//! None of them changes an integer of the reverse sweep unless every address it can reach lies within its buffer: mutants compute
//! wrong numbers, they do not read or write elsewhere.

use crate::edit::*;
use ppl_compiler::differentiate::differentiate;
use ppl_compiler::ir::*;
use ppl_compiler::kernel::{Address, Call, Slot};
use ppl_compiler::opaque;
use ppl_compiler::scalar::{Binary, Unary};
use ppl_runtime::math;
use std::collections::{HashMap, HashSet};

pub struct Mutant {
    /// What it does wrong.
    pub mistake: &'static str,
    pub differentiate: fn(&Function) -> Function,
}

const fn mutant(mistake: &'static str, differentiate: fn(&Function) -> Function) -> Mutant {
    Mutant { mistake, differentiate }
}

pub const MUTANTS: &[Mutant] = &[
    // scalar rules
    mutant("subtract: the second argument's adjoint has the wrong sign", |f| binary_as(f, "subtract", Binary::Add)),
    mutant("multiply: adjoints without the other factor", |f| binary_as(f, "multiply", Binary::Add)),
    mutant("divide: the divisor's adjoint is that of a factor", |f| binary_as(f, "divide", Binary::Mul)),
    mutant("exp: derivative of another function", |f| unary_as(f, "exp", Unary::Expm1)),
    mutant("log: derivative of another function", |f| unary_as(f, "log", Unary::Log1p)),
    mutant("inv_logit: derivative of another function", |f| unary_as(f, "inv_logit", Unary::Tanh)),
    mutant("tanh: derivative of another function", |f| unary_as(f, "tanh", Unary::InvLogit)),
    mutant("library functions of one argument: the value in place of the derivative", library_value_for_slope),
    mutant("library functions of two arguments: partials swapped", library_partials_swapped),
    mutant("target: the log Jacobian adds no adjoint", without_jacobian),
    // storage
    mutant("overwritten element: its adjoint is not zeroed", element_not_zeroed),
    mutant("overwritten slice: its adjoint is not zeroed", slice_not_zeroed),
    mutant("assigned variable: its adjoint is not zeroed", variable_not_zeroed),
    mutant("element: its adjoint is replaced instead of added to", element_replaced),
    mutant("slice: its adjoint is replaced instead of added to", slice_replaced),
    mutant("variable: its adjoint is replaced instead of added to", variable_replaced),
    mutant("saved variable: the reverse sweep sees its later value", saved_late),
    mutant("kept array: the reverse sweep reads the array as overwritten", not_kept),
    // control
    mutant("for: iterations reversed in the order they ran", loop_not_reversed),
    mutant("loop: adjoints of an iteration's values are not zeroed", iteration_not_zeroed),
    mutant("if: the reverse sweep takes the first branch", first_branch),
    // calls
    mutant("multiply: no adjoint of the second matrix or vector", |f| kernel_without(f, "multiply", 1)),
    mutant("dot_product: no adjoint of the second vector", |f| kernel_without(f, "dot_product", 1)),
    mutant("gather: no adjoint of the vector", |f| kernel_without(f, "gather", 0)),
    mutant("cholesky_decompose: no adjoint of the matrix", |f| kernel_without(f, "cholesky_decompose", 0)),
    mutant("elementwise functions: no adjoint of the argument", |f| kernel_without(f, "unary", 0)),
    mutant("elementwise operators: no adjoint of the second operand", |f| kernel_without(f, "binary", 1)),
    mutant("normal: no partial of the outcome", |f| density_without(f, "normal", 0)),
    mutant("normal: no partial of the location", |f| density_without(f, "normal", 1)),
    mutant("normal: no partial of the scale", |f| density_without(f, "normal", 2)),
    mutant("densities: partials are not multiplied by the adjoint", density_unscaled),
    mutant("library calls: no adjoint of the first argument", library_call_without),
];

// ---- scalar rules ----------------------------------------------------------------------------------------------------

fn binary_as(f: &Function, name: &str, rule: Binary) -> Function {
    with_rule_of(f, |op| match op {
        Op::Binary(out, function, x, y) if function.name() == name => Some(Op::Binary(*out, rule, *x, *y)),
        _ => None,
    })
}

fn unary_as(f: &Function, name: &str, rule: Unary) -> Function {
    with_rule_of(f, |op| match op {
        Op::Unary(out, function, x) if function.name() == name => Some(Op::Unary(*out, rule, *x)),
        _ => None,
    })
}

fn library_value_for_slope(f: &Function) -> Function {
    static WRONG: math::Unary = math::Unary { name: "wrong", value: |x| x, derivative: |_, y| y };
    with_rule_of(f, |op| match op {
        Op::Unary(out, Unary::Library(_), x) => Some(Op::Unary(*out, Unary::Library(&WRONG), *x)),
        _ => None,
    })
}

fn library_partials_swapped(f: &Function) -> Function {
    with_rule_of(f, |op| match op {
        Op::Binary(out, Binary::Library(right), x, y) => {
            // The code refers to it for as long as it lives.
            let wrong = Box::leak(Box::new(math::Binary { d_left: right.d_right, d_right: right.d_left, ..**right }));
            Some(Op::Binary(*out, Binary::Library(wrong), *x, *y))
        }
        _ => None,
    })
}

fn without_jacobian(f: &Function) -> Function {
    // A cell that nothing reads stands for the log Jacobian while the function is differentiated.
    let mut source = f.clone();
    let unread = source.cell(Ty::F64);
    each(&mut source.body.ops, &mut |op| {
        if let Op::AddJacobian(v) = op {
            *op = Op::Set(unread, *v);
        }
    });
    let restore = |ops: &mut Vec<Op>, _: &mut Fresh| {
        each(ops, &mut |op| {
            if let Op::Set(cell, v) = op
                && *cell == unread
            {
                *op = Op::AddJacobian(*v);
            }
        })
    };
    sweeps(differentiate(&source), restore, |_, _| {})
}

// ---- storage ---------------------------------------------------------------------------------------------------------

/// Removes operations behind the start of each region of the reverse sweep.
fn reverse_without(f: &Function, remove: impl Fn(&Op, &HashSet<V>) -> bool) -> Function {
    reverse_regions(f, |ops, _, _| {
        let (start, zero) = (prologue(ops), zeros(ops));
        let mut position = 0;
        ops.retain(|op| {
            position += 1;
            position <= start || !remove(op, &zero)
        });
    })
}

fn element_not_zeroed(f: &Function) -> Function {
    reverse_without(f, |op, zero| matches!(op, Op::Store { value, .. } if zero.contains(value)))
}

fn slice_not_zeroed(f: &Function) -> Function {
    reverse_without(f, |op, zero| matches!(op, Op::Fill { value, .. } if zero.contains(value)))
}

fn variable_not_zeroed(f: &Function) -> Function {
    reverse_without(f, |op, zero| matches!(op, Op::Set(_, value) if zero.contains(value)))
}

/// What is added, for each sum `old + g` of a value that `reads` says is an old adjoint.
fn added(ops: &[Op], reads: impl Fn(&Op) -> Option<V>) -> HashMap<V, V> {
    let old: HashSet<V> = ops.iter().filter_map(reads).collect();
    ops.iter()
        .filter_map(|op| match op {
            Op::Binary(sum, Binary::Add, x, g) if old.contains(x) => Some((*sum, *g)),
            _ => None,
        })
        .collect()
}

fn element_replaced(f: &Function) -> Function {
    reverse_regions(f, |ops, _, _| {
        let sums = added(ops, |op| if let Op::Load { out, .. } = op { Some(*out) } else { None });
        for op in ops {
            if let Op::Store { value, .. } = op {
                *value = *sums.get(value).unwrap_or(value);
            }
        }
    })
}

fn slice_replaced(f: &Function) -> Function {
    reverse_regions(f, |ops, _, _| {
        for op in ops {
            if let Op::Accumulate { to, from, scale: None } = op {
                *op = Op::Copy { to: to.clone(), from: from.clone() };
            }
        }
    })
}

fn variable_replaced(f: &Function) -> Function {
    reverse_regions(f, |ops, _, _| {
        let sums = added(ops, |op| if let Op::Get(out, _) = op { Some(*out) } else { None });
        for op in ops {
            if let Op::Set(_, value) = op {
                *value = *sums.get(value).unwrap_or(value);
            }
        }
    })
}

fn saved_late(f: &Function) -> Function {
    let late = |ops: &mut Vec<Op>, fresh: &mut Fresh| {
        regions(ops, Place::Sweep, &mut |ops, _| {
            let cells: HashMap<V, Cell> =
                ops.iter().filter_map(|op| if let Op::Get(v, cell) = op { Some((*v, *cell)) } else { None }).collect();
            let mut end = Vec::new();
            ops.retain(|op| match op {
                Op::Save { frame, slot, value } if fresh.ty(*value) == Ty::F64 && cells.contains_key(value) => {
                    let later = fresh.value(Ty::F64);
                    end.push(Op::Get(later, cells[value]));
                    end.push(Op::Save { frame: *frame, slot: *slot, value: later });
                    false
                }
                _ => true,
            });
            ops.extend(end);
        })
    };
    sweeps(differentiate(f), late, |_, _| {})
}

fn not_kept(f: &Function) -> Function {
    let gradient = differentiate(f);
    // Copies that the source does not have, with their originals where those stand at a place that the reverse sweep knows.
    let mut kept: HashMap<BufferId, View> = HashMap::new();
    each(&mut gradient.body.ops.clone(), &mut |op| {
        if let Op::Copy { to, from } = op
            && to.buffer.0 as usize >= f.buffers.len()
            && from.at.terms.is_empty()
        {
            kept.insert(to.buffer, from.clone());
        }
    });
    let read = |argument: &mut Argument| {
        if let Argument::Pointer(view) = argument
            && let Some(original) = kept.get(&view.buffer)
        {
            *view = original.clone();
        }
    };
    sweeps(
        gradient,
        |_, _| {},
        |ops, _| {
            each(ops, &mut |op| {
                let Op::Raw(raw) = op else { return };
                for argument in &mut raw.arguments {
                    match argument {
                        Argument::Pointers(all) => all.iter_mut().for_each(read),
                        argument => read(argument),
                    }
                }
            })
        },
    )
}

// ---- control ---------------------------------------------------------------------------------------------------------

fn loop_not_reversed(f: &Function) -> Function {
    let mut ops = Vec::new();
    reverse_regions(f, |region, _, fresh| {
        for op in region {
            let Op::For(l) = op else { continue };
            if !steady(&l.body.ops, fresh) {
                continue;
            }
            // Counts down as before, and means the index on the other side.
            let (counter, sum) = (fresh.value(Ty::I64), fresh.value(Ty::I64));
            let index = std::mem::replace(&mut l.index, counter);
            ops.clear();
            ops.push(int(IntOp::Add, sum, l.lower, l.upper));
            ops.push(int(IntOp::Sub, index, sum, counter));
            l.body.ops.splice(0..0, ops.drain(..));
        }
    })
}

fn int(op: IntOp, out: V, left: V, right: V) -> Op {
    Op::IntBinary { out, op, left, right, site: Site(0) }
}

/// Whether integers in the body depend on nothing but indexes and data: then any index of the loop is as good as another.
fn steady(ops: &[Op], fresh: &Fresh) -> bool {
    ops.iter().all(|op| match op {
        Op::Restore { out, .. } => fresh.ty(*out) == Ty::F64,
        Op::For(_) | Op::While(_) | Op::If(_) => false,
        _ => true,
    })
}

fn iteration_not_zeroed(f: &Function) -> Function {
    reverse_regions(f, |ops, place, _| {
        if place == Place::Inner {
            // The constant may serve others.
            let start = prologue(ops);
            ops.drain(start.min(1)..start);
        }
    })
}

fn first_branch(f: &Function) -> Function {
    reverse_regions(f, |ops, _, fresh| {
        let always = fresh.value(Ty::I64);
        let mut any = false;
        for op in ops.iter_mut() {
            let Op::If(i) = op else { continue };
            if steady(&i.then.ops, fresh) && fixed(&i.then.ops) {
                i.condition = always;
                any = true;
            }
        }
        if any {
            ops.insert(0, Op::Int(always, 1));
        }
    })
}

/// Whether all addresses are constant, so that the operations may run where they would not have.
fn fixed(ops: &[Op]) -> bool {
    let pointer = |a: &Argument| !matches!(a, Argument::Pointer(view) if !view.at.terms.is_empty());
    ops.iter().all(|op| match op {
        Op::Load { at, .. } | Op::Store { at, .. } => at.terms.is_empty(),
        Op::Fill { to, .. } => to.at.terms.is_empty(),
        Op::Sum { from, .. } => from.at.terms.is_empty(),
        Op::Copy { to, from } | Op::Accumulate { to, from, .. } => to.at.terms.is_empty() && from.at.terms.is_empty(),
        Op::Raw(raw) => raw.arguments.iter().all(|a| match a {
            Argument::Pointers(all) => all.iter().all(pointer),
            a => pointer(a),
        }),
        _ => true,
    })
}

// ---- calls -----------------------------------------------------------------------------------------------------------

/// Drops the adjoints that the arguments which `which` finds receive from raw calls.
fn raw_without(ops: &mut Vec<Op>, fresh: &mut Fresh, which: impl Fn(&mut Raw) -> Option<&mut Argument>) {
    regions(ops, Place::Sweep, &mut |ops, _| {
        let mut i = 0;
        while i < ops.len() {
            if let Op::Raw(raw) = &mut ops[i]
                && let Some(definition) = which(raw).and_then(|argument| drop_adjoint(argument, fresh))
            {
                ops.insert(i, definition);
                i += 1;
            }
            i += 1;
        }
    })
}

fn kernel_without(f: &Function, name: &str, input: usize) -> Function {
    // The place of the adjoint among the arguments of the backward kernels.
    let mut places: HashMap<Address, usize> = HashMap::new();
    for call in calls(f) {
        if let Call::Kernel(call) = call
            && call.rule.name == name
            && let Some(backward) = call.rule.backward
            && let Some(place) = call.rule.backward_slots.iter().position(|slot| *slot == Slot::AdjointIn(input))
        {
            places.insert(backward, place);
        }
    }
    sweeps(
        differentiate(f),
        |_, _| {},
        |ops, fresh| raw_without(ops, fresh, |raw| places.get(&raw.function).map(|place| &mut raw.arguments[*place])),
    )
}

/// Addresses of the kernels of the family's densities.
fn density_kernels(f: &Function, family: Option<&str>) -> HashSet<Address> {
    let all = calls(f).into_iter().filter_map(|call| match call {
        Call::Density(call) if family.is_none_or(|name| call.family == name) => Some(call.kernel),
        _ => None,
    });
    all.collect()
}

fn density_without(f: &Function, family: &str, operand: usize) -> Function {
    let kernels = density_kernels(f, Some(family));
    sweeps(
        differentiate(f),
        |ops, fresh| {
            raw_without(ops, fresh, |raw| {
                let operands = raw.arguments.iter_mut().find_map(|a| match a {
                    Argument::Operands(operands) => Some(operands),
                    _ => None,
                })?;
                kernels.contains(&raw.function).then(|| &mut operands[operand].adjoint)
            })
        },
        |_, _| {},
    )
}

fn density_unscaled(f: &Function) -> Function {
    // Only densities' partials are added with a scale.
    reverse_regions(f, |ops, _, _| {
        for op in ops {
            if let Op::Accumulate { scale, .. } = op {
                *scale = None;
            }
        }
    })
}

fn library_call_without(f: &Function) -> Function {
    let pullback = Address(opaque::call_pullback as *const u8);
    sweeps(
        differentiate(f),
        |_, _| {},
        |ops, fresh| {
            raw_without(ops, fresh, |raw| match raw.arguments.last_mut() {
                Some(Argument::Pointers(adjoints)) if raw.function == pullback => adjoints.first_mut(),
                _ => None,
            })
        },
    )
}
