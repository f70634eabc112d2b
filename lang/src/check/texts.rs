//! Texts that mean something, and entities by their ids: what matches, what is under what, what a command runs.

use std::collections::BTreeSet;
use std::sync::Arc;

use zt_values::command::Pattern as Runs;
use zt_values::{glob, limits};

use super::Cx;
use super::declare::{find_entity, kind_of};
use super::expr::{Typed, Want, is_text};
use super::path::Env;
use crate::db::Namespace;
use crate::diagnostic::{Code, Diagnostic, article};
use crate::hir::{ExprKind, Name, Pattern, Syntax, Ty};
use crate::pattern;
use crate::span::Span;
use crate::syntax::ast::{self, Ident};

impl Cx<'_> {
    pub(crate) fn matches(&mut self, env: &Env, a: &ast::Expr, b: &ast::Expr, span: Span) -> Typed {
        let text = self.expr(env, a, None);
        if let ast::ExprKind::Glob(source) = &b.kind {
            return self.matches_glob(text, source, span);
        }
        let ast::ExprKind::Regex(source) = &b.kind else {
            let d = Diagnostic::new(Code::NotAPattern, b.span, "`matches` needs a pattern on its right")
                .label("not a pattern");
            let path = text.ty().is_some_and(|ty| *ty.base() == Ty::Syntax(Syntax::Path));
            let kind = if path { "glob" } else { "re" };
            let d = match &b.kind {
                ast::ExprKind::Text(t) => d
                    .help(format!(
                        "put `{kind}` before the quotes; patterns are part of the policy, never of a request"
                    ))
                    .fix("make it a pattern", Span::new(t.span.start, t.span.start), kind),
                _ => d.help("write it out: `re\"…\"`; patterns are part of the policy, never of a request"),
            };
            return self.fail(d);
        };
        let pattern = self.pattern(source);
        let (Some(text), Some(pattern)) = (text.expr, pattern) else { return Typed::default() };
        if *text.ty.base() == Ty::Syntax(Syntax::Command) {
            return self.fail(
                Diagnostic::new(Code::NotAPattern, text.span, "a command is not matched as a text")
                    .label(kind_of(&text.ty))
                    .help("quotes, blanks and `;` would slip past a pattern; say what it may run: `runs only [\"…\"]`"),
            );
        }
        if !is_text(&text.ty) && !matches!(text.ty.base(), Ty::Syntax(_)) {
            return self.fail(
                Diagnostic::new(Code::NotAPattern, text.span, format!("{} cannot match a pattern", kind_of(&text.ty)))
                    .label(kind_of(&text.ty))
                    .help("patterns are for texts such as `String` and `Ident`"),
            );
        }
        Typed::of(ExprKind::Matches(Box::new(text), pattern), Ty::Bool, span)
    }

    fn matches_glob(&mut self, text: Typed, source: &ast::Text, span: Span) -> Typed {
        let pattern = self.glob(source);
        let (Some(text), Some(pattern)) = (text.expr, pattern) else { return Typed::default() };
        if *text.ty.base() == Ty::Syntax(Syntax::Path) {
            return Typed::of(ExprKind::Glob(Box::new(text), pattern), Ty::Bool, span);
        }
        let d =
            Diagnostic::new(Code::NotAPattern, source.span, format!("`glob` matches paths, not {}", kind_of(&text.ty)))
                .label("a pattern of paths")
                .related(None, text.span, kind_of(&text.ty));
        self.fail(match text.ty.base() {
            Ty::Syntax(Syntax::Url) => d.help("match its path: `….path matches glob\"…\"`"),
            Ty::String | Ty::Ident => {
                d.help("declare it as `Path`, so that `..` and its like are refused; other texts match `re\"…\"`")
            }
            _ => d.help("texts other than paths match `re\"…\"`"),
        })
    }

    fn glob(&mut self, source: &ast::Text) -> Option<Pattern> {
        let regex = match glob::to_regex(&source.value) {
            Ok(regex) => regex,
            Err(why) => {
                let d = Diagnostic::new(Code::BadPattern, source.span, format!("no path can match this: it {}", why.as_str()))
                    .label("not a pattern of paths")
                    .help("it starts with `/`; `*` stays within a segment, `**` stands for whole segments, `?` is one character");
                self.report(d);
                return None;
            }
        };
        match pattern::compile(&regex) {
            Ok(pattern) => Some(pattern),
            Err(_) => {
                let d = Diagnostic::new(
                    Code::PatternTooLarge,
                    source.span,
                    "the pattern is too large to be matched in linear time",
                )
                .label("its automaton would not fit")
                .help("use fewer `*` in one segment");
                self.report(d);
                None
            }
        }
    }

    /// `a under b`: at or below.
    pub(crate) fn under(&mut self, env: &Env, a: &ast::Expr, b: &ast::Expr, span: Span) -> Typed {
        let Some(x) = self.expr(env, a, None).expr else { return Typed::default() };
        let net = Ty::Syntax(Syntax::IpNet);
        let wanted = match x.ty.base() {
            Ty::Syntax(Syntax::Path | Syntax::Host | Syntax::IpNet) => x.ty.clone(),
            Ty::Syntax(Syntax::IpAddr) => net,
            Ty::Entity(_) => x.ty.clone(),
            other => {
                let help = match other {
                    Ty::Syntax(Syntax::Url) => "ask its host or its path: `….host under \"example.com\"`",
                    Ty::Syntax(Syntax::Email) => "ask its domain: `….domain under \"example.com\"`",
                    Ty::String | Ty::Ident => {
                        "declare it as `Path` or `Host`, so that it is read when the request comes in"
                    }
                    _ => "it is asked of paths, hosts, addresses, networks and entities",
                };
                let d = Diagnostic::new(Code::WrongOperand, x.span, format!("nothing is above {}", kind_of(&x.ty)))
                    .label(kind_of(&x.ty))
                    .help(help);
                return self.fail(d);
            }
        };
        let want = Want { ty: wanted.clone(), bounds: None, exact: false };
        let Some(y) = self.expr(env, b, Some(&want)).expr else { return Typed::default() };
        if let (Ty::Entity(below), Ty::Entity(above)) = (x.ty.base(), y.ty.base()) {
            if below != above && !self.may_be_above(below, above) {
                return self.fail(
                    Diagnostic::new(
                        Code::WrongOperand,
                        span,
                        format!("{} `{below}` is never under {} `{above}`", article(below), article(above)),
                    )
                    .label("always false")
                    .help(format!("if it can be in one, say so where it is declared: `entity {below} in {above}`")),
                );
            }
        } else if y.ty != wanted && !(*x.ty.base() == Ty::Syntax(Syntax::IpAddr) && *y.ty.base() == wanted) {
            let said = format!("`under` asks {} of {}", kind_of(&wanted), kind_of(&y.ty));
            return self.mismatch(said, &wanted, x.span, &y);
        }
        Typed::of(ExprKind::Under(Box::new(x), Box::new(y)), Ty::Bool, span)
    }

    /// Whether entities of one type can be above those of another; what is unknown because of a mistake may be.
    fn may_be_above(&self, below: &Name, above: &Name) -> bool {
        let mut seen: BTreeSet<Name> = BTreeSet::new();
        let mut todo = vec![below.clone()];
        while let Some(name) = todo.pop() {
            let Some(entity) = find_entity(self.db, self.package, &name) else { return true };
            for parent in &entity.parents {
                if parent == above {
                    return true;
                }
                if seen.insert(parent.clone()) {
                    todo.push(parent.clone());
                }
            }
        }
        self.broken(Namespace::Type, below)
    }

    /// `Team("support")`: an entity by its id, if the name is that of an entity.
    pub(crate) fn entity_by_id(&mut self, name: &Ident, args: &[ast::Expr], span: Span) -> Option<Typed> {
        let item = self.find(Namespace::Type, &name.text)?;
        match &item.ast(self.db).kind {
            Some(ast::ItemKind::Entity(_)) => {}
            Some(_) => {
                return Some(
                    self.fail(
                        Diagnostic::new(Code::NotAValue, span, format!("`{}` is not an entity", name.text))
                            .label("only an entity has an id to be called by")
                            .help("write the value itself; zt never converts one type to another"),
                    ),
                );
            }
            None => return Some(Typed::default()),
        }
        let [ast::Expr { kind: ast::ExprKind::Text(id), .. }] = args else {
            return Some(
                self.fail(
                    Diagnostic::new(
                        Code::WrongArguments,
                        span,
                        format!("an entity is written by its id: `{}(\"…\")`", name.text),
                    )
                    .label("one text in double quotes")
                    .help("to compare ids that are read, compare them: `resource.id == input.order`"),
                ),
            );
        };
        if id.value.is_empty() || id.value.len() > limits::ID_BYTES || id.value.contains('\0') {
            return Some(
                self.fail(
                    Diagnostic::new(Code::ImpossibleLiteral, id.span, "an `id` is a text of 1 to 256 bytes")
                        .label("no entity has this id")
                        .help("write the id that requests hold"),
                ),
            );
        }
        Some(Typed::of(ExprKind::Entity(id.value.clone()), Ty::Entity(name.text.clone()), span))
    }

    /// `command runs only ["…"]`, `runs any`
    pub(crate) fn runs(&mut self, env: &Env, command: &ast::Expr, only: bool, list: &[ast::Expr], span: Span) -> Typed {
        let command = self.expr(env, command, None).expr;
        let word = if only { "runs only" } else { "runs any" };
        if list.is_empty() {
            return self.fail(
                Diagnostic::new(Code::Empty, span, format!("`{word}` names no command"))
                    .label(if only { "always false" } else { "never true" })
                    .help(format!("name some: `… {word} [\"git status\"]`")),
            );
        }
        let mut patterns: Vec<Name> = vec![];
        for e in list {
            let ast::ExprKind::Text(t) = &e.kind else {
                let d = Diagnostic::new(Code::NotACommand, e.span, "a pattern of commands is a text")
                    .label("not a text")
                    .help("write it in double quotes: `\"git diff *\"`");
                self.report(d);
                continue;
            };
            let read = Runs::parse(&t.value).and_then(|p| if only { p.check_only().map(|()| p) } else { Ok(p) });
            match read {
                Ok(_) => patterns.push(t.value.clone()),
                Err(why) => {
                    let d = Diagnostic::new(
                        Code::NotACommand,
                        t.span,
                        format!("this is no pattern for `{word}`: it {}", why.as_str()),
                    )
                    .label("not a pattern of commands")
                    .help("a pattern is words; `*` stands for any words but options, `[--stat]` may be there, `a | b` is a pipe");
                    self.report(d);
                }
            }
        }
        let Some(command) = command else { return Typed::default() };
        if *command.ty.base() != Ty::Syntax(Syntax::Command) {
            let d = Diagnostic::new(
                Code::NotACommand,
                command.span,
                format!("`{word}` needs a command, this is {}", kind_of(&command.ty)),
            )
            .label(kind_of(&command.ty))
            .help("declare it as `Command`; then what cannot be split for sure is refused when the request comes in");
            return self.fail(d);
        }
        if patterns.len() != list.len() {
            return Typed::default();
        }
        Typed::of(ExprKind::Runs(Box::new(command), only, Arc::from(patterns)), Ty::Bool, span)
    }
}
