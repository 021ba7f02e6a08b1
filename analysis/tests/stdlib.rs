//! The simulators of the standard library: what each model's verdict is, and that each simulator is a valid program.

use ppl_analysis::reverse::{Options, Reversal, reverse};
use ppl_analysis::verdict::Verdict;
use ppl_grammar::format::{Parentheses, print_program};
use ppl_grammar::source::SourceMap;
use ppl_program::check;

fn reversal(name: &str, text: &str) -> Reversal {
    let source = SourceMap::from_text(name, text.to_string());
    let program = check(&ppl_grammar::parse::parse(&source).program).expect("a valid program").program;
    reverse(&program, &Options::default(), &|span| (source.start(span).line, source.start(span).column))
}

fn simulator(reversal: &Reversal) -> String {
    print_program(&reversal.simulator.as_ref().expect("a simulator").program, Parentheses::Minimal)
}

#[test]
fn simulators_are_valid_programs() {
    for model in ppl_stdlib::MODELS {
        let reversal = reversal(model.name, model.program);
        if reversal.simulator.is_none() {
            continue;
        }
        let text = simulator(&reversal);
        let source = SourceMap::from_text("simulator", text.clone());
        let parsed = ppl_grammar::parse::parse(&source);
        assert!(parsed.is_ok(), "{}: {:?}\n{text}", model.name, parsed.diagnostics);
        let checked = check(&parsed.program);
        assert!(checked.is_ok(), "{}: {checked:?}\n{text}", model.name);
    }
}

/// Names of the models with a verdict.
fn with_verdict(verdict: Verdict) -> Vec<&'static str> {
    let has = |m: &&ppl_stdlib::Entry| reversal(m.name, m.program).report.verdict == verdict;
    ppl_stdlib::MODELS.iter().filter(has).map(|m| m.name).collect()
}

#[test]
fn nothing_in_the_library_is_improper() {
    assert_eq!(with_verdict(Verdict::NeedsRange), Vec::<&str>::new());
    assert_eq!(with_verdict(Verdict::NoDensity), Vec::<&str>::new());
}

#[test]
fn eight_schools_reads_forwards() {
    let model = ppl_stdlib::find("eight_schools").expect("eight schools");
    let reversal = reversal(model.name, model.program);
    assert_eq!(reversal.report.verdict, Verdict::ExactAfterRewrites);
    assert_eq!(reversal.report.rewrites, ["half_prior"]);
    assert_eq!(reversal.report.observed, ["y"]);
    assert_eq!(reversal.report.given, ["J", "sigma"]);
    let text = simulator(&reversal);
    let order =
        ["mu = normal_rng", "tau = abs(cauchy_rng", "theta = to_vector", "y = to_vector(normal_rng(theta, sigma))"];
    let at: Vec<usize> = order.iter().map(|line| text.find(line).unwrap_or_else(|| panic!("{line}\n{text}"))).collect();
    assert!(at.is_sorted(), "{text}");
}

#[test]
fn an_autoregression_is_given_its_first_values() {
    let model = ppl_stdlib::find("lynx_ar").expect("the lynx");
    let report = reversal(model.name, model.program).report;
    assert_eq!(report.observed, ["y[K + 1:T]"]);
    assert!(report.conditions.iter().any(|c| c == "`y[1:K]` is given"), "{:?}", report.conditions);
}

#[test]
fn a_parameter_without_a_density_needs_a_range() {
    let text = "parameters { real a; real<lower=0> b; } model { a ~ normal(0, b); }";
    let report = reversal("flat", text).report;
    assert_eq!(report.verdict, Verdict::NeedsRange);
    assert_eq!(report.improper, ["b"]);
}

#[test]
fn two_densities_of_one_parameter_are_sampled() {
    let text =
        "data { real y; } parameters { real a; } model { a ~ normal(0, 1); a ~ cauchy(0, 1); y ~ normal(a, 1); }";
    let report = reversal("twice", text).report;
    assert_eq!(report.verdict, Verdict::PriorByMcmc);
}

#[test]
fn bounds_that_cut_by_parameters_are_sampled() {
    let text = "parameters { real m; real<lower=0> a; } model { m ~ normal(0, 1); a ~ normal(m, 1); }";
    assert_eq!(reversal("cut", text).report.verdict, Verdict::PriorByMcmc);
    let text = "parameters { real<lower=0> a; } model { a ~ normal(1, 1); }";
    let reversal = reversal("cut", text);
    assert_eq!(reversal.report.verdict, Verdict::ExactAfterRewrites);
    assert!(simulator(&reversal).contains("std_normal_log_qf"));
    let text = "parameters { real<lower=0> a; } model { a ~ cauchy(1, 1); }";
    assert!(simulator(&self::reversal("cut", text)).contains("while (a < 0)"));
}
