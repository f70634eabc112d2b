//! IP addresses and networks: one text for each.
//!
//! An IPv4 address inside of IPv6 (`::ffff:10.0.0.1`) is the IPv4 address: that is where the packets go, and a
//! rule about `10.0.0.0/8` must see it. Other embeddings (NAT64, 6to4) are routed as IPv6 and stay what they are.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::reason::Reason;
use crate::respelt::printed;

const NOT_ADDRESS: Reason = Reason::new("is not an IP address in its usual form");
const NOT_NET: Reason = Reason::new("is not an address, `/` and a prefix length");
const LENGTH: Reason = Reason::new("has a prefix length that its address cannot have");
const HOST_BITS: Reason = Reason::new("has bits set below its prefix length");
const MAPPED_NET: Reason = Reason::new("is an IPv4 network written in IPv6");

/// Reads an address. No leading zeros, no zone, no shorthand of IPv4.
///
/// # Errors
/// If it is none.
pub fn parse_addr(text: &str) -> Result<IpAddr, Reason> {
    // The parser of the standard library is strict (RFC 6943, section 3.1.1 says what others accept).
    text.parse().map(|addr: IpAddr| addr.to_canonical()).map_err(|_| NOT_ADDRESS)
}

/// The one text of an address (RFC 5952).
///
/// # Errors
/// If it is none.
pub fn canonical_addr(text: &str) -> Result<Cow<'_, str>, Reason> {
    Ok(printed(text, &parse_addr(text)?))
}

/// A network: an address without host bits, and how many bits of it are fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Net {
    addr: IpAddr,
    length: u8,
}

impl Net {
    /// Reads `address/length`.
    ///
    /// # Errors
    /// If it is not that, the length is too large, bits below it are set, or it is IPv4 in IPv6.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let (addr, length) = text.split_once('/').ok_or(NOT_NET)?;
        let addr: IpAddr = addr.parse().map_err(|_| NOT_ADDRESS)?;
        if addr != addr.to_canonical() {
            return Err(MAPPED_NET);
        }
        let natural = length == "0" || !length.starts_with('0');
        if !natural || length.is_empty() || !length.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NOT_NET);
        }
        let length: u8 = length.parse().map_err(|_| LENGTH)?;
        if length > width(addr) {
            return Err(LENGTH);
        }
        let net = Self { addr, length };
        if net.head(addr) == addr { Ok(net) } else { Err(HOST_BITS) }
    }

    /// The network of one address.
    #[must_use]
    pub fn of(addr: IpAddr) -> Self {
        let addr = addr.to_canonical();
        Self { addr, length: width(addr) }
    }

    /// Whether the other network is this one or within it. IPv4 and IPv6 never contain each other.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        self.addr.is_ipv4() == other.addr.is_ipv4() && self.length <= other.length && self.head(other.addr) == self.addr
    }

    /// An address with all bits below this network's length cleared.
    fn head(&self, addr: IpAddr) -> IpAddr {
        let spare = u32::from(width(addr).saturating_sub(self.length));
        match addr {
            IpAddr::V4(v4) => {
                Ipv4Addr::from_bits(v4.to_bits() & u32::MAX.checked_shl(spare).unwrap_or_default()).into()
            }
            IpAddr::V6(v6) => {
                Ipv6Addr::from_bits(v6.to_bits() & u128::MAX.checked_shl(spare).unwrap_or_default()).into()
            }
        }
    }
}

impl std::fmt::Display for Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.addr, self.length)
    }
}

/// The one text of a network.
///
/// # Errors
/// As [`Net::parse`].
pub fn canonical_net(text: &str) -> Result<Cow<'_, str>, Reason> {
    Ok(printed(text, &Net::parse(text)?))
}

/// Whether an address or network is a network or within it. Texts that are none are under nothing.
#[must_use]
pub fn under(text: &str, net: &str) -> bool {
    let inner = if text.contains('/') { Net::parse(text) } else { parse_addr(text).map(Net::of) };
    matches!((inner, Net::parse(net)), (Ok(inner), Ok(net)) if net.contains(&inner))
}

