//! Tiers, approvals and obligations: what refers to them by name gets their indices.

use std::collections::BTreeMap;

use zt_lang::hir::{self, Channel, ExprKind, Name};
use zt_runtime::ir::{Approvers, Arg, Ask, Due, Expr, From, Gather, Merge, Obligation, Param, Tier};

use super::constants::Constants;
use super::types::Types;

/// Where obligations and approvers stand in the program: in the order of their names.
pub(super) struct Dues<'a> {
    kinds: BTreeMap<&'a str, u32>,
    approvers: BTreeMap<&'a str, u32>,
}

impl<'a> Dues<'a> {
    pub(super) fn new(package: &'a hir::Package) -> Self {
        Dues {
            kinds: package.obligations.keys().map(|name| &**name).zip(0..).collect(),
            approvers: package.approvers.keys().map(|name| &**name).zip(0..).collect(),
        }
    }

    /// The index of a kind of obligation.
    pub(super) fn kind(&self, name: &Name) -> u32 {
        self.kinds[&**name]
    }

    /// What is asked for.
    pub(super) fn ask(&self, ask: &hir::Ask) -> Ask {
        let from = match &ask.from {
            hir::From::Group(name) => From::Group(self.approvers[&**name]),
            hir::From::ActsFor(_) => From::ActsFor(ask.from.show().to_string()),
        };
        Ask { from, quorum: ask.quorum, expires: ask.expires }
    }

    pub(super) fn approvers(&self, package: &hir::Package) -> Vec<Approvers> {
        let group = |(name, group): (&Name, &std::sync::Arc<hir::Approvers>)| Approvers {
            name: name.to_string(),
            asked: group.channel != Channel::Pep,
            fresh: match group.channel {
                Channel::Source { fresh, .. } => fresh,
                Channel::Pep | Channel::File(_) => None,
            },
        };
        package.approvers.iter().map(group).collect()
    }

    pub(super) fn kinds(&self, package: &'a hir::Package, types: &mut Types<'a>) -> Vec<Obligation> {
        let kind = |kind: &'a hir::Obligation| Obligation {
            name: kind.name.to_string(),
            params: kind.params.iter().map(|param| lower_param(param, types)).collect(),
        };
        package.obligations.values().map(|of| &**of).map(kind).collect()
    }

    pub(super) fn tiers(&self, package: &hir::Package, constants: &mut Constants) -> Vec<Tier> {
        let mut due = |due: &hir::Due| Due {
            obligation: self.kind(&due.obligation),
            args: due
                .args
                .iter()
                .map(|arg| match &arg.kind {
                    ExprKind::List(elements) => Arg::Elements(
                        elements.iter().map(|element| Gather::one(constant(element, constants))).collect(),
                    ),
                    _ => Arg::Value(constant(arg, constants)),
                })
                .collect(),
        };
        let tier = |tier: &hir::Tier| Tier {
            name: tier.name.to_string(),
            warrant: tier.warrant,
            ask: tier.ask.as_ref().map(|ask| self.ask(ask)),
            obligations: tier.obligations.iter().map(&mut due).collect(),
        };
        package.tiers.iter().map(tier).collect()
    }
}

fn lower_param<'a>(param: &'a hir::ObligationParam, types: &mut Types<'a>) -> Param {
    Param {
        name: param.name.to_string(),
        ty: types.declared(&param.ty.ty, &param.ty.bounds),
        merge: param.merge.map(|merge| match merge {
            hir::Merge::Min => Merge::Min,
            hir::Merge::Max => Merge::Max,
            hir::Merge::Union => Merge::Union,
            hir::Merge::Intersect => Merge::Intersect,
        }),
    }
}

/// A constant argument of a tier's obligation.
fn constant(expr: &hir::Expr, constants: &mut Constants) -> Expr {
    match &expr.kind {
        ExprKind::Bool(value) => Expr::Const((*value).into()),
        ExprKind::Int(value) | ExprKind::Decimal(value) => Expr::Const(*value),
        ExprKind::Member(index) => Expr::Const((*index).into()),
        ExprKind::Text(text) => Expr::Literal(constants.add(text)),
        ExprKind::Neg(inner) => match constant(inner, constants) {
            Expr::Const(value) => Expr::Const(value.wrapping_neg()),
            other => other,
        },
        other => unreachable!("an argument of a tier's obligation is a constant, not {other:?}"),
    }
}
