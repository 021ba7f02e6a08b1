//! Sizes of declared variables, evaluated: default values, names and order of their numbers.

use ppl_program::typed::Type;
use ppl_runtime::num::Num;
use ppl_runtime::value::{Complex, Matrix, Value};

/// A [`SizedType`](ppl_program::typed::SizedType) with its sizes known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    Int,
    Real,
    Complex,
    Vector(usize),
    RowVector(usize),
    Matrix(usize, usize),
    ComplexVector(usize),
    ComplexRowVector(usize),
    ComplexMatrix(usize, usize),
    /// Element (never itself an array) and the size of each dimension.
    Array(Box<Shape>, Vec<usize>),
    Tuple(Vec<Shape>),
}

impl Shape {
    /// Numbers inside: a complex number is two.
    pub fn count(&self) -> usize {
        match self {
            Shape::Int | Shape::Real => 1,
            Shape::Complex => 2,
            Shape::Vector(n) | Shape::RowVector(n) => *n,
            Shape::Matrix(r, c) => r.saturating_mul(*c),
            Shape::ComplexVector(n) | Shape::ComplexRowVector(n) => n.saturating_mul(2),
            Shape::ComplexMatrix(r, c) => r.saturating_mul(*c).saturating_mul(2),
            Shape::Array(element, dims) => dims.iter().fold(element.count(), |n, d| n.saturating_mul(*d)),
            Shape::Tuple(items) => items.iter().fold(0, |n, item| n.saturating_add(item.count())),
        }
    }

    /// Whether a value has this shape.
    pub fn admits<T>(&self, value: &Value<T>) -> bool {
        match (self, value) {
            (Shape::Int, Value::Int(_)) | (Shape::Real, Value::Real(_)) | (Shape::Complex, Value::Complex(_)) => true,
            (Shape::Vector(n), Value::Vector(x)) | (Shape::RowVector(n), Value::RowVector(x)) => *n == x.len(),
            (Shape::ComplexVector(n), Value::ComplexVector(x))
            | (Shape::ComplexRowVector(n), Value::ComplexRowVector(x)) => *n == x.len(),
            (Shape::Matrix(r, c), Value::Matrix(x)) => (*r, *c) == (x.rows, x.cols),
            (Shape::ComplexMatrix(r, c), Value::ComplexMatrix(x)) => (*r, *c) == (x.rows, x.cols),
            (Shape::Array(element, dims), value) => {
                fn nested<T>(element: &Shape, dims: &[usize], value: &Value<T>) -> bool {
                    match (dims.split_first(), value) {
                        (None, value) => element.admits(value),
                        (Some((n, rest)), Value::Array(items)) => {
                            *n == items.len() && items.iter().all(|item| nested(element, rest, item))
                        }
                        _ => false,
                    }
                }
                nested(element, dims, value)
            }
            (Shape::Tuple(shapes), Value::Tuple(items)) => {
                shapes.len() == items.len() && shapes.iter().zip(items).all(|(shape, item)| shape.admits(item))
            }
            _ => false,
        }
    }

    /// Sizes, of arrays first; the first index runs fastest in the order of [`names`](Shape::names). Complex numbers and tuples have
    /// another order: they count as one list of all their numbers.
    pub fn dims(&self) -> Vec<usize> {
        let (element, dims) = match self {
            Shape::Array(element, dims) => (&**element, dims.as_slice()),
            other => (other, [].as_slice()),
        };
        match element {
            Shape::Int | Shape::Real | Shape::Vector(_) | Shape::RowVector(_) | Shape::Matrix(..) => {
                dims.iter().copied().chain(element.inner_dims()).collect()
            }
            _ => vec![self.count()],
        }
    }

    /// Whether its numbers are integers.
    pub fn is_int(&self) -> bool {
        match self {
            Shape::Int => true,
            Shape::Array(element, _) => element.is_int(),
            _ => false,
        }
    }

