//! From a derivation to a program.

use crate::derivation::{Derivation, Node, Part};
use crate::grammar::{Grammar, PartKind, Rule, declared};
use crate::schema::{Column, ColumnKind, Outcome, Schema};
use ppl_canonical::write::syntax::{binary, call, expr, variable};
use ppl_canonical::{Canonical, Level, Options, canonicalise};
use ppl_grammar::ast::{BinaryOp, Block, Expr, ExprKind, LValue, LValueKind, Program, Statement, StatementKind};
use ppl_grammar::diagnostic::Diagnostic;
use ppl_grammar::models::{self, Name, hole};
use ppl_grammar::parse::parse;
use ppl_grammar::source::SourceMap;
use ppl_grammar::walk::{VisitMut, walk_expr, walk_statement};
use std::collections::HashMap;

/// The program of a derivation as the rules have it: priors first, then the outcome.
pub fn raw_program(grammar: &Grammar, schema: &Schema, derivation: &Derivation) -> Program {
    with_probes(grammar, schema, derivation, &[])
}

/// The program of a derivation in which some sets have a term more: a variable of the data, called [`probe`]. `probes` says which, in the
/// order of the text.
pub(crate) fn with_probes(grammar: &Grammar, schema: &Schema, derivation: &Derivation, probes: &[bool]) -> Program {
    let mut assembly = Assembly {
        grammar,
        schema,
        parameters: Vec::new(),
        priors: Vec::new(),
        fresh: 0,
        used: Vec::new(),
        probes,
        sets: 0,
        probed: Vec::new(),
    };
    let (statements, _) = assembly.node(&derivation.root);
    let mut data = declarations(schema, &assembly.used);
    data.extend(assembly.probed);
    let mut model = assembly.priors;
    model.extend(statements);
    Program { data: block(data), parameters: block(assembly.parameters), model: block(model), ..Program::default() }
}

/// The canonical program of a derivation, at the level of the law of the data, with the names of the columns.
///
/// # Errors
/// The program is not valid: a fault of the grammar that its check did not see.
pub fn program(grammar: &Grammar, schema: &Schema, derivation: &Derivation) -> Result<Canonical, String> {
    canonical_of(raw_program(grammar, schema, derivation))
}

/// The canonical form of a program over a table.
pub(crate) fn canonical_of(raw: Program) -> Result<Canonical, String> {
    let checked = ppl_program::check(&raw).map_err(|diagnostics| {
        let message = diagnostics.iter().find(|d| d.is_error()).map(|d| d.message.clone()).unwrap_or_default();
        let text = ppl_grammar::format::print_program(&raw, ppl_grammar::format::Parentheses::Minimal);
        format!("{message}\n{text}")
    })?;
    canonicalise(&checked.program, Options { level: Level::Law, data_names: true }).map_err(|error| error.to_string())
}

struct Assembly<'a> {
    grammar: &'a Grammar,
    schema: &'a Schema,
    parameters: Vec<Statement>,
    priors: Vec<Statement>,
    fresh: usize,
    used: Vec<usize>,
    probes: &'a [bool],
    /// Sets that have been met.
    sets: usize,
    /// Declarations of probes.
    probed: Vec<Statement>,
}

