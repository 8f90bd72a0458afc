//! One request through the guard, the library and back, with a cost and a deadline.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType, Selection};
use async_graphql::{
    Context, ErrorExtensionValues, Name, PathSegment, Positioned, Response, ServerError, Value, Variables,
    indexmap::IndexMap,
};

use super::error::{
    Error, INSUFFICIENT_STORAGE, INTERNAL, KEY_IN_PROGRESS, KEY_REUSED, OUTCOME_UNKNOWN, RATE_LIMITED,
    RESULT_UNREAD, TIMEOUT, UNAVAILABLE,
};
use super::guard::{self, CostModel, Limits, Refusal};
use super::in_order::Progress;
use super::once::{Kept, Once};
use super::response::with_data;
use super::{ApiSchema, schema, sdl};
use crate::ctx::Ctx;
use crate::db::Db;
use crate::domain::access::idempotency::{self, Attempt, Key};
use crate::domain::access::policy::Viewer;
use crate::domain::core::error as domain;
use crate::domain::core::queue::Queue;

/// How long an operation may run.
pub const DEADLINE: Duration = Duration::from_secs(5);
/// What an anonymous operation may cost.
pub const ANONYMOUS_BUDGET: u64 = 1_000;
/// What an operation of the team or of a token may cost.
pub const TEAM_BUDGET: u64 = 10_000;
/// How many errors an answer repeats.
const MAX_ERRORS: usize = 20;

/// The schema and what guards it.
pub struct Api {
    schema: ApiSchema,
    model: CostModel,
    limits: Limits,
    /// Requests of this process under one key go one after the other, so that a burst of them does not wait inside the
    /// database, where each would hold a connection. Between processes the database's own lock does the same.
    queue: Queue<[u8; 32]>,
}

/// A GraphQL request as it came over HTTP.
#[derive(Debug, Default)]
pub struct ApiRequest {
    pub query: String,
    pub operation_name: Option<String>,
    pub variables: serde_json::Map<String, serde_json::Value>,
    /// Whether the answer should tell what it cost.
    pub wants_cost: bool,
    /// Whether only queries may run, as over GET.
    pub queries_only: bool,
    /// Under which a mutation runs once.
    pub idempotency_key: Option<Key>,
}

/// Whether a query came in an address, as over GET.
struct InUrl(bool);

/// Refuses to take from an address what is private: servers, proxies and browsers write addresses down.
pub fn only_in_body(context: &Context<'_>, field: &str) -> super::error::Result<()> {
    if context.data_opt::<InUrl>().is_some_and(|InUrl(is_in_url)| *is_in_url) {
        let message = "send this with POST: addresses are logged, bodies are not";
        return Ok(domain::invalid(field, domain::ErrorCode::Invalid, message)?);
    }
    Ok(())
}

/// What to answer, and how it went.
#[derive(Debug)]
pub struct Answer {
    pub response: Response,
    pub outcome: Outcome,
    /// What to send in the place of the response, byte for byte.
    pub kept: Option<Kept>,
}

impl Answer {
    fn new(response: Response, outcome: Outcome) -> Self {
        Self { response, outcome, kept: None }
    }

    fn error(error: ServerError, outcome: Outcome) -> Self {
        Self::new(Response::from_errors(vec![error]), outcome)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The operation ran; there may be errors of fields.
    Executed,
    /// The document was refused before it ran.
    Rejected,
    /// The guard refused the document with this status.
    Guarded(u16),
    /// A mutation over GET.
    MethodNotAllowed,
    /// Asked too often, or too early; after so many seconds it may be asked again.
    Wait { status: u16, seconds: u32 },
    /// There was no database connection in time.
    Unavailable,
    /// The database did not say whether it was done.
    Unconfirmed,
    /// The deadline passed.
    TimedOut,
}

impl Default for Api {
    fn default() -> Self {
        Self::new()
    }
}

impl Api {
    pub fn new() -> Self {
        let model = CostModel::from_sdl(&sdl()).expect("the schema's own text can be read");
        Self { schema: schema(), model, limits: Limits::default(), queue: Queue::default() }
    }

