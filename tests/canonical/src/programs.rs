//! Random regressions: a family, a predictor of several kinds of terms, priors in layers, and small data that fit.

use crate::dice::Dice;
use ppl_runtime::data::{Datum, RawData};

/// A program and data for it.
#[derive(Clone, Debug)]
pub struct Case {
    pub text: String,
    pub data: RawData,
}

/// Sizes of the data.
const ROWS: usize = 7;
const GROUPS: usize = 3;
const COLUMNS: usize = 2;

/// A family of outcomes.
struct Family {
    name: &'static str,
    /// `M` is the predictor and `S` a positive scale.
    arguments: &'static str,
    outcome: Outcome,
}

#[derive(Clone, Copy, PartialEq)]
enum Outcome {
    Real,
    Positive,
    Unit,
    Count,
    Binary,
    /// Of the trials `n`.
    Successes,
}

const FAMILIES: [Family; 16] = [
    Family { name: "normal", arguments: "M, S", outcome: Outcome::Real },
    Family { name: "normal", arguments: "M, S", outcome: Outcome::Real },
    Family { name: "student_t", arguments: "4, M, S", outcome: Outcome::Real },
    Family { name: "cauchy", arguments: "M, S", outcome: Outcome::Real },
    Family { name: "double_exponential", arguments: "M, S", outcome: Outcome::Real },
    Family { name: "logistic", arguments: "M, S", outcome: Outcome::Real },
    Family { name: "lognormal", arguments: "M, S", outcome: Outcome::Positive },
    Family { name: "gamma", arguments: "S, S ./ exp(M)", outcome: Outcome::Positive },
    Family { name: "exponential", arguments: "exp(-(M))", outcome: Outcome::Positive },
    Family { name: "weibull", arguments: "S, exp(M)", outcome: Outcome::Positive },
    Family { name: "poisson_log", arguments: "M", outcome: Outcome::Count },
    Family { name: "neg_binomial_2_log", arguments: "M, S", outcome: Outcome::Count },
    Family { name: "bernoulli_logit", arguments: "M", outcome: Outcome::Binary },
    Family { name: "binomial_logit", arguments: "n, M", outcome: Outcome::Successes },
    Family { name: "beta_proportion", arguments: "inv_logit(M), S", outcome: Outcome::Unit },
    Family { name: "neg_binomial_2", arguments: "exp(M), S", outcome: Outcome::Count },
];

struct Builder<'d> {
    dice: &'d mut Dice,
    data: Vec<String>,
    values: RawData,
    parameters: Vec<String>,
    transformed: Vec<String>,
    model: Vec<String>,
    /// Whether group indices `g` and the matrix `X` are declared.
    groups: usize,
    matrix: bool,
    inputs: usize,
    scales: usize,
    /// Rows of data that the outcome starts at: 2 in regressions on the last outcome.
    first: usize,
}

/// A random program with data.
pub fn case(dice: &mut Dice) -> Case {
    let data = vec!["int<lower=1> N;".to_string()];
    let values = RawData::new().int("N", ROWS as i32);
    let mut builder = Builder {
        dice,
        data,
        values,
        parameters: Vec::new(),
        transformed: Vec::new(),
        model: Vec::new(),
        groups: 0,
        matrix: false,
        inputs: 0,
        scales: 0,
        first: 1,
    };
    match builder.dice.below(8) {
        0 => builder.mixture(),
        1 => builder.autoregression(),
        _ => builder.regression(),
    }
    builder.finish()
}

