//! Elements of revisions as they are stored, in the terms of the science.
use crate::{error::Refusal, write::Tx};
use entity::workout_element::{Column, Entity, Model};
use quick_cache::{Weighter, sync::Cache};
use science::prescription::{Element, Node};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::sync::Arc;
use uuid::Uuid;

/// The elements of revisions that were read of late. A revision never changes.
pub struct Revisions(Cache<Uuid, Arc<[Element]>, BySize>);

/// How many revisions are kept, and about how many bytes in all.
const KEPT: (usize, u64) = (2_000, 8 << 20);

#[derive(Clone)]
struct BySize;

impl Weighter<Uuid, Arc<[Element]>> for BySize {
    fn weight(&self, _: &Uuid, elements: &Arc<[Element]>) -> u64 {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let texts = |element: &Element| match &element.node {
            Node::Repeat { notes, .. } => length(notes),
            Node::Step { name, notes, .. } => length(name) + length(notes),
        };
        let sizes = elements.iter().map(|element| size_of::<Element>() + texts(element));
        sizes.sum::<usize>() as u64 + 100
    }
}

impl Default for Revisions {
    fn default() -> Self {
        Self(Cache::with_weighter(KEPT.0, KEPT.1, BySize))
    }
}

/// The rows of a revision that the job was allowed to see.
///
/// # Errors
/// Failures of the database alone.
pub async fn rows_of(tx: &Tx, revision: Uuid) -> Result<Vec<Model>, Refusal> {
    tx.find(Entity::find().filter(Column::WorkoutRevisionId.eq(revision)))
        .await
}

/// The elements of a revision that a session of the job is of, in the terms of the science.
///
/// # Errors
/// Failures of the database alone.
pub async fn of_revision(tx: &Tx, revision: Uuid) -> Result<Arc<[Element]>, Refusal> {
    let kept = &tx.revisions().0;
    if let Some(elements) = kept.get(&revision) {
        return Ok(elements);
    }
    let elements: Arc<[Element]> = from_rows(&rows_of(tx, revision).await?).into();
    if !elements.is_empty() {
        kept.insert(revision, elements.clone());
    }
    Ok(elements)
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
