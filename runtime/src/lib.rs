//! What compiled programs and the interpreter stand on: numbers, values, functions, distributions, kernels.

// `!(x > 0.0)` is meant: it is true for NaN too. Kernels take as many arguments as the operation has. Constants are
// written with the digits of their source.
#![allow(clippy::neg_cmp_op_on_partial_ord, clippy::too_many_arguments, clippy::excessive_precision)]

pub mod catalogue;
pub mod data;
pub mod density;
pub mod families;
pub mod functions;
pub mod kernels;
pub mod math;
pub mod num;
pub mod random;
pub mod transform;
pub mod value;
