//! Addresses and other text of one line, checked when they are made: what holds a line break cannot get into a header.

use std::fmt;
use std::str::FromStr;

use lettre::Address;

/// RFC 5321, section 4.5.3.1.
const MAX_LOCAL_PART: usize = 64;
const MAX_ADDRESS: usize = 254;
/// In characters; long enough for any name, short enough for a header.
const MAX_NAME: usize = 200;

/// An address, with or without a name. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Mailbox {
    name: Option<String>,
    address: Address,
}

/// Why something is no mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadMailbox {
    #[error("the address is not one of ASCII letters, an @ and a domain")]
    Address,
    #[error("the name is longer than {MAX_NAME} characters or has control characters")]
    Name,
}

impl Mailbox {
    /// The part before the `@` is ASCII without quotes: anything else needs every server on the way to agree. The domain may
    /// be written in any script. An empty name is none.
    pub fn new(name: &str, address: &str) -> Result<Self, BadMailbox> {
        let (local, domain) = address.rsplit_once('@').ok_or(BadMailbox::Address)?;
        if !is_line(address, MAX_ADDRESS) {
            return Err(BadMailbox::Address);
        }
        let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        if local.len() > MAX_LOCAL_PART || !local.chars().all(atom) || domain.contains('%') {
            return Err(BadMailbox::Address);
        }
        let Ok(url::Host::Domain(domain)) = url::Host::parse(domain) else { return Err(BadMailbox::Address) };
        let address = Address::new(local, domain).map_err(|_| BadMailbox::Address)?;
        if local.len() + 1 + address.domain().len() > MAX_ADDRESS {
            return Err(BadMailbox::Address);
        }
        let name = name.trim_matches(' ');
        if !is_line(name, MAX_NAME) {
            return Err(BadMailbox::Name);
        }
        Ok(Self { name: (!name.is_empty()).then(|| name.to_owned()), address })
    }

    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub fn address(&self) -> &str {
        self.address.as_ref()
    }

    pub(super) fn to_address(&self) -> Address {
        self.address.clone()
    }

    pub(super) fn to_header(&self) -> lettre::message::Mailbox {
        lettre::message::Mailbox::new(self.name.clone(), self.address.clone())
    }

    /// The same address under this name, unless it has one.
    pub(super) fn or_name(&self, name: &str) -> Self {
        Self { name: self.name.clone().or_else(|| Some(name.to_owned())), address: self.address.clone() }
    }
}

/// `address`, `<address>` or `name <address>`; the name may stand in double quotes.
impl FromStr for Mailbox {
    type Err = BadMailbox;

    fn from_str(text: &str) -> Result<Self, BadMailbox> {
        let text = text.trim_matches(' ');
        let Some((name, address)) = text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) else {
            return Self::new("", text);
        };
        let name = name.trim_matches(' ');
        let quoted = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
        Self::new(quoted.unwrap_or(name), address.trim_matches(' '))
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailbox(…)")
    }
}

/// Whether text has no line break, no other control character, and at most so many characters.
pub(super) fn is_line(text: &str, max: usize) -> bool {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.chars().count() <= max && !text.chars().any(breaks)
}
