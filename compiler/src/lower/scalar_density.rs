//! Densities of numbers, as instructions: what loops over observations are made of. Families that are not here go through
//! their kernels.

use super::{Lowerer, Result, Val};
use crate::ir::*;
use crate::scalar::{Binary, Unary};
use ppl_program::typed::Type;
use ppl_runtime::families::Keep;
use ppl_runtime::math;

/// Half of log(2 pi).
const HALF_LOG_TWO_PI: f64 = 0.918_938_533_204_672_8;
/// log(pi)
const LOG_PI: f64 = 1.144_729_885_849_400_2;

/// Bits of [`Keep::active`].
const Y: u32 = 1;
const A: u32 = 2;
const B: u32 = 4;

impl Lowerer<'_> {
    /// The log density of a number, where the family is one of these.
    pub(super) fn scalar_density(&mut self, family: &str, vals: &[Val], keep: Keep) -> Result<Option<V>> {
        let out = match (family, vals) {
            ("normal", [y, mu, sigma]) => self.normal(y, Some(mu), Some(sigma), keep)?,
            ("std_normal", [y]) => self.normal(y, None, None, keep)?,
            ("lognormal", [y, mu, sigma]) => {
                let y = self.real_value(y)?;
                self.reject_unless_positive(y)?;
                let log = self.unary_op(Unary::Log, y);
                let inner = self.normal(&Val::Real(log), Some(mu), Some(sigma), keep)?;
                let out = if keep.term(Y) { self.binary_op(Binary::Sub, inner, log) } else { inner };
                // Stan keeps this constant in the unnormalised form.
                self.plus(out, if keep.all { 0.0 } else { -HALF_LOG_TWO_PI })
            }
            ("exponential", [y, rate]) => {
                let (y, rate) = (self.real_value(y)?, self.real_value(rate)?);
                self.reject_unless_positive(rate)?;
                self.reject_if_negative(y)?;
                let product = self.binary_op(Binary::Mul, rate, y);
                if keep.term(A) {
                    let log = self.unary_op(Unary::Log, rate);
                    self.binary_op(Binary::Sub, log, product)
                } else {
                    self.unary_op(Unary::Negate, product)
                }
            }
            ("cauchy", [y, mu, sigma]) => {
                let (y, mu, sigma) = (self.real_value(y)?, self.real_value(mu)?, self.real_value(sigma)?);
                self.reject_unless_positive(sigma)?;
                let difference = self.binary_op(Binary::Sub, y, mu);
                let z = self.binary_op(Binary::Div, difference, sigma);
                let square = self.unary_op(Unary::Square, z);
                let log = self.unary_op(Unary::Log1p, square);
                let mut out = self.unary_op(Unary::Negate, log);
                if keep.term(B) {
                    let log = self.unary_op(Unary::Log, sigma);
                    out = self.binary_op(Binary::Sub, out, log);
                }
                self.plus(out, if keep.all { -LOG_PI } else { 0.0 })
            }
            ("beta", [y, a, b]) if a.known_real().is_some() && b.known_real().is_some() => {
                let (a, b) = (a.known_real().unwrap_or(1.0), b.known_real().unwrap_or(1.0));
                if !(a > 0.0 && b > 0.0) {
                    return Ok(None);
                }
                let y = self.real_value(y)?;
                self.reject_unless_probability(y)?;
                let log = self.unary_op(Unary::Log, y);
                let log1m = self.log1m(y);
                let first = self.scaled_term(keep.term(Y | A), a - 1.0, log);
                let second = self.scaled_term(keep.term(Y | B), b - 1.0, log1m);
                let sum = self.sum_of([first, second]);
                let lgamma = |mask, x: f64| if keep.term(mask) { math::lgamma(x) } else { 0.0 };
                let constant =
                    if keep.all { -math::lbeta(a, b) } else { lgamma(A | B, a + b) - lgamma(A, a) - lgamma(B, b) };
                self.plus(sum, constant)
            }
            ("gamma" | "inv_gamma", [y, a, b]) if a.known_real().is_some() && b.known_real().is_some() => {
                let (a, b) = (a.known_real().unwrap_or(1.0), b.known_real().unwrap_or(1.0));
                if !(a > 0.0 && b > 0.0) {
                    return Ok(None);
                }
                let y = self.real_value(y)?;
                self.reject_unless_positive(y)?;
                let log = self.unary_op(Unary::Log, y);
                let (power, tail) =
                    if family == "gamma" { (a - 1.0, y) } else { (-a - 1.0, self.unary_op(Unary::Inv, y)) };
                let first = self.scaled_term(keep.term(Y | A), power, log);
                let second = self.scaled_term(keep.term(Y | B), -b, tail);
                let sum = self.sum_of([first, second]);
                let mut constant = if keep.term(A | B) { a * b.ln() } else { 0.0 };
                constant -= if keep.term(A) { math::lgamma(a) } else { 0.0 };
                self.plus(sum, constant)
            }
            ("bernoulli_logit", [n, x]) => {
                let x = self.real_value(x)?;
                let sign = self.bernoulli_sign(n)?;
                let signed = self.binary_op(Binary::Mul, sign, x);
                // Exact also beyond 20, where Stan has one term of a series (and the wrong sign of its derivative, 2e-9 at most).
                let Some(log_inv_logit) = Unary::named("log_inv_logit") else {
                    return self.unsupported("log_inv_logit");
                };
                self.unary_op(log_inv_logit, signed)
            }
            ("bernoulli", [n, p]) => {
                let p = self.real_value(p)?;
                self.reject_unless_probability(p)?;
                match n.known_int() {
                    Some(1) => self.unary_op(Unary::Log, p),
                    Some(0) => self.log1m(p),
                    Some(_) => return Ok(None),
                    None => {
                        let condition = self.int_value(n)?;
                        self.reject_unless_binary(condition)?;
                        let cell = self.f.cell(Ty::F64);
                        let then = self.region(|l| {
                            let log = l.unary_op(Unary::Log, p);
                            l.emit(Op::Set(cell, log));
                            Ok(())
                        })?;
                        let otherwise = self.region(|l| {
                            let log = l.log1m(p);
                            l.emit(Op::Set(cell, log));
                            Ok(())
                        })?;
                        self.emit(Op::If(Box::new(If { condition, then, otherwise })));
                        let out = self.f.value(Ty::F64);
                        self.emit(Op::Get(out, cell));
                        out
                    }
                }
            }
            ("poisson_log", [n, x]) => {
                let (count, x) = (self.real_value(n)?, self.real_value(x)?);
                self.reject_if_negative(count)?;
                let product = self.binary_op(Binary::Mul, count, x);
                let rate = self.unary_op(Unary::Exp, x);
                let out = self.binary_op(Binary::Sub, product, rate);
                self.minus_log_factorial(out, count, keep)?
            }
            ("poisson", [n, rate]) => {
                let (count, rate) = (self.real_value(n)?, self.real_value(rate)?);
                self.reject_unless_positive(rate)?;
                self.reject_if_negative(count)?;
                let log = self.unary_op(Unary::Log, rate);
                let product = self.binary_op(Binary::Mul, count, log);
                let out = self.binary_op(Binary::Sub, product, rate);
                self.minus_log_factorial(out, count, keep)?
            }
            ("binomial_logit", [n, total, x]) if !keep.all => {
                let (n, total, x) = (self.real_value(n)?, self.real_value(total)?, self.real_value(x)?);
                self.reject_if_negative(n)?;
                let rest = self.binary_op(Binary::Sub, total, n);
                self.reject_if_negative(rest)?;
                // n log_inv_logit(x) + (N - n) log1m_inv_logit(x) = n x - N log1p_exp(x)
                let softplus = self.unary_op(Unary::Log1pExp, x);
                let product = self.binary_op(Binary::Mul, n, x);
                let all = self.binary_op(Binary::Mul, total, softplus);
                self.binary_op(Binary::Sub, product, all)
            }
            ("binomial", [n, total, p]) if !keep.all => {
                let Some(multiply_log) = Binary::named("multiply_log") else { return Ok(None) };
                let (n, total, p) = (self.real_value(n)?, self.real_value(total)?, self.real_value(p)?);
                self.reject_unless_probability(p)?;
                self.reject_if_negative(n)?;
                let rest = self.binary_op(Binary::Sub, total, n);
                self.reject_if_negative(rest)?;
                let one = self.real(1.0);
                let q = self.binary_op(Binary::Sub, one, p);
                let successes = self.binary_op(multiply_log, n, p);
                let failures = self.binary_op(multiply_log, rest, q);
                self.binary_op(Binary::Add, successes, failures)
            }
            _ => return Ok(None),
        };
        Ok(Some(out))
    }

    fn normal(&mut self, y: &Val, mu: Option<&Val>, sigma: Option<&Val>, keep: Keep) -> Result<V> {
        let mut z = self.real_value(y)?;
        if let Some(mu) = mu
            && mu.known_real() != Some(0.0)
        {
            let mu = self.real_value(mu)?;
            z = self.binary_op(Binary::Sub, z, mu);
        }
        let mut constant = if keep.all { -HALF_LOG_TWO_PI } else { 0.0 };
        let mut log_sigma = None;
        match sigma.map(|s| (s, s.known_real())) {
            None => {}
            Some((_, Some(s))) if s > 0.0 => {
                if s != 1.0 {
                    let s = self.real(s);
                    z = self.binary_op(Binary::Div, z, s);
                }
                if keep.term(B) {
                    constant -= s.ln();
                }
            }
            Some((sigma, _)) => {
                let sigma = self.real_value(sigma)?;
                self.reject_unless_positive(sigma)?;
                z = self.binary_op(Binary::Div, z, sigma);
                if keep.term(B) {
                    log_sigma = Some(self.unary_op(Unary::Log, sigma));
                }
            }
        }
        let square = self.unary_op(Unary::Square, z);
        let minus_half = self.real(-0.5);
        let mut out = self.binary_op(Binary::Mul, minus_half, square);
        if let Some(log_sigma) = log_sigma {
            out = self.binary_op(Binary::Sub, out, log_sigma);
        }
        Ok(self.plus(out, constant))
    }

    /// `factor * x`; `None` where that is nothing or the term is dropped.
    fn scaled_term(&mut self, kept: bool, factor: f64, x: V) -> Option<V> {
        if factor == 0.0 || !kept {
            return None;
        }
        let factor = self.real(factor);
        Some(self.binary_op(Binary::Mul, factor, x))
    }

    fn sum_of(&mut self, terms: [Option<V>; 2]) -> V {
        match terms {
            [Some(x), Some(y)] => self.binary_op(Binary::Add, x, y),
            [Some(x), None] | [None, Some(x)] => x,
            [None, None] => self.real(0.0),
        }
    }

    fn plus(&mut self, x: V, constant: f64) -> V {
        if constant == 0.0 {
            return x;
        }
        let constant = self.real(constant);
        self.binary_op(Binary::Add, x, constant)
    }

    fn log1m(&mut self, p: V) -> V {
        let minus = self.unary_op(Unary::Negate, p);
        self.unary_op(Unary::Log1p, minus)
    }

    fn minus_log_factorial(&mut self, out: V, count: V, keep: Keep) -> Result<V> {
        if !keep.all {
            return Ok(out);
        }
        let Some(lgamma) = Unary::named("lgamma") else { return self.unsupported("lgamma") };
        let one = self.real(1.0);
        let next = self.binary_op(Binary::Add, count, one);
        let constant = self.unary_op(lgamma, next);
        Ok(self.binary_op(Binary::Sub, out, constant))
    }

    /// 1 for an outcome of 1, -1 for 0.
    fn bernoulli_sign(&mut self, n: &Val) -> Result<V> {
        match n.known_int() {
            Some(1) => Ok(self.real(1.0)),
            Some(0) => Ok(self.real(-1.0)),
            _ => {
                let outcome = self.int_value(n)?;
                self.reject_unless_binary(outcome)?;
                let twice = self.int_op(IntOp::Add, &Val::Int(outcome), &Val::Int(outcome))?;
                let one = Val::Int(self.int(1));
                let sign = self.int_op(IntOp::Sub, &twice, &one)?;
                self.real_value(&sign)
            }
        }
    }

    // ---- domains -------------------------------------------------------------------------------------------------

    fn reject_outside(&mut self, op: Compare, x: V, bound: f64) -> Result<()> {
        let limit = self.real(bound);
        let inside = self.compare(op, (&Val::Real(x), &Type::Real), (&Val::Real(limit), &Type::Real))?;
        self.reject_unless(&inside)
    }

    fn reject_unless_positive(&mut self, x: V) -> Result<()> {
        self.reject_outside(Compare::Gt, x, 0.0)
    }

    fn reject_if_negative(&mut self, x: V) -> Result<()> {
        self.reject_outside(Compare::Ge, x, 0.0)
    }

    fn reject_unless_probability(&mut self, p: V) -> Result<()> {
        self.reject_outside(Compare::Ge, p, 0.0)?;
        self.reject_outside(Compare::Le, p, 1.0)
    }

    fn reject_unless_binary(&mut self, n: V) -> Result<()> {
        let (zero, one) = (self.int(0), self.int(1));
        for (op, bound) in [(Compare::Lt, zero), (Compare::Gt, one)] {
            let outside = self.compare(op, (&Val::Int(n), &Type::Int), (&Val::Int(bound), &Type::Int))?;
            let condition = self.int_value(&outside)?;
            let site = self.site();
            self.emit(Op::Exit { condition, status: Status::Reject, site });
        }
        Ok(())
    }
}
