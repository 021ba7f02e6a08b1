//! Matrix functions that have kernels: which kernel, and the sizes of the result.

use super::value::is_matrix;
use super::{Lowerer, Result, Val};
use crate::ir::*;
use crate::kernel::ResultKind::{self, Output, Status};
use crate::kernel::Slot::*;
use crate::kernel::{Address, Operand, Rule, Slot};
use ppl_program::typed::Type;
use ppl_runtime::kernels::table;

/// A kernel call of matrix arguments: sizes it is told, sizes of its result (none for a number).
struct Plan {
    rule: Rule,
    words: Vec<usize>,
    dims: Vec<usize>,
    /// Order in which the kernel takes the arguments.
    inputs: Vec<usize>,
}

fn rule(
    name: &'static str,
    forward: *const u8,
    forward_slots: &'static [Slot],
    result: ResultKind,
    backward: *const u8,
    backward_slots: &'static [Slot],
) -> Rule {
    let (forward, backward) = (Address(forward), Some(Address(backward)));
    Rule { name, forward, forward_slots, result, backward, backward_slots }
}

impl Lowerer<'_> {
    /// A matrix function with a kernel; `None` where there is none for these arguments.
    pub(super) fn matrix_function(
        &mut self,
        name: &str,
        vals: &[Val],
        types: &[Type],
        result: &Type,
    ) -> Result<Option<Val>> {
        let linear = |ty: &Type| matches!(ty, Type::Vector | Type::RowVector | Type::Matrix);
        if name == "gp_exp_quad_cov" {
            return self.gp_exp_quad_cov(vals, types);
        }
        if !types.iter().all(linear) {
            return Ok(None);
        }
        let mut shapes = Vec::new();
        for (val, ty) in vals.iter().zip(types) {
            let Some(dims) = self.dims(val, ty) else { return Ok(None) };
            shapes.push(match ty {
                Type::Vector => [dims[0], 1],
                Type::RowVector => [1, dims[0]],
                _ => [dims[0], dims[1]],
            });
        }
        let Some(plan) = plan(name, &shapes) else { return Ok(None) };
        if plan.words.contains(&0) {
            return Ok(None);
        }
        let mut operands = Vec::new();
        for (val, ty) in vals.iter().zip(types) {
            let view = self.view_of(val, ty)?;
            operands.push(Operand::View(self.dense(&view, is_matrix(ty)).flat()));
        }
        let inputs = plan.inputs.iter().map(|&i| operands[i].clone()).collect();
        let words = plan.words.iter().map(|&n| n as i64).collect();
        let site = self.site();
        if plan.rule.result == Output || plan.dims.is_empty() {
            let out = self.f.value(Ty::F64);
            self.kernel(plan.rule, inputs, vec![Operand::Scalar(out)], words, site);
            return Ok(Some(Val::Real(out)));
        }
        let dims = match result {
            Type::Matrix => plan.dims,
            _ => vec![plan.dims.iter().product()],
        };
        let out = self.temporary(Elem::F64, &dims, *result == Type::Matrix);
        self.kernel(plan.rule, inputs, vec![Operand::View(out.flat())], words, site);
        Ok(Some(Val::Array(out)))
    }

    /// `gp_exp_quad_cov(x, alpha, rho)` of numbers or vectors of one length.
    fn gp_exp_quad_cov(&mut self, vals: &[Val], types: &[Type]) -> Result<Option<Val>> {
        let ([x, alpha, rho], [ty, Type::Real | Type::Int, Type::Real | Type::Int]) = (vals, types) else {
            return Ok(None);
        };
        let Some(dims) = self.dims(x, ty) else { return Ok(None) };
        let (Type::Array(_, 1), [n, rest @ ..]) = (ty, &dims[..]) else { return Ok(None) };
        let (n, d) = (*n, rest.first().copied().unwrap_or(1));
        if n == 0 || d == 0 {
            return Ok(None);
        }
        let x = self.flat_real(x, ty)?;
        let (alpha, rho) = (self.real_value(alpha)?, self.real_value(rho)?);
        let t = &table().linalg;
        let rule = rule(
            "gp_exp_quad_cov",
            t.gp_exp_quad_cov as *const u8,
            &[Word(0), Word(1), In(0), InValue(1), InValue(2), Out(0)],
            Status,
            t.gp_exp_quad_cov_backward as *const u8,
            &[
                Word(0),
                Word(1),
                In(0),
                InValue(1),
                InValue(2),
                Out(0),
                AdjointOut(0),
                AdjointIn(0),
                AdjointIn(1),
                AdjointIn(2),
            ],
        );
        let out = self.temporary(Elem::F64, &[n, n], true);
        let site = self.site();
        let inputs = vec![Operand::View(x), Operand::Scalar(alpha), Operand::Scalar(rho)];
        self.kernel(rule, inputs, vec![Operand::View(out.flat())], vec![n as i64, d as i64], site);
        Ok(Some(Val::Array(out)))
    }
}

