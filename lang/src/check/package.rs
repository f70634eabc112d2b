//! The package as a whole: names used once, one ladder of tiers, and the proof that all is well.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::ahead::ahead;
use super::budget::{EntryCost, costs, over};
use super::declare::{ladders, parts_by_whole};
use super::facts::entity_rows;
use super::judged::unjudged;
use super::part::overlaps;
use super::scope::{MAX_RULES_BY_ACTIONS, enforced, too_wide};
use super::table::table_rows;
use super::{Cx, HirItem, check_item, detector, notice};
use crate::db::{Database, Db, Item, Namespace, Package, all_files, index, items, local_names, parsed, split};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir;
use crate::span::{ItemKey, Span};
use crate::syntax::ast::{self, Ident};

/// A mistake and where its item is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The file.
    pub file: Arc<str>,
    /// Where the mistake's item starts in the file; spans count from there.
    pub offset: u32,
    /// The mistake.
    pub diagnostic: Diagnostic,
}

/// A package without a mistake in it. Only [`package`] makes one.
#[derive(Debug, Clone)]
pub struct CheckedPackage {
    hir: Arc<hir::Package>,
}

impl CheckedPackage {
    /// Its meaning.
    #[must_use]
    pub fn hir(&self) -> &hir::Package {
        &self.hir
    }
}

pub(crate) fn declaration(cx: &mut Cx<'_>, name: &Ident) -> Option<HirItem> {
    let wanted = cx.item.home(cx.db);
    if *wanted != name.text {
        let d = Diagnostic::new(Code::PackageName, name.span, format!("this file says it belongs to `{}`", name.text))
            .label(format!("`zt.toml` calls the package `{wanted}`"))
            .help(format!("write `{wanted}`, or move the file to where `{}` is", name.text))
            .fix(format!("write `{wanted}`"), name.span, &**wanted);
        cx.report(d);
    }
    Some(HirItem::Package(name.text.clone()))
}

/// The mistakes that no item can see alone, by item.
#[salsa::tracked]
pub fn across(db: &dyn Db, package: Package) -> Vec<(ItemKey, Diagnostic)> {
    let index = index(db, package);
    let mut out = vec![];
    if let Some(key) = too_wide(db, package) {
        let item = index.all.iter().find(|i| i.key(db) == key);
        let d = Diagnostic::new(
            Code::TooCostly,
            item.and_then(|i| name_span(db, *i)).unwrap_or_default(),
            "the package has too many rules for too many actions",
        )
        .label("with this policy it is too much")
        .help(format!("rules times the actions that they cover are at most {MAX_RULES_BY_ACTIONS}; name the actions that a policy is for"));
        out.push((key.clone(), d));
    }
    for ((namespace, name), claims) in &index.names {
        // Several items may use one package, and add to one action: what they say twice they say themselves.
        let said_apart = matches!(namespace, Namespace::Use | Namespace::Extend);
        if said_apart || matches!(namespace, Namespace::Package | Namespace::Unknown) || name.is_empty() {
            continue;
        }
        for again in claims.iter().skip(1) {
            let (Some(first), Some(span)) = (claims.first(), name_span(db, *again)) else { continue };
            let (word, _) = split(again.key(db));
            let d = Diagnostic::new(Code::DuplicateItem, span, format!("{word} `{name}` is declared twice"))
                .label("declared again")
                .related(Some(first.key(db).clone()), name_span(db, *first).unwrap_or_default(), "first declared here")
                .help("every item has a name of its own");
            out.push((again.key(db).clone(), d));
        }
    }
    let mut ladders = ladders(db, package).iter();
    if let Some(first) = ladders.next() {
        // One of the same name has been reported as that.
        for item in ladders.filter(|i| split(i.key(db)).1 != split(first.key(db)).1) {
            let d = Diagnostic::new(
                Code::TwoLadders,
                name_span(db, *item).unwrap_or_default(),
                "a package has one ladder of tiers",
            )
            .label("the second")
            .related(Some(first.key(db).clone()), name_span(db, *first).unwrap_or_default(), "the first")
            .help("the tiers of all actions are compared with each other; put them in one");
            out.push((item.key(db).clone(), d));
        }
    }
    let mut wires: BTreeMap<hir::Name, (ItemKey, Span)> = BTreeMap::new();
    for item in index.all.iter().filter(|i| split(i.key(db)).0 == "action") {
        if let Some(ast::ItemKind::Action(a)) = &item.ast(db).kind
            && a.part_of.is_none()
        {
            let wire = a.wire.as_ref().map_or(&a.name.text, |w| &w.value);
            let span = a.wire.as_ref().map_or(a.name.span, |w| w.span);
            if let Some((first, at)) = wires.get(wire).filter(|(first, _)| split(first).1 != &*a.name.text) {
                let d = Diagnostic::new(
                    Code::DuplicateWireName,
                    span,
                    format!("two actions are called `{wire}` in requests"),
                )
                .label("the second")
                .related(Some(first.clone()), *at, "the first")
                .help("a request would not say which one it means; give one of them another name with `as`");
                out.push((item.key(db).clone(), d));
            } else {
                wires.insert(wire.clone(), (item.key(db).clone(), span));
            }
        }
    }
    out
}

