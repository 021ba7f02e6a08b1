//! Programs from a network: drawn, the best ones, and the probability of a given one.
//!
//! Programs that are begun, of one table or of many, grow side by side, a choice at a time; choices without an alternative are made at once. Only legal
//! choices are offered, so what is drawn is a derivation of the grammar, and q adds up to one over them.

use crate::actions::{Candidates, Step, Vocabulary};
use crate::arrange::Arrangement;
use crate::batch::{ProgramBatch, TableBatch};
use crate::example::{ProgramInput, TableInput};
use crate::network::{Memory, Network};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};
use ppl_corpus::choices::Language;
use ppl_corpus::{Action, Choices, Derivation, Grammar};
use rand::{Rng, RngExt};

/// A program with log q.
pub type Scored = (Derivation, f64);

/// A structure with the scales that are likeliest for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    pub derivation: Derivation,
    /// Log q of the structure, whatever its scales.
    pub log_structure: f64,
    /// Log q of the structure with these scales.
    pub log_q: f64,
}

/// A program in the making.
#[derive(Clone)]
struct Begun<'l> {
    /// Which of the cases it is for.
    case: usize,
    choices: Choices<'l>,
    input: ProgramInput,
    log_q: f64,
    /// The choice that is due; `None` once all are made.
    due: Option<(Step, Vec<Action>)>,
}

impl<'l> Begun<'l> {
    /// On to the next choice that has an alternative.
    fn advance(&mut self, candidates: &Candidates<'l>) {
        self.due = loop {
            match candidates.step(&self.choices) {
                Some((_, actions)) if actions.len() == 1 => self.choices.take(actions[0]),
                due => break due,
            }
        };
    }

    /// Whether a choice of the structure is due: scales come after all of them.
    fn is_unstructured(&self) -> bool {
        self.due.as_ref().is_some_and(|(_, actions)| !matches!(actions[0], Action::Grade(_)))
    }

    fn take(&mut self, place: usize, log: f64, candidates: &Candidates<'l>) {
        let Some((step, actions)) = self.due.take() else { return };
        self.input.push(&step, place);
        self.choices.take(actions[place]);
        self.log_q += log;
        self.advance(candidates);
    }
}

/// What a program that is begun may become.
struct Growth<'b, 'l> {
    begun: &'b Begun<'l>,
    /// Place and log probability; `None` for one that is finished.
    answer: Option<(usize, f64)>,
}

impl Growth<'_, '_> {
    fn log_q(&self) -> f64 {
        self.begun.log_q + self.answer.map_or(0.0, |(_, log)| log)
    }
}

/// Programs of some cases: each is a set of tables, with the language of their columns.
pub struct Decoding<'n, 'l, B: Backend> {
    network: &'n Network<B>,
    vocabulary: &'l Vocabulary,
    candidates: Vec<Candidates<'l>>,
    arrangements: Vec<Arrangement>,
    memory: Memory<B>,
    device: B::Device,
}

/// So many programs grow side by side at most.
const TOGETHER: usize = 256;

impl<'n, 'l, B: Backend> Decoding<'n, 'l, B> {
    /// Encodes tables.
    ///
    /// # Panics
    /// There is no case.
    pub fn new(
        network: &'n Network<B>,
        vocabulary: &'l Vocabulary,
        cases: &[(&'l Language<'l>, &TableInput)],
        device: &B::Device,
    ) -> Decoding<'n, 'l, B> {
        let tables: Vec<&TableInput> = cases.iter().map(|(_, tables)| *tables).collect();
        let memory = network.encode(&TableBatch::new(&tables, device));
        let candidates = cases.iter().map(|(language, _)| Candidates::new(vocabulary, language)).collect();
        let arrangements = tables.iter().map(|tables| tables.arrangement.clone()).collect();
        Decoding { network, vocabulary, candidates, arrangements, memory, device: device.clone() }
    }

    fn finish(&self, begun: &Begun<'l>) -> Option<Scored> {
        let arranged = begun.choices.finish()?;
        Some((self.arrangements[begun.case].restored(self.grammar(begun.case), &arranged), begun.log_q))
    }

