//! URLs: absolute, of the schemes that a gateway can look into (`http`, `https`, `ws`, `wss`).
//!
//! Read strictly by RFC 3986, not as browsers do: what a browser would repair is refused. Scheme and host become
//! lower case, the scheme's own port goes, an empty path becomes `/`, and escapes get upper case digits. User
//! names, fragments and empty ports are refused. The path keeps the rules of [`crate::path`], save that one
//! trailing slash may be there: it stays in the text, and [`Url::path`] is the path without it, so that a rule
//! about `/admin` is one about `/admin/`. The query is not looked into.

use std::borrow::Cow;
use std::fmt::Write;
use std::ops::Range;

use crate::host;
use crate::path;
use crate::reason::{EMPTY, Reason};
use crate::respelt::Respelt;

const RELATIVE: Reason = Reason::new("is not an absolute URL");
const SCHEME: Reason = Reason::new("has a scheme other than `http`, `https`, `ws` and `wss`");
const CHARACTER: Reason = Reason::new("has a character that a URL may only have escaped");
const PERCENT: Reason = Reason::new("has a `%` that no two hexadecimal digits follow");
const USER: Reason = Reason::new("has a user name before its host");
const FRAGMENT: Reason = Reason::new("has a fragment (`#`)");
const HOST: Reason = Reason::new("has a host that is neither a DNS name nor an IP address, each in its usual form");
const PORT: Reason = Reason::new("has a port that is not a number from 1 to 65535");
const DOUBLE: Reason = Reason::new("has an empty segment (`//`) in its path");

/// Schemes and their own ports.
const SCHEMES: [(&str, u16); 4] = [("http", 80), ("https", 443), ("ws", 80), ("wss", 443)];

/// Where the parts of a canonical URL are, in bytes of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// The scheme, without `:`.
    pub scheme: Range<usize>,
    /// The host, without the brackets of IPv6.
    pub host: Range<usize>,
    /// The port, if it is not the scheme's own.
    pub port: Option<Range<usize>>,
    /// The path, without its trailing slash.
    pub path: Range<usize>,
    /// The query, without `?`.
    pub query: Option<Range<usize>>,
}

/// A URL: its canonical text, and where its parts are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url<'t> {
    text: Cow<'t, str>,
    parts: Parts,
    port: u16,
}

impl<'t> Url<'t> {
    /// Reads a URL.
    ///
    /// # Errors
    /// If it is none.
    pub fn parse(text: &'t str) -> Result<Self, Reason> {
        if text.is_empty() {
            return Err(EMPTY);
        }
        let (scheme, rest) = text.split_once("://").ok_or(RELATIVE)?;
        let (scheme, own_port) = SCHEMES.iter().find(|(name, _)| scheme.eq_ignore_ascii_case(name)).ok_or(SCHEME)?;
        if rest.contains('#') {
            return Err(FRAGMENT);
        }
        let (rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, Some(query)),
            None => (rest, None),
        };
        let (authority, path) = match rest.find('/').and_then(|at| rest.split_at_checked(at)) {
            Some((authority, path)) => (authority, path),
            None => (rest, "/"),
        };
        if authority.contains('@') {
            return Err(USER);
        }
        let (host, port) = split_port(authority)?;
        let port = port.unwrap_or(*own_port);
        let host = host::canonical(host).map_err(|_| HOST)?;
        let path = escapes(path, b"-._~!$&'()*+,;=:@/")?;
        let query = query.map(|q| escapes(q, b"-._~!$&'()*+,;=:@/?")).transpose()?;
        let whole = path.strip_suffix('/').filter(|p| !p.is_empty());
        if whole == Some("/") {
            return Err(DOUBLE);
        }
        path::canonical(whole.unwrap_or(&path))?;

        // The text is written anew, and each part noted as it is.
        let mut canonical = Respelt::new(text);
        let scheme = push(&mut canonical, scheme);
        canonical.push("://");
        let host = if host.contains(':') {
            canonical.push("[");
            let range = push(&mut canonical, &host);
            canonical.push("]");
            range
        } else {
            push(&mut canonical, &host)
        };
        let shown = (port != *own_port).then(|| {
            canonical.push(":");
            let start = canonical.len();
            // Writing to it cannot fail.
            let _ = write!(canonical, "{port}");
            start..canonical.len()
        });
        let whole = push(&mut canonical, whole.unwrap_or(&path));
        if whole.len() < path.len() {
            canonical.push("/");
        }
        let query = query.map(|query| {
            canonical.push("?");
            push(&mut canonical, &query)
        });
        let parts = Parts { scheme, host, port: shown, path: whole, query };
        Ok(Self { text: canonical.finish(), parts, port })
    }

    /// The canonical text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The canonical text, kept.
    #[must_use]
    pub fn into_text(self) -> Cow<'t, str> {
        self.text
    }

    /// Where the parts are.
    #[must_use]
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The scheme.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.part(&self.parts.scheme)
    }

    /// The host, as [`crate::host::canonical`] has it.
    #[must_use]
    pub fn host(&self) -> &str {
        self.part(&self.parts.host)
    }

    /// The port, which is the scheme's own if none is written.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The path, as [`crate::path::canonical`] has it.
    #[must_use]
    pub fn path(&self) -> &str {
        self.part(&self.parts.path)
    }

    /// The query, if there is a `?`.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.parts.query.as_ref().map(|range| self.part(range))
    }

    fn part(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }
}

