//! Networks for people: tables that they read, what they find there, how that is checked, and pages about all of it.

pub mod check;
mod evaluation;
pub mod infer;
mod inference;
mod rounding;
pub mod sheet;
mod training;

pub use evaluation::{Evaluation, evaluation_page};
pub use inference::{InferencePage, inference_page, on_front};
pub use training::training_page;
