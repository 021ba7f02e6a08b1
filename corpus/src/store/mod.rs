//! Corpora on disk: append-only shards of programs with tables, which many processes may fill and many trainings may read.
//!
//! ```text
//! DIR/corpus.json                                   written once: versions, grammar with its text, options, seed
//! DIR/shards/grammar-FIRST-END.parquet              programs of the pairs FIRST..END
//! DIR/shards/grammar-FIRST-END.json                 its entry in the manifest: rows, bytes, XXH64, filter counts; written last
//! DIR/shards/human-FIRST-END.*                      the same of programs that people wrote
//! DIR/scores/grammar-FIRST-END.parquet              leave-one-out scores of its rows, where somebody has computed them
//! ```
//!
//! A shard is there once its entry is. Everything is written under a temporary name in the same folder, synced, and renamed, so a killed
//! process leaves at most a file that no entry names. There is no common manifest to contend on: an entry is a file, and its name says
//! which pairs it has. A shard is a function of corpus.json and its range, to the byte, so two processes that make the same one agree.
//!
//! # Rows
//!
//! A row is a program, with all its tables in a list: whoever trains on several tables of a program has them together, the text is there
//! once, and a row is one pair number. (`unnest` in DuckDB, `explode` in Polars make a row for each table.) Programs of which no table
//! was kept have no row; the entry counts them.
//!
//! | column | type | |
//! |---|---|---|
//! | `number` | int64 | number of the pair; names the row, with `source` |
//! | `source` | string | `grammar` or `human` (written by people, perhaps changed by augmentations); what is fitted to real data will have another word |
//! | `augmentations` | list of string | the first one first |
//! | `model`, `field` | string or null | file and field of a human's program |
//! | `text` | string | canonical, at the level of the law |
//! | `outcome` | string | kind of the outcome `y`, as [`Outcome::word`](crate::Outcome::word) |
//! | `columns` | list of struct: `name`, `kind` string | the other columns, as [`ColumnKind::word`](crate::ColumnKind::word) |
//! | `derivation` | list of int32 | the [actions](crate::Action), each as 8 i + k: k is 0 for rule i, 1 for columns i, 2 for term i, 3 for no more terms, 4 for scale i; rules are those of corpus.json; empty outside the grammar |
//! | `rules` | list of string | names of the rules, each once |
//! | `size` | int32 or null | rules used |
//! | `log_structure`, `log_grades` | double or null | log probability of the structure, and of the scales given it; nats |
//! | `tags` | list of string | `outcome:KIND`; `has:KIND` and `uses:KIND` for columns that the table has and that the program uses; `has:missing`, `has:roles` |
//! | `tables` | list of struct | |
//! | `tables.number` | int32 | which of the tables drawn for the program |
//! | `tables.rows`, `tables.categories` | int32 | rows; categories of the outcome, or 0 |
//! | `tables.outcome` | list of double | `rows` numbers in the program's units, which are its own where people wrote it; null is missing |
//! | `tables.columns` | list of struct | in the order of `columns` |
//! | `tables.columns.levels` | int32 | 0 where it has none |
//! | `tables.columns.role` | string or null | treatment, confounder, mediator, collider |
//! | `tables.columns.causes` | list of int32 | places of columns that cause it |
//! | `tables.columns.cells` | list of double | `rows` numbers; null is missing |
//! | `tables.latents` | list of struct: `name` string, `dims` list of int32, `values` list of double | true parameters, row-major |
//! | `rejected` | list of string | why other tables were not kept |
//!
//! Weights, curricula and splits are no part of a corpus: a [`Selection`] declares them, and a [`Reader`] applies them.

mod append;
mod commit;
mod human;
mod manifest;
mod nested;
mod reader;
mod record;
mod scores;
mod selection;
mod shard;
mod verify;

pub use append::{Appended, Job, Progress};
pub use human::{Changes, HumanModel, Models, NoRow};
pub use manifest::{Counts, Entry, Filter, Head, SHARD, VERSION, hash};
pub use reader::Reader;
pub use record::{ColumnRecord, Latent, Provenance, Record, Source, Steps, TableRecord, action, code};
pub use scores::Score;
pub use selection::{Selection, Split};
pub use verify::Verified;

use crate::grammar::{Grammar, GrammarError};
use crate::pair::PairOptions;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A corpus on disk.
#[derive(Clone, Debug)]
pub struct Corpus {
    folder: PathBuf,
    head: Head,
    grammar: Arc<Grammar>,
    options: PairOptions,
}

/// What can be wrong with a corpus, or what is asked of it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{0}: not empty; a corpus is made in a new folder")]
    NotEmpty(PathBuf),
    #[error("{0}: not a corpus: it has no corpus.json")]
    NotACorpus(PathBuf),
    #[error("{path}: a corpus of version {found}; this ppl reads version {VERSION}")]
    OtherVersion { path: PathBuf, found: String },
    #[error(
        "{path}: its programs are in canonical form {found}, and this ppl writes form {own}\n\
         hint: append with the version that made it ({ppl}), or make another corpus"
    )]
    OtherCanonical { path: PathBuf, found: u32, own: u32, ppl: String },
    #[error(
        "{path}: this ppl draws other pairs than the one that made it ({ppl})\n\
         hint: append with that version, or make another corpus"
    )]
    OtherPairs { path: PathBuf, ppl: String },
    #[error(
        "{path}: rows {first} to {last} of human programs are of other models, or of other changes of them\n\
         hint: --from another number appends beside them"
    )]
    OtherModels { path: PathBuf, first: u64, last: u64 },
    #[error("{path}: {message}")]
    Invalid { path: PathBuf, message: String },
    #[error("{0}")]
    Option(String),
    #[error(transparent)]
    Grammar(#[from] GrammarError),
    /// A shard, its entry or its scores.
    #[error("{path}: damaged: {message}")]
    Damaged { path: PathBuf, message: String },
    #[error(
        "cannot write {path}: {message}\nhint: what was committed before is whole; the same command goes on from there"
    )]
    Write { path: PathBuf, message: String },
    #[error("cannot read {path}: {message}")]
    Read { path: PathBuf, message: String },
}

impl StoreError {
    /// Whether it is a mistake of the user's, and no failure at run time.
    pub fn is_mistake(&self) -> bool {
        !matches!(self, StoreError::Damaged { .. } | StoreError::Write { .. } | StoreError::Read { .. })
    }

    fn read(path: &Path, error: impl ToString) -> StoreError {
        StoreError::Read { path: path.to_path_buf(), message: error.to_string() }
    }

    fn write(path: &Path, error: impl ToString) -> StoreError {
        StoreError::Write { path: path.to_path_buf(), message: error.to_string() }
    }

    fn damaged(path: &Path, error: impl ToString) -> StoreError {
        StoreError::Damaged { path: path.to_path_buf(), message: error.to_string() }
    }
}

impl Corpus {
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn head(&self) -> &Head {
        &self.head
    }

    pub fn grammar(&self) -> &Arc<Grammar> {
        &self.grammar
    }

    pub fn options(&self) -> &PairOptions {
        &self.options
    }

    fn shards(&self) -> PathBuf {
        self.folder.join("shards")
    }

    fn shard_file(&self, name: &str) -> PathBuf {
        self.shards().join(format!("{name}.parquet"))
    }
}
