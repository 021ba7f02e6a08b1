//! Functions without kernels: library code over differentiating numbers behind an opaque call.

use super::value::{dims_of, elem_of, has_layout, is_matrix};
use super::{Lowerer, Result, Val};
use crate::ir::*;
use crate::kernel::{Call, OpaqueCall, Operand};
use crate::opaque::Opaque;
use ppl_interpreter::{Environment, Interpreter};
use ppl_program::typed::{Callee, Expr, ExprKind, FunctionKind, Index, Type, VarId};
use ppl_runtime::families::{self, Keep};
use ppl_runtime::functions;
use ppl_runtime::num::{Num, Tape, Var};
use ppl_runtime::random::Sequence;
use ppl_runtime::transform;
use ppl_runtime::value::{Matrix, Value};
use std::sync::Arc;

/// What an opaque call computes.
#[derive(Clone, Debug)]
pub enum Function {
    Library(String),
    Density {
        family: String,
        keep: Keep,
    },
    Lcdf(String),
    Lccdf(String),
    Cdf(String),
    /// From unconstrained coordinates to a constrained value and its log Jacobian.
    Constrain(Structured),
    /// A draw of a family of vectors, matrices or categories.
    Rng(String),
    /// Nothing; rejects where a value violates its declared constraint.
    Check(Structured),
    /// An expression that only the interpreter can run: calls that pass functions, recursive calls.
    Expression(Arc<Expression>),
}

/// An expression of the program, for the interpreter, and the variables whose values are the arguments.
pub struct Expression {
    pub interpreter: Interpreter,
    pub environment: Arc<Environment>,
    pub expression: Expr,
    pub variables: Vec<VarId>,
    /// Whether derivatives are asked for.
    pub differentiated: bool,
}

impl std::fmt::Debug for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "expression of {} variables", self.variables.len())
    }
}

/// A constraint of a whole vector or matrix, with its sizes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Structured {
    Simplex(usize),
    UnitVector(usize),
    SumToZero(usize),
    SumToZeroMatrix(usize, usize),
    Ordered(usize),
    PositiveOrdered(usize),
    CorrMatrix(usize),
    CovMatrix(usize),
    CholeskyFactorCorr(usize),
    CholeskyFactorCov(usize, usize),
    RowStochastic(usize, usize),
    ColumnStochastic(usize, usize),
}

impl Structured {
    /// Number of unconstrained coordinates.
    pub fn free_size(self) -> usize {
        match self {
            Structured::Simplex(k) => transform::simplex::free_size(k),
            Structured::SumToZero(n) => transform::sum_to_zero::free_size(n),
            Structured::UnitVector(n) | Structured::Ordered(n) | Structured::PositiveOrdered(n) => n,
            Structured::SumToZeroMatrix(r, c) => r.saturating_sub(1) * c.saturating_sub(1),
            Structured::CorrMatrix(k) => transform::corr_matrix::free_size(k),
            Structured::CovMatrix(k) => transform::cov_matrix::free_size(k),
            Structured::CholeskyFactorCorr(k) => transform::cholesky_factor_corr::free_size(k),
            Structured::CholeskyFactorCov(m, n) => transform::cholesky_factor_cov::free_size(m, n),
            Structured::RowStochastic(r, c) => r * c.saturating_sub(1),
            Structured::ColumnStochastic(r, c) => r.saturating_sub(1) * c,
        }
    }

    /// Sizes of the constrained value.
    pub fn dims(self) -> Vec<usize> {
        match self {
            Structured::Simplex(n)
            | Structured::UnitVector(n)
            | Structured::SumToZero(n)
            | Structured::Ordered(n)
            | Structured::PositiveOrdered(n) => vec![n],
            Structured::CorrMatrix(k) | Structured::CovMatrix(k) | Structured::CholeskyFactorCorr(k) => vec![k, k],
            Structured::SumToZeroMatrix(r, c)
            | Structured::CholeskyFactorCov(r, c)
            | Structured::RowStochastic(r, c)
            | Structured::ColumnStochastic(r, c) => vec![r, c],
        }
    }

