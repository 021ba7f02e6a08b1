//! Declared types with sizes and bounds evaluated: the way between unconstrained coordinates and values, and the check
//! of values against their constraints.

use crate::error::{At, Result, RunError};
use crate::machine::Machine;
use crate::shape::Shape;
use ppl_program::typed::{Constraint, Expr, SizedType};
use ppl_runtime::num::Num;
use ppl_runtime::transform::{self, Violation};
use ppl_runtime::value::{Complex, Value};

/// A [`SizedType`] whose sizes and bounds are known.
#[derive(Clone, Debug)]
pub(crate) enum Layout<T> {
    /// No array and no tuple.
    Leaf(Shape, Bound<T>),
    Array(Box<Layout<T>>, Vec<usize>),
    Tuple(Vec<Layout<T>>),
}

/// A constraint with its bounds evaluated. Bounds are scalars, or containers of the declared shape.
#[derive(Clone, Debug)]
pub(crate) enum Bound<T> {
    None,
    Lower(Value<T>),
    Upper(Value<T>),
    LowerUpper(Value<T>, Value<T>),
    Affine {
        offset: Option<Value<T>>,
        multiplier: Option<Value<T>>,
    },
    /// Any of those without bounds.
    Structured(Constraint),
}

impl From<Violation> for Box<RunError> {
    fn from(violation: Violation) -> Self {
        RunError::reject(violation.0)
    }
}

impl<'a, T: Num> Machine<'a, T> {
    pub fn layout(&mut self, ty: &'a SizedType, name: &str) -> Result<Layout<T>> {
        match ty {
            SizedType::Array(element, _) => {
                let Shape::Array(_, dims) = self.shape(ty, name)? else { return Err(RunError::fatal("no array")) };
                Ok(Layout::Array(Box::new(self.layout(element, name)?), dims))
            }
            SizedType::Tuple(items) => {
                Ok(Layout::Tuple(items.iter().map(|item| self.layout(item, name)).collect::<Result<_>>()?))
            }
            SizedType::Int(c)
            | SizedType::Real(c)
            | SizedType::Complex(c)
            | SizedType::Vector(_, c)
            | SizedType::RowVector(_, c)
            | SizedType::Matrix(_, _, c)
            | SizedType::ComplexVector(_, c)
            | SizedType::ComplexRowVector(_, c)
            | SizedType::ComplexMatrix(_, _, c) => {
                let shape = self.shape(ty, name)?;
                check_sizes(&shape, c).map_err(|e| e.within(&format!("`{name}`")))?;
                Ok(Layout::Leaf(shape, self.bound(c)?))
            }
        }
    }

    fn bound(&mut self, constraint: &'a Constraint) -> Result<Bound<T>> {
        let mut value = |e: &'a Expr| Ok::<_, Box<RunError>>(self.eval(e).at(e.span)?.into_value());
        Ok(match constraint {
            Constraint::None => Bound::None,
            Constraint::Lower(a) => Bound::Lower(value(a)?),
            Constraint::Upper(b) => Bound::Upper(value(b)?),
            Constraint::LowerUpper(a, b) => Bound::LowerUpper(value(a)?, value(b)?),
            Constraint::Offset(m) => Bound::Affine { offset: Some(value(m)?), multiplier: None },
            Constraint::Multiplier(s) => Bound::Affine { offset: None, multiplier: Some(value(s)?) },
            Constraint::OffsetMultiplier(m, s) => {
                Bound::Affine { offset: Some(value(m)?), multiplier: Some(value(s)?) }
            }
            other => Bound::Structured(other.clone()),
        })
    }
}

