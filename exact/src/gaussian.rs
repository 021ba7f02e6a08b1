//! Evidence where the outcome (or its log) is normal given its scale sigma and at most one more number: coefficients and effects are
//! integrated out in closed form, sigma and the other number by the trapezoidal rule.
//!
//! Given the other number, the covariance of y is `sigma^2 V + X S X'`, with V known: the identity; `I + r^2 Z Z'` for groups and
//! `I + r^2 K` for a random walk, where r = tau / sigma; that of an autoregression. With `A = S^1/2 X' V^-1 X S^1/2` the density of y needs
//! the determinant of `A + sigma^2 I` and a solve with it (Woodbury). A is made tridiagonal once (Householder), its first vector being the
//! right-hand side, so each sigma costs a few divisions for a coefficient.

use crate::data::Data;
use crate::error::ExactError;
use crate::model::{Effect, Family, Feature, HALF_LN_2PI, Model, Prior, log_normal};
use crate::trapezoid::{Integral, integrate};
use ppl_runtime::math::lgamma;

/// Coefficients at most, and the outcome beside them.
const MOST: usize = 16;

/// Products of the columns of `[X S^1/2, y]` with each other, in the metric of `V^-1`.
type Gram = [[f64; MOST]; MOST];

/// What else there is beside sigma; tau has a gamma distribution of this shape and rate.
enum Other<'d> {
    Nothing,
    /// Group of each row, sizes of the groups.
    Groups {
        group: &'d [usize],
        sizes: Vec<f64>,
        tau: (f64, f64),
    },
    Walk {
        tau: (f64, f64),
    },
    /// Low and high.
    Correlation {
        low: f64,
        high: f64,
    },
    Step {
        column: &'d [f64],
        rate: f64,
        sd: f64,
        location: Prior,
    },
}

/// The evidence of a model with a Gaussian family.
///
/// # Errors
/// Too many terms; priors of another form.
pub fn evidence(model: &Model, data: &Data) -> Result<Integral, ExactError> {
    let (shape, rate) = gamma(model.dispersion)?;
    let mut y = data.outcome().to_vec();
    let mut constant = 0.0;
    if model.family == Family::Lognormal {
        y.iter_mut().for_each(|y| *y = y.ln());
        constant -= y.iter().sum::<f64>();
    }
    let mut columns = Vec::new();
    for term in &model.terms {
        let mut column = data.feature(term.feature)?;
        let mut variance = term.sd * term.sd;
        if let (Feature::One, Some(Effect::LocalLevel { first, .. })) = (term.feature, model.effect) {
            variance += first * first;
        }
        column.iter_mut().for_each(|x| *x *= variance.sqrt());
        columns.push(column);
    }
    let mut rows = y.len();
    let other = match (model.family, model.effect) {
        (Family::Autoregression { mean, sd }, _) => {
            constant += log_normal(y[0], mean, sd);
            rows -= 1;
            correlation(model)?
        }
        (Family::AutoregressiveErrors, _) => correlation(model)?,
        (_, None) => Other::Nothing,
        (_, Some(Effect::VaryingIntercept { group, tau })) => {
            let levels = data.levels(group);
            let group = data.group(group)?;
            let mut sizes = vec![0.0; levels];
            group.iter().for_each(|g| sizes[*g] += 1.0);
            Other::Groups { group, sizes, tau: gamma(Some(tau))? }
        }
        (_, Some(Effect::LocalLevel { tau, first })) => {
            if !model.terms.iter().any(|term| term.feature == Feature::One) {
                columns.push(vec![first; y.len()]);
            }
            Other::Walk { tau: gamma(Some(tau))? }
        }
        (_, Some(Effect::ChangePoint { column, rate, sd, location })) => {
            Other::Step { column: data.column(column)?, rate, sd, location }
        }
    };
    let is_autoregression = matches!(model.family, Family::Autoregression { .. });
    let step = usize::from(matches!(other, Other::Step { .. }));
    if columns.len() + step + 1 > MOST {
        return Err(ExactError::Combination(format!("it has more than {} terms", MOST - 1 - step)));
    }
    let mut sum = SumOverScales::new(rows, shape, rate);
    columns.push(y);
    let regression = Regression { columns, skip: usize::from(is_autoregression) };
    let mut integral = regression.integrate(&other, &mut sum);
    integral.log += constant;
    integral.error += sum.error;
    Ok(integral)
}

