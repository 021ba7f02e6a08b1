//! Blocks, functions, statements.

use super::expressions::binary_symbol;
use super::*;

impl Printer<'_> {
    pub(super) fn program(&mut self, program: &Program, only_functions: bool) -> Doc {
        let mut parts = Vec::new();
        let mut last = Last::default();
        if let Some(block) = &program.functions {
            if only_functions {
                let body = self.items(&block.items, None, u32::MAX, |p, function| p.function(function));
                return Doc::Concat(body);
            }
            self.block("functions", block, &mut parts, &mut last, |p, function| p.function(function));
        }
        let blocks = [
            ("data", &program.data),
            ("transformed data", &program.transformed_data),
            ("parameters", &program.parameters),
            ("transformed parameters", &program.transformed_parameters),
            ("model", &program.model),
            ("generated quantities", &program.generated_quantities),
        ];
        for (name, block) in blocks {
            if let Some(block) = block {
                self.block(name, block, &mut parts, &mut last, |p, statement| p.statement(statement));
            }
        }
        self.own_lines(u32::MAX, &mut parts, &mut last);
        Doc::Concat(parts)
    }

    fn block<T: Spanned>(
        &mut self,
        name: &str,
        block: &Block<T>,
        parts: &mut Vec<Doc>,
        last: &mut Last,
        print: impl Fn(&mut Self, &T) -> Doc,
    ) {
        self.own_lines(block.span.start, parts, last);
        self.new_line(block.span.start, parts, last, false);
        let open = docs![name, " {"];
        parts.push(self.braced(open, &block.items, block.span, print));
        last.end = Some(block.span.end);
        self.after(block.span.end, parts, last);
    }

    /// `open` and what belongs between it and the closing brace.
    fn braced<T: Spanned>(&mut self, open: Doc, items: &[T], whole: Span, print: impl Fn(&mut Self, &T) -> Doc) -> Doc {
        let start = items.first().map_or(whole.end.saturating_sub(1), |item| item.span().start);
        let opened = self.opening_brace(whole, start);
        let inner = self.items(items, Some(opened), whole.end.saturating_sub(1), print);
        if inner.is_empty() {
            return docs![open, "}"];
        }
        docs![open, Doc::Concat(inner).nest(), Doc::HardLine, "}"]
    }

    /// Where the `{` of a construct with the span `whole` and the first item at `first` ends, as well as one can tell.
    fn opening_brace(&self, whole: Span, first: u32) -> u32 {
        let Some(source) = self.text else {
            return whole.start;
        };
        // Comments may hold braces; look between them.
        let mut from = whole.start;
        let comments = self.comments.iter().take_while(|comment| comment.span.start < first);
        for gap_end in comments.clone().map(|comment| comment.span.start).chain([first]) {
            let gap = source.slice(Span { start: from.min(gap_end), end: gap_end, ..whole });
            if let Some(at) = gap.find('{') {
                return from + at as u32 + 1;
            }
            from = comments.clone().find(|comment| comment.span.start == gap_end).map_or(gap_end, |c| c.span.end);
        }
        whole.start
    }

    /// Items and the comments before, between and after them (up to `end`), each on a new line. `opened` is where the
    /// brace before them ends; comments on its line stay there.
    fn items<T: Spanned>(
        &mut self,
        items: &[T],
        opened: Option<u32>,
        end: u32,
        print: impl Fn(&mut Self, &T) -> Doc,
    ) -> Vec<Doc> {
        let mut parts = Vec::new();
        let mut last = Last::default();
        if let Some(opened) = opened {
            self.after(opened, &mut parts, &mut last);
            last.end = None;
        }
        let mut first = opened.is_none();
        for item in items {
            let span = item.span();
            self.own_lines_or_inline(span.start, &mut parts, &mut last, &mut first);
            if !std::mem::take(&mut first) {
                // A comment may stand right before the item.
                let start = self.comments.first().map_or(span.start, |comment| comment.span.start.min(span.start));
                self.new_line(start, &mut parts, &last, T::APART);
            }
            parts.push(self.leading(span.start));
            parts.push(print(self, item));
            last.end = Some(span.end);
            self.after(span.end, &mut parts, &mut last);
        }
        self.own_lines_or_inline(end, &mut parts, &mut last, &mut first);
        parts
    }

    /// Comments before `offset` that have lines of their own. One that stands right before something on the same line is
    /// left.
    fn own_lines_or_inline(&mut self, offset: u32, parts: &mut Vec<Doc>, last: &mut Last, first: &mut bool) {
        while let Some(comment) = self.comments.first() {
            let same_line = comment.kind == CommentKind::Block
                && offset != u32::MAX
                && self.line_of(comment.span.end) == self.line_of(offset)
                && self.is_item(offset);
            if comment.span.start >= offset || same_line {
                return;
            }
            self.comments = &self.comments[1..];
            if !std::mem::take(first) {
                self.new_line(comment.span.start, parts, last, false);
            }
            parts.push(self.comment_text(comment));
            last.end = Some(comment.span.end);
        }
    }

    /// Whether something other than a closing brace stands at `offset`.
    fn is_item(&self, offset: u32) -> bool {
        self.text.is_some_and(|source| !source.text()[offset as usize..].starts_with('}'))
    }

    fn own_lines(&mut self, offset: u32, parts: &mut Vec<Doc>, last: &mut Last) {
        while let Some(comment) = self.next_comment(offset) {
            self.new_line(comment.span.start, parts, last, false);
            parts.push(self.comment_text(comment));
            last.end = Some(comment.span.end);
        }
    }

    /// Comments inside of what has just been printed, which ended at `end`, and on the rest of its last line.
    fn after(&mut self, end: u32, parts: &mut Vec<Doc>, last: &mut Last) {
        let mut open = true;
        while let Some(comment) = self.comments.first() {
            let inside = comment.span.start < end;
            let behind = self.line_of(comment.span.start) == self.line_of(last.end.unwrap_or(end))
                && self.only_space(end, comment);
            if !(inside || behind && open) || comment.kind == CommentKind::Include {
                return;
            }
            if comment.kind == CommentKind::Block && !inside && self.is_before_item(comment) {
                return;
            }
            self.comments = &self.comments[1..];
            parts.push(if open { Doc::from(" ") } else { Doc::HardLine });
            parts.push(self.comment_text(comment));
            open = !Self::ends_line(comment);
            last.end = Some(comment.span.end.max(end));
        }
    }

    /// Whether only space and comments stand between `end` and the comment.
    fn only_space(&self, end: u32, comment: &Comment) -> bool {
        let Some(source) = self.text else {
            return false;
        };
        let between = source.slice(Span { start: end, end: comment.span.start, ..comment.span });
        between.trim().is_empty() || between.trim_start().starts_with("/*") && between.trim_end().ends_with("*/")
    }

    /// Whether a statement follows the comment on its line.
    fn is_before_item(&self, comment: &Comment) -> bool {
        let Some(source) = self.text else {
            return false;
        };
        let rest = &source.text()[comment.span.end as usize..];
        let line = rest.lines().next().unwrap_or("").trim_start();
        !(line.is_empty() || line.starts_with("//") || line.starts_with("/*") || line.starts_with('}'))
    }

    /// A new line for what starts at `start`, after a blank line where the author left one (or where `apart` asks for
    /// one).
    fn new_line(&self, start: u32, parts: &mut Vec<Doc>, last: &Last, apart: bool) {
        if parts.is_empty() && last.end.is_none() && self.text.is_some() {
            parts.push(Doc::HardLine);
            return;
        }
        let blank = match (self.text, last.end) {
            (Some(_), Some(end)) => self.line_of(start) > self.line_of(end) + 1,
            (Some(_), None) => false,
            (None, end) => apart && end.is_some(),
        };
        parts.push(Doc::HardLine);
        if blank {
            parts.push(Doc::HardLine);
        }
    }

    // Functions

    fn function(&mut self, function: &Function) -> Doc {
        let mut parts = Vec::new();
        for annotation in &function.annotations {
            parts.push(docs![format!("@{}", annotation.name), Doc::HardLine]);
        }
        match &function.return_type {
            Some(ty) => parts.push(self.unsized_type(ty)),
            None => parts.push("void".into()),
        }
        parts.push(docs![" ", self.leading(function.name.span.start), function.name.name.as_str()]);
        let items = function
            .arguments
            .iter()
            .map(|argument| {
                Item::new(argument.ty.span.to(argument.name.span), move |p| {
                    let data = if argument.data_only { "data " } else { "" };
                    let ty = p.unsized_type(&argument.ty);
                    let comments = p.leading(argument.name.span.start);
                    docs![data, ty, " ", comments, argument.name.name.as_str()]
                })
            })
            .collect();
        let end = function.body.as_ref().map_or(function.span.end, |body| body.span.start);
        let end = if end == 0 { 0 } else { self.close_before(function.span.start, end) };
        parts.push(self.bracketed("(", items, ")", Span { end, ..function.span }));
        match &function.body {
            Some(body) => parts.push(docs![" ", self.statement(body)]),
            None => parts.push(";".into()),
        }
        Doc::Concat(parts)
    }

    /// The end of the last `)` between `start` and `end` that is not in a comment.
    fn close_before(&self, start: u32, end: u32) -> u32 {
        let Some(source) = self.text else {
            return end;
        };
        let mut to = end;
        for comment in self.comments.iter().filter(|c| c.span.start >= start && c.span.end <= end).rev() {
            let gap = source.slice(Span { start: comment.span.end, end: to, ..comment.span });
            if let Some(at) = gap.rfind(')') {
                return comment.span.end + at as u32 + 1;
            }
            to = comment.span.start;
        }
        let gap = source.slice(Span { start, end: to, ..Span::default() });
        gap.rfind(')').map_or(end, |at| start + at as u32 + 1)
    }

    // Statements

    pub(super) fn statement(&mut self, statement: &Statement) -> Doc {
        let span = statement.span;
        match &statement.kind {
            StatementKind::Declare { annotations, ty, variables } => {
                let marks: String = annotations.iter().map(|a| format!("@{} ", a.name)).collect();
                let ty = self.sized_type(ty);
                let mut parts = Vec::new();
                let mut end = None;
                for (name, value) in variables {
                    if let Some(end) = end {
                        parts.push(Doc::from(","));
                        parts.push(self.line(end, name.span.start, Doc::Line));
                    }
                    parts.push(self.leading(name.span.start));
                    parts.push(name.name.as_str().into());
                    if let Some(value) = value {
                        parts.push(docs![" = ", self.expr(value)]);
                    }
                    end = Some(value.as_ref().map_or(name.span.end, |value| value.span.end));
                }
                docs![marks, ty, " ", Doc::Concat(parts).nest().group(), ";"]
            }
            StatementKind::Assign { target, op, value } => {
                let target = self.lvalue(target);
                let op = match op {
                    None => " = ".to_string(),
                    Some(op) => format!(" {}= ", binary_symbol(*op)),
                };
                docs![target, op, self.expr(value), ";"]
            }
            StatementKind::Call { name, arguments } => {
                let open = format!("{}(", name.name);
                docs![self.list(&open, arguments, ")", before_semicolon(span)), ";"]
            }
            StatementKind::TargetPlus(e) => docs!["target += ", self.expr(e), ";"],
            StatementKind::JacobianPlus(e) => docs!["jacobian += ", self.expr(e), ";"],
            StatementKind::Tilde { arg, distribution, arguments, truncation } => {
                let arg = self.expr(arg);
                let comments = self.leading(distribution.span.start);
                let open = format!("{}(", distribution.name);
                let end = truncation.as_ref().map_or(before_semicolon(span).end, |t| t.span.start);
                let call = self.list(&open, arguments, ")", Span { end, ..span });
                let truncation = match truncation {
                    None => Doc::Nil,
                    Some(Truncation { lower, upper, .. }) => {
                        let lower = lower.as_ref().map_or(Doc::Nil, |e| self.expr(e));
                        let upper = upper.as_ref().map_or(Doc::Nil, |e| docs![" ", self.expr(e)]);
                        docs![" T[", lower, ",", upper, "]"]
                    }
                };
                docs![arg, " ~ ", comments, call, truncation, ";"]
            }
            StatementKind::Break => "break;".into(),
            StatementKind::Continue => "continue;".into(),
            StatementKind::Return(None) => "return;".into(),
            StatementKind::Return(Some(e)) => docs!["return ", self.expr(e), ";"],
            StatementKind::Print(items) => docs![self.list("print(", items, ")", before_semicolon(span)), ";"],
            StatementKind::Reject(items) => docs![self.list("reject(", items, ")", before_semicolon(span)), ";"],
            StatementKind::FatalError(items) => {
                docs![self.list("fatal_error(", items, ")", before_semicolon(span)), ";"]
            }
            StatementKind::If { condition, then, otherwise } => self.if_else(condition, then, otherwise.as_deref()),
            StatementKind::While { condition, body } => {
                let head = docs!["while (", self.expr(condition), ")"].group();
                docs![head, self.body(body, false)]
            }
            StatementKind::For { variable, lower, upper, body } => {
                let comments = self.leading(variable.span.start);
                let lower = self.expr(lower);
                let upper = self.expr(upper);
                let head = docs!["for (", comments, variable.name.as_str(), " in ", lower, ":", upper, ")"].group();
                docs![head, self.body(body, false)]
            }
            StatementKind::ForEach { variable, range, body } => {
                let comments = self.leading(variable.span.start);
                let head = docs!["for (", comments, variable.name.as_str(), " in ", self.expr(range), ")"].group();
                docs![head, self.body(body, false)]
            }
            StatementKind::Block(items) => self.braced("{".into(), items, span, |p, item| p.statement(item)),
            StatementKind::Profile { name, body } => {
                let open = format!("profile(\"{name}\") {{");
                self.braced(open.into(), body, span, |p, item| p.statement(item))
            }
            StatementKind::Skip => ";".into(),
            StatementKind::Error => Doc::Nil,
        }
    }

    fn lvalue(&mut self, target: &LValue) -> Doc {
        let comments = self.leading(target.span.start);
        let body = match &target.kind {
            LValueKind::Variable(name) => Doc::from(name.name.as_str()),
            LValueKind::Index(base, indices) => {
                let base = self.lvalue(base);
                docs![base, self.indices(indices, target.span)]
            }
            LValueKind::Project(base, index) => docs![self.lvalue(base), ".", index.to_string()],
            LValueKind::Tuple(parts) => {
                let items = parts.iter().map(|part| Item::new(part.span, move |p| p.lvalue(part))).collect();
                self.bracketed("(", items, if parts.len() == 1 { ",)" } else { ")" }, target.span)
            }
        };
        docs![comments, body]
    }

    fn if_else(&mut self, condition: &Expr, then: &Statement, otherwise: Option<&Statement>) -> Doc {
        let head = docs!["if (", self.expr(condition), ")"].group();
        let Some(otherwise) = otherwise else {
            return docs![head, self.body(then, false)];
        };
        let is_block = matches!(then.kind, StatementKind::Block(_));
        let end = then.span.end;
        let (then, joint) = if ends_open(then) {
            // The `else` would go to the inner `if`.
            let inner = self.statement(then);
            (docs![" {", docs![Doc::HardLine, inner].nest(), Doc::HardLine, "}"], " else")
        } else {
            (self.body(then, true), if is_block { " else" } else { "" })
        };
        let mut then = vec![then];
        if joint.is_empty() {
            // Comments behind the statement stay with it.
            self.trailing(end, otherwise.span.start, &mut then);
        }
        let joint = if joint.is_empty() { docs![Doc::HardLine, "else"] } else { Doc::from(joint) };
        let otherwise = match &otherwise.kind {
            StatementKind::If { .. } => {
                let comments = self.leading(otherwise.span.start);
                docs![" ", comments, self.statement(otherwise)]
            }
            _ => self.body(otherwise, true),
        };
        docs![head, Doc::Concat(then), joint, otherwise]
    }

    /// Comments on the line at `end`, behind what ends there, and before `next`.
    fn trailing(&mut self, end: u32, next: u32, parts: &mut Vec<Doc>) {
        while let Some(comment) = self.comments.first() {
            let behind = comment.span.start < end || self.line_of(comment.span.start) == self.line_of(end);
            if comment.span.start >= next || !behind {
                return;
            }
            self.comments = &self.comments[1..];
            parts.push(Doc::from(" "));
            parts.push(self.comment_text(comment));
            if Self::ends_line(comment) {
                return;
            }
        }
    }

    /// The statement that an `if` or a loop holds, with the space before it. A single statement goes on the same line if
    /// it fits, unless `apart`.
    fn body(&mut self, body: &Statement, apart: bool) -> Doc {
        match &body.kind {
            StatementKind::Block(_) => docs![" ", self.statement(body)],
            StatementKind::Skip if self.comments.first().is_none_or(|c| c.span.start >= body.span.start) => ";".into(),
            _ => {
                let mut parts = Vec::new();
                let mut own_line = apart;
                while let Some(comment) = self.next_comment(body.span.start) {
                    parts.push(self.comment_text(comment));
                    parts.push(Doc::HardLine);
                    own_line = true;
                }
                parts.push(self.statement(body));
                let line = if own_line { Doc::HardLine } else { Doc::Line };
                docs![line, Doc::Concat(parts)].nest().group()
            }
        }
    }
}

/// Whether an `else` behind the statement would belong to an `if` in it.
fn ends_open(statement: &Statement) -> bool {
    match &statement.kind {
        StatementKind::If { otherwise: None, .. } => true,
        StatementKind::If { otherwise: Some(otherwise), .. } => ends_open(otherwise),
        StatementKind::While { body, .. } | StatementKind::For { body, .. } | StatementKind::ForEach { body, .. } => {
            ends_open(body)
        }
        _ => false,
    }
}

fn before_semicolon(span: Span) -> Span {
    Span { end: span.end.saturating_sub(1), ..span }
}

/// What has a place in the text.
trait Spanned {
    /// Whether a blank line goes between two of these when nothing else tells.
    const APART: bool;

    fn span(&self) -> Span;
}

impl Spanned for Statement {
    const APART: bool = false;

    fn span(&self) -> Span {
        self.span
    }
}

impl Spanned for Function {
    const APART: bool = true;

    fn span(&self) -> Span {
        self.span
    }
}
