//! From the typed program to its form: the program is run on terms.
//!
//! Assigned variables are replaced by what they hold, loops by comprehensions and by factors over ranges, branches by conditions.
//! What has no such reading (a recursion in time, `while`, ...) stays a statement; see [`code`].

mod code;
mod containers;
mod densities;
mod expressions;
mod functions;
mod loops;
mod statements;

pub use expressions::is_elementwise;

use crate::form::{Bounds, Code, Declared, Factor, FactorKind, Form};
use crate::term::{Id, Terms, Var, Variable};
use ppl_program::typed::{Constraint, Declaration, Expr, Level, Origin, Program, SizedType, Statement, Type, VarId};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// The statement at hand has no reading as terms.
struct Stop;

type Read<T> = Result<T, Stop>;

/// What a variable holds at a point of the program.
#[derive(Clone, Debug)]
enum Value {
    /// A term, and the number of loops around where it was bound.
    Term(Id, u32),
    /// Written by statements that stay.
    Kept(Var),
    /// Elements assigned one by one over an earlier value.
    Partial { base: Option<(Id, u32)>, updates: Vec<Update> },
}

/// One element (or row) that was assigned; terms live inside `depth` loops.
#[derive(Clone, Debug)]
struct Update {
    indices: Vec<Id>,
    value: Id,
    depth: u32,
}

/// The declared type of a variable that is assigned; sizes live inside `depth` loops.
#[derive(Clone, Debug)]
struct Shape {
    ty: Type,
    sizes: Vec<Id>,
    depth: u32,
}

struct Reader<'a> {
    program: &'a Program,
    plain: bool,
    /// Variables that are arguments of functions which care for the kind of container.
    handed_over: HashSet<VarId>,
    terms: Terms,
    environment: HashMap<VarId, Value>,
    shapes: HashMap<VarId, Shape>,
    /// Loops around.
    depth: u32,
    /// Conditions around, and the depth they live at.
    guards: Vec<(Id, u32)>,
    factors: Vec<Factor>,
    code: Vec<Code>,
    /// Stand for what a variable held before the turn of a loop.
    carried: HashSet<Var>,
    /// Number of the statement at hand, and of the last one that writes a variable.
    now: usize,
    last_write: HashMap<VarId, usize>,
    /// Whether the statement at hand stays a statement.
    keeping: bool,
    /// Whether densities at hand are those of a function that was called with all constants.
    keeping_constants: bool,
    /// Functions being inlined, and those that cannot be.
    inlining: Vec<usize>,
    opaque: HashSet<usize>,
    /// Something had no term where it must have one.
    failed: bool,
}

/// The form of a program. With `plain`, data and parameters that are one-dimensional arrays of real numbers or row vectors become
/// vectors: their elements are the same. `None` where a size, bound or statement has no reading at all.
pub fn read(program: &Program, plain: bool) -> Option<Form> {
    let mut reader = Reader {
        program,
        plain,
        handed_over: containers::handed_over(program),
        terms: Terms::default(),
        environment: HashMap::new(),
        shapes: HashMap::new(),
        depth: 0,
        guards: Vec::new(),
        factors: Vec::new(),
        code: Vec::new(),
        carried: HashSet::new(),
        now: 0,
        last_write: HashMap::new(),
        keeping: false,
        keeping_constants: false,
        inlining: Vec::new(),
        opaque: HashSet::new(),
        failed: false,
    };
    let data = program.data.iter().map(|d| reader.declare(d)).collect();
    let before: Vec<&Statement> = flat(&program.transformed_data);
    let after: Vec<&Statement> =
        [&program.transformed_parameters, &program.model].into_iter().flat_map(|block| flat(block)).collect();
    for (number, statement) in before.iter().chain(&after).enumerate() {
        for variable in statements::assigned(statement) {
            reader.last_write.insert(variable, number);
        }
    }
    reader.sequence(&before);
    let parameters = program.parameters.iter().map(|d| reader.declare(d)).collect();
    reader.sequence(&after);
    if reader.failed {
        return None;
    }
    let (determined, factors) = std::mem::take(&mut reader.factors).into_iter().partition(|factor| match factor.kind {
        FactorKind::Add(term) => !reader.terms.is_parametric(term) && !reader.mentions_carried(term),
        _ => false,
    });
    Some(Form {
        terms: reader.terms,
        data,
        parameters,
        code: reader.code,
        factors,
        determined,
        source: (!program.functions.is_empty()).then(|| Rc::new(program.clone())),
    })
}

