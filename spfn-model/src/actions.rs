//! Derivations as a decoder sees them: questions, and candidates that answer them.
//!
//! A candidate is an *item* (a rule, a stop, or a grade: a word of the grammar) with the columns that it points at. The network knows items by
//! vectors that it learns and columns by what the encoder says of them, so candidates of any table are scored by the same weights.

use ppl_corpus::choices::{Language, Question};
use ppl_corpus::grammar::PartKind;
use ppl_corpus::{Action, Choices, Derivation, Grammar};

/// A place for a column that is not there.
pub const NO_COLUMN: u16 = u16::MAX;

/// The words of a grammar, numbered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    rules: usize,
    /// The first grade of each role.
    grades: Vec<usize>,
    items: usize,
    /// The first part of each rule.
    parts: Vec<usize>,
    questions: usize,
    places: usize,
}

impl Vocabulary {
    pub fn new(grammar: &Grammar) -> Vocabulary {
        let rules = grammar.rules.len();
        // rules, then a stop for each set, then grades
        let mut items = rules + grammar.sets.len();
        let grades = grammar.roles.iter().map(|role| {
            items += role.grades.len();
            items - role.grades.len()
        });
        let grades = grades.collect();
        // the start, the columns of each rule, then parts
        let mut questions = 1 + rules;
        let parts = grammar.rules.iter().map(|rule| {
            questions += rule.parts.len();
            questions - rule.parts.len()
        });
        let parts = parts.collect();
        let places = grammar.rules.iter().map(|rule| rule.columns.len()).max().unwrap_or(0).max(1);
        Vocabulary { rules, grades, items, parts, questions, places }
    }

    /// How many items there are.
    pub fn items(&self) -> usize {
        self.items
    }

    /// How many questions there are.
    pub fn questions(&self) -> usize {
        self.questions
    }

    /// The most columns that a rule points at.
    pub fn places(&self) -> usize {
        self.places
    }
}

/// An item with its columns; so many places that are used, then [`NO_COLUMN`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub item: usize,
    pub columns: Vec<u16>,
}

/// Whether rules may stand in one program.
pub type Together<'t> = &'t dyn Fn(&[usize]) -> bool;

/// Every answer that there is for a schema.
#[derive(Clone, Debug)]
pub struct Candidates<'l> {
    vocabulary: &'l Vocabulary,
    language: &'l Language<'l>,
    /// All, in the order of their numbers.
    pub all: Vec<Candidate>,
    /// For each rule, the candidate without columns, and the first with columns.
    rules: Vec<(usize, usize)>,
    stops: usize,
    grades: Vec<usize>,
}

/// A choice with an alternative.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub question: usize,
    /// Columns of the node that is asked about.
    pub columns: Vec<u16>,
    /// Candidates and their log probabilities in the grammar.
    pub legal: Vec<(usize, f32)>,
}

