//! Densities: scalar normal densities as plain arithmetic, the others through their kernels, multivariate ones through library code.

use super::generic::Function;
use super::value::{elem_of, has_layout, is_matrix};
use super::{Lowerer, Result, Val};
use crate::ir::*;
use crate::kernel::{Address, Call, DensityCall, Operand};
use crate::scalar::{Binary, Unary};
use ppl_program::typed::*;
use ppl_runtime::families::{self, Keep};
use ppl_runtime::kernels;
use ppl_runtime::value::Value;

/// Half of log(2 pi).
const HALF_LOG_TWO_PI: f64 = 0.918_938_533_204_672_8;

impl Lowerer<'_> {
    pub(super) fn distribution(
        &mut self,
        family: &str,
        form: Form,
        vals: &[Val],
        types: &[Type],
        levels: &[Level],
    ) -> Result<Val> {
        let mut active = 0;
        for (i, level) in levels.iter().enumerate() {
            if *level == Level::Parameter {
                active |= 1 << i;
            }
        }
        let keep = match form {
            Form::LogUnnormalised if self.unnormalised => Keep::unnormalised(active),
            _ => Keep { all: true, active },
        };
        if let Some(values) = self.known_values(vals) {
            let value = match form {
                Form::Log | Form::LogUnnormalised | Form::Plain => families::log_density(family, &values, keep),
                Form::Lcdf => families::lcdf(family, &values),
                Form::Lccdf => families::lccdf(family, &values),
                Form::Cdf => families::cdf(family, &values),
                Form::Rng => return self.unsupported("a random number in the model"),
            };
            return match value {
                Ok(x) => Ok(Val::known(Value::Real(x))),
                Err(e) => self.unsupported(e.to_string()),
            };
        }
        if !families::declarations().iter().any(|d| d.name == family) {
            return self.unsupported(format!("the distribution {family}"));
        }
        let suffix = match form {
            Form::Log | Form::LogUnnormalised | Form::Plain => "lpdf",
            Form::Lcdf => "lcdf",
            Form::Lccdf => "lccdf",
            Form::Cdf => "cdf",
            Form::Rng => return self.unsupported("a random number in the model"),
        };
        let scalars = types.iter().all(|ty| matches!(ty, Type::Int | Type::Real));
        if suffix == "lpdf" && scalars && matches!(family, "normal" | "std_normal") {
            return self.normal(vals, keep).map(Val::Real);
        }
        if suffix != "cdf"
            && let Some(kernel) = kernels::density_form(family, suffix)
            && let Some(out) = self.density_kernel(family, kernel as *const u8, vals, types, keep)?
        {
            return Ok(Val::Real(out));
        }
        let function = match suffix {
            "lcdf" => Function::Lcdf(family.to_owned()),
            "lccdf" => Function::Lccdf(family.to_owned()),
            "cdf" => Function::Cdf(family.to_owned()),
            _ => Function::Density { family: family.to_owned(), keep },
        };
        self.opaque(function, vals, types, &Type::Real)
    }

    /// A scalar normal density as instructions.
    fn normal(&mut self, vals: &[Val], keep: Keep) -> Result<V> {
        let y = self.to_real(&vals[0])?;
        let (z, sigma) = match vals {
            [_, mu, sigma] => {
                let difference = match mu.known_real() {
                    Some(0.0) => y,
                    _ => {
                        let mu = self.to_real(mu)?;
                        self.binary_op(Binary::Sub, y, mu)
                    }
                };
                match sigma.known_real() {
                    Some(s) if s > 0.0 => {
                        let inverse = self.real(1.0 / s);
                        (self.binary_op(Binary::Mul, difference, inverse), None)
                    }
                    _ => {
                        let sigma = self.to_real(sigma)?;
                        let zero = self.real(0.0);
                        let positive = self.f.value(Ty::I64);
                        let op = Compare::Gt;
                        self.emit(Op::Compare { out: positive, op, ty: Ty::F64, left: sigma, right: zero });
                        let none = self.int(0);
                        let bad = self.f.value(Ty::I64);
                        let op = Compare::Eq;
                        self.emit(Op::Compare { out: bad, op, ty: Ty::I64, left: positive, right: none });
                        let site = self.site();
                        self.emit(Op::Exit { condition: bad, status: Status::Reject, site });
                        (self.binary_op(Binary::Div, difference, sigma), Some(sigma))
                    }
                }
            }
            _ => (y, None),
        };
        let square = self.unary_op(Unary::Square, z);
        let minus_half = self.real(-0.5);
        let mut out = self.binary_op(Binary::Mul, square, minus_half);
        if let Some(sigma) = sigma
            && keep.term(4)
        {
            let log = self.unary_op(Unary::Log, sigma);
            out = self.binary_op(Binary::Sub, out, log);
        }
        let mut constant = 0.0;
        if keep.all {
            constant -= HALF_LOG_TWO_PI;
            if let Some(s) = vals.get(2).and_then(Val::known_real) {
                constant -= s.ln();
            }
        } else if vals.get(2).is_some_and(|s| s.known_real().is_some()) && keep.active & 4 != 0 {
            constant -= vals[2].known_real().unwrap_or(1.0).ln();
        }
        if constant != 0.0 {
            let constant = self.real(constant);
            out = self.binary_op(Binary::Add, out, constant);
        }
        Ok(out)
    }

    /// A density over scalars and equally long containers; `None` where an argument does not fit the kernel's shapes.
    fn density_kernel(
        &mut self,
        family: &str,
        kernel: *const u8,
        vals: &[Val],
        types: &[Type],
        keep: Keep,
    ) -> Result<Option<V>> {
        let integers = integer_arguments(family);
        let mut n: Option<usize> = None;
        for (val, ty) in vals.iter().zip(types) {
            if !has_layout(ty) {
                return Ok(None);
            }
            if let Some(dims) = self.dims(val, ty).filter(|dims| !dims.is_empty()) {
                let len = dims.iter().product();
                if dims.len() != 1 {
                    return Ok(None);
                }
                match n {
                    Some(n) if n != len => return self.unsupported(format!("{family}: sizes differ")),
                    _ => n = Some(len),
                }
            }
        }
        let mut operands = Vec::new();
        for (i, (val, ty)) in vals.iter().zip(types).enumerate() {
            let integer = integers >> i & 1 == 1;
            let scalar = matches!(ty, Type::Int | Type::Real);
            operands.push(match (scalar, integer) {
                (true, true) => Operand::Scalar(self.to_int(val)?),
                (true, false) => Operand::Scalar(self.to_real(val)?),
                (false, true) if elem_of(ty) == Elem::I32 => {
                    let view = self.to_view(val, ty)?;
                    Operand::View(self.dense(&view, false))
                }
                (false, true) => return Ok(None),
                (false, false) => Operand::View(self.flat_real(val, ty)?),
            });
        }
        let out = self.f.value(Ty::F64);
        let site = self.site();
        let terms = if keep.all { kernels::KEEP_CONSTANTS | keep.active } else { keep.active };
        self.emit(Op::Call(Box::new(Call::Density(DensityCall {
            family: family.to_owned(),
            kernel: Address(kernel),
            n: n.unwrap_or(1),
            operands,
            terms,
            out,
            site,
        }))));
        Ok(Some(out))
    }

    /// `outcome ~ density(arguments) T[...];`
    pub(super) fn tilde(
        &mut self,
        density: &Callee,
        outcome: &Expr,
        arguments: &[Expr],
        truncation: Option<&Truncation>,
    ) -> Result<()> {
        let mut all = vec![outcome.clone()];
        all.extend(arguments.iter().cloned());
        if let Some(truncation) = truncation {
            self.truncate(truncation, outcome, arguments)?;
        }
        let val = self.call(density, &all, &Type::Real)?;
        self.add_to_target(&val, &Type::Real, false)
    }

    /// Rejects outcomes outside the bounds and subtracts the log of the probability between them.
    fn truncate(&mut self, t: &Truncation, outcome: &Expr, arguments: &[Expr]) -> Result<()> {
        let all_scalar = std::iter::once(outcome)
            .chain(arguments)
            .chain(&t.lower)
            .chain(&t.upper)
            .all(|e| matches!(e.ty, Type::Int | Type::Real));
        if outcome.ty == Type::Int || !all_scalar {
            return self.unsupported("truncation of integers or of vectors");
        }
        let y = self.expression(outcome)?;
        for (bound, op) in [(&t.lower, Compare::Lt), (&t.upper, Compare::Gt)] {
            if let Some(bound) = bound {
                let limit = self.expression(bound)?;
                let outside = self.compare(op, (&y, &Type::Real), (&limit, &bound.ty))?;
                let condition = self.to_int(&outside)?;
                let site = self.site();
                self.emit(Op::Exit { condition, status: Status::Reject, site });
            }
        }
        let tail = |l: &mut Self, callee: &Option<Callee>, bound: &Expr| -> Result<V> {
            let Some(callee) = callee else { return l.unsupported("truncation of this distribution") };
            let mut all = vec![bound.clone()];
            all.extend(arguments.iter().cloned());
            let val = l.call(callee, &all, &Type::Real)?;
            l.to_real(&val)
        };
        let log_probability = match (&t.lower, &t.upper) {
            (None, None) => return Ok(()),
            (Some(lower), None) => tail(self, &t.lccdf, lower)?,
            (None, Some(upper)) => tail(self, &t.lcdf, upper)?,
            (Some(lower), Some(upper)) => {
                let high = tail(self, &t.lcdf, upper)?;
                let low = tail(self, &t.lcdf, lower)?;
                match Binary::named("log_diff_exp") {
                    Some(function) => self.binary_op(function, high, low),
                    None => return self.unsupported("log_diff_exp"),
                }
            }
        };
        let minus = self.unary_op(Unary::Negate, log_probability);
        self.emit(Op::AddTarget(minus));
        Ok(())
    }

    /// Rejects where a dense copy of a view is needed by callers outside this file.
    pub(super) fn dense_real(&mut self, val: &Val, ty: &Type) -> Result<View> {
        let view = self.to_view(val, ty)?;
        Ok(self.dense(&view, is_matrix(ty)))
    }
}

/// Bit i: the family's argument i (outcome 0) is an integer.
fn integer_arguments(family: &str) -> u32 {
    let Some(declaration) = families::declarations().iter().find(|d| d.name == family) else { return 0 };
    let first = declaration.signature.split(';').next().unwrap_or_default();
    let mut bits = 0;
    let mut index = 0;
    for (side, part) in first.split('|').enumerate() {
        for argument in part.split(',') {
            let argument = argument.trim();
            if argument.is_empty() || (side > 0 && argument == "()") {
                continue;
            }
            if argument.starts_with("int") {
                bits |= 1 << index;
            }
            index += 1;
        }
    }
    bits
}
