//! A small mail server on the loopback (RFC 5321), and what it can be told to do wrong.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

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
}

impl MailServer {
    pub async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket");
        let (taken, delivered) = mpsc::unbounded_channel();
        let (said, commands) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let talk =
                    Talk { stream: BufReader::new(stream), manner, taken: taken.clone(), said: said.clone() };
                tokio::spawn(talk.run());
            }
        });
        Self { address, delivered, commands }
    }

    /// What was taken so far.
    pub fn delivered(&mut self) -> Vec<Delivered> {
        std::iter::from_fn(|| self.delivered.try_recv().ok()).collect()
    }

    /// What was said so far, over all connections.
    pub fn commands(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.commands.try_recv().ok()).collect()
    }
}

struct Talk {
    stream: BufReader<TcpStream>,
    manner: Manner,
    taken: mpsc::UnboundedSender<Delivered>,
    said: mpsc::UnboundedSender<String>,
}

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
                "QUIT" => return self.answer(Step::Quit, "221 bye").await,
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
            _ => self.write(good).await,
        }
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
