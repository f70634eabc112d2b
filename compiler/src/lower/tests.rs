//! Lowering of checked trees built by hand, shown as text.

mod kinds;

use std::collections::BTreeMap;
use std::sync::Arc;

use zt_lang::hir::{
    Action, Arith, Bounds, Channel, Cmp, Define, Effect, Entity, Enum, Expr, ExprKind, Field, Member, Name, Package,
    Path, Piece, Policy, Record, Root, Rule, Ty, Type,
};
use zt_lang::span::{ItemKey, Span};

use super::Lowered;
use super::lower;
use crate::generate::{Target, generate};

fn bounds(min: i64, max: i64) -> Bounds {
    Bounds { min, max, places: 0, length: 128, patterns: vec![], element: None }
}

fn field(name: &str, ty: Ty) -> Field {
    let mut bounds = bounds(0, 1000);
    if matches!(ty.base(), Ty::Set(_) | Ty::List(_)) {
        bounds.element = Some(Box::new(bounds.clone()));
    }
    Field { name: name.into(), wire: name.into(), ty: Type { ty, bounds }, optional: false, free: false, default: None }
}

fn optional(name: &str, ty: Ty) -> Field {
    Field { optional: true, ..field(name, ty) }
}

fn unbounded(name: &str, ty: Ty) -> Field {
    Field { ty: Type { ty, bounds: bounds(i64::MIN, i64::MAX) }, ..field(name, Ty::Int) }
}

fn expr(ty: Ty, kind: ExprKind) -> Expr {
    Expr { kind, ty, span: Span::default() }
}

/// A path written with dots. `$0.x` starts at the first parameter.
fn path(text: &str) -> Path {
    let mut steps = text.split('.');
    let root = match steps.next().unwrap() {
        "principal" => Root::Principal,
        "resource" => Root::Resource,
        "context" => Root::Context,
        "input" => Root::Input,
        parameter => Root::Param(parameter.trim_start_matches('$').parse().unwrap()),
    };
    Path { root, fields: steps.map(Name::from).collect() }
}

fn read(ty: Ty, text: &str) -> Expr {
    expr(ty, ExprKind::Path(path(text)))
}

fn has(text: &str) -> Expr {
    expr(Ty::Bool, ExprKind::Has(path(text)))
}

fn int(value: i64) -> Expr {
    expr(Ty::Int, ExprKind::Int(value))
}

fn text(value: &str) -> Expr {
    expr(Ty::Ident, ExprKind::Text(value.into()))
}

fn compare(cmp: Cmp, left: Expr, right: Expr) -> Expr {
    expr(Ty::Bool, ExprKind::Compare(cmp, Box::new(left), Box::new(right)))
}

fn arith(op: Arith, left: Expr, right: Expr) -> Expr {
    expr(Ty::Int, ExprKind::Arith(op, Box::new(left), Box::new(right)))
}

fn and(operands: Vec<Expr>) -> Expr {
    expr(Ty::Bool, ExprKind::And(operands))
}

fn or(operands: Vec<Expr>) -> Expr {
    expr(Ty::Bool, ExprKind::Or(operands))
}

fn not(inner: Expr) -> Expr {
    expr(Ty::Bool, ExprKind::Not(Box::new(inner)))
}

fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    expr(Ty::Bool, ExprKind::Call(name.into(), arguments))
}

fn otherwise(ty: Ty, text: &str, other: Expr) -> Expr {
    expr(ty, ExprKind::Else(path(text), Box::new(other)))
}

fn entity(name: &str) -> Ty {
    Ty::Entity(name.into())
}

