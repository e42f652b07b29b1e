//! What the OpenAPI document says about a kind of object.

use super::{Asks, Resource};
use crate::{
    error::{ApiError, ApiResponse},
    input::Confidential,
    page::PageQuery,
};
use serde_json::{Value, json};
use utoipa::{
    IntoParams, IntoResponses, PartialSchema, ToSchema,
    openapi::{
        Content, ContentBuilder, HeaderBuilder, ObjectBuilder, Paths, Ref, RefOr, Required, Response,
        ResponseBuilder, SecurityRequirement,
        path::{HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
        request_body::RequestBodyBuilder,
        schema::{ArrayBuilder, Schema, Type},
    },
};

const JSON: &str = "application/json";
const MERGE_PATCH: &str = "application/merge-patch+json";

/// The schemas that the operations name.
pub fn schemas<T: Resource>() -> Vec<(String, RefOr<Schema>)> {
    let mut schemas =
        vec![(T::name().into_owned(), T::schema()), (T::Made::name().into_owned(), T::Made::schema())];
    T::schemas(&mut schemas);
    T::Made::schemas(&mut schemas);
    schemas
}

/// The operations on the list, and those on one.
pub fn paths<T: Resource>() -> (Paths, Paths) {
    let path = format!("/{}", T::NAMES.path);
    let mut many = Paths::new();
    many.add_path_operation(&path, vec![HttpMethod::Get], list::<T>());
    many.add_path_operation(&path, vec![HttpMethod::Post], add::<T>());
    let path = format!("{path}/{{{}}}", T::NAMES.parameter);
    let mut one = Paths::new();
    one.add_path_operation(&path, vec![HttpMethod::Get], get::<T>());
    one.add_path_operation(&path, vec![HttpMethod::Put], change::<T>(false));
    one.add_path_operation(&path, vec![HttpMethod::Patch], change::<T>(true));
    one.add_path_operation(&path, vec![HttpMethod::Delete], delete::<T>());
    (many, one)
}

fn list<T: Resource>() -> Operation {
    let page = ArrayBuilder::new().items(Ref::from_schema_name(T::name())).build();
    let page =
        ContentBuilder::new().schema(Some(page)).example(Some(Value::Array(vec![shown::<T>()]))).build();
    operation::<T, T::View>(T::NAMES.operations.list, format!("A page of {}.", T::NAMES.many))
        .parameters(Some(PageQuery::into_params(|| Some(ParameterIn::Query))))
        .response("200", answer("The page", page))
        .build()
}

fn add<T: Resource>() -> Operation {
    let text = || ObjectBuilder::new().schema_type(Type::String).build();
    let header = |about: &str| HeaderBuilder::new().schema(Some(text())).description(Some(about)).build();
    let mut made = ResponseBuilder::new()
        .description("It was made")
        .content(JSON, made_body::<T>())
        .header("Location", header("The path of the new one"))
        .header("ETag", header("Its version"));
    if T::NAMES.has_id {
        made = made.header("X-Object-ID", header("Its id"));
    }
    let operation = operation::<T, T::Add>(T::NAMES.operations.add, format!("Makes {}.", T::NAMES.one));
    let operation = match T::NAMES.has_secrets {
        true => operation.parameters(Some(confidential())),
        false => operation,
    };
    operation
        .request_body(Some(body(JSON, example::<T>())))
        .response("201", made.build())
        .response("409", refusal("There is one of this name"))
        .response("413", refusal("The body is too large"))
        .build()
}

fn get<T: Resource>() -> Operation {
    let operation = operation::<T, T::View>(T::NAMES.operations.get, format!("Shows {}.", T::NAMES.one))
        .parameter(name::<T>());
    let operation = match T::NAMES.has_secrets {
        true => operation.parameters(Some(confidential())),
        false => operation,
    };
    let it = ContentBuilder::new().schema(Some(Ref::from_schema_name(T::name()))).example(Some(shown::<T>()));
    operation.response("200", tagged("It", it.build())).response("404", missing()).build()
}

fn change<T: Resource>(patches: bool) -> Operation {
    let (id, summary, body) = match patches {
        false => (
            T::NAMES.operations.update,
            format!("Replaces {}: what is left out is cleared.", T::NAMES.one),
            body(JSON, example::<T>()),
        ),
        true => {
            let patch = ObjectBuilder::new().schema_type(Type::Object).build();
            let example = json!({"description": "changed"});
            let patch = ContentBuilder::new().schema(Some(patch)).example(Some(example)).build();
            let summary = format!("Changes the fields of {} that are sent (RFC 7396).", T::NAMES.one);
            (T::NAMES.operations.patch, summary, body(MERGE_PATCH, patch))
        }
    };
    let operation = operation::<T, T::Edit>(id, summary)
        .parameter(name::<T>())
        .parameter(if_match())
        .parameters(Some(T::Options::into_params(|| Some(ParameterIn::Query))))
        .request_body(Some(body))
        .response("200", tagged("It was changed", said(&format!("{} updated", T::NAMES.title))))
        .response("404", missing())
        .response("412", refusal("It was changed since the version in If-Match"))
        .response("413", refusal("The body is too large"));
    match patches {
        false => operation.build(),
        true => operation.response("415", refusal("The body is no merge patch")).build(),
    }
}

fn delete<T: Resource>() -> Operation {
    operation::<T, T::Delete>(T::NAMES.operations.delete, format!("Deletes {}.", T::NAMES.one))
        .parameter(name::<T>())
        .parameter(if_match())
        .response("200", answer("It was deleted", said(&format!("{} deleted", T::NAMES.title))))
        .response("404", missing())
        .response("412", refusal("It was changed since the version in If-Match"))
        .build()
}

/// A call that `C` makes.
fn operation<T: Resource, C: Asks>(id: &str, summary: String) -> OperationBuilder {
    let operation = OperationBuilder::new().tag(T::NAMES.tag).operation_id(Some(id)).summary(Some(summary));
    let operation = match C::BY_KEY {
        true => operation,
        false => operation.security(SecurityRequirement::new("BearerAuth", Vec::<String>::new())),
    };
    ApiError::responses()
        .into_iter()
        .fold(operation, |operation, (status, answer)| operation.response(status, answer))
}

fn name<T: Resource>() -> Parameter {
    ParameterBuilder::new()
        .name(T::NAMES.parameter)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(String::schema()))
        .build()
}

