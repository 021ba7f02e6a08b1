//! Entries of containers: real and complex numbers behind one trait, and containers seen as shape and entries.

use super::error::{FunctionError, Result};
use crate::num::Num;
use crate::value::{Complex, Matrix, Value};
use std::borrow::Cow;
use std::fmt::{self, Debug};
use std::ops::{Add, Div, Mul, Neg, Sub};

/// The shape of a number or of a one- or two-dimensional container of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Scalar,
    Vector(usize),
    Row(usize),
    /// Rows, columns.
    Matrix(usize, usize),
    /// A one-dimensional array of numbers.
    Array(usize),
}

impl Shape {
    /// Rows and columns; an array counts as a column.
    pub fn extent(self) -> (usize, usize) {
        match self {
            Shape::Scalar => (1, 1),
            Shape::Vector(n) | Shape::Array(n) => (n, 1),
            Shape::Row(n) => (1, n),
            Shape::Matrix(rows, cols) => (rows, cols),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Scalar => f.write_str("scalar"),
            Shape::Vector(n) | Shape::Row(n) | Shape::Array(n) => write!(f, "{n}"),
            Shape::Matrix(rows, cols) => write!(f, "({rows}, {cols})"),
        }
    }
}

/// A container seen as its shape and its entries in column-major order.
#[derive(Clone, Debug)]
pub(crate) struct View<'a, S: Clone> {
    pub shape: Shape,
    pub data: Cow<'a, [S]>,
}

impl<S: Copy> View<'_, S> {
    pub fn rows(&self) -> usize {
        self.shape.extent().0
    }
    pub fn cols(&self) -> usize {
        self.shape.extent().1
    }
    #[inline]
    pub fn at(&self, i: usize, j: usize) -> S {
        self.data[j * self.rows() + i]
    }
    pub fn len(&self) -> usize {
        self.data.len()
    }
    pub fn into_matrix(self) -> Matrix<S> {
        let (rows, cols) = self.shape.extent();
        Matrix { rows, cols, data: self.data.into_owned() }
    }
}

/// A real or complex number: the entries of vectors and matrices.
pub(crate) trait Scalar:
    Copy + Debug + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    /// The number that real and imaginary parts are made of.
    type Real: Num;
    /// The same without derivatives: `f64` or `Complex<f64>`.
    type Plain: Scalar<Real = f64, Plain = Self::Plain>;

    /// The value without derivatives.
    fn plain(self) -> Self::Plain;

    /// A constant.
    fn lift(x: Self::Plain) -> Self;

    /// Whether no derivative depends on it.
    fn is_fixed(self) -> bool;

    /// The modulus of the value.
    fn magnitude(self) -> f64;

    /// The complex conjugate.
    fn conjugate(self) -> Self;

    fn real_part(self) -> Self::Real;

    fn from_real(x: Self::Real) -> Self;

    /// `value` as numbers of this kind (reals become complex where asked for), or `None` where it holds none.
    fn view(value: &Value<Self::Real>) -> Option<View<'_, Self>>;

    /// The value of this shape.
    fn pack(shape: Shape, data: Vec<Self>) -> Value<Self::Real>;

    /// `sum_i a_i b_i` (no conjugation), recorded as one operation where that is cheaper.
    fn dot(pairs: impl Iterator<Item = (Self, Self)> + Clone) -> Self;

    /// The sum of the terms, recorded as one operation where that is cheaper.
    fn sum(terms: impl Iterator<Item = Self> + Clone) -> Self;

    /// The product of two column-major matrices, `rows x inner` and `inner x cols`.
    fn matrix_product(a: &[Self], b: &[Self], rows: usize, inner: usize, cols: usize) -> Vec<Self>;

    fn constant(x: f64) -> Self {
        Self::from_real(Self::Real::from(x))
    }
}

impl<T: Num> Scalar for T {
    type Real = T;
    type Plain = f64;

