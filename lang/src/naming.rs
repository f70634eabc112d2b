//! Names across packages: what a file may call the items of its bundle, and which of them are for it.
//!
//! An item of the root package is known by its own name, one of a library by the library's name and its own:
//! `std.audit.Level`. No file writes such a name: what it wants of another package it names in a `use`, and calls it by
//! its last part, or by its package's last part and its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::hir::Name;
use crate::span::Span;

/// The kinds of name. Each kind is a world of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, salsa::SalsaValue)]
pub enum Namespace {
    /// Enums, named types, records, entities.
    Type,
    /// Actions.
    Action,
    /// Definitions.
    Define,
    /// Policies.
    Policy,
    /// Groups of approvers.
    Approvers,
    /// Ladders of tiers.
    Tiers,
    /// Suites.
    Suite,
    /// The package's own name.
    Package,
    /// Tags.
    Tag,
    /// Kinds of obligation.
    Obligation,
    /// Windows.
    Window,
    /// Events.
    Event,
    /// Tables.
    Table,
    /// What other packages are used for.
    Use,
    /// Policies of other packages that are enforced.
    Enforce,
    /// What is added to actions declared elsewhere.
    Extend,
    /// What has a name and a mistake where the word should be that says what it is.
    Unknown,
}

impl Namespace {
    /// The namespace of items that start with this word.
    #[must_use]
    pub fn of(word: &str) -> Namespace {
        match word {
            "enum" | "type" | "record" | "entity" => Namespace::Type,
            "action" => Namespace::Action,
            "define" => Namespace::Define,
            "policy" => Namespace::Policy,
            "approvers" => Namespace::Approvers,
            "tiers" => Namespace::Tiers,
            "suite" => Namespace::Suite,
            "package" => Namespace::Package,
            "tag" => Namespace::Tag,
            "obligation" => Namespace::Obligation,
            "window" => Namespace::Window,
            "event" => Namespace::Event,
            "table" => Namespace::Table,
            "use" => Namespace::Use,
            "enforce" => Namespace::Enforce,
            "extend" => Namespace::Extend,
            _ => Namespace::Unknown,
        }
    }
}

/// What the names in the files of one package stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// The package's name and a dot, if it is a library.
    pub prefix: Option<Name>,
    /// The names that its own items have, if it is a library.
    pub own: BTreeSet<(Namespace, Name)>,
    /// Names of other packages' items, by what they are called here.
    pub used: BTreeMap<Name, Name>,
    /// Names of packages, by the last part of them.
    pub modules: BTreeMap<Name, Name>,
    /// The names of all libraries but this one.
    pub packages: BTreeSet<Name>,
    /// The items of these, by the names that the bundle knows them by, and whether they are for others.
    pub others: Arc<BTreeMap<(Namespace, Name), bool>>,
}

/// The item of another package that a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Meaning {
    /// The name by which the bundle knows it.
    pub(crate) full: Name,
    /// Why it cannot be used so.
    pub(crate) refused: Option<Refusal>,
}

/// Why an item of another package is not to be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is not `pub`.
    Kept,
    /// No `use` names it, or this is not what it is called then.
    Unused,
}

