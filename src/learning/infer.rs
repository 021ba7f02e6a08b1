//! Programs for a table, by a network: structures with probabilities, each with its likeliest scales, and what each term is worth.

use super::rounding;
use ppl_corpus::choices::Language;
use ppl_corpus::pair::filter::accept;
use ppl_corpus::pair::raw::{TableUnits, on_raw_table};
use ppl_corpus::pair::table::Table;
use ppl_corpus::{ColumnKind, Derivation, Grammar};
use ppl_grammar::format::{Parentheses, print_program};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spfn_model::baselines::{BicMenu, MenuOptions, with_commonest_grades};
use spfn_model::decode::Proposal;
use spfn_model::example::{TableInput, Unreadable};
use spfn_model::familiar::Surprise;
use spfn_model::terms::{Change, changes};
use spfn_model::{Spfn, SpfnError};
use std::sync::Arc;

/// Why nothing was inferred.
#[derive(Debug, thiserror::Error)]
pub enum InferError {
    #[error(transparent)]
    Network(#[from] SpfnError),
    #[error("a program is not valid: {0}")]
    Program(String),
}

impl From<Unreadable> for InferError {
    fn from(error: Unreadable) -> InferError {
        InferError::Network(SpfnError::Table(error))
    }
}

/// A program for the table as it is written down.
#[derive(Clone, Debug)]
pub struct Inferred {
    pub derivation: Derivation,
    pub summary: String,
    /// In Stan, for raw data.
    pub text: String,
    /// q of the structure.
    pub probability: f64,
    /// q of the structure with the scales that the text has.
    pub with_scales: f64,
    /// Rules that make it.
    pub size: usize,
    /// Whether the training held such programs out: the network has never seen them, and gives them too little.
    pub held_out: bool,
    /// Log q less log prior of the structure: what the table says for it, in nats, up to a constant of the table.
    pub support: f64,
}

/// A table with a network.
pub struct Inference<'n> {
    spfn: &'n Spfn,
    units: TableUnits,
    /// As the network sees it: rounded outcomes with a random last digit.
    raw: Table,
    /// The same in units.
    table: Table,
    step: Option<f64>,
}

/// Programs that are followed side by side at least: a beam that is wider than what is wanted loses less of it.
const BEAM: usize = 32;

impl<'n> Inference<'n> {
    /// Of a table as it is written down. `seed` is that of all that is drawn.
    pub fn new(spfn: &'n Spfn, written: &Table, seed: u64) -> Inference<'n> {
        let (units, step) = (TableUnits::of(written), rounding::step(written));
        let raw = match step {
            Some(step) => rounding::unrounded(written, step, &mut ChaCha8Rng::seed_from_u64(seed)),
            None => written.clone(),
        };
        Inference { spfn, table: units.of_raw(&raw), raw, units, step }
    }

    /// The step to which the outcomes are rounded, where that shows.
    pub fn step(&self) -> Option<f64> {
        self.step
    }

    pub fn units(&self) -> &TableUnits {
        &self.units
    }

    /// The table in units.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// How unlike those of the network's training the table is; `None` where the file of the network does not say what they look like.
    pub fn surprise(&self) -> Option<Surprise> {
        self.spfn.familiar()?.surprise(&self.table)
    }

    fn grammar(&self) -> &'n Grammar {
        self.spfn.grammar()
    }

