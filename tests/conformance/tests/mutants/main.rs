//! Would the comparison of machine code with the interpreter notice a mistake in a differentiation rule? Each mutant makes one;
//! it is caught where the comparison that `jit.rs` runs reports a disagreement on a generated program or a model of the library.
//! `differentiate` itself gives none on the same programs.

mod edit;
mod mutation;

use mutation::MUTANTS;
use ppl_compiler::Compiled;
use ppl_compiler::differentiate::differentiate;
use ppl_compiler::ir::Function;
use ppl_conformance::compare::Subject;
use ppl_conformance::setting;

/// The first disagreement of machine code made with this differentiation.
fn disagreement(subject: &Subject, differentiate: fn(&Function) -> Function) -> Option<String> {
    // Mutants stay within the buffers and frames of the function: see `mutation`.
    let compiled = unsafe {
        Compiled::with_differentiation(&subject.referee.interpreter, &subject.referee.environment, differentiate)
    };
    let wrong = match compiled {
        Ok(compiled) => subject.compare(&compiled).wrong,
        Err(e) => vec![e.to_string()],
    };
    wrong.first().map(|w| format!("{} {w}", subject.name))
}

/// `PPL_MUTANT_PROGRAMS` (default 40) generated programs are tried, then the library.
#[test]
fn mistakes_in_differentiation_rules_are_caught() {
    let generated =
        (0..setting("PPL_MUTANT_PROGRAMS", 40)).map(|seed| Subject::generated(&ppl_generate::generate(seed)));
    let library = ppl_stdlib::MODELS.iter().filter_map(Subject::of_library);
    let subjects: Vec<Subject> = generated.chain(library).map(|s| s.unwrap_or_else(|e| panic!("{e}"))).collect();
    for subject in &subjects {
        assert_eq!(disagreement(subject, differentiate), None, "without a mistake");
    }
    let mut missed = Vec::new();
    for mutant in MUTANTS {
        match subjects.iter().find_map(|s| disagreement(s, mutant.differentiate)) {
            Some(how) => println!("caught: {}\n    {how}", mutant.mistake),
            None => missed.push(mutant.mistake),
        }
    }
    println!("{} of {} mutants caught on {} programs", MUTANTS.len() - missed.len(), MUTANTS.len(), subjects.len());
    assert!(missed.is_empty(), "not caught:\n{}", missed.join("\n"));
}
