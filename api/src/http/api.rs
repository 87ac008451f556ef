//! From a request to its execution: read, counted, merged and checked, or known from before.
use super::{
    direct::{self, Direct},
    documents::{Document, Documents},
    limits::{Limits, NUL},
    merge,
    persisted::Persisted,
    price::{self, Bill, Prices},
    protocol,
    service::{Charge, Services},
    throttle::{Rates, Subject, Throttle},
};
use crate::{
    error::{Excess, Failure},
    root,
    scope::{Client, Request},
};
use async_graphql::{
    Data, Name, Positioned, Response, ServerError, Value,
    parser::types::{ExecutableDocument, OperationDefinition, OperationType, Selection},
};
use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use std::sync::Arc;
use uuid::Uuid;

/// Mutations whose input may be a whole log.
const IMPORTS: [&str; 1] = ["trainingSessionsImport"];

/// Mutations that try a secret, or tell whether there is an account.
const SIGN_INS: [&str; 6] = [
    "authLogin",
    "authRegister",
    "emailVerify",
    "emailVerificationRequest",
    "passwordReset",
    "passwordResetRequest",
];

/// The API, once for documents that come for the first time, once for those that are known.
pub(crate) struct Api {
    checking: root::Schema,
    trusting: Direct,
    documents: Documents,
    prices: Prices,
    pub(crate) persisted: Persisted,
    pub(crate) limits: Arc<Limits>,
    pub(crate) throttle: Throttle,
}

impl Default for Api {
    fn default() -> Self {
        Self::new(Limits::default(), Rates::default())
    }
}

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// In a body.
    Post,
    /// In an address.
    Get,
    /// Over a WebSocket.
    Socket,
}

/// A request whose document was read and merged.
pub(crate) struct Prepared {
    request: async_graphql::Request,
    document: Arc<Document>,
    is_known: bool,
    /// Objects that it may return, at least one.
    pub(crate) cost: u64,
}

impl Prepared {
    /// Whether it reads, changes or listens.
    pub(crate) fn kind(&self) -> OperationType {
        self.document.kind
    }

    #[cfg(test)]
    pub(crate) fn document(&self) -> &Document {
        &self.document
    }

    /// The request as it came.
    pub(crate) fn into_request(self) -> async_graphql::Request {
        self.request
    }

    /// Whether all that it does is to import.
    pub(crate) fn is_import(&self) -> bool {
        let mut fields = self.document.root_fields.iter();
        !self.document.root_fields.is_empty() && fields.all(|field| IMPORTS.contains(&field.as_str()))
    }
}

impl Api {
    /// An API that serves within limits.
    pub(crate) fn new(limits: Limits, rates: Rates) -> Self {
        let registry = price::registry();
        Self {
            checking: root::schema(),
            trusting: Direct::new(),
            prices: Prices::of(&registry),
            documents: Documents::of(registry),
            persisted: Persisted::default(),
            limits: Arc::new(limits),
            throttle: Throttle::new(rates),
        }
    }

    /// Reads a request's document, or finds it among those known, and counts what it asks for.
    ///
    /// The GraphQL specification merges equal response keys; async-graphql runs a field once for each selection, so
    /// that a mutation spread by two fragments would run twice. Hence the merge before the execution.
    ///
    /// # Errors
    /// When the document cannot be read, or asks for more than the limits allow.
    pub(crate) fn prepare(
        &self,
        request: async_graphql::Request,
        transport: Transport,
    ) -> Result<Prepared, Box<ServerError>> {
        self.limits.check_variables(&request.variables).map_err(server_error)?;
        let known = self.documents.get(&request.query);
        let (document, is_known) = match known {
            Some(document) => {
                let operation = request.operation_name.as_deref();
                let is_known = self.documents.fit(&document.parsed, operation, &request.variables);
                (document, is_known)
            }
            None => (Arc::new(self.read(&request)?), false),
        };
        if !is_known && let Some(operation) = chosen(&document.parsed, request.operation_name.as_deref()) {
            has_all(operation, &request.variables).map_err(server_error)?;
        }
        suits(document.kind, transport, &document.root_fields).map_err(server_error)?;
        let cost = document.bill.cost(&request.variables).max(1);
        Excess::check("TOO_COSTLY", "objects may be returned", self.limits.max_cost, cost).map_err(server_error)?;
        Ok(Prepared {
            request,
            document,
            is_known,
            cost,
        })
    }

