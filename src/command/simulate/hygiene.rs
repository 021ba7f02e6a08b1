//! What simulated data look like: a table, and how often they are no use, and which statement is to blame.
//!
//! A data set is *rejected* where a statement stopped it, *not finite* where a number is NaN, *overflowed* where one is infinite or
//! beyond [`HUGE`], and *degenerate* where all numbers of an observed variable are equal. The statement to blame for numbers is
//! the first one, in the order of the simulator, whose variable has such a number.

use ppl::{Chunk, Column, Rejection, Role};
use serde_json::{Value, json};

/// Larger numbers count as overflow: their squares do, or soon will.
const HUGE: f64 = 1e150;

/// What looks at draws, on any thread.
pub struct Inspector {
    columns: Vec<Column>,
    width: usize,
    /// Positions of the columns in the order in which the simulator draws them, and the statements.
    order: Vec<(usize, Option<Statement>)>,
}

/// Figures of the draws of a chunk, or of many.
pub struct Figures {
    moments: Moments,
    /// For each entry of the order: rows in which it is the first with the fault.
    faults: Vec<[u64; FAULTS.len()]>,
    rows: u64,
    rejected: Vec<Rejection>,
}

/// Collects figures of draws as they come.
pub struct Hygiene<'a> {
    inspector: &'a Inspector,
    total: Figures,
}

/// A line of the simulator.
#[derive(Clone)]
struct Statement {
    line: usize,
    text: String,
}

/// For each number of a draw: how often it was finite, mean, sum of squared deviations, smallest, largest.
struct Moments {
    count: Vec<f64>,
    mean: Vec<f64>,
    squares: Vec<f64>,
    least: Vec<f64>,
    most: Vec<f64>,
}

/// What is wrong with a data set: key and words.
const FAULTS: [(&str, &str); 3] =
    [("not_finite", "is not a number"), ("overflowed", "overflows"), ("degenerate", "is the same number throughout")];

/// Rows of the table.
const SHOWN: usize = 40;

impl Inspector {
    /// For draws of `simulator`, whose quantities are `columns`.
    pub fn new(columns: &[Column], simulator: &str) -> Inspector {
        let mut order: Vec<(usize, Option<Statement>)> =
            columns.iter().enumerate().map(|(at, column)| (at, statement_of(simulator, &column.name))).collect();
        order.sort_by_key(|(_, statement)| statement.as_ref().map_or(0, |s| s.line));
        Inspector { columns: columns.to_vec(), width: columns.iter().map(Column::count).sum(), order }
    }

    fn nothing(&self) -> Figures {
        Figures {
            moments: Moments::new(self.width),
            faults: vec![[0; FAULTS.len()]; self.order.len()],
            rows: 0,
            rejected: Vec::new(),
        }
    }

    /// The figures of a chunk.
    pub fn inspect(&self, chunk: &Chunk) -> Figures {
        let mut figures = self.nothing();
        figures.rejected.clone_from(&chunk.rejections);
        figures.rows = chunk.values.len().checked_div(self.width).unwrap_or(0) as u64;
        let mut rejected = chunk.rejected.iter().copied().peekable();
        for (row, draw) in chunk.values.chunks_exact(self.width.max(1)).enumerate() {
            if rejected.next_if_eq(&row).is_none() {
                self.judge(draw, &mut figures.faults);
            }
        }
        figures.moments = Moments::of(&chunk.values, self.width);
        figures
    }

    /// Counts what is wrong with a draw.
    fn judge(&self, draw: &[f64], faults: &mut [[u64; FAULTS.len()]]) {
        // NaN is not within.
        if !draw.iter().all(|x| x.abs() <= HUGE) {
            self.blame(draw, 0, faults, |_, x| x.iter().any(|x| x.is_nan()));
            self.blame(draw, 1, faults, |_, x| x.iter().any(|x| x.abs() > HUGE));
        }
        self.blame(draw, 2, faults, |column, x| {
            column.role == Role::Observed && x.len() > 1 && x.iter().all(|v| *v == x[0])
        });
    }

