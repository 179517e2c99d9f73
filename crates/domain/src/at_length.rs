//! Work that takes a while where it stands, because it borrows what it reads.

use tokio::runtime::{Handle, RuntimeFlavor};

/// Does work that takes a while. Others are served meanwhile, where the runtime has threads for them.
pub fn at_length<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn others_are_served_meanwhile() {
        let (tell, told) = mpsc::channel();
        let lengthy = tokio::spawn(async move {
            tokio::spawn(async move { tell.send(7) });
            at_length(|| told.recv_timeout(Duration::from_secs(20)))
        });
        assert_eq!(lengthy.await.unwrap(), Ok(7));
    }

    #[tokio::test]
    async fn a_runtime_of_one_thread_does_it_all_the_same() {
        assert_eq!(at_length(|| 7), 7);
    }
}
