//! The joint regression of the outcome on all numbers and groups, with Bayes factors of its terms in closed form.
//!
//! Scores are normal around a sum of an intercept, a slope for every number and an effect for every level, which have normal priors of fixed
//! scale by the residual deviation. So no number of columns or levels is too many for the rows, the order of columns makes no difference,
//! and the evidence of a term is a ratio of determinants and of penalised sums of squares (Zellner 1971, chapter 3; with an inverse gamma
//! prior of the residual variance where that is unknown). The levels of the largest group column are eliminated, whose block is diagonal.

use super::cholesky::Cholesky;
use super::moments::dot;
use super::response::Response;
use super::sheet::{Levels, Sheet};
use ppl_corpus::ColumnKind;

/// The prior precision of the intercept, by the residual precision.
const INTERCEPT: f64 = 0.2;
/// Levels that are not eliminated, at most. Group columns beyond that, the largest first, stay outside of the joint regression.
const MOST_LEVELS: usize = 200;

/// Weighted sums of products over rows: all that regressions on any of the columns need.
pub struct Products<'s> {
    pub sheet: &'s Sheet,
    pub response: &'s Response,
    /// Scores times weights.
    weighted: Vec<Vec<f64>>,
    /// The intercept and the numbers.
    width: usize,
    /// `width` by `width`.
    gram: Vec<f64>,
    /// Of each score vector, with the columns.
    right: Vec<Vec<f64>>,
    /// Weighted sum of squares of all score vectors.
    pub square: f64,
    /// Of each group column.
    pub groups: Vec<GroupProducts>,
}

pub struct GroupProducts {
    /// In `Sheet::levels`.
    pub levels: usize,
    count: usize,
    /// A row a level: weighted sums of the intercept and the numbers.
    sums: Vec<f64>,
    right: Vec<Vec<f64>>,
}

/// A term that is added to a regression.
#[derive(Clone, Copy, Debug)]
pub struct Added {
    /// The coefficient's sign times the root of what the penalised sum of squares loses, by the residual deviation.
    pub t: f64,
    /// Log Bayes factor.
    pub log_factor: f64,
}

/// The sums of products of the intercept and the numbers, lower triangle.
pub fn gram(sheet: &Sheet, weights: &[f64]) -> Vec<f64> {
    let width = sheet.numbers.len() + 1;
    let mut gram = vec![0.0; width * width];
    gram[0] = weights.iter().sum();
    let mut weighted = vec![0.0; weights.len()];
    for (i, number) in sheet.numbers.iter().enumerate() {
        weighted.iter_mut().zip(&number.x).zip(weights).for_each(|((own, x), w)| *own = x * w);
        let row = &mut gram[(i + 1) * width..];
        row[0] = weighted.iter().sum();
        for (j, other) in sheet.numbers[..=i].iter().enumerate() {
            row[j + 1] = dot(&weighted, &other.x);
        }
    }
    gram
}

/// Sums of products of the intercept and the numbers with something that is weighted already.
pub fn with_columns(sheet: &Sheet, weighted: &[f64]) -> Vec<f64> {
    let mut sums = Vec::with_capacity(sheet.numbers.len() + 1);
    sums.push(weighted.iter().sum());
    sums.extend(sheet.numbers.iter().map(|number| dot(weighted, &number.x)));
    sums
}