    #[inline(always)]
    fn plain(self) -> f64 {
        self.value()
    }
    #[inline(always)]
    fn lift(x: f64) -> T {
        T::from(x)
    }
    #[inline(always)]
    fn is_fixed(self) -> bool {
        self.is_constant()
    }
    #[inline(always)]
    fn magnitude(self) -> f64 {
        self.value().abs()
    }
    #[inline(always)]
    fn conjugate(self) -> T {
        self
    }
    #[inline(always)]
    fn real_part(self) -> T {
        self
    }

    #[inline(always)]
    fn from_real(x: T) -> T {
        x
    }

    fn view(value: &Value<T>) -> Option<View<'_, T>> {
        let (shape, data) = match value {
            Value::Int(i) => (Shape::Scalar, Cow::Owned(vec![T::from(*i as f64)])),
            Value::Real(x) => (Shape::Scalar, Cow::Borrowed(std::slice::from_ref(x))),
            Value::Vector(v) => (Shape::Vector(v.len()), Cow::Borrowed(v.as_slice())),
            Value::RowVector(v) => (Shape::Row(v.len()), Cow::Borrowed(v.as_slice())),
            Value::Matrix(m) => (Shape::Matrix(m.rows, m.cols), Cow::Borrowed(m.data.as_slice())),
            Value::Array(items) => {
                let mut data = Vec::with_capacity(items.len());
                for item in items {
                    match item {
                        Value::Int(i) => data.push(T::from(*i as f64)),
                        Value::Real(x) => data.push(*x),
                        _ => return None,
                    }
                }
                (Shape::Array(items.len()), Cow::Owned(data))
            }
            _ => return None,
        };
        Some(View { shape, data })
    }

    fn pack(shape: Shape, data: Vec<T>) -> Value<T> {
        match shape {
            Shape::Scalar => Value::Real(data[0]),
            Shape::Vector(_) => Value::Vector(data),
            Shape::Row(_) => Value::RowVector(data),
            Shape::Matrix(rows, cols) => Value::Matrix(Matrix { rows, cols, data }),
            Shape::Array(_) => Value::Array(data.into_iter().map(Value::Real).collect()),
        }
    }

    fn dot(pairs: impl Iterator<Item = (T, T)> + Clone) -> T {
        let mut value = 0.0;
        let mut constant = true;
        for (a, b) in pairs.clone() {
            value += a.value() * b.value();
            constant &= a.is_constant() && b.is_constant();
        }
        if constant {
            return T::from(value);
        }
        let mut inputs = Vec::with_capacity(2 * pairs.size_hint().0);
        for (a, b) in pairs {
            if !a.is_constant() {
                inputs.push((a, b.value()));
            }
            if !b.is_constant() {
                inputs.push((b, a.value()));
            }
        }
        T::compose(value, &inputs)
    }

    fn sum(terms: impl Iterator<Item = T> + Clone) -> T {
        let mut value = 0.0;
        let mut constant = true;
        for x in terms.clone() {
            value += x.value();
            constant &= x.is_constant();
        }
        if constant {
            return T::from(value);
        }
        let inputs: Vec<(T, f64)> = terms.filter(|x| !x.is_constant()).map(|x| (x, 1.0)).collect();
        T::compose(value, &inputs)
    }

    fn matrix_product(a: &[T], b: &[T], rows: usize, inner: usize, cols: usize) -> Vec<T> {
        if a.iter().all(|x| x.is_constant()) && b.iter().all(|x| x.is_constant()) {
            let left: Vec<f64> = a.iter().map(|x| x.value()).collect();
            let mut column = vec![0.0; rows];
            let mut out = Vec::with_capacity(rows * cols);
            for j in 0..cols {
                column.fill(0.0);
                for k in 0..inner {
                    let factor = b[j * inner + k].value();
                    for (c, x) in column.iter_mut().zip(&left[k * rows..(k + 1) * rows]) {
                        *c += x * factor;
                    }
                }
                out.extend(column.iter().map(|&x| T::from(x)));
            }
            return out;
        }
        let mut out = Vec::with_capacity(rows * cols);
        for j in 0..cols {
            for i in 0..rows {
                out.push(T::dot((0..inner).map(|k| (a[k * rows + i], b[j * inner + k]))));
            }
        }
        out
    }
}

