//! Every list obeys the same paging forms, and every statement behind one is answered by an index.
use crate::support::{client::at, introspection::Field, *};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::Value;
use std::collections::BTreeSet;

/// A connection field, where it is asked, and with what it is asked besides the page.
struct List {
    /// The type that has the field, `Query` for a root field.
    parent: String,
    name: String,
    /// Arguments that are required.
    arguments: String,
}

fn lists() -> Vec<List> {
    let schema = Introspection::get();
    let parents = schema.nodes().chain([schema.of("Query")]);
    let is_connection = |field: &&Field| field.of.name.ends_with("Connection");
    parents
        .flat_map(|parent| {
            parent.fields.iter().filter(is_connection).map(|field| List {
                parent: parent.name.clone(),
                name: field.name.clone(),
                arguments: required(field),
            })
        })
        .collect()
}

/// The required arguments of a list, without the page.
fn required(field: &Field) -> String {
    let given = crate::support::introspection::arguments(field);
    let given = given.unwrap_or_else(|| panic!("no literal for a required argument of {}", field.name));
    given
        .trim_matches(['(', ')'])
        .replace("first: 2, ", "")
        .replace(", first: 2", "")
        .replace("first: 2", "")
}

impl List {
    fn text(&self, id: Option<&str>, page: &str, selection: &str) -> String {
        let given: Vec<&str> = [self.arguments.as_str(), page]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect();
        let given = if given.is_empty() {
            String::new()
        } else {
            format!("({})", given.join(", "))
        };
        let list = format!("list: {}{given} {{ {selection} }}", self.name);
        match id {
            Some(id) => format!("{{ node(id: \"{id}\") {{ ... on {} {{ {list} }} }} }}", self.parent),
            None => format!("{{ {list} }}"),
        }
    }

    async fn ask(&self, client: &Client, id: Option<&str>, page: &str) -> Result<Page, String> {
        let selection = "edges { cursor node { __typename id } } nodes { id } \
                         pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount";
        let answer = client.ask(&self.text(id, page, selection)).await;
        if let Some(code) = answer.codes().first() {
            return Err((*code).to_owned());
        }
        let list = at(answer.data(), if id.is_some() { "node.list" } else { "list" });
        let ids = |items: &Value, path: &str| -> Vec<String> {
            let items = items.as_array().expect("a list");
            items
                .iter()
                .map(|item| at(item, path).as_str().expect("an id").to_owned())
                .collect()
        };
        let page = Page {
            ids: ids(&list["nodes"], "id"),
            cursors: ids(&list["edges"], "cursor"),
            has_next: list["pageInfo"]["hasNextPage"] == true,
            has_previous: list["pageInfo"]["hasPreviousPage"] == true,
            total: list["totalCount"].as_i64().expect("a number"),
        };
        assert_eq!(
            page.ids,
            ids(&list["edges"], "node.id"),
            "{}.{}",
            self.parent,
            self.name
        );
        assert_eq!(
            list["pageInfo"]["startCursor"].as_str(),
            page.cursors.first().map(String::as_str)
        );
        assert_eq!(
            list["pageInfo"]["endCursor"].as_str(),
            page.cursors.last().map(String::as_str)
        );
        Ok(page)
    }
}

#[derive(Debug)]
struct Page {
    ids: Vec<String>,
    cursors: Vec<String>,
    has_next: bool,
    has_previous: bool,
    total: i64,
}

