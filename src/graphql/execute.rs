//! One request through the guard, the library and back, with a cost and a deadline.

use std::time::Duration;

use async_graphql::parser::types::{ExecutableDocument, OperationType, Selection};
use async_graphql::{
    ErrorExtensionValues, Name, Response, ServerError, Value, Variables, indexmap::IndexMap,
};

use super::error::{TIMEOUT, UNAVAILABLE};
use super::guard::{self, CostModel, Limits, Refusal};
use super::{ApiSchema, schema, sdl};
use crate::ctx::Ctx;
use crate::db::Db;
use crate::domain::policy::Viewer;

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
}

/// What to answer, and how it went.
#[derive(Debug)]
pub struct Answer {
    pub response: Response,
    pub outcome: Outcome,
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
    /// There was no database connection in time.
    Unavailable,
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
        Self { schema: schema(), model, limits: Limits::default() }
    }

    /// Runs an operation for the viewer of `ctx`.
    pub async fn execute(&self, ctx: Ctx, db: Db, request: ApiRequest) -> Answer {
        let budget = match ctx.viewer {
            Viewer::Anonymous => ANONYMOUS_BUDGET,
            Viewer::Team { .. } | Viewer::Token { .. } => TEAM_BUDGET,
        };
        let mut variables = Variables::from_json(serde_json::Value::Object(request.variables));
        let name = request.operation_name.as_deref();
        let checked = guard::parse(&request.query, &self.limits).and_then(|document| {
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
            return Answer {
                response: Response::from_errors(vec![error]),
                outcome: Outcome::MethodNotAllowed,
            };
        }
        if let Err(error) = prepare(&document, name, &mut variables) {
            return Answer { response: Response::from_errors(vec![error]), outcome: Outcome::Rejected };
        }

        let reader = ctx.db.clone();
        let written = db.clone();
        let mut prepared = async_graphql::Request::new("").variables(variables).data(ctx).data(db);
        prepared.operation_name = request.operation_name;
        prepared.set_parsed_query(document);
        let executed = tokio::time::timeout(DEADLINE, self.schema.execute(prepared)).await;
        if !is_query {
            written.tell_written();
        }
        let Ok(mut response) = executed else {
            let message = if is_query {
                "this took longer than 5 seconds and was stopped"
            } else {
                "this took longer than 5 seconds; look whether it was done before you send it again"
            };
            let error = error(TIMEOUT, message);
            return Answer { response: Response::from_errors(vec![error]), outcome: Outcome::TimedOut };
        };
        if request.wants_cost {
            let cost = IndexMap::from([
                (Name::new("used"), Value::from(measured.cost)),
                (Name::new("limit"), Value::from(budget)),
                (Name::new("statements"), Value::from(reader.statements())),
            ]);
            response.extensions.insert("cost".to_owned(), Value::Object(cost));
        }
        finish(response)
    }
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
    let outcome = if nothing && has(UNAVAILABLE) {
        Outcome::Unavailable
    } else if nothing && has(TIMEOUT) {
        Outcome::TimedOut
    } else if executed {
        Outcome::Executed
    } else {
        Outcome::Rejected
    };
    Answer { response, outcome }
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
    Answer { response: Response::from_errors(vec![error]), outcome }
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

/// Mends what the library leaves to chance: it ignores the defaults of variables in `@skip` and `@include`, takes a
/// missing non-null variable for null, and runs a mutation twice that is written twice under one key.
fn prepare(
    document: &ExecutableDocument,
    name: Option<&str>,
    variables: &mut Variables,
) -> Result<(), ServerError> {
    let chosen = document.operations.iter().find(|(key, _)| match (key, name) {
        (Some(key), Some(name)) => key.as_str() == name,
        _ => true,
    });
    let Some((_, operation)) = chosen else { return Ok(()) };
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
    if operation.node.ty == OperationType::Mutation {
        refuse_repeated_keys(document, &operation.node.selection_set.node.items, &mut Vec::new())?;
    }
    Ok(())
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
