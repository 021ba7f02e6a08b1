//! Programs held against their table by inference: each is fitted with NUTS, diagnosed, cross-validated, and those that are done are stacked.

use crate::compare::stacking;
use crate::loo::Estimate;
use crate::loo::forward;
use crate::{
    BoundCriticism, Control, CriticismError, Data, Draws, LooSettings, Model, Pointwise, Settings, Summary, Warning,
};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How programs are checked.
#[derive(Clone, Debug)]
pub struct CheckSettings {
    pub fit: Settings,
    /// What the log density of a unit of the raw data has less than that of the program's own units: the log of the unit of the outcome.
    pub log_unit: f64,
    /// Rows are in time: units are also predicted from those before them, as long as the time that may be taken lasts.
    pub in_time: bool,
    pub time: Option<Duration>,
}

impl Check {
    /// Whether its chains agree: no R-hat of 1.05 or more, and hardly a divergence.
    pub fn converged(&self) -> bool {
        let bad = |warning: &Warning| match warning {
            Warning::Rhat { worst, .. } => worst.first().is_none_or(|(_, rhat)| rhat.is_nan() || *rhat >= 1.05),
            Warning::Divergences { count, total } | Warning::MaxDepth { count, total, .. } => 20 * count > *total,
            _ => false,
        };
        !self.warnings.iter().any(bad)
    }
}

/// A program that was fitted.
pub struct Check {
    /// Which of the programs it is, from 0.
    pub place: usize,
    /// Expected log predictive density of the raw data, by leave-one-out with Pareto-smoothed importance sampling; units with a high k are
    /// moved, then fitted without, a few of them.
    pub elpd: Estimate,
    /// Unit by unit.
    pub pointwise: Vec<f64>,
    /// Units whose k stays high.
    pub bad: usize,
    /// Expected log predictive density of the later half of the units, each from those before it.
    pub future: Option<Estimate>,
    pub warnings: Vec<Warning>,
    pub model: Model,
    pub draws: Draws,
    pub summary: Summary,
    pub seconds: f64,
}

/// Programs that are done, together.
#[derive(Default)]
pub struct Checks {
    /// In the order of the programs.
    pub done: Vec<Check>,
    /// Programs that could not be fitted, and why.
    pub failed: Vec<(usize, String)>,
    /// Of those that are done: stacking weights (Yao et al. 2018), and the elpd of the mixture, whose weights are chosen on the same units. What has not
    /// converged has no weight, unless nothing has.
    pub weights: Vec<f64>,
    pub stacked: Option<Estimate>,
}

/// Units that are fitted without, at most; units that are looked at again where their k is high, at most.
const REFITS: usize = 3;
const MOST_BAD: usize = 20;

/// Checks programs one after the other; `observe` is told what is done after each. Ends once `stop` is raised, or the time is over; a program that
/// is being fitted then has failed.
pub fn check(
    programs: &[&str],
    data: &Data,
    settings: &CheckSettings,
    stop: &AtomicBool,
    observe: &mut dyn FnMut(&Checks),
) -> Checks {
    let (mut checks, begin) = (Checks::default(), Instant::now());
    let (cut, over) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                let late = settings.time.is_some_and(|time| begin.elapsed() >= time);
                cut.fetch_or(late || stop.load(Ordering::Relaxed), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        for (place, text) in programs.iter().enumerate() {
            if cut.load(Ordering::Relaxed) {
                break;
            }
            let left = settings.time.map(|time| time.saturating_sub(begin.elapsed()));
            match one(place, text, data, settings, left, &cut) {
                Ok(check) => checks.done.push(check),
                Err(why) => checks.failed.push((place, why)),
            }
            checks.stack();
            observe(&checks);
        }
        over.store(true, Ordering::Relaxed);
    });
    checks
}

