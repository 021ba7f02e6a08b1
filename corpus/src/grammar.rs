//! A model grammar with its names resolved and every rule checked.

use crate::schema::{ColumnKind, Outcome};
use ppl_grammar::ast;
use ppl_grammar::diagnostic::Diagnostic;
use ppl_grammar::models::{self, Body, Item, ModelGrammar, Name};
use ppl_grammar::source::SourceMap;
use std::collections::HashMap;
use std::sync::Arc;

/// The names of the grammars that ship, for a sentence.
pub fn shipped_names() -> String {
    let names: Vec<&str> = models::SHIPPED.iter().map(|(own, _)| *own).collect();
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => names.concat(),
    }
}

/// What is wrong with a grammar, with places in its text.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", render(.source_map, .diagnostics))]
pub struct GrammarError {
    pub source_map: Arc<SourceMap>,
    pub diagnostics: Vec<Diagnostic>,
}

fn render(source: &SourceMap, diagnostics: &[Diagnostic]) -> String {
    ppl_grammar::render::render_all(source, diagnostics, false)
}

/// What fills a hole of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PartKind {
    Nonterminal(usize),
    Set(usize),
    Role(usize),
}

#[derive(Clone, Debug)]
pub struct Nonterminal {
    pub name: String,
    /// The Stan type of what it stands for; `None` for statements.
    pub ty: Option<String>,
    /// In the order of the text.
    pub rules: Vec<usize>,
}

/// The sum of terms, each there or not independently of the others.
#[derive(Clone, Debug)]
pub struct Set {
    pub name: String,
    pub of: usize,
    /// How many terms there are on average, where the table has enough columns.
    pub mean: f64,
}

/// The scales that a constant of a prior may have, with their probabilities.
#[derive(Clone, Debug)]
pub struct Role {
    pub name: String,
    pub grades: Vec<(f64, f64)>,
}

#[derive(Clone, Debug)]
pub struct Rule {
    pub nonterminal: usize,
    pub name: String,
    /// Names in the body, and possible kinds, of the columns that the rule points at.
    pub columns: Vec<(String, Vec<ColumnKind>)>,
    pub weight: f64,
    /// Outcomes that it is for; all where empty.
    pub outcomes: Vec<Outcome>,
    /// Kinds of columns that the table must have besides.
    pub needs: Vec<ColumnKind>,
    /// Names of the holes and what fills them, in the order of the text.
    pub parts: Vec<(String, PartKind)>,
    pub body: Body,
}

/// A distribution over programs.
#[derive(Clone, Debug)]
pub struct Grammar {
    pub name: String,
    pub start: usize,
    pub nonterminals: Vec<Nonterminal>,
    pub sets: Vec<Set>,
    pub roles: Vec<Role>,
    pub rules: Vec<Rule>,
}

impl Grammar {
    /// Whether some rule is for such outcomes.
    pub fn has_outcome(&self, outcome: Outcome) -> bool {
        self.nonterminals[self.start].rules.iter().any(|&rule| {
            let outcomes = &self.rules[rule].outcomes;
            outcomes.is_empty() || outcomes.contains(&outcome)
        })
    }

    /// A grammar that ships: `bounded`, `exact` or `wide`.
    ///
    /// # Errors
    /// There is none of that name; or a fault of this crate.
    pub fn shipped(name: &str) -> Result<Grammar, GrammarError> {
        let text = models::SHIPPED.iter().find(|(own, _)| *own == name).map_or("", |(_, text)| text);
        Grammar::new(SourceMap::from_text(format!("{name}.grammar"), text))
    }

    /// Reads and checks a grammar.
    ///
    /// # Errors
    /// Unknown names, weights that are no positive numbers, rules whose Stan does not type-check, recursion that may not end.
    pub fn new(source: SourceMap) -> Result<Grammar, GrammarError> {
        let source_map = Arc::new(source);
        let fail = |diagnostics| GrammarError { source_map: Arc::clone(&source_map), diagnostics };
        let notation = models::parse(&source_map).map_err(fail)?;
        let mut resolver = Resolver::default();
        let grammar = resolver.resolve(&notation);
        match resolver.diagnostics.is_empty() {
            true => Ok(grammar),
            false => Err(fail(resolver.diagnostics)),
        }
    }

