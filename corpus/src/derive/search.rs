//! Proposals: every way to make the start symbol, with terms that together have the marks of the text.

use super::colours::Colours;
use super::marks::{Marks, factors, joined};
use super::{Outside, skeleton};
use crate::choices::Language;
use crate::derivation::{Derivation, Node, Part};
use crate::grammar::{Grammar, PartKind};
use crate::schema::{Column, ColumnKind, Outcome, Schema};
use crate::text::{canonical_of, with_probes};
use ppl_canonical::Canonical;
use ppl_grammar::ast::Program;
use ppl_grammar::parse::parse;
use ppl_grammar::source::SourceMap;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

/// The text to be found.
pub(super) enum Target {
    Exact(String),
    /// What is left without fixed priors and bounds.
    Skeleton(String),
}

/// Beginnings of derivations that are tried at most.
const MOST_ROOTS: usize = 4000;
/// Sets of terms that are tried for a beginning.
const MOST_COVERS: usize = 40;
/// Sets of a beginning that may be empty.
const MOST_SETS: usize = 4;
/// Steps of the search for sets of terms.
const MOST_STEPS: usize = 4000;
/// Scales of a derivation that are tried where the first tries mislead.
const MOST_SCALES: usize = 2000;

pub(super) struct Search<'a> {
    grammar: &'a Grammar,
    schema: &'a Schema,
    language: &'a Language<'a>,
    target: &'a Target,
    marks: Marks,
    colours: Colours,
    memory: &'a Memory,
}

/// What has been seen of the rules of a grammar.
#[derive(Default)]
pub(super) struct Memory {
    /// Families of start rules: those of all their derivations.
    families: Mutex<HashMap<Place, Option<BTreeSet<String>>>>,
    /// Marks of beginnings.
    bases: Mutex<HashMap<Base, Option<Marks>>>,
    added: Mutex<HashMap<Place, Added>>,
}

/// What a term adds, with the names of the columns that it was asked for.
type Added = (Vec<String>, Option<BTreeMap<String, usize>>);

/// A beginning for a kind of target, with the columns that it points at.
#[derive(PartialEq, Eq, Hash)]
struct Base {
    skeleton: bool,
    outcome: Outcome,
    root: Node,
    columns: Vec<(usize, Column)>,
    probes: Vec<bool>,
}

