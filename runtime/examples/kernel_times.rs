//! Nanoseconds per element of the kernels, next to plain scalar code.
//!
//! `cargo run --release -p ppl-runtime --example kernel_times`; `PPL_SIMD=avx2` or `portable` lowers the instruction set.

#![allow(clippy::type_complexity)]

use ppl_runtime::kernels::{self, Operand};
use std::hint::black_box;
use std::time::Instant;

/// Nanoseconds of one call: the least of several batches.
fn time(mut f: impl FnMut()) -> f64 {
    f();
    let start = Instant::now();
    f();
    let once = start.elapsed().as_secs_f64().max(1e-8);
    let batch = ((1e-3 / once) as usize).clamp(1, 100_000);
    let mut best = f64::INFINITY;
    for _ in 0..25 {
        let start = Instant::now();
        for _ in 0..batch {
            f();
        }
        best = best.min(start.elapsed().as_secs_f64() / batch as f64);
    }
    best * 1e9
}

fn numbers(n: usize, low: f64, high: f64) -> Vec<f64> {
    (0..n).map(|i| low + (high - low) * ((i * 7919 + 13) % 1009) as f64 / 1009.0).collect()
}

fn unary() {
    println!("{:18} {:>8} {:>8} {:>8} {:>8}", "unary, n = 1000", "forward", "backward", "plain", "n = 8");
    let plain: [(&str, fn(f64) -> f64, f64, f64); 9] = [
        ("exp", f64::exp, -5.0, 5.0),
        ("log", f64::ln, 0.01, 5.0),
        ("log1p", f64::ln_1p, -0.9, 5.0),
        ("expm1", f64::exp_m1, -5.0, 5.0),
        ("sqrt", f64::sqrt, 0.0, 5.0),
        ("inv_logit", |x| 1.0 / (1.0 + (-x).exp()), -5.0, 5.0),
        ("log1p_exp", |x| x.exp().ln_1p(), -5.0, 5.0),
        ("tanh", f64::tanh, -5.0, 5.0),
        ("lgamma", ppl_runtime::math::lgamma, 0.5, 20.0),
    ];
    for (name, f, low, high) in plain {
        let Some(kernel) = kernels::unary(name) else { continue };
        let n = 1000;
        let x = numbers(n, low, high);
        let (mut y, mut dx, dy) = (vec![0.0; n], vec![0.0; n], vec![0.5; n]);
        let forward = time(|| unsafe { (kernel.forward)(n, x.as_ptr(), black_box(y.as_mut_ptr())) });
        let small = time(|| unsafe { (kernel.forward)(8, x.as_ptr(), black_box(y.as_mut_ptr())) });
        let backward =
            time(|| unsafe { (kernel.backward)(n, x.as_ptr(), y.as_ptr(), dy.as_ptr(), black_box(dx.as_mut_ptr())) });
        let scalar = time(|| {
            for i in 0..n {
                y[i] = f(black_box(x[i]));
            }
        });
        let n = n as f64;
        println!("{name:18} {:8.2} {:8.2} {:8.2} {:8.1}", forward / n, backward / n, scalar / n, small);
    }
}

fn reductions() {
    println!("\n{:18} {:>8} {:>8} {:>8}", "reductions", "n = 1000", "plain", "n = 8");
    let r = kernels::table().reduce;
    let n = 1000;
    let x = numbers(n, -1.0, 1.0);
    let one: [(&str, unsafe extern "C" fn(usize, *const f64) -> f64, fn(&[f64]) -> f64); 4] = [
        ("sum", r.sum, |x| x.iter().sum()),
        ("dot_self", r.dot_self, |x| x.iter().map(|v| v * v).sum()),
        ("log_sum_exp", r.log_sum_exp, |x| {
            let m = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            m + x.iter().map(|v| (v - m).exp()).sum::<f64>().ln()
        }),
        ("sd", r.sd, |x| {
            let m = x.iter().sum::<f64>() / x.len() as f64;
            (x.iter().map(|v| (v - m) * (v - m)).sum::<f64>() / (x.len() as f64 - 1.0)).sqrt()
        }),
    ];
    for (name, kernel, plain) in one {
        let fast = time(|| {
            black_box(unsafe { kernel(n, x.as_ptr()) });
        });
        let small = time(|| {
            black_box(unsafe { kernel(8, x.as_ptr()) });
        });
        let scalar = time(|| {
            black_box(plain(black_box(&x)));
        });
        println!("{name:18} {:8.2} {:8.2} {:8.1}", fast / n as f64, scalar / n as f64, small);
    }
    let index: Vec<i32> = (0..n as i32).map(|i| i * 37 % 85 + 1).collect();
    let mut out = vec![0.0; n];
    let gather = time(|| {
        black_box(unsafe { (r.gather)(n, x.as_ptr(), 85, index.as_ptr(), out.as_mut_ptr()) });
    });
    let mut dx = vec![0.0; 85];
    let scatter = time(|| unsafe { (r.scatter_add)(n, index.as_ptr(), x.as_ptr(), black_box(dx.as_mut_ptr())) });
    println!("{:18} {:8.2}\n{:18} {:8.2}", "gather", gather / n as f64, "scatter_add", scatter / n as f64);
}

