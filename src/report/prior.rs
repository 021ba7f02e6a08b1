//! Prior against posterior.

use super::Fit;
use super::density::{Bounds, density};
use super::html::{
    code, codes, figure, gallery, legend, number, paragraph, prose, refusal, remark, section, thousands,
};
use super::interest::Quantity;
use super::judged::Judged;
use super::plot::{Axis, Plot, SMALL, Scale};
use crate::diagnostics::quantile_sorted;
use crate::{BoundSimulator, Chunk, Draws, ReverseOptions, Role, Settings, SimulationSettings, Summary, Verdict};
use ppl_sampler::draws::bracketed;
use std::sync::atomic::AtomicBool;

/// Draws from the prior.
const DRAWS: usize = 4000;
/// Numbers that are simulated for them, at most: data sets come with the parameters.
const MOST: usize = 40_000_000;

/// Parameters that a remark names.
const NAMED: usize = 6;

/// What the program says of its parameters before the data.
pub enum Prior {
    /// Draws of the quantities that are shown, by index.
    Drawn {
        draws: Vec<(usize, Vec<f64>)>,
        count: usize,
        /// Data sets that the program rejected; their parameters are left out.
        rejected: usize,
        by_mcmc: bool,
        /// What is wrong with the chains, where NUTS sampled it.
        warnings: Vec<String>,
    },
    /// Parameters without a proper prior.
    Improper(Vec<String>),
    /// There are no draws, for this reason.
    None(String),
}

impl Prior {
    /// Draws the quantities `shown` (indices) by the program read forwards.
    pub fn of(fit: &Fit<'_>, quantities: &[Quantity<'_>], shown: &[usize]) -> Prior {
        let reversal = fit.model.reverse(&ReverseOptions::default());
        let report = &reversal.report;
        if !report.improper.is_empty() {
            return Prior::Improper(report.improper.clone());
        }
        let Some(simulator) = &reversal.simulator else {
            let why = report.reasons.first().map(|r| format!("line {}: {}", r.line, r.text));
            let why = why.unwrap_or_else(|| match report.verdict {
                Verdict::NoDensity => "the program has no density".into(),
                _ => "the program cannot be read forwards".into(),
            });
            return Prior::None(why);
        };
        match Prior::drawn(fit, simulator, report, quantities, shown) {
            Ok(prior) => prior,
            Err(why) => Prior::None(why),
        }
    }

    fn drawn(
        fit: &Fit<'_>,
        simulator: &crate::Simulator,
        report: &crate::Report,
        quantities: &[Quantity<'_>],
        shown: &[usize],
    ) -> Result<Prior, String> {
        let bound = simulator.bind_seeded(fit.data, fit.settings.seed).map_err(|error| error.to_string())?;
        let names = bound.bound().names();
        let columns: Vec<(usize, usize)> =
            shown.iter().filter_map(|&i| Some((i, names.iter().position(|n| *n == quantities[i].row.name)?))).collect();
        let mut draws: Vec<(usize, Vec<f64>)> = columns.iter().map(|(i, _)| (*i, Vec::new())).collect();
        let width = bound.width().max(1);
        let (mut rejected, mut warnings) = (0, Vec::new());
        let mut take = |row: &[f64]| {
            for ((_, at), (_, values)) in columns.iter().zip(&mut draws) {
                values.push(row[*at]);
            }
        };
        if simulator.by_mcmc() {
            if fit.draws.cancelled {
                return Err("it needs NUTS, and the run was stopped".into());
            }
            let settings =
                Settings { chains: 2, draws: DRAWS / 4, warmup: 500, seed: fit.settings.seed, ..Settings::default() };
            let sampled =
                bound.sample_prior(&settings, &crate::Control::default()).map_err(|error| error.to_string())?;
            sampled.chains.iter().flat_map(|c| c.draws.values.chunks(width)).for_each(&mut take);
            warnings = warnings_about(&sampled, &bound);
        } else {
            if !report.conditions.is_empty()
                && let Some(name) = bound.undrawn(fit.settings.seed).map_err(|error| error.to_string())?
            {
                return Err(format!("with these data {} is neither drawn nor given", bracketed(&name)));
            }
            let wanted = DRAWS.min(MOST / width).max(200) as u64;
            let settings = SimulationSettings { draws: wanted, seed: fit.settings.seed, threads: 0 };
            let sink = &mut |chunk: Chunk| {
                rejected += chunk.rejected.len();
                let rows = chunk.values.chunks(width).enumerate();
                rows.filter(|(row, _)| !chunk.rejected.contains(row)).for_each(|(_, row)| take(row));
                Ok(())
            };
            bound.simulate(&settings, &AtomicBool::new(false), sink).map_err(|error| error.to_string())?;
        }
        let count = draws.first().map_or(0, |(_, values)| values.len());
        match count {
            0 if !columns.is_empty() => Err("every data set that the prior gives is rejected".into()),
            _ => Ok(Prior::Drawn { draws, count, rejected, by_mcmc: simulator.by_mcmc(), warnings }),
        }
    }
}