fn name_span(db: &dyn Db, item: Item<'_>) -> Option<Span> {
    item.ast(db).kind.as_ref().map(|k| k.name().span)
}

/// Every mistake of a package, in the order of files and places.
#[must_use]
pub fn diagnostics(db: &Database, package: Package) -> Vec<Located> {
    let mut out = mistakes(db, package);
    // What a package costs is known once it has a meaning.
    if out.is_empty()
        && let Ok(hir) = assembled(db, package)
    {
        let costs = over(&hir, package.settings(db).budget);
        for (key, diagnostic) in costs.into_iter().chain(detector::too_large(db, package, &hir)) {
            let item = index(db, package).all.iter().find(|item| *item.key(db) == key);
            let offset = item.map_or(0, |item| item.offset(db));
            out.push(Located { file: key.file, offset, diagnostic });
        }
    }
    out
}

/// What decisions cost, if the package has no mistake but that they may cost too much.
#[must_use]
pub fn decision_costs(db: &Database, package: Package) -> Option<Vec<EntryCost>> {
    if !mistakes(db, package).is_empty() {
        return None;
    }
    assembled(db, package).ok().map(|hir| costs(&hir))
}

/// The mistakes of a package but for what it costs.
fn mistakes(db: &Database, package: Package) -> Vec<Located> {
    let mut out: Vec<Located> = vec![];
    let mut across_items: BTreeMap<&ItemKey, Vec<&Diagnostic>> = BTreeMap::new();
    for (key, d) in across(db, package).iter().chain(unjudged(db, package)).chain(overlaps(db, package)) {
        across_items.entry(key).or_default().push(d);
    }
    for (library, file) in all_files(db, package) {
        let path = file.path(db);
        let mut here: Vec<Located> = vec![];
        let mut add = |offset: u32, d: Diagnostic| here.push(Located { file: path.clone(), offset, diagnostic: d });
        for d in &parsed(db, file).diagnostics {
            add(0, d.clone());
        }
        let mut named = false;
        let mut first_item = u32::MAX;
        for item in items(db, package, library, file) {
            let key = item.key(db);
            let (word, _) = split(key);
            first_item = first_item.min(item.offset(db));
            if word == "package" {
                if named && let Some(span) = name_span(db, *item) {
                    add(
                        item.offset(db),
                        Diagnostic::new(Code::PackageName, span, "a file names its package once")
                            .label("named again")
                            .help("remove this line"),
                    );
                }
                named = true;
            }
            let names = local_names(db, package, library);
            // What is said of syntax and of names as they are written says them so.
            let (own, said) =
                (&check_item(db, package, *item).diagnostics, &notice::said(db, package, *item).diagnostics);
            let written = item.ast(db).diagnostics.len();
            for (at, d) in
                own.iter().chain(said).chain(across_items.get(key).into_iter().flatten().copied()).enumerate()
            {
                let mut d = d.clone();
                if at >= written && !matches!(word, "use" | "enforce") {
                    names.say(&mut d);
                }
                add(item.offset(db), d);
            }
        }
        // A file that could not be read at all says so already.
        let starts_badly = here.iter().any(|l| match l.diagnostic.code {
            Code::TooLarge => true,
            Code::OutsideItem | Code::UnknownCharacter => {
                l.offset.saturating_add(l.diagnostic.span.start) <= first_item
            }
            _ => false,
        });
        if !named && !starts_badly {
            let name = library.map_or_else(|| package.name(db), |l| l.name(db));
            here.push(Located {
                file: path.clone(),
                offset: 0,
                diagnostic: Diagnostic::new(
                    Code::PackageName,
                    Default::default(),
                    "the file does not say which package it belongs to",
                )
                .label("`package` is missing")
                .help(format!("start the file with `package {name}`"))
                .fix(
                    format!("add `package {name}`"),
                    Default::default(),
                    format!("package {name}\n\n"),
                ),
            });
        }
        here.sort_by_key(|l| (l.offset.saturating_add(l.diagnostic.span.start), l.diagnostic.span.end));
        out.append(&mut here);
    }
    out.append(&mut in_data_files(db, package));
    out
}

/// What is wrong with data files, in the order of files and places.
fn in_data_files(db: &Database, package: Package) -> Vec<Located> {
    let mut out: Vec<Located> = vec![];
    for item in &index(db, package).all {
        let mistakes = match &item.ast(db).kind {
            Some(ast::ItemKind::Entity(_)) => &entity_rows(db, package, *item).mistakes,
            Some(ast::ItemKind::Table(_)) => &table_rows(db, package, *item).mistakes,
            _ => continue,
        };
        for (file, diagnostic) in mistakes {
            let located = Located { file: file.clone(), offset: 0, diagnostic: diagnostic.clone() };
            // Several items may read one file.
            if !out.contains(&located) {
                out.push(located);
            }
        }
    }
    out.sort_by(|a, b| (&a.file, a.diagnostic.span).cmp(&(&b.file, b.diagnostic.span)));
    out
}

