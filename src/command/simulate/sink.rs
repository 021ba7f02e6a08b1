//! Where data sets are written: to a temporary file that gets its name when it is complete.

use super::super::{CommandError, Result};
use super::parquet::Parquet;
use super::text::{Csv, JsonLines};
use ppl::{Chunk, Column};
use std::fs::File;
use std::path::{Path, PathBuf};

/// A file format.
pub trait Format {
    /// Writes the rows of a chunk.
    ///
    /// # Errors
    /// A message: the disk is full, ...
    fn write(&mut self, chunk: &Chunk, width: usize) -> std::result::Result<(), String>;

    /// Writes what belongs at the end.
    ///
    /// # Errors
    /// As [`write`](Format::write).
    fn finish(self: Box<Self>) -> std::result::Result<(), String>;
}

/// A file in the making. Unless it is finished it goes away.
pub struct Sink {
    format: Option<Box<dyn Format>>,
    temporary: PathBuf,
    path: PathBuf,
}

impl Sink {
    pub fn create(path: &Path, columns: &[Column]) -> Result<Sink> {
        let user = |message: String| CommandError::User(format!("error: --out {}: {message}", path.display()));
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        if !matches!(extension.as_str(), "parquet" | "jsonl" | "ndjson" | "csv") {
            return Err(user("the name must end with .parquet, .jsonl or .csv".into()));
        }
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(".part");
        let temporary = path.with_file_name(name);
        let file = File::create(&temporary).map_err(|error| user(error.to_string()))?;
        let format: std::result::Result<Box<dyn Format>, String> = match extension.as_str() {
            "parquet" => Parquet::new(file, columns).map(|f| Box::new(f) as _),
            "csv" => Csv::new(file, columns).map(|f| Box::new(f) as _),
            _ => Ok(Box::new(JsonLines::new(file, columns)) as _),
        };
        let format = format.map_err(|message| {
            let _ = std::fs::remove_file(&temporary);
            user(message)
        })?;
        Ok(Sink { format: Some(format), temporary, path: path.to_path_buf() })
    }

    /// # Errors
    /// What went wrong, with the name of the file.
    pub fn write(&mut self, chunk: &Chunk, width: usize) -> std::result::Result<(), String> {
        let Some(format) = &mut self.format else { return Ok(()) };
        format.write(chunk, width).map_err(|message| format!("cannot write {}: {message}", self.path.display()))
    }

    /// Completes the file and gives it its name.
    pub fn finish(mut self) -> Result<PathBuf> {
        let failed = |path: &Path, message: String| {
            CommandError::Run(format!("error: cannot write {}: {message}", path.display()))
        };
        if let Some(format) = self.format.take() {
            format.finish().map_err(|message| failed(&self.path, message))?;
        }
        std::fs::rename(&self.temporary, &self.path).map_err(|error| failed(&self.path, error.to_string()))?;
        Ok(self.path.clone())
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // A finished file is no longer there under this name.
        self.format = None;
        let _ = std::fs::remove_file(&self.temporary);
    }
}

/// The rows of a chunk that hold a data set.
pub fn complete_rows(chunk: &Chunk, width: usize) -> impl Iterator<Item = (u64, &[f64])> {
    let rows = chunk.values.len().checked_div(width).unwrap_or(0);
    (0..rows)
        .filter(|row| chunk.rejected.binary_search(row).is_err())
        .map(move |row| (chunk.first + row as u64, &chunk.values[row * width..(row + 1) * width]))
}
