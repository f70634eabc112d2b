//! Published MCP servers and API descriptions, as their packages ship them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::command::root;

/// The folder into which `tests/servers/install` puts them. It is run where it was not yet.
///
/// # Panics
/// If something cannot be installed: a component that is not there is a failure, not a reason to test less.
#[must_use]
pub fn installed() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let out = Command::new(root().join("tests/servers/install")).output().expect("the script runs");
        assert!(out.status.success(), "servers cannot be installed: {}", String::from_utf8_lossy(&out.stderr));
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |t| root().join(t));
        target.join("servers")
    })
}

/// A server: its name and how it is started.
#[derive(Debug, Clone)]
pub struct Server {
    /// What it is called here.
    pub name: &'static str,
    command: Vec<String>,
}

/// A file of an installed npm package.
#[must_use]
pub fn npm(path: &str) -> PathBuf {
    installed().join("npm/node_modules").join(path)
}

impl Server {
    /// A server from npm.
    #[must_use]
    pub fn node(name: &'static str, script: &str, args: &[&str]) -> Server {
        let mut command = vec!["node".to_owned(), npm(script).display().to_string()];
        command.extend(args.iter().map(|a| (*a).to_owned()));
        Server { name, command }
    }

    /// A server from `PyPI`.
    #[must_use]
    pub fn python(name: &'static str, module: &str, args: &[&str]) -> Server {
        let python = installed().join("python/bin/python").display().to_string();
        let mut command = vec![python, "-m".to_owned(), module.to_owned()];
        command.extend(args.iter().map(|a| (*a).to_owned()));
        Server { name, command }
    }

    /// Starts the server, greets it, and gives its answer to `tools/list`, word for word.
    ///
    /// # Panics
    /// If it does not answer.
    #[must_use]
    pub fn tools(&self) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(&self.command[0]);
        command.args(&self.command[1..]).current_dir(folder.path()).env("HOME", folder.path());
        command.env("GITHUB_PERSONAL_ACCESS_TOKEN", "none");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap_or_else(|e| panic!("{}: {e}", self.name));
        let mut pipe = child.stdin.take().expect("standard input is a pipe");
        let mut lines = BufReader::new(child.stdout.take().expect("standard output is a pipe")).lines();
        let mut ask = |message: Value| writeln!(pipe, "{message}").expect("it listens");
        let client = json!({"name": "zt-tests", "version": "0"});
        let hello = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client});
        ask(json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}));
        let mut answer = |id: u64| loop {
            let line = lines.next().unwrap_or_else(|| panic!("{} went away", self.name)).expect("text");
            let Ok(message) = serde_json::from_str::<Value>(&line) else { continue };
            if message["id"] == id && message.get("method").is_none() {
                break line;
            }
        };
        assert!(answer(1).contains("protocolVersion"), "{} does not greet", self.name);
        ask(json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        ask(json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}));
        let list = answer(2);
        // It would wait for more.
        let _ = child.kill();
        let _ = child.wait();
        list
    }
}
