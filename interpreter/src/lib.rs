//! The referee: runs the typed program itself, over plain or differentiating numbers, sharing no lowering with the machine
//! code. It binds data, evaluates densities and gradients, writes draws, and says where and why a run failed.
//!
//! Semantics are Stan's, with two differences: an assignment never changes the sizes of a variable (Stan lets an empty
//! vector and any array take the sizes of the right side), and loop bounds are evaluated once.
//!
//! Uninitialised reals are NaN, uninitialised integers the least `int`. Nothing runs forever: see [`Limits`].

mod bind;
mod call;
mod constrain;
mod error;
mod expr;
mod higher_order;
mod index;
mod layout;
mod machine;
mod print;
mod shape;
mod simulator;
mod solvers;
mod truncate;
mod variables;

pub use bind::{BindError, Problem};
pub use error::{Kind, RunError};
pub use machine::Limits;
pub use shape::Shape;
pub use simulator::Simulator;

use error::{At, Result};
use layout::{Cursor, Layout};
use machine::{DataValues, Machine};
use ppl_program::typed::{Declaration, Origin, Program, Statement, StatementKind, VarId};
use ppl_runtime::data::RawData;
use ppl_runtime::density::Stream;
use ppl_runtime::num::{Dual, Num, Tape};
use ppl_runtime::value::Value;
use std::sync::Arc;

/// The draw number of the stream that transformed data use.
const TRANSFORMED_DATA: u64 = u64::MAX;

/// Which density.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Add the log Jacobian of the constraining transforms (and what `jacobian +=` adds).
    pub jacobian: bool,
    /// Let `~` and `_lupdf` drop terms that no parameter enters.
    pub propto: bool,
}

impl Options {
    /// What a sampler sees.
    pub const SAMPLER: Options = Options { jacobian: true, propto: true };
    /// The density of the parameters themselves, with all constants.
    pub const NORMALISED: Options = Options { jacobian: false, propto: false };
}

type SharedPrinter = Arc<dyn Fn(&str) + Send + Sync>;

/// A program that can be bound to data and run.
#[derive(Clone)]
pub struct Interpreter {
    program: Arc<Program>,
    owned: Arc<Vec<Vec<VarId>>>,
    limits: Limits,
    printer: Option<SharedPrinter>,
}

/// A declared variable of a block with its sizes.
#[derive(Clone, Debug)]
pub struct Quantity {
    pub variable: VarId,
    pub name: String,
    pub shape: Shape,
    pub origin: Origin,
}

/// Data and transformed data of a program, and the sizes that follow from them.
#[derive(Clone)]
pub struct Environment {
    values: Vec<Option<Arc<Value<f64>>>>,
    dim: usize,
    unconstrained_names: Vec<String>,
    quantities: Vec<Quantity>,
    names: Vec<String>,
    extra: Vec<String>,
}

impl Environment {
    /// The value of a variable of the data or transformed data block.
    pub fn value(&self, variable: VarId) -> Option<&Value<f64>> {
        self.values.get(variable.0 as usize)?.as_deref()
    }

    /// As [`value`](Environment::value), shared; indexed by [`VarId`].
    pub fn values(&self) -> &[Option<Arc<Value<f64>>>] {
        &self.values
    }

    /// The same environment with another value for one of these variables, of the same sizes. What was computed from the old value
    /// stays as it is.
    #[must_use]
    pub fn with_value(mut self, variable: VarId, value: Arc<Value<f64>>) -> Self {
        if let Some(slot) = self.values.get_mut(variable.0 as usize) {
            *slot = Some(value);
        }
        self
    }

    /// Number of unconstrained coordinates.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Stan's names of the unconstrained coordinates. The coordinates of an array of containers follow element by element, while
    /// the names run through the first index fastest: Stan pairs them so.
    pub fn unconstrained_names(&self) -> &[String] {
        &self.unconstrained_names
    }

