//! What stands left of `~`: a variable or a part of one, perhaps seen through a function that can be undone.

use crate::build;
use crate::build::typed;
use crate::unparse::Unparse;
use ppl_grammar::ast;
use ppl_program::typed::*;

/// A part of a variable, as an outcome denotes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub variable: VarId,
    /// From the variable to the part.
    pub path: Vec<Vec<Index>>,
    /// Type of the part.
    pub ty: Type,
    /// What the outcome applies to the part, innermost first.
    pub seen_through: Vec<View>,
}

/// A function between a part and the outcome that has a density.
#[derive(Clone, Debug, PartialEq)]
pub enum View {
    /// `to_vector(x)` and its like; with the type it is applied to.
    Reshape {
        from: Type,
        to: Type,
    },
    Transpose,
    /// `x + by`, or `x - by`: the density of the part is that of the outcome.
    Shift {
        by: Expr,
        minus: bool,
    },
    /// Elementwise and one to one; what undoes it. Only data may be seen so: a density of a function of a parameter
    /// lacks the Jacobian.
    Elementwise {
        inverse: &'static str,
    },
}

impl Place {
    /// The place that an outcome denotes, if it is one.
    pub fn of(e: &Expr) -> Option<Place> {
        match &e.kind {
            ExprKind::Variable(variable) => {
                Some(Place { variable: *variable, path: Vec::new(), ty: e.ty.clone(), seen_through: Vec::new() })
            }
            ExprKind::Index { base, indices } => Place::of(base)?.part(indices.clone(), &e.ty),
            ExprKind::Call { callee: Callee::Operator(Operator::Transpose), arguments } => {
                Some(Place::of(&arguments[0])?.through(View::Transpose))
            }
            ExprKind::Call { callee: Callee::Operator(op @ (Operator::Plus | Operator::Minus)), arguments } => {
                let [a, b] = arguments.as_slice() else { return None };
                Place::of(a)?.shifted(b, *op == Operator::Minus, &e.ty)
            }
            ExprKind::Call { callee: Callee::Library(name), arguments } => Place::of_call(name, arguments, &e.ty),
            _ => None,
        }
    }

    fn of_call(name: &str, arguments: &[Expr], ty: &Type) -> Option<Place> {
        let inner = Place::of(arguments.first()?)?;
        let from = arguments[0].ty.clone();
        let minus = |a: Expr, b: Expr| typed::binary(Operator::Minus, a, b);
        let plus = |a: Expr, b: Expr| typed::binary(Operator::Plus, a, b);
        let size = || typed::call("size", vec![arguments[0].clone()], Type::Int);
        let argument = |i: usize| arguments.get(i).cloned();
        match name {
            "to_vector" | "to_row_vector" | "to_array_1d" if from == *ty => Some(inner),
            "to_vector" | "to_row_vector" | "to_array_1d" => {
                Some(inner.through(View::Reshape { from, to: ty.clone() }))
            }
            "transpose" => Some(inner.through(View::Transpose)),
            "log" => Some(inner.through(View::Elementwise { inverse: "exp" })),
            "log1p" => Some(inner.through(View::Elementwise { inverse: "expm1" })),
            "exp" => Some(inner.through(View::Elementwise { inverse: "log" })),
            "logit" => Some(inner.through(View::Elementwise { inverse: "inv_logit" })),
            "inv_logit" => Some(inner.through(View::Elementwise { inverse: "logit" })),
            "sqrt" => Some(inner.through(View::Elementwise { inverse: "square" })),
            "log10" => Some(inner.through(View::Elementwise { inverse: "10 ^" })),
            "head" => inner.part(vec![Index::To(argument(1)?)], ty),
            "tail" => {
                let first = plus(minus(size(), argument(1)?), typed::int(1));
                inner.part(vec![Index::From(first)], ty)
            }
            "segment" => {
                let last = minus(plus(argument(1)?, argument(2)?), typed::int(1));
                inner.part(vec![Index::Between(argument(1)?, last)], ty)
            }
            "row" => inner.part(vec![Index::Single(argument(1)?)], ty),
            "col" => inner.part(vec![Index::All, Index::Single(argument(1)?)], ty),
            _ => None,
        }
    }

