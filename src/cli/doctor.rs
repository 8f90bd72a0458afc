//! `wellspring doctor`: looks at everything the server needs, one line per step, and says what to do. It makes nothing and
//! brings nothing up to date.

use std::io::{ErrorKind, Write};
use std::path::Path;

use super::{CommandError, DatabaseProblem};
use crate::app::installation::{self, absolute};
use crate::app::open_store;
use crate::config::Config;
use crate::db::Db;
use crate::domain::access::view::View;
use crate::domain::questions::rotate;
use crate::domain::site::catalog::CatalogCell;
use crate::keys::{MasterKey, MasterKeys};
use crate::mail::Mailer;
use crate::private;
use crate::store::{self, Store};
use migration::{Migrator, MigratorTrait};

/// A line about each thing, as soon as it is known.
#[derive(Default)]
struct Report {
    problems: usize,
}

impl Report {
    #[expect(clippy::needless_pass_by_value, reason = "every outcome is made for its line")]
    fn step(&mut self, name: &str, outcome: Result<String, String>) {
        self.problems += usize::from(outcome.is_err());
        say(name, &outcome);
    }
}

pub async fn run(config: Config) -> Result<(), CommandError> {
    let mut report = Report::default();
    report.step("settings", Ok("all can be used".to_owned()));
    report.step("data folder", folder(&config.data_dir));
    report.step("listen address", listen(config.listen).await);
    let mail = Mailer::new(config.mail.clone()).check().await;
    report.step("mail", mail.map_err(|cause| format!("{cause}; see smtp_url")));
    let keys = installation::stored_keys(&config).map_err(|error| error.to_string());
    let keys = keys.and_then(|keys| {
        keys.ok_or_else(|| format!("{} is missing", absolute(&MasterKeys::file(&config.data_dir)).display()))
    });
    report.step("master key", keys.as_ref().map(|_| "can be used".to_owned()).map_err(Clone::clone));
    let store = match &keys {
        Ok(keys) => store(&mut report, &config, keys).await,
        Err(_) => None,
    };
    match installation::require(&config).await {
        Err(error) => report.step("database", Err(CommandError::from(error).to_string())),
        Ok(()) => database(&mut report, &config, keys.as_ref().ok(), store.as_ref()).await?,
    }
    match report.problems {
        0 => Ok(()),
        problems => Err(CommandError::Refused(format!("{problems} problem(s), see above"))),
    }
}

async fn store(report: &mut Report, config: &Config, keys: &MasterKeys) -> Option<Store> {
    let is_missing = |error: std::io::Error| error.kind() == ErrorKind::NotFound;
    if config.s3.is_none() && config.storage().metadata().is_err_and(is_missing) {
        report.step("store", Ok("there is none yet; serve makes it in the data folder".to_owned()));
        return None;
    }
    match open_store(config, keys.newest()) {
        Err(error) => {
            report.step("store", Err(error.to_string()));
            None
        }
        Ok(store) => {
            for found in store::check(&store).await {
                report.step(&format!("store: {}", found.name), found.result);
            }
            Some(store)
        }
    }
}

async fn database(
    report: &mut Report,
    config: &Config,
    keys: Option<&MasterKeys>,
    store: Option<&Store>,
) -> Result<(), CommandError> {
    let db = match Db::connect(&config.database).await {
        Ok(db) => db,
        Err(error) => {
            report.step("database", Err(DatabaseProblem(error.into()).to_string()));
            return Ok(());
        }
    };
    report.step("database", Ok(format!("{:?} answers", db.backend())));
    match pending(&db).await {
        Ok(0) => {
            report.step("migrations", Ok("up to date".to_owned()));
            let read = CatalogCell::load(&View::public(db.reader())).await;
            let read = read.map(|_| "the site can be read".to_owned());
            report.step("content", read.map_err(|error| DatabaseProblem(error).to_string()));
            report.step("sealed questions", sealed(config, &db, keys).await);
            if let Some(store) = store {
                let files = installation::check_store(config, &db, store).await;
                let files = files.map(|()| "the store has those of this database".to_owned());
                report.step("files", files.map_err(|error| CommandError::from(error).to_string()));
            }
        }
        Ok(steps) => report.step("migrations", Ok(format!("{steps} to run; serve and migrate do that"))),
        Err(error) => report.step("migrations", Err(DatabaseProblem(error.into()).to_string())),
    }
    Ok(db.close().await?)
}

/// Whether every question can be opened with the master keys that are here.
async fn sealed(config: &Config, db: &Db, keys: Option<&MasterKeys>) -> Result<String, String> {
    let counted = rotate::sealed_under(&db.reader()).await;
    let counted = counted.map_err(|error| DatabaseProblem(error).to_string())?;
    let known: Vec<String> =
        keys.map(MasterKeys::all).unwrap_or_default().iter().map(MasterKey::id).collect();
    let of = |(id, questions): &(String, i64)| {
        let place = match known.iter().position(|known| known == id) {
            Some(0) => "the newest key",
            Some(_) => "an earlier key; `wellspring keys rotate` ends that",
            None if config.lost_keys.contains(id) => "a key that lost_keys says is gone",
            None => "no key that is here",
        };
        format!("{questions} under {id}, {place}")
    };
    let told = counted.iter().map(of).collect::<Vec<_>>().join("; ");
    if counted.iter().any(|(id, _)| !known.contains(id) && !config.lost_keys.contains(id)) {
        return Err(format!(
            "{told}: put the missing key behind the others in master_key or in the key's file"
        ));
    }
    Ok(if told.is_empty() { "none".to_owned() } else { told })
}

async fn pending(db: &Db) -> Result<usize, sea_orm::DbErr> {
    Ok(Migrator::get_pending_migrations(db.writer()).await?.len())
}

fn folder(path: &Path) -> Result<String, String> {
    let unwritable = |error: &std::io::Error| {
        format!("{} cannot be written: {error}; set data_dir to another folder", path.display())
    };
    match path.metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(format!("there is none at {}", absolute(path).display()));
        }
        known => known.map_err(|error| unwritable(&error))?,
    };
    let probe = path.join(".doctor");
    private::create(&probe)
        .and_then(|mut file| file.write_all(b"ok"))
        .and_then(|()| std::fs::remove_file(&probe))
        .map(|()| format!("{} can be written", path.display()))
        .map_err(|error| unwritable(&error))
}

async fn listen(address: std::net::SocketAddr) -> Result<String, String> {
    match tokio::net::TcpListener::bind(address).await {
        Ok(_) => Ok(format!("{address} is free")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            Ok(format!("{address} is taken, by a running server perhaps"))
        }
        Err(error) => Err(format!("{address} cannot be used: {error}; set listen to another address")),
    }
}

#[expect(clippy::print_stdout, reason = "the report is what was asked for")]
fn say(name: &str, outcome: &Result<String, String>) {
    match outcome {
        Ok(text) => println!("ok    {name}: {text}"),
        Err(text) => println!("FAIL  {name}: {text}"),
    }
}
