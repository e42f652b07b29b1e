//! From a credential to an account: the only way to log in.
//!
//! Each kind of credential has a method of its own on [`Authenticator`]; what they share is one gate that
//! every login passes after its credential was proved: status, expiry, protocol, method, address, time. A
//! front end gets an [`Account`](session::Account) or a [`Refused`], and tells its client the same for each.
//!
//! Whether an account exists must not show, neither in the answer nor in the time it takes: an unknown user
//! costs a hash too, and what the gate refuses is refused after the credential was checked.

mod account;
mod admin;
mod attempt;
mod cache;
mod certificate;
mod codes;
mod gate;
mod hook;
mod interactive;
mod key;
mod lines;
mod login;
mod opkssh;
mod outside;
mod proof;
mod reset;
mod share;
mod slowdown;
#[cfg(test)]
mod tests;
mod token;
mod traffic;
mod trust;

pub use self::{
    account::{Backends, Owner, Tracking},
    attempt::{Attempt, Before, Policy, Refused, Step},
    certificate::{Certificate, CertificateFault, CertificateKind},
    gate::is_address_allowed,
    hook::{Hook, HookFailed},
    interactive::{Conversation, Question, Questions, Turn},
    key::{Key, Proof},
    lines::{FailureLine, LoginLine},
    login::Authenticator,
    opkssh::{InvalidOpkssh, Opkssh},
    outside::LoginHooks,
    reset::ResetRefused,
    share::{TurnedAway, Visit},
    slowdown::{Attempting, Slowdown},
    trust::{Authority, Trust},
};
pub use hooks::InvalidHook;
