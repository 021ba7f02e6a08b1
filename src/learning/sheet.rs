//! A CSV file as a table that a network reads: kinds of columns are guessed from names and cells, and may be said.

use ppl_corpus::pair::table::{MISSING, Table, Values};
use ppl_corpus::{Column, ColumnKind, Outcome, Schema};
use std::collections::{BTreeMap, HashSet};
use std::fmt;

/// What is wrong with a file, or with what is said of it.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    #[error("line {line}: {message}")]
    Csv { line: u64, message: String },
    #[error("the table is empty: it needs a line of names, and two rows or more")]
    Empty,
    #[error("the table has {0} row: nothing can be learnt from it")]
    OneRow(usize),
    #[error("two columns are called `{0}`: rename one")]
    TwiceNamed(String),
    #[error("there is no column `{name}`: the table has {there}")]
    NoColumn { name: String, there: String },
    #[error("no column may be the outcome: say which with --outcome")]
    NoOutcome,
    #[error("the outcome `{0}` is the same in every row: there is nothing to be explained")]
    Constant(String),
    #[error("`{name}` cannot be {kind}: {why}")]
    Kind { name: String, kind: &'static str, why: String },
    #[error("`{0}` is not read, so it cannot be the outcome: its cells are neither numbers nor a few categories")]
    Unread(String),
}

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Outcome(Outcome),
    Predictor(ColumnKind),
    /// Not read, and why.
    Ignored(&'static str),
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Role::Outcome(outcome) => write!(f, "outcome, {}", outcome.word()),
            Role::Predictor(kind) => write!(f, "{}", kind.word()),
            Role::Ignored(why) => write!(f, "not read: {why}"),
        }
    }
}

/// What is said of columns, by their names; everything else is guessed.
#[derive(Clone, Debug, Default)]
pub struct Said {
    pub outcome: Option<String>,
    pub groups: Vec<String>,
    pub time: Option<String>,
    pub trials: Option<String>,
    /// Kinds: words of [`Outcome`] for the outcome, else of [`ColumnKind`].
    pub kinds: BTreeMap<String, String>,
    /// The only predictors; all columns where it is empty.
    pub predictors: Vec<String>,
}

/// A file: names, and cells as text, empty where missing.
pub struct Sheet {
    names: Vec<String>,
    columns: Vec<Vec<String>>,
}

/// A table as it is written down, and what became of the columns of the file.
pub struct Reading {
    pub table: Table,
    /// Names and roles of the columns, as in the file.
    pub columns: Vec<(String, Role)>,
    /// What whole numbers stand for, of columns whose cells were something else: the first number, and what is called so, so plus one, ...
    pub levels: BTreeMap<String, (usize, Vec<String>)>,
    /// The name of the outcome.
    pub outcome: String,
    /// What was changed since.
    pub notes: Vec<String>,
}

/// Cells that stand for nothing.
const NOTHING: [&str; 12] = ["", "NA", "N/A", "na", "n/a", "NaN", "nan", "null", "NULL", "None", "?", "."];
/// Names that say what a column is.
const GROUPS: [&str; 16] = [
    "group",
    "subject",
    "id",
    "site",
    "school",
    "county",
    "state",
    "region",
    "batch",
    "block",
    "plot",
    "species",
    "participant",
    "item",
    "country",
    "team",
];
const TIMES: [&str; 8] = ["time", "t", "year", "date", "day", "month", "week", "hour"];
const TRIALS: [&str; 5] = ["trials", "n", "total", "attempts", "size"];
const OUTCOMES: [&str; 5] = ["y", "outcome", "response", "target", "dependent"];
/// Levels of an ordinal column, and categories of an outcome, at most.
const MOST_LEVELS: usize = 10;

