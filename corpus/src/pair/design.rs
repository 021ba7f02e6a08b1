//! The design distribution: sizes, columns and what is missing, drawn before there is a program.
//!
//! Real columns are a Gaussian copula over a random acyclic graph (each column may depend on earlier ones), with marginals of the shapes
//! that tables have: normal, uniform, skewed, heavy-tailed, or a few values as in experiments. They are then standardised, as they are in
//! the table that a network sees. Groups are balanced or not, crossed or nested, blocks or scattered.

use super::table::{self, Values};
use crate::schema::{ColumnKind, Schema};
use ppl_runtime::data::RawData;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, Poisson, StandardNormal, StudentT};
use std::ops::RangeInclusive;

/// Bounds of the design distribution.
#[derive(Clone, Debug, PartialEq)]
pub struct DesignOptions {
    /// Rows of a table, log-uniform.
    pub rows: RangeInclusive<usize>,
    /// Tables have so many columns beside the outcome at most: the distribution of schemas, given that.
    pub columns: usize,
    /// Half of the tables lose cells: up to this share of real columns and outcomes, at random.
    pub missing: f64,
}

impl Default for DesignOptions {
    fn default() -> Self {
        DesignOptions { rows: 5..=2000, columns: 12, missing: 0.2 }
    }
}

/// What a column is in the graph of causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CausalRole {
    Treatment,
    /// A cause of the treatment.
    Confounder,
    /// An effect of the treatment.
    Mediator,
    /// An effect of the treatment and of something else.
    Collider,
}

impl CausalRole {
    pub fn word(self) -> &'static str {
        match self {
            CausalRole::Treatment => "treatment",
            CausalRole::Confounder => "confounder",
            CausalRole::Mediator => "mediator",
            CausalRole::Collider => "collider",
        }
    }
}

/// Everything about a table but its outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    pub rows: usize,
    pub columns: Vec<Values>,
    /// Levels of each column that has them, else 0.
    pub levels: Vec<usize>,
    /// Categories of the outcome, 0 where it has none.
    pub categories: usize,
    /// Edges from cause to effect, places of columns.
    pub causes: Vec<(usize, usize)>,
    pub roles: Vec<Option<CausalRole>>,
    /// Cells that will be missing: column (`None` for the outcome) and row.
    pub missing: Vec<(Option<usize>, usize)>,
}

impl Design {
    /// Sizes and columns, as data of programs.
    pub fn data(&self, schema: &Schema) -> RawData {
        let rows = RawData::new().int("N", self.rows as i32);
        table::with_columns(rows, schema, &self.columns, &self.levels, self.categories)
    }

    /// A design for a schema.
    pub fn random<R: Rng + ?Sized>(schema: &Schema, options: &DesignOptions, rng: &mut R) -> Design {
        let (low, high) = (*options.rows.start() as f64, *options.rows.end() as f64);
        let rows = (low * (high / low).powf(rng.random::<f64>())).round() as usize;
        Design::with_rows(schema, rows, options.missing, rng)
    }

    /// A design of so many rows.
    pub fn with_rows<R: Rng + ?Sized>(schema: &Schema, rows: usize, missing: f64, rng: &mut R) -> Design {
        let count = schema.columns.len();
        let mut design = Design {
            rows,
            columns: Vec::with_capacity(count),
            levels: vec![0; count],
            categories: if schema.outcome.has_categories() { rng.random_range(3..=5) } else { 0 },
            causes: Vec::new(),
            roles: vec![None; count],
            missing: Vec::new(),
        };
        design.groups(schema, rng);
        let scores = design.scores(schema, rng);
        for (place, column) in schema.columns.iter().enumerate() {
            let values = match column.kind {
                ColumnKind::Real => Values::Real(real(&scores[place], rng)),
                ColumnKind::Binary => {
                    let cut = 0.8 * normal(rng).clamp(-1.2, 1.2);
                    Values::Real(scores[place].iter().map(|z| f64::from(*z > cut)).collect())
                }
                ColumnKind::Ordinal => {
                    design.levels[place] = rng.random_range(3..=6);
                    Values::Int(ordinal(&scores[place], design.levels[place]))
                }
                ColumnKind::Time => Values::Real(time(rows, rng)),
                ColumnKind::Trials => Values::Int(trials(rows, rng)),
                ColumnKind::Group => continue,
            };
            design.columns[place] = values;
        }
        design.lose(schema, missing, rng);
        design
    }

