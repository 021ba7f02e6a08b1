//! Differential and algebraic equations and integrals of user functions, on the numerical cores of the runtime.
//!
//! `ode_adjoint_tol_ctl` has its states from the method it names (Adams or BDF) at the tolerances of its forward solution;
//! sensitivities are integrated forwards with them, so that the tolerances and steps of the backward solution have no effect.

use crate::call::Argument;
use crate::error::{Result, RunError};
use crate::expr::Operand;
use crate::machine::{DataValues, Limits, Machine, Printer};
use ppl_grammar::span::Span;
use ppl_program::typed::{Expr, Form, FunctionId, Level, Program, VarId};
use ppl_runtime::functions::solvers::{
    AlgebraControl, AlgebraMethod, Equations, Integrand, OdeControl, OdeMethod, RightHandSide, integrate_1d, ode, solve,
};
use ppl_runtime::num::Num;
use ppl_runtime::value::Value;

/// A user function that was passed to a solver, with its further arguments. Not generic over the solver's numbers: it is run
/// over whatever the solver asks for.
struct Passed<'a> {
    program: &'a Program,
    owned: &'a [Vec<VarId>],
    data: &'a DataValues,
    limits: Limits,
    printer: Option<Printer<'a>>,
    stack_base: usize,
    calls: usize,
    fuel: u64,
    function: FunctionId,
    span: Span,
    /// The further arguments, and whether their real numbers are among the solver's parameters.
    further: Vec<(Value<f64>, bool)>,
}

impl Passed<'_> {
    /// The function of the leading arguments, with the parameters put into the further ones.
    fn run<U: Num>(&mut self, leading: Vec<Value<U>>, theta: &[U]) -> Result<Value<U>> {
        let mut machine: Machine<U> = Machine::new(self.program, self.owned, self.data, self.limits, self.printer);
        machine.fuel = self.fuel;
        machine.calls = self.calls;
        machine.stack_base = self.stack_base;
        let mut parameters = theta.iter().copied();
        let mut arguments: Vec<Argument<U>> =
            leading.into_iter().map(|value| (Operand::Own(value), Level::Parameter)).collect();
        for (value, active) in &self.further {
            let value = value.map(&mut |x| match active {
                true => parameters.next().unwrap_or(U::from(f64::NAN)),
                false => U::from(x),
            });
            arguments.push((Operand::Own(value), if *active { Level::Parameter } else { Level::Data }));
        }
        let result = machine.call_user(self.function, Form::Plain, arguments, self.span);
        self.fuel = machine.fuel;
        result?.ok_or_else(|| RunError::fatal("a function without result was called for its value"))
    }
}

/// The right-hand side of differential equations: states are vectors, or arrays in the older functions.
struct Derivative<'a> {
    passed: Passed<'a>,
    arrays: bool,
}

fn reals<U: Num>(value: &Value<U>) -> Result<Vec<U>> {
    match value {
        Value::Vector(v) | Value::RowVector(v) => Ok(v.clone()),
        Value::Array(items) => items
            .iter()
            .map(|item| match item {
                Value::Real(x) => Ok(*x),
                Value::Int(i) => Ok(U::from(f64::from(*i))),
                _ => Err(RunError::fatal("expected real numbers")),
            })
            .collect(),
        _ => Err(RunError::fatal("expected real numbers")),
    }
}

fn array<U: Num>(numbers: &[U]) -> Value<U> {
    Value::Array(numbers.iter().map(|&x| Value::Real(x)).collect())
}

impl RightHandSide for Derivative<'_> {
    type Error = Box<RunError>;

    fn call<U: Num>(&mut self, t: U, y: &[U], theta: &[U]) -> Result<Vec<U>> {
        let state = if self.arrays { array(y) } else { Value::Vector(y.to_vec()) };
        reals(&self.passed.run(vec![Value::Real(t), state], theta)?)
    }
}

struct Roots<'a>(Passed<'a>);

impl Equations for Roots<'_> {
    type Error = Box<RunError>;

    fn call<U: Num>(&mut self, x: &[U], theta: &[U]) -> Result<Vec<U>> {
        reals(&self.0.run(vec![Value::Vector(x.to_vec())], theta)?)
    }
}

