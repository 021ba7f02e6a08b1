//! What is said about a corpus and about each of its shards, in JSON.

use super::commit::{self, Sum};
use super::{Corpus, Record, Source, StoreError};
use crate::grammar::Grammar;
use crate::pair::design::DesignOptions;
use crate::pair::{PairOptions, pair};
use crate::schema::{Column, ColumnKind, Outcome, Schema};
use ppl_grammar::source::SourceMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use twox_hash::XxHash64;

/// Version of the format; others are refused.
pub const VERSION: u32 = 1;
const FORMAT: &str = "ppl-corpus";
/// Pairs of a shard, where nothing else is asked for.
pub const SHARD: u64 = 1000;
/// Tables of a program at most.
const MOST_TABLES: usize = 8;
/// Pairs that tell whether two versions of ppl draw the same.
const PROBES: u64 = 4;

/// corpus.json
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    format: String,
    pub version: u32,
    /// Version of ppl that made the corpus.
    pub ppl: String,
    /// Version of the canonical form of the programs.
    pub canonical: u32,
    pub seed: u64,
    /// Pairs of a shard.
    pub shard: u64,
    options: Options,
    pub grammar: GrammarText,
    /// Names of the rules, in the order of their numbers.
    pub rules: Vec<String>,
    /// Digest of the first pairs.
    probe: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrammarText {
    pub name: String,
    pub xxh64: String,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    rows: [usize; 2],
    #[serde(default = "any_columns")]
    columns: usize,
    missing: f64,
    tables: usize,
    schema: Option<SchemaText>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemaText {
    outcome: String,
    /// Name and kind.
    columns: Vec<(String, String)>,
}

/// The entry of a shard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub version: u32,
    pub source: String,
    /// The pairs from `first` on, before `end`.
    pub first: u64,
    pub end: u64,
    /// Rows.
    pub programs: u64,
    pub tables: u64,
    pub bytes: u64,
    pub xxh64: String,
    pub seed: u64,
    pub grammar: String,
    /// XXH64 of its text.
    pub grammar_xxh64: String,
    pub canonical: u32,
    pub ppl: String,
    pub filter: Filter,
    /// Programs of each tag.
    pub tags: BTreeMap<String, u64>,
    /// Pairs that could not be made for a fault of the grammar, or human programs that have no row; and the first such fault.
    pub faults: u64,
    pub fault: Option<String>,
    /// Of human programs: digest of the models and of what was done to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub models: Option<String>,
}

/// What became of tables, of all programs and of those with a rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    pub all: Counts,
    pub rules: BTreeMap<String, Counts>,
}

/// Tables drawn, kept, and not kept by reason.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    pub tables: u64,
    pub kept: u64,
    pub rejected: BTreeMap<String, u64>,
}

impl Counts {
    pub fn count(&mut self, kept: usize, rejected: &[String]) {
        self.tables += (kept + rejected.len()) as u64;
        self.kept += kept as u64;
        rejected.iter().for_each(|reason| *self.rejected.entry(reason.clone()).or_default() += 1);
    }

    pub fn add(&mut self, more: &Counts) {
        self.tables += more.tables;
        self.kept += more.kept;
        more.rejected.iter().for_each(|(reason, count)| *self.rejected.entry(reason.clone()).or_default() += count);
    }
}

impl Filter {
    pub fn add(&mut self, more: &Filter) {
        self.all.add(&more.all);
        more.rules.iter().for_each(|(rule, counts)| self.rules.entry(rule.clone()).or_default().add(counts));
    }
}

/// `SOURCE-FIRST-END`: digits enough for names to sort as numbers do.
pub fn name(source: Source, first: u64, end: u64) -> String {
    format!("{}-{first:012}-{end:012}", source.word())
}

/// What a name says.
pub fn read_name(name: &str) -> Option<(Source, u64, u64)> {
    let mut words = name.split('-');
    let (source, first, end) = (words.next()?, words.next()?, words.next()?);
    let range = (first.parse().ok()?, end.parse().ok()?);
    (words.next().is_none() && range.0 < range.1).then_some((Source::read(source)?, range.0, range.1))
}

pub fn hash(text: &str) -> String {
    format!("{:016x}", XxHash64::oneshot(0, text.as_bytes()))
}

