//! From a table to a token for the outcome and one for each column.
//!
//! Within a column, rows are summarised by attention from a few inducing points (Lee et al. 2019, Set Transformer), at a cost linear in rows; then
//! columns attend to each other, as in TabICL (Qu et al. 2025). Nothing depends on the order of rows or of columns.

use super::attend::{Hidden, Layer};
use crate::batch::TableBatch;
use crate::config::Size;
use crate::features::{COLUMN, OUTCOME, PAIR};
use crate::rows::CELL;
use burn::module::{Initializer, Module, Param};
use burn::nn::{Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::Tensor;
use burn::tensor::activation::{relu, softmax};
use burn::tensor::backend::Backend;
use ppl_corpus::{ColumnKind, Outcome};

/// Kinds of tokens: outcomes, columns, and what is not there.
pub const KINDS: usize = Outcome::ALL.len() + ColumnKind::ALL.len() + 1;

#[derive(Module, Debug)]
pub struct Encoder<B: Backend> {
    cell_in: Linear<B>,
    cell_up: Linear<B>,
    inducing: Param<Tensor<B, 2>>,
    /// Inducing points look at rows, rows at inducing points.
    gather: Vec<Layer<B>>,
    spread: Vec<Layer<B>>,
    /// How much each pooled token looks at a row.
    looks: Linear<B>,
    pooled: Linear<B>,
    outcome_in: Linear<B>,
    column_in: Linear<B>,
    features: Linear<B>,
    kind: Embedding<B>,
    columns: Vec<Layer<B>>,
    tables: Linear<B>,
    norm: LayerNorm<B>,
}

impl<B: Backend> Encoder<B> {
    pub fn new(size: &Size, device: &B::Device) -> Encoder<B> {
        let (cell, width) = (size.cell_width, size.width);
        let points = |count| Initializer::Normal { mean: 0.0, std: 0.5 }.init([count, cell], device);
        let layer = || Layer::new(cell, size.cell_heads(), device);
        Encoder {
            cell_in: LinearConfig::new(CELL, cell).init(device),
            cell_up: LinearConfig::new(cell, cell).init(device),
            inducing: points(size.inducing),
            gather: (0..size.cell_layers).map(|_| layer()).collect(),
            spread: (0..size.cell_layers).map(|_| layer()).collect(),
            looks: LinearConfig::new(cell, size.pooled).init(device),
            pooled: LinearConfig::new(size.pooled * cell, width).init(device),
            outcome_in: LinearConfig::new(OUTCOME, width).init(device),
            column_in: LinearConfig::new(COLUMN + PAIR, width).init(device),
            features: LinearConfig::new(width, width).init(device),
            kind: EmbeddingConfig::new(KINDS, width).with_initializer(small()).init(device),
            columns: (0..size.column_layers).map(|_| Layer::new(width, size.heads, device)).collect(),
            tables: LinearConfig::new(1, width).init(device),
            norm: LayerNormConfig::new(width).init(device),
        }
    }

    /// Tokens `[programs, 1 + columns, width]`, the outcome's first.
    pub fn forward(&self, batch: &TableBatch<B>) -> Tensor<B, 3> {
        let [tables, tokens] = batch.kinds.dims();
        let cells = self.cells(batch);
        let outcome = self.outcome_in.forward(batch.outcome_features.clone()).unsqueeze_dim(1);
        let columns = self.column_in.forward(batch.column_features.clone());
        let features = self.features.forward(relu(Tensor::cat(vec![outcome, columns], 1)));
        let mut x =
            cells.reshape([tables as i32, tokens as i32, -1]) + features + self.kind.forward(batch.kinds.clone());
        for layer in &self.columns {
            x = layer.forward(x, None, Some(Hidden::Padding(batch.no_column.clone())));
        }
        // tables of a program are looked at one by one; what they say is averaged, with how many there are
        let width = x.dims()[2];
        let [programs, _] = batch.sharing.dims();
        let x = match programs == tables {
            true => x,
            false => {
                let flat = batch.sharing.clone().matmul(x.reshape([tables, tokens * width]));
                flat.reshape([programs, tokens, width])
            }
        };
        let count = self.tables.forward(batch.log_tables.clone()).unsqueeze_dim(1);
        self.norm.forward(x + count)
    }

    /// What the rows of each column say: `[tables * (1 + columns), width]`.
    fn cells(&self, batch: &TableBatch<B>) -> Tensor<B, 2> {
        let [count, _, _] = batch.cells.dims();
        let mut x = relu(self.cell_up.forward(relu(self.cell_in.forward(batch.cells.clone()))));
        let padding = || Some(Hidden::Padding(batch.no_row.clone()));
        let points: Tensor<B, 3> = self.inducing.val().unsqueeze_dim(0);
        let mut points = points.repeat_dim(0, count);
        for (gather, spread) in self.gather.iter().zip(&self.spread) {
            points = gather.forward(points, Some(x.clone()), padding());
            x = spread.forward(x, Some(points.clone()), None);
        }
        // attention with queries that are weights: keys and values need no projections of their own
        let never = batch.no_row.clone().float().mul_scalar(-1e4).unsqueeze_dim(2);
        let looks = self.looks.forward(x.clone()) + never;
        let pooled = softmax(looks.swap_dims(1, 2), 2).matmul(x);
        let [_, seeds, cell] = pooled.dims();
        self.pooled.forward(pooled.reshape([count, seeds * cell]))
    }
}

pub(super) fn small() -> Initializer {
    Initializer::Normal { mean: 0.0, std: 0.3 }
}
