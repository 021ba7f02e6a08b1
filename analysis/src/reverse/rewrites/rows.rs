//! Integers whose terms are spread over one turn of a loop: capture histories, occupancy, words of topics, labels of raters.
//!
//! Proof: let y[i] be all that is observed in turn i, and let nothing outside the turn depend on it. Given everything else, the terms
//! of `target` in the turn sum to a function l(y[i]). If exp l adds up to one over all values that y[i] can take, it is the
//! probability of y[i], and the joint density is that of everything else times it; so y[i] can be drawn after everything else, by
//! inverting the distribution function. The simulator adds up all values, and refuses where the sum is not one.
//!
//! Where something computed from y[i] is used elsewhere (the first capture, from which on a history is modelled), only the values
//! of y[i] that agree with what is given are gone through. If they add up to one, exp l is the probability of y[i] given that.
//!
//! Values computed from y[i] in transformed data, and transformed parameters that are computed from it, are computed anew for each
//! value. Variables that only the turn uses are declared in it: what a value leaves behind cannot be seen by the next.

mod computed;

use super::Findings;
use super::components::{declaration_in, declared};
use crate::build::typed;
use crate::collect::density_of;
use crate::place::Place;
use crate::pointwise::element_type;
use crate::step::{Factor, Step, Uses};
use crate::substitute::{self, Rename, reference};
use crate::support::strip;
use computed::AtRow;
use ppl_grammar::span::Span;
use ppl_program::typed::*;
use std::collections::{BTreeMap, BTreeSet};

pub fn apply(program: &mut Program, transformed: &mut Vec<Step>, model: &mut Vec<Step>, findings: &mut Findings) {
    let integers = |d: &&Declaration| dimensions(&d.ty.unsized_type()) > 0 && is_integer(&d.ty);
    let outcomes: Vec<VarId> = program.data.iter().filter(integers).map(|d| d.variable).collect();
    for at in 0..model.len() {
        // Most steps are none: no copies for those.
        if !matches!(model[at], Step::Loop { .. }) {
            continue;
        }
        // As few integers at a time as possible.
        let tries = outcomes.iter().flat_map(|&outcome| [0, 1].map(|fewer| (outcome, fewer)));
        for (outcome, fewer) in tries {
            let mut next = program.clone();
            let mut rest = model.clone();
            let mut before = transformed.clone();
            if Unit::new(&mut next, outcome).rewrite(&mut before, &mut rest, at, fewer).is_some() {
                findings.rewrite("integers_by_their_probabilities");
                (*program, *transformed, *model) = (next, before, rest);
                break;
            }
        }
    }
}

fn is_integer(ty: &SizedType) -> bool {
    matches!(ty, SizedType::Array(element, _) if matches!(**element, SizedType::Int(_)))
}

fn dimensions(ty: &Type) -> usize {
    match ty {
        Type::Array(_, n) => *n,
        _ => 0,
    }
}

/// One outcome and what is computed from it.
struct Unit<'p> {
    program: &'p mut Program,
    outcome: VarId,
    /// Transformed data computed from it.
    derived: BTreeSet<VarId>,
}

/// A read of the outcome, or of what is computed from it: the indices, none for all of it.
type Read = (VarId, Vec<Index>);