    /// What a variable holds before it is assigned: NaN, and the least integer.
    pub fn uninitialised<T: Num>(&self) -> Value<T> {
        let nan = T::from(f64::NAN);
        let complex = Complex { re: nan, im: nan };
        match self {
            Shape::Int => Value::Int(i32::MIN),
            Shape::Real => Value::Real(nan),
            Shape::Complex => Value::Complex(complex),
            Shape::Vector(n) => Value::Vector(vec![nan; *n]),
            Shape::RowVector(n) => Value::RowVector(vec![nan; *n]),
            Shape::Matrix(r, c) => Value::Matrix(Matrix::filled(*r, *c, nan)),
            Shape::ComplexVector(n) => Value::ComplexVector(vec![complex; *n]),
            Shape::ComplexRowVector(n) => Value::ComplexRowVector(vec![complex; *n]),
            Shape::ComplexMatrix(r, c) => Value::ComplexMatrix(Matrix::filled(*r, *c, complex)),
            Shape::Array(element, dims) => {
                let mut value = element.uninitialised();
                for &d in dims.iter().rev() {
                    value = Value::Array(vec![value; d]);
                }
                value
            }
            Shape::Tuple(items) => Value::Tuple(items.iter().map(Shape::uninitialised).collect()),
        }
    }

    /// The names of the numbers in Stan's spelling and order: `x`, `x.1`, `x.2.1`, `z.real`, `t:1`; the first index runs
    /// fastest over all dimensions, those of the arrays included.
    pub fn names(&self, name: &str, out: &mut Vec<String>) {
        if let Shape::Tuple(items) = self {
            for (k, item) in items.iter().enumerate() {
                item.names(&format!("{name}:{}", k + 1), out);
            }
            return;
        }
        let (element, mut dims) = match self {
            Shape::Array(element, dims) => (&**element, dims.clone()),
            other => (other, Vec::new()),
        };
        if let Shape::Tuple(_) = element {
            // Arrays of tuples go element by element, the last index fastest.
            for_each_index(&dims, true, |index| element.names(&joined(name, index), out));
            return;
        }
        dims.extend(element.inner_dims());
        let complex = matches!(
            element,
            Shape::Complex | Shape::ComplexVector(_) | Shape::ComplexRowVector(_) | Shape::ComplexMatrix(..)
        );
        for_each_index(&dims, false, |index| {
            let name = joined(name, index);
            if complex {
                out.push(format!("{name}.real"));
                out.push(format!("{name}.imag"));
            } else {
                out.push(name);
            }
        });
    }

    /// Dimensions of a shape that is no array and no tuple.
    pub(crate) fn inner_dims(&self) -> Vec<usize> {
        match self {
            Shape::Vector(n) | Shape::RowVector(n) | Shape::ComplexVector(n) | Shape::ComplexRowVector(n) => vec![*n],
            Shape::Matrix(r, c) | Shape::ComplexMatrix(r, c) => vec![*r, *c],
            _ => Vec::new(),
        }
    }

    /// Appends the numbers of `value`, which has this shape, in the order of [`names`](Shape::names). Integers become reals.
    pub fn flatten(&self, value: &Value<f64>, out: &mut Vec<f64>) {
        match (self, value) {
            (Shape::Tuple(shapes), Value::Tuple(items)) => {
                for (shape, item) in shapes.iter().zip(items) {
                    shape.flatten(item, out);
                }
            }
            (Shape::Array(element, dims), _) if matches!(**element, Shape::Tuple(_)) => {
                for_each_index(dims, true, |index| {
                    if let Some(item) = item_at(value, index) {
                        element.flatten(item, out);
                    }
                });
            }
            (Shape::Array(element, dims), _) => {
                // The elements' numbers, one element after the other; then the first index fastest.
                let mut elements: Vec<Vec<f64>> = Vec::new();
                for_each_index(dims, false, |index| {
                    let mut numbers = Vec::with_capacity(element.count());
                    if let Some(item) = item_at(value, index) {
                        push_numbers(item, &mut numbers);
                    }
                    elements.push(numbers);
                });
                // The two numbers of a complex one stay together.
                let unit = match **element {
                    Shape::Complex
                    | Shape::ComplexVector(_)
                    | Shape::ComplexRowVector(_)
                    | Shape::ComplexMatrix(..) => 2,
                    _ => 1,
                };
                for k in (0..element.count()).step_by(unit) {
                    for numbers in &elements {
                        out.extend(numbers.iter().skip(k).take(unit));
                    }
                }
            }
            _ => push_numbers(value, out),
        }
    }
}

