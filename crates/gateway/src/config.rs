//! What the gateway can be told, beyond the options of every service.

use std::time::Duration;

use piramide_contracts::domains::{self, Domain};
use piramide_measure::Period;
use piramide_service::{About, config::duration};

/// Who the gateway is.
pub const ABOUT: About = About::new(
    "piramide-gateway",
    env!("CARGO_PKG_VERSION"),
    8080,
    "The door for people: how the institution performs, as pages, REST and live events.",
)
.examples("piramide-gateway\npiramide-gateway --production-url https://production:7101 --listen 0.0.0.0:8443 --tls-cert cert.pem --tls-key key.pem")
.defaults(&[("http_listen", "off")]);

/// The options that only the gateway has.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Options of the gateway")]
pub struct GatewayOptions {
    /// Where production accounting answers.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7101")]
    pub production_url: String,

    /// Where quality answers.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7102")]
    pub quality_url: String,

    /// Where finance answers.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7103")]
    pub finance_url: String,

    /// Where workforce answers.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7104")]
    pub workforce_url: String,

    /// Where the pyramid, the plans and the organisation answer.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7105")]
    pub public_value_url: String,

    /// Largest body of an ordinary request, in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 2 << 20)]
    pub body_limit: usize,

    /// Largest file of a submitted batch, in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 64 << 20)]
    pub upload_limit: usize,

    /// Submissions held in memory at once; what comes beyond is told to come again.
    #[arg(long, value_name = "COUNT", default_value_t = 4)]
    pub uploads: usize,

    /// Time that a submission above the body limit, or a verification of a ledger, may take.
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
    pub upload_deadline: Duration,

    /// Time that a reading of what was known at a moment or closing may take: of a large ledger it is read anew when it is first asked for.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    pub past_deadline: Duration,

    /// Connections open at once.
    #[arg(long, value_name = "COUNT", default_value_t = 4096)]
    pub connections: usize,

    /// Time for a reader to take some of an answer; one that takes nothing for so long is let go. Silence between two events does not count.
    #[arg(long, value_name = "DURATION", default_value = "1m", value_parser = duration)]
    pub write_timeout: Duration,

    /// Readers of live events at once.
    #[arg(long, value_name = "COUNT", default_value_t = 1024)]
    pub event_readers: usize,

    /// Answers kept in memory, at most.
    #[arg(long, value_name = "COUNT", default_value_t = 4096)]
    pub cache_entries: usize,

    /// Bytes of kept answers, at most.
    #[arg(long, value_name = "BYTES", default_value_t = 64 << 20)]
    pub cache_bytes: usize,

    /// Structures whose pyramid is made ahead once that of one was opened, at most; 0 for none, not even what pages open with and offer.
    #[arg(long, value_name = "COUNT", default_value_t = 1000)]
    pub read_ahead: usize,

    /// The structure that pages show when none is chosen.
    #[arg(long, value_name = "CODE", default_value = "NAZ")]
    pub page_structure: String,

    /// The period that pages show when none is chosen.
    #[arg(long, value_name = "PERIOD", default_value = "2020")]
    pub page_period: Period,
}

impl GatewayOptions {
    /// Every service behind the gateway, and where it answers: one of the house cannot be forgotten here.
    pub(crate) fn addresses(&self) -> [(Domain, &str); domains::ALL.len()] {
        [
            (domains::PRODUCTION, &self.production_url),
            (domains::QUALITY, &self.quality_url),
            (domains::FINANCE, &self.finance_url),
            (domains::WORKFORCE, &self.workforce_url),
            (domains::PUBLIC_VALUE, &self.public_value_url),
        ]
    }
}
