//! What a session does besides transfers; one file per subject.

mod attributes;
mod directories;
mod links;
mod rename;
