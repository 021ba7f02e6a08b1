//! Proposals: every way to make the start symbol, with terms that together have the marks of the text.

use super::marks::{Marks, factors, joined};
use super::{Outside, skeleton};
use crate::choices::Language;
use crate::derivation::{Derivation, Node, Part};
use crate::grammar::{Grammar, PartKind};
use crate::schema::Schema;
use crate::text::program;
use ppl_grammar::ast::Program;
use ppl_grammar::parse::parse;
use ppl_grammar::source::SourceMap;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

/// The text to be found.
pub(super) enum Target {
    Exact(String),
    /// What is left without fixed priors and bounds.
    Skeleton(String),
}

/// Beginnings of derivations that are tried at most.
const MOST_ROOTS: usize = 4000;
/// Sets of terms that are tried for a beginning.
const MOST_COVERS: usize = 12;
/// Steps of the search for sets of terms.
const MOST_STEPS: usize = 4000;

pub(super) struct Search<'a> {
    grammar: &'a Grammar,
    schema: &'a Schema,
    language: &'a Language<'a>,
    target: &'a Target,
    marks: Marks,
    /// What terms add, by start rule, place of the set, and rule of the term; with the columns that it was asked for.
    added: RefCell<HashMap<Place, Added>>,
}

/// Start rule, place of a set, and rule of a term.
type Place = (usize, Vec<usize>, usize);
/// Columns, and the marks of a term that points at them.
type Added = (Vec<usize>, Option<BTreeMap<String, usize>>);

