//! From a request to its execution: read, merged and checked, or known from before.
use super::{
    documents::{Document, Documents},
    merge,
};
use crate::{auth::password::Passwords, error::Failure, mail::Mailer, root, scope::Request};
use async_graphql::{
    Response, ServerError, Value,
    parser::types::{ExecutableDocument, OperationType},
};
use std::sync::Arc;

/// The longest document: longer ones take too long to read, and nest too deeply, before anything can be said of them.
const MAX_DOCUMENT: usize = 64 << 10;

/// The API, once for documents that come for the first time, once for those that are known.
pub(crate) struct Api {
    checking: root::Schema,
    trusting: root::Schema,
    documents: Documents,
}

impl Default for Api {
    fn default() -> Self {
        Self {
            checking: root::schema(),
            trusting: root::trusting_schema(),
            documents: Documents::default(),
        }
    }
}

/// A request whose document was read and merged.
pub(crate) struct Prepared {
    request: async_graphql::Request,
    document: Arc<Document>,
    is_known: bool,
}

/// What the fields of a request need.
pub(crate) struct Data(pub(crate) Request, pub(crate) Arc<Passwords>, pub(crate) Arc<Mailer>);

impl Api {
    /// Reads a request's document, or finds it among those known.
    ///
    /// The GraphQL specification merges equal response keys; async-graphql runs a field once for each selection, so
    /// that a mutation spread by two fragments would run twice. Hence the merge before the execution.
    pub(crate) fn prepare(&self, request: async_graphql::Request) -> Result<Prepared, ServerError> {
        if request.variables.values().any(has_nul) {
            return Err(server_error(Failure::BadInput(NUL.into())));
        }
        if let Some(document) = self.documents.get(&request.query) {
            let operation = request.operation_name.as_deref();
            let is_known = self.documents.fit(&document.parsed, operation, &request.variables);
            return Ok(Prepared {
                request,
                document,
                is_known,
            });
        }
        if request.query.contains(['\0']) || request.query.contains("\\u0000") {
            return Err(server_error(Failure::BadInput(NUL.into())));
        }
        if request.query.len() > MAX_DOCUMENT {
            let message = format!("A document has at most {MAX_DOCUMENT} bytes; give values in variables.");
            return Err(server_error(Failure::BadInput(message.into())));
        }
        let parsed = async_graphql::parser::parse_query(&request.query)?;
        let parsed = merge::merged(parsed).map_err(|too_large| ServerError::new(too_large, None))?;
        let is_distinct = merge::is_distinct(&parsed);
        Ok(Prepared {
            request,
            document: Arc::new(Document { parsed, is_distinct }),
            is_known: false,
        })
    }

    /// Executes a request; a document that brings no error is known from then on.
    pub(crate) async fn execute(&self, prepared: Prepared, data: Data) -> Response {
        let Prepared {
            mut request,
            document,
            is_known,
        } = prepared;
        let unknown = (!is_known).then(|| (request.query.clone(), request.variables.clone()));
        request.set_parsed_query(document.parsed.clone());
        let Data(scope, passwords, mailer) = data;
        let request = request.data(scope.printed(document.is_distinct));
        let request = request.data(passwords).data(mailer);
        let Some((text, variables)) = unknown else {
            return self.trusting.execute(request).await;
        };
        let response = self.checking.execute(request).await;
        // A mutation with texts written into it hardly comes again, and the texts may be secrets.
        let is_unique = text.contains('"') && has_mutation(&document.parsed);
        if response.errors.is_empty() && !is_unique {
            self.documents.keep(text, document, &variables);
        }
        response
    }
}

fn has_mutation(document: &ExecutableDocument) -> bool {
    let mut operations = document.operations.iter();
    operations.any(|(_, operation)| operation.node.ty == OperationType::Mutation)
}

/// A failure of the whole request.
pub(crate) fn server_error(failure: Failure) -> ServerError {
    async_graphql::Error::from(failure).into_server_error(Default::default())
}

const NUL: &str = "Texts hold any character but U+0000.";

/// Whether a text in a value has the one character that PostgreSQL does not store.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::List(items) => items.iter().any(has_nul),
        Value::Object(fields) => fields.values().any(has_nul),
        _ => false,
    }
}
