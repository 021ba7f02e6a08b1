//! The canonical form has the density of the program; programs with another density have another form. `PPL_DENSITIES` sets how many
//! programs are tried.

use ppl_canonical::{Level, Renaming};
use ppl_canonical_tests::dice::Dice;
use ppl_canonical_tests::mutations::MUTATIONS;
use ppl_canonical_tests::syntax::print;
use ppl_canonical_tests::{canonical, canonical_of_columns, density, original, setting};
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
            let (Ok(a), Ok(b)) = (canonical_of_columns(&before), canonical_of_columns(&after)) else {
                panic!("no form\n{before}-- changed\n{after}");
            };
            assert_ne!(a, b, "{name}: the densities are {far:e} apart\n{before}-- changed\n{after}");
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
    let (mut pairs, mut invalid) = (0, 0);
    let count = setting("PPL_DENSITIES", 100) as u64;
    for seed in 0..count {
        // few models in many spellings
        let case = ppl_canonical_tests::programs::case(&mut Dice::new(seed % 29));
        let mut dice = Dice::new(seed + 9_000_000);
        let mut program = ppl_canonical_tests::syntax::parse(&case.text);
        for _ in 0..3 {
            let (_, rewrite) =
                *ppl_canonical_tests::rewrites::FAMILIES[1..14].get(dice.below(13)).expect("13 families");
            rewrite(&mut program, &mut dice);
        }
        let text = print(&program);
        // a rewrite of a rewritten program may not know what it sees
        if ppl_program::check(&ppl_canonical_tests::syntax::parse(&text)).is_err() {
            invalid += 1;
            continue;
        }
        let form = canonical(&text, Level::Density).unwrap_or_else(|why| panic!("{why}\n{text}"));
        // through the names of the form; what it does not mention has none there
        let declared = ppl_canonical_tests::types::scope(&form.program);
        let forward = |name: &String| {
            let to = density::renamed(name, &form.renamings);
            let another = to == *name && form.renamings.iter().any(|r| r.to == to);
            (!another && declared.variables.contains_key(&to)).then_some(to)
        };
        let scope = ppl_canonical_tests::types::scope(&program);
        let names: Vec<&String> = scope.parameters.iter().chain(&scope.data).collect();
        if let Some((other, back)) = seen.get(&form.text)
            && *other != text
        {
            let renamings: Vec<Renaming> = (names.iter())
                .filter_map(|name| Some(Renaming { from: name.to_string(), to: back.get(&forward(name)?)?.clone() }))
                .collect();
            let mut theirs = case.data.clone();
            for Renaming { from, to } in &renamings {
                if let Some(value) = case.data.get(from) {
                    theirs.set(to.clone(), value.clone());
                }
            }
            let far = density::distance_between((&text, &case.data), (other, &theirs), &renamings, &mut dice);
            if let Some(far) = far.expect("both have densities") {
                pairs += 1;
                assert!(far < 1e-10, "{far:e}\n{text}-- same form as\n{other}");
            }
        }
        let back = names.iter().filter_map(|name| Some((forward(name)?, name.to_string()))).collect();
        seen.insert(form.text, (text, back));
    }
    println!("{pairs} pairs with the same text");
    assert!(pairs > 20, "only {pairs} pairs");
    assert!(invalid * 50 <= count, "{invalid} of {count} programs are not valid");
}
