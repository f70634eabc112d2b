//! Other packages: what is used of them, and which of their policies are enforced.

use super::Cx;
use crate::db::{Library, Namespace, find, index, offered, split};
use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;
use crate::syntax::ast::{self, Ident};

pub(crate) fn used(cx: &mut Cx<'_>, x: &ast::Use) {
    match &x.names {
        Some(names) => {
            let Some(library) = cx.library(&x.path.text) else { return cx.unknown_package(&x.path, &x.path.text) };
            for name in names {
                cx.offers(library, &name.text, name.span);
                cx.nothing_hidden(name, &format!("{}.{}", x.path.text, name.text));
            }
        }
        None => {
            if cx.library(&x.path.text).is_some() {
                return cx.no_own_module(x);
            }
            let (before, last) = x.path.text.rsplit_once('.').unwrap_or(("", &x.path.text));
            match cx.library(before) {
                Some(library) => {
                    cx.offers(library, last, x.path.span);
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
    let Some(library) = cx.library(package) else { return cx.unknown_package(&x.policy, package) };
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

    /// What is used must not have the name of an own item, nor of what is used of another package.
    fn nothing_hidden(&mut self, name: &Ident, full: &str) {
        let home = self.item.home(self.db).clone();
        // Nothing but what is used is looked into, so that an edit of anything else is none of this item's business.
        let uses = index(self.db, self.package).all.iter();
        let uses = uses.filter(|item| split(item.key(self.db)).0 == "use" && *item.home(self.db) == home);
        let other = uses.into_iter().find_map(|item| {
            let tree = item.ast(self.db);
            let Some(ast::ItemKind::Use(used)) = &tree.kind else { return None };
            let (path, names) = (&used.path.text, used.names.iter().flatten());
            let mut all = names.map(|n| (format!("{path}.{}", n.text), n.span)).collect::<Vec<_>>();
            if used.names.is_none() && self.library(path).is_none() {
                all.push((path.to_string(), used.path.span));
            }
            let same_name = |used: &str| used.rsplit('.').next() == Some(&*name.text);
            let (_, span) = all.into_iter().find(|(used, _)| used != full && same_name(used))?;
            Some((item.key(self.db).clone(), span))
        });
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