fn densities() {
    println!("\n{:40} {:>8} {:>8} {:>8} {:>8}", "densities", "gradient", "value", "generic", "n = 8");
    let rows: [(&str, &str, f64, f64); 26] = [
        ("normal", "y v s", -1.0, 1.0),
        ("normal", "y s s", -1.0, 1.0),
        ("normal", "v s s", -1.0, 1.0),
        ("normal", "v v v", 0.5, 1.0),
        ("std_normal", "v", -1.0, 1.0),
        ("lognormal", "y v s", 0.5, 1.0),
        ("student_t", "y c v s", -1.0, 1.0),
        ("student_t", "y s v s", -1.0, 1.0),
        ("cauchy", "y v s", -1.0, 1.0),
        ("double_exponential", "y v s", -1.0, 1.0),
        ("logistic", "y v s", -1.0, 1.0),
        ("exponential", "y s", 0.1, 1.0),
        ("gamma", "y s s", 0.1, 1.0),
        ("gamma", "y s v", 0.1, 1.0),
        ("gamma", "y v v", 0.1, 1.0),
        ("beta", "y s s", 0.1, 0.9),
        ("beta", "y v v", 0.1, 0.9),
        ("uniform", "v c c", 0.1, 0.9),
        ("bernoulli", "i s", 0.1, 0.9),
        ("bernoulli", "i v", 0.1, 0.9),
        ("bernoulli_logit", "i v", -1.0, 1.0),
        ("binomial", "i n v", 0.1, 0.9),
        ("binomial_logit", "i n v", -1.0, 1.0),
        ("poisson", "i v", 0.1, 2.0),
        ("poisson_log", "i v", -1.0, 1.0),
        ("neg_binomial_2_log", "i v s", 0.5, 1.0),
    ];
    let n = 1000;
    for (name, shape, low, high) in rows {
        let kernel = kernels::density(name).unwrap();
        let y: Vec<i32> = (0..n as i32).map(|i| i % 2).collect();
        let totals = vec![9i32; n];
        let kinds: Vec<&str> = shape.split(' ').collect();
        let values: Vec<Vec<f64>> = kinds.iter().map(|_| numbers(n, low, high)).collect();
        let mut values = values;
        for (k, v) in values.iter_mut().enumerate() {
            // A positive single number that suits every parameter.
            if matches!(kinds[k], "s" | "c") {
                v[0] = if name == "uniform" { k as f64 * 2.0 - 3.0 } else { 0.7 };
            }
        }
        let mut adjoints = vec![vec![0.0; n]; kinds.len()];
        let mut terms = 0;
        let mut operands: Vec<Operand> = Vec::new();
        for (k, kind) in kinds.iter().enumerate() {
            let active = matches!(*kind, "v" | "s");
            terms |= (active as u32) << k;
            operands.push(Operand {
                values: match *kind {
                    "i" => y.as_ptr().cast(),
                    "n" => totals.as_ptr().cast(),
                    _ => values[k].as_ptr(),
                },
                stride: !matches!(*kind, "s" | "c") as usize,
                adjoint: if active { adjoints[k].as_mut_ptr() } else { std::ptr::null_mut() },
            });
        }
        let mut value = 0.0;
        let run = |n: usize, operands: &[Operand], terms: u32, value: &mut f64| {
            let status = unsafe { kernel(n, black_box(operands.as_ptr()), terms, 1.0, value) };
            assert_eq!(status, 0, "{name} {shape}");
        };
        let gradient = time(|| run(n, &operands, terms, &mut value));
        let small = time(|| run(8, &operands, terms, &mut value));
        let constant: Vec<Operand> = operands.iter().map(|o| Operand { adjoint: std::ptr::null_mut(), ..*o }).collect();
        let only = time(|| run(n, &constant, terms, &mut value));
        let family = ppl_runtime::families::scalar_family(name).unwrap();
        let keep = ppl_runtime::families::Keep::unnormalised(terms);
        let generic = time(|| {
            let mut total = 0.0;
            for i in 0..n {
                let mut args = [0.0; 4];
                for (k, o) in operands.iter().enumerate() {
                    args[k] = match kinds[k] {
                        "i" => y[i] as f64,
                        "n" => totals[i] as f64,
                        _ => values[k][i * o.stride],
                    };
                }
                let mut partials = [0.0; 4];
                total += (family.log_density_partials)(&args[..operands.len()], keep, &mut partials);
                for (k, o) in operands.iter().enumerate() {
                    if !o.adjoint.is_null() {
                        unsafe { *o.adjoint.add(i * o.stride) += partials[k] };
                    }
                }
            }
            black_box(total);
        });
        let n = n as f64;
        println!(
            "{:40} {:8.2} {:8.2} {:8.2} {:8.1}",
            format!("{name} ({shape})"),
            gradient / n,
            only / n,
            generic / n,
            small
        );
    }
}

