//! What compiled programs and the interpreter stand on: numbers, values, functions, distributions, kernels.

pub mod catalogue;
pub mod data;
pub mod density;
pub mod families;
pub mod functions;
pub mod kernels;
pub mod math;
pub mod num;
pub mod transform;
pub mod value;
