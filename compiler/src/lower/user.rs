//! User-defined functions: evaluated where the data determine the arguments, else inlined.

use super::binding::Binding;
use super::statement::Exit;
use super::{Lowerer, Result, Val};
use crate::ir::*;
use ppl_program::typed::*;

impl Lowerer<'_> {
    pub(super) fn user_call(&mut self, id: FunctionId, form: Form, arguments: &[Expr]) -> Result<Val> {
        let function = self.program.function(id);
        let (vals, types) = self.arguments(arguments)?;
        let pure = matches!(
            function.kind,
            FunctionKind::Plain | FunctionKind::Lpdf | FunctionKind::Lpmf | FunctionKind::Cdf
        );
        if pure
            && form != Form::LogUnnormalised
            && let Some(values) = self.known_values(&vals)
            && let Some(value) = self.evaluate.call(id, &values)
        {
            return Ok(Val::known(value));
        }
        match self.inline(id, form, vals, &types)? {
            Some(val) => Ok(val),
            None => self.unsupported(format!("{} ends without a return", self.program.function(id).name)),
        }
    }

    pub(super) fn user_void(&mut self, id: FunctionId, form: Form, arguments: &[Expr]) -> Result<()> {
        let (vals, types) = self.arguments(arguments)?;
        self.inline(id, form, vals, &types).map(|_| ())
    }

    fn arguments(&mut self, arguments: &[Expr]) -> Result<(Vec<Val>, Vec<Type>)> {
        let span = self.span;
        let mut vals = Vec::new();
        for argument in arguments {
            if matches!(argument.kind, ExprKind::Function(_)) {
                return self.unsupported("a function as an argument");
            }
            vals.push(self.expression(argument)?);
        }
        self.span = span;
        Ok((vals, arguments.iter().map(|a| a.ty.clone()).collect()))
    }

    fn inline(&mut self, id: FunctionId, form: Form, vals: Vec<Val>, types: &[Type]) -> Result<Option<Val>> {
        let program = self.program;
        let function = program.function(id);
        if self.inlining.contains(&id) {
            return self.unsupported(format!("recursion of {}", function.name));
        }
        let span = self.span;
        for ((variable, val), ty) in function.arguments.iter().zip(vals).zip(types) {
            let to = &program.variable(*variable).ty;
            let val = self.promote(val, ty, to)?;
            self.bindings.insert(*variable, Binding::Value(val));
        }
        let done = self.f.cell(Ty::I64);
        let zero = self.int(0);
        self.emit(Op::Set(done, zero));
        let depth = self.regions.len();
        self.exits.push(Exit::Function { done, depth, result: None, storage: None });
        self.inlining.push(id);
        let outer = self.unnormalised;
        self.unnormalised &= form != Form::Log;
        let written = self.list(&function.body);
        self.unnormalised = outer;
        self.inlining.pop();
        let exit = self.exits.pop();
        written?;
        self.span = span;
        match exit {
            Some(Exit::Function { result: Some(val), storage: None, .. }) => Ok(Some(val)),
            Some(Exit::Function { result, storage: Some(storage), .. }) => {
                // The last return was written straight; the others went to the storage.
                if result.is_some() {
                    return self.unsupported("a return after a conditional return");
                }
                self.read_storage(&storage).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn read_storage(&mut self, storage: &Binding) -> Result<Val> {
        Ok(match storage {
            Binding::Int { cell, .. } => {
                let v = self.f.value(Ty::I64);
                self.emit(Op::Get(v, *cell));
                Val::Int(v)
            }
            Binding::Real(cell) => {
                let v = self.f.value(Ty::F64);
                self.emit(Op::Get(v, *cell));
                Val::Real(v)
            }
            Binding::Array(view) => Val::Array(view.clone()),
            Binding::Tuple(items) => {
                Val::Tuple(items.iter().map(|item| self.read_storage(item)).collect::<Result<_>>()?)
            }
            Binding::Value(val) => val.clone(),
            Binding::Pending(_) => return self.unsupported("a result that is never assigned"),
        })
    }
}
