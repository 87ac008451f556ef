//! The steps of a revision as a tree: read in one go, shared by every element that is asked for, and kept, since a revision
//! never changes.
use super::{
    element::{Place, WorkoutElement, WorkoutRepeat, WorkoutStep},
    stored::{element, rows_of},
};
use crate::{
    access::Reader,
    error::{Failure, Refusal},
    load::Key,
    print::List,
    scope::Scope,
    sql::bare,
    write::Tx,
};
use entity::{
    Row,
    workout_element::{Column, Entity, Model},
    workout_revision,
};
use foldhash::{HashMap, HashMapExt};
use quick_cache::{Weighter, sync::Cache};
use science::{estimate::Estimate, prescription::Element};
use sea_orm::QueryFilter;
use std::sync::{Arc, OnceLock};
use uuid::Uuid;

/// The steps and repeats of one revision.
#[derive(Default)]
pub struct Tree {
    /// By their places among their siblings.
    rows: Vec<Model>,
    /// Made when they are asked for, as what follows.
    elements: OnceLock<Vec<Element>>,
    estimates: OnceLock<std::collections::HashMap<Uuid, Estimate>>,
}

impl Tree {
    /// The tree of a revision, if the viewer may read it; empty otherwise.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn of(scope: &Scope, revision: Uuid) -> Result<Arc<Self>, Failure> {
        match scope.get::<workout_revision::Entity>(revision).await? {
            Some(revision) => Self::of_row(scope, &revision).await,
            None => Ok(Arc::default()),
        }
    }

    /// The tree of a revision that the viewer was let read: no rule is asked of a tree that is kept.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn of_row(scope: &Scope, revision: &workout_revision::Model) -> Result<Arc<Self>, Failure> {
        match scope.db().revisions().0.get(&revision.id) {
            Some(tree) => Ok(tree),
            None => scope.load(Steps(revision.id)).await,
        }
    }

    /// The tree of a revision that a session of the job is of.
    ///
    /// # Errors
    /// Failures of the database alone.
    pub async fn of_job(tx: &Tx, revision: Uuid) -> Result<Arc<Self>, Refusal> {
        match tx.revisions().0.get(&revision) {
            Some(tree) => Ok(tree),
            None => Ok(tx.revisions().keep(revision, rows_of(tx, revision).await?)),
        }
    }

    fn new(mut rows: Vec<Model>) -> Self {
        rows.sort_by_key(|row| (row.position, row.id));
        Self {
            rows,
            ..Self::default()
        }
    }

    /// The elements in the terms of the science.
    pub fn elements(&self) -> &[Element] {
        self.elements
            .get_or_init(|| self.rows.iter().filter_map(element).collect())
    }

    /// What an element takes, by estimate.
    pub(super) fn estimate(&self, id: Uuid) -> Option<&Estimate> {
        let estimates = self
            .estimates
            .get_or_init(|| science::estimate::elements(self.elements()));
        estimates.get(&id)
    }

    /// The row at a place.
    pub(super) fn row(&self, index: usize) -> &Model {
        &self.rows[index]
    }

    /// The step or repeat with an id.
    pub fn element(self: &Arc<Self>, id: Uuid) -> Option<WorkoutElement> {
        let index = self.rows.iter().position(|row| row.id == id)?;
        Some(self.at(index))
    }

    /// The step with an id.
    pub fn step(self: &Arc<Self>, id: Uuid) -> Option<WorkoutStep> {
        match self.element(id)? {
            WorkoutElement::WorkoutStep(step) => Some(step),
            WorkoutElement::WorkoutRepeat(_) => None,
        }
    }

    /// What stands at the top of the tree, or in a repeat, in order.
    pub fn children(self: &Arc<Self>, parent: Option<Uuid>) -> List<WorkoutElement> {
        (0..self.rows.len())
            .filter(|index| self.rows[*index].parent_id == parent)
            .map(|index| self.at(index))
            .collect()
    }

    fn at(self: &Arc<Self>, index: usize) -> WorkoutElement {
        let place = Place::new(self.clone(), index);
        if self.rows[index].count.is_some() {
            WorkoutRepeat::at(place).into()
        } else {
            WorkoutStep::at(place).into()
        }
    }
}

/// The trees that were read of late.
pub struct Revisions(Cache<Uuid, Arc<Tree>, BySize>);

/// How many revisions are kept, and about how many bytes in all.
const KEPT: (usize, u64) = (2_000, 8 << 20);

impl Revisions {
    fn keep(&self, revision: Uuid, rows: Vec<Model>) -> Arc<Tree> {
        let tree = Arc::new(Tree::new(rows));
        // Every tree that is stored has a step.
        if !tree.rows.is_empty() {
            self.0.insert(revision, tree.clone());
        }
        tree
    }
}

#[derive(Clone)]
struct BySize;

impl Weighter<Uuid, Arc<Tree>> for BySize {
    fn weight(&self, _: &Uuid, tree: &Arc<Tree>) -> u64 {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let sizes = tree.rows.iter().map(|row| {
            let texts = length(&row.name) + length(&row.notes);
            size_of::<Model>() + size_of::<Element>() + size_of::<(Uuid, Estimate)>() + 2 * texts
        });
        sizes.sum::<usize>() as u64 + 200
    }
}

impl Default for Revisions {
    fn default() -> Self {
        Self(Cache::with_weighter(KEPT.0, KEPT.1, BySize))
    }
}

/// The tree of a revision that the viewer was let read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Steps(Uuid);

impl Key for Steps {
    type Value = Arc<Tree>;

    async fn batch(reader: &Reader, keys: &[Self]) -> Result<HashMap<Self, Arc<Tree>>, Failure> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let among = reader.viewer().dialect.among((Entity, Column::WorkoutRevisionId), &ids);
        let select = bare::<Entity>().filter(among);
        let rows = reader.whole_rows(select, Model::read).await?;
        let mut found: HashMap<Uuid, Vec<Model>> = HashMap::new();
        for row in rows {
            found.entry(row.workout_revision_id).or_default().push(row);
        }
        let keep = |(revision, rows)| (Self(revision), reader.revisions().keep(revision, rows));
        Ok(found.into_iter().map(keep).collect())
    }

    fn missing() -> Arc<Tree> {
        Arc::default()
    }
}