impl Sheet {
    /// # Errors
    /// It is no CSV, has lines of different lengths, two columns of one name, or fewer than two rows.
    pub fn read(text: &str) -> Result<Sheet, SheetError> {
        let mut reader = csv::ReaderBuilder::new();
        let mut reader = reader.trim(csv::Trim::All).delimiter(delimiter(text)).from_reader(text.as_bytes());
        let wrong = |error: csv::Error| {
            let line = error.position().map_or(1, csv::Position::line);
            let message = match error.kind() {
                csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                    format!("{len} cells, and the first line has {expected_len} names")
                }
                _ => error.to_string(),
            };
            SheetError::Csv { line, message }
        };
        let names: Vec<String> = reader.headers().map_err(wrong)?.iter().map(str::to_string).collect();
        let mut seen = HashSet::new();
        if let Some(name) = names.iter().find(|name| !seen.insert(name.as_str())) {
            return Err(SheetError::TwiceNamed(name.clone()));
        }
        let mut columns = vec![Vec::new(); names.len()];
        for record in reader.records() {
            let record = record.map_err(wrong)?;
            for (column, cell) in columns.iter_mut().zip(&record) {
                column.push(if NOTHING.contains(&cell) { String::new() } else { cell.to_string() });
            }
        }
        match columns.first().map_or(0, Vec::len) {
            0 => Err(SheetError::Empty),
            1 => Err(SheetError::OneRow(1)),
            _ => Ok(Sheet { names, columns }),
        }
    }

    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// The table, with what is said of columns and guesses of the rest.
    ///
    /// # Errors
    /// A column is not there, cannot be what is said, or no outcome is left.
    pub fn reading(&self, said: &Said) -> Result<Reading, SheetError> {
        let cells: Vec<Cells> = self.columns.iter().map(|column| Cells::of(column)).collect();
        let place = |name: &String| {
            self.names
                .iter()
                .position(|own| own == name)
                .ok_or_else(|| SheetError::NoColumn { name: name.clone(), there: self.names.join(", ") })
        };
        let mut roles: Vec<Option<Role>> = vec![None; self.names.len()];
        let fixed = said.groups.iter().map(|name| (name, ColumnKind::Group));
        let fixed = fixed.chain(said.time.iter().map(|name| (name, ColumnKind::Time)));
        for (name, kind) in fixed.chain(said.trials.iter().map(|name| (name, ColumnKind::Trials))) {
            roles[place(name)?] = Some(Role::Predictor(kind));
        }
        let outcome = match &said.outcome {
            Some(name) => place(name)?,
            None => self.guessed_outcome(&cells, &roles).ok_or(SheetError::NoOutcome)?,
        };
        for (name, word) in &said.kinds {
            let at = place(name)?;
            let unknown = |kinds: String| SheetError::Kind {
                name: name.clone(),
                kind: "that",
                why: format!("{word} is no kind: {kinds}"),
            };
            roles[at] = Some(match at == outcome {
                true => Role::Outcome(
                    Outcome::read(word).ok_or_else(|| unknown(Outcome::ALL.map(Outcome::word).join(", ")))?,
                ),
                false => Role::Predictor(
                    ColumnKind::read(word).ok_or_else(|| unknown(ColumnKind::ALL.map(ColumnKind::word).join(", ")))?,
                ),
            });
        }
        if !said.predictors.is_empty() {
            let wanted = said.predictors.iter().map(place).collect::<Result<HashSet<usize>, SheetError>>()?;
            for (at, role) in roles.iter_mut().enumerate() {
                if at != outcome && role.is_none() && !wanted.contains(&at) {
                    *role = Some(Role::Ignored("not asked for"));
                }
            }
        }
        if let Some(Role::Predictor(kind)) = roles[outcome] {
            return Err(SheetError::Kind {
                name: self.names[outcome].clone(),
                kind: kind.word(),
                why: "it is the outcome".to_string(),
            });
        }
        let all_whole = cells[outcome].whole().is_some();
        for at in (0..roles.len()).filter(|at| *at != outcome) {
            let trials = || all_whole && none_exceeds(&cells[outcome], &cells[at]).is_none();
            roles[at].get_or_insert_with(|| guessed(&self.names[at], &cells[at], &trials));
        }
        let trials = roles.iter().position(|role| *role == Some(Role::Predictor(ColumnKind::Trials)));
        if let Some(row) = trials.and_then(|at| none_exceeds(&cells[outcome], &cells[at])) {
            let name = trials.map_or_else(String::new, |at| self.names[at].clone());
            let why = format!("row {} has more successes than trials", row + 1);
            return Err(SheetError::Kind { name, kind: ColumnKind::Trials.word(), why });
        }
        let trials = trials.is_some();
        if cells[outcome].distinct().len() < 2 {
            return Err(SheetError::Constant(self.names[outcome].clone()));
        }
        if !matches!(roles[outcome], Some(Role::Outcome(_))) {
            let kind = guessed_kind(&cells[outcome], trials);
            roles[outcome] = Some(Role::Outcome(kind.ok_or_else(|| SheetError::Unread(self.names[outcome].clone()))?));
        }
        let roles: Vec<Role> = roles.into_iter().map(|role| role.expect("every column has a role")).collect();
        self.table(&cells, &roles, outcome)
    }

    fn guessed_outcome(&self, cells: &[Cells], roles: &[Option<Role>]) -> Option<usize> {
        let free = |at: &usize| roles[*at].is_none() && cells[*at].distinct().len() > 1;
        let exact = |at: &usize| OUTCOMES.contains(&self.names[*at].to_lowercase().as_str());
        let named = (0..self.names.len()).filter(free).find(exact);
        let named = named.or_else(|| (0..self.names.len()).filter(free).find(|at| says(&self.names[*at], &OUTCOMES)));
        let plain = |at: &usize| {
            !says(&self.names[*at], &GROUPS)
                && !says(&self.names[*at], &TIMES)
                && guessed_kind(&cells[*at], false).is_some()
        };
        named.or_else(|| (0..self.names.len()).filter(free).rfind(plain))
    }

    fn table(&self, cells: &[Cells], roles: &[Role], outcome: usize) -> Result<Reading, SheetError> {
        let Role::Outcome(kind) = roles[outcome] else { return Err(SheetError::NoOutcome) };
        let mut levels = BTreeMap::new();
        let (values, categories) = as_outcome(&self.names[outcome], &cells[outcome], kind, &mut levels)?;
        let mut columns: Vec<(Column, Values, usize)> = Vec::new();
        let mut notes = Vec::new();
        // a name that is one as it stands is nobody else's
        let valid = |name: &str| identifier(name) == name;
        for (at, role) in roles.iter().enumerate() {
            let Role::Predictor(kind) = *role else { continue };
            let own = &self.names[at];
            let (values, count) = as_column(own, &cells[at], kind, &mut levels)?;
            let plain = identifier(own);
            let taken = |name: &str| {
                columns.iter().any(|(column, ..)| column.name == name)
                    || self.names.iter().any(|n| n == name && valid(n))
            };
            let numbered = || (2..).map(|number| format!("{plain}_{number}")).find(|name| !taken(name));
            let name = match valid(own) || !taken(&plain) {
                true => plain.clone(),
                false => numbered().unwrap_or_default(),
            };
            if name != *own {
                notes.push(format!("{own:?} is called {name} in programs"));
            }
            columns.push((Column { name, kind }, values, count));
        }
        columns.sort_by_key(|(column, ..)| column.kind);
        let mut table = Table {
            schema: Schema { outcome: kind, columns: columns.iter().map(|(column, ..)| column.clone()).collect() },
            outcome: values,
            levels: columns.iter().map(|(_, _, count)| *count).collect(),
            columns: columns.into_iter().map(|(_, values, _)| values).collect(),
            categories,
        };
        let time = table.schema.of_kind(ColumnKind::Time).next();
        if let Some(time) = time {
            let rows = table.rows();
            table = in_time(&table, time);
            if table.rows() < rows {
                notes.push(format!("{} rows have no time: they are left out", rows - table.rows()));
            }
        }
        let columns = self.names.iter().cloned().zip(roles.iter().copied()).collect();
        Ok(Reading { table, columns, levels, outcome: self.names[outcome].clone(), notes })
    }
}

