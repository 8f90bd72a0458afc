//! The command line: one file per command, and the settings that all of them share.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{self, Config, ConfigErrors};

mod account;
mod doctor;
mod keys;
mod maintain;
mod media;
mod schema;
mod seed;
mod serve;
mod stop;
mod token;
mod work;

/// A headless CMS for people who answer questions: one GraphQL API, one binary.
#[derive(Debug, Parser)]
#[command(
    name = "wellspring",
    version,
    about,
    after_help = "Every setting is also an environment variable \
    (WELLSPRING_LISTEN) and a line of wellspring.toml (listen = \"…\"). Flags win, then variables, then the file."
)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API and its console; brings the database up to date first.
    Serve(serve::ServeArgs),
    /// Run jobs without serving; any number of such processes may run beside `serve`.
    Work,
    /// Bring the database up to date and stop.
    Migrate,
    /// Build every public entry again from its live revision, after a change of the renderer.
    Reproject,
    /// Print the GraphQL schema.
    Schema,
    /// Fill an empty database with the demo site.
    Seed,
    /// Accounts of the team.
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// API tokens.
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Import files into the library, as if they were uploaded.
    ImportMedia(media::ImportArgs),
    /// The store of files.
    #[command(subcommand)]
    Media(media::MediaCommand),
    /// The master key.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Check settings, data folder, database and store, one line per step.
    Doctor,
}

/// Settings as flags. Values are checked together with those from the environment and the file.
#[derive(Debug, Args)]
struct Settings {
    /// File with settings [default: wellspring.toml, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Folder for the database, files and keys [default: ./data]
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<String>,
    /// SQLite file or PostgreSQL server [default: SQLite in the data folder]
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Connections to PostgreSQL or readers of SQLite [default: 8 or 4]
    #[arg(long, global = true, value_name = "NUMBER")]
    database_connections: Option<String>,
    /// Where clients reach this server [default: http:// and the listen address]
    #[arg(long, global = true, value_name = "URL")]
    base_url: Option<String>,
    /// What is secret is derived from this; better in the environment or a file [default: a file in the data folder]
    #[arg(long, global = true, value_name = "BASE64|file:PATH")]
    master_key: Option<String>,
    /// Master keys that are gone for good, by their ids: what is sealed under them stays closed [default: none]
    #[arg(long, global = true, value_name = "IDS|unnamed")]
    lost_keys: Option<String>,
    /// Bucket of a store that speaks S3; its other settings are variables [default: none, a folder is the store]
    #[arg(long, global = true, value_name = "NAME")]
    s3_bucket: Option<String>,
    /// Mail server, smtps:// or smtp:// [default: none, mails become files in the data folder]
    #[arg(long, global = true, value_name = "URL")]
    smtp_url: Option<String>,
    /// Sender of all mails [default: wellspring at the host of the base URL]
    #[arg(long, global = true, value_name = "ADDRESS")]
    mail_from: Option<String>,
    /// The API console at /: on or off [default: on]
    #[arg(long, global = true, value_name = "ON|OFF")]
    console: Option<String>,
    /// Client connections at once [default: 1024]
    #[arg(long, global = true, value_name = "NUMBER")]
    max_connections: Option<String>,
    /// Client connections at once of one address [default: a quarter of --max-connections]
    #[arg(long, global = true, value_name = "NUMBER")]
    connections_per_address: Option<String>,
    /// Megabytes that requests and their answers may hold at once [default: 128]
    #[arg(long, global = true, value_name = "MEGABYTES")]
    request_memory: Option<String>,
    /// Jobs at once in this process [default: 4]
    #[arg(long, global = true, value_name = "NUMBER")]
    workers: Option<String>,
    /// Seconds until a job of a silent worker is taken over [default: 60]
    #[arg(long, global = true, value_name = "SECONDS")]
    job_lease: Option<String>,
    /// Numbers for Prometheus at /metrics: on or off [default: on]
    #[arg(long, global = true, value_name = "ON|OFF")]
    metrics: Option<String>,
    /// Requests per second and address [default: off]
    #[arg(long, global = true, value_name = "NUMBER|off")]
    rate_limit_requests: Option<String>,
    /// Mutations per minute, for each address and token [default: 6000]
    #[arg(long, global = true, value_name = "NUMBER|off")]
    rate_limit_mutations: Option<String>,
    /// Sign-ins per minute and address, ten times as many per account, and password resets per hour [default: 10]
    #[arg(long, global = true, value_name = "NUMBER|off")]
    rate_limit_sign_ins: Option<String>,
    /// What readers send in, per minute and address [default: 10]
    #[arg(long, global = true, value_name = "NUMBER|off")]
    rate_limit_public_mutations: Option<String>,
    /// Proxies whose word about a client's address is taken [default: none]
    #[arg(long, global = true, value_name = "NETWORKS")]
    trusted_proxies: Option<String>,
    /// What to log, as a tracing filter [default: info and a few louder sources at warn]
    #[arg(long, global = true, value_name = "FILTER")]
    log: Option<String>,
    /// auto, text or json [default: auto]
    #[arg(long, global = true, value_name = "FORMAT")]
    log_format: Option<String>,
}

