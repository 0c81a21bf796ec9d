//! Where the requests of a race wait for each other, so that the server has them all in hand at one moment.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body::Frame;
use http_body_util::StreamBody;
use reqwest::Body;
use tokio::sync::Barrier;
use tokio::time::{sleep, timeout};

/// How long to wait for others, of whom one may never come.
const LONGEST_WAIT: Duration = Duration::from_secs(3);

/// What the last head may need on its way, and the server to look whether the object is there.
const TO_BE_LOOKED_AT: Duration = Duration::from_millis(250);

/// Lets through what is left of the requests of a race, once all have sent their heads and half of their bodies.
#[derive(Clone)]
pub(super) struct Gate {
    racers: Arc<Barrier>,
    pause: Duration,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").finish_non_exhaustive()
    }
}

impl Gate {
    /// For a race of so many that send their last bytes at the same moment: a server that looks for the object once it has
    /// the body, and writes it then, does both for all at once.
    pub(super) fn tight(racers: usize) -> Gate {
        Gate { racers: Arc::new(Barrier::new(racers)), pause: Duration::ZERO }
    }

    /// For a race of so many that let the server look at their heads before they go on: one that looks for the object then,
    /// and writes it once it has the body, has found none for any of them.
    pub(super) fn held(racers: usize) -> Gate {
        Gate { pause: TO_BE_LOOKED_AT, ..Gate::tight(racers) }
    }

    /// The body of a request that waits here halfway.
    pub(super) fn body(self, whole: &Bytes) -> Body {
        let (most, rest) = (whole.slice(..whole.len() / 2), whole.slice(whole.len() / 2..));
        let rest = async move {
            // Asked for only once the head and the part before it are sent.
            let _ = timeout(LONGEST_WAIT, self.racers.wait()).await;
            sleep(self.pause).await;
            rest
        };
        let parts = stream::iter([most]).chain(stream::once(rest));
        Body::wrap(StreamBody::new(parts.map(|part| Ok::<_, Infallible>(Frame::data(part)))))
    }
}
