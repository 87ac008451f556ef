//! Documents that came before. A document that was once executed without an error is valid; the next time it is neither
//! read nor checked again. Its variables are, each time; where they leave a doubt, the whole check is made.
use super::price::Bill;
use async_graphql::{
    Name, Positioned, Value, Variables,
    parser::types::{BaseType, ExecutableDocument, OperationDefinition, OperationType, Selection, Type},
    registry::{MetaType, MetaTypeName, Registry},
};
use async_graphql_value::Value as Written;
use quick_cache::{Weighter, sync::Cache};
use std::{collections::HashMap, sync::Arc};

/// Bytes of text of all the documents kept.
const MAX_TEXT: u64 = 1 << 20;

/// A document that was read and merged.
pub(crate) struct Document {
    pub(crate) parsed: ExecutableDocument,
    /// Whether no two objects in its answer must be merged.
    pub(crate) is_distinct: bool,
    /// Whether the resolvers may be asked straight, once it is known.
    pub(crate) is_straight: bool,
    /// Whether the operation that is meant reads, changes or listens.
    pub(crate) kind: OperationType,
    /// The fields of its root.
    pub(crate) root_fields: Vec<String>,
    /// What it may return.
    pub(crate) bill: Bill,
}

/// Documents by their text.
pub(crate) struct Documents {
    known: Cache<String, Arc<Document>, TextLength>,
    inputs: HashMap<String, MetaType>,
}

#[derive(Clone)]
struct TextLength;

impl Weighter<String, Arc<Document>> for TextLength {
    fn weight(&self, text: &String, _: &Arc<Document>) -> u64 {
        text.len() as u64
    }
}

impl Documents {
    /// No documents yet, of a schema.
    pub(crate) fn of(registry: Registry) -> Self {
        let is_input = |kind: &MetaType| {
            matches!(
                kind,
                MetaType::Scalar { .. } | MetaType::Enum { .. } | MetaType::InputObject { .. }
            )
        };
        Self {
            known: Cache::with_weighter(1_000, MAX_TEXT, TextLength),
            inputs: registry.types.into_iter().filter(|(_, kind)| is_input(kind)).collect(),
        }
    }

    /// The document with this text, if it is known.
    pub(crate) fn get(&self, text: &str) -> Option<Arc<Document>> {
        self.known.get(text)
    }

    /// Keeps a document that was executed with these variables and without an error, if that proved all of it: what an
    /// operation holds that was not asked for is not checked, nor is a list or object one of whose variables is missing.
    pub(crate) fn keep(&self, text: String, document: Arc<Document>, variables: &Variables) {
        let Some((_, operation)) = only_operation(&document.parsed) else {
            return;
        };
        let mut declared = operation.node.variable_definitions.iter();
        let has_all = declared.all(|definition| variables.contains_key(&definition.node.name.node));
        if has_all || !has_variables_within_values(&document.parsed) {
            self.known.insert(text, document);
        }
    }

    /// Whether variables are certainly what the operation declares.
    pub(crate) fn fit(&self, document: &ExecutableDocument, name: Option<&str>, variables: &Variables) -> bool {
        let Some((own_name, operation)) = only_operation(document) else {
            return false;
        };
        if name.is_some_and(|name| own_name.is_none_or(|own_name| own_name != name)) {
            return false;
        }
        operation.node.variable_definitions.iter().all(|definition| {
            let definition = &definition.node;
            match variables.get(&definition.name.node) {
                Some(Value::Null) => false,
                Some(value) => self.has_type(&definition.var_type.node, value),
                None => definition.var_type.node.nullable || definition.default_value.is_some(),
            }
        })
    }

    fn has_type(&self, kind: &Type, value: &Value) -> bool {
        match (&kind.base, value) {
            (_, Value::Null) => kind.nullable,
            (BaseType::List(item), Value::List(items)) => items.iter().all(|value| self.has_type(item, value)),
            (BaseType::List(item), value) => self.has_type(item, value),
            (BaseType::Named(name), value) => self.is_named(name, value),
        }
    }

    fn has_type_named(&self, name: &str, value: &Value) -> bool {
        match (MetaTypeName::create(name), value) {
            (MetaTypeName::NonNull(_), Value::Null) => false,
            (_, Value::Null) => true,
            (MetaTypeName::NonNull(inner), value) => self.has_type_named(inner, value),
            (MetaTypeName::List(item), Value::List(items)) => {
                items.iter().all(|value| self.has_type_named(item, value))
            }
            (MetaTypeName::List(item), value) => self.has_type_named(item, value),
            (MetaTypeName::Named(name), value) => self.is_named(name, value),
        }
    }

    fn is_named(&self, name: &str, value: &Value) -> bool {
        match (self.inputs.get(name), value) {
            (Some(MetaType::Scalar { is_valid, .. }), value) => {
                is_valid.as_ref().is_none_or(|is_valid| is_valid(value))
            }
            (Some(MetaType::Enum { enum_values, .. }), Value::String(word)) => enum_values.contains_key(word.as_str()),
            (
                Some(MetaType::InputObject {
                    input_fields, oneof, ..
                }),
                Value::Object(fields),
            ) => {
                (!oneof || fields.len() == 1)
                    && fields.keys().all(|name| input_fields.contains_key(name.as_str()))
                    && input_fields
                        .values()
                        .all(|field| match fields.get(field.name.as_str()) {
                            Some(Value::Null) if *oneof => false,
                            Some(value) => self.has_type_named(&field.ty, value),
                            None => field.default_value.is_some() || !field.ty.ends_with('!'),
                        })
            }
            _ => false,
        }
    }
}

/// The operation of a document that has no other, and its name.
pub(crate) fn only_operation(
    document: &ExecutableDocument,
) -> Option<(Option<&Name>, &Positioned<OperationDefinition>)> {
    let mut operations = document.operations.iter();
    operations.next().filter(|_| operations.next().is_none())
}

/// Whether a list or object of an argument holds a variable.
fn has_variables_within_values(document: &ExecutableDocument) -> bool {
    let operations = document
        .operations
        .iter()
        .map(|(_, operation)| &operation.node.selection_set);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set);
    operations
        .chain(fragments)
        .any(|set| set.node.items.iter().any(is_mixed))
}

fn is_mixed(selection: &Positioned<Selection>) -> bool {
    let (own, items) = match &selection.node {
        Selection::Field(field) => (
            field.node.arguments.as_slice(),
            field.node.selection_set.node.items.as_slice(),
        ),
        Selection::InlineFragment(fragment) => (&[][..], fragment.node.selection_set.node.items.as_slice()),
        Selection::FragmentSpread(_) => (&[][..], &[][..]),
    };
    let directives = selection.node.directives().iter();
    let arguments = directives.flat_map(|directive| &directive.node.arguments).chain(own);
    let mut values = arguments.map(|(_, value)| &value.node);
    values.any(|value| !matches!(value, Written::Variable(_)) && value.clone().into_const().is_none())
        || items.iter().any(is_mixed)
}
