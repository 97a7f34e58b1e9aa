//! Who may call which route and which server function, and the audit event that each leaves: the one table of both.
//!
//! `tests/inventory.rs` holds it against the routes and functions that there are, and against what they do.

use domain::permission::Permission::{self, *};

use Access::{Needs, OwnForm, OwnSessions, Public};
use Audit::{Exempt, Writes};
use Exemption::{Drafts, Executions, LogIns, Presence, Reads};

/// Who may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody: it is how one gets in.
    Public,
    /// A person, for their own sessions; no API key.
    OwnSessions,
    /// Whoever asks, for the form that they themselves sent a moment ago; nobody has sent any.
    OwnForm,
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
    Presence,
}

/// What is left out of the audit log, and why.
pub const EXEMPTIONS: [(Exemption, &str); 5] = [
    (Reads, "changes nothing; an API key's last use is kept beside it"),
    (Executions, "each is a record of its own, and there are too many of them"),
    (LogIns, "the session is the record; its owner sees and ends it"),
    (Drafts, "saved as one types and seen by nobody else until a version is made of it"),
    (Presence, "who has a page open now; nothing of it is kept"),
];

/// One route of the REST API.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    pub method: &'static str,
    /// As in the OpenAPI document, without `/api/v1`.
    pub path: &'static str,
    pub access: Access,
    pub audit: Audit,
    /// Holds `If-Match` against the revision of what is written: the template's, or, with one of their own, that of lint's
    /// rules, a sample set, a change request or a label's policy. Elsewhere there is nothing to hold it against.
    pub takes_if_match: bool,
}

impl Route {
    const fn if_match(self) -> Self {
        Self { takes_if_match: true, ..self }
    }
}

const fn route(method: &'static str, path: &'static str, access: Access, audit: Audit) -> Route {
    Route { method, path, access, audit, takes_if_match: false }
}

const READ: Access = Needs(&[ReadTemplates]);
const WRITE: Access = Needs(&[WriteTemplates]);
/// Such a write makes a version and moves `production` to it.
const PUBLISH: Access = Needs(&[WriteTemplates, MoveProduction]);
const ACTIVATE: Access = Needs(&[MoveProduction]);
const PROPOSE: Access = Needs(&[ProposeChanges]);
/// A suggestion becomes a version.
const APPLY: Access = Needs(&[WriteTemplates, ProposeChanges]);
const PUBLISH_CHANGE: Access = Needs(&[ProposeChanges, MoveLabels]);
/// And a role that the label's policy names.
const BYPASS: Access = Needs(&[ReviewChanges, MoveLabels]);
const POLICY: Access = Needs(&[ManagePolicy]);

