//! The envelope: who wants to do what to which resource, and which entry decides it.

use std::collections::HashMap;

use super::json::{Cursor, check};
use super::names::Names;
use super::path::Path;
use super::values::{Decoder, head, object, string};
use zt_values::binding::with_members;

use crate::abi::literal;
use crate::frame::Frame;
use crate::interpret;
use crate::ir::{Entry, Expr, Program};
use crate::operands::Operands;
use crate::pattern::Patterns;
use crate::refusal::{Refusal, RefusalCode};
use crate::schema::{Field, Reads, Shape, Type, TypeId};

/// The entries by the action's name on the wire.
#[derive(Debug, Default)]
pub(crate) struct Actions {
    names: Names,
    /// For each name, its entries.
    entries: Vec<Vec<usize>>,
}

impl Actions {
    /// Finds every entry's action.
    pub(crate) fn new(program: &Program) -> Self {
        let mut places: HashMap<&str, usize> = HashMap::new();
        let (mut names, mut entries) = (Vec::new(), Vec::<Vec<usize>>::new());
        for (index, entry) in program.entries.iter().enumerate() {
            let place = *places.entry(&entry.action).or_insert(entries.len());
            match entries.get_mut(place) {
                Some(of_action) => of_action.push(index),
                None => {
                    names.push(entry.action.as_str());
                    entries.push(vec![index]);
                }
            }
        }
        Self { names: Names::new(names.into_iter()), entries }
    }

    /// The entries of an action.
    pub(crate) fn of(&self, program: &Program, name: &str) -> Option<&[usize]> {
        let action = |index: usize| {
            let first = self.entries.get(index)?.first()?;
            Some(program.entries.get(*first)?.action.as_str())
        };
        self.entries.get(self.names.find(name, action)?).map(Vec::as_slice)
    }
}

/// Reads a request into a frame and gives the index of the entry that decides it.
pub(crate) fn decode(
    program: &Program,
    patterns: &Patterns,
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
    let candidates = actions.of(program, &name).ok_or_else(|| at_name.refuse(RefusalCode::UnknownAction))?;

    let at_subject = root.member("subject");
    let mut principal = head(&mut subject, &at_subject)?;
    let of_principal = || {
        let entries = candidates.iter().filter_map(|&index| Some((index, program.entries.get(index)?)));
        entries.filter(|(_, entry)| entity(program, entry.principal) == principal.ty)
    };
    let unexpected = || at_subject.member("type").refuse(RefusalCode::UnexpectedType);
    let (mut index, mut entry) = of_principal().next().ok_or_else(unexpected)?;
    let mut principal_id = principal.id;
    frame.clear(usize::try_from(entry.slots).unwrap_or_default());
    let mut decoder = Decoder { program, patterns, frame, forwarded: false };
    decoder.id(&mut principal_id, entry.principal, &entry.reads_principal, &at_subject)?;

    let at_resource = root.member("resource");
    let named = resource.is_some();
    let mut properties = decode_resource(&mut decoder, entry, resource, &at_resource)?;
    let at_context = root.member("context");
    if entry.context.is_none() {
        refuse_context(context, &at_context)?;
    }

    // Only now values: whatever is wrong with the envelope is found first. Parts of an action differ in these alone.
    let at = at_action.member("properties");
    if entry.part.is_some() {
        let part = part(&mut decoder, &entry.action, input, &at)?;
        let same = |(_, entry): &(usize, &Entry)| entry.part.as_deref() == Some(part);
        (index, entry) = of_principal().find(same).ok_or_else(|| at.refuse(RefusalCode::NoPart))?;
        decoder.frame.clear(usize::try_from(entry.slots).unwrap_or_default());
        let mut again = principal.id;
        decoder.id(&mut again, entry.principal, &entry.reads_principal, &at_subject)?;
        properties = decode_resource(&mut decoder, entry, resource, &at_resource)?;
    }
    let mut sent = input;
    decoder.forwarded = true;
    decoder.fields(input.as_mut(), record(program, entry.input), false, None, &entry.reads_input, &at)?;
    decoder.forwarded = false;
    if let Some(slot) = entry.sent {
        let sent = sent.as_mut().map(Cursor::raw).transpose()?.unwrap_or("{}");
        let text = with_members(sent, &at.pointer(), decoder.frame.absent(), decoder.frame.defaults());
        // What was read has a spelling.
        let text = text.ok_or_else(|| at.refuse(RefusalCode::BadJson))?;
        let text = decoder.keep_text(&text)?;
        decoder.frame.store(Some(slot), text);
    }
    if let Some(id) = &entry.resource_id {
        computed(&mut decoder, entry, id, named, &at_resource)?;
    }
    let at = at_subject.member("properties");
    decoder.properties(entry.principal, principal.properties.as_mut(), &entry.reads_principal, &at)?;
    if let Some(ty) = entry.resource {
        let at = at_resource.member("properties");
        decoder.properties(ty, properties.as_mut(), &entry.reads_resource, &at)?;
    }
    if let Some(ty) = entry.context {
        let mut context = context;
        decoder.fields(
            context.as_mut(),
            record(program, ty),
            is_open(program, ty),
            None,
            &entry.reads_context,
            &at_context,
        )?;
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
        // It is computed.
        (Some(_), None) if entry.resource_id.is_some() => Ok(None),
        (Some(_), None) => Err(path.refuse(RefusalCode::MissingField)),
        (Some(ty), Some(mut cursor)) => {
            let mut resource = head(&mut cursor, path)?;
            if resource.ty != entity(decoder.program, ty) {
                return Err(path.member("type").refuse(RefusalCode::UnexpectedType));
            }
            decoder.id(&mut resource.id, ty, &entry.reads_resource, path)?;
            Ok(resource.properties)
        }
    }
}

