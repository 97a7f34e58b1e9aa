//! The table of bad input: one row for each route.

/// What is wrong with a request in the ways that its route alone knows; the rest is tried on every route.
pub struct Row {
    pub route: &'static str,
    /// Takes no credentials.
    pub is_public: bool,
    /// Asks for no project, so that it doesn't matter which one the request names.
    pub in_no_project: bool,
    /// Members that don't fit, as JSON, and the field that the answer must name.
    pub wrong: &'static [(&'static str, &'static str, &'static str)],
    /// Queries that don't fit.
    pub queries: &'static [&'static str],
    /// The same request for a thing of another project.
    pub elsewhere: Option<Elsewhere>,
    /// The accepted request, sent again, is a conflict.
    pub refuses_a_repeat: bool,
    /// A body whose template is wrong in line 2, column 4.
    pub broken_template: Option<&'static str>,
}

/// A path and a body that name a thing of another project.
#[derive(Clone, Copy)]
pub struct Elsewhere {
    pub path: &'static str,
    pub body: Option<&'static str>,
}

impl Row {
    pub fn method(&self) -> &'static str {
        self.route.split(' ').next().unwrap_or_default()
    }
}

const NONE: Row = Row {
    route: "",
    is_public: false,
    in_no_project: false,
    wrong: &[],
    queries: &[],
    elsewhere: None,
    refuses_a_repeat: false,
    broken_template: None,
};

const fn at(path: &'static str) -> Option<Elsewhere> {
    Some(Elsewhere { path, body: None })
}

const LIMITS: &[&str] = &["limit=many", "limit=1.5", "limit=0", "limit=201", "cursor=nonsense", "no_such=1", "tag=%00"];

