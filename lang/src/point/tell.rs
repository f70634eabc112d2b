//! What is said about a place: the declaration as it is written, the comment in front of it, and what follows from it.

use std::fmt::Write as _;

use super::subject::Subject;
use super::written::{Pen, opening_comment};
use super::{declaration, whole, words};
use crate::check::note::Owner;
use crate::check::types::show;
use crate::db::{Database, Item, Namespace, Package, find, split};
use crate::hir::{Effect, Field, Name};
use crate::span::Span;
use crate::syntax::ast::{self, ItemKind};

/// The most lines of a declaration that are shown.
const MAX_LINES: usize = 24;
/// The most rules of a policy, or other things, that are listed.
const MAX_LISTED: usize = 12;

pub(super) struct Teller<'db> {
    pub(super) db: &'db Database,
    pub(super) package: Package,
}

impl<'db> Teller<'db> {
    /// What there is to say, if anything.
    pub(super) fn tell(&self, subject: &Subject<'db>) -> Option<String> {
        match subject {
            Subject::Items(items) => match items.as_slice() {
                [] => None,
                [item] => self.item(*item),
                several => Some(self.several(several)),
            },
            Subject::Fields(fields) => self.fields(fields),
            Subject::Member(of, member) => self.member(of, member),
            Subject::Rules(rules) => match rules.as_slice() {
                [(item, place)] => self.rule(*item, *place),
                [(item, place), ..] => {
                    let text = self.rule(*item, *place)?;
                    Some(format!("{text}\n\nOne of {} rules of this name.", rules.len()))
                }
                [] => None,
            },
            Subject::Tier(item, place) => self.tier(*item, *place),
            Subject::Local(item, span, ty) => {
                let name = self.text(*item, *span)?;
                Some(match ty {
                    Some(ty) => fenced(&format!("{name} : {}", show(ty))),
                    None => fenced(&name),
                })
            }
            Subject::Value(ty) => Some(fenced(&show(ty))),
            Subject::Package(name) => {
                let library = self.package.libraries(self.db).iter().find(|l| l.name(self.db) == name)?;
                let mut out = fenced(&format!("package {name}"));
                if let Some(first) = library.files(self.db).first() {
                    add(&mut out, &opening_comment(first.text(self.db)));
                }
                Some(out)
            }
            Subject::Data(path) => Some(format!("the data file `{path}`, from the package's folder")),
            Subject::Word(word) => words::meaning(word).map(|meaning| format!("{}\n\n{meaning}", fenced(word))),
        }
    }

    /// An item as it is written, its comment, and what it holds.
    fn item(&self, item: Item<'db>) -> Option<String> {
        let kind = item.ast(self.db).kind.as_ref()?;
        let source = self.text(item, Span::new(0, item.ast(self.db).len))?;
        let mut out = match kind {
            // What a policy or a suite says is listed, and a table can be long.
            ItemKind::Policy(_) | ItemKind::Suite(_) => fenced(source.split('{').next().unwrap_or_default().trim_end()),
            ItemKind::Table(x) if x.rows.is_some() => fenced(source.split('{').next().unwrap_or_default().trim_end()),
            _ => fenced(&source),
        };
        add(&mut out, &self.comment(item, Span::new(0, item.ast(self.db).len)));
        match kind {
            ItemKind::Policy(policy) => {
                let rules = policy.rules.iter().map(|r| format!("{} `{}`", effect(r), r.name.text));
                add(&mut out, &listed(rules));
            }
            ItemKind::Suite(suite) => {
                let laws = suite.laws.len();
                add(&mut out, &format!("{} tests, {laws} laws", suite.tests.len()));
            }
            _ => {}
        }
        let home = item.home(self.db);
        if home != self.package.name(self.db) {
            add(&mut out, &format!("of package `{home}`"));
        }
        Some(out)
    }

