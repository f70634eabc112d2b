//! Other packages: what is used of them, and which of their policies are enforced.

use super::Cx;
use crate::db::{Library, Namespace, find, index, offered, split};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::Name;
use crate::span::{ItemKey, Span};
use crate::syntax::ast::{self, Ident};

pub(crate) fn used(cx: &mut Cx<'_>, x: &ast::Use) {
    match &x.names {
        Some(names) => {
            let Some(library) = cx.library(&x.path.text) else { return cx.unknown_package(&x.path, &x.path.text) };
            for name in names {
                let full = format!("{}.{}", x.path.text, name.text);
                if cx.used_once(name.span, &full) && cx.offers(library, &name.text, name.span) {
                    cx.nothing_hidden(name, &full);
                }
            }
        }
        None => {
            if !cx.used_once(x.path.span, &x.path.text) {
                return;
            }
            if cx.library(&x.path.text).is_some() {
                return cx.no_own_module(x);
            }
            let (before, last) = x.path.text.rsplit_once('.').unwrap_or(("", &x.path.text));
            match cx.library(before) {
                Some(library) => {
                    if !cx.offers(library, last, x.path.span) {
                        return;
                    }
                    cx.nothing_hidden(&Ident { text: last.into(), span: x.path.span }, &x.path.text);
                }
                None => cx.unknown_package(&x.path, &x.path.text),
            }
        }
    }
}

pub(crate) fn enforce(cx: &mut Cx<'_>, x: &ast::Enforce) {
    if !cx.of_root() {
        return;
    }
    let (package, policy) = x.policy.text.rsplit_once('.').unwrap_or(("", &x.policy.text));
    let Some(library) = cx.library(package) else { return cx.not_whole(&x.policy, package) };
    if !cx.offers(library, policy, x.policy.span) {
        return;
    }
    if find(cx.db, cx.package, Namespace::Policy, &x.policy.text).is_none() {
        let d = Diagnostic::new(Code::UnknownName, x.policy.span, format!("`{}` is not a policy", x.policy.text))
            .label("nothing to enforce")
            .help("name a policy of the package: `enforce std.baseline.no_secrets`");
        cx.report(d);
    }
}

