//! Who a service is: the facts that `--help`, logs and defaults need, given once by each `main.rs`.

/// The identity card of one service, a constant in its `main.rs`.
///
/// ```
/// use piramide_service::About;
///
/// const ABOUT: About = About::new("piramide-production", "0.1.0", 50_051, "Production accounting: what the offices complete and keep waiting.")
///     .examples("piramide-production --listen 0.0.0.0:50051 --tls-cert cert.pem --tls-key key.pem")
///     .defaults(&[("store", "sqlite:production.db")]);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// Name of the binary, as in logs and in `service.name` of its traces.
    pub name: &'static str,
    /// Version of the binary, usually `env!("CARGO_PKG_VERSION")`.
    pub version: &'static str,
    /// Port listened on when no configuration says otherwise.
    pub port: u16,
    /// One or two sentences for `--help`: the question the service answers.
    pub summary: &'static str,
    /// Command lines worth showing in `--help`, one a line.
    pub examples: &'static str,
    /// Defaults that differ for this service, as configuration key and value.
    pub defaults: &'static [(&'static str, &'static str)],
}

impl About {
    /// A card with no examples and no defaults of its own.
    pub const fn new(name: &'static str, version: &'static str, port: u16, summary: &'static str) -> Self {
        Self { name, version, port, summary, examples: "", defaults: &[] }
    }

    /// Adds command lines to `--help`, one a line.
    #[must_use]
    pub const fn examples(mut self, examples: &'static str) -> Self {
        self.examples = examples;
        self
    }

    /// Sets defaults of this service; a key that is not an option of the service is refused at start.
    #[must_use]
    pub const fn defaults(mut self, defaults: &'static [(&'static str, &'static str)]) -> Self {
        self.defaults = defaults;
        self
    }
}
