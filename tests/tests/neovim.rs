//! A real Neovim with `editors/neovim/zt.lua`, from a mistake to the declaration of a name.

use std::fs;
use std::process::Command;

use zt_tests::command::{binary, copy, root};

#[test]
fn neovim_shows_a_mistake_a_meaning_and_a_declaration() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&root().join("examples/customer_support"), &folder.path().join("support"));
    let policy = folder.path().join("support/refunds.zt");
    let text = fs::read_to_string(&policy).expect("readable");
    let broken = text.replacen("when input.amount > small\n", "when input.ammount > small\n", 1);
    assert_ne!(text, broken);
    fs::write(&policy, broken).expect("writable");
    let command = format!("let g:zt_command = ['{}', 'lsp']", binary().display());
    let out = Command::new("nvim")
        .args(["--headless", "-n", "-i", "NONE", "-u"])
        .arg(root().join("editors/neovim/zt.lua"))
        .args(["--cmd", &command, "-c"])
        .arg(format!("luafile {}", root().join("tests/editors/neovim.lua").display()))
        .arg(&policy)
        .env("HOME", folder.path())
        .env("XDG_CACHE_HOME", folder.path().join("cache"))
        .env("XDG_STATE_HOME", folder.path().join("state"))
        .env("XDG_DATA_HOME", folder.path().join("data"))
        .env("XDG_CONFIG_HOME", folder.path().join("config"))
        .output()
        .expect("Neovim is installed, as by tests/run or `apt-get install neovim`");
    let said = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success() && said.contains("all is well"), "{said}");
}
