//! How importance weights are smoothed, for commands that leave units out.

use super::{CommandError, Result};
use clap::ValueEnum;
use ppl::loo::{RelativeEfficiency, Settings, moment_match};
use ppl::psis;

#[derive(clap::Args)]
pub struct Smoothing {
    /// Do not move the draws of units whose k is high
    #[arg(long)]
    no_moment_match: bool,
    /// Effective draws per draw, for all units [default: that of each unit's likelihood]
    #[arg(long, value_name = "R")]
    r_eff: Option<f64>,
    /// Whose details to follow
    #[arg(long, value_enum, default_value_t = Convention::Loo)]
    convention: Convention,
}

#[derive(Clone, Copy, ValueEnum)]
enum Convention {
    /// R's loo
    Loo,
    /// ArviZ
    Arviz,
}

impl Smoothing {
    pub fn convention(&self) -> psis::Convention {
        match self.convention {
            Convention::Loo => psis::Convention::Loo,
            Convention::Arviz => psis::Convention::Arviz,
        }
    }

    pub fn settings(&self) -> Result<Settings> {
        let r_eff = match self.r_eff {
            None => RelativeEfficiency::PerUnit,
            Some(r_eff) if r_eff > 0.0 && r_eff.is_finite() => RelativeEfficiency::Common(r_eff),
            Some(r_eff) => {
                return Err(CommandError::User(format!("error: --r-eff {r_eff}: expected a positive number")));
            }
        };
        Ok(Settings { convention: self.convention(), r_eff })
    }

    pub fn moment_match(&self) -> Option<moment_match::Settings> {
        (!self.no_moment_match).then(moment_match::Settings::default)
    }
}
