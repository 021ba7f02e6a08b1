//! Sizes and covariates for a program that nobody gives any: what `ppl simulate` uses without data.
//!
//! In the order of declaration, each within its declared bounds:
//! - an integer that sizes something or bounds an index is 20, or 5 where it is the upper bound of integers (a number of groups), or
//!   3 where it is the number of columns of a matrix; what bounds it from below raises it;
//! - any other integer is its lower bound, or 1; lists of integers with both bounds run through their values in turn (balanced
//!   groups), others are Poisson(3) above their lower bound;
//! - reals are standard normal; above a lower bound they are that bound plus an exponential, below an upper bound likewise, between
//!   bounds uniform; ordered, positive ordered and simplex vectors are sorted or normalised; covariances are the identity.

use crate::model::Model;
use ppl_interpreter::{Environment, Interpreter};
use ppl_program::typed::*;
use ppl_runtime::data::{Datum, RawData};
use ppl_runtime::value::Value;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp1, Poisson, StandardNormal};
use std::sync::Arc;

const SIZE: i32 = 20;
const GROUPS: i32 = 5;
const COLUMNS: i32 = 3;

/// Values for what `given` leaves out of the data of a program, and what the sizes are, in words.
///
/// # Errors
/// A message: a bound or size that cannot be evaluated, or a type that this has no values for.
pub fn design(model: &Model, given: &RawData, seed: u64) -> Result<(RawData, String), String> {
    let program = model.interpreter.program();
    let mut designer = Designer::new(program)?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x0064_6573_6967_6e00);
    let mut data = given.clone();
    let mut sizes = Vec::new();
    for declaration in &program.data {
        let name = program.variable(declaration.variable).name.clone();
        let value = match given.get(&name) {
            Some(datum) => value_of(datum, &declaration.ty),
            None => {
                let value = designer.value(declaration, &mut rng).map_err(|why| format!("`{name}`: {why}"))?;
                data.set(name.clone(), crate::bound::datum(&value));
                if let Value::Int(n) = value {
                    sizes.push(format!("{name} = {n}"));
                }
                Some(value)
            }
        };
        if let Some(value) = value {
            designer.known.push((declaration.variable, value));
        }
    }
    Ok((data, sizes.join(", ")))
}

/// A given number, so that sizes which depend on it can be evaluated.
fn value_of(datum: &Datum, ty: &SizedType) -> Option<Value<f64>> {
    match (datum, ty) {
        (Datum::Int(i), SizedType::Int(_)) => i32::try_from(*i).ok().map(Value::Int),
        (Datum::Int(i), SizedType::Real(_)) => Some(Value::Real(*i as f64)),
        (Datum::Real(x), SizedType::Real(_)) => Some(Value::Real(*x)),
        (Datum::List(items), SizedType::Array(element, sizes)) if sizes.len() == 1 => {
            items.iter().map(|item| value_of(item, element)).collect::<Option<Vec<_>>>().map(Value::Array)
        }
        _ => None,
    }
}

struct Designer {
    interpreter: Interpreter,
    environment: Environment,
    known: Vec<(VarId, Value<f64>)>,
    /// Integers that bound integers from above, and that count columns of matrices.
    groups: Vec<VarId>,
    columns: Vec<VarId>,
    sizes: Vec<VarId>,
}

impl Designer {
    fn new(program: &Arc<Program>) -> Result<Designer, String> {
        let empty = Program {
            variables: program.variables.clone(),
            functions: program.functions.clone(),
            ..Program::default()
        };
        let interpreter = Interpreter::new(Arc::new(empty));
        let environment = interpreter.bind(&RawData::new()).map_err(|error| error.to_string())?;
        let mut designer = Designer {
            interpreter,
            environment,
            known: Vec::new(),
            groups: Vec::new(),
            columns: Vec::new(),
            sizes: Vec::new(),
        };
        let declared = program.data.iter().chain(&program.parameters).map(|d| &d.ty);
        declared.for_each(|ty| designer.note(ty));
        for statement in program.transformed_data.iter().chain(&program.generated_quantities) {
            statement.for_each(&mut |s| match &s.kind {
                StatementKind::Declare(d) => designer.note(&d.ty),
                StatementKind::For { upper, .. } => variables(upper, &mut designer.sizes),
                _ => {}
            });
        }
        Ok(designer)
    }

