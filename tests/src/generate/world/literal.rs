//! Literals: values as policies write them.

use super::{Bounds, Ty, World, meanings, number, texts};
use crate::generate::samples;
use crate::generate::source::Source;
use crate::generate::words;

impl World {
    /// A literal of a type, one that a request can hold.
    pub fn literal(&self, source: &mut Source, ty: &Ty, bounds: &Bounds) -> String {
        let mut one_of = |all: &[&str]| (*source.pick(all)).to_owned();
        match self.base(ty).clone() {
            Ty::Bool => one_of(&["true", "false"]),
            Ty::Int => {
                let small = i64::try_from(source.below(12)).unwrap_or(0);
                let edge = [0, 1, -1, 10, 50, 100, bounds.min, bounds.max, i64::MAX - 1, i64::MIN + 1, 1000];
                let value = if source.chance(50) { small } else { *source.pick(&edge) };
                value.clamp(bounds.min, bounds.max).to_string()
            }
            Ty::Decimal => {
                let step = 10_i64.pow(4 - u32::from(bounds.places));
                let small = i64::try_from(source.below(1200)).unwrap_or(0) * step;
                let edge = [0, 10_000, -10_000, 500_000, bounds.min, bounds.max, i64::MAX, i64::MIN + 1];
                let value = if source.chance(50) { small } else { *source.pick(&edge) };
                // Rounded towards zero and back into the range; a range ends at a value of the type.
                let value = value.clamp(bounds.min, bounds.max) / step * step;
                let value = if value < bounds.min || value > bounds.max { bounds.min } else { value };
                if value % 10_000 == 0 && source.chance(30) {
                    return (value / 10_000).to_string();
                }
                number(value, true, bounds.places)
            }
            base @ (Ty::String | Ty::Ident) => {
                let mut all = texts(bounds, base == Ty::Ident);
                if all.is_empty() {
                    all.push("a");
                }
                let text: &&str = source.pick(&all);
                words::literal(text)
            }
            Ty::Syntax(syntax) => {
                let all = meanings(bounds, syntax);
                let text: &&str = source.pick(&all);
                words::literal(text)
            }
            Ty::Instant => one_of(samples::INSTANTS),
            Ty::Duration => {
                let all: &[&str] = samples::DURATIONS;
                let fits = |text: &&&str| {
                    zt_values::quantity::parse_duration_quantity(text)
                        .is_ok_and(|micros| bounds.min <= micros && micros <= bounds.max)
                };
                let all: Vec<&str> = all.iter().filter(fits).copied().collect();
                (*source.pick(&all)).to_owned()
            }
            Ty::Size => {
                let fits = |text: &&&str| {
                    zt_values::quantity::parse_size_quantity(text)
                        .is_ok_and(|bytes| bounds.min <= bytes && bytes <= bounds.max)
                };
                let all: Vec<&str> = samples::SIZES.iter().filter(fits).copied().collect();
                (*source.pick(&all)).to_owned()
            }
            Ty::Date => one_of(samples::DATES),
            Ty::Time => one_of(samples::TIMES),
            Ty::Enum(index) => source.pick(&self.enums[index].members).0.clone(),
            _ => "0".to_owned(),
        }
    }
}
