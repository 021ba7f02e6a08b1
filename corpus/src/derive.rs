//! From a program back to its derivation.
//!
//! A derivation is proposed from what the canonical text shows and accepted only if its own text is that text, so what is found is
//! right. The proposal: for each way to make the start symbol, a term is there if what it adds to the text alone is part of the text;
//! then each scale is the one with which most lines agree. A program whose terms change each other's spelling may be missed.

use crate::choices::Language;
use crate::derivation::{Derivation, Node, Part};
use crate::grammar::{Grammar, PartKind};
use crate::schema::{Column, ColumnKind, Outcome, Schema};
use crate::text::{levels, program};
use ppl_canonical::{Level, Options, canonicalise};
use ppl_grammar::ast::{self, BinaryOp, Expr, ExprKind, SizedTypeKind, Statement, StatementKind};
use ppl_grammar::format;
use ppl_grammar::walk::{VisitMut, walk_program, walk_statement};
use ppl_program::typed;
use std::collections::{BTreeMap, HashMap};

/// Why a program has no derivation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Outside {
    #[error("{0}")]
    Canonical(String),
    /// Its data are no table: one outcome, columns of the same length, groups.
    #[error("its data are no table that the grammar knows: {0}")]
    Table(String),
    #[error("no derivation of the grammar has this text")]
    Grammar,
}

/// The table that a program describes, and its derivation.
///
/// # Errors
/// The program is outside the grammar, as far as this search sees.
pub fn derive(grammar: &Grammar, source: &typed::Program) -> Result<(Schema, Derivation), Outside> {
    let (schema, target) = as_table(source)?;
    // not every family of positive outcomes says so
    let outcomes = match schema.outcome {
        Outcome::Real => vec![Outcome::Real, Outcome::Positive],
        other => vec![other],
    };
    for outcome in outcomes {
        let schema = Schema { outcome, ..schema.clone() };
        let Some(language) = Language::new(grammar, &schema) else { continue };
        let search = Search { grammar, schema: &schema, language: &language, text: &target, marks: marks(&target)? };
        if let Some(derivation) = search.start() {
            return Ok((schema, derivation));
        }
    }
    Err(Outside::Grammar)
}

fn canonical(source: &typed::Program, data_names: bool) -> Result<ppl_canonical::Canonical, Outside> {
    canonicalise(source, Options { level: Level::Law, data_names }).map_err(|e| Outside::Canonical(e.to_string()))
}

/// The canonical text with the names of a table's columns.
fn as_table(source: &typed::Program) -> Result<(Schema, String), Outside> {
    let mut program = canonical(source, false)?.program;
    let data = program.data.as_ref().map(|block| block.items.as_slice()).unwrap_or_default();
    let other = |text: String| Err(Outside::Table(text));
    let mut outcome: Option<(Outcome, String)> = None;
    for statement in data {
        if let Some((name, ty)) = declared(statement)
            && name == "y"
        {
            outcome = outcome_of(ty);
        }
    }
    let Some((outcome, rows)) = outcome else { return other("there is no single outcome".into()) };
    let mut names: HashMap<String, String> = [(rows.clone(), "N".to_string())].into_iter().collect();
    let mut columns = Vec::new();
    let mut counts: BTreeMap<ColumnKind, usize> = BTreeMap::new();
    for statement in data {
        let Some((name, ty)) = declared(statement).filter(|(name, _)| name != "y") else { continue };
        let kind = match &ty.kind {
            SizedTypeKind::Int => continue,
            SizedTypeKind::Vector(n) if format::expression(n) == rows => ColumnKind::Real,
            SizedTypeKind::Array(element, sizes)
                if element.kind == SizedTypeKind::Int && sizes.iter().map(format::expression).eq([rows.clone()]) =>
            {
                let Some(upper) = &element.transform.upper else { return other(format!("`{name}` has no groups")) };
                let number = counts.get(&ColumnKind::Group).copied().unwrap_or(0) + 1;
                if names.insert(format::expression(upper), levels(&format!("g{number}"))).is_some() {
                    return other(format!("`{name}` and another column have the same groups"));
                }
                ColumnKind::Group
            }
            _ => return other(format!("`{name}` is no column")),
        };
        let number = counts.entry(kind).or_default();
        *number += 1;
        let column = format!("{}{number}", kind.prefix());
        names.insert(name, column.clone());
        columns.push(Column { name: column, kind });
    }
    columns.sort_by_key(|column| column.kind);
    walk_program(&mut Rename { names: &names }, &mut program);
    let checked = ppl_program::check(&program).map_err(|_| Outside::Table("its names clash".into()))?;
    Ok((Schema { outcome, columns }, canonical(&checked.program, true)?.text))
}