fn gamma(prior: Option<Prior>) -> Result<(f64, f64), ExactError> {
    match prior {
        Some(Prior::Gamma { shape, rate }) => Ok((shape, rate)),
        _ => Err(ExactError::Combination("the prior of a standard deviation is no gamma distribution".to_string())),
    }
}

fn correlation<'d>(model: &Model) -> Result<Other<'d>, ExactError> {
    match model.correlation {
        Some(Prior::Uniform { low, high }) => Ok(Other::Correlation { low, high }),
        _ => Err(ExactError::Combination("a correlation without bounds".to_string())),
    }
}

/// Columns of `X S^1/2`, and y last.
struct Regression {
    columns: Vec<Vec<f64>>,
    /// The first rows are given.
    skip: usize,
}

impl Regression {
    fn integrate(&self, other: &Other<'_>, sum: &mut SumOverScales) -> Integral {
        let p = self.columns.len() - 1;
        match other {
            Other::Nothing => {
                let log = sum.over_scales(&Pencil::new(self.gram(), p, 0.0), |_, _| 0.0);
                Integral { log, error: 0.0 }
            }
            Other::Groups { group, sizes, tau } => {
                let gram = self.gram();
                let mut sums = vec![[0.0; MOST]; sizes.len()];
                for (row, g) in group.iter().enumerate() {
                    self.columns.iter().enumerate().for_each(|(j, column)| sums[*g][j] += column[row]);
                }
                over_ratio(*tau, sum, |q| {
                    let mut own = gram;
                    let mut log_det = 0.0;
                    for (s, size) in sums.iter().zip(sizes) {
                        let weight = q / (1.0 + q * size);
                        log_det += (q * size).ln_1p();
                        for i in 0..=p {
                            for j in 0..=i {
                                own[i][j] -= weight * s[i] * s[j];
                            }
                        }
                    }
                    Pencil::new(own, p, -0.5 * log_det)
                })
            }
            Other::Walk { tau } => {
                let mut white = self.columns.clone();
                over_ratio(*tau, sum, |q| {
                    let log_det = self.filter(q, &mut white);
                    Pencil::new(gram(&white, 0), p, -0.5 * log_det)
                })
            }
            Other::Correlation { low, high } => {
                let (now, before, across) = self.lagged();
                let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
                // phi goes to the ends of its range doubly exponentially (Takahasi and Mori 1974)
                integrate((-3.2, 3.2), 0.16, |v: f64| {
                    let u = std::f64::consts::FRAC_PI_2 * v.sinh();
                    let phi = middle + half * u.tanh();
                    let log_slope = (std::f64::consts::FRAC_PI_2 * v.cosh()).ln() - 2.0 * log_cosh(u);
                    let mut own = now;
                    for i in 0..=p {
                        for j in 0..=i {
                            own[i][j] += phi * (phi * before[i][j] - across[i][j] - across[j][i]);
                        }
                    }
                    // the density of phi is 1 / (2 half), and d phi / dv = half exp(log_slope)
                    sum.over_scales(&Pencil::new(own, p, 0.0), |_, _| 0.0) + log_slope - 2f64.ln()
                })
            }
            Other::Step { column, rate, sd, location } => self.over_locations(column, (*rate, *sd), *location, sum),
        }
    }

