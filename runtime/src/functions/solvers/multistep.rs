//! Variable-order, variable-step linear multistep methods in Nordsieck form: BDF of order 1 to 5 and Adams-Moulton of order 1 to 12,
//! with Newton iterations and staggered sensitivities under error control.
//!
//! The method is that of CVODES, which Stan uses (Hindmarsh and Serban, "User documentation for CVODES"; Byrne and Hindmarsh
//! 1975; Jackson and Sacks-Davis 1980), with its constants and order of decisions: the same steps give the same figures.

use super::ode::{Coupled, OdeControl, OdeProblem, OdeSystem};
use crate::functions::dense::Lu;
use crate::functions::error::FunctionError;
use crate::value::Matrix;
use std::ops::Range;

/// Which formulas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Bdf,
    Adams,
}

impl Family {
    fn max_order(self) -> usize {
        match self {
            Family::Bdf => 5,
            Family::Adams => 12,
        }
    }
}

/// Newton iterations of one solve.
const MAX_ITERATIONS: usize = 3;
/// Convergence failures and error test failures of one step.
const MAX_CONVERGENCE_FAILURES: usize = 10;
const MAX_ERROR_FAILURES: usize = 7;
/// Error test failures after which the order falls.
const FAILURES_AT_ORDER: usize = 3;
/// Steps until the iteration matrix and the Jacobian are renewed anyway.
const MATRIX_AGE: i64 = 20;
const JACOBIAN_AGE: i64 = 51;
/// Change of gamma that renews the matrix, and below which a failed solve blames the Jacobian.
const GAMMA_CHANGE: f64 = 0.3;
const GAMMA_CHANGE_BAD: f64 = 0.2;
/// Damping and divergence of the estimated convergence rate.
const RATE_DECAY: f64 = 0.3;
const DIVERGENCE: f64 = 2.0;
/// Newton tolerance as a part of the error test's.
const NEWTON_SAFETY: f64 = 0.1;
/// Safety factors of the step size at order q - 1, q, q + 1.
const BIAS: [f64; 3] = [6.0, 6.0, 10.0];
const ADDON: f64 = 1e-6;
/// A step size grows only by this much or more, at most by these (at first and later), and shrinks by no less than that.
const GROWTH_THRESHOLD: f64 = 1.5;
const FIRST_GROWTH: f64 = 10_000.0;
const GROWTH: f64 = 10.0;
const SHRINK: f64 = 0.1;
const SHRINK_AFTER_FAILURES: f64 = 0.2;
const SHRINK_AFTER_DIVERGENCE: f64 = 0.25;
/// Steps at order 1 after a restart.
const LONG_WAIT: usize = 10;

/// Why a step is tried again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Attempt {
    First,
    AfterDivergence,
    AfterError,
}

/// What a factorisation is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Blame {
    Nothing,
    Jacobian,
    Other,
}

/// A Newton iteration's end.
enum Outcome {
    /// The weighted norm of the correction.
    Converged(f64),
    Failed,
}

struct Multistep<'a, 'b, S> {
    system: &'a mut Coupled<'b, S>,
    family: Family,
    n: usize,
    blocks: usize,
    relative: f64,
    absolute: f64,
    /// Scaled derivatives `h^j y^(j) / j!` of states and sensitivities; the last one also keeps a correction.
    zn: Vec<Vec<f64>>,
    weights: Vec<f64>,
    correction: Vec<f64>,
    y: Vec<f64>,
    l: [f64; 14],
    tq: [f64; 6],
    tau: [f64; 15],
    q: usize,
    next_q: usize,
    /// Steps until the order may change.
    wait: usize,
    t: f64,
    h: f64,
    next_h: f64,
    h_scale: f64,
    eta: f64,
    max_eta: f64,
    gamma: f64,
    gamma_at_setup: f64,
    gamma_ratio: f64,
    steps: i64,
    step_of_setup: i64,
    step_of_jacobian: i64,
    jacobian: Vec<f64>,
    /// `1 - gamma J`
    matrix: Lu<f64>,
    /// Of the states and sensitivities, for the residuals and slopes of an iteration.
    residual: Vec<f64>,
    slope: Vec<f64>,
    /// The last change of the correction.
    change: Vec<f64>,
    rate: f64,
    sensitivity_rate: f64,
    jacobian_current: bool,
    jacobian_current_for_sensitivities: bool,
    saved_tq5: f64,
}

