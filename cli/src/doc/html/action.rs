//! The page about an action.

use maud::{Markup, html};
use zt_lang::hir::{Effect, Name};
use zt_lang::needs::{Member, Voucher};

use super::markdown::markdown;
use super::rule::{Around, EFFECTS, term};
use super::text::{code, heads, scrolled};
use super::{Cx, Page, shell};
use crate::doc::model::{Action, Call, Part, Policy, Rule, Target, Verdict};
use crate::doc::names::id;
use crate::facts::{old, said};

pub(super) fn page(cx: &Cx<'_>, action: &Action) -> Page {
    let name = &action.item.name;
    let groups = groups(cx, action);
    let mut places = vec![("who".to_owned(), "Who may do it".to_owned())];
    if !action.input.is_empty() {
        places.push(("arguments".to_owned(), "Arguments".to_owned()));
    }
    places.extend(groups.iter().map(|group| (group.id.to_owned(), group.title.to_owned())));
    places.push(("tier".to_owned(), "Its tier".to_owned()));
    places.push(("needs".to_owned(), "What has to be known".to_owned()));
    places.push(("tests".to_owned(), "Tests".to_owned()));
    let main = html! {
        p.crumbs { a href=(super::INDEX) { "Overview" } " › action" }
        h1 { code { (name) } }
        (cx.origin(&action.item))
        (markdown(&action.item.doc))
        @if let Some((whole, _)) = &action.part_of { (markdown(&whole.doc)) }
        @for extension in &action.extensions { (markdown(&extension.doc)) }
        (about(cx, action))
        (declared(cx, action))
        section #who { h2 { "Who may do it" } (who(cx, action)) }
        @if !action.input.is_empty() {
            section #arguments {
                h2 { "Arguments" }
                p.quiet { "Whoever asks says them: they are claims, held to their types and to the rules below." }
                (cx.fields("Arguments", &action.input))
            }
        }
        @if let Some(output) = action.output.as_ref().filter(|output| !output.is_empty()) {
            section #output {
                h2 { "What it gives back" }
                p.quiet { "As whoever carried the call out attests." }
                (cx.fields("What it gives back", output))
            }
        }
        @for group in &groups {
            section id=(group.id) {
                h2 { (group.title) }
                @if let Some(note) = group.note { p.quiet { (note) } }
                @if cx.written_out {
                    @for (policy, rule) in &group.rules { (card(cx, action, policy, rule)) }
                } @else if !group.rules.is_empty() {
                    ul.plain { @for (_, rule) in &group.rules { (cx.rule_in_a_line(rule)) } }
                }
            }
        }
        section #tier { h2 { "Its tier" } (tier(cx, action)) }
        section #needs {
            h2 { "What has to be known" }
            @for call in &action.calls { (needs(cx, action, call)) }
        }
        section #tests { h2 { "Tests" } (tests(cx, name)) }
    };
    shell::page(cx, &action.page, name, &places, &main)
}

/// What it is, in a few lines.
fn about(cx: &Cx<'_>, action: &Action) -> Markup {
    html! {
        dl.facts {
            @if let Some(wire) = &action.wire { (term("In requests", &html! { code { (wire) } })) }
            @if let Some((whole, when)) = &action.part_of {
                (term("A part of", &html! { code { (whole.name) } ", namely the calls with" (cx.when(when)) }))
            }
            @if let Some((resource, id)) = &action.resource {
                (term("Acts on", &html! {
                    "one " (cx.linked(resource, &Target::Type(resource.clone())))
                    @if let Some(id) = id { ", the one named by " (cx.phrase(id)) }
                }))
            }
            @if let Some(context) = &action.context {
                (term("Comes with", &html! { (cx.linked(context, &Target::Type(context.clone()))) ", from the gateway" }))
            }
            @if !action.tags.is_empty() {
                (term("Tags", &html! {
                    @for (i, (tag, fields)) in action.tags.iter().enumerate() {
                        @if i > 0 { ", " }
                        (cx.linked(&format!("#{tag}"), &Target::Tag(tag.clone())))
                        @for (field, is) in fields { " (" code { (field) } " is " (cx.phrase(is)) ")" }
                    }
                }))
            }
            @if !action.notice.is_empty() {
                (term("Approvers are shown", &html! {
                    ul.plain { @for (what, says) in &action.notice { li { (what) ": " q { (cx.phrase(says)) } } } }
                }))
            }
        }
    }
}

