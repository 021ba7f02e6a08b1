//! Pages about networks: how a training went, and what the network is worth.

mod evaluation;
mod training;

pub use evaluation::{Evaluation, evaluation_page};
pub use training::training_page;
