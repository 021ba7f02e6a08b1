//! Statements, and the structured form of `break`, `continue` and early `return`.
//!
//! An exit sets a flag; what follows it in the enclosing lists runs only while the flag is down. Where one branch of
//! an `if` always exits, what follows moves into the other branch, so the usual guard clauses need no flag at all.

use super::binding::{Binding, assigned_in};
use super::value::{elem_of, is_matrix};
use super::{Lowerer, Result, Unsupported, Val};
use crate::ir::*;
use ppl_program::typed::*;
use std::collections::HashSet;

/// A construct that statements can leave early.
#[derive(Clone, Debug)]
pub(super) enum Exit {
    /// A loop: `skip` ends the iteration, `stop` the loop.
    Loop { skip: Cell, stop: Cell },
    /// An inlined function. `depth` is the number of regions open at its start.
    Function { done: Cell, depth: usize, result: Option<Val>, storage: Option<Binding> },
}

/// What follows a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    /// Nothing: it always leaves.
    Exited,
    /// Something, unless a flag is up.
    Maybe,
}

/// Trips of an inner loop that is always unrolled.
const TINY_LOOP: usize = 4;

/// Statements that unrolling may write.
const UNROLL_BUDGET: usize = 20_000;

impl Lowerer<'_> {
    /// A list of statements whose declarations stay visible after it.
    pub(super) fn block(&mut self, statements: &[Statement]) -> Result<()> {
        self.list(statements).map(|_| ())
    }

    pub(super) fn list(&mut self, statements: &[Statement]) -> Result<Flow> {
        let mut flow = Flow::Next;
        for (i, statement) in statements.iter().enumerate() {
            let rest = &statements[i + 1..];
            if let StatementKind::If { condition, then, otherwise } = &statement.kind {
                self.span = statement.span;
                let condition = self.expression(condition)?;
                match condition.known_int() {
                    Some(0) => match otherwise {
                        Some(s) => flow = join(flow, self.statement(s)?),
                        None => continue,
                    },
                    Some(_) => flow = join(flow, self.statement(then)?),
                    None => {
                        let condition = self.condition(&condition)?;
                        return Ok(join(flow, self.branch(condition, then, otherwise.as_deref(), rest)?));
                    }
                }
            } else {
                flow = join(flow, self.statement(statement)?);
            }
            match flow {
                Flow::Next => {}
                Flow::Exited => return Ok(Flow::Exited),
                Flow::Maybe if rest.is_empty() => {}
                Flow::Maybe => {
                    let running = self.running();
                    let body = self.region_of(rest)?;
                    self.forget_assigned(rest);
                    self.emit(Op::If(Box::new(If { condition: running, then: body, otherwise: Region::default() })));
                    return Ok(Flow::Maybe);
                }
            }
        }
        Ok(flow)
    }

    fn region_of(&mut self, statements: &[Statement]) -> Result<Region> {
        self.region(|l| l.list(statements).map(|_| ()))
    }

    fn forget_assigned(&mut self, statements: &[Statement]) {
        let mut assigned = HashSet::new();
        statements.iter().for_each(|s| assigned_in(s, &mut assigned));
        self.forget(&assigned);
    }

    /// An `if` on a run-time condition, and what follows it in its list.
    fn branch(
        &mut self,
        condition: V,
        then: &Statement,
        otherwise: Option<&Statement>,
        rest: &[Statement],
    ) -> Result<Flow> {
        let before = self.bindings.clone();
        let mut flows = [Flow::Next; 2];
        let mut regions = [Region::default(), Region::default()];
        let mut absorbed = false;
        for (k, side) in [Some(then), otherwise].into_iter().enumerate() {
            self.regions.push(Vec::new());
            let written = match side {
                Some(s) => self.statement(s),
                None => Ok(Flow::Next),
            };
            let ops = self.regions.pop().unwrap_or_default();
            flows[k] = written?;
            regions[k] = Region { ops };
            if k == 0 {
                self.restore_known(&before, then);
            }
        }
        if flows[0] == Flow::Exited && flows[1] != Flow::Exited {
            let more = self.region_of_flow(rest)?;
            regions[1].ops.extend(more.0.ops);
            flows[1] = join(flows[1], more.1);
            absorbed = true;
        } else if flows[1] == Flow::Exited && flows[0] != Flow::Exited {
            // The bindings are those after the second branch; the first one's known integers are gone.
            self.forget_assigned(std::slice::from_ref(then));
            let more = self.region_of_flow(rest)?;
            regions[0].ops.extend(more.0.ops);
            flows[0] = join(flows[0], more.1);
            absorbed = true;
        }
        self.forget_assigned(std::slice::from_ref(then));
        if let Some(otherwise) = otherwise {
            self.forget_assigned(std::slice::from_ref(otherwise));
        }
        let [then_region, otherwise_region] = regions;
        self.emit(Op::If(Box::new(If { condition, then: then_region, otherwise: otherwise_region })));
        let flow = match flows {
            [Flow::Next, Flow::Next] => Flow::Next,
            [Flow::Exited, Flow::Exited] => Flow::Exited,
            _ => Flow::Maybe,
        };
        if absorbed {
            self.forget_assigned(rest);
            return Ok(flow);
        }
        match flow {
            Flow::Next => self.list(rest),
            Flow::Exited => Ok(Flow::Exited),
            Flow::Maybe if rest.is_empty() => Ok(Flow::Maybe),
            Flow::Maybe => {
                let running = self.running();
                let body = self.region_of(rest)?;
                self.forget_assigned(rest);
                self.emit(Op::If(Box::new(If { condition: running, then: body, otherwise: Region::default() })));
                Ok(Flow::Maybe)
            }
        }
    }

    fn region_of_flow(&mut self, statements: &[Statement]) -> Result<(Region, Flow)> {
        let mut flow = Flow::Next;
        let region = self.region(|l| {
            flow = l.list(statements)?;
            Ok(())
        })?;
        Ok((region, flow))
    }

    /// The second branch starts from what was known before the first.
    fn restore_known(&mut self, before: &std::collections::HashMap<VarId, Binding>, then: &Statement) {
        let mut assigned = HashSet::new();
        assigned_in(then, &mut assigned);
        for id in assigned {
            if let Some(binding) = before.get(&id) {
                self.bindings.insert(id, binding.clone());
            }
        }
    }

    /// 1 while no flag of the innermost construct is up.
    fn running(&mut self) -> V {
        let flag = match self.exits.last() {
            Some(Exit::Loop { skip, .. }) => *skip,
            Some(Exit::Function { done, .. }) => *done,
            None => return self.int(1),
        };
        self.is_down(flag)
    }

    /// A condition as an integer value.
    fn condition(&mut self, val: &Val) -> Result<V> {
        match val {
            Val::Real(x) => {
                let zero = self.real(0.0);
                let out = self.f.value(Ty::I64);
                self.emit(Op::Compare { out, op: Compare::Ne, ty: Ty::F64, left: *x, right: zero });
                Ok(out)
            }
            val => self.int_value(val),
        }
    }

    pub(super) fn statement(&mut self, s: &Statement) -> Result<Flow> {
        self.span = s.span;
        self.unrolled += 1;
        match &s.kind {
            StatementKind::Declare(d) => {
                match &d.initial {
                    Some(initial) if !self.assignments.is_assigned(d.variable) => {
                        let val = self.expression(initial)?;
                        self.span = s.span;
                        let val = self.settled(val, &initial.ty);
                        self.check_declared_sizes(d, &val, &initial.ty)?;
                        self.bindings.insert(d.variable, Binding::Value(val));
                    }
                    Some(initial) => {
                        let val = self.expression(initial)?;
                        self.span = s.span;
                        self.declare(d)?;
                        self.assign_whole(d.variable, val, &initial.ty)?;
                    }
                    None => self.declare(d)?,
                }
                Ok(Flow::Next)
            }
            StatementKind::Assign { target, value } => {
                let val = self.expression(value)?;
                self.span = s.span;
                self.assign(target, val, &value.ty)?;
                Ok(Flow::Next)
            }
            StatementKind::AssignTuple { targets, value } => {
                let val = self.expression(value)?;
                let Type::Tuple(types) = &value.ty else { return self.unsupported("a tuple was expected here") };
                let items = self.tuple_items(&val, targets.len())?;
                // All values before the first assignment.
                let items: Vec<Val> = items.into_iter().zip(types).map(|(v, ty)| self.settled(v, ty)).collect();
                for ((target, item), ty) in targets.iter().zip(items).zip(types) {
                    self.assign(target, item, ty)?;
                }
                Ok(Flow::Next)
            }
            StatementKind::Call { function, arguments } => {
                self.void_call(function, arguments)?;
                Ok(Flow::Next)
            }
            StatementKind::TargetPlus(e) => {
                let val = self.expression(e)?;
                self.add_to_target(&val, &e.ty, false)?;
                Ok(Flow::Next)
            }
            StatementKind::JacobianPlus(e) => {
                let val = self.expression(e)?;
                self.add_to_target(&val, &e.ty, true)?;
                Ok(Flow::Next)
            }
            StatementKind::Tilde { density, outcome, arguments, truncation } => {
                self.tilde(density, outcome, arguments, truncation.as_ref())?;
                Ok(Flow::Next)
            }
            StatementKind::Break => self.leave_loop(true),
            StatementKind::Continue => self.leave_loop(false),
            StatementKind::Return(value) => self.leave_function(value.as_ref()),
            StatementKind::Print(_) => self.unsupported("print"),
            StatementKind::Reject(_) => self.always(Status::Reject),
            StatementKind::FatalError(_) => self.always(Status::Error),
            StatementKind::If { .. } => self.list(std::slice::from_ref(s)),
            StatementKind::While { condition, body } => self.while_loop(condition, body),
            StatementKind::For { variable, lower, upper, body } => self.for_loop(*variable, lower, upper, body),
            StatementKind::ForEach { variable, range, body } => self.for_each(*variable, range, body),
            StatementKind::Block(list) | StatementKind::Profile { body: list, .. } => self.list(list),
            StatementKind::Skip => Ok(Flow::Next),
        }
    }

    fn check_declared_sizes(&mut self, d: &Declaration, val: &Val, ty: &Type) -> Result<()> {
        if matches!(d.ty, SizedType::Int(_) | SizedType::Real(_) | SizedType::Tuple(_) | SizedType::Complex(_)) {
            return Ok(());
        }
        let declared = self.sizes(&d.ty)?;
        match self.dims(val, ty) {
            Some(actual) if actual == declared => Ok(()),
            _ => self.unsupported("the sizes of an assignment differ"),
        }
    }

    fn always(&mut self, status: Status) -> Result<Flow> {
        let condition = self.int(1);
        let site = self.site();
        self.emit(Op::Exit { condition, status, site });
        Ok(Flow::Next)
    }

    pub(super) fn add_to_target(&mut self, val: &Val, ty: &Type, jacobian: bool) -> Result<()> {
        let scalar = match val {
            Val::Known(value) => {
                let mut numbers = Vec::new();
                super::value::flatten(value, &mut numbers);
                self.real(numbers.iter().sum())
            }
            Val::Array(view) => {
                let view = self.dense(view, is_matrix(ty));
                self.reduce("sum", &view)?
            }
            val => self.real_value(val)?,
        };
        self.emit(if jacobian { Op::AddJacobian(scalar) } else { Op::AddTarget(scalar) });
        Ok(())
    }

    // ---- leaving early -------------------------------------------------------------------------------------------

    fn raise(&mut self, flag: Cell) {
        let one = self.int(1);
        self.emit(Op::Set(flag, one));
    }

    fn leave_loop(&mut self, stop_loop: bool) -> Result<Flow> {
        let Some(Exit::Loop { skip, stop }) = self.exits.last().cloned() else {
            return self.unsupported("break or continue outside a loop");
        };
        self.raise(skip);
        if stop_loop {
            self.raise(stop);
        }
        Ok(Flow::Exited)
    }

    fn leave_function(&mut self, value: Option<&Expr>) -> Result<Flow> {
        let val = match value {
            Some(e) => Some((self.expression(e)?, &e.ty)),
            None => None,
        };
        let mut flags = Vec::new();
        let mut at = self.exits.len();
        while at > 0 {
            at -= 1;
            match &self.exits[at] {
                Exit::Loop { skip, stop } => flags.extend([*skip, *stop]),
                Exit::Function { done, .. } => {
                    flags.push(*done);
                    break;
                }
            }
        }
        let open = self.regions.len();
        let Some(Exit::Function { depth, storage, .. }) = self.exits.get(at).cloned() else {
            return self.unsupported("return outside a function");
        };
        if let Some((val, ty)) = val {
            if depth == open && storage.is_none() {
                // The only return that can be reached.
                if let Some(Exit::Function { result, .. }) = self.exits.get_mut(at) {
                    *result = Some(val);
                }
                return Ok(Flow::Exited);
            }
            let storage = match storage {
                Some(storage) => storage,
                None => self.result_storage(&val, ty)?,
            };
            let written = self.write_binding(storage, val, ty)?;
            if let Some(Exit::Function { storage, .. }) = self.exits.get_mut(at) {
                *storage = Some(written);
            }
        }
        for flag in flags {
            self.raise(flag);
        }
        Ok(Flow::Exited)
    }

    /// Where the result of a function with several returns goes.
    fn result_storage(&mut self, val: &Val, ty: &Type) -> Result<Binding> {
        Ok(match ty {
            Type::Int => Binding::Int { cell: self.f.cell(Ty::I64), known: None },
            Type::Real => Binding::Real(self.f.cell(Ty::F64)),
            Type::Tuple(types) => {
                let items = self.tuple_items(val, types.len())?;
                let parts: Result<Vec<Binding>> =
                    items.iter().zip(types).map(|(v, ty)| self.result_storage(v, ty)).collect();
                Binding::Tuple(parts?)
            }
            ty => match self.dims(val, ty) {
                Some(dims) => Binding::Array(self.assigned_array(elem_of(ty), &dims, is_matrix(ty))),
                None => return self.unsupported(format!("a result of type {ty}")),
            },
        })
    }

    // ---- loops ---------------------------------------------------------------------------------------------------

    fn for_loop(&mut self, variable: VarId, lower: &Expr, upper: &Expr, body: &Statement) -> Result<Flow> {
        let (lower, upper) = (self.expression(lower)?, self.expression(upper)?);
        if let (Some(a), Some(b)) = (lower.known_int(), upper.known_int()) {
            if a > b {
                return Ok(Flow::Next);
            }
            let values: Vec<Val> = (a..=b).map(|i| Val::known(ppl_runtime::value::Value::Int(i))).collect();
            return self.repeat(variable, values, body, |l| {
                let (lower, upper) = (l.int(a as i64), l.int(b as i64));
                Ok((lower, upper, None))
            });
        }
        let (lower, upper) = (self.int_value(&lower)?, self.int_value(&upper)?);
        self.rolled(variable, lower, upper, None, body)
    }

    fn for_each(&mut self, variable: VarId, range: &Expr, body: &Statement) -> Result<Flow> {
        let val = self.expression(range)?;
        if !super::value::has_layout(&range.ty) {
            return self.unsupported("a loop over this type");
        }
        let view = self.view_of(&val, &range.ty)?;
        // The range is evaluated once.
        let view = if self.is_assigned_storage(&view) { self.copy_of(&view, is_matrix(&range.ty)) } else { view };
        let n = match range.ty {
            // Element by element, column by column.
            Type::Matrix => view.len(),
            _ => view.dims[0],
        };
        if n == 0 {
            return Ok(Flow::Next);
        }
        let (lower, upper) = (self.int(1), self.int(n as i64));
        let view = if range.ty == Type::Matrix { self.dense(&view, true).flat() } else { view };
        self.rolled(variable, lower, upper, Some(view), body)
    }

    /// Unrolling stops somewhere.
    pub(super) fn within_budget(&self) -> Result<()> {
        match self.unrolled > UNROLL_BUDGET {
            true => self.unsupported("a loop whose sizes change and that is too long to unroll"),
            false => Ok(()),
        }
    }

    /// A loop over known values: as a loop where its body does not need them, else unrolled.
    fn repeat(
        &mut self,
        variable: VarId,
        values: Vec<Val>,
        body: &Statement,
        bounds: impl FnOnce(&mut Self) -> Result<(V, V, Option<View>)>,
    ) -> Result<Flow> {
        // Tiny inner loops are written out: constant indexes are what lets work leave the outer loop.
        let tiny = values.len() <= TINY_LOOP && self.loops.len() > 1 && self.unrolled < UNROLL_BUDGET / 2;
        if values.len() > 1 && !tiny {
            let snapshot = self.snapshot();
            let attempt =
                bounds(self).and_then(|(lower, upper, range)| self.rolled(variable, lower, upper, range, body));
            match attempt {
                Err(Unsupported { unroll: true, .. }) => self.rewind(snapshot),
                done => return done,
            }
        }
        let stop = self.begin_loop();
        let mut any_exit = false;
        for value in values {
            self.within_budget()?;
            let outer = any_exit.then(|| {
                self.regions.push(Vec::new());
            });
            self.bindings.insert(variable, Binding::Value(value));
            self.lower_flag();
            let flow = self.statement(body)?;
            if outer.is_some() {
                let ops = self.regions.pop().unwrap_or_default();
                let running = self.is_down(stop);
                let then = Region { ops };
                self.emit(Op::If(Box::new(If { condition: running, then, otherwise: Region::default() })));
            }
            if flow != Flow::Next {
                any_exit = true;
                self.forget_assigned(std::slice::from_ref(body));
            }
        }
        Ok(self.end_loop(any_exit))
    }

    /// Index values that a data-dependent length makes too many are found at run time; the bounds are values.
    fn rolled(&mut self, variable: VarId, lower: V, upper: V, range: Option<View>, body: &Statement) -> Result<Flow> {
        self.forget_assigned(std::slice::from_ref(body));
        let stop = self.begin_loop();
        let mut flow = Flow::Next;
        let result = self.for_range(lower, upper, |l, index| {
            let value = match range {
                Some(view) => {
                    let element = view.fix(0, index);
                    l.loaded(element)
                }
                None => Val::Int(index),
            };
            l.bindings.insert(variable, Binding::Value(value));
            let mut inner = Vec::new();
            l.regions.push(Vec::new());
            l.lower_flag();
            let written = l.statement(body);
            std::mem::swap(&mut inner, l.regions.last_mut().unwrap_or(&mut Vec::new()));
            l.regions.pop();
            flow = written?;
            if flow == Flow::Next {
                l.regions.last_mut().unwrap_or(&mut Vec::new()).extend(inner);
            } else {
                let condition = l.is_down(stop);
                let then = Region { ops: inner };
                l.emit(Op::If(Box::new(If { condition, then, otherwise: Region::default() })));
            }
            Ok(())
        });
        let out = self.end_loop(flow != Flow::Next);
        result?;
        self.forget_assigned(std::slice::from_ref(body));
        Ok(out)
    }

    fn while_loop(&mut self, condition: &Expr, body: &Statement) -> Result<Flow> {
        self.forget_assigned(std::slice::from_ref(body));
        let stop = self.begin_loop();
        let go = self.f.cell(Ty::I64);
        let count = self.f.cell(Ty::I64);
        let one = self.int(1);
        self.emit(Op::Set(go, one));
        let id = self.f.new_loop();
        let site = self.site();
        let mut flow = Flow::Next;
        self.loops.push(id);
        let written = self.region(|l| {
            let val = l.expression(condition)?;
            let holds = l.condition(&val)?;
            let zero = l.int(0);
            let proceed = l.f.value(Ty::I64);
            l.emit(Op::Compare { out: proceed, op: Compare::Ne, ty: Ty::I64, left: holds, right: zero });
            l.emit(Op::Set(go, proceed));
            let then = l.region(|l| {
                l.lower_flag();
                flow = l.statement(body)?;
                if flow != Flow::Next {
                    let down = l.is_down(stop);
                    l.emit(Op::Set(go, down));
                }
                Ok(())
            })?;
            l.emit(Op::If(Box::new(If { condition: proceed, then, otherwise: Region::default() })));
            Ok(())
        });
        self.loops.pop();
        let out = self.end_loop(flow != Flow::Next);
        let body_region = written?;
        let frame = FrameUse::Drop;
        self.emit(Op::While(Box::new(While { id, go, body: body_region, count, frame, site })));
        self.forget_assigned(std::slice::from_ref(body));
        Ok(out)
    }

    /// Opens a loop; the cell says that it was stopped.
    fn begin_loop(&mut self) -> Cell {
        let (skip, stop) = (self.f.cell(Ty::I64), self.f.cell(Ty::I64));
        let zero = self.int(0);
        self.emit(Op::Set(stop, zero));
        self.exits.push(Exit::Loop { skip, stop });
        stop
    }

    /// Start of an iteration.
    fn lower_flag(&mut self) {
        if let Some(Exit::Loop { skip, .. }) = self.exits.last().cloned() {
            let zero = self.int(0);
            self.emit(Op::Set(skip, zero));
        }
    }

    /// Closes the loop; a `return` inside it may have left the function too.
    fn end_loop(&mut self, exits: bool) -> Flow {
        self.exits.pop();
        let inside_function = self.exits.iter().any(|e| matches!(e, Exit::Function { .. }));
        if exits && inside_function { Flow::Maybe } else { Flow::Next }
    }

    fn is_down(&mut self, flag: Cell) -> V {
        let up = self.f.value(Ty::I64);
        self.emit(Op::Get(up, flag));
        let zero = self.int(0);
        let out = self.f.value(Ty::I64);
        self.emit(Op::Compare { out, op: Compare::Eq, ty: Ty::I64, left: up, right: zero });
        out
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot {
            values: self.f.values.len(),
            cells: self.f.cells.len(),
            buffers: self.f.buffers.len(),
            loops: self.f.loops,
            regions: self.regions.iter().map(Vec::len).collect(),
            open_loops: self.loops.len(),
            exits: self.exits.clone(),
            inlining: self.inlining.len(),
            bindings: self.bindings.clone(),
            unrolled: self.unrolled,
        }
    }

    pub(super) fn rewind(&mut self, s: Snapshot) {
        self.f.values.truncate(s.values);
        self.f.cells.truncate(s.cells);
        self.f.buffers.truncate(s.buffers);
        self.f.loops = s.loops;
        self.regions.truncate(s.regions.len());
        for (region, len) in self.regions.iter_mut().zip(s.regions) {
            region.truncate(len);
        }
        self.loops.truncate(s.open_loops);
        self.exits = s.exits;
        self.inlining.truncate(s.inlining);
        self.bindings = s.bindings;
        self.unrolled = s.unrolled;
        let buffers = self.f.buffers.len() as u32;
        self.interned.retain(|_, (_, buffer)| buffer.0 < buffers);
    }
}

/// The state to go back to when a loop must be unrolled after all.
pub(super) struct Snapshot {
    values: usize,
    cells: usize,
    buffers: usize,
    loops: u32,
    regions: Vec<usize>,
    open_loops: usize,
    exits: Vec<Exit>,
    inlining: usize,
    bindings: std::collections::HashMap<VarId, Binding>,
    unrolled: usize,
}

fn join(first: Flow, second: Flow) -> Flow {
    match (first, second) {
        (Flow::Exited, _) | (_, Flow::Exited) if first != Flow::Maybe => Flow::Exited,
        (Flow::Next, Flow::Next) => Flow::Next,
        _ => Flow::Maybe,
    }
}