impl Assembly<'_> {
    /// Statements about the outcome, and what the node stands for. Priors go to the list of them.
    fn node(&mut self, node: &Node) -> (Vec<Statement>, Option<Expr>) {
        let rule = &self.grammar.rules[node.rule];
        let mut names: HashMap<String, Expr> = HashMap::new();
        let mut statements = Vec::new();
        for ((name, _), &column) in rule.columns.iter().zip(&node.columns) {
            self.used.push(column);
            names.insert(name.clone(), variable(&self.schema.columns[column].name));
        }
        for statement in rule.body.parameters.iter().chain(&rule.body.model) {
            for name in declared(statement) {
                self.fresh += 1;
                names.insert(name.clone(), variable(&format!("{name}_{}", self.fresh)));
            }
        }
        for ((name, kind), part) in rule.parts.iter().zip(&node.parts) {
            let filled = match (part, kind) {
                (Part::Grade(grade), PartKind::Role(role)) => number(self.grammar.roles[*role].grades[*grade].0),
                (Part::Node(inner), _) => {
                    let (inside, result) = self.node(inner);
                    statements.extend(inside);
                    result.unwrap_or_else(|| number(0.0))
                }
                (Part::Set(nodes), _) => {
                    let own = self.sets;
                    self.sets += 1;
                    let mut total: Option<Expr> = None;
                    if self.probes.get(own).copied().unwrap_or(false) {
                        self.probed.extend(declared_as(&probe(own), self.grammar.type_of(*kind)));
                        total = Some(variable(&probe(own)));
                    }
                    for inner in nodes {
                        let (inside, result) = self.node(inner);
                        statements.extend(inside);
                        let term = result.unwrap_or_else(|| number(0.0));
                        total = Some(match total {
                            Some(sum) => binary(BinaryOp::Plus, sum, term),
                            None => term,
                        });
                    }
                    let ty = self.grammar.type_of(*kind);
                    total.unwrap_or_else(|| match ty {
                        "real" => number(0.0),
                        "logits" => call("rep_vector", vec![number(0.0), variable("K")]),
                        _ => call("rep_vector", vec![number(0.0), variable("N")]),
                    })
                }
                _ => number(0.0),
            };
            names.insert(hole(name), filled);
        }
        let groups: HashMap<String, String> = names
            .iter()
            .filter_map(|(name, e)| match &e.kind {
                ExprKind::Variable(column) => Some((name.clone(), levels(column))),
                _ => None,
            })
            .collect();
        let mut filler = Fill { names: &names, levels: &groups };
        let mut fill = |statement: &Statement| {
            let mut statement = statement.clone();
            walk_statement(&mut filler, &mut statement);
            statement
        };
        self.parameters.extend(rule.body.parameters.iter().map(&mut fill));
        let locals: Vec<String> = rule.body.model.iter().flat_map(declared).collect();
        for statement in &rule.body.model {
            let filled = fill(statement);
            match is_of_outcome(statement, &locals) {
                true => statements.push(filled),
                false => self.priors.push(filled),
            }
        }
        let result = rule.body.result.clone().map(|mut e| {
            walk_expr(&mut filler, &mut e);
            e
        });
        (statements, result)
    }
}

/// Puts columns, fresh names and parts in their places.
struct Fill<'a> {
    names: &'a HashMap<String, Expr>,
    levels: &'a HashMap<String, String>,
}

impl VisitMut for Fill<'_> {
    fn expr(&mut self, e: &mut Expr) {
        let replacement = match &e.kind {
            ExprKind::Variable(name) => self.names.get(name).cloned(),
            // the argument has been replaced already
            ExprKind::Call { name, arguments } if name.name == "levels" => match arguments.as_slice() {
                [Expr { kind: ExprKind::Variable(column), .. }] => {
                    self.levels.values().find(|own| **own == levels(column)).map(|own| variable(own))
                }
                _ => None,
            },
            _ => None,
        };
        if let Some(other) = replacement {
            *e = other;
        }
    }

    fn statement(&mut self, statement: &mut Statement) {
        let rename = |name: &mut String| {
            if let Some(Expr { kind: ExprKind::Variable(fresh), .. }) = self.names.get(name) {
                *name = fresh.clone();
            }
        };
        match &mut statement.kind {
            StatementKind::Declare { variables, .. } => {
                variables.iter_mut().for_each(|(name, _)| rename(&mut name.name));
            }
            StatementKind::Assign { target, .. } => {
                if let Some(name) = assigned(target) {
                    rename(name);
                }
            }
            _ => {}
        }
    }
}

