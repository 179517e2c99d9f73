//! Why an incentive is reached or not, down to facts and plan (*spiegazione*).

use piramide_measure::{Exact, Explanation, Source, Unit};
use piramide_plan::{Band, Plan};

use super::{Cluster, Judged, Needed, Outcome};
use crate::{
    asked::Asked,
    indices::{self, Against, Index},
};

/// The derivation of the margin: the deviation of the index, and what is asked.
pub fn derivation(judged: &Judged<'_>) -> Explanation {
    let against = Against::of(judged.incentive.reference);
    let own = deviation("Scostamento dell'indice", &judged.asked, &judged.index, against);
    let needed = needed(judged, against);
    let verdict = &judged.verdict;
    let margin = own.value.as_ref().zip(verdict.needed.as_ref()).map(|(own, needed)| own - &needed.deviation);
    let formula = "scostamento dell'indice - scostamento richiesto";
    let explanation = Explanation::computed(&judged.incentive.label, margin, Unit::Percent, formula, vec![own, needed]);
    let outcome = match &verdict.outcome {
        Outcome::Reached => "raggiunto".to_owned(),
        Outcome::Missed => "non raggiunto".to_owned(),
        Outcome::Undecided(missing) => format!("non si può dire: {missing}"),
    };
    let place = format!("{}, incentives.csv:{}", judged.asked.query.plan.version(), judged.incentive.line);
    let notes = [outcome, place, judged.incentive.note.clone()];
    notes.into_iter().filter(|note| !note.is_empty()).fold(explanation, Explanation::noted)
}

/// How far an index is from 100, with how it was reached.
fn deviation<'a>(label: &str, asked: &Asked<'a>, index: &Index<'a>, against: Against) -> Explanation {
    let derivation = indices::derivation(asked, index, against);
    Explanation::computed(label, index.deviation(), Unit::Percent, "indice - 100", vec![derivation])
}

/// What is asked: the bands that can hold, the index of last year that chooses among them, the result of the cluster.
fn needed(judged: &Judged<'_>, against: Against) -> Explanation {
    let plan = judged.asked.query.plan;
    let before = judged.last_year.as_ref().map(|(asked, index)| {
        let derivation = indices::derivation(asked, index, against);
        Explanation { label: format!("Indice dell'anno prima ({})", asked.query.period), ..derivation }
    });
    let last_year = judged.last_year.as_ref().and_then(|(_, index)| index.judged.index.as_ref().ok());
    let bands = judged.incentive.possible(last_year).into_iter().map(|band| self::band(plan, band));
    let beside = judged.cluster.as_ref().map(|cluster| self::cluster(judged, cluster));
    let inputs = before.into_iter().chain(beside).chain(bands).collect();
    let value = judged.verdict.needed.as_ref().map(|needed| needed.deviation.clone());
    let formula = "la via più facile della fascia dell'anno prima";
    let explanation = Explanation::computed("Scostamento richiesto", value, Unit::Percent, formula, inputs);
    match &judged.verdict.needed {
        Some(Needed { exceed: true, .. }) => explanation.noted("va superato"),
        Some(Needed { exceed: false, .. }) => explanation.noted("basta raggiungerlo"),
        None => explanation,
    }
}

/// The deviation of the cluster, with the index of each of its structures.
fn cluster(judged: &Judged<'_>, cluster: &Cluster<'_>) -> Explanation {
    let plan = judged.asked.query.plan;
    let member = |(structure, index): &(&str, Result<Exact, _>)| {
        let name = plan.structures().get(structure).map_or(*structure, |structure| &structure.name);
        match index {
            Ok(index) => Explanation::computed(name, Some(index.clone()), Unit::Index, "", Vec::new()),
            Err(missing) => Explanation::missing(name, Unit::Index, format!("{missing}")),
        }
    };
    let value = cluster.index.as_ref().ok().map(|index| index - &Exact::hundred());
    let formula = "indice ricalcolato dai numeratori e denominatori di tutte insieme - 100";
    let label = format!("Scostamento del cluster: {}", cluster.label);
    let explanation = Explanation::computed(label, value, Unit::Percent, formula, cluster.members.iter().map(member).collect::<Vec<_>>());
    match &cluster.index {
        Err(missing) => explanation.noted(missing.to_string()),
        Ok(_) => explanation,
    }
}

/// What a band of the plan says.
fn band(plan: &Plan, band: &Band) -> Explanation {
    let source = || Source::Plan { version: plan.version().to_owned(), place: format!("incentive_bands.csv:{}", band.line) };
    let label = match (&band.from, &band.below) {
        (None, None) => "Fascia unica".to_owned(),
        (Some(from), None) => format!("Fascia: indice dell'anno prima da {}", from.shown(2)),
        (None, Some(below)) => format!("Fascia: indice dell'anno prima sotto {}", below.shown(2)),
        (Some(from), Some(below)) => format!("Fascia: indice dell'anno prima da {} a meno di {}", from.shown(2), below.shown(2)),
    };
    let percent = band.above_cluster.clone();
    let explanation = match &percent {
        Some(percent) => Explanation::given(label, percent.clone(), Unit::Percent, source()).noted("sopra lo scostamento del cluster"),
        None => Explanation::given(label, Exact::zero(), Unit::Percent, source()),
    };
    let explanation = if band.positive { explanation.noted("basta uno scostamento positivo") } else { explanation };
    if band.note.is_empty() { explanation } else { explanation.noted(&band.note) }
}
