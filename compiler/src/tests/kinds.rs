//! Times, texts that mean something, lists and hierarchies: all three evaluators over many requests.

use zt_lang::eval;
use zt_runtime::{Clock, Facts, Host};

use super::*;

const TEXT: &str = r#"
package acme.mail

enum Level ordered { low, middle, high }
type Wait = Duration in 0s .. 8h
record Line { sku : Ident, amount : Decimal places 2, note : String?, tags : List<Ident> max 8, to : Email? }
record Gateway { address : IpAddr, at : Instant }
entity Org
entity Team in Team or Org from pep { level : Level }
entity User in Team from pep { mail : Email, seen : Instant? }
entity Agent in Team from pep { joined : Instant, nets : List<IpNet> max 4, acts_for : User?, names : Set<Ident> max 8 }

tag sends { to : List<Email> max 60, text : String }

action send {
  by Agent or User  on Team  context Gateway
  tags [sends { to: input.to + (input.cc ?? []), text: input.text }]
  input {
    to : List<Email> max 20, cc : List<Email>? max 20, lines : List<Line> max 10, names : Set<Ident> max 8,
    wait : Wait, size : Size, due : Date, at : Time, count : Int, url : Url, doc : Path, host : Host,
    command : Command, teams : List<Team> max 4, text : String max 100, numbers : Set<Int> max 5
  }
}

define office(t : Instant) = t at "America/New_York" in mon..fri 09:00..17:00
define inside(to : List<Email> max 60) = all(m in to: m.domain == "example.com")
define at_example(m : Email) = m.domain == "example.com"
define small(n : Int, max : Int) = n + n <= max or n == 7
define longer(xs : Set<Ident>, n : Int) = count(xs) > n

policy times for send by Agent {
  shadow deny a when now - principal.joined > 30d and now + input.wait < 2026-06-01T00:00:00Z
  shadow deny b when input.size + 1KiB <= 10MiB * 2 and input.size < 5MB
  shadow deny c when input.due >= 2026-01-01 and input.at < 17:00:30
  shadow deny d when input.at in 22:00 .. 06:00 or input.wait in 5min .. 1h
  shadow deny e when office(now) or office(context.at)
  shadow deny f when (context.at at "Europe/Paris").date == input.due
  shadow deny g when (context.at at "Europe/Paris").time < input.at or (now at "UTC").weekday in mon .. fri
  shadow deny h when context.at at "UTC" in sat..mon 22:00..04:00
  shadow deny i when input.wait * 3 > 1h and -input.wait < 0s
}

policy texts for send by Agent {
  shadow deny a when input.doc under "/reports" and input.url.path under input.doc
  shadow deny b when input.url.host under "example.com" or input.url.port == 8443 or input.url.scheme == "http"
  shadow deny c when context.address under "10.0.0.0/8" and any(n in principal.nets: context.address under n)
  shadow deny d when input.doc matches glob"/reports/*.pdf" or input.url matches re"https://.*"
  shadow deny e when input.host in ["example.com", "a.example"] or input.host under "example.com"
  shadow deny f when input.command runs only ["git status", "git diff [--stat] *"]
  shadow deny g when input.command runs any ["rm -rf *", "curl * | bash"]
}

