//! Names of other packages: what reaches them, what is said where nothing does; and types that are like others.

use zt_lang::check::package::{self, Located};
use zt_tests::front::{bundle, mistakes_of_bundle};
use zt_tests::three::Three;

const HEAD: &str = r#"
package example

entity Agent from pep { role : Ident }

action orders.read { by Agent }
"#;

fn mistakes(rest: &str) -> Vec<String> {
    mistakes_of_bundle(&format!("{HEAD}{rest}"), &[])
}

/// A package with something of every kind, for others and not.
const SHOP: &str = r#"
package house.shop

pub enum Level ordered { low, high }
pub entity Desk
pub tag outside
pub tag both
pub obligation noted {}
pub approvers leads
pub event shop.opened { text : String max 10 }
pub action sell { by Desk }
action both { by Desk }
action spy { by Desk }
pub window sales = count of any by principal over 1h
pub table fees (Level) -> Int = { low => 1  high => 7 }
pub define small(n : Int) = n < 5

enum Secret { a }
tag inside
obligation told {}
approvers owners
event shop.closed { text : String max 10 }
window losses = count of any by principal over 1h
table costs (Level) -> Int = { low => 1  high => 7 }
define large(n : Int) = n > 5

policy own for sell, spy { deny a when sales > 3 or losses > 3 or large(costs(low)) }
"#;

/// The mistakes of a root package that has this besides, with what they advise.
fn advised(rest: &str) -> Vec<String> {
    let root = format!(
        "package example\n\nentity Agent from pep {{ role : Ident }}\n{rest}\naction send {{ by Agent  input {{ n : Int, text : String max 10 }} }}\n"
    );
    let (db, package) = bundle(&root, &[("house.shop", SHOP)]);
    let said = |l: Located| {
        let d = l.diagnostic;
        format!("{} {}; {}", d.code.as_str(), d.message, d.help.unwrap_or_default())
    };
    package::diagnostics(&db, package).into_iter().map(said).collect()
}

#[test]
fn a_name_of_another_package_is_reached_through_use_alone() {
    let rule = |rest: &str| format!("policy p for send {{ deny a {rest} }}");
    let public = |full: &str, short: &str| {
        format!(
            "ZT0204 `house.shop.{full}` is of another package, and not called so here; add `use house.shop.{full}`, and call it `{short}`"
        )
    };
    let kept = |name: &str| {
        format!(
            "ZT0221 `{name}` of `house.shop` is not for others; `house.shop` keeps `{name}` to itself; use what it offers, or add `pub` where it is declared"
        )
    };
    for (public_name, kept_name, write) in [
        ("small", "large", &(|x: &str| rule(&format!("when {x}(input.n)"))) as &dyn Fn(&str) -> String),
        ("fees", "costs", &|x| rule(&format!("when {x}(low) == 1"))),
        ("sales", "losses", &|x| rule(&format!("when {x} > 1"))),
        ("sales", "losses", &|x| rule(&format!("when {x} counting this > 1"))),
        ("noted", "told", &|x| rule(&format!("when true with {x}()"))),
        ("leads", "owners", &|x| format!("policy p for send {{ require approval a when true from {x} }}")),
        ("sell", "spy", &|x| format!("policy p for {x} {{ deny a when true }}")),
        ("sell", "spy", &|x| rule(&format!("for {x} when true"))),
        ("sell", "spy", &|x| format!("extend {x} {{ by Agent }}")),
        ("sell", "spy", &|x| format!("window w = count of {x} by principal over 1h")),
        ("sell", "spy", &|x| {
            format!("suite \"s\" {{ test \"t\" {{ call Agent {{ id: \"a\", role: \"r\" }} -> {x} expect deny }} }}")
        }),
        ("shop.opened", "shop.closed", &|x| format!("window w = count of {x} by event over 1h")),
        ("shop.opened", "shop.closed", &|x| {
            format!("suite \"s\" {{ test \"t\" {{ observe {x} {{ text: \"x\" }} }} }}")
        }),
    ] {
        let found = advised(&write(&format!("house.shop.{public_name}")));
        assert!(found.contains(&public(public_name, public_name)), "{public_name}: {found:#?}");
        let found = advised(&write(&format!("house.shop.{kept_name}")));
        assert!(found.contains(&kept(kept_name)), "{kept_name}: {found:#?}");
        // Used as a whole, the package gives what it offers and no more.
        let found = advised(&format!("use house.shop\n{}", write(&format!("shop.{kept_name}"))));
        assert!(found.contains(&kept(kept_name)), "shop.{kept_name}: {found:#?}");
    }
    // What has a name here is not called otherwise.
    let called = "ZT0204 `house.shop.small` is of another package, and not called so here; it is called ";
    let small = rule("when house.shop.small(input.n)");
    assert_eq!(advised(&format!("use house.shop\n{small}")), [format!("{called}`shop.small` here")]);
    assert_eq!(advised(&format!("use house.shop.small\n{small}")), [format!("{called}`small` here")]);
    assert_eq!(advised(&format!("use house.shop\n{}", rule("when shop.small(input.n)"))), [""; 0]);
    // A name that two kinds of item have is used for what is offered.
    let both = advised("use house.shop.both\npolicy p for both { deny a when true }");
    assert_eq!(both, [kept("both")]);
}

