//! A shard: rows in a Parquet file.

use super::commit::{Draft, Sum, Summed, sum};
use super::nested::{Cell, Group, Shape};
use super::record::shape;
use super::{Corpus, Entry, Record, StoreError};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Numbers and texts of a row group.
const GROUP: usize = 4 << 20;

/// A file of rows in the making; unless it is finished it goes away.
pub struct RowWriter {
    path: PathBuf,
    /// Dropped before the draft, which removes the file.
    writer: SerializedFileWriter<Summed>,
    group: Group,
    draft: Draft,
}

impl RowWriter {
    pub fn create(path: &Path, shape: &Shape) -> Result<RowWriter, StoreError> {
        let failed = |error: ParquetError| StoreError::write(path, error);
        let mut draft = Draft::create(path)?;
        let schema = shape.schema("rows").map_err(failed)?;
        let writer = SerializedFileWriter::new(draft.file()?, schema, Arc::new(shape.properties())).map_err(failed)?;
        Ok(RowWriter { path: path.to_path_buf(), writer, group: Group::new(shape.clone()), draft })
    }

    pub fn push(&mut self, row: &Cell) -> Result<(), StoreError> {
        self.group.push(row);
        match self.group.cells() >= GROUP {
            true => self.group.write(&mut self.writer).map_err(|error| StoreError::write(&self.path, error)),
            false => Ok(()),
        }
    }

    pub fn commit(mut self) -> Result<Sum, StoreError> {
        let written = self.group.write(&mut self.writer).and_then(|()| self.writer.into_inner());
        self.draft.commit(written.map_err(|error| StoreError::write(&self.path, error))?)
    }
}

/// The rows of a file, one after the other.
pub struct RowReader {
    path: PathBuf,
    file: SerializedFileReader<File>,
    shape: Shape,
    groups: usize,
    group: Group,
    left: usize,
}

impl RowReader {
    pub fn open(path: &Path, shape: Shape) -> Result<RowReader, StoreError> {
        let file = File::open(path).map_err(|error| StoreError::damaged(path, error))?;
        let damaged = |error: ParquetError| StoreError::damaged(path, error);
        let file = SerializedFileReader::new(file).map_err(damaged)?;
        let schema = shape.schema("rows").map_err(damaged)?;
        if file.metadata().file_metadata().schema() != schema.as_ref() {
            return Err(StoreError::damaged(path, "it has other columns"));
        }
        let group = Group::new(shape.clone());
        Ok(RowReader { path: path.to_path_buf(), file, shape, groups: 0, group, left: 0 })
    }

    fn next_row(&mut self) -> Result<Option<Cell>, ParquetError> {
        while self.left == 0 {
            if self.groups == self.file.num_row_groups() {
                return Ok(None);
            }
            let group = self.file.get_row_group(self.groups)?;
            self.group = Group::read(&self.shape, group.as_ref())?;
            self.left = self.group.rows();
            self.groups += 1;
        }
        self.left -= 1;
        self.group.next_row().map(Some)
    }
}

impl Iterator for RowReader {
    type Item = Result<Cell, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_row().map_err(|error| StoreError::damaged(&self.path, error)).transpose()
    }
}

impl Corpus {
    /// Whether the file of a shard is what its entry says.
    ///
    /// # Errors
    /// It is not.
    pub fn check_shard(&self, name: &str, entry: &Entry) -> Result<(), StoreError> {
        let path = self.shard_file(name);
        let found = sum(&path).map_err(|error| StoreError::damaged(&path, error))?;
        let expected = entry.sum();
        if found.bytes != expected.bytes {
            let message = format!("it has {} bytes, and its entry says {}", found.bytes, expected.bytes);
            return Err(StoreError::damaged(&path, message));
        }
        match found == expected {
            true => Ok(()),
            false => Err(StoreError::damaged(&path, "its XXH64 is not that of its entry")),
        }
    }

    /// The records of a shard.
    ///
    /// # Errors
    /// It is damaged.
    pub fn shard(&self, name: &str) -> Result<impl Iterator<Item = Result<Record, StoreError>> + use<>, StoreError> {
        let entry = self.entry(name)?;
        self.check_shard(name, &entry)?;
        let path = self.shard_file(name);
        let rows = RowReader::open(&path, shape())?;
        Ok(rows.map(move |row| {
            Record::of_cell(row?)
                .ok_or_else(|| StoreError::damaged(&path, "a row has words that this version does not know"))
        }))
    }
}
