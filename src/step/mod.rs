//! The three steps, each told from top to bottom.
