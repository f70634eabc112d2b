//! Cedar, as its documentation advises: one authorizer and one policy set for all requests, requests without validation,
//! entities with nothing but what a request brings.
//!
//! Cedar knows `permit` and `forbid`. What asks for approval stands in a second set, whose permits ask: it is consulted where
//! the first one allows. Obligations are annotations. It has `like`, but no regular expressions and no ordered enums: the host
//! matches patterns and hands over ranks.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicyId, PolicySet, Request,
    Response, RestrictedExpression,
};
use serde_json::{Map, Value};

use crate::outcome::{Effect, Outcome};

/// What a host does to a request before Cedar sees it.
pub(crate) struct Shape {
    /// Attributes that are members of ordered enums, which become ranks.
    pub(crate) ranks: &'static [(&'static str, &'static [&'static str])],
    /// What rules read, wherever it stands; all else is left out where the context is lean.
    pub(crate) read: &'static [&'static str],
    /// What the host computes and adds to the context.
    pub(crate) computed: fn(&Value) -> Vec<(&'static str, RestrictedExpression)>,
    /// The types of entities.
    pub(crate) types: &'static [&'static str],
    /// The actions.
    pub(crate) actions: Vec<String>,
}

/// The type of what stands for a resource where there is none.
const NONE: &str = "None";

/// A policy, loaded.
pub(crate) struct Cedar {
    authorizer: Authorizer,
    grants: PolicySet,
    asks: Option<PolicySet>,
    /// Where a host indexes by hand: the policies of each action.
    by_action: HashMap<EntityUid, PolicySet>,
    shape: Shape,
    types: HashMap<&'static str, EntityTypeName>,
    actions: HashMap<String, EntityUid>,
}

/// The record of a decision: Cedar's response has the policies that determined it.
pub(crate) struct Decided<'p> {
    effect: Effect,
    response: Response,
    obligations: Vec<&'p str>,
}

/// A request as Cedar takes it.
pub(crate) type Asked = (Request, Entities);

fn set(text: &str) -> PolicySet {
    let mut named = PolicySet::new();
    for policy in PolicySet::from_str(text).expect("the policies are right").policies() {
        let name = policy.annotation("id").expect("each policy has an id");
        named.add(policy.new_id(PolicyId::new(name))).expect("ids are different");
    }
    named
}

impl Cedar {
    pub(crate) fn new(grants: &str, asks: Option<&str>, shape: Shape) -> Self {
        let kind = |name| EntityTypeName::from_str(name).expect("a name of a type");
        let action = kind("Action");
        let actions = shape
            .actions
            .iter()
            .map(|name| (name.clone(), EntityUid::from_type_name_and_id(action.clone(), EntityId::new(name))));
        Self {
            authorizer: Authorizer::new(),
            grants: set(grants),
            asks: asks.map(set),
            by_action: HashMap::new(),
            types: shape.types.iter().chain(&[NONE]).map(|name| (*name, kind(name))).collect(),
            actions: actions.collect(),
            shape,
        }
    }

