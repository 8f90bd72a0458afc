//! A small mail server on the loopback (RFC 5321), and what it can be told to do wrong.

use std::net::SocketAddr;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{CertifiedKey, SanType};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// A point of the conversation: what the server is about to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Greeting,
    Ehlo,
    Auth,
    Mail,
    Rcpt,
    Data,
    End,
    Quit,
}

impl Step {
    /// Those of a letter without signing in, before the server has it.
    pub const BEFORE_IT_IS_TAKEN: [Self; 6] =
        [Self::Greeting, Self::Ehlo, Self::Mail, Self::Rcpt, Self::Data, Self::End];
}

#[derive(Debug, Clone, Copy)]
pub enum Manner {
    Good,
    /// Answers this instead, with CRLF, and goes on.
    Answer(Step, &'static str),
    /// Answers with this text again and again, without a line feed between, and goes on while anybody listens.
    Talk(Step, &'static str),
    /// Says nothing any more.
    Hang(Step),
    /// Closes the connection.
    Drop(Step),
}

/// A letter that the server has taken.
#[derive(Debug)]
pub struct Delivered {
    pub from: String,
    pub to: Vec<String>,
    /// User and password as they came, with NULs between.
    pub credentials: Option<Vec<u8>>,
    pub bytes: Vec<u8>,
}

pub struct MailServer {
    pub address: SocketAddr,
    delivered: mpsc::UnboundedReceiver<Delivered>,
    /// One for each command that came, its first word.
    commands: mpsc::UnboundedReceiver<String>,
    /// Bytes that clients took of what has no end.
    talked: Arc<AtomicUsize>,
}

/// How a server is secured.
#[derive(Clone)]
pub enum Secured {
    No,
    /// From the first byte.
    AtOnce(TlsAcceptor),
    /// After STARTTLS; before, it takes nothing but that.
    StartTls(TlsAcceptor),
}

/// TLS with a certificate that nobody has signed, and the certificate in PEM.
pub fn tls(host: &str) -> (TlsAcceptor, String) {
    let mut parameters = rcgen::CertificateParams::new(Vec::new()).expect("no names yet");
    parameters.subject_alt_names.push(match host.parse() {
        Ok(address) => SanType::IpAddress(address),
        Err(_) => SanType::DnsName(host.try_into().expect("a name")),
    });
    let key = rcgen::KeyPair::generate().expect("a key");
    let cert = parameters.self_signed(&key).expect("a certificate");
    let CertifiedKey { cert, signing_key } = CertifiedKey { cert, signing_key: key };
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![cert.der().clone()], key).expect("a good pair");
    (TlsAcceptor::from(Arc::new(config)), cert.pem())
}

impl MailServer {
    pub async fn start(manner: Manner) -> Self {
        Self::start_secured(manner, Secured::No).await
    }

    pub async fn start_secured(manner: Manner, secured: Secured) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket");
        let (taken, delivered) = mpsc::unbounded_channel();
        let (said, commands) = mpsc::unbounded_channel();
        let talked = Arc::<AtomicUsize>::default();
        let its_talked = Arc::clone(&talked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (taken, said, secured) = (taken.clone(), said.clone(), secured.clone());
                let talked = Arc::clone(&its_talked);
                tokio::spawn(async move {
                    let (stream, start_tls): (Box<dyn Stream>, _) = match secured {
                        Secured::No => (Box::new(stream), None),
                        Secured::StartTls(acceptor) => (Box::new(stream), Some(acceptor)),
                        Secured::AtOnce(acceptor) => (Box::new(acceptor.accept(stream).await.ok()?), None),
                    };
                    Talk { stream: BufReader::new(stream), start_tls, manner, taken, said, talked }
                        .run()
                        .await
                });
            }
        });
        Self { address, delivered, commands, talked }
    }

    /// What was taken so far.
    pub fn delivered(&mut self) -> Vec<Delivered> {
        std::iter::from_fn(|| self.delivered.try_recv().ok()).collect()
    }

    /// How many bytes of talk without an end were written before the client hung up.
    pub fn talked(&self) -> usize {
        self.talked.load(Ordering::SeqCst)
    }

    /// What was said so far, over all connections.
    pub fn commands(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.commands.try_recv().ok()).collect()
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

struct Talk {
    stream: BufReader<Box<dyn Stream>>,
    /// What has to be asked for first.
    start_tls: Option<TlsAcceptor>,
    manner: Manner,
    taken: mpsc::UnboundedSender<Delivered>,
    said: mpsc::UnboundedSender<String>,
    talked: Arc<AtomicUsize>,
}