    fn constrain<T: Num>(self, x: &[T], log_jacobian: &mut T) -> Option<Vec<T>> {
        use transform::*;
        Some(match self {
            Structured::Simplex(_) => simplex::constrain(x, log_jacobian),
            Structured::UnitVector(_) => unit_vector::constrain(x, log_jacobian).ok()?,
            Structured::SumToZero(_) => sum_to_zero::constrain(x),
            Structured::SumToZeroMatrix(r, c) => sum_to_zero::constrain_matrix(x, r, c).data,
            Structured::Ordered(_) => ordered::constrain(x, log_jacobian),
            Structured::PositiveOrdered(_) => positive_ordered::constrain(x, log_jacobian),
            Structured::CorrMatrix(k) => corr_matrix::constrain(x, k, log_jacobian).data,
            Structured::CovMatrix(k) => cov_matrix::constrain(x, k, log_jacobian).data,
            Structured::CholeskyFactorCorr(k) => cholesky_factor_corr::constrain(x, k, log_jacobian).data,
            Structured::CholeskyFactorCov(m, n) => cholesky_factor_cov::constrain(x, m, n, log_jacobian).data,
            Structured::RowStochastic(r, c) => stochastic::constrain_rows(x, r, c, log_jacobian).data,
            Structured::ColumnStochastic(r, c) => stochastic::constrain_columns(x, r, c, log_jacobian).data,
        })
    }

    fn holds(self, y: &[f64]) -> bool {
        use transform::*;
        let matrix = |rows, cols| Matrix { rows, cols, data: y.to_vec() };
        match self {
            Structured::Simplex(_) => simplex::check(y).is_ok(),
            Structured::UnitVector(_) => unit_vector::check(y).is_ok(),
            Structured::SumToZero(_) => sum_to_zero::check(y).is_ok(),
            Structured::SumToZeroMatrix(r, c) => sum_to_zero::check_matrix(&matrix(r, c)).is_ok(),
            Structured::Ordered(_) => ordered::check(y).is_ok(),
            Structured::PositiveOrdered(_) => positive_ordered::check(y).is_ok(),
            Structured::CorrMatrix(k) => corr_matrix::check(&matrix(k, k)).is_ok(),
            Structured::CovMatrix(k) => cov_matrix::check(&matrix(k, k)).is_ok(),
            Structured::CholeskyFactorCorr(k) => cholesky_factor_corr::check(&matrix(k, k)).is_ok(),
            Structured::CholeskyFactorCov(m, n) => cholesky_factor_cov::check(&matrix(m, n)).is_ok(),
            Structured::RowStochastic(r, c) => stochastic::check_rows(&matrix(r, c)).is_ok(),
            Structured::ColumnStochastic(r, c) => stochastic::check_columns(&matrix(r, c)).is_ok(),
        }
    }
}

/// How an argument reaches the function.
#[derive(Clone, Debug)]
enum Source {
    Known(Arc<Value<f64>>),
    /// The next input, as a value of this type and these sizes.
    Input {
        ty: Type,
        dims: Vec<usize>,
    },
}

/// An opaque call's function with its arguments' types.
#[derive(Debug)]
struct Generic {
    function: Function,
    sources: Vec<Source>,
    inputs: Vec<usize>,
    outputs: Vec<usize>,
}

impl Generic {
    fn arguments<T: Num>(&self, inputs: &[&[T]]) -> std::result::Result<Vec<Value<T>>, Status> {
        let mut next = inputs.iter();
        self.sources
            .iter()
            .map(|source| match source {
                Source::Known(value) => Ok(value.map(&mut |x| T::from(x))),
                Source::Input { ty, dims } => match next.next() {
                    Some(numbers) => Ok(build(ty, dims, &mut numbers.iter().copied())),
                    None => Err(Status::Error),
                },
            })
            .collect()
    }

