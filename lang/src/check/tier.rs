//! Tiers and whom they ask; groups of approvers; the clauses of an ask.

use std::collections::BTreeSet;

use super::Cx;
use super::path::{Env, Seen};
use crate::db::Namespace;
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Approvers, Ask, Channel, From, Name, Tier, Ty};
use crate::span::Span;
use crate::syntax::ast::{self, Ident, Number, TierApproval, TierClauseKind};

/// The longest time that an approval, a warrant or a window may last, in seconds.
pub(crate) const MAX_SECONDS: u64 = 366 * 86_400;

/// How long an approval lasts where nothing is said, in seconds: one that is never over would be one for whatever the
/// same call does much later.
pub(crate) const APPROVAL_SECONDS: u64 = 3_600;

pub(crate) fn tiers(cx: &mut Cx<'_>, x: &ast::Tiers) -> Vec<Tier> {
    let mut out: Vec<Tier> = vec![];
    let mut seen: BTreeSet<&Name> = BTreeSet::new();
    let mut always: Option<Span> = None;
    let mut shortest: Option<u64> = None;
    for t in &x.tiers {
        let name = &t.name;
        if !seen.insert(&name.text) {
            let d = Diagnostic::new(Code::DuplicateName, name.span, format!("tier `{}` is declared twice", name.text))
                .label("the second")
                .help("the tiers stand lowest first, each once");
            cx.report(d);
            continue;
        }
        let tier = cx.tier_clauses(t, &mut always);
        if let (Some(warrant), Some(below)) = (tier.warrant, shortest)
            && warrant > below
        {
            let span =
                t.clauses.iter().find(|c| matches!(c.kind, TierClauseKind::Warrant(_))).map_or(name.span, |c| c.span);
            let d = Diagnostic::new(
                Code::BadTier,
                span,
                format!("the warrant of `{}` is longer than that of a tier below", name.text),
            )
            .label("weaker than the tiers below")
            .help("the higher the tier, the shorter an allow may be used; shorten it, or turn the tiers round");
            cx.report(d);
        }
        shortest = tier.warrant.or(shortest);
        out.push(tier);
    }
    if out.is_empty() {
        let d = Diagnostic::new(Code::Empty, x.name.span, format!("`{}` has no tiers", x.name.text))
            .label("name them, lowest first")
            .help("`tiers risk { low {} high {} }`");
        cx.report(d);
    }
    out
}

pub(crate) fn approvers(cx: &mut Cx<'_>, x: &ast::Approvers) -> Approvers {
    let channel = match &x.from {
        Some(from) => match cx.membership(from) {
            Some(Channel::File(_)) => {
                let d = Diagnostic::new(Code::UnknownChannel, from.span, "approvers do not come from a file")
                    .label("who may approve changes while the policy stays")
                    .help("`from pep`, where the gateway vouches for membership, or `from source …`");
                cx.report(d);
                Channel::Pep
            }
            Some(channel) => channel,
            None => Channel::Pep,
        },
        None => Channel::Pep,
    };
    Approvers { name: x.name.text.clone(), channel }
}

/// What an ask is made of, as far as it was written.
#[derive(Debug, Default)]
pub(crate) struct AskParts<'a> {
    pub(crate) from: Option<&'a Ident>,
    pub(crate) quorum: Option<&'a Number>,
    pub(crate) expires: Option<&'a Number>,
}