/// Rows in the order of a column, those without a time left out.
fn in_time(table: &Table, time: usize) -> Table {
    let Values::Real(at) = &table.columns[time] else { return table.clone() };
    let mut rows: Vec<usize> = (0..table.rows()).filter(|row| at[*row].is_finite()).collect();
    rows.sort_by(|a, b| at[*a].total_cmp(&at[*b]));
    table.with_rows(&rows)
}

/// The cells of a column.
struct Cells<'s> {
    text: &'s [String],
    /// Numbers, NaN where missing; `None` where some cell is something else.
    numbers: Option<Vec<f64>>,
}

impl<'s> Cells<'s> {
    fn of(text: &'s [String]) -> Cells<'s> {
        let number = |cell: &String| match cell.as_str() {
            "" => Some(f64::NAN),
            cell => cell.parse::<f64>().ok().filter(|x| x.is_finite()),
        };
        Cells { text, numbers: text.iter().map(number).collect() }
    }

    /// What is there, each once: numbers in order, else words in order.
    fn distinct(&self) -> Vec<&'s str> {
        let mut there: Vec<&str> = self.text.iter().map(String::as_str).filter(|cell| !cell.is_empty()).collect();
        match &self.numbers {
            Some(_) => {
                let value = |cell: &str| cell.parse::<f64>().unwrap_or(f64::NAN);
                there.sort_by(|a, b| value(a).total_cmp(&value(b)));
                there.dedup_by(|a, b| value(a) == value(b));
            }
            None => {
                there.sort_unstable();
                there.dedup();
            }
        }
        there
    }

