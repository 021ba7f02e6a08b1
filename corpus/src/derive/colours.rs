//! Parameters told apart by their priors and uses, whatever their names: how near a text is to another.
//!
//! Names of parameters and the order of terms follow from the whole program, so two texts that differ by one scale may differ in many
//! lines. Colour refinement (Weisfeiler and Leman 1968) sees the parameters themselves: each starts with the colour of its type, and in each
//! round gets those of the places where it occurs. The place in a sum does not depend on the other terms, so a wrong scale changes the colours of
//! its neighbourhood only.

use super::{declared, items};
use ppl_grammar::ast::{BinaryOp, Expr, ExprKind, Index, Program, Statement, StatementKind, UnaryOp};
use ppl_grammar::format;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

const ROUNDS: usize = 3;

/// The places of the parameters and local variables of a canonical program, then their colours, by round.
pub(super) struct Colours(Vec<HashMap<u64, usize>>);

impl Colours {
    pub(super) fn of(program: &Program) -> Colours {
        let mut variables: HashMap<&str, usize> = HashMap::new();
        let mut colours = Vec::new();
        let locals = items(&program.model).iter().filter_map(declared).map(|own| (own, "local"));
        let parameters = items(&program.parameters).iter().filter_map(declared).map(|own| (own, "parameter"));
        for ((name, ty), tag) in parameters.chain(locals) {
            variables.insert(name, colours.len());
            colours.push(hash((tag, format::sized_type(ty))));
        }
        let mut rounds = Vec::new();
        for round in 0..ROUNDS {
            let mut walk = Walk { variables: &variables, colours: &colours, places: vec![Vec::new(); colours.len()] };
            items(&program.model).iter().for_each(|statement| walk.statement(statement, 0));
            let mut places = walk.places;
            if round == 0 {
                // each place by itself: of a prior and a use one may be right
                let single =
                    colours.iter().zip(&places).flat_map(|(own, all)| all.iter().map(move |one| hash((own, one))));
                rounds.push(counted(single));
            }
            let next = colours.iter().zip(&mut places).map(|(own, places)| {
                places.sort_unstable();
                hash((own, places))
            });
            colours = next.collect();
            rounds.push(counted(colours.iter().copied()));
        }
        Colours(rounds)
    }

    /// How many places and colours are among the others, added up over the rounds.
    pub(super) fn agreement(&self, other: &Colours) -> usize {
        let common = |(own, other): (&HashMap<u64, usize>, &HashMap<u64, usize>)| -> usize {
            own.iter().map(|(colour, count)| *count.min(other.get(colour).unwrap_or(&0))).sum()
        };
        self.0.iter().zip(&other.0).map(common).sum()
    }
}

fn counted(hashes: impl Iterator<Item = u64>) -> HashMap<u64, usize> {
    let mut counts = HashMap::new();
    hashes.for_each(|hash| *counts.entry(hash).or_default() += 1);
    counts
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

struct Walk<'p> {
    variables: &'p HashMap<&'p str, usize>,
    colours: &'p [u64],
    /// Where each variable occurs.
    places: Vec<Vec<u64>>,
}

