//! What is observed of a linear predictor: families, links, mixtures.

use super::predictor::{self, Predictor};
use super::{Writer, line, lines};

/// Writes a model of `N` independent rows.
pub(super) fn write(w: &mut Writer) -> String {
    let n = w.size("N", 8, 60);
    let family = *w.random.pick(&FAMILIES);
    (family.write)(w, n);
    family.name.to_owned()
}

#[derive(Clone, Copy)]
struct Family {
    name: &'static str,
    write: fn(&mut Writer, i64),
}

const FAMILIES: [Family; 18] = [
    Family { name: "normal regression", write: |w, n| real(w, n, "vector[N] y", Real::Normal) },
    Family { name: "normal regression", write: |w, n| real(w, n, "vector[N] y", Real::Normal) },
    Family { name: "robust regression", write: |w, n| real(w, n, "vector[N] y", Real::Student) },
    Family { name: "lognormal regression", write: |w, n| real(w, n, "vector<lower=0>[N] y", Real::Lognormal) },
    Family { name: "unequal variances", write: unequal },
    Family { name: "gamma regression", write: gamma },
    Family { name: "beta regression", write: beta },
    Family { name: "logistic regression", write: logistic },
    Family { name: "logistic regression", write: logistic },
    Family { name: "binomial regression", write: binomial },
    Family { name: "poisson regression", write: poisson },
    Family { name: "poisson regression", write: poisson },
    Family { name: "negative binomial regression", write: negative_binomial },
    Family { name: "zero-inflated counts", write: zero_inflated },
    Family { name: "ordinal regression", write: ordinal },
    Family { name: "categorical regression", write: categorical },
    Family { name: "survival", write: survival },
    Family { name: "mixture", write: mixture },
];

/// The predictor under a name: as a local variable, a transformed parameter, or in place.
fn named(w: &mut Writer, p: &Predictor) -> (String, String) {
    let rows = format!("vector[N] eta;\nfor (n in 1 : N) eta[n] = {};", p.row);
    match w.random.below(4) {
        0 => {
            line(&mut w.transformed, &format!("vector[N] eta = {}", p.vector));
            ("eta".into(), "eta[n]".into())
        }
        1 => {
            line(&mut w.model, &format!("vector[N] eta = {}", p.vector));
            ("eta".into(), "eta[n]".into())
        }
        2 => {
            lines(&mut w.transformed, &rows);
            ("eta".into(), "eta[n]".into())
        }
        _ => (p.vector.clone(), p.row.clone()),
    }
}

/// `y ~ family(...)`: whole, or row by row. Declarations of the model block come first.
fn observe(w: &mut Writer, whole: &str, row: &str) {
    if w.random.chance(0.6) {
        line(&mut w.model, &format!("y ~ {whole}"));
    } else {
        lines(&mut w.model, &format!("for (n in 1 : N) {{\n  y[n] ~ {row};\n}}"));
    }
}

/// The model block with its declarations before its priors.
fn with_predictor(w: &mut Writer, n: i64, rest: impl FnOnce(&mut Writer, &str, &str, &Predictor)) {
    let p = predictor::write(w, n, true);
    let priors = std::mem::take(&mut w.model);
    let (whole, row) = named(w, &p);
    w.model.push_str(&priors);
    rest(w, &whole, &row, &p);
}

#[derive(Clone, Copy, PartialEq)]
enum Real {
    Normal,
    Student,
    Lognormal,
}

fn scale(w: &mut Writer, name: &str) {
    let prior = w.scale_prior();
    w.parameter(&format!("real<lower=0> {name}"), name, &prior);
}

fn real(w: &mut Writer, n: i64, outcome: &str, family: Real) {
    w.outcome(outcome);
    with_predictor(w, n, |w, whole, row, p| {
        scale(w, "sigma");
        match family {
            Real::Normal => match &p.matrix {
                Some((x, alpha, beta)) if w.random.chance(0.4) => {
                    line(&mut w.model, &format!("y ~ normal_id_glm({x}, {alpha}, {beta}, sigma)"));
                }
                _ => observe(w, &format!("normal({whole}, sigma)"), &format!("normal({row}, sigma)")),
            },
            Real::Student => {
                let (shape, rate) = (w.number(1.5, 4.0), w.number(0.05, 0.3));
                w.parameter("real<lower=1> nu", "nu", &format!("gamma({shape}, {rate}) T[1, ]"));
                observe(w, &format!("student_t(nu, {whole}, sigma)"), &format!("student_t(nu, {row}, sigma)"));
            }
            Real::Lognormal => observe(w, &format!("lognormal({whole}, sigma)"), &format!("lognormal({row}, sigma)")),
        }
    });
}