/// The statements of a block, with nested blocks opened: names are unique already.
fn flat(block: &[Statement]) -> Vec<&Statement> {
    use ppl_program::typed::StatementKind as S;
    let mut all = Vec::new();
    for statement in block {
        match &statement.kind {
            S::Block(body) | S::Profile { body, .. } => all.extend(flat(body)),
            _ => all.push(statement),
        }
    }
    all
}

impl Reader<'_> {
    fn declare(&mut self, declaration: &Declaration) -> Declared {
        let mut ty = declaration.ty.unsized_type();
        let sizes = self.sizes_of(&declaration.ty).unwrap_or_else(|Stop| {
            self.failed = true;
            Vec::new()
        });
        let flat = ty == Type::RowVector || ty == Type::Real.array(1);
        if self.plain && flat && !self.handed_over.contains(&declaration.variable) {
            ty = Type::Vector;
        }
        let variable = self.program.variable(declaration.variable);
        let parametric = variable.origin == Origin::Parameter || variable.level == Level::Parameter;
        let constraint = self.bounds(&declaration.ty);
        let var = self.terms.declare(Variable { name: variable.name.clone(), ty, sizes, parametric });
        let term = self.terms.var(var);
        self.environment.insert(declaration.variable, Value::Term(term, 0));
        Declared { var, constraint }
    }

    /// One size a dimension.
    fn sizes_of(&mut self, ty: &SizedType) -> Read<Vec<Id>> {
        match ty {
            SizedType::Vector(n, _)
            | SizedType::RowVector(n, _)
            | SizedType::ComplexVector(n, _)
            | SizedType::ComplexRowVector(n, _) => Ok(vec![self.expression(n)?]),
            SizedType::Matrix(m, n, _) | SizedType::ComplexMatrix(m, n, _) => {
                Ok(vec![self.expression(m)?, self.expression(n)?])
            }
            SizedType::Array(element, outer) => {
                let mut sizes = self.expressions(outer)?;
                sizes.extend(self.sizes_of(element)?);
                Ok(sizes)
            }
            _ => Ok(Vec::new()),
        }
    }

    fn bounds(&mut self, ty: &SizedType) -> Bounds {
        let constraint = match ty {
            SizedType::Int(c) | SizedType::Real(c) | SizedType::Complex(c) => c,
            SizedType::Vector(_, c)
            | SizedType::RowVector(_, c)
            | SizedType::ComplexVector(_, c)
            | SizedType::ComplexRowVector(_, c) => c,
            SizedType::Matrix(_, _, c) | SizedType::ComplexMatrix(_, _, c) => c,
            SizedType::Array(element, _) => return self.bounds(element),
            SizedType::Tuple(_) => return Bounds::None,
        };
        let mut term = |e: &Expr| {
            self.expression(e).unwrap_or_else(|Stop| {
                self.failed = true;
                self.terms.int(0)
            })
        };
        let infinite = |terms: &Terms, id: Id| terms.number(id).is_some_and(f64::is_infinite);
        match constraint {
            Constraint::None | Constraint::Offset(_) | Constraint::Multiplier(_) | Constraint::OffsetMultiplier(..) => {
                Bounds::None
            }
            Constraint::Lower(a) => match term(a) {
                a if infinite(&self.terms, a) => Bounds::None,
                a => Bounds::Lower(a),
            },
            Constraint::Upper(b) => match term(b) {
                b if infinite(&self.terms, b) => Bounds::None,
                b => Bounds::Upper(b),
            },
            Constraint::LowerUpper(a, b) => {
                let (a, b) = (term(a), term(b));
                match (infinite(&self.terms, a), infinite(&self.terms, b)) {
                    (true, true) => Bounds::None,
                    (false, true) => Bounds::Lower(a),
                    (true, false) => Bounds::Upper(b),
                    _ => Bounds::Both(a, b),
                }
            }
            structure => Bounds::Structure(structure.clone()),
        }
    }

    /// A term of the loops around, brought inside the loop at hand.
    fn here(&mut self, term: Id, depth: u32) -> Id {
        self.terms.shift(term, self.depth - depth)
    }

    fn mentions_carried(&self, term: Id) -> bool {
        !self.carried.is_empty() && self.terms.mentions(term, |var| self.carried.contains(&var))
    }
}
