//! The library, as an embedder uses it.

use ppl::{
    BindError, Bound, Control, Data, Density, Diagnostics, Draws, EvalError, InitialValues, LoadError, Model,
    Normalisation, SampleError, Settings, SourceMap, Stream, Summary,
};
use std::path::Path;
use std::sync::{Arc, Mutex};

const PROGRAM: &str = "
data { int<lower=0> N; vector[N] y; }
parameters { real mu; real<lower=0> sigma; }
transformed parameters { real variance = square(sigma); }
model { mu ~ normal(0, 10); sigma ~ exponential(1); y ~ normal(mu, sigma); }
generated quantities { real y_new = normal_rng(mu, sigma); }
";

fn bound() -> Bound {
    let y = [1.0, 2.5, 0.5, 1.5, 2.0, 1.0];
    Model::compile(PROGRAM).unwrap().bind(&Data::new().int("N", 6).reals("y", &y)).unwrap()
}

#[test]
fn what_is_shared_between_threads() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    fn sent<T: Send + Sync + 'static>() {}
    shared::<Model>();
    shared::<Bound>();
    shared::<Diagnostics>();
    shared::<Draws>();
    sent::<LoadError>();
    sent::<BindError>();
    sent::<SampleError>();
    sent::<EvalError>();
    // Evaluations from several threads at once give what one gives.
    let bound = bound();
    let expected = bound.log_density(&[0.3, -0.2], Normalisation::Sampler).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut gradient = [0.0; 2];
                for _ in 0..100 {
                    let lp = bound.log_density_gradient(&[0.3, -0.2], &mut gradient).unwrap();
                    assert!((lp - expected).abs() < 1e-12);
                }
            });
        }
    });
}

#[test]
fn names_and_values() {
    let bound = bound();
    assert_eq!(bound.dim(), 2);
    assert_eq!(bound.unconstrained_names(), ["mu", "sigma"]);
    assert_eq!(bound.names(), ["mu", "sigma", "variance", "y_new"]);
    let stream = Stream { seed: 1, chain: 2, draw: 3 };
    let values = bound.expand(&[1.0, 0.5], stream).unwrap();
    assert!((values[1] - 0.5f64.exp()).abs() < 1e-15 && (values[2] - 1f64.exp()).abs() < 1e-14);
    assert_eq!(values, bound.expand(&[1.0, 0.5], stream).unwrap());
    assert_ne!(values[3], bound.expand(&[1.0, 0.5], Stream { draw: 4, ..stream }).unwrap()[3]);
    let theta = bound.unconstrain(&Data::new().real("mu", 1.0).real("sigma", 0.5f64.exp())).unwrap();
    assert!((theta[0] - 1.0).abs() < 1e-15 && (theta[1] - 0.5).abs() < 1e-15);
    let partial = bound.initial_values(&Data::new().real("sigma", 1.0)).unwrap();
    assert_eq!(partial, [None, Some(0.0)]);
    assert!(bound.unconstrain(&Data::new().real("mu", 1.0).real("sigma", -1.0)).is_err());
}

#[test]
fn densities_and_gradients() {
    let bound = bound();
    let theta = [0.4, -0.3];
    let mut gradient = [0.0; 2];
    let lp = bound.log_density_gradient(&theta, &mut gradient).unwrap();
    for i in 0..2 {
        let at = |h: f64| {
            let mut x = theta;
            x[i] += h;
            bound.log_density(&x, Normalisation::Sampler).unwrap()
        };
        let h = 1e-5;
        assert!(((at(h) - at(-h)) / (2.0 * h) - gradient[i]).abs() < 1e-7);
    }
    // The two differ by constants and the Jacobian (here: the second coordinate).
    let normalised = bound.log_density(&theta, Normalisation::Normalised).unwrap();
    let constants = -7.0 * 0.918_938_533_204_672_7 - 10f64.ln();
    assert!((normalised - (lp - theta[1] + constants)).abs() < 1e-10, "{normalised} {lp}");
    assert!(matches!(bound.log_density_gradient(&[0.0], &mut gradient), Err(EvalError::Fatal(_))));
    assert!(matches!(bound.log_density(&[0.0; 3], Normalisation::Sampler), Err(EvalError::Fatal(_))));
}

#[test]
fn sampling() {
    let bound = bound();
    let settings = Settings { seed: 5, ..Settings::default() };
    let draws = bound.sample(&settings).unwrap();
    let summary = Summary::of(&draws);
    assert_eq!(summary.rows.len(), 5);
    assert!(summary.rows.iter().all(|r| r.rhat < 1.02), "{}", summary.table(None));
    let again = bound.sample_with(&Settings { threads: Some(1), ..settings }, &Control::default()).unwrap();
    assert_eq!(draws.column(3), again.column(3));
    let bad = Settings { initial: InitialValues::Given(vec![vec![None]]), ..Settings::default() };
    assert!(matches!(bound.sample(&bad), Err(SampleError::InitialLength { expected: 2, found: 1 })));
}

#[test]
fn diagnostics_have_places() {
    let error = Model::compile("parameters { real x; }\nmodel { x ~ normal(0, z); x ~ normal(0, w); }").unwrap_err();
    assert!(error.has_errors() && !error.is_empty());
    let records = error.records();
    assert_eq!(records.len(), 2);
    assert_eq!((records[0].line, records[0].column, records[0].severity), (2, 23, "error"));
    assert!(error.to_string().starts_with("model.stan:2:23: error E"), "{error}");
    assert!(error.render(false).contains("model.stan: 2 errors"));
    assert!(matches!(Model::load(Path::new("/nonexistent.stan"), &[]), Err(LoadError::Source(_))));
}

#[test]
fn includes_from_memory() {
    let files = [("f.stanfunctions".to_string(), "real f() { return 1; }".to_string())].into();
    let text = "functions {\n#include f.stanfunctions\n}\nparameters { real x; }\nmodel { x ~ normal(0, f()); }";
    assert!(Model::from_source(SourceMap::from_texts("m.stan", text, &files)).is_ok());
    assert!(Model::compile(text).is_err());
}

#[test]
fn problems_of_data_are_listed() {
    let model = Model::compile(PROGRAM).unwrap();
    let error = model.bind(&Data::new().real("y", 1.0)).unwrap_err();
    let BindError::Data(problems) = &error else { panic!("{error}") };
    assert!(problems.iter().any(|p| p.path == "N"), "{error}");
    let bound = model.bind(&Data::new().int("N", 0).reals("y", &[]).int("extra", 1)).unwrap();
    assert_eq!(bound.unused_data(), ["extra"]);
}

#[test]
fn printed_text_reaches_the_embedder() {
    let text = Arc::new(Mutex::new(String::new()));
    let sink = Arc::clone(&text);
    let model = Model::compile("transformed data { print(\"x = \", 3); } parameters { real a; } model { }").unwrap();
    model.with_printer(move |line| sink.lock().unwrap().push_str(line)).bind(&Data::new()).unwrap();
    assert!(text.lock().unwrap().contains("x = 3"));
}

#[test]
fn workspaces_are_reused() {
    let bound = bound();
    let mut workspace = Density::workspace(&bound);
    let mut gradient = [0.0; 2];
    let mut last = None;
    for _ in 0..3 {
        let lp = Density::log_density_gradient(&bound, &mut workspace, &[0.1, 0.2], &mut gradient).unwrap();
        assert!(last.is_none_or(|l| l == (lp, gradient)));
        last = Some((lp, gradient));
    }
}
