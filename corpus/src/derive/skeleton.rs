//! Programs without what differs from author to author: priors that depend on no parameter, bounds, vectors for several numbers.

use super::marks::mentions;
use super::{Outside, canonical, checked, declared, items};
use ppl_canonical::write::syntax::{binary, call, expr, ident, variable};
use ppl_grammar::ast::{
    BinaryOp, Block, Expr, ExprKind, Index, Program, SizedType, SizedTypeKind, Statement, StatementKind, Transform,
    UnaryOp,
};
use ppl_grammar::format;
use ppl_grammar::walk::{VisitMut, walk_program, walk_statement};
use std::collections::{HashMap, HashSet};

/// The canonical text of the skeleton of a program with the names of a table.
pub(super) fn text(program: &Program) -> Result<String, Outside> {
    Ok(canonical(&checked(&bare(program.clone()))?, true)?.text)
}

/// The skeleton of a canonical program that need not be over a table: what it computes from data alone are columns, and so are three
/// columns of a matrix of predictors. `coarse` makes columns also of products and functions of columns.
pub(super) fn of_human(program: &Program, coarse: bool) -> Result<Program, Outside> {
    let mut program = program.clone();
    // transformed data are data
    if let Some(block) = program.transformed_data.take() {
        let declarations = block.items.into_iter().filter_map(|mut statement| match &mut statement.kind {
            StatementKind::Declare { variables, .. } => {
                variables.iter_mut().for_each(|(_, value)| *value = None);
                Some(statement)
            }
            _ => None,
        });
        program
            .data
            .get_or_insert_with(|| Block { items: Vec::new(), span: Default::default() })
            .items
            .extend(declarations);
    }
    let mut program = bare(program);
    linear_models(&mut program);
    matrices(&mut program);
    links(&mut program);
    columns(&mut program, coarse);
    let program = bare(program);
    Ok(canonical(&checked(&program)?, false)?.program)
}

/// Without fixed priors and bounds; vectors of which only elements are used are numbers.
fn bare(mut program: Program) -> Program {
    let parameters: HashSet<String> =
        items(&program.parameters).iter().filter_map(declared).map(|(name, _)| name.to_string()).collect();
    if let Some(model) = &mut program.model {
        let kept = std::mem::take(&mut model.items).into_iter().filter_map(|s| without_priors(s, &parameters));
        model.items = kept.collect();
    }
    for block in [&mut program.data, &mut program.parameters].into_iter().flatten() {
        for statement in &mut block.items {
            if let StatementKind::Declare { ty, .. } = &mut statement.kind {
                unbound(ty);
            }
        }
    }
    split(&mut program);
    numbers(&mut program, &parameters);
    program
}

/// Bounds of groups stay: they say how many there are.
fn unbound(ty: &mut SizedType) {
    match &mut ty.kind {
        SizedTypeKind::Array(element, _) if element.kind == SizedTypeKind::Int => {
            let names = element.transform.upper.as_ref().is_some_and(|e| matches!(e.kind, ExprKind::Variable(_)));
            if !names {
                element.transform = Transform::default();
            }
        }
        SizedTypeKind::Array(element, _) => unbound(element),
        SizedTypeKind::Int => {}
        _ => ty.transform = Transform::default(),
    }
}

/// The statement without densities that depend on no parameter.
fn without_priors(mut statement: Statement, parameters: &HashSet<String>) -> Option<Statement> {
    match &mut statement.kind {
        StatementKind::Tilde { arg, .. } if matches!(&arg.kind, ExprKind::Variable(name) if name == "y") => {
            Some(statement)
        }
        StatementKind::Tilde { arguments, .. } => {
            let fixed = arguments.iter().all(|e| !mentions(e, |name| parameters.contains(name) || is_local(name)));
            (!fixed).then_some(statement)
        }
        StatementKind::For { body, .. } => {
            let inner = without_priors((**body).clone(), parameters)?;
            **body = inner;
            Some(statement)
        }
        StatementKind::Block(inside) => {
            let kept = std::mem::take(inside).into_iter().filter_map(|s| without_priors(s, parameters));
            *inside = kept.collect();
            (!inside.is_empty()).then_some(statement)
        }
        _ => Some(statement),
    }
}

