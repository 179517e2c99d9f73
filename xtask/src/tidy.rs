//! How files look: each Rust file says what it is for and has one subject, each has its licence; and that dependencies may enter, and come
//! once.

mod admission;
mod deny;
mod licences;
mod versions;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

/// The most lines of a file: beyond it there are two subjects.
const MOST_LINES: usize = 500;

/// Folders with Rust of ours.
const FOLDERS: [&str; 3] = ["crates", "tests", "xtask"];

/// Checks every file, package and dependency.
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
    findings.extend(licences::check(root)?);
    let rules = deny::Rules::read(root)?;
    findings.extend(admission::check(root, &rules)?);
    findings.extend(versions::check(root, &rules)?);
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
    fn the_house_is_tidy() {
        check(&crate::workspace::root()).unwrap_or_else(|error| panic!("{error:#}"));
    }
}
