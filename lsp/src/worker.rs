//! The thread that owns the database: it takes messages in the order in which they came.
//!
//! Questions are answered at once. Packages are checked when no message waits, on a thread of their own with a snapshot
//! of the database; an edit that comes in between makes that check end early, and another one follows.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;

use salsa::Cancelled;
use zt_lang::db::Database;

use crate::document::{Document, Edit};
use crate::position::{Encoding, Position, Range};
use crate::report::{Report, Reports, reports};
use crate::standard::Shelf;
use crate::world::{Target, Told, World};

/// Room for conditions that are nested as deep as they may be, whatever the build.
const STACK: usize = 64 << 20;

/// What is told to the thread.
pub(crate) enum Message {
    Open(PathBuf, Document),
    Change(PathBuf, i32, Vec<Edit>),
    Close(PathBuf),
    /// Something changed on the disk.
    Disk,
    Ask(Question),
    /// A check ended: of which state, and what it found, unless it was cut short.
    Checked(u64, Result<Reports, Cut>),
}

/// What is asked. Whoever asks may have gone.
pub(crate) enum Question {
    Told(PathBuf, Position, Answer<Option<Told>>),
    Declared(PathBuf, Position, Answer<Option<(Range, Vec<Target>)>>),
}

/// Where an answer goes: what was asked for, or why there is none.
pub(crate) type Answer<T> = Box<dyn FnOnce(Result<T, String>) + Send>;

/// Why a check has no end.
pub(crate) enum Cut {
    /// There was an edit.
    Short,
    /// A bug of ours.
    Off(String),
}

/// What the thread has to say.
#[derive(Debug)]
pub(crate) enum Output {
    /// All there is to tell of a file.
    Publish {
        /// As the editor names it, if it is open there.
        uri: Option<String>,
        path: PathBuf,
        version: Option<i32>,
        reports: Vec<Report>,
    },
    /// Something went wrong that is no mistake of the user's.
    Log(String),
}

/// Starts the thread. It ends when nobody can send it anything any more.
pub(crate) fn start(
    db: Database,
    encoding: Encoding,
    shelf: Shelf,
    out: impl Fn(Output) + Send + 'static,
) -> Sender<Message> {
    let (sender, inbox) = channel();
    let worker = Worker {
        world: World::new(db, encoding, shelf),
        encoding,
        out: Box::new(out),
        state: 0,
        checked: 0,
        running: false,
        published: BTreeMap::new(),
    };
    let back = sender.clone();
    let started = thread::Builder::new().name("zt-world".to_owned()).stack_size(STACK).spawn(move || {
        worker.run(&inbox, &back);
    });
    // Without the thread nobody listens, and every question is answered by that.
    drop(started);
    sender
}

struct Worker {
    world: World,
    encoding: Encoding,
    out: Box<dyn Fn(Output) + Send>,
    /// How many messages changed something so far.
    state: u64,
    /// Up to which of them packages were checked.
    checked: u64,
    /// Whether a check is under way.
    running: bool,
    /// What the editor was told last, by file.
    published: BTreeMap<Arc<str>, Published>,
}

#[derive(PartialEq)]
struct Published {
    uri: Option<String>,
    version: Option<i32>,
    reports: Vec<Report>,
}

