//! A reconstructed year holds together row by row, is the same whenever it is made again, and its plans are plans.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod before;
mod calibration;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use piramide_measure::{Exact, deviation};
use piramide_plan::Plans;
use piramide_synth::{Made, Settings, write};

const SMALL: Settings = Settings { seed: 2020, thousandths: 10, year_before: false };
const MIDDLE: Settings = Settings { seed: 7, thousandths: 100, year_before: false };

fn made(settings: Settings) -> (tempfile::TempDir, Made) {
    let folder = tempfile::tempdir().unwrap();
    let made = write(folder.path(), settings, |_, _| {}).unwrap();
    (folder, made)
}

/// Every file under a folder, by its path from there, with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else {
                found.insert(entry.strip_prefix(folder).unwrap().display().to_string(), fs::read(&entry).unwrap());
            }
        }
    }
    found
}

/// Facts by office, product and month: received, completed, automatic, cancelled, taken, handed, opening, closing.
type Facts = BTreeMap<(String, String, u8), [i64; 8]>;

/// The facts of production of 2020.
fn facts(folder: &Path) -> Facts {
    facts_of(folder, "2020")
}

fn facts_of(folder: &Path, year: &str) -> Facts {
    let mut facts = BTreeMap::new();
    for entry in fs::read_dir(folder.join("facts")).unwrap().map(|entry| entry.unwrap().path()) {
        let name = entry.file_name().unwrap().to_str().unwrap().to_owned();
        let of_others = ["synth-quality-", "synth-finance-", "synth-surveys-", "synth-impact-"].iter().any(|start| name.starts_with(start));
        // The year stands after the seed and the scale.
        let of_year = name.split('-').nth(3) == Some(year);
        if !of_others && of_year && entry.extension().is_some_and(|extension| extension == "csv") {
            for row in csv::Reader::from_path(entry).unwrap().records().map(Result::unwrap).filter(|row| !row[3].is_empty()) {
                assert!(row[2].starts_with(year), "{row:?}");
                let numbers: Vec<i64> = (3..11).map(|place| row[place].parse().unwrap()).collect();
                let key = (row[0].to_owned(), row[1].to_owned(), row[2][5..].parse().unwrap());
                assert!(facts.insert(key, numbers.try_into().unwrap()).is_none(), "a fact stands twice");
            }
        }
    }
    facts
}

#[track_caller]
fn check_rows(facts: &Facts, made: Made) {
    let mut transfers: BTreeMap<(&str, u8), (i64, i64)> = BTreeMap::new();
    let mut moved = 0;
    for ((office, product, month), numbers) in facts {
        let [received, completed, automatic, cancelled, taken, handed, opening, closing] = *numbers;
        assert!(numbers.iter().all(|number| *number >= 0), "{office} {product} {month}: {numbers:?}");
        assert_eq!(opening + received + taken - handed - completed - cancelled, closing, "{office} {product} {month}");
        assert!(automatic <= completed, "{office} {product} {month}");
        if let Some(before) = month.checked_sub(1).filter(|month| *month > 0) {
            let closed = facts.get(&(office.clone(), product.clone(), before)).map_or(0, |numbers| numbers[7]);
            assert_eq!(opening, closed, "{office} {product} {month} opens as the month before closed, which without a row is with nothing");
        }
        let sums = transfers.entry((product, *month)).or_default();
        (sums.0, sums.1) = (sums.0 + taken, sums.1 + handed);
        moved += taken;
    }
    assert!(transfers.values().all(|(taken, handed)| taken == handed), "nationally transfers in equal transfers out");
    assert!(moved > 0, "some offices help others");
    let offices: BTreeSet<&String> = facts.keys().map(|(office, _, _)| office).collect();
    assert_eq!(offices.len(), made.offices);
}

/// What each office handed over, with and without the name of who took it.
#[test]
fn every_piece_that_is_handed_over_names_who_takes_it() {
    let (folder, _) = made(MIDDLE);
    let mut named: BTreeMap<(String, String, u8), i64> = BTreeMap::new();
    let mut taken: BTreeMap<(String, String, u8), i64> = BTreeMap::new();
    for entry in fs::read_dir(folder.path().join("facts")).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.extension().is_some_and(|extension| extension == "csv") {
            for row in csv::Reader::from_path(entry).unwrap().records().map(Result::unwrap) {
                let Some((product, helper)) = row[1].split_once(":to:") else { continue };
                let (month, pieces): (u8, i64) = (row[2][5..].parse().unwrap(), row[8].parse().unwrap());
                assert_ne!(helper, &row[0], "nobody helps itself");
                *named.entry((row[0].to_owned(), product.to_owned(), month)).or_default() += pieces;
                *taken.entry((helper.to_owned(), product.to_owned(), month)).or_default() += pieces;
            }
        }
    }
    let facts = facts(folder.path());
    let moved =
        |place: usize| facts.iter().filter(move |(_, numbers)| numbers[place] > 0).map(move |(key, numbers)| (key.clone(), numbers[place]));
    assert_eq!(named, moved(5).collect());
    assert_eq!(taken, moved(4).collect());
}

