//! How machine code stops: fuel, frames, indexes, integers, and where it says it stopped.

mod support;

use ppl_compiler::differentiate::differentiate;
use ppl_compiler::ir::*;
use ppl_compiler::scalar::Unary;
use ppl_grammar::span::{FileId, Span};
use support::{Build, Run, run};

/// `for (i in 1:trips) s = tanh(s)`, which keeps a frame of one word an iteration.
fn iterated(trips: i64) -> Function {
    let mut b = Build::new(1);
    let x = b.parameter(0);
    let s = b.cell(x);
    let (first, last) = (b.int(1), b.int(trips));
    b.for_loop(first, last, |b, _| {
        let old = b.get(s);
        let new = b.unary(Unary::Tanh, old);
        b.set(s, new);
    });
    let end = b.get(s);
    b.target(end);
    differentiate(&b.finish())
}

fn status(run: &Run) -> u32 {
    run.status
}

#[test]
fn fuel_is_taken_for_each_iteration() {
    let f = iterated(100);
    assert_eq!(status(&run(&f, &[0.5], 100, 1000)), Status::Ok as u32);
    assert_eq!(status(&run(&f, &[0.5], 99, 1000)), Status::Limit as u32);
}

#[test]
fn frames_are_bounded() {
    let f = iterated(100);
    let words = 100 * f.slots.iter().sum::<u32>() as usize;
    assert!(words >= 100);
    let enough = run(&f, &[0.5], 1000, words);
    assert_eq!(status(&enough), Status::Ok as u32);
    let slope = enough.gradient[0];
    assert!(slope > 0.0 && slope < 1.0, "{slope}");
    assert_eq!(status(&run(&f, &[0.5], 1000, words - 1)), Status::Tape as u32);
    assert_eq!(status(&run(&f, &[0.5], 1000, 0)), Status::Tape as u32);
}

#[test]
fn a_loop_that_never_ends_runs_out_of_fuel() {
    let mut b = Build::new(1);
    let x = b.parameter(0);
    let s = b.cell(x);
    let one = b.int(1);
    let go = b.cell(one);
    b.while_loop(go, Site(0), |b| {
        let old = b.get(s);
        let new = b.unary(Unary::Tanh, old);
        b.set(s, new);
    });
    let end = b.get(s);
    b.target(end);
    let run = run(&differentiate(&b.finish()), &[0.5], 1000, 1 << 16);
    assert_eq!(run.status, Status::Limit as u32);
}

/// Each check at a site of its own; `fails` runs at the second of three.
fn stops(theta: f64, fails: impl FnOnce(&mut Build, V, Site)) -> Run {
    let mut b = Build::new(1);
    let sites: Vec<Site> = (0..3).map(|i| b.f.site(Span::new(FileId(0), 10 * i + 1, 10 * i + 5))).collect();
    let x = b.parameter(0);
    let one = b.int(1);
    b.op(Op::CheckIndex { index: one, limit: 1, site: sites[0] });
    fails(&mut b, x, sites[1]);
    b.op(Op::CheckIndex { index: one, limit: 1, site: sites[2] });
    b.target(x);
    let f = differentiate(&b.finish());
    let run = run(&f, &[theta], 1000, 0);
    assert!(run.status == Status::Ok as u32 || f.sites[run.site as usize].start == 11, "{run:?}");
    run
}

#[test]
fn an_index_out_of_range_stops_at_its_site() {
    let at = |index: f64| {
        stops(index, |b, x, site| {
            let index = b.f.value(Ty::I64);
            b.op(Op::RealToInt(index, x, site));
            b.op(Op::CheckIndex { index, limit: 4, site });
        })
    };
    for (index, expected) in [
        (1.0, Status::Ok),
        (4.0, Status::Ok),
        (0.0, Status::Error),
        (5.0, Status::Error),
        (-3.0, Status::Error),
        // no `int`
        (3e9, Status::Error),
        (f64::NAN, Status::Error),
    ] {
        assert_eq!(status(&at(index)), expected as u32, "{index}");
    }
}

#[test]
fn integers_that_overflow_or_divide_by_zero_stop() {
    let with = |op: IntOp, left: i64, right: i64| {
        let run = stops(0.5, |b, _, site| {
            let (left, right) = (b.int(left), b.int(right));
            let out = b.f.value(Ty::I64);
            b.op(Op::IntBinary { out, op, left, right, site });
        });
        status(&run)
    };
    let (ok, error) = (Status::Ok as u32, Status::Error as u32);
    assert_eq!(with(IntOp::Add, i32::MAX as i64, 0), ok);
    assert_eq!(with(IntOp::Add, i32::MAX as i64, 1), error);
    assert_eq!(with(IntOp::Sub, i32::MIN as i64, 1), error);
    assert_eq!(with(IntOp::Mul, 1 << 16, 1 << 15), error);
    assert_eq!(with(IntOp::Div, i32::MIN as i64, -1), error);
    assert_eq!(with(IntOp::Div, 7, 0), error);
    assert_eq!(with(IntOp::Mod, 7, 0), error);
    assert_eq!(with(IntOp::Mod, -7, 2), ok);
}

#[test]
fn a_rejection_is_no_error() {
    let at = |theta: f64| {
        stops(theta, |b, x, site| {
            let zero = b.real(0.0);
            let condition = b.compare(Compare::Lt, x, zero);
            b.op(Op::Exit { condition, status: Status::Reject, site });
        })
    };
    assert_eq!(status(&at(0.5)), Status::Ok as u32);
    assert_eq!(status(&at(-0.5)), Status::Reject as u32);
}