    fn read(&self, request: &async_graphql::Request) -> Result<Document, Box<ServerError>> {
        let text = request.query.as_str();
        if text.contains(['\0']) || text.contains("\\u0000") {
            return Err(server_error(Failure::BadInput(NUL.into())));
        }
        self.limits.check_text(text).map_err(server_error)?;
        let parsed = async_graphql::parser::parse_query(text).map_err(|error| {
            let mut error = ServerError::from(error);
            let extensions = error.extensions.get_or_insert_default();
            extensions.set("code", "GRAPHQL_PARSE_FAILED");
            Box::new(error)
        })?;
        // Those that are not asked for are checked too.
        let mut bill = Bill::default();
        for (_, operation) in parsed.operations.iter() {
            bill = self
                .prices
                .bill(&parsed, &operation.node, &self.limits)
                .map_err(server_error)?;
        }
        let parsed = merge::merged(parsed).map_err(|reason| server_error(Failure::Invalid(reason.into())))?;
        let mut kind = OperationType::Query;
        let mut root_fields = Vec::new();
        if let Some(operation) = chosen(&parsed, request.operation_name.as_deref()) {
            kind = operation.ty;
            field_names(
                &parsed,
                &operation.selection_set.node.items,
                &mut Vec::new(),
                &mut root_fields,
            );
            if parsed.operations.iter().count() > 1 {
                bill = self
                    .prices
                    .bill(&parsed, operation, &self.limits)
                    .map_err(server_error)?;
            }
        }
        Ok(Document {
            is_distinct: merge::is_distinct(&parsed),
            is_straight: direct::is_straight(&parsed, bill.directives, &root_fields),
            parsed,
            kind,
            root_fields,
            bill,
        })
    }

    /// Takes a point for a request that is about to be read.
    ///
    /// # Errors
    /// `Throttled` when its address has none left.
    pub(crate) fn knock(&self, client: &Client, now: DateTime<Utc>) -> Result<(), Failure> {
        let address = client.address.map(Subject::address);
        self.throttle.charge(address.as_slice(), 1, now)?;
        Ok(())
    }

    /// Takes what a request costs from what its sender has left.
    ///
    /// # Errors
    /// `TOO_DEEP` for the anonymous, `Throttled`.
    pub(crate) fn charge(&self, prepared: &Prepared, request: &Request) -> Result<Charge, Failure> {
        let (scope, client) = (request.scope(), &request.client);
        let user = scope.viewer().user_id;
        if user.is_none() {
            let most = self.limits.max_anonymous_depth;
            Excess::check("TOO_DEEP", "fields inside fields", most, prepared.document.bill.depth)?;
        }
        let cost = prepared.cost;
        let now = scope.now();
        let tries = &prepared.document.root_fields;
        let tries = tries.iter().filter(|field| SIGN_INS.contains(&field.as_str())).count() as u64;
        if let Some(address) = client.address.filter(|_| tries > 0) {
            self.throttle.charge(&[Subject::sign_in(address)], tries, now)?;
        }
        let token = client.credential.as_ref().filter(|_| user.is_some());
        let subjects = [
            user.map(Subject::User),
            token.map(|token| Subject::Token(token.digest())),
            // Who is known is counted by name, and does not wait for others at the same address.
            client.address.filter(|_| user.is_none()).map(Subject::address),
        ];
        let subjects: Vec<Subject> = subjects.into_iter().flatten().collect();
        let standing = self.throttle.charge(&subjects, cost, now)?;
        Ok(Charge {
            cost,
            standing: standing.filter(|_| user.is_some()),
        })
    }

    /// Takes what an event of a subscription costs from what its listener has left.
    ///
    /// # Errors
    /// `Throttled`.
    pub(crate) fn charge_event(&self, user: Option<Uuid>, cost: u64, now: DateTime<Utc>) -> Result<(), Failure> {
        let subject = user.map(Subject::User);
        self.throttle.charge(subject.as_slice(), cost, now).map(drop)
    }

    /// Executes a request; a document that brings no error is known from then on.
    pub(crate) async fn execute(&self, prepared: Prepared, own: Request, services: Services) -> Response {
        let unknown =
            (!prepared.is_known).then(|| (prepared.request.query.clone(), prepared.request.variables.clone()));
        let Prepared { request, document, .. } = prepared;
        let beside = data(own.printed(document.is_distinct), services);
        let Some((text, variables)) = unknown else {
            return self.trusting.execute(request, &document, beside).await;
        };
        let response = self.checking.execute(direct::filled(request, &document, beside)).await;
        // A mutation with texts written into it hardly comes again, and the texts may be secrets.
        let is_unique = text.contains('"') && has_mutation(&document.parsed);
        if response.errors.is_empty() && !is_unique {
            self.documents.keep(text, document, &variables);
        }
        response
    }

