//! What a request may look like: the types of the policy's world, and where their values go.
//!
//! The decoder is driven by these tables. Everything in a request is checked against them; only what
//! some rule reads gets a slot in the frame.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
pub use zt_values::Shape;

use crate::nesting;

/// Index of a type in [`crate::ir::Program::types`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TypeId(pub u32);

/// Index of a pattern in [`crate::ir::Program::patterns`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PatternId(pub u32);

/// Index of a 64-bit slot of the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Slot(pub u32);

/// A declared type with its refinements: what the decoder accepts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Type {
    /// JSON `true` or `false`; a slot holds 1 or 0.
    Bool,
    /// A JSON integer, both bounds included; a slot holds it.
    Int {
        /// Least value accepted.
        min: i64,
        /// Greatest value accepted.
        max: i64,
    },
    /// A JSON number in ten-thousandths, both bounds included; a slot holds it.
    Decimal {
        /// Digits accepted after the point, 0 to 4.
        places: u8,
        /// Least value accepted, in ten-thousandths.
        min: i64,
        /// Greatest value accepted, in ten-thousandths.
        max: i64,
    },
    /// A JSON string; a slot holds a reference into the text arena.
    Text {
        /// True for `Ident`: never empty, and only the characters of an identifier.
        ident: bool,
        /// Greatest length in bytes of UTF-8.
        max: u32,
        /// Patterns that the whole string must match, all of them.
        patterns: Vec<PatternId>,
    },
    /// A number of some unit, both bounds included; a slot holds it.
    Quantity {
        /// Which, and so how it is spelled.
        kind: Quantity,
        /// Least value accepted.
        min: i64,
        /// Greatest value accepted.
        max: i64,
    },
    /// A JSON string of a syntax of its own; a slot holds a reference to its canonical text in the text arena.
    Syntax {
        /// Which.
        syntax: Syntax,
        /// Greatest length of the canonical text in bytes.
        max: u32,
        /// Patterns that the whole canonical text must match, all of them.
        patterns: Vec<PatternId>,
    },
    /// A JSON string naming a member; a slot holds the member's index.
    Enum {
        /// The members as they are spelled on the wire, in order.
        members: Vec<String>,
    },
    /// A JSON array; a slot holds a reference to its elements, sorted and without repetition.
    Set {
        /// Type of the elements: a scalar.
        element: TypeId,
        /// Most elements accepted, repetitions included.
        max: u32,
    },
    /// A JSON array; a slot holds a reference to rows, one for each element, in their order.
    List {
        /// Type of the elements: a scalar, a record or an entity.
        element: TypeId,
        /// Most elements accepted.
        max: u32,
    },
    /// A JSON object with members of any names; a slot holds a reference to rows, one for each member, in their order.
    Map {
        /// Type of the names: a text or an enum. No two members have the same name once it is read.
        key: TypeId,
        /// Type of the members.
        value: TypeId,
        /// Most members accepted.
        max: u32,
    },
    /// A value of one of these types, each of which has a shape of its own in JSON. No slot holds it, but what is
    /// inside of the variant that it is.
    Choice {
        /// The types; reads refer to them as to fields.
        variants: Vec<TypeId>,
        /// How objects are told apart, where more than one of the types are.
        tag: Option<Tag>,
    },
    /// JSON `null`, as one of the types of a choice. No slot holds it.
    Null,
    /// Any JSON, of which every reader takes the same: no member twice, no number with an exponent. No slot holds it.
    Json,
    /// A JSON object with exactly these members.
    Record {
        /// The members in the order of declaration.
        fields: Vec<Field>,
        /// Whether it may have more: of any JSON, kept nowhere.
        open: bool,
    },
    /// A JSON object `{"type", "id", "properties"}`; a slot holds the id as text.
    Entity {
        /// The entity's name, as it stands in `type`.
        name: String,
        /// What its ids look like, if they are not any texts: a text.
        id: Option<TypeId>,
        /// What `properties` may hold, in the order of declaration.
        fields: Vec<Field>,
        /// The entities that can be above it, directly or not. Those of one entity are the property `in`.
        ancestors: Vec<TypeId>,
    },
}

/// A member by which objects are told apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// Its name.
    pub member: String,
    /// What it can say of each variant, in their order: nothing of those that are no objects.
    pub says: Vec<Vec<String>>,
}

/// What a number counts, and how it is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Quantity {
    /// Microseconds since 1970-01-01T00:00:00Z; a string by RFC 3339.
    Instant,
    /// Microseconds; a string by ISO 8601.
    Duration,
    /// Days since 1970-01-01; a string by ISO 8601.
    Date,
    /// Microseconds since midnight; a string by ISO 8601.
    Time,
    /// Bytes; a JSON integer.
    Size,
}

