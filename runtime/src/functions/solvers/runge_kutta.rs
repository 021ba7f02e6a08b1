//! Explicit Runge-Kutta methods with the step control of Boost's odeint, which Stan uses: the same steps give the same figures.

use super::ode::{Coupled, OdeControl, OdeProblem, OdeSystem};
use crate::functions::error::FunctionError;

/// The first step that is tried.
const FIRST_STEP: f64 = 0.1;
/// Rejections of one step after which it is given up.
const MAX_REJECTIONS: usize = 500;

/// Whether `a` is at or before `b`, up to rounding (time runs forwards).
fn at_or_before(a: f64, b: f64) -> bool {
    a - b <= f64::EPSILON
}

/// The largest of `|error_i| / (abs + rel (|x_i| + |dt dx_i|))`; NaN where one is.
fn error_norm(error: &[f64], x: &[f64], dx: &[f64], dt: f64, control: &OdeControl) -> f64 {
    let mut norm = 0.0_f64;
    for ((e, x), d) in error.iter().zip(x).zip(dx) {
        let scale = control.absolute_tolerance + control.relative_tolerance * (x.abs() + dt.abs() * d.abs());
        let ratio = e.abs() / scale;
        if ratio.is_nan() {
            return f64::NAN;
        }
        norm = norm.max(ratio);
    }
    norm
}

fn smaller(dt: f64, error: f64, error_order: i32) -> f64 {
    dt * (0.9 * error.powf(-1.0 / (error_order - 1) as f64)).max(0.2)
}

fn larger(dt: f64, error: f64, order: i32) -> f64 {
    if error < 0.5 { dt * 0.9 * error.max(5_f64.powi(-order)).powf(-1.0 / order as f64) } else { dt }
}

fn not_finite(name: &str, t: f64) -> FunctionError {
    FunctionError::domain(name, format!("the solution is not finite after time {t}"))
}

fn too_many_steps(name: &str, control: &OdeControl) -> FunctionError {
    let message = format!("the next output time is not reached in {} steps", control.max_steps);
    FunctionError::domain(name, message)
}

/// `x + dt (c_1 k_1 + ...)`
fn combine<const M: usize>(out: &mut [f64], x: &[f64], dt: f64, terms: [(f64, &[f64]); M]) {
    let n = out.len();
    let x = &x[..n];
    let terms = terms.map(|(c, k)| (dt * c, &k[..n]));
    for (i, o) in out.iter_mut().enumerate() {
        let mut v = x[i];
        for (c, k) in &terms {
            v += c * k[i];
        }
        *o = v;
    }
}

/// Dormand and Prince (1980), order 5(4), with the interpolant of order 4 for output.
struct DormandPrince {
    k: [Vec<f64>; 5],
    stage: Vec<f64>,
    error: Vec<f64>,
}

impl DormandPrince {
    const C: [f64; 6] = [35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0];

    fn new(n: usize) -> Self {
        DormandPrince { k: std::array::from_fn(|_| vec![0.0; n]), stage: vec![0.0; n], error: vec![0.0; n] }
    }

    /// One step from `x` with slope `dx`; `k[0..5]` become k2 to k6.
    fn step<S: OdeSystem>(
        &mut self,
        system: &mut Coupled<S>,
        x: &[f64],
        dx: &[f64],
        t: f64,
        dt: f64,
        (out, out_slope): (&mut [f64], &mut [f64]),
    ) -> Result<(), S::Error> {
        let stage = &mut self.stage;
        let [k2, k3, k4, k5, k6] = &mut self.k;
        combine(stage, x, dt, [(1.0 / 5.0, dx)]);
        system.derivative(t + dt * (1.0 / 5.0), stage, k2)?;
        combine(stage, x, dt, [(3.0 / 40.0, dx), (9.0 / 40.0, k2)]);
        system.derivative(t + dt * (3.0 / 10.0), stage, k3)?;
        combine(stage, x, dt, [(44.0 / 45.0, dx), (-56.0 / 15.0, k2), (32.0 / 9.0, k3)]);
        system.derivative(t + dt * (4.0 / 5.0), stage, k4)?;
        let row: [(f64, &[f64]); 4] =
            [(19372.0 / 6561.0, dx), (-25360.0 / 2187.0, k2), (64448.0 / 6561.0, k3), (-212.0 / 729.0, k4)];
        combine(stage, x, dt, row);
        system.derivative(t + dt * (8.0 / 9.0), stage, k5)?;
        let row: [(f64, &[f64]); 5] = [
            (9017.0 / 3168.0, dx),
            (-355.0 / 33.0, k2),
            (46732.0 / 5247.0, k3),
            (49.0 / 176.0, k4),
            (-5103.0 / 18656.0, k5),
        ];
        combine(stage, x, dt, row);
        system.derivative(t + dt, stage, k6)?;
        let c = Self::C;
        combine(out, x, dt, [(c[0], dx), (c[2], k3), (c[3], k4), (c[4], k5), (c[5], k6)]);
        system.derivative(t + dt, out, out_slope)?;
        let d = [
            c[0] - 5179.0 / 57600.0,
            c[2] - 7571.0 / 16695.0,
            c[3] - 393.0 / 640.0,
            c[4] + 92097.0 / 339200.0,
            c[5] - 187.0 / 2100.0,
            -1.0 / 40.0,
        ];
        let n = self.error.len();
        let (dx, out_slope) = (&dx[..n], &out_slope[..n]);
        let (k3, k4, k5, k6) = (&k3[..n], &k4[..n], &k5[..n], &k6[..n]);
        for (i, e) in self.error.iter_mut().enumerate() {
            *e = dt * (d[0] * dx[i] + d[1] * k3[i] + d[2] * k4[i] + d[3] * k5[i] + d[4] * k6[i] + d[5] * out_slope[i]);
        }
        Ok(())
    }

