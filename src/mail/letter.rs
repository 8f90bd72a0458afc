//! A letter to one recipient: text, the same as HTML, and headers that only checked values get into.

use std::time::{Duration, SystemTime};

use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{MultiPart, SinglePart};
use sha2::{Digest, Sha256};

use super::Stamp;
use super::mailbox::{Mailbox, is_line};

/// In characters: a subject that no program cuts is a quarter of this.
const MAX_SUBJECT: usize = 300;

/// What is sent to one recipient. `Debug` shows no text: it holds links that let somebody in.
#[derive(Clone)]
pub struct Letter {
    to: Mailbox,
    /// The name under which the sender appears, unless the settings give one.
    sender_name: String,
    subject: String,
    text: String,
    html: String,
}

/// Why something cannot become a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLetter {
    #[error("the subject is longer than {MAX_SUBJECT} characters or has control characters")]
    Subject,
    #[error("a name in the letter is too long or has control characters")]
    Name,
    #[error("the link is not an http or https address")]
    Link,
}

/// From whom every letter is.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    pub from: Mailbox,
    pub host: String,
}

impl Letter {
    pub(super) fn new(
        to: Mailbox,
        sender_name: &str,
        subject: &str,
        text: String,
        html: String,
    ) -> Result<Self, BadLetter> {
        if !is_line(subject, MAX_SUBJECT) {
            return Err(BadLetter::Subject);
        }
        if !is_line(sender_name, MAX_SUBJECT) {
            return Err(BadLetter::Name);
        }
        Ok(Self { to, sender_name: sender_name.to_owned(), subject: subject.to_owned(), text, html })
    }

    pub fn to(&self) -> &Mailbox {
        &self.to
    }

    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The letter as it goes over the wire (RFC 5322, MIME), ASCII with CRLF. The same letter with the same stamp gives the
    /// same bytes.
    pub(super) fn bytes(&self, sender: &Sender, stamp: Stamp) -> Vec<u8> {
        let since = Duration::from_millis(u64::try_from(stamp.millis).unwrap_or_default());
        let message_id = format!("<{}@{}>", stamp.id.simple(), sender.host);
        let parts = MultiPart::alternative()
            .boundary(self.boundary(&message_id))
            .singlepart(part(ContentType::TEXT_PLAIN, &self.text))
            .singlepart(part(ContentType::TEXT_HTML, &self.html));
        Message::builder()
            .from(sender.from.or_name(&self.sender_name).to_header())
            .to(self.to.to_header())
            .subject(&*self.subject)
            .date(SystemTime::UNIX_EPOCH + since)
            .message_id(Some(message_id))
            // RFC 3834: nobody's absence note needs to answer this.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .multipart(parts)
            .expect("there is a sender and a recipient")
            .formatted()
    }

    /// What separates the parts: a digest of them, so that no part can contain it.
    fn boundary(&self, message_id: &str) -> String {
        let digest = Sha256::new()
            .chain_update(message_id)
            .chain_update(&self.text)
            .chain_update(&self.html)
            .finalize();
        hex::encode(&digest[..20])
    }
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Letter(…)")
    }
}

fn part(kind: ContentType, text: &str) -> SinglePart {
    SinglePart::builder().header(kind).body(text.to_owned())
}
