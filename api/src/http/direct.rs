//! Documents that are known go straight to the resolvers. The schema's own way to them looks each time at every selection,
//! and for every field of the root at every type that there is, and copies the document. One without directives that went
//! that way before gains nothing from going again; of it, its variables and the fragments within it are copied.
use super::documents::{Document, only_operation};
use crate::root::{self, Mutation, Query, Subscription};
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, Data, ObjectType, OutputType, Positioned, QueryEnv, QueryEnvInner,
    Request, Response, Schema, SchemaEnv, ServerResult, ValidationMode, Value,
    extensions::Extensions,
    parser::types::{ExecutableDocument, Field, OperationDefinition, OperationType, SelectionSet},
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
    schema: Schema<Probe, Mutation, Subscription>,
    environment: Option<Environment>,
}

/// What a schema hands to each of its fields.
type Environment = (SchemaEnv, Extensions);

impl Direct {
    pub(crate) fn new() -> Self {
        let probe = Probe::default();
        let environment = probe.environment.clone();
        let schema = root::builder(probe).validation_mode(ValidationMode::Fast).finish();
        // Asked once, with nothing that a request would bring; a field is reached before anything can wait.
        drop(schema.execute("{ serviceConfig { __typename } }").now_or_never());
        Self {
            schema,
            // From here on, nothing of a request is kept.
            environment: environment.get_or_init(|| None).clone(),
        }
    }

    /// Executes a request whose document is known and fits its variables, with `data` for the fields.
    pub(crate) async fn execute(&self, request: Request, document: &Document, data: Data) -> Response {
        let straight = only_operation(&document.parsed).filter(|_| document.is_straight);
        let (Some((schema, extensions)), Some((_, operation))) = (&self.environment, straight) else {
            return self.schema.execute(filled(request, document, data)).await;
        };
        let operation = &operation.node;
        let env = QueryEnv::new(QueryEnvInner {
            extensions: extensions.clone(),
            variables: request.variables,
            operation_name: request.operation_name,
            operation: Positioned::new(declared(operation), operation.selection_set.pos),
            fragments: document.parsed.fragments.clone(),
            uploads: Vec::new(),
            session_data: Arc::default(),
            query_data: Arc::new(data),
            http_headers: Default::default(),
            introspection_mode: request.introspection_mode,
            errors: Default::default(),
        });
        let ctx = env.create_context(schema, None, &operation.selection_set, None);
        let (query, mutation) = (Query::default(), Mutation::default());
        let value = match operation.ty {
            OperationType::Mutation => resolve_container_serial(&ctx, &mutation).await,
            OperationType::Query | OperationType::Subscription => resolve_container(&ctx, &query).await,
        };
        let mut response = value.map_or_else(|error| Response::from_errors(vec![error]), Response::new);
        response.http_headers = std::mem::take(&mut *env.http_headers.lock().unwrap_or_else(PoisonError::into_inner));
        let errors = &mut *env.errors.lock().unwrap_or_else(PoisonError::into_inner);
        response.errors.append(errors);
        response
    }
}

/// A request as the schema takes it whose document was read before.
pub(crate) fn filled(mut request: Request, document: &Document, data: Data) -> Request {
    request.set_parsed_query(document.parsed.clone());
    request.data = data;
    request
}

/// Whether the resolvers may be asked straight for the only operation of a document, once it is known: it has no
/// directives, which would leave out parts of it at times, is no subscription, and asks nothing of the schema itself.
pub(crate) fn is_straight(document: &ExecutableDocument, directives: u64, root_fields: &[String]) -> bool {
    let of_schema = |field: &String| field == "__schema" || field == "__type";
    let is_subscription = |operation: &OperationDefinition| operation.ty == OperationType::Subscription;
    directives == 0
        && !root_fields.iter().any(of_schema)
        && only_operation(document).is_some_and(|(_, operation)| !is_subscription(&operation.node))
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

/// `Query`, which keeps what the schema hands to the first of its fields: there is no other way to it.
#[derive(Default)]
struct Probe {
    query: Query,
    environment: Arc<OnceLock<Option<Environment>>>,
}

impl OutputType for Probe {
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

impl ContainerType for Probe {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        self.environment
            .get_or_init(|| Some((ctx.schema_env.clone(), ctx.query_env.extensions.clone())));
        self.query.resolve_field(ctx).await
    }
}

impl ObjectType for Probe {}

#[cfg(test)]
mod tests {
    use super::Direct;
    use crate::http::{Api, api::Transport};
    use async_graphql::Request;

    #[test]
    fn a_schema_shows_what_it_hands_to_fields() {
        assert!(Direct::new().environment.is_some());
    }

    #[test]
    fn directives_subscriptions_and_questions_to_the_schema_do_not_go_straight() {
        let api = Api::default();
        let goes = |text: &str| {
            let prepared = api.prepare(Request::new(text), Transport::Socket);
            prepared.expect("a document").document().is_straight
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
