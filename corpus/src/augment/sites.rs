//! Where a program has densities: `outcome ~ family(arguments)`, or the same as a term of `target`.

use ppl_analysis::place::Place;
use ppl_analysis::support::support;
use ppl_program::typed::{Callee, Expr, ExprKind, Form, Index, Origin, Program, Statement, StatementKind, Type, VarId};
use ppl_runtime::catalogue::{self, Kind};
use ppl_runtime::families::scalar_family;

/// What a density is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Observed(VarId),
    Prior(VarId),
}

/// A loop around a statement.
#[derive(Clone, Debug)]
pub struct Loop {
    pub variable: VarId,
    pub lower: Expr,
    pub upper: Expr,
    /// Place of the loop, as of statements.
    pub number: usize,
    /// Whether it does nothing but declare and compute locals of its own, and give densities to data.
    pub only_observes: bool,
}

/// A density of the model block.
#[derive(Clone, Debug)]
pub struct Site {
    /// Place of the statement: how many begin before it.
    pub number: usize,
    pub family: String,
    pub outcome: Expr,
    pub arguments: Vec<Expr>,
    pub role: Role,
    /// Written with `~`.
    pub tilde: bool,
    pub truncated: bool,
    /// From the outermost.
    pub loops: Vec<Loop>,
    /// Within `if` or `while`.
    pub conditional: bool,
}

impl Site {
    pub fn variable(&self) -> VarId {
        match self.role {
            Role::Observed(variable) | Role::Prior(variable) => variable,
        }
    }

    pub fn is_observed(&self) -> bool {
        matches!(self.role, Role::Observed(_))
    }

    /// A family of single numbers, and an outcome that is a number or a list of them.
    pub fn is_scalar(&self) -> bool {
        let flat = |ty: &Type| match ty {
            Type::Int | Type::Real | Type::Vector | Type::RowVector => true,
            Type::Array(element, 1) => element.is_real_scalar(),
            _ => false,
        };
        scalar_family(&self.family).is_some()
            && flat(&self.outcome.ty)
            && self.arguments.iter().all(|a| flat(&a.ty))
            && (!self.outcome.ty.is_real_scalar() || self.arguments.iter().all(|a| a.ty.is_real_scalar()))
    }

    pub fn is_discrete(&self) -> bool {
        catalogue::family(&self.family).is_some_and(|family| family.kind == Kind::Discrete)
    }

    /// Whether the outcomes are all numbers above 0, `Some(false)` where they are all numbers; else `None`.
    pub fn is_positive(&self) -> Option<bool> {
        let joint = matches!(
            self.family.as_str(),
            "multi_normal"
                | "multi_normal_cholesky"
                | "multi_normal_prec"
                | "multi_student_t"
                | "multi_student_t_cholesky"
                | "normal_id_glm"
        );
        if self.is_discrete() || (scalar_family(&self.family).is_none() && !joint) {
            return None;
        }
        let bounds = support(&self.family, &self.arguments);
        match (bounds.lower, bounds.upper) {
            (None, None) if !matches!(self.family.as_str(), "von_mises" | "wiener") => Some(false),
            (Some(Expr { kind: ExprKind::Real(0.0), .. }), None) => Some(true),
            _ => None,
        }
    }
}

/// The densities of data and parameters in the model block, in the order of the text.
pub fn sites(program: &Program) -> Vec<Site> {
    let mut walk = Walk { program, number: 0, loops: Vec::new(), conditional: false, out: Vec::new() };
    program.model.iter().for_each(|s| walk.statement(s));
    walk.out
}

struct Walk<'a> {
    program: &'a Program,
    number: usize,
    loops: Vec<Loop>,
    conditional: bool,
    out: Vec<Site>,
}

