//! Matrices and Cholesky factors.

use crate::Feature;
use crate::builder::Builder;
use crate::scope::{Dim, Ex, Ty};

impl Builder {
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
