//! Types of expressions, with their sizes as expressions over data.

use crate::syntax::{bare, plus, text};
use ppl_grammar::ast::{
    BinaryOp, Expr, ExprKind, Index, Program, SizedType, SizedTypeKind, Statement, StatementKind, UnsizedTypeKind,
};
use std::collections::HashMap;

/// The type of a value, with its sizes.
#[derive(Clone, Debug)]
pub enum Ty {
    Int,
    Real,
    Vector(Expr),
    Row(Expr),
    Ints(Expr),
    Reals(Expr),
    Matrix(Expr, Expr),
}

impl Ty {
    pub fn is_scalar(&self) -> bool {
        matches!(self, Ty::Int | Ty::Real)
    }

    /// The number of elements of what has one dimension.
    pub fn size(&self) -> Option<&Expr> {
        match self {
            Ty::Vector(n) | Ty::Row(n) | Ty::Ints(n) | Ty::Reals(n) => Some(n),
            _ => None,
        }
    }

    /// As a declaration spells it.
    pub fn declared(&self) -> SizedTypeKind {
        let array = |kind, n: &Expr| {
            let ty = SizedType { kind, transform: Default::default(), span: Default::default() };
            SizedTypeKind::Array(Box::new(ty), vec![n.clone()])
        };
        match self {
            Ty::Int => SizedTypeKind::Int,
            Ty::Real => SizedTypeKind::Real,
            Ty::Vector(n) => SizedTypeKind::Vector(n.clone()),
            Ty::Row(n) => SizedTypeKind::RowVector(n.clone()),
            Ty::Ints(n) => array(SizedTypeKind::Int, n),
            Ty::Reals(n) => array(SizedTypeKind::Real, n),
            Ty::Matrix(m, n) => SizedTypeKind::Matrix(m.clone(), n.clone()),
        }
    }

    /// As an argument of a function spells it.
    pub fn argument(&self) -> &'static str {
        match self {
            Ty::Int => "int",
            Ty::Real => "real",
            Ty::Vector(_) => "vector",
            Ty::Row(_) => "row_vector",
            Ty::Ints(_) => "array[] int",
            Ty::Reals(_) => "array[] real",
            Ty::Matrix(..) => "matrix",
        }
    }
}

/// The types of everything that a program declares (names are unique), and of what its functions return.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    pub variables: HashMap<String, Ty>,
    /// Names of data, and of parameters.
    pub data: Vec<String>,
    pub parameters: Vec<String>,
    functions: HashMap<String, bool>,
}

/// The types in a program.
pub fn scope(program: &Program) -> Scope {
    let mut scope = Scope::default();
    for function in program.functions.iter().flat_map(|b| &b.items) {
        let vector = matches!(&function.return_type, Some(ty) if ty.kind == UnsizedTypeKind::Vector);
        scope.functions.insert(function.name.name.clone(), vector);
    }
    let blocks = [
        &program.data,
        &program.transformed_data,
        &program.parameters,
        &program.transformed_parameters,
        &program.model,
    ];
    for (place, block) in blocks.into_iter().enumerate() {
        for s in block.iter().flat_map(|b| &b.items) {
            collect(s, &mut scope);
            if let StatementKind::Declare { variables, .. } = &s.kind {
                let names = variables.iter().map(|(name, _)| name.name.clone());
                match place {
                    0 | 1 => scope.data.extend(names),
                    2 => scope.parameters.extend(names),
                    _ => {}
                }
            }
        }
    }
    scope
}

fn collect(s: &Statement, scope: &mut Scope) {
    match &s.kind {
        StatementKind::Declare { ty, variables, .. } => {
            if let Some(ty) = of_declaration(&ty.kind) {
                for (name, _) in variables {
                    scope.variables.insert(name.name.clone(), ty.clone());
                }
            }
        }
        StatementKind::For { variable, .. } => {
            scope.variables.insert(variable.name.clone(), Ty::Int);
        }
        _ => {}
    }
    crate::places::inner(&mut s.clone(), &mut |s| collect(s, scope));
}

fn of_declaration(kind: &SizedTypeKind) -> Option<Ty> {
    Some(match kind {
        SizedTypeKind::Int => Ty::Int,
        SizedTypeKind::Real => Ty::Real,
        SizedTypeKind::Vector(n) => Ty::Vector(n.clone()),
        SizedTypeKind::RowVector(n) => Ty::Row(n.clone()),
        SizedTypeKind::Matrix(m, n) => Ty::Matrix(m.clone(), n.clone()),
        SizedTypeKind::Array(element, sizes) => match (&element.kind, sizes.as_slice()) {
            (SizedTypeKind::Int, [n]) => Ty::Ints(n.clone()),
            (SizedTypeKind::Real, [n]) => Ty::Reals(n.clone()),
            _ => return None,
        },
        _ => return None,
    })
}

impl Scope {
    /// Whether a density is a function of the program: it takes what it was made for.
    pub fn is_own_density(&self, name: &str) -> bool {
        ["lpdf", "lpmf"].iter().any(|suffix| self.functions.contains_key(&format!("{name}_{suffix}")))
    }