/// A random matrix, a well-conditioned covariance, and its Cholesky factor.
fn matrices(n: usize) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let l = kernels::table().linalg;
    let a = numbers(n * n, -1.0, 1.0);
    let (mut c, mut factor) = (vec![0.0; n * n], vec![0.0; n * n]);
    unsafe {
        (l.tcrossprod)(n, n, a.as_ptr(), c.as_mut_ptr());
        (0..n).for_each(|i| c[i * n + i] += n as f64);
        assert_eq!((l.cholesky)(n, c.as_ptr(), factor.as_mut_ptr()), 0);
    }
    (a, c, factor)
}

/// Cholesky factor by three plain loops.
fn plain_cholesky(n: usize, a: &[f64], l: &mut [f64]) {
    for j in 0..n {
        for i in j..n {
            let mut x = a[i + j * n];
            for k in 0..j {
                x -= l[i + k * n] * l[j + k * n];
            }
            l[i + j * n] = if i == j { x.sqrt() } else { x / l[j + j * n] };
        }
    }
}

fn plain_product(n: usize, a: &[f64], b: &[f64], c: &mut [f64]) {
    c.fill(0.0);
    for j in 0..n {
        for k in 0..n {
            for i in 0..n {
                c[i + j * n] += a[i + k * n] * b[k + j * n];
            }
        }
    }
}

fn linear_algebra() {
    println!(
        "\n{:34} {:>10} {:>10} {:>10} {:>10}",
        "linear algebra, microseconds", "n = 5", "n = 11", "n = 50", "n = 200"
    );
    let l = kernels::table().linalg;
    let sizes = [5, 11, 50, 200];
    let row = |name: &str, f: &dyn Fn(usize) -> f64| {
        print!("{name:34}");
        sizes.iter().for_each(|&n| print!(" {:10.3}", f(n) / 1e3));
        println!();
    };
    row("multiply (A B)", &|n| {
        let (a, b, _) = matrices(n);
        let mut c = vec![0.0; n * n];
        time(|| unsafe { (l.multiply)(n, n, n, a.as_ptr(), b.as_ptr(), black_box(c.as_mut_ptr())) })
    });
    row("  plain", &|n| {
        let (a, b, _) = matrices(n);
        let mut c = vec![0.0; n * n];
        time(|| plain_product(n, black_box(&a), &b, &mut c))
    });
    row("multiply_backward", &|n| {
        let (a, b, d) = matrices(n);
        let (mut da, mut db) = (vec![0.0; n * n], vec![0.0; n * n]);
        let (a, b, d) = (a.as_ptr(), b.as_ptr(), d.as_ptr());
        time(|| unsafe { (l.multiply_backward)(n, n, n, a, b, d, da.as_mut_ptr(), black_box(db.as_mut_ptr())) })
    });
    row("gemv (A x)", &|n| {
        let (a, x, _) = matrices(n);
        let mut y = vec![0.0; n];
        time(|| unsafe { (l.gemv)(n, n, a.as_ptr(), x.as_ptr(), black_box(y.as_mut_ptr())) })
    });
    row("cholesky", &|n| {
        let (_, c, mut factor) = matrices(n);
        time(|| {
            black_box(unsafe { (l.cholesky)(n, c.as_ptr(), factor.as_mut_ptr()) });
        })
    });
    row("  plain", &|n| {
        let (_, c, mut factor) = matrices(n);
        time(|| plain_cholesky(n, black_box(&c), &mut factor))
    });
    row("cholesky_backward", &|n| {
        let (a, mut c, factor) = matrices(n);
        time(|| unsafe { (l.cholesky_backward)(n, factor.as_ptr(), a.as_ptr(), black_box(c.as_mut_ptr())) })
    });
    row("mdivide_left_tri_low, one column", &|n| {
        let (b, _, factor) = matrices(n);
        let mut x = vec![0.0; n];
        time(|| unsafe { (l.mdivide_left_tri_low)(n, 1, factor.as_ptr(), b.as_ptr(), black_box(x.as_mut_ptr())) })
    });
    row("inverse_spd", &|n| {
        let (_, c, mut y) = matrices(n);
        time(|| {
            black_box(unsafe { (l.inverse_spd)(n, c.as_ptr(), y.as_mut_ptr()) });
        })
    });
    row("log_determinant", &|n| {
        let (_, c, _) = matrices(n);
        time(|| {
            black_box(unsafe { (l.log_determinant)(n, c.as_ptr()) });
        })
    });
    row("gp_exp_quad_cov", &|n| {
        let x = numbers(n, -1.0, 1.0);
        let mut k = vec![0.0; n * n];
        time(|| {
            black_box(unsafe { (l.gp_exp_quad_cov)(n, 1, x.as_ptr(), 1.0, 0.5, k.as_mut_ptr()) });
        })
    });
    row("gp_exp_quad_cov_backward", &|n| {
        let (x, k, dk) = matrices(n);
        let (mut da, mut dr) = (0.0, 0.0);
        let none = std::ptr::null_mut();
        time(|| unsafe {
            let (x, k, dk) = (x.as_ptr(), k.as_ptr(), dk.as_ptr());
            (l.gp_exp_quad_cov_backward)(n, 1, x, 1.0, 0.5, k, dk, none, &mut da, black_box(&mut dr))
        })
    });
    for name in ["multi_normal_cholesky", "multi_normal"] {
        row(&format!("{name}, one outcome, all active"), &|n| {
            let (y, c, factor) = matrices(n);
            let m = if name == "multi_normal" { &c } else { &factor };
            let mut d = vec![0.0; n * n + 2 * n];
            let operand = |values: &[f64], adjoint: *mut f64| Operand { values: values.as_ptr(), stride: 0, adjoint };
            let p = d.as_mut_ptr();
            let operands = [operand(&y, p), operand(&y[n..], p.wrapping_add(n)), operand(m, p.wrapping_add(2 * n))];
            let kernel = kernels::joint(name).unwrap();
            let mut value = 0.0;
            time(|| {
                black_box(unsafe { kernel([1, n].as_ptr(), operands.as_ptr(), 7, 1.0, &mut value) });
            })
        });
    }
}

