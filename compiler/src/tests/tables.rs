//! Look-ups: all three evaluators over random keys, found and not.

use zt_runtime::{Clock, Facts, Host};

use super::forms::agree_at_random;
use super::kinds::Dice;
use super::*;

const TEXT: &str = r#"
package acme.tables

enum Region { emea, apac as "Asia" }
enum Tier ordered { low, high }
type Account = String matching re"[a-z]+" max 8
type Usd = Decimal places 2 in 0.00 .. 100.00
entity Org
entity Team in Org
entity User in Team from pep { team : Team, boss : User?, region : Region? }
entity Agent from pep { role : Ident, acts_for : User? }
entity Repository

table fees (Region, Tier) -> Usd = {
  emea | low => 1.50
  emea | high => 2.00
  apac | low => 0.50
  apac | high => 20.00
}
table open (Bool) -> Bool = { true => false  false => true }
table caps (Region, Int) -> Int = { emea | -1 => -5  emea | 0 => 9223372036854775807  apac | 7 => 3 }
table empty (Ident) -> Int = {}
table holidays (Date) -> String = { 2026-12-25 => "Christmas"  2026-01-01 => "New Year" }
table homes (Team) -> Region from file "homes.csv"
table mails (Email) -> Host from file "mails.csv"
table deputies (Account, Usd) -> Email from file "deputies.csv"
table ports (IpAddr, Size) -> Tier from file "ports.csv"
table grants { who : User or Team or Agent, role as "the role" : Ident, on : Repository } from file "grants.csv"
table pairs { a : Int, b : Tier } from file "pairs.json"

define fee(r : Region, t : Tier) = fees(r, t)
define cap(r : Region, n : Int) = caps(r, n) ?? n
define holiday(d : Date) = d in holidays
define local(m : Email) = m.local == "ann"

action act {
  by Agent or User  on Repository
  input {
    region : Region, tier : Tier, on : Bool, n : Int, name : Ident, day : Date, at : Instant, team : Team, mail : Email,
    account : Account, usd : Usd, addr : IpAddr, size : Size, user : User, mine : Region?, teams : List<Team> max 4
  }
}

policy written for act {
  shadow deny a when fees(input.region, input.tier) > 1.50
  shadow deny b when open(input.on) or open(true)
  shadow deny c when (caps(input.region, input.n) ?? 5) + 1 > 3
  shadow deny d when (empty(input.name) ?? input.n) == 7 or input.name in empty
  shadow deny e when holiday((input.at at "Europe/Paris").date) or input.day in holidays
  shadow deny f when (holidays(input.day) ?? "none") == "Christmas"
  shadow deny g when cap(input.region, input.n + 1) > 3
  shadow deny h when input has mine and fees(input.mine, high) == 20.00
  shadow deny i when fee(input.region, low) + 98.50 >= 100.00
  shadow deny j when (input.region, input.n) in caps and (emea, 0) in caps
  shadow deny k when caps(emea, input.n) ?? caps(input.region, 7) ?? 1 == 3
}

policy files for act {
  shadow deny a when (homes(input.team) ?? emea) == apac or input.team in homes
  shadow deny b when (mails(input.mail) ?? "none.example") under "example.com"
  shadow deny c when local(deputies(input.account, input.usd) ?? "ann@example.org")
  shadow deny d when (ports(input.addr, input.size) ?? low) >= high
  shadow deny e when (principal, input.name, resource) in grants
  shadow deny f when (input.user, "admin", resource) in grants or (input.team, input.name, Repository("web")) in grants
  shadow deny g when any(t in input.teams: (t, input.name, resource) in grants) and (Team("red"), "admin", resource) in grants
  shadow deny h when (input.n, input.tier) in pairs
  shadow deny i when (homes(Team("blue")) ?? emea) == input.region
  shadow deny j when all(t in input.teams: t in homes)
}

policy own for act by User {
  shadow deny a when (principal.team, input.name, resource) in grants
  shadow deny b when principal has boss and (principal.boss, input.name, resource) in grants
  shadow deny c when principal has region and fees(principal.region, input.tier) < 1.00
}
"#;

