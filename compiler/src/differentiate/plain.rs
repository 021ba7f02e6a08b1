//! Calls as plain calls of their function pointers.

use crate::ir::*;
use crate::kernel::{Address, Call, DensityCall, DrawCall, KernelCall, OpaqueCall, Operand, ResultKind, Sizes, Slot};
use crate::opaque;

/// The function without derivatives: calls become plain calls.
pub fn primal(f: &Function) -> Function {
    fn region(source: &Region) -> Region {
        let mut ops = Vec::new();
        for op in &source.ops {
            match op {
                Op::Call(call) => match &**call {
                    Call::Kernel(call) => ops.push(kernel_forward(call)),
                    Call::Opaque(call) => ops.push(opaque_forward(call)),
                    Call::Draw(call) => ops.push(draw_forward(call)),
                    Call::Density(call) => ops.push(density_forward(call, &vec![Argument::Null; call.operands.len()])),
                },
                Op::For(l) => {
                    let body = region(&l.body);
                    ops.push(Op::For(Box::new(For { body, ..(**l).clone() })));
                }
                Op::While(l) => {
                    let body = region(&l.body);
                    ops.push(Op::While(Box::new(While { body, ..(**l).clone() })));
                }
                Op::If(i) => {
                    let then = region(&i.then);
                    let otherwise = region(&i.otherwise);
                    ops.push(Op::If(Box::new(If { condition: i.condition, then, otherwise })));
                }
                op => ops.push(op.clone()),
            }
        }
        Region { ops }
    }
    let mut out = f.clone();
    out.slots = vec![0; f.loops as usize];
    out.body = region(&f.body);
    out
}

pub(super) fn kernel_forward(call: &KernelCall) -> Op {
    let arguments = call
        .rule
        .forward_slots
        .iter()
        .map(|slot| match *slot {
            Slot::Word(i) => Argument::Word(call.words[i]),
            Slot::Stride(i) => Argument::Word(stride(&call.inputs[i])),
            Slot::In(i) => pointer(&call.inputs[i]),
            Slot::InValue(i) => match &call.inputs[i] {
                Operand::Scalar(v) => Argument::Value(*v),
                Operand::View(view) => Argument::Pointer(view.clone()),
            },
            Slot::Out(i) => match &call.outputs[i] {
                Operand::Scalar(v) => Argument::Out(*v),
                Operand::View(view) => Argument::Pointer(view.clone()),
            },
            Slot::OutValue(_) | Slot::AdjointOut(_) | Slot::AdjointOutValue(_) | Slot::AdjointIn(_) => Argument::Null,
        })
        .collect();
    let result = match call.rule.result {
        ResultKind::None => RawResult::None,
        ResultKind::Status => RawResult::Status(call.site),
        ResultKind::Output => match &call.outputs[0] {
            Operand::Scalar(v) => RawResult::Real(*v),
            Operand::View(_) => RawResult::None,
        },
    };
    Op::Raw(Box::new(Raw { function: call.rule.forward, arguments, result }))
}

pub(super) fn density_forward(call: &DensityCall, adjoints: &[Argument]) -> Op {
    let operands = call
        .operands
        .iter()
        .zip(adjoints)
        .zip(&call.strides)
        .map(|((x, adjoint), &stride)| DensityOperand { values: pointer(x), stride, adjoint: adjoint.clone() })
        .collect();
    let arguments = vec![
        match &call.sizes {
            Sizes::Count(n) => Argument::Word(*n as i64),
            Sizes::Table(sizes) => Argument::Table(sizes.clone()),
        },
        Argument::Operands(operands),
        Argument::Word32(call.terms),
        Argument::Seed(1.0),
        Argument::Out(call.out),
    ];
    Op::Raw(Box::new(Raw { function: call.kernel, arguments, result: RawResult::Status(call.site) }))
}

pub(super) fn opaque_forward(call: &OpaqueCall) -> Op {
    let inputs = call.inputs.iter().map(pointer).collect();
    let outputs = call
        .outputs
        .iter()
        .map(|o| match o {
            Operand::Scalar(v) => Argument::Out(*v),
            Operand::View(view) => Argument::Pointer(view.clone()),
        })
        .collect();
    let (inputs, outputs) = (Argument::Pointers(inputs), Argument::Pointers(outputs));
    let (function, arguments) = if call.random {
        (opaque::call_draw as *const u8, vec![opaque_word(call), Argument::Sequence, inputs, outputs])
    } else {
        let saved = call.saved.clone().map_or(Argument::Null, Argument::Pointer);
        (opaque::call_value as *const u8, vec![opaque_word(call), Argument::Fuel, inputs, outputs, saved])
    };
    let function = Address(function);
    Op::Raw(Box::new(Raw { function, arguments, result: RawResult::Status(call.site) }))
}

pub(super) fn opaque_word(call: &OpaqueCall) -> Argument {
    Argument::Opaque(call.function.clone())
}

pub(super) fn draw_forward(call: &DrawCall) -> Op {
    let parameters = call.operands.iter().flat_map(|x| [pointer(x), Argument::Word(stride(x))]).collect();
    let out = match &call.out {
        Operand::Scalar(v) => Argument::Out(*v),
        Operand::View(view) => Argument::Pointer(view.clone()),
    };
    let n = Argument::Word(call.n as i64);
    let arguments = vec![Argument::Sequence, n, Argument::Pointers(parameters), out];
    Op::Raw(Box::new(Raw { function: call.kernel, arguments, result: RawResult::Status(call.site) }))
}

pub(super) fn stride(x: &Operand) -> i64 {
    match x {
        Operand::Scalar(_) => 0,
        Operand::View(_) => 1,
    }
}

fn pointer(x: &Operand) -> Argument {
    match x {
        Operand::Scalar(v) => Argument::Spilled(*v),
        Operand::View(view) => Argument::Pointer(view.clone()),
    }
}
