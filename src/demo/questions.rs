//! Questions of the demo's readers, in every state, and the calls that they follow.

use std::collections::HashMap;

use entity::question_intake::DeclineReason;
use entity::{AccountId, QuestionId, SeriesId, TagId, Timestamp};
use serde::Deserialize;

use super::{Catalogued, before, permit, set};
use crate::db::Tx;
use crate::domain::access::form::Form;
use crate::domain::core::error::{Refusals, Result};
use crate::domain::core::id;
use crate::domain::core::patch::Patch;
use crate::domain::core::sealed::Keyring;
use crate::domain::core::time::{HOUR, MINUTE};
use crate::domain::questions::ask::{self, Ask, Consents};
use crate::domain::questions::publication::{self, Publish};
use crate::domain::questions::{asker, question_call, read, reply_template, tell, triage};
use crate::domain::site::settings::Settings;

const FILE: &str = include_str!("questions.toml");

/// Everything about questions, oldest first.
#[derive(Deserialize)]
pub struct Questions {
    call: Vec<Call>,
    reply_template: Vec<Template>,
    pub question: Vec<Question>,
}

#[derive(Deserialize)]
struct Call {
    slug: String,
    title: String,
    text: String,
    opens_days_ago: i64,
    closes_days_ago: i64,
    series: String,
}

#[derive(Deserialize)]
struct Template {
    title: String,
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Received,
    Accepted,
    Answered,
    Declined,
    Duplicate,
    Withdrawn,
    Spam,
    Erased,
}

#[derive(Deserialize)]
pub struct Question {
    key: String,
    text: String,
    display_name: Option<String>,
    email: Option<String>,
    call: Option<String>,
    locale: String,
    pub days_ago: i64,
    answer_privately: bool,
    publish_paraphrase: bool,
    state: State,
    paraphrase: Option<String>,
    shown_as: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    /// Slug of a post.
    answered_by: Option<String>,
    reason: Option<DeclineReason>,
    reply: Option<String>,
    merged_into: Option<String>,
    assigned_to: Option<String>,
    #[serde(default)]
    notes: Vec<String>,
    #[serde(default)]
    me_too: u32,
}

/// Writes questions one after the other.
pub struct Writer<'a> {
    pub tx: &'a Tx,
    pub now: Timestamp,
    pub keys: &'a Keyring,
    pub owner: AccountId,
    pub site: Settings,
    calls: HashMap<String, entity::question_call::Model>,
    ids: HashMap<String, QuestionId>,
    /// By the slug of the post.
    answered: HashMap<String, Vec<QuestionId>>,
}

impl Questions {
    pub fn parse() -> Self {
        let mut all: Self = toml::from_str(FILE).expect("the demo is part of the program and tested");
        all.question.sort_by_key(|question| std::cmp::Reverse(question.days_ago));
        all
    }

    /// When the first of them begins.
    pub fn oldest(&self) -> i64 {
        let calls = self.call.iter().map(|call| call.opens_days_ago);
        calls.chain(self.question.iter().map(|question| question.days_ago)).max().unwrap_or_default()
    }
}

