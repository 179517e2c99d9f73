//! What users and staff say (*customer experience*): surveys by sample, channel and stratum, with intervals.

pub(super) mod why;

use askama::Template;
use axum::{extract::State, response::Response};
use piramide_contracts::domains::QUALITY;

use super::{
    Layout,
    choice::{Chosen, Form, PageParameters},
    page,
    plain::{NONE, Row, Table, badge, short, shown},
};
use crate::{
    app::Shared,
    cache::Basis,
    problem::Problem,
    pulse::Sources,
    reading::surveys::{self, Mean, Sample, Survey},
    rest::{self, Asked},
    view::{italian, link::href},
};

const PATH: &str = "/customer-experience";

#[derive(Template)]
#[template(path = "surveys.html")]
struct SurveysPage {
    layout: Layout,
    form: Form,
    structure: String,
    period: String,
    plan_title: String,
    plan_version: String,
    another_year: bool,
    surveys: Vec<Block>,
}

/// A survey on the page.
struct Block {
    label: String,
    facts: Vec<(&'static str, String)>,
    note: String,
    samples: Vec<SampleBlock>,
}

/// A sample on the page: what it says, and what it says taken apart.
struct SampleBlock {
    label: String,
    note: String,
    whole: Table,
    parts: Vec<Table>,
}

/// `GET /customer-experience`
pub(super) async fn show(State(app): State<Shared>, Asked(asked): Asked<PageParameters>) -> Result<Response, Problem> {
    let choice = Chosen::read(&app, asked).await?;
    let question = &choice.question;
    let (answer, structures) =
        tokio::try_join!(app.upstream.get_surveys(question, String::new()), app.upstream.all_structures(&question.plan))?;
    let basis = rest::basis(QUALITY, question.is_current(), answer.sequence);
    let plan_version = answer.plan_version.clone();
    let found = surveys::surveys(answer.surveys).map_err(|cause| Problem::unreadable(QUALITY.name, &cause))?;
    let template = SurveysPage {
        layout: Layout::new("Customer experience".to_owned(), PATH, &choice, &basis.sequences),
        form: choice.form(PATH, &structures),
        structure: choice.structure(&structures),
        period: choice.period().to_owned(),
        plan_title: choice.plan_title(&plan_version),
        another_year: choice.is_of_another_year(&plan_version),
        plan_version,
        surveys: found.iter().map(|survey| block(survey, &choice)).collect(),
    };
    // The menus come from the plans, which the pyramid's service keeps.
    page(&template, Some(Basis { sources: Sources::ALL, ..basis }))
}

fn block(survey: &Survey, choice: &Chosen) -> Block {
    let audience = match survey.audience.as_str() {
        "users" => "utenti",
        "staff" => "personale",
        other => other,
    };
    let kind = match survey.kind.as_str() {
        "round" => "rilevazione su campione",
        "instant" => "un voto alla volta, quando arriva",
        other => other,
    };
    Block {
        label: survey.label.clone(),
        facts: vec![
            ("Chi risponde", audience.to_owned()),
            ("Come", kind.to_owned()),
            ("Mesi", format!("{} - {}", survey.first_month, survey.last_month)),
            ("Risposte mostrate", format!("almeno {}", survey.fewest)),
            ("z dell'intervallo", short(survey.z.as_ref())),
        ],
        note: italian::note(&survey.note),
        samples: survey.samples.iter().map(|sample| sample_block(survey, sample, choice)).collect(),
    }
}

fn sample_block(survey: &Survey, sample: &Sample, choice: &Chosen) -> SampleBlock {
    let part = |mean: &&Mean| (!mean.channel.0.is_empty(), !mean.stratum.0.is_empty());
    let rows = |wanted: (bool, bool)| sample.means.iter().filter(move |mean| part(mean) == wanted);
    let whole = rows((false, false)).map(|mean| {
        let mut parameters = choice.parameters();
        parameters.extend([("survey", survey.code.as_str()), ("sample", sample.code.as_str()), ("factor", mean.factor.as_str())]);
        Row { href: Some(href(why::PATH, &parameters)), ..row(mean.label.clone(), mean) }
    });
    let whole = table("Voti da 1 a 5, tutto il campione", "Fattore", whole.collect());
    let channels = rows((true, false)).map(|mean| row(format!("{}: {}", mean.channel.1, mean.label), mean)).collect();
    let strata = rows((false, true)).map(|mean| row(format!("{}: {}", mean.stratum.1, mean.label), mean)).collect();
    let parts = [table("Per canale", "Canale e fattore", channels), table("Per strato", "Strato e fattore", strata)];
    SampleBlock {
        label: sample.label.clone(),
        note: italian::note(&sample.note),
        whole,
        parts: parts.into_iter().filter(|table| !table.rows.is_empty()).collect(),
    }
}

fn table(caption: &'static str, what: &'static str, rows: Vec<Row>) -> Table {
    Table { caption, what, heads: vec!["Voto medio", "Intervallo", "Risposte", "Voti 1, 2, 3, 4, 5", "Copertura %"], rows }
}

fn row(label: String, mean: &Mean) -> Row {
    let interval = mean.low.as_ref().zip(mean.high.as_ref());
    let interval = interval.map(|(low, high)| format!("{} - {}", italian::number(low, 2), italian::number(high, 2)));
    let answers = mean.answers().map(|answers| italian::number(&answers.into(), 0));
    let by_mark: Vec<String> = mean.answers_by_mark.iter().map(|count| italian::number(&(*count).into(), 0)).collect();
    let or_none = |text: Option<String>| text.unwrap_or_else(|| NONE.to_owned());
    Row {
        badge: badge(mean.provenance),
        notes: notes(mean),
        ..Row::new(
            label,
            vec![
                shown(mean.value.as_ref(), 2),
                or_none(interval),
                or_none(answers),
                or_none((!by_mark.is_empty()).then(|| by_mark.join(", "))),
                shown(mean.coverage.as_ref(), 2),
            ],
        )
    }
}

fn notes(mean: &Mean) -> Vec<String> {
    let published = mean.published.then(|| "media pubblicata: le risposte non lo sono, quindi nessun intervallo".to_owned());
    let suppressed = match mean.suppressed_strata {
        0 => None,
        1 => Some("uno strato ha troppo poche risposte: non si mostra e non conta".to_owned()),
        several => Some(format!("{several} strati hanno troppo poche risposte: non si mostrano e non contano")),
    };
    let missing = Some(mean.missing.clone()).filter(|missing| !missing.is_empty());
    [published.filter(|_| mean.value.is_some()), suppressed, missing].into_iter().flatten().collect()
}
