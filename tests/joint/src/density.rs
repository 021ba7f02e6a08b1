//! The joint density of a program at (theta, y): the data set is bound to the program anew, but for what the simulator takes as given.

use ppl::{Column, Data, Role};
use ppl_analysis::reverse::unconstrained;
use ppl_analysis::support::constant;
use ppl_interpreter::{BindError, Environment, Interpreter, Options};
use ppl_program::typed::{Constraint, Declaration, Expr, ExprKind, Program, SizedType, StatementKind, VarId};
use ppl_runtime::data::Datum;
use ppl_runtime::value::{Matrix, Value};
use rand::Rng;
use rand_distr::{ChiSquared, Distribution};
use std::sync::Arc;

/// The density of unconstrained parameters and data, with all constants.
const JOINT: Options = Options { jacobian: true, propto: false };

/// Beyond this the differences of a process that explodes are lost to rounding: the numbers that are stored are not those that were drawn.
const LARGEST: f64 = 1e9;

/// A point of the joint space.
#[derive(Clone)]
pub struct State {
    /// Unconstrained parameters.
    pub theta: Vec<f64>,
    /// A draw of the simulator, of which the observed columns are the data.
    pub row: Vec<f64>,
    pub environment: Arc<Environment>,
    pub log_density: f64,
}

/// Why a draw is no state.
pub enum Refused {
    /// The program does not accept the data.
    Data(String),
    /// Parameters and data have no density.
    Density(String),
}

/// The joint density of a program.
pub struct Joint {
    interpreter: Interpreter,
    data: Data,
    parameters: Vec<Column>,
    observed: Vec<Observed>,
    /// The program bound to the given data.
    given: Environment,
    /// Whether something is computed from the data that are drawn, so that other data are bound anew.
    rebinds: bool,
    /// What is computed from the given data, and kept when others are bound: the simulator takes it as given.
    held: Vec<(VarId, Arc<Value<f64>>)>,
    names: Vec<String>,
    /// Unconstrained coordinates of unit vectors: where each begins, and its length.
    directions: Vec<(usize, usize)>,
}

struct Observed {
    column: Column,
    variable: VarId,
    /// A value of the right shape.
    like: Arc<Value<f64>>,
    bounds: (f64, f64),
    /// Whether it is transformed data, which no data set holds.
    computed: bool,
}

impl Joint {
    /// # Errors
    /// The data do not fit the program.
    pub fn new(program: Arc<Program>, simulator: &Program, data: &Data, columns: &[Column]) -> Result<Joint, String> {
        let constraints = constraints(&program);
        let program = density_alone(program, columns);
        let interpreter = Interpreter::new(Arc::clone(&program));
        let given = interpreter.bind(data).map_err(|e| format!("the program needs a whole data set: {e}"))?;
        let of_program = transformed_data(&program);
        let of_simulator = transformed_data(simulator);
        let value = |v: VarId| given.values()[v.0 as usize].clone();
        let of_data = program.data.iter().map(|d| (program.variable(d.variable).name.clone(), d.variable));
        let declared: Vec<(String, VarId)> = of_data.chain(of_program.iter().cloned()).collect();
        let mut observed = Vec::new();
        for column in columns.iter().filter(|c| c.role == Role::Observed) {
            let found = declared.iter().find(|(name, _)| *name == column.name);
            let (variable, like) = found.and_then(|(_, v)| Some((*v, value(*v)?))).ok_or("an undeclared outcome")?;
            let computed = of_program.iter().any(|(_, v)| *v == variable);
            let bounds = bounds(&given, &constraints, variable);
            observed.push(Observed { column: column.clone(), variable, like, bounds, computed });
        }
        let is_drawn = |v: &VarId| observed.iter().any(|o| o.variable == *v);
        let is_held =
            |(name, v): &&(String, VarId)| of_simulator.iter().any(|(other, _)| other == name) && !is_drawn(v);
        let held = of_program.iter().filter(is_held).filter_map(|(_, v)| Some((*v, value(*v)?))).collect();
        let parameters = columns.iter().filter(|c| c.role == Role::Parameter).cloned().collect();
        let names = given.unconstrained_names().to_vec();
        let directions = directions(&program, &names);
        let rebinds = reads(&program, &is_drawn);
        let data = data.clone();
        Ok(Joint { interpreter, data, parameters, observed, given, rebinds, held, names, directions })
    }

    /// Number of unconstrained parameters.
    pub fn dim(&self) -> usize {
        self.names.len()
    }

