//! Expressions: a type for each, and what each proves about presence.

use std::sync::Arc;

use super::declare::kind_of;
use super::literal::{impossible, impossible_number, impossible_text, number};
use super::path::{Env, Facts, Seen};
use super::types::{show, unbounded};
use super::{Cx, HirItem, check_item};
use crate::db::{Namespace, find, names};
use crate::diagnostic::{Code, Diagnostic, Fix};
use crate::hir::{Arith, Bounds, Cmp, Enum, Expr, ExprKind, Ty};
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
    bounds: Option<Bounds>,
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
    fn of(kind: ExprKind, ty: Ty, span: Span) -> Typed {
        Typed { expr: Some(Expr { kind, ty, span }), ..Typed::default() }
    }

    fn ty(&self) -> Option<&Ty> {
        self.expr.as_ref().map(|e| &e.ty)
    }
}

impl Cx<'_> {
    /// A condition: an expression that is true or false.
    pub(crate) fn condition(&mut self, env: &Env, e: &ast::Expr) -> Typed {
        let mut typed = self.expr(env, e, None);
        if let Some(ty) = typed.ty().filter(|t| **t != Ty::Bool).cloned() {
            let help = match ty.base() {
                Ty::Set(_) => "ask whether something is in it: `… in …`".to_owned(),
                Ty::Bool => "compare it: `== true`".to_owned(),
                _ => "compare it with something: `… == …`".to_owned(),
            };
            let d = Diagnostic::new(Code::NotCondition, e.span, format!("a condition is true or false; this is {}", kind_of(&ty)))
                .label(kind_of(&ty))
                .help(help);
            self.report(d);
            typed.expr = None;
        }
        typed
    }

    /// An expression, with the type that its surroundings want if it has none of its own.
    pub(crate) fn expr(&mut self, env: &Env, e: &ast::Expr, want: Option<&Want>) -> Typed {
        match &e.kind {
            ast::ExprKind::Paren(inner) => self.expr(env, inner, want),
            ast::ExprKind::Bool(b) => Typed::of(ExprKind::Bool(*b), Ty::Bool, e.span),
            ast::ExprKind::Int(_) | ast::ExprKind::Decimal(_) => self.number(e, want),
            ast::ExprKind::Neg(inner) if is_number(inner) => self.number(e, want),
            ast::ExprKind::Text(t) => self.text(t, want),
            ast::ExprKind::Regex(t) => self.fail(
                Diagnostic::new(Code::NotAPattern, t.span, "a pattern stands only after `matches`")
                    .label("not a value")
                    .help("write `… matches re\"…\"`"),
            ),
            ast::ExprKind::List(_) => self.fail(
                Diagnostic::new(Code::NotASet, e.span, "a list stands only after `in`")
                    .label("not a value")
                    .help("ask whether something is in it: `… in [a, b]`"),
            ),
            ast::ExprKind::Name(_) | ast::ExprKind::Member(..) => self.read(env, e, want),
            ast::ExprKind::Call(name, args) => self.apply(env, name, args, e.span),
            ast::ExprKind::Not(inner) => {
                let inner = self.condition(env, inner);
                let expr = inner.expr.map(|x| Expr { kind: ExprKind::Not(Box::new(x)), ty: Ty::Bool, span: e.span });
                Typed { expr, plus: inner.minus.unnamed(), minus: inner.plus.unnamed(), bounds: None }
            }
            ast::ExprKind::Neg(inner) => {
                let inner = self.expr(env, inner, want);
                let Some(x) = inner.expr else { return Typed::default() };
                if !is_numeric(&x.ty) {
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
                BinaryOp::Coalesce => self.coalesce(env, a, b, e.span),
                BinaryOp::Add | BinaryOp::Sub => self.sum(env, *op, a, b, want, e.span),
                BinaryOp::Mul => self.product(env, *at, a, b, want, e.span),
                _ => self.compare(env, *op, a, b, e.span),
            },
        }
    }

    fn fail(&mut self, d: Diagnostic) -> Typed {
        self.report(d);
        Typed::default()
    }

    fn wrong_operand(&mut self, op: &str, x: &Expr) -> Typed {
        self.fail(
            Diagnostic::new(Code::WrongOperand, x.span, format!("`{op}` works on numbers, not on {}", kind_of(&x.ty)))
                .label(kind_of(&x.ty))
                .help(if is_text(&x.ty) { "texts are compared and matched, never joined" } else { "use a number" }),
        )
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
            Err(d) => self.fail(d),
        }
    }

    fn text(&mut self, t: &ast::Text, want: Option<&Want>) -> Typed {
        let wanted = want.filter(|w| is_text(&w.ty));
        let ty = wanted.map_or(Ty::String, |w| w.ty.clone());
        if let Some(w) = want
            && let Ty::Enum(name) = &w.ty
            && let Some(e) = self.enumeration(name)
        {
            let d = Diagnostic::new(Code::TypeMismatch, t.span, format!("a member of `{name}` is written without quotes"))
                .label("a text");
            let d = match e.members.iter().find(|m| *m.name == *t.value || *m.wire == *t.value) {
                Some(m) => d.help(format!("write `{}`", m.name)).fix(format!("write `{}`", m.name), t.span, &*m.name),
                None => d.help(format!("its members are {}", member_list(&e))),
            };
            return self.fail(d);
        }
        if let Some(w) = wanted.filter(|w| w.exact) {
            let bounds = w.bounds.clone().unwrap_or_else(|| unbounded(&w.ty));
            if let Some(why) = impossible_text(&t.value, &ty, &bounds) {
                return self.fail(impossible(t.span, &format!("`\"{}\"`", t.value.escape_debug()), &ty, why));
            }
        }
        Typed::of(ExprKind::Text(t.value.clone()), ty, t.span)
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
        let constant = find(self.db, self.package, Namespace::Define, &name.text);
        if let Some(Want { ty: Ty::Enum(enum_name), .. }) = want {
            let Some(e) = self.enumeration(enum_name) else { return Typed::default() };
            let index = e.members.iter().position(|m| m.name == name.text);
            if let (Some(_), Some(_)) = (index, constant) {
                return self.fail(
                    Diagnostic::new(Code::Shadowing, name.span, format!("`{}` can be read in two ways", name.text))
                        .label(format!("a member of `{enum_name}`, and a definition"))
                        .help("give one of them another name"),
                );
            }
            if let Some(index) = index.and_then(|i| u32::try_from(i).ok()) {
                return Typed::of(ExprKind::Member(index), Ty::Enum(enum_name.clone()), name.span);
            }
            if constant.is_none() {
                return self.fail(
                    Diagnostic::new(Code::UnknownMember, name.span, format!("`{enum_name}` has no member `{}`", name.text))
                        .label("not a member")
                        .help(format!("its members are {}", member_list(&e)))
                        .did_you_mean(name.span, &name.text, e.members.iter().map(|m| &*m.name)),
                );
            }
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
            d.fix = Some(Fix { title: format!("write `{text}`"), span: name.span, text });
        }
        Typed::default()
    }

    fn apply(&mut self, env: &Env, name: &Ident, args: &[ast::Expr], span: Span) -> Typed {
        let Some(item) = find(self.db, self.package, Namespace::Define, &name.text) else {
            if self.excused(Namespace::Define) {
                return Typed::default();
            }
            let known = names(self.db, self.package, Namespace::Define);
            return self.fail(
                Diagnostic::new(Code::UnknownDefine, name.span, format!("no definition is called `{}`", name.text))
                    .label("not declared in this package")
                    .help(format!("declare it: `define {}(…) = …`", name.text))
                    .did_you_mean(name.span, &name.text, known.iter().map(|n| &**n)),
            );
        };
        if super::policy::standing(self.db, self.package, item) != super::policy::Standing::Sound {
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
        for (arg, (param, ty)) in args.iter().zip(&define.params) {
            let want = Want { ty: ty.clone(), bounds: None, exact: true };
            let Some(x) = self.expr(env, arg, Some(&want)).expr else { continue };
            if x.ty == *ty {
                checked.push(x);
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
        Typed::of(ExprKind::Call(name.text.clone(), checked), define.body.ty.clone(), span)
    }

    fn logic(&mut self, env: &Env, op: BinaryOp, operands: &[ast::Expr], span: Span) -> Typed {
        let mut env = env.clone();
        let mut all = vec![];
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
        let (plus, minus) = if op == BinaryOp::And { (plus, minus.unnamed()) } else { (plus.unnamed(), minus.unnamed()) };
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
        if let Some(bind) = bind {
            if taken(env, &bind.text) || find(self.db, self.package, Namespace::Define, &bind.text).is_some() {
                let d = Diagnostic::new(Code::Shadowing, bind.span, format!("`{}` means something here already", bind.text))
                    .label("nothing shadows in zt")
                    .help("choose another name");
                self.report(d);
                plus.names.insert(bind.text.clone(), None);
            } else {
                plus.names.insert(bind.text.clone(), Some(view.path.clone()));
            }
        }
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

    fn coalesce(&mut self, env: &Env, a: &ast::Expr, b: &ast::Expr, span: Span) -> Typed {
        let view = match self.view(env, a) {
            Seen::Path(view) => view,
            Seen::Poison => return Typed::default(),
            Seen::NotAPath => {
                if let ast::ExprKind::Name(n) = &a.kind
                    && find(self.db, self.package, Namespace::Define, &n.text).is_none()
                {
                    self.report_unknown(env, n);
                    return Typed::default();
                }
                return self.fail(
                    Diagnostic::new(Code::NotAValue, a.span, "`??` stands after an attribute that may be absent")
                        .label("this is no attribute")
                        .help("put brackets where they are meant: `(input.limit ?? 0) + 1`"),
                );
            }
        };
        if !view.optional {
            return self.fail(
                Diagnostic::new(Code::AlwaysPresent, a.span, format!("`{}` is always present", view.show(env)))
                    .label("it is declared without `?`, so `??` never takes effect")
                    .help("remove `??` and what follows it"),
            );
        }
        let Some((ty, bounds)) = self.value_type(env, &view) else { return Typed::default() };
        if matches!(ty.base(), Ty::Record(_) | Ty::Entity(_) | Ty::Set(_)) {
            return self.fail(
                Diagnostic::new(Code::NotAValue, a.span, format!("{} has no substitute", kind_of(&ty)))
                    .label("`??` gives a number, a text, an enum member or a Bool")
                    .help("test it with `has`"),
            );
        }
        let want = Want { ty: ty.clone(), bounds: Some(bounds), exact: false };
        let Some(other) = self.expr(env, b, Some(&want)).expr else { return Typed::default() };
        if other.ty != ty {
            let said = format!("`??` gives {} here, this is {}", kind_of(&ty), kind_of(&other.ty));
            return self.mismatch(said, &ty, a.span, &other);
        }
        Typed::of(ExprKind::Else(view.path, Box::new(other)), ty, span)
    }

    fn mismatch(&mut self, said: String, ty: &Ty, at: Span, other: &Expr) -> Typed {
        let help = match (ty.base(), other.ty.base()) {
            (x, y) if x == y => "named types are distinct: a value of one is never a value of another".to_owned(),
            (Ty::Entity(_), Ty::String | Ty::Ident) => "compare its `id`".to_owned(),
            (Ty::String, Ty::Ident) | (Ty::Ident, Ty::String) => "give both the same type where they are declared".to_owned(),
            _ => "zt never converts one type to another".to_owned(),
        };
        self.fail(
            Diagnostic::new(Code::TypeMismatch, other.span, said)
                .label(kind_of(&other.ty))
                .related(None, at, kind_of(ty))
                .help(help),
        )
    }

    /// Checks two operands of which one may be a literal that takes the other's type.
    fn pair(&mut self, env: &Env, a: &ast::Expr, b: &ast::Expr, want: Option<&Want>, exact: bool) -> Option<(Expr, Expr)> {
        let swap = self.plain(env, a) && !self.plain(env, b);
        let (first, second) = if swap { (b, a) } else { (a, b) };
        let one = self.expr(env, first, want.filter(|_| self.plain(env, first)));
        let other_want = one.expr.as_ref().map(|x| Want { ty: x.ty.clone(), bounds: one.bounds.clone(), exact });
        // After a mistake on one side a literal on the other has no type to take, and nothing to say.
        if one.expr.is_none() && self.plain(env, second) {
            return None;
        }
        let two = self.expr(env, second, other_want.as_ref());
        let (one, two) = (one.expr?, two.expr?);
        Some(if swap { (two, one) } else { (one, two) })
    }

    /// Whether an expression takes its type from its surroundings.
    fn plain(&self, env: &Env, e: &ast::Expr) -> bool {
        match &e.kind {
            ast::ExprKind::Paren(x) | ast::ExprKind::Neg(x) => self.plain(env, x),
            ast::ExprKind::Name(n) => {
                !taken(env, &n.text) && find(self.db, self.package, Namespace::Define, &n.text).is_none()
            }
            ast::ExprKind::Int(_) | ast::ExprKind::Decimal(_) | ast::ExprKind::Text(_) => true,
            ast::ExprKind::Binary(BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul, _, a, b) => {
                self.plain(env, a) && self.plain(env, b)
            }
            _ => false,
        }
    }

    fn compare(&mut self, env: &Env, op: BinaryOp, a: &ast::Expr, b: &ast::Expr, span: Span) -> Typed {
        let equality = matches!(op, BinaryOp::Eq | BinaryOp::Ne);
        let Some((x, y)) = self.pair(env, a, b, None, equality) else { return Typed::default() };
        if x.ty != y.ty {
            let said = format!("`{}` compares {} and {}", op.as_str(), kind_of(&x.ty), kind_of(&y.ty));
            return self.mismatch(said, &x.ty, x.span, &y);
        }
        let base = x.ty.base().clone();
        if matches!(base, Ty::Record(_) | Ty::Set(_)) {
            return self.fail(
                Diagnostic::new(Code::NotAValue, x.span, format!("{} cannot be compared as a whole", kind_of(&x.ty)))
                    .label(kind_of(&x.ty))
                    .help("compare its parts, or ask what is `in` it"),
            );
        }
        if !equality && !is_numeric(&x.ty) {
            let d = Diagnostic::new(Code::WrongOperand, span, format!("`{}` does not order {}", op.as_str(), kind_of(&x.ty)))
                .label("only numbers and ordered enums have an order");
            match &base {
                Ty::Enum(name) if self.enumeration(name).is_none_or(|e| e.ordered) => {}
                Ty::Enum(name) => {
                    return self.fail(d.help(format!("if the members of `{name}` stand lowest first, say `enum {name} ordered`")));
                }
                Ty::String | Ty::Ident => return self.fail(d.help("compare with `==`, or `matches` a pattern")),
                _ => return self.fail(d.help("compare with `==` or `!=`")),
            }
        }
        let cmp = match op {
            BinaryOp::Eq => Cmp::Eq,
            BinaryOp::Ne => Cmp::Ne,
            BinaryOp::Lt => Cmp::Lt,
            BinaryOp::Le => Cmp::Le,
            BinaryOp::Gt => Cmp::Gt,
            _ => Cmp::Ge,
        };
        Typed::of(ExprKind::Compare(cmp, Box::new(x), Box::new(y)), Ty::Bool, span)
    }

    fn is_in(&mut self, env: &Env, a: &ast::Expr, b: &ast::Expr, span: Span) -> Typed {
        if let ast::ExprKind::List(elements) = &b.kind {
            return self.in_list(env, a, elements, b.span, span);
        }
        let set = self.expr(env, b, None);
        let Some(Expr { kind, ty, span: at }) = set.expr else { return Typed::default() };
        let (ExprKind::Path(path), Ty::Set(element)) = (kind, ty.base()) else {
            let help = if is_text(&ty) { "a pattern is written `… matches re\"…\"`" } else { "the right side is a `Set`, or a list `[a, b]`" };
            return self.fail(
                Diagnostic::new(Code::NotASet, at, format!("`in` needs a set or a list, this is {}", kind_of(&ty))).label(kind_of(&ty)).help(help),
            );
        };
        let bounds = set.bounds.and_then(|b| b.element).map(|b| *b);
        let want = Want { ty: (**element).clone(), bounds, exact: true };
        let Some(x) = self.expr(env, a, Some(&want)).expr else { return Typed::default() };
        if x.ty != **element {
            let said = format!("`{}` holds {}, this is {}", show(&ty), kind_of(element), kind_of(&x.ty));
            return self.mismatch(said, element, at, &x);
        }
        Typed::of(ExprKind::In(Box::new(x), path), Ty::Bool, span)
    }

    fn in_list(&mut self, env: &Env, a: &ast::Expr, elements: &[ast::Expr], list: Span, span: Span) -> Typed {
        let x = self.expr(env, a, None);
        let Some(value) = x.expr else { return Typed::default() };
        if elements.is_empty() {
            return self.fail(Diagnostic::new(Code::Empty, list, "nothing is in an empty list")
                .label("always false")
                .help("name what it holds"));
        }
        if matches!(value.ty.base(), Ty::Record(_) | Ty::Set(_) | Ty::Entity(_)) {
            return self.fail(
                Diagnostic::new(Code::NotAValue, value.span, format!("{} is not in a list of literals", kind_of(&value.ty)))
                    .label(kind_of(&value.ty))
                    .help("ask for one of its attributes, such as its `id`"),
            );
        }
        let want = Want { ty: value.ty.clone(), bounds: x.bounds, exact: true };
        let mut all = vec![];
        for e in elements {
            let Some(element) = self.expr(env, e, Some(&want)).expr else { continue };
            if element.ty != value.ty {
                let said = format!("the list is asked for {}, this is {}", kind_of(&value.ty), kind_of(&element.ty));
                self.mismatch(said, &value.ty, value.span, &element);
            } else if !matches!(
                element.kind,
                ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Decimal(_) | ExprKind::Text(_) | ExprKind::Member(_)
            ) {
                let d = Diagnostic::new(Code::NotASet, e.span, "a list after `in` holds literals only").label("not a literal")
                    .help("compare with `==` and join with `or`");
                self.report(d);
            } else {
                all.push(element);
            }
        }
        if all.len() != elements.len() {
            return Typed::default();
        }
        Typed::of(ExprKind::InList(Box::new(value), all), Ty::Bool, span)
    }

    fn matches(&mut self, env: &Env, a: &ast::Expr, b: &ast::Expr, span: Span) -> Typed {
        let text = self.expr(env, a, None);
        let ast::ExprKind::Regex(source) = &b.kind else {
            let d = Diagnostic::new(Code::NotAPattern, b.span, "`matches` needs a pattern on its right").label("not a pattern");
            let d = match &b.kind {
                ast::ExprKind::Text(t) => d
                    .help("put `re` before the quotes; patterns are part of the policy, never of a request")
                    .fix("make it a pattern", Span::new(t.span.start, t.span.start), "re"),
                _ => d.help("write it out: `re\"…\"`; patterns are part of the policy, never of a request"),
            };
            return self.fail(d);
        };
        let pattern = self.pattern(source);
        let (Some(text), Some(pattern)) = (text.expr, pattern) else { return Typed::default() };
        if !is_text(&text.ty) {
            return self.fail(
                Diagnostic::new(Code::NotAPattern, text.span, format!("{} cannot match a pattern", kind_of(&text.ty)))
                    .label(kind_of(&text.ty))
                    .help("patterns are for `String` and `Ident`"),
            );
        }
        Typed::of(ExprKind::Matches(Box::new(text), pattern), Ty::Bool, span)
    }

    fn sum(&mut self, env: &Env, op: BinaryOp, a: &ast::Expr, b: &ast::Expr, want: Option<&Want>, span: Span) -> Typed {
        let Some((x, y)) = self.pair(env, a, b, want, false) else { return Typed::default() };
        for side in [&x, &y] {
            if !is_numeric(&side.ty) {
                return self.wrong_operand(op.as_str(), side);
            }
        }
        if x.ty != y.ty {
            let said = format!("`{}` joins {} and {}", op.as_str(), kind_of(&x.ty), kind_of(&y.ty));
            return self.mismatch(said, &x.ty, x.span, &y);
        }
        let ty = x.ty.clone();
        let arith = if op == BinaryOp::Add { Arith::Add } else { Arith::Sub };
        Typed::of(ExprKind::Arith(arith, Box::new(x), Box::new(y)), ty, span)
    }

    fn product(&mut self, env: &Env, at: Span, a: &ast::Expr, b: &ast::Expr, want: Option<&Want>, span: Span) -> Typed {
        let int = Want { ty: Ty::Int, bounds: None, exact: false };
        let constant = |e: &ast::Expr| is_number(strip(e)) || matches!(&strip(e).kind, ast::ExprKind::Neg(x) if is_number(x));
        let (x, y, ty) = if constant(b) {
            let x = self.expr(env, a, want).expr;
            let y = self.expr(env, b, Some(&int)).expr;
            let (Some(x), Some(y)) = (x, y) else { return Typed::default() };
            let ty = x.ty.clone();
            (x, y, ty)
        } else if constant(a) {
            let x = self.expr(env, a, Some(&int)).expr;
            let y = self.expr(env, b, want).expr;
            let (Some(x), Some(y)) = (x, y) else { return Typed::default() };
            let ty = y.ty.clone();
            (x, y, ty)
        } else {
            return self.fail(
                Diagnostic::new(Code::NotConstantFactor, at, "one side of `*` is a whole constant")
                    .label("neither side is a number written here")
                    .help("a product of two values has no exact meaning for amounts; multiply by a constant such as `2`"),
            );
        };
        if !is_numeric(&ty) {
            return self.wrong_operand("*", if x.ty == ty { &x } else { &y });
        }
        Typed::of(ExprKind::Arith(Arith::Mul, Box::new(x), Box::new(y)), ty, span)
    }
}

fn strip(e: &ast::Expr) -> &ast::Expr {
    match &e.kind {
        ast::ExprKind::Paren(inner) => strip(inner),
        _ => e,
    }
}

fn is_number(e: &ast::Expr) -> bool {
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

fn is_numeric(ty: &Ty) -> bool {
    matches!(ty.base(), Ty::Int | Ty::Decimal)
}

fn is_text(ty: &Ty) -> bool {
    matches!(ty.base(), Ty::String | Ty::Ident)
}

/// Whether a name is a root, a parameter or a bound name.
fn taken(env: &Env, name: &str) -> bool {
    matches!(name, "principal" | "resource" | "context" | "input")
        || env.facts.names.contains_key(name)
        || env.params.iter().flat_map(|p| p.iter()).any(|(n, ..)| **n == *name)
}

pub(crate) fn member_list(e: &Enum) -> String {
    e.members.iter().map(|m| format!("`{}`", m.name)).collect::<Vec<_>>().join(", ")
}