fn declared(statement: &Statement) -> Option<(String, &ast::SizedType)> {
    match &statement.kind {
        StatementKind::Declare { ty, variables, .. } => Some((variables.first()?.0.name.clone(), ty)),
        _ => None,
    }
}

/// The kind of the outcome by its declaration, and its size.
fn outcome_of(ty: &ast::SizedType) -> Option<(Outcome, String)> {
    match &ty.kind {
        SizedTypeKind::Vector(n) => {
            let kind = if ty.transform.lower.is_some() { Outcome::Positive } else { Outcome::Real };
            Some((kind, format::expression(n)))
        }
        SizedTypeKind::Array(element, sizes) if element.kind == SizedTypeKind::Int && sizes.len() == 1 => {
            let kind = if element.transform.upper.is_some() { Outcome::Binary } else { Outcome::Count };
            Some((kind, format::expression(&sizes[0])))
        }
        _ => None,
    }
}

struct Rename<'a> {
    names: &'a HashMap<String, String>,
}

impl VisitMut for Rename<'_> {
    fn expr(&mut self, e: &mut Expr) {
        if let ExprKind::Variable(name) = &mut e.kind
            && let Some(to) = self.names.get(name)
        {
            *name = to.clone();
        }
    }

    fn statement(&mut self, statement: &mut Statement) {
        if let StatementKind::Declare { variables, .. } = &mut statement.kind {
            for (name, _) in variables {
                if let Some(to) = self.names.get(&name.name) {
                    name.name = to.clone();
                }
            }
        }
    }
}

/// The terms of the sums in the statements about the outcome, without names of parameters, and how often each is there.
type Marks = BTreeMap<String, usize>;

fn marks(text: &str) -> Result<Marks, Outside> {
    let parsed = ppl_grammar::parse::parse(&ppl_grammar::source::SourceMap::from_text("canonical", text));
    let program = parsed.program;
    let mut parameters: HashMap<String, String> = HashMap::new();
    for statement in program.parameters.iter().flat_map(|block| &block.items) {
        if let Some((name, ty)) = declared(statement) {
            parameters.insert(name, if ty.kind == SizedTypeKind::Real { "real_" } else { "vector_" }.to_string());
        }
    }
    let mut found = Marks::new();
    for statement in program.model.iter().flat_map(|block| &block.items) {
        let mut statement = statement.clone();
        walk_statement(&mut Rename { names: &parameters }, &mut statement);
        if format::statement(&statement).contains('y') {
            walk_statement(&mut Terms { found: &mut found }, &mut statement);
        }
    }
    Ok(found)
}

struct Terms<'a> {
    found: &'a mut Marks,
}

impl VisitMut for Terms<'_> {
    fn expr(&mut self, e: &mut Expr) {
        if let ExprKind::Binary { op: BinaryOp::Plus | BinaryOp::Minus, left, right } = &e.kind {
            for part in [left, right] {
                if !matches!(part.kind, ExprKind::Binary { op: BinaryOp::Plus | BinaryOp::Minus, .. }) {
                    *self.found.entry(format::expression(part)).or_default() += 1;
                }
            }
        }
    }
}

struct Search<'a> {
    grammar: &'a Grammar,
    schema: &'a Schema,
    language: &'a Language<'a>,
    text: &'a str,
    marks: Marks,
}

