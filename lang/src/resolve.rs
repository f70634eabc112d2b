//! Names across packages: what a file of one package calls by a short name gets the name by which the whole bundle
//! knows it.
//!
//! Trees are rewritten once, before they are checked, so that the check knows one world of names. A name of another package
//! that no `use` brings in, or that is not for others, is reported where it stands.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::hir::Name;
use crate::naming::{Names, Namespace};
use crate::span::Span;
use crate::syntax::ast::{
    Action, ActionClause, ActionClauseKind, Aggregate, Apply, Argument, Call, Cell, CellKind, Channel, ChannelKind,
    Entry, Expect, ExpectClauseKind, Expr, ExprKind, Field, FixtureKind, Ident, Item, ItemKind, PolicyClauseKind, Rows,
    RuleClause, RuleClauseKind, Selector, Step, Suite, TableShape, Text, Tier, TierClauseKind, TypeExpr, Value,
    ValueKind, WindowClauseKind,
};

/// Trees of one package as they are rewritten, and what names of other packages are wrong in them.
#[derive(Clone)]
struct Trees<'n> {
    names: Cow<'n, Names>,
    refused: &'n RefCell<Vec<Diagnostic>>,
    /// Whether this is in a window, where what an event tells is read.
    in_window: bool,
}

/// What a name can be that stands for a value.
pub(crate) const VALUES: &[Namespace] =
    &[Namespace::Define, Namespace::Table, Namespace::Window, Namespace::Type, Namespace::Tag];

/// The same in a window.
const IN_WINDOW: &[Namespace] =
    &[Namespace::Define, Namespace::Table, Namespace::Window, Namespace::Type, Namespace::Tag, Namespace::Event];

const TYPE: &[Namespace] = &[Namespace::Type];
const ACTION: &[Namespace] = &[Namespace::Action];
const APPROVERS: &[Namespace] = &[Namespace::Approvers];

/// What can be called with arguments.
const CALLED: &[Namespace] = &[Namespace::Define, Namespace::Table, Namespace::Type];

/// How the names of the language start that a condition reads.
const ROOTS: [&str; 6] = ["principal", "resource", "context", "input", "output", "now"];