/// A term that may be in a set.
struct Candidate {
    set: usize,
    place: usize,
    node: Node,
    marks: BTreeMap<String, usize>,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        grammar: &'a Grammar,
        schema: &'a Schema,
        language: &'a Language<'a>,
        target: &'a Target,
    ) -> Result<Search<'a>, Outside> {
        let (Target::Exact(text) | Target::Skeleton(text)) = target;
        let marks = Marks::of(&parsed(text));
        Ok(Search { grammar, schema, language, target, marks, added: RefCell::default() })
    }

    pub(super) fn start(&self) -> Result<Derivation, Outside> {
        let families: Vec<&str> = self.marks.families.iter().map(String::as_str).collect();
        let mut reason = Outside::Families(families.join(" and "));
        for &(rule, _) in self.language.options(self.grammar.start) {
            // the families of a rule are those of all its derivations
            let mut roots = self.bare(self.grammar.start, Some(rule), 4);
            roots.truncate(MOST_ROOTS);
            let Some(first) = roots.first() else { continue };
            let Some(marks) = self.marks_of(&Derivation { root: first.clone() }) else { continue };
            if marks.families != self.marks.families {
                continue;
            }
            for root in roots {
                match self.complete(Derivation { root }) {
                    Ok(derivation) => return Ok(derivation),
                    Err(Outside::Text) => reason = Outside::Text,
                    Err(why @ Outside::Terms(_)) => reason = nearer(reason, why),
                    Err(_) => {}
                }
            }
        }
        Err(reason)
    }

    /// All ways to make a non-terminal without any term, and with the first grade of each role.
    fn bare(&self, nonterminal: usize, only: Option<usize>, depth: usize) -> Vec<Node> {
        let mut all = Vec::new();
        if depth == 0 {
            return all;
        }
        for &(rule, _) in self.language.options(nonterminal) {
            if only.is_some_and(|only| only != rule) {
                continue;
            }
            for columns in self.language.tuples(rule) {
                all.extend(self.bare_rule(rule, columns, depth));
            }
        }
        all
    }

    fn bare_rule(&self, rule: usize, columns: &[usize], depth: usize) -> Vec<Node> {
        let mut nodes = vec![Node { rule, columns: columns.to_vec(), parts: Vec::new() }];
        for (_, kind) in &self.grammar.rules[rule].parts {
            let parts: Vec<Part> = match kind {
                PartKind::Nonterminal(inner) => {
                    self.bare(*inner, None, depth - 1).into_iter().map(|node| Part::Node(Box::new(node))).collect()
                }
                PartKind::Set(_) => vec![Part::Set(Vec::new())],
                PartKind::Role(_) => vec![Part::Grade(0)],
            };
            let with = |node: &Node| {
                let more = |part: &Part| {
                    let mut node = node.clone();
                    node.parts.push(part.clone());
                    node
                };
                parts.iter().map(more).collect::<Vec<_>>()
            };
            nodes = nodes.iter().flat_map(with).collect();
        }
        nodes
    }

    /// The derivation with the terms and scales of the text.
    fn complete(&self, derivation: Derivation) -> Result<Derivation, Outside> {
        let base = self.marks_of(&derivation).ok_or(Outside::Text)?;
        if !base.within(&self.marks) {
            return Err(Outside::Families(String::new()));
        }
        let left = self.marks.beyond(&base);
        let mut paths = Vec::new();
        sets(&derivation.root, self.grammar, &mut Vec::new(), &mut paths);
        let mut candidates = Vec::new();
        for (place, (path, set)) in paths.iter().enumerate() {
            for candidate in self.language.candidates(*set) {
                let Some(node) = self.bare_rule(candidate.rule, &candidate.columns, 2).into_iter().next() else {
                    continue;
                };
                let Some(marks) = self.added(&derivation, &base, path, &node) else { continue };
                if !marks.is_empty() && marks.iter().all(|(mark, n)| left.get(mark).is_some_and(|own| own >= n)) {
                    candidates.push(Candidate { set: place, place: candidates.len(), node, marks });
                }
            }
        }
        // what says more comes first
        candidates.sort_by_key(|c| (std::cmp::Reverse(c.marks.values().sum::<usize>()), c.set, c.place));
        let mut cover = Cover { candidates: &candidates, chosen: Vec::new(), found: Vec::new(), steps: 0, best: None };
        cover.search(&left, 0);
        let (found, best) = (cover.found, cover.best);
        if found.is_empty() {
            // what no term has says more than what a combination leaves
            let strange = |mark: &&String| !candidates.iter().any(|c| c.marks.contains_key(*mark));
            let strange: Vec<String> = left.keys().filter(strange).cloned().collect();
            let unexplained = if strange.is_empty() { best.unwrap_or(left).into_keys().collect() } else { strange };
            return Err(Outside::Terms(unexplained.join("; ")));
        }
        for chosen in found {
            let mut derivation = derivation.clone();
            for (place, (path, _)) in paths.iter().enumerate() {
                let mut own: Vec<&Candidate> =
                    chosen.iter().map(|&c| &candidates[c]).filter(|c| c.set == place).collect();
                own.sort_by_key(|c| c.place);
                let part = at(&mut derivation.root, path).ok_or(Outside::Text)?;
                *part = Part::Set(own.into_iter().map(|c| c.node.clone()).collect());
            }
            if let Some(found) = self.verified(derivation) {
                return Ok(found);
            }
        }
        Err(Outside::Text)
    }

    /// What a term adds to the marks of a beginning.
    fn added(&self, host: &Derivation, base: &Marks, path: &[usize], node: &Node) -> Option<BTreeMap<String, usize>> {
        let key = (host.root.rule, path.to_vec(), node.rule);
        if let Some((columns, marks)) = self.added.borrow().get(&key)
            && kinds(self.schema, columns) == kinds(self.schema, &node.columns)
        {
            return marks.as_ref().map(|marks| self.renamed(marks, columns, &node.columns));
        }
        let mut with = host.clone();
        *at(&mut with.root, path)? = Part::Set(vec![node.clone()]);
        let marks = self.marks_of(&with).map(|marks| marks.beyond(base));
        self.added.borrow_mut().insert(key, (node.columns.clone(), marks.clone()));
        marks
    }

    /// The same marks of other columns.
    fn renamed(&self, marks: &BTreeMap<String, usize>, from: &[usize], to: &[usize]) -> BTreeMap<String, usize> {
        let name = |column: usize| self.schema.columns[column].name.as_str();
        let pairs: Vec<(&str, &str)> = from.iter().zip(to).map(|(&a, &b)| (name(a), name(b))).collect();
        let mut all = BTreeMap::new();
        for (mark, count) in marks {
            let factors = factors(mark).into_iter().map(|factor| with_columns(factor, &pairs)).collect();
            *all.entry(joined(factors)).or_default() += *count;
        }
        all
    }

    /// The derivation, with its scales, if it has the text.
    fn verified(&self, derivation: Derivation) -> Option<Derivation> {
        match self.target {
            Target::Skeleton(text) => (self.text_of(&derivation)? == *text).then_some(derivation),
            Target::Exact(text) => self.grade(derivation, text),
        }
    }

    /// Chooses scales one after the other, by the lines that agree.
    fn grade(&self, mut derivation: Derivation, target: &str) -> Option<Derivation> {
        let mut text = self.text_of(&derivation)?;
        let mut best = agreement(&text, target);
        let mut paths = Vec::new();
        grades(&derivation.root, self.grammar, &mut Vec::new(), &mut paths);
        for _ in 0..3 {
            let before = best;
            for (path, role) in &paths {
                if text == target {
                    return Some(derivation);
                }
                for grade in 0..self.grammar.roles[*role].grades.len() {
                    let mut trial = derivation.clone();
                    *at(&mut trial.root, path)? = Part::Grade(grade);
                    let other = self.text_of(&trial)?;
                    let agree = agreement(&other, target);
                    if agree > best {
                        (derivation, best, text) = (trial, agree, other);
                    }
                }
            }
            if best == before {
                break;
            }
        }
        (text == target).then_some(derivation)
    }

    fn text_of(&self, derivation: &Derivation) -> Option<String> {
        let made = program(self.grammar, self.schema, derivation).ok()?;
        match self.target {
            Target::Exact(_) => Some(made.text),
            Target::Skeleton(_) => skeleton::text(&made.program).ok(),
        }
    }

    fn marks_of(&self, derivation: &Derivation) -> Option<Marks> {
        Some(Marks::of(&parsed(&self.text_of(derivation)?)))
    }
}

