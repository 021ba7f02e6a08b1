//! A program being rewritten: its syntax, names that are free, and whether what became of it may be given away.

use super::sites::Site;
use super::{Augmented, Input, Meaning};
use ppl_analysis::place::Place;
use ppl_analysis::pointwise::{element, element_type, is_list};
use ppl_analysis::reverse::{self, reverse, sizes_of};
use ppl_analysis::unparse::{Names, Unparse};
use ppl_analysis::verdict::Verdict;
use ppl_grammar::ast::{Block, Function, Program as Syntax, Statement, StatementKind};
use ppl_grammar::format::{Parentheses, expression, print_program, sized_type};
use ppl_grammar::parse::parse;
use ppl_grammar::source::SourceMap;
use ppl_program::typed::{Declaration, Expr, Index, Program, Type, VarId};

/// A copy of a program's syntax without generated quantities, which may speak of densities that are changed.
#[derive(Clone)]
pub struct Draft<'a> {
    pub source: &'a Program,
    pub names: Names,
    pub syntax: Syntax,
    pub inputs: Vec<Input>,
}

/// The rows of an outcome: what stands for one of them, as text.
pub struct Rows {
    /// Index and number of rows, where the outcome is a list.
    over: Option<(String, String)>,
    pub outcome: String,
    pub arguments: Vec<String>,
    /// Of the arguments in a function's signature.
    pub types: Vec<&'static str>,
}

impl Rows {
    /// `body`, a statement about one row, for all of them.
    pub fn each(&self, body: &str) -> String {
        match &self.over {
            Some((i, count)) => format!("for ({i} in 1 : {count}) {{ {body} }}"),
            None => body.to_string(),
        }
    }

    /// The same with another number of rows.
    pub fn up_to(&self, count: &str, body: &str) -> Option<String> {
        let (i, _) = self.over.as_ref()?;
        Some(format!("for ({i} in 1 : {count}) {{ {body} }}"))
    }

    /// The number of rows, where the outcome is a list.
    pub fn count(&self) -> Option<&str> {
        self.over.as_ref().map(|(_, count)| count.as_str())
    }

    /// The index of a row and their number, where the outcome is a list.
    pub fn index(&self) -> Option<(&str, &str)> {
        self.over.as_ref().map(|(i, count)| (i.as_str(), count.as_str()))
    }
}

impl<'a> Draft<'a> {
    pub fn new(source: &'a Program) -> Draft<'a> {
        Draft::named(source, Names::new(source))
    }

    pub fn named(source: &'a Program, names: Names) -> Draft<'a> {
        let syntax = Unparse { program: source, names: &names }.program();
        let syntax = Syntax { generated_quantities: None, ..syntax };
        Draft { source, names, syntax, inputs: Vec::new() }
    }

    pub fn unparse(&self) -> Unparse<'_> {
        Unparse { program: self.source, names: &self.names }
    }

    pub fn text(&self, e: &Expr) -> String {
        expression(&self.unparse().expr(e))
    }

    pub fn declaration(&self, variable: VarId) -> Option<&'a Declaration> {
        self.source.data.iter().chain(&self.source.parameters).find(|d| d.variable == variable)
    }

    /// Sizes of a variable of data or parameters, as text.
    pub fn sizes(&self, variable: VarId) -> Vec<String> {
        let sizes = self.declaration(variable).map(|d| sizes_of(&d.ty)).unwrap_or_default();
        sizes.into_iter().map(|e| self.text(e)).collect()
    }

    /// The type of a variable as declared, as text.
    pub fn type_of(&self, variable: VarId) -> Option<String> {
        self.declaration(variable).map(|d| sized_type(&self.unparse().sized(&d.ty)))
    }

    /// The rows of a site with a family of single numbers.
    pub fn rows(&mut self, site: &Site) -> Option<Rows> {
        if !site.is_scalar() {
            return None;
        }
        let types = site.arguments.iter().map(|a| stan_type(&a.ty)).collect();
        if !is_list(&site.outcome.ty) {
            let arguments = site.arguments.iter().map(|a| self.text(a)).collect();
            return Some(Rows { over: None, outcome: self.text(&site.outcome), arguments, types });
        }
        let count = match listed_dimension(&site.outcome) {
            Some(dimension) => self.sizes(site.variable()).get(dimension)?.clone(),
            None => format!("size({})", self.text(&site.outcome)),
        };
        let wish = if site.loops.is_empty() { "i" } else { "row" };
        let name = self.names.fresh(wish);
        let i = ppl_analysis::build::variable(&name);
        let one = |e: &Expr| expression(&element(&self.unparse(), e, &i));
        let outcome = one(&site.outcome);
        let arguments = site.arguments.iter().map(one).collect();
        Some(Rows { over: Some((name, count)), outcome, arguments, types })
    }

    /// Puts statements, as text, in the place of one of the model block.
    pub fn replace(&mut self, number: usize, text: &str) -> Option<()> {
        let mut new = statements(text)?;
        let model = &mut self.syntax.model.as_mut()?.items;
        let place = nth(model, &mut { number })?;
        *place = match new.len() {
            1 => new.remove(0),
            _ => ppl_analysis::build::block(new),
        };
        Some(())
    }

    /// A statement of the model block.
    pub fn statement(&mut self, number: usize) -> Option<&mut Statement> {
        nth(&mut self.syntax.model.as_mut()?.items, &mut { number })
    }

    /// Adds statements to the end of the model block.
    pub fn model(&mut self, text: &str) -> Option<()> {
        let new = statements(text)?;
        block_of(&mut self.syntax.model).extend(new);
        Some(())
    }