    /// The policies of actions, each by itself.
    pub(crate) fn indexed<'n>(policies: impl IntoIterator<Item = (&'n str, String)>, shape: Shape) -> Self {
        let mut all = Self::new("", None, shape);
        for (name, text) in policies {
            all.by_action.insert(all.actions.get(name).expect("the action is known").clone(), set(&text));
        }
        all
    }

    /// Reads bytes; with everything in them, or only what rules read.
    pub(crate) fn decode(&self, bytes: &[u8], is_lean: bool) -> Asked {
        let value: Value = serde_json::from_slice(bytes).expect("the request is JSON");
        let mut entities = vec![];
        let principal = self.entity(&value["subject"], is_lean, &mut entities);
        let resource = self.entity(&value["resource"], is_lean, &mut entities);
        let action = value["action"]["name"].as_str().expect("an action has a name");
        let none = Map::new();
        let context = value["context"].as_object().unwrap_or(&none);
        let input = value["action"]["properties"].as_object().expect("there are arguments");
        let mut pairs = self.attributes(context, is_lean, &mut entities);
        pairs.push(("input".to_owned(), record(self.attributes(input, is_lean, &mut entities))));
        pairs.extend((self.shape.computed)(&value).into_iter().map(|(name, value)| (name.to_owned(), value)));
        let context = Context::from_pairs(pairs).expect("names are different");
        let action = self.actions.get(action).expect("the action is known").clone();
        let request = Request::new(principal, action, resource, context, None).expect("nothing is validated");
        (request, Entities::from_entities(entities, None).expect("entities go together"))
    }

    fn uid(&self, value: &Value) -> EntityUid {
        let kind = self.types.get(value["type"].as_str().unwrap_or(NONE)).expect("the type is known");
        EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(value["id"].as_str().unwrap_or_default()))
    }

    /// An entity, and those among its attributes.
    fn entity(&self, value: &Value, is_lean: bool, entities: &mut Vec<Entity>) -> EntityUid {
        let uid = self.uid(value);
        let is_known = entities.iter().any(|one: &Entity| one.uid() == uid);
        if let Some(properties) = value["properties"].as_object().filter(|_| !is_known) {
            let attributes = self.attributes(properties, is_lean, entities).into_iter().collect();
            let ancestors = properties.get("in").and_then(Value::as_array);
            let parents = ancestors.map_or_else(HashSet::new, |all| all.iter().map(|one| self.uid(one)).collect());
            entities.push(Entity::new(uid.clone(), attributes, parents).expect("attributes are plain"));
        }
        uid
    }

    fn attributes(
        &self,
        members: &Map<String, Value>,
        is_lean: bool,
        entities: &mut Vec<Entity>,
    ) -> Vec<(String, RestrictedExpression)> {
        let is_kept = |name: &str| name != "in" && (!is_lean || self.shape.read.contains(&name));
        let one = |(name, value): (&String, &Value)| {
            let ranks = self.shape.ranks.iter().find(|(attribute, _)| attribute == name);
            let rank = ranks.and_then(|(_, members)| {
                let member = value.as_str()?;
                i64::try_from(members.iter().position(|one| *one == member)?).ok()
            });
            let value = rank.map(RestrictedExpression::new_long);
            (name.clone(), value.unwrap_or_else(|| self.expression(&members[name], is_lean, entities)))
        };
        members.iter().filter(|(name, _)| is_kept(name)).map(one).collect()
    }

    fn expression(&self, value: &Value, is_lean: bool, entities: &mut Vec<Entity>) -> RestrictedExpression {
        match value {
            Value::Bool(value) => RestrictedExpression::new_bool(*value),
            Value::Number(value) => RestrictedExpression::new_long(value.as_i64().expect("numbers are whole")),
            Value::String(value) => RestrictedExpression::new_string(value.clone()),
            Value::Array(values) => {
                RestrictedExpression::new_set(values.iter().map(|one| self.expression(one, is_lean, entities)))
            }
            Value::Object(_) => RestrictedExpression::new_entity_uid(self.entity(value, is_lean, entities)),
            Value::Null => panic!("requests have no null"),
        }
    }

    /// Decides, to the record.
    pub(crate) fn decide(&self, (request, entities): &Asked) -> Decided<'_> {
        let indexed =
            if self.by_action.is_empty() { None } else { request.action().and_then(|a| self.by_action.get(a)) };
        let response = self.authorizer.is_authorized(request, indexed.unwrap_or(&self.grants), entities);
        if response.decision() == Decision::Deny {
            return Decided { effect: Effect::Deny, response, obligations: vec![] };
        }
        if let Some(asks) = &self.asks {
            let asked = self.authorizer.is_authorized(request, asks, entities);
            if asked.decision() == Decision::Allow {
                return Decided { effect: Effect::Ask, response: asked, obligations: vec![] };
            }
        }
        let obligations =
            response.diagnostics().reason().filter_map(|id| self.grants.annotation(id, "obligation")).collect();
        Decided { effect: Effect::Allow, response, obligations }
    }
}

fn record(pairs: Vec<(String, RestrictedExpression)>) -> RestrictedExpression {
    RestrictedExpression::new_record(pairs).expect("names are different")
}

pub(crate) fn outcome(decided: &Decided<'_>) -> Outcome {
    let Decided { effect, response, obligations } = decided;
    assert_eq!(response.diagnostics().errors().count(), 0, "a policy failed");
    let rules: Vec<String> = response.diagnostics().reason().map(ToString::to_string).collect();
    let rules = if rules.is_empty() { vec!["default".to_owned()] } else { rules };
    Outcome::new(*effect, rules).with(obligations.iter().copied())
}
