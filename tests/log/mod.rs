//! The log as a whole: what readers conclude from it, whatever happens to writers, and that damage is noticed.

mod cap;
mod conclusions;
mod damage;
mod intents;
mod scripts;
mod stores;
mod views;
