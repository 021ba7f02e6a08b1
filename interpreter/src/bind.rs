//! From named data to the values of the declared variables.

use crate::error::RunError;
use crate::machine::Machine;
use crate::shape::Shape;
use ppl_program::typed::{Declaration, Expr, ExprKind, Program, SizedType, VarId};
use ppl_runtime::data::{Datum, RawData};
use ppl_runtime::value::{Complex, Matrix, Value};
use std::collections::HashSet;
use std::fmt;

/// One thing that is wrong with the data.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The variable, and the place in it: `y[3,2]`.
    pub path: String,
    pub message: String,
}

/// Why data do not fit a program: everything that is wrong, in the order of the declarations.
#[derive(Clone, Debug, PartialEq)]
pub enum BindError {
    Data(Vec<Problem>),
    /// Sizes, bounds, or the transformed data block failed.
    Run(Box<RunError>),
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BindError::Run(error) => write!(f, "{error}"),
            BindError::Data(problems) => {
                for (i, problem) in problems.iter().enumerate() {
                    if i > 0 {
                        f.write_str("\n")?;
                    }
                    write!(f, "{}: {}", problem.path, problem.message)?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for BindError {}

impl From<Box<RunError>> for BindError {
    fn from(error: Box<RunError>) -> Self {
        BindError::Run(error)
    }
}

/// Reads declared variables, in order, into the machine. Later sizes and bounds may use earlier variables.
///
/// # Errors
/// [`BindError::Data`] with all problems.
pub(crate) fn read_declared<'a>(
    machine: &mut Machine<'a, f64>,
    declarations: &'a [Declaration],
    raw: &RawData,
) -> Result<(), BindError> {
    let mut problems = Vec::new();
    // Variables without a value: what depends on them is not reported again.
    let mut absent: HashSet<VarId> = HashSet::new();
    for declaration in declarations {
        let name = machine.name(declaration.variable);
        if mentions(&declaration.ty, &absent) {
            absent.insert(declaration.variable);
            if raw.get(name).is_none() {
                problems.push(Problem { path: name.into(), message: missing(machine.program, declaration) });
            }
            continue;
        }
        match read_one(machine, declaration, raw, name) {
            Ok(value) => machine.store(declaration.variable, value),
            Err(problem) => {
                absent.insert(declaration.variable);
                problems.push(problem);
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(BindError::Data(problems)) }
}

fn missing(program: &Program, declaration: &Declaration) -> String {
    format!("missing; the program declares it as {}", program.variable(declaration.variable).ty)
}

fn read_one<'a>(
    machine: &mut Machine<'a, f64>,
    declaration: &'a Declaration,
    raw: &RawData,
    name: &str,
) -> Result<Value<f64>, Problem> {
    let run = |error: Box<RunError>| Problem { path: name.into(), message: error.to_string() };
    let layout = machine.layout(&declaration.ty, name).map_err(run)?;
    let shape = layout.shape();
    machine.allocate(shape.count()).map_err(run)?;
    let value = match raw.get(name) {
        Some(datum) => Reader { name, path: Vec::new() }.read(&shape, datum)?,
        None => match inferred(machine.program, declaration, raw) {
            Some(rows) => Value::Int(rows),
            // What has no elements need not be given.
            None if shape.count() == 0 => shape.uninitialised(),
            None => return Err(Problem { path: name.into(), message: missing(machine.program, declaration) }),
        },
    };
    layout.check(&value).map_err(|error| {
        // The message may begin with the place: `[2]: expected ...`.
        match error.message.split_once(": ") {
            Some((place, message)) if place.starts_with(['[', '.']) => {
                Problem { path: format!("{name}{place}"), message: message.into() }
            }
            _ => Problem { path: name.into(), message: error.message },
        }
    })?;
    Ok(value)
}

/// The number of rows of the table, for an integer that is the first size of a variable that is a column.
fn inferred(program: &Program, declaration: &Declaration, raw: &RawData) -> Option<i32> {
    let rows = i32::try_from(raw.rows()?).ok()?;
    if !matches!(declaration.ty, SizedType::Int(_)) {
        return None;
    }
    let is_first_size = |d: &Declaration| {
        let first = match &d.ty {
            SizedType::Vector(n, _) | SizedType::RowVector(n, _) => n,
            SizedType::Array(_, dims) if dims.len() == 1 => &dims[0],
            _ => return false,
        };
        matches!(first.kind, ExprKind::Variable(id) if id == declaration.variable)
            && raw.get(&program.variable(d.variable).name).is_some()
    };
    program.data.iter().any(is_first_size).then_some(rows)
}

/// Whether sizes or bounds use one of the variables.
fn mentions(ty: &SizedType, variables: &HashSet<VarId>) -> bool {
    use ppl_program::typed::Constraint as C;
    if variables.is_empty() {
        return false;
    }
    let one = |e: &Expr| uses(e, variables);
    let constraint = |c: &C| match c {
        C::Lower(a) | C::Upper(a) | C::Offset(a) | C::Multiplier(a) => one(a),
        C::LowerUpper(a, b) | C::OffsetMultiplier(a, b) => one(a) || one(b),
        _ => false,
    };
    match ty {
        SizedType::Int(c) | SizedType::Real(c) | SizedType::Complex(c) => constraint(c),
        SizedType::Vector(n, c)
        | SizedType::RowVector(n, c)
        | SizedType::ComplexVector(n, c)
        | SizedType::ComplexRowVector(n, c) => one(n) || constraint(c),
        SizedType::Matrix(r, k, c) | SizedType::ComplexMatrix(r, k, c) => one(r) || one(k) || constraint(c),
        SizedType::Array(element, dims) => mentions(element, variables) || dims.iter().any(one),
        SizedType::Tuple(items) => items.iter().any(|item| mentions(item, variables)),
    }
}

fn uses(e: &Expr, variables: &HashSet<VarId>) -> bool {
    use ppl_program::typed::Index;
    let any = |items: &[Expr]| items.iter().any(|item| uses(item, variables));
    match &e.kind {
        ExprKind::Variable(id) => variables.contains(id),
        ExprKind::Call { arguments, .. } => any(arguments),
        ExprKind::And(a, b) | ExprKind::Or(a, b) => uses(a, variables) || uses(b, variables),
        ExprKind::Ternary { condition, then, otherwise } => {
            [condition, then, otherwise].iter().any(|e| uses(e, variables))
        }
        ExprKind::Index { base, indices } => {
            uses(base, variables)
                || indices.iter().any(|index| match index {
                    Index::All => false,
                    Index::Single(e) | Index::Multi(e) | Index::From(e) | Index::To(e) => uses(e, variables),
                    Index::Between(a, b) => uses(a, variables) || uses(b, variables),
                })
        }
        ExprKind::Project { base, .. } | ExprKind::Promote(base) => uses(base, variables),
        ExprKind::Array(items) | ExprKind::RowVector(items) | ExprKind::MatrixRows(items) | ExprKind::Tuple(items) => {
            any(items)
        }
        _ => false,
    }
}

enum Place {
    /// Counted from 0.
    Index(usize),
    /// Counted from 1.
    Field(usize),
}

/// Reads one variable's datum, and knows where it is.
struct Reader<'n> {
    name: &'n str,
    path: Vec<Place>,
}

impl Reader<'_> {
    fn problem(&self, message: impl Into<String>) -> Problem {
        let mut path = self.name.to_string();
        let mut open = false;
        for place in &self.path {
            match place {
                Place::Index(i) => {
                    path.push(if open { ',' } else { '[' });
                    path.push_str(&(i + 1).to_string());
                    open = true;
                }
                Place::Field(k) => {
                    if open {
                        path.push(']');
                        open = false;
                    }
                    path.push('.');
                    path.push_str(&k.to_string());
                }
            }
        }
        if open {
            path.push(']');
        }
        Problem { path, message: message.into() }
    }

    fn read(&mut self, shape: &Shape, datum: &Datum) -> Result<Value<f64>, Problem> {
        if let Datum::Invalid(message) = datum {
            return Err(self.problem(format!("expected numbers, found {message}")));
        }
        // An empty list will do for anything without elements.
        if shape.count() == 0 && !matches!(shape, Shape::Tuple(_)) && is_empty(datum) {
            return Ok(shape.uninitialised());
        }
        Ok(match shape {
            Shape::Int => Value::Int(self.int(datum)?),
            Shape::Real => Value::Real(self.real(datum)?),
            Shape::Complex => Value::Complex(self.complex(datum)?),
            Shape::Vector(n) => Value::Vector(self.list(datum, *n, shape, Self::real)?),
            Shape::RowVector(n) => Value::RowVector(self.list(datum, *n, shape, Self::real)?),
            Shape::ComplexVector(n) => Value::ComplexVector(self.list(datum, *n, shape, Self::complex)?),
            Shape::ComplexRowVector(n) => Value::ComplexRowVector(self.list(datum, *n, shape, Self::complex)?),
            Shape::Matrix(r, c) => {
                let row = Shape::RowVector(*c);
                let rows = self.list(datum, *r, shape, |reader, datum| reader.list(datum, *c, &row, Self::real))?;
                Value::Matrix(Matrix::from_fn(*r, *c, |i, j| rows[i][j]))
            }
            Shape::ComplexMatrix(r, c) => {
                let row = Shape::ComplexRowVector(*c);
                let rows = self.list(datum, *r, shape, |reader, datum| reader.list(datum, *c, &row, Self::complex))?;
                Value::ComplexMatrix(Matrix::from_fn(*r, *c, |i, j| rows[i][j]))
            }
            Shape::Array(element, dims) => match dims.split_first() {
                None => self.read(element, datum)?,
                Some((n, rest)) => {
                    let inner = if rest.is_empty() {
                        (**element).clone()
                    } else {
                        Shape::Array(element.clone(), rest.to_vec())
                    };
                    Value::Array(self.list(datum, *n, shape, |reader, datum| reader.read(&inner, datum))?)
                }
            },
            Shape::Tuple(items) => {
                let Datum::Object(members) = datum else {
                    return Err(self.problem(format!(
                        "expected a tuple, as an object with the keys \"1\" to \"{}\"; found {}",
                        items.len(),
                        datum.describe()
                    )));
                };
                if members.len() != items.len() {
                    return Err(self.problem(format!(
                        "expected a tuple of {}, found an object of {}",
                        items.len(),
                        members.len()
                    )));
                }
                let mut values = Vec::with_capacity(items.len());
                for (k, item) in items.iter().enumerate() {
                    let key = (k + 1).to_string();
                    let Some((_, datum)) = members.iter().find(|(name, _)| *name == key) else {
                        return Err(self.problem(format!("the key \"{key}\" of the tuple is missing")));
                    };
                    self.path.push(Place::Field(k + 1));
                    values.push(self.read(item, datum)?);
                    self.path.pop();
                }
                Value::Tuple(values)
            }
        })
    }

    fn list<X>(
        &mut self,
        datum: &Datum,
        n: usize,
        shape: &Shape,
        mut read: impl FnMut(&mut Self, &Datum) -> Result<X, Problem>,
    ) -> Result<Vec<X>, Problem> {
        let Datum::List(items) = datum else {
            return Err(self.problem(format!("expected {}, found {}", describe(shape), datum.describe())));
        };
        if items.len() != n {
            let found = sizes(datum);
            return Err(self.problem(format!("expected {}, found sizes [{found}]", describe(shape))));
        }
        let mut out = Vec::with_capacity(n);
        for (i, item) in items.iter().enumerate() {
            self.path.push(Place::Index(i));
            out.push(read(self, item)?);
            self.path.pop();
        }
        Ok(out)
    }

    fn int(&mut self, datum: &Datum) -> Result<i32, Problem> {
        match datum {
            Datum::Int(i) => i32::try_from(*i)
                .map_err(|_| self.problem(format!("{i} does not fit into an integer ({} to {})", i32::MIN, i32::MAX))),
            Datum::Invalid(message) => Err(self.problem(format!("expected an integer, found {message}"))),
            other => Err(self.problem(format!("expected an integer, found {}", other.describe()))),
        }
    }

    fn real(&mut self, datum: &Datum) -> Result<f64, Problem> {
        match datum {
            Datum::Int(i) => Ok(*i as f64),
            Datum::Real(x) => Ok(*x),
            other => Err(self.problem(format!("expected a number, found {}", other.describe()))),
        }
    }

    fn complex(&mut self, datum: &Datum) -> Result<Complex<f64>, Problem> {
        match datum {
            Datum::List(items) if items.len() == 2 => {
                Ok(Complex { re: self.real(&items[0])?, im: self.real(&items[1])? })
            }
            Datum::Int(_) | Datum::Real(_) => Ok(Complex { re: self.real(datum)?, im: 0.0 }),
            other => Err(self.problem(format!("expected a complex number as [re, im], found {}", other.describe()))),
        }
    }
}

fn is_empty(datum: &Datum) -> bool {
    matches!(datum, Datum::List(items) if items.iter().all(is_empty))
}

/// The sizes of a list, as far as they are regular: `3,2`.
fn sizes(datum: &Datum) -> String {
    let mut out = Vec::new();
    let mut datum = datum;
    while let Datum::List(items) = datum {
        out.push(items.len().to_string());
        match items.first() {
            Some(first) => datum = first,
            None => break,
        }
    }
    out.join(",")
}

/// `a vector of sizes [3]`
fn describe(shape: &Shape) -> String {
    let (kind, mut dims) = match shape {
        Shape::Array(_, dims) => ("an array", dims.clone()),
        Shape::Vector(_) | Shape::ComplexVector(_) => ("a vector", Vec::new()),
        Shape::RowVector(_) | Shape::ComplexRowVector(_) => ("a row vector", Vec::new()),
        _ => ("a matrix", Vec::new()),
    };
    match shape {
        Shape::Array(element, _) => dims.extend(element.inner_dims()),
        other => dims.extend(other.inner_dims()),
    }
    let dims: Vec<String> = dims.iter().map(usize::to_string).collect();
    format!("{kind} of sizes [{}]", dims.join(","))
}
