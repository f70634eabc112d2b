//! Every name in an item, with the part that it plays there.

use crate::check::note::Owner;
use crate::db::Namespace;
use crate::span::Span;
use crate::syntax::ast::{
    ActionClause, ActionClauseKind, Aggregate, Apply, Argument, Call, CellKind, Channel, ChannelKind, Entry, Expect,
    ExpectClauseKind, Expr, ExprKind, Field, FixtureKind, Ident, ItemKind, PolicyClauseKind, RefinementKind, Rows,
    RuleClauseKind, RuleName, Selector, Step, Suite, TableShape, Text, TierClauseKind, TypeExpr, Value, ValueKind,
    WindowClauseKind,
};

/// A name in an item.
#[derive(Debug, Clone)]
pub(super) struct Named<'t> {
    /// What stands there.
    pub(super) text: &'t str,
    /// Where, relative to the item.
    pub(super) span: Span,
    /// Which part it plays.
    pub(super) role: Role<'t>,
}

/// The part that a name plays.
#[derive(Debug, Clone)]
pub(super) enum Role<'t> {
    /// It names the item itself.
    Own,
    /// An item of this kind.
    Item(Namespace),
    /// What the names of actions begin with.
    Prefix,
    /// A word of an expression: what is nearest to it says what it means.
    Word,
    /// A step of a path.
    Step,
    /// A tier.
    Tier,
    /// A rule.
    Rule,
    /// What is used of other packages: the package in front of the name, where it stands apart.
    Used(Option<&'t str>),
    /// A declared field.
    Field(Owner),
    /// A field that is given a value.
    Argument(Owner),
    /// A declared member of an enum.
    Member,
    /// A declared name that only the item knows.
    Local,
    /// A rule where it stands.
    OwnRule,
    /// A tier where it stands.
    OwnTier,
    /// The path of a data file.
    Data,
}

/// Every name in an item, in no particular order.
pub(super) fn names(kind: &ItemKind) -> Vec<Named<'_>> {
    let mut out = Names { out: vec![] };
    out.item(kind);
    out.out
}

struct Names<'t> {
    out: Vec<Named<'t>>,
}

impl<'t> Names<'t> {
    fn add(&mut self, name: &'t Ident, role: Role<'t>) {
        self.out.push(Named { text: &name.text, span: name.span, role });
    }

    fn of(&mut self, name: &'t Ident, namespace: Namespace) {
        self.add(name, Role::Item(namespace));
    }

    fn all(&mut self, names: &'t [Ident], namespace: Namespace) {
        names.iter().for_each(|name| self.of(name, namespace));
    }

