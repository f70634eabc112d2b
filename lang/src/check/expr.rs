//! Expressions: a type for each, and what each proves about presence.

use std::sync::Arc;

use super::declare::kind_of;
use super::define::{Standing, standing};
use super::literal::{
    canonical, impossible, impossible_counted, impossible_number, impossible_text, measured, number, show_counted,
};
use super::note::Meaning;
use super::path::{Alternative, Env, Facts, ROOTS, Seen};
use super::types::{show, unbounded};
use super::{Cx, HirItem, check_item};
use crate::db::{Namespace, find};
use crate::diagnostic::{Code, Diagnostic, Fix};
use crate::hir::{Bounds, Enum, Expr, ExprKind, Path, Root, Ty};
use crate::span::Span;
use crate::syntax::ast::{self, BinaryOp, Ident};

/// An expression with what it proves. `expr` is `None` after a mistake, which has been reported.
#[derive(Debug, Default)]
pub(crate) struct Typed {
    pub(crate) expr: Option<Expr>,
    /// What is known if it is true.
    pub(crate) plus: Facts,
    /// What is known if it is false.
    pub(crate) minus: Facts,
    /// What its declared type refuses, if it is a path.
    pub(crate) bounds: Option<Bounds>,
}

/// The type that a literal takes from its surroundings.
#[derive(Debug, Clone)]
pub(crate) struct Want {
    pub(crate) ty: Ty,
    pub(crate) bounds: Option<Bounds>,
    /// Whether a literal that the type refuses makes no sense.
    pub(crate) exact: bool,
}

impl Typed {
    pub(crate) fn of(kind: ExprKind, ty: Ty, span: Span) -> Typed {
        Typed { expr: Some(Expr { kind, ty, span }), ..Typed::default() }
    }

    pub(crate) fn ty(&self) -> Option<&Ty> {
        self.expr.as_ref().map(|e| &e.ty)
    }
}