fn if_match() -> Parameter {
    ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("The ETag of the version that is meant; another one is refused"))
        .schema(Some(String::schema()))
        .build()
}

fn confidential() -> Vec<Parameter> {
    Confidential::into_params(|| Some(ParameterIn::Query))
}

/// What answers a new one: where that is the object itself, its example.
fn made_body<T: Resource>() -> Content {
    if T::Made::name() == ApiResponse::name() {
        return said(&format!("{} created", T::NAMES.title));
    }
    let itself = T::Made::name() == T::name();
    let schema = Ref::from_schema_name(T::Made::name());
    ContentBuilder::new().schema(Some(schema)).example(itself.then(shown::<T>)).build()
}

fn example<T: Resource>() -> Content {
    let schema = Ref::from_schema_name(T::name());
    ContentBuilder::new().schema(Some(schema)).example(Some(T::example())).build()
}

/// The object of the example, as it is answered.
fn shown<T: Resource>() -> Value {
    let object = control::from_json::<T>(T::example()).map(Resource::redacted);
    let mut value = object.ok().and_then(|object| serde_json::to_value(object).ok()).unwrap_or_default();
    let id = if T::NAMES.has_id { json!("4vXhL3fTrWq8ZyKcB6mN2d") } else { json!(1) };
    let time = json!(1_801_396_800_000_i64);
    for (field, given) in [("id", id), ("created_at", time.clone()), ("updated_at", time)] {
        if let Some(field) = value.get_mut(field) {
            *field = given;
        }
    }
    value
}

fn said(text: &str) -> Content {
    let schema = Ref::from_schema_name("ApiResponse");
    ContentBuilder::new().schema(Some(schema)).example(Some(json!({"message": text}))).build()
}

fn message() -> Content {
    ContentBuilder::new().schema(Some(Ref::from_schema_name("ApiResponse"))).build()
}

fn body(kind: &str, content: Content) -> utoipa::openapi::request_body::RequestBody {
    RequestBodyBuilder::new().content(kind, content).required(Some(Required::True)).build()
}

fn answer(about: &str, content: Content) -> Response {
    ResponseBuilder::new().description(about).content(JSON, content).build()
}

fn tagged(about: &str, content: Content) -> Response {
    let text = ObjectBuilder::new().schema_type(Type::String).build();
    let tag = HeaderBuilder::new().schema(Some(text)).description(Some("Its version, for If-Match")).build();
    ResponseBuilder::new().description(about).content(JSON, content).header("ETag", tag).build()
}

fn missing() -> Response {
    refusal("There is none of this name, for this caller at least")
}

fn refusal(about: &str) -> Response {
    answer(about, message())
}