    fn grammar(&self, case: usize) -> &'l Grammar {
        self.candidates[case].language().grammar()
    }

    fn begin(&self, case: usize) -> Begun<'l> {
        let candidates = &self.candidates[case];
        let (choices, input) = (Choices::new(candidates.language()), ProgramInput::new(candidates, self.vocabulary));
        let mut begun = Begun { case, choices, input, log_q: 0.0, due: None };
        begun.advance(candidates);
        begun
    }

    /// Programs beside the memory of their cases.
    fn beside(&self, cases: Vec<i32>, inputs: &[&ProgramInput]) -> (Memory<B>, ProgramBatch<B>) {
        let [_, tokens, _] = self.memory.tokens.dims();
        let count = cases.len();
        let cases = Tensor::<B, 1, Int>::from_data(TensorData::new(cases, [count]), &self.device);
        (self.memory.of(cases), ProgramBatch::new(inputs, tokens - 1, self.vocabulary.places(), &self.device))
    }

    /// Log probabilities of the legal answers of each program that is begun, in their order.
    fn answers(&self, begun: &[&Begun<'l>]) -> Vec<Vec<f64>> {
        begun.chunks(TOGETHER).flat_map(|part| self.answers_together(part)).collect()
    }

    fn answers_together(&self, begun: &[&Begun<'l>]) -> Vec<Vec<f64>> {
        let with_due = |begun: &&Begun<'l>| {
            let mut input = begun.input.clone();
            if let Some((step, _)) = &begun.due {
                input.push(step, 0);
            }
            input
        };
        let inputs: Vec<ProgramInput> = begun.iter().map(with_due).collect();
        let cases = begun.iter().map(|begun| begun.case as i32).collect();
        let (memory, batch) = self.beside(cases, &inputs.iter().collect::<Vec<_>>());
        let log = self.network.decode(&memory, &batch);
        let [count, steps, all] = log.dims();
        // only the last step of each is wanted
        let last = inputs.iter().enumerate().map(|(at, input)| (at * steps + input.steps.len() - 1) as i32);
        let last = Tensor::<B, 1, Int>::from_data(TensorData::new(last.collect(), [count]), &self.device);
        let log = numbers(log.reshape([count * steps, all]).select(0, last));
        let own = |(row, begun): (usize, &&Begun<'l>)| {
            let legal = begun.due.as_ref().map_or(&[][..], |(step, _)| &step.legal);
            legal.iter().map(|(candidate, _)| log[row * all + candidate]).collect()
        };
        begun.iter().enumerate().map(own).collect()
    }

    /// `count` programs of each case drawn from q.
    pub fn sample<R: Rng + ?Sized>(&self, count: usize, rng: &mut R) -> Vec<Vec<Scored>> {
        let begin = |case| (0..count).map(move |_| self.begin(case));
        let mut all: Vec<Begun<'l>> = (0..self.candidates.len()).flat_map(begin).collect();
        loop {
            let due: Vec<usize> = (0..all.len()).filter(|&at| all[at].due.is_some()).collect();
            if due.is_empty() {
                break;
            }
            let answers = self.answers(&due.iter().map(|&at| &all[at]).collect::<Vec<_>>());
            for (at, answers) in due.into_iter().zip(answers) {
                let mut left: f64 = rng.random();
                let place = answers.iter().position(|log| {
                    left -= log.exp();
                    left < 0.0
                });
                let place = place.unwrap_or(answers.len() - 1);
                let case = all[at].case;
                all[at].take(place, answers[place], &self.candidates[case]);
            }
        }
        all.chunks(count.max(1)).map(|own| own.iter().filter_map(|begun| self.finish(begun)).collect()).collect()
    }

    /// The programs of each case that a beam of so many finds, the likeliest first.
    pub fn beam(&self, width: usize) -> Vec<Vec<Scored>> {
        let beams = self.grown(width, |begun| begun.due.is_some());
        beams.iter().map(|beam| beam.iter().filter_map(|begun| self.finish(begun)).collect()).collect()
    }

    /// The structures of each case that a beam of so many finds, the likeliest first; of the first `wanted` the likeliest scales are found, one
    /// after the other.
    pub fn structures(&self, width: usize, wanted: usize) -> Vec<Vec<Proposal>> {
        let mut beams = self.grown(width, Begun::is_unstructured);
        beams.iter_mut().for_each(|beam| beam.truncate(wanted));
        let logs: Vec<Vec<f64>> = beams.iter().map(|beam| beam.iter().map(|begun| begun.log_q).collect()).collect();
        loop {
            let mut due: Vec<&mut Begun<'l>> = beams.iter_mut().flatten().filter(|begun| begun.due.is_some()).collect();
            if due.is_empty() {
                break;
            }
            let answers = self.answers(&due.iter().map(|begun| &**begun).collect::<Vec<_>>());
            for (begun, answers) in due.iter_mut().zip(answers) {
                let best = answers.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
                let (place, log) = best.map_or((0, 0.0), |(place, log)| (place, *log));
                begun.take(place, log, &self.candidates[begun.case]);
            }
        }
        let one = |(begun, log_structure): (&Begun<'l>, &f64)| {
            let (derivation, log_q) = self.finish(begun)?;
            Some(Proposal { derivation, log_structure: *log_structure, log_q })
        };
        beams.iter().zip(&logs).map(|(beam, logs)| beam.iter().zip(logs).filter_map(one).collect()).collect()
    }

    /// The structures of each case that a beam of so many finds, the likeliest first, with log q of the structure; with the first scale in every
    /// place.
    pub fn bare_structures(&self, width: usize) -> Vec<Vec<Scored>> {
        let one = |begun: &Begun<'l>| {
            let (candidates, mut own) = (&self.candidates[begun.case], begun.clone());
            while let Some((_, actions)) = own.due.take() {
                own.choices.take(actions[0]);
                own.advance(candidates);
            }
            self.finish(&own)
        };
        let beams = self.grown(width, Begun::is_unstructured);
        beams.iter().map(|beam| beam.iter().filter_map(one).collect()).collect()
    }

    /// Beams of so many, until no program in them is growing.
    fn grown(&self, width: usize, growing: fn(&Begun<'l>) -> bool) -> Vec<Vec<Begun<'l>>> {
        let mut beams: Vec<Vec<Begun<'l>>> = (0..self.candidates.len()).map(|case| vec![self.begin(case)]).collect();
        loop {
            let due: Vec<&Begun<'l>> = beams.iter().flatten().filter(|begun| growing(begun)).collect();
            if due.is_empty() {
                return beams;
            }
            let mut answers = self.answers(&due).into_iter();
            beams = beams.iter().map(|beam| self.grow(beam, width, growing, &mut answers)).collect();
        }
    }

    /// The best of what a beam may become; what is finished competes with what goes on.
    fn grow(
        &self,
        beam: &[Begun<'l>],
        width: usize,
        growing: fn(&Begun<'l>) -> bool,
        answers: &mut impl Iterator<Item = Vec<f64>>,
    ) -> Vec<Begun<'l>> {
        let mut next = Vec::new();
        for begun in beam {
            if !growing(begun) {
                next.push(Growth { begun, answer: None });
                continue;
            }
            let own = answers.next().unwrap_or_default().into_iter().enumerate();
            next.extend(own.map(|answer| Growth { begun, answer: Some(answer) }));
        }
        next.sort_by(|a, b| b.log_q().total_cmp(&a.log_q()));
        let grown = next.iter().take(width.max(1)).map(|growth| {
            let mut grown = growth.begun.clone();
            if let Some((place, log)) = growth.answer {
                grown.take(place, log, &self.candidates[grown.case]);
            }
            grown
        });
        grown.collect()
    }

    /// Log q of given programs of each case; `None` where the language does not have one.
    ///
    /// # Panics
    /// There are more lists than cases.
    pub fn score(&self, programs: &[Vec<Derivation>]) -> Vec<Vec<Option<f64>>> {
        self.score_as(programs, ProgramInput::of)
    }

    /// Log q of the structures of given programs of each case, whatever their scales.
    ///
    /// # Panics
    /// There are more lists than cases.
    pub fn score_structures(&self, programs: &[Vec<Derivation>]) -> Vec<Vec<Option<f64>>> {
        self.score_as(programs, ProgramInput::structure_of)
    }

    fn score_as(
        &self,
        programs: &[Vec<Derivation>],
        input: fn(&Candidates<'_>, &Vocabulary, &Derivation) -> Option<ProgramInput>,
    ) -> Vec<Vec<Option<f64>>> {
        let read = |case: usize, derivation: &Derivation| {
            let arranged = self.arrangements[case].arranged(self.grammar(case), derivation);
            input(&self.candidates[case], self.vocabulary, &arranged)
        };
        let inputs: Vec<(usize, Option<ProgramInput>)> = programs
            .iter()
            .enumerate()
            .flat_map(|(case, own)| own.iter().map(move |derivation| (case, read(case, derivation))))
            .collect();
        let known: Vec<(usize, &ProgramInput)> =
            inputs.iter().filter_map(|(case, input)| Some((*case, input.as_ref()?))).collect();
        let mut logs = self.score_inputs(&known).into_iter();
        let mut all = inputs.iter().map(|(_, input)| input.as_ref().and_then(|_| logs.next()));
        programs.iter().map(|own| all.by_ref().take(own.len()).collect()).collect()
    }

    /// Log q of programs that were read, each for a case, with columns arranged as its tables are.
    pub fn score_inputs(&self, programs: &[(usize, &ProgramInput)]) -> Vec<f64> {
        programs.chunks(TOGETHER).flat_map(|part| self.score_together(part)).collect()
    }

    fn score_together(&self, programs: &[(usize, &ProgramInput)]) -> Vec<f64> {
        // where there is nothing to choose, nothing is improbable
        if programs.iter().all(|(_, input)| input.steps.is_empty()) {
            return vec![0.0; programs.len()];
        }
        let cases = programs.iter().map(|(case, _)| *case as i32).collect();
        let inputs: Vec<&ProgramInput> = programs.iter().map(|(_, input)| *input).collect();
        let (memory, batch) = self.beside(cases, &inputs);
        numbers(self.network.log_q_of(&memory, &batch))
    }
}

fn numbers<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f64> {
    let values: Vec<f32> = tensor.to_data().convert::<f32>().to_vec().expect("numbers, as asked for");
    values.into_iter().map(f64::from).collect()
}
