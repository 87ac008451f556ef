//! Equal response keys of the root become one field before execution, fragments on the root inlined.
use async_graphql::{
    Name, Positioned,
    parser::types::{
        DocumentOperations, ExecutableDocument, Field, FragmentDefinition, OperationType, Selection, SelectionSet,
    },
};
use std::collections::{HashMap, HashSet};

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// The document with the roots of its operations merged.
///
/// # Errors
/// The reason, when a mutation would run twice under one key: two selections of it under `@include` or `@skip` are not
/// merged. Fragments must be known not to expand into too many selections.
pub(crate) fn merged(mut document: ExecutableDocument) -> Result<ExecutableDocument, String> {
    let fragments = document.fragments.clone();
    let spread_before = spread_in(&document, &fragments);
    let operations: Vec<_> = match &mut document.operations {
        DocumentOperations::Single(operation) => vec![operation],
        DocumentOperations::Multiple(operations) => operations.values_mut().collect(),
    };
    for operation in operations {
        let mut fields = Vec::new();
        flatten(
            &operation.node.selection_set.node.items,
            &fragments,
            &mut HashSet::new(),
            &mut fields,
        );
        if operation.node.ty == OperationType::Mutation
            && let Some(key) = repeated(&fields, &fragments, false, &mut HashMap::new(), &mut Vec::new())
        {
            return Err(format!(
                "Select {key} once, or under another name each time: with directives it would run twice."
            ));
        }
        operation.node.selection_set.node.items = fields;
    }
    // Validation refuses fragments that nothing spreads: those that were inlined go, those that never were stay.
    let spread_now = spread_in(&document, &fragments);
    document
        .fragments
        .retain(|name, _| spread_now.contains(name) || !spread_before.contains(name));
    Ok(document)
}

/// Whether no selection has a field with a selection of its own twice under one key, so that no two objects must be
/// merged. Said of the merged document, whose size is bounded.
pub(crate) fn is_distinct(document: &ExecutableDocument) -> bool {
    let mut operations = document.operations.iter();
    operations.all(|(_, operation)| {
        let items = &operation.node.selection_set.node.items;
        has_distinct_keys(items, &document.fragments, &mut HashSet::new(), &mut Vec::new())
    })
}

fn has_distinct_keys<'a>(
    items: &'a [Positioned<Selection>],
    fragments: &'a Fragments,
    keys: &mut HashSet<&'a Name>,
    path: &mut Vec<&'a Name>,
) -> bool {
    items.iter().all(|item| match &item.node {
        Selection::Field(field) => {
            let own = &field.node.selection_set.node.items;
            own.is_empty()
                || (keys.insert(&field.node.response_key().node)
                    && has_distinct_keys(own, fragments, &mut HashSet::new(), path))
        }
        Selection::InlineFragment(fragment) => {
            has_distinct_keys(&fragment.node.selection_set.node.items, fragments, keys, path)
        }
        Selection::FragmentSpread(spread) => {
            let name = &spread.node.fragment_name.node;
            let Some(fragment) = fragments.get(name).filter(|_| !path.contains(&name)) else {
                return true;
            };
            path.push(name);
            let is_distinct = has_distinct_keys(&fragment.node.selection_set.node.items, fragments, keys, path);
            path.pop();
            is_distinct
        }
    })
}

fn spread_in(document: &ExecutableDocument, fragments: &Fragments) -> HashSet<Name> {
    let mut names = HashSet::new();
    for (_, operation) in document.operations.iter() {
        collect(&operation.node.selection_set.node, fragments, &mut names);
    }
    names
}

fn flatten(
    items: &[Positioned<Selection>],
    fragments: &Fragments,
    inside: &mut HashSet<Name>,
    fields: &mut Vec<Positioned<Selection>>,
) {
    for item in items {
        match &item.node {
            Selection::FragmentSpread(spread) if spread.node.directives.is_empty() => {
                let name = &spread.node.fragment_name.node;
                match fragments.get(name) {
                    Some(fragment) if fragment.node.directives.is_empty() && inside.insert(name.clone()) => {
                        flatten(&fragment.node.selection_set.node.items, fragments, inside, fields);
                        inside.remove(name);
                    }
                    _ => fields.push(item.clone()),
                }
            }
            Selection::InlineFragment(fragment) if fragment.node.directives.is_empty() => {
                flatten(&fragment.node.selection_set.node.items, fragments, inside, fields);
            }
            Selection::Field(field) => match twin(fields, &field.node) {
                Some(twin) => {
                    let more = field.node.selection_set.node.items.iter().cloned();
                    twin.selection_set.node.items.extend(more);
                }
                None => fields.push(item.clone()),
            },
            _ => fields.push(item.clone()),
        }
    }
}

/// A response key that fields, or the fragments among them, have twice, at least once under a directive. `keys` are
/// those met, and whether under one.
fn repeated(
    items: &[Positioned<Selection>],
    fragments: &Fragments,
    is_directed: bool,
    keys: &mut HashMap<Name, bool>,
    path: &mut Vec<Name>,
) -> Option<Name> {
    items.iter().find_map(|item| {
        let is_directed = is_directed || !item.node.directives().is_empty();
        match &item.node {
            Selection::Field(field) => {
                let key = &field.node.response_key().node;
                let other = keys.insert(key.clone(), is_directed);
                (other == Some(true) || (other.is_some() && is_directed)).then(|| key.clone())
            }
            Selection::InlineFragment(fragment) => repeated(
                &fragment.node.selection_set.node.items,
                fragments,
                is_directed,
                keys,
                path,
            ),
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                let fragment = fragments.get(name).filter(|_| !path.contains(name))?;
                path.push(name.clone());
                let items = &fragment.node.selection_set.node.items;
                let found = repeated(items, fragments, is_directed, keys, path);
                path.pop();
                found
            }
        }
    })
}

/// The field already selected under the same key, with the same arguments. Another field or other arguments under the
/// key are a conflict, which validation reports.
fn twin<'a>(fields: &'a mut [Positioned<Selection>], field: &Field) -> Option<&'a mut Field> {
    fields.iter_mut().find_map(|selected| match &mut selected.node {
        Selection::Field(other)
            if other.node.response_key().node == field.response_key().node
                && other.node.name.node == field.name.node
                && other.node.directives.is_empty()
                && field.directives.is_empty()
                && other.node.arguments.len() == field.arguments.len()
                && field.arguments.iter().all(|(name, value)| {
                    other
                        .node
                        .get_argument(&name.node)
                        .is_some_and(|same| same.node == value.node)
                }) =>
        {
            Some(&mut other.node)
        }
        _ => None,
    })
}

fn collect(set: &SelectionSet, fragments: &Fragments, used: &mut HashSet<Name>) {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => collect(&field.node.selection_set.node, fragments, used),
            Selection::InlineFragment(fragment) => collect(&fragment.node.selection_set.node, fragments, used),
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                if used.insert(name.clone())
                    && let Some(fragment) = fragments.get(name)
                {
                    collect(&fragment.node.selection_set.node, fragments, used);
                }
            }
        }
    }
}
