//! Limits of requests, and those of types that declare none.

/// Most bytes of a request.
pub const REQUEST_BYTES: usize = 1_048_576;

/// Deepest nesting of objects and arrays; the outermost object is at depth 1.
pub const REQUEST_DEPTH: usize = 32;

/// Most bytes of an entity's id.
pub const ID_BYTES: usize = 256;

/// Most bytes of a `String` whose type declares no `max`.
pub const STRING_BYTES: u32 = 4096;

/// Most bytes of a text whatever is declared.
pub const MAX_TEXT: u32 = 1 << 20;

/// Most bytes of an `Ident` whose type declares no `max`.
pub const IDENT_BYTES: u32 = 128;

/// Most elements of a set whose type declares no `max`, repetitions included.
pub const SET_ELEMENTS: u32 = 1024;

/// Most elements of a set or list whatever is declared.
pub const MAX_ITEMS: u32 = 1 << 16;

/// Most characters of a member's name that a refusal repeats.
pub const POINTER_MEMBER_CHARS: usize = 64;

/// Most characters of a text that a message repeats.
pub const QUOTE_CHARS: usize = 64;

/// Most elements of a list or set that a message shows.
pub const MESSAGE_ELEMENTS: usize = 8;

/// Most digits of a `Decimal` after the point.
pub const DECIMAL_PLACES: u8 = 4;

/// How many units of a `Decimal` make 1: it counts ten-thousandths.
pub const DECIMAL_UNIT: i64 = 10_000;
