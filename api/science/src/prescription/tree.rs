//! The flat list of elements as a tree.

use super::{Element, Node};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Elements by parent, in order.
///
/// Whatever the list, walking it ends: of several elements with one id only the first is taken, so each has one
/// parent and cycles cannot be reached from the top.
pub(crate) struct Tree<'a> {
    children: HashMap<Option<Uuid>, Vec<&'a Element>>,
}

impl<'a> Tree<'a> {
    pub(crate) fn new(elements: &'a [Element]) -> Self {
        let mut seen = HashSet::new();
        let mut children: HashMap<_, Vec<_>> = HashMap::new();
        for element in elements.iter().filter(|element| seen.insert(element.id)) {
            children.entry(element.parent).or_default().push(element);
        }
        for siblings in children.values_mut() {
            siblings.sort_by_key(|element| (element.position, element.id));
        }
        Self { children }
    }

    pub(crate) fn children(&self, parent: Option<Uuid>) -> &[&'a Element] {
        self.children.get(&parent).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn depth(&self) -> usize {
        let mut depth = 0;
        let mut level = self.repeats(&[None]);
        while !level.is_empty() {
            depth += 1;
            level = self.repeats(&level);
        }
        depth
    }

    fn repeats(&self, parents: &[Option<Uuid>]) -> Vec<Option<Uuid>> {
        parents
            .iter()
            .flat_map(|parent| self.children(*parent))
            .filter(|element| matches!(element.node, Node::Repeat { .. }))
            .map(|element| Some(element.id))
            .collect()
    }
}

/// Levels of repeats inside each other: 0 without repeats. At most [`MAX_DEPTH`](super::MAX_DEPTH) may be stored.
///
/// Elements whose parent is not in the list do not count.
pub fn depth(elements: &[Element]) -> usize {
    Tree::new(elements).depth()
}