/// A syntax that texts can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Syntax {
    /// A path.
    Path,
    /// A URL.
    Url,
    /// A host.
    Host,
    /// An e-mail address.
    Email,
    /// An IP address.
    IpAddr,
    /// A network of IP addresses.
    IpNet,
    /// A command of a shell.
    Command,
}

/// A part of a text that has parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Part {
    /// What stands before the `@` of an e-mail address.
    EmailLocal,
    /// What stands behind it.
    EmailDomain,
    /// A URL's scheme.
    UrlScheme,
    /// A URL's host.
    UrlHost,
    /// A URL's port: a number, which is the scheme's own where none is written.
    UrlPort,
    /// A URL's path, without a slash at its end.
    UrlPath,
}

impl Part {
    /// Every one.
    pub const ALL: &[Self] =
        &[Self::EmailLocal, Self::EmailDomain, Self::UrlScheme, Self::UrlHost, Self::UrlPort, Self::UrlPath];

    /// Its name in the language.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EmailLocal => "local",
            Self::EmailDomain => "domain",
            Self::UrlScheme => "scheme",
            Self::UrlHost => "host",
            Self::UrlPort => "port",
            Self::UrlPath => "path",
        }
    }

    /// Its place in the list.
    #[must_use]
    pub const fn index(self) -> u32 {
        self as u32
    }
}

impl Type {
    /// Whether a slot holds it as a text.
    #[must_use]
    pub const fn is_text(&self) -> bool {
        matches!(self, Self::Text { .. } | Self::Syntax { .. } | Self::Entity { .. })
    }

    /// Whether it is a single value: a number, Bool, text or member of an enum.
    #[must_use]
    pub const fn is_scalar(&self) -> bool {
        matches!(
            self,
            Self::Bool
                | Self::Int { .. }
                | Self::Decimal { .. }
                | Self::Text { .. }
                | Self::Quantity { .. }
                | Self::Syntax { .. }
                | Self::Enum { .. }
        )
    }

    /// The shape of its values in JSON, if they all have the same.
    #[must_use]
    pub const fn shape(&self) -> Option<Shape> {
        Some(match self {
            Self::Null => Shape::Null,
            Self::Bool => Shape::Bool,
            Self::Int { .. } | Self::Decimal { .. } | Self::Quantity { kind: Quantity::Size, .. } => Shape::Number,
            Self::Text { .. } | Self::Quantity { .. } | Self::Syntax { .. } | Self::Enum { .. } => Shape::String,
            Self::Set { .. } | Self::List { .. } => Shape::Array,
            Self::Map { .. } | Self::Record { .. } | Self::Entity { .. } => Shape::Object,
            Self::Choice { .. } | Self::Json => return None,
        })
    }
}

/// A member of a record or a property of an entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name on the wire.
    pub name: String,
    /// Its type.
    pub ty: TypeId,
    /// Whether it may be missing or `null`, which mean the same.
    pub optional: bool,
    /// What it is, as JSON, where it is missing or `null`. Then it is not optional.
    pub default: Option<String>,
}

/// Where the decoder puts a value and those inside it. A default `Reads` stores nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Reads {
    /// Receives 1 if the value is there and 0 if not. Only an optional field has one.
    pub present: Option<Slot>,
    /// Receives the value (of an entity: its id).
    pub value: Option<Slot>,
    /// Of a text of a syntax: receive its parts.
    pub parts: Vec<(Part, Slot)>,
    /// Reads inside a record or an entity: index of the field in its declaration, and its reads. Of a choice, index of
    /// the variant; of a list, the place of the element, counted from 0.
    pub fields: Vec<(u32, Reads)>,
    /// Reads inside a map: the name of a member, as it is held, and its reads.
    pub members: Vec<(String, Reads)>,
    /// What is read of each element of a list, if its rows hold anything. Of a map each row has two fields: the
    /// member's name, and what it is.
    pub rows: Option<Box<Rows>>,
    /// Of an entity: receives those above it as rows of two words, the number of the type and the id.
    pub ancestors: Option<Slot>,
}

/// Where the decoder puts the elements of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    /// How many words a row has.
    pub width: u32,
    /// What is read of an element; its slots are words of the row.
    pub element: Reads,
}

// By hand around the derived ones, so that reading bounds the depth.
impl<'de> Deserialize<'de> for Reads {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        nesting::bounded(deserializer, nesting::READS, Self::deserialize)
    }
}

impl Serialize for Reads {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}
