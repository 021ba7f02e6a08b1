//! Expressions.

use crate::error::{At, Result, RunError};
use crate::index::{self, Part, Step};
use crate::machine::Machine;
use crate::shape::sizes;
use ppl_program::typed::{self, Expr, ExprKind, Level, VarId};
use ppl_runtime::num::Num;
use ppl_runtime::value::{Complex, Matrix, Value};
use std::borrow::Borrow;
use std::rc::Rc;

/// The value of an expression: a variable's, shared with it, or a new one.
#[derive(Clone, Debug)]
pub(crate) enum Operand<T> {
    Own(Value<T>),
    Shared(Rc<Value<T>>),
}

impl<T: Num> Operand<T> {
    pub fn get(&self) -> &Value<T> {
        match self {
            Operand::Own(value) => value,
            Operand::Shared(value) => value,
        }
    }

    pub fn into_value(self) -> Value<T> {
        match self {
            Operand::Own(value) => value,
            Operand::Shared(value) => Rc::try_unwrap(value).unwrap_or_else(|shared| (*shared).clone()),
        }
    }

    pub fn into_shared(self) -> Rc<Value<T>> {
        match self {
            Operand::Own(value) => Rc::new(value),
            Operand::Shared(value) => value,
        }
    }
}

impl<T: Num> Borrow<Value<T>> for Operand<T> {
    fn borrow(&self) -> &Value<T> {
        self.get()
    }
}

impl<'a, T: Num> Machine<'a, T> {
    pub fn eval(&mut self, e: &'a Expr) -> Result<Operand<T>> {
        self.check_stack().at(e.span)?;
        self.evaluate(e).map_err(|error| error.at(e.span))
    }

    pub fn eval_all(&mut self, expressions: &'a [Expr]) -> Result<Vec<Operand<T>>> {
        expressions.iter().map(|e| self.eval(e)).collect()
    }

    fn evaluate(&mut self, e: &'a Expr) -> Result<Operand<T>> {
        let value = match &e.kind {
            ExprKind::Int(i) => Value::Int(*i),
            ExprKind::Real(x) => Value::Real(T::from(*x)),
            ExprKind::Imaginary(x) => Value::Complex(Complex { re: T::from(0.0), im: T::from(*x) }),
            ExprKind::Variable(id) => return Ok(Operand::Shared(self.load(*id)?)),
            ExprKind::Target => Value::Real(self.target),
            ExprKind::Call { callee, arguments } => return self.call(callee, arguments, e),
            ExprKind::And(a, b) => Value::Int((self.condition(a)? && self.condition(b)?).into()),
            ExprKind::Or(a, b) => Value::Int((self.condition(a)? || self.condition(b)?).into()),
            ExprKind::Ternary { condition, then, otherwise } => {
                let chosen = if self.condition(condition)? { then } else { otherwise };
                return Ok(self.eval(chosen)?.promoted(&e.ty));
            }
            ExprKind::Index { .. } | ExprKind::Project { .. } => self.part(e)?,
            ExprKind::Array(items) => {
                self.charge(items.len() as u64)?;
                let items = items.iter().map(|item| Ok(self.eval(item)?.into_value())).collect::<Result<_>>()?;
                return Ok(Operand::Own(Value::Array(items)).promoted(&e.ty));
            }
            ExprKind::RowVector(items) => self.row_vector(items, &e.ty)?,
            ExprKind::MatrixRows(rows) => self.matrix_rows(rows)?,
            ExprKind::Tuple(items) => {
                let items = items.iter().map(|item| Ok(self.eval(item)?.into_value())).collect::<Result<_>>()?;
                return Ok(Operand::Own(Value::Tuple(items)).promoted(&e.ty));
            }
            ExprKind::Promote(operand) => return Ok(self.eval(operand)?.promoted(&e.ty)),
            ExprKind::Function(_) => return Err(RunError::fatal("a function is no value here")),
        };
        Ok(Operand::Own(value))
    }

