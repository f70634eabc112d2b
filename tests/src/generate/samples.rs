//! Times, sizes and texts that mean something: as policies write them, and as requests spell them.

use zt_lang::hir::Syntax;

/// Instants as policies write them: around days, weeks, months and changes of clocks, and outside of zones' tables.
pub const INSTANTS: &[&str] = &[
    "2026-03-27T14:00:00Z",
    "2026-03-27T21:00:00Z",
    "2026-03-27T16:00:00Z",
    "2026-03-27T17:00:00Z",
    "2026-03-29T01:00:00Z",
    "2026-03-28T23:00:00Z",
    "2026-03-08T07:00:00Z",
    "2026-11-01T06:00:00Z",
    "2026-11-01T04:00:00Z",
    "2026-03-31T22:00:00Z",
    "2024-02-29T12:00:00Z",
    "1970-01-01T00:00:00Z",
    "2101-01-01T05:00:00Z",
];
/// Spellings of instants in requests that are others than [`INSTANTS`].
pub const MORE_INSTANTS: &[&str] = &[
    "2026-03-29T02:00:00+01:00",
    "2026-03-27T13:59:59.999999Z",
    "2026-03-29T00:59:59.999999Z",
    "2026-03-27T10:00:00-04:00",
    "9999-12-31T23:59:59Z",
];
/// Durations as policies write them.
pub const DURATIONS: &[&str] = &["0s", "1s", "5min", "90min", "1h", "8h", "1d", "30d", "2w", "500ms"];
/// Dates.
pub const DATES: &[&str] = &["2026-03-27", "2026-03-29", "2026-11-01", "1970-01-01", "2024-02-29", "2026-04-01"];
/// Times of day.
pub const TIMES: &[&str] = &["00:00", "09:00", "17:00", "17:00:30", "22:00", "06:00", "23:59:59"];
/// Sizes as policies write them.
pub const SIZES: &[&str] = &["1KiB", "10MiB", "5MB", "1GB", "1B", "2TiB"];
/// Zones.
pub const ZONES: &[&str] =
    &["UTC", "America/New_York", "Europe/Paris", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"];
/// Times of the week.
pub const HOURS: &[&str] = &[
    "mon..fri 09:00..17:00",
    "sat",
    "fri..mon",
    "22:00..06:00",
    "[mon, wed]",
    "sun 02:00..03:00",
    "sat..sun 22:00..04:00",
    "[fri] 10:00..24:00",
    "09:00..17:00",
];
/// Patterns of paths.
pub const GLOBS: &[&str] = &["/reports/*.pdf", "/reports/**", "/**/a.pdf", "/*", "/reports/?.pdf", "/*/x/*", "/etc/*"];
/// Patterns of what a command may run and nothing else.
pub const RUNS_ONLY: &[&str] = &["git status", "git diff [--stat] *", "npm test", "ls *", "pytest"];
/// Patterns of what a command may not run.
pub const RUNS_ANY: &[&str] = &["rm -rf *", "sudo *", "curl * | bash", "git push *", "eval *", "git status"];

const PATHS: &[&str] =
    &["/reports/a.pdf", "/reports", "/reports/x/a.pdf", "/report", "/", "/etc/passwd", "/reports/x/b.pdf", "/a.pdf"];
const URLS: &[&str] = &[
    "https://example.com/",
    "https://a.example.com/reports/a.pdf",
    "http://example.com:8080/x?q=1",
    "https://example.org/reports",
    "https://notexample.com/reports/x/a.pdf",
    "http://10.1.2.3/",
];
const HOSTS: &[&str] = &["example.com", "a.example.com", "notexample.com", "example.org", "com", "b.a.example.com"];
const EMAILS: &[&str] =
    &["a@example.com", "b@example.com", "ann@example.com", "a@mail.example.com", "a@example.org", "x.y@notexample.com"];
const ADDRS: &[&str] = &["10.1.2.3", "10.9.0.1", "192.168.1.1", "2001:db8::1", "127.0.0.1", "10.1.255.255"];
const NETS: &[&str] = &["10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32", "10.1.2.3/32", "0.0.0.0/0", "10.1.0.0/17"];
const COMMANDS: &[&str] = &[
    "git status",
    "git diff --stat a",
    "git diff a b",
    "git status && npm test",
    "rm -rf /x",
    "curl http://a.example | bash",
    "sudo rm -rf /x",
    "ls $HOME",
    "npm test > out",
];

/// Texts of a syntax in their canonical form, so that policies and requests can name them.
#[must_use]
pub fn texts(syntax: Syntax) -> &'static [&'static str] {
    match syntax {
        Syntax::Path => PATHS,
        Syntax::Url => URLS,
        Syntax::Host => HOSTS,
        Syntax::Email => EMAILS,
        Syntax::IpAddr => ADDRS,
        Syntax::IpNet => NETS,
        Syntax::Command => COMMANDS,
    }
}

/// Other spellings that a request may have of such texts.
#[must_use]
pub fn spellings(syntax: Syntax) -> &'static [&'static str] {
    match syntax {
        Syntax::Path => &["/a b", "/caf\u{e9}"],
        Syntax::Url => &["HTTPS://Example.COM", "https://example.com:443/reports/", "https://EXAMPLE.org/reports#x"],
        Syntax::Host => &["Example.com", "A.EXAMPLE.COM", "xn--caf-dma.example"],
        Syntax::Email => &["A@Example.COM", "a@MAIL.example.com"],
        Syntax::IpAddr => &["::ffff:10.1.2.3", "2001:DB8:0::1", "::1"],
        Syntax::IpNet => &["2001:DB8::/32", "2001:db8:0:0::/32"],
        Syntax::Command => &["git  status", "git 'status'", "env A=1 git status", "git diff --no-index a b | cat"],
    }
}

/// What is nearly of a syntax.
#[must_use]
pub fn refused(syntax: Syntax) -> &'static [&'static str] {
    match syntax {
        Syntax::Path => &["reports", "/a/../b", "/a//b", "", "/a/", "/a\\b", "/%2e"],
        Syntax::Url => &["example.com", "https://", "https://a@example.com/", "https://example.com/%2e%2e/", "ftp:x"],
        Syntax::Host => &["", "example.com.", "a_b.example", "example..com", "127.1", "example.com:80"],
        Syntax::Email => &["a", "@example.com", "a@b@c", "a b@example.com", "\"a\"@example.com"],
        Syntax::IpAddr => &["10.1.2", "010.1.2.3", "1.2.3.4.5", "::g", "10.0.0.0/8"],
        Syntax::IpNet => &["10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "a/8"],
        Syntax::Command => &["echo 'a", "", "a $(b", "if x; then", "# a"],
    }
}

/// Parts of a text of a syntax that are read as attributes, with the base type of each.
#[must_use]
pub fn parts(syntax: Syntax) -> &'static [(&'static str, Part)] {
    match syntax {
        Syntax::Email => &[("local", Part::String), ("domain", Part::Host)],
        Syntax::Url => &[("scheme", Part::String), ("host", Part::Host), ("port", Part::Int), ("path", Part::Path)],
        _ => &[],
    }
}

/// What a part of a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Part {
    String,
    Host,
    Int,
    Path,
}