impl Corpus {
    /// Makes a corpus in a folder that is empty or not there.
    ///
    /// # Errors
    /// The folder has something in it, the grammar or an option is invalid, or the disk is full.
    pub fn create(
        folder: &Path,
        grammar: (&str, &str),
        options: &PairOptions,
        seed: u64,
        shard: u64,
    ) -> Result<Corpus, StoreError> {
        let option = |message: &str| Err(StoreError::Option(message.to_string()));
        let rows = &options.design.rows;
        if rows.is_empty() || *rows.start() < 2 {
            return option("the least rows of a table are two or more, and the most are no fewer");
        }
        if !(0.0..1.0).contains(&options.design.missing) {
            return option("the share of missing cells is a number from 0 on, less than 1");
        }
        if options.tables == 0 || options.tables > MOST_TABLES {
            return option("a program has one to eight tables");
        }
        if shard == 0 || shard > u64::from(u32::MAX) {
            return option("a shard has one pair at least");
        }
        let (name, text) = grammar;
        let grammar = Grammar::new(SourceMap::from_text(name.to_string(), text))?;
        if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(StoreError::NotEmpty(folder.to_path_buf()));
        }
        let head = Head {
            format: FORMAT.to_string(),
            version: VERSION,
            ppl: env!("CARGO_PKG_VERSION").to_string(),
            canonical: ppl_canonical::VERSION,
            seed,
            shard,
            options: Options::of(options),
            grammar: GrammarText { name: grammar.name.clone(), xxh64: hash(text), text: text.to_string() },
            rules: grammar.rules.iter().map(|rule| rule.name.clone()).collect(),
            probe: probe(&grammar, options, seed),
        };
        let shards = folder.join("shards");
        fs::create_dir_all(&shards).map_err(|error| StoreError::write(&shards, error))?;
        let json = serde_json::to_string_pretty(&head).map_err(|error| StoreError::write(folder, error))?;
        commit::write(&folder.join("corpus.json"), &format!("{json}\n"))?;
        Ok(Corpus { folder: folder.to_path_buf(), head, grammar: Arc::new(grammar), options: options.clone() })
    }

    /// Opens a corpus.
    ///
    /// # Errors
    /// It is none, it is of another version, or corpus.json is damaged.
    pub fn open(folder: &Path) -> Result<Corpus, StoreError> {
        let path = folder.join("corpus.json");
        let text = fs::read_to_string(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => StoreError::NotACorpus(folder.to_path_buf()),
            _ => StoreError::read(&path, error),
        })?;
        let invalid = |message: String| StoreError::Invalid { path: path.clone(), message };
        // the version first: another one has other fields
        let json: serde_json::Value = serde_json::from_str(&text).map_err(|error| invalid(error.to_string()))?;
        if json["format"] != FORMAT {
            return Err(invalid(format!("not a corpus: its format is not {FORMAT:?}")));
        }
        if json["version"] != VERSION {
            return Err(StoreError::OtherVersion { path, found: json["version"].to_string() });
        }
        let head: Head = serde_json::from_value(json).map_err(|error| invalid(error.to_string()))?;
        if hash(&head.grammar.text) != head.grammar.xxh64 {
            return Err(invalid("the text of the grammar was changed".into()));
        }
        let options = head.options.read().ok_or_else(|| invalid("unknown kinds in the schema".into()))?;
        let grammar = Grammar::new(SourceMap::from_text(head.grammar.name.clone(), head.grammar.text.clone()))?;
        Ok(Corpus { folder: folder.to_path_buf(), head, grammar: Arc::new(grammar), options })
    }

    /// Whether this version of ppl draws the pairs that the corpus has.
    ///
    /// # Errors
    /// It does not.
    pub fn check_pairs(&self) -> Result<(), StoreError> {
        self.check_canonical()?;
        let (path, ppl) = (self.folder.clone(), self.head.ppl.clone());
        match probe(&self.grammar, &self.options, self.head.seed) == self.head.probe {
            true => Ok(()),
            false => Err(StoreError::OtherPairs { path, ppl }),
        }
    }

    /// Whether this version of ppl writes the canonical form that the corpus has.
    ///
    /// # Errors
    /// It does not.
    pub fn check_canonical(&self) -> Result<(), StoreError> {
        let (path, ppl) = (self.folder.clone(), self.head.ppl.clone());
        if self.head.canonical != ppl_canonical::VERSION {
            let (found, own) = (self.head.canonical, ppl_canonical::VERSION);
            return Err(StoreError::OtherCanonical { path, found, own, ppl });
        }
        Ok(())
    }

    /// Names of the shards that have an entry, in order of source and number.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn names(&self) -> Result<Vec<String>, StoreError> {
        let folder = self.shards();
        let files = fs::read_dir(&folder).map_err(|error| StoreError::read(&folder, error))?;
        let mut names = Vec::new();
        for file in files {
            let path = file.map_err(|error| StoreError::read(&folder, error))?.path();
            let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
            if path.extension().is_some_and(|extension| extension == "json") && read_name(name).is_some() {
                names.push(name.to_string());
            }
        }
        names.sort();
        Ok(names)
    }

    /// The entry of a shard.
    ///
    /// # Errors
    /// It is damaged, or of another corpus.
    pub fn entry(&self, name: &str) -> Result<Entry, StoreError> {
        let path = self.shards().join(format!("{name}.json"));
        let text = fs::read_to_string(&path).map_err(|error| StoreError::read(&path, error))?;
        let entry: Entry = serde_json::from_str(&text).map_err(|error| StoreError::damaged(&path, error))?;
        let (source, first, end) = (Source::read(&entry.source), entry.first, entry.end);
        if entry.version != VERSION || read_name(name) != source.map(|source| (source, first, end)) {
            return Err(StoreError::damaged(&path, "it is the entry of another shard"));
        }
        if entry.seed != self.head.seed || entry.grammar_xxh64 != self.head.grammar.xxh64 {
            return Err(StoreError::damaged(&path, "it is of a corpus with another seed or grammar"));
        }
        Ok(entry)
    }

    /// An entry to be filled in.
    pub(super) fn new_entry(&self, source: Source, first: u64, end: u64) -> Entry {
        Entry {
            version: VERSION,
            source: source.word().to_string(),
            first,
            end,
            programs: 0,
            tables: 0,
            bytes: 0,
            xxh64: String::new(),
            seed: self.head.seed,
            grammar: self.head.grammar.name.clone(),
            grammar_xxh64: self.head.grammar.xxh64.clone(),
            canonical: self.head.canonical,
            ppl: env!("CARGO_PKG_VERSION").to_string(),
            filter: Filter::default(),
            tags: BTreeMap::new(),
            faults: 0,
            fault: None,
            models: None,
        }
    }
}

