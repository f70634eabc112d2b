//! Hosts: a DNS name or the literal of an IP address.
//!
//! Names are lower case ASCII without a trailing dot. `_` is refused: names of hosts have none (RFC 1123), and
//! readers differ on it. A last label that is a number is refused, since `127.1` and `0x7f.1` are addresses to
//! some readers and names to others (RFC 6943, section 3.1.1). IPv6 stands without its brackets.

use std::borrow::Cow;

use crate::ip;
use crate::reason::{EMPTY, Reason};

const TOO_LONG: Reason = Reason::new("is longer than 253 bytes");
const NOT_ASCII: Reason = Reason::new("has a character outside of ASCII; write its encoded form (`xn--…`)");
const PORT: Reason = Reason::new("has a colon; the port stands apart");
const LAST_DOT: Reason = Reason::new("ends with a dot");
const LABEL_LENGTH: Reason = Reason::new("has a part between dots that is empty or longer than 63 bytes");
const LABEL_BYTES: Reason = Reason::new("has a character other than letters, digits, `-` and dots");
const HYPHEN: Reason = Reason::new("has a part between dots that begins or ends with `-`");
const NUMBER: Reason = Reason::new("ends with a number, but is no IP address in its usual form");

/// The one text of a host.
///
/// # Errors
/// If it is none.
pub fn canonical(text: &str) -> Result<Cow<'_, str>, Reason> {
    if let Some(inner) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
        return if inner.contains(':') { ip::canonical_addr(inner) } else { Err(LABEL_BYTES) };
    }
    if let Ok(addr) = ip::canonical_addr(text) {
        return Ok(addr);
    }
    if text.is_empty() {
        return Err(EMPTY);
    }
    if text.len() > 253 {
        return Err(TOO_LONG);
    }
    if !text.is_ascii() {
        return Err(NOT_ASCII);
    }
    if text.contains(':') {
        return Err(PORT);
    }
    if text.ends_with('.') {
        return Err(LAST_DOT);
    }
    for label in text.split('.') {
        if label.is_empty() || label.len() > 63 {
            return Err(LABEL_LENGTH);
        }
        if !label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(LABEL_BYTES);
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err(HYPHEN);
        }
    }
    if text.rsplit('.').next().is_some_and(is_number) {
        return Err(NUMBER);
    }
    if text.bytes().any(|b| b.is_ascii_uppercase()) {
        return Ok(Cow::Owned(text.to_ascii_lowercase()));
    }
    Ok(Cow::Borrowed(text))
}

/// Whether some reader takes a label for a number: decimal or octal digits, or `0x` and hexadecimal ones.
fn is_number(label: &str) -> bool {
    match label.get(..2) {
        Some("0x" | "0X") => label.bytes().skip(2).all(|b| b.is_ascii_hexdigit()),
        _ => label.bytes().all(|b| b.is_ascii_digit()),
    }
}

/// Whether a canonical host is an IP address.
#[must_use]
pub fn is_addr(host: &str) -> bool {
    host.contains(':') || host.rsplit('.').next().is_some_and(is_number)
}