fn width(addr: IpAddr) -> u8 {
    if addr.is_ipv4() { 32 } else { 128 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_have_one_text() {
        for (text, expected) in [
            ("10.0.0.1", "10.0.0.1"),
            ("2001:DB8:0:0::1", "2001:db8::1"),
            ("::", "::"),
            ("0:0:0:0:0:0:0:1", "::1"),
            ("::ffff:10.0.0.1", "10.0.0.1"),
            ("::FFFF:a00:1", "10.0.0.1"),
        ] {
            assert_eq!(canonical_addr(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_other_readers_take_for_an_address_is_refused() {
        for text in [
            "",
            "010.0.0.1",
            "10.0.0.01",
            "10.1",
            "0x0a.0.0.1",
            "167772161",
            "10.0.0.256",
            "10.0.0.1.",
            "10.0.0.1:80",
            "[::1]",
            "fe80::1%eth0",
            ":::",
            "1::2::3",
            "::ffff:010.0.0.1",
            " 10.0.0.1",
            "10.0.0.1\n",
            "١.٢.٣.٤",
            "10.0.0.1/32",
        ] {
            assert_eq!(canonical_addr(text), Err(NOT_ADDRESS), "{text:?}");
        }
    }

    #[test]
    fn networks_have_no_host_bits() {
        for text in ["10.0.0.0/8", "0.0.0.0/0", "10.0.0.1/32", "::/0", "2001:db8::/32", "::1/128"] {
            assert_eq!(canonical_net(text).as_deref(), Ok(text), "{text}");
        }
        assert_eq!(canonical_net("2001:DB8::/32").as_deref(), Ok("2001:db8::/32"));
        for (text, reason) in [
            ("10.0.0.1/8", HOST_BITS),
            ("::1/127", HOST_BITS),
            ("10.0.0.0/33", LENGTH),
            ("::/129", LENGTH),
            ("::/999", LENGTH),
            ("10.0.0.0", NOT_NET),
            ("10.0.0.0/", NOT_NET),
            ("10.0.0.0/08", NOT_NET),
            ("10.0.0.0/+8", NOT_NET),
            ("10.0.0.0/255.0.0.0", NOT_NET),
            ("10/8", NOT_ADDRESS),
            ("::ffff:10.0.0.0/104", MAPPED_NET),
        ] {
            assert_eq!(canonical_net(text), Err(reason), "{text}");
        }
    }

    #[test]
    fn under_is_at_or_within() {
        for (text, net, expected) in [
            ("10.1.2.3", "10.0.0.0/8", true),
            ("::ffff:10.1.2.3", "10.0.0.0/8", true),
            ("11.0.0.0", "10.0.0.0/8", false),
            ("10.0.0.0/8", "10.0.0.0/8", true),
            ("10.0.0.0/7", "10.0.0.0/8", false),
            ("10.2.0.0/16", "10.0.0.0/8", true),
            ("10.0.0.1", "10.0.0.1/32", true),
            ("10.0.0.1", "::/0", false),
            ("::1", "0.0.0.0/0", false),
            ("10.0.0.1", "10.0.0.1", false),
            ("no address", "0.0.0.0/0", false),
        ] {
            assert_eq!(under(text, net), expected, "{text} {net}");
        }
    }

    proptest! {
        #[test]
        fn canonical_texts_stay(bits: u128, v4: u32, length in 0_u8..=128) {
            for addr in [IpAddr::from(Ipv6Addr::from_bits(bits)), IpAddr::from(Ipv4Addr::from_bits(v4))] {
                let text = addr.to_string();
                let once = canonical_addr(&text).unwrap().into_owned();
                prop_assert_eq!(canonical_addr(&once), Ok(Cow::Borrowed(once.as_str())));
                let any = Net { addr: addr.to_canonical(), length: length.min(width(addr.to_canonical())) };
                let net = Net { addr: any.head(any.addr), ..any };
                let text = net.to_string();
                prop_assert!(under(&once, &text));
                prop_assert_eq!(canonical_net(&text), Ok(Cow::Borrowed(text.as_str())));
            }
        }

        #[test]
        fn any_text_has_an_answer(text: String, net: String) {
            let _ = canonical_addr(&text);
            let _ = canonical_net(&text);
            let _ = under(&text, &net);
        }

        #[test]
        fn containing_agrees_with_comparing_bits(a: u32, b: u32, length in 0_u8..=32) {
            let net = Net { addr: Ipv4Addr::from_bits(a).into(), length };
            let net = Net { addr: net.head(net.addr), length };
            let same = (0..length).all(|i| (a >> (31 - i)) & 1 == (b >> (31 - i)) & 1);
            prop_assert_eq!(net.contains(&Net::of(Ipv4Addr::from_bits(b).into())), same);
        }
    }
}