/// Sizes that a structured type cannot have.
fn check_sizes(shape: &Shape, constraint: &Constraint) -> Result<()> {
    match (constraint, shape) {
        (Constraint::Simplex | Constraint::UnitVector | Constraint::SumToZero, Shape::Vector(0)) => {
            Err(RunError::fatal("this constrained vector must have at least one element"))
        }
        (Constraint::CholeskyFactorCov, Shape::Matrix(r, c)) if r < c => {
            Err(RunError::fatal(format!("a Cholesky factor has at least as many rows as columns, not {r} and {c}")))
        }
        (
            Constraint::RowStochastic | Constraint::ColumnStochastic | Constraint::SumToZero,
            Shape::Matrix(0, _) | Shape::Matrix(_, 0),
        ) => Err(RunError::fatal("this constrained matrix must have at least one row and one column")),
        _ => Ok(()),
    }
}

/// The bound of element `i` of an array.
fn element<T: Num>(bound: &Value<T>, i: usize) -> Value<T> {
    match bound {
        Value::Array(items) => items.get(i).cloned().unwrap_or(Value::Real(T::from(f64::NAN))),
        other => other.clone(),
    }
}

/// The bound of number `k` of a vector or matrix.
fn number<T: Num>(bound: &Value<T>, k: usize) -> Result<T> {
    let found = match bound {
        Value::Int(i) => Some(T::from(*i as f64)),
        Value::Real(x) => Some(*x),
        Value::Vector(v) | Value::RowVector(v) => v.get(k).copied(),
        Value::Matrix(m) => m.data.get(k).copied(),
        Value::Array(items) => return items.get(k).map_or_else(|| Err(misfit()), |item| number(item, 0)),
        _ => None,
    };
    found.ok_or_else(misfit)
}

fn misfit() -> Box<RunError> {
    RunError::fatal("a bound does not have the size of what it bounds")
}

impl<T: Num> Bound<T> {
    pub fn element(&self, i: usize) -> Bound<T> {
        let at = |bound: &Option<Value<T>>| bound.as_ref().map(|b| element(b, i));
        match self {
            Bound::Lower(a) => Bound::Lower(element(a, i)),
            Bound::Upper(b) => Bound::Upper(element(b, i)),
            Bound::LowerUpper(a, b) => Bound::LowerUpper(element(a, i), element(b, i)),
            Bound::Affine { offset, multiplier } => Bound::Affine { offset: at(offset), multiplier: at(multiplier) },
            other => other.clone(),
        }
    }

    fn is_by_element(&self) -> bool {
        let array = |b: &Value<T>| matches!(b, Value::Array(_));
        match self {
            Bound::Lower(a) | Bound::Upper(a) => array(a),
            Bound::LowerUpper(a, b) => array(a) || array(b),
            Bound::Affine { offset, multiplier } => {
                offset.as_ref().is_some_and(array) || multiplier.as_ref().is_some_and(array)
            }
            Bound::None | Bound::Structured(_) => false,
        }
    }

    /// Number `k` of a leaf, from its coordinate.
    fn constrain(&self, x: T, k: usize, log_jacobian: &mut T) -> Result<T> {
        Ok(match self {
            Bound::None | Bound::Structured(_) => x,
            Bound::Lower(a) => transform::lower::constrain(x, number(a, k)?, log_jacobian),
            Bound::Upper(b) => transform::upper::constrain(x, number(b, k)?, log_jacobian),
            Bound::LowerUpper(a, b) => {
                transform::lower_upper::constrain(x, number(a, k)?, number(b, k)?, log_jacobian)?
            }
            Bound::Affine { offset, multiplier } => {
                let offset = offset.as_ref().map_or(Ok(T::from(0.0)), |m| number(m, k))?;
                let multiplier = multiplier.as_ref().map_or(Ok(T::from(1.0)), |s| number(s, k))?;
                transform::offset_multiplier::constrain(x, offset, multiplier, log_jacobian)?
            }
        })
    }

