//! The pages in a real browser: without scripts, by keyboard, on a narrow screen.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use piramide_tests::Browser;

use crate::published;

fn open(path: &str, width: u32, scripts: bool) -> Browser {
    let mut browser = Browser::start(width, scripts);
    browser.open(&format!("{}{path}", published().address()));
    browser
}

#[test]
fn the_pyramid_is_readable_without_scripts() {
    let page = open("/", 1280, false).html();
    for expected in
        ["lang=\"it\"", "Indice sintetico del valore pubblico", "97,32", "8.558.245.317", "ricostruito", "Copertura", "sotto l'obiettivo"]
    {
        assert!(page.contains(expected), "{expected:?} is not on the page");
    }
}

#[test]
fn every_why_leads_to_a_derivation_without_scripts() {
    let mut browser = open("/", 1280, false);
    let page = browser.html();
    let links: Vec<String> = page
        .split("href=\"")
        .filter_map(|rest| rest.split('"').next())
        .filter(|link| link.starts_with("/spiegazione?"))
        .map(|link| link.replace("&amp;", "&").replace("&#38;", "&"))
        .collect();
    assert!(links.len() > 50, "every node has its why: {}", links.len());
    let care = links.iter().find(|link| link.contains("quality.customer_care")).expect("customer care has its why");
    browser.open(&format!("{}{care}", published().address()));
    let derivation = browser.html();
    for expected in ["117,03", "quality-published-2020", "targets.csv", "scostamento"] {
        assert!(derivation.contains(expected), "{expected:?} is not in the derivation of {care}");
    }
}

#[test]
fn flows_go_down_the_catalogue_and_the_organisation_without_scripts() {
    let mut browser = open("/flussi?structure=NAZ&period=2020&plan=inps-2020", 1280, false);
    let totals = browser.html();
    for expected in ["Totale flussi e giacenze", "15.110.407", "138,63", "ricostruito", "obiettivo 124,00", "programmati 22.910.609"] {
        assert!(totals.contains(expected), "{expected:?} is not among the totals");
    }
    let links: Vec<String> =
        totals.split("href=\"").filter_map(|rest| rest.split('"').next()).map(|link| link.replace("&amp;", "&")).collect();
    let down = links.iter().find(|link| link.ends_with("node=FLOW_TOTAL")).expect("the total leads to its areas");
    browser.open(&format!("{}{down}", published().address()));
    let areas = browser.html();
    assert!(areas.contains("name=\"node\" value=\"FLOW_TOTAL\""), "another structure or period is shown at the same node");
    for expected in
        ["Area flussi contributivi", "1.657.979", "155", "obiettivo 125", "Le strutture sottostanti", "Piemonte", "Totali del catalogo"]
    {
        assert!(areas.contains(expected), "{expected:?} is not among the areas");
    }
    // 155 days against 125 are told by a symbol and in words, not by colour alone.
    assert!(areas.contains("<span class=\"stato lontano\"><span aria-hidden=\"true\">✖</span> -2"), "{areas}");
}

#[test]
fn a_coefficient_is_tried_on_the_page_of_its_product_without_scripts() {
    let product = "/flussi?structure=NAZ&period=2020&plan=inps-2020&node=INCOME_SUPPORT";
    let mut browser = open(product, 1280, false);
    let asked = browser.html();
    assert!(asked.contains("E se il coefficiente cambiasse?") && asked.contains(">Area prestazioni e servizi individuali</a>"), "{asked}");
    browser.open(&format!("{}{product}&first_month=2020-01&coefficient=2,0", published().address()));
    let tried = browser.html();
    for expected in [
        "Con un coefficiente di 2,0 ore dal 2020-01",
        "886.790",
        "443.395",
        "Totale flussi e giacenze",
        "<span class=\"nascosto\">oggi </span>",
    ] {
        assert!(tried.contains(expected), "{expected:?} is not on the page");
    }
}

#[test]
fn a_structure_and_a_period_are_chosen_with_scripts_and_without() {
    for scripts in [false, true] {
        let mut browser = open("/?structure=NAZ&period=2020&plan=inps-2020", 1280, scripts);
        browser.focus("#struttura");
        browser.write("Piemonte");
        browser.focus("#periodo");
        browser.write("2020-Q3");
        browser.follow("Enter");
        let page = browser.html();
        for expected in ["Piemonte, periodo 2020-Q3", "<option value=\"REG_PIEMONTE\" selected", "name=\"period\" value=\"2020-Q3\""] {
            assert!(page.contains(expected), "{expected:?} is not on the page, scripts: {scripts}");
        }
    }
}

#[test]
fn a_keyboard_is_enough() {
    let mut browser = open("/", 1280, true);
    let focused = "document.activeElement.tagName + ' ' + document.activeElement.textContent.trim()";
    browser.press("Tab");
    let first = browser.evaluate(focused);
    assert!(first.as_str().unwrap().starts_with("A "), "the way past the menu comes first: {first}");
    for _ in 0..40 {
        if browser.evaluate("document.activeElement.tagName") == "SUMMARY" {
            break;
        }
        browser.press("Tab");
    }
    let open = "document.activeElement.parentElement.open";
    let before = browser.evaluate(open).as_bool().expect("a node of the tree has the focus");
    browser.press("Enter");
    assert_eq!(browser.evaluate(open).as_bool(), Some(!before), "enter opens and closes it");
}