    fn several(&self, items: &[Item<'db>]) -> String {
        let names = items.iter().map(|item| {
            let (word, name) = split(item.key(self.db));
            format!("{word} `{name}`")
        });
        listed(names)
    }

    fn fields(&self, fields: &[(Owner, Name, Option<Field>)]) -> Option<String> {
        let (owner, name, field) = fields.first()?;
        let mut out = match declaration(self.db, self.package, owner, name) {
            Some((item, declared)) => {
                let span = whole(declared);
                let mut out = fenced(&self.text(item, span)?);
                add(&mut out, &self.comment(item, span));
                out
            }
            // The part of a text, or the id of an entity: nobody declares it.
            None => field.as_ref().map(|f| {
                let optional = if f.optional { "?" } else { "" };
                fenced(&format!("{} : {}{optional}", f.name, show(&f.ty.ty)))
            })?,
        };
        let whose = fields.iter().map(|(owner, ..)| described(self, owner));
        add(&mut out, &listed(whose));
        if let Some(field) = field
            && field.optional
        {
            add(&mut out, "It may be absent.");
        }
        Some(out)
    }

    fn member(&self, of: &Name, member: &str) -> Option<String> {
        let item = find(self.db, self.package, Namespace::Type, of)?;
        let Some(ItemKind::Enum(e)) = &item.ast(self.db).kind else { return None };
        let declared = e.members.iter().find(|m| *m.name.text == *member)?;
        let spelled = declared.wire.as_ref().map(|wire| format!(" as {:?}", &*wire.value)).unwrap_or_default();
        let mut out = fenced(&format!("{member}{spelled}"));
        add(&mut out, &self.comment(item, declared.name.span));
        add(&mut out, &format!("a member of enum `{of}`{}", if e.ordered { ", lowest first" } else { "" }));
        add(&mut out, &listed(e.members.iter().map(|m| format!("`{}`", m.name.text))));
        Some(out)
    }

    fn rule(&self, item: Item<'db>, place: usize) -> Option<String> {
        let Some(ItemKind::Policy(policy)) = &item.ast(self.db).kind else { return None };
        let rule = policy.rules.get(place)?;
        let mut out = fenced(&self.text(item, rule.span)?);
        add(&mut out, &self.comment(item, rule.span));
        add(&mut out, words::meaning(opening(rule.effect)).unwrap_or_default());
        if rule.shadow {
            add(&mut out, words::meaning("shadow").unwrap_or_default());
        }
        add(&mut out, &format!("a rule of policy `{}`", policy.name.text));
        Some(out)
    }

    fn tier(&self, item: Item<'db>, place: usize) -> Option<String> {
        let Some(ItemKind::Tiers(tiers)) = &item.ast(self.db).kind else { return None };
        let tier = tiers.tiers.get(place)?;
        let start = tier.name.span.start;
        let said = tier.clauses.iter().map(|c| c.span.end).max().unwrap_or(tier.name.span.end);
        // A tier ends at its own brace.
        let rest = self.pen().file(item)?.get(said.saturating_add(item.offset(self.db)) as usize..)?;
        let end = rest.find('}').and_then(|at| u32::try_from(at + 1).ok()).unwrap_or(0);
        let mut out = fenced(&self.text(item, Span::new(start, said.saturating_add(end)))?);
        add(&mut out, &self.comment(item, tier.name.span));
        add(&mut out, &format!("a tier of `{}`, lowest first", tiers.name.text));
        add(&mut out, &listed(tiers.tiers.iter().map(|t| format!("`{}`", t.name.text))));
        Some(out)
    }

    fn pen(&self) -> Pen<'db> {
        Pen { db: self.db, package: self.package }
    }

    fn text(&self, item: Item<'db>, span: Span) -> Option<String> {
        self.pen().text(item, span)
    }

    fn comment(&self, item: Item<'db>, span: Span) -> String {
        self.pen().comment(item, span)
    }
}

fn described(teller: &Teller<'_>, owner: &Owner) -> String {
    match owner {
        Owner::Type(name) => {
            let item = find(teller.db, teller.package, Namespace::Type, name);
            let word = item.map_or("type", |item| split(item.key(teller.db)).0);
            format!("an attribute of {word} `{name}`")
        }
        Owner::Input(name) => format!("an argument of action `{name}`"),
        Owner::Output(name) => format!("what action `{name}` gives back"),
        Owner::Tag(name) => format!("a field of tag `{name}`"),
        Owner::Event(name) => format!("told by event `{name}`"),
        Owner::Obligation(name) => format!("a parameter of obligation `{name}`"),
    }
}

fn opening(effect: Effect) -> &'static str {
    match effect {
        Effect::RequireApproval => "require",
        other => other.as_str(),
    }
}

fn effect(rule: &ast::Rule) -> String {
    let word = rule.effect.as_str().replace('_', " ");
    if rule.shadow { format!("shadow {word}") } else { word }
}

/// A text as code, cut if it is long. The fence is longer than any within.
fn fenced(text: &str) -> String {
    let mut shown = String::new();
    for line in text.trim_end().lines().take(MAX_LINES) {
        for c in line.chars() {
            match c {
                '\t' => shown.push(c),
                _ => zt_values::push_visibly(&mut shown, c),
            }
        }
        shown.push('\n');
    }
    if text.lines().count() > MAX_LINES {
        shown.push_str("…\n");
    }
    let mut fence = "```".to_owned();
    while shown.contains(&fence) {
        fence.push('`');
    }
    format!("{fence}zt\n{shown}{fence}")
}

fn listed(what: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = what.collect();
    let more = all.len().saturating_sub(MAX_LISTED);
    let mut out = all.into_iter().take(MAX_LISTED).collect::<Vec<_>>().join(", ");
    if more > 0 {
        let _ = write!(out, ", and {more} more");
    }
    out
}

/// Adds a paragraph.
fn add(out: &mut String, text: &str) {
    if !text.is_empty() {
        out.push_str("\n\n");
        for c in text.chars() {
            if c == '\n' { out.push(c) } else { zt_values::push_visibly(out, c) }
        }
    }
}
