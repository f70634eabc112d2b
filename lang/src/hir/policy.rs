//! Policies: rules, what they oblige to, and whom they ask.

use std::sync::Arc;

use super::{Channel, Effect, Expr, Merge, Name, Path, Piece, Type, Window};
use crate::span::{ItemKey, Span};

/// A kind of obligation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obligation {
    /// Its name.
    pub name: Name,
    /// Its parameters, in order.
    pub params: Vec<ObligationParam>,
}

/// A parameter of an obligation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObligationParam {
    /// Its name.
    pub name: Name,
    /// Its type: Bool, a number, a text, an enum, or a set of these.
    pub ty: Type,
    /// How several values become one; those without tell instances apart.
    pub merge: Option<Merge>,
}

/// An obligation with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Which obligation.
    pub obligation: Name,
    /// One for each parameter, in their order.
    pub args: Vec<Expr>,
    /// Where it stands, relative to the item.
    pub span: Span,
}

/// A group of approvers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approvers {
    /// Its name.
    pub name: Name,
    /// Who vouches for membership: the host that hands over an approval, or a source that is asked.
    pub channel: Channel,
}

/// A policy: rules with one scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Where it stands.
    pub key: ItemKey,
    /// Its name.
    pub name: Name,
    /// What it covers: pairs of action and principal type, never empty.
    pub scope: Vec<(Name, Name)>,
    /// What must hold for any of its rules to hold.
    pub guard: Option<Expr>,
    /// Its rules in order.
    pub rules: Vec<Rule>,
    /// The windows of its limits.
    pub limits: Vec<Arc<Window>>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name within the policy.
    pub name: Name,
    /// Its full name, `package/policy.rule`.
    pub full_name: Name,
    /// What it covers, if that is less than its policy does.
    pub scope: Option<Vec<(Name, Name)>>,
    /// What it does.
    pub effect: Effect,
    /// Whether it is only reported.
    pub shadow: bool,
    /// `when A unless B` is `A and not B`; without either it is `true`. Of a limit also that there is no room.
    pub condition: Expr,
    /// Whom to ask: always of [`Effect::RequireApproval`], sometimes of [`Effect::Allow`].
    pub ask: Option<Ask>,
    /// Of a limit, its window and the greatest reading `counting this` that it leaves room for.
    pub limit: Option<(Name, i64)>,
    /// Of a raise, the tier: an index into [`crate::hir::Package::tiers`].
    pub raise: Option<u32>,
    /// What it obliges to.
    pub obligations: Vec<Due>,
    /// The most steps that its condition, its policy's guard and the arguments of its obligations take.
    pub cost: u64,
    /// Its message for those who approve and audit.
    pub because: Option<Vec<Piece>>,
    /// Its message for the agent.
    pub tell: Option<Vec<Piece>>,
    /// The whole rule.
    pub span: Span,
    /// Its name in the text.
    pub name_span: Span,
}

/// The approval that a rule asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Whom.
    pub from: From,
    /// How many different people, at least 1.
    pub quorum: u32,
    /// How long an approval lasts, in seconds; at least 1.
    pub expires: u64,
}

/// Whom an approval must come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// Members of a group of approvers.
    Group(Name),
    /// The entity that `principal.acts_for` is: a path to an entity, known to be present where the rule holds.
    ActsFor(Path),
}

impl From {
    /// As it stands in a decision: the group's name, or the path as it is written.
    #[must_use]
    pub fn show(&self) -> Name {
        match self {
            From::Group(name) => name.clone(),
            From::ActsFor(path) => {
                path.fields.iter().fold("principal".to_owned(), |text, field| format!("{text}.{field}")).into()
            }
        }
    }
}
