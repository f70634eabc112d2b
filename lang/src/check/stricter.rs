//! Stricter types for arguments that are declared: what an extension says of an action, and a part of its whole.
//!
//! A type may stand for a wider one if whatever it takes is written the same way in a request and the wider one takes it
//! too. What another package wrote was meant of the type that it saw: where that package reads the argument, the argument
//! stays of that type.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::declare::field;
use super::literal::impossible_text;
use super::readers::says_free;
use super::types::{show, unbounded};
use super::{Cx, HirItem, check_item};
use crate::db::{Namespace, find};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Action, Bounds, Field, Name, Pattern, Record, Syntax, Ty, Type};
use crate::syntax::ast;

/// The bytes of the longest text of an instant, a date, a time of day or a duration, and some more.
const LONGEST_TIME: u32 = 64;

/// Ten-thousandths in one.
const ONE: i128 = 10_000;

/// Why one type cannot stand for another.
enum Misfit {
    /// It takes what the other refuses, or is written differently.
    Another,
    /// It would be stricter, but for this.
    But(String),
    /// It takes nothing that the other takes.
    Empty,
    /// Nobody knows: a mistake hides one of them.
    Lost,
}

/// The type of a collection's elements; the length is the collection's.
fn element(ty: &Ty, bounds: &Bounds) -> Option<Type> {
    let (Ty::List(inner) | Ty::Set(inner) | Ty::Map(inner)) = ty.base() else { return None };
    let bounds = bounds.element.as_deref().cloned().unwrap_or_else(|| unbounded(inner));
    Some(Type { ty: (**inner).clone(), bounds })
}

/// The type without its name, to be changed.
fn base_mut(ty: &mut Ty) -> &mut Ty {
    match ty {
        Ty::Named(_, base) => base_mut(base),
        other => other,
    }
}

/// Makes bounds of the same type refuse what others refuse as well; an error if no value is left.
fn tighten(bounds: &mut Bounds, others: &Bounds) -> Result<(), Misfit> {
    bounds.min = bounds.min.max(others.min);
    bounds.max = bounds.max.min(others.max);
    bounds.places = bounds.places.min(others.places);
    bounds.length = bounds.length.min(others.length);
    for p in &others.patterns {
        if !bounds.patterns.contains(p) {
            bounds.patterns.push(p.clone());
        }
    }
    if bounds.min <= bounds.max { Ok(()) } else { Err(Misfit::Empty) }
}

/// The whole numbers among those that lie within bounds of a `Decimal`.
fn whole_numbers(bounds: &Bounds) -> Bounds {
    let (min, max) = (i128::from(bounds.min), i128::from(bounds.max));
    let whole = |n: i128| i64::try_from(n).unwrap_or_default();
    Bounds { min: whole(-(-min).div_euclid(ONE)), max: whole(max.div_euclid(ONE)), ..unbounded(&Ty::Int) }
}

/// Whether a value of a syntax can be written in several ways, of which one is what is judged.
fn has_spellings(syntax: Syntax) -> bool {
    match syntax {
        Syntax::Path | Syntax::Command => false,
        Syntax::Url | Syntax::Host | Syntax::Email | Syntax::IpAddr | Syntax::IpNet => true,
    }
}

