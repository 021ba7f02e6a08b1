//! What the outcome shows: its own distribution, and what is left of it once the columns have been regressed out.

use super::fitted::Fitted;
use super::moments::Moments;
use super::ranks::Order;
use super::response::logistic;
use super::serial::{autocorrelation, log_variance_ratio, partial_2};
use super::sheet::Sheet;
use super::statistics::statistics;
use ppl_corpus::Outcome;
use ppl_runtime::math::lgamma;

statistics! {
    /// Of the outcome. *Values* are the cells as they are, *scores* the cells on the scale of the linear predictor
    /// (see [`super::response`]), *residuals* those of the joint regression on columns and groups, standardised.
    OutcomeStatistics {
        /// ln(n / 64), n rows whose outcome is there.
        log_rows,
        /// Columns less 4, halved.
        columns,
        /// 5 times the share of missing outcomes.
        missing,
        /// ln K, of outcomes with categories.
        log_categories,
        /// Of the scores.
        median,
        mean,
        log_deviation,
        log_interquartile_range,
        /// Quantiles of the scores, less the median, by the interquartile range (halved at the ends).
        minimum,
        quantile_05,
        quantile_25,
        quantile_75,
        quantile_95,
        maximum,
        skewness,
        excess_kurtosis,
        /// Skewness of the values.
        value_skewness,
        /// ln(sd / mean) of positive values and counts.
        log_variation,
        /// 3 times the share of rows whose value another row has.
        ties,
        /// 3 times the share of whole numbers.
        integrality,
        /// 3 times the shares of the least and of the largest value, where more than one row has it.
        atom_at_minimum,
        atom_at_maximum,
        /// 3 times the shares of zeros, of ones, and of the commonest value.
        zeros,
        ones,
        commonest,
        /// Entropy of categories by ln K; for binary outcomes by ln 2.
        entropy,
        /// ln(variance / mean) of counts.
        log_dispersion,
        /// Zeros against a Poisson of the same mean: the score statistic of zero inflation (van den Broek 1995).
        excess_zeros,
        /// 3 ln of zeros by those of a negative binomial of the same mean and variance (half a zero added to both).
        zeros_of_negative_binomial,
        /// Score statistic of overdispersion, of counts and successes, given the joint regression (Cameron and Trivedi 1990).
        overdispersion,
        /// ln of the squared Pearson residuals by degrees of freedom.
        log_pearson,
        /// The score statistic of zero inflation given the joint regression.
        excess_zeros_given_columns,
        /// ln(1 + alpha) of the negative binomial variance mu + alpha mu^2.
        log_alpha,
        /// -ln(1 - R^2) of the regression on numbers, and on numbers and groups.
        explained_by_numbers,
        explained,
        /// ln of the residual deviation.
        log_residual_deviation,
        residual_skewness,
        residual_excess_kurtosis,
        /// Log likelihood of residuals under Student's t with 4 degrees of freedom less that under a normal, both of fitted scale; halved.
        student_t_ratio,
        /// The same for a Laplace distribution.
        laplace_ratio,
        /// Of positive outcomes: a gamma's and a Weibull's against a lognormal's, around the fitted predictor.
        gamma_ratio,
        weibull_ratio,
        /// 3 times (skewness^2 + 1) / kurtosis of residuals, less 1 (Sarle's coefficient; 0 for a normal, 0.67 for a uniform).
        bimodality,
        /// 10 times the share of residuals beyond 3 deviations.
        outliers,
        /// In the order of rows, where there is time: autocorrelations of scores.
        autocorrelation_1,
        autocorrelation_2,
        /// sqrt(n) times autocorrelations of residuals, and the partial one of order 2.
        residual_autocorrelation_1,
        residual_autocorrelation_2,
        residual_partial_2,
        /// sqrt(n) times the autocorrelation of squared residuals.
        volatility,
        /// ln of the variance of steps over 4 rows by 4 times that of steps over 1 row: about 0 for a random walk.
        log_variance_ratio,
        /// Of angles: the mean resultant length, 3 times, and that of turns from row to row where there is time.
        resultant,
        turning,
    }
}