impl<T: Num> Scalar for Complex<T> {
    type Real = T;
    type Plain = Complex<f64>;

    fn plain(self) -> Complex<f64> {
        Complex { re: self.re.value(), im: self.im.value() }
    }
    fn lift(z: Complex<f64>) -> Self {
        Complex { re: T::from(z.re), im: T::from(z.im) }
    }
    fn is_fixed(self) -> bool {
        self.re.is_constant() && self.im.is_constant()
    }
    fn magnitude(self) -> f64 {
        self.re.value().hypot(self.im.value())
    }
    fn conjugate(self) -> Self {
        Complex { re: self.re, im: -self.im }
    }
    fn real_part(self) -> T {
        self.re
    }

    fn from_real(x: T) -> Self {
        Complex { re: x, im: T::from(0.0) }
    }

    fn view(value: &Value<T>) -> Option<View<'_, Self>> {
        let (shape, data) = match value {
            Value::Complex(z) => (Shape::Scalar, Cow::Borrowed(std::slice::from_ref(z))),
            Value::ComplexVector(v) => (Shape::Vector(v.len()), Cow::Borrowed(v.as_slice())),
            Value::ComplexRowVector(v) => (Shape::Row(v.len()), Cow::Borrowed(v.as_slice())),
            Value::ComplexMatrix(m) => (Shape::Matrix(m.rows, m.cols), Cow::Borrowed(m.data.as_slice())),
            Value::Array(items) if items.iter().any(|v| matches!(v, Value::Complex(_))) => {
                let mut data = Vec::with_capacity(items.len());
                for item in items {
                    match item {
                        Value::Int(i) => data.push(Complex::constant(*i as f64)),
                        Value::Real(x) => data.push(Complex::from_real(*x)),
                        Value::Complex(z) => data.push(*z),
                        _ => return None,
                    }
                }
                (Shape::Array(items.len()), Cow::Owned(data))
            }
            real => {
                let view = T::view(real)?;
                (view.shape, view.data.iter().map(|x| Complex::from_real(*x)).collect())
            }
        };
        Some(View { shape, data })
    }

    fn pack(shape: Shape, data: Vec<Self>) -> Value<T> {
        match shape {
            Shape::Scalar => Value::Complex(data[0]),
            Shape::Vector(_) => Value::ComplexVector(data),
            Shape::Row(_) => Value::ComplexRowVector(data),
            Shape::Matrix(rows, cols) => Value::ComplexMatrix(Matrix { rows, cols, data }),
            Shape::Array(_) => Value::Array(data.into_iter().map(Value::Complex).collect()),
        }
    }

    fn dot(pairs: impl Iterator<Item = (Self, Self)> + Clone) -> Self {
        let re = pairs.clone().flat_map(|(a, b)| [(a.re, b.re), (-a.im, b.im)]);
        let im = pairs.flat_map(|(a, b)| [(a.re, b.im), (a.im, b.re)]);
        Complex { re: T::dot(re), im: T::dot(im) }
    }

    fn sum(terms: impl Iterator<Item = Self> + Clone) -> Self {
        Complex { re: T::sum(terms.clone().map(|z| z.re)), im: T::sum(terms.map(|z| z.im)) }
    }

    fn matrix_product(a: &[Self], b: &[Self], rows: usize, inner: usize, cols: usize) -> Vec<Self> {
        let split = |m: &[Self]| -> (Vec<T>, Vec<T>) { m.iter().map(|z| (z.re, z.im)).unzip() };
        let ((ar, ai), (br, bi)) = (split(a), split(b));
        let product = |x: &[T], y: &[T]| T::matrix_product(x, y, rows, inner, cols);
        let (rr, ii, ri, ir) = (product(&ar, &br), product(&ai, &bi), product(&ar, &bi), product(&ai, &br));
        (0..rows * cols).map(|k| Complex { re: rr[k] - ii[k], im: ri[k] + ir[k] }).collect()
    }
}

