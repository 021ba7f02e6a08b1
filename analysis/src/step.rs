//! The model as a list of steps: what is computed, what is given a density, and what else is added to `target`.

use crate::place::Place;
use ppl_grammar::ast;
use ppl_grammar::span::Span;
use ppl_program::typed::*;
use std::collections::BTreeSet;

/// A statement of the transformed parameters or model block, with its densities made explicit.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// No density in it.
    Plain(Statement),
    Draw(Draw),
    /// One of several draws, chosen with these log weights.
    Mixture(Mixture),
    /// An outcome of integers, drawn by adding up its probabilities: `steps` is all that `place` has a part in. `held` says
    /// that something computed from the outcome stays as it is given.
    Enumerate {
        place: Place,
        steps: Vec<Step>,
        held: bool,
        /// What the steps call the given value of `place`.
        given: Option<VarId>,
        /// The values that it can take, where not the declared bounds say so. Those for which a term is no number are impossible.
        range: Option<(Expr, Expr)>,
        span: Span,
    },
    /// The index of a component or state, drawn with these log weights.
    Choose(Choose),
    /// A number that is seen only outside of some sets.
    Censored(Censored),
    /// What is seen of something that is drawn elsewhere.
    Taken(Taken),
    /// `target += e`, where `e` is no density of something.
    Factor(Factor),
    /// The statement is a loop; its body is here.
    Loop {
        header: Statement,
        body: Vec<Step>,
    },
    Branch {
        condition: Expr,
        then: Vec<Step>,
        otherwise: Vec<Step>,
        span: Span,
    },
    /// Statements that a pass has written, which draw a variable.
    Made(Made),
}

/// See [`Step::Made`].
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    pub variable: VarId,
    pub reads: BTreeSet<VarId>,
    pub statements: Vec<ast::Statement>,
}

/// `place ~ family(arguments) T[,]`, however it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw {
    pub place: Place,
    /// The outcome as written: type and text.
    pub outcome: Expr,
    pub density: Callee,
    pub arguments: Vec<Expr>,
    pub truncation: Option<Truncation>,
    pub span: Span,
}

/// `target += log_sum_exp(log_weight + log density, ...)`
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    pub components: Vec<Component>,
    /// What is added to `target`.
    pub term: Expr,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// Terms of the log weight.
    pub log_weight: Vec<Expr>,
    pub draws: Vec<Draw>,
}

/// See [`Step::Choose`].
#[derive(Clone, Debug, PartialEq)]
pub struct Choose {
    /// An integer, or an element of a list of integers.
    pub target: LValue,
    /// A vector.
    pub log_weights: VarId,
    /// Whether the weights must add up to one. Where no parameter enters them, any constant will do.
    pub checked: bool,
    pub span: Span,
}

/// See [`Step::Taken`].
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    pub place: Place,
    pub value: Expr,
    pub span: Span,
}

/// A number that is seen as it is, or as lying in a set: one branch of the program for each.
#[derive(Clone, Debug, PartialEq)]
pub struct Censored {
    /// The number where it is seen.
    pub draw: Draw,
    /// The integer that says how it is seen; without it, the number itself says so.
    pub status: Option<Place>,
    pub cases: Vec<Case>,
    pub span: Span,
}

/// A branch of [`Censored`].
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// `None` for the last branch.
    pub condition: Option<Expr>,
    /// The set in which the number lies; `None` where it is seen.
    pub set: Option<Set>,
    /// A value of the status that leads to this branch.
    pub code: i32,
}

/// `lower < x <= upper`
#[derive(Clone, Debug, PartialEq)]
pub struct Set {
    pub lower: Option<Expr>,
    pub upper: Option<Expr>,
}

impl Set {
    pub fn ends(&self) -> impl Iterator<Item = &Expr> {
        self.lower.iter().chain(&self.upper)
    }
}

