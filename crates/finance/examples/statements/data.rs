//! A plan and postings of any size, the same each time.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    sync::Arc,
};

use piramide_domain::{Batch, Facts, Snapshots};
use piramide_ledger::{Fact, Ledger, NewBatch, NewClosing, Schema};
use piramide_measure::Month;
use piramide_plan::Plan;

/// The year in which postings begin.
pub(crate) const FIRST_YEAR: u16 = 2017;
/// The closing of all of them.
pub(crate) const CLOSING: &str = "chiusura";
pub(crate) const REGIONS: u16 = 20;
pub(crate) const SECTIONS: u16 = 20;
/// One posting in so many is corrected after the closing.
const CORRECTED: u64 = 500;

pub(crate) const SCHEMA: Schema = Schema { domain: "finance", columns: &piramide_finance::facts::COLUMNS };

/// How much there is.
#[derive(Clone, Copy)]
pub(crate) struct Scale {
    pub(crate) years: u16,
    pub(crate) offices: u16,
    pub(crate) items: u16,
}

impl Scale {
    pub(crate) fn last_year(self) -> u16 {
        FIRST_YEAR + self.years - 1
    }

    /// The months of all years, in their order; month 13 corrects nothing here, so that postings are as many as offices x items x 12.
    fn months(self) -> impl Iterator<Item = Month> {
        let years = FIRST_YEAR..=self.last_year();
        years.flat_map(|year| (1..=12).map(move |month| Month::new(year, month).unwrap()))
    }
}

pub(crate) fn office(number: u16) -> String {
    format!("OFF_{number:03}")
}

fn region(number: u16) -> String {
    format!("REG_{number:02}")
}

fn item(number: u16) -> String {
    format!("I{number:04}")
}

/// So many items in twenty sections, the last of which is taken away; offices in twenty regions.
pub(crate) fn plan(scale: Scale) -> Plan {
    Plan::from_files(&plan_files(scale)).expect("the plan is a plan")
}

/// Writes that plan into a folder of its own.
pub(crate) fn write_plan(folder: &Path, scale: Scale) {
    std::fs::create_dir_all(folder).expect("a folder");
    for (name, bytes) in plan_files(scale) {
        std::fs::write(folder.join(name), bytes).expect("a file of the plan");
    }
}

fn plan_files(scale: Scale) -> BTreeMap<String, Vec<u8>> {
    let rows = |header: &str, rows: Vec<String>| format!("{header}\n{}\n", rows.join("\n"));
    let structures = std::iter::once("NAZ,Nazionale,nation,,,,,,".to_owned())
        .chain((0..REGIONS).map(|number| format!("{},Regione,region,NAZ,,,,,", region(number))))
        .chain((0..scale.offices).map(|number| format!("{},Sede,province,{},,,,,", office(number), region(number % REGIONS))));
    let sign = |section: u16| if section + 1 == SECTIONS { "-1" } else { "1" };
    let items = std::iter::once("IEEP,IEEP,,1,".to_owned())
        .chain((0..SECTIONS).map(|number| format!("S{number:02},Sezione,IEEP,{},", sign(number))))
        .chain((0..scale.items).map(|number| format!("{},Voce,S{:02},1,", item(number), number % SECTIONS)));
    let files = [
        (
            "plan.toml",
            format!(
                "name = \"bench\"\ntitle = \"Piano di prova\"\nfirst_month = \"{FIRST_YEAR}-01\"\nlast_month = \"2040-13\"\ncap = \"50\"\n\
                 missing = \"reweight\"\napproved_by = \"nessuno\"\napproved_on = 2021-01-01\nreason = \"prova\"\nnotes = []\n"
            ),
        ),
        ("structures.csv", rows("code,name,kind,parent,valid_from,valid_to,istat,nuts,note", structures.collect())),
        ("clusters.csv", "purpose,cluster,structure\n".into()),
        (
            "products.csv",
            rows(
                "code,label,parent,kind,counts,production_area,inspection,automated,metaprocess,remote_workable,note",
                vec!["TOTAL,Totale,,total,,,,,,,".into(), "P,Prodotto,TOTAL,product,both,true,,,,,".into()],
            ),
        ),
        ("coefficients.csv", rows("product,first_month,coefficient", vec![format!("P,{FIRST_YEAR}-01,1")])),
        ("items.csv", rows("code,label,parent,sign,weight", items.collect())),
        ("measures.csv", "code,domain,label,unit,note\n".into()),
        (
            "indicators.csv",
            rows(
                "code,label,unit,direction,method,subject,parameter,cap,note",
                vec!["finance.ieep,IEEP,euro,higher_is_better,item,IEEP,,,".into()],
            ),
        ),
        ("targets.csv", "indicator,structure,period,kind,value,baseline,scale,note\n".into()),
        (
            "objectives.csv",
            rows(
                "code,parent,label,kind,weighting,weight,indicator,missing,note",
                vec!["index,,Indice,index,equal,,,,".into(), "index.i,index,I,indicator,,,finance.ieep,,".into()],
            ),
        ),
    ];
    files.into_iter().map(|(file, text)| (file.to_owned(), text.into_bytes())).collect()
}

