//! Event rules: when which actions run.

use super::{EventAction, is_default};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct EventRule {
    pub id: i64,
    pub name: String,
    /// 0 off, 1 on.
    pub status: i32,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Milliseconds since the epoch.
    pub created_at: i64,
    pub updated_at: i64,
    /// 1 filesystem event, 2 provider event, 3 schedule, 4 IP blocked, 5 certificate renewal, 6 on demand,
    /// 7 identity provider login.
    pub trigger: i32,
    pub conditions: EventConditions,
    /// In the order they run. On the way in only the name, the order and the options count.
    pub actions: Vec<RuleAction>,
}

impl EventRule {
    pub const FS_EVENT: i32 = 1;
    pub const PROVIDER_EVENT: i32 = 2;
    pub const SCHEDULE: i32 = 3;
    pub const IP_BLOCKED: i32 = 4;
    pub const CERTIFICATE: i32 = 5;
    pub const ON_DEMAND: i32 = 6;
    pub const IDP_LOGIN: i32 = 7;

    /// What a REST answer shows: no means to decrypt a secret.
    #[must_use]
    pub fn redacted(mut self) -> Self {
        for action in &mut self.actions {
            action.action.options.http_config.password.redact();
        }
        self
    }
}

/// An action as one rule runs it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = EventAction)]
pub struct RuleAction {
    #[serde(flatten)]
    pub action: EventAction,
    pub order: i32,
    pub relation_options: RelationOptions,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = EventActionOptions)]
pub struct RelationOptions {
    /// Runs only when another one failed.
    pub is_failure_action: bool,
    /// Those after it do not run when it fails.
    pub stop_on_failure: bool,
    /// The event waits for it.
    pub execute_sync: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct EventConditions {
    #[serde(skip_serializing_if = "is_default")]
    pub fs_events: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub provider_events: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub schedules: Vec<Schedule>,
    /// 0 any, 1 user, 2 admin.
    #[serde(skip_serializing_if = "is_default")]
    pub idp_login_event: i32,
    pub options: ConditionOptions,
}

/// Fields as in cron.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Schedule {
    pub hour: String,
    pub day_of_week: String,
    pub day_of_month: String,
    pub month: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct ConditionOptions {
    #[serde(skip_serializing_if = "is_default")]
    pub names: Vec<ConditionPattern>,
    #[serde(skip_serializing_if = "is_default")]
    pub group_names: Vec<ConditionPattern>,
    #[serde(skip_serializing_if = "is_default")]
    pub role_names: Vec<ConditionPattern>,
    #[serde(skip_serializing_if = "is_default")]
    pub fs_paths: Vec<ConditionPattern>,
    #[serde(skip_serializing_if = "is_default")]
    pub protocols: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub provider_objects: Vec<String>,
    /// Bytes.
    #[serde(skip_serializing_if = "is_default")]
    pub min_size: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub max_size: i64,
    /// 1 ok, 2 failed, 3 quota exceeded.
    #[serde(skip_serializing_if = "is_default")]
    pub event_statuses: Vec<i32>,
    #[serde(skip_serializing_if = "is_default")]
    pub concurrent_execution: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct ConditionPattern {
    pub pattern: String,
    #[serde(skip_serializing_if = "is_default")]
    pub inverse_match: bool,
}
