//! A row of a corpus: a program with its tables, and where it comes from.

use super::nested::{Cell, Shape};
use crate::choices::{Action, Choices, Language};
use crate::derivation::Derivation;
use crate::grammar::Grammar;
use crate::pair::table::{MISSING, Table, Values};
use crate::pair::{Pair, Sample, rules_of};
use crate::schema::{Column, ColumnKind, Outcome, Schema};
use ppl_runtime::value::Value;
use std::hash::Hasher;

/// A program with one to eight tables that it describes.
#[derive(Clone, Debug)]
pub struct Record {
    /// With the source, the name of the row.
    pub number: u64,
    pub provenance: Provenance,
    /// Canonical, at the level of the law.
    pub text: String,
    pub schema: Schema,
    /// `None` where the program is outside the grammar.
    pub derivation: Option<Steps>,
    pub tags: Vec<String>,
    pub tables: Vec<TableRecord>,
    /// Why other tables of the program were not kept, a word each.
    pub rejected: Vec<String>,
}

/// Where a program comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Provenance {
    pub source: Source,
    /// Augmentations, the first one first.
    pub augmentations: Vec<String>,
    /// File name of a human's program.
    pub model: Option<String>,
    /// Field that a human's program comes from.
    pub field: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    #[default]
    Grammar,
    Human,
}

impl Source {
    pub const ALL: [Source; 2] = [Source::Grammar, Source::Human];

    pub fn word(self) -> &'static str {
        match self {
            Source::Grammar => "grammar",
            Source::Human => "human",
        }
    }

    pub fn read(word: &str) -> Option<Source> {
        Source::ALL.into_iter().find(|source| source.word() == word)
    }
}

/// A derivation, choice by choice.
#[derive(Clone, Debug, PartialEq)]
pub struct Steps {
    pub actions: Vec<Action>,
    /// Names of the rules, each once, in the order of first use.
    pub rules: Vec<String>,
    /// How many rules were used.
    pub size: usize,
    /// Log probability of the structure, in nats.
    pub log_structure: f64,
    /// Log probability of the scales of priors given the structure, in nats.
    pub log_grades: f64,
}

/// A table with what made it, in the units of the program.
#[derive(Clone, Debug)]
pub struct TableRecord {
    /// Which of the tables of its program it is, kept or not.
    pub number: u32,
    /// Categories of the outcome, 0 where it has none.
    pub categories: u32,
    /// Missing is NaN, here and in columns.
    pub outcome: Vec<f64>,
    /// In the order of the schema.
    pub columns: Vec<ColumnRecord>,
    /// True values of the parameters.
    pub latents: Vec<Latent>,
}

#[derive(Clone, Debug)]
pub struct ColumnRecord {
    /// 0 where it has none.
    pub levels: u32,
    /// What it is in the graph of causes, a word.
    pub role: Option<String>,
    /// Places of the columns that cause it.
    pub causes: Vec<u32>,
    pub cells: Vec<f64>,
}

#[derive(Clone, Debug)]
pub struct Latent {
    pub name: String,
    /// None of a number.
    pub dims: Vec<u32>,
    /// Row-major: the last index runs fastest.
    pub values: Vec<f64>,
}

impl TableRecord {
    pub fn rows(&self) -> usize {
        self.outcome.len()
    }

    /// As it was before it was stored.
    pub fn table(&self, schema: &Schema) -> Table {
        let cells = |cells: &[f64], whole: bool| match whole {
            false => Values::Real(cells.to_vec()),
            true => Values::Int(cells.iter().map(|x| if x.is_nan() { MISSING } else { *x as i32 }).collect()),
        };
        let columns = schema.columns.iter().zip(&self.columns).map(|(column, own)| {
            let whole = column.kind.has_levels() || column.kind == ColumnKind::Trials;
            cells(&own.cells, whole)
        });
        Table {
            schema: schema.clone(),
            outcome: cells(&self.outcome, schema.outcome.is_int()),
            columns: columns.collect(),
            levels: self.columns.iter().map(|column| column.levels as usize).collect(),
            categories: self.categories as usize,
        }
    }
}

