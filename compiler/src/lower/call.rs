//! Calls: what the data determine is computed now, the rest goes to operators, library, densities, user functions.

use super::{Lowerer, Result, Val};
use crate::ir::*;
use ppl_program::typed::*;
use ppl_runtime::functions;

impl Lowerer<'_> {
    pub(super) fn call(&mut self, callee: &Callee, arguments: &[Expr], ty: &Type) -> Result<Val> {
        if let Callee::User { function, form } = callee {
            return self.user_call(*function, *form, arguments);
        }
        let span = self.span;
        let vals: Vec<Val> = arguments.iter().map(|a| self.expression(a)).collect::<Result<_>>()?;
        self.span = span;
        let types: Vec<Type> = arguments.iter().map(|a| a.ty.clone()).collect();
        match callee {
            Callee::Operator(op) => {
                let name = op.function_name();
                match self.known_values(&vals) {
                    Some(values) => match functions::operator(*op, &values) {
                        Ok(value) => Ok(Val::known(value)),
                        Err(e) => self.unsupported(e.to_string()),
                    },
                    None => self.library(name, &vals, &types, ty, matches!(op, Operator::EltPow | Operator::EltTimes)),
                }
            }
            Callee::Library(name) => match self.known_values(&vals) {
                Some(values) => match functions::call(name, &values) {
                    Ok(value) => Ok(Val::known(value)),
                    Err(e) => self.unsupported(e.to_string()),
                },
                None => self.library(name, &vals, &types, ty, false),
            },
            Callee::Distribution { family, form: Form::Rng } => self.draw(family, &vals, &types, ty),
            Callee::Distribution { family, form } => {
                let levels: Vec<Level> = arguments.iter().map(|a| self.level(a)).collect();
                self.distribution(family, *form, &vals, &types, &levels)
            }
            Callee::User { .. } => self.unsupported("a user function"),
        }
    }

    /// A statement that calls a `void` function.
    pub(super) fn void_call(&mut self, callee: &Callee, arguments: &[Expr]) -> Result<()> {
        match callee {
            Callee::User { function, form } => self.user_void(*function, *form, arguments),
            _ => self.unsupported("a void function of the library"),
        }
    }

    /// An integer operation.
    pub(super) fn int_op(&mut self, op: IntOp, left: &Val, right: &Val) -> Result<Val> {
        let (left, right) = (self.int_value(left)?, self.int_value(right)?);
        let out = self.f.value(Ty::I64);
        let site = self.site();
        self.emit(Op::IntBinary { out, op, left, right, site });
        Ok(Val::Int(out))
    }

    /// A comparison of numbers.
    pub(super) fn compare(&mut self, op: Compare, left: (&Val, &Type), right: (&Val, &Type)) -> Result<Val> {
        let ty = if *left.1 == Type::Int && *right.1 == Type::Int { Ty::I64 } else { Ty::F64 };
        let (left, right) = match ty {
            Ty::I64 => (self.int_value(left.0)?, self.int_value(right.0)?),
            Ty::F64 => (self.real_value(left.0)?, self.real_value(right.0)?),
        };
        let out = self.f.value(Ty::I64);
        self.emit(Op::Compare { out, op, ty, left, right });
        Ok(Val::Int(out))
    }
}
