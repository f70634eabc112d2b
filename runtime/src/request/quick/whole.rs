//! The envelope in one pass: first what decides the request, then everything in it.

use zt_values::binding::with_members;
use zt_values::limits::REQUEST_BYTES;

use super::super::envelope::{Actions, computed, entity, is_open, record};
use super::super::names::Token;
use super::super::path::Path;
use super::super::plan::{Kind, Plan};
use super::super::reader::{Place, Quoted, Reader};
use super::super::scan::Scan;
use super::super::values::Decoder;
use super::Quick;
use crate::frame::Frame;
use crate::interpret;
use crate::ir::{Entry, Program};
use crate::operands::Operands;
use crate::pattern::Patterns;
use crate::schema::{Reads, TypeId};

const SUBJECT: Token = Token::new("subject", ":");
const ACTION: Token = Token::new("action", ":");
const RESOURCE: Token = Token::new("resource", ":");
const CONTEXT: Token = Token::new("context", ":");
const NAME: Token = Token::new("name", ":");
const TYPE: Token = Token::new("type", ":");
pub(super) const PROPERTIES: Token = Token::new("properties", ":");

/// Reads a request into a frame and gives the index of the entry that decides it; nothing if it gives up.
pub(crate) fn read<S: Scan>(
    program: &Program,
    patterns: &Patterns,
    (plan, actions): (&Plan, &Actions),
    request: &[u8],
    frame: &mut Frame,
) -> Option<usize> {
    if request.len() > REQUEST_BYTES {
        return None;
    }
    let text = simdutf8::basic::from_utf8(request).ok()?;
    let room = std::mem::take(&mut frame.room);
    let decoder = Decoder { program, patterns, frame, forwarded: false };
    let mut quick = Quick::<S> { decoder, plan, reader: Reader::new(text), room };
    quick.room.seen.clear();
    quick.room.names.clear();
    let entry = quick.find_entry(actions).and_then(|index| {
        let entry = program.entries.get(index)?;
        quick.request(entry)?;
        Some(index)
    });
    quick.decoder.frame.room = quick.room;
    entry
}

impl<'p: 'a, 'a, S: Scan> Quick<'p, '_, 'a, S> {
    /// Finds the entry that decides a request, looking at no more of it than it must, and goes back to the start.
    fn find_entry(&mut self, actions: &Actions) -> Option<usize> {
        let start = self.reader.place();
        let program = self.decoder.program;
        let mut subject = None;
        let mut action = None;
        let mut first = true;
        self.reader.open(b'{')?;
        while self.reader.more(&mut first, b'}')? {
            let place = match self.envelope()? {
                0 => &mut subject,
                1 => &mut action,
                _ => {
                    self.reader.pass()?;
                    continue;
                }
            };
            if place.is_none() {
                self.reader.next()?;
                *place = Some(self.reader.place());
            }
            if action.is_some() {
                // Of most actions this is enough.
                break;
            }
            self.reader.pass()?;
        }
        let action = action?;
        let name = self.string_of(action, NAME, "name")?;
        let candidates = actions.of(program, name)?;
        let index = match candidates {
            [index] => *index,
            _ => {
                let subject = match subject {
                    Some(subject) => subject,
                    None => {
                        self.reader.go(action);
                        self.reader.pass()?;
                        self.subject()?
                    }
                };
                let ty = self.string_of(subject, TYPE, "type")?;
                let is_it = |index: &&usize| {
                    program.entries.get(**index).is_some_and(|entry| entity(program, entry.principal) == ty)
                };
                *candidates.iter().find(is_it)?
            }
        };
        if program.entries.get(index)?.part.is_some() {
            return self.find_part(candidates, index, (start, action));
        }
        self.reader.go(start);
        self.decoder.frame.clear(usize::try_from(program.entries.get(index)?.slots).ok()?);
        Some(index)
    }

    /// Finds the part of an action that a call is.
    fn find_part(&mut self, of: &[usize], index: usize, (start, action): (Place, Place)) -> Option<usize> {
        let program = self.decoder.program;
        let entry = program.entries.get(index)?;
        let split = program.splits.iter().find(|split| split.action == entry.action)?;
        self.decoder.frame.clear(usize::try_from(split.slots).ok()?);
        self.reader.go(action);
        self.reader.open(b'{')?;
        let mut first = true;
        let mut given = false;
        while self.reader.more(&mut first, b'}')? {
            if self.reader.token(PROPERTIES) || self.reader.name()? == "properties" {
                self.record(split.input, &split.reads, &Path::Root)?;
                given = true;
                break;
            }
            self.reader.pass()?;
        }
        if !given {
            self.no_record(split.input, &split.reads, &Path::Root)?;
        }
        let operands = Operands::new(program, self.decoder.patterns, self.decoder.frame);
        let part = split.parts.iter().find(|(_, when)| interpret::condition(when, &operands) == Some(true));
        let part = part.map(|(name, _)| name.as_str())?;
        let is_it = |index: &&usize| {
            let other = program.entries.get(**index);
            other.is_some_and(|other| {
                other.part.as_deref() == Some(part)
                    && entity(program, other.principal) == entity(program, entry.principal)
            })
        };
        let index = *of.iter().find(is_it)?;
        self.reader.go(start);
        self.decoder.frame.clear(usize::try_from(program.entries.get(index)?.slots).ok()?);
        Some(index)
    }