impl OutcomeStatistics {
    /// `order` and `midranks` are those of the scores.
    pub fn of(fitted: &Fitted<'_>, columns: usize, order: &Order) -> OutcomeStatistics {
        let sheet = fitted.sheet;
        let n = sheet.rows() as f64;
        let mut own = OutcomeStatistics {
            log_rows: (n / 64.0).ln(),
            columns: (columns as f64 - 4.0) / 2.0,
            missing: 5.0 * sheet.missing as f64 / (n + sheet.missing as f64),
            log_categories: (sheet.categories.max(1) as f64).ln(),
            ..OutcomeStatistics::default()
        };
        own.values(sheet);
        if sheet.outcome != Outcome::Categorical {
            own.shape(&fitted.response.scores, order);
            own.fit(fitted);
            own.families(fitted);
            if sheet.timed {
                own.order(fitted);
            }
        } else {
            own.explained_by_numbers = explained(fitted.numbers.rest, fitted);
            own.explained = explained(fitted.full.rest, fitted);
        }
        own
    }

    /// The distribution of scores.
    fn shape(&mut self, scores: &[f64], order: &Order) {
        let m = Moments::of(scores);
        let at = |p: f64| order.quantile(scores, p);
        let (median, low, high) = (at(0.5), at(0.25), at(0.75));
        // of few values the quartiles may be one
        let width = (high - low).max(0.1 * m.deviation()).max(1e-6);
        self.median = median;
        self.mean = m.mean;
        self.log_deviation = (m.deviation() + 1e-3).ln();
        self.log_interquartile_range = (high - low + 1e-3).ln();
        self.minimum = (at(0.0) - median) / width / 2.0;
        self.quantile_05 = (at(0.05) - median) / width;
        self.quantile_25 = (low - median) / width;
        self.quantile_75 = (high - median) / width;
        self.quantile_95 = (at(0.95) - median) / width;
        self.maximum = (at(1.0) - median) / width / 2.0;
        self.skewness = m.skewness;
        self.excess_kurtosis = m.excess_kurtosis;
    }

    /// The distribution of values, ties above all.
    fn values(&mut self, sheet: &Sheet) {
        let y = &sheet.y;
        let n = y.len() as f64;
        let m = Moments::of(y);
        let order = Order::of(y);
        let sizes: Vec<f64> = order.runs().map(|run| run.len() as f64).collect();
        let share = |size: f64| if size > 1.0 { 3.0 * size / n } else { 0.0 };
        let of = |value: f64| 3.0 * y.iter().filter(|y| **y == value).count() as f64 / n;
        let tied: f64 = sizes.iter().filter(|size| **size > 1.0).sum();
        self.value_skewness = m.skewness;
        self.ties = 3.0 * tied / n;
        self.integrality = 3.0 * y.iter().filter(|y| y.fract() == 0.0).count() as f64 / n;
        self.atom_at_minimum = share(sizes.first().copied().unwrap_or(0.0));
        self.atom_at_maximum = share(sizes.last().copied().unwrap_or(0.0));
        self.zeros = of(0.0);
        self.ones = of(1.0);
        self.commonest = share(sizes.iter().copied().fold(0.0, f64::max));
        if matches!(sheet.outcome, Outcome::Binary | Outcome::Ordinal | Outcome::Categorical) {
            let entropy: f64 = sizes.iter().map(|size| -size / n * (size / n).ln()).sum();
            self.entropy = 3.0 * entropy / (sheet.categories.max(2) as f64).ln();
        }
        if matches!(sheet.outcome, Outcome::Positive | Outcome::Count) {
            self.log_variation = ((m.deviation() + 1e-3) / (m.mean + 1e-3)).ln();
        }
        if sheet.outcome == Outcome::Angle {
            self.resultant = 3.0 * resultant(y.iter().copied());
            if sheet.timed {
                self.turning = 3.0 * resultant(y.windows(2).map(|w| w[1] - w[0]));
            }
        }
        if sheet.outcome == Outcome::Count {
            self.counts(n, m.mean, m.variance);
        }
    }

    /// Spread and zeros of counts without regard to columns.
    fn counts(&mut self, n: f64, mean: f64, variance: f64) {
        let zeros = self.zeros / 3.0 * n;
        self.log_dispersion = ((variance + 1e-3) / (mean + 1e-3)).ln();
        let none = (-mean).exp();
        let information = n * none * (1.0 - none - mean * none);
        self.excess_zeros = (zeros - n * none) / (information + 0.1).sqrt();
        let expected = match variance > mean {
            true => {
                let size = mean * mean / (variance - mean);
                (-size * (mean / size).ln_1p()).exp()
            }
            false => none,
        };
        self.zeros_of_negative_binomial = 3.0 * ((zeros + 0.5) / (n * expected + 0.5)).ln();
    }

