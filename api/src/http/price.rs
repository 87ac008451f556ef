//! What an operation costs: the objects that it may return. A connection has as many as its page, a list by ids as many as
//! there are ids, any other list counts as three, each times the objects around it. Leaves are free, and so is what only
//! groups others (connections, edges, payloads, a session's plan), not what it holds.
//!
//! Counted with the most that plain lists can hold, a dashboard of ten practices (each of at most 50 workouts for at most
//! 100 groups) would cost ten times what is permitted, and has a hundred objects.
use super::limits::Limits;
use crate::{
    error::{Excess, Failure},
    page,
    root::{Mutation, Query, Subscription},
};
use async_graphql::{
    Name, OutputType, Positioned, SubscriptionType, Value, Variables,
    parser::types::{ExecutableDocument, Field, FragmentDefinition, OperationDefinition, OperationType, Selection},
    registry::{MetaField, MetaType, MetaTypeName, Registry},
};
use async_graphql_value::Value as Written;
use std::collections::HashMap;

/// Everything that the schema defines.
pub(crate) fn registry() -> Registry {
    let mut registry = Registry::default();
    Query::create_type_info(&mut registry);
    Mutation::create_type_info(&mut registry);
    Subscription::create_type_info(&mut registry);
    registry
}

/// What the fields of each type cost.
pub(crate) struct Prices {
    types: HashMap<String, HashMap<String, Price>>,
    roots: [String; 3],
}

/// What a field costs whose value is an object or a list of them.
struct Price {
    kind: String,
    is_counted: bool,
    times: Listing,
}

/// How many objects a field may have.
#[derive(Clone, Copy)]
enum Listing {
    One,
    Connection,
    /// The items of a connection, `nodes` or `edges`.
    Page,
    /// As many as ids are given.
    Ids,
    List,
}

/// Objects that a plain list counts as.
const LIST: u64 = 3;

/// An amount that an argument gives.
enum Amount {
    Given(u64),
    Variable(Name, Option<u64>),
}

/// How many objects a selected field may have, as far as its document tells.
enum Times {
    List,
    Page {
        first: Option<Amount>,
        last: Option<Amount>,
    },
    Ids(Amount),
}

/// A selected field with objects, and those in it.
struct Bought {
    is_counted: bool,
    times: Option<Times>,
    inner: Vec<Bought>,
}

/// What an operation may return, for any variables.
#[derive(Default)]
pub(crate) struct Bill {
    bought: Vec<Bought>,
    /// Lists of the schema.
    schema_lists: u64,
    /// Fields inside fields.
    pub(crate) depth: u64,
    /// Directives, with the fragments expanded.
    pub(crate) directives: u64,
}

impl Prices {
    /// The prices of a schema.
    pub(crate) fn of(registry: &Registry) -> Self {
        let types = registry.types.iter().filter_map(|(name, kind)| {
            let fields = kind.fields()?.iter();
            let priced = fields.filter_map(|(field, meta)| Some((field.clone(), price(registry, name, meta)?)));
            Some((name.clone(), priced.collect()))
        });
        Self {
            types: types.collect(),
            roots: [
                Query::type_name(),
                Mutation::type_name(),
                <Subscription as SubscriptionType>::type_name(),
            ]
            .map(|name| name.into_owned()),
        }
    }

    /// What an operation of a document costs.
    ///
    /// # Errors
    /// When the operation exceeds a limit that does not depend on variables.
    pub(crate) fn bill(
        &self,
        document: &ExecutableDocument,
        operation: &OperationDefinition,
        limits: &Limits,
    ) -> Result<Bill, Failure> {
        let root = match operation.ty {
            OperationType::Query => &self.roots[0],
            OperationType::Mutation => &self.roots[1],
            OperationType::Subscription => &self.roots[2],
        };
        let mut walk = Walk {
            prices: self,
            limits,
            fragments: &document.fragments,
            operation,
            path: Vec::new(),
            selections: 0,
            aliases: 0,
            directives: 0,
            root_fields: 0,
            schema_lists: 0,
            schema_depth: 0,
            depth: 0,
        };
        walk.direct(operation.directives.len())?;
        let items = &operation.selection_set.node.items;
        let bought = walk.selections(items, Some(root), 1, None)?;
        Ok(Bill {
            bought,
            schema_lists: walk.schema_lists,
            depth: walk.depth,
            directives: walk.directives,
        })
    }
}

