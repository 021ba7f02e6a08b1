//! The page of `ppl infer`: the table, what the network proposes, what each term is worth, what fits say of it, and the data beside data that the
//! best programs draw.

use super::check::{Check, Checks};
use super::infer::{Inferred, Rows, TermOdds, front};
use super::sheet::Reading;
use crate::report::html::{code, escape, figure, gallery, number, paragraph, remark, section, table, thousands};
use crate::report::plot::{Axis, Plot, SMALL, Scale};
use crate::report::{Fit, document, replications};
use crate::{Data, Settings};
use spfn_model::familiar::Surprise;
use std::time::SystemTime;

/// What a page shows.
pub struct InferencePage<'a> {
    /// Name of the table.
    pub name: &'a str,
    pub reading: &'a Reading,
    /// What a reader must know of the table.
    pub notes: &'a [String],
    pub programs: &'a [Inferred],
    /// Of the first program.
    pub terms: &'a [TermOdds],
    pub surprise: Option<&'a Surprise>,
    pub checks: &'a Checks,
    pub data: &'a Data,
    /// Of the fits.
    pub settings: &'a Settings,
}

/// Which programs are on the front of size and predictive score: elpd where they were checked, else what the table says for them.
pub fn on_front(programs: &[Inferred], checks: &Checks) -> Vec<bool> {
    let score = |(place, own): (usize, &Inferred)| {
        let elpd = checks.done.iter().find(|check| check.place == place).map_or(f64::NAN, |check| check.elpd.value);
        (own.size, if checks.done.is_empty() { own.support } else { elpd })
    };
    front(&programs.iter().enumerate().map(score).collect::<Vec<_>>())
}

/// Programs whose replications are shown.
const REPLICATED: usize = 2;

pub fn inference_page(page: &InferencePage<'_>) -> String {
    let mut body = format!("<main>\n<h1>{}</h1>\n", escape(page.name));
    body += &of_table(page);
    body += &programs(page);
    body += &terms(page);
    body += &checks(page);
    let mut best: Vec<&Check> = page.checks.done.iter().collect();
    best.sort_by(|a, b| b.elpd.value.total_cmp(&a.elpd.value));
    for check in best.into_iter().take(REPLICATED) {
        body += &replicated(page, check);
    }
    body += &texts(page);
    body += "</main>\n";
    document(page.name, &body)
}

fn of_table(page: &InferencePage<'_>) -> String {
    let reading = page.reading;
    let mut text =
        paragraph(&format!("{} rows. The outcome is {}.", thousands(reading.table.rows()), code(&reading.outcome)));
    let rows: Vec<Vec<String>> =
        reading.columns.iter().map(|(name, role)| vec![code(name), escape(&role.to_string())]).collect();
    text += &table(&["column", "read as"], &rows);
    page.notes.iter().for_each(|note| text += &remark(&escape(note)));
    if let Some(own) = page.surprise {
        let strange: Vec<String> = own.strange.iter().map(|(name, z)| format!("{} ({z:+.1})", code(name))).collect();
        text += &paragraph(&format!(
            "{} The distance of its statistics from those of simulated tables is {}; 95 of 100 simulated tables are below {}. Farthest out, in standard \
             deviations: {}.",
            match own.is_out_of_distribution() {
                true =>
                    "<b>Out of distribution: this table is unlike those that the network learnt from, and its probabilities may mean little.</b>",
                false => "The table is like those that the network learnt from.",
            },
            number(own.score, 2),
            number(own.threshold, 2),
            strange.join(", ")
        ));
    }
    section("table", "Table", &text)
}

fn programs(page: &InferencePage<'_>) -> String {
    let rows: Vec<Vec<String>> = page
        .programs
        .iter()
        .zip(on_front(page.programs, page.checks))
        .enumerate()
        .map(|(place, (own, front))| {
            vec![
                format!("{} {}", place + 1, escape(&own.summary)),
                number(own.probability, 4),
                number(own.support, 2),
                own.size.to_string(),
                if front { "yes".to_string() } else { String::new() },
            ]
        })
        .collect();
    let text = paragraph(
        "Structures of programs, by the probability that the network gives them before anything is fitted. Support is log q less the log probability \
         that the grammar gives a structure without a table, in nats. On the front is what no smaller program equals, in elpd where it was checked, else in \
         support.",
    );
    section("programs", "Programs", &(text + &table(&["program", "q", "support", "size", "on the front"], &rows)))
}

