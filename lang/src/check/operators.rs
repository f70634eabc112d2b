//! Operators with two operands: which types they take, and which they give.

use super::Cx;
use super::declare::kind_of;
use super::expr::{Typed, Want, is_number, strip, taken};
use super::literal::is_counted;
use super::path::{Env, Facts, Seen};
use super::times::days_beside;
use crate::db::Namespace;
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Arith, Cmp, Expr, ExprKind, Ty};
use crate::span::Span;
use crate::syntax::ast::{self, BinaryOp};

impl Cx<'_> {
    pub(crate) fn coalesce(&mut self, env: &Env, a: &ast::Expr, b: &ast::Expr, span: Span) -> Typed {
        if let Some((name, args)) = self.called_table(env, a) {
            return self.looked_up(env, name, args, Some(b), span);
        }
        let view = match self.view(env, a) {
            Seen::Path(view) => view,
            Seen::Poison => return Typed::default(),
            Seen::NotAPath => {
                if let ast::ExprKind::Name(n) = &a.kind
                    && self.find(Namespace::Define, &n.text).is_none()
                {
                    self.report_unknown(env, n);
                    return Typed::default();
                }
                return self.fail(
                    Diagnostic::new(
                        Code::NotAValue,
                        a.span,
                        "`??` stands after an attribute or look-up that may be absent",
                    )
                    .label("this is neither")
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
        if ty.is_composite() || matches!(ty.base(), Ty::Entity(_)) {
            return self.fail(
                Diagnostic::new(Code::NotAValue, a.span, format!("{} has no substitute", kind_of(&ty)))
                    .label("`??` gives a single value or a collection")
                    .help("test it with `has`"),
            );
        }
        let want = Want { ty: ty.clone(), bounds: Some(bounds), exact: false };
        let Some(other) = self.expr(env, b, Some(&want)).expr else { return Typed::default() };
        if other.ty != ty {
            let said = format!("`??` gives {} here, this is {}", kind_of(&ty), kind_of(&other.ty));
            return self.mismatch(said, &ty, a.span, &other);
        }
        let sized = matches!(ty.base(), Ty::Set(_) | Ty::List(_));
        let typed = Typed::of(ExprKind::Else(view.path, Box::new(other)), ty, span);
        if sized { self.sized(typed) } else { typed }
    }

    pub(crate) fn mismatch(&mut self, said: String, ty: &Ty, at: Span, other: &Expr) -> Typed {
        let help = match (ty.base(), other.ty.base()) {
            (x, y) if x == y => "named types are distinct: a value of one is never a value of another".to_owned(),
            (Ty::Entity(_), Ty::String | Ty::Ident) => "compare its `id`".to_owned(),
            (Ty::Instant, Ty::Date) => "a day is not an instant: compare `(… at \"Europe/Paris\").date`".to_owned(),
            (Ty::Instant, Ty::Duration) | (Ty::Duration, Ty::Instant) => {
                "compare with an instant, as in `now - 1h`, or take the time between two of them".to_owned()
            }
            (Ty::Duration, Ty::Int | Ty::Decimal) => "say of what: `90s`, `30min`, `8h` or `7d`".to_owned(),
            (Ty::Size, Ty::Int | Ty::Decimal) => "say of what: `512B`, `10kB` or `10MiB`".to_owned(),
            (Ty::Set(a), Ty::List(b)) | (Ty::List(a), Ty::Set(b)) if a == b => {
                "declare both as `Set` or both as `List`".to_owned()
            }
            (Ty::Syntax(_), Ty::String | Ty::Ident) | (Ty::String | Ty::Ident, Ty::Syntax(_)) => {
                "give both the same type where they are declared; a text is read only once, when the request comes in"
                    .to_owned()
            }
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
        self.pair_in((env, a), (env, b), want, exact)
    }

    /// The same where each side knows something else.
    fn pair_in(
        &mut self,
        (env_a, a): (&Env, &ast::Expr),
        (env_b, b): (&Env, &ast::Expr),
        want: Option<&Want>,
        exact: bool,
    ) -> Option<(Expr, Expr)> {
        let swap = self.plain(env_a, a) && !self.plain(env_b, b);
        let ((env, first), (env_second, second)) =
            if swap { ((env_b, b), (env_a, a)) } else { ((env_a, a), (env_b, b)) };
        let one = self.expr(env, first, want.filter(|_| self.plain(env, first)));
        let other_want = one.expr.as_ref().map(|x| Want { ty: x.ty.clone(), bounds: one.bounds.clone(), exact });
        // After a mistake on one side a literal on the other has no type to take, and nothing to say.
        if one.expr.is_none() && self.plain(env_second, second) {
            return None;
        }
        let two = self.expr(env_second, second, other_want.as_ref());
        let (one, two) = (one.expr?, two.expr?);
        Some(if swap { (two, one) } else { (one, two) })
    }

    /// Whether an expression takes its type from its surroundings.
    pub(crate) fn plain(&self, env: &Env, e: &ast::Expr) -> bool {
        match &e.kind {
            ast::ExprKind::Paren(x) | ast::ExprKind::Neg(x) => self.plain(env, x),
            ast::ExprKind::Name(n) => {
                !taken(env, &n.text)
                    && self.find(Namespace::Define, &n.text).is_none()
                    && self.find(Namespace::Window, &n.text).is_none()
            }
            ast::ExprKind::Bool(_)
            | ast::ExprKind::Int(_)
            | ast::ExprKind::Decimal(_)
            | ast::ExprKind::Text(_)
            | ast::ExprKind::Quantity(_)
            | ast::ExprKind::Instant(_)
            | ast::ExprKind::Date(_)
            | ast::ExprKind::Time(_) => true,
            ast::ExprKind::List(xs) => xs.iter().all(|x| self.plain(env, x)),
            ast::ExprKind::If(_, a, b) => self.plain(env, a) && self.plain(env, b),
            ast::ExprKind::Binary(BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul, _, a, b) => {
                self.plain(env, a) && self.plain(env, b)
            }
            _ => false,
        }
    }

    pub(crate) fn compare(&mut self, env: &Env, op: BinaryOp, a: &ast::Expr, b: &ast::Expr, span: Span) -> Typed {
        // Where a weekday is asked for, `mon` is one.
        let (days_a, days_b) = (days_beside(b, a), days_beside(a, b));
        let (a, b) = (days_a.as_ref().unwrap_or(a), days_b.as_ref().unwrap_or(b));
        let equality = matches!(op, BinaryOp::Eq | BinaryOp::Ne);
        for side in [a, b] {
            if matches!(strip(side).kind, ast::ExprKind::List(_)) {
                return self.fail(
                    Diagnostic::new(Code::NotASet, side.span, "a list is not compared as a whole")
                        .label("not a single value")
                        .help("ask whether something is in it: `… in [a, b]`"),
                );
            }
        }
        let Some((x, y)) = self.pair(env, a, b, None, equality) else { return Typed::default() };
        if x.ty != y.ty {
            let said = format!("`{}` compares {} and {}", op.as_str(), kind_of(&x.ty), kind_of(&y.ty));
            return self.mismatch(said, &x.ty, x.span, &y);
        }
        let base = x.ty.base().clone();
        if base.is_composite() || matches!(base, Ty::Set(_) | Ty::List(_)) {
            return self.fail(
                Diagnostic::new(Code::NotAValue, x.span, format!("{} cannot be compared as a whole", kind_of(&x.ty)))
                    .label(kind_of(&x.ty))
                    .help("compare its parts, or ask what is `in` it"),
            );
        }
        if !equality && !is_counted(&x.ty) {
            let d = Diagnostic::new(
                Code::WrongOperand,
                span,
                format!("`{}` does not order {}", op.as_str(), kind_of(&x.ty)),
            )
            .label("only numbers, times, sizes and ordered enums have an order");
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

    pub(crate) fn sum(
        &mut self,
        env: &Env,
        op: BinaryOp,
        a: &ast::Expr,
        b: &ast::Expr,
        want: Option<&Want>,
        span: Span,
    ) -> Typed {
        // A literal beside another takes what is wanted, an instant plus a duration does not.
        let want = want.filter(|w| !matches!(w.ty.base(), Ty::Instant));
        let Some((x, y)) = self.pair(env, a, b, want, false) else { return Typed::default() };
        let collection = |e: &Expr| matches!(e.ty.base(), Ty::Set(_) | Ty::List(_));
        if collection(&x) || collection(&y) {
            return self.collect(op, x, y, span);
        }
        if op == BinaryOp::Intersect {
            return self.fail(
                Diagnostic::new(Code::WrongOperand, x.span, format!("`&` works on sets, not on {}", kind_of(&x.ty)))
                    .label(kind_of(&x.ty))
                    .help("conditions are joined with `and`"),
            );
        }
        let ty = match (op, x.ty.base(), y.ty.base()) {
            (BinaryOp::Sub, Ty::Instant, Ty::Instant) if x.ty == y.ty => Ty::Duration,
            (_, Ty::Instant, Ty::Duration) => x.ty.clone(),
            (BinaryOp::Add, Ty::Duration, Ty::Instant) => y.ty.clone(),
            _ => {
                for side in [&x, &y] {
                    if !sums(&side.ty) {
                        return self.wrong_operand(op.as_str(), side);
                    }
                }
                if x.ty != y.ty {
                    let said = format!("`{}` joins {} and {}", op.as_str(), kind_of(&x.ty), kind_of(&y.ty));
                    return self.mismatch(said, &x.ty, x.span, &y);
                }
                x.ty.clone()
            }
        };
        let arith = if op == BinaryOp::Add { Arith::Add } else { Arith::Sub };
        Typed::of(ExprKind::Arith(arith, Box::new(x), Box::new(y)), ty, span)
    }

    /// `if c then a else b`
    pub(crate) fn choice(
        &mut self,
        env: &Env,
        c: &ast::Expr,
        (a, b): (&ast::Expr, &ast::Expr),
        want: Option<&Want>,
        span: Span,
    ) -> Typed {
        let condition = self.condition(env, c);
        let knowing = |facts: &Facts| Env { facts: env.facts.clone().and(facts), ..env.clone() };
        let (yes, no) = (knowing(&condition.plus), knowing(&condition.minus));
        let Some((x, y)) = self.pair_in((&yes, a), (&no, b), want, false) else { return Typed::default() };
        if x.ty != y.ty {
            let said = format!("`then` gives {}, `else` gives {}", kind_of(&x.ty), kind_of(&y.ty));
            return self.mismatch(said, &x.ty, x.span, &y);
        }
        if x.ty.is_composite() || matches!(x.ty.base(), Ty::Entity(_) | Ty::Set(_) | Ty::List(_)) {
            return self.fail(
                Diagnostic::new(
                    Code::NotAValue,
                    x.span,
                    format!("`if` does not choose between values of {}", kind_of(&x.ty)),
                )
                .label(kind_of(&x.ty))
                .help("choose between what is asked of them"),
            );
        }
        let Some(c) = condition.expr else { return Typed::default() };
        let ty = x.ty.clone();
        Typed::of(ExprKind::If(Box::new(c), Box::new(x), Box::new(y)), ty, span)
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
        if !sums(&ty) {
            return self.wrong_operand("*", if x.ty == ty { &x } else { &y });
        }
        Typed::of(ExprKind::Arith(Arith::Mul, Box::new(x), Box::new(y)), ty, span)
    }
}

/// Whether two values of the type have a sum of the same type.
fn sums(ty: &Ty) -> bool {
    matches!(ty.base(), Ty::Int | Ty::Decimal | Ty::Duration | Ty::Size)
}