/// `sqrt(mean((v_i w_i)^2))`
fn wrms(v: &[f64], w: &[f64]) -> f64 {
    let sum: f64 = v.iter().zip(w).map(|(v, w)| (v * w) * (v * w)).sum();
    (sum / v.len() as f64).sqrt()
}

impl<'a, 'b, S: OdeSystem> Multistep<'a, 'b, S> {
    fn new(system: &'a mut Coupled<'b, S>, family: Family, z0: Vec<f64>, t0: f64, control: &OdeControl) -> Self {
        let n = system.n;
        let len = z0.len();
        let mut zn = vec![vec![0.0; len]; family.max_order() + 2];
        zn[0] = z0;
        Multistep {
            blocks: len / n,
            system,
            family,
            n,
            relative: control.relative_tolerance,
            absolute: control.absolute_tolerance,
            zn,
            weights: vec![0.0; len],
            correction: vec![0.0; len],
            y: vec![0.0; len],
            l: [0.0; 14],
            tq: [0.0; 6],
            tau: [0.0; 15],
            q: 1,
            next_q: 1,
            wait: 2,
            t: t0,
            h: 0.0,
            next_h: 0.0,
            h_scale: 0.0,
            eta: 1.0,
            max_eta: FIRST_GROWTH,
            gamma: 0.0,
            gamma_at_setup: 0.0,
            gamma_ratio: 1.0,
            steps: 0,
            step_of_setup: 0,
            step_of_jacobian: 0,
            jacobian: vec![0.0; n * n],
            matrix: Lu::new(Matrix::filled(n, n, 0.0)),
            residual: vec![0.0; len],
            slope: vec![0.0; len],
            change: vec![0.0; len],
            rate: 1.0,
            sensitivity_rate: 1.0,
            jacobian_current: false,
            jacobian_current_for_sensitivities: false,
            saved_tq5: 0.0,
        }
    }

    fn set_weights(&mut self) {
        for (w, y) in self.weights.iter_mut().zip(&self.zn[0]) {
            *w = 1.0 / (self.relative * y.abs() + self.absolute);
        }
    }

    /// Norm of the states' part.
    fn state_norm(&self, v: &[f64]) -> f64 {
        wrms(&v[..self.n], &self.weights[..self.n])
    }

    /// The largest norm of a sensitivity.
    fn sensitivity_norm(&self, v: &[f64]) -> f64 {
        let n = self.n;
        (1..self.blocks)
            .map(|b| wrms(&v[b * n..(b + 1) * n], &self.weights[b * n..(b + 1) * n]))
            .fold(0.0, |m: f64, x| if x.is_nan() { f64::NAN } else { m.max(x) })
    }

    fn norm(&self, v: &[f64]) -> f64 {
        self.state_norm(v).max(self.sensitivity_norm(v))
    }

    /// The first step size, from an estimate of the second derivative.
    fn first_step(&mut self, name: &str, first_time: f64) -> Result<(), S::Error> {
        let distance = first_time - self.t;
        let rounding = f64::EPSILON * self.t.abs().max(first_time.abs());
        if distance < 2.0 * rounding {
            return Err(FunctionError::domain(name, "the first output time is too close to the initial time").into());
        }
        let lower = 100.0 * rounding;
        let mut upper = 0.1 * distance;
        let largest = self.zn[0]
            .iter()
            .zip(&self.zn[1])
            .zip(&self.weights)
            .map(|((y, d), w)| d.abs() / (0.1 * y.abs() + 1.0 / w))
            .fold(0.0, f64::max);
        if upper * largest > 1.0 {
            upper = 1.0 / largest;
        }
        let mut guess = (lower * upper).sqrt();
        if upper < lower {
            self.h = guess;
            return Ok(());
        }
        let mut new = guess;
        for round in 1..=4 {
            for ((y, z0), z1) in self.y.iter_mut().zip(&self.zn[0]).zip(&self.zn[1]) {
                *y = guess * z1 + z0;
            }
            self.system.derivative(self.t + guess, &self.y, &mut self.slope)?;
            for (s, z1) in self.slope.iter_mut().zip(&self.zn[1]) {
                *s = (*s - z1) / guess;
            }
            let second = self.norm(&self.slope);
            new = if second * upper * upper > 2.0 { (2.0 / second).sqrt() } else { (guess * upper).sqrt() };
            let ratio = new / guess;
            if round == 4 || (ratio > 0.5 && ratio < 2.0) {
                break;
            }
            if round > 1 && ratio > 2.0 {
                new = guess;
                break;
            }
            guess = new;
        }
        self.h = (0.5 * new).max(lower).min(upper);
        Ok(())
    }

