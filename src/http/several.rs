//! Several requests, a few at a time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::Failure;

/// Requests under way at once: enough to hide the latency, few enough to be a polite client.
const AT_ONCE: usize = 4;
/// After so many failures in a row nothing more is asked: the server is down, and the next check asks again.
const GIVE_UP_AFTER: usize = 6;

/// Asks for each key, and gives up once the server fails again and again; the answers come in the order of the keys.
pub(crate) fn ask<K: Sync, V: Send>(
    keys: &[K],
    ask: impl Fn(&K) -> Result<V, Failure> + Sync,
) -> Vec<Result<V, Failure>> {
    let (failed, last_failure) = (AtomicUsize::new(0), Mutex::new(None::<Failure>));
    each(keys, |key| {
        let given_up = match failed.load(Ordering::Relaxed) >= GIVE_UP_AFTER {
            true => last_failure.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            false => None,
        };
        let answer = given_up.map_or_else(|| ask(key), Err);
        match &answer {
            Err(failure) if failure.is_of_the_server() => {
                failed.fetch_add(1, Ordering::Relaxed);
                *last_failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure.clone());
            }
            _ => failed.store(0, Ordering::Relaxed),
        }
        answer
    })
}

/// Does something for each key, a few at a time; what it gives comes in the order of the keys.
pub(crate) fn each<K: Sync, V: Send>(keys: &[K], what: impl Fn(&K) -> V + Sync) -> Vec<V> {
    let (next, given) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(key) = keys.get(at) else { return };
            let value = what(key);
            given.lock().unwrap_or_else(PoisonError::into_inner).push((at, value));
        }
    };
    thread::scope(|scope| {
        // This thread is one of the few.
        (1..AT_ONCE.min(keys.len())).for_each(|_| drop(scope.spawn(work)));
        work();
    });
    let mut given = given.into_inner().unwrap_or_else(PoisonError::into_inner);
    given.sort_by_key(|(at, _)| *at);
    given.into_iter().map(|(_, value)| value).collect()
}
