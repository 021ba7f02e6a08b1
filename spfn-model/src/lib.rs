//! A symbolic prior-data fitted network (SPFN): a transformer that writes, for a table, programs of a model grammar.
//!
//! ```text
//! Table --- features, encoder ---> memory of columns --- decoder over legal actions ---> q(program | table)
//! ```

pub mod baselines;
pub mod features;