    /// Runs an operation for the viewer of `ctx`.
    pub async fn execute(&self, ctx: Ctx, db: Db, request: ApiRequest) -> Answer {
        let budget = match ctx.viewer {
            Viewer::Anonymous => ANONYMOUS_BUDGET,
            // A preview sends what its frontend sends with a token.
            Viewer::Team { .. } | Viewer::Token { .. } | Viewer::Preview(_) => TEAM_BUDGET,
        };
        let request_digest = request.idempotency_key.is_some().then(|| {
            idempotency::digest(&request.query, request.operation_name.as_deref(), &request.variables)
        });
        let wants_cost = request.wants_cost;
        let name = request.operation_name.as_deref();
        let mut variables = Variables::default();
        let mut given = request.variables;
        let checked = guard::parse(&request.query, &self.limits).and_then(|document| {
            keep_declared(&document, name, &mut given);
            variables = Variables::from_json(serde_json::Value::Object(given));
            let measured = self.model.measure(&document, name, &variables, &self.limits)?;
            let (cost, depth, selections) = (measured.cost, measured.depth, measured.selections);
            tracing::debug!(cost, depth, selections, "an operation of {cost} points");
            if measured.cost > budget {
                return Err(Refusal::TooExpensive { cost: measured.cost, limit: budget });
            }
            Ok((document, measured))
        });
        let (document, measured) = match checked {
            Ok(checked) => checked,
            Err(refusal) => return refused(&refusal),
        };
        let is_query = measured.operation_type == OperationType::Query;
        if request.queries_only && !is_query {
            let error = error("METHOD_NOT_ALLOWED", "only queries may be sent with GET; use POST");
            return Answer::error(error, Outcome::MethodNotAllowed);
        }
        if !is_query && matches!(ctx.viewer, Viewer::Preview(_)) {
            return Answer::error(
                error("FORBIDDEN", &domain::Denied::Preview.to_string()),
                Outcome::Guarded(403),
            );
        }
        let mutations = match prepare(&document, name, &mut variables) {
            Ok(mutations) => mutations,
            Err(error) => return Answer::error(error, Outcome::Rejected),
        };
        if let Err(error) = ctx.limits.check_mutations(ctx.now, &ctx.client, mutations) {
            return failed(error);
        }

        let reader = ctx.db.clone();
        let written = db.clone();
        let mut prepared = async_graphql::Request::new("").variables(variables);
        prepared.operation_name = request.operation_name;
        prepared.set_parsed_query(document);
        let progress = Arc::<Progress>::default();
        let prepared = prepared.data(InUrl(request.queries_only)).data(Arc::clone(&progress));
        let run = async |request: async_graphql::Request| {
            let executed = tokio::time::timeout(DEADLINE, self.schema.execute(request)).await;
            if !is_query {
                written.tell_written();
            }
            let Ok(mut response) = executed else {
                let message = if is_query {
                    "this took longer than 5 seconds and was stopped"
                } else {
                    "this took longer than 5 seconds; look whether it was done before you send it again"
                };
                return Answer::error(error(TIMEOUT, message), Outcome::TimedOut);
            };
            tell_what_was_done(&mut response, &progress);
            if wants_cost {
                let cost = IndexMap::from([
                    (Name::new("used"), Value::from(measured.cost)),
                    (Name::new("limit"), Value::from(budget)),
                    (Name::new("statements"), Value::from(reader.connection().statements())),
                ]);
                response.extensions.insert("cost".to_owned(), Value::Object(cost));
            }
            finish(response)
        };
        match (request.idempotency_key, request_digest) {
            (Some(key), Some(digest)) if mutations > 0 => {
                if mutations > 1 {
                    let message = "with an Idempotency-Key an operation has one mutation";
                    return Answer::error(error("BAD_REQUEST", message), Outcome::Guarded(400));
                }
                let attempt = Attempt::new(&ctx.client, &key, digest);
                self.run_once(&ctx, &db, attempt, prepared, run).await
            }
            _ => run(prepared.data(ctx).data(db)).await,
        }
    }