    fn over_locations(&self, x: &[f64], (rate, sd): (f64, f64), location: Prior, sum: &mut SumOverScales) -> Integral {
        let p = self.columns.len() - 1;
        let gram = self.gram();
        let mut step = vec![0.0; x.len()];
        let (least, most) = x.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(*x), b.max(*x)));
        // it has a feature as narrow as a step within the column's range
        let range = (least.min(-3.0) - 0.5, most.max(3.0) + 0.5);
        integrate(range, 2.0 / rate, |c| {
            step.iter_mut().zip(x).for_each(|(s, x)| *s = sd / (1.0 + (-rate * (x - c)).exp()));
            // the step comes before the outcome
            let mut own = gram;
            own[p + 1] = gram[p];
            own[p + 1][p + 1] = gram[p][p];
            for (j, column) in self.columns[..p].iter().enumerate() {
                own[p][j] = dot(&step, column);
            }
            own[p][p] = dot(&step, &step);
            own[p + 1][p] = dot(&step, &self.columns[p]);
            sum.over_scales(&Pencil::new(own, p + 1, 0.0), |_, _| 0.0) + location.log_density(c)
        })
    }

    fn gram(&self) -> Gram {
        gram(&self.columns, self.skip)
    }

    /// Of rows, of the rows before them, and of both. The first row that is not skipped has none before it, except where one was
    /// skipped.
    fn lagged(&self) -> (Gram, Gram, Gram) {
        let n = self.columns[0].len();
        let (mut before, mut across) = ([[0.0; MOST]; MOST], [[0.0; MOST]; MOST]);
        for (i, a) in self.columns.iter().enumerate() {
            for (j, b) in self.columns.iter().enumerate() {
                before[i][j] = dot(&a[..n - 1], &b[..n - 1]);
                across[i][j] = dot(&a[1..], &b[..n - 1]);
            }
        }
        (self.gram(), before, across)
    }

    /// The columns as a Kalman filter whitens them, for observations of variance 1 of a random walk that starts at 0 and whose steps have
    /// variance q; the log determinant of their covariance.
    fn filter(&self, q: f64, white: &mut [Vec<f64>]) -> f64 {
        let mut log_det = 0.0;
        let (mut variance, mut product) = (0.0, 1.0);
        let mut state = [0.0; MOST];
        for row in 0..self.columns[0].len() {
            let total: f64 = variance + 1.0;
            product *= total;
            if product > 1e200 {
                log_det += product.ln();
                product = 1.0;
            }
            let (gain, scale) = (variance / total, 1.0 / total.sqrt());
            for ((column, white), state) in self.columns.iter().zip(&mut *white).zip(&mut state) {
                let innovation = column[row] - *state;
                white[row] = innovation * scale;
                *state += gain * innovation;
            }
            variance = gain + q;
        }
        log_det + product.ln()
    }
}

