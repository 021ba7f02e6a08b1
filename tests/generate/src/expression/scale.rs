//! Positive numbers and probabilities.

use super::text_of;
use crate::builder::Builder;
use crate::scope::Ex;

impl Builder {
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
}
