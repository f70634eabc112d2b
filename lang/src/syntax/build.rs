//! What the grammar's actions do: make nodes from spans, and notice mistakes that parse.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;
use crate::syntax::ast::{
    BinaryOp, Expr, ExprKind, Fixture, Forall, Ident, MAX_DEPTH, Number, Refinement, Selector, Suite, Test, Text,
    TypeExpr, Value, ValueKind,
};

/// How deep types may be nested. A set holds no set, so one that is cut is wrong in any case.
const MAX_TYPE_DEPTH: u16 = 8;
/// The longest text that a fix repeats, in bytes.
const MAX_FIX: usize = 500;

/// What every action of the grammar can see.
pub(crate) struct Cx<'a> {
    /// The item's text; spans count from its start.
    pub(crate) text: &'a str,
    /// Mistakes found on the way.
    pub(crate) diagnostics: RefCell<Vec<Diagnostic>>,
    /// Whether something was cut because it was nested too deep.
    deep: Cell<bool>,
    /// Names that stood in it so far: most stand there many times, and are held once.
    names: RefCell<Vec<Arc<str>>>,
}

/// A span from its ends.
pub(crate) fn sp(start: u32, end: u32) -> Span {
    Span::new(start, end.max(start))
}

/// A list that does not grow any more, in no more memory than it needs.
pub(crate) fn tight<T>(mut list: Vec<T>) -> Vec<T> {
    list.shrink_to_fit();
    list
}

/// The most names of an item that are remembered.
const MAX_NAMES: usize = 24;

/// `suite "…"`
pub(crate) struct SuiteHead {
    pub(crate) name: Text,
    pub(crate) at: Option<Number>,
}

/// What stands in a suite.
pub(crate) enum SuitePart {
    Fixture(Box<Fixture>),
    Test(Test),
    Law(Forall),
}

impl SuiteHead {
    pub(crate) fn with(self, parts: Vec<SuitePart>) -> Suite {
        let name = Ident { text: self.name.value, span: self.name.span };
        let mut suite = Suite { name, at: self.at, fixtures: vec![], tests: vec![], laws: vec![] };
        parts.into_iter().for_each(|part| suite.push(part));
        suite
    }
}

impl Suite {
    pub(crate) fn push(&mut self, part: SuitePart) {
        match part {
            SuitePart::Fixture(fixture) => self.fixtures.push(*fixture),
            SuitePart::Test(test) => self.tests.push(test),
            SuitePart::Law(law) => self.laws.push(law),
        }
    }
}

