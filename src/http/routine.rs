//! `/routines/{routine}/{file}`: a public routine as a page to print, as text, as chapters of its video, as reminders; as it was
//! written, or adapted to somebody by the query string. Each is one query of the API, so nothing is there that is not there too.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::client::SentBy;
use crate::app::App;
use crate::domain::access::policy::Viewer;
use crate::domain::core::time;
use crate::graphql::{ApiRequest, INTERNAL, Outcome, with_data};

/// Nothing but its own styles.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// A form of a routine: its file, the field of a plan that has it, and what it is.
struct Form {
    file: &'static str,
    field: &'static str,
    mime_type: &'static str,
}

const FORMS: [Form; 4] = [
    Form { file: "page.html", field: "printableHtml", mime_type: "text/html; charset=utf-8" },
    Form { file: "routine.txt", field: "text", mime_type: "text/plain; charset=utf-8" },
    Form { file: "chapters.vtt", field: "chapters", mime_type: "text/vtt; charset=utf-8" },
    Form { file: "reminders.ics", field: "calendar", mime_type: "text/calendar; charset=utf-8" },
];

pub async fn get(
    State(app): State<App>,
    SentBy(client): SentBy,
    Path((routine, file)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Response {
    let Some(form) = FORMS.iter().find(|form| form.file == file) else {
        return super::request::not_found().await;
    };
    if let Err(seconds) = super::graphql::count(&app, client) {
        return too_many(seconds);
    }
    let mut variables = match variables(query.as_deref().unwrap_or_default()) {
        Ok(variables) => variables,
        Err(name) => return bad(&format!("{name} is not taken here, or is not a number")),
    };
    variables.insert("id".to_owned(), routine.into());
    let is_calendar = form.field == "calendar";
    if is_calendar && !variables.contains_key("startsOn") {
        variables.insert("startsOn".to_owned(), time::date(app.clock.now()).to_string().into());
    }
    let arguments = if is_calendar { "(startsOn: $startsOn, weeks: $weeks, at: $at)" } else { "" };
    let more = if is_calendar { ", $startsOn: Date!, $weeks: Int, $at: [String!]" } else { "" };
    let query = format!(
        "query($id: ID!, $position: [BodyPosition!], $without: [String!], $maxEffort: Int{more}) {{ node(id: $id) {{ ... on Routine {{
            adapted(position: $position, without: $without, maxEffort: $maxEffort) {{
                plan {{ form: {}{arguments} }} unmet {{ number exercise reasons }}
            }} }} }} }}",
        form.field
    );
    let request = ApiRequest { query, variables, queries_only: true, ..ApiRequest::default() };
    let answer = app.api.execute(app.ctx(Viewer::Anonymous).of(client), app.db.clone(), request).await;
    match answer.outcome {
        Outcome::Executed | Outcome::Rejected | Outcome::Guarded(_) => {}
        Outcome::Wait { seconds, .. } => return too_many(seconds),
        _ => {
            return (
                StatusCode::SERVICE_UNAVAILABLE,
                [(header::RETRY_AFTER, "2")],
                "try again in a moment\n",
            )
                .into_response();
        }
    }
    let body: Value = serde_json::from_slice(&with_data(&answer.response)).unwrap_or_default();
    let error = &body["errors"][0];
    if let Some(message) = error["message"].as_str() {
        let is_ours = error["extensions"]["code"] == INTERNAL;
        let status = if is_ours { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::BAD_REQUEST };
        return plain(status, message);
    }
    shown(form, &body["data"]["node"]["adapted"])
}

fn shown(form: &Form, adapted: &Value) -> Response {
    if let Some(text) = adapted["plan"]["form"].as_str() {
        let headers = [
            (header::CONTENT_TYPE, form.mime_type),
            (header::CACHE_CONTROL, "public, max-age=60"),
            (header::CONTENT_SECURITY_POLICY, POLICY),
        ];
        return (headers, text.to_owned()).into_response();
    }
    let unmet: Vec<String> = adapted["unmet"].as_array().into_iter().flatten().map(step).collect();
    if unmet.is_empty() {
        return plain(StatusCode::NOT_FOUND, "not found");
    }
    plain(
        StatusCode::UNPROCESSABLE_ENTITY,
        &format!("There is no such routine. Nothing stands in for:\n{}", unmet.join("\n")),
    )
}

fn step(unmet: &Value) -> String {
    let reasons = unmet["reasons"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let reasons = reasons.map(str::to_lowercase).collect::<Vec<_>>().join(", ");
    format!("step {}, {} ({reasons})", unmet["number"], unmet["exercise"].as_str().unwrap_or_default())
}

/// What the query string says; the name of what it must not.
fn variables(query: &str) -> Result<Map<String, Value>, String> {
    let mut variables = Map::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "position" | "without" | "at" => {
                let list = variables.entry(name.as_ref()).or_insert_with(|| json!([]));
                list.as_array_mut().into_iter().for_each(|list| list.push(value.as_ref().into()));
            }
            "maxEffort" | "weeks" => {
                let number: i32 = value.parse().map_err(|_| name.to_string())?;
                variables.insert(name.into_owned(), number.into());
            }
            "startsOn" => {
                variables.insert(name.into_owned(), value.as_ref().into());
            }
            _ => return Err(name.chars().take(40).collect()),
        }
    }
    Ok(variables)
}

fn too_many(seconds: u32) -> Response {
    let again = [(header::RETRY_AFTER, seconds.to_string())];
    (StatusCode::TOO_MANY_REQUESTS, again, "too many requests\n").into_response()
}

fn bad(message: &str) -> Response {
    plain(StatusCode::BAD_REQUEST, message)
}

fn plain(status: StatusCode, message: &str) -> Response {
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    (status, [(header::CONTENT_TYPE, plain)], format!("{message}\n")).into_response()
}
