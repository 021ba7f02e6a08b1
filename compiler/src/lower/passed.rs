//! Functions that are passed to solvers: each is lowered to a function of its own, whose inputs are numbers in rows.

use super::value::{elem_of, has_layout, is_matrix};
use super::{Lowered, Lowerer, Result, Val};
use crate::ir::*;
use crate::kernel::Operand;
use crate::solvers::{Needs, Passed};
use ppl_program::typed::{Form, FunctionId, Level, Type};
use ppl_runtime::value::Value;
use std::collections::HashMap;
use std::sync::Arc;

/// An argument of a passed function as it finds it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Argument {
    /// Of the data: part of the code.
    Known(Arc<Value<f64>>),
    /// The next numbers of the variables (where it is active) or of those given.
    Numbers {
        ty: Type,
        dims: Vec<usize>,
        active: bool,
    },
    Tuple(Vec<Argument>),
}

impl Argument {
    pub fn number(active: bool) -> (Argument, Type) {
        (Argument::Numbers { ty: Type::Real, dims: Vec::new(), active }, Type::Real)
    }

    /// What the solver seeks: a vector or an array, which derivatives are taken by.
    pub fn unknowns(ty: &Type, count: usize) -> (Argument, Type) {
        let ty = super::expression::real_type(ty);
        (Argument::Numbers { ty: ty.clone(), dims: vec![count], active: true }, ty)
    }

    fn is_active(&self) -> bool {
        match self {
            Argument::Known(_) => false,
            Argument::Numbers { active, .. } => *active,
            Argument::Tuple(items) => items.iter().any(Argument::is_active),
        }
    }
}

/// What the code of a passed function depends on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Signature {
    pub function: FunctionId,
    pub arguments: Vec<(Argument, Type)>,
    /// How many numbers it must return.
    pub outputs: usize,
    pub needs: Needs,
}

/// The further arguments of a solver, in the order of the function's own.
#[derive(Default)]
pub(super) struct FurtherArguments {
    pub arguments: Vec<(Argument, Type)>,
    /// What the call is to hand over: dense, flat,
    pub operands: Vec<Operand>,
    /// with whether derivatives are asked for, and lengths.
    pub active: Vec<bool>,
    pub lengths: Vec<usize>,
}

impl FurtherArguments {
    pub fn take(&mut self, lowerer: &mut Lowerer<'_>, val: &Val, ty: &Type, active: bool) -> Result<()> {
        let argument = self.argument(lowerer, val, ty, active)?;
        self.arguments.push((argument, ty.clone()));
        Ok(())
    }

    fn argument(&mut self, lowerer: &mut Lowerer<'_>, val: &Val, ty: &Type, active: bool) -> Result<Argument> {
        if let Some(value) = val.to_value() {
            return Ok(Argument::Known(value));
        }
        if let (Val::Tuple(items), Type::Tuple(types)) = (val, ty) {
            let items = items.iter().zip(types).map(|(item, ty)| self.argument(lowerer, item, ty, active));
            return items.collect::<Result<_>>().map(Argument::Tuple);
        }
        let active = active && !ty.is_integral();
        let (operand, dims) = lowerer.numbers(val, ty)?;
        self.operands.push(operand);
        self.active.push(active);
        self.lengths.push(dims.iter().product());
        Ok(Argument::Numbers { ty: ty.clone(), dims, active })
    }
}

/// The inputs of a passed function while it is lowered.
struct Inputs {
    variables: BufferId,
    given: BufferId,
    /// Numbers of each so far.
    taken: [usize; 2],
}

impl Lowerer<'_> {
    /// A run-time value as an operand that is dense and flat, and its sizes. Integers travel as reals.
    pub(super) fn numbers(&mut self, val: &Val, ty: &Type) -> Result<(Operand, Vec<usize>)> {
        if !has_layout(ty) {
            return self.unsupported(format!("an argument of type {ty}"));
        }
        match val {
            Val::Array(view) => {
                let dims = view.dims.clone();
                Ok((Operand::View(self.flat_real(val, ty)?), dims))
            }
            val => Ok((Operand::Scalar(self.real_value(val)?), Vec::new())),
        }
    }

    /// The code of a passed function; the same for the same signature.
    pub(super) fn passed(&mut self, signature: Signature) -> Result<Arc<Passed>> {
        if let Some((_, code)) = self.passed.iter().find(|(known, _)| *known == signature) {
            return Ok(code.clone());
        }
        let (lowered, given) = self.lower_passed(&signature)?;
        match Passed::compile(lowered, given, signature.needs) {
            Ok(code) => {
                let code = Arc::new(code);
                self.passed.push((signature, code.clone()));
                Ok(code)
            }
            Err(e) => self.unsupported(e.to_string()),
        }
    }

    fn lower_passed(&mut self, signature: &Signature) -> Result<(Lowered, usize)> {
        let mut inner = Lowerer::new(self.program, &HashMap::new(), self.evaluate);
        // Functions that are being lowered already are recursive here too.
        inner.inlining = self.inlining.clone();
        inner.generating = self.generating;
        inner.unnormalised = false;
        inner.span = self.span;
        let given = inner.f.buffer(Elem::F64, 0, Home::Given);
        let mut inputs = Inputs { variables: inner.theta, given, taken: [0, 0] };
        let mut vals = Vec::new();
        let (mut types, mut levels) = (Vec::new(), Vec::new());
        for (argument, ty) in &signature.arguments {
            vals.push(inputs.val(&mut inner, argument)?);
            types.push(ty.clone());
            levels.push(if argument.is_active() { Level::Parameter } else { Level::Data });
        }
        let result = inner.inline(signature.function, Form::Plain, vals, &types, &levels);
        let (Some(val), Some(ty)) = (result?, self.program.function(signature.function).result.clone()) else {
            return self.unsupported("a passed function that ends without a return");
        };
        let output = inner.f.buffer(Elem::F64, signature.outputs, Home::Output);
        let to = View::vector(output, At::default(), signature.outputs);
        if ty == Type::Real {
            let value = inner.real_value(&val)?;
            inner.emit(Op::Store { buffer: output, at: At::default(), value });
        } else {
            let from = inner.view_of(&val, &ty)?;
            if from.dims != to.dims {
                return self.unsupported("a passed function that returns another size");
            }
            inner.emit(Op::Copy { to, from });
        }
        inner.free = inputs.taken[0];
        inner.f.buffers[given.0 as usize].len = inputs.taken[1];
        Ok((inner.finish(signature.outputs), inputs.taken[1]))
    }
}

impl Inputs {
    fn val(&mut self, inner: &mut Lowerer<'_>, argument: &Argument) -> Result<Val> {
        match argument {
            Argument::Known(value) => Ok(Val::Known(value.clone())),
            Argument::Tuple(items) => {
                items.iter().map(|item| self.val(inner, item)).collect::<Result<_>>().map(Val::Tuple)
            }
            Argument::Numbers { ty, dims, active } => {
                let (buffer, taken) = match active {
                    true => (self.variables, &mut self.taken[0]),
                    false => (self.given, &mut self.taken[1]),
                };
                let at = At::constant(*taken as i64);
                *taken += dims.iter().product::<usize>();
                let view = View { at, ..View::dense(buffer, dims, is_matrix(ty)) };
                match (inner.loaded(view), elem_of(ty)) {
                    (Val::Real(x), Elem::I32) => Ok(Val::Int(inner.integer(x))),
                    (Val::Array(view), Elem::I32) => inner.integers(&view).map(Val::Array),
                    (val, _) => Ok(val),
                }
            }
        }
    }
}
