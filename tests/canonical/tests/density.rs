//! The canonical form has the density of the program; programs with another density have another form. `PPL_DENSITIES` sets how many
//! programs are tried.

use ppl_canonical::Level;
use ppl_canonical_tests::dice::Dice;
use ppl_canonical_tests::mutations::MUTATIONS;
use ppl_canonical_tests::syntax::print;
use ppl_canonical_tests::{canonical, density, original, setting};
use std::collections::HashMap;

#[test]
fn canonical_forms_have_the_density_of_the_program() {
    let mut compared = 0;
    let count = setting("PPL_DENSITIES", 100);
    for seed in 0..count as u64 {
        let mut dice = Dice::new(seed + 5_000_000);
        let (program, data) = original(&mut dice);
        let text = print(&program);
        let form = canonical(&text, Level::Density).unwrap_or_else(|why| panic!("{why}\n{text}"));
        let distance = density::distance(&text, &form.text, &data, &form.renamings, &mut dice);
        let far = distance.unwrap_or_else(|why| panic!("{why}\n{text}-- canonical\n{}", form.text));
        if let Some(far) = far {
            compared += 1;
            assert!(far < 1e-10, "{far:e}\n{text}-- canonical\n{}", form.text);
        }
    }
    println!("{compared} of {count} compared");
    assert!(compared * 10 >= count * 9, "only {compared} of {count} have densities");
}

#[test]
fn another_density_is_another_text() {
    let count = setting("PPL_DENSITIES", 60) as u64;
    let mut total = 0;
    for (name, mutation) in MUTATIONS {
        let (mut other, mut same) = (0, 0);
        for seed in 0..count {
            let mut dice = Dice::new(seed + 7_000_000);
            let (before, data) = original(&mut dice);
            let mut after = before.clone();
            if !mutation(&mut after, &mut dice) {
                continue;
            }
            let (before, after) = (print(&before), print(&after));
            // some mistakes are no programs, or have no density: an exponent that is a vector, say
            let Ok(Some(far)) = density::distance(&before, &after, &data, &[], &mut dice) else { continue };
            if far < 1e-6 {
                same += 1;
                continue;
            }
            other += 1;
            let (Ok(a), Ok(b)) = (canonical(&before, Level::Density), canonical(&after, Level::Density)) else {
                panic!("no form\n{before}-- changed\n{after}");
            };
            assert_ne!(a.text, b.text, "{name}: the densities are {far:e} apart\n{before}-- changed\n{after}");
        }
        println!("{name}: {other} with another density, {same} with the same");
        assert!(other > 0, "{name} changed no density");
        total += other;
    }
    assert!(total >= count as usize * 2, "only {total} changes");
}

/// Programs of different seeds may be the same model: then their densities are equal through the names of the common text.
#[test]
fn equal_texts_are_equal_densities() {
    let mut seen: HashMap<String, (String, HashMap<String, String>)> = HashMap::new();
    let mut pairs = 0;
    for seed in 0..setting("PPL_DENSITIES", 100) as u64 {
        // few models in many spellings
        let case = ppl_canonical_tests::programs::case(&mut Dice::new(seed % 29));
        let mut dice = Dice::new(seed + 9_000_000);
        let mut program = ppl_canonical_tests::syntax::parse(&case.text);
        for _ in 0..3 {
            let (_, rewrite) = *ppl_canonical_tests::rewrites::FAMILIES[1..14].iter().nth(dice.below(13)).expect("13 families");
            rewrite(&mut program, &mut dice);
        }
        let text = print(&program);
        let form = canonical(&text, Level::Density).unwrap_or_else(|why| panic!("{why}\n{text}"));
        let scope = ppl_canonical_tests::types::scope(&program);
        let back: HashMap<String, String> = (scope.parameters.iter().chain(&scope.data))
            .map(|name| (density::renamed(name, &form.renamings), name.clone()))
            .collect();
        if let Some((other, names)) = seen.get(&form.text)
            && *other != text
        {
            let renamings: Vec<ppl_canonical::Renaming> = (scope.parameters.iter().chain(&scope.data))
                .filter_map(|name| {
                    let to = names.get(&density::renamed(name, &form.renamings))?.clone();
                    Some(ppl_canonical::Renaming { from: name.clone(), to })
                })
                .collect();
            if let Some(far) = density::distance(&text, other, &case.data, &renamings, &mut dice).expect("both have densities") {
                pairs += 1;
                assert!(far < 1e-10, "{far:e}\n{text}-- same form as\n{other}");
            }
        }
        seen.insert(form.text, (text, back));
    }
    println!("{pairs} pairs with the same text");
    assert!(pairs > 20, "only {pairs} pairs");
}