/// Whether a canonical host is a canonical domain or a name below it. An address is under itself only.
#[must_use]
pub fn under(host: &str, domain: &str) -> bool {
    if host == domain {
        return true;
    }
    let below = host.strip_suffix(domain).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'));
    below && !domain.is_empty() && !is_addr(host)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hosts_have_one_text() {
        for (text, expected) in [
            ("example.com", "example.com"),
            ("API.Example.COM", "api.example.com"),
            ("localhost", "localhost"),
            ("r3---sn-x.example.com", "r3---sn-x.example.com"),
            ("xn--bcher-kva.example.com", "xn--bcher-kva.example.com"),
            ("1.example.com", "1.example.com"),
            ("10.0.0.1", "10.0.0.1"),
            ("[2001:DB8::1]", "2001:db8::1"),
            ("::1", "::1"),
            ("[::ffff:127.0.0.1]", "127.0.0.1"),
        ] {
            assert_eq!(canonical(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn trailing_dot_port_and_other_spellings_of_a_host_are_refused() {
        for (text, reason) in [
            ("", EMPTY),
            ("example.com.", LAST_DOT),
            ("example.com:443", PORT),
            ("[::1]:443", PORT),
            (".example.com", LABEL_LENGTH),
            ("a..example.com", LABEL_LENGTH),
            ("-a.example.com", HYPHEN),
            ("a-.example.com", HYPHEN),
            ("_dmarc.example.com", LABEL_BYTES),
            ("*.example.com", LABEL_BYTES),
            ("a b.example.com", LABEL_BYTES),
            ("a%2eexample.com", LABEL_BYTES),
            ("user@example.com", LABEL_BYTES),
            ("example.com/", LABEL_BYTES),
            ("example.com\n", LABEL_BYTES),
            ("example.com\0", LABEL_BYTES),
            ("[10.0.0.1]", LABEL_BYTES),
            ("[example.com]", LABEL_BYTES),
        ] {
            assert_eq!(canonical(text), Err(reason), "{text:?}");
        }
        assert_eq!(canonical(&format!("{}.example.com", "a".repeat(64))), Err(LABEL_LENGTH));
        assert!(canonical(&format!("{}.example.com", "a".repeat(63))).is_ok());
        assert_eq!(canonical(&"a.".repeat(127)), Err(TOO_LONG));
        assert!(canonical(&format!("{}a", "a.".repeat(126))).is_ok());
    }

    #[test]
    fn numbers_that_some_readers_take_for_addresses_are_refused() {
        for text in
            ["127.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "127.0.0.01", "1.2.3.4.5", "a.1", "a.0x"]
        {
            assert_eq!(canonical(text), Err(NUMBER), "{text}");
        }
    }

    #[test]
    fn kelvin_sign_fullwidth_dotless_i_and_joiners_are_refused_in_hosts() {
        for text in
            ["\u{212a}.example.com", "\u{ff41}.com", "\u{131}.com", "a\u{200d}b.com", "a\u{3002}com", "\u{202e}.com"]
        {
            assert_eq!(canonical(text), Err(NOT_ASCII), "{text:?}");
        }
    }

    #[test]
    fn under_counts_labels_not_letters() {
        for (host, domain, expected) in [
            ("example.com", "example.com", true),
            ("a.example.com", "example.com", true),
            ("b.a.example.com", "example.com", true),
            ("xa.example.com", "a.example.com", false),
            ("example.com", "a.example.com", false),
            ("a.example.com.b.example.com", "a.example.com", false),
            ("example.com", "com", true),
            (".example.com", "example.com", false),
            ("example.com", "", false),
            ("a.", "", false),
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "0.0.1", false),
            ("10.0.0.1", "1", false),
            ("::1", "::1", true),
            ("::1", "1", false),
        ] {
            assert_eq!(under(host, domain), expected, "{host} {domain}");
        }
    }

    proptest! {
        #[test]
        fn canonical_texts_stay(text in "[A-Za-z0-9.:\\[\\]-]{0,20}|[a-zA-Z]{1,5}(\\.[A-Z0-9a-z]{1,4}){0,3}") {
            if let Ok(once) = canonical(&text) {
                prop_assert_eq!(canonical(&once), Ok(Cow::Borrowed(&*once)));
                prop_assert!(under(&once, &once));
                let parsed = url::Host::parse(&if once.contains(':') { format!("[{once}]") } else { once.to_string() });
                // Another reader takes it for a name or an address as we do. It also decodes `xn--`, which we do not.
                match parsed {
                    Ok(url::Host::Domain(name)) => { prop_assert!(!is_addr(&once)); prop_assert_eq!(&name, &*once); }
                    Ok(url::Host::Ipv4(addr)) => { prop_assert!(is_addr(&once)); prop_assert_eq!(addr.to_string(), &*once); }
                    Ok(url::Host::Ipv6(addr)) => { prop_assert!(is_addr(&once)); prop_assert_eq!(addr.to_string(), &*once); }
                    Err(_) => prop_assert!(once.contains("xn--"), "{once}"),
                }
            }
        }

        #[test]
        fn any_text_has_an_answer(text: String, other: String) {
            let _ = canonical(&text);
            let _ = under(&text, &other);
        }
    }
}
