//! `wellspring doctor`: looks at everything the server needs, one line per step, and says what to do.

use std::path::Path;

use super::{CommandError, DatabaseProblem};
use crate::app::{master_keys, open_store};
use crate::config::Config;
use crate::db::Db;
use crate::domain::catalog::CatalogCell;
use crate::domain::question::rotate;
use crate::domain::view::View;
use crate::keys::MasterKey;
use crate::mail::Mailer;
use crate::store;
use migration::{Migrator, MigratorTrait};

pub async fn run(config: Config) -> Result<(), CommandError> {
    let mut problems = 0;
    let mut step = |name: &str, outcome: Result<String, String>| {
        problems += usize::from(outcome.is_err());
        say(name, &outcome);
    };
    step("settings", Ok("all can be used".to_owned()));
    step("data folder", folder(&config.data_dir));
    step("listen address", listen(config.listen).await);
    let mail = Mailer::new(config.mail.clone()).check().await;
    step("mail", mail.map_err(|cause| format!("{cause}; see smtp_url")));
    match master_keys(&config) {
        Err(error) => step("master key", Err(error.to_string())),
        Ok(keys) => {
            step("master key", Ok("can be used".to_owned()));
            match open_store(&config, keys.newest()) {
                Err(error) => step("store", Err(error.to_string())),
                Ok(store) => {
                    for found in store::check(&store).await {
                        step(&format!("store: {}", found.name), found.result);
                    }
                }
            }
        }
    }
    match Db::connect(&config.database).await {
        Err(error) => step("database", Err(DatabaseProblem(error.into()).to_string())),
        Ok(db) => {
            step("database", Ok(format!("{:?} answers", db.backend())));
            match pending(&db).await {
                Ok(0) => {
                    step("migrations", Ok("up to date".to_owned()));
                    let read = CatalogCell::load(&View::public(db.reader())).await;
                    let read = read.map(|_| "the site can be read".to_owned());
                    step("content", read.map_err(|error| DatabaseProblem(error).to_string()));
                    step("sealed questions", sealed(&config, &db).await);
                }
                Ok(steps) => step("migrations", Ok(format!("{steps} to run; serve and migrate do that"))),
                Err(error) => step("migrations", Err(DatabaseProblem(error.into()).to_string())),
            }
            db.close().await?;
        }
    }
    if problems > 0 {
        return Err(CommandError::Refused(format!("{problems} problem(s), see above")));
    }
    Ok(())
}

/// Whether every question can be opened with the master keys that are here.
async fn sealed(config: &Config, db: &Db) -> Result<String, String> {
    let keys = master_keys(config).map_err(|error| error.to_string())?;
    let counted = rotate::sealed_under(&db.reader()).await;
    let counted = counted.map_err(|error| DatabaseProblem(error).to_string())?;
    let known: Vec<String> = keys.all().iter().map(MasterKey::id).collect();
    let of = |(id, questions): &(String, i64)| {
        let place = match known.iter().position(|known| known == id) {
            Some(0) => "the newest key",
            Some(_) => "an earlier key; `wellspring keys rotate` ends that",
            None => "no key that is here",
        };
        format!("{questions} under {id}, {place}")
    };
    let told = counted.iter().map(of).collect::<Vec<_>>().join("; ");
    if counted.iter().any(|(id, _)| !known.contains(id)) {
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
    let probe = path.join(".doctor");
    std::fs::create_dir_all(path)
        .and_then(|()| std::fs::write(&probe, b"ok"))
        .and_then(|()| std::fs::remove_file(&probe))
        .map(|()| format!("{} can be written", path.display()))
        .map_err(|error| {
            format!("{} cannot be written: {error}; set data_dir to another folder", path.display())
        })
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