const DATA: &[(&str, &str)] = &[
    ("homes.csv", "team,region\nblue,Asia\nred,emea\n"),
    ("mails.csv", "mail,host\na@example.com,mail.example.com\nb@example.com,example.org\n"),
    ("deputies.csv", "account,usd,mail\na,1.50,ann@example.com\nb,0,bob@example.com\na,100.00,bob@example.com\n"),
    ("ports.csv", "addr,size,tier\n10.0.0.1,0,low\n10.0.0.1,1024,high\n2001:db8::1,0,high\n"),
    (
        "grants.csv",
        "who,the role,on\nUser:ann,admin,web\nTeam:ann,x,web\nAgent:bot,admin,web\nTeam:red,admin,web\nUser:ann,x,db\n",
    ),
    ("pairs.json", r#"[{"a": 0, "b": "low"}, {"b": "high", "a": -1}, {"a": 9223372036854775807, "b": "low"}]"#),
];

const NAMES: &[&str] = &["admin", "x", "y"];
const TEAMS: &[&str] = &["ann", "red", "blue", "green"];

fn entity(ty: &str, id: &str) -> String {
    format!(r#"{{"type":"{ty}","id":"{id}"}}"#)
}

fn user(dice: &mut Dice) -> String {
    let boss = match dice.roll(2) {
        0 => String::new(),
        _ => format!(
            r#","boss":{{"type":"User","id":"{}","properties":{{"team":{}}}}}"#,
            dice.pick(&["ann", "bob"]),
            entity("Team", "x")
        ),
    };
    let region = dice.pick(&["", r#","region":"Asia""#, r#","region":"emea""#]);
    let (id, team) = (dice.pick(&["ann", "bob", "bot", "red"]), dice.pick(TEAMS));
    format!(r#"{{"type":"User","id":"{id}","properties":{{"team":{}{boss}{region}}}}}"#, entity("Team", team))
}

fn request(dice: &mut Dice) -> String {
    let subject = match dice.roll(2) {
        0 => user(dice),
        _ => format!(r#"{{"type":"Agent","id":"{}","properties":{{"role":"r"}}}}"#, dice.pick(&["bot", "ann"])),
    };
    let teams: Vec<String> = (0..dice.roll(3)).map(|_| entity("Team", dice.pick(TEAMS))).collect();
    let input = [
        format!(r#""region":"{}""#, dice.pick(&["emea", "Asia"])),
        format!(r#""tier":"{}""#, dice.pick(&["low", "high"])),
        format!(r#""on":{}"#, dice.pick(&["true", "false"])),
        format!(r#""n":{}"#, dice.pick(&["-1", "0", "7", "6", "9223372036854775807", "8"])),
        format!(r#""name":"{}""#, dice.pick(NAMES)),
        format!(r#""day":"{}""#, dice.pick(&["2026-12-25", "2026-12-26", "2026-01-01"])),
        format!(r#""at":"{}""#, dice.pick(&["2026-12-24T23:30:00Z", "2026-12-25T23:30:00Z", "9999-01-01T00:00:00Z"])),
        format!(r#""team":{}"#, entity("Team", dice.pick(TEAMS))),
        format!(r#""mail":"{}""#, dice.pick(&["a@example.com", "a@EXAMPLE.com", "b@example.com", "c@example.com"])),
        format!(r#""account":"{}""#, dice.pick(&["a", "b", "c"])),
        format!(r#""usd":{}"#, dice.pick(&["1.5", "1.50", "0", "100", "99.99"])),
        format!(r#""addr":"{}""#, dice.pick(&["10.0.0.1", "::ffff:10.0.0.1", "2001:db8::1", "10.0.0.2"])),
        format!(r#""size":{}"#, dice.pick(&["0", "1024", "1"])),
        format!(r#""user":{}"#, user(dice)),
        format!(r#""teams":[{}]"#, teams.join(",")),
        dice.pick(&[r#""mine":null"#, r#""mine":"Asia""#, r#""mine":"emea""#]).to_owned(),
    ];
    let resource = entity("Repository", dice.pick(&["web", "db", "other"]));
    format!(
        r#"{{"subject":{subject},"action":{{"name":"act","properties":{{{}}}}},"resource":{resource}}}"#,
        input.join(",")
    )
}

fn checked(text: &str, data: &[(&str, &str)]) -> check::package::CheckedPackage {
    let db = Database::default();
    let file = SourceFile::new(&db, "a.zt".into(), text.to_owned());
    let data =
        data.iter().map(|(path, text)| DataFile::new(&db, (*path).into(), (*path).into(), Ok((*text).to_owned())));
    let package = Package::builder("acme.tables".into(), vec![file], vec![]).data(data.collect()).new(&db);
    check::package::package(&db, package).unwrap_or_else(|diagnostics| panic!("{diagnostics:#?}"))
}

#[test]
fn all_three_evaluators_agree() {
    let checked = checked(TEXT, DATA);
    let mut dice = Dice(1);
    let may_fail = |rule: &str| ["written.c", "written.e", "written.g"].iter().any(|name| rule.ends_with(name));
    agree_at_random(&checked, || request(&mut dice), may_fail);
}

#[test]
fn ten_thousand_rows_are_found_one_by_one() {
    const ROWS: usize = 10_000;
    let text = r#"
package acme.tables
entity Agent
entity User
table limits (User, Int) -> Int from file "limits.csv"
action act { by Agent  on User  input { n : Int } }
policy p for act { allow found when limits(resource, input.n) ?? -1 == input.n * 3 }
"#;
    let rows: String = (0..ROWS).map(|i| format!("u{},{i},{}\n", i % 97, i * 3)).collect();
    let started = std::time::Instant::now();
    let checked = checked(text, &[("limits.csv", &format!("user,n,limit\n{rows}"))]);
    let pdp = Pdp::load(&compile(&checked).unwrap()).unwrap();
    assert!(started.elapsed() < std::time::Duration::from_secs(20), "{:?}", started.elapsed());
    let (mut frame, facts) = (Frame::default(), Facts::default());
    for i in (0..ROWS).step_by(7) {
        for (user, found) in [(i % 97, true), ((i + 1) % 97, false)] {
            let request = format!(
                r#"{{"subject":{},"action":{{"name":"act","properties":{{"n":{i}}}}},"resource":{}}}"#,
                entity("Agent", "a"),
                entity("User", &format!("u{user}"))
            );
            let host = Host::without_store(Clock { now: 0, mono: 0 }, &facts);
            let decision = pdp.evaluate_with(request.as_bytes(), &mut frame, &host);
            let native: serde_json::Value = serde_json::from_str(&pdp.to_json(&decision, &frame)).unwrap();
            assert_eq!(native["effect"], if found { "allow" } else { "deny" }, "{request}");
            assert_eq!(pdp.decide_portably_with(&mut frame, &host), decision, "{request}");
        }
    }
}
