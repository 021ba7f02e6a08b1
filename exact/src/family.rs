//! Likelihoods of rows given their linear predictors, many at once.

use crate::error::ExactError;
use crate::model::{Family, Link};
use ppl_runtime::kernels::{UnaryKernel, unary};
use ppl_runtime::math::{digamma, lgamma, std_normal_lcdf};
use std::f64::consts::PI;
use std::sync::OnceLock;

/// The outcomes of some rows under a family; what does not depend on the linear predictor is kept apart.
#[derive(Clone, Debug)]
pub struct Likelihood {
    family: Family,
    y: Vec<f64>,
    /// Trials, or logs of the outcomes, where the family needs them.
    other: Vec<f64>,
    /// The part that depends on nothing but the outcomes.
    constant: f64,
}

/// Room for intermediate results.
#[derive(Default)]
pub struct Scratch {
    a: Vec<f64>,
    b: Vec<f64>,
}

impl Scratch {
    fn resize(&mut self, n: usize) {
        for own in [&mut self.a, &mut self.b] {
            own.resize(n, 0.0);
        }
    }
}

impl Likelihood {
    /// Of all rows but zeros of a hurdle, which say nothing about the linear predictor. `trials` are 1 where the family has none.
    ///
    /// # Errors
    /// A family that is integrated in closed form.
    pub fn new(family: Family, y: Vec<f64>, trials: Vec<f64>) -> Result<Likelihood, ExactError> {
        let sum = |f: &dyn Fn(f64) -> f64| y.iter().map(|y| f(*y)).sum::<f64>();
        let logs = || y.iter().map(|y| y.ln()).collect::<Vec<f64>>();
        let (other, constant) = match family {
            Family::Poisson | Family::NegBinomial | Family::ZeroInflatedPoisson | Family::HurdlePoisson => {
                (Vec::new(), -sum(&|y| lgamma(y + 1.0)))
            }
            Family::Binomial(_) | Family::BetaBinomial => {
                let choose = |(n, k): (&f64, &f64)| lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0);
                let constant = trials.iter().zip(&y).map(choose).sum();
                (trials, constant)
            }
            Family::Gamma | Family::Weibull => {
                let logs = logs();
                let constant = -logs.iter().sum::<f64>();
                (logs, constant)
            }
            Family::StudentT { nu } => {
                let one = lgamma(0.5 * (nu + 1.0)) - lgamma(0.5 * nu) - 0.5 * (nu * PI).ln();
                (Vec::new(), one * y.len() as f64)
            }
            Family::Bernoulli(_) | Family::Exponential => (Vec::new(), 0.0),
            Family::Normal | Family::Lognormal | Family::Autoregression { .. } | Family::AutoregressiveErrors => {
                return Err(ExactError::Combination(format!("{family:?} is integrated in closed form")));
            }
        };
        Ok(Likelihood { family, y, other, constant })
    }

    pub fn rows(&self) -> usize {
        self.y.len()
    }

    /// The sum over rows of what does not depend on linear predictors.
    pub fn constant(&self, dispersion: f64) -> f64 {
        let n = self.y.len() as f64;
        self.constant
            + match self.family {
                Family::NegBinomial => {
                    let one = lgamma(dispersion);
                    self.y.iter().map(|y| log_rising(dispersion, *y, one)).sum::<f64>()
                }
                Family::ZeroInflatedPoisson => {
                    self.y.iter().filter(|y| **y > 0.0).count() as f64 * (-dispersion).ln_1p()
                }
                Family::Gamma => {
                    let own = dispersion * dispersion.ln() - lgamma(dispersion);
                    n * own + dispersion * self.other.iter().sum::<f64>()
                }
                Family::Weibull => n * dispersion.ln(),
                Family::StudentT { .. } => -n * dispersion.ln(),
                _ => 0.0,
            }
    }

    /// What depends on the linear predictor. `eta` holds the rows once or several times over.
    pub fn log_densities(&self, dispersion: f64, eta: &[f64], scratch: &mut Scratch, out: &mut [f64]) {
        scratch.resize(eta.len());
        let n = self.y.len().max(1);
        let tiled = |values: &mut [f64], x: &[f64], f: &dyn Fn(&mut f64, f64, f64)| {
            for (values, x) in values.chunks_mut(n).zip(x.chunks(n)) {
                values.iter_mut().zip(x).zip(&self.y).for_each(|((value, x), y)| f(value, *x, *y));
            }
        };
        match self.family {
            Family::Poisson => {
                map(kernels().exp, eta, &mut scratch.a);
                for ((out, eta), mu) in out.chunks_mut(n).zip(eta.chunks(n)).zip(scratch.a.chunks(n)) {
                    for i in 0..n {
                        out[i] = self.y[i] * eta[i] - mu[i];
                    }
                }
            }
            Family::NegBinomial => {
                let log_phi = dispersion.ln();
                scratch.a.iter_mut().zip(eta).for_each(|(t, eta)| *t = eta - log_phi);
                map(kernels().log1p_exp, &scratch.a, &mut scratch.b);
                for ((out, t), l) in out.chunks_mut(n).zip(scratch.a.chunks(n)).zip(scratch.b.chunks(n)) {
                    for i in 0..n {
                        out[i] = self.y[i] * t[i] - (self.y[i] + dispersion) * l[i];
                    }
                }
            }
            Family::ZeroInflatedPoisson => {
                map(kernels().exp, eta, &mut scratch.a);
                scratch.b.iter_mut().zip(&scratch.a).for_each(|(b, mu)| *b = -mu);
                map_in_place(kernels().exp, &mut scratch.b);
                scratch.b.iter_mut().for_each(|b| *b = dispersion + (1.0 - dispersion) * *b);
                map_in_place(kernels().log, &mut scratch.b);
                let all = out.chunks_mut(n).zip(eta.chunks(n)).zip(scratch.a.chunks(n).zip(scratch.b.chunks(n)));
                for ((out, eta), (mu, zero)) in all {
                    for i in 0..n {
                        let y = self.y[i];
                        out[i] = if y == 0.0 { zero[i] } else { y * eta[i] - mu[i] };
                    }
                }
            }
            Family::HurdlePoisson => {
                log_some(eta, scratch);
                let all = out.chunks_mut(n).zip(eta.chunks(n)).zip(scratch.a.chunks(n).zip(scratch.b.chunks(n)));
                for ((out, eta), (mu, some)) in all {
                    for i in 0..n {
                        out[i] = self.y[i] * eta[i] - mu[i] - some[i];
                    }
                }
            }
            Family::Bernoulli(Link::Logit) => {
                tiled(&mut scratch.a, eta, &|t, eta, y| *t = (1.0 - 2.0 * y) * eta);
                map(kernels().log1p_exp, &scratch.a, out);
                out.iter_mut().for_each(|out| *out = -*out);
            }
            Family::Bernoulli(Link::Probit) => {
                tiled(out, eta, &|out, eta, y| *out = log_normal_cdf((2.0 * y - 1.0) * eta));
            }
            Family::Bernoulli(Link::Cloglog) => {
                log_some(eta, scratch);
                for ((out, mu), some) in out.chunks_mut(n).zip(scratch.a.chunks(n)).zip(scratch.b.chunks(n)) {
                    for i in 0..n {
                        out[i] = if self.y[i] == 0.0 { -mu[i] } else { some[i] };
                    }
                }
            }
            Family::Binomial(Link::Logit) => {
                map(kernels().log1p_exp, eta, &mut scratch.a);
                for ((out, eta), l) in out.chunks_mut(n).zip(eta.chunks(n)).zip(scratch.a.chunks(n)) {
                    for i in 0..n {
                        out[i] = self.y[i] * eta[i] - self.other[i] * l[i];
                    }
                }
            }
            Family::Binomial(Link::Probit) => {
                for (out, eta) in out.chunks_mut(n).zip(eta.chunks(n)) {
                    for i in 0..n {
                        let (y, rest) = (self.y[i], self.other[i] - self.y[i]);
                        let yes = if y > 0.0 { y * log_normal_cdf(eta[i]) } else { 0.0 };
                        out[i] = yes + if rest > 0.0 { rest * log_normal_cdf(-eta[i]) } else { 0.0 };
                    }
                }
            }
            Family::Binomial(Link::Cloglog) => {
                log_some(eta, scratch);
                for ((out, mu), some) in out.chunks_mut(n).zip(scratch.a.chunks(n)).zip(scratch.b.chunks(n)) {
                    for i in 0..n {
                        let (y, rest) = (self.y[i], self.other[i] - self.y[i]);
                        out[i] = if y > 0.0 { y * some[i] } else { 0.0 } - rest * mu[i];
                    }
                }
            }
            Family::BetaBinomial => self.beta_binomial(dispersion, eta, scratch, out),
            Family::Gamma | Family::Exponential => {
                let shape = if self.family == Family::Gamma { dispersion } else { 1.0 };
                scratch.a.iter_mut().zip(eta).for_each(|(a, eta)| *a = -eta);
                map_in_place(kernels().exp, &mut scratch.a);
                for ((out, eta), e) in out.chunks_mut(n).zip(eta.chunks(n)).zip(scratch.a.chunks(n)) {
                    for i in 0..n {
                        out[i] = -shape * (eta[i] + self.y[i] * e[i]);
                    }
                }
            }
            Family::Weibull => {
                for (a, eta) in scratch.a.chunks_mut(n).zip(eta.chunks(n)) {
                    for i in 0..n {
                        a[i] = dispersion * (self.other[i] - eta[i]);
                    }
                }
                map(kernels().exp, &scratch.a, &mut scratch.b);
                out.iter_mut().zip(scratch.a.iter().zip(&scratch.b)).for_each(|(out, (t, e))| *out = t - e);
            }
            Family::StudentT { nu } => {
                let scale = 1.0 / (nu * dispersion * dispersion);
                tiled(&mut scratch.a, eta, &|a, eta, y| *a = 1.0 + (y - eta) * (y - eta) * scale);
                map(kernels().log, &scratch.a, out);
                out.iter_mut().for_each(|out| *out *= -0.5 * (nu + 1.0));
            }
            // `new` has refused them
            Family::Normal | Family::Lognormal | Family::Autoregression { .. } | Family::AutoregressiveErrors => {
                out.fill(f64::NAN)
            }
        }
    }

    fn beta_binomial(&self, kappa: f64, eta: &[f64], scratch: &mut Scratch, out: &mut [f64]) {
        let n = self.y.len().max(1);
        map(kernels().inv_logit, eta, &mut scratch.a);
        scratch.a.iter_mut().for_each(|a| *a = (kappa * *a).max(1e-300));
        // log rising factorials as logs of products where there are few factors
        let total = lgamma(kappa);
        for (out, a) in out.chunks_mut(n).zip(scratch.a.chunks(n)) {
            for i in 0..n {
                let (y, rest) = (self.y[i], self.other[i] - self.y[i]);
                let b = (kappa - a[i]).max(1e-300);
                out[i] = rising(a[i], y) + rising(b, rest) - log_rising(kappa, y + rest, total);
            }
        }
    }

    /// First and second derivatives of what depends on the linear predictor. The second one is that of the log density, or its
    /// expectation where that is simpler.
    pub fn derivatives(&self, dispersion: f64, eta: &[f64], first: &mut [f64], second: &mut [f64]) {
        for i in 0..self.y.len() {
            let trials = self.other.get(i).copied().unwrap_or(1.0);
            (first[i], second[i]) = self.derivative(self.y[i], trials, dispersion, eta[i]);
        }
    }

    fn derivative(&self, y: f64, other: f64, dispersion: f64, eta: f64) -> (f64, f64) {
        let inv_logit = |x: f64| 1.0 / (1.0 + (-x).exp());
        match self.family {
            Family::Poisson => {
                let mu = eta.exp();
                (y - mu, -mu)
            }
            Family::NegBinomial => {
                let s = inv_logit(eta - dispersion.ln());
                (y - (y + dispersion) * s, -(y + dispersion) * s * (1.0 - s))
            }
            Family::ZeroInflatedPoisson => {
                let mu = eta.exp();
                if y > 0.0 {
                    return (y - mu, -mu);
                }
                let w = (1.0 - dispersion) * (-mu).exp();
                let q = w / (dispersion + w);
                (-q * mu, q * (1.0 - q) * mu * mu - q * mu)
            }
            Family::HurdlePoisson => {
                let mu = eta.exp();
                let r = if mu > 1e-12 { mu / -(-mu).exp_m1() } else { 1.0 };
                (y - r, -r * (1.0 - r * (-mu).exp()))
            }
            Family::Bernoulli(link) | Family::Binomial(link) => {
                let trials = if matches!(self.family, Family::Bernoulli(_)) { 1.0 } else { other };
                self.success(link, y, trials, eta)
            }
            Family::BetaBinomial => {
                let p = inv_logit(eta);
                let (a, b) = ((p * dispersion).max(1e-300), ((1.0 - p) * dispersion).max(1e-300));
                let slope = digamma(y + a) - digamma(a) - digamma(other - y + b) + digamma(b);
                let variance = p * (1.0 - p);
                // the variance of the share of successes, as if they were normal
                let spread = other * variance * (dispersion + other) / (dispersion + 1.0);
                let factor = if spread > 0.0 { (other * variance).powi(2) / spread } else { 0.0 };
                (dispersion * variance * slope, -factor)
            }
            Family::Gamma | Family::Exponential => {
                let shape = if self.family == Family::Gamma { dispersion } else { 1.0 };
                let own = shape * y * (-eta).exp();
                (own - shape, -own)
            }
            Family::Weibull => {
                let e = (dispersion * (other - eta)).exp();
                (dispersion * (e - 1.0), -dispersion * dispersion * e)
            }
            Family::StudentT { nu } => {
                let (r, s) = (y - eta, nu * dispersion * dispersion);
                let total = s + r * r;
                ((nu + 1.0) * r / total, -(nu + 1.0) * (s - r * r) / (total * total))
            }
            Family::Normal | Family::Lognormal | Family::Autoregression { .. } | Family::AutoregressiveErrors => {
                (f64::NAN, f64::NAN)
            }
        }
    }

    fn success(&self, link: Link, y: f64, trials: f64, eta: f64) -> (f64, f64) {
        match link {
            Link::Logit => {
                let p = 1.0 / (1.0 + (-eta).exp());
                (y - trials * p, -trials * p * (1.0 - p))
            }
            Link::Probit => {
                let ratio = |x: f64| (-0.5 * x * x - crate::model::HALF_LN_2PI - log_normal_cdf(x)).exp();
                let (yes, no) = (ratio(eta), ratio(-eta));
                let rest = trials - y;
                (y * yes - rest * no, -y * yes * (yes + eta) - rest * no * (no - eta))
            }
            Link::Cloglog => {
                let mu = eta.exp();
                // mu exp(-mu) / (1 - exp(-mu))
                let r = if mu > 1e-12 { mu / mu.exp_m1() } else { 1.0 };
                let rest = trials - y;
                (y * r - rest * mu, y * r * (1.0 - mu - r) - rest * mu)
            }
        }
    }
}

