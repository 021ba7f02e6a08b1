//! What compiled programs and the interpreter stand on: numbers, values, functions, distributions, kernels.

pub mod catalogue;
pub mod density;
pub mod num;
pub mod value;
