//! Settings: flags, then `WELLSPRING_*` environment variables, then `wellspring.toml`, then defaults.
//!
//! All faults are found before anything starts, and listed together. This is the only module that reads the environment.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

use crate::db::DbSettings;
use crate::keys::MasterKeys;
use crate::mail::{MailAuthority, MailSettings, Mailbox, SmtpSettings, Way};
use crate::store::{Durability, Room, S3Settings, StoreLimits};

mod forms;
mod media;
mod settings;

pub use forms::FormSettings;
pub use media::MediaSettings;
use settings::SECRETS;
pub use settings::{SETTINGS, Setting};

/// What `lost_keys` calls a key whose id is not known.
pub const UNNAMED: &str = "unnamed";

/// Everything that can be set, read and checked.
#[derive(Debug, Clone)]
pub struct Config {
    pub listen: SocketAddr,
    pub data_dir: PathBuf,
    pub database: DbSettings,
    /// Where clients reach the server, without a slash at the end.
    pub base_url: Arc<str>,
    pub mail: MailSettings,
    /// None for those in the data folder.
    pub master_keys: Option<MasterKeys>,
    /// Ids of master keys that the operator knows to be gone for good; [`UNNAMED`] for one whose id is not known.
    pub lost_keys: Vec<String>,
    /// None when the server is its own store.
    pub s3: Option<S3Settings>,
    /// Whether what is acknowledged is on the disk, in the server's own store.
    pub durability: Durability,
    /// How much it takes.
    pub room: Room,
    /// How long either store is waited for.
    pub store_limits: StoreLimits,
    pub media: MediaSettings,
    pub rate_limits: RateLimits,
    pub forms: FormSettings,
    /// Whose word about a client's address is taken.
    pub trusted_proxies: Vec<IpNet>,
    pub console: bool,
    pub max_connections: usize,
    /// Of one client address.
    pub connections_per_address: usize,
    /// Bytes that requests and their answers may hold at once.
    pub request_memory: usize,
    /// Jobs that one process runs at once.
    pub workers: usize,
    /// How long a job stays with a worker that gives no sign of life.
    pub job_lease: Duration,
    /// Whether anybody may read `/metrics`.
    pub metrics: bool,
    pub log: String,
    pub log_format: LogFormat,
}

impl Config {
    /// The same once it is known which port was free: links that the server makes have it.
    #[must_use]
    pub fn listening_on(self, local: SocketAddr) -> Self {
        let is_by_default = *self.base_url == *format!("http://{}", self.listen);
        let base_url = if is_by_default { format!("http://{local}").into() } else { self.base_url };
        Self { listen: local, base_url, ..self }
    }

    /// The server's own store.
    pub fn storage(&self) -> PathBuf {
        self.data_dir.join("storage")
    }

    /// Where files lie while they are looked at.
    pub fn scratch(&self) -> PathBuf {
        self.data_dir.join("scratch")
    }

    pub fn lease_millis(&self) -> i64 {
        i64::try_from(self.job_lease.as_millis()).unwrap_or(i64::MAX / 4)
    }
}

/// How often something may be done; `None` is without limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimits {
    /// Per second and address.
    pub requests: Option<u32>,
    /// Per minute, for each address and each token.
    pub mutations: Option<u32>,
    /// Sign-ins per minute for each address, ten times as many for each account, and password resets per hour for both.
    pub sign_ins: Option<u32>,
    /// What readers send in, per minute and address.
    pub public_mutations: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    Auto,
    Text,
    Json,
}