    fn free(&self, y: f64, k: usize) -> Result<f64> {
        let value = |bound: &Value<T>| number(bound, k).map(Num::value);
        Ok(match self {
            Bound::None | Bound::Structured(_) => y,
            Bound::Lower(a) => transform::lower::free(y, value(a)?)?,
            Bound::Upper(b) => transform::upper::free(y, value(b)?)?,
            Bound::LowerUpper(a, b) => transform::lower_upper::free(y, value(a)?, value(b)?)?,
            Bound::Affine { offset, multiplier } => {
                let offset = offset.as_ref().map_or(Ok(0.0), &value)?;
                let multiplier = multiplier.as_ref().map_or(Ok(1.0), &value)?;
                transform::offset_multiplier::free(y, offset, multiplier)?
            }
        })
    }

    fn check(&self, y: f64, k: usize) -> Result<()> {
        let value = |bound: &Value<T>| number(bound, k).map(Num::value);
        match self {
            Bound::Lower(a) => transform::lower::check(y, value(a)?)?,
            Bound::Upper(b) => transform::upper::check(y, value(b)?)?,
            Bound::LowerUpper(a, b) => transform::lower_upper::check(y, value(a)?, value(b)?)?,
            Bound::None | Bound::Affine { .. } | Bound::Structured(_) => {}
        }
        Ok(())
    }
}

/// Coordinates that are read one after the other.
pub(crate) struct Cursor<'x, T> {
    rest: &'x [T],
}

impl<'x, T: Num> Cursor<'x, T> {
    pub fn new(coordinates: &'x [T]) -> Self {
        Cursor { rest: coordinates }
    }

    fn take(&mut self, n: usize) -> Result<&'x [T]> {
        let Some((taken, rest)) = self.rest.split_at_checked(n) else {
            return Err(RunError::fatal("there are fewer unconstrained coordinates than the parameters need"));
        };
        self.rest = rest;
        Ok(taken)
    }

    /// # Errors
    /// Coordinates are left.
    pub fn finish(&self) -> Result<()> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(RunError::fatal(format!("there are {} unconstrained coordinates too many", self.rest.len())))
    }
}

/// Whether anything inside the type is constrained.
pub(crate) fn is_constrained(ty: &SizedType) -> bool {
    match ty {
        SizedType::Int(c)
        | SizedType::Real(c)
        | SizedType::Complex(c)
        | SizedType::Vector(_, c)
        | SizedType::RowVector(_, c)
        | SizedType::Matrix(_, _, c)
        | SizedType::ComplexVector(_, c)
        | SizedType::ComplexRowVector(_, c)
        | SizedType::ComplexMatrix(_, _, c) => *c != Constraint::None,
        SizedType::Array(element, _) => is_constrained(element),
        SizedType::Tuple(items) => items.iter().any(is_constrained),
    }
}

