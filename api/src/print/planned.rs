//! What is selected of the objects of a list, found once for all of them.
use super::{Plain, text};
use async_graphql::{
    ContextSelectionSet, Positioned, QueryEnv, SchemaEnv, ServerError, ServerResult,
    parser::types::{Field, Selection, SelectionSet},
};
use std::borrow::Cow;

/// A selection, the document that it is in, and the schema that this was checked against.
#[derive(Clone, Copy)]
pub(super) struct Selected<'a> {
    selection: &'a Positioned<SelectionSet>,
    query: &'a QueryEnv,
    schema: &'a SchemaEnv,
}

impl<'a> Selected<'a> {
    pub(super) fn of(ctx: &ContextSelectionSet<'a>) -> Self {
        Self {
            selection: ctx.item,
            query: ctx.query_env,
            schema: ctx.schema_env,
        }
    }

    /// What is selected of the value of a field.
    fn below(self, field: &'a Positioned<Field>) -> Self {
        let selection = &field.node.selection_set;
        Self { selection, ..self }
    }
}

/// The fields selected of objects of several types, as lists of an interface have them.
pub(super) struct Plans<'a> {
    selected: Selected<'a>,
    types: Vec<(Cow<'static, str>, Vec<Planned<'a>>)>,
}

impl<'a> Plans<'a> {
    pub(super) fn new(selected: Selected<'a>) -> Self {
        let types = Vec::new();
        Self { selected, types }
    }

    /// Those selected of objects of one type.
    pub(super) fn of(&mut self, type_name: Cow<'static, str>) -> ServerResult<&mut [Planned<'a>]> {
        let known = self.types.iter().position(|(known, _)| *known == type_name);
        let place = match known {
            Some(place) => place,
            None => {
                let mut fields = Vec::with_capacity(self.selected.selection.node.items.len());
                collect(self.selected, &type_name, &mut fields)?;
                self.types.push((type_name, fields));
                self.types.len() - 1
            }
        };
        Ok(&mut self.types[place].1)
    }
}

/// A field selected of the objects.
pub struct Planned<'a> {
    pub(super) field: &'a Positioned<Field>,
    /// Whether it is asked for straight: it takes no arguments, and was plain so far.
    pub(super) is_plain: bool,
    /// Whether it is tried on the stack, and begun again when it waits: a leaf without arguments that did not wait so far.
    /// What has fields of its own is never begun twice, or each level would double what those below it do.
    pub(super) is_tried: bool,
    /// What is selected of its objects.
    inner: Plans<'a>,
}

impl<'a> Planned<'a> {
    fn new(selected: Selected<'a>, field: &'a Positioned<Field>) -> Self {
        let takes_nothing = field.node.arguments.is_empty();
        Self {
            field,
            is_plain: takes_nothing,
            is_tried: takes_nothing && field.node.selection_set.node.items.is_empty(),
            inner: Plans::new(selected.below(field)),
        }
    }

    /// Its name in the schema.
    pub fn name(&self) -> &'a str {
        &self.field.node.name.node
    }

    /// As the document has it.
    pub fn field(&self) -> &'a Positioned<Field> {
        self.field
    }

    /// The key, in an object whose fields begin at a place.
    pub(super) fn print_key(&self, begin: usize, out: &mut Vec<u8>) {
        // A name needs no escape.
        let name = self.field.node.response_key().node.as_bytes();
        out.reserve(name.len() + 4);
        if out.len() > begin {
            out.push(b',');
        }
        out.push(b'"');
        out.extend_from_slice(name);
        out.extend_from_slice(b"\":");
    }

    /// Prints an object that is its value, or an item of it.
    pub(super) fn print_object<T: Plain + ?Sized>(
        &mut self,
        item: &T,
        ctx: &ContextSelectionSet<'_>,
        out: &mut Vec<u8>,
    ) -> bool {
        let own = ctx.with_field(self.field);
        let own = own.with_selection_set(&self.field.node.selection_set);
        let Ok(fields) = self.inner.of(T::type_name()) else {
            return false;
        };
        out.push(b'{');
        let begin = out.len();
        for field in fields {
            field.print_key(begin, out);
            let is_printed = if field.name() == "__typename" {
                text(&T::type_name(), out);
                true
            } else {
                field.is_plain && item.print(&own, field, out)
            };
            if !is_printed {
                field.is_plain = false;
                return false;
            }
        }
        out.push(b'}');
        true
    }

    /// Prints the objects that are its value.
    pub(super) fn print_list<T: Plain>(
        &mut self,
        items: &[T],
        ctx: &ContextSelectionSet<'_>,
        out: &mut Vec<u8>,
    ) -> bool {
        out.push(b'[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            if !item.print_whole(&ctx.with_index(index), self, out) {
                return false;
            }
        }
        out.push(b']');
        true
    }
}

/// The fields that a selection asks of objects of one type, fragments resolved, each key once.
fn collect<'a>(selected: Selected<'a>, type_name: &str, fields: &mut Vec<Planned<'a>>) -> ServerResult<()> {
    for item in &selected.selection.node.items {
        let (condition, selection) = match &item.node {
            Selection::Field(field) => {
                let key = &field.node.response_key().node;
                if fields
                    .iter()
                    .all(|planned| planned.field.node.response_key().node != *key)
                {
                    fields.push(Planned::new(selected, field));
                }
                continue;
            }
            Selection::InlineFragment(fragment) => (
                fragment.node.type_condition.as_ref().map(|on| &on.node.on.node),
                &fragment.node.selection_set,
            ),
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                let Some(fragment) = selected.query.fragments.get(name) else {
                    let message = format!("Unknown fragment \"{name}\".");
                    return Err(ServerError::new(message, Some(spread.pos)));
                };
                let condition = &fragment.node.type_condition.node.on.node;
                (Some(condition), &fragment.node.selection_set)
            }
        };
        let applies = condition.is_none_or(|condition| {
            condition == type_name || {
                let named = selected.schema.registry.types.get(condition.as_str());
                named.is_some_and(|named| named.is_possible_type(type_name))
            }
        });
        if applies {
            collect(Selected { selection, ..selected }, type_name, fields)?;
        }
    }
    Ok(())
}
