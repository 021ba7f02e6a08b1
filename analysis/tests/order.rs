//! The order in which things are drawn.

use ppl_analysis::reverse::{Options, Reversal, reverse};
use ppl_analysis::verdict::Verdict;
use ppl_grammar::format::{Parentheses, print_program};
use ppl_grammar::source::SourceMap;
use ppl_program::check;

fn reversal(text: &str) -> Reversal {
    let source = SourceMap::from_text("model.stan", text.to_string());
    let program = check(&ppl_grammar::parse::parse(&source).program).expect("a valid program").program;
    reverse(&program, &Options::default(), &|span| (source.start(span).line, source.start(span).column))
}

fn simulator(text: &str) -> String {
    let reversal = reversal(text);
    let program = &reversal.simulator.unwrap_or_else(|| panic!("{:?}", reversal.report)).program;
    let text = print_program(program, Parentheses::Minimal);
    let source = SourceMap::from_text("simulator.stan", text.clone());
    let parsed = ppl_grammar::parse::parse(&source);
    assert!(parsed.is_ok() && check(&parsed.program).is_ok(), "{text}");
    text
}

#[track_caller]
fn in_order(text: &str, lines: &[&str]) {
    let mut from = 0;
    for line in lines {
        match text[from..].find(line) {
            Some(at) => from += at + line.len(),
            None => panic!("{line:?} is missing, or too early:\n{text}"),
        }
    }
}

#[test]
fn statements_are_sorted_by_what_they_need() {
    let text = simulator(
        "data { int N; vector[N] y; } parameters { real a; real b; real<lower=0> s; }
         model { y ~ normal(b, s); b ~ normal(a, 1); s ~ exponential(1); a ~ normal(0, 1); }",
    );
    in_order(&text, &["a = normal_rng(0, 1)", "b = normal_rng(a, 1)", "y = to_vector(normal_rng("]);
}

#[test]
fn loops_that_feed_each_other_run_as_one() {
    // An ARCH model: the scale of a day needs the day before.
    let text = simulator(
        "data { int T; vector[T] y; } parameters { real<lower=0> a; real<lower=0, upper=1> b; }
         model {
           vector[T] s;
           a ~ exponential(1);
           b ~ beta(2, 2);
           s[1] = a;
           for (t in 2 : T) s[t] = sqrt(a + b * square(y[t - 1]));
           y ~ normal(0, s);
         }",
    );
    in_order(&text, &["for (t in 1:T)", "if (t >= 2)", "s[t] = ", "y[t] = normal_rng(0, s[t])"]);
}

#[test]
fn inner_loops_that_feed_each_other_run_as_one() {
    let text = simulator(
        "data { int I; int T; array[I, T] int<lower=0, upper=1> y; } parameters { vector[2] beta; }
         transformed parameters {
           matrix[I, T] n;
           for (j in 1 : I) {
             n[j, 1] = 0;
             for (t in 2 : T) n[j, t] = n[j, t - 1] + y[j, t - 1];
           }
         }
         model {
           beta ~ normal(0, 1);
           for (i in 1 : I) for (j in 1 : T) y[i, j] ~ bernoulli_logit(beta[1] + beta[2] * n[i, j]);
         }",
    );
    in_order(
        &text,
        &["n[j, 1] = 0", "for (t in 1:T)", "n[j, t] = n[j, t - 1] + y[j, t - 1]", "y[j, t] = bernoulli_logit_rng("],
    );
}

#[test]
fn what_needs_the_future_is_refused() {
    // s[t] needs y[t + 1], which needs s[t + 1]: no order of turns will do.
    let report = reversal(
        "data { int T; vector[T] y; } parameters { real<lower=0> a; }
         model {
           vector[T] s;
           a ~ exponential(1);
           s[T] = a;
           for (t in 1 : T - 1) s[t] = sqrt(a + square(y[t + 1]));
           y ~ normal(0, s);
         }",
    )
    .report;
    assert_eq!(report.verdict, Verdict::Unsupported, "{report:?}");
}

#[test]
fn a_loop_that_draws_two_things_is_taken_apart() {
    let text = simulator(
        "data { int N; vector[N] y; } parameters { vector[N] u; real m; real<lower=0> s; }
         model {
           for (n in 1 : N) { y[n] ~ normal(u[n], s); u[n] ~ normal(m, 1); }
           s ~ exponential(1);
           m ~ normal(0, 1);
         }",
    );
    in_order(&text, &["m = normal_rng", "u[n] = normal_rng(m, 1)", "y[n] = normal_rng(u[n], s)"]);
}

#[test]
fn elements_that_may_be_drawn_twice_are_counted() {
    let text = simulator(
        "data { int N; array[N] int<lower=1, upper=N> k; vector[N] y; } parameters { real m; }
         model { m ~ normal(0, 1); for (n in 1 : N) y[k[n]] ~ normal(m, 1); }",
    );
    in_order(
        &text,
        &["array[N] int y_draws = rep_array(0, N);", "y_draws[k[n]] += 1;", "if (y_draws[k[n]] > 1)", "reject("],
    );
}
