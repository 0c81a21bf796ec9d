//! The three steps, each told from top to bottom.

use anyhow::{Result, bail};

use crate::concourse::Context;

/// Finds the versions that are new.
///
/// # Errors
/// Always: it is not there yet.
pub fn check(context: &mut Context<'_>) -> Result<String> {
    context.source()?;
    bail!("check is not there yet")
}

/// Fetches a version: the `in` step.
///
/// # Errors
/// Always: it is not there yet.
pub fn fetch(context: &mut Context<'_>) -> Result<String> {
    context.source_and_in_params()?;
    bail!("in is not there yet")
}

/// Records a release or an answer: the `out` step.
///
/// # Errors
/// Always: it is not there yet.
pub fn record(context: &mut Context<'_>) -> Result<String> {
    context.source_and_out_params()?;
    bail!("out is not there yet")
}
