//! The protocol between Concourse and a resource.
