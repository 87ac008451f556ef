//! Documents that are known go straight to the resolvers. The schema's own way to them looks each time at every selection,
//! and for every field of the root at every type that there is, and copies the document; what it finds is known of those
//! that went that way before.
use super::documents::Document;
use crate::root::{Mutation, Query, Subscription};
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, Data, IntrospectionMode, ObjectType, OutputType, Pos, Positioned,
    QueryEnv, QueryEnvInner, Request, Response, Schema, SchemaEnv, ServerResult, ValidationMode, Value,
    extensions::Extensions,
    parser::types::{Field, OperationDefinition, OperationType, SelectionSet},
    registry::Registry,
    resolver_utils::{resolve_container, resolve_container_serial},
};
use futures_util::FutureExt;
use std::{
    borrow::Cow,
    sync::{Arc, OnceLock, PoisonError},
};

/// The API for documents that are known to be valid.
pub(crate) struct Direct {
    schema: Schema<Shown, Mutation, Subscription>,
    query: Query,
    mutation: Mutation,
    given: Option<Given>,
    session: Arc<Data>,
}

/// What a schema gives to each of its fields.
type Given = (SchemaEnv, Extensions);

impl Direct {
    pub(crate) fn new() -> Self {
        let root = Shown::default();
        let given = root.given.clone();
        let schema = Schema::build(root, Mutation::default(), Subscription::default())
            .validation_mode(ValidationMode::Fast)
            .finish();
        // A field that waits for nothing, asked without anything that a request would bring.
        drop(schema.execute("{ serviceConfig { __typename } }").now_or_never());
        Self {
            schema,
            query: Query::default(),
            mutation: Mutation::default(),
            given: given.get().cloned(),
            session: Arc::default(),
        }
    }

    /// Executes a request whose document is known and fits its variables, with `data` for the fields.
    pub(crate) async fn execute(&self, mut request: Request, document: &Document, data: Data) -> Response {
        let (Some((schema, extensions)), Some(operation)) = (&self.given, straight(document)) else {
            request.set_parsed_query(document.parsed.clone());
            request.data = data;
            return self.schema.execute(request).await;
        };
        let env = QueryEnv::new(QueryEnvInner {
            extensions: extensions.clone(),
            variables: request.variables,
            operation_name: request.operation_name,
            operation: Positioned::new(declared(operation), Pos::default()),
            fragments: document.parsed.fragments.clone(),
            uploads: Vec::new(),
            session_data: self.session.clone(),
            query_data: Arc::new(data),
            http_headers: Default::default(),
            introspection_mode: IntrospectionMode::Enabled,
            errors: Default::default(),
        });
        let ctx = env.create_context(schema, None, &operation.selection_set, None);
        let value = match operation.ty {
            OperationType::Mutation => resolve_container_serial(&ctx, &self.mutation).await,
            _ => resolve_container(&ctx, &self.query).await,
        };
        let mut response = value.map_or_else(|error| Response::from_errors(vec![error]), Response::new);
        response.http_headers = std::mem::take(&mut *env.http_headers.lock().unwrap_or_else(PoisonError::into_inner));
        let errors = &mut *env.errors.lock().unwrap_or_else(PoisonError::into_inner);
        response.errors.append(errors);
        response
    }
}

/// The operation of a known document of which nothing is left out at times, and which asks nothing of the schema itself.
fn straight(document: &Document) -> Option<&OperationDefinition> {
    let of_schema = |field: &String| field == "__schema" || field == "__type";
    let (_, operation) = document.parsed.operations.iter().next()?;
    let is_straight = document.bill.directives == 0
        && operation.node.ty != OperationType::Subscription
        && !document.root_fields.iter().any(of_schema);
    is_straight.then_some(&operation.node)
}

/// What fields ask of the operation that they are in: its variables.
fn declared(operation: &OperationDefinition) -> OperationDefinition {
    OperationDefinition {
        ty: operation.ty,
        directives: Vec::new(),
        variable_definitions: operation.variable_definitions.clone(),
        selection_set: Positioned::new(SelectionSet::default(), operation.selection_set.pos),
    }
}

/// The queries, of which the first that is asked shows what is given to it.
#[derive(Default)]
struct Shown {
    query: Query,
    given: Arc<OnceLock<Given>>,
}

impl OutputType for Shown {
    fn type_name() -> Cow<'static, str> {
        Query::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Query::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        resolve_container(ctx, self).await
    }
}

impl ContainerType for Shown {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        self.given
            .get_or_init(|| (ctx.schema_env.clone(), ctx.query_env.extensions.clone()));
        self.query.resolve_field(ctx).await
    }
}

impl ObjectType for Shown {}

#[cfg(test)]
mod tests {
    use super::{Direct, straight};
    use crate::http::{Api, api::Transport};
    use async_graphql::Request;

    #[test]
    fn a_schema_shows_what_it_gives() {
        assert!(Direct::new().given.is_some());
    }

    #[test]
    fn what_depends_on_directives_or_asks_of_the_schema_does_not_go_straight() {
        let api = Api::default();
        let goes = |text: &str| {
            let prepared = api.prepare(Request::new(text), Transport::Socket);
            straight(prepared.expect("a document").document()).is_some()
        };
        assert!(goes(
            "{ __typename viewer { ...F ... on User { name } } } fragment F on User { id }"
        ));
        assert!(goes("mutation { authLogout { userErrors { code } } }"));
        for text in [
            "{ viewer @skip(if: true) { id } }",
            "{ viewer { ...F } } fragment F on User { id @include(if: false) }",
            "{ viewer { ... @include(if: false) { id } } }",
            "{ ...F } fragment F on Query { __schema { queryType { name } } }",
            "{ kind: __type(name: \"User\") { kind } }",
            "subscription { viewerChanged { id } }",
        ] {
            assert!(!goes(text), "{text}");
        }
    }
}
