//! Densities: `~` and `target +=` over the families, scalar and vectorised, truncated, and user-defined.

use crate::Feature;
use crate::builder::{Argument, Builder};
use crate::scope::{Dim, Ex, Ty};

/// What a family's outcome must be.
#[derive(Clone, Copy)]
enum Outcome {
    Real,
    Positive,
    Probability,
    Count,
    Binary,
}

/// What its parameters must be.
#[derive(Clone, Copy)]
enum P {
    Real,
    /// Small enough to be a log rate.
    LogRate,
    Positive,
    Probability,
}

use Outcome as O;

/// Families whose outcome and parameters are all scalars or all of one length.
const FAMILIES: &[(&str, Outcome, &[P])] = &[
    ("normal", O::Real, &[P::Real, P::Positive]),
    ("cauchy", O::Real, &[P::Real, P::Positive]),
    ("student_t", O::Real, &[P::Positive, P::Real, P::Positive]),
    ("double_exponential", O::Real, &[P::Real, P::Positive]),
    ("logistic", O::Real, &[P::Real, P::Positive]),
    ("std_normal", O::Real, &[]),
    ("lognormal", O::Positive, &[P::Real, P::Positive]),
    ("gamma", O::Positive, &[P::Positive, P::Positive]),
    ("inv_gamma", O::Positive, &[P::Positive, P::Positive]),
    ("exponential", O::Positive, &[P::Positive]),
    ("weibull", O::Positive, &[P::Positive, P::Positive]),
    ("beta", O::Probability, &[P::Positive, P::Positive]),
    ("poisson", O::Count, &[P::Positive]),
    ("poisson_log", O::Count, &[P::LogRate]),
    ("neg_binomial_2", O::Count, &[P::Positive, P::Positive]),
    ("neg_binomial_2_log", O::Count, &[P::LogRate, P::Positive]),
    ("bernoulli", O::Binary, &[P::Probability]),
    ("bernoulli_logit", O::Binary, &[P::LogRate]),
];

impl Builder {
    /// One statement that adds a density to the target.
    pub(crate) fn density(&mut self) {
        match self.random.below(12) {
            0..=5 => self.univariate(),
            6 => self.structured(),
            7 => self.regression(),
            8 | 9 => self.user_density(),
            10 => self.truncated(),
            _ => {
                let e = self.bounded_real(3, 30.0);
                self.line(format!("target += {};", e.text));
            }
        }
    }

    fn parameter(&mut self, p: P, vector: Option<Dim>) -> Ex {
        match (p, vector) {
            (P::Real, None) => self.bounded_real(2, 20.0),
            (P::LogRate, None) => self.bounded_real(2, 3.0),
            (P::Positive, None) => self.positive(2),
            (P::Probability, None) => self.probability(1),
            (P::Real, Some(d)) => self.vector_bounded(d, 2, 20.0),
            (P::LogRate, Some(d)) => self.vector_bounded(d, 2, 3.0),
            (P::Positive, Some(d)) => self.positive_vector(d, 2),
            (P::Probability, Some(d)) => {
                let v = self.vector_bounded(d, 1, 3.0);
                Ex::new(format!("inv_logit({})", v.text), 1.0, v.active)
            }
        }
    }

    /// Outcomes of a discrete family are data; those of a continuous one are data, parameters or expressions.
    fn outcome(&mut self, o: Outcome, vector: Option<Dim>) -> String {
        let element = |b: &mut Builder, name: &str| {
            let i = b.index(Dim::N);
            format!("{name}[{i}]")
        };
        match (o, vector) {
            (O::Count, Some(_)) => "count".to_owned(),
            (O::Binary, Some(_)) => "binary".to_owned(),
            (O::Count, None) => element(self, "count"),
            (O::Binary, None) => element(self, "binary"),
            (O::Real, None) => self.bounded_real(2, 30.0).text,
            (O::Real, Some(d)) => self.vector_bounded(d, 2, 30.0).text,
            (O::Positive, None) => self.positive(1).text,
            (O::Positive, Some(d)) => self.positive_vector(d, 1).text,
            (O::Probability, None) => self.probability(1).text,
            (O::Probability, Some(d)) => format!("inv_logit({})", self.vector_bounded(d, 1, 3.0).text),
        }
    }

