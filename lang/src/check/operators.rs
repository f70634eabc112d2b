//! Operators with two operands: which types they take, and which they give.

use super::Cx;
use super::declare::kind_of;
use super::expr::{Typed, Want, is_number, is_numeric, is_text, taken};
use super::path::{Env, Seen};
use super::types::show;
use crate::db::{Namespace, find};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Arith, Cmp, Expr, ExprKind, Ty};
use crate::span::Span;
use crate::syntax::ast::{self, BinaryOp};

impl Cx<'_> {
    pub(crate) fn coalesce(&mut self, env: &Env, a: &ast::Expr, b: &ast::Expr, span: Span) -> Typed {
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
            (Ty::String, Ty::Ident) | (Ty::Ident, Ty::String) => {
                "give both the same type where they are declared".to_owned()
            }
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
    fn pair(
        &mut self,
        env: &Env,
        a: &ast::Expr,
        b: &ast::Expr,
        want: Option<&Want>,
        exact: bool,
    ) -> Option<(Expr, Expr)> {
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
                !taken(env, &n.text)
                    && find(self.db, self.package, Namespace::Define, &n.text).is_none()
                    && find(self.db, self.package, Namespace::Window, &n.text).is_none()
            }
            ast::ExprKind::Bool(_) | ast::ExprKind::Int(_) | ast::ExprKind::Decimal(_) | ast::ExprKind::Text(_) => true,
            ast::ExprKind::Binary(BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul, _, a, b) => {
                self.plain(env, a) && self.plain(env, b)
            }
            _ => false,
        }
    }

    pub(crate) fn compare(&mut self, env: &Env, op: BinaryOp, a: &ast::Expr, b: &ast::Expr, span: Span) -> Typed {
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
            let d = Diagnostic::new(
                Code::WrongOperand,
                span,
                format!("`{}` does not order {}", op.as_str(), kind_of(&x.ty)),
            )
            .label("only numbers and ordered enums have an order");
            match &base {
                Ty::Enum(name) if self.enumeration(name).is_none_or(|e| e.ordered) => {}
                Ty::Enum(name) => {
                    return self.fail(
                        d.help(format!("if the members of `{name}` stand lowest first, say `enum {name} ordered`")),
                    );
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

    pub(crate) fn is_in(&mut self, env: &Env, a: &ast::Expr, b: &ast::Expr, span: Span) -> Typed {
        if let ast::ExprKind::List(elements) = &b.kind {
            return self.in_list(env, a, elements, b.span, span);
        }
        let set = self.expr(env, b, None);
        let Some(collection) = set.expr else { return Typed::default() };
        let (ty, at) = (collection.ty.clone(), collection.span);
        let (ExprKind::Path(_), Ty::Set(element)) = (&collection.kind, ty.base()) else {
            let help = if is_text(&ty) {
                "a pattern is written `… matches re\"…\"`"
            } else {
                "the right side is a `Set`, or a list `[a, b]`"
            };
            return self.fail(
                Diagnostic::new(Code::NotASet, at, format!("`in` needs a set or a list, this is {}", kind_of(&ty)))
                    .label(kind_of(&ty))
                    .help(help),
            );
        };
        let bounds = set.bounds.and_then(|b| b.element).map(|b| *b);
        let want = Want { ty: (**element).clone(), bounds, exact: true };
        let Some(x) = self.expr(env, a, Some(&want)).expr else { return Typed::default() };
        if x.ty != **element {
            let said = format!("`{}` holds {}, this is {}", show(&ty), kind_of(element), kind_of(&x.ty));
            return self.mismatch(said, element, at, &x);
        }
        Typed::of(ExprKind::In(Box::new(x), Box::new(collection)), Ty::Bool, span)
    }

    fn in_list(&mut self, env: &Env, a: &ast::Expr, elements: &[ast::Expr], list: Span, span: Span) -> Typed {
        let x = self.expr(env, a, None);
        let Some(value) = x.expr else { return Typed::default() };
        if elements.is_empty() {
            return self.fail(
                Diagnostic::new(Code::Empty, list, "nothing is in an empty list")
                    .label("always false")
                    .help("name what it holds"),
            );
        }
        if matches!(value.ty.base(), Ty::Record(_) | Ty::Set(_) | Ty::Entity(_)) {
            return self.fail(
                Diagnostic::new(
                    Code::NotAValue,
                    value.span,
                    format!("{} is not in a list of literals", kind_of(&value.ty)),
                )
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
                let d = Diagnostic::new(Code::NotASet, e.span, "a list after `in` holds literals only")
                    .label("not a literal")
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

    pub(crate) fn matches(&mut self, env: &Env, a: &ast::Expr, b: &ast::Expr, span: Span) -> Typed {
        let text = self.expr(env, a, None);
        let ast::ExprKind::Regex(source) = &b.kind else {
            let d = Diagnostic::new(Code::NotAPattern, b.span, "`matches` needs a pattern on its right")
                .label("not a pattern");
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

    pub(crate) fn sum(
        &mut self,
        env: &Env,
        op: BinaryOp,
        a: &ast::Expr,
        b: &ast::Expr,
        want: Option<&Want>,
        span: Span,
    ) -> Typed {
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

    pub(crate) fn product(
        &mut self,
        env: &Env,
        at: Span,
        a: &ast::Expr,
        b: &ast::Expr,
        want: Option<&Want>,
        span: Span,
    ) -> Typed {
        let int = Want { ty: Ty::Int, bounds: None, exact: false };
        let constant =
            |e: &ast::Expr| is_number(strip(e)) || matches!(&strip(e).kind, ast::ExprKind::Neg(x) if is_number(x));
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
                    .help(
                        "a product of two values has no exact meaning for amounts; multiply by a constant such as `2`",
                    ),
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
