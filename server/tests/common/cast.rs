//! Who and what the tests need: people, keys, projects, templates, executions.

use anyhow::{Context, Result};
use domain::Timestamp;
use domain::api_key::{NewApiKey, Scope};
use domain::execution::{RenderRequest, Variables};
use domain::ids::{ApiKeyId, ProjectId, SessionId, UserId};
use domain::label::{LabelMove, PRODUCTION};
use domain::permission::Role;
use domain::project::{DEFAULT, NewProject};
use domain::template::{NewTemplate, TemplateFields};
use domain::version::{Message, MessageRole, Parameter, ParameterType};
use serde_json::json;
use service::access::{self, Login};
use service::{Ctx, api_keys, labels, projects, render, sessions, templates, users};

use super::answer::Answer;
use super::{By, PASSWORD, Server};

impl Server {
    /// The system's own context in a project.
    pub async fn system(&self, project: &str) -> Result<Ctx> {
        let id = projects::find_id(&self.services, project).await?.with_context(|| format!("no project {project}"))?;
        Ok(self.services.system(id, "test"))
    }

    pub async fn project(&self, key: &str) -> Result<ProjectId> {
        let new = NewProject { key: key.to_owned(), name: key.to_owned() };
        Ok(projects::create(&self.system(DEFAULT).await?, new).await?.id)
    }

    /// A person of a project with a token of theirs. Hashing a password is slow, so they all share one.
    pub async fn person(&self, project: &str, email: &str, role: Role) -> Result<(UserId, By)> {
        let ctx = self.system(project).await?;
        let user = match users::find_by_email(&self.services, email).await? {
            Some(user) => user,
            None => self.account(email).await?,
        };
        self.services
            .db
            .exec(
                "insert into membership (project_id, user_id, role, created_at) values ($1, $2, $3, $4)",
                (ctx.project.0, user.0, role.name(), self.services.now().0),
            )
            .await?;
        Ok((user, self.token(project, user).await?))
    }

    /// A person of `default`, logged in with a cookie.
    pub async fn log_in(&self, name: &str, role: Role) -> Result<(UserId, By)> {
        let email = format!("{name}@example.com");
        let (user, _) = self.person(DEFAULT, &email, role).await?;
        let form = [("email", email.as_str()), ("password", PASSWORD), ("next", "/")];
        let request = self.request("POST", "/login", &By::Nobody)?.header("sec-fetch-site", "same-origin").form(&form);
        Ok((user, By::Cookie(Answer::of(request).await?.expect(303)?.cookie()?)))
    }

    /// A person's context in `default`.
    pub async fn context(&self, user: UserId) -> Result<Ctx> {
        let login = Login { user, session: SessionId(self.services.new_id()) };
        Ok(access::for_login(&self.services, login, DEFAULT, String::new()).await?)
    }

    async fn account(&self, email: &str) -> Result<UserId> {
        static HASH: tokio::sync::OnceCell<String> = tokio::sync::OnceCell::const_new();
        let hash = HASH.get_or_try_init(|| self.services.passwords.hash(PASSWORD, [7; 16])).await?;
        let id = self.services.new_id();
        let name = email.split('@').next().unwrap_or_default();
        let sql = "insert into \"user\" (id, email, name, password_hash, created_at) values ($1, $2, $3, $4, $5)";
        self.services.db.exec(sql, (id, email, name, hash, self.services.now().0)).await?;
        Ok(UserId(id))
    }

    pub async fn token(&self, project: &str, user: UserId) -> Result<By> {
        let (token, _) = sessions::issue_token(&self.services, user, "test").await?;
        Ok(By::Token(token, project.to_owned()))
    }

    /// A super admin of the project `default`.
    pub async fn admin(&self) -> Result<By> {
        Ok(self.person(DEFAULT, "admin@example.com", Role::SuperAdmin).await?.1)
    }

    /// An API key for production.
    pub async fn key(&self, project: &str, scopes: &[Scope]) -> Result<(ApiKeyId, By)> {
        self.key_until(project, scopes, None).await
    }

    pub async fn key_until(&self, project: &str, scopes: &[Scope], end: Option<Timestamp>) -> Result<(ApiKeyId, By)> {
        let new =
            NewApiKey { name: "test".into(), environment: PRODUCTION.into(), scopes: scopes.to_vec(), expires_at: end };
        let made = api_keys::create(&self.system(project).await?, new).await?;
        Ok((made.key.id, By::Key(made.secret)))
    }

    /// A template with one parameter and two messages, which `staging` and `production` serve.
    pub async fn template(&self, project: &str, key: &str) -> Result<()> {
        let ctx = self.system(project).await?;
        let text = |role, content: &str| Message { role, content: content.into() };
        let new = NewTemplate {
            key: key.to_owned(),
            fields: TemplateFields {
                display_name: format!("Template {key}"),
                kind: "single_shot".into(),
                ..TemplateFields::default()
            },
            messages: vec![
                text(MessageRole::System, "You are an expert coach."),
                text(MessageRole::User, "Help {{ user_name }} discover values."),
            ],
            parameters: vec![Parameter {
                name: "user_name".into(),
                kind: ParameterType::String,
                required: true,
                ..Parameter::default()
            }],
            ..NewTemplate::default()
        };
        templates::create(&ctx, new).await?;
        for label in ["staging", PRODUCTION] {
            let to = LabelMove { label: label.into(), version: 1, reason: String::new() };
            labels::move_to(&ctx, key, to, None).await?;
        }
        Ok(())
    }

    /// An execution of such a template; its id.
    pub async fn execution(&self, project: &str, key: &str) -> Result<String> {
        let variables: Variables = serde_json::from_value(json!({ "user_name": "Ada" }))?;
        let request: RenderRequest = serde_json::from_value(json!({ "template_name": key, "variables": variables }))?;
        Ok(render::render(&self.system(project).await?, request).await?.execution_id.to_string())
    }
}