impl Cx<'_> {
    /// A condition: an expression that is true or false.
    pub(crate) fn condition(&mut self, env: &Env, e: &ast::Expr) -> Typed {
        let mut typed = self.expr(env, e, None);
        if let Some(ty) = typed.ty().filter(|t| **t != Ty::Bool).cloned() {
            let help = match ty.base() {
                Ty::Set(_) | Ty::List(_) => "ask whether something is in it: `… in …`".to_owned(),
                Ty::Bool => "compare it: `== true`".to_owned(),
                _ => "compare it with something: `… == …`".to_owned(),
            };
            let d = Diagnostic::new(
                Code::NotCondition,
                e.span,
                format!("a condition is true or false; this is {}", kind_of(&ty)),
            )
            .label(kind_of(&ty))
            .help(help);
            self.report(d);
            typed.expr = None;
        }
        typed
    }

    /// An expression, with the type that its surroundings want if it has none of its own.
    pub(crate) fn expr(&mut self, env: &Env, e: &ast::Expr, want: Option<&Want>) -> Typed {
        let typed = self.expr_of(env, e, want);
        if let Some(x) = &typed.expr {
            self.note(e.span, || Meaning::Value(x.ty.clone()));
        }
        typed
    }

    fn expr_of(&mut self, env: &Env, e: &ast::Expr, want: Option<&Want>) -> Typed {
        match &e.kind {
            ast::ExprKind::Paren(inner) => self.expr(env, inner, want),
            ast::ExprKind::Bool(b) => {
                let ty = want.filter(|w| *w.ty.base() == Ty::Bool).map_or(Ty::Bool, |w| w.ty.clone());
                Typed::of(ExprKind::Bool(*b), ty, e.span)
            }
            ast::ExprKind::Int(_) | ast::ExprKind::Decimal(_) => self.number(e, want),
            ast::ExprKind::Neg(inner) if is_number(inner) => self.number(e, want),
            ast::ExprKind::Quantity(_)
            | ast::ExprKind::Instant(_)
            | ast::ExprKind::Date(_)
            | ast::ExprKind::Time(_) => self.measured(e, want),
            ast::ExprKind::Neg(inner) if matches!(inner.kind, ast::ExprKind::Quantity(_)) => self.measured(e, want),
            ast::ExprKind::Text(t) => self.text(t, want),
            ast::ExprKind::Regex(t) | ast::ExprKind::Glob(t) => self.fail(
                Diagnostic::new(Code::NotAPattern, t.span, "a pattern stands only after `matches`")
                    .label("not a value")
                    .help("write `… matches re\"…\"` or `… matches glob\"…\"`"),
            ),
            ast::ExprKind::List(elements) => self.list(env, elements, want, e.span),
            ast::ExprKind::Quantifier(kind, name, over, body) => self.quantifier(env, *kind, name, over, body, e.span),
            ast::ExprKind::Count(over) => self.count(env, over, e.span),
            ast::ExprKind::If(c, a, b) => self.choice(env, c, (a, b), want, e.span),
            ast::ExprKind::At(..) => self.bare_at(e.span),
            ast::ExprKind::Range(..) | ast::ExprKind::Hours(..) => self.fail(
                Diagnostic::new(Code::NotAValue, e.span, "a range stands only after `in`")
                    .label("not a value")
                    .help("write `… in a .. b`"),
            ),
            ast::ExprKind::Runs(command, only, patterns) => self.runs(env, command, *only, patterns, e.span),
            ast::ExprKind::Member(at, part) if matches!(strip(at).kind, ast::ExprKind::At(..)) => {
                self.local(env, strip(at), part, e.span)
            }
            ast::ExprKind::Name(_) | ast::ExprKind::Member(..) | ast::ExprKind::Index(..) => self.read(env, e, want),
            ast::ExprKind::Call(..) if let Some((name, args)) = self.called_detector(env, e) => {
                self.detect(env, name, args, e.span)
            }
            ast::ExprKind::Call(name, args) => match self.called_table(env, e) {
                Some(_) => self.looked_up(env, name, args, None, e.span),
                None => self.apply(env, name, args, e.span),
            },
            ast::ExprKind::Tuple(_) => self.fail(
                Diagnostic::new(
                    Code::NotAValue,
                    e.span,
                    "several values in brackets stand only before `in` and a table",
                )
                .label("not a value")
                .help("ask whether a table has the row: `(a, b) in grants`"),
            ),
            ast::ExprKind::Is(inner, name, bind) => self.is(env, inner, name, bind.as_ref(), e.span),
            ast::ExprKind::Counting(inner) => match &inner.kind {
                ast::ExprKind::Name(name) => self.reading(env, name, true, e.span),
                _ => self.fail(
                    Diagnostic::new(Code::BadWindow, inner.span, "only a window counts this call")
                        .label("not a window")
                        .help("write the window's name: `refunds counting this > 5`"),
                ),
            },
            ast::ExprKind::Not(inner) => {
                let inner = self.condition(env, inner);
                let expr = inner.expr.map(|x| Expr { kind: ExprKind::Not(Box::new(x)), ty: Ty::Bool, span: e.span });
                Typed { expr, plus: inner.minus.unnamed(), minus: inner.plus.unnamed(), bounds: None }
            }
            ast::ExprKind::Neg(inner) => {
                let inner = self.expr(env, inner, want);
                let Some(x) = inner.expr else { return Typed::default() };
                if !matches!(x.ty.base(), Ty::Int | Ty::Decimal | Ty::Duration) {
                    return self.wrong_operand("-", &x);
                }
                let ty = x.ty.clone();
                Typed::of(ExprKind::Neg(Box::new(x)), ty, e.span)
            }
            ast::ExprKind::Logic(op, operands) => self.logic(env, *op, operands, e.span),
            ast::ExprKind::Has(inner, name, bind) => self.has(env, inner, name, bind.as_ref(), e.span),
            ast::ExprKind::Binary(op, at, a, b) => match op {
                BinaryOp::In => self.is_in(env, a, b, e.span),
                BinaryOp::Matches => self.matches(env, a, b, e.span),
                BinaryOp::Under => self.under(env, a, b, e.span),
                BinaryOp::Coalesce => self.coalesce(env, a, b, e.span),
                BinaryOp::Add | BinaryOp::Sub | BinaryOp::Intersect => self.sum(env, *op, a, b, want, e.span),
                BinaryOp::Mul => self.product(env, *at, a, b, want, e.span),
                _ => self.compare(env, *op, a, b, e.span),
            },
        }
    }

    pub(crate) fn fail(&mut self, d: Diagnostic) -> Typed {
        self.report(d);
        Typed::default()
    }

    pub(crate) fn wrong_operand(&mut self, op: &str, x: &Expr) -> Typed {
        self.fail(
            Diagnostic::new(Code::WrongOperand, x.span, format!("`{op}` works on numbers, not on {}", kind_of(&x.ty)))
                .label(kind_of(&x.ty))
                .help(match x.ty.base() {
                    Ty::String | Ty::Ident | Ty::Syntax(_) => "texts are compared and matched, never joined",
                    Ty::Date | Ty::Time => "dates and times of day are compared; reckon with instants: `now - 7d`",
                    Ty::Instant => "the time between two instants is a duration: `now - resource.created_at`",
                    Ty::Set(_) | Ty::List(_) => "collections are joined with `+`",
                    _ => "use a number",
                }),
        )
    }

    /// A quantity, an instant, a date or a time of day.
    fn measured(&mut self, e: &ast::Expr, want: Option<&Want>) -> Typed {
        let (own, value) = match measured(e) {
            Some(Ok(known)) => known,
            Some(Err(d)) => return self.fail(*d),
            None => return Typed::default(),
        };
        let wanted = want.filter(|w| *w.ty.base() == own);
        if let Some(w) = wanted.filter(|w| w.exact)
            && let Some(bounds) = &w.bounds
            && let Some(why) = impossible_counted(value, bounds, &own)
        {
            let shown = format!("`{}`", show_counted(value, &own, 0));
            return self.fail(impossible(e.span, &shown, &w.ty, why));
        }
        Typed::of(ExprKind::Int(value), wanted.map_or(own, |w| w.ty.clone()), e.span)
    }

    fn number(&mut self, e: &ast::Expr, want: Option<&Want>) -> Typed {
        let decimal = matches!(&e.kind, ast::ExprKind::Decimal(_))
            || matches!(&e.kind, ast::ExprKind::Neg(x) if matches!(x.kind, ast::ExprKind::Decimal(_)));
        let own = if decimal { Ty::Decimal } else { Ty::Int };
        let wanted = want.filter(|w| is_numeric(&w.ty));
        // A whole number is a decimal too; the other way round it would lose something.
        let ty = wanted.map_or(own, |w| w.ty.clone());
        match number(e, ty.base()) {
            Ok(value) => {
                if let Some(w) = wanted.filter(|w| w.exact)
                    && let Some(bounds) = &w.bounds
                    && let Some(why) = impossible_number(value, bounds, *ty.base() == Ty::Decimal)
                {
                    return self.fail(impossible(e.span, &shown_number(e), &ty, why));
                }
                let kind = if *ty.base() == Ty::Decimal { ExprKind::Decimal(value) } else { ExprKind::Int(value) };
                Typed::of(kind, ty, e.span)
            }
            Err(d) => self.fail(*d),
        }
    }

    fn text(&mut self, t: &ast::Text, want: Option<&Want>) -> Typed {
        let wanted = want.filter(|w| is_text(&w.ty) || matches!(w.ty.base(), Ty::Syntax(_)));
        let ty = wanted.map_or(Ty::String, |w| w.ty.clone());
        if let Some(w) = want
            && let Ty::Enum(name) = &w.ty
            && let Some(e) = self.enumeration(name)
        {
            let d =
                Diagnostic::new(Code::TypeMismatch, t.span, format!("a member of `{name}` is written without quotes"))
                    .label("a text");
            let d = match e.members.iter().find(|m| *m.name == *t.value || *m.wire == *t.value) {
                Some(m) => d.help(format!("write `{}`", m.name)).fix(format!("write `{}`", m.name), t.span, &*m.name),
                None => d.help(format!("its members are {}", member_list(&e))),
            };
            return self.fail(d);
        }
        // What is no value of a syntax at all is refused in any case.
        let shown = || format!("`\"{}\"`", t.value.escape_debug());
        let text = match ty.base() {
            Ty::Syntax(syntax) => match canonical(*syntax, &t.value) {
                Ok(text) => text.into(),
                Err(why) => return self.fail(impossible(t.span, &shown(), &ty, why)),
            },
            _ => t.value.clone(),
        };
        if let Some(w) = wanted.filter(|w| w.exact) {
            let bounds = w.bounds.clone().unwrap_or_else(|| unbounded(&w.ty));
            if let Some(why) = impossible_text(&t.value, &ty, &bounds) {
                return self.fail(impossible(t.span, &shown(), &ty, why));
            }
        }
        Typed::of(ExprKind::Text(text), ty, t.span)
    }

    pub(crate) fn enumeration(&self, name: &str) -> Option<Arc<Enum>> {
        match &check_item(self.db, self.package, find(self.db, self.package, Namespace::Type, name)?).hir {
            Some(HirItem::Enum(e)) => Some(e.clone()),
            _ => None,
        }
    }

    /// A path, a member of an enum, or a constant.
    fn read(&mut self, env: &Env, e: &ast::Expr, want: Option<&Want>) -> Typed {
        match self.view(env, e) {
            Seen::Poison => Typed::default(),
            Seen::Path(view) => {
                if !self.proven(env, &view) {
                    return Typed::default();
                }
                let Some((ty, bounds)) = self.value_type(env, &view) else { return Typed::default() };
                if matches!(ty.base(), Ty::Choice(_)) && want.is_none_or(|w| !w.ty.alike(&ty)) {
                    self.which(env, &view, &ty);
                    return Typed::default();
                }
                if let (ast::ExprKind::Name(name), Some(Ty::Enum(of))) = (&e.kind, want.map(|w| &w.ty))
                    && ty != Ty::Enum(of.clone())
                    && self.enumeration(of).is_some_and(|x| x.index_of(&name.text).is_some())
                {
                    return self.fail(
                        Diagnostic::new(Code::Shadowing, name.span, format!("`{}` can be read in two ways", name.text))
                            .label(format!("a member of `{of}`, and a name of the language or given here"))
                            .help("give the member another name here, and its own in requests with `as \"…\"`"),
                    );
                }
                if let (ast::ExprKind::Name(name), Ty::Enum(of)) = (&e.kind, &ty)
                    && self.enumeration(of).is_some_and(|x| x.index_of(&name.text).is_some())
                {
                    return self.fail(
                        Diagnostic::new(Code::Shadowing, name.span, format!("`{}` can be read in two ways", name.text))
                            .label(format!("a member of `{of}`, and a name given here"))
                            .help("give the parameter, or what follows `as`, another name"),
                    );
                }
                let expr = Some(Expr { kind: ExprKind::Path(view.path), ty, span: e.span });
                Typed { expr, bounds: Some(bounds), ..Typed::default() }
            }
            Seen::NotAPath => match &e.kind {
                ast::ExprKind::Name(name) => self.word(env, name, want),
                _ => Typed::default(),
            },
        }
    }

    /// A bare word: a member where an enum is wanted, else a constant.
    fn word(&mut self, env: &Env, name: &Ident, want: Option<&Want>) -> Typed {
        let named = |namespace| self.find(namespace, &name.text);
        let constant = named(Namespace::Define).or_else(|| named(Namespace::Window));
        if let Some(Want { ty: Ty::Enum(enum_name), .. }) = want {
            let Some(e) = self.enumeration(enum_name) else { return Typed::default() };
            let index = e.index_of(&name.text);
            if let (Some(_), Some(_)) = (index, constant) {
                return self.fail(
                    Diagnostic::new(Code::Shadowing, name.span, format!("`{}` can be read in two ways", name.text))
                        .label(format!("a member of `{enum_name}`, and a definition or window"))
                        .help("give one of them another name"),
                );
            }
            if let Some(index) = index {
                self.note(name.span, || Meaning::Member(enum_name.clone(), name.text.clone()));
                return Typed::of(ExprKind::Member(index), Ty::Enum(enum_name.clone()), name.span);
            }
            if constant.is_none() {
                return self.fail(
                    Diagnostic::new(
                        Code::UnknownMember,
                        name.span,
                        format!("`{}` has no member `{}`", self.called(enum_name), name.text),
                    )
                    .label("not a member")
                    .help(format!("its members are {}", member_list(&e)))
                    .did_you_mean(name.span, &name.text, e.members.iter().map(|m| &*m.name)),
                );
            }
        }
        if self.find(Namespace::Window, &name.text).is_some() {
            return self.reading(env, name, false, name.span);
        }
        if constant.is_some() {
            return self.apply(env, name, &[], name.span);
        }
        let before = self.diagnostics.len();
        self.report_unknown(env, name);
        if want.is_some_and(|w| is_text(&w.ty))
            && let Some(d) = self.diagnostics.get_mut(before).filter(|d| d.fix.is_none())
        {
            let text = format!("\"{}\"", name.text);
            d.help = Some(format!("a text stands in double quotes: `{text}`"));
            d.fix = Some(Fix { title: format!("write `{text}`"), span: name.span, text, safe: false });
        }
        Typed::default()
    }

    fn apply(&mut self, env: &Env, name: &Ident, args: &[ast::Expr], span: Span) -> Typed {
        let Some(item) = self.find(Namespace::Define, &name.text) else {
            if let Some(found) = self.entity_by_id(name, args, span) {
                return found;
            }
            if self.excused(Namespace::Define) {
                return Typed::default();
            }
            // `Team("x")` is an entity by its id.
            let by_id = matches!(args, [ast::Expr { kind: ast::ExprKind::Text(_), .. }]);
            let kinds = [Namespace::Define, Namespace::Table, Namespace::Type];
            let kinds = kinds.get(..if by_id { 3 } else { 2 }).unwrap_or_default();
            let module = name.text.split_once('.').map(|(module, _)| module);
            if module.is_some_and(|module| !self.local_names().modules.contains_key(module)) {
                return self.fail(
                    Diagnostic::new(Code::UnknownDefine, name.span, format!("no definition is called `{}`", name.text))
                        .label("values have no functions of their own")
                        .help("`x in set` asks for an element, `text matches re\"…\"` for a pattern, `count(set)` how many"),
                );
            }
            let d = Diagnostic::new(Code::UnknownDefine, name.span, format!("no definition is called `{}`", name.text))
                .label("not declared in this package")
                .help(format!("declare it: `define {}(…) = …`", name.text));
            let d = self.suggest(d, name, kinds, &[]);
            return self.fail(d);
        };
        if standing(self.db, self.package, item) != Standing::Sound {
            return Typed::default();
        }
        let Some(HirItem::Define(define)) = check_item(self.db, self.package, item).hir.clone() else {
            return Typed::default();
        };
        if define.params.len() != args.len() {
            return self.fail(
                Diagnostic::new(
                    Code::WrongArguments,
                    span,
                    match define.params.len() {
                        0 => format!("`{}` takes no arguments", name.text),
                        1 => format!("`{}` takes 1 argument, not {}", name.text, args.len()),
                        n => format!("`{}` takes {n} arguments, not {}", name.text, args.len()),
                    },
                )
                .label("the wrong number")
                .help(match define.params.as_slice() {
                    [] => format!("write `{}` alone", name.text),
                    params => format!(
                        "it is declared as `{}({})`",
                        name.text,
                        params.iter().map(|(n, t)| format!("{n} : {}", show(t))).collect::<Vec<_>>().join(", ")
                    ),
                }),
            );
        }
        let mut checked = vec![];
        for (at, (arg, (param, ty))) in args.iter().zip(&define.params).enumerate() {
            let want = Want { ty: ty.clone(), bounds: None, exact: true };
            let Some(x) = self.expr(env, arg, Some(&want)).expr else { continue };
            if x.ty.alike(ty) {
                if self.fits_parameter(item, at, &x)
                    && self.variants_fit(param, &x, ty)
                    && self.is_placed(env, &name.text, at, param, &x)
                {
                    checked.push(x);
                }
            } else {
                let d = Diagnostic::new(
                    Code::TypeMismatch,
                    arg.span,
                    format!("parameter `{param}` is {}, this is {}", kind_of(ty), kind_of(&x.ty)),
                )
                .label(kind_of(&x.ty))
                .help("zt never converts one type to another");
                self.report(d);
            }
        }
        if checked.len() != args.len() {
            return Typed::default();
        }
        if !self.handed_in_time(&define, &checked, span) {
            return Typed::default();
        }
        Typed::of(ExprKind::Call(name.text.clone(), checked), define.body.ty.clone(), span)
    }

    fn logic(&mut self, env: &Env, op: BinaryOp, operands: &[ast::Expr], span: Span) -> Typed {
        let mut env = env.clone();
        let mut all = Vec::with_capacity(operands.len());
        let (mut plus, mut minus): (Option<Facts>, Option<Facts>) = (None, None);
        for operand in operands {
            let typed = self.condition(&env, operand);
            let learnt = if op == BinaryOp::And { &typed.plus } else { &typed.minus };
            env.facts = env.facts.and(learnt);
            let join = |before: Option<Facts>, now: Facts, both: bool| match before {
                None => now,
                Some(before) if both => before.and(&now),
                Some(before) => before.or(&now),
            };
            plus = Some(join(plus, typed.plus, op == BinaryOp::And));
            minus = Some(join(minus, typed.minus, op == BinaryOp::Or));
            all.push(typed.expr);
        }
        let all: Option<Vec<Expr>> = all.into_iter().collect();
        let (plus, minus) = (plus.unwrap_or_default(), minus.unwrap_or_default());
        // `or` drops names on both sides, `and` keeps those of its true side.
        let (plus, minus) =
            if op == BinaryOp::And { (plus, minus.unnamed()) } else { (plus.unnamed(), minus.unnamed()) };
        let kind = |xs| if op == BinaryOp::And { ExprKind::And(xs) } else { ExprKind::Or(xs) };
        Typed { expr: all.map(|xs| Expr { kind: kind(xs), ty: Ty::Bool, span }), plus, minus, bounds: None }
    }

    fn has(&mut self, env: &Env, inner: &ast::Expr, name: &Ident, bind: Option<&Ident>, span: Span) -> Typed {
        // After a mistake nobody knows what is proven, and the name given to it stands for anything.
        let vague = || Facts { vague: true, ..Facts::default() };
        let mut lost = Typed { plus: vague(), minus: vague(), ..Typed::default() };
        lost.plus.names.extend(bind.map(|b| (b.text.clone(), None)));
        let view = match self.view(env, inner) {
            Seen::Path(view) => view,
            Seen::Poison => return lost,
            Seen::NotAPath => {
                match &inner.kind {
                    ast::ExprKind::Name(n) => self.report_unknown(env, n),
                    _ => self.report(
                        Diagnostic::new(Code::NotAValue, inner.span, "`has` asks whether an attribute is there")
                            .label("this has no attributes")
                            .help("write what has it before `has`, as in `principal has acts_for`"),
                    ),
                }
                return lost;
            }
        };
        let Some(view) = self.step(env, view, name, span) else { return lost };
        let mut plus = Facts::default();
        plus.present.insert(view.path.clone());
        self.bind(env, bind, &view.path, &mut plus);
        if !view.optional {
            self.report(
                Diagnostic::new(Code::AlwaysPresent, name.span, format!("`{}` is always present", view.show(env)))
                    .label("it is declared without `?`")
                    .help("remove the test; a request without it is refused"),
            );
            return Typed { plus, ..Typed::default() };
        }
        Typed { plus, ..Typed::of(ExprKind::Has(view.path), Ty::Bool, span) }
    }

    /// Gives what was tested a name.
    pub(crate) fn bind(&mut self, env: &Env, bind: Option<&Ident>, path: &Path, plus: &mut Facts) {
        let Some(bind) = bind else { return };
        if self.means_something(env, &bind.text) {
            let d =
                Diagnostic::new(Code::Shadowing, bind.span, format!("`{}` means something here already", bind.text))
                    .label("nothing shadows in zt")
                    .help("choose another name");
            self.report(d);
            plus.names.insert(bind.text.clone(), None);
        } else {
            plus.names.insert(bind.text.clone(), Some(path.clone()));
        }
    }

    /// `principal is N as x`
    fn is(&mut self, env: &Env, inner: &ast::Expr, name: &Ident, bind: Option<&Ident>, span: Span) -> Typed {
        let vague = || Facts { vague: true, ..Facts::default() };
        let mut lost = Typed { plus: vague(), minus: vague(), ..Typed::default() };
        lost.plus.names.extend(bind.map(|b| (b.text.clone(), None)));
        let view = match self.view(env, inner) {
            Seen::Path(view) => Some(view),
            Seen::Poison => return lost,
            Seen::NotAPath => None,
        };
        if let Some(typed) = view.as_ref().and_then(|view| self.is_of_choice(env, view, name, bind, span)) {
            return typed;
        }
        let Some(view) = view.filter(|view| view.path.root == Root::Principal && view.path.fields.is_empty()) else {
            self.report(
                Diagnostic::new(Code::NotAValue, inner.span, "`is` asks which of several types something has")
                    .label("always of one type")
                    .help("ask it of the principal, or of what is declared as `A or B`"),
            );
            return lost;
        };
        let Some(entity) = self.entity(name) else { return lost };
        let is_it = |a: &Alternative| matches!(a, Alternative::Value(Ty::Entity(known), _) if *known == entity);
        // A package that others use is for principals that they may not have.
        if !view.alternatives.iter().any(is_it) && self.of_root() {
            let known: Vec<String> = view
                .alternatives
                .iter()
                .filter_map(|a| match a {
                    Alternative::Value(Ty::Entity(known), _) => Some(format!("`{known}`")),
                    _ => None,
                })
                .collect();
            self.report(
                Diagnostic::new(Code::TypeMismatch, name.span, format!("the principal is never `{entity}` here"))
                    .label("always false")
                    .help(format!("here it is {}", known.join(" or "))),
            );
            return lost;
        }
        let fact = (view.path.clone(), entity.clone());
        let mut plus = Facts { is: [fact.clone()].into(), ..Facts::default() };
        let minus = Facts { is_not: [fact].into(), ..Facts::default() };
        self.bind(env, bind, &view.path, &mut plus);
        Typed { plus, minus, ..Typed::of(ExprKind::Is(view.path, entity), Ty::Bool, span) }
    }
}