    /// Runs a mutation under a key unless that was done before.
    async fn run_once(
        &self,
        ctx: &Ctx,
        db: &Db,
        attempt: Attempt,
        prepared: async_graphql::Request,
        run: impl AsyncFnOnce(async_graphql::Request) -> Answer,
    ) -> Answer {
        let once = Arc::new(Once::new(attempt));
        let turn = tokio::time::timeout(DEADLINE, self.queue.turn(once.attempt.id())).await;
        let Ok(_turn) = turn else { return failed(domain::Error::KeyInProgress) };
        match once.find(ctx).await {
            Ok(Some(kept)) => {
                return Answer { kept: Some(kept), ..Answer::new(Response::default(), Outcome::Executed) };
            }
            Ok(None) => {}
            Err(error) => return failed(error),
        }
        let request = prepared.data(ctx.clone()).data(db.clone()).data(Arc::clone(&once));
        let mut answer = run(request).await;
        // What has errors is no answer to keep: the next request builds a better one from what was done.
        if answer.outcome == Outcome::Executed && answer.response.errors.is_empty() {
            match once.keep(ctx, db, with_data(&answer.response)).await {
                Ok(kept) => answer.kept = kept,
                // It was done, and that is written down; only these bytes are not.
                Err(error) => {
                    tracing::warn!(%error, "the answer to an idempotency key was not stored: {error}");
                }
            }
        }
        answer
    }
}

/// A mutation that was committed is done, whatever keeps its result from being read: a client that took the error for a
/// refusal would do it again.
fn tell_what_was_done(response: &mut Response, progress: &Progress) {
    for error in &mut response.errors {
        let Some(PathSegment::Field(key)) = error.path.first() else { continue };
        let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
        let is_fault =
            [UNAVAILABLE, TIMEOUT, INTERNAL].iter().any(|fault| code == Some(&Value::from(*fault)));
        if is_fault && progress.has_done(key) {
            "this was done, and its result could not be read; query it".clone_into(&mut error.message);
            let mut extensions = ErrorExtensionValues::default();
            extensions.set("code", RESULT_UNREAD);
            error.extensions = Some(extensions);
        }
    }
}

/// The answer when the domain failed before or around the execution.
fn failed(error: domain::Error) -> Answer {
    finish(Response::from_errors(vec![Error::from(error).into_server_error()]))
}

/// Sorts an answer of the library by how it went, and gives every error a code.
fn finish(mut response: Response) -> Answer {
    response.errors.truncate(MAX_ERRORS);
    let executed = response.errors.is_empty() || response.data != Value::Null || has_code(&response.errors);
    for error in &mut response.errors {
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get("code").is_none() {
            let code = if error.path.is_empty() { "GRAPHQL_VALIDATION_FAILED" } else { "BAD_USER_INPUT" };
            extensions.set("code", code);
        }
    }
    let has = |code: &str| {
        let code = Value::from(code);
        response
            .errors
            .iter()
            .any(|error| error.extensions.as_ref().and_then(|e| e.get("code")) == Some(&code))
    };
    // Where a part of the answer is there, a client that tried the whole again would do that part twice.
    let nothing = match &response.data {
        Value::Object(fields) => fields.values().all(|field| *field == Value::Null),
        data => *data == Value::Null,
    };
    let retry_after = |code: &str| {
        let found = response.errors.iter().filter_map(|error| error.extensions.as_ref());
        let found = found.filter(|e| e.get("code") == Some(&Value::from(code)));
        let seconds = found.filter_map(|e| e.get("retryAfter")?.clone().into_json().ok()?.as_u64()).max();
        seconds.map(|seconds| u32::try_from(seconds).unwrap_or(u32::MAX))
    };
    let outcome = if let Some(seconds) = retry_after(RATE_LIMITED) {
        Outcome::Wait { status: 429, seconds }
    } else if let Some(seconds) = retry_after(KEY_IN_PROGRESS) {
        Outcome::Wait { status: 409, seconds }
    } else if has(KEY_REUSED) {
        Outcome::Guarded(422)
    } else if nothing && let Some(seconds) = retry_after(INSUFFICIENT_STORAGE) {
        Outcome::Wait { status: 507, seconds }
    } else if nothing && let Some(seconds) = retry_after(UNAVAILABLE) {
        Outcome::Wait { status: 503, seconds }
    } else if nothing && has(OUTCOME_UNKNOWN) {
        Outcome::Unconfirmed
    } else if nothing && has(UNAVAILABLE) {
        Outcome::Unavailable
    } else if nothing && has(TIMEOUT) {
        Outcome::TimedOut
    } else if executed {
        Outcome::Executed
    } else {
        Outcome::Rejected
    };
    Answer::new(response, outcome)
}

/// Errors of resolvers have a code of their own; those of validation get theirs here.
fn has_code(errors: &[ServerError]) -> bool {
    errors.iter().any(|error| error.extensions.as_ref().is_some_and(|e| e.get("code").is_some()))
}

fn refused(refusal: &Refusal) -> Answer {
    let mut error = error(refusal.code(), &refusal.to_string());
    error.locations.extend(refusal.position());
    // What cannot be read is as wrong as what does not fit the schema; the limits are rules of this server.
    let outcome = match refusal {
        Refusal::Syntax { .. } => Outcome::Rejected,
        _ => Outcome::Guarded(refusal.status()),
    };
    Answer::error(error, outcome)
}

/// An answer with one error that has no place in the document.
pub fn error_response(code: &str, message: &str) -> Response {
    Response::from_errors(vec![error(code, message)])
}

fn error(code: &str, message: &str) -> ServerError {
    let mut error = ServerError::new(message, None);
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", code);
    error.extensions = Some(extensions);
    error
}

fn chosen<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Option<&'a Positioned<OperationDefinition>> {
    let mut operations = document.operations.iter().filter(|(key, _)| match (key, name) {
        (Some(key), Some(name)) => key.as_str() == name,
        _ => true,
    });
    operations.next().map(|(_, operation)| operation)
}

