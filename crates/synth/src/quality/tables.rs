//! The tables of the plan: measures for every indicator, clusters, budgets.

use std::collections::BTreeMap;

use anyhow::Result;

use super::{Elementary, Quality, impact};
use crate::{
    package::{copied, head, table},
    surveys,
};

/// The columns of the budgets, for a bundled plan that has none.
pub const BUDGET_HEAD: &str = "indicator,cluster,structure,value,note\n";
/// The purpose of the clusters that offices are held to.
const PURPOSE: &str = "quality";
/// Fewer cases than these are marked.
const FEWEST: &str = "30";
/// Digits after the point of a budget.
const DIGITS: usize = 8;

/// Indicators of the plan of 2020 that the dashboard computes: method and subject.
const COMPUTED: [(&str, &str, &str); 15] = [
    ("quality.customer_care", "index_vs_previous_year", "CUSTOMER_CARE_AREA"),
    ("quality.appeals", "index_vs_previous_year", "APPEALS_AREA"),
    ("quality.social_opinions", "index_vs_previous_year", "SOCIAL_OPINIONS_AREA"),
    ("quality.public_pensions", "index_vs_previous_year", "PUBLIC_PENSIONS_AREA"),
    ("quality.employment_end", "index_vs_previous_year", "EMPLOYMENT_END_AREA"),
    ("quality.civil_invalidity", "index_vs_previous_year", "CIVIL_INVALIDITY_AREA"),
    ("quality.synthetic.vs_previous_year", "index_vs_previous_year", "PRODUCTION"),
    ("quality.synthetic.vs_budget", "index_vs_budget", "PRODUCTION"),
    ("quality.rdc_completed", "ratio", "Q_RDC"),
    ("quality.family_support_completed", "ratio", "Q_FAMILY_SUPPORT"),
    ("quality.time_private_pensions", "ratio", "Q_PRIVATE_PENSIONS_TIME"),
    ("quality.time_public_pensions", "ratio", "Q_PUBLIC_PENSIONS_TIME"),
    ("quality.time_naspi", "ratio", "Q_NASPI_TIME"),
    ("quality.time_durc_completed", "ratio", "Q_DURC"),
    ("quality.time_company_registration_3_days", "ratio", "Q_COMPANY_3_DAYS"),
];

impl Quality {
    /// The clusters of the bundled plan, and those that offices are held to.
    ///
    /// # Errors
    ///
    /// When the table cannot be read.
    pub fn clusters(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        let mut writer = copied(bytes)?;
        for (host, cluster) in &self.by_host {
            writer.write_record([PURPOSE, cluster, host])?;
        }
        Ok(writer.into_inner()?)
    }

    /// The measures of the bundled plan and of the impact, and one for each elementary indicator.
    ///
    /// # Errors
    ///
    /// When the table cannot be read.
    pub fn measures(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        let mut writer = copied(&impact::measures(bytes)?)?;
        for elementary in &self.elementary {
            let unit = if elementary.national.days { "days" } else { "percent" };
            writer.write_record([&elementary.code, "quality", &format!("Misura di {}", elementary.code), unit, "sintetica"])?;
        }
        Ok(writer.into_inner()?)
    }

    /// The indicators of the bundled plan, those of single measures computed from the elementary indicators; where `indices` are wanted, those
    /// of the dashboard too; and where the `survey` is asked, those of its means from the answers.
    ///
    /// # Errors
    ///
    /// When the table cannot be read.
    pub fn indicators(&self, bytes: &[u8], indices: bool, survey: bool) -> Result<Vec<u8>> {
        let mut writer = head(bytes)?;
        for row in csv::Reader::from_reader(bytes).records() {
            let row = row?;
            let code = row.get(0).unwrap_or_default();
            let computed = COMPUTED.iter().find(|(known, method, _)| *known == code && (indices || *method == "ratio"));
            let mean = surveys::subject(code).filter(|_| survey);
            let computed = computed.map(|(_, method, subject)| (*method, *subject)).or(mean.as_deref().map(|mean| ("survey_mean", mean)));
            let cells = row.iter().enumerate().map(|(place, cell)| match (computed, place) {
                (Some((method, _)), 4) => method,
                (Some((_, subject)), 5) => subject,
                _ => cell,
            });
            writer.write_record(cells)?;
        }
        Ok(writer.into_inner()?)
    }

