//! Letters to a mail server (RFC 5321), over TLS unless the server is on this machine.
//!
//! Each letter has a connection of its own. The library's pool takes a connection back that was given up in the middle of
//! a command, and the next letter would read the answer to that command as its own.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use percent_encoding::percent_decode_str;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use url::{Host, Url};

use super::bounded::{self, Bounded};
use super::{Cause, Mailbox, SendError};

/// Letters under way at once.
const CONNECTIONS: usize = 2;

/// How long a mail server may take.
#[derive(Debug, Clone, Copy)]
pub struct SmtpLimits {
    /// From the connection to the server's word that it has the letter.
    pub letter: Duration,
    /// For the goodbye, after which nothing depends on the server.
    pub goodbye: Duration,
}

impl Default for SmtpLimits {
    fn default() -> Self {
        Self { letter: Duration::from_secs(30), goodbye: Duration::from_secs(2) }
    }
}

/// Where the mail server is. `Debug` shows neither user nor password.
#[derive(Clone)]
pub struct SmtpSettings {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    authority: Option<MailAuthority>,
    pub limits: SmtpLimits,
}

/// Certificates that are trusted beside those of Mozilla's list, for servers whose certificate is an organisation's own.
#[derive(Debug, Clone)]
pub struct MailAuthority(Certificate);

impl MailAuthority {
    /// `None` unless the text has certificates in PEM, all of them good.
    pub fn from_pem(pem: &[u8]) -> Option<Self> {
        let mark = b"-----BEGIN CERTIFICATE-----";
        let certificate =
            Certificate::from_pem(pem).ok().filter(|_| pem.windows(mark.len()).any(|part| part == mark))?;
        let tls = TlsParameters::builder("localhost".to_owned()).add_root_certificate(certificate.clone());
        tls.build().is_ok().then_some(Self(certificate))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Security {
    /// TLS from the first byte.
    Implicit,
    /// TLS before anything is said that matters; without it nothing is sent.
    StartTls,
    /// The server is on this machine.
    None,
}

impl SmtpSettings {
    /// Reads `smtp://` (STARTTLS, port 587; plain on the loopback) or `smtps://` (TLS, port 465), with
    /// `user:password@` percent-encoded. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        // The host of a scheme that the URL standard does not know is kept as it was written.
        let host = Host::parse(url.host_str()?).ok().filter(|_| bare)?;
        let loopback = match &host {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        let (security, port) = match url.scheme() {
            "smtps" => (Security::Implicit, 465),
            "smtp" if loopback => (Security::None, 25),
            "smtp" => (Security::StartTls, 587),
            _ => return None,
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            ("", Some(_)) | (_, None) => return None,
            (user, Some(password)) => Some(Credentials::new(decode(user)?, decode(password)?)),
        };
        let host = match host {
            Host::Domain(name) => name,
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        let port = url.port().unwrap_or(port);
        Some(Self { host, port, security, credentials, authority: None, limits: SmtpLimits::default() })
    }

    /// The same with more certificates to trust.
    #[must_use]
    pub fn trusting(self, authority: MailAuthority) -> Self {
        Self { authority: Some(authority), ..self }
    }

    fn tls(&self) -> Result<TlsParameters, SendError> {
        let tls = TlsParameters::builder(self.host.clone());
        let tls = match &self.authority {
            Some(MailAuthority(certificate)) => tls.add_root_certificate(certificate.clone()),
            None => tls,
        };
        tls.build().map_err(|error| sorted(&error))
    }
}

fn decode(text: &str) -> Option<String> {
    let text = percent_decode_str(text).decode_utf8().ok()?;
    (!text.contains(['\0', '\r', '\n'])).then(|| text.into_owned())
}

impl fmt::Debug for SmtpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpSettings")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .finish_non_exhaustive()
    }
}

/// A mail server, and how many letters are on their way to it.
#[derive(Debug, Clone)]
pub(super) struct Smtp {
    settings: Arc<SmtpSettings>,
    hello: ClientId,
    slots: Arc<Semaphore>,
}

impl Smtp {
    pub fn new(settings: SmtpSettings, host: String) -> Self {
        let slots = Arc::new(Semaphore::new(CONNECTIONS));
        Self { settings: Arc::new(settings), hello: ClientId::Domain(host), slots }
    }