    fn language(&self) -> Result<Language<'n>, InferError> {
        let outcome = self.table.schema.outcome;
        Ok(Language::new(self.grammar(), &self.table.schema).ok_or(Unreadable::NoProgram(outcome.word()))?)
    }

    /// The likeliest structures.
    ///
    /// # Errors
    /// The network cannot read the table, or the grammar has no program for it.
    pub fn likeliest(&self, count: usize) -> Result<Vec<Inferred>, InferError> {
        let width = BEAM.max(2 * count);
        let found = self.spfn.with(&[&self.table], |decoding| decoding.structures(width, count))?;
        found.into_iter().flatten().map(|own| self.inferred(own)).collect()
    }

    /// Programs drawn from q.
    ///
    /// # Errors
    /// As [`Inference::likeliest`].
    pub fn sample<R: Rng + ?Sized>(&self, count: usize, rng: &mut R) -> Result<Vec<Inferred>, InferError> {
        let drawn = self.spfn.with(&[&self.table], |decoding| {
            let drawn = decoding.sample(count, rng).concat();
            let programs: Vec<Derivation> = drawn.iter().map(|(derivation, _)| derivation.clone()).collect();
            let structures = decoding.score_structures(&[programs]).concat();
            drawn
                .into_iter()
                .zip(structures)
                .map(|((derivation, log_q), log_structure)| Proposal {
                    derivation,
                    log_structure: log_structure.unwrap_or(f64::NEG_INFINITY),
                    log_q,
                })
                .collect::<Vec<_>>()
        })?;
        drawn.into_iter().map(|own| self.inferred(own)).collect()
    }

    /// The best of a menu of 50 programs by BIC, the best first: what a search without a network would propose.
    ///
    /// # Errors
    /// As [`Inference::likeliest`].
    pub fn menu(&self, count: usize) -> Result<Vec<Inferred>, InferError> {
        let menu = BicMenu { grammar: Arc::new(self.grammar().clone()), options: MenuOptions::default() };
        let (mut fits, _) = menu.fits(&self.table).map_err(|error| InferError::Program(error.to_string()))?;
        fits.sort_by(|a, b| a.bic().total_cmp(&b.bic()));
        let graded = fits.iter().take(count).map(|fit| with_commonest_grades(self.grammar(), &fit.structure));
        let programs: Vec<Derivation> = graded.collect();
        let (logs, structures) = self.spfn.with(&[&self.table], |decoding| {
            let programs = [programs.clone()];
            (decoding.score(&programs).concat(), decoding.score_structures(&programs).concat())
        })?;
        let own = programs.into_iter().zip(logs).zip(structures).map(|((derivation, log_q), log_structure)| Proposal {
            derivation,
            log_structure: log_structure.unwrap_or(f64::NEG_INFINITY),
            log_q: log_q.unwrap_or(f64::NEG_INFINITY),
        });
        own.map(|own| self.inferred(own)).collect()
    }

    fn inferred(&self, own: Proposal) -> Result<Inferred, InferError> {
        let (schema, grammar) = (&self.table.schema, self.grammar());
        let canonical = ppl_corpus::program(grammar, schema, &own.derivation).map_err(InferError::Program)?;
        let program = on_raw_table(&canonical.program, schema, &self.units);
        let log_prior = own.derivation.log_probability(&self.language()?).map_or(f64::NAN, |log| log.structure);
        Ok(Inferred {
            summary: ppl_corpus::in_words(grammar, schema, &own.derivation.root),
            text: print_program(&program, Parentheses::Minimal),
            probability: own.log_structure.exp(),
            with_scales: own.log_q.exp(),
            size: own.derivation.size(),
            held_out: self.spfn.holds_out(&own.derivation),
            support: own.log_structure - log_prior,
            derivation: own.derivation,
        })
    }

    /// What each term of a program is worth, and each term of one more column: the log odds of the program with and without it.
    ///
    /// # Errors
    /// As [`Inference::likeliest`].
    pub fn terms(&self, program: &Derivation, seed: u64) -> Result<Vec<TermOdds>, InferError> {
        let language = self.language()?;
        let mut terms = changes(&language, program);
        terms.truncate(MOST_TERMS);
        let both: Vec<Derivation> = terms.iter().flat_map(|term| [term.with.clone(), term.without.clone()]).collect();
        let log_prior =
            |derivation: &Derivation| derivation.log_probability(&language).map_or(f64::NAN, |log| log.structure);
        let priors: Vec<f64> = terms.iter().map(|term| log_prior(&term.with) - log_prior(&term.without)).collect();
        // the table itself, then what was drawn from its rows
        let (sizes, tables) = self.resampled(seed);
        let inputs: Vec<TableInput> =
            tables.iter().map(|table| TableInput::of(&[table], self.spfn.size())).collect::<Result<_, Unreadable>>()?;
        let cases: Vec<(&Language<'_>, &TableInput)> = inputs.iter().map(|input| (&language, input)).collect();
        let scores = self.spfn.decoding(&cases).score_structures(&vec![both; tables.len()]);
        let odds = |table: usize, term: usize| {
            let log = |place: usize| scores[table][place].unwrap_or(f64::NAN);
            log(2 * term) - log(2 * term + 1)
        };
        let one = |(place, term): (usize, &Change)| {
            let factors = |count: usize| -> Vec<f64> {
                let own = (1..tables.len()).filter(|table| sizes[*table] == count);
                own.map(|table| odds(table, place) - priors[place]).collect()
            };
            TermOdds {
                term: ppl_corpus::in_words(self.grammar(), &self.table.schema, &term.node),
                included: term.included,
                log_odds: odds(0, place),
                log_factor: odds(0, place) - priors[place],
                rows: rows_needed(&sizes[1..], self.raw.rows(), odds(0, place) - priors[place], factors),
            }
        };
        Ok(terms.iter().enumerate().map(one).collect())
    }

    /// The table, and tables of some of its rows. With how many rows each has.
    fn resampled(&self, seed: u64) -> (Vec<usize>, Vec<Table>) {
        let rows = self.raw.rows();
        let (mut sizes, mut tables) = (vec![rows], vec![self.table.clone()]);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for share in SHARES {
            let count = (share * rows as f64).round() as usize;
            if count < FEWEST_ROWS {
                continue;
            }
            for _ in 0..DRAWS {
                let raw = self.raw.with_rows(&some_rows(&self.raw, count, &mut rng));
                let table = TableUnits::of(&raw).of_raw(&raw);
                if accept(&table).is_ok() {
                    sizes.push(count);
                    tables.push(table);
                }
            }
        }
        (sizes, tables)
    }
}

