//! What is prepared for reading requests in one pass when a program is loaded: how names are recognised, and what a
//! value's reader has to ask.
//!
//! Nothing here says more than the program does; it is derived from its types alone, once for each.

use super::names::{Names, Token};
use crate::ir::Program;
use crate::schema::{Field, Quantity, Type, TypeId};

/// What is prepared for one program.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// For each type, how it is read.
    kinds: Vec<Kind>,
    pub(super) objects: Vec<Object>,
    pub(super) enums: Vec<Members>,
}

/// How a value is read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Bool,
    Int {
        min: i64,
        max: i64,
    },
    Decimal {
        places: u8,
        min: i64,
        max: i64,
    },
    /// Any text of at most so many bytes.
    Text {
        max: u32,
    },
    /// An identifier of at most so many bytes.
    Ident {
        max: u32,
    },
    /// A number with a unit, but for bytes.
    Quantity {
        kind: Quantity,
        min: i64,
        max: i64,
    },
    /// The place among the enums.
    Enum(u32),
    /// A record or an entity: the place among the objects.
    Object(u32),
    /// As the type says.
    Other,
}

/// A record, or the properties of an entity.
#[derive(Debug)]
pub(crate) struct Object {
    /// The members in their order.
    pub(crate) members: Box<[Member]>,
    pub(crate) names: Names,
    /// Members that must be there, 64 to a word; always one word at least.
    pub(crate) needed: Box<[u64]>,
    /// Whether some member has a default.
    pub(crate) defaults: bool,
    /// Of an entity: its name, as it stands in `type`.
    pub(crate) token: Token,
    /// Of an entity: whether somebody else vouches for its properties.
    pub(crate) elsewhere: bool,
}

/// A member of a record or a property of an entity.
#[derive(Debug)]
pub(crate) struct Member {
    /// Its name with a colon.
    pub(crate) token: Token,
    pub(crate) ty: TypeId,
    pub(crate) kind: Kind,
    /// Whether `null` means that it is not there.
    pub(crate) lacks: bool,
}

/// The members of an enum.
#[derive(Debug)]
pub(crate) struct Members {
    /// If they are few, for a glance.
    pub(crate) tokens: Box<[Token]>,
    pub(crate) names: Names,
}

/// Up to so many members of an enum are tried at a glance.
const GLANCES: usize = 8;

impl Plan {
    /// Prepares a program that was checked.
    pub(crate) fn new(program: &Program) -> Self {
        let mut plan = Self { kinds: Vec::with_capacity(program.types.len()), ..Self::default() };
        let (mut objects, mut enums) = (0_u32, 0_u32);
        let next = |count: &mut u32| {
            let place = *count;
            *count = count.saturating_add(1);
            place
        };
        for ty in &program.types {
            plan.kinds.push(match ty {
                Type::Bool => Kind::Bool,
                Type::Int { min, max } => Kind::Int { min: *min, max: *max },
                // Fewer bytes than none are no number of bytes.
                Type::Quantity { kind: Quantity::Size, min, max } => Kind::Int { min: (*min).max(0), max: *max },
                Type::Decimal { places, min, max } => Kind::Decimal { places: *places, min: *min, max: *max },
                Type::Quantity { kind, min, max } => Kind::Quantity { kind: *kind, min: *min, max: *max },
                Type::Text { ident: false, max, patterns } if patterns.is_empty() => Kind::Text { max: *max },
                Type::Text { ident: true, max, patterns } if patterns.is_empty() => Kind::Ident { max: *max },
                Type::Enum { .. } => Kind::Enum(next(&mut enums)),
                Type::Record { .. } | Type::Entity { .. } => Kind::Object(next(&mut objects)),
                Type::Text { .. }
                | Type::Syntax { .. }
                | Type::Set { .. }
                | Type::List { .. }
                | Type::Map { .. }
                | Type::Choice { .. }
                | Type::Null
                | Type::Json => Kind::Other,
            });
        }
        for (id, ty) in (0..).map(TypeId).zip(&program.types) {
            match ty {
                Type::Enum { members } => plan.enums.push(Members {
                    tokens: match members.len() {
                        ..=GLANCES => members.iter().map(|member| Token::new(member, "")).collect(),
                        _ => [].into(),
                    },
                    names: Names::new(members.iter().map(String::as_str)),
                }),
                Type::Record { fields, .. } => {
                    let object = plan.object(program, fields, false);
                    plan.objects.push(object);
                }
                Type::Entity { name, fields, ancestors, .. } => {
                    let object = plan.object(program, fields, !ancestors.is_empty());
                    plan.objects.push(Object {
                        token: Token::new(name, ""),
                        elsewhere: program.channels.contains_key(&id),
                        ..object
                    });
                }
                _ => {}
            }
        }
        plan
    }

    fn object(&self, program: &Program, fields: &[Field], above: bool) -> Object {
        let member = |field: &Field| Member {
            // What lists those above an entity has this name, whatever else has it.
            token: if above && field.name == super::values::ANCESTORS {
                Token::NONE
            } else {
                Token::new(&field.name, ":")
            },
            ty: field.ty,
            kind: self.kind(field.ty),
            lacks: (field.optional || field.default.is_some()) && !means_null(program, field.ty),
        };
        let need = |fields: &[Field]| {
            let need = |field: &Field| !field.optional && field.default.is_none();
            fields.iter().rev().fold(0, |word, field| word << 1 | u64::from(need(field)))
        };
        let needed: Vec<u64> = fields.chunks(64).map(need).collect();
        Object {
            members: fields.iter().map(member).collect(),
            names: Names::new(fields.iter().map(|field| field.name.as_str())),
            needed: if needed.is_empty() { [0].into() } else { needed.into() },
            defaults: fields.iter().any(|field| field.default.is_some()),
            token: Token::NONE,
            elsewhere: false,
        }
    }

    /// How values of a type are read.
    pub(crate) fn kind(&self, ty: TypeId) -> Kind {
        let kind = usize::try_from(ty.0).ok().and_then(|index| self.kinds.get(index));
        kind.copied().unwrap_or(Kind::Other)
    }

    /// What is prepared for a record or an entity.
    pub(crate) fn object_at(&self, place: u32) -> Option<&Object> {
        self.objects.get(usize::try_from(place).ok()?)
    }

    /// What is prepared for an enum.
    pub(crate) fn enum_at(&self, place: u32) -> Option<&Members> {
        self.enums.get(usize::try_from(place).ok()?)
    }
}

/// Whether `null` is a value of a type.
fn means_null(program: &Program, ty: TypeId) -> bool {
    let of = |id: TypeId| usize::try_from(id.0).ok().and_then(|index| program.types.get(index));
    match of(ty) {
        Some(Type::Null) => true,
        Some(Type::Choice { variants, .. }) => variants.iter().any(|id| matches!(of(*id), Some(Type::Null))),
        _ => false,
    }
}
