//! `wellspring token create`: prints the token, alone, on standard output.

use clap::{Args, Subcommand};

use super::CommandError;
use crate::app::{App, Clock};
use crate::config::Config;
use crate::domain::access::policy::{Scopes, TokenScope};
use crate::domain::core::secret::Secret;
use crate::domain::core::time::DAY;
use crate::domain::team::{account, token};

#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token and print it. It is shown this once.
    Create(CreateArgs),
}

#[derive(Debug, Args)]
pub struct CreateArgs {
    /// What the token is for, to tell it from others.
    #[arg(long, default_value = "command line")]
    name: String,
    /// What it may do: content:read, drafts:read, content:write, media:write, questions:read, questions:manage; may be
    /// repeated. Everything without.
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// Days until it expires; never without.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..))]
    expires_in_days: Option<u16>,
}

pub async fn run(config: Config, command: TokenCommand) -> Result<(), CommandError> {
    let TokenCommand::Create(args) = command;
    let scopes = scopes(&args.scopes)?;
    let app = App::open(config, Clock::System).await?;
    let now = app.clock.now();
    let expires_at = args.expires_in_days.map(|days| entity::Timestamp(now.0 + i64::from(days) * DAY));
    let tx = app.db.begin().await?;
    let owner = account::first_owner(&tx, now).await?;
    let token = token::create(&tx, now, owner.id, &args.name, &scopes, expires_at).await?;
    tx.commit().await?;
    print(&token);
    Ok(app.db.close().await?)
}

fn scopes(names: &[String]) -> Result<Scopes, CommandError> {
    if names.is_empty() {
        return Ok(Scopes::all());
    }
    names
        .iter()
        .map(|name| {
            name.parse::<TokenScope>().map_err(|()| {
                let known: Vec<_> = TokenScope::ALL.iter().map(|scope| scope.name()).collect();
                CommandError::Refused(format!("there is no scope {name:?}; there are {}", known.join(", ")))
            })
        })
        .collect()
}

#[expect(clippy::print_stdout, reason = "the token is what was asked for")]
fn print(token: &Secret) {
    println!("{}", token.reveal());
}
