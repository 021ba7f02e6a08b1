//! Networks for people: tables that they read, and pages about how a training went and what a network is worth.

mod evaluation;
pub mod sheet;
mod training;

pub use evaluation::{Evaluation, evaluation_page};
pub use training::training_page;