    /// All outputs, one after the other.
    fn run<T: Num>(&self, inputs: &[&[T]]) -> std::result::Result<Vec<T>, Status> {
        let args = self.arguments(inputs)?;
        let mut out = Vec::new();
        let domain = |_| Status::Reject;
        match &self.function {
            Function::Library(name) => {
                let value = functions::call(name, &args)
                    .map_err(|e| if e.is_recoverable() { Status::Reject } else { Status::Error })?;
                collect(&value, &mut out);
            }
            Function::Density { family, keep } => {
                out.push(families::log_density(family, &args, *keep).map_err(domain)?)
            }
            Function::Lcdf(family) => out.push(families::lcdf(family, &args).map_err(domain)?),
            Function::Lccdf(family) => out.push(families::lccdf(family, &args).map_err(domain)?),
            Function::Cdf(family) => out.push(families::cdf(family, &args).map_err(domain)?),
            Function::Expression(e) => {
                let variables = e.variables.iter().copied().zip(args).collect();
                let value = e.interpreter.evaluate(&e.environment, &e.expression, variables).map_err(|e| {
                    use ppl_interpreter::Kind;
                    match e.kind {
                        Kind::Reject => Status::Reject,
                        Kind::Fatal => Status::Error,
                        Kind::Limit => Status::Limit,
                    }
                })?;
                collect(&value, &mut out);
            }
            // It has no derivative; see `draw`.
            Function::Rng(_) => return Err(Status::Error),
            Function::Constrain(kind) => {
                let mut log_jacobian = T::from(0.0);
                let x = inputs.first().copied().unwrap_or_default();
                out = kind.constrain(x, &mut log_jacobian).ok_or(Status::Reject)?;
                out.push(log_jacobian);
            }
            Function::Check(kind) => {
                let y: Vec<f64> = inputs.first().copied().unwrap_or_default().iter().map(|x| x.value()).collect();
                if !kind.holds(&y) {
                    return Err(Status::Reject);
                }
            }
        }
        if out.len() == self.outputs.iter().sum() { Ok(out) } else { Err(Status::Error) }
    }
}

impl Opaque for Generic {
    fn value(&self, _: &mut i64, inputs: &[&[f64]], outputs: &mut [&mut [f64]], _: &mut [f64]) -> Status {
        // A solver takes other steps when it also integrates sensitivities. The value must be that of the run the
        // derivative comes from, as it is in Stan.
        let result = if matches!(&self.function, Function::Expression(e) if e.differentiated) {
            let tape = Tape::new();
            let vars: Vec<Vec<Var>> = inputs.iter().map(|x| x.iter().map(|&x| tape.input(x)).collect()).collect();
            let slices: Vec<&[Var]> = vars.iter().map(Vec::as_slice).collect();
            self.run(&slices).map(|numbers| numbers.into_iter().map(Num::value).collect())
        } else {
            self.run(inputs)
        };
        match result {
            Ok(numbers) => scatter(&numbers, outputs),
            Err(status) => status,
        }
    }

    fn draw(&self, sequence: &mut Sequence, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) -> Status {
        let Function::Rng(family) = &self.function else { return Status::Error };
        match self.arguments(inputs).map(|args| families::rng(family, &args, sequence)) {
            Ok(Ok(value)) => {
                let mut numbers = Vec::new();
                collect(&value, &mut numbers);
                scatter(&numbers, outputs)
            }
            Ok(Err(e)) if e.fatal => Status::Error,
            Ok(Err(_)) => Status::Reject,
            Err(status) => status,
        }
    }

