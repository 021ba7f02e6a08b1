//! Values of the forward sweep, as the reverse sweep sees them.

use super::Differentiator;
use super::analysis::Origin;
use crate::ir::*;
use crate::kernel::Operand;

impl Differentiator {
    /// A value of the forward sweep, as the reverse sweep sees it.
    pub(super) fn primal(&mut self, v: V) -> V {
        for scope in self.scopes.iter().rev() {
            if let Some(&known) = scope.get(&v) {
                return known;
            }
        }
        let (region, frame) = self.analysis.defined_in[v.0 as usize];
        if region == 0 {
            return v;
        }
        let ty = self.out.ty(v);
        let known = match self.analysis.origin[v.0 as usize].clone() {
            Origin::Real(x) => return self.constant(x),
            Origin::Int(x) => {
                let out = self.out.value(Ty::I64);
                self.emit(Op::Int(out, x));
                out
            }
            Origin::Load(buffer, at) => {
                let at = self.primal_at(&at);
                let out = self.out.value(ty);
                self.emit(Op::Load { out, buffer, at });
                out
            }
            Origin::IntBinary(op, left, right, site) => {
                let (left, right) = (self.primal(left), self.primal(right));
                let out = self.out.value(Ty::I64);
                self.emit(Op::IntBinary { out, op, left, right, site });
                out
            }
            Origin::IntToReal(x) => {
                let x = self.primal(x);
                let out = self.out.value(Ty::F64);
                self.emit(Op::IntToReal(out, x));
                out
            }
            Origin::Other => {
                let next = &mut self.slot_counts[frame.0 as usize];
                let slot = match self.slots.get(&v) {
                    Some(&(_, slot)) => slot,
                    None => {
                        let slot = *next;
                        *next += 1;
                        self.slots.insert(v, (frame, slot));
                        slot
                    }
                };
                let out = self.out.value(ty);
                self.emit(Op::Restore { out, frame, slot });
                out
            }
        };
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(v, known);
        }
        known
    }

    pub(super) fn primal_at(&mut self, at: &At) -> At {
        At { constant: at.constant, terms: at.terms.iter().map(|&(v, f)| (self.primal(v), f)).collect() }
    }

    pub(super) fn primal_view(&mut self, view: &View) -> View {
        View { at: self.primal_at(&view.at), ..view.clone() }
    }

    pub(super) fn primal_pointer(&mut self, x: &Operand) -> Argument {
        match x {
            Operand::Scalar(v) => Argument::Spilled(self.primal(*v)),
            Operand::View(view) => Argument::Pointer(self.primal_view(view)),
        }
    }

    pub(super) fn primal_scalar(&mut self, x: &Operand) -> Argument {
        match x {
            Operand::Scalar(v) => Argument::Value(self.primal(*v)),
            Operand::View(view) => Argument::Pointer(self.primal_view(view)),
        }
    }
}
