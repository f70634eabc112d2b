//! Times, texts with parts, lists, what is above an entity, tags.

use zt_lang::hir::{Collect, Hours, LocalPart, Quantifier, Syntax, Tag, TagUse, Zone};
use zt_lang::zone;

use super::*;

fn list(element: Ty) -> Ty {
    Ty::List(Box::new(element))
}

fn email() -> Ty {
    Ty::Syntax(Syntax::Email)
}

fn var(n: u32, fields: &[&str], ty: Ty) -> Expr {
    expr(ty, ExprKind::Path(Path { root: Root::Var(n), fields: fields.iter().map(|f| Name::from(*f)).collect() }))
}

fn quantifier(kind: Quantifier, over: Expr, var: u32, body: Expr) -> Expr {
    let ty = if kind == Quantifier::Count { Ty::Int } else { Ty::Bool };
    expr(ty, ExprKind::Quantifier { kind, over: Box::new(over), var, body: Box::new(body) })
}

fn any(over: Expr, body: Expr) -> Expr {
    quantifier(Quantifier::Any, over, 0, body)
}

fn collect(kind: Collect, left: Expr, right: Expr) -> Expr {
    expr(left.ty.clone(), ExprKind::Collect(kind, Box::new(left), Box::new(right)))
}

fn within(element: Expr, collection: Expr) -> Expr {
    expr(Ty::Bool, ExprKind::In(Box::new(element), Box::new(collection)))
}

fn count(collection: Expr) -> Expr {
    expr(Ty::Int, ExprKind::Count(Box::new(collection)))
}

fn items(ty: Ty, items: Vec<Expr>) -> Expr {
    expr(ty, ExprKind::List(items))
}

fn under(left: Expr, right: Expr) -> Expr {
    expr(Ty::Bool, ExprKind::Under(Box::new(left), Box::new(right)))
}

fn zone() -> Arc<Zone> {
    Arc::new(Zone { name: "Europe/Paris".into(), rules: Arc::new(zone::load("Europe/Paris").unwrap()) })
}

fn now() -> Expr {
    expr(Ty::Instant, ExprKind::Path(Path { root: Root::Now, fields: vec![] }))
}

/// What the condition of a rule on `send` by `Agent` becomes. The agent is in teams, teams are in teams and in a firm.
fn sending(condition: Expr) -> String {
    let mut package = package(vec![condition]);
    let recipient = Record {
        open: false,
        name: "Recipient".into(),
        fields: vec![field("address", email()), optional("names", list(Ty::Ident)), field("about", entity("Agent"))],
    };
    package.records.insert(recipient.name.clone(), Arc::new(recipient));
    let with = |name: &str, parents: &[&str], fields| {
        let parents = parents.iter().map(|parent| Name::from(*parent)).collect();
        let entity = Entity { name: name.into(), parents, channel: Channel::Pep, id: None, fields };
        (Name::from(name), Arc::new(entity))
    };
    let agent = package.entities[&Name::from("Agent")].fields.clone();
    package.entities.extend([
        with("Agent", &["Team"], agent),
        with("Team", &["Team", "Firm"], vec![]),
        with("Firm", &[], vec![]),
    ]);
    let tag = |name: &str, parents: &[&str]| {
        let parents = parents.iter().map(|parent| Name::from(*parent)).collect();
        (Name::from(name), Arc::new(Tag { name: name.into(), parents, required: false, fields: vec![] }))
    };
    package.tags.extend([tag("outbound", &[]), tag("send", &["outbound"]), tag("other", &[])]);
    let everyone = collect(
        Collect::Join,
        read(list(email()), "input.to"),
        expr(list(email()), ExprKind::Else(path("input.cc"), Box::new(items(list(email()), vec![])))),
    );
    let action = Action {
        name: "send".into(),
        wire: "send".into(),
        principals: vec!["Agent".into()],
        resource: None,
        resource_id: None,
        tags: vec![
            TagUse { name: "other".into(), fields: vec![("to".into(), int(1))] },
            TagUse { name: "send".into(), fields: vec![("to".into(), everyone)] },
        ],
        tier: None,
        context: None,
        part_of: None,
        output: None,
        input: vec![
            field("to", list(email())),
            optional("cc", list(email())),
            field("all", list(Ty::Record("Recipient".into()))),
            field("numbers", Ty::Set(Box::new(Ty::Int))),
            optional("others", Ty::Set(Box::new(Ty::Int))),
            field("url", Ty::Syntax(Syntax::Url)),
            field("path", Ty::Syntax(Syntax::Path)),
            field("net", Ty::Syntax(Syntax::IpNet)),
            field("host", Ty::Syntax(Syntax::Host)),
            field("shell", Ty::Syntax(Syntax::Command)),
            field("teams", list(entity("Team"))),
            field("at", Ty::Instant),
            unbounded("n", Ty::Int),
        ],
    };
    package.actions = BTreeMap::from([(action.name.clone(), Arc::new(action))]);
    let policy = Arc::make_mut(&mut package.policies[0]);
    policy.scope = vec![("send".into(), "Agent".into())];
    let Lowered { program, automata } = lower(&package).unwrap();
    let image = generate(&program, &automata, &Target::host().unwrap()).unwrap();
    zt_runtime::Pdp::load(&image).unwrap();
    program.entries[0].rules[0].condition.to_string()
}

