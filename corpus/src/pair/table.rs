//! Tables: numbers in columns, as a network sees them and as programs bind them.

use crate::schema::{Column, Schema};
use crate::text;
use ppl_runtime::data::RawData;

/// The cells of a column; what is missing is NaN, or [`MISSING`].
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    Real(Vec<f64>),
    Int(Vec<i32>),
}

/// A whole number that is not there.
pub const MISSING: i32 = i32::MIN;

impl Values {
    pub fn len(&self) -> usize {
        match self {
            Values::Real(x) => x.len(),
            Values::Int(x) => x.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cells that are there, as numbers.
    pub fn present(&self) -> Vec<f64> {
        match self {
            Values::Real(x) => x.iter().copied().filter(|x| !x.is_nan()).collect(),
            Values::Int(x) => x.iter().filter(|x| **x != MISSING).map(|x| f64::from(*x)).collect(),
        }
    }

    /// Takes a cell away.
    pub fn remove(&mut self, row: usize) {
        match self {
            Values::Real(x) => x[row] = f64::NAN,
            Values::Int(x) => x[row] = MISSING,
        }
    }
}

/// A table in the units of programs: real outcomes have a spread of about 1 around 0, positive ones a median of about 1, real columns
/// are standardised.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub schema: Schema,
    pub outcome: Values,
    /// As in the schema.
    pub columns: Vec<Values>,
    /// Levels of each column that has them, else 0.
    pub levels: Vec<usize>,
    /// Categories of the outcome, 0 where it has none.
    pub categories: usize,
}

impl Table {
    pub fn rows(&self) -> usize {
        self.outcome.len()
    }

    /// The table of these rows alone.
    #[must_use]
    pub fn with_rows(&self, rows: &[usize]) -> Table {
        let of = |values: &Values| match values {
            Values::Real(x) => Values::Real(rows.iter().map(|row| x[*row]).collect()),
            Values::Int(x) => Values::Int(rows.iter().map(|row| x[*row]).collect()),
        };
        Table { outcome: of(&self.outcome), columns: self.columns.iter().map(of).collect(), ..self.clone() }
    }

    /// The same with columns in the order of their kinds, as schemas have them.
    #[must_use]
    pub fn in_order_of_kinds(&self) -> Table {
        let mut places: Vec<usize> = (0..self.columns.len()).collect();
        places.sort_by_key(|place| self.schema.columns[*place].kind);
        let mut table = self.clone();
        table.schema.columns = places.iter().map(|place| self.schema.columns[*place].clone()).collect();
        table.columns = places.iter().map(|place| self.columns[*place].clone()).collect();
        table.levels = places.iter().map(|place| self.levels[*place]).collect();
        table
    }

    /// What the data block of any program of the table may want. Missing cells are what they are in [`Values`].
    pub fn data(&self) -> RawData {
        let data = cells(RawData::new().int("N", self.rows() as i32), "y", &self.outcome);
        with_columns(data, &self.schema, &self.columns, &self.levels, self.categories)
    }
}

/// Data with the columns of a schema, numbers of levels and of categories.
pub(super) fn with_columns(
    data: RawData,
    schema: &Schema,
    columns: &[Values],
    levels: &[usize],
    categories: usize,
) -> RawData {
    let column = |data: RawData, ((column, values), levels): ((&Column, &Values), &usize)| {
        let data = cells(data, &column.name, values);
        match column.kind.has_levels() {
            true => data.int(&text::levels(&column.name), *levels as i32),
            false => data,
        }
    };
    let data = if categories > 0 { data.int("K", categories as i32) } else { data };
    schema.columns.iter().zip(columns).zip(levels).fold(data, column)
}

fn cells(data: RawData, name: &str, values: &Values) -> RawData {
    match values {
        Values::Real(x) => data.reals(name, x),
        Values::Int(x) => data.ints(name, x),
    }
}
