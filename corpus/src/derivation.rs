//! Derivations: which rule, which columns, which parts.

use crate::choices::{Action, Choices, Language};
use crate::grammar::{Grammar, PartKind};

/// A choice of a rule, with everything below it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node {
    pub rule: usize,
    /// Places of columns in the schema.
    pub columns: Vec<usize>,
    /// One a hole, in the order of the text.
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    Node(Box<Node>),
    /// In ascending order of rule and columns.
    Set(Vec<Node>),
    Grade(usize),
}

/// A program as a tree of choices.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Derivation {
    pub root: Node,
}

/// The log probability of a derivation, in nats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogProbability {
    /// Of the structure: rules, columns, which terms.
    pub structure: f64,
    /// Of the scales of priors, given the structure.
    pub grades: f64,
}

impl LogProbability {
    pub fn total(self) -> f64 {
        self.structure + self.grades
    }
}

impl Derivation {
    /// Log P(derivation | schema); `None` where the language does not have it.
    pub fn log_probability(&self, language: &Language<'_>) -> Option<LogProbability> {
        let mut choices = Choices::new(language);
        let mut log = LogProbability { structure: 0.0, grades: 0.0 };
        for action in self.actions(language)? {
            let p = choices.legal().find(|(legal, _)| *legal == action)?.1;
            match action {
                Action::Grade(_) => log.grades += p.ln(),
                _ => log.structure += p.ln(),
            }
            choices.take(action);
        }
        choices.finish().map(|_| log)
    }

    /// The choices that make the derivation, in order.
    pub fn actions(&self, language: &Language<'_>) -> Option<Vec<Action>> {
        let mut actions = Vec::new();
        self.root.structure(language, false, &mut actions)?;
        self.root.grades(&mut actions);
        Some(actions)
    }

    /// How many rules were used.
    pub fn size(&self) -> usize {
        self.root.size()
    }
}

impl Node {
    fn structure(&self, language: &Language<'_>, chosen: bool, actions: &mut Vec<Action>) -> Option<()> {
        if !chosen {
            actions.push(Action::Rule(self.rule));
            let tuples = language.tuples(self.rule);
            let place = tuples.iter().position(|tuple| *tuple == self.columns)?;
            if tuples.len() > 1 {
                actions.push(Action::Columns(place));
            }
        }
        let kinds = &language.grammar().rules[self.rule].parts;
        for (part, (_, kind)) in self.parts.iter().zip(kinds) {
            match part {
                Part::Node(node) => node.structure(language, false, actions)?,
                Part::Set(nodes) => {
                    let PartKind::Set(set) = kind else { return None };
                    let candidates = language.candidates(*set);
                    for node in nodes {
                        let place = candidates.iter().position(|c| c.rule == node.rule && c.columns == node.columns)?;
                        actions.push(Action::Include(place));
                        node.structure(language, true, actions)?;
                    }
                    actions.push(Action::Stop);
                }
                Part::Grade(_) => {}
            }
        }
        Some(())
    }

    fn grades(&self, actions: &mut Vec<Action>) {
        for part in &self.parts {
            match part {
                Part::Node(node) => node.grades(actions),
                Part::Set(nodes) => nodes.iter().for_each(|node| node.grades(actions)),
                Part::Grade(grade) => actions.push(Action::Grade(*grade)),
            }
        }
    }

    /// Places of the sets that no set holds, each a path of parts, with the number of the set.
    pub fn sets(&self, grammar: &Grammar) -> Vec<(Vec<usize>, usize)> {
        let mut out = Vec::new();
        self.list_sets(grammar, &mut Vec::new(), &mut out);
        out
    }

    fn list_sets(&self, grammar: &Grammar, path: &mut Vec<usize>, out: &mut Vec<(Vec<usize>, usize)>) {
        for (place, (part, (_, kind))) in self.parts.iter().zip(&grammar.rules[self.rule].parts).enumerate() {
            path.push(place);
            match (part, kind) {
                (Part::Set(_), PartKind::Set(set)) => out.push((path.clone(), *set)),
                (Part::Node(inner), _) => inner.list_sets(grammar, path, out),
                _ => {}
            }
            path.pop();
        }
    }

    fn size(&self) -> usize {
        let inner = self.parts.iter().map(|part| match part {
            Part::Node(node) => node.size(),
            Part::Set(nodes) => nodes.iter().map(Node::size).sum(),
            Part::Grade(_) => 0,
        });
        1 + inner.sum::<usize>()
    }
}
