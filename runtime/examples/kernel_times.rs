//! Nanoseconds per element of the kernels, next to plain scalar code.
//!
//! `cargo run --release -p ppl-runtime --example kernel_times`; `PPL_SIMD=avx2` or `portable` lowers the instruction set.

use ppl_runtime::kernels::{self, KEEP_CONSTANTS, Operand};
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

/// `"r"`: real array, `"s"`: single number, `"i"`: integers, `"I"`: one integer; upper case with `'`: constant.
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
            match (kinds[k], k) {
                // A positive single number that suits every parameter.
                ("s" | "c", _) => v[0] = if name == "uniform" { k as f64 * 2.0 - 3.0 } else { 0.7 },
                _ => {}
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

fn main() {
    println!("{:?}, nanoseconds per element (n = 8: per call)\n", kernels::level());
    unary();
    reductions();
    densities();
    println!(
        "\nv: array of parameters, s: one parameter, y: data, i: integer data, n: counts, c: one constant; terms as after `~`"
    );
}
