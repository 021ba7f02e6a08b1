//! Whether a corpus is whole.

use super::commit::remains;
use super::manifest::read_name;
use super::{Corpus, Record, Source, StoreError};
use crate::pair::pair;
use std::fs;
use std::hash::Hasher;
use std::path::PathBuf;
use twox_hash::XxHash64;

/// What was found.
#[derive(Debug)]
pub struct Verified {
    pub shards: u64,
    /// In shards that are whole, each once.
    pub programs: u64,
    pub tables: u64,
    /// Digest of these programs, in order of source and number: the same for corpora with the same programs, however they were filled.
    pub contents: String,
    pub damaged: Vec<StoreError>,
    /// Numbers of pairs that have a whole shard, as ranges: source, first, end.
    pub ranges: Vec<(Source, u64, u64)>,
    /// Files that no entry names: of processes that were killed, or that are at work.
    pub uncommitted: Vec<PathBuf>,
    /// Programs that were drawn again.
    pub redrawn: u64,
}

impl Corpus {
    /// Reads everything: that files are what their entries say, that rows are in their range and ascending, and that the grammar has their
    /// derivations. About `redraw` of the programs are drawn again and compared.
    ///
    /// # Errors
    /// The folder cannot be read, or this version of ppl draws other pairs and was to draw some again. Damaged shards are no error but part of
    /// what was found.
    pub fn verify(&self, redraw: u64, report: &mut dyn FnMut(u64, u64)) -> Result<Verified, StoreError> {
        if redraw > 0 {
            self.check_pairs()?;
        }
        let names = self.names()?;
        let mut found = Verified {
            shards: names.len() as u64,
            programs: 0,
            tables: 0,
            contents: String::new(),
            damaged: Vec::new(),
            ranges: Vec::new(),
            uncommitted: self.uncommitted(&names)?,
            redrawn: 0,
        };
        let total: u64 = names.iter().filter_map(|name| self.entry(name).ok()).map(|entry| entry.programs).sum();
        let every = total.checked_div(redraw).map(|every| every.max(1));
        let mut contents = XxHash64::with_seed(0);
        for (done, name) in names.iter().enumerate() {
            report(done as u64, names.len() as u64);
            match self.verify_shard(name, every, &mut contents, &mut found) {
                Ok(()) => found.ranges.extend(read_name(name)),
                Err(error @ (StoreError::Damaged { .. } | StoreError::Read { .. })) => found.damaged.push(error),
                Err(error) => return Err(error),
            }
        }
        found.ranges = joined(&found.ranges);
        found.contents = format!("{:016x}", contents.finish());
        Ok(found)
    }

    fn verify_shard(
        &self,
        name: &str,
        every: Option<u64>,
        contents: &mut XxHash64,
        found: &mut Verified,
    ) -> Result<(), StoreError> {
        let (entry, path) = (self.entry(name)?, self.shard_file(name));
        let damaged = |message: String| StoreError::damaged(&path, message);
        let mut records = Vec::new();
        let mut next = entry.first;
        for record in self.shard(name)? {
            let record = record?;
            if record.number < next || record.number >= entry.end {
                return Err(damaged(format!("program {} is out of place", record.number)));
            }
            next = record.number + 1;
            self.verify_record(&record).map_err(|why| damaged(format!("program {}: {why}", record.number)))?;
            records.push((record.number, record.digest(), record.tables.len() as u64));
            let place = found.programs + records.len() as u64 - 1;
            if every.is_some_and(|every| place.is_multiple_of(every)) && record.provenance.source == Source::Grammar {
                self.redraw(&record).map_err(|why| damaged(format!("program {}: {why}", record.number)))?;
                found.redrawn += 1;
            }
        }
        let tables: u64 = records.iter().map(|(_, _, tables)| tables).sum();
        if records.len() as u64 != entry.programs || tables != entry.tables {
            return Err(damaged(format!("it has {} programs, and its entry says {}", records.len(), entry.programs)));
        }
        self.scores(name)?;
        // what an earlier shard has counts there
        let same = |range: &&(Source, u64, u64)| range.0.word() == entry.source;
        let reached = found.ranges.iter().filter(same).map(|range| range.2).max().unwrap_or(0);
        for (number, digest, tables) in records.into_iter().filter(|(number, ..)| *number >= reached) {
            contents.write(&number.to_le_bytes());
            contents.write(&digest.to_le_bytes());
            found.programs += 1;
            found.tables += tables;
        }
        Ok(())
    }

    fn verify_record(&self, record: &Record) -> Result<(), String> {
        if record.tables.is_empty() {
            return Err("it has no table".into());
        }
        let Some(steps) = &record.derivation else { return Ok(()) };
        let derivation = record.derivation(&self.grammar).ok_or("the grammar does not have its derivation")?;
        match derivation.size() == steps.size {
            true => Ok(()),
            false => Err("its derivation has another size".into()),
        }
    }

    fn redraw(&self, record: &Record) -> Result<(), String> {
        let drawn = ppl_program::with_room(|| pair(&self.grammar, &self.options, self.head.seed, record.number));
        let drawn = drawn.map_err(|fault| fault.to_string())?;
        match Record::of_pair(&self.grammar, &drawn)?.digest() == record.digest() {
            true => Ok(()),
            false => Err("it is another one when it is drawn again".into()),
        }
    }

    /// Files that no entry names.
    fn uncommitted(&self, names: &[String]) -> Result<Vec<PathBuf>, StoreError> {
        let folder = self.shards();
        let failed = |error| StoreError::read(&folder, error);
        let mut found = remains(&folder, "").map_err(failed)?;
        for file in fs::read_dir(&folder).map_err(failed)? {
            let path = file.map_err(failed)?.path();
            let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
            if path.extension().is_some_and(|e| e == "parquet") && !names.iter().any(|own| own == name) {
                found.push(path);
            }
        }
        found.sort();
        Ok(found)
    }
}

/// Neighbours of a sorted list as one.
fn joined(ranges: &[(Source, u64, u64)]) -> Vec<(Source, u64, u64)> {
    let mut all: Vec<(Source, u64, u64)> = Vec::new();
    for &(source, first, end) in ranges {
        match all.last_mut() {
            Some(last) if last.0 == source && first <= last.2 => last.2 = last.2.max(end),
            _ => all.push((source, first, end)),
        }
    }
    all
}
