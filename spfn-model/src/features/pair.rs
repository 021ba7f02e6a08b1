//! What the outcome and one column show together.

use super::fitted::Fitted;
use super::levels::{OneWay, Trend};
use super::moments::{Moments, correlation, t_of_correlation};
use super::regression::{Added, Regression};
use super::serial::{cusum, von_neumann};
use super::sheet::{Levels, Number};
use super::statistics::statistics;
use ppl_corpus::{ColumnKind, Outcome};

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
        /// A step, and a bend, anywhere: gain, and where, in standardised cells.
        gain_step,
        place_of_step,
        gain_bend,
        place_of_bend,
        /// A sine of frequency 1, 2, 4, 8 or 16, in standardised cells: gain, and log2 of the frequency less 2.
        gain_seasonal,
        frequency,
        /// sqrt(n) times the autocorrelation of residuals in the order of cells.
        roughness,
        /// Product with another number: t and gain of the best one, and the gain of the next where there are two.
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

/// What all pairs with numbers need of the outcome.
struct Shared {
    /// Midranks of scores.
    ranks: Vec<f64>,
    absolute: Vec<f64>,
    squared: Vec<f64>,
    /// 1 for a zero, less how likely the regression makes it; of counts.
    zeros: Vec<f64>,
}

impl PairStatistics {
    /// Of every column of the schema; `ranks` are midranks of scores.
    pub fn all(fitted: &Fitted<'_>, columns: usize, ranks: Vec<f64>) -> Vec<PairStatistics> {
        let mut all = vec![PairStatistics::default(); columns];
        let shared = Shared {
            ranks,
            absolute: fitted.standard.iter().map(|e| e.abs()).collect(),
            squared: fitted.standard.iter().map(|e| e * e).collect(),
            zeros: zeros(fitted),
        };
        for number in fitted.sheet.numbers.iter().chain(&fitted.sheet.trials).filter(|number| number.varies) {
            let own = &mut all[number.place];
            own.correlations(fitted, &shared, number);
            if number.kind == ColumnKind::Time {
                own.time(fitted);
            }
        }
        lines(fitted, &mut all);
        added(fitted, &mut all);
        interactions(fitted, &mut all);
        for levels in &fitted.sheet.levels {
            all[levels.place].levels(fitted, &shared, levels);
        }
        groups(fitted, &mut all);
        varying_slopes(fitted, &mut all);
        all
    }

    fn correlations(&mut self, fitted: &Fitted<'_>, shared: &Shared, number: &Number) {
        if fitted.sheet.outcome == Outcome::Categorical {
            return;
        }
        let t = |other: &[f64]| {
            let (r, n) = correlation(number.with(other));
            t_of_correlation(r, n)
        };
        self.pearson = 3.0 * correlation(number.with(&fitted.response.scores)).0;
        let ranks = number.order.midranks(fitted.sheet.rows());
        let rows = number.order.rows.iter().map(|row| (ranks[*row as usize], shared.ranks[*row as usize]));
        self.spearman = 3.0 * correlation(rows).0;
        self.t_absolute_residual = t(&shared.absolute);
        self.t_squared_residual = t(&shared.squared);
        if !shared.zeros.is_empty() {
            self.t_zeros = t(&shared.zeros);
        }
    }

    fn time(&mut self, fitted: &Fitted<'_>) {
        if fitted.sheet.outcome == Outcome::Categorical {
            return;
        }
        let squares: Vec<f64> = fitted.standard.iter().map(|e| e * e).collect();
        self.von_neumann = (fitted.sheet.rows() as f64).sqrt() * von_neumann(&fitted.response.scores);
        self.cusum = cusum(&fitted.standard);
        self.cusum_of_squares = cusum(&squares);
    }