/// Sets of candidates whose marks are exactly those that are left (exact cover; Knuth 2000).
struct Cover<'c> {
    candidates: &'c [Candidate],
    chosen: Vec<usize>,
    found: Vec<Vec<usize>>,
    steps: usize,
    /// The least that was ever left over.
    best: Option<BTreeMap<String, usize>>,
}

impl Cover<'_> {
    fn search(&mut self, left: &BTreeMap<String, usize>, from: usize) {
        self.steps += 1;
        if self.steps > MOST_STEPS || self.found.len() >= MOST_COVERS {
            return;
        }
        let Some(_) = left.keys().next() else {
            self.found.push(self.chosen.clone());
            self.best = Some(BTreeMap::new());
            return;
        };
        if self.best.as_ref().is_none_or(|best| left.len() < best.len()) {
            self.best = Some(left.clone());
        }
        // the mark with the fewest candidates that are left
        let fits = |c: &Candidate, left: &BTreeMap<String, usize>| {
            c.marks.iter().all(|(mark, n)| left.get(mark).is_some_and(|own| own >= n))
        };
        let free = |place: &usize| !self.chosen.contains(place);
        let of_mark = |mark: &String| -> Vec<usize> {
            let has = |place: &usize| {
                self.candidates[*place].marks.contains_key(mark) && fits(&self.candidates[*place], left)
            };
            (from..self.candidates.len()).filter(free).filter(has).collect()
        };
        let Some(options) = left.keys().map(of_mark).min_by_key(Vec::len) else { return };
        for place in options {
            let mut rest = left.clone();
            for (mark, n) in &self.candidates[place].marks {
                if let Some(own) = rest.get_mut(mark) {
                    *own -= n;
                    if *own == 0 {
                        rest.remove(mark);
                    }
                }
            }
            self.chosen.push(place);
            self.search(&rest, 0);
            self.chosen.pop();
        }
    }
}

/// The reason with fewer unexplained terms.
fn nearer(old: Outside, new: Outside) -> Outside {
    match (&old, &new) {
        (Outside::Text, _) => old,
        (Outside::Terms(a), Outside::Terms(b)) if a.split("; ").count() <= b.split("; ").count() => old,
        _ => new,
    }
}

fn parsed(text: &str) -> Program {
    parse(&SourceMap::from_text("canonical", text)).program
}

fn kinds(schema: &Schema, columns: &[usize]) -> Vec<crate::schema::ColumnKind> {
    columns.iter().map(|&column| schema.columns[column].kind).collect()
}

/// A text with other names of columns, also in names of their levels.
fn with_columns(text: &str, pairs: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars().chain([' ']) {
        if c.is_ascii_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        let levels = |from: &str| word.strip_suffix(from).filter(|stem| stem.ends_with("J_"));
        match pairs.iter().find(|(from, _)| word == *from || levels(from).is_some()) {
            Some((from, to)) => {
                out.push_str(&word[..word.len() - from.len()]);
                out.push_str(to);
            }
            None => out.push_str(&word),
        }
        word.clear();
        out.push(c);
    }
    out.pop();
    out
}

/// How many lines two texts have in common.
fn agreement(text: &str, target: &str) -> usize {
    let mut lines: HashMap<&str, i64> = HashMap::new();
    target.lines().for_each(|line| *lines.entry(line).or_default() += 1);
    let mut agree = 0;
    for line in text.lines() {
        let left = lines.entry(line).or_default();
        agree += usize::from(*left > 0);
        *left -= 1;
    }
    agree
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
