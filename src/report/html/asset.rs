//! The page's style sheet and script, and the policy that lets these two run and nothing else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The style sheet.
pub(super) const STYLE: &str = concat!(include_str!("style.css"), include_str!("print.css"));

/// The script: one function, so that its parts see each other and nobody else sees them.
pub(super) const SCRIPT: &str = concat!(
    "(() => {\n\"use strict\";\n",
    include_str!("element.js"),
    include_str!("theme.js"),
    include_str!("filter.js"),
    include_str!("finding.js"),
    include_str!("list.js"),
    "})();\n"
);

/// The page's Content-Security-Policy. The icon is empty: without it a browser would ask the server for one.
pub(super) fn policy() -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())));
    format!(
        "default-src 'none'; script-src {}; style-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}