    /// Adds statements to the beginning of the model block. Places of statements are then others.
    pub fn prior(&mut self, text: &str) -> Option<()> {
        let new = statements(text)?;
        block_of(&mut self.syntax.model).splice(0..0, new);
        Some(())
    }

    pub fn data(&mut self, text: &str) -> Option<()> {
        let new = declarations(text)?;
        block_of(&mut self.syntax.data).extend(new);
        Some(())
    }

    /// Adds data with what they mean.
    pub fn input(&mut self, text: &str, name: &str, of: &str, meaning: Meaning) -> Option<()> {
        self.data(text)?;
        self.inputs.push(Input { name: name.to_string(), of: of.to_string(), meaning });
        Some(())
    }

    pub fn parameter(&mut self, text: &str) -> Option<()> {
        let new = declarations(text)?;
        block_of(&mut self.syntax.parameters).extend(new);
        Some(())
    }

    pub fn transformed_data(&mut self, text: &str) -> Option<()> {
        let new = statements(text)?;
        block_of(&mut self.syntax.transformed_data).extend(new);
        Some(())
    }

    pub fn functions(&mut self, text: &str) -> Option<()> {
        let new = functions(text)?;
        block_of(&mut self.syntax.functions).extend(new);
        Some(())
    }

    /// Declares data anew, where they stand: `ty` is a type as text.
    pub fn redeclare(&mut self, name: &str, ty: &str) -> Option<()> {
        let [new] = declarations(&format!("{ty} {name};"))?.try_into().ok()?;
        let data = &mut self.syntax.data.as_mut()?.items;
        *data.iter_mut().find(|s| declares(s, name))? = new;
        Some(())
    }

    /// Takes a declaration out of the data.
    pub fn undeclare(&mut self, name: &str) -> Option<Statement> {
        let data = &mut self.syntax.data.as_mut()?.items;
        let place = data.iter().position(|s| declares(s, name))?;
        Some(data.remove(place))
    }

    /// The program, if it is valid and can be simulated as well as the first one.
    pub fn finish(self, first: Verdict, what: String) -> Option<Augmented> {
        let text = print_program(&self.syntax, Parentheses::Minimal);
        let parsed = parse(&SourceMap::from_text("augmented", text));
        if !parsed.is_ok() {
            return None;
        }
        let checked = ppl_program::check(&parsed.program).ok()?;
        let kept = rank(verdict(&checked.program)) <= rank(first);
        kept.then_some(Augmented { program: parsed.program, inputs: self.inputs, what })
    }
}

/// What reversing a program comes to; a simulator that is no program is none.
pub fn verdict(program: &Program) -> Verdict {
    let reversal = reverse(program, &reverse::Options::default(), &|_| (0, 0));
    match reversal.simulator {
        Some(simulator) if ppl_program::check(&simulator.program).is_err() => Verdict::Unsupported,
        _ => reversal.report.verdict,
    }
}

/// How much of a program can be simulated, the best first.
fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Exact | Verdict::ExactAfterRewrites => 0,
        Verdict::PriorByMcmc => 1,
        Verdict::NeedsRange => 2,
        Verdict::NoDensity | Verdict::Unsupported => 3,
    }
}

/// Which dimension of its variable an outcome runs through, where it is all of that dimension.
fn listed_dimension(outcome: &Expr) -> Option<usize> {
    let place = Place::of(outcome)?;
    let indices: Vec<&Index> = place.path.iter().flatten().collect();
    match indices.iter().position(|index| !matches!(index, Index::Single(_))) {
        Some(at) => (*indices[at] == Index::All).then_some(at),
        None => Some(indices.len()),
    }
}

/// The type of a row's argument in a function's signature.
fn stan_type(ty: &Type) -> &'static str {
    match if is_list(ty) { element_type(ty) } else { ty.clone() } {
        Type::Int => "int",
        _ => "real",
    }
}

fn declares(statement: &Statement, name: &str) -> bool {
    matches!(&statement.kind, StatementKind::Declare { variables, .. } if variables.iter().any(|(own, _)| own.name == name))
}

fn block_of<T>(block: &mut Option<Block<T>>) -> &mut Vec<T> {
    &mut block.get_or_insert_with(|| Block { items: Vec::new(), span: Default::default() }).items
}

/// The statement that `number` others begin before: the counting of [`super::sites::sites`].
fn nth<'s>(statements: &'s mut [Statement], number: &mut usize) -> Option<&'s mut Statement> {
    for statement in statements {
        if *number == 0 {
            return Some(statement);
        }
        *number -= 1;
        let found = match &mut statement.kind {
            StatementKind::For { body, .. }
            | StatementKind::ForEach { body, .. }
            | StatementKind::While { body, .. } => nth(std::slice::from_mut(body), number),
            StatementKind::If { then, otherwise, .. } => match nth(std::slice::from_mut(then), number) {
                Some(found) => Some(found),
                None => otherwise.as_mut().and_then(|s| nth(std::slice::from_mut(s), number)),
            },
            StatementKind::Block(body) | StatementKind::Profile { body, .. } => nth(body, number),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

fn read(text: String) -> Option<Syntax> {
    let parsed = parse(&SourceMap::from_text("part", text));
    parsed.is_ok().then_some(parsed.program)
}

fn statements(text: &str) -> Option<Vec<Statement>> {
    read(format!("model {{ {text} }}"))?.model.map(|block| block.items)
}

fn declarations(text: &str) -> Option<Vec<Statement>> {
    read(format!("data {{ {text} }}"))?.data.map(|block| block.items)
}

fn functions(text: &str) -> Option<Vec<Function>> {
    read(format!("functions {{ {text} }}"))?.functions.map(|block| block.items)
}
