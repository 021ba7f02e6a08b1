//! Expressions, indices, and types.

use super::*;

/// How tightly the outermost operator of an expression binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tier {
    Ternary,
    Or,
    And,
    Equality,
    Relation,
    Additive,
    Multiplicative,
    Division,
    Prefix,
    Power,
    Postfix,
    Primary,
}

impl Tier {
    fn of(e: &Expr) -> Tier {
        match &e.kind {
            ExprKind::Ternary { .. } => Tier::Ternary,
            ExprKind::Binary { op, .. } => Tier::of_operator(*op),
            ExprKind::Unary { .. } => Tier::Prefix,
            ExprKind::Transpose(_) => Tier::Postfix,
            _ => Tier::Primary,
        }
    }

    fn of_operator(op: BinaryOp) -> Tier {
        match op {
            BinaryOp::Or => Tier::Or,
            BinaryOp::And => Tier::And,
            BinaryOp::Equals | BinaryOp::NotEquals => Tier::Equality,
            BinaryOp::Less | BinaryOp::LessEquals | BinaryOp::Greater | BinaryOp::GreaterEquals => Tier::Relation,
            BinaryOp::Plus | BinaryOp::Minus => Tier::Additive,
            BinaryOp::Times | BinaryOp::Divide | BinaryOp::Modulo | BinaryOp::EltTimes | BinaryOp::EltDivide => {
                Tier::Multiplicative
            }
            BinaryOp::IntDivide | BinaryOp::LeftDivide => Tier::Division,
            BinaryOp::Pow | BinaryOp::EltPow => Tier::Power,
        }
    }

    /// The tier that the right operand of a left-associative operator of this tier needs.
    fn tighter(self) -> Tier {
        match self {
            Tier::Ternary => Tier::Or,
            Tier::Or => Tier::And,
            Tier::And => Tier::Equality,
            Tier::Equality => Tier::Relation,
            Tier::Relation => Tier::Additive,
            Tier::Additive => Tier::Multiplicative,
            Tier::Multiplicative => Tier::Division,
            Tier::Division => Tier::Prefix,
            Tier::Prefix => Tier::Power,
            Tier::Power => Tier::Postfix,
            Tier::Postfix | Tier::Primary => Tier::Primary,
        }
    }
}

pub(super) fn binary_symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Plus => "+",
        BinaryOp::Minus => "-",
        BinaryOp::Times => "*",
        BinaryOp::Divide => "/",
        BinaryOp::IntDivide => "%/%",
        BinaryOp::Modulo => "%",
        BinaryOp::LeftDivide => "\\",
        BinaryOp::EltTimes => ".*",
        BinaryOp::EltDivide => "./",
        BinaryOp::Pow => "^",
        BinaryOp::EltPow => ".^",
        BinaryOp::Or => "||",
        BinaryOp::And => "&&",
        BinaryOp::Equals => "==",
        BinaryOp::NotEquals => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessEquals => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterEquals => ">=",
    }
}

fn unary_symbol(op: UnaryOp) -> &'static str {
    match op {
        UnaryOp::Not => "!",
        UnaryOp::Minus => "-",
        UnaryOp::Plus => "+",
    }
}

