//! From the tokens of a table to the probabilities of the next choice.
//!
//! Each step reads the last choice and what is asked next, looks at the steps before and at the columns, and scores all candidates of the table by one product.
//! The score is added to the log probability that the grammar gives a legal candidate: a network that has learnt nothing is the prior, and
//! what is not legal has no probability.

use super::attend::{Attention, Forward, Hidden};
use super::encoder::small;
use crate::batch::ProgramBatch;
use crate::config::Size;
use burn::module::{Initializer, Module};
use burn::nn::{Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Int, Tensor};

#[derive(Module, Debug)]
pub struct Decoder<B: Backend> {
    items: Embedding<B>,
    questions: Embedding<B>,
    /// What a column means in each place of a candidate, and of a question.
    places: Linear<B>,
    asked: Linear<B>,
    candidate_up: Linear<B>,
    candidate_down: Linear<B>,
    candidate_norm: LayerNorm<B>,
    layers: Vec<DecoderLayer<B>>,
    norm: LayerNorm<B>,
    query: Linear<B>,
    width: usize,
}

#[derive(Module, Debug)]
struct DecoderLayer<B: Backend> {
    before: Attention<B>,
    columns: Attention<B>,
    forward: Forward<B>,
}

impl<B: Backend> Decoder<B> {
    /// For so many items and questions, and columns of a candidate.
    pub fn new(size: &Size, items: usize, questions: usize, places: usize, device: &B::Device) -> Decoder<B> {
        let width = size.width;
        let linear = |from, to| LinearConfig::new(from, to).init(device);
        let zeros = Initializer::Zeros;
        Decoder {
            // one more: the start
            items: EmbeddingConfig::new(items + 1, width).with_initializer(small()).init(device),
            questions: EmbeddingConfig::new(questions, width).with_initializer(small()).init(device),
            places: linear(width, places * width),
            asked: linear(width, places * width),
            candidate_up: linear(width, 2 * width),
            candidate_down: linear(2 * width, width),
            candidate_norm: LayerNormConfig::new(width).init(device),
            layers: (0..size.decoder_layers)
                .map(|_| DecoderLayer {
                    before: Attention::new(width, size.heads, device),
                    columns: Attention::new(width, size.heads, device),
                    forward: Forward::new(width, device),
                })
                .collect(),
            norm: LayerNormConfig::new(width).init(device),
            // at first every candidate is as likely as the grammar says
            query: LinearConfig::new(width, width).with_initializer(zeros).init(device),
            width,
        }
    }

    /// Unnormalised log probabilities `[programs, steps, candidates]` after tokens `[programs, 1 + columns, width]`.
    pub fn forward(
        &self,
        memory: Tensor<B, 3>,
        no_column: Tensor<B, 2, Bool>,
        batch: &ProgramBatch<B>,
    ) -> Tensor<B, 3> {
        let [programs, steps] = batch.questions.dims();
        let candidates =
            self.items.forward(batch.items.clone()) + self.pointed(memory.clone(), &self.places, &batch.item_columns);
        let count = candidates.dims()[1];
        let last = candidates.clone().reshape([programs * count, self.width]).select(0, batch.last.clone());
        let mut x = last.reshape([programs, steps, self.width])
            + self.questions.forward(batch.questions.clone())
            + self.pointed(memory.clone(), &self.asked, &batch.question_columns);
        for layer in &self.layers {
            x = layer.before.forward(x, None, Some(Hidden::Apart(batch.elsewhere.clone())));
            x = layer.columns.forward(x, Some(memory.clone()), Some(Hidden::Padding(no_column.clone())));
            x = layer.forward.forward(x);
        }
        let inner = self.candidate_down.forward(relu(self.candidate_up.forward(candidates.clone())));
        let candidates = self.candidate_norm.forward(candidates + inner);
        let query = self.query.forward(self.norm.forward(x));
        let scores = query.matmul(candidates.swap_dims(1, 2)).div_scalar((self.width as f64).sqrt());
        scores + batch.bias.clone()
    }

    /// The sum over places of what the columns there mean: `[programs, n, width]` for indices `[places][programs * n]` into the columns of
    /// all programs, with one more each for no column.
    fn pointed(&self, memory: Tensor<B, 3>, places: &Linear<B>, columns: &[Tensor<B, 1, Int>]) -> Tensor<B, 3> {
        let [programs, tokens, width] = memory.dims();
        let each = places.forward(memory);
        let none = Tensor::zeros([programs, 1, columns.len() * width], &each.device());
        // a column of zeros for places without one
        let each = Tensor::cat(vec![each, none], 1).reshape([programs * (tokens + 1), columns.len(), width]);
        let place = |(place, index): (usize, &Tensor<B, 1, Int>)| {
            let own = each.clone().slice([0..programs * (tokens + 1), place..place + 1, 0..width]);
            own.reshape([programs * (tokens + 1), width]).select(0, index.clone())
        };
        let sum = columns.iter().enumerate().map(place).reduce(|a, b| a + b).expect("a place");
        let [rows, _] = sum.dims();
        sum.reshape([programs, rows / programs, width])
    }
}
