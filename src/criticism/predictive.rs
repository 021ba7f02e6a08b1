//! Predictive checks: quantities of the data among those of data sets that the model generates, from its posterior or from its prior.

use super::{CriticismError, Replicated, Replications};
use crate::bound::Bound;
use crate::reversal::{BoundSimulator, Role, reversed};
use crate::{ReverseOptions, Settings, SimulationError, SimulationSettings, Verdict};
use ppl_sampler::Control;
use ppl_sampler::predictive::{Check, Checks, Quantity};
use std::ops::Range;
use std::sync::atomic::AtomicBool;

/// What is asked of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    Of(Quantity),
    /// The squares of standardised distances of the values from their predictions, summed up; mean and standard deviation of each prediction are those of its
    /// replications.
    ChiSquared,
}

impl Statistic {
    pub const ALL: [Statistic; 8] = [
        Statistic::Of(Quantity::Mean),
        Statistic::Of(Quantity::Sd),
        Statistic::Of(Quantity::Min),
        Statistic::Of(Quantity::Max),
        Statistic::Of(Quantity::Median),
        Statistic::Of(Quantity::Zeros),
        Statistic::Of(Quantity::Autocorrelation),
        Statistic::ChiSquared,
    ];

    /// As tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Statistic::Of(quantity) => quantity.name(),
            Statistic::ChiSquared => "chi-squared",
        }
    }

    /// As a command line calls it.
    pub fn key(self) -> &'static str {
        match self {
            Statistic::Of(Quantity::Mean) => "mean",
            Statistic::Of(Quantity::Sd) => "sd",
            Statistic::Of(Quantity::Min) => "min",
            Statistic::Of(Quantity::Max) => "max",
            Statistic::Of(Quantity::Median) => "median",
            Statistic::Of(Quantity::Zeros) => "zeros",
            Statistic::Of(Quantity::Autocorrelation) => "lag1",
            Statistic::ChiSquared => "chi2",
        }
    }

    /// Whether it says anything about a variable: zeros of counts, neighbours in a list, distances where there is more than one value.
    fn fits(self, variable: &Replicated) -> bool {
        match self {
            Statistic::Of(Quantity::Zeros) => variable.is_int,
            Statistic::Of(Quantity::Autocorrelation) => variable.dims.len() == 1 && variable.observed.len() > 2,
            Statistic::Of(Quantity::Mean) => true,
            _ => variable.observed.len() > 1,
        }
    }
}

/// The checks of an observed variable.
#[derive(Clone, Debug, PartialEq)]
pub struct VariableChecks {
    pub variable: String,
    /// Values that are drawn, and that the checks are about; the others are given.
    pub drawn: usize,
    pub checks: Vec<(Statistic, Check)>,
}

impl Replications {
    /// Checks every observed variable: by these statistics, or (`None`) by all that say something about it.
    ///
    /// # Errors
    /// None but what [`Checks::add`] reports of sizes, which fit here.
    pub fn checks(&self, statistics: Option<&[Statistic]>) -> Result<Vec<VariableChecks>, CriticismError> {
        self.variables.iter().map(|variable| self.of_variable(variable, statistics)).collect()
    }

    fn of_variable(
        &self,
        variable: &Replicated,
        statistics: Option<&[Statistic]>,
    ) -> Result<VariableChecks, CriticismError> {
        let rows = || (0..self.draws.len()).map(|k| variable.row(k));
        // What is the same in all replications and in the data is given. Where all is, nothing tells the two apart.
        let differs = |at: &usize| rows().any(|row| row[*at] != variable.observed[*at]);
        let mut drawn: Vec<usize> = (0..variable.observed.len()).filter(differs).collect();
        if drawn.is_empty() {
            drawn = (0..variable.observed.len()).collect();
        }
        let of = |row: &[f64]| -> Vec<f64> { drawn.iter().map(|&at| row[at]).collect() };
        let y = of(&variable.observed);
        let distance = Distance::of(drawn.len(), rows().map(of));
        let statistics: Vec<Statistic> = match statistics {
            Some(statistics) => statistics.to_vec(),
            None => Statistic::ALL.into_iter().filter(|s| s.fits(variable)).collect(),
        };
        let mut checks = Checks::new(&y, &[]);
        for statistic in &statistics {
            match *statistic {
                Statistic::Of(quantity) => checks.also(statistic.name(), move |y| quantity.of(y)),
                Statistic::ChiSquared => checks.also(statistic.name(), |y| distance.to(y)),
            }
        }
        rows().try_for_each(|row| checks.add(&of(row)))?;
        let checks = statistics.into_iter().zip(checks.finish()).collect();
        Ok(VariableChecks { variable: variable.name.clone(), drawn: drawn.len(), checks })
    }
}

/// Predictive means and standard deviations, to measure distances by.
struct Distance(Vec<(f64, f64)>);

impl Distance {
    fn of(width: usize, rows: impl Iterator<Item = Vec<f64>>) -> Distance {
        // Welford's updates.
        let mut moments = vec![(0.0, 0.0); width];
        let mut count = 0.0;
        for row in rows {
            count += 1.0;
            for ((mean, squares), x) in moments.iter_mut().zip(row) {
                let before = x - *mean;
                *mean += before / count;
                *squares += before * (x - *mean);
            }
        }
        Distance(moments.into_iter().map(|(mean, squares)| (mean, (squares / (count - 1.0)).sqrt())).collect())
    }

