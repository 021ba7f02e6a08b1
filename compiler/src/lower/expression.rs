//! Expressions.

use super::value::{elem_of, has_layout, is_matrix, rank};
use super::{Lowerer, Result, Val, value};
use crate::ir::*;
use ppl_program::typed::*;
use ppl_runtime::value::{Matrix, Value};

impl Lowerer<'_> {
    pub(super) fn expression(&mut self, e: &Expr) -> Result<Val> {
        match &e.kind {
            ExprKind::Int(i) => Ok(Val::known(Value::Int(*i))),
            ExprKind::Real(x) => Ok(Val::known(Value::Real(*x))),
            ExprKind::Imaginary(_) => self.unsupported("complex numbers"),
            ExprKind::Variable(id) => self.read(*id),
            ExprKind::Target => self.unsupported("target()"),
            ExprKind::Call { callee, arguments } => {
                let passes_function = arguments.iter().any(|a| matches!(a.kind, ExprKind::Function(_)));
                let recursive = matches!(callee, Callee::User { function, .. } if self.inlining.contains(function));
                if passes_function {
                    return self.passing(e);
                }
                if recursive {
                    return self.interpreted(e);
                }
                self.call(callee, arguments, &e.ty)
            }
            ExprKind::And(a, b) => self.short_circuit(a, b, false),
            ExprKind::Or(a, b) => self.short_circuit(a, b, true),
            ExprKind::Ternary { condition, then, otherwise } => self.ternary(condition, then, otherwise, &e.ty),
            ExprKind::Index { base, indices } => self.index_expression(base, indices),
            ExprKind::Project { base, index } => {
                let val = self.expression(base)?;
                let Type::Tuple(types) = &base.ty else { return self.unsupported("a tuple was expected here") };
                let items = self.tuple_items(&val, types.len())?;
                match items.into_iter().nth(index - 1) {
                    Some(item) => Ok(item),
                    None => self.unsupported("a tuple has fewer components"),
                }
            }
            ExprKind::Array(items) => self.container(items, &e.ty, |values| Some(Value::Array(values))),
            ExprKind::RowVector(items) => self.container(items, &e.ty, |values| {
                let numbers: Option<Vec<f64>> = values.iter().map(number).collect();
                numbers.map(Value::RowVector)
            }),
            ExprKind::MatrixRows(items) => self.container(items, &e.ty, |rows| {
                let rows: Option<Vec<Vec<f64>>> = rows
                    .into_iter()
                    .map(|row| match row {
                        Value::RowVector(v) => Some(v),
                        _ => None,
                    })
                    .collect();
                let rows = rows?;
                let cols = rows.first().map_or(0, Vec::len);
                if rows.iter().any(|r| r.len() != cols) {
                    return None;
                }
                Some(Value::Matrix(Matrix::from_fn(rows.len(), cols, |i, j| rows[i][j])))
            }),
            ExprKind::Tuple(items) => {
                let items: Result<Vec<Val>> = items.iter().map(|item| self.expression(item)).collect();
                items.map(Val::Tuple)
            }
            ExprKind::Promote(inner) => {
                let val = self.expression(inner)?;
                self.promote(val, &inner.ty, &e.ty)
            }
            ExprKind::Function(_) => self.unsupported("a function as an argument"),
        }
    }

    fn short_circuit(&mut self, a: &Expr, b: &Expr, or: bool) -> Result<Val> {
        let left = self.expression(a)?;
        if let Some(x) = left.known_real() {
            if (x != 0.0) == or {
                return Ok(Val::known(Value::Int(or as i32)));
            }
            let right = self.expression(b)?;
            return self.truth(&right);
        }
        let left = self.truth(&left)?;
        let left = self.int_value(&left)?;
        let cell = self.f.cell(Ty::I64);
        self.emit(Op::Set(cell, left));
        let evaluate = self.region(|l| {
            let right = l.expression(b)?;
            let right = l.truth(&right)?;
            let right = l.int_value(&right)?;
            l.emit(Op::Set(cell, right));
            Ok(())
        })?;
        let (then, otherwise) = if or { (Region::default(), evaluate) } else { (evaluate, Region::default()) };
        self.emit(Op::If(Box::new(If { condition: left, then, otherwise })));
        let out = self.f.value(Ty::I64);
        self.emit(Op::Get(out, cell));
        Ok(Val::Int(out))
    }

    /// 1 or 0.
    fn truth(&mut self, val: &Val) -> Result<Val> {
        if let Some(x) = val.known_real() {
            return Ok(Val::known(Value::Int((x != 0.0) as i32)));
        }
        let (left, ty) = match val {
            Val::Real(v) => (*v, Ty::F64),
            val => (self.int_value(val)?, Ty::I64),
        };
        let right = match ty {
            Ty::F64 => self.real(0.0),
            Ty::I64 => self.int(0),
        };
        let out = self.f.value(Ty::I64);
        self.emit(Op::Compare { out, op: Compare::Ne, ty, left, right });
        Ok(Val::Int(out))
    }

    fn ternary(&mut self, condition: &Expr, then: &Expr, otherwise: &Expr, ty: &Type) -> Result<Val> {
        let test = self.expression(condition)?;
        if let Some(x) = test.known_real() {
            return self.expression(if x != 0.0 { then } else { otherwise });
        }
        let test = self.truth(&test)?;
        let condition = self.int_value(&test)?;
        let mut storage = None;
        let mut regions = [Region::default(), Region::default()];
        for (k, side) in [then, otherwise].into_iter().enumerate() {
            regions[k] = self.region(|l| {
                let val = l.expression(side)?;
                let place = match storage.take() {
                    Some(place) => place,
                    None => l.choice_storage(&val, ty)?,
                };
                storage = Some(l.write_binding(place, val, ty)?);
                Ok(())
            })?;
        }
        let [then, otherwise] = regions;
        self.emit(Op::If(Box::new(If { condition, then, otherwise })));
        match storage {
            Some(super::binding::Binding::Int { cell, .. }) => {
                let v = self.f.value(Ty::I64);
                self.emit(Op::Get(v, cell));
                Ok(Val::Int(v))
            }
            Some(super::binding::Binding::Real(cell)) => {
                let v = self.f.value(Ty::F64);
                self.emit(Op::Get(v, cell));
                Ok(Val::Real(v))
            }
            Some(super::binding::Binding::Array(view)) => Ok(Val::Array(view)),
            _ => self.unsupported("a conditional of this type"),
        }
    }

    fn choice_storage(&mut self, val: &Val, ty: &Type) -> Result<super::binding::Binding> {
        use super::binding::Binding;
        Ok(match ty {
            Type::Int => Binding::Int { cell: self.f.cell(Ty::I64), known: None },
            Type::Real => Binding::Real(self.f.cell(Ty::F64)),
            ty => match self.dims(val, ty) {
                Some(dims) => Binding::Array(self.assigned_array(elem_of(ty), &dims, is_matrix(ty))),
                None => return self.unsupported(format!("a conditional of type {ty}")),
            },
        })
    }

    /// An array, row vector or matrix written out.
    fn container(
        &mut self,
        items: &[Expr],
        ty: &Type,
        known: impl FnOnce(Vec<Value<f64>>) -> Option<Value<f64>>,
    ) -> Result<Val> {
        let vals: Vec<Val> = items.iter().map(|item| self.expression(item)).collect::<Result<_>>()?;
        let types: Vec<Type> = items.iter().map(|item| item.ty.clone()).collect();
        self.gather_items(vals, &types, ty, known)
    }

    fn gather_items(
        &mut self,
        vals: Vec<Val>,
        types: &[Type],
        ty: &Type,
        known: impl FnOnce(Vec<Value<f64>>) -> Option<Value<f64>>,
    ) -> Result<Val> {
        let values: Option<Vec<Value<f64>>> = vals.iter().map(|v| v.to_value().map(|v| (*v).clone())).collect();
        if let Some(value) = values.and_then(known) {
            return Ok(Val::known(value));
        }
        if !has_layout(ty) {
            return self.unsupported(format!("a value of type {ty} written out"));
        }
        let mut dims = vec![vals.len()];
        if rank(ty) > 1 {
            match vals.first().and_then(|v| self.dims(v, &types[0])) {
                Some(inner) => dims.extend(inner),
                None => return self.unsupported("an empty array written out"),
            }
        }
        let elem = elem_of(ty);
        let out = self.temporary(elem, &dims, is_matrix(ty));
        for (i, (val, item_ty)) in vals.into_iter().zip(types).enumerate() {
            let part = out.fix_constant(0, i + 1);
            if part.dims.is_empty() {
                let value = match elem {
                    Elem::F64 => self.real_value(&val)?,
                    Elem::I32 => self.int_value(&val)?,
                };
                self.emit(Op::Store { buffer: part.buffer, at: part.at, value });
            } else {
                let from = self.view_of(&val, item_ty)?;
                if from.dims != part.dims {
                    return self.unsupported("rows of different sizes");
                }
                self.emit(Op::Copy { to: part, from });
            }
        }
        Ok(Val::Array(out))
    }

    pub(super) fn promote(&mut self, val: Val, from: &Type, to: &Type) -> Result<Val> {
        if from == to {
            return Ok(val);
        }
        match (&val, to) {
            (Val::Known(known), _) => match promoted(known, to) {
                Some(value) => Ok(Val::known(value)),
                None => self.unsupported(format!("promotion to {to}")),
            },
            (Val::Int(_), Type::Real) => self.real_value(&val).map(Val::Real),
            (Val::Array(view), _) if has_layout(to) && self.f.buf(view.buffer).elem == Elem::I32 => {
                let from = self.dense(view, false);
                let out = self.temporary(Elem::F64, &from.dims, false);
                let (source, target) = (from.flat(), out.flat());
                self.for_count(source.len(), |l, i| {
                    let Val::Int(x) = l.loaded(source.fix(0, i)) else { return Ok(()) };
                    let value = l.f.value(Ty::F64);
                    l.emit(Op::IntToReal(value, x));
                    let place = target.fix(0, i);
                    l.emit(Op::Store { buffer: place.buffer, at: place.at, value });
                    Ok(())
                })?;
                Ok(Val::Array(out))
            }
            (Val::Array(_), _) => Ok(val),
            (Val::Tuple(items), Type::Tuple(types)) => {
                let Type::Tuple(sources) = from else { return self.unsupported("promotion of a tuple") };
                let parts = items.clone().into_iter().zip(sources.iter().zip(types));
                let parts: Result<Vec<Val>> = parts.map(|(v, (from, to))| self.promote(v, from, to)).collect();
                parts.map(Val::Tuple)
            }
            _ => self.unsupported(format!("promotion to {to}")),
        }
    }

    /// An argument as a value of the interpreter, where the data determine it.
    pub(super) fn known_values(&self, vals: &[Val]) -> Option<Vec<Value<f64>>> {
        vals.iter().map(|v| v.to_value().map(|v| (*v).clone())).collect()
    }

    /// Real elements of an argument that may be a scalar or an array: dense and flat.
    pub(super) fn flat_real(&mut self, val: &Val, ty: &Type) -> Result<View> {
        let val = match value::elem_of(ty) {
            Elem::F64 => val.clone(),
            Elem::I32 => {
                let real = real_type(ty);
                self.promote(val.clone(), ty, &real)?
            }
        };
        let view = self.view_of(&val, &real_type(ty))?;
        Ok(self.dense(&view, is_matrix(ty)).flat())
    }
}

