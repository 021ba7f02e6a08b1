//! Filling a corpus: which pairs are not there, and making them.

use super::manifest::name;
use super::record::shape;
use super::shard::RowWriter;
use super::{Corpus, Entry, Models, Record, Source, StoreError, commit};
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

/// A pair as a row, or the fault of the grammar; or the row of a human program, or why it has none.
type Made = Result<Record, String>;

/// Where rows come from.
struct From {
    source: Source,
    /// Digest of human models.
    models: Option<String>,
}

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
        let (grammar, options, seed) = (Arc::clone(&self.grammar), self.options.clone(), self.head.seed);
        let make = move |number| {
            let pair = pair(&grammar, &options, seed, number).map_err(|fault| fault.to_string())?;
            Record::of_pair(&grammar, &pair)
        };
        self.append_from(&From { source: Source::Grammar, models: None }, job, make, stop, report)
    }

    /// The same with rows of programs that people wrote: row `i` is of model `i mod M` of M models. Rows depend on the models, on what is done to
    /// them, on corpus.json and on the job's numbers alone.
    ///
    /// # Errors
    /// As [`append`](Corpus::append), or there are rows of other models with these numbers.
    pub fn append_models(
        &self,
        models: Arc<Models>,
        job: &Job,
        stop: &AtomicBool,
        report: &mut dyn FnMut(&Progress),
    ) -> Result<Appended, StoreError> {
        self.check_canonical()?;
        let from = From { source: Source::Human, models: Some(models.digest()) };
        let (options, seed) = (self.options.clone(), self.head.seed);
        let make = move |number| models.record(&options, seed, number).map_err(|why| why.to_string());
        self.append_from(&from, job, make, stop, report)
    }

    fn append_from(
        &self,
        from: &From,
        job: &Job,
        make: impl Fn(u64) -> Made + Send + Sync + 'static,
        stop: &AtomicBool,
        report: &mut dyn FnMut(&Progress),
    ) -> Result<Appended, StoreError> {
        let (ranges, there) = self.missing(from, job)?;
        let of = ranges.iter().map(|range| range.end - range.start).sum();
        let mut progress = Progress { of, ..Progress::default() };
        let mut made = numbers(ranges.clone(), job.threads, make);
        for range in ranges {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let entry = self.fill(from, range, &mut made, &mut |pairs| {
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
    fn missing(&self, from: &From, job: &Job) -> Result<(Vec<Range<u64>>, u64), StoreError> {
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
        let committed = self.committed(from, &wanted)?;
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
    fn committed(&self, from: &From, wanted: &[Range<u64>]) -> Result<Vec<Range<u64>>, StoreError> {
        let mut ranges = Vec::new();
        for name in self.names()? {
            let Some((source, first, end)) = super::manifest::read_name(&name) else { continue };
            let after = wanted.partition_point(|range| range.end <= first);
            if source != from.source || wanted.get(after).is_none_or(|range| range.start >= end) {
                continue;
            }
            let entry = match self.entry(&name) {
                Err(StoreError::Damaged { .. }) => continue,
                entry => entry?,
            };
            if entry.models != from.models {
                return Err(StoreError::OtherModels { path: self.shard_file(&name), first, last: end - 1 });
            }
            match self.check_shard(&name, &entry) {
                Ok(()) => ranges.push(first..end),
                Err(StoreError::Damaged { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        ranges.sort_by_key(|range| (range.start, range.end));
        Ok(ranges)
    }

    /// Makes a shard.
    fn fill(
        &self,
        from: &From,
        range: Range<u64>,
        made: &mut Ordered<Made>,
        report: &mut dyn FnMut(u64),
    ) -> Result<Entry, StoreError> {
        let name = name(from.source, range.start, range.end);
        let path = self.shard_file(&name);
        let mut entry = self.new_entry(from.source, range.start, range.end);
        entry.models.clone_from(&from.models);
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

/// The rows of the ranges, made by threads.
fn numbers(
    ranges: Vec<Range<u64>>,
    threads: usize,
    make: impl Fn(u64) -> Made + Send + Sync + 'static,
) -> Ordered<Made> {
    // places of the ranges in the sequence of all numbers
    let mut ends = Vec::with_capacity(ranges.len());
    let mut total = 0;
    for range in &ranges {
        total += range.end - range.start;
        ends.push(total);
    }
    Ordered::new(0..total, threads, move |place| {
        let range = ends.partition_point(|end| *end <= place);
        make(ranges[range].end - (ends[range] - place))
    })
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
