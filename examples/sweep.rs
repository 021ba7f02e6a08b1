//! All that holds of a program of a grammar, of very many: `sweep GRAMMAR COUNT [--from NUMBER] [--rows N]`
//!
//!     cargo run --release --example sweep -- wide 500000
//!
//! Each pair from number NUMBER on is drawn with one table, and it is counted what was kept and why the rest was not; two derivations with one text are a
//! failure. Each text that was not seen before is read again, checked, is its own canonical form, has its derivation found, and is compiled to machine
//! code for the table, whose density and gradient are evaluated at the origin. Whatever fails is printed; the last lines are counts.

use ppl::Model;
use ppl_canonical::{Level, Options, canonicalise};
use ppl_corpus::pair::filter::Rejection;
use ppl_corpus::pair::{Fault, Pair, PairOptions, pair};
use ppl_corpus::stream::Ordered;
use ppl_corpus::{Derivation, Deriver, Grammar, Node, Part, Schema};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// What became of one pair.
enum Fate {
    NoProgram,
    Failed(String),
    Drawn {
        kept: bool,
        rejected: Vec<Rejection>,
        /// `None` of a text that was seen before.
        new: Option<New>,
        structure: (Schema, Node),
        log_structure: f64,
    },
}

struct New {
    /// `None` where all tables were rejected, and there is nothing to bind.
    finite: Option<bool>,
    /// Seconds: the way back; machine code with an evaluation.
    seconds: [f64; 2],
}

fn main() {
    ppl::with_room(run);
}

fn run() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option =
        |name: &str| arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1)?.parse().ok());
    let grammar = Grammar::load(arguments.first().map_or("bounded", String::as_str));
    // for all threads, to the end
    let grammar: &'static Grammar = Box::leak(Box::new(grammar.unwrap_or_else(|error| panic!("{error}"))));
    let deriver = Deriver::new(grammar);
    let count: u64 = arguments.get(1).and_then(|a| a.parse().ok()).unwrap_or(1000);
    let (from, rows) = (option("--from").unwrap_or(0), option("--rows").unwrap_or(20) as usize);
    let mut options = PairOptions::default();
    (options.design.rows, options.design.missing) = (rows..=rows, 0.0);

    // the derivation of each text, both by hashes
    let seen: Mutex<HashMap<u64, u64>> = Mutex::default();
    let make = move |number| {
        fate((grammar, &deriver), &options, number, |text, derivation| {
            seen.lock().unwrap_or_else(PoisonError::into_inner).insert(hash(text), hash(derivation))
        })
    };
    let mut counts = Counts::default();
    let begin = Instant::now();
    let fates = Ordered::new(from..from + count, 0, make);
    for (number, fate) in (from..).zip(fates) {
        counts.add(number, fate);
        if (number + 1 - from).is_multiple_of(50_000) {
            eprintln!("{} after {:.0} s", number + 1 - from, begin.elapsed().as_secs_f64());
        }
    }
    counts.print();
    println!("{:.0} s", begin.elapsed().as_secs_f64());
}

fn hash<T: Hash + ?Sized>(value: &T) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(value)
}