/// `exp(eta)` and `log(1 - exp(-exp(eta)))` in the first two scratch lists.
fn log_some(eta: &[f64], scratch: &mut Scratch) {
    map(kernels().exp, eta, &mut scratch.a);
    scratch.b.iter_mut().zip(&scratch.a).for_each(|(b, mu)| *b = -mu);
    map_in_place(kernels().expm1, &mut scratch.b);
    scratch.b.iter_mut().for_each(|b| *b = -*b);
    map_in_place(kernels().log, &mut scratch.b);
    for ((some, mu), eta) in scratch.b.iter_mut().zip(&scratch.a).zip(eta) {
        // to first order; the exponential may be zero
        if *mu < 1e-9 {
            *some = *eta;
        }
    }
}

/// log Gamma(a + n) - log Gamma(a), where `own` is log Gamma(a).
fn log_rising(a: f64, n: f64, own: f64) -> f64 {
    if n <= FEW { rising(a, n) } else { lgamma(a + n) - own }
}

/// Factors that are multiplied rather than taken from the gamma function.
const FEW: f64 = 24.0;

fn rising(a: f64, n: f64) -> f64 {
    if n > FEW {
        return lgamma(a + n) - lgamma(a);
    }
    // products of up to 8 numbers below 1e30, say, do not overflow
    let (mut log, mut product, mut j) = (0.0, 1.0, 0.0);
    while j < n {
        product *= a + j;
        j += 1.0;
        if j % 8.0 == 0.0 {
            log += f64::ln(product);
            product = 1.0;
        }
    }
    if product == 1.0 { log } else { log + f64::ln(product) }
}

