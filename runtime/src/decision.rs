//! Decisions: what the PDP answers.

use crate::cause::Cause;
use crate::combine::{Results, Verdict};
use crate::effect::Effect;
use crate::frame::Serial;
use crate::ir::RuleId;
use crate::obligations::Carried;
use crate::refusal::Refusal;
use crate::windows::{Kept, Read};

/// What a decision rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum DeterminedBy {
    /// These rules, in order.
    Rules(Vec<RuleId>),
    /// Approvals that are missing: what these rules, in order, and these tiers, lowest first, ask for.
    Asks(Vec<RuleId>, Vec<u32>),
    /// No rule granted, and none denied.
    #[default]
    Default,
    /// The enforcement point lacks an obligation.
    Unsupported,
    /// The call could not be recorded.
    Unrecorded,
    /// The request was refused.
    Refused,
}

impl DeterminedBy {
    /// The rules among it, in order.
    #[must_use]
    pub fn rules(&self) -> &[RuleId] {
        match self {
            Self::Rules(rules) | Self::Asks(rules, _) => rules,
            Self::Default | Self::Unsupported | Self::Unrecorded | Self::Refused => &[],
        }
    }
}

/// A decision. It names rules by their ids; [`crate::Pdp::report`] spells it out.
///
/// One serves many decisions, one after another: it keeps its memory. Made by [`Decision::default`], it denies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    pub(crate) effect: Effect,
    pub(crate) determined_by: DeterminedBy,
    pub(crate) refusal: Option<Refusal>,
    pub(crate) entry: Option<usize>,
    /// The number of the rules that decided, which no other PDP has: it alone can spell the decision out.
    pub(crate) maker: u64,
    /// The request that was decided.
    pub(crate) serial: Serial,
    /// The defaults that were applied to the arguments, by place.
    pub(crate) input_defaults: Vec<(String, String)>,
    pub(crate) tier: Option<u32>,
    pub(crate) requirements: Vec<Requirement>,
    pub(crate) alternatives: Vec<Requirement>,
    pub(crate) binding: Option<String>,
    pub(crate) obligations: Vec<Carried>,
    pub(crate) retry_after_ms: Option<i64>,
    /// Windows by index, with what they say looking back, if they do.
    pub(crate) readings: Vec<(u32, Option<i64>)>,
    pub(crate) errors: Vec<RuleError>,
    pub(crate) shadow: Option<Shadow>,
    pub(crate) scratch: Scratch,
}

/// Memory that judging uses again. It says nothing of a decision.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) results: Vec<Results>,
    pub(crate) verdict: Verdict,
    pub(crate) failed: Vec<usize>,
    pub(crate) obligations: Vec<Carried>,
    /// Whether the decision says nothing but its effect, what that rests on, a tier, and obligations: all else is as by
    /// default.
    pub(crate) is_plain: bool,
    /// What the decision follows from, if it is plain: the number of its entry's rules, and what they say.
    pub(crate) from: Option<(u64, Results)>,
    /// A list of rules that no decision holds.
    pub(crate) rules: Vec<RuleId>,
    pub(crate) windows: Kept,
    pub(crate) read: Read,
}

impl Clone for Scratch {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Scratch {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Scratch {}

/// An approval that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Requirement {
    pub(crate) by: RequiredBy,
    /// Ids of those whose approvals count, each once, sorted. They are fewer than it takes.
    pub(crate) approved_by: Vec<String>,
}

/// What asks for an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequiredBy {
    Rule(RuleId),
    Tier(u32),
}

/// A rule that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleError {
    /// Which.
    pub rule: RuleId,
    /// Why.
    pub cause: Cause,
}

/// What the decision would be if shadow rules were enforced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadow {
    /// The effect with them.
    pub effect: Effect,
    /// What it would rest on.
    pub determined_by: DeterminedBy,
    /// The shadow rules that failed.
    pub errors: Vec<RuleError>,
}

