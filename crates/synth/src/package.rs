//! The plan packages: a bundled package with its organisation and its catalogue put out to offices and products.

mod products;

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result};
use csv::StringRecord;

use crate::{
    Settings,
    catalogue::Catalogue,
    finance,
    organisation::Organisation,
    published::{FLOW_TOTAL, TOTAL},
    quality::{self, Quality},
    surveys,
};

/// The package of the years before.
const BEFORE: &str = "synth-2019";
/// The package of the year that is reconstructed.
const YEAR: &str = "synth-2020";

/// What the plan says of itself, for every reader of a figure.
const NOTE: &str = "Anno ricostruito: sedi, prodotti e mesi sono generati (provenienza: sintetico) in modo che tornino i totali nazionali pubblicati del 2020; \
                    non sono osservazioni e non contengono dati personali.";

/// What is decided of the catalogue.
const ONE_TOTAL: &str = "Flussi e punti sono pubblicati con aree proprie: qui ogni area dei flussi sta sotto l'area di cui fa i punti, e il totale è uno. **Decisione**.";

/// The rows of a table of a package.
///
/// # Errors
///
/// When it is not there or cannot be read.
pub fn table(files: &BTreeMap<String, Vec<u8>>, name: &str) -> Result<Vec<StringRecord>> {
    let bytes = files.get(name).with_context(|| format!("the package has no {name}"))?;
    Ok(csv::Reader::from_reader(bytes.as_slice()).into_records().collect::<Result<_, _>>()?)
}

/// What a package is made of beside the bundled one.
#[derive(Clone, Copy)]
pub struct Made<'a> {
    /// The offices.
    pub organisation: &'a Organisation,
    /// The products.
    pub catalogue: &'a Catalogue,
    /// The dashboard of quality.
    pub quality: &'a Quality,
    /// What of finance the plan of the year takes from the one after.
    pub finance: &'a finance::Tables<'a>,
    /// Seed and scale.
    pub settings: Settings,
}

/// Writes a package made from a bundled one.
///
/// # Errors
///
/// When the folder cannot be written.
pub fn write(folder: &Path, name: &str, bundled: &BTreeMap<String, Vec<u8>>, made: &Made<'_>) -> Result<()> {
    let Made { organisation, catalogue, quality, finance, settings } = *made;
    // Nothing is asked of the years before: they are there to be compared with.
    let (before, year) = (name == BEFORE, name == YEAR);
    let mut bundled = bundled.clone();
    if year {
        bundled.extend(finance.taken().map(|(file, bytes)| (file.to_owned(), bytes.to_vec())));
    }
    for (_, bytes) in bundled.iter_mut().filter(|(file, _)| ["indicators.csv", "impact.csv"].contains(&file.as_str())) {
        *bytes = of_one_total(bytes)?;
    }
    bundled.entry("quality_budgets.csv".to_owned()).or_insert_with(|| quality::BUDGET_HEAD.into());
    let survey = surveys::is_asked(&table(&bundled, "surveys.csv")?);
    if survey {
        bundled.insert("survey_strata.csv".to_owned(), surveys::strata()?);
    }
    let bundled = &bundled;
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    for (file, bytes) in bundled {
        let written = match file.as_str() {
            "plan.toml" => plan(std::str::from_utf8(bytes)?, name, settings).into_bytes(),
            "structures.csv" => structures(organisation, bytes)?,
            "products.csv" => products::products(catalogue, bytes)?,
            "coefficients.csv" => products::coefficients(catalogue, bytes)?,
            "targets.csv" if before => head(bytes)?.into_inner()?,
            "quality_budgets.csv" if before => bytes.clone(),
            "clusters.csv" => quality.clusters(bytes)?,
            "measures.csv" if year => quality.measures(&finance.measures(bytes)?)?,
            "measures.csv" => quality.measures(bytes)?,
            "indicators.csv" if year => finance.indicators(&quality.indicators(bytes, true, survey)?)?,
            "indicators.csv" => quality.indicators(bytes, false, survey)?,
            "survey_items.csv" if survey => surveys::items(bytes)?,
            // The answers are there, and no mean stands in for them.
            "survey_means.csv" if survey => head(bytes)?.into_inner()?,
            "quality_areas.csv" => quality.areas(bytes)?,
            "quality_indicators.csv" => quality.elementary(bytes)?,
            "quality_budgets.csv" => quality.budgets(bundled)?,
            _ => bytes.clone(),
        };
        let path = folder.join(file);
        fs::write(&path, written).with_context(|| format!("writing {}", path.display()))?;
    }
    let path = folder.join("outcomes.csv");
    fs::write(&path, products::outcomes(catalogue)?).with_context(|| format!("writing {}", path.display()))?;
    Ok(())
}

/// The head of the plan: its own name, and what it is.
fn plan(text: &str, name: &str, settings: Settings) -> String {
    let before = name == BEFORE;
    let mut lines = Vec::new();
    for line in text.lines() {
        match line.split(" = ").next() {
            Some(key @ ("first_month" | "last_month")) if before => {
                let month = if key == "first_month" { "2018-01" } else { "2019-13" };
                lines.push(format!("{key} = \"{month}\""));
            }
            Some("title") if before => {
                lines.push("title = \"Dati di confronto del 2018 e del 2019, senza obiettivi (dati sintetici)\"".to_owned());
            }
            Some("reason") if before => {
                lines.push("reason = \"Termine di confronto: nessun piano del 2018 e del 2019 è incluso\"".to_owned());
            }
            Some("name") => lines.push(format!("name = \"{name}\"")),
            Some("title") => {
                let title = line.trim_start_matches("title = ").trim_matches('"');
                lines.push(format!("title = \"{title} (anno ricostruito, dati sintetici)\""));
            }
            Some("notes") => {
                lines.push(line.to_owned());
                lines.push(format!("    \"{NOTE} {ONE_TOTAL} Seme {}, scala {} per mille.\",", settings.seed, settings.thousandths));
                if name == YEAR {
                    lines.push(format!("    \"{}\",", finance::NOTE));
                }
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines.join("\n") + "\n"
}

/// A table with the columns of another and no rows yet.
pub(crate) fn head(bytes: &[u8]) -> Result<csv::Writer<Vec<u8>>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(csv::Reader::from_reader(bytes).headers()?)?;
    Ok(writer)
}

/// A table with all its rows, ready for more.
pub(crate) fn copied(bytes: &[u8]) -> Result<csv::Writer<Vec<u8>>> {
    let mut writer = head(bytes)?;
    for row in csv::Reader::from_reader(bytes).records() {
        writer.write_record(&row?)?;
    }
    Ok(writer)
}

/// A table that speaks of the total of points where it spoke of that of flows: there is one total.
fn of_one_total(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut writer = head(bytes)?;
    for row in csv::Reader::from_reader(bytes).records() {
        writer.write_record(row?.iter().map(|field| if field == FLOW_TOTAL { TOTAL } else { field }))?;
    }
    Ok(writer.into_inner()?)
}

fn structures(organisation: &Organisation, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut writer = head(bytes)?;
    for row in &organisation.published {
        writer.write_record(row)?;
    }
    for office in &organisation.offices {
        writer.write_record([&office.code, &office.name, office.kind, &office.parent, "", "", "", "", "sintetica"])?;
    }
    Ok(writer.into_inner()?)
}
