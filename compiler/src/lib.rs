//! From the typed program to machine code: bind, lower, optimise, differentiate, generate.

pub mod codegen;
mod compiled;
pub mod differentiate;
pub mod ir;
pub mod kernel;
pub mod lower;
pub mod opaque;
pub mod optimise;
pub mod scalar;

pub use compiled::{CompileError, Compiled, Stop, Timings, Workspace};
