//! Items checked ahead, on all cores.
//!
//! Each thread has a handle of its own on one database. What it asks stands there afterwards, so that whoever asks in
//! order finds it; nothing else comes of it, whichever thread was first.

use super::{check_item, notice};
use crate::db::{Database, Item, Package, SourceFile, all_files, index, parsed};
use crate::threads;

/// So many bytes of text are worth a thread: checking them takes a few times longer than starting one.
const ENOUGH: usize = 16 << 10;
/// How many items a thread takes at once.
const SHARE: usize = 8;

/// Checks the items of a package, if it is large enough for more than one thread.
pub fn ahead(db: &Database, package: Package) {
    let files: Vec<SourceFile> = all_files(db, package).map(|(_, file)| file).collect();
    let threads = threads::worth(files.iter().map(|file| file.text(db).len()).sum(), ENOUGH);
    if threads > 1 {
        let parse = |db: &Database, at: usize| {
            if let Some(file) = files.get(at) {
                parsed(db, *file);
            }
        };
        on_all(db, threads, (files.len(), 1), parse);
    }
    each_item(db, package, |db, item| {
        check_item(db, package, item);
        notice::said(db, package, item);
    });
}

/// Asks the same of each item of a package, if it is large enough for more than one thread.
pub(crate) fn each_item(db: &Database, package: Package, ask: impl for<'db> Fn(&'db Database, Item<'db>) + Sync) {
    let text = all_files(db, package).map(|(_, file)| file.text(db).len()).sum();
    let threads = threads::worth(text, ENOUGH);
    if threads > 1 {
        let ask = |db: &Database, at: usize| {
            if let Some(item) = index(db, package).all.get(at) {
                ask(db, *item);
            }
        };
        on_all(db, threads, (index(db, package).all.len(), SHARE), ask);
    }
}

fn on_all(db: &Database, threads: usize, (count, share): (usize, usize), ask: impl Fn(&Database, usize) + Sync) {
    let own = (0..threads).map(|_| db.clone()).collect();
    threads::each(own, count, share, |db, at| ask(db, at));
}
