//! The answer, and data, as JSON.

use super::Answer;
use ppl::Data;
use ppl::learning::check::Check;
use ppl::learning::infer::{Rows, TermOdds};
use ppl::learning::on_front;
use ppl::learning::sheet::Role;
use ppl_runtime::data::Datum;
use serde_json::{Value, json};

/// `{"programs": [...], "terms": [...], "checks": {...}, "columns": [...], ...}`
pub fn answer(shown: &Answer<'_>) -> String {
    let front = on_front(&shown.programs, &shown.checks);
    let programs: Vec<Value> = shown
        .programs
        .iter()
        .zip(front)
        .map(|(own, front)| {
            json!({"program": own.text, "probability": own.probability, "probability_with_scales": own.with_scales,
                "summary": own.summary, "size": own.size, "support": own.support, "front": front,
                "held_out": own.held_out})
        })
        .collect();
    let terms: Vec<Value> = shown.terms.iter().map(term).collect();
    let role = |role: &Role| match role {
        Role::Outcome(kind) => json!({"role": "outcome", "kind": kind.word()}),
        Role::Predictor(kind) => json!({"role": "predictor", "kind": kind.word()}),
        Role::Ignored(why) => json!({"role": "ignored", "reason": why}),
    };
    let reading = shown.reading;
    let columns: Vec<Value> = reading
        .columns
        .iter()
        .map(|(name, own)| {
            let mut value = role(own);
            value["name"] = json!(name);
            value
        })
        .collect();
    let levels: serde_json::Map<String, Value> =
        reading.levels.iter().map(|(name, (_, levels))| (name.clone(), json!(levels))).collect();
    let mut all =
        json!({"programs": programs, "terms": terms, "columns": columns, "levels": levels, "notes": shown.notes});
    all["out_of_distribution"] = match &shown.surprise {
        Some(own) => json!({"flag": own.is_out_of_distribution(), "score": own.score, "threshold": own.threshold,
            "farthest": own.strange.iter().map(|(name, z)| json!({"statistic": name, "deviations": z})).collect::<Vec<_>>()}),
        None => Value::Null,
    };
    if !shown.checks.done.is_empty() || !shown.checks.failed.is_empty() {
        all["checks"] = checks(shown);
    }
    format!("{all:#}\n")
}

fn term(own: &TermOdds) -> Value {
    let (bound, rows) = match own.rows {
        Rows::About(rows) => ("about", Some(rows)),
        Rows::Fewer(rows) => ("fewer", Some(rows)),
        Rows::More(rows) => ("more", Some(rows)),
        Rows::Unknown => ("unknown", None),
    };
    json!({"term": own.term, "included": own.included, "log_odds": own.log_odds, "log_factor": own.log_factor,
        "seen_from": {"bound": bound, "rows": rows}})
}

fn checks(shown: &Answer<'_>) -> Value {
    let own = &shown.checks;
    let one = |(check, weight): (&Check, &f64)| {
        let warnings: Vec<String> = check.warnings.iter().map(ToString::to_string).collect();
        json!({"rank": check.place + 1, "elpd": check.elpd.value, "se": check.elpd.se, "weight": weight,
            "pointwise": check.pointwise, "bad_k": check.bad, "converged": check.converged(), "warnings": warnings, "seconds": check.seconds,
            "leave_future_out": check.future.map(|own| json!({"value": own.value, "se": own.se}))})
    };
    let failed: Vec<Value> = own.failed.iter().map(|(place, why)| json!({"rank": place + 1, "error": why})).collect();
    let (of_menu, menu) = &shown.menu;
    let best = menu.done.iter().max_by(|a, b| a.elpd.value.total_cmp(&b.elpd.value));
    json!({
        "menu": best.map(|best| json!({"value": best.elpd.value, "se": best.elpd.se, "summary": of_menu[best.place].summary})),
        "stacked_elpd": own.stacked.map(|own| json!({"value": own.value, "se": own.se})),
        "programs": own.done.iter().zip(&own.weights).map(one).collect::<Vec<_>>(),
        "failed": failed,
    })
}

/// Data as the JSON that Stan reads.
pub fn in_stan(data: &Data) -> String {
    fn value(datum: &Datum) -> Value {
        match datum {
            Datum::Int(i) => json!(i),
            Datum::Real(x) => json!(x),
            Datum::List(items) => items.iter().map(value).collect(),
            Datum::Object(items) => items.iter().map(|(name, item)| (name.clone(), value(item))).collect(),
            Datum::Invalid(message) => json!(message),
        }
    }
    let all: serde_json::Map<String, Value> =
        data.iter().map(|(name, datum)| (name.to_string(), value(datum))).collect();
    format!("{}\n", Value::Object(all))
}
