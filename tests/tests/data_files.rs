//! Data files and tables on the command line: which files are read, what is said of them, and what is decided by them.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use zt_tests::command::{Outcome, zt};

const MANIFEST: &str = "[package]\nname = \"example.desk\"\nedition = \"2026\"\n";

const POLICY: &str = r#"package example.desk

use std.time.unusual_hour

enum Region { emea, apac }
enum Tier { standard, premium }

entity User
entity Team
entity Agent from pep { role : Ident, team : Team }

action refund {
  by Agent or User
  on Team
  input { region : Region, tier : Tier, amount : Int in 0 .. }
}

table limits (Region, Tier) -> Int = {
  emea | standard => 50
  emea | premium  => 500
  apac | standard => 20
  apac | premium  => 200
}

table leads (Region, Team) -> Bool from file "data/leads.csv"

table grants { who : User or Agent, on : Team } from file "data/grants.json"

table holidays (Date) -> String = {
  2026-12-25 => "Christmas"
  2027-01-01 => "New Year"
}

define holiday(d : Date) = d in holidays

define odd(t : Instant) =
  unusual_hour((t at "Europe/Paris").weekday, (t at "Europe/Paris").time, holiday((t at "Europe/Paris").date), 09:00, 17:00)

policy refunds for refund {
  allow granted
    when (principal, resource) in grants and input.amount <= limits(input.region, input.tier)

  allow led
    when leads(input.region, resource) ?? false

  deny odd_hours
    when odd(now)
}

suite "refunds" at 2026-03-27T14:00:00Z {
  fixture bot = Agent { id: "bot", role: "support", team: Team("red") }
  request small = bot -> refund(Team("red")) { region: emea, tier: standard, amount: 50 }

  test "as the table says" {
    call small                             expect allow by granted
    call small with { amount: 51 }         expect deny by default
    call small with { tier: premium, amount: 51 } expect allow by granted
    call User("ann") -> refund(Team("blue")) { region: apac, tier: standard, amount: 20 } expect allow by granted
    call User("bot") -> refund(Team("red")) { region: emea, tier: standard, amount: 1 } expect deny by default
  }

  test "who leads" {
    call User("x") -> refund(Team("blue")) { region: emea, tier: standard, amount: 999 } expect allow by led
    call User("x") -> refund(Team("blue")) { region: apac, tier: standard, amount: 1 } expect deny by default
    call User("x") -> refund(Team("green")) { region: emea, tier: standard, amount: 1 } expect deny by default
  }
}

suite "holidays" at 2026-12-25T10:00:00Z {
  test "Christmas is a Friday" {
    call Agent { id: "bot", role: "support", team: Team("red") }
      -> refund(Team("red")) { region: emea, tier: standard, amount: 1 }
    expect deny by odd_hours
  }
}
"#;

const LEADS: &str = "region,team,leads\nemea,blue,true\napac,blue,false\n";
const GRANTS: &str = r#"[
  { "who": { "type": "Agent", "id": "bot" }, "on": { "type": "Team", "id": "red" } },
  { "who": { "type": "User", "id": "ann" }, "on": { "type": "Team", "id": "blue" } }
]
"#;

fn desk() -> TempDir {
    let dir = TempDir::new().expect("a folder");
    fs::create_dir(dir.path().join("data")).expect("a folder");
    for (path, text) in
        [("zt.toml", MANIFEST), ("desk.zt", POLICY), ("data/leads.csv", LEADS), ("data/grants.json", GRANTS)]
    {
        write(dir.path(), path, text);
    }
    dir
}

fn write(dir: &Path, path: &str, text: impl AsRef<[u8]>) {
    fs::write(dir.join(path), text).expect("written");
}

fn run(dir: &TempDir, args: &[&str], input: &[u8]) -> Outcome {
    zt(dir.path(), args, input, &[])
}

