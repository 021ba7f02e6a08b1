//! Programs from a network: drawn, the best ones, and the probability of a given one.
//!
//! Programs that are begun grow side by side, a choice at a time; choices without an alternative are made at once. Only legal choices are offered, so what
//! is drawn is a derivation of the grammar, and q adds up to one over them.

use crate::actions::{Candidates, Step, Vocabulary};
use crate::batch::{ProgramBatch, TableBatch};
use crate::example::{ProgramInput, TableInput, Unreadable};
use crate::network::{Memory, Network};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};
use ppl_corpus::choices::Language;
use ppl_corpus::{Action, Choices, Derivation};
use rand::{Rng, RngExt};

/// A program in the making.
struct Begun<'l> {
    choices: Choices<'l>,
    input: ProgramInput,
    log_q: f64,
    /// The choice that is due; `None` once all are made.
    due: Option<(Step, Vec<Action>)>,
}

impl<'l> Begun<'l> {
    fn new(candidates: &Candidates<'l>, vocabulary: &Vocabulary) -> Begun<'l> {
        let choices = Choices::new(candidates.language());
        let mut begun =
            Begun { choices, input: ProgramInput::new(candidates, vocabulary), log_q: 0.0, due: None };
        begun.advance(candidates);
        begun
    }

    /// On to the next choice that has an alternative.
    fn advance(&mut self, candidates: &Candidates<'l>) {
        self.due = loop {
            match candidates.step(&self.choices) {
                Some((_, actions)) if actions.len() == 1 => self.choices.take(actions[0]),
                due => break due,
            }
        };
    }

    fn take(&mut self, place: usize, log: f64, candidates: &Candidates<'l>) {
        let Some((step, actions)) = self.due.take() else { return };
        self.input.push(&step, place);
        self.choices.take(actions[place]);
        self.log_q += log;
        self.advance(candidates);
    }

    fn fork(&self) -> Begun<'l> {
        Begun { choices: self.choices.clone(), input: self.input.clone(), log_q: self.log_q, due: self.due.clone() }
    }
}

/// Programs of one set of tables.
pub struct Decoding<'n, 'l, B: Backend> {
    network: &'n Network<B>,
    vocabulary: &'l Vocabulary,
    candidates: Candidates<'l>,
    memory: Memory<B>,
    device: B::Device,
}

/// So many programs grow side by side at most.
const TOGETHER: usize = 256;

impl<'n, 'l, B: Backend> Decoding<'n, 'l, B> {
    /// Encodes tables.
    ///
    /// # Errors
    /// There is none.
    pub fn new(
        network: &'n Network<B>,
        vocabulary: &'l Vocabulary,
        language: &'l Language<'l>,
        tables: &TableInput,
        device: &B::Device,
    ) -> Result<Decoding<'n, 'l, B>, Unreadable> {
        if tables.tables.is_empty() {
            return Err(Unreadable::Nothing);
        }
        let memory = network.encode(&TableBatch::new(&[tables], device));
        let candidates = Candidates::new(vocabulary, language);
        Ok(Decoding { network, vocabulary, candidates, memory, device: device.clone() })
    }