/// The one text of a URL.
///
/// # Errors
/// If it is none.
pub fn canonical(text: &str) -> Result<Cow<'_, str>, Reason> {
    Url::parse(text).map(Url::into_text)
}

fn push(text: &mut Respelt<'_>, part: &str) -> Range<usize> {
    let start = text.len();
    text.push(part);
    start..text.len()
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), Reason> {
    // Colons inside of brackets are the address's.
    let after_bracket = authority.rfind(']').unwrap_or(0);
    let colon = authority.rfind(':').filter(|at| *at > after_bracket || after_bracket == 0);
    let Some((host, port)) = colon.and_then(|at| authority.split_at_checked(at)) else {
        return Ok((authority, None));
    };
    // An address without brackets is no host of a URL.
    if host.contains(':') && !host.ends_with(']') {
        return Err(PORT);
    }
    let digits = port.strip_prefix(':').unwrap_or_default();
    if digits.starts_with('0') || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(PORT);
    }
    digits.parse().map(|port| (host, Some(port))).map_err(|_| PORT)
}

/// Checks the characters of a path or query and gives its escapes upper case digits.
fn escapes<'t>(text: &'t str, marks: &[u8]) -> Result<Cow<'t, str>, Reason> {
    let mut bytes = text.bytes();
    let mut lower = false;
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let (Some(high), Some(low)) = (bytes.next(), bytes.next()) else { return Err(PERCENT) };
            if !high.is_ascii_hexdigit() || !low.is_ascii_hexdigit() {
                return Err(PERCENT);
            }
            lower |= high.is_ascii_lowercase() || low.is_ascii_lowercase();
        } else if !byte.is_ascii_alphanumeric() && !marks.contains(&byte) {
            return Err(CHARACTER);
        }
    }
    if !lower {
        return Ok(Cow::Borrowed(text));
    }
    let mut digits = 0_u8;
    let raised = text.chars().map(|c| {
        let of_escape = digits > 0;
        digits = if c == '%' { 2 } else { digits.saturating_sub(1) };
        if of_escape { c.to_ascii_uppercase() } else { c }
    });
    Ok(Cow::Owned(raised.collect()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn urls_have_one_text() {
        for (text, expected) in [
            ("https://example.com", "https://example.com/"),
            ("HTTPS://Example.COM:443/", "https://example.com/"),
            ("http://example.com:443/a", "http://example.com:443/a"),
            ("https://example.com?x=1", "https://example.com/?x=1"),
            ("https://example.com/docs/", "https://example.com/docs/"),
            ("https://example.com/a%20b?q=%c3%a9%2F", "https://example.com/a%20b?q=%C3%A9%2F"),
            ("https://example.com/%c3%a9f", "https://example.com/%C3%A9f"),
            ("wss://[2001:DB8::1]:8443/x", "wss://[2001:db8::1]:8443/x"),
            ("http://10.0.0.1/", "http://10.0.0.1/"),
            ("http://[::ffff:10.0.0.1]/", "http://10.0.0.1/"),
            ("https://example.com/?", "https://example.com/?"),
            ("https://example.com/a?b?c/../d", "https://example.com/a?b?c/../d"),
        ] {
            assert_eq!(canonical(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn parts_are_of_the_canonical_text() {
        let url = Url::parse("HTTPS://[2001:DB8::1]:8443/docs/?q=1").unwrap();
        assert_eq!(url.as_str(), "https://[2001:db8::1]:8443/docs/?q=1");
        assert_eq!((url.scheme(), url.host(), url.port()), ("https", "2001:db8::1", 8443));
        assert_eq!((url.path(), url.query()), ("/docs", Some("q=1")));
        assert!(url.as_str().as_bytes().as_ptr_range().contains(&url.path().as_ptr()));
        assert_eq!(url.parts().port.clone().map(|r| &url.as_str()[r]), Some("8443"));
        let url = Url::parse("ws://example.com").unwrap();
        assert_eq!((url.port(), url.path(), url.query(), &url.parts().port), (80, "/", None, &None));
    }

    #[test]
    fn what_readers_of_urls_read_differently_is_refused() {
        for (text, reason) in [
            ("", EMPTY),
            ("/a", RELATIVE),
            ("//example.com/a", RELATIVE),
            ("example.com", RELATIVE),
            ("https:/example.com", RELATIVE),
            ("https:\\\\example.com", RELATIVE),
            (" https://example.com", SCHEME),
            ("ftp://example.com/", SCHEME),
            ("file:///etc/passwd", SCHEME),
            ("javascript://example.com/%0aalert(1)", SCHEME),
            ("https://user@example.com/", USER),
            ("https://example.com:x@other.example.com/", USER),
            ("https://example.com\\@other.example.com/", USER),
            ("https://example.com#@other.example.com/", FRAGMENT),
            ("https://example.com/a#b", FRAGMENT),
            ("https://example.com:/", PORT),
            ("https://example.com:0/", PORT),
            ("https://example.com:0443/", PORT),
            ("https://example.com:65536/", PORT),
            ("https://example.com:+80/", PORT),
            ("https://::1/", PORT),
            ("https:///a", HOST),
            ("https://example.com./", HOST),
            ("https://exa%6dple.com/", HOST),
            ("https://ex\u{e4}mple.com/", HOST),
            ("https://127.1/", HOST),
            ("https://0x7f.0.0.1/", HOST),
            ("https://[::1/", PORT),
            ("https://[fe80::1%25eth0]/", HOST),
            ("https://example.com/a b", CHARACTER),
            ("https://example.com/a\\b", CHARACTER),
            ("https://example.com/a\tb", CHARACTER),
            ("https://example.com/\u{e9}", CHARACTER),
            ("https://example.com/?q=\n", CHARACTER),
            ("https://example.com/?q=%4", PERCENT),
            ("https://example.com/%zz", PERCENT),
            ("https://example.com//", DOUBLE),
        ] {
            assert_eq!(canonical(text), Err(reason), "{text:?}");
        }
    }

    #[test]
    fn paths_of_urls_keep_the_rules_of_paths() {
        for path in [
            "//admin",
            "/a//b",
            "/a//",
            "/public/../admin",
            "/./admin",
            "/public/%2e%2e/admin",
            "/%252e%252e/a",
            "/a%2Fb",
            "/a%5cb",
            "/..;/admin",
            "/admin;x=1",
            "/%00",
            "/%0a",
            "/%C0%AF",
            "/%ff",
            "/adm%69n",
            "/a%3Fb",
            "/a%23b",
            "/a%25b",
            "/..",
            "/../",
            "/a/./",
            "/%d0%b0dmin",
            "/a%e2%80%8d",
        ] {
            assert!(canonical(&format!("https://example.com{path}")).is_err(), "{path}");
        }
    }

    fn urllike() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "/",
            "a",
            "B",
            ".",
            "%2e",
            "%20",
            "%c3%a9",
            "?",
            "=1",
            "[",
            "]",
            ":",
            "8",
            "@",
            "-",
            "example.com",
            "~",
            "'",
            "&",
        ]);
        let start = prop::sample::select(vec![
            "http://",
            "HTTPS://example.com",
            "wss://A.example.com:443/",
            "ws://[::1]",
            "http://1.2.3.4",
        ]);
        (start, prop::collection::vec(piece, 0..8)).prop_map(|(s, p)| format!("{s}{}", p.concat()))
    }

    proptest! {
        #[test]
        fn canonical_texts_stay_and_other_readers_see_the_same_parts(text in urllike()) {
            if let Ok(url) = Url::parse(&text) {
                let again = Url::parse(url.as_str()).unwrap();
                prop_assert_eq!(&again, &Url { text: Cow::Borrowed(url.as_str()), ..url.clone() });
                prop_assert_eq!(path::canonical(url.path()), Ok(Cow::Borrowed(url.path())));
                prop_assert_eq!(host::canonical(url.host()), Ok(Cow::Borrowed(url.host())));

                // RFC 3986, strictly.
                let strict = fluent_uri::Uri::parse(url.as_str()).unwrap();
                let authority = strict.authority().unwrap();
                prop_assert_eq!(strict.scheme().as_str(), url.scheme());
                prop_assert_eq!(authority.host().trim_start_matches('[').trim_end_matches(']'), url.host());
                prop_assert_eq!(authority.port().map(|p| p.as_str().to_owned()), url.parts().port.clone().map(|r| url.as_str()[r].to_owned()));
                prop_assert_eq!(strict.path().as_str().trim_end_matches('/'), url.path().trim_end_matches('/'));
                prop_assert_eq!(strict.query().map(|q| q.as_str()), url.query());

                // What browsers do: they repair nothing of it.
                let browser = url::Url::parse(url.as_str()).unwrap();
                prop_assert_eq!(browser.as_str().replace("%27", "'"), url.as_str());
                prop_assert_eq!(browser.port_or_known_default(), Some(url.port()));
                prop_assert_eq!(browser.host_str().unwrap().trim_start_matches('[').trim_end_matches(']'), url.host());
            }
        }

        #[test]
        fn any_text_has_an_answer(text: String) {
            let _ = canonical(&text);
            let _ = canonical(&format!("https://{text}"));
        }
    }
}
