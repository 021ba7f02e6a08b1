//! The values of one plan.

use super::Plan;
use super::indexes::Indexes;
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
/// Of everything, where all sizes are equal.
const EQUAL: i32 = 5;
/// Positive numbers: lone ones come before those of lists, as a first time before others.
const SINGLE: (f64, f64) = (0.5, 1.0);
const LISTED: (f64, f64) = (1.0, 2.0);

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

pub struct Designer {
    plan: Plan,
    program: Arc<Program>,
    interpreter: Interpreter,
    environment: Environment,
    indexes: Indexes,
    known: Vec<(VarId, Value<f64>)>,
    /// Lists of integers that have run through their values.
    lists: usize,
    /// Integers that bound integers from above, and that count columns of matrices.
    groups: Vec<VarId>,
    columns: Vec<VarId>,
    sizes: Vec<VarId>,
}

impl Designer {
    pub fn new(program: &Arc<Program>, plan: Plan) -> Result<Designer, String> {
        let empty = Program {
            variables: program.variables.clone(),
            functions: program.functions.clone(),
            ..Program::default()
        };
        let interpreter = Interpreter::new(Arc::new(empty));
        let environment = interpreter.bind(&RawData::new()).map_err(|error| error.to_string())?;
        let mut designer = Designer {
            plan,
            program: Arc::clone(program),
            indexes: Indexes::of(program),
            lists: 0,
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

    /// Values for what is not given, and the sizes in words.
    pub fn design(mut self, given: &RawData, seed: u64) -> Result<(RawData, String), String> {
        let program = Arc::clone(&self.program);
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x0064_6573_6967_6e00);
        let mut data = given.clone();
        let mut sizes = vec![None; program.data.len()];
        let mut open: Vec<usize> = (0..program.data.len()).collect();
        while let Some(next) = self.next(&open) {
            let declaration = &program.data[open.remove(next)];
            let name = program.variable(declaration.variable).name.clone();
            let value = match given.get(&name) {
                Some(datum) => value_of(datum, &declaration.ty),
                None => {
                    let value = self.value(declaration, &mut rng).map_err(|why| format!("`{name}`: {why}"))?;
                    data.set(name.clone(), crate::bound::datum(&value));
                    if let Value::Int(n) = value {
                        let place = program.data.iter().position(|d| d.variable == declaration.variable);
                        sizes[place.unwrap_or_default()] = Some(format!("{name} = {n}"));
                    }
                    Some(value)
                }
            };
            if let Some(value) = value {
                self.known.push((declaration.variable, value));
            }
        }
        Ok((data, sizes.into_iter().flatten().collect::<Vec<_>>().join(", ")))
    }

    /// Lone integers first, as soon as what their declarations mention is known: sizes decide what lists may index.
    fn next(&self, open: &[usize]) -> Option<usize> {
        let waits = |declaration: &Declaration| {
            let mut waits = false;
            declaration.for_each_expr(&mut |e| {
                if let ExprKind::Variable(v) = e.kind {
                    waits |= open.iter().any(|&other| self.program.data[other].variable == v);
                }
            });
            waits
        };
        let ready = |alone: bool| {
            open.iter().position(|&i| {
                let declaration = &self.program.data[i];
                (!alone || matches!(declaration.ty, SizedType::Int(_))) && !waits(declaration)
            })
        };
        ready(true).or_else(|| ready(false)).or((!open.is_empty()).then_some(0))
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
        self.evaluate_with(e, 4)
    }

    /// Sizes may be computed in transformed data: what is defined once is evaluated too.
    fn evaluate_with(&self, e: &Expr, depth: usize) -> Result<Value<f64>, String> {
        let mut known = self.known.clone();
        let mut mentioned = Vec::new();
        variables(e, &mut mentioned);
        for variable in mentioned {
            let is_known = known.iter().any(|(v, _)| *v == variable);
            if let (false, true, Some(definition)) = (is_known, depth > 0, self.indexes.definition(variable)) {
                known.push((variable, self.evaluate_with(definition, depth - 1)?));
            }
        }
        self.interpreter.evaluate(&self.environment, e, known).map_err(|error| error.to_string())
    }

    /// The values with which an integer of the data stays inside what it indexes, as far as the sizes are known.
    fn inside(&self, variable: VarId) -> (f64, f64) {
        let (mut lower, mut upper) = (f64::NEG_INFINITY, f64::INFINITY);
        for used in self.indexes.uses(variable) {
            if let Ok(Value::Int(size)) = self.evaluate(&used.size) {
                lower = lower.max(f64::from(1 - used.offset));
                upper = upper.min(f64::from(size - used.offset));
            }
        }
        if lower <= upper { (lower, upper) } else { (f64::NEG_INFINITY, f64::INFINITY) }
    }

    /// Declared bounds, and what it indexes, of an integer.
    fn limits(&self, variable: VarId, constraint: &Constraint) -> Result<(f64, f64), String> {
        let (lower, upper) = self.bounds(constraint)?;
        let inside = self.inside(variable);
        let both = (lower.max(inside.0), upper.min(inside.1));
        Ok(if both.0 <= both.1 { both } else { (lower, upper) })
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

    fn value(&mut self, declaration: &Declaration, rng: &mut impl Rng) -> Result<Value<f64>, String> {
        if let SizedType::Int(constraint) = &declaration.ty {
            return self.size(declaration.variable, constraint);
        }
        let mut integers = Integers { limits: (f64::NEG_INFINITY, f64::INFINITY), list: self.lists, serial: 0 };
        if let SizedType::Array(element, _) = &declaration.ty
            && let SizedType::Int(constraint) = &**element
        {
            integers.limits = self.limits(declaration.variable, constraint)?;
        }
        let value = self.of_type(&declaration.ty, rng, &mut integers)?;
        self.lists += usize::from(integers.in_turn());
        Ok(value)
    }

    /// A lone integer.
    fn size(&self, variable: VarId, constraint: &Constraint) -> Result<Value<f64>, String> {
        let (lower, upper) = self.limits(variable, constraint)?;
        let counts = [&self.groups, &self.columns, &self.sizes].iter().any(|list| list.contains(&variable));
        let wish = match variable {
            _ if self.plan.equal && counts => EQUAL,
            v if self.groups.contains(&v) => GROUPS,
            v if self.columns.contains(&v) && !self.sizes.contains(&v) => COLUMNS,
            v if self.sizes.contains(&v) => SIZE,
            _ => 1,
        };
        Ok(Value::Int(f64::from(wish).clamp(lower, upper.max(lower)) as i32))
    }

    fn of_type(&self, ty: &SizedType, rng: &mut impl Rng, integers: &mut Integers) -> Result<Value<f64>, String> {
        let real = |constraint: &Constraint, rng: &mut dyn FnMut(f64, f64) -> f64| -> Result<f64, String> {
            let (lower, upper) = self.bounds(constraint)?;
            Ok(rng(lower, upper))
        };
        Ok(match ty {
            SizedType::Int(constraint) => {
                let (lower, upper) = self.bounds(constraint)?;
                let (lower, upper) = (lower.max(integers.limits.0), upper.min(integers.limits.1));
                Value::Int(match (lower.is_finite(), upper.is_finite()) {
                    (true, true) => integers.next(lower, upper),
                    _ if self.plan.equal => 1.0f64.clamp(lower, upper),
                    (true, false) => lower + poisson(rng),
                    (false, true) => upper - poisson(rng),
                    (false, false) => poisson(rng),
                } as i32)
            }
            SizedType::Real(constraint) => Value::Real(real(constraint, &mut |a, b| self.within(a, b, SINGLE, rng))?),
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
                            false => real(constraint, &mut |a, b| self.within(a, b, LISTED, rng))?,
                        };
                        matrix.set(i, j, value);
                    }
                }
                Value::Matrix(matrix)
            }
            SizedType::Array(element, sizes) => {
                let sizes: Vec<usize> = sizes.iter().map(|n| self.count(n)).collect::<Result<_, _>>()?;
                match (&**element, sizes.as_slice()) {
                    (SizedType::Real(constraint), [n]) => {
                        Value::Array(self.list(*n, constraint, rng)?.into_iter().map(Value::Real).collect())
                    }
                    _ => self.array(element, &sizes, rng, integers)?,
                }
            }
            SizedType::Tuple(items) => {
                Value::Tuple(items.iter().map(|item| self.of_type(item, rng, integers)).collect::<Result<_, _>>()?)
            }
            _ => return Err("complex numbers: give data".into()),
        })
    }

    fn array(
        &self,
        element: &SizedType,
        sizes: &[usize],
        rng: &mut impl Rng,
        integers: &mut Integers,
    ) -> Result<Value<f64>, String> {
        let Some((&size, rest)) = sizes.split_first() else { return self.of_type(element, rng, integers) };
        (0..size).map(|_| self.array(element, rest, rng, integers)).collect::<Result<_, _>>().map(Value::Array)
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
                self.reals(n, lower, upper, rng)
            }
        })
    }

    /// `n` numbers within bounds.
    fn reals(&self, n: usize, lower: f64, upper: f64, rng: &mut impl Rng) -> Vec<f64> {
        let mut list: Vec<f64> = (0..n).map(|_| self.within(lower, upper, LISTED, rng)).collect();
        if self.plan.positive && !upper.is_finite() {
            list.sort_by(f64::total_cmp);
        }
        list
    }

    fn within(&self, lower: f64, upper: f64, positive: (f64, f64), rng: &mut impl Rng) -> f64 {
        match (lower.is_finite(), upper.is_finite()) {
            (true, true) => lower + (upper - lower) * rng.random::<f64>(),
            (lowered, false) if self.plan.positive => {
                let x = positive.0 + (positive.1 - positive.0) * rng.random::<f64>();
                if lowered && x < lower { lower + x } else { x }
            }
            (true, false) => lower + rng.sample::<f64, _>(Exp1),
            (false, true) => upper - rng.sample::<f64, _>(Exp1),
            (false, false) => rng.sample(StandardNormal),
        }
    }
}

/// The integers of a list.
struct Integers {
    /// What they index.
    limits: (f64, f64),
    /// Lists before it.
    list: usize,
    serial: usize,
}

impl Integers {
    /// Between two bounds: a permutation of all values, and the next. The first list has them in order, the second starts one later
    /// and moves on by one with each round, and so on: any two lists are crossed, and no two begin alike.
    fn next(&mut self, lower: f64, upper: f64) -> f64 {
        let values = upper - lower + 1.0;
        let round = (self.serial as f64 / values).floor();
        let place = self.serial as f64 + self.list as f64 * (1.0 + round);
        self.serial += 1;
        lower + place.rem_euclid(values)
    }

    /// Whether it ran through values in turn.
    fn in_turn(&self) -> bool {
        self.serial > 0
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
