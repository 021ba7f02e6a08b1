//! Operators, which are the functions they are written for.

use super::error::{FunctionError, Result};
use super::scalar::no_overload;
use super::{arithmetic, lookup};
use crate::num::Num;
use crate::value::Value;
use std::borrow::Borrow;

/// An operator of the language, as the typed program has it: `*` of two matrices is `Times` too. The short-circuit
/// operators are not here; `logical_and` and `logical_or` are functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    Not,
    Negate,
    /// Unary `+`.
    Plus1,
    Transpose,
    Plus,
    Minus,
    Times,
    Divide,
    /// `%/%`
    IntDivide,
    Modulo,
    LeftDivide,
    EltTimes,
    EltDivide,
    Pow,
    EltPow,
    Equals,
    NotEquals,
    Less,
    LessEquals,
    Greater,
    GreaterEquals,
}

impl Operator {
    /// The name of the library function that the operator is.
    pub fn function_name(self) -> &'static str {
        match self {
            Operator::Not => "logical_negation",
            Operator::Negate => "minus",
            Operator::Plus1 => "plus",
            Operator::Transpose => "transpose",
            Operator::Plus => "add",
            Operator::Minus => "subtract",
            Operator::Times => "multiply",
            Operator::Divide => "divide",
            Operator::IntDivide => "int_divide",
            Operator::Modulo => "modulus",
            Operator::LeftDivide => "mdivide_left",
            Operator::EltTimes => "elt_multiply",
            Operator::EltDivide => "elt_divide",
            Operator::Pow | Operator::EltPow => "pow",
            Operator::Equals => "logical_eq",
            Operator::NotEquals => "logical_neq",
            Operator::Less => "logical_lt",
            Operator::LessEquals => "logical_lte",
            Operator::Greater => "logical_gt",
            Operator::GreaterEquals => "logical_gte",
        }
    }
}

/// The value of an operator.
///
/// # Errors
/// [`FunctionError`]: as [`call`](super::call); integer overflow is one, and division of an integer by zero.
pub fn operator<T: Num, A: Borrow<Value<T>>>(op: Operator, args: &[A]) -> Result<Value<T>> {
    use Operator::*;
    let name = op.function_name();
    if let [a, b] = args {
        let args = [a.borrow(), b.borrow()];
        match op {
            Plus => return arithmetic::add(name, &args),
            Minus => return arithmetic::subtract(name, &args),
            Times => return arithmetic::multiply(name, &args),
            Divide => return arithmetic::divide(name, &args),
            IntDivide => return arithmetic::int_divide(name, &args),
            Modulo => return arithmetic::modulus(name, &args),
            EltTimes => return arithmetic::elt_multiply(name, &args),
            EltDivide => return arithmetic::elt_divide(name, &args),
            Equals | NotEquals | Less | LessEquals | Greater | GreaterEquals => {
                return arithmetic::compare(name, &args);
            }
            Not | Negate | Plus1 | Transpose => return Err(no_overload(name, &args)),
            LeftDivide | Pow | EltPow => {}
        }
    }
    match lookup(name) {
        Some(function) => function.call(args),
        None => Err(FunctionError::unsupported(name, "no such function is implemented")),
    }
}