impl Cx<'_> {
    /// Stricter types for arguments that are declared, and `free` for those that nobody judges.
    pub(crate) fn stricter(&mut self, out: &mut Action, fields: &[ast::Field]) {
        for f in fields {
            let Some(known) = field(&out.input, &f.name.text).cloned() else {
                let known: Vec<&str> = out.input.iter().map(|f| &*f.name).collect();
                let d = Diagnostic::new(
                    Code::UnknownAttribute,
                    f.name.span,
                    format!("the input of `{}` has no `{}`", out.name, f.name.text),
                )
                .label("nothing of this name")
                .help("an extension adds no arguments: the tool would not take them")
                .did_you_mean(f.name.span, &f.name.text, known);
                self.report(d);
                continue;
            };
            let changed = if says_free(f) {
                Some(Field { free: true, ..known })
            } else {
                self.resolve(&f.ty).and_then(|ty| self.made_stricter(out, f, &known, ty))
            };
            if let Some(changed) = changed
                && let Some(slot) = out.input.iter_mut().find(|x| x.name == changed.name)
            {
                *slot = changed;
            }
        }
    }

    /// An argument with a type that is stricter than the one it is declared with; nothing if it is not, reported.
    fn made_stricter(&mut self, action: &Action, f: &ast::Field, known: &Field, ty: Type) -> Option<Field> {
        if f.ty.absent().is_some() && !known.optional {
            let d = Diagnostic::new(Code::BadRefinement, f.ty.span, format!("`{}` is required", f.name.text))
                .label("looser than it is declared")
                .help("remove `?`");
            self.report(d);
            return None;
        }
        if let Some(value) = &f.default {
            let d = Diagnostic::new(Code::BadRefinement, value.span, "a default stands where the argument is declared")
                .label("not in what is added")
                .help("remove it; the tool, not the policy, knows what it does with a call that leaves it out");
            self.report(d);
            return None;
        }
        if let Some(span) = f.wire.as_ref().map(|w| w.span).or(f.merge.map(|(_, span)| span)) {
            let d = Diagnostic::new(Code::BadRefinement, span, format!("`{}` is declared already", f.name.text))
                .label("not in what is added")
                .help("say its type alone: what requests call it stands where it is declared");
            self.report(d);
            return None;
        }
        let mut stricter = ty;
        match self.narrow(&mut stricter, &known.ty, &mut BTreeSet::new()) {
            Ok(retyped) if retyped && self.is_read_elsewhere(action, f, known) => return None,
            Ok(_) => {}
            Err(misfit) => {
                self.report_misfit(f, known, &stricter, misfit);
                return None;
            }
        }
        let default = match &known.default {
            None => None,
            Some(value) => {
                let fits = self.refit(value, &stricter.ty, &stricter.bounds);
                if fits.is_none() {
                    let d = Diagnostic::new(
                        Code::BadRefinement,
                        f.ty.span,
                        format!("`{}` has a default that this refuses", f.name.text),
                    )
                    .label("a call that leaves it out would always be refused")
                    .help("choose a type that takes the default");
                    self.report(d);
                    return None;
                }
                fits
            }
        };
        Some(Field {
            name: known.name.clone(),
            wire: known.wire.clone(),
            ty: stricter,
            optional: known.optional && f.ty.absent().is_some(),
            free: known.free || f.ty.is_free(),
            default,
        })
    }

    fn report_misfit(&mut self, f: &ast::Field, known: &Field, ty: &Type, misfit: Misfit) {
        let is = format!("this is `{}`", show(&ty.ty));
        let (label, help) = match misfit {
            Misfit::Lost => return,
            Misfit::Empty => {
                let d = Diagnostic::new(Code::EmptyRange, f.ty.span, "no value is left")
                    .label("the declared type and this one have nothing in common")
                    .help("choose a range within the declared one");
                return self.report(d);
            }
            Misfit::Another if matches!(known.ty.ty, Ty::Named(..)) => {
                (is, "values of a named type stay what they are named".to_owned())
            }
            Misfit::Another => (is, "an extension makes a type stricter, never another".to_owned()),
            Misfit::But(why) => (is, why),
        };
        let d = Diagnostic::new(
            Code::TypeMismatch,
            f.ty.span,
            format!("`{}` is declared as `{}`", f.name.text, show(&known.ty.ty)),
        );
        self.report(d.label(label).help(help));
    }

    /// Makes a type refuse what another refuses as well, and says whether it is another type than that. Of records that
    /// hold themselves, `seen` are those that are being looked at.
    fn narrow(&self, new: &mut Type, old: &Type, seen: &mut BTreeSet<(Name, Name)>) -> Result<bool, Misfit> {
        // Values of a named type stay what they are named; others may be given a name.
        if matches!(old.ty, Ty::Named(..)) && new.ty != old.ty {
            return Err(Misfit::Another);
        }
        let but = |why: String| Err(Misfit::But(why));
        match (new.ty.base().clone(), old.ty.base()) {
            (Ty::List(_), Ty::List(_)) | (Ty::Set(_), Ty::Set(_)) | (Ty::Map(_), Ty::Map(_)) => {
                let (Some(mut own), Some(others)) = (element(&new.ty, &new.bounds), element(&old.ty, &old.bounds))
                else {
                    return Err(Misfit::Lost);
                };
                let retyped = self.narrow(&mut own, &others, seen)?;
                if let Ty::List(inner) | Ty::Set(inner) | Ty::Map(inner) = base_mut(&mut new.ty) {
                    **inner = own.ty;
                }
                new.bounds.element = Some(Box::new(own.bounds));
                tighten(&mut new.bounds, &old.bounds).map(|()| retyped)
            }
            (Ty::Entry(own), Ty::Entry(others)) => {
                let mut fields = own.to_vec();
                let mut retyped = false;
                for (own, other) in fields.iter_mut().zip(others.iter()) {
                    retyped |= self.narrow(&mut own.ty, &other.ty, seen)?;
                }
                *base_mut(&mut new.ty) = Ty::Entry(fields.into());
                Ok(retyped)
            }
            (Ty::Choice(own), Ty::Choice(others)) => {
                let mut variants = own.to_vec();
                let mut retyped = own.len() != others.len() || own.iter().zip(&**others).any(|(a, b)| a.name != b.name);
                for variant in &mut variants {
                    retyped |= self.narrow_to_one(&mut variant.ty, others, seen)?;
                }
                *base_mut(&mut new.ty) = Ty::Choice(variants.into());
                Ok(retyped)
            }
            (_, Ty::Choice(others)) => self.narrow_to_one(new, others, seen).map(|_| true),
            (a, b) if a == *b => tighten(&mut new.bounds, &old.bounds).map(|()| false),
            (Ty::Record(own), Ty::Record(other)) => self.narrow_record(&own, other, seen).map(|()| true),
            (Ty::Int, Ty::Decimal) => tighten(&mut new.bounds, &whole_numbers(&old.bounds)).map(|()| true),
            (Ty::Size, Ty::Decimal) => tighten(&mut new.bounds, &whole_numbers(&old.bounds)).map(|()| true),
            (Ty::Size, Ty::Int) => tighten(&mut new.bounds, &old.bounds).map(|()| true),
            (Ty::Enum(own), Ty::Enum(other)) => {
                let (own, other) = self.enumeration(&own).zip(self.enumeration(other)).ok_or(Misfit::Lost)?;
                let is_there = |wire: &Name| other.members.iter().any(|m| m.wire == *wire);
                match own.members.iter().find(|m| !is_there(&m.wire)) {
                    Some(more) => but(format!("`{}` has no member that requests call `{}`", other.name, more.wire)),
                    None => Ok(true),
                }
            }
            (Ty::Enum(own), Ty::String | Ty::Ident) => {
                let own = self.enumeration(&own).ok_or(Misfit::Lost)?;
                let refused = |wire: &Name| impossible_text(wire, &old.ty, &old.bounds);
                match own.members.iter().find_map(|m| Some((&m.wire, refused(&m.wire)?))) {
                    Some((wire, why)) => but(format!("the declared type refuses `{wire}`: {why}")),
                    None => Ok(true),
                }
            }
            (Ty::Ident, Ty::String) => tighten(&mut new.bounds, &old.bounds).map(|()| true),
            (Ty::Syntax(syntax), Ty::String) => {
                if !has_spellings(syntax) && syntax != Syntax::Command {
                    return tighten(&mut new.bounds, &old.bounds).map(|()| true);
                }
                // A length bounds what is sent: so many bytes are never more characters.
                let most =
                    |p: &Pattern| if p.counts().is_some_and(|(least, _)| least <= 1) { p.counts() } else { None };
                for p in &old.bounds.patterns {
                    match most(p) {
                        Some((_, Some(most))) if new.bounds.length > most => {
                            return but(format!(
                                "its pattern counts at most {most} characters: say `max {most}`, of so many bytes"
                            ));
                        }
                        Some(_) => {}
                        None => {
                            return but(format!(
                                "its pattern is one of texts as they are sent, and no pattern of `{}`",
                                syntax.as_str()
                            ));
                        }
                    }
                }
                tighten(&mut new.bounds, &Bounds { patterns: vec![], ..old.bounds.clone() }).map(|()| true)
            }
            (Ty::Instant | Ty::Date | Ty::Time | Ty::Duration, Ty::String) => {
                if !old.bounds.patterns.is_empty() || old.bounds.length < LONGEST_TIME {
                    return but("its pattern or length is one of texts, and no bound of times".to_owned());
                }
                Ok(true)
            }
            // Whatever JSON can say, and nobody reads.
            (_, Ty::Json) => Ok(true),
            _ => Err(Misfit::Another),
        }
    }

    /// The same for a value that may be of any of several types.
    fn narrow_to_one(
        &self,
        new: &mut Type,
        others: &[Field],
        seen: &mut BTreeSet<(Name, Name)>,
    ) -> Result<bool, Misfit> {
        let mut why = Misfit::Another;
        for other in others {
            let mut own = new.clone();
            // What was taken for granted of records that do not fit must not be taken for granted of the next.
            let mut assumed = seen.clone();
            match self.narrow(&mut own, &other.ty, &mut assumed) {
                Ok(retyped) => {
                    *new = own;
                    *seen = assumed;
                    return Ok(retyped);
                }
                Err(Misfit::Another) => {}
                Err(misfit) => why = misfit,
            }
        }
        Err(why)
    }

    /// Whether objects that one record takes are taken by another; by what they are called in requests.
    fn narrow_record(&self, own: &Name, other: &Name, seen: &mut BTreeSet<(Name, Name)>) -> Result<(), Misfit> {
        if !seen.insert((own.clone(), other.clone())) {
            return Ok(());
        }
        if self.broken(Namespace::Type, own) || self.broken(Namespace::Type, other) {
            return Err(Misfit::Lost);
        }
        let but = |why: String| Err(Misfit::But(why));
        let (own, other) = self.record_of(own).zip(self.record_of(other)).ok_or(Misfit::Lost)?;
        let in_own = |wire: &Name| own.fields.iter().find(|f| f.wire == *wire);
        let in_other = |wire: &Name| other.fields.iter().find(|f| f.wire == *wire);
        if own.open && !other.open {
            return but(format!("`{}` is not `open`", other.name));
        }
        for theirs in &other.fields {
            let may_be_absent = theirs.optional || theirs.default.is_some();
            // A default is what the policy judges and the gateway passes on: without the field nobody would say it.
            let needed = own.open || !may_be_absent || theirs.default.is_some();
            if in_own(&theirs.wire).is_none() && needed {
                return but(format!("`{}` lacks `{}`, which `{}` has", own.name, theirs.wire, other.name));
            }
        }
        for ours in &own.fields {
            let Some(theirs) = in_other(&ours.wire) else {
                if other.open {
                    continue;
                }
                return but(format!("`{}` has no `{}`", other.name, ours.wire));
            };
            if ours.optional && !theirs.optional {
                return but(format!("`{}` may be absent in `{}`, but not in `{}`", ours.wire, own.name, other.name));
            }
            let mut ty = ours.ty.clone();
            self.narrow(&mut ty, &theirs.ty, seen).map_err(|misfit| match misfit {
                Misfit::Another => Misfit::But(format!(
                    "`{}` is `{}` in `{}`, and `{}` in `{}`",
                    ours.wire,
                    show(&ours.ty.ty),
                    own.name,
                    show(&theirs.ty.ty),
                    other.name
                )),
                other => other,
            })?;
            // What the record itself refuses is all that is refused of a field.
            if ty.bounds != ours.ty.bounds || ty.ty != ours.ty.ty {
                return but(format!(
                    "`{}` takes more in `{}` than in `{}`: repeat what that refuses",
                    ours.wire, own.name, other.name
                ));
            }
            let same_default = match (&ours.default, &theirs.default) {
                (None, _) => true,
                (Some(ours), Some(theirs)) => {
                    self.refit(theirs, &ty.ty, &ty.bounds).is_some_and(|theirs| theirs.kind == ours.kind)
                }
                (Some(_), None) => false,
            };
            if !same_default {
                return but(format!("`{}` has another default in `{}`", ours.wire, other.name));
            }
        }
        Ok(())
    }

    fn record_of(&self, name: &str) -> Option<Arc<Record>> {
        match &check_item(self.db, self.package, find(self.db, self.package, Namespace::Type, name)?).hir {
            Some(HirItem::Record(r)) => Some(r.clone()),
            _ => None,
        }
    }

    /// Whether another package reads an argument that is to have another type: what it says was meant of the type that is
    /// declared. Reported.
    fn is_read_elsewhere(&mut self, action: &Action, f: &ast::Field, known: &Field) -> bool {
        let Some((key, span, what)) = self.reader(action, &known.name) else { return false };
        let ty = show(&known.ty.ty);
        let d = Diagnostic::new(
            Code::TypeMismatch,
            f.ty.span,
            format!("{what} takes `{}` of `{}` for `{ty}`", f.name.text, action.name),
        )
        .label("it would mean something else there")
        .related(Some(key), span, "read here")
        .help(format!("leave it `{ty}`, with bounds if need be, or declare it so where the action is declared"));
        self.report(d);
        true
    }
}