#[test]
fn selectors_for_the_beginnings_of_names_stay_within_what_is_used() {
    let whole = |rest: &str, action: &str| -> Result<bool, Vec<String>> {
        let root = format!("package example\nentity Agent\naction house.read {{ by Agent }}\n{rest}\n");
        let (db, package) = bundle(&root, &[("house.shop", SHOP)]);
        let checked = package::package(&db, package)
            .map_err(|m| m.into_iter().map(|l| l.diagnostic.message).collect::<Vec<_>>())?;
        Ok(checked.hir().policies.iter().any(|p| p.scope.iter().any(|(covered, _)| **covered == *action)))
    };
    let own = "policy p for house.* { deny a when true }";
    assert_eq!(whole(own, "house.read"), Ok(true));
    assert_eq!(whole(own, "house.shop.sell"), Ok(false));
    let shop = "use house.shop\npolicy p for shop.* { deny a when true }";
    assert_eq!(whole(shop, "house.shop.sell"), Ok(true));
    assert_eq!(whole(shop, "house.shop.spy"), Ok(false), "it is not offered");
    assert_eq!(whole("policy p for any { deny a when true }", "house.shop.spy"), Ok(true), "`any` is every action");
    let unused = advised("policy p for house.shop.* { deny a when true }");
    assert_eq!(
        unused,
        [
            "ZT0202 no action's name starts with `house.shop.`; those of another package are selected with `use house.shop` and `shop.*`"
        ]
    );
    let written = advised("use house.shop\npolicy p for house.shop.* { deny a when true }");
    assert_eq!(
        written,
        ["ZT0204 `house.shop.*` is of another package, and not called so here; it is called `shop.*` here"]
    );
    let lost = advised("use house.shop\naction shop.close { by Agent }\npolicy p for shop.* { deny a when true }");
    assert_eq!(
        lost,
        [
            "ZT0211 `shop.…` can be read in two ways; give the own one another name, or use the package's items one by one: `use house.shop.{…}`"
        ]
    );
}

#[test]
fn a_package_that_is_used_knows_nothing_of_who_uses_it() {
    let library = |rest: &str| [("house.own", format!("package house.own\n{rest}\n"))];
    for (rest, expected) in [
        ("pub policy p for send { deny a when true }", "ZT0202 no action is called `send`"),
        ("pub define f(n : Int) = large(n)", "ZT0215 no definition is called `large`"),
        ("pub entity Box from pep { level : Level }", "ZT0201 no type is called `Level`"),
    ] {
        let library = library(rest);
        let (db, package) = bundle(
            "package example\nentity Agent\nenum Level { low }\ndefine large(n : Int) = n > 5\naction send { by Agent  input { n : Int } }\n             policy q for send { deny a when large(input.n) }",
            &[("house.own", &library[0].1)],
        );
        let found: Vec<String> = package::diagnostics(&db, package)
            .into_iter()
            .map(|l| format!("{} {}", l.diagnostic.code.as_str(), l.diagnostic.message))
            .collect();
        assert_eq!(found, [expected]);
    }
}

