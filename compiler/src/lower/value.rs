//! What an expression lowers to.

use super::Lowerer;
use crate::ir::*;
use ppl_program::typed::Type;
use ppl_runtime::value::Value;
use std::sync::Arc;

/// The value of an expression: known from the data, or where it will be at run time.
#[derive(Clone, Debug)]
pub enum Val {
    Known(Arc<Value<f64>>),
    Int(V),
    Real(V),
    /// Vectors, matrices and arrays of them (reals or integers).
    Array(View),
    Tuple(Vec<Val>),
}

impl Val {
    pub fn known(value: Value<f64>) -> Val {
        Val::Known(Arc::new(value))
    }

    pub fn known_int(&self) -> Option<i32> {
        match self {
            Val::Known(value) => match **value {
                Value::Int(i) => Some(i),
                _ => None,
            },
            _ => None,
        }
    }

    pub fn known_real(&self) -> Option<f64> {
        match self {
            Val::Known(value) => match **value {
                Value::Int(i) => Some(i as f64),
                Value::Real(x) => Some(x),
                _ => None,
            },
            _ => None,
        }
    }

    pub fn is_known(&self) -> bool {
        match self {
            Val::Known(_) => true,
            Val::Tuple(items) => items.iter().all(Val::is_known),
            _ => false,
        }
    }

    /// The data behind a known value, tuples put together.
    pub fn to_value(&self) -> Option<Arc<Value<f64>>> {
        match self {
            Val::Known(value) => Some(value.clone()),
            Val::Tuple(items) => {
                let items: Option<Vec<Value<f64>>> = items.iter().map(|v| v.to_value().map(|v| (*v).clone())).collect();
                items.map(|items| Arc::new(Value::Tuple(items)))
            }
            _ => None,
        }
    }
}

/// Whether values of the type end in a matrix, whose last two dimensions are column-major.
pub fn is_matrix(ty: &Type) -> bool {
    matches!(ty.unwrap_array().0, Type::Matrix)
}

/// Whether the elements are integers.
pub fn elem_of(ty: &Type) -> Elem {
    if ty.is_integral() { Elem::I32 } else { Elem::F64 }
}

/// Number of dimensions of values of the type, array dimensions included.
pub fn rank(ty: &Type) -> usize {
    let (element, dims) = ty.unwrap_array();
    dims + match element {
        Type::Vector | Type::RowVector => 1,
        Type::Matrix => 2,
        _ => 0,
    }
}

/// Whether the lowering has a layout for the type.
pub fn has_layout(ty: &Type) -> bool {
    matches!(ty.unwrap_array().0, Type::Int | Type::Real | Type::Vector | Type::RowVector | Type::Matrix)
}

/// Sizes of a known value of a type with a layout.
pub fn dims_of(value: &Value<f64>, ty: &Type) -> Vec<usize> {
    let mut dims = Vec::new();
    let mut value = Some(value);
    let (element, depth) = ty.unwrap_array();
    for _ in 0..depth {
        match value {
            Some(Value::Array(items)) => {
                dims.push(items.len());
                value = items.first();
            }
            _ => {
                dims.push(0);
                value = None;
            }
        }
    }
    match (element, value) {
        (Type::Matrix, Some(Value::Matrix(m))) => dims.extend([m.rows, m.cols]),
        (Type::Matrix, _) => dims.extend([0, 0]),
        (Type::Vector | Type::RowVector, Some(Value::Vector(v) | Value::RowVector(v))) => dims.push(v.len()),
        (Type::Vector | Type::RowVector, _) => dims.push(0),
        _ => {}
    }
    dims
}

/// The numbers of a value in canonical order.
pub fn flatten(value: &Value<f64>, out: &mut Vec<f64>) {
    match value {
        Value::Int(i) => out.push(*i as f64),
        Value::Real(x) => out.push(*x),
        Value::Vector(v) | Value::RowVector(v) => out.extend(v),
        Value::Matrix(m) => out.extend(&m.data),
        Value::Array(items) | Value::Tuple(items) => items.iter().for_each(|v| flatten(v, out)),
        Value::Complex(z) => out.extend([z.re, z.im]),
        Value::ComplexVector(v) | Value::ComplexRowVector(v) => v.iter().for_each(|z| out.extend([z.re, z.im])),
        Value::ComplexMatrix(m) => m.data.iter().for_each(|z| out.extend([z.re, z.im])),
    }
}

