//! Downloads.

use super::{
    caller::{Files, Reads},
    conditions::{Validators, Verdict},
    failure::download_failed,
    query::PathQuery,
    range::{Wanted, wanted},
    uses::{Uses, paid},
};
use crate::error::{ApiError, ApiResponse, Result};
use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Version, header, request::Parts,
    },
};
use bytes::Bytes;
use futures_util::stream;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use session::{Download, Error, Kind, Read, Session};
use std::{convert::Infallible, io::IoSliceMut, ops::Range};
use types::VirtualPath;

/// How many bytes of a file are read at a time, and wait in memory while the client reads nothing.
#[derive(Clone, Copy, Debug)]
pub struct Piece(usize);

impl Piece {
    const LARGE: Self = Self(256 * 1024);
    /// For what there are many of: the streams of HTTP/2 connections.
    pub const SMALL: Self = Self(64 * 1024);
}

impl<S: Sync> FromRequestParts<S> for Piece {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(if parts.version >= Version::HTTP_2 { Self::SMALL } else { Self::LARGE })
    }
}

/// Whatever a browser makes of a file, it has no script, no origin and no more than itself.
pub const INERT: &str = "default-src 'none'; sandbox";
/// What RFC 8187 lets stand as it is.
const ATTR_CHAR: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'.')
    .remove(b'-')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&');

/// The content of a file.
#[utoipa::path(
    get,
    path = "/user/files",
    tag = "user APIs",
    operation_id = "download_user_file",
    params(
        ("path" = String, Query),
        ("Range" = Option<String>, Header, description = "One range of bytes"),
    ),
    responses(
        (status = 200, description = "The file", content_type = "*/*"),
        (status = 206, description = "A part of it", content_type = "*/*"),
        (status = 304, description = "Not changed"),
        (status = 404, body = ApiResponse),
        (status = 412, description = "Another version than was asked for"),
        (status = 416, description = "It has no such bytes"),
        ApiError,
    )
)]
pub async fn download(
    files: Files<Reads>,
    query: PathQuery,
    method: Method,
    headers: HeaderMap,
    piece: Piece,
) -> Result<Response<Body>> {
    let path = files.resolve(query.path()?)?;
    answer(files.session(), &path, &method, &headers, piece, None).await
}

/// The content of `path` as far as the request asks for it; `uses` are what a visitor of a share pays with.
pub async fn answer(
    session: &Session,
    path: &VirtualPath,
    method: &Method,
    headers: &HeaderMap,
    piece: Piece,
    uses: Option<&Uses>,
) -> Result<Response<Body>> {
    // Nothing is opened, and no transfer begins, for what ends with the head.
    let metadata = session.stat_download(path).await.map_err(download_failed)?;
    if metadata.kind == Kind::Directory {
        return Err(ApiError::bad_request("the path is a directory"));
    }
    let validators = Validators::of(&metadata);
    match validators.judge(headers) {
        Verdict::NotModified => return Ok(head(StatusCode::NOT_MODIFIED, &validators)),
        Verdict::Failed => return Ok(head(StatusCode::PRECONDITION_FAILED, &validators)),
        Verdict::Proceed => {}
    }
    if *method == Method::HEAD {
        return Ok(whole(path.name(), &validators, metadata.size, Body::empty()));
    }
    let taken = match uses {
        Some(uses) => Some(uses.one().await?),
        None => None,
    };
    let file = session.download(path).await.map_err(download_failed)?;
    // It may be another file by now.
    let metadata = file.stat().await.map_err(download_failed)?;
    let (validators, size) = (Validators::of(&metadata), metadata.size);
    let range = headers.get(header::RANGE).filter(|_| validators.allow_range(headers));
    match wanted(range.and_then(|value| value.to_str().ok()), size) {
        Wanted::Whole => {
            let body = Body::from_stream(paid(content(file, 0..size, piece), taken, size.div_ceil(2)));
            Ok(whole(path.name(), &validators, size, body))
        }
        Wanted::Part(part) => {
            let mut response = head(StatusCode::PARTIAL_CONTENT, &validators);
            describe(&mut response, path.name(), part.end - part.start);
            set(
                &mut response,
                header::CONTENT_RANGE,
                &format!("bytes {}-{}/{size}", part.start, part.end - 1),
            );
            // Of parts one could put the whole together, so a part counts from its first byte.
            *response.body_mut() = Body::from_stream(paid(content(file, part, piece), taken, 1));
            Ok(response)
        }
        Wanted::Unsatisfiable => {
            file.finish().await.map_err(download_failed)?;
            let mut response = head(StatusCode::RANGE_NOT_SATISFIABLE, &validators);
            set(&mut response, header::CONTENT_RANGE, &format!("bytes */{size}"));
            Ok(response)
        }
    }
}

