//! Vectors and row vectors.

use super::{fill, text_of};
use crate::Feature;
use crate::builder::Builder;
use crate::scope::{Dim, Ex, Ty};

impl Builder {
    pub(crate) fn squeeze(&mut self, e: Ex, cap: f64) -> Ex {
        if e.mag <= cap {
            return e;
        }
        let c = text_of(cap);
        Ex::new(format!("({c} * tanh({} / {c}))", e.text), cap, e.active)
    }

    pub(crate) fn vector_bounded(&mut self, dim: Dim, depth: usize, cap: f64) -> Ex {
        let v = self.vector(dim, depth);
        self.squeeze(v, cap)
    }

    pub(crate) fn vector(&mut self, dim: Dim, depth: usize) -> Ex {
        let e = self.vector_any(dim, depth);
        self.squeeze(e, 100.0)
    }

    fn vector_leaf(&mut self, dim: Dim) -> Ex {
        let vars = self.candidates(|v| match v.ty {
            Ty::Vector(a) | Ty::Row(a) | Ty::RealArray(a) => a == dim,
            Ty::Matrix(a, b) => a == dim || b == dim,
            Ty::VectorArray(_, b) => b == dim,
            _ => false,
        });
        let Some(v) = self.choose(vars) else {
            let e = self.real_leaf();
            return Ex::new(format!("rep_vector({}, {})", e.text, self.dim_text(dim)), e.mag, e.active);
        };
        let text = match v.ty {
            Ty::Row(_) => format!("{}'", v.name),
            Ty::RealArray(_) => format!("to_vector({})", v.name),
            Ty::Matrix(a, b) if a == dim && (b != dim || self.random.chance(0.5)) => {
                let j = self.index(b);
                if self.random.chance(0.6) { format!("{}[ : , {j}]", v.name) } else { format!("col({}, {j})", v.name) }
            }
            Ty::Matrix(a, _) => {
                let i = self.index(a);
                if self.random.chance(0.7) { format!("{}[{i}]'", v.name) } else { format!("row({}, {i})'", v.name) }
            }
            Ty::VectorArray(a, _) => format!("{}[{}]", v.name, self.index(a)),
            _ if self.random.chance(0.1) => {
                // a gather by an integer array of this length, where there is one
                let arrays = self.candidates(
                    |i| matches!(i.ty, Ty::IntArray { size, lo, hi } if size == dim && lo >= 1 && hi <= self.size(dim)),
                );
                match self.choose(arrays) {
                    Some(i) => format!("{}[{}]", v.name, i.name),
                    None => v.name.clone(),
                }
            }
            _ => v.name.clone(),
        };
        Ex::new(text, v.mag, v.active)
    }

    fn vector_any(&mut self, dim: Dim, depth: usize) -> Ex {
        if depth == 0 || self.random.chance(0.15) {
            return self.vector_leaf(dim);
        }
        let d = depth - 1;
        match self.random.below(19) {
            0 | 1 => {
                let (a, b) = (self.vector(dim, d), self.vector(dim, d));
                let op = *self.random.pick(&["+", "-"]);
                Ex::new(format!("({} {op} {})", a.text, b.text), a.mag + b.mag, a.active || b.active)
            }
            2 | 3 => {
                let (a, b) = (self.vector(dim, d), self.vector(dim, d));
                Ex::new(format!("({} .* {})", a.text, b.text), a.mag * b.mag, a.active || b.active)
            }
            4 => {
                let (a, b) = (self.vector(dim, d), self.positive_vector(dim, d));
                Ex::new(format!("({} ./ {})", a.text, b.text), a.mag / 0.1, a.active || b.active)
            }
            5 | 6 => {
                let (a, b) = (self.real(d), self.vector(dim, d));
                let form = *self.random.pick(&["(A * B)", "(B * A)"]);
                Ex::new(fill(form, &a.text, &b.text), a.mag * b.mag, a.active || b.active)
            }
            7 => {
                let (a, b) = (self.real(d), self.vector(dim, d));
                let form = *self.random.pick(&["(A + B)", "(B - A)", "(A - B)"]);
                Ex::new(fill(form, &a.text, &b.text), a.mag + b.mag, a.active || b.active)
            }
            8 => {
                let (a, b) = (self.vector(dim, d), self.positive(d));
                Ex::new(format!("({} / {})", a.text, b.text), a.mag / 0.1, a.active || b.active)
            }
            9 | 10 => {
                const UNARY: &[(&str, f64, f64)] = &[
                    ("tanh", 100.0, 1.0),
                    ("sin", 100.0, 1.0),
                    ("exp", 3.0, 20.1),
                    ("inv_logit", 20.0, 1.0),
                    ("square", 7.0, 49.0),
                    ("log1p_exp", 20.0, 21.0),
                    ("Phi", 4.0, 1.0),
                    ("atan", 100.0, 1.6),
                ];
                let &(f, cap, mag) = self.random.pick(UNARY);
                let a = self.vector_bounded(dim, d, cap);
                Ex::new(format!("{f}({})", a.text), mag, a.active)
            }
            11 => {
                let a = self.positive_vector(dim, d);
                let f = *self.random.pick(&["log", "sqrt", "inv"]);
                Ex::new(format!("{f}({})", a.text), 10.0, a.active)
            }
            12 | 13 => {
                let o = self.any_dim();
                let (m, v) = (self.matrix(dim, o, d), self.vector_bounded(o, d, 5.0));
                let n = self.size(o) as f64;
                Ex::new(format!("({} * {})", m.text, v.text), n * m.mag * v.mag, m.active || v.active)
            }
            14 => {
                let a = self.vector(dim, d);
                let f = *self.random.pick(&["cumulative_sum", "softmax", "reverse"]);
                let mag = match f {
                    "softmax" => 1.0,
                    "reverse" => a.mag,
                    _ => a.mag * self.size(dim) as f64,
                };
                Ex::new(format!("{f}({})", a.text), mag, a.active)
            }
            15 => {
                // a vector of this length gathered from the other dimension, as in alpha[group]
                let o = dim.other();
                let max = self.size(o);
                let from = self.candidates(|v| v.ty == Ty::Vector(o));
                let by = self.candidates(
                    |v| matches!(v.ty, Ty::IntArray { size, lo, hi } if size == dim && lo >= 1 && hi <= max),
                );
                match (self.choose(from), self.choose(by)) {
                    (Some(v), Some(i)) => {
                        self.mark(Feature::Gather);
                        Ex::new(format!("{}[{}]", v.name, i.name), v.mag, v.active)
                    }
                    _ => self.vector_leaf(dim),
                }
            }
            16 => {
                let a = self.window(dim, 1, d);
                let e = self.real(d);
                let form = *self.random.pick(&["append_row(A, B)", "append_row(B, A)"]);
                Ex::new(fill(form, &e.text, &a.text), a.mag.max(e.mag), a.active || e.active)
            }
            17 => self.user_call(d, |t| t == Ty::Vector(dim)).unwrap_or_else(|| self.vector_leaf(dim)),
            _ => {
                let c = self.condition(0);
                let (a, b) = (self.vector(dim, d), self.vector(dim, d));
                self.mark(Feature::Ternary);
                if c.active {
                    self.mark(Feature::ParameterBranch);
                }
                let text = format!("({} ? {} : {})", c.text, a.text, b.text);
                Ex::new(text, a.mag.max(b.mag), a.active || b.active || c.active)
            }
        }
    }