/// The variable of which a place is a part.
fn assigned(place: &mut LValue) -> Option<&mut String> {
    match &mut place.kind {
        LValueKind::Variable(name) => Some(&mut name.name),
        LValueKind::Index(inner, _) => assigned(inner),
        _ => None,
    }
}

/// Whether a statement is about the outcome, or about what is computed from it.
fn is_of_outcome(statement: &Statement, locals: &[String]) -> bool {
    struct Find<'a>(&'a [String], bool);
    impl VisitMut for Find<'_> {
        fn expr(&mut self, e: &mut Expr) {
            self.1 |= matches!(&e.kind, ExprKind::Variable(name) if name == "y" || self.0.contains(name));
        }
    }
    let mut statement = statement.clone();
    let own = match &mut statement.kind {
        StatementKind::Declare { .. } => true,
        StatementKind::Assign { target, .. } => assigned(target).is_some_and(|name| locals.contains(name)),
        _ => false,
    };
    let mut find = Find(locals, own);
    walk_statement(&mut find, &mut statement);
    find.1
}

/// The variable that stands in the set of this number.
pub(crate) fn probe(number: usize) -> String {
    format!("q{number}")
}

/// The name of the number of groups of a column.
pub fn levels(column: &str) -> String {
    format!("J_{column}")
}

/// The data block: rows, outcome, and the columns that are used.
fn declarations(schema: &Schema, used: &[usize]) -> Vec<Statement> {
    let mut text = String::from("data { int<lower=0> N; ");
    text.push_str(match schema.outcome {
        Outcome::Real => "vector[N] y; ",
        Outcome::Positive => "vector<lower=0>[N] y; ",
        Outcome::Bounded => "vector<lower=0, upper=1>[N] y; ",
        Outcome::Angle => "vector<lower=-pi(), upper=pi()>[N] y; ",
        Outcome::Count | Outcome::Successes => "array[N] int<lower=0> y; ",
        Outcome::Ordinal | Outcome::Categorical => "int<lower=2> K; array[N] int<lower=1, upper=K> y; ",
        Outcome::Binary => "array[N] int<lower=0, upper=1> y; ",
    });
    for (_, column) in schema.columns.iter().enumerate().filter(|(place, _)| used.contains(place)) {
        let name = &column.name;
        text.push_str(&match column.kind {
            ColumnKind::Real | ColumnKind::Time => format!("vector[N] {name}; "),
            ColumnKind::Binary => format!("vector<lower=0, upper=1>[N] {name}; "),
            ColumnKind::Trials => format!("array[N] int<lower=0> {name}; "),
            ColumnKind::Group | ColumnKind::Ordinal => {
                let levels = levels(name);
                format!("int<lower=0> {levels}; array[N] int<lower=1, upper={levels}> {name}; ")
            }
        });
    }
    text.push('}');
    let parsed = parse(&SourceMap::from_text("data", text));
    parsed.program.data.map(|block| block.items).unwrap_or_default()
}