    /// Parameters, transformed parameters and generated quantities, in order.
    pub fn quantities(&self) -> &[Quantity] {
        &self.quantities
    }

    /// Names of the numbers that [`Interpreter::write_array`] gives.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Names in the data that the program does not declare.
    pub fn extra(&self) -> &[String] {
        &self.extra
    }
}

impl Interpreter {
    pub fn new(program: Arc<Program>) -> Self {
        let owned = Arc::new(variables::of_functions(&program));
        Interpreter { program, owned, limits: Limits::default(), printer: None }
    }

    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Where `print` statements go; nowhere by default. At most [`Limits::output`] bytes come from one run.
    pub fn with_printer(mut self, printer: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.printer = Some(Arc::new(printer));
        self
    }

    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    fn machine<'a, T: Num>(&'a self, data: &'a DataValues) -> Machine<'a, T> {
        Machine::new(&self.program, &self.owned, data, self.limits, self.printer.as_deref())
    }

    /// Reads the data and runs the transformed data block once; random numbers there come from seed 0.
    ///
    /// # Errors
    /// [`BindError::Data`] with everything that is wrong with the data; [`BindError::Run`] where sizes, bounds or
    /// transformed data cannot be evaluated.
    pub fn bind(&self, raw: &RawData) -> Result<Environment, BindError> {
        self.bind_seeded(raw, 0)
    }

    /// As [`bind`](Interpreter::bind), with a seed for random numbers in the transformed data block.
    ///
    /// # Errors
    /// As [`bind`](Interpreter::bind).
    pub fn bind_seeded(&self, raw: &RawData, seed: u64) -> Result<Environment, BindError> {
        let program = &self.program;
        let mut machine: Machine<f64> = self.machine(&[]);
        machine.seed(Stream { seed, chain: 0, draw: TRANSFORMED_DATA });
        bind::read_declared(&mut machine, &program.data, raw)?;
        machine.run(&program.transformed_data)?;
        check_block(&mut machine, &program.transformed_data)?;

        let declared: Vec<&str> = program.data.iter().map(|d| machine.name(d.variable)).collect();
        let extra = raw.iter().map(|(name, _)| name).filter(|name| !declared.contains(name));
        let mut environment = Environment {
            values: Vec::new(),
            dim: 0,
            unconstrained_names: Vec::new(),
            quantities: Vec::new(),
            names: Vec::new(),
            extra: extra.map(str::to_string).collect(),
        };
        let declarations = program.parameters.iter().map(|d| (d, Origin::Parameter));
        let declarations = declarations
            .chain(block(&program.transformed_parameters).map(|d| (d, Origin::TransformedParameter)))
            .chain(block(&program.generated_quantities).map(|d| (d, Origin::GeneratedQuantity)));
        for (declaration, origin) in declarations {
            let name = machine.name(declaration.variable);
            let shape = if origin == Origin::Parameter {
                // Bounds may depend on other parameters, which have no value yet; the sizes do not.
                let layout = Layout::<f64>::sizes_only(&mut machine, &declaration.ty, name).at(declaration.span)?;
                let free = layout.free_shape();
                environment.dim += free.count();
                free.names(name, &mut environment.unconstrained_names);
                layout.shape()
            } else {
                machine.shape(&declaration.ty, name).at(declaration.span)?
            };
            shape.names(name, &mut environment.names);
            let quantity = Quantity { variable: declaration.variable, name: name.to_string(), shape, origin };
            environment.quantities.push(quantity);
        }
        let is_data = |slot: usize| matches!(program.variables[slot].origin, Origin::Data | Origin::TransformedData);
        environment.values = std::mem::take(&mut machine.slots)
            .into_iter()
            .enumerate()
            .map(|(slot, value)| {
                let value = value.filter(|_| is_data(slot))?;
                Some(Arc::new(std::rc::Rc::try_unwrap(value).unwrap_or_else(|shared| (*shared).clone())))
            })
            .collect();
        Ok(environment)
    }