impl Record {
    /// The row of a pair.
    ///
    /// # Errors
    /// A parameter is complex or a tuple, or the grammar does not have the derivation.
    pub fn of_pair(grammar: &Grammar, pair: &Pair) -> Result<Record, String> {
        let language = Language::new(grammar, &pair.schema).ok_or("the grammar has no program for the schema")?;
        let actions = pair.derivation.actions(&language).ok_or("the grammar does not have the derivation")?;
        let mut rules = Vec::new();
        rules_of(&pair.derivation.root, &mut rules);
        let tables: Result<Vec<TableRecord>, String> = pair.samples.iter().map(table).collect();
        let mut record = Record {
            number: pair.number,
            provenance: Provenance::default(),
            text: pair.canonical.text.clone(),
            schema: pair.schema.clone(),
            derivation: Some(Steps {
                actions,
                rules: rules.into_iter().map(|rule| grammar.rules[rule].name.clone()).collect(),
                size: pair.derivation.size(),
                log_structure: pair.log_probability.structure,
                log_grades: pair.log_probability.grades,
            }),
            tags: Vec::new(),
            tables: tables?,
            rejected: pair.rejected.iter().map(|rejection| rejection.word().to_string()).collect(),
        };
        let mut used: Vec<ColumnKind> = Vec::new();
        columns_of(&pair.derivation.root, &mut |place| used.push(record.schema.columns[place].kind));
        record.tags = record.tags_of(&used);
        Ok(record)
    }

    /// Tags that the record itself gives: the outcome, kinds of columns of the table and of those that the program uses, and whether
    /// cells are missing or columns have roles in a graph of causes.
    pub(super) fn tags_of(&self, used: &[ColumnKind]) -> Vec<String> {
        let mut tags = vec![format!("outcome:{}", self.schema.outcome.word())];
        let kinds = |prefix: &'static str, has: &dyn Fn(ColumnKind) -> bool| -> Vec<String> {
            ColumnKind::ALL
                .into_iter()
                .filter(|kind| has(*kind))
                .map(|kind| format!("{prefix}:{}", kind.word()))
                .collect()
        };
        tags.extend(kinds("has", &|kind| self.schema.has(kind)));
        tags.extend(kinds("uses", &|kind| used.contains(&kind)));
        let columns = || self.tables.iter().flat_map(|table| &table.columns);
        let mut cells = columns().map(|c| &c.cells).chain(self.tables.iter().map(|table| &table.outcome));
        if cells.any(|cells| cells.iter().any(|x| x.is_nan())) {
            tags.push("has:missing".into());
        }
        if columns().any(|column| column.role.is_some()) {
            tags.push("has:roles".into());
        }
        tags
    }

    /// The derivation as a tree; `None` where there is none, or the grammar does not have it.
    pub fn derivation(&self, grammar: &Grammar) -> Option<Derivation> {
        let language = Language::new(grammar, &self.schema)?;
        let mut choices = Choices::new(&language);
        for action in &self.derivation.as_ref()?.actions {
            if !choices.legal().into_iter().any(|(legal, _)| legal == *action) {
                return None;
            }
            choices.take(*action);
        }
        choices.finish()
    }

    pub fn has_rule(&self, name: &str) -> bool {
        self.derivation.as_ref().is_some_and(|steps| steps.rules.iter().any(|rule| rule == name))
    }

    /// XXH64 of the contents: equal for equal records, on any machine.
    pub fn digest(&self) -> u64 {
        let mut hasher = twox_hash::XxHash64::with_seed(0);
        digest(&self.to_cell(), &mut hasher);
        hasher.finish()
    }
}

fn columns_of(node: &crate::derivation::Node, use_of: &mut dyn FnMut(usize)) {
    use crate::derivation::Part;
    node.columns.iter().for_each(|place| use_of(*place));
    for part in &node.parts {
        match part {
            Part::Node(inner) => columns_of(inner, use_of),
            Part::Set(nodes) => nodes.iter().for_each(|inner| columns_of(inner, use_of)),
            Part::Grade(_) => {}
        }
    }
}

