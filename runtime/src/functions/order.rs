//! Sorting and ranks.

use super::error::{FunctionError, Result};
use super::scalar::{arity, int, int_array, no_overload, to_i32};
use crate::num::Num;
use crate::value::Value;
use std::cmp::Ordering;

super::functions! {
    sort_asc => sort,
    sort_desc => sort,
    sort_indices_asc => sort_indices,
    sort_indices_desc => sort_indices,
    rank => rank,
}

/// The numbers of a vector, row vector or array, without derivatives. NaN has no place in an order.
fn keys<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Vec<f64>> {
    let keys: Vec<f64> = match args.first() {
        Some(Value::Vector(v) | Value::RowVector(v)) => v.iter().map(|x| x.value()).collect(),
        Some(Value::Array(items)) => items
            .iter()
            .map(|v| match v {
                Value::Int(i) => Ok(*i as f64),
                Value::Real(x) => Ok(x.value()),
                _ => Err(no_overload(name, args)),
            })
            .collect::<Result<_>>()?,
        _ => return Err(no_overload(name, args)),
    };
    match keys.iter().position(|x| x.is_nan()) {
        Some(i) => Err(FunctionError::domain(name, format!("element {} is nan", i + 1))),
        None => Ok(keys),
    }
}

/// The permutation (counted from 0) that sorts; equal entries keep their order.
fn permutation<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Vec<usize>> {
    arity(name, args, 1..=1)?;
    let keys = keys(name, args)?;
    let mut order: Vec<usize> = (0..keys.len()).collect();
    let compare = |a: f64, b: f64| a.partial_cmp(&b).unwrap_or(Ordering::Equal);
    if name.ends_with("_desc") {
        order.sort_by(|&i, &j| compare(keys[j], keys[i]));
    } else {
        order.sort_by(|&i, &j| compare(keys[i], keys[j]));
    }
    Ok(order)
}

fn sort<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let order = permutation(name, args)?;
    match args[0] {
        Value::Vector(v) => Ok(Value::Vector(order.into_iter().map(|i| v[i]).collect())),
        Value::RowVector(v) => Ok(Value::RowVector(order.into_iter().map(|i| v[i]).collect())),
        Value::Array(v) => Ok(Value::Array(order.into_iter().map(|i| v[i].clone()).collect())),
        _ => Err(no_overload(name, args)),
    }
}

fn sort_indices<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let order = permutation(name, args)?;
    Ok(int_array(order.into_iter().map(|i| to_i32(name, i + 1)).collect::<Result<Vec<_>>>()?))
}

/// The number of entries that are smaller than the one at a position.
fn rank<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 2..=2)?;
    let (keys, s) = (keys(name, args)?, int(name, args, 1)?);
    if s < 1 || s as usize > keys.len() {
        return Err(FunctionError::index(name, format!("position {s} is not in 1..{}", keys.len())));
    }
    let x = keys[s as usize - 1];
    Ok(Value::Int(to_i32(name, keys.iter().filter(|&&y| y < x).count())?))
}
