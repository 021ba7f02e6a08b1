//! Where families put their mass, and which of them are symmetric: what decides whether a declared bound truncates.

use ppl_program::typed::*;

/// Bounds of a support or of a declaration; `None` is no bound.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Interval {
    pub lower: Option<Expr>,
    pub upper: Option<Expr>,
}

/// The bounds of the support of a univariate family with these arguments.
pub fn support(family: &str, arguments: &[Expr]) -> Interval {
    let real = |x: f64| {
        let span = ppl_grammar::span::Span::default();
        Some(Expr { kind: ExprKind::Real(x), ty: Type::Real, level: Level::Data, span })
    };
    let argument = |i: usize| arguments.get(i).cloned();
    let (lower, upper) = match family {
        "exponential"
        | "gamma"
        | "inv_gamma"
        | "lognormal"
        | "weibull"
        | "frechet"
        | "rayleigh"
        | "chi_square"
        | "inv_chi_square"
        | "scaled_inv_chi_square"
        | "loglogistic"
        | "poisson"
        | "poisson_log"
        | "neg_binomial"
        | "neg_binomial_2"
        | "neg_binomial_2_log"
        | "beta_neg_binomial" => (real(0.0), None),
        "binomial" | "binomial_logit" | "beta_binomial" => (real(0.0), argument(0)),
        "beta" | "beta_proportion" | "bernoulli" | "bernoulli_logit" => (real(0.0), real(1.0)),
        "uniform" | "discrete_range" => (argument(0), argument(1)),
        "pareto" | "pareto_type_2" => (argument(0), None),
        _ => (None, None),
    };
    Interval { lower, upper }
}

/// Whether the density is symmetric about its location, and which argument that is.
pub fn symmetric_about(family: &str, arguments: &[Expr]) -> Option<Expr> {
    match family {
        "normal" | "cauchy" | "logistic" | "double_exponential" => arguments.first().cloned(),
        "student_t" => arguments.get(1).cloned(),
        "std_normal" => Some(crate::build::typed::int(0)),
        _ => None,
    }
}

/// The value of a literal.
pub fn constant(e: &Expr) -> Option<f64> {
    match &e.kind {
        ExprKind::Int(i) => Some(f64::from(*i)),
        ExprKind::Real(x) => Some(*x),
        ExprKind::Promote(inner) => constant(inner),
        ExprKind::Call { callee: Callee::Operator(Operator::Negate), arguments } => Some(-constant(&arguments[0])?),
        ExprKind::Call { callee: Callee::Library(name), .. } if name == "negative_infinity" => Some(f64::NEG_INFINITY),
        ExprKind::Call { callee: Callee::Library(name), .. } if name == "positive_infinity" => Some(f64::INFINITY),
        _ => None,
    }
}

/// The bounds of a declaration; infinite ones are none. `None` where the constraint is of another kind.
pub fn bounds(constraint: &Constraint) -> Option<Interval> {
    let finite = |e: &Expr| constant(e).is_none_or(f64::is_finite).then(|| e.clone());
    match constraint {
        Constraint::None | Constraint::Offset(_) | Constraint::Multiplier(_) | Constraint::OffsetMultiplier(..) => {
            Some(Interval::default())
        }
        Constraint::Lower(a) => Some(Interval { lower: finite(a), upper: None }),
        Constraint::Upper(b) => Some(Interval { lower: None, upper: finite(b) }),
        Constraint::LowerUpper(a, b) => Some(Interval { lower: finite(a), upper: finite(b) }),
        _ => None,
    }
}

/// Whether two bounds are the same number, as far as the text tells.
pub fn same(a: &Expr, b: &Expr) -> bool {
    match (constant(a), constant(b)) {
        (Some(a), Some(b)) => a == b,
        (None, None) => strip(a) == strip(b),
        _ => false,
    }
}

/// The expression without spans and promotions.
pub fn strip(e: &Expr) -> Expr {
    let mut e = match &e.kind {
        ExprKind::Promote(inner) => return strip(inner),
        _ => e.clone(),
    };
    e.span = ppl_grammar::span::Span::default();
    match &mut e.kind {
        ExprKind::Call { arguments: items, .. }
        | ExprKind::Array(items)
        | ExprKind::RowVector(items)
        | ExprKind::MatrixRows(items)
        | ExprKind::Tuple(items) => items.iter_mut().for_each(|item| *item = strip(item)),
        ExprKind::Index { base, indices } => {
            **base = strip(base);
            for index in indices {
                match index {
                    Index::All => {}
                    Index::Single(e) | Index::Multi(e) | Index::From(e) | Index::To(e) => *e = strip(e),
                    Index::Between(a, b) => (*a, *b) = (strip(a), strip(b)),
                }
            }
        }
        ExprKind::Project { base, .. } => **base = strip(base),
        ExprKind::And(a, b) | ExprKind::Or(a, b) => (**a, **b) = (strip(a), strip(b)),
        ExprKind::Ternary { condition, then, otherwise } => {
            for part in [condition, then, otherwise] {
                **part = strip(part);
            }
        }
        _ => {}
    }
    e
}

impl Interval {
    /// Whether a support lies within these bounds.
    pub fn contains(&self, support: &Interval) -> bool {
        let at_least = |bound: &Expr, inside: &Option<Expr>, upper: bool| {
            inside.as_ref().is_some_and(|inside| match (constant(bound), constant(inside)) {
                (Some(bound), Some(inside)) if upper => inside <= bound,
                (Some(bound), Some(inside)) => inside >= bound,
                _ => same(bound, inside),
            })
        };
        self.lower.as_ref().is_none_or(|bound| at_least(bound, &support.lower, false))
            && self.upper.as_ref().is_none_or(|bound| at_least(bound, &support.upper, true))
    }

    pub fn is_unbounded(&self) -> bool {
        self.lower.is_none() && self.upper.is_none()
    }

    pub fn is_bounded(&self) -> bool {
        self.lower.is_some() && self.upper.is_some()
    }

    pub fn ends(&self) -> impl Iterator<Item = &Expr> {
        self.lower.iter().chain(&self.upper)
    }
}
