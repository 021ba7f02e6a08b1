//! What is wrong with a fit, in plain words, and what to do about it.

use super::divergence::Divergences;
use super::html::{code, codes, escape, number, p_value, section, short, thousands};
use super::interest::Quantity;
use super::judged::Judged;
use super::predictive::Predictive;
use super::prior::Prior;
use crate::{Settings, Summary, Warning};
use ppl_sampler::draws::bracketed;
use ppl_sampler::sensitivity::Diagnosis;
use std::fmt::Write;

/// How bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Of interest; the results stand.
    Note,
    /// The results may be used with care.
    Caution,
    /// The results are not to be used.
    Stop,
}

/// One thing to know. All texts are HTML.
pub struct Finding {
    pub severity: Severity,
    pub what: String,
    /// What it means.
    pub meaning: String,
    /// What to do.
    pub advice: Vec<String>,
}

/// Everything that findings are made from.
pub struct Evidence<'a> {
    pub settings: &'a Settings,
    pub summary: &'a Summary,
    pub quantities: &'a [Quantity<'a>],
    pub divergences: &'a Divergences,
    pub prior: &'a Prior,
    pub judged: &'a Result<Judged, String>,
    pub predictive: &'a Result<Predictive, String>,
}

/// A vector of so many parameters is taken for the effects of groups.
const GROUP: usize = 5;
/// Names that a finding lists.
const LISTED: usize = 6;

pub fn findings(e: &Evidence<'_>) -> Vec<Finding> {
    let mut out: Vec<Finding> = e.summary.warnings.iter().map(|w| of_warning(w, e)).collect();
    out.extend(of_loo(e.judged));
    out.extend(of_sensitivity(e));
    out.extend(of_predictive(e.predictive));
    out.sort_by_key(|f| std::cmp::Reverse(f.severity));
    out
}

pub fn render(e: &Evidence<'_>) -> String {
    let findings = findings(e);
    let worst = findings.iter().map(|f| f.severity).max();
    let (class, text) = match worst {
        Some(Severity::Note) => ("good", "The draws can be relied on; what to know of the model follows."),
        Some(Severity::Stop) => ("stop", "Do not use these results yet."),
        Some(Severity::Caution) => ("caution", "Use these results with care."),
        _ => ("good", "The draws can be relied on."),
    };
    let mut body = format!("<p class=\"verdict {class}\"><b>{text}</b> {}</p>\n", sampled(e.summary));
    for f in &findings {
        let class = match f.severity {
            Severity::Stop => "stop",
            Severity::Caution => "caution",
            Severity::Note => "note",
        };
        let _ = write!(body, "<div class=\"finding {class}\"><h3>{}</h3><p>{}</p>", f.what, f.meaning);
        if !f.advice.is_empty() {
            let items: String = f.advice.iter().map(|a| format!("<li>{a}</li>")).collect();
            let _ = write!(body, "<p class=\"todo\">What to do</p><ul>{items}</ul>");
        }
        body.push_str("</div>\n");
    }
    section("verdict", "In short", &body)
}

/// What the diagnostics say where they say nothing bad.
fn sampled(s: &Summary) -> String {
    let varying = || s.rows.iter().filter(|r| !r.is_constant());
    let rhat = varying().map(|r| r.rhat).filter(|x| x.is_finite()).fold(f64::NAN, f64::max);
    let ess = varying().map(|r| r.ess_bulk.min(r.ess_tail)).filter(|x| x.is_finite()).fold(f64::NAN, f64::min);
    let mut parts = Vec::new();
    if rhat.is_finite() {
        parts.push(format!("largest R\u{302} {}", number(rhat, 3)));
    }
    if ess.is_finite() {
        parts.push(format!("least effective sample size {}", thousands(ess as usize)));
    }
    parts.push(match s.divergences {
        0 => "no divergences".to_string(),
        1 => "1 divergence".to_string(),
        n => format!("{} divergences", thousands(n)),
    });
    let energy = s.e_bfmi.iter().copied().filter(|x| x.is_finite()).fold(f64::NAN, f64::min);
    if energy.is_finite() {
        parts.push(format!("least E-BFMI {}", number(energy, 2)));
    }
    format!(
        "{} draws of {} chain{}: {}.",
        thousands(s.draws),
        s.chains,
        if s.chains == 1 { "" } else { "s" },
        parts.join(", ")
    )
}

fn list(worst: &[(String, f64)], digits: usize, count: usize) -> String {
    let named: Vec<String> =
        worst.iter().take(LISTED).map(|(n, x)| format!("{} ({})", code(&bracketed(n)), number(*x, digits))).collect();
    format!("{}{}", named.join(", "), more(count, named.len()))
}

