//! Rows that one loop fills and another adds to `target`, in one loop:
//!
//! ```stan
//! for (n in 1:N) for (k in 1:K) lp[n, k] = log(theta[k]) + normal_lpdf(y[n] | mu[k], 1);
//! for (n in 1:N) target += log_sum_exp(lp[n]);
//! ```
//!
//! Proof: turn n of the second loop reads only row n, which only turn n of the first writes, and what the first reads does not change
//! between the loops (no statement between them assigns it). So each row may be computed where it is read, in a variable of its own.

use super::Findings;
use super::components::{assigned, assignments, declaration_in, flattened, target_indices};
use crate::pointwise::element_type;
use crate::step::{Step, Uses};
use crate::substitute::{self, Change, Rename, fresh};
use crate::support::strip;
use ppl_program::typed::*;

pub fn apply(program: &mut Program, findings: &mut Findings) {
    loop {
        let model: Vec<Statement> = program.model.iter().flat_map(flattened).collect();
        let Some(rewritten) = one(program, &model) else { return };
        program.model = rewritten;
        findings.rewrite("rows_where_they_are_read");
    }
}

fn one(program: &mut Program, items: &[Statement]) -> Option<Vec<Statement>> {
    for reader in 0..items.len() {
        let StatementKind::For { variable, lower, upper, body } = &items[reader].kind else { continue };
        let mut summed = Vec::new();
        body.for_each(&mut |s| {
            if let StatementKind::TargetPlus(e) = &s.kind {
                e.for_each(&mut |e| {
                    if let Some((v, indices)) = row(e, *variable)
                        && super::components::summed_list(e).is_none()
                        && indices == 1
                        && program.variable(v).origin == Origin::Local
                        && !summed.contains(&v)
                    {
                        summed.push(v);
                    }
                });
            }
        });
        for v in summed {
            let Some(writer) = (0..reader).find(|&k| assigned(&items[k], v) > 0) else { continue };
            if let Some(turn) = turn(program, items, (writer, reader), v, (lower, upper)) {
                let mut next = program.clone();
                if let Some(body) = together(&mut next, v, *variable, turn, body) {
                    *program = next;
                    let mut out = items.to_vec();
                    let (variable, lower, upper) = (*variable, lower.clone(), upper.clone());
                    let kind = StatementKind::For { variable, lower, upper, body: Box::new(body) };
                    out[reader] = Statement { kind, span: items[reader].span };
                    out.remove(writer);
                    out.retain(|s| !matches!(&s.kind, StatementKind::Declare(d) if d.variable == v));
                    return Some(out);
                }
            }
        }
    }
    None
}

/// `v[variable, ...]`: the variable and how many indices it has.
fn row(e: &Expr, variable: VarId) -> Option<(VarId, usize)> {
    let ExprKind::Index { base, indices } = &e.kind else { return None };
    let ExprKind::Variable(v) = base.kind else { return None };
    match indices.first() {
        Some(Index::Single(i)) if i.kind == ExprKind::Variable(variable) => Some((v, indices.len())),
        _ => None,
    }
}