    /// Names of the unconstrained parameters.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The data that are drawn, in a draw of the simulator.
    pub fn observed(&self) -> impl Iterator<Item = &Column> {
        self.observed.iter().map(|o| &o.column)
    }

    /// A draw as a state.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn state(&self, row: Vec<f64>, rng: &mut impl Rng) -> Result<State, Refused> {
        let environment = Arc::new(self.environment(&row).map_err(Refused::Data)?);
        let mut parameters = Data::new();
        for column in &self.parameters {
            parameters.set(column.name.clone(), column.datum(&row));
        }
        let mut theta = self
            .interpreter
            .unconstrain_named(&environment, &parameters)
            .map_err(|e: BindError| Refused::Density(e.to_string()))?;
        for &(first, n) in &self.directions {
            // A unit vector is the direction of a normal one, whose length is drawn here.
            let length = ChiSquared::new(n as f64).map_or(1.0, |d| d.sample(rng)).sqrt();
            theta[first..first + n].iter_mut().for_each(|x| *x *= length);
        }
        if theta.iter().any(|x| !x.is_finite()) {
            return Err(Refused::Data("a parameter is rounded to the edge of its support".into()));
        }
        let log_density = self.log_density(&environment, &theta).map_err(Refused::Density)?;
        match self.beyond(&row) {
            // Declared bounds of data are checks of what is read, and need not be part of the density.
            Some(why) => Err(Refused::Data(why)),
            None => Ok(State { theta, row, environment, log_density }),
        }
    }

    /// What of the data is outside its declared bounds, or too large to be exact. Draws and chains keep within: the test is about the
    /// distribution given that.
    pub fn beyond(&self, row: &[f64]) -> Option<String> {
        self.observed.iter().find_map(|o| {
            let (least, most) = o.bounds;
            let x = o.column.of(row).iter().find(|x| !(least..=most).contains(*x))?;
            Some(format!("`{}` is {x}, outside [{least}, {most}]", o.column.name))
        })
    }

    /// The log density, finite.
    ///
    /// # Errors
    /// Why there is none.
    pub fn log_density(&self, environment: &Environment, theta: &[f64]) -> Result<f64, String> {
        match self.interpreter.value(environment, theta, JOINT) {
            Ok(x) if x.is_finite() => Ok(x),
            Ok(x) => Err(format!("the log density is {x}")),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The program bound to the data of a draw.
    ///
    /// # Errors
    /// The program does not accept them.
    pub fn environment(&self, row: &[f64]) -> Result<Environment, String> {
        let undrawn = |c: &&Column| c.of(row).iter().any(|x| x.is_nan() || c.is_int && *x == f64::from(i32::MIN));
        if let Some(column) = self.observed().find(undrawn) {
            return Err(format!("`{}` is not a number", column.name));
        }
        let mut environment = match self.rebinds {
            false => self.given.clone(),
            true => {
                let mut data = self.data.clone();
                for observed in self.observed.iter().filter(|o| !o.computed) {
                    data.set(observed.column.name.clone(), observed.column.datum(row));
                }
                self.interpreter.bind(&data).map_err(|e| e.to_string())?
            }
        };
        for (variable, value) in &self.held {
            environment = environment.with_value(*variable, Arc::clone(value));
        }
        for observed in self.observed.iter().filter(|o| o.computed || !self.rebinds) {
            let value = filled(&observed.like, &observed.column.datum(row)).ok_or("a value of another shape")?;
            environment = environment.with_value(observed.variable, Arc::new(value));
        }
        Ok(environment)
    }
}

/// The declared constraints of data.
fn constraints(program: &Program) -> Vec<(VarId, Constraint)> {
    let of_transformed = program.transformed_data.iter().filter_map(|s| match &s.kind {
        StatementKind::Declare(d) => Some(d),
        _ => None,
    });
    let all = program.data.iter().chain(of_transformed);
    all.map(|d| (d.variable, ppl_analysis::reverse::constraint(&d.ty).clone())).collect()
}

/// The bounds of a variable of data, where they are numbers; infinite where it has none.
fn bounds(given: &Environment, constraints: &[(VarId, Constraint)], variable: VarId) -> (f64, f64) {
    fn number(given: &Environment, e: &Expr) -> Option<f64> {
        match &e.kind {
            ExprKind::Promote(inner) => number(given, inner),
            ExprKind::Variable(v) => match given.value(*v)? {
                Value::Int(i) => Some(f64::from(*i)),
                Value::Real(x) => Some(*x),
                _ => None,
            },
            _ => constant(e),
        }
    }
    let number = |e: &Expr| number(given, e);
    let (lower, upper) = match constraints.iter().find(|(v, _)| *v == variable) {
        Some((_, Constraint::Lower(a))) => (number(a), None),
        Some((_, Constraint::Upper(b))) => (None, number(b)),
        Some((_, Constraint::LowerUpper(a, b))) => (number(a), number(b)),
        _ => (None, None),
    };
    (lower.unwrap_or(-LARGEST), upper.unwrap_or(LARGEST))
}

/// The variables that transformed data declare.
fn transformed_data(program: &Program) -> Vec<(String, VarId)> {
    let declared = program.transformed_data.iter().filter_map(|s| match &s.kind {
        StatementKind::Declare(d) => Some((program.variable(d.variable).name.clone(), d.variable)),
        _ => None,
    });
    declared.collect()
}

/// Whether sizes, bounds or transformed data read a variable.
fn reads(program: &Program, is_drawn: &dyn Fn(&VarId) -> bool) -> bool {
    let mut found = false;
    let mut visit = |e: &Expr| found |= matches!(&e.kind, ExprKind::Variable(v) if is_drawn(v));
    program.data.iter().chain(&program.parameters).for_each(|d| d.for_each_expr(&mut visit));
    program.transformed_data.iter().for_each(|s| s.for_each_expr(&mut visit));
    found
}

/// The density of the program alone: without generated quantities, and without the constraints of the data that are drawn, which check
/// what is read.
fn density_alone(program: Arc<Program>, columns: &[Column]) -> Arc<Program> {
    let mut program = Arc::unwrap_or_clone(program);
    let is_observed = |name: &str| columns.iter().any(|c| c.role == Role::Observed && c.name == name);
    for declaration in &mut program.data {
        if is_observed(&program.variables[declaration.variable.0 as usize].name) {
            declaration.ty = unconstrained(&declaration.ty);
        }
    }
    program.generated_quantities.clear();
    Arc::new(program)
}

/// The unconstrained coordinates of unit vectors.
fn directions(program: &Program, names: &[String]) -> Vec<(usize, usize)> {
    let of = |d: &Declaration| {
        let name = &program.variable(d.variable).name;
        let (element, is_array) = match &d.ty {
            SizedType::Array(element, _) => (&**element, true),
            ty => (ty, false),
        };
        if !matches!(element, SizedType::Vector(_, Constraint::UnitVector)) {
            return Vec::new();
        }
        let is_mine = |n: &&String| n.split('.').next() == Some(name);
        let first = names.iter().position(|n| is_mine(&n)).unwrap_or(0);
        let total = names.iter().filter(is_mine).count();
        // The last index of the last name is the length of each.
        let length = names[..first + total].last().and_then(|n| n.rsplit('.').next()?.parse().ok()).unwrap_or(total);
        let length = if is_array { length } else { total };
        (0..total / length.max(1)).map(|k| (first + k * length, length)).collect()
    };
    program.parameters.iter().flat_map(of).collect()
}

/// A value of the shape of `like` with the numbers of a datum.
fn filled(like: &Value<f64>, datum: &Datum) -> Option<Value<f64>> {
    let number = |d: &Datum| match d {
        Datum::Int(i) => Some(*i as f64),
        Datum::Real(x) => Some(*x),
        _ => None,
    };
    let list = |d: &Datum, n: usize| match d {
        Datum::List(items) if items.len() == n => items.iter().map(number).collect::<Option<Vec<f64>>>(),
        _ => None,
    };
    Some(match (like, datum) {
        (Value::Int(_), d) => Value::Int(number(d)? as i32),
        (Value::Real(_), d) => Value::Real(number(d)?),
        (Value::Vector(v), d) => Value::Vector(list(d, v.len())?),
        (Value::RowVector(v), d) => Value::RowVector(list(d, v.len())?),
        (Value::Matrix(m), Datum::List(rows)) if rows.len() == m.rows => {
            let rows: Vec<Vec<f64>> = rows.iter().map(|row| list(row, m.cols)).collect::<Option<_>>()?;
            Value::Matrix(Matrix::from_fn(m.rows, m.cols, |i, j| rows[i][j]))
        }
        (Value::Array(items), Datum::List(data)) if items.len() == data.len() => {
            Value::Array(items.iter().zip(data).map(|(item, d)| filled(item, d)).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}
