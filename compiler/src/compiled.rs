//! A program bound to data, as machine code: what samplers run.

use crate::codegen::{Code, CodegenError, Context};
use crate::differentiate::{differentiate, primal};
use crate::ir::{Function, Status};
use crate::lower::{Evaluate, Lowered, Unsupported, lower};
use crate::optimise::hoist;
use ppl_grammar::span::Span;
use ppl_interpreter::{Environment, Interpreter};
use ppl_program::typed::{FunctionId, VarId};
use ppl_runtime::value::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Iterations that one evaluation may take, unless told.
const FUEL: i64 = 1 << 31;

/// Why there is no machine code; the interpreter can run the program (or say what is wrong with it).
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    #[error("no machine code for {}", .0.what)]
    Unsupported(Unsupported),
    #[error(transparent)]
    Codegen(#[from] CodegenError),
}

impl CompileError {
    /// The statement that has no lowering.
    pub fn span(&self) -> Option<Span> {
        match self {
            CompileError::Unsupported(u) => Some(u.span),
            CompileError::Codegen(_) => None,
        }
    }
}

/// Where the time of a compilation went.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timings {
    pub lower: Duration,
    pub differentiate: Duration,
    pub codegen: Duration,
}

/// Machine code of the log density and its gradient, with the data it reads. Immutable and shared between threads.
pub struct Compiled {
    gradient: Code,
    reals: Vec<f64>,
    ints: Vec<i32>,
    dim: usize,
    sites: Vec<Span>,
    timings: Timings,
    fuel: i64,
    static_alignment_padding: usize,
}

/// What one evaluation scribbles on; one a thread.
pub struct Workspace {
    statics: Vec<u8>,
    tape: Vec<u64>,
}

/// Bytes of tape a workspace starts with, and may grow to.
const TAPE_START: usize = 1 << 16;
const TAPE_LIMIT: usize = 1 << 30;

/// An evaluation that gave no density.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stop {
    pub status: Status,
    /// The statement that stopped, where it is known.
    pub span: Option<Span>,
}

impl Workspace {
    /// Bytes held for the frames of loops: evaluations make it grow as they need.
    pub fn frame_bytes(&self) -> usize {
        8 * self.tape.len()
    }
}

struct Calls<'a> {
    interpreter: &'a Interpreter,
    environment: &'a Environment,
}

impl Evaluate for Calls<'_> {
    fn call(&self, function: FunctionId, arguments: &[Value<f64>]) -> Option<Value<f64>> {
        self.interpreter.call(self.environment, function, arguments.to_vec()).ok()
    }

    fn interpreter(&self) -> (Interpreter, Arc<Environment>) {
        (self.interpreter.clone(), Arc::new(self.environment.clone()))
    }
}

/// The function of a program with its data, before differentiation.
fn lowered(interpreter: &Interpreter, environment: &Environment) -> Result<Lowered, CompileError> {
    let data = environment
        .values()
        .iter()
        .enumerate()
        .filter_map(|(i, value)| Some((VarId(i as u32), Arc::clone(value.as_ref()?))))
        .collect();
    let calls = Calls { interpreter, environment };
    let mut lowered = lower(interpreter.program(), &data, &calls).map_err(CompileError::Unsupported)?;
    hoist(&mut lowered.function);
    Ok(lowered)
}

impl Compiled {
    /// Compiles the log density and gradient for these data.
    ///
    /// # Errors
    /// [`CompileError`]: the program uses something that has no lowering yet.
    pub fn new(interpreter: &Interpreter, environment: &Environment) -> Result<Compiled, CompileError> {
        // The differentiation is ours.
        unsafe { Self::with_differentiation(interpreter, environment, differentiate) }
    }

