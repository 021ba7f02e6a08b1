//! Exact posteriors over the programs of a small grammar, given a table: what a network that proposes programs is judged by.
//!
//! ```text
//! Grammar, Schema --- enumeration ---> derivations, with their prior probabilities
//! Derivation --- Reader ---> Model                   rules are recognised by their bodies
//! Model, Table --- evidence ---> log p(y | X, M)     every constant counts
//! all of them --- Posterior ---> P(M | y, X)
//! ```
//!
//! | family | how the evidence is computed |
//! |---|---|
//! | normal, lognormal, autoregressions | closed form given sigma and at most one more number, quadrature over those ([`gaussian`]) |
//! | others with up to two numbers | quadrature ([`trapezoid`]) |
//! | others | importance sampling on quasi-random points about the bulk ([`importance`]) |
//!
//! Effects of groups are integrated out by adaptive Gauss-Hermite quadrature, group by group ([`target`]).

pub mod cache;
pub mod calibration;
pub mod data;
pub mod design;
pub mod error;
pub mod evidence;
pub mod family;
pub mod gaussian;
pub mod hermite;
pub mod importance;
pub mod laplace;
pub mod lattice;
pub mod model;
pub mod posterior;
pub mod quasi;
pub mod read;
pub mod target;
pub mod trapezoid;

pub use cache::Cache;
pub use data::Data;
pub use design::Stratum;
pub use error::ExactError;
pub use evidence::{Settings, evidence};
pub use model::Model;
pub use posterior::{Entry, Exact, Posterior};
pub use read::Reader;
pub use trapezoid::Integral;