/// A world of two agents and two actions. `Agent` leads back to itself; `Bot` has little.
fn package(conditions: Vec<Expr>) -> Package {
    let entities = [
        (
            "Agent",
            vec![
                field("role", Ty::Ident),
                field("tags", Ty::Set(Box::new(Ty::Ident))),
                optional("manager", entity("Agent")),
                optional("limit", Ty::Int),
            ],
        ),
        ("Bot", vec![field("role", Ty::Ident), field("limit", Ty::Int)]),
        ("Order", vec![field("amount", Ty::Int), optional("owner", entity("Agent"))]),
    ];
    let action = |name: &str, resource: Option<&str>, context: Option<&str>, input| {
        let action = Action {
            name: name.into(),
            wire: format!("{name}-wire").into(),
            principals: vec!["Agent".into(), "Bot".into()],
            resource: resource.map(Name::from),
            resource_id: None,
            tags: vec![],
            tier: None,
            context: context.map(Name::from),
            part_of: None,
            output: None,
            input,
        };
        (Name::from(name), Arc::new(action))
    };
    let define = |name: &str, params: Vec<Ty>, body| {
        let params = params.into_iter().map(|ty| (Name::from("x"), ty)).collect();
        (Name::from(name), Arc::new(Define { name: name.into(), params, body }))
    };
    let level = Enum {
        name: "Level".into(),
        ordered: true,
        members: ["low", "high"].map(|name| Member { name: name.into(), wire: name.to_uppercase().into() }).into(),
    };
    let rules = conditions
        .into_iter()
        .enumerate()
        .map(|(index, condition)| Rule {
            name: format!("r{index}").into(),
            full_name: format!("test/p.r{index}").into(),
            scope: None,
            effect: Effect::Deny,
            limit: None,
            raise: None,
            obligations: vec![],
            cost: 0,
            tell: None,
            shadow: false,
            condition,
            ask: None,
            because: None,
            span: Span::default(),
            name_span: Span::default(),
        })
        .collect();
    let scope = [("refund", "Agent"), ("refund", "Bot"), ("wait", "Agent")];
    Package {
        detectors: BTreeMap::new(),
        name: "test".into(),
        tiers: vec![],
        obligations: BTreeMap::new(),
        approvers: BTreeMap::new(),
        windows: BTreeMap::new(),
        events: BTreeMap::new(),
        enums: BTreeMap::from([(level.name.clone(), Arc::new(level))]),
        records: BTreeMap::from([(
            Name::from("Gateway"),
            Arc::new(Record {
                name: "Gateway".into(),
                fields: vec![field("level", Ty::Enum("Level".into()))],
                open: false,
            }),
        )]),
        entities: entities
            .into_iter()
            .map(|(name, fields)| {
                (
                    Name::from(name),
                    Arc::new(Entity { name: name.into(), parents: vec![], channel: Channel::Pep, id: None, fields }),
                )
            })
            .collect(),
        actions: BTreeMap::from([
            action("refund", Some("Order"), Some("Gateway"), vec![field("amount", Ty::Int), unbounded("any", Ty::Int)]),
            action("wait", None, None, vec![field("amount", Ty::Int)]),
        ]),
        tags: BTreeMap::new(),
        notices: BTreeMap::new(),
        tables: BTreeMap::new(),
        defines: BTreeMap::from([
            define(
                "within_limit",
                vec![entity("Agent"), Ty::Int],
                and(vec![has("$0.limit"), compare(Cmp::Le, read(Ty::Int, "$1"), read(Ty::Int, "$0.limit"))]),
            ),
            define(
                "managed",
                vec![entity("Order")],
                and(vec![
                    has("$0.owner.manager"),
                    call("within_limit", vec![read(entity("Agent"), "$0.owner.manager"), read(Ty::Int, "$0.amount")]),
                ]),
            ),
            define("limit_of", vec![entity("Agent"), Ty::Int], otherwise(Ty::Int, "$0.limit", read(Ty::Int, "$1"))),
            define("twice", vec![Ty::Int], arith(Arith::Add, read(Ty::Int, "$0"), read(Ty::Int, "$0"))),
            define("ignore", vec![Ty::Bool], or(vec![compare(Cmp::Eq, int(1), int(2)), read(Ty::Bool, "$0")])),
            define("large", vec![Ty::Int], compare(Cmp::Gt, read(Ty::Int, "$0"), int(5))),
        ]),
        policies: vec![Arc::new(Policy {
            key: ItemKey { file: "a.zt".into(), name: "policy p".into(), nth: 0 },
            name: "p".into(),
            scope: scope.map(|(action, principal)| (action.into(), principal.into())).into(),
            guard: None,
            limits: vec![],
            rules,
        })],
        suites: vec![],
    }
}