#[test]
fn a_narrow_screen_needs_no_scrolling_sideways() {
    for path in [
        "/",
        "/dominio/finance",
        "/ieep?structure=NAZ&period=2020",
        "/spesa?structure=NAZ&period=2026&plan=inps-2026&chapter=5U1104050",
        "/conti-transitori?structure=NAZ&period=2021&plan=inps-2021",
        "/patrimonio?structure=NAZ&period=2026&plan=inps-2026",
        "/cruscotto-qualita?structure=NAZ&period=2020&plan=inps-2020&node=FLOWS_AREA",
        "/spiegazione?code=finance.ieep&structure=NAZ&period=2020&plan=inps-2020",
    ] {
        let mut browser = open(path, 360, true);
        let width = browser.content_width();
        assert!(width <= 360, "{path} is {width} pixels wide");
    }
}

/// Asserts that no table of a page has two columns of one name: who hears a figure, or reads it on a narrow screen, is told the name alone.
#[track_caller]
pub(crate) fn columns_differ(page: &str) {
    for table in page.split("<thead").skip(1).filter_map(|table| table.split("</thead>").next()) {
        let heads: Vec<_> = table.split("<th ").skip(1).filter_map(|head| head.split(['>', '<']).nth(1)).collect();
        assert_eq!(heads.iter().collect::<BTreeSet<_>>().len(), heads.len(), "two columns of one name: {heads:?}");
    }
}

/// Every page of the menu, without a browser: what its foot promises is there.
#[test]
fn the_foot_of_a_page_speaks_of_derivations_where_links_lead_to_them() {
    let (mut seen, mut waiting) = (BTreeMap::from([("/".to_owned(), false)]), VecDeque::from(["/".to_owned()]));
    while let Some(link) = waiting.pop_front() {
        let page = published().get(&link).text;
        columns_differ(&page);
        let (content, foot) = page.split_once("<footer").unwrap_or_else(|| panic!("{link} has no foot: {page}"));
        let (links, promise) = (content.contains("\">Perché?<"), foot.contains("«Perché?»"));
        assert_eq!(links, promise, "{link}");
        seen.insert(link.split('?').next().unwrap().to_owned(), promise);
        let menu = content.split_once("<nav ").and_then(|(_, rest)| rest.split_once("</nav>")).unwrap().0;
        for next in menu.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap().replace("&#38;", "&")) {
            if !seen.contains_key(next.split('?').next().unwrap()) && !waiting.contains(&next) {
                waiting.push_back(next);
            }
        }
    }
    assert!(seen.len() > 15 && seen.values().any(|promise| *promise) && seen.values().any(|promise| !promise), "{seen:?}");
}

/// Every page that links lead to, once, with everything on it unfolded. `PIRAMIDE_AXE` names the script of axe-core, which audits the rules
/// of WCAG that a program can: `npm pack axe-core` fetches it.
#[test]
#[ignore = "needs axe-core: PIRAMIDE_AXE=axe.min.js cargo test --workspace --test system axe -- --ignored"]
fn axe_finds_nothing_on_any_page() {
    let script = std::env::var("PIRAMIDE_AXE").expect("PIRAMIDE_AXE names axe.min.js");
    let axe = std::fs::read_to_string(&script).unwrap_or_else(|error| panic!("{script}: {error}"));
    let mut browser = open("/", 1280, true);
    let (mut seen, mut waiting, mut violations) = (BTreeSet::from(["/".to_owned()]), VecDeque::from(["/".to_owned()]), Vec::new());
    while let Some(link) = waiting.pop_front() {
        browser.open(&format!("{}{link}", published().address()));
        browser.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)");
        browser.evaluate(&axe);
        let found = browser.evaluate(
            "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.map(each => `${each.help}: ${each.nodes[0].html}`))",
        );
        let found = found.as_array().expect("a list of violations");
        violations.extend(found.iter().map(|violation| format!("{link}: {violation}")));
        let links = browser.evaluate("[...document.querySelectorAll('a[href^=\"/\"]')].map(each => each.getAttribute('href'))");
        for next in links.as_array().expect("a list of links").iter().filter_map(|next| next.as_str()) {
            // One of each kind: pages differ by what they show, not by the structure or period.
            let kind = next.split(['?', '#']).next().unwrap_or_default();
            let is_page = !kind.starts_with("/api/") && !["/openapi.json", "/status"].contains(&kind);
            if is_page && seen.insert(kind.to_owned()) {
                waiting.push_back(next.to_owned());
            }
        }
    }
    assert!(seen.len() > 10, "links lead to every page: {seen:?}");
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}
