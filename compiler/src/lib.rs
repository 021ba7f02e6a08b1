//! From the typed program to machine code: bind, lower, differentiate, generate.

pub mod codegen;
pub mod differentiate;
pub mod ir;
pub mod kernel;
pub mod lower;
pub mod opaque;
pub mod scalar;
