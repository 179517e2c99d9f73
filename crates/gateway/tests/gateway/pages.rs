//! The pages: every figure in Italian dress, and what makes a page usable by everybody.

use std::collections::BTreeSet;

use crate::house::{House, wait_until};

const NBSP: char = '\u{a0}';

/// The values of an attribute, in order.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let opening = format!(" {name}=\"");
    page.split(&opening).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

/// What every page must be, whatever it shows.
#[track_caller]
fn sound(page: &str) {
    assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\"it\">"), "{page}");
    assert_eq!(page.matches("<h1").count(), 1, "{page}");
    let ids = attributes(page, "id");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "an id stands twice: {ids:?}");
    for target in
        attributes(page, "aria-labelledby").into_iter().chain(attributes(page, "aria-describedby")).chain(attributes(page, "list"))
    {
        assert!(ids.contains(&target), "nothing has the id {target}");
    }
    for table in page.split("<thead").skip(1).filter_map(|table| table.split("</thead>").next()) {
        // Who hears a figure, or reads it on a narrow screen, is told the name of its column and no more.
        let heads: Vec<_> = table.split("<th ").skip(1).filter_map(|head| head.split(['>', '<']).nth(1)).collect();
        assert_eq!(heads.iter().collect::<BTreeSet<_>>().len(), heads.len(), "two columns of one name: {heads:?}");
    }
    let labelled = attributes(page, "for");
    for control in
        page.split(['<']).filter(|tag| tag.starts_with("select ") || tag.starts_with("input ") && !tag.contains("type=\"hidden\""))
    {
        let id = attributes(control, "id");
        assert!(id.first().is_some_and(|id| labelled.contains(id)), "a control without a label: {control}");
    }
    assert!(page.contains("class=\"salta\" href=\"#contenuto\"") && ids.contains(&"contenuto"));
    for inline in [" style=\"", " onclick=", "<style", "javascript:", "http://", "https://"] {
        assert!(!page.contains(inline), "{inline} in the page");
    }
    assert_eq!(page.matches("<script").count(), page.matches("<script src=\"/assets/piramide.js\"").count(), "an inline script");
    let (content, foot) = page.split_once("<footer").unwrap();
    assert_eq!(content.contains("\">Perché?<"), foot.contains("«Perché?»"), "the foot speaks of derivations where there are links to them");
    let opened = |tag: &str| page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
    for tag in ["ul", "li", "details", "summary", "span", "p", "a", "section", "table", "tr", "td", "div", "dl", "form", "select"] {
        assert_eq!(opened(tag), page.matches(&format!("</{tag}>")).count(), "<{tag}> is not closed as often as opened");
    }
}

#[test]
fn the_pyramid_shows_every_figure_with_its_state_in_words() {
    let house = House::new();
    let answer = house.page("/");
    let page = answer.text;
    assert_eq!(
        (answer.status, house.public_value.state.last_asked.lock().unwrap().as_str()),
        (200, "inps-2021 None"),
        "the newest plan is the default"
    );
    sound(&page);
    for expected in [
        "Italia, periodo 2020, misurato con <strong>Piano della performance 2021</strong>",
        "<strong>102,34</strong>",
        "1.234,50",
        &format!("4.091.820,00{NBSP}€"),
        &format!("13.614.449,00{NBSP}€"),
        "+69,95",
        "<strong>150,00</strong>",
        &format!("87,50{NBSP}%"),
        "62,5&nbsp;%",
        "raggiunto",
        "sotto l'obiettivo",
        "non misurato",
        "Nessuna misura: avanzamento non pubblicato",
        "<span class=\"provenienza\">sintetico</span>",
        "Meglio se più basso.",
        "nota del piano",
        "pesi del piano 2021",
        "aggiornato al 31/12/2020 23:59 UTC, registrazione 4",
        "data-sequences=\"production:4 quality:4 finance:4 workforce:4\"",
        "/spiegazione?code=finance.measured&#38;structure=NAZ&#38;period=2020&#38;plan=inps-2021\"",
        "Lazio &#38; Roma (REG_LAZIO)",
        "<option value=\"inps-2021\" selected>",
        "<option value=\"NAZ\" selected>",
    ] {
        let plain = expected.replace('\'', "&#39;");
        assert!(page.contains(expected) || page.contains(&plain), "{expected} is not in {page}");
    }
    assert_eq!(page.matches("class=\"perche\"").count(), 4, "each node says why");
}