/// The record of a table.
///
/// # Errors
/// A parameter is complex or a tuple.
pub fn table(sample: &Sample) -> Result<TableRecord, String> {
    let (table, design) = (&sample.table, &sample.design);
    let column = |place: usize| ColumnRecord {
        levels: table.levels[place] as u32,
        role: design.roles[place].map(|role| role.word().to_string()),
        causes: design.causes.iter().filter(|(_, effect)| *effect == place).map(|(cause, _)| *cause as u32).collect(),
        cells: cells(&table.columns[place]),
    };
    let latents = sample.latents.iter().map(|(name, value)| {
        let (dims, values) = flat(value).ok_or_else(|| format!("parameter {name} is complex or a tuple"))?;
        Ok(Latent { name: name.clone(), dims, values })
    });
    Ok(TableRecord {
        number: sample.number as u32,
        categories: table.categories as u32,
        outcome: cells(&table.outcome),
        columns: (0..table.columns.len()).map(column).collect(),
        latents: latents.collect::<Result<Vec<Latent>, String>>()?,
    })
}

fn cells(values: &Values) -> Vec<f64> {
    match values {
        Values::Real(x) => x.clone(),
        Values::Int(x) => x.iter().map(|i| if *i == MISSING { f64::NAN } else { f64::from(*i) }).collect(),
    }
}

/// Sizes and numbers of a value, row-major.
fn flat(value: &Value<f64>) -> Option<(Vec<u32>, Vec<f64>)> {
    match value {
        Value::Int(i) => Some((Vec::new(), vec![f64::from(*i)])),
        Value::Real(x) => Some((Vec::new(), vec![*x])),
        Value::Vector(x) | Value::RowVector(x) => Some((vec![x.len() as u32], x.clone())),
        Value::Matrix(m) => {
            let numbers = (0..m.rows).flat_map(|i| (0..m.cols).map(move |j| m.data[j * m.rows + i]));
            Some((vec![m.rows as u32, m.cols as u32], numbers.collect()))
        }
        Value::Array(items) => {
            let (mut dims, mut numbers) = (Vec::new(), Vec::new());
            for item in items {
                let (inner, more) = flat(item)?;
                dims = inner;
                numbers.extend(more);
            }
            dims.insert(0, items.len() as u32);
            Some((dims, numbers))
        }
        _ => None,
    }
}

/// What a row is in a file.
pub fn shape() -> Shape {
    let list = |inner: Shape| Shape::List(Box::new(inner));
    let optional = |inner: Shape| Shape::Optional(Box::new(inner));
    let column = Shape::Struct(vec![
        ("levels", Shape::Int),
        ("role", optional(Shape::Text)),
        ("causes", list(Shape::Int)),
        ("cells", Shape::Reals),
    ]);
    let latent = Shape::Struct(vec![("name", Shape::Text), ("dims", list(Shape::Int)), ("values", Shape::Reals)]);
    let table = Shape::Struct(vec![
        ("number", Shape::Int),
        ("rows", Shape::Int),
        ("categories", Shape::Int),
        ("outcome", Shape::Reals),
        ("columns", list(column)),
        ("latents", list(latent)),
    ]);
    Shape::Struct(vec![
        ("number", Shape::Long),
        ("source", Shape::Text),
        ("augmentations", list(Shape::Text)),
        ("model", optional(Shape::Text)),
        ("field", optional(Shape::Text)),
        ("text", Shape::Text),
        ("outcome", Shape::Text),
        ("columns", list(Shape::Struct(vec![("name", Shape::Text), ("kind", Shape::Text)]))),
        ("derivation", list(Shape::Int)),
        ("rules", list(Shape::Text)),
        ("size", optional(Shape::Int)),
        ("log_structure", optional(Shape::Real)),
        ("log_grades", optional(Shape::Real)),
        ("tags", list(Shape::Text)),
        ("tables", list(table)),
        ("rejected", list(Shape::Text)),
    ])
}

fn texts(texts: &[String]) -> Cell {
    Cell::List(texts.iter().cloned().map(Cell::Text).collect())
}

fn ints(numbers: &[u32]) -> Cell {
    Cell::List(numbers.iter().map(|i| Cell::Int(*i as i32)).collect())
}

fn optional<T>(value: Option<T>, cell: impl FnOnce(T) -> Cell) -> Cell {
    value.map_or(Cell::Null, cell)
}