fn more(count: usize, listed: usize) -> String {
    if count > listed { format!(" and {} more", thousands(count - listed)) } else { String::new() }
}

fn percent(count: usize, total: usize) -> String {
    number(100.0 * count as f64 / total.max(1) as f64, 1)
}

fn of_warning(warning: &Warning, e: &Evidence<'_>) -> Finding {
    let finding =
        |severity, what: String, meaning: String, advice: Vec<String>| Finding { severity, what, meaning, advice };
    match warning {
        Warning::Cancelled { shortest, chains } => finding(
            Severity::Caution,
            "The run was stopped before its end".into(),
            format!("The shortest of {chains} chains has {} draws. This page is of the draws so far.", thousands(*shortest)),
            vec!["Run it to its end before results are reported.".into()],
        ),
        Warning::Divergences { count, total } => divergences(*count, *total, e),
        Warning::MaxDepth { count, total, max_depth } => finding(
            Severity::Note,
            format!("{} of the trajectories reached the largest tree depth", thousands(*count)),
            format!(
                "{}% of the draws took 2<sup>{max_depth}</sup> \u{2212} 1 steps and wanted more. They are valid, but each costs much and moves little: the posterior is \
                 much wider in some direction than in others.",
                percent(*count, *total)
            ),
            vec![
                "Put parameters on similar scales, for example by standardising predictors.".into(),
                "For strong correlations, try <code>--metric low-rank</code>, or reparameterise.".into(),
                format!("Only if that fails, raise the limit: <code>--max-depth {}</code>.", max_depth + 2),
            ],
        ),
        Warning::LowEnergy { chains } => {
            let named: Vec<String> = chains.iter().map(|(c, x)| format!("{} ({})", c + 1, number(*x, 2))).collect();
            finding(
                Severity::Caution,
                format!("Low E-BFMI in chain {}", named.join(", ")),
                "The energy changes too little from draw to draw for the sampler to reach the tails (a value below 0.3): the tails of the posterior may be \
                 underestimated."
                    .into(),
                vec![
                    format!("Look for the parameters with the least effective draws{}; they usually have heavy tails or a funnel.", slowest(e)),
                    "Reparameterise them (non-centred hierarchies, log scales), or give them priors with lighter tails.".into(),
                    "A longer warm-up helps only where the chains had not settled: <code>--warmup 2000</code>.".into(),
                ],
            )
        }
        Warning::Rhat { worst, count } => {
            let far = worst.first().is_some_and(|(_, rhat)| *rhat >= 1.05);
            let meaning = match far {
                true => {
                    "Each chain has seen another part of the posterior, so means and intervals are those of no distribution in \
                     particular."
                }
                false => "They are not far apart, but further than chance would have it: the results are rougher than their MCSE says.",
            };
            let mut advice = vec![
                "Look at the traces and rank plots below: a trend asks for a longer warm-up, chains at different levels are several modes."
                    .to_string(),
            ];
            if far {
                advice.push(
                    "Several modes often come from labels that may be exchanged (order the components: <code>ordered</code>) or from \
                     parameters that the data do not tell apart (give them informative priors, or leave one out)."
                        .into(),
                );
            }
            let (warmup, draws) = (2 * e.settings.warmup.max(500), 2 * e.settings.draws.max(500));
            let otherwise = if far { "Otherwise run" } else { "Run" };
            advice.push(format!("{otherwise} longer: <code>--warmup {warmup} --draws {draws}</code>."));
            finding(
                if far { Severity::Stop } else { Severity::Caution },
                format!("The chains disagree: R\u{302} above 1.01 for {}", list(worst, 3, *count)),
                meaning.into(),
                advice,
            )
        }
        Warning::Ess { worst, count, needed } => {
            let least = worst.first().map_or(f64::NAN, |w| w.1).max(1.0);
            let times = (needed / least).ceil().clamp(2.0, 50.0);
            finding(
                Severity::Caution,
                format!("Few effective draws: {}", list(worst, 0, *count)),
                format!("Means and quantiles of these are rough: they rest on fewer than {} independent draws.", number(*needed, 0)),
                vec![
                    match times {
                        t if t <= 10.0 => format!("Take more draws: <code>--draws {}</code> should do.", (e.settings.draws as f64 * t) as usize),
                        _ => "More draws alone would take too long; the model needs another form.".into(),
                    },
                    "Slow mixing usually has a reason: strong correlations (try <code>--metric low-rank</code>, or centre predictors), a funnel (see \
                     divergences), or a parameter that the data say little about (a tighter prior)."
                        .into(),
                ],
            )
        }
        Warning::NotANumber { names, count } => finding(
            Severity::Caution,
            format!(
                "Not a number in some draws: {}{}",
                names.iter().map(|n| code(&bracketed(n))).collect::<Vec<_>>().join(", "),
                more(*count, names.len())
            ),
            "No summary of these is given.".into(),
            vec!["Look at the statement that computes them: a logarithm of a negative number, 0/0, or an element that is never assigned.".into()],
        ),
        Warning::Rejected { count, total, first } => finding(
            Severity::Caution,
            format!("Generated quantities were rejected in {} of {} draws", thousands(*count), thousands(*total)),
            format!("What was not computed is missing. The first message: {}.", escape(first.trim_end_matches('.'))),
            vec!["Mend the statement that the message names, or guard it.".into()],
        ),
        Warning::OneChain => finding(
            Severity::Caution,
            "A single chain".into(),
            "It cannot show whether the sampler has converged: R\u{302} compares chains.".into(),
            vec!["Run at least 2, better 4: <code>--chains 4</code>.".into()],
        ),
    }
}

