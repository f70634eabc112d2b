//! A real browser without a window: Chromium, spoken to by the DevTools protocol over pipes.
//!
//! Messages are JSON, each ended by a zero byte; Chromium reads them from its third descriptor and answers on its fourth.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// How long an answer may take on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(120);

/// A browser with one page.
pub struct Browser {
    process: Child,
    stdin: ChildStdin,
    inbox: Receiver<Value>,
    /// What came while something else was waited for.
    events: VecDeque<Value>,
    session: String,
    asked: i64,
    _profile: TempDir,
}

/// What a page did while it was loaded and looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Did {
    /// What it wrote to the console, what was blocked, and what was thrown.
    pub complaints: Vec<String>,
    /// The addresses that were asked for.
    pub requests: Vec<String>,
    /// Dialogs that were opened.
    pub dialogs: Vec<String>,
}

impl Browser {
    /// Starts a browser.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn start() -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        // The shell puts the pipes where Chromium wants them.
        let script = r#"exec 3<&0 4>&1 </dev/null >/dev/null; exec "$@""#;
        let mut process = Command::new("sh")
            .args(["-c", script, "sh", "chromium", "--headless", "--remote-debugging-pipe", "--no-sandbox"])
            .args(["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"])
            .args(["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--mute-audio"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .env("HOME", profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        let stdin = process.stdin.take().expect("a pipe");
        let stdout = process.stdout.take().expect("a pipe");
        let (sender, inbox) = channel();
        std::thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            let mut message = vec![];
            while matches!(stdout.read_until(0, &mut message), Ok(n) if n > 0) {
                message.pop();
                let Ok(value) = serde_json::from_slice(&message) else { break };
                if sender.send(value).is_err() {
                    break;
                }
                message.clear();
            }
        });
        let session = String::new();
        let mut browser =
            Browser { process, stdin, inbox, events: VecDeque::new(), session, asked: 0, _profile: profile };
        let target = browser.ask("Target.createTarget", json!({"url": "about:blank"}));
        let attached = browser.ask("Target.attachToTarget", json!({"targetId": target["targetId"], "flatten": true}));
        browser.session = attached["sessionId"].as_str().expect("a session").to_owned();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.ask(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    /// Asks for something, and waits for the answer.
    ///
    /// # Panics
    /// If there is none, or it is an error.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        let mut message = json!({"id": id, "method": method, "params": params});
        if !self.session.is_empty() {
            message["sessionId"] = self.session.clone().into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        let sent = self.stdin.write_all(&bytes).and_then(|()| self.stdin.flush());
        sent.expect("Chromium is installed, as by tests/run or `apt-get install chromium`, and runs");
        let answer = self.until(|message| message["id"] == id);
        assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
        answer["result"].clone()
    }

    fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let message = self.inbox.recv_timeout(left);
            let message =
                message.expect("Chromium is installed, as by tests/run or `apt-get install chromium`, and answers");
            if wanted(&message) {
                return message;
            }
            self.events.push_back(message);
        }
    }

    /// Opens a file, perhaps at a place in it, and waits until it is loaded.
    pub fn open(&mut self, path: &Path, place: &str) {
        self.events.clear();
        // From one place to another of a page nothing is loaded.
        self.ask("Page.navigate", json!({"url": "about:blank"}));
        self.loaded();
        self.events.clear();
        let url = format!("file://{}{place}", path.display());
        let answer = self.ask("Page.navigate", json!({"url": url}));
        assert!(answer["errorText"].is_null(), "{url}: {answer}");
        self.loaded();
    }

    /// Waits until a page is loaded that was navigated to.
    pub fn loaded(&mut self) {
        let is = |message: &Value| message["method"] == "Page.loadEventFired";
        if let Some(at) = self.events.iter().position(is) {
            self.events.remove(at);
            return;
        }
        self.until(is);
    }

    /// The value of an expression on the page.
    ///
    /// # Panics
    /// If it throws.
    pub fn value(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.ask("Runtime.evaluate", params);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Presses a key.
    pub fn press(&mut self, key: &str, text: &str) {
        let code = match key {
            "Enter" => 13,
            "Escape" => 27,
            "Tab" => 9,
            _ => 0,
        };
        let down = json!({"type": "keyDown", "key": key, "text": text, "windowsVirtualKeyCode": code});
        self.ask("Input.dispatchKeyEvent", down);
        self.ask("Input.dispatchKeyEvent", json!({"type": "keyUp", "key": key, "windowsVirtualKeyCode": code}));
    }

    /// Types a text.
    pub fn type_in(&mut self, text: &str) {
        self.ask("Input.insertText", json!({"text": text}));
    }

    /// Makes the window so wide and high.
    pub fn resize(&mut self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.ask("Emulation.setDeviceMetricsOverride", size);
    }

    /// Has the system prefer `light` or `dark`, and looks at the page as on a `screen` or in `print`.
    pub fn prefer(&mut self, scheme: &str, medium: &str) {
        let feature = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.ask("Emulation.setEmulatedMedia", json!({"media": medium, "features": feature}));
    }

    /// What the page did since it was opened.
    #[must_use]
    pub fn did(&mut self) -> Did {
        // An answer comes after all that happened before it was asked for.
        self.value("1");
        let mut out = Did::default();
        for event in self.events.drain(..) {
            let params = &event["params"];
            match event["method"].as_str().unwrap_or_default() {
                "Runtime.consoleAPICalled" => out.complaints.push(params["args"].to_string()),
                "Runtime.exceptionThrown" => out.complaints.push(params["exceptionDetails"].to_string()),
                "Log.entryAdded" => out.complaints.push(params["entry"]["text"].to_string()),
                "Network.requestWillBeSent" => {
                    out.requests.extend(params["request"]["url"].as_str().map(str::to_owned));
                }
                "Page.javascriptDialogOpening" => out.dialogs.push(params["message"].to_string()),
                _ => {}
            }
        }
        out
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