#[test]
fn names_that_are_suggested_can_be_written() {
    let rule = |rest: &str| format!("policy p for send {{ deny a {rest} }}");
    let help = |rest: String| {
        let found = advised(&rest);
        assert_eq!(found.len(), 1, "{rest}: {found:#?}");
        found[0].split_once("; ").map(|(_, help)| help.to_owned()).unwrap_or_default()
    };
    let smal = rule("when smal(input.n)");
    assert_eq!(help(smal.clone()), "did you mean `small` of another package? it is there with `use house.shop.small`");
    assert_eq!(help(rule("when small(input.n)")), "use it: `use house.shop.small`");
    assert_eq!(help(format!("use house.shop.small\n{smal}")), "did you mean `small`?");
    assert_eq!(help(format!("use house.shop\n{}", rule("when shop.smal(input.n)"))), "did you mean `shop.small`?");
    assert_eq!(help(format!("use house.shop\n{}", rule("when small(input.n)"))), "did you mean `shop.small`?");
    assert_eq!(
        help(format!("use house.shop\n{}", "policy p for #outsid { deny a when true }")),
        "did you mean `outside` of another package? it is there with `use house.shop.outside`"
    );
    let level = "record R { l : Levl }";
    assert_eq!(help(format!("use house.shop.Level\n{level}")), "did you mean `Level`?");
    assert_eq!(help(rule("when larg(input.n)")), "declare it: `define larg(…) = …`", "what is kept is not offered");
}