#[test]
fn a_package_with_tables_is_checked_tested_and_decides() {
    let dir = desk();
    let check = run(&dir, &["check", "."], b"");
    assert_eq!(check.code, Some(0), "{}{}", check.stdout, check.stderr);
    let test = run(&dir, &["test", "."], b"");
    assert_eq!(test.code, Some(0), "{}{}", test.stdout, test.stderr);
    let request = br#"{"subject":{"type":"User","id":"ann"},"action":{"name":"refund","properties":{"region":"apac","tier":"premium","amount":200}},"resource":{"type":"Team","id":"blue"}}"#;
    write(dir.path(), "request.json", request);
    let at = |now: &str| run(&dir, &["eval", ".", "--request", "request.json", "--now", now, "--why"], b"");
    let friday = at("2026-03-27T14:00:00Z");
    assert_eq!(friday.code, Some(0), "{}{}", friday.stdout, friday.stderr);
    assert!(friday.stdout.contains("refunds.granted"), "{}", friday.stdout);
    let saturday = at("2026-03-28T14:00:00Z");
    assert!(saturday.stdout.contains("refunds.odd_hours"), "{}", saturday.stdout);
}

#[test]
fn mistakes_in_data_files_are_shown_where_they_are() {
    let dir = desk();
    write(dir.path(), "data/leads.csv", "region,team,leads\nemea,blue,true\nemae,blue,false\n");
    let short = run(&dir, &["check", ".", "--format", "short"], b"");
    assert_eq!(short.code, Some(1), "{}{}", short.stdout, short.stderr);
    let said = format!("{}{}", short.stdout, short.stderr);
    assert!(said.contains("data/leads.csv:3:1: error[ZT0604]: \"emae\" is no `Region`"), "{said}");
    let human = run(&dir, &["check", "."], b"");
    let said = format!("{}{}", human.stdout, human.stderr);
    assert!(said.contains("emae,blue,false") && said.contains("did you mean `emea`?"), "{said}");
    assert!(said.contains("declared here"), "{said}");
}

#[test]
fn only_files_within_the_package_are_read() {
    let outside = TempDir::new().expect("a folder");
    write(outside.path(), "leads.csv", LEADS);
    let says = |change: &dyn Fn(&Path), code: &str, words: &str| {
        let dir = desk();
        change(dir.path());
        let out = run(&dir, &["check", ".", "--format", "short"], b"");
        let said = format!("{}{}", out.stdout, out.stderr);
        assert_eq!(out.code, Some(1), "{said}");
        assert!(said.contains(code) && said.contains(words), "{said}");
        assert!(said.contains("desk.zt:"), "the mistake is where the file is named: {said}");
    };
    let leads = |dir: &Path| dir.join("data/leads.csv");
    let gone = |dir: &Path| fs::remove_file(leads(dir)).expect("removed");
    says(&gone, "ZT0601", "there is no data file");
    #[cfg(unix)]
    {
        let link = |dir: &Path| {
            gone(dir);
            std::os::unix::fs::symlink(outside.path().join("leads.csv"), leads(dir)).expect("a link");
        };
        says(&link, "ZT0601", "is a link");
        // Links to folders are refused before anything is read.
        let dir = desk();
        fs::remove_dir_all(dir.path().join("data")).expect("removed");
        std::os::unix::fs::symlink(outside.path(), dir.path().join("data")).expect("a link");
        let out = run(&dir, &["check", "."], b"");
        assert_eq!(out.code, Some(2), "{}", out.stderr);
        assert!(out.stderr.contains("is a link"), "{}", out.stderr);
    }
    let made = |dir: &Path| {
        gone(dir);
        fs::create_dir(leads(dir)).expect("a folder");
    };
    says(&made, "ZT0601", "is no file");
    let foreign = |dir: &Path| {
        write(dir, "data/zt.toml", MANIFEST);
        write(dir, "data/own.zt", "package example.desk\n");
    };
    says(&foreign, "ZT0601", "belongs to a package within this one");
    says(&|dir| write(dir, "data/leads.csv", b"region,team,leads\nemea,\xff,true\n"), "ZT0601", "not UTF-8");
    says(&|dir| write(dir, "data/leads.csv", vec![b' '; (16 << 20) + 1]), "ZT0601", "16777217 bytes");
    let out = desk();
    write(out.path(), "desk.zt", POLICY.replace("data/leads.csv", "../leads.csv"));
    let said = run(&out, &["check", ".", "--format", "short"], b"");
    assert!(format!("{}{}", said.stdout, said.stderr).contains("names no data file"), "{}", said.stderr);
}