fn item_at<'v>(value: &'v Value<f64>, index: &[usize]) -> Option<&'v Value<f64>> {
    index.iter().try_fold(value, |value, &i| match value {
        Value::Array(items) => items.get(i),
        _ => None,
    })
}

/// The numbers of a value, arrays element by element, matrices column-major.
pub(crate) fn push_numbers<T: Num>(value: &Value<T>, out: &mut Vec<T>) {
    match value {
        Value::Int(i) => out.push(T::from(*i as f64)),
        Value::Real(x) => out.push(*x),
        Value::Complex(z) => out.extend([z.re, z.im]),
        Value::Vector(v) | Value::RowVector(v) => out.extend(v),
        Value::Matrix(m) => out.extend(&m.data),
        Value::ComplexVector(v) | Value::ComplexRowVector(v) => out.extend(v.iter().flat_map(|z| [z.re, z.im])),
        Value::ComplexMatrix(m) => out.extend(m.data.iter().flat_map(|z| [z.re, z.im])),
        Value::Array(items) | Value::Tuple(items) => items.iter().for_each(|item| push_numbers(item, out)),
    }
}

/// Numbers inside a value.
pub(crate) fn size_of<T>(value: &Value<T>) -> usize {
    match value {
        Value::Int(_) | Value::Real(_) => 1,
        Value::Complex(_) => 2,
        Value::Vector(v) | Value::RowVector(v) => v.len(),
        Value::Matrix(m) => m.data.len(),
        Value::ComplexVector(v) | Value::ComplexRowVector(v) => 2 * v.len(),
        Value::ComplexMatrix(m) => 2 * m.data.len(),
        Value::Array(items) | Value::Tuple(items) => items.iter().map(size_of).sum(),
    }
}

/// `x.1.2` from `x` and indices counted from 0.
fn joined(name: &str, index: &[usize]) -> String {
    let mut out = name.to_string();
    for i in index {
        out.push('.');
        out.push_str(&(i + 1).to_string());
    }
    out
}

/// All indices, counted from 0, of an array of these dimensions; the first index runs fastest unless `last_fastest`.
pub(crate) fn for_each_index(dims: &[usize], last_fastest: bool, mut f: impl FnMut(&[usize])) {
    if dims.contains(&0) {
        return;
    }
    let mut index = vec![0; dims.len()];
    loop {
        f(&index);
        let next = |k: usize, index: &mut [usize]| {
            index[k] += 1;
            if index[k] < dims[k] {
                return true;
            }
            index[k] = 0;
            false
        };
        let more = if last_fastest {
            (0..dims.len()).rev().any(|k| next(k, &mut index))
        } else {
            (0..dims.len()).any(|k| next(k, &mut index))
        };
        if !more {
            return;
        }
    }
}

/// Stan's words for the sizes of a value: `[3]`, `[2,3]`; empty for a scalar.
pub(crate) fn sizes<T>(value: &Value<T>) -> String {
    let mut dims = Vec::new();
    let mut value = value;
    while let Value::Array(items) = value {
        dims.push(items.len());
        match items.first() {
            Some(first) => value = first,
            None => break,
        }
    }
    match value {
        Value::Vector(v) | Value::RowVector(v) => dims.push(v.len()),
        Value::ComplexVector(v) | Value::ComplexRowVector(v) => dims.push(v.len()),
        Value::Matrix(m) => dims.extend([m.rows, m.cols]),
        Value::ComplexMatrix(m) => dims.extend([m.rows, m.cols]),
        _ => {}
    }
    format!("[{}]", dims.iter().map(usize::to_string).collect::<Vec<_>>().join(","))
}

