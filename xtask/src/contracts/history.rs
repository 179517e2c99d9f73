//! What the contracts of the working tree are compared with: commits that others already build on.

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    path::Path,
    process::{Command, Output},
};

use anyhow::{Context, Result, ensure};

use crate::contracts::sources::{Sources, is_proto};

/// The branch that everybody builds on, here and where this clone came from. A clone made for a check often has the second alone.
const BRANCHES: [&str; 2] = ["main", "origin/main"];

/// What there is to compare with.
pub(super) enum Baseline {
    /// The contracts of a commit, and which commit that is.
    Present { sources: Sources, name: String },
    /// Nothing, and why.
    Absent { why: String },
}

/// The contracts at the head of main. Where the working tree stands on that very commit, or nobody knows main, also those before their
/// last change: a break that is already committed is a difference to these only.
pub(super) fn baselines(root: &Path) -> Result<Vec<Baseline>> {
    // Sources that came without their history have nothing to be compared with; a clone that git cannot read is a failure.
    if !root.join(".git").exists() {
        return Ok(vec![absent("this is no clone".to_owned())]);
    }
    let git = Git(root);
    let Some(head) = git.commit("HEAD")? else { return Ok(vec![absent("there is no commit here".to_owned())]) };
    let mut heads: Vec<(String, String)> = Vec::new();
    for branch in BRANCHES {
        if let Some(commit) = git.commit(branch)?
            && heads.iter().all(|(known, _)| *known != commit)
        {
            heads.push((commit.clone(), format!("{branch} at {commit}")));
        }
    }
    if heads.is_empty() {
        heads.push((head.clone(), format!("the last commit, {head}, since there is no main here")));
    }
    let stands_on_main = heads.iter().any(|(commit, _)| *commit == head);
    let mut baselines = heads.into_iter().map(|(commit, name)| git.contracts(&commit, name)).collect::<Result<Vec<_>>>()?;
    if stands_on_main
        && let Some(changed) = git.said(&["rev-list", "--first-parent", "--max-count=1", "--abbrev-commit", "HEAD", "--", "proto"])?
    {
        baselines.push(match git.commit(&format!("{changed}^"))? {
            Some(before) => git.contracts(&before, format!("{before}, before {changed} changed them"))?,
            None => absent(format!("there is nothing before {changed} in this clone")),
        });
    }
    Ok(baselines)
}

fn absent(why: String) -> Baseline {
    Baseline::Absent { why }
}

/// Asks git about a working tree.
struct Git<'a>(&'a Path);

impl Git<'_> {
    fn run(&self, arguments: &[&str]) -> Result<Output> {
        Command::new("git").current_dir(self.0).args(arguments).output().context("git cannot be run")
    }

    /// What it says, if anything.
    fn said(&self, arguments: &[&str]) -> Result<Option<String>> {
        let output = self.run(arguments)?;
        ensure!(output.status.success(), "git {} fails: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        Ok(Some(String::from_utf8(output.stdout)?.trim().to_owned()).filter(|said| !said.is_empty()))
    }

    /// The short name of a commit; none where there is no such commit.
    fn commit(&self, revision: &str) -> Result<Option<String>> {
        let output = self.run(&["rev-parse", "--verify", "--quiet", "--short", &format!("{revision}^{{commit}}")])?;
        // Of a commit that is not there it says nothing; where it cannot look, it says why.
        ensure!(output.status.success() || output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(Some(String::from_utf8(output.stdout)?.trim().to_owned()).filter(|commit| !commit.is_empty()))
    }

    /// The contracts of a commit.
    fn contracts(&self, commit: &str, name: String) -> Result<Baseline> {
        let listing = self.said(&["ls-tree", "-r", "-z", "--name-only", commit, "--", "proto"])?;
        let mut files = BTreeMap::new();
        for path in listing.iter().flat_map(|listing| listing.split('\0')).filter(|path| is_proto(Path::new(path))) {
            let shown = self.run(&["show", &format!("{commit}:{path}")])?;
            ensure!(shown.status.success(), "git cannot show {path} at {commit}");
            files.insert(path.trim_start_matches("proto/").to_owned(), String::from_utf8(shown.stdout)?);
        }
        if files.is_empty() {
            return Ok(absent(format!("{name}, has no contracts")));
        }
        Ok(Baseline::Present { sources: Sources::from(files), name })
    }
}
