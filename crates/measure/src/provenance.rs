//! How certain a figure is (*provenienza*).

use std::{fmt, str::FromStr};

/// Where facts come from, from the most to the least certain; a result carries the least certain that entered it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provenance {
    /// From the vertical systems, as they work.
    Submitted,
    /// Printed by the institute.
    Published,
    /// Solved from printed ratios: right in its ratios, not an observation.
    Reconstructed,
    /// Generated.
    Synthetic,
}

impl Provenance {
    /// Every provenance, most certain first.
    pub const ALL: [Self; 4] = [Self::Submitted, Self::Published, Self::Reconstructed, Self::Synthetic];

    /// The stable name in files and contracts.
    pub fn code(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Published => "published",
            Self::Reconstructed => "reconstructed",
            Self::Synthetic => "synthetic",
        }
    }
}

/// Why a text is not a provenance.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a provenance, choose one of: submitted, published, reconstructed, synthetic")]
pub struct ProvenanceError {
    /// What was written.
    pub text: String,
}

impl FromStr for Provenance {
    type Err = ProvenanceError;

    fn from_str(text: &str) -> Result<Self, ProvenanceError> {
        Self::ALL.into_iter().find(|provenance| provenance.code() == text).ok_or_else(|| ProvenanceError { text: text.to_owned() })
    }
}

impl fmt::Display for Provenance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}
