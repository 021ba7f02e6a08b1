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
        let pure =
            matches!(function.kind, FunctionKind::Plain | FunctionKind::Lpdf | FunctionKind::Lpmf | FunctionKind::Cdf);
        if pure
            && form != Form::LogUnnormalised
            && let Some(values) = self.known_values(&vals)
            && let Some(value) = self.evaluate.call(id, &values)
        {
            return Ok(Val::known(value));
        }
        let levels: Vec<Level> = arguments.iter().map(|a| self.level(a)).collect();
        match self.inline(id, form, vals, &types, &levels)? {
            Some(val) => Ok(val),
            None => self.unsupported(format!("{} ends without a return", self.program.function(id).name)),
        }
    }

    pub(super) fn user_void(&mut self, id: FunctionId, form: Form, arguments: &[Expr]) -> Result<()> {
        let (vals, types) = self.arguments(arguments)?;
        let levels: Vec<Level> = arguments.iter().map(|a| self.level(a)).collect();
        self.inline(id, form, vals, &types, &levels).map(|_| ())
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

    /// Whether a density takes the expression for one that depends on parameters, by what Stan's C++ types would be: no integer
    /// does, nor what an integer or condition selects; in a function the arguments of this call decide, and local variables
    /// have the level of the highest argument.
    pub(super) fn level(&self, e: &Expr) -> Level {
        if e.ty.is_integral() {
            return Level::Data;
        }
        let highest = |items: &[Expr]| items.iter().map(|item| self.level(item)).max().unwrap_or(Level::Data);
        match &e.kind {
            ExprKind::Int(_) | ExprKind::Real(_) | ExprKind::Imaginary(_) | ExprKind::Function(_) => Level::Data,
            ExprKind::And(..) | ExprKind::Or(..) => Level::Data,
            ExprKind::Target => Level::Parameter,
            ExprKind::Variable(id) => self.variable_level(*id),
            ExprKind::Call { arguments, .. } => highest(arguments),
            ExprKind::Ternary { then, otherwise, .. } => self.level(then).max(self.level(otherwise)),
            ExprKind::Index { base, .. } | ExprKind::Project { base, .. } => self.level(base),
            ExprKind::Array(items)
            | ExprKind::RowVector(items)
            | ExprKind::MatrixRows(items)
            | ExprKind::Tuple(items) => highest(items),
            ExprKind::Promote(operand) => self.level(operand),
        }
    }

    fn variable_level(&self, id: VarId) -> Level {
        let Some(&function) = self.inlining.last() else { return self.program.variable(id).level };
        let arguments = &self.program.function(function).arguments;
        if arguments.contains(&id) {
            return self.levels.get(&id).copied().unwrap_or(Level::Data);
        }
        arguments.iter().filter_map(|a| self.levels.get(a)).max().copied().unwrap_or(Level::Data)
    }

    pub(super) fn inline(
        &mut self,
        id: FunctionId,
        form: Form,
        vals: Vec<Val>,
        types: &[Type],
        levels: &[Level],
    ) -> Result<Option<Val>> {
        let program = self.program;
        let function = program.function(id);
        if self.inlining.contains(&id) {
            return self.unsupported(format!("recursion of {}", function.name));
        }
        let span = self.span;
        for (variable, level) in function.arguments.iter().zip(levels) {
            let integral = program.variable(*variable).ty.is_integral();
            self.levels.insert(*variable, if integral { Level::Data } else { *level });
        }
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
        self.unnormalised &= form == Form::LogUnnormalised || function.kind == FunctionKind::Lp;
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
