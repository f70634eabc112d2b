//! What stands at a place of a file.

use super::names::{Named, Role, names};
use crate::check::note::{Meaning, Note, Owner, notes};
use crate::check::tag::above;
use crate::db::{Database, Item, Library, Namespace, Package, SourceFile, all_files, find, index, items, split};
use crate::hir::{Field, Name, Ty};
use crate::span::Span;
use crate::syntax::ast::{self, ItemKind};
use crate::syntax::token::{Token, WORDS, lex};

/// Something that a place is about.
#[derive(Debug, Clone)]
pub(super) enum Subject<'db> {
    /// Items.
    Items(Vec<Item<'db>>),
    /// Declared fields: who declares each, and its name; with the field as it was checked, if it was.
    Fields(Vec<(Owner, Name, Option<Field>)>),
    /// The member of an enum.
    Member(Name, Name),
    /// Rules: each a policy and the place of the rule in it.
    Rules(Vec<(Item<'db>, usize)>),
    /// A tier of a ladder.
    Tier(Item<'db>, usize),
    /// A name that only its item knows: where it is declared, and what it is.
    Local(Item<'db>, Span, Option<Ty>),
    /// A value.
    Value(Ty),
    /// A package.
    Package(Name),
    /// A data file, by its path from the package's folder.
    Data(Name),
    /// A word of the language.
    Word(&'static str),
}

/// What a place is about, and from where to where it stands in the file.
pub(super) fn subject<'db>(
    db: &'db Database,
    package: Package,
    file: SourceFile,
    offset: u32,
) -> Option<(Span, Subject<'db>)> {
    let (library, _) = all_files(db, package).find(|(_, f)| *f == file)?;
    let around = items(db, package, library, file).iter().rev().find(|item| item.offset(db) <= offset);
    let ends = |item: &Item<'db>| item.offset(db).saturating_add(item.ast(db).len);
    let inside = around.filter(|item| offset <= ends(item));
    let found = inside.and_then(|item| within(db, package, library, *item, offset - item.offset(db)));
    match found {
        Some((span, subject)) => {
            let start = inside.map_or(0, |item| item.offset(db));
            // A word of the language is nearer than the expression that it joins.
            match (subject, word(file.text(db), offset)) {
                (Subject::Value(_), Some((at, word))) => Some((at, Subject::Word(word))),
                (subject, _) => Some((span.shifted(start), subject)),
            }
        }
        None => word(file.text(db), offset).map(|(at, word)| (at, Subject::Word(word))),
    }
}

/// The word of the language at a place. Only the line is looked at: no token but a broken one is longer.
fn word(text: &str, offset: u32) -> Option<(Span, &'static str)> {
    let at = offset as usize;
    let start = text.get(..at)?.rfind('\n').map_or(0, |n| n + 1);
    let end = text.get(at..)?.find('\n').map_or(text.len(), |n| at + n);
    let start = u32::try_from(start).ok()?;
    let tokens = lex(text.get(start as usize..end)?).tokens;
    let token = tokens.iter().find(|t| t.span.start + start <= offset && offset < t.span.end + start)?;
    let (word, _) = WORDS.iter().find(|(_, known)| *known == token.token && *known != Token::Ident)?;
    Some((token.span.shifted(start), word))
}

fn holds(span: Span, at: u32) -> bool {
    span.start <= at && at <= span.end
}

/// What stands at a place of an item.
fn within<'db>(
    db: &'db Database,
    package: Package,
    library: Option<Library>,
    item: Item<'db>,
    at: u32,
) -> Option<(Span, Subject<'db>)> {
    let kind = item.ast(db).kind.as_ref()?;
    let all = names(kind);
    // Of two that touch, the one that begins here.
    let here = all.iter().filter(|n| holds(n.span, at)).max_by_key(|n| (n.span.start, std::cmp::Reverse(n.span.end)));
    let look = Look { db, package, library, item, kind, names: &all, notes: notes(db, package, item) };
    if let Some(named) = here
        && let Some(subject) = look.named(named)
    {
        return Some((named.span, subject));
    }
    // No name: the smallest expression around.
    let noted = look.notes.iter().filter(|n| n.span.start <= at && at < n.span.end);
    let note = noted.min_by_key(|n| n.span.end - n.span.start)?;
    look.noted(note.span).map(|subject| (note.span, subject))
}

struct Look<'a, 'db> {
    db: &'db Database,
    package: Package,
    library: Option<Library>,
    item: Item<'db>,
    kind: &'a ItemKind,
    names: &'a [Named<'a>],
    notes: Vec<Note>,
}

impl<'db> Look<'_, 'db> {
    fn named(&self, named: &Named<'_>) -> Option<Subject<'db>> {
        let text: Name = named.text.into();
        let of = |namespace| find(self.db, self.package, namespace, named.text).map(|item| Subject::Items(vec![item]));
        match &named.role {
            Role::Own => Some(Subject::Items(vec![self.item])),
            Role::Item(namespace) => of(*namespace),
            Role::Prefix => {
                let all = &index(self.db, self.package).names;
                let from = all.range((Namespace::Action, text.clone())..);
                let all = from.take_while(|((n, name), _)| *n == Namespace::Action && name.starts_with(&*text));
                Some(Subject::Items(all.filter_map(|(_, items)| items.first()).copied().collect()))
            }
            Role::Step => self.noted(named.span),
            Role::Word => {
                let noted = self.noted(named.span);
                let declared = || {
                    let kinds = [Namespace::Define, Namespace::Window, Namespace::Table];
                    let other = [Namespace::Event, Namespace::Tag, Namespace::Type];
                    kinds.into_iter().chain(other).find_map(of)
                };
                match noted {
                    Some(Subject::Value(ty)) => self.local(named).or_else(declared).or(Some(Subject::Value(ty))),
                    Some(known) => Some(known),
                    None => self.local(named).or_else(declared).or_else(|| self.rules(named.text)),
                }
            }
            Role::Tier => self.tier(named.text),
            Role::Rule => self.rules(named.text),
            Role::Used(None) => Some(match self.offered(&text) {
                Some(item) => Subject::Items(vec![item]),
                None => Subject::Package(text),
            }),
            Role::Used(Some(package)) => {
                self.offered(&format!("{package}.{text}")).map(|item| Subject::Items(vec![item]))
            }
            Role::Field(owner) => Some(Subject::Fields(vec![(owner.clone(), text, None)])),
            Role::Argument(owner) => Some(Subject::Fields(vec![(self.declares(owner, &text), text, None)])),
            Role::Member => Some(Subject::Member(self.kind.name().text.clone(), text)),
            Role::Local => Some(Subject::Local(self.item, named.span, self.type_of(named))),
            Role::OwnRule => {
                let ItemKind::Policy(policy) = self.kind else { return None };
                let place = policy.rules.iter().position(|r| r.name.span == named.span)?;
                Some(Subject::Rules(vec![(self.item, place)]))
            }
            Role::OwnTier => {
                let ItemKind::Tiers(tiers) = self.kind else { return None };
                let place = tiers.tiers.iter().position(|t| t.name.span == named.span)?;
                Some(Subject::Tier(self.item, place))
            }
            Role::Data => Some(Subject::Data(text)),
        }
    }

    /// What the check noted of exactly this place.
    fn noted(&self, span: Span) -> Option<Subject<'db>> {
        let mut fields: Vec<(Owner, Name, Option<Field>)> = vec![];
        let mut last: Option<Subject<'db>> = None;
        for note in self.notes.iter().filter(|n| n.span == span) {
            match &note.meaning {
                Meaning::Field(owner, field) => {
                    let owner = self.declares(owner, &field.name);
                    if !fields.iter().any(|(known, ..)| *known == owner) {
                        fields.push((owner, field.name.clone(), Some(field.clone())));
                    }
                }
                Meaning::Value(ty) => last = last.or_else(|| Some(Subject::Value(ty.clone()))),
                Meaning::Member(of, member) => {
                    let member = member.rsplit('.').next().unwrap_or(member);
                    last = Some(Subject::Member(of.clone(), member.into()));
                }
                Meaning::Root(owners) => {
                    last = Some(Subject::Items(owners.iter().filter_map(|owner| self.owner(owner)).collect()));
                }
            }
        }
        if fields.is_empty() { last } else { Some(Subject::Fields(fields)) }
    }

    /// Who of those that lend a field declares it: of a tag's those that it is in.
    fn declares(&self, owner: &Owner, field: &str) -> Owner {
        let Owner::Tag(tag) = owner else { return owner.clone() };
        let has = |tag: &Name| {
            let item = find(self.db, self.package, Namespace::Tag, tag);
            item.is_some_and(|item| match &item.ast(self.db).kind {
                Some(ItemKind::Tag(tag)) => tag.fields.iter().any(|f| *f.name.text == *field),
                _ => false,
            })
        };
        let over = above(self.db, self.package).get(tag).into_iter().flatten();
        std::iter::once(tag)
            .chain(over)
            .find(|tag| has(tag))
            .map_or_else(|| owner.clone(), |tag| Owner::Tag(tag.clone()))
    }

    fn owner(&self, owner: &Owner) -> Option<Item<'db>> {
        super::owner_item(self.db, self.package, owner)
    }

    /// The name that only the item knows and that is meant here: the last one declared before it. Nothing shadows in zt.
    fn local(&self, named: &Named<'_>) -> Option<Subject<'db>> {
        let own = |n: &&Named<'_>| matches!(n.role, Role::Local) && n.text == named.text;
        let suite = matches!(self.kind, ItemKind::Suite(_));
        let before = |n: &&Named<'_>| n.span.start <= named.span.start || suite;
        let declared = self.names.iter().filter(own).filter(before).max_by_key(|n| {
            let after = n.span.start > named.span.start;
            (!after, n.span.start)
        })?;
        Some(Subject::Local(self.item, declared.span, self.type_of(named).or_else(|| self.type_of(declared))))
    }

    /// The type of a name that only the item knows: as it is read there, or anywhere.
    fn type_of(&self, named: &Named<'_>) -> Option<Ty> {
        let value = |span: Span| {
            self.notes.iter().find_map(|n| match &n.meaning {
                Meaning::Value(ty) if n.span == span => Some(ty.clone()),
                _ => None,
            })
        };
        let uses = self.names.iter().filter(|n| matches!(n.role, Role::Word) && n.text == named.text);
        value(named.span).or_else(|| uses.filter(|n| n.span.start > named.span.start).find_map(|n| value(n.span)))
    }

    /// An item by its name with its package in front, however the root package is called.
    fn offered(&self, full: &str) -> Option<Item<'db>> {
        let item = index(self.db, self.package).names.range(..);
        let mut of = item.filter(|((n, name), _)| **name == *full && !matches!(n, Namespace::Use | Namespace::Enforce));
        of.find_map(|(_, items)| items.first()).copied()
    }

    fn tier(&self, name: &str) -> Option<Subject<'db>> {
        let all = index(self.db, self.package).all.iter();
        let mut ladders = all.filter_map(|item| match &item.ast(self.db).kind {
            Some(ItemKind::Tiers(tiers)) => Some((*item, tiers)),
            _ => None,
        });
        ladders.find_map(|(item, tiers)| {
            let place = tiers.tiers.iter().position(|t| *t.name.text == *name)?;
            Some(Subject::Tier(item, place))
        })
    }

    /// The rules that `rule` or `policy.rule` names, among those of the package at hand.
    fn rules(&self, name: &str) -> Option<Subject<'db>> {
        let (policy, rule) = name.rsplit_once('.').map_or((None, name), |(policy, rule)| (Some(policy), rule));
        let mut out = vec![];
        for item in &index(self.db, self.package).all {
            let Some(ItemKind::Policy(p)) = &item.ast(self.db).kind else { continue };
            let own = split(item.key(self.db)).1;
            if policy.is_some_and(|policy| policy != own && *p.name.text != *policy) {
                continue;
            }
            let named = |r: &ast::Rule| *r.name.text == *rule;
            out.extend(p.rules.iter().enumerate().filter(|(_, r)| named(r)).map(|(place, _)| (*item, place)));
        }
        let home = self.library.map_or_else(|| self.package.name(self.db), |l| l.name(self.db));
        if out.iter().any(|(item, _)| item.home(self.db) == home) {
            out.retain(|(item, _)| item.home(self.db) == home);
        }
        (!out.is_empty()).then_some(Subject::Rules(out))
    }
}
