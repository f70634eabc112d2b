//! Items that nothing uses, and attributes that nothing reads.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::notice;
use crate::check::tag::carried;
use crate::check::{HirItem, check_item};
use crate::db::{Db, Package, index, split};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Ask, Channel, Due, Expr, ExprKind, From, Name, Path, Piece};
use crate::span::{ItemKey, Span};
use crate::syntax::ast::ItemKind;
use crate::syntax::token::{Token, lex};

/// What items use of each other.
#[derive(Default)]
struct Used {
    defines: BTreeSet<Name>,
    tables: BTreeSet<Name>,
    windows: BTreeSet<Name>,
    obligations: BTreeSet<Name>,
    approvers: BTreeSet<Name>,
    /// The steps of every path that is read.
    steps: BTreeSet<Name>,
}

impl Used {
    fn path(&mut self, path: &Path) {
        self.steps.extend(path.fields.iter().cloned());
    }

    fn expr(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Path(path) | ExprKind::Has(path) | ExprKind::Is(path, _) | ExprKind::Else(path, _) => {
                self.path(path);
            }
            ExprKind::Call(name, _) => drop(self.defines.insert(name.clone())),
            ExprKind::Lookup(name, ..) | ExprKind::InTable(name, _) | ExprKind::Detect(name, _) => {
                self.tables.insert(name.clone());
            }
            ExprKind::Reading { window, .. } => drop(self.windows.insert(window.clone())),
            _ => {}
        }
        e.parts().into_iter().for_each(|part| self.expr(part));
    }

    fn pieces(&mut self, pieces: &[Piece]) {
        for piece in pieces {
            match piece {
                Piece::Text(_) => {}
                Piece::Path { path, .. } => self.path(path),
                Piece::Reading { window, .. } => drop(self.windows.insert(window.clone())),
                Piece::OneOf(all) => self.pieces(all),
            }
        }
    }

    fn dues(&mut self, dues: &[Due]) {
        for due in dues {
            self.obligations.insert(due.obligation.clone());
            due.args.iter().for_each(|arg| self.expr(arg));
        }
    }

    fn ask(&mut self, ask: Option<&Ask>) {
        match ask.map(|ask| &ask.from) {
            Some(From::Group(name)) => drop(self.approvers.insert(name.clone())),
            Some(From::ActsFor(path)) => self.path(path),
            None => {}
        }
    }

    fn item(&mut self, item: &HirItem) {
        match item {
            HirItem::Action(x) => {
                let said = x.tags.iter().flat_map(|tag| &tag.fields).map(|(_, said)| said);
                let all = x.resource_id.iter().chain(said).chain(x.part_of.iter().map(|part| &part.when));
                all.for_each(|e| self.expr(e));
            }
            HirItem::Tiers(tiers) => {
                for tier in tiers {
                    self.dues(&tier.obligations);
                    self.ask(tier.ask.as_ref());
                }
            }
            HirItem::Window(x) => x.value.iter().chain(&x.condition).chain(&x.key).for_each(|e| self.expr(e)),
            HirItem::Define(x) => self.expr(&x.body),
            HirItem::Policy(x) => {
                let limits = x.limits.iter().flat_map(|w| w.value.iter().chain(&w.condition).chain(&w.key));
                x.guard.iter().chain(limits).for_each(|e| self.expr(e));
                for rule in &x.rules {
                    self.expr(&rule.condition);
                    self.dues(&rule.obligations);
                    self.ask(rule.ask.as_ref());
                    rule.because.iter().chain(&rule.tell).for_each(|pieces| self.pieces(pieces));
                }
            }
            HirItem::Suite(x) => x.laws.iter().filter_map(|law| law.condition.as_ref()).for_each(|e| self.expr(e)),
            _ => {}
        }
    }
}