/// Local variables of canonical programs.
fn is_local(name: &str) -> bool {
    name.strip_prefix(['v', 's', 'w']).is_some_and(|number| number.chars().all(|c| c.is_ascii_digit()))
}

/// Signs and numbers that multiply parameters are left out: a prior takes them up. So are numbers among the arguments of the outcome.
fn numbers(program: &mut Program, parameters: &HashSet<String>) {
    struct Factors<'a> {
        /// Data that are one number.
        scalars: HashSet<String>,
        parameters: &'a HashSet<String>,
    }
    impl Factors<'_> {
        fn is_scalar(&self, e: &Expr) -> bool {
            match &e.kind {
                ExprKind::Int(_) | ExprKind::Real(_) => true,
                ExprKind::Variable(name) => self.scalars.contains(name),
                ExprKind::Call { name, arguments } => {
                    ["mean", "sd", "max", "min", "sum"].contains(&&*name.name) && !self.is_parametric(e)
                        || arguments.iter().all(|inner| self.is_scalar(inner))
                }
                ExprKind::Binary { left, right, .. } => self.is_scalar(left) && self.is_scalar(right),
                ExprKind::Unary { operand: inner, .. } | ExprKind::Paren(inner) => self.is_scalar(inner),
                _ => false,
            }
        }

        fn is_parametric(&self, e: &Expr) -> bool {
            mentions(e, |name| self.parameters.contains(name) || name.contains("_at_"))
        }
    }
    impl VisitMut for Factors<'_> {
        fn expr(&mut self, e: &mut Expr) {
            let kept = match &mut e.kind {
                ExprKind::Binary { op: BinaryOp::Times | BinaryOp::EltTimes, left, right } => {
                    if self.is_scalar(left) && self.is_parametric(right) {
                        (**right).clone()
                    } else if self.is_scalar(right) && self.is_parametric(left) {
                        (**left).clone()
                    } else {
                        return;
                    }
                }
                ExprKind::Binary { op: BinaryOp::Divide, left, right }
                    if self.is_scalar(right) && self.is_parametric(left) =>
                {
                    (**left).clone()
                }
                ExprKind::Binary { op: op @ BinaryOp::Minus, right, .. } if self.is_parametric(right) => {
                    *op = BinaryOp::Plus;
                    return;
                }
                ExprKind::Unary { op: UnaryOp::Minus, operand } if self.is_parametric(operand) => (**operand).clone(),
                _ => return,
            };
            *e = kept;
        }
    }
    let scalars = items(&program.data).iter().filter_map(declared);
    let scalars = scalars.filter(|(_, ty)| matches!(ty.kind, SizedTypeKind::Int | SizedTypeKind::Real));
    let scalars = scalars.map(|(name, _)| name.to_string()).collect();
    let Some(model) = &mut program.model else { return };
    let mut factors = Factors { scalars, parameters };
    for statement in &mut model.items {
        walk_statement(&mut Expand { parameters }, statement);
        walk_statement(&mut factors, statement);
        if let StatementKind::Tilde { arg, arguments, .. } = &mut statement.kind
            && mentions(arg, |name| name == "y")
        {
            let literals = arguments.iter_mut().filter(|e| matches!(e.kind, ExprKind::Int(_) | ExprKind::Real(_)));
            literals.for_each(|e| e.kind = ExprKind::Int("1".into()));
        }
    }
}

/// `x .* (a + b)` as `x .* a + x .* b` where parameters are in the sum: whether they stand together depends on what was written.
struct Expand<'a> {
    parameters: &'a HashSet<String>,
}

