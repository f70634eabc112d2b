//! Windows: what is remembered of calls and events, by what key, over which time; events; and readings.

use std::collections::BTreeSet;

use super::declare::{find_action, kind_of};
use super::expr::Typed;
use super::path::{Alternative, Env, Seen, dotted};
use super::{Cx, HirItem, check_item};
use crate::db::Namespace;
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Aggregate, CalendarUnit, Event, Expr, ExprKind, Name, Outcome, Over, Recorded, Root, Ty, Window};
use crate::span::Span;
use crate::syntax::ast::{self, Selector, WindowClauseKind};

/// The entries of a key where nothing is said.
pub(crate) const BOUND: u32 = 10_000;
/// The most entries of a key that may be asked for.
pub(crate) const MAX_BOUND: u32 = 1_000_000;
/// The most parts of a key.
const MAX_KEY: usize = 8;
/// The digits after the point that a `Decimal` has.
const PLACES: u8 = 4;

pub(crate) fn event(cx: &mut Cx<'_>, x: &ast::Event) -> Event {
    let context = x.context.as_ref().and_then(|c| cx.context_record(c));
    let fields = cx.fields(&x.fields, "field");
    Event { name: x.name.text.clone(), context, fields }
}

pub(crate) fn window(cx: &mut Cx<'_>, x: &ast::Window) -> Option<Window> {
    let before = cx.diagnostics.len();
    let value = match &x.aggregate {
        ast::Aggregate::Count => None,
        ast::Aggregate::Sum(e) | ast::Aggregate::Distinct(e) | ast::Aggregate::Set(_, e) => Some(e),
    };
    let (of, env) = cx.recorded(x, value)?;
    let mut condition = None;
    let mut key = vec![];
    let mut over = None;
    let mut bound = BOUND;
    let mut seen: Vec<&str> = vec![];
    let mut env = env;
    // What `where` proves the key and the value may read, in whichever order they stand.
    for c in &x.clauses {
        let word = match &c.kind {
            WindowClauseKind::By(_) => "by",
            WindowClauseKind::Over(_) => "over",
            WindowClauseKind::Where(_) => "where",
            WindowClauseKind::Max(_) => "max",
        };
        if seen.contains(&word) {
            let d =
                Diagnostic::new(Code::Clauses, c.span, format!("`{word}` stands twice in window `{}`", x.name.text))
                    .label("the second")
                    .help(if word == "where" { "join the conditions with `and`" } else { "keep one of them" });
            cx.report(d);
            continue;
        }
        seen.push(word);
        if let WindowClauseKind::Where(e) = &c.kind {
            let typed = cx.condition(&env, e);
            env.facts = std::mem::take(&mut env.facts).and(&typed.plus);
            condition = typed.expr;
        }
    }
    for c in &x.clauses {
        match &c.kind {
            // The key is that of the call that asks, too: nothing came back from that.
            WindowClauseKind::By(keys) => key = cx.keys(&Env { output: false, ..env.clone() }, keys),
            WindowClauseKind::Over(o) => over = cx.over(o),
            WindowClauseKind::Max(n) => match n.text.parse::<u32>() {
                Ok(n) if (1..=MAX_BOUND).contains(&n) => bound = n,
                _ => {
                    let d = Diagnostic::new(
                        Code::BadWindow,
                        n.span,
                        format!("a window cannot hold {} entries of a key", n.text),
                    )
                    .label(format!("from 1 to {MAX_BOUND}"))
                    .help(format!("without `max` it holds {BOUND}"));
                    cx.report(d);
                }
            },
            WindowClauseKind::Where(_) => {}
        }
    }
    if !seen.contains(&"over") {
        let d = Diagnostic::new(
            Code::Clauses,
            x.name.span,
            format!("window `{}` does not say over which time", x.name.text),
        )
        .label("`over` is missing")
        .help("`over 1h` slides; `over day at \"Europe/Paris\"` is the calendar's day");
        cx.report(d);
    }
    let (value, aggregate, ty) = cx.aggregate(&env, &x.aggregate)?;
    if cx.diagnostics.len() != before {
        return None;
    }
    let cost = cx.window_cost(value.iter().chain(&condition).chain(&key));
    let places = value.as_ref().map_or(PLACES, |value| cx.shown_places(&env, value));
    Some(Window {
        name: x.name.text.clone(),
        aggregate,
        of,
        value,
        ty,
        places,
        condition,
        key,
        over: over?,
        bound,
        cost,
        limit: false,
    })
}

