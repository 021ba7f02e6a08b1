//! The page of an evaluation: figures against the prior and the exact posterior, reliability, and by rows and outcome.

use crate::report::document;
use crate::report::html::{code, escape, figure, gallery, legend, number, paragraph, section, table, thousands};
use crate::report::plot::{Axis, Plot, SMALL, Scale};
use ppl_exact::calibration::Report as Calibration;
use spfn_model::evaluate::Judged;
use spfn_model::evaluate::run::RivalFound;
use spfn_model::evaluate::summary::{ExactSummary, Summary};

/// What was found of a network.
pub struct Evaluation {
    pub name: String,
    pub grammar: String,
    /// Tables with exact posteriors.
    pub exact: Vec<Judged>,
    /// Tables without.
    pub labels: Vec<Judged>,
    /// Of q on all tables, and of the exact posterior on those that have one.
    pub calibration: Calibration,
    pub exact_calibration: Option<Calibration>,
    /// Names of the rules.
    pub rules: Vec<String>,
    /// Others on the tables with exact posteriors.
    pub baselines: Vec<RivalFound>,
}

pub fn evaluation_page(e: &Evaluation) -> String {
    let mut body = format!("<main>\n<h1>{}</h1>\n", escape(&e.name));
    body += &paragraph(&format!("Grammar {}. Tables that no training has seen.", code(&e.grammar)));
    if let Some(summary) = Summary::of(&e.exact) {
        body += &against_exact(e, &summary);
    }
    body += &recovery(e);
    body += &reliability(e);
    body += "</main>\n";
    document(&e.name, &body)
}

