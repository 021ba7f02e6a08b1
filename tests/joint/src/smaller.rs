//! Data sets cut to a size: a program is tested at any size, and small ones are fast.

use ppl::Data;
use ppl_analysis::reverse::{constraint, sizes_of};
use ppl_analysis::support::bounds;
use ppl_program::typed::{Declaration, Expr, ExprKind, Program, VarId};
use ppl_runtime::data::Datum;
use std::collections::BTreeSet;

/// The data with some integers made smaller: of every list that such an integer sizes the first elements are kept, and where it bounds
/// integers from above (a number of groups), these are counted round.
///
/// # Errors
/// A name that is no integer of the data, or a size above the given one.
pub fn smaller(program: &Program, data: &Data, sizes: &[(String, i64)]) -> Result<Data, String> {
    let mut cuts: Vec<(VarId, i64)> = Vec::new();
    for (name, size) in sizes {
        let declared = program.data.iter().find(|d| program.variable(d.variable).name == *name);
        let variable = declared.ok_or(format!("`{name}` is no data of the program"))?.variable;
        match data.get(name) {
            Some(Datum::Int(given)) if (0..=*given).contains(size) => cuts.push((variable, *size)),
            Some(Datum::Int(given)) => return Err(format!("`{name}` is {given}, less than {size}")),
            _ => return Err(format!("`{name}` is no integer of the data")),
        }
    }
    let mut out = data.clone();
    for declaration in &program.data {
        let name = &program.variable(declaration.variable).name;
        let Some(datum) = data.get(name) else { continue };
        let datum = match cut_of(&cuts, declaration.variable) {
            Some(size) => Datum::Int(size),
            None => resized(declaration, datum.clone(), &cuts),
        };
        out.set(name.clone(), datum);
    }
    Ok(out)
}

/// The integers of the data that size lists, or bound integers as a number of groups, and are above `most`: with `most`, for [`smaller`].
pub fn above(program: &Program, data: &Data, most: i64) -> Vec<(String, i64)> {
    let mut sizes: BTreeSet<VarId> = BTreeSet::new();
    let mut note = |e: &Expr| {
        if let ExprKind::Variable(v) = e.kind {
            sizes.insert(v);
        }
    };
    for declaration in &program.data {
        sizes_of(&declaration.ty).into_iter().for_each(&mut note);
        if program.variable(declaration.variable).ty.is_integral() {
            bounds(constraint(&declaration.ty)).and_then(|b| b.upper).iter().for_each(&mut note);
        }
    }
    let names = sizes.into_iter().map(|v| program.variable(v).name.clone());
    names.filter(|name| matches!(data.get(name), Some(Datum::Int(n)) if *n > most)).map(|name| (name, most)).collect()
}

fn cut_of(cuts: &[(VarId, i64)], variable: VarId) -> Option<i64> {
    cuts.iter().find(|(v, _)| *v == variable).map(|(_, size)| *size)
}

fn resized(declaration: &Declaration, datum: Datum, cuts: &[(VarId, i64)]) -> Datum {
    let size = |e: &Expr| if let ExprKind::Variable(v) = e.kind { cut_of(cuts, v) } else { None };
    let upper = bounds(constraint(&declaration.ty)).and_then(|b| b.upper);
    let groups = upper.as_ref().and_then(size).filter(|n| *n > 0);
    let lengths: Vec<Option<i64>> = sizes_of(&declaration.ty).into_iter().map(size).collect();
    cut(datum, &lengths, groups)
}

fn cut(datum: Datum, lengths: &[Option<i64>], groups: Option<i64>) -> Datum {
    match datum {
        Datum::List(items) => {
            let kept = lengths.first().copied().flatten().map_or(items.len(), |n| n as usize);
            let rest = lengths.get(1..).unwrap_or_default();
            Datum::List(items.into_iter().take(kept).map(|item| cut(item, rest, groups)).collect())
        }
        Datum::Int(i) => Datum::Int(groups.filter(|n| i > *n).map_or(i, |n| (i - 1) % n + 1)),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_follow_their_sizes() {
        let text = "data { int N; int J; int K; array[N] int<upper=J> g; matrix[N, K] x; array[J] real z; } model {}";
        let source = ppl_grammar::source::SourceMap::from_text("p", text);
        let program = ppl_program::check(&ppl_grammar::parse::parse(&source).program).expect("a program").program;
        let data = r#"{"N": 3, "J": 3, "K": 1, "g": [1, 3, 2], "x": [[1], [2], [3]], "z": [7, 8, 9]}"#;
        let data = Data::from_json(data).expect("data");
        let small = smaller(&program, &data, &[("N".into(), 2), ("J".into(), 2)]).expect("smaller data");
        let wanted = Data::from_json(r#"{"N": 2, "J": 2, "K": 1, "g": [1, 1], "x": [[1], [2]], "z": [7, 8]}"#);
        assert_eq!(small, wanted.expect("data"));
        assert_eq!(above(&program, &data, 2), [("N".to_string(), 2), ("J".to_string(), 2)]);
        assert!(smaller(&program, &data, &[("N".into(), 4)]).is_err());
        assert!(smaller(&program, &data, &[("x".into(), 1)]).is_err());
        assert!(smaller(&program, &data, &[("M".into(), 1)]).is_err());
    }
}