/// Everything in a list of up to a hundred, checked in every way of walking through it.
async fn walk(list: &List, client: &Client, id: Option<&str>) -> Vec<String> {
    let name = format!("{}.{}", list.parent, list.name);
    let ask = async |page: String| {
        list.ask(client, id, &page)
            .await
            .unwrap_or_else(|code| panic!("{name}: {code}"))
    };
    let whole = ask("first: 100".into()).await;
    let distinct: BTreeSet<&String> = whole.ids.iter().collect();
    assert_eq!(distinct.len(), whole.ids.len(), "{name} has an item twice");
    assert_eq!(whole.total as usize, whole.ids.len(), "{name} counts wrong");
    assert!(!whole.has_next && !whole.has_previous, "{name}");
    let (mut forward, mut after) = (Vec::new(), String::new());
    for _ in 0..=whole.ids.len() {
        let page = ask(format!("first: 1{after}")).await;
        assert_eq!(page.total, whole.total, "{name}");
        forward.extend(page.ids);
        assert_eq!(page.has_next, forward.len() < whole.ids.len(), "{name} forward");
        match page.cursors.last() {
            Some(cursor) if page.has_next => after = format!(", after: {cursor:?}"),
            _ => break,
        }
    }
    assert_eq!(forward, whole.ids, "{name} forward");
    let (mut backward, mut before) = (Vec::new(), String::new());
    for _ in 0..=whole.ids.len() {
        let page = ask(format!("last: 1{before}")).await;
        backward.extend(page.ids);
        assert_eq!(page.has_previous, backward.len() < whole.ids.len(), "{name} backward");
        match page.cursors.first() {
            Some(cursor) if page.has_previous => before = format!(", before: {cursor:?}"),
            _ => break,
        }
    }
    backward.reverse();
    assert_eq!(backward, whole.ids, "{name} backward");
    for (refused, why) in [
        ("first: 1, last: 1".to_owned(), "both ends"),
        ("first: 0".into(), "an empty page"),
        ("last: 0".into(), "an empty page"),
        ("first: -1".into(), "a negative page"),
        ("first: 101".into(), "a page too large"),
        ("last: 101".into(), "a page too large"),
        ("first: 1, after: \"bm9uZQ\"".into(), "a cursor that is none"),
        (
            format!("first: 1, after: {:?}", foreign_cursor()),
            "a cursor of another order",
        ),
    ] {
        let code = list.ask(client, id, &refused).await.expect_err(why);
        assert_eq!(code, "BAD_USER_INPUT", "{name}: {why}");
    }
    whole.ids
}

/// A cursor of an order that no list has.
fn foreign_cursor() -> String {
    // ["shoe_size",false,{"n":44},"01900000-0000-7000-8000-000000000000"] in URL-safe base 64.
    "WyJzaG9lX3NpemUiLGZhbHNlLHsibiI6NDR9LCIwMTkwMDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDAiXQ".to_owned()
}

/// Whether the plan of a statement sorts what an index should have brought in order.
async fn sorts(world: &World, statement: &Statement) -> Option<String> {
    let explained = |prefix: &str| Statement {
        sql: format!("{prefix} {}", statement.sql),
        ..statement.clone()
    };
    let (prefix, column, sign) = match world.kind {
        Kind::Sqlite => ("EXPLAIN QUERY PLAN", "detail", "USE TEMP B-TREE"),
        Kind::Postgres => ("EXPLAIN", "QUERY PLAN", "Sort"),
    };
    let rows = world
        .raw
        .query_all_raw(explained(prefix))
        .await
        .expect("the statement is explained");
    let plan: Vec<String> = rows
        .iter()
        .map(|row| row.try_get("", column).expect("a line"))
        .collect();
    let plan = plan.join("\n");
    plan.contains(sign).then(|| format!("{}\n{plan}", statement.sql))
}

both! {
    async fn every_list_is_walked_forward_and_backward(world: World) {
        let stock = Stock::new(&world, "Riverside").await;
        for list in lists() {
            let id = (list.parent != "Query").then(|| stock.id(&list.parent));
            walk(&list, &stock.owner, id).await;
        }
    }

    async fn no_list_is_sorted_in_memory(world: World) {
        let stock = Stock::new(&world, "Riverside").await;
        if world.kind == Kind::Postgres {
            let honest = world.raw.execute_unprepared("SET enable_seqscan = off; SET enable_sort = off; SET enable_bitmapscan = off").await;
            honest.expect("the planner is told");
        }
        let mut sorted = BTreeSet::new();
        // A person's own programs are a handful, found by their ids; an index for their order would read them all.
        for list in lists().into_iter().filter(|list| (&*list.parent, &*list.name) != ("Query", "programs")) {
            let id = (list.parent != "Query").then(|| stock.id(&list.parent));
            world.app.db.reads();
            for page in ["first: 2", "last: 2"] {
                let answer = stock.owner.ask(&list.text(id, page, "nodes { id }")).await;
                answer.ok();
            }
            for statement in world.app.db.reads() {
                if statement.sql.contains(" ORDER BY ") && let Some(plan) = sorts(&world, &statement).await {
                    sorted.insert(format!("{}.{}: {plan}", list.parent, list.name));
                }
            }
        }
        assert!(sorted.is_empty(), "{sorted:#?}");
    }
}
