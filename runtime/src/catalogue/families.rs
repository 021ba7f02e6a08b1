//! Stan's families that have no implementation here: programs that use them are checked, and refused by name when
//! compiled. A family leaves this list when it gets a file of its own in `families/`.

use super::Cumulative;
use super::Declaration;
use super::Kind::{self, Continuous};

const fn family(
    name: &'static str,
    kind: Kind,
    signature: &'static str,
    rng: &'static str,
    cdf: Cumulative,
    summary: &'static str,
) -> Declaration {
    Declaration { name, kind, signature, rng, cdf, summary, citation: "Stan Functions Reference" }
}

const NONE: Cumulative = Cumulative::None;

pub(super) const FAMILIES: &[Declaration] = &[
    family(
        "wiener",
        Continuous,
        "reals | reals, reals, reals, reals; T | T, T, T, T, T for T in real or vector; \
         T | T, T, T, T, T, T, T for T in real or vector; T | T, T, T, T, T, data real for T in real or vector; \
         T | T, T, T, T, T, T, T, data real for T in real or vector",
        "",
        NONE,
        "The first passage time of a drift-diffusion process: boundary, non-decision time, bias, drift, and variabilities.",
    ),
];
