//! Programs that people wrote as rows of a corpus: each read as a program of a table, changed by augmentations if so asked, and simulated
//! forwards.
//!
//! Row number `i` is of model `i mod M` of M models. Numbers of a table are in the units that its program has, whatever these are, so the
//! filter does not ask for units of about 1. Numbers that augmentations need besides (units of rounding, limits, cuts) are chosen from what the
//! program before draws, and written into the program.

use super::record::{Record, Source};
use super::{Provenance, StoreError};
use crate::augment::supply::{NotDrawn, data_of_chain};
use crate::augment::{self, Augmentation, Chained, Input, Meaning};
use crate::derive::table::{self, Table};
use crate::pair::design::Design;
use crate::pair::filter::{Rejection, accept};
use crate::pair::forward::Forward;
use crate::pair::table::Values;
use crate::pair::{PairOptions, sample};
use crate::schema::{Column, ColumnKind, Outcome, Schema};
use crate::text::levels;
use ppl_canonical::{Canonical, Level, Options, Renaming, canonicalise};
use ppl_grammar::ast;
use ppl_grammar::format::print_program;
use ppl_grammar::parse::parse;
use ppl_grammar::source::SourceMap;
use ppl_grammar::walk::{VisitMut, walk_program};
use ppl_program::typed::Program;
use ppl_runtime::data::{Datum, RawData};
use ppl_runtime::density::Stream;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A program that somebody wrote.
#[derive(Clone, Debug)]
pub struct HumanModel {
    pub name: String,
    pub field: Option<String>,
    /// Words to select by, beside those that the table gives.
    pub tags: Vec<String>,
    pub program: Program,
    /// Its text, by which it is known.
    pub text: String,
    /// Its data, or its sizes and covariates. Tables of a program with a number for each of its columns have these columns; those of others have
    /// columns of the design distribution.
    pub data: Option<RawData>,
}

/// Changes of a program before it is stored.
#[derive(Clone, Debug, Default)]
pub enum Changes {
    #[default]
    None,
    /// These, in this order.
    Named(Vec<&'static Augmentation>),
    /// So many, each chosen at random among those that apply.
    Random(usize),
}

/// Models with what is done to each.
#[derive(Clone, Debug)]
pub struct Models {
    pub models: Vec<HumanModel>,
    changes: Changes,
}

/// Why a program of somebody has no row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRow {
    #[error("no table: {0}")]
    NoTable(String),
    #[error("no change: {0}")]
    NoChange(String),
    #[error("no simulator: {0}")]
    NoSimulator(String),
    #[error("no parameters: {0}")]
    Latents(String),
}

/// What has no place in a corpus: rows that are not observed are no rows of a table.
const OUTSIDE: &str = "drop_observations";

impl Models {
    /// # Errors
    /// There is no model, or a change makes programs that no table belongs to.
    pub fn new(models: Vec<HumanModel>, changes: Changes) -> Result<Models, StoreError> {
        if models.is_empty() {
            return Err(StoreError::Option("there is no model".into()));
        }
        if let Changes::Named(changes) = &changes
            && changes.iter().any(|change| change.name == OUTSIDE)
        {
            let text = "has no place in a corpus: rows of a table are observed, or have missing cells";
            return Err(StoreError::Option(format!("{OUTSIDE} {text}")));
        }
        Ok(Models { models, changes })
    }

    /// XXH64 of all that rows depend on, but for the corpus itself.
    pub fn digest(&self) -> String {
        let mut text = match &self.changes {
            Changes::None => String::new(),
            Changes::Named(changes) => changes.iter().map(|change| change.name).collect::<Vec<_>>().join(","),
            Changes::Random(count) => count.to_string(),
        };
        for HumanModel { name, field, tags, text: program, data, .. } in &self.models {
            // an index of names has no order
            let data: Option<Vec<_>> = data.as_ref().map(|data| data.iter().collect());
            text.push_str(&format!("\n{name} {field:?} {tags:?} {data:?}\n{program}"));
        }
        super::manifest::hash(&text)
    }

    /// A row: a function of `(self, options, seed, number)`.
    ///
    /// # Errors
    /// Why the program has none.
    pub fn record(&self, options: &PairOptions, seed: u64, number: u64) -> Result<Record, NoRow> {
        let model = &self.models[(number % self.models.len() as u64) as usize];
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        // pairs of the grammar have the other half of the streams
        rng.set_stream(number | 1 << 63);
        let tabular = Tabular::of(model)?;
        let changed = tabular.changed(&self.changes, options, seed, &mut rng)?;
        changed.record(model, options, Stream { seed: !seed, chain: 0, draw: number }, &mut rng)
    }
}

