//! What a call needs: the members that a gateway sends, the sources that a host asks, and what else a decision on it
//! may lead to.
//!
//! It is found in the checked tree: what the rules in scope read, and the windows, tags and definitions that they read it
//! by. Messages, and what approvers are shown, read as well.

use std::collections::{BTreeMap, BTreeSet};

use zt_values::limits::ID_BYTES;
use zt_values::quantity::{format_duration_quantity, format_size_quantity};
use zt_values::time::{format_date, format_instant, format_time};
use zt_values::{format_decimal, limits};

use crate::check::budget::windows_read;
use crate::check::choice::is_variant;
use crate::check::types::{show, unbounded};
use crate::hir::{
    Action, Bounds, Channel, Effect, Expr, ExprKind, Field, From, Name, Outcome, Package, Path, Piece, Policy,
    Recorded, Root, Rule, Tier, Ty, Window,
};

/// What a call of an action by a type of principal needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs {
    /// The action's name in requests.
    pub action: Name,
    /// The type of the principal.
    pub principal: Name,
    /// The tier of the action by itself, if the package has tiers.
    pub tier: Option<Name>,
    /// What a request holds, in its order.
    pub send: Vec<Member>,
    /// What sources are asked, if the attributes that follow are to be read.
    pub ask: Vec<Question>,
    /// The rows of tables that sources are asked for.
    pub rows: Vec<Row>,
    /// Who may be asked to approve.
    pub approvers: Vec<Group>,
    /// The obligations that a decision may carry.
    pub obligations: Vec<Name>,
    /// The windows that are read or recorded in.
    pub windows: Vec<Kept>,
}

/// A member of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Where it stands in the request: `subject.properties.role`; `[]` is each element of a list.
    pub path: String,
    /// Its type, as policies write it.
    pub ty: String,
    /// What more is said of its values.
    pub limits: Vec<(&'static str, String)>,
    /// Who vouches for it.
    pub from: Voucher,
    /// Whether it may be absent.
    pub optional: bool,
    /// Whether anything reads it; what is required is sent all the same.
    pub read: bool,
}

/// Who vouches for a member of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Voucher {
    /// Whoever calls: nobody has looked at it yet.
    Caller,
    /// The enforcement point.
    Pep,
}

impl Voucher {
    /// `caller`, `pep`
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Voucher::Caller => "caller",
            Voucher::Pep => "pep",
        }
    }
}

/// What a source is asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    /// The source.
    pub source: Name,
    /// The entity's type.
    pub ty: Name,
    /// Where its id is: `principal.acts_for`, `input.order`.
    pub by: String,
    /// The greatest age of an answer in microseconds.
    pub fresh: Option<i64>,
    /// The attributes that are read, by their names in requests; `in` is what is above it.
    pub attributes: BTreeSet<Name>,
}

/// A row of a table that a source is asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// The source.
    pub source: Name,
    /// The table.
    pub table: Name,
    /// Where each part of its key is: `input.region`; a constant as policies write it, `…` for what is computed.
    pub by: Vec<String>,
    /// The greatest age of an answer in microseconds.
    pub fresh: Option<i64>,
}

/// Who may be asked to approve.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// The group, or `principal.acts_for`.
    pub name: Name,
    /// The source that is asked for its members; otherwise the host vouches.
    pub source: Option<Name>,
    /// How old what it says may be, in microseconds; `None` for any age.
    pub fresh: Option<i64>,
}

/// A window that a call has to do with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its name; of a limit that of its rule.
    pub name: Name,
    /// What it is keyed by.
    pub keys: Vec<String>,
    /// Whether a rule in scope reads or shows it.
    pub read: bool,
    /// Which of these calls are recorded in it, if any.
    pub records: Option<&'static str>,
}

/// What a gateway reports of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The event.
    pub event: Name,
    /// What a report holds, in its order.
    pub send: Vec<Member>,
    /// The rows of tables that sources are asked for.
    pub rows: Vec<Row>,
    /// The windows that remember it.
    pub windows: Vec<Name>,
}

/// What the calls of a package need, for each action and type of principal.
#[must_use]
pub fn needs(package: &Package) -> Vec<Needs> {
    let windows = windows_read(package);
    let shown = windows_shown(package);
    let pairs = |action: &Action| -> Vec<Name> { action.principals.clone() };
    let all = package.actions.values().flat_map(|action| pairs(action).into_iter().map(move |p| (action, p)));
    all.map(|(action, principal)| of_call(package, action, &principal, (&windows, &shown))).collect()
}