/// What is written about it: its declaration, that of the whole, and what adds to it.
fn declared(cx: &Cx<'_>, action: &Action) -> Markup {
    let whole = action.part_of.iter().map(|(whole, _)| whole);
    html! {
        details.written {
            summary { "As written" }
            @for item in std::iter::once(&action.item).chain(whole).chain(&action.extensions) {
                p.origin { (cx.place(item.place)) }
                (code(&item.text))
            }
        }
    }
}

/// Each type of principal with what comes of its calls.
fn who(cx: &Cx<'_>, action: &Action) -> Markup {
    if action.calls.is_empty() {
        return html! { p.verdict.never { "Nobody: no type of principal may ask for it, and every call of it is refused." } };
    }
    html! {
        @for call in &action.calls {
            div class={ "verdict " (tone(&call.verdict)) } id=(id("by", &call.principal)) {
                p {
                    strong { (cx.linked(&call.principal, &Target::Type(call.principal.clone()))) }
                    ": " (verdict(cx, &call.verdict))
                }
            }
        }
        p.quiet { "Whoever is not named here may not even ask: such a call is refused." }
    }
}

/// The class of what comes of calls.
pub(super) fn tone(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Ungranted | Verdict::Denied(_) => "never",
        Verdict::Approved(_) => "asked",
        Verdict::Conditional => "sometimes",
        Verdict::Granted => "always",
    }
}

/// What comes of calls, in a sentence.
fn verdict(cx: &Cx<'_>, verdict: &Verdict) -> Markup {
    match verdict {
        Verdict::Ungranted => html! { "denied by default. Nothing here lets them do it." },
        Verdict::Denied(rule) => {
            html! { "denied. " (cx.linked(cx.short(rule), &Target::Rule(rule.clone()))) " denies every call." }
        }
        Verdict::Approved(by) => html! {
            "only with an approval, of "
            @for (i, name) in by.iter().enumerate() { @if i > 0 { " or " } (cx.linked(name, &Target::Approvers(name.clone()))) }
            ", and only where a rule allows it."
        },
        Verdict::Conditional => html! { "where a rule below allows it, and none takes that away." },
        Verdict::Granted => html! { "always. A rule allows it without a condition, and nothing takes that away." },
    }
}

struct Group<'s> {
    id: &'static str,
    title: &'static str,
    note: Option<&'static str>,
    rules: Vec<(&'s Policy, &'s Rule)>,
}

/// The rules in scope, by what they do; those on trial apart.
fn groups<'s>(cx: &Cx<'s>, action: &Action) -> Vec<Group<'s>> {
    let all: Vec<(&Policy, &Rule)> = action.rules.iter().filter_map(|at| cx.site.rule(*at)).collect();
    let mut out = vec![];
    for (effect, title) in EFFECTS {
        let rules: Vec<_> = all.iter().filter(|(_, rule)| rule.effect == *effect && !rule.shadow).copied().collect();
        let note = match effect {
            Effect::Allow if rules.is_empty() => Some("No rule allows it, so every call is denied."),
            Effect::Allow => Some("One of these must hold. Where none does, the call is denied."),
            Effect::Deny => {
                Some("One of these is enough, whatever allows the call. Where it cannot be told, the call is denied.")
            }
            _ => None,
        };
        if rules.is_empty() && *effect != Effect::Allow {
            continue;
        }
        let id = match effect {
            Effect::Allow => "allows",
            Effect::Deny => "denies",
            Effect::Limit => "limits",
            Effect::RequireApproval => "approvals",
            Effect::Raise => "raises",
            Effect::Oblige => "obliges",
        };
        out.push(Group { id, title, note, rules });
    }
    let trial: Vec<_> = all.iter().filter(|(_, rule)| rule.shadow).copied().collect();
    if !trial.is_empty() {
        let note = Some("What these would do is reported with every decision, and changes none.");
        out.push(Group { id: "trial", title: "On trial", note, rules: trial });
    }
    out
}

fn card(cx: &Cx<'_>, action: &Action, policy: &Policy, rule: &Rule) -> Markup {
    let scope = rule.scope.as_ref().unwrap_or(&policy.scope);
    let covered = scope.iter().find(|(name, _)| *name == action.item.name).map_or(&[][..], |(_, by)| by);
    let only = (covered.len() < action.calls.len()).then(|| Cx::only(covered));
    let around = Around { id: id("rule", cx.short(&rule.full)), title: cx.short(&rule.full), level: 3, only };
    cx.rule(policy, rule, &around)
}