    /// The state at `t` within the last step (Hairer, Norsett and Wanner, II.6; in the form of odeint).
    fn interpolate(
        &self,
        t: f64,
        (t_old, x_old, dx_old): (f64, &[f64], &[f64]),
        (t_new, dx_new): (f64, &[f64]),
        out: &mut [f64],
    ) {
        let dt = t_new - t_old;
        let u = (t - t_old) / dt;
        let x1 = 5.0 * (2558722523.0 - 31403016.0 * u) / 11282082432.0;
        let x3 = 100.0 * (882725551.0 - 15701508.0 * u) / 32700410799.0;
        let x4 = 25.0 * (443332067.0 - 31403016.0 * u) / 1880347072.0;
        let x5 = 32805.0 * (23143187.0 - 3489224.0 * u) / 199316789632.0;
        let x6 = 55.0 * (29972135.0 - 7076736.0 * u) / 822651844.0;
        let x7 = 10.0 * (7414447.0 - 829305.0 * u) / 29380423.0;
        let (a, b) = (u * u * (3.0 - 2.0 * u), u * u * (u - 1.0));
        let (c, d) = (u * u * (u - 1.0) * (u - 1.0), u * (u - 1.0) * (u - 1.0));
        let w = Self::C;
        let weights = [
            (a * w[0] - c * x1 + d, dx_old),
            (a * w[2] + c * x3, &self.k[1][..]),
            (a * w[3] - c * x4, &self.k[2][..]),
            (a * w[4] + c * x5, &self.k[3][..]),
            (a * w[5] - c * x6, &self.k[4][..]),
            (b + c * x7, dx_new),
        ];
        combine(out, x_old, dt, weights);
    }
}

/// Integrates over all output times with dense output.
pub(super) fn dormand_prince<S: OdeSystem>(
    name: &str,
    system: &mut Coupled<S>,
    z0: Vec<f64>,
    problem: &OdeProblem,
    control: &OdeControl,
    mut observe: impl FnMut(&[f64]),
) -> Result<(), S::Error> {
    let n = z0.len();
    let mut method = DormandPrince::new(n);
    let (mut x, mut x_old) = (z0, vec![0.0; n]);
    let (mut dx, mut dx_old) = (vec![0.0; n], vec![0.0; n]);
    let (mut t, mut t_old, mut dt) = (problem.t0, problem.t0, FIRST_STEP);
    let mut slope_known = false;
    let last = problem.times[problem.times.len() - 1];
    let mut next = 0;
    let mut steps = 0;
    let mut output = vec![0.0; n];
    while next < problem.times.len() {
        while next < problem.times.len() && at_or_before(problem.times[next], t) {
            method.interpolate(problem.times[next], (t_old, &x_old, &dx_old), (t, &dx), &mut output);
            observe(&output);
            next += 1;
            steps = 0;
        }
        if next == problem.times.len() {
            // odeint takes one more step here, whose result nobody sees.
            break;
        }
        if !at_or_before(t + dt, last) {
            // The last step ends at the last time.
            dt = last - t;
            slope_known = false;
        }
        if !slope_known {
            system.derivative(t, &x, &mut dx)?;
            slope_known = true;
        }
        let mut rejections = 0;
        loop {
            method.step(system, &x, &dx, t, dt, (&mut x_old, &mut dx_old))?;
            let error = error_norm(&method.error, &x, &dx, dt, control);
            if error.is_nan() {
                return Err(not_finite(name, t).into());
            }
            if error <= 1.0 {
                t_old = t;
                t += dt;
                dt = larger(dt, error, 5);
                break;
            }
            dt = smaller(dt, error, 4);
            rejections += 1;
            if rejections > MAX_REJECTIONS {
                return Err(FunctionError::domain(name, format!("no step from time {t} meets the tolerances")).into());
            }
        }
        // The new state was written over the one before last.
        std::mem::swap(&mut x, &mut x_old);
        std::mem::swap(&mut dx, &mut dx_old);
        steps += 1;
        if steps > control.max_steps {
            return Err(too_many_steps(name, control).into());
        }
    }
    Ok(())
}

