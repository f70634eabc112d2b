//! The `zt` binary, run as a person or a script runs it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// All of standard output.
    pub stdout: String,
    /// All of standard error.
    pub stderr: String,
}

/// The root of the workspace.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap_or_default()
}

/// The binary of the sources as they are. It stands beside the folder of the test executables; cargo does not build it
/// for tests of another package, so this does, once: a test of yesterday's binary would show nothing.
///
/// # Panics
/// If it cannot be built.
#[must_use]
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        // `tests/run` has just built it.
        if let Some(built) = std::env::var_os("ZT_BINARY") {
            return PathBuf::from(built);
        }
        let test = std::env::current_exe().expect("a test knows where it is");
        let folder = test.parent().and_then(Path::parent).expect("a test stands in target/<profile>/deps");
        let target = folder.parent().expect("a profile stands in target");
        // The folder of the profile `dev` has a name of its own.
        let profile = folder.file_name().filter(|n| *n != "debug").unwrap_or("dev".as_ref());
        let out = Command::new(env!("CARGO"))
            .args(["build", "--package", "zt-cli", "--quiet", "--offline", "--locked", "--profile"])
            .arg(profile)
            .arg("--target-dir")
            .arg(target)
            .current_dir(root())
            .output()
            .expect("cargo runs");
        assert!(out.status.success(), "zt cannot be built: {}", String::from_utf8_lossy(&out.stderr));
        folder.join(format!("zt{}", std::env::consts::EXE_SUFFIX))
    })
}

/// Runs `zt` in a folder, with what is given on standard input and variables set for it.
///
/// # Panics
/// If the binary cannot be run.
#[must_use]
pub fn zt(folder: &Path, args: &[&str], stdin: &[u8], variables: &[(&str, &str)]) -> Outcome {
    let mut command = Command::new(binary());
    command.args(args).current_dir(folder).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command.envs(variables.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("zt starts");
    let mut pipe = child.stdin.take().expect("standard input is a pipe");
    // A command that reads no input may be gone before it is written.
    let _ = pipe.write_all(stdin);
    drop(pipe);
    let out = child.wait_with_output().expect("zt ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("zt prints UTF-8");
    Outcome { code: out.status.code(), stdout: text(out.stdout), stderr: text(out.stderr) }
}

/// What is printed, without what differs from run to run and from machine to machine.
#[must_use]
pub fn steady(text: &str) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        match line.split_once(" on native ") {
            Some((before, rest)) if rest.contains(", in ") => {
                out.push_str(&format!("{before} on native ARCH, in TIME\n"));
            }
            _ => out.push_str(line),
        }
    }
    out
}

/// A command line's words; `'…'` is one.
#[must_use]
pub fn words(line: &str) -> Vec<String> {
    let mut out = vec![];
    for (i, part) in line.split('\'').enumerate() {
        if i % 2 == 1 {
            out.push(part.to_owned());
        } else {
            out.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    out
}

/// Copies a folder with all that is in it.
///
/// # Panics
/// If a file cannot be read or written.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("the folder can be made");
    for entry in std::fs::read_dir(from).expect("the folder can be read").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).expect("the file can be copied");
        }
    }
}
