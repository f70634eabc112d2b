//! Types: enums, records, entities, events, and what declared types refuse.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Expr, Name, Shape};

/// An enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enum {
    /// Its name.
    pub name: Name,
    /// Whether `<` compares its members, the first being the lowest.
    pub ordered: bool,
    /// Its members, in order.
    pub members: Vec<Member>,
}

impl Enum {
    /// The place of a member. What an expression calls by a short name may stand there as the item of another package
    /// that has the same: the member is the last part.
    #[must_use]
    pub fn index_of(&self, name: &str) -> Option<u32> {
        let short = name.rsplit('.').next().unwrap_or(name);
        self.members.iter().position(|m| *m.name == *short).and_then(|i| u32::try_from(i).ok())
    }
}

/// A member of an enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name in zt.
    pub name: Name,
    /// Its spelling in requests.
    pub wire: Name,
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its name.
    pub name: Name,
    /// Its fields, in order.
    pub fields: Vec<Field>,
    /// Whether it may hold more than these: nobody reads the rest, and approvals are bound to it.
    pub open: bool,
}

/// An entity type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// Its name, which is also its `type` in requests.
    pub name: Name,
    /// The entities that can be above it, directly or not. Requests (or answers) list those of one entity as `in`.
    pub parents: Vec<Name>,
    /// Who vouches for its attributes and for what is above it.
    pub channel: Channel,
    /// The type of its ids, where the channel says one: a `String` or `Ident`.
    pub id: Option<Type>,
    /// Its attributes, in order. `id` is not among them: every entity has one, a `String`.
    pub fields: Vec<Field>,
}

/// Who vouches for attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Channel {
    /// The enforcement point sends them with the request.
    Pep,
    /// A source is asked by id.
    Source {
        /// Its name.
        name: Name,
        /// The greatest age of an answer in microseconds; any where it is not said.
        fresh: Option<i64>,
    },
    /// They stand in the package: by id, the values by the fields' names in requests, as JSON.
    File(Arc<BTreeMap<Name, Name>>),
}

/// An event that a gateway may report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its name.
    pub name: Name,
    /// Record of its context.
    pub context: Option<Name>,
    /// What it tells.
    pub fields: Vec<Field>,
}

/// A field of a record, an attribute of an entity, an argument of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name in zt.
    pub name: Name,
    /// Its spelling in requests.
    pub wire: Name,
    /// Its type.
    pub ty: Type,
    /// Whether it may be absent.
    pub optional: bool,
    /// Whether it is declared that nobody judges it.
    pub free: bool,
    /// What it is where it is absent: a constant of its type. Then it is not optional.
    pub default: Option<Expr>,
}

/// A declared type: what it is, and what it refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Type {
    /// What it is.
    pub ty: Ty,
    /// What it refuses: its own refinements and those of the named type together.
    pub bounds: Bounds,
}

/// A type, without refinements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ty {
    /// `Bool`
    Bool,
    /// `Int`: i64
    Int,
    /// `Decimal`: i64 of ten-thousandths
    Decimal,
    /// `String`
    String,
    /// `Ident`
    Ident,
    /// An enum
    Enum(Name),
    /// A record
    Record(Name),
    /// An entity
    Entity(Name),
    /// `Set<T>`; the element is a scalar.
    Set(Box<Ty>),
    /// `List<T>`; the element is a scalar, a record, an entity or a choice.
    List(Box<Ty>),
    /// `Map<K, V>`: members of any names. Its elements are entries.
    Map(Box<Ty>),
    /// An entry of a map: its fields are `key` and `value`.
    Entry(Arc<[Field]>),
    /// `A or B`, which JSON tells apart. Its fields are the variants, of which one is there: that of the type `A` is
    /// called `is A`.
    Choice(Arc<[Field]>),
    /// `null`, as one of the types of a choice.
    Null,
    /// `Json`: any JSON value; nobody reads it.
    Json,
    /// `Instant`: microseconds since 1970-01-01T00:00:00Z
    Instant,
    /// `Duration`: microseconds
    Duration,
    /// `Date`: days since 1970-01-01
    Date,
    /// `Time`: microseconds since midnight
    Time,
    /// `Size`: bytes
    Size,
    /// A text of a syntax of its own, held in its canonical form.
    Syntax(Syntax),
    /// A named type and what stands under it: a scalar or a set of scalars.
    Named(Name, Box<Ty>),
}

