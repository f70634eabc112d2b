//! E-mail addresses: `local@domain`, the form that every mail system reads alike.
//!
//! The local part is a dot-atom (RFC 5322) without quotes and comments. `%` and `!` are refused, since old relays
//! read a route to another domain in them; `/`, `|` and the backtick, since delivery agents read files and programs.
//! The case of the local part is kept (RFC 5321): whether it counts is for the domain to say.

use std::borrow::Cow;

use crate::host;
use crate::reason::{EMPTY, Reason};

const NO_AT: Reason = Reason::new("has no `@`");
const MANY_AT: Reason = Reason::new("has more than one `@`");
const TOO_LONG: Reason = Reason::new("is longer than 254 bytes");
const LOCAL_LENGTH: Reason = Reason::new("has nothing, or more than 64 bytes, before its `@`");
const LOCAL_BYTES: Reason = Reason::new("has a character before its `@` that addresses do without");
const LOCAL_DOTS: Reason = Reason::new("has a dot at the start or end of what is before its `@`, or two in a row");
const ADDR: Reason = Reason::new("has an IP address for a domain");
const DOMAIN: Reason = Reason::new("has no DNS name after its `@`");

/// An address: its canonical text, and where its parts are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email<'t> {
    text: Cow<'t, str>,
    /// Bytes of the local part; the `@` follows.
    at: usize,
}

impl<'t> Email<'t> {
    /// Reads an address.
    ///
    /// # Errors
    /// If it is none.
    pub fn parse(text: &'t str) -> Result<Self, Reason> {
        if text.is_empty() {
            return Err(EMPTY);
        }
        let (local, domain) = text.split_once('@').ok_or(NO_AT)?;
        if domain.contains('@') {
            return Err(MANY_AT);
        }
        if local.is_empty() || local.len() > 64 {
            return Err(LOCAL_LENGTH);
        }
        if !local.bytes().all(|b| b.is_ascii_alphanumeric() || b"#$&'*+-=?^_{}~.".contains(&b)) {
            return Err(LOCAL_BYTES);
        }
        if local.split('.').any(str::is_empty) {
            return Err(LOCAL_DOTS);
        }
        if text.len() > 254 {
            return Err(TOO_LONG);
        }
        if domain.starts_with('[') {
            return Err(ADDR);
        }
        let canonical = host::canonical(domain).map_err(|_| DOMAIN)?;
        if host::is_addr(&canonical) {
            return Err(ADDR);
        }
        let at = local.len();
        Ok(match canonical {
            Cow::Borrowed(_) => Self { text: Cow::Borrowed(text), at },
            Cow::Owned(domain) => Self { text: Cow::Owned(format!("{local}@{domain}")), at },
        })
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

    /// What is before the `@`, a part of the canonical text.
    #[must_use]
    pub fn local(&self) -> &str {
        local(&self.text)
    }

    /// The host after the `@`, a part of the canonical text.
    #[must_use]
    pub fn domain(&self) -> &str {
        domain(&self.text)
    }

    /// Where the domain begins in the canonical text, in bytes.
    #[must_use]
    pub fn domain_start(&self) -> usize {
        self.at.saturating_add(1)
    }
}

/// What is before the `@` of a canonical address.
#[must_use]
pub fn local(canonical: &str) -> &str {
    canonical.split_once('@').map_or("", |(local, _)| local)
}

/// What is after the `@` of a canonical address.
#[must_use]
pub fn domain(canonical: &str) -> &str {
    canonical.split_once('@').map_or("", |(_, domain)| domain)
}

/// The one text of an address.
///
/// # Errors
/// If it is none.
pub fn canonical(text: &str) -> Result<Cow<'_, str>, Reason> {
    Email::parse(text).map(Email::into_text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_have_one_text_and_two_parts() {
        for (text, expected) in [
            ("ann@example.com", "ann@example.com"),
            ("Ann.Lee+x@Mail.Example.COM", "Ann.Lee+x@mail.example.com"),
            ("root@localhost", "root@localhost"),
            ("o'neil@example.com", "o'neil@example.com"),
        ] {
            let email = Email::parse(text).unwrap();
            assert_eq!(email.as_str(), expected);
            assert_eq!(format!("{}@{}", email.local(), email.domain()), expected);
            assert_eq!(&expected[email.domain_start()..], email.domain());
            // The parts are of the canonical text, not copies.
            assert!(email.as_str().as_bytes().as_ptr_range().contains(&email.domain().as_ptr()));
        }
    }

    #[test]
    fn what_mail_systems_read_differently_is_refused() {
        for (text, reason) in [
            ("", EMPTY),
            ("example.com", NO_AT),
            ("a@b@example.com", MANY_AT),
            ("@example.com", LOCAL_LENGTH),
            ("a@", DOMAIN),
            ("a@example.com.", DOMAIN),
            ("a@exa_mple.com", DOMAIN),
            ("a@example.com ", DOMAIN),
            ("a@example.com, b", DOMAIN),
            ("a@example.com\nBcc: b", DOMAIN),
            ("a@b\u{fc}cher.example.com", DOMAIN),
            ("a@[10.0.0.1]", ADDR),
            ("a@10.0.0.1", ADDR),
            ("a@::1", ADDR),
            (".a@example.com", LOCAL_DOTS),
            ("a.@example.com", LOCAL_DOTS),
            ("a..b@example.com", LOCAL_DOTS),
            ("\"a b\"@example.com", LOCAL_BYTES),
            ("a b@example.com", LOCAL_BYTES),
            ("Ann <ann@example.com", LOCAL_BYTES),
            ("a(x)@example.com", LOCAL_BYTES),
            ("b%other@example.com", LOCAL_BYTES),
            ("other!b@example.com", LOCAL_BYTES),
            ("|sh@example.com", LOCAL_BYTES),
            ("\u{212a}@example.com", LOCAL_BYTES),
            ("a\u{200d}@example.com", LOCAL_BYTES),
            ("a\0@example.com", LOCAL_BYTES),
        ] {
            assert_eq!(canonical(text), Err(reason), "{text:?}");
        }
        assert!(canonical(&format!("{}@example.com", "a".repeat(64))).is_ok());
        assert_eq!(canonical(&format!("{}@example.com", "a".repeat(65))), Err(LOCAL_LENGTH));
        assert_eq!(canonical(&format!("a@{}a", "a.".repeat(126))), Err(TOO_LONG));
    }

    proptest! {
        #[test]
        fn canonical_texts_stay(text in "[A-Za-z.+%!@\" -]{0,12}@[A-Za-z0-9.-]{0,12}") {
            if let Ok(once) = canonical(&text) {
                prop_assert_eq!(canonical(&once), Ok(Cow::Borrowed(&*once)));
                prop_assert_eq!(host::canonical(domain(&once)), Ok(Cow::Borrowed(domain(&once))));
            }
        }

        #[test]
        fn any_text_has_an_answer(text: String) {
            let _ = canonical(&text);
            let _ = (local(&text), domain(&text));
        }
    }
}
