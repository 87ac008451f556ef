//! Connections: a page of a list, its items, their cursors, and how many there are in all.
use super::{Ordered, Page};
use crate::{
    error::Failure,
    load::{Children, CountOf, Relation, Row},
    node::{Named, Record},
    print::{List, Plain},
    scope::Scope,
};
use async_graphql::{Context, TypeName};
use futures_util::future::BoxFuture;
use plain::Object;
use sea_orm::{EntityTrait, Select};
use std::{borrow::Cow, sync::Arc};
use uuid::Uuid;

/// Counts a list when `totalCount` is selected.
pub type Count = Box<dyn Fn(Arc<Scope>) -> BoxFuture<'static, Result<i64, Failure>> + Send + Sync>;

/// The cursor of each item of a page.
type Cursors = Box<dyn Fn(usize) -> Result<String, Failure> + Send + Sync>;

/// One page of a list.
pub struct Connection<N: Plain> {
    nodes: Vec<N>,
    cursors: Cursors,
    has_previous: bool,
    has_next: bool,
    count: Count,
}

impl<N: Plain> Connection<N> {
    /// The items of the page.
    pub fn into_nodes(self) -> impl Iterator<Item = N> {
        self.nodes.into_iter()
    }
}

impl<N: Plain> TypeName for Connection<N> {
    fn type_name() -> Cow<'static, str> {
        [N::type_name().as_ref(), "Connection"].concat().into()
    }
}

/// One page of a list, with what is needed to ask for the next.
#[Object(name_type)]
impl<N: Plain> Connection<N> {
    /// Items of this page with the cursor of each.
    async fn edges(&self) -> List<Edge<'_, N>> {
        let edge = |index| Edge {
            connection: self,
            index,
        };
        (0..self.nodes.len()).map(edge).collect()
    }

    /// Items of this page without cursors.
    async fn nodes(&self) -> List<&N> {
        self.nodes.iter().collect()
    }

    /// Where this page lies in the list.
    async fn page_info(&self) -> Result<PageInfo, Failure> {
        let cursor = |index: Option<usize>| index.map(|index| (self.cursors)(index)).transpose();
        let last = self.nodes.len().checked_sub(1);
        Ok(PageInfo {
            has_next_page: self.has_next,
            has_previous_page: self.has_previous,
            start_cursor: cursor(last.map(|_| 0))?,
            end_cursor: cursor(last)?,
        })
    }

    /// Items on all pages that the viewer may see and the filter keeps; counted only when selected.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64, Failure> {
        (self.count)(Scope::of(ctx)).await
    }
}

/// An item of a list and its place there.
pub struct Edge<'a, N: Plain> {
    connection: &'a Connection<N>,
    index: usize,
}

impl<N: Plain> TypeName for Edge<'_, N> {
    fn type_name() -> Cow<'static, str> {
        [N::type_name().as_ref(), "Edge"].concat().into()
    }
}

/// An item of a list and its place there.
#[Object(name_type)]
impl<'a, N: Plain> Edge<'a, N> {
    /// Place of this item; opaque, to be sent back as `after` or `before`.
    async fn cursor(&self) -> Result<String, Failure> {
        (self.connection.cursors)(self.index)
    }

    /// The item itself.
    async fn node(&self) -> &N {
        &self.connection.nodes[self.index]
    }
}

/// Where a page lies in its list.
#[derive(async_graphql::SimpleObject)]
pub struct PageInfo {
    /// Whether more items follow this page.
    has_next_page: bool,
    /// Whether items precede this page.
    has_previous_page: bool,
    /// Place of the first item; null for an empty page.
    start_cursor: Option<String>,
    /// Place of the last item; null for an empty page.
    end_cursor: Option<String>,
}

impl Page {
    /// What `bounded` selected, as a connection.
    pub fn connect<N: Record>(
        &self,
        rows: Vec<Arc<<N::Entity as EntityTrait>::Model>>,
        count: Count,
    ) -> Result<Connection<N>, Failure>
    where
        N::Entity: Ordered,
    {
        let rows = rows.into_iter().map(|row| (row.clone(), Some(N::from(row))));
        self.connect_through::<N::Entity, N>(rows.collect(), count)
    }

    /// As `connect`, for rows of `E` that each stand for an object; a row without one is left out.
    fn connect_through<E: Ordered, N: Plain>(
        &self,
        mut rows: Vec<(Arc<E::Model>, Option<N>)>,
        count: Count,
    ) -> Result<Connection<N>, Failure> {
        let has_more = rows.len() as u64 > self.size;
        rows.truncate(self.size as usize);
        let (has_previous, has_next) = if self.is_backward {
            rows.reverse();
            (has_more, self.before.is_some())
        } else {
            (self.after.is_some(), has_more)
        };
        let (mut kept, mut nodes) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        for (row, node) in rows {
            if let Some(node) = node {
                kept.push(row);
                nodes.push(node);
            }
        }
        let page = self.clone();
        Ok(Connection {
            nodes,
            cursors: Box::new(move |index| page.cursor::<E>(kept.get(index).ok_or(Failure::Internal)?)),
            has_previous,
            has_next,
            count,
        })
    }
}

impl Scope {
    /// A page of the rows of `E` that `condition` keeps and the viewer may read; for lists that hang from no parent.
    pub async fn list<N: Record>(&self, select: Select<N::Entity>, page: &Page) -> Result<Connection<N>, Failure>
    where
        N::Entity: Ordered,
    {
        let rows = self.reader().rows(page.bounded(select.clone())?).await?;
        let count: Count = Box::new(move |scope| {
            let select = select.clone();
            Box::pin(async move { scope.reader().count(select).await })
        });
        page.connect(rows.into_iter().map(Arc::new).collect(), count)
    }
}

impl Scope {
    /// A page of a parent's children.
    pub async fn children<R: Relation, N: Record<Entity = R::Child>>(
        &self,
        parent: Uuid,
        page: Page,
        filter: R::Filter,
    ) -> Result<Connection<N>, Failure> {
        page.check::<R::Child>()?;
        R::keep(&filter, self.viewer())?;
        let rows = self
            .rows(Children::<R>::new(parent, page.clone(), filter.clone()))
            .await?;
        let count: Count = Box::new(move |scope| {
            let filter = filter.clone();
            Box::pin(async move { scope.load(CountOf::<R>::new(parent, filter)).await })
        });
        page.connect(rows.to_vec(), count)
    }

    /// A page of what a parent's children stand for, such as the roster entries of a group's members, in the order of
    /// the children.
    pub async fn through<R: Relation, N: Record>(
        &self,
        parent: Uuid,
        page: Page,
        target: impl Fn(&Row<R>) -> Uuid,
    ) -> Result<Connection<N>, Failure> {
        page.check::<R::Child>()?;
        let rows = self
            .rows(Children::<R>::new(
                parent,
                page.clone().with::<R::Child>(<N::Entity as Named>::NAME),
                R::Filter::default(),
            ))
            .await?;
        let nodes = rows.iter().map(|row| self.record::<N>(target(row)));
        let nodes = futures_util::future::try_join_all(nodes).await?;
        let count: Count = Box::new(move |scope| {
            Box::pin(async move {
                let key = CountOf::<R>::new(parent, R::Filter::default());
                scope.load(key).await
            })
        });
        page.connect_through::<R::Child, N>(rows.iter().cloned().zip(nodes).collect(), count)
    }
}
