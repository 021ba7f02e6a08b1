//! What variables stand for while a program is lowered.

use super::{Lowerer, Result, Val, value};
use crate::ir::*;
use ppl_program::typed::*;
use ppl_runtime::value::Value;
use std::collections::{HashMap, HashSet};

/// The meaning of a variable at the current position.
#[derive(Clone, Debug)]
pub enum Binding {
    /// Never assigned again: the value itself.
    Value(Val),
    /// Declared; its only assignment comes later in the same list of statements. With its sizes.
    Pending(Vec<usize>),
    /// An assigned integer, and its value where the data determine it here.
    Int {
        cell: Cell,
        known: Option<i32>,
    },
    /// An assigned real.
    Real(Cell),
    /// An assigned array.
    Array(View),
    Tuple(Vec<Binding>),
}

/// How often and where each variable is assigned.
pub struct Assignments {
    count: HashMap<VarId, u32>,
    /// Assigned once, as a whole, in the list of statements that declares it.
    once: HashSet<VarId>,
}

impl Assignments {
    pub fn of(program: &Program) -> Assignments {
        let mut a = Assignments { count: HashMap::new(), once: HashSet::new() };
        let blocks = [&program.transformed_parameters, &program.model, &program.generated_quantities];
        for block in blocks.into_iter().chain(program.functions.iter().map(|f| &f.body)) {
            a.list(block);
        }
        a.once.retain(|v| a.count.get(v) == Some(&1));
        a
    }

    pub fn is_assigned(&self, v: VarId) -> bool {
        self.count.contains_key(&v)
    }

    pub fn is_single(&self, v: VarId) -> bool {
        self.once.contains(&v)
    }

    fn list(&mut self, statements: &[Statement]) {
        let mut declared = HashSet::new();
        for statement in statements {
            match &statement.kind {
                StatementKind::Declare(d) if d.initial.is_none() => {
                    declared.insert(d.variable);
                }
                StatementKind::Assign { target, .. }
                    if target.path.is_empty() && declared.contains(&target.variable) =>
                {
                    self.once.insert(target.variable);
                }
                _ => {}
            }
            for variable in assigned_here(statement) {
                *self.count.entry(variable).or_default() += 1;
            }
            for inner in children(statement) {
                self.list(inner);
            }
        }
    }
}

/// The lists of statements inside a statement.
pub fn children(statement: &Statement) -> Vec<&[Statement]> {
    match &statement.kind {
        StatementKind::If { then, otherwise, .. } => {
            let mut out = vec![std::slice::from_ref(&**then)];
            out.extend(otherwise.iter().map(|s| std::slice::from_ref(&**s)));
            out
        }
        StatementKind::While { body, .. } | StatementKind::For { body, .. } | StatementKind::ForEach { body, .. } => {
            vec![std::slice::from_ref(&**body)]
        }
        StatementKind::Block(list) | StatementKind::Profile { body: list, .. } => vec![list],
        _ => Vec::new(),
    }
}

fn assigned_here(statement: &Statement) -> Vec<VarId> {
    match &statement.kind {
        StatementKind::Assign { target, .. } => vec![target.variable],
        StatementKind::AssignTuple { targets, .. } => targets.iter().map(|t| t.variable).collect(),
        _ => Vec::new(),
    }
}

/// All variables that a statement or anything inside it assigns.
pub fn assigned_in(statement: &Statement, out: &mut HashSet<VarId>) {
    out.extend(assigned_here(statement));
    for list in children(statement) {
        for inner in list {
            assigned_in(inner, out);
        }
    }
}