    /// The joint regression, and what counts and successes have beyond a Poisson or a binomial around it.
    fn fit(&mut self, fitted: &Fitted<'_>) {
        let (sheet, response) = (fitted.sheet, fitted.response);
        self.explained_by_numbers = explained(fitted.numbers.rest, fitted);
        self.explained = explained(fitted.full.rest, fitted);
        self.log_residual_deviation = (Moments::of(&fitted.standard).deviation() + 1e-3).ln();
        self.log_alpha = response.alpha.ln_1p();
        let n = sheet.rows() as f64;
        let (mut pearson, mut excess, mut information) = (0.0, 0.0, 0.0);
        match sheet.outcome {
            Outcome::Count => {
                let (mut zeros, mut variance) = (0.0, 0.0);
                for (y, eta) in sheet.y.iter().zip(fitted.predictor()) {
                    let mu = eta.clamp(-8.0, 15.0).exp();
                    let d = y - mu;
                    pearson += d * d / mu;
                    excess += d * d - y;
                    information += 2.0 * mu * mu;
                    let none = (-mu).exp();
                    zeros += f64::from(*y == 0.0) - none;
                    variance += none * (1.0 - none);
                }
                self.excess_zeros_given_columns = zeros / (variance + 0.1).sqrt();
            }
            Outcome::Successes => {
                for ((y, n), eta) in sheet.y.iter().zip(sheet.trials()).zip(fitted.predictor()) {
                    let p = logistic(eta.clamp(-9.0, 9.0));
                    let square = (y - n * p) * (y - n * p) / (n * p * (1.0 - p));
                    pearson += square;
                    excess += (n - 1.0) * (square - 1.0);
                    information += 2.0 * (n - 1.0) * (n - 1.0);
                }
            }
            _ => return,
        }
        self.log_pearson = ((pearson + 1e-3) / n).ln();
        self.overdispersion = excess / (information + 0.1).sqrt();
    }

    /// Families around the fitted predictor.
    fn families(&mut self, fitted: &Fitted<'_>) {
        let m = Moments::of(&fitted.standard);
        if m.variance == 0.0 {
            return;
        }
        let n = fitted.standard.len() as f64;
        let scale = 1.0 / m.deviation();
        let e: Vec<f64> = fitted.standard.iter().map(|e| (e - m.mean) * scale).collect();
        self.residual_skewness = m.skewness;
        self.residual_excess_kurtosis = m.excess_kurtosis;
        self.bimodality = 3.0 * ((m.skewness * m.skewness + 1.0) / (m.excess_kurtosis + 3.0) - 1.0 / 3.0);
        self.outliers = 10.0 * e.iter().filter(|e| e.abs() > 3.0).count() as f64 / n;
        let normal = -0.5 * n * ((2.0 * std::f64::consts::PI).ln() + 1.0);
        self.student_t_ratio = (student_t_4(&e) - normal) / 2.0;
        let spread = e.iter().map(|e| e.abs()).sum::<f64>() / n;
        self.laplace_ratio = (-n * ((2.0 * spread).ln() + 1.0) - normal) / 2.0;
        if fitted.sheet.outcome == Outcome::Positive {
            let lognormal = normal - n * m.deviation().ln();
            self.gamma_ratio = (log_gamma_errors(&fitted.standard) - lognormal) / 2.0;
            self.weibull_ratio = (log_weibull_errors(&fitted.standard, m.deviation()) - lognormal) / 2.0;
        }
    }

    /// Rows in order of time.
    fn order(&mut self, fitted: &Fitted<'_>) {
        let (scores, residuals) = (&fitted.response.scores, &fitted.standard);
        let root = (scores.len() as f64).sqrt();
        let (first, second) = (autocorrelation(residuals, 1), autocorrelation(residuals, 2));
        let squares: Vec<f64> = residuals.iter().map(|e| e * e).collect();
        self.autocorrelation_1 = 3.0 * autocorrelation(scores, 1);
        self.autocorrelation_2 = 3.0 * autocorrelation(scores, 2);
        self.residual_autocorrelation_1 = root * first;
        self.residual_autocorrelation_2 = root * second;
        self.residual_partial_2 = root * partial_2(first, second);
        self.volatility = root * autocorrelation(&squares, 1);
        self.log_variance_ratio = log_variance_ratio(scores, 4);
    }
}

/// -ln(1 - R^2)
fn explained(rest: f64, fitted: &Fitted<'_>) -> f64 {
    let total = fitted.products.total();
    let least = 1e-3 * total + 1e-9;
    ((total + least) / (rest.min(total) + least)).ln()
}

