//! How files look: each Rust file says what it is for and has one subject; each package has the licence of its folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use cargo_metadata::MetadataCommand;

/// The most lines of a file: beyond it there are two subjects.
const MOST_LINES: usize = 500;

/// Contracts may enter any software; the rest stays free.
const OPEN: &str = "BSD-3-Clause";
const FREE: &str = "AGPL-3.0-or-later";

/// Folders with Rust of ours.
const FOLDERS: [&str; 3] = ["crates", "tests", "xtask"];

/// Checks every file and package.
///
/// # Errors
///
/// Every finding.
pub(crate) fn check(root: &Path) -> Result<String> {
    let mut files = Vec::new();
    for folder in FOLDERS {
        collect(&root.join(folder), &mut files)?;
    }
    let mut findings = Vec::new();
    for path in &files {
        let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        let name = path.strip_prefix(root).unwrap_or(path).display();
        findings.extend(rules(&text).into_iter().map(|what| format!("{name}: {what}")));
    }
    findings.extend(licences(root)?);
    findings.sort();
    if findings.is_empty() {
        return Ok(format!("{} files", files.len()));
    }
    bail!("{}", findings.join("\n"))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                collect(&path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

fn rules(text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    if !text.starts_with("//!") {
        findings.push("does not begin with //!: say what the file is for".to_owned());
    }
    let lines = text.lines().count();
    if lines > MOST_LINES {
        findings.push(format!("has {lines} lines, at most {MOST_LINES} are allowed: find its two subjects"));
    }
    findings
}

fn licences(root: &Path) -> Result<Vec<String>> {
    let metadata = MetadataCommand::new().current_dir(root).no_deps().exec().context("asking cargo metadata")?;
    Ok(metadata.packages.iter().filter_map(|package| wrong_licence(package.name.as_str(), package.license.as_deref())).collect())
}

fn wrong_licence(name: &str, licence: Option<&str>) -> Option<String> {
    let expected = if name == "piramide-contracts" { OPEN } else { FREE };
    (licence != Some(expected)).then(|| format!("package {name} has the licence {}, not {expected}", licence.unwrap_or("(none)")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_refuse_what_they_should() {
        assert!(rules("//! Why.\n").is_empty());
        assert_eq!(rules("use std::fmt;\n").len(), 1);
        assert_eq!(rules(&format!("//! Why.\n{}", "\n".repeat(MOST_LINES - 1))).len(), 0);
        assert_eq!(rules(&format!("//! Why.\n{}", "\n".repeat(MOST_LINES))).len(), 1);
    }

    #[test]
    fn licences_follow_the_folder() {
        assert_eq!(wrong_licence("piramide-contracts", Some(OPEN)), None);
        assert_eq!(wrong_licence("piramide-plan", Some(FREE)), None);
        for (name, licence) in [("piramide-contracts", Some(FREE)), ("piramide-plan", Some(OPEN)), ("piramide-plan", None)] {
            assert!(wrong_licence(name, licence).is_some(), "{name} {licence:?}");
        }
    }

    #[test]
    fn the_house_is_tidy() {
        check(&crate::workspace::root()).unwrap_or_else(|error| panic!("{error:#}"));
    }
}
