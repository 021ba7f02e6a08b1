//! Leave-one-out, smoothing, comparison of models, sensitivity and predictive checks against figures that ArviZ computed (`loo/figures.py` says
//! how) and figures of R's `loo` (`loo/r_loo.py`).

mod common;

use common::{figure, splitmix};
use ppl_sampler::compare::{compare, pseudo_bma, pseudo_bma_plus, stacking};
use ppl_sampler::loo::{LogLikelihood, RelativeEfficiency, Settings, loo};
use ppl_sampler::predictive::loo_pit;
use ppl_sampler::psis::{Convention, smooth};
use ppl_sampler::sensitivity::{self, power_scaling};
use serde_json::Value;

fn file() -> Value {
    serde_json::from_str(include_str!("loo/figures.json")).unwrap()
}

fn number(case: &Value, key: &str) -> usize {
    case[key].as_u64().unwrap() as usize
}

fn figures(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(figure).collect()
}

/// Location and precision, chains one after another: the same arithmetic as in `figures.py`.
fn posterior(case: &Value) -> (Vec<f64>, Vec<f64>) {
    let (phi, ties) = (case["phi"].as_f64().unwrap(), case["ties"].as_bool().unwrap());
    let mut state = case["seed"].as_u64().unwrap();
    let (mut location, mut precision) = (Vec::new(), Vec::new());
    for _ in 0..number(case, "chains") {
        let mut x = 0.0;
        for _ in 0..number(case, "draws") {
            x = phi * x + (splitmix(&mut state) - 0.5);
            location.push(if ties { (8.0 * x).floor() / 8.0 } else { x });
            let p = 0.5 + splitmix(&mut state);
            precision.push(if ties { 1.0 } else { p });
        }
    }
    (location, precision)
}

fn units(case: &Value) -> Vec<f64> {
    (0..number(case, "units")).map(|i| case["spread"].as_f64().unwrap() * (i as f64 - 2.0)).collect()
}

fn log_likelihood(case: &Value, location: &[f64], precision: &[f64]) -> LogLikelihood {
    let chains = vec![number(case, "draws"); number(case, "chains")];
    let values = units(case)
        .into_iter()
        .enumerate()
        .flat_map(|(i, y)| {
            location.iter().zip(precision).map(move |(x, p)| -0.5 * (y - x) * (y - x) * p - 0.25 * i as f64)
        })
        .collect();
    LogLikelihood::new(chains, number(case, "units"), values).unwrap()
}

/// Compares numbers and remembers the worst.
#[derive(Default)]
struct Comparison {
    compared: usize,
    worst: f64,
    wrong: Vec<String>,
}

impl Comparison {
    fn check(&mut self, what: impl std::fmt::Display, ours: f64, theirs: f64, tolerance: f64) {
        self.compared += 1;
        let same = ours == theirs || (ours.is_nan() && theirs.is_nan());
        let error = if same { 0.0 } else { (ours - theirs).abs() / theirs.abs().max(1.0) };
        self.worst = self.worst.max(error);
        if error.is_nan() || error > tolerance {
            self.wrong.push(format!("{what}: {ours} but ArviZ {theirs}"));
        }
    }

    fn finish(self, at_least: usize) {
        println!("{} figures compared, largest scaled difference {:.1e}", self.compared, self.worst);
        assert!(self.compared >= at_least, "{}", self.compared);
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
    }
}

/// The settings of both runs of a case: r_eff computed from the variables, and given.
fn settings<'a>(case: &Value, location: &'a [f64], precision: &'a [f64]) -> [(&'static str, Settings); 2] {
    let draws = number(case, "draws");
    let chains = |column: &'a [f64]| column.chunks(draws).collect::<Vec<&[f64]>>();
    let mut columns = vec![chains(location)];
    if !case["ties"].as_bool().unwrap() {
        columns.push(chains(precision));
    }
    let given = Settings { convention: Convention::Arviz, r_eff: RelativeEfficiency::Common(0.37) };
    [("computed", Settings::arviz(&columns)), ("given", given)]
}

