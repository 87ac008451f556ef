//! Elements of revisions as they are stored, in the terms of the science.
use crate::{error::Refusal, write::Tx};
use entity::workout_element::{Column, Entity, Model};
use science::prescription::{Element, Node};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

/// The rows of a revision that the job was allowed to see.
///
/// # Errors
/// Failures of the database alone.
pub async fn rows_of(tx: &Tx, revision: Uuid) -> Result<Vec<Model>, Refusal> {
    tx.find(Entity::find().filter(Column::WorkoutRevisionId.eq(revision)))
        .await
}

/// Rows in the terms of the science.
pub fn from_rows(rows: &[Model]) -> Vec<Element> {
    rows.iter().filter_map(element).collect()
}

/// A row in the terms of the science; none for a row that is neither step nor repeat, which the table refuses.
pub(super) fn element(row: &Model) -> Option<Element> {
    let node = match (row.count, row.kind, &row.length) {
        (Some(count), _, _) => Node::Repeat {
            count,
            rest_between_seconds: row.rest_between_seconds,
            notes: row.notes.clone(),
        },
        (None, Some(kind), Some(length)) => Node::Step {
            kind: kind.into(),
            name: row.name.clone(),
            notes: row.notes.clone(),
            length: length.0.clone(),
            target: row.target.as_ref().map(|target| target.0.clone()),
        },
        _ => return None,
    };
    Some(Element {
        id: row.id,
        parent: row.parent_id,
        position: row.position,
        node,
    })
}
