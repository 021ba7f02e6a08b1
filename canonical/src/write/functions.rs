//! User functions that are not inlined: their text stays, their names do not.

use super::Writer;
use crate::form::FactorKind;
use crate::term::{Fun, Id, Kind};
use ppl_grammar::ast;
use ppl_program::typed::{Callee, ExprKind, Function, FunctionKind};

impl Writer<'_> {
    /// The name of a user function: `f1`, `f2`, ... in the order of use.
    pub(super) fn user_function(&mut self, index: usize) -> String {
        if let Some(name) = self.functions.get(&index) {
            return name.clone();
        }
        let kind = self.form.source.as_ref().map_or(FunctionKind::Plain, |source| source.functions[index].kind);
        let own = self.form.source.as_ref().map_or("", |source| source.functions[index].name.as_str());
        let suffix = crate::functions::suffix(kind, own);
        // overloads share a name in Stan; here each has its own
        let name = format!("f{}{suffix}", self.functions.len() + 1);
        self.taken.insert(name.clone());
        self.functions.insert(index, name.clone());
        name
    }

    /// Names the functions that are used, in the order of first use, and what they call.
    pub(super) fn name_functions(&mut self) {
        let Some(source) = self.form.source.clone() else { return };
        let mut used: Vec<usize> = Vec::new();
        let mut note = |writer: &Self, id: Id| {
            let mut here = Vec::new();
            writer.form.terms.visit(id, &mut |inner| {
                if let Kind::Call(Fun::User { function, .. } | Fun::Function(function), _) =
                    writer.form.terms.kind(inner)
                {
                    here.push(function.0 as usize);
                }
            });
            here.sort_unstable();
            used.extend(here);
        };
        let factors = self.form.factors.clone();
        for factor in &factors {
            if let FactorKind::Density { density: Fun::User { function, .. }, .. } = &factor.kind {
                let function = function.0 as usize;
                self.user_function(function);
            }
            factor.terms().into_iter().for_each(|term| note(self, term));
        }
        let code = self.form.code.clone();
        let mut in_code = Vec::new();
        for item in &code {
            item.for_each(&mut |term| note(self, term), &mut |_| {});
            calls(item, &mut in_code);
        }
        used.extend(in_code);
        for index in used {
            self.user_function(index);
        }
        // what the named ones call
        let mut next = 0;
        while next < source.functions.len() {
            let missing = self
                .functions
                .keys()
                .flat_map(|&index| callees(&source.functions[index]))
                .find(|c| !self.functions.contains_key(c));
            match missing {
                Some(index) => {
                    self.user_function(index);
                }
                None => break,
            }
            next += 1;
        }
    }

    pub(super) fn function_definitions(&mut self) -> Vec<ast::Function> {
        let Some(source) = self.form.source.clone() else { return Vec::new() };
        if self.functions.is_empty() {
            return Vec::new();
        }
        let name = |place: usize| self.functions.get(&place).cloned().unwrap_or_else(|| format!("unused{place}"));
        let all = crate::functions::definitions(&source, name);
        let mut mine: Vec<ast::Function> =
            all.into_iter().filter(|f| self.functions.values().any(|name| *name == f.name.name)).collect();
        // declarations first, then the definitions by name: what calls a later one has been declared
        let defined: Vec<String> = mine.iter().map(|f| f.name.name.clone()).collect();
        let mut forward: Vec<ast::Function> = Vec::new();
        mine.sort_by_key(|f| (f.body.is_some(), crate::order::natural(&f.name.name)));
        mine.retain(|f| match f.body {
            Some(_) => true,
            None => {
                forward.push(f.clone());
                false
            }
        });
        if defined.len() > 1 {
            for f in &mine {
                if !forward.iter().any(|g| g.name.name == f.name.name) {
                    forward.push(ast::Function { body: None, ..f.clone() });
                }
            }
            forward.sort_by_key(|f| crate::order::natural(&f.name.name));
        }
        forward.extend(mine);
        forward
    }
}

fn calls(code: &crate::form::Code, out: &mut Vec<usize>) {
    use crate::form::Code;
    match code {
        Code::Call(Fun::User { function, .. }, _) => out.push(function.0 as usize),
        Code::Factor(factor) => {
            if let FactorKind::Density { density: Fun::User { function, .. }, .. } = &factor.kind {
                out.push(function.0 as usize);
            }
        }
        Code::If(_, then, otherwise) => then.iter().chain(otherwise).for_each(|c| calls(c, out)),
        Code::While(_, body) | Code::For(_, _, _, body) | Code::ForEach(_, _, body) => {
            body.iter().for_each(|c| calls(c, out));
        }
        _ => {}
    }
}

fn callees(function: &Function) -> Vec<usize> {
    let mut all = Vec::new();
    for statement in &function.body {
        statement.for_each_callee(&mut |callee| {
            if let Callee::User { function, .. } = callee {
                all.push(function.0 as usize);
            }
        });
        statement.for_each_expr(&mut |e| {
            if let ExprKind::Function(function) = &e.kind {
                all.push(function.0 as usize);
            }
        });
    }
    all.sort_unstable();
    all
}
