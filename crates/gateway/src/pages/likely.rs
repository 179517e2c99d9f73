//! What is likely to be opened: the page without any choice, and after it what its form offers for the same structure.

use piramide_measure::{Month, Period};

use super::choice::{Chosen, PageParameters, suggestions};
use crate::{app::Shared, problem::Problem, question::Question, rest::pyramid, view::link::href};

/// Choices that are made ahead, the likeliest first. Those of four plans are some fifty, and as many pages and answers of up to 200 KB each
/// take less than a fifth of the cache; with more plans, the rest is left to who chooses it.
const MOST: usize = 64;
/// Months of a year.
const MONTHS: u8 = 12;

/// A question, and where it is asked: what takes least to make comes first, so that nobody waits for more than it takes.
pub(crate) struct Likely {
    pub(crate) question: Question,
    pub(crate) addresses: Vec<String>,
}

impl Likely {
    fn new(question: Question) -> Self {
        let period = question.period.to_string();
        let chosen = [("structure", question.structure.as_str()), ("period", period.as_str()), ("plan", question.plan.as_str())];
        // A form sends every field; a program that wants the plan in force names none.
        let named = chosen.iter().filter(|(_, value)| !value.is_empty()).copied();
        let addresses = vec![href(pyramid::PATH, &named.collect::<Vec<_>>()), href("/", &chosen)];
        Self { question, addresses }
    }
}

/// What is seen first: the page without any choice, after what programs are answered and what its form asks for, which are the same.
///
/// # Errors
///
/// When the plans cannot be had.
pub(crate) async fn opening(app: &Shared) -> Result<Likely, Problem> {
    let mut opening = Likely::new(Chosen::read(app, PageParameters::default()).await?.question);
    opening.addresses.push("/".to_owned());
    Ok(opening)
}

/// What the form of the first page offers, the likeliest first: for its plan the periods that it suggests, then every month and what has come
/// to be until then; for the other plans the same period, then the others that it suggests.
///
/// # Errors
///
/// When the plans cannot be had.
pub(crate) async fn choices(app: &Shared) -> Result<Vec<Likely>, Problem> {
    let first = Chosen::read(app, PageParameters::default()).await?;
    let plans: Vec<&str> = first.plans().collect();
    Ok(offered(&first.question, &plans).into_iter().map(Likely::new).collect())
}

fn offered(first: &Question, plans: &[&str]) -> Vec<Question> {
    let suggested: Vec<Period> = suggestions(first.period.year()).iter().filter_map(|period| period.parse().ok()).collect();
    let months = || (1..=MONTHS).filter_map(|number| Month::new(first.period.year(), number));
    let periods = suggested.iter().copied().chain(months().map(Period::Month)).chain(months().map(Period::YearToDate));
    let another = |plan: &&&str| **plan != first.plan;
    let of = |plan: &str, period| Question { plan: plan.to_owned(), period, ..first.clone() };
    let same_period = plans.iter().filter(another).map(|plan| of(plan, first.period));
    let suggested = plans.iter().filter(another).flat_map(|plan| suggested.iter().map(|period| of(plan, *period)));
    let all = periods.map(|period| of(&first.plan, period)).chain(same_period).chain(suggested);
    let mut offered: Vec<Question> = Vec::new();
    for question in all {
        if question != *first && !offered.contains(&question) {
            offered.push(question);
        }
    }
    offered.truncate(MOST);
    offered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(period: &str) -> Question {
        Question::read("NAZ".into(), period, Some("p-2021".into()), None).unwrap()
    }

    fn told(first: &Question, plans: &[&str]) -> Vec<String> {
        offered(first, plans).iter().map(|question| format!("{} {}", question.plan, question.period)).collect()
    }

    #[test]
    fn what_the_form_suggests_comes_first_and_then_what_can_be_written_into_it() {
        let told = told(&first("2020"), &["p-2021", "p-2020", ""]);
        assert_eq!(told[..6], ["2021", "2019", "2020-Q1", "2020-Q2", "2020-Q3", "2020-Q4"].map(|period| format!("p-2021 {period}")));
        assert_eq!((told[6].as_str(), told[17].as_str()), ("p-2021 2020-01", "p-2021 2020-12"));
        assert_eq!((told[18].as_str(), told[29].as_str()), ("p-2021 2020-01-ytd", "p-2021 2020-12-ytd"));
        assert_eq!(told[30..34], ["p-2020 2020", " 2020", "p-2020 2021", "p-2020 2019"]);
        assert_eq!(told.len(), 30 + 2 * 7, "each once");
    }

    #[test]
    fn the_period_that_is_open_is_no_choice_and_there_are_no_more_than_are_worth_making() {
        let quarter = told(&first("2020-Q3"), &["p-2021"]);
        assert!(quarter.contains(&"p-2021 2020".to_owned()) && !quarter.contains(&"p-2021 2020-Q3".to_owned()));
        let many = ["p-2021", "a", "b", "c", "d", "e", "f", "g", ""];
        let all = told(&first("2020"), &many);
        assert_eq!(all.len(), MOST);
        assert!(all.contains(&"g 2020".to_owned()), "the open period by each plan comes before any other by another plan");
    }

    #[test]
    fn a_form_names_every_field_and_a_program_what_it_chooses() {
        let addresses = |plan: &str| Likely::new(Question { plan: plan.into(), ..first("2020-03-ytd") }).addresses;
        assert_eq!(
            addresses("p@1"),
            ["/api/v1/public-value?structure=NAZ&period=2020-03-ytd&plan=p%401", "/?structure=NAZ&period=2020-03-ytd&plan=p%401"]
        );
        assert_eq!(addresses(""), ["/api/v1/public-value?structure=NAZ&period=2020-03-ytd", "/?structure=NAZ&period=2020-03-ytd&plan="]);
    }
}
