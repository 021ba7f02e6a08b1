//! User-defined functions: scalar and vector functions, recursion, densities, functions that change `target`.

use crate::builder::{Argument, Builder, Density};
use crate::scope::{Dim, Function, Ty};

/// Bound on what a generated function returns.
const RESULT: f64 = 10.0;

impl Builder {
    /// The functions block, with at most one function of each kind.
    pub(crate) fn functions_block(&mut self) {
        self.open("functions");
        if self.random.chance(0.45) {
            self.recursive();
        }
        if self.random.chance(0.12) {
            self.mutually_recursive();
        }
        if self.random.chance(0.5) {
            self.scalar_function();
        }
        if self.random.chance(0.4) {
            self.vector_function();
        }
        if self.random.chance(0.25) {
            self.array_function();
        }
        if self.random.chance(0.4) {
            self.real_density();
        }
        if self.random.chance(0.3) {
            self.vector_density();
        }
        if self.random.chance(0.25) {
            self.mass_function();
        }
        if self.random.chance(0.25) {
            self.target_function();
        }
        self.close();
    }

    /// Writes `head { body }` with only the arguments in scope. Sizes are named by an argument or by number.
    fn function(&mut self, head: &str, arguments: &[(&str, Ty)], names: [String; 2], body: impl FnOnce(&mut Builder)) {
        let scope = std::mem::take(&mut self.scope);
        let features = std::mem::take(&mut self.features);
        let names = std::mem::replace(&mut self.dim_names, names);
        self.in_function = true;
        self.calls = 0;
        self.block(head, |b| {
            for &(name, ty) in arguments {
                let mag = if let Ty::Int { hi, .. } = ty { hi as f64 } else { 3.0 };
                b.declare(name, ty, mag, !ty.is_int(), false);
            }
            body(b);
        });
        self.in_function = false;
        self.scope = scope;
        let used = std::mem::replace(&mut self.features, features);
        let name = head.split(['(', ' ']).nth(1).unwrap_or_default();
        let name = name.trim_end_matches("_lpdf").trim_end_matches("_lpmf").to_owned();
        self.of_functions.insert(name, used);
        self.dim_names = names;
    }

    fn numbers(&self) -> [String; 2] {
        [self.n.to_string(), self.k.to_string()]
    }

    fn named_by(&self, d: Dim, argument: &str) -> [String; 2] {
        let mut names = self.numbers();
        names[d as usize] = format!("size({argument})");
        names
    }

    fn early_return(&mut self) {
        if self.random.chance(0.5) {
            let c = self.condition(1);
            let e = self.bounded_real(1, RESULT);
            if c.active {
                self.mark(crate::Feature::ParameterBranch);
            }
            self.mark(crate::Feature::EarlyReturn);
            self.line(format!("if ({}) return {};", c.text, e.text));
        }
    }

    fn scalar_function(&mut self) {
        let name = self.fresh("f");
        let arguments = [("a", Ty::Real), ("b", Ty::Real)];
        let names = self.numbers();
        self.function(&format!("real {name}(real a, real b)"), &arguments, names, |b| {
            b.early_return();
            let count = b.random.below(3);
            b.statements(count, 2);
            b.early_return();
            let e = b.bounded_real(3, RESULT);
            b.line(format!("return {};", e.text));
        });
        let function = Function { name, arguments: vec![Ty::Real; 2], result: Ty::Real, mag: RESULT, recursive: false };
        self.functions.push(function);
    }

    fn vector_function(&mut self) {
        let name = self.fresh("g");
        let d = self.any_dim();
        let arguments = [("u", Ty::Vector(d)), ("a", Ty::Real)];
        let names = self.named_by(d, "u");
        let to_vector = self.random.chance(0.5);
        let result = if to_vector { Ty::Vector(d) } else { Ty::Real };
        let head = format!("{} {name}(vector u, real a)", if to_vector { "vector" } else { "real" });
        self.function(&head, &arguments, names, |b| {
            let count = 1 + b.random.below(2);
            b.statements(count, 2);
            let e = if to_vector { b.vector_bounded(d, 2, RESULT) } else { b.bounded_real(3, RESULT) };
            b.line(format!("return {};", e.text));
        });
        let arguments = vec![Ty::Vector(d), Ty::Real];
        self.functions.push(Function { name, arguments, result, mag: RESULT, recursive: false });
    }

