//! The real service on the same ledger, in a process of its own: the memory it has while the postings lie on disk.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use piramide_contracts::{
    domains,
    finance::{GetStatementRequest, finance_service_client::FinanceServiceClient},
    types::{AsOf, as_of::At},
};
use piramide_finance::Finance;
use piramide_measure::Period;
use piramide_service::{
    About, Config, NoOptions,
    client::{Connection, Dialer},
};

use super::{
    data::{CLOSING, FIRST_YEAR, Scale, office, write_plan},
    from_proc_of,
};

/// The argument that makes of this program the service.
pub(crate) const SERVE: &str = "serve";

const ABOUT: About = About::new("piramide-finance", env!("CARGO_PKG_VERSION"), domains::FINANCE.port, "Finance, on the ledger of a bench.");

/// Serves the ledger of a folder until its input ends, and says where first.
pub(crate) fn serve(folder: &Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let place = |name: &str| folder.join(name).display().to_string();
    let arguments = ["--store".to_owned(), format!("sqlite:{}", place("finance.db")), "--plans".to_owned(), place("plans")];
    runtime.block_on(async {
        let config = Config::local(&ABOUT, arguments).expect("a configuration");
        let running = piramide_domain::start(ABOUT.name, Finance, config).await.expect("the service");
        println!("{}", running.url());
        tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await.expect("a thread").expect("its input");
        running.stop();
        running.join().await.expect("an orderly end");
    });
}

/// The service at work. It ends when this is dropped.
struct Served {
    program: Child,
    url: String,
}

impl Served {
    fn new(folder: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        // As in operation: see the README.
        let command = command.arg(SERVE).arg(folder).env("MALLOC_ARENA_MAX", "2");
        let mut program = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a process");
        let mut url = String::new();
        BufReader::new(program.stdout.take().expect("its output")).read_line(&mut url).expect("an address");
        Self { program, url: url.trim().to_owned() }
    }

    fn resident(&self) -> u64 {
        from_proc_of(self.program.id(), "VmRSS:")
    }

    fn peak(&self) -> u64 {
        from_proc_of(self.program.id(), "VmHWM:")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.program.stdin.take());
        self.program.wait().expect("its end");
    }
}

/// Starts it where there is no snapshot, and again where there is one, and asks for statements of every year.
pub(crate) async fn measure(folder: &Path, scale: Scale, put: &mut impl FnMut(&str, u128)) {
    write_plan(&folder.join("plans/bench"), scale);
    let started = Instant::now();
    let first = Served::new(folder);
    put("service_first_start_ms", started.elapsed().as_millis());
    let snapshot = folder.join("finance.db.snapshot");
    while !snapshot.exists() {
        std::thread::sleep(Duration::from_millis(50));
    }
    // The postings leave memory right after it is kept.
    std::thread::sleep(Duration::from_secs(2));
    put("service_first_kib", first.resident().into());
    put("service_first_peak_kib", first.peak().into());
    drop(first);
    let started = Instant::now();
    let again = Served::new(folder);
    put("service_restart_ms", started.elapsed().as_millis());
    put("service_kib", again.resident().into());
    let asked = ask(&again.url, scale, put).await;
    put("service_statements", asked);
    put("service_asked_kib", again.resident().into());
    put("service_peak_kib", again.peak().into());
    ask_of_the_past(&again.url, put).await;
    put("service_past_kib", again.resident().into());
}

/// The client of a service.
fn client(url: &str) -> FinanceServiceClient<Connection> {
    let options = Config::<NoOptions>::local(&ABOUT, [] as [&str; 0]).expect("a configuration").options;
    FinanceServiceClient::new(Dialer::new(&options).expect("no TLS").connect(url).expect("an address"))
}

/// The first questions about the closing after a start, and the same again.
async fn ask_of_the_past(url: &str, put: &mut impl FnMut(&str, u128)) {
    let mut client = client(url);
    let levels = [("office", office(5)), ("region", "REG_05".to_owned()), ("nation", "NAZ".to_owned())];
    for (level, structure) in levels {
        let request = GetStatementRequest {
            structure_code: structure,
            period: Some(Period::Year(FIRST_YEAR).into()),
            as_of: Some(AsOf { at: Some(At::Closing(CLOSING.into())) }),
            ..GetStatementRequest::default()
        };
        let mut ask = async |which: &str| {
            let started = Instant::now();
            let said = client.get_statement(request.clone()).await.expect("a statement").into_inner();
            put(&format!("service_past_{level}_{which}_us"), started.elapsed().as_micros());
            said
        };
        let first = ask("first").await;
        assert!(first == ask("again").await, "void: {level} says something else the second time");
    }
}

/// Statements of each year whole at each level, and of its first quarter, which is not kept as a sum of the old years.
async fn ask(url: &str, scale: Scale, put: &mut impl FnMut(&str, u128)) -> u128 {
    let mut client = client(url);
    let mut asked = 0;
    for year in FIRST_YEAR..=scale.last_year() {
        let levels = || [("office", office(5)), ("region", "REG_05".to_owned()), ("nation", "NAZ".to_owned())].into_iter();
        let whole = levels().map(|(_, structure)| (None, structure, Period::Year(year)));
        let parts = levels().map(|(level, structure)| (Some(level), structure, Period::Quarter { year, quarter: 1 }));
        for (level, structure, period) in whole.chain(parts) {
            let request = GetStatementRequest { structure_code: structure, period: Some(period.into()), ..GetStatementRequest::default() };
            let started = Instant::now();
            let statement = client.get_statement(request).await.expect("a statement").into_inner();
            if let Some(level) = level.filter(|_| year == FIRST_YEAR) {
                put(&format!("service_quarter_{level}_us"), started.elapsed().as_micros());
            }
            assert!(statement.lines.iter().any(|line| line.amount.is_some()), "it says something");
            asked += 1;
        }
    }
    asked
}