    /// A chain of indices and projections, followed from its root without copying what it passes.
    fn part(&mut self, e: &'a Expr) -> Result<Value<T>> {
        let mut steps = Vec::new();
        let mut root = e;
        loop {
            match &root.kind {
                ExprKind::Index { base, indices } => {
                    steps.push(self.indices(indices)?);
                    root = base;
                }
                ExprKind::Project { base, index } => {
                    steps.push(Step::Project(*index));
                    root = base;
                }
                _ => break,
            }
        }
        steps.reverse();
        let base = self.eval(root)?;
        let part = index::read_path(base.get(), &steps).map_err(|error| match &root.kind {
            ExprKind::Variable(id) => error.within(&format!("`{}`", self.name(*id))),
            _ => error,
        })?;
        let value = match part {
            Part::Own(value) => value,
            Part::Ref(value) => value.clone(),
        };
        Ok(value)
    }

    fn row_vector(&mut self, items: &'a [Expr], ty: &typed::Type) -> Result<Value<T>> {
        let real = |x: T| Complex { re: x, im: T::from(0.0) };
        if *ty == typed::Type::ComplexRowVector {
            let items = items.iter().map(|item| match self.eval(item)?.get() {
                Value::Int(i) => Ok(real(T::from(*i as f64))),
                Value::Real(x) => Ok(real(*x)),
                Value::Complex(z) => Ok(*z),
                other => Err(RunError::fatal(format!("an element of a row vector has sizes {}", sizes(other)))),
            });
            return Ok(Value::ComplexRowVector(items.collect::<Result<_>>()?));
        }
        let items = items.iter().map(|item| match self.eval(item)?.get() {
            Value::Int(i) => Ok(T::from(*i as f64)),
            Value::Real(x) => Ok(*x),
            other => Err(RunError::fatal(format!("an element of a row vector has sizes {}", sizes(other)))),
        });
        Ok(Value::RowVector(items.collect::<Result<_>>()?))
    }

    fn matrix_rows(&mut self, rows: &'a [Expr]) -> Result<Value<T>> {
        let rows = self.eval_all(rows)?;
        let differ =
            |a: usize, b: usize| RunError::fatal(format!("the rows of this matrix have different sizes: {a} and {b}"));
        if let Some(Value::ComplexRowVector(_)) = rows.first().map(Operand::get) {
            let rows: Vec<&Vec<Complex<T>>> = rows
                .iter()
                .filter_map(|r| if let Value::ComplexRowVector(v) = r.get() { Some(v) } else { None })
                .collect();
            let cols = rows[0].len();
            if let Some(other) = rows.iter().find(|r| r.len() != cols) {
                return Err(differ(cols, other.len()));
            }
            return Ok(Value::ComplexMatrix(Matrix::from_fn(rows.len(), cols, |i, j| rows[i][j])));
        }
        let rows: Vec<&Vec<T>> = rows
            .iter()
            .map(|r| match r.get() {
                Value::RowVector(v) => Ok(v),
                _ => Err(RunError::fatal("a row of a matrix must be a row vector")),
            })
            .collect::<Result<_>>()?;
        let cols = rows.first().map_or(0, |r| r.len());
        if let Some(other) = rows.iter().find(|r| r.len() != cols) {
            return Err(differ(cols, other.len()));
        }
        Ok(Value::Matrix(Matrix::from_fn(rows.len(), cols, |i, j| rows[i][j])))
    }

    /// Whether a density takes the expression for one that depends on parameters. That goes by what Stan's C++ types would
    /// be: no integer does, nor what an integer selects; a real variable does by its declaration, not by what was assigned
    /// to it. Functions are templates there: a local variable has the level of the highest argument of the call.
    pub fn level(&self, e: &Expr) -> Level {
        if e.ty.is_integral() {
            return Level::Data;
        }
        let highest = |items: &[Expr]| items.iter().map(|item| self.level(item)).max().unwrap_or(Level::Data);
        match &e.kind {
            ExprKind::Int(_) | ExprKind::Real(_) | ExprKind::Imaginary(_) | ExprKind::Function(_) => Level::Data,
            ExprKind::Target => Level::Parameter,
            ExprKind::Variable(id) => self.variable_level(*id),
            ExprKind::Call { arguments, .. } => highest(arguments),
            ExprKind::And(..) | ExprKind::Or(..) => Level::Data,
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
        let Some(frame) = &self.frame else { return self.program.variable(id).level };
        match frame.arguments.iter().find(|(argument, _)| *argument == id) {
            Some((_, level)) => *level,
            None => frame.locals.unwrap_or(Level::Data),
        }
    }
}