    /// The log density at unconstrained coordinates. ([`log_density`](Interpreter::log_density) over `f64`, compiled once.)
    ///
    /// # Errors
    /// A statement failed, rejected, or made the target NaN.
    pub fn value(&self, environment: &Environment, theta: &[f64], options: Options) -> Result<f64> {
        self.log_density(environment, theta, options)
    }

    /// The log density over any kind of number.
    ///
    /// # Errors
    /// As [`value`](Interpreter::value).
    pub fn log_density<T: Num>(&self, environment: &Environment, theta: &[T], options: Options) -> Result<T> {
        let mut machine: Machine<T> = self.machine(&environment.values);
        machine.propto = options.propto;
        machine.jacobian = options.jacobian;
        self.read_parameters(&mut machine, theta)?;
        machine.run(&self.program.transformed_parameters)?;
        check_block(&mut machine, &self.program.transformed_parameters)?;
        machine.run(&self.program.model)?;
        if machine.target.value().is_nan() {
            let error = RunError::reject("the log density became NaN here");
            return Err(match machine.nan {
                Some(span) => error.at(span),
                None => RunError::reject("the log Jacobian of the parameters is NaN"),
            });
        }
        Ok(machine.target)
    }

    /// The log density and its gradient, by reverse mode on a tape.
    ///
    /// # Errors
    /// As [`log_density`](Interpreter::log_density).
    pub fn gradient(&self, environment: &Environment, theta: &[f64], options: Options) -> Result<(f64, Vec<f64>)> {
        let tape = Tape::new();
        let inputs: Vec<_> = theta.iter().map(|&x| tape.input(x)).collect();
        let output = self.log_density(environment, &inputs, options);
        if tape.is_full() {
            return Err(RunError::limit("the operations of one evaluation do not fit into memory"));
        }
        let output = output?;
        let adjoints = tape.reverse(&[(output, 1.0)]);
        Ok((output.value(), inputs.into_iter().map(|x| adjoints.of(x)).collect()))
    }

    /// As [`gradient`](Interpreter::gradient), by forward mode, `K` directions at a time: slow, but another road. Generic, so
    /// that only who uses it compiles the library over [`Dual`]s.
    ///
    /// # Errors
    /// As [`log_density`](Interpreter::log_density).
    pub fn gradient_forward<const K: usize>(
        &self,
        environment: &Environment,
        theta: &[f64],
        options: Options,
    ) -> Result<(f64, Vec<f64>)> {
        let mut gradient = Vec::with_capacity(theta.len());
        let mut value = 0.0;
        for first in (0..theta.len().max(1)).step_by(K) {
            let inputs: Vec<Dual<K>> = theta
                .iter()
                .enumerate()
                .map(|(i, &x)| if (first..first + K).contains(&i) { Dual::input(x, i - first) } else { x.into() })
                .collect();
            let output = self.log_density(environment, &inputs, options)?;
            value = output.value;
            gradient.extend(output.d.into_iter().take(theta.len().saturating_sub(first)));
        }
        Ok((value, gradient))
    }