/// The lowered conditions of the entries in scope: refund by Agent, refund by Bot, wait by Agent.
fn lowered(condition: Expr) -> [String; 3] {
    let package = package(vec![condition]);
    let Lowered { program, automata } = lower(&package).unwrap();
    let image = generate(&program, &automata, &Target::host().unwrap()).unwrap();
    zt_runtime::Pdp::load(&image).unwrap();
    let entries = program.entries;
    assert!(entries[3].rules.is_empty(), "wait by Bot is not in scope");
    [0, 1, 2].map(|entry| entries[entry].rules[0].condition.to_string())
}

#[test]
fn an_entry_reads_what_its_rules_read_and_no_more() {
    let mut package = package(vec![
        and(vec![
            and(vec![
                compare(Cmp::Eq, read(Ty::Ident, "principal.role"), text("support")),
                has("resource.owner.manager"),
            ]),
            compare(Cmp::Ne, read(entity("Agent"), "resource.owner.manager"), read(entity("Agent"), "resource.owner")),
        ]),
        compare(
            Cmp::Ge,
            read(Ty::Enum("Level".into()), "context.level"),
            expr(Ty::Enum("Level".into()), ExprKind::Member(1)),
        ),
    ]);
    let policy = Arc::make_mut(&mut package.policies[0]);
    policy.scope = vec![("refund".into(), "Agent".into())];
    policy.guard = Some(compare(Cmp::Lt, read(Ty::Int, "input.amount"), int(10)));
    let piece = |text, ty| Piece::Path { path: path(text), ty, places: 0 };
    policy.rules[0].because = Some(vec![
        Piece::Text("asked by ".into()),
        piece("principal.id", Ty::String),
        piece("principal.manager.limit", Ty::Int),
        piece("principal.nothing", Ty::Int),
        piece("context.level", Ty::Enum("Level".into())),
    ]);
    insta::assert_snapshot!(lower(&package).unwrap().program);
}

