//! What users and staff are asked, whom, and how their answers are weighed (*indagine di customer experience*, *indagine interna*,
//! *feedback istantaneo*).
//!
//! Answers are marks from 1 to 5. A survey has items (factors, an overall mark, channels) and samples; a sample has strata with weights, or,
//! where only finished means are published, the measures that keep those.

mod read;

use std::collections::BTreeMap;

use piramide_measure::{Exact, Month};

pub(crate) use self::read::Tables;
use crate::reading::choices;

choices! {
    /// How answers come in.
    SurveyKind {
        /// Once, from a sample (*rilevazione*).
        Round = "round",
        /// One by one, as services are used (*feedback istantaneo*).
        Instant = "instant",
    }
}

choices! {
    /// Who answers.
    Audience {
        /// Users (*utenti*).
        Users = "users",
        /// Staff (*indagine interna*).
        Staff = "staff",
    }
}

choices! {
    /// What becomes of the neighbours of what is too few to be shown (*soppressione secondaria*): a part that is left out comes out when all
    /// others are taken from the whole.
    Secondary {
        /// The smallest of the others are left out too, until what is hidden together is no smaller than the threshold.
        Smallest = "smallest",
        /// Nothing more is left out.
        Nothing = "nothing",
    }
}

choices! {
    /// What an item of a survey is.
    SurveyItemKind {
        /// A macro-factor (*macro-fattore*).
        Factor = "factor",
        /// The overall mark (*giudizio globale*).
        Overall = "overall",
        /// Where the user met the institute (*canale*, punto di contatto).
        Channel = "channel",
    }
}

/// A survey: a round, or a stream of instant answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Its code.
    pub code: String,
    /// Its name, in Italian.
    pub label: String,
    /// How answers come in.
    pub kind: SurveyKind,
    /// Who answers.
    pub audience: Audience,
    /// The first month in which answers are taken.
    pub first_month: Month,
    /// The last, inclusive.
    pub last_month: Month,
    /// The fewest answers that are shown together, at least 2: fewer would let somebody be recognised, and mean nothing.
    pub fewest: u32,
    /// What becomes of the neighbours of what is not shown.
    pub secondary: Secondary,
    /// How many standard errors the interval reaches either way: 1.96 for 95 per cent.
    pub z: Exact,
    /// Whom it asks, in the order of the plan.
    pub samples: Vec<Sample>,
    /// What it asks about, in the order of the plan.
    pub items: Vec<SurveyItem>,
    /// What the source notes about it.
    pub note: String,
    /// Its line in `surveys.csv`.
    pub line: u64,
}

/// Whom a survey asks (*campione*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Its code.
    pub code: String,
    /// Its name, in Italian.
    pub label: String,
    /// Its strata, in the order of the plan; none where only means are published.
    pub strata: Vec<Stratum>,
    /// By item, the measure that keeps a published mean.
    pub means: BTreeMap<String, String>,
    /// What the source notes about it.
    pub note: String,
}

/// A part of a population that is asked apart (*strato*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stratum {
    /// Its code.
    pub code: String,
    /// Its name, in Italian.
    pub label: String,
    /// Its share of the population, per cent: the strata of a sample sum to 100.
    pub weight: Exact,
    /// How many there are to be asked; `None` where the plan does not say, and then the sample is taken for a small part of them.
    pub population: Option<Exact>,
    /// What the source notes about it.
    pub note: String,
    /// Its line in `survey_strata.csv`.
    pub line: u64,
}

/// A factor, the overall mark, or a channel of a survey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurveyItem {
    /// What it is.
    pub kind: SurveyItemKind,
    /// Its code.
    pub code: String,
    /// Its name, in Italian.
    pub label: String,
}

impl Survey {
    /// A sample.
    pub fn sample(&self, code: &str) -> Option<&Sample> {
        self.samples.iter().find(|sample| sample.code == code)
    }

    /// What marks are given for: the factors and the overall mark.
    pub fn factors(&self) -> impl Iterator<Item = &SurveyItem> {
        self.items.iter().filter(|item| item.kind != SurveyItemKind::Channel)
    }

    /// Where users met the institute.
    pub fn channels(&self) -> impl Iterator<Item = &SurveyItem> {
        self.items.iter().filter(|item| item.kind == SurveyItemKind::Channel)
    }

    /// Whether answers are taken in some of the months from one to another.
    pub fn is_open(&self, first: Month, last: Month) -> bool {
        self.first_month <= last && first <= self.last_month
    }
}

impl Sample {
    /// A stratum.
    pub fn stratum(&self, code: &str) -> Option<&Stratum> {
        self.strata.iter().find(|stratum| stratum.code == code)
    }
}

/// The surveys of a plan, in its order. The tables may be missing from a package, and are then empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surveys(Vec<Survey>);

impl Surveys {
    /// A survey.
    pub fn get(&self, code: &str) -> Option<&Survey> {
        self.0.iter().find(|survey| survey.code == code)
    }

    /// Every survey.
    pub fn iter(&self) -> impl Iterator<Item = &Survey> {
        self.0.iter()
    }
}
