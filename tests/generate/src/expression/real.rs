//! Expressions of type `real`.

use super::{fill, text_of};
use crate::Feature;
use crate::builder::Builder;
use crate::scope::{Dim, Ex, Function, Ty, Var};

impl Builder {
    /// A number in [-2, 2], never zero, so that products keep their gradients.
    pub(crate) fn literal(&mut self) -> Ex {
        let x = self.random.decimal(0.1, 2.0);
        let sign = if self.random.chance(0.3) { "-" } else { "" };
        let text = if sign.is_empty() { text_of(x) } else { format!("({sign}{})", text_of(x)) };
        Ex::new(text, x, false)
    }

    pub(crate) fn real_leaf(&mut self) -> Ex {
        if self.random.chance(0.12) {
            return self.literal();
        }
        let all = self.candidates(|v| match v.ty {
            Ty::Int { lo, hi } => lo >= -20 && hi <= 20,
            Ty::IntArray { .. } => false,
            _ => true,
        });
        let Some(v) = self.choose(all) else { return self.literal() };
        let text = self.element_text(&v);
        Ex::new(text, v.mag, v.active)
    }

    /// One scalar of `v` at random valid indices.
    pub(crate) fn element_text(&mut self, v: &Var) -> String {
        match v.ty {
            Ty::Int { .. } | Ty::Real => v.name.clone(),
            Ty::Vector(d) | Ty::Row(d) | Ty::RealArray(d) | Ty::IntArray { size: d, .. } => {
                format!("{}[{}]", v.name, self.index(d))
            }
            Ty::Matrix(a, b) | Ty::RealArray2(a, b) | Ty::VectorArray(a, b) => {
                let (i, j) = (self.index(a), self.index(b));
                if self.random.chance(0.8) { format!("{}[{i}, {j}]", v.name) } else { format!("{}[{i}][{j}]", v.name) }
            }
        }
    }

    /// `e`, squeezed into [-cap, cap] if it may be larger.
    pub(crate) fn bounded(&mut self, e: Ex, cap: f64) -> Ex {
        if e.mag <= cap {
            return e;
        }
        let c = text_of(cap);
        // dividing first keeps the slope one near zero, so that gradients do not die in nested bounds
        let text = if cap <= 3.0 && self.random.chance(0.5) {
            format!("({c} * tanh({}))", e.text)
        } else {
            format!("({c} * tanh({} / {c}))", e.text)
        };
        Ex::new(text, cap, e.active)
    }

    pub(crate) fn bounded_real(&mut self, depth: usize, cap: f64) -> Ex {
        let e = self.real(depth);
        self.bounded(e, cap)
    }

    /// A real expression with magnitude at most about 100.
    pub(crate) fn real(&mut self, depth: usize) -> Ex {
        let e = self.real_any(depth);
        self.bounded(e, 100.0)
    }

    fn real_any(&mut self, depth: usize) -> Ex {
        if depth == 0 || self.random.chance(0.1) {
            return self.real_leaf();
        }
        let d = depth - 1;
        match self.random.below(22) {
            0..=2 => {
                let (a, b) = (self.real(d), self.real(d));
                Ex::new(format!("({} + {})", a.text, b.text), a.mag + b.mag, a.active || b.active)
            }
            3 | 4 => {
                let (a, b) = (self.real(d), self.real(d));
                Ex::new(format!("({} - {})", a.text, b.text), a.mag + b.mag, a.active || b.active)
            }
            5..=7 => {
                let (a, b) = (self.real(d), self.real(d));
                Ex::new(format!("({} * {})", a.text, b.text), a.mag * b.mag, a.active || b.active)
            }
            8 => {
                let (a, b) = (self.real(d), self.positive(d));
                Ex::new(format!("({} / {})", a.text, b.text), a.mag / 0.1, a.active || b.active)
            }
            9 => {
                let a = self.real(d);
                Ex::new(format!("(-{})", a.text), a.mag, a.active)
            }
            10 | 11 => self.real_call(d),
            12 => self.positive(d),
            13 => self.probability(d),
            14 | 15 => self.reduction(d),
            16 => {
                let c = self.condition(1);
                let (a, b) = (self.real(d), self.real(d));
                self.mark(Feature::Ternary);
                if c.active {
                    self.mark(Feature::ParameterBranch);
                }
                let text = format!("({} ? {} : {})", c.text, a.text, b.text);
                Ex::new(text, a.mag.max(b.mag), a.active || b.active || c.active)
            }
            17 | 18 => self.user_call(d, |t| t == Ty::Real).unwrap_or_else(|| self.real_leaf()),
            19 => {
                let a = self.bounded_real(d, 5.0);
                let p = *self.random.pick(&["square(%)", "%^2", "pow(%, 2)", "(% * %)"]);
                Ex::new(format!("({})", p.replace('%', &a.text)), a.mag * a.mag, a.active)
            }
            20 => {
                let (a, b) = (self.positive(d), self.bounded_real(d, 2.0));
                let mag = a.mag.max(10.0).powf(b.mag);
                let text = if self.random.chance(0.5) {
                    format!("({}^{})", a.text, b.text)
                } else {
                    format!("pow({}, {})", a.text, b.text)
                };
                Ex::new(text, mag, a.active || b.active)
            }
            _ => {
                let (i, lo, hi) = self.int(1);
                let a = self.real(d);
                let mag = a.mag + lo.abs().max(hi.abs()) as f64;
                Ex::new(format!("({} + {i})", a.text), mag, a.active)
            }
        }
    }

