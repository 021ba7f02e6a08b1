use super::*;
use crate::kernels::elementwise::{binary_at, unary_at};

/// Function, plain code, and the range it is tried in.
type Case = (&'static str, fn(f64) -> f64, f64, f64);

const CASES: [Case; 18] = [
    ("exp", f64::exp, -740.0, 709.0),
    ("log", f64::ln, 0.0, 1e6),
    ("log1p", f64::ln_1p, -1.0, 30.0),
    ("log1m", |x| (-x).ln_1p(), -30.0, 1.0),
    ("expm1", f64::exp_m1, -30.0, 700.0),
    ("sqrt", f64::sqrt, 0.0, 1e9),
    ("square", |x| x * x, -1e3, 1e3),
    ("inv", |x| 1.0 / x, -1e3, 1e3),
    ("inv_square", |x| 1.0 / (x * x), -1e3, 1e3),
    ("inv_sqrt", |x| 1.0 / x.sqrt(), 0.0, 1e3),
    ("minus", |x| -x, -1e3, 1e3),
    ("abs", f64::abs, -1e3, 1e3),
    ("inv_logit", |x| if x < 0.0 { x.exp() / (1.0 + x.exp()) } else { 1.0 / (1.0 + (-x).exp()) }, -700.0, 700.0),
    ("logit", |x| (x / (1.0 - x)).ln(), 0.0, 1.0),
    ("log1p_exp", |x| x.max(0.0) + (-x.abs()).exp().ln_1p(), -700.0, 700.0),
    ("log_inv_logit", |x| x.min(0.0) - (-x.abs()).exp().ln_1p(), -700.0, 700.0),
    ("log1m_inv_logit", |x| (-x).min(0.0) - (-x.abs()).exp().ln_1p(), -700.0, 700.0),
    ("tanh", f64::tanh, -20.0, 20.0),
];

const EDGES: [f64; 24] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    5e-324,
    -5e-324,
    1e-310,
    f64::MIN_POSITIVE,
    1e-300,
    1e-17,
    -1e-17,
    1e300,
    -1e300,
    0.5,
    710.0,
    -745.1,
    -746.0,
    709.7,
    1e-9,
    2.0,
    37.5,
];

fn forward(name: &str, level: Level, x: &[f64]) -> Vec<f64> {
    let mut y = vec![f64::NAN; x.len()];
    unsafe { (unary_at(name, level).unwrap().forward)(x.len(), x.as_ptr(), y.as_mut_ptr()) };
    y
}

#[test]
fn unary_values() {
    for level in levels() {
        for (name, plain, low, high) in CASES {
            let mut stream = Stream(1);
            // Half of the range uniformly, half near zero.
            let mut x = stream.vector(20_000, low, high);
            x.extend(stream.vector(20_000, low.max(-2.0), high.min(2.0)));
            let mut worst = 0.0f64;
            for (x, y) in x.iter().zip(forward(name, level, &x)) {
                let u = ulps(y, plain(*x));
                assert!(u < 5.0, "{name}({x}) = {y}, not {}: {u} ulp, {level:?}", plain(*x));
                worst = worst.max(u);
            }
            println!("{name:16} {level:?}: {worst:.2} ulp");
        }
    }
}

#[test]
fn unary_edges() {
    for level in levels() {
        for (name, plain, ..) in CASES {
            for (x, y) in EDGES.iter().zip(forward(name, level, &EDGES)) {
                let expected = plain(*x);
                // Functions of the logistic family give 0 instead of a subnormal number.
                let flushed = ["inv_logit", "log1p_exp", "log_inv_logit", "log1m_inv_logit"].contains(&name);
                if flushed && y == 0.0 && expected.abs() < f64::MIN_POSITIVE {
                    continue;
                }
                assert!(ulps(y, expected) < 5.0, "{name}({x:e}) = {y:e}, not {expected:e}, {level:?}");
            }
        }
    }
}

#[test]
fn lengths_and_bounds() {
    for level in levels() {
        for (name, plain, low, high) in CASES {
            for n in LENGTHS {
                let x = Stream(n as u64).vector(n, low, high.min(50.0));
                let mut y = vec![7.0; n + 9];
                unsafe { (unary_at(name, level).unwrap().forward)(n, x.as_ptr(), y.as_mut_ptr()) };
                for i in 0..n {
                    assert!(ulps(y[i], plain(x[i])) < 5.0);
                }
                assert!(y[n..].iter().all(|&c| c == 7.0), "{name} wrote past {n}");
            }
        }
    }
}

