//! Densities: of numbers as instructions where they are short, the others through their kernels, what has no kernel through library code.

use super::generic::Function;
use super::value::{elem_of, has_layout};
use super::{Lowerer, Result, Val};
use crate::ir::*;
use crate::kernel::{Address, Call, DensityCall, Operand, Sizes};
use crate::scalar::{Binary, Unary};
use ppl_program::typed::*;
use ppl_runtime::families::{self, Keep};
use ppl_runtime::kernels;
use ppl_runtime::value::Value;

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
        if suffix == "lpdf"
            && scalars
            && let Some(out) = self.scalar_density(family, vals, keep)?
        {
            // The arguments were checked; no term is left.
            return Ok(if keep.nothing() { Val::known(Value::Real(0.0)) } else { Val::Real(out) });
        }
        if suffix != "cdf"
            && let Some(kernel) = kernels::density_form(family, suffix)
            && let Some(out) = self.density_kernel(family, kernel as *const u8, vals, types, keep)?
        {
            return Ok(Val::Real(out));
        }
        if suffix == "lpdf"
            && let Some(kernel) = kernels::joint(family)
            && let Some(out) = self.joint_kernel(family, kernel as *const u8, vals, types, keep)?
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
                (true, true) => Operand::Scalar(self.int_value(val)?),
                (true, false) => Operand::Scalar(self.real_value(val)?),
                (false, true) if elem_of(ty) == Elem::I32 => {
                    let view = self.view_of(val, ty)?;
                    Operand::View(self.dense(&view, false))
                }
                (false, true) => return Ok(None),
                (false, false) => Operand::View(self.flat_real(val, ty)?),
            });
        }
        let strides = operands.iter().map(|x| x.view().is_some() as usize).collect();
        Ok(Some(self.density_call(family, kernel, Sizes::Count(n.unwrap_or(1)), operands, strides, keep)))
    }

    pub(super) fn density_call(
        &mut self,
        family: &str,
        kernel: *const u8,
        sizes: Sizes,
        operands: Vec<Operand>,
        strides: Vec<usize>,
        keep: Keep,
    ) -> V {
        let out = self.f.value(Ty::F64);
        let site = self.site();
        let terms = if keep.all { kernels::KEEP_CONSTANTS | keep.active } else { keep.active };
        let (family, kernel) = (family.to_owned(), Address(kernel));
        let call = DensityCall { family, kernel, sizes, operands, strides, terms, out, site };
        self.emit(Op::Call(Box::new(Call::Density(call))));
        out
    }

    /// A density of vectors, matrices or categories, or a regression; `None` where an argument does not fit the kernel's shapes.
    fn joint_kernel(
        &mut self,
        family: &str,
        kernel: *const u8,
        vals: &[Val],
        types: &[Type],
        keep: Keep,
    ) -> Result<Option<V>> {
        let mut shapes = Vec::new();
        for (val, ty) in vals.iter().zip(types) {
            if matches!(ty, Type::Int | Type::Real) {
                shapes.push(Vec::new());
                continue;
            }
            match self.dims(val, ty).filter(|dims| has_layout(ty) && !dims.contains(&0)) {
                Some(dims) => shapes.push(dims),
                None => return Ok(None),
            }
        }
        let Some((table, strides)) = joint_shapes(family, types, &shapes) else { return Ok(None) };
        let mut operands = Vec::new();
        for (i, (val, ty)) in vals.iter().zip(types).enumerate() {
            let integer = i == 0 && ty.is_integral();
            operands.push(match ty {
                Type::Int if integer => Operand::Scalar(self.int_value(val)?),
                Type::Int | Type::Real => Operand::Scalar(self.real_value(val)?),
                ty if integer => {
                    let view = self.view_of(val, ty)?;
                    Operand::View(self.dense(&view, false))
                }
                ty => Operand::View(self.flat_real(val, ty)?),
            });
        }
        Ok(Some(self.density_call(family, kernel, Sizes::Table(table), operands, strides, keep)))
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
                let condition = self.int_value(&outside)?;
                let site = self.site();
                self.emit(Op::Exit { condition, status: Status::Reject, site });
            }
        }
        let tail = |l: &mut Self, callee: &Option<Callee>, bound: &Expr| -> Result<V> {
            let Some(callee) = callee else { return l.unsupported("truncation of this distribution") };
            let mut all = vec![bound.clone()];
            all.extend(arguments.iter().cloned());
            let val = l.call(callee, &all, &Type::Real)?;
            l.real_value(&val)
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

/// Sizes and strides that the kernel of a joint density takes; `None` where the arguments have other shapes.
fn joint_shapes(family: &str, types: &[Type], shapes: &[Vec<usize>]) -> Option<(Vec<usize>, Vec<usize>)> {
    let is_vector = |ty: &Type| matches!(ty, Type::Vector | Type::RowVector);
    let vectors = |ty: &Type| matches!(ty, Type::Array(element, 1) if is_vector(element));
    // Number of vectors, where there are several, and their size.
    let rows = |i: usize| -> Option<(Option<usize>, usize)> {
        match (&types[i], &shapes[i][..]) {
            (ty, [k]) if is_vector(ty) => Some((None, *k)),
            (ty, [n, k]) if vectors(ty) => Some((Some(*n), *k)),
            _ => None,
        }
    };
    let stride = |n: Option<usize>| n.is_some() as usize;
    let common = |counts: &[Option<usize>]| -> Option<usize> {
        let mut known = counts.iter().flatten();
        let first = known.next().copied().unwrap_or(1);
        known.all(|n| *n == first).then_some(first)
    };
    match family {
        "multi_normal" | "multi_normal_cholesky" => {
            let ((ny, k), (nm, km)) = (rows(0)?, rows(1)?);
            (k == km && types[2] == Type::Matrix && shapes[2] == [k, k])
                .then(|| Some((vec![common(&[ny, nm])?, k], vec![stride(ny), stride(nm), 0])))?
        }
        "dirichlet" => {
            let ((ny, k), (na, ka)) = (rows(0)?, rows(1)?);
            (k == ka).then(|| Some((vec![common(&[ny, na])?, k], vec![stride(ny), stride(na)])))?
        }
        "categorical" | "categorical_logit" => {
            let n = (!shapes[0].is_empty()).then(|| shapes[0].iter().product());
            (is_vector(&types[1])).then(|| (vec![n.unwrap_or(1), shapes[1][0]], vec![stride(n), 0]))
        }
        "ordered_logistic" => {
            let count = |i: usize| (!shapes[i].is_empty()).then(|| shapes[i].iter().product());
            let (ny, ne) = (count(0), count(1));
            let (nc, c) = rows(2)?;
            Some((vec![common(&[ny, ne, nc])?, c], vec![stride(ny), stride(ne), stride(nc)]))
        }
        "lkj_corr_cholesky" => (types[0] == Type::Matrix && shapes[0][0] == shapes[0][1] && shapes[1].is_empty())
            .then(|| (vec![shapes[0][0]], vec![0, 0])),
        "bernoulli_logit_glm" | "poisson_log_glm" | "neg_binomial_2_log_glm" | "normal_id_glm" => {
            let [n, p] = shapes.get(1)?[..] else { return None };
            if types[1] != Type::Matrix || shapes[3] != [p] {
                return None;
            }
            for (i, shape) in shapes.iter().enumerate() {
                if i != 1 && i != 3 && !shape.is_empty() && *shape != [n] {
                    return None;
                }
            }
            Some((vec![n, p], shapes.iter().map(|shape| !shape.is_empty() as usize).collect()))
        }
        _ => None,
    }
}