    fn levels(&mut self, fitted: &Fitted<'_>, shared: &Shared, levels: &Levels) {
        let sizes = levels.sizes();
        if fitted.sheet.outcome != Outcome::Categorical {
            let one = OneWay::of(levels, &sizes, &fitted.response.scores);
            self.eta_squared = 3.0 * one.eta_squared;
            self.intraclass_correlation = 3.0 * one.intraclass_correlation;
            self.f_statistic = one.f_score;
            self.f_absolute_residual = OneWay::of(levels, &sizes, &shared.absolute).f_score;
            if levels.kind == ColumnKind::Ordinal {
                let trend = Trend::of(&sizes, &levels.sums(&fitted.response.scores));
                self.monotone = 3.0 * trend.monotone;
                self.linear_in_levels = 3.0 * trend.linear;
                self.autocorrelation_of_levels = 3.0 * trend.autocorrelation;
            }
        }
        self.gain_levels_alone = gain(fitted.products.levels_alone(levels));
        if levels.kind == ColumnKind::Ordinal {
            // beside the line in levels that the joint regression has
            let sums: Vec<Vec<f64>> = fitted.weighted.iter().map(|left| levels.sums(left)).collect();
            let weights = levels.sums(&fitted.response.weights);
            self.gain_levels = gain(fitted.response.blocks(&sums, &weights, fitted.response.between, fitted.full.rest));
        }
    }

    /// Keeps the two largest gains of interactions.
    fn interaction(&mut self, added: Added) {
        let own = gain(added.log_factor);
        if self.t_interaction == 0.0 || own > self.gain_interaction {
            if self.t_interaction != 0.0 {
                self.gain_second_interaction = self.gain_interaction;
            }
            self.gain_interaction = own;
            self.t_interaction = added.t;
        } else if self.gain_second_interaction == 0.0 || own > self.gain_second_interaction {
            self.gain_second_interaction = own;
        }
    }

    fn varying_slope(&mut self, own: f64) {
        if self.gain_varying_slope == 0.0 || own > self.gain_varying_slope {
            self.gain_second_varying_slope = self.gain_varying_slope;
            self.gain_varying_slope = own;
        } else if self.gain_second_varying_slope == 0.0 || own > self.gain_second_varying_slope {
            self.gain_second_varying_slope = own;
        }
    }
}

fn gain(log_factor: f64) -> f64 {
    0.5 * log_factor
}

fn zeros(fitted: &Fitted<'_>) -> Vec<f64> {
    if fitted.sheet.outcome != Outcome::Count {
        return Vec::new();
    }
    let alpha = fitted.response.alpha;
    let none = |eta: f64| {
        let mu = eta.clamp(-8.0, 15.0).exp();
        if alpha < 1e-3 { (-mu).exp() } else { (-(alpha * mu).ln_1p() / alpha).exp() }
    };
    fitted.sheet.y.iter().zip(fitted.predictor()).map(|(y, eta)| f64::from(*y == 0.0) - none(eta)).collect()
}

/// The line in each number.
fn lines(fitted: &Fitted<'_>, all: &mut [PairStatistics]) {
    let (among, full, slopes) = (fitted.numbers.lines(), fitted.full.lines(), fitted.full.slopes());
    let several = fitted.response.working.len() > 1;
    for (which, number) in fitted.sheet.numbers.iter().enumerate().filter(|(_, number)| number.varies) {
        let own = &mut all[number.place];
        let alone = fitted.products.alone(which);
        (own.t_alone, own.gain_alone) = (alone.t, gain(alone.log_factor));
        (own.t_among_numbers, own.gain_among_numbers) = (among[which].t, gain(among[which].log_factor));
        (own.t, own.gain) = (full[which].t, gain(full[which].log_factor));
        if !several {
            own.coefficient = slopes[which];
        }
    }
}

/// Curves of one number.
fn added(fitted: &Fitted<'_>, all: &mut [PairStatistics]) {
    let (full, residuals, slope) = (&fitted.full, fitted.residuals(), fitted.response.slope);
    let rows = fitted.sheet.rows();
    let (mut term, mut scratch) = (vec![0.0; rows], vec![0.0; rows]);
    let curved = |number: &&Number| number.varies && matches!(number.kind, ColumnKind::Real | ColumnKind::Time);
    for number in fitted.sheet.numbers.iter().filter(curved) {
        let own = &mut all[number.place];
        let mut add = |of: fn(f64) -> f64, penalty: f64| {
            term.iter_mut().zip(&number.x).for_each(|(term, x)| *term = of(*x));
            full.add(&term, &mut scratch, &fitted.left, penalty)
        };
        // priors of squares and cubes are narrower in the grammars that ship
        let square = add(|x| x * x, 4.0 * slope);
        let cube = add(|x| x * x * x, 16.0 * slope);
        let rectified = add(|x| x.max(0.0), slope);
        (own.t_square, own.gain_square) = (square.t, gain(square.log_factor));
        own.t_cube = cube.t;
        (own.t_rectified, own.gain_rectified) = (rectified.t, gain(rectified.log_factor));
        let (step, bend) = residuals.step_and_bend(number);
        (own.gain_step, own.place_of_step) = (gain(step.log_factor), step.place);
        (own.gain_bend, own.place_of_bend) = (gain(bend.log_factor), bend.place);
        let waves = residuals.waves(number);
        (own.gain_seasonal, own.frequency) = (gain(waves.log_factor), waves.place - 2.0);
        if !fitted.standard.is_empty() {
            own.roughness = residuals.roughness(number, &fitted.standard);
        }
    }
}

