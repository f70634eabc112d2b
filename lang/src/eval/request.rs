//! Requests: AuthZEN JSON, read strictly. Whatever is not declared is refused, with its place.

use std::sync::Arc;

use zt_values::limits::{REQUEST_BYTES, REQUEST_DEPTH};
use zt_values::{EntityRef, binding};

use super::defaults::fill;
use super::expr::{Ground, Roots, Scope};
use super::json::{self, Json, Unreadable};
use super::read::{Identity, Reader, Refusal, below, members, refuse, required, string};
use super::trace::Place;
use super::value::{Entity, Outcome, Reading, Value};
use crate::hir::{Action, Expr, Name};

/// A request that is all that its action declares.
#[derive(Debug)]
pub(super) struct Request {
    /// What is asked for.
    pub(super) action: Arc<Action>,
    /// The principal's entity type.
    pub(super) principal_type: Name,
    /// The principal.
    pub(super) principal: Reading,
    /// The resource, if the action has one.
    pub(super) resource: Option<Reading>,
    /// The context, if the action has one.
    pub(super) context: Option<Reading>,
    /// The arguments.
    pub(super) input: Reading,
    /// The arguments with every default, as JSON.
    pub(super) sent: String,
    /// The defaults that were applied: where, and what, as JSON.
    pub(super) defaults: Vec<(String, String)>,
}

impl Request {
    /// Where the paths of a policy start.
    pub(super) fn roots(&self) -> Roots<'_> {
        Roots {
            action: Some(&self.action),
            principal: Some(&self.principal),
            resource: self.resource.as_ref(),
            context: self.context.as_ref(),
            input: Some(&self.input),
            sent: Some(&self.sent),
            ..Roots::default()
        }
    }

    /// The action and the type of principal: what policies and windows are for.
    pub(super) fn pair(&self) -> (Name, Name) {
        (self.action.name.clone(), self.principal_type.clone())
    }

    /// The principal as an entity.
    pub(super) fn principal(&self) -> Option<&Entity> {
        entity(&self.principal)
    }

    /// What an approval of this call is bound to.
    pub(super) fn binding(&self, bundle: &str) -> Option<String> {
        let reference = |entity: &'_ Entity| (entity.ty.clone(), entity.id.clone());
        let (principal_type, principal_id) = self.principal().map(reference)?;
        let resource = self.resource.as_ref().and_then(entity).map(reference);
        binding(
            bundle,
            &self.action.wire,
            EntityRef { ty: &principal_type, id: &principal_id },
            resource.as_ref().map(|(ty, id)| EntityRef { ty, id }),
            &self.sent,
        )
    }
}

fn entity(reading: &Reading) -> Option<&Entity> {
    match &reading.value {
        Value::Entity(entity) => Some(entity),
        _ => None,
    }
}

/// The JSON value in these bytes.
pub(super) fn document(bytes: &[u8]) -> Result<Json, Refusal> {
    if bytes.len() > REQUEST_BYTES {
        return refuse("too_large", "");
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return refuse("bad_json", "");
    };
    json::read(text, REQUEST_DEPTH).or_else(|why| match why {
        Unreadable::Syntax => refuse("bad_json", ""),
        Unreadable::TooDeep => refuse("too_deep", ""),
    })
}

/// Reads a request. What is wrong first is what is refused.
pub(super) fn read(ground: Ground<'_>, bytes: &[u8]) -> Result<Request, Refusal> {
    let json = document(bytes)?;
    let reader = Reader { package: ground.package, patterns: ground.patterns };
    let [subject, action, resource, context] = members(&json, "", ["subject", "action", "resource", "context"])?;
    let subject = required(subject, "", "subject")?;
    let action = required(action, "", "action")?;

    let [name, arguments] = members(action, "/action", ["name", "properties"])?;
    let name = string(required(name, "/action", "name")?, "/action/name")?;
    let called = || ground.package.actions.values().filter(|action| &*action.wire == name);
    let Some(mut action) = called().next() else {
        return refuse("unknown_action", "/action/name");
    };

    let subject = reader.identity(subject, "/subject", &action.principals)?;

    let resource = match (&action.resource, resource) {
        (Some(ty), Some(resource)) => Some(reader.identity(resource, "/resource", std::slice::from_ref(ty))?),
        // It is computed.
        (Some(_), None) if action.resource_id.is_some() => None,
        (Some(_), None) => return refuse("missing_field", "/resource"),
        (None, Some(_)) => return refuse("unknown_field", "/resource"),
        (None, None) => None,
    };

    let record = action.context.as_ref().and_then(|name| ground.package.records.get(name));
    if record.is_none() {
        match context {
            None => {}
            Some(Json::Object(object)) => {
                if let Some((first, _)) = object.first() {
                    return refuse("unknown_field", below("/context", first));
                }
            }
            Some(_) => return refuse("wrong_type", "/context"),
        }
    }

    // Only now, with everything around them known to be right, the values. Parts of an action differ in these alone.
    if let Some(part) = &action.part_of {
        let input = reader.fields(&part.whole.input, arguments, "/action/properties")?;
        let input = Reading::from(Value::Record(input));
        let takes = |action: &&Arc<Action>| {
            let roots = Roots { input: Some(&input), ..Roots::default() };
            let scope = Scope { ground, roots, place: Place::Rule };
            action.part_of.as_ref().is_some_and(|part| scope.value(&part.when).is(true))
        };
        action = match called().find(takes) {
            Some(part) => part,
            None => return refuse("no_part", "/action/properties"),
        };
    }
    let input = reader.fields(&action.input, arguments, "/action/properties")?;
    let input = Reading::from(Value::Record(input));
    let resource = match (&action.resource, &action.resource_id) {
        (Some(ty), Some(id)) => Some(computed(ground, reader, &input, ty, id, resource)?),
        _ => resource,
    };
    let principal_type = subject.ty.clone();
    let principal = reader.entity(subject, "/subject")?;
    let resource = resource.map(|resource| reader.entity(resource, "/resource")).transpose()?;
    let context = record.map(|record| reader.record(record, context, "/context")).transpose()?;
    let filled = fill(ground.package, &action.input, arguments, "/action/properties");

    Ok(Request {
        action: action.clone(),
        principal_type,
        principal: Value::Entity(principal).into(),
        resource: resource.map(|resource| Value::Entity(resource).into()),
        context: context.map(|fields| Value::Record(fields).into()),
        input,
        sent: filled.json.text(),
        defaults: filled.applied,
    })
}

/// The resource that the arguments say; the request may name it as well, but no other.
fn computed<'j>(
    ground: Ground<'_>,
    reader: Reader<'_>,
    input: &Reading,
    ty: &Name,
    id: &Expr,
    named: Option<Identity<'j>>,
) -> Result<Identity<'j>, Refusal> {
    let roots = Roots { input: Some(input), ..Roots::default() };
    let outcome = Scope { ground, roots, place: Place::Rule }.value(id);
    let Outcome::Is(Reading { value: Value::Text(text) | Value::Syntax(_, text), .. }) = outcome else {
        // An id that cannot be computed is none that a request could name.
        return refuse("other_resource", "/resource/id");
    };
    let id = reader.entity_id(ty, &text, "/resource/id")?;
    match named {
        Some(named) if named.id != id => refuse("other_resource", "/resource/id"),
        named => Ok(Identity { ty: ty.clone(), id, properties: named.and_then(|named| named.properties) }),
    }
}