#[test]
fn every_row_balances_and_leads_into_the_next() {
    for settings in [SMALL, MIDDLE] {
        let (folder, made) = made(settings);
        check_rows(&facts(folder.path()), made);
    }
}

#[test]
fn the_plans_are_plans() {
    for settings in [SMALL, MIDDLE] {
        let (folder, _) = made(settings);
        let plans = Plans::load_folder(&folder.path().join("plans")).unwrap_or_else(|errors| panic!("{errors}"));
        let names: Vec<&str> = plans.iter().map(|plan| plan.name()).collect();
        assert_eq!(names, ["synth-2019", "synth-2020", "synth-2021", "synth-2026"]);
        assert!(plans.iter().all(|plan| plan.notes().iter().any(|note| note.contains("non sono osservazioni"))), "each says what it is");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let (first, _) = made(SMALL);
    let (second, _) = made(SMALL);
    let (other, _) = made(Settings { seed: 2021, ..SMALL });
    assert!(files(first.path()) == files(second.path()), "the same seed and scale give the same bytes");
    assert!(facts(first.path()) != facts(other.path()), "another seed gives another year");
    let sums = |folder: &Path| -> i64 { facts(folder).values().map(|numbers| numbers[0]).sum() };
    assert!(sums(first.path()) > 15_000_000 && sums(other.path()) > 15_000_000, "the national size is the institute's whatever the seed");
}

/// Cents of finance in 2020 by office and item, month by month from 1 to 13; nothing where there is no fact.
fn amounts(folder: &Path) -> BTreeMap<(String, String), [Option<i64>; 13]> {
    let mut amounts: BTreeMap<(String, String), [Option<i64>; 13]> = BTreeMap::new();
    for entry in fs::read_dir(folder.join("facts")).unwrap().map(|entry| entry.unwrap().path()) {
        let name = entry.file_name().unwrap().to_str().unwrap().to_owned();
        if name.starts_with("synth-finance-") && name.contains("-2020-") && !name.contains("-2019-") {
            for row in csv::Reader::from_path(entry).unwrap().records().map(Result::unwrap) {
                let month: usize = row[2][5..].parse().unwrap();
                let cents = piramide_measure::decimal::parse_minor_units(&row[3], 2).unwrap();
                let cell = &mut amounts.entry((row[0].to_owned(), row[1].to_owned())).or_default()[month - 1];
                // Of what stands at the end of a month it is known too that it is nothing.
                let is_stock =
                    [".balance", ".open.", ".unworkable"].iter().any(|figure| row[1].contains(figure)) || &row[1] == "TRANSIT_1005";
                assert!(cell.is_none() && (is_stock || cents != 0), "a fact stands twice, or says nothing: {row:?}");
                *cell = Some(cents);
            }
        }
    }
    amounts
}

/// Printed: Piano della performance 2021-2023, Risultati 2020, "I risultati finanziari" (slide 27), and the reference values; euro cents.
#[test]
fn the_published_amounts_of_2020_come_out_to_the_cent() {
    const PRINTED: [(&str, i64); 14] = [
        ("FLOWS", 766_063_569_800),
        ("ASSESS_INSPECTION", 33_490_759_400),
        ("ASSESS_DOCUMENT", 8_491_504_500),
        ("ASSESS_DMV", 7_732_952_600),
        ("ECA", 15_292_587_200),
        ("RETIREMENT", 193_456_500),
        ("REDEMPTION", 54_577_514_700),
        ("INTEREST", 409_182_000),
        ("UNDUE", 167_935_816_900),
        ("LESS_BENEFITS", 24_753_158_200),
        ("SUBROGATION", 3_906_386_900),
        ("LITIGATION_COSTS", 21_953_540_135),
        ("INSPECTION_RECEIPTS", 7_638_827_153),
        ("PRODUCTION_VALUE", 831_071_373_500),
    ];
    for settings in [SMALL, MIDDLE] {
        let (folder, made) = made(settings);
        let amounts = amounts(folder.path());
        for (item, expected) in PRINTED {
            assert_eq!(of_year(&amounts, item), expected, "{item}");
        }
        // Printed: "Lo stato di salute delle risorse umane", staff of the territory on 31 December 2020.
        assert_eq!(of_year(&amounts, "STD_HEADS"), 2_387_700);
        let with = |item: &str| amounts.keys().filter(|(_, of)| of == item).count();
        assert!(with("INTEREST") <= made.offices && with("LITIGATION_COSTS") < with("FLOWS"), "not every office has everything");
        for ((office, item), months) in &amounts {
            let months = months.map(Option::unwrap_or_default);
            assert!(months[..12].iter().all(|cents| *cents >= 0), "{office} {item}: {months:?}");
            let (year, december): (i64, i64) = (months.iter().sum(), months[11]);
            assert!(year >= 0 && -months[12] <= december, "month 13 takes back no more than there is: {office} {item} {months:?}");
        }
        assert!(
            settings == SMALL || amounts.values().any(|months| months[12] < Some(0) && months[12].is_some()),
            "some correct December in month 13"
        );
    }
}

/// What is posted of an item in all offices in the year.
fn of_year(amounts: &BTreeMap<(String, String), [Option<i64>; 13]>, item: &str) -> i64 {
    amounts.iter().filter(|((_, of), _)| of == item).flat_map(|(_, months)| months.iter().flatten()).sum()
}

/// Nothing is printed of the costs, chapters and accounts of 2020: what is drawn of them holds together, and speaks of all that the plan lists.
#[test]
fn what_is_drawn_of_finance_holds_together() {
    for settings in [SMALL, MIDDLE] {
        let (folder, _) = made(settings);
        let (amounts, plans) = (amounts(folder.path()), Plans::load_folder(&folder.path().join("plans")).unwrap());
        let plan = plans.get("synth-2020").unwrap();
        let year = |item: &str| of_year(&amounts, item);
        let leaves: Vec<&str> =
            plan.costs().tree().iter().map(|item| item.code.as_str()).filter(|code| plan.costs().nature(code).is_some()).collect();
        let total: i64 = leaves.iter().map(|leaf| year(leaf)).sum();
        assert!(leaves.iter().all(|leaf| year(leaf) > 0) && total == 260_000_000_000, "costs of every account: {total}");
        assert_eq!(year("STD_COST_TOTAL_PER_PRODUCT_COST"), total);
        // The points of costs are those that production completes: 24,876,384 are printed, net of inspection.
        assert_eq!((year("COST_POINTS"), year("STD_PRODUCT_UNITS")), (2_487_638_400, 2_487_638_400));
        for (chapter, cost) in [
            ("5U1104012", "LIGHTING_PER_SQM"),
            ("5U1104014", "RUNNING_CLEANING_HYGIENE_PER_SQM"),
            ("4U1102028", "MEAL_VOUCHERS_PER_CAPITA"),
        ] {
            assert_eq!(year(&format!("{chapter}.actual")), year(&format!("STD_{cost}_COST")), "{chapter}");
        }
        for chapter in plan.spending().chapters() {
            let figure = |figure: &str| year(&format!("{}.{figure}", chapter.code));
            let used = figure("actual");
            let rounds = ["forecast_1", "forecast_2", "forecast_3", "forecast_4"].map(figure);
            let near = rounds.iter().all(|round| (used - round).abs() * 5 <= used);
            assert!(near && figure("paid") <= used && used <= figure("committed"), "{}: {used}, {rounds:?}", chapter.code);
        }
        for (office, balance) in
            amounts.iter().filter(|((_, item), _)| item.ends_with(".balance")).map(|((office, item), months)| (office, (item, months)))
        {
            let account = balance.0.trim_end_matches(".balance");
            let at = |subject: String, month: usize| amounts[&(office.clone(), subject)][month].unwrap();
            for month in 0..12 {
                let open: i64 = plan.accounts().ages().iter().map(|age| at(format!("{account}.open.{}", age.code), month)).sum();
                assert_eq!(Some(open), balance.1[month], "{account} in {office}");
                assert!(at(format!("{account}.unworkable"), month) <= open);
            }
        }
        let (before, now) = (year_before(folder.path(), "GPA52021.collected"), year("GPA52021.collected"));
        assert!(before > 0 && now > 0 && before != now, "collected in both years: {before}, {now}");
        assert_eq!(year("DISPOSAL_UNITS") % 100, 0, "units are whole");
    }
}

/// What is posted of an item in all offices in 2019.
fn year_before(folder: &Path, item: &str) -> i64 {
    let files = fs::read_dir(folder.join("facts")).unwrap().map(|entry| entry.unwrap().path());
    let of_2019 = files
        .filter(|path| path.file_name().unwrap().to_str().unwrap().contains("-2019-") && path.display().to_string().contains("finance"));
    let rows = of_2019.flat_map(|path| csv::Reader::from_path(path).unwrap().into_records().map(Result::unwrap));
    rows.filter(|row| &row[1] == item).map(|row| piramide_measure::decimal::parse_minor_units(&row[3], 2).unwrap()).sum()
}

/// Numerators and denominators of quality by measure and year, summed over offices and months; each cell is checked on the way.
fn measured(folder: &Path) -> BTreeMap<(String, String), (i64, i64)> {
    let plans = Plans::load_folder(&folder.join("plans")).unwrap();
    let plan = plans.get("synth-2020").unwrap();
    let mut sums: BTreeMap<(String, String), (i64, i64)> = BTreeMap::new();
    for entry in fs::read_dir(folder.join("facts")).unwrap().map(|entry| entry.unwrap().path()) {
        let name = entry.file_name().unwrap().to_str().unwrap().to_owned();
        if ["synth-quality-", "synth-impact-"].iter().any(|start| name.starts_with(start)) {
            for row in csv::Reader::from_path(entry).unwrap().records().map(Result::unwrap) {
                let (numerator, denominator): (i64, i64) = (row[3].parse().unwrap(), row[4].parse().unwrap());
                let share = plan.measures().get(&row[1]).unwrap().unit == piramide_measure::Unit::Percent;
                assert!(numerator >= 0 && denominator > 0 && (!share || numerator <= denominator), "{row:?}");
                let sum = sums.entry((row[1].to_owned(), row[2][..4].to_owned())).or_default();
                *sum = (sum.0 + numerator, sum.1 + denominator);
            }
        }
    }
    sums
}

/// Printed: "L'andamento di alcuni importanti servizi all'utenza" and "Risultato degli obiettivi specifici di ente", in hundredths.
#[test]
fn what_is_printed_of_single_measures_comes_out_exactly() {
    for settings in [SMALL, MIDDLE] {
        let (folder, _) = made(settings);
        let sums = measured(folder.path());
        let check = |measure: &str, year: &str, hundredths: i64, whole: i64| {
            let (numerator, denominator) = sums[&(measure.to_owned(), year.to_owned())];
            assert_eq!(numerator * 100 * whole, hundredths * denominator, "{measure} {year}");
        };
        for (measure, before, now) in
            [("Q_PRIVATE_PENSIONS_TIME", 2_300, 1_900), ("Q_PUBLIC_PENSIONS_TIME", 3_800, 2_800), ("Q_NASPI_TIME", 2_600, 2_200)]
        {
            check(measure, "2019", before, 1);
            check(measure, "2020", now, 1);
        }
        for (measure, before, now) in [("Q_DURC", 9_928, 9_596), ("Q_COMPANY_3_DAYS", 9_564, 9_468)] {
            check(measure, "2019", before, 100);
            check(measure, "2020", now, 100);
        }
        check("Q_RDC", "2020", 9_426, 100);
        check("Q_FAMILY_SUPPORT", "2020", 9_340, 100);
    }
}

/// Printed: Piano della performance 2021-2023, Risultati 2020, "Qualità": the synthetic index of 2019 on the year before, 10.26.
#[test]
fn the_printed_variation_of_2019_comes_out() {
    for settings in [SMALL, MIDDLE] {
        let (folder, _) = made(settings);
        let plans = Plans::load_folder(&folder.path().join("plans")).unwrap();
        let plan = plans.get("synth-2020").unwrap();
        let sums = measured(folder.path());
        let value = |measure: &str, year: &str| {
            let (numerator, denominator) = sums[&(measure.to_owned(), year.to_owned())];
            Exact::quotient(&numerator.into(), &denominator.into()).unwrap()
        };
        let areas = plan.dashboard().children("PRODUCTION");
        let mean = |values: Vec<Exact>| Exact::quotient(&values.iter().sum(), &Exact::from(i64::try_from(values.len()).unwrap())).unwrap();
        let of_area = |area: &str| {
            let gain = |indicator: &piramide_plan::QualityIndicator| {
                let (now, before) = (value(&indicator.code, "2019"), value(&indicator.code, "2018"));
                deviation::deviation(&now, &before, indicator.direction, indicator.scale).unwrap()
            };
            mean(plan.dashboard().indicators_under(area).into_iter().map(gain).collect())
        };
        let synthetic = mean(areas.iter().map(|area| of_area(area.code())).collect());
        assert_eq!(synthetic.rounded(2), "10.26");
    }
}

/// Printed: Piano della performance 2021-2023, Risultati 2020, "Customer experience": both samples, in hundredths.
#[test]
fn the_printed_means_of_the_survey_come_out_exactly() {
    const PRINTED: [(&str, i64, i64); 5] = [
        ("ACCESSIBILITY", 329, 339),
        ("RESPONSIVENESS", 324, 334),
        ("OMNICHANNEL", 309, 315),
        ("REPUTATION", 319, 327),
        ("OVERALL", 339, 342),
    ];
    for settings in [SMALL, MIDDLE] {
        let (folder, made) = made(settings);
        let plans = Plans::load_folder(&folder.path().join("plans")).unwrap();
        let survey = plans.get("synth-2020").unwrap().surveys().get("CX_2020").unwrap();
        let mut answers: BTreeMap<(String, String, String), [i64; 5]> = BTreeMap::new();
        let mut offices = BTreeSet::new();
        for entry in fs::read_dir(folder.path().join("facts")).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.file_name().unwrap().to_str().unwrap().starts_with("synth-surveys-") {
                for row in csv::Reader::from_path(entry).unwrap().records().map(Result::unwrap) {
                    let topic: Vec<&str> = row[1].split(':').collect();
                    assert!(survey.channels().any(|channel| channel.code == topic[3]), "{row:?}");
                    let counts: Vec<i64> = (3..8).map(|place| row[place].parse().unwrap()).collect();
                    assert!(counts.iter().all(|count| *count >= 0) && counts.iter().sum::<i64>() > 0, "{row:?}");
                    let sum = answers.entry((topic[1].into(), topic[2].into(), topic[4].into())).or_default();
                    sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
                    offices.insert(row[0].to_owned());
                }
            }
        }
        assert_eq!(offices.len(), made.offices);
        for (factor, generic, covid) in PRINTED {
            for (sample, printed) in [("GENERIC", generic), ("COVID", covid)] {
                let strata = &survey.sample(sample).unwrap().strata;
                let of_stratum = |stratum: &piramide_plan::Stratum| {
                    let counts = answers[&(sample.to_owned(), stratum.code.clone(), factor.to_owned())];
                    let marks: i64 = (1..).zip(counts).map(|(mark, count): (i64, i64)| mark * count).sum();
                    let mean = Exact::quotient(&marks.into(), &counts.iter().sum::<i64>().into()).unwrap();
                    (mean.clone() * stratum.weight.clone(), mean)
                };
                let means: Vec<(Exact, Exact)> = strata.iter().map(of_stratum).collect();
                let weighted: Exact = means.iter().map(|(weighted, _)| weighted.clone()).sum();
                assert_eq!(weighted, Exact::from(printed), "{factor} {sample}");
                assert!(means.iter().any(|(_, mean)| *mean != means[0].1), "strata differ");
            }
        }
    }
}

/// What the plan of 2026 asks beside production's facts: no share passes its whole, and the total is the sum of its areas.
#[test]
fn the_measures_of_the_impact_sum_to_their_total() {
    for settings in [SMALL, MIDDLE] {
        let (folder, _) = made(settings);
        let sums = measured(folder.path());
        for measure in ["ADVICE_FIRST_CONTACT", "DIGITAL_REQUESTS"] {
            for year in ["2019", "2020"] {
                let of = |suffix: &str| sums[&(format!("{measure}{suffix}"), year.to_owned())];
                let (benefits, flows) = (of("_BENEFITS"), of("_FLOWS"));
                assert_eq!(of(""), (benefits.0 + flows.0, benefits.1 + flows.1), "{measure} {year}");
            }
        }
        for plan in Plans::load_folder(&folder.path().join("plans")).unwrap().iter() {
            assert!(plan.measures().get("DIGITAL_REQUESTS_FLOWS").is_some(), "{}", plan.name());
        }
    }
}
