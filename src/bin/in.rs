//! The `in` step.

fn main() {}
