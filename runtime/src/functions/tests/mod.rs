//! Tests of the functions: values against figures computed elsewhere, derivatives against finite differences, and the errors.

mod derivatives;
mod errors;
mod literal;
mod values;

use super::Result;
use crate::num::Num;
use crate::value::Value;

/// The real numbers inside a value, integers and complex parts included.
fn flatten<T: Num>(value: &Value<T>) -> Vec<T> {
    let mut out = Vec::new();
    fn push<T: Num>(value: &Value<T>, out: &mut Vec<T>) {
        match value {
            Value::Int(i) => out.push(T::from(*i as f64)),
            Value::Real(x) => out.push(*x),
            Value::Complex(z) => out.extend([z.re, z.im]),
            Value::Vector(v) | Value::RowVector(v) => out.extend(v),
            Value::Matrix(m) => out.extend(&m.data),
            Value::ComplexVector(v) | Value::ComplexRowVector(v) => out.extend(v.iter().flat_map(|z| [z.re, z.im])),
            Value::ComplexMatrix(m) => out.extend(m.data.iter().flat_map(|z| [z.re, z.im])),
            Value::Array(items) | Value::Tuple(items) => items.iter().for_each(|v| push(v, out)),
        }
    }
    push(value, &mut out);
    out
}

/// Evaluates `name(arguments)` written as in [`literal`].
fn eval(call: &str) -> Result<Value<f64>> {
    let (name, args) = literal::call(call);
    super::call(&name, &args)
}