impl<'a> Cx<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Cx { text, diagnostics: RefCell::default(), deep: Cell::new(false), names: RefCell::default() }
    }

    /// Whether something was cut because it was nested too deep since this was last asked.
    pub(crate) fn take_deep(&self) -> bool {
        self.deep.take()
    }

    fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    fn report(&self, diagnostic: Diagnostic) {
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    pub(crate) fn ident(&self, span: Span) -> Ident {
        Ident { text: self.name(self.slice(span)), span }
    }

    fn name(&self, text: &str) -> Arc<str> {
        let mut names = self.names.borrow_mut();
        if let Some(known) = names.iter().find(|known| ***known == *text) {
            return known.clone();
        }
        let name: Arc<str> = text.into();
        if names.len() < MAX_NAMES {
            names.push(name.clone());
        }
        name
    }

    /// A dotted name; there may be blanks around its dots.
    pub(crate) fn dotted(&self, span: Span) -> Ident {
        let text: String = self.slice(span).chars().filter(|c| !c.is_whitespace()).collect();
        Ident { text: text.into(), span }
    }

    pub(crate) fn number(&self, span: Span) -> Number {
        Number { text: self.slice(span).replace('_', "").into(), span }
    }

    /// A string: quotes off, escapes undone.
    pub(crate) fn text(&self, span: Span) -> Text {
        let raw = self.slice(span);
        let inner = raw.strip_prefix('"').and_then(|r| r.strip_suffix('"')).unwrap_or_default();
        let mut value = String::with_capacity(inner.len());
        let mut chars = inner.char_indices();
        while let Some((at, c)) = chars.next() {
            if c != '\\' {
                value.push(c);
                continue;
            }
            let (_, escaped) = chars.next().unwrap_or((0, '\\'));
            let mut length = 1 + escaped.len_utf8();
            let good = match escaped {
                '"' | '\\' => Some(escaped),
                'n' => Some('\n'),
                't' => Some('\t'),
                'r' => Some('\r'),
                'u' => {
                    let digits = inner
                        .get(at + 2..)
                        .and_then(|rest| rest.strip_prefix('{'))
                        .and_then(|rest| rest.split_once('}'))
                        .map(|(digits, _)| digits);
                    if let Some(digits) = digits {
                        length = digits.len() + 4;
                        for _ in 0..digits.chars().count() + 2 {
                            chars.next();
                        }
                    }
                    digits.and_then(|d| u32::from_str_radix(d, 16).ok()).and_then(char::from_u32)
                }
                _ => None,
            };
            if let Some(c) = good {
                value.push(c);
            } else {
                let start = span.start + 1 + u32::try_from(at).unwrap_or(0);
                let end = start + u32::try_from(length).unwrap_or(1);
                self.report(
                    Diagnostic::new(Code::BadEscape, sp(start, end), "a string knows no such escape")
                        .label("not an escape")
                        .help("the escapes are `\\\"`, `\\\\`, `\\n`, `\\r`, `\\t` and `\\u{…}`"),
                );
            }
        }
        Text { value: value.into(), span }
    }

    /// A string that names something. What cannot be seen would let one name pass for another, or for two lines of
    /// a report.
    pub(crate) fn name_text(&self, span: Span) -> Text {
        let text = self.text(span);
        if let Some(c) = text.value.chars().find(|c| zt_values::is_hidden(*c)) {
            self.report(
                Diagnostic::new(
                    Code::UnknownCharacter,
                    span,
                    format!("a name has a character that cannot be seen, U+{:04X}", u32::from(c)),
                )
                .label("names are read by people")
                .help("leave it out"),
            );
        } else if text.value.trim().is_empty() {
            self.report(
                Diagnostic::new(Code::Empty, span, "a name is empty").label("nothing to call it by").help("name it"),
            );
        }
        text
    }

    /// A pattern: `re"` and quote off, only `\"` undone; the rest is the pattern's own business.
    pub(crate) fn regex(&self, span: Span) -> Text {
        let raw = self.slice(span);
        let inner = raw.strip_prefix("re\"").and_then(|r| r.strip_suffix('"')).unwrap_or_default();
        Text { value: inner.replace("\\\"", "\"").into(), span }
    }

    /// A path pattern, as [`Cx::regex`].
    pub(crate) fn glob(&self, span: Span) -> Text {
        let raw = self.slice(span);
        let inner = raw.strip_prefix("glob\"").and_then(|r| r.strip_suffix('"')).unwrap_or_default();
        Text { value: inner.replace("\\\"", "\"").into(), span }
    }

    /// `get_*`: the star touches the name.
    pub(crate) fn prefix(&self, name: Ident, star: Span) -> Selector {
        if name.span.end != star.start {
            self.report(
                Diagnostic::new(Code::UnexpectedToken, star, "a `*` in a selector touches the name before it")
                    .label("stands apart")
                    .help(format!("write `{}*` for all actions whose names start so", name.text)),
            );
        }
        Selector::Prefix(Ident { span: name.span.to(star), ..name })
    }

    /// `mail.`, as the beginning of names.
    pub(crate) fn dot(&self, name: Ident, end: u32) -> Ident {
        Ident { text: format!("{}.", name.text).into(), span: sp(name.span.start, end) }
    }

    /// What an `extend` is called: its first selector as written.
    pub(crate) fn selector_name(&self, selectors: &[Selector], all: Span) -> Ident {
        let span = selectors.first().map_or(all, Selector::span);
        self.dotted(span)
    }

    /// A window's key: one expression, or several in brackets.
    pub(crate) fn keys(&self, e: Expr) -> Vec<Expr> {
        match e.kind {
            ExprKind::Tuple(parts) => parts,
            ExprKind::Paren(inner) => vec![*inner],
            _ => vec![e],
        }
    }

    /// `f(a)`, where `f` is a name, perhaps with dots.
    pub(crate) fn call(&self, callee: Expr, args: Vec<Expr>, span: Span) -> Expr {
        fn dotted(e: &Expr) -> bool {
            match &e.kind {
                ExprKind::Name(_) => true,
                ExprKind::Member(inner, _) => dotted(inner),
                _ => false,
            }
        }
        if !dotted(&callee) {
            let d = Diagnostic::new(Code::UnexpectedToken, callee.span, "only a definition or a table is called")
                .label("not a name");
            let value = matches!(
                callee.kind,
                ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Decimal(_) | ExprKind::Text(_) | ExprKind::Paren(_)
            );
            self.report(d.help(if value {
                "is an operator missing after it, such as `==` or `and`?"
            } else {
                "write `name(…)`"
            }));
            // What follows checks what is there without the call, and the mistake stays one.
            return callee;
        }
        self.expr(ExprKind::Call(self.dotted(callee.span), args), span)
    }

    pub(crate) fn tuple(&self, first: Expr, rest: Vec<Expr>, span: Span) -> Expr {
        let parts = std::iter::once(first).chain(rest).collect();
        self.expr(ExprKind::Tuple(parts), span)
    }

    pub(crate) fn type_or(&self, mut first: TypeExpr, other: TypeExpr, span: Span) -> TypeExpr {
        first.depth = first.depth.max(other.depth);
        first.span = span;
        first.or.push(other);
        first
    }

    /// A node; one that is nested too deep is reported once and cut.
    pub(crate) fn expr(&self, kind: ExprKind, span: Span) -> Expr {
        let below = kind.parts().into_iter().map(|part| part.depth).max().unwrap_or(0);
        if below < MAX_DEPTH {
            return Expr { kind, span, depth: below + 1 };
        }
        self.cut(span, "give parts of it a name with `define`");
        Expr { kind: ExprKind::Bool(false), span, depth: 1 }
    }

    fn cut(&self, span: Span, help: &str) {
        if !self.deep.replace(true) {
            self.report(
                Diagnostic::new(Code::NestedTooDeep, span, format!("this is nested more than {MAX_DEPTH} deep"))
                    .label("too deep")
                    .help(help),
            );
        }
    }

    /// A value in a suite; one that is nested too deep is reported once and cut.
    pub(crate) fn value(&self, kind: ValueKind, span: Span) -> Value {
        let below = match &kind {
            ValueKind::Literal(_) | ValueKind::Reference(..) => 0,
            ValueKind::List(values) => values.iter().map(|v| v.depth).max().unwrap_or(0),
            ValueKind::Record(_, entries) | ValueKind::With(_, entries) => {
                entries.iter().map(|e| e.value.depth).max().unwrap_or(0)
            }
        };
        if below < MAX_DEPTH {
            return Value { kind, span, depth: below + 1 };
        }
        self.cut(span, "a request is nested at most 32 deep");
        Value { kind: ValueKind::List(vec![]), span, depth: 1 }
    }

    pub(crate) fn type_expr(
        &self,
        name: Ident,
        arguments: Option<(TypeExpr, Option<TypeExpr>)>,
        optional: Option<Span>,
        refinements: Vec<Refinement>,
        span: Span,
    ) -> TypeExpr {
        let (argument, second) = arguments.map_or((None, None), |(a, b)| (Some(a), b));
        let deepest = argument.iter().chain(&second).map(|a| a.depth).max().unwrap_or(0);
        let depth = deepest.min(MAX_TYPE_DEPTH) + 1;
        let cut = |a: TypeExpr| {
            Box::new(if a.depth < MAX_TYPE_DEPTH { a } else { TypeExpr { argument: None, second: None, ..a } })
        };
        let (argument, second) = (argument.map(cut), second.map(cut));
        TypeExpr { name, argument, second, or: vec![], optional, refinements, span, depth }
    }

    pub(crate) fn binary(&self, op: BinaryOp, at: Span, a: Expr, b: Expr, span: Span) -> Expr {
        if !op.compares() {
            return self.expr(ExprKind::Binary(op, at, Box::new(a), Box::new(b)), span);
        }
        // `a < b < c` reads as `a < b and b < c`: what follows checks what was meant, and the mistake stays one.
        let last = match &a.kind {
            ExprKind::Logic(BinaryOp::And, parts) => parts.last(),
            _ => Some(&a),
        };
        let Some((first, middle)) = last.and_then(|e| match &e.kind {
            ExprKind::Binary(first, _, _, middle) if first.compares() => Some((*first, middle.clone())),
            _ => None,
        }) else {
            return self.expr(ExprKind::Binary(op, at, Box::new(a), Box::new(b)), span);
        };
        // Of one chain the first is enough.
        let again = self
            .diagnostics
            .borrow()
            .last()
            .is_some_and(|d| d.code == Code::ChainedComparison && d.span.start >= span.start);
        if !again {
            let d = Diagnostic::new(Code::ChainedComparison, at, "comparisons cannot be chained")
                .label(format!("`{}` would compare the result of `{}`", op.as_str(), first.as_str()))
                .help("write both comparisons and join them: `a < b and b < c`");
            let (one, shared, other) = (self.slice(a.span), self.slice(middle.span), self.slice(b.span));
            let fix = format!("{one} and {shared} {} {other}", op.as_str());
            self.report(if fix.len() <= MAX_FIX { d.fix("write both comparisons", span, fix) } else { d });
        }
        // Who compares a comparison with `true` means the comparison.
        if matches!(op, BinaryOp::Eq | BinaryOp::Ne) {
            return Expr { span, ..a };
        }
        let second = self.expr(ExprKind::Binary(op, at, middle, Box::new(b)), span);
        let depth = a.depth.max(second.depth).saturating_add(1).min(MAX_DEPTH);
        let mut parts = match a.kind {
            ExprKind::Logic(_, parts) => parts,
            _ => vec![a],
        };
        parts.push(second);
        Expr { kind: ExprKind::Logic(BinaryOp::And, parts), span, depth }
    }

    /// `a and b and c` is one node, however long the chain is.
    pub(crate) fn logic(&self, op: BinaryOp, a: Expr, b: Expr, span: Span) -> Expr {
        self.unmixed(op, &a, span);
        self.unmixed(op, &b, span);
        match a.kind {
            ExprKind::Logic(same, mut operands) if same == op => {
                let depth = a.depth.max(b.depth.saturating_add(1).min(MAX_DEPTH));
                if operands.len() < 8 {
                    // Most chains are short, and there are many.
                    operands.reserve_exact(1);
                }
                operands.push(b);
                Expr { kind: ExprKind::Logic(op, operands), span, depth }
            }
            kind => self.expr(ExprKind::Logic(op, vec![Expr { kind, ..a }, b]), span),
        }
    }

    /// `a and b or c` wants brackets.
    fn unmixed(&self, op: BinaryOp, operand: &Expr, whole: Span) {
        let ExprKind::Logic(other, _) = operand.kind else { return };
        if other == op || !self.mixed_before(operand) {
            return;
        }
        // Of one chain the first mixture is enough.
        let diagnostics = self.diagnostics.borrow();
        let again = diagnostics.last().is_some_and(|d| d.code == Code::MixedLogic && d.span.start >= whole.start);
        drop(diagnostics);
        if again {
            return;
        }
        let text = self.slice(operand.span);
        let d = Diagnostic::new(
            Code::MixedLogic,
            operand.span,
            format!("`{}` and `{}` are mixed without brackets", other.as_str(), op.as_str()),
        )
        .label("put brackets around this, or around the other part")
        .help("readers disagree on which binds tighter, so zt does not choose");
        self.report(if text.len() <= MAX_FIX {
            d.fix("put brackets around this part", operand.span, format!("({text})"))
        } else {
            d
        });
    }

    /// Whether the word between the parts was really written: a chain of comparisons has none.
    fn mixed_before(&self, operand: &Expr) -> bool {
        match &operand.kind {
            ExprKind::Logic(_, parts) => match parts.as_slice() {
                [a, b, ..] => a.span.end <= b.span.start,
                _ => true,
            },
            _ => true,
        }
    }
}