    /// Reads the parameters into their variables and adds the log Jacobian to the target.
    fn read_parameters<'a, T: Num>(&'a self, machine: &mut Machine<'a, T>, theta: &[T]) -> Result<()> {
        let mut cursor = Cursor::new(theta);
        let mut log_jacobian = T::from(0.0);
        for declaration in &self.program.parameters {
            let name = machine.name(declaration.variable);
            let layout = machine.layout(&declaration.ty, name).at(declaration.span)?;
            let value = layout
                .constrain(&mut cursor, &mut log_jacobian)
                .map_err(|e| e.within(&format!("`{name}`")))
                .at(declaration.span)?;
            machine.store(declaration.variable, value);
        }
        cursor.finish()?;
        if machine.jacobian {
            machine.target += log_jacobian;
        }
        Ok(())
    }

    /// The values of the parameters at unconstrained coordinates, in the order of declaration.
    ///
    /// # Errors
    /// The coordinates are too few or too many, or bounds cannot be evaluated.
    pub fn constrain(&self, environment: &Environment, theta: &[f64]) -> Result<Vec<Value<f64>>> {
        let mut machine = self.machine(&environment.values);
        self.read_parameters(&mut machine, theta)?;
        self.program.parameters.iter().map(|d| Ok((*machine.load(d.variable)?).clone())).collect()
    }

    /// The unconstrained coordinates of parameter values given in the order of declaration.
    ///
    /// # Errors
    /// A value of another shape, or outside its constraint.
    pub fn unconstrain(&self, environment: &Environment, values: &[Value<f64>]) -> Result<Vec<f64>> {
        let parameters = &self.program.parameters;
        if parameters.len() != values.len() {
            return Err(RunError::fatal(format!("expected {} values, found {}", parameters.len(), values.len())));
        }
        let mut machine: Machine<f64> = self.machine(&environment.values);
        let mut theta = Vec::with_capacity(environment.dim);
        for (declaration, value) in parameters.iter().zip(values) {
            let name = machine.name(declaration.variable);
            let layout = machine.layout(&declaration.ty, name).at(declaration.span)?;
            if !shape::same_sizes(&layout.shape().uninitialised::<f64>(), value) {
                let expected = shape::sizes(&layout.shape().uninitialised::<f64>());
                let found = shape::sizes(value);
                return Err(RunError::fatal(format!("`{name}`: expected sizes {expected}, found {found}")));
            }
            layout.free(value, &mut theta).map_err(|e| e.within(&format!("`{name}`"))).at(declaration.span)?;
            machine.store(declaration.variable, value.clone());
        }
        Ok(theta)
    }

    /// As [`unconstrain`](Interpreter::unconstrain), with values by name: initial values from a file.
    ///
    /// # Errors
    /// [`BindError::Data`] as for data; [`BindError::Run`] outside the support.
    pub fn unconstrain_named(&self, environment: &Environment, raw: &RawData) -> Result<Vec<f64>, BindError> {
        let mut machine: Machine<f64> = self.machine(&environment.values);
        bind::read_declared(&mut machine, &self.program.parameters, raw)?;
        let values: Result<Vec<_>> =
            self.program.parameters.iter().map(|d| Ok((*machine.load(d.variable)?).clone())).collect();
        Ok(self.unconstrain(environment, &values?)?)
    }

    /// Calls a user-defined function that gives a value, with all constants of the densities inside it.
    ///
    /// # Errors
    /// A statement failed.
    pub fn call<T: Num>(
        &self,
        environment: &Environment,
        function: ppl_program::typed::FunctionId,
        arguments: Vec<Value<T>>,
    ) -> Result<Value<T>> {
        let mut machine: Machine<T> = self.machine(&environment.values);
        let span = self.program.function(function).span;
        let arguments = arguments
            .into_iter()
            .map(|value| (expr::Operand::Own(value), ppl_program::typed::Level::Parameter))
            .collect();
        let result = machine.call_user(function, ppl_program::typed::Form::Log, arguments, span)?;
        result.ok_or_else(|| RunError::fatal("the function gives no value"))
    }

    /// Evaluates an expression of the program with values for the variables in it that are not data. `target` and random
    /// numbers are out of its reach.
    ///
    /// # Errors
    /// The expression failed.
    pub fn evaluate<T: Num>(
        &self,
        environment: &Environment,
        expression: &ppl_program::typed::Expr,
        variables: Vec<(VarId, Value<T>)>,
    ) -> Result<Value<T>> {
        let mut machine: Machine<T> = self.machine(&environment.values);
        for (variable, value) in variables {
            machine.store(variable, value);
        }
        Ok(machine.eval(expression)?.into_value())
    }

    /// Parameters, transformed parameters and generated quantities of a draw, as numbers in the order of
    /// [`Environment::names`]. A function of `(theta, stream)`.
    ///
    /// # Errors
    /// A statement failed, or a value left its declared constraint.
    pub fn write_array(&self, environment: &Environment, theta: &[f64], stream: Stream) -> Result<Vec<f64>> {
        let values = self.quantities(environment, theta, stream)?;
        let mut out = Vec::with_capacity(environment.names.len());
        for (quantity, value) in environment.quantities.iter().zip(&values) {
            quantity.shape.flatten(value, &mut out);
        }
        Ok(out)
    }

    /// As [`write_array`](Interpreter::write_array), as values in the order of [`Environment::quantities`].
    ///
    /// # Errors
    /// As [`write_array`](Interpreter::write_array).
    pub fn quantities(&self, environment: &Environment, theta: &[f64], stream: Stream) -> Result<Vec<Value<f64>>> {
        let mut machine: Machine<f64> = self.machine(&environment.values);
        machine.seed(stream);
        self.read_parameters(&mut machine, theta)?;
        machine.run(&self.program.transformed_parameters)?;
        check_block(&mut machine, &self.program.transformed_parameters)?;
        machine.run(&self.program.generated_quantities)?;
        check_block(&mut machine, &self.program.generated_quantities)?;
        environment.quantities.iter().map(|q| Ok((*machine.load(q.variable)?).clone())).collect()
    }
}

