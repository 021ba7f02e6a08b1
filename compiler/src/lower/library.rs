//! Library functions and operators on run-time arguments: views where nothing need be computed, scalar operations,
//! kernels, and library code for the rest.

use super::generic::Function;
use super::value::{elem_of, has_layout, is_matrix, rank};
use super::{Lowerer, Result, Val, rules};
use crate::ir::*;
use crate::kernel::Operand;
use crate::scalar::{Binary, Unary};
use ppl_program::typed::Type;
use ppl_runtime::value::Value;

impl Lowerer<'_> {
    /// `by_element`: the call was written `.*` or `.^`.
    pub(super) fn library(
        &mut self,
        name: &str,
        vals: &[Val],
        types: &[Type],
        result: &Type,
        by_element: bool,
    ) -> Result<Val> {
        if let Some(val) = self.shape_function(name, vals, types, result)? {
            return Ok(val);
        }
        if let Some(val) = self.integer_function(name, vals, types)? {
            return Ok(val);
        }
        if let Some(val) = self.scalar_function(name, vals, types)? {
            return Ok(val);
        }
        if let Some(val) = self.product(name, vals, types, by_element)? {
            return Ok(val);
        }
        if let Some(val) = self.reduction(name, vals, types)? {
            return Ok(val);
        }
        if !by_element && let Some(val) = self.matrix_function(name, vals, types, result)? {
            return Ok(val);
        }
        let elementwise = match (vals, types) {
            ([x], [ty]) if super::expression::real_type(ty) == *result => self.map1(name, x, ty)?,
            ([a, b], [ta, tb]) if broadcasts(ta, tb, result) => self.map2(name, (a, ta), (b, tb))?,
            _ => None,
        };
        match elementwise {
            Some(val) => Ok(val),
            None => self.opaque(Function::Library(name.to_owned()), vals, types, result),
        }
    }

    /// Functions that only look at sizes or rearrange: most cost nothing.
    fn shape_function(&mut self, name: &str, vals: &[Val], types: &[Type], result: &Type) -> Result<Option<Val>> {
        let dims = match (vals.first(), types.first()) {
            (Some(val), Some(ty)) => self.dims(val, ty),
            _ => None,
        };
        let int = |n: usize| Ok(Some(Val::known(Value::Int(n as i32))));
        if let ("size" | "num_elements" | "rows" | "cols", Some(dims), [ty]) = (name, &dims, types) {
            let element = ty.unwrap_array().0;
            return match (name, element) {
                ("num_elements", _) => int(dims.iter().product()),
                ("size", Type::Matrix) if dims.len() == 2 => int(dims.iter().product()),
                ("size", _) => int(dims[0]),
                ("rows", Type::RowVector) => int(1),
                ("rows", Type::Vector | Type::Matrix) => int(dims[0]),
                ("cols", Type::Vector) => int(1),
                ("cols", Type::RowVector) => int(dims[0]),
                ("cols", Type::Matrix) => int(dims[1]),
                _ => Ok(None),
            };
        }
        match (name, vals, types) {
            ("plus", [val], _) => Ok(Some(val.clone())),
            ("transpose", [Val::Array(view)], [ty]) => Ok(Some(Val::Array(match ty {
                Type::Matrix => View {
                    dims: vec![view.dims[1], view.dims[0]],
                    strides: vec![view.strides[1], view.strides[0]],
                    ..view.clone()
                },
                _ => view.clone(),
            }))),
            ("to_vector" | "to_row_vector" | "to_array_1d", [Val::Array(view)], [ty])
                if rank(result) == 1 && elem_of(ty) == elem_of(result) =>
            {
                // Matrices go column by column, arrays in their own order: both are the order in memory.
                if view.dims.len() == 1 {
                    return Ok(Some(Val::Array(view.clone())));
                }
                Ok(Some(Val::Array(self.dense(view, is_matrix(ty)).flat())))
            }
            ("row", [Val::Array(view), i], _) => self.fix(view.clone(), 0, i).map(|v| Some(Val::Array(v))),
            ("col", [Val::Array(view), j], _) => self.fix(view.clone(), 1, j).map(|v| Some(Val::Array(v))),
            ("diagonal", [Val::Array(view)], _) => {
                let n = view.dims[0].min(view.dims[1]);
                let stride = view.strides[0] + view.strides[1];
                Ok(Some(Val::Array(View { dims: vec![n], strides: vec![stride], ..view.clone() })))
            }
            ("head", [Val::Array(view), n], _) => {
                let n = self.known_count(n)?;
                self.segment(view, 1, n).map(Some)
            }
            ("tail", [Val::Array(view), n], _) => {
                let n = self.known_count(n)?;
                self.segment(view, view.dims[0] as i64 - n as i64 + 1, n).map(Some)
            }
            ("segment", [Val::Array(view), i, n], _) => {
                let n = self.known_count(n)?;
                self.segment_at(view, i, n).map(Some)
            }
            ("sub_col", [Val::Array(view), i, j, n], _) => {
                let column = self.fix(view.clone(), 1, j)?;
                let n = self.known_count(n)?;
                self.segment_at(&column, i, n).map(Some)
            }
            ("sub_row", [Val::Array(view), i, j, n], _) => {
                let row = self.fix(view.clone(), 0, i)?;
                let n = self.known_count(n)?;
                self.segment_at(&row, j, n).map(Some)
            }
            ("rep_vector" | "rep_row_vector", [x, n], _) => {
                let n = self.known_count(n)?;
                self.filled(x, &[n]).map(Some)
            }
            ("rep_array", [x, sizes @ ..], [Type::Int | Type::Real, ..]) => {
                let dims: Result<Vec<usize>> = sizes.iter().map(|n| self.known_count(n)).collect();
                self.filled(x, &dims?).map(Some)
            }
            ("rep_matrix", [x, m, n], [Type::Int | Type::Real, ..]) => {
                let dims = [self.known_count(m)?, self.known_count(n)?];
                let out = self.temporary(Elem::F64, &dims, true);
                let value = self.real_value(x)?;
                self.emit(Op::Fill { to: out.clone(), value });
                Ok(Some(Val::Array(out)))
            }
            ("rep_matrix", [x, n], [ty, ..]) => {
                let view = self.view_of(x, ty)?;
                let n = self.known_count(n)?;
                let (dims, axis) = match ty {
                    Type::Vector => ([view.dims[0], n], 1),
                    _ => ([n, view.dims[0]], 0),
                };
                let out = self.temporary(Elem::F64, &dims, true);
                for i in 1..=n {
                    self.emit(Op::Copy { to: out.fix_constant(axis, i), from: view.clone() });
                }
                Ok(Some(Val::Array(out)))
            }
            ("append_row" | "append_col" | "append_array", [a, b], [ta, tb]) => {
                self.append(name, (a, ta), (b, tb), result)
            }
            ("diag_matrix", [x], [ty]) => {
                let view = self.view_of(x, ty)?;
                let n = view.dims[0];
                let out = self.temporary(Elem::F64, &[n, n], true);
                let value = self.real(0.0);
                self.emit(Op::Fill { to: out.clone(), value });
                let diagonal = View { dims: vec![n], strides: vec![n + 1], ..out.clone() };
                self.emit(Op::Copy { to: diagonal, from: view });
                Ok(Some(Val::Array(out)))
            }
            ("reverse", ..) => Ok(None),
            _ => Ok(None),
        }
    }

    fn known_count(&mut self, val: &Val) -> Result<usize> {
        match val.known_int() {
            Some(n) if n >= 0 => Ok(n as usize),
            Some(n) => self.unsupported(format!("size {n} is negative")),
            None => self.unknown_size("a size that depends on parameters or on a loop index"),
        }
    }

    fn segment(&mut self, view: &View, first: i64, n: usize) -> Result<Val> {
        if n == 0 {
            return Ok(Val::Array(view.cut(0, 1, 0)));
        }
        if first < 1 || first + n as i64 - 1 > view.dims[0] as i64 {
            return self.unsupported("a segment leaves its vector");
        }
        Ok(Val::Array(view.cut(0, first, n)))
    }

    /// A segment of known length from a position that may be known only at run time.
    fn segment_at(&mut self, view: &View, first: &Val, n: usize) -> Result<Val> {
        if let Some(first) = first.known_int() {
            return self.segment(view, first as i64, n);
        }
        let index = self.int_value(first)?;
        let limit = view.dims[0] as i64 - n as i64 + 1;
        let site = self.site();
        self.emit(Op::CheckIndex { index, limit, site });
        let stride = view.strides[0] as i64;
        let mut part = view.clone();
        part.at = part.at.plus(index, stride).offset(-stride);
        part.dims[0] = n;
        Ok(Val::Array(part))
    }

    fn filled(&mut self, x: &Val, dims: &[usize]) -> Result<Val> {
        let (elem, value) = match x {
            Val::Int(v) => (Elem::I32, *v),
            x => (Elem::F64, self.real_value(x)?),
        };
        let out = self.temporary(elem, dims, false);
        self.emit(Op::Fill { to: out.clone(), value });
        Ok(Val::Array(out))
    }

    fn append(&mut self, name: &str, a: (&Val, &Type), b: (&Val, &Type), result: &Type) -> Result<Option<Val>> {
        if !has_layout(result) || elem_of(result) != Elem::F64 {
            return Ok(None);
        }
        let axis = match (name, result) {
            ("append_col", Type::Matrix) => 1,
            _ => 0,
        };
        let mut parts = Vec::new();
        for (val, ty) in [a, b] {
            let view = match ty {
                Type::Int | Type::Real => {
                    let value = self.real_value(val)?;
                    let cell = self.temporary(Elem::F64, &[1], false);
                    self.emit(Op::Store { buffer: cell.buffer, at: cell.at.clone(), value });
                    cell
                }
                ty => {
                    let real = super::expression::real_type(ty);
                    let val = self.promote(val.clone(), ty, &real)?;
                    self.view_of(&val, &real)?
                }
            };
            // A vector beside a matrix is a column, a row vector below one is a row.
            parts.push(match (result, ty) {
                (Type::Matrix, Type::Vector) => {
                    View { dims: vec![view.dims[0], 1], strides: vec![view.strides[0], 1], ..view }
                }
                (Type::Matrix, Type::RowVector) => {
                    View { dims: vec![1, view.dims[0]], strides: vec![1, view.strides[0]], ..view }
                }
                _ => view,
            });
        }
        let mut dims = parts[0].dims.clone();
        if parts[0].dims.len() != parts[1].dims.len() {
            return Ok(None);
        }
        for (k, (size, other)) in dims.iter_mut().zip(&parts[1].dims).enumerate() {
            if k == axis {
                *size += other;
            } else if *size != *other && !(parts[0].is_empty() || parts[1].is_empty()) {
                return self.unsupported(format!("{name}: sizes differ"));
            }
        }
        let out = self.temporary(Elem::F64, &dims, is_matrix(result));
        let mut first = 1;
        for part in parts {
            let n = part.dims[axis];
            if !part.is_empty() {
                self.emit(Op::Copy { to: out.cut(axis, first, n), from: part });
            }
            first += n as i64;
        }
        Ok(Some(Val::Array(out)))
    }

    /// Functions of integers that give integers, and comparisons.
    fn integer_function(&mut self, name: &str, vals: &[Val], types: &[Type]) -> Result<Option<Val>> {
        let compare = match name {
            "logical_eq" => Some(Compare::Eq),
            "logical_neq" => Some(Compare::Ne),
            "logical_lt" => Some(Compare::Lt),
            "logical_lte" => Some(Compare::Le),
            "logical_gt" => Some(Compare::Gt),
            "logical_gte" => Some(Compare::Ge),
            _ => None,
        };
        let scalar = |ty: &Type| matches!(ty, Type::Int | Type::Real);
        if let (Some(op), [a, b], [ta, tb]) = (compare, vals, types)
            && scalar(ta)
            && scalar(tb)
        {
            return self.compare(op, (a, ta), (b, tb)).map(Some);
        }
        if let ("logical_negation", [x], [ty]) = (name, vals, types) {
            let zero = Val::known(Value::Int(0));
            return self.compare(Compare::Eq, (x, ty), (&zero, &Type::Int)).map(Some);
        }
        if let ("int_step" | "step", [x], [ty]) = (name, vals, types)
            && scalar(ty)
        {
            let zero = Val::known(Value::Int(0));
            let op = if name == "step" { Compare::Ge } else { Compare::Gt };
            let flag = self.compare(op, (x, ty), (&zero, &Type::Int))?;
            return if name == "step" { self.real_value(&flag).map(|v| Some(Val::Real(v))) } else { Ok(Some(flag)) };
        }
        if let ([x], [Type::Int]) = (vals, types) {
            return match name {
                "minus" => self.int_op(IntOp::Sub, &Val::known(Value::Int(0)), x).map(Some),
                "abs" => {
                    let minus = self.int_op(IntOp::Sub, &Val::known(Value::Int(0)), x)?;
                    self.int_op(IntOp::Max, &minus, x).map(Some)
                }
                _ => Ok(None),
            };
        }
        if let ([a, b], [Type::Int, Type::Int]) = (vals, types) {
            let op = match name {
                "add" => IntOp::Add,
                "subtract" => IntOp::Sub,
                "multiply" => IntOp::Mul,
                "divide" | "int_divide" => IntOp::Div,
                "modulus" => IntOp::Mod,
                "min" => IntOp::Min,
                "max" => IntOp::Max,
                _ => return Ok(None),
            };
            return self.int_op(op, a, b).map(Some);
        }
        if let ("to_int", [x], [Type::Real]) = (name, vals, types) {
            let x = self.real_value(x)?;
            let out = self.f.value(Ty::I64);
            let site = self.site();
            self.emit(Op::RealToInt(out, x, site));
            return Ok(Some(Val::Int(out)));
        }
        Ok(None)
    }

    /// Functions of several scalars.
    fn scalar_function(&mut self, name: &str, vals: &[Val], types: &[Type]) -> Result<Option<Val>> {
        if !types.iter().all(|ty| matches!(ty, Type::Int | Type::Real)) {
            return Ok(None);
        }
        if let Some(v) = self.fused(name, vals)? {
            return Ok(Some(Val::Real(v)));
        }
        let v = match (name, vals) {
            ("fma", [a, b, c]) => {
                let (a, b, c) = (self.real_value(a)?, self.real_value(b)?, self.real_value(c)?);
                let product = self.binary_op(Binary::Mul, a, b);
                self.binary_op(Binary::Add, product, c)
            }
            ("inv_square", [x]) => {
                let x = self.real_value(x)?;
                let square = self.unary_op(Unary::Square, x);
                self.unary_op(Unary::Inv, square)
            }
            ("inv_sqrt", [x]) => {
                let x = self.real_value(x)?;
                let root = self.unary_op(Unary::Sqrt, x);
                self.unary_op(Unary::Inv, root)
            }
            ("logit", [p]) => {
                let p = self.real_value(p)?;
                let log = self.unary_op(Unary::Log, p);
                let minus = self.unary_op(Unary::Negate, p);
                let rest = self.unary_op(Unary::Log1p, minus);
                self.binary_op(Binary::Sub, log, rest)
            }
            ("log1m", [x]) => {
                let x = self.real_value(x)?;
                let minus = self.unary_op(Unary::Negate, x);
                self.unary_op(Unary::Log1p, minus)
            }
            // log(inv_logit(x)) = -log1p_exp(-x)
            ("log_inv_logit", [x]) => {
                let x = self.real_value(x)?;
                let minus = self.unary_op(Unary::Negate, x);
                let softplus = self.unary_op(Unary::Log1pExp, minus);
                self.unary_op(Unary::Negate, softplus)
            }
            ("log1m_inv_logit", [x]) => {
                let x = self.real_value(x)?;
                let softplus = self.unary_op(Unary::Log1pExp, x);
                self.unary_op(Unary::Negate, softplus)
            }
            _ => return Ok(None),
        };
        Ok(Some(Val::Real(v)))
    }

    /// Products of vectors and matrices.
    fn product(&mut self, name: &str, vals: &[Val], types: &[Type], by_element: bool) -> Result<Option<Val>> {
        let ([a, b], [ta, tb]) = (vals, types) else { return Ok(None) };
        let dot = match name {
            "multiply" => !by_element && (ta, tb) == (&Type::RowVector, &Type::Vector),
            "dot_product" | "squared_distance" => rank(ta) == 1 && rank(tb) == 1,
            _ => false,
        };
        if dot {
            let (x, y) = (self.flat_real(a, ta)?, self.flat_real(b, tb)?);
            if x.dims != y.dims {
                return self.unsupported(format!("{name}: sizes differ"));
            }
            let name = if name == "multiply" { "dot_product" } else { name };
            let Some(rule) = rules::pair(name) else { return Ok(None) };
            let out = self.f.value(Ty::F64);
            let site = self.site();
            let words = vec![x.len() as i64];
            let inputs = vec![Operand::View(x), Operand::View(y)];
            self.kernel(rule, inputs, vec![Operand::Scalar(out)], words, site);
            return Ok(Some(Val::Real(out)));
        }
        Ok(None)
    }

    /// Vectors to numbers, and vectors to vectors as a whole.
    fn reduction(&mut self, name: &str, vals: &[Val], types: &[Type]) -> Result<Option<Val>> {
        let ([x], [ty]) = (vals, types) else { return Ok(None) };
        if !has_layout(ty) || rank(ty) == 0 || elem_of(ty) != Elem::F64 {
            return Ok(None);
        }
        let name = match name {
            "dot_self" if rank(ty) > 1 => return Ok(None),
            name => name,
        };
        if rules::reduce(name).is_some() && ty.unwrap_array().1 <= 1 {
            let view = self.flat_real(x, ty)?;
            if view.is_empty() && name != "sum" && name != "dot_self" {
                return Ok(None);
            }
            // Two or three terms are quicker as numbers than as a vector.
            if name == "log_sum_exp" && (2..=3).contains(&view.len()) {
                let mut total = self.loaded(view.fix_constant(0, 1));
                for i in 2..=view.len() {
                    let next = self.loaded(view.fix_constant(0, i));
                    match self.fused("log_sum_exp", &[total, next])? {
                        Some(v) => total = Val::Real(v),
                        None => return Ok(None),
                    }
                }
                return Ok(Some(total));
            }
            return self.reduce(name, &view).map(|v| Some(Val::Real(v)));
        }
        if let Some(rule) = rules::whole(name)
            && rank(ty) == 1
        {
            let view = self.flat_real(x, ty)?;
            if view.is_empty() {
                return Ok(None);
            }
            let out = self.temporary(Elem::F64, &view.dims, false);
            let site = self.site();
            let words = vec![view.len() as i64];
            self.kernel(rule, vec![Operand::View(view)], vec![Operand::View(out.clone())], words, site);
            return Ok(Some(Val::Array(out)));
        }
        Ok(None)
    }
}

/// Whether a call of two arguments works element by element: scalars, or containers of the result's type.
fn broadcasts(a: &Type, b: &Type, result: &Type) -> bool {
    let fits = |ty: &Type| matches!(ty, Type::Int | Type::Real) || super::expression::real_type(ty) == *result;
    fits(a) && fits(b)
}
