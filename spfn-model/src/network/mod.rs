//! The network: a table in, scores of choices out.

pub mod attend;
pub mod decoder;
pub mod encoder;

use crate::actions::Vocabulary;
use crate::batch::{Batch, ProgramBatch, TableBatch};
use crate::config::Size;
use burn::module::Module;
use burn::tensor::activation::log_softmax;
use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Int, Tensor};
use decoder::Decoder;
use encoder::Encoder;

/// The encoder of tables and the decoder of programs.
#[derive(Module, Debug)]
pub struct Network<B: Backend> {
    encoder: Encoder<B>,
    decoder: Decoder<B>,
}

/// What the decoder has of tables: `[programs, 1 + columns, width]`, and which are padding.
#[derive(Clone, Debug)]
pub struct Memory<B: Backend> {
    pub tokens: Tensor<B, 3>,
    pub no_column: Tensor<B, 2, Bool>,
}

impl<B: Backend> Memory<B> {
    /// That of these cases, `[programs]`.
    #[must_use]
    pub fn of(&self, cases: Tensor<B, 1, Int>) -> Memory<B> {
        Memory {
            tokens: self.tokens.clone().select(0, cases.clone()),
            no_column: self.no_column.clone().select(0, cases),
        }
    }
}

impl<B: Backend> Network<B> {
    /// With random weights (those of the backend's generator: seed it first).
    pub fn new(size: &Size, vocabulary: &Vocabulary, device: &B::Device) -> Network<B> {
        let (items, questions) = (vocabulary.items(), vocabulary.questions());
        Network {
            encoder: Encoder::new(size, device),
            decoder: Decoder::new(size, items, questions, vocabulary.places(), device),
        }
    }

    pub fn encode(&self, tables: &TableBatch<B>) -> Memory<B> {
        Memory { tokens: self.encoder.forward(tables), no_column: tables.no_program_column.clone() }
    }

    /// Log probabilities of the candidates at each step: `[programs, steps, candidates]`.
    pub fn decode(&self, memory: &Memory<B>, programs: &ProgramBatch<B>) -> Tensor<B, 3> {
        log_softmax(self.decoder.forward(memory.tokens.clone(), memory.no_column.clone(), programs), 2)
    }

    /// The cross-entropy of the programs of a batch given their tables, summed over examples, in nats: `[1]`.
    pub fn loss(&self, batch: &Batch<B>) -> Tensor<B, 1> {
        self.log_q_of(&self.encode(&batch.tables), &batch.programs).sum().neg()
    }

    /// Log q of programs given what was encoded, `[programs]`, in nats; the weighted mean where one stands for many.
    pub fn log_q_of(&self, memory: &Memory<B>, batch: &ProgramBatch<B>) -> Tensor<B, 1> {
        let [programs, steps, candidates] = batch.targets.dims();
        let log = self.decode(memory, batch) * batch.targets.clone();
        log.reshape([programs, steps * candidates]).sum_dim(1).reshape([programs])
    }
}
