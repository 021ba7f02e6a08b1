//! Families that are others under another name or with another link.
//!
//! Each line of [`respell`] is an equality of densities, up to a constant factor that depends on no parameter.

use crate::form::{Factor, FactorKind, Form};
use crate::term::{Fun, Id, Kind, Terms};
use std::rc::Rc;

/// Rewrites densities until none has another spelling.
pub fn apply(form: &mut Form) {
    for place in 0..form.factors.len() {
        let factor = form.factors[place].clone();
        form.factors[place] = Factor { kind: kind(&mut form.terms, &factor.kind), ..factor };
    }
}

fn kind(terms: &mut Terms, kind: &FactorKind) -> FactorKind {
    let FactorKind::Density { density: Fun::Density { family, form }, outcome, arguments, truncation } = kind else {
        return kind.clone();
    };
    let (mut family, mut arguments) = (family.clone(), arguments.clone());
    while let Some((next, changed)) = respell(terms, &family, &arguments) {
        // the versions with a link have no distribution function, which truncation needs
        if truncation.is_some() && ["_log", "_logit"].iter().any(|link| next.ends_with(link)) {
            break;
        }
        (family, arguments) = (next, changed);
    }
    let density = Fun::Density { family, form: *form };
    FactorKind::Density { density, outcome: *outcome, arguments, truncation: *truncation }
}

/// The argument of a library function of one argument.
fn inside(terms: &Terms, id: Id, name: &str) -> Option<Id> {
    match terms.kind(id) {
        Kind::Call(Fun::Library(own), items) if &**own == name && items.len() == 1 => Some(items[0]),
        _ => None,
    }
}

/// Another spelling of the density, nearer to the canonical one; `None` where it has it.
fn respell(terms: &mut Terms, family: &str, a: &[Id]) -> Option<(Rc<str>, Vec<Id>)> {
    let renamed = |name: &str, arguments: Vec<Id>| Some((Rc::from(name), arguments));
    let (zero, one) = (terms.int(0), terms.int(1));
    let half = terms.real(0.5);
    match (family, a) {
        ("std_normal", []) => renamed("normal", vec![zero, one]),
        // a Cauchy variate is a Student variate with one degree of freedom
        ("cauchy", &[m, s]) => renamed("student_t", vec![one, m, s]),
        // gammas of shape 1, nu / 2, ...
        ("exponential", &[rate]) => renamed("gamma", vec![one, rate]),
        ("chi_square", &[nu]) => {
            let shape = terms.product(vec![half, nu]);
            renamed("gamma", vec![shape, half])
        }
        ("weibull", &[shape, scale]) if terms.is(shape, 1.0) => {
            let minus_one = terms.int(-1);
            let rate = terms.power(scale, minus_one);
            renamed("gamma", vec![one, rate])
        }
        ("inv_chi_square", &[nu]) => {
            let shape = terms.product(vec![half, nu]);
            renamed("inv_gamma", vec![shape, half])
        }
        ("scaled_inv_chi_square", &[nu, s]) => {
            let two = terms.int(2);
            let shape = terms.product(vec![half, nu]);
            let square = terms.power(s, two);
            let scale = terms.product(vec![half, nu, square]);
            renamed("inv_gamma", vec![shape, scale])
        }
        ("beta_proportion", &[mean, size]) => {
            let rest = terms.subtract(one, mean);
            let (first, second) = (terms.product(vec![mean, size]), terms.product(vec![rest, size]));
            renamed("beta", vec![first, second])
        }
        ("neg_binomial", &[shape, rate]) => {
            let mean = terms.divide(shape, rate);
            renamed("neg_binomial_2", vec![mean, shape])
        }
        // links: the version with the predictor on the scale of the link
        ("bernoulli", &[p]) => match inside(terms, p, "inv_logit") {
            Some(eta) => renamed("bernoulli_logit", vec![eta]),
            None => None,
        },
        ("bernoulli_logit", &[eta]) => inside(terms, eta, "logit").and_then(|p| renamed("bernoulli", vec![p])),
        ("binomial", &[n, p]) if terms.is(n, 1.0) => renamed("bernoulli", vec![p]),
        ("binomial_logit", &[n, eta]) if terms.is(n, 1.0) => renamed("bernoulli_logit", vec![eta]),
        ("binomial", &[n, p]) => inside(terms, p, "inv_logit").and_then(|eta| renamed("binomial_logit", vec![n, eta])),
        ("binomial_logit", &[n, eta]) => inside(terms, eta, "logit").and_then(|p| renamed("binomial", vec![n, p])),
        ("poisson", &[mean]) => inside(terms, mean, "exp").and_then(|eta| renamed("poisson_log", vec![eta])),
        ("poisson_log", &[eta]) => inside(terms, eta, "log").and_then(|mean| renamed("poisson", vec![mean])),
        ("neg_binomial_2", &[mean, phi]) => {
            inside(terms, mean, "exp").and_then(|eta| renamed("neg_binomial_2_log", vec![eta, phi]))
        }
        ("neg_binomial_2_log", &[eta, phi]) => {
            inside(terms, eta, "log").and_then(|mean| renamed("neg_binomial_2", vec![mean, phi]))
        }
        ("categorical", &[p]) => inside(terms, p, "softmax").and_then(|eta| renamed("categorical_logit", vec![eta])),
        ("categorical_logit", &[eta]) if inside(terms, eta, "log").is_some() => {
            inside(terms, eta, "log").and_then(|p| renamed("categorical", vec![p]))
        }
        ("multi_normal", &[mean, covariance]) => inside(terms, covariance, "multiply_lower_tri_self_transpose")
            .and_then(|factor| renamed("multi_normal_cholesky", vec![mean, factor])),
        _ => None,
    }
}