/// Which part of an action a call is.
fn part<'p>(
    decoder: &mut Decoder<'p, '_>,
    action: &str,
    input: Option<Cursor<'_>>,
    path: &Path<'_>,
) -> Result<&'p str, Refusal> {
    let program = decoder.program;
    let split = program.splits.iter().find(|split| split.action == action);
    let split = split.ok_or_else(|| path.refuse(RefusalCode::NoPart))?;
    decoder.frame.clear(usize::try_from(split.slots).unwrap_or_default());
    let mut input = input;
    decoder.fields(input.as_mut(), record(program, split.input), false, None, &split.reads, path)?;
    let operands = Operands::new(program, decoder.patterns, decoder.frame);
    let part = split.parts.iter().find(|(_, when)| interpret::condition(when, &operands) == Some(true));
    part.map(|(name, _)| name.as_str()).ok_or_else(|| path.refuse(RefusalCode::NoPart))
}

/// Computes the resource's id from the arguments. A request may name the resource as well, but no other.
pub(super) fn computed(
    decoder: &mut Decoder<'_, '_>,
    entry: &Entry,
    id: &Expr,
    named: bool,
    path: &Path<'_>,
) -> Result<(), Refusal> {
    let at = path.member("id");
    let slot = entry.reads_resource.value;
    let operands = Operands::new(decoder.program, decoder.patterns, decoder.frame);
    let id = interpret::value(id, &operands).and_then(|word| Some((word, operands.text(word)?)));
    // An id that cannot be computed is none that a request could name.
    let (word, id) = id.ok_or_else(|| at.refuse(RefusalCode::OtherResource))?;
    let wrong = entry.resource.and_then(|ty| decoder.wrong_id(id, ty));
    if let Some(code) = wrong {
        return Err(at.refuse(code));
    }
    if named {
        let sent = slot.and_then(|slot| operands.slot(slot)).and_then(|word| operands.text(word));
        return if sent == Some(id) { Ok(()) } else { Err(at.refuse(RefusalCode::OtherResource)) };
    }
    // The text is there already, in the arguments.
    let word = decoder.patterns.literal(decoder.program, id).map_or(word, literal);
    decoder.frame.store(slot, word);
    Ok(())
}

/// Reads what a call gave back, as strictly as a request.
pub(crate) fn output(
    program: &Program,
    patterns: &Patterns,
    entry: &Entry,
    json: Option<&[u8]>,
    frame: &mut Frame,
) -> Result<(), Refusal> {
    let Some(ty) = entry.output else { return Ok(()) };
    let mut cursor = json.map(check).transpose().map_err(Refusal::whole)?;
    let mut decoder = Decoder { program, patterns, frame, forwarded: false };
    decoder.fields(cursor.as_mut(), record(program, ty), false, None, &entry.reads_output, &Path::Root)
}

/// Reads the attributes of an entity from an answer or a file, as strictly as those of a request.
pub(crate) fn attributes(
    program: &Program,
    patterns: &Patterns,
    ty: TypeId,
    json: &[u8],
    reads: &Reads,
    frame: &mut Frame,
) -> Result<(), Refusal> {
    let mut cursor = check(json).map_err(Refusal::whole)?;
    Decoder { program, patterns, frame, forwarded: false }.known(ty, Some(&mut cursor), reads, &Path::Root)
}

/// Refuses a context with anything in it, for an action that has none.
fn refuse_context(context: Option<Cursor<'_>>, path: &Path<'_>) -> Result<(), Refusal> {
    let Some(mut cursor) = context else {
        return Ok(());
    };
    if cursor.shape() != Shape::Object {
        return Err(path.refuse(RefusalCode::WrongType));
    }
    cursor.open()?;
    match cursor.member()? {
        Some(name) => Err(path.member(&name).refuse(RefusalCode::UnknownField)),
        None => Ok(()),
    }
}

/// An entity's name. The program was checked when it was loaded: it is an entity.
pub(super) fn entity(program: &Program, ty: TypeId) -> &str {
    match usize::try_from(ty.0).ok().and_then(|index| program.types.get(index)) {
        Some(Type::Entity { name, .. }) => name,
        _ => "",
    }
}

/// Whether a record may have more members than it declares.
pub(super) fn is_open(program: &Program, id: TypeId) -> bool {
    let ty = usize::try_from(id.0).ok().and_then(|index| program.types.get(index));
    matches!(ty, Some(Type::Record { open: true, .. }))
}

/// A record's members. The program was checked when it was loaded: it is a record.
pub(super) fn record(program: &Program, ty: TypeId) -> &[Field] {
    match usize::try_from(ty.0).ok().and_then(|index| program.types.get(index)) {
        Some(Type::Record { fields, .. }) => fields,
        _ => &[],
    }
}
