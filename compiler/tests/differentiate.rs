//! Reverse mode on small functions, against forward-mode dual numbers of the same function in Rust.

mod support;

use ppl_compiler::ir::*;
use ppl_compiler::kernel::Slot::*;
use ppl_compiler::kernel::{Address, Call, KernelCall, Operand, ResultKind, Rule};
use ppl_compiler::scalar::{Binary, Unary};
use ppl_runtime::num::Num;
use support::{Build, Reference, agrees};

const POINTS: &[[f64; 3]] = &[[0.3, -0.7, 1.1], [-0.4, 0.2, 0.9], [1.5, 0.8, -0.6]];

#[test]
fn scalar_rules() {
    struct R;
    impl Reference for R {
        fn value<T: Num>([x, y, z]: [T; 3]) -> T {
            let a = x.exp() - y * z;
            let b = (y.square() + T::from(1.0)).ln() / x.exp();
            let c = (a.tanh() + b.abs().sqrt()).exp_m1() * (x * x).ln_1p();
            c - a.square().recip() + (z.square() + T::from(0.5)).pow(y)
        }
    }
    let mut b = Build::new(3);
    let [x, y, z] = [0, 1, 2].map(|i| b.parameter(i));
    let (one, half) = (b.real(1.0), b.real(0.5));
    let exp_x = b.unary(Unary::Exp, x);
    let yz = b.mul(y, z);
    let a = b.binary(Binary::Sub, exp_x, yz);
    let square_y = b.unary(Unary::Square, y);
    let more = b.add(square_y, one);
    let log = b.unary(Unary::Log, more);
    let ratio = b.binary(Binary::Div, log, exp_x);
    let tanh = b.unary(Unary::Tanh, a);
    let abs = b.unary(Unary::Abs, ratio);
    let root = b.unary(Unary::Sqrt, abs);
    let sum = b.add(tanh, root);
    let expm1 = b.unary(Unary::Expm1, sum);
    let xx = b.mul(x, x);
    let log1p = b.unary(Unary::Log1p, xx);
    let c = b.mul(expm1, log1p);
    b.target(c);
    let a2 = b.unary(Unary::Square, a);
    let inv = b.unary(Unary::Inv, a2);
    let minus = b.unary(Unary::Negate, inv);
    b.target(minus);
    let square_z = b.unary(Unary::Square, z);
    let base = b.add(square_z, half);
    let pow = b.binary(Binary::Pow, base, y);
    b.op(Op::AddJacobian(pow));
    agrees::<R>(&b.finish(), POINTS);
}

#[test]
fn state_carried_through_a_loop() {
    struct R;
    impl Reference for R {
        fn value<T: Num>([x, y, z]: [T; 3]) -> T {
            let mut s = x;
            for i in 1..=5 {
                s = (s * y + z * T::from(i as f64)).tanh();
            }
            s * x
        }
    }
    let mut b = Build::new(3);
    let [x, y, z] = [0, 1, 2].map(|i| b.parameter(i));
    let s = b.cell(x);
    let (first, last) = (b.int(1), b.int(5));
    b.for_loop(first, last, |b, i| {
        let old = b.get(s);
        let product = b.mul(old, y);
        let i = b.real_of(i);
        let step = b.mul(z, i);
        let sum = b.add(product, step);
        let new = b.unary(Unary::Tanh, sum);
        b.set(s, new);
    });
    let end = b.get(s);
    let result = b.mul(end, x);
    b.target(result);
    agrees::<R>(&b.finish(), POINTS);
}

#[test]
fn a_loop_that_does_not_run() {
    struct R;
    impl Reference for R {
        fn value<T: Num>([x, y, _]: [T; 3]) -> T {
            x * y
        }
    }
    let mut b = Build::new(3);
    let [x, y] = [0, 1].map(|i| b.parameter(i));
    let s = b.cell(x);
    let (first, last) = (b.int(3), b.int(2));
    b.for_loop(first, last, |b, _| {
        let old = b.get(s);
        let new = b.unary(Unary::Exp, old);
        b.set(s, new);
    });
    let end = b.get(s);
    let result = b.mul(end, y);
    b.target(result);
    agrees::<R>(&b.finish(), POINTS);
}