#[test]
fn formatting_leaves_data_files_alone() {
    let dir = desk();
    let messy = "region,team,leads\n\"emea\",blue,true\n\n\n";
    write(dir.path(), "data/leads.csv", messy);
    let out = run(&dir, &["fmt", "."], b"");
    assert_eq!(out.code, Some(0), "{}{}", out.stdout, out.stderr);
    assert_eq!(fs::read_to_string(dir.path().join("data/leads.csv")).expect("readable"), messy);
    let again = run(&dir, &["check", "."], b"");
    assert_eq!(again.code, Some(0), "{}{}", again.stdout, again.stderr);
}

/// The time that the machine may be busy with other things is given, too.
const SOON: Duration = Duration::from_secs(30);

#[test]
fn large_files_end_soon() {
    let dir = desk();
    let file = dir.path().join("data/leads.csv");
    let checks = |name: &str, text: String, code: i32, words: &str| {
        fs::write(&file, text).expect("written");
        let started = Instant::now();
        let out = run(&dir, &["check", ".", "--format", "short"], b"");
        let took = started.elapsed();
        let said = format!("{}{}", out.stdout, out.stderr);
        assert_eq!(out.code, Some(code), "{name}: {}", said.chars().take(500).collect::<String>());
        assert!(said.contains(words), "{name}: {}", said.chars().take(500).collect::<String>());
        assert!(took < SOON, "{name} took {took:?}");
        assert!(said.len() < 100_000, "{name} says {} bytes", said.len());
    };
    let rows = |n: usize| (0..n).map(|i| format!("emea,team-{i},true\n")).collect::<String>();
    let header = "region,team,leads\n";
    checks("10,000 rows", format!("{header}{}", rows(10_000)), 0, "");
    checks("100,000 rows", format!("{header}{}", rows(100_000)), 1, "more than 65536 rows");
    checks("100,000 wrong rows", format!("{header}{}", rows(100_000).replace("emea", "x")), 1, "is no `Region`");
    checks("a huge cell", format!("{header}emea,{},true\n", "x".repeat(15 << 20)), 1, "an id is a text");
    checks("a huge quote", format!("{header}emea,\"{}", "x".repeat(15 << 20)), 1, "a quote has no end");
    checks("many columns", ",".repeat(15 << 20), 1, "more than 256 columns");
    checks("many quotes", format!("{header}{}", "\"".repeat(15 << 20)), 1, "data/leads.csv:2:");
    checks("nothing but lines", "\n".repeat(15 << 20), 1, "is empty");
    fs::write(&file, LEADS).expect("written");
    let file = dir.path().join("data/grants.json");
    let checks = |name: &str, text: String, words: &str| {
        fs::write(&file, text).expect("written");
        let started = Instant::now();
        let out = run(&dir, &["check", ".", "--format", "short"], b"");
        let said = format!("{}{}", out.stdout, out.stderr);
        assert_eq!(out.code, Some(1), "{name}: {}", said.chars().take(500).collect::<String>());
        assert!(said.contains(words), "{name}: {}", said.chars().take(500).collect::<String>());
        assert!(started.elapsed() < SOON, "{name} took {:?}", started.elapsed());
    };
    checks("deep JSON", format!("[{}{}]", "[".repeat(1 << 20), "]".repeat(1 << 20)), "nested more than");
    checks("wide JSON", format!("[{{\"who\":[{}0]}}]", "0,".repeat(4 << 20)), "is no `User` or `Agent`");
    checks("many objects", format!("[{}{{}}]", "{},".repeat(4 << 20)), "the row lacks");
    checks("a huge string", format!("[{{\"{}\":1}}]", "x".repeat(15 << 20)), "nothing is declared for");
}