/// Products of two numbers.
fn interactions(fitted: &Fitted<'_>, all: &mut [PairStatistics]) {
    let rows = fitted.sheet.rows();
    let (mut term, mut scratch) = (vec![0.0; rows], vec![0.0; rows]);
    let factors = |number: &&Number| number.varies && number.kind != ColumnKind::Ordinal;
    let numbers: Vec<&Number> = fitted.sheet.numbers.iter().filter(factors).collect();
    for (place, a) in numbers.iter().enumerate() {
        for b in &numbers[..place] {
            term.iter_mut().zip(&a.x).zip(&b.x).for_each(|((term, a), b)| *term = a * b);
            let added = fitted.full.add(&term, &mut scratch, &fitted.left, fitted.response.slope);
            all[a.place].interaction(added);
            all[b.place].interaction(added);
        }
    }
}

/// Effects of the levels of each group column beside the others.
fn groups(fitted: &Fitted<'_>, all: &mut [PairStatistics]) {
    let (products, count) = (fitted.products, fitted.groups.len());
    let (none, full) = (fitted.numbers.log_evidence(), fitted.full.log_evidence());
    let only = |group: usize| match count == 1 && fitted.groups[0] == group {
        true => full,
        false => Regression::new(products, &[group]).log_evidence(),
    };
    let only: Vec<f64> = (0..products.groups.len()).map(only).collect();
    for (group, own) in products.groups.iter().enumerate() {
        let statistics = &mut all[fitted.sheet.levels[own.levels].place];
        statistics.gain_levels_among_numbers = gain(only[group] - none);
        if !fitted.groups.contains(&group) {
            statistics.gain_levels = statistics.gain_levels_among_numbers;
            continue;
        }
        let others: Vec<usize> = fitted.groups.iter().copied().filter(|other| *other != group).collect();
        let without = match others[..] {
            [] => none,
            [other] => only[other],
            _ => Regression::new(products, &others).log_evidence(),
        };
        statistics.gain_levels = gain(full - without);
        if fitted.response.working.len() == 1 {
            let effects = fitted.full.effects(group);
            let square = effects.iter().map(|u| u * u).sum::<f64>() / effects.len().max(1) as f64;
            statistics.log_spread_of_levels = ((square.sqrt() + 0.05) / 0.5).ln();
            statistics.kurtosis_of_levels = Moments::of(&effects).excess_kurtosis;
        }
    }
}

/// Slopes of numbers that differ between groups, beside their mean: the score of a variance component.
fn varying_slopes(fitted: &Fitted<'_>, all: &mut [PairStatistics]) {
    let response = fitted.response;
    let rows = fitted.sheet.rows();
    let mut scratch = vec![0.0; rows];
    let is_group = |levels: &&Levels| levels.kind == ColumnKind::Group && levels.count > 1;
    let factors = |number: &&Number| number.varies && number.kind != ColumnKind::Ordinal;
    for levels in fitted.sheet.levels.iter().filter(is_group) {
        for number in fitted.sheet.numbers.iter().filter(factors) {
            let mut sums = |of: &[f64], power: i32| {
                scratch.iter_mut().zip(of).zip(&number.x).for_each(|((own, r), x)| *own = r * x.powi(power));
                levels.sums(&scratch)
            };
            let weights = sums(&response.weights, 2);
            let products: Vec<Vec<f64>> = fitted.weighted.iter().map(|left| sums(left, 1)).collect();
            let own = gain(response.blocks(&products, &weights, response.between, fitted.full.rest));
            all[number.place].varying_slope(own);
            all[levels.place].varying_slope(own);
        }
    }
}