/// A program of a table: its data are `N`, `y` and columns `x1`, `g1`, ...
struct Tabular {
    schema: Schema,
    program: Program,
    /// Columns as the model has them.
    own: Option<Design>,
}

/// The same after changes.
struct Changed {
    schema: Schema,
    /// What is simulated. Its canonical form has no functions, and so no generators that changes brought.
    program: Program,
    text: String,
    own: Option<Design>,
    names: Vec<String>,
    /// Kinds of the columns that the program uses.
    used: Vec<ColumnKind>,
    /// Classes of an outcome that was discretised.
    classes: usize,
}

fn canonical(program: &Program, data_names: bool) -> Result<Canonical, String> {
    canonicalise(program, Options { level: Level::Law, data_names }).map_err(|error| error.to_string())
}

fn checked(program: &ast::Program) -> Result<Program, String> {
    let message = |found: Vec<ppl_grammar::diagnostic::Diagnostic>| {
        found.into_iter().find(|d| d.is_error()).map(|d| d.message).unwrap_or_default()
    };
    ppl_program::check(program).map(|checked| checked.program).map_err(message)
}

impl Tabular {
    fn of(model: &HumanModel) -> Result<Tabular, NoRow> {
        let form = canonical(&model.program, false).map_err(NoRow::NoTable)?;
        let Table { program, schemas, names } =
            table::read(&form.program).map_err(|outside| NoRow::NoTable(outside.to_string()))?;
        let families = families(&program);
        let fits = |schema: &&Schema| families.iter().any(|family| outcomes(family).contains(&schema.outcome));
        let schema = schemas.iter().find(fits).or(schemas.first());
        let mut schema = schema.cloned().ok_or_else(|| NoRow::NoTable("its outcome is of no kind".into()))?;
        // a column of time that the program does not have
        schema.columns.retain(|column| table::declares(&program, &column.name));
        let typed = checked(&program).map_err(NoRow::NoTable)?;
        let original = |name: &str| -> Option<String> {
            let inner = names.iter().find(|(_, to)| to.as_str() == name).map_or(name, |(from, _)| from);
            let renamed = form.renamings.iter().find(|Renaming { to, .. }| to == inner);
            Some(renamed.map_or(inner, |renaming| renaming.from.as_str()).to_string())
        };
        let own = model.data.as_ref().and_then(|data| design_of(&schema, &|name| data.get(&original(name)?).cloned()));
        Ok(Tabular { schema, program: typed, own })
    }

    fn changed(
        self,
        changes: &Changes,
        options: &PairOptions,
        seed: u64,
        rng: &mut ChaCha8Rng,
    ) -> Result<Changed, NoRow> {
        let chained = match changes {
            Changes::None => None,
            Changes::Named(changes) => {
                Some(augment::chain(&self.program, changes, rng).map_err(|why| NoRow::NoChange(why.to_string()))?)
            }
            Changes::Random(count) => Some(random_chain(&self.program, *count, rng)),
        };
        let used = self.schema.columns.iter().map(|column| column.kind).collect();
        let Some(chained) = chained.filter(|chained| !chained.stages.is_empty()) else {
            let text = canonical(&self.program, true).map_err(NoRow::NoTable)?.text;
            let (schema, program, own) = (self.schema, self.program, self.own);
            return Ok(Changed { schema, program, text, own, names: Vec::new(), used, classes: 0 });
        };
        let design = self.own.clone().unwrap_or_else(|| Design::random(&self.schema, &options.design, rng));
        let data =
            data_of_chain(&self.program, &design.data(&self.schema), &chained, seed).map_err(|why| match why {
                NotDrawn::NoSimulator(text) => NoRow::NoSimulator(text),
                why => NoRow::NoChange(why.to_string()),
            })?;
        let program = chained.program().cloned().unwrap_or_default();
        let mut made = Widened { schema: self.schema, own: self.own, program, classes: 0 };
        for input in chained.stages.iter().flat_map(|stage| &stage.made.inputs) {
            made.settle(input, data.get(&input.name)).ok_or_else(|| NoRow::NoChange(input.sentence()))?;
        }
        let text = print_program(&made.program, ppl_grammar::format::Parentheses::Minimal);
        let parsed = parse(&SourceMap::from_text("changed", text));
        let program = checked(&parsed.program).map_err(NoRow::NoChange)?;
        let text = canonical(&program, true).map_err(NoRow::NoChange)?.text;
        let names = chained.names().map(str::to_string).collect();
        let Widened { schema, own, classes, .. } = made;
        Ok(Changed { schema, program, text, own, names, used, classes })
    }
}