impl Worker {
    fn run(mut self, inbox: &Receiver<Message>, back: &Sender<Message>) {
        loop {
            let message = match inbox.try_recv() {
                Ok(message) => message,
                Err(TryRecvError::Disconnected) => return,
                Err(TryRecvError::Empty) => {
                    self.check(back);
                    match inbox.recv() {
                        Ok(message) => message,
                        Err(_) => return,
                    }
                }
            };
            // A bug must not end the server: what it left behind is read again.
            let done = catch_unwind(AssertUnwindSafe(|| self.take(message)));
            if let Err(panic) = done {
                self.world.doubt();
                self.state += 1;
                (self.out)(Output::Log(bug(&*panic)));
            }
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Open(path, document) => {
                self.state += 1;
                self.world.open(path, document);
            }
            Message::Change(path, version, edits) => {
                self.state += 1;
                self.world.change(&path, version, edits);
            }
            Message::Close(path) => {
                self.state += 1;
                self.world.close(&path);
            }
            Message::Disk => {
                self.state += 1;
                self.world.doubt();
            }
            Message::Ask(Question::Told(path, at, answer)) => {
                let told = self.guarded(|world| world.told(&path, at));
                answer(told);
            }
            Message::Ask(Question::Declared(path, at, answer)) => {
                let declared = self.guarded(|world| world.declared(&path, at));
                answer(declared);
            }
            Message::Checked(state, found) => {
                self.running = false;
                match found {
                    Ok(reports) if state == self.state => {
                        self.checked = state;
                        self.publish(reports);
                    }
                    // Something has changed since; the next check says what holds now.
                    Ok(_) | Err(Cut::Short) => {}
                    Err(Cut::Off(message)) => {
                        // The same again would end the same.
                        self.checked = state;
                        (self.out)(Output::Log(message));
                    }
                }
            }
        }
    }

    /// An answer, or the bug that came in its place.
    fn guarded<T>(&mut self, ask: impl FnOnce(&mut World) -> T) -> Result<T, String> {
        catch_unwind(AssertUnwindSafe(|| ask(&mut self.world))).map_err(|panic| {
            let message = bug(&*panic);
            (self.out)(Output::Log(message.clone()));
            message
        })
    }

    /// Starts a check if one is due and none is under way.
    fn check(&mut self, back: &Sender<Message>) {
        if self.running || self.checked == self.state {
            return;
        }
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.world.settle())) {
            self.checked = self.state;
            (self.out)(Output::Log(bug(&*panic)));
            return;
        }
        let (db, projects, encoding) = (self.world.snapshot(), self.world.projects(), self.encoding);
        let (state, back) = (self.state, back.clone());
        let check = move || {
            let found = catch_unwind(AssertUnwindSafe(|| reports(&db, &projects, encoding)));
            let found = found.map_err(|panic| match panic.downcast_ref::<Cancelled>() {
                Some(_) => Cut::Short,
                None => Cut::Off(bug(&*panic)),
            });
            // Whoever edits waits for the snapshot to be gone.
            drop(db);
            // Nobody listens any more when the server ends.
            let _ = back.send(Message::Checked(state, found));
        };
        match thread::Builder::new().name("zt-check".to_owned()).stack_size(STACK).spawn(check) {
            Ok(_) => self.running = true,
            Err(e) => {
                self.checked = self.state;
                (self.out)(Output::Log(format!("cannot start a thread to check with: {e}")));
            }
        }
    }

    /// Tells the editor what differs from what it was told before.
    fn publish(&mut self, mut reports: Reports) {
        for file in self.published.keys() {
            reports.entry(file.clone()).or_default();
        }
        let files: Vec<Arc<str>> = self.world.open_files().collect();
        for file in files {
            reports.entry(file).or_default();
        }
        for (file, reports) in reports {
            let path = PathBuf::from(&*file);
            let document = self.world.document(&path);
            let before = self.published.get(&file);
            // What was open and is not any more is called as it was.
            let uri = document.map(|d| d.uri.clone()).or_else(|| before.and_then(|b| b.uri.clone()));
            let next = Published { uri, version: document.map(|d| d.version), reports };
            if before == Some(&next) {
                continue;
            }
            if before.is_none() && next.reports.is_empty() && next.version.is_none() {
                continue;
            }
            let (uri, version, reports) = (next.uri.clone(), next.version, next.reports.clone());
            (self.out)(Output::Publish { uri, path, version, reports });
            if next.reports.is_empty() && next.version.is_none() {
                self.published.remove(&file);
            } else {
                self.published.insert(file, next);
            }
        }
    }
}

/// A panic in words.
fn bug(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    format!("this is a bug in zt, not in your policy: {}", said.unwrap_or("it panicked"))
}