    fn to(&self, y: &[f64]) -> f64 {
        let square = |(y, (mean, sd)): (&f64, &(f64, f64))| if y == mean { 0.0 } else { ((y - mean) / sd).powi(2) };
        y.iter().zip(&self.0).map(square).sum()
    }
}

impl Bound {
    /// Data sets from the prior: parameters and data drawn from the joint distribution, without a fit. `draws` is their number; where the prior needs NUTS,
    /// `fit` says how, and at most as many as its draws are taken.
    ///
    /// # Errors
    /// [`CriticismError::Improper`] where a parameter has no proper prior, [`CriticismError::NotReplicated`] where the data cannot be drawn; failures
    /// of drawing.
    pub fn replicate_prior(&self, draws: usize, seed: u64, fit: &Settings) -> Result<Replications, CriticismError> {
        let reversal = reversed(&self.source, &self.interpreter, &ReverseOptions::default());
        let report = reversal.report;
        if report.verdict == Verdict::NeedsRange {
            let text = format!("no proper prior: {}", report.improper.join(", "));
            return Err(CriticismError::Improper(text));
        }
        let simulator = reversal.simulator.ok_or(CriticismError::NotReplicated(report.reasons))?;
        let program = simulator.model().interpreter.program();
        let names = program.data.iter().map(|d| program.variable(d.variable).name.as_str());
        let simulator = simulator.bind_seeded(&self.given(names), self.seed).map_err(CriticismError::Bind)?;
        let mut out = Replications { variables: Vec::new(), draws: Vec::new(), rejected: 0, message: None };
        let mut columns = Vec::new();
        for (column, quantity) in simulator.columns().iter().zip(simulator.bound().environment.quantities()) {
            if column.role == Role::Observed {
                out.variables.push(self.replicated(&column.name, &quantity.shape));
                columns.push(column.first..column.first + column.count());
            }
        }
        if out.variables.is_empty() {
            let text = "the program gives no data a density".to_string();
            return Err(CriticismError::NotReplicated(vec![crate::Reason { line: 1, column: 1, text }]));
        }
        let width: usize = columns.iter().map(Range::len).sum();
        let draws = draws.min(Replications::MOST_NUMBERS / width.max(1)).max(1);
        let mut take = |index: usize, row: &[f64]| {
            out.draws.push(index);
            for (variable, column) in out.variables.iter_mut().zip(&columns) {
                variable.values.extend_from_slice(&row[column.clone()]);
            }
        };
        let (rejected, message) = match simulator.by_mcmc() {
            true => sampled(&simulator, draws, fit, &mut take)?,
            false => forwards(&simulator, draws, seed, &mut take)?,
        };
        (out.rejected, out.message) = (rejected, message);
        match &out.message {
            Some(message) if out.draws.is_empty() => {
                Err(CriticismError::Computation(format!("no data set could be drawn from the prior: {message}")))
            }
            _ => Ok(out),
        }
    }
}

type Taker<'t> = dyn FnMut(usize, &[f64]) + 't;

/// Draws one by one; gives the number of those that were rejected, and the first message.
fn forwards(
    simulator: &BoundSimulator,
    draws: usize,
    seed: u64,
    take: &mut Taker<'_>,
) -> Result<(usize, Option<String>), CriticismError> {
    let settings = SimulationSettings { draws: draws as u64, seed, threads: 0 };
    let (mut rejected, mut message) = (0, None);
    let width = simulator.width();
    let mut sink = |chunk: crate::Chunk| {
        for (k, row) in chunk.values.chunks(width).enumerate() {
            match chunk.rejected.contains(&k) {
                true => rejected += 1,
                false => take(chunk.first as usize + k, row),
            }
        }
        message = message.take().or(chunk.rejections.into_iter().next().map(|r| r.message));
        Ok(())
    };
    simulator.simulate(&settings, &AtomicBool::new(false), &mut sink).map_err(|error| match error {
        SimulationError::Failed { index, error } => {
            CriticismError::Computation(format!("data set {index} of the prior: {error}"))
        }
        other => CriticismError::Computation(other.to_string()),
    })?;
    Ok((rejected, message))
}

/// Draws of NUTS on the prior, evenly spaced.
fn sampled(
    simulator: &BoundSimulator,
    draws: usize,
    fit: &Settings,
    take: &mut Taker<'_>,
) -> Result<(usize, Option<String>), CriticismError> {
    let sample = simulator.sample_prior(fit, &Control::default())?;
    let width = simulator.width().max(1);
    let rows: Vec<&[f64]> = sample.chains.iter().flat_map(|c| c.draws.values.chunks(width)).collect();
    let wanted = draws.min(rows.len());
    let mut rejected = 0;
    for at in (0..wanted).map(|k| k * rows.len() / wanted) {
        // What a rejected data set left undrawn is NaN.
        match rows[at].iter().any(|x| x.is_nan()) {
            true => rejected += 1,
            false => take(at, rows[at]),
        }
    }
    Ok((rejected, sample.chains.iter().find_map(|c| c.first_rejection.clone())))
}
