//! Systems of algebraic equations `f(x, theta) = 0`, with the derivatives of the root.

use crate::functions::dense::{self, Lu};
use crate::functions::error::FunctionError;
use crate::functions::scalar::same_size;
use crate::num::{Num, Tape, Var};
use crate::value::Matrix;

/// The system and its Jacobian over plain numbers.
pub trait AlgebraSystem {
    type Error: From<FunctionError>;

    /// Writes `f(x)`, as many numbers as `x` has.
    ///
    /// # Errors
    /// Whatever the function fails with.
    fn value(&mut self, x: &[f64], f: &mut [f64]) -> Result<(), Self::Error>;

    /// Writes `f(x)` to `f` and `df/d(x, theta)` to `jacobian`: column-major, one column an unknown, then one an active parameter.
    ///
    /// # Errors
    /// Whatever the function fails with.
    fn jacobian(&mut self, x: &[f64], f: &mut [f64], jacobian: &mut [f64]) -> Result<(), Self::Error>;
}

/// A system over any number; `theta` are all real numbers among its further arguments.
pub trait Equations {
    type Error: From<FunctionError>;

    /// `f(x, theta)`: as many numbers as `x` has.
    ///
    /// # Errors
    /// Whatever the function fails with.
    fn call<T: Num>(&mut self, x: &[T], theta: &[T]) -> Result<Vec<T>, Self::Error>;
}

/// How a root is sought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlgebraMethod {
    /// Powell's dogleg between the Newton step and steepest descent (`solve_powell`, `algebra_solver`).
    Powell,
    /// Newton's method with a line search (`solve_newton`, `algebra_solver_newton`).
    Newton,
}

/// When the search ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlgebraControl {
    /// Powell: relative length of the last step. Newton: length of a step below which the search has stalled.
    pub step_tolerance: f64,
    /// The norm of `f` at the root.
    pub function_tolerance: f64,
    pub max_steps: i64,
}

impl AlgebraMethod {
    /// Stan's name of the function.
    pub fn name(self) -> &'static str {
        match self {
            AlgebraMethod::Powell => "solve_powell",
            AlgebraMethod::Newton => "solve_newton",
        }
    }

    /// Stan's tolerances.
    pub fn default_control(self) -> AlgebraControl {
        let step_tolerance = match self {
            AlgebraMethod::Powell => 1e-10,
            AlgebraMethod::Newton => 1e-3,
        };
        AlgebraControl { step_tolerance, function_tolerance: 1e-6, max_steps: 200 }
    }
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|v| v * v).sum::<f64>().sqrt()
}

/// [`Equations`] at the values of their parameters, with Jacobians from a tape.
struct Recorded<'a, E> {
    equations: &'a mut E,
    name: &'static str,
    theta: Vec<f64>,
    active: Vec<usize>,
    tape: Tape,
}

impl<E: Equations> AlgebraSystem for Recorded<'_, E> {
    type Error = E::Error;

    fn value(&mut self, x: &[f64], f: &mut [f64]) -> Result<(), E::Error> {
        let values = self.equations.call(x, &self.theta)?;
        same_size(self.name, x.len(), values.len())?;
        f.copy_from_slice(&values);
        Ok(())
    }

    fn jacobian(&mut self, x: &[f64], f: &mut [f64], jacobian: &mut [f64]) -> Result<(), E::Error> {
        self.tape.clear();
        let tape = &self.tape;
        let xs: Vec<Var> = x.iter().map(|&v| tape.input(v)).collect();
        let mut theta: Vec<Var> = self.theta.iter().map(|&v| Var::from(v)).collect();
        self.active.iter().for_each(|&k| theta[k] = tape.input(self.theta[k]));
        let values = self.equations.call(&xs, &theta)?;
        same_size(self.name, x.len(), values.len())?;
        for (i, &fi) in values.iter().enumerate() {
            f[i] = fi.value();
            let adjoints = tape.reverse(&[(fi, 1.0)]);
            let inputs = xs.iter().copied().chain(self.active.iter().map(|&k| theta[k]));
            for (j, input) in inputs.enumerate() {
                jacobian[j * values.len() + i] = adjoints.of(input);
            }
        }
        Ok(())
    }
}

/// `f`, `df/dx` and `df/dtheta` at a point.
type Linear = (Vec<f64>, Matrix<f64>, Matrix<f64>);

/// A system with the number of its active parameters.
struct Search<'a, S> {
    name: &'static str,
    system: &'a mut S,
    parameters: usize,
}