/// What a server says at most of what it calls endless, so that a client that takes all of it fails a story and no machine.
pub const MOST_TALK: usize = 64 * 1024 * 1024;

impl Talk {
    /// Until the client leaves or the manners end it.
    async fn run(mut self) -> Option<()> {
        let (mut from, mut to, mut credentials) = (String::new(), Vec::new(), None);
        self.answer(Step::Greeting, "220 mail.test ESMTP").await?;
        loop {
            let line = self.line().await?;
            let line = line.trim_end();
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            let _ = self.said.send(word.to_owned());
            match word {
                "EHLO" if self.start_tls.is_some() => {
                    self.answer(Step::Ehlo, "250-mail.test\r\n250 STARTTLS").await?;
                }
                "STARTTLS" if self.start_tls.is_some() => {
                    self.write("220 go on").await?;
                    let acceptor = self.start_tls.take()?;
                    let plain = self.stream.into_inner();
                    self.stream = BufReader::new(Box::new(acceptor.accept(plain).await.ok()?));
                }
                "QUIT" => return self.answer(Step::Quit, "221 bye").await,
                _ if self.start_tls.is_some() => self.write("530 STARTTLS first").await?,
                "EHLO" => self.answer(Step::Ehlo, "250-mail.test\r\n250-8BITMIME\r\n250 AUTH PLAIN").await?,
                "AUTH" => {
                    let sent = rest.strip_prefix("PLAIN ")?;
                    let decoded = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, sent);
                    credentials = Some(decoded.ok()?);
                    self.answer(Step::Auth, "235 welcome").await?;
                }
                "MAIL" => {
                    from = path(rest)?;
                    self.answer(Step::Mail, "250 good").await?;
                }
                "RCPT" => {
                    to.push(path(rest)?);
                    self.answer(Step::Rcpt, "250 good").await?;
                }
                "DATA" => {
                    self.answer(Step::Data, "354 go on").await?;
                    if matches!(self.manner, Manner::Answer(Step::Data, _)) {
                        continue;
                    }
                    let bytes = self.letter().await?;
                    let (from, to) = (std::mem::take(&mut from), std::mem::take(&mut to));
                    let letter = Delivered { from, to, credentials: credentials.clone(), bytes };
                    let took = self.answer(Step::End, "250 taken").await;
                    if matches!(
                        self.manner,
                        Manner::Good | Manner::Hang(Step::Quit) | Manner::Drop(Step::Quit)
                    ) {
                        let _ = self.taken.send(letter);
                    }
                    took?;
                }
                _ => self.write("502 what?").await?,
            }
        }
    }

    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let length = self.stream.read_line(&mut line).await.ok()?;
        (length > 0).then_some(line)
    }

    /// The lines up to the dot, without the dots that were added.
    async fn letter(&mut self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        loop {
            let line = self.line().await?;
            assert!(line.ends_with("\r\n"), "a bare line feed");
            match line.strip_prefix('.') {
                Some("\r\n") => return Some(bytes),
                Some(rest) => bytes.extend(rest.as_bytes()),
                None => bytes.extend(line.as_bytes()),
            }
        }
    }

    async fn answer(&mut self, step: Step, good: &str) -> Option<()> {
        match self.manner {
            Manner::Hang(at) if at == step => std::future::pending().await,
            Manner::Drop(at) if at == step => None,
            Manner::Answer(at, text) if at == step => self.write(text).await,
            Manner::Talk(at, text) if at == step => self.talk(text).await,
            _ => self.write(good).await,
        }
    }

    async fn talk(&mut self, text: &str) -> Option<()> {
        let piece = text.repeat((4_096_usize).div_ceil(text.len()));
        while self.talked.load(Ordering::SeqCst) < MOST_TALK {
            let written = self.stream.get_mut().write(piece.as_bytes()).await.ok()?;
            self.talked.fetch_add(written, Ordering::SeqCst);
        }
        None
    }

    async fn write(&mut self, text: &str) -> Option<()> {
        self.stream.get_mut().write_all(format!("{text}\r\n").as_bytes()).await.ok()
    }
}

/// The address of `FROM:<…>` or `TO:<…>`.
fn path(text: &str) -> Option<String> {
    let (_, rest) = text.split_once('<')?;
    Some(rest.split_once('>')?.0.to_owned())
}