impl Entry {
    pub fn sum(&self) -> Sum {
        Sum { bytes: self.bytes, xxh64: self.xxh64.clone() }
    }
}

impl Options {
    /// All fields by name: an option that is added to pairs has to be added here.
    fn of(options: &PairOptions) -> Options {
        let PairOptions { design: DesignOptions { rows, columns, missing }, tables, schema } = options;
        let schema = schema.as_ref().map(|Schema { outcome, columns }| SchemaText {
            outcome: outcome.word().to_string(),
            columns: columns.iter().map(|c| (c.name.clone(), c.kind.word().to_string())).collect(),
        });
        Options { rows: [*rows.start(), *rows.end()], columns: *columns, missing: *missing, tables: *tables, schema }
    }

    fn read(&self) -> Option<PairOptions> {
        let schema = match &self.schema {
            None => None,
            Some(SchemaText { outcome, columns }) => {
                let column = |(name, kind): &(String, String)| {
                    Some(Column { name: name.clone(), kind: ColumnKind::read(kind)? })
                };
                let columns = columns.iter().map(column).collect::<Option<Vec<_>>>()?;
                Some(Schema { outcome: Outcome::read(outcome)?, columns })
            }
        };
        let design = DesignOptions { rows: self.rows[0]..=self.rows[1], columns: self.columns, missing: self.missing };
        Some(PairOptions { design, tables: self.tables, schema })
    }
}

/// What corpora of before there was a bound have.
fn any_columns() -> usize {
    DesignOptions::default().columns
}

/// Digest of the first pairs: equal where two versions, or two machines, draw the same.
fn probe(grammar: &Grammar, options: &PairOptions, seed: u64) -> String {
    ppl_program::with_room(|| {
        let digests = (0..PROBES).map(|number| match pair(grammar, options, seed, number) {
            Ok(pair) => match Record::of_pair(grammar, &pair) {
                Ok(record) => format!("{:016x}", record.digest()),
                Err(message) => message,
            },
            Err(fault) => fault.to_string(),
        });
        hash(&digests.collect::<Vec<_>>().join("\n"))
    })
}
