//! Tables of which sources are asked for rows: all three evaluators over whatever a source may answer, and the questions
//! that lead to every answer that is needed.

use std::collections::BTreeMap;

use zt_lang::eval::{self, World};
use zt_runtime::store::Memory;
use zt_runtime::{About, Clock, Facts, Host, Question};

use super::kinds::Dice;
use super::*;

const TEXT: &str = r#"
package acme.asked

enum Region { emea, apac as "Asia" }
enum Tier ordered { low, high }
type Usd = Decimal places 2 in 0.00 .. 100.00
type Account = String matching re"[a-z]+" max 8
entity Team from pep
entity User from source directory { team : Team, tier : Tier, boss : User? }
entity Agent from pep { role : Ident }
entity Repository

table limits (Region, Tier) -> Usd from source finance fresh 5min
table homes (Team) -> Region from source directory
table mails (Email) -> Host from source directory
table days (Date, Time) -> String max 10 from source calendar
table flags (Bool, Int) -> Bool from source flags
table spans (Usd, Account) -> Duration from source flags
table ranks (IpAddr, Size) -> Tier from source flags fresh 1h
table fees (Region) -> Usd = { emea => 1.00  apac => 2.00 }
table grants { who : User or Team or Agent, role as "the role" : Ident, on : Repository } from source iam fresh 1min
table open { name : Ident } from source iam

window spent = count of act by principal where (principal, "admin", resource) in grants over 1h
window seen = distinct input.name of act by home(input.team) over 1h
window kept = set of Ident in input.name of act by principal over 1h

define limit(r : Region, t : Tier) = limits(r, t) ?? fees(r)
define may(u : User, on : Repository) = (u, "admin", on) in grants or (u.team, "x", on) in grants
define local(m : Email) = m.local == "ann"
define home(t : Team) = homes(t) ?? emea
define day(d : Date, t : Time) = days(d, t) ?? "none"
define flag(n : Int) = flags(true, n) ?? false

action act {
  by Agent or User  on Repository
  input {
    region : Region, tier : Tier, n : Int, name : Ident, day : Date, at : Instant, team : Team, mail : Email,
    account : Account, usd : Usd, addr : IpAddr, size : Size, user : User, mine : Region?, teams : List<Team> max 4,
    users : List<User> max 3
  }
}

event told { name : Ident, team : Team }
window heard = count of told where told.team in homes over 1h

policy rows for act {
  allow ok when true
  shadow deny a when (limits(input.region, input.tier) ?? 7.00) > 6.50
  shadow deny b when limit(input.region, high) + 1.00 > 2.00
  shadow deny c when (homes(input.team) ?? emea) == apac or input.team in homes
  shadow deny d when (mails(input.mail) ?? "none.example") under "example.com"
  shadow deny e when day(input.day, (input.at at "Europe/Paris").time) == "none"
  shadow deny f when flag(input.n + 1) or flag(3)
  shadow deny g when (spans(input.usd, input.account) ?? 1h) > 30min
  shadow deny h when (ranks(input.addr, input.size) ?? low) >= high
  shadow deny i when (principal, input.name, resource) in grants
  shadow deny j when any(t in input.teams: (t, input.name, resource) in grants)
  shadow deny k when all(t in input.teams: t in homes)
  shadow deny l when any(u in input.users: may(u, resource) and any(t in input.teams: t == u.team and t in homes))
  shadow deny m when input has mine and (limits(input.mine, input.tier) ?? 0.00) == 0.00
  shadow deny n when input.name in open and not ("x" in open)
  shadow deny o when (if spent > 0 then limits(emea, low) ?? 1.00 else limits(apac, low) ?? 1.00) > 1.00
  shadow deny p when spent > 1 and (homes(Team("blue")) ?? emea) == apac
  shadow deny q when (homes(input.user.team) ?? emea) == emea and input.user has boss and (input.user.boss, "x", resource) in grants
  shadow deny r when local(input.mail) and "web" == resource.id and count(t in input.teams: t in homes) > 1
  shadow deny s when seen > 1 or "x" in kept
  deny t when heard > 1_000
}
"#;