/// Whether two values have the same sizes throughout.
pub(crate) fn same_sizes<T, U>(a: &Value<T>, b: &Value<U>) -> bool {
    match (a, b) {
        (Value::Array(x), Value::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(a, b)| same_sizes(a, b)),
        (Value::Tuple(x), Value::Tuple(y)) => x.len() == y.len() && x.iter().zip(y).all(|(a, b)| same_sizes(a, b)),
        (Value::Vector(x), Value::Vector(y)) | (Value::RowVector(x), Value::RowVector(y)) => x.len() == y.len(),
        (Value::Matrix(x), Value::Matrix(y)) => (x.rows, x.cols) == (y.rows, y.cols),
        (Value::ComplexVector(x), Value::ComplexVector(y))
        | (Value::ComplexRowVector(x), Value::ComplexRowVector(y)) => x.len() == y.len(),
        (Value::ComplexMatrix(x), Value::ComplexMatrix(y)) => (x.rows, x.cols) == (y.rows, y.cols),
        (Value::ComplexVector(x), Value::Vector(y)) | (Value::ComplexRowVector(x), Value::RowVector(y)) => {
            x.len() == y.len()
        }
        (Value::ComplexMatrix(x), Value::Matrix(y)) => (x.rows, x.cols) == (y.rows, y.cols),
        (Value::Int(_) | Value::Real(_) | Value::Complex(_), Value::Int(_) | Value::Real(_) | Value::Complex(_)) => {
            true
        }
        _ => false,
    }
}

/// The value as `ty`: int to real, real to complex, inside containers too. A value that is so already is left alone.
pub(crate) fn promoted<T: Num>(value: Value<T>, ty: &Type) -> Value<T> {
    let complex = |x: &T| Complex { re: *x, im: T::from(0.0) };
    match (value, ty) {
        (Value::Int(i), Type::Real) => Value::Real(T::from(i as f64)),
        (Value::Int(i), Type::Complex) => Value::Complex(complex(&T::from(i as f64))),
        (Value::Real(x), Type::Complex) => Value::Complex(complex(&x)),
        (Value::Vector(v), Type::ComplexVector) => Value::ComplexVector(v.iter().map(complex).collect()),
        (Value::RowVector(v), Type::ComplexRowVector) => Value::ComplexRowVector(v.iter().map(complex).collect()),
        (Value::Matrix(m), Type::ComplexMatrix) => {
            Value::ComplexMatrix(Matrix { rows: m.rows, cols: m.cols, data: m.data.iter().map(complex).collect() })
        }
        (Value::Array(items), Type::Array(element, _)) => {
            Value::Array(items.into_iter().map(|item| promoted_element(item, element)).collect())
        }
        (Value::Tuple(items), Type::Tuple(types)) => {
            Value::Tuple(items.into_iter().zip(types).map(|(item, ty)| promoted(item, ty)).collect())
        }
        (value, _) => value,
    }
}

/// An element of an array of `element`s, itself perhaps an array of fewer dimensions.
fn promoted_element<T: Num>(value: Value<T>, element: &Type) -> Value<T> {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(|item| promoted_element(item, element)).collect()),
        other => promoted(other, element),
    }
}

/// Whether [`promoted`] would change the value.
pub(crate) fn needs_promotion<T>(value: &Value<T>, ty: &Type) -> bool {
    match (value, ty) {
        (Value::Int(_), Type::Real | Type::Complex) | (Value::Real(_), Type::Complex) => true,
        (Value::Vector(_), Type::ComplexVector)
        | (Value::RowVector(_), Type::ComplexRowVector)
        | (Value::Matrix(_), Type::ComplexMatrix) => true,
        (Value::Array(items), Type::Array(element, _)) => items.iter().any(|item| {
            let mut item = item;
            while let Value::Array(inner) = item {
                match inner.first() {
                    Some(first) => item = first,
                    None => return false,
                }
            }
            needs_promotion(item, element)
        }),
        (Value::Tuple(items), Type::Tuple(types)) => {
            items.iter().zip(types).any(|(item, ty)| needs_promotion(item, ty))
        }
        _ => false,
    }
}