/// What a gateway reports, for each event of which some rule reads what is remembered.
#[must_use]
pub fn reports(package: &Package) -> Vec<Report> {
    let read: BTreeSet<&Name> = windows_read(package).into_values().flatten().collect();
    let remembered = |event: &Name| {
        // What no rule reads need not be remembered.
        let over =
            |window: &&Window| matches!(&window.of, Recorded::Events(of) if of == event) && read.contains(&window.name);
        package.windows.values().map(|w| &**w).filter(over).collect::<Vec<_>>()
    };
    let mut out = vec![];
    for event in package.events.values() {
        let over = remembered(&event.name);
        if over.is_empty() {
            continue;
        }
        let mut reads = Reads::new(package, None);
        over.iter().for_each(|window| reads.window(window));
        let mut members = Members { package, reads: &reads.found, described: BTreeSet::new(), out: vec![] };
        members.fields(&event.fields, "fields", &(Root::Event, vec![]), Voucher::Pep);
        let context = event.context.as_ref().and_then(|name| package.records.get(name));
        members.fields(context.map_or(&[], |c| &c.fields), "context", &(Root::Context, vec![]), Voucher::Pep);
        let send = members.out;
        let rows = reads.rows.into_iter().collect();
        let windows = over.iter().map(|window| window.name.clone()).collect();
        out.push(Report { event: event.name.clone(), send, rows, windows });
    }
    out
}

/// The windows that some message or notice shows.
fn windows_shown(package: &Package) -> BTreeSet<&Name> {
    let rules = package.policies.iter().flat_map(|policy| &policy.rules);
    let messages = rules.flat_map(|rule| rule.because.iter().chain(&rule.tell)).flatten();
    let notices = package.notices.values().flat_map(|notice| &notice.parts).flat_map(|(_, pieces)| pieces);
    let mut ahead: Vec<&Piece> = messages.chain(notices).collect();
    let mut shown = BTreeSet::new();
    while let Some(piece) = ahead.pop() {
        match piece {
            Piece::Reading { window, .. } => drop(shown.insert(window)),
            Piece::OneOf(variants) => ahead.extend(variants),
            Piece::Text(_) | Piece::Path { .. } => {}
        }
    }
    shown
}