    /// Begins a subscription; each of its events is answered as a request would be.
    pub(crate) fn subscribe(
        &self,
        prepared: Prepared,
        own: Request,
        services: Services,
    ) -> BoxStream<'static, Response> {
        let Prepared { request, document, .. } = prepared;
        let beside = data(own.printed(document.is_distinct), services);
        self.checking.execute_stream(direct::filled(request, &document, beside))
    }
}

/// What the fields of a request reach through their context.
fn data(own: Request, services: Services) -> Data {
    let mut data = Data::default();
    data.insert(Arc::new(own));
    data.insert(services);
    data
}

/// The operation that is meant; none when the name is missing or unknown, which the executor reports.
fn chosen<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Option<&'a OperationDefinition> {
    let mut operations = document.operations.iter();
    let chosen = match name {
        Some(name) => operations.find(|(own, _)| own.is_some_and(|own| own == name))?,
        None => {
            let first = operations.next()?;
            if operations.next().is_some() {
                return None;
            }
            first
        }
    };
    Some(&chosen.1.node)
}

/// Names of the fields of the root. Fragments are inlined already, but for those with directives.
fn field_names<'a>(
    document: &'a ExecutableDocument,
    items: &'a [Positioned<Selection>],
    path: &mut Vec<&'a Name>,
    names: &mut Vec<String>,
) {
    for item in items {
        match &item.node {
            Selection::Field(field) => names.push(field.node.name.node.to_string()),
            Selection::InlineFragment(fragment) => {
                field_names(document, &fragment.node.selection_set.node.items, path, names);
            }
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                // A cycle is left for validation to refuse.
                if let Some(fragment) = document.fragments.get(name).filter(|_| !path.contains(&name)) {
                    path.push(name);
                    field_names(document, &fragment.node.selection_set.node.items, path, names);
                    path.pop();
                }
            }
        }
    }
}

/// Whether every variable is given that must be.
fn has_all(operation: &OperationDefinition, variables: &async_graphql::Variables) -> Result<(), Failure> {
    let missing: Vec<String> = operation
        .variable_definitions
        .iter()
        .map(|definition| &definition.node)
        .filter(|definition| !definition.var_type.node.nullable && definition.default_value.is_none())
        .filter(|definition| !matches!(variables.get(&definition.name.node), Some(value) if *value != Value::Null))
        .map(|definition| format!("${} of type {}", definition.name.node, definition.var_type.node))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("The operation needs the variables {}.", missing.join(", "));
    Err(Failure::BadInput(message.into()))
}

/// Whether an operation may come this way.
fn suits(kind: OperationType, transport: Transport, root_fields: &[String]) -> Result<(), Failure> {
    let reason = match (kind, transport) {
        (OperationType::Mutation, Transport::Get) => return Err(Failure::MutationByGet),
        (OperationType::Subscription, Transport::Get | Transport::Post) => {
            "Subscribe over a WebSocket with the protocol graphql-transport-ws."
        }
        (OperationType::Subscription, Transport::Socket) if root_fields.len() != 1 => "A subscription has one field.",
        _ => return Ok(()),
    };
    Err(Failure::Invalid(reason.into()))
}

fn has_mutation(document: &ExecutableDocument) -> bool {
    let mut operations = document.operations.iter();
    operations.any(|(_, operation)| operation.node.ty == OperationType::Mutation)
}

/// A failure of the whole request.
pub(crate) fn server_error(failure: Failure) -> Box<ServerError> {
    let async_graphql::Error {
        message, extensions, ..
    } = failure.into();
    let mut error = ServerError::new(message, None);
    error.extensions = extensions;
    Box::new(error)
}

/// Gives every error its code, and what the server failed at the number under which its log tells more.
pub(crate) fn finish(response: &mut Response, client: &Client) {
    for error in &mut response.errors {
        let code = protocol::code_of(error);
        let extensions = error.extensions.get_or_insert_default();
        match code.as_deref() {
            None if error.path.is_empty() => extensions.set("code", "GRAPHQL_VALIDATION_FAILED"),
            None => extensions.set("code", "BAD_USER_INPUT"),
            Some("INTERNAL") => {
                if let Some(id) = &client.request_id {
                    extensions.set("requestId", id.as_str());
                }
            }
            Some(_) => {}
        }
    }
}
