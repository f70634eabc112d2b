//! Random commands: what the shells of this machine split is what we split, and what holds of every command.

use std::process::{Command as Process, Stdio};

use proptest::prelude::*;

use super::*;

/// What a shell runs: the arguments of every command, by name of program, in any order. No program is there to be
/// found, and nothing is redirected, so nothing happens.
fn by_shell(shell: &str, prelude: &str, line: &str) -> Option<Vec<Vec<String>>> {
    let output = Process::new(shell)
        .args(["-c", &format!("PATH=/nonexistent\nexec 3>&1\n{prelude}\n{line}")])
        .env("LC_ALL", "C.UTF-8")
        .env_remove("BASH_ENV")
        .env_remove("ENV")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .expect("the shell runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let mut parts = text.split('\0');
    let mut found = vec![];
    while let Some(count) = parts.next().filter(|count| !count.is_empty()) {
        let count: usize = count.parse().expect("a count");
        found.push(parts.by_ref().take(count).map(|word| word.replace('\x02', "\n")).collect());
    }
    found.sort();
    output.status.success().then_some(found)
}

fn by_us(command: &Command) -> Vec<Vec<String>> {
    let mut found: Vec<Vec<String>> =
        command.commands().map(|words| words.iter().map(|w| w.text().to_owned()).collect()).collect();
    found.sort();
    found
}

const PRINT: &str = r#"{ printf '%s\0' "$#" "$@" >&3; }"#;

/// Prints its arguments in one piece, so that those of a pipeline do not mix: bash writes line by line.
const PRINT_IN_ONE: &str = r#"{ printf '%s\0' "$#" "${@//$'\n'/$'\x02'}" >&3; }"#;

fn is_exact(command: &Command) -> bool {
    command.is_plain() && command.commands().flatten().all(|word| word.content() == Content::Known)
}

fn lines() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a", "-x", "é", "'", "' '", "'b c'", "\"", "\"d  e\"", "\"\\\"\"", "\\", "\\ ", "\\\\", "\\\n", " ", " ", "\t",
        "$", "#", "=", "{", "}", "!", "~", "[", "]", ",", "0",
    ]);
    let word = prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat());
    let simple = prop::collection::vec(word, 0..4).prop_map(|words| format!("p {}", words.join(" ")));
    let operator = prop::sample::select(vec![";", "\n", " && ", "|", " | ", "\n\n", "&&\n", "|\n", " ;\n"]);
    (simple.clone(), prop::collection::vec((operator, simple), 0..3)).prop_map(|(first, rest)| {
        rest.into_iter().fold(first, |line, (operator, next)| format!("{line}{operator}{next}"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn shells_split_the_same_words(line in lines()) {
        if let Ok(command) = Command::parse(&line)
            && is_exact(&command)
            && command.commands().all(|words| words[0].text() == "p")
        {
            for shell in ["bash", "dash"] {
                if shell == "dash" && !std::path::Path::new("/bin/dash").exists() {
                    continue;
                }
                // The name comes first, as the program does with us.
                let print = if shell == "bash" { PRINT_IN_ONE } else { PRINT };
                let prelude = format!("q() {print}\np() {{ q p \"$@\"; }}");
                prop_assert_eq!(by_shell(shell, &prelude, &line), Some(by_us(&command)), "{} {:?}", shell, line);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6000))]

    #[test]
    fn bash_finds_the_same_commands_in_any_text(pieces in prop::collection::vec(prop::sample::select(vec![
        "p", "p", "a", "-x", " ", " ", " ", "'", "\"", "\\", "\n", ";", "&&", "|", "$", "`", "#", "~", "{", "}", "(", ")", "!", "=", "*",
        "[", "]", "0", "é", "\t", "\\\n", "&", "+", ",", ":x",
    ]), 1..14)) {
        let line = pieces.concat();
        if let Ok(command) = Command::parse(&line)
            && is_exact(&command)
            && !line.contains("||")
            && command.commands().all(|words| !["[", ""].contains(&words[0].text()))
        {
            let prelude = format!("command_not_found_handle() {PRINT_IN_ONE}");
            prop_assert_eq!(by_shell("bash", &prelude, &line), Some(by_us(&command)), "{:?}", line);
        }
    }
}

fn commandlike() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "git", "rm", "-rf", "--stat", "a", "b", "sudo", "env", "xargs", "sh -c", "'a b'", "|", ";", "&&", "$x", "*",
        "find", "-exec",
    ]);
    prop::collection::vec(piece, 1..7).prop_map(|pieces| pieces.join(" "))
}

fn patternlike() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "git", "rm", "-rf", "--stat", "a", "b", "sudo", "env", "|", "*", "*", "[--stat]", "[a]",
    ]);
    prop::collection::vec(piece, 1..5).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn what_only_allows_any_would_deny(text in commandlike(), pattern in patternlike()) {
        if let (Ok(command), Ok(pattern)) = (Command::parse(&text), Pattern::parse(&pattern)) {
            let pattern = [pattern];
            prop_assert!(!runs_only(&command, &pattern) || runs_any(&command, &pattern));
        }
    }

    #[test]
    fn any_text_has_an_answer(text: String, pattern: String, tail in "[a-z '\"$(){};&|<>*\\\\`=~\n-]{0,30}") {
        let pattern: Vec<Pattern> = Pattern::parse(&pattern).into_iter().chain(Pattern::parse("a *")).collect();
        for text in [text, tail] {
            if let Ok(command) = Command::parse(&text) {
                let _ = runs_only(&command, &pattern);
                let _ = runs_any(&command, &pattern);
            }
        }
    }

    #[test]
    fn what_stands_before_or_after_hides_nothing(before in commandlike(), after in commandlike()) {
        for line in [format!("{before}; rm -rf /"), format!("rm -rf / && {after}"), format!("{before} | rm -rf /; {after}")] {
            if let Ok(command) = Command::parse(&line) {
                prop_assert!(runs_any(&command, &patterns(&["rm -rf *"])), "{}", line);
            }
        }
    }
}