    fn note(&mut self, ty: &SizedType) {
        match ty {
            SizedType::Int(Constraint::LowerUpper(_, upper) | Constraint::Upper(upper)) => {
                variables(upper, &mut self.groups);
            }
            SizedType::Vector(n, _) | SizedType::RowVector(n, _) => variables(n, &mut self.sizes),
            SizedType::Matrix(m, n, _) => {
                variables(m, &mut self.sizes);
                variables(n, &mut self.columns);
            }
            SizedType::Array(element, sizes) => {
                sizes.iter().for_each(|n| variables(n, &mut self.sizes));
                self.note(element);
            }
            _ => {}
        }
    }

    fn evaluate(&self, e: &Expr) -> Result<Value<f64>, String> {
        self.interpreter.evaluate(&self.environment, e, self.known.clone()).map_err(|error| error.to_string())
    }

    fn number(&self, e: &Expr) -> Result<f64, String> {
        match self.evaluate(e)? {
            Value::Int(i) => Ok(f64::from(i)),
            Value::Real(x) => Ok(x),
            _ => Err("bounds that are no numbers: give data".into()),
        }
    }

    fn count(&self, e: &Expr) -> Result<usize, String> {
        match self.evaluate(e)? {
            Value::Int(n) if n >= 0 => Ok(n as usize),
            _ => Err("a size that is no count".into()),
        }
    }

    fn bounds(&self, constraint: &Constraint) -> Result<(f64, f64), String> {
        Ok(match constraint {
            Constraint::Lower(a) => (self.number(a)?, f64::INFINITY),
            Constraint::Upper(b) => (f64::NEG_INFINITY, self.number(b)?),
            Constraint::LowerUpper(a, b) => (self.number(a)?, self.number(b)?),
            _ => (f64::NEG_INFINITY, f64::INFINITY),
        })
    }

    fn value(&self, declaration: &Declaration, rng: &mut impl Rng) -> Result<Value<f64>, String> {
        if let SizedType::Int(constraint) = &declaration.ty {
            return self.size(declaration.variable, constraint);
        }
        let mut serial = 0;
        self.of_type(&declaration.ty, rng, &mut serial)
    }

    /// A lone integer.
    fn size(&self, variable: VarId, constraint: &Constraint) -> Result<Value<f64>, String> {
        let (lower, upper) = self.bounds(constraint)?;
        let wish = match variable {
            v if self.groups.contains(&v) => GROUPS,
            v if self.columns.contains(&v) && !self.sizes.contains(&v) => COLUMNS,
            v if self.sizes.contains(&v) => SIZE,
            _ => 1,
        };
        Ok(Value::Int(f64::from(wish).clamp(lower, upper.max(lower)) as i32))
    }

