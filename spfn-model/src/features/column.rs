//! What a column shows by itself and beside the other columns, without the outcome.

use super::statistics::statistics;

statistics! {
    /// Of a column. Which of them a kind does not have are 0.
    ColumnStatistics {
        /// 5 times the share of missing cells.
        missing,
        /// 1 where all cells are alike.
        constant,
        /// 3 times the share of distinct values.
        distinct,
        /// Of cells as they are.
        mean,
        log_deviation,
        skewness,
        excess_kurtosis,
        /// Quantiles of the standardised cells.
        minimum,
        quantile_05,
        quantile_25,
        median,
        quantile_75,
        quantile_95,
        maximum,
        /// ln of levels, and of rows a level, less 2.
        log_levels,
        log_rows_per_level,
        /// 3 times the shares of the smallest and of the largest level, and the entropy of levels by its largest value.
        smallest_level,
        largest_level,
        level_entropy,
        /// 3 times the share of the levels that have one row only.
        singletons,
        /// For groups: 3 times the share of the rows of another group column that its levels decide, the largest of other columns
        /// (1 where it is nested in this column's levels or the same).
        nested,
        /// Where there is time: 3 times the share of adjacent rows in the same level, or the autocorrelation of cells times 3.
        adjacency,
        /// ln of the variance inflation by the other numbers, and the largest absolute correlation with one of them, times 3.
        log_inflation,
        largest_correlation,
        /// 3 times the share of the variance that lies between the groups of a group column, the largest.
        between_groups,
        /// Of time: 3 times the coefficient of variation of steps.
        irregular_steps,
    }
}
