//! A program with its tables, in the numbers that the network reads.

use crate::actions::{Candidates, NO_COLUMN, Step, Together, Vocabulary};
use crate::arrange::Arrangement;
use crate::config::Size;
use crate::features::Features;
use crate::rows::Rows;
use ppl_corpus::choices::Language;
use ppl_corpus::pair::table::Table;
use ppl_corpus::store::Selection;
use ppl_corpus::{Derivation, Grammar, Outcome, Schema};
use std::collections::HashMap;

/// One to eight tables of one program.
#[derive(Clone, Debug, PartialEq)]
pub struct TableInput {
    /// Kind of the outcome, then of each column.
    pub kinds: Vec<u8>,
    /// Rows and features of each table, columns arranged.
    pub tables: Vec<(Rows, Features)>,
    /// Where its columns went.
    pub arrangement: Arrangement,
}

/// Candidates and choices: of one program, where a step follows another, or of many, a tree that branches where they part.
#[derive(Clone, Debug, PartialEq)]
pub struct ProgramInput {
    /// Item and columns of each candidate.
    pub items: Vec<u16>,
    /// As many for each candidate as a vocabulary has places.
    pub item_columns: Vec<u16>,
    /// A step comes after the one that leads to it.
    pub steps: Vec<StepInput>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct StepInput {
    /// The step before, by its place, and the candidate that was chosen there; `None` at the start.
    pub before: Option<(usize, u16)>,
    pub question: u16,
    pub columns: Vec<u16>,
    pub legal: Vec<(u16, f32)>,
    /// Candidates that were chosen, each with the weight of the programs that chose it.
    pub targets: Vec<(u16, f32)>,
}

/// What a network is trained on.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    pub input: TableInput,
    /// The program that made the tables; or a soft target, programs with weights that add up to one.
    pub program: ProgramInput,
}

/// Why a table cannot be read by a network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Unreadable {
    #[error("the network reads at most {most} columns beside the outcome, and the table has {columns}: leave some out")]
    Columns { columns: usize, most: usize },
    #[error("the grammar has no program for a {0} outcome with such columns")]
    NoProgram(&'static str),
    #[error("tables of one program have the same columns: table {0} has others")]
    Schemas(usize),
    #[error("there is no table")]
    Nothing,
}

impl TableInput {
    /// Reads tables of one program.
    ///
    /// # Errors
    /// There are none, they differ in their columns, or have too many.
    pub fn of(tables: &[&Table], size: &Size) -> Result<TableInput, Unreadable> {
        let schema = &tables.first().ok_or(Unreadable::Nothing)?.schema;
        if schema.columns.len() > size.columns {
            return Err(Unreadable::Columns { columns: schema.columns.len(), most: size.columns });
        }
        if let Some(other) = tables.iter().position(|table| table.schema != *schema) {
            return Err(Unreadable::Schemas(other));
        }
        let features: Vec<Features> = tables.iter().map(|table| Features::of(table)).collect();
        let arrangement = Arrangement::of(schema, &features.iter().collect::<Vec<_>>());
        let arranged = |(table, features): (&&Table, Features)| {
            let columns = arrangement.columns();
            let features = Features {
                outcome: features.outcome,
                columns: columns.iter().map(|&column| features.columns[column]).collect(),
                pairs: columns.iter().map(|&column| features.pairs[column]).collect(),
            };
            (Rows::of(table, columns, size.rows), features)
        };
        let tables = tables.iter().zip(features).map(arranged).collect();
        Ok(TableInput { kinds: kinds(schema), tables, arrangement })
    }

    pub fn columns(&self) -> usize {
        self.kinds.len() - 1
    }

    /// Rows of the longest table.
    pub fn rows(&self) -> usize {
        self.tables.iter().map(|(rows, _)| rows.rows).max().unwrap_or(0)
    }
}

fn kinds(schema: &Schema) -> Vec<u8> {
    let columns = schema.columns.iter().map(|c| Outcome::ALL.len() + c.kind as usize);
    std::iter::once(schema.outcome as usize).chain(columns).map(|kind| kind as u8).collect()
}

impl ProgramInput {
    /// Candidates, as yet without choices. The last candidate stands for the start and is never legal.
    pub fn new(candidates: &Candidates<'_>, vocabulary: &Vocabulary) -> ProgramInput {
        let items = candidates.all.iter().map(|c| c.item as u16).chain([vocabulary.items() as u16]);
        let start = std::iter::repeat_n(NO_COLUMN, vocabulary.places());
        let columns = candidates.all.iter().flat_map(|c| c.columns.iter().copied()).chain(start);
        ProgramInput { items: items.collect(), item_columns: columns.collect(), steps: Vec::new() }
    }

    /// With the choices of a derivation; `None` where the language does not have it.
    pub fn of(candidates: &Candidates<'_>, vocabulary: &Vocabulary, derivation: &Derivation) -> Option<ProgramInput> {
        ProgramInput::within(candidates, vocabulary, derivation, None)
    }

    /// With the choices of a derivation among rules that go together ([`Candidates::steps_within`]).
    pub fn within(
        candidates: &Candidates<'_>,
        vocabulary: &Vocabulary,
        derivation: &Derivation,
        together: Option<Together<'_>>,
    ) -> Option<ProgramInput> {
        let mut input = ProgramInput::new(candidates, vocabulary);
        let steps = candidates.steps_within(derivation, together)?;
        steps.iter().for_each(|(step, place)| input.push(step, *place));
        Some(input)
    }