struct Kernels {
    exp: UnaryKernel,
    expm1: UnaryKernel,
    log: UnaryKernel,
    log1p_exp: UnaryKernel,
    inv_logit: UnaryKernel,
}

fn kernels() -> &'static Kernels {
    static KERNELS: OnceLock<Kernels> = OnceLock::new();
    KERNELS.get_or_init(|| {
        let find = |name: &str| unary(name).unwrap_or_else(|| panic!("the runtime has no `{name}`"));
        Kernels {
            exp: find("exp"),
            expm1: find("expm1"),
            log: find("log"),
            log1p_exp: find("log1p_exp"),
            inv_logit: find("inv_logit"),
        }
    })
}

fn map(kernel: UnaryKernel, x: &[f64], out: &mut [f64]) {
    let n = x.len().min(out.len());
    // both hold n numbers and do not overlap
    unsafe { (kernel.forward)(n, x.as_ptr(), out.as_mut_ptr()) }
}

fn map_in_place(kernel: UnaryKernel, x: &mut [f64]) {
    let pointer = x.as_mut_ptr();
    // kernels of one argument work in place
    unsafe { (kernel.forward)(x.len(), pointer, pointer) }
}

/// Values and slopes of log Phi at -12, -12 + 1/64, ..., 9.
fn table() -> &'static [(f64, f64)] {
    static TABLE: OnceLock<Vec<(f64, f64)>> = OnceLock::new();
    TABLE.get_or_init(|| {
        (0..=((CDF_RANGE.1 - CDF_RANGE.0) * CDF_STEPS) as usize)
            .map(|i| {
                let x = CDF_RANGE.0 + i as f64 / CDF_STEPS;
                let log = std_normal_lcdf(x);
                (log, (-0.5 * x * x - crate::model::HALF_LN_2PI - log).exp() / CDF_STEPS)
            })
            .collect()
    })
}