fn log_cosh(u: f64) -> f64 {
    u.abs() + (-2.0 * u.abs()).exp().ln_1p() - std::f64::consts::LN_2
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The lower half.
fn gram(columns: &[Vec<f64>], skip: usize) -> Gram {
    let mut all = [[0.0; MOST]; MOST];
    for (i, a) in columns.iter().enumerate() {
        for (j, b) in columns[..=i].iter().enumerate() {
            all[i][j] = dot(&a[skip..], &b[skip..]);
        }
    }
    all
}

/// The integral over r = tau / sigma (and over sigma), where `pencil` is that of r^2.
fn over_ratio((shape, rate): (f64, f64), sum: &mut SumOverScales, mut pencil: impl FnMut(f64) -> Pencil) -> Integral {
    let (middle, constant) = (shape / rate / sum.middle, shape * rate.ln() - lgamma(shape));
    // r goes to 0 doubly exponentially and to infinity exponentially: no time is lost in the long tail at 0
    integrate((-1.8, 3.0), 0.3, |v: f64| {
        let log_r = middle.ln() + v - (-v).exp();
        let log_slope = (-v).exp().ln_1p();
        let log_density =
            |log_sigma: f64, sigma: f64| constant + shape * (log_r + log_sigma) - rate * log_r.exp() * sigma;
        sum.over_scales(&pencil((2.0 * log_r).exp()), log_density) + log_slope
    })
}

/// `(A, b, c)` with A tridiagonal and b a multiple of the first unit vector; what the density of y depends on beside sigma.
struct Pencil {
    size: usize,
    diagonal: [f64; MOST],
    /// Squares beside the diagonal.
    beside: [f64; MOST],
    b_squared: f64,
    c: f64,
    /// Half the log determinant of V^-1.
    log_weight: f64,
}

impl Pencil {
    /// From the lower half of the products of `size` columns and y. Householder's reduction.
    fn new(mut a: Gram, size: usize, log_weight: f64) -> Pencil {
        let c = a[size][size];
        let mut b = a[size];
        let mut pencil = Pencil { size, diagonal: [0.0; MOST], beside: [0.0; MOST], b_squared: 0.0, c, log_weight };
        if size == 0 {
            return pencil;
        }
        pencil.b_squared = b[..size].iter().map(|b| b * b).sum();
        (0..size).for_each(|i| (0..i).for_each(|j| a[j][i] = a[i][j]));
        reflect(&mut a, &mut b, 0, size);
        for k in 0..size.saturating_sub(1) {
            let mut v = [0.0; MOST];
            (k + 1..size).for_each(|i| v[i] = a[i][k]);
            pencil.beside[k] = v[k + 1..size].iter().map(|v| v * v).sum();
            reflect(&mut a, &mut v, k + 1, size);
        }
        (0..size).for_each(|i| pencil.diagonal[i] = a[i][i]);
        pencil
    }

    /// Logs of the density of y without `(2 pi)^(-n/2)`, at sigma = exp(log_sigma[i]).
    fn log_densities<const L: usize>(&self, rows: f64, log_sigma: &[f64; L], out: &mut [f64; L]) {
        let variance: [f64; L] = std::array::from_fn(|i| (2.0 * log_sigma[i]).exp());
        let (mut det, mut pivot) = ([1.0; L], [1.0; L]);
        for k in (0..self.size).rev() {
            let beside = if k + 1 < self.size { self.beside[k] } else { 0.0 };
            for i in 0..L {
                pivot[i] = self.diagonal[k] + variance[i] - beside / pivot[i];
                det[i] *= pivot[i];
            }
        }
        for i in 0..L {
            let residual = (self.c - self.b_squared / pivot[i]).max(0.0);
            out[i] = self.log_weight
                - 0.5 * (det[i].ln() + residual / variance[i])
                - (rows - self.size as f64) * log_sigma[i];
        }
    }
}

/// Conjugates A with the reflection that takes `v[from..size]` to a multiple of the first of these unit vectors.
fn reflect(a: &mut Gram, v: &mut [f64; MOST], from: usize, size: usize) {
    let norm = v[from..size].iter().map(|v| v * v).sum::<f64>().sqrt();
    let rest: f64 = v[from + 1..size].iter().map(|v| v * v).sum();
    if rest == 0.0 {
        return;
    }
    v[from] += if v[from] >= 0.0 { norm } else { -norm };
    let scale = 2.0 / (v[from] * v[from] + rest);
    // A := A - v w' - w v', with w = scale (A v - v (scale v'A v / 2))
    let mut w = [0.0; MOST];
    for i in 0..size {
        w[i] = scale * (from..size).map(|j| a[i][j] * v[j]).sum::<f64>();
    }
    let half = 0.5 * scale * (from..size).map(|i| v[i] * w[i]).sum::<f64>();
    let inside = |i: usize| if i >= from { v[i] } else { 0.0 };
    (from..size).for_each(|i| w[i] -= half * v[i]);
    for (i, row) in a.iter_mut().enumerate().take(size) {
        for (j, own) in row.iter_mut().enumerate().take(size) {
            *own -= inside(i) * w[j] + w[i] * inside(j);
        }
    }
}

/// Sums over a grid of log sigma, which begin where the last one had its peak.
struct SumOverScales {
    rows: f64,
    shape: f64,
    rate: f64,
    constant: f64,
    step: f64,
    /// Where the last peak was, in blocks of the grid.
    block: i64,
    /// The mean of sigma.
    middle: f64,
    /// The largest log of a sum so far, and its error.
    best: f64,
    error: f64,
}

/// Places of the grid that are computed together.
const BLOCK: usize = 8;
/// Blocks whose values lie so far below the largest do not count (log scale).
const NEGLIGIBLE: f64 = 26.0;

impl SumOverScales {
    fn new(rows: usize, shape: f64, rate: f64) -> SumOverScales {
        let rows = rows as f64;
        let constant = shape * rate.ln() - lgamma(shape) - rows * HALF_LN_2PI;
        // log sigma has a standard deviation of about 1 / sqrt(2 rows + shape) at least
        let step = 0.8 / (2.0 * rows + shape).sqrt();
        SumOverScales {
            rows,
            shape,
            rate,
            constant,
            step,
            block: 0,
            middle: shape / rate,
            best: f64::NEG_INFINITY,
            error: 0.0,
        }
    }

    /// log of the integral over sigma of its prior, the density of y and exp(`more`), a function of log sigma and sigma.
    fn over_scales(&mut self, pencil: &Pencil, more: impl Fn(f64, f64) -> f64) -> f64 {
        let values = |block: i64| {
            let log_sigma: [f64; BLOCK] = std::array::from_fn(|i| self.step * (block * BLOCK as i64 + i as i64) as f64);
            let mut out = [0.0; BLOCK];
            pencil.log_densities(self.rows, &log_sigma, &mut out);
            for (out, log_sigma) in out.iter_mut().zip(log_sigma) {
                let sigma = log_sigma.exp();
                *out += self.shape * log_sigma - self.rate * sigma + more(log_sigma, sigma);
            }
            out
        };
        let mut sum = RunningSum::default();
        let (mut best, mut peak) = (f64::NEG_INFINITY, self.block);
        let mut visit = |block: i64, sum: &mut RunningSum| {
            let own = values(block);
            let most = own.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            own.iter().enumerate().for_each(|(i, value)| sum.add(*value, i % 2 == 0));
            if most > best {
                (best, peak) = (most, block);
            }
            most > sum.most - NEGLIGIBLE
        };
        visit(self.block, &mut sum);
        for direction in [1, -1] {
            let mut block = self.block + direction;
            // uphill first, whatever it costs; then down until nothing is left
            while visit(block, &mut sum) && (block - self.block).abs() < 10_000 {
                block += direction;
            }
        }
        self.block = peak;
        // the rule of twice the step is off by this, that of the step by about the square
        let difference = (sum.all / (2.0 * sum.even)).ln().abs();
        let log = self.constant + sum.most + (sum.all * self.step).ln();
        if log > self.best {
            (self.best, self.error) = (log, difference * difference);
        }
        log
    }
}

/// A sum of exponentials relative to the largest so far, and of every other one.
struct RunningSum {
    most: f64,
    all: f64,
    even: f64,
}

impl Default for RunningSum {
    fn default() -> Self {
        RunningSum { most: f64::NEG_INFINITY, all: 0.0, even: 0.0 }
    }
}

impl RunningSum {
    fn add(&mut self, value: f64, even: bool) {
        if value == f64::NEG_INFINITY {
            return;
        }
        if value > self.most + 3.0 {
            let scale = (self.most - value).exp();
            self.most = value;
            self.all *= scale;
            self.even *= scale;
        }
        let term = (value - self.most).exp();
        self.all += term;
        if even {
            self.even += term;
        }
    }
}
