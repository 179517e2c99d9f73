//! How a mean and its interval were reached, down to answers by mark and the plan (*spiegazione*).

use piramide_measure::{Exact, Explanation, Source, Unit, explanation::counted};
use piramide_plan::SurveyItem;

use super::{
    estimate::{Estimate, Part, ROOT_DIGITS},
    results::{self, Asked},
};

/// The derivation of the mean of a factor: strata, their weights, their answers by mark.
pub fn mean(asked: &Asked<'_>, factor: &SurveyItem) -> Explanation {
    let estimate = match asked.estimate(&factor.code, results::Part::Whole) {
        Ok(estimate) => estimate,
        Err(silent) => {
            let published = asked.published(factor).map(|measured| measured.explanation);
            return published.unwrap_or_else(|| Explanation::missing(&factor.label, Unit::Mark, asked.missing(silent).to_string()));
        }
    };
    let stratum = |part: &Part<'_>| {
        let given = weight(asked, part);
        let inputs = std::iter::once(given).chain(counts(asked, part)).collect();
        let label = format!("Strato: {}", part.stratum.label);
        Explanation::computed(label, Some(part.mean.clone()), Unit::Mark, "somma di voto x risposte / somma delle risposte", inputs)
            .noted(format!("{}, peso {} %", counted(part.tally.answers(), "risposta", "risposte"), part.share.shown(2)))
    };
    let inputs = estimate.parts.iter().map(stratum).collect();
    let formula = "media degli strati, pesata";
    let explanation = Explanation::computed(&factor.label, Some(estimate.mean.clone()), Unit::Mark, formula, inputs);
    suppressed(asked, &estimate).into_iter().fold(explanation, Explanation::noted)
}

/// The derivation of half the width of its interval; `None` without a mean from answers.
pub fn margin(asked: &Asked<'_>, factor: &SurveyItem) -> Option<Explanation> {
    let estimate = asked.estimate(&factor.code, results::Part::Whole).ok()?;
    let z = Explanation::given("z", asked.survey.z.clone(), Unit::Ratio, plan(asked, format!("surveys.csv:{}", asked.survey.line)));
    let of_stratum = |part: &Part<'_>| {
        let answers = Explanation::computed("Risposte", Some(Exact::from(part.tally.answers())), Unit::Items, "", Vec::new());
        let marks = Explanation::computed("Varianza dei voti", part.tally.variance(), Unit::MarkVariance, "", Vec::new());
        let place = || plan(asked, format!("survey_strata.csv:{}", part.stratum.line));
        let population =
            part.stratum.population.clone().map(|all| Explanation::given("Popolazione dello strato", all, Unit::Persons, place()));
        let formula = if population.is_some() { "varianza / risposte x (1 - risposte / popolazione)" } else { "varianza / risposte" };
        let inputs = [marks, answers].into_iter().chain(population).collect();
        let label = format!("Varianza della media, strato: {}", part.stratum.label);
        Explanation::computed(label, Some(part.variance.clone()), Unit::MarkVariance, formula, inputs)
            .noted(format!("peso {} %", part.share.shown(2)))
    };
    let inputs = estimate.parts.iter().map(of_stratum).collect();
    let variance = Explanation::computed(
        "Varianza della media",
        Some(estimate.variance.clone()),
        Unit::MarkVariance,
        "somma di peso² x varianza della media dello strato",
        inputs,
    );
    let label = "Semiampiezza dell'intervallo";
    let explanation =
        Explanation::computed(label, Some(estimate.margin.clone()), Unit::Mark, "z x radice quadrata della varianza", vec![z, variance]);
    Some(explanation.noted(format!("radice arrotondata per eccesso a {ROOT_DIGITS} decimali")))
}

fn plan(asked: &Asked<'_>, place: String) -> Source {
    Source::Plan { version: asked.query.plan.version().to_owned(), place }
}

fn weight(asked: &Asked<'_>, part: &Part<'_>) -> Explanation {
    let source = plan(asked, format!("survey_strata.csv:{}", part.stratum.line));
    let given = Explanation::given("Peso dello strato", part.stratum.weight.clone(), Unit::Percent, source);
    if part.stratum.note.is_empty() { given } else { given.noted(&part.stratum.note) }
}

/// The answers of a stratum that give each mark. They are not taken apart any further: office by office and month by month they may be too few
/// to be shown.
fn counts(asked: &Asked<'_>, part: &Part<'_>) -> Vec<Explanation> {
    let subject = format!("{}:{}:{}", asked.survey.code, asked.sample.code, part.stratum.code);
    let count = |(mark, count): (usize, i128)| {
        let label = format!("Risposte con voto {mark}");
        let Some(provenance) = part.tally.provenance else {
            return Explanation::computed(label, Some(count.into()), Unit::Items, "", Vec::new());
        };
        let source = Source::Total { provenance, structure: asked.query.structure.to_owned(), subject: subject.clone() };
        Explanation::given(label, count.into(), Unit::Items, source)
    };
    (1..).zip(part.tally.counts).map(count).collect()
}

/// What is said of strata that do not count.
fn suppressed(asked: &Asked<'_>, estimate: &Estimate<'_>) -> Vec<String> {
    let fewest = asked.survey.fewest;
    let hidden = match estimate.suppressed {
        0 => None,
        1 => Some(format!(
            "uno strato con meno di {fewest} risposte, qui o accanto, non si mostra e non conta: il suo peso passa agli altri"
        )),
        several => Some(format!(
            "{several} strati con meno di {fewest} risposte, qui o accanto, non si mostrano e non contano: il loro peso passa agli altri"
        )),
    };
    let covered = (estimate.coverage < Exact::hundred()).then(|| format!("copertura {} %", estimate.coverage.shown(2)));
    hidden.into_iter().chain(covered).collect()
}
