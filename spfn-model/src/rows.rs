//! What the encoder sees of the rows of a table: a token for each cell, with the outcome beside it.
//!
//! The numbers of groups are never seen: a row has what its group has in common, so names of groups mean nothing. Nor does the order of rows, where there
//! is no time. Where a table has more rows than fit, whole groups are taken, or blocks of time, or rows evenly spread by outcome.

use ppl_corpus::pair::table::{MISSING, Table, Values};
use ppl_corpus::{ColumnKind, Outcome};
use std::cmp::Ordering;

/// Numbers of a token: those of the row, then which kind of outcome and of column it is.
pub const CELL: usize = OF_ROW + Outcome::ALL.len() + ColumnKind::ALL.len();
const OF_ROW: usize = 18;

/// Tokens of a table: one for each row of the outcome and of each column.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    pub rows: usize,
    /// Outcome first, then columns; `rows` tokens each.
    pub cells: Vec<[f32; CELL]>,
}

impl Rows {
    /// Tokens of `most` rows at most, of columns in this order.
    pub fn of(table: &Table, columns: &[usize], most: usize) -> Rows {
        let seen = Seen::of(table);
        let rows = chosen(table, &seen, columns, most);
        let mut cells = Vec::with_capacity(rows.len() * (1 + columns.len()));
        for column in std::iter::once(None).chain(columns.iter().copied().map(Some)) {
            cells.extend(rows.iter().map(|&row| seen.cell(table, column, row)));
        }
        Rows { rows: rows.len(), cells }
    }
}

/// A table in numbers of about 1.
struct Seen {
    /// NaN where missing.
    y: Vec<f32>,
    /// Normal scores of the ranks.
    scores: Vec<f32>,
    /// Columns; NaN where missing, 0 for groups.
    x: Vec<Vec<f32>>,
    /// For each group column, each row's group: mean score of the outcome, and log size.
    groups: Vec<Option<Vec<(f32, f32)>>>,
    /// Mean over the group columns of the mean of a column in the row's group.
    means: Vec<Vec<f32>>,
    /// The place of each row in time, if there is time.
    time: Option<Vec<f32>>,
}

impl Seen {
    fn of(table: &Table) -> Seen {
        let y = outcome(table);
        let scores = normal_scores(&y);
        let x: Vec<Vec<f32>> = (0..table.columns.len()).map(|column| values(table, column)).collect();
        let members: Vec<Option<&[i32]>> = table
            .schema
            .columns
            .iter()
            .zip(&table.columns)
            .map(|(column, values)| match (column.kind, values) {
                (ColumnKind::Group, Values::Int(members)) => Some(members.as_slice()),
                _ => None,
            })
            .collect();
        let groups = members.iter().zip(&table.levels).map(|(members, &levels)| {
            let members = (*members)?;
            let (means, sizes) = group_means(&scores, members, levels);
            Some(members.iter().map(|&g| at(&means, &sizes, g)).collect())
        });
        let groups = groups.collect();
        let means = x.iter().map(|x| {
            let mut sum = vec![0.0; table.rows()];
            let mut count = 0.0;
            for (members, &levels) in members.iter().zip(&table.levels) {
                let Some(members) = members else { continue };
                let (means, sizes) = group_means(x, members, levels);
                sum.iter_mut().zip(*members).for_each(|(sum, &g)| *sum += at(&means, &sizes, g).0);
                count += 1.0;
            }
            sum.iter_mut().for_each(|sum| *sum /= f32::max(count, 1.0));
            sum
        });
        let means = means.collect();
        let time = table.schema.of_kind(ColumnKind::Time).next().map(|place| x[place].clone());
        Seen { y, scores, x, groups, means, time }
    }

