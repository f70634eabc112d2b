//! Declarations: the types, entities, actions and definitions' types that a random policy speaks of.

mod text;
mod literal;
mod duties;
mod forms;
mod wire;
mod tables;
mod parts;
mod shapes;
mod make;

use zt_lang::hir::Syntax;

pub use self::duties::{Obligation, Param, Tier};
pub use self::tables::{Detector, Table};
pub use self::text::number;
use super::samples;
use super::words;

/// A type, as far as its identity goes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are those of the language; indices are into the world's lists")]
pub enum Ty {
    Bool,
    Int,
    Decimal,
    String,
    Ident,
    Enum(usize),
    Named(usize),
    Set(Box<Ty>),
    List(Box<Ty>),
    Record(usize),
    Entity(usize),
    Instant,
    Duration,
    Date,
    Time,
    Size,
    Syntax(Syntax),
    Json,
    Choice(usize),
    Map(usize),
    Entry(usize),
}

/// What a declared type refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// Least number, in ten-thousandths for a `Decimal`.
    pub min: i64,
    /// Greatest number.
    pub max: i64,
    /// Digits after the point.
    pub places: u8,
    /// Bytes or elements.
    pub length: usize,
    /// Indices of [`words::PATTERNS`].
    pub patterns: Vec<usize>,
    /// Of a set: those of its elements.
    pub element: Option<Box<Bounds>>,
}

/// A type where it is used, with its refinements.
#[derive(Debug, Clone)]
pub struct Use {
    /// The type.
    pub ty: Ty,
    /// What it refuses in all.
    pub bounds: Bounds,
    /// As it is written.
    pub text: String,
}

/// A field, an attribute or an argument.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its spelling in requests, where it has one of its own.
    pub wire: Option<String>,
    /// Its type.
    pub used: Use,
    /// Whether it may be absent.
    pub optional: bool,
    /// What it is where it is absent, as it is written; then it is not optional.
    pub default: Option<String>,
    /// Of an argument, the wider type that the action declares; what extends it says its own.
    pub wider: Option<&'static str>,
}

impl Field {
    /// A field without a spelling or a default of its own.
    #[must_use]
    pub fn plain(name: &str, used: Use, optional: bool) -> Field {
        Field { name: name.to_owned(), wire: None, used, optional, default: None, wider: None }
    }
}

/// An action.
#[derive(Debug, Clone)]
pub struct Action {
    /// Its name.
    pub name: String,
    /// Its spelling in requests, where it has one of its own.
    pub wire: Option<String>,
    /// Entities that may ask for it.
    pub principals: Vec<usize>,
    /// The entity that it acts on.
    pub resource: Option<usize>,
    /// The record of its context.
    pub context: Option<usize>,
    /// Its tier by index; the outer option is whether it names one.
    pub tier: Option<usize>,
    /// Its arguments.
    pub input: Vec<Field>,
    /// What the resource's id is computed from.
    pub resource_id: Option<String>,
    /// Its tags, and how they are written with what their fields are.
    pub tags: Vec<(usize, String)>,
    /// What it gives back, if it says so.
    pub output: Option<Vec<Field>>,
    /// What approvers are shown: each part with its text.
    pub ask: Vec<(&'static str, String)>,
    /// Which action it is a part of, and which calls it is.
    pub part_of: Option<(usize, String)>,
    /// What it says of itself beside what the whole says: clauses as they are written.
    pub own: Vec<String>,
    /// The clauses that are said by what extends it.
    pub extended: Vec<&'static str>,
}

/// An event.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// The record of its context.
    pub context: Option<usize>,
    /// What it tells.
    pub fields: Vec<Field>,
}

/// Who vouches for an entity's attributes, where that is not the enforcement point.
#[derive(Debug, Clone)]
pub enum Channel {
    /// A source.
    Source {
        /// Its name.
        name: String,
        /// The age up to which an answer counts, as it is written.
        fresh: Option<String>,
        /// The type of the ids by which it is asked.
        by: Option<Use>,
    },
    /// A file, by its name.
    File(String),
}

/// A tag.
#[derive(Debug, Clone)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// The tag that it is in.
    pub parent: Option<usize>,
    /// Whether every action carries it, or one in it.
    pub required: bool,
    /// What actions say that carry it.
    pub fields: Vec<(String, Use)>,
}