impl Decision {
    /// Makes it the answer to a request that is not judged.
    pub(crate) fn refuse(&mut self, refusal: Refusal) {
        self.clear();
        self.determine(DeterminedBy::Refused);
        self.refusal = Some(refusal);
    }

    /// Forgets the decision: what is left denies.
    pub(crate) fn clear(&mut self) {
        self.determine(DeterminedBy::Default);
        self.clear_but_rules();
    }

    /// The same, but for what it rests on.
    #[inline]
    pub(crate) fn clear_but_rules(&mut self) {
        self.scratch.from = None;
        self.effect = Effect::Deny;
        self.entry = None;
        self.serial = Serial::NONE;
        self.tier = None;
        while let Some(obligation) = self.obligations.pop() {
            self.scratch.obligations.push(obligation);
        }
        if std::mem::take(&mut self.scratch.is_plain) {
            return;
        }
        self.clear_rest();
    }

    /// Forgets what few decisions have.
    fn clear_rest(&mut self) {
        self.refusal = None;
        self.input_defaults.clear();
        self.requirements.clear();
        self.alternatives.clear();
        self.binding = None;
        self.retry_after_ms = None;
        self.readings.clear();
        self.errors.clear();
        self.shadow = None;
    }

    /// A list, empty, for the rules that it rests on.
    #[inline]
    pub(crate) fn rules(&mut self) -> &mut Vec<RuleId> {
        if !matches!(self.determined_by, DeterminedBy::Rules(_)) {
            let spare = std::mem::take(&mut self.scratch.rules);
            self.determine(DeterminedBy::Rules(spare));
        }
        match &mut self.determined_by {
            DeterminedBy::Rules(rules) => {
                rules.clear();
                rules
            }
            _ => &mut self.scratch.rules,
        }
    }

    /// Says what it rests on.
    pub(crate) fn determine(&mut self, by: DeterminedBy) {
        let before = std::mem::replace(&mut self.determined_by, by);
        if let DeterminedBy::Rules(rules) | DeterminedBy::Asks(rules, _) = before {
            self.scratch.rules = rules;
        }
    }

    /// Makes it the denial of a call that could not be recorded.
    pub(crate) fn unrecorded(&mut self) {
        if self.effect == Effect::Deny {
            return;
        }
        self.effect = Effect::Deny;
        self.determine(DeterminedBy::Unrecorded);
        self.requirements.clear();
        self.alternatives.clear();
        self.binding = None;
        self.scratch.obligations.append(&mut self.obligations);
        if let Some(shadow) = self.shadow.as_mut().filter(|shadow| shadow.effect != Effect::Deny) {
            shadow.effect = Effect::Deny;
            shadow.determined_by = DeterminedBy::Unrecorded;
        }
    }

    /// What the arguments leave out and is applied: where in the request, as a JSON Pointer, and the value, as JSON. Who
    /// forwards the call forwards it with these.
    #[must_use]
    pub fn input_defaults(&self) -> &[(String, String)] {
        &self.input_defaults
    }

    /// After how many milliseconds there is room, where nothing but limits deny.
    #[must_use]
    pub const fn retry_after_ms(&self) -> Option<i64> {
        self.retry_after_ms
    }

    /// What is to become of the request.
    #[must_use]
    pub const fn effect(&self) -> Effect {
        self.effect
    }

    /// What the decision rests on.
    #[must_use]
    pub const fn determined_by(&self) -> &DeterminedBy {
        &self.determined_by
    }

    /// Why the request was not judged, if it was not.
    #[must_use]
    pub const fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_ref()
    }

    /// What approvals of this call have to be bound to, if some are asked for.
    #[must_use]
    pub fn binding(&self) -> Option<&str> {
        self.binding.as_deref()
    }

    /// Every enforced rule in scope that failed, even if that changed nothing.
    #[must_use]
    pub fn errors(&self) -> &[RuleError] {
        &self.errors
    }

    /// The decision with shadow rules enforced, if there are any in scope.
    #[must_use]
    pub const fn shadow(&self) -> Option<&Shadow> {
        self.shadow.as_ref()
    }
}