    fn part(mut self, indices: Vec<Index>, ty: &Type) -> Option<Place> {
        if !self.seen_through.is_empty() {
            return None;
        }
        self.path.push(indices);
        self.ty = ty.clone();
        Some(self)
    }

    /// The place seen through `x + by`, which has the shape of x.
    fn shifted(self, by: &Expr, minus: bool, ty: &Type) -> Option<Place> {
        let seen = self.seen_through.last().map_or(&self.ty, |view| match view {
            View::Reshape { to, .. } => to,
            _ => &self.ty,
        });
        (seen == ty).then(|| self.through(View::Shift { by: by.clone(), minus }))
    }

    /// What the outcome adds to the part.
    pub fn shifts(&self) -> impl Iterator<Item = &Expr> {
        self.seen_through.iter().filter_map(|view| match view {
            View::Shift { by, .. } => Some(by),
            _ => None,
        })
    }

    fn through(mut self, view: View) -> Place {
        self.seen_through.push(view);
        self
    }

    /// Whether the outcome is the part itself, reshaped at most.
    pub fn keeps_measure(&self) -> bool {
        !self.seen_through.iter().any(|view| matches!(view, View::Elementwise { .. }))
    }

    /// Whether the place is all of its variable.
    pub fn is_whole(&self) -> bool {
        self.path.iter().flatten().all(|index| matches!(index, Index::All))
    }

    /// The indices, as one list.
    pub fn indices(&self) -> impl Iterator<Item = &Index> {
        self.path.iter().flatten()
    }

    /// The ends of the first range among the indices of a variable of these sizes: `2` and `T` of `y[i, 2:T]`. A list of positions is none.
    pub fn range(&self, sizes: &[&Expr]) -> Option<(Expr, Expr)> {
        let position = self.indices().position(|i| !matches!(i, Index::Single(_)));
        let dimension = position.unwrap_or(self.indices().count());
        let size = (*sizes.get(dimension)?).clone();
        match self.indices().nth(dimension) {
            None | Some(Index::All) => Some((typed::int(1), size)),
            Some(Index::To(last)) => Some((typed::int(1), last.clone())),
            Some(Index::From(first)) => Some((first.clone(), size)),
            Some(Index::Between(first, last)) => Some((first.clone(), last.clone())),
            Some(Index::Single(_) | Index::Multi(_)) => None,
        }
    }

    /// The part as the left side of an assignment to the variable called `name`.
    pub fn lvalue(&self, unparse: &Unparse, name: &str) -> ast::LValue {
        self.path.iter().fold(build::lvalue(name), |base, indices| build::lvalue_at(base, unparse.indices(indices)))
    }

    /// The part as an expression.
    pub fn expr(&self, unparse: &Unparse, name: &str) -> ast::Expr {
        self.path.iter().fold(build::variable(name), |base, indices| build::index(base, unparse.indices(indices)))
    }

    /// What to assign to the part so that the outcome has this value.
    pub fn undo(&self, value: ast::Expr, unparse: &Unparse, name: &str) -> ast::Expr {
        let mut value = value;
        for view in self.seen_through.iter().rev() {
            value = match view {
                View::Transpose => build::transpose(value),
                View::Shift { by, minus } => {
                    let op = if *minus { ast::BinaryOp::Plus } else { ast::BinaryOp::Minus };
                    build::binary(op, value, unparse.expr(by))
                }
                View::Elementwise { inverse: "10 ^" } => build::binary(ast::BinaryOp::EltPow, build::int(10), value),
                View::Elementwise { inverse } => build::call(inverse, vec![value]),
                View::Reshape { from, .. } => {
                    let part = || self.expr(unparse, name);
                    match from {
                        Type::Matrix => {
                            let sizes = ["rows", "cols"].map(|f| build::call(f, vec![part()]));
                            let [rows, columns] = sizes;
                            build::call("to_matrix", vec![value, rows, columns])
                        }
                        Type::Vector => build::call("to_vector", vec![value]),
                        Type::RowVector => build::call("to_row_vector", vec![value]),
                        _ => build::call("to_array_1d", vec![value]),
                    }
                }
            };
        }
        value
    }
}
