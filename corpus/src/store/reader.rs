//! Reading a corpus: all of it, or what a selection wants, as often as it wants it.

use super::manifest::read_name;
use super::selection::{Selection, Split};
use super::{Corpus, Record, Source, StoreError};
use std::collections::VecDeque;

type Rows = Box<dyn Iterator<Item = Result<Record, StoreError>> + Send>;

/// The records of a corpus, in the order of their numbers, source by source; each once, however many shards have it.
///
/// The first damaged shard is an error, after which the iterator goes on with the next shard; [`skip_damaged`](Reader::skip_damaged) passes
/// such shards over and keeps the errors.
pub struct Reader<'c> {
    corpus: &'c Corpus,
    shards: VecDeque<String>,
    rows: Option<Rows>,
    /// What comes next: a source, and a number of it.
    reached: (Option<Source>, u64),
    skip: bool,
    damaged: Vec<StoreError>,
    selection: Option<(Selection, Split)>,
    progress: f64,
    epoch: u64,
    /// Copies that are still to be given.
    copies: Option<(Record, u64)>,
}

impl Corpus {
    /// Reads all shards that have an entry now.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn reader(&self) -> Result<Reader<'_>, StoreError> {
        Ok(Reader {
            corpus: self,
            shards: self.names()?.into(),
            rows: None,
            reached: (None, 0),
            skip: false,
            damaged: Vec::new(),
            selection: None,
            progress: 1.0,
            epoch: 0,
            copies: None,
        })
    }

    /// A record by source and number; `None` where the corpus does not have it: it is not made yet, or none of its tables was kept.
    ///
    /// # Errors
    /// The shard is damaged.
    pub fn find(&self, source: Source, number: u64) -> Result<Option<Record>, StoreError> {
        for name in self.names()? {
            let Some((own, first, end)) = read_name(&name) else { continue };
            if own != source || !(first..end).contains(&number) {
                continue;
            }
            for record in self.shard(&name)? {
                let record = record?;
                if record.number == number {
                    return Ok(Some(record));
                }
            }
        }
        Ok(None)
    }
}

impl Reader<'_> {
    /// Gives what is in a split, as often as its weights say.
    ///
    /// # Errors
    /// The selection names a rule that the grammar does not have, or the split none that the selection declares.
    pub fn select(mut self, selection: Selection, split: Split) -> Result<Self, StoreError> {
        selection.check(&self.corpus.head().rules)?;
        if let Split::HeldOut(name) = &split
            && !selection.splits().any(|own| own == name)
        {
            return Err(StoreError::Option(format!("no split of the selection is called {name}")));
        }
        self.selection = Some((selection, split));
        Ok(self)
    }

    /// The share of the training that is done, for curricula; 1 at first.
    #[must_use]
    pub fn progress(mut self, progress: f64) -> Self {
        self.progress = progress;
        self
    }

    /// Decides anew how many copies there are of a record whose weight is no whole number.
    #[must_use]
    pub fn epoch(mut self, epoch: u64) -> Self {
        self.epoch = epoch;
        self
    }

    /// Goes on at the next shard where one is damaged.
    #[must_use]
    pub fn skip_damaged(mut self) -> Self {
        self.skip = true;
        self
    }

    /// What was passed over.
    pub fn damaged(&self) -> &[StoreError] {
        &self.damaged
    }

    /// The next record, selected or not.
    fn next_record(&mut self) -> Result<Option<Record>, StoreError> {
        loop {
            let Some(rows) = &mut self.rows else {
                let Some(name) = self.shards.pop_front() else { return Ok(None) };
                match self.corpus.shard(&name) {
                    Ok(rows) => self.rows = Some(Box::new(rows)),
                    Err(error) => self.pass(error)?,
                }
                continue;
            };
            match rows.next() {
                None => self.rows = None,
                Some(Err(error)) => {
                    self.rows = None;
                    self.pass(error)?;
                }
                Some(Ok(record)) => {
                    let source = Some(record.provenance.source);
                    // a shard that overlaps another one
                    if self.reached.0 == source && record.number < self.reached.1 {
                        continue;
                    }
                    self.reached = (source, record.number + 1);
                    return Ok(Some(record));
                }
            }
        }
    }

    fn pass(&mut self, error: StoreError) -> Result<(), StoreError> {
        if self.skip && matches!(error, StoreError::Damaged { .. }) {
            self.damaged.push(error);
            return Ok(());
        }
        Err(error)
    }

    fn next_selected(&mut self) -> Result<Option<Record>, StoreError> {
        if let Some((record, left)) = self.copies.take() {
            if left > 1 {
                self.copies = Some((record.clone(), left - 1));
            }
            return Ok(Some(record));
        }
        while let Some(record) = self.next_record()? {
            let Some((selection, split)) = &self.selection else { return Ok(Some(record)) };
            if selection.split(&record) != *split {
                continue;
            }
            let Some(record) = selection.stage(record, self.progress) else { continue };
            let copies = selection.copies(&record, self.epoch);
            if copies > 1 {
                self.copies = Some((record.clone(), copies - 1));
            }
            if copies > 0 {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }
}

impl Iterator for Reader<'_> {
    type Item = Result<Record, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_selected().transpose()
    }
}
