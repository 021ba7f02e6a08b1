//! Changes of latent variables that leave the law of the data as it is, a kind in a file.
//!
//! A parameter `u` with a prior of its own becomes a function of another one, `z`: `u = m + s z`, say. The change of variables gives `z` its
//! prior; whatever else depends on `u` stays as it is.

mod components;
mod parametrisation;
mod scales;

use crate::dice::Dice;
use crate::syntax::{bare, parse, print};
use ppl_grammar::ast::{Block, Expr, ExprKind, Program, SizedTypeKind, Statement, StatementKind};
use ppl_grammar::format::{expression, sized_type};
use ppl_grammar::walk::{VisitMut, walk_program};

/// A changed program; `None` where there is no place for the change.
pub type Change = fn(&Program, &mut Dice) -> Option<Program>;

/// A kind of change.
pub struct Family {
    pub name: &'static str,
    pub change: Change,
    /// Whether the canonical form at the level of the law knows it: then texts are equal.
    pub known: bool,
}

const fn known(name: &'static str, change: Change) -> Family {
    Family { name, change, known: true }
}

const fn unknown(name: &'static str, change: Change) -> Family {
    Family { name, change, known: false }
}

/// All kinds.
pub const FAMILIES: [Family; 12] = [
    known("not centred", parametrisation::non_centred),
    known("centred on another parameter", parametrisation::centred_on_another),
    known("scaled by a number", parametrisation::scaled_by_number),
    known("several of these", parametrisation::several),
    unknown("reflected", parametrisation::reflected),
    unknown("scaled by the root of the scale", parametrisation::half_scaled),
    unknown("scaled by another parameter", parametrisation::scaled_by_another),
    unknown("a scale in other units", scales::rescaled),
    unknown("logarithm of a scale", scales::logarithm),
    unknown("scale mixture", components::scale_mixture),
    unknown("gamma and beta mixtures", components::of_counts),
    unknown("sorted", components::sorted),
];

/// A parameter with one prior, `name ~ family(arguments)`.
#[derive(Clone, Debug)]
struct Latent {
    name: String,
    /// As declared, without bounds: `real`, `vector[J]`.
    ty: String,
    /// The number of elements of a vector.
    size: Option<String>,
    positive: bool,
    family: String,
    arguments: Vec<String>,
}

impl Latent {
    /// Places of location and scale among the arguments.
    fn location_scale(&self) -> Option<(usize, usize)> {
        match self.family.as_str() {
            "normal" | "logistic" | "double_exponential" if !self.positive => Some((0, 1)),
            "student_t" if !self.positive => Some((1, 2)),
            _ => None,
        }
    }

    fn mentions(&self, name: &str) -> bool {
        self.arguments.iter().any(|a| crate::syntax::mentions(&expression_of(a), name))
    }

    /// The prior with other arguments.
    fn with(&self, changes: &[(usize, String)]) -> String {
        let mut arguments = self.arguments.clone();
        changes.iter().for_each(|(place, text)| arguments[*place] = text.clone());
        format!("{}({})", self.family, arguments.join(", "))
    }
}

fn items<T>(block: &Option<Block<T>>) -> &[T] {
    block.as_ref().map_or(&[], |block| &block.items)
}

/// Parameters that are numbers or vectors, free or positive, with a prior of their own and no other.
fn latents(program: &Program) -> Vec<Latent> {
    let mut found = Vec::new();
    for declaration in items(&program.parameters) {
        let StatementKind::Declare { ty, variables, .. } = &declaration.kind else { continue };
        let [(name, None)] = variables.as_slice() else { continue };
        let transform = &ty.transform;
        let zero = |e: &Expr| matches!(&e.kind, ExprKind::Int(digits) if digits == "0");
        let positive = transform.lower.as_deref().is_some_and(zero);
        let others = [&transform.upper, &transform.offset, &transform.multiplier];
        if others.iter().any(|bound| bound.is_some()) || transform.lower.is_some() != positive {
            continue;
        }
        let size = match &ty.kind {
            SizedTypeKind::Real => None,
            SizedTypeKind::Vector(n) => Some(expression(n)),
            _ => continue,
        };
        let mut plain = ty.clone();
        plain.transform = Default::default();
        let priors: Vec<&Statement> = items(&program.model).iter().filter(|s| is_of(s, &name.name)).collect();
        let [Statement { kind: StatementKind::Tilde { arg, distribution, arguments, truncation: None }, .. }] =
            priors.as_slice()
        else {
            continue;
        };
        let (mut family, mut arguments) =
            (distribution.name.clone(), arguments.iter().map(expression).collect::<Vec<_>>());
        if family == "std_normal" {
            (family, arguments) = ("normal".into(), vec!["0".into(), "1".into()]);
        }
        let itself = arguments.iter().any(|a| crate::syntax::mentions(&expression_of(a), &name.name));
        if matches!(&bare(arg).kind, ExprKind::Variable(own) if *own == name.name) && !itself {
            let ty = sized_type(&plain);
            found.push(Latent { name: name.name.clone(), ty, size, positive, family, arguments });
        }
    }
    found
}