/// An expression without the brackets around it.
pub(crate) fn strip(e: &ast::Expr) -> &ast::Expr {
    match &e.kind {
        ast::ExprKind::Paren(inner) => strip(inner),
        _ => e,
    }
}

pub(crate) fn is_number(e: &ast::Expr) -> bool {
    matches!(e.kind, ast::ExprKind::Int(_) | ast::ExprKind::Decimal(_))
}

/// A literal number as it is written, in backticks.
pub(crate) fn shown_number(e: &ast::Expr) -> String {
    match &e.kind {
        ast::ExprKind::Int(n) | ast::ExprKind::Decimal(n) => format!("`{}`", n.text),
        ast::ExprKind::Neg(inner) => match &inner.kind {
            ast::ExprKind::Int(n) | ast::ExprKind::Decimal(n) => format!("`-{}`", n.text),
            _ => "this number".to_owned(),
        },
        _ => "this number".to_owned(),
    }
}

pub(crate) fn is_numeric(ty: &Ty) -> bool {
    matches!(ty.base(), Ty::Int | Ty::Decimal)
}

pub(crate) fn is_text(ty: &Ty) -> bool {
    matches!(ty.base(), Ty::String | Ty::Ident)
}

/// Whether a name is a root, a parameter or a bound name.
pub(crate) fn taken(env: &Env, name: &str) -> bool {
    ROOTS.contains(&name)
        || env.facts.names.contains_key(name)
        || env.params.iter().flat_map(|p| p.iter()).chain(&env.vars).any(|(n, ..)| **n == *name)
}

pub(crate) fn member_list(e: &Enum) -> String {
    e.members.iter().map(|m| format!("`{}`", m.name)).collect::<Vec<_>>().join(", ")
}
