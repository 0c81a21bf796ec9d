//! The `check` step.

fn main() {}
