//! The packages that come with the program, as bytes in the binary: a service needs no files to start.

use std::collections::BTreeMap;

type Files = BTreeMap<String, Vec<u8>>;

macro_rules! package {
    ($name:literal $(, $more:literal)*) => {
        package!($name: "plan.toml", "structures.csv", "clusters.csv", "products.csv", "coefficients.csv", "items.csv", "measures.csv",
            "indicators.csv", "targets.csv", "objectives.csv" $(, $more)*)
    };
    ($name:literal: $($file:literal),+) => {
        ($name, &[$(($file, include_bytes!(concat!("../plans/", $name, "/", $file)))),+])
    };
}

/// A package: its folder, and each file with its bytes.
type Package = (&'static str, &'static [(&'static str, &'static [u8])]);

const PACKAGES: [Package; 3] = [
    package!(
        "inps-2020",
        "wholes.csv",
        "account_groups.csv",
        "accounts.csv",
        "account_ages.csv",
        "ages.csv",
        "costs.csv",
        "quality_areas.csv",
        "quality_indicators.csv",
        "quality_published.csv",
        "incentives.csv",
        "incentive_bands.csv",
        "surveys.csv",
        "survey_items.csv",
        "survey_samples.csv",
        "survey_means.csv"
    ),
    package!(
        "inps-2021",
        "wholes.csv",
        "ages.csv",
        "assignments.csv",
        "projects.csv",
        "costs.csv",
        "quality_areas.csv",
        "quality_indicators.csv",
        "quality_published.csv",
        "incentives.csv",
        "incentive_bands.csv",
        "surveys.csv",
        "survey_items.csv",
        "survey_samples.csv",
        "survey_means.csv",
        "subsidiarity.csv",
        "account_groups.csv",
        "accounts.csv",
        "account_ages.csv",
        "spend_chapters.csv",
        "spend_rules.csv",
        "standard_costs.csv",
        "standard_cost_budgets.csv"
    ),
    package!(
        "inps-2026",
        "wholes.csv",
        "ages.csv",
        "costs.csv",
        "quality_areas.csv",
        "quality_indicators.csv",
        "account_groups.csv",
        "accounts.csv",
        "account_ages.csv",
        "securities.csv",
        "spend_chapters.csv",
        "spend_budgets.csv",
        "spend_rules.csv",
        "surveys.csv",
        "survey_items.csv",
        "survey_samples.csv",
        "survey_strata.csv",
        "impact.csv"
    ),
];

/// The bundled packages, by folder.
pub fn packages() -> Vec<(&'static str, Files)> {
    let files = |files: &[(&str, &[u8])]| files.iter().map(|(file, bytes)| ((*file).to_owned(), bytes.to_vec())).collect();
    PACKAGES.iter().map(|(name, bytes)| (*name, files(bytes))).collect()
}