fn of_call(
    package: &Package,
    action: &Action,
    principal: &Name,
    (windows, shown): (&BTreeMap<&Name, BTreeSet<&Name>>, &BTreeSet<&Name>),
) -> Needs {
    let pair = (action.name.clone(), principal.clone());
    let covered = |rule: &Rule| rule.scope.as_ref().is_none_or(|scope| scope.contains(&pair));
    let policies = package.policies.iter().filter(|policy| policy.scope.contains(&pair));
    let rules: Vec<(&Policy, &Rule)> =
        policies.flat_map(|p| p.rules.iter().filter(|r| covered(r)).map(move |r| (&**p, r))).collect();

    let mut reads = Reads::new(package, Some(action));
    for (policy, rule) in &rules {
        let args = rule.obligations.iter().flat_map(|due| &due.args);
        policy.guard.iter().chain([&rule.condition]).chain(args).for_each(|e| reads.expr(e, &Places::default()));
        rule.because.iter().chain(&rule.tell).for_each(|pieces| reads.message(pieces));
        if let Some(From::ActsFor(path)) = rule.ask.as_ref().map(|ask| &ask.from) {
            reads.path(path, &Places::default());
        }
    }
    action.resource_id.iter().for_each(|id| reads.expr(id, &Places::default()));
    // Whom somebody acts for does not approve, whoever is asked.
    let may_ask =
        rules.iter().any(|(_, rule)| rule.ask.is_some()) || package.tiers.iter().any(|tier| tier.ask.is_some());
    if may_ask {
        let notice = package.notices.get(&action.name);
        notice.into_iter().flat_map(|notice| &notice.parts).for_each(|(_, pieces)| reads.message(pieces));
        let fields = package.entities.get(principal).map_or(&[][..], |entity| &entity.fields);
        if fields.iter().any(|field| &*field.name == "acts_for" && matches!(field.ty.ty.base(), Ty::Entity(_))) {
            reads.found.insert((Root::Principal, vec!["acts_for".into()]));
        }
    }
    let asked: BTreeSet<&Name> =
        rules.iter().filter_map(|(_, rule)| windows.get(&rule.full_name)).flatten().copied().collect();
    let kept = package.windows.values().filter_map(|window| {
        let records = match &window.of {
            Recorded::Calls(outcome, pairs) if pairs.contains(&pair) => Some(outcome_word(*outcome)),
            _ => None,
        };
        let read = asked.contains(&window.name) || reads.shown.contains(&window.name);
        let keys = window.key.iter().map(written).collect();
        let known = windows.values().any(|read| read.contains(&window.name)) || shown.contains(&window.name);
        (read || records.is_some() && known)
            .then(|| (&**window, Kept { name: window.name.clone(), keys, read, records }))
    });
    let kept: Vec<(&Window, Kept)> = kept.collect();
    kept.iter().for_each(|(window, _)| reads.window(window));

    // What may be asked or obliged to: by its rules, by its tier and those below, and by those it may be raised to.
    let own = action.tier.or(u32::try_from(package.tiers.len()).ok().and_then(|n| n.checked_sub(1)));
    let raised = rules.iter().filter(|(_, r)| r.effect == Effect::Raise && !r.shadow).filter_map(|(_, r)| r.raise);
    let highest = own.into_iter().chain(raised).max();
    let tiers: &[Tier] = highest.and_then(|top| package.tiers.get(..=usize::try_from(top).ok()?)).unwrap_or_default();
    let enforced = || rules.iter().map(|(_, rule)| rule).filter(|rule| !rule.shadow);
    let asks = enforced().filter_map(|rule| rule.ask.as_ref()).chain(tiers.iter().filter_map(|tier| tier.ask.as_ref()));
    let groups: BTreeSet<Group> = asks.map(|ask| group(package, &ask.from)).collect();
    let dues = enforced().flat_map(|rule| &rule.obligations).chain(tiers.iter().flat_map(|tier| &tier.obligations));
    let obligations: BTreeSet<Name> = dues.map(|due| due.obligation.clone()).collect();

    Needs {
        action: action.wire.clone(),
        principal: principal.clone(),
        tier: own.and_then(|own| package.tiers.get(usize::try_from(own).ok()?)).map(|tier| tier.name.clone()),
        send: sent(package, action, principal, &reads.found),
        ask: questions(package, action, principal, &reads.found),
        rows: reads.rows.into_iter().collect(),
        approvers: groups.into_iter().collect(),
        obligations: obligations.into_iter().collect(),
        windows: kept.into_iter().map(|(_, kept)| kept).collect(),
    }
}

fn group(package: &Package, from: &From) -> Group {
    let channel = match from {
        From::Group(name) => package.approvers.get(name).map(|group| &group.channel),
        From::ActsFor(_) => None,
    };
    let (source, fresh) = match channel {
        Some(Channel::Source { name, fresh }) => (Some(name.clone()), *fresh),
        _ => (None, None),
    };
    Group { name: from.show(), source, fresh }
}

fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Admitted => "admitted",
        Outcome::Attempted => "attempted",
        Outcome::Denied => "denied",
        Outcome::Failed => "failed",
        Outcome::Succeeded => "succeeded",
    }
}

/// A path as policies write it; `…` for what is computed.
fn written(e: &Expr) -> String {
    match &e.kind {
        ExprKind::Path(path) => {
            let root = match path.root {
                Root::Principal => "principal",
                Root::Resource => "resource",
                Root::Context => "context",
                Root::Input => "input",
                Root::Event => "event",
                Root::Output => "output",
                Root::Now => "now",
                Root::Tag => "",
                Root::Param(_) | Root::Var(_) => "…",
            };
            let all: Vec<&str> =
                [root].into_iter().chain(path.fields.iter().map(|f| &**f)).filter(|s| !s.is_empty()).collect();
            all.join(".")
        }
        _ => "…".to_owned(),
    }
}

// ---- what is read ---------------------------------------------------------------------

/// A place in the request: where it starts, and the fields on the way; `[]` is an element.
type Place = (Root, Vec<Name>);

/// After a place: the list that is written out with it as an element.
const LISTED: &str = "[=]";

