//! Calls that pass functions: to solvers, or to sums and maps, whose function is inlined. What has no lowering is run by the
//! interpreter.

use super::{Lowerer, Result, Val};
use crate::ir::*;
use ppl_program::typed::*;
use ppl_runtime::value::Value;
use std::sync::Arc;

/// An argument of a call that passes a function; active where derivatives by its real numbers are asked for.
pub(super) struct Passing<'a> {
    pub val: Val,
    pub ty: &'a Type,
    pub active: bool,
}

impl Lowerer<'_> {
    /// A call that passes a function.
    pub(super) fn passing(&mut self, e: &Expr) -> Result<Val> {
        let ExprKind::Call { callee: Callee::Library(name), arguments } = &e.kind else { return self.interpreted(e) };
        let Some((ExprKind::Function(function), rest)) = arguments.split_first().map(|(f, rest)| (&f.kind, rest))
        else {
            return self.interpreted(e);
        };
        let snapshot = self.snapshot();
        let span = self.span;
        match self.passing_machine_code(name, *function, rest) {
            // A loop around it can be unrolled.
            Err(refused) if refused.unroll && self.loops.len() > 1 => Err(refused),
            Err(_) => {
                self.rewind(snapshot);
                self.span = span;
                self.interpreted(e)
            }
            done => done,
        }
    }

    fn passing_machine_code(&mut self, name: &str, function: FunctionId, rest: &[Expr]) -> Result<Val> {
        let span = self.span;
        let mut arguments = Vec::new();
        for e in rest {
            let val = self.expression(e)?;
            arguments.push(Passing { val, ty: &e.ty, active: self.level(e) == Level::Parameter });
        }
        self.span = span;
        if arguments.iter().all(|x| x.val.is_known()) {
            return self.unsupported("arguments that are all known");
        }
        match name {
            "reduce_sum" | "reduce_sum_static" => self.reduce_sum(function, arguments),
            "map_rect" => self.map_rect(function, &arguments),
            _ => self.solver(name, function, arguments),
        }
    }

    /// `reduce_sum(f, x, grainsize, ...)`: `f` of one slice, which is all of `x`.
    fn reduce_sum(&mut self, function: FunctionId, mut arguments: Vec<Passing>) -> Result<Val> {
        let [sliced, grain_size, ..] = &arguments[..] else { return self.unsupported("too few arguments") };
        let elements = self.dims(&sliced.val, sliced.ty).and_then(|dims| dims.first().copied());
        let (Some(n @ 1..), Some(1..)) = (elements, grain_size.val.known_int()) else {
            return self.unsupported("a sum over nothing, or with a grain size that is not positive");
        };
        let int = |i: usize| Passing { val: Val::known(Value::Int(i as i32)), ty: &Type::Int, active: false };
        arguments.splice(1..2, [int(1), int(n)]);
        self.inline_passed(function, arguments)
    }

    /// `map_rect(f, phi, thetas, x_rs, x_is)`: the vectors `f(phi, theta, x_r, x_i)`, one after the other.
    fn map_rect(&mut self, function: FunctionId, arguments: &[Passing]) -> Result<Val> {
        let [shared, jobs @ ..] = arguments else { return self.unsupported("too few arguments") };
        let counts: Option<Vec<usize>> = jobs.iter().map(|x| self.dims(&x.val, x.ty)?.first().copied()).collect();
        let Some([n, reals, ints]) = counts.and_then(|counts| <[usize; 3]>::try_from(counts).ok()) else {
            return self.unsupported("jobs that are no arrays");
        };
        if n != reals || n != ints {
            return self.unsupported("different numbers of jobs");
        }
        let mut parts = Vec::new();
        for i in 1..=n {
            self.within_budget()?;
            let mut own = vec![Passing { val: shared.val.clone(), ..*shared }];
            let types: Vec<Type> = jobs.iter().map(|job| element_type(job.ty)).collect();
            for (job, ty) in jobs.iter().zip(&types) {
                own.push(Passing { val: self.job(job, i)?, ty, active: job.active });
            }
            let part = self.inline_passed(function, own)?;
            parts.push(self.view_of(&part, &Type::Vector)?);
        }
        let out = self.temporary(Elem::F64, &[parts.iter().map(View::len).sum()], false);
        let mut first = 1;
        for part in parts {
            let len = part.len();
            self.emit(Op::Copy { to: out.cut(0, first, len), from: part });
            first += len as i64;
        }
        Ok(Val::Array(out))
    }

    /// Element `i` of an array of arguments, counted from 1.
    fn job(&mut self, jobs: &Passing, i: usize) -> Result<Val> {
        match &jobs.val {
            Val::Array(view) => Ok(Val::Array(view.fix_constant(0, i))),
            Val::Known(value) => match &**value {
                Value::Array(items) => Ok(Val::Known(Arc::new(items[i - 1].clone()))),
                _ => self.unsupported("jobs that are no arrays"),
            },
            _ => self.unsupported("jobs that are no arrays"),
        }
    }

    fn inline_passed(&mut self, function: FunctionId, arguments: Vec<Passing>) -> Result<Val> {
        let form = match self.program.function(function).kind {
            FunctionKind::Lpdf | FunctionKind::Lpmf => Form::LogUnnormalised,
            _ => Form::Plain,
        };
        let types: Vec<Type> = arguments.iter().map(|x| x.ty.clone()).collect();
        let level = |x: &Passing| if x.active { Level::Parameter } else { Level::Data };
        let levels: Vec<Level> = arguments.iter().map(level).collect();
        let vals = arguments.into_iter().map(|x| x.val).collect();
        match self.inline(function, form, vals, &types, &levels)? {
            Some(val) => Ok(val),
            None => self.unsupported("a passed function that ends without a return"),
        }
    }
}

/// The type of the elements of an array.
fn element_type(ty: &Type) -> Type {
    match ty {
        Type::Array(element, dims) => element.as_ref().clone().array(dims - 1),
        ty => ty.clone(),
    }
}
