//! A contract file taken apart into its elements, each with its full name, its line and its comment.

use prost_types::{
    DescriptorProto, EnumDescriptorProto, EnumValueDescriptorProto, FieldDescriptorProto, FileDescriptorProto, MethodDescriptorProto,
    ServiceDescriptorProto, source_code_info::Location,
};

use crate::contracts::Finding;

/// What an element is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Node<'a> {
    Package,
    Message(&'a DescriptorProto),
    Field(&'a FieldDescriptorProto),
    Oneof,
    Enum(&'a EnumDescriptorProto),
    /// A value with the enum it belongs to.
    Value(&'a EnumValueDescriptorProto, &'a EnumDescriptorProto),
    Service(&'a ServiceDescriptorProto),
    Rpc(&'a MethodDescriptorProto),
}

/// One element of a file.
#[derive(Debug, Clone)]
pub(super) struct Element<'a> {
    pub(super) node: Node<'a>,
    /// With the package and the elements around it: `piramide.type.v1.Period.value`.
    pub(super) name: String,
    pub(super) file: &'a str,
    /// From 1; 0 when the compiler does not say.
    pub(super) line: usize,
    /// What stands directly above it.
    pub(super) comment: &'a str,
}

impl Element<'_> {
    /// A finding at this element.
    pub(super) fn finding(&self, what: impl Into<String>) -> Finding {
        Finding { file: self.file.to_owned(), line: self.line, what: what.into() }
    }
}

/// The numbers by which descriptor.proto names the parts of a descriptor in a path.
mod part {
    pub(super) const PACKAGE: i32 = 2;
    pub(super) const MESSAGE: i32 = 4;
    pub(super) const ENUM: i32 = 5;
    pub(super) const SERVICE: i32 = 6;
    pub(super) const FIELD_VALUE_OR_RPC: i32 = 2;
    pub(super) const NESTED_MESSAGE: i32 = 3;
    pub(super) const NESTED_ENUM: i32 = 4;
    pub(super) const ONEOF: i32 = 8;
}

/// The elements of a file, each before those inside it. What the compiler adds by itself (the entries of maps, the one-ofs
/// behind `optional`) is left out.
pub(super) fn elements(file: &FileDescriptorProto) -> Vec<Element<'_>> {
    let mut walk = Walk { file, elements: Vec::new() };
    walk.add(Node::Package, "", file.package().to_owned(), &[part::PACKAGE]);
    for (position, message) in positions(&file.message_type) {
        walk.message(message, file.package(), &[part::MESSAGE, position]);
    }
    for (position, r#enum) in positions(&file.enum_type) {
        walk.r#enum(r#enum, file.package(), &[part::ENUM, position]);
    }
    for (position, service) in positions(&file.service) {
        let path = [part::SERVICE, position];
        let name = walk.add(Node::Service(service), file.package(), service.name().to_owned(), &path);
        for (position, rpc) in positions(&service.method) {
            walk.add(Node::Rpc(rpc), &name, rpc.name().to_owned(), &[&path[..], &[part::FIELD_VALUE_OR_RPC, position]].concat());
        }
    }
    walk.elements
}

struct Walk<'a> {
    file: &'a FileDescriptorProto,
    elements: Vec<Element<'a>>,
}

impl<'a> Walk<'a> {
    fn add(&mut self, node: Node<'a>, within: &str, name: String, path: &[i32]) -> String {
        let name = if within.is_empty() { name } else { format!("{within}.{name}") };
        let location = self.location(path);
        let line =
            location.and_then(|location| location.span.first()).and_then(|line| usize::try_from(*line).ok()).map_or(0, |line| line + 1);
        let comment = location.and_then(|location| location.leading_comments.as_deref()).unwrap_or_default().trim();
        self.elements.push(Element { node, name: name.clone(), file: self.file.name(), line, comment });
        name
    }

    fn location(&self, path: &[i32]) -> Option<&'a Location> {
        self.file.source_code_info.as_ref()?.location.iter().find(|location| location.path == path)
    }

    fn message(&mut self, message: &'a DescriptorProto, within: &str, path: &[i32]) {
        if is_map_entry(message) {
            return;
        }
        let name = self.add(Node::Message(message), within, message.name().to_owned(), path);
        let inside = |part: i32, position: i32| [path, &[part, position]].concat();
        for (position, field) in positions(&message.field) {
            self.add(Node::Field(field), &name, field.name().to_owned(), &inside(part::FIELD_VALUE_OR_RPC, position));
        }
        for (position, oneof) in positions(&message.oneof_decl) {
            let of_optional = |field: &FieldDescriptorProto| field.oneof_index == Some(position) && field.proto3_optional();
            if !message.field.iter().any(of_optional) {
                self.add(Node::Oneof, &name, oneof.name().to_owned(), &inside(part::ONEOF, position));
            }
        }
        for (position, nested) in positions(&message.nested_type) {
            self.message(nested, &name, &inside(part::NESTED_MESSAGE, position));
        }
        for (position, r#enum) in positions(&message.enum_type) {
            self.r#enum(r#enum, &name, &inside(part::NESTED_ENUM, position));
        }
    }

    fn r#enum(&mut self, r#enum: &'a EnumDescriptorProto, within: &str, path: &[i32]) {
        let name = self.add(Node::Enum(r#enum), within, r#enum.name().to_owned(), path);
        for (position, value) in positions(&r#enum.value) {
            let path = [path, &[part::FIELD_VALUE_OR_RPC, position]].concat();
            self.add(Node::Value(value, r#enum), &name, value.name().to_owned(), &path);
        }
    }
}

/// Whether the compiler made this message for a map.
pub(super) fn is_map_entry(message: &DescriptorProto) -> bool {
    message.options.as_ref().is_some_and(prost_types::MessageOptions::map_entry)
}

fn positions<T>(items: &[T]) -> impl Iterator<Item = (i32, &T)> {
    (0..).zip(items)
}
