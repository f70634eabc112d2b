//! What sources answer, files hold and events tell: all three evaluators, step by step, over many answers and failures.

use std::collections::BTreeMap;
use std::sync::Arc;

use zt_lang::eval::{self, World};
use zt_lang::hir::{self, Channel};
use zt_runtime::store::Memory;
use zt_runtime::{Clock, Facts, Host};

use super::kinds::Dice;
use super::*;
use crate::generate::{Target, generate};

/// Documents are said to come from a source; the test makes that a file.
const TEXT: &str = r#"
package acme.desk

enum Level ordered { low, middle, high }
record Gateway { session : Ident, guest : User? }
record Line { of : User?, level : Level, doc : Doc }
entity Org
entity Team in Org from source teams fresh 1min { level : Level, lead : User? }
entity User in Team or Org from source people fresh 1min {
  level : Level, mail : Email, manager : User?, team : Team, seen : Instant?, tags : Set<Ident> max 4, teams : List<Team> max 3
}
entity Doc from source data { owner : User, size : Size }
entity Agent in Team from pep { acts_for : User?, helper : User }

approvers leads from source people

obligation note { mail : Email, level : Level, tags : Set<Ident> max 8 merge union }

tag owned { of : User }

action send {
  by Agent or User  on Doc  context Gateway
  tags [owned { of: input.of }]
  input {
    of : User, to : List<User> max 4, lines : List<Line> max 3, docs : List<Doc> max 3, n : Int, wait : Duration in 0s .. 1h
  }
}

event met context Gateway { who : User, people : List<User> max 4, text : String max 200 }

window met_users = set of User in met.who by context.session over 1h
window people_met = distinct met.people of met by context.session over 1h
window mails = set of Email in met.text by context.session over 1h where met.who.level != low
window names = set of Ident in met.text by context.session over 1h max 5
window calls = count of send by input.of.team over 1h
window waits = sum input.wait of send by principal over 1h
window sizes = sum resource.size of send by principal over 1h where resource.owner.level != high

define boss(u : User, n : Int) = n > 3 and u.level == high
define named(u : User) = u.id == "ann"
define owner_level(d : Doc, n : Int) = if n > 3 then d.owner.level else low
define many(xs : Set<Ident>) = count(xs) > 1

policy agents for send by Agent {
  shadow deny a when principal.helper.level >= middle
  shadow deny b when principal.helper.team.level == high and input.n > 0
  shadow deny c when principal has acts_for and principal.acts_for.team.level == low
  shadow deny d when principal has acts_for and principal.acts_for has manager and principal.acts_for.manager.level == low
  shadow deny e when (principal.helper.seen ?? now) < now or principal.helper has seen
  shadow deny f when principal.helper under Team("red") or input.n == 5
  shadow deny g when principal.helper under User("ann") and principal.helper under principal.helper.team
  shadow deny h when "a" in principal.helper.tags or many(principal.helper.tags - ["b"])
  shadow deny i when any(t in principal.helper.teams: t.level == high)
  shadow deny j when all(t in principal.helper.teams: t has lead and t.lead.level == low)
  shadow deny k when any(u in [principal.helper, resource.owner]: u.level == high)
  shadow deny l when any(u in [principal.helper, User("ann")]: u.level == high)
  shadow deny m when any(u in input.to + [principal.helper]: u under Team("red"))
  shadow deny n when boss(principal.helper, input.n + 1) or named(resource.owner)
  shadow deny o when principal.helper == resource.owner
  shadow deny p when (if input.n > 2 then principal.helper.level else resource.owner.level) == high
  shadow deny q when any(u in [resource.owner, principal.helper]: boss(u, input.n + 1))
  shadow deny r when owner_level(resource, input.n + 1) == high
  shadow deny s when principal under Team("red") or User("ann") under Team("red")
}

