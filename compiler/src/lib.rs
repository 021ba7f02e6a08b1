//! From the typed program to machine code: bind, lower, optimise, differentiate, generate.

mod batch;
pub mod codegen;
mod compiled;
pub mod differentiate;
mod executable;
mod generator;
pub mod ir;
pub mod kernel;
pub mod lower;
pub mod opaque;
pub mod optimise;
pub mod scalar;
mod solvers;

pub use compiled::{CompileError, Compiled, Stop, Timings};
pub use executable::Workspace;
pub use generator::{BatchWorkspace, Failed, Generator};
