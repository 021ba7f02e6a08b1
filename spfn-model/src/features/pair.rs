//! What the outcome and one column show together.

use super::statistics::statistics;

statistics! {
    /// Of the outcome and a column. A *gain* is half the log Bayes factor of a term, t statistics are as they are, correlations
    /// are 3 times what they are.
    PairStatistics {
        /// Of scores and cells, where both are there.
        pearson,
        spearman,
        /// Numbers: the t statistic and the gain of a line, alone, in the regression on all numbers, and beside all groups.
        t_alone,
        gain_alone,
        t_among_numbers,
        gain_among_numbers,
        t,
        gain,
        /// The coefficient in the regression on everything.
        coefficient,
        /// Terms that are added to the regression on everything, t and gain: the square, the cube, the positive part.
        t_square,
        gain_square,
        t_cube,
        t_rectified,
        gain_rectified,
        /// A step anywhere: gain, and where, in standardised cells.
        gain_step,
        place_of_step,
        /// A sine of frequency 1, 2, 4, 8 or 16, in standardised cells: gain, and log2 of the frequency less 2.
        gain_seasonal,
        frequency,
        /// sqrt(n) times the autocorrelation of residuals in the order of cells.
        roughness,
        /// Product with another number: t and gain of the best one, and the gain of the next.
        t_interaction,
        gain_interaction,
        gain_second_interaction,
        /// Slopes (of a number by groups, of a group column by numbers) that differ: gain of the best pair, and where
        /// there is more than one, of the next.
        gain_varying_slope,
        gain_second_varying_slope,
        /// Spread: t of absolute residuals against cells (Glejser 1969), t of squared ones (Cook and Weisberg 1983); for groups, the
        /// normal score of the F statistic of absolute residuals (Levene 1960).
        t_absolute_residual,
        t_squared_residual,
        f_absolute_residual,
        /// Zeros beyond those that the regression expects, against cells: t.
        t_zeros,
        /// Levels: share of variance explained, times 3, intraclass correlation (times 3), and the normal score of F.
        eta_squared,
        intraclass_correlation,
        f_statistic,
        /// Gain of effects of levels alone, beside all numbers, and beside everything else.
        gain_levels_alone,
        gain_levels_among_numbers,
        gain_levels,
        /// ln of the spread of effects by the residual deviation, less its prior mean; kurtosis of effects.
        log_spread_of_levels,
        kurtosis_of_levels,
        /// Ordered levels: share of the variance between levels that a monotone function explains, times 3, signed; likewise a line;
        /// autocorrelation of level means.
        monotone,
        linear_in_levels,
        autocorrelation_of_levels,
        /// Time: sqrt(n / 2) (1 - von Neumann's ratio of squared successive differences / 2) of scores.
        von_neumann,
        /// Largest CUSUM of residuals, and of their squares (Inclan and Tiao 1994), by their standard deviations under no change.
        cusum,
        cusum_of_squares,
    }
}
