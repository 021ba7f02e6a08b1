//! Which kernel computes what, and how it is differentiated.

use crate::kernel::ResultKind::{self, Output, Status};
use crate::kernel::Slot::*;
use crate::kernel::{Address, Rule, Slot};
use ppl_runtime::kernels::{self, table};

fn rule(
    name: &'static str,
    forward: *const u8,
    forward_slots: &'static [Slot],
    result: ResultKind,
    backward: Option<*const u8>,
    backward_slots: &'static [Slot],
) -> Rule {
    Rule { name, forward: Address(forward), forward_slots, result, backward: backward.map(Address), backward_slots }
}

/// An elementwise function: words `[n]`.
pub fn unary(name: &str) -> Option<Rule> {
    let kernel = kernels::unary(name)?;
    Some(rule(
        "unary",
        kernel.forward as *const u8,
        &[Word(0), In(0), Out(0)],
        ResultKind::None,
        Some(kernel.backward as *const u8),
        &[Word(0), In(0), Out(0), AdjointOut(0), AdjointIn(0)],
    ))
}

/// An elementwise function of two arguments, each a scalar or an array: words `[n]`.
pub fn binary(name: &str) -> Option<Rule> {
    let kernel = kernels::binary(name)?;
    // Sums need no primal values, so none are kept for them; the kernels do not look at what they are given instead.
    let backward_slots: &[Slot] = match name {
        "add" | "subtract" => {
            &[Word(0), Out(0), Stride(0), Out(0), Stride(1), Out(0), AdjointOut(0), AdjointIn(0), AdjointIn(1)]
        }
        _ => &[Word(0), In(0), Stride(0), In(1), Stride(1), Out(0), AdjointOut(0), AdjointIn(0), AdjointIn(1)],
    };
    Some(rule(
        "binary",
        kernel.forward as *const u8,
        &[Word(0), In(0), Stride(0), In(1), Stride(1), Out(0)],
        ResultKind::None,
        Some(kernel.backward as *const u8),
        backward_slots,
    ))
}

/// A vector to a number: words `[n]`.
pub fn reduce(name: &str) -> Option<Rule> {
    const FORWARD: &[Slot] = &[Word(0), In(0)];
    const BACKWARD: &[Slot] = &[Word(0), In(0), OutValue(0), AdjointOutValue(0), AdjointIn(0)];
    let t = &table().reduce;
    let (name, forward, backward) = match name {
        "sum" => {
            let backward = sum_backward as *const u8;
            return Some(rule(
                "sum",
                t.sum as *const u8,
                FORWARD,
                Output,
                Some(backward),
                &[Word(0), AdjointOutValue(0), AdjointIn(0)],
            ));
        }
        "mean" => {
            let backward = mean_backward as *const u8;
            return Some(rule(
                "mean",
                t.mean as *const u8,
                FORWARD,
                Output,
                Some(backward),
                &[Word(0), AdjointOutValue(0), AdjointIn(0)],
            ));
        }
        "dot_self" => ("dot_self", t.dot_self as *const u8, t.dot_self_backward as *const u8),
        "prod" => ("prod", t.prod as *const u8, t.prod_backward as *const u8),
        "min" => ("min", t.min as *const u8, t.extremum_backward as *const u8),
        "max" => ("max", t.max as *const u8, t.extremum_backward as *const u8),
        "log_sum_exp" => ("log_sum_exp", t.log_sum_exp as *const u8, t.log_sum_exp_backward as *const u8),
        "variance" => ("variance", t.variance as *const u8, t.variance_backward as *const u8),
        "sd" => ("sd", t.sd as *const u8, t.sd_backward as *const u8),
        "norm2" => ("norm2", t.norm2 as *const u8, t.norm2_backward as *const u8),
        "norm1" => ("norm1", t.norm1 as *const u8, t.norm1_backward as *const u8),
        _ => return None,
    };
    Some(rule(name, forward, FORWARD, Output, Some(backward), BACKWARD))
}

/// Two vectors to a number: words `[n]`.
pub fn pair(name: &str) -> Option<Rule> {
    let t = &table().reduce;
    let (name, forward, backward) = match name {
        "dot_product" => ("dot_product", t.dot as *const u8, t.dot_backward as *const u8),
        "squared_distance" => {
            ("squared_distance", t.squared_distance as *const u8, t.squared_distance_backward as *const u8)
        }
        _ => return None,
    };
    Some(rule(
        name,
        forward,
        &[Word(0), In(0), In(1)],
        Output,
        Some(backward),
        &[Word(0), In(0), In(1), AdjointOutValue(0), AdjointIn(0), AdjointIn(1)],
    ))
}

/// A vector to a vector of the same size: words `[n]`.
pub fn whole(name: &str) -> Option<Rule> {
    const FORWARD: &[Slot] = &[Word(0), In(0), Out(0)];
    const BY_OUTPUT: &[Slot] = &[Word(0), Out(0), AdjointOut(0), AdjointIn(0)];
    let t = &table().reduce;
    let (name, forward, backward, slots) = match name {
        "softmax" => ("softmax", t.softmax as *const u8, t.softmax_backward as *const u8, BY_OUTPUT),
        "log_softmax" => ("log_softmax", t.log_softmax as *const u8, t.log_softmax_backward as *const u8, BY_OUTPUT),
        "cumulative_sum" => {
            let slots: &[Slot] = &[Word(0), AdjointOut(0), AdjointIn(0)];
            ("cumulative_sum", t.cumulative_sum as *const u8, t.cumulative_sum_backward as *const u8, slots)
        }
        _ => return None,
    };
    Some(rule(name, forward, FORWARD, ResultKind::None, Some(backward), slots))
}

/// Elements of a vector at integer positions (checked): inputs vector and positions, words `[n, length]`.
pub fn gather() -> Rule {
    let t = &table().reduce;
    rule(
        "gather",
        t.gather as *const u8,
        &[Word(0), In(0), Word(1), In(1), Out(0)],
        Status,
        Some(t.scatter_add as *const u8),
        &[Word(0), In(1), AdjointOut(0), AdjointIn(0)],
    )
}

unsafe extern "C" fn sum_backward(n: usize, seed: f64, adjoint: *mut f64) {
    for x in unsafe { std::slice::from_raw_parts_mut(adjoint, n) } {
        *x += seed;
    }
}

unsafe extern "C" fn mean_backward(n: usize, seed: f64, adjoint: *mut f64) {
    unsafe { sum_backward(n, seed / n as f64, adjoint) }
}
