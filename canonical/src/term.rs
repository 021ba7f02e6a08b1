//! Terms: expressions in which what is equal by the laws of arithmetic is the same node.
//!
//! Terms live in an arena and are hash-consed, so equality is equality of [`Id`]s. Loops are comprehensions with
//! de Bruijn indices ([`Kind::Bound`], 0 is the innermost), so names of loop variables do not exist. A vector expression is
//! the comprehension of its elements: `a + b * x` is `Build(N, a + b * x[i])`, the same as the loop that fills it.

pub mod arithmetic;
pub mod build;
mod functions;
mod substitute;

use ppl_program::typed::{Form, FunctionId, Type};
use ppl_runtime::functions::Operator;
use std::collections::HashMap;
use std::rc::Rc;

/// A term of an arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(pub u32);

/// Index into [`Terms::variables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Var(pub u32);

/// What a call calls.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Fun {
    Operator(Operator),
    Library(Rc<str>),
    Density {
        family: Rc<str>,
        form: Form,
    },
    User {
        function: FunctionId,
        form: Form,
    },
    And,
    Or,
    /// Condition, then, otherwise; evaluates one of the two.
    Ternary,
    ArrayLiteral,
    RowLiteral,
    MatrixLiteral,
    Tuple,
    /// Counted from 1.
    Project(usize),
    /// A user function that is passed to another.
    Function(FunctionId),
    Target,
    Imaginary(u64),
}

/// What a comprehension makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Container {
    Vector,
    RowVector,
    Array,
    /// Of row vectors.
    Matrix,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Also whole real numbers: `2.0` is `2` (its use says which is meant).
    Int(i64),
    /// Bits of a number that is not whole.
    Real(u64),
    Var(Var),
    /// A loop variable: 1, 2, ..., size. 0 is that of the innermost loop or comprehension around.
    Bound(u32),
    /// Sorted; no sum in it, at most one number, no two terms that differ by a factor only.
    Sum(Box<[Id]>),
    /// Sorted; no product in it, at most one number.
    Product(Box<[Id]>),
    /// Base and exponent; quotients and roots are powers.
    Power(Id, Id),
    Call(Fun, Box<[Id]>),
    /// Elements only; slices are comprehensions.
    Index(Id, Box<[Id]>),
    /// Size, and the element as a function of `Bound(0)`.
    Build(Container, Id, Id),
}

#[derive(Clone, Debug)]
pub struct Node {
    pub kind: Kind,
    pub ty: Type,
    /// One more than the largest free index of a loop variable; 0 where the term is closed.
    pub free: u32,
    /// Whether a parameter (or what is computed from one) is in it.
    pub parametric: bool,
    /// Nodes of the term written out as a tree, at most `u32::MAX`.
    pub size: u32,
}

/// What is known about a variable.
#[derive(Clone, Debug)]
pub struct Variable {
    /// The name in the program that was read; empty for what has none.
    pub name: String,
    pub ty: Type,
    /// One size a dimension (arrays first).
    pub sizes: Vec<Id>,
    pub parametric: bool,
}

/// The arena.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    nodes: Vec<Node>,
    index: HashMap<(Kind, Type), Id>,
    pub variables: Vec<Variable>,
    /// A sign was chosen by the order in which variables were declared.
    pub arbitrary: bool,
}

impl Terms {
    pub fn node(&self, id: Id) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub fn kind(&self, id: Id) -> &Kind {
        &self.nodes[id.0 as usize].kind
    }

    pub fn ty(&self, id: Id) -> &Type {
        &self.nodes[id.0 as usize].ty
    }

    pub fn is_closed(&self, id: Id) -> bool {
        self.node(id).free == 0
    }

    pub fn is_parametric(&self, id: Id) -> bool {
        self.node(id).parametric
    }

    pub fn declare(&mut self, variable: Variable) -> Var {
        self.variables.push(variable);
        Var(self.variables.len() as u32 - 1)
    }

    pub fn int(&mut self, value: i64) -> Id {
        self.intern(Kind::Int(value), Type::Int)
    }

    /// A real number; a whole one is the integer.
    pub fn real(&mut self, value: f64) -> Id {
        let whole = value == value.trunc() && value.abs() < 2e9 && !(value == 0.0 && value.is_sign_negative());
        match whole {
            true => self.int(value as i64),
            false => self.intern(Kind::Real(value.to_bits()), Type::Real),
        }
    }

