//! Initial value problems `dy/dt = f(t, y, theta)`, `y(t0) = y0`, with the sensitivities of the states to y0 and theta.

use super::multistep::{self, Family};
use super::runge_kutta;
use crate::functions::error::FunctionError;
use crate::functions::scalar::same_size;
use crate::num::{Num, Tape, Var};

/// The right-hand side and its Jacobians over plain numbers.
pub trait OdeSystem {
    type Error: From<FunctionError>;

    /// Writes `f(t, y)` to `dy`.
    ///
    /// # Errors
    /// Whatever the right-hand side fails with.
    fn derivative(&mut self, t: f64, y: &[f64], dy: &mut [f64]) -> Result<(), Self::Error>;

    /// Writes `f(t, y)` to `dy` and `df/d(y, theta)` to `jacobian`: column-major, one column a state, then one an active parameter.
    ///
    /// # Errors
    /// Whatever the right-hand side fails with.
    fn jacobian(&mut self, t: f64, y: &[f64], dy: &mut [f64], jacobian: &mut [f64]) -> Result<(), Self::Error>;
}

/// A right-hand side over any number; `theta` are all real numbers among its further arguments, in one row.
pub trait RightHandSide {
    type Error: From<FunctionError>;

    /// `f(t, y, theta)`
    ///
    /// # Errors
    /// Whatever the right-hand side fails with.
    fn call<T: Num>(&mut self, t: T, y: &[T], theta: &[T]) -> Result<Vec<T>, Self::Error>;
}

/// The integration method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OdeMethod {
    /// Dormand and Prince of order 5 (`ode_rk45`): dense output, states and sensitivities in one error norm.
    Rk45,
    /// Cash and Karp of order 5 (`ode_ckrk`).
    CashKarp,
    /// Backward differentiation of order 1 to 5, for stiff systems (`ode_bdf`).
    Bdf,
    /// Adams-Moulton of order 1 to 12 (`ode_adams`).
    Adams,
}

impl OdeMethod {
    /// Stan's name of the function.
    pub fn name(self) -> &'static str {
        match self {
            OdeMethod::Rk45 => "ode_rk45",
            OdeMethod::CashKarp => "ode_ckrk",
            OdeMethod::Bdf => "ode_bdf",
            OdeMethod::Adams => "ode_adams",
        }
    }
}

/// Tolerances and the limit of steps between two output times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OdeControl {
    pub relative_tolerance: f64,
    pub absolute_tolerance: f64,
    pub max_steps: i64,
}

impl OdeMethod {
    /// The tolerances of Stan's functions without explicit ones (`ode_rk45`, `ode_bdf`, `integrate_ode_bdf`, ...).
    pub fn default_control(self) -> OdeControl {
        match self {
            OdeMethod::Rk45 | OdeMethod::CashKarp => OdeControl::default(),
            OdeMethod::Bdf | OdeMethod::Adams => {
                OdeControl { relative_tolerance: 1e-10, absolute_tolerance: 1e-10, max_steps: 100_000_000 }
            }
        }
    }
}

impl Default for OdeControl {
    /// Stan's for `ode_rk45` and the old `integrate_ode_rk45`: 1e-6, 1e-6, a million.
    fn default() -> Self {
        OdeControl { relative_tolerance: 1e-6, absolute_tolerance: 1e-6, max_steps: 1_000_000 }
    }
}

/// What is integrated.
#[derive(Clone, Copy, Debug)]
pub struct OdeProblem<'a> {
    pub t0: f64,
    pub y0: &'a [f64],
    /// Output times, rising, after `t0`.
    pub times: &'a [f64],
    /// The initial states that sensitivities are wanted for.
    pub active_states: &'a [usize],
    /// The number of active parameters (columns of the Jacobian after those of the states).
    pub parameters: usize,
    /// Whether the sensitivity to `t0` is wanted too (the last column).
    pub active_start: bool,
}

