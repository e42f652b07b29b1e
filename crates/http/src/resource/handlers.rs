//! The handlers, once for all kinds.

use super::{Asks, IfMatch, Resource, document, tagged};
use crate::{
    api::Api,
    body::Body,
    error::{ApiError, ApiResponse, Result},
    input::{Confidential, Name, Params},
    page::PageQuery,
    routes::location,
};
use axum::{
    Json,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing,
};
use control::Change;
use utoipa_axum::router::OpenApiRouter;

/// The paths of a kind, and what the document says about them.
pub fn routes<T: Resource>() -> OpenApiRouter<Api> {
    let collection = routing::get(list::<T>).post(add::<T>);
    let item = routing::get(get::<T>).put(update::<T>).patch(patch::<T>).delete(delete::<T>);
    let (many, one) = document::paths::<T>();
    OpenApiRouter::new().routes((document::schemas::<T>(), many, collection)).routes((Vec::new(), one, item))
}

async fn list<T: Resource>(caller: T::View, Params(query): Params<PageQuery>) -> Result<Response> {
    super::list::answer::<T>(caller, query.page()?).await
}

async fn add<T: Resource>(
    caller: T::Add,
    Params(query): Params<Confidential>,
    body: Body,
) -> Result<Response> {
    let whole = T::NAMES.has_secrets && query.asked() && caller.sees_everything();
    let added = T::add(&caller, body.parse()?, whole).await?;
    let mut headers = location(T::NAMES.path, &added.name);
    headers.extend(tagged(&added.version));
    if T::NAMES.has_id {
        headers.extend(object_id(&added.name));
    }
    Ok((StatusCode::CREATED, headers, Json(added.body)).into_response())
}

async fn get<T: Resource>(
    caller: T::View,
    Name(name): Name,
    Params(query): Params<Confidential>,
) -> Result<(HeaderMap, Json<T>)> {
    let found = T::find(&caller, &name).await?;
    let tag = tagged(&found.version());
    let whole = T::NAMES.has_secrets && query.asked() && caller.sees_everything();
    Ok((tag, Json(if whole { found } else { found.redacted() })))
}

async fn update<T: Resource>(
    caller: T::Edit,
    Name(name): Name,
    Params(options): Params<T::Options>,
    IfMatch(expected): IfMatch,
    body: Body,
) -> Result<(HeaderMap, Json<ApiResponse>)> {
    T::is_there(&caller, &name).await?;
    let version = T::change(&caller, &name, Change::Replace(body.parse()?), expected, options).await?;
    Ok((tagged(&version), ApiResponse::message(&format!("{} updated", T::NAMES.title))))
}

async fn patch<T: Resource>(
    caller: T::Edit,
    Name(name): Name,
    Params(options): Params<T::Options>,
    IfMatch(expected): IfMatch,
    headers: HeaderMap,
    body: Body,
) -> Result<(HeaderMap, Json<ApiResponse>)> {
    T::is_there(&caller, &name).await?;
    let version = T::change(&caller, &name, Change::Merge(body.patch(&headers)?), expected, options).await?;
    Ok((tagged(&version), ApiResponse::message(&format!("{} updated", T::NAMES.title))))
}

async fn delete<T: Resource>(
    caller: T::Delete,
    Name(name): Name,
    IfMatch(expected): IfMatch,
) -> Result<Json<ApiResponse>> {
    T::remove(&caller, &name, expected).await?;
    Ok(ApiResponse::message(&format!("{} deleted", T::NAMES.title)))
}

fn object_id(id: &str) -> Option<(HeaderName, HeaderValue)> {
    Some((HeaderName::from_static("x-object-id"), HeaderValue::from_str(id).ok()?))
}

impl Body {
    /// A merge patch. Other kinds of patches would be understood as one, so they are refused by their type; a
    /// missing type and plain JSON are taken.
    pub fn patch(self, headers: &HeaderMap) -> Result<serde_json::Value> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind.to_ascii_lowercase().starts_with("application/json-patch+json") {
            let text = "PATCH takes application/merge-patch+json";
            return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
        }
        let patch: serde_json::Value = self.value()?;
        if patch.is_object() { Ok(patch) } else { Err(ApiError::bad_request("a JSON object is expected")) }
    }
}
