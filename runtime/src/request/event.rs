//! Events: what a gateway reports of what happened, read as strictly as a request.

use super::envelope::{is_open, record};
use super::json::check;
use super::path::Path;
use super::values::{Decoder, object, string};
use crate::frame::Frame;
use crate::ir::{Event, Program};
use crate::pattern::Patterns;
use crate::refusal::{Refusal, RefusalCode};

/// Reads a report, `{"event": …, "fields": {…}, "context": {…}}`, into a frame, and gives which event it is.
pub(crate) fn event<'p>(
    program: &'p Program,
    patterns: &Patterns,
    report: &[u8],
    frame: &mut Frame,
) -> Result<&'p Event, Refusal> {
    frame.forget();
    let mut cursor = check(report).map_err(Refusal::whole)?;
    let root = Path::Root;
    let [event, mut fields, mut context] = object(&mut cursor, ["event", "fields", "context"], &root)?;
    let at = root.member("event");
    let mut event = event.ok_or_else(|| at.refuse(RefusalCode::MissingField))?;
    let name = string(&mut event, &at)?;
    let known = program.events.binary_search_by(|event| event.name.as_str().cmp(&name)).ok();
    let event = known.and_then(|index| program.events.get(index));
    let event = event.ok_or_else(|| at.refuse(RefusalCode::UnknownEvent))?;

    frame.clear(usize::try_from(event.slots).unwrap_or_default());
    let mut decoder = Decoder { program, patterns, frame, forwarded: false };
    let declared = record(program, event.fields);
    decoder.fields(fields.as_mut(), declared, false, None, &event.reads_fields, &root.member("fields"))?;
    let at = root.member("context");
    // An event without a context may come with an empty one.
    let declared = event.context.map_or(&[][..], |ty| record(program, ty));
    let open = event.context.is_some_and(|ty| is_open(program, ty));
    decoder.fields(context.as_mut(), declared, open, None, &event.reads_context, &at)?;
    frame.keep();
    Ok(event)
}
