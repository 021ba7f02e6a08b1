//! Data as they come from outside: named trees of numbers, not yet matched with a program's declarations.
//!
//! Sources: CmdStan JSON ([`RawData::from_json`]), CSV whose columns are variables ([`RawData::from_csv`]), a file of
//! either kind ([`RawData::read`]), or a program ([`RawData::int`] and its siblings). Types, shapes and constraints are
//! checked when the data are bound.

mod csv;
mod json;

use std::collections::HashMap;
use std::path::Path;

/// Files above this size are refused unless [`RawData::read_limited`] says otherwise.
pub const MAX_FILE_BYTES: u64 = 1 << 30;

/// A number, a list, an object (a tuple), or something that is none of these.
#[derive(Clone, Debug, PartialEq)]
pub enum Datum {
    /// Written without point or exponent. Wider than Stan's `int`, so that what does not fit can be named.
    Int(i64),
    Real(f64),
    List(Vec<Datum>),
    /// A tuple: keys `"1"`, `"2"`, ... in file order.
    Object(Vec<(String, Datum)>),
    /// A cell or a value that is no number; the message says where and what. An error only for variables that the
    /// program declares.
    Invalid(String),
}

impl Datum {
    /// For messages: `3`, `2.5`, `a list of 4`.
    pub fn describe(&self) -> String {
        match self {
            Datum::Int(i) => i.to_string(),
            Datum::Real(x) => format!("{x:?}"),
            Datum::List(items) => format!("a list of {}", items.len()),
            Datum::Object(_) => "an object".into(),
            Datum::Invalid(message) => message.clone(),
        }
    }
}

/// Why data could not be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DataError {
    #[error("cannot read {path}: {message}")]
    File { path: String, message: String },
    #[error("{path} has {bytes} bytes; the limit is {limit}")]
    TooLarge { path: String, bytes: u64, limit: u64 },
    #[error("not UTF-8 text: byte {byte} (line {line})")]
    NotUtf8 { byte: usize, line: usize },
    /// Positions count from 1.
    #[error("line {line}, column {column}: {message}")]
    Syntax { line: usize, column: usize, message: String },
    /// `row` counts from 1 and does not count the header.
    #[error("row {row}, column {column}: {message}")]
    Cell { row: usize, column: usize, message: String },
    #[error("`{0}` is given twice")]
    Duplicate(String),
    #[error("{0}")]
    Other(String),
}

/// Named data, in the order in which they were given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawData {
    entries: Vec<(String, Datum)>,
    index: HashMap<String, usize>,
    /// Number of rows where the data come from a table: scalar sizes may be inferred from it.
    rows: Option<usize>,
}

impl RawData {
    pub fn new() -> Self {
        RawData::default()
    }

    /// Reads CmdStan JSON: an object of numbers and nested arrays. Also understood are bare or quoted `NaN`, `Inf`,
    /// `Infinity` with sign, complex numbers as `[re, im]` and tuples as `{"1": .., "2": ..}`.
    ///
    /// # Errors
    /// [`DataError::Syntax`] with line and column, [`DataError::Duplicate`].
    pub fn from_json(text: &str) -> Result<Self, DataError> {
        let mut data = RawData::new();
        for (name, datum) in json::object(text)? {
            data.insert(name, datum)?;
        }
        Ok(data)
    }

    /// Reads a table with a header: each column is a variable of one dimension. A column of whole numbers can be
    /// bound to `int` and to `real`. Columns with empty or textual cells are kept as [`Datum::Invalid`].
    ///
    /// # Errors
    /// No header, a row of another length, a name given twice.
    pub fn from_csv(text: &str) -> Result<Self, DataError> {
        let (columns, rows) = csv::columns(text)?;
        let mut data = RawData { rows: Some(rows), ..RawData::default() };
        for (name, datum) in columns {
            data.insert(name, datum)?;
        }
        Ok(data)
    }

    /// Reads a file: CSV where its name ends in `.csv`, JSON otherwise.
    ///
    /// # Errors
    /// [`DataError::File`], [`DataError::TooLarge`] above [`MAX_FILE_BYTES`], [`DataError::NotUtf8`], and those of the formats.
    pub fn read(path: &Path) -> Result<Self, DataError> {
        Self::read_limited(path, MAX_FILE_BYTES)
    }

