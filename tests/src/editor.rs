//! An editor that speaks the Language Server Protocol to the real binary.

use std::collections::BTreeMap;
use std::io::{BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::command::binary;

/// How long an answer may take on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(120);

/// An editor with a server of its own.
pub struct Editor {
    server: Child,
    stdin: Option<ChildStdin>,
    inbox: Receiver<Value>,
    asked: i64,
    /// What the server said of itself.
    pub offered: Value,
    /// What was told last of each file, by its address: the version, and the diagnostics.
    pub told: BTreeMap<String, (Option<i64>, Vec<Value>)>,
    /// What the server asked of the editor.
    pub requests: Vec<Value>,
    /// What it wrote to its log.
    pub log: Vec<String>,
}

/// The address of a file.
#[must_use]
pub fn address(path: &Path) -> String {
    format!("file://{}", path.display())
}

impl Editor {
    /// Starts a server and introduces the editor; `cache` is where the server may keep files.
    ///
    /// # Panics
    /// If that fails.
    #[must_use]
    pub fn start(capabilities: &Value, cache: &Path) -> Self {
        let mut editor = Editor::launch(cache);
        let params = json!({"processId": null, "rootUri": null, "capabilities": capabilities});
        let answer = editor.ask("initialize", params);
        editor.offered = answer["result"].clone();
        editor.say("initialized", json!({}));
        editor
    }

    /// Starts a server to which nothing was said yet.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn launch(cache: &Path) -> Self {
        let mut command = Command::new(binary());
        command.arg("lsp").env("XDG_CACHE_HOME", cache).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut server = command.spawn().expect("the server starts");
        let mut out = BufReader::new(server.stdout.take().expect("standard output is a pipe"));
        let (sender, inbox) = channel();
        std::thread::spawn(move || {
            while let Some(message) = receive(&mut out) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let stdin = server.stdin.take();
        Editor {
            server,
            stdin,
            inbox,
            asked: 0,
            offered: Value::Null,
            told: BTreeMap::new(),
            requests: vec![],
            log: vec![],
        }
    }

    /// Sends bytes as they are.
    ///
    /// # Panics
    /// If the server is gone.
    pub fn raw(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().expect("the server listens");
        stdin.write_all(bytes).and_then(|()| stdin.flush()).expect("the server listens");
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    /// Tells the server something.
    pub fn say(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Asks the server something, and waits for the whole answer.
    ///
    /// # Panics
    /// If there is none.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params);
        let end = Instant::now() + PATIENCE;
        loop {
            let message = self.next(end).unwrap_or_else(|| panic!("no answer to {method}; log: {:?}", self.log));
            if message["id"] == id && message.get("method").is_none() {
                return message;
            }
            self.take(message);
        }
    }

    /// Asks the server something, and waits for nothing; the question's number.
    pub fn request(&mut self, method: &str, params: Value) -> i64 {
        self.asked += 1;
        let id = self.asked;
        let mut message = json!({"jsonrpc": "2.0", "id": id, "method": method});
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(&message);
        id
    }

    /// Waits until something holds of what was told; whether it came to that.
    pub fn until(&mut self, holds: impl Fn(&Editor) -> bool) -> bool {
        let end = Instant::now() + PATIENCE;
        self.until_then(end, holds)
    }

    /// Waits until something holds of what was told, not beyond an instant; whether it came to that.
    pub fn until_then(&mut self, end: Instant, holds: impl Fn(&Editor) -> bool) -> bool {
        while !holds(self) {
            match self.next(end) {
                Some(message) => self.take(message),
                None => return holds(self),
            }
        }
        true
    }

    fn next(&mut self, end: Instant) -> Option<Value> {
        match self.inbox.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => None,
        }
    }

    fn take(&mut self, message: Value) {
        let params = &message["params"];
        match message["method"].as_str() {
            Some("textDocument/publishDiagnostics") => {
                let uri = params["uri"].as_str().unwrap_or_default().to_owned();
                let all = params["diagnostics"].as_array().cloned().unwrap_or_default();
                self.told.insert(uri, (params["version"].as_i64(), all));
            }
            Some("window/logMessage") => self.log.push(params["message"].as_str().unwrap_or_default().to_owned()),
            Some(_) if message.get("id").is_some() => {
                let answer = json!({"jsonrpc": "2.0", "id": message["id"], "result": null});
                self.requests.push(message);
                self.send(&answer);
            }
            _ => {}
        }
    }

    /// Opens a file with a text, as version 1.
    pub fn open(&mut self, uri: &str, text: &str) {
        let document = json!({"uri": uri, "languageId": "zt", "version": 1, "text": text});
        self.say("textDocument/didOpen", json!({"textDocument": document}));
    }

    /// Edits a file: some changes as the protocol has them.
    pub fn change(&mut self, uri: &str, version: i64, changes: Value) {
        let document = json!({"uri": uri, "version": version});
        self.say("textDocument/didChange", json!({"textDocument": document, "contentChanges": changes}));
    }

    /// Closes a file.
    pub fn close(&mut self, uri: &str) {
        self.say("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    }

    /// Waits until a version of a file was looked at; what was told of it.
    ///
    /// # Panics
    /// If that does not happen.
    pub fn told(&mut self, uri: &str, version: i64) -> Vec<Value> {
        let seen = |e: &Editor| e.told.get(uri).is_some_and(|(seen, _)| *seen == Some(version));
        assert!(self.until(seen), "version {version} of {uri} was not looked at; log: {:?}", self.log);
        self.told.get(uri).map(|(_, told)| told.clone()).unwrap_or_default()
    }

    /// Asks what stands at a place, as text; empty if there is nothing to say.
    pub fn hover(&mut self, uri: &str, at: Value) -> String {
        let answer = self.ask("textDocument/hover", json!({"textDocument": {"uri": uri}, "position": at}));
        answer["result"]["contents"]["value"].as_str().unwrap_or_default().to_owned()
    }

    /// Asks where what stands at a place is declared: the addresses and first lines.
    pub fn definition(&mut self, uri: &str, at: Value) -> Vec<(String, Value)> {
        let answer = self.ask("textDocument/definition", json!({"textDocument": {"uri": uri}, "position": at}));
        let all = answer["result"].as_array().cloned().unwrap_or_default();
        all.iter().map(|l| (l["uri"].as_str().unwrap_or_default().to_owned(), l["range"]["start"].clone())).collect()
    }

    /// Says goodbye; the server's exit code.
    ///
    /// # Panics
    /// If it does not end.
    pub fn goodbye(mut self) -> Option<i32> {
        let answer = self.ask("shutdown", Value::Null);
        assert!(answer.get("error").is_none(), "{answer}");
        self.say("exit", Value::Null);
        self.ended()
    }

    /// Waits for the server to end; its exit code.
    ///
    /// # Panics
    /// If it does not.
    pub fn ended(mut self) -> Option<i32> {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.server.try_wait().expect("the server is ours") {
                return status.code();
            }
            assert!(Instant::now() < end, "the server does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Goes away without a word; the server's exit code.
    pub fn hang_up(mut self) -> Option<i32> {
        self.stdin = None;
        self.ended()
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Reads a message; nothing at the end.
fn receive(out: &mut impl std::io::BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if out.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().ok()?,
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    out.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

/// The place in a text of the `nth` occurrence of some words, `into` characters into it, in UTF-16.
///
/// # Panics
/// If they are not there.
#[must_use]
pub fn place(text: &str, words: &str, nth: usize, into: usize) -> Value {
    let (at, _) = text.match_indices(words).nth(nth).unwrap_or_else(|| panic!("no {words}"));
    let at = at + words.chars().take(into).map(char::len_utf8).sum::<usize>();
    let before = text.get(..at).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |n| n + 1);
    json!({
        "line": before.matches('\n').count(),
        "character": before.get(start..).unwrap_or_default().encode_utf16().count(),
    })
}
