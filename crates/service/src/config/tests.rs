//! Layers, origins, refusals.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use super::*;

const ABOUT: About = About::new("piramide-example", "1.2.3", 50_099, "Answers an example question.")
    .examples("piramide-example --store sqlite:example.db")
    .defaults(&[("store", "sqlite:default.db"), ("limit", "7")]);

/// Options of a service of its own.
#[derive(Debug, Clone, clap::Args)]
struct Own {
    /// A number without a default of its own.
    #[arg(long)]
    limit: u32,
    /// Addresses of other services.
    #[arg(long)]
    peer: Vec<String>,
    /// A secret.
    #[arg(long)]
    api_token: Option<String>,
}

struct Layers {
    file: tempfile::NamedTempFile,
}

impl Layers {
    fn new(toml: &str) -> Self {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(toml.as_bytes()).unwrap();
        Self { file }
    }

    fn path(&self) -> PathBuf {
        self.file.path().to_owned()
    }

    fn load(&self, environment: &[(&str, &str)], args: &[&str]) -> Result<Config<Own>, ConfigError> {
        let file = ("PIRAMIDE_CONFIG".to_owned(), self.path().display().to_string());
        let environment = environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Config::load(&ABOUT, &Sources::new(args.iter().map(|arg| (*arg).to_owned()), environment.chain([file])))
    }
}

#[track_caller]
fn check_origin(config: &Config<Own>, key: &str, values: &[&str], origin: &Origin) {
    let setting = config.settings().iter().find(|setting| setting.key == key).unwrap();
    assert_eq!(
        (setting.values.as_slice(), &setting.origin),
        (values.iter().map(ToString::to_string).collect::<Vec<_>>().as_slice(), origin)
    );
}

#[test]
fn each_layer_overrides_the_one_before_and_each_value_knows_its_origin() {
    let layers = Layers::new(
        "drain = \"1s\"\ncall_deadline = \"1s\"\ndeadline = \"1s\"\nallow_plaintext = true\npeer = [\"a\", \"b\"]\nthreads = 3\n",
    );
    let environment = [
        ("PIRAMIDE_DEADLINE", "2s"),
        ("PIRAMIDE_CALL_DEADLINE", "2s"),
        ("PIRAMIDE_LOG", ""),
        ("PIRAMIDE_OTHER", "x"),
        ("PIRAMIDE_LIMIT", "9"),
    ];
    let config = layers.load(&environment, &["--deadline", "3s", "--allow-plaintext=false"]).unwrap();

    assert_eq!((config.options.drain, config.options.call_deadline, config.options.deadline), (secs(1), secs(2), secs(3)));
    assert_eq!((config.options.threads, config.own.limit, config.own.peer.as_slice()), (3, 9, ["a".to_owned(), "b".to_owned()].as_slice()));
    assert!(!config.options.allow_plaintext);
    assert_eq!(config.options.listen.to_string(), "127.0.0.1:50099");

    let file = Origin::File(layers.path());
    check_origin(&config, "drain", &["1s"], &file);
    check_origin(&config, "peer", &["a", "b"], &file);
    check_origin(&config, "call_deadline", &["2s"], &Origin::Environment("PIRAMIDE_CALL_DEADLINE".into()));
    check_origin(&config, "deadline", &["3s"], &Origin::Flag("--deadline".into()));
    check_origin(&config, "allow_plaintext", &["false"], &Origin::Flag("--allow-plaintext".into()));
    check_origin(&config, "log", &["info"], &Origin::Default);
    check_origin(&config, "store", &["sqlite:default.db"], &Origin::Default);
    check_origin(&config, "plans", &[], &Origin::Default);
}

fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[test]
fn the_flag_names_a_file_before_the_variable_does() {
    let (named, other) = (Layers::new("limit = 1"), Layers::new("limit = 2"));
    for flag in [vec!["--config".to_owned(), named.path().display().to_string()], vec![format!("--config={}", named.path().display())]] {
        let flag = flag.iter().map(String::as_str).collect::<Vec<_>>();
        assert_eq!(other.load(&[], &flag).unwrap().own.limit, 1);
    }
}

#[track_caller]
fn check_refused(toml: &str, environment: &[(&str, &str)], args: &[&str], words: &[&str]) {
    let error = Layers::new(toml).load(environment, args).unwrap_err();
    let chain = std::iter::successors(Some(&error as &dyn std::error::Error), |&error| error.source());
    let text = chain.map(ToString::to_string).collect::<Vec<_>>().join(": ");
    for word in words {
        assert!(text.contains(word), "{word:?} is not in {text:?}");
    }
}

