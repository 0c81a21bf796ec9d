//! The log of a product, and what follows from its events.