impl<T: Num> Layout<T> {
    /// The layout with its bounds left out: for sizes and names.
    pub fn sizes_only<'a>(machine: &mut Machine<'a, T>, ty: &'a SizedType, name: &str) -> Result<Self> {
        match ty {
            SizedType::Array(element, _) => {
                let Shape::Array(_, dims) = machine.shape(ty, name)? else { return Err(RunError::fatal("no array")) };
                Ok(Layout::Array(Box::new(Self::sizes_only(machine, element, name)?), dims))
            }
            SizedType::Tuple(items) => {
                let items = items.iter().map(|item| Self::sizes_only(machine, item, name));
                Ok(Layout::Tuple(items.collect::<Result<_>>()?))
            }
            SizedType::Int(c)
            | SizedType::Real(c)
            | SizedType::Complex(c)
            | SizedType::Vector(_, c)
            | SizedType::RowVector(_, c)
            | SizedType::Matrix(_, _, c)
            | SizedType::ComplexVector(_, c)
            | SizedType::ComplexRowVector(_, c)
            | SizedType::ComplexMatrix(_, _, c) => {
                let shape = machine.shape(ty, name)?;
                check_sizes(&shape, c).map_err(|e| e.within(&format!("`{name}`")))?;
                let bound = match c {
                    Constraint::None
                    | Constraint::Lower(_)
                    | Constraint::Upper(_)
                    | Constraint::LowerUpper(..)
                    | Constraint::Offset(_)
                    | Constraint::Multiplier(_)
                    | Constraint::OffsetMultiplier(..) => Bound::None,
                    structured => Bound::Structured(structured.clone()),
                };
                Ok(Layout::Leaf(shape, bound))
            }
        }
    }

    pub fn shape(&self) -> Shape {
        match self {
            Layout::Leaf(shape, _) => shape.clone(),
            Layout::Array(element, dims) => Shape::Array(Box::new(element.shape()), dims.clone()),
            Layout::Tuple(items) => Shape::Tuple(items.iter().map(Layout::shape).collect()),
        }
    }

    /// The shape of the unconstrained coordinates.
    pub fn free_shape(&self) -> Shape {
        match self {
            Layout::Leaf(shape, Bound::Structured(constraint)) => match (constraint, shape) {
                (Constraint::Simplex, Shape::Vector(n)) => Shape::Vector(transform::simplex::free_size(*n)),
                (Constraint::SumToZero, Shape::Vector(n)) => Shape::Vector(transform::sum_to_zero::free_size(*n)),
                (Constraint::SumToZero, Shape::Matrix(r, c)) => Shape::Matrix(r.saturating_sub(1), c.saturating_sub(1)),
                (Constraint::CorrMatrix, Shape::Matrix(k, _)) => Shape::Vector(transform::corr_matrix::free_size(*k)),
                (Constraint::CovMatrix, Shape::Matrix(k, _)) => Shape::Vector(transform::cov_matrix::free_size(*k)),
                (Constraint::CholeskyFactorCorr, Shape::Matrix(k, _)) => {
                    Shape::Vector(transform::cholesky_factor_corr::free_size(*k))
                }
                (Constraint::CholeskyFactorCov, Shape::Matrix(r, c)) => {
                    Shape::Vector(transform::cholesky_factor_cov::free_size(*r, *c))
                }
                (Constraint::RowStochastic, Shape::Matrix(r, c)) => Shape::Matrix(*r, c.saturating_sub(1)),
                (Constraint::ColumnStochastic, Shape::Matrix(r, c)) => Shape::Matrix(r.saturating_sub(1), *c),
                _ => shape.clone(),
            },
            Layout::Leaf(shape, _) => shape.clone(),
            Layout::Array(element, dims) => Shape::Array(Box::new(element.free_shape()), dims.clone()),
            Layout::Tuple(items) => Shape::Tuple(items.iter().map(Layout::free_shape).collect()),
        }
    }

    /// The value at the cursor's coordinates. Arrays are read element by element, the last index fastest.
    pub fn constrain(&self, cursor: &mut Cursor<T>, log_jacobian: &mut T) -> Result<Value<T>> {
        match self {
            Layout::Leaf(shape, bound) => constrain_leaf(shape, bound, cursor, log_jacobian),
            Layout::Tuple(items) => {
                let items = items.iter().map(|item| item.constrain(cursor, log_jacobian));
                Ok(Value::Tuple(items.collect::<Result<_>>()?))
            }
            Layout::Array(element, dims) => {
                self.each(element, dims, &mut |layout| layout.constrain(cursor, log_jacobian))
            }
        }
    }

    /// An array with `f` of each element's layout, which has the element's bounds.
    fn each(
        &self,
        element: &Layout<T>,
        dims: &[usize],
        f: &mut dyn FnMut(&Layout<T>) -> Result<Value<T>>,
    ) -> Result<Value<T>> {
        let Some((&n, rest)) = dims.split_first() else { return f(element) };
        let items = (0..n).map(|i| match element {
            Layout::Leaf(shape, bound) if bound.is_by_element() => {
                self.each(&Layout::Leaf(shape.clone(), bound.element(i)), rest, f)
            }
            _ => self.each(element, rest, f),
        });
        Ok(Value::Array(items.collect::<Result<_>>()?))
    }

    /// Appends the coordinates of a value: the inverse of [`constrain`](Layout::constrain).
    pub fn free(&self, value: &Value<f64>, out: &mut Vec<f64>) -> Result<()> {
        match (self, value) {
            (Layout::Leaf(_, bound), _) => free_leaf(bound, value, out),
            (Layout::Tuple(layouts), Value::Tuple(items)) => {
                for (layout, item) in layouts.iter().zip(items) {
                    layout.free(item, out)?;
                }
                Ok(())
            }
            (Layout::Array(element, _), _) => visit(element, value, &mut Vec::new(), &mut |layout, item, path| {
                layout.free(item, out).map_err(|e| e.within(&bracketed(path)))
            }),
            _ => Err(RunError::fatal("the value does not have the shape of the parameter")),
        }
    }

    /// Whether a value satisfies its constraint. Messages begin with the place inside the value: `[2]: expected ...`.
    pub fn check(&self, value: &Value<T>) -> Result<()> {
        match (self, value) {
            (Layout::Leaf(_, bound), _) => check_leaf(bound, value),
            (Layout::Tuple(layouts), Value::Tuple(items)) => {
                layouts.iter().zip(items).enumerate().try_for_each(|(k, (layout, item))| {
                    layout.check(item).map_err(|e| prefix(e, &format!(".{}", k + 1)))
                })
            }
            (Layout::Array(element, _), _) => visit(element, value, &mut Vec::new(), &mut |layout, item, path| {
                layout.check(item).map_err(|e| prefix(e, &bracketed(path)))
            }),
            _ => Ok(()),
        }
    }
}