/// The place a step further. An element of a list that is written out is what stands there.
fn further((root, mut fields): Place, step: Name) -> Place {
    if &*step == "[]" && fields.last().is_some_and(|last| **last == *LISTED) {
        fields.pop();
    } else {
        fields.push(step);
    }
    (root, fields)
}

/// What parameters and variables stand for: any of these places.
#[derive(Clone, Default)]
struct Places {
    params: Vec<Vec<Place>>,
    vars: Vec<Vec<Place>>,
}

/// The places that expressions read.
struct Reads<'p> {
    package: &'p Package,
    /// The action at hand, for the fields of its tags.
    action: Option<&'p Action>,
    found: BTreeSet<Place>,
    rows: BTreeSet<Row>,
    /// The windows that messages show.
    shown: BTreeSet<Name>,
}

impl<'p> Reads<'p> {
    fn new(package: &'p Package, action: Option<&'p Action>) -> Self {
        Reads { package, action, found: BTreeSet::new(), rows: BTreeSet::new(), shown: BTreeSet::new() }
    }

    fn window(&mut self, window: &Window) {
        let none = Places::default();
        window.value.iter().chain(&window.condition).chain(&window.key).for_each(|e| self.expr(e, &none));
    }

    fn message(&mut self, pieces: &[Piece]) {
        for piece in pieces {
            match piece {
                Piece::Path { path, .. } => self.path(path, &Places::default()),
                Piece::OneOf(variants) => self.message(variants),
                Piece::Reading { window, .. } => drop(self.shown.insert(window.clone())),
                Piece::Text(_) => {}
            }
        }
    }

    fn path(&mut self, path: &Path, env: &Places) {
        if let Some(says) = self.tag(path) {
            self.expr(says, &Places::default());
        }
        let read = self.resolve(path, env);
        // A list written out is read where its elements are.
        self.found.extend(read.into_iter().map(|place| match place.1.last() {
            Some(last) if **last == *LISTED => further(place, "[]".into()),
            _ => place,
        }));
    }

    /// Takes note of a row that a source is asked for.
    fn row(&mut self, table: &Name, key: &[Expr], env: &Places) {
        let Some(source) = self.package.tables.get(table).and_then(|table| table.source.as_ref()) else { return };
        let by = key.iter().map(|part| self.key_part(part, env)).collect();
        let row = Row { source: source.name.clone(), table: table.clone(), by, fresh: source.fresh };
        self.rows.insert(row);
    }

    /// Where a part of a key is.
    fn key_part(&self, part: &Expr, env: &Places) -> String {
        match &part.kind {
            ExprKind::Path(path) => {
                let places: BTreeSet<String> = self
                    .resolve(path, env)
                    .iter()
                    .map(|(root, fields)| match self.action {
                        Some(action) => keyed_by(action, *root, fields),
                        None => joined(*root, fields),
                    })
                    .collect();
                if places.is_empty() { "…".to_owned() } else { places.into_iter().collect::<Vec<_>>().join(" or ") }
            }
            ExprKind::Bool(value) => value.to_string(),
            ExprKind::Int(value) | ExprKind::Decimal(value) => number(part.ty.base(), *value, 0),
            ExprKind::Text(text) | ExprKind::Entity(text) => format!("\"{}\"", text.escape_debug()),
            ExprKind::Member(index) => match part.ty.base() {
                Ty::Enum(name) => {
                    let members = self.package.enums.get(name).map(|e| &e.members);
                    let member = members.and_then(|all| all.get(usize::try_from(*index).ok()?));
                    member.map_or_else(|| "…".to_owned(), |member| member.name.to_string())
                }
                _ => "…".to_owned(),
            },
            _ => "…".to_owned(),
        }
    }

