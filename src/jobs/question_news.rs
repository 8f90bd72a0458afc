//! Telling a reader that there is something new about the own question. The link is made, the letter leaves, the job ends: a
//! crash in between sends the letter again, under the same `Message-ID`.

use entity::{QuestionId, Timestamp};
use url::Url;

use super::letter::deliver;
use crate::app::App;
use crate::domain::job::{self, Claim, Finished, JobError};
use crate::domain::policy::Viewer;
use crate::domain::question::ask;
use crate::domain::question::tell::{self, Content, News};
use crate::mail::{self, BadLetter, Letter, Mailbox};

pub async fn send(app: &App, claim: &Claim, question: QuestionId, news: News) -> Result<Finished, JobError> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    // Whoever slept past the lease must not send what somebody else has sent.
    job::extend(&tx, claim, Timestamp(now.0 + app.config.lease_millis())).await?;
    let Some(content) = tell::compose(&tx, &app.keyring, now, question, news).await? else {
        let finished = job::finish(&tx, claim).await?;
        tx.commit().await?;
        return Ok(finished);
    };
    tx.commit().await?;
    let site = app.ctx(Viewer::Anonymous).fresh_catalog().await?.site.title.clone();
    let letter = write(app, &site, &content, news).map_err(|bad| JobError::Hopeless(bad.to_string()))?;
    let sent = deliver(app, claim, &letter).await;
    if matches!(sent, Err(JobError::Later(_) | JobError::Hopeless(_))) {
        app.write(async |tx| tell::forget_link(tx, &content.secret).await).await?;
    }
    sent
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
