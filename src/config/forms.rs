//! Settings of forms that strangers fill in.

use super::Reader;

/// What is asked of whoever sends a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormSettings {
    /// Seconds between showing the form and sending it, at the least.
    pub min_seconds: u32,
    /// Hours for which a form can be sent.
    pub max_hours: u32,
    /// Digits of the proof of work; `None` for none.
    pub proof_digits: Option<u8>,
}

pub(super) fn read(reader: &mut Reader<'_>) -> FormSettings {
    let proof = reader.checked("proof_of_work", "a number from 1 to 6 or off", |text| match text {
        "off" => Some(None),
        text => text.parse().ok().filter(|digits| (1..=6).contains(digits)).map(Some),
    });
    FormSettings {
        min_seconds: reader.range("form_min_seconds", 0, 600, 3),
        max_hours: reader.range("form_max_hours", 1, 168, 24),
        proof_digits: proof.unwrap_or(Some(3)),
    }
}