    /// What the action at hand says of the field of a tag.
    fn tag(&self, path: &Path) -> Option<&'p Expr> {
        let (Root::Tag, [_, field, ..]) = (path.root, path.fields.as_slice()) else { return None };
        let mut says = self.action?.tags.iter().flat_map(|used| &used.fields);
        says.find(|(name, _)| name == field).map(|(_, says)| says)
    }

    /// The places that a path may lead to.
    fn resolve(&self, path: &Path, env: &Places) -> Vec<Place> {
        let at = |list: &[Vec<Place>], i: u32| {
            usize::try_from(i).ok().and_then(|i| list.get(i).cloned()).unwrap_or_default()
        };
        let (from, rest) = match path.root {
            Root::Param(i) => (at(&env.params, i), path.fields.as_slice()),
            Root::Var(i) => (at(&env.vars, i), path.fields.as_slice()),
            Root::Tag => {
                let from = self.tag(path).map(|says| self.places(says, &Places::default())).unwrap_or_default();
                (from, path.fields.get(2..).unwrap_or_default())
            }
            root => (vec![(root, vec![])], path.fields.as_slice()),
        };
        // Whichever element is read by its place, or member by its name, is one of them.
        let any = |step: &Name| -> Vec<Name> {
            match step.strip_prefix('[') {
                Some(name) if name.starts_with('"') => vec!["[]".into(), "value".into()],
                Some(_) => vec!["[]".into()],
                None => vec![step.clone()],
            }
        };
        let rest: Vec<Name> = rest.iter().flat_map(any).collect();
        from.into_iter().map(|place| rest.iter().cloned().fold(place, further)).collect()
    }

    /// The places that an expression may stand for.
    fn places(&self, e: &Expr, env: &Places) -> Vec<Place> {
        match &e.kind {
            ExprKind::Path(path) => self.resolve(path, env),
            ExprKind::Else(path, other) => [self.resolve(path, env), self.places(other, env)].concat(),
            ExprKind::Collect(_, a, b) | ExprKind::If(_, a, b) => [self.places(a, env), self.places(b, env)].concat(),
            ExprKind::List(all) => {
                let elements = all.iter().flat_map(|one| self.places(one, env));
                elements.map(|place| further(place, LISTED.into())).collect()
            }
            _ => vec![],
        }
    }

    fn expr(&mut self, e: &Expr, env: &Places) {
        match &e.kind {
            ExprKind::Path(path) | ExprKind::Has(path) => self.path(path, env),
            ExprKind::Else(path, other) => {
                self.path(path, env);
                self.expr(other, env);
            }
            ExprKind::Under(a, b) => {
                if matches!(a.ty.base(), Ty::Entity(_)) {
                    let above = self.places(a, env).into_iter().map(|(root, mut fields)| {
                        fields.push("in".into());
                        (root, fields)
                    });
                    self.found.extend(above);
                }
                self.expr(a, env);
                self.expr(b, env);
            }
            ExprKind::Call(name, args) => {
                args.iter().for_each(|arg| self.expr(arg, env));
                let params = args.iter().map(|arg| self.places(arg, env)).collect();
                if let Some(define) = self.package.defines.get(name) {
                    self.expr(&define.body, &Places { params, vars: vec![] });
                }
            }
            ExprKind::Quantifier { over, var, body, .. } => {
                self.expr(over, env);
                let elements = self.places(over, env).into_iter().map(|place| further(place, "[]".into())).collect();
                let mut inner = env.clone();
                inner.vars.truncate(usize::try_from(*var).unwrap_or(usize::MAX));
                inner.vars.push(elements);
                self.expr(body, &inner);
            }
            ExprKind::Lookup(table, key, _) | ExprKind::InTable(table, key) => {
                self.row(table, key, env);
                e.parts().into_iter().for_each(|part| self.expr(part, env));
            }
            _ => e.parts().into_iter().for_each(|part| self.expr(part, env)),
        }
    }
}

// ---- what is asked ----------------------------------------------------------------------

