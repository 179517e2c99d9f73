//! What a page shows: structure, period and plan, chosen in a form that works without scripts.

use std::sync::Arc;

use piramide_contracts::plan::{Plan, Structure};
use piramide_measure::Period;
use serde::Deserialize;

use crate::{app::Shared, problem::Problem, question::Question, reading::methods::is_of_another_year};

/// The parameters of a page; what is missing has a default.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageParameters {
    pub(super) structure: Option<String>,
    pub(super) period: Option<String>,
    /// Missing: the plan that follows the period. Empty: the one in force in it.
    pub(super) plan: Option<String>,
    pub(super) as_of: Option<String>,
}

/// What was chosen, and what can be.
pub(super) struct Chosen {
    /// What to ask the services.
    pub(super) question: Question,
    /// The same as it is written in links.
    period: String,
    as_of: String,
    plans: Arc<[Plan]>,
}

/// The form in which to choose.
pub(super) struct Form {
    /// Where it leads.
    pub(super) action: String,
    pub(super) structures: Vec<Choice>,
    pub(super) plans: Vec<Choice>,
    pub(super) periods: Vec<String>,
    pub(super) period: String,
    pub(super) as_of: String,
    /// The node of the catalogue that the page stays at; empty on pages without one.
    pub(super) node: String,
}

/// One thing to choose.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) selected: bool,
}

impl Chosen {
    /// Reads the parameters; asks for the plans, since one of them is the default.
    pub(super) async fn read(app: &Shared, parameters: PageParameters) -> Result<Self, Problem> {
        let plans = app.upstream.list_plans().await?;
        let filled = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let structure = filled(parameters.structure).unwrap_or_else(|| app.defaults.structure.clone());
        let period = filled(parameters.period).unwrap_or_else(|| app.defaults.period.to_string());
        let as_of = filled(parameters.as_of).unwrap_or_default();
        let plan = parameters.plan.unwrap_or_else(|| follows(&plans, &period));
        let question = Question::read(structure, &period, Some(plan), Some(&as_of))?;
        Ok(Self { question, period, as_of, plans })
    }

    /// The choice as parameters of a link.
    pub(super) fn parameters(&self) -> Vec<(&'static str, &str)> {
        let mut parameters =
            vec![("structure", self.question.structure.as_str()), ("period", self.period.as_str()), ("plan", self.question.plan.as_str())];
        if !self.as_of.is_empty() {
            parameters.push(("as_of", &self.as_of));
        }
        parameters
    }

    /// Asks for another period in the place of the one that was chosen.
    pub(super) fn ask_for(&mut self, period: Period) {
        self.period = period.to_string();
        self.question.period = period;
    }

    /// The period as it was asked for.
    pub(super) fn period(&self) -> &str {
        &self.period
    }

    /// The name of the structure chosen, or its code where the plan has none of that code.
    pub(super) fn structure(&self, structures: &[Structure]) -> String {
        name(structures, &self.question.structure).to_owned()
    }

    /// The plans that the form offers, the newest first, and at the end the one in force: which has no name.
    pub(super) fn plans(&self) -> impl Iterator<Item = &str> {
        self.plans.iter().rev().map(|plan| plan.name.as_str()).chain(std::iter::once(""))
    }

    /// The title of the plan chosen, by name or version.
    pub(super) fn plan_title(&self, version: &str) -> String {
        let found = self.plans.iter().find(|plan| plan.version == version || plan.name == version);
        found.map_or_else(|| version.to_owned(), |plan| plan.title.clone())
    }

    /// Whether a plan, by name or version, does not hold at the end of the period: another year's method is applied to it.
    pub(super) fn is_of_another_year(&self, version: &str) -> bool {
        let plan = self.plans.iter().find(|plan| plan.version == version || plan.name == version);
        plan.is_some_and(|plan| is_of_another_year(plan, self.question.period))
    }

    /// The form, with these structures to choose from.
    pub(super) fn form(&self, action: &str, structures: &[Structure]) -> Form {
        let chosen = &self.question;
        let structure = |structure: &Structure| Choice {
            label: if structure.kind == "nation" { structure.name.clone() } else { format!("{} ({})", structure.name, structure.code) },
            selected: structure.code == chosen.structure,
            value: structure.code.clone(),
        };
        let plan = |plan: &Plan| Choice {
            label: plan.title.clone(),
            selected: plan.name == chosen.plan || plan.version == chosen.plan,
            value: plan.name.clone(),
        };
        let in_force = Choice { value: String::new(), label: "Piano in vigore nel periodo".to_owned(), selected: chosen.plan.is_empty() };
        Form {
            action: action.to_owned(),
            structures: structures.iter().map(structure).collect(),
            plans: self.plans.iter().rev().map(plan).chain(std::iter::once(in_force)).collect(),
            periods: suggestions(chosen.period.year()),
            period: self.period.clone(),
            as_of: self.as_of.clone(),
            node: String::new(),
        }
    }
}

/// The name of a structure, or its code where the plan has none of that code.
pub(super) fn name<'a>(structures: &'a [Structure], code: &'a str) -> &'a str {
    structures.iter().find(|structure| structure.code == code).map_or(code, |structure| &structure.name)
}

/// Periods worth suggesting around a year.
pub(super) fn suggestions(year: u16) -> Vec<String> {
    let quarters = (1..=4).map(|quarter| format!("{year}-Q{quarter}"));
    [format!("{}", year.saturating_add(1)), format!("{year}"), format!("{}", year.saturating_sub(1))].into_iter().chain(quarters).collect()
}

/// The plan that follows a period, since a year's results are looked at against what the next one asks for: the newest that begins no
/// later than the year after. A period that cannot be read, and one before every plan, have the newest.
fn follows(plans: &[Plan], period: &str) -> String {
    let year = |text: &str| text.parse::<Period>().ok().map(|period| period.last_calendar_month().year());
    let asked = year(period);
    let begins = |plan: &Plan| plan.first_month.as_ref().and_then(|month| year(&month.value));
    let in_time = |plan: &&Plan| asked.zip(begins(plan)).is_some_and(|(asked, begins)| begins <= asked.saturating_add(1));
    plans.iter().rfind(in_time).or_else(|| plans.last()).map(|plan| plan.name.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use piramide_contracts::types;

    use super::*;

    #[test]
    fn results_are_looked_at_against_the_plan_that_follows() {
        let plan = |year: u16| Plan {
            name: format!("p-{year}"),
            first_month: Some(types::Period { value: format!("{year}-01") }),
            ..Plan::default()
        };
        let plans = [plan(2020), plan(2021), plan(2026)];
        for (period, expected) in
            [("2020", "p-2021"), ("2020-Q3", "p-2021"), ("2019", "p-2020"), ("2023", "p-2021"), ("2025-12", "p-2026"), ("2026", "p-2026")]
        {
            assert_eq!(follows(&plans, period), expected, "{period}");
        }
        assert_eq!(follows(&plans, "2015"), "p-2026", "before every plan");
        assert_eq!(follows(&plans, "qui"), "p-2026", "what cannot be read is refused elsewhere");
        assert_eq!(follows(&[], "2020"), "");
    }
}