    /// A grammar that ships, or that of a file.
    ///
    /// # Errors
    /// As [`Grammar::new`]; or the file cannot be read, which is said at no place.
    pub fn load(name: &str) -> Result<Grammar, GrammarError> {
        if models::SHIPPED.iter().any(|(own, _)| *own == name) {
            return Grammar::shipped(name);
        }
        match std::fs::read_to_string(name) {
            Ok(text) => Grammar::new(SourceMap::from_text(name, text)),
            Err(error) => {
                let diagnostic = Diagnostic::error("E0722", Default::default(), format!("{name}: {error}"));
                let hint = format!("grammars that ship are {}", shipped_names());
                let source_map = Arc::new(SourceMap::from_text(name, ""));
                Err(GrammarError { source_map, diagnostics: vec![diagnostic.with_hint(hint)] })
            }
        }
    }

    /// The type of what fills a hole: `real`, `vector` or `logits`; statements stand for a vector of zeros.
    pub fn type_of(&self, kind: PartKind) -> &str {
        let nonterminal = match kind {
            PartKind::Role(_) => return "real",
            PartKind::Nonterminal(nonterminal) => nonterminal,
            PartKind::Set(set) => self.sets[set].of,
        };
        self.nonterminals[nonterminal].ty.as_deref().unwrap_or("vector")
    }

    pub fn rule(&self, name: &str) -> Option<usize> {
        self.rules.iter().position(|rule| rule.name == name)
    }
}

#[derive(Default)]
struct Resolver {
    diagnostics: Vec<Diagnostic>,
    names: HashMap<String, PartKind>,
}

impl Resolver {
    fn error(&mut self, code: &'static str, name: &Name, message: String) {
        self.diagnostics.push(Diagnostic::error(code, models::span(&name.range), message));
    }

    fn positive(&mut self, number: &(f64, std::ops::Range<usize>), what: &str) -> f64 {
        if number.0.is_finite() && number.0 > 0.0 {
            return number.0;
        }
        let message = format!("{what} must be a positive number");
        self.diagnostics.push(Diagnostic::error("E0712", models::span(&number.1), message));
        1.0
    }

    fn resolve(&mut self, notation: &ModelGrammar) -> Grammar {
        let mut grammar = Grammar {
            name: "unnamed".to_string(),
            start: 0,
            nonterminals: Vec::new(),
            sets: Vec::new(),
            roles: Vec::new(),
            rules: Vec::new(),
        };
        self.declare(notation, &mut grammar);
        let mut bodies = notation.bodies.iter();
        let mut spans = Vec::new();
        for item in &notation.items {
            match item {
                Item::Start(name) => match self.names.get(&name.text) {
                    Some(PartKind::Nonterminal(start)) => grammar.start = *start,
                    _ => self.unknown(name, "non-terminal with a rule"),
                },
                Item::Set { name, of, .. } => {
                    let element = self.names.get(&of.text).copied();
                    let place = grammar.sets.iter().position(|set| set.name == name.text);
                    match (element, place) {
                        (Some(PartKind::Nonterminal(element)), Some(place)) => grammar.sets[place].of = element,
                        _ => self.unknown(of, "non-terminal with a rule"),
                    }
                }
                Item::Rule { nonterminal, name, parameters, weight, outcomes, needs, .. } => {
                    let Some(body) = bodies.next() else { continue };
                    let parts = self.parts(body);
                    let columns = parameters
                        .iter()
                        .map(|p| (p.name.text.clone(), p.kinds.iter().filter_map(|kind| self.kind(&kind.0)).collect()))
                        .collect();
                    let rule = Rule {
                        nonterminal: grammar.nonterminals.iter().position(|n| n.name == nonterminal.text).unwrap_or(0),
                        name: name.text.clone(),
                        columns,
                        weight: self.positive(weight, "a weight"),
                        outcomes: outcomes.iter().filter_map(|word| self.outcome(word)).collect(),
                        needs: needs.iter().filter_map(|word| self.kind(word)).collect(),
                        parts,
                        body: body.clone(),
                    };
                    if grammar.rules.iter().any(|other| other.name == rule.name) {
                        self.error("E0713", name, format!("there is another rule called `{}`", name.text));
                    }
                    grammar.nonterminals[rule.nonterminal].rules.push(grammar.rules.len());
                    grammar.rules.push(rule);
                    spans.push(name.clone());
                }
                _ => {}
            }
        }
        if grammar.rules.is_empty() {
            let start = Name { text: String::new(), range: 0..0 };
            self.error("E0714", &start, "a grammar needs a rule".to_string());
            return grammar;
        }
        if self.diagnostics.is_empty() {
            for (rule, name) in spans.iter().enumerate() {
                self.diagnostics.extend(crate::text::check_rule(&grammar, rule, name));
            }
            self.ends(&grammar, &spans);
        }
        grammar
    }