/// The questions for sources that what is read leads to.
fn questions(package: &Package, action: &Action, principal: &Name, reads: &BTreeSet<Place>) -> Vec<Question> {
    let mut out: BTreeMap<Place, Question> = BTreeMap::new();
    for (root, fields) in reads {
        let mut ty = match root {
            Root::Principal => Ty::Entity(principal.clone()),
            Root::Resource => match &action.resource {
                Some(name) => Ty::Entity(name.clone()),
                None => continue,
            },
            Root::Context => match &action.context {
                Some(name) => Ty::Record(name.clone()),
                None => continue,
            },
            Root::Input => Ty::Bool,
            _ => continue,
        };
        for (at, name) in fields.iter().enumerate() {
            let before = fields.get(..at).unwrap_or_default();
            let known: &[Field] = match ty.base() {
                Ty::Entity(entity) => match package.entities.get(entity) {
                    Some(entity) => {
                        if let (Channel::Source { name: source, fresh }, true) = (&entity.channel, &**name != "id") {
                            let place = (*root, before.to_vec());
                            let question = out.entry(place).or_insert_with(|| Question {
                                source: source.clone(),
                                ty: entity.name.clone(),
                                by: keyed_by(action, *root, before),
                                fresh: *fresh,
                                attributes: BTreeSet::new(),
                            });
                            let wire = entity.fields.iter().find(|f| f.name == *name).map_or(name, |f| &f.wire);
                            question.attributes.insert(wire.clone());
                        }
                        &entity.fields
                    }
                    None => break,
                },
                Ty::Record(record) => package.records.get(record).map_or(&[], |record| &record.fields),
                Ty::Choice(fields) | Ty::Entry(fields) => fields,
                Ty::List(element) | Ty::Map(element) if &**name == "[]" => {
                    ty = (**element).clone();
                    continue;
                }
                _ if at == 0 && *root == Root::Input => &action.input,
                _ => break,
            };
            match known.iter().find(|f| f.name == *name) {
                Some(field) => ty = field.ty.ty.clone(),
                None => break,
            }
        }
    }
    let mut all: Vec<Question> = out.into_values().collect();
    all.sort();
    all
}

/// Where the id is by which a source is asked.
fn keyed_by(action: &Action, root: Root, fields: &[Name]) -> String {
    match &action.resource_id {
        Some(id) if root == Root::Resource && fields.is_empty() => written(id),
        _ => joined(root, fields),
    }
}

/// A place as policies write it.
fn joined(root: Root, fields: &[Name]) -> String {
    let root = match root {
        Root::Principal => "principal",
        Root::Resource => "resource",
        Root::Context => "context",
        Root::Event => "event",
        Root::Now => "now",
        _ => "input",
    };
    fields.iter().fold(root.to_owned(), |text, f| match &**f {
        "[]" => text + "[]",
        variant if is_variant(variant) => text,
        field => format!("{text}.{field}"),
    })
}

// ---- what is sent -----------------------------------------------------------------------

/// The members of a request.
fn sent(package: &Package, action: &Action, principal: &Name, reads: &BTreeSet<Place>) -> Vec<Member> {
    let mut members = Members { package, reads, described: BTreeSet::new(), out: vec![] };
    let subject = (Root::Principal, vec![]);
    members.id("subject", &subject, false, Voucher::Pep);
    members.entity(principal, "subject", &subject, Voucher::Pep);
    members.fields(&action.input, "action.properties", &(Root::Input, vec![]), Voucher::Caller);
    if let Some(resource) = &action.resource {
        let place = (Root::Resource, vec![]);
        // One that follows from the arguments may be left out.
        members.id("resource", &place, action.resource_id.is_some(), Voucher::Pep);
        members.entity(resource, "resource", &place, Voucher::Pep);
    }
    if let Some(context) = action.context.as_ref().and_then(|name| package.records.get(name)) {
        members.fields(&context.fields, "context", &(Root::Context, vec![]), Voucher::Pep);
    }
    members.out
}

/// The members of what is sent, while they are listed.
struct Members<'p> {
    package: &'p Package,
    reads: &'p BTreeSet<Place>,
    /// Records of which nothing is read that are described already: each is so once, or types that hold many others
    /// several times would have no end.
    described: BTreeSet<Name>,
    out: Vec<Member>,
}

