//! Improvement projects (*progetti di miglioramento*), national and regional.

use piramide_domain::{Measured, factor};
use piramide_measure::{
    Exact, Explanation, Missing, Policy, Source, Unit, deviation,
    explanation::counted,
    weighted::{self, Child, Weighted},
};
use piramide_plan::{IndicatorDefinition, Project};

use super::targets;
use crate::{asked::Asked, facts::COMPLETED};

/// Pieces of a measure that were done in the period: of a project, of a control.
///
/// Unit: pieces, 0 or more. Rounding: none. Missing if nothing is recorded.
pub fn pieces(asked: &Asked<'_>, measure: &str, label: &str) -> Measured {
    asked.query.total(measure, COMPLETED, label)
}

/// Every improvement project of a structure as one score (*progetti di miglioramento*).
///
/// ```text
/// score of a project = 100 + deviation of its pieces from its target, within the cap
/// national           = mean of the national projects by their weights (2021: A 25, B 15, C 60)
/// regional           = simple mean of the regional projects
/// r                  = least of the sum of their weights (5 each) and the most that they weigh together (15)
/// result             = (100 - r) % of national + r % of regional
/// ```
///
/// - Unit: index; 100 means every project on target, 50 to 150 with the cap of 2021. Higher is better.
/// - The parameter is the most that regional projects weigh together; a project counts for its structure and those under it. What is
///   missing leaves its weight to the others, as the plan says, and lowers the coverage.
/// - Rounding: none here. Shown with 2 digits.
/// - Source: technical annex 2021, slide 10.
///
/// Missing if no project has both pieces and a target.
pub fn improvement_projects(asked: &Asked<'_>, indicator: &IndicatorDefinition) -> Measured {
    let plan = asked.query.plan;
    let at = asked.query.period.last_calendar_month();
    let counts = |project: &&Project| plan.structures().lies_under(asked.query.structure, &project.structure, at);
    let root = plan.structures().root(at).map(|root| root.code.as_str());
    let (national, regional): (Vec<&Project>, Vec<&Project>) =
        plan.projects().iter().filter(counts).partition(|project| Some(project.structure.as_str()) == root);
    let scored = |projects: Vec<&Project>| -> Vec<(Exact, Measured)> {
        projects.into_iter().map(|project| (project.weight.clone(), score(asked, project, indicator))).collect()
    };
    let (national, regional) = (scored(national), scored(regional));
    let most = factor::of(indicator).unwrap_or_else(Exact::zero);
    let bare = |scored: &[(Exact, Measured)]| -> Vec<(Exact, Option<Exact>)> {
        scored.iter().map(|(weight, score)| (weight.clone(), score.value.clone().ok())).collect()
    };
    let result = combined(&bare(&national), &bare(&regional), &most, &plan.missing());
    let weighed = |(weight, score): (Exact, Measured)| {
        let note = format!("peso {} %", weight.in_full());
        score.noted(note).explanation
    };
    let inputs = national.into_iter().chain(regional).map(weighed).collect();
    let formula = "media pesata dei progetti nazionali, mediata con la media dei regionali";
    let value = result.as_ref().map(|result| result.score.clone());
    let explanation = Explanation::computed(&indicator.label, value, Unit::Index, formula, inputs);
    match result {
        Some(Weighted { score, coverage }) => Measured::given(score, explanation).covering(coverage),
        None => Measured::missing(
            &indicator.label,
            Unit::Index,
            Missing::NoInput { input: "un progetto di miglioramento con pezzi e obiettivo".into() },
        ),
    }
}

/// A project's score: its pieces against its target.
fn score(asked: &Asked<'_>, project: &Project, whole: &IndicatorDefinition) -> Measured {
    let (plan, query) = (asked.query.plan, &asked.query);
    let label = plan.indicators().measuring("production", "pieces", &project.measure).map_or(project.measure.as_str(), |its| &its.label);
    let Some((indicator, reference)) = targets::of(query, "pieces", &project.measure) else {
        let input = format!("l'obiettivo di {label} per {} nel periodo {}", query.structure, query.period);
        return Measured::missing(label, Unit::Index, Missing::NoInput { input });
    };
    let cap = whole.cap.as_ref().or(plan.cap()).cloned();
    let target = Measured::given(reference.target.clone(), reference.explanation);
    let done = pieces(asked, &project.measure, "Pezzi lavorati");
    let formula = match &cap {
        Some(cap) => format!("100 + scostamento percentuale, entro {}", counted(cap.in_full(), "punto", "punti")),
        None => "100 + scostamento percentuale".to_owned(),
    };
    let scored = Measured::computed(label, Unit::Index, &formula, vec![done, target], |numbers| {
        let [done, target] = numbers else { return Err(query.no_data()) };
        let distance = deviation::deviation(done, target, indicator.direction, reference.scale);
        let distance = distance.ok_or_else(|| Missing::ZeroDivisor { divisor: "Obiettivo".into() })?;
        Ok(deviation::score(&distance, cap.as_ref()))
    });
    let place = Source::Plan { version: plan.version().to_owned(), place: format!("projects.csv:{}", project.line) };
    let weight = Explanation::given("Peso", project.weight.clone(), Unit::Percent, place);
    let explanation = Explanation { inputs: [scored.explanation.inputs, vec![weight]].concat(), ..scored.explanation };
    Measured::new(scored.value, explanation)
}

/// The scores of projects, each with its weight, as one; see [`improvement_projects`]. `None` when none has a score.
pub fn combined(
    national: &[(Exact, Option<Exact>)],
    regional: &[(Exact, Option<Exact>)],
    most: &Exact,
    missing: &Policy,
) -> Option<Weighted> {
    let measured = |score: &Option<Exact>| score.clone().map(|score| Weighted { score, coverage: Exact::hundred() });
    let by_weight: Vec<Child> = national.iter().map(|(weight, score)| Child { weight: weight.clone(), result: measured(score) }).collect();
    let alike: Vec<Child> = regional.iter().map(|(_, score)| Child { weight: Exact::from(1), result: measured(score) }).collect();
    let together: Exact = regional.iter().map(|(weight, _)| weight).sum();
    let together = if together < *most { together } else { most.clone() };
    let groups = [(by_weight, Exact::hundred() - together.clone()), (alike, together)];
    let groups: Vec<Child> = groups
        .into_iter()
        .filter(|(children, weight)| !children.is_empty() && !weight.is_zero())
        .map(|(children, weight)| Child { weight, result: weighted::mean(&children, missing) })
        .collect();
    weighted::mean(&groups, missing)
}
