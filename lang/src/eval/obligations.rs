//! Obligations: their arguments, and how several of a kind become one.

use std::collections::BTreeMap;

use super::decision::{Exact, Obligation};
use super::expr::Scope;
use super::value::{Cause, Outcome, Value};
use crate::hir::{self, Due, Merge, Name, Package};

/// An obligation with the values of its arguments, one for each parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) obligation: Name,
    pub(super) args: Vec<Value>,
}

/// The values of what a rule or tier obliges to; or why the first argument that fails does.
pub(super) fn given(scope: &Scope<'_>, dues: &[Due]) -> Result<Vec<Given>, Cause> {
    let argument = |expr| match scope.value(expr) {
        Outcome::Is(reading) => Ok(reading.value),
        Outcome::Failed(cause) => Err(cause),
        // A checked argument is there; were it not, nobody could say what it is.
        Outcome::Skipped => Err(Cause::Overflow),
    };
    let each = dues.iter().map(|due| {
        let args = due.args.iter().map(argument).collect::<Result<_, _>>()?;
        Ok(Given { obligation: due.obligation.clone(), args })
    });
    each.collect()
}

/// Makes one of those of a kind that agree in every parameter without a merge. The order of `all` does not matter.
pub(super) fn merged(package: &Package, all: &[Given]) -> Vec<Obligation> {
    let mut groups: BTreeMap<(&Name, String), Vec<Value>> = BTreeMap::new();
    for given in all {
        let Some(declared) = package.obligations.get(&given.obligation) else { continue };
        let own = declared.params.iter().zip(&given.args).filter(|(param, _)| param.merge.is_none());
        let own: Vec<String> = own.map(|(_, value)| value.json(package)).collect();
        let key = (&given.obligation, format!("[{}]", own.join(",")));
        groups
            .entry(key)
            .and_modify(|known| {
                for ((param, known), value) in declared.params.iter().zip(known).zip(&given.args) {
                    if let Some(merge) = param.merge {
                        *known = fold(merge, known, value);
                    }
                }
            })
            .or_insert_with(|| given.args.clone());
    }
    let obligation = |((name, _), args): ((&Name, String), Vec<Value>)| {
        let declared = package.obligations.get(name)?;
        let args = declared.params.iter().zip(args);
        let args = args
            .map(|(param, value): (&hir::ObligationParam, Value)| (param.name.to_string(), Exact(value.json(package))));
        Some(Obligation { name: name.to_string(), args: args.collect() })
    };
    groups.into_iter().filter_map(obligation).collect()
}

fn fold(merge: Merge, one: &Value, other: &Value) -> Value {
    match (merge, one, other) {
        (Merge::Union, Value::Set(one), Value::Set(other)) => Value::Set(one | other),
        (Merge::Intersect, Value::Set(one), Value::Set(other)) => Value::Set(one & other),
        // Values of one type are in its order: false before true, numbers, members as they are listed.
        (Merge::Min, one, other) => one.min(other).clone(),
        (_, one, other) => one.max(other).clone(),
    }
}