    fn present(&self) -> Option<Vec<f64>> {
        Some(self.numbers.as_ref()?.iter().copied().filter(|x| x.is_finite()).collect())
    }

    /// Numbers that are there, if all are whole.
    fn whole(&self) -> Option<Vec<f64>> {
        self.present().filter(|x| x.iter().all(|x| x.fract() == 0.0 && x.abs() < 2e9))
    }

    /// The number of a level of each cell, from 1 on, and the levels.
    fn coded(&self) -> (Vec<i32>, Vec<String>) {
        let levels = self.distinct();
        let same = |a: &str, b: &str| a == b || self.numbers.is_some() && a.parse::<f64>() == b.parse::<f64>();
        let code = |cell: &String| {
            let place = levels.iter().position(|level| same(level, cell));
            place.map_or(MISSING, |place| place as i32 + 1)
        };
        (self.text.iter().map(code).collect(), levels.into_iter().map(str::to_string).collect())
    }
}

/// Whether a name, or one of its words, is one of these.
fn says(name: &str, words: &[&str]) -> bool {
    let name = name.to_lowercase();
    name.split(|c: char| !c.is_alphanumeric()).any(|word| words.contains(&word)) || words.contains(&name.as_str())
}

/// Whether whole numbers are 1 to a few, each there.
fn ranks(whole: &[f64]) -> bool {
    let distinct: HashSet<i64> = whole.iter().map(|x| *x as i64).collect();
    let count = distinct.len() as i64;
    (3..=MOST_LEVELS as i64).contains(&count) && (1..=count).all(|level| distinct.contains(&level))
}

/// Whether whole numbers are 1 to more than a few, each there, and twice on average or more: they number something.
fn numbers_levels(whole: &[f64]) -> bool {
    let levels: HashSet<i64> = whole.iter().map(|x| *x as i64).collect();
    let count = levels.len();
    count > MOST_LEVELS && 2 * count <= whole.len() && (1..=count as i64).all(|level| levels.contains(&level))
}

/// Whether whole numbers are measured and not counted: none is near 0.
fn measured(whole: &[f64]) -> bool {
    whole.iter().copied().fold(f64::INFINITY, f64::min) >= 50.0
}

/// The first row in which there are more successes than trials.
fn none_exceeds(successes: &Cells<'_>, trials: &Cells<'_>) -> Option<usize> {
    let (y, n) = (successes.numbers.as_ref()?, trials.numbers.as_ref()?);
    y.iter().zip(n).position(|(y, n)| y > n)
}

