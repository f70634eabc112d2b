//! A rule, as it reads.

use maud::{Markup, html};
use zt_lang::hir::{Effect, Name};

use super::Cx;
use super::markdown::markdown;
use crate::doc::model::{Ask, Phrase, Policy, Reading, Rule, Target};

/// What rules of each effect do, in the order in which pages show them.
pub(super) const EFFECTS: &[(Effect, &str)] = &[
    (Effect::Allow, "What allows it"),
    (Effect::Deny, "What denies it"),
    (Effect::Limit, "How often at most"),
    (Effect::RequireApproval, "What needs an approval"),
    (Effect::Raise, "What raises its tier"),
    (Effect::Oblige, "What it obliges to"),
];

/// The class of an effect's sign.
pub(super) fn class(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => "allow",
        Effect::Deny => "deny",
        Effect::Limit => "limit",
        Effect::RequireApproval => "approval",
        Effect::Raise => "raise",
        Effect::Oblige => "oblige",
    }
}

/// An effect's sign.
pub(super) fn sign(effect: Effect) -> Markup {
    let word = if effect == Effect::RequireApproval { "approval" } else { effect.as_str() };
    html! { span class={ "sign " (class(effect)) } { (word) } }
}

/// What a page says around a rule.
pub(super) struct Around<'m> {
    /// The identifier of the rule on the page.
    pub(super) id: String,
    /// What it is called there.
    pub(super) title: &'m str,
    /// How deep its heading is.
    pub(super) level: u8,
    /// For whom it is, if not for all that the page is about.
    pub(super) only: Option<Markup>,
}