/// The loop variable and the body of the loop that writes the rows, if its turns can be run one by one.
fn turn(
    program: &Program,
    items: &[Statement],
    (writer, reader): (usize, usize),
    v: VarId,
    (lower, upper): (&Expr, &Expr),
) -> Option<(VarId, Statement)> {
    let StatementKind::For { variable, lower: from, upper: to, body } = &items[writer].kind else { return None };
    if (strip(from), strip(to)) != (strip(lower), strip(upper))
        || assigned(&items[writer], v) != assignments(program, v)
    {
        return None;
    }
    // It writes only the row, and locals of its own.
    let uses = Uses::of(&Step::Plain((**body).clone()));
    let mut own = true;
    body.for_each(&mut |s| match &s.kind {
        StatementKind::Assign { target, .. } if target.variable == v => {
            let first = target_indices(target).and_then(|i| i.first().cloned());
            own &= first.is_some_and(|i| i.kind == ExprKind::Variable(*variable));
        }
        StatementKind::Assign { target, .. } => own &= uses.declares.contains(&target.variable),
        StatementKind::AssignTuple { .. } | StatementKind::TargetPlus(_) | StatementKind::Tilde { .. } => own = false,
        _ => {}
    });
    // Every mention of the list is a row: here of this turn, elsewhere of the reader's.
    let StatementKind::For { variable: other, body: read, .. } = &items[reader].kind else { return None };
    let mentions = |s: &Statement, of: Option<VarId>| {
        let (mut all, mut rows) = (0, 0);
        s.for_each_expr(&mut |e| {
            all += usize::from(e.kind == ExprKind::Variable(v));
            rows += usize::from(of.is_some_and(|of| row(e, of).is_some_and(|(w, _)| w == v)));
        });
        (all, rows)
    };
    let (a, b) = (mentions(body, Some(*variable)), mentions(read, Some(*other)));
    let elsewhere: usize = program.model.iter().map(|s| mentions(s, None).0).sum();
    let between = items[writer + 1..reader].iter().flat_map(|s| Uses::of(&Step::Plain(s.clone())).assigns);
    let unchanged = between.into_iter().all(|w| !uses.reads.contains(&w));
    (own && unchanged && a.0 == a.1 && b.0 == b.1 && elsewhere == a.0 + b.0).then(|| (*variable, (**body).clone()))
}

/// The reader's body, with the row before it.
fn together(
    program: &mut Program,
    v: VarId,
    variable: VarId,
    (writer, turn): (VarId, Statement),
    body: &Statement,
) -> Option<Statement> {
    let declaration = declaration_in(&program.model, v).filter(|d| d.initial.is_none())?;
    let ty = match &declaration.ty {
        SizedType::Array(element, sizes) => match sizes.get(1..) {
            Some([]) => (**element).clone(),
            Some(rest) => SizedType::Array(element.clone(), rest.to_vec()),
            None => return None,
        },
        SizedType::Matrix(_, columns, _) => SizedType::RowVector(columns.clone(), Constraint::None),
        _ => return None,
    };
    debug_assert!(ty.unsized_type() == element_type(&program.variable(v).ty));
    let (name, level) = (program.variable(v).name.clone(), program.variable(v).level);
    let local = fresh(program, &name, ty.unsized_type(), level);
    let span = declaration.span;
    let declare =
        Statement { kind: StatementKind::Declare(Declaration { variable: local, ty, initial: None, span }), span };
    let mut turn = vec![turn];
    substitute::fresh_declarations(program, &mut turn);
    let mut here = Rename::default();
    here.values.insert(writer, substitute::reference(program, variable));
    turn.iter_mut().for_each(|s| substitute::statement(s, &mut here));
    let mut body = body.clone();
    let mut row = Row { of: v, local, row_type: program.variable(local).ty.clone() };
    turn.iter_mut().chain([&mut body]).for_each(|s| substitute::statement(s, &mut row));
    let items = [declare].into_iter().chain(turn).chain([body]).collect();
    Some(Statement { kind: StatementKind::Block(items), span })
}

/// `v[n, ...]` as `local[...]`.
struct Row {
    of: VarId,
    local: VarId,
    row_type: Type,
}

impl Change for Row {
    fn expr(&mut self, e: &mut Expr) {
        let ExprKind::Index { base, indices } = &mut e.kind else { return };
        if base.kind != ExprKind::Variable(self.of) {
            return;
        }
        indices.remove(0);
        **base = Expr { kind: ExprKind::Variable(self.local), ty: self.row_type.clone(), ..(**base).clone() };
        if indices.is_empty() {
            *e = (**base).clone();
        }
    }

    fn lvalue(&mut self, target: &mut LValue) {
        if target.variable != self.of {
            return;
        }
        target.variable = self.local;
        if let Some(Access::Index(indices)) = target.path.first_mut() {
            indices.remove(0);
            if indices.is_empty() {
                target.path.remove(0);
            }
        }
    }
}
