//! Where everything is to be found.

use std::collections::BTreeMap;

use zt_lang::hir::Name;

use crate::doc::model::{Item, Site, Target};
use crate::doc::names::id;
use crate::doc::places::Place;

/// The page to begin with.
pub(crate) const INDEX: &str = "index.html";
/// Tiers and approvers.
pub(super) const TIERS: &str = "tiers.html";
/// Obligations.
pub(super) const OBLIGATIONS: &str = "obligations.html";
/// Windows and events.
pub(super) const MEMORY: &str = "memory.html";
/// What has to be sent and answered.
pub(super) const FACTS: &str = "facts.html";
/// Types and tags.
pub(super) const TYPES: &str = "types.html";
/// Tables and definitions.
pub(super) const TABLES: &str = "tables.html";
/// Tests.
pub(super) const TESTS: &str = "tests.html";

/// The addresses of what has a place on some page.
pub(super) struct Links {
    all: BTreeMap<Target, String>,
    /// The packages that items of others belong to.
    homes: BTreeMap<Target, Name>,
}

impl Links {
    pub(super) fn of(site: &Site) -> Self {
        let mut all = BTreeMap::new();
        let on = |page: &str, id: &str| format!("{page}#{id}");
        for action in &site.actions {
            all.insert(Target::Action(action.item.name.clone()), action.page.clone());
        }
        for policy in &site.policies {
            all.insert(Target::Policy(policy.item.name.clone()), policy.page.clone());
            for rule in &policy.rules {
                let href = on(&policy.page, &id("rule", &rule.item.name));
                // The window of a limit is the rule's.
                if rule.limit.is_some() {
                    all.insert(Target::Window(rule.full.clone()), href.clone());
                }
                all.insert(Target::Rule(rule.full.clone()), href);
            }
        }
        for tier in &site.tiers {
            all.insert(Target::Tier(tier.name.clone()), on(TIERS, &id("tier", &tier.name)));
        }
        for group in &site.approvers {
            let name = &group.item.name;
            all.insert(Target::Approvers(name.clone()), on(TIERS, &id("approvers", name)));
        }
        for obligation in &site.obligations {
            let name = &obligation.item.name;
            all.insert(Target::Obligation(name.clone()), on(OBLIGATIONS, &id("obligation", name)));
        }
        for window in &site.windows {
            let name = &window.item.name;
            all.insert(Target::Window(name.clone()), on(MEMORY, &id("window", name)));
        }
        for event in &site.events {
            let name = &event.item.name;
            all.insert(Target::Event(name.clone()), on(MEMORY, &id("event", name)));
        }
        for source in &site.sources {
            all.insert(Target::Source(source.name.clone()), on(FACTS, &id("source", &source.name)));
        }
        for ty in &site.types {
            all.insert(Target::Type(ty.item.name.clone()), on(TYPES, &id("type", &ty.item.name)));
        }
        for tag in &site.tags {
            all.insert(Target::Tag(tag.item.name.clone()), on(TYPES, &id("tag", &tag.item.name)));
        }
        for table in &site.tables {
            all.insert(Target::Table(table.item.name.clone()), on(TABLES, &id("table", &table.item.name)));
        }
        for function in &site.functions {
            let name = &function.item.name;
            all.insert(Target::Function(name.clone()), on(TABLES, &id("function", name)));
        }
        for suite in &site.suites {
            all.insert(Target::Suite(suite.item.name.clone()), on(TESTS, &suite.id));
        }
        Links { all, homes: homes(site) }
    }

    /// Where something is; nowhere if there is no page about it.
    pub(super) fn href(&self, target: &Target) -> Option<&str> {
        self.all.get(target).map(String::as_str)
    }

    /// What something is called where there is not much room: without its package, if that is another one.
    pub(super) fn short(&self, text: &str, target: &Target) -> String {
        let home = self.homes.get(target).map(|home| format!("{home}."));
        home.map_or_else(|| text.to_owned(), |home| text.replacen(&home, "", 1))
    }

    /// Where a line of a file is.
    pub(super) fn line(site: &Site, place: Place) -> Option<(String, String)> {
        let file = site.files.get(place.file)?;
        let what = format!("{}:{}", file.name, place.line);
        Some((format!("{}#L{}", file.page, place.line), what))
    }
}

/// The packages that items of others belong to.
fn homes(site: &Site) -> BTreeMap<Target, Name> {
    let mut out = BTreeMap::new();
    let mut add = |item: &Item, target: fn(Name) -> Target| {
        if let Some(home) = &item.home {
            out.insert(target(item.name.clone()), home.clone());
        }
    };
    site.obligations.iter().for_each(|x| add(&x.item, Target::Obligation));
    site.approvers.iter().for_each(|x| add(&x.item, Target::Approvers));
    site.types.iter().for_each(|x| add(&x.item, Target::Type));
    site.tags.iter().for_each(|x| add(&x.item, Target::Tag));
    site.tables.iter().for_each(|x| add(&x.item, Target::Table));
    site.functions.iter().for_each(|x| add(&x.item, Target::Function));
    site.windows.iter().for_each(|x| add(&x.item, Target::Window));
    out
}