/// A syntax that texts can have. Each has one canonical form, in which it is held, compared and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Syntax {
    /// `Path`
    Path,
    /// `Url`
    Url,
    /// `Host`
    Host,
    /// `Email`
    Email,
    /// `IpAddr`
    IpAddr,
    /// `IpNet`
    IpNet,
    /// `Command`
    Command,
}

impl Syntax {
    /// Every one, with its name in the language.
    pub const ALL: &[(&str, Syntax)] = &[
        ("Path", Syntax::Path),
        ("Url", Syntax::Url),
        ("Host", Syntax::Host),
        ("Email", Syntax::Email),
        ("IpAddr", Syntax::IpAddr),
        ("IpNet", Syntax::IpNet),
        ("Command", Syntax::Command),
    ];

    /// Its name in the language.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, s)| *s == self).map_or("", |(name, _)| name)
    }
}

impl Ty {
    /// The shape of its values in JSON, if they all have the same.
    #[must_use]
    pub fn shape(&self) -> Option<Shape> {
        Some(match self.base() {
            Ty::Null => Shape::Null,
            Ty::Bool => Shape::Bool,
            Ty::Int | Ty::Decimal | Ty::Size => Shape::Number,
            Ty::String | Ty::Ident | Ty::Syntax(_) | Ty::Enum(_) => Shape::String,
            Ty::Instant | Ty::Duration | Ty::Date | Ty::Time => Shape::String,
            Ty::Set(_) | Ty::List(_) => Shape::Array,
            Ty::Map(_) | Ty::Record(_) | Ty::Entity(_) => Shape::Object,
            Ty::Json | Ty::Choice(_) | Ty::Entry(_) | Ty::Named(..) => return None,
        })
    }

    /// Whether its values have parts, or none that can be read, so that they are no values by themselves.
    #[must_use]
    pub fn is_composite(&self) -> bool {
        matches!(self.base(), Ty::Record(_) | Ty::Entry(_) | Ty::Choice(_) | Ty::Map(_) | Ty::Null | Ty::Json)
    }

    /// The type without its name: `Usd` is `Decimal`.
    #[must_use]
    pub fn base(&self) -> &Ty {
        match self {
            Ty::Named(_, base) => base.base(),
            other => other,
        }
    }
}

/// What a declared type refuses. Each bound means something for some types only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// Least value of an `Int`, or of a `Decimal` in ten-thousandths.
    pub min: i64,
    /// Greatest value of an `Int`, or of a `Decimal` in ten-thousandths.
    pub max: i64,
    /// Digits after the point of a `Decimal`, 0 to 4.
    pub places: u8,
    /// Bytes of a `String` or `Ident`, elements of a `Set` (repetitions included) or a `List`, members of a `Map`.
    pub length: u32,
    /// Patterns that a whole `String` or `Ident` matches.
    pub patterns: Vec<Pattern>,
    /// The bounds of a set's elements.
    pub element: Option<Box<Bounds>>,
}

/// A regular expression that compiles within its limits.
#[derive(Clone)]
pub struct Pattern {
    /// As written.
    pub source: Name,
    /// The same with ASCII classes spelled out, anchored at both ends; any regex engine may run it.
    pub anchored: Name,
    /// Its automaton: a sparse or dense DFA of regex-automata in little-endian bytes.
    pub dfa: Arc<Dfa>,
}

impl Pattern {
    /// The least and the most characters of the texts that it takes, if it only counts these and takes any: `[\s\S]{2,9}`,
    /// as an import writes it.
    #[must_use]
    pub fn counts(&self) -> Option<(u32, Option<u32>)> {
        let times = self.source.strip_prefix(r"[\s\S]")?;
        if times == "+" {
            return Some((1, None));
        }
        let times = times.strip_prefix('{')?.strip_suffix('}')?;
        let number = |text: &str| text.parse::<u32>().ok();
        match times.split_once(',') {
            None => number(times).map(|n| (n, Some(n))),
            Some((least, "")) => number(least).map(|n| (n, None)),
            Some((least, most)) => number(least).zip(number(most)).map(|(least, most)| (least, Some(most))),
        }
    }
}

/// An automaton in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dfa {
    /// Whether the bytes are those of a sparse DFA (otherwise dense).
    pub sparse: bool,
    /// As written by regex-automata's `to_bytes_little_endian`, without the initial padding.
    pub bytes: Vec<u8>,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        // The automaton follows from the source.
        self.source == other.source
    }
}

impl Eq for Pattern {}

impl std::fmt::Debug for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "re{:?}", self.source)
    }
}
