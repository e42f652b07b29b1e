//! What every operation of the document has, and no handler should have to repeat: a description of each answer,
//! and an example of each parameter, body and answer.
//!
//! A handler gives an example of its own where what its schema says by the way would be wrong. The test
//! `examples_are_what_the_server_takes_and_says` sends them to a server.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use utoipa::openapi::{
    Content, OpenApi, RefOr, Response, Schema,
    path::{Operation, Parameter, ParameterBuilder, PathItem},
};

type Schemas = BTreeMap<String, RefOr<Schema>>;

/// Adds what is missing.
pub fn complete(mut document: OpenApi) -> OpenApi {
    let schemas = document.components.as_ref().map(|parts| parts.schemas.clone()).unwrap_or_default();
    for (path, item) in &mut document.paths.paths {
        for operation in operations(item) {
            let parameters = operation.parameters.iter_mut().flatten();
            parameters.filter_map(whole).for_each(|parameter| exemplify(path, parameter));
            if let Some(RefOr::T(body)) = &mut operation.request_body {
                for (kind, content) in &mut body.content {
                    if let Some(content) = whole(content) {
                        content.example = content.example.take().or_else(|| of_files(kind));
                        fill(content, &schemas);
                    }
                }
            }
            for (status, response) in &mut operation.responses.responses {
                if let Some(response) = whole(response) {
                    explain(status, response, &schemas);
                }
            }
        }
    }
    document
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten()
}

fn whole<T>(given: &mut RefOr<T>) -> Option<&mut T> {
    match given {
        RefOr::T(whole) => Some(whole),
        RefOr::Ref(_) => None,
    }
}

fn explain(status: &str, response: &mut Response, schemas: &Schemas) {
    if response.description.is_empty() {
        description(status).clone_into(&mut response.description);
    }
    for (kind, content) in &mut response.content {
        if let Some(content) = whole(content) {
            content.example = content.example.take().or_else(|| refusal(status)).or_else(|| of_files(kind));
            fill(content, schemas);
        }
    }
}

fn description(status: &str) -> &'static str {
    match status {
        "201" => "It was made",
        "202" => "It was begun",
        "404" => "There is none, for this caller at least",
        "409" => "There is one already",
        "429" => "Too many wrong passwords or codes came from this address",
        _ => "It was done",
    }
}

/// What is said to a request that is not granted.
fn refusal(status: &str) -> Option<Value> {
    let (error, message) = match status {
        "400" => ("Validation error: order: \"up\" is neither ASC nor DESC", "Bad Request"),
        "401" => ("no token found", "Unauthorized"),
        "403" => return Some(json!({"message": "Forbidden"})),
        "404" => return Some(json!({"message": "Not Found"})),
        "409" => ("role \"branch-office\" already exists", "Conflict"),
        "412" => ("role \"branch-office\" was changed meanwhile", "Precondition Failed"),
        "413" => ("length limit exceeded", "Payload Too Large"),
        "415" => ("PATCH takes application/merge-patch+json", "Unsupported Media Type"),
        "429" => ("too many attempts from this address", "Too Many Requests"),
        "500" => return Some(json!({"message": "Internal Server Error"})),
        "501" => ("this server keeps no events to search", "Not Implemented"),
        _ => return None,
    };
    Some(json!({"error": error, "message": message}))
}

/// The body that holds a file, or several of them in a form.
fn of_files(kind: &str) -> Option<Value> {
    match kind {
        "application/octet-stream" | "*/*" => Some(json!("1,2\n3,4\n")),
        "multipart/form-data" => Some(json!({"filenames": ["1,2\n3,4\n"]})),
        _ => None,
    }
}

/// The example of a body is that of its schema, unless it has one of its own.
fn fill(content: &mut Content, schemas: &Schemas) {
    if content.example.is_none() {
        content.example = content.schema.as_ref().and_then(|schema| example(schema, schemas));
    }
}

