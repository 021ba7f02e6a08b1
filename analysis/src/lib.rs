//! What a Stan program means as a joint distribution.
//!
//! | module | subject |
//! |---|---|
//! | [`step`], [`collect`] | transformed parameters and model as a list of densities, computations and other factors |
//! | [`place`] | what stands left of `~` |
//! | [`reverse`] | the simulator: the model block read forwards |
//! | [`verdict`] | what the reversal came to, for other programs |
//! | [`likelihood`] | the pointwise log-likelihood: `target` taken apart into observed units and the rest |
//! | [`feedback`] | outcomes that are predicted from themselves |
//! | [`pointwise`] | one element of a statement about lists |
//! | [`unparse`], [`build`] | from typed programs back to syntax |
//! | [`affine`], [`support`] | comparing indexes and bounds |

pub mod affine;
pub mod build;
pub mod collect;
pub mod feedback;
pub mod likelihood;
pub mod place;
pub mod pointwise;
pub mod reverse;
pub mod step;
pub mod substitute;
pub mod support;
pub mod unparse;
pub mod verdict;
