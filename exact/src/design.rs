//! Tables of the benchmark: four strata of outcomes, few columns, few rows, nothing missing.

use ppl_corpus::pair::design::DesignOptions;
use ppl_corpus::pair::{Fault, Pair, PairOptions, pair};
use ppl_corpus::{ColumnKind, Grammar, Outcome, Schema};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::RangeInclusive;

/// Outcomes that are modelled alike. Only programs of one outcome compete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stratum {
    Real,
    Count,
    /// Yes and no, and successes among trials.
    Binary,
    Positive,
}

impl Stratum {
    pub const ALL: [Stratum; 4] = [Stratum::Real, Stratum::Count, Stratum::Binary, Stratum::Positive];

    pub fn word(self) -> &'static str {
        match self {
            Stratum::Real => "real",
            Stratum::Count => "count",
            Stratum::Binary => "binary",
            Stratum::Positive => "positive",
        }
    }

    pub fn read(word: &str) -> Option<Stratum> {
        Stratum::ALL.into_iter().find(|stratum| stratum.word() == word)
    }

    /// A schema: two or three predictors, a fifth of them binary; a group in six of ten tables, time in half, used or not.
    pub fn schema<R: Rng + ?Sized>(self, rng: &mut R) -> Schema {
        let outcome = match self {
            Stratum::Real => Outcome::Real,
            Stratum::Count => Outcome::Count,
            Stratum::Binary if rng.random::<f64>() < 0.6 => Outcome::Binary,
            Stratum::Binary => Outcome::Successes,
            Stratum::Positive => Outcome::Positive,
        };
        let predictors = rng.random_range(2..=3_usize);
        let binaries = (0..predictors).filter(|_| rng.random::<f64>() < 0.2).count();
        let counts = [
            (ColumnKind::Real, predictors - binaries),
            (ColumnKind::Binary, binaries),
            (ColumnKind::Group, usize::from(rng.random::<f64>() < 0.6)),
            (ColumnKind::Time, usize::from(rng.random::<f64>() < 0.5)),
        ];
        Schema::with(outcome, &counts)
    }

    /// How pairs of a schema of the stratum are drawn.
    pub fn options(schema: Schema) -> PairOptions {
        let design = DesignOptions { rows: ROWS, missing: 0.0, ..DesignOptions::default() };
        PairOptions { design, schema: Some(schema), ..PairOptions::default() }
    }

    /// Pair number `number` of the stratum, with a schema of its own: a function of `(self, grammar, seed, number)`.
    ///
    /// # Errors
    /// A fault of the grammar.
    pub fn pair(self, grammar: &Grammar, seed: u64, number: u64) -> Result<Pair, Fault> {
        // a pair's own stream is that of the seed: programs must not depend on what chose the schema
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x5eed_0f5c_4e3a_0001);
        rng.set_stream(number);
        pair(grammar, &Stratum::options(self.schema(&mut rng)), seed, number)
    }
}

/// Rows of tables.
pub const ROWS: RangeInclusive<usize> = 5..=64;