#[test]
fn elements_of_lists() {
    let domain = || var(0, &["domain"], Ty::Syntax(Syntax::Host));
    let own = || expr(Ty::Syntax(Syntax::Host), ExprKind::Text("example.com".into()));
    insta::assert_snapshot!(sending(any(read(list(email()), "input.to"), compare(Cmp::Eq, domain(), own()))), @"any(v0 in s0: text_eq(v0[0], l0))");
    let everyone = Path { root: Root::Tag, fields: vec!["outbound".into(), "to".into()] };
    let everyone = || expr(list(email()), ExprKind::Path(everyone.clone()));
    insta::assert_snapshot!(sending(quantifier(Quantifier::All, everyone(), 0, under(domain(), own()))), @"not (or(any(v0 in s1: not (under_host(v0[0], l0))), (if has s0 then any(v1 in s2: not (under_host(v1[0], l0))) else 0)))");
    insta::assert_snapshot!(sending(compare(Cmp::Le, count(everyone()), int(5))), @"((length(s1) +! (if has s0 then length(s2) else 0)) <= 5)");

    let all = || read(list(Ty::Record("Recipient".into())), "input.all");
    let names = expr(Ty::Bool, ExprKind::Has(Path { root: Root::Var(0), fields: vec!["names".into()] }));
    let named = quantifier(
        Quantifier::Any,
        var(0, &["names"], list(Ty::Ident)),
        1,
        compare(Cmp::Eq, var(1, &[], Ty::Ident), text("x")),
    );
    insta::assert_snapshot!(sending(any(all(), and(vec![names, named]))), @"any(v0 in s0: and(v0[0], any(v1 in v0[1]: (v1[0] == l0))))");
    let limit = || var(0, &["about", "limit"], Ty::Int);
    let has = expr(Ty::Bool, ExprKind::Has(Path { root: Root::Var(0), fields: vec!["about".into(), "limit".into()] }));
    let counted = quantifier(Quantifier::Count, all(), 0, and(vec![has, compare(Cmp::Gt, limit(), int(3))]));
    insta::assert_snapshot!(sending(compare(Cmp::Gt, counted, int(2))), @"(count(v0 in s0: and(v0[0], (v0[1] > 3))) > 2)");
    // A definition that asks of its argument what is asked of an element.
    let call = call("within_limit", vec![var(0, &["about"], entity("Agent")), arith(Arith::Add, limit(), int(1))]);
    insta::assert_snapshot!(sending(any(all(), call)), @"any(v0 in s0: (let v1 = (v0[0] +! 1); and(v0[1], (v1 <= v0[0]))))");
}

#[test]
fn sets_made_of_sets() {
    let set = || Ty::Set(Box::new(Ty::Int));
    let numbers = || read(set(), "input.numbers");
    let given = || items(set(), vec![int(1), read(Ty::Int, "input.n")]);
    let others = || expr(set(), ExprKind::Else(path("input.others"), Box::new(given())));
    let sum = || arith(Arith::Add, read(Ty::Int, "input.n"), int(1));
    insta::assert_snapshot!(sending(within(int(3), collect(Collect::Without, numbers(), others()))), @"and(contains_int(s2, 3), not ((if has s0 then contains_int(s3, 3) else or((1 == 3), (s1 == 3)))))");
    insta::assert_snapshot!(sending(within(sum(), collect(Collect::Common, numbers(), numbers()))), @"(let v0 = (s0 + 1); and(contains_int(s1, v0), contains_int(s1, v0)))");
    insta::assert_snapshot!(sending(compare(Cmp::Gt, count(collect(Collect::Join, numbers(), given())), int(1))), @"((length(s1) +! ((if not (contains_int(s1, 1)) then 1 else 0) +! (if and(not (contains_int(s1, s0)), not ((1 == s0))) then 1 else 0))) > 1)");
}