    /// Names first, so that rules may use what stands below them.
    fn declare(&mut self, notation: &ModelGrammar, grammar: &mut Grammar) {
        let mut types: HashMap<String, String> = HashMap::new();
        for item in &notation.items {
            match item {
                Item::Grammar(name) => grammar.name = name.text.clone(),
                Item::Type { name, ty } => {
                    if !["real", "vector", "logits"].contains(&ty.text.as_str()) {
                        self.error("E0715", ty, "a part is `real`, `vector` or `logits`".to_string());
                    }
                    types.insert(name.text.clone(), ty.text.clone());
                }
                Item::Role { name, grades } => {
                    let grades: Vec<(f64, f64)> = grades
                        .iter()
                        .map(|g| (self.positive(&g.value, "a scale"), self.positive(&g.weight, "a weight")))
                        .collect();
                    let total: f64 = grades.iter().map(|g| g.1).sum();
                    let grades = grades.into_iter().map(|(value, weight)| (value, weight / total)).collect();
                    self.name(name, PartKind::Role(grammar.roles.len()));
                    grammar.roles.push(Role { name: name.text.clone(), grades });
                }
                Item::Set { name, mean, .. } => {
                    let mean = self.positive(mean, "the mean number of terms");
                    self.name(name, PartKind::Set(grammar.sets.len()));
                    grammar.sets.push(Set { name: name.text.clone(), of: 0, mean });
                }
                Item::Rule { nonterminal, .. } => {
                    if !grammar.nonterminals.iter().any(|n| n.name == nonterminal.text) {
                        self.name(nonterminal, PartKind::Nonterminal(grammar.nonterminals.len()));
                        let name = nonterminal.text.clone();
                        grammar.nonterminals.push(Nonterminal { name, ty: None, rules: Vec::new() });
                    }
                }
                Item::Start(_) => {}
            }
        }
        for nonterminal in &mut grammar.nonterminals {
            nonterminal.ty = types.get(&nonterminal.name).cloned();
        }
    }

    fn name(&mut self, name: &Name, kind: PartKind) {
        if self.names.insert(name.text.clone(), kind).is_some() {
            self.error("E0716", name, format!("`{}` is declared already", name.text));
        }
    }

    fn unknown(&mut self, name: &Name, what: &str) {
        let known: Vec<&str> = self.names.keys().map(String::as_str).collect();
        let mut known = known;
        known.sort_unstable();
        let message = format!("no {what} is called `{}`", name.text);
        let diagnostic = Diagnostic::error("E0711", models::span(&name.range), message);
        self.diagnostics.push(diagnostic.with_hint(format!("there are {}", known.join(", "))));
    }

