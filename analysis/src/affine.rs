//! Integer expressions as linear combinations of what cannot be taken apart: how two indexes are compared.

use ppl_grammar::ast::{BinaryOp, Expr, ExprKind, UnaryOp};
use ppl_grammar::format;
use std::collections::BTreeMap;

/// `constant + sum of coefficient * atom`, atoms by their text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affine {
    atoms: BTreeMap<String, i64>,
    constant: i64,
}

impl Affine {
    pub fn of(e: &Expr) -> Affine {
        match &e.kind {
            ExprKind::Paren(inner) => Affine::of(inner),
            ExprKind::Int(digits) => match digits.replace('_', "").parse() {
                Ok(constant) => Affine { atoms: BTreeMap::new(), constant },
                Err(_) => Affine::atom(e),
            },
            ExprKind::Unary { op: UnaryOp::Minus, operand } => Affine::of(operand).times(-1),
            ExprKind::Unary { op: UnaryOp::Plus, operand } => Affine::of(operand),
            ExprKind::Binary { op: BinaryOp::Plus, left, right } => Affine::of(left).plus(&Affine::of(right), 1),
            ExprKind::Binary { op: BinaryOp::Minus, left, right } => Affine::of(left).plus(&Affine::of(right), -1),
            ExprKind::Binary { op: BinaryOp::Times, left, right } => {
                let (a, b) = (Affine::of(left), Affine::of(right));
                match (a.as_constant(), b.as_constant()) {
                    (Some(c), _) => b.times(c),
                    (_, Some(c)) => a.times(c),
                    _ => Affine::atom(e),
                }
            }
            _ => Affine::atom(e),
        }
    }

    fn atom(e: &Expr) -> Affine {
        Affine { atoms: BTreeMap::from([(format::expression(e), 1)]), constant: 0 }
    }

    fn times(mut self, factor: i64) -> Affine {
        self.constant = self.constant.saturating_mul(factor);
        self.atoms.values_mut().for_each(|c| *c = c.saturating_mul(factor));
        self.atoms.retain(|_, c| *c != 0);
        self
    }

    fn plus(mut self, other: &Affine, factor: i64) -> Affine {
        self.constant = self.constant.saturating_add(other.constant.saturating_mul(factor));
        for (atom, c) in &other.atoms {
            *self.atoms.entry(atom.clone()).or_default() += c * factor;
        }
        self.atoms.retain(|_, c| *c != 0);
        self
    }

    /// The number, where nothing is unknown.
    pub fn as_constant(&self) -> Option<i64> {
        self.atoms.is_empty().then_some(self.constant)
    }
}

/// `a - b`, where that is a number whatever the variables are.
pub fn difference(a: &Expr, b: &Expr) -> Option<i64> {
    Affine::of(a).plus(&Affine::of(b), -1).as_constant()
}

impl Affine {
    /// The combination as an expression again, where all atoms are variables.
    pub fn to_expr(&self) -> Option<Expr> {
        use crate::build;
        let mut out: Option<Expr> = None;
        for (atom, &c) in &self.atoms {
            if !atom.chars().all(|c| c.is_alphanumeric() || c == '_') {
                return None;
            }
            let magnitude = c.unsigned_abs();
            let variable = build::variable(atom);
            let term = match magnitude {
                1 => variable,
                _ => build::binary(BinaryOp::Times, build::int(i64::try_from(magnitude).ok()?), variable),
            };
            out = Some(match (out, c < 0) {
                (None, false) => term,
                (None, true) => return None,
                (Some(sum), false) => build::binary(BinaryOp::Plus, sum, term),
                (Some(sum), true) => build::binary(BinaryOp::Minus, sum, term),
            });
        }
        let constant = || build::int(i64::try_from(self.constant.unsigned_abs()).unwrap_or(i64::MAX));
        Some(match (out, self.constant) {
            (None, c) => build::int(c),
            (Some(sum), 0) => sum,
            (Some(sum), c) if c > 0 => build::binary(BinaryOp::Plus, sum, constant()),
            (Some(sum), _) => build::binary(BinaryOp::Minus, sum, constant()),
        })
    }
}
