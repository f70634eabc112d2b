//! Declarations as they are written: their text, the comments about them, and where they stand.

use std::sync::Arc;

use super::{declaration, whole};
use crate::check::action::extensions as extending;
use crate::check::note::Owner;
use crate::db::{Database, Item, Namespace, Package, all_files, find};
use crate::hir::Name;
use crate::span::Span;
use crate::syntax::ast::{ItemKind, Tier};

/// A declaration, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The package that it belongs to.
    pub home: Name,
    /// Its file.
    pub file: Arc<str>,
    /// Where it stands in the file.
    pub place: Span,
    /// Its text, as if its first line began where it does.
    pub text: String,
    /// The comment in front of it, and the one behind it on its last line.
    pub comment: String,
}

/// An item, by the name that the bundle knows it by.
#[must_use]
pub fn item(db: &Database, package: Package, namespace: Namespace, name: &str) -> Option<Written> {
    let item = find(db, package, namespace, name)?;
    Pen { db, package }.written(item, Span::new(0, item.ast(db).len))
}

/// A part of an item, say a rule of a policy. The span counts from the item's start.
#[must_use]
pub fn part(db: &Database, package: Package, namespace: Namespace, name: &str, span: Span) -> Option<Written> {
    Pen { db, package }.written(find(db, package, namespace, name)?, span)
}

/// A field of what declares it.
#[must_use]
pub fn field(db: &Database, package: Package, owner: &Owner, name: &str) -> Option<Written> {
    let (item, field) = declaration(db, package, owner, name)?;
    Pen { db, package }.written(item, whole(field))
}

/// What adds to an action elsewhere, in order.
#[must_use]
pub fn extensions(db: &Database, package: Package, action: &Name) -> Vec<Written> {
    let whole = |item: Item<'_>| Pen { db, package }.written(item, Span::new(0, item.ast(db).len));
    extending(db, package, action.clone()).iter().filter_map(|item| whole(*item)).collect()
}

/// The tiers of a ladder with the comments about them, lowest first.
#[must_use]
pub fn tiers(db: &Database, package: Package, ladder: &str) -> Vec<(Name, String)> {
    let Some(item) = find(db, package, Namespace::Tiers, ladder) else { return vec![] };
    let Some(ItemKind::Tiers(tiers)) = &item.ast(db).kind else { return vec![] };
    let comment = |tier: &Tier| Pen { db, package }.comment(item, tier.name.span);
    tiers.tiers.iter().map(|tier| (tier.name.text.clone(), comment(tier))).collect()
}

/// The comment about a member of an enum.
#[must_use]
pub fn member(db: &Database, package: Package, of: &str, member: &str) -> Option<String> {
    let item = find(db, package, Namespace::Type, of)?;
    let Some(ItemKind::Enum(e)) = &item.ast(db).kind else { return None };
    let declared = e.members.iter().find(|m| *m.name.text == *member)?;
    Some(Pen { db, package }.comment(item, declared.name.span))
}

/// The comment that a file begins with: in front of its `package`, or behind that and apart from what follows.
#[must_use]
pub fn opening_comment(text: &str) -> String {
    let mut said: Vec<&str> = vec![];
    for line in text.lines().map(str::trim) {
        match line.strip_prefix("//") {
            Some(comment) => said.push(comment.trim_start_matches('/').trim()),
            None if line.starts_with("package ") || line.is_empty() && said.is_empty() => {}
            None if line.is_empty() => break,
            // What stands right in front of an item is about that.
            None => return String::new(),
        }
    }
    said.join("\n")
}

/// Reads what stands in items.
#[derive(Clone, Copy)]
pub(super) struct Pen<'db> {
    pub(super) db: &'db Database,
    pub(super) package: Package,
}

impl<'db> Pen<'db> {
    fn written(self, item: Item<'db>, span: Span) -> Option<Written> {
        Some(Written {
            home: item.home(self.db).clone(),
            file: item.key(self.db).file.clone(),
            place: span.shifted(item.offset(self.db)),
            text: self.text(item, span)?,
            comment: self.comment(item, span),
        })
    }

    /// The text of the file that an item stands in.
    pub(super) fn file(self, item: Item<'db>) -> Option<&'db str> {
        let path = &item.key(self.db).file;
        let (_, file) = all_files(self.db, self.package).find(|(_, file)| file.path(self.db) == path)?;
        Some(file.text(self.db))
    }

    /// What is written somewhere in an item, as if its first line began where it does.
    pub(super) fn text(self, item: Item<'db>, span: Span) -> Option<String> {
        let span = span.shifted(item.offset(self.db));
        let text = self.file(item)?;
        let line = text.get(..span.start as usize)?.rsplit('\n').next()?;
        let margin = line.len() - line.trim_start().len();
        let mut out = String::new();
        for (i, line) in text.get(span.start as usize..span.end as usize)?.split('\n').enumerate() {
            let blank = line.len() - line.trim_start().len();
            if i > 0 {
                out.push('\n');
            }
            out.push_str(line.get(if i == 0 { 0 } else { blank.min(margin) }..).unwrap_or_default());
        }
        Some(out)
    }

    /// The comment on the lines in front of something that begins a line, and the one behind it on its last line.
    pub(super) fn comment(self, item: Item<'db>, span: Span) -> String {
        let span = span.shifted(item.offset(self.db));
        let Some(text) = self.file(item) else { return String::new() };
        let (before, after) = (text.get(..span.start as usize), text.get(span.end as usize..));
        let mut lines: Vec<&str> = vec![];
        if let Some((before, line)) = before.and_then(|t| t.rsplit_once('\n'))
            && matches!(line.trim(), "" | "pub")
        {
            let comment = before.split('\n').rev().map_while(|line| line.trim().strip_prefix("//"));
            lines.extend(comment.map(|said| said.trim_start_matches('/').trim()));
            lines.reverse();
        }
        let behind = after.and_then(|t| t.lines().next()).unwrap_or_default();
        let behind = behind.trim_start_matches([',', ' ', '\t', '}']);
        lines.extend(behind.strip_prefix("//").map(|said| said.trim_start_matches('/').trim()));
        lines.join("\n")
    }
}