/// What is wrong with a template record, on all four routes that take one.
const RECORD: &[(&str, &str, &str)] = &[
    ("name", "7", "name"),
    ("display_name", "\"\"", "display_name"),
    ("tags", "\"one\"", "tags"),
    ("tags", "[\"no spaces please\"]", "tags"),
    ("folder", "\"a//b\"", "folder"),
    ("messages", "[{\"role\":\"judge\",\"content\":\"x\"}]", "messages[0].role"),
    ("parameters", "[{\"name\":\"x\",\"type\":\"date\"}]", "parameters[0].type"),
    ("config", "{\"temperature\":\"hot\"}", "config.temperature"),
];
const BROKEN_RECORD: Option<&str> = Some(r#"{"name":"broken","template_text":"a\n{% endif %}"}"#);
const BROKEN_CHANGE: Option<&str> = Some(r#"{"template_text":"a\n{% endif %}"}"#);

/// One row for each route of the OpenAPI document.
pub const ROWS: &[Row] = &[
    Row {
        route: "POST /auth/token",
        is_public: true,
        wrong: &[("email", "7", "email"), ("password", "null", "password")],
        ..NONE
    },
    Row { route: "GET /admin/prompts", queries: LIMITS, ..NONE },
    Row {
        route: "POST /admin/prompts",
        wrong: &[
            ("topic_id", "7", "topic_id"),
            ("topic_id", "\"Not A Key\"", "topic_id"),
            ("topic_id", "\"batch\"", "topic_id"),
            ("topic_name", "\"\"", "topic_name"),
            ("topic_type", "\"KPI System\"", "topic_type"),
            ("display_order", "\"first\"", "display_order"),
            ("allowed_parameters", "[{\"name\":\"x\",\"type\":\"date\"}]", "allowed_parameters[0].type"),
            ("allowed_parameters", "[{\"name\":\"X y\",\"type\":\"string\"}]", "allowed_parameters[0].name"),
        ],
        refuses_a_repeat: true,
        ..NONE
    },
    Row {
        route: "PUT /admin/prompts/{topic_id}",
        wrong: &[
            ("topic_name", "[]", "topic_name"),
            ("topic_name", "\"\"", "topic_name"),
            ("is_active", "\"yes\"", "is_active"),
            ("allowed_parameters", "[{\"name\":\"x\",\"type\":\"date\"}]", "allowed_parameters[0].type"),
        ],
        elsewhere: at("/admin/prompts/their_topic"),
        ..NONE
    },
    Row {
        route: "GET /admin/prompts/{topic_id}/{prompt_type}",
        elsewhere: at("/admin/prompts/their_topic/user"),
        ..NONE
    },
    Row {
        route: "POST /admin/prompts/{topic_id}/{prompt_type}",
        wrong: &[
            ("content", "7", "content"),
            ("content", "\"\"", "content"),
            ("content", "\"{{ user_nam }}\"", "content"),
        ],
        elsewhere: at("/admin/prompts/their_topic/assistant"),
        refuses_a_repeat: true,
        broken_template: Some(r#"{"content":"a\n{% endif %}"}"#),
        ..NONE
    },
    Row {
        route: "PUT /admin/prompts/{topic_id}/{prompt_type}",
        wrong: &[("content", "7", "content"), ("content", "\"{{ 'x' * 99000000 }}\"", "content")],
        elsewhere: at("/admin/prompts/their_topic/user"),
        broken_template: Some(r#"{"content":"a\n{% endif %}"}"#),
        ..NONE
    },
    Row {
        route: "DELETE /admin/prompts/{topic_id}/{prompt_type}",
        elsewhere: at("/admin/prompts/their_topic/user"),
        ..NONE
    },
    Row {
        route: "GET /prompts/{topic_id}",
        queries: &["version=two", "include_parameters=perhaps", "bundle=perhaps", "label=production&version=1"],
        elsewhere: at("/prompts/their_topic"),
        ..NONE
    },
    Row {
        route: "POST /prompts/batch",
        wrong: &[
            ("topic_ids", "\"core_values\"", "topic_ids"),
            ("topic_ids", "[]", "topic_ids"),
            ("label", "7", "label"),
        ],
        ..NONE
    },
    Row {
        route: "POST /prompts/render",
        wrong: &[
            ("template_name", "7", "template_name"),
            ("template_name", "\"No Key\"", "template_name"),
            ("variables", "[]", "variables"),
            ("durability", "\"maybe\"", "durability"),
            ("version", "\"one\"", "version"),
            ("label", "\"Not A Label\"", "label"),
        ],
        elsewhere: Some(Elsewhere { path: "/prompts/render", body: Some(r#"{"template_name":"their_topic"}"#) }),
        ..NONE
    },
    Row {
        route: "GET /executions",
        queries: &[
            "limit=many",
            "from=yesterday",
            "to=2025-13-01",
            "status=fine",
            "from=2025-01-20T14:00:00Z&to=2025-01-19T14:00:00Z",
        ],
        ..NONE
    },
    Row { route: "GET /executions/{id}", elsewhere: at("/executions/{execution}"), ..NONE },
    Row {
        route: "POST /executions/{id}/result",
        wrong: &[
            ("latency_ms", "\"slow\"", "latency_ms"),
            ("latency_ms", "-1", "latency_ms"),
            ("cost_usd", "-0.5", "cost_usd"),
            ("status", "\"fine\"", "status"),
            ("status", "\"blocked\"", "status"),
        ],
        elsewhere: at("/executions/{execution}/result"),
        ..NONE
    },
    Row { route: "GET /admin/prompts/templates", queries: &["limit=many", "with_archived=perhaps"], ..NONE },
    Row {
        route: "POST /admin/prompts/templates",
        wrong: RECORD,
        refuses_a_repeat: true,
        broken_template: BROKEN_RECORD,
        ..NONE
    },
    Row {
        route: "POST /admin/prompts/templates/bulk",
        wrong: &[
            ("keys", "[]", "keys"),
            ("keys", "\"one\"", "keys"),
            ("keys", "[7]", "keys[0]"),
            ("action", "\"delete\"", "action"),
            ("tags", "[]", "tags"),
            ("tags", "[\"no spaces please\"]", "tags"),
            ("folder", "\"a//b\"", "folder"),
        ],
        ..NONE
    },
    Row {
        route: "GET /admin/prompts/search",
        queries: &[
            "limit=many",
            "limit=0",
            "limit=201",
            "cursor=nonsense",
            "no_such=1",
            "with_archived=perhaps",
            "q=%22",
            "q=",
        ],
        ..NONE
    },
    Row { route: "GET /admin/prompts/templates/{id}", elsewhere: at("/admin/prompts/templates/their_topic"), ..NONE },
    Row {
        route: "PUT /admin/prompts/templates/{id}",
        wrong: RECORD,
        elsewhere: at("/admin/prompts/templates/their_topic"),
        broken_template: BROKEN_CHANGE,
        ..NONE
    },
    Row {
        route: "POST /admin/prompts/templates/{id}/activate",
        queries: &["version=two", "version=99"],
        elsewhere: at("/admin/prompts/templates/their_topic/activate"),
        ..NONE
    },
    Row {
        route: "POST /admin/prompts/templates/{id}/deactivate",
        elsewhere: at("/admin/prompts/templates/their_topic/deactivate"),
        ..NONE
    },
    Row {
        route: "GET /admin/prompts/templates/{id}/versions",
        queries: LIMITS,
        elsewhere: at("/admin/prompts/templates/their_topic/versions"),
        ..NONE
    },
    Row {
        route: "GET /admin/prompts/templates/{id}/versions/{number}",
        elsewhere: at("/admin/prompts/templates/their_topic/versions/1"),
        ..NONE
    },
    Row {
        route: "GET /admin/prompts/templates/{id}/timeline",
        queries: &[
            "limit=many",
            "limit=201",
            "cursor=nonsense",
            "no_such=1",
            "kind=incident",
            "label=Not%20A%20Label",
            "label=%00",
            "kind=version&label=staging",
        ],
        elsewhere: at("/admin/prompts/templates/their_topic/timeline"),
        ..NONE
    },
    Row {
        route: "GET /admin/prompts/templates/{id}/effective",
        queries: &["version=two", "label=production&version=1"],
        elsewhere: at("/admin/prompts/templates/their_topic/effective"),
        ..NONE
    },
    Row {
        route: "GET /admin/prompts/templates/{id}/comparison",
        queries: &["ws=all", "text=some", "no_such=1"],
        elsewhere: at("/admin/prompts/templates/their_topic/comparison?from=1&to=1"),
        ..NONE
    },
    Row {
        route: "GET /admin/prompts/templates/{id}/comparison/mail",
        queries: &["ws=all", "text=some", "no_such=1"],
        elsewhere: at("/admin/prompts/templates/their_topic/comparison/mail?from=1&to=1"),
        ..NONE
    },
    Row {
        route: "GET /admin/prompts/templates/{id}/dependencies",
        elsewhere: at("/admin/prompts/templates/their_topic/dependencies"),
        ..NONE
    },
    Row {
        route: "GET /admin/prompts/templates/{id}/samples",
        queries: LIMITS,
        elsewhere: at("/admin/prompts/templates/their_topic/samples"),
        ..NONE
    },
    Row {
        route: "POST /admin/prompts/templates/{id}/samples",
        wrong: &[
            ("name", "7", "name"),
            ("name", "\"\"", "name"),
            ("name", "\"a/b\"", "name"),
            ("name", "\"a\\u202eb\"", "name"),
            ("variables", "[]", "variables"),
            ("variables", "{\"x\":\"a\\u0000b\"}", "variables.x"),
        ],
        elsewhere: at("/admin/prompts/templates/their_topic/samples"),
        refuses_a_repeat: true,
        ..NONE
    },
    Row {
        route: "GET /admin/prompts/templates/{id}/samples/{name}",
        elsewhere: at("/admin/prompts/templates/their_topic/samples/first"),
        ..NONE
    },
    Row {
        route: "PUT /admin/prompts/templates/{id}/samples/{name}",
        wrong: &[("variables", "7", "variables"), ("variables", "{\"x\":[1.75e308]}", "variables.x[0]")],
        elsewhere: at("/admin/prompts/templates/their_topic/samples/first"),
        ..NONE
    },
    Row {
        route: "DELETE /admin/prompts/templates/{id}/samples/{name}",
        elsewhere: at("/admin/prompts/templates/their_topic/samples/first"),
        ..NONE
    },
    Row { route: "GET /prompts/templates", queries: LIMITS, ..NONE },
    Row {
        route: "POST /prompts/templates",
        wrong: RECORD,
        refuses_a_repeat: true,
        broken_template: BROKEN_RECORD,
        ..NONE
    },
    Row {
        route: "PUT /prompts/templates/{id}",
        wrong: RECORD,
        elsewhere: at("/prompts/templates/their_topic"),
        broken_template: BROKEN_CHANGE,
        ..NONE
    },
    Row {
        route: "GET /prompts/templates/{id}/versions",
        queries: LIMITS,
        elsewhere: at("/prompts/templates/their_topic/versions"),
        ..NONE
    },
    Row { route: "GET /admin/labels", queries: LIMITS, elsewhere: at("/admin/labels?template=their_topic"), ..NONE },
    Row {
        route: "PUT /admin/labels",
        wrong: &[
            ("template", "7", "template"),
            ("label", "\"latest\"", "label"),
            ("label", "\"Not A Label\"", "label"),
            ("version", "\"one\"", "version"),
            ("version", "99", "version"),
        ],
        elsewhere: Some(Elsewhere {
            path: "/admin/labels",
            body: Some(r#"{"template":"their_topic","label":"staging","version":1}"#),
        }),
        ..NONE
    },
    Row { route: "DELETE /admin/labels", elsewhere: at("/admin/labels?template=their_topic&label=staging"), ..NONE },
    Row {
        route: "GET /admin/changes",
        queries: &["status=done", "limit=many", "limit=0", "limit=201", "cursor=nonsense", "no_such=1", "search=%00"],
        ..NONE
    },
    Row {
        route: "POST /admin/changes",
        wrong: &[
            ("title", "7", "title"),
            ("title", "\"\"", "title"),
            ("title", "\"a\\u202eb\"", "title"),
            ("description", "\"a\\u0000b\"", "description"),
            ("items", "[]", "items"),
            ("items", "[{\"template\":\"none\",\"label\":\"canary\",\"version\":1}]", "items[0].template"),
            ("items", "[{\"template\":\"none\",\"label\":\"latest\",\"version\":1}]", "items[0].label"),
            ("items", "[{\"template\":\"none\",\"label\":\"canary\",\"version\":\"one\"}]", "items[0].version"),
            ("items", "[{\"template\":\"their_topic\",\"label\":\"canary\",\"version\":1}]", "items[0].template"),
            ("reviewers", "[\"nobody\"]", "reviewers[0]"),
            ("reviewers", "[\"nobody@example.com\"]", "reviewers[0]"),
            ("supersedes", "999999", "supersedes"),
        ],
        ..NONE
    },
    Row { route: "GET /admin/changes/{number}", elsewhere: at("/admin/changes/999999"), ..NONE },
    Row {
        route: "PATCH /admin/changes/{number}",
        wrong: &[
            ("title", "\"\"", "title"),
            ("items", "[]", "items"),
            ("items", "[{\"template\":\"their_topic\",\"label\":\"canary\",\"version\":1}]", "items[0].template"),
            ("reviewers", "[7]", "reviewers[0]"),
        ],
        elsewhere: Some(Elsewhere { path: "/admin/changes/999999", body: Some("{\"title\":\"Mine\"}") }),
        ..NONE
    },
    Row {
        route: "POST /admin/changes/{number}/reviews",
        wrong: &[
            ("verdict", "\"perhaps\"", "verdict"),
            ("body", "\"\"", "body"),
            ("body", "\"a\\u0000b\"", "body"),
            ("round", "\"one\"", "round"),
        ],
        elsewhere: at("/admin/changes/999999/reviews"),
        ..NONE
    },
    Row {
        route: "POST /admin/changes/{number}/comments",
        wrong: &[
            ("template", "\"their_topic\"", "template"),
            ("version", "9", "version"),
            ("message", "9", "message"),
            ("message", "-1", "message"),
            ("line", "0", "line"),
            ("line", "99", "line"),
            ("last_line", "99", "last_line"),
            ("body", "\"\"", "body"),
            ("suggestion", "\"a\\u0000b\"", "suggestion"),
        ],
        elsewhere: Some(Elsewhere {
            path: "/admin/changes/999999/comments",
            body: Some("{\"template\":\"their_topic\",\"version\":1,\"message\":0,\"line\":1,\"body\":\"Mine\"}"),
        }),
        ..NONE
    },
    Row {
        route: "POST /admin/changes/{number}/comments/{thread}/replies",
        wrong: &[("body", "\"\"", "body"), ("body", "7", "body")],
        elsewhere: at("/admin/changes/999999/comments/00000000-0000-7000-8000-000000000000/replies"),
        ..NONE
    },
    Row {
        route: "PUT /admin/changes/{number}/comments/{thread}",
        wrong: &[("is_resolved", "\"yes\"", "is_resolved")],
        elsewhere: at("/admin/changes/999999/comments/00000000-0000-7000-8000-000000000000"),
        ..NONE
    },
    Row {
        route: "POST /admin/changes/{number}/apply",
        wrong: &[
            ("suggestions", "[]", "suggestions"),
            ("suggestions", "[7]", "suggestions[0]"),
            ("suggestions", "[\"00000000-0000-7000-8000-000000000000\"]", "suggestions[0]"),
        ],
        elsewhere: at("/admin/changes/999999/apply"),
        refuses_a_repeat: true,
        ..NONE
    },
    Row {
        route: "POST /admin/changes/{number}/publish",
        elsewhere: at("/admin/changes/999999/publish"),
        refuses_a_repeat: true,
        ..NONE
    },
    Row {
        route: "POST /admin/changes/{number}/bypass",
        wrong: &[("reason", "\"now\"", "reason"), ("reason", "7", "reason")],
        elsewhere: at("/admin/changes/999999/bypass"),
        refuses_a_repeat: true,
        ..NONE
    },
    Row {
        route: "PUT /admin/changes/{number}/schedule",
        wrong: &[
            ("publish_at", "\"tomorrow\"", "publish_at"),
            ("publish_at", "\"2020-01-01T00:00:00Z\"", "publish_at"),
            ("publish_at", "\"2099-01-01T00:00:00Z\"", "publish_at"),
        ],
        elsewhere: at("/admin/changes/999999/schedule"),
        ..NONE
    },
    Row {
        route: "DELETE /admin/changes/{number}/schedule",
        elsewhere: at("/admin/changes/999999/schedule"),
        refuses_a_repeat: true,
        ..NONE
    },
    Row {
        route: "POST /admin/changes/{number}/withdraw",
        wrong: &[("reason", "7", "reason"), ("reason", "\"a\\u0000b\"", "reason")],
        elsewhere: at("/admin/changes/999999/withdraw"),
        refuses_a_repeat: true,
        ..NONE
    },
    Row { route: "GET /admin/policies", queries: LIMITS, ..NONE },
    Row { route: "GET /admin/policies/{label}", elsewhere: at("/admin/policies/theirs"), ..NONE },
    Row {
        route: "PUT /admin/policies/{label}",
        wrong: &[
            ("required_approvals", "-1", "required_approvals"),
            ("required_approvals", "6", "required_approvals"),
            ("approvers", "[\"king\"]", "approvers[0]"),
            ("approvers", "[\"viewer\"]", "approvers"),
            ("required_checks", "[\"luck\"]", "required_checks[0]"),
            ("quiet_hours", "[{\"days\":[8],\"from\":0,\"to\":1,\"zone\":\"UTC\"}]", "quiet_hours[0].days"),
            ("quiet_hours", "[{\"days\":[1],\"from\":9,\"to\":1,\"zone\":\"UTC\"}]", "quiet_hours[0].to"),
            ("quiet_hours", "[{\"days\":[1],\"from\":0,\"to\":1,\"zone\":\"Mars\"}]", "quiet_hours[0].zone"),
            ("bypass", "\"everybody\"", "bypass"),
        ],
        ..NONE
    },
    Row { route: "DELETE /admin/policies/{label}", ..NONE },
    Row { route: "GET /admin/lint", ..NONE },
    Row {
        route: "PUT /admin/lint",
        wrong: &[
            ("off", "\"shouting\"", "off"),
            ("off", "[7]", "off[0]"),
            ("off", "[\"shouting\",\"shoutin\"]", "off[1]"),
            ("off", "[\"a\\u0000b\"]", "off[0]"),
        ],
        ..NONE
    },
    Row { route: "GET /admin/projects", in_no_project: true, queries: LIMITS, ..NONE },
    Row {
        route: "POST /admin/projects",
        wrong: &[("key", "7", "key"), ("key", "\"Not A Key\"", "key"), ("name", "\"\"", "name")],
        refuses_a_repeat: true,
        ..NONE
    },
    Row { route: "GET /admin/users", queries: LIMITS, ..NONE },
    Row {
        route: "POST /admin/users",
        wrong: &[
            ("email", "\"nobody\"", "email"),
            ("name", "\"\"", "name"),
            ("role", "\"king\"", "role"),
            ("password", "\"short\"", "password"),
        ],
        refuses_a_repeat: true,
        ..NONE
    },
    Row {
        route: "PATCH /admin/users/{id}",
        wrong: &[("role", "\"king\"", "role"), ("is_disabled", "\"yes\"", "is_disabled")],
        elsewhere: at("/admin/users/{user}"),
        ..NONE
    },
    Row { route: "GET /admin/sessions", queries: LIMITS, ..NONE },
    Row { route: "DELETE /admin/sessions/{id}", elsewhere: at("/admin/sessions/{session}"), ..NONE },
    Row { route: "GET /admin/keys", queries: LIMITS, ..NONE },
    Row {
        route: "POST /admin/keys",
        wrong: &[
            ("name", "\"\"", "name"),
            ("name", "\"a\\u202eb\"", "name"),
            ("environment", "\"moon\"", "environment"),
            ("scopes", "[]", "scopes"),
            ("scopes", "[\"everything\"]", "scopes[0]"),
            ("expires_at", "\"tomorrow\"", "expires_at"),
            ("expires_at", "\"2020-01-01T00:00:00Z\"", "expires_at"),
        ],
        ..NONE
    },
    Row { route: "DELETE /admin/keys/{id}", elsewhere: at("/admin/keys/{key}"), ..NONE },
    Row {
        route: "GET /admin/export",
        queries: &["format=pdf", "allow_missing=perhaps", "keys=%00", "no_such=1"],
        elsewhere: at("/admin/export?keys=their_topic"),
        ..NONE
    },
    Row {
        route: "POST /admin/import",
        wrong: &[
            ("files", "7", "files"),
            ("files", "[]", "files"),
            ("files", "[{\"path\":\"a.prompt\"}]", "files[0].text"),
            ("files", "[{\"path\":\"../a.prompt\",\"text\":\"\"}]", "../a.prompt"),
            ("files", "[{\"path\":\"Not.prompt\",\"text\":\"{{#with a}}\"}]", "Not.prompt"),
            ("files", "[{\"path\":\"a/prompt.yaml\",\"text\":\"kind: A B\"}]", "a/prompt.yaml"),
        ],
        queries: &["dry_run=perhaps", "on_conflict=maybe", "allow_breaking=perhaps", "no_such=1"],
        ..NONE
    },
    Row { route: "GET /admin/audit", queries: LIMITS, ..NONE },
    Row { route: "GET /admin/audit/verification", ..NONE },
];