/// Settings that were given, by name, each with where it comes from.
#[derive(Debug, Clone, Default)]
pub struct Given(BTreeMap<&'static str, (String, String)>);

/// Everything that is wrong with the settings.
#[derive(Debug)]
pub struct ConfigErrors(pub Vec<String>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} setting(s) cannot be used:", self.0.len())?;
        for error in &self.0 {
            writeln!(f, "  - {error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

/// Reads settings from `flags` (name and value), the environment and the file.
pub fn load(flags: &[(&'static str, String)], file: Option<&Path>) -> Result<Config, ConfigErrors> {
    let mut errors = Vec::new();
    let mut given = Given::default();
    read_file(file, &mut given, &mut errors);
    read_environment(&mut given, &mut errors);
    for (name, value) in flags {
        given.0.insert(name, (value.clone(), format!("--{}", name.replace('_', "-"))));
    }
    parse(&given, errors)
}

/// Settings as they would be without a file, environment or flags, but for these. For tests and tools.
pub fn with(values: &[(&'static str, String)]) -> Result<Config, ConfigErrors> {
    let mut given = Given::default();
    for (name, value) in values {
        given.0.insert(name, (value.clone(), (*name).to_owned()));
    }
    parse(&given, Vec::new())
}

fn read_file(file: Option<&Path>, given: &mut Given, errors: &mut Vec<String>) {
    let path = file.unwrap_or_else(|| Path::new("wellspring.toml"));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && file.is_none() => return,
        Err(error) => return errors.push(format!("{}: cannot be read: {error}", path.display())),
    };
    let table: toml::Table = match text.parse() {
        Ok(table) => table,
        Err(error) => return errors.push(format!("{}: not TOML: {}", path.display(), error.message())),
    };
    for (name, value) in table {
        let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) else {
            let names: Vec<_> = SETTINGS.iter().map(|setting| setting.name).collect();
            errors.push(format!(
                "{}: there is no setting {name}; there are {}",
                path.display(),
                names.join(", ")
            ));
            continue;
        };
        let text = match value {
            toml::Value::String(text) => text,
            toml::Value::Boolean(true) => "on".to_owned(),
            toml::Value::Boolean(false) => "off".to_owned(),
            other => other.to_string(),
        };
        given.0.insert(setting.name, (text, format!("{name} in {}", path.display())));
    }
}

#[expect(clippy::disallowed_methods, reason = "this module is the one place that reads the environment")]
fn read_environment(given: &mut Given, errors: &mut Vec<String>) {
    for setting in &SETTINGS {
        let variable = setting.variable();
        match std::env::var(&variable) {
            Ok(value) => {
                given.0.insert(setting.name, (value, variable));
            }
            Err(std::env::VarError::NotPresent) => {}
            Err(std::env::VarError::NotUnicode(_)) => errors.push(format!("{variable}: not UTF-8")),
        }
    }
}

fn parse(given: &Given, errors: Vec<String>) -> Result<Config, ConfigErrors> {
    let mut reader = Reader { given, errors };
    let listen: SocketAddr =
        reader.value("listen", "an address and a port", SocketAddr::from(([127, 0, 0, 1], 8080)));
    let data_dir = PathBuf::from(reader.text("data_dir").unwrap_or("./data"));
    let wanted = "a URL that starts with sqlite: (a file) or postgres:";
    let url = reader.checked("database_url", wanted, |text| {
        let known = ["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| text.starts_with(scheme));
        // Each connection would have a memory of its own.
        let in_memory = text.starts_with("sqlite:") && text.contains(":memory:");
        (known && !in_memory && text != "sqlite:" && text != "sqlite://").then(|| text.to_owned())
    });
    let url = url.unwrap_or_else(|| sqlite_in(&data_dir));
    let master_keys =
        reader.checked("master_key", "32 bytes in base64, or file: and a path", MasterKeys::parse);
    if master_keys.is_none() && !url.starts_with("sqlite:") {
        // Several nodes share the database, and what one of them signs the others must know.
        reader.needed("master_key", "with PostgreSQL");
    }
    let wanted = "a list of ids of master keys, 16 hexadecimal digits each, or unnamed";
    let lost_keys = reader.checked("lost_keys", wanted, key_ids).unwrap_or_default();
    let s3 = media::store(&mut reader);
    let media = media::read(&mut reader);
    let default_connections = if url.starts_with("sqlite:") { 4 } else { 8 };
    let connections = reader.range("database_connections", 2, 100, default_connections);
    let base_url = reader.checked("base_url", "an http or https URL", |text| {
        let url = web_url(text)?;
        let good = url.query().is_none() && url.fragment().is_none();
        good.then(|| text.trim_end_matches('/').to_owned())
    });
    let smtp = reader.checked("smtp_url", "a URL that starts with smtps: or smtp:", SmtpSettings::parse);
    let authority = reader.checked("smtp_ca", "a file with certificates in PEM", |path| {
        std::fs::read(path).ok().and_then(|pem| MailAuthority::from_pem(&pem))
    });
    let smtp = smtp.map(|smtp| match authority {
        Some(authority) => smtp.trusting(authority),
        None => smtp,
    });
    let mail_from = reader.checked("mail_from", "a mail address", |text| text.parse().ok());
    let console = reader.switch("console", true);
    let max_connections = reader.range("max_connections", 1, 100_000, 1_024);
    let connections_per_address =
        reader.range("connections_per_address", 1, 100_000, (max_connections / 4).max(1));
    let request_memory = reader.range("request_memory", 64, 16_384, 128);
    let workers = reader.range("workers", 1, 100, 4);
    let job_lease = reader.range("job_lease", 3, 3_600, 60);
    let metrics = reader.switch("metrics", true);
    let rate_limits = RateLimits {
        requests: reader.rate("rate_limit_requests", None),
        mutations: reader.rate("rate_limit_mutations", Some(6_000)),
        sign_ins: reader.rate("rate_limit_sign_ins", Some(10)),
        public_mutations: reader.rate("rate_limit_public_mutations", Some(10)),
    };
    let forms = forms::read(&mut reader);
    let trusted_proxies = reader.checked("trusted_proxies", "a list of networks or addresses", networks);
    let log = reader.checked("log", "a filter", |text| {
        tracing_subscriber::EnvFilter::from_str(text).is_ok().then(|| text.to_owned())
    });
    let log_format = reader.checked("log_format", "auto, text or json", |text| match text {
        "auto" => Some(LogFormat::Auto),
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        _ => None,
    });
    if !reader.errors.is_empty() {
        return Err(ConfigErrors(reader.errors));
    }
    let base_url = base_url.unwrap_or_else(|| format!("http://{listen}"));
    Ok(Config {
        mail: mail(&base_url, mail_from, smtp.map_or_else(|| Way::Folder(data_dir.join("mail")), Way::Smtp)),
        master_keys,
        lost_keys,
        s3,
        durability: Durability::Durable,
        room: Room::Disk { reserve: media.reserve },
        store_limits: StoreLimits::default(),
        media,
        rate_limits,
        forms,
        trusted_proxies: trusted_proxies.unwrap_or_default(),
        listen,
        data_dir,
        database: DbSettings {
            url,
            connections,
            acquire_timeout: Duration::from_secs(3),
            statement_timeout: Duration::from_secs(4),
        },
        base_url: base_url.into(),
        console,
        max_connections: usize::try_from(max_connections).expect("100,000 at most"),
        connections_per_address: usize::try_from(connections_per_address).expect("100,000 at most"),
        request_memory: usize::try_from(request_memory).expect("16,384 at most") * 1024 * 1024,
        workers: usize::try_from(workers).expect("100 at most"),
        job_lease: Duration::from_secs(job_lease.into()),
        metrics,
        log: log.unwrap_or_else(|| default("log").to_owned()),
        log_format: log_format.unwrap_or(LogFormat::Auto),
    })
}

/// The database in a folder. A URL has its own meaning for these three characters.
fn sqlite_in(folder: &Path) -> String {
    let file = folder.join("wellspring.db").display().to_string();
    format!("sqlite://{}", file.replace('%', "%25").replace('?', "%3F").replace('#', "%23"))
}

/// An absolute http or https URL to everything that reads URLs. The parser alone takes backslashes for slashes, and quotes
/// for letters of a host.
fn web_url(text: &str) -> Option<url::Url> {
    let url = url::Url::parse(text).ok()?;
    let scheme = text.split_once("://")?.0;
    let is_plain = |host: &str| host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    let is_host = match url.host()? {
        url::Host::Domain(name) => !name.is_empty() && is_plain(name),
        url::Host::Ipv4(_) | url::Host::Ipv6(_) => true,
    };
    let is_web = ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web));
    let is_public = url.username().is_empty() && url.password().is_none();
    (is_web && is_host && is_public && !text.contains('\\')).then_some(url)
}

/// The sender, and the host that letters name as theirs: the one that clients know. An address without a name has none.
fn mail(base_url: &str, from: Option<Mailbox>, way: Way) -> MailSettings {
    let url = url::Url::parse(base_url).ok();
    let host = url.as_ref().and_then(url::Url::domain).unwrap_or("localhost").to_owned();
    let from = from.or_else(|| Mailbox::new("", &format!("wellspring@{host}")).ok());
    let from = from.unwrap_or_else(|| Mailbox::new("", "wellspring@localhost").expect("a good address"));
    MailSettings { from, host, way }
}

fn key_ids(text: &str) -> Option<Vec<String>> {
    let is_id = |item: &str| item.len() == 16 && item.bytes().all(|byte| byte.is_ascii_hexdigit());
    let id = |item: &str| {
        let item = item.trim().to_ascii_lowercase();
        (item == UNNAMED || is_id(&item)).then_some(item)
    };
    text.split(',').map(id).collect()
}

fn networks(text: &str) -> Option<Vec<IpNet>> {
    let network = |item: &str| item.parse().ok().or_else(|| item.parse::<IpAddr>().ok().map(IpNet::from));
    text.split(',').map(|item| network(item.trim())).collect()
}

struct Reader<'a> {
    given: &'a Given,
    errors: Vec<String>,
}

impl Reader<'_> {
    fn text(&mut self, name: &'static str) -> Option<&str> {
        let (value, origin) = self.given.0.get(name)?;
        if value.is_empty() {
            self.errors.push(format!("{origin}: is empty; {}", example(name)));
            return None;
        }
        Some(value)
    }

    fn checked<T>(
        &mut self,
        name: &'static str,
        wanted: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let found = self.text(name)?.to_owned();
        let value = read(&found);
        if value.is_none() {
            let origin = &self.given.0[name].1;
            let secret = SECRETS.contains(&name);
            let shown = if secret { "the value".to_owned() } else { format!("{found:?}") };
            self.errors.push(format!("{origin}: {shown} is not {wanted}; {}", example(name)));
        }
        value
    }

    /// Notes that a setting is missing, unless it was given and is wrong, which was noted then.
    fn needed(&mut self, name: &'static str, when: &str) {
        if !self.given.0.contains_key(name) {
            let variable = format!("WELLSPRING_{}", name.to_uppercase());
            self.errors.push(format!("{variable}: is needed {when}; {}", example(name)));
        }
    }

    fn value<T: FromStr>(&mut self, name: &'static str, wanted: &str, default: T) -> T {
        self.checked(name, wanted, |text| text.parse().ok()).unwrap_or(default)
    }

    fn switch(&mut self, name: &'static str, default: bool) -> bool {
        let read = |text: &str| match text {
            "on" => Some(true),
            "off" => Some(false),
            _ => None,
        };
        self.checked(name, "on or off", read).unwrap_or(default)
    }

    fn rate(&mut self, name: &'static str, default: Option<u32>) -> Option<u32> {
        let given = self.checked(name, "a number from 1 to 100000 or off", |text| match text {
            "off" => Some(None),
            number => number.parse().ok().filter(|number| (1..=100_000).contains(number)).map(Some),
        });
        given.unwrap_or(default)
    }

    fn range(&mut self, name: &'static str, min: u32, max: u32, default: u32) -> u32 {
        let wanted = format!("a number from {min} to {max}");
        self.checked(name, &wanted, |text| text.parse().ok().filter(|number| (min..=max).contains(number)))
            .unwrap_or(default)
    }
}

fn default(name: &str) -> &'static str {
    SETTINGS.iter().find(|setting| setting.name == name).expect("a setting of the list").default
}

fn example(name: &str) -> String {
    let setting = SETTINGS.iter().find(|setting| setting.name == name).expect("a setting of the list");
    format!("for example {}", setting.example)
}
