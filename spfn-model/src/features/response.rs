//! The outcome on the scale of the linear predictor, with weights, so that all regressions are linear.
//!
//! | outcome | scores | weights |
//! |---|---|---|
//! | real, angle | as it is | 1 |
//! | positive | logarithm | 1 |
//! | bounded | logit | 1 |
//! | ordinal | centred ridits (scores of the proportional odds model at no effect), standardised | 1 |
//! | categorical | an indicator a category, by the root of its share | 1 |
//! | count | working response of a negative binomial, log link, alpha by moments | mu / (1 + alpha mu) |
//! | successes | of a beta-binomial, logit link, rho by moments | n p (1 - p) / (1 + (n - 1) rho) |
//! | binary | of a Bernoulli, logit link | p (1 - p) |
//!
//! The last three are made by a few steps of iteratively reweighted least squares on all numbers, with normal priors of slopes.

use super::cholesky::Cholesky;
use super::regression::{Added, gram, with_columns};
use super::sheet::Sheet;
use ppl_corpus::Outcome;

/// Prior standard deviation of a slope, and of effects of levels, on the scale of the linear predictor: the middle grade of `slope` and `between` in
/// the grammars that ship.
const EFFECT: f64 = 0.5;
/// Prior degrees of freedom of an unknown residual variance.
const DEGREES: f64 = 4.0;
/// Steps of reweighted least squares.
const STEPS: usize = 5;

pub struct Response {
    /// One number a row for correlations and quantiles: ln(y + 1/2) for counts, the empirical logit for successes, 0 for categories.
    pub scores: Vec<f64>,
    /// What is regressed: one vector, or one a category.
    pub working: Vec<Vec<f64>>,
    pub weights: Vec<f64>,
    /// How many independent score vectors there are.
    pub multiplicity: f64,
    /// Prior precisions of slopes and of effects of levels by the residual precision.
    pub slope: f64,
    pub between: f64,
    /// Prior sum of squares of residuals where their variance is unknown.
    prior: Option<f64>,
    /// Of a count: mu + alpha mu^2 is its variance.
    pub alpha: f64,
    rows: f64,
}

impl Response {
    pub fn of(sheet: &Sheet) -> Response {
        let y = &sheet.y;
        match sheet.outcome {
            Outcome::Real => Response::linear(y.clone(), 1.0, 1.0),
            Outcome::Angle => Response::linear(y.clone(), 0.3, 2.0),
            Outcome::Positive => Response::linear(y.iter().map(|y| y.max(1e-9).ln()).collect(), 0.5, 1.0),
            Outcome::Bounded => {
                Response::linear(y.iter().map(|y| logit(y.clamp(1e-9, 1.0 - 1e-9))).collect(), 0.4, 1.0)
            }
            Outcome::Ordinal => Response::ridits(sheet),
            Outcome::Categorical => Response::indicators(sheet),
            Outcome::Count => Response::counts(sheet),
            Outcome::Successes => Response::successes(sheet),
            Outcome::Binary => Response::binary(sheet),
        }
    }

    /// Scores with errors of about a variance, and so many units of the scores to a unit of the linear predictor.
    fn linear(scores: Vec<f64>, variance: f64, units: f64) -> Response {
        let rows = scores.len() as f64;
        let penalty = variance / (EFFECT * units).powi(2);
        Response {
            working: vec![scores.clone()],
            weights: vec![1.0; scores.len()],
            scores,
            multiplicity: 1.0,
            slope: penalty,
            between: penalty,
            prior: Some(DEGREES * 0.75 * variance),
            alpha: 0.0,
            rows,
        }
    }

    fn ridits(sheet: &Sheet) -> Response {
        let (shares, category) = categories(sheet);
        let mut below = 0.0;
        let ridits: Vec<f64> = shares
            .iter()
            .map(|share| {
                below += share;
                2.0 * below - share - 1.0
            })
            .collect();
        let variance: f64 = ridits.iter().zip(&shares).map(|(r, share)| share * r * r).sum();
        let units = variance.sqrt();
        let scale = if units > 1e-9 { 1.0 / units } else { 0.0 };
        Response::linear(category.iter().map(|k| ridits[*k] * scale).collect(), 1.0, units.max(0.1))
    }

