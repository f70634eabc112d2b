//! The envelope: who wants to do what to which resource, and which entry decides it.

use std::collections::BTreeMap;

use super::json::{Cursor, Kind, check};
use super::path::Path;
use super::values::{Decoder, head, object, string};
use crate::frame::Frame;
use crate::ir::{Entry, Program};
use crate::pattern::Pattern;
use crate::refusal::{Refusal, RefusalCode};
use crate::schema::{Field, Type, TypeId};

/// The entries by the action's name on the wire.
#[derive(Debug, Default)]
pub(crate) struct Actions(BTreeMap<String, Vec<usize>>);

impl Actions {
    /// Finds every entry's action.
    pub(crate) fn new(program: &Program) -> Self {
        let mut actions: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, entry) in program.entries.iter().enumerate() {
            actions.entry(entry.action.clone()).or_default().push(index);
        }
        Self(actions)
    }
}

/// Reads a request into a frame and gives the index of the entry that decides it.
pub(crate) fn decode(
    program: &Program,
    patterns: &[Pattern],
    actions: &Actions,
    request: &[u8],
    frame: &mut Frame,
) -> Result<usize, Refusal> {
    frame.clear(0);
    let mut cursor = check(request).map_err(Refusal::whole)?;
    let root = Path::Root;
    let [subject, action, resource, context] =
        object(&mut cursor, ["subject", "action", "resource", "context"], &root)?;
    let missing = |name| root.member(name).refuse(RefusalCode::MissingField);
    let mut subject = subject.ok_or_else(|| missing("subject"))?;
    let mut action = action.ok_or_else(|| missing("action"))?;

    let at_action = root.member("action");
    let [name, mut input] = object(&mut action, ["name", "properties"], &at_action)?;
    let at_name = at_action.member("name");
    let mut name = name.ok_or_else(|| at_name.refuse(RefusalCode::MissingField))?;
    let name = string(&mut name, &at_name)?;
    let candidates = actions.0.get(&*name).ok_or_else(|| at_name.refuse(RefusalCode::UnknownAction))?;

    let at_subject = root.member("subject");
    let mut principal = head(&mut subject, &at_subject)?;
    let (index, entry) = candidates
        .iter()
        .filter_map(|&index| Some((index, program.entries.get(index)?)))
        .find(|(_, entry)| entity(program, entry.principal).0 == principal.ty)
        .ok_or_else(|| at_subject.member("type").refuse(RefusalCode::UnexpectedType))?;
    frame.clear(usize::try_from(entry.slots).unwrap_or_default());
    let mut decoder = Decoder { program, patterns, frame };
    decoder.id(&mut principal.id, &entry.reads_principal, &at_subject)?;

    let at_resource = root.member("resource");
    let resource = decode_resource(&mut decoder, entry, resource, &at_resource)?;
    let at_context = root.member("context");
    if entry.context.is_none() {
        refuse_context(context, &at_context)?;
    }

    // Only now values: whatever is wrong with the envelope is found first.
    let at = at_action.member("properties");
    if let Some(evidence) = &entry.evidence {
        let sent = input.map(|mut input| input.raw()).transpose()?.unwrap_or("{}");
        let sent = decoder.keep_text(sent)?;
        decoder.frame.store(Some(evidence.input), sent);
    }
    decoder.fields(input.as_mut(), record(program, entry.input), None, &entry.reads_input, &at)?;
    let (_, fields, above) = entity(program, entry.principal);
    let at = at_subject.member("properties");
    decoder.fields(principal.properties.as_mut(), fields, Some(above), &entry.reads_principal, &at)?;
    if let Some(ty) = entry.resource {
        let (_, fields, above) = entity(program, ty);
        let at = at_resource.member("properties");
        let mut properties = resource;
        decoder.fields(properties.as_mut(), fields, Some(above), &entry.reads_resource, &at)?;
    }
    if let Some(ty) = entry.context {
        let mut context = context;
        decoder.fields(context.as_mut(), record(program, ty), None, &entry.reads_context, &at_context)?;
    }
    Ok(index)
}

/// Reads a resource but for its properties, and gives where these are.
fn decode_resource<'j>(
    decoder: &mut Decoder<'_, '_>,
    entry: &Entry,
    resource: Option<Cursor<'j>>,
    path: &Path<'_>,
) -> Result<Option<Cursor<'j>>, Refusal> {
    match (entry.resource, resource) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(path.refuse(RefusalCode::UnknownField)),
        (Some(_), None) => Err(path.refuse(RefusalCode::MissingField)),
        (Some(ty), Some(mut cursor)) => {
            let mut resource = head(&mut cursor, path)?;
            if resource.ty != entity(decoder.program, ty).0 {
                return Err(path.member("type").refuse(RefusalCode::UnexpectedType));
            }
            decoder.id(&mut resource.id, &entry.reads_resource, path)?;
            Ok(resource.properties)
        }
    }
}

/// Refuses a context with anything in it, for an action that has none.
fn refuse_context(context: Option<Cursor<'_>>, path: &Path<'_>) -> Result<(), Refusal> {
    let Some(mut cursor) = context else {
        return Ok(());
    };
    if cursor.kind() != Kind::Object {
        return Err(path.refuse(RefusalCode::WrongType));
    }
    cursor.open()?;
    match cursor.member()? {
        Some(name) => Err(path.member(&name).refuse(RefusalCode::UnknownField)),
        None => Ok(()),
    }
}

/// An entity's name, its properties, and what may be above it. The program was checked when it was loaded: it is an
/// entity.
fn entity(program: &Program, ty: TypeId) -> (&str, &[Field], &[TypeId]) {
    match usize::try_from(ty.0).ok().and_then(|index| program.types.get(index)) {
        Some(Type::Entity { name, fields, ancestors }) => (name, fields, ancestors),
        _ => ("", &[], &[]),
    }
}

/// A record's members. The program was checked when it was loaded: it is a record.
fn record(program: &Program, ty: TypeId) -> &[Field] {
    match usize::try_from(ty.0).ok().and_then(|index| program.types.get(index)) {
        Some(Type::Record { fields }) => fields,
        _ => &[],
    }
}