/// The bytes of `part`, as they are asked for. Fails when the file turns out shorter: the connection breaks,
/// so that the client does not take what it got for all.
pub fn content(
    file: Download,
    part: Range<u64>,
    piece: Piece,
) -> impl stream::Stream<Item = session::Result<Bytes>> {
    let source = Source { file, part, piece };
    stream::unfold(Some(source), |source| async move {
        let mut source = source?;
        if source.part.is_empty() {
            return match source.file.finish().await {
                Ok(()) => None,
                Err(error) => Some((Err(error), None)),
            };
        }
        match source.next().await {
            Ok(piece) => Some((Ok(piece), Some(source))),
            Err(error) => Some((Err(error), None)),
        }
    })
}

struct Source {
    file: Download,
    part: Range<u64>,
    piece: Piece,
}

impl Source {
    async fn next(&mut self) -> session::Result<Bytes> {
        let left = self.part.end - self.part.start;
        let len = usize::try_from(left).map_or(self.piece.0, |left| left.min(self.piece.0));
        let mut buffer = vec![0; len];
        let piece = match self.file.read_at(self.part.start, &mut [IoSliceMut::new(&mut buffer)])? {
            Read::Now(bytes) => {
                buffer.truncate(bytes);
                buffer.into()
            }
            Read::Later(bytes) => bytes.await?,
        };
        if piece.is_empty() {
            return Err(Error::Aborted);
        }
        self.part.start += piece.len() as u64;
        Ok(piece)
    }
}

fn whole(name: &[u8], validators: &Validators, size: u64, body: Body) -> Response<Body> {
    let mut response = head(StatusCode::OK, validators);
    describe(&mut response, name, size);
    *response.body_mut() = body;
    response
}

fn head(status: StatusCode, validators: &Validators) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    set(&mut response, header::ETAG, &validators.etag);
    if let Some(modified) = validators.modified {
        set(&mut response, header::LAST_MODIFIED, &httpdate::fmt_http_date(modified));
    }
    set(&mut response, header::ACCEPT_RANGES, "bytes");
    response
}

/// What is in the body, and that a browser is to save it and never to run it: the file is its owner's, and the
/// site the server's.
fn describe(response: &mut Response<Body>, name: &[u8], len: u64) {
    let name = String::from_utf8_lossy(name);
    let kind = mime_guess::from_path(&*name).first_or_octet_stream();
    set(response, header::CONTENT_TYPE, kind.as_ref());
    set(response, header::CONTENT_LENGTH, &len.to_string());
    set(response, header::CONTENT_DISPOSITION, &attachment(&name));
    set(response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(response, header::CONTENT_SECURITY_POLICY, INERT);
}

/// `Content-Disposition` (RFC 6266): the name in ASCII for old clients, and as it is where that differs.
pub fn attachment(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii() && !c.is_ascii_control() { c } else { '_' }).collect();
    let quoted = plain.replace('\\', "\\\\").replace('"', "\\\"");
    let simple = format!("attachment; filename=\"{quoted}\"");
    if plain == name {
        simple
    } else {
        format!("{simple}; filename*=UTF-8''{}", utf8_percent_encode(name, ATTR_CHAR))
    }
}

/// A value that cannot stand in a header is left out.
fn set(response: &mut Response<Body>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_the_header() {
        assert_eq!(attachment("a b.txt"), "attachment; filename=\"a b.txt\"");
        assert_eq!(attachment("q\"\\.txt"), "attachment; filename=\"q\\\"\\\\.txt\"");
        assert_eq!(attachment("é\n.txt"), "attachment; filename=\"__.txt\"; filename*=UTF-8''%C3%A9%0A.txt");
    }
}