    /// Group columns; the others are empty as yet.
    fn groups<R: Rng + ?Sized>(&mut self, schema: &Schema, rng: &mut R) {
        let mut first: Option<Vec<i32>> = None;
        for (place, column) in schema.columns.iter().enumerate() {
            if column.kind != ColumnKind::Group {
                self.columns.push(Values::Int(Vec::new()));
                continue;
            }
            let values = match &first {
                Some(outer) if rng.random::<f64>() < 0.3 => nested(outer, rng),
                _ => group(self.rows, rng),
            };
            self.levels[place] = values.iter().copied().max().unwrap_or(1) as usize;
            first.get_or_insert_with(|| values.clone());
            self.columns.push(Values::Int(values));
        }
    }

    /// Standard normal scores of the columns that have them, each perhaps caused by earlier ones, or the same within groups.
    fn scores<R: Rng + ?Sized>(&mut self, schema: &Schema, rng: &mut R) -> Vec<Vec<f64>> {
        let group = schema.of_kind(ColumnKind::Group).next();
        let mut scores: Vec<Vec<f64>> = vec![Vec::new(); schema.columns.len()];
        let mut earlier: Vec<usize> = Vec::new();
        for (place, column) in schema.columns.iter().enumerate() {
            if !matches!(column.kind, ColumnKind::Real | ColumnKind::Binary | ColumnKind::Ordinal) {
                continue;
            }
            let mut own: Vec<f64> = match group {
                Some(group) if rng.random::<f64>() < 0.15 => {
                    let means: Vec<f64> = (0..self.levels[group]).map(|_| normal(rng)).collect();
                    let Values::Int(members) = &self.columns[group] else { continue };
                    members.iter().map(|g| means[(*g - 1) as usize]).collect()
                }
                _ => (0..self.rows).map(|_| normal(rng)).collect(),
            };
            let parents = match rng.random::<f64>() {
                u if u < 0.6 => 0,
                u if u < 0.9 => 1,
                _ => 2,
            };
            let mut left = 1.0;
            for _ in 0..parents.min(earlier.len()) {
                let parent = earlier[rng.random_range(0..earlier.len())];
                if self.causes.contains(&(parent, place)) {
                    continue;
                }
                let weight = rng.random_range(0.3..0.9) * f64::sqrt(left);
                let sign = if rng.random::<bool>() { 1.0 } else { -1.0 };
                let rest = f64::sqrt(1.0 - weight * weight);
                own.iter_mut().zip(&scores[parent]).for_each(|(z, p)| *z = rest * *z + sign * weight * p);
                left *= 1.0 - weight * weight;
                self.causes.push((parent, place));
            }
            scores[place] = own;
            earlier.push(place);
        }
        self.name_roles(&earlier, rng);
        scores
    }

    /// In half of the designs with causes, one column is the treatment and the graph says what the others are to it.
    fn name_roles<R: Rng + ?Sized>(&mut self, columns: &[usize], rng: &mut R) {
        if self.causes.is_empty() || rng.random::<bool>() {
            return;
        }
        let edge = self.causes[rng.random_range(0..self.causes.len())];
        let treatment = if rng.random::<bool>() { edge.0 } else { edge.1 };
        let cause = |a: usize, b: usize| self.causes.contains(&(a, b));
        for &column in columns {
            self.roles[column] = if column == treatment {
                Some(CausalRole::Treatment)
            } else if cause(column, treatment) {
                Some(CausalRole::Confounder)
            } else if cause(treatment, column) {
                let other = self.causes.iter().any(|&(a, b)| b == column && a != treatment);
                Some(if other { CausalRole::Collider } else { CausalRole::Mediator })
            } else {
                None
            };
        }
    }

    fn lose<R: Rng + ?Sized>(&mut self, schema: &Schema, most: f64, rng: &mut R) {
        if most <= 0.0 || rng.random::<bool>() {
            return;
        }
        let share = most * rng.random::<f64>();
        let columns = schema.columns.iter().enumerate().filter(|(_, c)| c.kind == ColumnKind::Real);
        let places: Vec<Option<usize>> = columns.map(|(place, _)| Some(place)).chain([None]).collect();
        for place in places {
            if rng.random::<bool>() {
                let rows = (0..self.rows).filter(|_| rng.random::<f64>() < share);
                self.missing.extend(rows.map(|row| (place, row)));
            }
        }
    }
}

fn normal<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    rng.sample(StandardNormal)
}