    /// As [`RawData::read`], with another limit on the size of the file.
    pub fn read_limited(path: &Path, limit: u64) -> Result<Self, DataError> {
        let name = path.display().to_string();
        let failed = |e: std::io::Error| DataError::File { path: name.clone(), message: e.to_string() };
        let file = std::fs::File::open(path).map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        if bytes > limit {
            return Err(DataError::TooLarge { path: name, bytes, limit });
        }
        let mut content = Vec::with_capacity(bytes as usize);
        // The size of a pipe is not known beforehand: read one byte past the limit at most.
        std::io::Read::read_to_end(&mut std::io::Read::take(file, limit.saturating_add(1)), &mut content)
            .map_err(failed)?;
        if content.len() as u64 > limit {
            return Err(DataError::TooLarge { path: name, bytes: content.len() as u64, limit });
        }
        let text = utf8(&content)?;
        if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv")) {
            Self::from_csv(text)
        } else {
            Self::from_json(text)
        }
    }

    /// Adds a variable.
    ///
    /// # Errors
    /// [`DataError::Duplicate`].
    pub fn insert(&mut self, name: impl Into<String>, datum: Datum) -> Result<(), DataError> {
        let name = name.into();
        if self.index.contains_key(&name) {
            return Err(DataError::Duplicate(name));
        }
        self.index.insert(name.clone(), self.entries.len());
        self.entries.push((name, datum));
        Ok(())
    }

    /// Adds a variable or replaces it.
    pub fn set(&mut self, name: impl Into<String>, datum: Datum) {
        let name = name.into();
        match self.index.get(&name) {
            Some(&i) => self.entries[i].1 = datum,
            None => {
                self.index.insert(name.clone(), self.entries.len());
                self.entries.push((name, datum));
            }
        }
    }

    /// `N=3`, `sigma=2.5`, `y=[1, 2]`: sets a variable from the text of an option. Values are JSON.
    ///
    /// # Errors
    /// No `=`, no name, or a value that is no number or list.
    pub fn set_text(&mut self, assignment: &str) -> Result<(), DataError> {
        let (name, value) = assignment
            .split_once('=')
            .ok_or_else(|| DataError::Other(format!("`{assignment}`: expected NAME=VALUE, as in N=3")))?;
        let name = name.trim();
        if name.is_empty() {
            return Err(DataError::Other(format!("`{assignment}`: expected a name before `=`")));
        }
        let datum = json::value(value.trim())?;
        if let Datum::Invalid(message) = datum {
            return Err(DataError::Other(format!("`{assignment}`: {message}")));
        }
        self.set(name, datum);
        Ok(())
    }

    pub fn get(&self, name: &str) -> Option<&Datum> {
        self.index.get(name).map(|&i| &self.entries[i].1)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Datum)> {
        self.entries.iter().map(|(name, datum)| (name.as_str(), datum))
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Number of rows of the table that the data come from.
    pub fn rows(&self) -> Option<usize> {
        self.rows
    }

    /// Sets an integer (replacing what had the name), and returns the data: `RawData::new().int("N", 3).reals("y", &y)`.
    pub fn int(mut self, name: &str, value: i32) -> Self {
        self.set(name, Datum::Int(value.into()));
        self
    }

    pub fn real(mut self, name: &str, value: f64) -> Self {
        self.set(name, Datum::Real(value));
        self
    }

    /// An array of integers.
    pub fn ints(mut self, name: &str, values: &[i32]) -> Self {
        self.set(name, Datum::List(values.iter().map(|&i| Datum::Int(i.into())).collect()));
        self
    }

    /// A vector, row vector or array of reals.
    pub fn reals(mut self, name: &str, values: &[f64]) -> Self {
        self.set(name, Datum::List(values.iter().map(|&x| Datum::Real(x)).collect()));
        self
    }

    /// A matrix or a two-dimensional array, from its rows.
    pub fn rows_of(mut self, name: &str, rows: &[impl AsRef<[f64]>]) -> Self {
        let rows = rows.iter().map(|row| Datum::List(row.as_ref().iter().map(|&x| Datum::Real(x)).collect()));
        self.set(name, Datum::List(rows.collect()));
        self
    }

    /// Anything else.
    pub fn with(mut self, name: &str, datum: Datum) -> Self {
        self.set(name, datum);
        self
    }
}

/// The text of a file, without a byte order mark.
///
/// # Errors
/// [`DataError::NotUtf8`] with the first bad byte.
fn utf8(bytes: &[u8]) -> Result<&str, DataError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(e) => {
            let byte = e.valid_up_to();
            Err(DataError::NotUtf8 { byte, line: 1 + bytes[..byte].iter().filter(|&&b| b == b'\n').count() })
        }
    }
}

/// `NaN`, `Inf`, `Infinity` in any case, with or without a sign.
fn special(text: &str) -> Option<f64> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'-' => (-1.0, &text[1..]),
        b'+' => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    if rest.eq_ignore_ascii_case("nan") {
        Some(f64::NAN)
    } else if rest.eq_ignore_ascii_case("inf") || rest.eq_ignore_ascii_case("infinity") {
        Some(sign * f64::INFINITY)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