fn example(schema: &RefOr<Schema>, schemas: &Schemas) -> Option<Value> {
    match schema {
        RefOr::Ref(to) => {
            let name = to.ref_location.rsplit('/').next()?;
            schemas.get(name).and_then(|schema| example(schema, schemas))
        }
        RefOr::T(Schema::Object(object)) => object.example.clone(),
        RefOr::T(Schema::AllOf(all)) => all.example.clone(),
        RefOr::T(Schema::OneOf(one)) => one.items.first().and_then(|schema| example(schema, schemas)),
        RefOr::T(Schema::Array(array)) => match &array.items {
            utoipa::openapi::schema::ArrayItems::RefOrSchema(item) => {
                Some(Value::Array(vec![example(item, schemas)?]))
            }
            _ => None,
        },
        RefOr::T(_) => None,
    }
}

fn exemplify(path: &str, parameter: &mut Parameter) {
    if let Some(example) = value(path, &parameter.name) {
        *parameter = ParameterBuilder::from(parameter.clone()).example(Some(example)).build();
    }
}

/// An example of a parameter; those of one name mean the same wherever they are, but for names of objects.
fn value(path: &str, name: &str) -> Option<Value> {
    let below = |kind: &str| path.contains(&format!("/{kind}/"));
    Some(match name {
        "username" if below("admins") => json!("grace"),
        "username" => json!("ada"),
        "name" if below("folders") => json!("media"),
        "name" if below("groups") => json!("editors"),
        "name" if below("roles") => json!("branch-office"),
        "name" if below("eventactions") => json!("tell-the-archive"),
        "name" if below("eventrules") => json!("archive-uploads"),
        "id" if below("hosts") => json!("3139322e302e322e37"),
        "id" => json!("4vXhL3fTrWq8ZyKcB6mN2d"),
        "connectionID" => json!("SFTP_cf3tqjdbv6q2l5m8rk10_1"),
        "type" => json!(2),
        "ipornet" => json!("192.0.2.0/24"),
        "fileName" => json!("figures.csv"),
        "path" if path.ends_with("/dirs") => json!("/in"),
        "path" => json!("/in/figures.csv"),
        "target" => json!("/in/figures-2027.csv"),
        "offset" => json!(0),
        "limit" => json!(100),
        "order" => json!("ASC"),
        "from" => json!("a"),
        "search" => json!("e"),
        "filter" => json!("192."),
        "mode" if below("quotas") => json!("reset"),
        "mode" | "scan-quota" | "output-data" | "disconnect" | "confidential_data" | "indent" => json!(1),
        "output-file" => json!("backups/monday.json"),
        "input-file" => json!("backups/monday.json"),
        "scopes" => json!("users,groups"),
        "details" => json!("1"),
        "compress" => json!(true),
        "mkdir_parents" => json!(true),
        "If-Match" | "If-None-Match" => json!("*"),
        "Range" => json!("bytes=0-1023"),
        "X-SFTPGO-MTIME" => json!(1_801_396_800_000_i64),
        "X-SFTPGO-OTP" => json!("492039"),
        "start_timestamp" => json!(1_801_396_800_000_000_000_i64),
        "end_timestamp" => json!(1_801_483_200_000_000_000_i64),
        "actions" if path.ends_with("/fs") => json!(["upload"]),
        "actions" => json!(["add"]),
        "ip" => json!("192.0.2.7"),
        "ssh_cmd" => json!("sha256sum"),
        "fs_provider" => json!(0),
        "bucket" => json!("figures"),
        "endpoint" => json!("https://s3.example.com"),
        "protocols" => json!(["SFTP"]),
        "statuses" => json!([1]),
        "instance_ids" => json!(["one"]),
        "role" => json!("branch-office"),
        "csv_export" | "omit_object_data" => json!(false),
        "object_name" => json!("ada"),
        "object_types" => json!(["user"]),
        "events" => json!([1, 2]),
        "from_id" => json!("cf3tqjdbv6q2l5m8rk10"),
        _ => return None,
    })
}