impl Lowerer<'_> {
    /// Declares a variable (without its initial value).
    pub(super) fn declare(&mut self, d: &Declaration) -> Result<()> {
        let binding = self.storage(d.variable, &d.ty)?;
        self.bindings.insert(d.variable, binding);
        Ok(())
    }

    fn storage(&mut self, variable: VarId, ty: &SizedType) -> Result<Binding> {
        if let SizedType::Tuple(items) = ty {
            let parts: Result<Vec<Binding>> = items.iter().map(|item| self.fresh_storage(item)).collect();
            return parts.map(Binding::Tuple);
        }
        if self.assignments.is_single(variable) {
            let dims = match ty {
                SizedType::Int(_) | SizedType::Real(_) => Vec::new(),
                ty => self.sizes(ty)?,
            };
            return Ok(Binding::Pending(dims));
        }
        self.fresh_storage(ty)
    }

    fn fresh_storage(&mut self, ty: &SizedType) -> Result<Binding> {
        Ok(match ty {
            SizedType::Int(_) => {
                let cell = self.f.cell(Ty::I64);
                let v = self.int(i32::MIN as i64);
                self.emit(Op::Set(cell, v));
                Binding::Int { cell, known: None }
            }
            SizedType::Real(_) => {
                let cell = self.f.cell(Ty::F64);
                let v = self.real(f64::NAN);
                self.emit(Op::Set(cell, v));
                Binding::Real(cell)
            }
            SizedType::Tuple(items) => {
                Binding::Tuple(items.iter().map(|item| self.fresh_storage(item)).collect::<Result<_>>()?)
            }
            ty => {
                let dims = self.sizes(ty)?;
                let (elem, matrix) = layout_of(ty);
                let view = self.assigned_array(elem, &dims, matrix);
                let value = match elem {
                    Elem::F64 => self.real(f64::NAN),
                    Elem::I32 => self.int(i32::MIN as i64),
                };
                self.emit(Op::Fill { to: view.clone(), value });
                Binding::Array(view)
            }
        })
    }

    /// Storage that is assigned piece by piece.
    pub(super) fn assigned_array(&mut self, elem: Elem, dims: &[usize], matrix: bool) -> View {
        let buffer = self.f.buffer(elem, dims.iter().product(), Home::Static);
        View::dense(buffer, dims, matrix)
    }

    /// Sizes of a declared array, vector or matrix, outermost first.
    pub(super) fn sizes(&mut self, ty: &SizedType) -> Result<Vec<usize>> {
        let mut sizes: Vec<&Expr> = Vec::new();
        let mut ty = ty;
        if let SizedType::Array(element, dims) = ty {
            sizes.extend(dims);
            ty = element;
        }
        match ty {
            SizedType::Vector(n, _) | SizedType::RowVector(n, _) => sizes.push(n),
            SizedType::Matrix(rows, cols, _) => sizes.extend([rows, cols]),
            SizedType::Int(_) | SizedType::Real(_) => {}
            _ => return self.unsupported("complex numbers and arrays of tuples"),
        }
        sizes.into_iter().map(|e| self.size(e)).collect()
    }

    /// An expression that must be known and not negative.
    pub(super) fn size(&mut self, e: &Expr) -> Result<usize> {
        match self.expression(e)?.known_int() {
            Some(n) if n >= 0 => Ok(n as usize),
            Some(n) => self.unsupported(format!("size {n} is negative")),
            None => self.unknown_size("a size that depends on parameters or on a loop index"),
        }
    }

    pub(super) fn read(&mut self, id: VarId) -> Result<Val> {
        let Some(binding) = self.bindings.get(&id).cloned() else {
            let name = self.program.variable(id).name.clone();
            return self.unsupported(format!("{name} is read before it is declared"));
        };
        self.read_binding(&binding, id)
    }

    fn read_binding(&mut self, binding: &Binding, id: VarId) -> Result<Val> {
        Ok(match binding {
            Binding::Value(val) => val.clone(),
            Binding::Pending(_) => {
                let name = self.program.variable(id).name.clone();
                return self.unsupported(format!("{name} is read before it is assigned"));
            }
            Binding::Int { known: Some(i), .. } => Val::known(Value::Int(*i)),
            Binding::Int { cell, known: None } => {
                let v = self.f.value(Ty::I64);
                self.emit(Op::Get(v, *cell));
                Val::Int(v)
            }
            Binding::Real(cell) => {
                let v = self.f.value(Ty::F64);
                self.emit(Op::Get(v, *cell));
                Val::Real(v)
            }
            Binding::Array(view) => Val::Array(view.clone()),
            Binding::Tuple(items) => {
                Val::Tuple(items.iter().map(|item| self.read_binding(item, id)).collect::<Result<_>>()?)
            }
        })
    }

    /// Assigns a whole variable.
    pub(super) fn assign_whole(&mut self, id: VarId, val: Val, ty: &Type) -> Result<()> {
        let Some(binding) = self.bindings.get(&id).cloned() else {
            return self.unsupported("assignment before declaration");
        };
        if let Binding::Pending(dims) = &binding {
            if let Some(actual) = self.dims(&val, ty)
                && actual != *dims
            {
                return self.unsupported("the sizes of an assignment differ");
            }
            let val = self.settled(val, ty);
            self.bindings.insert(id, Binding::Value(val));
            return Ok(());
        }
        let binding = self.write_binding(binding, val, ty)?;
        self.bindings.insert(id, binding);
        Ok(())
    }

    pub(super) fn write_binding(&mut self, binding: Binding, val: Val, ty: &Type) -> Result<Binding> {
        match binding {
            Binding::Int { cell, .. } => {
                let known = val.known_int();
                let v = self.int_value(&val)?;
                self.emit(Op::Set(cell, v));
                Ok(Binding::Int { cell, known })
            }
            Binding::Real(cell) => {
                let v = self.real_value(&val)?;
                self.emit(Op::Set(cell, v));
                Ok(Binding::Real(cell))
            }
            Binding::Array(view) => {
                let from = self.view_of(&val, ty)?;
                self.copy_into(&view, from)?;
                Ok(Binding::Array(view))
            }
            Binding::Tuple(parts) => {
                let Type::Tuple(types) = ty else { return self.unsupported("a tuple was expected here") };
                let items = self.tuple_items(&val, parts.len())?;
                let parts: Result<Vec<Binding>> = parts
                    .into_iter()
                    .zip(items)
                    .zip(types)
                    .map(|((part, item), ty)| self.write_binding(part, item, ty))
                    .collect();
                parts.map(Binding::Tuple)
            }
            Binding::Value(_) | Binding::Pending(_) => self.unsupported("assignment to a constant"),
        }
    }

    /// Copies with Stan's value semantics: an overlapping source is copied first.
    pub(super) fn copy_into(&mut self, to: &View, from: View) -> Result<()> {
        if to.dims != from.dims {
            return self.unsupported("the sizes of an assignment differ");
        }
        let from = if from.buffer == to.buffer {
            let matrix = from.dims.len() >= 2;
            self.copy_of(&from, matrix)
        } else {
            from
        };
        self.emit(Op::Copy { to: to.clone(), from });
        Ok(())
    }

    pub(super) fn tuple_items(&mut self, val: &Val, n: usize) -> Result<Vec<Val>> {
        match val {
            Val::Tuple(items) if items.len() == n => Ok(items.clone()),
            Val::Known(value) => match &**value {
                Value::Tuple(items) if items.len() == n => Ok(items.iter().cloned().map(Val::known).collect()),
                _ => self.unsupported("a tuple was expected here"),
            },
            _ => self.unsupported("a tuple was expected here"),
        }
    }

    /// The sizes of an array value.
    pub(super) fn dims(&self, val: &Val, ty: &Type) -> Option<Vec<usize>> {
        match val {
            Val::Array(view) => Some(view.dims.clone()),
            Val::Known(known) if value::has_layout(ty) => Some(value::dims_of(known, ty)),
            _ => None,
        }
    }

    /// From here on the values of these variables are not known: a branch or loop that may assign them begins or ends.
    pub(super) fn forget(&mut self, variables: &HashSet<VarId>) {
        fn forget(binding: &mut Binding) {
            match binding {
                Binding::Int { known, .. } => *known = None,
                Binding::Tuple(items) => items.iter_mut().for_each(forget),
                _ => {}
            }
        }
        for id in variables {
            if let Some(binding) = self.bindings.get_mut(id) {
                forget(binding);
            }
        }
    }
}

/// Element type of a declared array, and whether it ends in a matrix.
fn layout_of(ty: &SizedType) -> (Elem, bool) {
    match ty {
        SizedType::Array(element, _) => layout_of(element),
        SizedType::Int(_) => (Elem::I32, false),
        SizedType::Matrix(..) => (Elem::F64, true),
        _ => (Elem::F64, false),
    }
}