    /// Takes a matrix and an array, and overwrites a copy.
    fn array_function(&mut self) {
        let name = self.fresh("h");
        let (r, c) = (self.any_dim(), self.any_dim());
        let arguments = [("w", Ty::RealArray(r)), ("q", Ty::Matrix(r, c))];
        let names = self.named_by(r, "w");
        self.function(&format!("real {name}(array[] real w, matrix q)"), &arguments, names, |b| {
            b.line("array[size(w)] real z = w;");
            b.declare("z", Ty::RealArray(r), 3.0, true, true);
            b.for_loop(r, 1, |b, i| {
                let e = b.bounded_real(2, 3.0);
                b.line(format!("z[{i}] = 0.5 * z[{i}] + {};", e.text));
            });
            b.statements(1, 1);
            let e = b.bounded_real(2, RESULT);
            b.line(format!("return tanh(sum(z)) + {};", e.text));
        });
        let arguments = vec![Ty::RealArray(r), Ty::Matrix(r, c)];
        self.functions.push(Function { name, arguments, result: Ty::Real, mag: RESULT + 1.0, recursive: false });
    }

    fn recursive(&mut self) {
        let name = self.fresh("rec");
        let names = self.numbers();
        match self.random.below(3) {
            0 => {
                // one call on each path
                let arguments = [("a", Ty::Real), ("n", Ty::Int { lo: 0, hi: 6 })];
                self.function(&format!("real {name}(real a, int n)"), &arguments, names, |b| {
                    let base = b.bounded_real(1, 5.0);
                    b.block("if (n <= 0)", |b| b.line(format!("return {};", base.text)));
                    let (c, step) = (b.condition(0), b.bounded_real(1, 3.0));
                    if b.random.chance(0.5) {
                        let other = b.bounded_real(1, 3.0);
                        if c.active {
                            b.mark(crate::Feature::ParameterBranch);
                        }
                        b.line(format!("if ({}) return 0.5 * {name}(tanh({}), n - 1);", c.text, other.text));
                    }
                    b.line(format!("return a + 0.5 * {name}(sin({}), n - 1);", step.text));
                });
                let arguments = vec![Ty::Real, Ty::Int { lo: 0, hi: 5 }];
                self.functions.push(Function { name, arguments, result: Ty::Real, mag: RESULT, recursive: true });
            }
            1 => {
                // two calls, as in a binary tree
                let arguments = [("a", Ty::Real), ("n", Ty::Int { lo: 0, hi: 6 })];
                self.function(&format!("real {name}(real a, int n)"), &arguments, names, |b| {
                    b.line("if (n < 2) return a;");
                    let (p, q) = (b.bounded_real(1, 3.0), b.bounded_real(1, 3.0));
                    b.line(format!("real l = {name}(tanh({}), n - 1);", p.text));
                    b.line(format!("return 0.4 * l * {name}(cos({}), n - 2) + 0.3 * a;", q.text));
                });
                let arguments = vec![Ty::Real, Ty::Int { lo: 0, hi: 5 }];
                self.functions.push(Function { name, arguments, result: Ty::Real, mag: RESULT, recursive: true });
            }
            _ => {
                // over the elements of a vector, with an argument that shrinks
                let d = self.any_dim();
                let arguments = [("u", Ty::Vector(d))];
                self.function(&format!("real {name}(vector u)"), &arguments, names, |b| {
                    let n = "num_elements(u)";
                    b.line(format!("if ({n} == 1) return u[1];"));
                    b.line(format!("real l = {name}(u[1 : {n} - 1]);"));
                    let f = *b.random.pick(&[
                        "tanh(l) * u[$] + 0.3 * l",
                        "log_sum_exp(l, u[$])",
                        "0.5 * l + sin(u[$] * l)",
                    ]);
                    b.line(format!("return {};", f.replace('$', n)));
                });
                let arguments = vec![Ty::Vector(d)];
                self.functions.push(Function { name, arguments, result: Ty::Real, mag: RESULT, recursive: true });
            }
        }
    }

    /// Two functions that call each other; the second may be declared before the first is defined.
    fn mutually_recursive(&mut self) {
        let (even, odd) = (self.fresh("even"), self.fresh("odd"));
        if self.random.chance(0.5) {
            self.line(format!("real {odd}(real a, int n);"));
        }
        let arguments = [("a", Ty::Real), ("n", Ty::Int { lo: 0, hi: 6 })];
        for (me, other) in [(&even, &odd), (&odd, &even)] {
            let names = self.numbers();
            self.function(&format!("real {me}(real a, int n)"), &arguments, names, |b| {
                let e = b.bounded_real(1, 3.0);
                b.line(format!("if (n == 0) return {};", e.text));
                let e = b.bounded_real(1, 3.0);
                b.line(format!("return 0.5 * {other}(tanh({}), n - 1) + 0.1 * a;", e.text));
            });
        }
        let arguments = vec![Ty::Real, Ty::Int { lo: 0, hi: 5 }];
        self.functions.push(Function { name: even, arguments, result: Ty::Real, mag: RESULT, recursive: true });
    }