/// Every route of the REST API.
pub const ROUTES: &[Route] = &[
    route("POST", "/auth/token", Public, Exempt(LogIns)),
    route("GET", "/admin/prompts", READ, Exempt(Reads)),
    route("POST", "/admin/prompts", WRITE, Writes("template.create")),
    // A change of contract or settings makes a version, and needs more: see `PUBLISH`.
    route("PUT", "/admin/prompts/{topic_id}", WRITE, Writes("template.update")).if_match(),
    route("GET", "/admin/prompts/{topic_id}/{prompt_type}", READ, Exempt(Reads)),
    route("POST", "/admin/prompts/{topic_id}/{prompt_type}", PUBLISH, Writes("version.create")).if_match(),
    route("PUT", "/admin/prompts/{topic_id}/{prompt_type}", PUBLISH, Writes("version.create")).if_match(),
    route("DELETE", "/admin/prompts/{topic_id}/{prompt_type}", PUBLISH, Writes("version.create")).if_match(),
    route("GET", "/prompts/{topic_id}", Needs(&[FetchPrompts]), Exempt(Reads)),
    route("POST", "/prompts/batch", Needs(&[FetchPrompts]), Exempt(Reads)),
    route("POST", "/prompts/render", Needs(&[RenderPrompts]), Exempt(Executions)),
    route("GET", "/executions", Needs(&[ReadExecutions]), Exempt(Reads)),
    route("GET", "/executions/{id}", Needs(&[ReadExecutions]), Exempt(Reads)),
    route("POST", "/executions/{id}/result", Needs(&[WriteExecutions]), Exempt(Executions)),
    route("GET", "/admin/prompts/templates", READ, Exempt(Reads)),
    route("POST", "/admin/prompts/templates", WRITE, Writes("template.create")),
    // One event for each template that it changes.
    route("POST", "/admin/prompts/templates/bulk", WRITE, Writes("template.update")),
    route("GET", "/admin/prompts/search", READ, Exempt(Reads)),
    route("GET", "/admin/prompts/templates/{id}", READ, Exempt(Reads)),
    route("PUT", "/admin/prompts/templates/{id}", WRITE, Writes("template.update")).if_match(),
    route("POST", "/admin/prompts/templates/{id}/activate", ACTIVATE, Writes("label.move")).if_match(),
    route("POST", "/admin/prompts/templates/{id}/deactivate", ACTIVATE, Writes("label.move")).if_match(),
    route("GET", "/admin/prompts/templates/{id}/versions", READ, Exempt(Reads)),
    route("GET", "/admin/prompts/templates/{id}/versions/{number}", READ, Exempt(Reads)),
    route("GET", "/admin/prompts/templates/{id}/timeline", READ, Exempt(Reads)),
    route("GET", "/admin/prompts/templates/{id}/effective", READ, Exempt(Reads)),
    route("GET", "/admin/prompts/templates/{id}/comparison", READ, Exempt(Reads)),
    route("GET", "/admin/prompts/templates/{id}/comparison/mail", READ, Exempt(Reads)),
    route("GET", "/admin/prompts/templates/{id}/dependencies", READ, Exempt(Reads)),
    route("GET", "/admin/prompts/templates/{id}/samples", READ, Exempt(Reads)),
    route("POST", "/admin/prompts/templates/{id}/samples", WRITE, Writes("sample.create")),
    route("GET", "/admin/prompts/templates/{id}/samples/{name}", READ, Exempt(Reads)),
    route("PUT", "/admin/prompts/templates/{id}/samples/{name}", WRITE, Writes("sample.update")).if_match(),
    route("DELETE", "/admin/prompts/templates/{id}/samples/{name}", WRITE, Writes("sample.delete")).if_match(),
    route("GET", "/prompts/templates", READ, Exempt(Reads)),
    route("POST", "/prompts/templates", WRITE, Writes("template.create")),
    route("PUT", "/prompts/templates/{id}", WRITE, Writes("template.update")).if_match(),
    route("GET", "/prompts/templates/{id}/versions", READ, Exempt(Reads)),
    route("GET", "/admin/export", READ, Exempt(Reads)),
    // Each template that it changes leaves the events of a save: `template.update` and `version.create` too.
    route("POST", "/admin/import", WRITE, Writes("template.create")),
    route("GET", "/admin/labels", READ, Exempt(Reads)),
    // `production` needs `MoveProduction` instead.
    route("PUT", "/admin/labels", Needs(&[MoveLabels]), Writes("label.move")).if_match(),
    route("DELETE", "/admin/labels", Needs(&[MoveLabels]), Writes("label.move")).if_match(),
    route("GET", "/admin/changes", READ, Exempt(Reads)),
    route("POST", "/admin/changes", PROPOSE, Writes("change.open")),
    route("GET", "/admin/changes/{number}", READ, Exempt(Reads)),
    route("PATCH", "/admin/changes/{number}", PROPOSE, Writes("change.revise")).if_match(),
    // An approval and a request for changes need `ReviewChanges`, and that a person gives them.
    route("POST", "/admin/changes/{number}/reviews", PROPOSE, Writes("change.review")),
    route("POST", "/admin/changes/{number}/comments", PROPOSE, Writes("change.comment")),
    route("POST", "/admin/changes/{number}/comments/{thread}/replies", PROPOSE, Writes("change.comment")),
    route("PUT", "/admin/changes/{number}/comments/{thread}", PROPOSE, Writes("change.resolve")),
    route("POST", "/admin/changes/{number}/apply", APPLY, Writes("change.revise")).if_match(),
    // Who publishes must be allowed to move each label of it, and to change policies where it changes one.
    route("POST", "/admin/changes/{number}/publish", PUBLISH_CHANGE, Writes("change.publish")).if_match(),
    route("POST", "/admin/changes/{number}/bypass", BYPASS, Writes("change.bypass")).if_match(),
    route("PUT", "/admin/changes/{number}/schedule", PUBLISH_CHANGE, Writes("change.schedule")).if_match(),
    route("DELETE", "/admin/changes/{number}/schedule", PUBLISH_CHANGE, Writes("change.unschedule")).if_match(),
    // Its authors, too, whatever their role has become.
    route(
        "POST",
        "/admin/changes/{number}/withdraw",
        Needs(&[ProposeChanges, ReviewChanges]),
        Writes("change.withdraw"),
    )
    .if_match(),
    route("GET", "/admin/policies", READ, Exempt(Reads)),
    route("GET", "/admin/policies/{label}", READ, Exempt(Reads)),
    route("PUT", "/admin/policies/{label}", POLICY, Writes("policy.update")).if_match(),
    // To protect a label no more is a change that is approved.
    route("DELETE", "/admin/policies/{label}", POLICY, Writes("change.open")).if_match(),
    route("GET", "/admin/lint", READ, Exempt(Reads)),
    route("PUT", "/admin/lint", POLICY, Writes("lint.update")).if_match(),
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

/// What the pages listen to, behind the session's cookie; the paths are whole.
pub const STREAMS: &[Route] = &[route("GET", "/p/{project}/templates/{key}/presence", READ, Exempt(Presence))];

/// The forms that are plain posts; the paths are whole.
pub const FORMS: &[Route] = &[
    route("POST", "/login", Public, Exempt(LogIns)),
    route("POST", "/logout", Public, Exempt(LogIns)),
    route("POST", "/setup", Public, Writes("user.create")),
    route("POST", "/p/{project}/settings/files/upload", WRITE, Exempt(Drafts)),
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

const AUDIT: Access = Needs(&[ReadAudit]);
const EXECUTIONS: Access = Needs(&[ReadExecutions]);
const KEYS: Access = Needs(&[ManageKeys]);
const LABELS: Access = Needs(&[MoveLabels]);
const MEMBER: Access = Needs(&[]);
const USERS: Access = Needs(&[ManageUsers]);

/// Every server function of the pages.
pub const FUNCTIONS: &[Function] = &[
    function("add_person", USERS, Writes("user.create")),
    // One event for each template that it changes; to archive what labels serve takes the right to move them.
    function("bulk_templates", WRITE, Writes("template.update")),
    function("apply_suggestion", APPLY, Writes("change.revise")),
    function("apply_import", WRITE, Writes("template.create")),
    // And a role that the label's policy names.
    function("bypass_change", BYPASS, Writes("change.bypass")),
    function("change_member", USERS, Writes("user.update")),
    function("change_password", OwnSessions, Writes("user.password")),
    function("comment_change", PROPOSE, Writes("change.comment")),
    function("count_tokens", READ, Exempt(Reads)),
    function("create_key", KEYS, Writes("key.create")),
    function("create_sample", WRITE, Writes("sample.create")),
    function("delete_sample", WRITE, Writes("sample.delete")),
    function("discard_draft", WRITE, Exempt(Drafts)),
    function("discard_import", WRITE, Exempt(Drafts)),
    function("end_session", OwnSessions, Writes("session.revoke")),
    function("find_templates", READ, Exempt(Reads)),
    function("import_schema", READ, Exempt(Reads)),
    function("keep_new_form", MEMBER, Exempt(Drafts)),
    function("lint_form", READ, Exempt(Reads)),
    function("load_audit", AUDIT, Exempt(Reads)),
    function("load_change", READ, Exempt(Reads)),
    function("load_change_text", READ, Exempt(Reads)),
    function("load_changes", READ, Exempt(Reads)),
    function("load_chain", AUDIT, Exempt(Reads)),
    function("load_closure", READ, Exempt(Reads)),
    function("load_comparison", READ, Exempt(Reads)),
    function("load_content", READ, Exempt(Reads)),
    function("load_dependencies", READ, Exempt(Reads)),
    function("load_effective", READ, Exempt(Reads)),
    function("load_execution", EXECUTIONS, Exempt(Reads)),
    function("load_executions", EXECUTIONS, Exempt(Reads)),
    function("load_facets", READ, Exempt(Reads)),
    function("load_import", READ, Exempt(Reads)),
    function("load_key_list", KEYS, Exempt(Reads)),
    function("load_keys", KEYS, Exempt(Reads)),
    function("load_lint", READ, Exempt(Reads)),
    function("load_lint_off", READ, Exempt(Reads)),
    function("load_lines", READ, Exempt(Reads)),
    function("load_me", READ, Exempt(Reads)),
    function("load_members", USERS, Exempt(Reads)),
    function("load_merge", WRITE, Exempt(Reads)),
    function("load_new_form", OwnForm, Exempt(Reads)),
    function("load_offers", READ, Exempt(Reads)),
    function("load_policies", READ, Exempt(Reads)),
    function("load_recent", EXECUTIONS, Exempt(Reads)),
    function("load_report", READ, Exempt(Reads)),
    function("load_samples", READ, Exempt(Reads)),
    function("load_sessions", OwnSessions, Exempt(Reads)),
    function("load_setup", Public, Exempt(Reads)),
    function("load_snippets", READ, Exempt(Reads)),
    function("load_template", READ, Exempt(Reads)),
    function("load_templates", READ, Exempt(Reads)),
    function("load_timeline", READ, Exempt(Reads)),
    function("load_versions", READ, Exempt(Reads)),
    function("load_warnings", READ, Exempt(Reads)),
    // `production` needs `MoveProduction` instead.
    function("move_label", LABELS, Writes("label.move")),
    function("open_editor", READ, Exempt(Reads)),
    function("preview_form", READ, Exempt(Reads)),
    function("preview_merge", WRITE, Exempt(Reads)),
    function("propose_change", PROPOSE, Writes("change.open")),
    function("publish_change", PUBLISH_CHANGE, Writes("change.publish")),
    function("refresh_change", PROPOSE, Writes("change.revise")),
    function("remove_label", LABELS, Writes("label.move")),
    // To protect a label no more is a change that is approved.
    function("remove_policy", POLICY, Writes("change.open")),
    // An approval and a request for changes need `ReviewChanges`.
    function("reply_change", PROPOSE, Writes("change.comment")),
    function("resolve_thread", PROPOSE, Writes("change.resolve")),
    function("review_change", PROPOSE, Writes("change.review")),
    function("revoke_key", KEYS, Writes("key.revoke")),
    function("save_draft", WRITE, Exempt(Drafts)),
    function("save_editor", WRITE, Writes("version.create")),
    function("save_fields", WRITE, Writes("template.update")),
    function("save_lint", POLICY, Writes("lint.update")),
    function("save_merge", WRITE, Writes("version.create")),
    // `MoveProduction` too, when `production` serves it.
    function("save_policy", POLICY, Writes("policy.update")),
    function("schedule_change", PUBLISH_CHANGE, Writes("change.schedule")),
    function("set_archived", WRITE, Writes("template.update")),
    function("suggest_templates", READ, Exempt(Reads)),
    function("start_merge", WRITE, Exempt(Drafts)),
    function("take_merge", WRITE, Exempt(Drafts)),
    function("unschedule_change", PUBLISH_CHANGE, Writes("change.unschedule")),
    function("update_sample", WRITE, Writes("sample.update")),
    function("use_sample", READ, Exempt(Reads)),
    function("withdraw_change", Needs(&[ProposeChanges, ReviewChanges]), Writes("change.withdraw")),
];
