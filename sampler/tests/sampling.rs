//! NUTS on densities whose posterior is known.

mod common;

use common::{Closure, normals, plain};
use ppl_runtime::density::{Density, EvalError, Stream};
use ppl_sampler::diagnostics::{equal_lengths, mcse_mean, mcse_sd};
use ppl_sampler::{
    Adaptation, Control, Draws, InitialValues, Phase, SampleError, Settings, Summary, Warning, sample, sample_with,
};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Asserts mean and standard deviation of a column within 5 Monte Carlo standard errors (of about 60 checks in this file, one in
/// 30,000 runs of right code would fail; the seed is fixed).
fn assert_moments(draws: &Draws, name: &str, mean: f64, sd: f64) {
    let column = draws.column(draws.column_index(name).expect(name));
    let chains = equal_lengths(&column);
    let all: Vec<f64> = column.iter().flatten().copied().collect();
    let n = all.len() as f64;
    let m = all.iter().sum::<f64>() / n;
    let s = (all.iter().map(|x| (x - m).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    let (error_mean, error_sd) = (mcse_mean(&chains), mcse_sd(&chains));
    assert!((m - mean).abs() < 5.0 * error_mean, "{name}: mean {m} +- {error_mean}, expected {mean}");
    assert!((s - sd).abs() < 5.0 * error_sd, "{name}: sd {s} +- {error_sd}, expected {sd}");
    assert!(error_mean < 0.2 * sd, "{name}: too few effective draws to tell: {error_mean}");
}

fn warnings(draws: &Draws) -> Vec<Warning> {
    Summary::of(draws).warnings
}

/// Bivariate normal with correlation `rho`, standard deviations 1 and 10, means 3 and -20.
fn correlated(rho: f64) -> impl Density {
    plain(2, move |x: &[f64], g: &mut [f64]| {
        let (a, b) = (x[0] - 3.0, (x[1] + 20.0) / 10.0);
        let k = 1.0 / (1.0 - rho * rho);
        g[0] = -k * (a - rho * b);
        g[1] = -k * (b - rho * a) / 10.0;
        Ok(-0.5 * k * (a * a - 2.0 * rho * a * b + b * b))
    })
}

#[test]
fn correlated_normal() {
    for adaptation in [Adaptation::Diagonal, Adaptation::LowRank] {
        let settings = Settings { seed: 1, adaptation, ..Settings::default() };
        let draws = sample(&correlated(0.9), &settings).unwrap();
        assert_moments(&draws, "x[1]", 3.0, 1.0);
        assert_moments(&draws, "x[2]", -20.0, 10.0);
        assert_eq!(warnings(&draws), vec![]);
        assert_eq!(draws.total(), 4000);
        assert_eq!(draws.chains[2].inverse_metric.len(), 2);
    }
}

#[test]
fn many_scales() {
    let sds: Vec<f64> = (0..50).map(|i| 10f64.powf(i as f64 / 10.0 - 2.5)).collect();
    let means: Vec<f64> = (0..50).map(|i| i as f64).collect();
    let draws = sample(&normals(means, sds.clone()), &Settings { seed: 2, ..Settings::default() }).unwrap();
    for i in [0, 10, 30, 49] {
        assert_moments(&draws, &format!("x[{}]", i + 1), i as f64, sds[i]);
    }
    assert_eq!(warnings(&draws), vec![]);
}

#[test]
fn banana() {
    // x ~ N(0, 1), y | x ~ N(x^2 - 1, 0.5): E y = 0, var y = 2 + 0.25.
    let density = plain(2, |v: &[f64], g: &mut [f64]| {
        let z = (v[1] - (v[0] * v[0] - 1.0)) / 0.5;
        g[0] = -v[0] + z / 0.5 * 2.0 * v[0];
        g[1] = -z / 0.5;
        Ok(-0.5 * (v[0] * v[0] + z * z))
    });
    let settings = Settings { seed: 3, target_accept: 0.95, ..Settings::default() };
    let draws = sample(&density, &settings).unwrap();
    assert_moments(&draws, "x[1]", 0.0, 1.0);
    assert_moments(&draws, "x[2]", 0.0, 2.25f64.sqrt());
}

#[test]
fn constrained_parameter() {
    // sigma ~ gamma(3, 2) through its logarithm: mean 1.5, variance 3/4.
    let density = Closure {
        dim: 1,
        names: vec!["sigma".into(), "log_sigma".into()],
        log_density: |u: &[f64], g: &mut [f64]| {
            let sigma = u[0].exp();
            g[0] = 3.0 - 2.0 * sigma;
            Ok(3.0 * u[0] - 2.0 * sigma)
        },
        expand: |u: &[f64], _, out: &mut [f64]| {
            out.copy_from_slice(&[u[0].exp(), u[0]]);
            Ok(())
        },
    };
    let draws = sample(&density, &Settings { seed: 4, ..Settings::default() }).unwrap();
    assert_moments(&draws, "sigma", 1.5, 0.75f64.sqrt());
    // digamma(3) - log 2 and trigamma(3).
    assert_moments(&draws, "log_sigma", 0.922784335098467 - 2f64.ln(), 0.394934066848226f64.sqrt());
    assert_eq!(warnings(&draws), vec![]);
}

/// Neal's funnel: v ~ N(0, 3), x | v ~ N(0, exp(v / 2)).
fn funnel() -> impl Density {
    plain(10, |x: &[f64], g: &mut [f64]| {
        let v = x[0];
        let mut lp = -v * v / 18.0;
        g[0] = -v / 9.0;
        for i in 1..10 {
            let square = x[i] * x[i] * (-v).exp();
            lp -= 0.5 * square + 0.5 * v;
            g[0] += 0.5 * square - 0.5;
            g[i] = -x[i] * (-v).exp();
        }
        Ok(lp)
    })
}

#[test]
fn funnel_is_reported() {
    let draws = sample(&funnel(), &Settings { seed: 5, ..Settings::default() }).unwrap();
    let warnings = warnings(&draws);
    assert!(warnings.iter().any(|w| matches!(w, Warning::Divergences { .. })), "{warnings:?}");
    assert!(warnings.iter().any(|w| matches!(w, Warning::Ess { .. } | Warning::Rhat { .. })), "{warnings:?}");
}

#[test]
fn two_modes_are_reported() {
    // Equal mixture of N(-20, 1) and N(20, 1): no chain crosses.
    let density = plain(1, |x: &[f64], g: &mut [f64]| {
        let nearest = if x[0] < 0.0 { -20.0 } else { 20.0 };
        g[0] = nearest - x[0];
        Ok(-0.5 * g[0] * g[0])
    });
    let initial = InitialValues::Given(vec![vec![Some(-1.0)], vec![Some(1.0)], vec![Some(-2.0)], vec![Some(2.0)]]);
    let draws = sample(&density, &Settings { seed: 6, initial, ..Settings::default() }).unwrap();
    assert!(warnings(&draws).iter().any(|w| matches!(w, Warning::Rhat { .. })));
    let column = draws.column(0);
    assert!(column[0].iter().all(|x| *x < 0.0) && column[1].iter().all(|x| *x > 0.0));
}

/// Everything of a run that must not depend on time.
fn content(draws: &Draws) -> Vec<(Vec<u64>, String, Vec<u64>)> {
    let bits = |v: &[f64]| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    draws
        .chains
        .iter()
        .map(|c| (bits(&c.draws.values), format!("{:?}", c.draws.statistics), bits(&c.inverse_metric)))
        .collect()
}

#[test]
fn same_seed_same_draws_at_any_number_of_threads() {
    // Generated quantities enter through the stream.
    let density = || Closure {
        dim: 3,
        names: ["a", "b", "c", "generated"].map(String::from).to_vec(),
        log_density: |x: &[f64], g: &mut [f64]| {
            (0..3).for_each(|i| g[i] = -x[i]);
            Ok(-0.5 * x.iter().map(|x| x * x).sum::<f64>())
        },
        expand: |x: &[f64], stream: Stream, out: &mut [f64]| {
            out[..3].copy_from_slice(x);
            out[3] = (stream.seed * 1_000_000 + stream.chain * 10_000 + stream.draw) as f64;
            Ok(())
        },
    };
    let run = |threads, seed| {
        let settings = Settings { threads: Some(threads), seed, warmup: 200, draws: 100, ..Settings::default() };
        sample(&density(), &settings).unwrap()
    };
    let one = run(1, 7);
    for threads in [2, 3, 4, 16] {
        assert_eq!(content(&one), content(&run(threads, 7)), "{threads} threads");
    }
    assert_ne!(content(&one), content(&run(4, 8)));
    // Chains differ, and every stream is used once.
    assert_ne!(content(&one)[0], content(&one)[1]);
    let mut streams: Vec<u64> = one.column(3).iter().flatten().map(|x| *x as u64).collect();
    streams.sort_unstable();
    streams.dedup();
    assert_eq!(streams.len(), 400);
}

#[test]
fn a_chain_does_not_depend_on_how_many_there_are() {
    let run = |chains| {
        sample(&correlated(0.5), &Settings { chains, warmup: 100, draws: 50, seed: 3, ..Settings::default() }).unwrap()
    };
    assert_eq!(content(&run(2))[..], content(&run(5))[..2]);
}

#[test]
fn cancellation_keeps_the_draws() {
    let stop = AtomicBool::new(false);
    let evaluations = AtomicUsize::new(0);
    let density = plain(2, |x: &[f64], g: &mut [f64]| {
        if evaluations.fetch_add(1, Ordering::Relaxed) == 20_000 {
            stop.store(true, Ordering::Relaxed);
        }
        g[0] = -x[0];
        g[1] = -x[1];
        Ok(-0.5 * (x[0] * x[0] + x[1] * x[1]))
    });
    let settings = Settings { draws: 100_000_000, warmup: 100, ..Settings::default() };
    let draws = sample_with(&density, &settings, &Control { stop: Some(&stop), progress: None }).unwrap();
    assert!(draws.cancelled);
    assert_eq!(draws.chains.len(), 4);
    assert!(draws.total() > 1000, "{}", draws.total());
    for chain in &draws.chains {
        assert_eq!(chain.draws.values.len(), 2 * chain.draws.rows());
    }
    let summary = Summary::of(&draws);
    assert!(summary.warnings.iter().any(|w| matches!(w, Warning::Cancelled { .. })));
    assert!(summary.rows[1].mean.is_finite());
}

#[test]
fn a_flag_raised_before_the_start_gives_an_empty_run() {
    let stop = AtomicBool::new(true);
    let control = Control { stop: Some(&stop), progress: None };
    let draws =
        sample_with(&correlated(0.0), &Settings { draws: 100_000_000, ..Settings::default() }, &control).unwrap();
    assert!(draws.cancelled && draws.chains.len() == 4);
    assert!(!Summary::of(&draws).table(None).is_empty());
}

#[test]
fn progress_is_reported() {
    let log = Mutex::new(Vec::new());
    let report = |p: &ppl_sampler::Progress| log.lock().unwrap().push(*p);
    let settings = Settings { chains: 3, warmup: 50, draws: 20, ..Settings::default() };
    sample_with(&correlated(0.5), &settings, &Control { stop: None, progress: Some(&report) }).unwrap();
    let log = log.into_inner().unwrap();
    for chain in 0..3 {
        let mine: Vec<_> = log.iter().filter(|p| p.chain == chain).collect();
        let last = mine.last().unwrap();
        assert_eq!((last.phase, last.iterations, last.total), (Phase::Finished, 70, 70));
        assert!(mine.iter().any(|p| p.phase == Phase::Warmup) && mine.iter().any(|p| p.phase == Phase::Sampling));
        assert!(mine.windows(2).all(|w| w[0].iterations <= w[1].iterations));
        assert!(last.gradients >= 70 && last.step_size > 0.0);
    }
}

#[test]
fn fatal_errors_and_limits_stop_the_run() {
    for (error, text) in [
        (EvalError::Fatal("index 9 out of range".into()), "index 9"),
        (EvalError::Limit("too long".into()), "too long"),
    ] {
        let count = AtomicUsize::new(0);
        let density = plain(1, |x: &[f64], g: &mut [f64]| {
            if count.fetch_add(1, Ordering::Relaxed) > 500 {
                return Err(error.clone());
            }
            g[0] = -x[0];
            Ok(-0.5 * x[0] * x[0])
        });
        let failed = sample(&density, &Settings::default()).unwrap_err();
        assert!(matches!(failed, SampleError::Evaluation { iteration: 1.., .. }), "{failed:?}");
        assert!(failed.to_string().contains(text), "{failed}");
    }
}

#[test]
fn rejections_do_not_stop_the_run() {
    // A half-normal whose negative half is rejected.
    let density = plain(1, |x: &[f64], g: &mut [f64]| {
        if x[0] < 0.0 {
            return Err(EvalError::Reject("negative".into()));
        }
        g[0] = -x[0];
        Ok(-0.5 * x[0] * x[0])
    });
    let draws = sample(&density, &Settings { seed: 11, ..Settings::default() }).unwrap();
    assert!(draws.column(0).iter().flatten().all(|x| *x >= 0.0));
    assert!(warnings(&draws).iter().any(|w| matches!(w, Warning::Divergences { .. })));
}

#[test]
fn rejected_generated_quantities_are_nan() {
    let density = Closure {
        dim: 1,
        names: vec!["x".into(), "y".into()],
        log_density: |x: &[f64], g: &mut [f64]| {
            g[0] = -x[0];
            Ok(-0.5 * x[0] * x[0])
        },
        expand: |x: &[f64], _, out: &mut [f64]| {
            out[0] = x[0];
            if x[0] > 2.0 {
                return Err(EvalError::Reject("too large".into()));
            }
            out[1] = 1.0;
            Ok(())
        },
    };
    let draws = sample(&density, &Settings { seed: 12, ..Settings::default() }).unwrap();
    let (x, y) = (draws.column(0), draws.column(1));
    for (x, y) in x.iter().flatten().zip(y.iter().flatten()) {
        assert_eq!(y.is_nan(), *x > 2.0);
    }
    let text: Vec<String> = warnings(&draws).iter().map(Warning::to_string).collect();
    assert!(text.iter().any(|t| t.contains("too large")) && text.iter().any(|t| t.contains("NaN")), "{text:?}");
}

#[test]
fn no_starting_point() {
    let nan = plain(2, |_: &[f64], g: &mut [f64]| {
        g.fill(0.0);
        Ok(f64::NAN)
    });
    let error = sample(&nan, &Settings::default()).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("100 attempts") && text.contains("the log density is NaN"), "{text}");
    let SampleError::Initial { point, .. } = error else { panic!() };
    assert!(point.len() == 2 && point.iter().all(|x| x.abs() < 2.0));

    let infinite_gradient = plain(2, |_: &[f64], g: &mut [f64]| {
        g.copy_from_slice(&[0.0, f64::INFINITY]);
        Ok(0.0)
    });
    let text = sample(&infinite_gradient, &Settings::default()).unwrap_err().to_string();
    assert!(text.contains("the gradient is inf for unconstrained parameter 2"), "{text}");

    let rejected = plain(1, |_: &[f64], _: &mut [f64]| Err(EvalError::Reject("sigma is negative".into())));
    let settings = Settings { initial: InitialValues::Uniform { radius: 0.0 }, ..Settings::default() };
    let text = sample(&rejected, &settings).unwrap_err().to_string();
    assert!(text.contains("1 attempt;") && text.contains("sigma is negative"), "{text}");
}

#[test]
fn initial_values_are_used() {
    let density = || correlated(0.0);
    let settings = |initial| Settings { warmup: 0, draws: 1, initial, ..Settings::default() };
    let point = |a, b| vec![Some(a), Some(b)];
    let draws = sample(&density(), &settings(InitialValues::Given(vec![point(0.5, -1.0)]))).unwrap();
    assert!(draws.chains.iter().all(|c| c.initial == [0.5, -1.0]));
    let each: Vec<Vec<Option<f64>>> = (0..4).map(|i| vec![Some(f64::from(i)), None]).collect();
    let draws = sample(&density(), &settings(InitialValues::Given(each))).unwrap();
    for (i, chain) in draws.chains.iter().enumerate() {
        assert!(chain.initial[0] == i as f64 && chain.initial[1].abs() < 2.0, "{:?}", chain.initial);
    }
    let draws = sample(&density(), &settings(InitialValues::Uniform { radius: 0.1 })).unwrap();
    assert!(draws.chains.iter().all(|c| c.initial.iter().all(|x| x.abs() < 0.1)));
    let error = sample(&density(), &settings(InitialValues::Given(vec![vec![Some(1.0)]]))).unwrap_err();
    assert!(matches!(error, SampleError::InitialLength { expected: 2, found: 1 }), "{error}");
}

#[test]
fn starting_at_the_centre_of_a_symmetric_density() {
    // The gradient is exactly zero at the origin, and the second coordinate never has one within (-1, 1).
    let density = plain(2, |x: &[f64], g: &mut [f64]| {
        let excess = (x[1].abs() - 1.0).max(0.0);
        g[0] = -x[0] / 4.0;
        g[1] = -excess * x[1].signum() * 4.0;
        Ok(-0.5 * (x[0] * x[0] / 4.0) - 2.0 * excess * excess)
    });
    let settings = Settings { seed: 13, initial: InitialValues::Uniform { radius: 0.0 }, ..Settings::default() };
    let draws = sample(&density, &settings).unwrap();
    assert_moments(&draws, "x[1]", 0.0, 2.0);
    assert_eq!(warnings(&draws), vec![]);
}

#[test]
fn a_density_without_parameters_is_expanded() {
    let density = Closure {
        dim: 0,
        names: vec!["y".into()],
        log_density: |_: &[f64], _: &mut [f64]| Ok(0.0),
        expand: |_: &[f64], stream: Stream, out: &mut [f64]| {
            out[0] = (stream.chain * 1_000_000 + stream.draw) as f64;
            Ok(())
        },
    };
    let draws = sample(&density, &Settings { draws: 50, ..Settings::default() }).unwrap();
    let mut y: Vec<u64> = draws.column(0).concat().iter().map(|x| *x as u64).collect();
    y.dedup();
    assert_eq!(y.len(), 200);
}

#[test]
fn a_panicking_density_is_an_error() {
    let density = plain(1, |_: &[f64], _: &mut [f64]| -> Result<f64, EvalError> { panic!("broken density") });
    let error = sample(&density, &Settings::default()).unwrap_err().to_string();
    assert!(error.contains("internal error: broken density"), "{error}");
}

#[test]
fn warmup_iterations_can_be_kept() {
    let settings = Settings { warmup: 30, draws: 10, save_warmup: true, ..Settings::default() };
    let draws = sample(&correlated(0.5), &settings).unwrap();
    for chain in &draws.chains {
        assert_eq!((chain.warmup.rows(), chain.warmup_done, chain.draws.rows()), (30, 30, 10));
        assert_eq!(chain.warmup.values.len(), 60);
    }
}

#[test]
fn statistics_are_those_of_the_draws() {
    let settings = Settings { draws: 200, seed: 9, max_depth: 3, ..Settings::default() };
    let draws = sample(&correlated(0.99), &settings).unwrap();
    for chain in &draws.chains {
        for (i, s) in chain.draws.statistics.iter().enumerate() {
            let x = &chain.draws.values[2 * i..2 * i + 2];
            let mut gradient = [0.0; 2];
            let lp =
                correlated(0.99).log_density_gradient(&mut correlated(0.99).workspace(), x, &mut gradient).unwrap();
            assert_eq!(s.lp, lp);
            assert!(s.energy >= -lp, "kinetic energy is not negative");
            assert!((0.0..=1.0).contains(&s.accept_stat) && s.step_size > 0.0);
            assert!(s.tree_depth <= 3 && s.leapfrog_steps < 8 && s.leapfrog_steps >= 1);
        }
    }
    assert!(warnings(&draws).iter().any(|w| matches!(w, Warning::MaxDepth { max_depth: 3, .. })));
}
