//! The rules on dependencies, as `deny.toml` says them for `cargo deny` and for us.

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};
use toml::{Table, Value};

/// Where they are.
pub(super) const FILE: &str = "deny.toml";

/// What the file says.
pub(super) struct Rules(Table);

impl Rules {
    /// Reads the file of the workspace at `root`.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let text = fs::read_to_string(root.join(FILE)).with_context(|| format!("reading {FILE}"))?;
        text.parse().map(Self).with_context(|| format!("reading {FILE}"))
    }

    /// The list under a key of a part; empty where there is none.
    pub(super) fn list(&self, part: &str, key: &str) -> &[Value] {
        self.0.get(part).and_then(|part| part.get(key)).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The platforms that are built for.
    pub(super) fn targets(&self) -> Result<Vec<&str>> {
        let targets: Vec<_> = self.list("graph", "targets").iter().filter_map(Value::as_str).collect();
        ensure!(!targets.is_empty(), "{FILE} names no target: nothing would be looked at");
        Ok(targets)
    }
}

#[cfg(test)]
impl From<&str> for Rules {
    fn from(text: &str) -> Self {
        Self(text.parse().unwrap())
    }
}