fn price(registry: &Registry, parent: &str, field: &MetaField) -> Option<Price> {
    let kind = MetaTypeName::concrete_typename(&field.ty).to_owned();
    let meta = registry.types.get(&kind).filter(|meta| meta.is_composite())?;
    let is_list = field.ty.starts_with('[');
    let is_record = match meta {
        MetaType::Union { .. } => true,
        meta => meta.field_by_name("id").is_some(),
    };
    let times = match field.name.as_str() {
        _ if field.args.contains_key("first") => Listing::Connection,
        "nodes" | "edges" if parent.ends_with("Connection") => Listing::Page,
        _ if !is_list => Listing::One,
        _ if field.args.contains_key("ids") => Listing::Ids,
        _ => Listing::List,
    };
    let is_counted = is_record || matches!(times, Listing::List);
    Some(Price {
        kind,
        is_counted,
        times,
    })
}

/// Lists that the schema tells of itself, which multiply each other.
const LISTS_OF_SCHEMA: [&str; 8] = [
    "args",
    "directives",
    "enumValues",
    "fields",
    "inputFields",
    "interfaces",
    "possibleTypes",
    "types",
];

/// What a list of the schema costs, whatever it lies in: the schema has about as many types.
const SCHEMA_LIST: u64 = 100;

/// Lists of the schema in a document; what tools ask for has nine.
const MAX_SCHEMA_LISTS: u64 = 15;

/// Lists of the schema inside each other; what tools ask for has three: types, the fields of each, and the arguments of those.
const MAX_SCHEMA_DEPTH: u64 = 3;

struct Walk<'a> {
    prices: &'a Prices,
    limits: &'a Limits,
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    operation: &'a OperationDefinition,
    path: Vec<&'a Name>,
    selections: u64,
    aliases: u64,
    directives: u64,
    root_fields: u64,
    schema_lists: u64,
    schema_depth: u64,
    depth: u64,
}

impl<'a> Walk<'a> {
    fn direct(&mut self, more: usize) -> Result<(), Failure> {
        self.directives += more as u64;
        Excess::check(
            "TOO_MANY_DIRECTIVES",
            "directives",
            self.limits.max_directives,
            self.directives,
        )
    }

