//! Filling a corpus: which pairs are not there, and making them.

use super::manifest::name;
use super::record::shape;
use super::shard::RowWriter;
use super::{Corpus, Entry, Record, Source, StoreError, commit};
use crate::pair::pair;
use crate::stream::Ordered;
use std::fs;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What to fill.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Job {
    /// The pairs from `from` on, so many.
    pub from: u64,
    pub count: u64,
    /// Of the shards with these pairs, those whose number leaves the remainder `.0` when divided by `.1`.
    pub share: Option<(u64, u64)>,
    /// Threads, one for each core where it is 0.
    pub threads: usize,
}

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Pairs made, of how many.
    pub pairs: u64,
    pub of: u64,
    /// Shards committed.
    pub shards: u64,
    /// In committed shards.
    pub programs: u64,
    pub tables: u64,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    pub progress: Progress,
    /// Pairs of the job that were there before.
    pub there: u64,
}

/// A pair as a row, or the fault of the grammar.
type Made = Result<Record, String>;

impl Corpus {
    /// Makes the pairs of a job that are not there, shard by shard, and commits each shard. Shards whose file is not what their entry says
    /// are made again. The contents depend on corpus.json and the job's numbers alone.
    ///
    /// After `stop` is set the current shard is completed, and no more are begun.
    ///
    /// # Errors
    /// This version of ppl draws other pairs, or the disk is full; committed shards stay.
    pub fn append(
        &self,
        job: &Job,
        stop: &AtomicBool,
        report: &mut dyn FnMut(&Progress),
    ) -> Result<Appended, StoreError> {
        self.check_pairs()?;
        let (ranges, there) = self.missing(job)?;
        let of = ranges.iter().map(|range| range.end - range.start).sum();
        let mut progress = Progress { of, ..Progress::default() };
        let mut made = self.make(ranges.clone(), job.threads);
        for range in ranges {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let entry = self.fill(range, &mut made, &mut |pairs| {
                progress.pairs += pairs;
                report(&progress);
            })?;
            progress.shards += 1;
            progress.programs += entry.programs;
            progress.tables += entry.tables;
            report(&progress);
        }
        Ok(Appended { progress, there })
    }

    /// Ranges of pairs that have no shard, each for a shard of its own; and how many pairs of the job are there.
    fn missing(&self, job: &Job) -> Result<(Vec<Range<u64>>, u64), StoreError> {
        let (index, shares) = job.share.unwrap_or((0, 1));
        if shares == 0 || index >= shares {
            return Err(StoreError::Option(format!("there is no share {index} of {shares}: shares are 0 to n - 1")));
        }
        let most = i64::MAX as u64;
        let end = job.from.checked_add(job.count).filter(|end| *end <= most);
        let end = end.ok_or_else(|| StoreError::Option(format!("pairs have numbers up to {most}")))?;
        let size = self.head.shard;
        let own = |shard: u64| shard % shares == index;
        let mut wanted: Vec<Range<u64>> = Vec::new();
        if job.count > 0 {
            let all = job.from / size..=(end - 1) / size;
            wanted.extend(all.filter(|shard| own(*shard)).map(|s| (s * size).max(job.from)..((s + 1) * size).min(end)));
        }
        let (mut missing, mut there) = (Vec::new(), 0);
        let committed = self.committed(&wanted)?;
        for range in wanted {
            let mut from = range.start;
            for old in committed.iter().filter(|old| old.start < range.end && old.end > range.start) {
                if old.start > from {
                    missing.push(from..old.start);
                }
                there += old.end.min(range.end).saturating_sub(old.start.max(from));
                from = from.max(old.end);
            }
            if from < range.end {
                missing.push(from..range.end);
            }
        }
        Ok((missing, there))
    }

    /// Ranges of whole shards that have pairs of `wanted`, ascending.
    fn committed(&self, wanted: &[Range<u64>]) -> Result<Vec<Range<u64>>, StoreError> {
        let mut ranges = Vec::new();
        for name in self.names()? {
            let Some((Source::Grammar, first, end)) = super::manifest::read_name(&name) else { continue };
            let after = wanted.partition_point(|range| range.end <= first);
            if wanted.get(after).is_none_or(|range| range.start >= end) {
                continue;
            }
            match self.entry(&name).and_then(|entry| self.check_shard(&name, &entry)) {
                Ok(()) => ranges.push(first..end),
                Err(StoreError::Damaged { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        ranges.sort_by_key(|range| (range.start, range.end));
        Ok(ranges)
    }

    /// The pairs of the ranges, made by threads.
    fn make(&self, ranges: Vec<Range<u64>>, threads: usize) -> Ordered<Made> {
        // places of the ranges in the sequence of all pairs
        let mut ends = Vec::with_capacity(ranges.len());
        let mut total = 0;
        for range in &ranges {
            total += range.end - range.start;
            ends.push(total);
        }
        let (grammar, options, seed) = (Arc::clone(&self.grammar), self.options.clone(), self.head.seed);
        Ordered::new(0..total, threads, move |place| {
            let range = ends.partition_point(|end| *end <= place);
            let number = ranges[range].end - (ends[range] - place);
            let pair = pair(&grammar, &options, seed, number).map_err(|fault| fault.to_string())?;
            Record::of_pair(&grammar, &pair)
        })
    }

    /// Makes a shard.
    fn fill(
        &self,
        range: Range<u64>,
        made: &mut Ordered<Made>,
        report: &mut dyn FnMut(u64),
    ) -> Result<Entry, StoreError> {
        let name = name(Source::Grammar, range.start, range.end);
        let path = self.shard_file(&name);
        let mut entry = self.new_entry(Source::Grammar, range.start, range.end);
        let mut writer = RowWriter::create(&path, &shape())?;
        for (number, made) in range.clone().zip(made) {
            match made {
                Ok(record) => {
                    entry.count(&record);
                    if !record.tables.is_empty() {
                        writer.push(&record.to_cell())?;
                    }
                }
                Err(fault) => {
                    entry.faults += 1;
                    entry.fault.get_or_insert_with(|| format!("{number}: {fault}"));
                }
            }
            report(1);
        }
        let sum = writer.commit()?;
        (entry.bytes, entry.xxh64) = (sum.bytes, sum.xxh64);
        self.commit_entry(&name, &entry)?;
        Ok(entry)
    }

    /// Commits a shard: its file is there.
    pub(super) fn commit_entry(&self, name: &str, entry: &Entry) -> Result<(), StoreError> {
        let path = self.shards().join(format!("{name}.json"));
        let json = serde_json::to_string_pretty(entry).map_err(|error| StoreError::write(&path, error))?;
        commit::write(&path, &format!("{json}\n"))?;
        // of processes that were killed; one that still writes the same shard finds it made
        let remains = commit::remains(&self.shards(), name).map_err(|error| StoreError::read(&path, error))?;
        remains.iter().for_each(|path| drop(fs::remove_file(path)));
        Ok(())
    }
}

impl Entry {
    /// Counts a program, whether or not it has tables.
    pub(super) fn count(&mut self, record: &Record) {
        let (kept, rejected) = (record.tables.len(), &record.rejected);
        self.filter.all.count(kept, rejected);
        for rule in record.derivation.iter().flat_map(|steps| &steps.rules) {
            self.filter.rules.entry(rule.clone()).or_default().count(kept, rejected);
        }
        if kept > 0 {
            self.programs += 1;
            self.tables += kept as u64;
            record.tags.iter().for_each(|tag| *self.tags.entry(tag.clone()).or_default() += 1);
        }
    }
}