    fn cell(&self, table: &Table, column: Option<usize>, row: usize) -> [f32; CELL] {
        let present = |x: f32| if x.is_nan() { (0.0, 1.0) } else { (x, 0.0) };
        let (y, no_y) = present(self.y[row]);
        let (x, no_x) = column.map_or((0.0, 0.0), |column| present(self.x[column][row]));
        let own = column.and_then(|column| self.groups[column].as_ref()).map(|groups| groups[row]);
        let of_groups = || {
            let all: Vec<f32> = self.groups.iter().flatten().map(|groups| groups[row].0).collect();
            all.iter().sum::<f32>() / (all.len() as f32).max(1.0)
        };
        let before = self.time.is_some() && row > 0;
        let (last, no_last) = if before { present(self.scores[row - 1]) } else { (0.0, 0.0) };
        let last_x = match column {
            Some(column) if before => present(self.x[column][row - 1]).0,
            _ => 0.0,
        };
        let mut cell = [0.0; CELL];
        cell[OF_ROW + table.schema.outcome as usize] = 1.0;
        if let Some(column) = column {
            cell[OF_ROW + Outcome::ALL.len() + table.schema.columns[column].kind as usize] = 1.0;
        }
        cell[0] = x;
        cell[1] = no_x;
        cell[2] = y;
        cell[3] = no_y;
        cell[4] = present(self.scores[row]).0;
        cell[5] = x * cell[4];
        cell[6] = x * x;
        cell[7] = own.map_or_else(of_groups, |own| own.0);
        cell[8] = own.map_or(0.0, |own| own.1);
        cell[9] = column.map_or(0.0, |column| self.means[column][row]);
        cell[10] = last;
        cell[11] = f32::from(before) - no_last;
        cell[12] = last_x;
        cell[13] = self.time.as_ref().map_or(0.0, |time| present(time[row]).0);
        // the first categories, or whether a count is 0
        if let (Values::Int(y), true) = (&table.outcome, no_y == 0.0) {
            let first = i32::from(table.schema.outcome.has_categories());
            if let Some(flag) = usize::try_from(y[row] - first).ok().filter(|place| *place < 4) {
                cell[14 + flag] = 1.0;
            }
        }
        cell
    }
}

/// The outcome on a scale where what families have in common looks alike.
fn outcome(table: &Table) -> Vec<f32> {
    let trials = table.schema.of_kind(ColumnKind::Trials).next().map(|place| &table.columns[place]);
    let one = |row: usize, y: f64| match table.schema.outcome {
        Outcome::Real => y.asinh(),
        Outcome::Positive => y.max(1e-12).ln().clamp(-10.0, 10.0),
        Outcome::Bounded => 0.5 * (y.clamp(1e-6, 1.0 - 1e-6) / (1.0 - y).clamp(1e-6, 1.0)).ln(),
        Outcome::Angle => y,
        Outcome::Count => 0.5 * y.ln_1p(),
        Outcome::Successes => match trials {
            Some(Values::Int(n)) => 0.5 * ((y + 0.5) / (f64::from(n[row]) - y + 0.5).max(0.5)).ln(),
            _ => 0.0,
        },
        Outcome::Binary => 2.0 * y - 1.0,
        Outcome::Ordinal | Outcome::Categorical => 2.0 * (y - 1.0) / (table.categories.max(2) - 1) as f64 - 1.0,
    };
    numbers(&table.outcome).enumerate().map(|(row, y)| if y.is_nan() { f32::NAN } else { one(row, y) as f32 }).collect()
}

fn values(table: &Table, column: usize) -> Vec<f32> {
    let levels = table.levels[column].max(2);
    let one = |x: f64| match table.schema.columns[column].kind {
        ColumnKind::Real | ColumnKind::Time => x.asinh(),
        ColumnKind::Binary => 2.0 * x - 1.0,
        ColumnKind::Ordinal => 2.0 * (x - 1.0) / (levels - 1) as f64 - 1.0,
        ColumnKind::Trials => 0.5 * x.max(0.0).ln_1p(),
        ColumnKind::Group => 0.0 * x,
    };
    numbers(&table.columns[column]).map(|x| one(x) as f32).collect()
}

/// Cells as numbers, NaN where missing.
fn numbers(values: &Values) -> Box<dyn Iterator<Item = f64> + '_> {
    match values {
        Values::Real(x) => Box::new(x.iter().copied()),
        Values::Int(x) => Box::new(x.iter().map(|x| if *x == MISSING { f64::NAN } else { f64::from(*x) })),
    }
}