/// As [`augment::random_chain`], without the change that no table has.
fn random_chain(program: &Program, count: usize, rng: &mut dyn Rng) -> Chained {
    augment::random_chain_of(program, count, &|change| change.name != OUTSIDE, rng)
}

/// A changed program on its way to a table: what it needs besides becomes part of it.
struct Widened {
    schema: Schema,
    own: Option<Design>,
    program: ast::Program,
    classes: usize,
}

impl Widened {
    /// A number becomes a constant of the program, a column one of the table.
    fn settle(&mut self, input: &Input, datum: Option<&Datum>) -> Option<()> {
        let data = &mut self.program.data.as_mut()?.items;
        let place = data.iter().position(|s| table::is_declaration_of(s, &input.name))?;
        let declared = data.remove(place);
        let kind = match input.meaning {
            Meaning::Column => ColumnKind::Real,
            Meaning::Group => ColumnKind::Group,
            _ => {
                if let Meaning::Cuts(count) = input.meaning {
                    self.schema.outcome = Outcome::Ordinal;
                    self.classes = count + 1;
                }
                let constant = constant(&declared, &input.name, datum?)?;
                let none = || ast::Block { items: Vec::new(), span: Default::default() };
                self.program.transformed_data.get_or_insert_with(none).items.splice(0..0, constant);
                return Some(());
            }
        };
        let name = (1..)
            .map(|number| format!("{}{number}", kind.prefix()))
            .find(|name| self.schema.columns.iter().all(|column| column.name != *name))?;
        let place = self.schema.columns.iter().take_while(|column| column.kind <= kind).count();
        self.schema.columns.insert(place, Column { name, kind });
        if let Some(design) = &mut self.own {
            let (values, levels) = cells(kind, datum?)?;
            design.columns.insert(place, values);
            design.levels.insert(place, levels);
            design.roles.insert(place, None);
        }
        Some(())
    }
}

/// The declaration of data as that of a constant.
fn constant(declared: &ast::Statement, name: &str, datum: &Datum) -> Option<Vec<ast::Statement>> {
    let ast::StatementKind::Declare { ty, .. } = &declared.kind else { return None };
    let number = |datum: &Datum| match datum {
        Datum::Int(i) => Some(*i as f64),
        Datum::Real(x) => Some(*x),
        _ => None,
    };
    let text = match (&ty.kind, datum) {
        (ast::SizedTypeKind::Int, datum) => format!("int {name} = {};", number(datum)?.round() as i64),
        (_, Datum::List(items)) => {
            let numbers: Vec<String> =
                items.iter().map(|d| Some(format!("{:?}", number(d)?))).collect::<Option<_>>()?;
            format!("vector[{}] {name} = [{}]';", numbers.len(), numbers.join(", "))
        }
        (_, datum) => format!("real {name} = {:?};", number(datum)?),
    };
    let parsed = parse(&SourceMap::from_text("constant", format!("transformed data {{ {text} }}")));
    parsed.program.transformed_data.map(|block| block.items)
}

impl Changed {
    fn record(
        self,
        model: &HumanModel,
        options: &PairOptions,
        stream: Stream,
        rng: &mut ChaCha8Rng,
    ) -> Result<Record, NoRow> {
        let forward = Forward::new(&self.program).map_err(|error| NoRow::NoSimulator(error.0))?;
        let (mut tables, mut rejected) = (Vec::new(), Vec::new());
        for number in 0..options.tables {
            let mut design = match &self.own {
                Some(design) => design.clone(),
                None => Design::random(&self.schema, &options.design, rng),
            };
            if self.classes > 0 {
                design.categories = self.classes;
            }
            let drawn = forward.draw(&self.schema, &design, Stream { chain: number as u64, ..stream });
            let made = drawn.map_err(|_| Rejection::NotFinite).and_then(|drawn| {
                let sample = sample(number, &self.schema, design, drawn);
                match accept(&sample.table) {
                    Ok(()) | Err(Rejection::Units) => Ok(sample),
                    Err(rejection) => Err(rejection),
                }
            });
            match made {
                Ok(sample) => tables.push(super::record::table(&sample).map_err(NoRow::Latents)?),
                Err(rejection) => rejected.push(rejection.word().to_string()),
            }
        }
        let mut record = Record {
            number: stream.draw,
            provenance: Provenance {
                source: Source::Human,
                augmentations: self.names,
                model: Some(model.name.clone()),
                field: model.field.clone(),
            },
            text: self.text,
            schema: self.schema,
            derivation: None,
            tags: Vec::new(),
            tables,
            rejected,
        };
        record.tags = record.tags_of(&self.used);
        record.tags.extend(model.tags.iter().cloned());
        Ok(record)
    }
}

