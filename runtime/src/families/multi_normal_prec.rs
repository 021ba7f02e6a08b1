//! The multivariate normal distribution by its precision:
//! `-K log(2 pi)/2 + log|Omega|/2 - (y - mu)' Omega (y - mu) / 2`.

use super::arguments::pairs;
use super::arguments::{check_all, count, same_size, square_matrix, vectors};
use super::linear;
use super::{Check, DomainError, Joint, Keep, bit::B};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use crate::value::{Matrix, Value};

pub struct MultiNormalPrec;

const NAME: &str = "multi_normal_prec";

impl Joint for MultiNormalPrec {
    const DECLARATION: Declaration = Declaration {
        name: "multi_normal_prec",
        kind: Kind::Continuous,
        signature: "vectors | vectors, matrix",
        rng: "",
        cdf: Cumulative::None,
        summary: "A vector, by mean and inverse of the covariance.",
        citation: "Kotz, Balakrishnan & Johnson, Continuous Multivariate Distributions, 2nd ed., 2000, ch. 45",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 3)?;
        let omega = square_matrix(NAME, "precision", &args[2])?;
        let (precision, factor) = linear::covariance_factor(NAME, "precision", omega)?;
        let k = omega.rows;
        let (outcomes, _) = vectors(NAME, "outcome", &args[0])?;
        let (means, _) = vectors(NAME, "location", &args[1])?;
        let all = pairs(NAME, ("outcome", &args[0], &outcomes), ("location", &args[1], &means))?;
        let n = all.len() as f64;
        let (mut quadratic, mut inputs) = (0.0, Vec::new());
        let mut outer = Matrix::filled(k, k, 0.0);
        for (y, mu) in all {
            same_size(NAME, "outcome", y.len(), "the precision", k)?;
            check_all(NAME, "outcome", Check::NotNan, y)?;
            check_all(NAME, "location", Check::Finite, mu)?;
            let d: Vec<f64> = y.iter().zip(mu).map(|(y, mu)| y.value() - mu.value()).collect();
            let w: Vec<f64> = (0..k).map(|i| (0..k).map(|j| precision.at(i, j) * d[j]).sum()).collect();
            quadratic += linear::dot(&d, &w);
            linear::push_partials(&mut inputs, y, w.iter().map(|w| -w));
            linear::push_partials(&mut inputs, mu, w.iter().copied());
            linear::add_outer(&mut outer, 1.0, &d, &d);
        }
        if keep.nothing() {
            return Ok(T::from(0.0));
        }
        let mut value = -0.5 * quadratic;
        if keep.term(B) {
            value += n * linear::log_diagonal(&factor);
        }
        if keep.all {
            value -= n * k as f64 * math::HALF_LN_2PI;
        }
        if omega.data.iter().any(|x| !x.is_constant()) {
            let inverse = linear::inverse_from_factor(&factor);
            let partials = outer.data.iter().zip(&inverse.data).map(|(o, i)| 0.5 * (n * i - o));
            linear::push_partials(&mut inputs, &omega.data, partials);
        }
        Ok(T::compose(value, &inputs))
    }
}