    fn start(&mut self, name: &str, first_time: f64) -> Result<(), S::Error> {
        self.set_weights();
        let (head, tail) = self.zn.split_at_mut(1);
        self.system.derivative(self.t, &head[0], &mut tail[0])?;
        self.first_step(name, first_time)?;
        let h = self.h;
        self.zn[1].iter_mut().for_each(|d| *d *= h);
        (self.h_scale, self.next_h) = (h, h);
        Ok(())
    }

    /// `zn[i] += c zn[j]`
    fn add(&mut self, i: usize, c: f64, j: usize) {
        let (low, high) = self.zn.split_at_mut(j);
        low[i].iter_mut().zip(&high[0]).for_each(|(a, b)| *a += c * b);
    }

    /// Rescales the array to the step `eta h_scale`.
    fn rescale(&mut self) {
        let mut factor = self.eta;
        for j in 1..=self.q {
            self.zn[j].iter_mut().for_each(|z| *z *= factor);
            factor *= self.eta;
        }
        self.h = self.h_scale * self.eta;
        self.next_h = self.h;
        self.h_scale = self.h;
    }

    /// Adapts the array to the order `q + 1` or `q - 1`.
    fn adjust_order(&mut self, up: bool) {
        if self.q == 2 && !up {
            return;
        }
        let q = self.q;
        let max = self.family.max_order();
        if up && self.family == Family::Adams {
            self.zn[q + 1].fill(0.0);
            return;
        }
        let mut l = [0.0; 14];
        if up {
            l[2] = 1.0;
            let (mut alpha0, mut alpha1, mut product, mut old) = (-1.0, 1.0, 1.0, 1.0);
            let mut sum = self.h_scale;
            for j in 1..q {
                sum += self.tau[j + 1];
                let xi = sum / self.h_scale;
                product *= xi;
                alpha0 -= 1.0 / (j + 1) as f64;
                alpha1 += 1.0 / xi;
                for i in (2..=j + 2).rev() {
                    l[i] = l[i] * old + l[i - 1];
                }
                old = xi;
            }
            let a1 = (-alpha0 - alpha1) / product;
            // The correction of the step before was kept in the last place.
            for i in 0..self.y.len() {
                self.zn[q + 1][i] = a1 * self.zn[max][i];
            }
            for (j, c) in l.iter().enumerate().take(q + 1).skip(2) {
                self.add(j, *c, q + 1);
            }
            return;
        }
        let lowest = match self.family {
            Family::Bdf => 2,
            Family::Adams => 1,
        };
        l[lowest] = 1.0;
        let mut sum = 0.0;
        for j in 1..=q - 2 {
            sum += self.tau[j];
            let xi = sum / self.h_scale;
            for i in (lowest..=j + lowest).rev() {
                l[i] = l[i] * xi + l[i - 1];
            }
        }
        if self.family == Family::Adams {
            for j in 1..=q - 2 {
                l[j + 1] = q as f64 * (l[j] / (j + 1) as f64);
            }
        }
        for (j, c) in l.iter().enumerate().take(q).skip(2) {
            self.add(j, -c, q);
        }
    }

    /// Multiplies by the Pascal triangle: the array at `t + h` by extrapolation, or back.
    fn predict(&mut self, sign: f64) {
        for k in 1..=self.q {
            for j in (k..=self.q).rev() {
                self.add(j - 1, sign, j);
            }
        }
    }

    fn set_coefficients(&mut self) {
        match self.family {
            Family::Bdf => self.set_bdf(),
            Family::Adams => self.set_adams(),
        }
        self.tq[4] = NEWTON_SAFETY / self.tq[2];
        self.gamma = self.h / self.l[1];
        if self.steps == 0 {
            self.gamma_at_setup = self.gamma;
        }
        self.gamma_ratio = if self.steps > 0 { self.gamma / self.gamma_at_setup } else { 1.0 };
    }