    /// As [`new`](Compiled::new), with another differentiation: for tests of what a wrong one does.
    ///
    /// # Errors
    /// As [`new`](Compiled::new).
    ///
    /// # Safety
    /// The machine code runs what `differentiate` returns: it stays within the buffers and frames of the function, whatever
    /// it computes there.
    pub unsafe fn with_differentiation(
        interpreter: &Interpreter,
        environment: &Environment,
        differentiate: impl FnOnce(&Function) -> Function,
    ) -> Result<Compiled, CompileError> {
        let start = Instant::now();
        let lowered = lowered(interpreter, environment)?;
        let lowering = start.elapsed();
        let with_gradient = differentiate(&lowered.function);
        let differentiation = start.elapsed() - lowering;
        let gradient = Code::compile(&with_gradient)?;
        let timings = Timings {
            lower: lowering,
            differentiate: differentiation,
            codegen: start.elapsed() - lowering - differentiation,
        };
        Ok(Compiled {
            gradient,
            reals: lowered.reals,
            ints: lowered.ints,
            dim: lowered.dim,
            sites: with_gradient.sites,
            timings,
            fuel: FUEL,
            static_alignment_padding: 64,
        })
    }

    /// With this many iterations of loops an evaluation (2^31 by default).
    pub fn with_fuel(mut self, iterations: i64) -> Compiled {
        self.fuel = iterations;
        self
    }

    /// A readable listing of the intermediate representation, with or without its reverse sweep.
    ///
    /// # Errors
    /// As [`new`](Compiled::new).
    pub fn listing(
        interpreter: &Interpreter,
        environment: &Environment,
        gradient: bool,
    ) -> Result<String, CompileError> {
        let lowered = lowered(interpreter, environment)?;
        let f = if gradient { differentiate(&lowered.function) } else { primal(&lowered.function) };
        Ok(f.to_string())
    }

    /// Number of unconstrained parameters.
    pub fn dim(&self) -> usize {
        self.dim
    }

    pub fn timings(&self) -> Timings {
        self.timings
    }

    pub fn workspace(&self) -> Workspace {
        Workspace {
            statics: vec![0; self.gradient.static_bytes + self.static_alignment_padding],
            tape: vec![0; TAPE_START / 8],
        }
    }

    /// The sampler's log density (with Jacobian, constants dropped as `~` does) and its gradient.
    ///
    /// # Errors
    /// [`Stop`]: rejected, failed, or out of fuel or memory. The gradient is then unspecified.
    pub fn log_density_gradient(
        &self,
        workspace: &mut Workspace,
        theta: &[f64],
        gradient: &mut [f64],
    ) -> Result<f64, Stop> {
        if theta.len() != self.dim || gradient.len() != self.dim {
            return Err(Stop { status: Status::Error, span: None });
        }
        loop {
            let start = workspace.statics.as_mut_ptr();
            let aligned = start.wrapping_add(start.align_offset(64));
            let tape = workspace.tape.as_mut_ptr_range();
            let mut context = Context {
                theta: theta.as_ptr(),
                gradient: gradient.as_mut_ptr(),
                reals: self.reals.as_ptr(),
                ints: self.ints.as_ptr(),
                statics: aligned,
                tape: tape.start.cast(),
                tape_end: tape.end.cast(),
                fuel: self.fuel,
                target: 0.0,
                jacobian: 0.0,
                site: 0,
            };
            // The pointers are to slices of the lengths the code was made for.
            let status = unsafe { self.gradient.run(&mut context) };
            if status == Status::Ok as u32 {
                let value = context.target + context.jacobian;
                return if value.is_nan() { Err(Stop { status: Status::Reject, span: None }) } else { Ok(value) };
            }
            let out_of_tape = status == Status::Tape as u32;
            if out_of_tape && workspace.tape.len() * 8 < TAPE_LIMIT {
                let larger = (workspace.tape.len() * 4).min(TAPE_LIMIT / 8);
                workspace.tape = vec![0; larger];
                continue;
            }
            let status = match status {
                s if s == Status::Reject as u32 => Status::Reject,
                s if s == Status::Limit as u32 || out_of_tape => Status::Limit,
                _ => Status::Error,
            };
            return Err(Stop { status, span: self.sites.get(context.site as usize).copied() });
        }
    }
}
