//! What stands at a place of a file: what it means, and where it is declared. For editors, and for pages about a package.

mod names;
mod subject;
mod words;
pub mod written;
mod tell;

use std::sync::Arc;

use self::subject::{Subject, subject};
use self::tell::Teller;
pub use self::words::meaning;
use crate::check::action::extensions;
pub use crate::check::note::Owner;
use crate::db::{Database, Item, Namespace, Package, SourceFile, all_files, find, find_data};
use crate::span::Span;
use crate::syntax::ast::{ActionClauseKind, Field, ItemKind};

/// What there is to say about a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// From where to where it is said of the file.
    pub span: Span,
    /// What is said, in Markdown.
    pub text: String,
}

/// Where something is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: Arc<str>,
    /// The name in its declaration.
    pub name: Span,
    /// The whole declaration.
    pub whole: Span,
}

/// What a place means: a type, a signature and the comment in front of it.
#[must_use]
pub fn told(db: &Database, package: Package, file: SourceFile, offset: u32) -> Option<Told> {
    let (span, subject) = subject(db, package, file, offset)?;
    let text = Teller { db, package }.tell(&subject)?;
    Some(Told { span, text })
}

/// Where what stands at a place is declared: everywhere, if there are several. The span is that of the place.
#[must_use]
pub fn declared(db: &Database, package: Package, file: SourceFile, offset: u32) -> Option<(Span, Vec<Place>)> {
    let (span, subject) = subject(db, package, file, offset)?;
    let places = places(db, package, file, &subject);
    (!places.is_empty()).then_some((span, places))
}

fn places(db: &Database, package: Package, file: SourceFile, subject: &Subject<'_>) -> Vec<Place> {
    let at = |item: Item<'_>, name: Span, whole: Span| Place {
        file: item.key(db).file.clone(),
        name: name.shifted(item.offset(db)),
        whole: whole.shifted(item.offset(db)),
    };
    match subject {
        Subject::Items(items) => items
            .iter()
            .filter_map(|item| {
                let name = item.ast(db).kind.as_ref().map(|kind| kind.name().span)?;
                Some(at(*item, name, Span::new(0, item.ast(db).len)))
            })
            .collect(),
        Subject::Fields(fields) => fields
            .iter()
            .filter_map(|(owner, name, _)| {
                let (item, field) = declaration(db, package, owner, name)?;
                Some(at(item, field.name.span, whole(field)))
            })
            .collect(),
        Subject::Member(of, member) => find(db, package, Namespace::Type, of)
            .and_then(|item| match &item.ast(db).kind {
                Some(ItemKind::Enum(e)) => {
                    let member = e.members.iter().find(|m| m.name.text == *member)?;
                    Some(at(item, member.name.span, member.name.span))
                }
                _ => None,
            })
            .into_iter()
            .collect(),
        Subject::Rules(rules) => rules
            .iter()
            .filter_map(|(item, place)| match &item.ast(db).kind {
                Some(ItemKind::Policy(policy)) => {
                    let rule = policy.rules.get(*place)?;
                    Some(at(*item, rule.name.span, rule.span))
                }
                _ => None,
            })
            .collect(),
        Subject::Tier(item, place) => match &item.ast(db).kind {
            Some(ItemKind::Tiers(tiers)) => {
                let tier = tiers.tiers.get(*place).map(|t| t.name.span);
                tier.map(|span| at(*item, span, span)).into_iter().collect()
            }
            _ => vec![],
        },
        Subject::Local(item, span, _) => vec![at(*item, *span, *span)],
        Subject::Package(name) => {
            let library = package.libraries(db).iter().find(|l| l.name(db) == name);
            let first = library.and_then(|l| l.files(db).first());
            let start = Span::new(0, 0);
            first.map(|f| Place { file: f.path(db).clone(), name: start, whole: start }).into_iter().collect()
        }
        Subject::Data(path) => {
            let home = all_files(db, package).find(|(_, f)| *f == file).and_then(|(library, _)| library);
            let home = home.map_or_else(|| package.name(db), |library| library.name(db));
            let data = find_data(db, package, home, path).filter(|data| data.text(db).is_ok());
            let start = Span::new(0, 0);
            data.map(|d| Place { file: d.shown(db).clone(), name: start, whole: start }).into_iter().collect()
        }
        Subject::Value(_) | Subject::Word(_) => vec![],
    }
}

fn whole(field: &Field) -> Span {
    let ty = field.name.span.to(field.ty.span);
    field.default.as_ref().map_or(ty, |value| ty.to(value.span))
}

/// The item that declares attributes.
fn owner_item<'db>(db: &'db Database, package: Package, owner: &Owner) -> Option<Item<'db>> {
    let (namespace, name) = match owner {
        Owner::Type(name) => (Namespace::Type, name),
        Owner::Input(name) | Owner::Output(name) => (Namespace::Action, name),
        Owner::Tag(name) => (Namespace::Tag, name),
        Owner::Event(name) => (Namespace::Event, name),
        Owner::Obligation(name) => (Namespace::Obligation, name),
    };
    find(db, package, namespace, name)
}

/// Where a field is declared: by its owner, by what extends it, or by the action that it is a part of.
fn declaration<'db>(db: &'db Database, package: Package, owner: &Owner, name: &str) -> Option<(Item<'db>, &'db Field)> {
    let own = owner_item(db, package, owner)?;
    let (arguments, action) = match owner {
        Owner::Input(action) => (true, action),
        Owner::Output(action) => (false, action),
        Owner::Type(_) | Owner::Tag(_) | Owner::Event(_) | Owner::Obligation(_) => {
            let fields = match own.ast(db).kind.as_ref()? {
                ItemKind::Record(x) => &x.fields,
                ItemKind::Entity(x) => &x.fields,
                ItemKind::Tag(x) => &x.fields,
                ItemKind::Event(x) => &x.fields,
                ItemKind::Obligation(x) => &x.fields,
                _ => return None,
            };
            return fields.iter().find(|f| *f.name.text == *name).map(|f| (own, f));
        }
    };
    let whole = match &own.ast(db).kind {
        Some(ItemKind::Action(x)) => x.part_of.as_ref().map(|(whole, _)| whole.text.clone()),
        _ => None,
    };
    let mut items = vec![own];
    items.extend(extensions(db, package, action.clone()));
    if let Some(whole) = whole {
        items.extend(find(db, package, Namespace::Action, &whole));
        items.extend(extensions(db, package, whole));
    }
    items.into_iter().find_map(|item| {
        let clauses = match item.ast(db).kind.as_ref()? {
            ItemKind::Action(x) => &x.clauses,
            ItemKind::Extend(x) => &x.clauses,
            _ => return None,
        };
        let mut fields = clauses.iter().flat_map(|c| match &c.kind {
            ActionClauseKind::Input(fields) if arguments => fields.iter(),
            ActionClauseKind::Output(fields) if !arguments => fields.iter(),
            _ => [].iter(),
        });
        fields.find(|f| *f.name.text == *name).map(|f| (item, f))
    })
}
