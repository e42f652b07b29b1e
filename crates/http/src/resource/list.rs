//! Pages of objects, sent as they are read: an object may be large, and a page holds up to 500.

use super::Resource;
use crate::error::Result;
use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use control::Page;
use futures_util::{Stream, StreamExt, stream};
use std::{io, marker::PhantomData};

/// How many objects are in memory at a time.
const STEP: u64 = 100;

/// What is still to be read of a page.
struct Reader<T: Resource> {
    caller: T::View,
    /// `limit` is what is left of it.
    page: Page,
    begun: bool,
    kind: PhantomData<fn() -> T>,
}

/// The page as a JSON list. What goes wrong at its beginning is told by a status; what does later breaks the answer
/// off, so that a part of a list does not look like all of it.
pub async fn answer<T: Resource>(caller: T::View, page: Page) -> Result<Response> {
    let mut reader = Reader::<T> { caller, page, begun: false, kind: PhantomData };
    let first = reader.next().await?;
    let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    if reader.page.limit == 0 {
        return Ok((json, first).into_response());
    }
    let first = stream::once(async { Ok(Bytes::from(first)) });
    Ok((json, Body::from_stream(first.chain(rest(reader)))).into_response())
}

fn rest<T: Resource>(reader: Reader<T>) -> impl Stream<Item = io::Result<Bytes>> {
    stream::unfold(Some(reader), |reader| async move {
        let mut reader = reader.filter(|reader| reader.page.limit > 0)?;
        match reader.next().await {
            Ok(text) => Some((Ok(Bytes::from(text)), Some(reader))),
            // It is in the log already.
            Err(_) => Some((Err(io::Error::other("the list broke off")), None)),
        }
    })
}

impl<T: Resource> Reader<T> {
    /// The text of some more objects, with what begins and ends the list.
    async fn next(&mut self) -> Result<Vec<u8>> {
        let asked = self.page.limit.min(STEP);
        let objects = T::page(&self.caller, Page { limit: asked, ..self.page.clone() }).await?;
        let are_more = objects.len() as u64 == asked && self.page.limit > asked;
        self.page.limit = if are_more { self.page.limit - asked } else { 0 };
        self.page.offset = 0;
        self.page.after = objects.last().map(|last| last.key().to_owned());
        let mut text = Vec::new();
        for object in objects {
            text.push(if self.begun { b',' } else { b'[' });
            self.begun = true;
            // Texts, numbers and lists of them: there is nothing that could fail.
            let _ = serde_json::to_writer(&mut text, &object.redacted());
        }
        if !are_more {
            text.extend(if self.begun { &b"]"[..] } else { b"[]" });
        }
        Ok(text)
    }
}
