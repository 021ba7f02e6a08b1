//! What the two levels keep, and how it is written.

use ppl_canonical::{Level, Options, canonicalise};
use ppl_grammar::source::SourceMap;

fn text(program: &str, level: Level) -> String {
    let parsed = ppl_grammar::parse::parse(&SourceMap::from_text("model.stan", program.to_string()));
    let checked = ppl_program::check(&parsed.program).unwrap_or_else(|errors| panic!("{errors:?}"));
    canonicalise(&checked.program, Options { level, data_names: true }).unwrap_or_else(|error| panic!("{error}")).text
}

const DATA: &str =
    "data { int N; vector[N] y; vector[N] x; } parameters { real mu; } model { mu ~ normal(0, 1); y ~ normal(mu, 1);";

/// A term of outcomes alone is a constant of the log density, and a part of the law of the outcomes; one of covariates is neither.
#[test]
fn terms_that_data_determine() {
    let plain = format!("{DATA} }}");
    let of_outcomes = format!("{DATA} target += -square(sum(y)); }}");
    let under_a_condition = format!("{DATA} for (i in 1:N) if (y[i] > 0) target += 2; }}");
    let of_covariates = format!("{DATA} target += 3 * sum(x); target += log(2); }}");
    for level in [Level::Density, Level::Law] {
        assert_eq!(text(&plain, level), text(&of_covariates, level));
    }
    for other in [of_outcomes, under_a_condition] {
        assert_eq!(text(&plain, Level::Density), text(&other, Level::Density));
        assert_ne!(text(&plain, Level::Law), text(&other, Level::Law));
    }
}

/// Both sides of a choice stand in one `if`, however they were written.
#[test]
fn sides_of_a_choice_stand_together() {
    let head =
        "data { int N; array[N] int<lower=0> y; } parameters { real<lower=0, upper=1> p; real<lower=0> l; } model {";
    let one = format!(
        "{head} for (i in 1:N) {{ if (y[i] == 0) target += log_mix(p, 0, poisson_lpmf(0 | l)); else {{ target += log1m(p); y[i] ~ poisson(l); }} }} }}"
    );
    let apart = format!(
        "{head} for (i in 1:N) if (y[i] != 0) y[i] ~ poisson(l); for (i in 1:N) if (y[i] == 0) target += log_mix(p, 0, poisson_lpmf(0 | l)); for (j in 1:N) if (y[j] != 0) target += log1m(p); }}"
    );
    for level in [Level::Density, Level::Law] {
        let written = text(&one, level);
        assert_eq!(written, text(&apart, level));
        assert_eq!(written.matches("if (").count(), 1, "{written}");
        assert!(written.contains("else"), "{written}");
        assert_eq!(written, text(&written, level));
    }
}