    fn pullback(&self, inputs: &[&[f64]], _: &[f64], adjoint_out: &[&[f64]], adjoint_in: &mut [&mut [f64]]) -> Status {
        let tape = Tape::new();
        let vars: Vec<Vec<Var>> = inputs
            .iter()
            .zip(adjoint_in.iter())
            .map(|(x, adjoint)| {
                let constant = adjoint.is_empty();
                x.iter().map(|&x| if constant { Var::from(x) } else { tape.input(x) }).collect()
            })
            .collect();
        let slices: Vec<&[Var]> = vars.iter().map(Vec::as_slice).collect();
        let outputs = match self.run(&slices) {
            Ok(outputs) => outputs,
            Err(status) => return status,
        };
        let seeds: Vec<(Var, f64)> =
            outputs.into_iter().zip(adjoint_out.iter().flat_map(|a| a.iter().copied())).collect();
        let adjoints = tape.reverse(&seeds);
        for (adjoint, vars) in adjoint_in.iter_mut().zip(&vars) {
            for (a, v) in adjoint.iter_mut().zip(vars) {
                *a += adjoints.of(*v);
            }
        }
        Status::Ok
    }

    fn sizes(&self) -> (&[usize], &[usize]) {
        (&self.inputs, &self.outputs)
    }
}

/// Cuts numbers into the outputs.
fn scatter(numbers: &[f64], outputs: &mut [&mut [f64]]) -> Status {
    let mut rest = numbers;
    for output in outputs {
        let Some((part, after)) = rest.split_at_checked(output.len()) else { return Status::Error };
        output.copy_from_slice(part);
        rest = after;
    }
    if rest.is_empty() { Status::Ok } else { Status::Error }
}

/// A value of a type with a layout from its numbers in canonical order.
fn build<T: Num>(ty: &Type, dims: &[usize], numbers: &mut impl Iterator<Item = T>) -> Value<T> {
    let mut take = |n: usize| -> Vec<T> { (0..n).filter_map(|_| numbers.next()).collect() };
    match ty {
        Type::Int => Value::Int(take(1).first().map_or(0, |x| x.value() as i32)),
        Type::Real => Value::Real(take(1).first().copied().unwrap_or(T::from(f64::NAN))),
        Type::Vector => Value::Vector(take(dims[0])),
        Type::RowVector => Value::RowVector(take(dims[0])),
        Type::Matrix => Value::Matrix(Matrix { rows: dims[0], cols: dims[1], data: take(dims[0] * dims[1]) }),
        Type::Array(element, depth) => {
            let inner = element.as_ref().clone().array(depth - 1);
            Value::Array((0..dims[0]).map(|_| build(&inner, &dims[1..], numbers)).collect())
        }
        _ => Value::Real(T::from(f64::NAN)),
    }
}

fn collect<T: Num>(value: &Value<T>, out: &mut Vec<T>) {
    match value {
        Value::Int(i) => out.push(T::from(*i as f64)),
        Value::Real(x) => out.push(*x),
        Value::Vector(v) | Value::RowVector(v) => out.extend(v),
        Value::Matrix(m) => out.extend(&m.data),
        Value::Array(items) | Value::Tuple(items) => items.iter().for_each(|v| collect(v, out)),
        _ => {}
    }
}

