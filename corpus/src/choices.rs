//! A derivation, one choice at a time: structure first, scales of priors last. What samples, scores, enumerates, and what a network
//! decodes with.

use crate::derivation::{Derivation, Node, Part};
use crate::grammar::{Grammar, PartKind};
use crate::schema::{ColumnKind, Schema};
use rand::{Rng, RngExt};

/// One choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Which rule a non-terminal is made by.
    Rule(usize),
    /// Which columns it points at: a place in [`Language::tuples`].
    Columns(usize),
    /// The next term of a set: a place in [`Language::candidates`].
    Include(usize),
    /// No more terms.
    Stop,
    /// The scale of a prior.
    Grade(usize),
}

/// A term that a set may have.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub rule: usize,
    pub columns: Vec<usize>,
    /// How likely it is there.
    pub probability: f64,
}

/// No term is likelier to be there than this, none less likely where there are few.
const MOST: f64 = 0.9;
/// A rule of a set is there at least so often, where the table has the columns.
const LEAST: f64 = 0.05;

/// The programs that a grammar has for a schema.
#[derive(Clone, Debug)]
pub struct Language<'g> {
    grammar: &'g Grammar,
    /// For each non-terminal, its rules with probabilities.
    options: Vec<Vec<(usize, f64)>>,
    tuples: Vec<Vec<Vec<usize>>>,
    candidates: Vec<Vec<Candidate>>,
}

impl<'g> Language<'g> {
    /// `None` where the grammar has no program for the schema.
    pub fn new(grammar: &'g Grammar, schema: &Schema) -> Option<Language<'g>> {
        let tuples: Vec<Vec<Vec<usize>>> = grammar
            .rules
            .iter()
            .map(|rule| {
                let fits = rule.outcomes.is_empty() || rule.outcomes.contains(&schema.outcome);
                let there = rule.needs.iter().all(|kind| schema.has(*kind));
                match fits && there {
                    true => tuples_of(&rule.columns.iter().map(|c| c.1.as_slice()).collect::<Vec<_>>(), schema),
                    false => Vec::new(),
                }
            })
            .collect();
        // a rule can be used if its columns are there and its parts have a rule that can
        let mut usable = vec![false; grammar.rules.len()];
        loop {
            let possible = |kind: &PartKind| match kind {
                PartKind::Nonterminal(n) => grammar.nonterminals[*n].rules.iter().any(|&r| usable[r]),
                _ => true,
            };
            let next: Vec<bool> = (0..grammar.rules.len())
                .map(|r| !tuples[r].is_empty() && grammar.rules[r].parts.iter().all(|(_, kind)| possible(kind)))
                .collect();
            if next == usable {
                break;
            }
            usable = next;
        }
        let options = grammar.nonterminals.iter().map(|nonterminal| {
            let rules: Vec<usize> = nonterminal.rules.iter().copied().filter(|&r| usable[r]).collect();
            let total: f64 = rules.iter().map(|&r| grammar.rules[r].weight).sum();
            rules.into_iter().map(|r| (r, grammar.rules[r].weight / total)).collect::<Vec<_>>()
        });
        let options: Vec<Vec<(usize, f64)>> = options.collect();
        if options[grammar.start].is_empty() {
            return None;
        }
        let candidates = grammar.sets.iter().map(|set| {
            let rules: Vec<usize> = grammar.nonterminals[set.of].rules.iter().copied().filter(|&r| usable[r]).collect();
            let total: f64 = rules.iter().map(|&r| grammar.rules[r].weight).sum();
            let mut all = Vec::new();
            for rule in rules {
                let share = (set.mean * grammar.rules[rule].weight / total).max(LEAST);
                let probability = (share / tuples[rule].len() as f64).min(MOST);
                all.extend(tuples[rule].iter().map(|columns| Candidate {
                    rule,
                    columns: columns.clone(),
                    probability,
                }));
            }
            all
        });
        let candidates = candidates.collect();
        Some(Language { grammar, options, tuples, candidates })
    }

    pub fn grammar(&self) -> &'g Grammar {
        self.grammar
    }

    /// The rules of a non-terminal that can be used, with their probabilities.
    pub fn options(&self, nonterminal: usize) -> &[(usize, f64)] {
        &self.options[nonterminal]
    }

    /// The columns that a rule may point at.
    pub fn tuples(&self, rule: usize) -> &[Vec<usize>] {
        &self.tuples[rule]
    }

    /// The terms that a set may have, in ascending order.
    pub fn candidates(&self, set: usize) -> &[Candidate] {
        &self.candidates[set]
    }

    /// A derivation drawn from the grammar's distribution.
    pub fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> Derivation {
        loop {
            let mut choices = Choices::new(self);
            while !choices.is_done() {
                let u: f64 = rng.random();
                let action = choices.pick(u);
                choices.take(action);
            }
            if let Some(derivation) = choices.finish() {
                return derivation;
            }
        }
    }
}

