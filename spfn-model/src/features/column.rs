//! What a column shows by itself and beside the other columns, without the outcome.

use super::cholesky::Cholesky;
use super::levels::{OneWay, decided};
use super::moments::Moments;
use super::regression::gram;
use super::serial::autocorrelation;
use super::sheet::{Levels, Number, Sheet};
use super::statistics::statistics;
use ppl_corpus::ColumnKind;

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
        /// 3 times the intraclass correlation of a number by a group column, the largest of either.
        between_groups,
        /// Of time: 3 times the coefficient of variation of steps.
        irregular_steps,
    }
}

impl ColumnStatistics {
    /// Of every column of the schema.
    pub fn all(sheet: &Sheet, columns: usize) -> Vec<ColumnStatistics> {
        let mut all = vec![ColumnStatistics::default(); columns];
        for number in sheet.numbers.iter().chain(&sheet.trials) {
            all[number.place].number(number, sheet.timed);
        }
        for levels in &sheet.levels {
            all[levels.place].levels(levels, sheet);
        }
        correlations(sheet, &mut all);
        between_groups(sheet, &mut all);
        all
    }

    fn number(&mut self, number: &Number, timed: bool) {
        let (cells, m) = (&number.cells, &number.moments);
        let (rows, there) = (cells.len() as f64, number.all.rows.len() as f64);
        self.missing = 5.0 * (rows - there) / rows.max(1.0);
        self.constant = f64::from(!number.varies);
        self.distinct = 3.0 * number.all.ends.len() as f64 / there.max(1.0);
        self.mean = m.mean;
        self.log_deviation = (m.deviation() + 1e-3).ln();
        if !number.varies {
            return;
        }
        self.skewness = m.skewness;
        self.excess_kurtosis = m.excess_kurtosis;
        let at = |p: f64| (number.all.quantile(cells, p) - m.mean) / m.deviation();
        self.minimum = at(0.0);
        self.quantile_05 = at(0.05);
        self.quantile_25 = at(0.25);
        self.median = at(0.5);
        self.quantile_75 = at(0.75);
        self.quantile_95 = at(0.95);
        self.maximum = at(1.0);
        if number.kind == ColumnKind::Time {
            let there: Vec<f64> = cells.iter().copied().filter(|x| !x.is_nan()).collect();
            let steps = Moments::of(&there.windows(2).map(|w| w[1] - w[0]).collect::<Vec<f64>>());
            self.irregular_steps = 3.0 * steps.deviation() / steps.mean.abs().max(1e-9);
        } else if timed {
            // a missing cell is the mean of the others
            let whole: Vec<f64> = cells.iter().map(|x| if x.is_nan() { m.mean } else { *x }).collect();
            self.adjacency = 3.0 * autocorrelation(&whole, 1);
        }
    }

    fn levels(&mut self, levels: &Levels, sheet: &Sheet) {
        let rows = levels.all.len() as f64;
        let mut sizes = vec![0.0; levels.count];
        levels.all.iter().for_each(|level| sizes[*level as usize] += 1.0);
        let count = levels.count.max(1) as f64;
        let (least, most) =
            sizes.iter().fold((rows, 0.0_f64), |(least, most), size| (least.min(*size), most.max(*size)));
        self.missing = 5.0 * levels.missing as f64 / rows.max(1.0);
        self.constant = f64::from(levels.count < 2);
        self.log_levels = count.ln();
        self.log_rows_per_level = (rows.max(1.0) / count).ln() - 2.0;
        self.smallest_level = 3.0 * least / rows.max(1.0);
        self.largest_level = 3.0 * most / rows.max(1.0);
        self.singletons = 3.0 * sizes.iter().filter(|size| **size == 1.0).count() as f64 / count;
        if levels.count > 1 {
            let entropy: f64 = sizes.iter().map(|size| -size / rows * (size / rows).ln()).sum();
            self.level_entropy = 3.0 * entropy / count.ln();
        }
        let is_other = |other: &&Levels| other.kind == ColumnKind::Group && other.place != levels.place;
        if levels.kind == ColumnKind::Group {
            let others = sheet.levels.iter().filter(is_other);
            self.nested = 3.0 * others.map(|other| decided(levels, other)).fold(0.0, f64::max);
        }
        if sheet.timed {
            let same = levels.all.windows(2).filter(|w| w[0] == w[1]).count();
            self.adjacency = 3.0 * same as f64 / (rows - 1.0).max(1.0);
        }
    }
}

/// Numbers among each other.
fn correlations(sheet: &Sheet, all: &mut [ColumnStatistics]) {
    let width = sheet.numbers.len() + 1;
    if width < 3 {
        return;
    }
    // the intercept stays in, since the means of the rows with an outcome are not quite those of all rows
    let products = gram(sheet, &vec![1.0; sheet.rows()]);
    let scale: Vec<f64> = (0..width).map(|i| products[i * width + i].max(1e-9).sqrt()).collect();
    let mut matrix = vec![0.0; width * width];
    for i in 0..width {
        for j in 0..=i {
            matrix[i * width + j] = products[i * width + j] / (scale[i] * scale[j]);
        }
        matrix[i * width + i] = 1.001;
    }
    let correlation = |i: usize, j: usize| matrix[i.max(j) * width + i.min(j)];
    let largest = |i: usize| (1..width).filter(|j| *j != i).map(|j| correlation(i, j).abs()).fold(0.0, f64::max);
    let factor = Cholesky::of(matrix.clone(), width);
    for (number, i) in sheet.numbers.iter().zip(1..) {
        if number.varies {
            all[number.place].largest_correlation = 3.0 * largest(i);
            all[number.place].log_inflation = factor.inverse_diagonal(i).ln();
        }
    }
}

/// Numbers that are much alike within groups: the largest intraclass correlation of each column with one of the other sort.
fn between_groups(sheet: &Sheet, all: &mut [ColumnStatistics]) {
    for levels in sheet.levels.iter().filter(|levels| levels.kind == ColumnKind::Group) {
        let sizes = levels.sizes();
        for number in sheet.numbers.iter().filter(|number| number.varies && number.kind != ColumnKind::Time) {
            let own = 3.0 * OneWay::of(levels, &sizes, &number.x).intraclass_correlation;
            for place in [levels.place, number.place] {
                all[place].between_groups = own.max(all[place].between_groups);
            }
        }
    }
}
