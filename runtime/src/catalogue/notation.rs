//! The notation of signatures: reads a line of the table, and lists every signature it stands for.

use super::functions::RULES;
use super::types::{ArgumentType, FunctionType, Type};
use super::{Signature, Variadic};

/// Classes of types, by name.
const CLASSES: &[(&str, &str)] = &[
    ("scalars", "int or real"),
    ("ints", "int or array[] int"),
    ("reals", "real or array[] real or vector or row_vector"),
    ("reals1", "array[] real or vector or row_vector"),
    ("numbers", "int or array[] int or real or array[] real or vector or row_vector"),
    ("vectors", "vector or row_vector or array[] vector or array[] row_vector"),
    ("containers", "array[] real or vector or row_vector or matrix"),
    ("containers_or_ints", "array[] int or array[] real or vector or row_vector or matrix"),
    ("complex_containers", "array[] complex or complex_vector or complex_row_vector or complex_matrix"),
    ("real_kinds", "int or real or vector or row_vector or matrix"),
    ("complex_kinds", "complex or complex_vector or complex_row_vector or complex_matrix"),
    (
        "any",
        "int or real or vector or row_vector or matrix or complex or complex_vector or complex_row_vector or complex_matrix",
    ),
];

/// A type that may mention variables of its alternative.
#[derive(Clone, Debug)]
enum Pattern {
    Fixed(Type),
    Variable(char),
    /// `reals(T)`, `parts(T)`, `complex(T)`
    Mapped(fn(&Type) -> Type, char),
    /// `array[,] p`
    Array(usize, Box<Pattern>),
    /// `array{n+k} p`
    Nested(usize, Box<Pattern>),
    Tuple(Vec<Pattern>),
}

struct Argument {
    data_only: bool,
    choices: Vec<Pattern>,
    /// Whether it was written as the class `vectors`.
    vectors: bool,
}

enum Outcome {
    Pattern(Pattern),
    /// `broadcast X`: a scalar where no argument is a container.
    Broadcast(Type),
    /// `vectors`: `vector`, or `array[] vector` where the argument of class `vectors` is an array.
    Vectors,
}

struct Alternative {
    arguments: Vec<Argument>,
    result: Outcome,
    variables: Vec<(char, Vec<Type>)>,
    depths: std::ops::RangeInclusive<usize>,
    also_complex: bool,
}

/// The values of the variables of an alternative.
struct Binding<'a> {
    variables: &'a [(char, Type)],
    depth: usize,
}

/// Every signature of a text such as `"T, int => T for T in vector or row_vector; matrix, int => matrix"`.
pub(super) fn signatures(text: &str) -> Result<Vec<Signature>, String> {
    let text = expand_rules(text)?;
    let mut all = Vec::new();
    for part in split(&text, ";") {
        let alternative = alternative(part)?;
        let mut these = Vec::new();
        alternative.expand(&mut these)?;
        if alternative.also_complex {
            let complex = these.iter().map(Signature::reals_to_complex).collect::<Vec<_>>();
            these.extend(complex);
        }
        all.extend(these);
    }
    Ok(all)
}

/// A line of the table of variadic functions.
pub(super) fn variadic(name: &'static str, text: &str) -> Result<Variadic, String> {
    let (arguments, result) = text.rsplit_once("=>").ok_or_else(|| format!("no result in `{text}`"))?;
    let mut parts = split(arguments, ",").into_iter();
    let function = parts.next().and_then(|f| f.strip_prefix("function(")).and_then(|f| f.strip_suffix(')'));
    let (inner, function_result) =
        function.and_then(|f| f.rsplit_once("->")).ok_or_else(|| format!("no function in `{text}`"))?;
    let fixed = |parts: Vec<&str>| {
        parts.into_iter().filter(|part| *part != "...").map(fixed_argument).collect::<Result<Vec<_>, String>>()
    };
    Ok(Variadic {
        name,
        function_arguments: fixed(split(inner, ","))?,
        function_result: fixed_type(function_result)?,
        arguments: fixed(parts.collect())?,
        result: fixed_type(result)?,
    })
}

fn expand_rules(text: &str) -> Result<String, String> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        expanded.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
        let rule = RULES.iter().find(|(name, _)| *name == &after[..end]);
        expanded.push_str(rule.ok_or_else(|| format!("no rule `{}`", &after[..end]))?.1);
        rest = &after[end..];
    }
    expanded.push_str(rest);
    Ok(expanded)
}

/// Splits at `separator` outside brackets, and trims; nothing of an empty text.
fn split<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0usize, 0usize);
    for (i, c) in text.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ if depth == 0 && i >= start && text[i..].starts_with(separator) => {
                parts.push(text[start..i].trim());
                start = i + separator.len();
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    if parts == [""] { Vec::new() } else { parts }
}