impl Names {
    /// Whether trees stay as they are.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.prefix.is_none() && self.used.is_empty() && self.modules.is_empty() && self.others.is_empty()
    }

    /// Whether another package has an item of one of these kinds by this name, and whether one is for others.
    fn offers(&self, kinds: &[Namespace], full: &Name) -> Option<bool> {
        let kinds = kinds.iter().chain(&[Namespace::Unknown]);
        kinds.filter_map(|kind| self.others.get(&(*kind, full.clone())).copied()).reduce(|a, b| a || b)
    }

    /// The item of one of these kinds that a name stands for, if it has another name in the bundle or is not to be named.
    pub(crate) fn meaning(&self, kinds: &[Namespace], name: &str) -> Option<Meaning> {
        let kept = |public: bool| (!public).then_some(Refusal::Kept);
        if let Some(full) = self.used.get(name)
            && let Some(public) = self.offers(kinds, full)
        {
            // The `use` says itself if nothing of this name is for others.
            let said = !self.others.iter().any(|((_, other), public)| other == full && *public);
            return Some(Meaning { full: full.clone(), refused: kept(public || said) });
        }
        if let Some(prefix) = &self.prefix
            && kinds.iter().chain(&[Namespace::Unknown]).any(|kind| self.own.contains(&(*kind, name.into())))
        {
            return Some(Meaning { full: format!("{prefix}{name}").into(), refused: None });
        }
        let (module, rest) = name.split_once('.')?;
        if let Some(package) = self.modules.get(module) {
            let full: Name = format!("{package}.{rest}").into();
            if let Some(public) = self.offers(kinds, &full) {
                return Some(Meaning { full, refused: kept(public) });
            }
        }
        let full = Name::from(name);
        let public = self.offers(kinds, &full)?;
        Some(Meaning { full, refused: Some(if public { Refusal::Unused } else { Refusal::Kept }) })
    }

    /// How the names of actions start that a selector like `mail.*` means.
    pub(crate) fn start(&self, start: &str) -> Option<Meaning> {
        if let Some((module, rest)) = start.split_once('.')
            && let Some(package) = self.modules.get(module)
        {
            return Some(Meaning { full: format!("{package}.{rest}").into(), refused: None });
        }
        if let Some(prefix) = &self.prefix
            && self.own.iter().any(|(kind, name)| *kind == Namespace::Action && name.starts_with(start))
        {
            return Some(Meaning { full: format!("{prefix}{start}").into(), refused: None });
        }
        let written_out = self.modules.values().any(|package| below(package, start).is_some());
        written_out.then(|| Meaning { full: start.into(), refused: Some(Refusal::Unused) })
    }

    /// Whether a selector for names that start so is for an action whose name does: an action of this package, or one that
    /// another offers which is used as a whole.
    pub(crate) fn selects(&self, start: &str, action: &Name) -> bool {
        action.starts_with(start)
            && match self.others.get(&(Namespace::Action, action.clone())) {
                Some(public) => *public && self.modules.values().any(|package| below(package, start).is_some()),
                None => self.prefix.as_ref().is_none_or(|own| action.starts_with(&**own)),
            }
    }

    /// What the files call an item of this kind that the bundle knows by this name, if they can name it.
    pub(crate) fn written(&self, kind: Namespace, full: &Name) -> Option<Name> {
        match (self.others.get(&(kind, full.clone())), &self.prefix) {
            (Some(true), _) => self.called(Some(kind), full),
            (Some(false), _) => None,
            (None, Some(prefix)) => full.strip_prefix(&**prefix).map(Name::from),
            (None, None) => Some(full.clone()),
        }
    }

    /// What the files call what the bundle knows by this name, if that is something else.
    pub(crate) fn called(&self, kind: Option<Namespace>, full: &str) -> Option<Name> {
        if let Some((short, _)) = self.used.iter().find(|(_, used)| ***used == *full) {
            return Some(short.clone());
        }
        if let Some(own) = self.prefix.as_deref().and_then(|prefix| full.strip_prefix(prefix)) {
            return Some(own.into());
        }
        // What is used as a whole says its name and theirs: all but ladders can be named so.
        if matches!(kind, Some(Namespace::Tiers)) {
            return None;
        }
        let (module, rest) = self.modules.iter().find_map(|(module, package)| Some((module, below(package, full)?)))?;
        Some(format!("{module}.{rest}").into())
    }

    /// Says a mistake with the names that the files use.
    pub(crate) fn say(&self, d: &mut Diagnostic) {
        let fix = d.fix.iter_mut().flat_map(|fix| [&mut fix.title, &mut fix.text]);
        let texts = [&mut d.message].into_iter().chain(&mut d.label).chain(&mut d.help).chain(fix);
        texts.chain(d.related.iter_mut().map(|r| &mut r.text)).for_each(|text| self.as_called(text));
    }

    /// A text of a message, with what stands in it by the names of the bundle as the files call it.
    fn as_called(&self, text: &mut String) {
        if self.prefix.is_none() && self.used.is_empty() && self.modules.is_empty() || !text.contains('.') {
            return;
        }
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        let mut out = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let word = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            let (name, after) = rest.split_at(word);
            // What is to be written in a `use` stays what it is.
            let shown = if out.ends_with("use ") { None } else { self.known_start(name) };
            out.push_str(shown.as_deref().unwrap_or(name));
            let other = after.find(is_part).unwrap_or(after.len());
            let (between, next) = after.split_at(other);
            out.push_str(between);
            rest = next;
        }
        *text = out;
    }

    /// A name with what it begins with as the files call it, if that is an item: `std.tags.send.to`.
    fn known_start(&self, name: &str) -> Option<String> {
        let ends = name.match_indices('.').map(|(at, _)| at).chain([name.len()]);
        ends.collect::<Vec<_>>().into_iter().rev().find_map(|end| {
            let (full, rest) = name.split_at(end);
            Some(format!("{}{rest}", self.known(full)?))
        })
    }

    /// What the files call the item of this full name, if there is one.
    fn known(&self, full: &str) -> Option<Name> {
        let own = self.prefix.as_deref().and_then(|prefix| full.strip_prefix(prefix));
        let is_own = own.is_some_and(|own| self.own.iter().any(|(_, name)| **name == *own));
        let is_other = || self.others.keys().any(|(_, other)| **other == *full);
        if is_own || is_other() { self.called(None, full) } else { None }
    }

    /// What is said of a name of another package that cannot be used so.
    pub(crate) fn refused(&self, span: Span, written: &str, meaning: &Meaning) -> Option<Diagnostic> {
        let full = &meaning.full;
        let packages = self.packages.iter().filter_map(|package| Some((package, below(package, full)?)));
        let (package, item) = packages.max_by_key(|(package, _)| package.len())?;
        Some(match meaning.refused? {
            Refusal::Kept => {
                Diagnostic::new(Code::NotPublic, span, format!("`{item}` of `{package}` is not for others"))
                    .label("declared without `pub`")
                    .help(format!(
                        "`{package}` keeps `{item}` to itself; use what it offers, or add `pub` where it is declared"
                    ))
            }
            Refusal::Unused => {
                let d = Diagnostic::new(
                    Code::UnknownName,
                    span,
                    format!("`{written}` is of another package, and not called so here"),
                )
                .label("a name of the whole bundle");
                let rest = if written.ends_with('*') { "*" } else { "" };
                match self.called(None, full).map(|short| format!("{short}{rest}")) {
                    Some(short) => {
                        d.help(format!("it is called `{short}` here")).fix(format!("write `{short}`"), span, short)
                    }
                    None => d.help(format!("add `use {full}`, and call it `{item}`")),
                }
            }
        })
    }
}

/// What follows the name of a package and a dot.
fn below<'n>(package: &str, name: &'n str) -> Option<&'n str> {
    name.strip_prefix(package)?.strip_prefix('.')
}