struct Curve<'a>(Passed<'a>);

impl Integrand for Curve<'_> {
    type Error = Box<RunError>;

    fn call<U: Num>(&mut self, x: U, xc: U, theta: &[U]) -> Result<U> {
        real(&self.0.run(vec![Value::Real(x), Value::Real(xc)], theta)?)
    }
}

fn real<U: Num>(value: &Value<U>) -> Result<U> {
    match value {
        Value::Real(x) => Ok(*x),
        Value::Int(i) => Ok(U::from(f64::from(*i))),
        _ => Err(RunError::fatal("expected a real number")),
    }
}

/// The arguments of a solver after the function, taken from the left.
struct Taken<T> {
    name: String,
    rest: std::vec::IntoIter<Argument<T>>,
}

impl<T: Num> Taken<T> {
    fn next(&mut self) -> Result<Value<T>> {
        match self.rest.next() {
            Some((operand, _)) => Ok(operand.into_value()),
            None => Err(RunError::fatal(format!("{}: too few arguments", self.name))),
        }
    }

    fn real(&mut self) -> Result<T> {
        real(&self.next()?)
    }

    fn reals(&mut self) -> Result<Vec<T>> {
        reals(&self.next()?)
    }

    fn tolerance(&mut self) -> Result<f64> {
        Ok(self.real()?.value())
    }

    fn steps(&mut self) -> Result<i64> {
        let steps = self.real()?.value();
        // The older functions take the limit as a real.
        if steps >= 1.0 && steps < i64::MAX as f64 {
            return Ok(steps as i64);
        }
        Err(RunError::reject(format!("{}: the limit of steps is {steps}, but must be positive", self.name)))
    }
}

impl<'a, T: Num> Machine<'a, T> {
    /// Runs a solver; `None` where the name is none of theirs.
    pub fn solver(
        &mut self,
        name: &'a str,
        function: FunctionId,
        rest: &'a [Expr],
        span: Span,
    ) -> Result<Option<Value<T>>> {
        let plain = name.strip_suffix("_tol").unwrap_or(name);
        match plain {
            "ode_rk45"
            | "ode_ckrk"
            | "ode_bdf"
            | "ode_adams"
            | "ode_adjoint_tol_ctl"
            | "integrate_ode"
            | "integrate_ode_rk45"
            | "integrate_ode_bdf"
            | "integrate_ode_adams"
            | "solve_powell"
            | "solve_newton"
            | "algebra_solver"
            | "algebra_solver_newton"
            | "integrate_1d" => {}
            _ => return Ok(None),
        }
        let mut taken = Taken { name: name.to_string(), rest: self.arguments(rest)?.into_iter() };
        let value = match plain {
            "integrate_1d" => self.integral(function, taken, span)?,
            "solve_powell" | "solve_newton" | "algebra_solver" | "algebra_solver_newton" => {
                let old = plain.starts_with("algebra");
                let method = if plain.ends_with("newton") { AlgebraMethod::Newton } else { AlgebraMethod::Powell };
                let guess = taken.reals()?;
                let mut control = method.default_control();
                if name.ends_with("_tol") {
                    control = algebra_control(&mut taken)?;
                }
                let mut further: Vec<Argument<T>> = taken.rest.collect();
                if old && further.len() > 3 {
                    let rest = further.split_off(3).into_iter();
                    control = algebra_control(&mut Taken { name: name.to_string(), rest })?;
                }
                let (passed, theta) = self.passed(function, further, span);
                let mut system = Roots(passed);
                let root = solve(method, &mut system, &guess, &theta, &control);
                self.fuel = system.0.fuel;
                Value::Vector(root?)
            }
            _ => self.differential(plain, name.ends_with("_tol"), function, taken, span)?,
        };
        Ok(Some(value))
    }

