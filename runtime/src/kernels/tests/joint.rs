use super::*;
use crate::families::{Keep, log_density};
use crate::kernels::joint::joint_at;
use crate::kernels::{KEEP_CONSTANTS, OK, Operand, REJECT};
use crate::num::Dual;
use crate::value::{Matrix, Value};

/// An operand: what the family sees, and how the kernel sees it.
#[derive(Clone)]
enum Arg {
    Int(i32),
    Ints(Vec<i32>),
    Real(f64),
    Vector(Vec<f64>),
    Vectors(Vec<Vec<f64>>),
    /// rows, columns
    Matrix(usize, usize, Vec<f64>),
}

impl Arg {
    fn numbers(&self) -> Vec<f64> {
        match self {
            Arg::Int(_) | Arg::Ints(_) => Vec::new(),
            Arg::Real(x) => vec![*x],
            Arg::Vector(x) | Arg::Matrix(_, _, x) => x.clone(),
            Arg::Vectors(x) => x.concat(),
        }
    }

    /// The family's argument, with entry `moved` differentiated.
    fn value(&self, moved: Option<usize>) -> Value<Dual<1>> {
        let number = |i: usize, x: f64| if moved == Some(i) { Dual::input(x, 0) } else { Dual::constant(x) };
        let list = |first: usize, x: &[f64]| x.iter().enumerate().map(|(i, &x)| number(first + i, x)).collect();
        match self {
            Arg::Int(i) => Value::Int(*i),
            Arg::Ints(x) => Value::Array(x.iter().map(|&i| Value::Int(i)).collect()),
            Arg::Real(x) => Value::Real(number(0, *x)),
            Arg::Vector(x) => Value::Vector(list(0, x)),
            Arg::Vectors(x) => {
                Value::Array(x.iter().enumerate().map(|(i, v)| Value::Vector(list(i * v.len(), v))).collect())
            }
            Arg::Matrix(rows, cols, x) => Value::Matrix(Matrix { rows: *rows, cols: *cols, data: list(0, x) }),
        }
    }
}

/// Runs the kernel with adjoints of 0.25 for the operands in `active`: status, value, adjoints.
fn run(level: Level, name: &str, sizes: &[usize], args: &[Arg], terms: u32, active: u32) -> (u32, f64, Vec<Vec<f64>>) {
    let numbers: Vec<Vec<f64>> = args.iter().map(Arg::numbers).collect();
    let mut adjoints: Vec<Vec<f64>> = numbers.iter().map(|x| vec![0.25; x.len()]).collect();
    let operands: Vec<Operand> = args
        .iter()
        .enumerate()
        .map(|(k, arg)| Operand {
            values: match arg {
                Arg::Int(i) => (i as *const i32).cast(),
                Arg::Ints(x) => x.as_ptr().cast(),
                _ => numbers[k].as_ptr(),
            },
            stride: match arg {
                Arg::Ints(_) | Arg::Vectors(_) => 1,
                // Vectors of numbers are one an element, except coefficients, whose stride is not looked at.
                Arg::Vector(_) => !name.starts_with("multi") as usize * !name.starts_with("diri") as usize,
                _ => 0,
            } * !(name == "ordered_logistic" && k == 2 && matches!(arg, Arg::Vector(_))) as usize,
            adjoint: if active >> k & 1 == 1 { adjoints[k].as_mut_ptr() } else { std::ptr::null_mut() },
        })
        .collect();
    let mut value = f64::NAN;
    let kernel = joint_at(name, level).unwrap_or_else(|| panic!("{name}"));
    let status = unsafe { kernel(sizes.as_ptr(), operands.as_ptr(), terms, 2.0, &mut value) };
    (status, value, adjoints)
}

/// Against the family's formula and its dual numbers, for every set of operands that depend on parameters.
fn check(name: &str, sizes: &[usize], args: &[Arg]) {
    for level in levels() {
        let all: u32 = (0..args.len()).filter(|&k| !args[k].numbers().is_empty()).map(|k| 1 << k).sum();
        for active in (0..=all).filter(|a| a & !all == 0) {
            for (terms, keep) in
                [(active, Keep::unnormalised(active)), (KEEP_CONSTANTS | active, Keep { all: true, active })]
            {
                let what = format!("{name} {sizes:?} {active:b} {level:?}");
                let (status, value, adjoints) = run(level, name, sizes, args, terms, active);
                assert_eq!(status, OK, "{what}");
                let plain: Vec<Value<Dual<1>>> = args.iter().map(|a| a.value(None)).collect();
                close(value, log_density(name, &plain, keep).unwrap().value, 1e-12, &what);
                for k in (0..args.len()).filter(|&k| active >> k & 1 == 1) {
                    for i in (0..adjoints[k].len()).step_by(1 + adjoints[k].len() / 12) {
                        let mut moved = plain.clone();
                        moved[k] = args[k].value(Some(i));
                        let d = log_density(name, &moved, keep).unwrap().d[0];
                        close(adjoints[k][i], 0.25 + 2.0 * d, 1e-10, &format!("{what} d{k}[{i}]"));
                    }
                }
            }
        }
    }
}