    /// Counts the first variable that has a fault.
    fn blame(
        &self,
        draw: &[f64],
        fault: usize,
        faults: &mut [[u64; FAULTS.len()]],
        has: impl Fn(&Column, &[f64]) -> bool,
    ) {
        let columns = &self.columns;
        let first = self.order.iter().position(|&(at, _)| has(&columns[at], columns[at].of(draw)));
        if let Some(first) = first {
            faults[first][fault] += 1;
        }
    }
}

impl Figures {
    fn add(&mut self, more: Figures) {
        self.rows += more.rows;
        self.moments.add(&more.moments);
        for (faults, more) in self.faults.iter_mut().zip(more.faults) {
            faults.iter_mut().zip(more).for_each(|(count, more)| *count += more);
        }
        for rejection in more.rejected {
            match self.rejected.iter_mut().find(|r| r.location == rejection.location) {
                Some(known) => known.count += rejection.count,
                None => self.rejected.push(rejection),
            }
        }
    }
}

impl<'a> Hygiene<'a> {
    pub fn new(inspector: &'a Inspector) -> Hygiene<'a> {
        Hygiene { inspector, total: inspector.nothing() }
    }

    pub fn inspector(&self) -> &'a Inspector {
        self.inspector
    }

    pub fn rows(&self) -> u64 {
        self.total.rows
    }

    /// Adds the figures of the next chunk.
    pub fn add(&mut self, figures: Figures) {
        self.total.add(figures);
    }

    /// The faults that occurred: which, variable, data sets, statement.
    fn found(&self) -> impl Iterator<Item = (usize, &str, u64, Option<&Statement>)> {
        self.total.faults.iter().zip(&self.inspector.order).flat_map(move |(counts, (at, statement))| {
            let name = self.inspector.columns[*at].name.as_str();
            (0..FAULTS.len())
                .filter(move |&fault| counts[fault] > 0)
                .map(move |fault| (fault, name, counts[fault], statement.as_ref()))
        })
    }

    /// The table and what is wrong.
    pub fn report(&self) -> String {
        let mut out = format!("{:<24} {:>12} {:>12} {:>12} {:>12}\n", "", "mean", "sd", "least", "most");
        let mut shown = 0;
        for role in [Role::Parameter, Role::Observed] {
            for column in self.inspector.columns.iter().filter(|c| c.role == role) {
                for k in 0..column.count() {
                    shown += 1;
                    if shown > SHOWN {
                        continue;
                    }
                    let name = if column.dims.is_empty() {
                        column.name.clone()
                    } else {
                        format!("{}{}", column.name, index(column, k))
                    };
                    let (moments, at) = (&self.total.moments, column.first + k);
                    let sd = (moments.squares[at] / (moments.count[at].max(2.0) - 1.0)).sqrt();
                    out.push_str(&format!(
                        "{name:<24} {:>12} {:>12} {:>12} {:>12}\n",
                        number(moments.mean[at]),
                        number(sd),
                        number(moments.least[at]),
                        number(moments.most[at])
                    ));
                }
            }
        }
        if shown > SHOWN {
            out.push_str(&format!("... and {} more\n", shown - SHOWN));
        }
        for (fault, name, count, statement) in self.found() {
            let words = FAULTS[fault].1;
            let blamed = statement.map_or_else(String::new, |s| format!(", drawn by `{}`", s.text));
            out.push_str(&format!("warning: `{name}` {words} in {count} of {} data sets{blamed}\n", self.rows()));
        }
        for Rejection { count, message, .. } in &self.total.rejected {
            out.push_str(&format!("warning: {count} of {} data sets were rejected: {message}\n", self.rows()));
        }
        out
    }

