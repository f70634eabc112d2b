//! A small package by hand, and what is shared by the tests of the evaluator.

mod approvals;
mod channels;
mod conditions;
mod decisions;
mod host;
mod refusals;
mod steps;
mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Document;

use super::{Evaluation, Evaluator, RuleTrace};
use crate::hir::*;
use crate::span::{ItemKey, Span};

pub(super) fn bounds() -> Bounds {
    Bounds { min: i64::MIN, max: i64::MAX, places: 2, length: 8, patterns: vec![], element: None }
}

pub(super) fn pattern(source: &str) -> Pattern {
    let dfa = Arc::new(Dfa { sparse: false, bytes: vec![] });
    Pattern { source: source.into(), anchored: format!(r"\A(?:{source})\z").into(), dfa }
}

fn field(name: &str, ty: Ty, bounds: Bounds, optional: bool) -> Field {
    Field { name: name.into(), wire: name.into(), ty: Type { ty, bounds }, optional, free: false, default: None }
}

fn optional(name: &str, ty: Ty) -> Field {
    field(name, ty, bounds(), true)
}

fn action(name: &str, resource: Option<&str>, context: Option<&str>, tier: Option<u32>) -> Action {
    Action {
        part_of: None,
        output: None,
        name: name.into(),
        wire: format!("wire-{name}").into(),
        principals: vec!["Agent".into(), "User".into()],
        resource: resource.map(Into::into),
        resource_id: None,
        tags: vec![],
        tier,
        context: context.map(Into::into),
        input: vec![],
    }
}

fn entity(name: &str, fields: Vec<Field>) -> Arc<Entity> {
    Arc::new(Entity { name: name.into(), parents: vec![], channel: Channel::Pep, id: None, fields })
}

/// A package with one policy of these rules, for `pay` by `Agent`.
pub(super) fn package(guard: Option<Expr>, rules: Vec<Rule>) -> Package {
    let level = Enum {
        name: "Level".into(),
        ordered: true,
        members: ["low", "mid", "high"]
            .map(|name| Member { name: name.into(), wire: name.to_uppercase().into() })
            .to_vec(),
    };
    let agent = vec![
        optional("role", Ty::Ident),
        optional("boss", Ty::Entity("Agent".into())),
        optional("may", Ty::Set(Box::new(Ty::Ident))),
    ];
    let order = vec![field("total", Ty::Decimal, bounds(), true)];
    let spot = vec![field("x", Ty::Int, bounds(), false)];
    let mut gateway = optional("session", Ty::String);
    gateway.wire = "session-id".into();

    let mut pay = action("pay", Some("Order"), Some("Gateway"), Some(1));
    pay.input = vec![
        field("amount", Ty::Decimal, Bounds { min: 0, max: 10_000_000, ..bounds() }, false),
        field("n", Ty::Int, Bounds { min: -5, max: i64::MAX, ..bounds() }, true),
        optional("big", Ty::Decimal),
        optional("flag", Ty::Bool),
        optional("note", Ty::String),
        field("code", Ty::String, Bounds { patterns: vec![pattern("a+"), pattern("a?a")], ..bounds() }, true),
        field("key", Ty::Ident, Bounds { patterns: vec![pattern("[a-z]*")], ..bounds() }, true),
        optional("level", Ty::Enum("Level".into())),
        field(
            "ids",
            Ty::Named("Ids".into(), Box::new(Ty::Set(Box::new(Ty::Int)))),
            Bounds { length: 3, element: Some(Box::new(Bounds { max: 9, ..bounds() })), ..bounds() },
            true,
        ),
        optional("spot", Ty::Record("Spot".into())),
        optional("owner", Ty::Entity("Agent".into())),
    ];
    let mut count = action("count", None, None, None);
    count.input = vec![field("a", Ty::Int, bounds(), false), field("b", Ty::Int, bounds(), false)];

    Package {
        name: "p".into(),
        detectors: BTreeMap::new(),
        tiers: ["T0", "T1", "T2"]
            .map(|name| Tier { name: name.into(), warrant: None, ask: None, obligations: vec![] })
            .to_vec(),
        obligations: BTreeMap::new(),
        approvers: BTreeMap::new(),
        windows: BTreeMap::new(),
        events: BTreeMap::new(),
        enums: [("Level".into(), Arc::new(level))].into(),
        records: [
            ("Gateway".into(), Arc::new(Record { name: "Gateway".into(), fields: vec![gateway], open: false })),
            ("Spot".into(), Arc::new(Record { name: "Spot".into(), fields: spot, open: false })),
        ]
        .into(),
        entities: [
            ("Agent".into(), entity("Agent", agent)),
            ("User".into(), entity("User", vec![])),
            ("Order".into(), entity("Order", order)),
            ("Team".into(), entity("Team", vec![])),
        ]
        .into(),
        actions: [("pay".into(), Arc::new(pay)), ("count".into(), Arc::new(count))].into(),
        tags: [].into(),
        notices: [].into(),
        defines: [].into(),
        tables: [].into(),
        policies: vec![Arc::new(Policy {
            key: ItemKey { file: "p.zt".into(), name: "policy m".into(), nth: 0 },
            name: "m".into(),
            scope: vec![("pay".into(), "Agent".into())],
            guard,
            limits: vec![],
            rules,
        })],
        suites: vec![],
    }
}