impl Lowerer<'_> {
    pub(super) fn int(&mut self, x: i64) -> V {
        let v = self.f.value(Ty::I64);
        self.emit(Op::Int(v, x));
        v
    }

    pub(super) fn real(&mut self, x: f64) -> V {
        let v = self.f.value(Ty::F64);
        self.emit(Op::Real(v, x));
        v
    }

    /// An integer scalar at run time.
    pub(super) fn int_value(&mut self, val: &Val) -> super::Result<V> {
        match val {
            Val::Int(v) => Ok(*v),
            Val::Known(value) => match **value {
                Value::Int(i) => Ok(self.int(i as i64)),
                _ => self.unsupported("an integer was expected here"),
            },
            _ => self.unsupported("an integer was expected here"),
        }
    }

    /// A real scalar at run time; integers are promoted.
    pub(super) fn real_value(&mut self, val: &Val) -> super::Result<V> {
        match val {
            Val::Real(v) => Ok(*v),
            Val::Int(v) => {
                let out = self.f.value(Ty::F64);
                self.emit(Op::IntToReal(out, *v));
                Ok(out)
            }
            val => match val.known_real() {
                Some(x) => Ok(self.real(x)),
                None => self.unsupported("a number was expected here"),
            },
        }
    }

    /// An array at run time; known ones move to the data block.
    pub(super) fn view_of(&mut self, val: &Val, ty: &Type) -> super::Result<View> {
        match val {
            Val::Array(view) => Ok(view.clone()),
            Val::Known(value) if has_layout(ty) => {
                let dims = dims_of(value, ty);
                let elem = elem_of(ty);
                let key = Arc::as_ptr(value);
                let buffer = match self.interned.get(&key) {
                    Some((_, buffer)) if self.f.buf(*buffer).elem == elem => *buffer,
                    _ => {
                        let buffer = self.intern(value, elem);
                        self.interned.insert(key, (value.clone(), buffer));
                        buffer
                    }
                };
                Ok(View::dense(buffer, &dims, is_matrix(ty)))
            }
            _ => self.unsupported(format!("a value of type {ty} has no machine layout")),
        }
    }

    fn intern(&mut self, value: &Value<f64>, elem: Elem) -> BufferId {
        let mut numbers = Vec::new();
        flatten(value, &mut numbers);
        let home = match elem {
            Elem::F64 => {
                let start = self.reals.len().next_multiple_of(8);
                self.reals.resize(start, 0.0);
                self.reals.extend(&numbers);
                Home::Reals(start)
            }
            Elem::I32 => {
                let start = self.ints.len().next_multiple_of(16);
                self.ints.resize(start, 0);
                self.ints.extend(numbers.iter().map(|x| *x as i32));
                Home::Ints(start)
            }
        };
        self.f.buffer(elem, numbers.len(), home)
    }

    /// The view itself where it is contiguous in canonical order, else a copy that is.
    pub(super) fn dense(&mut self, view: &View, matrix: bool) -> View {
        if view.is_dense(matrix) { view.clone() } else { self.copy_of(view, matrix) }
    }

    /// A fresh dense copy.
    pub(super) fn copy_of(&mut self, view: &View, matrix: bool) -> View {
        let to = self.temporary(self.f.buf(view.buffer).elem, &view.dims, matrix);
        self.emit(Op::Copy { to: to.clone(), from: view.clone() });
        to
    }

    /// A fresh temporary; it must be written exactly once.
    pub(super) fn temporary(&mut self, elem: Elem, dims: &[usize], matrix: bool) -> View {
        let home = self.frame();
        let buffer = self.f.buffer(elem, dims.iter().product(), home);
        View::dense(buffer, dims, matrix)
    }

    /// Whether a view is part of something that assignments may change.
    pub(super) fn is_assigned_storage(&self, view: &View) -> bool {
        self.f.buf(view.buffer).home == Home::Static
    }

    /// An array value that later assignments cannot change.
    pub(super) fn settled(&mut self, val: Val, ty: &Type) -> Val {
        match (val, ty) {
            (Val::Array(view), _) if self.is_assigned_storage(&view) => Val::Array(self.copy_of(&view, is_matrix(ty))),
            (Val::Tuple(items), Type::Tuple(types)) => {
                Val::Tuple(items.into_iter().zip(types).map(|(v, ty)| self.settled(v, ty)).collect())
            }
            (val, _) => val,
        }
    }

    /// A scalar or view as loaded: rank 0 views become scalars.
    pub(super) fn loaded(&mut self, view: View) -> Val {
        if !view.dims.is_empty() {
            return Val::Array(view);
        }
        let elem = self.f.buf(view.buffer).elem;
        let out = self.f.value(if elem == Elem::F64 { Ty::F64 } else { Ty::I64 });
        self.emit(Op::Load { out, buffer: view.buffer, at: view.at });
        if elem == Elem::F64 { Val::Real(out) } else { Val::Int(out) }
    }
}
