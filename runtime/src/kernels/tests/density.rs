use super::*;
use crate::kernels::density::density_at;
use crate::kernels::{DensityKernel, KEEP_CONSTANTS, OK, Operand, REJECT};
use crate::math::{HALF_LN_2PI, lgamma};
use std::f64::consts::{LN_2, PI};

/// What an operand is and where it is drawn from; integers are drawn from the whole numbers of the range.
#[derive(Clone, Copy)]
enum Arg {
    Real(f64, f64),
    Int(i32, i32),
}
use Arg::{Int, Real};

/// Family, operands, log density with every constant.
type Case = (&'static str, &'static [Arg], fn(&[f64]) -> f64);

fn choose(n: f64, k: f64) -> f64 {
    lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0)
}

fn log1p_exp(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn negative_binomial(y: f64, mu: f64, phi: f64) -> f64 {
    lgamma(y + phi) - lgamma(y + 1.0) - lgamma(phi) + y * (mu / (mu + phi)).ln() + phi * (phi / (mu + phi)).ln()
}

const CASES: [Case; 20] = [
    ("normal", &[Real(-3.0, 3.0), Real(-3.0, 3.0), Real(0.3, 4.0)], |x| {
        -HALF_LN_2PI - x[2].ln() - 0.5 * ((x[0] - x[1]) / x[2]).powi(2)
    }),
    ("std_normal", &[Real(-3.0, 3.0)], |x| -HALF_LN_2PI - 0.5 * x[0] * x[0]),
    ("lognormal", &[Real(0.1, 9.0), Real(-3.0, 3.0), Real(0.3, 4.0)], |x| {
        -HALF_LN_2PI - x[2].ln() - x[0].ln() - 0.5 * ((x[0].ln() - x[1]) / x[2]).powi(2)
    }),
    ("student_t", &[Real(-3.0, 3.0), Real(0.4, 40.0), Real(-3.0, 3.0), Real(0.3, 4.0)], |x| {
        let z = (x[0] - x[2]) / x[3];
        lgamma((x[1] + 1.0) / 2.0)
            - lgamma(x[1] / 2.0)
            - 0.5 * (x[1] * PI).ln()
            - x[3].ln()
            - (x[1] + 1.0) / 2.0 * (z * z / x[1]).ln_1p()
    }),
    ("cauchy", &[Real(-3.0, 3.0), Real(-3.0, 3.0), Real(0.3, 4.0)], |x| {
        -(PI * x[2]).ln() - ((x[0] - x[1]) / x[2]).powi(2).ln_1p()
    }),
    ("double_exponential", &[Real(0.1, 3.0), Real(-3.0, 0.0), Real(0.3, 4.0)], |x| {
        -LN_2 - x[2].ln() - (x[0] - x[1]).abs() / x[2]
    }),
    ("logistic", &[Real(-3.0, 3.0), Real(-3.0, 3.0), Real(0.3, 4.0)], |x| {
        let z = (x[0] - x[1]) / x[2];
        -z - x[2].ln() - 2.0 * log1p_exp(-z)
    }),
    ("exponential", &[Real(0.0, 3.0), Real(0.2, 3.0)], |x| x[1].ln() - x[1] * x[0]),
    ("gamma", &[Real(0.1, 9.0), Real(0.2, 30.0), Real(0.2, 3.0)], |x| {
        x[1] * x[2].ln() - lgamma(x[1]) + (x[1] - 1.0) * x[0].ln() - x[2] * x[0]
    }),
    ("inv_gamma", &[Real(0.1, 9.0), Real(0.2, 30.0), Real(0.2, 3.0)], |x| {
        x[1] * x[2].ln() - lgamma(x[1]) - (x[1] + 1.0) * x[0].ln() - x[2] / x[0]
    }),
    ("beta", &[Real(0.05, 0.95), Real(0.2, 9.0), Real(0.2, 30.0)], |x| {
        lgamma(x[1] + x[2]) - lgamma(x[1]) - lgamma(x[2]) + (x[1] - 1.0) * x[0].ln() + (x[2] - 1.0) * (1.0 - x[0]).ln()
    }),
    ("uniform", &[Real(0.0, 1.0), Real(-3.0, -0.1), Real(1.1, 4.0)], |x| -(x[2] - x[1]).ln()),
    ("bernoulli", &[Int(0, 1), Real(0.05, 0.95)], |x| if x[0] == 1.0 { x[1].ln() } else { (1.0 - x[1]).ln() }),
    ("bernoulli_logit", &[Int(0, 1), Real(-9.0, 9.0)], |x| -log1p_exp(if x[0] == 1.0 { -x[1] } else { x[1] })),
    ("binomial", &[Int(0, 5), Int(5, 60), Real(0.05, 0.95)], |x| {
        choose(x[1], x[0]) + x[0] * x[2].ln() + (x[1] - x[0]) * (1.0 - x[2]).ln()
    }),
    ("binomial_logit", &[Int(0, 5), Int(5, 60), Real(-4.0, 4.0)], |x| {
        choose(x[1], x[0]) - x[0] * log1p_exp(-x[2]) - (x[1] - x[0]) * log1p_exp(x[2])
    }),
    ("poisson", &[Int(0, 40), Real(0.1, 20.0)], |x| x[0] * x[1].ln() - x[1] - lgamma(x[0] + 1.0)),
    ("poisson_log", &[Int(0, 40), Real(-3.0, 4.0)], |x| x[0] * x[1] - x[1].exp() - lgamma(x[0] + 1.0)),
    ("neg_binomial_2", &[Int(0, 40), Real(0.1, 20.0), Real(0.2, 30.0)], |x| negative_binomial(x[0], x[1], x[2])),
    ("neg_binomial_2_log", &[Int(0, 40), Real(-3.0, 4.0), Real(0.2, 30.0)], |x| {
        negative_binomial(x[0], x[1].exp(), x[2])
    }),
];

/// The operands of one call, owned.
struct Call {
    args: &'static [Arg],
    n: usize,
    strides: Vec<usize>,
    values: Vec<Vec<f64>>,
    integers: Vec<Vec<i32>>,
    adjoints: Vec<Vec<f64>>,
}

impl Call {
    fn new(args: &'static [Arg], n: usize, strided: usize, seed: u64) -> Call {
        let mut stream = Stream(seed);
        let strides: Vec<usize> = (0..args.len()).map(|k| strided >> k & 1).collect();
        let values: Vec<Vec<f64>> = (args.iter().zip(&strides))
            .map(|(arg, &s)| {
                let cells = if s == 0 { 1 } else { n };
                match *arg {
                    Real(low, high) => stream.vector(cells, low, high),
                    Int(low, high) => {
                        (0..cells).map(|_| stream.between(low as f64, high as f64 + 1.0).floor()).collect()
                    }
                }
            })
            .collect();
        let integers = values.iter().map(|v| v.iter().map(|&x| x as i32).collect()).collect();
        // Cells past the end must stay as they are.
        let adjoints = values.iter().map(|v| vec![0.25; v.len() + 8]).collect();
        Call { args, n, strides, values, integers, adjoints }
    }

    /// (status, value); `active` tells which operands have adjoints.
    fn run(&mut self, kernel: DensityKernel, terms: u32, seed: f64, active: u32) -> (u32, f64) {
        let operands: Vec<Operand> = (0..self.args.len())
            .map(|k| Operand {
                values: match self.args[k] {
                    Real(..) => self.values[k].as_ptr(),
                    Int(..) => self.integers[k].as_ptr().cast(),
                },
                stride: self.strides[k],
                adjoint: if active >> k & 1 == 1 { self.adjoints[k].as_mut_ptr() } else { std::ptr::null_mut() },
            })
            .collect();
        let mut value = f64::NAN;
        let status = unsafe { kernel(self.n, operands.as_ptr(), terms, seed, &mut value) };
        (status, value)
    }

    fn at(&self, i: usize) -> Vec<f64> {
        self.values.iter().zip(&self.strides).map(|(v, s)| v[i * s]).collect()
    }
}

#[test]
fn values_and_gradients() {
    for level in levels() {
        for (name, args, plain) in CASES {
            let kernel = density_at(name, level).unwrap_or_else(|| panic!("{name}"));
            let reals: u32 = (0..args.len()).filter(|&k| matches!(args[k], Real(..))).map(|k| 1 << k).sum();
            for n in [0, 1, 3, 8, 21] {
                for strided in 0..1 << args.len() {
                    let mut call = Call::new(args, n, strided, 7 + n as u64);
                    let (status, value) = call.run(kernel, KEEP_CONSTANTS, 2.0, reals);
                    assert_eq!(status, OK, "{name}");
                    let expected: f64 = (0..n).map(|i| plain(&call.at(i))).sum();
                    close(value, expected, 1e-13, name);
                    for k in 0..args.len() {
                        let cells = call.values[k].len();
                        let mut expected = vec![0.25; cells];
                        for i in 0..n {
                            if matches!(args[k], Real(..)) {
                                let d = slope(
                                    |h| {
                                        let mut x = call.at(i);
                                        x[k] += h;
                                        plain(&x)
                                    },
                                    2e-4,
                                );
                                expected[i * call.strides[k]] += 2.0 * d;
                            }
                        }
                        for i in 0..cells {
                            close(call.adjoints[k][i], expected[i], 2e-8, &format!("{name} d{k} {level:?}"));
                        }
                        assert!(call.adjoints[k][cells..].iter().all(|&a| a == 0.25), "{name} wrote past the end");
                    }
                }
            }
        }
    }
}

#[test]
fn null_adjoints_and_dropped_terms() {
    for level in levels() {
        for (name, args, _) in CASES {
            let kernel = density_at(name, level).unwrap();
            let all = (1 << args.len()) - 1;
            for terms in 0..=all {
                let mut one = Call::new(args, 11, all as usize, 3);
                let (_, value) = one.run(kernel, terms, 1.0, 0);
                if terms == 0 {
                    assert_eq!(value, 0.0, "{name}");
                    continue;
                }
                // What is dropped does not change when an operand in `terms` moves.
                let mut other = Call::new(args, 11, all as usize, 3);
                for k in (0..args.len()).filter(|k| terms >> k & 1 == 1) {
                    for i in 0..11 {
                        if let Real(low, high) = args[k] {
                            other.values[k][i] = low + high - other.values[k][i];
                        }
                    }
                }
                let (_, moved) = other.run(kernel, terms, 1.0, 0);
                let (_, full) = one.run(kernel, KEEP_CONSTANTS, 1.0, 0);
                let (_, full_moved) = other.run(kernel, KEEP_CONSTANTS, 1.0, 0);
                close(moved - value, full_moved - full, 1e-12, name);
                assert!(one.adjoints.iter().flatten().all(|&a| a == 0.25));
            }
        }
    }
}

#[test]
fn domains() {
    let nan = f64::NAN;
    let inf = f64::INFINITY;
    // Family, operands, status, value where the status is OK.
    let cases: &[(&str, &[f64], u32, f64)] = &[
        ("normal", &[nan, 0.0, 1.0], REJECT, 0.0),
        ("normal", &[0.0, inf, 1.0], REJECT, 0.0),
        ("normal", &[0.0, nan, 1.0], REJECT, 0.0),
        ("normal", &[0.0, 0.0, 0.0], REJECT, 0.0),
        ("normal", &[0.0, 0.0, -1.0], REJECT, 0.0),
        ("normal", &[inf, 0.0, 1.0], OK, -inf),
        ("std_normal", &[nan], REJECT, 0.0),
        ("lognormal", &[-1.0, 0.0, 1.0], REJECT, 0.0),
        ("lognormal", &[0.0, 0.0, 1.0], OK, -inf),
        ("student_t", &[0.0, 0.0, 0.0, 1.0], REJECT, 0.0),
        ("student_t", &[0.0, 1.0, 0.0, -1.0], REJECT, 0.0),
        ("cauchy", &[0.0, 0.0, -1.0], REJECT, 0.0),
        ("double_exponential", &[0.0, 0.0, 0.0], REJECT, 0.0),
        ("logistic", &[0.0, 0.0, nan], REJECT, 0.0),
        ("exponential", &[-0.1, 1.0], REJECT, 0.0),
        ("exponential", &[0.1, 0.0], REJECT, 0.0),
        ("gamma", &[-0.1, 1.0, 1.0], REJECT, 0.0),
        ("gamma", &[0.1, 0.0, 1.0], REJECT, 0.0),
        ("gamma", &[0.1, 1.0, inf], REJECT, 0.0),
        ("beta", &[1.1, 1.0, 1.0], REJECT, 0.0),
        ("beta", &[0.1, -1.0, 1.0], REJECT, 0.0),
        ("uniform", &[1.0, 2.0, 2.0], REJECT, 0.0),
        ("uniform", &[1.0, 3.0, 2.0], REJECT, 0.0),
        ("uniform", &[1.0, 2.0, 3.0], OK, -inf),
        ("uniform", &[nan, 2.0, 3.0], REJECT, 0.0),
        ("bernoulli", &[1.0, 1.1], REJECT, 0.0),
        ("bernoulli", &[2.0, 0.5], REJECT, 0.0),
        ("bernoulli", &[1.0, 1.0], OK, 0.0),
        ("bernoulli", &[0.0, 1.0], OK, -inf),
        ("bernoulli_logit", &[2.0, 0.5], REJECT, 0.0),
        ("bernoulli_logit", &[1.0, nan], REJECT, 0.0),
        ("bernoulli_logit", &[1.0, inf], OK, 0.0),
        ("binomial", &[3.0, 2.0, 0.5], REJECT, 0.0),
        ("binomial", &[-1.0, 2.0, 0.5], REJECT, 0.0),
        ("binomial", &[0.0, 2.0, 0.0], OK, 0.0),
        ("binomial", &[2.0, 2.0, 1.0], OK, 0.0),
        ("binomial", &[0.0, 0.0, 0.5], OK, 0.0),
        ("binomial_logit", &[3.0, 2.0, 0.5], REJECT, 0.0),
        ("binomial_logit", &[1.0, 2.0, inf], REJECT, 0.0),
        ("poisson", &[-1.0, 2.0], REJECT, 0.0),
        ("poisson", &[1.0, -2.0], REJECT, 0.0),
        ("poisson", &[0.0, 0.0], OK, 0.0),
        ("poisson", &[1.0, 0.0], OK, -inf),
        ("poisson_log", &[1.0, nan], REJECT, 0.0),
        ("poisson_log", &[0.0, -inf], OK, 0.0),
        ("poisson_log", &[1.0, 800.0], OK, -inf),
        ("neg_binomial_2", &[1.0, -1.0, 1.0], REJECT, 0.0),
        ("neg_binomial_2", &[1.0, 1.0, 0.0], REJECT, 0.0),
        ("neg_binomial_2_log", &[1.0, inf, 1.0], REJECT, 0.0),
    ];
    for level in levels() {
        for &(name, x, status, value) in cases {
            let (_, args, _) = CASES.iter().find(|c| c.0 == name).unwrap();
            let kernel = density_at(name, level).unwrap();
            // The bad element stands alone, or last among good ones, in every pattern of strides.
            for n in [1, 9] {
                for strided in 0..1 << args.len() {
                    let mut call = Call::new(args, n, strided, 5);
                    for k in 0..args.len() {
                        let last = call.values[k].len() - 1;
                        call.values[k][last] = x[k];
                        call.integers[k][last] = x[k] as i32;
                    }
                    for terms in [KEEP_CONSTANTS, (1 << args.len()) - 1] {
                        let (got, v) = call.run(kernel, terms, 1.0, 0);
                        if n == 1 || status == REJECT {
                            assert_eq!(got, status, "{name}{x:?} n={n} strides {strided:b} {level:?}");
                        }
                        if n == 1 && status == OK && terms == KEEP_CONSTANTS {
                            close(v, value, 1e-14, name);
                        }
                    }
                }
            }
        }
    }
}

/// Every scalar family has a kernel, and vector code agrees with the family's own formula in value, dropped terms and gradient.
#[test]
fn agreement_with_the_families() {
    use crate::families::{Keep, scalar_families};
    for family in scalar_families() {
        let name = family.declaration.name;
        for level in levels() {
            let kernel = density_at(name, level).unwrap_or_else(|| panic!("{name}"));
            let Some((_, args, _)) = CASES.iter().find(|c| c.0 == name) else { continue };
            let reals: u32 = (0..args.len()).filter(|&k| matches!(args[k], Real(..))).map(|k| 1 << k).sum();
            for active in 0..=reals {
                if active & !reals != 0 {
                    continue;
                }
                for (terms, keep) in [(active, Keep::unnormalised(active)), (KEEP_CONSTANTS | active, Keep::ALL)] {
                    let mut call = Call::new(args, 9, (1 << args.len()) - 1, 77);
                    let (status, value) = call.run(kernel, terms, 1.0, active);
                    assert_eq!(status, OK);
                    let mut expected = 0.0;
                    for i in 0..9 {
                        let mut partials = [0.0; 4];
                        if !keep.nothing() {
                            expected += (family.log_density_partials)(&call.at(i), keep, &mut partials);
                        }
                        for k in (0..args.len()).filter(|&k| active >> k & 1 == 1) {
                            close(call.adjoints[k][i], 0.25 + partials[k], 1e-12, name);
                        }
                    }
                    close(value, expected, 1e-13, &format!("{name} {terms:b}"));
                }
            }
        }
    }
}

/// Distribution functions against sums of the family's own, with gradients.
#[test]
fn distribution_functions() {
    use crate::families::{Tail, scalar_family};
    use crate::kernels::density_form;
    for (name, args, _) in CASES {
        let Some(family) = scalar_family(name) else { continue };
        for (form, tail) in [("lcdf", Tail::Lower), ("lccdf", Tail::Upper), ("cdf", Tail::Lower)] {
            let Some(kernel) = density_form(name, form) else { continue };
            let reals: u32 = (0..args.len()).filter(|&k| matches!(args[k], Real(..))).map(|k| 1 << k).sum();
            let mut call = Call::new(args, 3, (1 << args.len()) - 1, 6);
            let (status, value) = call.run(kernel, 0, 2.0, reals);
            assert_eq!(status, OK);
            let mut expected = 0.0;
            let mut all = [[0.0; 4]; 3];
            for i in 0..3 {
                expected += (family.log_cdf_partials)(&call.at(i), tail, &mut all[i]);
            }
            let factor = if form == "cdf" { expected.exp() } else { 1.0 };
            close(value, if form == "cdf" { expected.exp() } else { expected }, 1e-13, name);
            for i in 0..3 {
                for k in (0..args.len()).filter(|&k| reals >> k & 1 == 1) {
                    close(call.adjoints[k][i], 0.25 + 2.0 * factor * all[i][k], 1e-10, &format!("{name}_{form} d{k}"));
                }
            }
        }
    }
    assert!(density_form("normal", "no_such_form").is_none());
    assert!(density_form("no_such_family", "lcdf").is_none());
}
