//! Which dependencies may enter: those of the registry, under a licence that `deny.toml` allows, and none that it bans.

use std::{collections::BTreeSet, path::Path};

use anyhow::{Context, Result};
use cargo_metadata::{MetadataCommand, Package};
use spdx::{Expression, LicenseReq, ParseMode};
use toml::Value;

use super::deny::{FILE, Rules};

/// What is asked of each dependency.
struct Admission<'a> {
    /// Licences by their SPDX identifiers.
    allowed: BTreeSet<&'a str>,
    /// Names of packages, and why they are kept out.
    banned: Vec<(&'a str, &'a str)>,
}

/// The findings of the workspace at `root`: of every package that is built for one of our platforms, tests and build included.
pub(super) fn check(root: &Path, rules: &Rules) -> Result<Vec<String>> {
    let admission = Admission::read(rules)?;
    let (mut findings, mut needed) = (BTreeSet::new(), BTreeSet::new());
    for target in rules.targets()? {
        let mut command = MetadataCommand::new();
        command.current_dir(root).features(cargo_metadata::CargoOpt::AllFeatures);
        let options = ["--locked", "--filter-platform", target].map(str::to_owned);
        let metadata = command.other_options(options).exec().context("asking cargo metadata")?;
        for package in metadata.packages.iter().filter(|package| !metadata.workspace_members.contains(&package.id)) {
            findings.extend(admission.refused(package));
            needed.extend(admission.licences(package));
        }
    }
    let unneeded = admission.allowed.iter().filter(|licence| !needed.contains(**licence));
    findings.extend(unneeded.map(|licence| format!("{FILE} allows {licence}, under which nothing comes any more: strike it out")));
    Ok(findings.into_iter().collect())
}

impl<'a> Admission<'a> {
    fn read(rules: &'a Rules) -> Result<Self> {
        let banned = |entry: &'a Value| {
            let text = |key: &str| entry.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
            text("crate").zip(text("reason")).with_context(|| format!("{FILE} bans {entry}, without a name or a reason"))
        };
        Ok(Self {
            allowed: rules.list("licenses", "allow").iter().filter_map(Value::as_str).collect(),
            banned: rules.list("bans", "deny").iter().map(banned).collect::<Result<_>>()?,
        })
    }

    /// Why a package may not enter.
    fn refused(&self, package: &Package) -> Vec<String> {
        let name = format!("{} {}", package.name, package.version);
        let mut findings = Vec::new();
        match &package.source {
            Some(source) if source.is_crates_io() => {}
            Some(source) => findings.push(format!("{name} comes from {source}, and only crates.io is a source")),
            None => findings.push(format!("{name} comes from a folder that is not of the workspace")),
        }
        if let Some((_, reason)) = self.banned.iter().find(|(banned, _)| *banned == package.name.as_str()) {
            findings.push(format!("{name} is banned: {reason}"));
        }
        match expression(package) {
            Some(licence) if licence.evaluate(|wanted| self.allows(wanted)) => {}
            Some(licence) => findings.push(format!("{name} comes under {licence}, which {FILE} does not allow")),
            None => findings.push(format!("{name} does not say its licence in a form that can be read: {:?}", package.license)),
        }
        findings
    }

    /// Of the licences that are allowed, those that a package names.
    fn licences(&self, package: &Package) -> Vec<&'static str> {
        let named = expression(package);
        let named = named.iter().flat_map(Expression::requirements).filter(|named| self.allows(&named.req));
        named.filter_map(|named| named.req.license.id()).map(|id| id.name).collect()
    }

    fn allows(&self, wanted: &LicenseReq) -> bool {
        // An exception only adds to what the licence permits.
        wanted.license.id().is_some_and(|id| self.allowed.contains(id.name))
    }
}

/// The licences of a package; older ones write a slash for "or".
fn expression(package: &Package) -> Option<Expression> {
    Expression::parse_mode(package.license.as_deref()?, ParseMode::LAX).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const RULES: &str = "
        [licenses]
        allow = [\"MIT\", \"Apache-2.0\"]
        [bans]
        deny = [{ crate = \"openssl\", reason = \"one implementation of TLS\" }]
    ";
    const REGISTRY: Option<&str> = Some("registry+https://github.com/rust-lang/crates.io-index");

    fn package(name: &str, source: Option<&str>, licence: Option<&str>) -> Package {
        let package = json!({
            "name": name, "version": "1.2.3", "id": name, "source": source, "license": licence, "dependencies": [], "targets": [],
            "features": {}, "manifest_path": "/Cargo.toml"
        });
        serde_json::from_value(package).unwrap()
    }

    #[track_caller]
    fn check(package: &Package, expected: &[&str]) {
        let rules = Rules::from(RULES);
        assert_eq!(Admission::read(&rules).unwrap().refused(package), expected);
    }

    #[test]
    fn a_licence_of_several_is_enough_and_all_that_hold_together_are_needed() {
        for good in
            ["MIT", "MIT/Apache-2.0", "GPL-3.0-only OR MIT", "(MIT OR GPL-2.0-only) AND Apache-2.0", "Apache-2.0 WITH LLVM-exception"]
        {
            check(&package("good", REGISTRY, Some(good)), &[]);
        }
        for bad in ["GPL-3.0-only", "MIT AND GPL-3.0-only"] {
            check(&package("bad", REGISTRY, Some(bad)), &[&format!("bad 1.2.3 comes under {bad}, which deny.toml does not allow")]);
        }
        check(&package("bad", REGISTRY, None), &["bad 1.2.3 does not say its licence in a form that can be read: None"]);
    }

    #[test]
    fn sources_and_names_are_looked_at() {
        let git = "git+https://example.org/fork#0123456";
        check(&package("fork", Some(git), Some("MIT")), &[&format!("fork 1.2.3 comes from {git}, and only crates.io is a source")]);
        check(&package("stray", None, Some("MIT")), &["stray 1.2.3 comes from a folder that is not of the workspace"]);
        check(&package("openssl", REGISTRY, Some("MIT")), &["openssl 1.2.3 is banned: one implementation of TLS"]);
        assert!(Admission::read(&Rules::from("[bans]\ndeny = [{ crate = \"openssl\" }]")).is_err());
    }

    #[test]
    fn what_is_allowed_for_something_is_known() {
        let rules = Rules::from(RULES);
        let named = Admission::read(&rules).unwrap().licences(&package("some", REGISTRY, Some("GPL-3.0-only OR MIT")));
        assert_eq!(named, ["MIT"]);
    }
}
