//! The pyramid of 2020 against the plans of 2020 and 2021.

use piramide_measure::Exact;
use serde_json::Value;

use crate::published;

fn render(node: &Value, depth: usize, text: &mut String) {
    let number = |field: &str| node[field].as_str().map_or("-".to_owned(), |text| Exact::parse(text).unwrap().rounded(2));
    let indent = "  ".repeat(depth);
    *text += &format!(
        "{:<92}{:>8}{:>18}{:>18}{:>10}{:>10}{:>9}\n",
        format!("{indent}{} {}", node["code"].as_str().unwrap().trim_start_matches("public_value."), node["label"].as_str().unwrap())
            .chars()
            .take(90)
            .collect::<String>(),
        number("weight"),
        number("actual"),
        number("target"),
        number("deviation"),
        number("score"),
        number("coverage"),
    );
    for child in node["children"].as_array().unwrap() {
        render(child, depth + 1, text);
    }
}

fn pyramid(plan: &str) -> Value {
    published().json(&format!("/api/v1/public-value?structure=NAZ&period=2020&plan={plan}"))
}

fn table(plan: &str) -> String {
    let pyramid = pyramid(plan);
    let mut text = format!(
        "Consuntivo 2020, {}\n\n{:<92}{:>8}{:>18}{:>18}{:>10}{:>10}{:>9}\n",
        pyramid["plan_version"].as_str().unwrap().split('@').next().unwrap(),
        "",
        "peso",
        "consuntivo",
        "obiettivo",
        "scost.",
        "punteggio",
        "copert."
    );
    render(&pyramid, 0, &mut text);
    text
}

#[test]
fn the_2020_results_against_the_2021_plan() {
    snapshot!(table("inps-2021"));
}

#[test]
fn the_2020_results_by_the_method_of_2026() {
    snapshot!(table("inps-2026"));
}

#[test]
fn the_2020_results_against_the_2020_plan() {
    snapshot!(table("inps-2020"));
}

/// Recomputes every inner node from its children as the gateway shows them.
fn recompute(node: &Value) {
    let children = node["children"].as_array().unwrap();
    children.iter().for_each(recompute);
    let number = |node: &Value, field: &str| node[field].as_str().map(|text| Exact::parse(text).unwrap());
    let scored: Vec<_> = children.iter().filter_map(|child| Some((number(child, "weight")?, number(child, "score")?))).collect();
    if scored.is_empty() {
        assert!(children.is_empty() || node["score"].is_null(), "{} has a score out of nothing", node["code"]);
        return;
    }
    let weights: Exact = scored.iter().map(|(weight, _)| weight).sum();
    let sum: Exact = scored.iter().map(|(weight, score)| weight * score).sum();
    let mean = Exact::quotient(&sum, &weights).unwrap();
    // The children are shown with twelve digits, so their mean is known to nine.
    assert_eq!(number(node, "score").unwrap().rounded(9), mean.rounded(9), "{}", node["code"]);
    let whole: Exact = children.iter().filter_map(|child| number(child, "weight")).sum();
    assert_eq!(whole.rounded(9), Exact::hundred().rounded(9), "weights under {}", node["code"]);
}

#[test]
fn every_level_is_the_weighted_mean_of_the_one_below() {
    for plan in ["inps-2020", "inps-2021"] {
        recompute(&pyramid(plan));
    }
}

#[test]
fn without_a_plan_the_one_in_force_answers() {
    let pyramid = published().json("/api/v1/public-value?structure=NAZ&period=2020");
    assert!(pyramid["plan_version"].as_str().unwrap().starts_with("inps-2020@"));
}

#[test]
fn a_period_without_data_is_missing_and_not_zero() {
    let pyramid = published().json("/api/v1/public-value?structure=NAZ&period=2021&plan=inps-2021");
    assert!(pyramid["score"].is_null() && pyramid["actual"].is_null());
    assert_eq!(pyramid["coverage"], "0");
    assert!(!pyramid["missing_reason"].as_str().unwrap().is_empty());
}

#[test]
fn every_node_explains_itself() {
    fn visit(node: &Value) {
        let code = node["code"].as_str().unwrap();
        let explanation = published().json(&format!("/api/v1/indicators/{code}/explanation?structure=NAZ&period=2020&plan=inps-2021"));
        assert!(!explanation["explanation"]["label"].as_str().unwrap().is_empty(), "{code}");
        assert_eq!(explanation["explanation"]["value"], node["score"], "{code}");
        node["children"].as_array().unwrap().iter().for_each(visit);
    }
    visit(&pyramid("inps-2021"));
}

#[test]
fn pages_of_structures_neither_repeat_nor_skip() {
    let codes = |answer: &Value| -> Vec<String> {
        answer["items"].as_array().unwrap().iter().map(|structure| structure["code"].as_str().unwrap().to_owned()).collect()
    };
    let whole = codes(&published().json("/api/v1/structures?page_size=1000"));
    let (mut paged, mut token) = (Vec::new(), String::new());
    loop {
        let page = published().json(&format!("/api/v1/structures?page_size=7&page_token={token}"));
        paged.extend(codes(&page));
        page["next_page_token"].as_str().unwrap().clone_into(&mut token);
        if token.is_empty() {
            break;
        }
    }
    assert!(whole.len() > 100 && !whole.is_sorted(), "the order of the plan is not that of the codes");
    assert_eq!(paged, whole);
}