impl Search<'_> {
    fn start(&self) -> Option<Derivation> {
        self.bare(self.grammar.start, 4).into_iter().find_map(|root| self.complete(Derivation { root }))
    }

    /// All ways to make a non-terminal without any term, and with the first grade of each role.
    fn bare(&self, nonterminal: usize, depth: usize) -> Vec<Node> {
        let mut all = Vec::new();
        if depth == 0 {
            return all;
        }
        for &(rule, _) in self.language.options(nonterminal) {
            for columns in self.language.tuples(rule) {
                let mut nodes = vec![Node { rule, columns: columns.clone(), parts: Vec::new() }];
                for (_, kind) in &self.grammar.rules[rule].parts {
                    let parts: Vec<Part> = match kind {
                        PartKind::Nonterminal(inner) => {
                            self.bare(*inner, depth - 1).into_iter().map(|node| Part::Node(Box::new(node))).collect()
                        }
                        PartKind::Set(_) => vec![Part::Set(Vec::new())],
                        PartKind::Role(_) => vec![Part::Grade(0)],
                    };
                    nodes = nodes
                        .iter()
                        .flat_map(|node| {
                            parts.iter().map(|part| {
                                let mut node = node.clone();
                                node.parts.push(part.clone());
                                node
                            })
                        })
                        .collect();
                }
                all.extend(nodes);
            }
        }
        all
    }

    /// The derivation with the terms and scales of the text; `None` where its text is another.
    fn complete(&self, mut derivation: Derivation) -> Option<Derivation> {
        let base = marks(&self.text_of(&derivation)?).ok()?;
        let mut paths = Vec::new();
        sets(&derivation.root, self.grammar, &mut Vec::new(), &mut paths);
        for (path, set) in paths {
            let mut chosen = Vec::new();
            for candidate in self.language.candidates(set) {
                for node in self.bare(self.grammar.sets[set].of, 2) {
                    if node.rule != candidate.rule || node.columns != candidate.columns {
                        continue;
                    }
                    let mut with = derivation.clone();
                    *at(&mut with.root, &path)? = Part::Set(vec![node.clone()]);
                    let marks = marks(&self.text_of(&with)?).ok()?;
                    let added = marks.iter().filter(|(mark, count)| base.get(*mark).copied().unwrap_or(0) < **count);
                    let added: Vec<&String> = added.map(|(mark, _)| mark).filter(|mark| *mark != "real_").collect();
                    if !added.is_empty() && added.iter().all(|mark| self.marks.contains_key(*mark)) {
                        chosen.push(node);
                        break;
                    }
                }
            }
            *at(&mut derivation.root, &path)? = Part::Set(chosen);
        }
        self.grade(derivation)
    }

    /// Chooses scales one after the other, by the lines that agree.
    fn grade(&self, mut derivation: Derivation) -> Option<Derivation> {
        let mut best = self.agreement(&derivation)?;
        let mut paths = Vec::new();
        grades(&derivation.root, self.grammar, &mut Vec::new(), &mut paths);
        for _ in 0..3 {
            let before = best;
            for (path, role) in &paths {
                for grade in 0..self.grammar.roles[*role].grades.len() {
                    let mut trial = derivation.clone();
                    *at(&mut trial.root, path)? = Part::Grade(grade);
                    let agreement = self.agreement(&trial)?;
                    if agreement > best {
                        (derivation, best) = (trial, agreement);
                    }
                }
            }
            if best == before {
                break;
            }
        }
        (self.text_of(&derivation)? == self.text).then_some(derivation)
    }

    fn agreement(&self, derivation: &Derivation) -> Option<usize> {
        let text = self.text_of(derivation)?;
        let mut lines: HashMap<&str, i64> = HashMap::new();
        self.text.lines().for_each(|line| *lines.entry(line).or_default() += 1);
        let mut agree = 0;
        for line in text.lines() {
            let left = lines.entry(line).or_default();
            agree += usize::from(*left > 0);
            *left -= 1;
        }
        Some(agree)
    }

    fn text_of(&self, derivation: &Derivation) -> Option<String> {
        program(self.grammar, self.schema, derivation).ok().map(|canonical| canonical.text)
    }
}

/// Places of the sets in a tree.
fn sets(node: &Node, grammar: &Grammar, path: &mut Vec<usize>, out: &mut Vec<(Vec<usize>, usize)>) {
    for (place, (part, (_, kind))) in node.parts.iter().zip(&grammar.rules[node.rule].parts).enumerate() {
        path.push(place);
        match (part, kind) {
            (Part::Set(_), PartKind::Set(set)) => out.push((path.clone(), *set)),
            (Part::Node(inner), _) => sets(inner, grammar, path, out),
            _ => {}
        }
        path.pop();
    }
}

/// Places of the grades: a place in a set takes two steps.
fn grades(node: &Node, grammar: &Grammar, path: &mut Vec<usize>, out: &mut Vec<(Vec<usize>, usize)>) {
    for (place, (part, (_, kind))) in node.parts.iter().zip(&grammar.rules[node.rule].parts).enumerate() {
        path.push(place);
        match (part, kind) {
            (Part::Grade(_), PartKind::Role(role)) => out.push((path.clone(), *role)),
            (Part::Node(inner), _) => grades(inner, grammar, path, out),
            (Part::Set(nodes), _) => {
                for (number, inner) in nodes.iter().enumerate() {
                    path.push(number);
                    grades(inner, grammar, path, out);
                    path.pop();
                }
            }
            _ => {}
        }
        path.pop();
    }
}

/// The part at a place.
fn at<'n>(node: &'n mut Node, path: &[usize]) -> Option<&'n mut Part> {
    let (first, rest) = path.split_first()?;
    let part = node.parts.get_mut(*first)?;
    if rest.is_empty() {
        return Some(part);
    }
    match part {
        Part::Node(inner) => at(inner, rest),
        Part::Set(nodes) => at(nodes.get_mut(rest[0])?, &rest[1..]),
        Part::Grade(_) => None,
    }
}