/// Quantiles of the normal distribution at the mean ranks; the approximation of Bowling et al. (2009), inverted.
fn normal_scores(y: &[f32]) -> Vec<f32> {
    let mut order: Vec<usize> = (0..y.len()).filter(|&row| !y[row].is_nan()).collect();
    order.sort_unstable_by(|&a, &b| y[a].total_cmp(&y[b]));
    let mut scores = vec![f32::NAN; y.len()];
    let n = order.len() as f32;
    let mut from = 0;
    while from < order.len() {
        let tied = order[from..].iter().take_while(|&&row| y[row] == y[order[from]]).count();
        let p = (from as f32 + 0.5 * tied as f32) / n;
        let score = (p / (1.0 - p)).ln() / 1.702;
        order[from..from + tied].iter().for_each(|&row| scores[row] = score);
        from += tied;
    }
    scores
}

/// Means and sizes of groups 1, 2, ..., over the rows that have the value.
fn group_means(x: &[f32], members: &[i32], levels: usize) -> (Vec<f32>, Vec<f32>) {
    let (mut sums, mut sizes) = (vec![0.0; levels], vec![0.0; levels]);
    for (x, g) in x.iter().zip(members).filter(|(x, _)| !x.is_nan()) {
        if let Some(place) = usize::try_from(g - 1).ok().filter(|place| *place < levels) {
            sums[place] += x;
            sizes[place] += 1.0;
        }
    }
    sums.iter_mut().zip(&sizes).for_each(|(sum, size)| *sum /= f32::max(*size, 1.0));
    (sums, sizes)
}

/// The mean and the log size of a group; a row without one is alone.
fn at(means: &[f32], sizes: &[f32], g: i32) -> (f32, f32) {
    match usize::try_from(g.wrapping_sub(1)).ok().filter(|place| *place < means.len()) {
        Some(place) => (means[place], 0.5 * sizes[place].ln_1p()),
        None => (0.0, 0.0),
    }
}

/// Which rows are looked at, in their order.
fn chosen(table: &Table, seen: &Seen, columns: &[usize], most: usize) -> Vec<usize> {
    let rows = table.rows();
    if rows <= most {
        return (0..rows).collect();
    }
    if seen.time.is_some() {
        return blocks(rows, most);
    }
    let group = columns.iter().copied().filter(|&c| seen.groups[c].is_some()).max_by_key(|&c| table.levels[c]);
    if let Some(Values::Int(members)) = group.map(|place| &table.columns[place]) {
        return whole_groups(members, seen, columns, most);
    }
    let mut order: Vec<usize> = (0..rows).collect();
    order.sort_by(|&a, &b| by_content(seen, columns, a, b));
    let mut rows: Vec<usize> = (0..most).map(|i| order[i * rows / most]).collect();
    rows.sort_unstable();
    rows
}

/// Two blocks of neighbours, at the ends.
fn blocks(rows: usize, most: usize) -> Vec<usize> {
    let first = most / 2;
    (0..first).chain(rows - (most - first)..rows).collect()
}

/// Groups, spread evenly by the mean of their outcomes, as many as fit; of a group that does not, as many rows as do.
fn whole_groups(members: &[i32], seen: &Seen, columns: &[usize], most: usize) -> Vec<usize> {
    let mut groups: Vec<(f32, Vec<usize>)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for (row, g) in members.iter().enumerate() {
        let place = *places.entry(*g).or_insert_with(|| {
            groups.push((0.0, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(row);
    }
    for (mean, rows) in &mut groups {
        rows.sort_by(|&a, &b| by_content(seen, columns, a, b));
        let present = rows.iter().map(|&row| seen.scores[row]).filter(|y| !y.is_nan());
        *mean = present.sum::<f32>() / rows.len() as f32;
    }
    groups.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.len().cmp(&b.1.len())));
    // every other one first, so that what fits is spread over all
    let spread = (0..groups.len()).step_by(2).chain((1..groups.len()).step_by(2));
    let mut rows = Vec::with_capacity(most);
    for place in spread {
        let room = most - rows.len();
        rows.extend(groups[place].1.iter().take(room));
    }
    rows.sort_unstable();
    rows
}

/// An order of rows that does not depend on where they stand.
fn by_content(seen: &Seen, columns: &[usize], a: usize, b: usize) -> Ordering {
    let cells = columns.iter().map(|&c| seen.x[c][a].total_cmp(&seen.x[c][b]));
    let groups = columns.iter().filter_map(|&c| seen.groups[c].as_ref()).map(|g| g[a].0.total_cmp(&g[b].0));
    let mut all = std::iter::once(seen.y[a].total_cmp(&seen.y[b])).chain(cells).chain(groups);
    all.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}
