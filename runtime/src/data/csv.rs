//! Tables: a header of names and one column a variable.

use super::{DataError, Datum, special};

/// Columns in order, and the number of rows.
pub(super) fn columns(text: &str) -> Result<(Vec<(String, Datum)>, usize), DataError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|e| failed(&e))?.clone();
    if header.is_empty() {
        return Err(DataError::Other("an empty table: expected a header with the names of the variables".into()));
    }
    for (i, name) in header.iter().enumerate() {
        if name.is_empty() {
            return Err(DataError::Other(format!("column {} has no name", i + 1)));
        }
    }
    let mut columns: Vec<Column> = header.iter().map(|_| Column::default()).collect();
    let mut rows = 0;
    for record in reader.records() {
        let record = record.map_err(|e| failed(&e))?;
        rows += 1;
        for (i, (column, cell)) in columns.iter_mut().zip(&record).enumerate() {
            column.push(cell, rows, i + 1);
        }
    }
    Ok((header.iter().map(str::to_string).zip(columns.into_iter().map(Column::finish)).collect(), rows))
}

fn failed(error: &csv::Error) -> DataError {
    let (row, line) = error.position().map_or((0, 0), |p| (p.record() as usize, p.line() as usize));
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => DataError::Cell {
            row,
            column: *len.min(expected_len) as usize + 1,
            message: format!("the header has {expected_len} columns, this row (line {line}) has {len}"),
        },
        _ => DataError::Other(error.to_string()),
    }
}

#[derive(Default)]
struct Column {
    cells: Vec<Datum>,
    has_real: bool,
    invalid: Option<String>,
}

impl Column {
    fn push(&mut self, cell: &str, row: usize, column: usize) {
        if self.invalid.is_some() {
            return;
        }
        if let Ok(i) = cell.parse::<i64>() {
            self.cells.push(Datum::Int(i));
        } else if let Some(x) = special(cell).or_else(|| cell.parse::<f64>().ok()) {
            self.has_real = true;
            self.cells.push(Datum::Real(x));
        } else if cell.is_empty() {
            self.invalid = Some(format!("an empty cell (row {row}, column {column})"));
        } else {
            self.invalid = Some(format!("the text {cell:?} (row {row}, column {column})"));
        }
    }

    fn finish(self) -> Datum {
        match self.invalid {
            Some(message) => Datum::Invalid(message),
            // A column of reals may spell some of them as whole numbers; one with a real in it is real throughout.
            None if self.has_real => Datum::List(
                self.cells
                    .into_iter()
                    .map(|cell| match cell {
                        Datum::Int(i) => Datum::Real(i as f64),
                        other => other,
                    })
                    .collect(),
            ),
            None => Datum::List(self.cells),
        }
    }
}
