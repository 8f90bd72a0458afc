//! The checksum of PNG chunks (CRC-32, annex D), over type and data.

const TABLE: [u32; 256] = table();

#[derive(Clone, Copy)]
pub(in crate::media::container) struct Crc(u32);

impl Crc {
    /// Begins with the chunk's type.
    pub(in crate::media::container) fn of(kind: [u8; 4]) -> Self {
        Self(u32::MAX).with(&kind)
    }

    pub(in crate::media::container) fn with(self, bytes: &[u8]) -> Self {
        Self(bytes.iter().fold(self.0, |crc, byte| {
            let [low, ..] = crc.to_le_bytes();
            TABLE[usize::from(low ^ byte)] ^ (crc >> 8)
        }))
    }

    pub(in crate::media::container) const fn value(self) -> u32 {
        !self.0
    }
}

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index: usize = 0;
    let mut byte: u32 = 0;
    while index < table.len() {
        let mut crc = byte;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
        byte += 1;
    }
    table
}