impl Cx<'_> {
    fn tier_clauses(&mut self, t: &ast::Tier, always: &mut Option<Span>) -> Tier {
        let mut tier = Tier { name: t.name.text.clone(), warrant: None, ask: None, obligations: vec![] };
        let mut parts = AskParts::default();
        let mut approval: Option<(TierApproval, Span)> = None;
        let mut seen: Vec<&str> = vec![];
        for c in &t.clauses {
            let word = match &c.kind {
                TierClauseKind::Warrant(_) => "warrant",
                TierClauseKind::Approval(_) => "approval",
                TierClauseKind::From(_) => "from",
                TierClauseKind::Quorum(_) => "quorum",
                TierClauseKind::Expires(_) => "expires",
                TierClauseKind::With(_) => "with",
            };
            if seen.contains(&word) {
                let d =
                    Diagnostic::new(Code::Clauses, c.span, format!("`{word}` stands twice in tier `{}`", t.name.text))
                        .label("the second")
                        .help("keep one of them");
                self.report(d);
                continue;
            }
            seen.push(word);
            match &c.kind {
                TierClauseKind::Warrant(n) => tier.warrant = self.seconds(n),
                TierClauseKind::Approval(kind) => approval = Some((*kind, c.span)),
                TierClauseKind::From(name) => parts.from = Some(name),
                TierClauseKind::Quorum(n) => parts.quorum = Some(n),
                TierClauseKind::Expires(n) => parts.expires = Some(n),
                // A tier covers every action, so what it obliges to is said in constants.
                TierClauseKind::With(list) => {
                    tier.obligations = self.dues(&Env::default(), list).unwrap_or_default();
                }
            }
        }
        match approval {
            Some((TierApproval::Always, span)) => {
                tier.ask = self.ask(&Env::default(), &parts, t.name.span);
                always.get_or_insert(span);
            }
            other => {
                if let (Some((TierApproval::Never, span)), Some(first)) = (other, *always) {
                    let d = Diagnostic::new(
                        Code::BadTier,
                        span,
                        format!("tier `{}` asks nobody, a tier below it does", t.name.text),
                    )
                    .label("weaker than the tiers below")
                    .related(None, first, "this is asked of every higher tier as well")
                    .help("a tier has what those below it have; write `conditional` or `always`");
                    self.report(d);
                }
                for (word, at) in [
                    ("from", parts.from.map(|x| x.span)),
                    ("quorum", parts.quorum.map(|x| x.span)),
                    ("expires", parts.expires.map(|x| x.span)),
                ] {
                    if let Some(at) = at {
                        let d = Diagnostic::new(Code::Clauses, at, format!("`{word}` belongs to `approval always`"))
                            .label("this tier asks nobody by itself")
                            .help("write `approval always`, or remove this");
                        self.report(d);
                    }
                }
            }
        }
        tier
    }

    /// Whom to ask, how many, how long; `None` after a mistake.
    pub(crate) fn ask(&mut self, env: &Env, parts: &AskParts<'_>, span: Span) -> Option<Ask> {
        let before = self.diagnostics.len();
        let from = match parts.from {
            None => {
                let d = Diagnostic::new(Code::Clauses, span, "this does not say whom to ask")
                    .label("`from` is missing")
                    .help("declare a group, `approvers support_leads`, and add `from support_leads`");
                self.report(d);
                None
            }
            Some(from) => self.approvers_of(env, from),
        };
        let quorum = parts.quorum.map_or(Some(1), |n| match n.text.parse::<u32>() {
            Ok(q) if (1..=100).contains(&q) => Some(q),
            _ => {
                let d = Diagnostic::new(Code::BadNumber, n.span, format!("a quorum of {} makes no sense", n.text))
                    .label("not a number of people")
                    .help("from 1 to 100 different people can be asked");
                self.report(d);
                None
            }
        });
        let expires = parts.expires.map_or(Some(APPROVAL_SECONDS), |n| self.seconds(n));
        if let (Some(From::ActsFor(_)), Some(q), Some(n)) = (&from, quorum, parts.quorum)
            && q > 1
        {
            let d = Diagnostic::new(Code::BadNumber, n.span, format!("one person cannot approve {q} times"))
                .label("it is one person who is asked")
                .help("remove `quorum`");
            self.report(d);
        }
        if self.diagnostics.len() != before {
            return None;
        }
        Some(Ask { from: from?, quorum: quorum?, expires: expires? })
    }

    /// A group of approvers, or whom the principal acts for.
    fn approvers_of(&mut self, env: &Env, from: &Ident) -> Option<From> {
        if let Some(path) = from.text.strip_prefix("principal.") {
            let mut e = ast::Expr {
                kind: ast::ExprKind::Name(Ident { text: "principal".into(), span: from.span }),
                span: from.span,
                depth: 1,
            };
            for part in path.split('.') {
                let name = Ident { text: part.into(), span: from.span };
                e = ast::Expr { kind: ast::ExprKind::Member(Box::new(e), name), span: from.span, depth: 1 };
            }
            if &*from.text != "principal.acts_for" {
                let d = Diagnostic::new(Code::UnknownApprovers, from.span, format!("`{}` cannot be asked", from.text))
                    .label("not whom the principal acts for")
                    .help("a group is asked, or the one that the principal acts for: `from principal.acts_for`");
                self.report(d);
                return None;
            }
            let Seen::Path(view) = self.view(env, &e) else { return None };
            if !self.proven(env, &view) {
                return None;
            }
            let (ty, _) = self.value_type(env, &view)?;
            if !matches!(ty, Ty::Entity(_)) {
                let d = Diagnostic::new(Code::UnknownApprovers, from.span, format!("`{}` is not an entity", from.text))
                    .label("nobody who could be asked")
                    .help("declare it as an entity: `acts_for : User?`");
                self.report(d);
                return None;
            }
            return Some(From::ActsFor(view.path));
        }
        if self.find(Namespace::Approvers, &from.text).is_none() {
            if !self.excused(Namespace::Approvers) {
                self.report(self.unknown_approvers(from));
            }
            return None;
        }
        Some(From::Group(from.text.clone()))
    }

    /// A duration in whole seconds; `None` after a mistake.
    pub(crate) fn seconds(&mut self, n: &Number) -> Option<u64> {
        let micros = self.micros(n)?;
        let seconds = u64::try_from(micros / zt_values::time::SECOND).ok()?;
        if micros % zt_values::time::SECOND == 0 {
            return Some(seconds);
        }
        let d = Diagnostic::new(Code::BadNumber, n.span, format!("`{}` is not a whole number of seconds", n.text))
            .label("too fine")
            .help("durations are written `90s`, `30min`, `8h`, `7d`");
        self.report(d);
        None
    }

    /// A duration in microseconds, more than none and at most 366 days; `None` after a mistake.
    pub(crate) fn micros(&mut self, n: &Number) -> Option<i64> {
        let problem = match zt_values::quantity::parse_duration_quantity(&n.text) {
            Ok(0) => "it would be over at once".to_owned(),
            Ok(micros) if micros / zt_values::time::SECOND > i64::try_from(MAX_SECONDS).unwrap_or(i64::MAX) => {
                "at most 366 days".to_owned()
            }
            Ok(micros) => return Some(micros),
            Err(error) => error.to_string(),
        };
        let d = Diagnostic::new(Code::BadNumber, n.span, format!("`{}` is not a duration", n.text))
            .label(problem)
            .help("durations are written `90s`, `30min`, `8h`, `7d`");
        self.report(d);
        None
    }
}