    /// Log probabilities of the legal answers of each program that is begun, in their order.
    fn answers(&self, begun: &[&Begun<'l>]) -> Vec<Vec<f64>> {
        begun.chunks(TOGETHER).flat_map(|part| self.answers_together(part)).collect()
    }

    fn answers_together(&self, begun: &[&Begun<'l>]) -> Vec<Vec<f64>> {
        let inputs: Vec<ProgramInput> = begun
            .iter()
            .map(|begun| {
                let mut input = begun.input.clone();
                if let Some((step, _)) = &begun.due {
                    input.push(step, 0);
                }
                input
            })
            .collect();
        let inputs: Vec<&ProgramInput> = inputs.iter().collect();
        let [_, tokens, width] = self.memory.tokens.dims();
        let count = inputs.len();
        let batch = ProgramBatch::new(&inputs, tokens - 1, self.vocabulary.places(), &self.device);
        let memory = Memory {
            tokens: self.memory.tokens.clone().expand([count, tokens, width]),
            no_column: self.memory.no_column.clone().expand([count, tokens]),
        };
        let log = self.network.decode(&memory, &batch);
        let [_, steps, all] = log.dims();
        // only the last step of each is wanted
        let last = inputs.iter().enumerate().map(|(at, input)| (at * steps + input.steps.len() - 1) as i32);
        let last = Tensor::<B, 1, Int>::from_data(TensorData::new(last.collect(), [count]), &self.device);
        let log: Vec<f32> =
            log.reshape([count * steps, all]).select(0, last).to_data().convert::<f32>().to_vec().expect("numbers");
        let own = |(row, begun): (usize, &&Begun<'l>)| {
            let legal = begun.due.as_ref().map_or(&[][..], |(step, _)| &step.legal);
            legal.iter().map(|(candidate, _)| f64::from(log[row * all + candidate])).collect()
        };
        begun.iter().enumerate().map(own).collect()
    }

    /// `count` programs drawn from q, each with its log q.
    pub fn sample<R: Rng + ?Sized>(&self, count: usize, rng: &mut R) -> Vec<(Derivation, f64)> {
        let mut all: Vec<Begun<'l>> = (0..count).map(|_| Begun::new(&self.candidates, self.vocabulary)).collect();
        loop {
            let due: Vec<usize> = (0..count).filter(|&at| all[at].due.is_some()).collect();
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
                all[at].take(place, answers[place], &self.candidates);
            }
        }
        all.iter().filter_map(|begun| Some((begun.choices.finish()?, begun.log_q))).collect()
    }

    /// The programs that a beam of so many finds, the likeliest first, each with its log q.
    pub fn beam(&self, width: usize) -> Vec<(Derivation, f64)> {
        let mut beam = vec![Begun::new(&self.candidates, self.vocabulary)];
        while beam.iter().any(|begun| begun.due.is_some()) {
            let due: Vec<&Begun<'l>> = beam.iter().filter(|begun| begun.due.is_some()).collect();
            let answers = self.answers(&due);
            // what is finished competes with what goes on
            let mut next: Vec<(f64, &Begun<'l>, Option<(usize, f64)>)> =
                beam.iter().filter(|begun| begun.due.is_none()).map(|begun| (begun.log_q, begun, None)).collect();
            for (begun, answers) in due.into_iter().zip(answers) {
                let grown = answers.into_iter().enumerate();
                next.extend(grown.map(|(place, log)| (begun.log_q + log, begun, Some((place, log)))));
            }
            next.sort_by(|a, b| b.0.total_cmp(&a.0));
            let grow = |(_, begun, answer): &(f64, &Begun<'l>, Option<(usize, f64)>)| {
                let mut grown = begun.fork();
                if let Some((place, log)) = answer {
                    grown.take(*place, *log, &self.candidates);
                }
                grown
            };
            let grown: Vec<Begun<'l>> = next.iter().take(width.max(1)).map(grow).collect();
            beam = grown;
        }
        beam.iter().filter_map(|begun| Some((begun.choices.finish()?, begun.log_q))).collect()
    }

    /// Log q of given programs; `None` where the language does not have one.
    pub fn score(&self, derivations: &[Derivation]) -> Vec<Option<f64>> {
        let inputs: Vec<Option<ProgramInput>> = derivations
            .iter()
            .map(|derivation| {
                let mut input = ProgramInput::new(&self.candidates, self.vocabulary);
                self.candidates.steps(derivation)?.iter().for_each(|(step, place)| input.push(step, *place));
                Some(input)
            })
            .collect();
        let known: Vec<&ProgramInput> = inputs.iter().flatten().collect();
        let mut logs = known.chunks(TOGETHER).flat_map(|part| self.score_together(part)).collect::<Vec<_>>().into_iter();
        inputs.iter().map(|input| input.as_ref().and_then(|_| logs.next())).collect()
    }

    fn score_together(&self, inputs: &[&ProgramInput]) -> Vec<f64> {
        let count = inputs.len();
        let [_, tokens, width] = self.memory.tokens.dims();
        let batch = ProgramBatch::new(inputs, tokens - 1, self.vocabulary.places(), &self.device);
        let memory = Memory {
            tokens: self.memory.tokens.clone().expand([count, tokens, width]),
            no_column: self.memory.no_column.clone().expand([count, tokens]),
        };
        let log = self.network.log_q_of(&memory, &batch);
        log.to_data().convert::<f32>().to_vec::<f32>().expect("numbers").into_iter().map(f64::from).collect()
    }
}