/// Puts a place before the message, joined with a place that is there: `[2]` and `[3]: ...` make `[2,3]: ...`.
fn prefix(mut error: Box<RunError>, place: &str) -> Box<RunError> {
    let inner = error.message.as_str();
    error.message = match (place.strip_suffix(']'), inner.strip_prefix('[')) {
        (Some(outer), Some(inner)) => format!("{outer},{inner}"),
        _ if inner.starts_with('[') || inner.starts_with('.') => format!("{place}{inner}"),
        _ => format!("{place}: {inner}"),
    };
    error
}

fn bracketed(path: &[usize]) -> String {
    format!("[{}]", path.iter().map(|i| (i + 1).to_string()).collect::<Vec<_>>().join(","))
}

/// What is done with an element: its layout, value and indices.
type Visitor<'f, T, U> = dyn FnMut(&Layout<T>, &Value<U>, &[usize]) -> Result<()> + 'f;

/// Calls `f` for every element that is no array, with its layout and indices (counted from 0).
fn visit<T: Num, U: Num>(
    element: &Layout<T>,
    value: &Value<U>,
    path: &mut Vec<usize>,
    f: &mut Visitor<T, U>,
) -> Result<()> {
    let Value::Array(items) = value else { return f(element, value, path) };
    for (i, item) in items.iter().enumerate() {
        path.push(i);
        match element {
            Layout::Leaf(shape, bound) if bound.is_by_element() => {
                visit(&Layout::Leaf(shape.clone(), bound.element(i)), item, path, f)?;
            }
            _ => visit(element, item, path, f)?,
        }
        path.pop();
    }
    Ok(())
}