impl<'s> Products<'s> {
    pub fn of(sheet: &'s Sheet, response: &'s Response) -> Products<'s> {
        let weights = &response.weights;
        let weighted: Vec<Vec<f64>> =
            response.working.iter().map(|z| z.iter().zip(weights).map(|(z, w)| z * w).collect()).collect();
        let width = sheet.numbers.len() + 1;
        let groups = sheet.levels.iter().enumerate().filter(|(_, levels)| levels.kind == ColumnKind::Group);
        let groups: Vec<GroupProducts> = groups
            .map(|(place, levels)| {
                let mut sums = vec![0.0; levels.count * width];
                for (row, (level, w)) in levels.of.iter().zip(weights).enumerate() {
                    let own = &mut sums[*level as usize * width..][..width];
                    own[0] += w;
                    own[1..].iter_mut().zip(&sheet.numbers).for_each(|(own, number)| *own += w * number.x[row]);
                }
                let right = weighted.iter().map(|z| levels.sums(z)).collect();
                GroupProducts { levels: place, count: levels.count, sums, right }
            })
            .collect();
        Products {
            sheet,
            response,
            width,
            gram: gram(sheet, weights),
            right: weighted.iter().map(|z| with_columns(sheet, z)).collect(),
            square: weighted.iter().zip(&response.working).map(|(a, b)| dot(a, b)).sum(),
            groups,
            weighted,
        }
    }

    /// Weighted sum of squares of scores around their means.
    pub fn total(&self) -> f64 {
        let mean: f64 = self.right.iter().map(|right| right[0] * right[0]).sum();
        (self.square - mean / self.gram[0].max(f64::MIN_POSITIVE)).max(0.0)
    }

    /// A line in one number and nothing else.
    pub fn alone(&self, number: usize) -> Added {
        let (own, width, weight) = (number + 1, self.width, self.gram[0].max(f64::MIN_POSITIVE));
        let sum = self.gram[own * width];
        let information = (self.gram[own * width + own] - sum * sum / weight).max(0.0);
        let products: Vec<f64> = self.right.iter().map(|right| right[own] - right[0] * sum / weight).collect();
        self.response.added(&products, information, self.response.slope, self.total())
    }

    /// Effects of the levels of one column and nothing else: log Bayes factor.
    pub fn levels_alone(&self, levels: &Levels) -> f64 {
        let weights = levels.sums(&self.response.weights);
        let total = self.gram[0].max(f64::MIN_POSITIVE);
        let centred = |(weighted, all): (&Vec<f64>, &Vec<f64>)| {
            let sums = levels.sums(weighted);
            sums.iter().zip(&weights).map(|(sum, w)| sum - w * all[0] / total).collect::<Vec<f64>>()
        };
        let sums: Vec<Vec<f64>> = self.weighted.iter().zip(&self.right).map(centred).collect();
        self.response.blocks(&sums, &weights, self.response.between, self.total())
    }

    /// The group columns of the joint regression.
    pub fn all_groups(&self) -> Vec<usize> {
        let mut groups: Vec<usize> = (0..self.groups.len()).collect();
        groups.sort_by_key(|group| self.groups[*group].count);
        // columns with as many levels are in or out together
        let fits = |upto: usize| {
            let count = |group: &usize| self.groups[*group].count;
            groups[..upto].iter().map(count).sum::<usize>() - count(&groups[upto - 1]) <= MOST_LEVELS
        };
        let ends_run = |upto: usize| {
            upto == groups.len() || self.groups[groups[upto]].count != self.groups[groups[upto - 1]].count
        };
        let upto = (1..=groups.len()).rev().find(|upto| ends_run(*upto) && fits(*upto)).unwrap_or(0);
        groups.truncate(upto);
        groups
    }

    fn levels(&self, group: usize) -> &'s Levels {
        &self.sheet.levels[self.groups[group].levels]
    }
}

/// A regression on all numbers and some groups.
pub struct Regression<'p> {
    products: &'p Products<'p>,
    /// In `Products::groups`, without the one that is eliminated.
    dense: Vec<usize>,
    eliminated: Option<usize>,
    /// Of the intercept, the numbers and the levels of dense groups, with their sums in each eliminated level: a row a level.
    cross: Vec<f64>,
    /// One by the penalised weight of each eliminated level.
    shrink: Vec<f64>,
    factor: Cholesky,
    /// `L^-1` times the right side, of each score vector.
    half: Vec<Vec<f64>>,
    /// Log determinant of the penalised matrix by that of the penalties, without the intercept's.
    log_determinant: f64,
    /// Penalised sum of squares of residuals.
    pub rest: f64,
}

impl<'p> Regression<'p> {
    pub fn new(products: &'p Products<'p>, groups: &[usize]) -> Regression<'p> {
        let count = |group: usize| products.groups[group].count;
        let eliminated = groups.iter().copied().max_by_key(|group| count(*group));
        let dense: Vec<usize> = groups.iter().copied().filter(|group| Some(*group) != eliminated).collect();
        let width = products.width;
        let size = width + dense.iter().map(|group| count(*group)).sum::<usize>();
        let (slope, between) = (products.response.slope, products.response.between);

        let mut matrix = vec![0.0; size * size];
        for row in 0..width {
            matrix[row * size..][..=row].copy_from_slice(&products.gram[row * width..][..=row]);
            matrix[row * size + row] += if row == 0 { INTERCEPT } else { slope };
        }
        let mut right: Vec<Vec<f64>> = products.right.clone();
        let mut from = width;
        let mut starts = Vec::with_capacity(dense.len());
        for &group in &dense {
            let own = &products.groups[group];
            for level in 0..own.count {
                let row = &mut matrix[(from + level) * size..][..size];
                row[..width].copy_from_slice(&own.sums[level * width..][..width]);
                row[from + level] = own.sums[level * width] + between;
            }
            for (&other, &start) in dense.iter().zip(&starts) {
                each_cell(products, group, other, |level, column, w| {
                    matrix[(from + level) * size + start + column] += w
                });
            }
            right.iter_mut().zip(&own.right).for_each(|(all, own)| all.extend(own));
            starts.push(from);
            from += own.count;
        }