impl Members<'_> {
    /// Whether something at a place is read, or below it.
    fn read(&self, place: &Place) -> bool {
        // What begins with the place comes right after it.
        let next = self.reads.range(place.clone()..).next();
        next.is_some_and(|(root, fields)| *root == place.0 && fields.starts_with(&place.1))
    }

    fn id(&mut self, path: &str, place: &Place, optional: bool, from: Voucher) {
        self.out.push(Member {
            path: format!("{path}.id"),
            ty: "String".to_owned(),
            limits: vec![("max", format!("{ID_BYTES} bytes"))],
            from,
            optional,
            read: self.reads.contains(place) || self.reads.contains(&below(place, "id")),
        });
    }

    /// What is sent of an entity beside its type and id: nothing where others vouch for it.
    fn entity(&mut self, name: &Name, path: &str, place: &Place, from: Voucher) {
        let Some(entity) = self.package.entities.get(name).filter(|e| e.channel == Channel::Pep) else { return };
        let path = format!("{path}.properties");
        if !entity.parents.is_empty() {
            self.out.push(Member {
                path: format!("{path}.in"),
                ty: format!("List<{}>", entity.parents.join(" or ")),
                limits: vec![("max", format!("{} elements", limits::SET_ELEMENTS))],
                from,
                optional: true,
                read: self.read(&below(place, "in")),
            });
        }
        self.fields(&entity.fields, &path, place, from);
    }

    fn fields(&mut self, fields: &[Field], path: &str, place: &Place, from: Voucher) {
        for field in fields {
            let path = format!("{path}.{}", field.wire);
            let place = below(place, &field.name);
            let read = self.read(&place);
            self.out.push(Member {
                path: path.clone(),
                ty: show(&field.ty.ty),
                limits: limits_of(self.package, &field.ty.ty, &field.ty.bounds),
                from,
                optional: field.optional || field.default.is_some(),
                read,
            });
            // What may be absent and is never looked at need not be described further.
            if read || !field.optional {
                self.within(&field.ty.ty, &path, &place, from);
            }
        }
    }

    fn within(&mut self, ty: &Ty, path: &str, place: &Place, from: Voucher) {
        match ty.base() {
            Ty::Record(name) => {
                if !self.read(place) && !self.described.insert(name.clone()) {
                    return;
                }
                if let Some(record) = self.package.records.get(name) {
                    self.fields(&record.fields, path, place, from);
                }
            }
            Ty::Entity(name) => self.entity(name, path, place, from),
            Ty::Choice(variants) => {
                for variant in variants.iter() {
                    self.within(&variant.ty.ty, path, &below(place, &variant.name), from);
                }
            }
            Ty::Map(entry) => {
                let Ty::Entry(fields) = &**entry else { return };
                let Some(value) = fields.get(1) else { return };
                let place = below(&below(place, "[]"), &value.name);
                if self.read(&place) || !matches!(value.ty.ty.base(), Ty::Entity(_)) {
                    self.within(&value.ty.ty, &format!("{path}[]"), &place, from);
                }
            }
            Ty::List(element) => {
                let place = below(place, "[]");
                if self.read(&place) || !matches!(element.base(), Ty::Entity(_)) {
                    self.within(element, &format!("{path}[]"), &place, from);
                }
            }
            _ => {}
        }
    }
}

/// What is said of the values of a type beside its name.
#[must_use]
pub fn limits_of(package: &Package, ty: &Ty, bounds: &Bounds) -> Vec<(&'static str, String)> {
    let mut out = vec![];
    let base = ty.base();
    let nothing = unbounded(base);
    if (bounds.min, bounds.max) != (nothing.min, nothing.max) {
        if bounds.min != nothing.min {
            out.push(("from", number(base, bounds.min, bounds.places)));
        }
        if bounds.max != nothing.max {
            out.push(("to", number(base, bounds.max, bounds.places)));
        }
    }
    match base {
        Ty::Decimal => out.push(("places", bounds.places.to_string())),
        Ty::String | Ty::Ident | Ty::Syntax(_) => out.push(("max", format!("{} bytes", bounds.length))),
        Ty::Set(_) | Ty::List(_) => out.push(("max", format!("{} elements", bounds.length))),
        Ty::Map(_) => out.push(("max", format!("{} members", bounds.length))),
        Ty::Enum(name) => {
            let members = package.enums.get(name).map(|e| &e.members);
            let names: Vec<&str> = members.into_iter().flatten().map(|m| &*m.wire).collect();
            out.push(("one of", names.join(", ")));
        }
        _ => {}
    }
    out.extend(bounds.patterns.iter().map(|p| ("matching", p.source.to_string())));
    out
}

/// One field on.
fn below((root, fields): &Place, name: &str) -> Place {
    (*root, fields.iter().cloned().chain([Name::from(name)]).collect())
}

/// A number of a type without its name, as policies write it.
#[must_use]
pub fn number(ty: &Ty, value: i64, places: u8) -> String {
    match ty {
        Ty::Decimal => format_decimal(value, places),
        Ty::Instant => format_instant(value),
        Ty::Date => format_date(value),
        Ty::Time => format_time(value),
        Ty::Duration => format_duration_quantity(value),
        Ty::Size => format_size_quantity(value),
        _ => value.to_string(),
    }
}