/// Whether any number inside is complex.
pub(crate) fn is_complex<T>(value: &Value<T>) -> bool {
    match value {
        Value::Complex(_) | Value::ComplexVector(_) | Value::ComplexRowVector(_) | Value::ComplexMatrix(_) => true,
        Value::Array(items) => items.first().is_some_and(is_complex),
        _ => false,
    }
}

/// Calls `$f::<Complex<T>>` where an argument is complex, else `$f::<T>`.
macro_rules! by_scalar {
    ($f:ident, $name:expr, $args:expr) => {
        if $args.iter().any(|v| $crate::functions::scalar::is_complex(v)) {
            $f::<$crate::value::Complex<T>>($name, $args)
        } else {
            $f::<T>($name, $args)
        }
    };
}
pub(crate) use by_scalar;

/// Type of a value in Stan's words, for messages.
pub(crate) fn type_name<T>(value: &Value<T>) -> String {
    match value {
        Value::Int(_) => "int".into(),
        Value::Real(_) => "real".into(),
        Value::Complex(_) => "complex".into(),
        Value::Vector(_) => "vector".into(),
        Value::RowVector(_) => "row_vector".into(),
        Value::Matrix(_) => "matrix".into(),
        Value::ComplexVector(_) => "complex_vector".into(),
        Value::ComplexRowVector(_) => "complex_row_vector".into(),
        Value::ComplexMatrix(_) => "complex_matrix".into(),
        Value::Array(items) => match items.first() {
            None => "array[]".into(),
            Some(first) => format!("array of {}", type_name(first)),
        },
        Value::Tuple(items) => {
            format!("tuple({})", items.iter().map(type_name).collect::<Vec<_>>().join(", "))
        }
    }
}

/// The error of a function called with arguments it has no overload for.
pub(crate) fn no_overload<T>(name: &str, args: &[&Value<T>]) -> FunctionError {
    let types: Vec<String> = args.iter().map(|v| type_name(v)).collect();
    FunctionError::unsupported(name, format!("no such function for arguments ({})", types.join(", ")))
}

/// Argument `i` as numbers.
pub(crate) fn view<'a, S: Scalar>(name: &str, args: &[&'a Value<S::Real>], i: usize) -> Result<View<'a, S>> {
    args.get(i).and_then(|v| S::view(v)).ok_or_else(|| no_overload(name, args))
}

/// Argument `i` as a matrix (no vector).
pub(crate) fn matrix<'a, S: Scalar>(name: &str, args: &[&'a Value<S::Real>], i: usize) -> Result<View<'a, S>> {
    let view = view::<S>(name, args, i)?;
    match view.shape {
        Shape::Matrix(..) => Ok(view),
        _ => Err(no_overload(name, args)),
    }
}

/// Argument `i` as a square matrix.
pub(crate) fn square_matrix<'a, S: Scalar>(name: &str, args: &[&'a Value<S::Real>], i: usize) -> Result<View<'a, S>> {
    let view = matrix::<S>(name, args, i)?;
    if view.rows() == view.cols() {
        Ok(view)
    } else {
        Err(FunctionError::size(name, format!("expected a square matrix, got {} x {}", view.rows(), view.cols())))
    }
}

/// Argument `i` as a vector, row vector or one-dimensional array.
pub(crate) fn sequence<'a, S: Scalar>(name: &str, args: &[&'a Value<S::Real>], i: usize) -> Result<View<'a, S>> {
    let view = view::<S>(name, args, i)?;
    match view.shape {
        Shape::Vector(_) | Shape::Row(_) | Shape::Array(_) => Ok(view),
        _ => Err(no_overload(name, args)),
    }
}

