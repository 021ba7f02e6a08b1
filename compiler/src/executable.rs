//! Machine code with the data it reads, and what it writes on.

use crate::codegen::{Code, CodegenError, Context, Effort};
use crate::compiled::Stop;
use crate::ir::{Function, Status};
use ppl_grammar::span::Span;
use ppl_runtime::random::Sequence;
use std::sync::Arc;

/// Iterations that one evaluation may take, unless told.
const FUEL: i64 = 1 << 31;

/// Bytes of tape a workspace starts with, and may grow to.
const TAPE_START: usize = 1 << 16;
const TAPE_LIMIT: usize = 1 << 30;

const ALIGNMENT: usize = 64;

/// Code of a function without calls, and its data. Immutable and shared between threads.
pub struct Executable {
    code: Code,
    data: Constants,
    sites: Vec<Span>,
    /// Iterations of loops that one evaluation may take.
    pub fuel: i64,
}

/// The data that code reads.
#[derive(Clone)]
pub struct Constants {
    pub reals: Arc<[f64]>,
    pub ints: Arc<[i32]>,
}

/// What one evaluation scribbles on; one a thread. It grows as code needs it.
#[derive(Default)]
pub struct Workspace {
    statics: Vec<u8>,
    tape: Vec<u64>,
}

/// The arrays of one evaluation; those that the function does not use are empty.
#[derive(Default)]
pub struct Buffers<'a> {
    pub theta: &'a [f64],
    pub given: &'a [f64],
    pub gradient: &'a mut [f64],
    pub output: &'a mut [f64],
}

impl Workspace {
    /// Bytes held for the frames of loops: evaluations make it grow as they need.
    pub fn frame_bytes(&self) -> usize {
        8 * self.tape.len()
    }
}

impl Executable {
    /// # Errors
    /// [`CodegenError`]
    pub fn new(f: &Function, data: &Constants, effort: Effort) -> Result<Executable, CodegenError> {
        Ok(Executable { code: Code::compile(f, effort)?, data: data.clone(), sites: f.sites.clone(), fuel: FUEL })
    }

    pub fn workspace(&self) -> Workspace {
        Workspace { statics: vec![0; self.code.static_bytes + ALIGNMENT], tape: vec![0; TAPE_START / 8] }
    }

    /// Runs the function; gives `target` with the log Jacobian. `sequence` is what its draws start from.
    ///
    /// # Errors
    /// [`Stop`]: rejected, failed, or out of fuel or memory. Outputs are then unspecified.
    pub fn run(
        &self,
        workspace: &mut Workspace,
        buffers: Buffers<'_>,
        sequence: Option<Sequence>,
    ) -> Result<f64, Stop> {
        self.run_within(&mut self.fuel.clone(), workspace, buffers, sequence)
    }

    /// As [`run`](Executable::run), with the iterations it may take; those it took are gone.
    ///
    /// # Errors
    /// As [`run`](Executable::run).
    pub fn run_within(
        &self,
        fuel: &mut i64,
        workspace: &mut Workspace,
        buffers: Buffers<'_>,
        sequence: Option<Sequence>,
    ) -> Result<f64, Stop> {
        if workspace.statics.len() < self.code.static_bytes + ALIGNMENT || workspace.tape.is_empty() {
            *workspace = self.workspace();
        }
        loop {
            let mut sequence = sequence.clone();
            let start = workspace.statics.as_mut_ptr();
            let aligned = start.wrapping_add(start.align_offset(ALIGNMENT));
            let tape = workspace.tape.as_mut_ptr_range();
            let mut context = Context {
                theta: buffers.theta.as_ptr(),
                given: buffers.given.as_ptr(),
                gradient: buffers.gradient.as_mut_ptr(),
                output: buffers.output.as_mut_ptr(),
                sequence: sequence.as_mut().map_or(std::ptr::null_mut(), std::ptr::from_mut),
                reals: self.data.reals.as_ptr(),
                ints: self.data.ints.as_ptr(),
                statics: aligned,
                tape: tape.start.cast(),
                tape_end: tape.end.cast(),
                fuel: *fuel,
                target: 0.0,
                jacobian: 0.0,
                site: 0,
            };
            // The pointers are to slices of the lengths the code was made for.
            let status = unsafe { self.code.run(&mut context) };
            if status == Status::Ok as u32 {
                *fuel = context.fuel;
                return Ok(context.target + context.jacobian);
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
