//! Who may know whom: the arrows between our crates, kept in a file so that a new one is a visible change, and the rules they obey.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::Path,
};

use anyhow::{Context, Result, bail};
use cargo_metadata::{DependencyKind, MetadataCommand};

/// The file, relative to the workspace.
const FILE: &str = "xtask/arrows.txt";

const HEADING: &str = "\
# Who knows whom, read from Cargo: `cargo xtask arrows` writes this file, `cargo xtask test` compares it.
# What only tests know is in brackets. Rules: xtask/src/arrows.rs.
";

/// What each crate may know, test code included. A crate that is not named here is refused until someone decides.
const RULES: &[(&str, &[&str])] = &[
    ("measure", &[]),
    ("plan", &["measure"]),
    ("contracts", &["measure"]),
    ("ledger", &[]),
    ("rollup", &[]),
    ("service", &["contracts"]),
    ("domain", &["measure", "plan", "contracts", "ledger", "service"]),
    ("production", SUMMING),
    ("quality", SUMMING),
    ("finance", SUMMING),
    ("workforce", DOMAIN),
    ("public-value", &["measure", "plan", "contracts", "service"]),
    ("gateway", &["measure", "contracts", "service"]),
    ("synth", &["measure", "plan"]),
    ("cli", &["contracts", "service", "measure"]),
    ("xtask", &["contracts"]),
];

/// A domain never knows another: teams share contracts, not code.
const DOMAIN: &[&str] = &["domain", "measure", "plan", "contracts", "service", "ledger"];
const SUMMING: &[&str] = &["domain", "measure", "plan", "contracts", "service", "ledger", "rollup"];

/// The tests of the whole system stand outside the house and may know everything in it.
const OUTSIDE: &str = "tests";

/// What a crate of ours knows of ours, without the common prefix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Known {
    always: BTreeSet<String>,
    in_tests: BTreeSet<String>,
}

type Arrows = BTreeMap<String, Known>;

/// Compares the arrows with the file and with the rules.
///
/// # Errors
///
/// Every difference and every arrow that is not allowed.
pub(crate) fn check(root: &Path) -> Result<String> {
    let arrows = read(root)?;
    let written = fs::read_to_string(root.join(FILE)).unwrap_or_default();
    let mut findings = refused(&arrows);
    findings.extend(differences(&written, &text(&arrows)));
    if findings.is_empty() {
        return Ok(format!("{} crates", arrows.len()));
    }
    bail!("{}", findings.join("\n"))
}

/// Writes the file.
///
/// # Errors
///
/// When Cargo cannot be asked or the file cannot be written.
pub(crate) fn write(root: &Path) -> Result<String> {
    let path = root.join(FILE);
    fs::write(&path, text(&read(root)?)).with_context(|| format!("writing {}", path.display()))?;
    Ok(format!("written to {FILE}"))
}

fn read(root: &Path) -> Result<Arrows> {
    let metadata = MetadataCommand::new().current_dir(root).no_deps().exec().context("asking cargo metadata")?;
    let ours: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let mut arrows = Arrows::new();
    for package in &metadata.packages {
        let known = arrows.entry(short(package.name.as_str())).or_default();
        // A crate that tests itself with a feature on still knows nobody else.
        let others = package.dependencies.iter().filter(|other| ours.contains(other.name.as_str()) && other.name != package.name.as_str());
        for other in others {
            let kind = if other.kind == DependencyKind::Development { &mut known.in_tests } else { &mut known.always };
            kind.insert(short(&other.name));
        }
        known.in_tests = known.in_tests.difference(&known.always).cloned().collect();
    }
    Ok(arrows)
}

fn short(package: &str) -> String {
    package.strip_prefix("piramide-").unwrap_or(package).to_owned()
}

fn text(arrows: &Arrows) -> String {
    let mut text = HEADING.to_owned();
    for (name, known) in arrows {
        let in_tests = known.in_tests.iter().map(|other| format!("[{other}]"));
        let all: Vec<_> = known.always.iter().cloned().chain(in_tests).collect();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", format!("{name} -> {}", all.join(", ")).trim_end());
    }
    text
}

fn refused(arrows: &Arrows) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, known) in arrows.iter().filter(|(name, _)| *name != OUTSIDE) {
        let Some((_, allowed)) = RULES.iter().find(|(ruled, _)| ruled == name) else {
            findings.push(format!("{name} has no rule: say in xtask/src/arrows.rs whom it may know"));
            continue;
        };
        for other in known.always.iter().chain(&known.in_tests).filter(|other| !allowed.contains(&other.as_str())) {
            findings.push(format!("{name} -> {other} is not allowed: {name} may know {}", list(allowed)));
        }
    }
    findings
}

fn list(allowed: &[&str]) -> String {
    if allowed.is_empty() { "none of ours".to_owned() } else { allowed.join(", ") }
}

fn differences(written: &str, found: &str) -> Vec<String> {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (written, found) = (lines(written), lines(found));
    let gone = written.difference(&found).map(|line| format!("{FILE} says \"{line}\", Cargo does not"));
    let new =
        found.difference(&written).map(|line| format!("Cargo says \"{line}\", {FILE} does not: if the arrow is meant, cargo xtask arrows"));
    gone.chain(new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knows(name: &str, always: &[&str], in_tests: &[&str]) -> Arrows {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Arrows::from([(name.to_owned(), Known { always: set(always), in_tests: set(in_tests) })])
    }

    #[track_caller]
    fn check_refused(name: &str, always: &[&str], in_tests: &[&str], expected: usize) {
        let findings = refused(&knows(name, always, in_tests));
        assert_eq!(findings.len(), expected, "{findings:#?}");
    }

    #[test]
    fn rules_refuse_what_they_should() {
        check_refused("measure", &[], &[], 0);
        check_refused("measure", &["plan"], &[], 1);
        check_refused("production", &["domain", "measure", "plan"], &["ledger"], 0);
        check_refused("production", &["quality"], &["finance"], 2);
        check_refused("public-value", &["domain", "ledger", "production"], &[], 3);
        check_refused("gateway", &["contracts", "plan"], &[], 1);
        check_refused("newcomer", &[], &[], 1);
        check_refused("tests", &["gateway", "production"], &[], 0);
    }

    #[test]
    fn every_rule_is_about_a_crate_that_exists() {
        let arrows = read(&crate::workspace::root()).unwrap();
        for (name, allowed) in RULES {
            assert!(arrows.contains_key(*name), "{name}");
            assert!(allowed.iter().all(|other| arrows.contains_key(*other)), "{allowed:?}");
        }
    }

    #[test]
    fn differences_are_shown_both_ways() {
        let found = differences("a -> b\n", "a -> b, c\n");
        assert_eq!(found.len(), 2, "{found:#?}");
        assert!(differences("a ->\n", "a ->\n").is_empty());
    }

    #[test]
    fn the_house_keeps_its_arrows() {
        check(&crate::workspace::root()).unwrap_or_else(|error| panic!("{error:#}"));
    }
}
