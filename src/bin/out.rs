//! The `out` step.

fn main() {}
