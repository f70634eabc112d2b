//! Packages that use others: what is brought in, what is enforced, and what never widens.

use zt_lang::check::package::{self, CheckedPackage, Located};
use zt_lang::db::{DataFile, Database, Library, Package, SourceFile};
use zt_lang::eval::Evaluator;
use zt_runtime::{Frame, Pdp};
use zt_tests::front::{bundle, mistakes_of_bundle};
use zt_tests::three::Three;

/// What another package offers.
const HOUSE: &str = r#"
package house.rules

pub enum Level ordered { low, high }
pub obligation noted { level : Level merge max }
pub tag careful
enum Hidden { a }

pub policy strict for any {
  allow open when true with noted(level: low)
  deny never_loud for #careful when true
}

pub policy idle for #careful {
  deny never when true
}

pub policy unnamed for any {
  deny everything
}

extend orders.read { tags [careful] }
"#;

const HEAD: &str = r#"
package example

entity Agent from pep { role : Ident }

action orders.read { by Agent }
"#;

fn mistakes(rest: &str, libraries: &[(&str, &str)]) -> Vec<String> {
    mistakes_of_bundle(&format!("{HEAD}{rest}"), libraries)
}

fn checked(rest: &str) -> CheckedPackage {
    let (db, package) = bundle(&format!("{HEAD}{rest}"), &[("house.rules", HOUSE)]);
    package::package(&db, package).unwrap_or_else(|m| panic!("{m:#?}"))
}

/// What both evaluators decide of the one call that there is: effect, rules, obligations.
fn decided(rest: &str) -> String {
    let checked = checked(rest);
    let request = br#"{"subject":{"type":"Agent","id":"a","properties":{"role":"r"}},"action":{"name":"orders.read"}}"#;
    let pdp = Pdp::load(&zt_compiler::compile(&checked).expect("an image")).expect("a decision point");
    let mut frame = Frame::default();
    let decision = pdp.evaluate(request, &mut frame);
    let native: serde_json::Value = serde_json::from_str(&pdp.to_json(&decision, &frame)).expect("JSON");
    assert_eq!(native, Evaluator::new(checked.hir()).evaluate(request).decision.to_json());
    format!("{} {} {}", native["effect"], native["determined_by"], native["obligations"])
}

#[test]
fn what_is_used_has_the_name_of_its_package() {
    let rest = r#"
use house.rules.{Level, noted}
policy own for any { allow role when principal.role == "r" with noted(level: high) }
"#;
    let expected = r#""allow" ["example/own.role"] [{"args":{"level":"high"},"name":"house.rules.noted"}]"#;
    assert_eq!(decided(rest), expected);
    let whole = r#"
use house.rules
policy own for any { allow role when principal.role == "r" with rules.noted(level: high) }
"#;
    assert_eq!(decided(whole), expected);
}

#[test]
fn members_and_fixtures_may_be_called_like_what_is_used() {
    let rest = r#"
use house.rules.{noted, careful}
enum Kind { noted, careful }
record Gateway { kind : Kind }
action orders.write { by Agent  context Gateway }
policy own for orders.write {
  allow plain when context.kind == noted
  deny others when context.kind in [careful]
}
suite "s" {
  fixture noted = Agent { id: "a", role: "r" }
  test "t" { call noted -> orders.write context { kind: noted } expect allow by plain }
}
"#;
    assert_eq!(mistakes(rest, &[("house.rules", HOUSE)]), [""; 0]);
}