fn alternative(text: &str) -> Result<Alternative, String> {
    let (text, also_complex) = match text.strip_suffix(" also complex") {
        Some(before) => (before, true),
        None => (text, false),
    };
    let (text, clause) = match text.split_once(" for ") {
        Some((before, clause)) => (before, clause),
        None => (text, ""),
    };
    let (mut variables, mut depths) = (Vec::new(), 0..=7);
    for binding in split(clause, ",") {
        match binding.split_once(" in ") {
            Some(("n", range)) => {
                let bounds = range.split_once("..").map(|(a, b)| (a.trim().parse(), b.trim().parse()));
                let Some((Ok(first), Ok(last))) = bounds else { return Err(format!("range `{range}`")) };
                depths = first..=last;
            }
            Some((variable, class)) if variable.len() == 1 => {
                let types = choices(class)?.into_iter().map(|p| p.with(&Binding { variables: &[], depth: 0 }));
                variables.push((variable.chars().next().unwrap_or('T'), types.collect::<Result<_, _>>()?));
            }
            _ => return Err(format!("binding `{binding}`")),
        }
    }
    let (arguments, result) = text.rsplit_once("=>").ok_or_else(|| format!("no result in `{text}`"))?;
    let arguments = match arguments.trim() {
        "()" => Vec::new(),
        arguments => split(arguments, ",").into_iter().map(argument).collect::<Result<_, _>>()?,
    };
    let result = match result.trim() {
        "vectors" => Outcome::Vectors,
        result => match result.strip_prefix("broadcast ") {
            Some(ty) => Outcome::Broadcast(fixed_type(ty)?),
            None => Outcome::Pattern(pattern(result)?),
        },
    };
    Ok(Alternative { arguments, result, variables, depths, also_complex })
}

fn argument(text: &str) -> Result<Argument, String> {
    let (data_only, text) = match text.strip_prefix("data ") {
        Some(rest) => (true, rest.trim()),
        None => (false, text),
    };
    Ok(Argument { data_only, choices: choices(text)?, vectors: text == "vectors" })
}

fn choices(text: &str) -> Result<Vec<Pattern>, String> {
    let mut all = Vec::new();
    for choice in split(text, " or ") {
        match CLASSES.iter().find(|(name, _)| *name == choice) {
            Some((_, members)) => {
                for member in members.split(" or ") {
                    all.push(pattern(member)?);
                }
            }
            None => all.push(pattern(choice)?),
        }
    }
    Ok(all)
}

fn pattern(text: &str) -> Result<Pattern, String> {
    let text = text.trim();
    let base = match text {
        "int" => Some(Type::Int),
        "real" => Some(Type::Real),
        "complex" => Some(Type::Complex),
        "vector" => Some(Type::Vector),
        "row_vector" => Some(Type::RowVector),
        "matrix" => Some(Type::Matrix),
        "complex_vector" => Some(Type::ComplexVector),
        "complex_row_vector" => Some(Type::ComplexRowVector),
        "complex_matrix" => Some(Type::ComplexMatrix),
        _ => None,
    };
    if let Some(ty) = base {
        return Ok(Pattern::Fixed(ty));
    }
    let mut letters = text.chars();
    if let (Some(variable), None) = (letters.next().filter(char::is_ascii_uppercase), letters.next()) {
        return Ok(Pattern::Variable(variable));
    }
    if let Some((commas, element)) = text.strip_prefix("array[").and_then(|rest| rest.split_once(']')) {
        return Ok(Pattern::Array(commas.len() + 1, Box::new(pattern(element)?)));
    }
    if let Some((depth, element)) = text.strip_prefix("array{").and_then(|rest| rest.split_once('}')) {
        let extra = match depth.strip_prefix("n+") {
            Some(extra) => extra.parse().map_err(|_| format!("depth `{depth}`"))?,
            None if depth == "n" => 0,
            None => return Err(format!("depth `{depth}`")),
        };
        return Ok(Pattern::Nested(extra, Box::new(pattern(element)?)));
    }
    if let Some((name, inner)) = text.strip_suffix(')').and_then(|rest| rest.split_once('(')) {
        let map: Option<fn(&Type) -> Type> = match name {
            "reals" => Some(Type::ints_to_reals),
            "parts" => Some(Type::complex_to_reals),
            "complex" => Some(Type::reals_to_complex),
            _ => None,
        };
        if let (Some(map), Pattern::Variable(variable)) = (map, pattern_or_unit(inner, map.is_some())?) {
            return Ok(Pattern::Mapped(map, variable));
        }
        match name {
            "tuple" => {
                return Ok(Pattern::Tuple(split(inner, ",").into_iter().map(pattern).collect::<Result<_, _>>()?));
            }
            "function" => {
                let (arguments, result) = inner.rsplit_once("->").ok_or_else(|| format!("no result in `{text}`"))?;
                let arguments = split(arguments, ",").into_iter().map(fixed_argument).collect::<Result<_, _>>()?;
                let function = FunctionType { arguments, result: Some(fixed_type(result)?) };
                return Ok(Pattern::Fixed(Type::Function(Box::new(function))));
            }
            _ => {}
        }
    }
    Err(format!("type `{text}`"))
}