/// Different columns of the given kinds. Places with the same kinds take them in ascending order: which comes first means nothing.
fn tuples_of(kinds: &[&[ColumnKind]], schema: &Schema) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = vec![Vec::new()];
    for (place, own) in kinds.iter().enumerate() {
        let mut next = Vec::new();
        for tuple in &all {
            let last = (0..place).rev().find(|&p| kinds[p] == *own).map(|p| tuple[p]);
            let fits = |c: usize| own.contains(&schema.columns[c].kind) && !tuple.contains(&c);
            let columns = (0..schema.columns.len()).filter(|&c| fits(c) && last.is_none_or(|last| c > last));
            next.extend(columns.map(|column| tuple.iter().copied().chain([column]).collect::<Vec<usize>>()));
        }
        all = next;
    }
    all
}

#[derive(Clone, Debug)]
struct Partial {
    rule: usize,
    columns: Vec<usize>,
    /// Places of the nodes in each part.
    parts: Vec<Vec<usize>>,
    grades: Vec<Option<usize>>,
}

#[derive(Clone, Copy, Debug)]
enum Task {
    /// A rule for a part of a node.
    Choose {
        nonterminal: usize,
        parent: Option<(usize, usize)>,
    },
    Columns {
        node: usize,
    },
    /// More terms from this candidate on.
    Terms {
        set: usize,
        node: usize,
        part: usize,
        from: usize,
    },
}

/// The actions that are possible, with their probabilities.
#[derive(Clone, Debug)]
pub enum Legal<'l> {
    Rules(std::slice::Iter<'l, (usize, f64)>),
    Columns {
        next: usize,
        count: usize,
    },
    /// The next term that is there; `none` is how likely none of those before it is.
    Terms {
        candidates: &'l [Candidate],
        next: usize,
        none: f64,
    },
    Grades(std::iter::Enumerate<std::slice::Iter<'l, (f64, f64)>>),
    Nothing,
}

impl Iterator for Legal<'_> {
    type Item = (Action, f64);

    fn next(&mut self) -> Option<(Action, f64)> {
        match self {
            Legal::Rules(rules) => rules.next().map(|(rule, p)| (Action::Rule(*rule), *p)),
            Legal::Columns { next, count } => (*next < *count).then(|| {
                *next += 1;
                (Action::Columns(*next - 1), 1.0 / *count as f64)
            }),
            Legal::Terms { candidates, next, none } => {
                let (before, place) = (*none, *next);
                *next += 1;
                match candidates.get(place) {
                    Some(candidate) => {
                        *none *= 1.0 - candidate.probability;
                        Some((Action::Include(place), before * candidate.probability))
                    }
                    // all of them have been offered
                    None => {
                        *self = Legal::Nothing;
                        Some((Action::Stop, before))
                    }
                }
            }
            Legal::Grades(grades) => grades.next().map(|(place, (_, p))| (Action::Grade(place), *p)),
            Legal::Nothing => None,
        }
    }
}

/// What the next choice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question<'c> {
    /// The rule of the whole program.
    Start,
    /// What fills a part of a node: a rule, the next term, or a grade; `columns` are those of the node.
    Part { rule: usize, part: usize, columns: &'c [usize] },
    /// What a rule points at.
    Columns { rule: usize },
}

/// A derivation in the making.
#[derive(Clone, Debug)]
pub struct Choices<'l> {
    language: &'l Language<'l>,
    nodes: Vec<Partial>,
    /// What is to be chosen, next last.
    tasks: Vec<Task>,
    /// Grades to be chosen once the structure is there, next last: node, part, role.
    grades: Option<Vec<(usize, usize, usize)>>,
}