impl<S: AlgebraSystem> Search<'_, S> {
    fn linearize(&mut self, x: &[f64]) -> Result<Linear, S::Error> {
        let n = x.len();
        let mut f = vec![0.0; n];
        let mut by_x = vec![0.0; n * (n + self.parameters)];
        self.system.jacobian(x, &mut f, &mut by_x)?;
        if let Some(bad) = f.iter().find(|v| !v.is_finite()) {
            return Err(
                FunctionError::domain(self.name, format!("the system is {bad} at a point of the search")).into()
            );
        }
        let by_theta = Matrix { rows: n, cols: self.parameters, data: by_x.split_off(n * n) };
        Ok((f, Matrix { rows: n, cols: n, data: by_x }, by_theta))
    }

    /// `|f(x)|`; infinite or NaN values count as far from a root.
    fn size_at(&mut self, x: &[f64]) -> Result<f64, S::Error> {
        let mut f = vec![0.0; x.len()];
        self.system.value(x, &mut f)?;
        let size = norm(&f);
        Ok(if size.is_nan() { f64::INFINITY } else { size })
    }
}

fn column(v: &[f64]) -> Matrix<f64> {
    Matrix { rows: v.len(), cols: 1, data: v.to_vec() }
}

/// The root near `guess`, and its derivatives with respect to the active parameters: column-major, one column a parameter.
///
/// # Errors
/// The system's, or a domain error where no root is found.
pub fn root<S: AlgebraSystem>(
    method: AlgebraMethod,
    system: &mut S,
    guess: &[f64],
    parameters: usize,
    control: &AlgebraControl,
) -> Result<(Vec<f64>, Vec<f64>), S::Error> {
    let name = method.name();
    if guess.is_empty() {
        return Err(FunctionError::size(name, "the guess has size 0, but must have a non-zero size").into());
    }
    if let Some(bad) = guess.iter().find(|v| !v.is_finite()) {
        return Err(FunctionError::domain(name, format!("the guess must be finite, got {bad}")).into());
    }
    let ok = |v: f64| v >= 0.0;
    if !ok(control.step_tolerance) || !ok(control.function_tolerance) || control.max_steps <= 0 {
        return Err(FunctionError::domain(name, "tolerances must not be negative and steps must be positive").into());
    }
    let mut search = Search { name, system, parameters };
    let x = match method {
        AlgebraMethod::Powell => powell(&mut search, guess.to_vec(), control)?,
        AlgebraMethod::Newton => newton(&mut search, guess.to_vec(), control)?,
    };
    if parameters == 0 {
        return Ok((x, Vec::new()));
    }
    // f(x(theta), theta) = 0: dx = -(df/dx)^-1 (df/dtheta) dtheta.
    let (_, by_x, by_theta) = search.linearize(&x)?;
    let mut dx = Lu::new(by_x).solve(&by_theta).data;
    dx.iter_mut().for_each(|d| *d = -*d);
    Ok((x, dx))
}

/// The root near `guess` with its derivatives with respect to `theta` (those of the guess have no influence).
///
/// # Errors
/// As [`root`].
pub fn solve<T: Num, E: Equations>(
    method: AlgebraMethod,
    equations: &mut E,
    guess: &[T],
    theta: &[T],
    control: &AlgebraControl,
) -> Result<Vec<T>, E::Error> {
    let guess: Vec<f64> = guess.iter().map(|x| x.value()).collect();
    let active: Vec<usize> = (0..theta.len()).filter(|&k| !theta[k].is_constant()).collect();
    let parameters = active.len();
    let inputs: Vec<T> = active.iter().map(|&k| theta[k]).collect();
    let values = theta.iter().map(|x| x.value()).collect();
    let mut system = Recorded { equations, name: method.name(), theta: values, active, tape: Tape::new() };
    let (x, dx) = root(method, &mut system, &guess, parameters, control)?;
    let n = x.len();
    Ok((0..n)
        .map(|i| {
            let terms: Vec<(T, f64)> = inputs.iter().enumerate().map(|(j, &t)| (t, dx[j * n + i])).collect();
            T::compose(x[i], &terms)
        })
        .collect())
}

fn not_found(name: &str, control: &AlgebraControl, size: f64) -> FunctionError {
    let message = format!("no root after {} steps: the norm of the system is {size}", control.max_steps);
    FunctionError::domain(name, message)
}

