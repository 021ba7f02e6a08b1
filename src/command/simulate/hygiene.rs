//! What simulated data look like: a table, and how often they are not finite, and where that begins.

use ppl::{Chunk, Column, Role};

/// Collects figures of draws as they come.
pub struct Hygiene {
    columns: Vec<Column>,
    /// For each number: count, mean and sum of squared deviations (Welford), smallest, largest.
    moments: Vec<Moments>,
    /// For each column: rows in which it is the first that is not finite.
    not_finite: Vec<u64>,
    rows: u64,
    rejected: u64,
    message: Option<String>,
}

#[derive(Clone, Copy)]
struct Moments {
    count: u64,
    mean: f64,
    squares: f64,
    least: f64,
    most: f64,
}

/// Rows of the table.
const SHOWN: usize = 40;

impl Hygiene {
    pub fn new(columns: &[Column]) -> Hygiene {
        let width = columns.iter().map(Column::count).sum();
        let none = Moments { count: 0, mean: 0.0, squares: 0.0, least: f64::INFINITY, most: f64::NEG_INFINITY };
        Hygiene {
            columns: columns.to_vec(),
            moments: vec![none; width],
            not_finite: vec![0; columns.len()],
            rows: 0,
            rejected: 0,
            message: None,
        }
    }

    pub fn rows(&self) -> u64 {
        self.rows
    }

    pub fn add(&mut self, chunk: &Chunk, width: usize) {
        let rows = chunk.values.len().checked_div(width).unwrap_or(0);
        self.rejected += chunk.rejected.len() as u64;
        self.message = self.message.take().or_else(|| chunk.message.clone());
        for row in 0..rows {
            self.rows += 1;
            if chunk.rejected.binary_search(&row).is_ok() {
                continue;
            }
            let draw = &chunk.values[row * width..(row + 1) * width];
            if let Some(at) = self.columns.iter().position(|c| c.of(draw).iter().any(|x| !x.is_finite())) {
                self.not_finite[at] += 1;
            }
            for (moments, &x) in self.moments.iter_mut().zip(draw) {
                if x.is_finite() {
                    moments.count += 1;
                    let step = x - moments.mean;
                    moments.mean += step / moments.count as f64;
                    moments.squares += step * (x - moments.mean);
                    moments.least = moments.least.min(x);
                    moments.most = moments.most.max(x);
                }
            }
        }
    }

    /// The table and what is wrong. `simulator` is the program that drew.
    pub fn report(&self, simulator: &str) -> String {
        let mut out = format!("{:<24} {:>12} {:>12} {:>12} {:>12}\n", "", "mean", "sd", "least", "most");
        let mut shown = 0;
        for role in [Role::Parameter, Role::Observed] {
            for column in self.columns.iter().filter(|c| c.role == role) {
                for (k, moments) in self.moments[column.first..column.first + column.count()].iter().enumerate() {
                    shown += 1;
                    if shown > SHOWN {
                        continue;
                    }
                    let name = if column.dims.is_empty() {
                        column.name.clone()
                    } else {
                        format!("{}{}", column.name, index(column, k))
                    };
                    let sd = (moments.squares / (moments.count.max(2) - 1) as f64).sqrt();
                    out.push_str(&format!(
                        "{name:<24} {:>12} {:>12} {:>12} {:>12}\n",
                        number(moments.mean),
                        number(sd),
                        number(moments.least),
                        number(moments.most)
                    ));
                }
            }
        }
        if shown > SHOWN {
            out.push_str(&format!("... and {} more\n", shown - SHOWN));
        }
        for (column, &count) in self.columns.iter().zip(&self.not_finite) {
            if count > 0 {
                let statement = statement_of(simulator, &column.name);
                out.push_str(&format!(
                    "warning: `{}` is not finite in {count} of {} data sets{statement}\n",
                    column.name, self.rows
                ));
            }
        }
        if self.rejected > 0 {
            let message = self.message.as_deref().unwrap_or("rejected");
            out.push_str(&format!("warning: {} of {} data sets were rejected: {message}\n", self.rejected, self.rows));
        }
        out
    }
}

/// The statement that draws a variable.
fn statement_of(simulator: &str, name: &str) -> String {
    let assigns = |line: &str| {
        let line = line.trim_start();
        let Some(rest) = line.strip_prefix(name).map(|rest| rest.strip_prefix("_sim").unwrap_or(rest)) else {
            return false;
        };
        rest.starts_with([' ', '[']) && rest.contains(" = ")
    };
    simulator
        .lines()
        .find(|line| assigns(line))
        .map_or_else(String::new, |line| format!(", drawn by `{}`", line.trim()))
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
