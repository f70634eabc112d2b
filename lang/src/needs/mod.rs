//! What a call needs: the members that a gateway sends, the sources that a host asks, and what else a decision on it
//! may lead to.
//!
//! It is found in the checked tree: what the rules in scope read, and the windows, tags and definitions that they read it
//! by. Messages, and what approvers are shown, read as well.

mod limits;
mod places;
mod reads;
mod asked;
mod sent;

use std::collections::{BTreeMap, BTreeSet};

use self::asked::questions;
use self::places::written;
use self::reads::{Places, Reads};
use self::sent::{sent, told};
use crate::check::budget::windows_read;
use crate::hir::{
    Action, Channel, Effect, From, Name, Outcome, Package, Piece, Policy, Recorded, Root, Rule, Tier, Ty, Window,
};

pub use self::limits::{limits_of, number};

/// What a call of an action by a type of principal needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs {
    /// The action's name in requests.
    pub action: Name,
    /// What decisions call it: of a part of an action its own name.
    pub shown: Name,
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
        let send = told(package, event, &reads.found);
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
        shown: action.shown().clone(),
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
