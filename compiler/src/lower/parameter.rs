//! Parameters: Stan's transforms from the unconstrained coordinates, and the checks of declared constraints.

use super::binding::Binding;
use super::generic::Structured;
use super::value::is_matrix;
use super::{Lowerer, Result, Val};
use crate::ir::*;
use crate::scalar::{Binary, Unary};
use ppl_program::typed::*;

impl Lowerer<'_> {
    /// Declares a parameter: takes its coordinates and binds its constrained value.
    pub(super) fn parameter(&mut self, d: &Declaration) -> Result<()> {
        self.span = d.span;
        let val = self.parameter_value(&d.ty)?;
        self.bindings.insert(d.variable, Binding::Value(val));
        Ok(())
    }

    fn parameter_value(&mut self, ty: &SizedType) -> Result<Val> {
        if let SizedType::Tuple(items) = ty {
            let items: Result<Vec<Val>> = items.iter().map(|item| self.parameter_value(item)).collect();
            return items.map(Val::Tuple);
        }
        let dims = self.sizes(ty)?;
        let (element, depth) = match ty {
            SizedType::Array(element, sizes) => (&**element, sizes.len()),
            ty => (ty, 0),
        };
        let constraint = constraint_of(element);
        let inner = &dims[depth..];
        if let Some(kind) = structured(constraint, inner) {
            return self.structured_parameter(kind, &dims, depth);
        }
        let x = self.take(&dims, inner.len() == 2);
        self.elementwise(x, constraint, ty).map(|view| self.loaded(view))
    }

    /// The next unconstrained coordinates.
    fn take(&mut self, dims: &[usize], matrix: bool) -> View {
        let mut view = View::dense(self.theta, dims, matrix);
        view.at = At::constant(self.free as i64);
        self.free += view.len();
        view
    }

    fn structured_parameter(&mut self, kind: Structured, dims: &[usize], depth: usize) -> Result<Val> {
        let n = kind.free_size();
        if depth == 0 {
            let x = self.take(&[n], false);
            return Ok(Val::Array(self.constrain(kind, x)));
        }
        let count: usize = dims[..depth].iter().product();
        let x = self.take(&[count, n], false);
        let inner: usize = dims[depth..].iter().product();
        let out = self.temporary(Elem::F64, &[count, inner], false);
        self.for_count(count, |l, i| {
            let value = l.constrain(kind, x.fix(0, i));
            let from = value.flat();
            l.emit(Op::Copy { to: out.fix(0, i), from });
            Ok(())
        })?;
        Ok(Val::Array(View::dense(out.buffer, dims, dims.len() - depth == 2)))
    }

    /// Bounds, offsets and multipliers: scalars, or of the shape of the parameter.
    fn elementwise(&mut self, x: View, constraint: &Constraint, ty: &SizedType) -> Result<View> {
        let bound = |l: &mut Self, e: &Expr| -> Result<(Val, Type)> { Ok((l.expression(e)?, e.ty.clone())) };
        let infinite = |b: &(Val, Type), sign: f64| b.0.known_real() == Some(sign * f64::INFINITY);
        match constraint {
            Constraint::Lower(e) => {
                let lower = bound(self, e)?;
                if infinite(&lower, -1.0) { Ok(x) } else { self.lower(x, lower) }
            }
            Constraint::Upper(e) => {
                let upper = bound(self, e)?;
                if infinite(&upper, 1.0) { Ok(x) } else { self.upper(x, upper) }
            }
            Constraint::LowerUpper(a, b) => {
                let (lower, upper) = (bound(self, a)?, bound(self, b)?);
                match (infinite(&lower, -1.0), infinite(&upper, 1.0)) {
                    (true, true) => Ok(x),
                    (true, false) => self.upper(x, upper),
                    (false, true) => self.lower(x, lower),
                    (false, false) => self.lower_upper(x, lower, upper),
                }
            }
            Constraint::Offset(e) => {
                let offset = bound(self, e)?;
                self.affine(x, Some(offset), None)
            }
            Constraint::Multiplier(e) => {
                let multiplier = bound(self, e)?;
                self.affine(x, None, Some(multiplier))
            }
            Constraint::OffsetMultiplier(a, b) => {
                let (offset, multiplier) = (bound(self, a)?, bound(self, b)?);
                self.affine(x, Some(offset), Some(multiplier))
            }
            Constraint::None => Ok(x),
            _ => self.unsupported(format!("this constraint on {ty:?}")),
        }
    }

    /// A rank 0 view of a fresh value.
    fn scalar_cell(&mut self, value: V) -> View {
        let view = self.temporary(Elem::F64, &[], false);
        self.emit(Op::Store { buffer: view.buffer, at: view.at.clone(), value });
        view
    }

    fn scalar(&mut self, x: &View) -> V {
        match self.loaded(x.clone()) {
            Val::Real(v) | Val::Int(v) => v,
            _ => self.real(f64::NAN),
        }
    }

    /// `lower + exp(x)`, log Jacobian `x`.
    fn lower(&mut self, x: View, lower: (Val, Type)) -> Result<View> {
        if x.dims.is_empty() {
            let x = self.scalar(&x);
            let e = self.unary_op(Unary::Exp, x);
            let y = match lower.0.known_real() {
                Some(0.0) => e,
                _ => {
                    let lower = self.real_value(&lower.0)?;
                    self.binary_op(Binary::Add, e, lower)
                }
            };
            self.emit(Op::AddJacobian(x));
            return Ok(self.scalar_cell(y));
        }
        let jacobian = self.reduce("sum", &x)?;
        self.emit(Op::AddJacobian(jacobian));
        let (xs, ty) = as_vector(&x);
        let e = self.mapped("exp", &xs, &ty)?;
        let y = match lower.0.known_real() {
            Some(0.0) => e,
            _ => {
                let lower = self.flat_bound(&x, lower)?;
                self.combined("add", (&e, &ty), lower)?
            }
        };
        shaped(self, y, &x)
    }

    /// `upper - exp(x)`, log Jacobian `x`.
    fn upper(&mut self, x: View, upper: (Val, Type)) -> Result<View> {
        if x.dims.is_empty() {
            let x = self.scalar(&x);
            let e = self.unary_op(Unary::Exp, x);
            let upper = self.real_value(&upper.0)?;
            let y = self.binary_op(Binary::Sub, upper, e);
            self.emit(Op::AddJacobian(x));
            return Ok(self.scalar_cell(y));
        }
        let jacobian = self.reduce("sum", &x)?;
        self.emit(Op::AddJacobian(jacobian));
        let (xs, ty) = as_vector(&x);
        let e = self.mapped("exp", &xs, &ty)?;
        let upper = self.flat_bound(&x, upper)?;
        let y = self.combined("subtract", (&upper.0, &upper.1), (e, ty))?;
        shaped(self, y, &x)
    }

    /// `lower + (upper - lower) inv_logit(x)`, log Jacobian `log(upper - lower) + log_inv_logit(x) + log1m_inv_logit(x)`.
    fn lower_upper(&mut self, x: View, lower: (Val, Type), upper: (Val, Type)) -> Result<View> {
        if x.dims.is_empty() {
            let x = self.scalar(&x);
            let (lower, upper) = (self.real_value(&lower.0)?, self.real_value(&upper.0)?);
            let width = self.binary_op(Binary::Sub, upper, lower);
            let p = self.unary_op(Unary::InvLogit, x);
            let scaled = self.binary_op(Binary::Mul, width, p);
            let y = self.binary_op(Binary::Add, lower, scaled);
            let log_width = self.unary_op(Unary::Log, width);
            self.emit(Op::AddJacobian(log_width));
            // log p(1-p) = x - 2 log1p_exp(x)
            let softplus = self.unary_op(Unary::Log1pExp, x);
            let twice = self.binary_op(Binary::Add, softplus, softplus);
            let jacobian = self.binary_op(Binary::Sub, x, twice);
            self.emit(Op::AddJacobian(jacobian));
            return Ok(self.scalar_cell(y));
        }
        let (xs, ty) = as_vector(&x);
        let n = x.len() as f64;
        let (lower, upper) = (self.flat_bound(&x, lower)?, self.flat_bound(&x, upper)?);
        let width = self.combined("subtract", (&upper.0, &upper.1), (lower.0.clone(), lower.1.clone()))?;
        let width_ty = if matches!(width, Val::Array(_)) { ty.clone() } else { Type::Real };
        let log_width = self.mapped("log", &width, &width_ty)?;
        let total = match &log_width {
            Val::Array(view) => self.reduce("sum", &view.clone())?,
            val => {
                let each = self.real_value(val)?;
                let n = self.real(n);
                self.binary_op(Binary::Mul, n, each)
            }
        };
        self.emit(Op::AddJacobian(total));
        let sum = self.reduce("sum", &x)?;
        let softplus = self.mapped("log1p_exp", &xs, &ty)?;
        let Val::Array(softplus) = softplus else { return self.unsupported("bounds of this shape") };
        let half = self.reduce("sum", &softplus)?;
        let twice = self.binary_op(Binary::Add, half, half);
        let jacobian = self.binary_op(Binary::Sub, sum, twice);
        self.emit(Op::AddJacobian(jacobian));
        let p = self.mapped("inv_logit", &xs, &ty)?;
        let scaled = self.combined("elt_multiply", (&width, &width_ty), (p, ty.clone()))?;
        let y = self.combined("add", (&lower.0, &lower.1), (scaled, ty))?;
        shaped(self, y, &x)
    }

    /// `offset + multiplier x`, log Jacobian `log multiplier`.
    fn affine(&mut self, x: View, offset: Option<(Val, Type)>, multiplier: Option<(Val, Type)>) -> Result<View> {
        if x.dims.is_empty() {
            let mut y = self.scalar(&x);
            if let Some((multiplier, _)) = multiplier {
                let multiplier = self.real_value(&multiplier)?;
                let log = self.unary_op(Unary::Log, multiplier);
                self.emit(Op::AddJacobian(log));
                y = self.binary_op(Binary::Mul, multiplier, y);
            }
            if let Some((offset, _)) = offset {
                let offset = self.real_value(&offset)?;
                y = self.binary_op(Binary::Add, offset, y);
            }
            return Ok(self.scalar_cell(y));
        }
        let (mut y, ty) = as_vector(&x);
        if let Some(multiplier) = multiplier {
            let multiplier = self.flat_bound(&x, multiplier)?;
            let log = self.mapped("log", &multiplier.0, &multiplier.1)?;
            let total = match &log {
                Val::Array(view) => self.reduce("sum", &view.clone())?,
                val => {
                    let each = self.real_value(val)?;
                    let n = self.real(x.len() as f64);
                    self.binary_op(Binary::Mul, n, each)
                }
            };
            self.emit(Op::AddJacobian(total));
            y = self.combined("elt_multiply", (&y, &ty), multiplier)?;
        }
        if let Some(offset) = offset {
            let offset = self.flat_bound(&x, offset)?;
            y = self.combined("add", (&y, &ty), offset)?;
        }
        shaped(self, y, &x)
    }

    /// A bound as a scalar or a vector as long as the parameter.
    fn flat_bound(&mut self, x: &View, bound: (Val, Type)) -> Result<(Val, Type)> {
        if matches!(bound.1, Type::Int | Type::Real) {
            return Ok((Val::Real(self.real_value(&bound.0)?), Type::Real));
        }
        let flat = self.flat_real(&bound.0, &bound.1)?;
        if flat.len() != x.len() {
            return self.unsupported("bounds of another size than the parameter");
        }
        Ok((Val::Array(flat), Type::Vector))
    }

    fn mapped(&mut self, name: &str, val: &Val, ty: &Type) -> Result<Val> {
        match self.map1(name, val, ty)? {
            Some(val) => Ok(val),
            None => self.unsupported(name),
        }
    }

    fn combined(&mut self, name: &str, a: (&Val, &Type), b: (Val, Type)) -> Result<Val> {
        match self.map2(name, a, (&b.0, &b.1))? {
            Some(val) => Ok(val),
            None => self.unsupported(name),
        }
    }

    // ---- checks --------------------------------------------------------------------------------------------------

    /// Rejects where a transformed parameter violates its declared constraint.
    pub(super) fn check_transformed(&mut self, statements: &[Statement]) -> Result<()> {
        for statement in statements {
            if let StatementKind::Declare(d) = &statement.kind {
                self.span = d.span;
                let val = self.read(d.variable)?;
                let ty = self.program.variable(d.variable).ty.clone();
                self.check_value(&val, &ty, &d.ty)?;
            }
        }
        Ok(())
    }

    fn check_value(&mut self, val: &Val, ty: &Type, declared: &SizedType) -> Result<()> {
        if let (SizedType::Tuple(parts), Type::Tuple(types)) = (declared, ty) {
            let items = self.tuple_items(val, parts.len())?;
            for ((item, ty), part) in items.iter().zip(types).zip(parts) {
                self.check_value(item, ty, part)?;
            }
            return Ok(());
        }
        let (element, depth) = match declared {
            SizedType::Array(element, sizes) => (&**element, sizes.len()),
            ty => (ty, 0),
        };
        let (lower, upper) = match constraint_of(element) {
            Constraint::None | Constraint::Offset(_) | Constraint::Multiplier(_) | Constraint::OffsetMultiplier(..) => {
                return Ok(());
            }
            Constraint::Lower(a) => (Some(a), None),
            Constraint::Upper(b) => (None, Some(b)),
            Constraint::LowerUpper(a, b) => (Some(a), Some(b)),
            constraint => {
                let view = self.view_of(val, ty)?;
                let view = self.dense(&view, is_matrix(ty));
                let Some(kind) = structured(constraint, &view.dims[depth..]) else { return Ok(()) };
                let count: usize = view.dims[..depth].iter().product();
                if depth == 0 {
                    self.check_structured(kind, &view);
                    return Ok(());
                }
                let size: usize = view.dims[depth..].iter().product();
                let mut rows = view.flat();
                rows.dims = vec![count, size];
                rows.strides = vec![size, 1];
                return self.for_count(count, |l, i| {
                    l.check_structured(kind, &rows.fix(0, i));
                    Ok(())
                });
            }
        };
        for (bound, op) in [(lower, Compare::Ge), (upper, Compare::Le)] {
            let Some(bound) = bound else { continue };
            let limit = self.expression(bound)?;
            if matches!(ty, Type::Int | Type::Real) {
                let inside = self.compare(op, (val, ty), (&limit, &bound.ty))?;
                self.reject_unless(&inside)?;
                continue;
            }
            let elements = self.flat_real(val, ty)?;
            let limits = match bound.ty {
                Type::Int | Type::Real => None,
                _ => Some(self.flat_real(&limit, &bound.ty)?),
            };
            let scalar = match limits {
                None => Some(Val::Real(self.real_value(&limit)?)),
                Some(_) => None,
            };
            self.for_count(elements.len(), |l, i| {
                let x = l.loaded(elements.fix(0, i));
                let limit = match (&limits, &scalar) {
                    (Some(view), _) => l.loaded(view.fix(0, i)),
                    (None, Some(limit)) => limit.clone(),
                    (None, None) => return Ok(()),
                };
                let inside = l.compare(op, (&x, &Type::Real), (&limit, &Type::Real))?;
                l.reject_unless(&inside)
            })?;
        }
        Ok(())
    }

    pub(super) fn reject_unless(&mut self, inside: &Val) -> Result<()> {
        let zero = Val::Int(self.int(0));
        let outside = self.compare(Compare::Eq, (inside, &Type::Int), (&zero, &Type::Int))?;
        let condition = self.int_value(&outside)?;
        let site = self.site();
        self.emit(Op::Exit { condition, status: Status::Reject, site });
        Ok(())
    }
}