    fn item(&mut self, kind: &'t ItemKind) {
        if !matches!(kind, ItemKind::Use(_) | ItemKind::Enforce(_) | ItemKind::Extend(_)) {
            self.add(kind.name(), Role::Own);
        }
        match kind {
            ItemKind::Package(_) => {}
            ItemKind::Use(x) => {
                self.add(&x.path, Role::Used(None));
                for name in x.names.iter().flatten() {
                    self.add(name, Role::Used(Some(&x.path.text)));
                }
            }
            ItemKind::Enforce(x) => self.of(&x.policy, Namespace::Policy),
            ItemKind::Enum(x) => x.members.iter().for_each(|m| self.add(&m.name, Role::Member)),
            ItemKind::Type(x) => self.ty(&x.ty),
            ItemKind::Record(x) => self.fields(&x.fields, &Owner::Type(x.name.text.clone())),
            ItemKind::Entity(x) => {
                self.all(&x.parents, Namespace::Type);
                x.from.iter().for_each(|c| self.channel(c));
                self.fields(&x.fields, &Owner::Type(x.name.text.clone()));
            }
            ItemKind::Action(x) => {
                if let Some((whole, when)) = &x.part_of {
                    self.of(whole, Namespace::Action);
                    self.expr(when);
                }
                self.action(&x.clauses, &x.name);
            }
            ItemKind::Extend(x) => {
                self.selectors(&x.selectors);
                self.action(&x.clauses, &x.name);
            }
            ItemKind::Tag(x) => {
                self.all(&x.parents, Namespace::Tag);
                self.fields(&x.fields, &Owner::Tag(x.name.text.clone()));
            }
            ItemKind::Tiers(x) => {
                for tier in &x.tiers {
                    self.add(&tier.name, Role::OwnTier);
                    for c in &tier.clauses {
                        match &c.kind {
                            TierClauseKind::From(name) => self.of(name, Namespace::Approvers),
                            TierClauseKind::With(list) => self.applied(list),
                            TierClauseKind::Warrant(_)
                            | TierClauseKind::Approval(_)
                            | TierClauseKind::Quorum(_)
                            | TierClauseKind::Expires(_) => {}
                        }
                    }
                }
            }
            ItemKind::Approvers(x) => x.from.iter().for_each(|c| self.channel(c)),
            ItemKind::Obligation(x) => self.fields(&x.fields, &Owner::Obligation(x.name.text.clone())),
            ItemKind::Window(x) => {
                match &x.aggregate {
                    Aggregate::Count => {}
                    Aggregate::Sum(e) | Aggregate::Distinct(e) => self.expr(e),
                    Aggregate::Set(ty, e) => {
                        self.of(ty, Namespace::Type);
                        self.expr(e);
                    }
                }
                self.selectors(&x.selectors);
                for c in &x.clauses {
                    match &c.kind {
                        WindowClauseKind::By(keys) => self.exprs(keys),
                        WindowClauseKind::Where(e) => self.expr(e),
                        WindowClauseKind::Over(_) | WindowClauseKind::Max(_) => {}
                    }
                }
            }
            ItemKind::Event(x) => {
                x.context.iter().for_each(|c| self.of(c, Namespace::Type));
                self.fields(&x.fields, &Owner::Event(x.name.text.clone()));
            }
            ItemKind::Table(x) => {
                match &x.shape {
                    TableShape::Function(keys, value) => {
                        keys.iter().for_each(|k| self.ty(k));
                        self.ty(value);
                    }
                    TableShape::Relation(fields) => {
                        for f in fields {
                            self.add(&f.name, Role::Local);
                            self.ty(&f.ty);
                        }
                    }
                }
                x.from.iter().for_each(|c| self.channel(c));
                x.rows.iter().for_each(|r| self.rows(r));
            }
            ItemKind::Policy(x) => {
                for c in &x.clauses {
                    match &c.kind {
                        PolicyClauseKind::For(selectors) => self.selectors(selectors),
                        PolicyClauseKind::By(types) => self.all(types, Namespace::Type),
                        PolicyClauseKind::When(e) | PolicyClauseKind::Unless(e) => self.expr(e),
                    }
                }
                for rule in &x.rules {
                    self.add(&rule.name, Role::OwnRule);
                    rule.clauses.iter().for_each(|c| self.rule_clause(&c.kind));
                }
            }
            ItemKind::Define(x) => {
                for p in &x.params {
                    self.add(&p.name, Role::Local);
                    self.ty(&p.ty);
                }
                x.ty.iter().for_each(|t| self.ty(t));
                self.expr(&x.body);
            }
            ItemKind::Suite(x) => self.suite(x),
        }
    }

    fn fields(&mut self, fields: &'t [Field], owner: &Owner) {
        for f in fields {
            self.add(&f.name, Role::Field(owner.clone()));
            self.ty(&f.ty);
            f.default.iter().for_each(|e| self.expr(e));
        }
    }

    fn ty(&mut self, ty: &'t TypeExpr) {
        self.of(&ty.name, Namespace::Type);
        ty.argument.iter().chain(&ty.second).for_each(|inner| self.ty(inner));
        ty.or.iter().for_each(|other| self.ty(other));
        for r in &ty.refinements {
            match &r.kind {
                RefinementKind::Range(low, high) => low.iter().chain(high).for_each(|e| self.expr(e)),
                RefinementKind::Accepts(all) | RefinementKind::Refuses(all) => self.exprs(all),
                RefinementKind::Max(_)
                | RefinementKind::Places(_)
                | RefinementKind::Matching(_)
                | RefinementKind::Free => {}
            }
        }
    }