    fn indicators(sheet: &Sheet) -> Response {
        let (shares, category) = categories(sheet);
        let indicator = |k: usize, share: f64| {
            let scale = 1.0 / share.sqrt();
            category.iter().map(|own| if *own == k { scale } else { 0.0 }).collect::<Vec<f64>>()
        };
        let there = shares.iter().enumerate().filter(|(_, share)| **share > 0.0);
        let working: Vec<Vec<f64>> = there.map(|(k, share)| indicator(k, *share)).collect();
        Response {
            multiplicity: (working.len() as f64 - 1.0).max(1.0),
            ..Response::weighted(vec![0.0; category.len()], working, vec![1.0; category.len()], 0.0)
        }
    }

    fn weighted(scores: Vec<f64>, working: Vec<Vec<f64>>, weights: Vec<f64>, alpha: f64) -> Response {
        let rows = scores.len() as f64;
        let penalty = 1.0 / (EFFECT * EFFECT);
        Response {
            scores,
            working,
            weights,
            multiplicity: 1.0,
            slope: penalty,
            between: penalty,
            prior: None,
            alpha,
            rows,
        }
    }

    fn counts(sheet: &Sheet) -> Response {
        let scores: Vec<f64> = sheet.y.iter().map(|y| (y.max(0.0) + 0.5).ln()).collect();
        let mut fit = Fit {
            predictor: scores.clone(),
            working: scores.clone(),
            weights: sheet.y.iter().map(|y| y + 0.5).collect(),
        };
        let mut alpha = 0.0;
        for step in 0..STEPS {
            fit.solve(sheet, -8.0, 15.0);
            let means: Vec<f64> = fit.predictor.iter().map(|eta| eta.exp()).collect();
            if step + 1 < STEPS {
                alpha = moment_alpha(&sheet.y, &means);
            }
            for (row, (y, mu)) in sheet.y.iter().zip(&means).enumerate() {
                fit.weights[row] = mu / (1.0 + alpha * mu);
                fit.working[row] = fit.predictor[row] + (y - mu) / mu;
            }
        }
        Response::weighted(scores, vec![fit.working], fit.weights, alpha)
    }

    fn successes(sheet: &Sheet) -> Response {
        let trials = sheet.trials();
        let scores: Vec<f64> =
            sheet.y.iter().zip(&trials).map(|(y, n)| logit((y.max(0.0) + 0.5) / (n + 1.0))).collect();
        let spread = |eta: f64| logistic(eta) * logistic(-eta);
        let weights = scores.iter().zip(&trials).map(|(eta, n)| (n + 1.0) * spread(*eta)).collect();
        let mut fit = Fit { predictor: scores.clone(), working: scores.clone(), weights };
        let mut rho = 0.0;
        for step in 0..STEPS {
            fit.solve(sheet, -9.0, 9.0);
            if step + 1 < STEPS {
                rho = moment_rho(&sheet.y, &trials, &fit.predictor);
            }
            for (row, (y, n)) in sheet.y.iter().zip(&trials).enumerate() {
                let eta = fit.predictor[row];
                fit.weights[row] = n * spread(eta) / (1.0 + (n - 1.0) * rho);
                fit.working[row] = eta + (y / n - logistic(eta)) / spread(eta);
            }
        }
        Response::weighted(scores, vec![fit.working], fit.weights, rho)
    }

    fn binary(sheet: &Sheet) -> Response {
        let rows = sheet.rows();
        let mut fit = Fit {
            predictor: vec![0.0; rows],
            working: sheet.y.iter().map(|y| 4.0 * (y - 0.5)).collect(),
            weights: vec![0.25; rows],
        };
        for _ in 0..STEPS {
            fit.solve(sheet, -8.0, 8.0);
            for (row, y) in sheet.y.iter().enumerate() {
                let p = logistic(fit.predictor[row]);
                fit.weights[row] = p * (1.0 - p);
                fit.working[row] = fit.predictor[row] + (y - p) / (p * (1.0 - p));
            }
        }
        Response::weighted(sheet.y.clone(), vec![fit.working], fit.weights, 0.0)
    }

    /// The log likelihood of a penalised sum of squares, up to a constant; integrated over an unknown variance.
    pub fn log_fit(&self, rest: f64) -> f64 {
        match self.prior {
            Some(prior) => -0.5 * self.degrees() * (rest + prior).max(f64::MIN_POSITIVE).ln(),
            None => -0.5 * rest,
        }
    }

    /// The residual deviation.
    pub fn deviation(&self, rest: f64) -> f64 {
        self.prior.map_or(1.0, |prior| ((rest + prior) / self.degrees()).sqrt())
    }

    fn degrees(&self) -> f64 {
        self.rows - 1.0 + DEGREES
    }

