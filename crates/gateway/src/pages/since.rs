//! What was known when a period was closed (*chiusura*): a word beside the figures of now, and the way to compare them.
//!
//! Whether anything of the closed months was restated is not told here: it would take the figures a second time. What costs nothing is
//! whether anything at all was recorded since.

use piramide_contracts::{
    convert,
    domains::{self, Domain},
    ledger::Closing,
};

use super::{changes, restatements};
use crate::{app::Shared, problem::Problem, question::Question, view::link::href};

/// The last closing of months of a period.
pub(super) struct LastClosing {
    closing: Closing,
    /// Up to where those froze the ledger that came after it, of whatever months.
    later: Vec<i64>,
}

/// What a page says of the last closing of months of its period.
pub(super) struct Since {
    pub(super) closing: String,
    /// Where what is shown is compared with it.
    pub(super) href: String,
    /// Whether nothing was recorded since, of any period.
    pub(super) is_untouched: bool,
}

impl Since {
    /// The word on a closing, for who shows what is known at a sequence; none where the domain does not tell its changes.
    pub(super) fn of(last: &LastClosing, domain: Domain, sequence: i64, parameters: &[(&str, &str)]) -> Option<Self> {
        let LastClosing { closing, later } = last;
        let parameters: Vec<_> = parameters.iter().copied().chain([("before", closing.name.as_str())]).collect();
        // A closing itself comes next after what it froze, and brings no data: nor do those that came later.
        let closings = later.iter().filter(|frozen| **frozen < sequence).count() + 1;
        let recorded = sequence.saturating_sub(closing.sequence);
        Some(Self {
            href: href(page(domain)?, &parameters),
            closing: closing.name.clone(),
            is_untouched: recorded <= i64::try_from(closings).unwrap_or(i64::MAX),
        })
    }
}

/// The page that tells what changed in a domain.
fn page(domain: Domain) -> Option<&'static str> {
    if domain == domains::PRODUCTION {
        return Some(restatements::PATH);
    }
    (domain == domains::FINANCE).then_some(changes::PATH)
}

/// The last closing of months of the period asked for. None for who asks for what was known in the past, and where the changes of the domain
/// are not told.
pub(super) async fn closing(app: &Shared, domain: Domain, question: &Question) -> Result<Option<LastClosing>, Problem> {
    if page(domain).is_none() || !question.is_current() {
        return Ok(None);
    }
    Ok(last(app.upstream.list_closings(domain).await?, question))
}

fn last(mut closings: Vec<Closing>, question: &Question) -> Option<LastClosing> {
    let (first, last) = (question.period.first_month(), question.period.last_month());
    let at = closings.iter().rposition(|closing| {
        // A period that this version cannot read is none to compare with.
        convert::period("period", closing.period.as_ref()).is_ok_and(|closed| closed.first_month() <= last && first <= closed.last_month())
    })?;
    let later = closings.split_off(at + 1).into_iter().map(|closing| closing.sequence).collect();
    Some(LastClosing { closing: closings.pop()?, later })
}

#[cfg(test)]
mod tests {
    use piramide_contracts::types;

    use super::*;

    fn closing_of(name: &str, period: &str, sequence: i64) -> Closing {
        Closing { name: name.into(), period: Some(types::Period { value: period.into() }), sequence, ..Closing::default() }
    }

    #[test]
    fn the_last_closing_of_the_period_is_compared_with() {
        let closings = || vec![closing_of("I", "2021-Q1", 4), closing_of("II", "2021-Q2", 9), closing_of("?", "un giorno", 11)];
        for (period, expected) in [("2021-03", Some("I")), ("2021", Some("II")), ("2021-Q2", Some("II")), ("2021-Q3", None)] {
            let question = Question::read("NAZ".into(), period, None, None).unwrap();
            assert_eq!(last(closings(), &question).map(|last| last.closing.name).as_deref(), expected, "{period}");
        }
    }

    #[test]
    fn who_has_recorded_nothing_since_is_told_so() {
        let last = |later: &[i64]| LastClosing { closing: closing_of("2021-I", "2021-Q1", 4), later: later.to_vec() };
        let of = |domain, sequence| Since::of(&last(&[]), domain, sequence, &[("structure", "NAZ")]);
        let since = of(domains::PRODUCTION, 6).unwrap();
        assert_eq!((since.href.as_str(), since.is_untouched), ("/rettifiche-produzione?structure=NAZ&before=2021-I", false));
        assert!(of(domains::FINANCE, 5).unwrap().is_untouched, "the closing is the last that was recorded");
        assert!(of(domains::QUALITY, 6).is_none(), "there is no page of its changes");

        let is_untouched = |later, sequence| Since::of(&last(later), domains::PRODUCTION, sequence, &[]).unwrap().is_untouched;
        assert!(is_untouched(&[5], 6) && is_untouched(&[5, 6], 7), "other closings are no data");
        assert!(!is_untouched(&[5], 7), "data came after another closing");
        assert!(!is_untouched(&[6], 7), "or before it");
        assert!(!is_untouched(&[6], 6), "a closing that is not yet in the figures is none of what they know");
    }
}
