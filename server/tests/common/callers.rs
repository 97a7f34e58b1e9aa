//! Everybody who may knock, and the audit events that they leave.

use std::collections::BTreeMap;

use anyhow::Result;
use domain::api_key::Scope;
use domain::ids::UserId;
use domain::permission::{Permission, Role, allows};
use domain::project::DEFAULT;
use server::api::permissions::Access;

use super::{By, Server};

/// Somebody who may call a route.
pub struct Caller {
    pub name: String,
    pub by: By,
    pub user: Option<UserId>,
    pub permissions: Vec<Permission>,
}

impl Caller {
    pub fn may(&self, access: Access) -> bool {
        match access {
            Access::Public => true,
            Access::OwnSessions | Access::OwnForm => self.user.is_some(),
            Access::Needs(all) => all.iter().all(|p| self.permissions.contains(p)),
        }
    }
    /// The status of a refusal.
    pub fn refusal(&self) -> u16 {
        if matches!(self.by, By::Nobody) { 401 } else { 403 }
    }
}

/// Each role, a key with each single scope, and nobody.
pub async fn callers(server: &Server) -> Result<Vec<Caller>> {
    let mut callers = vec![Caller { name: "nobody".into(), by: By::Nobody, user: None, permissions: Vec::new() }];
    for role in Role::ALL {
        let (user, by) = server.person(DEFAULT, &format!("{}@example.com", role.name()), role).await?;
        let permissions = Permission::ALL.into_iter().filter(|p| allows(role, *p)).collect();
        callers.push(Caller { name: role.name().into(), by, user: Some(user), permissions });
    }
    for scope in Scope::ALL {
        let (_, by) = server.key(DEFAULT, &[scope]).await?;
        let permissions = scope.permissions().to_vec();
        callers.push(Caller { name: format!("key with {}", scope.name()), by, user: None, permissions });
    }
    Ok(callers)
}

/// Audit events by action.
pub async fn events(server: &Server) -> Result<BTreeMap<String, i64>> {
    let rows: Vec<(String, i64)> =
        server.services.db.all("select action, count(*) from audit_event group by action", ()).await?;
    Ok(rows.into_iter().collect())
}