#[test]
fn unary_backward() {
    for level in levels() {
        for (name, plain, low, high) in CASES {
            let n = 11;
            let low = if low > -3.0 { low + 0.1 } else { -3.0 };
            let high = if high < 5.0 { high - 0.1 } else { 4.0 };
            let mut stream = Stream(3);
            let x = stream.vector(n, low, high);
            let dy = stream.vector(n, -1.0, 1.0);
            let y = forward(name, level, &x);
            let mut dx = vec![1.0; n];
            unsafe {
                (unary_at(name, level).unwrap().backward)(n, x.as_ptr(), y.as_ptr(), dy.as_ptr(), dx.as_mut_ptr())
            };
            for i in 0..n {
                let expected = 1.0 + dy[i] * slope(|h| plain(x[i] + h), 1e-3 * x[i].abs().min(1.0));
                close(dx[i], expected, 1e-8, name);
            }
        }
    }
}

/// Where the value is 1 to rounding the slope is still that of the scalar function.
#[test]
fn slopes_in_saturation() {
    for level in levels() {
        for name in ["tanh", "inv_logit"] {
            let scalar = crate::math::unary(name).unwrap();
            for x in [-40.0, -19.5, -8.0, 8.0, 15.25, 17.0, 18.75, 30.0, 400.0] {
                let y = forward(name, level, &[x]);
                let mut dx = [0.0];
                unsafe {
                    (unary_at(name, level).unwrap().backward)(
                        1,
                        [x].as_ptr(),
                        y.as_ptr(),
                        [1.0].as_ptr(),
                        dx.as_mut_ptr(),
                    )
                };
                let expected = (scalar.derivative)(x, y[0]);
                assert!((dx[0] - expected).abs() <= 1e-14 * expected, "{name}'({x}) = {:e}, not {expected:e}", dx[0]);
            }
        }
    }
}

#[test]
fn every_registered_function_has_a_kernel() {
    for f in crate::math::unary_table() {
        let kernel = unary_at(f.name, level()).unwrap_or_else(|| panic!("{}", f.name));
        let x = [0.3, 0.7, 0.25];
        let mut y = [0.0; 3];
        let mut dx = [0.0; 3];
        unsafe {
            (kernel.forward)(3, x.as_ptr(), y.as_mut_ptr());
            (kernel.backward)(3, x.as_ptr(), y.as_ptr(), [1.0; 3].as_ptr(), dx.as_mut_ptr());
        }
        for i in 0..3 {
            close(y[i], (f.value)(x[i]), 1e-14, f.name);
            close(dx[i], (f.derivative)(x[i], y[i]), 1e-14, f.name);
        }
    }
    for f in crate::math::binary_table() {
        let kernel = binary_at(f.name, level()).unwrap_or_else(|| panic!("{}", f.name));
        let (a, b) = ([3.3, 2.7, 4.25], [1.5]);
        let mut y = [0.0; 3];
        let (mut da, mut db) = ([0.0; 3], [0.0; 1]);
        unsafe {
            (kernel.forward)(3, a.as_ptr(), 1, b.as_ptr(), 0, y.as_mut_ptr());
            let one = [1.0; 3];
            let (da, db) = (da.as_mut_ptr(), db.as_mut_ptr());
            (kernel.backward)(3, a.as_ptr(), 1, b.as_ptr(), 0, y.as_ptr(), one.as_ptr(), da, db);
        }
        let mut total = 0.0;
        for i in 0..3 {
            close(y[i], (f.value)(a[i], b[0]), 1e-14, f.name);
            close(da[i], (f.d_left)(a[i], b[0], y[i]), 1e-14, f.name);
            total += (f.d_right)(a[i], b[0], y[i]);
        }
        close(db[0], total, 1e-14, f.name);
    }
    assert!(unary_at("no_such_function", level()).is_none());
    assert!(binary_at("no_such_function", level()).is_none());
}

