//! Mail: letters as plain values in, bytes to a server or a folder out.
//!
//! Nothing here knows a database or who may write to whom. What goes into a header passes a type that refuses line
//! breaks; a link is built by the caller from the configured base URL, never from what a request says about itself.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

mod bounded;
mod folder;
mod letter;
mod letters;
mod mailbox;
mod smtp;
#[cfg(test)]
mod tests;

pub use letter::{BadLetter, Letter};
pub use letters::{invitation, password_changed, password_reset, question_answered, question_reply};
pub use mailbox::{BadMailbox, Mailbox};
pub use smtp::{MailAuthority, SmtpLimits, SmtpSettings};

/// Who sends, and how.
#[derive(Debug, Clone)]
pub struct MailSettings {
    pub from: Mailbox,
    /// The right side of every `Message-ID`, and how the server is greeted.
    pub host: String,
    pub way: Way,
}

/// How letters leave.
#[derive(Debug, Clone)]
pub enum Way {
    Smtp(SmtpSettings),
    /// One `.eml` file each, in this folder.
    Folder(PathBuf),
    /// Nowhere: they are kept for a test to read.
    Memory,
}

/// When a letter is sent, and which one it is. One that is sent again keeps its id, so that the recipient's program can
/// tell.
#[derive(Debug, Clone, Copy)]
pub struct Stamp {
    /// Since 1970.
    pub millis: i64,
    pub id: Uuid,
}

/// A letter that was sent from memory.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The address that it went to, without a name.
    pub to: String,
    pub bytes: Vec<u8>,
}

/// Sends letters. Cheap to clone; all clones send the same way.
#[derive(Debug, Clone)]
pub struct Mailer {
    sender: letter::Sender,
    transport: Transport,
}

#[derive(Debug, Clone)]
enum Transport {
    Smtp(smtp::Smtp),
    Folder(PathBuf),
    Memory(Arc<Mutex<Vec<Sent>>>),
}

/// Why a letter did not leave. Has no address and no word of the server's: those may repeat what is private.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The same letter may be taken later.
    #[error("the letter could not be sent for now: {0}")]
    Temporary(Cause),
    /// The connection broke after the letter was begun, and nobody knows whether it was taken.
    #[error("the letter may have been sent or not: {0}")]
    Uncertain(Cause),
    /// It never will.
    #[error("the letter was refused for good: {0}")]
    Permanent(Cause),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// The reply code of the server, three digits.
    #[error("the mail server answered {0}")]
    Code(u16),
    #[error("the mail server did not take the user name and password, code {0}")]
    SignIn(u16),
    #[error("the mail server offers no way to sign in that is known here, or no STARTTLS")]
    Unsupported,
    #[error("the mail server cannot be reached, or broke off")]
    Connection,
    #[error("no secure connection to the mail server: its certificate or protocol is not good")]
    Tls,
    #[error("the mail server took too long")]
    TimedOut,
    #[error("what the mail server said is not SMTP")]
    Protocol,
    #[error("the mail folder cannot be written: {0}")]
    Folder(std::io::ErrorKind),
}

impl SendError {
    pub fn cause(self) -> Cause {
        match self {
            Self::Temporary(cause) | Self::Uncertain(cause) | Self::Permanent(cause) => cause,
        }
    }
}

impl Mailer {
    pub fn new(settings: MailSettings) -> Self {
        let MailSettings { from, host, way } = settings;
        let transport = match way {
            Way::Smtp(smtp) => Transport::Smtp(smtp::Smtp::new(smtp, host.clone())),
            Way::Folder(folder) => Transport::Folder(folder),
            Way::Memory => Transport::Memory(Arc::default()),
        };
        Self { sender: letter::Sender { from, host }, transport }
    }

    /// Hands the letter over. It was taken when this answers `Ok`, and perhaps when it answers [`SendError::Uncertain`].
    pub async fn send(&self, letter: &Letter, stamp: Stamp) -> Result<(), SendError> {
        let bytes = letter.bytes(&self.sender, stamp);
        match &self.transport {
            Transport::Smtp(smtp) => smtp.send(&self.sender.from, letter.to(), &bytes).await,
            Transport::Folder(folder) => folder::write(folder.clone(), stamp, bytes).await,
            Transport::Memory(sent) => {
                let to = letter.to().address().to_owned();
                sent.lock().unwrap_or_else(PoisonError::into_inner).push(Sent { to, bytes });
                Ok(())
            }
        }
    }

    /// Looks whether letters could leave, without sending one; answers what was found, for a person.
    pub async fn check(&self) -> Result<String, Cause> {
        let found = match &self.transport {
            Transport::Smtp(smtp) => smtp.check().await,
            Transport::Folder(folder) => folder::check(folder.clone()).await,
            Transport::Memory(_) => Ok("letters are kept in memory".to_owned()),
        };
        found.map_err(SendError::cause)
    }

    /// Takes out what was sent from memory, oldest first; empty for the other ways.
    pub fn take_sent(&self) -> Vec<Sent> {
        match &self.transport {
            Transport::Memory(sent) => {
                std::mem::take(&mut *sent.lock().unwrap_or_else(PoisonError::into_inner))
            }
            Transport::Smtp(_) | Transport::Folder(_) => Vec::new(),
        }
    }
}