impl Record {
    /// The row, of the shape [`shape`].
    pub fn to_cell(&self) -> Cell {
        let columns = self.schema.columns.iter().map(|column| {
            Cell::Struct(vec![Cell::Text(column.name.clone()), Cell::Text(column.kind.word().to_string())])
        });
        let steps = self.derivation.as_ref();
        let actions = steps.map_or(&[][..], |steps| &steps.actions);
        Cell::Struct(vec![
            Cell::Long(self.number as i64),
            Cell::Text(self.provenance.source.word().to_string()),
            texts(&self.provenance.augmentations),
            optional(self.provenance.model.clone(), Cell::Text),
            optional(self.provenance.field.clone(), Cell::Text),
            Cell::Text(self.text.clone()),
            Cell::Text(self.schema.outcome.word().to_string()),
            Cell::List(columns.collect()),
            Cell::List(actions.iter().map(|action| Cell::Int(code(*action))).collect()),
            texts(steps.map_or(&[][..], |steps| &steps.rules)),
            optional(steps, |steps| Cell::Int(steps.size as i32)),
            optional(steps, |steps| Cell::Real(steps.log_structure)),
            optional(steps, |steps| Cell::Real(steps.log_grades)),
            texts(&self.tags),
            Cell::List(self.tables.iter().map(TableRecord::to_cell).collect()),
            texts(&self.rejected),
        ])
    }

    /// The record of a row; `None` where it has another shape, or words that this version does not know.
    pub fn of_cell(cell: Cell) -> Option<Record> {
        let mut fields = Fields::of(cell)?;
        let number = fields.long()? as u64;
        let source = Source::read(&fields.text()?)?;
        let augmentations = fields.texts()?;
        let (model, field, text) = (fields.optional_text()?, fields.optional_text()?, fields.text()?);
        let outcome = Outcome::read(&fields.text()?)?;
        let columns = fields.list()?.into_iter().map(|cell| {
            let mut fields = Fields::of(cell)?;
            Some(Column { name: fields.text()?, kind: ColumnKind::read(&fields.text()?)? })
        });
        let columns = columns.collect::<Option<Vec<Column>>>()?;
        let actions = fields.ints()?.into_iter().map(action).collect::<Option<Vec<Action>>>()?;
        let rules = fields.texts()?;
        let (size, log_structure, log_grades) = (fields.next()?, fields.next()?, fields.next()?);
        let derivation = match (size, log_structure, log_grades) {
            (Cell::Int(size), Cell::Real(log_structure), Cell::Real(log_grades)) => {
                Some(Steps { actions, rules, size: size as usize, log_structure, log_grades })
            }
            _ => None,
        };
        Some(Record {
            number,
            provenance: Provenance { source, augmentations, model, field },
            text,
            schema: Schema { outcome, columns },
            derivation,
            tags: fields.texts()?,
            tables: fields.list()?.into_iter().map(TableRecord::of_cell).collect::<Option<Vec<_>>>()?,
            rejected: fields.texts()?,
        })
    }
}

impl TableRecord {
    fn to_cell(&self) -> Cell {
        let columns = self.columns.iter().map(|column| {
            let role = optional(column.role.clone(), Cell::Text);
            Cell::Struct(vec![
                Cell::Int(column.levels as i32),
                role,
                ints(&column.causes),
                Cell::Reals(column.cells.clone()),
            ])
        });
        let latents = self.latents.iter().map(|latent| {
            Cell::Struct(vec![Cell::Text(latent.name.clone()), ints(&latent.dims), Cell::Reals(latent.values.clone())])
        });
        Cell::Struct(vec![
            Cell::Int(self.number as i32),
            Cell::Int(self.rows() as i32),
            Cell::Int(self.categories as i32),
            Cell::Reals(self.outcome.clone()),
            Cell::List(columns.collect()),
            Cell::List(latents.collect()),
        ])
    }

    fn of_cell(cell: Cell) -> Option<TableRecord> {
        let mut fields = Fields::of(cell)?;
        let (number, rows, categories, outcome) = (fields.int()?, fields.int()?, fields.int()?, fields.reals()?);
        let columns = fields.list()?.into_iter().map(|cell| {
            let mut fields = Fields::of(cell)?;
            let (levels, role, causes) = (fields.int()?, fields.optional_text()?, fields.unsigned()?);
            let cells = fields.reals()?;
            (cells.len() == rows as usize).then_some(ColumnRecord { levels: levels as u32, role, causes, cells })
        });
        let columns = columns.collect::<Option<Vec<_>>>()?;
        let latents = fields.list()?.into_iter().map(|cell| {
            let mut fields = Fields::of(cell)?;
            Some(Latent { name: fields.text()?, dims: fields.unsigned()?, values: fields.reals()? })
        });
        let latents = latents.collect::<Option<Vec<_>>>()?;
        let whole = outcome.len() == rows as usize;
        whole.then_some(TableRecord { number: number as u32, categories: categories as u32, outcome, columns, latents })
    }
}

