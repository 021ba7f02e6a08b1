//! Programs that say the same have the same canonical text. `PPL_REWRITES` sets how many programs of each family are tried.

use ppl_canonical::Level;
use ppl_canonical_tests::dice::Dice;
use ppl_canonical_tests::rewrites::FAMILIES;
use ppl_canonical_tests::syntax::print;
use ppl_canonical_tests::{canonical, density, original, setting};
use ppl_runtime::data::{Datum, RawData};

/// The share of rewrites that must keep the text.
const LEAST: f64 = 0.995;

fn text(program: &str) -> String {
    canonical(program, Level::Density).unwrap_or_else(|why| panic!("{why}\n{program}")).text
}

/// Whether texts differ that should not, with a look at the first ones.
#[derive(Default)]
struct Count {
    tried: usize,
    different: usize,
    first: Option<String>,
}

impl Count {
    fn compare(&mut self, before: &str, after: &str) {
        self.tried += 1;
        let (a, b) = (text(before), text(after));
        if a != b {
            self.different += 1;
            self.first.get_or_insert_with(|| {
                format!("{before}-- rewritten\n{after}-- canonical\n{a}-- of the rewritten\n{b}")
            });
        }
    }

    fn rate(&self) -> f64 {
        1.0 - self.different as f64 / self.tried.max(1) as f64
    }

    fn report(&self, name: &str) {
        println!("{name}: {} of {} the same ({:.2} %)", self.tried - self.different, self.tried, 100.0 * self.rate());
    }
}

#[test]
fn a_rewritten_program_has_the_text_of_the_original() {
    let count = setting("PPL_REWRITES", 30) as u64;
    let mut total = Count::default();
    for (name, rewrite) in FAMILIES {
        let mut own = Count::default();
        // some families have a place in few programs
        for seed in 0..40 * count {
            let mut dice = Dice::new(seed);
            let (before, _) = original(&mut dice);
            let mut after = before.clone();
            if own.tried < count as usize && rewrite(&mut after, &mut dice) {
                own.compare(&print(&before), &print(&after));
            }
        }
        own.report(name);
        assert!(own.tried > 0, "{name} has no place in any program");
        total.tried += own.tried;
        total.different += own.different;
        total.first = total.first.or(own.first);
    }
    total.report("all");
    assert!(total.rate() >= LEAST, "{}", total.first.unwrap_or_default());
}

#[test]
fn so_has_a_program_that_was_rewritten_several_times() {
    let mut total = Count::default();
    for seed in 0..setting("PPL_REWRITES", 60) as u64 {
        let mut dice = Dice::new(seed + 1_000_000);
        let (before, _) = original(&mut dice);
        let mut after = before.clone();
        for _ in 0..2 + dice.below(4) {
            let (_, rewrite) = FAMILIES[dice.below(FAMILIES.len())];
            rewrite(&mut after, &mut dice);
        }
        total.compare(&print(&before), &print(&after));
    }
    total.report("several");
    assert!(total.rate() >= LEAST, "{}", total.first.unwrap_or_default());
}

/// The claim above is about programs with one density: so have they.
#[test]
fn rewrites_keep_the_density() {
    let count = setting("PPL_DENSITIES", 15) as u64;
    for (name, rewrite) in FAMILIES.iter().filter(|(name, _)| *name != "rename variables") {
        let mut compared = 0;
        for seed in 0..40 * count {
            let mut dice = Dice::new(seed);
            let (before, data) = original(&mut dice);
            let mut after = before.clone();
            if compared == count || !rewrite(&mut after, &mut dice) {
                continue;
            }
            let (before, after) = (print(&before), print(&after));
            let distance = density::distance(&before, &after, &with_unused(&data, &after), &[], &mut dice);
            match distance.unwrap_or_else(|why| panic!("{name}: {why}\n{before}-- rewritten\n{after}")) {
                Some(far) => {
                    compared += 1;
                    assert!(far < 1e-10, "{name}: {far:e}\n{before}-- rewritten\n{after}");
                }
                None => continue,
            }
        }
        assert!(compared > 0, "{name}: no density was compared");
    }
}

/// The data, with numbers for what the dead code declares.
fn with_unused(data: &RawData, text: &str) -> RawData {
    let mut all = data.clone();
    for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        if ["dead", "unused", "spare"].iter().any(|base| word.starts_with(base)) {
            all.set(word, Datum::Real(0.5));
        }
    }
    all
}
