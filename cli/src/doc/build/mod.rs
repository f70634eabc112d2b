//! From a checked package to what pages say about it.

mod rules;
mod actions;
mod remembered;
mod vocabulary;
mod suites;
mod uses;

use std::collections::{BTreeMap, BTreeSet};

use zt_lang::check::budget::windows_read;
use zt_lang::hir::{Expr, Name, Package, Piece, Ty};
use zt_lang::needs::limits_of;
use zt_lang::point::Owner;
use zt_lang::point::written::{self, Written};
use zt_values::quantity::format_duration_quantity;

pub(crate) use zt_lang::db::Namespace;

use self::uses::Uses;
use super::model::{Field, Item, Part, Phrase, Site, Target};
use super::names::PageNames;
use super::places::Files;
use super::reading::Reader;
use super::words::literal;
use crate::facts::said;
use crate::load::Loaded;

/// What is needed while all of it is put together.
struct Build<'a> {
    loaded: &'a Loaded,
    hir: &'a Package,
    files: Files,
    pages: PageNames,
    /// The windows that rules read, by their full names.
    windows: BTreeMap<&'a Name, BTreeSet<&'a Name>>,
    /// The definitions and tables that they use.
    uses: BTreeMap<&'a Name, Uses>,
    /// The tests that name them: suite and test.
    tests: BTreeMap<Name, Vec<(usize, usize)>>,
}

/// What there is to say about a package.
pub(crate) fn site(loaded: &Loaded, hir: &Package) -> Site {
    let mut pages = PageNames::default();
    let files = Files::of(loaded, &mut pages);
    let mut build = Build {
        loaded,
        hir,
        files,
        pages,
        windows: windows_read(hir),
        uses: uses::by_rule(hir),
        tests: BTreeMap::new(),
    };
    let suites = build.suites();
    build.tests = suites::by_rule(&suites);
    let policies = build.policies();
    let actions = build.actions();
    let principals: BTreeSet<Name> = actions.iter().flat_map(|a| &a.calls).map(|call| call.principal.clone()).collect();
    let (tiers, ladder) = build.tiers(&actions);
    let approvers = build.approvers();
    let obligations = build.obligations();
    let windows = build.windows();
    let events = build.events();
    let sources = build.sources(&actions, &approvers);
    let tags = build.tags(&actions);
    let tables = build.tables();
    let functions = build.functions();
    let types = build.types(&tags, &obligations);
    Site {
        name: hir.name.clone(),
        principals: principals.into_iter().collect(),
        actions,
        policies,
        tiers,
        ladder,
        approvers,
        obligations,
        windows,
        events,
        sources,
        types,
        tags,
        tables,
        functions,
        suites,
        files: build.files,
    }
}