const CDF_RANGE: (f64, f64) = (-12.0, 9.0);
const CDF_STEPS: f64 = 64.0;

/// log Phi(x), by cubic Hermite interpolation in a table: the error is below 1e-9.
pub fn log_normal_cdf(x: f64) -> f64 {
    if !(x > CDF_RANGE.0 && x < CDF_RANGE.1) {
        return std_normal_lcdf(x);
    }
    let place = (x - CDF_RANGE.0) * CDF_STEPS;
    let below = place as usize;
    let t = place - below as f64;
    let (y0, d0) = table()[below];
    let (y1, d1) = table()[below + 1];
    let difference = y1 - y0;
    y0 + t * (d0 + t * (3.0 * difference - 2.0 * d0 - d1 + t * (d0 + d1 - 2.0 * difference)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAMILIES: [Family; 16] = [
        Family::Poisson,
        Family::NegBinomial,
        Family::ZeroInflatedPoisson,
        Family::HurdlePoisson,
        Family::Bernoulli(Link::Logit),
        Family::Bernoulli(Link::Probit),
        Family::Bernoulli(Link::Cloglog),
        Family::Binomial(Link::Logit),
        Family::Binomial(Link::Probit),
        Family::Binomial(Link::Cloglog),
        Family::BetaBinomial,
        Family::Gamma,
        Family::Weibull,
        Family::Exponential,
        Family::StudentT { nu: 4.0 },
        Family::StudentT { nu: 1.5 },
    ];

    fn outcomes(family: Family) -> Vec<f64> {
        match family {
            Family::HurdlePoisson => vec![1.0, 2.0, 9.0],
            Family::Bernoulli(_) => vec![0.0, 1.0],
            Family::Gamma | Family::Weibull | Family::Exponential => vec![0.02, 0.7, 3.1],
            Family::StudentT { .. } => vec![-2.0, 0.3, 8.0],
            _ => vec![0.0, 1.0, 7.0, 30.0],
        }
    }

    #[test]
    fn the_table_of_the_normal_distribution_is_accurate() {
        let worst = (-2000..2000).map(|i| 0.01 * f64::from(i) + 0.003);
        let worst = worst.map(|x| (log_normal_cdf(x) - std_normal_lcdf(x)).abs()).fold(0.0, f64::max);
        assert!(worst < 1e-9, "{worst}");
    }

    #[test]
    fn derivatives_are_those_of_the_densities() {
        for family in FAMILIES {
            let y = outcomes(family);
            let n = y.len();
            let own = Likelihood::new(family, y, vec![31.0; n]).expect("a likelihood");
            let mut scratch = Scratch::default();
            for dispersion in [0.2, 0.7] {
                for eta in [-2.0, -0.3, 0.1, 1.2] {
                    let h = 1e-4;
                    let tiles: Vec<f64> = [eta - h, eta, eta + h].iter().flat_map(|eta| vec![*eta; n]).collect();
                    let mut out = vec![0.0; 3 * n];
                    own.log_densities(dispersion, &tiles, &mut scratch, &mut out);
                    let (mut first, mut second) = (vec![0.0; n], vec![0.0; n]);
                    own.derivatives(
                        dispersion,
                        &tiles[..n].iter().map(|x| x + h).collect::<Vec<_>>(),
                        &mut first,
                        &mut second,
                    );
                    for i in 0..n {
                        let (low, middle, high) = (out[i], out[n + i], out[2 * n + i]);
                        let scale = 1.0 + first[i].abs() + second[i].abs();
                        let slope = (high - low) / (2.0 * h);
                        assert!((slope - first[i]).abs() < 1e-5 * scale, "{family:?} {eta}: {slope} {}", first[i]);
                        let bend = (high - 2.0 * middle + low) / (h * h);
                        let expected = matches!(family, Family::BetaBinomial);
                        assert!(
                            expected || (bend - second[i]).abs() < 1e-3 * scale,
                            "{family:?} {eta}: {bend} {}",
                            second[i]
                        );
                    }
                }
            }
        }
    }
}