/// The kernel for these arguments, as matrices `[rows, columns]`. `None` also where sizes do not fit: the library says what is wrong.
fn plan(name: &str, shapes: &[[usize; 2]]) -> Option<Plan> {
    let t = &table().linalg;
    Some(match (name, shapes) {
        ("multiply", &[[m, k], [k2, n]]) if k == k2 => Plan {
            rule: rule(
                "multiply",
                if n == 1 { t.gemv as *const u8 } else { t.multiply as *const u8 },
                if n == 1 {
                    &[Word(0), Word(2), In(0), In(1), Out(0)]
                } else {
                    &[Word(0), Word(1), Word(2), In(0), In(1), Out(0)]
                },
                ResultKind::None,
                t.multiply_backward as *const u8,
                &[Word(0), Word(1), Word(2), In(0), In(1), AdjointOut(0), AdjointIn(0), AdjointIn(1)],
            ),
            words: vec![m, n, k],
            dims: vec![m, n],
            inputs: vec![0, 1],
        },
        ("tcrossprod", &[[m, k]]) => Plan {
            rule: rule(
                "tcrossprod",
                t.tcrossprod as *const u8,
                &[Word(0), Word(1), In(0), Out(0)],
                ResultKind::None,
                t.tcrossprod_backward as *const u8,
                &[Word(0), Word(1), In(0), AdjointOut(0), AdjointIn(0)],
            ),
            words: vec![m, k],
            dims: vec![m, m],
            inputs: vec![0],
        },
        ("crossprod", &[[m, k]]) => Plan {
            rule: rule(
                "crossprod",
                t.crossprod as *const u8,
                &[Word(0), Word(1), In(0), Out(0)],
                ResultKind::None,
                t.crossprod_backward as *const u8,
                &[Word(0), Word(1), In(0), AdjointOut(0), AdjointIn(0)],
            ),
            words: vec![m, k],
            dims: vec![k, k],
            inputs: vec![0],
        },
        ("multiply_lower_tri_self_transpose", &[[m, n]]) if m == n => Plan {
            rule: rule(
                "multiply_lower_tri_self_transpose",
                t.multiply_lower_tri_self_transpose as *const u8,
                &[Word(0), In(0), Out(0)],
                ResultKind::None,
                t.multiply_lower_tri_self_transpose_backward as *const u8,
                &[Word(0), In(0), AdjointOut(0), AdjointIn(0)],
            ),
            words: vec![n],
            dims: vec![n, n],
            inputs: vec![0],
        },
        ("diag_pre_multiply", &[v, [m, n]]) if v[0] * v[1] == m => Plan {
            rule: rule(
                "diag_pre_multiply",
                t.diag_pre_multiply as *const u8,
                &[Word(0), Word(1), In(0), In(1), Out(0)],
                ResultKind::None,
                t.diag_pre_multiply_backward as *const u8,
                &[Word(0), Word(1), In(0), In(1), AdjointOut(0), AdjointIn(0), AdjointIn(1)],
            ),
            words: vec![m, n],
            dims: vec![m, n],
            inputs: vec![0, 1],
        },
        ("diag_post_multiply", &[[m, n], v]) if v[0] * v[1] == n => Plan {
            rule: rule(
                "diag_post_multiply",
                t.diag_post_multiply as *const u8,
                &[Word(0), Word(1), In(0), In(1), Out(0)],
                ResultKind::None,
                t.diag_post_multiply_backward as *const u8,
                &[Word(0), Word(1), In(0), In(1), AdjointOut(0), AdjointIn(0), AdjointIn(1)],
            ),
            words: vec![m, n],
            dims: vec![m, n],
            inputs: vec![0, 1],
        },
        ("quad_form_diag", &[[m, n], v]) if m == n && v[0] * v[1] == n => Plan {
            rule: rule(
                "quad_form_diag",
                t.quad_form_diag as *const u8,
                &[Word(0), In(0), In(1), Out(0)],
                ResultKind::None,
                t.quad_form_diag_backward as *const u8,
                &[Word(0), In(0), In(1), AdjointOut(0), AdjointIn(0), AdjointIn(1)],
            ),
            words: vec![n],
            dims: vec![n, n],
            inputs: vec![0, 1],
        },
        ("cholesky_decompose", &[[m, n]]) if m == n => Plan {
            rule: rule(
                "cholesky_decompose",
                t.cholesky as *const u8,
                &[Word(0), In(0), Out(0)],
                Status,
                t.cholesky_backward as *const u8,
                &[Word(0), Out(0), AdjointOut(0), AdjointIn(0)],
            ),
            words: vec![n],
            dims: vec![n, n],
            inputs: vec![0],
        },
        ("mdivide_left_tri_low", &[[n, n2], [n3, m]]) if n == n2 && n == n3 => Plan {
            rule: rule(
                "mdivide_left_tri_low",
                t.mdivide_left_tri_low as *const u8,
                &[Word(0), Word(1), In(0), In(1), Out(0)],
                ResultKind::None,
                t.mdivide_left_tri_low_backward as *const u8,
                &[Word(0), Word(1), In(0), Out(0), AdjointOut(0), AdjointIn(0), AdjointIn(1)],
            ),
            words: vec![n, m],
            dims: vec![n, m],
            inputs: vec![0, 1],
        },
        ("mdivide_right_tri_low", &[[m, n], [n2, n3]]) if n == n2 && n == n3 => Plan {
            rule: rule(
                "mdivide_right_tri_low",
                t.mdivide_right_tri_low as *const u8,
                &[Word(0), Word(1), In(0), In(1), Out(0)],
                ResultKind::None,
                t.mdivide_right_tri_low_backward as *const u8,
                &[Word(0), Word(1), In(1), Out(0), AdjointOut(0), AdjointIn(0), AdjointIn(1)],
            ),
            words: vec![m, n],
            dims: vec![m, n],
            inputs: vec![0, 1],
        },
        ("mdivide_left", &[[n, n2], [n3, m]]) if n == n2 && n == n3 => Plan {
            rule: rule(
                "mdivide_left",
                t.mdivide_left as *const u8,
                &[Word(0), Word(1), In(0), In(1), Out(0)],
                Status,
                t.mdivide_left_backward as *const u8,
                &[Word(0), Word(1), In(0), Out(0), AdjointOut(0), AdjointIn(0), AdjointIn(1)],
            ),
            words: vec![n, m],
            dims: vec![n, m],
            inputs: vec![0, 1],
        },
        ("inverse", &[[m, n]]) if m == n => Plan {
            rule: rule(
                "inverse",
                t.inverse as *const u8,
                &[Word(0), In(0), Out(0)],
                Status,
                t.inverse_backward as *const u8,
                &[Word(0), Out(0), AdjointOut(0), AdjointIn(0)],
            ),
            words: vec![n],
            dims: vec![n, n],
            inputs: vec![0],
        },
        ("inverse_spd", &[[m, n]]) if m == n => Plan {
            rule: rule(
                "inverse_spd",
                t.inverse_spd as *const u8,
                &[Word(0), In(0), Out(0)],
                Status,
                t.inverse_backward as *const u8,
                &[Word(0), Out(0), AdjointOut(0), AdjointIn(0)],
            ),
            words: vec![n],
            dims: vec![n, n],
            inputs: vec![0],
        },
        ("log_determinant", &[[m, n]]) if m == n => Plan {
            rule: rule(
                "log_determinant",
                t.log_determinant as *const u8,
                &[Word(0), In(0)],
                Output,
                t.log_determinant_backward as *const u8,
                &[Word(0), In(0), AdjointOutValue(0), AdjointIn(0)],
            ),
            words: vec![n],
            dims: Vec::new(),
            inputs: vec![0],
        },
        _ => return None,
    })
}
