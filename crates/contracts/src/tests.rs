//! What holds between contracts.

use prost::Message;
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorSet};

use super::DESCRIPTORS;

/// A message as it is on the wire, whatever package it stands in.
fn on_the_wire(files: &FileDescriptorSet, package: &str, name: &str) -> DescriptorProto {
    let messages = files.file.iter().filter(|file| file.package() == package).flat_map(|file| &file.message_type);
    let mut message = messages.clone().find(|message| message.name() == name).unwrap_or_else(|| panic!("{package}.{name}")).clone();
    let unqualified = |field: &mut FieldDescriptorProto| {
        field.type_name = field.type_name.as_deref().and_then(|name| name.rsplit('.').next()).map(str::to_owned);
    };
    message.field.iter_mut().for_each(unqualified);
    message
}

/// One Rust type serves the derivations of both packages, so they must be the same.
#[test]
fn a_derivation_is_the_same_in_every_contract() {
    let files = FileDescriptorSet::decode(DESCRIPTORS).unwrap();
    for name in ["ExplanationNode", "Source", "FactSource", "PlanSource", "TotalSource", "IndicatorSource"] {
        assert_eq!(on_the_wire(&files, "piramide.scorecard.v1", name), on_the_wire(&files, "piramide.type.v1", name));
    }
}