/// An enum.
#[derive(Debug, Clone)]
pub struct Enum {
    /// Whether its members have an order.
    pub ordered: bool,
    /// Names and, where they differ, spellings in requests.
    pub members: Vec<(String, Option<String>)>,
}

/// A definition that rules can use.
#[derive(Debug, Clone)]
pub struct Define {
    /// Its name.
    pub name: String,
    /// Types of its parameters.
    pub params: Vec<Ty>,
    /// What it gives.
    pub ty: Ty,
    /// The whole item.
    pub text: String,
    /// Its length with the definitions in it written out, roughly.
    pub weight: usize,
}

/// A window.
#[derive(Debug, Clone)]
pub struct Window {
    /// Its name.
    pub name: String,
    /// The whole item.
    pub text: String,
    /// The actions that it remembers.
    pub actions: Vec<usize>,
    /// Whether a call may be counted before it is recorded.
    pub counting: bool,
    /// What it is keyed by, as it is written, with the type where it is a value of one.
    pub key: Vec<(String, Option<Ty>)>,
    /// What a reading is: `Int`, a number, or a set.
    pub ty: Ty,
}

/// All declarations of a package.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// The tiers, lowest first.
    pub tiers: Vec<Tier>,
    /// Kinds of obligation.
    pub obligations: Vec<Obligation>,
    /// Tags; one that is in another comes behind it.
    pub tags: Vec<Tag>,
    /// Windows.
    pub windows: Vec<Window>,
    /// Groups of approvers; at least one.
    pub approvers: Vec<String>,
    /// Which of them a source vouches for.
    pub vouched: Vec<bool>,
    /// Events.
    pub events: Vec<Event>,
    /// Enums, named by [`words::ENUMS`].
    pub enums: Vec<Enum>,
    /// Named types with what stands under them, named by [`words::TYPES`].
    pub types: Vec<Use>,
    /// Records, named by [`words::RECORDS`].
    pub records: Vec<Vec<Field>>,
    /// Which of them may hold more.
    pub open: Vec<bool>,
    /// Entities, named by [`words::ENTITIES`].
    pub entities: Vec<Vec<Field>>,
    /// For each entity those that it can be directly in.
    pub parents: Vec<Vec<usize>>,
    /// Choices of types; of one alone the other is `null`.
    pub choices: Vec<Vec<Use>>,
    /// Keys and values of maps.
    pub maps: Vec<[Field; 2]>,
    /// Tables.
    pub tables: Vec<Table>,
    /// Tables of patterns.
    pub detectors: Vec<Detector>,
    /// Data files: name and content.
    pub data: Vec<(String, String)>,
    /// Actions that are judged as their parts.
    pub wholes: Vec<Action>,
    /// For each entity who vouches for its attributes, if that is not the enforcement point.
    pub channels: Vec<Option<Channel>>,
    /// Actions.
    pub actions: Vec<Action>,
    /// Definitions in the order in which they may use each other.
    pub defines: Vec<Define>,
}

/// What a type refuses without refinements.
#[must_use]
pub fn unbounded(base: &Ty) -> Bounds {
    let length = match base {
        Ty::Ident => 128,
        Ty::Set(_) | Ty::List(_) => 1024,
        _ => 4096,
    };
    let (min, max) = match base {
        Ty::Size => (0, i64::MAX),
        _ => (i64::MIN, i64::MAX),
    };
    Bounds { min, max, places: 4, length, patterns: vec![], element: None }
}

impl World {
    /// The type without its name.
    #[must_use]
    pub fn base<'a>(&'a self, ty: &'a Ty) -> &'a Ty {
        match ty {
            Ty::Named(index) => &self.types[*index].ty,
            other => other,
        }
    }

    /// Whether it is a number.
    #[must_use]
    pub fn is_number(&self, ty: &Ty) -> bool {
        matches!(self.base(ty), Ty::Int | Ty::Decimal)
    }

    /// Whether it can be added to its like: numbers, durations, sizes.
    #[must_use]
    pub fn is_counted(&self, ty: &Ty) -> bool {
        matches!(self.base(ty), Ty::Int | Ty::Decimal | Ty::Duration | Ty::Size)
    }

    /// Whether `<` compares its values.
    #[must_use]
    pub fn is_ordered(&self, ty: &Ty) -> bool {
        match self.base(ty) {
            Ty::Instant | Ty::Date | Ty::Time => true,
            Ty::Enum(e) => self.enums[*e].ordered,
            _ => self.is_counted(ty),
        }
    }

