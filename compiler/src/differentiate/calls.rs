//! The reverse of calls.

use super::Differentiator;
use super::plain::{opaque_word, stride};
use crate::ir::*;
use crate::kernel::{Address, DensityCall, KernelCall, OpaqueCall, Operand, Slot};
use crate::opaque;

impl Differentiator {
    pub(super) fn reverse_kernel(&mut self, call: &KernelCall) {
        let Some(backward) = call.rule.backward else { return };
        if !call.adjoint_of.iter().any(|x| self.analysis.is_active(x)) {
            return;
        }
        let mut seeds: Vec<Option<Argument>> = Vec::new();
        for output in &call.outputs {
            seeds.push(match output {
                Operand::Scalar(v) => self.take_adjoint(*v).map(Argument::Value),
                Operand::View(view) => self.adjoint_buffers.get(&view.buffer).copied().map(|b| {
                    let view = self.primal_view(view).in_buffer(b);
                    Argument::Pointer(view)
                }),
            });
        }
        if seeds.iter().all(Option::is_none) {
            return;
        }
        let mut arguments = Vec::new();
        let mut after: Vec<(V, V)> = Vec::new();
        for slot in call.rule.backward_slots {
            arguments.push(match *slot {
                Slot::Word(i) => Argument::Word(call.words[i]),
                Slot::Stride(i) => Argument::Word(stride(&call.inputs[i])),
                Slot::In(i) => self.primal_pointer(&call.inputs[i]),
                Slot::InValue(i) => self.primal_scalar(&call.inputs[i]),
                Slot::Out(i) => self.primal_pointer(&call.outputs[i]),
                Slot::OutValue(i) => self.primal_scalar(&call.outputs[i]),
                Slot::AdjointOut(i) => match &seeds[i] {
                    Some(Argument::Value(v)) => Argument::Spilled(*v),
                    Some(pointer) => pointer.clone(),
                    None => Argument::Null,
                },
                Slot::AdjointOutValue(i) => match &seeds[i] {
                    Some(seed) => seed.clone(),
                    None => Argument::Value(self.constant(0.0)),
                },
                Slot::AdjointIn(i) => {
                    if !self.analysis.is_active(&call.adjoint_of[i]) {
                        Argument::Null
                    } else {
                        match &call.adjoint_of[i] {
                            Operand::Scalar(v) => {
                                let out = self.out.value(Ty::F64);
                                after.push((*v, out));
                                Argument::Out(out)
                            }
                            Operand::View(view) => Argument::Pointer(self.adjoint_view(view)),
                        }
                    }
                }
            });
        }
        self.emit(Op::Raw(Box::new(Raw { function: backward, arguments, result: RawResult::None })));
        for (v, g) in after {
            self.add_adjoint(v, g);
        }
    }

    pub(super) fn reverse_density(&mut self, call: &DensityCall, partials: &[Option<Operand>]) {
        let Some(seed) = self.take_adjoint(call.out) else { return };
        for (operand, partial) in call.operands.iter().zip(partials) {
            match (operand, partial) {
                (Operand::Scalar(v), Some(Operand::Scalar(p))) => {
                    let p = self.primal(*p);
                    let g = self.mul(seed, p);
                    self.add_adjoint(*v, g);
                }
                (Operand::View(view), Some(Operand::View(p))) => {
                    let to = self.adjoint_view(view).flat();
                    let scale = if self.constants.get(&seed) == Some(&1.0) { None } else { Some(seed) };
                    self.emit(Op::Accumulate { to, from: p.clone(), scale });
                }
                _ => {}
            }
        }
    }

    pub(super) fn reverse_opaque(&mut self, call: &OpaqueCall, originals: &[Operand]) {
        if !originals.iter().any(|x| self.analysis.is_active(x)) {
            return;
        }
        let mut any = false;
        let mut seeds = Vec::new();
        for output in &call.outputs {
            seeds.push(match output {
                Operand::Scalar(v) => match self.take_adjoint(*v) {
                    Some(g) => {
                        any = true;
                        Argument::Spilled(g)
                    }
                    None => Argument::Spilled(self.constant(0.0)),
                },
                Operand::View(view) => {
                    any |= self.adjoint_buffers.contains_key(&view.buffer);
                    Argument::Pointer(self.adjoint_view(view))
                }
            });
        }
        if !any {
            return;
        }
        let inputs: Vec<Argument> = call.inputs.iter().map(|x| self.primal_pointer(x)).collect();
        let mut after = Vec::new();
        let mut adjoints = Vec::new();
        for input in originals {
            adjoints.push(if !self.analysis.is_active(input) {
                Argument::Null
            } else {
                match input {
                    Operand::Scalar(v) => {
                        let out = self.out.value(Ty::F64);
                        after.push((*v, out));
                        Argument::Out(out)
                    }
                    Operand::View(view) => Argument::Pointer(self.adjoint_view(view)),
                }
            });
        }
        let arguments = vec![
            opaque_word(call),
            Argument::Pointers(inputs),
            call.saved.as_ref().map_or(Argument::Null, |view| Argument::Pointer(self.primal_view(view))),
            Argument::Pointers(seeds),
            Argument::Pointers(adjoints),
        ];
        let function = Address(opaque::call_pullback as *const u8);
        self.emit(Op::Raw(Box::new(Raw { function, arguments, result: RawResult::Status(call.site) })));
        for (v, g) in after {
            self.add_adjoint(v, g);
        }
    }
}