pub(super) fn rule(effect: Effect, name: &str, condition: Expr) -> Rule {
    Rule {
        name: name.into(),
        full_name: format!("p/m.{name}").into(),
        scope: None,
        limit: None,
        raise: None,
        obligations: vec![],
        cost: 0,
        tell: None,
        effect,
        shadow: false,
        condition,
        ask: (effect == Effect::RequireApproval).then(|| Ask {
            from: From::Group("leads".into()),
            quorum: 2,
            expires: 60,
        }),
        because: None,
        span: Span::new(0, 9),
        name_span: Span::new(1, 2),
    }
}

pub(super) fn shadow(rule: Rule) -> Rule {
    Rule { shadow: true, ..rule }
}

/// An expression whose span starts at `at`, so that tests can tell nodes apart.
pub(super) fn at(at: u32, ty: Ty, kind: ExprKind) -> Expr {
    Expr { kind, ty, span: Span::new(at, at + 1) }
}

pub(super) fn truth(kind: ExprKind) -> Expr {
    at(0, Ty::Bool, kind)
}

pub(super) fn steps(path: &str) -> Path {
    let mut fields = path.split('.');
    let root = match fields.next().unwrap_or_default() {
        "principal" => Root::Principal,
        "resource" => Root::Resource,
        "context" => Root::Context,
        "input" => Root::Input,
        index => Root::Param(index.parse().unwrap()),
    };
    Path { root, fields: fields.map(Into::into).collect() }
}

pub(super) fn path(path: &str, ty: Ty) -> Expr {
    at(0, ty, ExprKind::Path(steps(path)))
}

pub(super) fn decimal(units: i64) -> Expr {
    at(0, Ty::Decimal, ExprKind::Decimal(units))
}

pub(super) fn int(value: i64) -> Expr {
    at(0, Ty::Int, ExprKind::Int(value))
}

pub(super) fn text(value: &str) -> Expr {
    at(0, Ty::String, ExprKind::Text(value.into()))
}

pub(super) fn compare(cmp: Cmp, left: Expr, right: Expr) -> Expr {
    truth(ExprKind::Compare(cmp, Box::new(left), Box::new(right)))
}

pub(super) fn arith(op: Arith, left: Expr, right: Expr) -> Expr {
    let ty = if right.ty == Ty::Int { left.ty.clone() } else { right.ty.clone() };
    at(0, ty, ExprKind::Arith(op, Box::new(left), Box::new(right)))
}

pub(super) fn yes() -> Expr {
    truth(ExprKind::Bool(true))
}

pub(super) fn no() -> Expr {
    truth(ExprKind::Bool(false))
}

/// A condition that fails: the greatest integer plus one.
pub(super) fn fails() -> Expr {
    compare(Cmp::Gt, arith(Arith::Add, int(i64::MAX), int(1)), int(0))
}

pub(super) fn not(inner: Expr) -> Expr {
    truth(ExprKind::Not(Box::new(inner)))
}

pub(super) fn and(conditions: impl Into<Vec<Expr>>) -> Expr {
    truth(ExprKind::And(conditions.into()))
}

pub(super) fn or(conditions: impl Into<Vec<Expr>>) -> Expr {
    truth(ExprKind::Or(conditions.into()))
}

pub(super) fn has(path: &str) -> Expr {
    truth(ExprKind::Has(steps(path)))
}

/// A call of `pay` with these further members of its arguments: `, "n": 1`.
pub(super) fn pay(more: &str) -> String {
    format!(
        r#"{{"subject": {{"type": "Agent", "id": "a-1", "properties": {{"role": "clerk", "may": ["refund"]}}}},
            "action": {{"name": "wire-pay", "properties": {{"amount": 60.00{more}}}}},
            "resource": {{"type": "Order", "id": "o-1", "properties": {{"total": 75.5}}}},
            "context": {{"session-id": "s"}}}}"#
    )
}

pub(super) fn evaluate(rules: Vec<Rule>, request: &str) -> Evaluation {
    Evaluator::new(&package(None, rules)).evaluate(request.as_bytes())
}

pub(super) fn decide(rules: Vec<Rule>, request: &str) -> Document {
    evaluate(rules, request).decision.to_json()
}

/// How one condition comes out, as the only rule.
pub(super) fn why(condition: Expr, request: &str) -> RuleTrace {
    let evaluation = evaluate(vec![rule(Effect::Allow, "a", condition)], request);
    assert_eq!(evaluation.decision.refusal, None);
    evaluation.trace.rules.into_iter().next().unwrap()
}
