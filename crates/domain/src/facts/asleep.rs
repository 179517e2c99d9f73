//! What facts say, in a file that is first read when somebody asks: of a closing, what is mostly asked stands in its sheets.

use std::{
    fs::File,
    ops::{Deref, DerefMut},
    sync::{Arc, OnceLock},
};

use super::{Body, LastBatch, Snapshots};
use crate::at_length;

/// What facts say, awake or not.
#[derive(Debug, Clone, Default)]
pub(super) struct Asleep {
    /// What is said while there is no file to be read.
    own: Body,
    file: Option<Arc<Unread>>,
}

/// A snapshot that is open, and what was read of it.
#[derive(Debug)]
struct Unread {
    file: File,
    snapshots: Snapshots,
    /// The batch that it must stand at.
    last: LastBatch,
    read: OnceLock<Body>,
}

impl Unread {
    fn body(&self) -> &Body {
        self.read.get_or_init(|| {
            let read = at_length(|| self.snapshots.read_file(&self.file));
            match read.map(|snapshot| snapshot.facts) {
                Ok(facts) if facts.last_batch == Some(self.last) => facts.body.own,
                Ok(_) => self.doubted("it stands at another batch"),
                Err(unusable) => self.doubted(&unusable.to_string()),
            }
        })
    }

    /// No answer leaves that was made of nothing.
    fn doubted(&self, why: &str) -> Body {
        tracing::error!(why, "a snapshot of the past cannot be read: it is made again from the ledger");
        self.snapshots.soundness.doubt();
        Body::default()
    }
}

impl Asleep {
    /// What a snapshot says that stands at a batch.
    pub(super) fn new(file: File, snapshots: Snapshots, last: LastBatch) -> Self {
        Self { own: Body::default(), file: Some(Arc::new(Unread { file, snapshots, last, read: OnceLock::new() })) }
    }
}

impl From<Body> for Asleep {
    fn from(own: Body) -> Self {
        Self { own, file: None }
    }
}

impl Deref for Asleep {
    type Target = Body;

    fn deref(&self) -> &Body {
        self.file.as_ref().map_or(&self.own, |unread| unread.body())
    }
}

impl DerefMut for Asleep {
    fn deref_mut(&mut self) -> &mut Body {
        if let Some(unread) = self.file.take() {
            unread.body().clone_into(&mut self.own);
        }
        &mut self.own
    }
}