/// So many rows of a table, in their order: at random, or where there is time one after the other from a random place.
pub fn some_rows<R: Rng + ?Sized>(table: &Table, count: usize, rng: &mut R) -> Vec<usize> {
    let rows = table.rows();
    if table.schema.has(ColumnKind::Time) {
        let first = rng.random_range(0..=rows - count.min(rows));
        return (first..rows.min(first + count)).collect();
    }
    let mut drawn = rand::seq::index::sample(rng, rows, count.min(rows)).into_vec();
    drawn.sort_unstable();
    drawn
}

/// Terms that are looked at, at most.
const MOST_TERMS: usize = 8;
/// Tables of such a share of the rows are drawn, so many of each size.
const SHARES: [f64; 4] = [0.125, 0.25, 0.5, 0.75];
const DRAWS: usize = 4;
const FEWEST_ROWS: usize = 5;
/// What would take more times the rows is not told.
const MOST_TIMES: usize = 20;
/// A term is seen where the odds of a program with it are so many times what the grammar gives it: strong evidence in the scale of Jeffreys
/// (1961).
const SEEN: f64 = 10.0;

/// What a term is worth.
#[derive(Clone, Debug, PartialEq)]
pub struct TermOdds {
    pub term: String,
    /// Whether the program has it.
    pub included: bool,
    /// Log of q(program with it) by q(program without it).
    pub log_odds: f64,
    /// The same less the log odds of the grammar: a Bayes factor, as the network has learnt it.
    pub log_factor: f64,
    /// Rows of such a table from which on the factor is 10.
    pub rows: Rows,
}

/// How many rows are needed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rows {
    About(usize),
    /// Fewer than the smallest table that was tried.
    Fewer(usize),
    /// More than so many.
    More(usize),
    /// There are too few rows to tell.
    Unknown,
}