policy lists for send by Agent {
  shadow deny a when any(m in input.to: m.domain == "example.com") and all(l in input.lines: l.amount <= 10.00)
  shadow deny b when count(l in input.lines: l.sku == "a" and "x" in l.tags) < 1 and count(input.to) <= 1
  shadow deny c when all(m in input.to + (input.cc ?? []): m.domain under "example.com")
  shadow deny d when any(l in input.lines: l has note and l.note == "x") or any(l in input.lines: l has to as m and m.local == "a")
  shadow deny e when any(l in input.lines: all(t in l.tags: t != "z")) and inside(input.to)
  shadow deny f when count(input.names - principal.names) == 0 and "a" in input.names & ["a", "b"]
  shadow deny g when all(n in ["a", input.text]: n != "z")
  shadow deny h when count(input.names + principal.names) > 2 or input.count + 1 in input.numbers
  shadow deny i when any(n in input.numbers: n + input.count > 5)
  shadow deny j when all(n in input.numbers: n + input.count > 5) or small(input.count + 1, 9)
  shadow deny k when count(n in input.numbers: n * 2 > input.count) == 1
  shadow deny l when "a@example.com" in input.to or (if input.count > 3 then input.count else input.count + 1) < 5
  shadow deny m when any(x in [input.count + 1, 5]: x == 5)
  shadow deny n when longer(input.names & principal.names, input.count) or count(input.names & ["a"]) == 1
  shadow deny o when any(l in input.lines: at_example(l.to ?? "x@example.com")) or at_example("x@example.org")
}

policy messages for send by Agent {
  deny lists for #sends
    when input.count > 3
    because "to {input.to} cc {input.cc} all {sends.to} of {input.names} {principal.names} {input.teams} {principal.nets}"
    tell "not {input.numbers}"
}

policy above for send by Agent {
  shadow deny a when principal under Team("red")
  shadow deny b when any(t in input.teams: t under Org("acme") and t.level >= middle)
  shadow deny c when resource under Team("red") or resource in input.teams
  shadow deny d for #sends when count(sends.to) > 2 or any(m in sends.to: m == "a@example.com") or sends.text == "z"
}

policy agents for send by Agent {
  shadow deny e when principal has acts_for and principal.acts_for under Team("red")
  shadow deny f when principal has acts_for as user and user has seen as last and now - last < 1h
}
"#;

/// Numbers that look random and are the same every time.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    pub(super) fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }

    /// A JSON array of some of these.
    pub(super) fn some(&mut self, of: &[&str], most: usize) -> String {
        let count = self.roll(most + 1);
        let picked: Vec<&str> = (0..count).map(|_| self.pick(of)).collect();
        format!("[{}]", picked.join(","))
    }
}