#[test]
fn leave_one_out_agrees_with_arviz() {
    let mut comparison = Comparison::default();
    for case in file()["cases"].as_array().unwrap() {
        let (location, precision) = posterior(case);
        let ll = log_likelihood(case, &location, &precision);
        for (kind, settings) in settings(case, &location, &precision) {
            let ours = loo(&ll, &settings).unwrap();
            let theirs = &case["figures"][kind];
            let mut check = |what: &str, ours: f64, theirs: f64| {
                comparison.check(format!("{} {kind} {what}", case["name"]), ours, theirs, 1e-10);
            };
            check("elpd", ours.elpd().value, figure(&theirs["elpd"]));
            check("se", ours.elpd().se, figure(&theirs["se"]));
            check("p", ours.p().value, figure(&theirs["p"]));
            check("good_k", ours.k_threshold, figure(&theirs["good_k"]));
            for (i, unit) in ours.units.iter().enumerate() {
                check(&format!("elpd of {i}"), unit.elpd, figure(&theirs["pointwise"][i]));
                check(&format!("k of {i}"), unit.k, figure(&theirs["k"][i]));
            }
        }
        let figures = &case["figures"];
        for i in 0..ll.units() {
            let ratios: Vec<f64> = ll.unit(i).iter().map(|l| -l).collect();
            let weights = smooth(&ratios, 0.8, Convention::Arviz).unwrap().log_weights;
            let largest = weights.iter().copied().fold(f64::MIN, f64::max);
            let smallest = weights.iter().copied().fold(f64::MAX, f64::min);
            comparison.check("largest weight", largest, figure(&figures["largest_log_weights"][i]), 1e-10);
            comparison.check("smallest weight", smallest, figure(&figures["smallest_log_weights"][i]), 1e-10);
        }
    }
    comparison.finish(600);
}

/// The comparison above sees what it is there to see: another length of the tail, another convention on ties.
#[test]
fn wrong_variants_disagree_with_arviz() {
    let file = file();
    for case in file["cases"].as_array().unwrap().iter().filter(|c| number(c, "draws") >= 250) {
        let (location, precision) = posterior(case);
        let ll = log_likelihood(case, &location, &precision);
        let [(_, computed), (_, given)] = settings(case, &location, &precision);
        let differs = |settings: &Settings, kind: &str| {
            let ours = loo(&ll, settings).unwrap();
            let theirs = figures(&case["figures"][kind]["k"]);
            ours.units.iter().zip(theirs).any(|(u, k)| (u.k - k).abs() > 1e-6)
        };
        assert!(!differs(&computed, "computed") && !differs(&given, "given"));
        let shorter = Settings { r_eff: RelativeEfficiency::Common(0.37 * 1.1), ..given.clone() };
        // A few more draws with equal ratios may leave the same distinct ones in the tail.
        assert!(case["ties"].as_bool().unwrap() || differs(&shorter, "given"), "{}", case["name"]);
        let loo_convention = Settings { convention: Convention::Loo, ..given };
        // They differ on ties, and on weights that underflow.
        let expected = case["ties"].as_bool().unwrap() || case["name"] == "very heavy";
        assert_eq!(differs(&loo_convention, "given"), expected, "{}", case["name"]);
    }
}