impl Cx<'_> {
    /// A package that the one at hand may use.
    fn library(&self, name: &str) -> Option<Library> {
        let uses = &self.settings().uses;
        if !name.starts_with("std.") && uses.as_ref().is_some_and(|uses| !uses.contains(name)) {
            return None;
        }
        self.package.libraries(self.db).iter().find(|l| **l.name(self.db) == *name).copied()
    }

    fn unknown_package(&mut self, name: &Ident, package: &str) {
        let known: Vec<&str> = self.package.libraries(self.db).iter().map(|l| &**l.name(self.db)).collect();
        let d = Diagnostic::new(Code::UnknownPackage, name.span, format!("no package is called `{package}`"))
            .label("not found")
            .help(
                "packages of your own stand below `[dependencies]` in `zt.toml`; what ships with zt is called `std.…`",
            )
            .did_you_mean(name.span, &name.text, known);
        self.report(d);
    }

    /// Whether a package lets others use an item; reports it if not.
    fn offers(&mut self, library: Library, name: &str, span: Span) -> bool {
        let offered = offered(self.db, library);
        let package = library.name(self.db);
        let of_name = offered.iter().filter(|((_, known), _)| **known == *name);
        match of_name.map(|(_, public)| *public).reduce(|a, b| a || b) {
            Some(true) => return true,
            Some(false) => {
                let d = Diagnostic::new(Code::NotPublic, span, format!("`{name}` of `{package}` is not for others"))
                    .label("declared without `pub`")
                    .help(format!(
                        "`{package}` keeps `{name}` to itself; use what it offers, or add `pub` where it is declared"
                    ));
                self.report(d);
            }
            None => {
                let public = offered.iter().filter(|(_, public)| **public).map(|((_, n), _)| &**n);
                let d = Diagnostic::new(Code::UnknownName, span, format!("`{package}` has no `{name}`"))
                    .label("nothing of this name")
                    .help(format!("what `{package}` offers is declared there with `pub`"))
                    .did_you_mean(span, name, public);
                self.report(d);
            }
        }
        false
    }

    /// `use tools.mail` takes every name that starts with `mail.`: an own action or event of such a name would be lost.
    fn no_own_module(&mut self, x: &ast::Use) {
        let module = x.path.text.rsplit('.').next().unwrap_or_default();
        let home = self.item.home(self.db).clone();
        let own = index(self.db, self.package).all.iter().find(|item| {
            let (word, own) = split(item.key(self.db));
            let below = own.strip_prefix(module).is_some_and(|rest| rest.starts_with('.'));
            below && matches!(word, "action" | "event") && *item.home(self.db) == home
        });
        let Some(own) = own else { return };
        let d = Diagnostic::new(Code::Shadowing, x.path.span, format!("`{module}.…` can be read in two ways"))
            .label("used here, and declared in this package")
            .related(Some(own.key(self.db).clone()), Span::default(), "declared here")
            .help(format!(
                "give the own one another name, or use the package's items one by one: `use {}.{{…}}`",
                x.path.text
            ));
        self.report(d);
    }

    /// What the package at hand uses: where, whether it is a package as a whole, and its full name. Nothing but what is used
    /// is looked into, so that an edit of anything else is none of an item's business.
    fn all_used(&self) -> Vec<(ItemKey, Span, bool, String)> {
        let home = self.item.home(self.db);
        let uses = index(self.db, self.package).all.iter();
        let uses = uses.filter(|item| split(item.key(self.db)).0 == "use" && item.home(self.db) == home);
        let mut out = vec![];
        for item in uses {
            let Some(ast::ItemKind::Use(used)) = &item.ast(self.db).kind else { continue };
            let (key, path) = (item.key(self.db), &used.path.text);
            match &used.names {
                None => out.push((key.clone(), used.path.span, self.library(path).is_some(), path.to_string())),
                Some(names) => {
                    out.extend(names.iter().map(|n| (key.clone(), n.span, false, format!("{path}.{}", n.text))));
                }
            }
        }
        out
    }

    /// Whether nothing before says that this is used; reports it if something does.
    fn used_once(&mut self, span: Span, full: &str) -> bool {
        let key = self.item.key(self.db);
        let first = self.all_used().into_iter().find(|(.., used)| used == full);
        let Some((first, at, ..)) = first.filter(|(first, at, ..)| first != key || *at != span) else { return true };
        let d = Diagnostic::new(Code::DuplicateItem, span, format!("`{full}` is used twice"))
            .label("used again")
            .related(Some(first), at, "used here already")
            .help("remove it: what one file uses, every file of the package can");
        self.report(d);
        false
    }

    /// `enforce` with a name that is not a whole one.
    fn not_whole(&mut self, name: &Ident, package: &str) {
        let names = self.local_names();
        let own = find(self.db, self.package, Namespace::Policy, &name.text);
        if own.is_some_and(|own| own.home(self.db) == self.item.home(self.db)) {
            let d =
                Diagnostic::new(Code::UnknownName, name.span, format!("`{}` is a policy of this package", name.text))
                    .label("counts already")
                    .help("remove this: only policies of other packages are enforced by name");
            return self.report(d);
        }
        let meant = names.used.get(&name.text).cloned().or_else(|| {
            let (module, rest) = name.text.split_once('.')?;
            Some(format!("{}.{rest}", names.modules.get(module)?).into())
        });
        // One that nothing uses yet, if only one package has it.
        let offers = || {
            let mut all = names.others.iter().filter(|((kind, full), public)| {
                let last = full.strip_suffix(&*name.text).is_some_and(|before| before.ends_with('.'));
                **public && *kind == Namespace::Policy && last
            });
            let first = all.next().map(|((_, full), _)| full.clone());
            first.filter(|_| all.next().is_none())
        };
        let is_policy = |full: &Name| names.others.contains_key(&(Namespace::Policy, full.clone()));
        match meant.filter(is_policy).or_else(offers) {
            Some(full) => {
                let d = Diagnostic::new(
                    Code::UnknownName,
                    name.span,
                    format!("`{}` is not the whole name of a policy", name.text),
                )
                .label("whose?")
                .help(format!("what is enforced is named in full, whatever is used: `enforce {full}`"))
                .fix(format!("write `{full}`"), name.span, &*full);
                self.report(d);
            }
            None if package.is_empty() => {
                let d = Diagnostic::new(
                    Code::UnknownName,
                    name.span,
                    format!("no package offers a policy `{}`", name.text),
                )
                .label("not found")
                .help("name the package and its policy: `enforce std.baseline.no_secrets`");
                self.report(d);
            }
            None => self.unknown_package(name, package),
        }
    }

    /// What is used must not have the name of an own item, nor of what is used of another package.
    fn nothing_hidden(&mut self, name: &Ident, full: &str) {
        let home = self.item.home(self.db).clone();
        let same_name = |used: &str| used.rsplit('.').next() == Some(&*name.text);
        let mut used = self.all_used().into_iter().filter(|(_, _, whole, _)| !whole);
        let other = used.find(|(_, _, _, used)| used != full && same_name(used)).map(|(key, span, ..)| (key, span));
        if let Some((key, span)) = other {
            let d = Diagnostic::new(Code::Shadowing, name.span, format!("`{}` can be read in two ways", name.text))
                .label("used of two packages")
                .related(Some(key), span, "and here of another")
                .help("use one of them by its package: `use std.duty`, then `duty.mfa()`");
            self.report(d);
            return;
        }
        let own = index(self.db, self.package).all.iter().find(|item| {
            let (word, own) = split(item.key(self.db));
            *item.home(self.db) == home
                && own == &*name.text
                && !matches!(word, "use" | "enforce" | "suite" | "policy" | "extend")
        });
        if let Some(own) = own {
            let d = Diagnostic::new(Code::Shadowing, name.span, format!("`{}` can be read in two ways", name.text))
                .label("used here, and declared in this package")
                .related(Some(own.key(self.db).clone()), Span::default(), "declared here")
                .help("give the own one another name");
            self.report(d);
        }
    }
}
