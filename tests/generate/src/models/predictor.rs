//! Linear predictors: covariates, interactions, groups.

use super::{COVARIATES, FACTORS, Writer, line};

/// A linear predictor of `N` rows.
pub(super) struct Predictor {
    /// An expression for all rows, and one for row `n`.
    pub vector: String,
    pub row: String,
    /// `(matrix, intercept, coefficients)` where that is all there is.
    pub matrix: Option<(String, String, String)>,
}

/// Writes data, parameters and priors of a predictor; `N` is declared.
pub(super) fn write(w: &mut Writer, n: i64, intercept: bool) -> Predictor {
    let mut terms: Vec<(String, String)> = Vec::new();
    if intercept {
        let prior = w.location_prior();
        w.parameter("real alpha", "alpha", &prior);
        terms.push(("alpha".into(), "alpha".into()));
    }
    let matrix = w.random.chance(0.35);
    let names = if matrix { design_matrix(w, n, &mut terms) } else { covariates(w, n, &mut terms) };
    let plain = matrix && intercept;
    let mut grouped = false;
    if w.random.chance(0.45) {
        grouped = true;
        let first = w.random.below(FACTORS.len());
        group(w, n, FACTORS[first], names.first().map(String::as_str), &mut terms);
        if w.random.chance(0.3) {
            group(w, n, FACTORS[(first + 1) % FACTORS.len()], None, &mut terms);
        }
    }
    let join = |part: fn(&(String, String)) -> &String| terms.iter().map(part).cloned().collect::<Vec<_>>().join(" + ");
    Predictor {
        vector: join(|t| &t.0),
        row: join(|t| &t.1),
        matrix: (plain && !grouped).then(|| ("X".into(), "alpha".into(), "beta".into())),
    }
}

fn design_matrix(w: &mut Writer, n: i64, terms: &mut Vec<(String, String)>) -> Vec<String> {
    let k = w.size("K", 1, 5);
    let rows: Vec<String> = (0..n).map(|_| w.numbers(k, -2.0, 2.0)).collect();
    w.datum("matrix[N, K] X", "X", format!("[{}]", rows.join(", ")));
    let prior = w.location_prior();
    w.parameter("vector[K] beta", "beta", &prior);
    terms.push(("X * beta".into(), "X[n] * beta".into()));
    Vec::new()
}

/// Columns of their own, with squares and interactions.
fn covariates(w: &mut Writer, n: i64, terms: &mut Vec<(String, String)>) -> Vec<String> {
    let count = 1 + w.random.below(3);
    let first = w.random.below(COVARIATES.len());
    let names: Vec<String> = (0..count).map(|i| COVARIATES[(first + i) % COVARIATES.len()].to_owned()).collect();
    for name in &names {
        let values = w.numbers(n, -2.0, 2.0);
        w.datum(&format!("vector[N] {name}"), name, values);
        let prior = w.location_prior();
        w.parameter(&format!("real b_{name}"), &format!("b_{name}"), &prior);
        terms.push((format!("b_{name} * {name}"), format!("b_{name} * {name}[n]")));
    }
    if w.random.chance(0.3) {
        let (a, prior) = (&names[0], w.location_prior());
        w.parameter("real b_square", "b_square", &prior);
        terms.push((format!("b_square * square({a})"), format!("b_square * {a}[n] ^ 2")));
    }
    if let [a, b, ..] = &names[..]
        && w.random.chance(0.4)
    {
        let prior = w.location_prior();
        w.parameter("real b_product", "b_product", &prior);
        terms.push((format!("b_product * ({a} .* {b})"), format!("b_product * {a}[n] * {b}[n]")));
    }
    names
}

/// Effects of a grouping factor: intercepts, or intercepts and slopes, centred or not.
fn group(w: &mut Writer, n: i64, factor: &str, slope_of: Option<&str>, terms: &mut Vec<(String, String)>) {
    let size = format!("J_{factor}");
    let levels = w.size(&size, 3, 9);
    let values = w.integers(n, 1, levels);
    w.datum(&format!("array[N] int<lower=1, upper={size}> {factor}"), factor, values);
    if let Some(x) = slope_of
        && w.random.chance(0.35)
    {
        return correlated(w, &size, factor, x, terms);
    }
    let (effect, scale) = (format!("u_{factor}"), format!("tau_{factor}"));
    let prior = w.scale_prior();
    w.parameter(&format!("real<lower=0> {scale}"), &scale, &prior);
    if w.random.chance(0.5) {
        w.parameter(&format!("vector[{size}] {effect}"), &effect, &format!("normal(0, {scale})"));
    } else {
        w.parameter(&format!("vector[{size}] z_{factor}"), &format!("z_{factor}"), "std_normal()");
        line(&mut w.transformed, &format!("vector[{size}] {effect} = {scale} * z_{factor}"));
    }
    terms.push((format!("{effect}[{factor}]"), format!("{effect}[{factor}[n]]")));
}

/// Intercepts and slopes that are correlated.
fn correlated(w: &mut Writer, size: &str, factor: &str, x: &str, terms: &mut Vec<(String, String)>) {
    let prior = w.scale_prior();
    w.parameter(&format!("vector<lower=0>[2] tau_{factor}"), &format!("tau_{factor}"), &prior);
    let shape = w.random.between(1, 4);
    w.parameter(
        &format!("cholesky_factor_corr[2] L_{factor}"),
        &format!("L_{factor}"),
        &format!("lkj_corr_cholesky({shape})"),
    );
    w.parameter(&format!("matrix[2, {size}] z_{factor}"), &format!("to_vector(z_{factor})"), "std_normal()");
    line(
        &mut w.transformed,
        &format!("matrix[{size}, 2] r_{factor} = (diag_pre_multiply(tau_{factor}, L_{factor}) * z_{factor})'"),
    );
    terms.push((
        format!("r_{factor}[{factor}, 1] + r_{factor}[{factor}, 2] .* {x}"),
        format!("r_{factor}[{factor}[n], 1] + r_{factor}[{factor}[n], 2] * {x}[n]"),
    ));
}