    /// The root of a gain by the residual deviation, with a sign.
    pub fn signed_root(&self, gain: f64, sign: f64, rest: f64) -> f64 {
        let root = (gain / self.multiplicity).sqrt() / self.deviation(rest);
        if sign < 0.0 { -root } else { root }
    }

    /// A term with these sums of products with the residuals, where `rest` is what the regression without it leaves.
    pub fn added(&self, products: &[f64], information: f64, penalty: f64, rest: f64) -> Added {
        let square: f64 = products.iter().map(|sum| sum * sum).sum();
        let gain = (square / (information + penalty)).min(rest);
        let sign = if products.len() == 1 { products[0] } else { 1.0 };
        let log_factor =
            -0.5 * self.multiplicity * (information / penalty).ln_1p() + self.log_fit(rest - gain) - self.log_fit(rest);
        Added { t: self.signed_root(gain, sign, rest - gain), log_factor }
    }

    /// Effects of blocks of rows that have nothing in common: log Bayes factor, from the sums of residuals of each score vector in each block
    /// and the blocks' weights.
    pub fn blocks(&self, sums: &[Vec<f64>], weights: &[f64], penalty: f64, rest: f64) -> f64 {
        let gain: f64 =
            sums.iter().flat_map(|sums| sums.iter().zip(weights)).map(|(sum, w)| sum * sum / (w + penalty)).sum();
        // logarithms of products, eight at a time
        let factor = |w: &f64| 1.0 + w / penalty;
        let determinant: f64 = weights.chunks(8).map(|eight| eight.iter().map(factor).product::<f64>().ln()).sum();
        -0.5 * self.multiplicity * determinant + self.log_fit(rest - gain.min(rest)) - self.log_fit(rest)
    }
}

/// A regression that is weighted again and again.
struct Fit {
    predictor: Vec<f64>,
    working: Vec<f64>,
    weights: Vec<f64>,
}

impl Fit {
    /// The predictor by penalised least squares, kept within bounds where probabilities and means are no longer told apart.
    fn solve(&mut self, sheet: &Sheet, low: f64, high: f64) {
        let width = sheet.numbers.len() + 1;
        let mut matrix = gram(sheet, &self.weights);
        matrix[0] += 0.2;
        (1..width).for_each(|i| matrix[i * width + i] += 1.0 / (EFFECT * EFFECT));
        let weighted: Vec<f64> = self.working.iter().zip(&self.weights).map(|(z, w)| z * w).collect();
        let mut beta = with_columns(sheet, &weighted);
        let factor = Cholesky::of(matrix, width);
        factor.forward(&mut beta);
        factor.backward(&mut beta);
        self.predictor.iter_mut().for_each(|eta| *eta = beta[0]);
        for (number, beta) in sheet.numbers.iter().zip(&beta[1..]) {
            self.predictor.iter_mut().zip(&number.x).for_each(|(eta, x)| *eta += beta * x);
        }
        self.predictor.iter_mut().for_each(|eta| *eta = eta.clamp(low, high));
    }
}

/// Shares of categories, and the category of each row from 0.
fn categories(sheet: &Sheet) -> (Vec<f64>, Vec<usize>) {
    let most = sheet.y.iter().copied().fold(1.0, f64::max).min(1e3) as usize;
    let count = sheet.categories.max(most);
    let category: Vec<usize> = sheet.y.iter().map(|y| (y.clamp(1.0, count as f64) as usize) - 1).collect();
    let mut shares = vec![0.0; count];
    category.iter().for_each(|k| shares[*k] += 1.0 / category.len().max(1) as f64);
    (shares, category)
}

/// alpha of the variance mu + alpha mu^2, by moments.
fn moment_alpha(y: &[f64], means: &[f64]) -> f64 {
    let (mut excess, mut squares) = (0.0, 1e-9);
    for (y, mu) in y.iter().zip(means) {
        excess += (y - mu) * (y - mu) - mu;
        squares += mu * mu;
    }
    (excess / squares).clamp(0.0, 10.0)
}

/// The correlation of the trials of a row, by moments.
fn moment_rho(y: &[f64], trials: &[f64], predictor: &[f64]) -> f64 {
    let (mut excess, mut pairs) = (0.0, 1e-9);
    for ((y, n), eta) in y.iter().zip(trials).zip(predictor) {
        let p = logistic(*eta);
        let d = y - n * p;
        excess += d * d / (n * p * (1.0 - p)) - 1.0;
        pairs += n - 1.0;
    }
    (excess / pairs).clamp(0.0, 0.9)
}

pub fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}