impl Printer<'_> {
    pub(super) fn expr(&mut self, e: &Expr) -> Doc {
        self.expr_at(e, Tier::Ternary)
    }

    /// `e` where an expression of `tier` or a tighter one may stand.
    pub(super) fn expr_at(&mut self, e: &Expr, tier: Tier) -> Doc {
        if let (ExprKind::Paren(inner), Parentheses::Minimal) = (&e.kind, self.parentheses) {
            return self.expr_at(inner, tier);
        }
        let comments = self.leading(e.span.start);
        // Laid out as if the parentheses were of the tree.
        let body = if Tier::of(e) < tier {
            self.bracketed("(", vec![Item::new(e.span, |p| p.expr_body(e))], ")", e.span)
        } else {
            self.expr_body(e)
        };
        match comments {
            Doc::Nil => body,
            comments => docs![comments, body],
        }
    }

    fn expr_body(&mut self, e: &Expr) -> Doc {
        match &e.kind {
            ExprKind::Int(digits) | ExprKind::Real(digits) => Doc::from(digits.as_str()),
            ExprKind::Imaginary(digits) => docs![digits.as_str(), "i"],
            ExprKind::String(text) => Doc::from(format!("\"{text}\"")),
            ExprKind::Variable(name) => Doc::from(name.as_str()),
            ExprKind::Target => Doc::from("target()"),
            ExprKind::Call { name, arguments } => {
                let open = format!("{}(", name.name);
                self.list(&open, arguments, ")", e.span)
            }
            ExprKind::Conditional { name, outcome, arguments } => {
                let open = format!("{}(", name.name);
                let mut items = vec![Item { separator: " |", ..item(outcome) }];
                items.extend(arguments.iter().map(item));
                let close = if arguments.is_empty() { " | )" } else { ")" };
                self.bracketed(&open, items, close, e.span)
            }
            ExprKind::Array(items) => self.list("{", items, "}", e.span),
            ExprKind::RowVector(items) => self.list("[", items, "]", e.span),
            ExprKind::Tuple(items) => self.list("(", items, if items.len() == 1 { ",)" } else { ")" }, e.span),
            ExprKind::Paren(inner) => self.list("(", std::slice::from_ref(inner), ")", e.span),
            ExprKind::Unary { op, operand } => docs![unary_symbol(*op), self.expr_at(operand, Tier::Prefix)],
            ExprKind::Transpose(operand) => docs![self.expr_at(operand, Tier::Postfix), "'"],
            ExprKind::Binary { op: op @ (BinaryOp::Pow | BinaryOp::EltPow), left, right } => {
                let left = self.expr_at(left, Tier::Postfix);
                docs![left, format!(" {} ", binary_symbol(*op)), self.expr_at(right, Tier::Prefix)]
            }
            ExprKind::Binary { op, left, right } => self.chain(*op, left, right),
            ExprKind::Ternary { condition, then, otherwise } => {
                let (first, second) = (condition.span.end, then.span.end);
                let condition = self.expr_at(condition, Tier::Or);
                let before_then = self.line(first, then.span.start, Doc::Line);
                let then = self.expr(then);
                let before_otherwise = self.line(second, otherwise.span.start, Doc::Line);
                let otherwise = self.expr(otherwise);
                docs![condition, docs![before_then, "? ", then, before_otherwise, ": ", otherwise].nest()].group()
            }
            ExprKind::Index { base, indices } => {
                let base = self.base(base);
                docs![base, self.indices(indices, e.span)]
            }
            ExprKind::Project { base, index } => {
                // `1 .1`, not `1.1`
                let mut inner = base.as_ref();
                while let (ExprKind::Paren(e), Parentheses::Minimal) = (&inner.kind, self.parentheses) {
                    inner = e;
                }
                let is_number = matches!(inner.kind, ExprKind::Int(_) | ExprKind::Real(_));
                docs![self.base(base), if is_number { " ." } else { "." }, index.to_string()]
            }
            ExprKind::Error => Doc::Nil,
        }
    }

    /// What is indexed or taken apart.
    fn base(&mut self, base: &Expr) -> Doc {
        self.expr_at(base, Tier::Primary)
    }

    /// `a + b - c`: operators of one tier, each on a line of its own with its right operand where they do not fit.
    fn chain(&mut self, op: BinaryOp, left: &Expr, right: &Expr) -> Doc {
        let tier = Tier::of_operator(op);
        let mut links = vec![(op, right)];
        let mut first = left;
        loop {
            match &first.kind {
                ExprKind::Binary { op, left, right } if Tier::of_operator(*op) == tier => {
                    links.push((*op, right));
                    first = left;
                }
                ExprKind::Paren(inner) if self.parentheses == Parentheses::Minimal => first = inner,
                _ => break,
            }
        }
        let mut end = first.span.end;
        let first = self.expr_at(first, tier);
        let mut parts = Vec::new();
        for (op, operand) in links.into_iter().rev() {
            parts.push(self.line(end, operand.span.start, Doc::Line));
            parts.push(self.leading(operand.span.start));
            parts.push(Doc::from(format!("{} ", binary_symbol(op))));
            parts.push(self.expr_at(operand, tier.tighter()));
            end = operand.span.end;
        }
        docs![first, Doc::Concat(parts).nest()].group()
    }

    pub(super) fn list(&mut self, open: &str, items: &[impl AsExpr], close: &str, whole: Span) -> Doc {
        self.bracketed(open, items.iter().map(|e| item(e.as_expr())).collect(), close, whole)
    }

    pub(super) fn indices(&mut self, indices: &[Index], whole: Span) -> Doc {
        let items = indices.iter().map(|index| Item::new(index_span(index), move |p| p.index(index))).collect();
        self.bracketed("[", items, "]", whole)
    }

    fn index(&mut self, index: &Index) -> Doc {
        match index {
            // A lone `[]` means `[:]`; both are written `[:]`.
            Index::All(_) => Doc::from(":"),
            Index::Single(e) => self.expr(e),
            Index::From(e) => docs![self.expr(e), ":"],
            Index::To(e) => docs![":", self.expr(e)],
            Index::Between(a, b) => {
                let a = self.expr(a);
                docs![a, ":", self.expr(b)]
            }
        }
    }

    // Types

    pub(super) fn unsized_type(&mut self, ty: &UnsizedType) -> Doc {
        let comments = self.leading(ty.span.start);
        let body = match &ty.kind {
            UnsizedTypeKind::Int => Doc::from("int"),
            UnsizedTypeKind::Real => Doc::from("real"),
            UnsizedTypeKind::Complex => Doc::from("complex"),
            UnsizedTypeKind::Vector => Doc::from("vector"),
            UnsizedTypeKind::RowVector => Doc::from("row_vector"),
            UnsizedTypeKind::Matrix => Doc::from("matrix"),
            UnsizedTypeKind::ComplexVector => Doc::from("complex_vector"),
            UnsizedTypeKind::ComplexRowVector => Doc::from("complex_row_vector"),
            UnsizedTypeKind::ComplexMatrix => Doc::from("complex_matrix"),
            UnsizedTypeKind::Array(element, dims) => {
                let commas = ",".repeat(dims.saturating_sub(1));
                docs![format!("array[{commas}] "), self.unsized_type(element)]
            }
            UnsizedTypeKind::Tuple(slots) => {
                let items = slots.iter().map(|slot| Item::new(slot.span, move |p| p.unsized_type(slot))).collect();
                self.bracketed("tuple(", items, if slots.len() == 1 { ",)" } else { ")" }, ty.span)
            }
        };
        docs![comments, body]
    }

    pub(super) fn sized_type(&mut self, ty: &SizedType) -> Doc {
        let comments = self.leading(ty.span.start);
        let (word, sizes): (&str, Vec<&Expr>) = match &ty.kind {
            SizedTypeKind::Array(element, sizes) => {
                let sizes: Vec<&Expr> = sizes.iter().collect();
                let sizes = self.list("array[", &sizes, "] ", before(ty.span, element.span));
                return docs![comments, sizes, self.sized_type(element)];
            }
            SizedTypeKind::Tuple(slots) => {
                let items = slots.iter().map(|slot| Item::new(slot.span, move |p| p.sized_type(slot))).collect();
                let body = self.bracketed("tuple(", items, if slots.len() == 1 { ",)" } else { ")" }, ty.span);
                return docs![comments, body];
            }
            SizedTypeKind::Int => ("int", vec![]),
            SizedTypeKind::Real => ("real", vec![]),
            SizedTypeKind::Complex => ("complex", vec![]),
            SizedTypeKind::Vector(n) => ("vector", vec![n]),
            SizedTypeKind::RowVector(n) => ("row_vector", vec![n]),
            SizedTypeKind::Matrix(n, m) => ("matrix", vec![n, m]),
            SizedTypeKind::ComplexVector(n) => ("complex_vector", vec![n]),
            SizedTypeKind::ComplexRowVector(n) => ("complex_row_vector", vec![n]),
            SizedTypeKind::ComplexMatrix(n, m) => ("complex_matrix", vec![n, m]),
            SizedTypeKind::Simplex(n) => ("simplex", vec![n]),
            SizedTypeKind::UnitVector(n) => ("unit_vector", vec![n]),
            SizedTypeKind::SumToZeroVector(n) => ("sum_to_zero_vector", vec![n]),
            SizedTypeKind::SumToZeroMatrix(n, m) => ("sum_to_zero_matrix", vec![n, m]),
            SizedTypeKind::Ordered(n) => ("ordered", vec![n]),
            SizedTypeKind::PositiveOrdered(n) => ("positive_ordered", vec![n]),
            SizedTypeKind::CorrMatrix(n) => ("corr_matrix", vec![n]),
            SizedTypeKind::CovMatrix(n) => ("cov_matrix", vec![n]),
            SizedTypeKind::CholeskyFactorCorr(n) => ("cholesky_factor_corr", vec![n]),
            SizedTypeKind::CholeskyFactorCov(n, None) => ("cholesky_factor_cov", vec![n]),
            SizedTypeKind::CholeskyFactorCov(n, Some(m)) => ("cholesky_factor_cov", vec![n, m]),
            SizedTypeKind::RowStochasticMatrix(n, m) => ("row_stochastic_matrix", vec![n, m]),
            SizedTypeKind::ColumnStochasticMatrix(n, m) => ("column_stochastic_matrix", vec![n, m]),
        };
        let transform = self.transform(&ty.transform);
        let sizes = if sizes.is_empty() { Doc::Nil } else { self.list("[", &sizes, "]", ty.span) };
        docs![comments, word, transform, sizes]
    }

    fn transform(&mut self, transform: &Transform) -> Doc {
        let Transform { lower, upper, offset, multiplier, .. } = transform;
        let mut bounds: Vec<(&str, &Expr)> = Vec::new();
        for (word, bound) in [("lower", lower), ("upper", upper), ("offset", offset), ("multiplier", multiplier)] {
            if let Some(bound) = bound {
                bounds.push((word, bound));
            }
        }
        if bounds.is_empty() {
            return Doc::Nil;
        }
        let items = bounds
            .into_iter()
            .map(|(word, bound)| Item::new(bound.span, move |p| docs![word, "=", p.expr_at(bound, Tier::Additive)]))
            .collect();
        self.bracketed("<", items, ">", transform.span)
    }
}

/// What can be printed as an expression.
pub(super) trait AsExpr {
    fn as_expr(&self) -> &Expr;
}

impl AsExpr for Expr {
    fn as_expr(&self) -> &Expr {
        self
    }
}

impl AsExpr for Box<Expr> {
    fn as_expr(&self) -> &Expr {
        self
    }
}

impl AsExpr for &Expr {
    fn as_expr(&self) -> &Expr {
        self
    }
}

fn item(e: &Expr) -> Item<'_> {
    Item::new(e.span, move |p| p.expr(e))
}

fn index_span(index: &Index) -> Span {
    match index {
        Index::All(span) => *span,
        Index::Single(e) | Index::From(e) | Index::To(e) => e.span,
        Index::Between(a, b) => a.span.to(b.span),
    }
}

/// The part of `whole` that ends where `part` starts.
fn before(whole: Span, part: Span) -> Span {
    Span { end: part.start.max(whole.start), ..whole }
}
