//! Corpora on disk: what is written is read, in any order of work, and what is damaged is named.

use ppl_corpus::pair::PairOptions;
use ppl_corpus::pair::design::DesignOptions;
use ppl_corpus::store::{Corpus, Job, Record, Score, Selection, Source, Split, StoreError};
use ppl_corpus::{Grammar, pair::pair};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// A folder that is removed at the end of a test.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Directory {
        let path = std::env::temp_dir().join(format!("ppl-store-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Directory(path)
    }

    /// A corpus of programs with up to two tables of 5 to 30 rows, 20 pairs a shard.
    fn corpus(&self, name: &str) -> Corpus {
        let (grammar, text) = ppl_grammar::models::SHIPPED.iter().find(|(name, _)| *name == "bounded").unwrap();
        let design = DesignOptions { rows: 5..=30, ..DesignOptions::default() };
        let options = PairOptions { design, tables: 2, schema: None };
        Corpus::create(&self.0.join(name), (grammar, text), &options, 7, 20).unwrap()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn append(corpus: &Corpus, from: u64, count: u64, share: Option<(u64, u64)>) -> (u64, u64) {
    let job = Job { from, count, share, threads: 2 };
    let done = corpus.append(&job, &AtomicBool::new(false), &mut |_| ()).unwrap();
    assert_eq!(done.progress.pairs, done.progress.of);
    (done.progress.pairs, done.there)
}

/// Names and bytes of all shards.
fn files(corpus: &Corpus) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(corpus.folder().join("shards")).unwrap().map(|file| file.unwrap().path());
    files.map(|path| (path.file_name().unwrap().to_str().unwrap().to_string(), fs::read(path).unwrap())).collect()
}

fn records(corpus: &Corpus) -> Vec<Record> {
    corpus.reader().unwrap().map(Result::unwrap).collect()
}

fn overwrite(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

#[test]
fn what_is_read_is_what_was_drawn() {
    let dir = Directory::new("round-trip");
    let corpus = dir.corpus("a");
    assert_eq!(append(&corpus, 0, 50, None), (50, 0));
    let corpus = Corpus::open(corpus.folder()).unwrap();
    let grammar = Grammar::shipped("bounded").unwrap();
    let found = records(&corpus);
    let mut rows = found.iter();
    let (mut tables, mut kept, mut faults) = (0, 0, 0);
    for number in 0..50 {
        // a fault of the grammar is counted in the entry
        let drawn = ppl_program::with_room(|| pair(&grammar, corpus.options(), 7, number));
        let Ok(drawn) = drawn else {
            faults += 1;
            continue;
        };
        tables += 2;
        kept += drawn.samples.len() as u64;
        if drawn.samples.is_empty() {
            continue;
        }
        let record = rows.next().unwrap();
        let expected = Record::of_pair(&grammar, &drawn).unwrap();
        assert_eq!(record.number, number);
        assert_eq!(record.digest(), expected.digest());
        assert_eq!(record.text, drawn.canonical.text);
        assert_eq!(record.schema, drawn.schema);
        assert_eq!(record.derivation(&grammar), Some(drawn.derivation));
        assert_eq!(record.tables[0].rows(), drawn.samples[0].table.rows());
        assert_eq!(record.tables[0].latents.len(), drawn.samples[0].latents.len());
    }
    assert!(rows.next().is_none());
    let entries: Vec<_> = corpus.names().unwrap().iter().map(|name| corpus.entry(name).unwrap()).collect();
    assert_eq!(entries.iter().map(|e| (e.first, e.end)).collect::<Vec<_>>(), [(0, 20), (20, 40), (40, 50)]);
    assert_eq!(entries.iter().map(|e| e.filter.all.tables).sum::<u64>(), tables);
    assert_eq!(entries.iter().map(|e| e.filter.all.kept).sum::<u64>(), kept);
    assert_eq!(entries.iter().map(|e| e.tables).sum::<u64>(), kept);
    assert_eq!(entries.iter().map(|e| e.faults).sum::<u64>(), faults);
    let last = found.last().unwrap().number;
    assert_eq!(corpus.find(Source::Grammar, last).unwrap().unwrap().number, last);
    assert!(corpus.find(Source::Grammar, 1000).unwrap().is_none());
}

#[test]
fn shares_in_any_order_make_the_same_corpus() {
    let dir = Directory::new("shares");
    let (whole, shared) = (dir.corpus("whole"), dir.corpus("shared"));
    append(&whole, 0, 70, None);
    for share in [2, 0, 1, 2, 0] {
        append(&shared, 0, 70, Some((share, 3)));
    }
    assert_eq!(files(&whole), files(&shared));
    // everything is there, and the next pairs are added beside it
    assert_eq!(append(&shared, 0, 70, None), (0, 70));
    assert_eq!(append(&shared, 0, 90, None), (20, 70));
    assert_eq!(append(&whole, 70, 20, None), (20, 0));
    let verify = |corpus: &Corpus| corpus.verify(5, &mut |_, _| ()).unwrap();
    let (a, b) = (verify(&whole), verify(&shared));
    assert_eq!((a.contents.as_str(), a.programs), (b.contents.as_str(), b.programs));
    assert_eq!(a.ranges, [(Source::Grammar, 0, 90)]);
    assert!(a.redrawn >= 5 && a.damaged.is_empty() && a.uncommitted.is_empty());
    let wrong = Job { from: 0, count: 10, share: Some((3, 3)), threads: 1 };
    assert!(matches!(whole.append(&wrong, &AtomicBool::new(false), &mut |_| ()), Err(StoreError::Option(_))));
}

#[test]
fn damage_is_named_and_mended() {
    let dir = Directory::new("damage");
    let corpus = dir.corpus("a");
    append(&corpus, 0, 60, None);
    let before = files(&corpus);
    let names = corpus.names().unwrap();
    let path = |name: &str, extension: &str| corpus.folder().join("shards").join(format!("{name}.{extension}"));
    overwrite(&path(&names[0], "parquet"), |bytes| bytes[100] ^= 1);
    overwrite(&path(&names[1], "json"), |bytes| bytes.truncate(10));
    // what a killed process leaves behind is nobody's
    fs::write(path(&format!(".{}.parquet.1-2-3", names[2]), "part"), "x").unwrap();
    let found = corpus.verify(0, &mut |_, _| ()).unwrap();
    let damaged: Vec<String> = found.damaged.iter().map(ToString::to_string).collect();
    assert!(damaged[0].contains(&names[0]) && damaged[0].contains("XXH64"), "{damaged:?}");
    assert!(damaged[1].contains(&names[1]) && damaged[1].contains(".json"), "{damaged:?}");
    assert_eq!((damaged.len(), found.ranges.as_slice()), (2, &[(Source::Grammar, 40, 60)][..]));
    assert_eq!(found.uncommitted.len(), 1);
    let first = corpus.reader().unwrap().next().unwrap();
    assert!(matches!(first, Err(StoreError::Damaged { .. })), "not skipped unless asked");
    let mut reader = corpus.reader().unwrap().skip_damaged();
    assert!(reader.by_ref().all(|record| record.unwrap().number >= 40));
    assert_eq!(reader.damaged().len(), 2);
    // the same command makes them again
    assert_eq!(append(&corpus, 0, 60, None), (40, 20));
    fs::remove_file(path(&format!(".{}.parquet.1-2-3", names[2]), "part")).unwrap();
    assert_eq!(files(&corpus), before);
}

#[test]
fn other_versions_and_other_folders_are_refused() {
    let dir = Directory::new("versions");
    let corpus = dir.corpus("a");
    let head = corpus.folder().join("corpus.json");
    let message = |result: Result<Corpus, StoreError>| result.unwrap_err().to_string();
    assert!(message(Corpus::open(&dir.0)).contains("not a corpus"));
    let text = fs::read_to_string(&head).unwrap();
    fs::write(&head, text.replace("\"version\": 1", "\"version\": 99")).unwrap();
    assert!(message(Corpus::open(corpus.folder())).contains("version 99; this ppl reads version 1"));
    fs::write(&head, text.replace("\"canonical\":", "\"unknown\": 0, \"canonical\":")).unwrap();
    assert!(message(Corpus::open(corpus.folder())).contains("unknown"));
    fs::write(&head, text.replace("\"canonical\": ", "\"canonical\": 9")).unwrap();
    let other = Corpus::open(corpus.folder()).unwrap();
    let refused = other.append(&Job { count: 1, ..Job::default() }, &AtomicBool::new(false), &mut |_| ());
    assert!(matches!(refused, Err(StoreError::OtherCanonical { .. })));
    // another generator: the first pairs are others
    fs::write(&head, text.replace("\"seed\": 7", "\"seed\": 8")).unwrap();
    let other = Corpus::open(corpus.folder()).unwrap();
    let refused = other.append(&Job { count: 1, ..Job::default() }, &AtomicBool::new(false), &mut |_| ());
    assert!(matches!(refused, Err(StoreError::OtherPairs { .. })));
    let again = Corpus::create(&dir.0.join("a"), ("g", "grammar"), corpus.options(), 1, 1);
    assert!(matches!(again, Err(StoreError::Grammar(_) | StoreError::NotEmpty(_))));
    let none = PairOptions { tables: 9, ..PairOptions::default() };
    let none = Corpus::create(&dir.0.join("b"), ("g", ""), &none, 1, 1);
    assert!(matches!(none, Err(StoreError::Option(_))));
}

#[test]
fn selections_split_weigh_and_stage() {
    let dir = Directory::new("selection");
    let corpus = dir.corpus("a");
    append(&corpus, 0, 80, None);
    let all = records(&corpus);
    let selection = |text: &str| Selection::parse(text, false).unwrap();
    let read = |text: &str, split: &str, progress: f64| -> Vec<u64> {
        let reader = corpus.reader().unwrap().progress(progress).select(selection(text), Split::read(split)).unwrap();
        reader.map(|record| record.unwrap().number).collect()
    };
    let numbers = |keep: &dyn Fn(&Record) -> bool| -> Vec<u64> {
        all.iter().filter(|record| keep(record)).map(|record| record.number).collect()
    };
    let rules = |at: usize| all[at].derivation.as_ref().unwrap().rules.clone();
    let (one, two) = (&rules(0)[0], &rules(0)[1]);
    let text = format!("[[held_out]]\nsplit = \"h\"\nproductions = [{one:?}, {two:?}]");
    let both = numbers(&|record| record.has_rule(one) && record.has_rule(two));
    assert!(!both.is_empty() && both.len() < all.len());
    assert_eq!(read(&text, "h", 1.0), both);
    assert_eq!(read(&text, "training", 1.0).len(), all.len() - both.len());
    // by a parameter
    let above = |record: &Record| {
        let latents = record.tables.iter().flat_map(|table| &table.latents);
        latents.filter(|l| l.name == "alpha").any(|l| l.values.iter().any(|x| *x >= 0.5))
    };
    let text = "[[held_out]]\nsplit = \"h\"\nparameter = \"alpha\"\nrange = [0.5, inf]";
    assert_eq!(read(text, "h", 1.0), numbers(&above));
    // by hash: the same however the corpus grows, about the share
    let text = "seed = 4\n[[held_out]]\nsplit = \"test\"\nshare = 0.25";
    let held = read(text, "test", 1.0);
    assert!((5..40).contains(&held.len()), "{held:?}");
    append(&corpus, 80, 40, None);
    assert_eq!(read(text, "test", 1.0).into_iter().filter(|n| *n < 80).collect::<Vec<_>>(), held);
    // weights: copies on average
    let real = |record: &Record| record.tags.iter().any(|tag| tag == "outcome:real");
    let copies = read("[weights.tag]\n\"outcome:real\" = 2.5", "training", 1.0);
    let own = all.iter().filter(|record| real(record)).map(|r| copies.iter().filter(|n| **n == r.number).count());
    let own: Vec<usize> = own.collect();
    assert!(own.iter().all(|count| *count == 2 || *count == 3) && own.contains(&2) && own.contains(&3), "{own:?}");
    assert!(read("[weights.tag]\n\"outcome:real\" = 0", "training", 1.0).iter().all(|n| !numbers(&real).contains(n)));
    // a curriculum is over when its last stage is
    let text = "[[curriculum]]\nuntil = 0.5\nrows = [5, 10]\nsize = [1, 4]";
    let early = read(text, "training", 0.2);
    let small = numbers(&|record| {
        record.derivation.as_ref().is_some_and(|steps| steps.size <= 4) && record.tables.iter().any(|t| t.rows() <= 10)
    });
    assert_eq!(early.into_iter().filter(|n| *n < 80).collect::<Vec<_>>(), small);
    assert_eq!(read(text, "training", 0.5).len(), records(&corpus).len());
}

#[test]
fn mistakes_of_a_selection_are_named() {
    let wrong = |text: &str, json: bool, expected: &str| {
        let message = Selection::parse(text, json).unwrap_err();
        assert!(message.contains(expected), "{expected}: {message}");
    };
    wrong("wieghts = 1", false, "wieghts");
    wrong("[weights.rule]\na = 1", false, "rule");
    wrong(r#"{"held_out": [{"split": "a", "sahre": 0.5}]}"#, true, "sahre");
    wrong("[weights.tag]\na = -1", false, "\"a\"");
    wrong("[[held_out]]\nsplit = \"a\"", false, "needs one of");
    wrong("[[held_out]]\nsplit = \"a\"\nparameter = \"b\"", false, "belong together");
    wrong("[[held_out]]\nsplit = \"a\"\nparameter = \"b\"\nrange = [2.0, 1.0]", false, "empty");
    wrong("[[held_out]]\nsplit = \"training\"\nshare = 0.1", false, "name of its own");
    wrong("[[curriculum]]\nuntil = 0.5\n[[curriculum]]\nuntil = 0.5", false, "ascending");
    Selection::parse(r#"{"held_out": [{"split": "a", "parameter": "b", "range": [null, 1]}]}"#, true).unwrap();
    let dir = Directory::new("productions");
    let corpus = dir.corpus("a");
    let unknown = Selection::parse("[weights.production]\nnothing = 2", false).unwrap();
    let refused = corpus.reader().unwrap().select(unknown, Split::Training).err().unwrap().to_string();
    assert!(refused.contains("no production \"nothing\""), "{refused}");
    let other = corpus.reader().unwrap().select(Selection::default(), Split::read("dev")).err().unwrap();
    assert!(other.to_string().contains("dev"));
}

#[test]
fn scores_lie_beside_their_shard() {
    let dir = Directory::new("scores");
    let corpus = dir.corpus("a");
    append(&corpus, 0, 20, None);
    let (name, first) = (corpus.names().unwrap()[0].clone(), records(&corpus).swap_remove(0));
    assert!(corpus.scores_of(&first).unwrap().is_empty());
    let table = first.tables[0].number;
    let score = Score { number: first.number, table, elpd: -12.5, se: 1.5, pareto_k: 0.3 };
    assert!(corpus.add_scores(&name, &[Score { table: 9, ..score }]).is_err());
    corpus.add_scores(&name, &[score]).unwrap();
    assert_eq!(corpus.scores_of(&first).unwrap(), [score]);
    assert!(corpus.add_scores(&name, &[score]).is_err(), "nothing is rewritten");
    overwrite(&corpus.folder().join("scores").join(format!("{name}.parquet")), |bytes| bytes.truncate(20));
    assert!(matches!(corpus.scores(&name), Err(StoreError::Damaged { .. })));
}