    fn set_bdf(&mut self) {
        let (q, h) = (self.q, self.h);
        let qf = q as f64;
        self.l[..2].fill(1.0);
        self.l[2..=q.max(2)].fill(0.0);
        let (mut xi_inv, mut xi_star_inv) = (1.0, 1.0);
        let (mut alpha0, mut alpha0_hat) = (-1.0, -1.0);
        let mut sum = h;
        if q > 1 {
            for j in 2..q {
                sum += self.tau[j - 1];
                xi_inv = h / sum;
                alpha0 -= 1.0 / j as f64;
                for i in (1..=j).rev() {
                    self.l[i] += self.l[i - 1] * xi_inv;
                }
            }
            alpha0 -= 1.0 / qf;
            xi_star_inv = -self.l[1] - alpha0;
            sum += self.tau[q - 1];
            xi_inv = h / sum;
            alpha0_hat = -self.l[1] - xi_inv;
            for i in (1..=q).rev() {
                self.l[i] += self.l[i - 1] * xi_star_inv;
            }
        }
        let a1 = 1.0 - alpha0_hat + alpha0;
        let a2 = 1.0 + qf * a1;
        self.tq[2] = (a1 / (alpha0 * a2)).abs();
        self.tq[5] = (a2 * xi_star_inv / (self.l[q] * xi_inv)).abs();
        if self.wait == 1 {
            self.tq[1] = if q > 1 {
                let c = xi_star_inv / self.l[q];
                let a3 = alpha0 + 1.0 / qf;
                let a4 = alpha0_hat + xi_inv;
                (c * ((1.0 - a4 + a3) / a3)).abs()
            } else {
                1.0
            };
            sum += self.tau[q];
            xi_inv = h / sum;
            let a5 = alpha0 - 1.0 / (qf + 1.0);
            let a6 = alpha0_hat - xi_inv;
            self.tq[3] = ((1.0 - a6 + a5) / a2 / (xi_inv * (qf + 2.0) * a5)).abs();
        }
    }

    fn set_adams(&mut self) {
        let (q, h) = (self.q, self.h);
        if q == 1 {
            self.l[..2].fill(1.0);
            (self.tq[1], self.tq[2], self.tq[3], self.tq[5]) = (1.0, 0.5, 1.0 / 12.0, 1.0);
            return;
        }
        // Alternating sums: integrals over [-1, 0] of a polynomial times x^(k-1).
        let integral = |a: &[f64], k: usize| -> f64 {
            a.iter().enumerate().map(|(i, x)| if i % 2 == 0 { x / (i + k) as f64 } else { -x / (i + k) as f64 }).sum()
        };
        let qf = q as f64;
        let mut m = [0.0; 14];
        m[0] = 1.0;
        let mut sum = h;
        for j in 1..q {
            if j == q - 1 && self.wait == 1 {
                self.tq[1] = qf * integral(&m[..q - 1], 2) / m[q - 2];
            }
            let xi_inv = h / sum;
            for i in (1..=j).rev() {
                m[i] += m[i - 1] * xi_inv;
            }
            sum += self.tau[j];
        }
        let (m0, m1) = (integral(&m[..q], 1), integral(&m[..q], 2));
        self.l[0] = 1.0;
        for i in 1..=q {
            self.l[i] = m[i - 1] / i as f64 / m0;
        }
        let xi = sum / h;
        self.tq[2] = m1 / m0 / xi;
        self.tq[5] = xi / self.l[q];
        if self.wait == 1 {
            for i in (1..=q).rev() {
                m[i] += m[i - 1] / xi;
            }
            self.tq[3] = integral(&m[..=q], 2) / m0 / (qf + 1.0);
        }
    }