impl Cx<'_> {
    /// A rule with all that it says.
    pub(super) fn rule(&self, policy: &Policy, rule: &Rule, around: &Around<'_>) -> Markup {
        let title = html! {
            (sign(rule.effect)) " "
            @if rule.shadow { span.sign.trial { "on trial" } " " }
            (self.linked(around.title, &Target::Rule(rule.full.clone())))
        };
        html! {
            article.rule id=(around.id) {
                div.bar {
                    @if around.level == 2 { h2 { (title) } } @else { h3 { (title) } }
                    (self.place(rule.item.place))
                }
                @if let Some(only) = &around.only { p.only { (only) } }
                (markdown(&rule.item.doc))
                (self.says(policy, rule))
                dl.facts {
                    @if let Some(ask) = &rule.ask { (term("Approval", &self.ask(ask))) }
                    @if !rule.obligations.is_empty() {
                        (term("Obliges to", &self.phrases(&rule.obligations)))
                    }
                    @if let Some(because) = &rule.because {
                        (term("Said to approvers and auditors", &html! { q { (self.phrase(because)) } }))
                    }
                    @if let Some(tell) = &rule.tell {
                        (term("Told to the agent", &html! { q { (self.phrase(tell)) } }))
                    }
                    @if !rule.windows.is_empty() && rule.limit.is_none() {
                        (term("Remembers by", &self.list(&rule.windows, Target::Window, "")))
                    }
                    (term("Tests", &self.tests(&rule.tests)))
                }
                (self.as_written(&rule.item.text))
            }
        }
    }

    /// What a rule does, and when.
    fn says(&self, policy: &Policy, rule: &Rule) -> Markup {
        let does = self.does(rule);
        if rule.limit.is_some() {
            return html! {
                p.says { (does) "." }
                @if rule.condition != Reading::Always {
                    p.says { "Only these calls are counted and held to it:" }
                    (self.when(&rule.condition))
                }
                @if let Some(guard) = &policy.guard { p.says { "It holds only where:" } (self.when(guard)) }
            };
        }
        let condition = match (&policy.guard, &rule.condition) {
            (None, condition) => condition.clone(),
            (Some(guard), condition) => together(guard, condition),
        };
        match &condition {
            Reading::Always => html! { p.says { (does) ", whatever it says." } },
            Reading::Never => html! { p.says { (does) " in no case." } },
            Reading::Line(phrase) => html! { p.says { (does) " when " (self.phrase(phrase)) "." } },
            Reading::All(all) => html! { p.says { (does) " when all of this is true:" } (self.several(all)) },
            Reading::Any(all) => html! { p.says { (does) " when any of this is true:" } (self.several(all)) },
            Reading::Each(..) => html! { p.says { (does) " when this is true:" } (self.when(&condition)) },
        }
    }

    fn several(&self, all: &[Reading]) -> Markup {
        html! { @for one in all { (self.when(one)) } }
    }

    fn does(&self, rule: &Rule) -> Markup {
        let trial = rule.shadow;
        let would = |says: &'static str, trial_says: &'static str| if trial { trial_says } else { says };
        match rule.effect {
            Effect::Allow if rule.ask.is_some() => {
                html! { (would("Allows the call once it is approved,", "Would allow the call once it is approved,")) }
            }
            Effect::Allow => html! { (would("Allows the call", "Would allow the call")) },
            Effect::Deny => html! { (would("Denies the call", "Would deny the call")) },
            Effect::RequireApproval => {
                html! { (would("Holds the call until it is approved", "Would hold the call until it is approved")) }
            }
            Effect::Oblige => html! { (would("Adds obligations", "Would add obligations")) },
            Effect::Raise => html! {
                (would("Raises the call to tier ", "Would raise the call to tier "))
                @if let Some(tier) = &rule.raise { (self.linked(tier, &Target::Tier(tier.clone()))) }
            },
            Effect::Limit => html! {
                (would("Denies what exceeds ", "Would deny what exceeds "))
                @if let Some(limit) = &rule.limit {
                    (self.phrase(&limit.most)) " within " (self.phrase(&limit.over))
                    @if !limit.keys.is_empty() { ", for each " (self.joined(&limit.keys, " and ")) }
                }
            },
        }
    }

    pub(super) fn joined(&self, all: &[Phrase], between: &str) -> Markup {
        html! {
            @for (i, phrase) in all.iter().enumerate() {
                @if i > 0 { (between) }
                (self.phrase(phrase))
            }
        }
    }

    /// Phrases below each other.
    pub(super) fn phrases(&self, all: &[Phrase]) -> Markup {
        html! { ul.plain { @for phrase in all { li { (self.phrase(phrase)) } } } }
    }

    /// Whose approval is asked for, and how long it lasts.
    pub(super) fn ask(&self, ask: &Ask) -> Markup {
        html! {
            "from " (self.phrase(&ask.from))
            @if ask.quorum > 1 { ", " (ask.quorum) " different people" }
            ", good for " (ask.expires)
        }
    }

    fn tests(&self, tests: &[(usize, usize)]) -> Markup {
        let named = tests.iter().filter_map(|(suite, test)| {
            let test = self.site.suites.get(*suite)?.tests.get(*test)?;
            Some((format!("{}#{}", super::links::TESTS, test.id), &test.name))
        });
        let links = html! {
            @for (i, (href, name)) in named.enumerate() {
                @if i > 0 { ", " }
                a href=(href) { (name) }
            }
        };
        match tests.len() {
            0 => html! { span.quiet { "none names it" } },
            1 => links,
            n => html! { details { summary { (n) " name it" } (links) } },
        }
    }

    /// A rule in a line, for pages that would be too long otherwise.
    pub(super) fn rule_in_a_line(&self, rule: &Rule) -> Markup {
        html! {
            li {
                (sign(rule.effect)) " "
                @if rule.shadow { span.sign.trial { "on trial" } " " }
                (self.linked(self.short(&rule.full), &Target::Rule(rule.full.clone())))
                " " (self.does(rule))
            }
        }
    }

    /// What covers an action with only some of its principals.
    pub(super) fn only(principals: &[Name]) -> Markup {
        html! { "Only for calls by " @for (i, name) in principals.iter().enumerate() { @if i > 0 { ", " } code { (name) } } "." }
    }
}

/// A guard with a condition.
fn together(guard: &Reading, condition: &Reading) -> Reading {
    let mut all = vec![];
    for one in [guard, condition] {
        match one {
            Reading::Always => {}
            Reading::Never => return Reading::Never,
            Reading::All(parts) => all.extend(parts.iter().cloned()),
            other => all.push(other.clone()),
        }
    }
    match (all.len(), all.pop()) {
        (0, _) | (_, None) => Reading::Always,
        (1, Some(only)) => only,
        (_, Some(last)) => {
            all.push(last);
            Reading::All(all)
        }
    }
}

/// What is said of something, by what it is.
pub(super) fn term(what: &str, says: &Markup) -> Markup {
    html! { div { dt { (what) } dd { (says) } } }
}