fn vector(seed: u64, n: usize) -> Vec<f64> {
    Stream(seed).vector(n, -1.0, 1.0)
}

fn factor(seed: u64, k: usize) -> Vec<f64> {
    let mut l = vector(seed, k * k);
    for j in 0..k {
        (0..j).for_each(|i| l[i + j * k] = 0.0);
        l[j + j * k] = 0.7 + l[j + j * k].abs();
    }
    l
}

fn covariance(seed: u64, k: usize) -> Vec<f64> {
    let l = factor(seed, k);
    (0..k * k).map(|at| (0..k).map(|m| l[at % k + m * k] * l[at / k + m * k]).sum()).collect()
}

fn simplex(seed: u64, k: usize) -> Vec<f64> {
    let x = Stream(seed).vector(k, 0.1, 1.0);
    let total: f64 = x.iter().sum();
    x.iter().map(|x| x / total).collect()
}

#[test]
fn multivariate_normals() {
    for k in [1, 2, 5, 11, 18] {
        let matrices = [("multi_normal_cholesky", factor(3, k)), ("multi_normal", covariance(3, k))];
        for (name, m) in matrices {
            let m = Arg::Matrix(k, k, m);
            let many = |seed: u64| Arg::Vectors((0..3).map(|i| vector(seed + i, k)).collect());
            check(name, &[1, k], &[Arg::Vector(vector(1, k)), Arg::Vector(vector(2, k)), m.clone()]);
            check(name, &[3, k], &[many(1), Arg::Vector(vector(9, k)), m.clone()]);
            check(name, &[3, k], &[many(1), many(20), m]);
        }
    }
    let y = || Arg::Vector(vec![0.0, 1.0]);
    let good = vec![1.0, 0.0, 0.0, 1.0];
    for level in levels() {
        let status = |name: &str, y: Arg, mu: Arg, m: &[f64]| {
            run(level, name, &[1, 2], &[y, mu, Arg::Matrix(2, 2, m.to_vec())], KEEP_CONSTANTS, 0).0
        };
        for name in ["multi_normal", "multi_normal_cholesky"] {
            assert_eq!(status(name, y(), y(), &good), OK);
            assert_eq!(status(name, y(), y(), &[1.0, 0.0, 0.0, -1.0]), REJECT);
            assert_eq!(status(name, y(), y(), &[1.0, 0.0, 0.0, f64::NAN]), REJECT);
            assert_eq!(status(name, Arg::Vector(vec![f64::NAN, 0.0]), y(), &good), REJECT);
            assert_eq!(status(name, y(), Arg::Vector(vec![f64::INFINITY, 0.0]), &good), REJECT);
        }
        assert_eq!(status("multi_normal", y(), y(), &[1.0, 0.5, 0.0, 1.0]), REJECT);
    }
}

#[test]
fn correlation_factors() {
    for k in [1, 2, 3, 6] {
        check("lkj_corr_cholesky", &[k], &[Arg::Matrix(k, k, factor(4, k)), Arg::Real(1.7)]);
    }
    for level in levels() {
        let l = Arg::Matrix(2, 2, factor(4, 2));
        assert_eq!(run(level, "lkj_corr_cholesky", &[2], &[l, Arg::Real(0.0)], KEEP_CONSTANTS, 0).0, REJECT);
    }
}

#[test]
fn categories() {
    for k in [1, 2, 3, 9, 20] {
        let y: Vec<i32> = (0..13).map(|i| i * i % k as i32 + 1).collect();
        for (name, p) in [("categorical", simplex(5, k)), ("categorical_logit", vector(6, k))] {
            check(name, &[13, k], &[Arg::Ints(y.clone()), Arg::Vector(p.clone())]);
            check(name, &[1, k], &[Arg::Int(1), Arg::Vector(p.clone())]);
            for level in levels() {
                for bad in [0, k as i32 + 1, i32::MIN] {
                    let args = [Arg::Int(bad), Arg::Vector(p.clone())];
                    assert_eq!(run(level, name, &[1, k], &args, KEEP_CONSTANTS, 0).0, REJECT);
                }
            }
        }
        check("dirichlet", &[1, k], &[Arg::Vector(simplex(1, k)), Arg::Vector(Stream(2).vector(k, 0.3, 9.0))]);
        let many = |seed: u64| Arg::Vectors((0..3).map(|i| simplex(seed + i, k)).collect());
        check("dirichlet", &[3, k], &[many(1), Arg::Vector(Stream(2).vector(k, 0.3, 9.0))]);
        check("dirichlet", &[3, k], &[many(1), many(30)]);
    }
    for level in levels() {
        let status = |theta: Vec<f64>, alpha: Vec<f64>| {
            run(level, "dirichlet", &[1, 2], &[Arg::Vector(theta), Arg::Vector(alpha)], KEEP_CONSTANTS, 0).0
        };
        assert_eq!(status(vec![0.5, 0.5], vec![1.0, 0.0]), REJECT);
        assert_eq!(status(vec![0.5, 0.6], vec![1.0, 1.0]), REJECT);
        assert_eq!(status(vec![1.5, -0.5], vec![1.0, 1.0]), REJECT);
        assert_eq!(status(vec![1.0, 0.0], vec![1.0, 1.0]), OK);
    }
}

