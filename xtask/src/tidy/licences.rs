//! Under which licence each file may be used: `REUSE.toml` says it for folders, and the texts and the manifests agree with it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use cargo_metadata::MetadataCommand;
use toml::{Table, Value};

/// Where licences are said.
const FILE: &str = "REUSE.toml";
/// Where their texts are, each under its identifier.
const TEXTS: &str = "LICENSES";
/// The licence of the whole, which readers look for at the top as well.
const WHOLE: &str = "AGPL-3.0-or-later";

/// A part of the files and its licence.
#[derive(Debug, PartialEq, Eq)]
struct Annotation {
    /// Folders, with a slash at the end; the empty one is everything.
    folders: Vec<String>,
    licence: String,
}

/// The findings of the workspace at `root`.
pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let annotations = read(&fs::read_to_string(root.join(FILE)).with_context(|| format!("reading {FILE}"))?)?;
    let mut findings = Vec::new();
    if licence(&annotations, "").is_none() {
        findings.push(format!("{FILE} does not begin with a licence of everything"));
    }
    let named: BTreeSet<PathBuf> = annotations.iter().map(|annotation| format!("{}.txt", annotation.licence).into()).collect();
    let texts = fs::read_dir(root.join(TEXTS)).with_context(|| format!("reading {TEXTS}"))?;
    let texts = texts.map(|entry| Ok(PathBuf::from(entry?.file_name()))).collect::<Result<BTreeSet<_>>>()?;
    findings.extend(named.difference(&texts).map(|text| format!("{FILE} names a licence without the text {TEXTS}/{}", text.display())));
    findings.extend(texts.difference(&named).map(|text| format!("{TEXTS}/{} is the text of no licence of {FILE}", text.display())));
    if fs::read(root.join("LICENSE"))? != fs::read(root.join(TEXTS).join(format!("{WHOLE}.txt")))? {
        findings.push(format!("LICENSE is not the text of {WHOLE}"));
    }
    let metadata = MetadataCommand::new().current_dir(root).no_deps().exec().context("asking cargo metadata")?;
    for package in &metadata.packages {
        let manifest = package.manifest_path.strip_prefix(root).context("a package outside of the workspace")?;
        findings.extend(wrong(&annotations, manifest.as_str(), package.license.as_deref()));
    }
    Ok(findings)
}

fn read(text: &str) -> Result<Vec<Annotation>> {
    let table: Table = text.parse().with_context(|| format!("reading {FILE}"))?;
    let annotations = table.get("annotations").and_then(Value::as_array).with_context(|| format!("{FILE} has no annotations"))?;
    annotations.iter().map(annotation).collect()
}

fn annotation(value: &Value) -> Result<Annotation> {
    let text = |key: &str| value.get(key).and_then(Value::as_str).with_context(|| format!("an annotation of {FILE} has no {key}"));
    ensure!(!text("SPDX-FileCopyrightText")?.is_empty(), "an annotation of {FILE} says nobody's name");
    let paths = match value.get("path") {
        Some(Value::Array(paths)) => paths.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(path)) => vec![path.as_str()],
        _ => Vec::new(),
    };
    // Folders are all that is needed here, so that nobody has to think about patterns.
    let folder = |path: &str| {
        let folder = path.strip_suffix("**").filter(|folder| folder.is_empty() || folder.ends_with('/'));
        folder.map(str::to_owned).with_context(|| format!("\"{path}\" in {FILE} is not a folder with all that is in it: folder/**"))
    };
    Ok(Annotation { folders: paths.into_iter().map(folder).collect::<Result<_>>()?, licence: text("SPDX-License-Identifier")?.to_owned() })
}

/// The licence of a file: what the last annotation says that is about it.
fn licence<'a>(annotations: &'a [Annotation], file: &str) -> Option<&'a str> {
    let about = |annotation: &&Annotation| annotation.folders.iter().any(|folder| file.starts_with(folder.as_str()));
    annotations.iter().rfind(about).map(|annotation| annotation.licence.as_str())
}

fn wrong(annotations: &[Annotation], manifest: &str, said: Option<&str>) -> Option<String> {
    let expected = licence(annotations, manifest);
    let word = |licence: Option<&str>| licence.unwrap_or("(none)").to_owned();
    (said.is_none() || said != expected).then(|| format!("{manifest} says the licence {}, {FILE} says {}", word(said), word(expected)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: &str = "BSD-3-Clause";

    fn ours() -> Vec<Annotation> {
        read(&fs::read_to_string(crate::workspace::root().join(FILE)).unwrap()).unwrap()
    }

    #[test]
    fn contracts_may_enter_any_software_and_the_rest_stays_free() {
        let annotations = ours();
        for (file, expected) in [
            ("proto/piramide/type/v1/type.proto", OPEN),
            ("crates/contracts/src/lib.rs", OPEN),
            ("crates/contracts-more/src/lib.rs", WHOLE),
            ("crates/plan/src/lib.rs", WHOLE),
            ("README.md", WHOLE),
        ] {
            assert_eq!(licence(&annotations, file), Some(expected), "{file}");
        }
    }

    #[test]
    fn a_manifest_that_says_something_else_is_found() {
        let annotations = ours();
        assert_eq!(wrong(&annotations, "crates/contracts/Cargo.toml", Some(OPEN)), None);
        assert_eq!(wrong(&annotations, "crates/plan/Cargo.toml", Some(WHOLE)), None);
        for (manifest, said) in
            [("crates/contracts/Cargo.toml", Some(WHOLE)), ("crates/plan/Cargo.toml", Some(OPEN)), ("crates/plan/Cargo.toml", None)]
        {
            assert!(wrong(&annotations, manifest, said).is_some(), "{manifest} {said:?}");
        }
    }

    #[test]
    fn annotations_that_say_too_little_are_refused() {
        let refused = |text: &str| read(&format!("[[annotations]]\n{text}")).unwrap_err().to_string();
        let whole = "path = \"**\"\nSPDX-FileCopyrightText = \"us\"\nSPDX-License-Identifier = \"MIT\"";
        assert_eq!(
            read(&format!("[[annotations]]\n{whole}")).unwrap(),
            [Annotation { folders: vec![String::new()], licence: "MIT".into() }]
        );
        assert!(refused(&whole.replace("us", "")).contains("nobody's name"));
        assert!(refused(&whole.replace("SPDX-License-Identifier", "licence")).contains("has no SPDX-License-Identifier"));
        assert!(refused(&whole.replace("**", "crates/*.rs")).contains("is not a folder"));
        assert!(refused(&whole.replace("**", "crates**")).contains("is not a folder"));
    }

    #[test]
    fn texts_without_a_licence_and_licences_without_a_text_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| {
            let file = folder.path().join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        write("Cargo.toml", "[package]\nname = \"sample\"\nlicense = \"MIT\"\n[workspace]\n");
        write("src/lib.rs", "");
        write(FILE, "[[annotations]]\npath = \"src/**\"\nSPDX-FileCopyrightText = \"us\"\nSPDX-License-Identifier = \"ISC\"");
        write("LICENSES/AGPL-3.0-or-later.txt", "free");
        write("LICENSE", "something else");
        assert_eq!(
            check(&fs::canonicalize(folder.path()).unwrap()).unwrap(),
            [
                "REUSE.toml does not begin with a licence of everything",
                "REUSE.toml names a licence without the text LICENSES/ISC.txt",
                "LICENSES/AGPL-3.0-or-later.txt is the text of no licence of REUSE.toml",
                "LICENSE is not the text of AGPL-3.0-or-later",
                "Cargo.toml says the licence MIT, REUSE.toml says (none)",
            ]
        );
    }
}