/// An action as a number: eight times its index, plus its kind.
pub fn code(action: Action) -> i32 {
    let (index, kind) = match action {
        Action::Rule(index) => (index, 0),
        Action::Columns(index) => (index, 1),
        Action::Include(index) => (index, 2),
        Action::Stop => (0, 3),
        Action::Grade(index) => (index, 4),
    };
    8 * index as i32 + kind
}

/// The action that a number stands for.
pub fn action(code: i32) -> Option<Action> {
    let (index, kind) = (usize::try_from(code / 8).ok()?, code % 8);
    match kind {
        0 => Some(Action::Rule(index)),
        1 => Some(Action::Columns(index)),
        2 => Some(Action::Include(index)),
        3 if index == 0 => Some(Action::Stop),
        4 => Some(Action::Grade(index)),
        _ => None,
    }
}

/// The fields of a struct, taken one after the other.
pub struct Fields(std::vec::IntoIter<Cell>);

impl Fields {
    pub fn of(cell: Cell) -> Option<Fields> {
        if let Cell::Struct(cells) = cell { Some(Fields(cells.into_iter())) } else { None }
    }

    fn next(&mut self) -> Option<Cell> {
        self.0.next()
    }

    pub fn int(&mut self) -> Option<i32> {
        if let Cell::Int(i) = self.next()? { Some(i) } else { None }
    }

    pub fn long(&mut self) -> Option<i64> {
        if let Cell::Long(i) = self.next()? { Some(i) } else { None }
    }

    pub fn real(&mut self) -> Option<f64> {
        if let Cell::Real(x) = self.next()? { Some(x) } else { None }
    }

    fn text(&mut self) -> Option<String> {
        if let Cell::Text(text) = self.next()? { Some(text) } else { None }
    }

    fn optional_text(&mut self) -> Option<Option<String>> {
        match self.next()? {
            Cell::Text(text) => Some(Some(text)),
            Cell::Null => Some(None),
            _ => None,
        }
    }

    fn list(&mut self) -> Option<Vec<Cell>> {
        if let Cell::List(cells) = self.next()? { Some(cells) } else { None }
    }

    fn reals(&mut self) -> Option<Vec<f64>> {
        if let Cell::Reals(x) = self.next()? { Some(x) } else { None }
    }

    fn texts(&mut self) -> Option<Vec<String>> {
        let text = |cell| if let Cell::Text(text) = cell { Some(text) } else { None };
        self.list()?.into_iter().map(text).collect()
    }

    fn ints(&mut self) -> Option<Vec<i32>> {
        self.list()?.into_iter().map(|cell| if let Cell::Int(i) = cell { Some(i) } else { None }).collect()
    }

    fn unsigned(&mut self) -> Option<Vec<u32>> {
        self.ints()?.into_iter().map(|i| u32::try_from(i).ok()).collect()
    }
}

/// Feeds a value to a hash, with its kind and length, so that no two values give the same bytes.
fn digest(cell: &Cell, hasher: &mut impl Hasher) {
    let mut head = |kind: u8, count: u64| {
        hasher.write(&[kind]);
        hasher.write(&count.to_le_bytes());
    };
    match cell {
        Cell::Null => head(0, 0),
        Cell::Int(i) => head(1, i64::from(*i) as u64),
        Cell::Long(i) => head(2, *i as u64),
        Cell::Real(x) => head(3, x.to_bits()),
        Cell::Text(text) => {
            head(4, text.len() as u64);
            hasher.write(text.as_bytes());
        }
        Cell::Reals(numbers) => {
            head(5, numbers.len() as u64);
            // a missing number has many representations
            let bits = |x: &f64| if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() };
            numbers.iter().for_each(|x| hasher.write(&bits(x).to_le_bytes()));
        }
        Cell::List(cells) | Cell::Struct(cells) => {
            head(6, cells.len() as u64);
            cells.iter().for_each(|cell| digest(cell, hasher));
        }
    }
}
