//! The USN OVAL file of a release, and the compact edition of it that a later run reads.
