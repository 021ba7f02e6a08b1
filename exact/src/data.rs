//! A table as evidences see it: complete columns of numbers.

use crate::error::ExactError;
use crate::model::Feature;
use ppl_corpus::pair::table::{MISSING, Table, Values};
use ppl_corpus::{ColumnKind, Outcome};

/// The outcome and the columns of a table, all cells there.
#[derive(Clone, Debug)]
pub struct Data {
    names: Vec<String>,
    outcome: Vec<f64>,
    columns: Vec<Vec<f64>>,
    /// Groups from 0 on, of columns that have them.
    groups: Vec<Vec<usize>>,
    levels: Vec<usize>,
}

impl Data {
    /// # Errors
    /// No rows, missing cells, columns of other lengths, outcomes that are none of their kind.
    pub fn new(table: &Table) -> Result<Data, ExactError> {
        let outcome = cells("y", &table.outcome)?;
        if outcome.is_empty() {
            return Err(ExactError::Table("it has no rows".to_string()));
        }
        let (schema, mut columns, mut groups) = (&table.schema, Vec::new(), Vec::new());
        if schema.columns.len() != table.columns.len() || table.levels.len() != table.columns.len() {
            return Err(ExactError::Table(format!(
                "its schema has {} columns, and there are {} with {} numbers of levels",
                schema.columns.len(),
                table.columns.len(),
                table.levels.len()
            )));
        }
        for ((column, values), &levels) in schema.columns.iter().zip(&table.columns).zip(&table.levels) {
            let x = cells(&column.name, values)?;
            if x.len() != outcome.len() {
                let message = format!("`{}` has {} rows, the outcome {}", column.name, x.len(), outcome.len());
                return Err(ExactError::Table(message));
            }
            let place = |x: f64| (x.fract() == 0.0 && x >= 1.0 && x <= levels as f64).then(|| x as usize - 1);
            let own: Option<Vec<usize>> = match column.kind.has_levels() {
                true => x.iter().map(|x| place(*x)).collect(),
                false => Some(Vec::new()),
            };
            groups.push(
                own.ok_or_else(|| ExactError::Table(format!("`{}` has other values than 1 to {levels}", column.name)))?,
            );
            columns.push(x);
        }
        let names = schema.columns.iter().map(|column| column.name.clone()).collect();
        let data = Data { names, outcome, columns, groups, levels: table.levels.clone() };
        let whole = |x: f64| x >= 0.0 && x.fract() == 0.0;
        let trials = schema.of_kind(ColumnKind::Trials).next().map(|place| &data.columns[place]);
        let fits = |row: usize, y: f64| match schema.outcome {
            Outcome::Positive => y > 0.0,
            Outcome::Bounded => y > 0.0 && y < 1.0,
            Outcome::Count => whole(y),
            Outcome::Binary => y == 0.0 || y == 1.0,
            Outcome::Successes => whole(y) && trials.is_some_and(|n| y <= n[row] && whole(n[row])),
            _ => true,
        };
        match (0..data.rows()).find(|&row| !fits(row, data.outcome[row])) {
            Some(row) => Err(ExactError::Table(format!(
                "{} is no {} outcome (row {})",
                data.outcome[row],
                schema.outcome.word(),
                row + 1
            ))),
            None => Ok(data),
        }
    }

    pub fn rows(&self) -> usize {
        self.outcome.len()
    }

    pub fn outcome(&self) -> &[f64] {
        &self.outcome
    }

    /// The numbers of a column.
    ///
    /// # Errors
    /// There is no such column.
    pub fn column(&self, place: usize) -> Result<&[f64], ExactError> {
        let column = self.columns.get(place).map(Vec::as_slice);
        column.ok_or_else(|| ExactError::Table(format!("it has no column number {place}")))
    }

    /// The group of each row, from 0 on.
    ///
    /// # Errors
    /// There is no such column, or it has no groups.
    pub fn group(&self, place: usize) -> Result<&[usize], ExactError> {
        let group = self.groups.get(place).filter(|group| group.len() == self.rows());
        group.map(Vec::as_slice).ok_or_else(|| {
            let name = self.names.get(place).map_or("a column that is not there", String::as_str);
            ExactError::Table(format!("`{name}` has no groups"))
        })
    }

    pub fn levels(&self, place: usize) -> usize {
        self.levels.get(place).copied().unwrap_or(0)
    }

    /// # Errors
    /// There is no such column.
    pub fn feature(&self, feature: Feature) -> Result<Vec<f64>, ExactError> {
        Ok(match feature {
            Feature::One => vec![1.0; self.rows()],
            Feature::Column(x) => self.column(x)?.to_vec(),
            Feature::Square(x) => self.column(x)?.iter().map(|x| x * x).collect(),
            Feature::Product(x, z) => self.column(x)?.iter().zip(self.column(z)?).map(|(x, z)| x * z).collect(),
        })
    }

    /// `inv_logit(rate (x - c))`
    ///
    /// # Errors
    /// There is no such column.
    pub fn step(&self, column: usize, rate: f64, c: f64) -> Result<Vec<f64>, ExactError> {
        Ok(self.column(column)?.iter().map(|x| 1.0 / (1.0 + (-rate * (x - c)).exp())).collect())
    }
}

fn cells(name: &str, values: &Values) -> Result<Vec<f64>, ExactError> {
    let x: Vec<f64> = match values {
        Values::Real(x) => x.clone(),
        Values::Int(x) => x.iter().map(|x| if *x == MISSING { f64::NAN } else { f64::from(*x) }).collect(),
    };
    if x.iter().any(|x| x.is_nan()) {
        return Err(ExactError::Missing(name.to_string()));
    }
    match x.iter().find(|x| !x.is_finite()) {
        Some(x) => Err(ExactError::Table(format!("`{name}` has the value {x}"))),
        None => Ok(x),
    }
}