    fn real_density(&mut self) {
        let stem = self.fresh("mine");
        let arguments = [("y", Ty::Real), ("mu", Ty::Real)];
        let names = self.numbers();
        self.function(&format!("real {stem}_lpdf(real y, real mu, real sigma)"), &arguments, names, |b| {
            b.declare_positive("sigma", Ty::Real, 0.1, 10.0, true);
            b.early_return();
            if b.random.chance(0.5) {
                b.statements(1, 1);
            }
            let e = b.bounded_real(2, RESULT);
            let body = match b.random.below(3) {
                0 => format!("normal_lpdf(y | mu, sigma) + 0.1 * {}", e.text),
                1 => format!("-log(sigma) - sqrt(1 + square((y - mu) / sigma)) + tanh({})", e.text),
                _ => format!(
                    "log_mix(inv_logit({}), normal_lpdf(y | mu, 1), student_t_lupdf(y | 3, -mu, sigma))",
                    e.text
                ),
            };
            b.line(format!("return {body};"));
        });
        let arguments = vec![Argument::Real, Argument::Positive];
        self.densities.push(Density { stem, suffix: "lpdf", outcome: Ty::Real, arguments });
    }

    fn vector_density(&mut self) {
        let stem = self.fresh("many");
        let d = self.any_dim();
        let arguments = [("y", Ty::Vector(d)), ("mu", Ty::Vector(d))];
        let names = self.named_by(d, "y");
        self.function(&format!("real {stem}_lpdf(vector y, vector mu, real sigma)"), &arguments, names, |b| {
            b.declare_positive("sigma", Ty::Real, 0.1, 10.0, true);
            if b.random.chance(0.5) {
                b.line("real lp = 0;");
                b.declare("lp", Ty::Real, 10.0, true, true);
                b.for_loop(d, 1, |b, i| {
                    let e = b.bounded_real(2, 3.0);
                    b.line(format!("lp += cauchy_lpdf(y[{i}] | mu[{i}], sigma) + 0.1 * {};", e.text));
                });
                b.line("return lp;");
            } else {
                b.statements(1, 1);
                b.line("return normal_lupdf(y | mu, sigma) - 0.1 * dot_self(y - mu);");
            }
        });
        let arguments = vec![Argument::Vector(d), Argument::Positive];
        self.densities.push(Density { stem, suffix: "lpdf", outcome: Ty::Vector(d), arguments });
    }

    fn mass_function(&mut self) {
        let stem = self.fresh("zip");
        let arguments = [("y", Ty::Int { lo: 0, hi: 12 }), ("eta", Ty::Real)];
        let names = self.numbers();
        self.function(&format!("real {stem}_lpmf(int y, real eta, real rate)"), &arguments, names, |b| {
            b.declare_positive("rate", Ty::Real, 0.1, 10.0, true);
            b.block("if (y == 0)", |b| b.line("return log_sum_exp(log_inv_logit(eta), log1m_inv_logit(eta) - rate);"));
            b.line("return log1m_inv_logit(eta) + poisson_lpmf(y | rate);");
        });
        let arguments = vec![Argument::Real, Argument::Positive];
        self.densities.push(Density { stem, suffix: "lpmf", outcome: Ty::Int { lo: 0, hi: 12 }, arguments });
    }

    fn target_function(&mut self) {
        let name = self.fresh("add") + "_lp";
        let d = self.any_dim();
        let arguments = [("u", Ty::Vector(d)), ("a", Ty::Real)];
        let names = self.named_by(d, "u");
        self.function(&format!("void {name}(vector u, real a)"), &arguments, names, |b| {
            let c = b.condition(1);
            if b.random.chance(0.3) {
                if c.active {
                    b.mark(crate::Feature::ParameterBranch);
                }
                b.mark(crate::Feature::EarlyReturn);
                b.line(format!("if ({}) return;", c.text));
            }
            b.statements(1, 1);
            let p = b.positive(1);
            b.line(format!("target += normal_lpdf(u | a, {});", p.text));
            b.line("a ~ normal(0, 2);");
        });
        self.actions.push((name, vec![Ty::Vector(d), Ty::Real]));
    }
}
