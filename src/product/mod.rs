//! What a team ships: its packages, its releases, and which notices concern them.