fn constrain_leaf<T: Num>(shape: &Shape, bound: &Bound<T>, cursor: &mut Cursor<T>, lj: &mut T) -> Result<Value<T>> {
    use ppl_runtime::value::Matrix;
    if let Bound::Structured(constraint) = bound {
        return constrain_structured(shape, constraint, cursor, lj);
    }
    let mut numbers = |n: usize, lj: &mut T| -> Result<Vec<T>> {
        cursor.take(n)?.iter().enumerate().map(|(k, &x)| bound.constrain(x, k, lj)).collect()
    };
    let complex = |numbers: Vec<T>| numbers.chunks_exact(2).map(|z| Complex { re: z[0], im: z[1] }).collect::<Vec<_>>();
    Ok(match shape {
        Shape::Int => return Err(RunError::fatal("an integer cannot be a parameter")),
        Shape::Real => Value::Real(numbers(1, lj)?[0]),
        Shape::Complex => Value::Complex(complex(numbers(2, lj)?)[0]),
        Shape::Vector(n) => Value::Vector(numbers(*n, lj)?),
        Shape::RowVector(n) => Value::RowVector(numbers(*n, lj)?),
        Shape::Matrix(r, c) => Value::Matrix(Matrix { rows: *r, cols: *c, data: numbers(r * c, lj)? }),
        Shape::ComplexVector(n) => Value::ComplexVector(complex(numbers(2 * n, lj)?)),
        Shape::ComplexRowVector(n) => Value::ComplexRowVector(complex(numbers(2 * n, lj)?)),
        Shape::ComplexMatrix(r, c) => {
            Value::ComplexMatrix(Matrix { rows: *r, cols: *c, data: complex(numbers(2 * r * c, lj)?) })
        }
        Shape::Array(..) | Shape::Tuple(_) => return Err(RunError::fatal("no leaf")),
    })
}

fn constrain_structured<T: Num>(
    shape: &Shape,
    constraint: &Constraint,
    cursor: &mut Cursor<T>,
    lj: &mut T,
) -> Result<Value<T>> {
    let x =
        cursor.take(Layout::<T>::Leaf(shape.clone(), Bound::Structured(constraint.clone())).free_shape().count())?;
    Ok(match (constraint, shape) {
        (Constraint::Simplex, Shape::Vector(_)) => Value::Vector(transform::simplex::constrain(x, lj)),
        (Constraint::UnitVector, _) => Value::Vector(transform::unit_vector::constrain(x, lj)?),
        (Constraint::SumToZero, Shape::Matrix(r, c)) => {
            Value::Matrix(transform::sum_to_zero::constrain_matrix(x, *r, *c))
        }
        (Constraint::SumToZero, _) => Value::Vector(transform::sum_to_zero::constrain(x)),
        (Constraint::Ordered, _) => Value::Vector(transform::ordered::constrain(x, lj)),
        (Constraint::PositiveOrdered, _) => Value::Vector(transform::positive_ordered::constrain(x, lj)),
        (Constraint::CorrMatrix, Shape::Matrix(k, _)) => Value::Matrix(transform::corr_matrix::constrain(x, *k, lj)),
        (Constraint::CovMatrix, Shape::Matrix(k, _)) => Value::Matrix(transform::cov_matrix::constrain(x, *k, lj)),
        (Constraint::CholeskyFactorCorr, Shape::Matrix(k, _)) => {
            Value::Matrix(transform::cholesky_factor_corr::constrain(x, *k, lj))
        }
        (Constraint::CholeskyFactorCov, Shape::Matrix(r, c)) => {
            Value::Matrix(transform::cholesky_factor_cov::constrain(x, *r, *c, lj))
        }
        (Constraint::RowStochastic, Shape::Matrix(r, c)) => {
            Value::Matrix(transform::stochastic::constrain_rows(x, *r, *c, lj))
        }
        (Constraint::ColumnStochastic, Shape::Matrix(r, c)) => {
            Value::Matrix(transform::stochastic::constrain_columns(x, *r, *c, lj))
        }
        _ => return Err(RunError::fatal("this constraint does not fit the type")),
    })
}