    /// With the choices of the structure of a derivation, without those of its scales; `None` where the language does not have it.
    pub fn structure_of(
        candidates: &Candidates<'_>,
        vocabulary: &Vocabulary,
        derivation: &Derivation,
    ) -> Option<ProgramInput> {
        let mut input = ProgramInput::new(candidates, vocabulary);
        let steps = candidates.steps(derivation)?;
        let structure = steps.iter().take_while(|(step, _)| !candidates.is_grade(step.legal[0].0));
        structure.for_each(|(step, place)| input.push(step, *place));
        Some(input)
    }

    /// With the choices of weighted programs, those that several share once; `None` where the language does not have one.
    pub fn tree(
        candidates: &Candidates<'_>,
        vocabulary: &Vocabulary,
        programs: &[(Derivation, f64)],
    ) -> Option<ProgramInput> {
        let mut input = ProgramInput::new(candidates, vocabulary);
        let mut places: HashMap<Option<(usize, u16)>, usize> = HashMap::new();
        for (derivation, weight) in programs {
            let mut before = None;
            for (step, place) in candidates.steps(derivation)? {
                let target = step.legal[place].0 as u16;
                let at = *places.entry(before).or_insert_with(|| {
                    input.steps.push(StepInput::new(&step, before));
                    input.steps.len() - 1
                });
                input.steps[at].add(target, *weight as f32);
                before = Some((at, target));
            }
        }
        Some(input)
    }

    /// The log probability in the grammar, in nats; the mean of many programs.
    pub fn log_prior(&self) -> f64 {
        let of_target = |(step, (target, weight)): (&StepInput, &(u16, f32))| -> f64 {
            let own = step.legal.iter().find(|(candidate, _)| candidate == target);
            own.map_or(f64::NEG_INFINITY, |(_, log)| f64::from(*weight) * f64::from(*log))
        };
        let targets = self.steps.iter().flat_map(|step| step.targets.iter().map(move |target| (step, target)));
        targets.map(of_target).sum()
    }

    /// The number of the start.
    pub fn start(&self) -> u16 {
        (self.items.len() - 1) as u16
    }

    /// Adds a choice after the last one; `place` is among the legal ones.
    pub fn push(&mut self, step: &Step, place: usize) {
        let last = self.steps.last().and_then(|step| step.targets.first());
        let before = last.map(|(target, _)| (self.steps.len() - 1, *target));
        let mut step = StepInput::new(step, before);
        step.add(step.legal[place].0, 1.0);
        self.steps.push(step);
    }
}

impl StepInput {
    fn new(step: &Step, before: Option<(usize, u16)>) -> StepInput {
        let legal = step.legal.iter().map(|(candidate, log)| (*candidate as u16, *log)).collect();
        StepInput { before, question: step.question as u16, columns: step.columns.clone(), legal, targets: Vec::new() }
    }

    fn add(&mut self, target: u16, weight: f32) {
        match self.targets.iter_mut().find(|(candidate, _)| *candidate == target) {
            Some((_, own)) => *own += weight,
            None => self.targets.push((target, weight)),
        }
    }
}

impl Example {
    /// A program for tables, seen through a grammar; `None` in the place of an example where the grammar does not have the program.
    ///
    /// What a selection holds out by its productions is no choice at all. A training never has it: were it legal, the network would learn that it does not
    /// happen, instead of how its parts go together.
    ///
    /// # Errors
    /// The tables cannot be read.
    pub fn of(
        grammar: &Grammar,
        vocabulary: &Vocabulary,
        size: &Size,
        tables: &[&Table],
        derivation: &Derivation,
        selection: Option<&Selection>,
    ) -> Result<Option<Example>, Unreadable> {
        let input = TableInput::of(tables, size)?;
        let schema = &tables[0].schema;
        let language = Language::new(grammar, schema).ok_or(Unreadable::NoProgram(schema.outcome.word()))?;
        let candidates = Candidates::new(vocabulary, &language);
        let arranged = input.arrangement.arranged(grammar, derivation);
        let together = |rules: &[usize]| {
            let names: Vec<&str> = rules.iter().map(|rule| grammar.rules[*rule].name.as_str()).collect();
            selection.is_none_or(|own| !own.holds_out(&names))
        };
        let together = selection.map(|_| &together as Together<'_>);
        let program = ProgramInput::within(&candidates, vocabulary, &arranged, together);
        Ok(program.map(|program| Example { input, program }))
    }

    /// The same table with a soft target: programs with probabilities, of which those that are next to impossible are left out.
    #[must_use]
    pub fn softened(
        self,
        grammar: &Grammar,
        vocabulary: &Vocabulary,
        schema: &Schema,
        target: &[(Derivation, f64)],
    ) -> Example {
        /// What is less probable costs more than it tells.
        const LEAST: f64 = 1e-5;
        let Some(language) = Language::new(grammar, schema) else { return self };
        let likely: Vec<&(Derivation, f64)> = target.iter().filter(|(_, p)| *p >= LEAST).collect();
        let total: f64 = likely.iter().map(|(_, p)| p).sum();
        let arranged =
            |(derivation, p): &(Derivation, f64)| (self.input.arrangement.arranged(grammar, derivation), p / total);
        let programs: Vec<(Derivation, f64)> = likely.into_iter().map(arranged).collect();
        let program = ProgramInput::tree(&Candidates::new(vocabulary, &language), vocabulary, &programs);
        match program {
            Some(program) => Example { program, ..self },
            None => self,
        }
    }

    /// About how much work it is for a network.
    pub fn cost(&self) -> usize {
        self.input.rows() * self.input.kinds.len() + self.program.steps.len()
    }
}