impl VisitMut for Expand<'_> {
    fn expr(&mut self, e: &mut Expr) {
        let ExprKind::Binary { op: op @ (BinaryOp::Times | BinaryOp::EltTimes), left, right } = &e.kind else { return };
        let (left, right) = (plain(left), plain(right));
        let sum = |e: &Expr| match &e.kind {
            ExprKind::Binary { op: op @ (BinaryOp::Plus | BinaryOp::Minus), left, right }
                if mentions(e, |name| self.parameters.contains(name) || name.contains("_at_")) =>
            {
                Some((*op, (**left).clone(), (**right).clone()))
            }
            _ => None,
        };
        let product = |a: Expr, b: Expr| {
            let mut e = binary(*op, a, b);
            self.expand(&mut e);
            e
        };
        *e = match (sum(left), sum(right)) {
            (Some((sign, a, b)), _) => binary(sign, product(a, right.clone()), product(b, right.clone())),
            (None, Some((sign, a, b))) => binary(sign, product(left.clone(), a), product(left.clone(), b)),
            _ => return,
        };
    }
}

impl Expand<'_> {
    fn expand(&self, e: &mut Expr) {
        Expand { parameters: self.parameters }.expr(e);
    }
}

fn plain(e: &Expr) -> &Expr {
    match &e.kind {
        ExprKind::Paren(inner) => plain(inner),
        _ => e,
    }
}

/// Densities of generalised linear models as densities of their predictors.
fn linear_models(program: &mut Program) {
    const PLAIN: [(&str, &str); 4] = [
        ("normal_id_glm", "normal"),
        ("bernoulli_logit_glm", "bernoulli_logit"),
        ("poisson_log_glm", "poisson_log"),
        ("neg_binomial_2_log_glm", "neg_binomial_2_log"),
    ];
    let Some(model) = &mut program.model else { return };
    for statement in &mut model.items {
        let StatementKind::Tilde { distribution, arguments, .. } = &mut statement.kind else { continue };
        let Some((_, name)) = PLAIN.iter().find(|(own, _)| *own == distribution.name) else { continue };
        if arguments.len() < 3 {
            continue;
        }
        let rest = arguments.split_off(3);
        let mut first = std::mem::take(arguments).into_iter();
        if let (Some(x), Some(alpha), Some(beta)) = (first.next(), first.next(), first.next()) {
            arguments.push(binary(BinaryOp::Plus, alpha, binary(BinaryOp::Times, x, beta)));
        }
        arguments.extend(rest);
        *distribution = ident(name);
    }
}

/// Counts whose mean is proportional to an exposure have its logarithm in their predictor; a parameter that is a mean or a probability
/// itself is one on the scale of the link.
fn links(program: &mut Program) {
    let free: HashSet<String> = items(&program.parameters)
        .iter()
        .filter_map(declared)
        .filter(|(_, ty)| ty.kind == SizedTypeKind::Real)
        .map(|(name, _)| name.to_string())
        .collect();
    let known: HashSet<String> =
        items(&program.data).iter().filter_map(declared).map(|(name, _)| name.to_string()).collect();
    let Some(model) = &mut program.model else { return };
    for statement in &mut model.items {
        let StatementKind::Tilde { distribution, arguments, .. } = &mut statement.kind else { continue };
        const LINKED: [(&str, &str, usize); 4] = [
            ("poisson", "poisson_log", 0),
            ("neg_binomial_2", "neg_binomial_2_log", 0),
            ("bernoulli", "bernoulli_logit", 0),
            ("binomial", "binomial_logit", 1),
        ];
        let Some((_, linked, mean)) = LINKED.iter().find(|(own, ..)| *own == distribution.name) else { continue };
        if matches!(&arguments[*mean].kind, ExprKind::Variable(name) if free.contains(name)) {
            *distribution = ident(linked);
            continue;
        }
        if !linked.ends_with("_log") {
            continue;
        }
        let mut factors = Vec::new();
        list_factors(&arguments[0], &mut factors);
        let exponent = |e: &Expr| matches!(&e.kind, ExprKind::Call { name, .. } if name.name == "exp");
        let Some(place) = factors.iter().position(exponent) else { continue };
        let ExprKind::Call { arguments: inside, .. } = factors.remove(place).kind else { continue };
        if factors.iter().any(|e| mentions(e, |name| !known.contains(name))) {
            continue;
        }
        let Some(exposure) = factors.into_iter().reduce(|a, b| binary(BinaryOp::EltTimes, a, b)) else { continue };
        let exposure = call("log", vec![exposure]);
        arguments[0] = binary(BinaryOp::Plus, exposure, inside.into_iter().next().unwrap_or_else(|| variable("y")));
        *distribution = ident(linked);
    }
}

