//! Names across packages: what a file of one package calls by a short name gets the name by which the whole bundle
//! knows it.
//!
//! An item of the root package is known by its own name, one of a library by the library's name and its own:
//! `std.audit.Level`. Trees are rewritten once, before they are checked, so that the check knows one world of names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::hir::Name;
use crate::syntax::ast::{
    Action, ActionClause, ActionClauseKind, Aggregate, Apply, Argument, Call, Cell, CellKind, Channel, ChannelKind,
    Entry, Expect, ExpectClauseKind, Expr, ExprKind, Field, FixtureKind, Ident, ItemKind, PolicyClauseKind, Rows,
    RuleClause, RuleClauseKind, Selector, Step, Suite, TableShape, Text, Tier, TierClauseKind, TypeExpr, Value,
    ValueKind, WindowClauseKind,
};

/// What the names in the files of one package stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// The package's name and a dot, if it is a library.
    pub prefix: Option<Name>,
    /// The names that its own items have, if it is a library.
    pub own: BTreeSet<Name>,
    /// Names of other packages' items, by what they are called here.
    pub used: BTreeMap<Name, Name>,
    /// Names of packages, by the last part of them.
    pub modules: BTreeMap<Name, Name>,
    /// What these packages keep to themselves.
    pub hidden: BTreeSet<Name>,
    /// What they offer under names with a dot in them.
    pub dotted: BTreeSet<Name>,
    /// Whether this is in a window, where what an event tells is read.
    in_window: bool,
}