impl Unit<'_> {
    fn new(program: &mut Program, outcome: VarId) -> Unit<'_> {
        let derived = crate::reverse::derived_data(program, outcome);
        Unit { program, outcome, derived }
    }

    fn is_derived(&self, v: VarId) -> bool {
        v != self.outcome && self.derived.contains(&v)
    }

    fn rewrite(mut self, transformed: &mut Vec<Step>, model: &mut Vec<Step>, at: usize, fewer: usize) -> Option<()> {
        let Step::Loop { header, .. } = &model[at] else { return None };
        let StatementKind::For { lower, upper, .. } = &header.kind else { return None };
        let bounds = (strip(lower), strip(upper));
        let elsewhere: Vec<&Step> =
            transformed.iter().chain(model.iter().enumerate().filter(|(k, _)| *k != at).map(|(_, s)| s)).collect();
        if elsewhere.iter().any(|s| s.places().iter().any(|p| p.variable == self.outcome)) {
            return None;
        }
        let mut accesses = Vec::new();
        self.accesses_of_step(&model[at], &mut accesses);
        if accesses.is_empty() {
            return None;
        }
        let mut prefix = self.prefix(&model[at], &accesses)?;
        prefix.truncate(prefix.len().checked_sub(fewer).filter(|n| *n > 0)?);
        let dimensions = dimensions(&self.program.variable(self.outcome).ty);
        if dimensions > prefix.len() + 1 {
            return None;
        }
        if prefix.len() > 1 && accesses.iter().any(|(v, _)| *v != self.outcome) {
            return None;
        }
        // What is computed from the outcome, and read elsewhere, stays as it is given.
        let mut read_elsewhere = Uses::of_all(elsewhere.iter().copied()).reads;
        for declaration in &self.program.parameters {
            let mut uses = Uses::default();
            declaration.ty.for_each_expr(&mut |e| uses.reads_of(e));
            read_elsewhere.extend(uses.reads);
        }
        let starts = self.read_in_starts(&model[at]);
        let conditional = self.skips_rows(&model[at]);
        let read: BTreeSet<VarId> = accesses.iter().map(|a| a.0).collect();
        let held: BTreeSet<VarId> = read
            .iter()
            .copied()
            .filter(|v| self.is_derived(*v) && (read_elsewhere.contains(v) || conditional && starts.contains(v)))
            .collect();
        // Transformed parameters that are computed from the outcome move into the turn.
        let mut fused = Vec::new();
        let mut kept = Vec::new();
        for step in transformed.drain(..) {
            let reads = Uses::of(&step).reads;
            let varies = reads.iter().any(|v| *v == self.outcome || self.is_derived(*v) && !held.contains(v));
            match varies {
                true => fused.push(step),
                false => kept.push(step),
            }
        }
        *transformed = kept;
        let others = model.iter().enumerate().filter(|(k, _)| *k != at).map(|(_, s)| s);
        let reads_others = Uses::of_all(transformed.iter().chain(others)).reads;
        if reads_others.contains(&self.outcome) || reads_others.iter().any(|v| self.is_derived(*v) && !held.contains(v))
        {
            return None;
        }
        let row = *prefix.last()?;
        let mut before = Vec::new();
        let mut assigned_before = BTreeSet::new();
        for step in fused {
            let statements = self.fused(step, &bounds, row).filter(|_| prefix.len() == 1)?;
            let assigns = Uses::of_all(&statements).assigns;
            if assigns.iter().any(|v| reads_others.contains(v)) {
                return None;
            }
            assigned_before.extend(assigns);
            before.extend(statements);
        }
        let steps = std::mem::take(model);
        let mut ok = false;
        let mut rewritten = Vec::new();
        let mut moved = BTreeSet::new();
        let reads_outside = reads_others;
        for (k, step) in steps.into_iter().enumerate() {
            let step = match k == at {
                true => {
                    let context = Context {
                        prefix: &prefix,
                        held: &held,
                        before: &before,
                        assigned_before: &assigned_before,
                        reads_outside: &reads_outside,
                    };
                    let mut around = Uses::default();
                    let (step, done) = self.descend(step, &prefix, &context, &mut around, &mut moved)?;
                    ok = done;
                    step
                }
                false => step,
            };
            rewritten.push(step);
        }
        if !ok {
            return None;
        }
        // The declarations that moved into the turn.
        *model = rewritten.into_iter().filter_map(|s| without_declarations(s, &moved)).collect();
        Some(())
    }

    /// Reads of the outcome and of what is computed from it, in a step.
    fn accesses_of_step(&self, step: &Step, out: &mut Vec<Read>) {
        let mut exprs: Vec<&Expr> = Vec::new();
        let mut statements: Vec<&Statement> = Vec::new();
        step.for_each(&mut |s| match s {
            Step::Plain(statement) => statements.push(statement),
            Step::Factor(f) => match &f.term {
                Some(term) => exprs.push(term),
                None => statements.push(&f.statement),
            },
            Step::Mixture(m) => exprs.push(&m.term),
            Step::Draw(d) => {
                exprs.push(&d.outcome);
                exprs.extend(&d.arguments);
                exprs.extend(d.truncation.iter().flat_map(|t| t.lower.iter().chain(&t.upper)));
            }
            Step::Loop { header, .. } => statements.push(header),
            Step::Branch { condition, .. } => exprs.push(condition),
            _ => {}
        });
        exprs.into_iter().for_each(|e| self.accesses(e, out));
        for statement in statements {
            self.accesses_of_statement(statement, out);
        }
    }

    fn accesses_of_statement(&self, statement: &Statement, out: &mut Vec<Read>) {
        // Visitors see an index before its base; the base is taken back.
        let mut seen = Vec::new();
        statement.for_each_expr(&mut |e| self.access(e, &mut seen));
        out.extend(without_bases(seen));
    }

    fn accesses(&self, e: &Expr, out: &mut Vec<Read>) {
        let mut seen = Vec::new();
        e.for_each(&mut |e| self.access(e, &mut seen));
        out.extend(without_bases(seen));
    }

    fn access(&self, e: &Expr, out: &mut Vec<Read>) {
        let own = |v: VarId| v == self.outcome || self.derived.contains(&v);
        match &e.kind {
            ExprKind::Index { base, indices } => {
                if let ExprKind::Variable(v) = base.kind
                    && own(v)
                {
                    out.push((v, indices.clone()));
                }
            }
            ExprKind::Variable(v) if own(*v) => out.push((*v, Vec::new())),
            _ => {}
        }
    }

    /// The loop variables by which every access begins.
    fn prefix(&self, step: &Step, accesses: &[Read]) -> Option<Vec<VarId>> {
        let mut loops = BTreeSet::new();
        step.for_each(&mut |s| {
            if let Step::Loop { header, .. } = s
                && let StatementKind::For { variable, .. } = header.kind
            {
                loops.insert(variable);
            }
        });
        let leading = |indices: &[Index]| -> Vec<VarId> {
            let variable = |i: &Index| match i {
                Index::Single(Expr { kind: ExprKind::Variable(v), .. }) if loops.contains(v) => Some(*v),
                _ => None,
            };
            indices.iter().map_while(variable).collect()
        };
        let mut common: Option<Vec<VarId>> = None;
        for (_, indices) in accesses {
            let one = leading(indices);
            common = Some(match common {
                None => one,
                Some(c) => c.into_iter().zip(one).take_while(|(a, b)| a == b).map(|(a, _)| a).collect(),
            });
        }
        common.filter(|c| !c.is_empty())
    }

    /// What is computed from the outcome and read where inner loops start.
    fn read_in_starts(&self, step: &Step) -> BTreeSet<VarId> {
        let mut out = BTreeSet::new();
        let mut note = |lower: &Expr| {
            let mut uses = Uses::default();
            uses.reads_of(lower);
            out.extend(uses.reads.into_iter().filter(|v| self.is_derived(*v)));
        };
        step.for_each(&mut |s| match s {
            Step::Loop { header, .. } => {
                if let StatementKind::For { lower, .. } = &header.kind {
                    note(lower);
                }
            }
            Step::Plain(statement) => statement.for_each(&mut |s| {
                if let StatementKind::For { lower, .. } = &s.kind {
                    note(lower);
                }
            }),
            _ => {}
        });
        out
    }

    /// Whether rows without something have no terms at all: what decides that is not modelled.
    fn skips_rows(&self, step: &Step) -> bool {
        let mut found = false;
        step.for_each(&mut |s| {
            if let Step::Branch { condition, otherwise, .. } = s {
                let mut uses = Uses::default();
                uses.reads_of(condition);
                found |= otherwise.is_empty() && uses.reads.iter().any(|v| self.is_derived(*v));
            }
        });
        found
    }

    /// A loop of transformed parameters over the same rows, as steps of the turn.
    fn fused(&mut self, step: Step, bounds: &(Expr, Expr), row: VarId) -> Option<Vec<Step>> {
        let Step::Plain(Statement { kind: StatementKind::For { variable, lower, upper, body }, .. }) = step else {
            return None;
        };
        if (strip(&lower), strip(&upper)) != *bounds {
            return None;
        }
        let at_row = |indices: &[Index]| matches!(indices.first(), Some(Index::Single(Expr { kind: ExprKind::Variable(v), .. })) if *v == variable);
        let mut accesses = Vec::new();
        self.accesses_of_statement(&body, &mut accesses);
        if accesses.iter().any(|(v, indices)| *v != self.outcome || !at_row(indices)) {
            return None;
        }
        let mut good = true;
        body.for_each(&mut |s| match &s.kind {
            StatementKind::Assign { target, .. } => {
                good &= matches!(target.path.first(), Some(Access::Index(indices)) if at_row(indices));
            }
            StatementKind::If { condition, .. } => {
                let mut seen = Vec::new();
                self.accesses(condition, &mut seen);
                good &= seen.is_empty();
            }
            StatementKind::AssignTuple { .. } | StatementKind::While { .. } => good = false,
            _ => {}
        });
        if !good {
            return None;
        }
        let mut statements = match *body {
            Statement { kind: StatementKind::Block(items), .. } => items,
            one => vec![one],
        };
        let mut here = Rename::default();
        here.values.insert(variable, reference(self.program, row));
        statements.iter_mut().for_each(|s| substitute::statement(s, &mut here));
        substitute::fresh_declarations(self.program, &mut statements);
        Some(statements.into_iter().map(Step::Plain).collect())
    }

    /// Finds the turn, and rewrites it.
    fn descend(
        &mut self,
        step: Step,
        prefix: &[VarId],
        context: &Context,
        around: &mut Uses,
        moved: &mut BTreeSet<VarId>,
    ) -> Option<(Step, bool)> {
        let Step::Loop { header, body } = step else { return Some((step, false)) };
        let StatementKind::For { variable, .. } = header.kind else { return None };
        let left: Vec<VarId> = prefix.iter().copied().filter(|v| *v != variable).collect();
        if left.len() == prefix.len() {
            // A loop that is no index of the outcome would draw it again and again.
            let touches = body.iter().any(|s| {
                let mut seen = Vec::new();
                self.accesses_of_step(s, &mut seen);
                !seen.is_empty()
            });
            return if touches { None } else { Some((Step::Loop { header, body }, false)) };
        }
        if left.is_empty() {
            let body = self.turn(body, context, around, moved)?;
            return Some((Step::Loop { header, body }, true));
        }
        let mut done = false;
        let mut out = Vec::new();
        for step in &body {
            let mut seen = Vec::new();
            self.accesses_of_step(step, &mut seen);
            if seen.is_empty() {
                let uses = Uses::of(step);
                around.reads.extend(uses.reads);
                around.assigns.extend(uses.assigns);
            }
        }
        for step in body {
            let mut seen = Vec::new();
            self.accesses_of_step(&step, &mut seen);
            match seen.is_empty() {
                true => out.push(step),
                false if done => return None,
                false => {
                    let (step, ok) = self.descend(step, &left, context, around, moved)?;
                    done |= ok;
                    out.push(step);
                }
            }
        }
        Some((Step::Loop { header, body: out }, done))
    }

    /// The body of the loop whose turn draws the outcome.
    fn turn(
        &mut self,
        body: Vec<Step>,
        context: &Context,
        around: &Uses,
        moved: &mut BTreeSet<VarId>,
    ) -> Option<Vec<Step>> {
        let uses: Vec<Uses> = body.iter().map(Uses::of).collect();
        let touches = |u: &Uses| {
            let own = |v: &VarId| *v == self.outcome || self.derived.contains(v) || context.assigned_before.contains(v);
            u.reads.iter().any(own) || u.draws.contains(&self.outcome)
        };
        let mut inside: BTreeSet<usize> = (0..body.len()).filter(|&k| touches(&uses[k])).collect();
        loop {
            let before = inside.len();
            let made: BTreeSet<VarId> =
                inside.iter().flat_map(|&k| uses[k].assigns.union(&uses[k].declares).copied()).collect();
            let read: BTreeSet<VarId> = inside.iter().flat_map(|&k| uses[k].reads.iter().copied()).collect();
            for (k, one) in uses.iter().enumerate() {
                let gives = one.assigns.union(&one.declares).any(|v| read.contains(v) || made.contains(v));
                let takes = one.reads.iter().any(|v| made.contains(v));
                if gives || takes {
                    inside.insert(k);
                }
            }
            if inside.len() == before {
                break;
            }
        }
        let drawn: BTreeSet<VarId> = inside.iter().flat_map(|&k| uses[k].draws.iter().copied()).collect();
        if drawn.iter().any(|v| *v != self.outcome) {
            return None;
        }
        let steps: Vec<Step> = inside.iter().map(|&k| body[k].clone()).collect();
        if !self.is_needed(&steps) || !self.is_outcome(&steps) || context.held.is_empty() && self.leaves_out(&steps) {
            return None;
        }
        // Variables of the turn that are declared outside it.
        let turn = Uses::of_all(&steps);
        let mut inner = Vec::new();
        for &variable in turn.assigns.iter().filter(|v| !turn.declares.contains(v)) {
            let unread = !context.reads_outside.contains(&variable)
                && !around.reads.contains(&variable)
                && !around.assigns.contains(&variable)
                && (0..body.len()).filter(|k| !inside.contains(k)).all(|k| !uses[k].reads.contains(&variable));
            if self.program.variable(variable).origin != Origin::Local || !unread {
                return None;
            }
            let declaration = declaration_in(&self.program.model, variable)?;
            if declaration.initial.is_some() {
                return None;
            }
            let span = declaration.span;
            inner.push(Step::Plain(Statement { kind: StatementKind::Declare(declaration), span }));
            moved.insert(variable);
        }
        let row = *context.prefix.last()?;
        let (mut computed, renamed) = self.computed(&steps, row)?;
        let mut steps = steps;
        let mut replace = AtRow { row, fresh: &renamed, skip: context.held };
        if !substitute::steps(&mut steps, &mut replace) {
            return None;
        }
        let place = self.place(&steps, row, context)?;
        let span = steps.iter().find(|s| !matches!(s, Step::Plain(_))).map_or(Span::default(), Step::span);
        let held: BTreeMap<VarId, VarId> =
            renamed.iter().filter(|(d, _)| context.held.contains(d)).map(|(a, b)| (*a, *b)).collect();
        let (condition, given) = self.agreement(&steps, row, &held)?;
        inner.extend(context.before.iter().cloned());
        inner.extend(steps);
        let inner = match condition {
            None => inner,
            Some(condition) => {
                let impossible = typed::call("negative_infinity", Vec::new(), Type::Real);
                let statement = Statement { kind: StatementKind::TargetPlus(impossible.clone()), span };
                let otherwise = vec![Step::Factor(Factor { term: Some(impossible), statement, negative: false })];
                vec![Step::Branch { condition, then: inner, otherwise, span }]
            }
        };
        computed.extend(inner);
        let held = !held.is_empty();
        let unit = Step::Enumerate { place, steps: computed, held, given, range: None, span };
        let first = *inside.first()?;
        let mut out = Vec::new();
        for (k, step) in body.into_iter().enumerate() {
            if k == first {
                out.push(unit.clone());
            }
            if !inside.contains(&k) {
                out.push(step);
            }
        }
        Some(out)
    }

    /// Whether the plain reading of the densities would not do.
    fn is_needed(&self, steps: &[Step]) -> bool {
        let mut tainted: BTreeSet<VarId> = self.derived.clone();
        tainted.insert(self.outcome);
        crate::reverse::flow(steps, &mut tainted, &|_, _| false);
        let reads = |e: &Expr| {
            let mut uses = Uses::default();
            uses.reads_of(e);
            uses.reads.iter().any(|v| tainted.contains(v))
        };
        let mut needed = false;
        for step in steps {
            step.for_each(&mut |s| match s {
                Step::Factor(f) => needed |= f.term.as_ref().is_some_and(reads),
                Step::Branch { condition, .. } => needed |= reads(condition),
                Step::Loop { header, .. } => {
                    if let StatementKind::For { lower, upper, .. } = &header.kind {
                        needed |= reads(lower) || reads(upper);
                    }
                }
                Step::Mixture(m) => needed |= m.components.iter().any(|c| c.log_weight.iter().any(reads)),
                _ => {}
            });
        }
        needed
    }

    /// Whether some values have no terms: codes of what is missing, or rows that are not modelled.
    fn leaves_out(&self, steps: &[Step]) -> bool {
        let reads = |e: &Expr| {
            let mut uses = Uses::default();
            uses.reads_of(e);
            uses.reads.iter().any(|v| *v == self.outcome || self.derived.contains(v))
        };
        let mut found = false;
        for step in steps {
            step.for_each(&mut |s| match s {
                Step::Branch { condition, otherwise, .. } => found |= otherwise.is_empty() && reads(condition),
                Step::Plain(statement) => statement.for_each(&mut |s| {
                    if let StatementKind::If { condition, otherwise: None, .. } = &s.kind {
                        found |= reads(condition);
                    }
                }),
                _ => {}
            });
        }
        found
    }

    /// Whether the outcome is what the terms give probabilities to: it has a density, or is the index of a simplex, or decides
    /// between terms in a turn that has nothing else observed.
    fn is_outcome(&self, steps: &[Step]) -> bool {
        let own = |v: VarId| v == self.outcome || self.derived.contains(&v);
        let program = &*self.program;
        let mut found = false;
        let mut look = |e: &Expr| {
            e.for_each(&mut |e| {
                found |= density_of(program, e, e.span).is_some_and(|d| own(d.place.variable));
                if let ExprKind::Index { base, indices } = &e.kind
                    && let ExprKind::Variable(p) = base.kind
                    && let Some(SizedType::Array(element, sizes)) = declared(program, p)
                    && matches!(**element, SizedType::Vector(_, Constraint::Simplex))
                    && indices.len() == sizes.len() + 1
                    && let Some(Index::Single(e)) = indices.last()
                {
                    let mut uses = Uses::default();
                    uses.reads_of(e);
                    found |= uses.reads.contains(&self.outcome);
                }
                if let ExprKind::Index { base, indices } = &e.kind
                    && let ExprKind::Variable(p) = base.kind
                    && matches!(declared(program, p), Some(SizedType::Vector(_, Constraint::Simplex)))
                    && let [Index::Single(e)] = indices.as_slice()
                {
                    let mut uses = Uses::default();
                    uses.reads_of(e);
                    found |= uses.reads.contains(&self.outcome);
                }
            });
        };
        let mut decides = false;
        let mut draws = false;
        for step in steps {
            step.for_each(&mut |s| match s {
                Step::Plain(statement) => statement.for_each_expr(&mut look),
                Step::Factor(f) => f.term.iter().for_each(&mut look),
                Step::Mixture(m) => look(&m.term),
                Step::Draw(d) => {
                    draws = true;
                    if own(d.place.variable) {
                        look(&Expr {
                            kind: ExprKind::Call {
                                callee: d.density.clone(),
                                arguments: std::iter::once(d.outcome.clone()).chain(d.arguments.clone()).collect(),
                            },
                            ..d.outcome.clone()
                        });
                    }
                }
                Step::Branch { condition, then, otherwise, .. } => {
                    let mut uses = Uses::default();
                    uses.reads_of(condition);
                    let factors = |side: &[Step]| side.iter().any(|s| matches!(s, Step::Factor(_)));
                    decides |= uses.reads.contains(&self.outcome) && factors(then) && factors(otherwise);
                }
                _ => {}
            });
        }
        found || decides && !draws
    }

    /// The row, or the part of it that has terms.
    fn place(&self, steps: &[Step], row: VarId, context: &Context) -> Option<Place> {
        let mut accesses = Vec::new();
        steps.iter().for_each(|s| self.accesses_of_step(s, &mut accesses));
        context.before.iter().for_each(|s| self.accesses_of_step(s, &mut accesses));
        let ty = self.program.variable(self.outcome).ty.clone();
        let (variable, seen_through) = (self.outcome, Vec::new());
        if dimensions(&ty) == context.prefix.len() {
            let indices = match accesses.iter().find(|a| a.0 == self.outcome) {
                Some((_, indices)) => indices.clone(),
                None => vec![Index::Single(reference(self.program, row))],
            };
            return Some(Place { variable, path: vec![indices], ty: Type::Int, seen_through });
        }
        let whole = |range: Option<Index>| {
            let mut indices: Vec<Index> =
                context.prefix.iter().map(|v| Index::Single(reference(self.program, *v))).collect();
            indices.extend(range);
            Some(Place { variable, path: vec![indices], ty: Type::Int.array(1), seen_through: Vec::new() })
        };
        // The columns that are read, if they are one range that the data give.
        let mut ranges: Vec<(Expr, Expr)> = Vec::new();
        let mut loops: BTreeMap<VarId, (Expr, Expr)> = BTreeMap::new();
        for step in steps.iter().chain(context.before) {
            step.for_each(&mut |s| {
                let mut note = |s: &Statement| {
                    if let StatementKind::For { variable, lower, upper, .. } = &s.kind {
                        loops.insert(*variable, (strip(lower), strip(upper)));
                    }
                };
                match s {
                    Step::Loop { header, .. } => note(header),
                    Step::Plain(statement) => statement.for_each(&mut note),
                    _ => {}
                }
            });
        }
        let columns_of = |indices: &[Index]| -> Option<(Expr, Expr)> {
            match indices.get(context.prefix.len())? {
                Index::Between(a, b) => Some((strip(a), strip(b))),
                Index::To(b) => Some((typed::int(1), strip(b))),
                Index::Single(Expr { kind: ExprKind::Variable(t), .. }) => loops.get(t).cloned(),
                _ => None,
            }
        };
        for (v, indices) in &accesses {
            if *v != self.outcome || self.reads_held(indices, context) {
                continue;
            }
            match columns_of(indices) {
                Some(range) if !ranges.contains(&range) => ranges.push(range),
                Some(_) => {}
                None => return whole(None),
            }
        }
        let fixed = |e: &Expr| {
            let mut uses = Uses::default();
            uses.reads_of(e);
            let local = |v: &VarId| !matches!(self.program.variable(*v).origin, Origin::Data | Origin::TransformedData);
            !uses.reads.iter().any(|v| *v != row && (local(v) || self.derived.contains(v)))
        };
        match ranges.as_slice() {
            [(a, b)] if fixed(a) && fixed(b) => {
                let all = a.kind == ExprKind::Int(1) && self.last_size().is_some_and(|size| strip(&size) == *b);
                whole((!all).then(|| Index::Between(a.clone(), b.clone())))
            }
            _ => whole(None),
        }
    }

    fn last_size(&self) -> Option<Expr> {
        match declared(self.program, self.outcome)? {
            SizedType::Array(_, sizes) => sizes.last().cloned(),
            _ => None,
        }
    }

    /// Whether an element is at a column that stays as it is given: `y[i, first[i]]`.
    fn reads_held(&self, indices: &[Index], context: &Context) -> bool {
        let Some(Index::Single(e)) = indices.get(context.prefix.len()) else { return false };
        let mut uses = Uses::default();
        uses.reads_of(e);
        uses.reads.iter().any(|v| context.held.contains(v))
            && uses.reads.iter().all(|v| self.program.variable(*v).level == Level::Data)
            && !matches!(e.kind, ExprKind::Variable(_))
    }

    /// That a row agrees with what is given; and the variable for the given row, if one is needed.
    fn agreement(
        &mut self,
        steps: &[Step],
        row: VarId,
        held: &BTreeMap<VarId, VarId>,
    ) -> Option<(Option<Expr>, Option<VarId>)> {
        let mut condition: Option<Expr> = None;
        let mut and = |e: Expr| {
            condition = Some(match condition.take() {
                None => e,
                Some(c) => {
                    let (ty, level, span) = (Type::Int, Level::Data, c.span);
                    Expr { kind: ExprKind::And(Box::new(c), Box::new(e)), ty, level, span }
                }
            });
        };
        let equals = |a: Expr, b: Expr| Expr { ty: Type::Int, ..typed::binary(Operator::Equals, a, b) };
        let at = |base: VarId, index: Expr, program: &Program| {
            let (ty, span) = (element_type(&program.variable(base).ty), Span::default());
            let base = Box::new(reference(program, base));
            Expr { kind: ExprKind::Index { base, indices: vec![Index::Single(index)] }, ty, level: Level::Data, span }
        };
        for (&d, &fresh) in held {
            if self.program.variable(fresh).ty != Type::Int {
                return None;
            }
            let given = at(d, reference(self.program, row), self.program);
            and(equals(reference(self.program, fresh), given));
        }
        // Elements at columns that are held are held too.
        let mut accesses = Vec::new();
        steps.iter().for_each(|s| self.accesses_of_step(s, &mut accesses));
        let mut columns: Vec<Expr> = Vec::new();
        for (v, indices) in &accesses {
            let Some(Index::Single(e)) = indices.get(1) else { continue };
            let mut uses = Uses::default();
            uses.reads_of(e);
            let is_held = uses.reads.iter().any(|v| held.contains_key(v));
            if *v == self.outcome && is_held && !columns.contains(&strip(e)) {
                columns.push(strip(e));
            }
        }
        if columns.is_empty() {
            return Some((condition, None));
        }
        let name = self.program.variable(self.outcome).name.clone();
        let given = substitute::fresh(self.program, &format!("{name}_given"), Type::Int.array(1), Level::Data);
        for column in columns {
            let none = Expr { ty: Type::Int, ..typed::binary(Operator::Less, column.clone(), typed::int(1)) };
            let mut here = at(self.outcome, reference(self.program, row), self.program);
            if let ExprKind::Index { indices, .. } = &mut here.kind {
                indices.push(Index::Single(column.clone()));
            }
            here.ty = Type::Int;
            let same = equals(here, at(given, column, self.program));
            let (ty, level, span) = (Type::Int, Level::Data, Span::default());
            and(Expr { kind: ExprKind::Or(Box::new(none), Box::new(same)), ty, level, span });
        }
        Some((condition, Some(given)))
    }
}