fn against_exact(e: &Evaluation, all: &Summary) -> String {
    let headings = [
        "tables",
        "KL(p || q)",
        "95 %",
        "KL(p || prior)",
        "learnt",
        "of the ceiling",
        "ceiling",
        "entropy",
        "programs",
    ];
    let row = |name: &str, exact: &ExactSummary| {
        vec![
            format!("{} ({})", escape(name), thousands(exact.tables)),
            format!("{} \u{b1} {}", number(exact.divergence, 3), number(exact.standard_error, 3)),
            number(exact.percentile_95, 3),
            number(exact.of_prior, 2),
            format!("{} %", number(100.0 * exact.learnt, 1)),
            format!("{} %", number(100.0 * exact.ceiling_ratio, 1)),
            number(exact.ceiling, 3),
            number(exact.entropy, 2),
            number(exact.programs, 0),
        ]
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut add = |name: &str, summary: &Summary| rows.extend(summary.exact.as_ref().map(|exact| row(name, exact)));
    add("all", all);
    Summary::by_rows(&e.exact).iter().for_each(|(rows, s)| add(&format!("{} to {} rows", rows[0], rows[1] - 1), s));
    Summary::by_outcome(&e.exact).iter().for_each(|(name, s)| add(name, s));
    let text = paragraph(
        "p is the exact posterior over all programs of the grammar. KL in nats; learnt is 1 \u{2212} KL(p || q) / KL(p || prior); of the \
         ceiling is the mean p of the program that q finds likeliest over the mean p of the likeliest.",
    );
    let pictures = gallery(&[figure("KL(p || q) <small>by rows</small>", &divergences(&e.exact))]);
    section("exact", "Against the exact posterior", &(text + &table(&headings, &rows) + &pictures))
}

fn divergences(judged: &[Judged]) -> String {
    let points: Vec<(f64, f64)> =
        judged.iter().filter_map(|j| Some((j.rows as f64, j.exact?.divergence))).take(3000).collect();
    let (x, y) = (Scale::over(points.iter().map(|p| p.0)), Scale::from_zero(points.iter().map(|p| p.1)));
    let mut plot = Plot::new(SMALL, Axis::new(x, "rows"), Axis::new(y, "nats"), "divergence of q from p against rows");
    plot.points(points, "c1 faint");
    plot.finish()
}

fn recovery(e: &Evaluation) -> String {
    let headings = ["tables", "log score", "of the prior", "of p", "top 1", "top 5", "distance"];
    let all: Vec<&Judged> = e.exact.iter().chain(&e.labels).collect();
    let row = |name: &str, s: &Summary| {
        vec![
            format!("{} ({})", escape(name), thousands(s.tables)),
            number(s.log_q, 3),
            number(s.log_prior, 3),
            s.exact.as_ref().map_or_else(|| number(f64::NAN, 3), |exact| number(exact.log_p, 3)),
            format!("{} %", number(100.0 * s.top_1, 1)),
            format!("{} %", number(100.0 * s.top_5, 1)),
            number(s.distance, 2),
        ]
    };
    let mut rows: Vec<Vec<String>> = Summary::of(all.iter().copied()).iter().map(|s| row("network", s)).collect();
    let splits = Summary::by_split(all.iter().copied());
    rows.extend(splits.iter().map(|(name, s)| row(&format!("network: {name}"), s)));
    rows.extend(e.baselines.iter().filter_map(|rival| Some(row(&rival.name, &Summary::of(&rival.judged)?))));
    let text = paragraph(
        "Log score: mean log probability of the program that made the table, nats. Distance: rules with columns that the likeliest program has and \
         the true one has not, or the other way.",
    );
    let text = match splits.is_empty() {
        true => text,
        false => {
            text + &paragraph("Parts of the tables: what was trained on, and what the training's selection held out.")
        }
    };
    let times: String = e
        .baselines
        .iter()
        .map(|rival| paragraph(&format!("{}: {} ms a table.", escape(&rival.name), number(1e3 * rival.seconds, 2))))
        .collect();
    section("recovery", "Recovery of programs", &(text + &table(&headings, &rows) + &times))
}

fn reliability(e: &Evaluation) -> String {
    let all: Vec<(f64, bool)> = e.exact.iter().chain(&e.labels).map(|j| (j.confidence, j.rank == 0)).collect();
    let c = &e.calibration;
    let mut text = paragraph(&format!(
        "Expected calibration error of the likeliest program {} on {} tables; a q that is right would have {} on the same bins. Of every production, the mean \
         probability against how often it was there: the largest difference is {} standard errors.",
        number(c.error, 4),
        thousands(c.labels),
        number(c.error_if_calibrated, 4),
        number(c.productions.iter().map(|p| p.score.abs()).fold(0.0, f64::max), 1)
    ));
    if let Some(own) = &e.exact_calibration {
        text += &paragraph(&format!(
            "The exact posterior on {} tables: {} ({} if right).",
            thousands(own.labels),
            number(own.error, 4),
            number(own.error_if_calibrated, 4)
        ));
    }
    let headings = ["production", "probability", "frequency", "standard errors"];
    let rows: Vec<Vec<String>> = c
        .productions
        .iter()
        .map(|p| {
            let name = e.rules.get(p.rule).map_or("?", String::as_str);
            vec![code(name), number(p.probability, 4), number(p.frequency, 4), number(p.score, 1)]
        })
        .collect();
    let pictures = gallery(&[figure("Likeliest program <small>right against probability</small>", &bins(&all))]);
    section(
        "reliability",
        "Reliability",
        &(text + &legend(&[("c1", "network")]) + &pictures + &table(&headings, &rows)),
    )
}

/// How often the likeliest program was right, in bins of equally many tables.
fn bins(all: &[(f64, bool)]) -> String {
    const BINS: usize = 15;
    let mut sorted = all.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let axis = |label| Axis::new(Scale::linear(0.0, 1.0), label);
    let mut plot = Plot::new(SMALL, axis("probability"), axis("right"), "share of right answers against probability");
    plot.line([(0.0, 0.0), (1.0, 1.0)], "expected");
    let points: Vec<(f64, f64)> = (0..BINS)
        .map(|i| &sorted[i * sorted.len() / BINS..(i + 1) * sorted.len() / BINS])
        .filter(|own| !own.is_empty())
        .map(|own| {
            let n = own.len() as f64;
            let right = own.iter().filter(|(_, hit)| *hit).count() as f64;
            (own.iter().map(|(p, _)| p).sum::<f64>() / n, right / n)
        })
        .collect();
    plot.line(points.iter().copied(), "c1");
    plot.points(points, "c1");
    plot.finish()
}