/// Finds items of the root package that nothing uses, and attributes that nothing reads. What is `pub` is for others.
pub(super) fn unused(db: &dyn Db, package: Package, out: &mut Vec<(ItemKey, Diagnostic)>) {
    let mut used = Used::default();
    let all = &index(db, package).all;
    for item in all {
        if let Some(hir) = &check_item(db, package, *item).hir {
            used.item(hir);
        }
        for (_, pieces) in notice::said(db, package, *item).notice.iter().flat_map(|notice| &notice.parts) {
            used.pieces(pieces);
        }
    }
    let names = Names::of(db, package);
    let carried: BTreeSet<&Name> = carried(db, package).values().flatten().collect();
    for item in all {
        let tree = item.ast(db);
        if item.home(db) != package.name(db) || tree.public {
            continue;
        }
        let (Some(hir), Some(kind)) = (&check_item(db, package, *item).hir, &tree.kind) else { continue };
        let (name, span): (Name, Span) = (split(item.key(db)).1.into(), kind.name().span);
        let unused = match hir {
            HirItem::Window(_) => (!used.windows.contains(&name)).then_some(("window", "nothing reads it")),
            HirItem::Define(_) => (!used.defines.contains(&name)).then_some(("definition", "nothing calls it")),
            HirItem::Table(_) => (!used.tables.contains(&name)).then_some(("table", "nothing looks it up")),
            HirItem::Tag(tag) if !tag.required => (!carried.contains(&name)).then_some(("tag", "no action carries it")),
            HirItem::Obligation(_) => {
                (!used.obligations.contains(&name)).then_some(("obligation", "no rule demands it"))
            }
            HirItem::Approvers(_) => {
                (!used.approvers.contains(&name)).then_some(("group of approvers", "nobody asks it"))
            }
            HirItem::Entity(entity) => {
                unread(&used, entity, kind, item.key(db), out);
                None
            }
            _ => None,
        };
        let Some((what, label)) = unused else { continue };
        let mut d = Diagnostic::new(Code::Unused, span, format!("{what} `{name}` is never used"))
            .label(label)
            .help("remove it, or use it");
        // No decision records what nothing reads. Others may be named in tests and selectors, and of what a source says
        // a host may tell, whether it is asked or not.
        let silent = match hir {
            HirItem::Window(_) | HirItem::Define(_) => true,
            HirItem::Tag(_) | HirItem::Obligation(_) => names.alone(&name),
            HirItem::Table(table) => table.source.is_none() && names.alone(&name),
            HirItem::Approvers(group) => group.channel == Channel::Pep && names.alone(&name),
            _ => false,
        };
        if silent {
            d = d.safe_fix(format!("remove `{name}`"), Span::new(0, tree.len), "");
        }
        out.push((item.key(db).clone(), d));
    }
}

/// The names that stand in the files of a package, and how often.
struct Names(BTreeMap<String, usize>);

impl Names {
    fn of(db: &dyn Db, package: Package) -> Self {
        let mut out: BTreeMap<String, usize> = BTreeMap::new();
        for file in package.files(db) {
            let text = file.text(db);
            for token in lex(text).tokens {
                if token.token == Token::Ident || token.token.can_be_name() {
                    let word = text.get(token.span.start as usize..token.span.end as usize).unwrap_or_default();
                    *out.entry(word.to_owned()).or_default() += 1;
                }
            }
        }
        Names(out)
    }

    /// Whether a name stands nowhere but where it is declared.
    fn alone(&self, name: &str) -> bool {
        self.0.get(name.rsplit('.').next().unwrap_or(name)) == Some(&1)
    }
}

/// Attributes of an entity whose name stands in no path.
fn unread(
    used: &Used,
    entity: &crate::hir::Entity,
    kind: &ItemKind,
    key: &ItemKey,
    out: &mut Vec<(ItemKey, Diagnostic)>,
) {
    let ItemKind::Entity(tree) = kind else { return };
    for field in &tree.fields {
        // Whoever a principal acts for approves nothing of it: that is read by every decision that asks.
        if used.steps.contains(&field.name.text) || &*field.name.text == "acts_for" {
            continue;
        }
        let whose = match entity.channel {
            Channel::Pep => "the gateway sends it",
            Channel::Source { .. } => "the source says it",
            Channel::File(_) => "the file says it",
        };
        let d = Diagnostic::new(
            Code::UnreadAttribute,
            field.name.span,
            format!("`{}` of `{}` is never read", field.name.text, entity.name),
        )
        .label(format!("{whose}, and no rule reads it"))
        .help("remove it, if it is not sent");
        out.push((key.clone(), d));
    }
}
