//! Keys of windows: a tuple of typed values as bytes, different for different tuples.

const ABSENT: u8 = 0;
const BOOL: u8 = 1;
const INT: u8 = 2;
const DECIMAL: u8 = 3;
const TEXT: u8 = 4;
const INSTANT: u8 = 5;
const MEMBER: u8 = 6;
const ENTITY: u8 = 7;
const LIST: u8 = 8;

/// One value of a key's tuple.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Component<'a> {
    /// An optional value that is not there.
    Absent,
    /// A `Bool`.
    Bool(bool),
    /// An `Int`.
    Int(i64),
    /// A `Decimal`, in ten-thousandths.
    Decimal(i64),
    /// A `String`, an `Ident`, or another type that is spelled as text, in its canonical form.
    Text(&'a str),
    /// An `Instant`, in microseconds.
    Instant(i64),
    /// A member of an enum, by name: its place may change with the package.
    Member(&'a str),
    /// An entity.
    Entity {
        /// Its type, with the package's name where entities of several packages may stand.
        kind: &'a str,
        /// Its id.
        id: &'a str,
    },
    /// A list, or the sorted elements of a set.
    List(&'a [Component<'a>]),
}

/// The canonical encoding of a tuple, which is also that of one value (a tuple of one).
///
/// Every component is a tag, the length of what follows as eight bytes, lowest first, and that many bytes. The
/// encoding can be read back without knowing the types, so two tuples have the same bytes only if they are the same:
/// `("a:b", "c")` differs from `("a", "b:c")`, and the number 1 from the text "1".
#[must_use]
pub fn encode(components: &[Component<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    encode_into(components, &mut out);
    out
}

/// Appends the same bytes as [`encode`] to `out`, whose storage can so be used again.
pub fn encode_into(components: &[Component<'_>], out: &mut Vec<u8>) {
    for component in components {
        match *component {
            Component::Absent => put(out, ABSENT, &[]),
            Component::Bool(value) => put(out, BOOL, &[u8::from(value)]),
            Component::Int(value) => put(out, INT, &value.to_le_bytes()),
            Component::Decimal(value) => put(out, DECIMAL, &value.to_le_bytes()),
            Component::Text(text) => put(out, TEXT, text.as_bytes()),
            Component::Instant(value) => put(out, INSTANT, &value.to_le_bytes()),
            Component::Member(name) => put(out, MEMBER, name.as_bytes()),
            Component::Entity { kind, id } => {
                nest(out, ENTITY, |out| encode_into(&[Component::Text(kind), Component::Text(id)], out));
            }
            Component::List(elements) => nest(out, LIST, |out| encode_into(elements, out)),
        }
    }
}

fn put(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    out.extend_from_slice(bytes);
}

/// Puts what `write` appends, whose length is known afterwards.
fn nest(out: &mut Vec<u8>, tag: u8, write: impl FnOnce(&mut Vec<u8>)) {
    put(out, tag, &[]);
    let start = out.len();
    write(out);
    let length = out.len().saturating_sub(start) as u64;
    let before = start.checked_sub(size_of::<u64>());
    if let Some(place) = before.and_then(|at| out.get_mut(at..)).and_then(<[u8]>::first_chunk_mut) {
        *place = length.to_le_bytes();
    }
}

/// One value read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decoded<'a> {
    Bool(bool),
    Int(i64),
    Decimal(i64),
    Text(&'a str),
    Instant(i64),
    Member(&'a str),
    Entity(&'a str),
}

/// Reads back what [`encode`] makes of one value that is there and no list; nothing of other bytes.
pub(crate) fn decode(bytes: &[u8]) -> Option<Decoded<'_>> {
    let (tag, value, rest) = take(bytes)?;
    let number = || Some(i64::from_le_bytes(value.try_into().ok()?));
    let text = || str::from_utf8(value).ok();
    let decoded = match tag {
        BOOL => Decoded::Bool(*value.first()? != 0),
        INT => Decoded::Int(number()?),
        DECIMAL => Decoded::Decimal(number()?),
        TEXT => Decoded::Text(text()?),
        INSTANT => Decoded::Instant(number()?),
        MEMBER => Decoded::Member(text()?),
        ENTITY => Decoded::Entity(str::from_utf8(take(take(value)?.2)?.1).ok()?),
        _ => return None,
    };
    rest.is_empty().then_some(decoded)
}

/// The first component's tag and bytes, and what follows it.
fn take(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first_chunk()?;
    let (value, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    Some((*tag, value, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A component that owns its parts.
    #[derive(Debug, Clone, PartialEq)]
    enum Owned {
        Absent,
        Bool(bool),
        Int(i64),
        Decimal(i64),
        Text(String),
        Instant(i64),
        Member(String),
        Entity(String, String),
        List(Vec<Owned>),
    }

    fn bytes(tuple: &[Owned]) -> Vec<u8> {
        fn with(rest: &[Owned], done: &mut Vec<Component<'_>>) -> Vec<u8> {
            let Some((first, rest)) = rest.split_first() else { return encode(done) };
            let then = |component: Component<'_>| {
                let mut done: Vec<Component<'_>> = done.clone();
                done.push(component);
                with(rest, &mut done)
            };
            match first {
                Owned::Absent => then(Component::Absent),
                Owned::Bool(v) => then(Component::Bool(*v)),
                Owned::Int(v) => then(Component::Int(*v)),
                Owned::Decimal(v) => then(Component::Decimal(*v)),
                Owned::Text(v) => then(Component::Text(v)),
                Owned::Instant(v) => then(Component::Instant(*v)),
                Owned::Member(v) => then(Component::Member(v)),
                Owned::Entity(kind, id) => then(Component::Entity { kind, id }),
                Owned::List(v) => then(Component::List(&v.iter().map(flat).collect::<Vec<_>>())),
            }
        }
        with(tuple, &mut vec![])
    }

    /// An element of a list, which is no list.
    fn flat(owned: &Owned) -> Component<'_> {
        match owned {
            Owned::Bool(v) => Component::Bool(*v),
            Owned::Int(v) => Component::Int(*v),
            Owned::Text(v) => Component::Text(v),
            other => panic!("{other:?} is not put into lists here"),
        }
    }

    /// Few different values, so that tuples are often nearly alike; texts contain what encodings are made of.
    fn tuple() -> impl Strategy<Value = Vec<Owned>> {
        let text = || {
            prop::collection::vec(prop::sample::select(vec!["a", "b", ":", ",", "1", "\u{1}", "\0", "\u{4}"]), 0..4)
                .prop_map(|v| v.concat())
        };
        let number = || prop_oneof![0..3_i64, any::<i64>()];
        let simple = prop_oneof![
            any::<bool>().prop_map(Owned::Bool),
            number().prop_map(Owned::Int),
            text().prop_map(Owned::Text),
        ];
        let component = prop_oneof![
            Just(Owned::Absent),
            any::<bool>().prop_map(Owned::Bool),
            number().prop_map(Owned::Int),
            number().prop_map(Owned::Decimal),
            text().prop_map(Owned::Text),
            number().prop_map(Owned::Instant),
            text().prop_map(Owned::Member),
            (text(), text()).prop_map(|(kind, id)| Owned::Entity(kind, id)),
            prop::collection::vec(simple, 0..3).prop_map(Owned::List),
        ];
        prop::collection::vec(component, 0..4)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn tuples_are_alike_exactly_if_their_bytes_are(a in tuple(), b in tuple()) {
            prop_assert_eq!(a == b, bytes(&a) == bytes(&b));
            prop_assert_eq!(bytes(&a), bytes(&a.clone()));
        }

        /// The same characters, cut elsewhere.
        #[test]
        fn texts_cut_elsewhere_differ(text in "[a-c:,\u{4}\0]{1,12}", i in 0..12_usize, j in 0..12_usize) {
            let cut = |at: usize| {
                let (head, tail) = text.split_at(at.min(text.len()));
                encode(&[Component::Text(head), Component::Text(tail)])
            };
            prop_assert_eq!(i.min(text.len()) == j.min(text.len()), cut(i) == cut(j));
        }

        /// A text may spell the encoding of other components: it stays a text.
        #[test]
        fn a_text_cannot_spell_a_component(number in 0..128_i64, text in "[a-z]{0,3}") {
            let inner = encode(&[Component::Text(&text), Component::Int(number)]);
            let spelled = String::from_utf8(inner).expect("small numbers are ASCII");
            let pair = encode(&[Component::Text(&text), Component::Int(number)]);
            prop_assert_ne!(encode(&[Component::Text(&spelled)]), pair.clone());
            prop_assert_ne!(encode(&[Component::Member(&spelled)]), pair);
        }
    }

    #[test]
    fn what_looks_alike_differs() {
        use Component::{Absent, Bool, Decimal, Entity, Instant, Int, List, Member, Text};
        let all: Vec<Vec<u8>> = vec![
            encode(&[]),
            encode(&[Absent]),
            encode(&[Absent, Absent]),
            encode(&[Text("")]),
            encode(&[Text(""), Text("")]),
            encode(&[Text("a:b"), Text("c")]),
            encode(&[Text("a"), Text("b:c")]),
            encode(&[Text("a:b:c")]),
            encode(&[Text("1")]),
            encode(&[Int(1)]),
            encode(&[Decimal(1)]),
            encode(&[Instant(1)]),
            encode(&[Bool(true)]),
            encode(&[Int(0)]),
            encode(&[Bool(false)]),
            encode(&[Member("a")]),
            encode(&[Text("a")]),
            encode(&[List(&[])]),
            encode(&[List(&[Text("a,b")])]),
            encode(&[List(&[Text("a"), Text("b")])]),
            encode(&[Text("a"), Text("b")]),
            encode(&[Entity { kind: "a", id: "b" }]),
            encode(&[Entity { kind: "ab", id: "" }]),
            encode(&[List(&[List(&[]), Text("a")])]),
            encode(&[List(&[List(&[Text("a")])])]),
        ];
        for (i, a) in all.iter().enumerate() {
            for b in all.iter().skip(i + 1) {
                assert_ne!(a, b);
            }
        }
    }

    #[test]
    fn values_are_read_back() {
        for (component, decoded) in [
            (Component::Bool(true), Decoded::Bool(true)),
            (Component::Int(-7), Decoded::Int(-7)),
            (Component::Decimal(7), Decoded::Decimal(7)),
            (Component::Text("é"), Decoded::Text("é")),
            (Component::Instant(i64::MIN), Decoded::Instant(i64::MIN)),
            (Component::Member(""), Decoded::Member("")),
            (Component::Entity { kind: "User", id: "ann" }, Decoded::Entity("ann")),
        ] {
            let mut bytes = encode(&[component]);
            assert_eq!(decode(&bytes), Some(decoded));
            bytes.push(0);
            assert_eq!(decode(&bytes), None);
            assert_eq!(decode(&bytes[..bytes.len() - 2]), None);
        }
        assert_eq!(decode(&encode(&[Component::Absent])), None);
        assert_eq!(decode(&[]), None);
    }

    #[test]
    fn the_encoding_stays_as_it_is() {
        // Stores that outlive a process are read by the next version.
        assert_eq!(
            encode(&[Component::Int(258), Component::Absent]),
            b"\x02\x08\0\0\0\0\0\0\0\x02\x01\0\0\0\0\0\0\x00\0\0\0\0\0\0\0\0"
        );
        let mut out = b"x".to_vec();
        encode_into(&[Component::Entity { kind: "K", id: "i" }], &mut out);
        assert_eq!(out, b"x\x07\x14\0\0\0\0\0\0\0\x04\x01\0\0\0\0\0\0\0K\x04\x01\0\0\0\0\0\0\0i");
    }
}
