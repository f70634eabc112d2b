//! The zt text that ships with zt: for now, the templates of `zt init`.

#![forbid(unsafe_code)]

/// A template of a new package.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    /// Its name, for `zt init --template`.
    pub name: &'static str,
    /// What it shows, in a line.
    pub summary: &'static str,
    /// Its policy. `PACKAGE` stands for the package's name.
    pub policy: &'static str,
}

/// Every template; the first is the default.
pub const TEMPLATES: &[Template] = &[Template {
    name: "refunds",
    summary: "an agent refunds orders: small ones alone, large ones with an approval",
    policy: include_str!("../templates/refunds.zt"),
}];