/// A real column with these normal scores, standardised: mean 0 and standard deviation 1 in the table.
fn real<R: Rng + ?Sized>(scores: &[f64], rng: &mut R) -> Vec<f64> {
    let u: f64 = rng.random();
    let mut x: Vec<f64> = if u < 0.5 {
        scores.to_vec()
    } else if u < 0.65 {
        scores.iter().map(|z| 1.0 / (1.0 + (-1.702 * z).exp())).collect()
    } else if u < 0.78 {
        let skew = rng.random_range(0.3..0.9);
        scores.iter().map(|z| (skew * z).exp()).collect()
    } else if u < 0.86 {
        let heavy = StudentT::new(4.0).expect("a valid distribution");
        scores.iter().map(|z| z + 0.5 * heavy.sample(rng)).collect()
    } else {
        let step = rng.random_range(0.3..1.0);
        scores.iter().map(|z| (z / step).round()).collect()
    };
    if !standardise(&mut x) {
        x = scores.to_vec();
        standardise(&mut x);
    }
    x
}

/// Mean 0 and standard deviation 1; false (and all 0) where all are alike.
pub fn standardise(x: &mut [f64]) -> bool {
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    let square = x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
    let scale = (square / (n - 1.0)).sqrt();
    let varies = scale.is_finite() && scale > 1e-9;
    x.iter_mut().for_each(|x| *x = if varies { (*x - mean) / scale } else { 0.0 });
    varies
}

fn ordinal(scores: &[f64], levels: usize) -> Vec<i32> {
    let width = 3.0 / levels as f64;
    let level = |z: f64| (((z + 1.5) / width).floor() + 1.0).clamp(1.0, levels as f64);
    scores.iter().map(|z| level(*z) as i32).collect()
}

/// Increasing, mostly in equal steps, standardised.
fn time<R: Rng + ?Sized>(rows: usize, rng: &mut R) -> Vec<f64> {
    let regular = rng.random::<f64>() < 0.8;
    let mut now = 0.0;
    let step = |rng: &mut R| if regular { 1.0 } else { rng.random_range(0.2..1.8) };
    let mut t: Vec<f64> = (0..rows)
        .map(|_| {
            now += step(rng);
            now
        })
        .collect();
    standardise(&mut t);
    t
}

/// The same number for every row, or numbers of all sizes.
fn trials<R: Rng + ?Sized>(rows: usize, rng: &mut R) -> Vec<i32> {
    let mean = 2.0 * 30.0_f64.powf(rng.random());
    match rng.random::<bool>() {
        true => vec![mean.round() as i32; rows],
        false => {
            let counts = Poisson::new(mean).expect("a valid distribution");
            (0..rows).map(|_| 1 + counts.sample(rng) as i32).collect()
        }
    }
}

/// Which of 2 or more groups each row belongs to; every group has a row.
fn group<R: Rng + ?Sized>(rows: usize, rng: &mut R) -> Vec<i32> {
    let most = (rows / 2).clamp(2, 40).min(rows.max(1)) as f64;
    let levels = ((2.0 * (most / 2.0).powf(rng.random())).round() as usize).clamp(1, rows.max(1));
    let u: f64 = rng.random();
    let mut members: Vec<i32> = if u < 0.5 {
        (0..rows).map(|row| (row * levels / rows) as i32 + 1).collect()
    } else {
        // sizes that are much alike, or like 1, 1/2, 1/3, ...
        let power = if u < 0.75 { 0.0 } else { 1.0 };
        let weights: Vec<f64> = (1..=levels).map(|level| (level as f64).powf(-power)).collect();
        let mut ends = weights.clone();
        for level in 1..levels {
            ends[level] += ends[level - 1];
        }
        let total = ends[levels - 1];
        let draw = |rng: &mut R| {
            let u = rng.random::<f64>() * total;
            ends.partition_point(|end| *end <= u).min(levels - 1) as i32 + 1
        };
        let mut members: Vec<i32> = (1..=levels as i32).collect();
        members.extend((levels..rows).map(|_| draw(rng)));
        members.sort_unstable();
        members
    };
    if rng.random::<f64>() < 0.6 {
        shuffle(&mut members, rng);
    }
    members
}

/// Groups within groups: each outer one has one to four of its own.
fn nested<R: Rng + ?Sized>(outer: &[i32], rng: &mut R) -> Vec<i32> {
    let each = rng.random_range(2..=4);
    let mut names: Vec<(i32, i32)> = Vec::new();
    outer
        .iter()
        .map(|g| {
            let own = (*g, rng.random_range(0..each));
            let place = names.iter().position(|name| *name == own).unwrap_or_else(|| {
                names.push(own);
                names.len() - 1
            });
            place as i32 + 1
        })
        .collect()
}

fn shuffle<R: Rng + ?Sized>(x: &mut [i32], rng: &mut R) {
    for i in (1..x.len()).rev() {
        x.swap(i, rng.random_range(0..=i));
    }
}