#[test]
fn binary_operators() {
    type Plain = (&'static str, fn(f64, f64) -> f64, fn(f64, f64) -> (f64, f64));
    let cases: [Plain; 4] = [
        ("add", |a, b| a + b, |_, _| (1.0, 1.0)),
        ("subtract", |a, b| a - b, |_, _| (1.0, -1.0)),
        ("elt_multiply", |a, b| a * b, |a, b| (b, a)),
        ("elt_divide", |a, b| a / b, |a, b| (1.0 / b, -a / (b * b))),
    ];
    for level in levels() {
        for (name, plain, partials) in cases {
            let kernel = binary_at(name, level).unwrap();
            for n in LENGTHS {
                for (sa, sb) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                    let mut stream = Stream(n as u64);
                    let (a, b) = (stream.vector(n.max(1), 0.5, 2.0), stream.vector(n.max(1), 0.5, 2.0));
                    let dy = stream.vector(n, -1.0, 1.0);
                    let mut y = vec![9.0; n + 8];
                    unsafe { (kernel.forward)(n, a.as_ptr(), sa, b.as_ptr(), sb, y.as_mut_ptr()) };
                    assert!(y[n..].iter().all(|&c| c == 9.0));
                    let (mut da, mut db) = (vec![1.0; n.max(1) + 8], vec![2.0; n.max(1) + 8]);
                    let (mut ea, mut eb) = (da.clone(), db.clone());
                    for i in 0..n {
                        let (u, v) = (a[i * sa], b[i * sb]);
                        close(y[i], plain(u, v), 1e-15, name);
                        let (pa, pb) = partials(u, v);
                        ea[i * sa] += dy[i] * pa;
                        eb[i * sb] += dy[i] * pb;
                    }
                    let (pda, pdb) = (da.as_mut_ptr(), db.as_mut_ptr());
                    let none = std::ptr::null_mut();
                    let back = |da, db| unsafe {
                        (kernel.backward)(n, a.as_ptr(), sa, b.as_ptr(), sb, y.as_ptr(), dy.as_ptr(), da, db)
                    };
                    back(pda, none);
                    back(none, pdb);
                    for i in 0..da.len() {
                        close(da[i], ea[i], 1e-13, name);
                        close(db[i], eb[i], 1e-13, name);
                    }
                }
            }
        }
    }
}

#[test]
fn updates() {
    for (_, k) in each_table() {
        let k = k.elementwise;
        for n in LENGTHS {
            let mut stream = Stream(5);
            let (x, z, start) =
                (stream.vector(n, -1.0, 1.0), stream.vector(n, -1.0, 1.0), stream.vector(n + 8, -1.0, 1.0));
            let ints: Vec<i32> = (0..n as i32).map(|i| i * 77_777 - 12).collect();
            let check = |what: &str, run: &dyn Fn(*mut f64), expected: &dyn Fn(usize) -> f64| {
                let mut y = start.clone();
                run(y.as_mut_ptr());
                for i in 0..y.len() {
                    close(y[i], if i < n { expected(i) } else { start[i] }, 1e-15, what);
                }
            };
            unsafe {
                check("add_assign", &|y| (k.add_assign)(n, x.as_ptr(), y), &|i| start[i] + x[i]);
                check("sub_assign", &|y| (k.sub_assign)(n, x.as_ptr(), y), &|i| start[i] - x[i]);
                check("scale_add", &|y| (k.scale_add)(n, 3.0, x.as_ptr(), y), &|i| start[i] + 3.0 * x[i]);
                check("scale", &|y| (k.scale)(n, 3.0, x.as_ptr(), y), &|i| 3.0 * x[i]);
                check("add_scalar", &|y| (k.add_scalar)(n, 3.0, y), &|i| start[i] + 3.0);
                check("mul_add", &|y| (k.mul_add)(n, x.as_ptr(), z.as_ptr(), y), &|i| start[i] + x[i] * z[i]);
                check("fill", &|y| (k.fill)(n, 3.0, y), &|_| 3.0);
                check("copy", &|y| (k.copy)(n, x.as_ptr(), y), &|i| x[i]);
                check("from_i32", &|y| (k.from_i32)(n, ints.as_ptr(), y), &|i| ints[i] as f64);
            }
        }
    }
}

/// Where derivatives do not exist or are infinite, the conventions of Stan.
#[test]
fn derivatives_at_edges() {
    for level in levels() {
        let one = |name: &str, x: f64, y: f64, dy: f64| {
            let mut dx = 0.0;
            unsafe { (unary_at(name, level).unwrap().backward)(1, &x, &y, &dy, &mut dx) };
            dx
        };
        assert_eq!(one("sqrt", 0.0, 0.0, 1.0), 0.0);
        assert_eq!(one("abs", 0.0, 0.0, 1.0), 0.0);
        assert_eq!(one("abs", -2.0, 2.0, 1.0), -1.0);
        assert_eq!(one("log", 0.0, f64::NEG_INFINITY, 1.0), f64::INFINITY);
        // No adjoint, no derivative.
        assert_eq!(one("log", 0.0, f64::NEG_INFINITY, 0.0), 0.0);
        assert_eq!(one("inv_logit", 800.0, 1.0, 1.0), 0.0);
        assert_eq!(one("log_inv_logit", f64::NEG_INFINITY, f64::NEG_INFINITY, 1.0), 1.0);
    }
}