    pub async fn send(&self, from: &Mailbox, to: &Mailbox, bytes: &[u8]) -> Result<(), SendError> {
        let envelope =
            Envelope::new(Some(from.to_address()), vec![to.to_address()]).expect("there is one recipient");
        let has_begun = AtomicBool::new(false);
        // The wait for a slot counts too: whoever is ahead has a limit, but there may be many ahead.
        let connection = self.within(async {
            let _slot = self.slots.acquire().await;
            let mut connection = self.connect().await?;
            has_begun.store(true, Ordering::Relaxed);
            connection.send(&envelope, bytes).await.map_err(|error| sorted(&error))?;
            Ok(connection)
        });
        match connection.await {
            Ok(connection) => {
                self.part_from(connection).await;
                Ok(())
            }
            // Without an answer to the last byte. What the server refused, it has not taken.
            Err(SendError::Temporary(cause @ (Cause::Connection | Cause::TimedOut | Cause::Protocol)))
                if has_begun.load(Ordering::Relaxed) =>
            {
                Err(SendError::Uncertain(cause))
            }
            Err(error) => Err(error),
        }
    }

    pub async fn check(&self) -> Result<String, SendError> {
        let connection = self.within(self.connect()).await?;
        self.part_from(connection).await;
        let SmtpSettings { host, port, security, credentials, .. } = &*self.settings;
        let secured = if *security == Security::None { "without TLS" } else { "over TLS" };
        let known = if credentials.is_some() { ", and takes the user name and password" } else { "" };
        Ok(format!("the mail server {host}:{port} answers {secured}{known}"))
    }

    /// A connection that is greeted, secured and signed in.
    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let SmtpSettings { host, port, security, credentials, .. } = &*self.settings;
        let implicit = if *security == Security::Implicit { Some(self.settings.tls()?) } else { None };
        let opened = TcpStream::connect((host.as_str(), *port)).await;
        let stream = Bounded::new(opened.map_err(|_| SendError::Temporary(Cause::Connection))?);
        let stream: Box<dyn AsyncTokioStream> = match implicit {
            Some(tls) => Box::new(stream.secured(tls).await.map_err(|error| sorted(&error))?),
            None => Box::new(stream),
        };
        let opened = AsyncSmtpConnection::connect_with_transport(stream, &self.hello).await;
        let mut connection = opened.map_err(|error| sorted(&error))?;
        if *security == Security::StartTls {
            connection.starttls(self.settings.tls()?, &self.hello).await.map_err(|error| sorted(&error))?;
        }
        if let Some(credentials) = credentials {
            let signed_in = connection.auth(DEFAULT_MECHANISMS, credentials).await;
            signed_in.map_err(|error| match error.status() {
                // The letter is not at fault, and the operator can mend it.
                Some(code) if error.is_permanent() => SendError::Temporary(Cause::SignIn(code.into())),
                _ => sorted(&error),
            })?;
        }
        Ok(connection)
    }

    async fn within<T>(&self, work: impl Future<Output = Result<T, SendError>>) -> Result<T, SendError> {
        let done = timeout(self.settings.limits.letter, work).await;
        done.unwrap_or(Err(SendError::Temporary(Cause::TimedOut)))
    }

    /// What the server says to a goodbye changes nothing.
    async fn part_from(&self, mut connection: AsyncSmtpConnection) {
        let _ = timeout(self.settings.limits.goodbye, connection.abort()).await;
    }
}

fn sorted(error: &Error) -> SendError {
    match error.status().map(u16::from) {
        // "Authentication required" and "encryption required" are about the settings, not about the letter.
        Some(code @ (530 | 534 | 535 | 538)) => SendError::Temporary(Cause::SignIn(code)),
        Some(code) if error.is_permanent() => SendError::Permanent(Cause::Code(code)),
        Some(code) => SendError::Temporary(Cause::Code(code)),
        None if has_cause(error, bounded::is_too_much) => SendError::Temporary(Cause::Protocol),
        None if error.is_tls() || has_cause(error, is_handshake) => SendError::Temporary(Cause::Tls),
        None if error.is_timeout() => SendError::Temporary(Cause::TimedOut),
        None if error.is_response() => SendError::Temporary(Cause::Protocol),
        None if error.is_client() => SendError::Temporary(Cause::Unsupported),
        None => SendError::Temporary(Cause::Connection),
    }
}

/// TLS failed from the first byte on, which the library calls a failed connection.
fn is_handshake(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData
}

fn has_cause(error: &Error, is_it: impl Fn(&io::Error) -> bool) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if error.downcast_ref::<io::Error>().is_some_and(&is_it) {
            return true;
        }
        source = error.source();
    }
    false
}