impl<'a> Writer<'a> {
    pub fn new((tx, now): (&'a Tx, Timestamp), keys: &'a Keyring, owner: AccountId, site: Settings) -> Self {
        let (calls, ids, answered) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { tx, now, keys, owner, site, calls, ids, answered }
    }

    /// The calls, and the words that the team uses again and again.
    pub async fn begin(&mut self, demo: &Questions, series: &HashMap<String, SeriesId>) -> Result<()> {
        for call in &demo.call {
            let then = before(self.now, call.opens_days_ago);
            let save = question_call::Save {
                id: None,
                slug: Patch::Set(call.slug.clone()),
                title: Patch::Set(call.title.clone()),
                text: Patch::Set(call.text.clone()),
                opens_at: Patch::Set(then),
                closes_at: Patch::Set(before(self.now, call.closes_days_ago)),
                series: Patch::Set(id::format(series[&call.series])),
            };
            let saved = question_call::save(self.tx, &permit(self.owner), then, save).await?;
            self.calls.insert(call.slug.clone(), saved);
        }
        for template in &demo.reply_template {
            let save = reply_template::Save {
                id: None,
                title: Patch::Set(template.title.clone()),
                text: Patch::Set(template.text.clone()),
            };
            reply_template::save(self.tx, &permit(self.owner), before(self.now, 100), save).await?;
        }
        Ok(())
    }

    /// The questions that a post answers, of those that were asked so far.
    pub fn answered_by(&self, post: &str) -> Patch<Vec<String>> {
        let ids = self.answered.get(post);
        set(ids.map(|ids| ids.iter().map(|&question| id::format(question)).collect()))
    }

    pub async fn write(&mut self, demo: &Question, catalogued: &Catalogued) -> Result<()> {
        let asked = before(self.now, demo.days_ago);
        let (question, secret) = self.ask(demo, asked).await?;
        self.ids.insert(demo.key.clone(), question);
        if let Some(post) = &demo.answered_by {
            self.answered.entry(post.clone()).or_default().push(question);
        }
        let read = Timestamp(asked.0 + 3 * HOUR);
        let (tx, keys) = (self.tx, self.keys);
        let manager = permit(self.owner);
        if let Some(slug) = &demo.assigned_to {
            let assignee = catalogued.editors.get(slug).copied();
            triage::assign(tx, &manager, read, question, assignee).await?;
        }
        for note in &demo.notes {
            let by = demo.assigned_to.as_ref().and_then(|slug| catalogued.editors.get(slug));
            triage::note(tx, &permit(*by.unwrap_or(&self.owner)), (keys, read), question, note).await?;
        }
        match demo.state {
            State::Received => {}
            State::Accepted | State::Answered => {
                triage::accept(tx, &manager, read, question).await?;
                self.publish(demo, question, read, &catalogued.tags).await?;
            }
            State::Declined => {
                let reason = demo.reason.unwrap_or(DeclineReason::Other);
                let reply = demo.reply.as_deref();
                triage::decline(tx, &manager, (keys, read), question, reason, reply).await?;
            }
            State::Duplicate => {
                let other = demo.merged_into.as_ref().map(|key| self.ids[key]);
                let other = other.expect("the demo is part of the program and tested");
                triage::merge(tx, &manager, read, question, other).await?;
            }
            State::Withdrawn => drop(asker::withdraw(tx, read, &secret).await?),
            State::Spam => drop(triage::mark_spam(tx, &manager, read, question).await?),
            State::Erased => drop(asker::erase(tx, read, &secret).await?),
        }
        Ok(())
    }

    async fn ask(&self, demo: &Question, at: Timestamp) -> Result<(QuestionId, String)> {
        let call = demo.call.as_ref().map(|slug| &self.calls[slug]);
        let filled = Ask {
            text: demo.text.clone(),
            display_name: demo.display_name.clone(),
            email: demo.email.clone(),
            consents: Consents {
                answer_privately: demo.answer_privately,
                publish_paraphrase: demo.publish_paraphrase,
            },
            locale: Some(demo.locale.clone()),
            trap: None,
        };
        let mut refusals = Refusals::default();
        let checked = ask::check(at, filled, &self.site, call, &mut refusals);
        refusals.finish()?;
        let checked = checked.expect("nothing was refused");
        let wording = &self.site.questions.wording;
        let form = Form::new(Timestamp(at.0 - MINUTE), wording.version);
        let asked = ask::store(self.tx, self.keys, at, checked, (&form, wording)).await?;
        Ok((asked.id, asked.secret))
    }

    async fn publish(
        &self,
        demo: &Question,
        question: QuestionId,
        at: Timestamp,
        tags: &HashMap<String, TagId>,
    ) -> Result<()> {
        let Some(paraphrase) = &demo.paraphrase else { return Ok(()) };
        let publish = Publish {
            paraphrase: paraphrase.trim().to_owned(),
            display_name: set(demo.shown_as.clone()),
            tags: Patch::Set(demo.tags.iter().map(|slug| id::format(tags[slug])).collect()),
        };
        publication::publish(self.tx, &permit(self.owner), (self.keys, at), question, publish).await?;
        for browser in 0..demo.me_too {
            read::me_too(self.tx, self.keys, question, &format!("browser-of-the-demo-{browser}")).await?;
        }
        Ok(())
    }

    /// The readers of the demo were told long ago.
    pub async fn end(&self) -> Result<()> {
        for &question in self.ids.values() {
            tell::cancel(self.tx, question).await?;
        }
        Ok(())
    }
}
