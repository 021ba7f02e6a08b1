//! What nothing in a written program uses any more.

use super::block;
use ppl_grammar::ast;
use ppl_grammar::walk::{VisitMut, walk_program, walk_statement};
use std::collections::HashSet;

/// Removes data, transformed data and functions that nothing uses any more.
pub fn drop_unused_data(program: &mut ast::Program) {
    // What the rest of the program uses, and what the transformed data that it uses are computed from.
    let mut rest = program.clone();
    let transformed = rest.transformed_data.take().map_or_else(Vec::new, |block| block.items);
    let mut used = used_names(&rest);
    loop {
        let needed: Vec<ast::Statement> = transformed.iter().filter(|s| needed_statement(s, &used)).cloned().collect();
        rest.transformed_data = block(needed);
        let more = used_names(&rest);
        if more.len() == used.len() {
            break;
        }
        used = more;
    }
    if let Some(block) = &mut program.transformed_data {
        let assigned: HashSet<String> =
            block.items.iter().filter(|s| needed_statement(s, &used)).flat_map(assigned_names).collect();
        block
            .items
            .retain(|s| needed_statement(s, &used) || declared_names(s).iter().any(|name| assigned.contains(name)));
    }
    // Sizes of what is only declared.
    let used = used_names(program);
    if let Some(block) = &mut program.data {
        block.items.retain(|s| declared_names(s).iter().any(|n| used.contains(n)));
    }
    if let Some(block) = &mut program.functions {
        block.items.retain(|f| used.contains(&f.name.name));
    }
    let empty = |block: &Option<ast::Block<ast::Statement>>| block.as_ref().is_some_and(|b| b.items.is_empty());
    for block in [&mut program.data, &mut program.transformed_data] {
        if empty(block) {
            *block = None;
        }
    }
    if program.functions.as_ref().is_some_and(|b| b.items.is_empty()) {
        program.functions = None;
    }
}

/// Whether a statement of transformed data does anything for what is used.
fn needed_statement(s: &ast::Statement, used: &HashSet<String>) -> bool {
    match &s.kind {
        ast::StatementKind::Declare { variables, .. } => variables.iter().any(|(name, _)| used.contains(&name.name)),
        ast::StatementKind::Assign { target, .. } => root(target).is_none_or(|name| used.contains(name)),
        ast::StatementKind::For { body, .. }
        | ast::StatementKind::ForEach { body, .. }
        | ast::StatementKind::While { body, .. } => needed_statement(body, used),
        ast::StatementKind::Block(items) => items.iter().any(|s| needed_statement(s, used)),
        ast::StatementKind::If { then, otherwise, .. } => {
            needed_statement(then, used) || otherwise.as_ref().is_some_and(|s| needed_statement(s, used))
        }
        ast::StatementKind::Print(_) | ast::StatementKind::Skip => false,
        _ => true,
    }
}

/// The variables that a statement assigns, itself or inside.
fn assigned_names(s: &ast::Statement) -> Vec<String> {
    struct Collect(Vec<String>);
    impl VisitMut for Collect {
        fn statement(&mut self, s: &mut ast::Statement) {
            if let ast::StatementKind::Assign { target, .. } = &s.kind {
                self.0.extend(root(target).map(str::to_string));
            }
        }
    }
    let mut collect = Collect(Vec::new());
    walk_statement(&mut collect, &mut s.clone());
    collect.0
}

fn root(target: &ast::LValue) -> Option<&str> {
    match &target.kind {
        ast::LValueKind::Variable(name) => Some(&name.name),
        ast::LValueKind::Index(base, _) | ast::LValueKind::Project(base, _) => root(base),
        ast::LValueKind::Tuple(_) => None,
    }
}

/// Names that something other than their own declaration or assignment mentions.
fn used_names(program: &ast::Program) -> HashSet<String> {
    struct Collect {
        names: HashSet<String>,
    }
    impl VisitMut for Collect {
        fn expr(&mut self, e: &mut ast::Expr) {
            match &e.kind {
                ast::ExprKind::Variable(name) => {
                    self.names.insert(name.clone());
                }
                ast::ExprKind::Call { name, .. } | ast::ExprKind::Conditional { name, .. } => self.function(&name.name),
                _ => {}
            }
        }
        fn statement(&mut self, s: &mut ast::Statement) {
            match &s.kind {
                ast::StatementKind::Call { name, .. } => self.function(&name.name),
                ast::StatementKind::Tilde { distribution, .. } => {
                    for suffix in ["lpdf", "lpmf"] {
                        self.function(&format!("{}_{suffix}", distribution.name));
                    }
                }
                _ => {}
            }
        }
    }
    impl Collect {
        fn function(&mut self, name: &str) {
            self.names.insert(name.to_string());
            for (from, to) in [("_lupdf", "_lpdf"), ("_lupmf", "_lpmf")] {
                if let Some(stem) = name.strip_suffix(from) {
                    self.names.insert(format!("{stem}{to}"));
                }
            }
        }
    }
    let mut copy = program.clone();
    let own_functions = copy.functions.take();
    // A transformed variable is used only if something else uses it: its own assignments do not count.
    let mut collect = Collect { names: HashSet::new() };
    walk_program(&mut collect, &mut copy);
    // Functions that used functions call.
    if let Some(mut block) = own_functions {
        loop {
            let before = collect.names.len();
            for function in &mut block.items {
                if collect.names.contains(&function.name.name)
                    && let Some(body) = &mut function.body
                {
                    walk_statement(&mut collect, body);
                }
            }
            if collect.names.len() == before {
                break;
            }
        }
    }
    collect.names
}

/// The names that a statement declares.
pub fn declared_names(statement: &ast::Statement) -> Vec<String> {
    match &statement.kind {
        ast::StatementKind::Declare { variables, .. } => variables.iter().map(|(name, _)| name.name.clone()).collect(),
        _ => Vec::new(),
    }
}
