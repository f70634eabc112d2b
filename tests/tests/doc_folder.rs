//! `zt doc` and the folder that it writes to: nothing of a package with mistakes, and nothing over what is somebody's.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use zt_tests::command::{root, zt};
use zt_tests::site::{doc, package};

#[test]
fn a_package_with_mistakes_is_not_described() {
    let broken = package("policy p for nothing { allow a when true }\n");
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().join("site");
    let out = doc(broken.path(), &to);
    assert_eq!((out.code, &*out.stdout), (Some(3), ""), "{}", out.stderr);
    let (checked, said) = (zt(broken.path(), &["check"], b"", &[]), &out.stderr);
    for line in checked.stdout.lines().filter(|line| line.starts_with("[ZT")) {
        assert!(said.contains(line), "{line} is not in {said}");
    }
    assert!(!to.exists(), "nothing is written");
    fs::write(broken.path().join("zt.toml"), "[package]\nname = 3\n").expect("written");
    assert_eq!(doc(broken.path(), &to).code, Some(2));
    assert_eq!(doc(&folder.path().join("missing"), &to).code, Some(2));
    assert_eq!(doc(folder.path(), &to).code, Some(4));
    assert!(!to.exists(), "nothing is written");
}

#[test]
fn nothing_is_overwritten_that_was_not_written_here() {
    let example = root().join("examples/risk_tier_gate");
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path();
    let refused = |what: &str| {
        let before = snapshot(to);
        let out = doc(&example, to);
        assert_eq!((out.code, &*out.stdout), (Some(2), ""), "{}", out.stderr);
        assert!(out.stderr.contains(what) && out.stderr.contains("nothing was written"), "{what}: {}", out.stderr);
        assert_eq!(before, snapshot(to), "{what}");
    };
    let index = to.join("index.html");
    let list = to.join(".zt-doc");

    // A folder of somebody's.
    fs::write(to.join("notes.txt"), "mine").expect("written");
    refused("is not empty, and zt doc did not write what is in it");
    fs::remove_file(to.join("notes.txt")).expect("removed");

    // What is written is written again; what somebody puts beside it stays.
    assert_eq!(doc(&example, to).code, Some(0));
    let first = snapshot(to);
    fs::write(to.join("CNAME"), "policies.example.com").expect("written");
    assert_eq!(doc(&example, to).code, Some(0));
    assert_eq!(fs::read_to_string(to.join("CNAME")).expect("kept"), "policies.example.com");
    fs::remove_file(to.join("CNAME")).expect("removed");
    assert_eq!(first, snapshot(to));

    // Changed by hand, gone, or a link by now.
    let page = fs::read_to_string(&index).expect("a page");
    fs::write(&index, page.replace("Overview", "My own")).expect("written");
    refused("was changed since zt doc wrote it");
    fs::remove_file(&index).expect("removed");
    assert_eq!(doc(&example, to).code, Some(0));
    assert_eq!(first, snapshot(to));
    #[cfg(unix)]
    {
        let outside = tempfile::tempdir().expect("a folder");
        let victim = outside.path().join("index.html");
        fs::write(&victim, &page).expect("written");
        fs::remove_file(&index).expect("removed");
        std::os::unix::fs::symlink(&victim, &index).expect("linked");
        refused("is a link by now");
        assert_eq!(fs::read_to_string(&victim).expect("kept"), page);
        fs::remove_file(&index).expect("removed");
        // A link where the next file is written first is replaced, not followed.
        std::os::unix::fs::symlink(&victim, to.join(".zt-doc.new")).expect("linked");
        assert_eq!(doc(&example, to).code, Some(0));
        assert_eq!(fs::read_to_string(&victim).expect("kept"), page);
        assert_eq!(first, snapshot(to));
    }

    // A list that was made up leads nowhere else, and one that is gone makes the folder somebody's.
    let good = fs::read_to_string(&list).expect("a list");
    let digest = "0".repeat(64);
    for name in ["../../secret.html", "/etc/passwd", ".bashrc", "sub/page.html", "CNAME"] {
        fs::write(&list, format!("{good}{digest} {name}\n")).expect("written");
        refused("is not a list that zt doc wrote");
    }
    fs::remove_file(&list).expect("removed");
    refused("did not write what is in it");
    fs::write(&list, &good).expect("written");

    // Pages of what there is no more are taken away; those of somebody are not.
    fs::write(to.join("policy.mine.html"), "mine").expect("written");
    let out = doc(&root().join("tests/packages/refunds"), to);
    assert_eq!(out.code, Some(0), "{}", out.stderr);
    assert!(out.stdout.contains("removed that it no longer has"), "{}", out.stdout);
    let after = snapshot(to);
    assert_eq!(after.get("policy.mine.html").map(String::as_str), Some("mine"));
    assert!(!after.keys().any(|name| first.contains_key(name) && name.starts_with("action.")), "{:?}", after.keys());
    // One in the way is not written over.
    fs::write(to.join("policy.gate.html"), "mine").expect("written");
    let names: Vec<&String> = first.keys().filter(|name| name.starts_with("policy.")).collect();
    fs::write(to.join(names[0]), "mine").expect("written");
    refused("was not written by zt doc");

    // Neither is a file, or what a link leads to that is broken.
    let file = folder.path().join("notes.txt");
    fs::write(&file, "mine").expect("written");
    let out = doc(&example, &file);
    assert_eq!(out.code, Some(2), "{}", out.stderr);
    assert_eq!(fs::read_to_string(&file).expect("kept"), "mine");
}

/// What is in a folder.
fn snapshot(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).expect("readable").flatten();
    entries
        .map(|entry| {
            let text = fs::read_to_string(entry.path()).unwrap_or_else(|_| "(unreadable)".to_owned());
            (entry.file_name().to_string_lossy().into_owned(), text)
        })
        .collect()
}