/// The type with `int` replaced by `real`.
pub fn real_type(ty: &Type) -> Type {
    match ty {
        Type::Int => Type::Real,
        Type::Array(element, dims) => Type::Array(Box::new(real_type(element)), *dims),
        ty => ty.clone(),
    }
}

fn number(value: &Value<f64>) -> Option<f64> {
    match value {
        Value::Int(i) => Some(*i as f64),
        Value::Real(x) => Some(*x),
        _ => None,
    }
}

fn promoted(value: &Value<f64>, to: &Type) -> Option<Value<f64>> {
    Some(match (value, to) {
        (Value::Int(i), Type::Real) => Value::Real(*i as f64),
        (Value::Array(items), Type::Array(element, dims)) => {
            let inner = element.as_ref().clone().array(dims - 1);
            Value::Array(items.iter().map(|v| promoted(v, &inner)).collect::<Option<_>>()?)
        }
        (Value::Tuple(items), Type::Tuple(types)) => {
            Value::Tuple(items.iter().zip(types).map(|(v, ty)| promoted(v, ty)).collect::<Option<_>>()?)
        }
        (_, Type::Complex | Type::ComplexVector | Type::ComplexRowVector | Type::ComplexMatrix) => return None,
        (value, _) => value.clone(),
    })
}
