//! Generates Rust from `proto/` with a compiler written in Rust: there is no protoc to install, and nothing generated is committed.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message;

/// The messages of a derivation stand in `piramide.scorecard.v1`, where they were first, and in `piramide.type.v1`, where every contract
/// may use them. A test holds the two equal, so that one Rust type serves both.
const DERIVATION: [&str; 6] = ["ExplanationNode", "Source", "FactSource", "PlanSource", "TotalSource", "IndicatorSource"];

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../proto");
    println!("cargo:rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    for package in fs::read_dir(root.join("piramide"))? {
        for version in fs::read_dir(package?.path())? {
            for file in fs::read_dir(version?.path())? {
                files.push(file?.path());
            }
        }
    }
    files.sort();
    let descriptors = protox::compile(files, [root])?;
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("descriptors.bin"), descriptors.encode_to_vec())?;
    let mut generator = tonic_prost_build::configure().include_file("piramide.rs").codec_path("crate::codec::InOnePiece");
    for message in DERIVATION {
        generator = generator.extern_path(format!(".piramide.scorecard.v1.{message}"), format!("crate::types::{message}"));
    }
    generator.compile_fds(descriptors)?;
    Ok(())
}
