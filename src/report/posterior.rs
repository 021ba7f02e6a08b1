//! The table of the posterior.

use super::html::{codes, count, number, remark, section, table, thousands};
use crate::{Row, Summary};
use ppl_sampler::draws::bracketed;
use ppl_sampler::summary::decimals;

/// Rows at most, so that the page stays readable.
const ROWS: usize = 60;
/// Of these, rows that the diagnostics warn of, at most.
const WORST: usize = 15;

/// Largest R-hat without a warning.
const MAX_RHAT: f64 = 1.01;

pub fn render(summary: &Summary) -> String {
    let needed = 100.0 * summary.chains as f64;
    let suspicious = |r: &Row| !r.is_constant() && (r.rhat > MAX_RHAT || r.ess_bulk.min(r.ess_tail) < needed);
    let (mut shown, mut body): (Vec<usize>, _) = ((0..summary.rows.len()).collect(), String::new());
    if summary.rows.len() > ROWS {
        let mut worst: Vec<usize> = (0..summary.rows.len()).filter(|&i| suspicious(&summary.rows[i])).collect();
        let ess = |i: &usize| summary.rows[*i].ess_bulk.min(summary.rows[*i].ess_tail);
        worst.sort_by(|a, b| ess(a).total_cmp(&ess(b)));
        worst.truncate(WORST);
        shown = worst.clone();
        shown.extend((0..summary.rows.len()).filter(|i| !worst.contains(i)).take(ROWS - worst.len()));
        shown.sort_unstable();
        let which = match worst.len() {
            0 => String::new(),
            n => format!(" and {} with the worst diagnostics", count(n, "other")),
        };
        body.push_str(&remark(&format!(
            "{} of {} quantities: the first ones{which}. The files of <code>--out</code> hold all.",
            shown.len(),
            thousands(summary.rows.len())
        )));
    }
    let headings = ["", "mean", "MCSE", "sd", "5%", "50%", "95%", "ESS bulk", "ESS tail", "R\u{302}"];
    let rows: Vec<Vec<String>> = shown.iter().map(|&i| cells(&summary.rows[i], needed)).collect();
    body.push_str(&table(&headings, &rows));
    body.push_str(&remark(
        "MCSE is the Monte Carlo standard error of the mean; ESS the effective sample size of the bulk and of the 5% and 95% \
         quantiles; R\u{302} compares the chains (Vehtari et al. 2021) and should be at most 1.01.",
    ));
    let constant: Vec<String> =
        shown.iter().map(|&i| &summary.rows[i]).filter(|r| r.is_constant()).map(|r| bracketed(&r.name)).collect();
    if !constant.is_empty() {
        let named = codes(constant.iter().take(8).map(String::as_str));
        body.push_str(&remark(&format!(
            "The same in every draw: {named}{}.",
            if constant.len() > 8 { ", ..." } else { "" }
        )));
    }
    section("posterior", "Posterior", &body)
}

fn cells(row: &Row, needed: f64) -> Vec<String> {
    let digits = decimals(row);
    let value = |x| number(x, digits);
    let marked = |text: String, bad: bool| if bad { format!("<b class=\"bad\">{text}</b>") } else { text };
    let varies = !row.is_constant();
    vec![
        super::html::code(&bracketed(&row.name)),
        value(row.mean),
        value(row.mcse),
        value(row.sd),
        value(row.q5),
        value(row.median),
        value(row.q95),
        marked(number(row.ess_bulk, 0), varies && row.ess_bulk < needed),
        marked(number(row.ess_tail, 0), varies && row.ess_tail < needed),
        marked(number(row.rhat, 3), varies && row.rhat > MAX_RHAT),
    ]
}