policy users for send by User {
  shadow deny a when principal.level == high or (principal has manager and principal.manager.team.level == low)
  shadow deny b when principal in input.to or principal under Org("acme")
  shadow deny c when principal.mail.domain == "example.com" and principal.mail.local in ["ann", "bob"]
}

policy lists for send {
  shadow deny a when any(u in input.to: u.level == high or u.id == "eve")
  shadow deny b when count(u in input.to: u.team.level == low) >= 2
  shadow deny c when any(l in input.lines: l has of and l.of.team under Org("acme"))
  shadow deny d when all(d in input.docs: d.owner.team.level != high)
  shadow deny e when any(u in input.to: any(t in u.teams: t has lead and t.lead has manager))
  shadow deny f when any(l in input.lines: (l.level == low and l.doc.size > 5MB) or l.doc.owner has seen)
  shadow deny g when resource.size > 5MB and resource.owner.level == low
  shadow deny h when context has guest and context.guest.mail.domain == "example.com"
  shadow deny i when any(l in input.lines: any(x in [l, l]: x has of and x.of.level == high))
  shadow deny j when count(u in input.to: "a" in u.tags) == 1 or all(u in input.to: count(u.tags) > 1)
}

policy tagged for #owned {
  shadow deny a when owned.of.level == high or owned.of has seen
  shadow deny b when owned.of under Team("red") and named(owned.of)
}

policy windows for send {
  shadow deny a when any(u in met_users: u == input.of) or input.of in met_users
  shadow deny b when any(u in met_users + [resource.owner]: u.id == "bob")
  shadow deny c when count(met_users & [input.of, resource.owner]) == 1
  shadow deny d when all(m in mails: m.domain == "example.com") and count(mails) > 0
  shadow deny e when input.of.mail in mails or "ann" in names
  shadow deny f when people_met > 2 or calls counting this > 3
  deny big when sizes counting this > 40MB because "{sizes} before {resource.size} of {resource.owner}"
  deny late when calls > 6 because "{calls} in {input.of.team} after {waits}"
  shadow deny long when waits > 2min
  deny crowd when count(mails) > 2 or count(names) > 4
}

policy enforced for send by Agent {
  allow ok when input.n != 1
    with note(mail: principal.helper.mail, level: input.of.level, tags: input.of.tags)
    because "{principal.helper.mail} {resource.owner.level} {principal.helper.seen} {principal.acts_for.team.level}"
  deny high when input.of.level == high
    because "{input.of} is {input.of.level} in {input.of.team.level}"
  require approval asked when input.n == 3 from leads because "{principal.acts_for.mail}"
}
"#;

const IDS: &[&str] = &["ann", "bob", "eve"];