const INSTANTS: &[&str] = &[
    r#""2026-03-27T14:00:00Z""#,
    r#""2026-03-29T00:59:59.999999Z""#,
    r#""2026-03-28T23:00:00+01:00""#,
    r#""1970-01-01T00:00:00Z""#,
    r#""1969-12-31T23:59:59Z""#,
    r#""2100-12-31T23:00:00-05:00""#,
    r#""2026-03-30T03:59:00Z""#,
];
const EMAILS: &[&str] = &[r#""a@example.com""#, r#""b@EXAMPLE.com""#, r#""a@mail.example.com""#, r#""a@example.org""#];
const NAMES: &[&str] = &[r#""a""#, r#""b""#, r#""x""#, r#""z""#];

fn team(dice: &mut Dice) -> String {
    let above = dice
        .some(&[r#"{"type":"Team","id":"red"}"#, r#"{"type":"Org","id":"acme"}"#, r#"{"type":"Team","id":"blue"}"#], 2);
    let (id, level) = (dice.pick(&["red", "blue", "acme"]), dice.pick(&["low", "middle", "high"]));
    format!(r#"{{"type":"Team","id":"{id}","properties":{{"level":"{level}","in":{above}}}}}"#)
}

fn user(dice: &mut Dice) -> String {
    let above = dice.some(&[r#"{"type":"Team","id":"red"}"#, r#"{"id":"acme","type":"Org"}"#], 2);
    let seen = if dice.roll(2) == 0 { String::new() } else { format!(r#","seen":{}"#, dice.pick(INSTANTS)) };
    let mail = dice.pick(EMAILS);
    format!(r#"{{"type":"User","id":"red","properties":{{"mail":{mail},"in":{above}{seen}}}}}"#)
}

fn agent(dice: &mut Dice) -> String {
    let above = dice.some(&[r#"{"type":"Team","id":"red"}"#, r#"{"id":"red","type":"Org"}"#], 2);
    let nets = dice.some(&[r#""10.1.0.0/16""#, r#""10.0.0.0/8""#, r#""2001:db8::/32""#], 2);
    let acts_for = if dice.roll(2) == 0 { String::new() } else { format!(r#","acts_for":{}"#, user(dice)) };
    let (joined, names) = (dice.pick(INSTANTS), dice.some(NAMES, 3));
    format!(
        r#"{{"type":"Agent","id":"bot","properties":{{"joined":{joined},"nets":{nets},"names":{names},"in":{above}{acts_for}}}}}"#
    )
}

fn line(dice: &mut Dice) -> String {
    let note = dice.pick(&["", r#","note":"x""#, r#","note":"y""#, r#","note":null"#]);
    let to = dice.pick(&["", "", r#","to":"a@example.com""#, r#","to":"b@example.com""#]);
    let (sku, amount, tags) = (dice.pick(NAMES), dice.pick(&["1.00", "10.00", "10.01"]), dice.some(NAMES, 3));
    format!(r#"{{"sku":{sku},"amount":{amount},"tags":{tags}{note}{to}}}"#)
}

fn request(dice: &mut Dice) -> String {
    let subject = if dice.roll(4) == 0 { user(dice) } else { agent(dice) };
    let lines: Vec<String> = (0..dice.roll(4)).map(|_| line(dice)).collect();
    let teams: Vec<String> = (0..dice.roll(3)).map(|_| team(dice)).collect();
    let cc = if dice.roll(2) == 0 { String::new() } else { format!(r#","cc":{}"#, dice.some(EMAILS, 3)) };
    let input = [
        format!(r#""to":{}{cc}"#, dice.some(EMAILS, 7)),
        format!(r#""lines":[{}],"teams":[{}]"#, lines.join(","), teams.join(",")),
        format!(r#""names":{}"#, dice.some(NAMES, 3)),
        format!(r#""numbers":{}"#, dice.some(&["0", "1", "4", "6", "9223372036854775807", "-9223372036854775808"], 4)),
        format!(
            r#""wait":{}"#,
            dice.pick(&[r#""PT0S""#, r#""PT5M""#, r#""PT1H""#, r#""PT8H""#, r#""PT9H""#, r#""5m""#])
        ),
        format!(r#""size":{}"#, dice.pick(&["0", "4999999", "5000000", "20970496", "20970497", "9223372036854775807"])),
        format!(
            r#""due":{}"#,
            dice.pick(&[r#""2026-03-29""#, r#""2026-03-28""#, r#""2025-12-31""#, r#""2026-02-29""#])
        ),
        format!(r#""at":{}"#, dice.pick(&[r#""00:00""#, r#""05:59:59""#, r#""17:00:30""#, r#""22:00""#])),
        format!(r#""count":{}"#, dice.pick(&["0", "3", "4", "7", "9223372036854775807", "-9223372036854775808"])),
        format!(
            r#""url":{}"#,
            dice.pick(&[
                r#""https://a.example.com/reports/a.pdf/""#,
                r#""HTTP://EXAMPLE.com:80""#,
                r#""https://example.org:8443/x?q=/reports""#,
                r#""https://example.com/%2e%2e/""#,
            ])
        ),
        format!(
            r#""doc":{}"#,
            dice.pick(&[r#""/reports/a.pdf""#, r#""/reports""#, r#""/report""#, r#""/reports/x/a.pdf""#])
        ),
        format!(
            r#""host":{}"#,
            dice.pick(&[r#""Example.com""#, r#""a.example""#, r#""d.example""#, r#""x.example.com""#])
        ),
        format!(
            r#""command":{}"#,
            dice.pick(&[
                r#""git status""#,
                r#""git diff --stat a && git status""#,
                r#""git status; rm -rf /""#,
                r#""curl http://a | bash""#,
                r#""echo 'a""#,
            ])
        ),
        format!(r#""text":{}"#, dice.pick(&[r#""a""#, r#""z""#])),
    ];
    let address = dice.pick(&[r#""10.1.2.3""#, r#""10.9.0.1""#, r#""::ffff:10.1.0.1""#, r#""2001:db8::1""#]);
    let (at, resource) = (dice.pick(INSTANTS), team(dice));
    format!(
        r#"{{"subject":{subject},"action":{{"name":"send","properties":{{{}}}}},"resource":{resource},"context":{{"address":{address},"at":{at}}}}}"#,
        input.join(",")
    )
}

#[test]
fn all_three_evaluators_agree() {
    let db = Database::default();
    let file = SourceFile::new(&db, "a.zt".into(), TEXT.to_owned());
    let package = Package::new(&db, "acme.mail".into(), vec![file], vec![]);
    let checked = check::package::package(&db, package).unwrap_or_else(|diagnostics| panic!("{diagnostics:#?}"));
    let reference = Evaluator::new(checked.hir());
    let pdp = Pdp::load(&compile(&checked).unwrap()).unwrap();
    let (mut frame, facts) = (Frame::default(), Facts::default());

    let mut dice = Dice(1);
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    for round in 0..3_000 {
        let request = request(&mut dice);
        let now = [1_774_620_000_000_000, 1_774_731_600_000_000, -1][round % 3];
        let host = Host::without_store(Clock { now, mono: now }, &facts);
        let decision = pdp.evaluate_with(request.as_bytes(), &mut frame, &host);
        if decision.refusal().is_none() {
            assert_eq!(pdp.decide_portably_with(&mut frame, &host), decision, "{request}");
        }
        let native: serde_json::Value = serde_json::from_str(&pdp.to_json(&decision, &frame)).unwrap();
        let expected = reference.evaluate_with(&eval::Host::at(now), request.as_bytes()).decision.to_json();
        assert_eq!(native, expected, "{request}");
        let mut see = |what: String| *seen.entry(what).or_default() += 1;
        match native["refusal"]["code"].as_str() {
            Some(code) => see(format!("refused {code}")),
            None => {
                let said = [("messages", "because"), ("tells", "tell")].map(|(all, text)| &native[all][0][text]);
                for said in said.into_iter().filter_map(|said| said.as_str()) {
                    for (what, told) in [(", ", "several"), ("[]", "none"), (" ? ", "absent"), ("… and", "more")] {
                        if said.contains(what) {
                            see(format!("shown {told}"));
                        }
                    }
                }
                let shadow = &native["shadow"];
                for rule in shadow["determined_by"].as_array().into_iter().flatten() {
                    see(rule.as_str().unwrap().replace("acme.mail/", "held "));
                }
                for error in shadow["errors"].as_array().into_iter().flatten() {
                    let rule = error["rule"].as_str().unwrap();
                    see(rule.replace("acme.mail/", "failed ") + " " + error["error"].as_str().unwrap());
                }
            }
        }
    }
    let seen: Vec<String> = seen.into_keys().collect();
    insta::assert_snapshot!(seen.join("\n"), @"
    failed lists.h overflow
    failed lists.i overflow
    failed lists.j overflow
    failed lists.k overflow
    failed lists.m overflow
    failed times.e zone
    failed times.f zone
    failed times.g zone
    failed times.h zone
    held above.a
    held above.b
    held above.c
    held above.d
    held agents.e
    held agents.f
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
    held lists.k
    held lists.l
    held lists.m
    held lists.n
    held lists.o
    held messages.lists
    held texts.a
    held texts.b
    held texts.c
    held texts.d
    held texts.e
    held texts.f
    held texts.g
    held times.a
    held times.b
    held times.c
    held times.d
    held times.e
    held times.f
    held times.g
    held times.h
    held times.i
    refused not_a_command
    refused not_a_date
    refused not_a_duration
    refused not_a_url
    refused out_of_range
    shown absent
    shown more
    shown none
    shown several
    ");
}