fn list_factors(e: &Expr, out: &mut Vec<Expr>) {
    match &e.kind {
        ExprKind::Binary { op: BinaryOp::Times | BinaryOp::EltTimes, left, right } => {
            list_factors(left, out);
            list_factors(right, out);
        }
        ExprKind::Paren(inner) => list_factors(inner, out),
        _ => out.push(e.clone()),
    }
}

/// `u[1]`, `u[2]` as two numbers where `u` is never used as a whole.
fn split(program: &mut Program) {
    struct Uses {
        whole: HashMap<String, usize>,
        elements: HashMap<String, usize>,
    }
    impl VisitMut for Uses {
        fn expr(&mut self, e: &mut Expr) {
            match &e.kind {
                ExprKind::Variable(name) => *self.whole.entry(name.clone()).or_default() += 1,
                ExprKind::Index { base, indices } => {
                    if let (ExprKind::Variable(name), [Index::Single(Expr { kind: ExprKind::Int(_), .. })]) =
                        (&base.kind, indices.as_slice())
                    {
                        *self.elements.entry(name.clone()).or_default() += 1;
                    }
                }
                _ => {}
            }
        }
    }
    let mut uses = Uses { whole: HashMap::new(), elements: HashMap::new() };
    walk_program(&mut uses, &mut program.clone());
    let Some(block) = &mut program.parameters else { return };
    let mut splits = HashSet::new();
    for statement in std::mem::take(&mut block.items) {
        let size = declared(&statement).and_then(|(name, ty)| match &ty.kind {
            SizedTypeKind::Vector(Expr { kind: ExprKind::Int(n), .. }) => Some((name.to_string(), n.parse().ok()?)),
            _ => None,
        });
        match size {
            Some((name, n)) if uses.whole.get(&name) == uses.elements.get(&name) => {
                for k in 1..=n {
                    let mut one = statement.clone();
                    if let StatementKind::Declare { ty, variables, .. } = &mut one.kind {
                        ty.kind = SizedTypeKind::Real;
                        variables[0].0 = ident(&element(&name, k));
                    }
                    block.items.push(one);
                }
                splits.insert(name);
            }
            _ => block.items.push(statement),
        }
    }
    struct Split(HashSet<String>);
    impl VisitMut for Split {
        fn expr(&mut self, e: &mut Expr) {
            if let ExprKind::Index { base, indices } = &e.kind
                && let (ExprKind::Variable(name), [Index::Single(Expr { kind: ExprKind::Int(k), .. })]) =
                    (&base.kind, indices.as_slice())
                && self.0.contains(name)
            {
                *e = variable(&element(name, k.parse().unwrap_or(0)));
            }
        }
    }
    walk_program(&mut Split(splits), program);
}

fn element(name: &str, k: usize) -> String {
    format!("{name}_at_{k}")
}

/// How many columns stand for a matrix of predictors.
const COLUMNS: usize = 3;

