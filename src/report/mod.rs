//! A fit on one page: what a statistician sends to a colleague. HTML with pictures in SVG; nothing is fetched, nothing needs a script.
//!
//! | module | section |
//! |---|---|
//! | `header` | what was fitted, how |
//! | `verdict` | what is wrong, what to do about it |
//! | `posterior` | the table |
//! | `chains` | traces and rank plots |
//! | `sampler` | chain by chain, energy, divergences |
//! | `prior` | prior against posterior |
//! | `predictive` | data against replications |
//! | `loo` | leave-one-out cross-validation |
//! | `program` | the program |
//!
//! Before them, `judged`, `prior`, `predictive` and `divergence` compute; `plot`, `density` and `html` draw.

mod chains;
mod density;
mod divergence;
mod header;
pub(crate) mod html;
mod interest;
mod judged;
mod loo;
pub(crate) mod plot;
mod posterior;
mod predictive;
mod prior;
mod program;
mod sampler;
mod verdict;

use crate::{Data, Draws, Model, Settings, Summary};
use divergence::Divergences;
use html::escape;
use interest::{Block, Quantity};
use judged::Judged;
use predictive::Predictive;
use prior::Prior;
use std::time::SystemTime;
use verdict::Evidence;

/// A fit, and what it is called.
#[derive(Clone, Copy, Debug)]
pub struct Fit<'a> {
    /// Name of the model.
    pub name: &'a str,
    /// Where the data come from, if there are any.
    pub data_name: Option<&'a str>,
    pub model: &'a Model,
    pub data: &'a Data,
    pub settings: &'a Settings,
    /// Number of unconstrained coordinates.
    pub dim: usize,
    pub draws: &'a Draws,
    pub summary: &'a Summary,
    /// When it was made.
    pub finished: SystemTime,
}

/// Quantities with traces and rank plots.
const TRACED: usize = 9;
/// Quantities with prior and posterior.
const COMPARED: usize = 12;

const SECTIONS: [(&str, &str); 8] = [
    ("verdict", "In short"),
    ("posterior", "Posterior"),
    ("chains", "Traces and ranks"),
    ("sampler", "Sampler"),
    ("prior", "Prior and posterior"),
    ("predictive", "Data and replications"),
    ("loo", "Leave-one-out"),
    ("program", "Program"),
];

/// The page. What cannot be computed for a model (an improper prior, a likelihood without parts) is said in its place. It takes draws from the
/// prior and the pointwise log-likelihood, so it needs about as long as `ppl simulate` and `ppl loo` do.
///
/// ```
/// use ppl::{Data, Model, Settings, Summary, report};
/// let model = Model::compile("data { int N; vector[N] y; } parameters { real mu; } model { mu ~ normal(0, 1); y ~ normal(mu, 1); }")?;
/// let data = Data::new().int("N", 3).reals("y", &[1.2, 0.7, 1.9]);
/// let bound = model.bind(&data)?;
/// let settings = Settings { seed: 1, draws: 200, ..Settings::default() };
/// let draws = bound.sample(&settings)?;
/// let summary = Summary::of(&draws);
/// let page = report::page(&report::Fit {
///     name: "mean",
///     data_name: None,
///     model: &model,
///     data: &data,
///     settings: &settings,
///     dim: bound.dim(),
///     draws: &draws,
///     summary: &summary,
///     finished: std::time::SystemTime::now(),
/// });
/// assert!(page.starts_with("<!DOCTYPE html>"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn page(fit: &Fit<'_>) -> String {
    let quantities = interest::quantities(fit.model, fit.draws, fit.summary);
    let indices = |limit: usize| -> Vec<usize> {
        interest::most(&quantities, fit.summary.chains, limit).into_iter().map(|q| q.column).collect()
    };
    let (traced, compared) = (indices(TRACED), indices(COMPARED));
    let varying = quantities.iter().filter(|q| q.block != Block::GeneratedQuantities && !q.row.is_constant()).count();
    let divergences = Divergences::of(fit.model, fit.draws, &quantities);
    let judged = Judged::of(fit);
    let prior = Prior::of(fit, &quantities, &compared);
    let predictive = Predictive::of(fit);
    let evidence = Evidence {
        settings: fit.settings,
        summary: fit.summary,
        quantities: &quantities,
        divergences: &divergences,
        prior: &prior,
        judged: &judged,
        predictive: &predictive,
    };
    let traced: Vec<&Quantity<'_>> = traced.iter().map(|&i| &quantities[i]).collect();
    let sections = [
        verdict::render(&evidence),
        posterior::render(fit.summary),
        chains::render(fit.draws, &traced, varying),
        sampler::render(fit.draws, fit.summary, &quantities, &divergences),
        prior::render(fit, &quantities, &prior, &judged, &compared),
        predictive::render(&predictive, &judged),
        loo::render(&judged, fit.summary, predictive.as_ref().is_ok_and(|p| p.outcomes.iter().any(|o| o.path))),
        program::render(fit.model),
    ];
    let header = header::render(fit, &SECTIONS);
    document(fit.name, &format!("{header}<main>\n{}</main>\n", sections.concat()))
}

/// The section of data beside replications, for other pages.
#[cfg(feature = "spfn")]
pub(crate) fn replications(fit: &Fit<'_>) -> String {
    predictive::render(&Predictive::of(fit), &Judged::of(fit))
}

/// A page of its own: nothing is fetched, nothing needs a script.
pub(crate) fn document(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{} \u{2013} ppl</title>\n<style>\n{}</style>\n</head>\n<body>\n{body}\
         </body>\n</html>\n",
        escape(title),
        include_str!("style.css"),
    )
}