/// Checks a package.
///
/// # Errors
/// Its mistakes, if it has any.
pub fn package(db: &Database, package: Package) -> Result<CheckedPackage, Vec<Located>> {
    ahead(db, package);
    let mistakes = diagnostics(db, package);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    assembled(db, package).map(|hir| CheckedPackage { hir: Arc::new(hir) })
}

/// What the items of a package without a mistake mean together.
fn assembled(db: &Database, package: Package) -> Result<hir::Package, Vec<Located>> {
    let mut hir = hir::Package {
        name: package.name(db).clone(),
        tiers: vec![],
        obligations: BTreeMap::new(),
        approvers: BTreeMap::new(),
        windows: BTreeMap::new(),
        events: BTreeMap::new(),
        enums: BTreeMap::new(),
        records: BTreeMap::new(),
        entities: BTreeMap::new(),
        actions: BTreeMap::new(),
        tags: BTreeMap::new(),
        notices: BTreeMap::new(),
        defines: BTreeMap::new(),
        tables: BTreeMap::new(),
        detectors: BTreeMap::new(),
        policies: vec![],
        suites: vec![],
    };
    let root = package.name(db);
    let policies: HashMap<Item<'_>, bool> = enforced(db, package).iter().rev().copied().collect();
    let wholes = parts_by_whole(db, package);
    for item in &index(db, package).all {
        // Of other packages nothing is enforced but what is named, and nothing tested.
        let foreign = *item.home(db) != *root;
        let word = split(item.key(db)).0;
        let counted = policies.get(item).copied();
        if foreign && (matches!(word, "suite" | "enforce" | "use" | "extend") || word == "policy" && counted.is_none())
        {
            continue;
        }
        match &check_item(db, package, *item).hir {
            Some(HirItem::Enum(x)) => drop(hir.enums.insert(x.name.clone(), x.clone())),
            Some(HirItem::Record(x)) => drop(hir.records.insert(x.name.clone(), x.clone())),
            Some(HirItem::Entity(x)) => {
                let mut x = x.clone();
                if let hir::Channel::File(_) = x.channel {
                    Arc::make_mut(&mut x).channel = hir::Channel::File(entity_rows(db, package, *item).rows.clone());
                }
                hir.entities.insert(x.name.clone(), x);
            }
            // What has parts is judged as these.
            Some(HirItem::Action(x)) if wholes.contains_key(&x.name) => {}
            Some(HirItem::Action(x)) => {
                drop(hir.notices.insert(x.name.clone(), notice::of_action(db, package, x)));
                drop(hir.actions.insert(x.name.clone(), x.clone()));
            }
            Some(HirItem::Table(x)) => {
                let mut x = x.clone();
                if matches!(&item.ast(db).kind, Some(ast::ItemKind::Table(table)) if table.from.is_some()) {
                    Arc::make_mut(&mut x).rows = table_rows(db, package, *item).rows.clone();
                }
                hir.tables.insert(x.name.clone(), x);
            }
            // Those that nothing asks are left out below.
            Some(HirItem::Detector(x)) => drop(hir.detectors.insert(x.name.clone(), x.clone())),
            Some(HirItem::Define(x)) => drop(hir.defines.insert(x.name.clone(), x.clone())),
            Some(HirItem::Tiers(x)) if ladders(db, package).first() == Some(item) => hir.tiers.clone_from(x),
            Some(HirItem::Tiers(_)) => {}
            Some(HirItem::Policy(x)) => {
                let mut x = x.clone();
                if !counted.unwrap_or(false) {
                    Arc::make_mut(&mut x).rules.retain(|rule| rule.effect != hir::Effect::Allow);
                }
                hir.windows.extend(x.limits.iter().map(|w| (w.name.clone(), w.clone())));
                hir.policies.push(x);
            }
            Some(HirItem::Window(x)) => drop(hir.windows.insert(x.name.clone(), x.clone())),
            Some(HirItem::Event(x)) => drop(hir.events.insert(x.name.clone(), x.clone())),
            Some(HirItem::Obligation(x)) => drop(hir.obligations.insert(x.name.clone(), x.clone())),
            Some(HirItem::Suite(x)) => hir.suites.push(x.clone()),
            Some(HirItem::Approvers(x)) => drop(hir.approvers.insert(x.name.clone(), x.clone())),
            Some(HirItem::Tag(x)) => drop(hir.tags.insert(x.name.clone(), x.clone())),
            Some(HirItem::Package(_) | HirItem::Type(_) | HirItem::Extend(_) | HirItem::Use) => {}
            // Nothing may be missing from what is enforced: an item without a meaning is a mistake.
            None => {
                let diagnostic = Diagnostic::new(Code::UnexpectedToken, Default::default(), "this item has no meaning");
                return Err(vec![Located { file: item.key(db).file.clone(), offset: item.offset(db), diagnostic }]);
            }
        }
    }
    detector::build(db, package, &mut hir);
    Ok(hir)
}
