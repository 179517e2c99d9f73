//! The pages: the pyramid, a domain, a derivation. They work without scripts; the one script only adds comfort.

mod accounts;
mod assets;
mod assets_statement;
mod changes;
mod choice;
mod costs;
mod domain;
mod explanation;
mod figures;
mod flows;
mod impact;
mod methods;
mod plain;
mod production_plan;
mod pyramid;
mod quality;
mod reconciliation;
mod spending;
mod standard_costs;
mod statement;
mod subsidiarity;
mod surveys;

use askama::Template;
use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::get,
};
use http::header::CONTENT_TYPE;
use piramide_contracts::domains;

use crate::{app::Shared, cache::Basis, problem::Problem, view::link::href};

/// The pages beside the pyramid and the domains, as the menu names them.
const OTHER_PAGES: &[(&str, &str)] = &[
    ("Flussi e giacenze", "/flussi"),
    ("Piano di produzione", "/piano-di-produzione"),
    ("Sussidiarietà", "/sussidiarieta"),
    ("Cruscotto qualità", "/cruscotto-qualita"),
    ("Customer experience", "/customer-experience"),
    ("Impatto", "/impatto"),
    ("IEEP", "/ieep"),
    ("Costi", "/costi"),
    ("Costi standard", "/costi-standard"),
    ("Controllo della spesa", "/spesa"),
    ("Conti transitori", "/conti-transitori"),
    ("Patrimonio", "/patrimonio"),
    ("Quadratura", "/quadratura"),
    ("Rettifiche", "/rettifiche"),
];

/// The routes of pages and of what they load.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/", get(pyramid::show))
        .route("/dominio/{domain}", get(domain::show))
        .route("/flussi", get(flows::show))
        .route("/piano-di-produzione", get(production_plan::show))
        .route("/ieep", get(statement::show))
        .route("/costi", get(costs::show))
        .route("/rettifiche", get(changes::show))
        .route("/spesa", get(spending::show))
        .route("/conti-transitori", get(accounts::show))
        .route("/patrimonio", get(assets_statement::show))
        .route("/costi-standard", get(standard_costs::show))
        .route("/cruscotto-qualita", get(quality::show))
        .route("/cruscotto-qualita/perche", get(quality::why::show))
        .route(methods::PATH, get(methods::show))
        .route("/impatto", get(impact::show))
        .route("/customer-experience", get(surveys::show))
        .route(surveys::why::PATH, get(surveys::why::show))
        .route("/quadratura", get(reconciliation::show).post(reconciliation::check))
        .route("/sussidiarieta", get(subsidiarity::show))
        .route("/spiegazione", get(explanation::show))
        .route("/assets/piramide.css", get(assets::stylesheet))
        .route("/assets/piramide.js", get(assets::script))
        .route("/assets/piramide.svg", get(assets::icon))
}

/// What every page has around its content.
struct Layout {
    /// What the page is, for the title of the window.
    title: String,
    /// The links to the pyramid and to every domain, with the same structure, period and plan.
    links: Vec<Link>,
    /// The ledger sequences that the page shows, as `domain:sequence`, for the notice that there are newer ones.
    sequences: String,
}

/// A link of the navigation.
struct Link {
    label: &'static str,
    href: String,
    current: bool,
}

impl Layout {
    fn new(title: String, current: &str, choice: &choice::Chosen, sequences: &[(String, i64)]) -> Self {
        let parameters = choice.parameters();
        let link = |label, path: String| Link { label, current: path == current, href: href(&path, &parameters) };
        let sequences: Vec<_> = sequences.iter().map(|(domain, sequence)| format!("{domain}:{sequence}")).collect();
        let domains = domains::FACT_KEEPING.into_iter().map(|domain| link(domain.label, format!("/dominio/{}", domain.name)));
        Self {
            title,
            links: std::iter::once(link("Piramide", "/".to_owned()))
                .chain(domains)
                .chain(OTHER_PAGES.iter().map(|(label, path)| link(label, (*path).to_owned())))
                .collect(),
            sequences: sequences.join(" "),
        }
    }
}

/// A page, which may be kept while its basis holds.
fn page(template: &impl Template, basis: Option<Basis>) -> Result<Response, Problem> {
    let text = template.render().map_err(|error| {
        tracing::error!(%error, "a page could not be written");
        Problem::internal()
    })?;
    let mut response = ([(CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response();
    if let Some(basis) = basis {
        response.extensions_mut().insert(basis);
    }
    Ok(response)
}
