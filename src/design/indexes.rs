//! What integers of the data index: `alpha[g[n]]` says that each of `g` is between 1 and the size of `alpha`.

use ppl_program::typed::*;
use std::collections::HashMap;

/// An integer, or each integer of a list, plus `offset` is an index into a dimension of size `size`.
#[derive(Clone, Debug)]
pub struct Use {
    pub size: Expr,
    pub offset: i32,
}

/// The declarations and definitions of a program.
pub struct Indexes {
    types: HashMap<VarId, SizedType>,
    /// What a variable is given: initial values, assignments to the whole, bounds of loops, arguments of calls.
    definitions: HashMap<VarId, Vec<Expr>>,
    uses: HashMap<VarId, Vec<Use>>,
}

/// Definitions of definitions that are followed.
const DEPTH: usize = 6;

impl Indexes {
    pub fn of(program: &Program) -> Indexes {
        let mut out = Indexes { types: HashMap::new(), definitions: HashMap::new(), uses: HashMap::new() };
        for declaration in program.data.iter().chain(&program.parameters) {
            out.types.insert(declaration.variable, declaration.ty.clone());
        }
        let blocks =
            [&program.transformed_data, &program.transformed_parameters, &program.model, &program.generated_quantities];
        let statements = || blocks.iter().flat_map(|b| b.iter()).chain(program.functions.iter().flat_map(|f| &f.body));
        for statement in statements() {
            statement.for_each(&mut |s| out.define(s));
            statement.for_each_expr(&mut |e| out.define_arguments(program, e));
        }
        let mut found = Vec::new();
        for statement in statements() {
            statement.for_each_expr(&mut |e| {
                if let ExprKind::Index { base, indices } = &e.kind {
                    out.read(base, indices, &mut found);
                }
            });
            statement.for_each(&mut |s| match &s.kind {
                StatementKind::Assign { target, .. } => out.written(target, &mut found),
                StatementKind::AssignTuple { targets, .. } => targets.iter().for_each(|t| out.written(t, &mut found)),
                _ => {}
            });
        }
        for (variable, used) in found {
            out.uses.entry(variable).or_default().push(used);
        }
        out
    }

    /// What a variable of the data indexes.
    pub fn uses(&self, variable: VarId) -> &[Use] {
        self.uses.get(&variable).map_or(&[], Vec::as_slice)
    }

    /// The one definition of a variable.
    pub fn definition(&self, variable: VarId) -> Option<&Expr> {
        match self.definitions.get(&variable).map(Vec::as_slice) {
            Some([one]) => Some(one),
            _ => None,
        }
    }

    fn define(&mut self, statement: &Statement) {
        match &statement.kind {
            StatementKind::Declare(declaration) => {
                self.types.insert(declaration.variable, declaration.ty.clone());
                if let Some(initial) = &declaration.initial {
                    self.definitions.entry(declaration.variable).or_default().push(initial.clone());
                }
            }
            // An element says as much as the whole about the values.
            StatementKind::Assign { target, value } => {
                self.definitions.entry(target.variable).or_default().push(value.clone());
            }
            StatementKind::For { variable, lower, upper, .. } => {
                self.definitions.entry(*variable).or_default().extend([lower.clone(), upper.clone()]);
            }
            StatementKind::ForEach { variable, range, .. } => {
                self.definitions.entry(*variable).or_default().push(range.clone());
            }
            _ => {}
        }
    }

    fn define_arguments(&mut self, program: &Program, e: &Expr) {
        if let ExprKind::Call { callee: Callee::User { function, .. }, arguments } = &e.kind {
            for (formal, actual) in program.function(*function).arguments.iter().zip(arguments) {
                self.definitions.entry(*formal).or_default().push(actual.clone());
            }
        }
    }

    fn read(&self, base: &Expr, indices: &[Index], found: &mut Vec<(VarId, Use)>) {
        let (variable, skipped) = match &base.kind {
            ExprKind::Variable(variable) => (*variable, 0),
            // `a[i][j]`
            ExprKind::Index { base, indices } if indices.iter().all(|i| matches!(i, Index::Single(_))) => {
                let ExprKind::Variable(variable) = base.kind else { return };
                (variable, indices.len())
            }
            _ => return,
        };
        self.indexed(variable, skipped, indices, found);
    }

    fn written(&self, target: &LValue, found: &mut Vec<(VarId, Use)>) {
        if let Some(Access::Index(indices)) = target.path.first() {
            self.indexed(target.variable, 0, indices, found);
        }
    }

    fn indexed(&self, base: VarId, skipped: usize, indices: &[Index], found: &mut Vec<(VarId, Use)>) {
        let sizes = self.sizes(base, DEPTH);
        for (size, index) in sizes.iter().skip(skipped).zip(indices) {
            let ends: &[&Expr] = match index {
                Index::All => &[],
                Index::Single(e) | Index::Multi(e) | Index::From(e) | Index::To(e) => &[e],
                Index::Between(a, b) => &[a, b],
            };
            for end in ends {
                self.atoms(end, 0, DEPTH, &mut |variable, offset| {
                    found.push((variable, Use { size: size.clone(), offset }));
                });
            }
        }
    }

    /// The declared sizes of a variable; of an argument of a function, those of what it is called with first.
    fn sizes(&self, variable: VarId, depth: usize) -> Vec<Expr> {
        match self.types.get(&variable) {
            Some(ty) => sizes(ty),
            None if depth > 0 => match self.definitions.get(&variable).and_then(|d| d.first()).map(|e| &e.kind) {
                Some(ExprKind::Variable(actual)) => self.sizes(*actual, depth - 1),
                _ => Vec::new(),
            },
            None => Vec::new(),
        }
    }

    /// The variables that an index is, or is a constant away from.
    fn atoms(&self, e: &Expr, offset: i32, depth: usize, found: &mut dyn FnMut(VarId, i32)) {
        match &e.kind {
            ExprKind::Variable(variable) => {
                found(*variable, offset);
                if depth > 0 {
                    for definition in self.definitions.get(variable).into_iter().flatten() {
                        self.atoms(definition, offset, depth - 1, found);
                    }
                }
            }
            ExprKind::Index { base, .. } => self.atoms(base, offset, depth, found),
            ExprKind::Call { callee: Callee::Operator(op @ (Operator::Plus | Operator::Minus)), arguments } => {
                if let [a, b] = arguments.as_slice() {
                    match (&a.kind, &b.kind, op) {
                        (_, ExprKind::Int(c), Operator::Plus) => self.atoms(a, offset.saturating_add(*c), depth, found),
                        (_, ExprKind::Int(c), _) => self.atoms(a, offset.saturating_sub(*c), depth, found),
                        (ExprKind::Int(c), _, Operator::Plus) => self.atoms(b, offset.saturating_add(*c), depth, found),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}

/// One size a dimension.
fn sizes(ty: &SizedType) -> Vec<Expr> {
    match ty {
        SizedType::Vector(n, _)
        | SizedType::RowVector(n, _)
        | SizedType::ComplexVector(n, _)
        | SizedType::ComplexRowVector(n, _) => vec![n.clone()],
        SizedType::Matrix(m, n, _) | SizedType::ComplexMatrix(m, n, _) => vec![m.clone(), n.clone()],
        SizedType::Array(element, outer) => outer.iter().cloned().chain(sizes(element)).collect(),
        _ => Vec::new(),
    }
}
