//! Names and attributes that stand for nothing, and what may have been meant.

use std::sync::Arc;

use super::declare::{field, kind_of};
use super::path::{Alternative, Env, ROOTS, View, show_path};
use super::{Cx, HirItem, check_item};
use crate::db::{Item, Namespace, find, names};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::hir::{Enum, Name, Path, Root};
use crate::syntax::ast::{self, Ident};

/// How many types are looked through for a member of an unknown name.
const MAX_TYPES: usize = 200;

/// How many items are looked at for the name that is meant.
const MAX_NAMES: usize = 1_000;

/// The last part of a name.
fn last(full: &str) -> &str {
    full.rsplit('.').next().unwrap_or_default()
}

impl Cx<'_> {
    /// The items of these kinds that the file can name, as it calls them.
    pub(crate) fn nameable(&self, kinds: &[Namespace]) -> Vec<Name> {
        let local = self.local_names();
        let items = kinds.iter().flat_map(|kind| names(self.db, self.package, *kind).iter().map(|full| (*kind, full)));
        // Who looks for a name among more of them is not helped by seeing all.
        items.take(MAX_NAMES).filter_map(|(kind, full)| local.written(kind, full)).collect()
    }

    /// Offers the nearest of the names that could stand in place of one that nothing of these kinds has, as the file
    /// calls them; or says how to have what another package offers under this name or a similar one.
    pub(crate) fn suggest(&self, d: Diagnostic, name: &Ident, kinds: &[Namespace], more: &[&str]) -> Diagnostic {
        let local = self.local_names();
        let known = self.nameable(kinds);
        let before = d.fix.clone();
        let d = d.did_you_mean(name.span, &name.text, known.iter().map(|n| &**n).chain(more.iter().copied()));
        if d.fix != before {
            return d;
        }
        // `refund` for `orders.refund`.
        if let Some(known) = known.iter().find(|known| last(known) == &*name.text) {
            return d.help(format!("did you mean `{known}`?")).fix(format!("write `{known}`"), name.span, &**known);
        }
        let offered = local.others.iter().filter(|((kind, _), public)| **public && kinds.contains(kind));
        let mut offered = offered.map(|((_, full), _)| full);
        if let Some(full) = offered.clone().find(|full| last(full) == last(&name.text)) {
            return d.help(format!("use it: `use {full}`"));
        }
        let short: Vec<&str> = offered.clone().map(|full| last(full)).collect();
        match nearest(&name.text, short.iter().copied()) {
            Some(short) if d.help.as_ref().is_none_or(|help| !help.starts_with("did you mean")) => {
                let full = offered.find(|full| last(full) == short).cloned().unwrap_or_default();
                d.help(format!("did you mean `{short}` of another package? it is there with `use {full}`"))
            }
            // What is called by a package is declared there.
            _ => match name.text.split_once('.').and_then(|(module, rest)| Some((local.modules.get(module)?, rest))) {
                Some((package, rest)) => {
                    let full = format!("{package}.{rest}");
                    let is_other = local.others.iter().any(|((_, name), public)| *public && **name == full);
                    d.help(if is_other {
                        format!("`{rest}` of `{package}` is something else")
                    } else {
                        format!("`{package}` offers no `{rest}`")
                    })
                }
                None => d,
            },
        }
    }

    pub(crate) fn unknown_approvers(&self, name: &Ident) -> Diagnostic {
        let d = Diagnostic::new(Code::UnknownApprovers, name.span, format!("no approvers are called `{}`", name.text))
            .label("not declared in this package")
            .help(format!("declare them: `approvers {}`", name.text));
        // `finance.quorum 2`
        if let Some((group, word @ ("quorum" | "expires"))) = name.text.rsplit_once('.') {
            let text = format!("{group} {word}");
            return d.help(format!("a clause of its own: `from {text} …`")).fix(
                format!("write `{text}`"),
                name.span,
                text,
            );
        }
        let d = if name.text.contains('.') {
            d.help("a group is declared under a plain name, `approvers leads`; one of another package is brought in with `use`")
        } else {
            d
        };
        self.suggest(d, name, &[Namespace::Approvers], &[])
    }

    pub(crate) fn unknown_attribute(&mut self, env: &Env, view: &View, name: &Ident, known: &[Name]) -> Diagnostic {
        let of = match view.alternatives.as_slice() {
            [Alternative::Value(ty, _)] => kind_of(ty),
            [Alternative::Arguments(action)] => format!("the input of `{action}`"),
            _ => format!("`{}`", view.show(env)),
        };
        let d = Diagnostic::new(Code::UnknownAttribute, name.span, format!("{of} has no `{}`", name.text));
        if known.is_empty() {
            let help = match view.path.root {
                Root::Resource if view.bare_root() => "the action has no resource; give it one with `on`",
                Root::Context if view.bare_root() => "the action has no context; give it one with `context`",
                _ => "it has no attributes at all",
            };
            return d.label("nothing of this name").help(help);
        }
        let mut list: Vec<String> = known.iter().take(8).map(|n| format!("`{n}`")).collect();
        if known.len() > 8 {
            list.push("…".into());
        }
        d.label("nothing of this name").help(format!("it has {}", list.join(", "))).did_you_mean(
            name.span,
            &name.text,
            known.iter().map(|n| &**n),
        )
    }

    /// Reports a name that stands for nothing, unless it may be that of a definition which has lost its own.
    pub(crate) fn report_unknown(&mut self, env: &Env, name: &Ident) {
        if !self.excused(Namespace::Define) {
            let d = self.unknown_name(env, name);
            self.report(d);
        }
    }

    /// A name that stands for nothing.
    fn unknown_name(&self, env: &Env, name: &Ident) -> Diagnostic {
        let roots = if env.params.is_some() { &[][..] } else { ROOTS };
        let params = env.params.iter().flat_map(|p| p.iter()).chain(&env.vars).map(|(n, ..)| &**n);
        let known = roots.iter().copied().chain(["true", "false"]).chain(params);
        let known: Vec<&str> = known.chain(env.facts.names.keys().map(|n| &**n)).collect();
        if self.find(Namespace::Tag, &name.text).is_some() {
            let tag = name.text.rsplit('.').next().unwrap_or_default();
            return Diagnostic::new(
                Code::UnknownName,
                name.span,
                format!("the fields of `#{tag}` cannot be read here"),
            )
            .label("a tag")
            .help(format!("they are read in a policy or a rule that is `for #{tag}`"));
        }
        if self.find(Namespace::Table, &name.text).is_some() {
            return Diagnostic::new(
                Code::BadLookup,
                name.span,
                format!("the table `{}` as a whole is not a value", name.text),
            )
            .label("a table")
            .help(format!("look something up, `{0}(…)`, or ask whether it is there, `… in {0}`", name.text));
        }
        if self.find(Namespace::Approvers, &name.text).is_some() {
            return Diagnostic::new(
                Code::UnknownName,
                name.span,
                format!("who is in `{}` cannot be asked in a condition", name.text),
            )
            .label("a group of approvers")
            .help(format!(
                "`from {}` asks its members; what conditions read of somebody is an attribute, as in `\"lead\" in principal.roles`",
                name.text
            ));
        }
        let d = Diagnostic::new(Code::UnknownName, name.span, format!("nothing is called `{}` here", name.text))
            .label("unknown");
        let usual = match &*name.text.to_lowercase() {
            "null" | "nil" | "none" | "undefined" => {
                "zt has no null; whether an attribute is there is asked with `has`, as in `input has note`"
            }
            "today" | "time" | "date" | "weekday" if env.params.is_none() => {
                "the instant of the decision is `now`; what clocks show then depends on where: `(now at \"Europe/Paris\").date`"
            }
            "this" | "self" | "request" => "a condition reads `principal`, `resource`, `context` and `input`",
            _ => "",
        };
        if !usual.is_empty() {
            return d.help(usual);
        }
        let root = match &*name.text {
            "user" | "subject" | "caller" | "actor" | "agent" | "sub" => Some("principal"),
            "object" | "target" | "obj" => Some("resource"),
            "args" | "arguments" | "params" | "parameters" | "action" => Some("input"),
            "env" | "environment" | "ctx" => Some("context"),
            _ => None,
        };
        if let Some(root) = root.filter(|_| env.params.is_none()) {
            return d.help(format!("zt calls this `{root}`")).fix(format!("write `{root}`"), name.span, root);
        }
        // A bare attribute is the commonest slip: find out whose it is.
        for root in [Root::Input, Root::Principal, Root::Resource, Root::Context] {
            let has = env.params.is_none()
                && self
                    .roots(env, root)
                    .unwrap_or_default()
                    .iter()
                    .any(|a| self.fields_of(a).is_some_and(|f| field(&f, &name.text).is_some()));
            if has {
                let full = show_path(&Path { root, fields: vec![name.text.clone()] }, env);
                return d.help(format!("did you mean `{full}`?")).fix(format!("write `{full}`"), name.span, full);
            }
        }
        let d = self.suggest(d, name, &[Namespace::Define, Namespace::Window], &known);
        if d.help.is_some() {
            return d;
        }
        if self.find(Namespace::Type, &name.text).is_some() {
            return d.help(format!("`{}` is a type; its members are written alone, without it", name.text));
        }
        let types = names(self.db, self.package, Namespace::Type).iter().take(MAX_TYPES);
        let member_of = types.into_iter().find(|t| {
            find(self.db, self.package, Namespace::Type, t).is_some_and(|i| match &check_item_enum(self, i) {
                Some(e) => e.index_of(&name.text).is_some(),
                None => false,
            })
        });
        match member_of {
            Some(e) => d.help(format!("`{}` is a member of `{e}`, and can stand only where a `{e}` is compared", name.text)),
            None if env.params.is_some() => d.help("a text stands in double quotes; a definition reads its parameters only"),
            None => d.help("a text stands in double quotes; an attribute is read from `principal`, `resource`, `context` or `input`"),
        }
    }
}

fn check_item_enum(cx: &Cx<'_>, item: Item<'_>) -> Option<Arc<Enum>> {
    match &item.ast(cx.db).kind {
        Some(ast::ItemKind::Enum(_)) => match &check_item(cx.db, cx.package, item).hir {
            Some(HirItem::Enum(e)) => Some(e.clone()),
            _ => None,
        },
        _ => None,
    }
}