#[test]
fn what_is_wrong_is_named_with_its_key_and_origin() {
    check_refused("listne = 1", &[], &[], &["unknown key `listne`", "listen"]);
    check_refused("config = 'x'", &[], &[], &["unknown key `config`"]);
    check_refused("[certificates]\nkey = 'x'", &[], &[], &["unknown key `certificates`"]);
    check_refused("listen = [1]", &[], &[], &["key `listen`", "must be a text"]);
    check_refused("drain = 1.5", &[], &[], &["key `drain`", "must be a text"]);
    check_refused("peer = [[1]]", &[], &[], &["key `peer`", "must be a list"]);
    check_refused("drain = ", &[], &[], &["not valid TOML"]);
    check_refused("drain = 5", &[], &[], &["key `drain`", "file ", "'5'", "250ms or 2s"]);
    check_refused("limit = -1", &[], &[], &["key `limit`", "file "]);
    check_refused("", &[("PIRAMIDE_LISTEN", "localhost")], &[], &["key `listen`", "environment PIRAMIDE_LISTEN", "localhost"]);
    check_refused("log = 'a=b=c'", &[], &[], &["key `log`"]);
    check_refused("", &[], &["--drain", "soon"], &["command line", "--drain", "soon"]);
    check_refused("", &[], &["--unknown"], &["--unknown"]);
    check_refused("", &[], &["--config", "/nowhere/x.toml"], &["cannot read configuration file /nowhere/x.toml", "No such file"]);
}

#[test]
fn options_that_do_not_go_together_name_the_key_to_change() {
    check_refused("listen = '0.0.0.0:1'", &[], &[], &["listen = 0.0.0.0:1", "allow_plaintext = true", "tls_cert"]);
    check_refused("listen = '[::]:1'", &[], &[], &["allow_plaintext"]);
    check_refused("tls_cert = 'c.pem'", &[], &[], &["tls_cert is set without tls_key"]);
    check_refused("tls_key = 'k.pem'", &[], &[], &["tls_key is set without tls_cert"]);
    check_refused("tls_client_ca = 'a.pem'", &[], &[], &["tls_client_ca is set without tls_cert"]);
    check_refused("threads = 0", &[], &[], &["threads = 0 is out of range"]);
    check_refused("concurrency = 0", &[], &[], &["concurrency = 0"]);
    check_refused("message_limit = 1", &[], &[], &["message_limit = 1"]);
    check_refused("drain = '0s'", &[], &[], &["drain = 0ns is out of range"]);
    check_refused("listen = '127.0.0.1:65500'", &[], &[], &["http_listen"]);

    let accepted =
        ["listen = '0.0.0.0:1'\nallow_plaintext = true", "listen = '0.0.0.0:1'\ntls_cert = 'c'\ntls_key = 'k'", "listen = '[::1]:1'"];
    for toml in accepted {
        Layers::new(toml).load(&[], &[]).unwrap();
    }
}

#[test]
fn a_folder_of_certificates_turns_mutual_tls_on_and_what_is_named_takes_the_place_of_its_files() {
    let files = |toml: &str| {
        let options = Layers::new(toml).load(&[], &[]).unwrap().options;
        assert!(options.has_tls());
        [options.tls_cert, options.tls_key, options.tls_client_ca, options.tls_server_ca]
            .map(|file| file.map(|file| file.display().to_string()))
    };
    let some = |file: &str| Some(file.to_owned());
    assert_eq!(
        files("listen = '0.0.0.0:1'\ntls = '/run/tls'"),
        [some("/run/tls/tls.crt"), some("/run/tls/tls.key"), some("/run/tls/ca.crt"), None]
    );
    assert_eq!(files("tls = 'd'\ntls_client_ca = 'a.pem'\ntls_server_ca = 's.pem'")[2..], [some("a.pem"), some("s.pem")]);
}

#[test]
fn files_of_the_folder_of_certificates_are_shown_with_the_origin_of_the_folder() {
    let layers = Layers::new("tls = 'of-file'");
    let file = Origin::File(layers.path());
    let variable = || Origin::Environment("PIRAMIDE_TLS".into());
    let of_file = layers.load(&[], &[]).unwrap();
    check_origin(&of_file, "tls", &["of-file"], &file);
    check_origin(&of_file, "tls_cert", &["of-file/tls.crt"], &file);
    check_origin(&of_file, "tls_key", &["of-file/tls.key"], &file);
    check_origin(&of_file, "tls_client_ca", &["of-file/ca.crt"], &file);
    check_origin(&of_file, "tls_server_ca", &[], &Origin::Default);
    let of_variable = layers.load(&[("PIRAMIDE_TLS", "of-variable")], &[]).unwrap();
    check_origin(&of_variable, "tls_cert", &["of-variable/tls.crt"], &variable());
    let of_flag = layers.load(&[("PIRAMIDE_TLS", "of-variable")], &["--tls", "of-flag"]).unwrap();
    check_origin(&of_flag, "tls_key", &["of-flag/tls.key"], &Origin::Flag("--tls".into()));
    // What is named has the origin of its name, even where another layer names the folder.
    let named = layers.load(&[("PIRAMIDE_TLS", "of-variable")], &["--tls-client-ca", "a.pem"]).unwrap();
    check_origin(&named, "tls_client_ca", &["a.pem"], &Origin::Flag("--tls-client-ca".into()));
    check_origin(&named, "tls_cert", &["of-variable/tls.crt"], &variable());
    let printed = of_flag.to_toml();
    assert!(printed.contains("\n# tls_cert = \"of-flag/tls.crt\"  follows from tls, flag --tls\n"), "{printed}");
    let again = Layers::new(&printed);
    let read = again.load(&[], &[]).unwrap().options;
    assert_eq!((read.tls_cert, read.tls_key), (of_flag.options.tls_cert, of_flag.options.tls_key));
    let moved = again.load(&[("PIRAMIDE_TLS", "elsewhere")], &[]).unwrap();
    check_origin(&moved, "tls_cert", &["elsewhere/tls.crt"], &variable());
}