fn entity(ty: &str, id: &str) -> String {
    format!(r#"{{"type":"{ty}","id":"{id}"}}"#)
}

fn user(dice: &mut Dice) -> String {
    entity("User", dice.pick(IDS))
}

fn doc(dice: &mut Dice) -> String {
    entity("Doc", dice.pick(&["plan", "plan", "book", "odd", "lost"]))
}

fn several(dice: &mut Dice, most: usize, of: fn(&mut Dice) -> String) -> String {
    let all: Vec<String> = (0..dice.roll(most + 1)).map(|_| of(dice)).collect();
    format!("[{}]", all.join(","))
}

fn line(dice: &mut Dice) -> String {
    let of = if dice.roll(2) == 0 { String::new() } else { format!(r#","of":{}"#, user(dice)) };
    format!(r#"{{"level":"{}","doc":{}{of}}}"#, dice.pick(&["low", "high"]), doc(dice))
}

fn context(dice: &mut Dice) -> String {
    let guest = if dice.roll(3) == 0 { String::new() } else { format!(r#","guest":{}"#, user(dice)) };
    format!(r#"{{"session":"{}"{guest}}}"#, dice.pick(&["s-1", "s-2"]))
}

fn request(dice: &mut Dice) -> String {
    let subject = if dice.roll(4) == 0 {
        user(dice).replace('}', dice.pick(&["}", "}", r#","properties":{}}"#, r#","properties":{"level":"low"}}"#]))
    } else {
        let acts_for = if dice.roll(3) == 0 { String::new() } else { format!(r#","acts_for":{}"#, user(dice)) };
        let above = dice.pick(&["", r#","in":[{"type":"Team","id":"red"}]"#]);
        format!(r#"{{"type":"Agent","id":"bot","properties":{{"helper":{}{acts_for}{above}}}}}"#, user(dice))
    };
    format!(
        r#"{{"subject":{subject},"action":{{"name":"send","properties":{{"of":{},"to":{},"lines":{},"docs":{},"n":{},"wait":"PT{}M"}}}},
            "resource":{},"context":{}}}"#,
        user(dice),
        several(dice, 3, user),
        several(dice, 3, line),
        several(dice, 2, doc),
        dice.pick(&["0", "1", "2", "3", "4", "5", "9223372036854775807"]),
        dice.roll(3),
        doc(dice),
        context(dice)
    )
}

fn event(dice: &mut Dice) -> String {
    let text =
        dice.pick(&["ann", "to bob@example.com, <ann@example.org>", "see eve or ann@example.com.", "", "a b c d e"]);
    let name = if dice.roll(30) == 0 { "meet" } else { "met" };
    let (who, people, context) = (user(dice), several(dice, 3, user), context(dice));
    format!(r#"{{"event":"{name}","fields":{{"who":{who},"people":{people},"text":"{text}"}},"context":{context}}}"#)
}

/// What a source says of an entity, if it does.
fn answer(dice: &mut Dice, source: &str, ty: &str, id: &str, properties: &str) -> Option<String> {
    let head = format!(r#"{{"source":"{source}","type":"{ty}","id":"{id}""#);
    Some(match dice.roll(12) {
        0 => return None,
        1 => format!(r#"{head},"failure":"timeout"}}"#),
        2 => format!(r#"{head},"properties":{properties},"age_seconds":61}}"#),
        // Whatever does not fit is no answer, wherever in it that is.
        3 => {
            let odd = dice.pick(&["]", "}]", "}", ":"]);
            let odd = properties.replacen(odd, &format!(r#",{{"x":1}}{odd}"#), 1);
            let odd =
                if serde_json::from_str::<serde_json::Value>(&odd).is_ok() { odd } else { r#"{"x":1}"#.to_owned() };
            format!(r#"{head},"properties":{odd}}}"#)
        }
        4 => format!(r#"{head},"properties":{properties},"age_seconds":60}}"#),
        5 => format!(r#"{head},"properties":{properties}}}"#),
        _ => format!(r#"{head},"properties":{properties},"age_seconds":0}}"#),
    })
}

fn facts(dice: &mut Dice, now: i64) -> String {
    let mut answers = vec![];
    for id in IDS {
        let level = dice.pick(&["low", "middle", "high"]);
        let manager = if dice.roll(2) == 0 { String::new() } else { format!(r#","manager":{}"#, user(dice)) };
        let seen = dice.pick(&["", r#","seen":"2026-03-27T13:00:00Z""#, r#","seen":null"#]);
        let above = dice.pick(&["", r#","in":[{"type":"Team","id":"red"},{"type":"Org","id":"acme"}]"#]);
        let teams = several(dice, 2, |dice| entity("Team", dice.pick(&["red", "blue"])));
        let (team, tags) = (entity("Team", dice.pick(&["red", "blue"])), dice.some(&[r#""a""#, r#""b""#, r#""c""#], 3));
        let host = dice.pick(&["example.com", "example.org"]);
        let properties = format!(
            r#"{{"level":"{level}","mail":"{id}@{host}","team":{team},"tags":{tags},"teams":{teams}{manager}{seen}{above}}}"#
        );
        answers.extend(answer(dice, "people", "User", id, &properties));
    }
    for id in ["red", "blue"] {
        let lead = if dice.roll(2) == 0 { String::new() } else { format!(r#","lead":{}"#, user(dice)) };
        let above = dice.pick(&["", r#","in":[{"type":"Org","id":"acme"}]"#]);
        let properties = format!(r#"{{"level":"{}"{lead}{above}}}"#, dice.pick(&["low", "high"]));
        answers.extend(answer(dice, "teams", "Team", id, &properties));
    }
    let now = zt_values::time::format_instant(now);
    format!(r#"{{"now":"{now}","answers":[{}]}}"#, answers.join(","))
}

/// The package, with documents in a file.
fn package() -> hir::Package {
    let db = Database::default();
    let file = SourceFile::new(&db, "a.zt".into(), TEXT.to_owned());
    let package = Package::new(&db, "acme.desk".into(), vec![file], vec![]);
    let checked = check::package::package(&db, package).unwrap_or_else(|diagnostics| panic!("{diagnostics:#?}"));
    let mut package = checked.hir().clone();
    let row = |owner: &str, size: u32| format!(r#"{{"owner":{},"size":{size}}}"#, entity("User", owner)).into();
    let rows = [("plan", row("ann", 6_000_000)), ("book", row("bob", 1)), ("odd", r#"{"owner":"ann"}"#.into())];
    let rows: BTreeMap<hir::Name, hir::Name> = rows.into_iter().map(|(id, row)| (id.into(), row)).collect();
    let doc = hir::Entity { channel: Channel::File(Arc::new(rows)), ..(*package.entities["Doc"]).clone() };
    package.entities.insert("Doc".into(), Arc::new(doc));
    package
}

#[test]
fn all_three_evaluators_agree_on_what_is_looked_up() {
    let package = package();
    let reference = Evaluator::new(&package);
    let lowered = lower::lower(&package).unwrap();
    let image = generate(&lowered.program, &lowered.automata, &Target::host().unwrap()).unwrap();
    let pdp = Pdp::load(&image).unwrap();
    let mut frame = Frame::default();

    let mut dice = Dice(7);
    let mut seen = BTreeMap::<String, usize>::new();
    for _ in 0..120 {
        let [native, portable] = [Memory::default(), Memory::default()];
        let mut world = World::new();
        let mut now: i64 = 1_774_620_000_000_000;
        for _ in 0..25 {
            now += i64::try_from(dice.roll(600)).unwrap() * 1_000_000;
            let facts = facts(&mut dice, now);
            let known = Facts::from_json(facts.as_bytes()).unwrap();
            let host = |store| Host { clock: Clock { now, mono: now }, facts: &known, store };
            let said = eval::Host::from_json(facts.as_bytes()).unwrap();
            let mut see = |what: String| *seen.entry(what).or_default() += 1;
            if dice.roll(3) == 0 {
                let report = event(&mut dice);
                let expected = reference.observe(&mut world, &said, report.as_bytes());
                let expected = expected.map_err(|refusal| format!("{} at {}", refusal.code, refusal.path));
                for store in [&native, &portable] {
                    let told = pdp.observe(report.as_bytes(), &mut frame, &host(store));
                    let told = told.map_err(|refusal| format!("{} at {}", refusal.code, refusal.path));
                    assert_eq!(told, expected, "{report}\n{facts}");
                }
                see(format!("event {expected:?}"));
                continue;
            }
            let request = request(&mut dice);
            let decision = pdp.evaluate_with(request.as_bytes(), &mut frame, &host(&native));
            let decided: serde_json::Value = serde_json::from_str(&pdp.to_json(&decision, &frame)).unwrap();
            let expected = reference.decide(&mut world, &said, request.as_bytes()).decision.to_json();
            assert_eq!(decided, expected, "{request}\n{facts}");
            if decision.refusal().is_none() {
                pdp.decode(request.as_bytes(), &mut frame).unwrap();
                // What was looked up before leaves nothing behind.
                let questions = pdp.questions(&mut frame, Clock { now, mono: now }, &known).unwrap();
                assert!(questions.iter().all(|question| question.source != "data"));
                let _ = pdp.questions(&mut frame, Clock { now, mono: now }, &Facts::default());
                let decision = pdp.decide_portably_with(&mut frame, &host(&portable));
                let decided: serde_json::Value = serde_json::from_str(&pdp.to_json(&decision, &frame)).unwrap();
                assert_eq!(decided, expected, "{request}\n{facts}");
            }
            if let Some(code) = decided["refusal"]["code"].as_str() {
                see(format!("refused {code}"));
            }
            for decided in [&decided, &decided["shadow"]] {
                for rule in decided["determined_by"].as_array().into_iter().flatten() {
                    see(rule.as_str().unwrap().replace("acme.desk/", "held "));
                }
                for error in decided["errors"].as_array().into_iter().flatten() {
                    let rule = error["rule"].as_str().unwrap();
                    see(rule.replace("acme.desk/", "failed ") + " " + error["error"].as_str().unwrap());
                }
            }
        }
    }
    let seen: Vec<String> = seen.into_keys().collect();
    insta::assert_snapshot!(seen.join("\n"), @r#"
    default
    event Err("unknown_event at /event")
    event Err("unrecorded at ")
    event Ok(())
    failed agents.a source people
    failed agents.b source people
    failed agents.b source teams
    failed agents.c source people
    failed agents.c source teams
    failed agents.d source people
    failed agents.e source people
    failed agents.f source people
    failed agents.g source people
    failed agents.h source people
    failed agents.i source people
    failed agents.i source teams
    failed agents.j source people
    failed agents.j source teams
    failed agents.k file
    failed agents.k source people
    failed agents.l source people
    failed agents.m source people
    failed agents.n file
    failed agents.n overflow
    failed agents.n source people
    failed agents.o file
    failed agents.p file
    failed agents.p source people
    failed agents.q file
    failed agents.q overflow
    failed agents.q source people
    failed agents.r file
    failed agents.r overflow
    failed agents.r source people
    failed agents.s source people
    failed enforced.high source people
    failed enforced.ok source people
    failed lists.a source people
    failed lists.b source people
    failed lists.b source teams
    failed lists.c source people
    failed lists.c source teams
    failed lists.d file
    failed lists.d source people
    failed lists.d source teams
    failed lists.e source people
    failed lists.e source teams
    failed lists.f file
    failed lists.f source people
    failed lists.g file
    failed lists.g source people
    failed lists.h source people
    failed lists.i source people
    failed lists.j source people
    failed tagged.a source people
    failed tagged.b source people
    failed users.a source people
    failed users.a source teams
    failed users.b source people
    failed users.c source people
    failed windows.b file
    failed windows.big window sizes
    failed windows.c file
    failed windows.crowd window names
    failed windows.e source people
    failed windows.e window names
    failed windows.f window calls
    failed windows.late window calls
    held agents.a
    held agents.b
    held agents.c
    held agents.d
    held agents.e
    held agents.f
    held agents.g
    held agents.h
    held agents.i
    held agents.j
    held agents.k
    held agents.l
    held agents.m
    held agents.n
    held agents.o
    held agents.p
    held agents.q
    held agents.r
    held agents.s
    held enforced.asked
    held enforced.high
    held enforced.ok
    held lists.a
    held lists.b
    held lists.c
    held lists.d
    held lists.e
    held lists.f
    held lists.g
    held lists.h
    held lists.i
    held lists.j
    held tagged.a
    held tagged.b
    held users.a
    held users.b
    held users.c
    held windows.a
    held windows.b
    held windows.big
    held windows.c
    held windows.crowd
    held windows.d
    held windows.e
    held windows.f
    held windows.late
    held windows.long
    refused
    refused wrong_channel
    "#);
}