        // the Schur complement of the eliminated levels
        let (mut cross, mut shrink, mut log_determinant) = (Vec::new(), Vec::new(), 0.0);
        let mut rest = products.square;
        if let Some(group) = eliminated {
            let own = &products.groups[group];
            cross = vec![0.0; own.count * size];
            for level in 0..own.count {
                cross[level * size..][..width].copy_from_slice(&own.sums[level * width..][..width]);
            }
            for (&other, &start) in dense.iter().zip(&starts) {
                each_cell(products, group, other, |level, column, w| cross[level * size + start + column] += w);
            }
            for level in 0..own.count {
                let weight = own.sums[level * width] + between;
                log_determinant += (weight / between).ln();
                shrink.push(1.0 / weight);
                let row = &cross[level * size..][..size];
                for i in (0..size).filter(|i| row[*i] != 0.0) {
                    let scaled = row[i] / weight;
                    matrix[i * size..][..=i].iter_mut().zip(row).for_each(|(own, other)| *own -= scaled * other);
                }
                for (all, own) in right.iter_mut().zip(&own.right) {
                    let scaled = own[level] / weight;
                    rest -= scaled * own[level];
                    all.iter_mut().zip(row).for_each(|(all, other)| *all -= scaled * other);
                }
            }
        }
        let factor = Cholesky::of(matrix, size);
        log_determinant +=
            factor.log_determinant - (width - 1) as f64 * slope.ln() - (size - width) as f64 * between.ln();
        for half in &mut right {
            factor.forward(half);
            rest -= dot(half, half);
        }
        Regression {
            products,
            dense,
            eliminated,
            cross,
            shrink,
            factor,
            half: right,
            log_determinant,
            rest: rest.max(0.0),
        }
    }

    /// Log evidence, up to a constant of the rows and the scores.
    pub fn log_evidence(&self) -> f64 {
        let response = self.products.response;
        -0.5 * response.multiplicity * self.log_determinant + response.log_fit(self.rest)
    }

    /// What is left of each score vector: weighted residuals, and standard ones (times the root of the weight, by the residual
    /// deviation).
    pub fn residuals(&self) -> Vec<Vec<f64>> {
        let products = self.products;
        let each = self.half.iter().enumerate().map(|(which, half)| {
            let mut coefficients = half.clone();
            self.factor.backward(&mut coefficients);
            let mut left = products.response.working[which].clone();
            left.iter_mut().for_each(|left| *left -= coefficients[0]);
            for (number, beta) in products.sheet.numbers.iter().zip(&coefficients[1..]) {
                left.iter_mut().zip(&number.x).for_each(|(left, x)| *left -= beta * x);
            }
            let mut from = products.width;
            for &group in &self.dense {
                let own = &coefficients[from..];
                left.iter_mut().zip(&products.levels(group).of).for_each(|(left, level)| *left -= own[*level as usize]);
                from += products.groups[group].count;
            }
            if let Some(group) = self.eliminated {
                let effects = self.eliminated_effects(which, &coefficients);
                let levels = &products.levels(group).of;
                left.iter_mut().zip(levels).for_each(|(left, level)| *left -= effects[*level as usize]);
            }
            left
        });
        each.collect()
    }

    fn eliminated_effects(&self, which: usize, coefficients: &[f64]) -> Vec<f64> {
        let Some(group) = self.eliminated else { return Vec::new() };
        let right = &self.products.groups[group].right[which];
        let rows = self.cross.chunks_exact(coefficients.len());
        right
            .iter()
            .zip(rows)
            .zip(&self.shrink)
            .map(|((z, row), shrink)| (z - dot(row, coefficients)) * shrink)
            .collect()
    }

    /// The effects of the levels of a group column, by the residual deviation; of the first score vector.
    pub fn effects(&self, group: usize) -> Vec<f64> {
        let Some(half) = self.half.first() else { return Vec::new() };
        let mut coefficients = half.clone();
        self.factor.backward(&mut coefficients);
        let scale = 1.0 / self.deviation();
        let effects = if Some(group) == self.eliminated {
            self.eliminated_effects(0, &coefficients)
        } else {
            let before = self.dense.iter().take_while(|own| **own != group);
            let from = self.products.width + before.map(|group| self.products.groups[*group].count).sum::<usize>();
            coefficients[from..][..self.products.groups[group].count].to_vec()
        };
        effects.into_iter().map(|effect| effect * scale).collect()
    }

    pub fn deviation(&self) -> f64 {
        self.products.response.deviation(self.rest)
    }

    /// Coefficients of the numbers, of the first score vector.
    pub fn slopes(&self) -> Vec<f64> {
        let Some(half) = self.half.first() else { return Vec::new() };
        let mut coefficients = half.clone();
        self.factor.backward(&mut coefficients);
        coefficients[1..self.products.width].to_vec()
    }

    /// The line in each number, against the same regression without it.
    pub fn lines(&self) -> Vec<Added> {
        let response = self.products.response;
        let coefficients: Vec<Vec<f64>> = self
            .half
            .iter()
            .map(|half| {
                let mut own = half.clone();
                self.factor.backward(&mut own);
                own
            })
            .collect();
        let line = |number: usize| {
            let own = number + 1;
            let variance = self.factor.inverse_diagonal(own).max(f64::MIN_POSITIVE);
            let gain: f64 = coefficients.iter().map(|beta| beta[own] * beta[own] / variance).sum();
            let sign = if coefficients.len() == 1 { coefficients[0][own] } else { 1.0 };
            let log_factor = 0.5 * response.multiplicity * (response.slope * variance).ln().min(0.0)
                + response.log_fit(self.rest)
                - response.log_fit(self.rest + gain);
            Added { t: response.signed_root(gain, sign, self.rest), log_factor }
        };
        (0..self.products.width - 1).map(line).collect()
    }

    /// Adds a term with a coefficient of prior precision `penalty`, by the residual precision.
    pub fn add(&self, term: &[f64], weighted: &mut [f64], residuals: &[Vec<f64>], penalty: f64) -> Added {
        let products = self.products;
        weighted.iter_mut().zip(term).zip(&products.response.weights).for_each(|((own, x), w)| *own = x * w);
        let mut own = with_columns(products.sheet, weighted);
        for &group in &self.dense {
            own.extend(products.levels(group).sums(weighted));
        }
        let mut information = dot(weighted, term);
        if let Some(group) = self.eliminated {
            let sums = products.levels(group).sums(weighted);
            let size = own.len();
            for ((sum, row), shrink) in sums.iter().zip(self.cross.chunks_exact(size)).zip(&self.shrink) {
                let scaled = sum * shrink;
                information -= sum * scaled;
                own.iter_mut().zip(row).for_each(|(own, other)| *own -= scaled * other);
            }
        }
        self.factor.forward(&mut own);
        information = (information - dot(&own, &own)).max(0.0);
        // residuals of the penalised fit are what the score of a further coefficient takes
        let sums: Vec<f64> = residuals.iter().map(|left| dot(weighted, left)).collect();
        products.response.added(&sums, information, penalty, self.rest)
    }
}