    fn real_call(&mut self, d: usize) -> Ex {
        // name and the bound of its argument, then of its result
        const UNARY: &[(&str, f64, f64)] = &[
            ("tanh", 100.0, 1.0),
            ("sin", 100.0, 1.0),
            ("cos", 100.0, 1.0),
            ("atan", 100.0, 1.6),
            ("inv_logit", 20.0, 1.0),
            ("Phi", 4.0, 1.0),
            ("erf", 3.0, 1.0),
            ("exp", 3.0, 20.1),
            ("expm1", 3.0, 20.1),
            ("log1p_exp", 20.0, 21.0),
            ("log_inv_logit", 10.0, 10.1),
            ("log1m_inv_logit", 10.0, 10.1),
            ("abs", 100.0, 100.0),
            ("inv_cloglog", 2.0, 1.0),
            ("sinh", 3.0, 10.1),
            ("cosh", 3.0, 10.1),
            ("asinh", 100.0, 5.4),
        ];
        // Not at 0, where some have no derivative: reverse mode multiplies it by zero there, forward mode need not.
        const POSITIVE: &[(&str, f64)] = &[
            ("log", 5.0),
            ("sqrt", 11.0),
            ("lgamma", 370.0),
            ("inv", 10.0),
            ("inv_sqrt", 4.0),
            ("log1p", 5.0),
            ("digamma", 12.0),
            ("cbrt", 5.0),
            ("-cbrt", 5.0),
        ];
        match self.random.below(9) {
            0..=3 => {
                let &(f, cap, mag) = self.random.pick(UNARY);
                let a = self.bounded_real(d, cap);
                Ex::new(format!("{f}({})", a.text), if f == "abs" { a.mag } else { mag }, a.active)
            }
            4 | 5 => {
                let &(f, mag) = self.random.pick(POSITIVE);
                let a = self.positive(d);
                let text = match f.strip_prefix('-') {
                    Some(f) => format!("{f}(-{})", a.text),
                    None => format!("{f}({})", a.text),
                };
                Ex::new(text, mag, a.active)
            }
            6 => {
                let (p, a, b) = (self.probability(d), self.real(d), self.real(d));
                let text = format!("log_mix({}, {}, {})", p.text, a.text, b.text);
                Ex::new(text, a.mag.max(b.mag) + 1.0, p.active || a.active || b.active)
            }
            7 => {
                let f = *self.random.pick(&["fmax", "fmin", "log_sum_exp"]);
                let (a, b) = (self.real(d), self.real(d));
                Ex::new(format!("{f}({}, {})", a.text, b.text), a.mag.max(b.mag) + 1.0, a.active || b.active)
            }
            _ => {
                let (a, b, c) = (self.bounded_real(d, 5.0), self.bounded_real(d, 5.0), self.real(d));
                let text = format!("fma({}, {}, {})", a.text, b.text, c.text);
                Ex::new(text, a.mag * b.mag + c.mag, a.active || b.active || c.active)
            }
        }
    }