fn unequal(w: &mut Writer, n: i64) {
    w.outcome("vector[N] y");
    let values = w.numbers(n, -1.0, 1.0);
    w.datum("vector[N] spread", "spread", values);
    with_predictor(w, n, |w, whole, row, _| {
        for name in ["s_0", "s_1"] {
            let prior = w.location_prior();
            w.parameter(&format!("real {name}"), name, &prior);
        }
        observe(
            w,
            &format!("normal({whole}, exp(s_0 + s_1 * spread))"),
            &format!("normal({row}, exp(s_0 + s_1 * spread[n]))"),
        );
    });
}

fn gamma(w: &mut Writer, n: i64) {
    w.outcome("vector<lower=0>[N] y");
    with_predictor(w, n, |w, whole, row, _| {
        scale(w, "shape");
        observe(w, &format!("gamma(shape, shape / exp({whole}))"), &format!("gamma(shape, shape / exp({row}))"));
    });
}

fn beta(w: &mut Writer, n: i64) {
    w.outcome("vector<lower=0, upper=1>[N] y");
    with_predictor(w, n, |w, whole, row, _| {
        let (shape, rate) = (w.number(2.0, 6.0), w.number(0.1, 0.5));
        w.parameter("real<lower=0> phi", "phi", &format!("gamma({shape}, {rate})"));
        observe(
            w,
            &format!("beta_proportion(inv_logit({whole}), phi)"),
            &format!("beta(inv_logit({row}) * phi, (1 - inv_logit({row})) * phi)"),
        );
    });
}

fn logistic(w: &mut Writer, n: i64) {
    w.outcome("array[N] int<lower=0, upper=1> y");
    with_predictor(w, n, |w, whole, row, p| match (&p.matrix, w.random.below(3)) {
        (Some((x, alpha, beta)), 0) => {
            line(&mut w.model, &format!("y ~ bernoulli_logit_glm({x}, {alpha}, {beta})"));
        }
        (_, 1) => observe(w, &format!("bernoulli(Phi({whole}))"), &format!("bernoulli(Phi({row}))")),
        _ => observe(w, &format!("bernoulli_logit({whole})"), &format!("bernoulli_logit({row})")),
    });
}

fn binomial(w: &mut Writer, n: i64) {
    let trials = w.integers(n, 1, 30);
    w.datum("array[N] int<lower=0> trials", "trials", trials);
    w.outcome("array[N] int<lower=0> y");
    with_predictor(w, n, |w, whole, row, _| {
        if w.random.chance(0.3) {
            scale(w, "kappa");
            observe(
                w,
                &format!(
                    "beta_binomial(trials, inv_logit({whole}) * (kappa + 1), (1 - inv_logit({whole})) * (kappa + 1))"
                ),
                &format!(
                    "beta_binomial(trials[n], inv_logit({row}) * (kappa + 1), (1 - inv_logit({row})) * (kappa + 1))"
                ),
            );
        } else {
            observe(w, &format!("binomial_logit(trials, {whole})"), &format!("binomial_logit(trials[n], {row})"));
        }
    });
}

fn poisson(w: &mut Writer, n: i64) {
    w.outcome("array[N] int<lower=0> y");
    let exposed = w.random.chance(0.3);
    if exposed {
        let values = w.numbers(n, 0.5, 3.0);
        w.datum("vector<lower=0>[N] exposure", "exposure", values);
    }
    with_predictor(w, n, |w, whole, row, p| match &p.matrix {
        _ if exposed => {
            observe(w, &format!("poisson_log({whole} + log(exposure))"), &format!("poisson(exposure[n] * exp({row}))"))
        }
        Some((x, alpha, beta)) if w.random.chance(0.4) => {
            line(&mut w.model, &format!("y ~ poisson_log_glm({x}, {alpha}, {beta})"));
        }
        _ => observe(w, &format!("poisson_log({whole})"), &format!("poisson_log({row})")),
    });
}

fn negative_binomial(w: &mut Writer, n: i64) {
    w.outcome("array[N] int<lower=0> y");
    with_predictor(w, n, |w, whole, row, _| {
        scale(w, "phi");
        observe(w, &format!("neg_binomial_2_log({whole}, phi)"), &format!("neg_binomial_2_log({row}, phi)"));
    });
}

fn zero_inflated(w: &mut Writer, n: i64) {
    w.outcome("array[N] int<lower=0> y");
    with_predictor(w, n, |w, _, row, _| {
        let (a, b) = (w.number(1.0, 4.0), w.number(1.0, 6.0));
        w.parameter("real<lower=0, upper=1> zero", "zero", &format!("beta({a}, {b})"));
        let most = w.number(4.0, 30.0);
        lines(
            &mut w.model,
            &format!(
                "for (n in 1 : N) {{\n  real rate = {most} * inv_logit({row});\n  if (y[n] == 0) {{\n    target += log_mix(zero, 0, \
                 poisson_lpmf(0 | rate));\n  }} else {{\n    target += log1m(zero) + poisson_lpmf(y[n] | rate);\n  }}\n}}"
            ),
        );
    });
}

