//! Typed expressions of limited depth whose values stay in a range that keeps densities finite.

use crate::Feature;
use crate::builder::Builder;
use crate::scope::{Dim, Ex, Function, Ty, Var};

/// Rounds a bound for use in program text.
fn text_of(x: f64) -> String {
    let s = format!("{:.3}", x);
    s.trim_end_matches('0').trim_end_matches('.').to_owned() + if s.ends_with(".000") { ".0" } else { "" }
}

/// `form` with its letters A and B replaced.
fn fill(form: &str, a: &str, b: &str) -> String {
    let mut out = String::new();
    for c in form.chars() {
        match c {
            'A' => out.push_str(a),
            'B' => out.push_str(b),
            c => out.push(c),
        }
    }
    out
}

impl Builder {
    // ---------------------------------------------------------------- choosing variables

    fn visible(&self, v: &Var) -> bool {
        !(self.data_only && v.active)
    }

    pub(crate) fn candidates(&self, accept: impl Fn(&Var) -> bool) -> Vec<Var> {
        self.scope.iter().filter(|v| self.visible(v) && accept(v)).cloned().collect()
    }

    /// Prefers what was declared last, so that locals and loop state are read.
    pub(crate) fn choose(&mut self, mut from: Vec<Var>) -> Option<Var> {
        if from.is_empty() {
            return None;
        }
        let recent = from.len().min(3);
        if self.random.chance(0.4) {
            from.drain(..from.len() - recent);
        }
        let i = self.random.below(from.len());
        Some(from.swap_remove(i))
    }

    // ---------------------------------------------------------------- integers and indices

    /// An index valid for dimension `d`.
    pub(crate) fn index(&mut self, d: Dim) -> String {
        self.index_up_to(self.size(d), Some(d))
    }

    /// An index in 1..=max; `d` is the dimension with exactly `max` elements, where there is one.
    pub(crate) fn index_up_to(&mut self, max: i64, d: Option<Dim>) -> String {
        let ints = self.candidates(|v| matches!(v.ty, Ty::Int { lo, hi } if hi >= 1 && lo <= max));
        if !ints.is_empty() && self.random.chance(0.75) {
            let v = self.random.pick(&ints).clone();
            if let Ty::Int { lo, hi } = v.ty {
                let mut options = Vec::new();
                if lo >= 1 && hi <= max {
                    options.push(v.name.clone());
                    options.push(v.name.clone());
                }
                if lo >= 2 && hi - 1 <= max {
                    options.push(format!("{} - 1", v.name));
                }
                if lo >= 0 && hi < max {
                    options.push(format!("{} + 1", v.name));
                }
                if lo >= 1
                    && hi <= max
                    && let Some(d) = d
                {
                    options.push(format!("{} + 1 - {}", self.dim_text(d), v.name));
                }
                if lo >= 0 {
                    options.push(format!("1 + {} % {max}", v.name));
                }
                if !options.is_empty() {
                    return self.random.pick(&options).clone();
                }
            }
        }
        let arrays = self.candidates(|v| matches!(v.ty, Ty::IntArray { lo, hi, .. } if lo >= 1 && hi <= max));
        if !arrays.is_empty() && self.nesting < 2 && self.random.chance(0.35) {
            let v = self.random.pick(&arrays).clone();
            if let Ty::IntArray { size, .. } = v.ty {
                self.nesting += 1;
                let i = self.index(size);
                self.nesting -= 1;
                return format!("{}[{i}]", v.name);
            }
        }
        match d {
            Some(d) if self.random.chance(0.25) => self.dim_text(d),
            _ => self.random.between(1, max).to_string(),
        }
    }

    /// An integer expression with its range.
    pub(crate) fn int(&mut self, depth: usize) -> (String, i64, i64) {
        if depth > 0 && self.random.chance(0.5) {
            let (a, alo, ahi) = self.int(depth - 1);
            let (b, blo, bhi) = self.int(depth - 1);
            match self.random.below(5) {
                0 if ahi + bhi < 1000 => return (format!("({a} + {b})"), alo + blo, ahi + bhi),
                1 if ahi - blo < 1000 => return (format!("({a} - {b})"), alo - bhi, ahi - blo),
                2 if alo >= 0 && blo >= 0 && ahi * bhi < 1000 => {
                    return (format!("({a} * {b})"), alo * blo, ahi * bhi);
                }
                3 if alo >= 0 => return (format!("({a} %/% 2)"), alo / 2, ahi / 2),
                4 if alo >= 0 => return (format!("({a} % 3)"), 0, ahi.min(2)),
                _ => {}
            }
        }
        let ints = self.candidates(|v| matches!(v.ty, Ty::Int { .. }));
        if let Some(v) = self.choose(ints)
            && self.random.chance(0.7)
            && let Ty::Int { lo, hi } = v.ty
        {
            return (v.name, lo, hi);
        }
        let x = self.random.between(0, 5);
        (x.to_string(), x, x)
    }