/// Rows at which the median of log factors gets to be [`SEEN`]. Where it is seen here: on a line between sizes of tables (of the logarithm). Where it
/// is not: what the factor grows to if each row says as much as those that are there, `a n - ln(n) / 2 + c`, as Bayes factors of one parameter do.
fn rows_needed(sizes: &[usize], rows: usize, here: f64, factors: impl Fn(usize) -> Vec<f64>) -> Rows {
    let mut known: Vec<usize> = sizes.to_vec();
    known.sort_unstable();
    known.dedup();
    let median = |mut x: Vec<f64>| {
        x.retain(|x| x.is_finite());
        x.sort_unstable_by(f64::total_cmp);
        let (below, above) = (x.get(x.len().checked_sub(1)? / 2)?, x.get(x.len() / 2)?);
        Some(0.5 * (below + above))
    };
    let mut curve: Vec<(f64, f64)> =
        known.iter().filter_map(|count| Some((*count as f64, median(factors(*count))?))).collect();
    curve.push((rows as f64, here));
    let seen = SEEN.ln();
    if curve.len() < 2 {
        return Rows::Unknown;
    }
    if here.is_nan() || here < seen {
        return extrapolated(&curve, rows, seen);
    }
    let Some(below) = curve.iter().rposition(|(_, factor)| *factor < seen) else {
        return Rows::Fewer(curve[0].0 as usize);
    };
    let ((count, factor), (next, above)) = (curve[below], curve[below + 1]);
    let share = (seen - factor) / (above - factor);
    Rows::About((count.ln() + share * (next.ln() - count.ln())).exp().round() as usize)
}

/// By least squares over the sizes that were tried.
fn extrapolated(curve: &[(f64, f64)], rows: usize, seen: f64) -> Rows {
    let most = MOST_TIMES * rows;
    let n = curve.len() as f64;
    let grown = |(count, factor): &(f64, f64)| factor + 0.5 * count.ln();
    let (x, y) = (curve.iter().map(|own| own.0).sum::<f64>() / n, curve.iter().map(grown).sum::<f64>() / n);
    let square: f64 = curve.iter().map(|own| (own.0 - x).powi(2)).sum();
    let product: f64 = curve.iter().map(|own| (own.0 - x) * (grown(own) - y)).sum();
    let slope = product / square;
    let there = |count: f64| y + slope * (count - x) - 0.5 * count.ln() >= seen;
    if slope.is_nan() || slope <= 0.0 || !there(most as f64) {
        return Rows::More(most);
    }
    let (mut low, mut high) = (rows as f64, most as f64);
    while high - low > 0.5 {
        let middle = 0.5 * (low + high);
        if there(middle) { high = middle } else { low = middle }
    }
    Rows::About(high.round() as usize)
}

/// Which of some programs no other is both smaller and better than: the Pareto front of size (less is better) and a score (more is better).
pub fn front(programs: &[(usize, f64)]) -> Vec<bool> {
    let beaten = |(place, own): (usize, &(usize, f64))| {
        programs.iter().enumerate().any(|(other, their)| {
            let as_good = their.0 <= own.0 && their.1 >= own.1;
            as_good && (their.0 < own.0 || their.1 > own.1 || other < place)
        })
    };
    programs.iter().enumerate().map(|own| own.1.1.is_finite() && !beaten(own)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_front_has_what_nothing_beats() {
        let programs = [(3, -10.0), (2, -12.0), (4, -9.0), (4, -11.0), (2, -12.0), (5, f64::NAN)];
        assert_eq!(front(&programs), [true, true, true, false, false, false]);
    }

    #[test]
    fn rows_are_where_the_factor_gets_to_be_seen() {
        let curve = |count: usize| vec![(count as f64 / 10.0).ln() * SEEN.ln()];
        // ln(n / 10) is 1 at 27 rows
        let Rows::About(rows) = rows_needed(&[5, 10, 20, 40, 80], 160, curve(160)[0], curve) else { panic!() };
        assert!((rows as f64 - 27.2).abs() < 1.5, "{rows}");
        assert_eq!(rows_needed(&[80, 120], 160, 9.0, |_| vec![5.0]), Rows::Fewer(80));
        // 0.05 n - ln(n) / 2 + 1 is ln 10 at 76 rows
        let grown = |count: usize| vec![0.05 * count as f64 - 0.5 * (count as f64).ln() + 1.0];
        let Rows::About(rows) = rows_needed(&[10, 20, 30], 40, grown(40)[0], grown) else { panic!() };
        assert!((0.05 * rows as f64 - 0.5 * (rows as f64).ln() + 1.0 - SEEN.ln()).abs() < 0.05, "{rows}");
        assert_eq!(
            rows_needed(&[10, 20, 30], 40, -(40.0_f64.ln()), |count| vec![-(count as f64).ln()]),
            Rows::More(800)
        );
    }
}
