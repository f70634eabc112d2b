//! The store against plain logs, races, edges of windows, floods of keys, and what goes wrong.

mod model;
mod race;
mod limits;
mod flood;
mod failing;

use smallvec::smallvec;

use super::{Access, Aggregate, Entries, Failure, Horizon, Item, Memory, Record, Room, Store};

/// A window that counts, over `span`.
fn counting<'a>(window: u32, key: &'a [u8], span: i64, clock: i64) -> Access<'a> {
    let horizon = Horizon::Sliding { span };
    Access { window, key, horizon, aggregate: Aggregate::Count, bound: 10_000, clock }
}

/// A call under a limit: records it if there is room, and says what there was.
fn limited(store: &Memory, access: Access<'_>, limit: i64, item: Item<'_>) -> Result<Room, Failure> {
    let items = [item];
    let mut said = Err(Failure::Unavailable);
    store.transact(&[access], &mut |readings| {
        said = readings[0].and_then(|entries| entries.room(limit, &items));
        if said == Ok(Room::Now) { smallvec![Record { access: 0, items: &items }] } else { smallvec![] }
    })?;
    said
}

/// Reads without recording.
fn reading(store: &dyn Store, access: Access<'_>) -> Result<i64, Failure> {
    let mut read = Err(Failure::Unavailable);
    store
        .transact(&[access], &mut |readings| {
            read = readings[0].and_then(|entries: Entries<'_>| entries.reading());
            smallvec![]
        })
        .expect("nothing is appended");
    read
}

/// Appends without looking.
fn append(store: &dyn Store, access: Access<'_>, items: &[Item<'_>]) -> Result<(), Failure> {
    store.transact(&[access], &mut |_| smallvec![Record { access: 0, items }])
}