impl Settings {
    fn load(self) -> Result<Config, ConfigErrors> {
        let flags = [
            ("listen", self.listen),
            ("data_dir", self.data_dir),
            ("database_url", self.database_url),
            ("database_connections", self.database_connections),
            ("base_url", self.base_url),
            ("master_key", self.master_key),
            ("lost_keys", self.lost_keys),
            ("s3_bucket", self.s3_bucket),
            ("smtp_url", self.smtp_url),
            ("mail_from", self.mail_from),
            ("console", self.console),
            ("max_connections", self.max_connections),
            ("connections_per_address", self.connections_per_address),
            ("request_memory", self.request_memory),
            ("workers", self.workers),
            ("job_lease", self.job_lease),
            ("metrics", self.metrics),
            ("rate_limit_requests", self.rate_limit_requests),
            ("rate_limit_mutations", self.rate_limit_mutations),
            ("rate_limit_sign_ins", self.rate_limit_sign_ins),
            ("rate_limit_public_mutations", self.rate_limit_public_mutations),
            ("trusted_proxies", self.trusted_proxies),
            ("log", self.log),
            ("log_format", self.log_format),
        ];
        let given: Vec<_> = flags.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        config::load(&given, self.config.as_deref())
    }
}

/// Why a command ended badly, in words for whoever typed it.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error(transparent)]
    Settings(#[from] ConfigErrors),
    #[error("{0}")]
    Database(DatabaseProblem),
    #[error("{0}")]
    Refused(String),
    #[error("cannot listen on {address}: {source}")]
    Listen { address: std::net::SocketAddr, source: std::io::Error },
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Key(#[from] crate::keys::KeyError),
    #[error("the store of files: {0}")]
    Store(#[from] crate::store::StoreError),
}

impl From<crate::db::CommitError> for CommandError {
    fn from(error: crate::db::CommitError) -> Self {
        sea_orm::DbErr::from(error).into()
    }
}

impl From<crate::domain::job::JobError> for CommandError {
    fn from(error: crate::domain::job::JobError) -> Self {
        match error {
            crate::domain::job::JobError::Failed(error) => error.into(),
            other => Self::Refused(other.to_string()),
        }
    }
}

impl From<crate::app::StartError> for CommandError {
    fn from(error: crate::app::StartError) -> Self {
        match error {
            crate::app::StartError::Domain(error) => error.into(),
            crate::app::StartError::Key(error) => Self::Key(error),
            crate::app::StartError::Store(error) => Self::Store(error),
            crate::app::StartError::Absent(error) => Self::Refused(error.to_string()),
            crate::app::StartError::Mismatch(error) => Self::Refused(error.to_string()),
        }
    }
}

/// A fault of the database, told with its cause: on the command line the operator is the reader.
#[derive(Debug)]
struct DatabaseProblem(crate::domain::core::error::Error);

impl std::fmt::Display for DatabaseProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = std::error::Error::source(&self.0);
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

impl From<crate::domain::core::error::Error> for CommandError {
    fn from(error: crate::domain::core::error::Error) -> Self {
        match error {
            crate::domain::core::error::Error::Refused(errors) => {
                let lines: Vec<_> = errors
                    .iter()
                    .map(|error| format!("{}: {}", error.path.join("."), error.message))
                    .collect();
                Self::Refused(lines.join("\n"))
            }
            error => Self::Database(DatabaseProblem(error)),
        }
    }
}

impl From<sea_orm::DbErr> for CommandError {
    fn from(error: sea_orm::DbErr) -> Self {
        crate::domain::core::error::Error::from(error).into()
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            report(&error);
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<(), CommandError> {
    if let Command::Schema = cli.command {
        schema::run();
        return Ok(());
    }
    stop::outlive_file_limits();
    let config = cli.settings.load()?;
    if let Command::Doctor = cli.command {
        return doctor::run(config).await;
    }
    // The others work on what is there, and leave nothing in a wrong folder.
    if let Command::Serve(_) | Command::Migrate | Command::Seed = cli.command {
        crate::private::make_folder(&config.data_dir)?;
    }
    crate::telemetry::start(&config);
    match cli.command {
        Command::Serve(args) => serve::run(config, args).await,
        Command::Work => work::run(config).await,
        Command::Migrate => maintain::migrate(config).await,
        Command::Reproject => maintain::reproject(config).await,
        Command::Seed => seed::run(config).await,
        Command::Account(command) => account::run(config, command).await,
        Command::Token(command) => token::run(config, command).await,
        Command::ImportMedia(args) => Box::pin(media::import(config, args)).await,
        Command::Media(command) => media::run(config, command).await,
        Command::Keys(command) => keys::run(config, command).await,
        Command::Schema | Command::Doctor => Ok(()),
    }
}

#[expect(clippy::print_stderr, reason = "the last word of a command that failed")]
fn report(error: &dyn std::error::Error) {
    eprintln!("wellspring: {error}");
}