fn as_vector(x: &View) -> (Val, Type) {
    (Val::Array(x.flat()), Type::Vector)
}

/// The flat result in the shape of the parameter.
fn shaped(l: &mut Lowerer<'_>, y: Val, like: &View) -> Result<View> {
    let Val::Array(flat) = y else { return l.unsupported("bounds of this shape") };
    Ok(View { buffer: flat.buffer, at: flat.at, dims: like.dims.clone(), strides: like.strides.clone() })
}

/// The constraint of a declared type that is no array.
fn constraint_of(ty: &SizedType) -> &Constraint {
    match ty {
        SizedType::Int(c)
        | SizedType::Real(c)
        | SizedType::Complex(c)
        | SizedType::Vector(_, c)
        | SizedType::RowVector(_, c)
        | SizedType::Matrix(_, _, c)
        | SizedType::ComplexVector(_, c)
        | SizedType::ComplexRowVector(_, c)
        | SizedType::ComplexMatrix(_, _, c) => c,
        SizedType::Array(element, _) => constraint_of(element),
        SizedType::Tuple(_) => &Constraint::None,
    }
}

/// The transform of a whole vector or matrix that a constraint names.
fn structured(constraint: &Constraint, dims: &[usize]) -> Option<Structured> {
    Some(match (constraint, dims) {
        (Constraint::Simplex, [n]) => Structured::Simplex(*n),
        (Constraint::UnitVector, [n]) => Structured::UnitVector(*n),
        (Constraint::SumToZero, [n]) => Structured::SumToZero(*n),
        (Constraint::SumToZero, [r, c]) => Structured::SumToZeroMatrix(*r, *c),
        (Constraint::Ordered, [n]) => Structured::Ordered(*n),
        (Constraint::PositiveOrdered, [n]) => Structured::PositiveOrdered(*n),
        (Constraint::CorrMatrix, [k, _]) => Structured::CorrMatrix(*k),
        (Constraint::CovMatrix, [k, _]) => Structured::CovMatrix(*k),
        (Constraint::CholeskyFactorCorr, [k, _]) => Structured::CholeskyFactorCorr(*k),
        (Constraint::CholeskyFactorCov, [m, n]) => Structured::CholeskyFactorCov(*m, *n),
        (Constraint::RowStochastic, [r, c]) => Structured::RowStochastic(*r, *c),
        (Constraint::ColumnStochastic, [r, c]) => Structured::ColumnStochastic(*r, *c),
        _ => return None,
    })
}
