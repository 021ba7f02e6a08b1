//! Values of Stan's types, over any [`Num`]: what data hold and what the interpreter computes with.

use crate::num::Num;

/// A matrix in column-major order (Stan's and Eigen's).
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix<T> {
    pub rows: usize,
    pub cols: usize,
    /// `rows * cols` entries; entry (i, j), counted from 0, is at `j * rows + i`.
    pub data: Vec<T>,
}

impl<T: Copy> Matrix<T> {
    pub fn filled(rows: usize, cols: usize, x: T) -> Self {
        Matrix { rows, cols, data: vec![x; rows * cols] }
    }

    pub fn from_fn(rows: usize, cols: usize, mut f: impl FnMut(usize, usize) -> T) -> Self {
        let mut data = Vec::with_capacity(rows * cols);
        for j in 0..cols {
            for i in 0..rows {
                data.push(f(i, j));
            }
        }
        Matrix { rows, cols, data }
    }

    #[inline]
    pub fn at(&self, i: usize, j: usize) -> T {
        self.data[j * self.rows + i]
    }

    #[inline]
    pub fn set(&mut self, i: usize, j: usize, x: T) {
        self.data[j * self.rows + i] = x;
    }

    pub fn transpose(&self) -> Self {
        Matrix::from_fn(self.cols, self.rows, |i, j| self.at(j, i))
    }
}

/// A complex number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Complex<T> {
    pub re: T,
    pub im: T,
}

/// A value of one of Stan's types. Arrays are arrays of values; vectors and matrices are dense.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<T> {
    Int(i32),
    Real(T),
    Complex(Complex<T>),
    Vector(Vec<T>),
    RowVector(Vec<T>),
    Matrix(Matrix<T>),
    ComplexVector(Vec<Complex<T>>),
    ComplexRowVector(Vec<Complex<T>>),
    ComplexMatrix(Matrix<Complex<T>>),
    Array(Vec<Value<T>>),
    Tuple(Vec<Value<T>>),
}

impl<T: Num> Value<T> {
    /// The same value over another kind of number, entry by entry.
    pub fn map<U: Num>(&self, f: &mut impl FnMut(T) -> U) -> Value<U> {
        fn complex<T: Num, U: Num>(z: &Complex<T>, f: &mut impl FnMut(T) -> U) -> Complex<U> {
            Complex { re: f(z.re), im: f(z.im) }
        }
        match self {
            Value::Int(i) => Value::Int(*i),
            Value::Real(x) => Value::Real(f(*x)),
            Value::Complex(z) => Value::Complex(complex(z, f)),
            Value::Vector(v) => Value::Vector(v.iter().map(|x| f(*x)).collect()),
            Value::RowVector(v) => Value::RowVector(v.iter().map(|x| f(*x)).collect()),
            Value::Matrix(m) => {
                Value::Matrix(Matrix { rows: m.rows, cols: m.cols, data: m.data.iter().map(|x| f(*x)).collect() })
            }
            Value::ComplexVector(v) => Value::ComplexVector(v.iter().map(|z| complex(z, f)).collect()),
            Value::ComplexRowVector(v) => Value::ComplexRowVector(v.iter().map(|z| complex(z, f)).collect()),
            Value::ComplexMatrix(m) => Value::ComplexMatrix(Matrix {
                rows: m.rows,
                cols: m.cols,
                data: m.data.iter().map(|z| complex(z, f)).collect(),
            }),
            Value::Array(items) => Value::Array(items.iter().map(|v| v.map(f)).collect()),
            Value::Tuple(items) => Value::Tuple(items.iter().map(|v| v.map(f)).collect()),
        }
    }
}