impl Cx<'_> {
    /// Digits after the point that a value has, as its parts are declared; all of them where that is not known.
    fn shown_places(&mut self, env: &Env, value: &Expr) -> u8 {
        match &value.kind {
            // What an action says for a field of a tag may have more than that is declared with.
            ExprKind::Path(path) if path.root != Root::Tag => {
                let before = self.diagnostics.len();
                let view = self.walk(env, path, value.span);
                self.diagnostics.truncate(before);
                let places = |a: &Alternative| match a {
                    Alternative::Value(_, bounds) => bounds.element.as_ref().map_or(bounds.places, |e| e.places),
                    _ => PLACES,
                };
                view.and_then(|view| view.alternatives.iter().map(places).max()).unwrap_or(PLACES)
            }
            // Those that are written; and one factor of a product is a whole number.
            ExprKind::Decimal(n) => (0..PLACES).find(|p| n % 10_i64.pow(u32::from(PLACES - p)) == 0).unwrap_or(PLACES),
            ExprKind::Int(_) => 0,
            ExprKind::Neg(x) => self.shown_places(env, x),
            ExprKind::Arith(_, a, b) => self.shown_places(env, a).max(self.shown_places(env, b)),
            ExprKind::If(_, a, b) => self.shown_places(env, a).max(self.shown_places(env, b)),
            _ => PLACES,
        }
    }

    /// What a window holds, and what can be read of it.
    fn recorded(&mut self, x: &ast::Window, value: Option<&ast::Expr>) -> Option<(Recorded, Env)> {
        // Without selectors the value says which event: `user.message.text`.
        let event = match (x.selectors.as_slice(), value) {
            ([], Some(value)) => {
                let text = dotted(value).unwrap_or_default();
                let mut prefix = &*text;
                loop {
                    if self.find(Namespace::Event, prefix).is_some() {
                        break Some(Name::from(prefix));
                    }
                    match prefix.rsplit_once('.') {
                        Some((shorter, _)) => prefix = shorter,
                        None => {
                            let known = self.nameable(&[Namespace::Event]);
                            let d = Diagnostic::new(Code::UnknownEvent, value.span, "this does not say what is remembered")
                                .label("not what an event tells")
                                .help(match known.first() {
                                    Some(known) => format!("name an event, as in `{known}.…`, or actions: `… of orders.refund`"),
                                    None => "declare an event, `event user.message { … }`, or name actions: `… of orders.refund`".to_owned(),
                                });
                            self.report(d);
                            return None;
                        }
                    }
                }
            }
            ([Selector::Action(name)], _) if self.find(Namespace::Event, &name.text).is_some() => {
                Some(name.text.clone())
            }
            _ => None,
        };
        if let Some(event) = event {
            if let Some((_, span)) = x.outcome {
                let d = Diagnostic::new(Code::BadWindow, span, "an event has no outcome")
                    .label("calls have one")
                    .help("remove this word");
                self.report(d);
                return None;
            }
            let env = Env { event: Some(event.clone()), ..Env::default() };
            return Some((Recorded::Events(event), env));
        }
        let selected = self.select(&x.selectors);
        if selected.lost || selected.actions.is_empty() {
            return None;
        }
        let outcome = x.outcome.map_or(Outcome::Admitted, |(outcome, _)| outcome);
        let mut pairs = vec![];
        let mut principals: Vec<Name> = vec![];
        for name in &selected.actions {
            let action = find_action(self.db, self.package, name)?;
            for p in &action.principals {
                pairs.push((name.clone(), p.clone()));
                if !principals.contains(p) {
                    principals.push(p.clone());
                }
            }
        }
        let env = Env {
            actions: selected.actions.into(),
            principals: principals.into(),
            tags: selected.tags.into(),
            timeless: true,
            output: outcome == Outcome::Succeeded,
            ..Env::default()
        };
        Some((Recorded::Calls(outcome, pairs), env))
    }

    /// The value that each entry brings, and the type of a reading.
    fn aggregate(&mut self, env: &Env, aggregate: &ast::Aggregate) -> Option<(Option<Expr>, Aggregate, Ty)> {
        match aggregate {
            ast::Aggregate::Count => Some((None, Aggregate::Count, Ty::Int)),
            ast::Aggregate::Sum(e) => {
                let (x, ty) = self.summed(env, e)?;
                Some((Some(x), Aggregate::Sum, ty))
            }
            ast::Aggregate::Distinct(e) => {
                let x = self.expr(env, e, None).expr?;
                self.remembered(&x)?;
                Some((Some(x), Aggregate::Distinct, Ty::Int))
            }
            ast::Aggregate::Set(element, e) => {
                let plain = ast::TypeExpr {
                    name: element.clone(),
                    argument: None,
                    second: None,
                    or: vec![],
                    optional: None,
                    refinements: vec![],
                    span: element.span,
                    depth: 1,
                };
                let ty = self.resolve(&plain)?.ty;
                let x = self.expr(env, e, None).expr?;
                let held = self.remembered(&x)?;
                let text = matches!(ty.base(), Ty::Ident | Ty::Syntax(_));
                if held != ty && !(text && *held.base() == Ty::String) {
                    let d = Diagnostic::new(
                        Code::TypeMismatch,
                        e.span,
                        format!("this gives {}, the set holds {}", kind_of(&held), kind_of(&ty)),
                    )
                    .label(kind_of(&held))
                    .related(None, element.span, kind_of(&ty))
                    .help("from a `String` a set takes every part that is an `Email`, `Url`, `Host`, `Path`, an address or an `Ident`");
                    self.report(d);
                    return None;
                }
                Some((Some(x), Aggregate::Set, Ty::Set(Box::new(ty))))
            }
        }
    }

    /// A value that is summed up: a number that is never negative.
    pub(crate) fn summed(&mut self, env: &Env, e: &ast::Expr) -> Option<(Expr, Ty)> {
        let typed = self.expr(env, e, None);
        let x = typed.expr?;
        let ty = x.ty.clone();
        if !matches!(ty.base(), Ty::Int | Ty::Decimal | Ty::Size | Ty::Duration) {
            let d =
                Diagnostic::new(Code::WrongOperand, e.span, format!("a sum is of numbers, not of {}", kind_of(&ty)))
                    .label(kind_of(&ty))
                    .help("sum an `Int`, a `Decimal`, a `Size` or a `Duration`");
            self.report(d);
            return None;
        }
        if typed.bounds.is_some_and(|b| b.min < 0) && !matches!(ty.base(), Ty::Size) {
            let d = Diagnostic::new(Code::BadWindow, e.span, "a sum is of values that are never negative")
                .label("this may be negative, and would make room again")
                .help(match ty.base() {
                    Ty::Duration => "declare it with a range, as in `in 0s ..`",
                    _ => "declare it with a range, as in `in 0 ..`",
                });
            self.report(d);
            return None;
        }
        Some((x, ty))
    }

    /// The type of what a window remembers of a value: of a collection its elements.
    fn remembered(&mut self, x: &Expr) -> Option<Ty> {
        let ty = match x.ty.base() {
            Ty::Set(element) | Ty::List(element) => (**element).clone(),
            _ => x.ty.clone(),
        };
        if ty.is_composite() || matches!(ty.base(), Ty::Set(_) | Ty::List(_)) {
            let d = Diagnostic::new(Code::BadWindow, x.span, format!("a window does not remember {}", kind_of(&ty)))
                .label("not a single value")
                .help("name one of its fields");
            self.report(d);
            return None;
        }
        Some(ty)
    }

    /// What a window is keyed by.
    pub(crate) fn keys(&mut self, env: &Env, keys: &[ast::Expr]) -> Vec<Expr> {
        if keys.len() > MAX_KEY {
            let span = keys.iter().map(|k| k.span).reduce(Span::to).unwrap_or_default();
            let d = Diagnostic::new(Code::BadWindow, span, format!("a key has at most {MAX_KEY} parts"))
                .label(format!("it has {}", keys.len()))
                .help("key it by less");
            self.report(d);
            return vec![];
        }
        keys.iter().filter_map(|k| self.key(env, k)).collect()
    }

    fn key(&mut self, env: &Env, e: &ast::Expr) -> Option<Expr> {
        // `principal` may be of several types: two entities are equal only if their types are.
        if let ast::ExprKind::Name(name) = &e.kind
            && matches!(&*name.text, "principal" | "resource")
        {
            let Seen::Path(view) = self.view(env, e) else { return None };
            let entity = view.alternatives.iter().find_map(|a| match a {
                Alternative::Value(ty, _) => Some(ty.clone()),
                _ => None,
            });
            if view.alternatives.iter().all(|a| matches!(a, Alternative::Value(..)))
                && let Some(ty) = entity
            {
                return Some(Expr { kind: ExprKind::Path(view.path), ty, span: e.span });
            }
        }
        let x = self.expr(env, e, None).expr?;
        if x.ty.is_composite() || matches!(x.ty.base(), Ty::Set(_) | Ty::List(_)) {
            let d = Diagnostic::new(Code::BadWindow, e.span, format!("a window is not keyed by {}", kind_of(&x.ty)))
                .label("not a single value")
                .help("name one of its parts: `by principal`, `by context.session`, `by (principal, input.account)`");
            self.report(d);
            return None;
        }
        Some(x)
    }

    /// Over which time; `None` after a mistake.
    pub(crate) fn over(&mut self, over: &ast::Over) -> Option<Over> {
        match over {
            ast::Over::Sliding(n) => Some(Over::Sliding(self.micros(n)?)),
            ast::Over::Calendar(unit, zone) => {
                let lowered = match &*unit.text {
                    "day" => Some(CalendarUnit::Day),
                    "week" => Some(CalendarUnit::Week),
                    "month" => Some(CalendarUnit::Month),
                    _ => None,
                };
                if lowered.is_none() {
                    let d = Diagnostic::new(Code::BadWindow, unit.span, format!("the calendar has no `{}` here", unit.text))
                        .label("not a unit")
                        .help("the units are `day`, `week` (from Monday) and `month`; a sliding window says how long: `over 1h`")
                        .did_you_mean(unit.span, &unit.text, ["day", "week", "month"]);
                    self.report(d);
                }
                let zone = self.zone(zone)?;
                Some(Over::Calendar(lowered?, zone))
            }
        }
    }

    /// What a window says.
    pub(crate) fn reading(&mut self, env: &Env, name: &ast::Ident, counting: bool, span: Span) -> Typed {
        let Some(item) = self.find(Namespace::Window, &name.text) else {
            if !self.excused(Namespace::Window) {
                let d = Diagnostic::new(Code::UnknownName, name.span, format!("no window is called `{}`", name.text))
                    .label("not declared in this package")
                    .help(format!("declare it: `window {} = count of … by principal over 1h`", name.text));
                let d = self.suggest(d, name, &[Namespace::Window], &[]);
                self.report(d);
            }
            return Typed::default();
        };
        if env.params.is_some() || env.event.is_some() || env.timeless {
            if env.request.is_some() {
                return self.fail(
                    Diagnostic::new(
                        Code::NotInScope,
                        name.span,
                        format!("a law cannot read the window `{}`", name.text),
                    )
                    .label("nothing is before the request of a law")
                    .help("write a `test` with the calls before it"),
                );
            }
            let what = if env.params.is_some() { "a definition" } else { "what a window holds" };
            return self.fail(
                Diagnostic::new(Code::NotInScope, name.span, format!("{what} cannot read the window `{}`", name.text))
                    .label("windows are read by rules")
                    .help("read it in the rule, and hand over what it says"),
            );
        }
        let Some(HirItem::Window(window)) = check_item(self.db, self.package, item).hir.clone() else {
            return Typed::default();
        };
        let Some(ast::ItemKind::Window(tree)) = &item.ast(self.db).kind else { return Typed::default() };
        // The key is read from the call at hand.
        for c in &tree.clauses {
            let WindowClauseKind::By(keys) = &c.kind else { continue };
            let before = self.diagnostics.len();
            let read = self.keys(env, keys);
            let sound = self.diagnostics.len() == before
                && read.len() == window.key.len()
                && read
                    .iter()
                    .zip(&window.key)
                    .all(|(a, b)| a.ty == b.ty || matches!((&a.ty, &b.ty), (Ty::Entity(_), Ty::Entity(_))));
            self.diagnostics.truncate(before);
            if !sound {
                let action = env.actions.first().map_or("", |a| &**a);
                return self.fail(
                    Diagnostic::new(Code::BadWindow, span, format!("window `{}` cannot be read here", name.text))
                        .label("its key is not a value of every call in scope")
                        .related(Some(item.key(self.db).clone()), c.span, "this is the key")
                        .help(format!("every action of the rule, such as `{action}`, needs it with the same type, and never absent")),
                );
            }
        }
        if counting {
            let sound = match &window.of {
                Recorded::Calls(_, pairs) => {
                    let own: BTreeSet<&(Name, Name)> = pairs.iter().collect();
                    let pairs =
                        env.actions.iter().flat_map(|a| env.principals.iter().map(move |p| (a.clone(), p.clone())));
                    pairs
                        .filter(|(a, p)| {
                            find_action(self.db, self.package, a).is_some_and(|a| a.principals.contains(p))
                        })
                        .all(|pair| own.contains(&pair))
                }
                Recorded::Events(_) => false,
            };
            if !sound {
                return self.fail(
                    Diagnostic::new(Code::BadWindow, span, format!("window `{}` does not count this call", name.text))
                        .label("`counting this` needs a window over every action in scope")
                        .help("leave `counting this` out to look back only, or narrow the rule with `for`"),
                );
            }
            if let Recorded::Calls(outcome @ (Outcome::Denied | Outcome::Failed | Outcome::Succeeded), _) = &window.of {
                let said = match outcome {
                    Outcome::Denied => "denied",
                    Outcome::Failed => "failed",
                    _ => "succeeded",
                };
                return self.fail(
                    Diagnostic::new(Code::BadWindow, span, format!("window `{}` holds {said} calls", name.text))
                        .label("this call is none of them yet")
                        .help("leave `counting this` out to look back"),
                );
            }
        }
        Typed::of(ExprKind::Reading { window: name.text.clone(), counting }, window.ty.clone(), span)
    }
}
