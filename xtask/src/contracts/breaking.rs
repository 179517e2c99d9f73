//! What an older reader or writer would no longer understand.
//!
//! Contracts only grow. Names count as much as numbers: they are what JSON, generated code and people use. A field or value may go
//! only when both its number and its name are reserved, so that neither ever comes back with another meaning.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, MethodDescriptorProto, ServiceDescriptorProto,
    field_descriptor_proto::{Label, Type},
};

use crate::contracts::{
    Finding,
    elements::{Element, Node, elements},
};

/// The findings when `new` takes the place of `old`.
pub(super) fn check(old: &[FileDescriptorProto], new: &[FileDescriptorProto]) -> Vec<Finding> {
    let after: Vec<Element<'_>> = new.iter().flat_map(elements).collect();
    let by_name: BTreeMap<&str, &Element<'_>> = after.iter().map(|element| (element.name.as_str(), element)).collect();
    let before: Vec<Element<'_>> = old.iter().flat_map(elements).collect();
    before
        .iter()
        .flat_map(|element| {
            let successor = by_name.get(element.name.as_str());
            let found = |place: &Element<'_>, whats: Vec<String>| whats.into_iter().map(|what| place.finding(what)).collect::<Vec<_>>();
            match (element.node, successor.map(|successor| (successor.node, *successor))) {
                (Node::Message(old), Some((Node::Message(new), place))) => found(place, message(old, new, &element.name)),
                (Node::Enum(old), Some((Node::Enum(new), place))) => found(place, r#enum(old, new, &element.name)),
                (Node::Service(old), Some((Node::Service(new), place))) => found(place, service(old, new)),
                (Node::Message(_) | Node::Enum(_) | Node::Service(_), _) => found(element, vec![format!("{} is gone", element.name)]),
                // Packages, fields, values, rpcs and one-ofs are compared with what holds them.
                _ => Vec::new(),
            }
        })
        .collect()
}

fn message(old: &DescriptorProto, new: &DescriptorProto, name: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for field in &old.field {
        match new.field.iter().find(|candidate| candidate.number() == field.number()) {
            Some(successor) => {
                findings.extend(changes(field, old, successor, new).map(|change| format!("field {name}.{} {change}", field.name())));
            }
            None if new.field.iter().any(|candidate| candidate.name() == field.name()) => {
                findings.push(format!("field {name}.{} no longer has the number {}", field.name(), field.number()));
            }
            None => {
                let number = new.reserved_range.iter().any(|range| range.start() <= field.number() && field.number() < range.end());
                let reserved = number && new.reserved_name.iter().any(|reserved| reserved == field.name());
                findings.extend((!reserved).then(|| gone("field", name, field.name(), field.number())));
            }
        }
    }
    let still = |number: i32| new.reserved_range.iter().any(|range| range.start() <= number && number < range.end());
    // A long range ends at the largest number there is; its two ends say enough.
    let ends = old.reserved_range.iter().flat_map(|range| [range.start(), range.end() - 1]);
    findings.extend(ends.filter(|number| !still(*number)).map(|number| format!("{name} no longer reserves {number}")));
    let names = old.reserved_name.iter().filter(|reserved| !new.reserved_name.contains(reserved));
    findings.extend(names.map(|reserved| format!("{name} no longer reserves \"{reserved}\"")));
    findings.dedup();
    findings
}

fn changes(
    old: &FieldDescriptorProto,
    old_in: &DescriptorProto,
    new: &FieldDescriptorProto,
    new_in: &DescriptorProto,
) -> impl Iterator<Item = String> {
    let oneof = |field: &FieldDescriptorProto, message: &DescriptorProto| {
        let position = field.oneof_index.filter(|_| !field.proto3_optional()).and_then(|position| usize::try_from(position).ok());
        position
            .and_then(|position| message.oneof_decl.get(position))
            .map_or("no oneof".to_owned(), |oneof| format!("oneof {}", oneof.name()))
    };
    let differences = [
        ("name", old.name().to_owned(), new.name().to_owned()),
        ("type", type_text(old), type_text(new)),
        ("label", label_text(old).to_owned(), label_text(new).to_owned()),
        ("place", oneof(old, old_in), oneof(new, new_in)),
    ];
    differences.into_iter().filter(|(_, old, new)| old != new).map(|(what, old, new)| format!("changes its {what} from {old} to {new}"))
}

fn type_text(field: &FieldDescriptorProto) -> String {
    match field.r#type() {
        Type::Message | Type::Enum | Type::Group => field.type_name().trim_start_matches('.').to_owned(),
        scalar @ (Type::Double
        | Type::Float
        | Type::Int64
        | Type::Uint64
        | Type::Int32
        | Type::Fixed64
        | Type::Fixed32
        | Type::Bool
        | Type::String
        | Type::Bytes
        | Type::Uint32
        | Type::Sfixed32
        | Type::Sfixed64
        | Type::Sint32
        | Type::Sint64) => scalar.as_str_name().trim_start_matches("TYPE_").to_ascii_lowercase(),
    }
}

fn label_text(field: &FieldDescriptorProto) -> &'static str {
    match field.label() {
        Label::Repeated => "repeated",
        Label::Required => "required",
        Label::Optional if field.proto3_optional() => "optional",
        Label::Optional => "singular",
    }
}

fn r#enum(old: &EnumDescriptorProto, new: &EnumDescriptorProto, name: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for value in &old.value {
        let same_number = new.value.iter().find(|candidate| candidate.number() == value.number());
        match same_number {
            Some(successor) if successor.name() == value.name() => {}
            Some(successor) => findings.push(format!("value {} of {name} changes its name to {}", value.name(), successor.name())),
            None if new.value.iter().any(|candidate| candidate.name() == value.name()) => {
                findings.push(format!("value {} of {name} no longer has the number {}", value.name(), value.number()));
            }
            None => {
                // Unlike those of messages, the reserved ranges of enums include their end.
                let number = new.reserved_range.iter().any(|range| range.start() <= value.number() && value.number() <= range.end());
                let reserved = number && new.reserved_name.iter().any(|reserved| reserved == value.name());
                findings.extend((!reserved).then(|| gone("value", name, value.name(), value.number())));
            }
        }
    }
    findings
}

fn service(old: &ServiceDescriptorProto, new: &ServiceDescriptorProto) -> Vec<String> {
    let compare = |rpc: &MethodDescriptorProto| {
        let Some(successor) = new.method.iter().find(|candidate| candidate.name() == rpc.name()) else {
            return vec![format!("rpc {}.{} is gone", old.name(), rpc.name())];
        };
        let stream = |streaming: bool, name: &str| format!("{}{}", if streaming { "stream " } else { "" }, name.trim_start_matches('.'));
        let differences = [
            ("request", stream(rpc.client_streaming(), rpc.input_type()), stream(successor.client_streaming(), successor.input_type())),
            ("response", stream(rpc.server_streaming(), rpc.output_type()), stream(successor.server_streaming(), successor.output_type())),
        ];
        let changed = differences.into_iter().filter(|(_, old, new)| old != new);
        changed
            .map(|(what, before, after)| format!("rpc {}.{} changes its {what} from {before} to {after}", old.name(), rpc.name()))
            .collect()
    };
    old.method.iter().flat_map(compare).collect()
}

fn gone(what: &str, within: &str, name: &str, number: i32) -> String {
    format!("{what} {within}.{name} is gone: keep it, or reserve both {number} and \"{name}\"")
}