    /// A real computed from a whole vector or matrix.
    fn reduction(&mut self, d: usize) -> Ex {
        let dim = self.any_dim();
        let n = self.size(dim) as f64;
        match self.random.below(11) {
            0 | 1 => {
                let v = self.vector(dim, d);
                let (f, scale) = *self.random.pick(&[("sum", n), ("mean", 1.0), ("max", 1.0), ("min", 1.0)]);
                Ex::new(format!("{f}({})", v.text), v.mag * scale, v.active)
            }
            2 => {
                let v = self.vector(dim, d);
                Ex::new(format!("log_sum_exp({})", v.text), v.mag + 2.0, v.active)
            }
            3 => {
                let v = self.vector_bounded(dim, d, 5.0);
                Ex::new(format!("dot_self({})", v.text), n * v.mag * v.mag, v.active)
            }
            4 | 5 => {
                let (a, b) = (self.vector_bounded(dim, d, 5.0), self.vector_bounded(dim, d, 5.0));
                let form = *self.random.pick(&["dot_product(A, B)", "(A' * B)"]);
                let text = fill(form, &a.text, &b.text);
                Ex::new(text, n * a.mag * b.mag, a.active || b.active)
            }
            6 => {
                let (r, v) = (self.row(dim, d), self.vector_bounded(dim, d, 5.0));
                Ex::new(format!("({} * {})", r.text, v.text), n * r.mag * v.mag, r.active || v.active)
            }
            7 => {
                let other = self.any_dim();
                let m = self.matrix(dim, other, d);
                let k = self.size(other) as f64;
                let (f, scale) = *self.random.pick(&[("sum", n * k), ("mean", 1.0)]);
                Ex::new(format!("{f}({})", m.text), m.mag * scale, m.active)
            }
            8 => {
                // the variance of distinct values: a constant vector has no derivative of its sd
                let v = self.candidates(|v| v.ty == Ty::Vector(dim) && !v.writable && v.mag <= 10.0);
                match self.choose(v) {
                    Some(v) => Ex::new(format!("variance({})", v.name), 2.0 * v.mag * v.mag, v.active),
                    None => self.real_leaf(),
                }
            }
            9 => {
                let a = self.candidates(|v| v.ty == Ty::RealArray(dim));
                match self.choose(a) {
                    Some(a) => {
                        let (f, scale) = *self.random.pick(&[("sum", n), ("max", 1.0), ("min", 1.0), ("mean", 1.0)]);
                        Ex::new(format!("{f}({})", a.name), a.mag * scale, a.active)
                    }
                    None => self.real_leaf(),
                }
            }
            _ => {
                let v = self.vector_bounded(dim, d, 1.5);
                Ex::new(format!("prod({})", v.text), v.mag.max(1.0).powf(n), v.active)
            }
        }
    }

    /// A call of a user-defined function whose result `accept`s.
    pub(crate) fn user_call(&mut self, d: usize, accept: impl Fn(Ty) -> bool) -> Option<Ex> {
        let of: Vec<Function> = self.functions.iter().filter(|f| accept(f.result)).cloned().collect();
        if of.is_empty() || self.calls >= 6 {
            return None;
        }
        self.calls += 1;
        let f = self.random.pick(&of).clone();
        let mut active = false;
        let mut arguments = Vec::new();
        for &t in &f.arguments {
            let e = match t {
                Ty::Int { lo, hi } => Ex::new(self.random.between(lo, hi).to_string(), hi as f64, false),
                Ty::Vector(x) => self.vector_bounded(x, d.min(1), 3.0),
                Ty::Matrix(x, y) => {
                    let m = self.matrix(x, y, d.min(1));
                    self.squeeze(m, 3.0)
                }
                Ty::RealArray(x) => self.real_array(x),
                _ => self.bounded_real(d.min(1), 3.0),
            };
            active |= e.active;
            arguments.push(e.text);
        }
        if f.recursive && active {
            self.mark(Feature::Recursion);
        }
        if active {
            self.mark(Feature::UserFunction);
            self.mark_function(&f.name);
        }
        Some(Ex::new(format!("{}({})", f.name, arguments.join(", ")), f.mag, active))
    }

    fn real_array(&mut self, d: Dim) -> Ex {
        let vars = self.candidates(|v| v.ty == Ty::RealArray(d) && v.mag <= 10.0);
        if let Some(v) = self.choose(vars)
            && self.random.chance(0.6)
        {
            return Ex::new(v.name, v.mag, v.active);
        }
        let v = self.vector_bounded(d, 1, 3.0);
        Ex::new(format!("to_array_1d({})", v.text), v.mag, v.active)
    }
}