/// Argument `i` as a real number.
pub(crate) fn real<T: Num>(name: &str, args: &[&Value<T>], i: usize) -> Result<T> {
    match args.get(i) {
        Some(Value::Real(x)) => Ok(*x),
        Some(Value::Int(n)) => Ok(T::from(*n as f64)),
        _ => Err(no_overload(name, args)),
    }
}

/// Argument `i` as an integer.
pub(crate) fn int<T: Num>(name: &str, args: &[&Value<T>], i: usize) -> Result<i32> {
    match args.get(i) {
        Some(Value::Int(n)) => Ok(*n),
        _ => Err(no_overload(name, args)),
    }
}

/// Argument `i` as a size: an integer that is not negative.
pub(crate) fn count<T: Num>(name: &str, args: &[&Value<T>], i: usize) -> Result<usize> {
    let n = int(name, args, i)?;
    usize::try_from(n).map_err(|_| FunctionError::domain(name, format!("size must not be negative, got {n}")))
}

/// Argument `i` as an array.
pub(crate) fn array<'a, T: Num>(name: &str, args: &[&'a Value<T>], i: usize) -> Result<&'a [Value<T>]> {
    match args.get(i) {
        Some(Value::Array(items)) => Ok(items),
        _ => Err(no_overload(name, args)),
    }
}

/// Argument `i` as an array of integers.
pub(crate) fn ints<T: Num>(name: &str, args: &[&Value<T>], i: usize) -> Result<Vec<i32>> {
    array(name, args, i)?
        .iter()
        .map(|v| match v {
            Value::Int(n) => Ok(*n),
            _ => Err(no_overload(name, args)),
        })
        .collect()
}

/// An array of integers.
pub(crate) fn int_array<T>(items: impl IntoIterator<Item = i32>) -> Value<T> {
    Value::Array(items.into_iter().map(Value::Int).collect())
}

/// A `usize` as Stan's integer.
pub(crate) fn to_i32(name: &str, n: usize) -> Result<i32> {
    i32::try_from(n).map_err(|_| FunctionError::overflow(name, format!("{n} does not fit an int")))
}

/// Fails where the arguments are not `counts` many.
pub(crate) fn arity<T>(name: &str, args: &[&Value<T>], counts: std::ops::RangeInclusive<usize>) -> Result<()> {
    if counts.contains(&args.len()) { Ok(()) } else { Err(no_overload(name, args)) }
}

/// Fails where two sizes differ.
pub(crate) fn same_size(name: &str, a: usize, b: usize) -> Result<()> {
    if a == b { Ok(()) } else { Err(FunctionError::size(name, format!("sizes {a} and {b} differ"))) }
}

impl<T: Num> Add for Complex<T> {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Complex { re: self.re + o.re, im: self.im + o.im }
    }
}
impl<T: Num> Sub for Complex<T> {
    type Output = Self;
    fn sub(self, o: Self) -> Self {
        Complex { re: self.re - o.re, im: self.im - o.im }
    }
}
impl<T: Num> Mul for Complex<T> {
    type Output = Self;
    fn mul(self, o: Self) -> Self {
        Complex { re: self.re * o.re - self.im * o.im, im: self.re * o.im + self.im * o.re }
    }
}
/// Smith's division (1962): no overflow in the squared modulus.
impl<T: Num> Div for Complex<T> {
    type Output = Self;
    fn div(self, o: Self) -> Self {
        if o.re.value().abs() >= o.im.value().abs() {
            let r = o.im / o.re;
            let d = o.re + o.im * r;
            Complex { re: (self.re + self.im * r) / d, im: (self.im - self.re * r) / d }
        } else {
            let r = o.re / o.im;
            let d = o.re * r + o.im;
            Complex { re: (self.re * r + self.im) / d, im: (self.im * r - self.re) / d }
        }
    }
}
impl<T: Num> Neg for Complex<T> {
    type Output = Self;
    fn neg(self) -> Self {
        Complex { re: -self.re, im: -self.im }
    }
}
