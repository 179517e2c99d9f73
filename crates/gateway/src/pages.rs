//! The pages: the pyramid, a domain, a derivation. They work without scripts; the one script only adds comfort.

mod accounts;
mod assets;
mod assets_statement;
mod changes;
mod choice;
mod costs;
mod domain;
mod entry;
mod explanation;
mod figures;
mod flows;
mod impact;
pub(crate) mod likely;
mod methods;
mod plain;
mod production_plan;
mod pyramid;
mod quality;
mod reconciliation;
mod restatements;
mod since;
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

/// A part of the menu: its name, where it begins, and its pages. The menu shows every part, and the pages of the one that is open.
struct Section {
    label: &'static str,
    path: &'static str,
    pages: &'static [(&'static str, &'static str)],
}

/// The menu.
const MENU: &[Section] = &[
    Section { label: "Piramide", path: "/", pages: &[("Albero degli obiettivi", "/"), ("Impatto", "/impatto")] },
    Section {
        label: domains::PRODUCTION.label,
        path: "/dominio/production",
        pages: &[
            ("Indicatori", "/dominio/production"),
            ("Flussi e giacenze", "/flussi"),
            ("Piano di produzione", "/piano-di-produzione"),
            ("Sussidiarietà", "/sussidiarieta"),
            ("Rettifiche", restatements::PATH),
        ],
    },
    Section {
        label: domains::QUALITY.label,
        path: "/dominio/quality",
        pages: &[
            ("Indicatori", "/dominio/quality"),
            ("Cruscotto qualità", "/cruscotto-qualita"),
            ("Customer experience", "/customer-experience"),
            ("Metodi a confronto", methods::PATH),
        ],
    },
    Section {
        label: domains::FINANCE.label,
        path: "/dominio/finance",
        pages: &[
            ("Indicatori", "/dominio/finance"),
            ("IEEP", "/ieep"),
            ("Costi", "/costi"),
            ("Costi standard", "/costi-standard"),
            ("Controllo della spesa", "/spesa"),
            ("Conti transitori", "/conti-transitori"),
            ("Patrimonio", "/patrimonio"),
            ("Quadratura", "/quadratura"),
            ("Rettifiche", changes::PATH),
        ],
    },
    Section { label: domains::WORKFORCE.label, path: "/dominio/workforce", pages: &[("Indicatori", "/dominio/workforce")] },
];

impl Section {
    /// Whether a page belongs to it, or hangs from one of its pages, as a derivation does.
    fn has(&self, current: &str) -> bool {
        let hangs = |path: &str| path != "/" && current.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        self.pages.iter().any(|(_, path)| *path == current || hangs(path))
    }
}

/// The routes of pages and of what they load.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/", get(pyramid::show))
        .route("/dominio/{domain}", get(domain::show))
        .route("/flussi", get(flows::show))
        .route("/piano-di-produzione", get(production_plan::show))
        .route("/ieep", get(statement::show))
        .route("/costi", get(costs::show))
        .route(changes::PATH, get(changes::show))
        .route(restatements::PATH, get(restatements::show))
        .route("/spesa", get(spending::show))
        .route("/conti-transitori", get(accounts::show))
        .route("/patrimonio", get(assets_statement::show))
        .route("/costi-standard", get(standard_costs::show))
        .route("/cruscotto-qualita", get(quality::show))
        .route("/cruscotto-qualita/perche", get(quality::why::show))
        .route(quality::incentives::WHY, get(quality::incentives::show))
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
    /// The parts of the menu, with the same structure, period and plan.
    sections: Vec<Link>,
    /// The pages of the part that is open.
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
        let link = |label, path: &str, current| Link { label, current, href: href(path, &parameters) };
        let open = MENU.iter().find(|section| section.has(current));
        let sequences: Vec<_> = sequences.iter().map(|(domain, sequence)| format!("{domain}:{sequence}")).collect();
        Self {
            title,
            sections: MENU.iter().map(|section| link(section.label, section.path, section.has(current))).collect(),
            links: open.into_iter().flat_map(|open| open.pages).map(|(label, path)| link(label, path, *path == current)).collect(),
            sequences: sequences.join(" "),
        }
    }
}

/// A page, which may be kept while its basis holds.
fn page(template: &impl Template, basis: Option<Basis>) -> Result<Response, Problem> {
    let mut text = template.render().map_err(|error| {
        tracing::error!(%error, "a page could not be written");
        Problem::internal()
    })?;
    // It may be kept for long.
    text.shrink_to_fit();
    let mut response = ([(CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response();
    if let Some(basis) = basis {
        response.extensions_mut().insert(basis);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_domain_has_its_part_of_the_menu_and_every_page_one_place() {
        for domain in domains::FACT_KEEPING {
            let path = format!("/dominio/{}", domain.name);
            assert!(MENU.iter().any(|section| section.label == domain.label && section.path == path), "{} is missing", domain.name);
        }
        let pages: Vec<&str> = MENU.iter().flat_map(|section| section.pages).map(|(_, path)| *path).collect();
        let different: std::collections::BTreeSet<&str> = pages.iter().copied().collect();
        assert_eq!(different.len(), pages.len(), "{pages:?}");
        for section in MENU {
            assert!(section.has(section.path), "{} begins at a page of its own", section.label);
        }
    }

    #[test]
    fn a_derivation_leaves_its_part_of_the_menu_open() {
        let open = |current| MENU.iter().filter(|section| section.has(current)).map(|section| section.path).collect::<Vec<_>>();
        assert_eq!(open("/cruscotto-qualita/perche"), ["/dominio/quality"]);
        assert_eq!(open("/ieep"), ["/dominio/finance"]);
        assert_eq!(open("/"), ["/"]);
        assert!(open("/spiegazione").is_empty(), "a derivation of any domain belongs to no part");
    }
}
