//! `piramide feeds`: what systems have sent event by event (*flussi di alimentazione*).

use piramide_contracts::{
    domains::Domain,
    ledger::{Feed, ListFeedsRequest, NumberRange},
};
use serde_json::json;

use crate::{
    Answer,
    commands::{fact_keeping, gathered},
    failure::Failure,
    italian,
    table::{Align, Table},
    upstream::Upstream,
    view,
};

/// Feeds asked for at once.
const PAGE: i32 = 1_000;

/// Lists the feeds of one domain or of all.
///
/// # Errors
///
/// When an address cannot be used.
pub async fn list(upstream: &Upstream, domain: Option<Domain>) -> Result<Answer, Failure> {
    let mut asked = Vec::new();
    for domain in fact_keeping(domain) {
        asked.push(all(upstream, domain).await.map(|feeds| (domain, feeds)));
    }
    let (domains, failures) = gathered(asked);
    let mut table = Table::new(&[
        ("ambito", Align::Left),
        ("origine", Align::Left),
        ("eventi", Align::Right),
        ("dal numero", Align::Right),
        ("al numero", Align::Right),
        ("ultimo registrato", Align::Left),
        ("mancanti", Align::Right),
        ("numeri mancanti", Align::Left),
    ]);
    let mut items = Vec::new();
    for (domain, feed) in domains.iter().flat_map(|(domain, feeds)| feeds.iter().map(move |feed| (*domain, feed))) {
        items.push(view::feed(domain.name, feed));
        table.row([
            domain.label.to_owned(),
            feed.origin.clone(),
            italian::count(feed.events),
            italian::count(feed.first_number),
            italian::count(feed.last_number),
            italian::moment(feed.last_recorded_at.as_ref()),
            italian::count(feed.missing),
            gaps(feed),
        ]);
    }
    let text = match (table.is_empty(), failures.is_empty()) {
        (false, _) => table.text(),
        (true, true) => "nessun evento\n".to_owned(),
        (true, false) => String::new(),
    };
    Ok(Answer { text, json: json!({ "items": items }), failures })
}

/// The missing numbers: `3, 7-9`, and dots where there are more than are told.
fn gaps(feed: &Feed) -> String {
    let range = |NumberRange { first, last }: &NumberRange| {
        if first == last { italian::count(*first) } else { format!("{}-{}", italian::count(*first), italian::count(*last)) }
    };
    let told: i64 = feed.gaps.iter().map(|gap| gap.last.saturating_sub(gap.first).saturating_add(1)).sum();
    let more = (told < feed.missing).then(|| "...".to_owned());
    feed.gaps.iter().map(range).chain(more).collect::<Vec<_>>().join(", ")
}

/// Every page of a domain.
async fn all(upstream: &Upstream, domain: Domain) -> Result<Vec<Feed>, Failure> {
    let mut client = upstream.ledger(domain)?;
    let mut feeds = Vec::new();
    let mut page_token = String::new();
    loop {
        let page = client.list_feeds(ListFeedsRequest { page_size: PAGE, page_token }).await;
        let page = page.map_err(|status| Failure::answered(domain, upstream.address(domain), status))?.into_inner();
        feeds.extend(page.feeds);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(feeds);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_numbers_are_ranges_and_say_when_there_are_more() {
        let feed = |gaps: &[(i64, i64)], missing| Feed {
            missing,
            gaps: gaps.iter().map(|(first, last)| NumberRange { first: *first, last: *last }).collect(),
            ..Feed::default()
        };
        assert_eq!(gaps(&feed(&[], 0)), "");
        assert_eq!(gaps(&feed(&[(3, 3), (7, 9), (1_000, 1_001)], 6)), "3, 7-9, 1.000-1.001");
        assert_eq!(gaps(&feed(&[(3, 3)], 2)), "3, ...");
    }
}
