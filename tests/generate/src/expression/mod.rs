//! Typed expressions of limited depth whose values stay in a range that keeps densities finite.

mod matrix;
mod real;
mod scale;
mod vector;

use crate::builder::Builder;
use crate::scope::{Dim, Ex, Ty, Var};

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
}