fn tier(cx: &Cx<'_>, action: &Action) -> Markup {
    let Some((name, said)) = &action.tier else {
        return html! { p { "The package has no tiers." } };
    };
    let top = cx.site.tiers.iter().position(|tier| tier.name == *name).unwrap_or(0);
    let below: Vec<_> = cx.site.tiers.iter().take(top + 1).collect();
    html! {
        p {
            (cx.linked(name, &Target::Tier(name.clone())))
            @if !said { ", the highest, since the action names none" }
            "."
        }
        dl.facts {
            @if let Some(warrant) = below.last().and_then(|tier| tier.warrant.as_ref()) {
                (term("An allow may be used for", &html! { (warrant) }))
            }
            @for tier in &below {
                @if let Some(ask) = &tier.ask { (term(&format!("Tier {} asks", tier.name), &cx.ask(ask))) }
                @if !tier.obligations.is_empty() {
                    (term(&format!("Tier {} obliges to", tier.name), &cx.phrases(&tier.obligations)))
                }
            }
        }
    }
}

/// What a gateway sends and a host answers.
fn needs(cx: &Cx<'_>, action: &Action, call: &Call) -> Markup {
    let needs = &call.needs;
    let (idle, sent): (Vec<&Member>, Vec<&Member>) = needs.send.iter().partition(|m| m.optional && !m.read);
    let caption = format!("What a request holds, asked for by {}", call.principal);
    let from = |member: &Member| match member.from {
        Voucher::Caller => "whoever asks",
        Voucher::Pep => "the gateway",
    };
    html! {
        @if action.calls.len() > 1 { h3 { "By " code { (call.principal) } } }
        (scrolled(&caption, &html! {
            table {
                caption { (caption) }
                (heads(&["Member", "Type", "Said by", "Notes"]))
                tbody {
                    @for member in &sent {
                        tr {
                            th scope="row" { code { (member.path) } }
                            td { code { (member.ty) } }
                            td { (from(member)) }
                            td { (notes(member)) }
                        }
                    }
                }
            }
        }))
        @if !idle.is_empty() {
            p.quiet {
                "Optional, and read by no rule: "
                @for (i, member) in idle.iter().enumerate() { @if i > 0 { ", " } code { (member.path) } }
                "."
            }
        }
        dl.facts {
            @if !needs.ask.is_empty() || !needs.rows.is_empty() {
                (term("Asked of others", &html! { ul.plain {
                    @for question in &needs.ask {
                        li {
                            (cx.linked(&question.source, &Target::Source(question.source.clone())))
                            " about the " (cx.linked(&question.ty, &Target::Type(question.ty.clone())))
                            " of " code { (question.by) } (old(question.fresh)) ": "
                            (question.attributes.iter().map(|a| &**a).collect::<Vec<_>>().join(", "))
                        }
                    }
                    @for row in &needs.rows {
                        li {
                            (cx.linked(&row.source, &Target::Source(row.source.clone())))
                            " for the row of " (cx.linked(&row.table, &Target::Table(row.table.clone())))
                            " under " code { (row.by.join(", ")) } (old(row.fresh))
                        }
                    }
                } }))
            }
            @if !needs.approvers.is_empty() {
                (term("May be asked to approve", &cx.list(needs.approvers.iter().map(|g| &g.name), Target::Approvers, "")))
            }
            @if !needs.obligations.is_empty() {
                (term("The gateway must be able to", &cx.list(&needs.obligations, Target::Obligation, "")))
            }
            @if !needs.windows.is_empty() {
                (term("Remembered", &html! { ul.plain {
                    @for window in &needs.windows {
                        li {
                            (cx.part(&Part::Link(cx.short(&window.name).to_owned(), Target::Window(window.name.clone()))))
                            @if !window.keys.is_empty() { " by " code { (window.keys.join(", ")) } }
                            ": "
                            @match (window.read, window.records) {
                                (true, Some(of)) => { "read, and records " (of) " calls" }
                                (true, None) => { "read" }
                                (false, of) => { "records " (of.unwrap_or("no")) " calls" }
                            }
                        }
                    }
                } }))
            }
        }
    }
}

fn notes(member: &Member) -> String {
    let mut out = vec![];
    if member.optional {
        out.push("optional".to_owned());
    }
    if !member.read {
        out.push("no rule reads it".to_owned());
    }
    out.extend(said(&member.limits));
    out.join(", ")
}

fn tests(cx: &Cx<'_>, name: &Name) -> Markup {
    let calls = cx.site.suites.iter().flat_map(|suite| suite.tests.iter().map(move |test| (suite, test)));
    let calls: Vec<_> = calls.filter(|(_, test)| test.actions.contains(name)).collect();
    html! {
        @if calls.is_empty() { p { "No test calls it." } }
        @else {
            ul { @for (suite, test) in calls {
                li { a href={ (super::links::TESTS) "#" (test.id) } { (test.name) } span.quiet { " in " (suite.item.name) } }
            } }
        }
    }
}