fn free_leaf<T: Num>(bound: &Bound<T>, value: &Value<f64>, out: &mut Vec<f64>) -> Result<()> {
    if let Bound::Structured(constraint) = bound {
        out.extend(match (constraint, value) {
            (Constraint::Simplex, Value::Vector(y)) => transform::simplex::free(y)?,
            (Constraint::UnitVector, Value::Vector(y)) => transform::unit_vector::free(y)?,
            (Constraint::SumToZero, Value::Vector(y)) => transform::sum_to_zero::free(y)?,
            (Constraint::SumToZero, Value::Matrix(y)) => transform::sum_to_zero::free_matrix(y)?,
            (Constraint::Ordered, Value::Vector(y)) => transform::ordered::free(y)?,
            (Constraint::PositiveOrdered, Value::Vector(y)) => transform::positive_ordered::free(y)?,
            (Constraint::CorrMatrix, Value::Matrix(y)) => transform::corr_matrix::free(y)?,
            (Constraint::CovMatrix, Value::Matrix(y)) => transform::cov_matrix::free(y)?,
            (Constraint::CholeskyFactorCorr, Value::Matrix(y)) => transform::cholesky_factor_corr::free(y)?,
            (Constraint::CholeskyFactorCov, Value::Matrix(y)) => transform::cholesky_factor_cov::free(y)?,
            (Constraint::RowStochastic, Value::Matrix(y)) => transform::stochastic::free_rows(y)?,
            (Constraint::ColumnStochastic, Value::Matrix(y)) => transform::stochastic::free_columns(y)?,
            _ => return Err(RunError::fatal("this constraint does not fit the type")),
        });
        return Ok(());
    }
    let mut numbers = Vec::new();
    crate::shape::push_numbers(value, &mut numbers);
    let scalar = numbers.len() == 1;
    for (k, y) in numbers.into_iter().enumerate() {
        out.push(bound.free(y, k).map_err(|e| if scalar { e } else { prefix(e, &bracketed(&place(value, k))) })?);
    }
    Ok(())
}

fn check_leaf<T: Num>(bound: &Bound<T>, value: &Value<T>) -> Result<()> {
    if let Bound::Structured(constraint) = bound {
        match (constraint, &value.map(&mut |x: T| x.value())) {
            (Constraint::Simplex, Value::Vector(y)) => transform::simplex::check(y)?,
            (Constraint::UnitVector, Value::Vector(y)) => transform::unit_vector::check(y)?,
            (Constraint::SumToZero, Value::Vector(y)) => transform::sum_to_zero::check(y)?,
            (Constraint::SumToZero, Value::Matrix(y)) => transform::sum_to_zero::check_matrix(y)?,
            (Constraint::Ordered, Value::Vector(y)) => transform::ordered::check(y)?,
            (Constraint::PositiveOrdered, Value::Vector(y)) => transform::positive_ordered::check(y)?,
            (Constraint::CorrMatrix, Value::Matrix(y)) => transform::corr_matrix::check(y)?,
            (Constraint::CovMatrix, Value::Matrix(y)) => transform::cov_matrix::check(y)?,
            (Constraint::CholeskyFactorCorr, Value::Matrix(y)) => transform::cholesky_factor_corr::check(y)?,
            (Constraint::CholeskyFactorCov, Value::Matrix(y)) => transform::cholesky_factor_cov::check(y)?,
            (Constraint::RowStochastic, Value::Matrix(y)) => transform::stochastic::check_rows(y)?,
            (Constraint::ColumnStochastic, Value::Matrix(y)) => transform::stochastic::check_columns(y)?,
            _ => return Err(RunError::fatal("this constraint does not fit the type")),
        }
        return Ok(());
    }
    if matches!(bound, Bound::None | Bound::Affine { .. }) {
        return Ok(());
    }
    let mut numbers = Vec::new();
    crate::shape::push_numbers(value, &mut numbers);
    let scalar = matches!(value, Value::Int(_) | Value::Real(_));
    for (k, y) in numbers.into_iter().enumerate() {
        bound.check(y.value(), k).map_err(|e| if scalar { e } else { prefix(e, &bracketed(&place(value, k))) })?;
    }
    Ok(())
}

/// The indices, counted from 0, of number `k` of a vector or matrix.
fn place<T>(value: &Value<T>, k: usize) -> Vec<usize> {
    match value {
        Value::Matrix(m) if m.rows > 0 => vec![k % m.rows, k / m.rows],
        _ => vec![k],
    }
}