fn regressions() {
    println!("\n{:34} {:>10}", "regressions and ordered, ns", "gradient");
    let n = 1000;
    let binary: Vec<i32> = (0..n as i32).map(|i| i % 2).collect();
    let real = numbers(n, -1.0, 1.0);
    for p in [1, 5, 20] {
        let x = numbers(n * p, -1.0, 1.0);
        let beta = numbers(p, -0.2, 0.2);
        for name in ["bernoulli_logit_glm", "poisson_log_glm", "normal_id_glm"] {
            let kernel = kernels::joint(name).unwrap();
            let mut d = vec![0.0; p + 2];
            let none = std::ptr::null_mut();
            let (alpha, sigma) = (0.1, 0.9);
            let y = if name == "normal_id_glm" { real.as_ptr() } else { binary.as_ptr().cast() };
            let at = d.as_mut_ptr();
            let operands = [
                Operand { values: y, stride: 1, adjoint: none },
                Operand { values: x.as_ptr(), stride: 1, adjoint: none },
                Operand { values: &alpha, stride: 0, adjoint: at },
                Operand { values: beta.as_ptr(), stride: 1, adjoint: at.wrapping_add(1) },
                Operand { values: &sigma, stride: 0, adjoint: at.wrapping_add(p + 1) },
            ];
            let mut value = 0.0;
            let t = time(|| {
                black_box(unsafe { kernel([n, p].as_ptr(), operands.as_ptr(), 0b11100, 1.0, &mut value) });
            });
            println!("{:34} {t:10.0}", format!("{name}, n = 1000, p = {p}"));
        }
    }
    let y: Vec<i32> = (0..n as i32).map(|i| i % 5 + 1).collect();
    let cuts = [-1.0, -0.2, 0.3, 1.1];
    let (mut d_eta, mut d_cuts) = (vec![0.0; n], [0.0; 4]);
    let operands = [
        Operand { values: y.as_ptr().cast(), stride: 1, adjoint: std::ptr::null_mut() },
        Operand { values: real.as_ptr(), stride: 1, adjoint: d_eta.as_mut_ptr() },
        Operand { values: cuts.as_ptr(), stride: 0, adjoint: d_cuts.as_mut_ptr() },
    ];
    let kernel = kernels::joint("ordered_logistic").unwrap();
    let mut value = 0.0;
    let t = time(|| {
        black_box(unsafe { kernel([n, 4].as_ptr(), operands.as_ptr(), 6, 1.0, &mut value) });
    });
    println!("{:34} {t:10.0}", "ordered_logistic, n = 1000, 5 levels");
}

fn main() {
    println!("{:?}, nanoseconds per element (n = 8: per call)\n", kernels::level());
    unary();
    reductions();
    densities();
    println!(
        "\nv: array of parameters, s: one parameter, y: data, i: integer data, n: counts, c: one constant; terms as after `~`"
    );
    linear_algebra();
    regressions();
}