impl Walk<'_> {
    fn statement(&mut self, statement: &Statement, around: u64) {
        match &statement.kind {
            StatementKind::Tilde { arg, distribution, arguments, truncation } => {
                let all: Vec<u64> = std::iter::once(arg).chain(arguments).map(|e| self.hash(e)).collect();
                let own = hash((around, distribution.name.as_str(), truncation.is_some()));
                for (place, e) in std::iter::once(arg).chain(arguments).enumerate() {
                    self.visit(e, hash((own, place, without(&all, place))));
                }
            }
            StatementKind::TargetPlus(e) => self.visit(e, hash((around, "target"))),
            StatementKind::Assign { value, .. } => self.visit(value, hash((around, "assign"))),
            StatementKind::Declare { variables, .. } => {
                variables.iter().filter_map(|(_, e)| e.as_ref()).for_each(|e| self.visit(e, hash((around, "assign"))));
            }
            StatementKind::For { body, .. } | StatementKind::ForEach { body, .. } => self.statement(body, around),
            StatementKind::While { body, .. } => self.statement(body, hash((around, "while"))),
            StatementKind::If { condition, then, otherwise } => {
                let condition = self.hash(condition);
                self.statement(then, hash((around, "then", condition)));
                otherwise.iter().for_each(|s| self.statement(s, hash((around, "otherwise", condition))));
            }
            StatementKind::Block(inside) | StatementKind::Profile { body: inside, .. } => {
                inside.iter().for_each(|s| self.statement(s, around));
            }
            _ => {}
        }
    }

    /// Notes the variables of an expression with the place where they are.
    fn visit(&mut self, e: &Expr, place: u64) {
        match &e.kind {
            ExprKind::Variable(name) => {
                if let Some(&variable) = self.variables.get(name.as_str()) {
                    self.places[variable].push(place);
                }
            }
            ExprKind::Paren(inner) => self.visit(inner, place),
            ExprKind::Binary { op: BinaryOp::Plus | BinaryOp::Minus, .. } => {
                let mut terms = Vec::new();
                sum(e, false, &mut terms);
                terms.into_iter().for_each(|(term, negative)| self.visit(term, hash((place, "term", negative))));
            }
            ExprKind::Binary { op: BinaryOp::Times | BinaryOp::EltTimes, .. } => {
                let mut factors = Vec::new();
                product(e, &mut factors);
                let all: Vec<u64> = factors.iter().map(|factor| self.hash(factor)).collect();
                for (number, factor) in factors.into_iter().enumerate() {
                    self.visit(factor, hash((place, "factor", without(&all, number))));
                }
            }
            ExprKind::Binary { op, left, right } => {
                let (a, b) = (self.hash(left), self.hash(right));
                self.visit(left, hash((place, format!("{op:?}"), b)));
                self.visit(right, hash((place, format!("{op:?}"), a, "right")));
            }
            ExprKind::Unary { op, operand } => self.visit(operand, hash((place, format!("{op:?}")))),
            ExprKind::Transpose(inner) => self.visit(inner, hash((place, "transpose"))),
            ExprKind::Call { name, arguments } if name.name == "log_mix" && arguments.len() == 3 => {
                // the components may be exchanged
                self.visit(&arguments[0], hash((place, "weight")));
                arguments[1..].iter().for_each(|e| self.visit(e, hash((place, "component"))));
            }
            ExprKind::Call { name, arguments } => {
                let all: Vec<u64> = arguments.iter().map(|e| self.hash(e)).collect();
                for (number, e) in arguments.iter().enumerate() {
                    self.visit(e, hash((place, name.name.as_str(), number, without(&all, number))));
                }
            }
            ExprKind::Conditional { name, outcome, arguments } => {
                let outcome = self.hash(outcome);
                let all: Vec<u64> = arguments.iter().map(|e| self.hash(e)).collect();
                for (number, e) in arguments.iter().enumerate() {
                    self.visit(e, hash((place, name.name.as_str(), outcome, number, without(&all, number))));
                }
            }
            ExprKind::Index { base, indices } => {
                let indices: Vec<u64> = indices.iter().map(|index| self.index(index)).collect();
                self.visit(base, hash((place, "part", indices)));
            }
            ExprKind::Array(all) | ExprKind::RowVector(all) => all.iter().for_each(|e| self.visit(e, place)),
            _ => {}
        }
    }

    /// Of what an expression says; sums are alike, so that a term does not depend on the others.
    fn hash(&self, e: &Expr) -> u64 {
        match &e.kind {
            ExprKind::Int(text) | ExprKind::Real(text) => match text.parse::<f64>() {
                Ok(number) => hash(number.to_bits()),
                Err(_) => hash(text),
            },
            ExprKind::Variable(name) => match self.variables.get(name.as_str()) {
                Some(&variable) => self.colours[variable],
                None => hash(name),
            },
            ExprKind::Paren(inner) => self.hash(inner),
            ExprKind::Binary { op: BinaryOp::Plus | BinaryOp::Minus, .. } => hash("sum"),
            ExprKind::Binary { op: BinaryOp::Times | BinaryOp::EltTimes, .. } => {
                let mut factors = Vec::new();
                product(e, &mut factors);
                let mut all: Vec<u64> = factors.iter().map(|factor| self.hash(factor)).collect();
                all.sort_unstable();
                hash(("product", all))
            }
            ExprKind::Binary { op, left, right } => hash((format!("{op:?}"), self.hash(left), self.hash(right))),
            ExprKind::Unary { op, operand } => hash((format!("{op:?}"), self.hash(operand))),
            ExprKind::Transpose(inner) => hash(("transpose", self.hash(inner))),
            ExprKind::Call { name, arguments } => {
                hash((name.name.as_str(), arguments.iter().map(|e| self.hash(e)).collect::<Vec<_>>()))
            }
            ExprKind::Conditional { name, outcome, arguments } => {
                let arguments: Vec<u64> = arguments.iter().map(|e| self.hash(e)).collect();
                hash((name.name.as_str(), self.hash(outcome), arguments))
            }
            ExprKind::Index { base, indices } => {
                hash((self.hash(base), indices.iter().map(|index| self.index(index)).collect::<Vec<_>>()))
            }
            _ => hash(format::expression(e)),
        }
    }

    fn index(&self, index: &Index) -> u64 {
        match index {
            Index::All(_) => 0,
            Index::Single(e) => hash((1, self.hash(e))),
            Index::From(e) => hash((2, self.hash(e))),
            Index::To(e) => hash((3, self.hash(e))),
            Index::Between(a, b) => hash((4, self.hash(a), self.hash(b))),
        }
    }
}

/// All but one, in order.
fn without(all: &[u64], place: usize) -> Vec<u64> {
    all.iter().enumerate().filter(|(own, _)| *own != place).map(|(_, hash)| *hash).collect()
}

/// The terms of a sum, with whether each is subtracted.
fn sum<'e>(e: &'e Expr, negative: bool, out: &mut Vec<(&'e Expr, bool)>) {
    match &e.kind {
        ExprKind::Paren(inner) => sum(inner, negative, out),
        ExprKind::Binary { op: BinaryOp::Plus, left, right } => {
            sum(left, negative, out);
            sum(right, negative, out);
        }
        ExprKind::Binary { op: BinaryOp::Minus, left, right } => {
            sum(left, negative, out);
            sum(right, !negative, out);
        }
        ExprKind::Unary { op: UnaryOp::Minus, operand } => sum(operand, !negative, out),
        _ => out.push((e, negative)),
    }
}

/// The factors of a product.
fn product<'e>(e: &'e Expr, out: &mut Vec<&'e Expr>) {
    match &e.kind {
        ExprKind::Paren(inner) => product(inner, out),
        ExprKind::Binary { op: BinaryOp::Times | BinaryOp::EltTimes, left, right } => {
            product(left, out);
            product(right, out);
        }
        _ => out.push(e),
    }
}
