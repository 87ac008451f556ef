//! What becomes of changes to steps when a practice workout takes up another revision: they follow the steps they are of,
//! or nothing is changed.
use crate::{
    error::Refusal,
    payload::{UserError, UserErrorCode},
    workouts::element,
    write::Tx,
};
use entity::{
    Json, practice_assignment, practice_session_workout::Model, practice_workout_group, workout, workout_element,
};
use science::prescription::Override;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, Value, sea_query::Query};
use std::collections::HashMap;
use uuid::Uuid;

/// Elements by the places of their ancestors and their own, from the top.
type Places = HashMap<Vec<usize>, (Uuid, Option<entity::enums::WorkoutStepKind>)>;

/// Moves the changes for groups and athletes from the revision of `row` to another one; answers those for everybody,
/// unless `is_replaced`: then the input has others in their place.
///
/// # Errors
/// `INVALID_STATE` at `path` when a changed step has no counterpart at its place.
pub(super) async fn carry(
    tx: &Tx,
    row: &Model,
    to: &workout::Model,
    is_replaced: bool,
    path: &str,
) -> Result<Vec<Override>, Refusal> {
    let before = places(&element::rows_of(tx, row.workout_revision_id).await?);
    let after = places(&element::rows_of(tx, to.workout_revision_id).await?);
    let counterparts: HashMap<Uuid, Uuid> = before
        .iter()
        .filter(|_| to.id == row.workout_id)
        .filter_map(|(place, (id, kind))| Some((*id, after.get(place).filter(|(_, other)| other == kind)?.0)))
        .collect();
    let follow = |overrides: &[Override]| -> Result<Vec<Override>, Refusal> {
        let lost = || {
            let message =
                "Steps that were changed for somebody are not in this workout: take those changes back first.";
            UserError::new(UserErrorCode::InvalidState, message).at(path)
        };
        let follow = |change: &Override| {
            let element = *counterparts.get(&change.element).ok_or_else(lost)?;
            Ok(Override {
                element,
                ..change.clone()
            })
        };
        overrides.iter().map(follow).collect()
    };
    let groups = practice_workout_group::Entity::find()
        .filter(practice_workout_group::Column::PracticeSessionWorkoutId.eq(row.id));
    for group in tx.find(groups).await? {
        if !group.step_overrides.0.is_empty() {
            let update = Query::update()
                .table(practice_workout_group::Entity)
                .value(
                    practice_workout_group::Column::StepOverrides,
                    Value::from(Json(follow(&group.step_overrides.0)?)),
                )
                .and_where(practice_workout_group::Column::Id.eq(group.id))
                .take();
            tx.update_rows(&update).await?;
        }
    }
    let assignments =
        practice_assignment::Entity::find().filter(practice_assignment::Column::PracticeSessionWorkoutId.eq(row.id));
    for assignment in tx.find(assignments).await? {
        if !assignment.step_overrides.0.is_empty() {
            tx.follow(practice_assignment::ActiveModel {
                id: Set(assignment.id),
                step_overrides: Set(Json(follow(&assignment.step_overrides.0)?)),
                ..Default::default()
            })
            .await?;
        }
    }
    if is_replaced {
        return Ok(Vec::new());
    }
    follow(&row.step_overrides.0)
}

fn places(rows: &[workout_element::Model]) -> Places {
    let mut children: HashMap<Option<Uuid>, Vec<&workout_element::Model>> = HashMap::new();
    for row in rows {
        children.entry(row.parent_id).or_default().push(row);
    }
    let mut places = Places::new();
    let mut open = vec![(None, Vec::new())];
    while let Some((parent, place)) = open.pop() {
        let mut siblings = children.remove(&parent).unwrap_or_default();
        siblings.sort_by_key(|row| row.position);
        for (index, row) in siblings.into_iter().enumerate() {
            let mut own: Vec<usize> = place.clone();
            own.push(index);
            places.insert(own.clone(), (row.id, row.kind));
            open.push((Some(row.id), own));
        }
    }
    places
}
