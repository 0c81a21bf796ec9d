//! Canonical's security API: lists of notices, their details, the ratings of CVEs.
