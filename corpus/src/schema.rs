//! What a table has, without its numbers.

use rand::{Rng, RngExt};

/// The kind of the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// Any number; in units of about its spread.
    Real,
    /// Above 0; in units of about its median.
    Positive,
    /// Between 0 and 1.
    Bounded,
    /// An angle between -pi and pi.
    Angle,
    /// 0, 1, 2, ...
    Count,
    /// How many of the trials of the row succeeded: the table has a column of [`ColumnKind::Trials`].
    Successes,
    /// 0 or 1.
    Binary,
    /// 1 to K, in order.
    Ordinal,
    /// 1 to K, in no order.
    Categorical,
}

impl Outcome {
    pub const ALL: [Outcome; 9] = [
        Outcome::Real,
        Outcome::Positive,
        Outcome::Bounded,
        Outcome::Angle,
        Outcome::Count,
        Outcome::Successes,
        Outcome::Binary,
        Outcome::Ordinal,
        Outcome::Categorical,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Outcome::Real => "real",
            Outcome::Positive => "positive",
            Outcome::Bounded => "bounded",
            Outcome::Angle => "angle",
            Outcome::Count => "count",
            Outcome::Successes => "successes",
            Outcome::Binary => "binary",
            Outcome::Ordinal => "ordinal",
            Outcome::Categorical => "categorical",
        }
    }

    pub fn read(word: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.word() == word)
    }

    /// Whether its values are whole numbers in the program.
    pub fn is_int(self) -> bool {
        !matches!(self, Outcome::Real | Outcome::Positive | Outcome::Bounded | Outcome::Angle)
    }

    /// Whether the program has a number `K` of categories.
    pub fn has_categories(self) -> bool {
        matches!(self, Outcome::Ordinal | Outcome::Categorical)
    }

    /// How often a table of the design distribution has it.
    fn weight(self) -> f64 {
        match self {
            Outcome::Real => 6.0,
            Outcome::Positive | Outcome::Count | Outcome::Binary => 3.0,
            Outcome::Bounded | Outcome::Successes | Outcome::Ordinal | Outcome::Categorical => 1.0,
            Outcome::Angle => 0.5,
        }
    }
}

/// The kind of a column beside the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ColumnKind {
    /// A standardised number.
    Real,
    /// 0 or 1.
    Binary,
    /// Which of several groups a row belongs to.
    Group,
    /// 1 to the number of levels, in order.
    Ordinal,
    /// The place of the row in time, standardised; rows are in order.
    Time,
    /// The number of trials of the row.
    Trials,
}

impl ColumnKind {
    pub const ALL: [ColumnKind; 6] = [
        ColumnKind::Real,
        ColumnKind::Binary,
        ColumnKind::Group,
        ColumnKind::Ordinal,
        ColumnKind::Time,
        ColumnKind::Trials,
    ];

    pub fn word(self) -> &'static str {
        match self {
            ColumnKind::Real => "real",
            ColumnKind::Binary => "binary",
            ColumnKind::Group => "group",
            ColumnKind::Ordinal => "ordinal",
            ColumnKind::Time => "time",
            ColumnKind::Trials => "trials",
        }
    }

    pub fn read(word: &str) -> Option<ColumnKind> {
        ColumnKind::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// What names of such columns begin with.
    pub fn prefix(self) -> &'static str {
        match self {
            ColumnKind::Real => "x",
            ColumnKind::Binary => "b",
            ColumnKind::Group => "g",
            ColumnKind::Ordinal => "o",
            ColumnKind::Time => "t",
            ColumnKind::Trials => "n",
        }
    }

    /// Whether its values are 1 to a number of levels.
    pub fn has_levels(self) -> bool {
        matches!(self, ColumnKind::Group | ColumnKind::Ordinal)
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
    /// In the order of [`ColumnKind`].
    pub columns: Vec<Column>,
}

impl Schema {
    /// Columns `x1`, `x2`, ..., `g1`, ..., and `t` where there is time.
    pub fn new(outcome: Outcome, reals: usize, groups: usize, time: bool) -> Schema {
        Schema::with(
            outcome,
            &[(ColumnKind::Real, reals), (ColumnKind::Group, groups), (ColumnKind::Time, time.into())],
        )
    }

    /// So many columns of each kind: `x1`, `x2`, ..., `b1`, ..., `g1`, ..., `o1`, ...; time is `t`. Trials, `n`, are there
    /// where the outcome needs them.
    pub fn with(outcome: Outcome, counts: &[(ColumnKind, usize)]) -> Schema {
        let mut columns = Vec::new();
        for kind in ColumnKind::ALL {
            let count: usize = match kind {
                ColumnKind::Trials => (outcome == Outcome::Successes).into(),
                _ => counts.iter().filter(|(own, _)| *own == kind).map(|(_, count)| count).sum(),
            };
            for number in 1..=count {
                let name = match kind {
                    ColumnKind::Time | ColumnKind::Trials => kind.prefix().to_string(),
                    _ => format!("{}{number}", kind.prefix()),
                };
                columns.push(Column { name, kind });
            }
        }
        Schema { outcome, columns }
    }

    /// A schema of the design distribution, for the outcomes that `possible` admits: one to four predictors more often than many; up
    /// to two groups, an ordinal predictor in a tenth, and time in a quarter of the tables, whether or not a program will use them.
    ///
    /// # Panics
    /// No outcome is possible.
    pub fn random<R: Rng + ?Sized>(rng: &mut R, possible: impl Fn(Outcome) -> bool) -> Schema {
        let weights = Outcome::ALL.map(|outcome| if possible(outcome) { outcome.weight() } else { 0.0 });
        let mut left = rng.random::<f64>() * weights.iter().sum::<f64>();
        let drawn = weights.iter().position(|weight| {
            left -= weight;
            left < 0.0
        });
        let outcome = Outcome::ALL[drawn.or(weights.iter().rposition(|w| *w > 0.0)).expect("an outcome")];
        let (mut reals, mut binaries) = (0, 0);
        while reals + binaries < 6 && rng.random::<f64>() < 0.7 {
            match rng.random::<f64>() < 0.8 {
                true => reals += 1,
                false => binaries += 1,
            }
        }
        let groups = match rng.random::<f64>() {
            u if u < 0.45 => 0,
            u if u < 0.85 => 1,
            _ => 2,
        };
        let ordinals = usize::from(rng.random::<f64>() < 0.1);
        let time = usize::from(rng.random::<f64>() < 0.25);
        let counts = [
            (ColumnKind::Real, reals),
            (ColumnKind::Binary, binaries),
            (ColumnKind::Group, groups),
            (ColumnKind::Ordinal, ordinals),
            (ColumnKind::Time, time),
        ];
        Schema::with(outcome, &counts)
    }

    /// Places of the columns of a kind.
    pub fn of_kind(&self, kind: ColumnKind) -> impl Iterator<Item = usize> + '_ {
        self.columns.iter().enumerate().filter(move |(_, column)| column.kind == kind).map(|(place, _)| place)
    }

    pub fn has(&self, kind: ColumnKind) -> bool {
        self.of_kind(kind).next().is_some()
    }
}