/// Drops variables that the operation does not declare, which nothing would read and the library would copy.
fn keep_declared(
    document: &ExecutableDocument,
    name: Option<&str>,
    variables: &mut serde_json::Map<String, serde_json::Value>,
) {
    let Some(operation) = chosen(document, name) else { return variables.clear() };
    let declared = &operation.node.variable_definitions;
    variables.retain(|name, _| declared.iter().any(|definition| definition.node.name.node == *name));
}

/// Mends what the library leaves to chance: it ignores the defaults of variables in `@skip` and `@include`, takes a
/// missing non-null variable for null, and runs a mutation twice that is written twice under one key. Answers how many
/// mutations the operation has.
fn prepare(
    document: &ExecutableDocument,
    name: Option<&str>,
    variables: &mut Variables,
) -> Result<u32, ServerError> {
    let Some(operation) = chosen(document, name) else { return Ok(0) };
    for definition in &operation.node.variable_definitions {
        let definition = &definition.node;
        let name = &definition.name.node;
        let given = variables.get(name);
        if given.is_none()
            && let Some(default) = &definition.default_value
        {
            variables.insert(name.clone(), default.node.clone());
        } else if !definition.var_type.node.nullable && matches!(given, None | Some(Value::Null)) {
            let message = format!("the variable ${name} is needed and must not be null");
            let mut error = error("BAD_USER_INPUT", &message);
            error.locations.push(definition.name.pos);
            return Err(error);
        }
    }
    let mut keys = Vec::new();
    if operation.node.ty == OperationType::Mutation {
        refuse_repeated_keys(document, &operation.node.selection_set.node.items, &mut keys)?;
    }
    Ok(u32::try_from(keys.len()).unwrap_or(u32::MAX))
}

fn refuse_repeated_keys<'a>(
    document: &'a ExecutableDocument,
    items: &'a [async_graphql::Positioned<Selection>],
    seen: &mut Vec<&'a str>,
) -> Result<(), ServerError> {
    for item in items {
        match &item.node {
            Selection::Field(field) => {
                let key = field.node.response_key().node.as_str();
                if seen.contains(&key) {
                    let mut error =
                        error("BAD_USER_INPUT", "a mutation stands twice under one key; use an alias");
                    error.locations.push(item.pos);
                    return Err(error);
                }
                seen.push(key);
            }
            Selection::InlineFragment(part) => {
                refuse_repeated_keys(document, &part.node.selection_set.node.items, seen)?;
            }
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    refuse_repeated_keys(document, &fragment.node.selection_set.node.items, seen)?;
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_variables_of_the_chosen_operation_are_kept() {
        let document = "query A($a: Int) { site { title } } query B($b: Int) { site { title } }";
        let document = guard::parse(document, &Limits::default()).expect("a document");
        for (name, left) in [("A", vec!["a"]), ("B", vec!["b"]), ("C", vec![])] {
            let mut given = serde_json::Map::new();
            for name in ["a", "b", "c"] {
                given.insert(name.to_owned(), serde_json::json!([1, 2, 3]));
            }
            keep_declared(&document, Some(name), &mut given);
            assert_eq!(given.keys().collect::<Vec<_>>(), left);
        }
    }
}