/// Whether a statement, or one in it, has an outcome that mentions a variable.
fn is_of(statement: &Statement, name: &str) -> bool {
    struct Find<'a>(&'a str, bool);
    impl VisitMut for Find<'_> {
        fn statement(&mut self, s: &mut Statement) {
            self.1 |= matches!(&s.kind, StatementKind::Tilde { arg, .. } if crate::syntax::mentions(arg, self.0));
        }
    }
    let mut find = Find(name, false);
    ppl_grammar::walk::walk_statement(&mut find, &mut statement.clone());
    find.1
}

/// The syntax of an expression.
fn expression_of(text: &str) -> Expr {
    let program = parse(&format!("model {{ target += {text}; }}"));
    match program.model.map(|block| block.items) {
        Some(mut items) => match items.remove(0).kind {
            StatementKind::TargetPlus(e) => e,
            _ => crate::syntax::int(0),
        },
        None => crate::syntax::int(0),
    }
}

fn statements(text: &str) -> Vec<Statement> {
    parse(&format!("model {{ {text} }}")).model.map(|block| block.items).unwrap_or_default()
}

/// Where the function of the new parameter stands.
#[derive(Clone, Copy)]
enum Place {
    TransformedParameters,
    Model,
    /// Wherever the old parameter stood.
    Everywhere,
}

/// The program in which `latent` is `value`, and new parameters stand for it: declarations and their priors, as texts. Generated quantities
/// are left out. `None` where that is no program.
fn replaced(
    program: &Program,
    latent: &Latent,
    parameters: &str,
    priors: &str,
    value: &str,
    dice: &mut Dice,
) -> Option<Program> {
    let mut places = [Place::TransformedParameters, Place::Model, Place::Everywhere];
    dice.shuffle(&mut places);
    places.into_iter().find_map(|place| {
        let mut changed = Program { generated_quantities: None, ..program.clone() };
        let declared = parse(&format!("parameters {{ {parameters} }}")).parameters?.items;
        let own = &mut changed.parameters.as_mut()?.items;
        let at = own.iter().position(|s| declares(s, &latent.name))?;
        own.splice(at..=at, declared);
        let model = &mut changed.model.as_mut()?.items;
        let at = model.iter().position(|s| is_of(s, &latent.name))?;
        model.splice(at..=at, statements(priors));
        let local = statements(&format!("{} {} = {value};", latent.ty, latent.name));
        match place {
            Place::TransformedParameters => {
                let block = &mut changed.transformed_parameters;
                let block = block.get_or_insert_with(|| Block { items: Vec::new(), span: Default::default() });
                block.items.splice(0..0, local);
            }
            Place::Model => drop(changed.model.as_mut()?.items.splice(0..0, local)),
            Place::Everywhere => {
                let value = crate::syntax::expr(ExprKind::Paren(Box::new(expression_of(value))));
                walk_program(&mut Substitute(&latent.name, value), &mut changed);
            }
        }
        is_valid(&changed).then_some(changed)
    })
}

struct Substitute<'a>(&'a str, Expr);

impl VisitMut for Substitute<'_> {
    fn expr(&mut self, e: &mut Expr) {
        if matches!(&e.kind, ExprKind::Variable(name) if name == self.0) {
            *e = self.1.clone();
        }
    }
}

fn declares(statement: &Statement, name: &str) -> bool {
    matches!(&statement.kind, StatementKind::Declare { variables, .. } if variables.iter().any(|(own, _)| own.name == name))
}

fn is_valid(program: &Program) -> bool {
    let text = print(program);
    let parsed = ppl_grammar::parse::parse(&ppl_grammar::source::SourceMap::from_text("changed", text));
    parsed.is_ok() && ppl_program::check(&parsed.program).is_ok()
}

/// A name that the program does not have.
fn fresh(program: &Program, wish: &str) -> String {
    let text = print(program);
    let is_free = |name: &String| !text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name);
    (0..).map(|k| if k == 0 { wish.to_string() } else { format!("{wish}_{k}") }).find(is_free).unwrap_or_default()
}

/// The value of a number that is written down.
fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}

/// One of several candidates, in random order, that comes to something.
fn first_of<T, R>(mut candidates: Vec<T>, dice: &mut Dice, mut f: impl FnMut(&T, &mut Dice) -> Option<R>) -> Option<R> {
    dice.shuffle(&mut candidates);
    candidates.iter().find_map(|candidate| f(candidate, dice))
}