    fn of_type(&self, ty: &SizedType, rng: &mut impl Rng, serial: &mut i64) -> Result<Value<f64>, String> {
        let real = |constraint: &Constraint, rng: &mut dyn FnMut(f64, f64) -> f64| -> Result<f64, String> {
            let (lower, upper) = self.bounds(constraint)?;
            Ok(rng(lower, upper))
        };
        Ok(match ty {
            SizedType::Int(constraint) => {
                let (lower, upper) = self.bounds(constraint)?;
                *serial += 1;
                let value = match (lower.is_finite(), upper.is_finite()) {
                    (true, true) => lower + ((*serial - 1) as f64).rem_euclid(upper - lower + 1.0),
                    (true, false) => lower + poisson(rng),
                    (false, true) => upper - poisson(rng),
                    (false, false) => poisson(rng),
                };
                Value::Int(value as i32)
            }
            SizedType::Real(constraint) => Value::Real(real(constraint, &mut |a, b| within(a, b, rng))?),
            SizedType::Vector(n, constraint) => Value::Vector(self.list(self.count(n)?, constraint, rng)?),
            SizedType::RowVector(n, constraint) => Value::RowVector(self.list(self.count(n)?, constraint, rng)?),
            SizedType::Matrix(m, n, constraint) => {
                let (m, n) = (self.count(m)?, self.count(n)?);
                let mut matrix = ppl_runtime::value::Matrix::filled(m, n, 0.0);
                let identity = matches!(
                    constraint,
                    Constraint::CovMatrix
                        | Constraint::CorrMatrix
                        | Constraint::CholeskyFactorCorr
                        | Constraint::CholeskyFactorCov
                );
                for j in 0..n {
                    for i in 0..m {
                        let value = match identity {
                            true => f64::from(u8::from(i == j)),
                            false => real(constraint, &mut |a, b| within(a, b, rng))?,
                        };
                        matrix.set(i, j, value);
                    }
                }
                Value::Matrix(matrix)
            }
            SizedType::Array(element, sizes) => {
                let sizes: Vec<usize> = sizes.iter().map(|n| self.count(n)).collect::<Result<_, _>>()?;
                self.array(element, &sizes, rng, serial)?
            }
            SizedType::Tuple(items) => {
                Value::Tuple(items.iter().map(|item| self.of_type(item, rng, serial)).collect::<Result<_, _>>()?)
            }
            _ => return Err("complex numbers: give data".into()),
        })
    }

    fn array(
        &self,
        element: &SizedType,
        sizes: &[usize],
        rng: &mut impl Rng,
        serial: &mut i64,
    ) -> Result<Value<f64>, String> {
        let Some((&size, rest)) = sizes.split_first() else { return self.of_type(element, rng, serial) };
        (0..size).map(|_| self.array(element, rest, rng, serial)).collect::<Result<_, _>>().map(Value::Array)
    }

    fn list(&self, n: usize, constraint: &Constraint, rng: &mut impl Rng) -> Result<Vec<f64>, String> {
        let normals = |rng: &mut _| -> Vec<f64> { (0..n).map(|_| StandardNormal.sample(rng)).collect() };
        Ok(match constraint {
            Constraint::Simplex => vec![1.0 / n.max(1) as f64; n],
            Constraint::UnitVector => vec![1.0 / (n.max(1) as f64).sqrt(); n],
            Constraint::SumToZero => {
                let mut x = normals(rng);
                let mean = x.iter().sum::<f64>() / n.max(1) as f64;
                x.iter_mut().for_each(|x| *x -= mean);
                x
            }
            Constraint::Ordered | Constraint::PositiveOrdered => {
                let mut x = normals(rng);
                if *constraint == Constraint::PositiveOrdered {
                    x.iter_mut().for_each(|x| *x = x.abs());
                }
                x.sort_by(f64::total_cmp);
                x
            }
            // Bounds may be lists themselves.
            Constraint::Lower(a) | Constraint::Upper(a) if !a.ty.is_real_scalar() => {
                let (Value::Vector(ends) | Value::RowVector(ends)) = self.evaluate(a)? else {
                    return Err("bounds that are no numbers: give data".into());
                };
                let sign = if matches!(constraint, Constraint::Lower(_)) { 1.0 } else { -1.0 };
                ends.iter().map(|end| end + sign * rng.sample::<f64, _>(Exp1)).collect()
            }
            _ => {
                let (lower, upper) = self.bounds(constraint)?;
                (0..n).map(|_| within(lower, upper, rng)).collect()
            }
        })
    }
}

fn within(lower: f64, upper: f64, rng: &mut impl Rng) -> f64 {
    match (lower.is_finite(), upper.is_finite()) {
        (true, true) => lower + (upper - lower) * rng.random::<f64>(),
        (true, false) => lower + rng.sample::<f64, _>(Exp1),
        (false, true) => upper - rng.sample::<f64, _>(Exp1),
        (false, false) => rng.sample(StandardNormal),
    }
}

fn poisson(rng: &mut impl Rng) -> f64 {
    Poisson::new(3.0).map_or(3.0, |p| p.sample(rng))
}

fn variables(e: &Expr, out: &mut Vec<VarId>) {
    e.for_each(&mut |e| {
        if let ExprKind::Variable(variable) = e.kind {
            out.push(variable);
        }
    });
}
