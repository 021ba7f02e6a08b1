//! The texts of user functions, with names that depend on nothing but their place.

use ppl_analysis::unparse::{Names, Unparse, declared};
use ppl_grammar::ast;
use ppl_grammar::format::{Parentheses, print_program};
use ppl_program::typed::{FunctionKind, Program, VarId};

/// What the name of a function must end with.
pub fn suffix(kind: FunctionKind, name: &str) -> &'static str {
    match kind {
        FunctionKind::Plain => "",
        FunctionKind::Lpdf => "_lpdf",
        FunctionKind::Lpmf => "_lpmf",
        FunctionKind::Cdf => ["_lccdf", "_lcdf", "_cdf"].into_iter().find(|s| name.ends_with(s)).unwrap_or("_cdf"),
        FunctionKind::Rng => "_rng",
        FunctionKind::Lp => "_lp",
        FunctionKind::Jacobian => "_jacobian",
    }
}

/// The functions of a program under the given names, with forward declarations; arguments are `a1`, `a2`, ..., local variables `v1`, `v2`, ...
pub fn definitions(program: &Program, name: impl Fn(usize) -> String) -> Vec<ast::Function> {
    let mut program = program.clone();
    for (place, function) in program.functions.iter_mut().enumerate() {
        function.name = name(place);
    }
    let mut names = Names::new(&program);
    for function in &program.functions {
        for (place, &argument) in function.arguments.iter().enumerate() {
            names.rename(argument, format!("a{}", place + 1));
        }
        let mut own: Vec<VarId> = Vec::new();
        function.body.iter().for_each(|s| declared(s, &mut own));
        for (place, variable) in own.into_iter().enumerate() {
            names.rename(variable, format!("v{}", place + 1));
        }
    }
    Unparse { program: &program, names: &names }.functions()
}

/// One text a function, in which all functions have the same name.
pub fn texts(program: &Program) -> Vec<String> {
    let name = |place: usize| {
        let function = &program.functions[place];
        format!("f{}", suffix(function.kind, &function.name))
    };
    let defined = definitions(program, name).into_iter().filter(|f| f.body.is_some());
    let text = |function: ast::Function| {
        let functions = ast::Block { items: vec![function], span: Default::default() };
        print_program(&ast::Program { functions: Some(functions), ..Default::default() }, Parentheses::Minimal)
    };
    defined.map(text).collect()
}