impl OdeProblem<'_> {
    /// Columns of a sensitivity matrix.
    pub fn directions(&self) -> usize {
        self.active_states.len() + self.parameters + self.active_start as usize
    }
}

/// The states and the sensitivities as one system.
pub(super) struct Coupled<'a, S> {
    system: &'a mut S,
    pub n: usize,
    active_states: usize,
    parameters: usize,
    directions: usize,
    jacobian: Vec<f64>,
}

impl<'a, S: OdeSystem> Coupled<'a, S> {
    fn new(system: &'a mut S, problem: &OdeProblem) -> Self {
        let n = problem.y0.len();
        Coupled {
            system,
            n,
            active_states: problem.active_states.len(),
            parameters: problem.parameters,
            directions: problem.directions(),
            jacobian: vec![0.0; n * (n + problem.parameters)],
        }
    }

    /// States, then sensitivities column by column.
    fn initial(&mut self, problem: &OdeProblem) -> Result<Vec<f64>, S::Error> {
        let n = self.n;
        let mut z = vec![0.0; n * (1 + self.directions)];
        z[..n].copy_from_slice(problem.y0);
        for (k, &i) in problem.active_states.iter().enumerate() {
            z[n * (1 + k) + i] = 1.0;
        }
        if problem.active_start {
            // A later start leaves the solution where it is: dy/dt0 at t0 is -f.
            let mut dy = vec![0.0; n];
            self.system.derivative(problem.t0, problem.y0, &mut dy)?;
            let at = n * self.directions;
            z[at..].iter_mut().zip(&dy).for_each(|(s, d)| *s = -d);
        }
        Ok(z)
    }

    pub fn derivative(&mut self, t: f64, z: &[f64], dz: &mut [f64]) -> Result<(), S::Error> {
        let n = self.n;
        let (y, s) = z.split_at(n);
        let (dy, ds) = dz.split_at_mut(n);
        if self.directions == 0 {
            return self.system.derivative(t, y, dy);
        }
        self.linearize(t, y, dy)?;
        self.apply(s, ds);
        Ok(())
    }

    /// The states' part alone.
    pub fn state_derivative(&mut self, t: f64, y: &[f64], dy: &mut [f64]) -> Result<(), S::Error> {
        self.system.derivative(t, y, dy)
    }

    /// Finds the Jacobian at a point, for [`apply`](Coupled::apply).
    pub fn linearize(&mut self, t: f64, y: &[f64], dy: &mut [f64]) -> Result<(), S::Error> {
        self.system.jacobian(t, y, dy, &mut self.jacobian)
    }

    /// `df/dy` where [`linearize`](Coupled::linearize) was called last.
    pub fn state_jacobian(&self) -> &[f64] {
        &self.jacobian[..self.n * self.n]
    }

    /// The derivative of the sensitivities there: `df/dy s + df/dtheta`.
    pub fn apply(&self, s: &[f64], ds: &mut [f64]) {
        // Small systems with loops of known length.
        match self.n {
            1 => self.apply_small::<1>(s, ds),
            2 => self.apply_small::<2>(s, ds),
            3 => self.apply_small::<3>(s, ds),
            4 => self.apply_small::<4>(s, ds),
            n => {
                let by_state = self.state_jacobian();
                for (k, (column, s)) in ds.chunks_exact_mut(n).zip(s.chunks_exact(n)).enumerate() {
                    match self.by_parameter(k) {
                        Some(d) => column.copy_from_slice(d),
                        None => column.fill(0.0),
                    }
                    for (d, &x) in by_state.chunks_exact(n).zip(s) {
                        column.iter_mut().zip(d).for_each(|(c, d)| *c += d * x);
                    }
                }
            }
        }
    }

