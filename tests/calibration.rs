//! Simulation-based calibration of models of the standard library: parameters and data by the reversed program, fits by NUTS.

use ppl::{Bound, Calibration, CalibrationSettings, Data, Density, EvalError, Model, ReverseOptions, Sampler, Stream};
use std::sync::atomic::AtomicBool;

/// The chance that a right sampler fails a model.
const LEVEL: f64 = 0.001;

fn calibrate(name: &str, sampler: &Sampler) -> Calibration {
    let entry = ppl_stdlib::find(name).expect("a model of the library");
    let model = Model::compile(entry.program).expect("a valid model");
    let data = Data::from_json(entry.data.expect("a model with data")).expect("its data");
    let mut settings = CalibrationSettings { seed: 20_250_807, ..CalibrationSettings::default() };
    settings.fit.draws = 800;
    model
        .calibrate_with(sampler, &data, &ReverseOptions::default(), &settings, &AtomicBool::new(false), &|_| {})
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn failures(calibration: &Calibration) -> Vec<String> {
    let failed = calibration.ranks.test(LEVEL).into_iter().filter(|v| !v.uniform);
    failed.map(|v| format!("{} (p = {})", v.name, v.p_adjusted)).collect()
}

fn passes(name: &str) {
    let calibration = calibrate(name, &|bound, settings| bound.sample(settings));
    assert_eq!(calibration.failed, 0, "{name}: {:?}", calibration.message);
    assert_eq!(calibration.ranks.simulations(), 200);
    assert_eq!(failures(&calibration), Vec::<String>::new(), "{name}");
}

#[test]
fn eight_schools() {
    passes("eight_schools");
}

#[test]
fn kid_scores() {
    passes("kid_scores");
}

#[test]
fn stack_loss() {
    passes("stack_loss");
}

#[test]
fn batting() {
    passes("batting");
}

#[test]
fn golf_putting() {
    passes("golf_putting");
}

/// A posterior that believes its data too much: the log density times 2.
struct Overconfident<'a>(&'a Bound);

impl Density for Overconfident<'_> {
    type Workspace = ppl::Workspace;

    fn dim(&self) -> usize {
        self.0.dim()
    }

    fn workspace(&self) -> ppl::Workspace {
        Density::workspace(self.0)
    }

    fn log_density_gradient(
        &self,
        workspace: &mut ppl::Workspace,
        theta: &[f64],
        gradient: &mut [f64],
    ) -> Result<f64, EvalError> {
        let lp = Density::log_density_gradient(self.0, workspace, theta, gradient)?;
        gradient.iter_mut().for_each(|g| *g *= 2.0);
        Ok(lp * 2.0)
    }

    fn names(&self) -> &[String] {
        self.0.names()
    }

    fn expand(
        &self,
        workspace: &mut ppl::Workspace,
        theta: &[f64],
        stream: Stream,
        out: &mut [f64],
    ) -> Result<(), EvalError> {
        Density::expand(self.0, workspace, theta, stream, out)
    }
}

#[test]
fn a_broken_sampler_fails() {
    let calibration = calibrate("kid_scores", &|bound, settings| ppl_sampler::sample(&Overconfident(bound), settings));
    assert!(!failures(&calibration).is_empty());
    let narrow = calibration.ranks.test(LEVEL).iter().all(|v| v.dispersion > 0.0);
    assert!(narrow, "draws that are too narrow have true values outside");
}