    /// What is wrong, for programs: counts of data sets.
    pub fn json(&self, simulator: &str) -> Value {
        let mut out = json!({ "data_sets": self.rows() });
        for (fault, (key, _)) in FAULTS.iter().enumerate() {
            let one = |(_, name, count, statement): (usize, &str, u64, Option<&Statement>)| {
                json!({
                    "variable": name,
                    "count": count,
                    "line": statement.map(|s| s.line),
                    "statement": statement.map(|s| s.text.as_str()),
                })
            };
            out[*key] = self.found().filter(|found| found.0 == fault).map(one).collect();
        }
        let one = |r: &Rejection| {
            let line = r.location.as_ref().map(|l| l.line);
            let statement = line.and_then(|line| simulator.lines().nth(line - 1)).map(str::trim);
            json!({ "count": r.count, "line": line, "statement": statement, "message": r.message })
        };
        out["rejected"] = self.total.rejected.iter().map(one).collect();
        out
    }
}

impl Moments {
    fn new(width: usize) -> Moments {
        Moments {
            count: vec![0.0; width],
            mean: vec![0.0; width],
            squares: vec![0.0; width],
            least: vec![f64::INFINITY; width],
            most: vec![f64::NEG_INFINITY; width],
        }
    }

    /// Of draws, row by row, in loops without branches or divisions.
    fn of(values: &[f64], width: usize) -> Moments {
        let mut out = Moments::new(width);
        for draw in values.chunks_exact(width.max(1)) {
            for (k, &x) in draw.iter().enumerate() {
                let finite = x.is_finite();
                let x = if finite { x } else { 0.0 };
                out.count[k] += f64::from(u8::from(finite));
                out.mean[k] += x;
                out.least[k] = if finite && x < out.least[k] { x } else { out.least[k] };
                out.most[k] = if finite && x > out.most[k] { x } else { out.most[k] };
            }
        }
        out.mean.iter_mut().zip(&out.count).for_each(|(mean, count)| *mean /= count.max(1.0));
        for draw in values.chunks_exact(width.max(1)) {
            for (k, &x) in draw.iter().enumerate() {
                let step = if x.is_finite() { x - out.mean[k] } else { 0.0 };
                out.squares[k] += step * step;
            }
        }
        out
    }

    /// Both together (Chan, Golub & LeVeque 1979).
    fn add(&mut self, more: &Moments) {
        for (k, &added) in more.count.iter().enumerate() {
            let total = self.count[k] + added;
            let share = added / total.max(1.0);
            let step = more.mean[k] - self.mean[k];
            self.squares[k] += more.squares[k] + step * step * self.count[k] * share;
            self.mean[k] += step * share;
            self.count[k] = total;
            self.least[k] = self.least[k].min(more.least[k]);
            self.most[k] = self.most[k].max(more.most[k]);
        }
    }
}

/// The statement that draws a variable: the first that assigns to it.
fn statement_of(simulator: &str, name: &str) -> Option<Statement> {
    let assigns = |line: &str| {
        let line = line.trim_start();
        let Some(rest) = line.strip_prefix(name).map(|rest| rest.strip_prefix("_sim").unwrap_or(rest)) else {
            return false;
        };
        rest.starts_with([' ', '[']) && rest.contains(" = ")
    };
    let (at, line) = simulator.lines().enumerate().find(|(_, line)| assigns(line))?;
    Some(Statement { line: at + 1, text: line.trim().to_owned() })
}

/// `[2,1]` of number `k`, counted with the first index fastest.
fn index(column: &Column, mut k: usize) -> String {
    let mut indices = Vec::new();
    for &size in &column.dims {
        indices.push((k % size.max(1) + 1).to_string());
        k /= size.max(1);
    }
    format!("[{}]", indices.join(","))
}

fn number(x: f64) -> String {
    match x.abs() {
        a if !x.is_finite() => format!("{}", if a.is_nan() { f64::NAN } else { x }),
        a if a != 0.0 && !(1e-3..1e6).contains(&a) => format!("{x:.3e}"),
        _ => format!("{x:.4}"),
    }
}
