//! Calls of solvers.

use super::passed::{Argument, FurtherArguments, Signature};
use super::passing::Passing;
use super::value::flatten;
use super::{Lowerer, Result, Val};
use crate::ir::*;
use crate::kernel::{Call, OpaqueCall, Operand};
use crate::opaque::Opaque;
use crate::solvers::{Algebra, Further, Integral, Needs, Ode, Source};
use ppl_program::typed::*;
use ppl_runtime::functions::solvers::{AlgebraControl, AlgebraMethod, OdeControl, OdeMethod};
use std::sync::Arc;

/// How many arguments say how precise a solution is to be: two tolerances and the limit of steps, or those of the adjoint method.
const CONTROL: usize = 3;
const ADJOINT_CONTROL: usize = 11;

/// The further arguments of the older functions: parameters, real and integer data.
const OLD_FURTHER: usize = 3;

impl Lowerer<'_> {
    pub(super) fn solver(&mut self, name: &str, function: FunctionId, mut arguments: Vec<Passing>) -> Result<Val> {
        // Generated quantities are computed from plain numbers.
        arguments.iter_mut().for_each(|x| x.active &= !self.generating);
        let plain = name.strip_suffix("_tol").unwrap_or(name);
        let with_control = plain != name;
        match plain {
            "ode_adjoint_tol_ctl" => return self.adjoint_ode(function, arguments),
            "integrate_1d" => return self.integral(function, arguments),
            "solve_powell" | "solve_newton" | "algebra_solver" | "algebra_solver_newton" => {
                let method = if plain.ends_with("newton") { AlgebraMethod::Newton } else { AlgebraMethod::Powell };
                let at = if with_control { 1 } else { 1 + OLD_FURTHER };
                let with_control = with_control || (plain.starts_with("algebra") && arguments.len() > at);
                let control = match self.control(&mut arguments, at, with_control)? {
                    None => method.default_control(),
                    Some((step_tolerance, function_tolerance, max_steps)) => {
                        AlgebraControl { step_tolerance, function_tolerance, max_steps }
                    }
                };
                return self.algebra(method, control, function, &arguments);
            }
            _ => {}
        }
        let method = match plain {
            "ode_rk45" | "integrate_ode" | "integrate_ode_rk45" => OdeMethod::Rk45,
            "ode_ckrk" => OdeMethod::CashKarp,
            "ode_bdf" | "integrate_ode_bdf" => OdeMethod::Bdf,
            "ode_adams" | "integrate_ode_adams" => OdeMethod::Adams,
            _ => return self.unsupported(format!("{name} in machine code")),
        };
        let at = if with_control { 3 } else { 3 + OLD_FURTHER };
        let with_control = with_control || (plain.starts_with("integrate") && arguments.len() > at);
        let control = match self.control(&mut arguments, at, with_control)? {
            None => method.default_control(),
            Some((relative_tolerance, absolute_tolerance, max_steps)) => {
                OdeControl { relative_tolerance, absolute_tolerance, max_steps }
            }
        };
        self.ode(method, control, function, &arguments)
    }

    /// Takes two tolerances and the limit of steps out of the arguments.
    fn control(&mut self, arguments: &mut Vec<Passing>, at: usize, present: bool) -> Result<Option<(f64, f64, i64)>> {
        if !present {
            return Ok(None);
        }
        if arguments.len() < at + CONTROL {
            return self.unsupported("too few arguments");
        }
        let numbers: Result<Vec<f64>> = arguments.drain(at..at + CONTROL).map(|x| self.known_number(&x)).collect();
        match numbers?[..] {
            [first, second, steps] => Ok(Some((first, second, self.steps(steps)?))),
            _ => self.unsupported("too few arguments"),
        }
    }

    /// The older functions take the limit as a real.
    fn steps(&self, steps: f64) -> Result<i64> {
        match steps >= 1.0 && steps < i64::MAX as f64 {
            true => Ok(steps as i64),
            false => self.unsupported("a limit of steps that is not positive"),
        }
    }

    fn known_number(&self, argument: &Passing) -> Result<f64> {
        match self.known_numbers(argument)?[..] {
            [x] => Ok(x),
            _ => self.unsupported("a number was expected here"),
        }
    }

    /// Numbers that the data determine.
    fn known_numbers(&self, argument: &Passing) -> Result<Vec<f64>> {
        let Some(value) = argument.val.to_value() else { return self.unsupported("tolerances that are not known") };
        let mut numbers = Vec::new();
        flatten(&value, &mut numbers);
        Ok(numbers)
    }

    /// `ode_adjoint_tol_ctl`: the forward solution of the method it names, as the interpreter has it.
    fn adjoint_ode(&mut self, function: FunctionId, mut arguments: Vec<Passing>) -> Result<Val> {
        if arguments.len() < 3 + ADJOINT_CONTROL {
            return self.unsupported("too few arguments");
        }
        let control: Vec<Passing> = arguments.drain(3..3 + ADJOINT_CONTROL).collect();
        let [relative, absolute, _, _, _, _, steps, _, _, solver, _] = &control[..] else {
            return self.unsupported("too few arguments");
        };
        let method = match self.known_number(solver)? {
            1.0 => OdeMethod::Adams,
            2.0 => OdeMethod::Bdf,
            _ => return self.unsupported("a forward solver that is neither 1 nor 2"),
        };
        let control = OdeControl {
            relative_tolerance: self.known_number(relative)?,
            absolute_tolerance: self.known_numbers(absolute)?.into_iter().fold(f64::INFINITY, f64::min),
            max_steps: self.steps(self.known_number(steps)?)?,
        };
        self.ode(method, control, function, &arguments)
    }

    /// `arguments` are the initial state, its time, the output times and the further arguments.
    fn ode(
        &mut self,
        method: OdeMethod,
        control: OdeControl,
        function: FunctionId,
        arguments: &[Passing],
    ) -> Result<Val> {
        let [start, t0, times, further @ ..] = arguments else { return self.unsupported("too few arguments") };
        let mut inputs = Inputs::default();
        let (initial, count) = self.source(start, &mut inputs)?;
        let (initial_time, _) = self.source(t0, &mut inputs)?;
        let (output_times, rows) = self.source(times, &mut inputs)?;
        if count == 0 || rows == 0 {
            return self.unsupported("an equation without states or times");
        }
        let further = self.further(further)?;
        let differentiated = [&initial, &initial_time, &output_times].iter().any(|s| s.active().is_some())
            || further.active.contains(&true);
        let needs = match method {
            // Their steps are solved by Newton's method.
            OdeMethod::Bdf | OdeMethod::Adams => Needs::Both,
            OdeMethod::Rk45 | OdeMethod::CashKarp if differentiated => Needs::Jacobian,
            OdeMethod::Rk45 | OdeMethod::CashKarp => Needs::Value,
        };
        let leading = [Argument::number(false), Argument::unknowns(start.ty, count)];
        let rhs = self.further_of(function, leading.into(), further, count, needs, &mut inputs)?;
        let ode = Ode {
            method,
            control,
            start: initial,
            t0: initial_time,
            times: output_times,
            rhs,
            inputs: inputs.lengths,
            outputs: [rows * count],
            states: (0..count).collect(),
        };
        let out = self.temporary(Elem::F64, &[rows, count], false);
        self.solver_call(Arc::new(ode), inputs.operands, Operand::View(out.flat()));
        Ok(Val::Array(out))
    }

    /// `arguments` are the guess and the further arguments.
    fn algebra(
        &mut self,
        method: AlgebraMethod,
        control: AlgebraControl,
        function: FunctionId,
        arguments: &[Passing],
    ) -> Result<Val> {
        let [guess, further @ ..] = arguments else { return self.unsupported("too few arguments") };
        let mut inputs = Inputs::default();
        let (source, count) = self.source(guess, &mut inputs)?;
        if count == 0 {
            return self.unsupported("a system without unknowns");
        }
        let further = self.further(further)?;
        let leading = vec![Argument::unknowns(guess.ty, count)];
        let system = self.further_of(function, leading, further, count, Needs::Both, &mut inputs)?;
        let algebra = Algebra { method, control, guess: source, system, inputs: inputs.lengths, outputs: [count] };
        let out = self.temporary(Elem::F64, &[count], false);
        self.solver_call(Arc::new(algebra), inputs.operands, Operand::View(out.clone()));
        Ok(Val::Array(out))
    }

    /// `arguments` are the bounds, the three further arguments and perhaps the tolerance.
    fn integral(&mut self, function: FunctionId, arguments: Vec<Passing>) -> Result<Val> {
        let [lower, upper, further @ ..] = &arguments[..] else { return self.unsupported("too few arguments") };
        let (further, control) = further.split_at(OLD_FURTHER.min(further.len()));
        let tolerance = match control {
            [] => f64::EPSILON.sqrt(),
            [tolerance, ..] => self.known_number(tolerance)?,
        };
        let mut inputs = Inputs::default();
        let bounds = [self.source(lower, &mut inputs)?.0, self.source(upper, &mut inputs)?.0];
        let further = self.further(further)?;
        let needs = if further.active.contains(&true) { Needs::Jacobian } else { Needs::Value };
        let leading = vec![Argument::number(false), Argument::number(false)];
        let integrand = self.further_of(function, leading, further, 1, needs, &mut inputs)?;
        let integral = Integral { bounds, tolerance, integrand, inputs: inputs.lengths };
        let out = self.f.value(Ty::F64);
        self.solver_call(Arc::new(integral), inputs.operands, Operand::Scalar(out));
        Ok(Val::Real(out))
    }

    /// Where the numbers of an argument come from, and how many there are.
    fn source(&mut self, argument: &Passing, inputs: &mut Inputs) -> Result<(Source, usize)> {
        if argument.val.is_known() {
            let numbers = self.known_numbers(argument)?;
            let n = numbers.len();
            return Ok((Source::Known(numbers), n));
        }
        let (operand, dims) = self.numbers(&argument.val, argument.ty)?;
        let n = dims.iter().product();
        let index = inputs.operands.len();
        inputs.operands.push(operand);
        inputs.lengths.push(n);
        Ok((Source::Input { index, active: argument.active }, n))
    }

    fn further(&mut self, arguments: &[Passing]) -> Result<FurtherArguments> {
        let mut further = FurtherArguments::default();
        for argument in arguments {
            further.take(self, &argument.val, argument.ty, argument.active)?;
        }
        Ok(further)
    }

    /// The function with its further arguments, which become the last inputs of the call.
    fn further_of(
        &mut self,
        function: FunctionId,
        leading: Vec<(Argument, Type)>,
        further: FurtherArguments,
        outputs: usize,
        needs: Needs,
        inputs: &mut Inputs,
    ) -> Result<Further> {
        let arguments = leading.into_iter().chain(further.arguments).collect();
        let function = self.passed(Signature { function, arguments, outputs, needs })?;
        let first = inputs.operands.len();
        inputs.operands.extend(further.operands);
        inputs.lengths.extend(further.lengths);
        Ok(Further { function, first, active: further.active })
    }

    fn solver_call(&mut self, function: Arc<dyn Opaque>, inputs: Vec<Operand>, output: Operand) {
        let saved = match function.saved() {
            0 => None,
            n => Some(self.temporary(Elem::F64, &[n], false)),
        };
        let (site, outputs) = (self.site(), vec![output]);
        let call = OpaqueCall { function, inputs, outputs, saved, random: false, site };
        self.emit(Op::Call(Box::new(Call::Opaque(call))));
    }
}

/// The inputs of a call: dense and flat, with their lengths.
#[derive(Default)]
struct Inputs {
    operands: Vec<Operand>,
    lengths: Vec<usize>,
}
