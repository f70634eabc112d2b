//! The README, followed to the letter in an empty folder.

use zt_tests::command::{root, zt};
use zt_tests::markdown;

/// The texts of a page's blocks of a language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    markdown::blocks(text).into_iter().filter(|block| block.language == language).map(|block| block.text).collect()
}

#[test]
fn its_commands_do_what_it_says() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("a README");
    let folder = tempfile::tempdir().expect("a folder");
    let request = blocks(&readme, "json");
    assert_eq!(request.len(), 1, "one request is shown");
    std::fs::write(folder.path().join("request.json"), request[0]).expect("written");
    let mut run = 0;
    for line in blocks(&readme, "sh").iter().flat_map(|block| block.lines()) {
        let command = line.split(" #").next().unwrap_or_default().trim();
        let Some(args) = command.strip_prefix("zt ") else { continue };
        let args: Vec<&str> = args.split_whitespace().collect();
        let out = zt(folder.path(), &args, b"", &[]);
        assert_eq!(out.code, Some(0), "{command}\n{}{}", out.stdout, out.stderr);
        run += 1;
    }
    assert!(run >= 5, "only {run} commands");

    // "Break something, say `50.00` to `500.00`."
    let policy = folder.path().join("refunds/refunds.zt");
    let text = std::fs::read_to_string(&policy).expect("the template");
    assert!(text.contains("> 50.00"));
    std::fs::write(&policy, text.replace("> 50.00", "> 500.00")).expect("written");
    let out = zt(folder.path(), &["test", "refunds"], b"", &[]);
    assert_eq!(out.code, Some(1), "{}", out.stdout);
    for shown in ["expected", "granted", "input.amount > 500.00", "60.00 against 500.00"] {
        assert!(out.stdout.contains(shown), "{shown} is not in\n{}", out.stdout);
    }
}

#[test]
fn the_rules_it_shows_are_those_of_the_template() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("a README");
    let template = std::fs::read_to_string(root().join("stdlib/templates/refunds.zt")).expect("the template");
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let whole = words(&template).join(" ");
    for rule in blocks(&readme, "zt")[0].split("\n\n").map(|part| part.trim_end_matches(['}', '\n'])) {
        // What it leaves out, it leaves out at the end of a rule.
        let shown = words(rule).join(" ");
        assert!(whole.contains(&shown), "not in the template: {rule}");
    }
}
