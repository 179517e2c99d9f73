//! A plan and facts of any size, the same each time.

use std::{collections::BTreeMap, fs, path::Path};

use piramide_domain::{Batch, Facts};
use piramide_ledger::Fact;
use piramide_measure::{Month, Provenance};
use piramide_plan::Plan;
use piramide_quality::facts::{DENOMINATOR, MARKS, NUMERATOR};

/// The year in which facts begin.
pub(crate) const FIRST_YEAR: u16 = 2019;
/// Answers of the survey, all factors together, at least.
const ANSWERS: usize = 200_000;
pub(crate) const REGIONS: usize = 20;
const AREAS: usize = 10;
const CLUSTERS: usize = 7;
const STRATA: usize = 4;
const CHANNELS: usize = 5;
const FACTORS: usize = 5;

/// How much there is.
pub(crate) struct Scale {
    pub(crate) indicators: usize,
    pub(crate) offices: usize,
    pub(crate) months: usize,
}

pub(crate) fn office(number: usize) -> String {
    format!("OFF_{number:03}")
}

pub(crate) fn region(number: usize) -> String {
    format!("REG_{number:02}")
}

/// A plan with so many indicators in ten areas, offices in twenty regions and seven clusters, and a survey.
pub(crate) fn plan(scale: &Scale) -> Plan {
    let rows = |header: &str, rows: Vec<String>| format!("{header}\n{}\n", rows.join("\n"));
    let structures = std::iter::once("NAZ,Nazionale,nation,,,,,,".to_owned())
        .chain((0..REGIONS).map(|number| format!("{},Regione,region,NAZ,,,,,", region(number))))
        .chain((0..scale.offices).map(|number| format!("{},Sede,province,{},,,,,", office(number), region(number % REGIONS))));
    let areas = std::iter::once("PRODUCTION,,Aree di produzione,,quality,,".to_owned())
        .chain((0..AREAS).map(|number| format!("A{number},PRODUCTION,Area,,,,")));
    let indicator = |number: usize| format!("I{number:03},A{},Indicatore,,M{number:03},lower_is_better,,,,sum,,,,", number % AREAS);
    let budgets =
        (0..scale.indicators).flat_map(|number| (0..CLUSTERS).map(move |cluster| format!("I{number:03},C{cluster},,{},", 20 + cluster)));
    let files = [
        (
            "plan.toml",
            format!(
                "name = \"bench\"\ntitle = \"Piano di prova\"\nfirst_month = \"{FIRST_YEAR}-01\"\nlast_month = \"2030-13\"\ncap = \"50\"\n\
                 missing = \"reweight\"\napproved_by = \"nessuno\"\napproved_on = 2021-01-01\nreason = \"prova\"\nnotes = []\n"
            ),
        ),
        ("structures.csv", rows("code,name,kind,parent,valid_from,valid_to,istat,nuts,note", structures.collect())),
        (
            "clusters.csv",
            rows(
                "purpose,cluster,structure",
                (0..scale.offices).map(|number| format!("quality,C{},{}", number % CLUSTERS, office(number))).collect(),
            ),
        ),
        (
            "products.csv",
            rows(
                "code,label,parent,kind,counts,production_area,inspection,automated,metaprocess,remote_workable,note",
                vec!["TOTAL,Totale,,total,,,,,,,".into(), "P,Prodotto,TOTAL,product,both,true,,,,,".into()],
            ),
        ),
        ("coefficients.csv", rows("product,first_month,coefficient", vec![format!("P,{FIRST_YEAR}-01,1")])),
        ("items.csv", rows("code,label,parent,sign,weight", vec!["IEEP,IEEP,,1,".into()])),
        (
            "measures.csv",
            rows("code,domain,label,unit,note", (0..scale.indicators).map(|number| format!("M{number:03},quality,Misura,days,")).collect()),
        ),
        (
            "indicators.csv",
            rows(
                "code,label,unit,direction,method,subject,parameter,cap,note",
                vec!["quality.i,I,days,lower_is_better,ratio,M000,,,".into()],
            ),
        ),
        ("targets.csv", "indicator,structure,period,kind,value,baseline,scale,note\n".into()),
        (
            "objectives.csv",
            rows(
                "code,parent,label,kind,weighting,weight,indicator,missing,note",
                vec!["index,,Indice,index,equal,,,,".into(), "index.i,index,I,indicator,,,quality.i,,".into()],
            ),
        ),
        ("quality_areas.csv", rows("code,parent,label,weight,clusters,indicators,note", areas.collect())),
        (
            "quality_indicators.csv",
            rows(
                "code,area,label,weight,measure,direction,scale,cap,missing,over_months,fewest,when_few,need,note",
                (0..scale.indicators).map(indicator).collect(),
            ),
        ),
        ("quality_budgets.csv", rows("indicator,cluster,structure,value,note", budgets.collect())),
        (
            "surveys.csv",
            rows(
                "code,label,kind,audience,first_month,last_month,fewest,secondary,z,note",
                vec![format!("VOICE,Indagine,round,users,{FIRST_YEAR}-01,2030-12,30,smallest,1.96,")],
            ),
        ),
        (
            "survey_items.csv",
            rows(
                "survey,kind,code,label",
                (0..FACTORS)
                    .map(|number| format!("VOICE,factor,F{number},Fattore"))
                    .chain((0..CHANNELS).map(|number| format!("VOICE,channel,H{number},Canale")))
                    .collect(),
            ),
        ),
        ("survey_samples.csv", rows("survey,code,label,note", vec!["VOICE,USERS,Utenti,".into()])),
        (
            "survey_strata.csv",
            rows(
                "survey,sample,code,label,weight,population,note",
                (0..STRATA).map(|number| format!("VOICE,USERS,S{number},Strato,25,1000000,")).collect(),
            ),
        ),
    ];
    let files: BTreeMap<String, Vec<u8>> = files.into_iter().map(|(file, text)| (file.to_owned(), text.into_bytes())).collect();
    Plan::from_files(&files).expect("the plan is a plan")
}

