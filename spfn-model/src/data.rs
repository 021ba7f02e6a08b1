//! A table as data of programs.

use ppl_corpus::ColumnKind;
use ppl_corpus::pair::table::{MISSING, Table, Values};
use ppl_corpus::text::levels;
use ppl_runtime::data::RawData;

/// What the data block of any program of the table may want, from the rows whose outcome is there, with the number of such rows. A missing
/// cell of a number is the mean of the others; a row without a level or a number of trials is left out.
pub fn of_table(table: &Table) -> (RawData, usize) {
    let kinds = || table.schema.columns.iter().map(|column| column.kind).zip(&table.columns);
    let whole = |kind: ColumnKind| kind.has_levels() || kind == ColumnKind::Trials;
    let rows: Vec<usize> = (0..table.rows())
        .filter(|row| is_there(&table.outcome, *row) && kinds().all(|(kind, x)| !whole(kind) || is_there(x, *row)))
        .collect();
    let mut data = add(RawData::new(), "y", &table.outcome, &rows).int("N", rows.len() as i32);
    for (column, values) in table.schema.columns.iter().zip(&table.columns) {
        data = add(data, &column.name, values, &rows);
    }
    for (column, count) in table.schema.columns.iter().zip(&table.levels).filter(|(column, _)| column.kind.has_levels())
    {
        data = data.int(&levels(&column.name), *count as i32);
    }
    if table.categories > 0 {
        data = data.int("K", table.categories as i32);
    }
    (data, rows.len())
}

fn is_there(values: &Values, row: usize) -> bool {
    match values {
        Values::Real(x) => x[row].is_finite(),
        Values::Int(x) => x[row] != MISSING,
    }
}

fn add(data: RawData, name: &str, values: &Values, rows: &[usize]) -> RawData {
    match values {
        Values::Int(x) => data.ints(name, &rows.iter().map(|row| x[*row]).collect::<Vec<i32>>()),
        Values::Real(x) => {
            let there = x.iter().filter(|x| x.is_finite());
            let mean = there.clone().sum::<f64>() / there.count().max(1) as f64;
            let cell = |row: &usize| if x[*row].is_finite() { x[*row] } else { mean };
            data.reals(name, &rows.iter().map(cell).collect::<Vec<f64>>())
        }
    }
}