impl Builder<'_> {
    fn finish(self) -> Case {
        let block = |name: &str, lines: &[String]| match lines.is_empty() {
            true => String::new(),
            false => format!("{name} {{\n  {}\n}}\n", lines.join("\n  ")),
        };
        let text = [
            block("data", &self.data),
            block("parameters", &self.parameters),
            block("transformed parameters", &self.transformed),
            block("model", &self.model),
        ];
        Case { text: text.concat(), data: self.values }
    }

    fn regression(&mut self) {
        let family = &FAMILIES[self.dice.below(FAMILIES.len())];
        self.outcome(family.outcome);
        let mean = self.predictor();
        let scale = if family.arguments.contains('S') { self.scale(true) } else { String::new() };
        let arguments = family.arguments.replace('M', &mean).replace('S', &scale);
        self.model.push(format!("y ~ {}({arguments});", family.name));
        if self.dice.chance(0.2) {
            // a second outcome that shares a parameter
            let (x, sigma) = (self.input(), self.scale(false));
            self.data.push("vector[N] w;".into());
            let values: Vec<f64> = (0..ROWS).map(|_| self.dice.between(-1.0, 1.0)).collect();
            self.values.set("w", list(&values));
            self.model.push(format!("w ~ normal(alpha * {x}, {sigma});"));
        }
    }

    fn mixture(&mut self) {
        self.outcome(Outcome::Real);
        self.parameters.push("real<lower=0, upper=1> theta;".into());
        if self.dice.chance(0.5) {
            self.model.push("theta ~ beta(2, 2.5);".into());
        }
        let scale = self.scale(false);
        let (name, arguments) = self.dice.pick(&[&("normal", ""), &("student_t", "5, ")]);
        let (a, b) = (self.coefficient("m", "real"), self.coefficient("d", "real"));
        let (x, plain) = (self.input(), self.dice.chance(0.5));
        let first = if plain { a.clone() } else { format!("{a} + {b} * {x}[n]") };
        let second = if plain { b } else { a };
        let other = if self.dice.chance(0.5) { self.scale(false) } else { scale.clone() };
        self.model.push(format!(
            "for (n in 1:N) {{ target += log_mix(theta, {name}_lpdf(y[n] | {arguments}{first}, {scale}), {name}_lpdf(y[n] | {arguments}{second}, {other})); }}"
        ));
    }

    fn autoregression(&mut self) {
        self.outcome(Outcome::Real);
        self.first = 2;
        let mean = self.predictor();
        let bounds = self.dice.pick(&["", "<lower=-1, upper=1>"]);
        self.parameters.push(format!("real{bounds} phi;"));
        if self.dice.chance(0.7) {
            self.model.push("phi ~ normal(0, 0.5);".into());
        }
        let scale = self.scale(true);
        self.model.push(format!("y[2:N] ~ normal({mean} + phi * y[1:(N - 1)], {scale});"));
    }

    fn outcome(&mut self, outcome: Outcome) {
        let dice = &mut *self.dice;
        if outcome == Outcome::Successes {
            let trials: Vec<i32> = (0..ROWS).map(|_| 1 + dice.below(6) as i32).collect();
            self.values = std::mem::take(&mut self.values).ints("n", &trials);
            self.data.push("array[N] int n;".into());
            let y: Vec<i32> = trials.iter().map(|&n| dice.below(n as usize + 1) as i32).collect();
            self.values = std::mem::take(&mut self.values).ints("y", &y);
            self.data.push("array[N] int y;".into());
            return;
        }
        let draw = |dice: &mut Dice| match outcome {
            Outcome::Real => dice.between(-2.0, 2.0),
            Outcome::Positive => dice.between(0.2, 3.0),
            Outcome::Unit => dice.between(0.05, 0.95),
            Outcome::Count => dice.below(6) as f64,
            Outcome::Binary | Outcome::Successes => dice.below(2) as f64,
        };
        let y: Vec<f64> = (0..ROWS).map(|_| draw(dice)).collect();
        match outcome {
            Outcome::Count | Outcome::Binary => {
                let y: Vec<i32> = y.iter().map(|&y| y as i32).collect();
                self.values = std::mem::take(&mut self.values).ints("y", &y);
                self.data.push("array[N] int y;".into());
            }
            _ => {
                self.values.set("y", list(&y));
                self.data.push("vector[N] y;".into());
            }
        }
    }

    /// A data vector, as it stands in a predictor.
    fn input(&mut self) -> String {
        if self.inputs == 0 || (self.inputs < 3 && self.dice.chance(0.5)) {
            self.inputs += 1;
            let name = format!("x{}", self.inputs);
            self.data.push(format!("vector[N] {name};"));
            let values: Vec<f64> = (0..ROWS).map(|_| self.dice.between(-1.0, 1.0)).collect();
            self.values.set(name.clone(), list(&values));
            return name;
        }
        format!("x{}", 1 + self.dice.below(self.inputs))
    }

    /// The rows of data that go with the outcomes.
    fn rows(&self, name: &str) -> String {
        if self.first == 1 { name.to_string() } else { format!("{name}[2:N]") }
    }

    fn group(&mut self) -> (String, String) {
        if self.groups == 0 || (self.groups < 2 && self.dice.chance(0.3)) {
            self.groups += 1;
            let (count, name) = (format!("J{}", self.groups), format!("g{}", self.groups));
            self.data.push(format!("int<lower=1> {count};"));
            self.data.push(format!("array[N] int<lower=1, upper={count}> {name};"));
            let values: Vec<i32> = (0..ROWS).map(|_| 1 + self.dice.below(GROUPS) as i32).collect();
            self.values = std::mem::take(&mut self.values).int(&count, GROUPS as i32).ints(&name, &values);
        }
        let which = 1 + self.dice.below(self.groups);
        (format!("J{which}"), format!("g{which}"))
    }

    /// A parameter with or without a prior.
    fn coefficient(&mut self, name: &str, ty: &str) -> String {
        self.parameters.push(format!("{ty} {name};"));
        let scale = self.number();
        match self.dice.below(6) {
            0 => {}
            1 => self.model.push(format!("{name} ~ std_normal();")),
            2 => self.model.push(format!("{name} ~ student_t(3, 0, {scale});")),
            3 => self.model.push(format!("{name} ~ cauchy(0, {scale});")),
            4 => self.model.push(format!("{name} ~ normal({}, {scale});", self.dice.pick(&["1", "-0.5", "2.25"]))),
            _ => self.model.push(format!("{name} ~ normal(0, {scale});")),
        }
        name.to_string()
    }

    fn number(&mut self) -> String {
        self.dice.pick(&["1", "2", "2.5", "5", "10", "0.5", "0.1", "3"]).to_string()
    }

    /// A positive parameter; with `varying`, sometimes one for each row.
    fn scale(&mut self, varying: bool) -> String {
        if varying && self.dice.chance(0.2) {
            let x = self.input();
            let (a, b) = (self.coefficient("s0", "real"), self.coefficient("s1", "real"));
            let x = self.rows(&x);
            return format!("exp({a} + {b} * {x})");
        }
        self.scales += 1;
        let name = format!("sigma{}", self.scales);
        self.parameters.push(format!("real<lower=0> {name};"));
        let scale = self.number();
        match self.dice.below(7) {
            0 => {}
            1 => self.model.push(format!("{name} ~ normal(0, {scale});")),
            2 => self.model.push(format!("{name} ~ cauchy(0, {scale});")),
            3 => self.model.push(format!("{name} ~ gamma(2, {scale});")),
            4 => self.model.push(format!("{name} ~ lognormal(0, {scale});")),
            5 => self.model.push(format!("{name} ~ inv_gamma(3, {scale});")),
            _ => self.model.push(format!("{name} ~ exponential({scale});")),
        }
        name
    }

    /// `alpha` and one to four other terms.
    fn predictor(&mut self) -> String {
        let mut terms = vec![self.coefficient("alpha", "real")];
        let mut kinds: Vec<usize> = (0..8).collect();
        self.dice.shuffle(&mut kinds);
        let count = 1 + self.dice.below(4);
        terms.extend(kinds[..count].iter().map(|&kind| self.term(kind)).collect::<Vec<_>>());
        let sum = terms.join(" + ");
        let rows = if self.first == 1 { "N" } else { "N - 1" };
        match self.dice.below(6) {
            0 => {
                self.transformed.push(format!("vector[{rows}] mu = {sum};"));
                "mu".into()
            }
            1 => {
                self.model.insert(0, format!("vector[{rows}] mu = {sum};"));
                "mu".into()
            }
            _ => sum,
        }
    }

    fn term(&mut self, kind: usize) -> String {
        let x = self.input();
        let x = self.rows(&x);
        match kind {
            0 => format!("{} * {x}", self.coefficient("beta", "real")),
            1 => {
                let other = self.input();
                format!("{} * ({x} .* {})", self.coefficient("gamma1", "real"), self.rows(&other))
            }
            2 => format!("{} * square({x})", self.coefficient("delta", "real")),
            3 => {
                let (count, g) = self.group();
                let u = self.effects("u", &count);
                format!("{u}[{}]", self.rows(&g))
            }
            4 => {
                let (count, g) = self.group();
                let v = self.effects("v", &count);
                format!("{v}[{}] .* {x}", self.rows(&g))
            }
            5 => {
                if !self.matrix {
                    self.matrix = true;
                    self.data.push("int<lower=1> K;".into());
                    self.data.push("matrix[N, K] X;".into());
                    let rows: Vec<Vec<f64>> =
                        (0..ROWS).map(|_| (0..COLUMNS).map(|_| self.dice.between(-1.0, 1.0)).collect()).collect();
                    self.values = std::mem::take(&mut self.values).int("K", COLUMNS as i32).rows_of("X", &rows);
                }
                let b = self.coefficient("b", "vector[K]");
                format!("{} * {b}", if self.first == 1 { "X" } else { "X[2:N]" })
            }
            6 => {
                self.parameters.push("real<lower=0> kappa;".into());
                self.model.push("kappa ~ exponential(1);".into());
                format!("log(kappa + square({x})) / {}", self.number())
            }
            _ => {
                let offset = self.dice.pick(&["0.5", "1.75", "3"]);
                format!("{offset} * {x}")
            }
        }
    }

    /// Effects of groups, centred or not, with a hyperprior or none.
    fn effects(&mut self, name: &str, count: &str) -> String {
        match self.dice.below(4) {
            0 => {
                let tau = self.scale(false);
                self.parameters.push(format!("vector[{count}] z_{name};"));
                self.model.push(format!("z_{name} ~ std_normal();"));
                self.transformed.push(format!("vector[{count}] {name} = {tau} * z_{name};"));
            }
            1 => {
                let tau = self.scale(false);
                let mean = self.coefficient(&format!("mu_{name}"), "real");
                self.parameters.push(format!("vector[{count}] {name};"));
                self.model.push(format!("{name} ~ normal({mean}, {tau});"));
            }
            2 => {
                let tau = self.scale(false);
                self.parameters.push(format!("vector[{count}] {name};"));
                self.model.push(format!("{name} ~ normal(0, {tau});"));
            }
            _ => {
                self.parameters.push(format!("vector[{count}] {name};"));
                let scale = self.number();
                self.model.push(format!("{name} ~ normal(0, {scale});"));
            }
        }
        name.to_string()
    }
}

fn list(values: &[f64]) -> Datum {
    Datum::List(values.iter().map(|&x| Datum::Real(x)).collect())
}