impl Lowerer<'_> {
    /// An opaque call of a function of these arguments with one result.
    pub(super) fn opaque(&mut self, function: Function, args: &[Val], types: &[Type], result: &Type) -> Result<Val> {
        let mut sources = Vec::new();
        let mut operands = Vec::new();
        let mut inputs = Vec::new();
        for (val, ty) in args.iter().zip(types) {
            if let Some(value) = val.to_value() {
                sources.push(Source::Known(value));
                continue;
            }
            if !has_layout(ty) {
                return self.unsupported(format!("an argument of type {ty}"));
            }
            let operand = match val {
                Val::Array(view) if elem_of(ty) == Elem::I32 => {
                    // Integers travel as reals.
                    let real = super::expression::real_type(ty);
                    let val = self.promote(Val::Array(view.clone()), ty, &real)?;
                    Operand::View(self.view_of(&val, &real)?)
                }
                Val::Array(view) => Operand::View(self.dense(view, is_matrix(ty))),
                val => Operand::Scalar(self.real_value(val)?),
            };
            let dims = match &operand {
                Operand::View(view) => view.dims.clone(),
                Operand::Scalar(_) => Vec::new(),
            };
            inputs.push(dims.iter().product());
            operands.push(match operand {
                Operand::View(view) => Operand::View(view.flat()),
                scalar => scalar,
            });
            sources.push(Source::Input { ty: ty.clone(), dims });
        }
        let dims = match result {
            Type::Int | Type::Real => Vec::new(),
            _ => self.result_dims(&function, &sources, result)?,
        };
        let generic = Generic { function, sources, inputs, outputs: vec![dims.iter().product()] };
        let site = self.site();
        if dims.is_empty() {
            let out = self.f.value(Ty::F64);
            self.opaque_call(generic, operands, vec![Operand::Scalar(out)], site);
            return if *result == Type::Int { Ok(Val::Int(self.integer(out))) } else { Ok(Val::Real(out)) };
        }
        let out = self.temporary(Elem::F64, &dims, is_matrix(result));
        self.opaque_call(generic, operands, vec![Operand::View(out.flat())], site);
        if elem_of(result) == Elem::I32 { self.integers(&out).map(Val::Array) } else { Ok(Val::Array(out)) }
    }

    fn opaque_call(&mut self, generic: Generic, inputs: Vec<Operand>, outputs: Vec<Operand>, site: Site) {
        let random = matches!(generic.function, Function::Rng(_));
        let function = Arc::new(generic);
        self.emit(Op::Call(Box::new(Call::Opaque(OpaqueCall {
            function,
            inputs,
            outputs,
            saved: None,
            random,
            site,
        }))));
    }

    /// Sizes of a library function's result: those it has at a harmless point. (Sizes never depend on real arguments.)
    fn result_dims(&mut self, function: &Function, sources: &[Source], result: &Type) -> Result<Vec<usize>> {
        if !has_layout(result) {
            return self.unsupported(format!("a result of type {result}"));
        }
        let args = |other: bool| -> Vec<Value<f64>> {
            let argument = |source: &Source| match source {
                Source::Known(value) => (**value).clone(),
                Source::Input { ty: Type::Vector, dims } if other => {
                    Value::Vector(vec![1.0 / dims[0].max(1) as f64; dims[0]])
                }
                Source::Input { ty: Type::Real, .. } if other => Value::Real(1e4),
                Source::Input { ty, dims } => harmless(ty, dims),
            };
            sources.iter().map(argument).collect()
        };
        if let Function::Rng(family) = function {
            return self.drawn_dims(family, args, result);
        }
        let args = args(false);
        let value = match function {
            Function::Library(name) => functions::call(name, &args).map_err(|e| e.to_string()),
            Function::Expression(e) => {
                let variables = e.variables.iter().copied().zip(args).collect();
                e.interpreter.evaluate(&e.environment, &e.expression, variables).map_err(|e| e.message)
            }
            _ => Err("a result of this type".to_owned()),
        };
        match value {
            Ok(value) => Ok(dims_of(&value, result)),
            Err(e) => self.unsupported(e),
        }
    }

    /// An expression that the interpreter runs: its variables are the arguments.
    pub(super) fn interpreted(&mut self, e: &Expr) -> Result<Val> {
        let mut variables = Vec::new();
        if !variables_of(e, self.program, &mut variables) {
            return self.unsupported("a function with side effects that cannot be inlined");
        }
        let program = self.program;
        variables.retain(|v| {
            use ppl_program::typed::Origin;
            !matches!(program.variable(*v).origin, Origin::Data | Origin::TransformedData)
        });
        let mut vals = Vec::new();
        let mut types = Vec::new();
        for v in &variables {
            vals.push(self.read(*v)?);
            types.push(program.variable(*v).ty.clone());
        }
        let (interpreter, environment) = self.evaluate.interpreter();
        if let Some(values) = self.known_values(&vals) {
            let known = variables.iter().copied().zip(values).collect();
            if let Ok(value) = interpreter.evaluate(&environment, e, known) {
                return Ok(Val::known(value));
            }
        }
        let expression =
            Expression { interpreter, environment, expression: e.clone(), variables, differentiated: !self.generating };
        self.opaque(Function::Expression(Arc::new(expression)), &vals, &types, &e.ty)
    }

    /// A structured transform of the next coordinates: value and log Jacobian.
    pub(super) fn constrain(&mut self, kind: Structured, x: View) -> View {
        let dims = kind.dims();
        let n: usize = dims.iter().product();
        let out = self.temporary(Elem::F64, &dims, dims.len() == 2);
        let log_jacobian = self.f.value(Ty::F64);
        let generic = Generic {
            function: Function::Constrain(kind),
            sources: Vec::new(),
            inputs: vec![x.len()],
            outputs: vec![n, 1],
        };
        let site = self.site();
        let outputs = vec![Operand::View(out.flat()), Operand::Scalar(log_jacobian)];
        self.opaque_call(generic, vec![Operand::View(x)], outputs, site);
        self.emit(Op::AddJacobian(log_jacobian));
        out
    }

    /// Rejects where the view violates the constraint.
    pub(super) fn check_structured(&mut self, kind: Structured, view: &View) {
        let view = self.dense(view, view.dims.len() == 2);
        let generic = Generic {
            function: Function::Check(kind),
            sources: Vec::new(),
            inputs: vec![view.len()],
            outputs: Vec::new(),
        };
        let site = self.site();
        self.opaque_call(generic, vec![Operand::View(view.flat())], Vec::new(), site);
    }
}