    fn apply_small<const N: usize>(&self, s: &[f64], ds: &mut [f64]) {
        let (by_state, _) = self.state_jacobian().as_chunks::<N>();
        let (columns, _) = ds.as_chunks_mut::<N>();
        let (sensitivities, _) = s.as_chunks::<N>();
        for (k, (column, s)) in columns.iter_mut().zip(sensitivities).enumerate() {
            let mut sum = [0.0; N];
            if let Some(d) = self.by_parameter(k) {
                sum.copy_from_slice(d);
            }
            for (d, &x) in by_state.iter().zip(s) {
                for (c, d) in sum.iter_mut().zip(d) {
                    *c += d * x;
                }
            }
            *column = sum;
        }
    }

    /// `df/dtheta_p` where direction `k` is that of a parameter.
    fn by_parameter(&self, k: usize) -> Option<&[f64]> {
        let p = k.checked_sub(self.active_states).filter(|p| *p < self.parameters)?;
        let column = self.n + p;
        Some(&self.jacobian[column * self.n..(column + 1) * self.n])
    }
}

fn check(name: &str, problem: &OdeProblem, control: &OdeControl) -> Result<(), FunctionError> {
    let domain = |message: String| Err(FunctionError::domain(name, message));
    if problem.y0.is_empty() {
        return Err(FunctionError::size(name, "the initial state has size 0, but must have a non-zero size"));
    }
    if problem.times.is_empty() {
        return Err(FunctionError::size(name, "there are no output times"));
    }
    if let Some(x) = problem.y0.iter().chain(problem.times).chain([&problem.t0]).find(|x| !x.is_finite()) {
        return domain(format!("initial state and times must be finite, got {x}"));
    }
    if problem.times.windows(2).any(|t| t[0] > t[1]) {
        return domain("output times must be sorted".into());
    }
    if problem.t0 >= problem.times[0] {
        return domain(format!(
            "initial time {} must be before the first output time {}",
            problem.t0, problem.times[0]
        ));
    }
    let positive = |x: f64| x > 0.0 && x.is_finite();
    if !positive(control.relative_tolerance) || !positive(control.absolute_tolerance) {
        return domain("tolerances must be positive and finite".into());
    }
    if control.max_steps <= 0 {
        return domain(format!("the number of steps must be positive, got {}", control.max_steps));
    }
    Ok(())
}

/// Integrates over plain numbers. `observe` is given the states and `dy/d(active states, parameters, t0)` (column-major) at each
/// output time.
///
/// # Errors
/// The system's, a domain error for times out of order, tolerances that are not positive, too many steps, or states that
/// become infinite.
pub fn integrate<S: OdeSystem>(
    method: OdeMethod,
    system: &mut S,
    problem: &OdeProblem,
    control: &OdeControl,
    mut observe: impl FnMut(&[f64], &[f64]),
) -> Result<(), S::Error> {
    let name = method.name();
    check(name, problem, control)?;
    let mut coupled = Coupled::new(system, problem);
    let z0 = coupled.initial(problem)?;
    let n = coupled.n;
    let observe = |z: &[f64]| observe(&z[..n], &z[n..]);
    match method {
        OdeMethod::Rk45 => runge_kutta::dormand_prince(name, &mut coupled, z0, problem, control, observe),
        OdeMethod::CashKarp => runge_kutta::cash_karp(name, &mut coupled, z0, problem, control, observe),
        OdeMethod::Bdf => multistep::multistep(Family::Bdf, name, &mut coupled, z0, problem, control, observe),
        OdeMethod::Adams => multistep::multistep(Family::Adams, name, &mut coupled, z0, problem, control, observe),
    }
}

/// A [`RightHandSide`] at the values of its arguments, with Jacobians from a tape.
struct Recorded<'a, R> {
    rhs: &'a mut R,
    name: &'static str,
    theta: Vec<f64>,
    active: &'a [usize],
    tape: Tape,
}

