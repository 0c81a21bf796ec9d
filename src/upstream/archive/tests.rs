//! Tests of the gate's view of an archive.
