//! Documents that came before. A document that was once executed without an error is valid; the next time it is neither
//! read nor checked again. Its variables are, each time; where they leave a doubt, the whole check is made.
use crate::root::{Mutation, Query};
use async_graphql::{
    OutputType, Value, Variables,
    parser::types::{BaseType, DocumentOperations, ExecutableDocument, Type},
    registry::{MetaType, MetaTypeName, Registry},
};
use quick_cache::{Weighter, sync::Cache};
use std::{collections::HashMap, sync::Arc};

/// Bytes of text of all the documents kept.
const MAX_TEXT: u64 = 1 << 20;

/// A document that was read and merged.
pub(crate) struct Document {
    pub(crate) parsed: ExecutableDocument,
    /// Whether no two objects in its answer must be merged.
    pub(crate) is_distinct: bool,
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

impl Default for Documents {
    fn default() -> Self {
        let mut registry = Registry::default();
        Query::create_type_info(&mut registry);
        Mutation::create_type_info(&mut registry);
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
}

impl Documents {
    /// The document with this text, if it is known.
    pub(crate) fn get(&self, text: &str) -> Option<Arc<Document>> {
        self.known.get(text)
    }

    /// Keeps a document that was executed without an error.
    pub(crate) fn keep(&self, text: String, document: Arc<Document>) {
        self.known.insert(text, document);
    }

    /// Whether variables are certainly what the operation declares.
    pub(crate) fn fit(&self, document: &ExecutableDocument, operation: Option<&str>, variables: &Variables) -> bool {
        let operation = match (&document.operations, operation) {
            (DocumentOperations::Single(operation), None) => operation,
            (DocumentOperations::Multiple(operations), Some(name)) => match operations.get(name) {
                Some(operation) => operation,
                None => return false,
            },
            (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => {
                match operations.values().next() {
                    Some(operation) => operation,
                    None => return false,
                }
            }
            _ => return false,
        };
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
