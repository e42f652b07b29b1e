//! `common.defender` and `common.rate_limiters`: what holds back hosts that misbehave.

use serde::{Deserialize, Serialize};

/// `common.defender`: bans hosts by score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Defender {
    /// `enabled`. Default false.
    pub enabled: bool,
    /// `driver`: `memory`, or `provider` to share scores through the database. Default `memory`.
    pub driver: String,
    /// `ban_time`: minutes. Default 30.
    pub ban_time: u32,
    /// `ban_time_increment`: per cent of `ban_time` added when a banned host connects again. Default 50.
    pub ban_time_increment: u32,
    /// `threshold`: score from which a host is banned. Default 15.
    pub threshold: i32,
    /// `score_invalid`: points for a login of an unknown user. Default 2.
    pub score_invalid: i32,
    /// `score_valid`: points for a failed login of an existing user. Default 1.
    pub score_valid: i32,
    /// `score_limit_exceeded`: points for exceeding a rate or connection limit. Default 3.
    pub score_limit_exceeded: i32,
    /// `score_no_auth`: points for leaving without an attempt to log in. Default 0.
    pub score_no_auth: i32,
    /// `observation_time`: minutes over which points add up. Default 30.
    pub observation_time: u32,
    /// `entries_soft_limit`: hosts kept after a clean-up. Default 100.
    pub entries_soft_limit: u32,
    /// `entries_hard_limit`: hosts from which a clean-up starts. Default 150.
    pub entries_hard_limit: u32,
    pub login_delay: LoginDelay,
}

/// `common.defender.login_delay`: pauses around a login, in milliseconds; 0 = none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LoginDelay {
    /// `success`: before a login is granted. Default 0.
    pub success: u32,
    /// `password_failed`: before a wrong password is reported. Default 1000.
    pub password_failed: u32,
}

/// An entry of `common.rate_limiters`: a token bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RateLimiter {
    /// `average`: requests per `period`. 0 = off. Default 0.
    pub average: u64,
    /// `period`: milliseconds. Default 1000.
    pub period: u64,
    /// `burst`: requests let through at once. Default 1.
    pub burst: u32,
    /// `type`: 1 one bucket for all hosts, 2 one per host. Default 2.
    #[serde(rename = "type")]
    pub kind: u8,
    /// `protocols`: any of `SSH`, `FTP`, `DAV`, `HTTP`. Default all.
    pub protocols: Vec<String>,
    /// `generate_defender_events`: a refusal scores with the defender. Default false.
    pub generate_defender_events: bool,
    /// `entries_soft_limit`: per-host buckets kept after a clean-up. Default 100.
    pub entries_soft_limit: u32,
    /// `entries_hard_limit`: per-host buckets from which a clean-up starts. Default 150.
    pub entries_hard_limit: u32,
}

impl Default for Defender {
    fn default() -> Self {
        Self {
            enabled: false,
            driver: "memory".to_owned(),
            ban_time: 30,
            ban_time_increment: 50,
            threshold: 15,
            score_invalid: 2,
            score_valid: 1,
            score_limit_exceeded: 3,
            score_no_auth: 0,
            observation_time: 30,
            entries_soft_limit: 100,
            entries_hard_limit: 150,
            login_delay: LoginDelay::default(),
        }
    }
}

impl Default for LoginDelay {
    fn default() -> Self {
        Self { success: 0, password_failed: 1000 }
    }
}

impl Default for RateLimiter {
    fn default() -> Self {
        Self {
            average: 0,
            period: 1000,
            burst: 1,
            kind: 2,
            protocols: ["SSH", "FTP", "DAV", "HTTP"].map(str::to_owned).to_vec(),
            generate_defender_events: false,
            entries_soft_limit: 100,
            entries_hard_limit: 150,
        }
    }
}
