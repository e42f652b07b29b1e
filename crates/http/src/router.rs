//! Which handler answers what.

use crate::{
    api::Api,
    binding::{self, Binding},
    body,
    error::ApiError,
    files,
    key::KeysTaken,
    log, openapi, resource,
    routes::{
        backups, connections, defender, event_rules, health, history, ip_lists, me, passwords, quotas,
        retention,
        second_factor::{admin, disable, user},
        status, tokens, version,
    },
};
use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, Request},
    http::StatusCode,
    middleware,
    response::{IntoResponse, Response},
};
use config::HttpdBinding;
use control::{Admin, ApiKey, EventAction, EventRule, Folder, Group, Role, Share, User};
use tower::ServiceExt;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Components,
        security::{self, ApiKeyValue, Http, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The OpenAPI document of the whole API.
pub fn document() -> utoipa::openapi::OpenApi {
    openapi::complete(everything(&HttpdBinding::default()).into_openapi())
}

/// What a binding answers: `enable_rest_api`, `disabled_login_methods` and `render_openapi` take parts away.
pub fn router(binding: &Binding, api: Api) -> Router {
    let (front, web_root) = (binding.front().clone(), binding.web_root());
    let binding = binding.settings();
    let disabled = binding.disabled_login_methods;
    let (mut router, _) = everything(binding).split_for_parts();
    if binding.render_openapi && binding.enable_rest_api && api.parts().serves_document {
        router = router.merge(openapi::routes(web_root));
    }
    let known: Router = router.clone().with_state(api.clone());
    router
        .fallback(move |request: Request| without_slash(known, request))
        .layer(DefaultBodyLimit::max(body::MAX))
        .layer(middleware::from_fn_with_state(front, binding::pass))
        .layer(middleware::from_fn_with_state(api.clone(), log::request))
        .layer(Extension(KeysTaken { admins: disabled & 64 == 0, users: disabled & 128 == 0 }))
        .with_state(api)
}

/// A path of the API with a slash behind it is answered as it is without.
async fn without_slash(known: Router, mut request: Request) -> Response {
    let path = request.uri().path();
    let (Some(shorter), true) = (path.strip_suffix('/'), path.starts_with("/api/")) else {
        return ApiError::plain(StatusCode::NOT_FOUND).into_response();
    };
    let query = request.uri().query().map_or_else(String::new, |query| format!("?{query}"));
    let Ok(uri) = format!("{shorter}{query}").parse() else {
        return ApiError::plain(StatusCode::NOT_FOUND).into_response();
    };
    *request.uri_mut() = uri;
    let known = known.fallback(|| async { ApiError::plain(StatusCode::NOT_FOUND) });
    known.oneshot(request).await.into_response()
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Longshore", description = "REST API of the Longshore file-transfer server"),
    modifiers(&Schemes),
    security(("BearerAuth" = []), ("APIKeyAuth" = []))
)]
struct Document;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let components = document.components.get_or_insert_with(Components::new);
        components.add_security_scheme("BearerAuth", SecurityScheme::Http(bearer));
        let key = SecurityScheme::ApiKey(security::ApiKey::Header(ApiKeyValue::new("X-SFTPGO-API-KEY")));
        components.add_security_scheme("APIKeyAuth", key);
        components.add_security_scheme("BasicAuth", SecurityScheme::Http(Http::new(HttpAuthScheme::Basic)));
    }
}

fn everything(binding: &HttpdBinding) -> OpenApiRouter<Api> {
    let router = OpenApiRouter::with_openapi(Document::openapi()).routes(routes!(health::get));
    if binding.enable_rest_api {
        router.nest("/api/v2", rest(binding.disabled_login_methods))
    } else {
        router
    }
}

/// `disabled`: bit 16 closes the token endpoint of admins, 32 that of users.
fn rest(disabled: u8) -> OpenApiRouter<Api> {
    let mut router = OpenApiRouter::new();
    if disabled & 16 == 0 {
        router = router.routes(routes!(tokens::admin));
    }
    if disabled & 32 == 0 {
        router = router.routes(routes!(tokens::user));
    }
    router
        .routes(routes!(tokens::admin_logout))
        .routes(routes!(tokens::user_logout))
        .routes(routes!(version::get))
        .routes(routes!(status::get))
        .routes(routes!(connections::list))
        .routes(routes!(connections::close))
        .routes(routes!(me::admin::profile, me::admin::update_profile))
        .routes(routes!(me::admin::change_password))
        .routes(routes!(me::user::profile, me::user::update_profile))
        .routes(routes!(me::user::change_password))
        .routes(routes!(passwords::admin_forgot))
        .routes(routes!(passwords::admin_reset))
        .routes(routes!(passwords::user_forgot))
        .routes(routes!(passwords::user_reset))
        .merge(resource::routes::<Admin>())
        .merge(resource::routes::<User>())
        .merge(files::routes())
        .merge(quotas())
        .merge(second_factors())
        .merge(settings())
        .merge(events())
        .merge(watching())
        .merge(backups())
}

/// What runs when something happens.
fn events() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .merge(resource::routes::<EventAction>())
        .merge(resource::routes::<EventRule>())
        .routes(routes!(event_rules::run))
}

/// What is seen of hosts, files and what happened to them.
fn watching() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(defender::list))
        .routes(routes!(defender::get, defender::delete))
        .routes(routes!(history::files))
        .routes(routes!(history::objects))
        .routes(routes!(history::logins))
        .routes(routes!(retention::list))
}

fn backups() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(backups::dump))
        .routes(routes!(backups::load_file, backups::load_body))
}

/// What users and admins refer to.
fn settings() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .merge(resource::routes::<Folder>())
        .merge(resource::routes::<Group>())
        .merge(resource::routes::<ApiKey>())
        .merge(resource::routes::<Share>())
        .routes(routes!(ip_lists::list, ip_lists::add))
        .routes(routes!(ip_lists::get, ip_lists::update, ip_lists::patch, ip_lists::delete))
        .merge(resource::routes::<Role>())
}

fn quotas() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(quotas::user_scans))
        .routes(routes!(quotas::scan_user))
        .routes(routes!(quotas::update_user))
        .routes(routes!(quotas::update_traffic))
        .routes(routes!(quotas::folder_scans))
        .routes(routes!(quotas::scan_folder))
        .routes(routes!(quotas::update_folder))
}

fn second_factors() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(admin::configs))
        .routes(routes!(admin::generate))
        .routes(routes!(admin::validate))
        .routes(routes!(admin::save))
        .routes(routes!(admin::recovery_codes, admin::new_recovery_codes))
        .routes(routes!(user::configs))
        .routes(routes!(user::generate))
        .routes(routes!(user::validate))
        .routes(routes!(user::save))
        .routes(routes!(user::recovery_codes, user::new_recovery_codes))
        .routes(routes!(disable::user))
        .routes(routes!(disable::admin))
}
