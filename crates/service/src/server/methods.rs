//! The methods of the server by path, read from its descriptors, with what is particular to each.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use prost::{DecodeError, Message};
use prost_types::FileDescriptorSet;

/// Descriptors of what every server has.
pub(super) const MACHINERY: [&[u8]; 3] = [
    tonic_health::pb::FILE_DESCRIPTOR_SET,
    tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
    tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
];

/// Streams of the machinery that stay open as long as their caller likes.
pub(super) const ENDLESS_MACHINERY: [&str; 3] = [
    "/grpc.health.v1.Health/Watch",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];

/// The methods known, and one for all that are not.
#[derive(Debug)]
pub(super) struct Methods {
    known: HashMap<String, Rule>,
    unknown: Rule,
}

/// What is particular to one method.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    /// Its service, as label.
    pub(super) service: Arc<str>,
    /// Its name, as label.
    pub(super) method: Arc<str>,
    /// Time it may take when the caller sets no deadline.
    pub(super) budget: Duration,
    /// Whether the drain ends its streams.
    pub(super) until_drain: bool,
    /// Whether it takes what a caller sends for as long as that takes.
    pub(super) upload: bool,
    /// Whether it is health or reflection, which are answered under overload too.
    pub(super) machinery: bool,
}

impl Methods {
    pub(super) fn new(budget: Duration) -> Self {
        let unknown: Arc<str> = Arc::from("unknown");
        let unknown = Rule { service: unknown.clone(), method: unknown, budget, until_drain: false, upload: false, machinery: false };
        Self { known: HashMap::new(), unknown }
    }

    /// Makes the methods of an encoded `FileDescriptorSet` known.
    pub(super) fn register(&mut self, encoded: &[u8]) -> Result<(), DecodeError> {
        for file in FileDescriptorSet::decode(encoded)?.file {
            let package = file.package().to_owned();
            for service in &file.service {
                let name = if package.is_empty() { service.name().to_owned() } else { format!("{package}.{}", service.name()) };
                for method in &service.method {
                    self.rule(&format!("/{name}/{}", method.name()));
                }
            }
        }
        Ok(())
    }

    /// The rule of a method, made known if it was not.
    pub(super) fn rule(&mut self, path: &str) -> &mut Rule {
        let budget = self.unknown.budget;
        self.known.entry(path.to_owned()).or_insert_with(|| {
            let (service, method) = path.trim_start_matches('/').rsplit_once('/').unwrap_or((path, ""));
            Rule {
                service: Arc::from(service),
                method: Arc::from(method),
                budget,
                until_drain: false,
                upload: false,
                machinery: service.starts_with("grpc."),
            }
        })
    }

    /// The rule of the method at a path; unknown paths, of which a caller can invent any number, share one.
    pub(super) fn find(&self, path: &str) -> &Rule {
        self.known.get(path).unwrap_or(&self.unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_by_descriptor_or_all_alike() {
        let mut methods = Methods::new(Duration::from_secs(1));
        for set in MACHINERY {
            methods.register(set).unwrap();
        }
        for path in ENDLESS_MACHINERY {
            let rule = methods.find(path);
            assert_ne!(&*rule.service, "unknown", "{path} is not in the descriptors");
            assert!(rule.machinery);
        }
        let invented = methods.find("/piramide.invented.v1.Service/Method");
        assert_eq!((&*invented.service, &*invented.method, invented.machinery), ("unknown", "unknown", false));
        assert!(methods.register(b"not a descriptor").is_err());
    }
}
