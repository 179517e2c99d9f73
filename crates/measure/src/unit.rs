//! What a figure counts, and with how many digits it is shown (*unità di misura*).

use std::{fmt, str::FromStr};

macro_rules! units {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $symbol:literal, $digits:literal;)+) => {
        /// What a figure counts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Unit {
            $($(#[$doc])* $variant,)+
        }

        impl Unit {
            /// Every unit.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable name in files and contracts.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// What an Italian reader sees after the number.
            pub fn symbol(self) -> &'static str {
                match self { $(Self::$variant => $symbol,)+ }
            }

            /// Digits after the decimal point when shown.
            pub fn digits(self) -> u32 {
                match self { $(Self::$variant => $digits,)+ }
            }
        }
    };
}

units! {
    /// Single works (*pezzi*).
    Pieces = "pieces", "pezzi", 0;
    /// Homogenised points (*punti omogeneizzati*): an hour of work is a point.
    Points = "points", "punti", 0;
    /// Homogenised points per head per month.
    PointsPerHeadPerMonth = "points_per_head_per_month", "punti pro capite al mese", 2;
    /// Euro.
    Euro = "euro", "€", 2;
    /// Euro per homogenised point.
    EuroPerPoint = "euro_per_point", "€ per punto", 2;
    /// Hours (*ore*).
    Hours = "hours", "ore", 2;
    /// Days (*giorni*).
    Days = "days", "giorni", 0;
    /// Days per head.
    DaysPerHead = "days_per_head", "giorni pro capite", 2;
    /// A quotient of like things.
    Ratio = "ratio", "", 2;
    /// Hundredths.
    Percent = "percent", "%", 2;
    /// An index number, 100 being the base or the objective.
    Index = "index", "", 2;
    /// A mark from 1 to 5.
    Mark = "mark_1_to_5", "su 5", 2;
    /// Squared marks: a variance.
    MarkVariance = "mark_variance", "voti²", 8;
    /// Persons (*unità di personale*).
    Persons = "persons", "persone", 0;
    /// Full-time equivalents.
    FullTimeEquivalents = "full_time_equivalents", "FTE", 2;
    /// Things counted one by one: devices, works, property units, followers.
    Items = "items", "unità", 0;
}

/// Why a text is not a unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a unit, choose one of: {}", Unit::ALL.iter().map(|unit| unit.code()).collect::<Vec<_>>().join(", "))]
pub struct UnitError {
    /// What was written.
    pub text: String,
}

impl FromStr for Unit {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        Self::ALL.iter().copied().find(|unit| unit.code() == text).ok_or_else(|| UnitError { text: text.to_owned() })
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}
