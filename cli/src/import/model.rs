//! What is declared: types, records, enums and actions, before they are written as text.

/// A type, with what it refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ty {
    /// `Bool`
    Bool,
    /// `Int`, within bounds.
    Int { min: Option<i64>, max: Option<i64> },
    /// `Decimal`, its bounds in ten-thousandths.
    Decimal { places: u8, min: Option<i64>, max: Option<i64> },
    /// `String`, or a text of a syntax: the most bytes, and the patterns that all match.
    Text { base: &'static str, max: Option<u32>, patterns: Vec<String> },
    /// A built-in type that is not refined: `Instant`.
    Plain(&'static str),
    /// A declared enum or record, by its place.
    Named(usize),
    /// `List<T>` or `Set<T>`.
    List { set: bool, of: Box<Ty>, max: Option<u32> },
    /// `Map<K, T>`
    Map { key: Box<Ty>, of: Box<Ty>, max: Option<u32> },
    /// `A or B`; `null` stands last.
    Choice(Vec<Ty>),
    /// `null`, in a choice.
    Null,
    /// `Json`
    Json,
}

impl Ty {
    /// Any text.
    pub(crate) fn string() -> Ty {
        Ty::Text { base: "String", max: None, patterns: vec![] }
    }

    /// Whether there is `Json` in it.
    pub(crate) fn has_json(&self) -> bool {
        match self {
            Ty::Json => true,
            Ty::List { of, .. } => of.has_json(),
            Ty::Map { key, of, .. } => key.has_json() || of.has_json(),
            Ty::Choice(all) => all.iter().any(Ty::has_json),
            _ => false,
        }
    }

    /// Whether it is a collection, or may be one.
    pub(crate) fn is_collection(&self) -> bool {
        match self {
            Ty::List { .. } | Ty::Map { .. } => true,
            Ty::Choice(all) => all.iter().any(Ty::is_collection),
            _ => false,
        }
    }

    /// The type, or `null`.
    pub(crate) fn or_null(self) -> Ty {
        match self {
            Ty::Json | Ty::Null => self,
            Ty::Choice(mut all) => {
                if !all.contains(&Ty::Null) {
                    all.push(Ty::Null);
                }
                Ty::Choice(all)
            }
            one => Ty::Choice(vec![one, Ty::Null]),
        }
    }

    /// The type without `null`, and whether that was one of its values.
    pub(crate) fn without_null(self) -> (Ty, bool) {
        match self {
            Ty::Choice(mut all) => {
                let before = all.len();
                all.retain(|one| *one != Ty::Null);
                let had = all.len() < before;
                let ty = match (all.pop(), all.is_empty()) {
                    (Some(one), true) => one,
                    (Some(last), false) => {
                        all.push(last);
                        Ty::Choice(all)
                    }
                    (None, _) => Ty::Null,
                };
                (ty, had)
            }
            other => (other, false),
        }
    }
}

/// A field of a record, or an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    /// Its name in policies.
    pub(crate) name: String,
    /// Its name on the wire.
    pub(crate) wire: String,
    /// Its type.
    pub(crate) ty: Ty,
    /// Whether it may be absent.
    pub(crate) optional: bool,
    /// What it is where it is absent, as policies write it.
    pub(crate) default: Option<String>,
    /// What is said of it.
    pub(crate) doc: Option<String>,
}

/// A declared type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decl {
    /// An enum: names and wire names.
    Enum { name: String, members: Vec<(String, String)> },
    /// A record.
    Record { name: String, open: bool, fields: Vec<Field>, doc: Option<String>, least: u64 },
}

impl Decl {
    pub(crate) fn rename(&mut self, to: String) {
        match self {
            Decl::Enum { name, .. } | Decl::Record { name, .. } => *name = to,
        }
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Decl::Enum { name, .. } | Decl::Record { name, .. } => name,
        }
    }
}

/// What a server claims of a tool. Nothing follows from it by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Hints {
    pub(crate) read_only: Option<bool>,
    pub(crate) destructive: Option<bool>,
    pub(crate) open_world: Option<bool>,
}

/// An action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Action {
    /// Its name in policies.
    pub(crate) name: String,
    /// Its name on the wire.
    pub(crate) wire: String,
    /// What is said of it, a paragraph each.
    pub(crate) doc: Vec<String>,
    /// Its arguments.
    pub(crate) input: Vec<Field>,
    /// What a call gives back, if that is said.
    pub(crate) output: Option<Vec<Field>>,
    /// What is claimed of it.
    pub(crate) hints: Hints,
    /// Types that say, in their path, which thing it is about: of an API.
    pub(crate) about: Vec<String>,
}

/// What is declared, in order: the types of an action stand before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Item {
    /// A type, by its place.
    Type(usize),
    /// An action, by its place.
    Action(usize),
}

/// Everything that is declared.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) types: Vec<Decl>,
    pub(crate) actions: Vec<Action>,
    pub(crate) items: Vec<Item>,
}
