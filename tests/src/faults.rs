//! Seeded faults: mistakes that a compiler could make, to see whether the comparison finds them.
//!
//! Each rewrites what goes into code generation; nothing in zt itself knows of them.

mod walk;
mod expressions;
mod tables;
pub mod hunt;

use zt_compiler::lower::{Lowered, lower};
use zt_lang::hir;
use zt_runtime::ir::Program;

/// A mistake.
#[derive(Debug)]
pub struct Fault {
    /// Its name.
    pub name: &'static str,
    /// What goes wrong.
    pub what: &'static str,
    change: Change,
}

/// What a fault rewrites. It tells whether it changed anything.
#[derive(Debug)]
enum Change {
    /// The lowered program.
    Program(fn(&mut Program) -> bool),
    /// The checked package, on its way into the compiler.
    Package(fn(&mut hir::Package) -> bool),
}

impl Fault {
    /// Lowers a package with this fault; nothing if the fault has no effect on it.
    #[must_use]
    pub fn lower(&self, package: &hir::Package, sound: &Lowered) -> Option<Lowered> {
        match self.change {
            Change::Program(change) => {
                let mut program = sound.program.clone();
                change(&mut program).then(|| Lowered { program, patterns: sound.patterns.clone() })
            }
            Change::Package(change) => {
                let mut package = package.clone();
                if !change(&mut package) {
                    return None;
                }
                let lowered = lower(&package).ok()?;
                (lowered.program != sound.program).then_some(lowered)
            }
        }
    }
}

macro_rules! faults {
    ($($kind:ident $module:ident :: $function:ident $what:literal,)*) => {
        /// Every fault.
        pub const FAULTS: &[Fault] = &[$(Fault {
            name: stringify!($function),
            what: $what,
            change: Change::$kind($module::$function),
        },)*];
    };
}

faults! {
    Program expressions::sum_unchecked "an overflow of `+` goes unnoticed",
    Program expressions::difference_unchecked "an overflow of `-` goes unnoticed",
    Program expressions::product_unchecked "an overflow of `*` goes unnoticed",
    Program expressions::negation_unchecked "an overflow of unary `-` goes unnoticed",
    Program expressions::difference_swapped "`a - b` of two attributes is `b - a`",
    Program expressions::at_most_of_members "`<=` between two attributes of an ordered enum is `<`",
    Program expressions::at_least_negative "`>=` beside a negative number is `>`",
    Program expressions::large_number "a constant from a million on is one too large",
    Program expressions::decimal_scaled "a `Decimal` constant beside an attribute is ten times as large",
    Program expressions::last_member "the last member of an enum of three or more is taken for the one before it",
    Program expressions::presence_under_or "`has` under `or` is always true",
    Program expressions::presence_inside "`has` on an attribute of an attribute is always true",
    Program expressions::absent_is_zero "`a ?? b` is 0, empty or false where `a` is absent",
    Program expressions::or_drops_failing "`or` of three or more leaves out an operand that can fail",
    Program expressions::or_strict "`true or failed` is failed",
    Program expressions::and_strict "`false and failed` is failed",
    Program expressions::not_of_and "`not (a and b)` is `not a and not b`",
    Program expressions::not_in_set "`not x in set` is `x in set`",
    Program expressions::and_of_four "`and` of four or more leaves out the last",
    Program expressions::or_of_four "`or` of four or more leaves out the last",
    Program expressions::texts_of_two_attributes "two attributes that are texts are always equal",
    Program expressions::long_texts "nothing equals a constant of more than twenty bytes",
    Program expressions::pattern_beside "a text is matched by the pattern after the one meant",
    Program expressions::pattern_of_computed_text "a text that is not simply an attribute matches any pattern",
    Program expressions::set_beside "membership is asked of another set of the same kind",
    Program expressions::conditions_compared "`==` between conditions is `!=`",
    Program expressions::argument_forgotten "an argument that fails is forgotten where the definition need not read it",
    Program expressions::unchecked_in_requests_for_approval "overflows in `require approval` go unnoticed",
    Program expressions::unchecked_under_or_in_deny "overflows under an `or` in `deny` go unnoticed",
    Program expressions::unchecked_in_shadow "overflows in shadow rules go unnoticed",
    Package tables::guard_of_second_rule "the guard of a policy is forgotten for its second rule",
    Package tables::unless_of_allow "`unless` beside `when` in an `allow` is forgotten if it can fail",
    Program tables::second_shadow_deny "of two shadow `deny` rules the second is enforced",
    Program tables::rule_after_64 "of more than 64 rules the last is forgotten",
    Program tables::quorum_less_one "a quorum of three or more is one less",
    Program tables::days_are_hours "an approval that lasts days lasts as many hours",
    Program tables::tier_of_second_principal "the second type of principal has the tier below",
    Program tables::message_slots "two values of one kind in a message are exchanged",
    Program tables::message_presence "a message shows what is absent as empty or 0",
    Program tables::message_places "a `Decimal` in a message has one digit more",
    Program tables::presence_of_sibling "the presences of two attributes side by side are exchanged",
    Program tables::values_of_siblings "two arguments of one type side by side are exchanged",
    Program tables::int_above_max "an `Int` may be one above its range",
    Program tables::decimal_below_min "a `Decimal` may be one step below its range",
    Program tables::one_place_more "a `Decimal` may have one digit too many",
    Program tables::string_too_long "a `String` may be one byte too long",
    Program tables::set_too_large "a `Set` may have one element too many",
    Program tables::any_text_in_ident_set "elements of a set of `Ident` may be any text",
    Program tables::second_pattern "of two patterns of a type the second is forgotten",
    Program tables::missing_in_context "the last field of a record may be missing",
    Program tables::last_members_exchanged "the last two of four or more members are exchanged",
    Package tables::own_name_beside_wire "an optional attribute spelt otherwise in requests is also taken under its own name",
}