impl Names {
    /// Whether trees stay as they are.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.prefix.is_none() && self.used.is_empty() && self.modules.is_empty()
    }

    /// What a name stands for.
    #[must_use]
    pub fn full(&self, name: &str) -> Option<Name> {
        if let Some(full) = self.used.get(name) {
            return Some(full.clone());
        }
        if let Some(prefix) = &self.prefix
            && self.own.contains(name)
        {
            return Some(format!("{prefix}{name}").into());
        }
        let (module, rest) = name.split_once('.')?;
        let full: Name = self.modules.get(module).map(|package| format!("{package}.{rest}"))?.into();
        (!self.hidden.contains(&full)).then_some(full)
    }

    /// An item with every name in it as the bundle knows it.
    #[must_use]
    pub fn rewrite(&self, kind: &ItemKind) -> ItemKind {
        let mut kind = kind.clone();
        self.item(&mut kind);
        kind
    }

    fn name(&self, name: &mut Ident) {
        if let Some(full) = self.full(&name.text) {
            name.text = full;
        }
    }

    fn names(&self, names: &mut [Ident]) {
        names.iter_mut().for_each(|n| self.name(n));
    }

    /// The name of an item where it is declared.
    fn declared(&self, name: &mut Ident) {
        if let Some(prefix) = &self.prefix {
            name.text = format!("{prefix}{}", name.text).into();
        }
    }

    fn item(&self, kind: &mut ItemKind) {
        match kind {
            ItemKind::Package(_) | ItemKind::Use(_) | ItemKind::Enforce(_) => {}
            ItemKind::Enum(x) => self.declared(&mut x.name),
            ItemKind::Type(x) => {
                self.declared(&mut x.name);
                self.ty(&mut x.ty);
            }
            ItemKind::Record(x) => {
                self.declared(&mut x.name);
                self.fields(&mut x.fields);
            }
            ItemKind::Entity(x) => {
                self.declared(&mut x.name);
                self.names(&mut x.parents);
                x.from.iter_mut().for_each(|c| self.channel(c));
                self.fields(&mut x.fields);
            }
            ItemKind::Action(x) => self.action(x),
            ItemKind::Extend(x) => {
                // Its own name is its first selector.
                self.name(&mut x.name);
                self.selectors(&mut x.selectors);
                self.action_clauses(&mut x.clauses);
            }
            ItemKind::Tag(x) => {
                self.declared(&mut x.name);
                self.names(&mut x.parents);
                self.fields(&mut x.fields);
            }
            ItemKind::Tiers(x) => {
                self.declared(&mut x.name);
                x.tiers.iter_mut().for_each(|t| self.tier(t));
            }
            ItemKind::Approvers(x) => {
                self.declared(&mut x.name);
                x.from.iter_mut().for_each(|c| self.channel(c));
            }
            ItemKind::Obligation(x) => {
                self.declared(&mut x.name);
                self.fields(&mut x.fields);
            }
            ItemKind::Window(x) => {
                self.declared(&mut x.name);
                let inside = Names { in_window: true, ..self.clone() };
                match &mut x.aggregate {
                    Aggregate::Count => {}
                    Aggregate::Sum(e) | Aggregate::Distinct(e) => inside.expr(e),
                    Aggregate::Set(ty, e) => {
                        self.name(ty);
                        inside.expr(e);
                    }
                }
                self.selectors(&mut x.selectors);
                for c in &mut x.clauses {
                    match &mut c.kind {
                        WindowClauseKind::By(keys) => inside.exprs(keys),
                        WindowClauseKind::Where(e) => inside.expr(e),
                        WindowClauseKind::Over(_) | WindowClauseKind::Max(_) => {}
                    }
                }
            }
            ItemKind::Event(x) => {
                self.declared(&mut x.name);
                x.context.iter_mut().for_each(|c| self.name(c));
                self.fields(&mut x.fields);
            }
            ItemKind::Table(x) => {
                self.declared(&mut x.name);
                match &mut x.shape {
                    TableShape::Function(keys, value) => {
                        keys.iter_mut().for_each(|k| self.ty(k));
                        self.ty(value);
                    }
                    TableShape::Relation(fields) => self.fields(fields),
                }
                x.from.iter_mut().for_each(|c| self.channel(c));
                x.rows.iter_mut().for_each(|r| self.rows(r));
            }
            ItemKind::Policy(x) => {
                self.declared(&mut x.name);
                for c in &mut x.clauses {
                    match &mut c.kind {
                        PolicyClauseKind::For(selectors) => self.selectors(selectors),
                        PolicyClauseKind::By(types) => self.names(types),
                        PolicyClauseKind::When(e) | PolicyClauseKind::Unless(e) => self.expr(e),
                    }
                }
                for rule in &mut x.rules {
                    rule.clauses.iter_mut().for_each(|c| self.rule_clause(c));
                }
            }
            ItemKind::Define(x) => {
                self.declared(&mut x.name);
                self.fields(&mut x.params);
                x.ty.iter_mut().for_each(|t| self.ty(t));
                // A parameter is nearer than anything that is used.
                let params: BTreeSet<Name> = x.params.iter().map(|p| p.name.text.clone()).collect();
                self.without(&params).expr(&mut x.body);
            }
            ItemKind::Suite(x) => self.suite(x),
        }
    }

    /// The same, where some names mean something nearer.
    fn without(&self, names: &BTreeSet<Name>) -> Names {
        let mut nearer = self.clone();
        nearer.used.retain(|name, _| !names.contains(name));
        nearer.own.retain(|name| !names.contains(name));
        nearer.modules.retain(|name, _| !names.contains(name));
        nearer
    }

    fn fields(&self, fields: &mut [Field]) {
        for f in fields {
            self.ty(&mut f.ty);
            f.default.iter_mut().for_each(|e| self.expr(e));
        }
    }

    fn ty(&self, ty: &mut TypeExpr) {
        self.name(&mut ty.name);
        for inner in ty.argument.iter_mut().chain(&mut ty.second) {
            self.ty(inner);
        }
        ty.or.iter_mut().for_each(|other| self.ty(other));
    }

    fn channel(&self, channel: &mut Channel) {
        if let ChannelKind::Source { by: Some(by), .. } = &mut channel.kind {
            self.ty(by);
        }
    }

    fn action(&self, x: &mut Action) {
        if self.prefix.is_some() && x.wire.is_none() && x.part_of.is_none() {
            // On the wire a tool has its own name, in whichever package it is declared.
            x.wire = Some(Text { value: x.name.text.clone(), span: x.name.span });
        }
        self.declared(&mut x.name);
        if let Some((parent, when)) = &mut x.part_of {
            self.name(parent);
            self.expr(when);
        }
        self.action_clauses(&mut x.clauses);
    }

    fn action_clauses(&self, clauses: &mut [ActionClause]) {
        for c in clauses {
            match &mut c.kind {
                ActionClauseKind::By(types) => self.names(types),
                ActionClauseKind::On(name, id) => {
                    self.name(name);
                    id.iter_mut().for_each(|e| self.expr(e));
                }
                ActionClauseKind::Tier(_) | ActionClauseKind::Ask { .. } => {}
                ActionClauseKind::Tags(tags) => {
                    for tag in tags {
                        self.name(&mut tag.name);
                        self.arguments(&mut tag.fields);
                    }
                }
                ActionClauseKind::Context(name) => self.name(name),
                ActionClauseKind::Input(fields) | ActionClauseKind::Output(fields) => self.fields(fields),
            }
        }
    }

    fn arguments(&self, args: &mut [Argument]) {
        args.iter_mut().for_each(|a| self.expr(&mut a.value));
    }

    fn applied(&self, list: &mut [Apply]) {
        for apply in list {
            self.name(&mut apply.name);
            self.arguments(&mut apply.args);
        }
    }

    fn tier(&self, tier: &mut Tier) {
        for c in &mut tier.clauses {
            match &mut c.kind {
                TierClauseKind::From(name) => self.name(name),
                TierClauseKind::With(list) => self.applied(list),
                TierClauseKind::Warrant(_)
                | TierClauseKind::Approval(_)
                | TierClauseKind::Quorum(_)
                | TierClauseKind::Expires(_) => {}
            }
        }
    }

    fn selectors(&self, selectors: &mut [Selector]) {
        for s in selectors {
            match s {
                Selector::Any(_) => {}
                Selector::Action(name) | Selector::Tag(name) => self.name(name),
                Selector::Prefix(name) => self.prefix(name),
            }
        }
    }

    /// What the names of some actions begin with. Where actions of this package are called so, these are meant.
    fn prefix(&self, start: &mut Ident) {
        match &self.prefix {
            Some(prefix) if self.own.iter().any(|name| name.starts_with(&*start.text)) => {
                start.text = format!("{prefix}{}", start.text).into();
            }
            _ => self.name(start),
        }
    }

    fn rule_clause(&self, c: &mut RuleClause) {
        match &mut c.kind {
            RuleClauseKind::When(e) | RuleClauseKind::Unless(e) | RuleClauseKind::Of(e) => self.expr(e),
            RuleClauseKind::For(selectors) => self.selectors(selectors),
            RuleClauseKind::With(list) => self.applied(list),
            RuleClauseKind::From(name) => self.name(name),
            RuleClauseKind::By(keys) => self.exprs(keys),
            RuleClauseKind::Because(_)
            | RuleClauseKind::Tell(_)
            | RuleClauseKind::WithApproval
            | RuleClauseKind::Quorum(_)
            | RuleClauseKind::Expires(_)
            | RuleClauseKind::Rate(..)
            | RuleClauseKind::To(_) => {}
        }
    }

    fn exprs(&self, exprs: &mut [Expr]) {
        exprs.iter_mut().for_each(|e| self.expr(e));
    }

    fn expr(&self, e: &mut Expr) {
        // `limits.small` of a package that is used as a whole.
        if let Some(name) = self.module_member(e) {
            e.kind = ExprKind::Name(Ident { text: name, span: e.span });
            return;
        }
        match &mut e.kind {
            ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Decimal(_)
            | ExprKind::Text(_)
            | ExprKind::Quantity(_)
            | ExprKind::Instant(_)
            | ExprKind::Date(_)
            | ExprKind::Time(_)
            | ExprKind::Regex(_)
            | ExprKind::Glob(_) => {}
            ExprKind::Name(name) => self.name(name),
            // What follows a dot is a field.
            ExprKind::Member(inner, _)
            | ExprKind::Count(inner)
            | ExprKind::Counting(inner)
            | ExprKind::At(inner, _)
            | ExprKind::Hours(inner, ..)
            | ExprKind::Not(inner)
            | ExprKind::Neg(inner)
            | ExprKind::Has(inner, ..)
            | ExprKind::Paren(inner) => self.expr(inner),
            ExprKind::Is(inner, name, _) => {
                self.expr(inner);
                self.name(name);
            }
            ExprKind::Index(a, b) | ExprKind::Range(a, b) | ExprKind::Binary(_, _, a, b) => {
                self.expr(a);
                self.expr(b);
            }
            ExprKind::Call(name, args) => {
                self.name(name);
                self.exprs(args);
            }
            ExprKind::Quantifier(_, x, over, body) => {
                self.expr(over);
                self.without(&BTreeSet::from([x.text.clone()])).expr(body);
            }
            ExprKind::If(a, b, c) => [a, b, c].into_iter().for_each(|x| self.expr(x)),
            ExprKind::Runs(inner, _, xs) => {
                self.expr(inner);
                self.exprs(xs);
            }
            ExprKind::Logic(_, xs) | ExprKind::List(xs) | ExprKind::Tuple(xs) => self.exprs(xs),
        }
    }

    /// A path into a package that is used as a whole, or to an event whose name has a dot in it.
    fn module_member(&self, e: &Expr) -> Option<Name> {
        let text = path_text(e)?;
        let event = |full: Name| (self.in_window && full.contains('.')).then_some(full);
        if let Some(prefix) = &self.prefix
            && self.own.contains(&*text)
            && text.contains('.')
        {
            return event(format!("{prefix}{text}").into());
        }
        let (module, member) = text.split_once('.')?;
        let full: Name = format!("{}.{member}", self.modules.get(module)?).into();
        if self.hidden.contains(&full) {
            return None;
        }
        if member.contains('.') { event(full).filter(|full| self.dotted.contains(full)) } else { Some(full) }
    }

    fn rows(&self, rows: &mut Rows) {
        for (left, right) in &mut rows.rows {
            left.iter_mut().chain(right).for_each(|cell| self.cell(cell));
        }
    }

    fn cell(&self, cell: &mut Cell) {
        if let CellKind::Value(e) = &mut cell.kind {
            self.expr(e);
        }
    }

    fn suite(&self, x: &mut Suite) {
        for f in &mut x.fixtures {
            match &mut f.kind {
                FixtureKind::Value(v) => self.value(v),
                FixtureKind::Request(call) => self.call(call),
                FixtureKind::Row(key, says) => {
                    self.name(&mut f.name);
                    key.iter_mut().chain(says).for_each(|v| self.value(v));
                }
            }
        }
        for test in &mut x.tests {
            test.table.iter_mut().for_each(|t| self.rows(t));
            self.steps(&mut test.steps);
        }
        for law in &mut x.laws {
            self.name(&mut law.action);
            let nearer = self.without(&BTreeSet::from([law.name.text.clone()]));
            law.condition.iter_mut().for_each(|c| nearer.expr(c));
            law.expects.iter_mut().for_each(|e| self.expect(e));
        }
    }

    fn steps(&self, steps: &mut [Step]) {
        for step in steps {
            match step {
                Step::Call(call) => self.call(call),
                Step::Expect(e) => self.expect(e),
                Step::Repeat(_, _, steps, _) => self.steps(steps),
                Step::Approve(from, ..) => self.name(from),
                Step::Observe(event, fields, context, _) => {
                    self.name(event);
                    fields.iter_mut().chain(context).for_each(|v| self.value(v));
                }
                Step::Attest(_, output, _) => output.iter_mut().for_each(|v| self.value(v)),
                Step::Advance(_) | Step::Outage(_) => {}
            }
        }
    }

    fn expect(&self, e: &mut Expect) {
        for c in &mut e.clauses {
            match &mut c.kind {
                ExpectClauseKind::From(name) => self.name(name),
                ExpectClauseKind::With(list) => self.applied(list),
                ExpectClauseKind::By(_)
                | ExpectClauseKind::Tier(_)
                | ExpectClauseKind::Message(_)
                | ExpectClauseKind::Tell(_)
                | ExpectClauseKind::Showing(_)
                | ExpectClauseKind::Retry(_)
                | ExpectClauseKind::Shadow(..) => {}
            }
        }
    }

    fn call(&self, call: &mut Call) {
        self.value(&mut call.principal);
        call.action.iter_mut().for_each(|a| self.name(a));
        for v in [&mut call.resource, &mut call.input, &mut call.context].into_iter().flatten() {
            self.value(v);
        }
    }

    fn value(&self, v: &mut Value) {
        match &mut v.kind {
            ValueKind::Literal(e) => self.expr(e),
            ValueKind::List(values) => values.iter_mut().for_each(|v| self.value(v)),
            ValueKind::Record(name, entries) => {
                name.iter_mut().for_each(|n| self.name(n));
                self.entries(entries);
            }
            ValueKind::With(_, entries) => self.entries(entries),
            ValueKind::Reference(name, _) => self.name(name),
        }
    }

    fn entries(&self, entries: &mut [Entry]) {
        entries.iter_mut().for_each(|e| self.value(&mut e.value));
    }
}

/// The text of a path of names.
fn path_text(e: &Expr) -> Option<String> {
    match &e.kind {
        ExprKind::Name(name) => Some(name.text.to_string()),
        ExprKind::Member(inner, member) => Some(format!("{}.{}", path_text(inner)?, member.text)),
        _ => None,
    }
}

/// The same tree, or one with its names rewritten.
#[must_use]
pub(crate) fn resolved(names: &Names, item: &Arc<crate::syntax::ast::Item>) -> Arc<crate::syntax::ast::Item> {
    match &item.kind {
        Some(kind) if !names.is_plain() => {
            Arc::new(crate::syntax::ast::Item { kind: Some(names.rewrite(kind)), ..(**item).clone() })
        }
        _ => item.clone(),
    }
}