impl Censored {
    /// What is drawn.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        std::iter::once(&self.draw.place).chain(&self.status)
    }

    /// Whether this variable is the number or the status.
    pub fn is_drawn(&self, variable: VarId) -> bool {
        self.places().any(|p| p.variable == variable)
    }

    /// Whether the ends of a set are in the number itself: the time of censoring. Such a set is known only for a number that is
    /// given as censored.
    pub fn is_own(&self, case: &Case) -> bool {
        let mut own = false;
        case.set.iter().flat_map(Set::ends).for_each(|end| {
            end.for_each(&mut |e| own |= e.kind == ExprKind::Variable(self.draw.place.variable));
        });
        own
    }

    /// Whether there are values of the status that lead to no branch.
    pub fn is_open(&self) -> bool {
        self.cases.iter().all(|c| c.condition.is_some())
    }

    /// Whether the given values have a say.
    pub fn keeps_given(&self) -> bool {
        self.is_open() || self.cases.iter().any(|c| self.is_own(c))
    }

    /// What the conditions and sets read.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        self.cases.iter().flat_map(|c| c.condition.iter().chain(c.set.iter().flat_map(Set::ends)))
    }
}

/// A term of `target` that is no density of a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    /// `None` for a call that changes `target` inside.
    pub term: Option<Expr>,
    /// The statement it came from.
    pub statement: Statement,
    pub negative: bool,
}

impl Factor {
    pub fn span(&self) -> Span {
        self.statement.span
    }
}

impl Step {
    /// Visits the step and every step in it, outermost first, but not the terms of an outcome drawn by its probabilities.
    pub fn for_each<'a>(&'a self, visit: &mut dyn FnMut(&'a Step)) {
        visit(self);
        match self {
            Step::Loop { body, .. } => body.iter().for_each(|s| s.for_each(visit)),
            Step::Branch { then, otherwise, .. } => then.iter().chain(otherwise).for_each(|s| s.for_each(visit)),
            Step::Plain(_)
            | Step::Draw(_)
            | Step::Mixture(_)
            | Step::Factor(_)
            | Step::Made(_)
            | Step::Choose(_)
            | Step::Censored(_)
            | Step::Taken(_)
            | Step::Enumerate { .. } => {}
        }
    }

    /// The draws directly in this step: one, or those of a mixture's components.
    pub fn draws(&self) -> Vec<&Draw> {
        match self {
            Step::Draw(draw) => vec![draw],
            Step::Mixture(mixture) => mixture.components.iter().flat_map(|c| &c.draws).collect(),
            _ => Vec::new(),
        }
    }

    /// The places that this step, and the steps in it, give values to by drawing.
    pub fn places(&self) -> Vec<&Place> {
        let mut out = Vec::new();
        let mut stack = vec![self];
        while let Some(step) = stack.pop() {
            match step {
                Step::Enumerate { place, .. } => out.push(place),
                Step::Censored(censored) => out.extend(censored.places()),
                Step::Taken(taken) => out.push(&taken.place),
                Step::Loop { body, .. } => stack.extend(body.iter().rev()),
                Step::Branch { then, otherwise, .. } => stack.extend(then.iter().chain(otherwise).rev()),
                _ => out.extend(step.draws().into_iter().map(|d| &d.place)),
            }
        }
        out
    }

    pub fn span(&self) -> Span {
        match self {
            Step::Plain(s) | Step::Loop { header: s, .. } => s.span,
            Step::Draw(d) => d.span,
            Step::Mixture(m) => m.span,
            Step::Choose(c) => c.span,
            Step::Censored(c) => c.span,
            Step::Taken(t) => t.span,
            Step::Factor(f) => f.span(),
            Step::Enumerate { span, .. } | Step::Branch { span, .. } => *span,
            Step::Made(_) => Span::default(),
        }
    }
}

/// Variables that a step reads, assigns and draws.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Uses {
    pub reads: BTreeSet<VarId>,
    pub assigns: BTreeSet<VarId>,
    pub draws: BTreeSet<VarId>,
    pub declares: BTreeSet<VarId>,
}

impl Uses {
    pub fn of(step: &Step) -> Uses {
        let mut uses = Uses::default();
        uses.add(step);
        uses
    }

