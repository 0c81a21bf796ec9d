//! HTTP as upstream needs it: timeouts, few retries, a deadline, caps and conditional requests.
