//! Rewrites whose canonical text differs from that of the original: `rewrites [COUNT] [FAMILY]`
//!
//! Prints the programs, both canonical texts, and how many of each family differ.

use ppl_canonical::Level;
use ppl_canonical_tests::dice::Dice;
use ppl_canonical_tests::rewrites::FAMILIES;
use ppl_canonical_tests::syntax::print;
use ppl_canonical_tests::{canonical, original};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let count: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(100);
    let family = arguments.next();
    for (name, rewrite) in FAMILIES.iter().filter(|(name, _)| family.as_deref().is_none_or(|own| own == *name)) {
        let (mut tried, mut different) = (0, 0);
        for seed in 0..count {
            let mut dice = Dice::new(seed);
            let (before, _) = original(&mut dice);
            let mut after = before.clone();
            if !rewrite(&mut after, &mut dice) {
                continue;
            }
            tried += 1;
            let (before, after) = (print(&before), print(&after));
            let first = canonical(&before, Level::Density).map(|c| c.text).unwrap_or_else(|why| why);
            let second = canonical(&after, Level::Density).map(|c| c.text).unwrap_or_else(|why| why);
            if first != second {
                different += 1;
                println!(
                    "== {name} {seed}\n{before}-- rewritten\n{after}-- canonical\n{first}-- of the rewritten\n{second}"
                );
            }
        }
        println!("{name}: {different} of {tried} differ");
    }
}
