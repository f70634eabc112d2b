//! Seeded faults: mistakes that a compiler could make, to see whether the comparison finds them.
//!
//! Each rewrites what goes into code generation; nothing in zt itself knows of them.

mod walk;
mod expressions;
mod meanings;
mod tables;
mod world;
mod facts;
mod shapes;
mod edges;
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
                change(&mut program).then(|| Lowered { program, automata: sound.automata.clone() })
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
    Program expressions::nothing_is_detected "a table of patterns finds nothing",
    Program expressions::detector_beside "a text is searched for the patterns of another table",
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
    Program meanings::any_is_all "`any` over elements is `all`",
    Program meanings::all_is_any "`all` over elements is `any`",
    Program meanings::count_of_all_rows "`count(x in xs: c)` counts every element",
    Program meanings::length_of_one_less "`count(xs)` is one less",
    Program meanings::texts_of_elements "no text of an element equals a constant",
    Program meanings::branches_exchanged "`if c then a else b` is b",
    Program meanings::weekdays_shifted "times of the week are a day late",
    Program meanings::end_of_times_is_in "the end of times of the week is within them",
    Program meanings::times_beside "times of the week are those of another condition",
    Program meanings::zone_beside "a local time is that of another zone",
    Program meanings::sunday_first "days of the week are counted from another day",
    Program meanings::paths_by_their_ends "a path is under another one by its end",
    Program meanings::hosts_by_their_starts "a host is under another one by its start",
    Program meanings::address_in_every_net "every address is in every net",
    Program meanings::only_is_any "`runs only` is `runs any`",
    Program meanings::nothing_is_suspected "`runs any` is never true",
    Program meanings::list_too_long "a `List` may have one element too many",
    Program meanings::quantity_above_max "a duration or a size may be one above its range",
    Program meanings::meaning_too_long "a text of a syntax may be one byte too long",
    Program world::window_longer "a sliding window holds what is just over",
    Program world::window_shorter "a sliding window forgets what is just within",
    Program world::calendar_unit_beside "a day's window is a week's, others are a day's",
    Program world::admitted_is_attempted "a window of admitted calls holds attempted ones",
    Program world::denied_is_attempted "a window of denied calls holds attempted ones",
    Program world::attempted_is_admitted "a window of attempted calls holds admitted ones only",
    Program world::failed_is_succeeded "a window of failed calls holds those that succeeded",
    Program world::succeeded_is_admitted "a window of calls that succeeded holds every admitted one",
    Program world::bound_of_one_more "a window holds one entry more than its bound",
    Program world::enforced_window_as_shadow "what cannot be recorded is denied nowhere",
    Program world::key_part_dropped "the last part of a key of several is forgotten",
    Program world::key_forgotten "a window's key is forgotten",
    Program world::where_forgotten "a window's `where` is forgotten",
    Program world::limit_counts_what_it_is_not_for "a limit counts calls that it is not for",
    Program world::counting_looks_back "`counting this` looks back",
    Program world::looking_back_counts "a reading that looks back counts this call",
    Program world::limit_one_early "a limit has room for one less",
    Program world::retry_with_room_for_one_more "the wait is as if a limit had room for one more",
    Program world::readings_untold "readings of sums and sets are not told",
    Program world::reading_failed_is_nothing "a reading that failed is what the frame holds",
    Program world::expiry_ignored "approvals last for ever",
    Program world::expiry_of_tiers_ignored "approvals for tiers last for ever",
    Program world::one_is_enough "a quorum of two is met by one",
    Program world::group_beside "another group of approvers is asked",
    Program world::approved_by_whom_it_is_for "whom the principal acts for may approve in a group",
    Program world::grant_without_its_approval "a grant that asks first asks nobody",
    Program world::raise_one_lower "a raise goes to the tier below",
    Program world::lower_tiers_do_not_ask "the approvals of lower tiers are forgotten",
    Program world::tiers_oblige_to_nothing "the obligations of tiers are forgotten",
    Program world::least_is_greatest "`merge min` takes the greatest",
    Program world::greatest_is_least "`merge max` takes the least",
    Program world::union_is_intersection "`merge union` takes what all have",
    Program world::second_obligation_dropped "of two obligations of a rule the second is forgotten",
    Program world::messages_exchanged "what is said to approvers is told to the agent",
    Program world::any_resource_taken "a request may name another resource than its arguments do",
    Program facts::events_unrecorded "what gateways report is recorded nowhere",
    Program facts::event_where_forgotten "the `where` of a window over events is forgotten",
    Program facts::event_key_forgotten "events are recorded under a shorter key",
    Program facts::parts_of_another_syntax "a set takes other parts of texts than it says",
    Program facts::rows_exchanged "the first two rows of a table are exchanged",
    Program facts::row_found_in_any_case "a key without a row has the first one",
    Program facts::no_row_is_found "a key that has a row has none",
    Program facts::without_a_row_it_is_zero "`t(a) ?? b` is 0 where there is no row",
    Program facts::default_forgotten "what is left out is absent, whatever its default",
    Program facts::default_of_one_more "a default is one more than it says",
    Program facts::defaults_are_empty_lists "a default that is a list is empty",
    Program facts::open_records_are_closed "what an open record does not declare is refused",
    Program facts::every_record_is_open "any record may hold more than is declared",
    Program facts::parts_exchanged "the first two parts of an action are taken for each other",
    Program facts::what_is_no_part_is_the_last "a call that is no part is the last one",
    Program facts::any_age_is_fresh "an answer may be of any age",
    Program facts::as_old_as_may_be_is_too_old "an answer as old as it may be is too old",
    Program facts::another_source_is_asked "another source is asked",
    Program facts::last_row_of_a_file_is_lost "the last row of a file is lost",
    Program facts::whoever_approves_is_in_the_group "whoever approves is in the group",
    Program facts::outputs_are_not_looked_at "what a call gave back is not looked at",
    Program facts::last_part_is_not_shown "the last part of what approvers are shown is forgotten",
    Program shapes::objects_exchanged "two objects that a member tells apart are taken for each other",
    Program shapes::objects_of_one_word "a member that tells objects apart has a word less for one of them",
    Program shapes::ids_of_any_kind "ids by which a source is asked may be any texts",
    Program shapes::map_too_large "a map may have one member too many",
    Program edges::int_below_min "an `Int` may be one below its range",
    Program edges::decimal_above_max "a `Decimal` may be one step above its range",
    Program edges::ident_too_long "an `Ident` may be one byte too long",
    Program edges::meaning_of_any_length "a text of a syntax may have any length",
    Program edges::members_in_another_case "members of maps are read by their names in another case",
    Program edges::default_is_the_first_member "a default that is a member is the first one",
    Program edges::furthest_above_is_refused "the furthest type of what may be above an entity is refused",
    Program edges::domain_is_local "an address's domain is what stands before the `@`",
    Program edges::any_age_that_is_told "an answer may be of any age that it tells",
    Program edges::groups_of_any_age "what a source says of approvers may be of any age",
    Program edges::approvals_last_one_second_more "an approval lasts one second more",
    Program edges::warrants_forgotten "an allow may be used for any time, whatever its tier",
    Program edges::days_begin_elsewhere "a calendar's window begins by the clocks of another zone",
    Program edges::attributes_of_what_failed_are_asked_for "an entity is looked up although that failed of which it is an attribute",
    Program edges::arguments_are_searched_as_they_are_written "arguments are searched as JSON is written, not for what it says",
    Program facts::rows_of_any_age "what a source says of a row may be of any age",
    Package shapes::enforced_elsewhere_forgotten "policies of other packages that are enforced are forgotten",
    Package shapes::grants_elsewhere_forgotten "grants of other packages never count",
    Package facts::rule_for_the_first_of_its_actions "a rule for several actions is for the first",
    Package facts::principal_is_never_what_is_asked "`principal is N` is never true",
    Package facts::star_crosses_segments "`*` in a glob crosses segments",
}