#[test]
fn leave_one_out_agrees_with_r() {
    let file: Value = serde_json::from_str(include_str!("loo/r_loo.json")).unwrap();
    let chains: Vec<usize> = file["chains"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
    let units = file["units"].as_array().unwrap();
    let values = units.iter().flat_map(|u| figures(&u["log_likelihood"])).collect();
    let ll = LogLikelihood::new(chains, units.len(), values).unwrap();
    let ours = loo(&ll, &Settings::default()).unwrap();
    let mut comparison = Comparison::default();
    for (ours, theirs) in ours.units.iter().zip(units) {
        let figures = [
            ("r_eff", ours.r_eff),
            ("elpd", ours.elpd),
            ("mcse", ours.mcse),
            ("p", ours.p),
            ("k", ours.k),
            ("n_eff", ours.effective_draws),
        ];
        for (name, ours) in figures {
            comparison.check(format!("{name} of {}", theirs["unit"]), ours, figure(&theirs[name]), 1e-10);
        }
    }
    // The sums, where the file was made with all units.
    if units.len() == 32 {
        for (name, estimate) in [("elpd", ours.elpd()), ("p", ours.p()), ("looic", ours.looic())] {
            let theirs = figures(&file["all_units"][name]);
            comparison.check(name, estimate.value, theirs[0], 1e-10);
            comparison.check(name, estimate.se, theirs[1], 1e-10);
        }
    }
    comparison.finish(18);
}

/// Pointwise elpd of models: the same arithmetic as in `figures.py`.
fn elpd(comparison: &Value) -> Vec<Vec<f64>> {
    let mut state = comparison["seed"].as_u64().unwrap();
    let (spread, worse) = (comparison["spread"].as_f64().unwrap(), comparison["worse"].as_f64().unwrap());
    (0..number(comparison, "models"))
        .map(|k| {
            (0..number(comparison, "units"))
                .map(|_| -spread * splitmix(&mut state) * (1.0 + k as f64 * worse) - splitmix(&mut state))
                .collect()
        })
        .collect()
}

#[test]
fn comparisons_agree_with_arviz() {
    let mut comparison = Comparison::default();
    for c in file()["comparisons"].as_array().unwrap() {
        let owned = elpd(c);
        let models: Vec<&[f64]> = owned.iter().map(Vec::as_slice).collect();
        let theirs = &c["figures"];
        for (i, row) in compare(&models, Convention::Arviz).unwrap().iter().enumerate() {
            assert_eq!(row.model as u64, theirs["order"][i].as_u64().unwrap());
            comparison.check("difference", -row.difference.value, figure(&theirs["elpd_diff"][i]), 1e-10);
            comparison.check("its error", row.difference.se, figure(&theirs["dse"][i]), 1e-10);
            comparison.check("error", row.elpd.se, figure(&theirs["se"][i]), 1e-10);
        }
        let stacked = stacking(&models).unwrap();
        let score = |weights: &[f64]| -> f64 {
            let units = models[0].len();
            (0..units).map(|i| models.iter().zip(weights).map(|(m, w)| w * m[i].exp()).sum::<f64>().ln()).sum()
        };
        assert!((score(&stacked.weights) - stacked.log_score).abs() < 1e-9);
        // ArviZ stops when its objective changes by less than 1e-6; the figures have a run with 1e-15 as well.
        for (key, tolerance) in [("stacking", 2e-4), ("stacking_converged", 2e-6)] {
            let arviz = figures(&theirs[key]);
            assert!(score(&stacked.weights) >= score(&arviz) - 1e-10 && stacked.gap < 1e-10, "{stacked:?}");
            let worst = stacked.weights.iter().zip(arviz).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            println!("{key} of {} models: largest difference of a weight {worst:.1e}", models.len());
            assert!(worst < tolerance, "{key}: {worst}");
        }
        for (ours, theirs) in pseudo_bma(&models).unwrap().iter().zip(figures(&theirs["pseudo_bma"])) {
            comparison.check("pseudo-BMA", *ours, theirs, 1e-10);
        }
        // Monte Carlo error of 20,000 bootstrap draws on both sides.
        let plus = pseudo_bma_plus(&models, 1.0, 20_000, 7).unwrap();
        for (ours, theirs) in plus.iter().zip(figures(&theirs["pseudo_bma_plus"])) {
            assert!((ours - theirs).abs() < 0.015, "{ours} {theirs}");
        }
    }
    comparison.finish(60);
}

#[test]
fn sensitivity_agrees_with_arviz() {
    let mut comparison = Comparison::default();
    // The powers and the smoothing of ArviZ.
    let settings = sensitivity::Settings {
        lower: 1.0 / 1.01,
        convention: Convention::Arviz,
        r_eff: Some(1.0),
        ..sensitivity::Settings::default()
    };
    for case in file()["cases"].as_array().unwrap() {
        let (location, precision) = posterior(case);
        let ll = log_likelihood(case, &location, &precision);
        let likelihood: Vec<f64> =
            (0..ll.draws()).map(|s| (0..ll.units()).map(|i| ll.unit(i)[s]).sum::<f64>()).collect();
        let prior: Vec<f64> = location.iter().zip(&precision).map(|(x, p)| -2.0 * (x - 1.0) * (x - 1.0) - p).collect();
        let square: Vec<f64> = location.iter().map(|x| x * x).collect();
        let ours = power_scaling(ll.chains(), &[&location, &square], &prior, &likelihood, &settings).unwrap();
        let theirs = &case["sensitivity"];
        for (i, row) in ours.rows.iter().enumerate() {
            let name = format!("{} {i}", case["name"]);
            comparison.check(&name, row.prior.distance, figure(&theirs["prior"][i]), 1e-6);
            comparison.check(&name, row.likelihood.distance, figure(&theirs["likelihood"][i]), 1e-6);
        }
    }
    comparison.finish(60);
}

#[test]
fn left_out_places_agree_with_arviz() {
    let mut comparison = Comparison::default();
    // Which of several equal ratios gets which smoothed weight depends on numpy's sorting, and here the draws differ otherwise.
    for case in file()["cases"].as_array().unwrap().iter().filter(|c| !c["ties"].as_bool().unwrap()) {
        let (location, precision) = posterior(case);
        let ll = log_likelihood(case, &location, &precision);
        let mut state = case["seed"].as_u64().unwrap() + 1000;
        let by_unit: Vec<Vec<f64>> = (0..ll.units())
            .map(|_| location.iter().map(|x| x + 4.0 * (splitmix(&mut state) - 0.5)).collect())
            .collect();
        let rows: Vec<f64> = (0..ll.draws()).flat_map(|s| by_unit.iter().map(move |u| u[s])).collect();
        let settings = Settings { convention: Convention::Arviz, r_eff: RelativeEfficiency::Common(0.8) };
        let ours = loo_pit(&units(case), &rows, &ll, &settings).unwrap();
        for (ours, theirs) in ours.iter().zip(figures(&case["loo_pit"])) {
            comparison.check(&case["name"], ours.at_most, theirs, 1e-10);
        }
    }
    comparison.finish(100);
}