    fn channel(&mut self, channel: &'t Channel) {
        match &channel.kind {
            ChannelKind::Source { by: Some(by), .. } => self.ty(by),
            ChannelKind::File(Text { value, span }) => {
                self.out.push(Named { text: value, span: *span, role: Role::Data });
            }
            ChannelKind::Source { by: None, .. } | ChannelKind::Word(_) => {}
        }
    }

    fn action(&mut self, clauses: &'t [ActionClause], name: &'t Ident) {
        for c in clauses {
            match &c.kind {
                ActionClauseKind::By(types) => self.all(types, Namespace::Type),
                ActionClauseKind::On(on, id) => {
                    self.of(on, Namespace::Type);
                    id.iter().for_each(|e| self.expr(e));
                }
                ActionClauseKind::Tier(tier) => self.add(tier, Role::Tier),
                ActionClauseKind::Ask { .. } => {}
                ActionClauseKind::Tags(tags) => {
                    for tag in tags {
                        self.of(&tag.name, Namespace::Tag);
                        self.arguments(&tag.fields, &Owner::Tag(tag.name.text.clone()));
                    }
                }
                ActionClauseKind::Context(context) => self.of(context, Namespace::Type),
                ActionClauseKind::Input(fields) => self.fields(fields, &Owner::Input(name.text.clone())),
                ActionClauseKind::Output(fields) => self.fields(fields, &Owner::Output(name.text.clone())),
            }
        }
    }

    fn arguments(&mut self, args: &'t [Argument], owner: &Owner) {
        for a in args {
            self.add(&a.name, Role::Argument(owner.clone()));
            self.expr(&a.value);
        }
    }

    fn applied(&mut self, list: &'t [Apply]) {
        for apply in list {
            self.of(&apply.name, Namespace::Obligation);
            self.arguments(&apply.args, &Owner::Obligation(apply.name.text.clone()));
        }
    }

    fn selectors(&mut self, selectors: &'t [Selector]) {
        for s in selectors {
            match s {
                Selector::Any(_) => {}
                Selector::Action(name) => self.of(name, Namespace::Action),
                Selector::Prefix(name) => self.add(name, Role::Prefix),
                Selector::Tag(name) => self.of(name, Namespace::Tag),
            }
        }
    }

    fn rule_clause(&mut self, kind: &'t RuleClauseKind) {
        match kind {
            RuleClauseKind::When(e) | RuleClauseKind::Unless(e) | RuleClauseKind::Of(e) => self.expr(e),
            RuleClauseKind::For(selectors) => self.selectors(selectors),
            RuleClauseKind::With(list) => self.applied(list),
            RuleClauseKind::From(name) => self.of(name, Namespace::Approvers),
            RuleClauseKind::By(keys) => self.exprs(keys),
            RuleClauseKind::Rate(e, _) => self.expr(e),
            RuleClauseKind::To(tier) => self.add(tier, Role::Tier),
            RuleClauseKind::Because(_)
            | RuleClauseKind::Tell(_)
            | RuleClauseKind::WithApproval
            | RuleClauseKind::Quorum(_)
            | RuleClauseKind::Expires(_) => {}
        }
    }

    fn exprs(&mut self, exprs: &'t [Expr]) {
        exprs.iter().for_each(|e| self.expr(e));
    }

    fn expr(&mut self, e: &'t Expr) {
        // A name that is given is given before what stands inside, a step is written after it.
        match &e.kind {
            ExprKind::Name(name) | ExprKind::Call(name, _) => self.add(name, Role::Word),
            ExprKind::Quantifier(_, x, ..) => self.add(x, Role::Local),
            _ => {}
        }
        e.parts().into_iter().for_each(|part| self.expr(part));
        match &e.kind {
            ExprKind::Member(_, step) => self.add(step, Role::Step),
            ExprKind::Has(_, step, bind) => {
                self.add(step, Role::Step);
                bind.iter().for_each(|b| self.add(b, Role::Local));
            }
            ExprKind::Is(_, name, bind) => {
                self.of(name, Namespace::Type);
                bind.iter().for_each(|b| self.add(b, Role::Local));
            }
            _ => {}
        }
    }

