//! Who may call which route and which server function, and the audit event that each leaves: the one table of both.
//!
//! `tests/inventory.rs` holds it against the routes and functions that there are, and against what they do.

use domain::permission::Permission::{self, *};

use Access::{Needs, OwnSessions, Public};
use Audit::{Exempt, Writes};
use Exemption::{Drafts, Executions, LogIns, Reads};

/// Who may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody: it is how one gets in.
    Public,
    /// A person, for their own sessions; no API key.
    OwnSessions,
    /// Whoever has all of these, by role or by scope.
    Needs(&'static [Permission]),
}

/// What a success leaves in the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audit {
    /// One event of this action.
    Writes(&'static str),
    /// None, for a reason in [`EXEMPTIONS`].
    Exempt(Exemption),
}

/// Why something leaves no audit event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exemption {
    Reads,
    Executions,
    LogIns,
    Drafts,
}

/// What is left out of the audit log, and why.
pub const EXEMPTIONS: [(Exemption, &str); 4] = [
    (Reads, "changes nothing; an API key's last use is kept beside it"),
    (Executions, "each is a record of its own, and there are too many of them"),
    (LogIns, "the session is the record; its owner sees and ends it"),
    (Drafts, "saved as one types and seen by nobody else until a version is made of it"),
];

/// One route of the REST API.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    pub method: &'static str,
    /// As in the OpenAPI document, without `/api/v1`.
    pub path: &'static str,
    pub access: Access,
    pub audit: Audit,
}

const fn route(method: &'static str, path: &'static str, access: Access, audit: Audit) -> Route {
    Route { method, path, access, audit }
}

const READ: Access = Needs(&[ReadTemplates]);
const WRITE: Access = Needs(&[WriteTemplates]);
/// Such a write makes a version and moves `production` to it.
const PUBLISH: Access = Needs(&[WriteTemplates, MoveProduction]);
/// Such a write is answered with the whole record.
const READ_AND_WRITE: Access = Needs(&[ReadTemplates, WriteTemplates]);
const ACTIVATE: Access = Needs(&[MoveProduction]);

/// Every route of the REST API.
pub const ROUTES: [Route; 41] = [
    route("POST", "/auth/token", Public, Exempt(LogIns)),
    route("GET", "/admin/prompts", READ, Exempt(Reads)),
    route("POST", "/admin/prompts", WRITE, Writes("template.create")),
    // A change of contract or settings makes a version, and needs more: see `PUBLISH`.
    route("PUT", "/admin/prompts/{topic_id}", WRITE, Writes("template.update")),
    route("GET", "/admin/prompts/{topic_id}/{prompt_type}", READ, Exempt(Reads)),
    route("POST", "/admin/prompts/{topic_id}/{prompt_type}", PUBLISH, Writes("version.create")),
    route("PUT", "/admin/prompts/{topic_id}/{prompt_type}", PUBLISH, Writes("version.create")),
    route("DELETE", "/admin/prompts/{topic_id}/{prompt_type}", PUBLISH, Writes("version.create")),
    route("GET", "/prompts/{topic_id}", Needs(&[FetchPrompts]), Exempt(Reads)),
    route("POST", "/prompts/batch", Needs(&[FetchPrompts]), Exempt(Reads)),
    route("POST", "/prompts/render", Needs(&[RenderPrompts]), Exempt(Executions)),
    route("GET", "/executions", Needs(&[ReadExecutions]), Exempt(Reads)),
    route("GET", "/executions/{id}", Needs(&[ReadExecutions]), Exempt(Reads)),
    route("POST", "/executions/{id}/result", Needs(&[WriteExecutions]), Exempt(Executions)),
    route("GET", "/admin/prompts/templates", READ, Exempt(Reads)),
    route("POST", "/admin/prompts/templates", WRITE, Writes("template.create")),
    route("GET", "/admin/prompts/templates/{id}", READ, Exempt(Reads)),
    route("PUT", "/admin/prompts/templates/{id}", READ_AND_WRITE, Writes("template.update")),
    route("POST", "/admin/prompts/templates/{id}/activate", ACTIVATE, Writes("label.move")),
    route("POST", "/admin/prompts/templates/{id}/deactivate", ACTIVATE, Writes("label.move")),
    route("GET", "/admin/prompts/templates/{id}/versions", READ, Exempt(Reads)),
    route("GET", "/admin/prompts/templates/{id}/versions/{number}", READ, Exempt(Reads)),
    route("GET", "/prompts/templates", READ, Exempt(Reads)),
    route("POST", "/prompts/templates", WRITE, Writes("template.create")),
    route("PUT", "/prompts/templates/{id}", READ_AND_WRITE, Writes("template.update")),
    route("GET", "/prompts/templates/{id}/versions", READ, Exempt(Reads)),
    route("GET", "/admin/labels", READ, Exempt(Reads)),
    // `production` needs `MoveProduction` instead.
    route("PUT", "/admin/labels", Needs(&[MoveLabels]), Writes("label.move")),
    route("DELETE", "/admin/labels", Needs(&[MoveLabels]), Writes("label.move")),
    route("GET", "/admin/projects", READ, Exempt(Reads)),
    route("POST", "/admin/projects", Needs(&[ManageProjects]), Writes("project.create")),
    route("GET", "/admin/users", Needs(&[ManageUsers]), Exempt(Reads)),
    route("POST", "/admin/users", Needs(&[ManageUsers]), Writes("user.create")),
    route("PATCH", "/admin/users/{id}", Needs(&[ManageUsers]), Writes("user.update")),
    route("GET", "/admin/sessions", OwnSessions, Exempt(Reads)),
    route("DELETE", "/admin/sessions/{id}", OwnSessions, Writes("session.revoke")),
    route("GET", "/admin/keys", Needs(&[ManageKeys]), Exempt(Reads)),
    route("POST", "/admin/keys", Needs(&[ManageKeys]), Writes("key.create")),
    route("DELETE", "/admin/keys/{id}", Needs(&[ManageKeys]), Writes("key.revoke")),
    route("GET", "/admin/audit", Needs(&[ReadAudit]), Exempt(Reads)),
    route("GET", "/admin/audit/verification", Needs(&[ReadAudit]), Exempt(Reads)),
];

/// One server function of the pages.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// As in its path, without `/api/fn/` and the hash at the end.
    pub name: &'static str,
    pub access: Access,
    pub audit: Audit,
}

const fn function(name: &'static str, access: Access, audit: Audit) -> Function {
    Function { name, access, audit }
}

/// Every server function of the pages.
pub const FUNCTIONS: [Function; 1] = [
    function("load_me", READ, Exempt(Reads)),
];
