//! Every process speaks mutual TLS with every other, and answers nobody who has nothing to show.

use piramide_tests::{Authority, Setting, System};

use crate::published;

const PYRAMID: &str = "/api/v1/public-value?structure=NAZ&period=2020&plan=inps-2021";

#[test]
fn all_processes_speak_mutual_tls_and_answer_nobody_without_a_certificate() {
    let system = System::with(Setting { authority: Some(Authority::default()), ..Setting::default() });
    let imported = system.piramide(&["import", "--bundled", "2020"]);
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    assert!(system.address().starts_with("https://"));
    let (encrypted, plain) = (system.json(PYRAMID), published().json(PYRAMID));
    assert!(encrypted["score"].is_string(), "{encrypted}");
    assert_eq!((&encrypted["score"], &encrypted["coverage"]), (&plain["score"], &plain["coverage"]), "the same figures either way");

    // The same questions without a certificate.
    system.get_showing(None, PYRAMID).expect_err("a visitor without a certificate was answered");
    assert!(system.piramide(&["status"]).status.success(), "the command line is answered while it shows one");
    let stranger = system.piramide_without_certificate(&["status"]).output().unwrap();
    let said = String::from_utf8_lossy(&stranger.stderr);
    assert!(!stranger.status.success() && said.matches("does not answer at https://").count() == 5, "{said}");
    // And in plain text.
    for service in ["production", "quality", "finance", "workforce", "public-value", "gateway"] {
        let plain = system.url(service).replace("https:", "http:");
        assert!(ureq::get(&plain).call().is_err(), "{plain} answers plain text");
    }
}
