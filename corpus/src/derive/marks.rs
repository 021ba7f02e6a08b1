//! What a canonical text shows of its terms: sums taken apart, without the names of parameters.
//!
//! A mark is a product of the expanded sums in the statements about the outcome (`real_ * x1`, `vector_[J_g1][g1]`), or a prior that
//! depends on parameters. A term of the grammar adds the same marks wherever it stands.

use super::table::Rename;
use super::{declared, items};
use ppl_canonical::write::syntax::binary;
use ppl_grammar::ast::{BinaryOp, Expr, ExprKind, Program, SizedTypeKind, Statement, StatementKind};
use ppl_grammar::format;
use ppl_grammar::walk::{VisitMut, walk_expr, walk_statement};
use std::collections::{BTreeMap, BTreeSet, HashMap};

#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    /// How often each is there.
    pub(super) terms: BTreeMap<String, usize>,
    /// Distributions of the outcome.
    pub(super) families: BTreeSet<String>,
    /// Functions around, and numbers that multiply arguments of the density at hand.
    around: Vec<String>,
}

impl Marks {
    /// Those of a canonical program with the names of a table.
    pub(super) fn of(program: &Program) -> Marks {
        let mut program = program.clone();
        let mut names: HashMap<String, String> = HashMap::new();
        for (name, ty) in items(&program.parameters).iter().filter_map(declared) {
            names.insert(name.to_string(), token(&ty.kind));
        }
        let mut model = std::mem::take(&mut program.model).map(|block| block.items).unwrap_or_default();
        let mut locals = Vec::new();
        model.iter().for_each(|s| locals.extend(declared(s).map(|(name, _)| name.to_string())));
        names.extend(locals.iter().map(|name| (name.clone(), "local_".to_string())));
        let mut found = Marks::default();
        for statement in &mut model {
            walk_statement(&mut Rename { names: &names }, statement);
            found.statement(statement);
        }
        found
    }

    /// Whether the outcome has one distribution, and nothing but its link is no product of data and one parameter.
    pub(super) fn is_linear(&self) -> bool {
        const LINKS: [&str; 6] = ["exp(.)", "inv_logit(.)", "Phi(.)", "Phi_approx(.)", "inv_cloglog(.)", "inv(.)"];
        const IDENTITY: [&str; 5] = ["normal", "student_t", "lognormal", "logistic", "double_exponential"];
        let linear = |mark: &String| {
            let factors: Vec<&str> = mark.split(" * ").collect();
            let linked = factors.iter().any(|factor| LINKS.contains(factor));
            let opaque =
                |factor: &&str| factor.contains("(.)") && !LINKS.contains(factor) && !factor.starts_with("diag_pre");
            let other = |factor: &&str| {
                ["local_", "power", "/real_", "/vector_", "y["].iter().any(|start| factor.contains(start))
            };
            let parametric = factors.iter().filter(|f| f.contains("real_") || f.contains("vector__")).count();
            mark.contains('~')
                || !factors.iter().any(|f| opaque(f) || other(f)) && (parametric <= 1 || linked && parametric <= 2)
        };
        let scale = self.terms.keys().filter(|mark| mark.contains("exp(.)")).count();
        let family = self.families.iter().next().map_or("", |family| family.as_str());
        self.families.len() == 1 && (!IDENTITY.contains(&family) || scale <= 1) && self.terms.keys().all(linear)
    }

    /// Whether all these are among the others.
    pub(super) fn within(&self, others: &Marks) -> bool {
        self.terms.iter().all(|(mark, count)| others.terms.get(mark).is_some_and(|own| own >= count))
    }

    /// Without those of probes.
    pub(super) fn without_probes(mut self) -> Marks {
        let word = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
        self.terms.retain(|mark, _| !mark.split(word).any(is_probe));
        self
    }

    /// What is there oftener than in the other.
    pub(super) fn beyond(&self, base: &Marks) -> BTreeMap<String, usize> {
        let more = |(mark, count): (&String, &usize)| {
            let left = count.saturating_sub(base.terms.get(mark).copied().unwrap_or(0));
            (left > 0).then(|| (mark.clone(), left))
        };
        self.terms.iter().filter_map(more).collect()
    }

    fn statement(&mut self, statement: &Statement) {
        match &statement.kind {
            StatementKind::Tilde { arg, distribution, arguments, truncation } => {
                if !mentions(arg, |name| name == "y" || name == "local_") {
                    if arguments.iter().any(has_parameter) {
                        let mut anonymous = statement.clone();
                        walk_statement(&mut Numbers, &mut anonymous);
                        walk_statement(&mut Sorted, &mut anonymous);
                        let text = format::statement(&anonymous);
                        self.add(text.split_whitespace().collect::<Vec<_>>().join(" "));
                    }
                    return;
                }
                let truncated = if truncation.is_some() { " truncated" } else { "" };
                self.families.insert(format!("{}{truncated}", distribution.name));
                arguments.iter().for_each(|e| self.expression(e));
            }
            StatementKind::TargetPlus(e) => self.expression(e),
            StatementKind::Assign { value, .. } => self.expression(value),
            StatementKind::Declare { variables, .. } => {
                variables.iter().filter_map(|(_, value)| value.as_ref()).for_each(|e| self.expression(e));
            }
            StatementKind::For { body, .. }
            | StatementKind::ForEach { body, .. }
            | StatementKind::While { body, .. } => {
                self.statement(body);
            }
            StatementKind::If { then, otherwise, .. } => {
                self.statement(then);
                otherwise.iter().for_each(|s| self.statement(s));
            }
            StatementKind::Block(items) | StatementKind::Profile { body: items, .. } => {
                items.iter().for_each(|s| self.statement(s));
            }
            _ => {}
        }
    }