    fn kind(&mut self, name: &Name) -> Option<ColumnKind> {
        let kind = ColumnKind::read(&name.text);
        if kind.is_none() {
            self.error(
                "E0717",
                name,
                format!("`{}` is no kind of column: {}", name.text, words(ColumnKind::ALL.map(ColumnKind::word))),
            );
        }
        kind
    }

    fn outcome(&mut self, name: &Name) -> Option<Outcome> {
        let outcome = Outcome::read(&name.text);
        if outcome.is_none() {
            self.error(
                "E0718",
                name,
                format!("`{}` is no kind of outcome: {}", name.text, words(Outcome::ALL.map(Outcome::word))),
            );
        }
        outcome
    }

    /// What fills the holes, each name once.
    fn parts(&mut self, body: &Body) -> Vec<(String, PartKind)> {
        let mut parts: Vec<(String, PartKind)> = Vec::new();
        for hole in &body.holes {
            if parts.iter().any(|(name, _)| *name == hole.name) {
                continue;
            }
            // `$Predictor_2` is a second part of the same kind
            let stem = match hole.name.rsplit_once('_') {
                Some((stem, number)) if number.chars().all(|c| c.is_ascii_digit()) => stem,
                _ => &hole.name,
            };
            match self.names.get(&hole.name).or_else(|| self.names.get(stem)) {
                Some(kind) => parts.push((hole.name.clone(), *kind)),
                None => {
                    let range = hole.span.start as usize..hole.span.end as usize;
                    self.unknown(&Name { text: hole.name.clone(), range }, "non-terminal, set or role");
                }
            }
        }
        parts
    }

    /// A derivation must end with probability 1: the least solution of p = sum of rule probabilities times those of their parts
    /// (Booth and Thompson 1973).
    fn ends(&mut self, grammar: &Grammar, spans: &[Name]) {
        let mut p = vec![0.0_f64; grammar.nonterminals.len()];
        for _ in 0..10_000 {
            let next: Vec<f64> = grammar
                .nonterminals
                .iter()
                .map(|nonterminal| {
                    let total: f64 = nonterminal.rules.iter().map(|&r| grammar.rules[r].weight).sum();
                    let one = |rule: &Rule| {
                        let part = |kind: &PartKind| match kind {
                            PartKind::Nonterminal(inner) => p[*inner],
                            // a Poisson number of terms
                            PartKind::Set(set) => {
                                let set = &grammar.sets[*set];
                                (set.mean * (p[set.of] - 1.0)).exp()
                            }
                            PartKind::Role(_) => 1.0,
                        };
                        rule.weight / total * rule.parts.iter().map(|(_, kind)| part(kind)).product::<f64>()
                    };
                    nonterminal.rules.iter().map(|&r| one(&grammar.rules[r])).sum()
                })
                .collect();
            let moved = p.iter().zip(&next).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            p = next;
            if moved < 1e-13 {
                break;
            }
        }
        for (nonterminal, p) in grammar.nonterminals.iter().zip(&p) {
            if *p < 1.0 - 1e-6 {
                let place = nonterminal.rules.first().and_then(|&r| spans.get(r)).cloned();
                let place = place.unwrap_or(Name { text: String::new(), range: 0..0 });
                let message = format!("a derivation of `{}` ends with probability {p:.4} only", nonterminal.name);
                let diagnostic = Diagnostic::error("E0719", models::span(&place.range), message);
                self.diagnostics.push(diagnostic.with_hint("give the rules that end it more weight"));
            }
        }
    }
}

fn words<const N: usize>(words: [&str; N]) -> String {
    words.join(", ")
}

/// A declaration of a body, as its variable's name and type.
pub fn declared(statement: &ast::Statement) -> Vec<String> {
    match &statement.kind {
        ast::StatementKind::Declare { variables, .. } => variables.iter().map(|(name, _)| name.name.clone()).collect(),
        _ => Vec::new(),
    }
}