/// What is wrong with chains on the prior, as the summary of a fit says it: of the parameters only, for data are drawn anew in each draw.
fn warnings_about(sampled: &Draws, simulator: &BoundSimulator) -> Vec<String> {
    let columns = simulator.columns().iter().filter(|c| c.role == Role::Parameter);
    let kept: Vec<usize> = columns.flat_map(|c| c.first..c.first + c.count()).collect();
    let width = sampled.names.len().max(1);
    let mut parameters = Draws { names: kept.iter().map(|&at| sampled.names[at].clone()).collect(), ..sampled.clone() };
    for chain in &mut parameters.chains {
        let rows = chain.draws.values.chunks(width);
        chain.draws.values = rows.flat_map(|row| kept.iter().map(|&at| row[at])).collect();
    }
    Summary::of(&parameters).warnings.iter().map(ToString::to_string).collect()
}

pub fn render(
    fit: &Fit<'_>,
    quantities: &[Quantity<'_>],
    prior: &Prior,
    judged: &Result<Judged, String>,
    shown: &[usize],
) -> String {
    let mut body = String::new();
    let none = Vec::new();
    let draws = match prior {
        Prior::Drawn { draws, count, rejected, by_mcmc, warnings } => {
            let how = if *by_mcmc { "sampled by NUTS from the prior density" } else { "of the program read forwards" };
            body.push_str(&paragraph(&format!(
                "What the data have changed: {} draws {how}, against the posterior. Contraction is the share of the prior\u{2019}s spread \
                 (between the quartiles) that the data have removed.",
                thousands(*count)
            )));
            if !warnings.is_empty() {
                let what = "The chains on the prior do not describe it yet, and its curves may mislead";
                body.push_str(&refusal(what, &warnings.join("\n")));
            }
            if *rejected > 0 {
                body.push_str(&remark(&format!(
                    "{} more were left out: the program rejected the data that follow from them (too large, or outside their bounds).",
                    thousands(*rejected)
                )));
            }
            draws
        }
        Prior::Improper(names) => {
            let verb = if names.len() == 1 { "has" } else { "have" };
            body.push_str(&paragraph(&format!(
                "{} {verb} no proper prior, so there is nothing to draw from before the data: only the posterior is shown. A prior that says \
                 what values are plausible also helps the sampler.",
                codes(names.iter().map(String::as_str))
            )));
            &none
        }
        Prior::None(why) => {
            body.push_str(&refusal("There are no draws from the prior, so only the posterior is shown", why));
            &none
        }
    };
    body.push_str(&legend(if draws.is_empty() {
        &[("post", "posterior")]
    } else {
        &[("post", "posterior"), ("prior", "prior")]
    }));
    let figures: Vec<String> = shown
        .iter()
        .map(|&i| {
            let prior = draws.iter().find(|(of, _)| *of == i).map(|(_, values)| values.as_slice());
            let sensitivity = judged.as_ref().ok().and_then(|j| j.sensitivity(&quantities[i]));
            panel(&quantities[i], &quantities[i].pooled(fit.draws), prior, sensitivity)
        })
        .collect();
    body.push_str(&gallery(&figures));
    match judged.as_ref().map(|j| &j.sensitivity) {
        Ok(Ok(sensitivity)) => {
            let mut text = "Sensitivity: how far the posterior moves for each doubling of the power of prior and of likelihood (Kallioinen et \
                            al. 2024); from 0.05 on it counts as sensitive."
                .to_string();
            if !sensitivity.unscaled.is_empty() {
                let names = sensitivity.unscaled.iter().take(NAMED).map(String::as_str);
                let more = if sensitivity.unscaled.len() > NAMED { ", ..." } else { "" };
                text += &format!(
                    " Only the top of the hierarchy is scaled; the densities of {}{more} belong to its lower levels.",
                    codes(names)
                );
            }
            body.push_str(&remark(&text));
        }
        Ok(Err(why)) => {
            body.push_str(&remark(&format!("Sensitivity to prior and likelihood is not shown: {}.", prose(why))))
        }
        Err(_) => {}
    }
    section("prior", "Prior and posterior", &body)
}

fn panel(
    quantity: &Quantity<'_>,
    posterior: &[f64],
    prior: Option<&[f64]>,
    sensitivity: Option<&ppl_sampler::sensitivity::Row>,
) -> String {
    let post = Spread::of(posterior);
    let before = prior.map(Spread::of);
    let mut notes = Vec::new();
    if let Some(before) = &before {
        let contraction = 1.0 - post.quartiles() / before.quartiles();
        if contraction.is_finite() {
            notes.push(match contraction {
                c if c > 0.999 => "contraction &gt; 99.9%".to_string(),
                c if c < -0.05 => format!("wider than the prior by {}%", number(-100.0 * c, 0)),
                c => format!("contraction {}%", number(100.0 * c.max(0.0), if c > 0.99 { 1 } else { 0 })),
            });
        }
    }
    if let Some(row) = sensitivity.filter(|r| r.prior.distance.is_finite() && r.likelihood.distance.is_finite()) {
        let marked = |x: f64| if x >= 0.05 { format!("<b>{}</b>", number(x, 2)) } else { number(x, 2) };
        notes.push(format!(
            "sensitivity prior {}, likelihood {}",
            marked(row.prior.distance),
            marked(row.likelihood.distance)
        ));
    }
    let caption = format!("{} <small>{}</small>", code(&quantity.label), notes.join("; "));
    let (low, high) = range(&post, before.as_ref());
    let end = |wanted: bool, of: fn(&Spread) -> f64, pick: fn(f64, f64) -> f64| {
        wanted.then(|| before.as_ref().map_or(of(&post), |b| pick(of(&post), of(b))))
    };
    let bounds = Bounds {
        lower: end(quantity.bounded.0, |s| s.least, f64::min),
        upper: end(quantity.bounded.1, |s| s.most, f64::max),
    };
    let (low, high) = (bounds.lower.map_or(low, |l| low.max(l)), bounds.upper.map_or(high, |u| high.min(u)));
    // On a range of its own, so that a posterior that is narrow beside its prior is smooth too.
    let margin = 0.15 * (post.most - post.least);
    let own = (low.max(post.least - margin), high.min(post.most + margin));
    let after = if own.0 < own.1 { density(posterior, quantity.row.ess_bulk, own, bounds, 160) } else { Vec::new() };
    let first = prior.map(|values| density(values, values.len() as f64, (low, high), bounds, 160)).unwrap_or_default();
    let y = Scale::from_zero(after.iter().chain(&first).map(|p| p.1));
    let mut plot = Plot::new(
        SMALL,
        Axis::new(Scale::linear(low, high), ""),
        Axis::bare(y),
        &format!("Densities of {}", quantity.label),
    );
    for (curve, class) in [(&first, "prior"), (&after, "post")] {
        plot.area(&curve.iter().map(|(x, y)| (*x, 0.0, *y)).collect::<Vec<_>>(), &format!("soft {class}"));
        plot.line(curve.iter().copied(), class);
    }
    figure(&caption, &plot.finish())
}

/// Quantiles of draws.
struct Spread {
    least: f64,
    low: f64,
    quarter: f64,
    three_quarters: f64,
    high: f64,
    most: f64,
    /// Between them lie 95%.
    inner: (f64, f64),
}

impl Spread {
    fn of(values: &[f64]) -> Spread {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let q = |p| quantile_sorted(&sorted, p);
        Spread {
            least: q(0.0),
            low: q(0.005),
            quarter: q(0.25),
            three_quarters: q(0.75),
            high: q(0.995),
            most: q(1.0),
            inner: (q(0.025), q(0.975)),
        }
    }

    fn quartiles(&self) -> f64 {
        self.three_quarters - self.quarter
    }
}

/// The posterior, and of the prior as much as leaves the posterior visible.
fn range(post: &Spread, prior: Option<&Spread>) -> (f64, f64) {
    /// Widths of the posterior on either side.
    const REACH: f64 = 6.0;
    let width = post.high - post.low;
    let (mut low, mut high) = (post.low - 0.1 * width, post.high + 0.1 * width);
    if let Some(prior) = prior.filter(|p| p.inner.0.is_finite() && p.inner.1.is_finite()) {
        // Tails like Cauchy's would fill the picture.
        let tail = 2.5 * prior.quartiles();
        low = low.min(prior.inner.0.max(prior.quarter - tail).max(post.low - REACH * width));
        high = high.max(prior.inner.1.min(prior.three_quarters + tail).min(post.high + REACH * width));
    }
    if low < high { (low, high) } else { (low - 0.5, high + 0.5) }
}