    // ---------------------------------------------------------------- conditions

    /// A condition. `active` says whether it compares something that depends on parameters.
    pub(crate) fn condition(&mut self, depth: usize) -> Ex {
        match self.random.below(8) {
            0 => {
                let (a, ..) = self.int(1);
                let (b, ..) = self.int(0);
                let op = *self.random.pick(&["<", "<=", ">", ">=", "==", "!="]);
                Ex::new(format!("{a} {op} {b}"), 1.0, false)
            }
            1 if depth > 0 => {
                let a = self.condition(depth - 1);
                let b = self.condition(depth - 1);
                let op = *self.random.pick(&["&&", "||"]);
                Ex::new(format!("({}) {op} ({})", a.text, b.text), 1.0, a.active || b.active)
            }
            2 if depth > 0 => {
                let a = self.condition(depth - 1);
                Ex::new(format!("!({})", a.text), 1.0, a.active)
            }
            _ => {
                let a = self.real(depth.min(1));
                let b = if self.random.chance(0.6) {
                    Ex::new(text_of(self.random.decimal(-1.0, 1.0)), 1.0, false)
                } else {
                    self.real(0)
                };
                let op = *self.random.pick(&["<", ">", "<=", ">="]);
                Ex::new(format!("{} {op} {}", a.text, b.text), 1.0, a.active || b.active)
            }
        }
    }

    // ---------------------------------------------------------------- reals

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

    // ---------------------------------------------------------------- scales and probabilities

    /// A real in about [0.1, 60], for scales, rates, shapes and the argument of `log`.
    pub(crate) fn positive(&mut self, depth: usize) -> Ex {
        let vars = self.candidates(|v| v.low >= 0.1 && !v.ty.is_int());
        if let Some(v) = self.choose(vars)
            && self.random.chance(if depth == 0 { 0.8 } else { 0.35 })
        {
            let text = self.element_text(&v);
            return Ex::new(text, v.mag, v.active);
        }
        if depth == 0 {
            let x = self.random.decimal(0.3, 3.0);
            return Ex::new(text_of(x), x, false);
        }
        let d = depth - 1;
        match self.random.below(6) {
            0 => {
                let a = self.bounded_real(d, 1.5);
                Ex::new(format!("exp({})", a.text), 4.5, a.active)
            }
            1 => {
                let a = self.bounded_real(d, 3.0);
                Ex::new(format!("(0.5 + square({}))", a.text), 9.5, a.active)
            }
            2 => {
                let a = self.bounded_real(d, 3.0);
                Ex::new(format!("(0.2 + log1p_exp({}))", a.text), 3.3, a.active)
            }
            3 => {
                let a = self.bounded_real(d, 10.0);
                Ex::new(format!("sqrt(1 + square({}))", a.text), 10.1, a.active)
            }
            4 => {
                let (a, b) = (self.positive(d), self.positive(d));
                let cap = a.mag + b.mag;
                let e = Ex::new(format!("({} + {})", a.text, b.text), cap, a.active || b.active);
                if cap <= 60.0 { e } else { Ex::new("1.5", 1.5, false) }
            }
            _ => {
                let a = self.bounded_real(d, 20.0);
                Ex::new(format!("(0.3 + abs({}))", a.text), 20.3, a.active)
            }
        }
    }

    /// A real in about [0.01, 0.99].
    pub(crate) fn probability(&mut self, depth: usize) -> Ex {
        match self.random.below(3) {
            0 => {
                let a = self.bounded_real(depth, 3.0);
                Ex::new(format!("inv_logit({})", a.text), 1.0, a.active)
            }
            1 => {
                let a = self.bounded_real(depth, 2.0);
                Ex::new(format!("Phi({})", a.text), 1.0, a.active)
            }
            _ => {
                let a = self.bounded_real(depth, 100.0);
                Ex::new(format!("(0.5 + 0.45 * sin({}))", a.text), 1.0, a.active)
            }
        }
    }

