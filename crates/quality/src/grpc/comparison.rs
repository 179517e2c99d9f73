//! The dashboard side by side: structures, and months.

use piramide_contracts::{
    quality::{
        Beside, CompareIndicesRequest, CompareIndicesResponse, Distribution, GetTrendRequest, GetTrendResponse, Standing, TrendPoint,
    },
    types,
};
use piramide_domain::{Handle, Query, refusal};
use piramide_measure::{Month, Period};
use tonic::{Code, Status};

use super::dashboard::{against, judgement, known};
use crate::{
    Quality,
    asked::Asked,
    comparison,
    indices::{self, Against},
};

/// Answers with the structures beside the one asked for.
pub(super) async fn compare(handle: &Handle<Quality>, request: CompareIndicesRequest) -> Result<CompareIndicesResponse, Status> {
    let CompareIndicesRequest { structure_code, period, plan, as_of, node_code, reference, beside } = request;
    let against = against(reference)?;
    let question = handle.ask(&structure_code, period.as_ref(), &plan, as_of.as_ref()).await?;
    let (plan, query) = (question.plan(), question.query());
    let node = known(plan, &node_code)?.code();
    let (cluster, members) = members(&query, node, Beside::try_from(beside).unwrap_or_default())?;
    let books = question.state().under(plan);
    let asked = |structure| (structure, Asked::over(Query { structure, ..query }, books, node));
    let (standings, distribution) = comparison::standings(members.into_iter().map(asked).collect(), node, against);
    let name = |code: &str| plan.structures().get(code).map(|structure| structure.name.clone()).unwrap_or_default();
    Ok(CompareIndicesResponse {
        standings: standings.iter().map(|one| Standing { structure_name: name(one.structure), ..standing(one) }).collect(),
        distribution: distribution.as_ref().map(distributed),
        cluster,
        plan_version: plan.version().to_owned(),
        sequence: question.facts().sequence(),
    })
}

/// The structures that stand beside the one asked for, itself among its peers, with the cluster they share.
fn members<'a>(query: &Query<'a>, node: &str, beside: Beside) -> Result<(String, Vec<&'a str>), Status> {
    let (plan, asked, at) = (query.plan, query.structure, query.period.last_calendar_month());
    match beside {
        Beside::Unspecified => {
            let detail = "say which structures to compare: children or peers";
            Err(refusal::field(Code::InvalidArgument, "beside", "SCOPE_MISSING", detail))
        }
        Beside::Children => {
            let children = plan.structures().children(asked, at).into_iter();
            Ok((String::new(), children.map(|child| child.code.as_str()).collect()))
        }
        Beside::Peers => {
            let clusters = plan.clusters();
            let purpose = plan.dashboard().section_of(node).map_or("", |section| section.clusters.as_str());
            let found = clusters.cluster_of(purpose, asked);
            Ok(found.map(|cluster| (cluster.to_owned(), clusters.members(purpose, cluster))).unwrap_or_default())
        }
    }
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn standing(standing: &comparison::Standing<'_>) -> Standing {
    Standing {
        structure_code: standing.structure.to_owned(),
        structure_name: String::new(),
        judgement: Some(judgement(&standing.judged, standing.provenance)),
        value: standing.value.as_ref().map(types::Exact::from),
        rank: standing.rank.map(count),
        quarter: standing.quarter.map(i32::from),
        outlier: standing.outlier,
        few_cases: standing.few_cases,
        months: count(standing.months),
        missing_months: standing.missing_months,
    }
}

fn distributed(found: &comparison::Distribution) -> Distribution {
    Distribution {
        count: count(found.count),
        lowest: Some((&found.lowest).into()),
        first_quartile: Some((&found.first_quartile).into()),
        median: Some((&found.median).into()),
        third_quartile: Some((&found.third_quartile).into()),
        highest: Some((&found.highest).into()),
    }
}

/// Answers with an index month by month.
pub(super) async fn trend(handle: &Handle<Quality>, request: GetTrendRequest) -> Result<GetTrendResponse, Status> {
    let GetTrendRequest { structure_code, period, plan, as_of, node_code } = request;
    let question = handle.ask(&structure_code, period.as_ref(), &plan, as_of.as_ref()).await?;
    let (plan, query) = (question.plan(), question.query());
    let node = known(plan, &node_code)?.code();
    let (first, last) = (query.period.first_month(), query.period.last_calendar_month());
    let months: Vec<Month> = (first.number()..=last.number()).filter_map(|number| Month::new(first.year(), number)).collect();
    let periods: Vec<Period> = months.iter().flat_map(|month| [Period::Month(*month), Period::YearToDate(*month)]).collect();
    let books = question.state().under(plan);
    let asked: Vec<Asked<'_>> = periods.iter().map(|period| Asked::over(query.in_period(*period), books, node)).collect();
    let points = months.iter().zip(asked.chunks_exact(2)).map(|(month, asked)| point(asked, node, *month)).collect();
    Ok(GetTrendResponse { points, plan_version: plan.version().to_owned(), sequence: question.facts().sequence() })
}

/// A month alone, and from January to it.
fn point(asked: &[Asked<'_>], node: &str, month: Month) -> TrendPoint {
    let judged = |asked: Option<&Asked<'_>>, against| {
        let index = indices::index(asked?, node, against)?;
        Some(judgement(&index.judged, index.provenance(asked?, against)))
    };
    let (alone, to_date) = (asked.first(), asked.last());
    let value = alone.and_then(|asked| asked.elementary(node)).and_then(|elementary| elementary.value(elementary.whole.now));
    TrendPoint {
        month: Some(Period::Month(month).into()),
        budget: judged(alone, Against::Budget),
        previous_year: judged(alone, Against::PreviousYear),
        budget_to_date: judged(to_date, Against::Budget),
        previous_year_to_date: judged(to_date, Against::PreviousYear),
        value: value.as_ref().map(types::Exact::from),
        few_cases: alone.is_some_and(|asked| asked.all().any(|elementary| elementary.few().is_some())),
    }
}
