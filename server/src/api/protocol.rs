//! What the description says of every operation alike: the headers it takes and the refusals they lead to, from the table
//! of routes.

use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Required, ResponseBuilder};

use super::permissions::{Access, ROUTES};

const PROJECT: (&str, &str) = (
    "Promptory-Project",
    "The project to act in, for a token or a session; `default` when absent. A key names its own.",
);
const IF_NONE_MATCH: (&str, &str) = ("If-None-Match", "The `ETag` of an answer at hand: 304 while it still holds.");
const IF_MATCH: (&str, &str) =
    ("If-Match", "The `ETag` that a read of the same gave: 412 when somebody has changed it since.");
const IDEMPOTENCY_KEY: (&str, &str) = (
    "Idempotency-Key",
    "1 to 255 visible ASCII characters, new for each write. Sent again within a day with the same request, the write is \
     answered as the first time and not done again.",
);

/// Adds the headers and refusals of one operation. `path` is the document's.
pub fn describe(method: &str, path: &str, operation: &mut Operation) {
    let own = path.strip_prefix("/api/v1").unwrap_or(path);
    let Some(route) = ROUTES.iter().find(|r| r.method == method && r.path == own) else { return };
    let is_read = method == "GET" || own == "/prompts/batch";
    let is_open = matches!(route.access, Access::Public);
    let takes_input = operation.request_body.is_some() || operation.parameters.iter().flatten().any(is_query);
    for (header, applies) in [
        (PROJECT, !is_open),
        (IF_NONE_MATCH, is_read),
        (IF_MATCH, route.takes_if_match),
        (IDEMPOTENCY_KEY, !is_read && !is_open),
    ] {
        if applies {
            operation.parameters.get_or_insert_default().push(RefOr::T(parameter(header)));
        }
    }
    refusal(operation, "412", route.takes_if_match, "It was changed since.");
    refusal(operation, "422", takes_input, "What was sent breaks a rule; `errors` names the fields.");
    if is_read {
        let kept = ResponseBuilder::new().description("The answer at hand still holds.").build();
        operation.responses.responses.entry("304".into()).or_insert(RefOr::T(kept));
    }
}

fn is_query(parameter: &RefOr<Parameter>) -> bool {
    matches!(parameter, RefOr::T(p) if matches!(p.parameter_in, ParameterIn::Query))
}

fn parameter((name, description): (&str, &str)) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).build()))
        .build()
}

fn refusal(operation: &mut Operation, status: &str, applies: bool, description: &str) {
    if !applies {
        return;
    }
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let response = ResponseBuilder::new().description(description).content("application/problem+json", content).build();
    operation.responses.responses.entry(status.into()).or_insert(RefOr::T(response));
}
