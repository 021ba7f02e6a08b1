//! The rows that have an outcome, as regressions take them.

use super::moments::{Moments, is_negligible};
use super::ranks::Order;
use ppl_corpus::ColumnKind;
use ppl_corpus::Outcome;
use ppl_corpus::pair::table::{MISSING, Table, Values};
use std::collections::HashMap;

/// Cells beyond this are taken as this.
const LARGEST: f64 = 1e9;

/// A table, as far as its outcome is there.
pub struct Sheet {
    pub outcome: Outcome,
    /// The number of categories of the outcome, 0 where it has none.
    pub categories: usize,
    /// Rows in order: there is time.
    pub timed: bool,
    /// Cells of the outcome that are there.
    pub y: Vec<f64>,
    pub missing: usize,
    /// Real, binary, ordinal and time columns.
    pub numbers: Vec<Number>,
    /// Group and ordinal columns, by levels.
    pub levels: Vec<Levels>,
    pub trials: Option<Number>,
}

/// A column of numbers.
pub struct Number {
    /// In the schema.
    pub place: usize,
    pub kind: ColumnKind,
    /// Of all rows that are there, before they were centred.
    pub moments: Moments,
    /// All rows of the table: cells, NaN where missing, and their order.
    pub cells: Vec<f64>,
    pub all: Order,
    /// Rows of the sheet: centred, real columns and time standardised; 0 where missing.
    pub x: Vec<f64>,
    /// Of the rows of the sheet that are there.
    pub order: Order,
    pub varies: bool,
}

/// A column of levels. A missing cell is a level of its own.
pub struct Levels {
    pub place: usize,
    pub kind: ColumnKind,
    /// Rows of the sheet: from 0; ascending for ordinal columns.
    pub of: Vec<u32>,
    pub count: usize,
    /// All rows of the table.
    pub all: Vec<u32>,
    pub missing: usize,
}

impl Sheet {
    pub fn of(table: &Table) -> Sheet {
        let outcome = cells(&table.outcome);
        // new numbers of the rows that are there
        let mut number = vec![u32::MAX; outcome.len()];
        let mut y = Vec::with_capacity(outcome.len());
        for (row, cell) in outcome.iter().enumerate().filter(|(_, cell)| !cell.is_nan()) {
            number[row] = y.len() as u32;
            y.push(*cell);
        }
        let mut sheet = Sheet {
            outcome: table.schema.outcome,
            categories: table.categories,
            timed: table.schema.has(ColumnKind::Time),
            missing: outcome.len() - y.len(),
            y,
            numbers: Vec::new(),
            levels: Vec::new(),
            trials: None,
        };
        for (place, (column, values)) in table.schema.columns.iter().zip(&table.columns).enumerate() {
            match column.kind {
                ColumnKind::Group => sheet.levels.push(Levels::of(place, column.kind, values, &number)),
                ColumnKind::Trials => sheet.trials = Some(Number::of(place, column.kind, values, &number)),
                ColumnKind::Ordinal => {
                    sheet.levels.push(Levels::of(place, column.kind, values, &number));
                    sheet.numbers.push(Number::of(place, column.kind, values, &number));
                }
                _ => sheet.numbers.push(Number::of(place, column.kind, values, &number)),
            }
        }
        sheet
    }

    pub fn rows(&self) -> usize {
        self.y.len()
    }

    /// The number of trials of each row; the largest outcome where the table does not say.
    pub fn trials(&self) -> Vec<f64> {
        let most = self.y.iter().copied().fold(1.0, f64::max);
        match &self.trials {
            Some(trials) => {
                let mean = trials.moments.mean;
                trials.x.iter().zip(&self.y).map(|(x, y)| (x + mean).max(*y).max(1.0)).collect()
            }
            None => vec![most; self.rows()],
        }
    }
}

