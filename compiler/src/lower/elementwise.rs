//! Scalar functions, and the same over containers with broadcasting.

use super::value::is_matrix;
use super::{Lowerer, Result, Val, rules};
use crate::ir::*;
use crate::kernel::{Call, KernelCall, Operand, Rule};
use crate::scalar::{Binary, Unary};
use ppl_program::typed::Type;

impl Lowerer<'_> {
    /// Calls a kernel by rule.
    pub(super) fn kernel(
        &mut self,
        rule: Rule,
        inputs: Vec<Operand>,
        outputs: Vec<Operand>,
        words: Vec<i64>,
        site: Site,
    ) {
        let adjoint_of = inputs.clone();
        self.emit(Op::Call(Box::new(Call::Kernel(KernelCall { rule, inputs, outputs, words, site, adjoint_of }))));
    }

    pub(super) fn unary_op(&mut self, function: Unary, x: V) -> V {
        let out = self.f.value(Ty::F64);
        self.emit(Op::Unary(out, function, x));
        out
    }

    pub(super) fn binary_op(&mut self, function: Binary, x: V, y: V) -> V {
        let out = self.f.value(Ty::F64);
        self.emit(Op::Binary(out, function, x, y));
        out
    }

    /// A reduction by name of a dense view.
    pub(super) fn reduce(&mut self, name: &str, view: &View) -> Result<V> {
        let Some(rule) = rules::reduce(name) else { return self.unsupported(format!("the reduction {name}")) };
        let out = self.f.value(Ty::F64);
        let site = self.site();
        let inputs = vec![Operand::View(view.flat())];
        self.kernel(rule, inputs, vec![Operand::Scalar(out)], vec![view.len() as i64], site);
        Ok(out)
    }

    /// A function of one real argument over a scalar or the elements of a container.
    pub(super) fn map1(&mut self, name: &str, val: &Val, ty: &Type) -> Result<Option<Val>> {
        if matches!(ty, Type::Int | Type::Real) {
            let function = match name {
                "minus" => Some(Unary::Negate),
                name => Unary::named(name),
            };
            let Some(function) = function else { return Ok(None) };
            let x = self.real_value(val)?;
            return Ok(Some(Val::Real(self.unary_op(function, x))));
        }
        if !super::value::has_layout(ty) {
            return Ok(None);
        }
        let Some(rule) = rules::unary(name) else { return Ok(None) };
        let val = self.promote(val.clone(), ty, &super::expression::real_type(ty))?;
        let view = self.view_of(&val, &super::expression::real_type(ty))?;
        let view = self.dense(&view, is_matrix(ty));
        let out = self.temporary(Elem::F64, &view.dims, is_matrix(ty));
        let site = self.site();
        let words = vec![view.len() as i64];
        self.kernel(rule, vec![Operand::View(view.flat())], vec![Operand::View(out.flat())], words, site);
        Ok(Some(Val::Array(out)))
    }

    /// A function of two real arguments, each a scalar or a container of the same shape.
    pub(super) fn map2(&mut self, name: &str, a: (&Val, &Type), b: (&Val, &Type)) -> Result<Option<Val>> {
        let scalar = |ty: &Type| matches!(ty, Type::Int | Type::Real);
        if scalar(a.1) && scalar(b.1) {
            let function = match name {
                "add" => Binary::Add,
                "subtract" => Binary::Sub,
                "multiply" | "elt_multiply" => Binary::Mul,
                "divide" | "elt_divide" => Binary::Div,
                name => match Binary::named(name) {
                    Some(function) => function,
                    None => return Ok(None),
                },
            };
            if let (Binary::Pow, Some(2.0)) = (function, b.0.known_real()) {
                let x = self.real_value(a.0)?;
                return Ok(Some(Val::Real(self.unary_op(Unary::Square, x))));
            }
            let (x, y) = (self.real_value(a.0)?, self.real_value(b.0)?);
            return Ok(Some(Val::Real(self.binary_op(function, x, y))));
        }
        let name = match name {
            "multiply" | "divide" if !scalar(a.1) && !scalar(b.1) => return Ok(None),
            "divide" if !scalar(b.1) => return Ok(None),
            "multiply" => "elt_multiply",
            "divide" => "elt_divide",
            name => name,
        };
        let Some(rule) = rules::binary(name) else { return Ok(None) };
        let mut shape: Option<(Vec<usize>, bool)> = None;
        let mut operands = Vec::new();
        for (val, ty) in [a, b] {
            if scalar(ty) {
                operands.push(Operand::Scalar(self.real_value(val)?));
                continue;
            }
            if !super::value::has_layout(ty) {
                return Ok(None);
            }
            let real = super::expression::real_type(ty);
            let val = self.promote(val.clone(), ty, &real)?;
            let view = self.view_of(&val, &real)?;
            let view = self.dense(&view, is_matrix(ty));
            match &shape {
                Some((dims, _)) if *dims != view.dims => return self.unsupported(format!("{name}: sizes differ")),
                _ => shape = Some((view.dims.clone(), is_matrix(ty))),
            }
            operands.push(Operand::View(view.flat()));
        }
        let Some((dims, matrix)) = shape else { return Ok(None) };
        let out = self.temporary(Elem::F64, &dims, matrix);
        let site = self.site();
        let words = vec![out.len() as i64];
        self.kernel(rule, operands, vec![Operand::View(out.flat())], words, site);
        Ok(Some(Val::Array(out)))
    }
}