fn divergences(count: usize, total: usize, e: &Evidence<'_>) -> Finding {
    let mut meaning = "There the posterior is too curved for the step size, and the sampler avoids what lies beyond: estimates may be biased.".to_string();
    for g in &e.divergences.gatherings {
        let where_ = if g.divergent_median < g.other_median { "small" } else { "large" };
        let _ = write!(
            meaning,
            " {} is {where_} in divergent draws (median {}, elsewhere {}).",
            code(&e.quantities[g.quantity].label),
            short(g.divergent_median),
            short(g.other_median)
        );
    }
    let mut advice = Vec::new();
    for c in e.divergences.centred.iter().take(3) {
        advice.push(format!(
            "{} in line {} is a centred hierarchy: where {} is small, all of {} lie close together, and the posterior is a funnel. Write it non-centred: \
             declare {} with <code>&lt;{}&gt;</code> after its type, and keep the statement as it is.",
            code(&c.statement),
            c.line,
            code(&c.scale),
            code(&c.effects),
            code(&c.effects),
            escape(&c.declaration)
        ));
    }
    if e.divergences.centred.is_empty() {
        advice.push(
            "Reparameterise: a non-centred hierarchy, or a positive parameter on the log scale, often removes them."
                .into(),
        );
    }
    if e.settings.target_accept < 0.985 {
        let next = if e.settings.target_accept < 0.94 { "0.95" } else { "0.99" };
        advice.push(format!(
            "Take smaller steps: <code>--target-accept {next}</code>. If a few divergences remain wherever the step, the form of the model is the problem."
        ));
    }
    advice.push("The plot under <a href=\"#sampler\">Sampler</a> shows where they are.".into());
    let severity = if count * 100 >= total { Severity::Stop } else { Severity::Caution };
    let what = match count {
        1 => format!("One of {} trajectories diverged", thousands(total)),
        n => format!("{} of {} trajectories diverged ({}%)", thousands(n), thousands(total), percent(n, total)),
    };
    Finding { severity, what, meaning, advice }
}

fn slowest(e: &Evidence<'_>) -> String {
    let mut all: Vec<(&str, f64)> = e
        .quantities
        .iter()
        .filter(|q| !q.row.is_constant() && q.row.ess_tail.is_finite())
        .map(|q| (q.label.as_str(), q.row.ess_bulk.min(q.row.ess_tail)))
        .collect();
    all.sort_by(|a, b| a.1.total_cmp(&b.1));
    match all.len() {
        0 => String::new(),
        _ => format!(" ({})", codes(all.iter().take(3).map(|a| a.0))),
    }
}

fn of_loo(judged: &Result<Judged, String>) -> Option<Finding> {
    let judged = judged.as_ref().ok()?;
    let loo = judged.loo.as_ref().ok()?;
    let mut bad = loo.bad();
    if bad.is_empty() {
        return None;
    }
    bad.sort_by(|a, b| loo.units[*b].k.total_cmp(&loo.units[*a].k));
    let worst: Vec<String> = bad
        .iter()
        .take(LISTED)
        .map(|&i| format!("{} ({})", code(&judged.pointwise.names[i]), number(loo.units[i].k, 2)))
        .collect();
    let share = bad.len() as f64 / loo.units.len() as f64;
    let many = loo.p().value > 0.4 * loo.units.len() as f64;
    let mut advice = vec![
        "These observations are influential: see whether they are outliers or mistakes, or whether the model is too tight for them (heavier tails, \
         overdispersion)."
            .to_string(),
    ];
    if many {
        advice.push(format!(
            "p_loo is {} for {} units: nearly a parameter for each, so leaving one out is hard for any method here. Leave out groups, or use <code>ppl loo --k-fold 10</code>.",
            number(loo.p().value, 1),
            loo.units.len()
        ));
    }
    advice.push(match bad.len() {
        n if n <= 20 => format!("For estimates that hold, fit without them: <code>ppl loo --refit {n}</code>."),
        _ => "For estimates that hold, use <code>ppl loo --k-fold 10</code>.".into(),
    });
    Some(Finding {
        severity: Severity::Note,
        what: format!(
            "{} above {}: {}{}",
            if bad.len() == 1 { "One Pareto k is".into() } else { format!("{} Pareto k are", thousands(bad.len())) },
            number(loo.k_threshold, 2),
            worst.join(", "),
            more(bad.len(), worst.len())
        ),
        meaning: format!(
            "The posterior stands, but the leave-one-out estimates below cannot be relied on ({}% of the units).",
            number(100.0 * share, 1)
        ),
        advice,
    })
}