/// The inner loop has as many iterations as the outer one has made, and both keep frames.
#[test]
fn loops_inside_loops() {
    struct R;
    impl Reference for R {
        fn value<T: Num>([x, y, z]: [T; 3]) -> T {
            let mut s = x;
            let mut total = T::from(0.0);
            for i in 1..=4 {
                let scale = (s * z).exp_m1();
                for j in 1..=i {
                    s = (s + scale * y * T::from(j as f64)).tanh();
                }
                total += s * scale;
            }
            total
        }
    }
    let mut b = Build::new(3);
    let [x, y, z] = [0, 1, 2].map(|i| b.parameter(i));
    let s = b.cell(x);
    let (first, last) = (b.int(1), b.int(4));
    b.for_loop(first, last, |b, i| {
        let old = b.get(s);
        let product = b.mul(old, z);
        let scale = b.unary(Unary::Expm1, product);
        b.for_loop(first, i, |b, j| {
            let old = b.get(s);
            let j = b.real_of(j);
            let slope = b.mul(scale, y);
            let step = b.mul(slope, j);
            let sum = b.add(old, step);
            let new = b.unary(Unary::Tanh, sum);
            b.set(s, new);
        });
        let now = b.get(s);
        let part = b.mul(now, scale);
        b.target(part);
    });
    agrees::<R>(&b.finish(), POINTS);
}

#[test]
fn an_element_that_is_overwritten() {
    struct R;
    impl Reference for R {
        fn value<T: Num>([x, y, z]: [T; 3]) -> T {
            let mut a = [x, y];
            let before = a[0] * a[1];
            a[0] = a[0].exp() * z;
            let between = a[0] * a[1];
            a[0] = T::from(2.0);
            a[1] *= a[0];
            before + between + a[0] * a[1]
        }
    }
    let mut b = Build::new(3);
    let [x, y, z] = [0, 1, 2].map(|i| b.parameter(i));
    let a = b.array(2);
    let [first, second] = [0, 1].map(At::constant);
    b.store(a, first.clone(), x);
    b.store(a, second.clone(), y);
    let product = |b: &mut Build| {
        let (p, q) = (b.load(a, first.clone()), b.load(a, second.clone()));
        b.mul(p, q)
    };
    let before = product(&mut b);
    b.target(before);
    let old = b.load(a, first.clone());
    let exp = b.unary(Unary::Exp, old);
    let new = b.mul(exp, z);
    b.store(a, first.clone(), new);
    let between = product(&mut b);
    b.target(between);
    let two = b.real(2.0);
    b.store(a, first.clone(), two);
    let after = product(&mut b);
    b.store(a, second.clone(), after);
    let end = product(&mut b);
    b.target(end);
    agrees::<R>(&b.finish(), POINTS);
}

fn dot_self() -> Rule {
    let kernels = &ppl_runtime::kernels::table().reduce;
    Rule {
        name: "dot_self",
        forward: Address(kernels.dot_self as *const u8),
        forward_slots: &[Word(0), In(0)],
        result: ResultKind::Output,
        backward: Some(Address(kernels.dot_self_backward as *const u8)),
        backward_slots: &[Word(0), In(0), OutValue(0), AdjointOutValue(0), AdjointIn(0)],
    }
}

/// A kernel whose derivative reads an array that the next iteration overwrites, and a slice that is filled and copied.
#[test]
fn an_array_that_a_kernel_reads_is_overwritten() {
    struct R;
    impl Reference for R {
        fn value<T: Num>([x, y, z]: [T; 3]) -> T {
            let mut a = [x, y, z];
            let mut total = T::from(0.0);
            for _ in 0..3 {
                let square = a.iter().fold(T::from(0.0), |sum, x| sum + *x * *x);
                total += square;
                a[1] = a[0];
                a[2] = (square * y).tanh();
            }
            a[0] = z;
            a[1] = z;
            total + a[0] * a[1] * a[2]
        }
    }
    let mut b = Build::new(3);
    let [x, y, z] = [0, 1, 2].map(|i| b.parameter(i));
    let a = b.array(3);
    for (i, v) in [x, y, z].into_iter().enumerate() {
        b.store(a, At::constant(i as i64), v);
    }
    let (first, last) = (b.int(1), b.int(3));
    let cut = |at, len| View::vector(a, At::constant(at), len);
    b.for_loop(first, last, |b, _| {
        let square = b.f.value(Ty::F64);
        b.op(Op::Call(Box::new(Call::Kernel(KernelCall {
            rule: dot_self(),
            inputs: vec![Operand::View(cut(0, 3))],
            outputs: vec![Operand::Scalar(square)],
            words: vec![3],
            site: Site(0),
            adjoint_of: Vec::new(),
        }))));
        b.target(square);
        b.op(Op::Copy { to: cut(1, 1), from: cut(0, 1) });
        let product = b.mul(square, y);
        let new = b.unary(Unary::Tanh, product);
        b.store(a, At::constant(2), new);
    });
    b.op(Op::Fill { to: cut(0, 2), value: z });
    let parts = [0, 1, 2].map(|i| b.load(a, At::constant(i)));
    let product = b.mul(parts[0], parts[1]);
    let product = b.mul(product, parts[2]);
    b.target(product);
    agrees::<R>(&b.finish(), POINTS);
}

