//! Who may do what: the one table.

use serde::{Deserialize, Serialize};

use crate::label::PRODUCTION;

/// What a person may be in a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Role {
    Viewer,
    Analyst,
    PromptEngineer,
    ContentManager,
    SuperAdmin,
}

impl Role {
    pub const ALL: [Role; 5] =
        [Role::SuperAdmin, Role::ContentManager, Role::PromptEngineer, Role::Analyst, Role::Viewer];

    pub fn name(self) -> &'static str {
        match self {
            Role::SuperAdmin => "super_admin",
            Role::ContentManager => "content_manager",
            Role::PromptEngineer => "prompt_engineer",
            Role::Analyst => "analyst",
            Role::Viewer => "viewer",
        }
    }
    /// For people: `Prompt engineer`.
    pub fn title(self) -> &'static str {
        match self {
            Role::SuperAdmin => "Super admin",
            Role::ContentManager => "Content manager",
            Role::PromptEngineer => "Prompt engineer",
            Role::Analyst => "Analyst",
            Role::Viewer => "Viewer",
        }
    }
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|r| r.name() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|r| r.name()).collect();
            format!("`{text}` is not a role; use one of {}", names.join(", "))
        })
    }
}

/// One thing that may be allowed. A service function asks for exactly one in its first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See templates, versions, labels and their history.
    ReadTemplates,
    /// Create, change and archive templates; save drafts and versions.
    WriteTemplates,
    /// Open change requests, revise and discuss them.
    ProposeChanges,
    /// Approve change requests and ask for something else; whose approval counts, the label's policy says.
    ReviewChanges,
    /// Move any label but `production`.
    MoveLabels,
    /// Move `production`.
    MoveProduction,
    /// Fetch what a label serves.
    FetchPrompts,
    /// Render with variables; every render is recorded.
    RenderPrompts,
    /// See executions with their variables and texts.
    ReadExecutions,
    /// Report the outcome of an execution.
    WriteExecutions,
    /// See aggregated figures.
    ReadAnalytics,
    /// Change what the project asks of its prompts: the policies of labels, and which rules of lint are on.
    ManagePolicy,
    /// Create and revoke API keys.
    ManageKeys,
    /// Add people to the project, change roles, end sessions.
    ManageUsers,
    /// Create projects.
    ManageProjects,
    /// See the audit log.
    ReadAudit,
}

use Permission as P;

impl Permission {
    pub const ALL: [Permission; 16] = [
        P::ReadTemplates,
        P::WriteTemplates,
        P::ProposeChanges,
        P::ReviewChanges,
        P::MoveLabels,
        P::MoveProduction,
        P::FetchPrompts,
        P::RenderPrompts,
        P::ReadExecutions,
        P::WriteExecutions,
        P::ReadAnalytics,
        P::ManagePolicy,
        P::ManageKeys,
        P::ManageUsers,
        P::ManageProjects,
        P::ReadAudit,
    ];

    /// What moving a label asks for.
    pub fn to_move(label: &str) -> Self {
        if label == PRODUCTION { Self::MoveProduction } else { Self::MoveLabels }
    }
}

/// The table: the permissions of each role.
pub fn permissions(role: Role) -> &'static [Permission] {
    match role {
        Role::Viewer => &[P::ReadTemplates, P::FetchPrompts],
        Role::Analyst => &[P::ReadTemplates, P::FetchPrompts, P::ReadExecutions, P::ReadAnalytics],
        Role::PromptEngineer => &[
            P::ReadTemplates,
            P::WriteTemplates,
            P::ProposeChanges,
            P::ReviewChanges,
            P::MoveLabels,
            P::FetchPrompts,
            P::RenderPrompts,
            P::ReadExecutions,
            P::WriteExecutions,
            P::ReadAnalytics,
        ],
        Role::ContentManager => &[
            P::ReadTemplates,
            P::WriteTemplates,
            P::ProposeChanges,
            P::ReviewChanges,
            P::MoveLabels,
            P::MoveProduction,
            P::FetchPrompts,
            P::RenderPrompts,
            P::ReadExecutions,
            P::WriteExecutions,
            P::ReadAnalytics,
            P::ManagePolicy,
            P::ReadAudit,
        ],
        Role::SuperAdmin => &Permission::ALL,
    }
}

pub fn allows(role: Role, permission: Permission) -> bool {
    permissions(role).contains(&permission)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_role_may_do_all_that_a_viewer_may() {
        for role in Role::ALL {
            assert!(permissions(Role::Viewer).iter().all(|p| allows(role, *p)), "{role:?}");
        }
    }

    /// Who may what, written a second time: a change of one cell is a change of two places.
    #[test]
    fn each_cell_of_the_table_is_meant() {
        #[rustfmt::skip]
        let rows = [
            (P::ReadTemplates,   [true, true,  true,  true,  true]),
            (P::WriteTemplates,  [true, true,  true,  false, false]),
            (P::ProposeChanges,  [true, true,  true,  false, false]),
            (P::ReviewChanges,   [true, true,  true,  false, false]),
            (P::MoveLabels,      [true, true,  true,  false, false]),
            (P::MoveProduction,  [true, true,  false, false, false]),
            (P::FetchPrompts,    [true, true,  true,  true,  true]),
            (P::RenderPrompts,   [true, true,  true,  false, false]),
            (P::ReadExecutions,  [true, true,  true,  true,  false]),
            (P::WriteExecutions, [true, true,  true,  false, false]),
            (P::ReadAnalytics,   [true, true,  true,  true,  false]),
            (P::ManagePolicy,    [true, true,  false, false, false]),
            (P::ManageKeys,      [true, false, false, false, false]),
            (P::ManageUsers,     [true, false, false, false, false]),
            (P::ManageProjects,  [true, false, false, false, false]),
            (P::ReadAudit,       [true, true,  false, false, false]),
        ];
        assert_eq!(rows.map(|(permission, _)| permission), Permission::ALL);
        for (permission, expected) in rows {
            assert_eq!(Role::ALL.map(|role| allows(role, permission)), expected, "{permission:?}");
        }
    }

    #[test]
    fn only_the_super_admin_manages_people_keys_and_projects() {
        for p in [P::ManageKeys, P::ManageUsers, P::ManageProjects] {
            assert_eq!(Role::ALL.iter().filter(|r| allows(**r, p)).count(), 1);
        }
    }

    #[test]
    fn names_are_read_back() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.name()), Ok(role));
        }
        assert!(Role::parse("root").is_err());
    }
}
