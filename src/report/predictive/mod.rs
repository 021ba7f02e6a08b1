//! The data against data that the fit generates.

mod discrete;
mod ordered;
mod overlay;
mod statistics;

use super::Fit;
use super::html::{code, codes, count, gallery, legend, paragraph, refusal, remark, thousands, wide};
use super::judged::Judged;
use crate::diagnostics::quantile_sorted;
use crate::{Replicated, ReplicationSettings};
use ppl_analysis::feedback::fed_back;
use ppl_sampler::predictive::{Check, Quantity};

/// Observed variables that are shown.
const SHOWN: usize = 4;

/// An observed variable and its replications: what this section is made of, however they were drawn.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub name: String,
    /// Sizes; the first index runs fastest.
    pub dims: Vec<usize>,
    pub is_int: bool,
    /// The data.
    pub observed: Vec<f64>,
    /// One row of `observed.len()` numbers a replication.
    pub replicated: Vec<f64>,
    /// Where each of `observed` stands in the variable: not all of it need be drawn.
    pub places: Vec<usize>,
    /// Whether it is predicted from itself, so that a replication is a whole path.
    pub path: bool,
}

/// What kind of numbers an outcome consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Binary,
    /// Few integers.
    Categories,
    Counts,
    Continuous,
}

/// All outcomes of a fit.
pub struct Predictive {
    pub outcomes: Vec<Outcome>,
    /// Which draws of the fit each replication comes from, from 0.
    pub draws: Vec<usize>,
    pub rejected: usize,
}

impl Predictive {
    /// Draws the data again from draws of the fit.
    ///
    /// # Errors
    /// Why that cannot be done, in words.
    pub fn of(fit: &Fit<'_>) -> Result<Predictive, String> {
        /// Replications at most.
        const REPLICATIONS: usize = 1000;
        /// Numbers in them at most.
        const MOST: usize = 20_000_000;
        let bound = fit.model.bind_seeded(fit.data, fit.settings.seed).map_err(|error| error.to_string())?;
        let replicate = |draws: usize| {
            let settings = ReplicationSettings { draws, seed: fit.settings.seed, ..ReplicationSettings::default() };
            bound.replicate(fit.draws, &settings).map_err(|error| error.to_string())
        };
        // One tells how large they are.
        let width: usize = replicate(1)?.variables.iter().map(|v| v.observed.len()).sum();
        let replications = replicate(REPLICATIONS.min(MOST / width.max(1)).max(20))?;
        let paths = fed_back(fit.model.interpreter.program());
        let outcome = |v: &Replicated| Outcome {
            path: paths.contains(&v.name),
            ..Outcome::new(&v.name, &v.dims, v.is_int, &v.observed, &v.values)
        };
        Ok(Predictive {
            outcomes: replications.variables.iter().map(outcome).collect(),
            draws: replications.draws,
            rejected: replications.rejected,
        })
    }
}

impl Outcome {
    /// Without the elements that all replications have in common with the data (`y[1]` of an autoregression, which is given), and without
    /// those that are not numbers.
    pub fn new(name: &str, dims: &[usize], is_int: bool, observed: &[f64], replicated: &[f64]) -> Outcome {
        let n = observed.len();
        let column = |i: usize| replicated.iter().skip(i).step_by(n.max(1));
        let drawn = |i: &usize| {
            let given = !is_int && n > 1 && column(*i).all(|x| *x == observed[*i]);
            observed[*i].is_finite() && !given && column(*i).all(|x| !x.is_nan())
        };
        let places: Vec<usize> = (0..n).filter(drawn).collect();
        let pick = |row: &[f64]| places.iter().map(|&i| row[i]).collect::<Vec<f64>>();
        Outcome {
            name: name.to_string(),
            dims: dims.to_vec(),
            is_int,
            observed: pick(observed),
            replicated: replicated.chunks(n.max(1)).flat_map(pick).collect(),
            places,
            path: false,
        }
    }

    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.replicated.chunks(self.observed.len().max(1))
    }

    /// The replications of one element in ascending order.
    fn sorted(&self, element: usize) -> Vec<f64> {
        let mut values: Vec<f64> = self.replicated.iter().skip(element).step_by(self.observed.len()).copied().collect();
        values.sort_unstable_by(f64::total_cmp);
        values
    }

    pub fn kind(&self) -> Kind {
        if !self.is_int {
            return Kind::Continuous;
        }
        let all = || self.observed.iter().chain(&self.replicated).copied();
        let (low, high) = all().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
        match (low, high) {
            (low, high) if low >= 0.0 && high <= 1.0 => Kind::Binary,
            (low, high) if high - low <= 12.0 => Kind::Categories,
            (low, _) if low >= 0.0 => Kind::Counts,
            _ => Kind::Continuous,
        }
    }

    /// Whether neighbours in the data are alike, as in a series: the order then means something.
    fn is_series(&self) -> bool {
        let n = self.observed.len();
        self.dims.len() <= 1
            && n >= 15
            && Quantity::Autocorrelation.of(&self.observed) > (3.0 / (n as f64).sqrt()).max(0.3)
    }

    /// `3`, or `2,1`; 1 for a single number.
    fn index(&self, element: usize) -> String {
        let mut at = self.places[element];
        let one = |size: &usize| {
            let i = at % size + 1;
            at /= size;
            i.to_string()
        };
        let index: Vec<String> = self.dims.iter().map(one).collect();
        if index.is_empty() { "1".into() } else { index.join(",") }
    }

    /// `y[3]`, `y[2,1]`, or the name alone.
    fn element(&self, element: usize) -> String {
        match self.dims.is_empty() {
            true => self.name.clone(),
            false => format!("{}[{}]", self.name, self.index(element)),
        }
    }

    pub fn checks(&self) -> Vec<Check> {
        statistics::checks(self)
    }
}