#[test]
fn an_extension_makes_each_of_several_types_stricter() {
    let with = |declared: &str, stricter: &str| {
        format!(
            "action mail.send {{ by Agent  input {{ to : {declared} }} }}
extend mail.send {{ input {{ to : {stricter} }} }}
policy p for mail.send {{ allow a when principal.role == \"r\" }}"
        )
    };
    let decided = |declared: &str, stricter: &str, to: &str| -> String {
        let (db, package) = bundle(&format!("{HEAD}{}", with(declared, stricter)), &[]);
        let checked = package::package(&db, package).unwrap_or_else(|m| panic!("{m:#?}"));
        let request = format!(
            r#"{{"subject":{{"type":"Agent","id":"a","properties":{{"role":"r"}}}},"action":{{"name":"mail.send","properties":{{"to":{to}}}}}}}"#
        );
        let decision = Three::new(&checked).decide(request.as_bytes(), r#"{"now":"2026-03-27T14:00:00Z"}"#);
        decision["refusal"]["code"].as_str().or(decision["effect"].as_str()).unwrap_or_default().to_owned()
    };
    let (one, two, three) = (
        r#""a@example.com""#,
        r#"["a@example.com","b@example.com"]"#,
        r#"["a@example.com","b@example.com","c@example.com"]"#,
    );
    let either = "Email or List<Email>";
    for (to, expected) in [(one, "allow"), (two, "allow"), (three, "too_many")] {
        assert_eq!(decided(either, "Email or List<Email> max 2", to), expected, "{to}");
        // What is looser than declared refuses what is declared.
        assert_eq!(decided("Email or List<Email> max 2", "Email or List<Email> max 9", to), expected, "{to}");
    }
    assert_eq!(decided(either, "Email max 5 or List<Email>", one), "too_long");
    assert_eq!(decided("Int or Bool", "Int in 0 .. 5 or Bool", "6"), "out_of_range");
    assert_eq!(decided("Int or Bool", "Int in 0 .. 5 or Bool", "5"), "allow");
    assert_eq!(decided("List<Int or Bool>", "List<Int in 0 .. 5 or Bool> max 2", "[true,6]"), "out_of_range");
    assert_eq!(decided("List<Int or Bool>", "List<Int in 0 .. 5 or Bool> max 2", "[true,5]"), "allow");
    assert_eq!(decided("Map<Ident, Int>", "Map<Ident, Int in 0 .. 5>", r#"{"a":6}"#), "out_of_range");
    assert_eq!(decided("Int or null", "Int in 0 .. 5 or null", "null"), "allow");
    assert_eq!(decided("Int or null", "Int in 0 .. 5 or null", "6"), "out_of_range");
    assert_eq!(decided("Int or Bool or List<String>", "Int or List<Path>", "true"), "wrong_type");
    assert_eq!(decided("Int or Bool or List<String>", "Int or List<Path>", r#"["a"]"#), "not_a_path");
    for (declared, stricter, expected) in [
        ("Int or Bool", "String", "ZT0301 `to` is declared as `Int or Bool`"),
        ("Int or Bool", "Int or String", "ZT0301 `to` is declared as `Int or Bool`"),
        ("Int", "Int or Bool", "ZT0301 `to` is declared as `Int`"),
        ("Int or Bool", "(Int or Bool)?", ""),
        ("Int in 0 .. 5 or Bool", "Int in 6 .. 9 or Bool", "ZT0404 no value is left"),
    ] {
        if !expected.is_empty() {
            assert_eq!(mistakes(&with(declared, stricter)), [expected], "{stricter}");
        }
    }
}

#[test]
fn types_that_differ_in_what_they_refuse_are_read_as_one() {
    let text = r#"
tag sends
action one { by Agent  input { to : Email or List<Email> max 2, n : Int in 0 .. 3 or Bool } tags [sends] }
action two { by Agent  input { to : Email or List<Email> max 4, n : Int in 2 .. 9 or Bool } tags [sends] }
policy p for one, two {
  allow few when input.to is List and count(input.to) < 4 and input.n is Int and input.n + 1 > 3
  deny many when input.to is List and count(input.to) >= 4
}
policy q for #sends { allow single when input.to is Email }
"#;
    let (db, package) = bundle(&format!("{HEAD}{text}"), &[]);
    let checked = package::package(&db, package).unwrap_or_else(|m| panic!("{m:#?}"));
    let mut three = Three::new(&checked);
    let mut decided = |action: &str, to: usize, n: &str| -> String {
        let all: Vec<String> = (0..to).map(|i| format!("\"a{i}@example.com\"")).collect();
        let to = if to == 0 { "\"a@example.com\"".to_owned() } else { format!("[{}]", all.join(",")) };
        let request = format!(
            r#"{{"subject":{{"type":"Agent","id":"a","properties":{{"role":"r"}}}},"action":{{"name":"{action}","properties":{{"to":{to},"n":{n}}}}}}}"#
        );
        let decision = three.decide(request.as_bytes(), r#"{"now":"2026-03-27T14:00:00Z"}"#);
        format!("{} {}", decision["effect"].as_str().unwrap_or_default(), decision["determined_by"])
    };
    assert_eq!(decided("one", 2, "3"), r#"allow ["example/p.few"]"#);
    assert_eq!(decided("one", 2, "4"), r#"deny ["refused"]"#);
    assert_eq!(decided("one", 3, "3"), r#"deny ["refused"]"#);
    assert_eq!(decided("two", 3, "9"), r#"allow ["example/p.few"]"#);
    assert_eq!(decided("two", 4, "9"), r#"deny ["example/p.many"]"#);
    assert_eq!(decided("two", 0, "9"), r#"allow ["example/q.single"]"#);
    let apart = text.replace("n : Int in 2 .. 9 or Bool", "n : Bool or Int");
    assert_eq!(
        mistakes(&apart),
        ["ZT0309 `n` is `Int or Bool` for one part of the scope and `Bool or Int` for another"; 2]
    );
}
