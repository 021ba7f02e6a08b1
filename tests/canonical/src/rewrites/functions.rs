//! Parts of expressions as calls of functions that compute them.

use super::temporaries::{has_density, parts, with};
use crate::dice::Dice;
use crate::places::{replace, visit};
use crate::syntax::{call, items, parse, text, var};
use crate::types::{Scope, Ty, fresh, scope};
use ppl_grammar::ast::{Expr, ExprKind, Program, StatementKind};

/// Makes a function of a part of a statement, or of a density.
pub fn extract(program: &mut Program, dice: &mut Dice) -> bool {
    let (scope, name) = (scope(program), fresh(program, "f"));
    let Some(model) = program.model.as_mut() else { return false };
    let mut places: Vec<usize> = (0..model.items.len()).collect();
    dice.shuffle(&mut places);
    for place in places {
        let s = model.items[place].clone();
        if let (StatementKind::Tilde { arg, distribution, arguments, truncation: None }, true) =
            (&s.kind, dice.chance(0.3))
        {
            let all: Vec<Expr> = std::iter::once(arg).chain(arguments).cloned().collect();
            let Some(types) = all.iter().map(|e| scope.ty(e)).collect::<Option<Vec<Ty>>>() else { continue };
            let suffix = if matches!(types[0], Ty::Int | Ty::Ints(_)) { "lpmf" } else { "lpdf" };
            let text = density(&name, suffix, &distribution.name, &types, dice);
            model.items[place] = crate::syntax::tilde(arg.clone(), &name, arguments.clone());
            define(program, &text);
            return true;
        }
        let mut all = parts(&scope, &s);
        if all.is_empty() {
            continue;
        }
        let (part, ty) = all.swap_remove(dice.below(all.len()));
        if has_density(&part) {
            continue;
        }
        let Some((definition, arguments)) = function(&scope, &name, &part, &ty, dice) else { continue };
        model.items[place] = with(&s, &part, &call(&name, arguments));
        define(program, &definition);
        return true;
    }
    false
}

fn define(program: &mut Program, text: &str) {
    let parsed = parse(&format!("functions {{ {text} }}"));
    items(&mut program.functions).extend(parsed.functions.into_iter().flat_map(|b| b.items));
}

/// A density of a user that is one of the library.
fn density(name: &str, suffix: &str, family: &str, types: &[Ty], dice: &mut Dice) -> String {
    let outcome = if suffix == "lpmf" && types[0].is_scalar() { "int" } else { types[0].argument() };
    // a whole number among the arguments is a real one in another spelling
    let argument = |ty: &Ty| if matches!(ty, Ty::Int) { "real" } else { ty.argument() };
    let rest: Vec<String> = types[1..].iter().enumerate().map(|(k, ty)| format!("{} a{k}", argument(ty))).collect();
    let names: Vec<String> = (0..rest.len()).map(|k| format!("a{k}")).collect();
    let dropped = if dice.chance(0.5) { suffix.replace('l', "lu") } else { suffix.to_string() };
    let arguments = std::iter::once(format!("{outcome} y0")).chain(rest).collect::<Vec<_>>().join(", ");
    let value = format!("{family}_{dropped}(y0 | {})", names.join(", "));
    match dice.chance(0.5) {
        true => format!("real {name}_{suffix}({arguments}) {{ return {value}; }}"),
        false => format!("real {name}_{suffix}({arguments}) {{ real value = {value}; return value; }}"),
    }
}

/// The definition of a function of the free variables of a part, and the arguments of the call.
fn function(scope: &Scope, name: &str, part: &Expr, ty: &Ty, dice: &mut Dice) -> Option<(String, Vec<Expr>)> {
    let mut free: Vec<String> = Vec::new();
    visit(part, &mut |e| {
        if let ExprKind::Variable(own) = &e.kind
            && !free.contains(own)
        {
            free.push(own.clone());
        }
    });
    let types = free.iter().map(|own| scope.variables.get(own).cloned()).collect::<Option<Vec<Ty>>>()?;
    // a vector is as long as the first argument that is one
    let first = types.iter().find(|ty| matches!(ty, Ty::Vector(_)));
    if let (Ty::Vector(n), Some(Ty::Vector(m))) = (ty, first)
        && text(n) != text(m)
    {
        return None;
    }
    if matches!(ty, Ty::Vector(_)) && first.is_none() {
        return None;
    }
    let arguments: Vec<String> = types.iter().enumerate().map(|(k, ty)| format!("{} p{k}", ty.argument())).collect();
    let mut body = part.clone();
    replace(&mut body, &mut |e| match &e.kind {
        ExprKind::Variable(own) => free.iter().position(|name| name == own).map(|k| var(&format!("p{k}"))),
        _ => None,
    });
    let (result, body) = (ty.argument(), text(&body));
    let arguments = arguments.join(", ");
    let definition = match (ty, dice.below(3)) {
        (Ty::Real, 0) => format!("real {name}({arguments}) {{ real r; r = {body}; return r; }}"),
        (_, 1) => format!("{result} {name}({arguments}) {{ if (1) {{ return {body}; }} return {body}; }}"),
        _ => format!("{result} {name}({arguments}) {{ return {body}; }}"),
    };
    Some((definition, free.iter().map(|own| var(own)).collect()))
}
