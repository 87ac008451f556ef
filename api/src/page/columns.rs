//! Which columns of a row of `E` an object `N` is made of, by the fields that are selected.
use super::{Ordered, beside_of};
use crate::{access::*, node::Record, print::Plain};
use async_graphql::SelectionField;
use entity::Columns;
use sea_orm::{EntityTrait, IdenStatic, Iterable};

/// What is selected of the objects of a list, or of one object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Note {
    /// Whether it is selected that others follow.
    pub(super) looks_further: bool,
    /// What their rows are read for.
    pub(crate) columns: Columns,
    /// Which of `Ordered::BESIDE` is read along, and how much of it: for the first of the fields that shows any.
    pub(super) beside: Option<(usize, Columns)>,
}

impl Default for Note {
    fn default() -> Self {
        Self {
            looks_further: false,
            columns: Columns::NONE,
            beside: None,
        }
    }
}

impl Note {
    pub(super) fn of_connection<N: Record>(connection: &SelectionField<'_>) -> Self
    where
        N::Entity: Ordered,
    {
        let mut note = Self::default();
        for field in connection.selection_set() {
            match field.name() {
                "pageInfo" => note.looks_further = true,
                "nodes" => note = note.with::<N>(&field),
                "edges" => {
                    let nodes = field.selection_set().filter(|field| field.name() == "node");
                    note = nodes.fold(note, |note, node| note.with::<N>(&node));
                }
                _ => {}
            }
        }
        note
    }

    /// What is selected of an object alone, whose row is read for that.
    pub(crate) fn of_one<N: Record>(object: &SelectionField<'_>) -> Self {
        Self {
            columns: needed::<N, N::Entity>(object),
            ..Self::default()
        }
    }

    /// This, and what the fields need that are selected of a node.
    pub(super) fn with<N: Record>(mut self, node: &SelectionField<'_>) -> Self
    where
        N::Entity: Ordered,
    {
        for field in node.selection_set() {
            let needed = N::Entity::needs(&field).unwrap_or_else(|| columns_of::<N, N::Entity>(field.name()));
            self.columns = self.columns.and(needed);
            let Some((place, beside)) = beside_of::<N::Entity>(field.name()) else {
                continue;
            };
            let (known, columns) = *self.beside.get_or_insert((place, Columns::NONE));
            if known == place {
                self.beside = Some((place, columns.and(beside.needed(&field))));
            }
        }
        self
    }
}

/// The columns that the fields are made of which are selected of an object, and its id.
pub(crate) fn needed<N: Plain, E: Guarded>(object: &SelectionField<'_>) -> Columns {
    let id = only::<E>(id_column::<E>().as_str());
    let fields = object.selection_set();
    fields.fold(id, |needed, field| needed.and(columns_of::<N, E>(field.name())))
}

/// The columns that a field of an object is made of; all where it needs the whole row.
fn columns_of<N: Plain, E: EntityTrait>(field: &str) -> Columns {
    if field == "__typename" {
        return Columns::NONE;
    }
    let Some(names) = N::columns(field) else {
        return Columns::ALL;
    };
    names
        .iter()
        .fold(Columns::NONE, |columns, name| columns.and(only::<E>(name)))
}

/// The column of a name; all where none has it.
pub(super) fn only<E: EntityTrait>(name: &str) -> Columns {
    let place = E::Column::iter().position(|column| column.as_str() == name);
    place.map_or(Columns::ALL, |place| Columns::NONE.with(place))
}