#[test]
fn branches_on_parameters() {
    struct R;
    impl Reference for R {
        fn value<T: Num>([x, y, z]: [T; 3]) -> T {
            let mut s = x;
            for _ in 0..6 {
                if s > y {
                    s = s * z - y;
                } else {
                    s = s.exp() + x;
                }
            }
            s.tanh()
        }
    }
    let mut b = Build::new(3);
    let [x, y, z] = [0, 1, 2].map(|i| b.parameter(i));
    let s = b.cell(x);
    let (first, last) = (b.int(1), b.int(6));
    b.for_loop(first, last, |b, _| {
        let old = b.get(s);
        let above = b.compare(Compare::Gt, old, y);
        b.if_else(
            above,
            |b| {
                let product = b.mul(old, z);
                let new = b.binary(Binary::Sub, product, y);
                b.set(s, new);
            },
            |b| {
                let exp = b.unary(Unary::Exp, old);
                let new = b.add(exp, x);
                b.set(s, new);
            },
        );
    });
    let end = b.get(s);
    let result = b.unary(Unary::Tanh, end);
    b.target(result);
    agrees::<R>(&b.finish(), POINTS);
}

/// The number of iterations depends on the parameters.
#[test]
fn a_while_loop() {
    struct R;
    impl Reference for R {
        fn value<T: Num>([x, y, z]: [T; 3]) -> T {
            let mut s = x;
            while s < T::from(3.0) {
                s = s + y.square() + z.square() * s.tanh().square() + T::from(0.1);
            }
            s * s
        }
    }
    let mut b = Build::new(3);
    let [x, y, z] = [0, 1, 2].map(|i| b.parameter(i));
    let s = b.cell(x);
    let (three, tenth) = (b.real(3.0), b.real(0.1));
    let below = b.compare(Compare::Lt, x, three);
    let go = b.cell(below);
    b.while_loop(go, Site(0), |b| {
        let old = b.get(s);
        let tanh = b.unary(Unary::Tanh, old);
        let [y2, z2, t2] = [y, z, tanh].map(|v| b.unary(Unary::Square, v));
        let step = b.mul(z2, t2);
        let sum = b.add(old, y2);
        let sum = b.add(sum, step);
        let new = b.add(sum, tenth);
        b.set(s, new);
        let below = b.compare(Compare::Lt, new, three);
        b.set(go, below);
    });
    let end = b.get(s);
    let result = b.mul(end, end);
    b.target(result);
    agrees::<R>(&b.finish(), POINTS);
}

/// Early return as lowering writes it: a flag that guards the rest.
#[test]
fn an_early_return() {
    struct R;
    impl Reference for R {
        fn value<T: Num>([x, y, z]: [T; 3]) -> T {
            let mut s = x;
            for _ in 0..8 {
                s = s * y + z;
                if s > T::from(1.0) {
                    return s.exp();
                }
            }
            s * x
        }
    }
    let mut b = Build::new(3);
    let [x, y, z] = [0, 1, 2].map(|i| b.parameter(i));
    let (first, last, one) = (b.int(1), b.int(8), b.real(1.0));
    let (s, result) = (b.cell(x), b.cell(x));
    let open = b.int(1);
    let running = b.cell(open);
    b.for_loop(first, last, |b, _| {
        let on = b.get(running);
        b.if_else(
            on,
            |b| {
                let old = b.get(s);
                let product = b.mul(old, y);
                let new = b.add(product, z);
                b.set(s, new);
                let above = b.compare(Compare::Gt, new, one);
                b.if_else(
                    above,
                    |b| {
                        let exp = b.unary(Unary::Exp, new);
                        b.set(result, exp);
                        let closed = b.int(0);
                        b.set(running, closed);
                    },
                    |_| {},
                );
            },
            |_| {},
        );
    });
    let on = b.get(running);
    b.if_else(
        on,
        |b| {
            let end = b.get(s);
            let product = b.mul(end, x);
            b.set(result, product);
        },
        |_| {},
    );
    let end = b.get(result);
    b.target(end);
    agrees::<R>(&b.finish(), &[[0.3, -0.7, 1.1], [-0.4, 0.2, 0.1], [1.5, 0.8, 0.4], [0.2, 1.3, 0.1]]);
}

/// What does not reach the target has no reverse sweep, and no frames are kept for it.
#[test]
fn what_is_not_used_is_not_kept() {
    let mut b = Build::new(1);
    let x = b.parameter(0);
    let s = b.cell(x);
    let (first, last) = (b.int(1), b.int(100));
    b.for_loop(first, last, |b, _| {
        let old = b.get(s);
        let new = b.unary(Unary::Tanh, old);
        b.set(s, new);
    });
    b.target(x);
    let f = ppl_compiler::differentiate::differentiate(&b.finish());
    assert!(f.slots.iter().all(|&n| n == 0), "{f}");
    let run = support::run(&f, &[0.4], 1000, 0);
    assert_eq!((run.status, run.value, run.gradient), (Status::Ok as u32, 0.4, vec![1.0]));
}