/// Cash and Karp (1990), order 5(4), stepping exactly to each output time.
pub(super) fn cash_karp<S: OdeSystem>(
    name: &str,
    system: &mut Coupled<S>,
    z0: Vec<f64>,
    problem: &OdeProblem,
    control: &OdeControl,
    mut observe: impl FnMut(&[f64]),
) -> Result<(), S::Error> {
    const B: [f64; 6] = [37.0 / 378.0, 0.0, 250.0 / 621.0, 125.0 / 594.0, 0.0, 512.0 / 1771.0];
    const B4: [f64; 6] = [2825.0 / 27648.0, 0.0, 18575.0 / 48384.0, 13525.0 / 55296.0, 277.0 / 14336.0, 1.0 / 4.0];
    let n = z0.len();
    let mut x = z0;
    let mut k: [Vec<f64>; 6] = std::array::from_fn(|_| vec![0.0; n]);
    let (mut stage, mut error) = (vec![0.0; n], vec![0.0; n]);
    let (mut t, mut dt) = (problem.t0, FIRST_STEP);
    for &time in problem.times {
        let mut steps = 0;
        let mut rejections = 0;
        while t < time && time - t > f64::EPSILON {
            let mut h = dt.min(time - t);
            let [k1, k2, k3, k4, k5, k6] = &mut k;
            system.derivative(t, &x, k1)?;
            combine(&mut stage, &x, h, [(1.0 / 5.0, k1)]);
            system.derivative(t + h * (1.0 / 5.0), &stage, k2)?;
            combine(&mut stage, &x, h, [(3.0 / 40.0, k1), (9.0 / 40.0, k2)]);
            system.derivative(t + h * (3.0 / 10.0), &stage, k3)?;
            combine(&mut stage, &x, h, [(3.0 / 10.0, k1), (-9.0 / 10.0, k2), (6.0 / 5.0, k3)]);
            system.derivative(t + h * (3.0 / 5.0), &stage, k4)?;
            combine(&mut stage, &x, h, [(-11.0 / 54.0, k1), (5.0 / 2.0, k2), (-70.0 / 27.0, k3), (35.0 / 27.0, k4)]);
            system.derivative(t + h, &stage, k5)?;
            let row: [(f64, &[f64]); 5] = [
                (1631.0 / 55296.0, k1),
                (175.0 / 512.0, k2),
                (575.0 / 13824.0, k3),
                (44275.0 / 110592.0, k4),
                (253.0 / 4096.0, k5),
            ];
            combine(&mut stage, &x, h, row);
            system.derivative(t + h * (7.0 / 8.0), &stage, k6)?;
            for (i, e) in error.iter_mut().enumerate() {
                *e = h * (0..6).map(|s| (B[s] - B4[s]) * k[s][i]).sum::<f64>();
            }
            let norm = error_norm(&error, &x, &k[0], h, control);
            if norm.is_nan() {
                return Err(not_finite(name, t).into());
            }
            if norm > 1.0 {
                dt = smaller(h, norm, 4);
                rejections += 1;
                if rejections > MAX_REJECTIONS {
                    return Err(
                        FunctionError::domain(name, format!("no step from time {t} meets the tolerances")).into()
                    );
                }
                continue;
            }
            rejections = 0;
            combine(&mut stage, &x, h, std::array::from_fn::<_, 6, _>(|s| (B[s], &k[s][..])));
            std::mem::swap(&mut x, &mut stage);
            t += h;
            h = larger(h, norm, 5);
            // A step cut short at an output time does not shorten the next one.
            dt = dt.max(h);
            steps += 1;
            if steps > control.max_steps {
                return Err(too_many_steps(name, control).into());
            }
        }
        observe(&x);
    }
    Ok(())
}