#[test]
fn using_a_package_enforces_nothing_and_extends_nothing() {
    let rest = r#"
use house.rules.careful
policy own for any {
  allow role when principal.role == "r"
  deny others unless principal.role == "r"
}
"#;
    assert_eq!(decided(rest), r#""allow" ["example/own.role"] null"#);
    // The tag that the package puts on an action of somebody else is not there.
    let tagged = "use house.rules.careful\npolicy own for #careful { deny everything }\n";
    assert!(!mistakes(tagged, &[("house.rules", HOUSE)]).is_empty());
}

#[test]
fn of_what_is_enforced_only_restrictions_count_unless_it_is_said() {
    let own = "policy own for any { deny never when principal.role == \"x\" }\n";
    assert_eq!(decided(&format!("enforce house.rules.strict\n{own}")), r#""deny" ["default"] null"#);
    assert_eq!(
        decided(&format!("enforce house.rules.strict with allows\n{own}")),
        r#""allow" ["house.rules/strict.open"] [{"args":{"level":"low"},"name":"house.rules.noted"}]"#
    );
    let both = format!("enforce house.rules.strict\nenforce house.rules.idle\n{own}");
    assert_eq!(decided(&both), r#""deny" ["default"] null"#);
    let granting = "policy own for any { allow anything when true }\n";
    assert_eq!(
        decided(&format!("enforce house.rules.unnamed\n{granting}")),
        r#""deny" ["house.rules/unnamed.everything"] null"#
    );
}

#[test]
fn what_is_not_there_or_not_offered_is_a_mistake() {
    let all = [("house.rules", HOUSE), ("other.rules", "package other.rules\n\npub tag careful\n")];
    let one = |rest: &str| {
        let found = mistakes(&format!("{rest}\npolicy own for any {{ allow anything when true }}\n"), &all);
        assert_eq!(found.len(), 1, "{rest}: {found:#?}");
        found[0].clone()
    };
    assert_eq!(one("use house.rules.Hidden"), "ZT0221 `Hidden` of `house.rules` is not for others");
    assert_eq!(one("use house.rules.{Levels}"), "ZT0204 `house.rules` has no `Levels`");
    assert_eq!(one("use house.rulse.Level"), "ZT0220 no package is called `house.rulse.Level`");
    assert_eq!(one("enforce house.rules.stricter"), "ZT0204 `house.rules` has no `stricter`");
    assert_eq!(one("enforce house.rules.Level"), "ZT0204 `house.rules.Level` is not a policy");
    assert_eq!(one("use house.rules.Level\nenum Level { x }"), "ZT0211 `Level` can be read in two ways");
    let twice =
        mistakes("use house.rules.careful\nuse other.rules.careful\npolicy own for any { deny everything }\n", &all);
    assert_eq!(twice, ["ZT0211 `careful` can be read in two ways"; 2]);
}

#[test]
fn a_mistake_in_a_package_that_is_used_is_one_of_the_bundle() {
    let broken = [("house.rules", "package house.rules\n\npub type Small = Int in 5 .. 1\n")];
    let found = mistakes("policy own for any { allow anything when true }\n", &broken);
    assert_eq!(found, ["ZT0404 no value lies in this range"]);
}

#[test]
fn an_extension_makes_types_stricter_down_to_their_elements() {
    let rest = r#"
action orders.write { by Agent  input { notes : Set<String max 8> max 4 } }
extend orders.write { input { notes : Set<String max 20> max 6 } }
policy own for any { allow role when principal.role == "r" }
"#;
    let checked = checked(rest);
    let bounds = &checked.hir().actions["orders.write"].input[0].ty.bounds;
    assert_eq!((bounds.length, bounds.element.as_ref().map(|e| e.length)), (4, Some(8)));
    let renamed = r#"
type Small = Int in 0 .. 5
action orders.write { by Agent  input { small : Small } }
extend orders.write { input { small : Int in 0 .. 3 } }
policy own for any { allow role when principal.role == "r" }
"#;
    assert_eq!(mistakes(renamed, &[]).len(), 1, "a named type stays what it is named");
}

/// A package with tables of every kind, and the data file that lies in its own folder.
const POST: &str = r#"
package house.post

pub enum Kind { inside, outside as "out" }
pub entity Desk
pub table fees (Kind) -> Int = { inside => 1  outside => 7 }
pub table closed { day : Date } from file "data/days.csv"
pub table partners { who : Desk, kind : Kind } from source rota fresh 5min
pub table ranks (Ident) -> Int from source rota
pub define fee(k : Kind) = fees(k) + (ranks("a") ?? 0)
table hidden (Kind) -> Int = { inside => 1  outside => 2 }
"#;

/// What all decide of one call with tables of another package, by what sources say of them.
fn posted(rest: &str, tables: &str) -> Result<String, Vec<String>> {
    let root = format!(
        "package example\n\nentity Agent from pep {{ role : Ident }}\n{rest}\naction send {{ by Agent  input {{ day : Date }} }}\n"
    );
    let db = Database::default();
    let file = |path: &str, text: &str| SourceFile::new(&db, path.into(), text.to_owned());
    let data = |text: &str| DataFile::new(&db, "data/days.csv".into(), "days.csv".into(), Ok(text.to_owned()));
    let post = Library::builder("house.post".into(), vec![file("post.zt", POST)]).data(vec![data("day\n2026-12-25\n")]);
    // The root package has another file by the same way.
    let package = Package::builder("example".into(), vec![file("root.zt", &root)], vec![post.new(&db)])
        .data(vec![data("n\n1\n")])
        .new(&db);
    let said = |l: Located| format!("{} {}", l.diagnostic.code.as_str(), l.diagnostic.message);
    let checked = package::package(&db, package).map_err(|all| all.into_iter().map(said).collect::<Vec<_>>())?;
    let request = br#"{"subject":{"type":"Agent","id":"a","properties":{"role":"r"}},
        "action":{"name":"send","properties":{"day":"2026-12-25"}}}"#;
    let facts = format!(r#"{{"now":"2026-03-27T14:00:00Z","tables":[{tables}]}}"#);
    let decision = Three::new(&checked).decide(request, &facts);
    Ok(format!("{} {} {}", decision["effect"], decision["determined_by"], decision["errors"]))
}

#[test]
fn tables_of_a_used_package_are_looked_up_by_either_name() {
    let answer = |table: &str, rows: &str| {
        format!(r#"{{"source":"rota","table":"house.post.{table}","rows":[{rows}],"whole":true,"age_seconds":0}}"#)
    };
    let known = format!(
        "{},{}",
        answer("ranks", r#"{"key":["a"],"value":3}"#),
        answer("partners", r#"{"key":[{"type":"house.post.Desk","id":"d"},"out"],"value":true}"#)
    );
    let rules = |of: &str| {
        format!(
            "policy p for send {{
  allow a when input.day in {of}closed and {of}fee(outside) == 10 and ({of}Desk(\"d\"), outside) in {of}partners
  deny b when not (input.day in {of}closed) or {of}fees(inside) != 1 or ({of}ranks(\"a\") ?? 0) != 3
}}"
        )
    };
    let imported = format!("use house.post.{{Desk, closed, fee, fees, partners, ranks}}\n{}", rules(""));
    let by_module = format!("use house.post\n{}", rules("post."));
    for text in [&imported, &by_module] {
        assert_eq!(posted(text, &known).unwrap(), r#""allow" ["example/p.a"] []"#, "{text}");
        let failed = r#"[{"error":"source rota","rule":"example/p.a"},{"error":"source rota","rule":"example/p.b"}]"#;
        assert_eq!(posted(text, "").unwrap(), format!(r#""deny" ["example/p.b"] {failed}"#), "{text}");
    }
    // One of the same name in the package that uses it is another one, with a file of its own.
    let own = "use house.post\ntable closed { n : Int } from file \"data/days.csv\"
policy p for send { allow a when 1 in closed and input.day in post.closed }";
    assert_eq!(posted(own, "").unwrap(), r#""allow" ["example/p.a"] []"#);
    let hidden = "use house.post.{Kind, hidden}\npolicy p for send { allow a when hidden(inside) == 1 }";
    assert_eq!(posted(hidden, "").unwrap_err(), ["ZT0221 `hidden` of `house.post` is not for others"]);
    let whole = "use house.post\npolicy p for send { allow a when post.hidden(inside) == 1 }";
    assert_eq!(posted(whole, "").unwrap_err(), ["ZT0221 `hidden` of `house.post` is not for others"]);
}

#[test]
fn a_package_without_actions_offers_policies_that_can_be_checked_alone() {
    let alone = |text: &str| -> Vec<String> {
        let db = Database::default();
        let file = SourceFile::new(&db, "a.zt".into(), text.to_owned());
        let package = Package::new(&db, "guards".into(), vec![file], vec![]);
        let said = |l: Located| format!("{} {}", l.diagnostic.code.as_str(), l.diagnostic.message);
        package::diagnostics(&db, package).into_iter().map(said).collect()
    };
    let policy = "policy late for any { deny never when now < 2020-01-01T00:00:00Z }\n";
    let action = "entity Agent\naction read { by Agent }\ntag money\n";
    assert_eq!(alone(&format!("package guards\npub {policy}")), Vec::<String>::new());
    assert_eq!(alone(&format!("package guards\n{policy}")), ["ZT0409 policy `late` covers nothing"]);
    let tagged = policy.replace("any", "#money");
    let found = alone(&format!("package guards\n{action}pub {tagged}"));
    assert_eq!(found, ["ZT0409 policy `late` covers nothing"], "it has an action, and the policy is for none");
}

#[test]
fn messages_show_what_is_used_by_its_short_name() {
    let counts = "package house.counts\n\npub window reads = count of attempted any by principal over 1h\n";
    for (used, shown) in [("use house.counts.reads", "reads"), ("use house.counts", "counts.reads")] {
        let rest =
            format!("{used}\npolicy own for any {{ deny often when {shown} < 0 because \"{{{shown}}} reads\" }}\n");
        assert_eq!(mistakes(&rest, &[("house.counts", counts)]), Vec::<String>::new(), "{used}");
    }
}

#[test]
fn a_package_without_a_budget_has_a_bound_all_the_same() {
    let rules = |count: usize| {
        let rules: Vec<String> = (0..count)
            .map(|n| format!("  deny r{n} when any(a in input.xs: any(b in input.ys: a + {n} == b))"))
            .collect();
        format!(
            "action add {{ by Agent  input {{ xs : List<Int> max 180, ys : List<Int> max 180 }} }}\npolicy p for add {{\n{}\n}}",
            rules.join("\n")
        )
    };
    assert_eq!(mistakes(&rules(40), &[]), Vec::<String>::new());
    let over = mistakes(&rules(120), &[]);
    assert!(
        matches!(over.as_slice(), [one] if one.starts_with("ZT0706 deciding `add` by `Agent` can take")),
        "{over:?}"
    );
}

#[test]
fn mistakes_name_a_type_as_its_file_does() {
    let levels = "package house.levels\n\npub enum Level ordered { low, high }\n";
    let rest = "use house.levels.Level\nentity Box from pep { level : Level }\naction open { by Agent on Box }\npolicy own for open { deny a when resource.level == middle }\n";
    assert_eq!(mistakes(rest, &[("house.levels", levels)]), ["ZT0205 `Level` has no member `middle`"]);
}

#[test]
fn a_package_selects_its_own_actions_by_what_their_names_begin_with() {
    let tools = "package house.tools\n
pub entity Tool
pub action files.read { by Tool }
pub action files.write { by Tool }
pub policy closed for files.* { deny always }
";
    let rest = |enforced: &str| {
        format!("use house.tools.Tool\n{enforced}\npolicy own for any {{ allow anything when true }}\n")
    };
    let (db, package) = bundle(&format!("{HEAD}{}", rest("enforce house.tools.closed")), &[("house.tools", tools)]);
    let checked = package::package(&db, package).unwrap_or_else(|m| panic!("{m:#?}"));
    let mut all = Three::new(&checked);
    for action in ["files.read", "files.write"] {
        let request = format!(r#"{{"subject":{{"type":"house.tools.Tool","id":"a"}},"action":{{"name":"{action}"}}}}"#);
        let decision = all.decide(request.as_bytes(), r#"{"now":"2026-03-27T14:00:00Z"}"#);
        assert_eq!(decision["determined_by"], serde_json::json!(["house.tools/closed.always"]), "{action}");
    }
}

#[test]
fn events_of_a_package_may_have_a_dot_in_their_names() {
    let events = "package house.events\n
pub event user.message { text : String, size : Int in 0 .. 9 }
pub window named = set of Email in user.message.text over 8h where user.message.size > 0
pub window often = count of user.message over 1h where user.message.size > 1
";
    let rest = "use house.events
window large = sum events.user.message.size of events.user.message over 1h
window again = set of Email in events.user.message.text over 8h
policy own for any {
  allow known when \"a@example.com\" in events.named and \"a@example.com\" in again and large == 2
  deny often when events.often > 1
}
";
    let (db, package) = bundle(&format!("{HEAD}{rest}"), &[("house.events", events)]);
    let checked = package::package(&db, package).unwrap_or_else(|m| panic!("{m:#?}"));
    let mut all = Three::new(&checked);
    let facts = r#"{"now":"2026-03-27T14:00:00Z"}"#;
    let report = br#"{"event":"house.events.user.message","fields":{"text":"to a@example.com","size":2}}"#;
    let request = br#"{"subject":{"type":"Agent","id":"a","properties":{"role":"r"}},"action":{"name":"orders.read"}}"#;
    let effects: Vec<_> = (0..3)
        .map(|_| {
            let effect = all.decide(request, facts)["effect"].clone();
            all.observe(report, facts).unwrap();
            effect
        })
        .collect();
    assert_eq!(effects, ["deny", "allow", "deny"]);
}

#[test]
fn what_a_package_keeps_to_itself_is_not_read_by_its_name() {
    let counts = "package house.counts\n\nwindow reads = count of attempted any by principal over 1h\n";
    let rest = "use house.counts\npolicy own for any { deny often when counts.reads < 0 }\n";
    assert_eq!(mistakes(rest, &[("house.counts", counts)]), ["ZT0221 `reads` of `house.counts` is not for others"]);
}

#[test]
fn an_action_that_is_used_is_extended_by_its_short_name() {
    let tools = "package house.tools\n\npub action send { input { n : Int } }\n";
    for (used, name) in [("use house.tools.send", "send"), ("use house.tools", "tools.send")] {
        let rest =
            format!("{used}\nextend {name} {{ by Agent }}\npolicy own for {name} {{ allow few when input.n < 3 }}\n");
        assert_eq!(mistakes(&rest, &[("house.tools", tools)]), Vec::<String>::new(), "{used}");
    }
}

#[test]
fn what_is_used_is_used_once_and_in_any_way() {
    let all = [("house.rules", HOUSE)];
    let own = "policy own for any { deny a when principal.role == \"r\" with noted(level: high) }\n";
    for used in [
        "use house.rules\nuse house.rules.{Level, noted}\n",
        "use house.rules.{Level}\nuse house.rules\nuse house.rules.noted\nuse house.rules.{careful}\n",
    ] {
        assert_eq!(mistakes(&format!("{used}{own}"), &all), [""; 0], "{used}");
    }
    for (used, twice) in [
        ("use house.rules\nuse house.rules\nuse house.rules.noted\n", "house.rules"),
        ("use house.rules.{noted, noted}\n", "house.rules.noted"),
        ("use house.rules.{Level, noted}\nuse house.rules.noted\n", "house.rules.noted"),
        ("use house.rules.noted\nuse house.rules.noted\n", "house.rules.noted"),
    ] {
        assert_eq!(mistakes(&format!("{used}{own}"), &all), [format!("ZT0208 `{twice}` is used twice")], "{used}");
    }
}

#[test]
fn what_is_enforced_by_a_short_name_is_told_the_whole_one() {
    let all = [("house.rules", HOUSE), ("other.rules", "package other.rules\n\npub policy idle for any { deny a }\n")];
    let one = |rest: &str| {
        let text = format!("{HEAD}{rest}\npolicy own for any {{ allow anything when true }}\n");
        let (db, package) = bundle(&text, &all);
        let mut found = package::diagnostics(&db, package);
        assert_eq!(found.len(), 1, "{rest}: {found:#?}");
        let d = found.remove(0).diagnostic;
        let fix = d.fix.map(|fix| fix.text.to_string()).unwrap_or_default();
        format!("{} {} | {fix}", d.code.as_str(), d.message)
    };
    let whole = |written: &str, full: &str| format!("ZT0204 `{written}` is not the whole name of a policy | {full}");
    assert_eq!(one("use house.rules.strict\nenforce strict"), whole("strict", "house.rules.strict"));
    assert_eq!(one("use house.rules\nenforce rules.strict"), whole("rules.strict", "house.rules.strict"));
    assert_eq!(one("enforce strict with allows"), whole("strict", "house.rules.strict"));
    assert_eq!(one("use other.rules.idle\nenforce idle"), whole("idle", "other.rules.idle"));
    assert_eq!(one("enforce idle"), "ZT0204 no package offers a policy `idle` | ", "two do");
    assert_eq!(one("enforce own"), "ZT0204 `own` is a policy of this package | ");
    assert_eq!(one("enforce hous.strict"), "ZT0220 no package is called `hous` | ");
}

#[test]
fn rules_of_what_is_enforced_are_expected_by_their_policy() {
    let all = [
        ("house.rules", HOUSE),
        ("other.rules", "package other.rules\n\npub policy strict for any { deny never_loud when true }\n"),
        ("own.rules", "package own.rules\n\npub policy own for any { deny anything when true }\n"),
    ];
    let suite = |by: &str| {
        format!(
            "enforce house.rules.strict with allows
enforce house.rules.unnamed
enforce other.rules.strict
enforce own.rules.own
policy own for any {{ deny anything when true }}
suite \"s\" {{
  fixture a = Agent {{ id: \"a\", role: \"r\" }}
  test \"t\" {{ call a -> orders.read {{}} expect deny by {by} }}
}}\n"
        )
    };
    for by in [
        "everything",
        "unnamed.everything",
        "rules.unnamed.everything",
        "house.rules.unnamed.everything",
        "own.anything",
        "own.rules.own.anything",
        "other.rules.strict.never_loud",
    ] {
        assert_eq!(mistakes(&suite(by), &all), [""; 0], "{by}");
    }
    let (db, package) = bundle(&format!("{HEAD}{}", suite("anything")), &all);
    let found = package::diagnostics(&db, package);
    let help = found.iter().find_map(|l| l.diagnostic.help.clone());
    assert_eq!(help.as_deref(), Some("write `own.rules.own.anything` or `own.anything`"));
    for by in ["rules.everything", "named.everything", "use.rules.unnamed.everything"] {
        assert_eq!(mistakes(&suite(by), &all), [format!("ZT0210 no rule is called `{by}`")]);
    }
}

#[test]
fn whatever_a_package_offers_is_named_by_the_package() {
    let house = "package house.base

pub enum Level ordered { low, high }
pub type Small = Int in 0 .. 9
pub record Note { text : String max 20, level : Level }
pub record Gateway { session : Ident }
pub entity Desk from pep { level : Level }
pub entity Room in Desk from pep { size : Small }
pub tag sorted { by : Level }
pub tag plain
pub approvers leads
pub event rang context Gateway { level : Level }
pub obligation noted { level : Level merge max }
";
    let rest = r#"
use house.base

tag own in base.plain
record Tiny { n : base.Small in 0 .. 5 }
record Pair { a : base.Note, b : List<base.Level>?, c : base.Level or Int = low }
entity Bot in base.Desk or base.Room from pep { desk : base.Desk, levels : Set<base.Level> }
tiers risk { T0 {} T1 { approval never with base.noted(level: low) } }
action sort {
  by Bot or base.Room  on base.Desk  tier T1  context base.Gateway
  tags [own, base.sorted { by: input.pair.a.level }]
  input { pair : Pair, who : base.Desk or base.Room, map : Map<Ident, base.Level>? max 2 }
}
event rung context base.Gateway { level : base.Level }
table fees (base.Level) -> base.Small = { low => 1  high => 5 }
window rings = set of base.Level in rung.level by context.session over 1h
window sorts = count of #base.plain, #own by principal over 1h
define steep(l : base.Level) = l == high
policy p for #base.sorted by Bot or base.Room {
  allow level when base.sorted.by == low and resource.level >= low
  deny room for #base.plain when principal is base.Room as room and room.size > 8
  deny desk when input.who is base.Room and not (input.pair.c is base.Level)
  require approval many when sorts > 2 or fees(resource.level) > 4 from base.leads
    because "{base.sorted.by} by {principal.id}"
  deny all_high when steep(base.sorted.by) and principal is Bot and any(l in principal.levels: l == high) with base.noted(level: high)
}
suite "s" {
  fixture desk = base.Desk { id: "d", level: low }
  fixture bot = Bot { id: "b", desk: base.Desk { id: "e", level: low }, levels: [low], in: [base.Room("r")] }
  fixture room = base.Room { id: "r", size: 3 }
  fixture note = { text: "x", level: low }
  test "t" {
    call bot -> sort(desk) { pair: { a: note, c: high }, who: room } context { session: "s" } expect allow by level
    call room -> sort(base.Desk { id: "f", level: high }) { pair: { a: note }, who: desk } context { session: "s" }
      expect require approval by many from base.leads message "low by r"
    approve from base.leads as "ann"
    observe rung { level: low } context { session: "s" }
  }
}
"#;
    let text = |rest: &str| format!("package example\n{rest}");
    let (db, package) = bundle(&text(rest), &[("house.base", house)]);
    let by_package = package::package(&db, package).unwrap_or_else(|m| panic!("{m:#?}"));
    let named = rest
        .replace(
            "use house.base\n",
            "use house.base.{Level, Small, Note, Gateway, Desk, Room, sorted, plain, leads, noted}\n",
        )
        .replace("base.", "")
        .replace("house.{", "house.base.{");
    let (db, package) = bundle(&text(&named), &[("house.base", house)]);
    let by_name = package::package(&db, package).unwrap_or_else(|m| panic!("{m:#?}"));
    let request = br#"{"subject":{"type":"house.base.Room","id":"r","properties":{"size":9}},
        "action":{"name":"sort","properties":{"pair":{"a":{"text":"x","level":"low"}},"who":{"type":"house.base.Desk","id":"d","properties":{"level":"low"}}}},
        "resource":{"type":"house.base.Desk","id":"f","properties":{"level":"low"}},"context":{"session":"s"}}"#;
    let facts = r#"{"now":"2026-03-27T14:00:00Z"}"#;
    let decided = [by_package, by_name].map(|checked| Three::new(&checked).decide(request, facts));
    assert_eq!(decided[0]["determined_by"], serde_json::json!(["example/p.room"]), "{}", decided[0]);
    assert_eq!(decided[0], decided[1]);
    // What is not offered, or not there, is told by the name as it is written.
    let one = |rest: &str| mistakes(rest, &[("house.base", house), ("house.rules", HOUSE)]);
    let own = "policy own for any { allow a when true }\n";
    for (item, told) in [
        ("record R { a : base.Levl }", "ZT0201 no type is called `base.Levl`"),
        ("record R { a : rules.Hidden }", "ZT0221 `Hidden` of `house.rules` is not for others"),
        (
            "record R { a : house.base.Level }",
            "ZT0204 `house.base.Level` is of another package, and not called so here",
        ),
        ("extend orders.read { tags [base.plan] }", "ZT0219 no tag is called `base.plan`"),
        ("define high(l : base.Level) = l == middle", "ZT0205 `base.Level` has no member `middle`"),
    ] {
        assert_eq!(one(&format!("use house.base\nuse house.rules\n{item}\n{own}")), [told], "{item}");
    }
}