/// What the turn is rewritten in.
struct Context<'c> {
    /// The loop variables that name the turn.
    prefix: &'c [VarId],
    held: &'c BTreeSet<VarId>,
    /// Steps that move into the turn, and what they assign.
    before: &'c [Step],
    assigned_before: &'c BTreeSet<VarId>,
    /// What steps outside the loop read.
    reads_outside: &'c BTreeSet<VarId>,
}

/// Accesses in the order of a walk that visits bases after indexed expressions, without the bases.
fn without_bases(seen: Vec<Read>) -> Vec<Read> {
    let mut bases: BTreeMap<VarId, usize> = BTreeMap::new();
    let mut out = Vec::new();
    for (v, indices) in seen {
        if !indices.is_empty() {
            *bases.entry(v).or_default() += 1;
            out.push((v, indices));
            continue;
        }
        match bases.get_mut(&v).filter(|count| **count > 0) {
            Some(count) => *count -= 1,
            None => out.push((v, indices)),
        }
    }
    out
}

/// A step without the declarations that moved into a turn (but not those in the turn itself).
fn without_declarations(step: Step, moved: &BTreeSet<VarId>) -> Option<Step> {
    match step {
        Step::Plain(Statement { kind: StatementKind::Declare(ref d), .. }) if moved.contains(&d.variable) => None,
        Step::Loop { header, body } => {
            let body = body.into_iter().filter_map(|s| without_declarations(s, moved)).collect();
            Some(Step::Loop { header, body })
        }
        other => Some(other),
    }
}