/// `seen` takes a text with its derivation, and gives the derivation that it had before.
fn fate(
    (grammar, deriver): (&Grammar, &Deriver<'_>),
    options: &PairOptions,
    number: u64,
    seen: impl Fn(&str, &[String]) -> Option<u64>,
) -> Fate {
    let drawn = match pair(grammar, options, 1, number) {
        Ok(drawn) => drawn,
        Err(Fault::NoProgram(_)) => return Fate::NoProgram,
        Err(fault) => return Fate::Failed(fault.to_string()),
    };
    let choices = choices(grammar, &drawn.schema, &drawn.derivation);
    let new = match seen(&drawn.canonical.text, &choices) {
        None => match examined((grammar, deriver), &drawn, &choices) {
            Ok(new) => Some(new),
            Err(why) => return Fate::Failed(format!("{why}\n{}", drawn.canonical.text)),
        },
        Some(other) if other != hash(&choices[..]) => {
            return Fate::Failed(format!("another derivation has the same text:\n{}", drawn.canonical.text));
        }
        Some(_) => None,
    };
    Fate::Drawn {
        kept: !drawn.samples.is_empty(),
        new,
        structure: (drawn.schema, without_grades(drawn.derivation.root)),
        log_structure: drawn.log_probability.structure,
        rejected: drawn.rejected,
    }
}

/// Everything that is asked of a text.
fn examined((grammar, deriver): (&Grammar, &Deriver<'_>), drawn: &Pair, own: &[String]) -> Result<New, String> {
    let model = Model::compile(&drawn.canonical.text).map_err(|error| error.to_string())?;
    let again = canonicalise(model.program(), Options { level: Level::Law, data_names: true });
    let again = again.map_err(|error| format!("no canonical form: {error}"))?.text;
    if again != drawn.canonical.text {
        return Err(format!("the canonical form is another text:\n{again}"));
    }
    let begin = Instant::now();
    let (schema, derivation) = deriver.derive(model.program()).map_err(|why| format!("no derivation: {why}"))?;
    let back = begin.elapsed().as_secs_f64();
    if choices(grammar, &schema, &derivation) != own {
        return Err(format!("another derivation was found: {derivation:?}"));
    }
    let begin = Instant::now();
    let finite = drawn.samples.first().map(|sample| {
        let bound = model.bind(&sample.table.data()).map_err(|error| error.to_string())?;
        let mut gradient = vec![0.0; bound.dim()];
        let value = bound.log_density_gradient(&vec![0.0; bound.dim()], &mut gradient);
        Ok::<bool, String>(value.is_ok_and(|value| value.is_finite() && gradient.iter().all(|g| g.is_finite())))
    });
    Ok(New { finite: finite.transpose()?, seconds: [back, begin.elapsed().as_secs_f64()] })
}

#[derive(Default)]
struct Counts {
    drawn: usize,
    no_program: usize,
    failed: usize,
    kept: usize,
    rejected: BTreeMap<Rejection, usize>,
    structures: HashSet<(Schema, Node)>,
    entropy: f64,
    texts: usize,
    compiled: usize,
    not_finite: usize,
    seconds: [Vec<f64>; 2],
}

impl Counts {
    fn add(&mut self, number: u64, fate: Fate) {
        match fate {
            Fate::NoProgram => self.no_program += 1,
            Fate::Failed(why) => {
                self.failed += 1;
                println!("{number}: {why}");
            }
            Fate::Drawn { kept, rejected, new, structure, log_structure } => {
                self.drawn += 1;
                self.kept += usize::from(kept);
                rejected.into_iter().for_each(|why| *self.rejected.entry(why).or_default() += 1);
                self.structures.insert(structure);
                self.entropy -= log_structure;
                let Some(new) = new else { return };
                self.texts += 1;
                self.compiled += usize::from(new.finite.is_some());
                self.not_finite += usize::from(new.finite == Some(false));
                self.seconds.iter_mut().zip(new.seconds).for_each(|(all, own)| all.push(own));
            }
        }
    }

    fn print(&mut self) {
        println!("{} derivations, {} failed, {} tables without a program", self.drawn, self.failed, self.no_program);
        println!("{} tables kept", self.kept);
        self.rejected.iter().for_each(|(why, count)| println!("    {count} rejected: {}", why.word()));
        println!(
            "{} structures with their tables; entropy given the table {:.2} nats",
            self.structures.len(),
            self.entropy / self.drawn as f64
        );
        println!(
            "{} texts have their derivation; {} compiled for a table, {} of them not finite at the origin",
            self.texts, self.compiled, self.not_finite
        );
        for (name, seconds) in ["derivation", "machine code"].iter().zip(&mut self.seconds) {
            seconds.sort_unstable_by(f64::total_cmp);
            let at = |p: f64| 1e3 * seconds.get((p * seconds.len() as f64) as usize).copied().unwrap_or(f64::NAN);
            println!("{name}: {:.2} ms (median), {:.1} ms (99 %), {:.1} ms (99.9 %)", at(0.5), at(0.99), at(0.999));
        }
    }
}

/// What was chosen: rules with their columns, and grades. A text does not say which columns it leaves unused, so columns have their names.
fn choices(grammar: &Grammar, schema: &Schema, derivation: &Derivation) -> Vec<String> {
    fn list(grammar: &Grammar, schema: &Schema, node: &Node, out: &mut Vec<String>) {
        let columns: Vec<&str> = node.columns.iter().map(|&c| schema.columns[c].name.as_str()).collect();
        out.push(format!("{} {}", grammar.rules[node.rule].name, columns.join(" ")));
        for part in &node.parts {
            match part {
                Part::Node(inner) => list(grammar, schema, inner, out),
                Part::Set(nodes) => nodes.iter().for_each(|inner| list(grammar, schema, inner, out)),
                Part::Grade(grade) => out.push(grade.to_string()),
            }
        }
    }
    let mut out = Vec::new();
    list(grammar, schema, &derivation.root, &mut out);
    out
}

/// The structure of a derivation.
fn without_grades(mut node: Node) -> Node {
    for part in &mut node.parts {
        match part {
            Part::Node(inner) => **inner = without_grades((**inner).clone()),
            Part::Set(nodes) => nodes.iter_mut().for_each(|inner| *inner = without_grades(inner.clone())),
            Part::Grade(grade) => *grade = 0,
        }
    }
    node
}