/// `pattern(text)` where it is wanted; else a placeholder that is no variable.
fn pattern_or_unit(text: &str, wanted: bool) -> Result<Pattern, String> {
    if wanted { pattern(text) } else { Ok(Pattern::Fixed(Type::Int)) }
}

fn fixed_type(text: &str) -> Result<Type, String> {
    pattern(text)?.with(&Binding { variables: &[], depth: 0 })
}

fn fixed_argument(text: &str) -> Result<ArgumentType, String> {
    match text.strip_prefix("data ") {
        Some(rest) => Ok(ArgumentType { data_only: true, ty: fixed_type(rest)? }),
        None => Ok(ArgumentType { data_only: false, ty: fixed_type(text)? }),
    }
}

impl Pattern {
    fn with(&self, binding: &Binding) -> Result<Type, String> {
        let lookup = |variable: char| {
            let found = binding.variables.iter().find(|(name, _)| *name == variable);
            found.map(|(_, ty)| ty).ok_or_else(|| format!("`{variable}` is not bound"))
        };
        Ok(match self {
            Pattern::Fixed(ty) => ty.clone(),
            Pattern::Variable(variable) => lookup(*variable)?.clone(),
            Pattern::Mapped(map, variable) => map(lookup(*variable)?),
            Pattern::Array(dims, element) => element.with(binding)?.array(*dims),
            Pattern::Nested(extra, element) => element.with(binding)?.array(binding.depth + extra),
            Pattern::Tuple(items) => {
                Type::Tuple(items.iter().map(|item| item.with(binding)).collect::<Result<_, _>>()?)
            }
        })
    }

    fn mentions_depth(&self) -> bool {
        match self {
            Pattern::Nested(..) => true,
            Pattern::Array(_, element) => element.mentions_depth(),
            Pattern::Tuple(items) => items.iter().any(Pattern::mentions_depth),
            _ => false,
        }
    }
}

impl Alternative {
    /// All combinations of variables, depth and choices.
    fn expand(&self, out: &mut Vec<Signature>) -> Result<(), String> {
        let nested = self.arguments.iter().any(|argument| argument.choices.iter().any(Pattern::mentions_depth));
        let depths = if nested { self.depths.clone() } else { 0..=0 };
        for depth in depths {
            let mut variables = Vec::new();
            self.bind(depth, &mut variables, out)?;
        }
        Ok(())
    }

    fn bind(&self, depth: usize, variables: &mut Vec<(char, Type)>, out: &mut Vec<Signature>) -> Result<(), String> {
        let Some((name, types)) = self.variables.get(variables.len()) else {
            let mut chosen = Vec::new();
            return self.choose(&Binding { variables, depth }, &mut chosen, out);
        };
        for ty in types {
            variables.push((*name, ty.clone()));
            self.bind(depth, variables, out)?;
            variables.pop();
        }
        Ok(())
    }

    fn choose(&self, binding: &Binding, chosen: &mut Vec<Type>, out: &mut Vec<Signature>) -> Result<(), String> {
        if let Some(argument) = self.arguments.get(chosen.len()) {
            for choice in &argument.choices {
                chosen.push(choice.with(binding)?);
                self.choose(binding, chosen, out)?;
                chosen.pop();
            }
            return Ok(());
        }
        let result = match &self.result {
            Outcome::Pattern(pattern) => pattern.with(binding)?,
            Outcome::Broadcast(container) => {
                if chosen.iter().all(Type::is_real_scalar) {
                    scalar_of(container)
                } else {
                    container.clone()
                }
            }
            Outcome::Vectors => {
                let array = self
                    .arguments
                    .iter()
                    .zip(chosen.iter())
                    .any(|(argument, ty)| argument.vectors && matches!(ty, Type::Array(..)));
                if array { Type::Vector.array(1) } else { Type::Vector }
            }
        };
        let arguments = self.arguments.iter().zip(chosen.iter());
        out.push(Signature {
            arguments: arguments.map(|(a, ty)| ArgumentType { data_only: a.data_only, ty: ty.clone() }).collect(),
            result,
        });
        Ok(())
    }
}

fn scalar_of(container: &Type) -> Type {
    match container {
        Type::Array(element, _) => (**element).clone(),
        _ => Type::Real,
    }
}