    /// The areas of the bundled plan, whose sections compare offices by their clusters.
    ///
    /// # Errors
    ///
    /// When the table cannot be read.
    pub fn areas(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        let mut writer = head(bytes)?;
        for row in csv::Reader::from_reader(bytes).records() {
            let row = row?;
            let section = row.get(1).is_some_and(str::is_empty);
            writer.write_record(row.iter().enumerate().map(|(place, cell)| if section && place == 4 { PURPOSE } else { cell }))?;
        }
        Ok(writer.into_inner()?)
    }

    /// The elementary indicators of the bundled plan, each with a measure.
    ///
    /// # Errors
    ///
    /// When the table cannot be read.
    pub fn elementary(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        let mut writer = head(bytes)?;
        for row in csv::Reader::from_reader(bytes).records() {
            let row = row?;
            let Some(measured) = self.elementary.iter().find(|elementary| row.get(0) == Some(&elementary.code)) else {
                writer.write_record(&row)?;
                continue;
            };
            let direction = if measured.national.days { "lower_is_better" } else { "higher_is_better" };
            let label = row.get(2).unwrap_or_default().replace("misura da definire dall'istituto", "misura sintetica");
            let label = label.replace("da definire dall'istituto", "sintetico");
            let cells = row.iter().enumerate().map(|(place, cell)| match place {
                2 => label.as_str(),
                4 => measured.code.as_str(),
                5 => direction,
                10 => FEWEST,
                11 => "mark",
                13 if cell.is_empty() => "sintetico",
                _ => cell,
            });
            writer.write_record(cells)?;
        }
        Ok(writer.into_inner()?)
    }

    /// The budget of each cluster for each indicator of a plan's dashboard: drawn around that of the nation, the largest cluster makes up
    /// for the others.
    ///
    /// # Errors
    ///
    /// When the dashboard of the plan cannot be read.
    pub fn budgets(&self, bundled: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(BUDGET_HEAD.trim_end().split(','))?;
        let listed = table(bundled, "quality_indicators.csv")?;
        for elementary in self.elementary.iter().filter(|one| listed.iter().any(|row| row.get(0) == Some(&one.code))) {
            for (cluster, value) in self.budgets_of(elementary) {
                writer.write_record([&elementary.code, cluster, "", &value, "sintetico"])?;
            }
        }
        Ok(writer.into_inner()?)
    }

    /// The budgets of an indicator, by cluster.
    fn budgets_of(&self, elementary: &Elementary) -> Vec<(&'static str, String)> {
        let mut cases: BTreeMap<&'static str, i128> = BTreeMap::new();
        for (cluster, [.., now]) in self.clusters.iter().zip(&elementary.offices) {
            *cases.entry(cluster).or_default() += now.iter().map(|(_, denominator)| i128::from(*denominator)).sum::<i128>();
        }
        cases.retain(|_, cases| *cases > 0);
        let Some(largest) = cases.iter().max_by_key(|(_, cases)| **cases).map(|(cluster, _)| *cluster) else { return Vec::new() };
        // What all budgets together must come to, in units of the last digit that is written, times cases.
        let units = 10_i128.pow(u32::try_from(DIGITS).unwrap_or_default());
        let shown = if elementary.national.days { units } else { units * 100 };
        let over = i128::from(elementary.national.over_budget);
        let numerator = i128::from(elementary.national.now.0);
        let whole = if elementary.national.days {
            numerator * shown * 10_000 / (10_000 - over)
        } else {
            numerator * shown * 10_000 / (10_000 + over)
        };
        let all: i128 = cases.values().sum();
        let mean = whole / all.max(1);
        let drawn = |place: usize| mean * (100 + i128::try_from(place % 5).unwrap_or_default() - 2) / 100;
        let others: BTreeMap<&'static str, i128> =
            cases.keys().filter(|cluster| **cluster != largest).enumerate().map(|(place, cluster)| (*cluster, drawn(place))).collect();
        let given: i128 = others.iter().map(|(cluster, budget)| budget * cases.get(cluster).copied().unwrap_or_default()).sum();
        let rest = (whole - given) / cases.get(largest).copied().unwrap_or(1).max(1);
        let text = |value: i128| format!("{}.{:0width$}", value / units, value % units, width = DIGITS);
        others.into_iter().chain([(largest, rest)]).map(|(cluster, value)| (cluster, text(value))).collect()
    }
}