    fn univariate(&mut self) {
        let &(family, outcome, parameters) = self.random.pick(FAMILIES);
        let discrete = matches!(outcome, O::Count | O::Binary);
        // data vectors of counts have length N
        let vector = if self.random.chance(0.5) { Some(if discrete { Dim::N } else { self.any_dim() }) } else { None };
        let y = self.outcome(outcome, vector);
        let arguments: Vec<String> = parameters
            .iter()
            .map(|&p| {
                let as_vector = if self.random.chance(0.6) { vector } else { None };
                self.parameter(p, as_vector).text
            })
            .collect();
        // all arguments may be scalars: the outcome alone makes it a vector statement
        self.write_density(family, if discrete { "pmf" } else { "pdf" }, &y, &arguments);
    }

    fn write_density(&mut self, family: &str, kind: &str, y: &str, arguments: &[String]) {
        let all = arguments.join(", ");
        let bar = if all.is_empty() { " |" } else { " | " };
        match self.random.below(8) {
            0 => self.line(format!("target += {family}_l{kind}({y}{bar}{all});")),
            1 => self.line(format!("target += {family}_lu{kind}({y}{bar}{all});")),
            // of a density that is not simply added, the derivative is a multiple
            2 => self.line(format!("target += 0.7 * {family}_l{kind}({y}{bar}{all});")),
            3 => self.line(format!("target += log_sum_exp({family}_l{kind}({y}{bar}{all}), -2.5);")),
            _ => self.line(format!("{y} ~ {family}({all});")),
        }
    }

    fn truncated(&mut self) {
        self.mark(Feature::Truncation);
        let y = self.bounded_real(1, 3.0);
        let (mu, sigma) = (self.bounded_real(1, 3.0), self.positive(1));
        let bounds = *self.random.pick(&["[-3.5, ]", "[ , 3.5]", "[-3.5, 4.0]"]);
        let (family, arguments) = match self.random.below(3) {
            0 => ("logistic", format!("{}, {}", mu.text, sigma.text)),
            1 => ("cauchy", format!("{}, {}", mu.text, sigma.text)),
            _ => ("normal", format!("{}, {}", mu.text, sigma.text)),
        };
        self.line(format!("{} ~ {family}({arguments}) T{bounds};", y.text));
    }

