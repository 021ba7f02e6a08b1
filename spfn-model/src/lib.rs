//! A symbolic prior-data fitted network (SPFN): a transformer that writes, for a table, programs of a model grammar.
//!
//! ```text
//! Table --- features, encoder ---> memory of columns --- decoder over legal actions ---> q(program | table)
//! ```

pub mod actions;
pub mod arrange;
pub mod baselines;
pub mod batch;
pub mod checkpoint;
pub mod config;
pub mod data;
pub mod decode;
pub mod device;
pub mod evaluate;
pub mod example;
pub mod familiar;
pub mod features;
pub mod network;
pub mod optimiser;
pub mod parameters;
pub mod reward;
pub mod rows;
pub mod source;
pub mod spfn;
pub mod terms;
pub mod train;

pub use spfn::{Spfn, SpfnError};