/// Whether densities that are scaled are those of effects of groups, as where a hierarchy is written with standardised effects: then most of the prior
/// is their distribution, which pulls at everything by design.
fn has_groups(e: &Evidence<'_>, scaled: &[String]) -> bool {
    let size = |name: &String| e.quantities.iter().filter(|q| q.variable == name).count();
    scaled.iter().any(|name| size(name) >= GROUP)
}

fn of_sensitivity(e: &Evidence<'_>) -> Vec<Finding> {
    let Ok(judged) = e.judged else { return Vec::new() };
    let Ok(sensitivity) = &judged.sensitivity else { return Vec::new() };
    // Draws that are not to be relied on say nothing of it.
    let mixed = !e.summary.warnings.iter().any(|w| matches!(w, Warning::Rhat { .. }));
    if !mixed || has_groups(e, &sensitivity.scaled) || matches!(e.prior, Prior::Improper(_)) {
        return Vec::new();
    }
    let with = |wanted: Diagnosis| -> Vec<&str> {
        let of = |q: &&Quantity<'_>| {
            sensitivity.scaled.iter().any(|name| name == q.variable)
                && judged.sensitivity(q).is_some_and(|row| row.diagnosis == wanted)
        };
        e.quantities.iter().filter(of).map(|q| q.label.as_str()).collect()
    };
    let named = |names: &[&str]| format!("{}{}", codes(names.iter().take(LISTED).copied()), more(names.len(), LISTED));
    let (conflict, strong) = (with(Diagnosis::Conflict), with(Diagnosis::StrongPrior));
    let mut out = Vec::new();
    if !conflict.is_empty() {
        out.push(Finding {
            severity: Severity::Note,
            what: format!("Prior and data may pull in different directions: {}", named(&conflict)),
            meaning: "Making the prior a little stronger moves the posterior, and so does making the likelihood a little stronger."
                .into(),
            advice: vec![
                "If the prior states what is known, say so when the results are reported. If it was meant to be vague, widen it and see what changes.".into(),
            ],
        });
    }
    if !strong.is_empty() {
        out.push(Finding {
            severity: Severity::Note,
            what: format!("The prior matters more than the data: {}", named(&strong)),
            meaning: "Scaling the prior moves the posterior, scaling the likelihood hardly does: the data say little about these.".into(),
            advice: vec![
                "Report the prior with the result; compare the curves under <a href=\"#prior\">Prior and posterior</a>, and try another reasonable prior.".into(),
            ],
        });
    }
    out
}

fn of_predictive(predictive: &Result<Predictive, String>) -> Vec<Finding> {
    let Ok(predictive) = predictive else { return Vec::new() };
    let mut missed = Vec::new();
    for outcome in &predictive.outcomes {
        for check in outcome.checks() {
            let p = check.p();
            if check.two_sided() < 0.01 {
                let side = if p > 0.5 { "larger" } else { "smaller" };
                missed.push(format!(
                    "the {} of {} is {} in the data; replications are {side} (p {})",
                    escape(&check.name),
                    code(&outcome.name),
                    short(check.observed),
                    p_value(p)
                ));
            }
        }
    }
    if missed.is_empty() {
        return Vec::new();
    }
    vec![Finding {
        severity: Severity::Note,
        what: "The model does not generate data like these".into(),
        meaning: format!("{}.", super::html::capitalised(&missed.join("; "))),
        advice: vec![
            "See under <a href=\"#predictive\">Data and replications</a> how they differ: too many zeros or too wide a spread ask for another family (zero \
             inflation, negative binomial, Student t), autocorrelation for a term in time, a wrong mean for a missing predictor."
                .into(),
        ],
    }]
}