    /// Families over vectors, matrices and categories.
    fn structured(&mut self) {
        let d = self.any_dim();
        match self.random.below(8) {
            0 | 1 => {
                let (y, mu, l) = (self.vector_bounded(d, 1, 20.0), self.vector_bounded(d, 1, 20.0), self.cholesky(d));
                self.write_density("multi_normal_cholesky", "pdf", &y.text, &[mu.text, l.text]);
            }
            2 => {
                let (y, mu) = (self.vector_bounded(d, 1, 20.0), self.vector_bounded(d, 1, 20.0));
                let inner = self.any_dim();
                let a = self.matrix(d, inner, 1);
                let a = self.squeeze(a, 2.0);
                let s = self.positive_vector(d, 0);
                let sigma = format!("tcrossprod({}) + diag_matrix({})", a.text, s.text);
                self.write_density("multi_normal", "pdf", &y.text, &[mu.text, sigma]);
            }
            3 => {
                let (y, a) = (self.vector_bounded(d, 1, 3.0), self.positive_vector(d, 1));
                self.write_density("dirichlet", "pdf", &format!("softmax({})", y.text), &[a.text]);
            }
            4 => {
                let p = self.vector_bounded(Dim::K, 1, 3.0);
                let i = self.index(Dim::N);
                let y = if self.random.chance(0.5) { "group".to_owned() } else { format!("group[{i}]") };
                if self.random.chance(0.5) {
                    self.write_density("categorical_logit", "pmf", &y, &[p.text]);
                } else {
                    self.write_density("categorical", "pmf", &y, &[format!("softmax({})", p.text)]);
                }
            }
            5 => {
                // cut points increase because their steps are positive; K - 1 of them make K categories
                let steps = self.positive_vector(Dim::K, 1);
                let eta = self.bounded_real(2, 3.0);
                let i = self.index(Dim::N);
                let cuts = format!("head(cumulative_sum({}), {}) - 1", steps.text, self.k - 1);
                self.write_density("ordered_logistic", "pmf", &format!("group[{i}]"), &[eta.text, cuts]);
            }
            6 if !self.cholesky.is_empty() => {
                let (name, _) = self.random.pick(&self.cholesky).clone();
                let eta = self.positive(1);
                self.write_density("lkj_corr_cholesky", "pdf", &name, &[eta.text]);
            }
            _ => {
                let (p, i) = (self.probability(1), self.index(Dim::N));
                let e = self.bounded_real(1, 3.0);
                if self.random.chance(0.5) {
                    self.write_density("binomial", "pmf", &format!("count[{i}]"), &["12".to_owned(), p.text]);
                } else {
                    self.write_density("binomial_logit", "pmf", "count", &["12".to_owned(), e.text]);
                }
            }
        }
    }

    /// Regressions in one call, with the data matrix `X` (N x K).
    fn regression(&mut self) {
        let (alpha, beta) = (self.bounded_real(1, 2.0), self.vector_bounded(Dim::K, 1, 1.0));
        match self.random.below(3) {
            0 => {
                let sigma = self.positive(1);
                let arguments = ["X".to_owned(), alpha.text, beta.text, sigma.text];
                self.write_density("normal_id_glm", "pdf", "y", &arguments);
            }
            1 => self.write_density("bernoulli_logit_glm", "pmf", "binary", &["X".to_owned(), alpha.text, beta.text]),
            _ => self.write_density("poisson_log_glm", "pmf", "count", &["X".to_owned(), alpha.text, beta.text]),
        }
    }

    /// A density, or an action on `target`, that the program itself defines.
    pub(crate) fn user_density(&mut self) {
        if !self.actions.is_empty() && self.random.chance(0.3) {
            let (name, arguments) = self.random.pick(&self.actions).clone();
            let arguments: Vec<String> = arguments
                .iter()
                .map(|&t| match t {
                    Ty::Vector(d) => self.vector_bounded(d, 1, 3.0).text,
                    _ => self.bounded_real(2, 3.0).text,
                })
                .collect();
            self.mark(Feature::TargetFunction);
            self.mark_function(&name);
            return self.line(format!("{name}({});", arguments.join(", ")));
        }
        if self.densities.is_empty() {
            return self.univariate();
        }
        self.mark(Feature::UserDensity);
        let f = self.random.pick(&self.densities).clone();
        self.mark_function(&f.stem);
        let y = match f.outcome {
            Ty::Vector(d) => self.vector_bounded(d, 1, 10.0).text,
            Ty::Int { .. } => format!("count[{}]", self.index(Dim::N)),
            _ => self.bounded_real(2, 10.0).text,
        };
        let arguments: Vec<String> = f
            .arguments
            .iter()
            .map(|a| match a {
                Argument::Real => self.bounded_real(2, 10.0).text,
                Argument::Positive => self.positive(1).text,
                Argument::Vector(d) => self.vector_bounded(*d, 1, 10.0).text,
            })
            .collect();
        self.write_density(&f.stem, if f.suffix == "lpdf" { "pdf" } else { "pmf" }, &y, &arguments);
    }
}