impl<'l> Candidates<'l> {
    pub fn new(vocabulary: &'l Vocabulary, language: &'l Language<'l>) -> Candidates<'l> {
        let grammar = language.grammar();
        let mut all = Vec::new();
        let none = vec![NO_COLUMN; vocabulary.places];
        let mut rules = Vec::with_capacity(grammar.rules.len());
        for rule in 0..grammar.rules.len() {
            let tuples = language.tuples(rule);
            let bare = all.len();
            // with one choice of columns it is the same to choose the rule and to choose them
            if tuples.len() > 1 {
                all.push(Candidate { item: rule, columns: none.clone() });
            }
            rules.push((bare, all.len()));
            all.extend(tuples.iter().map(|tuple| Candidate { item: rule, columns: places(tuple, vocabulary.places) }));
        }
        let stops = all.len();
        all.extend(
            (0..grammar.sets.len()).map(|set| Candidate { item: vocabulary.rules + set, columns: none.clone() }),
        );
        let mut grades = Vec::new();
        for (role, first) in grammar.roles.iter().zip(&vocabulary.grades) {
            grades.push(all.len());
            all.extend((0..role.grades.len()).map(|grade| Candidate { item: first + grade, columns: none.clone() }));
        }
        Candidates { vocabulary, language, all, rules, stops, grades }
    }

    pub fn language(&self) -> &'l Language<'l> {
        self.language
    }

    /// Whether a candidate is a scale: they have the last numbers.
    pub fn is_grade(&self, candidate: usize) -> bool {
        self.grades.first().is_some_and(|first| candidate >= *first)
    }

    /// The number of the answer to what `choices` asks.
    fn number(&self, choices: &Choices<'_>, action: Action) -> Option<usize> {
        let grammar = self.language.grammar();
        let kind = |question: Option<Question<'_>>| match question {
            Some(Question::Part { rule, part, .. }) => Some(grammar.rules[rule].parts[part].1),
            _ => None,
        };
        match (action, choices.question()) {
            (Action::Rule(rule), _) => Some(self.rules[rule].0),
            (Action::Columns(place), Some(Question::Columns { rule })) => Some(self.rules[rule].1 + place),
            (Action::Include(place), question) => {
                let Some(PartKind::Set(set)) = kind(question) else { return None };
                let candidate = self.language.candidates(set).get(place)?;
                let tuple = self.language.tuples(candidate.rule).iter().position(|t| *t == candidate.columns)?;
                Some(self.rules[candidate.rule].1 + tuple)
            }
            (Action::Stop, question) => {
                let Some(PartKind::Set(set)) = kind(question) else { return None };
                Some(self.stops + set)
            }
            (Action::Grade(grade), question) => {
                let Some(PartKind::Role(role)) = kind(question) else { return None };
                Some(self.grades[role] + grade)
            }
            _ => None,
        }
    }

    /// What is asked next, with the actions that the legal candidates stand for; `None` at the end.
    pub fn step(&self, choices: &Choices<'_>) -> Option<(Step, Vec<Action>)> {
        let (question, columns) = match choices.question()? {
            Question::Start => (0, &[][..]),
            Question::Columns { rule } => (1 + rule, &[][..]),
            Question::Part { rule, part, columns } => (self.vocabulary.parts[rule] + part, columns),
        };
        let (mut legal, mut actions) = (Vec::new(), Vec::new());
        for (action, p) in choices.legal().filter(|(_, p)| *p > 0.0) {
            legal.push((self.number(choices, action)?, p.ln() as f32));
            actions.push(action);
        }
        let columns = places(columns, self.vocabulary.places);
        Some((Step { question, columns, legal }, actions))
    }

    /// The choices with an alternative that make a derivation, each with the place of the answer among the legal ones; `None` where the
    /// language does not have it.
    pub fn steps(&self, derivation: &Derivation) -> Option<Vec<(Step, usize)>> {
        self.steps_within(derivation, None)
    }

    /// The same where only rules that go together are legal: `together` is told those that were chosen, with one more.
    pub fn steps_within(&self, derivation: &Derivation, together: Option<Together<'_>>) -> Option<Vec<(Step, usize)>> {
        let mut choices = Choices::new(self.language);
        let (mut steps, mut rules) = (Vec::new(), Vec::new());
        for action in derivation.actions(self.language)? {
            let (mut step, mut actions) = self.step(&choices)?;
            if let Some(together) = together {
                let goes = |other: &Action| {
                    let with = |rule| together(&[rules.as_slice(), &[rule]].concat());
                    *other == action || self.rule(&choices, *other).is_none_or(with)
                };
                let both = step.legal.into_iter().zip(actions).filter(|(_, other)| goes(other));
                (step.legal, actions) = both.unzip();
                rules.extend(self.rule(&choices, action));
            }
            let place = actions.iter().position(|legal| *legal == action)?;
            if actions.len() > 1 {
                steps.push((step, place));
            }
            choices.take(action);
        }
        choices.is_done().then_some(steps)
    }

