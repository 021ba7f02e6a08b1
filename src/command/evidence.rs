//! `ppl evidence`

use super::fit::{Fit, criticism, refusal};
use super::{Result, input, print};
use ppl::evidence::{Method, Settings};
use serde_json::json;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    input: input::Input,
    #[command(flatten)]
    fit: Fit,
    /// Match the skewness of the posterior as well, at twice the cost
    #[arg(long)]
    warp: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result {
    let model = arguments.input.load()?;
    let criticism = criticism(&arguments.input, &model, arguments.fit.seed)?;
    let method = if arguments.warp { Method::Warp3 } else { Method::Normal };
    let settings = Settings { method, seed: arguments.fit.seed, proposals: None };
    let out = criticism
        .evidence(&arguments.fit.settings(), &settings)
        .map_err(|error| refusal(&arguments.input.model, &error))?;
    if arguments.json {
        let prior = out.prior.map(|p| json!({"log_integral": p.log_evidence, "log_error": p.log_error}));
        let out = json!({"log_evidence": out.log_evidence, "log_error": out.log_error,
            "joint": {"log_integral": out.joint.log_evidence, "log_error": out.joint.log_error}, "prior": prior});
        return print(&format!("{out}\n"));
    }
    let mut text = format!("log evidence {:.4}, standard error {:.4}\n", out.log_evidence, out.log_error);
    if let Some(prior) = out.prior {
        text.push_str(&format!(
            "the prior as it is written integrates to {:.4} (log {:.4}, standard error {:.4}); the evidence is relative to it\n",
            prior.log_evidence.exp(),
            prior.log_evidence,
            prior.log_error
        ));
    }
    if out.log_error > 0.1 {
        text.push_str("warning: the error is large: take more draws, or --warp\n");
    }
    print(&text)
}
