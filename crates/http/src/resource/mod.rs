//! [`Resource`]: objects that are listed, made, read, replaced, patched and deleted, all in the same way.
//!
//! A kind says what it is called and which call of `control` does what; paths, conditions, patches and the document
//! come once for all of them.

mod condition;
mod document;
mod handlers;
mod list;
mod plain;

pub use self::{
    condition::{IfMatch, tagged},
    handlers::routes,
    plain::Plain,
};

use crate::{
    api::Api,
    caller::{Caller, UserCaller},
    error::{ApiError, Result},
    permission::{Permission, Right},
};
use axum::extract::FromRequestParts;
use control::{Change, Expected, Page, Version, Versioned};
use serde::{Serialize, de::DeserializeOwned};
use store::Object;
use utoipa::{IntoParams, ToSchema};

/// A kind of object with paths of its own.
pub trait Resource: Versioned + Object + ToSchema {
    const NAMES: Names;

    /// Who may look at them, and who may do what.
    type View: Asks;
    type Add: Asks;
    type Edit: Asks;
    type Delete: Asks;
    /// Query parameters of a change.
    type Options: IntoParams + DeserializeOwned + Send;
    /// The body of the answer to a new one.
    type Made: Serialize + ToSchema + Send;

    /// An object that can be made as it is, for the document.
    fn example() -> serde_json::Value;

    fn page(caller: &Self::View, page: Page) -> impl Future<Output = Result<Vec<Self>>> + Send;

    fn find(caller: &Self::View, name: &str) -> impl Future<Output = Result<Self>> + Send;

    /// Fails where there is none of this name for the caller: that is told before what is wrong with a body.
    fn is_there(caller: &Self::Edit, name: &str) -> impl Future<Output = Result<()>> + Send;

    /// `whole`: hashes and secrets are part of the answer.
    fn add(
        caller: &Self::Add,
        sent: Self,
        whole: bool,
    ) -> impl Future<Output = Result<Added<Self::Made>>> + Send;

    fn change(
        caller: &Self::Edit,
        name: &str,
        change: Change<Self>,
        expected: Expected,
        options: Self::Options,
    ) -> impl Future<Output = Result<Version>> + Send;

    fn remove(
        caller: &Self::Delete,
        name: &str,
        expected: Expected,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Without hashes and the means to decrypt secrets.
    #[must_use]
    fn redacted(self) -> Self;
}

/// A new object.
pub struct Added<B> {
    /// What it is called in its path.
    pub name: String,
    pub version: Version,
    pub body: B,
}

/// What a kind is called.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    /// The path of the list: `users`.
    pub path: &'static str,
    /// The parameter of the path of one: `username`.
    pub parameter: &'static str,
    pub tag: &'static str,
    /// In a sentence: `a user`, `users`.
    pub one: &'static str,
    pub many: &'static str,
    /// At the beginning of one: `User`.
    pub title: &'static str,
    /// Ids of the operations in the document, SFTPGo's where it has the operation.
    pub operations: Operations,
    /// It has secrets, which an admin who may do everything can ask for.
    pub has_secrets: bool,
    /// Its name is given out by the server, in a header of its own.
    pub has_id: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct Operations {
    pub list: &'static str,
    pub add: &'static str,
    pub get: &'static str,
    pub update: &'static str,
    pub patch: &'static str,
    pub delete: &'static str,
}

/// Who makes a call.
pub trait Asks: FromRequestParts<Api, Rejection = ApiError> + Send + Sync + 'static {
    /// An API key will do.
    const BY_KEY: bool;

    /// May have hashes and secrets.
    fn sees_everything(&self) -> bool;
}

impl<P: Permission> Asks for Caller<P> {
    const BY_KEY: bool = P::BY_KEY;

    fn sees_everything(&self) -> bool {
        self.admin().may("*")
    }
}

impl<R: Right> Asks for UserCaller<R> {
    const BY_KEY: bool = R::ORDINARY;

    fn sees_everything(&self) -> bool {
        false
    }
}

/// No query parameters.
#[derive(Debug, Default, serde::Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct NoOptions {}

impl<T: Resource> Added<T> {
    /// Answered by the object itself.
    pub fn shown(object: T, name: &str, whole: bool) -> Self {
        let (name, version) = (name.to_owned(), object.version());
        Self { name, version, body: if whole { object } else { object.redacted() } }
    }
}
