//! Values of every type: how requests spell them, and what is made of them.

use serde_json::json;
use zt_values::quantity::{parse_duration, parse_size_quantity};
use zt_values::time::{DATES, parse_date, parse_instant, parse_time};

use super::*;
use crate::eval::{Host, Outcome};

fn set(ty: Ty) -> Ty {
    Ty::Set(Box::new(ty))
}

fn list(ty: Ty) -> Ty {
    Ty::List(Box::new(ty))
}

/// `pay` with one more argument `x` of this type.
fn with(ty: &Ty, bounds: Bounds, rules: Vec<Rule>) -> Evaluator {
    let mut package = package(None, rules);
    let mut pay = (**package.actions.get("pay").unwrap()).clone();
    pay.input.push(field("x", ty.clone(), bounds, true));
    package.actions.insert("pay".into(), Arc::new(pay));
    Evaluator::new(&package)
}

fn wide() -> Bounds {
    Bounds { length: 64, ..bounds() }
}

/// The code of the refusal of this argument, or nothing.
fn code(ty: &Ty, bounds: Bounds, x: &str) -> Option<String> {
    let refusal = with(ty, bounds, vec![]).evaluate(pay(&format!(r#", "x": {x}"#)).as_bytes()).decision.refusal?;
    Some(format!("{}{}", refusal.code, refusal.path.strip_prefix("/action/properties/x").unwrap()))
}

/// What a condition on `input.x` comes to.
fn held(ty: &Ty, x: &str, condition: Expr) -> String {
    let evaluator = with(ty, wide(), vec![rule(Effect::Deny, "d", condition)]);
    let evaluation =
        evaluator.evaluate_with(&Host::at(instant("2026-03-27T14:00:00Z")), pay(&format!(r#", "x": {x}"#)).as_bytes());
    assert_eq!(evaluation.decision.refusal, None, "{x}");
    match evaluation.decision.errors.first() {
        Some(error) => error.error.clone(),
        None => evaluation.trace.rules.first().unwrap().condition.outcome.to_string(),
    }
}

fn x(ty: &Ty) -> Expr {
    path("input.x", ty.clone())
}

fn number(ty: Ty, value: i64) -> Expr {
    at(0, ty, ExprKind::Int(value))
}

fn instant(text: &str) -> i64 {
    parse_instant(text).unwrap()
}

fn syntax(syntax: Syntax, canonical: &str) -> Expr {
    at(0, Ty::Syntax(syntax), ExprKind::Text(canonical.into()))
}

#[test]
fn times_are_read_or_refused() {
    for (ty, good, bad, over) in [
        (Ty::Instant, "2026-03-27T14:00:00Z", "2026-03-27", "1969-12-31T00:00:00Z"),
        (Ty::Duration, "PT5M", "5min", "P99999999999D"),
        (Ty::Date, "2026-03-27", "2026-02-30", "0000-01-01"),
        (Ty::Time, "09:00", "25:00", ""),
    ] {
        let not = match ty {
            Ty::Instant => "not_an_instant",
            Ty::Duration => "not_a_duration",
            Ty::Date => "not_a_date",
            _ => "not_a_time",
        };
        assert_eq!(code(&ty, wide(), &json!(good).to_string()), None);
        assert_eq!(code(&ty, wide(), &json!(bad).to_string()).as_deref(), Some(not));
        assert_eq!(code(&ty, wide(), "1").as_deref(), Some("wrong_type"));
        if !over.is_empty() {
            assert_eq!(code(&ty, wide(), &json!(over).to_string()).as_deref(), Some("out_of_range"), "{over}");
        }
        let none = Bounds { min: 1, max: 0, ..wide() };
        assert_eq!(code(&ty, none, &json!(good).to_string()).as_deref(), Some("out_of_range"));
    }
    assert!(parse_date("0001-01-01").is_ok_and(|day| day == *DATES.start()));
    assert_eq!(code(&Ty::Size, wide(), "0"), None);
    assert_eq!(code(&Ty::Size, wide(), "1.0").as_deref(), Some("not_an_integer"));
    assert_eq!(code(&Ty::Size, wide(), "-1").as_deref(), Some("out_of_range"));
    assert_eq!(code(&Ty::Size, Bounds { max: 9, ..wide() }, "10").as_deref(), Some("out_of_range"));
    assert_eq!(code(&Ty::Size, wide(), "\"1B\"").as_deref(), Some("wrong_type"));
}

#[test]
fn texts_of_a_syntax_are_read_or_refused() {
    for (syntax, good, bad, not) in [
        (Syntax::Path, "/a/b", "/a/../b", "not_a_path"),
        (Syntax::Url, "https://Example.com", "example.com", "not_a_url"),
        (Syntax::Host, "Example.com", "a..b", "not_a_host"),
        (Syntax::Email, "ann@example.com", "ann", "not_an_email"),
        (Syntax::IpAddr, "10.0.0.1", "10.0.0", "not_an_address"),
        (Syntax::IpNet, "10.0.0.0/8", "10.0.0.0/33", "not_a_net"),
        (Syntax::Command, "git status", "git 'status", "not_a_command"),
    ] {
        let ty = Ty::Syntax(syntax);
        assert_eq!(code(&ty, wide(), &json!(good).to_string()), None);
        assert_eq!(code(&ty, wide(), &json!(bad).to_string()).as_deref(), Some(not));
        assert_eq!(code(&ty, wide(), "1").as_deref(), Some("wrong_type"));
        assert_eq!(code(&ty, Bounds { length: 3, ..wide() }, &json!(good).to_string()).as_deref(), Some("too_long"));
    }
    // The length is asked of the text as it was sent, too, a pattern of the canonical one.
    let default_port = "\"https://example.com:443/\"";
    assert_eq!(code(&Ty::Syntax(Syntax::Url), Bounds { length: 24, ..wide() }, default_port), None);
    let long = code(&Ty::Syntax(Syntax::Url), Bounds { length: 23, ..wide() }, default_port);
    assert_eq!(long.as_deref(), Some("too_long"));
    let bounds = Bounds { patterns: vec![pattern("[a-z.]+")], ..wide() };
    assert_eq!(code(&Ty::Syntax(Syntax::Host), bounds.clone(), "\"EXAMPLE.com\""), None);
    assert_eq!(code(&Ty::Syntax(Syntax::Host), bounds, "\"1.example.com\"").as_deref(), Some("no_match"));
}

#[test]
fn lists_keep_order_and_repetition() {
    let ty = list(Ty::Int);
    let bounds = Bounds { length: 3, element: Some(Box::new(Bounds { max: 9, ..wide() })), ..wide() };
    assert_eq!(code(&ty, bounds.clone(), "[1, 1, 1]"), None);
    assert_eq!(code(&ty, bounds.clone(), "[1, 1, 1, \"x\"]").as_deref(), Some("too_many"));
    assert_eq!(code(&ty, bounds.clone(), "[1, 10]").as_deref(), Some("out_of_range/1"));
    assert_eq!(code(&ty, bounds, "{}").as_deref(), Some("wrong_type"));
    let count = |ty: &Ty| compare(Cmp::Eq, at(0, Ty::Int, ExprKind::Count(Box::new(x(ty)))), int(3));
    assert_eq!(held(&ty, "[1, 2, 1]", count(&ty)), "true");
    assert_eq!(held(&set(Ty::Int), "[1, 2, 1]", count(&set(Ty::Int))), "false");
    let records = list(Ty::Record("Spot".into()));
    assert_eq!(code(&records, wide(), r#"[{"x": 1}, {}]"#).as_deref(), Some("missing_field/1/x"));
}

#[test]
fn times_are_counted_with() {
    let now = || path_at(Root::Now, Ty::Instant);
    let since = at(0, Ty::Duration, ExprKind::Arith(Arith::Sub, Box::new(now()), Box::new(x(&Ty::Instant))));
    let hour = number(Ty::Duration, parse_duration("PT1H").unwrap());
    let recent = compare(Cmp::Lt, since, hour.clone());
    assert_eq!(held(&Ty::Instant, "\"2026-03-27T13:00:00Z\"", recent.clone()), "false");
    assert_eq!(held(&Ty::Instant, "\"2026-03-27T14:00:01+01:00\"", recent), "true");
    let later = at(0, Ty::Instant, ExprKind::Arith(Arith::Add, Box::new(x(&Ty::Instant)), Box::new(hour)));
    let max = number(Ty::Instant, i64::MAX);
    let too_late = at(0, Ty::Instant, ExprKind::Arith(Arith::Add, Box::new(x(&Ty::Instant)), Box::new(max)));
    let shown = format!("{:?}", held(&Ty::Instant, "\"2026-03-27T13:00:00Z\"", compare(Cmp::Eq, later, now())));
    assert_eq!(shown, "\"true\"");
    assert_eq!(held(&Ty::Instant, "\"2026-03-27T13:00:00Z\"", compare(Cmp::Eq, too_late, now())), "overflow");
    let size = number(Ty::Size, parse_size_quantity("1KiB").unwrap());
    assert_eq!(held(&Ty::Size, "1024", compare(Cmp::Le, x(&Ty::Size), size)), "true");
    let nine = number(Ty::Time, parse_time("09:00").unwrap());
    assert_eq!(held(&Ty::Time, "\"09:00:00.000001\"", compare(Cmp::Le, x(&Ty::Time), nine)), "false");
}

fn path_at(root: Root, ty: Ty) -> Expr {
    at(0, ty, ExprKind::Path(Path { root, fields: vec![] }))
}

#[test]
fn parts_of_texts_are_fields() {
    let email = Ty::Syntax(Syntax::Email);
    let part = |name: &str, ty: Ty| path(&format!("input.x.{name}"), ty);
    let domain = compare(Cmp::Eq, part("domain", Ty::Syntax(Syntax::Host)), syntax(Syntax::Host, "example.com"));
    assert_eq!(held(&email, "\"ann@Example.com\"", domain), "true");
    assert_eq!(held(&email, "\"ann@example.com\"", compare(Cmp::Eq, part("local", Ty::String), text("ann"))), "true");
    let url = Ty::Syntax(Syntax::Url);
    let all = and([
        compare(Cmp::Eq, part("scheme", Ty::String), text("https")),
        compare(Cmp::Eq, part("host", Ty::Syntax(Syntax::Host)), syntax(Syntax::Host, "example.com")),
        compare(Cmp::Eq, part("port", Ty::Int), int(443)),
        compare(Cmp::Eq, part("path", Ty::Syntax(Syntax::Path)), syntax(Syntax::Path, "/a")),
    ]);
    assert_eq!(held(&url, "\"HTTPS://EXAMPLE.com/a/?q\"", all.clone()), "true");
    assert_eq!(held(&url, "\"https://example.com:8443/a\"", all), "false");
}

#[test]
fn under_runs_and_globs() {
    let under = |ty: Syntax, x_ty: Syntax, base: &str| {
        truth(ExprKind::Under(Box::new(x(&Ty::Syntax(x_ty))), Box::new(syntax(ty, base))))
    };
    for (kind, of, value, base, expected) in [
        (Syntax::Path, Syntax::Path, "/a/b", "/a", "true"),
        (Syntax::Path, Syntax::Path, "/ab", "/a", "false"),
        (Syntax::Host, Syntax::Host, "a.example.com", "example.com", "true"),
        (Syntax::IpAddr, Syntax::IpNet, "10.1.2.3", "10.0.0.0/8", "true"),
        (Syntax::IpNet, Syntax::IpNet, "10.0.0.0/7", "10.0.0.0/8", "false"),
    ] {
        assert_eq!(held(&Ty::Syntax(kind), &json!(value).to_string(), under(of, kind, base)), expected, "{value}");
    }
    let command = Ty::Syntax(Syntax::Command);
    let runs = |only| truth(ExprKind::Runs(Box::new(x(&command)), only, ["git status".into(), "ls".into()].into()));
    assert_eq!(held(&command, "\"git status\"", runs(true)), "true");
    assert_eq!(held(&command, "\"git status; rm x\"", runs(true)), "false");
    assert_eq!(held(&command, "\"rm x; git status\"", runs(false)), "true");
    let glob = zt_values::glob::to_regex("/reports/*.pdf").unwrap();
    let glob = Pattern { anchored: glob.into(), ..pattern("/reports/*.pdf") };
    let path = Ty::Syntax(Syntax::Path);
    let matches = truth(ExprKind::Glob(Box::new(x(&path)), glob));
    assert_eq!(held(&path, "\"/reports/a.pdf\"", matches.clone()), "true");
    assert_eq!(held(&path, "\"/reports/a/b.pdf\"", matches), "false");
}

#[test]
fn collections_are_joined_and_asked() {
    let ints = list(Ty::Int);
    let literal =
        |ty: &Ty, values: &[i64]| at(0, ty.clone(), ExprKind::List(values.iter().map(|value| int(*value)).collect()));
    let collect = |how, ty: &Ty, values: &[i64]| {
        at(0, ty.clone(), ExprKind::Collect(how, Box::new(x(ty)), Box::new(literal(ty, values))))
    };
    let count = |of: Expr, n| compare(Cmp::Eq, at(0, Ty::Int, ExprKind::Count(Box::new(of))), int(n));
    assert_eq!(held(&ints, "[1, 2]", count(collect(Collect::Join, &ints, &[2, 3]), 4)), "true");
    let sets = set(Ty::Int);
    for (how, n) in [(Collect::Join, 3), (Collect::Without, 1), (Collect::Common, 1)] {
        assert_eq!(held(&sets, "[1, 2]", count(collect(how, &sets, &[2, 3]), n)), "true", "{how:?}");
    }
    for (ty, value, expected) in [(&ints, 2, "true"), (&sets, 2, "true"), (&ints, 3, "false"), (&sets, 3, "false")] {
        let within = truth(ExprKind::In(Box::new(int(value)), Box::new(x(ty))));
        assert_eq!(held(ty, "[1, 2]", within), expected);
    }
}

#[test]
fn quantifiers_fold_their_elements() {
    let ints = list(Ty::Int);
    let ask = |kind, body: Expr| ExprKind::Quantifier { kind, over: Box::new(x(&ints)), var: 0, body: Box::new(body) };
    let var = || path_at(Root::Var(0), Ty::Int);
    // Adding one to the greatest integer fails.
    let above = |n| compare(Cmp::Gt, arith(Arith::Add, var(), int(1)), int(n));
    let max = i64::MAX.to_string();
    for (kind, elements, expected) in [
        (Quantifier::Any, "[]".to_owned(), "false"),
        (Quantifier::All, "[]".to_owned(), "true"),
        (Quantifier::Any, "[1, 5]".to_owned(), "true"),
        (Quantifier::Any, "[1, 2]".to_owned(), "false"),
        (Quantifier::All, "[5, 6]".to_owned(), "true"),
        (Quantifier::All, "[5, 1]".to_owned(), "false"),
        (Quantifier::Any, format!("[{max}, 5]"), "true"),
        (Quantifier::Any, format!("[{max}, 1]"), "overflow"),
        (Quantifier::All, format!("[1, {max}]"), "false"),
        (Quantifier::All, format!("[5, {max}]"), "overflow"),
    ] {
        assert_eq!(held(&ints, &elements, truth(ask(kind, above(3)))), expected, "{kind:?} {elements}");
    }
    let count = |n| compare(Cmp::Eq, at(0, Ty::Int, ask(Quantifier::Count, above(3))), int(n));
    assert_eq!(held(&ints, "[1, 5, 5]", count(2)), "true");
    assert_eq!(held(&ints, &format!("[1, 5, {max}]"), count(1)), "overflow");
    // Two deep: some element is one more than another.
    let inner = compare(Cmp::Eq, path_at(Root::Var(1), Ty::Int), arith(Arith::Add, var(), int(1)));
    let inner = ExprKind::Quantifier { kind: Quantifier::Any, over: Box::new(x(&ints)), var: 1, body: Box::new(inner) };
    let pair = truth(ask(Quantifier::Any, truth(inner)));
    assert_eq!(held(&ints, "[3, 7, 4]", pair.clone()), "true");
    assert_eq!(held(&ints, "[3, 7, 5]", pair), "false");
}

#[test]
fn only_the_chosen_branch_counts() {
    let choose =
        |condition: Expr, yes: Expr, no: Expr| truth(ExprKind::If(Box::new(condition), Box::new(yes), Box::new(no)));
    assert_eq!(held(&Ty::Int, "1", choose(yes(), yes(), fails())), "true");
    assert_eq!(held(&Ty::Int, "1", choose(no(), fails(), no())), "false");
    assert_eq!(held(&Ty::Int, "1", choose(fails(), yes(), yes())), "overflow");
    assert_eq!(held(&Ty::Int, "1", choose(yes(), fails(), yes())), "overflow");
}

#[test]
fn local_time_is_that_of_the_zone() {
    let zone = || {
        Arc::new(Zone {
            name: "America/New_York".into(),
            rules: Arc::new(crate::zone::load("America/New_York").unwrap()),
        })
    };
    let hour = 3_600_000_000;
    let hours =
        |start: i64, end: i64| Arc::new(Hours { zone: zone(), days: 0b1_1111, start: start * hour, end: end * hour });
    // The call is on a Friday at 10:00 in New York.
    let open = |start, end| truth(ExprKind::Hours(Box::new(path_at(Root::Now, Ty::Instant)), hours(start, end)));
    assert_eq!(held(&Ty::Int, "1", open(9, 17)), "true");
    assert_eq!(held(&Ty::Int, "1", open(11, 17)), "false");
    assert_eq!(held(&Ty::Int, "1", open(9, 10)), "false");
    let local =
        |part, ty: &Ty| at(0, ty.clone(), ExprKind::Local(Box::new(path_at(Root::Now, Ty::Instant)), zone(), part));
    let friday = compare(Cmp::Eq, local(LocalPart::Weekday, &Ty::Int), int(5));
    let ten = compare(Cmp::Eq, local(LocalPart::Time, &Ty::Time), number(Ty::Time, 10 * hour));
    let day = compare(Cmp::Eq, local(LocalPart::Date, &Ty::Date), number(Ty::Date, parse_date("2026-03-27").unwrap()));
    assert_eq!(held(&Ty::Int, "1", and([friday, ten, day])), "true");
    let late = number(Ty::Instant, instant("2101-01-02T00:00:00Z"));
    let late = truth(ExprKind::Hours(Box::new(late), hours(9, 17)));
    assert_eq!(held(&Ty::Int, "1", late), "zone");
}

#[test]
fn the_first_failure_in_the_order_written_is_the_cause() {
    let late = || {
        let zone = Arc::new(Zone { name: "UTC".into(), rules: Arc::new(crate::zone::load("UTC").unwrap()) });
        let hours = Arc::new(Hours { zone, days: 1, start: 0, end: 1 });
        truth(ExprKind::Hours(Box::new(number(Ty::Instant, -1)), hours))
    };
    let reading = |window: &str| {
        let reading = ExprKind::Reading { window: window.into(), counting: false };
        compare(Cmp::Gt, at(0, Ty::Int, reading), int(0))
    };
    assert_eq!(held(&Ty::Int, "1", and([yes(), late(), fails()])), "zone");
    assert_eq!(held(&Ty::Int, "1", or([fails(), late(), no()])), "overflow");
    assert_eq!(held(&Ty::Int, "1", and([reading("w"), fails()])), "window w");
    // What is settled whatever it is, is no failure.
    assert_eq!(held(&Ty::Int, "1", and([and([fails(), no()]), yes()])), "false");
    assert_eq!(held(&Ty::Int, "1", or([and([fails(), no()]), late()])), "zone");
}

#[test]
fn every_kind_of_expression_has_its_node() {
    let ints = list(Ty::Int);
    let body = compare(Cmp::Gt, path_at(Root::Var(0), Ty::Int), int(3));
    let ask = ExprKind::Quantifier { kind: Quantifier::All, over: Box::new(x(&ints)), var: 0, body: Box::new(body) };
    let evaluator = with(&ints, wide(), vec![rule(Effect::Deny, "d", truth(ask))]);
    let evaluation = evaluator.evaluate(pay(r#", "x": [4, 1, 5, 2, 6, 7, 8, 9, 10, 11, 12]"#).as_bytes());
    let node = evaluation.trace.rules.first().unwrap().condition.clone();
    assert_eq!(node.kind.as_str(), "quantifier");
    assert_eq!(node.outcome, Outcome::False);
    assert_eq!(node.operands.len(), 1);
    let bodies: Vec<&Outcome> = node.children.iter().map(|child| &child.outcome).collect();
    assert_eq!(bodies.len(), 8);
    assert_eq!(bodies.iter().filter(|outcome| ***outcome == Outcome::False).count(), 2);
    assert_eq!(bodies[..2], [&Outcome::False, &Outcome::False]);
}