    /// The number that a term is.
    pub fn number(&self, id: Id) -> Option<f64> {
        match self.kind(id) {
            Kind::Int(i) => Some(*i as f64),
            Kind::Real(bits) => Some(f64::from_bits(*bits)),
            _ => None,
        }
    }

    pub fn is(&self, id: Id, value: f64) -> bool {
        self.number(id) == Some(value)
    }

    pub fn var(&mut self, var: Var) -> Id {
        let ty = self.variables[var.0 as usize].ty.clone();
        self.intern(Kind::Var(var), ty)
    }

    pub fn bound(&mut self, index: u32) -> Id {
        self.intern(Kind::Bound(index), Type::Int)
    }

    /// A call as it stands: arithmetic has constructors of its own.
    pub fn call(&mut self, fun: Fun, arguments: Vec<Id>, ty: Type) -> Id {
        self.intern(Kind::Call(fun, arguments.into()), ty)
    }

    pub fn library(&mut self, name: &str, arguments: Vec<Id>, ty: Type) -> Id {
        self.call(Fun::Library(name.into()), arguments, ty)
    }

    fn intern(&mut self, kind: Kind, ty: Type) -> Id {
        let key = (kind, ty);
        if let Some(&id) = self.index.get(&key) {
            return id;
        }
        let (kind, ty) = key;
        let (mut free, mut parametric, mut size) = (0, false, 1_u32);
        let mut join = |nodes: &[Node], id: Id, under: u32| {
            let node = &nodes[id.0 as usize];
            free = free.max(node.free.saturating_sub(under));
            parametric |= node.parametric;
            size = size.saturating_add(node.size);
        };
        match &kind {
            Kind::Int(_) | Kind::Real(_) => {}
            Kind::Var(var) => parametric = self.variables[var.0 as usize].parametric,
            Kind::Bound(index) => free = index + 1,
            Kind::Sum(items) | Kind::Product(items) | Kind::Call(_, items) => {
                items.iter().for_each(|&item| join(&self.nodes, item, 0));
            }
            Kind::Power(base, exponent) => {
                join(&self.nodes, *base, 0);
                join(&self.nodes, *exponent, 0);
            }
            Kind::Index(base, indices) => {
                join(&self.nodes, *base, 0);
                indices.iter().for_each(|&item| join(&self.nodes, item, 0));
            }
            Kind::Build(_, count, body) => {
                join(&self.nodes, *count, 0);
                join(&self.nodes, *body, 1);
            }
        }
        parametric |= matches!(&kind, Kind::Call(Fun::Target, _));
        let id = Id(self.nodes.len() as u32);
        self.nodes.push(Node { kind: kind.clone(), ty: ty.clone(), free, parametric, size });
        self.index.insert((kind, ty), id);
        id
    }

    /// Visits a term and the terms in it, each once.
    pub fn visit(&self, id: Id, visit: &mut dyn FnMut(Id)) {
        let mut seen = std::collections::HashSet::new();
        let mut stack = vec![id];
        while let Some(id) = stack.pop() {
            if seen.insert(id) {
                visit(id);
                self.children(id, &mut |child| stack.push(child));
            }
        }
    }

    /// Whether a variable occurs in a term.
    pub fn mentions(&self, id: Id, var: impl Fn(Var) -> bool) -> bool {
        let mut found = false;
        self.visit(id, &mut |id| {
            if let Kind::Var(v) = self.kind(id) {
                found |= var(*v);
            }
        });
        found
    }

    /// Calls `visit` with each direct part of a term.
    pub fn children(&self, id: Id, visit: &mut dyn FnMut(Id)) {
        match self.kind(id) {
            Kind::Int(_) | Kind::Real(_) | Kind::Var(_) | Kind::Bound(_) => {}
            Kind::Sum(items) | Kind::Product(items) | Kind::Call(_, items) => items.iter().copied().for_each(visit),
            Kind::Power(a, b) | Kind::Build(_, a, b) => [*a, *b].into_iter().for_each(visit),
            Kind::Index(base, indices) => {
                visit(*base);
                indices.iter().copied().for_each(visit);
            }
        }
    }
}
