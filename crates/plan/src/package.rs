//! The files of a plan, and the version that changes with any byte of them (*pacchetto del piano*).

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use sha2::{Digest, Sha256};

use crate::{
    error::{PlanErrors, Problem},
    reading::Findings,
};

/// The files of every package. No others than these and [`OPTIONAL`]: what is not read would still change the version.
pub const FILES: [&str; 10] = [
    "plan.toml",
    "structures.csv",
    "clusters.csv",
    "products.csv",
    "coefficients.csv",
    "items.csv",
    "measures.csv",
    "indicators.csv",
    "targets.csv",
    "objectives.csv",
];

/// The files that a package may leave out, which then are empty tables.
pub const OPTIONAL: [&str; 31] = [
    "wholes.csv",
    "outcomes.csv",
    "levers.csv",
    "subsidiarity.csv",
    "ages.csv",
    "projects.csv",
    "ranges.csv",
    "assignments.csv",
    "quality_areas.csv",
    "quality_indicators.csv",
    "quality_budgets.csv",
    "quality_published.csv",
    "incentives.csv",
    "incentive_bands.csv",
    "surveys.csv",
    "survey_items.csv",
    "survey_samples.csv",
    "survey_strata.csv",
    "survey_means.csv",
    "impact.csv",
    "costs.csv",
    "allocations.csv",
    "account_groups.csv",
    "accounts.csv",
    "account_ages.csv",
    "securities.csv",
    "spend_chapters.csv",
    "spend_budgets.csv",
    "spend_rules.csv",
    "standard_costs.csv",
    "standard_cost_budgets.csv",
];

/// How much of the hash stands in a version: enough that two plans of one name never share it by accident, short enough to read.
const VERSION_DIGITS: usize = 12;

/// Reads the files of a folder; those that begin with a point are the editor's and the system's own.
///
/// # Errors
///
/// When the folder or a file cannot be read.
pub(crate) fn read_folder(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, PlanErrors> {
    let unreadable =
        |error: std::io::Error| PlanErrors::about(folder.display().to_string(), Problem::Unreadable { why: error.to_string() });
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let bytes = fs::read(entry.path()).map_err(|error| PlanErrors::about(&name, Problem::Unreadable { why: error.to_string() }))?;
        files.insert(name, bytes);
    }
    Ok(files)
}

/// SHA-256 over the files in the order of their names: name, length and bytes of each, so that no two packages read alike.
pub(crate) fn hash(files: &BTreeMap<String, Vec<u8>>) -> String {
    let mut hasher = Sha256::new();
    for (name, bytes) in files {
        hasher.update(format!("{name}\n{}\n", bytes.len()));
        hasher.update(bytes);
    }
    hasher.finalize().iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

/// The version of a plan: its name and the beginning of the hash.
pub(crate) fn version(name: &str, hash: &str) -> String {
    format!("{name}@{}", hash.get(..VERSION_DIGITS).unwrap_or(hash))
}

/// The text of each file of a package; what is missing, superfluous or not text is noted.
pub(crate) fn texts<'a>(files: &'a BTreeMap<String, Vec<u8>>, findings: &mut Findings) -> BTreeMap<&'static str, &'a str> {
    let expected = || FILES.join(", ");
    let known = |name: &str| FILES.contains(&name) || OPTIONAL.contains(&name);
    for name in files.keys().filter(|name| !known(name)) {
        findings.add(name, None, None, Problem::UnknownFile { expected: format!("{}; and may have {}", expected(), OPTIONAL.join(", ")) });
    }
    let mut texts = BTreeMap::new();
    let present = OPTIONAL.into_iter().filter(|name| files.contains_key(*name));
    for name in FILES.into_iter().chain(present) {
        match files.get(name).map(|bytes| std::str::from_utf8(bytes)) {
            None => findings.add(name, None, None, Problem::MissingFile { expected: expected() }),
            Some(Err(error)) => findings.add(name, None, None, Problem::NotUtf8 { byte: error.valid_up_to() }),
            Some(Ok(text)) if text.starts_with('\u{feff}') => findings.add(name, None, None, Problem::ByteOrderMark),
            Some(Ok(text)) => {
                texts.insert(name, text);
            }
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash_of(files: &[(&str, &str)]) -> String {
        hash(&files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect())
    }

    #[test]
    fn no_two_packages_read_alike() {
        let packages: [&[(&str, &str)]; 8] = [
            &[("a", "12"), ("b", "3")],
            &[("a", "1"), ("b", "23")],
            &[("a", "12"), ("c", "3")],
            &[("a", "12b\n1\n3")],
            &[("a", "12\n"), ("b", "3")],
            &[("a", "12"), ("b", "3"), ("c", "")],
            &[("ab", "12"), ("b", "3")],
            &[],
        ];
        let mut hashes: Vec<String> = packages.iter().map(|files| hash_of(files)).collect();
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), packages.len());
    }

    /// Versions stand in recorded results: the same files must keep theirs for ever.
    #[test]
    fn a_version_is_for_ever() {
        let hash = hash_of(&[("items.csv", "code\n"), ("plan.toml", "name = \"p\"\n")]);
        assert_eq!(version("p", &hash), "p@e114bec217f2");
    }
}