/// Checks one rule: a program with what it may use and holes as data of their types.
pub fn check_rule(grammar: &Grammar, rule: usize, name: &Name) -> Vec<Diagnostic> {
    let rule = &grammar.rules[rule];
    let outcomes = if rule.outcomes.is_empty() { Outcome::ALL.to_vec() } else { rule.outcomes.clone() };
    let mut found = Vec::new();
    let own = grammar.nonterminals[rule.nonterminal].ty.clone();
    match (&own, &rule.body.result) {
        (Some(_), None) => {
            let message = format!("a rule of `{}` ends with `return`", grammar.nonterminals[rule.nonterminal].name);
            found.push(Diagnostic::error("E0720", models::span(&name.range), message));
            return found;
        }
        (None, Some(result)) => {
            let message =
                format!("`{}` has no type, so its rules return nothing", grammar.nonterminals[rule.nonterminal].name);
            let hint = format!("declare it: `type {}: vector;`", grammar.nonterminals[rule.nonterminal].name);
            found.push(Diagnostic::error("E0721", result.span, message).with_hint(hint));
            return found;
        }
        _ => {}
    }
    for schema in schemas(rule, &outcomes) {
        let all: Vec<usize> = (0..schema.columns.len()).collect();
        let mut data = declarations(&schema, &all);
        if own.as_deref() == Some("logits") {
            data.extend(declared_as("i", "int"));
        }
        for (part, kind) in &rule.parts {
            data.extend(declared_as(&hole(part), grammar.type_of(*kind)));
        }
        let names: HashMap<String, Expr> = HashMap::new();
        let groups: HashMap<String, String> =
            rule.columns.iter().map(|(name, _)| (name.clone(), levels(name))).collect();
        let mut filler = Fill { names: &names, levels: &groups };
        let mut fill = |statement: &Statement| {
            let mut statement = statement.clone();
            walk_statement(&mut filler, &mut statement);
            statement
        };
        let parameters: Vec<Statement> = rule.body.parameters.iter().map(&mut fill).collect();
        let mut model: Vec<Statement> = rule.body.model.iter().map(&mut fill).collect();
        if let (Some(ty), Some(result)) = (&own, &rule.body.result) {
            let mut result = result.clone();
            walk_expr(&mut filler, &mut result);
            model.extend(local("result", ty, result));
        }
        let program =
            Program { data: block(data), parameters: block(parameters), model: block(model), ..Program::default() };
        if let Err(diagnostics) = ppl_program::check(&program) {
            found.extend(diagnostics.into_iter().filter(Diagnostic::is_error));
            break;
        }
    }
    found
}

/// Tables with the columns of a rule, one for each outcome and choice of kinds.
fn schemas(rule: &Rule, outcomes: &[Outcome]) -> Vec<Schema> {
    let mut kinds: Vec<Vec<ColumnKind>> = vec![Vec::new()];
    for (_, own) in &rule.columns {
        kinds = kinds.iter().flat_map(|k| own.iter().map(|kind| [k.as_slice(), &[*kind]].concat())).collect();
    }
    let columns = |kinds: &Vec<ColumnKind>| {
        let named = rule.columns.iter().zip(kinds);
        named.map(|((name, _), &kind)| Column { name: name.clone(), kind }).collect::<Vec<_>>()
    };
    let one = |outcome: Outcome| kinds.iter().map(move |kinds| Schema { outcome, columns: columns(kinds) });
    outcomes.iter().flat_map(|&outcome| one(outcome).collect::<Vec<_>>()).collect()
}

/// The declaration of a part.
fn declared_as(name: &str, ty: &str) -> Vec<Statement> {
    let text = match ty {
        "vector" => format!("data {{ int N; vector[N] {name}; }}"),
        "logits" => format!("data {{ int K; vector[K] {name}; }}"),
        "int" => format!("data {{ int {name}; }}"),
        _ => format!("data {{ real {name}; }}"),
    };
    let parsed = parse(&SourceMap::from_text("part", text));
    let items = parsed.program.data.map(|block| block.items).unwrap_or_default();
    items.into_iter().skip(usize::from(["vector", "logits"].contains(&ty))).collect()
}

/// `ty result = e;`
fn local(name: &str, ty: &str, e: Expr) -> Vec<Statement> {
    declared_as(name, ty)
        .into_iter()
        .map(|mut statement| {
            if let StatementKind::Declare { variables, .. } = &mut statement.kind {
                variables[0].1 = Some(e.clone());
            }
            statement
        })
        .collect()
}

fn block<T>(items: Vec<T>) -> Option<Block<T>> {
    (!items.is_empty()).then(|| Block { items, span: Default::default() })
}

/// A real number, also where it is whole.
fn number(value: f64) -> Expr {
    expr(ExprKind::Real(format!("{value:?}")))
}
