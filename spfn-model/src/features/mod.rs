//! What a table shows: numbers of the outcome, of every column, and of the outcome with every column, from all rows.
//!
//! They do not depend on the order of rows (unless there is time, where rows are in order), nor on how groups are numbered; columns that
//! change places change only the places of their numbers. Every number is finite and between -3 and 3 ([`squash`]).

mod along;
mod cholesky;
mod column;
mod fitted;
mod levels;
mod moments;
mod outcome;
mod pair;
mod ranks;
mod regression;
mod response;
mod serial;
mod sheet;
mod statistics;

use column::ColumnStatistics;
use fitted::Fitted;
use outcome::OutcomeStatistics;
use pair::PairStatistics;
use ppl_corpus::pair::table::Table;
use ranks::Order;
use regression::Products;
use response::Response;
use sheet::Sheet;

pub use statistics::{LIMIT, squash};

/// How many numbers there are of an outcome.
pub const OUTCOME: usize = OutcomeStatistics::NAMES.len();
/// How many numbers there are of a column.
pub const COLUMN: usize = ColumnStatistics::NAMES.len();
/// How many numbers there are of the outcome and a column.
pub const PAIR: usize = PairStatistics::NAMES.len();

/// Names of the numbers of an outcome.
pub const OUTCOME_NAMES: [&str; OUTCOME] = OutcomeStatistics::NAMES;
/// Names of the numbers of a column.
pub const COLUMN_NAMES: [&str; COLUMN] = ColumnStatistics::NAMES;
/// Names of the numbers of the outcome and a column.
pub const PAIR_NAMES: [&str; PAIR] = PairStatistics::NAMES;

/// The numbers of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    pub outcome: [f32; OUTCOME],
    /// As in the schema.
    pub columns: Vec<[f32; COLUMN]>,
    /// As in the schema.
    pub pairs: Vec<[f32; PAIR]>,
}

impl Features {
    /// The numbers of a table of any size. Rows without an outcome count for columns alone; in regressions, a missing cell of a column
    /// is the mean of the others.
    pub fn of(table: &Table) -> Features {
        let columns = table.columns.len();
        let sheet = Sheet::of(table);
        let own = ColumnStatistics::all(&sheet, columns);
        let (outcome, pairs) = match sheet.rows() {
            // nothing to be said about an outcome that is not there
            0 | 1 => (OutcomeStatistics::default(), vec![PairStatistics::default(); columns]),
            rows => {
                let response = Response::of(&sheet);
                let products = Products::of(&sheet, &response);
                let fitted = Fitted::new(&products);
                let order = Order::of(&response.scores);
                let outcome = OutcomeStatistics::of(&fitted, columns, &order);
                (outcome, PairStatistics::all(&fitted, columns, order.midranks(rows)))
            }
        };
        Features {
            outcome: outcome.squashed(),
            columns: own.iter().map(ColumnStatistics::squashed).collect(),
            pairs: pairs.iter().map(PairStatistics::squashed).collect(),
        }
    }
}