#[test]
fn what_only_some_entries_have() {
    let limit = and(vec![has("principal.limit"), compare(Cmp::Gt, read(Ty::Int, "principal.limit"), int(3))]);
    insta::assert_snapshot!(lowered(limit).join("\n"), @r"
    and(has s0, (s1 > 3))
    (s0 > 3)
    and(has s0, (s1 > 3))
    ");
    let amount =
        compare(Cmp::Gt, otherwise(Ty::Int, "resource.amount", int(7)), otherwise(Ty::Int, "principal.limit", int(3)));
    insta::assert_snapshot!(lowered(amount).join("\n"), @r"
    (s0 > (if has s1 then s2 else 3))
    (s0 > s1)
    (7 > (if has s0 then s1 else 3))
    ");
    let managed = and(vec![
        has("principal.manager"),
        compare(Cmp::Eq, read(Ty::Ident, "principal.manager.role"), read(Ty::Ident, "principal.role")),
    ]);
    insta::assert_snapshot!(lowered(not(managed)).join("\n"), @r"
    not (and(has s0, text_eq(s1, s2)))
    1
    not (and(has s0, text_eq(s1, s2)))
    ");
    insta::assert_snapshot!(lowered(or(vec![not(has("resource.owner")), has("principal.manager")])).join("\n"), @r"
    or(not (has s0), has s1)
    not (has s0)
    1
    ");
}

#[test]
fn definitions_are_written_out() {
    let managed = and(vec![has("resource.amount"), call("managed", vec![read(entity("Order"), "resource")])]);
    insta::assert_snapshot!(lowered(managed)[0], @"and(has s0, has s2, (s1 <= s3))");
    let sum = arith(Arith::Add, read(Ty::Int, "input.amount"), int(1));
    insta::assert_snapshot!(lowered(call("within_limit", vec![read(entity("Agent"), "principal"), sum]))[1], @"(let v0 = (s0 +! 1); (v0 <= s1))");
}

#[test]
fn a_call_fails_where_an_argument_does() {
    let sum = || arith(Arith::Add, read(Ty::Int, "input.any"), int(1));
    let agent = || read(entity("Agent"), "principal");
    let limit = |then| expr(Ty::Int, call("limit_of", vec![agent(), then]).kind);
    insta::assert_snapshot!(lowered(call("large", vec![sum()]))[0], @"(let v0 = (s0 + 1); (v0 > 5))");
    insta::assert_snapshot!(lowered(call("within_limit", vec![agent(), sum()]))[0], @"(let v0 = (s0 + 1); and(has s1, (v0 <= s2)))");
    insta::assert_snapshot!(lowered(compare(Cmp::Lt, limit(sum()), int(9)))[0], @"((let v0 = (s0 + 1); (if has s1 then s2 else v0)) < 9)");
    let twice = otherwise(Ty::Int, "principal.limit", limit(sum()));
    insta::assert_snapshot!(lowered(compare(Cmp::Lt, arith(Arith::Sub, twice, int(1)), int(9)))[0], @"(((if has s0 then s2 else (let v0 = (s1 + 1); (if has s0 then s2 else v0))) -! 1) < 9)");
}

#[test]
fn overflow_is_checked_where_it_can_happen() {
    let sum = |left, right| compare(Cmp::Gt, arith(Arith::Add, left, right), int(0));
    let bounded = || read(Ty::Int, "input.amount");
    insta::assert_snapshot!(lowered(sum(bounded(), bounded()))[0], @"((s0 +! s0) > 0)");
    insta::assert_snapshot!(lowered(sum(bounded(), int(i64::MAX - 1000)))[0], @"((s0 +! 9223372036854774807) > 0)");
    insta::assert_snapshot!(lowered(sum(bounded(), int(i64::MAX - 999)))[0], @"((s0 + 9223372036854774808) > 0)");
    insta::assert_snapshot!(lowered(sum(read(Ty::Int, "input.any"), int(1)))[0], @"((s0 + 1) > 0)");
    let negated = |inner| compare(Cmp::Lt, expr(Ty::Int, ExprKind::Neg(Box::new(inner))), int(0));
    insta::assert_snapshot!(lowered(negated(bounded()))[0], @"((0 -! s0) < 0)");
    insta::assert_snapshot!(lowered(negated(read(Ty::Int, "input.any")))[0], @"((0 - s0) < 0)");
}

#[test]
fn membership() {
    let tags = expr(
        Ty::Bool,
        ExprKind::In(Box::new(text("refund")), Box::new(read(Ty::Set(Box::new(Ty::Ident)), "principal.tags"))),
    );
    insta::assert_snapshot!(lowered(tags)[0], @"contains_text(s0, l0)");
    let role = |list| expr(Ty::Bool, ExprKind::InList(Box::new(read(Ty::Ident, "principal.role")), list));
    insta::assert_snapshot!(lowered(role(vec![text("a"), text("b"), text("a")]))[0], @"or((s0 == l0), (s0 == l1), (s0 == l0))");
    insta::assert_snapshot!(lowered(role(vec![text("a")]))[0], @"(s0 == l0)");
    insta::assert_snapshot!(lowered(role(vec![]))[0], @"0");
}

#[test]
fn growth_is_bounded() {
    let nested = |name: &str, ty: Ty, inner: Expr, levels| {
        (0..levels).fold(inner, |inner, _| expr(ty.clone(), call(name, vec![inner]).kind))
    };
    // An argument is lowered once, however often its parameter is read.
    let sum = |levels| compare(Cmp::Gt, nested("twice", Ty::Int, arith(Arith::Add, int(1), int(1)), levels), int(0));
    assert!(lower(&package(vec![sum(8)])).is_ok());
    assert!(lower(&package(vec![sum(390)])).is_ok());
    assert!(lower(&package(vec![sum(600)])).is_err());
    // A definition is written out wherever it is used.
    let doubled = |levels: u32| {
        let top = compare(Cmp::Gt, expr(Ty::Int, call(&format!("f{levels}"), vec![int(1)]).kind), int(0));
        let mut package = package(vec![top]);
        for level in 0..=levels {
            let inner = || match level {
                0 => read(Ty::Int, "$0"),
                _ => expr(Ty::Int, call(&format!("f{}", level - 1), vec![read(Ty::Int, "$0")]).kind),
            };
            let name = Name::from(format!("f{level}"));
            let body = arith(Arith::Add, inner(), inner());
            let define = Define { name: name.clone(), params: vec![("x".into(), Ty::Int)], body };
            package.defines.insert(name, Arc::new(define));
        }
        package
    };
    assert!(lower(&doubled(5)).is_ok());
    assert!(lower(&doubled(40)).is_err());
}
