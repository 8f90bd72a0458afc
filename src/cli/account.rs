//! `wellspring account create`: prints a link, alone, on standard output, with which the account chooses its password.

use clap::{Args, Subcommand, ValueEnum};
use entity::{LinkPurpose, Role};

use super::CommandError;
use crate::app::{App, Clock};
use crate::config::Config;
use crate::domain::core::error::Refusals;
use crate::domain::core::text;
use crate::domain::team::account::{self, link};

#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Make an account and print a link with which it chooses a password, within 7 days.
    Create(CreateArgs),
    /// Print a link with which an account chooses another password, within an hour.
    Reset(ResetArgs),
}

#[derive(Debug, Args)]
pub struct CreateArgs {
    /// Name within the team.
    #[arg(long)]
    name: String,
    /// Address, unique among accounts.
    #[arg(long)]
    email: String,
    /// What the account may do.
    #[arg(long, value_enum, default_value_t = RoleArg::Owner)]
    role: RoleArg,
}

#[derive(Debug, Args)]
pub struct ResetArgs {
    /// Address of the account.
    #[arg(long)]
    email: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleArg {
    Owner,
    Editor,
    Author,
    Moderator,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Owner => Self::Owner,
            RoleArg::Editor => Self::Editor,
            RoleArg::Author => Self::Author,
            RoleArg::Moderator => Self::Moderator,
        }
    }
}

pub async fn run(config: Config, command: AccountCommand) -> Result<(), CommandError> {
    let app = App::open(config, Clock::System).await?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let (account, purpose) = match command {
        AccountCommand::Create(args) => {
            let mut refusals = Refusals::default();
            let name = text::require(&args.name, text::NAME, &["name"], &mut refusals).unwrap_or_default();
            let email = account::check_address(&args.email, &["email"], &mut refusals).unwrap_or_default();
            refusals.finish()?;
            let account = account::create(&tx, now, &name, Some(&email), args.role.into()).await?;
            (account.id, LinkPurpose::Invitation)
        }
        AccountCommand::Reset(args) => match account::by_address(&tx, &args.email).await? {
            Some(account) => (account, LinkPurpose::Reset),
            None => return Err(CommandError::Refused("no active account has this address".to_owned())),
        },
    };
    let secret = link::make(&tx, now, Some(account), purpose).await?;
    tx.commit().await?;
    print(&link::url(&app.config.base_url, purpose, &secret));
    Ok(app.db.close().await?)
}

#[expect(clippy::print_stdout, reason = "the link is what was asked for")]
fn print(link: &str) {
    println!("{link}");
}