    pub fn of_all<'a>(steps: impl IntoIterator<Item = &'a Step>) -> Uses {
        let mut uses = Uses::default();
        steps.into_iter().for_each(|step| uses.add(step));
        uses
    }

    fn add(&mut self, step: &Step) {
        match step {
            Step::Plain(statement) => self.statement(statement),
            Step::Draw(draw) => self.draw(draw),
            Step::Mixture(mixture) => {
                for component in &mixture.components {
                    component.log_weight.iter().for_each(|e| self.reads_of(e));
                    component.draws.iter().for_each(|d| self.draw(d));
                }
            }
            Step::Choose(choose) => {
                self.reads.insert(choose.log_weights);
                self.assigns.insert(choose.target.variable);
                for access in &choose.target.path {
                    if let Access::Index(indices) = access {
                        indices.iter().for_each(|index| index.for_each(&mut |e| self.read_node(e)));
                    }
                }
            }
            Step::Taken(taken) => {
                self.reads_of(&taken.value);
                self.place(&taken.place);
                self.draws.insert(taken.place.variable);
            }
            Step::Censored(censored) => {
                let mut given = Uses::default();
                censored.expressions().for_each(|e| given.reads_of(e));
                self.reads.extend(given.reads.into_iter().filter(|v| !censored.is_drawn(*v)));
                self.draw(&censored.draw);
                if let Some(status) = &censored.status {
                    self.place(status);
                    self.draws.insert(status.variable);
                }
            }
            Step::Factor(factor) => match &factor.term {
                Some(term) => self.reads_of(term),
                None => self.statement(&factor.statement),
            },
            Step::Enumerate { place, steps, given, .. } => {
                let inner = Uses::of_all(steps);
                self.declares.extend(given);
                self.reads.extend(inner.reads.iter().filter(|v| **v != place.variable));
                self.assigns.extend(&inner.assigns);
                self.declares.extend(&inner.declares);
                self.place(place);
                self.draws.insert(place.variable);
            }
            Step::Loop { header, body } => {
                match &header.kind {
                    StatementKind::For { variable, lower, upper, .. } => {
                        self.declares.insert(*variable);
                        self.reads_of(lower);
                        self.reads_of(upper);
                    }
                    StatementKind::ForEach { variable, range, .. } => {
                        self.declares.insert(*variable);
                        self.reads_of(range);
                    }
                    StatementKind::While { condition, .. } => self.reads_of(condition),
                    _ => {}
                }
                body.iter().for_each(|s| self.add(s));
            }
            Step::Branch { condition, then, otherwise, .. } => {
                self.reads_of(condition);
                then.iter().chain(otherwise).for_each(|s| self.add(s));
            }
            Step::Made(made) => {
                self.reads.extend(&made.reads);
                self.draws.insert(made.variable);
            }
        }
    }

    fn draw(&mut self, draw: &Draw) {
        draw.arguments.iter().for_each(|e| self.reads_of(e));
        if let Some(truncation) = &draw.truncation {
            truncation.lower.iter().chain(&truncation.upper).for_each(|e| self.reads_of(e));
        }
        self.place(&draw.place);
        self.draws.insert(draw.place.variable);
    }

    fn place(&mut self, place: &Place) {
        place.indices().for_each(|index| index.for_each(&mut |e| self.read_node(e)));
        place.shifts().for_each(|by| self.reads_of(by));
    }

    pub fn reads_of(&mut self, e: &Expr) {
        e.for_each(&mut |e| self.read_node(e));
    }

    fn read_node(&mut self, e: &Expr) {
        if let ExprKind::Variable(variable) = e.kind {
            self.reads.insert(variable);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        statement.for_each_expr(&mut |e| self.read_node(e));
        statement.for_each(&mut |s| match &s.kind {
            StatementKind::Declare(declaration) => {
                self.declares.insert(declaration.variable);
                if declaration.initial.is_some() {
                    self.assigns.insert(declaration.variable);
                }
            }
            StatementKind::Assign { target, .. } => {
                self.assigns.insert(target.variable);
            }
            StatementKind::AssignTuple { targets, .. } => self.assigns.extend(targets.iter().map(|t| t.variable)),
            StatementKind::For { variable, .. } | StatementKind::ForEach { variable, .. } => {
                self.declares.insert(*variable);
            }
            _ => {}
        });
    }
}