/// `trials`: whether it may hold numbers of trials of the outcome.
fn guessed(name: &str, cells: &Cells<'_>, trials: &dyn Fn() -> bool) -> Role {
    let levels = cells.distinct().len();
    let rows = cells.text.iter().filter(|cell| !cell.is_empty()).count();
    if name.is_empty() && levels == rows && cells.whole().is_some() {
        return Role::Ignored("it has no name, and numbers the rows");
    }
    match levels {
        0 => return Role::Ignored("it is empty"),
        1 => return Role::Ignored("all of its cells that are there are the same"),
        _ => {}
    }
    if levels == 2 {
        return Role::Predictor(ColumnKind::Binary);
    }
    let repeated = 2 * levels <= rows;
    match cells.whole() {
        Some(whole) => {
            // a time comes once; what comes again and again is a predictor
            if says(name, &TIMES) && levels == rows {
                return Role::Predictor(ColumnKind::Time);
            }
            if says(name, &TRIALS) && whole.iter().all(|n| *n >= 1.0) && trials() {
                return Role::Predictor(ColumnKind::Trials);
            }
            if says(name, &GROUPS) {
                let group = Role::Predictor(ColumnKind::Group);
                return if repeated { group } else { Role::Ignored("it numbers the rows") };
            }
            let kind = match ranks(&whole) {
                true => ColumnKind::Ordinal,
                false if numbers_levels(&whole) => ColumnKind::Group,
                false => ColumnKind::Real,
            };
            Role::Predictor(kind)
        }
        None if cells.numbers.is_some() => {
            Role::Predictor(if says(name, &TIMES) && levels == rows { ColumnKind::Time } else { ColumnKind::Real })
        }
        None if repeated => Role::Predictor(ColumnKind::Group),
        None => Role::Ignored("its words are neither numbers nor a few categories"),
    }
}

/// What an outcome looks like; `None` where it is nothing that programs have.
fn guessed_kind(cells: &Cells<'_>, trials: bool) -> Option<Outcome> {
    let levels = cells.distinct().len();
    let Some(x) = cells.present() else {
        return match levels {
            2 => Some(Outcome::Binary),
            3..=MOST_LEVELS => Some(Outcome::Categorical),
            _ => None,
        };
    };
    let least = x.iter().copied().fold(f64::INFINITY, f64::min);
    let most = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Some(match cells.whole() {
        Some(whole) if least >= 0.0 && (trials || !measured(&whole)) => match levels {
            _ if trials => Outcome::Successes,
            2 if most <= 2.0 => Outcome::Binary,
            _ if ranks(&whole) => Outcome::Ordinal,
            _ => Outcome::Count,
        },
        _ if least > 0.0 && most < 1.0 => Outcome::Bounded,
        // a spread that a number far from 0 does not have
        _ if least > 0.0 && most > 3.0 * least => Outcome::Positive,
        _ => Outcome::Real,
    })
}

type Levels = BTreeMap<String, (usize, Vec<String>)>;

fn as_outcome(
    name: &str,
    cells: &Cells<'_>,
    kind: Outcome,
    levels: &mut Levels,
) -> Result<(Values, usize), SheetError> {
    let wrong = |why: &str| SheetError::Kind { name: name.to_string(), kind: kind.word(), why: why.to_string() };
    let numbers = || cells.numbers.clone().ok_or_else(|| wrong("some of its cells are no numbers"));
    let all = |x: &[f64], holds: &dyn Fn(f64) -> bool| x.iter().filter(|x| x.is_finite()).all(|x| holds(*x));
    if let Some(x) = &cells.numbers {
        moderate(name, kind.word(), x)?;
    }
    Ok(match kind {
        Outcome::Real => (Values::Real(numbers()?), 0),
        Outcome::Positive | Outcome::Bounded | Outcome::Angle => {
            let x = numbers()?;
            let (holds, why): (&dyn Fn(f64) -> bool, &str) = match kind {
                Outcome::Positive => (&|x| x > 0.0, "some of its cells are 0 or less"),
                Outcome::Bounded => (&|x| x > 0.0 && x < 1.0, "some of its cells are not between 0 and 1"),
                _ => (&|x| x.abs() <= std::f64::consts::PI, "some of its cells are not between -pi and pi"),
            };
            if !all(&x, holds) {
                return Err(wrong(why));
            }
            (Values::Real(x), 0)
        }
        Outcome::Count | Outcome::Successes => {
            let x = numbers()?;
            if !all(&x, &|x| x >= 0.0 && x.fract() == 0.0 && x < 2e9) {
                return Err(wrong("some of its cells are not 0, 1, 2, ..."));
            }
            (whole(&x), 0)
        }
        Outcome::Binary => (binary(name, cells, levels).ok_or_else(|| wrong("it has more than two values"))?, 0),
        Outcome::Ordinal | Outcome::Categorical => {
            let (codes, own) = cells.coded();
            if own.len() > MOST_LEVELS {
                return Err(wrong("it has more than 10 values"));
            }
            let count = own.len();
            remember(name, own, levels);
            (Values::Int(codes), count)
        }
    })
}