impl<R: RightHandSide> OdeSystem for Recorded<'_, R> {
    type Error = R::Error;

    fn derivative(&mut self, t: f64, y: &[f64], dy: &mut [f64]) -> Result<(), R::Error> {
        let f = self.rhs.call(t, y, &self.theta)?;
        same_size(self.name, y.len(), f.len())?;
        dy.copy_from_slice(&f);
        Ok(())
    }

    fn jacobian(&mut self, t: f64, y: &[f64], dy: &mut [f64], jacobian: &mut [f64]) -> Result<(), R::Error> {
        self.tape.clear();
        let tape = &self.tape;
        let states: Vec<Var> = y.iter().map(|&v| tape.input(v)).collect();
        let mut theta: Vec<Var> = self.theta.iter().map(|&v| Var::from(v)).collect();
        for &k in self.active {
            theta[k] = tape.input(self.theta[k]);
        }
        let f = self.rhs.call(Var::from(t), &states, &theta)?;
        same_size(self.name, y.len(), f.len())?;
        let n = y.len();
        for (i, &fi) in f.iter().enumerate() {
            dy[i] = fi.value();
            let adjoints = tape.reverse(&[(fi, 1.0)]);
            let inputs = states.iter().copied().chain(self.active.iter().map(|&k| theta[k]));
            for (j, input) in inputs.enumerate() {
                jacobian[j * n + i] = adjoints.of(input);
            }
        }
        Ok(())
    }
}

/// The states at the output times, with their derivatives with respect to the initial state, the parameters and the times.
///
/// `theta` are the numbers of the arguments that derivatives are asked for. As in Stan, an argument takes part as a whole: the
/// sensitivities to its constants are integrated too, and so the steps do not depend on which of its numbers are constants.
///
/// # Errors
/// As [`integrate`].
pub fn ode<T: Num, R: RightHandSide>(
    method: OdeMethod,
    rhs: &mut R,
    y0: &[T],
    t0: T,
    times: &[T],
    theta: &[T],
    control: &OdeControl,
) -> Result<Vec<Vec<T>>, R::Error> {
    let active = |xs: &[T]| -> Vec<usize> {
        let any = xs.iter().any(|x| !x.is_constant());
        (0..if any { xs.len() } else { 0 }).collect()
    };
    let values = |xs: &[T]| -> Vec<f64> { xs.iter().map(|x| x.value()).collect() };
    let (active_states, active_theta) = (active(y0), active(theta));
    let (y0_values, time_values) = (values(y0), values(times));
    let problem = OdeProblem {
        t0: t0.value(),
        y0: &y0_values,
        times: &time_values,
        active_states: &active_states,
        parameters: active_theta.len(),
        active_start: !t0.is_constant(),
    };
    let mut system =
        Recorded { rhs, name: method.name(), theta: values(theta), active: &active_theta, tape: Tape::new() };
    let mut solution: Vec<(Vec<f64>, Vec<f64>)> = Vec::with_capacity(times.len());
    integrate(method, &mut system, &problem, control, |states, sensitivities| {
        solution.push((states.to_vec(), sensitivities.to_vec()));
    })?;
    let n = y0.len();
    let mut inputs: Vec<T> =
        active_states.iter().map(|&i| y0[i]).chain(active_theta.iter().map(|&k| theta[k])).collect();
    if problem.active_start {
        inputs.push(t0);
    }
    let mut out = Vec::with_capacity(times.len());
    let mut slope = vec![0.0; n];
    for ((states, sensitivities), &time) in solution.iter().zip(times) {
        if !time.is_constant() {
            system.derivative(time.value(), states, &mut slope)?;
        }
        let row = states.iter().enumerate().map(|(i, &y)| {
            let mut terms: Vec<(T, f64)> =
                inputs.iter().enumerate().map(|(k, &x)| (x, sensitivities[k * n + i])).collect();
            if !time.is_constant() {
                terms.push((time, slope[i]));
            }
            T::compose(y, &terms)
        });
        out.push(row.collect());
    }
    Ok(out)
}
