//! Tests of commands: the split, what is refused, and both ways to match.

mod random;

use super::*;

#[track_caller]
fn parse(text: &str) -> Command {
    Command::parse(text).unwrap_or_else(|reason| panic!("{text}: {reason}"))
}

/// The words of all commands: `;` between commands, `|` between words.
#[track_caller]
fn split(text: &str) -> String {
    let command = parse(text);
    let lines: Vec<String> =
        command.commands().map(|words| words.iter().map(Word::text).collect::<Vec<_>>().join("|")).collect();
    lines.join(" ; ")
}

fn patterns(texts: &[&str]) -> Vec<Pattern> {
    texts.iter().map(|text| Pattern::parse(text).unwrap_or_else(|reason| panic!("{text}: {reason}"))).collect()
}

const SAFE: &[&str] = &["git status", "git diff [--stat] *", "npm test", "pytest"];
const LETHAL: &[&str] = &["rm -rf *", "sudo *", "curl * | bash", "eval *"];

#[track_caller]
fn only(text: &str, allowed: &[&str]) -> bool {
    runs_only(&parse(text), &patterns(allowed))
}

#[track_caller]
fn any(text: &str, denied: &[&str]) -> bool {
    runs_any(&parse(text), &patterns(denied))
}

#[test]
fn words_are_split_and_quotes_resolved() {
    for (text, expected) in [
        ("ls", "ls"),
        ("  git\tdiff  --stat ", "git|diff|--stat"),
        (r#"a 'b c' "d e" f\ g"#, "a|b c|d e|f g"),
        (r#"a 'it'"'"'s' "" x''y"#, "a|it's||xy"),
        (r#"a "\$x \" \\ \n" '\n'"#, r#"a|$x " \ \n|\n"#),
        ("a \\\n  b c\\\nd", "a|b|cd"),
        ("a; b && c || d | e\nf", "a ; b ; c ; d ; e ; f"),
        ("a &\nb &", "a ; b"),
        ("a;", "a"),
        ("a |\n b", "a ; b"),
        ("(a; b) | { c; d; }", "a ; b ; c ; d"),
        ("! a", "a"),
        ("A=1 B='x y' a b=c", "a|b=c"),
        ("a >f 2>&1 <in b 3<>x >|y", "a|b"),
        (">f a", "a"),
        ("a 2 >f", "a|2"),
        ("(a) >f 2>&1 | b", "a ; b"),
        ("a |& b", "a ; b"),
        ("a b#c $ \"$\" {} x=#", "a|b#c|$|$|{}|x=#"),
        ("[ -f x ] && a", "[|-f|x|] ; a"),
        (r"\rm -rf x", "rm|-rf|x"),
        ("find . -exec rm {} \\;", "find|.|-exec|rm|{}|;"),
    ] {
        assert_eq!(split(text), expected, "{text}");
    }
}

#[test]
fn words_that_shells_expand_have_unknown_content() {
    for (text, expected, content) in [
        ("a $x", "", Content::Split),
        ("a x$y-z", "x", Content::Split),
        ("a \"$x\"", "", Content::Prefix),
        ("a \"x${y}z\"", "x", Content::Prefix),
        ("a \"$@\"", "", Content::Split),
        ("a ${x:-y}", "", Content::Split),
        ("a *.c", "", Content::Prefix),
        ("a ./x?", "./x", Content::Prefix),
        ("a x[ab]c", "x", Content::Prefix),
        ("a x{b,c}d", "x", Content::Prefix),
        ("a {b,$c}d", "", Content::Split),
        ("a ~/x", "~/x", Content::Home),
        ("a b:~/x", "b:~/x", Content::Home),
        ("a b~", "b~", Content::Known),
        ("a '*' ", "*", Content::Known),
        ("a \\$x", "$x", Content::Known),
        ("a '$x'", "$x", Content::Known),
        ("a '~'", "~", Content::Known),
    ] {
        let command = parse(text);
        let word = command.commands().last().unwrap()[1].clone();
        assert_eq!((word.text(), word.content()), (expected, content), "{text}");
    }
}

#[test]
fn commands_within_commands_are_found() {
    for (text, expected) in [
        ("a $(b c)", "b|c ; a|"),
        ("a \"$(b \"c d\")\"", "b|c d ; a|"),
        ("a `b c`", "b|c ; a|"),
        ("a >$(b)", "b ; a"),
        ("X=$(b) a", "b ; a"),
        ("X=$(b)", "b"),
        ("sh -c 'a b; c'", "a|b ; c ; sh|-c|a b; c"),
        ("bash -euo pipefail -c 'a'", "a ; bash|-euo|pipefail|-c|a"),
        ("bash -lc a b", "a ; bash|-lc|a|b"),
        ("bash x.sh -c y", "bash|x.sh|-c|y"),
        ("sudo -u x /bin/sh -c 'a'", "a ; sudo|-u|x|/bin/sh|-c|a"),
        ("eval 'a b' c", "a|b|c ; eval|a b|c"),
        ("command eval eval a", "a ; eval|a ; command|eval|eval|a"),
        ("trap 'a b' EXIT", "a|b ; trap|a b|EXIT"),
        ("ssh host 'a b'", "a|b ; ssh|host|a b"),
        ("sh -c \"$x\"", " ; sh|-c|"),
        ("xargs -I{} sh -c 'a {}'", " ; xargs|-I{}|sh|-c|a |"),
    ] {
        assert_eq!(split(text), expected, "{text}");
    }
}

#[test]
fn what_cannot_be_split_with_certainty_is_refused() {
    for text in [
        "",
        " ",
        "\n",
        "'",
        "\"",
        "a 'b",
        "a \"b",
        "a \\",
        "a \"\\",
        "a `b",
        "a $(b",
        "a ${b",
        "(a",
        "{ a;",
        "{ a; } b",
        "(a) b",
        "a)",
        "}",
        "{ a }",
        "| a",
        "a |",
        "a &&",
        "&& a",
        "a ;; b",
        "; a",
        "a & & b",
        "a &; b",
        "a >",
        "a > ; b",
        "a >> | b",
        "a <<EOF\nb\nEOF",
        "a <<<b",
        "a <(b)",
        "a >(b)",
        "a &>f",
        "a &>>f",
        "a $'b'",
        "a $\"b\"",
        "$((1))",
        "a $[1]",
        "((1))",
        "a ${b/c/d}",
        "a ${!b}",
        "a ${b@P}",
        "a ${b[0]}",
        "a ${b:-$(c)}",
        "a ${b:1}",
        "a ${}",
        "a `b \\`c\\``",
        "a \"`b \"c\"`\"",
        "a # b",
        "# a",
        "a;#b",
        "f() { a; }",
        "f () { a; }",
        "function f { a; }",
        "x=(a b)",
        "a @(b)",
        "a[0]=b",
        "a[",
        "export a[1 ]=b",
        "a[$(b)]=c c",
        "if a; then b; fi",
        "for x in a; do b; done",
        "while a; do b; done",
        "case a in b) c;; esac",
        "[[ a ]]",
        "select x",
        "coproc a",
        "until a",
        "a | ! b",
        "! ! a",
        "alias a=b",
        "unalias a",
        "command alias a=b",
        "hash -p /bin/rm ls",
        "enable -f x y",
        "env -S 'a b'",
        "env -i --split-string=a",
        "env -vS a",
        "a\0",
        "a\rb",
        "a\u{1b}b",
        "a \u{200b}b",
        "a\u{a0}b",
        "a\u{202e}b",
        "sh -c 'a \"'",
        "eval \"'\"",
        "$\\\n(a)",
        "a $é",
        "a |\\\n| b",
    ] {
        assert!(Command::parse(text).is_err(), "{text:?} {:?}", Command::parse(text));
    }
}

#[test]
fn depth_and_number_of_commands_are_bounded() {
    let nested = |depth: usize| format!("{}a{}", "( ".repeat(depth), ")".repeat(depth));
    assert!(Command::parse(&nested(12)).is_ok());
    assert!(Command::parse(&nested(13)).is_err());
    assert!(Command::parse(&format!("a {}b{}", "$(c ".repeat(9999), ")".repeat(9999))).is_err());
    assert!(Command::parse(&format!("{}a", "eval ".repeat(11))).is_ok());
    assert!(Command::parse(&format!("{}a", "eval ".repeat(14))).is_err());
    assert!(Command::parse(&"a;".repeat(1024)).is_ok());
    assert!(Command::parse(&"a;".repeat(1025)).is_err());
    assert!(Command::parse(&"a ".repeat(4096)).is_ok());
    assert!(Command::parse(&"a ".repeat(4097)).is_err());
    // Much work for one that goes back and forth.
    for text in
        ["sudo bash -o ".repeat(1365), format!("sudo {}", "env ".repeat(4000)), format!("rm {}", "-a b ".repeat(2000))]
    {
        assert!(!any(&text, &["x * a * a * a * a * b c"]), "{}", text.len());
    }
}

#[test]
fn runs_only_matches_word_by_word() {
    for text in [
        "git status",
        "git  'status'",
        "git diff",
        "git diff --stat",
        "git diff --stat a b",
        "git diff a",
        "npm test",
        "git status && npm test; pytest",
        "git diff a | pytest",
        "git status\nnpm test",
        "git diff \"a b\"",
    ] {
        assert!(only(text, SAFE), "{text}");
    }
    for text in [
        "git",
        "git status -s",
        "git status x",
        "git diff --output=x",
        "git diff a --stat",
        "git diff -- a",
        "git push",
        "npm test x",
        "rm -rf /",
        "git status; rm -rf /",
        "git status | sh",
        "/usr/bin/git status",
        "./git status",
        "GIT status",
        "git diff $x",
        "git diff \"$x\"",
        "git diff *",
        "git diff ~",
        "git diff {a,b}",
        "git diff $(x)",
        "git diff `x`",
        "git status > f",
        "git status 2>&1",
        "git status < f",
        "A=1 git status",
        "git status &",
        "(git status)",
        "{ git status; }",
        "! git status",
        "env git status",
        "command git status",
        "sh -c 'git status'",
        "eval git status",
        "A=1",
        "$x",
        "git $x",
        "xargs git status",
    ] {
        assert!(!only(text, SAFE), "{text}");
    }
}

#[test]
fn runs_only_covers_pipelines() {
    assert!(only("a | b", &["a | b"]));
    assert!(!only("a", &["a | b"]));
    assert!(!only("b", &["a | b"]));
    assert!(!only("b | a", &["a | b"]));
    assert!(!only("a | b | c", &["a | b"]));
    assert!(only("a | b | c", &["a | b", "c"]));
    assert!(only("c | a | b", &["a | b", "c"]));
    assert!(!only("a | x | b", &["a | b"]));
    assert!(!only("a; b", &["a | b"]));
    assert!(!only("a | (b)", &["a | b"]));
    assert!(!only("a", &[]));
}

#[test]
fn runs_only_lets_no_star_stand_for_a_wrapped_command() {
    for pattern in [
        "sudo *",
        "env *",
        "xargs ls",
        "timeout 5 *",
        "bash *",
        "sh -c *",
        "eval *",
        "/usr/bin/sudo *",
        "find . -exec *",
    ] {
        assert!(patterns(&[pattern])[0].check_only().is_err(), "{pattern}");
    }
    assert!(!only("sudo ls", &["sudo *"]));
    assert!(!only("ls", &["*"]));
    assert!(only("sudo ls", &["sudo ls"]));
    assert!(only("find . -name x", &["find . -name *"]));
    assert!(!only("find . -exec rm x", &["find *"]));
    assert!(only("timeout 5 npm test", &["timeout 5 npm test"]));
}

#[test]
fn runs_any_finds_what_is_forbidden_wherever_it_stands() {
    for text in [
        "rm -rf /",
        "rm -rf",
        "rm -fr /",
        "rm -r -f /",
        "rm / -rf",
        "rm -f / -r",
        "rm -rfv /",
        "rm -Rf /",
        "rm --recursive --force /",
        "rm --rec -f /",
        "/bin/rm -rf /",
        "../bin/rm -rf /",
        "RM -rf /",
        "\\rm -rf /",
        "'rm' -rf /",
        "r''m -r\"f\" /",
        "A=1 rm -rf /",
        "ls; rm -rf /",
        "ls && rm -rf /",
        "ls || rm -rf /",
        "ls | rm -rf /",
        "ls & rm -rf /",
        "ls\nrm -rf /",
        "(rm -rf /)",
        "{ rm -rf /; }",
        "! rm -rf /",
        "echo $(rm -rf /)",
        "echo \"$(rm -rf /)\"",
        "echo `rm -rf /`",
        "ls >$(rm -rf /)",
        "X=$(rm -rf /)",
        "rm -rf / > log",
        "> log rm -rf /",
        "rm $x",
        "rm \"$x\"",
        "rm *",
        "rm ./x$y",
        "rm $x /",
        "rm -r $x",
        "$x",
        "$x -rf /",
        "\"$x\" -rf /",
        "r$x -rf /",
        "{rm,-rf,/}",
        "/bin/r? -rf /",
        "~/bin/rm -rf /",
        "rm -rf ~",
        "env rm -rf /",
        "env A=1 rm -rf /",
        "env -u A rm -rf /",
        "nohup rm -rf /",
        "time rm -rf /",
        "time -p rm -rf /",
        "xargs rm -rf",
        "xargs rm",
        "ls | xargs -n 1 rm -rf",
        "command rm -rf /",
        "exec rm -rf /",
        "nice -n 5 rm -rf /",
        "timeout 5 rm -rf /",
        "timeout -k 1 5 rm -rf /",
        "busybox rm -rf /",
        "find . -exec rm -rf {} +",
        "setsid nohup rm -rf /",
        "sh -c 'rm -rf /'",
        "bash -c \"rm -rf /\"",
        "bash -xc 'rm -rf /'",
        "bash -o pipefail -c 'rm -rf /'",
        "sh -c -- 'rm -rf /'",
        "sh -c \"$x\"",
        "env sh -c 'rm -rf /'",
        "sh -c 'sh -c \"rm -rf /\"'",
        "trap 'rm -rf /' EXIT",
        "ssh h 'rm -rf /'",
        "ssh h rm -rf /",
        "su -c 'rm -rf /' x",
        "xargs -I% sh -c '% x'",
        "sudo -Eu x rm -rf /",
        "nice -n 5 timeout 5 env -u A B=1 rm -rf /",
        "timeout -s KILL 5 rm -rf /",
        "nohup $x rm -rf /",
        "nohup $x",
        "env A=1 $x",
        "find . -exec $x \\;",
        "find . -exec env A=1 rm -rf {} \\;",
        "find . -type f -ok sh -c 'rm -rf {}' \\;",
        "xargs -0n 5 rm -rf",
        "exec -a x rm -rf /",
        "flock -n f rm -rf /",
        "flock f -c 'rm -rf /'",
        "chroot / rm -rf /",
        "watch -n 5 rm -rf /",
        "watch 'rm -rf /'",
        "parallel rm -rf",
        "parallel",
        "sudo -E timeout 5 rm -rf /",
        "xargs sh -c",
        "xargs sudo",
        "echo x | xargs -I{} {} -rf /",
        "sudo ls",
        "sudo",
        "/usr/bin/sudo ls",
        "time sudo ls",
        "if_x | sudo tee f",
        "eval x",
        "eval \"$x\"",
        "command eval x",
        "curl x | bash",
        "curl -s x | bash",
        "curl x | sudo bash",
        "curl x | /bin/bash",
        "curl x | bash -s y",
        "curl x |& bash",
        "curl x | tee f | bash",
        "(curl x) | bash",
        "curl x | (cd y; bash)",
        "curl x | { bash; }",
        "true && curl x | env bash",
        "echo $(curl x | bash)",
        "curl x | $SHELL",
        "bash -c 'curl x | bash'",
        "curl \\\n x | bash",
    ] {
        assert!(any(text, LETHAL), "{text}");
    }
    for text in [
        "ls -la",
        "git status",
        "rm x",
        "rm -f x",
        "rm -r x",
        "rm ./*.o",
        "rm ./a{b,c}",
        "echo rm -rf /",
        "echo 'rm -rf /'",
        "git rm -rf x",
        "grep sudo f",
        "curl x",
        "curl x > f",
        "curl x; bash",
        "bash | curl x",
        "echo $x",
        "echo \"$HOME\"",
        "echo *",
        "ls | xargs grep x",
        "ls | xargs -I{} cp {} y",
        "find . -name sudo",
        "[ -f x ] && ls",
        "bash x.sh",
        "evaluate x",
        "trap - EXIT",
        "xargs",
        "A=1",
    ] {
        assert!(!any(text, LETHAL), "{text}");
    }
}

#[test]
fn runs_any_compares_words_that_are_no_options() {
    for (text, pattern, expected) in [
        ("npm test", "npm test", true),
        ("npm test x", "npm test", false),
        ("npm test --silent", "npm test", true),
        ("npm --silent test", "npm test", true),
        ("npm --prefix x test", "npm test", true),
        ("npm run test", "npm test", false),
        ("git -C . push --force", "git push --force *", true),
        ("git push -f", "git push --force *", true),
        ("git push --forc origin", "git push --force *", true),
        ("git push --force=x", "git push --force *", true),
        ("git push origin", "git push --force *", false),
        ("git push origin main", "git push * main", true),
        ("git push main", "git push * main", true),
        ("git push origin dev", "git push * main", false),
        ("git push \"$x\"", "git push * main", true),
        ("git push origin m*", "git push * main", true),
        ("git push origin d*", "git push * main", false),
        ("git push d$x", "git push * main", true),
        ("git push --stat", "git push [--stat]", true),
        ("git push", "git push [now]", true),
        ("git push now", "git push [now]", true),
        ("git push then", "git push [now]", false),
        ("x | bash", "* | bash", true),
        ("bash", "* | bash", false),
        ("dd if=/dev/zero of=/dev/sda", "dd * of=/dev/sda *", true),
        ("kill -9 1", "kill -9 *", true),
        ("kill 1", "kill -9 *", false),
        ("rm", "/bin/rm *", true),
        ("/usr/bin/rm x", "/bin/rm *", true),
    ] {
        assert_eq!(any(text, &[pattern]), expected, "{text} {pattern}");
    }
}

#[test]
fn wrappers_alone_are_looked_through() {
    // Not caught as `sudo *` is, but for what it runs.
    assert!(any("sudo -u x rm -rf /", &["rm -rf *"]));
    assert!(!any("sudo -u x ls", &["rm -rf *"]));
    assert!(any("time sudo -E timeout 5 rm -rf /", &["rm -rf *"]));
}

#[test]
fn patterns_are_words_stars_options_and_pipes() {
    for text in ["git status", "git diff [--stat] *", "curl * | bash", "* | sh", "find * -exec rm {} *", "a HEAD~1 x=y"]
    {
        assert!(Pattern::parse(text).is_ok(), "{text}");
    }
    for text in [
        "",
        " ",
        "|",
        "a |",
        "| a",
        "a || b",
        "[a] b",
        "-x",
        "A=1 a",
        "a 'b'",
        "a \"b\"",
        "a; b",
        "a && b",
        "a > f",
        "a $x",
        "a `b`",
        "a (b)",
        "a *.c",
        "a b*",
        "a [b",
        "a b]",
        "a []",
        "a [b]c",
        "a ?",
        "a # b",
        "a\\b",
        "a\nb",
        "a \u{200b}b",
        "a|b",
    ] {
        assert!(Pattern::parse(text).is_err(), "{text:?}");
    }
    assert!(Pattern::parse(&"a ".repeat(48)).is_ok());
    assert!(Pattern::parse(&"a ".repeat(49)).is_err());
}

#[test]
fn what_a_request_says_is_never_a_pattern() {
    assert!(!only("*", &["git status"]));
    assert!(!only("git '*'", &["git status"]));
    assert!(!only("git diff '[--stat]'", &["git diff [--stat]"]));
    assert!(only("git diff '[--stat]'", &["git diff *"]));
}