/// A value no function rejects: identity matrices, increasing positive numbers below 1.
fn harmless(ty: &Type, dims: &[usize]) -> Value<f64> {
    let n: usize = dims.iter().product();
    let mut numbers: Vec<f64> = (0..n.max(1)).map(|i| (i as f64 + 1.0) / (n as f64 + 1.0)).collect();
    if let (Type::Matrix, [rows, cols]) = (ty.unwrap_array().0, &dims[dims.len().saturating_sub(2)..])
        && rows == cols
    {
        let size = rows * cols;
        numbers = (0..n).map(|i| if (i % size) % (rows + 1) == 0 { 1.0 } else { 0.0 }).collect();
    }
    let mut out = build::<f64>(ty, dims, &mut numbers.into_iter());
    if let Value::Int(i) = &mut out {
        *i = 1;
    }
    out
}

/// The variables of an expression, each once; false where it calls something that changes `target` or draws.
fn variables_of(e: &Expr, program: &ppl_program::typed::Program, out: &mut Vec<VarId>) -> bool {
    let mut walk = |e: &Expr| variables_of(e, program, out);
    match &e.kind {
        ExprKind::Variable(v) => {
            if !out.contains(v) {
                out.push(*v);
            }
            true
        }
        ExprKind::Target => false,
        ExprKind::Call { callee, arguments } => {
            let pure = match callee {
                Callee::User { function, .. } => !matches!(
                    program.function(*function).kind,
                    FunctionKind::Lp | FunctionKind::Jacobian | FunctionKind::Rng
                ),
                Callee::Distribution { form, .. } => *form != ppl_program::typed::Form::Rng,
                _ => true,
            };
            pure && arguments.iter().all(walk)
        }
        ExprKind::And(a, b) | ExprKind::Or(a, b) => walk(a) && walk(b),
        ExprKind::Ternary { condition, then, otherwise } => walk(condition) && walk(then) && walk(otherwise),
        ExprKind::Index { base, indices } => {
            walk(base)
                && indices.iter().all(|index| match index {
                    Index::All => true,
                    Index::Single(e) | Index::Multi(e) | Index::From(e) | Index::To(e) => walk(e),
                    Index::Between(a, b) => walk(a) && walk(b),
                })
        }
        ExprKind::Project { base, .. } => walk(base),
        ExprKind::Array(items) | ExprKind::RowVector(items) | ExprKind::MatrixRows(items) | ExprKind::Tuple(items) => {
            items.iter().all(walk)
        }
        ExprKind::Promote(inner) => walk(inner),
        ExprKind::Int(_) | ExprKind::Real(_) | ExprKind::Imaginary(_) | ExprKind::Function(_) => true,
    }
}
