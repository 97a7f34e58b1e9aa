//! The demo's people and weeks of work, lived through in fast motion by the real service functions.

mod reviews;
mod traffic;

use std::sync::Arc;

use domain::api_key::{NewApiKey, Scope};
use domain::ids::ProjectId;
use domain::label::{LabelMove, PRODUCTION};
use domain::permission::Role;
use domain::project;
use domain::time::{DAY, HOUR};
use domain::user::NewUser;

use crate::access::Login;
use crate::clock::{Clock, SeededRandom, ShiftedClock};
use crate::crypto::random_text;
use crate::ctx::{Ctx, Services};
use crate::error::{Error, Result};
use crate::{access, api_keys, first_data, labels, projects, users, versions};

/// Days that the demo has lived through.
pub const DAYS: i64 = 28;
/// Where the demo's random choices start.
const SEED: u64 = 2_026;

/// A person of the demo and their password, which is drawn anew at each start.
pub struct Person {
    pub email: String,
    pub password: String,
    pub role: Role,
}

const PEOPLE: [(&str, &str, Role); 5] = [
    ("ada@example.com", "Ada Okafor", Role::SuperAdmin),
    ("carlos@example.com", "Carlos Lindqvist", Role::ContentManager),
    ("priya@example.com", "Priya Raman", Role::PromptEngineer),
    ("yuki@example.com", "Yuki Tanaka", Role::Analyst),
    ("noor@example.com", "Noor Haddad", Role::Viewer),
];

/// A later revision on its way to production: days after the start on which it is saved, staged and published.
struct Release {
    key: &'static str,
    version: i64,
    saved: i64,
    staged: Option<i64>,
    published: Option<i64>,
}

const RELEASES: [Release; 8] = [
    Release { key: "core_values", version: 2, saved: 4, staged: Some(5), published: Some(7) },
    Release { key: "nlu_topic_extraction", version: 2, saved: 6, staged: Some(6), published: Some(9) },
    Release { key: "revenue_salesforce", version: 2, saved: 10, staged: Some(11), published: Some(12) },
    Release { key: "educational_script_generation", version: 2, saved: 13, staged: Some(14), published: Some(16) },
    Release { key: "core_values", version: 3, saved: 18, staged: Some(20), published: Some(21) },
    Release { key: "nlu_topic_extraction", version: 3, saved: 22, staged: Some(23), published: None },
    Release { key: "revenue_salesforce", version: 3, saved: 25, staged: Some(26), published: Some(27) },
    Release { key: "educational_script_generation", version: 3, saved: 26, staged: None, published: None },
];

/// Fills a fresh installation and brings its clock back to the present.
pub async fn fill(services: &Arc<Services>, clock: &ShiftedClock) -> Result<Vec<Person>> {
    let id = projects::find_id(services, project::DEFAULT).await?;
    let id = id.ok_or_else(|| Error::internal("the project `default` is missing"))?;
    let (start, random) = (clock.now().plus(-DAYS * DAY), SeededRandom::new(SEED));
    clock.set(start.plus(-2 * HOUR));
    first_data::load(&services.system(id, "first-data")).await?;
    let people = add_people(services, id).await?;
    let (manager, engineer) = (log_in(services, 1).await?, log_in(services, 2).await?);
    let keys = add_keys(services, id).await?;
    for day in 0..DAYS {
        clock.set(start.plus(day * DAY));
        release(&manager, &engineer, day).await?;
        traffic::day(services, clock, start.plus(day * DAY), &keys, &random).await?;
    }
    services.recorder.flush().await?;
    clock.release();
    Ok(people)
}

async fn add_people(services: &Arc<Services>, project: ProjectId) -> Result<Vec<Person>> {
    let (ctx, mut people) = (services.system(project, "demo"), Vec::new());
    for (email, name, role) in PEOPLE {
        let password = random_text(18, services.random.as_ref());
        let new = NewUser { email: email.into(), name: name.into(), role, password: password.clone() };
        users::create(&ctx, new).await?;
        people.push(Person { email: email.into(), password, role });
    }
    Ok(people)
}

/// The context of a person, so that history names them.
async fn log_in(services: &Arc<Services>, person: usize) -> Result<Ctx> {
    let user = users::find_by_email(services, PEOPLE[person].0).await?;
    let user = user.ok_or_else(|| Error::internal("the person just made is gone"))?;
    let login = Login { user, session: domain::ids::SessionId(services.new_id()) };
    access::for_login(services, login, project::DEFAULT, services.new_id().to_string()).await
}

async fn add_keys(services: &Arc<Services>, project: ProjectId) -> Result<Vec<String>> {
    let (ctx, mut secrets) = (services.system(project, "demo"), Vec::new());
    for (name, environment) in
        [("Coaching agent", "production"), ("Classroom agent", "production"), ("Staging checks", "staging")]
    {
        let scopes = vec![Scope::PromptsRead, Scope::PromptsRender, Scope::ExecutionsRead];
        let new = NewApiKey { name: name.into(), environment: environment.into(), scopes, expires_at: None };
        secrets.push(api_keys::create(&ctx, new).await?.secret);
    }
    Ok(secrets)
}

async fn release(manager: &Ctx, engineer: &Ctx, day: i64) -> Result<()> {
    let revisions = first_data::revisions()?;
    for release in &RELEASES {
        let revision = revisions.get(release.key).and_then(|list| list.get(release.version as usize - 2));
        let Some(revision) = revision else { return Err(Error::internal("a release without its revision")) };
        if release.saved == day {
            versions::create(engineer, release.key, revision.clone(), None).await?;
            move_label(engineer, release, "development", "Try it out").await?;
        }
        if release.staged == Some(day) {
            move_label(engineer, release, "staging", "Passed a read-through").await?;
        }
        match release.published {
            Some(published) if published != day => {}
            Some(_) if day < reviews::PROTECTED => {
                move_label(manager, release, PRODUCTION, "Staging looked good").await?;
            }
            Some(_) => reviews::publish(manager, engineer, release).await?,
            None => reviews::waiting(manager, engineer, release, day).await?,
        }
    }
    if day == reviews::PROTECTED {
        reviews::protect(manager).await?;
    }
    Ok(())
}

async fn move_label(ctx: &Ctx, release: &Release, label: &str, reason: &str) -> Result<()> {
    let to = LabelMove { label: label.into(), version: release.version, reason: reason.into() };
    labels::move_to(ctx, release.key, to, None).await.map(drop)
}