    /// Factors `1 - gamma J`, with a new Jacobian at the current `y` where the old one is not trusted.
    fn setup(&mut self, blame: Blame) -> Result<bool, S::Error> {
        let change = (self.gamma / self.gamma_at_setup - 1.0).abs();
        let renew = self.steps == 0
            || self.steps >= self.step_of_jacobian + JACOBIAN_AGE
            || (blame == Blame::Jacobian && change < GAMMA_CHANGE_BAD)
            || blame == Blame::Other;
        if renew {
            let n = self.n;
            self.system.linearize(self.t, &self.y[..n], &mut self.slope[..n])?;
            self.jacobian.copy_from_slice(self.system.state_jacobian());
            self.step_of_jacobian = self.steps;
        }
        let (n, gamma, jacobian) = (self.n, self.gamma, &self.jacobian);
        self.matrix.refill(|i, j| -gamma * jacobian[j * n + i] + if i == j { 1.0 } else { 0.0 });
        self.gamma_ratio = 1.0;
        self.gamma_at_setup = self.gamma;
        self.rate = 1.0;
        self.sensitivity_rate = 1.0;
        self.step_of_setup = self.steps;
        Ok(renew)
    }

    /// The change of the correction that the residual asks for.
    fn solve(&mut self, part: Range<usize>) {
        // For BDF, a matrix of another gamma is made up for.
        let stale = self.family == Family::Bdf && self.gamma_ratio != 1.0;
        let factor = if stale { -2.0 / (1.0 + self.gamma_ratio) } else { -1.0 };
        let change = &mut self.change[part.clone()];
        self.matrix.solve_into(&self.residual[part], change);
        change.iter_mut().for_each(|c| *c *= factor);
    }

    /// Newton iterations for the states (`sensitivities` false) or, about the states found, for the sensitivities.
    fn newton(&mut self, sensitivities: bool, mut setup: bool, mut blame: Blame) -> Result<Outcome, S::Error> {
        let part = if sensitivities { self.n..self.y.len() } else { 0..self.n };
        self.correction[part.clone()].fill(0.0);
        loop {
            let mut previous = 0.0;
            let mut iteration = 0;
            let outcome = loop {
                for i in part.clone() {
                    self.y[i] = self.zn[0][i] + self.correction[i];
                }
                let slope = &mut self.slope[part.clone()];
                if sensitivities {
                    self.system.apply(&self.y[part.clone()], slope);
                } else {
                    self.system.state_derivative(self.t, &self.y[part.clone()], slope)?;
                }
                for i in part.clone() {
                    self.residual[i] = self.zn[1][i] / self.l[1] + self.correction[i] - self.gamma * self.slope[i];
                }
                if setup {
                    let current = self.setup(blame)?;
                    if sensitivities {
                        // The Jacobian at the final states was just found again.
                        self.jacobian_current_for_sensitivities = current;
                    } else {
                        self.jacobian_current = current;
                    }
                    setup = false;
                }
                self.solve(part.clone());
                for i in part.clone() {
                    self.correction[i] += self.change[i];
                }
                let measure = |s: &Self, v: &[f64]| if sensitivities { s.sensitivity_norm(v) } else { s.state_norm(v) };
                let size = measure(self, &self.change);
                let rate = if sensitivities { &mut self.sensitivity_rate } else { &mut self.rate };
                if iteration > 0 {
                    *rate = (RATE_DECAY * *rate).max(size / previous);
                }
                if size * rate.min(1.0) / self.tq[4] <= 1.0 {
                    let norm = if iteration == 0 { size } else { measure(self, &self.correction) };
                    break Outcome::Converged(norm);
                }
                if iteration >= 1 && size > DIVERGENCE * previous {
                    break Outcome::Failed;
                }
                previous = size;
                iteration += 1;
                if iteration >= MAX_ITERATIONS {
                    break Outcome::Failed;
                }
            };
            let current =
                if sensitivities { &mut self.jacobian_current_for_sensitivities } else { &mut self.jacobian_current };
            match outcome {
                Outcome::Converged(norm) => {
                    *current = false;
                    for i in part.clone() {
                        self.y[i] = self.zn[0][i] + self.correction[i];
                    }
                    return Ok(Outcome::Converged(norm));
                }
                Outcome::Failed if !*current => {
                    // Once more with a new Jacobian.
                    setup = true;
                    blame = Blame::Jacobian;
                    self.correction[part.clone()].fill(0.0);
                }
                Outcome::Failed => return Ok(Outcome::Failed),
            }
        }
    }