    fn add(&mut self, mark: String) {
        *self.terms.entry(mark).or_default() += 1;
    }

    fn expression(&mut self, e: &Expr) {
        let within = (!self.around.is_empty()).then(|| format!("in_{}", self.around.join("_")));
        for mut product in self.products(e) {
            if !product.is_empty() {
                product.extend(within.clone());
                self.add(joined(product));
            }
        }
    }

    /// The products of an expanded sum, each as its factors.
    fn products(&mut self, e: &Expr) -> Vec<Vec<String>> {
        match &e.kind {
            ExprKind::Int(_) | ExprKind::Real(_) => vec![Vec::new()],
            ExprKind::Paren(inner) | ExprKind::Unary { operand: inner, .. } | ExprKind::Transpose(inner) => {
                self.products(inner)
            }
            _ if !has_parameter(e) && !mentions(e, |name| name == "local_") && !is_sum(e) => self.data(e),
            ExprKind::Binary { op: BinaryOp::Plus | BinaryOp::Minus, left, right } => {
                let mut all = self.products(left);
                all.extend(self.products(right));
                all
            }
            ExprKind::Binary { op: BinaryOp::Times | BinaryOp::EltTimes, left, right } => {
                let (left, right) = (self.products(left), self.products(right));
                let pair = |a: &Vec<String>| right.iter().map(|b| [a.as_slice(), b].concat()).collect::<Vec<_>>();
                left.iter().flat_map(pair).take(MOST).collect()
            }
            ExprKind::Binary { op: BinaryOp::Divide | BinaryOp::EltDivide, left, right } => {
                let divisor = format!("/{}", self.atom(right));
                let left = self.products(left);
                left.into_iter().map(|product| [product, vec![divisor.clone()]].concat()).collect()
            }
            _ => vec![vec![self.atom(e)]],
        }
    }

    /// Numbers make no difference in what the data decide.
    fn data(&mut self, e: &Expr) -> Vec<Vec<String>> {
        if let ExprKind::Binary { op: BinaryOp::Times | BinaryOp::EltTimes, left, right } = &e.kind {
            let (left, right) = (self.products(left), self.products(right));
            let pair = |a: &Vec<String>| right.iter().map(|b| [a.as_slice(), b].concat()).collect::<Vec<_>>();
            return left.iter().flat_map(pair).take(MOST).collect();
        }
        match &e.kind {
            // a density is one of the outcome, also without parameters
            ExprKind::Conditional { .. } => vec![vec![self.density(e)]],
            _ => vec![vec![without_numbers(e)]],
        }
    }

    /// A density as a factor.
    fn density(&mut self, e: &Expr) -> String {
        let ExprKind::Conditional { name, arguments, .. } = &e.kind else { return without_numbers(e) };
        self.families.insert(name.name.clone());
        // components of a mixture may differ by a factor of a scale only
        let factors: Vec<&str> = arguments.iter().filter_map(number_before).collect();
        let outer = self.around.clone();
        self.around.extend(factors.into_iter().map(str::to_string));
        arguments.iter().for_each(|inner| self.expression(inner));
        self.around = outer;
        format!("{}(.)", name.name)
    }

    /// A factor that is no product: what is inside of it is counted apart.
    fn atom(&mut self, e: &Expr) -> String {
        match &e.kind {
            ExprKind::Conditional { .. } => self.density(e),
            _ if !has_parameter(e) => without_numbers(e),
            ExprKind::Call { name, arguments } => {
                // a term of the location is none of the scale
                let outer = self.around.clone();
                self.around.push(name.name.clone());
                arguments.iter().for_each(|inner| self.expression(inner));
                self.around = outer;
                format!("{}(.)", name.name)
            }
            ExprKind::Binary { left, right, .. } => {
                self.expression(left);
                self.expression(right);
                "power".into()
            }
            ExprKind::Index { base, .. } if !matches!(base.kind, ExprKind::Variable(_)) => {
                let inner = self.atom(base);
                let whole = without_numbers(e);
                let indices = whole.rfind('[').map_or("", |place| &whole[place..]);
                format!("{inner}{indices}")
            }
            _ => {
                let mut e = e.clone();
                walk_expr(&mut Sorted, &mut e);
                format::expression(&e)
            }
        }
    }
}