impl Trees<'_> {
    fn name(&self, kinds: &[Namespace], name: &mut Ident) {
        let Some(meaning) = self.names.meaning(kinds, &name.text) else { return };
        self.refused.borrow_mut().extend(self.names.refused(name.span, &name.text, &meaning));
        name.text = meaning.full;
    }

    /// What a name can be where a value stands.
    fn values(&self) -> &'static [Namespace] {
        if self.in_window { IN_WINDOW } else { VALUES }
    }

    fn names(&self, kinds: &[Namespace], names: &mut [Ident]) {
        names.iter_mut().for_each(|n| self.name(kinds, n));
    }

    /// The name of an item where it is declared.
    fn declared(&self, name: &mut Ident) {
        if let Some(prefix) = &self.names.prefix {
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
                self.names(TYPE, &mut x.parents);
                x.from.iter_mut().for_each(|c| self.channel(c));
                self.fields(&mut x.fields);
            }
            ItemKind::Action(x) => self.action(x),
            ItemKind::Extend(x) => {
                self.selectors(ACTION, &mut x.selectors);
                // Its own name is its first selector.
                if let Some(Selector::Action(name) | Selector::Prefix(name)) = x.selectors.first() {
                    x.name.text = name.text.clone();
                }
                self.action_clauses(&mut x.clauses);
            }
            ItemKind::Tag(x) => {
                self.declared(&mut x.name);
                self.names(&[Namespace::Tag], &mut x.parents);
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
                let inside = Trees { in_window: true, ..self.clone() };
                match &mut x.aggregate {
                    Aggregate::Count => {}
                    Aggregate::Sum(e) | Aggregate::Distinct(e) => inside.expr(e),
                    Aggregate::Set(ty, e) => {
                        self.name(TYPE, ty);
                        inside.expr(e);
                    }
                }
                self.selectors(&[Namespace::Action, Namespace::Event], &mut x.selectors);
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
                x.context.iter_mut().for_each(|c| self.name(TYPE, c));
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
                        PolicyClauseKind::For(selectors) => self.selectors(ACTION, selectors),
                        PolicyClauseKind::By(types) => self.names(TYPE, types),
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
    fn without(&self, names: &BTreeSet<Name>) -> Self {
        let mut nearer = self.names.clone().into_owned();
        nearer.used.retain(|name, _| !names.contains(name));
        nearer.own.retain(|(_, name)| !names.contains(name));
        nearer.modules.retain(|name, _| !names.contains(name));
        Trees { names: Cow::Owned(nearer), ..*self }
    }

    fn fields(&self, fields: &mut [Field]) {
        for f in fields {
            self.ty(&mut f.ty);
            f.default.iter_mut().for_each(|e| self.expr(e));
        }
    }

    fn ty(&self, ty: &mut TypeExpr) {
        self.name(TYPE, &mut ty.name);
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
        if self.names.prefix.is_some() && x.wire.is_none() && x.part_of.is_none() {
            // On the wire a tool has its own name, in whichever package it is declared.
            x.wire = Some(Text { value: x.name.text.clone(), span: x.name.span });
        }
        self.declared(&mut x.name);
        if let Some((parent, when)) = &mut x.part_of {
            self.name(ACTION, parent);
            self.expr(when);
        }
        self.action_clauses(&mut x.clauses);
    }

    fn action_clauses(&self, clauses: &mut [ActionClause]) {
        for c in clauses {
            match &mut c.kind {
                ActionClauseKind::By(types) => self.names(TYPE, types),
                ActionClauseKind::On(name, id) => {
                    self.name(TYPE, name);
                    id.iter_mut().for_each(|e| self.expr(e));
                }
                ActionClauseKind::Tier(_) | ActionClauseKind::Ask { .. } => {}
                ActionClauseKind::Tags(tags) => {
                    for tag in tags {
                        self.name(&[Namespace::Tag], &mut tag.name);
                        self.arguments(&mut tag.fields);
                    }
                }
                ActionClauseKind::Context(name) => self.name(TYPE, name),
                ActionClauseKind::Input(fields) | ActionClauseKind::Output(fields) => self.fields(fields),
            }
        }
    }

    fn arguments(&self, args: &mut [Argument]) {
        args.iter_mut().for_each(|a| self.expr(&mut a.value));
    }

    fn applied(&self, list: &mut [Apply]) {
        for apply in list {
            self.name(&[Namespace::Obligation], &mut apply.name);
            self.arguments(&mut apply.args);
        }
    }

    fn tier(&self, tier: &mut Tier) {
        for c in &mut tier.clauses {
            match &mut c.kind {
                TierClauseKind::From(name) => self.name(APPROVERS, name),
                TierClauseKind::With(list) => self.applied(list),
                TierClauseKind::Warrant(_)
                | TierClauseKind::Approval(_)
                | TierClauseKind::Quorum(_)
                | TierClauseKind::Expires(_) => {}
            }
        }
    }

    fn selectors(&self, kinds: &[Namespace], selectors: &mut [Selector]) {
        for s in selectors {
            match s {
                Selector::Any(_) => {}
                Selector::Action(name) => self.name(kinds, name),
                Selector::Tag(name) => self.name(&[Namespace::Tag], name),
                Selector::Prefix(name) => {
                    let Some(meaning) = self.names.start(&name.text) else { continue };
                    let written = format!("{}*", name.text);
                    self.refused.borrow_mut().extend(self.names.refused(name.span, &written, &meaning));
                    name.text = meaning.full;
                }
            }
        }
    }

    fn rule_clause(&self, c: &mut RuleClause) {
        match &mut c.kind {
            RuleClauseKind::When(e) | RuleClauseKind::Unless(e) | RuleClauseKind::Of(e) => self.expr(e),
            RuleClauseKind::For(selectors) => self.selectors(ACTION, selectors),
            RuleClauseKind::With(list) => self.applied(list),
            RuleClauseKind::From(name) => self.name(APPROVERS, name),
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
        // `limits.small` of a package that is used as a whole, or its whole name, which nobody writes.
        if let Some((name, span)) = self.dotted(e) {
            let mut name = Ident { text: name, span };
            self.name(self.values(), &mut name);
            e.kind = ExprKind::Name(name);
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
            ExprKind::Name(name) => self.name(self.values(), name),
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
                self.name(TYPE, name);
            }
            ExprKind::Index(a, b) | ExprKind::Range(a, b) | ExprKind::Binary(_, _, a, b) => {
                self.expr(a);
                self.expr(b);
            }
            ExprKind::Call(name, args) => {
                self.name(CALLED, name);
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

    /// A name with dots in it that is an item of another package.
    fn dotted(&self, e: &Expr) -> Option<(Name, Span)> {
        fn write(e: &Expr, out: &mut String) -> Option<()> {
            match &e.kind {
                ExprKind::Name(name) if !ROOTS.contains(&&*name.text) => out.push_str(&name.text),
                ExprKind::Member(inner, member) => {
                    write(inner, out)?;
                    out.push('.');
                    out.push_str(&member.text);
                }
                _ => return None,
            }
            Some(())
        }
        let ExprKind::Member(..) = &e.kind else { return None };
        let mut text = String::new();
        write(e, &mut text)?;
        self.names.meaning(self.values(), &text)?;
        Some((text.into(), e.span))
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
                    self.name(&[Namespace::Table], &mut f.name);
                    key.iter_mut().chain(says).for_each(|v| self.value(v));
                }
            }
        }
        for test in &mut x.tests {
            test.table.iter_mut().for_each(|t| self.rows(t));
            self.steps(&mut test.steps);
        }
        for law in &mut x.laws {
            self.name(ACTION, &mut law.action);
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
                Step::Approve(from, ..) => self.name(APPROVERS, from),
                Step::Observe(event, fields, context, _) => {
                    self.name(&[Namespace::Event], event);
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
                ExpectClauseKind::From(name) => self.name(APPROVERS, name),
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
        call.action.iter_mut().for_each(|a| self.name(ACTION, a));
        for v in [&mut call.resource, &mut call.input, &mut call.context].into_iter().flatten() {
            self.value(v);
        }
    }

    fn value(&self, v: &mut Value) {
        match &mut v.kind {
            ValueKind::Literal(e) => self.expr(e),
            ValueKind::List(values) => values.iter_mut().for_each(|v| self.value(v)),
            ValueKind::Record(name, entries) => {
                name.iter_mut().for_each(|n| self.name(TYPE, n));
                self.entries(entries);
            }
            ValueKind::With(_, entries) => self.entries(entries),
            ValueKind::Reference(name, _) => self.name(TYPE, name),
        }
    }

    fn entries(&self, entries: &mut [Entry]) {
        entries.iter_mut().for_each(|e| self.value(&mut e.value));
    }
}

/// The same item, or one with its names rewritten, and what is wrong with those of other packages.
#[must_use]
pub(crate) fn resolved(names: &Names, item: &Arc<Item>) -> Arc<Item> {
    match &item.kind {
        Some(kind) if !names.is_plain() => {
            let refused = RefCell::default();
            let mut kind = kind.clone();
            Trees { names: Cow::Borrowed(names), refused: &refused, in_window: false }.item(&mut kind);
            let mut out = Item { kind: Some(kind), ..(**item).clone() };
            out.diagnostics.extend(refused.into_inner());
            Arc::new(out)
        }
        _ => item.clone(),
    }
}
