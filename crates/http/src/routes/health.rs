//! Is the server there?

/// Answers `ok` as long as the server answers at all.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "healthcheck",
    operation_id = "healthz",
    security(()),
    responses((status = 200, description = "The server is up", body = String, content_type = "text/plain"))
)]
pub async fn get() -> &'static str {
    "ok"
}
