//! Statements to begin with.
use sea_orm::{EntityTrait, QuerySelect, Select};
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
