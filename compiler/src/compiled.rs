//! A program bound to data, as machine code: what samplers run.

use crate::codegen::{CodegenError, Effort};
use crate::differentiate::{differentiate, primal};
use crate::executable::{Buffers, Constants, Executable, Workspace};
use crate::ir::{Function, Status};
use crate::lower::{Evaluate, Lowered, Unsupported, lower};
use crate::optimise::hoist;
use ppl_grammar::span::Span;
use ppl_interpreter::{Environment, Interpreter};
use ppl_program::typed::{FunctionId, VarId};
use ppl_runtime::value::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

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
    code: Executable,
    dim: usize,
    timings: Timings,
}

/// An evaluation that gave no density.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stop {
    pub status: Status,
    /// The statement that stopped, where it is known.
    pub span: Option<Span>,
}

pub(crate) struct Calls<'a> {
    pub interpreter: &'a Interpreter,
    pub environment: &'a Environment,
}

impl Evaluate for Calls<'_> {
    fn call(&self, function: FunctionId, arguments: &[Value<f64>]) -> Option<Value<f64>> {
        self.interpreter.call(self.environment, function, arguments.to_vec()).ok()
    }

    fn interpreter(&self) -> (Interpreter, Arc<Environment>) {
        (self.interpreter.clone(), Arc::new(self.environment.clone()))
    }
}

/// The values of data and transformed data.
pub(crate) fn known(environment: &Environment) -> HashMap<VarId, Arc<Value<f64>>> {
    let values = environment.values().iter().enumerate();
    values.filter_map(|(i, value)| Some((VarId(i as u32), Arc::clone(value.as_ref()?)))).collect()
}

/// The function of a program with its data, before differentiation.
fn lowered(interpreter: &Interpreter, environment: &Environment) -> Result<Lowered, CompileError> {
    let data = known(environment);
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
        let Lowered { reals, ints, dim, .. } = lowered;
        let data = Constants { reals: reals.into(), ints: ints.into() };
        let code = Executable::new(&with_gradient, &data, Effort::Full)?;
        let timings = Timings {
            lower: lowering,
            differentiate: differentiation,
            codegen: start.elapsed() - lowering - differentiation,
        };
        Ok(Compiled { code, dim, timings })
    }

    /// With this many iterations of loops an evaluation (2^31 by default).
    pub fn with_fuel(mut self, iterations: i64) -> Compiled {
        self.code.fuel = iterations;
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
        self.code.workspace()
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
        let buffers = Buffers { theta, gradient, ..Buffers::default() };
        let value = self.code.run(workspace, buffers, None)?;
        if value.is_nan() { Err(Stop { status: Status::Reject, span: None }) } else { Ok(value) }
    }
}
