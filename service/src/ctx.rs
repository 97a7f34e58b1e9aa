//! What every use case is given: the services and who asks.

use std::sync::Arc;

use domain::Timestamp;
use domain::ids::{ApiKeyId, ProjectId, SessionId, UserId};
use domain::permission::{self, Permission, Role};
use uuid::Uuid;

use crate::api_keys::KeyRecord;
use crate::clock::{Clock, Ids, Random};
use crate::crypto::{Passwords, Secrets};
use crate::db::Db;
use crate::error::Result;
use crate::files::{Turns, Uploads};
use crate::presence::Presence;
use crate::recorder::Recorder;
use crate::serving::Serving;
use crate::throttle::Throttle;

/// What the process has one of.
pub struct Services {
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub secrets: Secrets,
    pub passwords: Passwords,
    pub serving: Serving,
    pub recorder: Recorder,
    pub throttle: Throttle,
    pub uploads: Uploads,
    pub turns: Turns,
    pub presence: Presence,
    ids: Ids,
}

impl Services {
    /// Puts the services together and starts the recorder's task.
    pub fn start(
        db: Db,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        secrets: Secrets,
        node: &str,
    ) -> Result<Arc<Self>> {
        let passwords = Passwords::new(random.as_ref())?;
        let presence = Presence::new(node, random.as_ref());
        let recorder = Recorder::start(db.clone(), clock.clone(), node);
        Ok(Arc::new(Self {
            db,
            clock,
            random,
            secrets,
            passwords,
            serving: Serving::default(),
            recorder,
            throttle: Throttle::default(),
            uploads: Uploads::default(),
            turns: Turns::default(),
            presence,
            ids: Ids::default(),
        }))
    }
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
    pub fn new_id(&self) -> Uuid {
        self.ids.next(self.clock.as_ref(), self.random.as_ref())
    }
    /// A context for the command line and for jobs.
    pub fn system(self: &Arc<Self>, project: ProjectId, name: &'static str) -> Ctx {
        let request_id = self.new_id().to_string();
        Ctx { services: self.clone(), project, actor: Actor::System(name), request_id }
    }
}

/// Who acts.
#[derive(Clone)]
pub enum Actor {
    User {
        id: UserId,
        email: String,
        name: String,
        role: Role,
        session: SessionId,
    },
    Key(Arc<KeyRecord>),
    /// The command line or a job: may do everything.
    System(&'static str),
}

/// One request: who asks, in which project, under which id.
#[derive(Clone)]
pub struct Ctx {
    pub services: Arc<Services>,
    pub project: ProjectId,
    pub actor: Actor,
    pub request_id: String,
}

impl Ctx {
    /// Stops who may not do this. The first line of every service function.
    pub fn authorise(&self, wanted: Permission) -> Result<(), domain::Error> {
        let allowed = match &self.actor {
            Actor::User { role, .. } => permission::allows(*role, wanted),
            Actor::Key(key) => key.scopes.iter().any(|s| s.permissions().contains(&wanted)),
            Actor::System(_) => true,
        };
        if allowed { Ok(()) } else { Err(domain::Error::forbidden(self.refusal(wanted))) }
    }

    fn refusal(&self, wanted: Permission) -> String {
        let wanted = format!("{wanted:?}").chars().fold(String::new(), |mut text, c| {
            if c.is_uppercase() && !text.is_empty() {
                text.push(' ');
            }
            text.extend(c.to_lowercase());
            text
        });
        match &self.actor {
            Actor::User { role, .. } => format!("the role {} does not allow to {wanted} in this project", role.name()),
            _ => format!("none of this key's scopes allows to {wanted}"),
        }
    }

    pub fn db(&self) -> &Db {
        &self.services.db
    }
    pub fn now(&self) -> Timestamp {
        self.services.now()
    }
    pub fn new_id(&self) -> Uuid {
        self.services.new_id()
    }
    /// The actor as audit and history write it: `user:ada@example.com`, `key:ppy_production_4f0c…`, `system:cli`.
    pub fn actor_text(&self) -> String {
        match &self.actor {
            Actor::User { email, .. } => format!("user:{email}"),
            Actor::Key(key) => format!("key:{}", key.prefix()),
            Actor::System(name) => format!("system:{name}"),
        }
    }
    /// The actor as people are shown it: an address, a key's name or `Promptory`.
    pub fn actor_name(&self) -> String {
        match &self.actor {
            Actor::User { email, .. } => email.clone(),
            Actor::Key(key) => key.name.clone(),
            Actor::System(_) => "Promptory".to_owned(),
        }
    }
    pub fn user_id(&self) -> Option<UserId> {
        if let Actor::User { id, .. } = &self.actor { Some(*id) } else { None }
    }
    /// The person behind what is done: of a key the one who made it.
    pub fn person(&self) -> Option<UserId> {
        match &self.actor {
            Actor::User { id, .. } => Some(*id),
            Actor::Key(key) => key.owner,
            Actor::System(_) => None,
        }
    }
    /// What the person is in the project; none of a key.
    pub fn role(&self) -> Option<Role> {
        if let Actor::User { role, .. } = &self.actor { Some(*role) } else { None }
    }
    pub fn api_key_id(&self) -> Option<ApiKeyId> {
        if let Actor::Key(key) = &self.actor { Some(key.id) } else { None }
    }
    /// The one environment whose executions an API key sees; a person sees them all.
    pub fn own_environment(&self) -> Option<&str> {
        if let Actor::Key(key) = &self.actor { Some(&key.environment) } else { None }
    }
    /// The environment whose label is served when none is named.
    pub fn environment(&self) -> &str {
        match &self.actor {
            Actor::Key(key) => &key.environment,
            _ => domain::label::PRODUCTION,
        }
    }
}