    /// What a selection set of a type costs; `connection` is the field whose page it lies in.
    fn selections(
        &mut self,
        items: &'a [Positioned<Selection>],
        kind: Option<&str>,
        depth: u64,
        connection: Option<&'a Field>,
    ) -> Result<Vec<Bought>, Failure> {
        let mut bought = Vec::new();
        for item in items {
            self.selections += 1;
            let most = self.limits.max_selections;
            Excess::check(
                "TOO_MANY_SELECTIONS",
                "selections with fragments expanded",
                most,
                self.selections,
            )?;
            self.direct(item.node.directives().len())?;
            match &item.node {
                Selection::Field(field) => bought.extend(self.field(&field.node, kind, depth, connection)?),
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let kind = condition.map(|condition| condition.node.on.node.as_str()).or(kind);
                    let items = &fragment.node.selection_set.node.items;
                    bought.extend(self.selections(items, kind, depth, connection)?);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    // A cycle is left for validation to refuse.
                    let Some(fragment) = self.fragments.get(name).filter(|_| !self.path.contains(&name)) else {
                        continue;
                    };
                    let kind = fragment.node.type_condition.node.on.node.as_str();
                    self.path.push(name);
                    bought.extend(self.selections(
                        &fragment.node.selection_set.node.items,
                        Some(kind),
                        depth,
                        connection,
                    )?);
                    self.path.pop();
                }
            }
        }
        Ok(bought)
    }

    fn field(
        &mut self,
        field: &'a Field,
        kind: Option<&str>,
        depth: u64,
        connection: Option<&'a Field>,
    ) -> Result<Option<Bought>, Failure> {
        self.depth = self.depth.max(depth);
        Excess::check("TOO_DEEP", "fields inside fields", self.limits.max_depth, depth)?;
        if field.alias.as_ref().is_some_and(|alias| alias.node != field.name.node) {
            self.aliases += 1;
            Excess::check(
                "TOO_MANY_ALIASES",
                "fields under other names",
                self.limits.max_aliases,
                self.aliases,
            )?;
        }
        if depth == 1 {
            self.root_fields += 1;
            let most = self.limits.max_root_fields;
            Excess::check("TOO_MANY_ROOT_FIELDS", "fields of the root", most, self.root_fields)?;
        }
        // The schema's own types have no prices, and are named only by fragments.
        let is_of_schema =
            kind.is_none_or(|kind| kind.starts_with("__")) && LISTS_OF_SCHEMA.contains(&field.name.node.as_str());
        if is_of_schema {
            self.schema_lists += 1;
            self.schema_depth += 1;
            let (lists, depth) = (self.schema_lists, self.schema_depth);
            Excess::check("TOO_COSTLY", "lists of the schema", MAX_SCHEMA_LISTS, lists)?;
            Excess::check(
                "TOO_COSTLY",
                "lists of the schema inside each other",
                MAX_SCHEMA_DEPTH,
                depth,
            )?;
        }
        let prices = self.prices;
        let price = kind
            .and_then(|kind| prices.types.get(kind))
            .and_then(|fields| fields.get(field.name.node.as_str()));
        let listing = price.map(|price| price.times);
        let around = matches!(listing, Some(Listing::Connection)).then_some(field);
        let items = &field.selection_set.node.items;
        let inner = self.selections(items, price.map(|price| price.kind.as_str()), depth + 1, around)?;
        self.schema_depth -= u64::from(is_of_schema);
        let times = match listing {
            None | Some(Listing::One | Listing::Connection) => None,
            Some(Listing::List) => Some(Times::List),
            Some(Listing::Ids) => self.amount(field, "ids").map(Times::Ids),
            Some(Listing::Page) => connection.map(|connection| Times::Page {
                first: self.amount(connection, "first"),
                last: self.amount(connection, "last"),
            }),
        };
        // An edge and its node are one object.
        let is_counted = price.is_some_and(|price| price.is_counted);
        Ok((is_counted || !inner.is_empty()).then_some(Bought {
            is_counted,
            times,
            inner,
        }))
    }

    fn amount(&self, field: &Field, argument: &str) -> Option<Amount> {
        match &field.get_argument(argument)?.node {
            Written::Variable(name) => Some(Amount::Variable(name.clone(), self.default(name))),
            // Whatever its items are.
            Written::List(items) => Some(Amount::Given(items.len() as u64)),
            value => value
                .clone()
                .into_const()
                .and_then(|value| size(&value))
                .map(Amount::Given),
        }
    }

    fn default(&self, name: &Name) -> Option<u64> {
        let mut declared = self.operation.variable_definitions.iter();
        let own = declared.find(|definition| definition.node.name.node == *name)?;
        own.node.default_value.as_ref().and_then(|value| size(&value.node))
    }
}

/// A number, or how many items a list has.
fn size(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::List(items) => Some(items.len() as u64),
        _ => None,
    }
}

impl Amount {
    fn with(&self, variables: &Variables) -> Option<u64> {
        match self {
            Self::Given(amount) => Some(*amount),
            Self::Variable(name, default) => match variables.get(name) {
                Some(value) => size(value),
                None => *default,
            },
        }
    }
}

impl Bought {
    fn cost(&self, variables: &Variables) -> u64 {
        let times = match &self.times {
            None => 1,
            Some(Times::List) => LIST,
            Some(Times::Ids(amount)) => amount.with(variables).unwrap_or(page::MAX_SIZE).min(page::MAX_SIZE),
            Some(Times::Page { first, last }) => {
                let given = [first, last].into_iter().flatten();
                let given = given.filter_map(|amount| amount.with(variables)).max();
                // A page of another size is refused where it is asked for.
                given.unwrap_or(page::DEFAULT_SIZE).min(page::MAX_SIZE)
            }
        };
        let inner = cost(&self.inner, variables);
        times.saturating_mul(inner.saturating_add(self.is_counted.into()))
    }
}

fn cost(bought: &[Bought], variables: &Variables) -> u64 {
    bought
        .iter()
        .fold(0, |cost, bought| bought.cost(variables).saturating_add(cost))
}

impl Bill {
    /// The objects that the operation may return with these variables.
    pub(crate) fn cost(&self, variables: &Variables) -> u64 {
        cost(&self.bought, variables).saturating_add(self.schema_lists * SCHEMA_LIST)
    }
}
