//! Recording what is no decision: how a call ended, and events.

use crate::frame::Frame;
use crate::host::Host;
use crate::ir::{EntryWindow, Program, Recorded};
use crate::lookups::look_up;
use crate::operands::Operands;
use crate::pattern::Patterns;
use crate::refusal::{Refusal, RefusalCode};
use crate::request;
use crate::store::Records;
use crate::windows::{Few, Kept, Read, Windows};

/// Records what a frame holds in windows, and tells whether every one took it that enforced rules rely on. If not,
/// nothing was recorded. Slots of readings are overwritten.
pub(crate) fn record(
    program: &Program,
    patterns: &Patterns,
    windows: &[EntryWindow],
    frame: &mut Frame,
    host: &Host<'_>,
    of: Recorded,
) -> bool {
    let (mut kept, mut read) = (Kept::default(), Read::default());
    let alike = EntryWindow::keyed_alike(windows);
    kept.fill(program, windows, &alike, &Operands::new(program, patterns, frame));
    let (mut items, mut all) = (Few::new(), Few::new());
    kept.items(&mut items);
    kept.all(program, windows, &items, &mut all);
    let windows = Windows::new(program, &all, host.clock);
    let mut accesses = Few::new();
    windows.accesses(&mut accesses);
    let mut recorded = false;
    // As in a decision, what only shadow rules read does not stand in the way.
    for shadow in [true, false] {
        let done = host.store.transact(&accesses, &mut |readings| {
            windows.read(readings, patterns, frame, &mut read);
            recorded = windows.attestable(&read, &[of]);
            if recorded { windows.records(&read, &[of], shadow) } else { Records::new() }
        });
        recorded &= done.is_ok();
        if recorded {
            break;
        }
    }
    recorded
}

/// Reads the report of an event and records it in every window over that event.
pub(crate) fn observe(
    program: &Program,
    patterns: &Patterns,
    report: &[u8],
    frame: &mut Frame,
    host: &Host<'_>,
) -> Result<(), Refusal> {
    let event = request::event(program, patterns, report, frame)?;
    frame.store(event.now, host.clock.now.cast_unsigned());
    look_up(program, patterns, (&event.lookups, &event.tables), frame, host.facts);
    if record(program, patterns, &event.windows, frame, host, Recorded::Event) {
        Ok(())
    } else {
        Err(Refusal::whole(RefusalCode::Unrecorded))
    }
}