    /// The state solve of an attempt.
    fn solve_states(&mut self, attempt: Attempt) -> Result<Outcome, S::Error> {
        let blame = if attempt == Attempt::AfterDivergence { Blame::Other } else { Blame::Nothing };
        let setup = attempt != Attempt::First
            || self.steps == 0
            || self.steps >= self.step_of_setup + MATRIX_AGE
            || (self.gamma_ratio - 1.0).abs() > GAMMA_CHANGE;
        self.newton(false, setup, blame)
    }

    fn restore(&mut self, t: f64) {
        self.t = t;
        self.predict(-1.0);
    }

    /// After a solve that failed.
    fn diverged(&mut self, name: &str, saved_t: f64, failures: &mut usize) -> Result<(), S::Error> {
        self.restore(saved_t);
        *failures += 1;
        self.max_eta = 1.0;
        if *failures == MAX_CONVERGENCE_FAILURES {
            let message = format!("the Newton iteration does not converge at time {}", self.t);
            return Err(FunctionError::domain(name, message).into());
        }
        self.eta = SHRINK_AFTER_DIVERGENCE;
        self.rescale();
        Ok(())
    }

    /// Whether the error is small enough; else a smaller step is prepared.
    fn error_test(&mut self, name: &str, saved_t: f64, error: f64, failures: &mut usize) -> Result<bool, S::Error> {
        if error <= 1.0 {
            return Ok(true);
        }
        *failures += 1;
        self.restore(saved_t);
        if *failures == MAX_ERROR_FAILURES || error.is_nan() {
            let message = format!("the error test fails repeatedly at time {}", self.t);
            return Err(FunctionError::domain(name, message).into());
        }
        self.max_eta = 1.0;
        if *failures <= FAILURES_AT_ORDER {
            self.eta = (1.0 / ((BIAS[1] * error).powf(1.0 / (self.q + 1) as f64) + ADDON)).max(SHRINK);
            if *failures >= 2 {
                self.eta = self.eta.min(SHRINK_AFTER_FAILURES);
            }
            self.rescale();
            return Ok(false);
        }
        self.eta = SHRINK;
        if self.q > 1 {
            self.adjust_order(false);
            self.wait = self.q;
            self.q -= 1;
            self.rescale();
            return Ok(false);
        }
        // At order 1: start again from here.
        self.h *= self.eta;
        (self.next_h, self.h_scale) = (self.h, self.h);
        self.wait = LONG_WAIT;
        let (head, tail) = self.zn.split_at_mut(1);
        self.system.derivative(self.t, &head[0], &mut tail[0])?;
        let h = self.h;
        self.zn[1].iter_mut().for_each(|d| *d *= h);
        Ok(false)
    }

    fn step(&mut self, name: &str) -> Result<(), S::Error> {
        if self.steps > 0 && self.next_h != self.h {
            if self.next_q != self.q {
                self.adjust_order(self.next_q > self.q);
                self.q = self.next_q;
                self.wait = self.q + 1;
            }
            self.rescale();
        }
        let saved_t = self.t;
        let mut attempt = Attempt::First;
        let (mut divergences, mut sensitivity_divergences) = (0, 0);
        let (mut failures, mut sensitivity_failures) = (0, 0);
        let error = loop {
            self.t += self.h;
            self.predict(1.0);
            self.set_coefficients();
            let Outcome::Converged(norm) = self.solve_states(attempt)? else {
                self.diverged(name, saved_t, &mut divergences)?;
                attempt = Attempt::AfterDivergence;
                continue;
            };
            let mut error = norm * self.tq[2];
            if !self.error_test(name, saved_t, error, &mut failures)? {
                attempt = Attempt::AfterError;
                continue;
            }
            if self.blocks > 1 {
                (divergences, failures) = (0, 0);
                let n = self.n;
                self.system.linearize(self.t, &self.y[..n], &mut self.slope[..n])?;
                let Outcome::Converged(norm) = self.newton(true, false, Blame::Nothing)? else {
                    self.diverged(name, saved_t, &mut sensitivity_divergences)?;
                    attempt = Attempt::AfterDivergence;
                    continue;
                };
                let of_sensitivities = norm * self.tq[2];
                if !self.error_test(name, saved_t, of_sensitivities, &mut sensitivity_failures)? {
                    attempt = Attempt::AfterError;
                    continue;
                }
                error = error.max(of_sensitivities);
            }
            break error;
        };
        self.complete();
        self.prepare(error);
        self.max_eta = GROWTH;
        let factor = self.tq[2];
        self.correction.iter_mut().for_each(|c| *c *= factor);
        Ok(())
    }