/// Numbers that look like chance and are the same each time (splitmix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound.unsigned_abs()).cast_signed()
    }
}

fn month(number: usize) -> i32 {
    let (year, month) = (u16::try_from(number / 12).unwrap(), u8::try_from(number % 12).unwrap());
    Month::new(FIRST_YEAR + year, month + 1).unwrap().index()
}

fn measured(structure: usize, indicator: usize, at: i32, chance: &mut Chance) -> Fact {
    let cases = 1 + chance.below(500);
    let days = cases * (10 + chance.below(40));
    let values = [Some(days * 10_000), Some(cases * 10_000), None, None, None, None, None].into();
    Fact {
        line: 1,
        structure: office(structure).into(),
        subject: format!("M{indicator:03}").into(),
        first_month: at,
        last_month: at,
        values,
    }
}

pub(crate) fn batch(id: &str) -> Batch {
    Batch { id: id.into(), provenance: Provenance::Synthetic }
}

/// How many answers the survey has, all factors together.
pub(crate) fn answers(scale: &Scale) -> usize {
    let cells = cells(scale);
    cells * ANSWERS.div_ceil(cells)
}

fn cells(scale: &Scale) -> usize {
    scale.offices * STRATA * CHANNELS * FACTORS
}

/// Every indicator in every office and month, and the answers of the survey.
pub(crate) fn facts(scale: &Scale) -> Facts {
    let mut chance = Chance(42);
    let mut facts = Facts::default();
    for at in 0..scale.months {
        let places = (0..scale.offices).flat_map(|structure| (0..scale.indicators).map(move |indicator| (structure, indicator)));
        let of_month = places.map(|(structure, indicator)| measured(structure, indicator, month(at), &mut chance));
        facts.take(i64::try_from(at).unwrap() + 1, batch("bench"), of_month);
    }
    let cells = cells(scale);
    let each = ANSWERS.div_ceil(cells);
    let answers = (0..cells).map(|cell| {
        let (structure, rest) = (cell % scale.offices, cell / scale.offices);
        let (stratum, channel, factor) = (rest % STRATA, rest / STRATA % CHANNELS, rest / STRATA / CHANNELS);
        let mut counts = [0; 5];
        for _ in 0..each {
            counts[usize::try_from(chance.below(5)).unwrap()] += 1;
        }
        let values = [None, None].into_iter().chain(counts.map(Some)).collect();
        let subject = format!("VOICE:USERS:S{stratum}:H{channel}:F{factor}");
        Fact {
            line: 1,
            structure: office(structure).into(),
            subject: subject.into(),
            first_month: month(12),
            last_month: month(12),
            values,
        }
    });
    facts.take(i64::try_from(scale.months).unwrap() + 1, batch("bench"), answers);
    facts
}

/// A new measure.
pub(crate) struct Changed {
    pub(crate) fact: Fact,
    pub(crate) office: usize,
    pub(crate) indicator: usize,
}

/// Another value of one measure in one office and month of the second year.
pub(crate) fn change(number: usize, scale: &Scale) -> Changed {
    let mut chance = Chance(u64::try_from(number).unwrap());
    let mut below = |bound: usize| usize::try_from(chance.below(i64::try_from(bound).unwrap())).unwrap();
    let (office, indicator, at) = (below(scale.offices), below(scale.indicators), below(12));
    Changed { fact: measured(office, indicator, month(12 + at), &mut chance), office, indicator }
}

/// Writes what is known as columns: of each fact indicator, office, region, cluster, month, numerator and denominator; of each answer factor,
/// stratum and mark.
pub(crate) fn write(place: &Path, scale: &Scale, facts: &Facts) {
    let first = month(0);
    let mut columns: [Vec<u8>; 7] = Default::default();
    let mut put = |column: usize, number: usize| columns[column].extend(i32::try_from(number).unwrap().to_le_bytes());
    let whole = |amount: Option<i64>| usize::try_from(amount.unwrap() / 10_000).unwrap();
    for indicator in 0..scale.indicators {
        for fact in facts.about(&format!("M{indicator:03}")) {
            let office: usize = fact.structure.trim_start_matches("OFF_").parse().unwrap();
            let months = usize::try_from(fact.last.index() - first).unwrap();
            let (numerator, denominator) = (whole(fact.value(NUMERATOR)), whole(fact.value(DENOMINATOR)));
            // A year has thirteen months in the ledger, and twelve here.
            let at = months / 13 * 12 + months % 13;
            for (column, number) in
                [indicator, office, office % REGIONS, office % CLUSTERS, at, numerator, denominator].into_iter().enumerate()
            {
                put(column, number);
            }
        }
    }
    fs::write(place.join("facts.bin"), columns.concat()).expect("facts written");
    let mut columns: [Vec<u8>; 3] = Default::default();
    for subject in facts.subjects_beginning("VOICE:") {
        let number = |place: usize| subject.split(':').nth(place).unwrap()[1..].parse::<i32>().unwrap();
        for fact in facts.about(subject) {
            for (mark, counted) in (1..).zip(MARKS) {
                for _ in 0..fact.value(counted).unwrap() {
                    for (column, number) in columns.iter_mut().zip([number(4), number(2), mark]) {
                        column.extend(number.to_le_bytes());
                    }
                }
            }
        }
    }
    fs::write(place.join("answers.bin"), columns.concat()).expect("answers written");
}