/// A rule for a kind of target, in a place.
#[derive(PartialEq, Eq, Hash)]
struct Place {
    skeleton: bool,
    outcome: Outcome,
    /// The start rule, and the place of the set.
    start: usize,
    path: Vec<usize>,
    probes: Vec<bool>,
    rule: usize,
    columns: Vec<ColumnKind>,
}

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
        memory: &'a Memory,
    ) -> Result<Search<'a>, Outside> {
        let (Target::Exact(text) | Target::Skeleton(text)) = target;
        let program = parsed(text);
        let (marks, colours) = (Marks::of(&program), Colours::of(&program));
        Ok(Search { grammar, schema, language, target, marks, colours, memory })
    }

    pub(super) fn start(&self) -> Result<Derivation, Outside> {
        let families: Vec<&str> = self.marks.families.iter().map(String::as_str).collect();
        let mut reason = Outside::Families(families.join(" and "));
        for &(rule, _) in self.language.options(self.grammar.start) {
            // the families of a rule are those of all its derivations
            let mut roots = self.bare(self.grammar.start, Some(rule), 4);
            roots.truncate(MOST_ROOTS);
            let Some(first) = roots.first() else { continue };
            if self.families(first).as_ref() != Some(&self.marks.families) {
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

    fn place(&self, start: usize, path: &[usize], probes: &[bool], node: &Node) -> Place {
        Place {
            skeleton: matches!(self.target, Target::Skeleton(_)),
            outcome: self.schema.outcome,
            start,
            path: path.to_vec(),
            probes: probes.to_vec(),
            rule: node.rule,
            columns: node.columns.iter().map(|&column| self.schema.columns[column].kind).collect(),
        }
    }

    fn families(&self, root: &Node) -> Option<BTreeSet<String>> {
        let place = self.place(root.rule, &[], &[], root);
        let lock = || self.memory.families.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&place) {
            return known.clone();
        }
        let own = self.marks_of(&Derivation { root: root.clone() }, &[]).map(|marks| marks.families);
        lock().insert(place, own.clone());
        own
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

    /// The derivation with the terms and scales of the text. Sets that have terms are looked at with a probe among them: a sum without terms may
    /// be written in another way altogether.
    fn complete(&self, derivation: Derivation) -> Result<Derivation, Outside> {
        let paths = derivation.root.sets(self.grammar);
        let mut reason = Outside::Families(String::new());
        for without in 0..1_usize << paths.len().min(MOST_SETS) {
            let probes: Vec<bool> = (0..paths.len()).map(|place| without >> place & 1 == 0).collect();
            match self.covered(&derivation, &paths, &probes) {
                Ok(found) => return Ok(found),
                Err(why @ (Outside::Terms(_) | Outside::Text)) => reason = nearer(reason, why),
                Err(_) => {}
            }
        }
        self.alone(&derivation, &paths).ok_or(reason)
    }

    /// The derivation with one term in all: a column that stands alone where a sum would be is written as no sum has it.
    fn alone(&self, derivation: &Derivation, paths: &[(Vec<usize>, usize)]) -> Option<Derivation> {
        let Target::Exact(_) = self.target else { return None };
        for (path, set) in paths {
            for candidate in self.language.candidates(*set) {
                // others bring parameters, which marks tell
                if !self.grammar.rules[candidate.rule].parts.is_empty() {
                    continue;
                }
                let node = Node { rule: candidate.rule, columns: candidate.columns.clone(), parts: Vec::new() };
                let mut with = derivation.clone();
                *at(&mut with.root, path)? = Part::Set(vec![node]);
                if let Some(found) = self.verified(with) {
                    return Some(found);
                }
            }
        }
        None
    }

    /// The derivation with terms in the sets that have a probe, and only there.
    fn covered(
        &self,
        derivation: &Derivation,
        paths: &[(Vec<usize>, usize)],
        probes: &[bool],
    ) -> Result<Derivation, Outside> {
        let base = self.base(derivation, probes).ok_or(Outside::Text)?;
        let own = base.clone().without_probes();
        if !own.within(&self.marks) {
            return Err(Outside::Families(String::new()));
        }
        let left = self.marks.beyond(&own);
        let mut candidates = Vec::new();
        for (place, (path, set)) in paths.iter().enumerate().filter(|(place, _)| probes[*place]) {
            for candidate in self.language.candidates(*set) {
                let Some(node) = self.bare_rule(candidate.rule, &candidate.columns, 2).into_iter().next() else {
                    continue;
                };
                let Some(marks) = self.added(derivation, (&base, probes), path, &node) else { continue };
                if !marks.is_empty() && marks.iter().all(|(mark, n)| left.get(mark).is_some_and(|own| own >= n)) {
                    candidates.push(Candidate { set: place, place: candidates.len(), node, marks });
                }
            }
        }
        // what says more comes first
        candidates.sort_by_key(|c| (Reverse(c.marks.values().sum::<usize>()), c.set, c.place));
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
        let used = |chosen: &Vec<usize>, place: usize| chosen.iter().any(|&c| candidates[c].set == place);
        for chosen in found {
            if (0..paths.len()).any(|place| probes[place] && !used(&chosen, place)) {
                continue;
            }
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

    /// The marks of a beginning.
    fn base(&self, derivation: &Derivation, probes: &[bool]) -> Option<Marks> {
        let mut columns = BTreeSet::new();
        used(&derivation.root, &mut columns);
        let columns = columns.into_iter().map(|column| (column, self.schema.columns[column].clone())).collect();
        let key = Base {
            skeleton: matches!(self.target, Target::Skeleton(_)),
            outcome: self.schema.outcome,
            root: derivation.root.clone(),
            columns,
            probes: probes.to_vec(),
        };
        let lock = || self.memory.bases.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&key) {
            return known.clone();
        }
        let marks = self.marks_of(derivation, probes);
        lock().insert(key, marks.clone());
        marks
    }

    /// What a term adds to the marks of a beginning.
    fn added(
        &self,
        host: &Derivation,
        (base, probes): (&Marks, &[bool]),
        path: &[usize],
        node: &Node,
    ) -> Option<BTreeMap<String, usize>> {
        let place = self.place(host.root.rule, path, probes, node);
        let names: Vec<String> = node.columns.iter().map(|&column| self.schema.columns[column].name.clone()).collect();
        let lock = || self.memory.added.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((columns, marks)) = lock().get(&place) {
            return marks.as_ref().map(|marks| renamed(marks, columns, &names));
        }
        let mut with = host.clone();
        *at(&mut with.root, path)? = Part::Set(vec![node.clone()]);
        let marks = self.marks_of(&with, probes).map(|marks| marks.beyond(base));
        lock().insert(place, (names, marks.clone()));
        marks
    }

    /// The derivation, with its scales, if it has the text.
    fn verified(&self, derivation: Derivation) -> Option<Derivation> {
        match self.target {
            Target::Skeleton(text) => (self.text_of(&derivation)? == *text).then_some(derivation),
            Target::Exact(text) => {
                // by what numbers there are too many and too few of; where that misleads, by trying all
                self.grade(&derivation, text, true)
                    .or_else(|| self.grade(&derivation, text, false))
                    .or_else(|| self.grade_widely(&derivation, text))
            }
        }
    }

    /// Chooses scales as [`Search::grade`] does, but goes back to what looked worse: changes of one scale, and swaps of two, best first.
    fn grade_widely(&self, derivation: &Derivation, target: &str) -> Option<Derivation> {
        let mut paths = Vec::new();
        grades(&derivation.root, self.grammar, &mut Vec::new(), &mut paths);
        let seen = |chosen: &[usize]| {
            let mut own = derivation.clone();
            for ((path, _), grade) in paths.iter().zip(chosen) {
                *at(&mut own.root, path)? = Part::Grade(*grade);
            }
            let text = self.made(&own, &[])?.text;
            let agree = Colours::of(&parsed(&text)).agreement(&self.colours);
            Some((agree, (text == target).then_some(own)))
        };
        let first: Vec<usize> = paths.iter().map(|(_, role)| self.likeliest(*role)).collect();
        let mut known = HashSet::from([first.clone()]);
        let mut open = BinaryHeap::from([(seen(&first)?.0, Reverse(0_usize), first)]);
        while let Some((_, _, chosen)) = open.pop() {
            for next in self.neighbours(&chosen, &paths) {
                if known.len() >= MOST_SCALES {
                    return None;
                }
                if !known.insert(next.clone()) {
                    continue;
                }
                let Some((agree, found)) = seen(&next) else { continue };
                if found.is_some() {
                    return found;
                }
                open.push((agree, Reverse(known.len()), next));
            }
        }
        None
    }

    /// Scales that differ in one place, or are exchanged between two of a role.
    fn neighbours(&self, chosen: &[usize], paths: &[(Vec<usize>, usize)]) -> Vec<Vec<usize>> {
        let mut all = Vec::new();
        for (place, (_, role)) in paths.iter().enumerate() {
            for grade in (0..self.grammar.roles[*role].grades.len()).filter(|grade| *grade != chosen[place]) {
                let mut next = chosen.to_vec();
                next[place] = grade;
                all.push(next);
            }
            for other in (0..place).filter(|other| paths[*other].1 == *role && chosen[*other] != chosen[place]) {
                let mut next = chosen.to_vec();
                next.swap(place, other);
                all.push(next);
            }
        }
        all
    }

    /// Chooses scales one after the other, by the parameters whose priors and uses agree.
    fn grade(&self, derivation: &Derivation, target: &str, guided: bool) -> Option<Derivation> {
        let mut derivation = derivation.clone();
        let mut paths = Vec::new();
        grades(&derivation.root, self.grammar, &mut Vec::new(), &mut paths);
        for (path, role) in &paths {
            *at(&mut derivation.root, path)? = Part::Grade(self.likeliest(*role));
        }
        let seen = |derivation: &Derivation| {
            let made = self.made(derivation, &[])?;
            let agree = Colours::of(&parsed(&made.text)).agreement(&self.colours);
            Some((made.text, agree))
        };
        let wanted = Numbers::of(target);
        let (mut text, mut best) = seen(&derivation)?;
        for _ in 0..3 {
            let before = best;
            for (path, role) in &paths {
                let grades = &self.grammar.roles[*role].grades;
                for (grade, (scale, _)) in grades.iter().enumerate() {
                    if text == target {
                        return Some(derivation);
                    }
                    let mut trial = derivation.clone();
                    let Part::Grade(own) = at(&mut trial.root, path)? else { return None };
                    if grade == *own || guided && !Numbers::of(&text).lead_to(&wanted, grades[*own].0, *scale) {
                        continue;
                    }
                    *own = grade;
                    let (other, agree) = seen(&trial)?;
                    if agree > best || other == target {
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

    fn likeliest(&self, role: usize) -> usize {
        let grades = self.grammar.roles[role].grades.iter().enumerate();
        grades.max_by(|(_, a), (_, b)| a.1.total_cmp(&b.1)).map_or(0, |(place, _)| place)
    }

    fn made(&self, derivation: &Derivation, probes: &[bool]) -> Option<Canonical> {
        canonical_of(with_probes(self.grammar, self.schema, derivation, probes)).ok()
    }

    fn text_of(&self, derivation: &Derivation) -> Option<String> {
        let made = self.made(derivation, &[])?;
        match self.target {
            Target::Exact(_) => Some(made.text),
            Target::Skeleton(_) => skeleton::text(&made.program).ok(),
        }
    }

    fn marks_of(&self, derivation: &Derivation, probes: &[bool]) -> Option<Marks> {
        let made = self.made(derivation, probes)?;
        Some(match self.target {
            Target::Exact(_) => Marks::of(&parsed(&made.text)),
            Target::Skeleton(_) => Marks::of(&parsed(&skeleton::text(&made.program).ok()?)),
        })
    }
}

/// The same marks of other columns.
fn renamed(marks: &BTreeMap<String, usize>, from: &[String], to: &[String]) -> BTreeMap<String, usize> {
    let pairs: Vec<(&str, &str)> = from.iter().map(String::as_str).zip(to.iter().map(String::as_str)).collect();
    let mut all = BTreeMap::new();
    for (mark, count) in marks {
        let factors = factors(mark).into_iter().map(|factor| with_columns(factor, &pairs)).collect();
        *all.entry(joined(factors)).or_default() += *count;
    }
    all
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

/// How often a text shows each number.
struct Numbers(HashMap<u64, usize>);

impl Numbers {
    fn of(text: &str) -> Numbers {
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_'));
        let mut counts = HashMap::new();
        for number in words.filter_map(|word| word.parse::<f64>().ok()) {
            *counts.entry(number.to_bits()).or_default() += 1;
        }
        Numbers(counts)
    }

    /// Whether the target has fewer of the first scale and more of the second. A scale of 1 may be shown by no number.
    fn lead_to(&self, target: &Numbers, from: f64, to: f64) -> bool {
        let count = |own: &Numbers, number: f64| own.0.get(&number.to_bits()).copied().unwrap_or(0);
        (from == 1.0 || count(self, from) > count(target, from)) && (to == 1.0 || count(self, to) < count(target, to))
    }
}

/// Columns that a tree points at.
fn used(node: &Node, out: &mut BTreeSet<usize>) {
    out.extend(&node.columns);
    for part in &node.parts {
        match part {
            Part::Node(inner) => used(inner, out),
            Part::Set(nodes) => nodes.iter().for_each(|inner| used(inner, out)),
            Part::Grade(_) => {}
        }
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
