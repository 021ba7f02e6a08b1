//! Forms of the second level have the distribution of the data of the program: `p(y)` is the same function. `PPL_LAWS` sets how many programs
//! are tried.

use ppl_canonical::Level;
use ppl_canonical_tests::density::{renamed, renamed_data};
use ppl_canonical_tests::dice::Dice;
use ppl_canonical_tests::marginal::log_marginal;
use ppl_canonical_tests::mistakes::{DATA, MISTAKES};
use ppl_canonical_tests::{canonical, checked, setting};
use ppl_program::typed::{Constraint, SizedType};
use ppl_runtime::data::RawData;

const ROWS: usize = 5;
const GROUPS: i32 = 2;

/// Which unconstrained coordinates are logarithms of positive parameters; vectors have a coordinate for each group.
fn positive(text: &str) -> Vec<bool> {
    let program = checked(text).unwrap_or_else(|why| panic!("{why}\n{text}"));
    let mut all = Vec::new();
    for declared in &program.parameters {
        match &declared.ty {
            SizedType::Real(constraint) => all.push(matches!(constraint, Constraint::Lower(_))),
            _ => all.extend([false; GROUPS as usize]),
        }
    }
    all
}

fn log_p(text: &str, data: &RawData) -> Result<f64, String> {
    log_marginal(text, data, &positive(text))
}

fn data(dice: &mut Dice) -> RawData {
    let mut list = || (0..ROWS).map(|_| dice.between(-2.0, 2.0)).collect::<Vec<f64>>();
    let (y, x) = (list(), list());
    let g: Vec<i32> = (0..ROWS).map(|row| 1 + (row as i32 + i32::from(row == 3)) % GROUPS).collect();
    RawData::new().int("N", ROWS as i32).int("J", GROUPS).ints("g", &g).reals("y", &y).reals("x", &x).real("c", 0.8)
}

/// The largest change of the difference of the two log densities of the data from one data set to others.
fn distance(first: &str, second: &str, names: impl Fn(&RawData) -> RawData, dice: &mut Dice) -> Result<f64, String> {
    let mut differences = Vec::new();
    for _ in 0..4 {
        let data = data(dice);
        differences.push(log_p(first, &data)? - log_p(second, &names(&data))?);
    }
    Ok(differences.iter().map(|d| (d - differences[0]).abs()).fold(0.0, f64::max))
}

/// A hierarchy in one of its parametrisations, numbered; those of one hierarchy have one law.
fn hierarchy(dice: &mut Dice, parametrisation: usize) -> String {
    let scale = dice.pick(&["tau", "2", "0.7", "c"]);
    let prior = dice.pick(&["exponential(1)", "gamma(3, 2)", "normal(0, 1)", "lognormal(0, 0.5)"]);
    let (mean_scale, noise) = (dice.pick(&["1", "3", "0.5"]), dice.pick(&["1", "0.6"]));
    let (vector, fixed) = (dice.chance(0.6), dice.chance(0.3));
    let mean = if fixed { "0" } else { "m" };
    let outer = dice.pick(&["", " + b * x", " + c * x"]);
    let slope = dice.chance(0.3);
    let (ty, at) = if vector { ("vector[J]", "z[g]") } else { ("real", "z") };
    let times = match (slope, vector) {
        (false, _) => "",
        (true, true) => " .* x",
        (true, false) => " * x",
    };
    let mut parameters = format!("{ty} z;");
    let mut priors = String::new();
    if mean == "m" {
        parameters += " real m;";
        priors += &format!(" m ~ normal(0, {mean_scale});");
    }
    if scale == "tau" {
        parameters += " real<lower=0> tau;";
        priors += &format!(" tau ~ {prior};");
    }
    if outer.contains("b *") {
        parameters += " real b;";
        priors += " b ~ normal(0, 1.5);";
    }
    let (law, effect) = match parametrisation {
        0 => (format!("normal({mean}, {scale})"), at.to_string()),
        1 => (format!("normal(0, {scale})"), format!("({mean} + {at})")),
        2 => ("std_normal()".into(), format!("({mean} + {scale} * {at})")),
        _ => ("normal(0, 2)".into(), format!("({mean} + {scale} / 2 * {at})")),
    };
    format!(
        "{DATA}parameters {{ {parameters} }}\nmodel {{{priors} z ~ {law}; y ~ normal({effect}{times}{outer}, {noise}); }}\n"
    )
}

#[test]
fn laws_have_the_density_of_the_data() {
    let count = setting("PPL_LAWS", 20) as u64;
    let mut rewritten = 0;
    for seed in 0..count {
        let mut texts = Vec::new();
        for parametrisation in 0..4 {
            let mut dice = Dice::new(seed);
            let text = hierarchy(&mut dice, parametrisation);
            let law = canonical(&text, Level::Law).unwrap_or_else(|why| panic!("{why}\n{text}"));
            let plain = canonical(&text, Level::Density).unwrap_or_else(|why| panic!("{why}\n{text}"));
            rewritten += usize::from(law.text != plain.text);
            // data that the program does not mention are not in the form, and need no name there
            let far = distance(&text, &law.text, |data| renamed_data(data, &law.renamings), &mut dice)
                .unwrap_or_else(|why| panic!("{why}\n{text}-- law\n{}", law.text));
            assert!(far < 1e-6, "{far:e}\n{text}-- law\n{}", law.text);
            texts.push((text, law.text));
        }
        let known = texts[0].0.contains("tau");
        for (text, law) in &texts[1..] {
            // scales that are not parameters are not known to be positive, and stay
            assert!(
                !known || *law == texts[0].1,
                "one hierarchy, two laws\n{}-- and\n{text}-- laws\n{}-- and\n{law}",
                texts[0].0,
                texts[0].1
            );
        }
    }
    println!("{rewritten} of {} programs were changed", 4 * count);
    assert!(rewritten as u64 >= count, "only {rewritten} programs were changed");
}

/// The comparison finds what rules must not do.
#[test]
fn false_rules_change_the_density_of_the_data() {
    for mistake in MISTAKES {
        let [before, after] = mistake.texts();
        let mut dice = Dice::new(3);
        let far = distance(&before, &after, Clone::clone, &mut dice);
        let far = far.unwrap_or_else(|why| panic!("{}: {why}", mistake.rule));
        assert!(far > 1e-3, "{}: p(y) differs by {far:e} only", mistake.rule);
        // and the rules do not do it
        let law = |text: &str| canonical(text, Level::Law).unwrap_or_else(|why| panic!("{why}")).text;
        assert_ne!(law(&before), law(&after), "{}", mistake.rule);
    }
}

/// A factor of either sign is no scale.
#[test]
fn only_positive_factors_are_scales() {
    let text = format!(
        "{DATA}parameters {{ real z; real s; }} model {{ s ~ normal(1, 1); z ~ std_normal(); y ~ normal(s * z, 1); }}"
    );
    let law = canonical(&text, Level::Law).expect("a form");
    let plain = canonical(&text, Level::Density).expect("a form");
    assert_eq!(law.text, plain.text);
    let renamed = law.renamings.iter().map(|r| renamed(&r.from, &law.renamings)).collect::<Vec<_>>();
    assert!(renamed.iter().all(|name| law.text.contains(name.as_str())));
}
