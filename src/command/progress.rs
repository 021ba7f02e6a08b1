//! Progress of the chains: bars on a terminal, lines elsewhere.

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use ppl::{Phase, Progress};
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

/// Shows progress on standard error.
pub enum Reporter {
    Quiet,
    Bars {
        all: MultiProgress,
        chains: Vec<ProgressBar>,
    },
    /// Lines when a chain passes a quarter or changes its phase; what was written last of each.
    Lines(Mutex<Vec<Option<(Phase, usize)>>>),
}

impl Reporter {
    pub fn new(quiet: bool, chains: usize, total: usize) -> Self {
        if quiet {
            return Reporter::Quiet;
        }
        if !io::stderr().is_terminal() {
            return Reporter::Lines(Mutex::new(vec![None; chains]));
        }
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{prefix} {bar:30} {pos:>5}/{len} {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let chains = (0..chains)
            .map(|chain| {
                let bar = all.add(ProgressBar::new(total as u64).with_style(style.clone()));
                bar.set_prefix(format!("chain {}", chain + 1));
                bar
            })
            .collect();
        Reporter::Bars { all, chains }
    }

    pub fn report(&self, p: &Progress) {
        match self {
            Reporter::Quiet => {}
            Reporter::Bars { chains, .. } => {
                let Some(bar) = chains.get(p.chain) else { return };
                bar.set_position(p.iterations as u64);
                bar.set_message(format!(
                    "{}, step {:.3}{}",
                    word(p.phase),
                    p.step_size,
                    if p.divergences > 0 { format!(", {} divergences", p.divergences) } else { String::new() }
                ));
                if p.phase == Phase::Finished {
                    bar.abandon();
                }
            }
            Reporter::Lines(state) => {
                let quarter = 4 * p.iterations / p.total.max(1);
                if quarter == 0 && p.phase == Phase::Warmup {
                    return;
                }
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(last) = state.get_mut(p.chain) else { return };
                if *last == Some((p.phase, quarter)) {
                    return;
                }
                *last = Some((p.phase, quarter));
                let _ = writeln!(
                    io::stderr(),
                    "chain {}: {} of {} ({})",
                    p.chain + 1,
                    p.iterations,
                    p.total,
                    word(p.phase)
                );
            }
        }
    }

    /// Writes what a program prints, above the bars.
    pub fn print(&self, text: &str) {
        match self {
            Reporter::Bars { all, .. } => all.suspend(|| super::complain(text)),
            _ => super::complain(text),
        }
    }
}

fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Warmup => "warm-up",
        Phase::Sampling => "sampling",
        Phase::Finished => "finished",
    }
}
