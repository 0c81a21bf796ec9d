//! The RSS feed: the nudge of last resort.