    /// A vector `shorter` elements shorter than dimension `dim` has.
    pub(crate) fn window(&mut self, dim: Dim, shorter: i64, depth: usize) -> Ex {
        let n = self.size(dim);
        let len = n - shorter;
        let vars = self.candidates(|v| v.ty == Ty::Vector(dim));
        let first = match self.choose(vars) {
            None => {
                let e = self.real(depth);
                return Ex::new(format!("rep_vector({}, {len})", e.text), e.mag, e.active);
            }
            Some(v) => {
                let lo = self.random.between(1, 1 + shorter);
                let hi = lo + len - 1;
                let form = match self.random.below(4) {
                    0 => format!("segment({}, {lo}, {len})", v.name),
                    1 if lo == 1 => format!("head({}, {len})", v.name),
                    1 => format!("{}[{lo} : {hi}]", v.name),
                    2 if hi == n => format!("{}[{lo} : ]", v.name),
                    2 if lo == 1 => format!("{}[ : {hi}]", v.name),
                    _ => format!("{}[{lo} : {hi}]", v.name),
                };
                Ex::new(form, v.mag, v.active)
            }
        };
        if depth == 0 || self.random.chance(0.4) {
            return first;
        }
        let e = self.bounded_real(depth - 1, 3.0);
        let (op, mag) = *self.random.pick(&[("*", 3.0 * first.mag), ("+", 3.0 + first.mag)]);
        let w = Ex::new(format!("({} {op} {})", e.text, first.text), mag, e.active || first.active);
        self.squeeze(w, 100.0)
    }

    pub(crate) fn positive_vector(&mut self, dim: Dim, depth: usize) -> Ex {
        let vars = self.candidates(|v| v.ty == Ty::Vector(dim) && v.low >= 0.1);
        if let Some(v) = self.choose(vars)
            && self.random.chance(0.4)
        {
            return Ex::new(v.name, v.mag, v.active);
        }
        let d = depth.saturating_sub(1);
        match self.random.below(3) {
            0 => {
                let a = self.vector_bounded(dim, d, 1.5);
                Ex::new(format!("exp({})", a.text), 4.5, a.active)
            }
            1 => {
                let a = self.vector_bounded(dim, d, 3.0);
                Ex::new(format!("(0.5 + square({}))", a.text), 9.5, a.active)
            }
            _ => {
                let a = self.positive(d);
                Ex::new(format!("rep_vector({}, {})", a.text, self.dim_text(dim)), a.mag, a.active)
            }
        }
    }

    pub(crate) fn row(&mut self, dim: Dim, depth: usize) -> Ex {
        let vars = self.candidates(|v| v.ty == Ty::Row(dim));
        if let Some(v) = self.choose(vars)
            && self.random.chance(0.5)
        {
            let e = Ex::new(v.name, v.mag, v.active);
            return self.squeeze(e, 5.0);
        }
        let v = self.vector_bounded(dim, depth, 5.0);
        Ex::new(format!("{}'", v.text), v.mag, v.active)
    }
}
