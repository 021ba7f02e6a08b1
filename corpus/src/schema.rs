//! What a table has, without its numbers.

use rand::{Rng, RngExt};

/// The kind of the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    Real,
    Positive,
    Count,
    Binary,
}

impl Outcome {
    pub const ALL: [Outcome; 4] = [Outcome::Real, Outcome::Positive, Outcome::Count, Outcome::Binary];

    pub fn word(self) -> &'static str {
        match self {
            Outcome::Real => "real",
            Outcome::Positive => "positive",
            Outcome::Count => "count",
            Outcome::Binary => "binary",
        }
    }

    pub fn read(word: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.word() == word)
    }
}

/// The kind of a column beside the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ColumnKind {
    /// A standardised number.
    Real,
    /// Which of several groups a row belongs to.
    Group,
    /// The place of the row in time, standardised; rows are in order.
    Time,
}

impl ColumnKind {
    pub const ALL: [ColumnKind; 3] = [ColumnKind::Real, ColumnKind::Group, ColumnKind::Time];

    pub fn word(self) -> &'static str {
        match self {
            ColumnKind::Real => "real",
            ColumnKind::Group => "group",
            ColumnKind::Time => "time",
        }
    }

    pub fn read(word: &str) -> Option<ColumnKind> {
        ColumnKind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Column {
    pub name: String,
    pub kind: ColumnKind,
}

/// The outcome `y` and the columns of a table.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Schema {
    pub outcome: Outcome,
    pub columns: Vec<Column>,
}

impl Schema {
    /// Columns `x1`, `x2`, ..., `g1`, ..., and `t` where there is time.
    pub fn new(outcome: Outcome, reals: usize, groups: usize, time: bool) -> Schema {
        let named = |prefix: &str, count: usize, kind| {
            (1..=count).map(move |i| Column { name: format!("{prefix}{i}"), kind }).collect::<Vec<_>>()
        };
        let mut columns = named("x", reals, ColumnKind::Real);
        columns.extend(named("g", groups, ColumnKind::Group));
        if time {
            columns.push(Column { name: "t".to_string(), kind: ColumnKind::Time });
        }
        Schema { outcome, columns }
    }

    /// A schema of the design distribution: any outcome; one to four predictors more often than many; up to two groups, and time in a
    /// quarter of the tables, whether or not a program will use them.
    pub fn random<R: Rng + ?Sized>(rng: &mut R) -> Schema {
        let outcome = Outcome::ALL[rng.random_range(0..Outcome::ALL.len())];
        let mut reals = 0;
        while reals < 6 && rng.random::<f64>() < 0.7 {
            reals += 1;
        }
        let groups = match rng.random::<f64>() {
            u if u < 0.45 => 0,
            u if u < 0.85 => 1,
            _ => 2,
        };
        Schema::new(outcome, reals, groups, rng.random::<f64>() < 0.25)
    }

    /// Places of the columns of a kind.
    pub fn of_kind(&self, kind: ColumnKind) -> impl Iterator<Item = usize> + '_ {
        self.columns.iter().enumerate().filter(move |(_, column)| column.kind == kind).map(|(place, _)| place)
    }

    pub fn has(&self, kind: ColumnKind) -> bool {
        self.of_kind(kind).next().is_some()
    }
}
