//! Statements to begin with.
use entity::Columns;
use sea_orm::{
    EntityTrait, IdenStatic, Iterable, QuerySelect, Select,
    sea_query::{Expr, SimpleExpr},
};
use std::{
    any::{Any, TypeId},
    cell::RefCell,
    collections::HashMap,
};

thread_local! {
    static BARE: RefCell<HashMap<TypeId, Box<dyn Any>>> = RefCell::default();
}

/// The rows of an entity, and nothing of them: `find` names every column, which costs more than to build the rest of a
/// statement that takes only some.
pub(crate) fn bare<E: EntityTrait>() -> Select<E> {
    BARE.with_borrow_mut(|kept| {
        let select = kept.entry(TypeId::of::<E>());
        let select = select.or_insert_with(|| Box::new(E::find().select_only()));
        match select.downcast_ref::<Select<E>>() {
            Some(select) => select.clone(),
            None => E::find().select_only(),
        }
    })
}

/// Some columns of a table of an entity, which may have another name in the statement; one text, for each column named by
/// itself costs many times as much.
pub(crate) fn listed<E: EntityTrait>(table: &str, columns: Columns) -> SimpleExpr {
    Expr::cust(list::<E>(table, columns))
}

/// As `listed`, for a statement that is written by hand.
pub(crate) fn list<E: EntityTrait>(table: &str, columns: Columns) -> String {
    let mut list = String::with_capacity(1_024);
    for (_, column) in E::Column::iter().enumerate().filter(|(place, _)| columns.has(*place)) {
        let start = if list.is_empty() { "\"" } else { ", \"" };
        for part in [start, table, "\".\"", column.as_str(), "\""] {
            list.push_str(part);
        }
    }
    list
}
