//! Folders, imports and recursion: how files and messages stand to each other.

use std::collections::{BTreeMap, BTreeSet};

use prost_types::{DescriptorProto, FileDescriptorProto};

use crate::contracts::{
    Finding,
    elements::{Element, Node, elements, is_map_entry},
};

/// What a package may import besides itself: what all share, and what Google gives. Domains never know each other.
const SHARED: [&str; 2] = ["piramide/type/v1/", "google/protobuf/"];

/// The findings across files.
pub(super) fn check(files: &[FileDescriptorProto]) -> Vec<Finding> {
    files.iter().flat_map(|file| [package(file), imports(file)].concat()).chain(recursion(files)).collect()
}

fn package(file: &FileDescriptorProto) -> Vec<Finding> {
    let finding = |what: String| Finding { file: file.name().to_owned(), line: 0, what };
    let folder = file.name().rsplit_once('/').map_or("", |(folder, _)| folder).replace('/', ".");
    let mut findings = Vec::new();
    if file.package() != folder {
        findings.push(finding(format!("package {} stands in the folder of {folder}: both must be equal", file.package())));
    }
    if file.package().rsplit('.').next() != Some("v1") {
        findings.push(finding(format!("package {} does not end in v1", file.package())));
    }
    findings
}

fn imports(file: &FileDescriptorProto) -> Vec<Finding> {
    let own = file.name().rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let foreign = |import: &&String| !import.starts_with(&own) && !SHARED.iter().any(|shared| import.starts_with(shared));
    let what = |import: &String| format!("imports {import}: only its own package, piramide.type and google.protobuf may be imported");
    file.dependency.iter().filter(foreign).map(|import| Finding { file: file.name().to_owned(), line: 0, what: what(import) }).collect()
}

/// Messages that contain themselves: readers limit depth differently, and a message made to be deep exhausts those that do not.
fn recursion(files: &[FileDescriptorProto]) -> Vec<Finding> {
    let elements: Vec<Element<'_>> = files.iter().flat_map(elements).collect();
    let contains: BTreeMap<&str, BTreeSet<String>> = elements
        .iter()
        .filter_map(|element| match element.node {
            Node::Message(message) => Some((element.name.as_str(), contained(message))),
            Node::Package | Node::Field(_) | Node::Oneof | Node::Enum(_) | Node::Value(..) | Node::Service(_) | Node::Rpc(_) => None,
        })
        .collect();
    let recursive = |name: &str| {
        let mut seen = BTreeSet::new();
        let mut pending: Vec<&str> = vec![name];
        while let Some(current) = pending.pop() {
            for inner in contains.get(current).into_iter().flatten() {
                if inner == name {
                    return true;
                }
                if seen.insert(inner.as_str()) {
                    pending.push(inner);
                }
            }
        }
        false
    };
    let messages = elements.iter().filter(|element| matches!(element.node, Node::Message(_)) && recursive(&element.name));
    messages
        .map(|element| element.finding(format!("message {} contains itself: send a list whose items name their parent", element.name)))
        .collect()
}

/// The full names of the messages that a message holds, those of its maps included.
fn contained(message: &DescriptorProto) -> BTreeSet<String> {
    let maps = message.nested_type.iter().filter(|nested| is_map_entry(nested));
    let fields = message.field.iter().chain(maps.flat_map(|entry| &entry.field));
    fields.map(|field| field.type_name().trim_start_matches('.').to_owned()).filter(|name| !name.is_empty()).collect()
}
