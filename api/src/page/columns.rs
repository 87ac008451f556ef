//! Which columns of a row of `E` an object `N` is made of, by the fields that are selected.
use crate::{access::*, print::Plain};
use async_graphql::SelectionField;
use entity::Columns;
use sea_orm::{EntityTrait, IdenStatic, Iterable};

/// The columns that the fields are made of which are selected of an object, and its id.
pub(crate) fn needed<N: Plain, E: Guarded>(object: &SelectionField<'_>) -> Columns {
    let id = only::<E>(id_column::<E>().as_str());
    let fields = object.selection_set();
    fields.fold(id, |needed, field| needed.and(columns_of::<N, E>(field.name())))
}

/// The columns that a field of an object is made of; all where it needs the whole row.
pub(super) fn columns_of<N: Plain, E: EntityTrait>(field: &str) -> Columns {
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