    fn differential(
        &mut self,
        plain: &str,
        with_control: bool,
        function: FunctionId,
        mut taken: Taken<T>,
        span: Span,
    ) -> Result<Value<T>> {
        let old = plain.starts_with("integrate");
        let mut method = match plain {
            "ode_ckrk" => OdeMethod::CashKarp,
            name if name.ends_with("bdf") => OdeMethod::Bdf,
            name if name.ends_with("adams") => OdeMethod::Adams,
            _ => OdeMethod::Rk45,
        };
        let start = taken.reals()?;
        let t0 = taken.real()?;
        let times = taken.reals()?;
        let mut control = method.default_control();
        if with_control {
            control = ode_control(&mut taken)?;
        }
        if plain == "ode_adjoint_tol_ctl" {
            control.relative_tolerance = taken.tolerance()?;
            control.absolute_tolerance = taken.reals()?.iter().map(|x| x.value()).fold(f64::INFINITY, f64::min);
            // Tolerances of the backward solution and the quadrature.
            for _ in 0..4 {
                taken.next()?;
            }
            control.max_steps = taken.steps()?;
            // Steps between checkpoints and the interpolation between them.
            taken.next()?;
            taken.next()?;
            method = match taken.real()?.value() {
                1.0 => OdeMethod::Adams,
                2.0 => OdeMethod::Bdf,
                other => {
                    let message = format!("{plain}: the forward solver must be 1 (Adams) or 2 (BDF), not {other}");
                    return Err(RunError::fatal(message));
                }
            };
            // The backward solver.
            taken.next()?;
        }
        let name = taken.name.clone();
        let mut further: Vec<Argument<T>> = taken.rest.collect();
        if old && further.len() > 3 {
            control = ode_control(&mut Taken { name, rest: further.split_off(3).into_iter() })?;
        }
        let (passed, theta) = self.passed(function, further, span);
        let mut system = Derivative { passed, arrays: old };
        let rows = ode(method, &mut system, &start, t0, &times, &theta, &control);
        self.fuel = system.passed.fuel;
        let rows = rows?.into_iter();
        Ok(Value::Array(if old { rows.map(|y| array(&y)).collect() } else { rows.map(Value::Vector).collect() }))
    }

    fn integral(&mut self, function: FunctionId, mut taken: Taken<T>, span: Span) -> Result<Value<T>> {
        let (a, b) = (taken.real()?, taken.real()?);
        let mut further: Vec<Argument<T>> = taken.rest.collect();
        let mut tolerance = f64::EPSILON.sqrt();
        if further.len() > 3 {
            tolerance = Taken { name: taken.name, rest: further.split_off(3).into_iter() }.tolerance()?;
        }
        let (passed, theta) = self.passed(function, further, span);
        let mut curve = Curve(passed);
        let value = integrate_1d(&mut curve, a, b, &theta, tolerance);
        self.fuel = curve.0.fuel;
        Ok(Value::Real(value?))
    }

    /// The function with its further arguments, and the numbers among these that derivatives depend on.
    fn passed(&self, function: FunctionId, further: Vec<Argument<T>>, span: Span) -> (Passed<'a>, Vec<T>) {
        let mut theta = Vec::new();
        let further = further
            .into_iter()
            .map(|(operand, _)| {
                let mut numbers = Vec::new();
                let value = operand.get().map(&mut |x: T| {
                    numbers.push(x);
                    x.value()
                });
                let active = numbers.iter().any(|x| !x.is_constant());
                if active {
                    theta.append(&mut numbers);
                }
                (value, active)
            })
            .collect();
        let passed = Passed {
            program: self.program,
            owned: self.owned,
            data: self.data,
            limits: self.limits,
            printer: self.printer,
            stack_base: self.stack_base,
            calls: self.calls,
            fuel: self.fuel,
            function,
            span,
            further,
        };
        (passed, theta)
    }
}

fn ode_control<T: Num>(taken: &mut Taken<T>) -> Result<OdeControl> {
    Ok(OdeControl {
        relative_tolerance: taken.tolerance()?,
        absolute_tolerance: taken.tolerance()?,
        max_steps: taken.steps()?,
    })
}

fn algebra_control<T: Num>(taken: &mut Taken<T>) -> Result<AlgebraControl> {
    Ok(AlgebraControl {
        step_tolerance: taken.tolerance()?,
        function_tolerance: taken.tolerance()?,
        max_steps: taken.steps()?,
    })
}