    fn rows(&mut self, rows: &'t Rows) {
        for cell in rows.rows.iter().flat_map(|(left, right)| left.iter().chain(right)) {
            match &cell.kind {
                CellKind::Value(e) => self.expr(e),
                CellKind::Rule(name) => self.add(name, Role::Rule),
                CellKind::Effect(_) | CellKind::Default => {}
            }
        }
    }

    fn suite(&mut self, x: &'t Suite) {
        for f in &x.fixtures {
            match &f.kind {
                FixtureKind::Value(v) => {
                    self.add(&f.name, Role::Local);
                    self.value(v);
                }
                FixtureKind::Request(call) => {
                    self.add(&f.name, Role::Local);
                    self.call(call);
                }
                FixtureKind::Row(key, says) => {
                    self.of(&f.name, Namespace::Table);
                    key.iter().chain(says).for_each(|v| self.value(v));
                }
            }
        }
        for test in &x.tests {
            test.table.iter().for_each(|t| self.rows(t));
            self.steps(&test.steps);
        }
        for law in &x.laws {
            self.add(&law.name, Role::Local);
            self.of(&law.action, Namespace::Action);
            law.condition.iter().for_each(|c| self.expr(c));
            law.expects.iter().for_each(|e| self.expect(e));
        }
    }

    fn steps(&mut self, steps: &'t [Step]) {
        for step in steps {
            match step {
                Step::Call(call) => self.call(call),
                Step::Expect(e) => self.expect(e),
                Step::Repeat(_, _, steps, _) => self.steps(steps),
                Step::Approve(from, ..) => self.of(from, Namespace::Approvers),
                Step::Observe(event, fields, context, _) => {
                    self.of(event, Namespace::Event);
                    fields.iter().chain(context).for_each(|v| self.value(v));
                }
                Step::Attest(_, output, _) => output.iter().for_each(|v| self.value(v)),
                Step::Advance(_) | Step::Outage(_) => {}
            }
        }
    }

    fn expect(&mut self, e: &'t Expect) {
        for c in &e.clauses {
            match &c.kind {
                ExpectClauseKind::By(rules) | ExpectClauseKind::Shadow(_, rules) => {
                    for rule in rules {
                        match rule {
                            RuleName::Default(_) => {}
                            RuleName::Rule(name) => self.add(name, Role::Rule),
                            RuleName::Tier(name) => self.add(name, Role::Tier),
                        }
                    }
                }
                ExpectClauseKind::Tier(name) => self.add(name, Role::Tier),
                ExpectClauseKind::From(name) => self.of(name, Namespace::Approvers),
                ExpectClauseKind::With(list) => self.applied(list),
                ExpectClauseKind::Message(_)
                | ExpectClauseKind::Tell(_)
                | ExpectClauseKind::Showing(_)
                | ExpectClauseKind::Retry(_) => {}
            }
        }
    }

    fn call(&mut self, call: &'t Call) {
        self.value(&call.principal);
        call.action.iter().for_each(|a| self.of(a, Namespace::Action));
        [&call.resource, &call.input, &call.context].into_iter().flatten().for_each(|v| self.value(v));
    }

    fn value(&mut self, v: &'t Value) {
        match &v.kind {
            ValueKind::Literal(e) => self.expr(e),
            ValueKind::List(values) => values.iter().for_each(|v| self.value(v)),
            ValueKind::Record(name, entries) => {
                name.iter().for_each(|n| self.of(n, Namespace::Type));
                self.entries(entries);
            }
            ValueKind::With(name, entries) => {
                self.add(name, Role::Word);
                self.entries(entries);
            }
            ValueKind::Reference(name, _) => self.of(name, Namespace::Type),
        }
    }

    fn entries(&mut self, entries: &'t [Entry]) {
        for e in entries {
            self.add(&e.name, Role::Step);
            self.value(&e.value);
        }
    }
}
