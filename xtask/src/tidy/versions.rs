//! One version of each dependency: where two cannot be helped, `deny.toml` lists one of them with the reason, as `cargo deny` reads it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::{Context, Result, ensure};
use cargo_metadata::semver::{Version, VersionReq};
use toml::Value;

use super::deny::{FILE, Rules};
use crate::workspace;

/// The versions of each package that is built.
type Versions = BTreeMap<String, BTreeSet<Version>>;

/// Versions of a package that may stand beside another.
#[derive(Debug)]
struct Skipped {
    name: String,
    versions: VersionReq,
    reason: String,
}

/// The findings of the workspace at `root`.
pub(super) fn check(root: &Path, rules: &Rules) -> Result<Vec<String>> {
    let skipped = rules.list("bans", "skip").iter().map(skipped).collect::<Result<Vec<_>>>()?;
    let mut found = Versions::new();
    for target in rules.targets()? {
        read(&duplicates(root, target)?, &mut found)?;
    }
    Ok(findings(&found, &skipped))
}

/// What is built for a platform in more than one way, as Cargo tells it: features and platforms considered, one package a line.
fn duplicates(root: &Path, target: &str) -> Result<String> {
    let mut command = workspace::cargo(&["tree", "--workspace", "--all-features", "--duplicates", "--target", target]);
    command.current_dir(root).args(["--edges", "normal,build,dev", "--depth", "0", "--prefix", "none", "--format", "{p}"]);
    let output = command.output().context("asking cargo tree")?;
    ensure!(output.status.success(), "cargo tree fails: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(String::from_utf8(output.stdout)?)
}

/// Takes in lines like `syn v2.0.119 (proc-macro)`; between kinds of dependencies stand empty ones and headings.
fn read(lines: &str, found: &mut Versions) -> Result<()> {
    for line in lines.lines().filter(|line| !line.is_empty() && !line.starts_with('[')) {
        let mut words = line.split(' ');
        let (name, version) = words.next().zip(words.next()).with_context(|| format!("\"{line}\" names no version"))?;
        let version = version.strip_prefix('v').unwrap_or(version);
        let version = Version::parse(version).with_context(|| format!("\"{line}\" has a version that cannot be read"))?;
        found.entry(name.to_owned()).or_default().insert(version);
    }
    Ok(())
}

/// An entry like `{ crate = "syn:2", reason = "why" }`.
fn skipped(entry: &Value) -> Result<Skipped> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
    let (name, versions) = text("crate").split_once(':').with_context(|| format!("{FILE} skips {entry}, not \"name:version\""))?;
    let versions = VersionReq::parse(versions).with_context(|| format!("{FILE} skips {entry}"))?;
    ensure!(!text("reason").is_empty(), "{FILE} skips {entry} without a reason");
    Ok(Skipped { name: name.to_owned(), versions, reason: text("reason").to_owned() })
}

fn findings(found: &Versions, skipped: &[Skipped]) -> Vec<String> {
    let covers = |skipped: &Skipped, name: &str, version: &Version| skipped.name == name && skipped.versions.matches(version);
    let mut findings = Vec::new();
    for (name, versions) in found {
        let left: Vec<_> = versions.iter().filter(|version| !skipped.iter().any(|skipped| covers(skipped, name, version))).collect();
        if left.len() > 1 {
            let left = left.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
            findings.push(format!("{name} is built in the versions {left}: go without one, or list it with the reason in {FILE}"));
        }
    }
    for Skipped { name, versions, reason } in skipped {
        let of_more = found.get(name).filter(|found| found.len() > 1);
        if !of_more.is_some_and(|found| found.iter().any(|version| versions.matches(version))) {
            findings.push(format!("{FILE} skips {name}:{versions} ({reason}), which is no second version any more: strike it out"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use toml::Table;

    use super::*;

    fn found(lines: &str) -> Versions {
        let mut found = Versions::new();
        read(lines, &mut found).unwrap();
        found
    }

    fn entry(text: &str) -> Result<Skipped> {
        skipped(&format!("entry = {text}").parse::<Table>().unwrap()["entry"])
    }

    #[test]
    fn the_lines_of_cargo_are_read() {
        let found = found("syn v2.0.119\n\nsyn v3.0.10 (*)\n\n[dev-dependencies]\nxtask v0.1.0 (/here/xtask)\n");
        assert_eq!((found["syn"].len(), found["xtask"].len(), found.len()), (2, 1, 2));
        assert!(read("syn 2\n", &mut Versions::new()).is_err());
    }

    #[test]
    fn a_second_version_is_found_unless_it_is_listed() {
        let found = found("syn v2.0.119\nsyn v3.0.10\nsyn v3.0.10\nlibc v0.2.1\nlibc v0.2.1\n");
        let said = findings(&found, &[]);
        assert_eq!(said, ["syn is built in the versions 2.0.119 and 3.0.10: go without one, or list it with the reason in deny.toml"]);
        let two = entry("{ crate = \"syn:2\", reason = \"many\" }").unwrap();
        assert_eq!(findings(&found, &[two]), Vec::<String>::new());
    }

    #[test]
    fn what_is_listed_for_nothing_is_found() {
        let found = found("syn v2.0.119\nsyn v3.0.10\nlibc v0.2.1\n");
        let listed =
            ["syn:2", "syn:1", "libc:0.2", "rand:0.8"].map(|spec| entry(&format!("{{ crate = \"{spec}\", reason = \"why\" }}")).unwrap());
        let said = findings(&found, &listed);
        assert_eq!(said.len(), 3, "{said:#?}");
        for (said, name) in said.iter().zip(["syn:^1", "libc:^0.2", "rand:^0.8"]) {
            assert!(said.starts_with(&format!("deny.toml skips {name} (why), which is no second version")), "{said}");
        }
    }

    #[test]
    fn an_entry_says_which_version_and_why() {
        for bad in
            ["{ crate = \"syn\", reason = \"why\" }", "{ crate = \"syn:two\", reason = \"why\" }", "{ crate = \"syn:2\" }", "\"syn:2\""]
        {
            assert!(entry(bad).is_err(), "{bad}");
        }
    }
}
