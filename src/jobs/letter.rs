//! Sending a letter to a member of the team. The link is made, the letter leaves, the job ends: a crash in between sends
//! another letter with another link, and using one of them ends both.

use entity::AccountId;
use url::Url;

use crate::app::App;
use crate::domain::access::policy::Viewer;
use crate::domain::core::time;
use crate::domain::job::{self, Claim, Finished, JobError, Occasion};
use crate::domain::team::account::letter::{self, Content};
use crate::domain::team::account::link;
use crate::mail::{self, BadLetter, Letter, Mailbox, SendError, Stamp};

pub async fn send(app: &App, claim: &Claim, to: AccountId, occasion: Occasion) -> Result<Finished, JobError> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let content = letter::compose(&tx, now, to, occasion).await?;
    tx.commit().await?;
    if let Some(content) = content {
        let site = app.ctx(Viewer::Anonymous).fresh_catalog().await?.site.title.clone();
        let letter =
            write(app, &site, content, occasion).map_err(|bad| JobError::Hopeless(bad.to_string()))?;
        hand_over(app, claim, &letter).await?;
    }
    finish(app, claim).await
}

/// Hands a letter over. Sent once more, it has the same `Message-ID`.
pub async fn hand_over(app: &App, claim: &Claim, letter: &Letter) -> Result<(), SendError> {
    let stamp = Stamp { millis: app.clock.now().0, id: claim.id.0 };
    app.mailer.send(letter, stamp).await
}

impl From<SendError> for JobError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Temporary(_) | SendError::Uncertain(_) => Self::Later(error.to_string()),
            SendError::Permanent(_) => Self::Hopeless(error.to_string()),
        }
    }
}

/// Ends the job of a letter that was handed over, or is not wanted any more.
pub async fn finish(app: &App, claim: &Claim) -> Result<Finished, JobError> {
    let tx = app.db.begin().await?;
    let finished = job::finish(&tx, claim).await?;
    tx.commit().await?;
    Ok(finished)
}

fn write(app: &App, site: &str, content: Content, occasion: Occasion) -> Result<Letter, BadLetter> {
    let Content { name, email, by, link } = content;
    let to = Mailbox::new(&name, &email).map_err(|_| BadLetter::Name)?;
    let base = &app.config.base_url;
    let address = match &link {
        Some((purpose, secret)) => link::url(base, *purpose, secret),
        None => format!("{base}/account#forgot=1"),
    };
    let address = Url::parse(&address).expect("the base URL was checked when it was set");
    let lifetime = link.as_ref().map_or(0, |(purpose, _)| link::lifetime(*purpose));
    let in_units = |unit: i64| u32::try_from(lifetime / unit).unwrap_or(u32::MAX);
    match occasion {
        Occasion::Invitation { .. } => mail::invitation(site, to, &by, &address, in_units(time::HOUR)),
        Occasion::Reset => mail::password_reset(site, to, &address, in_units(time::MINUTE)),
        Occasion::PasswordChanged { at } => mail::password_changed(site, to, &time::format(at), &address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::core::error::Refusals;
    use crate::domain::team::account::check_address;

    /// An account that could not be written to would never hear of a forgotten password.
    #[test]
    fn every_address_of_an_account_can_be_written_to() {
        for (address, is_good) in [
            ("ann@example.org", true),
            ("ann.b+c_d-e@mail.example.org", true),
            ("o'neill@example.org", true),
            ("ann@localhost", true),
            ("ann@b\u{fc}cher.example", true),
            ("\u{e4}nn@example.org", false),
            ("ann@127.0.0.1", false),
            ("ann..b@example.org", false),
            (".ann@example.org", false),
            ("ann.@example.org", false),
            ("ann@-example.org", false),
            ("ann@example..org", false),
            ("ann@example.org.", false),
            ("ann@ex_ample.org", false),
            ("ann@example", true),
        ] {
            let found = check_address(address, &["email"], &mut Refusals::default());
            assert_eq!(found.is_some(), is_good, "{address}");
            if let Some(found) = found {
                assert!(Mailbox::new("Ann", &found).is_ok(), "{address}");
            }
        }
    }
}