    fn complete(&mut self) {
        self.steps += 1;
        for i in (2..=self.q).rev() {
            self.tau[i] = self.tau[i - 1];
        }
        if self.q == 1 && self.steps > 1 {
            self.tau[2] = self.tau[1];
        }
        self.tau[1] = self.h;
        for j in 0..=self.q {
            let c = self.l[j];
            self.zn[j].iter_mut().zip(&self.correction).for_each(|(z, a)| *z += c * a);
        }
        self.wait -= 1;
        let max = self.family.max_order();
        if self.wait == 1 && self.q != max {
            self.zn[max].copy_from_slice(&self.correction);
            self.saved_tq5 = self.tq[5];
        }
    }

    /// Size and order of the next step.
    fn prepare(&mut self, error: f64) {
        if self.max_eta == 1.0 {
            self.wait = self.wait.max(2);
            self.next_q = self.q;
            self.next_h = self.h;
            self.eta = 1.0;
            return;
        }
        let q = self.q;
        let max = self.family.max_order();
        let ratio = |bias: f64, error: f64, order: usize| 1.0 / ((bias * error).powf(1.0 / order as f64) + ADDON);
        let same = ratio(BIAS[1], error, q + 1);
        if self.wait != 0 {
            self.eta = same;
            self.next_q = q;
        } else {
            self.wait = 2;
            let below = if q > 1 { ratio(BIAS[0], self.norm(&self.zn[q]) * self.tq[1], q) } else { 0.0 };
            let above = if q != max && self.saved_tq5 != 0.0 {
                let c = self.tq[5] / self.saved_tq5 * (self.h / self.tau[2]).powi(q as i32 + 1);
                for (d, (z, a)) in self.change.iter_mut().zip(self.zn[max].iter().zip(&self.correction)) {
                    *d = a - c * z;
                }
                ratio(BIAS[2], self.norm(&self.change) * self.tq[3], q + 2)
            } else {
                0.0
            };
            let best = below.max(same.max(above));
            if best > 0.0 && best < GROWTH_THRESHOLD {
                self.eta = 1.0;
                self.next_q = q;
            } else if best == same {
                self.eta = same;
                self.next_q = q;
            } else if best == below {
                self.eta = below;
                self.next_q = q - 1;
            } else {
                self.eta = above;
                self.next_q = q + 1;
                if self.family == Family::Bdf {
                    self.zn[max].copy_from_slice(&self.correction);
                }
            }
        }
        if self.eta > 0.0 && self.eta < GROWTH_THRESHOLD {
            self.eta = 1.0;
            self.next_h = self.h;
        } else {
            self.eta = if self.eta >= GROWTH_THRESHOLD { self.eta.min(self.max_eta) } else { self.eta.max(SHRINK) };
            self.next_h = self.h * self.eta;
        }
    }

    /// The states at `t` within the last step.
    fn interpolate(&self, t: f64, out: &mut [f64]) {
        let s = (t - self.t) / self.h;
        out.fill(0.0);
        for j in (0..=self.q).rev() {
            let c = s.powi(j as i32);
            out.iter_mut().zip(&self.zn[j]).for_each(|(o, z)| *o += c * z);
        }
    }
}

/// Integrates over all output times.
pub(super) fn multistep<S: OdeSystem>(
    family: Family,
    name: &str,
    system: &mut Coupled<S>,
    z0: Vec<f64>,
    problem: &OdeProblem,
    control: &OdeControl,
    mut observe: impl FnMut(&[f64]),
) -> Result<(), S::Error> {
    let mut output = vec![0.0; z0.len()];
    let mut method = Multistep::new(system, family, z0, problem.t0, control);
    method.start(name, problem.times[0])?;
    for &time in problem.times {
        let mut steps = 0;
        while method.steps == 0 || method.t < time {
            if steps == control.max_steps {
                let message = format!("the next output time is not reached in {} steps", control.max_steps);
                return Err(FunctionError::domain(name, message).into());
            }
            if method.steps > 0 {
                method.set_weights();
            }
            method.step(name)?;
            steps += 1;
        }
        method.interpolate(time, &mut output);
        observe(&output);
    }
    Ok(())
}