const REGIONS: &[&str] = &["emea", "Asia"];
const TEAMS: &[&str] = &["red", "blue", "green"];
const USERS: &[&str] = &["ann", "bob"];
const NAMES: &[&str] = &["admin", "x", "y"];

fn reference(ty: &str, id: &str) -> String {
    format!(r#"{{"type":"{ty}","id":"{id}"}}"#)
}

fn request(dice: &mut Dice) -> String {
    let subject = match dice.roll(2) {
        0 => reference("User", dice.pick(USERS)),
        _ => format!(r#"{{"type":"Agent","id":"{}","properties":{{"role":"r"}}}}"#, dice.pick(&["bot", "ann"])),
    };
    let teams: Vec<String> = (0..dice.roll(4)).map(|_| reference("Team", dice.pick(TEAMS))).collect();
    let users: Vec<String> = (0..dice.roll(3)).map(|_| reference("User", dice.pick(USERS))).collect();
    let input = [
        format!(r#""region":"{}""#, dice.pick(REGIONS)),
        format!(r#""tier":"{}""#, dice.pick(&["low", "high"])),
        format!(r#""n":{}"#, dice.pick(&["-1", "0", "2", "9223372036854775807"])),
        format!(r#""name":"{}""#, dice.pick(NAMES)),
        format!(r#""day":"{}""#, dice.pick(&["2026-12-25", "2026-01-01"])),
        format!(r#""at":"{}""#, dice.pick(&["2026-12-24T23:30:00Z", "2026-07-25T23:30:00.5Z", "9999-01-01T00:00:00Z"])),
        format!(r#""team":{}"#, reference("Team", dice.pick(TEAMS))),
        format!(r#""mail":"{}""#, dice.pick(&["ann@example.com", "ann@EXAMPLE.com", "b@example.com"])),
        format!(r#""account":"{}""#, dice.pick(&["a", "b"])),
        format!(r#""usd":{}"#, dice.pick(&["1.5", "1.50", "0", "100"])),
        format!(r#""addr":"{}""#, dice.pick(&["10.0.0.1", "::ffff:10.0.0.1", "2001:db8::1"])),
        format!(r#""size":{}"#, dice.pick(&["0", "1024"])),
        format!(r#""user":{}"#, reference("User", dice.pick(USERS))),
        format!(r#""teams":[{}]"#, teams.join(",")),
        format!(r#""users":[{}]"#, users.join(",")),
        dice.pick(&[r#""mine":null"#, r#""mine":"Asia""#, r#""mine":"emea""#]).to_owned(),
    ];
    let resource = reference("Repository", dice.pick(&["web", "db"]));
    format!(
        r#"{{"subject":{subject},"action":{{"name":"act","properties":{{{}}}}},"resource":{resource}}}"#,
        input.join(",")
    )
}

/// What each table may say, and what does not fit it.
const SAYS: &[(&str, &str, &[&str], &[&str])] = &[
    ("limits", "finance", &["0", "6.5", "7.00", "100"], &["100.01", "-1", "1.555", "true", r#""7""#]),
    ("homes", "directory", &[r#""emea""#, r#""Asia""#], &[r#""apac""#, "1"]),
    (
        "mails",
        "directory",
        &[r#""mail.example.com""#, r#""example.org""#, r#""EXAMPLE.com""#],
        &[r#""a b""#, r#""127.1""#],
    ),
    ("days", "calendar", &[r#""none""#, r#""Christmas""#], &[r#""much too long""#, "{}"]),
    ("flags", "flags", &["true", "false"], &["1", "[true]"]),
    ("spans", "flags", &[r#""PT30M""#, r#""PT1H""#], &[r#""30min""#, "30"]),
    ("ranks", "flags", &[r#""low""#, r#""high""#], &[r#""middle""#]),
    ("grants", "iam", &["true"], &["false", "1"]),
    ("open", "iam", &["true"], &["false", r#""true""#]),
];

/// What the row of a table says in a world: the same whoever asks.
fn says(world: u64, table: &str, key: &str) -> &'static str {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let mut dice = Dice(table.bytes().chain(key.bytes()).fold(world, fold));
    let (.., fits, _) = SAYS.iter().find(|(name, ..)| *name == table).unwrap();
    dice.roll(7);
    if dice.roll(3) == 0 { "null" } else { dice.pick(fits) }
}

/// What a source knows of a user.
fn user(dice: &mut Dice, id: &str) -> String {
    let boss = dice.pick(&["", r#","boss":{"type":"User","id":"bob"}"#]);
    let (team, tier) = (reference("Team", dice.pick(TEAMS)), dice.pick(&["low", "high"]));
    format!(
        r#"{{"source":"directory","type":"User","id":"{id}","properties":{{"team":{team},"tier":"{tier}"{boss}}}}}"#
    )
}

/// A key of a table, as somebody may spell it; sometimes one that does not fit.
fn key(dice: &mut Dice, table: &str) -> String {
    let entity = |dice: &mut Dice| match dice.roll(4) {
        0 => reference("User", dice.pick(USERS)),
        1 => reference("Agent", dice.pick(&["bot", "ann"])),
        _ => reference("Team", dice.pick(TEAMS)),
    };
    let parts = match table {
        "limits" => vec![format!("\"{}\"", dice.pick(REGIONS)), dice.pick(&[r#""low""#, r#""high""#]).to_owned()],
        "homes" => vec![reference("Team", dice.pick(TEAMS))],
        "mails" => vec![dice.pick(&[r#""ann@example.com""#, r#""ann@EXAMPLE.com""#, r#""b@example.com""#]).to_owned()],
        "days" => vec![
            dice.pick(&[r#""2026-12-25""#, r#""2026-01-01""#]).to_owned(),
            dice.pick(&[r#""00:30:00""#, r#""01:30:00.5""#]).to_owned(),
        ],
        "flags" => vec!["true".to_owned(), dice.pick(&["0", "1", "3"]).to_owned()],
        "spans" => vec![dice.pick(&["1.5", "1.50", "0", "100.0"]).to_owned(), r#""a""#.to_owned()],
        "ranks" => vec![dice.pick(&[r#""10.0.0.1""#, r#""::ffff:10.0.0.1""#]).to_owned(), "1024".to_owned()],
        "open" => vec![format!("\"{}\"", dice.pick(NAMES))],
        _ => {
            vec![entity(dice), format!("\"{}\"", dice.pick(NAMES)), reference("Repository", dice.pick(&["web", "db"]))]
        }
    };
    match dice.roll(60) {
        0 => "[]".to_owned(),
        1 => "[null,{}]".to_owned(),
        2 => format!("[{},1]", parts.join(",")),
        3 => r#"[{"type":"Repository","id":"web"}]"#.to_owned(),
        _ => format!("[{}]", parts.join(", ")),
    }
}

/// Answers about tables, right and wrong ones; or right ones alone, about every row.
fn tables(dice: &mut Dice, right: bool) -> String {
    let mut all = vec![];
    if right {
        let world = dice.roll(1_000) as u64;
        for (table, source, ..) in SAYS {
            let keys: std::collections::BTreeSet<String> = (0..40).map(|_| key(dice, table)).collect();
            let spelt = |key: &String| !["[]", "[null,{}]"].contains(&key.as_str()) && !key.ends_with(",1]");
            let keys = keys.iter().filter(|key| spelt(key) && (*table != "homes" || key.contains("Team")));
            let keys = keys.filter(|key| *table == "homes" || !key.starts_with(r#"[{"type":"Repository""#));
            // Those that are spelt in two ways say the same in both.
            let rows =
                keys.map(|key| format!(r#"{{"key":{key},"value":{}}}"#, says(world, table, &key[..key.len().min(12)])));
            let rows: Vec<String> = rows.collect();
            all.push(format!(
                r#"{{"source":"{source}","table":"{table}","rows":[{}],"whole":true,"age_seconds":0}}"#,
                rows.join(",")
            ));
        }
        return all.join(",");
    }
    for (table, source, fits, misfits) in SAYS {
        for _ in 0..[0, 1, 1, 1, 2][dice.roll(5)] {
            let source = if dice.roll(20) == 0 { "other" } else { source };
            let age = dice.pick(&[
                "",
                r#","age_seconds":0"#,
                r#","age_seconds":0"#,
                r#","age_seconds":0"#,
                r#","age_seconds":60"#,
                r#","age_seconds":60"#,
                r#","age_seconds":61"#,
                r#","age_seconds":301"#,
            ]);
            let said = match dice.roll(8) {
                0 => r#""failure":"timeout""#.to_owned(),
                _ => {
                    let rows: Vec<String> = (0..dice.roll(6))
                        .map(|_| {
                            let value = match dice.roll(24) {
                                0 => dice.pick(misfits),
                                1..6 => "null",
                                _ => dice.pick(fits),
                            };
                            format!(r#"{{"key":{},"value":{value}}}"#, key(dice, table))
                        })
                        .collect();
                    let whole = dice.pick(&["", r#","whole":true"#, r#","whole":false"#]);
                    format!(r#""rows":[{}]{whole}"#, rows.join(","))
                }
            };
            all.push(format!(r#"{{"source":"{source}","table":"{table}",{said}{age}}}"#));
        }
    }
    all.join(",")
}

fn package() -> check::package::CheckedPackage {
    let db = Database::default();
    let file = SourceFile::new(&db, "a.zt".into(), TEXT.to_owned());
    let package = Package::new(&db, "acme.asked".into(), vec![file], vec![]);
    check::package::package(&db, package).unwrap_or_else(|diagnostics| panic!("{diagnostics:#?}"))
}

#[test]
fn all_three_evaluators_agree_whatever_sources_answer() {
    let checked = package();
    let reference = Evaluator::new(checked.hir());
    let pdp = Pdp::load(&compile(&checked).unwrap()).unwrap();
    let (mut frame, mut dice) = (Frame::default(), Dice(3));
    // Of every rule, how often it held or failed, and how often it failed.
    let mut seen = BTreeMap::<String, [usize; 2]>::new();
    let mut events = [0, 0];
    for round in 0..60 {
        let [native, portable] = [Memory::default(), Memory::default()];
        let mut world = World::new();
        for step in 0..20 {
            let now: i64 = 1_774_620_000_000_000 + (round * 20 + step) * 1_000_000;
            let clock = Clock { now, mono: now };
            let said = zt_values::time::format_instant(now);
            let right = dice.roll(3) == 0;
            let mut users = vec![];
            for id in USERS {
                if right || dice.roll(4) > 0 {
                    users.push(user(&mut dice, id));
                }
            }
            let (users, tables) = (users.join(","), tables(&mut dice, right));
            let facts = format!(r#"{{"now":"{said}","answers":[{users}],"tables":[{tables}]}}"#);
            let known = Facts::from_json(facts.as_bytes()).unwrap();
            let host = |store| Host { clock, facts: &known, store };
            let mut told = eval::Host::from_json(facts.as_bytes()).unwrap();
            told.mono = Some(now);
            if dice.roll(6) == 0 {
                let report = format!(
                    r#"{{"event":"told","fields":{{"name":"x","team":{}}}}}"#,
                    self::reference("Team", dice.pick(TEAMS))
                );
                let expected = reference.observe(&mut world, &told, report.as_bytes()).map_err(|r| r.code.to_owned());
                for store in [&native, &portable] {
                    let seen = pdp.observe(report.as_bytes(), &mut frame, &host(store));
                    assert_eq!(seen.map_err(|r| r.code.as_str().to_owned()), expected, "{report}\n{facts}");
                }
                events[usize::from(expected.is_err())] += 1;
                continue;
            }
            let request = request(&mut dice);
            let decision = pdp.evaluate_with(request.as_bytes(), &mut frame, &host(&native));
            let decided: serde_json::Value = serde_json::from_str(&pdp.to_json(&decision, &frame)).unwrap();
            let expected = reference.decide(&mut world, &told, request.as_bytes()).decision.to_json();
            assert_eq!(decided, expected, "{request}\n{facts}");
            pdp.decode(request.as_bytes(), &mut frame).unwrap();
            // What was looked up before leaves nothing behind.
            let _ = pdp.questions(&mut frame, clock, &Facts::default());
            let decision = pdp.decide_portably_with(&mut frame, &host(&portable));
            let decided: serde_json::Value = serde_json::from_str(&pdp.to_json(&decision, &frame)).unwrap();
            assert_eq!(decided, expected, "{request}\n{facts}");
            for rule in decided["shadow"]["determined_by"].as_array().into_iter().flatten() {
                seen.entry(rule.as_str().unwrap().to_owned()).or_default()[0] += 1;
            }
            for error in decided["shadow"]["errors"].as_array().into_iter().flatten() {
                seen.entry(error["rule"].as_str().unwrap().to_owned()).or_default()[1] += 1;
            }
        }
    }
    let rules = checked.hir().policies.iter().flat_map(|policy| &policy.rules).map(|rule| rule.full_name.to_string());
    let odd: Vec<(String, [usize; 2])> = rules
        .filter(|rule| !rule.ends_with("rows.t") && !rule.ends_with("rows.ok"))
        .map(|rule| (rule.clone(), seen.get(&rule).copied().unwrap_or_default()))
        .filter(|(_, [held, failed])| held - failed < 5 || *failed < 5 || *held > 1_150)
        .collect();
    assert!(odd.is_empty(), "{odd:#?}");
    assert!(events.iter().all(|count| *count > 3), "{events:?}");
}

#[test]
fn the_questions_lead_to_all_that_is_needed() {
    let checked = package();
    let reference = Evaluator::new(checked.hir());
    let pdp = Pdp::load(&compile(&checked).unwrap()).unwrap();
    let (mut frame, mut dice) = (Frame::default(), Dice(11));
    let mut asked = BTreeMap::<String, usize>::new();
    for round in 0..400_u64 {
        let request = request(&mut dice);
        let (mut answers, mut rows) = (vec![], vec![]);
        let clock = Clock { now: 1, mono: 1 };
        pdp.decode(request.as_bytes(), &mut frame).unwrap();
        let mut known = Facts::default();
        let mut facts = String::new();
        for rounds in 0.. {
            assert!(rounds < 6, "there is no end of questions: {request}");
            let questions = pdp.questions(&mut frame, clock, &known).unwrap();
            if questions.is_empty() {
                break;
            }
            for Question { source, about } in questions {
                match about {
                    About::Entity { id, .. } => answers.push(user(&mut Dice(round), &id)),
                    About::Row { table, key } => {
                        let (_, of, ..) = SAYS.iter().find(|(name, ..)| *name == table).unwrap();
                        assert_eq!(source, *of);
                        let value = says(round, &table, &key);
                        rows.push(format!(
                            r#"{{"source":"{source}","table":"{table}","rows":[{{"key":{key},"value":{value}}}],"age_seconds":0}}"#
                        ));
                        *asked.entry(table).or_default() += 1;
                    }
                }
            }
            facts = format!(
                r#"{{"now":"1970-01-01T00:00:00.000001Z","answers":[{}],"tables":[{}]}}"#,
                answers.join(","),
                rows.join(",")
            );
            known = Facts::from_json(facts.as_bytes()).unwrap();
        }
        assert_eq!(rows.iter().collect::<std::collections::BTreeSet<_>>().len(), rows.len(), "asked twice: {facts}");
        let store = Memory::default();
        let decision = pdp.decide_with(&mut frame, &Host { clock, facts: &known, store: &store });
        let decided = pdp.to_json(&decision, &frame);
        // Nothing is missing, in this decision or in one with other readings.
        assert!(!decided.contains("source"), "{request}\n{facts}\n{decided}");
        let told = eval::Host::from_json(facts.as_bytes()).unwrap();
        let expected = reference.decide(&mut World::new(), &told, request.as_bytes()).decision.to_json();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&decided).unwrap(), expected, "{request}\n{facts}");
        if !request.contains(r#""mine":"#) || request.contains(r#""mine":null"#) {
            let of_absent = rows.iter().filter(|row| row.contains(r#"["","#)).count();
            assert_eq!(of_absent, 0, "what is not there is not asked about: {facts}");
        }
    }
    assert_eq!(asked.len(), SAYS.len(), "{asked:?}");
    assert!(asked.values().all(|count| *count > 100), "{asked:?}");
}