fn ordinal(w: &mut Writer, n: i64) {
    w.size("C", 3, 6);
    w.outcome("array[N] int<lower=1, upper=C> y");
    let p = predictor::write(w, n, false);
    let priors = std::mem::take(&mut w.model);
    let (whole, row) = named(w, &p);
    w.model.push_str(&priors);
    let sd = w.number(1.0, 4.0);
    w.parameter("ordered[C - 1] cut", "cut", &format!("normal(0, {sd})"));
    observe(w, &format!("ordered_logistic({whole}, cut)"), &format!("ordered_logistic({row}, cut)"));
}

fn categorical(w: &mut Writer, n: i64) {
    w.size("C", 3, 5);
    let k = w.size("K", 1, 4);
    let rows: Vec<String> = (0..n).map(|_| w.numbers(k, -2.0, 2.0)).collect();
    w.datum("matrix[N, K] X", "X", format!("[{}]", rows.join(", ")));
    w.outcome("array[N] int<lower=1, upper=C> y");
    let (a, b) = (w.location_prior(), w.location_prior());
    w.parameter("vector[C] alpha", "alpha", &a);
    w.parameter("matrix[K, C] beta", "to_vector(beta)", &b);
    if w.random.chance(0.4) {
        line(&mut w.model, "y ~ categorical_logit_glm(X, alpha, beta)");
    } else {
        lines(&mut w.model, "for (n in 1 : N) {\n  y[n] ~ categorical_logit(alpha + (X[n] * beta)');\n}");
    }
}

fn survival(w: &mut Writer, n: i64) {
    w.outcome("vector<lower=0>[N] y");
    with_predictor(w, n, |w, whole, row, _| {
        if w.random.chance(0.5) {
            scale(w, "shape");
            observe(w, &format!("weibull(shape + 0.5, exp({whole}))"), &format!("weibull(shape + 0.5, exp({row}))"));
        } else {
            observe(w, &format!("exponential(exp(-({whole})))"), &format!("exponential(exp(-({row})))"));
        }
    });
}

/// Components of normal or Poisson outcomes.
fn mixture(w: &mut Writer, _: i64) {
    let counts = w.random.chance(0.4);
    w.outcome(if counts { "array[N] int<lower=0> y" } else { "vector[N] y" });
    if w.random.chance(0.5) {
        let (a, b) = (w.number(1.0, 5.0), w.number(1.0, 5.0));
        w.parameter("real<lower=0, upper=1> theta", "theta", &format!("beta({a}, {b})"));
        let component = components(w, "2", counts);
        let (first, second) = (component("1"), component("2"));
        lines(
            &mut w.model,
            &format!("for (n in 1 : N) {{\n  target += log_mix(theta, {first},\n                    {second});\n}}"),
        );
    } else {
        w.size("C", 2, 4);
        let concentration = w.number(0.5, 4.0);
        w.parameter("simplex[C] theta", "theta", &format!("dirichlet(rep_vector({concentration}, C))"));
        let component = components(w, "C", counts)("c");
        lines(
            &mut w.model,
            &format!(
                "for (n in 1 : N) {{\n  vector[C] lp = log(theta);\n  for (c in 1 : C) {{\n    lp[c] += {component};\n  \
                 }}\n  target += log_sum_exp(lp);\n}}"
            ),
        );
    }
}

/// Parameters of the components; gives the density of `y[n]` under one of them.
fn components(w: &mut Writer, count: &str, counts: bool) -> impl Fn(&str) -> String + use<> {
    let sd = w.number(1.0, 5.0);
    let shared = w.random.chance(0.4);
    w.parameter(&format!("ordered[{count}] mu"), "mu", &format!("normal(0, {sd})"));
    if !counts {
        let prior = w.scale_prior();
        let sigma = if shared { "real<lower=0> sigma".to_owned() } else { format!("vector<lower=0>[{count}] sigma") };
        w.parameter(&sigma, "sigma", &prior);
    }
    move |c| match (counts, shared) {
        (true, _) => format!("poisson_log_lpmf(y[n] | mu[{c}])"),
        (false, true) => format!("normal_lpdf(y[n] | mu[{c}], sigma)"),
        (false, false) => format!("normal_lpdf(y[n] | mu[{c}], sigma[{c}])"),
    }
}
