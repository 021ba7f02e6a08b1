//! What a model grammar says.

use crate::ast::{Expr, Statement};
use crate::span::Span;
use std::ops::Range;

#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    pub text: String,
    pub range: Range<usize>,
}

/// One value of a role, and how likely it is beside the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Grade {
    pub value: (f64, Range<usize>),
    pub weight: (f64, Range<usize>),
}

/// The kind of column that a rule points at.
#[derive(Clone, Debug, PartialEq)]
pub struct Kind(pub Name);

#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub name: Name,
    /// Any of these.
    pub kinds: Vec<Kind>,
}

/// An item as it is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    Grammar(Name),
    Start(Name),
    /// The Stan type of what a non-terminal stands for.
    Type {
        name: Name,
        ty: Name,
    },
    /// The scales that a constant of a prior may have.
    Role {
        name: Name,
        grades: Vec<Grade>,
    },
    /// The sum of terms, each there or not independently.
    Set {
        name: Name,
        of: Name,
        mean: (f64, Range<usize>),
    },
    Rule {
        nonterminal: Name,
        name: Name,
        parameters: Vec<Parameter>,
        weight: (f64, Range<usize>),
        outcomes: Vec<Name>,
        needs: Vec<Name>,
        body: Range<usize>,
    },
}

/// A model grammar with its bodies parsed; names are not resolved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelGrammar {
    pub items: Vec<Item>,
    /// One a rule, in order.
    pub bodies: Vec<Body>,
}

/// The body of a rule: declarations, statements, and the expression it stands for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    pub parameters: Vec<Statement>,
    pub model: Vec<Statement>,
    /// `None` where the rule makes statements only.
    pub result: Option<Expr>,
    /// In the order of the text; in the tree they are variables called [`hole`].
    pub holes: Vec<Hole>,
}

/// `$Name`: a non-terminal, a set or a role.
#[derive(Clone, Debug, PartialEq)]
pub struct Hole {
    pub name: String,
    pub span: Span,
}

/// The variable that stands for `$name` in the tree of a body.
pub fn hole(name: &str) -> String {
    format!("{HOLE}{name}")
}

/// What holes start with: as long as `$`, so that spans are those of the text.
pub(super) const HOLE: char = 'Q';