#[test]
fn ordered_categories() {
    for c in [1, 2, 4, 10] {
        let cuts = |seed: u64| {
            let mut at = -1.5;
            Stream(seed)
                .vector(c, 0.1, 0.9)
                .iter()
                .map(|x| {
                    at += x;
                    at
                })
                .collect::<Vec<f64>>()
        };
        let y: Vec<i32> = (0..13).map(|i| i * 3 % (c as i32 + 1) + 1).collect();
        let name = "ordered_logistic";
        let eta = Arg::Vector(vector(3, 13));
        check(name, &[13, c], &[Arg::Ints(y.clone()), eta.clone(), Arg::Vector(cuts(1))]);
        check(name, &[13, c], &[Arg::Ints(y.clone()), eta.clone(), Arg::Vectors((0..13).map(cuts).collect())]);
        check(name, &[1, c], &[Arg::Int(c as i32), Arg::Real(0.4), Arg::Vector(cuts(1))]);
        for level in levels() {
            let status = |y: i32, eta: f64, cuts: Vec<f64>| {
                run(level, name, &[1, c], &[Arg::Int(y), Arg::Real(eta), Arg::Vector(cuts)], KEEP_CONSTANTS, 0).0
            };
            assert_eq!(status(0, 0.0, cuts(1)), REJECT);
            assert_eq!(status(c as i32 + 2, 0.0, cuts(1)), REJECT);
            assert_eq!(status(1, f64::NAN, cuts(1)), REJECT);
            if c > 1 {
                assert_eq!(status(1, 0.0, vec![1.0; c]), REJECT);
            }
        }
    }
}

#[test]
fn regressions() {
    // The last takes several blocks of rows.
    for (n, p) in [(1, 1), (7, 3), (13, 5), (40, 12), (150, 60)] {
        let x = Arg::Matrix(n, p, vector(1, n * p));
        let beta = Arg::Vector(vector(2, p));
        let positive = |seed: u64, n: usize| Stream(seed).vector(n, 0.4, 2.0);
        for alpha in [Arg::Real(0.3), Arg::Vector(vector(3, n))] {
            let binary = Arg::Ints((0..n as i32).map(|i| i * i % 2).collect());
            let counts = Arg::Ints((0..n as i32).map(|i| i * 5 % 7).collect());
            let regress = |name: &str, y: &Arg, further: Option<Arg>| {
                let mut args = vec![y.clone(), x.clone(), alpha.clone(), beta.clone()];
                args.extend(further);
                check(name, &[n, p], &args);
            };
            regress("bernoulli_logit_glm", &binary, None);
            regress("poisson_log_glm", &counts, None);
            for scale in [Arg::Real(0.8), Arg::Vector(positive(4, n))] {
                regress("normal_id_glm", &Arg::Vector(vector(5, n)), Some(scale.clone()));
                if crate::families::declarations().iter().any(|d| d.name == "neg_binomial_2_log_glm") {
                    regress("neg_binomial_2_log_glm", &counts, Some(scale));
                }
            }
        }
    }
    for level in levels() {
        // More columns than a block has numbers: those beyond the first three have no part in it.
        let value = |p: usize| {
            let (n, y) = (20, Arg::Ints((0..20).map(|i| i % 2).collect()));
            let mut beta = vector(2, 3);
            beta.resize(p, 0.0);
            let mut x = vector(1, 3 * n);
            x.resize(p * n, 1.0);
            let args = [y, Arg::Matrix(n, p, x), Arg::Real(0.3), Arg::Vector(beta)];
            let (status, value, _) = run(level, "bernoulli_logit_glm", &[n, p], &args, KEEP_CONSTANTS, 0b1100);
            assert_eq!(status, OK);
            value
        };
        assert!((value(3200) - value(3)).abs() < 1e-12);
        let status = |y: i32, x: f64, alpha: f64, beta: f64| {
            let args = [Arg::Ints(vec![y]), Arg::Matrix(1, 1, vec![x]), Arg::Real(alpha), Arg::Vector(vec![beta])];
            run(level, "bernoulli_logit_glm", &[1, 1], &args, KEEP_CONSTANTS, 0).0
        };
        assert_eq!(status(1, 1.0, 0.0, 1.0), OK);
        assert_eq!(status(2, 1.0, 0.0, 1.0), REJECT);
        assert_eq!(status(1, f64::NAN, 0.0, 1.0), REJECT);
        assert_eq!(status(1, 1.0, f64::INFINITY, 1.0), REJECT);
        assert_eq!(status(1, 1.0, 0.0, f64::NAN), REJECT);
    }
}

#[test]
fn unknown_names() {
    assert!(joint_at("no_such_family", level()).is_none());
}
