//! When to try again: exponential pauses with jitter, and what the server asks for.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use super::Limits;
use super::failure::TrySetback;

/// The pauses between the tries of one request.
pub(super) struct Pauses {
    backoff: ExponentialBackoff,
    longest_wait: Duration,
}

impl Pauses {
    pub(super) fn new(limits: &Limits, seed: u64) -> Pauses {
        let backoff = ExponentialBuilder::new()
            .with_min_delay(limits.pause)
            .with_max_delay(limits.longest_wait)
            .with_max_times(limits.tries.saturating_sub(1) as usize)
            .with_jitter()
            .with_jitter_seed(seed)
            .build();
        Pauses { backoff, longest_wait: limits.longest_wait }
    }

    /// How long to pause before the next try.
    ///
    /// # Errors
    /// With why there is none, where the setback doesn't say it already.
    pub(super) fn before_next(&mut self, setback: &TrySetback, remaining: Duration) -> Result<Duration, String> {
        if let Some(wait) = setback.retry_after.filter(|wait| *wait > self.longest_wait) {
            return Err(format!("; the server wants to be asked again in {} s", wait.as_secs()));
        }
        if !setback.may_pass() {
            return Err(String::new());
        }
        let pause = self.backoff.next().ok_or_else(String::new)?.max(setback.retry_after.unwrap_or_default());
        if pause >= remaining {
            return Err("; no time is left for another try".to_owned());
        }
        Ok(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::super::FailureKind;
    use super::*;

    #[test]
    fn pauses_grow_with_jitter_and_the_same_seed_gives_the_same_ones() {
        let all = |seed| {
            let mut pauses = Pauses::new(&Limits { tries: 4, ..Limits::default() }, seed);
            let setback = TrySetback::of(FailureKind::TimedOut, "late");
            let next = move || pauses.before_next(&setback, Duration::from_secs(60)).ok();
            std::iter::from_fn(next).collect::<Vec<_>>()
        };
        let pauses = all(7);
        assert_eq!(pauses, all(7));
        assert_ne!(pauses, all(8));
        for (pause, base) in pauses.iter().zip([500, 1000, 2000]) {
            assert!((base..2 * base).contains(&pause.as_millis()), "{pause:?} of {base} ms");
        }
        assert_eq!(pauses.len(), 3);
    }
}