impl Number {
    fn of(place: usize, kind: ColumnKind, values: &Values, number: &[u32]) -> Number {
        let cells = cells(values);
        let all = Order::of(&cells);
        let moments = match all.rows.len() == cells.len() {
            true => Moments::of(&cells),
            false => Moments::of(&cells.iter().copied().filter(|x| !x.is_nan()).collect::<Vec<f64>>()),
        };
        let varies = !is_negligible(moments.variance, moments.mean);
        let scale = match kind {
            ColumnKind::Real | ColumnKind::Time if varies => 1.0 / moments.deviation(),
            _ => 1.0,
        };
        let there = number.iter().zip(&cells).filter(|(number, _)| **number != u32::MAX);
        let x = there.map(|(_, x)| if x.is_nan() || !varies { 0.0 } else { (x - moments.mean) * scale }).collect();
        let order = all.of_rows(number);
        Number { place, kind, moments, cells, all, x, order, varies }
    }

    /// Cells of the sheet and something else of the same rows, where the cell is there.
    pub fn with<'a>(&'a self, other: &'a [f64]) -> impl Iterator<Item = (f64, f64)> + Clone + 'a {
        self.order.rows.iter().map(move |row| (self.x[*row as usize], other[*row as usize]))
    }
}

impl Levels {
    fn of(place: usize, kind: ColumnKind, values: &Values, number: &[u32]) -> Levels {
        let keys: Vec<i64> = match values {
            Values::Int(x) => x.iter().map(|x| i64::from(*x)).collect(),
            // numbers in place of levels are levels too
            Values::Real(x) => x.iter().map(|x| x.clamp(-LARGEST, LARGEST).round() as i64).collect(),
        };
        let is_missing = |row: usize| match values {
            Values::Int(x) => x[row] == MISSING,
            Values::Real(x) => x[row].is_nan(),
        };
        let missing = (0..keys.len()).filter(|row| is_missing(*row)).count();
        let mut count = 0;
        let all = match kind {
            ColumnKind::Ordinal => {
                let mut distinct = keys.clone();
                distinct.sort_unstable();
                distinct.dedup();
                count = distinct.len();
                keys.iter().map(|key| distinct.binary_search(key).unwrap_or_default() as u32).collect()
            }
            _ => dense(&keys, &mut count),
        };
        let there = number.iter().zip(&all).filter(|(number, _)| **number != u32::MAX);
        let of = there.map(|(_, level)| *level).collect();
        Levels { place, kind, of, count, all, missing }
    }

    /// Sums by level of something of the rows of the sheet.
    pub fn sums(&self, of_rows: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.count];
        self.of.iter().zip(of_rows).for_each(|(level, x)| sums[*level as usize] += x);
        sums
    }

    /// How many rows of the sheet each level has.
    pub fn sizes(&self) -> Vec<f64> {
        let mut sizes = vec![0.0; self.count];
        self.of.iter().for_each(|level| sizes[*level as usize] += 1.0);
        sizes
    }
}

/// Numbers from 0 in the order in which keys appear first.
fn dense(keys: &[i64], count: &mut usize) -> Vec<u32> {
    let mut next = 0;
    let mut fresh = || {
        next += 1;
        next - 1
    };
    let most = keys.iter().copied().max().unwrap_or(0);
    let small = (0..=4 * keys.len() as i64 + 64).contains(&most) && keys.iter().all(|key| *key >= 0);
    let levels = if small {
        let mut own = vec![u32::MAX; most as usize + 1];
        let mut level = |key: i64| {
            let own = &mut own[key as usize];
            if *own == u32::MAX {
                *own = fresh();
            }
            *own
        };
        keys.iter().map(|key| level(*key)).collect()
    } else {
        let mut own = HashMap::new();
        keys.iter().map(|key| *own.entry(*key).or_insert_with(&mut fresh)).collect()
    };
    *count = next as usize;
    levels
}

/// Cells as numbers; NaN where missing, or no finite number.
fn cells(values: &Values) -> Vec<f64> {
    match values {
        Values::Real(x) => {
            x.iter().map(|x| if x.is_finite() { x.clamp(-LARGEST, LARGEST) } else { f64::NAN }).collect()
        }
        Values::Int(x) => x.iter().map(|x| if *x == MISSING { f64::NAN } else { f64::from(*x) }).collect(),
    }
}