    // ---------------------------------------------------------------- vectors

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

    // ---------------------------------------------------------------- matrices

    fn matrix_leaf(&mut self, rows: Dim, cols: Dim) -> Ex {
        let vars = self.candidates(|v| v.ty == Ty::Matrix(rows, cols) || v.ty == Ty::Matrix(cols, rows));
        if let Some(v) = self.choose(vars) {
            let text = if v.ty == Ty::Matrix(rows, cols) { v.name } else { format!("{}'", v.name) };
            return Ex::new(text, v.mag, v.active);
        }
        let e = self.real_leaf();
        let text = format!("rep_matrix({}, {}, {})", e.text, self.dim_text(rows), self.dim_text(cols));
        Ex::new(text, e.mag, e.active)
    }

    pub(crate) fn matrix(&mut self, rows: Dim, cols: Dim, depth: usize) -> Ex {
        let e = self.matrix_any(rows, cols, depth);
        self.squeeze(e, 50.0)
    }

    fn matrix_any(&mut self, rows: Dim, cols: Dim, depth: usize) -> Ex {
        self.mark(Feature::Matrix);
        if depth == 0 || self.random.chance(0.3) {
            return self.matrix_leaf(rows, cols);
        }
        let d = depth - 1;
        match self.random.below(9) {
            0 => {
                let (a, b) = (self.matrix(rows, cols, d), self.matrix(rows, cols, d));
                let op = *self.random.pick(&["+", "-"]);
                Ex::new(format!("({} {op} {})", a.text, b.text), a.mag + b.mag, a.active || b.active)
            }
            1 => {
                let (a, b) = (self.matrix(rows, cols, d), self.matrix(rows, cols, d));
                Ex::new(format!("({} .* {})", a.text, b.text), a.mag * b.mag, a.active || b.active)
            }
            2 | 3 => {
                let (a, b) = (self.bounded_real(d, 5.0), self.matrix(rows, cols, d));
                Ex::new(format!("({} * {})", a.text, b.text), a.mag * b.mag, a.active || b.active)
            }
            4 => {
                let inner = self.any_dim();
                let (a, b) = (self.matrix(rows, inner, d), self.matrix(inner, cols, d));
                let n = self.size(inner) as f64;
                Ex::new(format!("({} * {})", a.text, b.text), n * a.mag * b.mag, a.active || b.active)
            }
            5 => {
                let (a, b) = (self.vector_bounded(rows, d, 5.0), self.row(cols, d));
                Ex::new(format!("({} * {})", a.text, b.text), a.mag * b.mag, a.active || b.active)
            }
            6 => {
                let (a, b) = (self.vector_bounded(rows, d, 5.0), self.matrix(rows, cols, d));
                let text = format!("diag_pre_multiply({}, {})", a.text, b.text);
                Ex::new(text, a.mag * b.mag, a.active || b.active)
            }
            7 => {
                let a = self.matrix(rows, cols, d);
                let f = *self.random.pick(&["tanh", "inv_logit", "sin"]);
                Ex::new(format!("{f}({})", a.text), 1.0, a.active)
            }
            _ => self.matrix_leaf(rows, cols),
        }
    }

    /// A Cholesky factor of dimension `d` with entries of order one.
    pub(crate) fn cholesky(&mut self, d: Dim) -> Ex {
        let vars: Vec<(String, bool)> =
            self.cholesky.iter().filter(|c| c.1 == d).map(|c| (c.0.clone(), true)).collect();
        if !vars.is_empty() && self.random.chance(0.6) && !self.in_function {
            let (name, active) = self.random.pick(&vars).clone();
            if self.random.chance(0.5) {
                return Ex::new(name, 1.0, active);
            }
            let s = self.positive_vector(d, 1);
            return Ex::new(format!("diag_pre_multiply({}, {name})", s.text), s.mag, true);
        }
        let inner = self.any_dim();
        let a = self.matrix(d, inner, 1);
        let a = self.squeeze(a, 2.0);
        let s = self.positive_vector(d, 0);
        let text = format!("cholesky_decompose(tcrossprod({}) + diag_matrix({}))", a.text, s.text);
        Ex::new(text, 10.0, a.active || s.active)
    }
}
