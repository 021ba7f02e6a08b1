//! Data sets as text: JSON lines (one object a data set) and CSV (one row a data set, names as in Stan's CSV files).

use super::sink::{Format, complete_rows};
use ppl::{Chunk, Column, Datum};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};

pub struct JsonLines {
    out: BufWriter<File>,
    columns: Vec<Column>,
}

impl JsonLines {
    pub fn new(file: File, columns: &[Column]) -> JsonLines {
        JsonLines { out: BufWriter::new(file), columns: columns.to_vec() }
    }
}

/// A value as Stan's JSON has it: what is not finite is a string. (Writing to a string cannot fail, here and below.)
fn json(datum: &Datum, out: &mut String) {
    match datum {
        Datum::Int(i) => {
            let _ = write!(out, "{i}");
        }
        Datum::Real(x) if x.is_finite() => {
            let _ = write!(out, "{x:?}");
        }
        Datum::Real(x) if x.is_nan() => out.push_str("\"NaN\""),
        Datum::Real(x) => out.push_str(if *x > 0.0 { "\"Inf\"" } else { "\"-Inf\"" }),
        Datum::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                json(item, out);
            }
            out.push(']');
        }
        Datum::Object(_) | Datum::Invalid(_) => out.push_str("null"),
    }
}

impl Format for JsonLines {
    fn write(&mut self, chunk: &Chunk, width: usize) -> Result<(), String> {
        let mut line = String::new();
        for (_, draw) in complete_rows(chunk, width) {
            line.clear();
            line.push('{');
            for (i, column) in self.columns.iter().enumerate() {
                if i > 0 {
                    line.push(',');
                }
                let _ = write!(line, "{:?}:", column.name);
                json(&column.datum(draw), &mut line);
            }
            line.push_str("}\n");
            self.out.write_all(line.as_bytes()).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), String> {
        self.out.flush().map_err(|error| error.to_string())
    }
}

pub struct Csv {
    out: BufWriter<File>,
    is_int: Vec<bool>,
}

impl Csv {
    pub fn new(file: File, columns: &[Column]) -> Result<Csv, String> {
        let mut out = BufWriter::new(file);
        let names: Vec<String> = columns.iter().flat_map(names).collect();
        writeln!(out, "{}", names.join(",")).map_err(|error| error.to_string())?;
        let is_int = columns.iter().flat_map(|c| vec![c.is_int; c.count()]).collect();
        Ok(Csv { out, is_int })
    }
}

/// `theta.2.1`, the first index fastest.
fn names(column: &Column) -> Vec<String> {
    let one = |mut k: usize| {
        let mut name = column.name.clone();
        for &size in &column.dims {
            name.push_str(&format!(".{}", k % size.max(1) + 1));
            k /= size.max(1);
        }
        name
    };
    (0..column.count()).map(one).collect()
}

impl Format for Csv {
    fn write(&mut self, chunk: &Chunk, width: usize) -> Result<(), String> {
        let mut line = String::new();
        for (_, draw) in complete_rows(chunk, width) {
            line.clear();
            for (i, (x, is_int)) in draw.iter().zip(&self.is_int).enumerate() {
                if i > 0 {
                    line.push(',');
                }
                let _ = if *is_int { write!(line, "{}", *x as i64) } else { write!(line, "{x:?}") };
            }
            line.push('\n');
            self.out.write_all(line.as_bytes()).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), String> {
        self.out.flush().map_err(|error| error.to_string())
    }
}
