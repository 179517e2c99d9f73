//! Reflection: what a running service says of itself is the contract in `proto/`, no more and no less.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use prost::Message;
use prost_types::FileDescriptorProto;
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient, server_reflection_request::MessageRequest,
    server_reflection_response::MessageResponse,
};

use crate::contracts::channel;

/// The contracts, compiled here and now, by file.
fn contracts() -> BTreeMap<String, FileDescriptorProto> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto");
    let mut files = Vec::new();
    below(&root.join("piramide"), &mut files);
    protox::compile(files, [root]).unwrap().file.into_iter().map(|file| (file.name().to_owned(), file)).collect()
}

fn below(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() { below(&path, files) } else { files.push(path) }
    }
}

/// What a service answers to one question about itself.
async fn asked(service: &'static str, question: MessageRequest) -> MessageResponse {
    let request = ServerReflectionRequest { host: String::new(), message_request: Some(question) };
    let mut client = ServerReflectionClient::new(channel(service).await);
    let mut answers = client.server_reflection_info(tokio_stream::iter([request])).await.unwrap().into_inner();
    answers.message().await.unwrap().unwrap().message_response.unwrap()
}

/// The services of the contracts that one lists.
async fn listed(service: &'static str) -> BTreeSet<String> {
    let MessageResponse::ListServicesResponse(listed) = asked(service, MessageRequest::ListServices(String::new())).await else {
        panic!("{service} lists nothing")
    };
    listed.service.into_iter().map(|service| service.name).collect()
}

/// The file in which a service shows a name of the contracts, as it is there.
async fn shown(service: &'static str, name: &str) -> FileDescriptorProto {
    let MessageResponse::FileDescriptorResponse(shown) = asked(service, MessageRequest::FileContainingSymbol(name.to_owned())).await else {
        panic!("{service} does not show {name}")
    };
    FileDescriptorProto::decode(shown.file_descriptor_proto[0].as_slice()).unwrap()
}

/// What each process answers of the contracts, without `piramide.` before it and `Service` after it.
const ANSWERED: [(&str, &[&str]); 5] = [
    ("production", &["ledger.v1.Ledger", "production.v1.Production", "scorecard.v1.Scorecard"]),
    ("quality", &["ledger.v1.Ledger", "quality.v1.Quality", "scorecard.v1.Scorecard"]),
    ("finance", &["finance.v1.Finance", "ledger.v1.Ledger", "scorecard.v1.Scorecard"]),
    ("workforce", &["ledger.v1.Ledger", "scorecard.v1.Scorecard", "workforce.v1.Workforce"]),
    ("public-value", &["plan.v1.Plan", "publicvalue.v1.PublicValue", "scorecard.v1.Scorecard"]),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_service_of_the_contracts_is_listed_where_it_answers_with_its_descriptor() {
    let contracts = contracts();
    let mut all = BTreeSet::new();
    for (process, answered) in ANSWERED {
        let services: BTreeSet<_> = answered.iter().map(|name| format!("piramide.{name}Service")).collect();
        let machinery = ["grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"].map(str::to_owned);
        assert_eq!(listed(process).await, services.iter().cloned().chain(machinery).collect(), "{process}");
        for service in &services {
            let file = shown(process, service).await;
            assert_eq!(Some(&file), contracts.get(file.name()), "{process} shows another {service}");
        }
        all.extend(services);
    }
    let written = contracts.values().flat_map(|file| file.service.iter().map(|service| format!("{}.{}", file.package(), service.name())));
    assert_eq!(all, written.collect(), "every service of the contracts answers somewhere");
}