impl Checks {
    fn stack(&mut self) {
        // programs that do not predict the same units cannot be compared
        let units = self.done.first().map_or(0, |check| check.pointwise.len());
        let (same, other): (Vec<Check>, Vec<Check>) =
            std::mem::take(&mut self.done).into_iter().partition(|check| check.pointwise.len() == units);
        self.done = same;
        let why = |check: &Check| format!("it predicts {} units, and the first program {units}", check.pointwise.len());
        self.failed.extend(other.iter().map(|check| (check.place, why(check))));
        let models: Vec<&[f64]> = self.done.iter().map(|check| check.pointwise.as_slice()).collect();
        let any = self.done.iter().any(Check::converged);
        let used: Vec<usize> = (0..models.len()).filter(|at| !any || self.done[*at].converged()).collect();
        let chosen: Vec<&[f64]> = used.iter().map(|at| models[*at]).collect();
        // where there is nothing to be weighed, or no way to do it, the best has it all
        let total = |at: &usize| self.done[*at].elpd.value;
        let best = used.iter().copied().max_by(|a, b| total(a).total_cmp(&total(b)));
        let stacked = if chosen.len() > 1 { stacking(&chosen).ok() } else { None };
        self.weights = vec![0.0; models.len()];
        match (stacked, best) {
            (Some(stacked), _) => used.iter().zip(stacked.weights).for_each(|(at, weight)| self.weights[*at] = weight),
            (None, Some(best)) => self.weights[best] = 1.0,
            (None, None) => {}
        }
        let mixed = |unit: usize| {
            let most = models.iter().map(|model| model[unit]).fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = models.iter().zip(&self.weights).map(|(model, w)| w * (model[unit] - most).exp()).sum();
            most + sum.ln()
        };
        self.stacked = (!models.is_empty()).then(|| estimate(&(0..units).map(mixed).collect::<Vec<f64>>()));
    }
}

/// A sum over units, with the standard error of such a sum.
fn estimate(units: &[f64]) -> Estimate {
    let n = units.len() as f64;
    let mean = units.iter().sum::<f64>() / n;
    let square: f64 = units.iter().map(|x| (x - mean) * (x - mean)).sum();
    Estimate { value: units.iter().sum(), se: (n * square / (n - 1.0).max(1.0)).sqrt() }
}

fn one(
    place: usize,
    text: &str,
    data: &Data,
    settings: &CheckSettings,
    left: Option<Duration>,
    cut: &AtomicBool,
) -> Result<Check, String> {
    let begin = Instant::now();
    let model = Model::compile(text).map_err(|error| error.to_string())?;
    let criticism = model.criticism().and_then(|own| own.bind(data)).map_err(|error| error.to_string())?;
    let sample = |fit: &Settings| {
        let control = Control { stop: Some(cut), progress: None };
        let draws = criticism.bound().sample_with(fit, &control).map_err(|error| error.to_string())?;
        if cut.load(Ordering::Relaxed) {
            return Err("it was not fitted in time".to_string());
        }
        Ok::<_, String>((Summary::of(&draws), draws))
    };
    let (mut summary, mut draws) = sample(&settings.fit)?;
    // once more where that may help
    if summary
        .warnings
        .iter()
        .any(|w| matches!(w, Warning::Rhat { .. } | Warning::Divergences { .. } | Warning::Ess { .. }))
    {
        let careful = Settings {
            warmup: 2 * settings.fit.warmup,
            draws: 2 * settings.fit.draws,
            target_accept: 0.98,
            ..settings.fit.clone()
        };
        (summary, draws) = sample(&careful)?;
    }
    let failed = |error: CriticismError| error.to_string();
    let pointwise = criticism.pointwise(&draws).map_err(failed)?;
    let mut out = criticism.leave_one_out(&pointwise, &LooSettings::default()).map_err(failed)?;
    // units that are hard to leave out, as long as they are few and there is time
    let bad = out.loo.bad().len();
    let spent = begin.elapsed();
    if bad > 0 && bad <= MOST_BAD && left.is_none_or(|left| left > spent * (2 + REFITS as u32)) {
        let loo = LooSettings {
            moment_match: Some(Default::default()),
            refits: REFITS,
            fit: settings.fit.clone(),
            ..LooSettings::default()
        };
        out = criticism.leave_one_out(&pointwise, &loo).map_err(failed)?;
    }
    let raw: Vec<f64> = out.loo.pointwise().into_iter().map(|x| x - settings.log_unit).collect();
    let spent = begin.elapsed();
    let in_time = settings.in_time && !cut.load(Ordering::Relaxed);
    let future = match in_time && left.is_none_or(|left| left > 6 * spent) {
        true => future(&criticism, &pointwise, settings),
        false => None,
    };
    Ok(Check {
        place,
        elpd: estimate(&raw),
        pointwise: raw,
        bad: out.loo.bad().len(),
        future,
        warnings: summary.warnings.clone(),
        model,
        draws,
        summary,
        seconds: begin.elapsed().as_secs_f64(),
    })
}

/// Units of the later half, each from those before it; `None` where that cannot be done.
fn future(criticism: &BoundCriticism, pointwise: &Pointwise, settings: &CheckSettings) -> Option<Estimate> {
    let first = pointwise.names.len() / 2;
    let convention = crate::psis::Convention::Loo;
    let forward = forward::Settings { first: first.max(5), ahead: 1, threshold: None, convention };
    let out = criticism.leave_future_out(pointwise, &forward, &settings.fit).ok()?;
    let own = out.elpd();
    Some(Estimate { value: own.value - out.steps.len() as f64 * settings.log_unit, ..own })
}
