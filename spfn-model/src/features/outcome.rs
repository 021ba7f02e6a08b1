//! What the outcome shows: its own distribution, and what is left of it once the columns have been regressed out.

use super::statistics::statistics;

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