    /// Goes behind the name of a member of the envelope, and tells which it is.
    fn envelope(&mut self) -> Option<u8> {
        for (number, token) in (0..).zip([SUBJECT, ACTION, RESOURCE, CONTEXT]) {
            if self.reader.token(token) {
                return Some(number);
            }
        }
        Some(match self.reader.name()? {
            "subject" => 0,
            "action" => 1,
            "resource" => 2,
            "context" => 3,
            _ => return None,
        })
    }

    /// Goes to the subject, from behind another member of the envelope.
    fn subject(&mut self) -> Option<Place> {
        while self.reader.more(&mut false, b'}')? {
            if self.envelope()? == 0 {
                self.reader.next()?;
                return Some(self.reader.place());
            }
            self.reader.pass()?;
        }
        None
    }

    /// The string that is a member of the object at a place.
    fn string_of(&mut self, object: Place, token: Token, name: &str) -> Option<&'a str> {
        self.reader.go(object);
        self.reader.open(b'{')?;
        let mut first = true;
        while self.reader.more(&mut first, b'}')? {
            if self.reader.token(token) || self.reader.name()? == name {
                self.reader.next()?;
                let Quoted::Plain(start, end) = self.reader.quoted()? else { return None };
                return self.reader.between(start, end);
            }
            self.reader.pass()?;
        }
        None
    }

    /// Reads a whole request, now that it is known what decides it.
    fn request(&mut self, entry: &'p Entry) -> Option<()> {
        let root = Path::Root;
        let at_action = root.member("action");
        let at_input = at_action.member("properties");
        let mut seen = [false; 4];
        let mut input = None;
        let mut first = true;
        self.reader.open(b'{')?;
        while self.reader.more(&mut first, b'}')? {
            let number = self.envelope()?;
            if std::mem::replace(seen.get_mut(usize::from(number))?, true) {
                return None;
            }
            self.reader.next()?;
            match number {
                0 => self.entity(entry.principal, &entry.reads_principal, &root)?,
                1 => input = self.action(entry, &at_input)?,
                2 => self.entity(entry.resource?, &entry.reads_resource, &root)?,
                _ => match entry.context {
                    Some(ty) => self.record(ty, &entry.reads_context, &root.member("context"))?,
                    None => self.empty()?,
                },
            }
        }
        self.reader.end()?;
        let [subject, action, resource, context] = seen;
        if !subject || !action {
            return None;
        }
        if let Some(ty) = entry.resource.filter(|_| !resource) {
            // It is computed, or missing.
            entry.resource_id.as_ref()?;
            self.no_properties(ty, &entry.reads_resource, &root)?;
        }
        if let Some(ty) = entry.context.filter(|_| !context) {
            self.no_record(ty, &entry.reads_context, &root)?;
        }
        if let Some(slot) = entry.sent {
            let sent = input.unwrap_or("{}");
            let frame = &mut *self.decoder.frame;
            let text = if frame.absent().is_empty() && frame.defaults().is_empty() {
                frame.push_text(sent)?
            } else {
                let text = with_members(sent, &at_input.pointer(), frame.absent(), frame.defaults())?;
                frame.push_text(&text)?
            };
            frame.store(Some(slot), text);
        }
        if let Some(id) = &entry.resource_id {
            computed(&mut self.decoder, entry, id, resource, &root).ok()?;
        }
        Some(())
    }

    /// Reads the action, and gives its arguments as they are written, if there are any.
    fn action(&mut self, entry: &'p Entry, path: &Path<'_>) -> Option<Option<&'a str>> {
        let (mut named, mut input) = (false, None);
        let mut first = true;
        self.reader.open(b'{')?;
        while self.reader.more(&mut first, b'}')? {
            let is_name = self.reader.token(NAME);
            let is_input = !is_name && self.reader.token(PROPERTIES);
            let name = if is_name || is_input { "" } else { self.reader.name()? };
            self.reader.next()?;
            if is_name || name == "name" {
                let Quoted::Plain(start, end) = self.reader.quoted()? else { return None };
                if std::mem::replace(&mut named, true) || self.reader.between(start, end)? != entry.action {
                    return None;
                }
            } else if is_input || name == "properties" {
                let start = self.reader.place();
                if input.is_some() {
                    return None;
                }
                self.decoder.forwarded = true;
                self.record(entry.input, &entry.reads_input, path)?;
                self.decoder.forwarded = false;
                input = Some(self.reader.since(start)?);
            } else {
                return None;
            }
        }
        if !named {
            return None;
        }
        if input.is_none() {
            self.decoder.forwarded = true;
            self.no_record(entry.input, &entry.reads_input, path)?;
            self.decoder.forwarded = false;
        }
        Some(input)
    }

    /// Reads an object without members.
    pub(super) fn empty(&mut self) -> Option<()> {
        self.reader.open(b'{')?;
        if self.reader.more(&mut true, b'}')? { None } else { Some(()) }
    }

    /// Reads a record.
    fn record(&mut self, ty: TypeId, reads: &Reads, path: &Path<'_>) -> Option<()> {
        let Kind::Object(object) = self.plan.kind(ty) else { return None };
        let program = self.decoder.program;
        let object = self.plan.object_at(object)?;
        self.fields(object, (record(program, ty), is_open(program, ty)), &[], reads, path)
    }

    /// Sees that a record may be left out.
    fn no_record(&mut self, ty: TypeId, reads: &Reads, path: &Path<'_>) -> Option<()> {
        let Kind::Object(object) = self.plan.kind(ty) else { return None };
        self.nothing(self.plan.object_at(object)?, record(self.decoder.program, ty), reads, path)
    }
}