#[track_caller]
fn check_side_door(args: &[&str], expected: Option<&str>) {
    let config = Layers::new("").load(&[], args).unwrap();
    assert_eq!(config.options.side_door().unwrap().map(|address| address.to_string()).as_deref(), expected);
}

#[test]
fn the_side_door_follows_the_port_unless_told_otherwise() {
    check_side_door(&[], Some("127.0.0.1:50199"));
    check_side_door(&["--listen", "0.0.0.0:50051", "--allow-plaintext"], Some("127.0.0.1:50151"));
    check_side_door(&["--listen", "127.0.0.1:0"], Some("127.0.0.1:0"));
    check_side_door(&["--http-listen", "0.0.0.0:9000"], Some("0.0.0.0:9000"));
    check_side_door(&["--http-listen", "off"], None);
}

#[test]
fn the_printed_configuration_shows_origins_hides_secrets_and_can_be_read_again() {
    let layers = Layers::new("store = 'postgres://anna:s3cret@db/p'\napi_token = 's3cret'\npeer = ['http://x:s3cret@y']\n");
    let config = layers
        .load(&[("PIRAMIDE_OTLP", "http://u:s3cret@collector:4317")], &["--tls-key", "k.pem", "--tls-cert", "c.pem", "--print-config"])
        .unwrap();
    assert!(config.wants_print());
    let printed = config.to_toml();
    assert!(!printed.contains("s3cret"), "{printed}");
    assert!(!format!("{:?}", config.options).contains("s3cret"));
    assert_eq!(config.options.store.as_ref().unwrap().expose(), "postgres://anna:s3cret@db/p");
    let file = layers.path().display().to_string();
    for line in [
        format!("store = \"postgres://anna:***@db/p\"  # file {file}"),
        format!("api_token = \"***\"  # file {file}"),
        format!("peer = [\"http://x:***@y\"]  # file {file}"),
        "otlp = \"http://u:***@collector:4317\"  # environment PIRAMIDE_OTLP".to_owned(),
        "tls_key = \"k.pem\"  # flag --tls-key".to_owned(),
        "listen = \"127.0.0.1:50099\"  # default".to_owned(),
        "allow_plaintext = false  # default".to_owned(),
        "message_limit = 4194304  # default".to_owned(),
        "# plans is not set".to_owned(),
    ] {
        assert!(printed.lines().any(|each| each == line), "{line:?} is not in\n{printed}");
    }
    let keys = config.settings().iter().map(|setting| setting.key.as_str()).collect::<Vec<_>>();
    assert_eq!((keys[0], keys[1], keys[2], keys[keys.len() - 1]), ("listen", "http_listen", "store", "api_token"));
    let again = Layers::new(&printed).load(&[], &[]).unwrap();
    assert_eq!(again.own.limit, config.own.limit);
    assert_eq!(again.options.deadline, config.options.deadline);
}

#[test]
fn variables_that_no_setting_reads_are_named_without_their_value() {
    let environment = [
        ("PIRAMIDE_DEADLIEN", "s3cret"),
        ("PIRAMIDE_DRAIN", "3s"),
        ("PIRAMIDE_LIMIT", "3"),
        ("PIRAMIDE_QUALITY_URL", ""),
        ("DEADLINE", "5s"),
    ];
    let config = Layers::new("").load(&environment, &[]).unwrap();
    assert_eq!(config.unread(), ["PIRAMIDE_DEADLIEN"]);
    let printed = config.to_toml();
    assert!(printed.ends_with("\n# PIRAMIDE_DEADLIEN is set, and no setting of this service reads it\n"), "{printed}");
    assert!(!printed.contains("s3cret"));
    assert_eq!(Layers::new(&printed).load(&[], &[]).unwrap().unread(), [""; 0]);
}

#[test]
fn the_help_teaches() {
    let ConfigError::Usage(help) = Layers::new("").load(&[], &["--help"]).unwrap_err() else { panic!("not the help") };
    assert!(!help.use_stderr());
    let text = help.to_string();
    for words in [
        "Answers an example question.",
        "[env: PIRAMIDE_HTTP_LISTEN]",
        "[default: 127.0.0.1:50099]",
        "Examples:",
        "--store sqlite:example.db",
    ] {
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    }
}

#[test]
fn a_local_configuration_needs_no_file_no_environment_and_no_port() {
    let config = Config::<Own>::local(&ABOUT, ["--limit", "3"]).unwrap();
    assert_eq!((config.options.listen.port(), config.own.limit), (0, 3));
}