/// Weights of the rows in each pair of a level of one group column and a level of another.
fn each_cell(products: &Products<'_>, a: usize, b: usize, mut add: impl FnMut(usize, usize, f64)) {
    let (a, b) = (&products.levels(a).of, &products.levels(b).of);
    for ((a, b), w) in a.iter().zip(b).zip(&products.response.weights) {
        add(*a as usize, *b as usize, *w);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::fitted::Fitted;
    use ppl_corpus::pair::table::{Table, Values};
    use ppl_corpus::{Outcome, Schema};
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Two numbers and two crossed groups of 3 and 5 levels.
    fn table(rows: usize) -> Table {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut numbers = || (0..rows).map(|_| rng.random_range(-1.5..1.5)).collect::<Vec<f64>>();
        let (y, x1, x2) = (numbers(), numbers(), numbers());
        let y = y.iter().zip(&x1).enumerate().map(|(row, (y, x))| y + 0.7 * x + (row % 5) as f64 / 4.0).collect();
        let group = |levels: usize| Values::Int((0..rows).map(|row| (row * row % 7 % levels) as i32 + 1).collect());
        Table {
            schema: Schema::new(Outcome::Real, 2, 2, false),
            outcome: Values::Real(y),
            columns: vec![Values::Real(x1), Values::Real(x2), group(3), group(5)],
            levels: vec![0, 0, 3, 5],
            categories: 0,
        }
    }

    /// Log determinant of the covariance of scores by the residual variance, and `z' C^-1 z`, without any algebra of regressions. `square` is the
    /// prior precision of the square of the first number, if that is a term.
    fn by_covariance(products: &Products<'_>, numbers: &[usize], groups: &[usize], square: Option<f64>) -> (f64, f64) {
        let (sheet, response) = (products.sheet, products.response);
        let n = sheet.rows();
        let mut matrix = vec![0.0; n * n];
        for a in 0..n {
            for b in 0..n {
                let mut own = f64::from(a == b) + 1.0 / INTERCEPT;
                for number in numbers {
                    let x = &sheet.numbers[*number].x;
                    own += x[a] * x[b] / response.slope;
                }
                for group in groups {
                    let of = &products.levels(*group).of;
                    own += f64::from(of[a] == of[b]) / response.between;
                }
                if let Some(penalty) = square {
                    let x = &sheet.numbers[0].x;
                    own += x[a] * x[a] * x[b] * x[b] / penalty;
                }
                matrix[a * n + b] = own;
            }
        }
        let factor = Cholesky::of(matrix, n);
        let mut z = response.working[0].clone();
        factor.forward(&mut z);
        (factor.log_determinant + INTERCEPT.ln(), dot(&z, &z))
    }

    fn evidence(response: &Response, (determinant, rest): (f64, f64)) -> f64 {
        -0.5 * determinant + response.log_fit(rest)
    }

    #[test]
    fn evidence_is_that_of_the_covariance() {
        let table = table(40);
        let sheet = Sheet::of(&table);
        let response = Response::of(&sheet);
        let products = Products::of(&sheet, &response);
        for groups in [&[][..], &[0], &[1], &[0, 1]] {
            let own = Regression::new(&products, groups);
            let (determinant, rest) = by_covariance(&products, &[0, 1], groups, None);
            assert!((own.log_determinant - determinant).abs() < 1e-9, "{} {determinant}", own.log_determinant);
            assert!((own.rest - rest).abs() < 1e-9, "{} {rest}", own.rest);
        }
    }

    #[test]
    fn factors_of_terms_are_ratios_of_evidence() {
        let table = table(40);
        let sheet = Sheet::of(&table);
        let response = Response::of(&sheet);
        let products = Products::of(&sheet, &response);
        let fitted = Fitted::new(&products);
        let all = evidence(&response, by_covariance(&products, &[0, 1], &[0, 1], None));
        for (number, line) in fitted.full.lines().iter().enumerate() {
            let without = evidence(&response, by_covariance(&products, &[1 - number], &[0, 1], None));
            assert!((line.log_factor - (all - without)).abs() < 1e-8, "{} {}", line.log_factor, all - without);
        }
        assert!(fitted.full.lines()[0].t > 2.0);
        let square: Vec<f64> = sheet.numbers[0].x.iter().map(|x| x * x).collect();
        let penalty = 4.0 * response.slope;
        let added = fitted.full.add(&square, &mut vec![0.0; 40], &fitted.left, penalty);
        let with = evidence(&response, by_covariance(&products, &[0, 1], &[0, 1], Some(penalty)));
        assert!((added.log_factor - (with - all)).abs() < 1e-8, "{} {}", added.log_factor, with - all);
    }

    #[test]
    fn t_is_that_of_least_squares_where_there_is_much_to_go_by() {
        // a line through 2000 rows: b / sqrt(s^2 / sum of squares)
        let table = table(2000);
        let sheet = Sheet::of(&table);
        let response = Response::of(&sheet);
        let products = Products::of(&sheet, &response);
        let (x, z) = (&sheet.numbers[0].x, &response.scores);
        let mean = z.iter().sum::<f64>() / 2000.0;
        let (xx, xz) = (dot(x, x), dot(x, z));
        let rest: f64 = z.iter().zip(x).map(|(z, x)| (z - mean - xz / xx * x).powi(2)).sum();
        let t = xz / xx / (rest / 1998.0 / xx).sqrt();
        assert!((products.alone(0).t / t - 1.0).abs() < 0.01, "{} {t}", products.alone(0).t);
    }

    #[test]
    fn large_groups_stay_outside_together() {
        let rows = 600;
        let groups = |levels: &[usize]| {
            let column = |levels: &usize| Values::Int((0..rows).map(|row| (row * 7 % levels) as i32).collect());
            let own = Table {
                schema: Schema::new(Outcome::Real, 0, levels.len(), false),
                outcome: Values::Real((0..rows).map(|row| (row % 13) as f64).collect()),
                columns: levels.iter().map(column).collect(),
                levels: levels.to_vec(),
                categories: 0,
            };
            let sheet = Sheet::of(&own);
            let response = Response::of(&sheet);
            Products::of(&sheet, &response).all_groups()
        };
        assert_eq!(groups(&[150, 40, 500]), [1, 0, 2]);
        assert_eq!(groups(&[300, 300, 40]), [2]);
        assert_eq!(groups(&[]), [0_usize; 0]);
    }
}
