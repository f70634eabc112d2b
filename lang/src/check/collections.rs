//! Sets and lists: what is in them, what holds of their elements, and what is made of two of them.

use zt_values::limits;

use super::Cx;
use super::declare::kind_of;
use super::expr::{Typed, Want, is_text, strip};
use super::literal::is_counted;
use super::path::Env;
use super::times::days_beside;
use super::types::{show, unbounded};
use crate::db::{Item, Namespace, find};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Bounds, Cmp, Collect, Expr, ExprKind, Quantifier, Ty};
use crate::span::Span;
use crate::syntax::ast::{self, BinaryOp, Ident, RefinementKind};

/// The element type of a collection.
fn element_of(ty: &Ty) -> Option<&Ty> {
    match ty.base() {
        Ty::Set(e) | Ty::List(e) | Ty::Map(e) => Some(e),
        _ => None,
    }
}

impl Cx<'_> {
    /// Says of a collection that was put together how many elements it may have.
    pub(crate) fn sized(&self, mut typed: Typed) -> Typed {
        if let Some(e) = &typed.expr {
            let length = u32::try_from(self.most(e)).unwrap_or(u32::MAX);
            typed.bounds = Some(Bounds { length, ..unbounded(&e.ty) });
        }
        typed
    }

    /// A collection, its element type and what that refuses; reports anything else.
    fn collection(&mut self, env: &Env, e: &ast::Expr, asks: &str) -> Option<(Expr, Ty, Bounds)> {
        let typed = self.expr(env, e, None);
        let x = typed.expr?;
        let Some(element) = element_of(&x.ty).cloned() else {
            let d = Diagnostic::new(
                Code::NotASet,
                x.span,
                format!("`{asks}` needs a set, a list or a map, this is {}", kind_of(&x.ty)),
            )
            .label(kind_of(&x.ty))
            .help("only an attribute of type `Set<…>`, `List<…>` or `Map<…, …>`, or a list `[a, b]`, has elements");
            self.report(d);
            return None;
        };
        let bounds = typed.bounds.and_then(|b| b.element).map_or_else(|| unbounded(&element), |b| *b);
        Some((x, element, bounds))
    }

    /// `any(x in xs: c)`, `all(…)`, `count(…)`
    pub(crate) fn quantifier(
        &mut self,
        env: &Env,
        kind: Quantifier,
        name: &Ident,
        over: &ast::Expr,
        body: &ast::Expr,
        span: Span,
    ) -> Typed {
        let word = match kind {
            Quantifier::Any => "any",
            Quantifier::All => "all",
            Quantifier::Count => "count",
        };
        if self.means_something(env, &name.text) {
            return self.fail(
                Diagnostic::new(Code::Shadowing, name.span, format!("`{}` means something here already", name.text))
                    .label("nothing shadows in zt")
                    .help("choose another name for the element"),
            );
        }
        let Some((over, element, bounds)) = self.collection(env, over, word) else { return Typed::default() };
        let mut inner = env.clone();
        let var = u32::try_from(inner.vars.len()).unwrap_or(u32::MAX);
        inner.vars.push((name.text.clone(), element, bounds));
        let Some(body) = self.condition(&inner, body).expr else { return Typed::default() };
        if !self.only_ids(&over, var, &name.text, &body) || !self.asked_in_time(&over, var, &body) {
            return Typed::default();
        }
        let ty = if kind == Quantifier::Count { Ty::Int } else { Ty::Bool };
        Typed::of(ExprKind::Quantifier { kind, over: Box::new(over), var, body: Box::new(body) }, ty, span)
    }

    /// `count(xs)`
    pub(crate) fn count(&mut self, env: &Env, over: &ast::Expr, span: Span) -> Typed {
        match self.collection(env, over, "count") {
            Some((over, ..)) => Typed::of(ExprKind::Count(Box::new(over)), Ty::Int, span),
            None => Typed::default(),
        }
    }

    /// `[a, b]` as a value.
    pub(crate) fn list(&mut self, env: &Env, elements: &[ast::Expr], want: Option<&Want>, span: Span) -> Typed {
        let wanted = want
            .filter(|w| !w.ty.is_composite())
            .and_then(|w| Some((w.ty.clone(), element_of(&w.ty)?.clone(), w.bounds.clone())));
        let mut known = None;
        let (ty, element, bounds) = match wanted {
            Some((ty, element, bounds)) => (ty, element, bounds.and_then(|b| b.element).map(|b| *b)),
            None => {
                // An element that has a type of its own lends it to those that have none.
                let first = elements.iter().position(|e| !self.plain(env, e)).unwrap_or(0);
                let Some(e) = elements.get(first) else {
                    return self.fail(
                        Diagnostic::new(Code::Empty, span, "nobody can tell what this empty list is a list of")
                            .label("no element, no type")
                            .help("it stands beside another collection, as in `input.cc ?? []`"),
                    );
                };
                let Some(x) = self.expr(env, e, None).expr else { return Typed::default() };
                let element = x.ty.clone();
                known = Some((first, x));
                (Ty::List(Box::new(element.clone())), element, None)
            }
        };
        if element_of(&element).is_some() {
            return self.fail(
                Diagnostic::new(
                    Code::BadElement,
                    span,
                    format!("{} cannot be an element of a list", kind_of(&element)),
                )
                .label("collections do not hold collections")
                .help("join them with `+`"),
            );
        }
        let want = Want { ty: element.clone(), bounds, exact: true };
        let mut all = vec![];
        for (i, e) in elements.iter().enumerate() {
            let x = match known.take_if(|(at, _)| *at == i) {
                Some((_, x)) => x,
                None => match self.expr(env, e, Some(&want)).expr {
                    Some(x) => x,
                    None => continue,
                },
            };
            if x.ty == element {
                all.push(x);
            } else {
                let said = format!("the list holds {}, this is {}", kind_of(&element), kind_of(&x.ty));
                self.mismatch(said, &element, span, &x);
            }
        }
        if all.len() != elements.len() {
            return Typed::default();
        }
        let typed = Typed::of(ExprKind::List(all), ty, span);
        self.sized(typed)
    }

    /// `a + b`, `a - b`, `a & b` of collections.
    pub(crate) fn collect(&mut self, op: BinaryOp, x: Expr, y: Expr, span: Span) -> Typed {
        for side in [&x, &y] {
            if element_of(&side.ty).is_none() || side.ty.is_composite() {
                let help = match side.ty.base() {
                    Ty::Entity(_) | Ty::Record(_) => "put it in brackets, as in `input.owners + [resource.owner]`",
                    _ => "put it in brackets, as in `input.tags + [\"new\"]`",
                };
                return self.fail(
                    Diagnostic::new(
                        Code::WrongOperand,
                        side.span,
                        format!("`{}` joins collections, this is {}", op.as_str(), kind_of(&side.ty)),
                    )
                    .label(kind_of(&side.ty))
                    .help(help),
                );
            }
        }
        if element_of(&x.ty) != element_of(&y.ty)
            || std::mem::discriminant(x.ty.base()) != std::mem::discriminant(y.ty.base())
            || matches!((&x.ty, &y.ty), (Ty::Named(a, _), Ty::Named(b, _)) if a != b)
        {
            let said = format!("`{}` joins {} and {}", op.as_str(), kind_of(&x.ty), kind_of(&y.ty));
            return self.mismatch(said, &x.ty, x.span, &y);
        }
        let collect = match op {
            BinaryOp::Sub => Collect::Without,
            BinaryOp::Intersect => Collect::Common,
            _ => Collect::Join,
        };
        if matches!(x.ty.base(), Ty::List(_)) && collect != Collect::Join {
            return self.fail(
                Diagnostic::new(Code::WrongOperand, span, format!("`{}` works on sets, not on lists", op.as_str()))
                    .label(kind_of(&x.ty))
                    .help("lists are joined with `+`; where order and repetition mean nothing, declare a `Set`"),
            );
        }
        let ty = x.ty.base().clone();
        let typed = Typed::of(ExprKind::Collect(collect, Box::new(x), Box::new(y)), ty, span);
        let joined = self.sized(typed);
        if let Some(length) = joined.bounds.as_ref().map(|b| b.length).filter(|n| *n > super::types::MAX_ELEMENTS) {
            return self.fail(
                Diagnostic::new(Code::TooCostly, span, format!("this may have {length} elements"))
                    .label(format!("at most {}", super::types::MAX_ELEMENTS))
                    .help("give the collections a smaller `max` where they are declared"),
            );
        }
        joined
    }

    /// Whether an argument has no more elements than a definition counts with.
    pub(crate) fn fits_parameter(&mut self, define: Item<'_>, at: usize, x: &Expr) -> bool {
        if !matches!(x.ty, Ty::Set(_) | Ty::List(_) | Ty::Map(_)) {
            // The values of a named type have what it says.
            return true;
        }
        let Some(ast::ItemKind::Define(define)) = &define.ast(self.db).kind else { return true };
        let Some(param) = define.params.get(at) else { return true };
        let declared = param.ty.refinements.iter().find_map(|r| match &r.kind {
            RefinementKind::Max(n) => n.text.parse::<u64>().ok(),
            _ => None,
        });
        let (most, declared) = (self.most(x), declared.unwrap_or_else(|| u64::from(limits::SET_ELEMENTS)));
        if most <= declared {
            return true;
        }
        let name = &param.name.text;
        let d = Diagnostic::new(
            Code::TooCostly,
            x.span,
            format!("parameter `{name}` takes up to {declared} elements, this may have {most}"),
        )
        .label("too many")
        .help(format!("say so where it is declared: `{name} : {} max {most}`", show(&x.ty)));
        self.report(d);
        false
    }

    pub(crate) fn is_in(&mut self, env: &Env, a: &ast::Expr, b: &ast::Expr, span: Span) -> Typed {
        if let ast::ExprKind::At(instant, zone) = &strip(a).kind {
            return self.hours(env, instant, zone, b, span);
        }
        if let Some(table) = self.table_after_in(env, b) {
            return self.in_table(env, a, table, span);
        }
        let days = days_beside(a, b);
        let b = days.as_ref().unwrap_or(b);
        match &b.kind {
            ast::ExprKind::List(elements) => return self.in_list(env, a, elements, b.span, span),
            ast::ExprKind::Range(low, high) => return self.in_range(env, a, (low, high), b.span, span),
            ast::ExprKind::Hours(..) => return self.bare_hours(b.span),
            _ => {}
        }
        let typed = self.expr(env, b, None);
        let Some(collection) = typed.expr else { return Typed::default() };
        let (ty, at) = (collection.ty.clone(), collection.span);
        if let Ty::Map(entry) = ty.base() {
            let Ty::Entry(fields) = &**entry else { return Typed::default() };
            let fields = fields.clone();
            return self.in_map(env, a, collection, &fields, span);
        }
        let Some(element) = element_of(&ty) else {
            let help = match ty.base() {
                _ if is_text(&ty) => "a pattern is written `… matches re\"…\"`",
                Ty::Entity(_) | Ty::Syntax(_) => "what is at or below another is asked with `under`",
                _ => "the right side is a `Set` or `List`, a list `[a, b]`, or a range `a .. b`",
            };
            return self.fail(
                Diagnostic::new(Code::NotASet, at, format!("`in` needs a set or a list, this is {}", kind_of(&ty)))
                    .label(kind_of(&ty))
                    .help(help),
            );
        };
        let bounds = typed.bounds.and_then(|b| b.element).map(|b| *b);
        let want = Want { ty: element.clone(), bounds, exact: true };
        let Some(x) = self.expr(env, a, Some(&want)).expr else { return Typed::default() };
        if x.ty != *element {
            let said = format!("`{}` holds {}, this is {}", show(&ty), kind_of(element), kind_of(&x.ty));
            return self.mismatch(said, element, at, &x);
        }
        if element.is_composite() {
            return self.fail(
                Diagnostic::new(Code::NotAValue, x.span, format!("{} cannot be compared as a whole", kind_of(element)))
                    .label(kind_of(element))
                    .help("compare its parts: `any(x in …: x.… == …)`"),
            );
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
        if value.ty.is_composite() || matches!(value.ty.base(), Ty::Set(_) | Ty::List(_) | Ty::Entity(_)) {
            return self.fail(
                Diagnostic::new(
                    Code::NotAValue,
                    value.span,
                    format!("{} is not in a list of literals", kind_of(&value.ty)),
                )
                .label(kind_of(&value.ty))
                .help(if element_of(&value.ty).is_some() {
                    "ask its elements: `all(x in …: x in [a, b])`"
                } else {
                    "ask for one of its attributes, such as its `id`"
                }),
            );
        }
        let want = Want { ty: value.ty.clone(), bounds: x.bounds, exact: true };
        let mut all = vec![];
        for e in elements {
            let Some(element) = self.expr(env, e, Some(&want)).expr else { continue };
            if element.ty != value.ty {
                let said = format!("the list is asked for {}, this is {}", kind_of(&value.ty), kind_of(&element.ty));
                self.mismatch(said, &value.ty, value.span, &element);
            } else if !is_literal(&element) {
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

    /// `x in a .. b`: both ends are in it, but of times of day the last is not.
    fn in_range(
        &mut self,
        env: &Env,
        a: &ast::Expr,
        (low, high): (&ast::Expr, &ast::Expr),
        range: Span,
        span: Span,
    ) -> Typed {
        let Some(x) = self.expr(env, a, None).expr else { return Typed::default() };
        let ordered = match x.ty.base() {
            Ty::Enum(name) => self.enumeration(name).is_none_or(|e| e.ordered),
            _ => is_counted(&x.ty),
        };
        if !ordered {
            return self.fail(
                Diagnostic::new(Code::WrongOperand, x.span, format!("{} has no order, so no ranges", kind_of(&x.ty)))
                    .label(kind_of(&x.ty))
                    .help("only numbers, times, sizes and ordered enums have; name the values: `in [a, b]`"),
            );
        }
        let want = Want { ty: x.ty.clone(), bounds: None, exact: false };
        let time = *x.ty.base() == Ty::Time;
        let mut ends = vec![];
        for (e, last) in [(low, false), (high, true)] {
            let end = match &strip(e).kind {
                ast::ExprKind::Time(n) if time && last => self.end_of_day(n, e.span, &x.ty),
                _ => self.expr(env, e, Some(&want)).expr,
            };
            let Some(end) = end else { continue };
            if end.ty == x.ty {
                ends.push(end);
            } else {
                let said = format!("the range is asked for {}, this is {}", kind_of(&x.ty), kind_of(&end.ty));
                self.mismatch(said, &x.ty, x.span, &end);
            }
        }
        let [low, high] = ends.as_slice() else { return Typed::default() };
        let empty = match (&low.kind, &high.kind) {
            (ExprKind::Int(a), ExprKind::Int(b)) if time => a == b,
            (ExprKind::Int(a), ExprKind::Int(b)) | (ExprKind::Decimal(a), ExprKind::Decimal(b)) => a > b,
            (ExprKind::Member(a), ExprKind::Member(b)) => a > b,
            _ if time => {
                return self.fail(
                    Diagnostic::new(Code::NotAValue, range, "the ends of a range of times are written out")
                        .label("one of them is read")
                        .help("whether it goes over midnight must be seen here; compare with `<=` and `<` instead"),
                );
            }
            _ => false,
        };
        if empty {
            return self.fail(
                Diagnostic::new(Code::EmptyRange, range, "no value lies in this range")
                    .label(if time { "it ends where it starts" } else { "the lower end is above the upper end" })
                    .help(if time { "a whole day is `00:00..24:00`" } else { "put the smaller end first" }),
            );
        }
        let overnight = matches!((&low.kind, &high.kind), (ExprKind::Int(a), ExprKind::Int(b)) if time && a > b);
        let compare = |cmp, end: &Expr| Expr {
            kind: ExprKind::Compare(cmp, Box::new(x.clone()), Box::new(end.clone())),
            ty: Ty::Bool,
            span,
        };
        let both = vec![compare(Cmp::Ge, low), compare(if time { Cmp::Lt } else { Cmp::Le }, high)];
        Typed::of(if overnight { ExprKind::Or(both) } else { ExprKind::And(both) }, Ty::Bool, span)
    }

    /// Whether a name that is given here would hide another.
    pub(crate) fn means_something(&self, env: &Env, name: &str) -> bool {
        super::expr::taken(env, name)
            || [Namespace::Define, Namespace::Window, Namespace::Table]
                .iter()
                .any(|n| find(self.db, self.package, *n, &self.at_home(name)).is_some())
    }
}

/// Whether an expression is a value written out.
pub(crate) fn is_literal(e: &Expr) -> bool {
    matches!(
        e.kind,
        ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Decimal(_) | ExprKind::Text(_) | ExprKind::Member(_)
    )
}
