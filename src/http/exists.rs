//! Whether there is something at an address, without what it is.

use std::thread;
use std::time::Instant;

use url::Url;

use super::failure::TrySetback;
use super::retry::Pauses;
use super::{Failure, Http, Question, Validators, file};

impl Http {
    /// Whether there is something at `url`: asks for the head alone, as often as for anything else.
    ///
    /// # Errors
    /// With a sentence, when the answer is neither that it is there nor that it isn't.
    pub fn exists(&self, url: &Url) -> Result<bool, Failure> {
        let mut pauses = Pauses::new(&self.limits, self.next_seed());
        for tried in 1.. {
            let setback = match self.head(url) {
                Ok(()) => return Ok(true),
                Err(setback) => setback,
            };
            match pauses.before_next(&setback, self.until().saturating_duration_since(Instant::now())) {
                Ok(pause) => thread::sleep(pause),
                Err(why) => {
                    let failure = setback.give_up(url, tried, &why);
                    return if failure.is_not_found() { Ok(false) } else { Err(failure) };
                }
            }
        }
        unreachable!("the pauses of a request are counted")
    }

    fn head(&self, url: &Url) -> Result<(), TrySetback> {
        self.in_time()?;
        if url.scheme() == "file" {
            return file::open(url, &Validators::default()).map(drop);
        }
        let mut at = url.clone();
        let question = Question { validators: &Validators::default(), json: None, head: true };
        self.ask(&mut at, &question).map(drop).map_err(|setback| setback.on_the_way(url, &at, self.clients.proxy(&at)))
    }
}