/// Powell (1970), with exact Jacobians and the trust region in units of the columns of the first one (as MINPACK has it).
fn powell<S: AlgebraSystem>(
    search: &mut Search<S>,
    mut x: Vec<f64>,
    control: &AlgebraControl,
) -> Result<Vec<f64>, S::Error> {
    let n = x.len();
    let name = search.name;
    let (mut f, mut jacobian, _) = search.linearize(&x)?;
    let mut scale: Vec<f64> = (0..n).map(|j| norm(&jacobian.data[j * n..(j + 1) * n])).collect();
    scale.iter_mut().for_each(|d| *d = if *d == 0.0 { 1.0 } else { *d });
    let scaled = |v: &[f64], d: &[f64]| norm(&v.iter().zip(d).map(|(a, b)| a * b).collect::<Vec<_>>());
    let mut radius = match scaled(&x, &scale) {
        0.0 => 100.0,
        length => 100.0 * length,
    };
    for _ in 0..control.max_steps {
        if norm(&f) == 0.0 {
            return Ok(x);
        }
        let newton = Lu::new(jacobian.clone()).solve(&column(&f)).data;
        let gradient: Vec<f64> =
            (0..n).map(|j| (0..n).map(|i| jacobian.at(i, j) * f[i]).sum::<f64>() / scale[j]).collect();
        let usable = newton.iter().all(|v| v.is_finite());
        let step: Vec<f64> = if usable && scaled(&newton, &scale) <= radius {
            newton.iter().map(|v| -v).collect()
        } else {
            // In scaled units y = scale x: the Cauchy point, then towards the Newton step up to the radius.
            let g2 = gradient.iter().map(|v| v * v).sum::<f64>();
            let jg: Vec<f64> =
                (0..n).map(|i| (0..n).map(|j| jacobian.at(i, j) * gradient[j] / scale[j]).sum::<f64>()).collect();
            let jg2 = jg.iter().map(|v| v * v).sum::<f64>();
            if g2 == 0.0 || jg2 == 0.0 {
                return Err(
                    FunctionError::domain(name, "the search is stuck at a point with a singular Jacobian").into()
                );
            }
            let cauchy: Vec<f64> = gradient.iter().map(|v| -v * g2 / jg2).collect();
            let length = norm(&cauchy);
            let in_scale: Vec<f64> = if length >= radius || !usable {
                cauchy.iter().map(|v| v * (radius / length).min(1.0)).collect()
            } else {
                let gap: Vec<f64> = (0..n).map(|j| -newton[j] * scale[j] - cauchy[j]).collect();
                let (a, b) = (norm(&gap).powi(2), cauchy.iter().zip(&gap).map(|(u, v)| u * v).sum::<f64>());
                let c = length * length - radius * radius;
                let t = (-b + (b * b - a * c).max(0.0).sqrt()) / a;
                cauchy.iter().zip(&gap).map(|(u, v)| u + t * v).collect()
            };
            in_scale.iter().zip(&scale).map(|(v, d)| v / d).collect()
        };
        let candidate: Vec<f64> = x.iter().zip(&step).map(|(a, b)| a + b).collect();
        let (old, new) = (norm(&f), search.size_at(&candidate)?);
        let predicted = norm(
            &dense::product(&jacobian, &column(&step)).data.iter().zip(&f).map(|(a, b)| a + b).collect::<Vec<_>>(),
        );
        let ratio = if new < old {
            (old * old - new * new) / (old * old - predicted * predicted).max(f64::MIN_POSITIVE)
        } else {
            0.0
        };
        let length = scaled(&step, &scale);
        if ratio < 0.25 {
            radius = 0.5 * radius.min(length);
        } else if ratio > 0.75 {
            radius = radius.max(2.0 * length);
        }
        if ratio > 1e-4 {
            x = candidate;
            (f, jacobian, _) = search.linearize(&x)?;
        }
        let settled =
            length <= control.step_tolerance * scaled(&x, &scale) || radius < f64::EPSILON * scaled(&x, &scale);
        if settled || norm(&f) == 0.0 {
            return match norm(&f) {
                size if size <= control.function_tolerance => Ok(x),
                size => Err(FunctionError::domain(
                    name,
                    format!("the search ends where the norm of the system is {size}, above the tolerance"),
                )
                .into()),
            };
        }
    }
    let size = norm(&f);
    if size <= control.function_tolerance { Ok(x) } else { Err(not_found(name, control, size).into()) }
}

/// Newton steps, halved until the norm falls; then one more step, which squares the error.
fn newton<S: AlgebraSystem>(
    search: &mut Search<S>,
    mut x: Vec<f64>,
    control: &AlgebraControl,
) -> Result<Vec<f64>, S::Error> {
    let name = search.name;
    let mut polished = false;
    for _ in 0..control.max_steps {
        let (f, jacobian, _) = search.linearize(&x)?;
        let size = norm(&f);
        if size == 0.0 || (polished && size <= control.function_tolerance) {
            return Ok(x);
        }
        polished = size <= control.function_tolerance;
        let step = Lu::new(jacobian).solve(&column(&f)).data;
        if step.iter().any(|v| !v.is_finite()) {
            return Err(FunctionError::domain(name, "the search met a singular Jacobian").into());
        }
        let mut fraction = 1.0;
        loop {
            let candidate: Vec<f64> = x.iter().zip(&step).map(|(a, b)| a - fraction * b).collect();
            // Sufficient decrease (Armijo).
            if search.size_at(&candidate)? <= (1.0 - 1e-4 * fraction) * size {
                x = candidate;
                break;
            }
            if polished {
                return Ok(x);
            }
            fraction *= 0.5;
            if fraction * norm(&step) < control.step_tolerance * f64::EPSILON.sqrt() {
                let message = format!("the line search fails where the norm of the system is {size}");
                return Err(FunctionError::domain(name, message).into());
            }
        }
    }
    let size = search.size_at(&x)?;
    if size <= control.function_tolerance { Ok(x) } else { Err(not_found(name, control, size).into()) }
}