/// `X * b` as a sum over columns; the number of columns is no longer open.
fn matrices(program: &mut Program) {
    let Some(data) = &mut program.data else { return };
    let mut found: HashMap<String, String> = HashMap::new();
    for (name, ty) in data.items.iter().filter_map(declared) {
        if let SizedTypeKind::Matrix(_, columns) = &ty.kind {
            found.insert(name.to_string(), format::expression(columns));
        }
    }
    let widths: HashSet<String> = found.values().cloned().collect();
    for statement in std::mem::take(&mut data.items) {
        let (name, ty) = match declared(&statement) {
            Some((name, ty)) => (name.to_string(), ty.clone()),
            None => continue,
        };
        if widths.contains(&name) {
            continue;
        }
        let SizedTypeKind::Matrix(rows, _) = ty.kind else {
            data.items.push(statement);
            continue;
        };
        for k in 1..=COLUMNS {
            let mut one = statement.clone();
            if let StatementKind::Declare { ty, variables, .. } = &mut one.kind {
                ty.kind = SizedTypeKind::Vector(rows.clone());
                variables[0].0 = ident(&element(&name, k));
            }
            data.items.push(one);
        }
    }
    struct Columns<'a> {
        found: &'a HashMap<String, String>,
        widths: &'a HashSet<String>,
    }
    impl VisitMut for Columns<'_> {
        fn expr(&mut self, e: &mut Expr) {
            let is_matrix = |e: &Expr| match &e.kind {
                ExprKind::Variable(name) => self.found.contains_key(name).then(|| (name.clone(), None)),
                ExprKind::Index { base, indices } => match (&base.kind, indices.as_slice()) {
                    (ExprKind::Variable(name), [row]) if self.found.contains_key(name) => {
                        Some((name.clone(), Some(row.clone())))
                    }
                    _ => None,
                },
                _ => None,
            };
            let column = |name: &str, row: &Option<Index>, k: usize| {
                let column = variable(&element(name, k));
                match row {
                    Some(row) => expr(ExprKind::Index { base: Box::new(column), indices: vec![row.clone()] }),
                    None => column,
                }
            };
            match &e.kind {
                ExprKind::Variable(name) if self.widths.contains(name) => {
                    e.kind = ExprKind::Int(COLUMNS.to_string());
                }
                ExprKind::Binary { op: BinaryOp::Times, left, right } => {
                    if let ExprKind::Transpose(inner) = &left.kind
                        && let ExprKind::RowVector(rows) = &inner.kind
                    {
                        let one = |(k, row): (usize, &Expr)| {
                            let place = Index::Single(expr(ExprKind::Int((k + 1).to_string())));
                            let weight = expr(ExprKind::Index { base: right.clone(), indices: vec![place] });
                            let column = match &row.kind {
                                ExprKind::Transpose(column) => (**column).clone(),
                                _ => row.clone(),
                            };
                            binary(BinaryOp::Times, weight, column)
                        };
                        let sum = rows.iter().enumerate().map(one).reduce(|a, b| binary(BinaryOp::Plus, a, b));
                        if let Some(sum) = sum {
                            *e = sum;
                        }
                        return;
                    }
                    let Some((name, row)) = is_matrix(left) else { return };
                    let one = |k: usize| {
                        let place = Index::Single(expr(ExprKind::Int(k.to_string())));
                        let weight = expr(ExprKind::Index { base: right.clone(), indices: vec![place] });
                        binary(BinaryOp::Times, weight, column(&name, &row, k))
                    };
                    let sum = (2..=COLUMNS).fold(one(1), |sum, k| binary(BinaryOp::Plus, sum, one(k)));
                    *e = sum;
                }
                ExprKind::Index { base, indices } => {
                    let (ExprKind::Variable(name), [row, Index::Single(Expr { kind: ExprKind::Int(k), .. })]) =
                        (&base.kind, indices.as_slice())
                    else {
                        return;
                    };
                    let k: usize = k.parse().unwrap_or(0);
                    if self.found.contains_key(name) && (1..=COLUMNS).contains(&k) {
                        let row = (!matches!(row, Index::All(_))).then(|| row.clone());
                        *e = column(name, &row, k);
                    }
                }
                _ => {}
            }
        }
    }
    walk_program(&mut Columns { found: &found, widths: &widths }, program);
}

/// Makes columns of what the data decide, where the type is that of a column.
fn columns(program: &mut Program, coarse: bool) {
    let vectors: HashMap<String, String> = items(&program.data)
        .iter()
        .filter_map(declared)
        .filter_map(|(name, ty)| match &ty.kind {
            SizedTypeKind::Vector(n) => Some((name.to_string(), format::expression(n))),
            _ => None,
        })
        .collect();
    let outcome = items(&program.data).iter().filter_map(declared).find(|(name, _)| *name == "y");
    let rows = outcome.and_then(|(_, ty)| match &ty.kind {
        SizedTypeKind::Vector(n) => Some(n.clone()),
        SizedTypeKind::Array(_, sizes) => sizes.first().cloned(),
        _ => None,
    });
    let Some(rows) = rows else { return };
    let known: HashSet<String> =
        items(&program.data).iter().filter_map(declared).map(|(name, _)| name.to_string()).collect();
    let mut search = Replace { vectors, rows: format::expression(&rows), known, coarse, made: Vec::new() };
    if let Some(model) = &mut program.model {
        for statement in &mut model.items {
            if let StatementKind::Tilde { arg, arguments, .. } = &mut statement.kind
                && mentions(arg, |name| name == "y")
            {
                arguments.iter_mut().for_each(|e| search.top(e));
            }
        }
    }
    let data = program.data.get_or_insert_with(|| Block { items: Vec::new(), span: Default::default() });
    for name in search.made.iter().map(|(name, _)| name) {
        let mut ty = ppl_grammar::parse::parse(&ppl_grammar::source::SourceMap::from_text(
            "column",
            format!("data {{ vector[1] {name}; }}"),
        ))
        .program
        .data
        .map(|block| block.items)
        .unwrap_or_default();
        for statement in &mut ty {
            if let StatementKind::Declare { ty, .. } = &mut statement.kind {
                ty.kind = SizedTypeKind::Vector(rows.clone());
            }
        }
        data.items.append(&mut ty);
    }
}

