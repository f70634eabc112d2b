//! Obligations and tiers of a random world.

use super::{Ty, Use, World};
use crate::generate::source::Source;
use crate::generate::words;

/// A kind of obligation.
#[derive(Debug, Clone)]
pub struct Obligation {
    /// Its name.
    pub name: String,
    /// Its parameters.
    pub params: Vec<Param>,
}

/// A parameter of an obligation.
#[derive(Debug, Clone)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Its type.
    pub used: Use,
    /// How several values become one.
    pub merge: Option<&'static str>,
}

/// A tier.
#[derive(Debug, Clone)]
pub struct Tier {
    /// Its name.
    pub name: String,
    /// Its clauses, as they are written.
    pub clauses: Vec<String>,
}

impl World {
    pub(super) fn obligations(&mut self, source: &mut Source) {
        for index in 0..source.below(4) {
            let mut params = vec![];
            for place in 0..source.below(4) {
                let used = if source.chance(25) {
                    let element = *source.pick(&[0, 1, 2]);
                    let element = [Ty::String, Ty::Int, Ty::Ident][element].clone();
                    self.plain(Ty::Set(Box::new(element)))
                } else {
                    // An argument may be computed, so that there is no telling whether it is in a range.
                    let used = self.scalar(source, usize::MAX);
                    self.plain(used.ty)
                };
                let ways: &[&'static str] = match self.base(&used.ty) {
                    Ty::Set(_) => &["union", "intersect"],
                    Ty::Bool => &["min", "max"],
                    _ if self.is_ordered(&used.ty) => &["min", "max"],
                    _ => &[],
                };
                let merge = (!ways.is_empty() && source.chance(60)).then(|| *source.pick(ways));
                params.push(Param { name: ["level", "what", "most"][place].to_owned(), used, merge });
            }
            let name = ["audit", "mfa", "redact"][index].to_owned();
            self.obligations.push(Obligation { name, params });
        }
    }

    /// An argument in constants.
    pub(super) fn constant(&self, source: &mut Source, ty: &Ty) -> Option<String> {
        let base = self.base(ty).clone();
        // A named `Bool` has no literals.
        if base == Ty::Bool && *ty != Ty::Bool {
            return None;
        }
        Some(match base {
            Ty::Bool => ["true", "false"][source.below(2)].to_owned(),
            Ty::Set(element) => {
                let all: Option<Vec<String>> = (0..source.below(4)).map(|_| self.constant(source, &element)).collect();
                format!("[{}]", all?.join(", "))
            }
            _ => {
                let bounds = self.own_bounds(ty);
                self.literal(source, ty, &bounds)
            }
        })
    }

    pub(super) fn tiers(&mut self, source: &mut Source) {
        if !source.chance(70) {
            return;
        }
        let mut always = false;
        // The higher the tier, the shorter an allow may be used.
        let mut warrants = vec!["24h", "1h", "15min", "90s"];
        for index in 0..source.between(1, 4) {
            let mut clauses = vec![];
            if source.chance(50) {
                let kept = source.below(warrants.len());
                warrants.drain(..kept);
                clauses.push(format!("warrant {}", warrants[0]));
            }
            match source.below(if always { 2 } else { 5 }) {
                0 if index > 0 || source.chance(30) => {
                    always = true;
                    let quorum = source.between(1, 3);
                    let quorum = if quorum > 1 { format!(" quorum {quorum}") } else { String::new() };
                    let expires = *source.pick(&["", " expires 15min", " expires 1d"]);
                    clauses.push(format!("approval always from {}{quorum}{expires}", source.pick(&self.approvers)));
                }
                1 => clauses.push("approval conditional".to_owned()),
                2 => clauses.push("approval never".to_owned()),
                _ => {}
            }
            if !self.obligations.is_empty() && source.chance(35) {
                let obligation = source.pick(&self.obligations).clone();
                let args: Option<Vec<String>> = obligation
                    .params
                    .iter()
                    .map(|p| Some(format!("{}: {}", p.name, self.constant(source, &p.used.ty)?)))
                    .collect();
                if let Some(args) = args {
                    clauses.push(format!("with {}({})", obligation.name, args.join(", ")));
                }
            }
            self.tiers.push(Tier { name: words::TIERS[index].to_owned(), clauses });
        }
    }
}
