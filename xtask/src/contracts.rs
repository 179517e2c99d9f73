//! `cargo xtask contracts`: how the contracts of `proto/` must read, and that they only grow.
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`sources`] | the files, from the working tree or from git, compiled with their comments |
//! | [`history`] | the commits that they are compared with |
//! | [`elements`] | a file taken apart into its messages, fields, rpcs, values |
//! | [`style`] | names, comments, types: one element at a time |
//! | [`shape`] | folders, imports, recursion: how files and messages stand to each other |
//! | [`breaking`] | what an older reader or writer would no longer understand |

mod breaking;
mod elements;
mod history;
mod shape;
mod sources;
mod style;
#[cfg(test)]
mod tests;

use std::{fmt, path::Path};

use anyhow::{Result, bail};
use prost_types::FileDescriptorProto;

use crate::contracts::{history::Baseline, sources::Sources};

/// A rule that does not hold somewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    file: String,
    /// From 1; 0 when the whole file is meant.
    line: usize,
    what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(formatter, "proto/{}: {}", self.file, self.what),
            line => write!(formatter, "proto/{}:{line}: {}", self.file, self.what),
        }
    }
}

/// Checks the contracts of the workspace at `root` and says what was compared.
///
/// # Errors
///
/// Every finding, when there is one; or why the contracts cannot be read.
pub(crate) fn check(root: &Path) -> Result<String> {
    let sources = Sources::from_folder(&root.join("proto"))?;
    let files = sources.compile()?;
    let mut findings = lint(&sources, &files);
    let mut compared = Vec::new();
    for baseline in history::baselines(root)? {
        compared.push(match baseline {
            Baseline::Present { sources, name } => {
                findings.extend(breaking::check(&sources.compile()?, &files));
                format!("compared with {name}")
            }
            Baseline::Absent { why } => format!("not compared: {why}"),
        });
    }
    let compared = compared.join("; ");
    if findings.is_empty() {
        return Ok(format!("{} files, {compared}", files.len()));
    }
    findings.sort();
    // Two commits may both have what is gone.
    findings.dedup();
    let lines: Vec<_> = findings.iter().map(Finding::to_string).collect();
    bail!("{}\n{} findings in the contracts, {compared}", lines.join("\n"), lines.len())
}

fn lint(sources: &Sources, files: &[FileDescriptorProto]) -> Vec<Finding> {
    let mut findings = sources.without_licence();
    findings.extend(files.iter().flat_map(style::check));
    findings.extend(shape::check(files));
    findings
}