/// The mean resultant length of angles.
fn resultant(angles: impl Iterator<Item = f64>) -> f64 {
    let (mut n, mut c, mut s) = (0.0_f64, 0.0, 0.0);
    for angle in angles {
        n += 1.0;
        s += angle.sin();
        c += angle.cos();
    }
    (c * c + s * s).sqrt() / n.max(1.0)
}

/// Log likelihood of standardised numbers under Student's t with 4 degrees of freedom, its scale by a few steps of the EM algorithm.
fn student_t_4(e: &[f64]) -> f64 {
    let n = e.len() as f64;
    let mut square = 0.7;
    for _ in 0..6 {
        let weighted = e.iter().map(|e| 5.0 * e * e / (4.0 + e * e / square));
        square = (weighted.sum::<f64>() / n).max(1e-6);
    }
    // logarithms of products, four at a time
    let factor = |e: &f64| 1.0 + e * e / (4.0 * square);
    let logs: f64 = e.chunks(4).map(|four| four.iter().map(factor).product::<f64>().ln()).sum();
    // ln(Gamma(5/2) / (Gamma(2) sqrt(4 pi))) = ln(3/8)
    n * (0.375_f64.ln() - 0.5 * square.ln()) - 2.5 * logs
}

/// Log likelihood of numbers that are logarithms of a gamma variate: the scale is fitted, and the shape, by Minka's approximation (2002).
fn log_gamma_errors(e: &[f64]) -> f64 {
    let n = e.len() as f64;
    let (most, mean) = (e.iter().copied().fold(f64::MIN, f64::max), e.iter().sum::<f64>() / n);
    // ln of the mean of exponentials less the mean of logarithms
    let s = (e.iter().map(|e| (e - most).exp()).sum::<f64>() / n).ln() + most - mean;
    let s = s.max(1e-6);
    let shape = (3.0 - s + ((s - 3.0) * (s - 3.0) + 24.0 * s).sqrt()) / (12.0 * s);
    n * (shape * shape.ln() - lgamma(shape) - shape * (1.0 + s))
}

/// Log likelihood of numbers that are logarithms of a Weibull variate: the scale is fitted, and the shape, by the deviation of logarithms.
fn log_weibull_errors(e: &[f64], deviation: f64) -> f64 {
    let n = e.len() as f64;
    let shape = std::f64::consts::PI / 6.0_f64.sqrt() / deviation.max(1e-6);
    let (most, mean) = (e.iter().copied().fold(f64::MIN, f64::max), e.iter().sum::<f64>() / n);
    let location = (e.iter().map(|e| (shape * (e - most)).exp()).sum::<f64>() / n).ln() + shape * most;
    n * (shape.ln() + shape * mean - location - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_likelihoods_in_closed_form() {
        // ln(3/8) - ln s - 5/2 ln(1 + e^2 / (4 s^2)); of +-1 alone, e^2 = 5 e^2 / (4 + e^2 / s^2) / 1 gives s = 1
        assert!((student_t_4(&[1.0, -1.0]) - 2.0 * (0.375_f64.ln() - 2.5 * 1.25_f64.ln())).abs() < 1e-6);
        // with shape 1 both are those of the logarithm of an exponential: sum of e - exp(e), here at scale 1
        let e: Vec<f64> = (1..400).map(|i| (-(1.0 - f64::from(i) / 400.0).ln()).ln()).collect();
        let direct: f64 = e.iter().map(|e| e - e.exp()).sum();
        let deviation = Moments::of(&e).deviation();
        assert!((log_gamma_errors(&e) - direct).abs() < 1.0, "{} {direct}", log_gamma_errors(&e));
        assert!((log_weibull_errors(&e, deviation) - direct).abs() < 1.0);
    }

    #[test]
    fn zeros_of_a_poisson_are_not_too_many() {
        // 1000 counts with the shares of a Poisson of mean 1: 368 zeros
        let mut own = OutcomeStatistics { zeros: 3.0 * 0.368, ..OutcomeStatistics::default() };
        own.counts(1000.0, 1.0, 1.0);
        assert!(own.excess_zeros.abs() < 0.05 && own.log_dispersion.abs() < 1e-9);
        assert!(own.zeros_of_negative_binomial.abs() < 0.05);
        // 500 zeros: (500 - 367.9) / sqrt(1000 0.3679 (1 - 0.3679 - 0.3679)) = 13.4
        let mut own = OutcomeStatistics { zeros: 1.5, ..OutcomeStatistics::default() };
        own.counts(1000.0, 1.0, 1.0);
        assert!((own.excess_zeros - 13.38).abs() < 0.05, "{}", own.excess_zeros);
    }
}