    /// Whether it is a text.
    #[must_use]
    pub fn is_text(&self, ty: &Ty) -> bool {
        matches!(self.base(ty), Ty::String | Ty::Ident)
    }

    /// Whether it is neither a collection nor made of fields.
    #[must_use]
    pub fn is_scalar(&self, ty: &Ty) -> bool {
        !matches!(
            self.base(ty),
            Ty::Set(_)
                | Ty::List(_)
                | Ty::Record(_)
                | Ty::Entity(_)
                | Ty::Json
                | Ty::Choice(_)
                | Ty::Map(_)
                | Ty::Entry(_)
        )
    }

    /// What the elements of a collection are.
    #[must_use]
    pub fn element<'a>(&'a self, ty: &'a Ty) -> Option<&'a Ty> {
        match self.base(ty) {
            Ty::Set(element) | Ty::List(element) => Some(element),
            _ => None,
        }
    }

    /// How a type is written, without refinements.
    #[must_use]
    pub fn show(&self, ty: &Ty) -> String {
        match ty {
            Ty::Bool => "Bool".into(),
            Ty::Int => "Int".into(),
            Ty::Decimal => "Decimal".into(),
            Ty::String => "String".into(),
            Ty::Ident => "Ident".into(),
            Ty::Instant => "Instant".into(),
            Ty::Duration => "Duration".into(),
            Ty::Date => "Date".into(),
            Ty::Time => "Time".into(),
            Ty::Size => "Size".into(),
            Ty::Syntax(syntax) => syntax.as_str().into(),
            Ty::Json => "Json".into(),
            // They are never written by a name.
            Ty::Choice(_) | Ty::Map(_) | Ty::Entry(_) => "Json".into(),
            Ty::Enum(i) => words::ENUMS[*i].into(),
            Ty::Named(i) => words::TYPES[*i].into(),
            Ty::Set(element) => format!("Set<{}>", self.show(element)),
            Ty::List(element) => format!("List<{}>", self.show(element)),
            Ty::Record(i) => words::RECORDS[*i].into(),
            Ty::Entity(i) => words::ENTITIES[*i].into(),
        }
    }

    /// What a type refuses by its name alone.
    #[must_use]
    pub fn own_bounds(&self, ty: &Ty) -> Bounds {
        match ty {
            Ty::Named(index) => self.types[*index].bounds.clone(),
            Ty::Set(element) | Ty::List(element) => {
                Bounds { element: Some(Box::new(self.own_bounds(element))), ..unbounded(ty) }
            }
            other => unbounded(other),
        }
    }

    /// The entities that can be above one, directly or not.
    #[must_use]
    pub fn above(&self, entity: usize) -> Vec<usize> {
        let mut out: Vec<usize> = vec![];
        let mut ahead = self.parents[entity].clone();
        while let Some(next) = ahead.pop() {
            if !out.contains(&next) {
                out.push(next);
                ahead.extend(&self.parents[next]);
            }
        }
        out
    }

    /// The pairs of action and principal of some actions.
    #[must_use]
    pub fn pairs(&self, actions: &[usize]) -> Vec<(usize, usize)> {
        actions.iter().flat_map(|a| self.actions[*a].principals.iter().map(|p| (*a, *p))).collect()
    }

    /// The actions that carry a tag or one in it.
    #[must_use]
    pub fn tagged(&self, tag: usize) -> Vec<usize> {
        let carries = |action: &Action| action.tags.iter().any(|(t, _)| *t == tag || self.tags[*t].parent == Some(tag));
        (0..self.actions.len()).filter(|a| carries(&self.actions[*a])).collect()
    }
}

/// The texts of the list that a type takes.
#[must_use]
pub fn texts(bounds: &Bounds, ident: bool) -> Vec<&'static str> {
    let fits = |text: &&&str| {
        text.len() <= bounds.length
            && (!ident || words::is_ident(text))
            && bounds.patterns.iter().all(|pattern| words::matches(*pattern, text))
    };
    words::TEXTS.iter().filter(fits).copied().collect()
}

/// The texts of a syntax that a type takes.
#[must_use]
pub fn meanings(bounds: &Bounds, syntax: Syntax) -> Vec<&'static str> {
    samples::texts(syntax).iter().filter(|text| text.len() <= bounds.length).copied().collect()
}