fn as_column(
    name: &str,
    cells: &Cells<'_>,
    kind: ColumnKind,
    levels: &mut Levels,
) -> Result<(Values, usize), SheetError> {
    let wrong = |why: &str| SheetError::Kind { name: name.to_string(), kind: kind.word(), why: why.to_string() };
    let numbers = || cells.numbers.clone().ok_or_else(|| wrong("some of its cells are no numbers"));
    if let Some(x) = &cells.numbers {
        moderate(name, kind.word(), x)?;
    }
    Ok(match kind {
        ColumnKind::Real | ColumnKind::Time => (Values::Real(numbers()?), 0),
        ColumnKind::Binary => {
            let own = binary(name, cells, levels).ok_or_else(|| wrong("it has more than two values"))?;
            (Values::Real(reals(&own)), 0)
        }
        ColumnKind::Group | ColumnKind::Ordinal => {
            let (codes, own) = cells.coded();
            let count = own.len();
            remember(name, own, levels);
            (Values::Int(codes), count)
        }
        ColumnKind::Trials => {
            let x = numbers()?;
            if x.iter().any(|n| !(*n >= 1.0 && n.fract() == 0.0 && *n < 2e9)) {
                return Err(wrong("some of its cells are not 1, 2, 3, ..."));
            }
            (whole(&x), 0)
        }
    })
}

/// Two values as 0 and 1; `None` of more.
fn binary(name: &str, cells: &Cells<'_>, levels: &mut Levels) -> Option<Values> {
    let (codes, own) = cells.coded();
    if own.len() > 2 {
        return None;
    }
    // a column of zeros alone, or of ones alone, keeps them
    let least = i32::from(own != ["1"]);
    if own != ["0", "1"] && own.len() == 2 {
        levels.insert(name.to_string(), (0, own));
    }
    Some(Values::Int(codes.into_iter().map(|code| if code == MISSING { MISSING } else { code - least }).collect()))
}

/// Whole numbers as numbers, NaN where missing: programs compute with binary columns.
fn reals(values: &Values) -> Vec<f64> {
    match values {
        Values::Real(x) => x.clone(),
        Values::Int(x) => x.iter().map(|x| if *x == MISSING { f64::NAN } else { f64::from(*x) }).collect(),
    }
}

/// Keeps what levels are called, where they are not their numbers.
fn remember(name: &str, own: Vec<String>, levels: &mut Levels) {
    if own.iter().enumerate().any(|(place, level)| *level != (place + 1).to_string()) {
        levels.insert(name.to_string(), (1, own));
    }
}

fn whole(x: &[f64]) -> Values {
    Values::Int(x.iter().map(|x| if x.is_finite() { *x as i32 } else { MISSING }).collect())
}

/// What stands between cells: a comma, unless the line of names has none, and semicolons or tabs.
fn delimiter(text: &str) -> u8 {
    let names = text.lines().next().unwrap_or_default();
    match (names.contains(','), names.contains(';'), names.contains('\t')) {
        (false, true, _) => b';',
        (false, false, true) => b'\t',
        _ => b',',
    }
}

/// A name that a program may have for a column.
fn identifier(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let plain = plain.trim_matches('_');
    let taken = ["y", "N", "K"].contains(&plain) || plain.starts_with("J_");
    match plain.chars().next() {
        Some(first) if first.is_ascii_alphabetic() && !taken && is_free(plain) => plain.to_string(),
        _ => format!("x_{plain}").trim_end_matches('_').to_string(),
    }
}

