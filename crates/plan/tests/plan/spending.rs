//! The chapters of spending: as printed, and the ways in which their tables are refused.

use piramide_measure::Exact;
use piramide_plan::{Applies, Round, SpendFigure, Spending};

use crate::{
    refusals::{Case, optional},
    support::bundled,
};

/// Nota preliminare 2026, sections 3.1, 3.3, 3.5, 3.6 and 3.7: chapter and "Preventivo 2026", as printed.
const PRINTED_2026: [(&str, &str); 16] = [
    ("5U1104041", "15.411.500"),
    ("5U1104042", "2.177.600"),
    ("5U1104049", "117.000.000"),
    ("5U1104050", "344.622.000"),
    ("5U1104051", "1.294.500"),
    ("5U1104055", "46.863.400"),
    ("5U1104056", "28.896.100"),
    ("5U2112008", "65.006.500"),
    ("5U2112009", "303.052.900"),
    ("8U1102031", "1.050.000"),
    ("8U1104062", "1.957.542"),
    ("8U2112001", "100.000.000"),
    ("5U1104058", "3.084.600"),
    ("8U1210021/06", "1.680.000,00"),
    ("8U1210021/08", "2.154.520,00"),
    ("8U 21 13 003", "400.110.000,00"),
];

#[test]
fn the_chapters_of_2026_are_those_of_the_note() {
    let plan = bundled("inps-2026");
    let spending = plan.spending();
    let printed = |text: &str| Exact::parse(&text.replace('.', "").replace(',', ".")).unwrap();
    let found: Vec<(&str, Exact)> = spending
        .chapters()
        .iter()
        .map(|chapter| (chapter.official.as_str(), spending.budget(&chapter.code, "NAZ").unwrap().amount.clone()))
        .collect();
    assert_eq!(found, PRINTED_2026.map(|(chapter, amount)| (chapter, printed(amount))));
    assert_eq!(spending.rule(Applies::Budget, Round::Second).map(|rule| rule.rule.as_str()), Some("d"), "one rule for the whole year");
    assert!(spending.rule(Applies::Forecast, Round::First).is_none(), "the note prints no tolerance");
}

#[test]
fn the_tolerances_of_2021_are_those_printed() {
    let plan = bundled("inps-2021");
    let spending = plan.spending();
    assert_eq!(spending.chapters().len(), 23);
    let bounds = |applies, round| {
        let rule = spending.rule(applies, round).unwrap();
        [&rule.min, &rule.max].map(|bound| bound.as_ref().map(|bound| bound.decimal_text(2)))
    };
    for round in [Round::First, Round::Second, Round::Third] {
        assert_eq!(bounds(Applies::Forecast, round), [None, Some("5".to_owned())], "+5 % at most");
        assert_eq!(bounds(Applies::Transit, round), [None, Some("3".to_owned())], "3 % of the running costs at most");
    }
    assert_eq!(bounds(Applies::Forecast, Round::Fourth), [Some("-5".to_owned()), Some("5".to_owned())], "5 % either way");
    assert_eq!(bounds(Applies::Transit, Round::Fourth), [None, Some("0".to_owned())], "a balance of zero");
    let running = |code: &str| spending.chapter(code).unwrap().running;
    assert!(running("5U1104012") && !running("5U2112010") && !running("8F1104015"));
}

#[test]
fn facts_speak_of_a_figure_of_a_chapter() {
    let plan = bundled("inps-2021");
    let subject = Spending::subject("4U1102028", SpendFigure::Actual);
    assert_eq!(subject, "4U1102028.actual");
    let label = plan.spending().subject_label(&subject);
    assert_eq!(label, Some("Spese per l'erogazione dei buoni pasto al personale dipendente: utilizzato"));
    assert_eq!(plan.spending().subject_label("4U1102028"), None, "a chapter alone is no figure");
    assert_eq!(plan.spending().subject_label("4U1102028.spent"), None);
}

/// One broken package for each way.
pub(crate) fn cases() -> Vec<Case> {
    const CHAPTERS: &str = "code,official,group,label,running,note";
    let chapter = |rows, expected| optional("spend_chapters.csv", CHAPTERS, rows, expected);
    let budget = |rows: &str, expected| {
        let mut case = optional("spend_budgets.csv", "chapter,structure,amount,note", rows, expected);
        case.files.insert("spend_chapters.csv".into(), format!("{CHAPTERS}\nC1,,G,Luce,true,\n").into_bytes());
        case
    };
    let rule =
        |rows, expected| optional("spend_rules.csv", "rule,applies_to,measure,round,min,alert_min,alert_max,max,note", rows, expected);
    vec![
        chapter("8U/06,,G,Luce,true,", "spend_chapters.csv:2 (code): \"8U/06\" is not a code"),
        chapter("C1,,G,,true,", "spend_chapters.csv:2 (label): is empty"),
        chapter("C1,,,Luce,true,", "spend_chapters.csv:2 (group): is empty"),
        chapter("C1,,G,Luce,maybe,", "spend_chapters.csv:2 (running): \"maybe\" is not one of: true, false"),
        chapter("C1,,G,Luce,,\nC1,,G,Gas,,", "spend_chapters.csv:3 (code): C1 stands already in line 2"),
        budget("C2,REG_A,10,", "spend_budgets.csv:2 (chapter): there is no chapter C2 in spend_chapters.csv"),
        budget("C1,REG_Z,10,", "spend_budgets.csv:2 (structure): there is no structure REG_Z"),
        budget("C1,REG_A,,", "spend_budgets.csv:2 (amount): is empty"),
        budget("C1,REG_A,-10,", "spend_budgets.csv:2 (amount): -10 must be above zero"),
        budget("C1,REG_A,10,\nC1,REG_A,11,", "spend_budgets.csv:3 (structure): the budget of C1 for REG_A stands already in line 2"),
        rule("a,hope,,I,,,4,5,", "spend_rules.csv:2 (applies_to): \"hope\" is not one of: forecast, budget, transit"),
        rule("a,forecast,,V,,,4,5,", "spend_rules.csv:2 (round): \"V\" is not one of: I, II, III, IV"),
        rule("a,forecast,,I,,,,,", "spend_rules.csv:2 (max): is empty: a rule has a least or a most"),
        rule("a,forecast,,I,,,6,5,", "spend_rules.csv:2 (max): 5 stands where 6 or more is expected"),
        rule("a,forecast,,I,-5,-6,4,5,", "spend_rules.csv:2 (alert_min): -6 stands where -5 or more is expected"),
        rule("a,forecast,,I,,-4,4,5,", "spend_rules.csv:2 (alert_min): \"-4\" must not stand here: without a limit"),
        rule("a,forecast,COSTS,I,,,4,5,", "spend_rules.csv:2 (measure): \"COSTS\" must not stand here: only a transit account"),
        rule("c,transit,,I,,,2,3,", "spend_rules.csv:2 (measure): is empty: name the transit account"),
        rule("c,transit,CARE,I,,,2,3,", "spend_rules.csv:2 (measure): there is no measure of finance CARE"),
        rule(
            "a,forecast,,I,,,4,5,\nb,forecast,,,,,4,5,",
            "spend_rules.csv:3 (round): \" beside spend_rules.csv:2\" must not stand here: two rules",
        ),
    ]
}
