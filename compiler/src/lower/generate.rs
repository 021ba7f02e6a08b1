//! Draws, and the numbers that a draw of the program consists of.

use super::generic::Function;
use super::value::{elem_of, has_layout};
use super::{Lowerer, Result, Val};
use crate::ir::*;
use crate::kernel::{Address, Call, DrawCall, Operand};
use ppl_program::typed::*;
use ppl_runtime::families;
use ppl_runtime::kernels;

impl Lowerer<'_> {
    /// A call of a generator.
    pub(super) fn draw(&mut self, family: &str, vals: &[Val], types: &[Type], result: &Type) -> Result<Val> {
        if !self.generating {
            return self.unsupported("a random number in the model");
        }
        if families::scalar_family(family).is_none() {
            return self.opaque(Function::Rng(family.to_owned()), vals, types, result);
        }
        let Some(kernel) = kernels::draw(family) else {
            return self.unsupported(format!("{family}_rng"));
        };
        let mut n: Option<usize> = None;
        for (val, ty) in vals.iter().zip(types) {
            if matches!(ty, Type::Int | Type::Real) {
                continue;
            }
            match self.dims(val, ty).as_deref() {
                Some([len]) if n.is_none_or(|n| n == *len) => n = Some(*len),
                Some([_]) => return self.unsupported(format!("{family}_rng: sizes differ")),
                _ => return self.unsupported(format!("{family}_rng of this type")),
            }
        }
        let mut operands = Vec::new();
        for (val, ty) in vals.iter().zip(types) {
            operands.push(match ty {
                Type::Int | Type::Real => Operand::Scalar(self.real_value(val)?),
                ty => Operand::View(self.flat_real(val, ty)?),
            });
        }
        let kernel = Address(kernel as *const u8);
        let site = self.site();
        let family = family.to_owned();
        let Some(n) = n else {
            let out = self.f.value(Ty::F64);
            let call = DrawCall { family, kernel, n: 1, operands, out: Operand::Scalar(out), site };
            self.emit(Op::Call(Box::new(Call::Draw(call))));
            return if *result == Type::Int { Ok(Val::Int(self.integer(out))) } else { Ok(Val::Real(out)) };
        };
        let out = self.temporary(Elem::F64, &[n], false);
        if n > 0 {
            let call = DrawCall { family, kernel, n, operands, out: Operand::View(out.clone()), site };
            self.emit(Op::Call(Box::new(Call::Draw(call))));
        }
        if elem_of(result) == Elem::I32 { self.integers(&out).map(Val::Array) } else { Ok(Val::Array(out)) }
    }

    /// A number that is an integer, as one.
    pub(super) fn integer(&mut self, x: V) -> V {
        let out = self.f.value(Ty::I64);
        let site = self.site();
        self.emit(Op::RealToInt(out, x, site));
        out
    }

    /// Numbers that are integers, as such; the view is dense.
    pub(super) fn integers(&mut self, from: &View) -> Result<View> {
        let out = self.temporary(Elem::I32, &from.dims, false);
        let (source, target) = (from.flat(), out.flat());
        self.for_count(source.len(), |l, i| {
            let Val::Real(x) = l.loaded(source.fix(0, i)) else { return Ok(()) };
            let value = l.integer(x);
            let place = target.fix(0, i);
            l.emit(Op::Store { buffer: place.buffer, at: place.at, value });
            Ok(())
        })?;
        Ok(out)
    }

    /// Writes variables to the output in Stan's order: of the elements of each variable, those of the first index fastest. Gives their number.
    pub(super) fn write_outputs(&mut self, variables: &[VarId]) -> Result<usize> {
        let output = self.f.buffer(Elem::F64, 0, Home::Output);
        let mut at = 0;
        for &variable in variables {
            let val = self.read(variable)?;
            let ty = self.program.variable(variable).ty.clone();
            self.write_output(output, &val, &ty, &mut at)?;
        }
        self.f.buffers[output.0 as usize].len = at;
        Ok(at)
    }

    fn write_output(&mut self, output: BufferId, val: &Val, ty: &Type, at: &mut usize) -> Result<()> {
        if let Type::Tuple(types) = ty {
            let items = self.tuple_items(val, types.len())?;
            for (item, ty) in items.iter().zip(types) {
                self.write_output(output, item, ty, at)?;
            }
            return Ok(());
        }
        if !has_layout(ty) {
            return self.unsupported(format!("output of a variable of type {ty}"));
        }
        let place = At::constant(*at as i64);
        if matches!(ty, Type::Int | Type::Real) {
            let value = self.real_value(val)?;
            self.emit(Op::Store { buffer: output, at: place, value });
            *at += 1;
            return Ok(());
        }
        let real = super::expression::real_type(ty);
        let val = self.promote(val.clone(), ty, &real)?;
        let from = self.view_of(&val, &real)?;
        let mut strides = Vec::with_capacity(from.dims.len());
        let mut step = 1;
        for size in &from.dims {
            strides.push(step);
            step *= size;
        }
        *at += from.len();
        if !from.is_empty() {
            let to = View { buffer: output, at: place, dims: from.dims.clone(), strides };
            self.emit(Op::Copy { to, from });
        }
        Ok(())
    }

    /// Sizes of what a generator gives: those it gives for arguments that it does not refuse.
    pub(super) fn drawn_dims(
        &mut self,
        family: &str,
        arguments: impl Fn(bool) -> Vec<ppl_runtime::value::Value<f64>>,
        result: &Type,
    ) -> Result<Vec<usize>> {
        let mut sequence =
            ppl_runtime::random::Sequence::new(ppl_runtime::density::Stream { seed: 0, chain: 0, draw: 0 });
        // Some want small numbers, some probabilities or many degrees of freedom.
        for other in [false, true] {
            if let Ok(value) = families::rng(family, &arguments(other), &mut sequence) {
                return Ok(super::value::dims_of(&value, result));
            }
        }
        self.unsupported(format!("{family}_rng, whose sizes are not known"))
    }
}
