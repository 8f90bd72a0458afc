//! Telling a reader that there is something new about the own question. The link is made, the letter leaves, the job ends: a
//! crash in between sends the letter again, under the same `Message-ID`.

use entity::{QuestionId, Timestamp};
use url::Url;

use super::letter::{finish, hand_over};
use crate::app::App;
use crate::domain::access::policy::Viewer;
use crate::domain::job::{self, Claim, Finished, JobError, News};
use crate::domain::questions::ask;
use crate::domain::questions::tell::{self, Content};
use crate::mail::{self, BadLetter, Letter, Mailbox, SendError};

pub async fn send(app: &App, claim: &Claim, question: QuestionId, news: News) -> Result<Finished, JobError> {
    let now = app.clock.now();
    let site = app.ctx(Viewer::Anonymous).fresh_catalog().await?.site.title.clone();
    let tx = app.db.begin().await?;
    // The question is locked before the job, as by everybody who takes a letter back.
    let Some(content) = tell::compose(&tx, &app.keyring, (now, claim.run_at), question, news).await? else {
        let finished = job::finish(&tx, claim).await?;
        tx.commit().await?;
        return Ok(finished);
    };
    // Whoever slept past the lease must not send what somebody else has sent.
    job::extend(&tx, claim, Timestamp(now.0 + app.config.lease_millis())).await?;
    tx.commit().await?;
    let unsent = match write(app, &site, &content, news) {
        Ok(letter) => match hand_over(app, claim, &letter).await {
            Ok(()) => return finish(app, claim).await,
            Err(error @ SendError::Uncertain(_)) => return Err(error.into()),
            Err(error) => error.into(),
        },
        Err(bad) => JobError::Hopeless(bad.to_string()),
    };
    app.write(async |tx| tell::forget_link(tx, &content.secret).await).await?;
    Err(unsent)
}

fn write(app: &App, site: &str, content: &Content, news: News) -> Result<Letter, BadLetter> {
    let name = content.name.as_deref().unwrap_or_default();
    // A name that no header takes is left out: the letter is worth more than its greeting.
    let to = Mailbox::new(name, &content.email).or_else(|_| Mailbox::new("", &content.email));
    let to = to.map_err(|_| BadLetter::Name)?;
    let address = ask::url(&app.config.base_url, content.secret.reveal());
    let address = Url::parse(&address).expect("the base URL was checked when it was set");
    match news {
        News::Answered => mail::question_answered(site, to, &address),
        News::Reply => mail::question_reply(site, to, &address),
    }
}