#[test]
fn a_form_without_choices_asks_for_the_plan_in_force() {
    let house = House::new();
    assert_eq!(house.page("/?structure=NAZ&period=2020-Q3&plan=&as_of=2020-IV").status, 200);
    assert_eq!(house.public_value.state.last_asked.lock().unwrap().as_str(), " Some(Closing(\"2020-IV\"))");
}

#[test]
fn a_silent_domain_is_said_with_its_hour() {
    let mut house = House::new();
    *house.public_value.state.unreached.lock().unwrap() = Some("finance");
    house.finance.stop();
    wait_until("finance is known to be gone", || house.silent() == ["finance"]);
    let page = house.page("/").text;
    sound(&page);
    assert!(page.contains("Finanza non disponibile dal ") && page.contains(" UTC</strong>; la sua parte manca"), "{page}");
    assert!(page.contains("Nessuna misura: Finanza non disponibile dal "), "{page}");
    let own = house.page("/dominio/finance");
    assert_eq!((own.status, own.header("retry-after")), (503, "5"));
}

#[test]
fn a_domain_is_a_table_of_its_results() {
    let house = House::new();
    let page = house.page("/dominio/finance").text;
    sound(&page);
    for expected in [
        "<h1>Finanza</h1>",
        "aggiornato al 31/12/2020 23:59 UTC",
        &format!("data-voce=\"Consuntivo\">1.234,50{NBSP}€"),
        &format!("data-voce=\"Scostamento\">+6,67{NBSP}%"),
        "<strong>106,67</strong>",
        "ricostruito",
        "Nessuna misura: nessun dato per NAZ nel 2020",
        "href=\"/dominio/finance?structure=NAZ&#38;period=2020&#38;plan=inps-2021\" aria-current=\"page\"",
    ] {
        assert!(page.contains(expected), "{expected} is not in {page}");
    }
    assert_eq!(house.page("/dominio/meteo").status, 404);
}

#[test]
fn a_derivation_goes_down_to_facts_and_plan() {
    let house = House::new();
    let page = house.page("/spiegazione?code=finance.measured&structure=NAZ&period=2020&plan=inps-2021").text;
    sound(&page);
    for expected in [
        "<h1>Perché? Indicatore di Finanza</h1>",
        &format!("1.234.500,00{NBSP}€"),
        "= dato diviso valore",
        "limitato a 50",
        "Dato: pervenuto di P1, struttura NAZ, periodo 2020-12; lotto lotto-7; provenienza: pubblicato",
        "Piano inps-2021@0123456789ab: targets.csv:12",
        "href=\"/spiegazione?code=quality.measured&#38;structure=NAZ",
        "non disponibile",
    ] {
        assert!(page.contains(expected), "{expected} is not in {page}");
    }
}

#[test]
fn a_script_in_a_label_is_inert() {
    let house = House::new();
    *house.public_value.state.label.lock().unwrap() = "<script>alert(1)</script>\" onmouseover=\"alert(2)".into();
    let page = house.page("/").text;
    sound(&page);
    assert!(!page.contains("<script>") && !page.contains("\" onmouseover"), "{page}");
    assert!(page.contains("&#60;script&#62;alert(1)"), "{page}");
}

#[test]
fn what_pages_load_is_served_here() {
    let house = House::new();
    for (path, media) in [
        ("/assets/piramide.css", "text/css; charset=utf-8"),
        ("/assets/piramide.js", "text/javascript; charset=utf-8"),
        ("/assets/piramide.svg", "image/svg+xml"),
    ] {
        let answer = house.get(path);
        assert_eq!((answer.status, answer.header("content-type")), (200, media));
        assert_eq!(house.get_with(path, &[("if-none-match", answer.header("etag"))]).status, 304);
    }
}