pub fn render(predictive: &Result<Predictive, String>, judged: &Result<Judged, String>) -> String {
    let body = match predictive {
        Ok(predictive) => outcomes(predictive, judged),
        Err(why) => refusal("The data cannot be drawn again from this program", why),
    };
    super::html::section("predictive", "Data and replications", &body)
}

fn outcomes(predictive: &Predictive, judged: &Result<Judged, String>) -> String {
    let mut body = paragraph(&format!(
        "{} that the fitted model generates, beside the data. A model that fits generates data like these.",
        count(predictive.draws.len(), "data set")
    ));
    if predictive.rejected > 0 {
        body.push_str(&remark(&format!(
            "{} of the draws gave no data set: the program rejected it.",
            thousands(predictive.rejected)
        )));
    }
    let shown: Vec<&Outcome> = predictive.outcomes.iter().filter(|o| !o.observed.is_empty()).collect();
    for outcome in shown.iter().take(SHOWN) {
        body.push_str(&one(outcome, predictive, judged));
    }
    if shown.len() > SHOWN {
        body.push_str(&remark(&format!("Not shown: {}.", codes(shown[SHOWN..].iter().map(|o| o.name.as_str())))));
    }
    if shown.is_empty() {
        body.push_str(&paragraph("There is no observed number to compare."));
    }
    body
}

fn one(outcome: &Outcome, predictive: &Predictive, judged: &Result<Judged, String>) -> String {
    let n = outcome.observed.len();
    let mut out = format!("<h3>{} <small>{}</small></h3>\n", code(&outcome.name), count(n, "value"));
    let kind = outcome.kind();
    let mut figures = Vec::new();
    match kind {
        Kind::Binary => {
            figures.push(discrete::bars(outcome));
            figures.extend(discrete::reliability(outcome));
        }
        Kind::Categories => figures.push(discrete::bars(outcome)),
        Kind::Counts => figures.push(discrete::rootogram(outcome)),
        Kind::Continuous if n >= 10 => figures.extend(overlay::densities(outcome)),
        Kind::Continuous => {}
    }
    if kind != Kind::Binary && n >= 20 {
        figures.extend(overlay::places(outcome, &predictive.draws, judged));
    }
    out.push_str(&legend(&[("data", "data"), ("post", "replications")]));
    out.push_str(&gallery(&figures));
    if !matches!(kind, Kind::Binary | Kind::Categories) {
        out.push_str(&ordered::render(outcome, kind).map(|f| wide(&f)).unwrap_or_default());
    }
    if outcome.path {
        out.push_str(&remark(
            "A replication is a whole path: its later values follow from its own earlier ones, not from those of the data. The thin lines are two of them.",
        ));
    }
    out + &statistics::render(&outcome.checks())
}

/// Quantiles of ascending values.
fn quantiles<const N: usize>(sorted: &[f64], probabilities: [f64; N]) -> [f64; N] {
    probabilities.map(|p| quantile_sorted(sorted, p))
}