#[test]
fn elements_that_are_written_out() {
    let set = || Ty::Set(Box::new(Ty::Int));
    let sum = || arith(Arith::Add, read(Ty::Int, "input.n"), int(1));
    let some = || items(set(), vec![int(1), sum()]);
    let large = || compare(Cmp::Gt, var(0, &[], Ty::Int), int(5));
    insta::assert_snapshot!(sending(any(some(), large())), @"(let v1 = (s0 + 1); or((1 > 5), (let v0 = (s0 + 1); (v0 > 5))))");
    insta::assert_snapshot!(sending(quantifier(Quantifier::All, some(), 0, large())), @"(let v1 = (s0 + 1); not (or(not ((1 > 5)), (let v0 = (s0 + 1); not ((v0 > 5))))))");
    insta::assert_snapshot!(sending(compare(Cmp::Gt, count(some()), int(1))), @"((let v1 = (s0 + 1); (1 +! (if (let v0 = (s0 + 1); not ((1 == v0))) then 1 else 0))) > 1)");
    // Nothing is asked of it, and yet it fails.
    let one = |element| compare(Cmp::Eq, element, int(1));
    insta::assert_snapshot!(sending(any(collect(Collect::Join, some(), items(set(), vec![])), one(int(1)))), @"(let v1 = (s0 + 1); or((1 == 1), (let v0 = (s0 + 1); (1 == 1))))");
    insta::assert_snapshot!(sending(any(items(set(), vec![]), large())), @"0");
    let texts = |texts: &[&str]| {
        let item = |text: &&str| expr(email(), ExprKind::Text((*text).into()));
        items(list(email()), texts.iter().map(item).collect())
    };
    let local = |of| compare(Cmp::Eq, of, expr(Ty::String, ExprKind::Text("a".into())));
    let element = var(0, &["local"], Ty::String);
    insta::assert_snapshot!(sending(any(texts(&["a@example.com", "b@example.com"]), local(element))), @"or((l1 == l1), (l4 == l1))");
}

#[test]
fn texts_and_their_parts() {
    let url = |part: &str, ty| read(ty, &format!("input.url.{part}"));
    let port = compare(Cmp::Gt, arith(Arith::Add, url("port", Ty::Int), int(1)), int(443));
    insta::assert_snapshot!(sending(port), @"((s0 +! 1) > 443)");
    let base = expr(Ty::Syntax(Syntax::Path), ExprKind::Text("/a".into()));
    insta::assert_snapshot!(sending(under(url("path", Ty::Syntax(Syntax::Path)), base)), @"under_path(s0, l0)");
    let net = |ty| expr(ty, ExprKind::Text("10.0.0.0/8".into()));
    insta::assert_snapshot!(sending(under(read(Ty::Syntax(Syntax::IpNet), "input.net"), net(Ty::Syntax(Syntax::IpNet)))), @"under_net(s0, l0)");
    let command = read(Ty::Syntax(Syntax::Command), "input.shell");
    let runs = expr(Ty::Bool, ExprKind::Runs(Box::new(command), true, Arc::from([Name::from("git status")])));
    insta::assert_snapshot!(sending(runs), @"runs_only(s0, c0)");
}

#[test]
fn times() {
    let hours = Hours { zone: zone(), days: 0b1_1111, start: 32_400_000_000, end: 61_200_000_000 };
    let open = |at| expr(Ty::Bool, ExprKind::Hours(Box::new(at), Arc::new(hours.clone())));
    insta::assert_snapshot!(sending(and(vec![open(now()), open(read(Ty::Instant, "input.at"))])), @"and(within(s0, h0), within(s1, h0))");
    let local = expr(Ty::Int, ExprKind::Local(Box::new(now()), zone(), LocalPart::Weekday));
    insta::assert_snapshot!(sending(compare(Cmp::Eq, local, int(1))), @"(weekday(s0, z0) == 1)");
    let past = arith(Arith::Sub, now(), expr(Ty::Duration, ExprKind::Int(60)));
    insta::assert_snapshot!(sending(compare(Cmp::Lt, read(Ty::Instant, "input.at"), past)), @"(s0 < (s1 - 60))");
}

#[test]
fn what_is_above_an_entity() {
    let known = |name: &str, id: &str| expr(entity(name), ExprKind::Entity(id.into()));
    let agent = || read(entity("Agent"), "principal");
    insta::assert_snapshot!(sending(under(agent(), known("Firm", "f"))), @"any(v0 in s0: and((v0[0] == 4), (v0[1] == l0)))");
    insta::assert_snapshot!(sending(under(agent(), agent())), @"text_eq(s0, s0)");
    let team = var(0, &[], entity("Team"));
    insta::assert_snapshot!(sending(any(read(list(entity("Team")), "input.teams"), under(team, known("Team", "t")))), @"any(v0 in s0: or((v0[0] == l0), any(v1 in v0[1]: and((v1[0] == 5), (v1[1] == l0)))))");
    // What is above an entity that only the policy names is not known.
    insta::assert_snapshot!(sending(under(known("Firm", "g"), known("Firm", "f"))), @"(unless 12884901888: 0)");
}

#[test]
fn a_choice_fails_with_its_condition() {
    let sum = || arith(Arith::Add, read(Ty::Int, "input.n"), int(1));
    let either = |condition, then, otherwise| {
        expr(Ty::Int, ExprKind::If(Box::new(condition), Box::new(then), Box::new(otherwise)))
    };
    let chosen = either(compare(Cmp::Gt, sum(), int(3)), int(1), sum());
    insta::assert_snapshot!(sending(compare(Cmp::Lt, chosen, int(5))), @"((if ((s0 + 1) > 3) then 1 else (s0 + 1)) < 5)");
}