fn terms(page: &InferencePage<'_>) -> String {
    if page.terms.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = page
        .terms
        .iter()
        .map(|term| {
            let seen = match term.rows {
                Rows::About(rows) => format!("about {}", thousands(rows)),
                Rows::Fewer(rows) => format!("fewer than {}", thousands(rows)),
                Rows::More(rows) => format!("more than {}", thousands(rows)),
                Rows::Unknown => "too few to tell".to_string(),
            };
            let there = if term.included { "yes" } else { "no" };
            vec![code(&term.term), there.to_string(), number(term.log_odds, 2), number(term.log_factor, 2), seen]
        })
        .collect();
    let text = paragraph(
        "Log odds of the first program with and without each term. The log factor is what is left when the odds of the grammar are taken away: a Bayes \
         factor that the network has learnt. The last column says how many rows such a table needs until the factor is 10: from tables of some of its rows, and \
         beyond its rows if each further one says as much.",
    );
    let headings = ["term", "in program 1", "log odds", "log factor", "rows"];
    section("terms", "Terms", &(text + &table(&headings, &rows)))
}

fn checks(page: &InferencePage<'_>) -> String {
    let checks = page.checks;
    if checks.done.is_empty() && checks.failed.is_empty() {
        return String::new();
    }
    let row = |(check, weight): (&Check, &f64)| {
        let own = &page.programs[check.place];
        let warnings: Vec<String> = check.warnings.iter().map(|warning| escape(&warning.to_string())).collect();
        vec![
            format!("{} {}", check.place + 1, escape(&own.summary)),
            number(own.probability, 4),
            number(check.elpd.value, 2),
            number(check.elpd.se, 2),
            number(*weight, 3),
            check.bad.to_string(),
            check.future.map_or_else(String::new, |future| number(future.value, 2)),
            if warnings.is_empty() { "converged".to_string() } else { warnings.join("; ") },
        ]
    };
    let rows: Vec<Vec<String>> = checks.done.iter().zip(&checks.weights).map(row).collect();
    let mut text = paragraph(&format!(
        "Each program was fitted with NUTS. elpd: expected log predictive density of the table as it is written down, by leave-one-out{}.",
        match checks.stacked {
            Some(stacked) => format!(
                "; of all of them stacked {} (standard error {})",
                number(stacked.value, 2),
                number(stacked.se, 2)
            ),
            None => String::new(),
        }
    ));
    let headings =
        ["program", "q", "elpd", "se", "stacking weight", "bad k", "later half from earlier rows", "of the fit"];
    text += &table(&headings, &rows);
    for (place, why) in &checks.failed {
        text += &remark(&format!("Program {} was not fitted: {}", place + 1, escape(why)));
    }
    text += &gallery(&[figure(
        "What the network believed, and what fits say <small>a point a program</small>",
        &belief(page),
    )]);
    section("checks", "Checks", &text)
}

/// elpd against log q.
fn belief(page: &InferencePage<'_>) -> String {
    let points: Vec<(f64, f64)> = page
        .checks
        .done
        .iter()
        .map(|check| (page.programs[check.place].probability.ln(), check.elpd.value))
        .filter(|(q, elpd)| q.is_finite() && elpd.is_finite())
        .collect();
    let x = Scale::over(points.iter().map(|p| p.0)).padded(0.08);
    let y = Scale::over(points.iter().map(|p| p.1)).padded(0.08);
    let mut plot = Plot::new(SMALL, Axis::new(x, "log q"), Axis::new(y, "elpd"), "elpd against log q of programs");
    plot.points(points, "c1");
    plot.finish()
}

fn replicated(page: &InferencePage<'_>, check: &Check) -> String {
    let name = &page.programs[check.place].summary;
    let fit = Fit {
        name,
        data_name: None,
        model: &check.model,
        data: page.data,
        settings: page.settings,
        dim: check.draws.names.len(),
        draws: &check.draws,
        summary: &check.summary,
        finished: SystemTime::now(),
    };
    format!("<h2>Program {}: {}</h2>\n{}", check.place + 1, escape(name), replications(&fit))
}

fn texts(page: &InferencePage<'_>) -> String {
    let one = |(place, own): (usize, &Inferred)| {
        format!(
            "<details{}><summary>{} {}</summary><pre><code>{}</code></pre></details>\n",
            if place == 0 { " open" } else { "" },
            place + 1,
            escape(&own.summary),
            escape(&own.text)
        )
    };
    let all: String = page.programs.iter().enumerate().map(one).collect();
    section("texts", "Texts", &(paragraph("Stan programs, for the table as it is written down.") + &all))
}