/// Whether a variable may be called so: no word of the language is.
fn is_free(name: &str) -> bool {
    crate::Model::compile(&format!("data {{ real {name}; }} model {{ }}")).is_ok()
}

/// Numbers that no arithmetic of programs overflows.
fn moderate(name: &str, kind: &'static str, x: &[f64]) -> Result<(), SheetError> {
    let most = x.iter().filter(|x| x.is_finite()).map(|x| x.abs()).fold(0.0, f64::max);
    match most > 1e150 || most > 0.0 && most < 1e-150 {
        true => Err(SheetError::Kind {
            name: name.to_string(),
            kind,
            why: "its cells are too large, or too small, to be computed with: use another unit".to_string(),
        }),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(text: &str, said: &Said) -> Reading {
        Sheet::read(text).unwrap().reading(said).unwrap_or_else(|error| panic!("{error}"))
    }

    fn roles(reading: &Reading) -> Vec<String> {
        reading.columns.iter().map(|(name, role)| format!("{name}: {role}")).collect()
    }

    const PLANTS: &str = "plot,treated,year,height,notes,seeds\n\
        a,no,2001,1.5,first one,3\n\
        a,yes,2000,2.5,,0\n\
        b,no,2002,NA,x,7\n\
        b,yes,2003,0.5,y,12\n\
        b,yes,2004,3.5,z,1\n";

    #[test]
    fn kinds_are_guessed() {
        let own = reading(PLANTS, &Said::default());
        assert_eq!(
            roles(&own),
            [
                "plot: binary",
                "treated: binary",
                "year: time",
                "height: real",
                "notes: not read: its words are neither numbers nor a few categories",
                "seeds: outcome, count"
            ]
        );
        // rows are in time, columns in the order of kinds
        assert_eq!(own.table.outcome, Values::Int(vec![0, 3, 7, 12, 1]));
        let names: Vec<&str> = own.table.schema.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["height", "plot", "treated", "year"]);
        assert_eq!(own.levels["treated"], (0, vec!["no".to_string(), "yes".to_string()]));
        assert_eq!(own.table.columns[2], Values::Real(vec![1.0, 0.0, 0.0, 1.0, 1.0]));
    }

    #[test]
    fn what_is_said_counts() {
        let said = Said {
            outcome: Some("height".into()),
            groups: vec!["plot".into()],
            kinds: [("height".to_string(), "positive".to_string()), ("seeds".to_string(), "real".to_string())].into(),
            predictors: vec!["seeds".into()],
            ..Said::default()
        };
        let own = reading(PLANTS, &said);
        assert_eq!(own.table.schema.outcome, Outcome::Positive);
        let kinds: Vec<ColumnKind> = own.table.schema.columns.iter().map(|column| column.kind).collect();
        assert_eq!(kinds, [ColumnKind::Real, ColumnKind::Group]);
        assert_eq!(own.table.columns[1], Values::Int(vec![1, 1, 2, 2, 2]));
        assert_eq!(own.table.levels, [0, 2]);
    }

    #[test]
    fn outcomes_are_guessed() {
        let of = |cells: &[&str]| {
            let text: Vec<String> = cells.iter().map(|cell| cell.to_string()).collect();
            guessed_kind(&Cells::of(&text), false)
        };
        assert_eq!(of(&["1.5", "-2", "0.3"]), Some(Outcome::Real));
        assert_eq!(of(&["100.5", "102", "99.5"]), Some(Outcome::Real));
        assert_eq!(of(&["1.5", "20", "0.3"]), Some(Outcome::Positive));
        assert_eq!(of(&["0.5", "0.2", "0.3"]), Some(Outcome::Bounded));
        assert_eq!(of(&["0", "1", "", "1"]), Some(Outcome::Binary));
        assert_eq!(of(&["0", "3", "17"]), Some(Outcome::Count));
        // whole numbers far from 0 are measured
        assert_eq!(of(&["3750", "3800", "3250"]), Some(Outcome::Real));
        assert_eq!(of(&["1", "3", "2", "4"]), Some(Outcome::Ordinal));
        assert_eq!(of(&["red", "green", "blue"]), Some(Outcome::Categorical));
        assert_eq!(of(&["-1", "3", "17"]), Some(Outcome::Real));
    }

    #[test]
    fn numbers_of_things_are_groups_and_repeated_times_are_predictors() {
        let mut text = "herd,year,y\n".to_string();
        (0..36).for_each(|row| text += &format!("{},{},{}.5\n", row % 12 + 1, 2000 + row % 3, row * row % 7));
        let own = reading(&text, &Said::default());
        assert_eq!(roles(&own), ["herd: group", "year: real", "y: outcome, positive"]);
    }

    #[test]
    fn missing_cells_of_two_values_are_no_numbers() {
        let own = reading("x,y\n0,1.5\n1,2.5\n,0.5\n1,-2\n", &Said::default());
        let Values::Real(x) = &own.table.columns[0] else { panic!("{:?}", own.table.columns[0]) };
        assert!(x[2].is_nan() && x[3] == 1.0);
    }

    #[test]
    fn mistakes_are_named() {
        let error = |text: &str, said: &Said| match Sheet::read(text) {
            Ok(sheet) => sheet.reading(said).err().map(|error| error.to_string()).unwrap_or_default(),
            Err(error) => error.to_string(),
        };
        let plain = Said::default();
        let outcome = |name: &str| Said { outcome: Some(name.into()), ..Said::default() };
        assert!(error("", &plain).contains("empty"));
        assert!(error("a,b\n", &plain).contains("empty"));
        assert!(error("a,b\n1,2\n", &plain).contains("1 row"));
        assert!(error("a,b\n1,2\n3\n", &plain).contains("line 3: 1 cells"));
        assert!(error("a,a\n1,2\n3,4\n", &plain).contains("two columns"));
        assert!(error("a,b\n1,2\n3,4\n", &outcome("c")).contains("no column `c`"));
        assert!(error("a,b\n1,2\n3,2\n", &outcome("b")).contains("same in every row"));
        let kind = Said { kinds: [("b".to_string(), "positive".to_string())].into(), ..outcome("b") };
        assert!(error("a,b\n1,2\n3,-2\n", &kind).contains("0 or less"));
        let kind = Said { kinds: [("a".to_string(), "colour".to_string())].into(), ..outcome("b") };
        assert!(error("a,b\n1,2\n3,-2\n", &kind).contains("colour is no kind"));
        assert!(error("a,b\n1,2\n3,1e200\n", &outcome("b")).contains("another unit"));
        let trials = Said { trials: Some("a".into()), ..outcome("b") };
        assert!(error("a,b\n1,2\n3,2\n", &trials).contains("row 1 has more successes"));
        let twice = Said { groups: vec!["b".into()], ..outcome("b") };
        assert!(error("a,b\n1,2\n3,4\n", &twice).contains("it is the outcome"));
    }

    #[test]
    fn words_of_the_language_and_names_that_are_alike_get_others() {
        let own = reading(
            ",x,int,Ä,Ö,n,y\n0,1.5,2.5,1,0,2,9.5\n1,2.5,1.5,2,4,3,-8.5\n2,0.5,1.0,4,2,1,7.5\n",
            &Said::default(),
        );
        let names: Vec<&str> = own.table.schema.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["x", "x_int", "x_2", "x_3", "n"]);
        assert!(own.notes.iter().any(|note| note.contains("x_int")), "{:?}", own.notes);
        let own = reading("a;b\n1.5;2\n2.5;3\n0.5;1\n", &Said::default());
        assert_eq!(own.columns.len(), 2);
    }

    #[test]
    fn names_are_identifiers() {
        for (name, expected) in
            [("x 1", "x_1"), ("y", "x_y"), ("2nd", "x_2nd"), ("Größe", "Gr__e"), ("_a_", "a"), ("%", "x")]
        {
            assert_eq!(identifier(name), expected);
        }
    }
}