/// The number that multiplies a parameter.
fn number_before(e: &Expr) -> Option<&str> {
    let ExprKind::Binary { op: BinaryOp::Times, left, right } = &e.kind else { return None };
    match (&left.kind, &right.kind) {
        (ExprKind::Int(text) | ExprKind::Real(text), ExprKind::Variable(_)) => Some(text),
        _ => None,
    }
}

/// No sum is expanded further.
const MOST: usize = 200;

/// The factors of a mark; what stands in brackets is one of them, and so is a prior.
pub(super) fn factors(mark: &str) -> Vec<&str> {
    if mark.contains('~') {
        return vec![mark];
    }
    let (mut depth, mut start, mut all) = (0_i32, 0, Vec::new());
    for (place, c) in mark.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            '*' if depth == 0 && mark[..place].ends_with(' ') && mark[place + 1..].starts_with(' ') => {
                all.push(mark[start..place].trim_end());
                start = place + 2;
            }
            _ => {}
        }
    }
    all.push(&mark[start..]);
    all
}

/// Factors in an order of their own.
pub(super) fn joined(mut factors: Vec<String>) -> String {
    factors.sort_unstable();
    factors.join(" * ")
}

fn is_sum(e: &Expr) -> bool {
    matches!(&e.kind, ExprKind::Binary { op: BinaryOp::Plus | BinaryOp::Minus, .. })
}

fn token(kind: &SizedTypeKind) -> String {
    let sized = |name: &str, size: &Expr| format!("{name}_of_{}", word(&format::expression(size)));
    match kind {
        SizedTypeKind::Real => "real_".into(),
        SizedTypeKind::Vector(n) => sized("vector_", n),
        SizedTypeKind::Simplex(_) => "simplex_".into(),
        SizedTypeKind::Ordered(_) => "ordered_".into(),
        SizedTypeKind::Matrix(..) => "matrix_".into(),
        SizedTypeKind::CholeskyFactorCorr(_) => "cholesky_".into(),
        _ => "other_".into(),
    }
}

/// As a part of a name.
fn word(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect()
}

fn has_parameter(e: &Expr) -> bool {
    const TOKENS: [&str; 7] = ["real_", "vector_", "simplex_", "ordered_", "matrix_", "cholesky_", "other_"];
    mentions(e, |name| TOKENS.iter().any(|token| name.starts_with(token)) || is_probe(name))
}

/// Whether a name is that of a [`probe`](crate::text::probe).
pub(super) fn is_probe(name: &str) -> bool {
    name.strip_prefix('q').is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
}

/// Whether some variable is like that.
pub(super) fn mentions(e: &Expr, is: impl Fn(&str) -> bool) -> bool {
    struct Find<F>(F, bool);
    impl<F: Fn(&str) -> bool> VisitMut for Find<F> {
        fn expr(&mut self, e: &mut Expr) {
            self.1 |= matches!(&e.kind, ExprKind::Variable(name) if (self.0)(name));
        }
    }
    let mut find = Find(is, false);
    let mut e = e.clone();
    walk_expr(&mut find, &mut e);
    find.1
}

struct Numbers;

impl VisitMut for Numbers {
    fn expr(&mut self, e: &mut Expr) {
        let kept = match &mut e.kind {
            ExprKind::Real(text) | ExprKind::Int(text) => {
                *text = "0".into();
                return;
            }
            // a factor may be 1, which is not written
            ExprKind::Binary { op: BinaryOp::Times, left, right }
                if matches!(left.kind, ExprKind::Int(_) | ExprKind::Real(_)) =>
            {
                (**right).clone()
            }
            _ => return,
        };
        *e = kept;
    }
}

/// Puts factors and terms in the order of their texts: which comes first in a program depends on the rest of it.
struct Sorted;

impl VisitMut for Sorted {
    fn expr(&mut self, e: &mut Expr) {
        let op = match &e.kind {
            ExprKind::Binary { op: op @ (BinaryOp::Plus | BinaryOp::Times | BinaryOp::EltTimes), .. } => *op,
            _ => return,
        };
        let mut operands = Vec::new();
        chain(e, op, &mut operands);
        // the ends of a product of matrices stay where they are
        if op == BinaryOp::Times && operands.iter().any(|operand| matches!(operand.kind, ExprKind::Transpose(_))) {
            return;
        }
        operands.sort_by_cached_key(format::expression);
        let mut operands = operands.into_iter();
        let Some(first) = operands.next() else { return };
        *e = operands.fold(first, |left, right| binary(op, left, right));
    }
}

/// The operands of a chain of the same operator.
fn chain(e: &Expr, op: BinaryOp, out: &mut Vec<Expr>) {
    match &e.kind {
        ExprKind::Binary { op: own, left, right } if *own == op => {
            chain(left, op, out);
            chain(right, op, out);
        }
        _ => out.push(e.clone()),
    }
}

fn without_numbers(e: &Expr) -> String {
    let mut e = e.clone();
    walk_expr(&mut Numbers, &mut e);
    walk_expr(&mut Sorted, &mut e);
    format::expression(&e)
}
