//! Property disposed of, and errors of its database that were fixed: where the plan of 2021 has something to dispose of and to fix.

use super::{centres::Centres, postings::Postings, printed::Printed};
use crate::{Settings, chance::Chance, split::split};

/// Units disposed of and their cadastral value in hundredths, errors fixed in hundredths: of 2020 only objectives are printed.
const UNITS: i64 = 512;
const VALUE: i64 = 4_690_000_000;
const ERRORS: i64 = 431;
/// How many units are disposed of in each month.
const SEASON: [i64; 12] = [4, 6, 8, 6, 7, 9, 8, 2, 8, 12, 14, 16];
/// When the errors of a quarter are reported.
const QUARTERS: [i64; 12] = [0, 0, 20, 0, 0, 25, 0, 0, 25, 0, 0, 30];

/// Posts what every centre disposed of and fixed, at its seat.
pub(super) fn post(postings: &mut Postings, centres: &Centres, printed: &Printed, settings: Settings) {
    let mut chance = Chance::of(settings.seed, b'D', 0);
    let spread = |whole: i64, season: &[i64; 12], chance: &mut Chance| split(whole, &season.map(|weight| weight * chance.between(60, 140)));
    let units: Vec<Vec<i64>> =
        centres.split_by(UNITS, printed, "finance.disposal_units").into_iter().map(|units| spread(units, &SEASON, &mut chance)).collect();
    // Units are not worth the same everywhere.
    let worth: Vec<i64> = units.iter().flatten().map(|units| units * chance.between(60, 180)).collect();
    let values = split(VALUE, &worth);
    let errors = centres.split_by(ERRORS, printed, "finance.property_database_errors");
    for (((centre, units), values), errors) in centres.iter().zip(&units).zip(values.chunks(12)).zip(errors) {
        let hundredths = |whole: &[i64]| whole.iter().map(|count| count * 100).collect::<Vec<_>>();
        postings.flow(centre.seat(), "DISPOSAL_UNITS", &hundredths(units));
        postings.flow(centre.seat(), "DISPOSAL_VALUE", values);
        postings.flow(centre.seat(), "PROPERTY_ERRORS_FIXED", &hundredths(&spread(errors, &QUARTERS, &mut chance)));
    }
}
