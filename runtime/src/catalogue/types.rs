//! Types without sizes: what signatures are written in.

use std::fmt;

/// A type without sizes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    Int,
    Real,
    Complex,
    Vector,
    RowVector,
    Matrix,
    ComplexVector,
    ComplexRowVector,
    ComplexMatrix,
    /// Element type (never itself an array), number of dimensions (at least 1).
    Array(Box<Type>, usize),
    Tuple(Vec<Type>),
    /// Only as the type of an argument: a function passed to a solver.
    Function(Box<FunctionType>),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FunctionType {
    pub arguments: Vec<ArgumentType>,
    /// `None` for `void`.
    pub result: Option<Type>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ArgumentType {
    /// Must not depend on parameters.
    pub data_only: bool,
    pub ty: Type,
}

impl Type {
    /// An array of `self` with `dims` more dimensions (`self` where `dims` is 0).
    pub fn array(self, dims: usize) -> Type {
        match (self, dims) {
            (ty, 0) => ty,
            (Type::Array(element, inner), _) => Type::Array(element, inner + dims),
            (ty, _) => Type::Array(Box::new(ty), dims),
        }
    }

    /// Element type and number of array dimensions; `(self, 0)` where it is no array.
    pub fn unwrap_array(&self) -> (&Type, usize) {
        match self {
            Type::Array(element, dims) => (element, *dims),
            ty => (ty, 0),
        }
    }

    /// The type of `x[i]` for an array `x` of this type; `None` where it is no array.
    pub fn element(&self) -> Option<Type> {
        match self {
            Type::Array(element, 1) => Some((**element).clone()),
            Type::Array(element, dims) => Some(Type::Array(element.clone(), dims - 1)),
            _ => None,
        }
    }

    /// Whether every scalar inside is an integer.
    pub fn is_integral(&self) -> bool {
        match self {
            Type::Int => true,
            Type::Array(element, _) => element.is_integral(),
            Type::Tuple(items) => items.iter().all(Type::is_integral),
            _ => false,
        }
    }

    /// Whether some scalar inside is an integer.
    pub fn contains_int(&self) -> bool {
        match self {
            Type::Int => true,
            Type::Array(element, _) => element.contains_int(),
            Type::Tuple(items) => items.iter().any(Type::contains_int),
            _ => false,
        }
    }

    /// `int` or `real`.
    pub fn is_real_scalar(&self) -> bool {
        matches!(self, Type::Int | Type::Real)
    }

    /// Complex, or a vector, matrix or array of complex numbers.
    pub fn is_complex(&self) -> bool {
        match self {
            Type::Complex | Type::ComplexVector | Type::ComplexRowVector | Type::ComplexMatrix => true,
            Type::Array(element, _) => element.is_complex(),
            _ => false,
        }
    }

    pub fn is_function(&self) -> bool {
        matches!(self, Type::Function(_))
    }

    /// The same shape with reals for integers (tuples and functions unchanged).
    pub fn ints_to_reals(&self) -> Type {
        match self {
            Type::Int => Type::Real,
            Type::Array(element, dims) => element.ints_to_reals().array(*dims),
            ty => ty.clone(),
        }
    }

    /// The same shape with reals for complex numbers.
    pub fn complex_to_reals(&self) -> Type {
        match self {
            Type::Complex => Type::Real,
            Type::ComplexVector => Type::Vector,
            Type::ComplexRowVector => Type::RowVector,
            Type::ComplexMatrix => Type::Matrix,
            Type::Array(element, dims) => element.complex_to_reals().array(*dims),
            ty => ty.clone(),
        }
    }

    /// The same shape with complex numbers for reals.
    pub fn reals_to_complex(&self) -> Type {
        match self {
            Type::Real => Type::Complex,
            Type::Vector => Type::ComplexVector,
            Type::RowVector => Type::ComplexRowVector,
            Type::Matrix => Type::ComplexMatrix,
            Type::Array(element, dims) => element.reals_to_complex().array(*dims),
            Type::Tuple(items) => Type::Tuple(items.iter().map(Type::reals_to_complex).collect()),
            ty => ty.clone(),
        }
    }
}

/// Stan's spelling: `array[,] vector`, `tuple(int, real)`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Int => f.write_str("int"),
            Type::Real => f.write_str("real"),
            Type::Complex => f.write_str("complex"),
            Type::Vector => f.write_str("vector"),
            Type::RowVector => f.write_str("row_vector"),
            Type::Matrix => f.write_str("matrix"),
            Type::ComplexVector => f.write_str("complex_vector"),
            Type::ComplexRowVector => f.write_str("complex_row_vector"),
            Type::ComplexMatrix => f.write_str("complex_matrix"),
            Type::Array(element, dims) => write!(f, "array[{}] {element}", ",".repeat(dims - 1)),
            Type::Tuple(items) => {
                f.write_str("tuple(")?;
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{item}")?;
                }
                f.write_str(")")
            }
            Type::Function(function) => write!(f, "{function}"),
        }
    }
}

impl fmt::Display for FunctionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (i, argument) in self.arguments.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            if argument.data_only {
                f.write_str("data ")?;
            }
            write!(f, "{}", argument.ty)?;
        }
        match &self.result {
            Some(ty) => write!(f, ") => {ty}"),
            None => f.write_str(") => void"),
        }
    }
}