impl<'l> Choices<'l> {
    pub fn new(language: &'l Language<'l>) -> Choices<'l> {
        let start = Task::Choose { nonterminal: language.grammar.start, parent: None };
        Choices { language, nodes: Vec::new(), tasks: vec![start], grades: None }
    }

    /// Whether nothing is left to choose.
    pub fn is_done(&self) -> bool {
        self.tasks.is_empty() && self.grades.as_ref().is_some_and(Vec::is_empty)
    }

    /// What may be chosen next, and how likely each is; the probabilities add up to one. Empty where nothing is left. Nothing is
    /// allocated.
    pub fn legal(&self) -> Legal<'l> {
        let language: &'l Language<'l> = self.language;
        match self.tasks.last() {
            Some(Task::Choose { nonterminal, .. }) => Legal::Rules(language.options[*nonterminal].iter()),
            Some(Task::Columns { node }) => {
                Legal::Columns { next: 0, count: language.tuples[self.nodes[*node].rule].len() }
            }
            Some(Task::Terms { set, from, .. }) => {
                Legal::Terms { candidates: &language.candidates[*set], next: *from, none: 1.0 }
            }
            None => match self.grades.as_ref().and_then(|grades| grades.last()) {
                Some((_, _, role)) => Legal::Grades(language.grammar.roles[*role].grades.iter().enumerate()),
                None => Legal::Nothing,
            },
        }
    }

    /// What [`legal`](Choices::legal) answers; `None` where nothing is left to choose.
    pub fn question(&self) -> Option<Question<'_>> {
        let part = |node: usize, part: usize| {
            let own = &self.nodes[node];
            Question::Part { rule: own.rule, part, columns: &own.columns }
        };
        match self.tasks.last() {
            Some(Task::Choose { parent: None, .. }) => Some(Question::Start),
            Some(Task::Choose { parent: Some((node, place)), .. }) => Some(part(*node, *place)),
            Some(Task::Columns { node }) => Some(Question::Columns { rule: self.nodes[*node].rule }),
            Some(Task::Terms { node, part: place, .. }) => Some(part(*node, *place)),
            None => self.grades.as_ref().and_then(|grades| grades.last()).map(|(node, place, _)| part(*node, *place)),
        }
    }

    /// The action at a place in `[0, 1)` of the distribution.
    fn pick(&self, u: f64) -> Action {
        let mut left = u;
        let mut last = Action::Stop;
        for (action, p) in self.legal() {
            if left < p {
                return action;
            }
            left -= p;
            last = action;
        }
        last
    }

    /// Makes a choice, which must be a legal one.
    pub fn take(&mut self, action: Action) {
        match (action, self.tasks.pop()) {
            (Action::Rule(rule), Some(Task::Choose { parent, .. })) => {
                let node = self.add(rule, Vec::new());
                if let Some((parent, part)) = parent {
                    self.nodes[parent].parts[part].push(node);
                }
                match self.language.tuples[rule].as_slice() {
                    [only] => {
                        self.nodes[node].columns = only.clone();
                        self.open(node);
                    }
                    _ => self.tasks.push(Task::Columns { node }),
                }
            }
            (Action::Columns(place), Some(Task::Columns { node })) => {
                self.nodes[node].columns = self.language.tuples[self.nodes[node].rule][place].clone();
                self.open(node);
            }
            (Action::Include(place), Some(Task::Terms { set, node, part, .. })) => {
                let candidate = &self.language.candidates[set][place];
                self.tasks.push(Task::Terms { set, node, part, from: place + 1 });
                let term = self.add(candidate.rule, candidate.columns.clone());
                self.nodes[node].parts[part].push(term);
                self.open(term);
            }
            (Action::Grade(place), None) => {
                if let Some((node, part, _)) = self.grades.as_mut().and_then(Vec::pop) {
                    self.nodes[node].grades[part] = Some(place);
                }
            }
            _ => {}
        }
        if self.tasks.is_empty() && self.grades.is_none() {
            let mut grades = Vec::new();
            self.list_grades(0, &mut grades);
            grades.reverse();
            self.grades = Some(grades);
        }
    }

    fn add(&mut self, rule: usize, columns: Vec<usize>) -> usize {
        let parts = self.language.grammar.rules[rule].parts.len();
        self.nodes.push(Partial { rule, columns, parts: vec![Vec::new(); parts], grades: vec![None; parts] });
        self.nodes.len() - 1
    }

    /// Puts the parts of a node on the list, the first one on top.
    fn open(&mut self, node: usize) {
        let parts = &self.language.grammar.rules[self.nodes[node].rule].parts;
        for (part, (_, kind)) in parts.iter().enumerate().rev() {
            match kind {
                PartKind::Nonterminal(nonterminal) => {
                    self.tasks.push(Task::Choose { nonterminal: *nonterminal, parent: Some((node, part)) });
                }
                PartKind::Set(set) => self.tasks.push(Task::Terms { set: *set, node, part, from: 0 }),
                PartKind::Role(_) => {}
            }
        }
    }

    fn list_grades(&self, node: usize, out: &mut Vec<(usize, usize, usize)>) {
        let parts = &self.language.grammar.rules[self.nodes[node].rule].parts;
        for (part, (_, kind)) in parts.iter().enumerate() {
            match kind {
                PartKind::Role(role) => out.push((node, part, *role)),
                _ => self.nodes[node].parts[part].iter().for_each(|&inner| self.list_grades(inner, out)),
            }
        }
    }

    /// The derivation, once nothing is left to choose.
    pub fn finish(&self) -> Option<Derivation> {
        self.is_done().then(|| Some(Derivation { root: self.node(0)? }))?
    }

    fn node(&self, place: usize) -> Option<Node> {
        let own = &self.nodes[place];
        let kinds = &self.language.grammar.rules[own.rule].parts;
        let mut parts = Vec::with_capacity(kinds.len());
        for (part, (_, kind)) in kinds.iter().enumerate() {
            parts.push(match kind {
                PartKind::Role(_) => Part::Grade(own.grades[part]?),
                PartKind::Nonterminal(_) => Part::Node(Box::new(self.node(*own.parts[part].first()?)?)),
                PartKind::Set(_) => {
                    Part::Set(own.parts[part].iter().map(|&inner| self.node(inner)).collect::<Option<Vec<_>>>()?)
                }
            });
        }
        Some(Node { rule: own.rule, columns: own.columns.clone(), parts })
    }
}
