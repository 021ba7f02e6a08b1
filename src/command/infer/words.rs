//! The answer for a terminal.

use super::{Answer, Arguments};
use ppl::Warning;
use ppl::learning::check::Checks;
use ppl::learning::infer::Rows;
use ppl::learning::on_front;

/// Table, programs, terms.
pub fn proposals(a: &Arguments, shown: &Answer<'_>) -> String {
    let reading = shown.reading;
    let mut text = format!("{} rows; the outcome is {}", reading.table.rows(), reading.outcome);
    text += if a.outcome.is_none() { " (guessed: --outcome says another)\n" } else { "\n" };
    let width = reading.columns.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, role) in &reading.columns {
        text += &format!("  {name:width$}  {role}\n");
    }
    for note in &shown.notes {
        text += &format!("{note}\n");
    }
    if let Some(own) = shown.surprise.as_ref().filter(|own| own.is_out_of_distribution()) {
        let strange: Vec<String> = own.strange.iter().map(|(name, z)| format!("{name} ({z:+.1})")).collect();
        text += &format!(
            "warning: out of distribution: this table is unlike those that the network learnt from (score {:.2}, above {:.2} of 5 in 100 simulated tables).\n             What is farthest out, in standard deviations: {}. Probabilities may mean little: check the programs.\n",
            own.score,
            own.threshold,
            strange.join(", ")
        );
    }
    let what = if a.sample.is_some() { "drawn" } else { "rank" };
    let front = on_front(&shown.programs, &shown.checks);
    text += &format!(
        "\n{what:>5} {:>8} {:>8}  {:>4}  program of `{}`\n",
        "q",
        "support",
        "size",
        shown.spfn.grammar().name
    );
    for (place, own) in shown.programs.iter().enumerate() {
        let mark = if front[place] { '*' } else { ' ' };
        text += &format!(
            "{:>5} {:>8.4} {:>8.2} {mark}{:>4}  {}\n",
            place + 1,
            own.probability,
            own.support,
            own.size,
            own.summary
        );
        text.truncate(text.trim_end().len());
        text += if own.held_out { " [never seen in training: q is too small]\n" } else { "\n" };
    }
    if a.sample.is_none() {
        text += "      support: log q less log prior, nats; *: no smaller program has as much\n";
    }
    text + &terms(shown)
}

fn terms(shown: &Answer<'_>) -> String {
    if shown.terms.is_empty() {
        return String::new();
    }
    let width = shown.terms.iter().map(|term| term.term.chars().count()).max().unwrap_or(0).max(12);
    let mut text = format!(
        "\n      {:width$} {:>9} {:>10}  {}\n",
        "with program 1", "log odds", "log factor", "seen from (factor 10)"
    );
    for term in &shown.terms {
        let mark = if term.included { ' ' } else { '+' };
        text += &format!(
            "    {mark} {:width$} {:>9.2} {:>10.2}  {}\n",
            term.term,
            term.log_odds,
            term.log_factor,
            rows(term.rows)
        );
    }
    text + "      +: not in it; log factor: log odds less those of the grammar, a Bayes factor that the network has learnt\n"
}

pub fn rows(rows: Rows) -> String {
    match rows {
        Rows::About(count) => format!("about {count} rows"),
        Rows::Fewer(count) => format!("fewer than {count} rows"),
        Rows::More(count) => format!("more than {count} rows"),
        Rows::Unknown => "too few rows to tell".to_string(),
    }
}

pub fn check_heading() -> String {
    format!(
        "\n{:>5} {:>10} {:>7} {:>10} {:>5} {:>7}  {}\n",
        "rank", "elpd", "se", "stacked", "bad k", "s", "of the fit"
    )
}

/// The program that was done last.
pub fn check_line(checks: &Checks) -> String {
    let failed = checks.failed.last().filter(|(place, _)| checks.done.iter().all(|check| check.place < *place));
    if let Some((place, why)) = failed {
        return format!("{:>5} not fitted: {}\n", place + 1, why.lines().next().unwrap_or_default());
    }
    let Some(own) = checks.done.last() else { return String::new() };
    let mut remarks: Vec<String> = own.warnings.iter().map(in_short).collect();
    if let Some(future) = own.future {
        remarks.insert(0, format!("later half from earlier rows {:.2}", future.value));
    }
    let stacked = checks.stacked.map_or(f64::NAN, |own| own.value);
    format!(
        "{:>5} {:>10.2} {:>7.2} {:>10.2} {:>5} {:>7.1}  {}\n",
        own.place + 1,
        own.elpd.value,
        own.elpd.se,
        stacked,
        own.bad,
        own.seconds,
        if remarks.is_empty() { "converged".to_string() } else { remarks.join("; ") }
    )
}

/// A warning in a few words; `ppl run` and `--report` say more.
fn in_short(warning: &Warning) -> String {
    match warning {
        Warning::Divergences { count, .. } => format!("{count} divergences"),
        Warning::Rhat { worst, .. } => format!("R-hat {:.2}", worst.first().map_or(f64::NAN, |own| own.1)),
        Warning::Ess { .. } => "few effective draws".to_string(),
        Warning::MaxDepth { count, .. } => format!("{count} draws at the largest depth"),
        Warning::LowEnergy { .. } => "low energy".to_string(),
        other => other.to_string(),
    }
}

/// What is believed after the checks.
pub fn stacked(shown: &Answer<'_>) -> String {
    let checks = &shown.checks;
    let Some(stacked) = checks.stacked else { return "no program could be fitted\n".to_string() };
    let mut order: Vec<usize> = (0..checks.done.len()).collect();
    order.sort_by(|a, b| checks.weights[*b].total_cmp(&checks.weights[*a]));
    let front = on_front(&shown.programs, &shown.checks);
    let mut text = format!(
        "\nstacked elpd {:.2} (se {:.2}), density of the table as it is written down\n",
        stacked.value, stacked.se
    );
    text += &format!("{:>8} {:>8} {:>10}  {:>4}  program\n", "stacking", "q", "elpd", "size");
    for at in order {
        let (own, weight) = (&checks.done[at], checks.weights[at]);
        let program = &shown.programs[own.place];
        let mark = if front[own.place] { '*' } else { ' ' };
        text += &format!(
            "{weight:>8.3} {:>8.4} {:>10.2} {mark}{:>4}  {}\n",
            program.probability, own.elpd.value, program.size, program.summary
        );
    }
    text
}

/// What the best program of the menu predicts.
pub fn menu(shown: &Answer<'_>) -> String {
    let (programs, checks) = &shown.menu;
    let best = checks.done.iter().max_by(|a, b| a.elpd.value.total_cmp(&b.elpd.value));
    match best {
        Some(best) => {
            format!(
                "best elpd of the menu {:.2} (se {:.2}): {}\n",
                best.elpd.value, best.elpd.se, programs[best.place].summary
            )
        }
        None => "no program of the menu could be fitted\n".to_string(),
    }
}