    /// The type of an expression; `None` for what these programs do not use.
    pub fn ty(&self, e: &Expr) -> Option<Ty> {
        match &e.kind {
            ExprKind::Int(_) => Some(Ty::Int),
            ExprKind::Real(_) | ExprKind::Conditional { .. } => Some(Ty::Real),
            ExprKind::Variable(name) => self.variables.get(name).cloned(),
            ExprKind::Paren(inner) => self.ty(inner),
            ExprKind::Unary { operand, .. } => self.ty(operand),
            ExprKind::Transpose(inner) => match self.ty(inner)? {
                Ty::Vector(n) => Some(Ty::Row(n)),
                Ty::Row(n) => Some(Ty::Vector(n)),
                Ty::Matrix(m, n) => Some(Ty::Matrix(n, m)),
                _ => None,
            },
            ExprKind::Binary { op, left, right } => self.binary(*op, self.ty(left)?, self.ty(right)?),
            ExprKind::Index { base, indices } => {
                let base = self.ty(base)?;
                self.index(base, indices)
            }
            ExprKind::Call { name, arguments } => self.call(&name.name, arguments),
            _ => None,
        }
    }

    fn binary(&self, op: BinaryOp, left: Ty, right: Ty) -> Option<Ty> {
        use BinaryOp as B;
        match (op, left, right) {
            (B::Times, Ty::Matrix(m, _), Ty::Vector(_)) => Some(Ty::Vector(m)),
            (B::Times, Ty::Row(_), Ty::Vector(_)) => Some(Ty::Real),
            (B::Plus | B::Minus | B::Times, Ty::Int, Ty::Int) => Some(Ty::Int),
            (_, a, b) if a.is_scalar() && b.is_scalar() => Some(Ty::Real),
            (_, Ty::Vector(n), other) | (_, other, Ty::Vector(n))
                if other.is_scalar() || matches!(other, Ty::Vector(_)) =>
            {
                Some(Ty::Vector(n))
            }
            (_, Ty::Row(n), other) | (_, other, Ty::Row(n)) if other.is_scalar() || matches!(other, Ty::Row(_)) => {
                Some(Ty::Row(n))
            }
            _ => None,
        }
    }

    fn index(&self, base: Ty, indices: &[Index]) -> Option<Ty> {
        let of = |n: Expr| match &base {
            Ty::Vector(_) => Some(Ty::Vector(n)),
            Ty::Row(_) => Some(Ty::Row(n)),
            Ty::Ints(_) => Some(Ty::Ints(n)),
            Ty::Reals(_) => Some(Ty::Reals(n)),
            _ => None,
        };
        match (&base, indices) {
            (Ty::Matrix(_, n), [Index::Single(i)]) if matches!(self.ty(i)?, Ty::Int) => Some(Ty::Row(n.clone())),
            (Ty::Matrix(m, n), [Index::Between(a, b)]) if text(b) == text(m) => {
                Some(Ty::Matrix(length(a, b), n.clone()))
            }
            (Ty::Matrix(m, _), [Index::All(_), Index::Single(i)]) if matches!(self.ty(i)?, Ty::Int) => {
                Some(Ty::Vector(m.clone()))
            }
            (Ty::Matrix(..), [Index::Single(_), Index::Single(_)]) => Some(Ty::Real),
            (Ty::Ints(_), [Index::Single(i)]) if matches!(self.ty(i)?, Ty::Int) => Some(Ty::Int),
            (_, [Index::Single(i)]) => match self.ty(i)? {
                Ty::Int => Some(Ty::Real),
                Ty::Ints(n) => of(n),
                _ => None,
            },
            (_, [Index::Between(a, b)]) => of(length(a, b)),
            (_, [Index::To(b)]) => of(b.clone()),
            (_, [Index::From(a)]) => of(length(a, base.size()?)),
            _ => None,
        }
    }

    fn call(&self, name: &str, arguments: &[Expr]) -> Option<Ty> {
        if let Some(vector) = self.functions.get(name) {
            // vectors that functions return are as long as their first argument that is one
            let first = || arguments.iter().filter_map(|a| self.ty(a)).find(|ty| matches!(ty, Ty::Vector(_)));
            return if *vector { first() } else { Some(Ty::Real) };
        }
        match (name, arguments) {
            ("sum" | "dot_product" | "dot_self" | "log_mix" | "mean", _) => Some(Ty::Real),
            ("rep_vector", [_, n]) => Some(Ty::Vector(n.clone())),
            ("to_vector", [x]) => self.ty(x)?.size().cloned().map(Ty::Vector),
            (_, [x]) => match self.ty(x)? {
                Ty::Int => Some(Ty::Real),
                ty => Some(ty),
            },
            (_, [x, y]) => self.binary(BinaryOp::Plus, self.ty(x)?, self.ty(y)?),
            _ => None,
        }
    }
}

/// `b - a + 1`
fn length(a: &Expr, b: &Expr) -> Expr {
    match &bare(a).kind {
        ExprKind::Int(digits) => plus(b.clone(), 1 - digits.parse::<i64>().unwrap_or(1)),
        _ => plus(crate::syntax::binary(BinaryOp::Minus, b.clone(), a.clone()), 1),
    }
}

/// A name that is not taken in a program, nor is any that continues it with an underscore.
pub fn fresh(program: &Program, base: &str) -> String {
    let text = crate::syntax::print(program);
    let words: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let taken = |name: &str| words.iter().any(|word| *word == name || word.starts_with(&format!("{name}_")));
    let mut name = base.to_string();
    for number in 1.. {
        name = format!("{base}{number}");
        if !taken(&name) {
            break;
        }
    }
    name
}
