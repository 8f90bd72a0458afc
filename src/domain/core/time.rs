//! Moments as the API writes them: RFC 3339 in UTC, years 1 to 9999, milliseconds kept.

use entity::Timestamp;

pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

/// 0001-01-01T00:00:00Z
const MIN: i64 = -62_135_596_800_000;
/// 9999-12-31T23:59:59.999Z
const MAX: i64 = 253_402_300_799_999;

/// Reads RFC 3339 with any offset. `None` for anything else, and for years beyond 1 to 9999.
pub fn parse(text: &str) -> Option<Timestamp> {
    // jiff also reads forms that RFC 3339 does not have; the shape is checked first.
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let shaped = bytes.len() <= 40
        && digits(0..4)
        && bytes.get(4) == Some(&b'-')
        && bytes.get(10).is_some_and(|byte| b"Tt ".contains(byte))
        && !bytes.contains(&b'[');
    if !shaped {
        return None;
    }
    let moment: jiff::Timestamp = text.parse().ok()?;
    let millis = moment.as_millisecond();
    (MIN..=MAX).contains(&millis).then_some(Timestamp(millis))
}

/// Writes RFC 3339 in UTC; fractions of a second only where there are any.
pub fn format(moment: Timestamp) -> String {
    let clamped = moment.0.clamp(MIN, MAX);
    jiff::Timestamp::from_millisecond(clamped).expect("clamped to years that jiff knows").to_string()
}

/// A moment as clocks in a time zone show it, with the offset and the zone's name (RFC 9557), such as
/// `2026-10-25T02:30:00+01:00[Europe/Berlin]`. A zone that is not known is taken for UTC.
pub fn format_in(moment: Timestamp, zone: &str) -> String {
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let clamped = moment.0.clamp(MIN, MAX);
    let moment = jiff::Timestamp::from_millisecond(clamped).expect("clamped to years that jiff knows");
    moment.to_zoned(zone).to_string()
}

/// The day in UTC.
pub fn date(moment: Timestamp) -> jiff::civil::Date {
    let clamped = moment.0.clamp(MIN, MAX);
    let moment = jiff::Timestamp::from_millisecond(clamped).expect("clamped to years that jiff knows");
    moment.to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// The month in UTC, such as `2026-10`.
pub fn month(moment: Timestamp) -> String {
    let day = date(moment);
    format!("{:04}-{:02}", day.year(), day.month())
}

/// Reads a full-date of RFC 3339, `2026-03-29`. `None` for anything else.
pub fn parse_date(text: &str) -> Option<jiff::civil::Date> {
    let bytes = text.as_bytes();
    let is_shaped = bytes.len() == 10
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    text.parse().ok().filter(|_| is_shaped && !text.starts_with("0000"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hour_that_comes_twice_is_told_apart_by_its_offset() {
        let at = |text| format_in(parse(text).expect("RFC 3339"), "Europe/Berlin");
        assert_eq!(at("2026-10-25T00:30:00Z"), "2026-10-25T02:30:00+02:00[Europe/Berlin]");
        assert_eq!(at("2026-10-25T01:30:00Z"), "2026-10-25T02:30:00+01:00[Europe/Berlin]");
        assert_eq!(format_in(Timestamp(0), "Nowhere/Never"), "1970-01-01T00:00:00+00:00[UTC]");
    }

    #[test]
    fn moments_read_back_in_utc() {
        let moment = parse("2026-03-29T02:30:00.120+02:00").expect("RFC 3339");
        assert_eq!(format(moment), "2026-03-29T00:30:00.12Z");
        assert_eq!(parse(&format(moment)), Some(moment));
    }

    #[test]
    fn what_is_not_rfc_3339_or_out_of_range_is_refused() {
        for text in [
            "",
            "2026-03-29",
            "2026-03-29T02:30:00",
            "99999-01-01T00:00:00Z",
            "+099999-01-01T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-03-29T02:30:00+02:00[Europe/Berlin]",
            "0000-12-31T23:59:59Z",
            "1774749600",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
