//! What was fitted, to what, how and when.

use super::Fit;
use super::html::{count, escape, thousands};
use crate::{Adaptation, InitialValues};
use std::time::{SystemTime, UNIX_EPOCH};

pub fn render(fit: &Fit<'_>, sections: &[(&str, &str)]) -> String {
    let s = fit.settings;
    let mut facts = Vec::new();
    let mut fact =
        |name: &str, value: String| facts.push(format!("<div><dt>{name}</dt><dd>{}</dd></div>", escape(&value)));
    fact("data", fit.data_name.unwrap_or("none").to_string());
    fact("chains", format!("{}, each {} warm-up and {} draws", s.chains, thousands(s.warmup), thousands(s.draws)));
    fact("seed", s.seed.to_string());
    let metric = match s.adaptation {
        Adaptation::Diagonal => "diagonal",
        Adaptation::LowRank => "low-rank",
    };
    fact(
        "sampler",
        format!("NUTS, {metric} mass matrix, target acceptance {}, depth at most {}", s.target_accept, s.max_depth),
    );
    match &s.initial {
        InitialValues::Uniform { radius } if *radius == 2.0 => {}
        InitialValues::Uniform { radius } => fact("initial values", format!("uniform within {radius} of the origin")),
        InitialValues::Given(points) => fact("initial values", format!("given ({})", count(points.len(), "point"))),
    }
    fact("unconstrained parameters", thousands(fit.dim));
    let seconds = |of: fn(&crate::ChainDraws) -> f64| fit.draws.chains.iter().map(of).fold(0.0, f64::max);
    fact(
        "time",
        format!(
            "{:.2} s warm-up, {:.2} s sampling (slowest chain)",
            seconds(|c| c.warmup_seconds),
            seconds(|c| c.sampling_seconds)
        ),
    );
    fact("made", format!("{} by ppl {}", utc(fit.finished), env!("CARGO_PKG_VERSION")));
    let links: String = sections.iter().map(|(id, title)| format!("<a href=\"#{id}\">{}</a>", escape(title))).collect();
    format!("<header>\n<h1>{}</h1>\n<dl>{}</dl>\n<nav>{links}</nav>\n</header>\n", escape(fit.name), facts.concat())
}

/// `2026-11-29 19:30 UTC`.
fn utc(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // From days to a date of the Gregorian calendar, in eras of 400 years that begin in March.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", second / 3600, second / 60 % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn dates() {
        let at = |s| utc(UNIX_EPOCH + Duration::from_secs(s));
        assert_eq!(at(0), "1970-01-01 00:00 UTC");
        assert_eq!(at(951_782_399), "2000-02-28 23:59 UTC");
        assert_eq!(at(951_782_400), "2000-02-29 00:00 UTC");
        assert_eq!(at(1_795_980_600), "2026-11-29 19:30 UTC");
    }
}