impl Build<'_> {
    fn written(&self, namespace: Namespace, name: &str) -> Option<Written> {
        written::item(&self.loaded.db, self.loaded.package, namespace, name)
    }

    /// Whether an item belongs to the package itself.
    fn own(&self, namespace: Namespace, name: &str) -> bool {
        self.written(namespace, name).is_some_and(|written| written.home == self.hir.name)
    }

    /// The names of a kind in the bundle.
    fn names(&self, namespace: Namespace) -> &[Name] {
        zt_lang::db::names(&self.loaded.db, self.loaded.package, namespace)
    }

    fn item(&self, namespace: Namespace, name: &Name) -> Item {
        self.as_item(name, self.written(namespace, name))
    }

    fn as_item(&self, name: &Name, written: Option<Written>) -> Item {
        let Some(written) = written else {
            return Item { name: name.clone(), home: None, doc: String::new(), text: String::new(), place: None };
        };
        let foreign = written.home != self.hir.name;
        Item {
            name: name.clone(),
            home: foreign.then(|| written.home.clone()),
            place: self.files.place(&written.file, written.place),
            doc: written.comment,
            text: written.text,
        }
    }

    /// A reader of what stands in an item.
    fn read<T>(&self, of: Option<&Written>, params: Vec<String>, read: impl FnOnce(&mut Reader<'_>) -> T) -> T {
        let source = |e: &Expr| match of {
            Some(of) => self.files.text(&of.file, e.span.shifted(of.place.start)).to_owned(),
            None => String::new(),
        };
        read(&mut Reader::new(self.hir, &source, params))
    }

    /// A type as policies write it, with links to what it names.
    fn ty(&self, ty: &Ty) -> Phrase {
        let words = |text: &str| Part::Code(text.to_owned());
        let around = |head: &str, inner: Phrase| {
            std::iter::once(words(head)).chain(inner).chain([words(">")]).collect::<Phrase>()
        };
        match ty {
            Ty::Enum(name) | Ty::Record(name) | Ty::Entity(name) | Ty::Named(name, _) => {
                vec![Part::Link(name.to_string(), Target::Type(name.clone()))]
            }
            Ty::Set(element) => around("Set<", self.ty(element)),
            Ty::List(element) => around("List<", self.ty(element)),
            Ty::Map(entry) => match &**entry {
                Ty::Entry(fields) => around("Map<", self.joined(fields.iter().map(|f| &f.ty.ty), ", ")),
                other => around("Map<", self.ty(other)),
            },
            Ty::Choice(variants) => self.joined(variants.iter().map(|v| &v.ty.ty), " or "),
            plain => vec![Part::Code(zt_lang::check::types::show(plain))],
        }
    }

    fn joined<'t>(&self, all: impl Iterator<Item = &'t Ty>, between: &str) -> Phrase {
        let mut out = vec![];
        for (i, ty) in all.enumerate() {
            if i > 0 {
                out.push(Part::Code(between.to_owned()));
            }
            out.extend(self.ty(ty));
        }
        out
    }

    fn fields(&self, owner: &Owner, fields: &[zt_lang::hir::Field]) -> Vec<Field> {
        fields.iter().map(|field| self.field(owner, field)).collect()
    }

    fn field(&self, owner: &Owner, field: &zt_lang::hir::Field) -> Field {
        let written = written::field(&self.loaded.db, self.loaded.package, owner, &field.name);
        Field {
            name: field.name.clone(),
            wire: (field.wire != field.name).then(|| field.wire.clone()),
            ty: self.ty(&field.ty.ty),
            limits: said(&limits_of(self.hir, &field.ty.ty, &field.ty.bounds)),
            optional: field.optional,
            default: field.default.as_ref().map(|e| literal(self.hir, e).unwrap_or_else(|| "…".to_owned())),
            free: field.free,
            read: None,
            doc: written.map(|written| written.comment).unwrap_or_default(),
        }
    }

    /// A message: what is filled in stands as it does in policies.
    fn message(&self, pieces: &[Piece]) -> Phrase {
        let nothing = |_: &Expr| String::new();
        let reader = Reader::new(self.hir, &nothing, vec![]);
        let mut out = vec![];
        for piece in pieces {
            match piece {
                Piece::Text(text) => out.push(Part::Words(text.to_string())),
                Piece::Path { path, .. } => out.push(Part::Code(reader.path(path))),
                Piece::Reading { window, .. } => {
                    out.push(Part::Link(window.to_string(), Target::Window(window.clone())));
                }
                // All of them are the same path, read as one type or another.
                Piece::OneOf(variants) => {
                    out.extend(
                        variants.first().into_iter().flat_map(|piece| self.message(std::slice::from_ref(piece))),
                    );
                }
            }
        }
        out
    }
}

/// The names of items, each with a link, divided by commas.
fn listed<'n>(names: impl IntoIterator<Item = &'n Name>, target: fn(Name) -> Target) -> Phrase {
    let mut out = vec![];
    for name in names {
        if !out.is_empty() {
            out.push(Part::Words(", ".to_owned()));
        }
        out.push(Part::Link(name.to_string(), target(name.clone())));
    }
    out
}

/// How old an answer may be.
fn fresh(micros: Option<i64>) -> Option<String> {
    micros.map(format_duration_quantity)
}

/// A time of so many seconds.
fn seconds(seconds: u64) -> String {
    format_duration_quantity(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000))
}
