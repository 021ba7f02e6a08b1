//! The diagnostics against figures that ArviZ computed (`arviz/figures.py` says how).

mod common;

use common::{figure as expected, splitmix};
use ppl_sampler::diagnostics::*;
use serde_json::Value;

/// The chains of a case: the same arithmetic as in `figures.py`.
fn chains(case: &Value) -> Vec<Vec<f64>> {
    let number = |key: &str| case[key].as_u64().unwrap();
    let phi = case["phi"].as_f64().unwrap();
    let mut state = number("seed");
    (0..number("chains"))
        .map(|c| {
            let mut x = 0.0;
            let mut chain: Vec<f64> = (0..number("draws"))
                .map(|_| {
                    x = phi * x + (splitmix(&mut state) - 0.5);
                    x
                })
                .collect();
            match case["kind"].as_str().unwrap() {
                "plain" => {}
                "shift" => chain.iter_mut().for_each(|x| *x += 0.3 * c as f64),
                "scale" => chain.iter_mut().for_each(|x| *x *= 1.0 + c as f64),
                "offset" => chain.iter_mut().for_each(|x| *x += 1000.0),
                "heavy" => chain.iter_mut().for_each(|x| *x /= 1.0001 - x.abs() / 0.5),
                "integer" => chain.iter_mut().for_each(|x| *x = (3.0 * *x).floor()),
                "constant" => chain.fill(1.5),
                "constants" => chain.fill(1.5 + c as f64),
                "nan" => {
                    let middle = chain.len() / 2;
                    chain[middle] = f64::NAN;
                }
                "infinite" => chain[1] = f64::INFINITY,
                kind => panic!("{kind}"),
            }
            chain
        })
        .collect()
}

#[test]
fn agree_with_arviz() {
    let file: Value = serde_json::from_str(include_str!("arviz/figures.json")).unwrap();
    let mut compared = 0;
    let mut worst = 0f64;
    let mut wrong = Vec::new();
    for case in file["cases"].as_array().unwrap() {
        let owned = chains(case);
        let c: Vec<&[f64]> = owned.iter().map(Vec::as_slice).collect();
        let figures = &case["figures"];
        let mut check = |name: &str, ours: f64, theirs: f64| {
            compared += 1;
            let same = ours == theirs || (ours.is_nan() && theirs.is_nan());
            let error = if same { 0.0 } else { (ours - theirs).abs() / theirs.abs().max(1.0) };
            worst = worst.max(error);
            // A NaN on one side only fails too.
            if error.is_nan() || error > 1e-10 {
                wrong.push(format!("{} {name}: {ours} but ArviZ {theirs}", case["name"]));
            }
        };
        let ours = [
            ("rhat", rhat(&c)),
            ("ess_bulk", ess_bulk(&c)),
            ("ess_tail", ess_tail(&c)),
            ("ess_mean", ess_mean(&c)),
            ("ess_sd", ess_sd(&c)),
            ("ess_quantile_0.1", ess_quantile(&c, 0.1)),
            ("ess_quantile_0.5", ess_quantile(&c, 0.5)),
            ("mcse_mean", mcse_mean(&c)),
            ("mcse_sd", mcse_sd(&c)),
            ("mcse_quantile_0.5", mcse_quantile(&c, 0.5)),
            ("mcse_quantile_0.95", mcse_quantile(&c, 0.95)),
        ];
        for (name, ours) in ours {
            check(name, ours, expected(&figures[name]));
        }
        for (chain, theirs) in c.iter().zip(figures["e_bfmi"].as_array().unwrap()) {
            check("e_bfmi", e_bfmi(chain), expected(theirs));
        }
    }
    println!("{compared} figures compared, largest scaled difference {worst:.1e}");
    assert!(compared > 250, "{compared}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
