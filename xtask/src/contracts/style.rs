//! Names, comments and types: the rules that hold for one element at a time.

use prost_types::{
    EnumDescriptorProto, EnumValueDescriptorProto, FieldDescriptorProto, FileDescriptorProto, MethodDescriptorProto,
    field_descriptor_proto::Type,
};

use crate::contracts::{
    Finding,
    elements::{Element, Node, elements},
};

/// The findings in a file.
pub(super) fn check(file: &FileDescriptorProto) -> Vec<Finding> {
    let elements = elements(file);
    elements.iter().flat_map(|element| rules(element).into_iter().map(|what| element.finding(what))).collect()
}

fn rules(element: &Element<'_>) -> Vec<String> {
    let name = element.name.rsplit('.').next().unwrap_or_default();
    let mut findings = match element.node {
        Node::Package => Vec::new(),
        Node::Message(_) => pascal_case("message", name),
        Node::Enum(r#enum) => [pascal_case("enum", name), zero(r#enum)].concat(),
        Node::Service(_) if !name.ends_with("Service") => vec![format!("service {name} does not end in Service")],
        Node::Service(_) => pascal_case("service", name),
        Node::Rpc(rpc) => [request_and_response(rpc), repeated(rpc, element.comment)].concat(),
        Node::Oneof => snake_case("oneof", name),
        Node::Field(field) => [snake_case("field", name), exact_type(field)].concat(),
        Node::Value(value, r#enum) => prefix(value, r#enum),
    };
    if element.comment.is_empty() {
        findings.push(format!("{} has no comment above it: say what it is, its unit, when it is absent, what is refused", element.name));
    }
    findings
}

fn pascal_case(what: &str, name: &str) -> Vec<String> {
    let well = name.starts_with(|letter: char| letter.is_ascii_uppercase()) && name.chars().all(|letter| letter.is_ascii_alphanumeric());
    if well { Vec::new() } else { vec![format!("{what} {name} is not in PascalCase")] }
}

fn snake_case(what: &str, name: &str) -> Vec<String> {
    let letters = name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
    let words = name.split('_').all(|word| !word.is_empty());
    if letters && words { Vec::new() } else { vec![format!("{what} {name} is not in snake_case")] }
}

/// An enum starts at its unspecified value, so that what an old sender leaves out is never mistaken for a choice.
fn zero(r#enum: &EnumDescriptorProto) -> Vec<String> {
    let expected = format!("{}_UNSPECIFIED", screaming(r#enum.name()));
    match r#enum.value.iter().find(|value| value.number() == 0) {
        Some(value) if value.name() == expected => Vec::new(),
        Some(value) => vec![format!("value 0 of enum {} is {}, not {expected}", r#enum.name(), value.name())],
        None => vec![format!("enum {} has no value 0: add {expected}", r#enum.name())],
    }
}

fn prefix(value: &EnumValueDescriptorProto, r#enum: &EnumDescriptorProto) -> Vec<String> {
    let prefix = format!("{}_", screaming(r#enum.name()));
    if value.name().starts_with(&prefix) { Vec::new() } else { vec![format!("value {} does not start with {prefix}", value.name())] }
}

/// A request or response of its own lets each rpc grow without touching the others.
fn request_and_response(rpc: &MethodDescriptorProto) -> Vec<String> {
    let own = |kind: &str, used: &str| {
        let expected = format!("{}{kind}", rpc.name());
        let used = used.rsplit('.').next().unwrap_or_default();
        (used != expected).then(|| format!("rpc {} uses {used}, not its own {expected}", rpc.name()))
    };
    [own("Request", rpc.input_type()), own("Response", rpc.output_type())].into_iter().flatten().collect()
}

/// A caller that got no answer must know whether it may ask again. A missing comment is a finding already.
fn repeated(rpc: &MethodDescriptorProto, comment: &str) -> Vec<String> {
    let says = comment.split(|letter: char| !letter.is_alphabetic()).any(|word| matches!(word, "repeat" | "again" | "retry"));
    if says || comment.is_empty() {
        return Vec::new();
    }
    vec![format!(
        "rpc {} does not say whether a retry is safe: write \"Safe to repeat.\", or what the same request again gives",
        rpc.name()
    )]
}

/// No binary floating point near figures, and no integers that a language without unsigned ones cannot read.
fn exact_type(field: &FieldDescriptorProto) -> Vec<String> {
    let instead = match field.r#type() {
        Type::Float | Type::Double => "piramide.type.v1.Decimal",
        Type::Uint32 | Type::Fixed32 | Type::Sfixed32 | Type::Sint32 => "int32",
        Type::Uint64 | Type::Fixed64 | Type::Sfixed64 | Type::Sint64 => "int64",
        Type::Group => "a message",
        Type::Int32 | Type::Int64 | Type::Bool | Type::String | Type::Bytes | Type::Message | Type::Enum => return Vec::new(),
    };
    vec![format!("field {} has a type that is not used here: take {instead}", field.name())]
}

/// `AsOf` as `AS_OF`.
fn screaming(name: &str) -> String {
    name.char_indices().fold(String::new(), |mut text, (position, letter)| {
        if position > 0 && letter.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_uppercase());
        text
    })
}