struct Replace {
    /// Data vectors and their sizes.
    vectors: HashMap<String, String>,
    rows: String,
    known: HashSet<String>,
    coarse: bool,
    /// Columns that were made, and the text that each stands for.
    made: Vec<(String, String)>,
}

impl Replace {
    /// The outermost expressions that are columns.
    fn top(&mut self, e: &mut Expr) {
        if self.is_column(e) {
            let text = format::expression(e);
            let old = self.made.iter().find(|(_, own)| *own == text).map(|(name, _)| name.clone());
            let name = old.unwrap_or_else(|| {
                let name = format!("column_{}", self.made.len() + 1);
                self.made.push((name.clone(), text));
                name
            });
            *e = variable(&name);
            return;
        }
        match &mut e.kind {
            ExprKind::Call { arguments, .. } => arguments.iter_mut().for_each(|inner| self.top(inner)),
            ExprKind::Binary { left, right, .. } => {
                self.top(left);
                self.top(right);
            }
            ExprKind::Unary { operand: inner, .. } | ExprKind::Transpose(inner) | ExprKind::Paren(inner) => {
                self.top(inner);
            }
            _ => {}
        }
    }

    fn is_column(&self, e: &Expr) -> bool {
        if matches!(e.kind, ExprKind::Variable(_)) || mentions(e, |name| !self.known.contains(name)) {
            return false;
        }
        let of_column = |e: &Expr| mentions(e, |name| self.vectors.get(name) == Some(&self.rows));
        match &e.kind {
            // `z[g]` for a vector of another length
            ExprKind::Index { base, indices } => matches!(
                (&base.kind, indices.as_slice()),
                (ExprKind::Variable(name), [Index::Single(Expr { kind: ExprKind::Variable(group), .. })])
                    if self.vectors.contains_key(name) && !self.vectors.contains_key(group)
            ),
            ExprKind::Call { name, arguments } => {
                let elementwise = ["log", "exp", "sqrt", "inv", "log1p", "log10", "to_vector", "square", "inv_logit"];
                let kept = !self.coarse && name.name == "square";
                let inside = |e: &Expr| of_column(e) || name.name == "to_vector";
                !kept && elementwise.contains(&&*name.name) && arguments.len() == 1 && inside(&arguments[0])
            }
            ExprKind::Binary { op, left, right } => {
                let product = matches!(op, BinaryOp::Times | BinaryOp::EltTimes);
                let plain = |e: &Expr| matches!(e.kind, ExprKind::Variable(_));
                let literal = |e: &Expr| matches!(e.kind, ExprKind::Int(_) | ExprKind::Real(_));
                // products of two columns are interactions
                let interaction = product && plain(left) && plain(right);
                let scaled = literal(left) || literal(right);
                (self.coarse || !interaction && !scaled || product && scaled) && self.is_vector(left, right)
            }
            _ => false,
        }
    }

    fn is_vector(&self, left: &Expr, right: &Expr) -> bool {
        [left, right].into_iter().any(|e| match &e.kind {
            ExprKind::Variable(name) => self.vectors.get(name) == Some(&self.rows),
            _ => self.is_column(e),
        })
    }
}
