//! Time series.

use super::{Writer, line, lines};

/// Writes a model of a series of `T` numbers.
pub(super) fn write(w: &mut Writer) -> String {
    w.size("T", 12, 80);
    let (name, kind): (&str, fn(&mut Writer)) = *w.random.pick(&[
        ("autoregression", autoregression as fn(&mut Writer)),
        ("local level", local_level),
        ("random walk of counts", counts),
        ("stochastic volatility", volatility),
        ("changing variance", garch),
        ("moving average", moving_average),
        ("logistic growth", growth),
        ("seasonal", seasonal),
    ]);
    kind(w);
    name.to_owned()
}

fn scale(w: &mut Writer, name: &str) {
    let prior = w.scale_prior();
    w.parameter(&format!("real<lower=0> {name}"), name, &prior);
}

fn location(w: &mut Writer, name: &str) {
    let prior = w.location_prior();
    w.parameter(&format!("real {name}"), name, &prior);
}

fn autoregression(w: &mut Writer) {
    w.outcome("vector[T] y");
    location(w, "alpha");
    scale(w, "sigma");
    let order = 1 + w.random.below(3);
    let sd = w.number(0.1, 0.5);
    if order == 1 && w.random.chance(0.6) {
        w.parameter("real<lower=-1, upper=1> phi", "phi", &format!("normal(0, {sd}) T[-1, 1]"));
        line(&mut w.model, "y[1] ~ normal(alpha / (1 - phi), sigma / sqrt(1 - phi ^ 2))");
        if w.random.chance(0.5) {
            line(&mut w.model, "y[2 : T] ~ normal(alpha + phi * y[1 : (T - 1)], sigma)");
        } else {
            lines(&mut w.model, "for (t in 2 : T) {\n  y[t] ~ normal(alpha + phi * y[t - 1], sigma);\n}");
        }
        return;
    }
    w.parameter(&format!("vector[{order}] phi"), "phi", &format!("normal(0, {sd})"));
    let terms: Vec<String> = (1..=order).map(|k| format!("phi[{k}] * y[t - {k}]")).collect();
    let start = if order == 1 { "y[1]".to_owned() } else { format!("y[1 : {order}]") };
    line(&mut w.model, &format!("{start} ~ normal(0, 2)"));
    lines(
        &mut w.model,
        &format!("for (t in {} : T) {{\n  y[t] ~ normal(alpha + {}, sigma);\n}}", order + 1, terms.join(" + ")),
    );
}

fn walk(w: &mut Writer, name: &str, scale: &str) {
    line(&mut w.parameters, &format!("vector[T] {name}"));
    let start = w.number(0.5, 3.0);
    line(&mut w.model, &format!("{name}[1] ~ normal(0, {start})"));
    if w.random.chance(0.5) {
        line(&mut w.model, &format!("{name}[2 : T] ~ normal({name}[1 : (T - 1)], {scale})"));
    } else {
        lines(&mut w.model, &format!("for (t in 2 : T) {{\n  {name}[t] ~ normal({name}[t - 1], {scale});\n}}"));
    }
}

fn local_level(w: &mut Writer) {
    w.outcome("vector[T] y");
    scale(w, "sigma_level");
    scale(w, "sigma_y");
    walk(w, "level", "sigma_level");
    let family = if w.random.chance(0.3) { "student_t(4, level, sigma_y)" } else { "normal(level, sigma_y)" };
    line(&mut w.model, &format!("y ~ {family}"));
}

fn counts(w: &mut Writer) {
    w.outcome("array[T] int<lower=0> y");
    let rate = w.number(2.0, 8.0);
    w.parameter("real<lower=0> tau", "tau", &format!("exponential({rate})"));
    walk(w, "level", "tau");
    line(&mut w.model, "y ~ poisson_log(level)");
}

fn volatility(w: &mut Writer) {
    w.outcome("vector[T] y");
    location(w, "mu");
    let (a, b) = (w.number(2.0, 20.0), w.number(1.0, 3.0));
    w.parameter("real<lower=0, upper=1> phi", "phi", &format!("beta({a}, {b})"));
    scale(w, "tau");
    line(&mut w.parameters, "vector[T] h");
    line(&mut w.model, "h[1] ~ normal(mu, tau)");
    lines(&mut w.model, "for (t in 2 : T) {\n  h[t] ~ normal(mu + phi * (h[t - 1] - mu), tau);\n}");
    lines(&mut w.model, "for (t in 1 : T) {\n  y[t] ~ normal(0, exp(h[t] / 2));\n}");
}

fn garch(w: &mut Writer) {
    w.outcome("vector[T] y");
    location(w, "mu");
    scale(w, "base");
    let (a, b) = (w.number(1.0, 4.0), w.number(2.0, 6.0));
    w.parameter("real<lower=0, upper=1> a", "a", &format!("beta({a}, {b})"));
    w.parameter("real<lower=0, upper=1> b", "b", &format!("beta({b}, {a})"));
    lines(
        &mut w.model,
        "real variance = base;\nfor (t in 1 : T) {\n  if (t > 1) {\n    variance = base + a * square(y[t - 1] - mu) + b * (1 - a) * variance;\n  }\n  \
         y[t] ~ normal(mu, sqrt(variance));\n}",
    );
}

fn moving_average(w: &mut Writer) {
    w.outcome("vector[T] y");
    location(w, "mu");
    scale(w, "sigma");
    let sd = w.number(0.2, 0.8);
    w.parameter("real<lower=-1, upper=1> theta", "theta", &format!("normal(0, {sd})"));
    lines(
        &mut w.model,
        "real error = 0;\nfor (t in 1 : T) {\n  y[t] ~ normal(mu + theta * error, sigma);\n  error = y[t] - mu - theta * error;\n}",
    );
}

fn growth(w: &mut Writer) {
    w.outcome("vector<lower=0>[T] y");
    let (k, r) = (w.number(5.0, 50.0), w.number(0.2, 1.0));
    w.parameter("real<lower=0> capacity", "capacity", &format!("lognormal(log({k}), 0.3)"));
    w.parameter("real<lower=0> rate", "rate", &format!("lognormal(log({r}), 0.3)"));
    w.parameter("real<lower=0, upper=1> start", "start", "beta(2, 8)");
    scale(w, "sigma");
    lines(
        &mut w.transformed,
        "vector[T] size;\nsize[1] = start * capacity;\nfor (t in 2 : T) {\n  size[t] = capacity * size[t - 1] * exp(rate) / \
         (capacity + size[t - 1] * (exp(rate) - 1));\n}",
    );
    line(&mut w.model, "y ~ lognormal(log(size), sigma)");
}

fn seasonal(w: &mut Writer) {
    let period = w.random.between(2, 7);
    w.outcome("vector[T] y");
    location(w, "alpha");
    scale(w, "tau");
    scale(w, "sigma");
    w.parameter(&format!("vector[{period}] season"), "season", "normal(0, tau)");
    let trend = w.random.chance(0.5);
    if trend {
        location(w, "slope");
    }
    let trend = if trend { " + slope * t / T" } else { "" };
    lines(
        &mut w.model,
        &format!("for (t in 1 : T) {{\n  y[t] ~ normal(alpha + season[1 + t % {period}]{trend}, sigma);\n}}"),
    );
}