/// A number that looks like chance and is the same each time (splitmix64).
fn chance(seed: u64) -> u64 {
    let mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// What is posted of an item by an office in a month.
fn posting(office_number: u16, item_number: u16, month: Month) -> (Fact, u64) {
    let drawn = chance(u64::from(office_number) << 40 | u64::from(item_number) << 20 | u64::from(month.index().unsigned_abs()));
    let cents = i64::try_from(drawn % 10_000_000).unwrap();
    let (structure, subject, index) = (office(office_number), item(item_number), month.index());
    (
        Fact {
            line: 1,
            structure: structure.into(),
            subject: subject.into(),
            first_month: index,
            last_month: index,
            values: [Some(cents)].into(),
        },
        drawn,
    )
}

fn of_month(scale: Scale, month: Month) -> impl Iterator<Item = (Fact, u64)> {
    (0..scale.offices).flat_map(move |office| (0..scale.items).map(move |item| posting(office, item, month)))
}

pub(crate) async fn open(store: &Path) -> Arc<dyn Ledger> {
    piramide_ledger::open(&format!("sqlite:{}", store.display()), SCHEMA).await.expect("a ledger")
}

/// Where the service on that ledger keeps its snapshots.
pub(crate) fn snapshots(store: &Path) -> Snapshots {
    Snapshots::beside(&format!("sqlite:{}", store.display()), SCHEMA).expect("a file")
}

/// A batch of facts, numbered.
pub(crate) fn batch(id: &str, mut facts: Vec<Fact>, reason: Option<&str>) -> NewBatch {
    facts.iter_mut().zip(1..).for_each(|(fact, line)| fact.line = line);
    NewBatch {
        id: id.to_owned(),
        origin: "bench".into(),
        provenance: piramide_ledger::Provenance::Synthetic,
        reason: reason.map(str::to_owned),
        content_hash: [0; 32],
        note: None,
        facts: facts.into(),
        events: Vec::new(),
    }
}

/// Records every posting month by month, closes, and records corrections of the first year and of the last two. Gives what is in force at
/// the end. Without a ledger everything is kept in memory only.
pub(crate) async fn record(store: Option<&Path>, scale: Scale) -> Facts {
    let ledger = match store {
        Some(store) => Some(open(store).await),
        None => None,
    };
    let ledger = ledger.as_deref();
    let mut facts = Facts::default();
    for month in scale.months() {
        submit(ledger, &mut facts, batch(&month.to_string(), of_month(scale, month).map(|(fact, _)| fact).collect(), None)).await;
    }
    if let Some(ledger) = ledger {
        close(ledger, scale, &mut facts).await;
    }
    let open = |month: &Month| month.year() == FIRST_YEAR || month.year() + 1 >= scale.last_year();
    let all = scale.months().filter(open).flat_map(|month| of_month(scale, month));
    let corrected = all.filter(|(_, drawn)| drawn >> 32 & 0xFFFF < 65_536 / CORRECTED).map(|(mut fact, drawn)| {
        fact.values = [Some(i64::try_from(drawn >> 24 & 0xF_FFFF).unwrap())].into();
        fact
    });
    submit(ledger, &mut facts, batch("rettifica", corrected.collect(), Some("rettifica dopo la chiusura"))).await;
    facts
}

/// Closes all months.
async fn close(ledger: &dyn Ledger, scale: Scale, facts: &mut Facts) {
    let closing = NewClosing {
        name: CLOSING.into(),
        first_month: Month::new(FIRST_YEAR, 1).unwrap().index(),
        last_month: Month::new(scale.last_year(), 12).unwrap().index(),
        author: "bench".into(),
        note: None,
    };
    let sequence = ledger.close(closing, facts.sequence()).await.expect("a closing").entry_sequence();
    facts.catch_up(ledger, sequence).await.expect("closings bring no facts");
}

/// Records a batch and takes it in.
async fn submit(ledger: Option<&dyn Ledger>, facts: &mut Facts, batch: NewBatch) {
    let (recorded, id) = (batch.facts.clone(), batch.id.clone());
    let sequence = match ledger {
        Some(ledger) => ledger.submit(batch, facts.sequence()).await.expect("a batch that is taken").receipt().sequence,
        None => facts.sequence() + 1,
    };
    facts.take(sequence, Batch { id, provenance: piramide_measure::Provenance::Synthetic }, recorded.iter().cloned());
}

/// Writes the postings in force, by numbers: structure and item as the plan lists them, month index, cents.
pub(crate) fn write(path: &Path, facts: &Facts, scale: Scale) {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path).expect("a file"));
    writeln!(out, "structure,item,month,cents").expect("a line");
    for number in 0..scale.items {
        let node = 1 + SECTIONS + number;
        for (structure, said) in facts.said_of(&item(number), |(month, _), values| (month, values.get(0).unwrap())) {
            let structure = 1 + REGIONS + structure.trim_start_matches("OFF_").parse::<u16>().unwrap();
            for (month, cents) in said {
                writeln!(out, "{structure},{node},{month},{cents}").expect("a line");
            }
        }
    }
    out.flush().expect("a file");
}
