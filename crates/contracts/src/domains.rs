//! The domains by name, with the ports they listen on by default.

/// A service of the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Domain {
    /// Its name in codes, paths and settings: `production`.
    pub name: &'static str,
    /// What a reader sees, in Italian.
    pub label: &'static str,
    /// The loopback port it listens on unless told otherwise.
    pub port: u16,
    /// What the subject of its facts is called in files; `None` for a service that keeps no facts.
    pub subject: Option<&'static str>,
}

/// Production accounting (*contabilità della produzione*).
pub const PRODUCTION: Domain = Domain { name: "production", label: "Produzione", port: 7101, subject: Some("product") };
/// Quality indices (*Cruscotto Qualità*).
pub const QUALITY: Domain = Domain { name: "quality", label: "Qualità", port: 7102, subject: Some("measure") };
/// Economic and financial effectiveness (*IEEP*).
pub const FINANCE: Domain = Domain { name: "finance", label: "Finanza", port: 7103, subject: Some("item") };
/// Agile work and staff (*POLA*).
pub const WORKFORCE: Domain = Domain { name: "workforce", label: "Personale", port: 7104, subject: Some("measure") };
/// The pyramid (*valore pubblico*).
pub const PUBLIC_VALUE: Domain = Domain { name: "public_value", label: "Valore pubblico", port: 7105, subject: None };

/// The domains that keep facts, in the order of the house.
pub const FACT_KEEPING: [Domain; 4] = [PRODUCTION, QUALITY, FINANCE, WORKFORCE];

/// Every service with a scorecard.
pub const ALL: [Domain; 5] = [PRODUCTION, QUALITY, FINANCE, WORKFORCE, PUBLIC_VALUE];

/// The domain of that name.
pub fn named(name: &str) -> Option<Domain> {
    ALL.into_iter().find(|domain| domain.name == name)
}

/// The domain that an indicator belongs to: the first part of its dotted code.
pub fn of_indicator(code: &str) -> Option<Domain> {
    named(code.split('.').next().unwrap_or_default())
}