/// The columns that data have, by the names of the table; `None` where one has no value.
fn design_of(schema: &Schema, value: &dyn Fn(&str) -> Option<Datum>) -> Option<Design> {
    let size = |name: &str| match value(name)? {
        Datum::Int(n) => usize::try_from(n).ok(),
        _ => None,
    };
    let mut design = Design {
        rows: 0,
        columns: Vec::new(),
        levels: Vec::new(),
        categories: if schema.outcome.has_categories() { size("K")? } else { 0 },
        causes: Vec::new(),
        roles: vec![None; schema.columns.len()],
        missing: Vec::new(),
    };
    for column in &schema.columns {
        let (values, found) = cells(column.kind, &value(&column.name)?)?;
        let levels = if column.kind.has_levels() { size(&levels(&column.name)).unwrap_or(found) } else { 0 };
        design.rows = values.len();
        design.columns.push(values);
        design.levels.push(levels);
    }
    let rows = size("N").or(Some(design.rows).filter(|rows| *rows > 0))?;
    design.rows = rows;
    design.columns.iter().all(|values| values.len() == rows).then_some(design)
}

/// The cells of a column, and their largest where it has levels, else 0.
fn cells(kind: ColumnKind, datum: &Datum) -> Option<(Values, usize)> {
    let Datum::List(items) = datum else { return None };
    let whole = matches!(kind, ColumnKind::Group | ColumnKind::Ordinal | ColumnKind::Trials);
    if whole {
        let cell = |d: &Datum| if let Datum::Int(i) = d { i32::try_from(*i).ok() } else { None };
        let cells = items.iter().map(cell).collect::<Option<Vec<i32>>>()?;
        let most = cells.iter().copied().max().unwrap_or(0).max(0) as usize;
        return Some((Values::Int(cells), if kind.has_levels() { most } else { 0 }));
    }
    let cell = |d: &Datum| match d {
        Datum::Int(i) => Some(*i as f64),
        Datum::Real(x) => Some(*x),
        _ => None,
    };
    Some((Values::Real(items.iter().map(cell).collect::<Option<Vec<f64>>>()?), 0))
}

/// Families of the densities of the outcome `y`.
fn families(program: &ast::Program) -> Vec<String> {
    struct Find(Vec<String>);
    impl Find {
        fn add(&mut self, family: &str, outcome: &ast::Expr) {
            struct Mentions(bool);
            impl VisitMut for Mentions {
                fn expr(&mut self, e: &mut ast::Expr) {
                    self.0 |= matches!(&e.kind, ast::ExprKind::Variable(name) if name == "y");
                }
            }
            let mut mentions = Mentions(false);
            ppl_grammar::walk::walk_expr(&mut mentions, &mut outcome.clone());
            if mentions.0 {
                self.0.push(family.to_string());
            }
        }
    }
    impl VisitMut for Find {
        fn expr(&mut self, e: &mut ast::Expr) {
            if let ast::ExprKind::Conditional { name, outcome, .. } = &e.kind
                && let Some((family, _)) = name.name.rsplit_once('_')
            {
                self.add(family, outcome);
            }
        }

        fn statement(&mut self, statement: &mut ast::Statement) {
            if let ast::StatementKind::Tilde { arg, distribution, .. } = &statement.kind {
                self.add(&distribution.name, arg);
            }
        }
    }
    let mut find = Find(Vec::new());
    walk_program(&mut find, &mut program.clone());
    find.0
}

/// Kinds of outcomes that a family is of.
fn outcomes(family: &str) -> &'static [Outcome] {
    let stem = family.trim_end_matches("_glm");
    match stem {
        "poisson" | "poisson_log" | "neg_binomial" | "neg_binomial_2" | "neg_binomial_2_log" => &[Outcome::Count],
        "bernoulli" | "bernoulli_logit" => &[Outcome::Binary],
        "binomial" | "binomial_logit" | "beta_binomial" => &[Outcome::Successes, Outcome::Count],
        "ordered_logistic" | "ordered_probit" => &[Outcome::Ordinal],
        "categorical" | "categorical_logit" => &[Outcome::Categorical],
        "beta" | "beta_proportion" => &[Outcome::Bounded],
        "von_mises" => &[Outcome::Angle],
        "lognormal"
        | "gamma"
        | "inv_gamma"
        | "weibull"
        | "exponential"
        | "frechet"
        | "rayleigh"
        | "loglogistic"
        | "chi_square"
        | "inv_chi_square"
        | "scaled_inv_chi_square"
        | "pareto"
        | "pareto_type_2" => &[Outcome::Positive],
        _ => &[Outcome::Real],
    }
}
