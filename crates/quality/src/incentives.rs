//! Whether an index reaches what the bands of the plan ask for an incentive (*incentivo ordinario*, *incentivo speciale*).

mod derivation;
mod rule;

use piramide_domain::{Detail, Query};
use piramide_measure::{Exact, Missing, Provenance};
use piramide_plan as plan;

pub use self::{
    derivation::derivation,
    rule::{Needed, Outcome, Verdict, verdict},
};
use crate::{
    asked::Asked,
    indices::{self, Against, Index},
    state::Books,
};

/// Who stands for the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster<'a> {
    /// Who they are, in Italian.
    pub label: String,
    /// Each structure with its own index; for a figure only as many as tell that nobody is alone.
    pub members: Vec<(&'a str, Result<Exact, Missing>)>,
    /// The index of all of them together, recomputed from their numerators and denominators.
    pub index: Result<Exact, Missing>,
    /// The least certain provenance of what it rests on; `None` without an index.
    pub provenance: Option<Provenance>,
}

/// An incentive, with what a structure reached of it.
pub struct Judged<'a> {
    /// What the plan says.
    pub incentive: &'a plan::Incentive,
    /// The question behind the index.
    pub asked: Asked<'a>,
    /// The index that counts.
    pub index: Index<'a>,
    /// The question and the index of last year; `None` where one band holds for every index.
    pub last_year: Option<(Asked<'a>, Index<'a>)>,
    /// Who the structure is compared with; `None` where no band asks, or there is nobody.
    pub cluster: Option<Cluster<'a>>,
    /// What is asked, and whether it is reached.
    pub verdict: Verdict,
}

impl Judged<'_> {
    /// The least certain provenance of all that the outcome rests on: the index, that of last year and the cluster's.
    pub fn provenance(&self) -> Option<Provenance> {
        let against = Against::of(self.incentive.reference);
        let last_year = self.last_year.as_ref().and_then(|(asked, index)| index.provenance(asked, against));
        let cluster = self.cluster.as_ref().and_then(|cluster| cluster.provenance);
        self.index.provenance(&self.asked, against).max(last_year).max(cluster)
    }
}

impl Against {
    /// What an incentive of the plan is compared with.
    pub fn of(compared: plan::Compared) -> Self {
        match compared {
            plan::Compared::Budget => Self::Budget,
            plan::Compared::PreviousYear => Self::PreviousYear,
        }
    }
}

/// Judges an incentive (*fasce di incentivazione*) by its bands, as [`verdict`].
///
/// - Last year's index is computed by the method of the same plan, from the facts of last year and of the year before. **Decision**.
/// - The cluster's deviation is that of its structures taken together, recomputed from their parts, in the clusters of the section: of the
///   nearest structure from the one asked for upwards that has one, as budgets are held. A structure right under the nation, which has no
///   such cluster, is compared with all of them together where the plan says so. Who is alone in its cluster has nobody to be compared
///   with. **Decision**.
/// - Source: Piano della performance 2021-2023, "Obiettivi di Qualità ed Efficacia"; the bands are those of one year's contract.
///
/// `None` when the dashboard has no such node.
pub fn judge<'a>(query: Query<'a>, books: Option<&'a Books>, incentive: &'a plan::Incentive) -> Option<Judged<'a>> {
    let (node, against) = (incentive.node.as_str(), Against::of(incentive.reference));
    let asked = Asked::over(query, books, node);
    let index = indices::index(&asked, node, against)?;
    let banded = incentive.bands.len() > 1;
    let last_year = query.period.previous_year().filter(|_| banded).and_then(|earlier| {
        let asked = Asked::over(query.in_period(earlier), books, node);
        let index = indices::index(&asked, node, against)?;
        Some((asked, index))
    });
    let before = last_year
        .as_ref()
        .map_or_else(|| Err(Missing::NoInput { input: "l'indice dell'anno prima".to_owned() }), |(_, index)| index.judged.index.clone());
    let bands = incentive.possible(before.as_ref().ok());
    let asks = bands.iter().any(|band| band.above_cluster.is_some());
    let cluster = if asks { cluster(query, books, incentive, against) } else { None };
    let distance = |index: &Result<Exact, Missing>| index.clone().map(|index| index - Exact::hundred());
    let beside =
        cluster.as_ref().map_or_else(|| Err(Missing::NoInput { input: "un cluster".to_owned() }), |cluster| distance(&cluster.index));
    let verdict = verdict(&bands, &distance(&index.judged.index), &before, &beside);
    Some(Judged { incentive, asked, index, last_year, cluster, verdict })
}

/// The cluster of a structure with the index of all its members together.
fn cluster<'a>(query: Query<'a>, books: Option<&'a Books>, incentive: &'a plan::Incentive, against: Against) -> Option<Cluster<'a>> {
    let (label, mut members) = members(&query, incentive)?;
    // What lies under another is in it already.
    let (all, at) = (members.clone(), query.period.last_calendar_month());
    members.retain(|member| !all.iter().any(|other| other != member && query.plan.structures().lies_under(member, other, at)));
    let node = incentive.node.as_str();
    let ask = |structure: &'a str| Asked::over(Query { structure, ..query }, books, node);
    let of = |asked: &Asked<'a>| indices::index(asked, node, against).map_or_else(|| Err(query.no_data()), |index| index.judged.index);
    let questions: Vec<Asked<'a>> = members.into_iter().map(ask).collect();
    let (mut members, mut measured) = (Vec::new(), 0);
    for asked in &questions {
        let index = of(asked);
        measured += usize::from(index.is_ok());
        members.push((asked.query.structure, index));
        // An index of a region goes through all its offices, and only a derivation shows those of the others.
        if measured == 2 && query.detail == Detail::Figure {
            break;
        }
    }
    let alone = measured < 2;
    let all = Asked::together(questions.into_iter()).filter(|_| !alone);
    let together = all.as_ref().and_then(|all| Some((all, indices::index(all, node, against)?)));
    let provenance = together.as_ref().and_then(|(all, index)| index.provenance(all, against));
    let nobody = || Err(Missing::Reported { reason: format!("nessun'altra struttura con un indice tra {label}") });
    let index = together.map_or_else(nobody, |(_, index)| index.judged.index);
    Some(Cluster { label, members, index, provenance })
}

/// Who is compared, and what they are called.
fn members<'a>(query: &Query<'a>, incentive: &plan::Incentive) -> Option<(String, Vec<&'a str>)> {
    let (plan, at) = (query.plan, query.period.last_calendar_month());
    let holders = plan.dashboard().holders(&incentive.node, query.structure, at, (plan.structures(), plan.clusters()));
    if let Some(cluster) = holders.iter().find_map(|holder| holder.cluster) {
        let purpose = plan.dashboard().section_of(&incentive.node).map_or("", |section| section.clusters.as_str());
        return Some((format!("le strutture del cluster {cluster}"), plan.clusters().members(purpose, cluster)));
    }
    let nation = plan.structures().root(at).filter(|_| incentive.without_cluster == plan::WithoutCluster::Nation)?;
    let regions: Vec<&'a str> = plan.structures().children(&nation.code, at).into_iter().map(|one| one.code.as_str()).collect();
    regions.contains(&query.structure).then(|| ("le strutture regionali".to_owned(), regions))
}
