//! The pyramids that were read last: a page and what programs are answered are made of one reading.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use piramide_contracts::{domains::PUBLIC_VALUE, publicvalue::HeardOf};
use tokio::sync::OnceCell;

use crate::{
    app::App,
    problem::Problem,
    pulse::{Pulses, Sources, Stamps},
    question::Question,
    reading::{self, Pyramid},
    rest::pyramid::basis,
};

/// Pyramids that are held: the one that is made ahead, and those that are asked for meanwhile.
const MOST: usize = 4;

/// The pyramids that were read last, the latest first, and those that are being read.
#[derive(Default)]
pub(crate) struct Pyramids(Mutex<VecDeque<Held>>);

struct Held {
    question: Question,
    stamps: Stamps,
    reading: Reading,
}

type Reading = Arc<OnceCell<Arc<Pyramid>>>;

impl Pyramids {
    /// The reading that answers a question as things stand, begun by whoever needs it first; none where nobody can tell whether it still holds.
    fn reading(&self, question: &Question, pulses: &Pulses) -> Option<Reading> {
        let stamps = pulses.stamps();
        if !question.is_current() || !pulses.hold(&stamps, Sources::ALL) {
            return None;
        }
        let mut held = self.lock();
        if let Some(found) = held.iter().find(|held| held.stamps == stamps && held.question == *question) {
            return Some(Arc::clone(&found.reading));
        }
        held.retain(|held| held.stamps == stamps);
        let reading = Reading::default();
        held.push_front(Held { question: question.clone(), stamps, reading: Arc::clone(&reading) });
        held.truncate(MOST);
        Some(reading)
    }

    /// Forgets a reading that whoever asks next must not be given.
    fn forget(&self, reading: &Reading) {
        self.lock().retain(|held| !Arc::ptr_eq(&held.reading, reading));
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Held>> {
        // Nothing panics while it is held, and every reading has its stamps.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The pyramid that answers a question, at least as new as what was heard of the domains. Where nothing was, the domains are asked, and what
/// they answer is not read ahead for other structures.
pub(crate) async fn read(app: &App, question: &Question, heard_of: Vec<HeardOf>) -> Result<Arc<Pyramid>, Problem> {
    let ask = async || {
        let answer = app.upstream.get_pyramid(question, heard_of).await?;
        reading::pyramid(answer).map(Arc::new).map_err(|cause| Problem::unreadable(PUBLIC_VALUE.name, &cause))
    };
    let Some(reading) = app.pyramids.reading(question, &app.pulses) else { return ask().await };
    let pyramid = reading.get_or_try_init(ask).await.map(Arc::clone)?;
    if !basis(&pyramid, true).is_some_and(|basis| basis.is_as_new_as_told(&app.pulses)) {
        app.pyramids.forget(&reading);
    }
    Ok(pyramid)
}

#[cfg(test)]
mod tests {
    use piramide_contracts::domains::{self, FINANCE};

    use super::*;

    fn question(period: &str) -> Question {
        Question::read("NAZ".into(), period, None, None).unwrap()
    }

    fn live() -> Pulses {
        let pulses = Pulses::new();
        for domain in domains::ALL {
            pulses.connected(domain);
        }
        pulses
    }

    #[test]
    fn one_reading_answers_until_something_changes() {
        let (pyramids, pulses) = (Pyramids::default(), live());
        let first = pyramids.reading(&question("2020"), &pulses).unwrap();
        let again = pyramids.reading(&question("2020"), &pulses).unwrap();
        assert!(Arc::ptr_eq(&first, &again));
        assert!(!Arc::ptr_eq(&first, &pyramids.reading(&question("2019"), &pulses).unwrap()), "another question");
        assert!(Arc::ptr_eq(&first, &pyramids.reading(&question("2020"), &pulses).unwrap()), "which takes no place of the first");
        pulses.changed(FINANCE, 5);
        let changed = pyramids.reading(&question("2020"), &pulses).unwrap();
        assert!(!Arc::ptr_eq(&first, &changed));
        pyramids.forget(&changed);
        assert!(!Arc::ptr_eq(&changed, &pyramids.reading(&question("2020"), &pulses).unwrap()), "what was forgotten is read again");
        pulses.disconnected(FINANCE);
        assert!(pyramids.reading(&question("2020"), &pulses).is_none(), "nobody knows whether it would hold");
    }

    #[test]
    fn the_latest_readings_are_held_and_none_of_the_past() {
        let (pyramids, pulses) = (Pyramids::default(), live());
        let first = pyramids.reading(&question("2000"), &pulses).unwrap();
        for year in 2001..=2000 + MOST {
            pyramids.reading(&question(&year.to_string()), &pulses);
        }
        assert_eq!(pyramids.lock().len(), MOST);
        assert!(!Arc::ptr_eq(&first, &pyramids.reading(&question("2000"), &pulses).unwrap()));
        let past = Question::read("NAZ".into(), "2020", None, Some("2020-IV")).unwrap();
        assert!(pyramids.reading(&past, &pulses).is_none());
    }
}