    /// The rule that an action chooses.
    fn rule(&self, choices: &Choices<'_>, action: Action) -> Option<usize> {
        match (action, choices.question()) {
            (Action::Rule(rule), _) => Some(rule),
            (Action::Include(place), Some(Question::Part { rule, part, .. })) => {
                let PartKind::Set(set) = self.language.grammar().rules[rule].parts[part].1 else { return None };
                Some(self.language.candidates(set).get(place)?.rule)
            }
            _ => None,
        }
    }
}

fn places(columns: &[usize], places: usize) -> Vec<u16> {
    let mut out: Vec<u16> = columns.iter().map(|column| *column as u16).collect();
    out.resize(places, NO_COLUMN);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use ppl_corpus::{Outcome, Schema};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn rules_that_do_not_go_together_are_no_choice() {
        let grammar = Grammar::shipped("bounded").unwrap();
        let schema = Schema::new(Outcome::Real, 2, 1, false);
        let language = Language::new(&grammar, &schema).unwrap();
        let vocabulary = Vocabulary::new(&grammar);
        let candidates = Candidates::new(&vocabulary, &language);
        let rule = |name: &str| grammar.rules.iter().position(|rule| rule.name == name).unwrap();
        let (family, term) = (rule("student_t"), rule("interaction"));
        let together = |rules: &[usize]| !(rules.contains(&family) && rules.contains(&term));
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let (mut fewer, mut same) = (0, 0);
        for _ in 0..200 {
            let derivation = language.sample(&mut rng);
            let (all, own) = (
                candidates.steps(&derivation).unwrap(),
                candidates.steps_within(&derivation, Some(&together)).unwrap(),
            );
            let items = |steps: &[(Step, usize)]| {
                let legal = steps.iter().flat_map(|(step, _)| &step.legal);
                legal.filter(|(candidate, _)| candidates.all[*candidate].item == term).count()
            };
            match derivation.root.rule == family {
                // a program that is held out keeps its own choices
                true if !format!("{:?}", derivation).contains(&format!("rule: {term},")) => {
                    assert_eq!(items(&own), 0);
                    fewer += usize::from(items(&all) > 0);
                }
                true => {}
                false => {
                    assert_eq!(all, own);
                    same += 1;
                }
            }
        }
        assert!(fewer > 5 && same > 50, "{fewer} {same}");
    }

    #[test]
    fn steps_have_the_probability_of_the_derivation() {
        for name in ["bounded", "wide"] {
            let grammar = Grammar::shipped(name).unwrap();
            let vocabulary = Vocabulary::new(&grammar);
            let mut rng = ChaCha8Rng::seed_from_u64(1);
            for _ in 0..300 {
                let schema = Schema::random(&mut rng, |outcome| grammar.has_outcome(outcome));
                let language = Language::new(&grammar, &schema).unwrap();
                let candidates = Candidates::new(&vocabulary, &language);
                let derivation = language.sample(&mut rng);
                let steps = candidates.steps(&derivation).unwrap();
                let log: f64 = steps.iter().map(|(step, place)| f64::from(step.legal[*place].1)).sum();
                let expected = derivation.log_probability(&language).unwrap().total();
                assert!((log - expected).abs() < 1e-4, "{log} {expected}");
                for (step, _) in &steps {
                    assert!(step.question < vocabulary.questions());
                    let mut numbers: Vec<usize> = step.legal.iter().map(|l| l.0).collect();
                    numbers.sort_unstable();
                    numbers.dedup();
                    assert_eq!(numbers.len(), step.legal.len(), "two answers with one number");
                }
            }
        }
    }

    #[test]
    fn items_are_within_the_vocabulary() {
        let grammar = Grammar::shipped("wide").unwrap();
        let vocabulary = Vocabulary::new(&grammar);
        let schema = Schema::new(Outcome::Real, 3, 2, true);
        let language = Language::new(&grammar, &schema).unwrap();
        for candidate in Candidates::new(&vocabulary, &language).all {
            assert!(candidate.item < vocabulary.items() && candidate.columns.len() == vocabulary.places());
        }
    }
}
