//! Densities written by hand, and what reference figures need.
#![allow(dead_code)]

use ppl_runtime::density::{Density, EvalError, Stream};

/// A density from a closure over (theta, gradient), expanded by another.
pub struct Closure<L, E> {
    pub dim: usize,
    pub names: Vec<String>,
    pub log_density: L,
    pub expand: E,
}

impl<L, E> Density for Closure<L, E>
where
    L: Fn(&[f64], &mut [f64]) -> Result<f64, EvalError> + Send + Sync,
    E: Fn(&[f64], Stream, &mut [f64]) -> Result<(), EvalError> + Send + Sync,
{
    type Workspace = ();

    fn dim(&self) -> usize {
        self.dim
    }

    fn workspace(&self) {}

    fn log_density_gradient(&self, _: &mut (), theta: &[f64], gradient: &mut [f64]) -> Result<f64, EvalError> {
        (self.log_density)(theta, gradient)
    }

    fn names(&self) -> &[String] {
        &self.names
    }

    fn expand(&self, _: &mut (), theta: &[f64], stream: Stream, out: &mut [f64]) -> Result<(), EvalError> {
        (self.expand)(theta, stream, out)
    }
}

/// The identity as expansion.
pub fn plain<L>(dim: usize, log_density: L) -> impl Density<Workspace = ()>
where
    L: Fn(&[f64], &mut [f64]) -> Result<f64, EvalError> + Send + Sync,
{
    Closure {
        dim,
        names: (1..=dim).map(|i| format!("x.{i}")).collect(),
        log_density,
        expand: |theta: &[f64], _, out: &mut [f64]| {
            out.copy_from_slice(theta);
            Ok(())
        },
    }
}

/// Independent normals with the given means and standard deviations.
pub fn normals(means: Vec<f64>, sds: Vec<f64>) -> impl Density {
    plain(means.len(), move |x: &[f64], g: &mut [f64]| {
        let mut lp = 0.0;
        for i in 0..x.len() {
            let z = (x[i] - means[i]) / sds[i];
            lp -= 0.5 * z * z;
            g[i] = -z / sds[i];
        }
        Ok(lp)
    })
}

/// The top 53 bits of SplitMix64.
pub fn splitmix(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 * 2f64.powi(-53)
}

/// A figure of a JSON file: a number, or its name where JSON has none.
pub fn figure(value: &serde_json::Value) -> f64 {
    match value {
        serde_json::Value::String(text) => text.parse().unwrap(),
        value => value.as_f64().unwrap(),
    }
}
