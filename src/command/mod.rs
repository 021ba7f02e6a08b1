//! Subcommands, one a file, and what they share.
//!
//! Exit codes: 0 done, 1 a failure at run time, 2 a mistake in the program, its data or the command line.

mod augment;
mod canon;
mod check;
mod compare;
mod corpus;
mod criticise;
mod enumerate;
#[cfg(feature = "spfn")]
mod evaluate;
mod evidence;
mod fit;
mod fmt;
mod generate;
#[cfg(feature = "spfn")]
mod infer;
mod info;
mod input;
mod language;
mod log_prob;
mod loo;
mod progress;
mod reverse;
mod run;
mod same;
mod sbc;
mod score;
mod simulate;
mod smoothing;
#[cfg(feature = "spfn")]
mod train;

use clap::{Parser, Subcommand};
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

/// Stan programs, compiled in milliseconds.
#[derive(Parser)]
#[command(name = "ppl", version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sample from the posterior of a model and print a summary
    Run(run::Arguments),
    /// Print the simulator of a model: a program that draws its parameters and data
    Reverse(reverse::Arguments),
    /// Draw parameters and data sets from the joint distribution that a model describes
    Simulate(simulate::Arguments),
    /// Check the sampler on a model by simulation-based calibration
    Sbc(sbc::Arguments),
    /// Check a fit against its data: predictive p-values, and sensitivity to prior and likelihood
    Criticise(criticise::Arguments),
    /// Judge how well a model predicts its data: leave-one-out, K-fold or leave-future-out cross-validation
    Loo(loo::Arguments),
    /// Compare how well models predict the same data
    Compare(compare::Arguments),
    /// Estimate the evidence (marginal likelihood) of a model by bridge sampling
    Evidence(evidence::Arguments),
    /// Evaluate the log density and its gradient at given points
    LogProb(log_prob::Arguments),
    /// Check programs and print everything that is wrong with them
    Check(check::Arguments),
    /// Format programs
    Fmt(fmt::Arguments),
    /// Print the canonical form of a program: one spelling for each model
    Canon(canon::Arguments),
    /// Say whether two programs are the same model
    Same(same::Arguments),
    /// Make programs from a program, by changes of a known relation to it
    Augment(augment::Arguments),
    /// Draw programs from a model grammar
    Generate(generate::Arguments),
    /// Print the programs of a model grammar, the likeliest first
    Enumerate(enumerate::Arguments),
    /// Say how likely a program is under a model grammar
    Score(score::Arguments),
    /// Fill, read and check a corpus of programs with tables
    Corpus(corpus::Arguments),
    /// Judge a network: recovery, calibration, and divergence from exact posteriors
    #[cfg(feature = "spfn")]
    Evaluate(evaluate::Arguments),
    /// Propose programs for a table, with probabilities
    #[cfg(feature = "spfn")]
    Infer(infer::Arguments),
    /// Train a network to write programs for tables
    #[cfg(feature = "spfn")]
    Train(train::Arguments),
    /// Print a program's inputs and parameters as JSON
    Info(info::Arguments),
}

/// Why a command failed; printed on standard error.
#[derive(Debug)]
pub enum CommandError {
    /// The user's mistake: exit code 2. The text ends without a line break.
    User(String),
    /// A failure at run time: exit code 1.
    Run(String),
    /// Everything has been said: exit code 2.
    Reported,
}

pub type Result<T = ()> = std::result::Result<T, CommandError>;

pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::Run(a) => run::run(&a),
        Command::Reverse(a) => reverse::run(&a),
        Command::Simulate(a) => simulate::run(&a),
        Command::Sbc(a) => sbc::run(&a),
        Command::Criticise(a) => criticise::run(&a),
        Command::Loo(a) => loo::run(&a),
        Command::Compare(a) => compare::run(&a),
        Command::Evidence(a) => evidence::run(&a),
        Command::LogProb(a) => log_prob::run(&a),
        Command::Check(a) => check::run(&a),
        Command::Fmt(a) => fmt::run(&a),
        Command::Canon(a) => canon::run(&a),
        Command::Same(a) => same::run(&a),
        Command::Augment(a) => augment::run(&a),
        Command::Generate(a) => generate::run(&a),
        Command::Enumerate(a) => enumerate::run(&a),
        Command::Score(a) => score::run(&a),
        Command::Corpus(a) => corpus::run(&a),
        #[cfg(feature = "spfn")]
        Command::Evaluate(a) => evaluate::run(&a),
        #[cfg(feature = "spfn")]
        Command::Infer(a) => infer::run(&a),
        #[cfg(feature = "spfn")]
        Command::Train(a) => train::run(&a),
        Command::Info(a) => info::run(&a),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(CommandError::User(message)) => {
            complain(&message);
            ExitCode::from(2)
        }
        Err(CommandError::Run(message)) => {
            complain(&message);
            ExitCode::from(1)
        }
        Err(CommandError::Reported) => ExitCode::from(2),
    }
}

/// Writes to standard error; that it may be closed is no reason to fail.
fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "{}", message.trim_end());
}

/// Writes to standard output. A reader that has gone away (`ppl ... | head`) is no error.
fn print(text: &str) -> Result {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CommandError::Run(format!("error: cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Whether errors are shown in colour.
fn colour() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
}