impl Interpreter {
    /// A draw of a program without parameters: its generated quantities, given the values of its data. As binding and
    /// [`quantities`](Interpreter::quantities) for one draw, without what many draws share.
    ///
    /// # Errors
    /// A value is missing or has another shape or bounds than its declaration, or a statement failed.
    pub fn draw_once(
        &self,
        data: &mut dyn FnMut(&str) -> Option<Value<f64>>,
        stream: Stream,
    ) -> Result<Vec<(VarId, Value<f64>)>> {
        let program = &self.program;
        let mut machine: Machine<f64> = self.machine(&[]);
        machine.seed(Stream { draw: TRANSFORMED_DATA, ..stream });
        for declaration in &program.data {
            let name = machine.name(declaration.variable);
            let layout = machine.layout(&declaration.ty, name).at(declaration.span)?;
            let value = data(name).filter(|value| layout.shape().admits(value));
            let value = value.ok_or_else(|| error::RunError::fatal(format!("no value of its shape for `{name}`")));
            let value = value.at(declaration.span)?;
            layout.check(&value).at(declaration.span)?;
            machine.store(declaration.variable, value);
        }
        machine.run(&program.transformed_data)?;
        check_block(&mut machine, &program.transformed_data)?;
        machine.seed(stream);
        machine.run(&program.generated_quantities)?;
        check_block(&mut machine, &program.generated_quantities)?;
        block(&program.generated_quantities)
            .map(|declaration| Ok((declaration.variable, (*machine.load(declaration.variable)?).clone())))
            .collect()
    }
}

/// The declarations at the top of a block.
fn block(statements: &[Statement]) -> impl Iterator<Item = &Declaration> {
    statements.iter().filter_map(|statement| match &statement.kind {
        StatementKind::Declare(declaration) => Some(declaration),
        _ => None,
    })
}

/// Checks the variables of a block against their constraints, as is done at its end.
fn check_block<'a, T: Num>(machine: &mut Machine<'a, T>, statements: &'a [Statement]) -> Result<()> {
    for declaration in block(statements) {
        if !layout::is_constrained(&declaration.ty) {
            continue;
        }
        let name = machine.name(declaration.variable);
        let layout = machine.layout(&declaration.ty, name).at(declaration.span)?;
        let value = machine.load(declaration.variable)?;
        layout
            .check(&value)
            .map_err(|mut error| {
                let separator = if error.message.starts_with(['[', '.']) { "" } else { ": " };
                error.message = format!("{name}{separator}{}", error.message);
                error
            })
            .at(declaration.span)?;
    }
    Ok(())
}