impl Walk<'_> {
    fn statement(&mut self, s: &Statement) {
        let number = self.number;
        self.number += 1;
        match &s.kind {
            StatementKind::Tilde { density: Callee::Distribution { family, .. }, outcome, arguments, truncation } => {
                self.site(number, family, outcome, arguments, (true, truncation.is_some()));
            }
            StatementKind::TargetPlus(Expr {
                kind:
                    ExprKind::Call {
                        callee: Callee::Distribution { family, form: Form::Log | Form::LogUnnormalised },
                        arguments,
                    },
                ..
            }) => {
                if let Some((outcome, rest)) = arguments.split_first() {
                    self.site(number, family, outcome, rest, (false, false));
                }
            }
            StatementKind::For { variable, lower, upper, body } => {
                let only_observes = only_observes(self.program, body);
                let (lower, upper) = (lower.clone(), upper.clone());
                self.loops.push(Loop { variable: *variable, lower, upper, number, only_observes });
                self.statement(body);
                self.loops.pop();
            }
            // the index of such a loop is no number of a row
            StatementKind::ForEach { body, .. } | StatementKind::While { body, .. } => {
                self.under(|walk| walk.statement(body));
            }
            StatementKind::If { then, otherwise, .. } => self.under(|walk| {
                walk.statement(then);
                otherwise.iter().for_each(|s| walk.statement(s));
            }),
            StatementKind::Block(body) | StatementKind::Profile { body, .. } => {
                body.iter().for_each(|s| self.statement(s));
            }
            _ => {}
        }
    }

    fn under(&mut self, walk: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.conditional, true);
        walk(self);
        self.conditional = before;
    }

    fn site(&mut self, number: usize, family: &str, outcome: &Expr, arguments: &[Expr], how: (bool, bool)) {
        let Some(place) = Place::of(outcome).filter(|place| place.seen_through.is_empty()) else { return };
        let role = match self.program.variable(place.variable).origin {
            Origin::Data => Role::Observed(place.variable),
            Origin::Parameter => Role::Prior(place.variable),
            _ => return,
        };
        self.out.push(Site {
            number,
            family: family.to_string(),
            outcome: outcome.clone(),
            arguments: arguments.to_vec(),
            role,
            tilde: how.0,
            truncated: how.1,
            loops: self.loops.clone(),
            conditional: self.conditional,
        });
    }
}

/// See [`Loop::only_observes`].
fn only_observes(program: &Program, body: &Statement) -> bool {
    let mut own = Vec::new();
    ppl_analysis::unparse::declared(body, &mut own);
    let of_data = |e: &Expr| Place::of(e).is_some_and(|p| program.variable(p.variable).origin == Origin::Data);
    let mut all = true;
    body.for_each(&mut |s| {
        all &= match &s.kind {
            StatementKind::Declare(_) | StatementKind::Block(_) | StatementKind::For { .. } | StatementKind::Skip => {
                true
            }
            StatementKind::Assign { target, .. } => own.contains(&target.variable),
            StatementKind::Tilde { outcome, .. } => of_data(outcome),
            StatementKind::TargetPlus(e) => match &e.kind {
                ExprKind::Call { callee: Callee::Distribution { .. }, arguments } => {
                    arguments.first().is_some_and(of_data)
                }
                _ => false,
            },
            _ => false,
        };
    });
    all
}

/// How often a variable is read or written outside of generated quantities and its own declaration.
pub fn uses(program: &Program, variable: VarId) -> usize {
    let mut count = 0;
    let mut visit = |e: &Expr| count += usize::from(e.kind == ExprKind::Variable(variable));
    program.data.iter().chain(&program.parameters).for_each(|d| d.for_each_expr(&mut visit));
    for statement in program.transformed_data.iter().chain(&program.transformed_parameters).chain(&program.model) {
        statement.for_each_expr(&mut visit);
    }
    count
}

/// Whether an outcome is a whole variable.
pub fn is_whole(outcome: &Expr) -> bool {
    match &outcome.kind {
        ExprKind::Variable(_) => true,
        ExprKind::Index { base, indices } => is_whole(base) && indices.iter().all(|i| *i == Index::All),
        _ => false,
    }
}
