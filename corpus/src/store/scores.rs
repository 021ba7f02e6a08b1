//! Leave-one-out scores of the rows of a shard, in a file beside it: `scores/SHARD.parquet`. A shard without one has none.
//!
//! | column | type | |
//! |---|---|---|
//! | `number` | int64 | of the row |
//! | `table` | int32 | number of the table of the row |
//! | `elpd`, `se` | double | expected log predictive density of the program for the table, and its standard error; nats |
//! | `pareto_k` | double | the largest of the observations: above 0.7 the score is unreliable |

use super::manifest::read_name;
use super::nested::{Cell, Shape};
use super::record::Fields;
use super::shard::{RowReader, RowWriter};
use super::{Corpus, Record, StoreError};
use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

/// How well a program predicts one of its tables, each observation from the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    pub number: u64,
    pub table: u32,
    pub elpd: f64,
    pub se: f64,
    pub pareto_k: f64,
}

fn shape() -> Shape {
    Shape::Struct(vec![
        ("number", Shape::Long),
        ("table", Shape::Int),
        ("elpd", Shape::Real),
        ("se", Shape::Real),
        ("pareto_k", Shape::Real),
    ])
}

impl Corpus {
    fn score_file(&self, name: &str) -> PathBuf {
        self.folder().join("scores").join(format!("{name}.parquet"))
    }

    /// Adds the scores of a shard, once.
    ///
    /// # Errors
    /// It has scores, it has no such rows, or the disk is full.
    pub fn add_scores(&self, name: &str, scores: &[Score]) -> Result<(), StoreError> {
        let path = self.score_file(name);
        if path.exists() {
            return Err(StoreError::Option(format!("{}: it is there, and nothing is rewritten", path.display())));
        }
        let mut tables = HashSet::new();
        for record in self.shard(name)? {
            let record = record?;
            tables.extend(record.tables.iter().map(|table| (record.number, table.number)));
        }
        if let Some(score) = scores.iter().find(|score| !tables.contains(&(score.number, score.table))) {
            return Err(StoreError::Option(format!("{name} has no table {} of program {}", score.table, score.number)));
        }
        let folder = self.folder().join("scores");
        fs::create_dir_all(&folder).map_err(|error| StoreError::write(&folder, error))?;
        let mut writer = RowWriter::create(&path, &shape())?;
        for score in scores {
            writer.push(&Cell::Struct(vec![
                Cell::Long(score.number as i64),
                Cell::Int(score.table as i32),
                Cell::Real(score.elpd),
                Cell::Real(score.se),
                Cell::Real(score.pareto_k),
            ]))?;
        }
        writer.commit().map(|_| ())
    }

    /// The scores of a shard; none where there is no file of them.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn scores(&self, name: &str) -> Result<Vec<Score>, StoreError> {
        let path = self.score_file(name);
        if !path.exists() {
            return Ok(Vec::new());
        }
        let score = |cell: Cell| {
            let mut fields = Fields::of(cell)?;
            Some(Score {
                number: fields.long()? as u64,
                table: fields.int()? as u32,
                elpd: fields.real()?,
                se: fields.real()?,
                pareto_k: fields.real()?,
            })
        };
        let rows = RowReader::open(&path, shape())?;
        rows.map(|row| score(row?).ok_or_else(|| StoreError::damaged(&path, "a row has another shape"))).collect()
    }

    /// The scores of a record, in the order of its tables as far as they are there.
    ///
    /// # Errors
    /// The file of scores is damaged.
    pub fn scores_of(&self, record: &Record) -> Result<Vec<Score>, StoreError> {
        for name in self.names()? {
            let Some((source, first, end)) = read_name(&name) else { continue };
            if source == record.provenance.source && (first..end).contains(&record.number) {
                let own = self.scores(&name)?.into_iter().filter(|score| score.number == record.number);
                let own: Vec<Score> = own.collect();
                if !own.is_empty() {
                    return Ok(own);
                }
            }
        }
        Ok(Vec::new())
    }
}
